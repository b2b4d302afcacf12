#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vantage.h"

#include <math.h>

static void places_are_read(void **state)
{
    (void)state;
    struct tt_vantage vantage = {0};
    assert_true(tt_vantage_parse(tt_span_str("28.61,77.21"), &vantage));
    assert_true(vantage.known);
    assert_true(fabs(vantage.latitude - 28.61) < 1e-12);
    assert_true(fabs(vantage.longitude - 77.21) < 1e-12);
    assert_string_equal(vantage.text, "28.61,77.21");
    assert_true(tt_vantage_parse(tt_span_str(" -33.9 , +18.423 "), &vantage));
    assert_true(fabs(vantage.latitude + 33.9) < 1e-12);
    assert_true(fabs(vantage.longitude - 18.423) < 1e-12);
    assert_string_equal(vantage.text, "-33.9,+18.423");
    assert_true(tt_vantage_parse(tt_span_str("90,-180"), &vantage));
    assert_true(tt_vantage_parse(tt_span_str("-0.123456789,0"), &vantage));
}

/* Half of the last digit, in both directions. */
static void few_digits_are_a_wide_place(void **state)
{
    (void)state;
    struct tt_vantage vantage = {0};
    assert_true(tt_vantage_parse(tt_span_str("28.61,77.21"), &vantage));
    assert_true(vantage.error > 780 && vantage.error < 800);
    assert_true(tt_vantage_parse(tt_span_str("28.6,77.21"), &vantage));
    assert_true(vantage.error > 5500 && vantage.error < 5700);
    assert_true(tt_vantage_parse(tt_span_str("28,77"), &vantage));
    assert_true(vantage.error > 78000 && vantage.error < 80000);
}

static void what_is_no_place_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        ",",      "28.61",          "28.61,", ",77.21", "91,2",       "2,181", "90.1,0",
        "a,b",     "28.,77", "28.61;7",        "1,2,3",  "1e1,2",  "nan,1",      "0x1,2", "1 2,3",
        "12345,1", "--1,2",  "1.0123456789,2", "1,2x",   "inf,0",  "28,61,77,21"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct tt_vantage vantage = {.latitude = 5};
        if (tt_vantage_parse(tt_span_str(bad[i]), &vantage))
            fail_msg("read: %s", bad[i]);
        assert_true(vantage.latitude == 5 && !vantage.known);
    }
    char spaces[2000];
    for (size_t i = 0; i < sizeof(spaces); i++)
        spaces[i] = ' ';
    struct tt_vantage vantage = {0};
    assert_false(tt_vantage_parse(tt_span_of(spaces, sizeof(spaces)), &vantage));
}

static void numbers_are_read_alone(void **state)
{
    (void)state;
    double number = 7;
    assert_true(tt_decimal_parse(tt_span_str("50"), 2000, &number));
    assert_true(number == 50);
    assert_true(tt_decimal_parse(tt_span_str("-0.5"), 1, &number));
    assert_true(number == -0.5);
    assert_false(tt_decimal_parse(tt_span_str("2001"), 2000, &number));
    assert_false(tt_decimal_parse(tt_span_str("5 km"), 2000, &number));
    assert_false(tt_decimal_parse(tt_span_str(""), 2000, &number));
    assert_true(number == -0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_read),
        cmocka_unit_test(few_digits_are_a_wide_place),
        cmocka_unit_test(what_is_no_place_is_refused),
        cmocka_unit_test(numbers_are_read_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
