/* Every kind: its forms are found in streams at any cut, near misses are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/samples.h"

/* The digests of test_digests, made by md5sum, sha1sum and sha256sum. */
#define MD5_OF_IMEI "\345\243\320\012\264\335\262\122\130\374\226\063\247\155\321\155"
#define SHA1_OF_PHONE                                                                              \
    "\112\130\126\307\311\207\214\221\024\260\021\067\337\327\344\322\332\122\376\261"
#define SHA256_OF_EMAIL                                                                            \
    "\130\025\335\140\103\255\022\266\166\320\171\112\131\044\150\053"                             \
    "\334\375\265\205\236\307\222\274\105\336\044\116\367\221\312\234"

static void test_imei(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"imei=358240051111110&x", 0, "imei[0] digits 5+15\n"},
        {"358240051111110", 0, "imei[0] digits 0+15\n"},
        {"x35824005111111y", 0, "imei[0] digits without check digit 1+14\n"},
        /* An IMEISV of this device holds its IMEI. */
        {"3582400511111199", 0, "imei[0] imeisv 0+16\n"},
        /* With a wrong check digit it is another number. */
        {"358240051111112", 0, ""},
        {"35-824005-111111-0", 0, "imei[0] dashed 0+18\n"},
        {"358240-05-111111-0.", 0, "imei[0] dashed 0+18\n"},
        {"35 824005 111111 0", 0, "imei[0] spaced 0+18\n"},
        {"35824005-111111-0", 0, "imei[0] dashed 0+17\n"},
        {"3\0005\0008\0002\0004\0000\0000\0005\0001\0001\0001\0001\0001\0001\0000\000;", 31,
         "imei[0] utf-16le 0+30\n"},
        {"\0003\0005\0008\0002\0004\0000\0000\0005\0001\0001\0001\0001\0001\0001\0000;", 31,
         "imei[0] utf-16be 0+30\n"},
        {"\x01\x53\x28\x04\x50\x11\x11\x11\xf0\x02", 10, "imei[0] tbcd 1+8\n"},
        {"\x3a\x85\x42\x00\x15\x11\x11\x01", 8, "imei[0] mobile identity 0+8\n"},
        {"MzU4MjQwMDUxMTExMTEw", 0, "imei[0] digits+base64 0+20\n"},
        /* One and two bytes of something else before it in the group of three. */
        {"LDM1ODI0MDA1MTExMTExMA==", 0, "imei[0] digits+base64 2+19\n"},
        {"333538323430303531313131313130", 0, "imei[0] digits+hex 0+30\n"},
        /* Near misses. */
        {"358240051111120", 0, ""},
        {"35824015111111", 0, ""},
        {"35-824005-111112-0", 0, ""},
        {"35824005111111", 13, ""},
        {"MzU4MjQwMDUxMTExMTIw", 0, ""},
        /* The value's last bits stand in a character that it shares, and are looked at. */
        {"eDM1ODI0MDA1MTExMTExMA==", 0, "imei[0] digits+base64 2+19\n"},
        {"LDM1ODI0MDA1MTExMTExMQ==", 0, ""},
        {"LDI1ODI0MDA1MTExMTExMA==", 0, ""},
    };
    RUN("identifiers: {imei: [358240051111110]}", samples);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"404450123456789", 0, "imsi[0] digits 0+15\n"},
        /* EAP puts a digit in front that says which method follows (RFC 4186 section 4.1.1.4). */
        {"1404450123456789@wlan", 0, "imsi[0] digits 1+15\n"},
        {"\x04\x44\x05\x21\x43\x65\x87\xf9", 8, "imsi[0] tbcd 0+8\n"},
        {"\x49\x40\x54\x10\x32\x54\x76\x98", 8, "imsi[0] mobile identity 0+8\n"},
        {"3582400511111199", 0, "imeisv[0] digits 0+16\n"},
        {"\x53\x28\x04\x50\x11\x11\x11\x99", 8, "imeisv[0] tbcd 0+8\n"},
        {"8991000012345678901", 0, "iccid[0] digits 0+19\n"},
        {"8991 0000 1234 5678 901", 0, "iccid[0] spaced 0+23\n"},
        {"404450123456780", 0, ""},
        {"3582400511111198", 0, ""},
        {"8991000012345678911", 0, ""},
    };
    RUN("identifiers: {imsi: 404450123456789, imeisv: 3582400511111199, "
        "iccid: 8991000012345678901}",
        samples);
}

