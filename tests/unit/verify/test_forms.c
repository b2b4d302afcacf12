/* Bytes back to values: each form with one writing that fits and one that is close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify/forms.h"

struct row {
    enum tt_kind kind;
    const char *value;
    const char *form;
    const char *fits;
    const char *near; /* does not fit */
};

#define IMEI TT_KIND_IMEI, "001014001234566"
#define PHONE TT_KIND_PHONE_NUMBER, "+44 7700 900123"
#define MAC TT_KIND_MAC_ADDRESS, "02:00:5e:10:00:17"
#define PLACE TT_KIND_LOCATION, "28.613912,77.209021"
#define MAIL TT_KIND_EMAIL, "Asha.Rao+x@gmail.example"
#define NAME TT_KIND_NAME, "Asha Rao"

static const struct row rows[] = {
    {IMEI, "digits", "001014001234566", "001014001234567"},
    {IMEI, "dashed", "00101400-123456-6", "00101400-123456-7"},
    {IMEI, "digits without check digit", "00101400123456", "00101400123457"},
    {IMEI, "check digit 0", "001014001234560", "001014001234561"},
    {IMEI, "imeisv", "0010140012345601", "0010140012345701"},
    {IMEI, "tbcd", "\x00\x01\x41\x00\x21\x43\x65\xf6", "\x00\x01\x41\x00\x21\x43\x65\xf7"},
    {IMEI, "bcd", "\x00\x10\x14\x00\x12\x34\x56\x6f", "\x00\x10\x14\x00\x12\x34\x56\x7f"},
    {IMEI, "decimal", "1014001234566", "1014001234567"},
    {IMEI, "uint64be", "\x00\x00\x00\xec\x17\x2e\xf2\x86", "\x00\x00\x00\xec\x17\x2e\xf2\x87"},
    {PHONE, "national", "07700900123", "+447700900123"},
    {PHONE, "e164", "+447700900123", "447700900123"},
    {PHONE, "e164", "+447700900123", "+447700900124"},
    {PHONE, "00", "00447700900123", "00447700900124"},
    {PHONE, "national", "07700900123", "07700900124"},
    {PHONE, "national, short", "7700900123", "7700900124"},
    {PHONE, "grouped", "(07700) 900-123", "(07700) 900-124"},
    {PHONE, "grouped", "7700%20900%20123", "7700%20900%20124"},
    {PHONE, "e164", "+447700900123", "text 447700900123"},
    {MAC, "colons", "02:00:5E:10:00:17", "02:00:5E:10:00:18"},
    {MAC, "no separators", "02005e100017", "02005e100018"},
    {MAC, "raw", "\x02\x00\x5e\x10\x00\x17", "\x02\x00\x5e\x10\x00\x18"},
    {MAC, "raw, backwards", "\x17\x00\x10\x5e\x00\x02", "\x18\x00\x10\x5e\x00\x02"},
    {MAC, "colons, short", "2:0:5e:10:0:17", "2:0:5e:10:0:18"},
    {MAC, "ipv6", "fe80::5eff:fe10:17", "fe80::5eff:fe10:18"},
    {MAC, "eui-64, text", "02005efffe100017", "02005efffe100018"},
    {MAC, "decimal", "2200601362455", "2200601362456"},
    {TT_KIND_ANDROID_ID, "9f86d081884c7d65", "hexadecimal", "0x9f86d081884c7d65",
     "0x9f86d081884c7d66"},
    {TT_KIND_ADVERTISING_ID, "38400000-8cf0-11bd-b23e-10b96e40000d", "guid",
     "\x00\x00\x40\x38\xf0\x8c\xbd\x11\xb2\x3e\x10\xb9\x6e\x40\x00\x0d",
     "\x00\x00\x40\x38\xf0\x8c\xbd\x11\xb2\x3e\x10\xb9\x6e\x40\x00\x0e"},
    {PLACE, "latitude", "28.6139", "28.6239"},
    {PLACE, "latitude", "28.61391", "77.20902"},
    {PLACE, "longitude", "77.2090", "28.6139"},
    {PLACE, "pair", "77.209021,28.613912", "77.209021,28.623912"},
    {PLACE, "latitude, comma", "28,6139", "28,6239"},
    {PLACE, "pair, comma", "28,61391; 77,2090", "28,61391; 77,2190"},
    {PLACE, "longitude, dms", "077 12.54", "077 15.54"},
    {PLACE, "latitude, e6", "28613912", "28623912"},
    {PLACE, "geohash", "ttnfucj", "ttnfucz"},
    {PLACE, "latitude, dms",
     "28\xc2\xb0"
     "36'50",
     "28\xc2\xb0"
     "36'52"},
    {PLACE, "latitude, nmea", "2836.8347", "2836.8357"},
    {MAIL, "text", "asha.rao+x@gmail.example", "asha.rao@gmail.example"},
    {MAIL, "local part", "asha.rao+x", "asha.rao"},
    {MAIL, "without dots and tag", "asharao@gmail.example", "asharae@gmail.example"},
    {NAME, "text", "ASHA RAO", "ASHA RAE"},
    {NAME, "last name first", "Rao, Asha", "Rae, Asha"},
    {NAME, "joined", "asharao", "asharaoo"},
    {NAME, "utf-16le", NULL, NULL},
    {TT_KIND_NAME, "J\xc3\xb6rg M\xc3\xbcller", "unaccented", "Jorg Muller", "Jorg Mueler"},
    {TT_KIND_NAME, "J\xc3\xb6rg M\xc3\xbcller", "unaccented", "Joerg Mueller", "Joerg Muellr"},
    {TT_KIND_NAME, "J\xc3\xb6rg M\xc3\xbcller", "nfd", "Jo\xcc\x88rg Mu\xcc\x88ller", "Jarg"},
    /* Cyrillic short i, a Vietnamese letter with two marks, voiced kana, a Hangul syllable. */
    {TT_KIND_NAME, "\xd0\x98\xd0\xb9", "nfd", "\xd0\x98\xd0\xb8\xcc\x86",
     "\xd0\x98\xd0\xba\xcc\x86"},
    {TT_KIND_NAME, "Tr\xe1\xba\xbf", "nfd", "Tre\xcc\x82\xcc\x81", "Tra\xcc\x82\xcc\x81"},
    {TT_KIND_NAME, "\xe3\x81\x8c\xe3\x83\x91", "nfd",
     "\xe3\x81\x8b\xe3\x82\x99\xe3\x83\x8f\xe3\x82\x9a",
     "\xe3\x81\x8d\xe3\x82\x99\xe3\x83\x8f\xe3\x82\x9a"},
    {TT_KIND_NAME, "\xea\xb9\x80", "nfd", "\xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7",
     "\xe1\x84\x80\xe1\x85\xb5"},
    {TT_KIND_NAME, "J\xc3\xb6rg M\xc3\xbcller", "latin-1", "J\xf6rg M\xfcller",
     "J\xe4rg M\xfcller"},
    {TT_KIND_MESSAGE_TEXT, "Lunch at noon by the river?", "fragment", "noon by the river",
     "noon by the rivar"},
    {TT_KIND_HOSTNAME, "desk", "netbios", "EEEFFDELCACACACACACACACACACACA",
     "EEEFFDEMCACACACACACACACACACACA"},
    {TT_KIND_IMSI, "001010123456789", "apart", "mcc=001&mnc=01&msin=0123456789",
     "mcc=001&mnc=01&msin=0123456788"},
};

