#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/compiler.h"

static const char *text_of(const char *text, char out[TT_ADDR_TEXT_MAX])
{
    struct tt_addr addr;
    assert_true(tt_addr_parse(text, &addr));
    return tt_addr_text(addr, out);
}

static void reads_and_writes(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *out;
        enum tt_addr_family family;
    } cases[] = {
        {"0.0.0.0", "0.0.0.0", TT_ADDR_IPV4},
        {"192.168.1.23", "192.168.1.23", TT_ADDR_IPV4},
        {"255.255.255.255", "255.255.255.255", TT_ADDR_IPV4},
        {"::", "::", TT_ADDR_IPV6},
        {"::1", "::1", TT_ADDR_IPV6},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", TT_ADDR_IPV6},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", TT_ADDR_IPV6},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", TT_ADDR_IPV6},
        {"2001:0db8::0001", "2001:db8::1", TT_ADDR_IPV6},
        {"::ffff:192.0.2.7", "::ffff:192.0.2.7", TT_ADDR_IPV6},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         TT_ADDR_IPV6},
        {"64:09:80:01:02:03", "64:09:80:01:02:03", TT_ADDR_MAC},
        {"64-09-80-AB-cd-EF", "64:09:80:ab:cd:ef", TT_ADDR_MAC},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        char out[TT_ADDR_TEXT_MAX];
        struct tt_addr addr;
        struct tt_addr again;
        assert_true(tt_addr_parse(cases[i].in, &addr));
        assert_int_equal(addr.family, cases[i].family);
        assert_string_equal(tt_addr_text(addr, out), cases[i].out);
        assert_true(tt_addr_parse(out, &again));
        assert_true(tt_addr_eq(addr, again));
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        " ",
                                        "1",
                                        "1.2.3",
                                        "1.2.3.4.5",
                                        "1.2.3.256",
                                        "1.2.3.-4",
                                        "1.2.3.4 ",
                                        " 1.2.3.4",
                                        "1.2.3.4/24",
                                        "1.2.3.4:80",
                                        "0x1.2.3.4",
                                        "1.2.3.0004",
                                        ":",
                                        ":::",
                                        "1:2:3:4:5:6:7",
                                        "1:2:3:4:5:6:7:8:9",
                                        "1::2::3",
                                        "12345::",
                                        "fe80::1%eth0",
                                        "[::1]",
                                        "::1.2.3",
                                        "64:09:80:01:02",
                                        "64:09:80:01:02:0",
                                        "64:09:80:01:02:03:04",
                                        "64:09-80:01:02:03",
                                        "64.09.80.01.02.03",
                                        "640980010203",
                                        "6g:09:80:01:02:03",
                                        "64:09:80:01:02:0g",
                                        "64:09:80:01:02:03 ",
                                        "64 09 80 01 02 03",
                                        "phone.example"};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct tt_addr addr = {.family = 99};
        assert_false(tt_addr_parse(cases[i], &addr));
        assert_int_equal(addr.family, 99); /* set only on success */
    }
}

/* Bytes behind the length are zero whatever was read before, so that addresses compare. */
static void compares(void **state)
{
    (void)state;
    static const uint8_t bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct tt_addr parsed;
    struct tt_addr made = tt_addr_make(TT_ADDR_IPV4, bytes);
    memset(&parsed, 0xff, sizeof(parsed));
    assert_true(tt_addr_parse("1.2.3.4", &parsed));
    assert_true(tt_addr_eq(parsed, made));
    assert_int_equal(tt_addr_len(made), 4);
    made = tt_addr_make(TT_ADDR_MAC, bytes);
    assert_true(tt_addr_parse("01:02:03:04:05:06", &parsed));
    assert_true(tt_addr_eq(parsed, made));
    assert_int_equal(tt_addr_len(made), 6);
    made = tt_addr_make(TT_ADDR_IPV6, bytes);
    assert_true(tt_addr_parse("102:304:506:708:90a:b0c:d0e:f10", &parsed));
    assert_true(tt_addr_eq(parsed, made));
    assert_int_equal(tt_addr_len(made), 16);
    made = tt_addr_make(TT_ADDR_NONE, bytes);
    assert_true(tt_addr_eq(made, (struct tt_addr){0}));
    assert_int_equal(tt_addr_len(made), 0);
    assert_false(tt_addr_eq(tt_addr_make(TT_ADDR_IPV4, bytes), tt_addr_make(TT_ADDR_MAC, bytes)));
}