static void test_phone(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"to=+919812345678&", 0, "phone_number[0] e164 3+13\n"},
        {"to=%2B919812345678", 0, "phone_number[0] digits 6+12\n"},
        {"00919812345678", 0, "phone_number[0] 00 0+14\n"},
        {"919812345678", 0, "phone_number[0] digits 0+12\n"},
        {"\"09812345678\"", 0, "phone_number[0] national 1+11\n"},
        {"9812345678", 0, "phone_number[0] national, short 0+10\n"},
        {"%209812345678", 0, "phone_number[0] national, short 3+10\n"},
        {"+91 98123 45678", 0, "phone_number[0] as written 0+15\n"},
        {"+91-98123-45678", 0, "phone_number[0] grouped 0+15\n"},
        {"098123 45678", 0, "phone_number[0] grouped 0+12\n"},
        {"(098123) 45678", 0, "phone_number[0] grouped 0+14\n"},
        {"+\0009\0001\0009\0008\0001\0002\0003\0004\0005\0006\0007\0008\000", 26,
         "phone_number[0] utf-16le 0+26\n"},
        /* A digit beside it makes another number. */
        {"9198123456789", 0, ""},
        {"19812345678", 0, ""},
        {"98123456781", 0, ""},
        {"+919812345679", 0, ""},
        {"1\0009\0008\0001\0002\0003\0004\0005\0006\0007\0008\000", 22, ""},
    };
    RUN("identifiers: {phone_number: \"+91 98123 45678\"}", samples);
}

static void test_phone_of_other_countries(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"(212) 555-0143", 0, "phone_number[0] grouped 0+14\n"},
        {"(212)555-0143", 0, "phone_number[0] as written 0+13\n"},
        {"212.555.0143", 0, "phone_number[0] grouped 0+12\n"},
        {"2125550143", 0, "phone_number[0] national, short 0+10\n"},
        {"+49 30 1234567", 0, "phone_number[1] as written 0+14\n"},
        {"030 1234567", 0, "phone_number[1] grouped 0+11\n"},
        {"+49301234567", 0, "phone_number[1] e164 0+12\n"},
        {"+49 (0)30 1234567", 0, "phone_number[1] grouped 7+10\n"},
        /* Nine digits are not enough to prove anything. */
        {"301234567", 0, "phone_number[1] national, short 0+9 weak\n"},
        {"x301234567", 0, ""},
    };
    RUN("identifiers: {phone_number: [\"(212)555-0143\", \"+49 30 1234567\"]}", samples);
}

static void test_mac(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"64:09:80:ab:02:03", 0, "mac_address[0] colons 0+17\n"},
        {"64:09:80:AB:02:03", 0, "mac_address[0] colons 0+17\n"},
        {"64%3A09%3a80%3AAB%3a02%3A03", 0, "mac_address[0] percent 0+27\n"},
        {"64-09-80-AB-02-03", 0, "mac_address[0] dashes 0+17\n"},
        {"6409.80ab.0203", 0, "mac_address[0] dots 0+14\n"},
        {"mac640980AB0203", 0, "mac_address[0] no separators 3+12\n"},
        {"\x01\x64\x09\x80\xab\x02\x03", 7, "mac_address[0] raw 1+6\n"},
        {"\xfe\x80\x66\x09\x80\xff\xfe\xab\x02\x03", 10, "mac_address[0] eui-64 2+8\n"},
        /* Begins with NULs. */
        {"\x00\x00\x5e\x00\x53\x01", 6, "bluetooth_address[0] raw 0+6\n"},
        {"\x01\x00\x5e\x00\x53\x01", 6, ""},
        {"64:09:80:ab:02:04", 0, ""},
        {"\x64\x09\x80\xab\x02\x04", 6, ""},
    };
    RUN("identifiers: {mac_address: \"64-09-80-ab-02-03\", bluetooth_address: "
        "\"00:00:5e:00:53:01\"}",
        samples);
}

static void test_nobodys_mac(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"\xff\xff\xff\xff\xff\xff", 6, ""},
        {"ff:ff:ff:ff:ff:ff", 0, "mac_address[0] colons 0+17 weak\n"},
    };
    RUN("identifiers: {mac_address: \"ff:ff:ff:ff:ff:ff\"}", samples);
}