static struct tt_span bytes_of(const char *form, const char *text)
{
    /* Binary forms have zeros: their length is known. */
    size_t len = strcmp(form, "tbcd") == 0 || strcmp(form, "bcd") == 0 ? 8
                 : strncmp(form, "uint64", 6) == 0                     ? 8
                 : strncmp(form, "raw", 3) == 0                        ? 6
                 : strcmp(form, "guid") == 0                           ? 16
                                                                       : strlen(text);
    return tt_span_of(text, len);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct tt_verify_form form = {
            .kind = row->kind, .value = tt_span_str(row->value), .name = row->form};
        if (row->fits == NULL)
            continue;
        if (tt_verify_form_says(&form, bytes_of(row->form, row->fits)) != TT_VERIFY_YES)
            fail_msg("row %zu: %s of %s does not say it", i, row->form, row->value);
        if (tt_verify_form_says(&form, bytes_of(row->form, row->near)) != TT_VERIFY_NO)
            fail_msg("row %zu: %s of %s says too much", i, row->form, row->value);
        assert_int_equal(tt_verify_form_says(&form, tt_span_str("")), TT_VERIFY_NO);
    }
}

static void test_unknown_form(void **state)
{
    (void)state;
    struct tt_verify_form form = {
        .kind = TT_KIND_IMEI, .value = tt_span_str("001014001234566"), .name = "no such form"};
    assert_int_equal(tt_verify_form_says(&form, form.value), TT_VERIFY_UNKNOWN);
}

static enum tt_verify_answer ask(const char *form_name, const char *const *transforms, size_t count,
                                 const char *text, const char *beside)
{
    struct tt_verify_form form = {
        .kind = TT_KIND_CUSTOM, .value = tt_span_str("abc"), .name = form_name};
    return tt_verify_says(&form, transforms, count, tt_span_str(text), tt_span_str(beside));
}

static void test_digests(void **state)
{
    (void)state;
    /* RFC 1321, appendix A.5; FIPS 180; of "abc" */
    static const char *const md5[] = {"md5", "hex"};
    static const char *const sha1[] = {"sha1", "hex"};
    static const char *const cut[] = {"sha1", "truncated", "hex"};
    static const char *const crc[] = {"crc32", "hex"};
    assert_int_equal(ask("text", md5, 2, "900150983cd24fb0d6963f7d28e17f72", ""), TT_VERIFY_YES);
    assert_int_equal(ask("text", md5, 2, "900150983CD24FB0D6963F7D28E17F72", ""), TT_VERIFY_YES);
    assert_int_equal(ask("text", md5, 2, "900150983cd24fb0d6963f7d28e17f73", ""), TT_VERIFY_NO);
    assert_int_equal(ask("text", sha1, 2, "a9993e364706816aba3e25717850c26c9cd0d89d", ""),
                     TT_VERIFY_YES);
    assert_int_equal(ask("text", cut, 3, "a9993e364706816a", ""), TT_VERIFY_YES);
    assert_int_equal(ask("text", cut, 3, "a9993e364706", ""), TT_VERIFY_NO); /* too short */
    assert_int_equal(ask("text", crc, 2, "352441c2", ""), TT_VERIFY_YES);
}

