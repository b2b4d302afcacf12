#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "support/flush.h"

static const struct tt_span nothing = {.data = NULL, .len = 0};

static void parts(void **state)
{
    (void)state;
    struct flush in = flush_make(tt_span_str("abcdef"));
    assert_true(tt_span_eq(tt_span_sub(in.span, 0, 6), in.span));
    assert_true(tt_span_eq(tt_span_sub(in.span, 2, 2), tt_span_str("cd")));
    assert_true(tt_span_eq(tt_span_sub(in.span, 4, 100), tt_span_str("ef")));
    assert_true(tt_span_eq(tt_span_sub(in.span, 1, SIZE_MAX), tt_span_str("bcdef")));
    assert_int_equal(tt_span_sub(in.span, 6, 1).len, 0);
    assert_int_equal(tt_span_sub(in.span, 7, 1).len, 0);
    assert_int_equal(tt_span_sub(in.span, SIZE_MAX, SIZE_MAX).len, 0);
    assert_int_equal(tt_span_sub(nothing, 0, 0).len, 0);
    assert_int_equal(tt_span_sub(nothing, 1, 1).len, 0);
    assert_true(tt_span_eq(tt_span_from(in.span, 5), tt_span_str("f")));
    assert_int_equal(tt_span_from(in.span, 6).len, 0);
    flush_free(&in);
}

static void equality(void **state)
{
    (void)state;
    assert_true(tt_span_eq(nothing, nothing));
    assert_true(tt_span_eq(nothing, tt_span_str("")));
    assert_false(tt_span_eq(nothing, tt_span_str("a")));
    assert_true(tt_span_eq(tt_span_of("a\0b", 3), tt_span_of("a\0b", 3)));
    assert_false(tt_span_eq(tt_span_of("a\0b", 3), tt_span_of("a\0c", 3)));
    assert_false(tt_span_eq(tt_span_str("ab"), tt_span_str("abc")));
    assert_true(tt_span_starts(tt_span_str("abc"), tt_span_str("ab")));
    assert_true(tt_span_starts(tt_span_str("abc"), tt_span_str("abc")));
    assert_true(tt_span_starts(tt_span_str("abc"), nothing));
    assert_true(tt_span_starts(nothing, nothing));
    assert_false(tt_span_starts(tt_span_str("ab"), tt_span_str("abc")));
    assert_false(tt_span_starts(tt_span_str("abc"), tt_span_str("b")));
    assert_true(tt_span_ieq(tt_span_str("Content-LENGTH"), tt_span_str("content-length")));
    assert_false(tt_span_ieq(tt_span_str("abc"), tt_span_str("abcd")));
    assert_true(tt_span_ieq(nothing, nothing));
    assert_true(tt_span_is(tt_span_str("GZip"), "gzip"));
    assert_false(tt_span_is(tt_span_of("gzip\0", 5), "gzip"));
    /* Bytes that differ in the bit that tells the case of letters, but are none. */
    assert_false(tt_span_ieq(tt_span_str("@"), tt_span_str("`")));
    assert_false(tt_span_ieq(tt_span_str("[{"), tt_span_str("{[")));
    assert_false(tt_span_ieq(tt_span_str("\xc3\x84"), tt_span_str("\xc3\xa4")));
}