static void test_ids(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"9f3a61d07be2845c", 0, "android_id[0] text 0+16\n"},
        {"9F3A61D07BE2845C", 0, "android_id[0] text 0+16\n"},
        {"\x9f\x3a\x61\xd0\x7b\xe2\x84\x5c", 8, "android_id[0] raw 0+8\n"},
        {"38400000-8CF0-11BD-B23E-10B96E40000D", 0, "advertising_id[0] text 0+36\n"},
        {"384000008cf011bdb23e10b96e40000d", 0, "advertising_id[0] without dashes 0+32\n"},
        {"\x38\x40\x00\x00\x8c\xf0\x11\xbd\xb2\x3e\x10\xb9\x6e\x40\x00\x0d.", 17,
         "advertising_id[0] raw 0+16\n"},
        {"\x00\x00\x40\x38\xf0\x8c\xbd\x11\xb2\x3e\x10\xb9\x6e\x40\x00\x0d.", 17,
         "advertising_id[0] guid 0+16\n"},
        {"9f3a61d07be2845d", 0, ""},
        {"38400000-8cf0-11bd-b23e-10b96e40000e", 0, ""},
    };
    RUN("identifiers: {android_id: 9f3a61d07be2845c, advertising_id: "
        "38400000-8cf0-11bd-b23e-10b96e40000d}",
        samples);
}

static void test_text(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"mail=Asha.Rao@Example.org", 0, "email[0] text 5+20\n"},
        {"mail=asha.rao%40example.org", 0, "email[0] percent 5+22\n"},
        {"a\0s\0h\0a\0.\0r\0a\0o\0@\0e\0x\0a\0m\0p\0l\0e\0.\0o\0r\0g\0", 40,
         "email[0] utf-16le 0+40\n"},
        {"YXNoYS5yYW9AZXhhbXBsZS5vcmc=", 0, "email[0] text+base64 0+26\n"},
        {"617368612E72616F406578616D706C652E6F7267", 0, "email[0] text+hex 0+40\n"},
        {"Fl\xc3\xb6"
         "ckchen \xc3\xa4gypten",
         0, "ssid[0] text 0+19\n"},
        {"Fl\xf6"
         "ckchen \xe4gypten",
         0, "ssid[0] latin-1 0+17\n"},
        {"Fl\\u00f6ckchen \\u00E4gypten", 0, "ssid[0] json 0+27\n"},
        {"Fl%C3%B6ckchen+%c3%a4gypten", 0, "ssid[0] percent 0+27\n"},
        {"asha.rao@example.net", 0, ""},
        {"Floeckchen aegypten", 0, ""},
    };
    RUN("identifiers: {email: asha.rao@example.org, ssid: Fl\xc3\xb6"
        "ckchen \xc3\xa4gypten}",
        samples);
}

static void test_gbk(void **state)
{
    (void)state;
    /* U+53A8 U+623F U+7F51 U+7EDC */
    static const struct sample samples[] = {
        {"\xb3\xf8\xb7\xbf\xcd\xf8\xc2\xe7", 0, "ssid[0] gbk 0+8\n"},
        {"\xe5\x8e\xa8\xe6\x88\xbf\xe7\xbd\x91\xe7\xbb\x9c", 0, "ssid[0] text 0+12\n"},
    };
    RUN("identifiers: {ssid: \"\xe5\x8e\xa8\xe6\x88\xbf\xe7\xbd\x91\xe7\xbb\x9c\"}", samples);
}

static void test_exact(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"pw=Tr0ub4dor&3x", 0, "password[0] text 3+12\n"},
        {"pw=Tr0ub4dor%263x", 0, "password[0] percent 3+14\n"},
        {"pw=tr0ub4dor&3x", 0, "password[0] text+lower 3+12\n"},
        {"pw=TR0ub4dor&3x", 0, ""},
        {"id=A-104427-ZQ", 0, "employee number text 3+11\n"},
    };
    RUN("identifiers: {password: Tr0ub4dor&3x, custom: [{name: employee number, "
        "value: A-104427-ZQ}]}",
        samples);
}

static void test_names(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"Asha Raonen", 0, "contacts[0].name text 0+11\n"},
        {"ASHA RAONEN", 0, "contacts[0].name text 0+11\n"},
        {"Raonen Asha", 0, "contacts[0].name last name first 0+11\n"},
        {"Raonen, Asha", 0, "contacts[0].name last name first 0+12\n"},
        {"Asha%20Raonen", 0, "contacts[0].name percent 0+13\n"},
        {"Asha  Raonen", 0, ""},
    };
    RUN("contacts: [{name: Asha Raonen}]", samples);
}

static void test_hostname(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"WS-KITCHEN-02.local", 0, "hostname[0] text 0+13\n"},
        {" FHFDCNELEJFEEDEIEFEOCNDADCCACAAA", 0, "hostname[0] netbios 1+30\n"},
        {" FHFDCNELEJFEEDEIEFEOCNDADDCACAAA", 0, ""},
    };
    RUN("identifiers: {hostname: ws-kitchen-02}", samples);
}

