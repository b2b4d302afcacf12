/* Numbers and addresses in half bytes, as integers, and apart. The expected bytes come from a
 * script of their own, after the specifications. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/samples.h"
#include "model/limits.h"

static void test_imei(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=490154203237510;", 17, "imei[0] check digit 0 1+15\n"},
        {"=4901542032375107;", 18, "imei[0] imeisv 1+16\n"},
        {"=490154203237519;", 17, ""},
        {"=490154203237511;", 17, ""},
        {"=49015420323751;", 16, "imei[0] digits without check digit 1+14\n"},
        {"=49/015420/323751/8;", 20, "imei[0] slashed 1+18\n"},
        {"=490154-20-323751;", 18, "imei[0] dashed 1+16\n"},
        {"=49 015420 323751;", 18, "imei[0] spaced 1+16\n"},
        {"=\224\020E\002#s\025\370;", 10, "imei[0] tbcd 1+8\n"},
        {"=\224\020E\002#s\025\010;", 10, "imei[0] tbcd 1+8\n"},
        {"=I\001T 27Q\217;", 10, "imei[0] bcd 1+8\n"},
        {"=I\001T 27Q\200;", 10, "imei[0] bcd 1+8\n"},
        {"=\004\220\025B\003#u\030;", 10, "imei[0] bcd 1+8\n"},
        {"=\224\020E\002#s\025$;", 10, "imei[0] imeisv, tbcd 1+8\n"},
        {"=\224\020E\002#s\025\371;", 10, ""},
        {"=J\011Q$02W\201;", 10, "imei[0] mobile identity 1+8\n"},
        {"=J\011Q$02W\001;", 10, "imei[0] mobile identity 1+8\n"},
        {"=\000\001\275\312\353+L\216;", 10, "imei[0] uint64be 1+8\n"},
        {"=\216L+\353\312\275\001\000;", 10, "imei[0] uint64le 1+8\n"},
        {"=\353+L\216\000\001\275\312;", 10, "imei[0] uint32be pair 1+8\n"},
        {"=\312\275\001\000\216L+\353;", 10, "imei[0] uint32le pair 1+8\n"},
        {"=\216\231\255\331\256\271o;", 9, "imei[0] varint 1+7\n"},
        {"=\234\262\332\262\335\362\336\001;", 10, "imei[0] varint, zigzag 1+8\n"},
        {"=B\373\334\256\262\264\310\340;", 10, "imei[0] double 1+8\n"},
        {"=\340\310\264\262\256\334\373B;", 10, "imei[0] double 1+8\n"},
        {"=1bdcaeb2b4c8e;", 15, "imei[0] hexadecimal 1+13\n"},
        {"=0x1BDCAEB2B4C8E;", 17, "imei[0] hexadecimal 1+15\n"},
        {"=a1bdcaeb2b4c8e;", 16, ""},
        {"=1bdcaeb2b4c8f;", 15, ""},
        {"=\000\000,\224J\267\207\247;", 10, "imei[0] uint64be 1+8\n"},
        {"=815732302451094;", 17, "imei[0] digits+reversed 1+15\n"},
        {"=\000\001\275\312\353+L\217;", 10, ""},
    };
    RUN("identifiers: {imei: [490154203237518]}", samples);
}

static void test_imeisv(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=4901542032375142;", 18, "imeisv[0] digits 1+16\n"},
        {"=\224\020E\002#s\025$;", 10, "imeisv[0] tbcd 1+8\n"},
        {"=I\001T 27QB;", 10, "imeisv[0] bcd 1+8\n"},
        {"=C\011Q$02WA\362;", 11, "imeisv[0] mobile identity 1+9\n"},
        {"=490154-20-323751-42;", 21, "imeisv[0] dashed 1+19\n"},
        {"=4901542032375143;", 18, ""},
    };
    RUN("identifiers: {imeisv: 4901542032375142}", samples);
}

static void test_imsi(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=404-45-0123456789;", 19, "imsi[0] apart 1+17\n"},
        {"=404450-123456789;", 18, "imsi[0] apart 1+16\n"},
        {"=404, 45, 0123456789;", 21, "imsi[0] apart 1+19\n"},
        {"=40445 0123456789;", 18, "imsi[0] apart 1+16\n"},
        {"\077mcc=404&mnc=45&msin=0123456789", 31, "imsi[0] apart 1+30\n"},
        {"{\"mcc\":\"404\",\"mnc\":\"45\",\"msin\":\"0123456789\"}", 44, "imsi[0] apart 1+42\n"},
        {"404-46-0123456789", 17, ""},
        {"\"msin\":\"0123456789\"", 19, ""},
        {"404-45-01234567890", 18, ""},
        {"=suci-0-404-45-0-0-0-0123456789;", 32, "imsi[0] suci 1+30\n"},
        {"=suci-0-404-450-0000-0-0-123456789;", 35, "imsi[0] suci 1+33\n"},
        {"type0.rid678.schid0.userid0123456789@nai.5gc.mnc045.mcc404.3gppnetwork.org", 74,
         "imsi[0] suci 20+38\n"},
        {"type0.rid0000.schid0.userid0123456789@5gc.mnc045.mcc404.3gppnetwork.org", 71,
         "imsi[0] suci 21+34\n"},
        {"\000\015\001\004\364T\360\377\000\000\0202Tv\230;", 16, "imsi[0] suci 2+13\n"},
        {"=\001\004\004T\360\377\000\000!Ce\207\371;", 15, "imsi[0] suci 1+13\n"},
        {"0404450123456789@wlan.mnc045.mcc404.3gppnetwork.org", 51, "imsi[0] digits 1+15\n"},
        {"=\025!\360a\330o\001\000;", 10, "imsi[0] uint64le 1+8\n"},
    };
    RUN("identifiers: {imsi: 404450123456789}", samples);
}

static void test_iccid(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=\230\031\000\000!Ce\207\011\201;", 12, "iccid[0] tbcd 1+10\n"},
        {"=\211\221\000\000\0224Vx\220\030;", 12, "iccid[0] bcd 1+10\n"},
        {"=\230\031\000\000!Ce\207\011\361;", 12, "iccid[0] tbcd 1+10\n"},
        {"=8991000012345678901;", 21, "iccid[0] digits without check digit 1+19\n"},
        {"=89910000123456789017;", 22, ""},
    };
    RUN("identifiers: {iccid: \"89910000123456789018\"}", samples);
}

static void test_phone(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=981-234 5678;", 14, "phone_number[0] grouped 1+12\n"},
        {"=98123.45678;", 13, "phone_number[0] grouped 1+11\n"},
        {"=98123\302\24045678;", 14, "phone_number[0] grouped 1+12\n"},
        {"=98123/45678;", 13, "phone_number[0] grouped 1+11\n"},
        {"=+91 981 234 5678;", 18, "phone_number[0] grouped 1+16\n"},
        {"=+91-98123 45678;", 17, "phone_number[0] grouped 5+11\n"},
        {"=\031\211!Ce\207;", 8, "phone_number[0] tbcd 1+6\n"},
        {"\007\221\031\211!Ce\207", 8, "phone_number[0] tbcd 2+6\n"},
        {"=\221\230\0224Vx;", 8, "phone_number[0] bcd 1+6\n"},
        {"=\211!Ce\207;", 7, "phone_number[0] tbcd 1+5\n"},
        {"=\000\000\000\326)\026\217N;", 10, "phone_number[0] uint64be 1+8\n"},
        {"=N\203\334H\002\000\000\000;", 10, "phone_number[0] uint64le 1+8\n"},
        {"=\316\236\332\310\342\032;", 8, "phone_number[0] varint 1+6\n"},
        {"=876543218919;", 14, "phone_number[0] digits+reversed 1+12\n"},
        {"=1876543218919", 14, ""},
        {" 812345678 ", 11, "phone_number[0] last nine digits 1+9 weak\n"},
        {" 2345678 ", 9, ""},
        {"12345678", 8, ""},
        {"-2345678", 8, ""},
        {"=981-234 5679;", 14, ""},
        {"=98.12.34.56.78;", 16, "phone_number[0] grouped 1+14\n"},
        {"=9812 345-678;", 14, "phone_number[0] grouped 1+12\n"},
    };
    RUN("identifiers: {phone_number: \"+91 98123 45678\"}", samples);
}

/* Numbers of contacts in any groups, behind anything, and as integers. */
static void test_contact_number(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=+49-151-23456789;", 18, "contacts[0].phone_number grouped 5+12\n"},
        {"=+49 (0)151 23456789;", 21, "contacts[0].phone_number grouped 8+12\n"},
        {"=+49151 23456789;", 17, "contacts[0].phone_number grouped 2+14\n"},
        {"=0151/23456789;", 15, "contacts[0].phone_number grouped 1+13\n"},
        {"=(0151) 234-567-89;", 19, "contacts[0].phone_number grouped 2+16\n"},
        {"=+49 1512 3456789;", 18, "contacts[0].phone_number grouped 5+12\n"},
        {"=0151-2345 6789;", 16, "contacts[0].phone_number grouped 1+14\n"},
        {"=0151/23456788;", 15, ""},
        {"=7151/23456789;", 15, ""},
        {"=0151/234567891;", 16, ""},
        {"\020\225\226\300\241\206\217\001;", 9, "contacts[0].phone_number varint 1+7\n"},
        {"=\000\000\004\170\144\060\013\025;", 10, "contacts[0].phone_number uint64be 1+8\n"},
        {"=\025\013\060\144\170\004\000\000;", 10, "contacts[0].phone_number uint64le 1+8\n"},
    };
    RUN("contacts: [{name: Kay, phone_number: \"+49 151 2345 6789\"}]", samples);
}

