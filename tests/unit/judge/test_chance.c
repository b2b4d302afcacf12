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

/* 2^20 bytes hold 2^17 values of 8 bytes; 40 bits: 2^17 x 2^-40 = 2^-23. Noise: 2^20 x 2^-64 adds
 * one in 2^21 of that. */
static void places_times_luck(void **state)
{
    (void)state;
    const struct tt_traffic traffic = {.bytes = UINT64_C(1) << 20};
    struct tt_strength raw = {.bits = 40, .noise = 64, .len = 8};
    assert_true(is_near(tt_chance_of(&raw, &traffic, 1, 1), exp2(-23) + exp2(-44)));
    /* Random bytes: every byte is a place, 2^20 x 2^-42 = 2^-22, and 2^-23 as before. */
    raw.noise = 42;
    assert_true(is_near(tt_chance_of(&raw, &traffic, 1, 1), exp2(-22) + exp2(-23)));
    /* Nothing known but the bits: every byte, and every byte again. */
    const struct tt_strength plain = {.bits = 40};
    assert_true(is_near(tt_chance_of(&plain, &traffic, 1, 1), exp2(-19)));
}

static void nothing_was_searched(void **state)
{
    (void)state;
    const struct tt_traffic none = {.bytes = 0};
    const struct tt_strength plain = {.bits = 40};
    assert_true(tt_chance_of(&plain, &none, 1, 1) == 0);
}

/* Still exact where 1 - e^-x would be rounded away; never above one. */
static void from_zero_to_one(void **state)
{
    (void)state;
    const struct tt_traffic one = {.bytes = 1};
    const struct tt_traffic all = {.bytes = UINT64_MAX};
    const struct tt_strength strong = {.bits = 256};
    const struct tt_strength weak = {.bits = 3};
    assert_true(is_near(tt_chance_of(&strong, &one, 1, 1), exp2(-255)));
    assert_true(tt_chance_of(&weak, &all, 1, 1) <= 1);
    assert_true(tt_chance_of(&(struct tt_strength){.bits = 0}, &one, 1, 1) > 0.6);
}

/* A number of 12 digits, 35 bits: in the half that was looked at, 9 of 12 digits and one of 24,
 * which has room for two; one more for the number itself. (9 + 2 + 1) x 2 places. */
static void numbers_stand_where_numbers_do(void **state)
{
    (void)state;
    struct tt_traffic traffic = {.bytes = 2000, .looked = 1000};
    traffic.numbers[11] = 1000; /* too short */
    traffic.numbers[12] = 9;
    traffic.numbers[24] = 1;
    const struct tt_strength number = {.bits = 35, .noise = 200, .len = 13, .digits = 12};
    assert_true(is_near(tt_chance_of(&number, &traffic, 1, 1), 24 * exp2(-35)));
    /* Numbers so short are not counted: 2000 / 4 places. */
    const struct tt_strength brief = {.bits = 30, .noise = 200, .len = 4, .digits = 4};
    assert_true(is_near(tt_chance_of(&brief, &traffic, 1, 1), 500 * exp2(-30)));
}

/* 1024 short texts were held against the digests: 2^10 x 2^-34. */
static void digests_are_held_against_tokens(void **state)
{
    (void)state;
    const struct tt_traffic traffic = {.bytes = 1 << 30, .tokens = 1024};
    const struct tt_strength md5 = {.bits = 34, .noise = 128, .len = 16, .is_digest = true};
    assert_true(is_near(tt_chance_of(&md5, &traffic, 1, 1), exp2(-24)));
}

/* 10,000 contacts are 10,000 ways to be lucky; 1000 of them found, luck is one in a thousand of
 * it. */
static void entries_and_found(void **state)
{
    (void)state;
    const struct tt_traffic traffic = {.bytes = 1 << 20};
    const struct tt_strength raw = {.bits = 40, .noise = 64, .len = 8};
    double one = tt_chance_of(&raw, &traffic, 1, 1);
    double contacts = tt_chance_of(&raw, &traffic, 10000, 1);
    assert_true(contacts > one * 9990 && contacts <= one * 10000);
    assert_true(contacts > TT_CHANCE_BOUND);
    assert_true(tt_chance_of(&raw, &traffic, 10000, 1000) < TT_CHANCE_BOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_times_luck),
        cmocka_unit_test(nothing_was_searched),
        cmocka_unit_test(from_zero_to_one),
        cmocka_unit_test(numbers_stand_where_numbers_do),
        cmocka_unit_test(digests_are_held_against_tokens),
        cmocka_unit_test(entries_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