static void longest_texts(void **state)
{
    (void)state;
    char out[TT_ADDR_TEXT_MAX];
    uint8_t bytes[16];
    memset(bytes, 0xff, sizeof(bytes));
    assert_string_equal(tt_addr_text((struct tt_addr){0}, out), "");
    assert_string_equal(tt_addr_text((struct tt_addr){.family = 77}, out), "");
    assert_int_equal(tt_addr_len((struct tt_addr){.family = 77}), 0);
    assert_string_equal(tt_addr_text(tt_addr_make(TT_ADDR_MAC, bytes), out), "ff:ff:ff:ff:ff:ff");
    assert_int_equal(strlen(tt_addr_text(tt_addr_make(TT_ADDR_IPV6, bytes), out)), 39);
    assert_string_equal(text_of("::ffff:255.255.255.255", out), "::ffff:255.255.255.255");
}

/* Both sides of each border. */
static void scopes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum tt_addr_scope scope;
    } cases[] = {
        {"0.0.0.0", TT_ADDR_SCOPE_LINK},
        {"1.0.0.0", TT_ADDR_SCOPE_INTERNET},
        {"9.255.255.255", TT_ADDR_SCOPE_INTERNET},
        {"10.0.0.0", TT_ADDR_SCOPE_PRIVATE},
        {"10.255.255.255", TT_ADDR_SCOPE_PRIVATE},
        {"11.0.0.0", TT_ADDR_SCOPE_INTERNET},
        {"100.63.255.255", TT_ADDR_SCOPE_INTERNET},
        {"100.64.0.0", TT_ADDR_SCOPE_PRIVATE},
        {"100.127.255.255", TT_ADDR_SCOPE_PRIVATE},
        {"100.128.0.0", TT_ADDR_SCOPE_INTERNET},
        {"126.255.255.255", TT_ADDR_SCOPE_INTERNET},
        {"127.0.0.1", TT_ADDR_SCOPE_PRIVATE},
        {"128.0.0.0", TT_ADDR_SCOPE_INTERNET},
        {"169.253.255.255", TT_ADDR_SCOPE_INTERNET},
        {"169.254.0.0", TT_ADDR_SCOPE_LINK},
        {"169.255.0.0", TT_ADDR_SCOPE_INTERNET},
        {"172.15.255.255", TT_ADDR_SCOPE_INTERNET},
        {"172.16.0.0", TT_ADDR_SCOPE_PRIVATE},
        {"172.31.255.255", TT_ADDR_SCOPE_PRIVATE},
        {"172.32.0.0", TT_ADDR_SCOPE_INTERNET},
        {"192.167.255.255", TT_ADDR_SCOPE_INTERNET},
        {"192.168.0.0", TT_ADDR_SCOPE_PRIVATE},
        {"192.169.0.0", TT_ADDR_SCOPE_INTERNET},
        {"192.0.2.1", TT_ADDR_SCOPE_INTERNET},
        {"198.51.100.7", TT_ADDR_SCOPE_INTERNET},
        {"203.0.113.9", TT_ADDR_SCOPE_INTERNET},
        {"223.255.255.255", TT_ADDR_SCOPE_INTERNET},
        {"224.0.0.251", TT_ADDR_SCOPE_LINK},
        {"255.255.255.255", TT_ADDR_SCOPE_LINK},
        {"::", TT_ADDR_SCOPE_LINK},
        {"::1", TT_ADDR_SCOPE_PRIVATE},
        {"::2", TT_ADDR_SCOPE_INTERNET},
        {"2001:db8::1", TT_ADDR_SCOPE_INTERNET},
        {"fbff::1", TT_ADDR_SCOPE_INTERNET},
        {"fc00::1", TT_ADDR_SCOPE_PRIVATE},
        {"fdff::1", TT_ADDR_SCOPE_PRIVATE},
        {"fe00::1", TT_ADDR_SCOPE_INTERNET},
        {"fe7f::1", TT_ADDR_SCOPE_INTERNET},
        {"fe80::1", TT_ADDR_SCOPE_LINK},
        {"febf::1", TT_ADDR_SCOPE_LINK},
        {"ff02::fb", TT_ADDR_SCOPE_LINK},
        {"::ffff:10.1.2.3", TT_ADDR_SCOPE_PRIVATE},
        {"::ffff:203.0.113.9", TT_ADDR_SCOPE_INTERNET},
        {"::ffff:224.0.0.1", TT_ADDR_SCOPE_LINK},
        {"64:09:80:01:02:03", TT_ADDR_SCOPE_LINK},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct tt_addr addr;
        assert_true(tt_addr_parse(cases[i].text, &addr));
        assert_int_equal(tt_addr_scope(addr), cases[i].scope);
    }
    assert_int_equal(tt_addr_scope((struct tt_addr){0}), TT_ADDR_SCOPE_LINK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes), cmocka_unit_test(refuses), cmocka_unit_test(compares),
        cmocka_unit_test(longest_texts),    cmocka_unit_test(scopes),
    };
    return cmocka_run_group_tests_name("base/addr", tests, NULL, NULL);
}