static void test_account(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"\002V\037\014{.", 6, "username[0] uint32be 1+4\n"},
        {"\002{\336h\301.", 6, "account_id[0] uint32le 1+4\n"},
        {"\002{\336h\301\000\000\000\000.", 10, "account_id[0] uint64le 1+8\n"},
        {"\010\373\274\243\213\014.", 7, "account_id[0] varint 1+5\n"},
        {"\002V\037\014|.", 6, ""},
        {"14448753871", 11, ""},
        {"uid=1444875387&", 15, "username[0] text 4+10\n"},
    };
    RUN("identifiers: {account_id: \"3244875387\", username: \"1444875387\"}", samples);
}

static void test_android_id(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=11473590548739294300;", 22, "android_id[0] decimal 1+20\n"},
        {"=-6973153524970257316;", 22, "android_id[0] decimal, signed 1+20\n"},
        {"=\237:a\320{\342\204\\;", 10, "android_id[0] raw 1+8\n"},
        {"=\\\204\342{\320a:\237;", 10, "android_id[0] raw, backwards 1+8\n"},
        {"=\334\210\212\337\207\272\230\235\237\001;", 12, "android_id[0] varint 1+10\n"},
        {"=11473590548739294301;", 22, ""},
        {"111473590548739294300;", 22, ""},
        {"00000000-0000-0000-9f3a-61d07be2845c", 36, "android_id[0] dashed 19+17\n"},
        {"9F3A61D0-7BE2-845C-0000-000000000000", 36, "android_id[0] dashed 0+18\n"},
        {"9f3a-61d07be2845c0", 18, ""},
    };
    RUN("identifiers: {android_id: 9f3a61d07be2845c}", samples);
}

