#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/width.h"

static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(tt_text_width(tt_span_str("abc")), 3);
    assert_int_equal(tt_text_width(tt_span_str("b\xc3\xbcro")), 4);
    assert_int_equal(tt_text_width(tt_span_str("u\xcc\x88")), 1);                /* combining */
    assert_int_equal(tt_text_width(tt_span_str("\xe5\xb0\x8f\xe7\xb1\xb3")), 4); /* wide */
    assert_int_equal(tt_text_width(tt_span_str("\xf0\x9f\x93\xb1")), 2);         /* picture */
    assert_int_equal(tt_text_width(tt_span_str("\xe2\x80\xa6")), 1);
    assert_int_equal(tt_text_width(tt_span_str("\xff\xff")), 2);
}

static void test_head_and_tail(void **state)
{
    (void)state;
    struct tt_span text = tt_span_str("a\xe5\xb0\x8f"
                                      "b\xe7\xb1\xb3");
    assert_int_equal(tt_text_head(text, 0), 0);
    assert_int_equal(tt_text_head(text, 2), 1); /* no half of a wide character */
    assert_int_equal(tt_text_head(text, 3), 4);
    assert_int_equal(tt_text_head(text, 99), text.len);
    assert_int_equal(tt_text_tail(text, 1), 0);
    assert_int_equal(tt_text_tail(text, 2), 3);
    assert_int_equal(tt_text_tail(text, 3), 4);
    assert_int_equal(tt_text_tail(text, 99), text.len);
}

static void check_bytes(uint64_t bytes, const char *wanted)
{
    char text[TT_HUMAN_MAX];
    assert_string_equal(tt_human_bytes(bytes, text), wanted);
}

static void check_share(uint64_t part, uint64_t all, const char *wanted)
{
    char text[TT_HUMAN_MAX];
    assert_string_equal(tt_human_share(part, all, text), wanted);
}

static void test_units(void **state)
{
    (void)state;
    char text[TT_HUMAN_MAX];
    check_bytes(0, "0 B");
    check_bytes(999, "999 B");
    check_bytes(1000, "1.0 kB");
    check_bytes(9999, "9.9 kB");
    check_bytes(10000, "10 kB");
    check_bytes(999999, "999 kB");
    check_bytes(1200000, "1.2 MB");
    check_bytes(UINT64_MAX, "18 EB");
    assert_string_equal(tt_human_count(0, text), "0");
    assert_string_equal(tt_human_count(999, text), "999");
    assert_string_equal(tt_human_count(1000, text), "1,000");
    assert_string_equal(tt_human_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
    check_share(0, 0, "-");
    check_share(0, 10, "0 %");
    check_share(1, 1000, "<1 %");
    check_share(999999, 1000000, "99 %");
    check_share(UINT64_MAX - 1, UINT64_MAX, "99 %");
    check_share(7, 7, "100 %");
    assert_string_equal(tt_human_time(UINT64_C(1407402602123456789), text), "2014-08-07 09:10:02");
    assert_string_equal(tt_human_time(0, text), "no time");
    (void)tt_human_time(UINT64_MAX, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_head_and_tail),
        cmocka_unit_test(test_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
