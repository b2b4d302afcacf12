#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/chance.h"

static bool is_near(double value, double wanted)
{
    return fabs(value - wanted) <= wanted * 1e-6;
}

static void places_times_luck(void **state)
{
    (void)state;
    assert_true(is_near(tt_chance_of(40, false, UINT64_C(1) << 20), exp2(-20)));
    assert_true(is_near(tt_chance_of(40, true, UINT64_C(1) << 20), exp2(-24)));
    assert_true(tt_chance_of(40, false, 0) == 0);
    /* Still exact where 1 - e^-x would be rounded away. */
    assert_true(is_near(tt_chance_of(256, false, 1), exp2(-256)));
}

static void never_above_one(void **state)
{
    (void)state;
    assert_true(tt_chance_of(3, false, UINT64_MAX) <= 1);
    assert_true(tt_chance_of(0, false, 1) > 0.6);
}

static void digits_are_told_by_name(void **state)
{
    (void)state;
    assert_true(tt_chance_is_digits("digits"));
    assert_true(tt_chance_is_digits("e164"));
    assert_false(tt_chance_is_digits("text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_times_luck),
        cmocka_unit_test(never_above_one),
        cmocka_unit_test(digits_are_told_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