static void test_mac(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"=64 09 80 AB 02 03;", 19, "mac_address[0] spaces 1+17\n"},
        {"=64_09_80_ab_02_03;", 19, "mac_address[0] underscores 1+17\n"},
        {"=64.09.80.ab.02.03;", 19, "mac_address[0] dots 1+17\n"},
        {"=6409-80ab-0203;", 16, "mac_address[0] dashes 1+14\n"},
        {"=640980:AB0203;", 15, "mac_address[0] colons 1+13\n"},
        {"=6409-80ab-02031;", 17, ""},
        {"=64:9:80:ab:2:3;", 16, "mac_address[0] colons, short 1+14\n"},
        {"64:9:80:ab:2:31", 15, ""},
        {"=\003\002\253\200\011d;", 8, "mac_address[0] raw, backwards 1+6\n"},
        {"=109991976174083;", 17, "mac_address[0] decimal 1+15\n"},
        {"=\203\204\254\205\230\201\031;", 9, "mac_address[0] varint 1+7\n"},
        {"=B\331\002`*\300\200\300;", 10, "mac_address[0] double 1+8\n"},
        {"\000\000d\011\200\253\002\003", 8, "mac_address[0] raw 2+6\n"},
        {"=f\011\200\377\376\253\002\003;", 10, "mac_address[0] eui-64 1+8\n"},
        {"=d\011\200\377\376\253\002\003;", 10, "mac_address[0] eui-64 1+8\n"},
        {"fe80::6609:80ff:feab:203%wlan0", 30, "mac_address[0] ipv6 6+18\n"},
        {"fe80::6609:80FF:FEAB:0203", 25, "mac_address[0] ipv6 6+19\n"},
        {"3.0.2.0.b.a.e.f.f.f.0.8.9.0.6.6.0.0", 35, "mac_address[0] ip6.arpa 0+31\n"},
        {"=660980fffeab0203;", 18, "mac_address[0] eui-64, text 1+16\n"},
        {"=30:20:ba:08:90:46;", 19, "mac_address[0] colons+reversed 1+17\n"},
        {"1099919761740831", 16, ""},
    };
    RUN("identifiers: {mac_address: \"64:09:80:ab:02:03\"}", samples);
}

