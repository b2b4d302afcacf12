/* The pure parts: strength, transforms, telephone numbers, masks, checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "identify/mask.h"
#include "identify/phone.h"
#include "identify/sheet_check.h"
#include "identify/strength.h"
#include "identify/transform.h"

#include <string.h>

static bool is_weak(const char *text)
{
    return tt_bits_of_text(tt_span_str(text)) < TT_WEAK_BITS;
}

static void test_sentences(void **state)
{
    (void)state;
    /* Five short words are met by chance in some gigabytes; a sentence with longer ones is not. */
    double five = tt_bits_of_sentence(tt_span_str("bank you said we oven"));
    assert_true(five > TT_WEAK_BITS && five < 45);
    assert_true(tt_bits_of_text(tt_span_str("bank you said we oven")) > 60);
    assert_true(tt_bits_of_sentence(tt_span_str("Lunch at noon by the river?")) > 60);
    assert_true(tt_bits_of_sentence(tt_span_str("at ten")) < TT_WEAK_BITS);
}

static void test_strength(void **state)
{
    (void)state;
    static const char *const weak[] = {"mirko",
                                       "Petra",
                                       "admin",
                                       "password",
                                       "mirkkkko",
                                       "20417",
                                       "London",
                                       "lulu",
                                       "Redmi 1S",
                                       "XK-T817",
                                       "PC07",
                                       "\xe5\x8e\xa8\xe6\x88\xbf",
                                       "",
                                       "aaaaaaaaaaaaaaaaaaaaaa",
                                       "00000000000000000000",
                                       "Samsung wifi"};
    static const char *const strong[] = {"Asha Rao",         "Lunch at noon?",
                                         "9f3a61d07be2845c", "asha.rao@example.org",
                                         "ZX1G22KHQT",       "Jos\xc3\xa9 M\xc3\xbcller",
                                         "com.example.game"};
    for (size_t i = 0; i < TT_ARRAY_LEN(weak); i++) {
        if (!is_weak(weak[i]))
            fail_msg("%s should be weak", weak[i]);
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(strong); i++) {
        if (is_weak(strong[i]))
            fail_msg("%s should be strong", strong[i]);
    }
    assert_true(tt_bits_of_digits(tt_span_str("1234567890"), 0, 0) < 10);
    assert_true(tt_bits_of_digits(tt_span_str("9876543210"), 0, 0) < 10);
    assert_true(tt_bits_of_digits(tt_span_str("358240051111110"), 8, TT_BITS_DIGIT_SHARED) > 40);
    assert_true(tt_bits_of_digits(tt_span_str("12"), 8, 1.0) == 2.0);
}

static void expect_span(struct tt_span found, const void *expected, size_t len)
{
    assert_int_equal(found.len, len);
    assert_memory_equal(found.data, expected, len);
}

static void expect_text(struct tt_span found, const char *expected)
{
    expect_span(found, expected, strlen(expected));
}

static void test_transforms(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(1048576);
    struct tt_span text = tt_span_str("a b/\xc3\xa9\xf0\x9f\x98\x80\"");
    expect_text(tt_write_percent(&arena, text, "%20"), "a%20b%2F%C3%A9%F0%9F%98%80%22");
    expect_text(tt_write_percent(&arena, text, "+"), "a+b%2F%C3%A9%F0%9F%98%80%22");
    expect_text(tt_write_percent(&arena, tt_span_str("plain-1.0_~"), "+"), "");
    expect_text(tt_write_json(&arena, text, true), "a b\\/\\u00e9\\ud83d\\ude00\\\"");
    expect_text(tt_write_json(&arena, tt_span_str("a\n\x01\\"), false), "a\\n\\u0001\\\\");
    expect_text(tt_write_json(&arena, tt_span_str("plain"), true), "");
    expect_span(tt_write_utf16(&arena, tt_span_str("a\xf0\x9f\x98\x80"), false),
                "a\0\x3d\xd8\x00\xde", 6);
    expect_span(tt_write_utf16(&arena, tt_span_str("a\xf0\x9f\x98\x80"), true),
                "\0a\xd8\x3d\xde\x00", 6);
    expect_text(tt_write_lower(&arena, tt_span_str("aB\xc3\x89[")), "ab\xc3\x89[");
    expect_text(tt_write_upper(&arena, tt_span_str("aB{")), "AB{");
    expect_text(tt_write_hex(&arena, tt_span_str("\x01\xfe")), "01fe");
    expect_span(tt_write_raw(&arena, tt_span_str("01:FE")), "\x01\xfe", 2);
    expect_text(tt_write_raw(&arena, tt_span_str("01F")), "");
    expect_text(tt_write_charset(&arena, tt_span_str("\xc3\xa9"), "ISO-8859-1"), "\xe9");
    expect_text(tt_write_charset(&arena, tt_span_str("\xe5\x8e\xa8"), "ISO-8859-1"), "");
    expect_text(tt_write_charset(&arena, tt_span_str("x"), "no such charset"), "");
    tt_arena_free(&arena);
}

