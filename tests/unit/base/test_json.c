#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"

#include <locale.h>
#include <math.h>

/* Each test writes into one buffer and compares the whole text. */
static void same(struct tt_buf *buf, const struct tt_json *json, const char *expected)
{
    assert_int_equal(json->err, TT_OK);
    assert_int_equal(tt_buf_append_u8(buf, '\0'), TT_OK);
    assert_string_equal((const char *)buf->data, expected);
    tt_buf_free(buf);
}

static void containers(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(1000);
    struct tt_json json = tt_json_make(&buf);
    tt_json_open_object(&json, NULL);
    tt_json_open_object(&json, "empty");
    tt_json_close_object(&json);
    tt_json_open_array(&json, "none");
    tt_json_close_array(&json);
    tt_json_open_array(&json, "list");
    tt_json_uint(&json, NULL, 1);
    tt_json_open_array(&json, NULL);
    tt_json_bool(&json, NULL, true);
    tt_json_close_array(&json);
    tt_json_open_object(&json, NULL);
    tt_json_null(&json, "a");
    tt_json_bool(&json, "b", false);
    tt_json_close_object(&json);
    tt_json_text(&json, NULL, "x");
    tt_json_close_array(&json);
    tt_json_text(&json, "last", NULL);
    tt_json_close_object(&json);
    same(&buf, &json,
         "{\"empty\":{},\"none\":[],\"list\":[1,[true],{\"a\":null,\"b\":false},\"x\"],"
         "\"last\":null}");
}

static void lines(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(100);
    struct tt_json json = tt_json_make(&buf);
    for (unsigned i = 0; i < 3; i++) {
        tt_json_open_object(&json, NULL);
        tt_json_uint(&json, "n", i);
        tt_json_close_object(&json);
        tt_json_end_line(&json);
    }
    same(&buf, &json, "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n");
}

static void numbers(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(1000);
    struct tt_json json = tt_json_make(&buf);
    tt_json_open_array(&json, NULL);
    tt_json_uint(&json, NULL, UINT64_MAX);
    tt_json_int(&json, NULL, INT64_MIN);
    tt_json_int(&json, NULL, INT64_MAX);
    tt_json_int(&json, NULL, -1);
    tt_json_seconds(&json, NULL, 0);
    tt_json_seconds(&json, NULL, UINT64_C(1407402602000000001));
    tt_json_double(&json, NULL, 0);
    tt_json_double(&json, NULL, 0.5);
    tt_json_double(&json, NULL, -2.25);
    tt_json_double(&json, NULL, 3.1e-11);
    tt_json_double(&json, NULL, 1e6);
    tt_json_double(&json, NULL, 123456.7);
    tt_json_double(&json, NULL, 1e300);
    tt_json_double(&json, NULL, 1.0 / 3);
    tt_json_double(&json, NULL, (double)NAN);
    tt_json_double(&json, NULL, (double)INFINITY);
    tt_json_double(&json, NULL, -(double)INFINITY);
    tt_json_close_array(&json);
    same(&buf, &json,
         "[18446744073709551615,-9223372036854775808,9223372036854775807,-1,0.000000000,"
         "1407402602.000000001,0,0.5,-2.25,3.1e-11,"
         "1e+06,123457,1e+300,0.333333,null,null,null]");
}

/* The program that embeds us may have set a locale whose decimal point is a comma. */
static void numbers_whatever_the_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8",
                                        "ps_AF"};
    bool found = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++)
        found = setlocale(LC_NUMERIC, names[i]) != NULL;
    if (!found)
        skip();
    struct tt_buf buf = tt_buf_make(1000);
    struct tt_json json = tt_json_make(&buf);
    tt_json_double(&json, NULL, -1.5e-20);
    (void)setlocale(LC_NUMERIC, "C");
    same(&buf, &json, "-1.5e-20");
}

static void strings(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(1000);
    struct tt_json json = tt_json_make(&buf);
    tt_json_open_object(&json, NULL);
    tt_json_text(&json, "", "");
    tt_json_span(&json, "none", tt_span_of(NULL, 0));
    tt_json_span(&json, "nul", tt_span_of("a\0b", 3));
    tt_json_text(&json, "quotes \" \\", "\"\\/");
    tt_json_text(&json, "controls", "\b\f\n\r\t\x01\x1f\x7f");
    tt_json_text(&json, "utf", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xb1");
    tt_json_close_object(&json);
    same(&buf, &json,
         "{\"\":\"\",\"none\":\"\",\"nul\":\"a\\u0000b\",\"quotes \\\" \\\\\":\"\\\"\\\\/\","
         "\"controls\":\"\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\\u007f\","
         "\"utf\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xb1\"}");
}

/* Bytes that are no UTF-8 become U+FFFD, one for each, and what is round them stays. */
static void broken_text(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(1000);
    struct tt_json json = tt_json_make(&buf);
    tt_json_open_array(&json, NULL);
    tt_json_text(&json, NULL,
                 "a\xff"
                 "b");
    tt_json_text(&json, NULL, "\xe2\x82");
    tt_json_text(&json, NULL, "\xed\xa0\x80");
    tt_json_text(&json, NULL, "\xc3\xa4\xc3");
    tt_json_text(&json, NULL, "\xc0\x80\"");
    tt_json_close_array(&json);
#define R "\xef\xbf\xbd"
    same(&buf, &json, "[\"a" R "b\",\"" R R "\",\"" R R R "\",\"\xc3\xa4" R "\",\"" R R "\\\"\"]");
#undef R
}

/* Whatever the cap: nothing behind it, an error that stays, and what was written is a start of the
 * whole.
 */
static void caps(void **state)
{
    (void)state;
    static const char whole[] = "{\"key\":[\"a\\nb\",12]}\n";
    for (size_t max = 0; max <= sizeof(whole); max++) {
        struct tt_buf buf = tt_buf_make(max);
        struct tt_json json = tt_json_make(&buf);
        tt_json_open_object(&json, NULL);
        tt_json_open_array(&json, "key");
        tt_json_text(&json, NULL, "a\nb");
        tt_json_uint(&json, NULL, 12);
        tt_json_close_array(&json);
        tt_json_close_object(&json);
        tt_json_end_line(&json);
        assert_int_equal(json.err, max < sizeof(whole) - 1 ? TT_ERR_LIMIT : TT_OK);
        assert_true(buf.len <= max);
        assert_memory_equal(buf.len == 0 ? (const void *)whole : buf.data, whole, buf.len);
        tt_buf_free(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers), cmocka_unit_test(lines),
        cmocka_unit_test(numbers),    cmocka_unit_test(numbers_whatever_the_locale),
        cmocka_unit_test(strings),    cmocka_unit_test(broken_text),
        cmocka_unit_test(caps),
    };
    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