/* Dumps of the bytes of a text: the same, and those of another or a longer one. */
static void test_dumps(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"d=33 35 38 32 34 30 30 35 31 31 31 31 31 31 30;", 47, "imei[0] digits+hex 2+44\n"},
        {"33:35:38:32:34:30:30:35:31:31:31:31:31:31:30", 44, "imei[0] digits+hex 0+44\n"},
        {"33-35-38-32-34-30-30-35-31-31-31-31-31-31-30", 44, "imei[0] digits+hex 0+44\n"},
        {"33,35,38,32,34,30,30,35,31,31,31,31,31,31,30", 44, "imei[0] digits+hex 0+44\n"},
        {"33 33 35 38 32 34 30 30 35 31 31 31 31 31 31 30", 47, ""},
        {"33:35:38:32:34:30:30:35:31:31:31:31:31:31:30:31", 47, ""},
        {"33:35:38:32:34:30:30:35:31:31:31:31:31:31:31", 44, ""},
        {"{\"a\":[51,53,56,50,52,48,48,53,49,49,49,49,49,49,48]}", 52,
         "imei[0] digits+byte-list 5+46\n"},
        {"[51, 53, 56, 50, 52, 48, 48, 53, 49, 49, 49, 49, 49, 49, 48]", 60,
         "imei[0] digits+byte-list 0+60\n"},
        {"[51,53,56,50,52,48,48,53,49,49,49,49,49,49,48,48]", 49, ""},
        {"[51,51,53,56,50,52,48,48,53,49,49,49,49,49,49,48]", 49, ""},
    };
    RUN("identifiers: {imei: \"358240051111110\"}", samples);
}

/* The first group of the address is zero, and "::" swallows it. */
static void test_mac_of_zeros(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"fe80::5eff:fe10:17%wlan0", 24, "mac_address[0] ipv6 4+14\n"},
        {"[fe80::5EFF:FE10:17]", 20, "mac_address[0] ipv6 5+14\n"},
        {"2001:db8:1:2:0:5eff:fe10:17", 27, "mac_address[0] ipv6 13+14\n"},
        {"fe80::5eff:fe10:171", 19, ""},
        {"fe80::5eff:fe10:18", 18, ""},
        {"fe80:1:5eff:fe10:17", 19, ""},
    };
    RUN("identifiers: {mac_address: \"02:00:5e:10:00:17\"}", samples);
}

