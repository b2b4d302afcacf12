#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/apps.h"
#include "capture/text.h"
#include "model/limits.h"
#include "support/flush.h"

#include <stdio.h>

static void expect(const char *text, size_t room, const char *expected, bool whole)
{
    char out[32];
    memset(out, '#', sizeof(out));
    struct flush flush = flush_make(tt_span_str(text));
    assert_int_equal(tt_text_clean(flush.span, out, room), whole);
    assert_string_equal(out, expected);
    assert_int_equal(out[room], '#');
    flush_free(&flush);
}

static void test_clean(void **state)
{
    (void)state;
    expect("", 8, "", true);
    expect("plain", 8, "plain", true);
    expect("  both ends  ", 16, "both ends", true);
    expect("\n\t\x7f", 8, "", true);
    expect("a\nb\x1b[2Jc", 16, "a b [2Jc", true);
    expect("\xc2\x80\xc2\x9f|", 8, "|", true); /* C1 */
    expect("caf\xc3\xa9", 8, "caf\xc3\xa9", true);
    expect("caf\xc3", 8, "caf", true);
    expect("\xff\xfe|\xc0\x80|", 16, "|  |", true);
    expect("seven b", 8, "seven b", true);
    expect("eight by", 8, "eight b", false);
    expect("sixsix\xe2\x82\xac", 8, "sixsix", false);
    expect("a       b", 4, "a", false);
    expect("x", 1, "", false);
}

static void test_stops_at_nul(void **state)
{
    (void)state;
    char out[8];
    assert_true(tt_text_clean(tt_span_of("ab\0cd", 5), out, sizeof(out)));
    assert_string_equal(out, "ab");
    assert_true(tt_text_clean((struct tt_span){0}, out, sizeof(out)));
    assert_string_equal(out, "");
}

static void test_apps(void **state)
{
    (void)state;
    struct tt_apps *apps = tt_apps_new();
    assert_non_null(apps);
    const char *one = NULL;
    const char *two = NULL;
    assert_int_equal(tt_apps_keep(apps, tt_span_str("Mail"), &one), TT_OK);
    assert_int_equal(tt_apps_keep(apps, tt_span_str(" Mail\n"), &two), TT_OK);
    assert_string_equal(one, "Mail");
    assert_ptr_equal(one, two);
    assert_int_equal(tt_apps_keep(apps, tt_span_str("\n"), &two), TT_OK);
    assert_null(two);
    char name[20];
    for (unsigned i = 1; i < TT_CAPTURE_APPS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "app %u", i);
        assert_int_equal(tt_apps_keep(apps, tt_span_str(name), &two), TT_OK);
    }
    assert_int_equal(tt_apps_keep(apps, tt_span_str("one more"), &two), TT_ERR_LIMIT);
    assert_int_equal(tt_apps_keep(apps, tt_span_str("Mail"), &two), TT_OK);
    assert_ptr_equal(one, two);
    for (uint32_t i = 0; i < TT_CAPTURE_APPS_MAX; i++)
        assert_int_equal(tt_apps_number(apps, i, tt_span_str("Mail")), TT_OK);
    assert_int_equal(tt_apps_number(apps, 1000000, tt_span_str("Mail")), TT_ERR_LIMIT);
    assert_ptr_equal(tt_apps_of_number(apps, 7), one);
    assert_null(tt_apps_of_number(apps, 1000000));
    tt_apps_free(apps);
    tt_apps_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_stops_at_nul),
        cmocka_unit_test(test_apps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