/* RFC 4648 section 10, and what is left of it between other bytes. */
static void test_base64(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(65536);
    expect_text(tt_write_base64(&arena, tt_span_str("foobar"), 0, false), "Zm9vYmFy");
    expect_text(tt_write_base64(&arena, tt_span_str("fooba"), 0, false), "Zm9vYm");
    /* "xfoobar" is eGZvb2Jhcg==, "xxfoobar" is eHhmb29iYXI= */
    expect_text(tt_write_base64(&arena, tt_span_str("foobar"), 1, false), "Zvb2Jhc");
    expect_text(tt_write_base64(&arena, tt_span_str("foobar"), 2, false), "mb29iYX");
    expect_text(tt_write_base64(&arena, tt_span_str("\xfb\xff\xbf"), 0, false), "+/+/");
    expect_text(tt_write_base64(&arena, tt_span_str("\xfb\xff\xbf"), 0, true), "-_-_");
    expect_text(tt_write_base64(&arena, tt_span_str(""), 2, true), "");
    tt_arena_free(&arena);
}

static void test_digits_in_halves(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(65536);
    expect_span(tt_write_tbcd(&arena, tt_span_str("1234")), "\x21\x43", 2);
    expect_span(tt_write_tbcd(&arena, tt_span_str("12345")), "\x21\x43\xf5", 3);
    /* 3GPP TS 24.008: IMSI 001010123456789 is 09 10 10 10 32 54 76 98 in a mobile identity. */
    expect_span(tt_write_mobile_identity(&arena, tt_span_str("001010123456789"), 1),
                "\x09\x10\x10\x10\x32\x54\x76\x98", 8);
    expect_span(tt_write_mobile_identity(&arena, tt_span_str("12"), 1), "", 0);
    /* RFC 1001 section 14.1: "The NetBIOS name" is FEGHGFCAEOGFHEEJEPFDCAGOGBGNGF; 15 of 16. */
    expect_text(tt_write_netbios(&arena, tt_span_str("FRED")), "EGFCEFEECACACACACACACACACACACA");
    tt_arena_free(&arena);
}

static void expect_phone(const char *value, const char *country, const char *national,
                         size_t groups)
{
    struct tt_arena arena = tt_arena_make(65536);
    struct tt_phone phone;
    struct tt_span text = tt_span_str(value);
    assert_true(tt_phone_read(text, tt_write_digits(&arena, text), &phone));
    expect_text(phone.country, country);
    expect_text(phone.national, national);
    assert_int_equal(phone.group_count, groups);
    tt_arena_free(&arena);
}

static void test_phones(void **state)
{
    (void)state;
    expect_phone("+91 98123 45678", "91", "9812345678", 2);
    expect_phone("+919812345678", "91", "9812345678", 1);
    expect_phone("00919812345678", "91", "9812345678", 1);
    expect_phone("+1 (212) 555-0143", "1", "2125550143", 3);
    expect_phone("(212)555-0143", "", "2125550143", 3);
    expect_phone("+358 40 123 4567", "358", "401234567", 3);
    expect_phone("+44 (0)20 7946 0958", "44", "2079460958", 3);
    expect_phone("030 1234567", "", "301234567", 2);
    expect_phone("069123457", "", "69123457", 1);
    expect_phone("+7 912 345-67-89", "7", "9123456789", 4);
    expect_phone("1-2-3-4-5-6-7-8", "", "12345678", 0); /* more groups than are kept */
    struct tt_phone phone;
    assert_false(tt_phone_read(tt_span_str("*100#"), tt_span_str("100"), &phone));
    assert_false(tt_phone_read(tt_span_str("1-800-FLOWERS"), tt_span_str("1800"), &phone));
    assert_false(tt_phone_read(tt_span_str(""), tt_span_str(""), &phone));
    assert_false(tt_phone_read(tt_span_str("+91"), tt_span_str("91"), &phone));
    assert_false(tt_phone_read(tt_span_str("+"), tt_span_str(""), &phone));
}