static void test_uuid(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"{38400000-8CF0-11BD-B23E-10B96E40000D}", 38, "advertising_id[0] text 1+36\n"},
        {"=\015\000@n\271\020>\262\275\021\360\214\000\000@8;", 18,
         "advertising_id[0] raw, backwards 1+16\n"},
        {"=\275\021\360\214\000\000@8\015\000@n\271\020>\262;", 18,
         "advertising_id[0] uint64le pair 1+16\n"},
        {"=\0003\0008\0004\0000\0000\0000\0000\0000\000-\0008\000C\000F\0000\000-"
         "\0001\0001\000B\000D\000-\000B\0002\0003\000E\000-"
         "\0001\0000\000B\0009\0006\000E\0004\0000\0000\0000\0000\000D;",
         74, "advertising_id[0] utf-16be 1+72\n"},
        {"=38400000_8cf0_11bd_b23e_10b96e40000d;", 38, "advertising_id[0] underscores 1+36\n"},
        {"=38400000_8cf0_11bd_b23e_10b96e40000d0;", 39, ""},
        {"=d00004e69b01-e32b-db11-0fc8-00000483;", 38, "advertising_id[0] text+reversed 1+36\n"},
    };
    RUN("identifiers: {advertising_id: 38400000-8cf0-11bd-b23e-10b96e40000d}", samples);
}

static void test_ipv4(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"ip=203.0.113.77&", 16, "address of the line text 3+12\n"},
        {"203.0.113.771", 13, ""},
        {"1203.0.113.77", 13, ""},
        {"4.203.0.113.77", 14, ""},
        {"host-203-0-113-77.isp.example", 29, "address of the line dashed 5+12\n"},
        {"a=3405803853;", 13, "address of the line decimal 2+10\n"},
        {"a=1299251403;", 13, "address of the line decimal 2+10\n"},
        {"\001\313\000qM\001", 6, "address of the line raw 1+4\n"},
        {"\001Mq\000\313\001", 6, "address of the line raw, backwards 1+4\n"},
        {"ip=192.168.7.9,", 15, "at home text 3+11 weak\n"},
        {"\300\250\007\011.", 5, ""},
    };
    RUN("identifiers: {custom: [{name: address of the line, value: 203.0.113.77}, {name: at home, "
        "value: 192.168.7.9}]}",
        samples);
}

/* The first contacts in all groupings, the others as they are usually written. */
static void test_forms_in_full(void **state)
{
    (void)state;
    enum { CONTACTS = TT_FORMS_FULL_MAX + 1, ROOM = CONTACTS * 64 };
    char yaml[ROOM];
    size_t len = (size_t)snprintf(yaml, sizeof(yaml), "contacts:\n");
    for (unsigned i = 0; i < CONTACTS; i++)
        len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
                                "- {phone_number: \"+358 40 5550%03u\"}\n", i);
    for (unsigned at = CONTACTS - 2; at < CONTACTS; at++) {
        char plain[64];
        char grouped[64];
        (void)snprintf(plain, sizeof(plain), "n=+358405550%03u;", at);
        (void)snprintf(grouped, sizeof(grouped), "n=+358-4055-50-%03u;", at);
        char *found = matches_of(yaml, tt_span_str(plain));
        assert_non_null(strstr(found, "e164 2+13\n"));
        free(found);
        found = matches_of(yaml, tt_span_str(grouped));
        assert_int_equal(found[0] != '\0', at < TT_FORMS_FULL_MAX);
        free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_in_full), cmocka_unit_test(test_imei),
        cmocka_unit_test(test_imeisv),        cmocka_unit_test(test_imsi),
        cmocka_unit_test(test_iccid),         cmocka_unit_test(test_phone),
        cmocka_unit_test(test_account),       cmocka_unit_test(test_contact_number),
        cmocka_unit_test(test_android_id),    cmocka_unit_test(test_mac),
        cmocka_unit_test(test_dumps),         cmocka_unit_test(test_mac_of_zeros),
        cmocka_unit_test(test_uuid),          cmocka_unit_test(test_ipv4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