static void test_location(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"lat=28.613912", 0, "location[0] latitude 4+9\n"},
        {"lat=28.6139", 0, "location[0] latitude 4+7 weak\n"},
        {"lat=28.61391277", 0, "location[0] latitude 4+9\n"},
        {"lon=77.20902", 0, "location[0] longitude 4+8 weak\n"},
        {"28.613912,77.209021", 0, "location[0] pair 0+19\n"},
        {"[28.613912, 77.209021]", 0, "location[0] pair 1+20\n"},
        {"128.613912", 0, ""},
        {"-28.613912", 0, ""},
        {"28.613", 0, ""},
        {"28.6138", 0, ""},
    };
    RUN("identifiers: {location: {latitude: 28.613912, longitude: 77.209021}}", samples);
    static const struct sample coarse[] = {
        {"zip=47.381|-68.324", 0, "location[0] pair 4+14 weak\n"},
        {"zip=47.381 and -68.324", 0,
         "location[0] latitude 4+6 weak\nlocation[0] longitude 15+7 weak\n"},
        {"47.3811", 0, ""},
        {"147.381", 0, ""},
    };
    RUN("identifiers: {location: {latitude: 47.381, longitude: -68.324}}", coarse);
}

static void test_model(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"(Linux; Android 9; Moto Edge 71832 Build)", 0, "device_model[0] text 19+15\n"},
        {"m=Moto%20Edge%2071832", 0, "device_model[0] percent 2+19\n"},
        {"m=Moto+Edge+71832", 0, "device_model[0] percent 2+15\n"},
        {"m=Moto_Edge_71832", 0, "device_model[0] joined 2+15\n"},
    };
    RUN("identifiers: {device_model: Moto Edge 71832}", samples);
}

static void test_messages(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"text: Lunch at noon? from +358407654321", 0,
         "messages[0].text text 6+14\nmessages[0].phone_number e164 26+13\n"},
        {"com.example.game", 0, "installed_apps[0] text 0+16\n"},
    };
    RUN("messages: [{phone_number: \"+358 40 765 4321\", text: \"Lunch at noon?\"}]\n"
        "installed_apps: [com.example.game]",
        samples);
}

/* A digest is looked up when the stream holds nothing else. */
static void test_digests(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        /* md5 of 358240051111110, sha1 of +919812345678, sha256 of asha.rao@example.org. */
        {MD5_OF_IMEI, 16, "imei[0] digits+md5 0+16\n"},
        {SHA1_OF_PHONE, 20, "phone_number[0] e164+sha1 0+20\n"},
        {SHA256_OF_EMAIL, 32, "email[0] lower+sha256 0+32\n"},
        /* The owner's own stand at any offset; a byte less is a digest cut short by itself only. */
        {MD5_OF_IMEI "x", 17, "imei[0] digits+md5 0+16\n"},
        {"x" MD5_OF_IMEI, 17, "imei[0] digits+md5 1+16\n"},
        {MD5_OF_IMEI, 15, "imei[0] digits+md5+truncated 0+15\n"},
        {MD5_OF_IMEI, 8, "imei[0] digits+md5+truncated 0+8\n"},
        {MD5_OF_IMEI, 7, ""},
    };
    RUN("identifiers: {imei: 358240051111110, phone_number: \"+91 98123 45678\", email: "
        "Asha.Rao@example.org}",
        samples);
}

static void test_reversal_cost(void **state)
{
    (void)state;
    struct finder finder = finder_of("identifiers: {imei: 358240051111110}");
    bool seen = false;
    for (size_t i = 0; i < tt_matcher_form_count(finder.matcher); i++) {
        const struct tt_form *form = tt_matcher_form(finder.matcher, i);
        if (form->transform[0] == NULL || strcmp(form->transform[0], "md5") != 0) {
            continue;
        }
        /* Six digits are unknown when the model is known. */
        assert_true(form->reversal_cost > 0.99e6 && form->reversal_cost < 1.01e6);
        seen = true;
    }
    assert_true(seen);
    assert_null(tt_matcher_form(finder.matcher, tt_matcher_form_count(finder.matcher)));
    finder_free(&finder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imei),          cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_phone),         cmocka_unit_test(test_phone_of_other_countries),
        cmocka_unit_test(test_mac),           cmocka_unit_test(test_nobodys_mac),
        cmocka_unit_test(test_ids),           cmocka_unit_test(test_text),
        cmocka_unit_test(test_gbk),           cmocka_unit_test(test_exact),
        cmocka_unit_test(test_names),         cmocka_unit_test(test_hostname),
        cmocka_unit_test(test_location),      cmocka_unit_test(test_model),
        cmocka_unit_test(test_messages),      cmocka_unit_test(test_digests),
        cmocka_unit_test(test_reversal_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