static void expect_mask(enum tt_kind kind, const char *value, const char *expected)
{
    struct tt_arena arena = tt_arena_make(65536);
    assert_string_equal(tt_mask(&arena, kind, tt_span_str(value)), expected);
    tt_arena_free(&arena);
}

#define DOT "\u2022"
#define DOTS DOT DOT DOT

static void test_masks(void **state)
{
    (void)state;
    expect_mask(TT_KIND_IMEI, "35-824005-111111-0", "35824005" DOTS DOTS DOT);
    expect_mask(TT_KIND_IMEI, "3582400511", DOTS);
    expect_mask(TT_KIND_IMSI, "404450123456789", "40445" DOTS DOTS DOTS DOT);
    expect_mask(TT_KIND_IMSI, "40445012", DOTS);
    expect_mask(TT_KIND_ICCID, "8991000012345678901", "8991" DOTS);
    expect_mask(TT_KIND_CONTACT_NUMBER, "+358 40 123 4567", "+358 " DOTS);
    expect_mask(TT_KIND_PHONE_NUMBER, "098123 45678", DOTS);
    expect_mask(TT_KIND_PHONE_NUMBER, "+88312345", DOTS);
    expect_mask(TT_KIND_BSSID, "64-09-80-AB-02-03", "64:09:80:" DOT DOT ":" DOT DOT ":" DOT DOT);
    expect_mask(TT_KIND_MAC_ADDRESS, "64:09:80", DOTS);
    expect_mask(TT_KIND_EMAIL, "asha@mail.example", DOTS "@" DOTS ".example");
    expect_mask(TT_KIND_EMAIL, "asha@localhost", DOTS);
    expect_mask(TT_KIND_EMAIL, "asha.rao", DOTS);
    expect_mask(TT_KIND_PASSWORD, "x", DOTS);
    expect_mask(TT_KIND_PASSWORD, "a very long password indeed", DOTS);
    expect_mask(TT_KIND_LOCATION, "28.6139,77.2090", DOTS);
    expect_mask(TT_KIND_CARRIER, "Airtel", "Airtel");
    /* Whatever the value: no kind but the two shared ones shows all of it. */
    for (enum tt_kind kind = 0; kind < TT_KIND_COUNT; kind++) {
        if (kind != TT_KIND_CARRIER && kind != TT_KIND_DEVICE_MODEL)
            expect_mask(kind, "Tr0ub4dor&3", DOTS);
    }
}

static void test_checks(void **state)
{
    (void)state;
    assert_null(tt_sheet_oddity(TT_KIND_IMEI, tt_span_str("358240051111110")));
    assert_null(tt_sheet_oddity(TT_KIND_IMEI, tt_span_str("35-824005-111111-0")));
    assert_null(tt_sheet_oddity(TT_KIND_IMEI, tt_span_str("35824005111111")));
    assert_non_null(tt_sheet_oddity(TT_KIND_IMEI, tt_span_str("358240051111111")));
    assert_non_null(tt_sheet_oddity(TT_KIND_IMEI, tt_span_str("3582400511111100")));
    assert_non_null(tt_sheet_oddity(TT_KIND_IMEI, tt_span_str("A58240051111110")));
    assert_null(tt_sheet_oddity(TT_KIND_ICCID, tt_span_str("8991 0000 1234 5678 901")));
    assert_null(tt_sheet_oddity(TT_KIND_BSSID, tt_span_str("6409.80ab.0203")));
    assert_non_null(tt_sheet_oddity(TT_KIND_ANDROID_ID, tt_span_str("9f3a")));
    assert_non_null(tt_sheet_oddity(TT_KIND_CONTACT_NUMBER, tt_span_str("*100#")));
    assert_null(tt_sheet_oddity(TT_KIND_PASSWORD, tt_span_str("x")));
    assert_true(tt_sheet_is_degrees(tt_span_str("-90.000"), 90));
    assert_true(tt_sheet_is_degrees(tt_span_str("7"), 90));
    assert_false(tt_sheet_is_degrees(tt_span_str("90.0001"), 90));
    assert_false(tt_sheet_is_degrees(tt_span_str("1."), 90));
    assert_false(tt_sheet_is_degrees(tt_span_str(".5"), 90));
    assert_false(tt_sheet_is_degrees(tt_span_str("1e1"), 90));
    assert_false(tt_sheet_is_degrees(tt_span_str("28N"), 90));
    assert_false(tt_sheet_is_degrees(tt_span_str("0001"), 90));
    assert_false(tt_sheet_is_degrees(tt_span_str(""), 90));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strength),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_transforms),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_digits_in_halves),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
