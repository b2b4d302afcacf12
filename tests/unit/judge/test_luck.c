#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/luck.h"

static const char e164[] = "e164";
static const char national[] = "national";
static const char *const md5[] = {"md5", NULL};

static uint64_t found_of(const struct tt_luck *cases, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (cases[i].at == at)
            return cases[i].found;
    return 0;
}

static void alike_ones_count_for_each_other(void **state)
{
    (void)state;
    struct tt_luck cases[] = {
        {TT_KIND_CONTACT_NUMBER, e164, NULL, 1, 35, 0, 0},
        {TT_KIND_CONTACT_NUMBER, e164, NULL, 2, 35, 1, 0},
        {TT_KIND_CONTACT_NUMBER, e164, NULL, 2, 35, 2, 0}, /* the same one elsewhere */
        {TT_KIND_CONTACT_NUMBER, e164, NULL, 3, 31, 3, 0}, /* weaker */
        {TT_KIND_CONTACT_NUMBER, national, NULL, 4, 35, 4, 0},
        {TT_KIND_CONTACT_NUMBER, e164, md5, 5, 35, 5, 0},
        {TT_KIND_PHONE_NUMBER, e164, NULL, 6, 35, 6, 0},
    };
    static const uint64_t wanted[] = {2, 2, 2, 3, 1, 1, 1};
    size_t count = sizeof(cases) / sizeof(cases[0]);
    tt_luck_count(cases, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(found_of(cases, count, i), wanted[i]);
}

static void none_is_no_trouble(void **state)
{
    (void)state;
    tt_luck_count(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike_ones_count_for_each_other),
        cmocka_unit_test(none_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