static void test_salts_and_keys(void **state)
{
    (void)state;
    static const char *const salted[] = {"append-field", "md5", "hex"};
    static const char *const joined[] = {"append-field:colon", "md5", "hex"};
    static const char *const xored[] = {"xor-field", "hex"};
    /* md5("abcdefghi") and md5("abc:salt") */
    assert_int_equal(ask("text", salted, 3, "8aa99b1f439ff71293e95357bac6fd94", "a=1&k=defghi"),
                     TT_VERIFY_YES);
    assert_int_equal(ask("text", salted, 3, "8aa99b1f439ff71293e95357bac6fd94", "k=defghj"),
                     TT_VERIFY_NO);
    assert_int_equal(ask("text", joined, 3, "8aa99b1f439ff71293e95357bac6fd94", "k=defghi"),
                     TT_VERIFY_NO);
    /* "abc" under the key "wxyz" */
    assert_int_equal(ask("text", xored, 2, "161a1a", "k=wxyz"), TT_VERIFY_YES);
    assert_int_equal(ask("text", xored, 2, "161a1a", "k=wxaz wwyz"), TT_VERIFY_NO);
}

/* A salt of two characters; and one that is another value of the owner, not a field. */
static void test_other_salts(void **state)
{
    (void)state;
    static const char *const salted[] = {"append-field", "md5", "hex"};
    static const char *const joined[] = {"append-value", "md5", "hex"};
    static const char *const behind[] = {"prepend-value:colon", "md5", "hex"};
    const struct tt_identifier owns[] = {
        {.kind = TT_KIND_CUSTOM, .owner = TT_OWNER_DEVICE, .value = "abc"},
        {.kind = TT_KIND_CUSTOM, .owner = TT_OWNER_DEVICE, .value = "defghi"},
        {.kind = TT_KIND_CONTACT_NAME, .owner = TT_OWNER_CONTACT, .value = "zz"},
    };
    const struct tt_subject owner = {.identifiers = owns, .identifier_count = 3};
    struct tt_verify_form form = {
        .kind = TT_KIND_CUSTOM, .value = tt_span_str("abc"), .name = "text", .subject = &owner};
    struct tt_span none = tt_span_str("");
    /* md5("abczz"), md5("abcdefghi"), md5("defghi:abc") */
    struct tt_span zz = tt_span_str("b45cd01ea7a6b27ba0ddf2736ee607b6");
    struct tt_span both = tt_span_str("8aa99b1f439ff71293e95357bac6fd94");
    struct tt_span colon = tt_span_str("db6ccf91967efe9f8f72718af74b660d");
    assert_int_equal(tt_verify_says(&form, salted, 3, zz, tt_span_str("s=zz")), TT_VERIFY_YES);
    assert_int_equal(tt_verify_says(&form, joined, 3, both, none), TT_VERIFY_YES);
    assert_int_equal(tt_verify_says(&form, behind, 3, colon, none), TT_VERIFY_YES);
    assert_int_equal(tt_verify_says(&form, behind, 3, both, none), TT_VERIFY_NO);
    assert_int_equal(tt_verify_says(&form, joined, 3, zz, tt_span_str("s=zz")), TT_VERIFY_NO);
    form.subject = NULL;
    assert_int_equal(tt_verify_says(&form, joined, 3, both, none), TT_VERIFY_NO);
}

static void test_base64_inside(void **state)
{
    (void)state;
    static const char *const base64[] = {"base64"};
    struct tt_verify_form form = {
        .kind = TT_KIND_CUSTOM, .value = tt_span_str("lunch at noon"), .name = "text"};
    /* The characters that hold nothing but bits of the value, behind 0, 1 and 2 other bytes. */
    static const char *const parts[] = {"bHVuY2ggYXQgbm9vb", "x1bmNoIGF0IG5vb2",
                                        "sdW5jaCBhdCBub29u"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tt_verify_says(&form, base64, 1, tt_span_str(parts[i]), tt_span_str("")),
                         TT_VERIFY_YES);
    assert_int_equal(
        tt_verify_says(&form, base64, 1, tt_span_str("bHVuY2ggYXQgbm9vc"), tt_span_str("")),
        TT_VERIFY_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_unknown_form),
        cmocka_unit_test(test_digests),     cmocka_unit_test(test_salts_and_keys),
        cmocka_unit_test(test_other_salts), cmocka_unit_test(test_base64_inside)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
