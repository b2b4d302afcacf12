#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "support/flush.h"

#include <stdio.h>
#include <stdlib.h>

static struct tt_json_value at(const char *text)
{
    return tt_json_value_at(tt_span_str(text), NULL);
}

static void same_text(struct tt_span text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum tt_json_kind kind;
        const char *value;
        bool whole;
    } cases[] = {
        {" \"a\\\"b\\\\\" x", TT_JSON_STRING, "a\\\"b\\\\", true},
        {"\"cut\\", TT_JSON_STRING, "cut\\", false},
        {"{\"a\": [1, \"}\"]} , 2", TT_JSON_OBJECT, "{\"a\": [1, \"}\"]}", true},
        {"[1, [2], \"]", TT_JSON_ARRAY, "[1, [2], \"]", false},
        {"-1.5e3,", TT_JSON_BARE, "-1.5e3", true},
        {"true", TT_JSON_BARE, "true", false},
        {"", TT_JSON_NONE, "", false},
        {"  }", TT_JSON_NONE, "", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_json_value value = at(cases[i].text);
        assert_int_equal(value.kind, cases[i].kind);
        assert_int_equal(value.whole, cases[i].whole);
        same_text(value.text, cases[i].value);
    }
}

static void test_walks(void **state)
{
    (void)state;
    struct tt_json_walk walk = tt_json_walk(at("{\"a\": 1, \"b\": \"x\",, \"c\" 3, \"d\": 4}"));
    struct tt_span name;
    struct tt_json_value value;
    assert_true(tt_json_walk_next(&walk, &name, &value));
    same_text(name, "a");
    assert_true(tt_json_walk_next(&walk, &name, &value));
    same_text(name, "b");
    same_text(value.text, "x");
    /* What cannot be read ends the walk. */
    assert_false(tt_json_walk_next(&walk, &name, &value));
    assert_false(tt_json_walk_next(&walk, &name, &value));

    walk = tt_json_walk(at("[\"a\", {}, 3]"));
    size_t count = 0;
    while (tt_json_walk_next(&walk, NULL, &value))
        count++;
    assert_int_equal(count, 3);
    walk = tt_json_walk(at("\"a\""));
    assert_false(tt_json_walk_next(&walk, NULL, &value));

    same_text(tt_json_member(at("{\"a\": {\"b\": 1}, \"b\": 2, \"b\": 3}"), "b").text, "2");
    assert_int_equal(tt_json_member(at("[\"a\", 1]"), "a").kind, TT_JSON_NONE);
}

static void test_escapes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
        {"\\ud83dx", "\xef\xbf\xbdx"},
        {"\\u12", "\\u12"},
        {"\\q\\", "\\q\\"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_buf out = tt_buf_make(1000);
        struct flush flush = flush_make(tt_span_str(cases[i][0]));
        assert_int_equal(tt_json_unescape_all(flush.span, &out), TT_OK);
        same_text(tt_buf_span(&out), cases[i][1]);
        tt_buf_free(&out);
        /* The same in a room that is as small as may be. */
        struct tt_buf small = tt_buf_make(1000);
        uint8_t room[8];
        size_t where = 0;
        size_t len = 0;
        while ((len = tt_json_unescape(flush.span, &where, room, sizeof(room))) > 0)
            assert_int_equal(tt_buf_append(&small, tt_span_of(room, len)), TT_OK);
        same_text(tt_buf_span(&small), cases[i][1]);
        tt_buf_free(&small);
        flush_free(&flush);
    }
}

/* Every beginning of a text gives something, and reads no byte behind it. */
static void test_cuts(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\": [1, {\"b\\\"\": \"\\ud83d\\ude00\\\\\"}, true], \"c\": null}";
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        struct flush flush = flush_make(tt_span_of(text, cut));
        struct tt_json_value value = tt_json_value_at(flush.span, NULL);
        assert_int_equal(value.whole, cut == sizeof(text) - 1);
        struct tt_json_walk walk = tt_json_walk(value);
        struct tt_json_value inner;
        struct tt_span name;
        while (tt_json_walk_next(&walk, &name, &inner)) {
            struct tt_buf out = tt_buf_make(100);
            assert_int_equal(tt_json_unescape_all(inner.text, &out), TT_OK);
            tt_buf_free(&out);
        }
        flush_free(&flush);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t number = 7;
    assert_true(tt_json_number(at("120 "), &number));
    assert_int_equal(number, 120);
    assert_true(tt_json_number(at("1.9 "), &number));
    assert_int_equal(number, 1);
    assert_false(tt_json_number(at("-1 "), &number));
    assert_false(tt_json_number(at("\"1\""), &number));
    assert_false(tt_json_number(at("99999999999999999999999 "), &number));
    assert_int_equal(number, 1);
    assert_true(tt_json_says(at("\"Base64\""), "base64"));
    assert_false(tt_json_says(at("base64"), "base64"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_walks),
                                       cmocka_unit_test(test_escapes), cmocka_unit_test(test_cuts),
                                       cmocka_unit_test(test_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
