/* The pure parts of forms: integers, half bytes, septets, letters, coordinates. Expected values are
 * those of the specifications, or well known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "identify/bcd.h"
#include "identify/gsm7.h"
#include "identify/integer.h"
#include "identify/place_code.h"
#include "identify/transform.h"
#include "identify/unicode.h"

#include <string.h>

static void expect_span(struct tt_span found, const void *expected, size_t len)
{
    assert_non_null(found.data);
    assert_int_equal(found.len, len);
    assert_memory_equal(found.data, expected, len);
}

static void expect_text(struct tt_span found, const char *expected)
{
    expect_span(found, expected, strlen(expected));
}

static void test_integers(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(65536);
    uint64_t value = 0;
    assert_true(tt_integer_of_digits(tt_span_str("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(tt_integer_of_digits(tt_span_str("18446744073709551616"), &value));
    assert_false(tt_integer_of_digits(tt_span_str("12a"), &value));
    assert_false(tt_integer_of_digits(tt_span_str(""), &value));
    assert_true(tt_integer_of_hex(tt_span_str("ffffFFFFffffFFFF"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(tt_integer_of_hex(tt_span_str("10000000000000000"), &value));
    assert_false(tt_integer_of_hex(tt_span_str("1-2"), &value));
    value = 0x0102030405060708;
    expect_span(tt_write_integer(&arena, value, 8, TT_ORDER_BIG), "\1\2\3\4\5\6\7\10", 8);
    expect_span(tt_write_integer(&arena, value, 8, TT_ORDER_LITTLE), "\10\7\6\5\4\3\2\1", 8);
    expect_span(tt_write_integer(&arena, value, 8, TT_ORDER_BIG_LOW_HALF), "\5\6\7\10\1\2\3\4", 8);
    expect_span(tt_write_integer(&arena, value, 8, TT_ORDER_LITTLE_HIGH_HALF), "\4\3\2\1\10\7\6\5",
                8);
    expect_text(tt_write_integer(&arena, value, 4, TT_ORDER_BIG), "");
    expect_text(tt_write_integer(&arena, 1, 4, TT_ORDER_BIG_LOW_HALF), "");
    expect_text(tt_write_decimal(&arena, UINT64_MAX), "18446744073709551615");
    expect_text(tt_write_hexadecimal(&arena, 0xab), "ab");
    tt_arena_free(&arena);
}

/* The examples of protobuf's documentation of its wire format. */
static void test_varints(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(65536);
    expect_span(tt_write_varint(&arena, 0), "\0", 1);
    expect_span(tt_write_varint(&arena, 150), "\x96\x01", 2);
    expect_span(tt_write_varint(&arena, (uint64_t)-2), "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                10);
    assert_true(tt_zigzag(0) == 0 && tt_zigzag(-1) == 1 && tt_zigzag(1) == 2);
    assert_true(tt_zigzag(0x7fffffff) == 0xfffffffe && tt_zigzag(-0x80000000LL) == 0xffffffff);
    /* RFC 8949 appendix A. */
    expect_span(tt_write_double(&arena, 1.1, true), "\x3f\xf1\x99\x99\x99\x99\x99\x9a", 8);
    expect_span(tt_write_float(&arena, 100000.0F, true), "\x47\xc3\x50\x00", 4);
    expect_span(tt_write_float(&arena, 100000.0F, false), "\x00\x50\xc3\x47", 4);
    tt_arena_free(&arena);
}

static void test_half_bytes(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(65536);
    struct tt_span odd = tt_span_str("12345");
    expect_span(tt_write_bcd(&arena, odd, true, 15), "\x21\x43\xf5", 3);
    expect_span(tt_write_bcd(&arena, odd, true, 0), "\x21\x43\x05", 3);
    expect_span(tt_write_bcd(&arena, odd, false, 15), "\x12\x34\x5f", 3);
    expect_span(tt_write_bcd_right(&arena, odd), "\x01\x23\x45", 3);
    expect_span(tt_write_bcd_right(&arena, tt_span_str("1234")), "\x12\x34", 2);
    expect_span(tt_write_imeisv_identity(&arena, tt_span_str("4901542032375142")),
                "\x43\x09\x51\x24\x30\x32\x57\x41\xf2", 9);
    expect_text(tt_write_imeisv_identity(&arena, tt_span_str("490154203237514")), "");
    /* 234 15 and 310 410. */
    expect_span(tt_write_plmn(&arena, tt_span_str("234"), tt_span_str("15")), "\x32\xf4\x51", 3);
    expect_span(tt_write_plmn(&arena, tt_span_str("310"), tt_span_str("410")), "\x13\x00\x14", 3);
    expect_text(tt_write_plmn(&arena, tt_span_str("23"), tt_span_str("15")), "");
    tt_arena_free(&arena);
}

static void test_septets(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(65536);
    double share = 0;
    expect_span(tt_write_gsm7(&arena, tt_span_str("hellohell"), 0, &share),
                "\xe8\x32\x9b\xfd\x46\x97\xd9", 7);
    assert_true(share > 0.88 && share < 0.89);
    /* One septet before it: its last bit stands in the first byte. */
    expect_span(tt_write_gsm7(&arena, tt_span_str("ellohell"), 1, &share),
                "\x32\x9b\xfd\x46\x97\xd9", 6);
    /* Two septets for a sign of the extension. */
    expect_span(tt_write_gsm7(&arena, tt_span_str("[[[["), 0, NULL), "\x1b\xde\x86\xb7\xe1\x6d\x78",
                7);
    expect_text(tt_write_gsm7(&arena, tt_span_str("\xd0\x98"), 0, NULL), "");
    expect_text(tt_write_gsm7(&arena, tt_span_str("\xff"), 0, NULL), "");
    expect_text(tt_write_gsm7(&arena, tt_span_str("a"), 3, NULL), "");
    tt_arena_free(&arena);
}

static void test_letters(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(65536);
    /* Unicode Standard Annex 15, tables 3 to 6. */
    expect_text(tt_write_nfd(&arena, tt_span_str("\xc3\x84\xef\xac\x83n")),
                "A\xcc\x88\xef\xac\x83n");
    expect_text(tt_write_nfc(&arena, tt_span_str("A\xcc\x88n")), "\xc3\x84n");
    /* U+1E69 has two marks; U+0958 and its like are never composed. */
    expect_text(tt_write_nfd(&arena, tt_span_str("\xe1\xb9\xa9")), "s\xcc\xa3\xcc\x87");
    expect_text(tt_write_nfc(&arena, tt_span_str("s\xcc\xa3\xcc\x87")), "\xe1\xb9\xa9");
    /* Hangul: U+D55C is U+1112 U+1161 U+11AB, U+AC00 is U+1100 U+1161. */
    expect_text(tt_write_nfd(&arena, tt_span_str("\xed\x95\x9c\xea\xb0\x80")),
                "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xa1");
    expect_text(tt_write_nfc(&arena, tt_span_str("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab")),
                "\xed\x95\x9c");
    expect_text(tt_write_nfc(&arena, tt_span_str("plain")), "");
    expect_text(tt_write_nfd(&arena, tt_span_str("\xc3")), "");
    expect_text(
        tt_write_unaccented(&arena, tt_span_str("\xc3\x98stl\xc3\xbcnd-Stra\xc3\x9f"), false),
        "Ostlund-Strass");
    expect_text(tt_write_unaccented(&arena, tt_span_str("\xc3\x98stl\xc3\xbcnd"), true),
                "Oestluend");
    expect_text(tt_write_unaccented(&arena, tt_span_str("u\xcc\x88"), true), "ue");
    expect_text(tt_write_capitals(&arena, tt_span_str("a\xc3\xa9\xd1\x8f")), "A\xc3\x89\xd0\xaf");
    expect_text(tt_write_capitals(&arena, tt_span_str("Ro\xc3\x9f")), "ROSS");
    expect_text(tt_write_small(&arena, tt_span_str("A\xc3\x89\xd0\xaf")), "a\xc3\xa9\xd1\x8f");
    expect_text(tt_write_small(&arena, tt_span_str("123")), "");
    expect_text(tt_write_reversed(&arena, tt_span_str("ab\xc3\xa9")), "\xc3\xa9"
                                                                      "ba");
    expect_text(tt_write_reversed(&arena, tt_span_str("anna")), "");
    expect_text(tt_write_reversed(&arena, tt_span_str("a\xff")), "");
    expect_text(tt_write_rot13(&arena, tt_span_str("Why Not 1")), "Jul Abg 1");
    expect_text(tt_write_rot13(&arena, tt_span_str("12")), "");
    tt_arena_free(&arena);
}

static void test_places(void **state)
{
    (void)state;
    static const char *const marks[2] = {"d", "'"};
    struct tt_arena arena = tt_arena_make(65536);
    assert_true(tt_degrees_of(tt_span_str("-77.209087")) == -77.209087);
    expect_text(tt_write_degrees(&arena, 28.61396, 4), "28.6140");
    expect_text(tt_write_dms(&arena, -33.856159, 2, marks), "33d51'22.17");
    expect_text(tt_write_dms(&arena, 10.1, 0, marks), "10d06'00");
    expect_text(tt_write_dms(&arena, 59.999999, 0, marks), "59d59'59");
    expect_text(tt_write_nmea(&arena, 48.1173, 3, false), "4807.038,N");
    expect_text(tt_write_nmea(&arena, 11.516667, 3, true), "01131.000,E");
    expect_text(tt_write_nmea(&arena, -0.5, 4, true), "00030.0000,W");
    expect_text(tt_write_geohash(&arena, 42.605, -5.603, 5), "ezs42");
    expect_text(tt_write_geohash(&arena, 57.64911, 10.40744, 11), "u4pruydqqvj");
    tt_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),   cmocka_unit_test(test_varints),
        cmocka_unit_test(test_half_bytes), cmocka_unit_test(test_septets),
        cmocka_unit_test(test_letters),    cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