static void finding(void **state)
{
    (void)state;
    struct flush in = flush_make(tt_span_str("abcabd"));
    assert_int_equal(tt_span_find(in.span, 'a'), 0);
    assert_int_equal(tt_span_find(in.span, 'd'), 5);
    assert_int_equal(tt_span_find(in.span, 'x'), 6);
    assert_int_equal(tt_span_find(nothing, 'x'), 0);
    assert_int_equal(tt_span_search(in.span, tt_span_str("abd")), 3);
    assert_int_equal(tt_span_search(in.span, tt_span_str("abcabd")), 0);
    assert_int_equal(tt_span_search(in.span, tt_span_str("d")), 5);
    assert_int_equal(tt_span_search(in.span, tt_span_str("abcabde")), SIZE_MAX);
    assert_int_equal(tt_span_search(in.span, tt_span_str("dx")), SIZE_MAX);
    assert_int_equal(tt_span_search(in.span, tt_span_str("x")), SIZE_MAX);
    assert_int_equal(tt_span_search(in.span, nothing), 0);
    assert_int_equal(tt_span_search(nothing, tt_span_str("a")), SIZE_MAX);
    assert_int_equal(tt_span_search(nothing, nothing), 0);
    flush_free(&in);
    /* Starts that overlap. */
    assert_int_equal(tt_span_search(tt_span_str("aaab"), tt_span_str("aab")), 1);
    assert_int_equal(tt_span_search(tt_span_str("ababac"), tt_span_str("abac")), 2);
    assert_int_equal(tt_span_search(tt_span_of("\0\0\0x", 4), tt_span_of("\0x", 2)), 2);
}

/* Against the plainest search there is, for all short texts of two letters. */
static void finding_agrees(void **state)
{
    (void)state;
    for (unsigned text = 0; text < 1U << 7; text++) {
        for (unsigned word = 0; word < 1U << 3; word++) {
            uint8_t hay[7];
            uint8_t needle[3];
            for (unsigned i = 0; i < 7; i++)
                hay[i] = (text >> i & 1U) != 0 ? 'a' : 'b';
            for (unsigned i = 0; i < 3; i++)
                needle[i] = (word >> i & 1U) != 0 ? 'a' : 'b';
            size_t expected = SIZE_MAX;
            for (size_t at = 0; at + 3 <= 7 && expected == SIZE_MAX; at++)
                if (memcmp(hay + at, needle, 3) == 0)
                    expected = at;
            assert_int_equal(tt_span_search(tt_span_of(hay, 7), tt_span_of(needle, 3)), expected);
        }
    }
}

static void trimming(void **state)
{
    (void)state;
    struct flush in = flush_make(tt_span_str(" \t\r\n a b \n\r\t "));
    assert_true(tt_span_eq(tt_span_trim(in.span), tt_span_str("a b")));
    flush_free(&in);
    in = flush_make(tt_span_str("   "));
    assert_int_equal(tt_span_trim(in.span).len, 0);
    flush_free(&in);
    assert_int_equal(tt_span_trim(nothing).len, 0);
    assert_true(tt_span_eq(tt_span_trim(tt_span_str("a")), tt_span_str("a")));
    assert_true(tt_span_eq(tt_span_trim(tt_span_of("\0 ", 2)), tt_span_of("\0", 1)));
}

/* Every byte, against the lists. */
static void characters(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdefABCDEF";
    for (unsigned c = 0; c < 256; c++) {
        bool upper = c >= 'A' && c <= 'Z';
        bool lower = c >= 'a' && c <= 'z';
        bool digit = c >= '0' && c <= '9';
        assert_int_equal(tt_lower((uint8_t)c), upper ? c + 32 : c);
        assert_int_equal(tt_is_digit((uint8_t)c), digit);
        assert_int_equal(tt_is_alpha((uint8_t)c), upper || lower);
        assert_int_equal(tt_is_alnum((uint8_t)c), upper || lower || digit);
        int value = -1;
        for (int i = 0; i < 22; i++)
            if ((unsigned)digits[i] == c)
                value = i < 16 ? i : i - 6;
        assert_int_equal(tt_hex_value((uint8_t)c), value);
    }
}

static void wiping(void **state)
{
    (void)state;
    uint8_t secret[8] = "1234567";
    tt_wipe(secret + 1, 5);
    assert_memory_equal(secret,
                        "1\0\0\0\0\0"
                        "7\0",
                        8);
    tt_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),          cmocka_unit_test(equality), cmocka_unit_test(finding),
        cmocka_unit_test(finding_agrees), cmocka_unit_test(trimming), cmocka_unit_test(characters),
        cmocka_unit_test(wiping),
    };
    return cmocka_run_group_tests_name("base/span", tests, NULL, NULL);
}
