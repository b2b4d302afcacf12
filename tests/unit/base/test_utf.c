#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/utf.h"
#include "support/flush.h"

/* Every code point there is goes out and comes back; every cut of it is refused. */
static void round_trip(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x110000; code++) {
        uint8_t bytes[4] = {0};
        size_t len = tt_utf8_write(code, bytes);
        bool scalar = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
        size_t expected = !scalar ? 0 : code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        assert_int_equal(len, expected);
        uint32_t read = 0;
        size_t taken = 0;
        for (size_t cut = 0; cut < len; cut++)
            assert_false(tt_utf8_read(tt_span_of(bytes, cut), &read, &taken));
        if (len == 0)
            continue;
        assert_true(tt_utf8_read(tt_span_of(bytes, len), &read, &taken));
        assert_int_equal(read, code);
        assert_int_equal(taken, len);
    }
    uint8_t bytes[4];
    assert_int_equal(tt_utf8_write(UINT32_MAX, bytes), 0);
}

static void reads_one(void **state)
{
    (void)state;
    uint32_t code = 0;
    size_t len = 0;
    assert_true(tt_utf8_read(tt_span_str("\xc3\xa4z"), &code, &len));
    assert_int_equal(code, 0xe4);
    assert_int_equal(len, 2);
    assert_true(tt_utf8_read(tt_span_of("\0", 1), &code, &len));
    assert_int_equal(code, 0);
    assert_int_equal(len, 1);
}

/* Over-long forms, surrogates, beyond the end, continuation bytes alone, wrong continuations, cuts.
 */
static void refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc0\xaf",
                                        "\xc1\xbf",
                                        "\xc2",
                                        "\xc2z",
                                        "\xc2\xc2",
                                        "\xe0\x80\x80",
                                        "\xe0\x9f\xbf",
                                        "\xe1\x80",
                                        "\xe1z\x80",
                                        "\xe1\x80z",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xf0\x80\x80\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf0\x90\x80",
                                        "\xf0\x90\x80z",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xf7\xbf\xbf\xbf",
                                        "\xf8\x88\x80\x80\x80",
                                        "\xfc\x84\x80\x80\x80\x80",
                                        "\xfe",
                                        "\xff"};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct flush in = flush_make(tt_span_str(cases[i]));
        uint32_t code = 7;
        size_t len = 7;
        assert_false(tt_utf8_read(in.span, &code, &len));
        assert_int_equal(code, 7);
        assert_int_equal(len, 7);
        assert_false(tt_utf8_valid(in.span));
        flush_free(&in);
    }
    uint32_t code = 7;
    size_t len = 7;
    assert_false(tt_utf8_read(tt_span_of(NULL, 0), &code, &len));
}

static void whole_texts(void **state)
{
    (void)state;
    static const char text[] = "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x93\xb1 end";
    struct flush in = flush_make(tt_span_str(text));
    assert_true(tt_utf8_valid(in.span));
    assert_true(tt_utf8_valid(tt_span_of(NULL, 0)));
    assert_true(tt_utf8_valid(tt_span_of("a\0b", 3)));
    /* Valid at the borders of characters only. */
    for (size_t cut = 0; cut <= in.span.len; cut++) {
        bool border = cut == in.span.len || ((uint8_t)text[cut] & 0xc0) != 0x80;
        assert_int_equal(tt_utf8_valid(tt_span_sub(in.span, 0, cut)), border);
    }
    flush_free(&in);
    assert_false(tt_utf8_valid(tt_span_str("good \xff good")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(reads_one),
        cmocka_unit_test(refuses),
        cmocka_unit_test(whole_texts),
    };
    return cmocka_run_group_tests_name("base/utf", tests, NULL, NULL);
}
