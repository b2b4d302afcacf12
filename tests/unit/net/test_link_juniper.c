#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

/* The header, then with extensions, then IPv4; IPv6 the same. */
static void check_juniper(uint32_t link, const char *cookie_four, const char *cookie_six,
                          size_t len, unsigned mac)
{
    static const struct {
        const char *header;
        size_t len;
    } headers[] = {{"MGC\0", 4}, {"MGC\1", 4}, {"MGC\x80\0\6\2\4name", 12}, {"MGC\x81\0\0", 6}};
    for (size_t i = 0; i < TT_ARRAY_LEN(headers); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, headers[i].header, headers[i].len);
        make_bytes(&maker, cookie_four, len);
        make_hello(&maker);
        check_link(link, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, mac, 0});
        if (cookie_six == NULL)
            continue;
        maker.len = headers[i].len;
        make_bytes(&maker, cookie_six, len);
        make_hello6(&maker);
        check_link(link, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, mac, 0});
    }
}

#define CHECK_JUNIPER(link, four, six, mac) check_juniper(link, four, six, sizeof(four) - 1, mac)
#define MACS "\2\0\0\0\0\2\2\0\0\0\0\1"

static void test_plain_links(void **state)
{
    (void)state;
    CHECK_JUNIPER(178, MACS "\x08\0", MACS "\x86\xdd", 2);
    CHECK_JUNIPER(167, MACS "\x08\0", MACS "\x86\xdd", 2);
    CHECK_JUNIPER(179, "\xff\3\0\x21", "\xff\3\0\x57", 0);
    CHECK_JUNIPER(180, "\x18\x41\3\xcc", "\x18\x41\3\x8e", 0);
    CHECK_JUNIPER(181, "\x0f\0\x08\0", "\x0f\0\x86\xdd", 0);
    CHECK_JUNIPER(168, "\x08\0", "\x86\xdd", 0);
}

static void test_cookies(void **state)
{
    (void)state;
    CHECK_JUNIPER(137, "\0\1\2\3\xaa\xaa\3\0\0\0\x08\0", "\0\1\2\3\xaa\xaa\3\0\0\0\x86\xdd", 0);
    CHECK_JUNIPER(137, "\0\1\2\3\3\xcc", "\0\1\2\3\3\x8e", 0);
    CHECK_JUNIPER(137, "\0\1\2\3", "\0\1\2\3", 0);
    CHECK_JUNIPER(135, "\0\1\2\3\4\5\6\7\xaa\xaa\3\0\0\0\x08\0",
                  "\0\1\2\3\4\5\6\7\xaa\xaa\3\0\0\0\x86\xdd", 0);
    CHECK_JUNIPER(135, "\0\1\2\3\4\5\6\7\0\x21", "\0\1\2\3\4\5\6\7\0\x57", 0);
    static const uint32_t links[] = {133, 136, 164};
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++)
        CHECK_JUNIPER(links[i], "\0\1\2\3\4\5\6\7", "\0\1\2\3\4\5\6\7", 0);
    CHECK_JUNIPER(183, "012345678901234567", "012345678901234567", 0);
    static const uint32_t bare[] = {132, 174, 194, 200, 232, 233, 238};
    for (size_t i = 0; i < TT_ARRAY_LEN(bare); i++)
        CHECK_JUNIPER(bare[i], "", "", 0);
    CHECK_JUNIPER(132,
                  "\0\1\2\3"
                  "12345678abcd",
                  NULL, 0);
}

static void test_bundles(void **state)
{
    (void)state;
    CHECK_JUNIPER(130, "\0\1\0\x21", "\0\1\0\x57", 0);
    CHECK_JUNIPER(130, "\x54\1\2\3\0\x21", "\x54\1\2\3\0\x57", 0);
    CHECK_JUNIPER(130, "\x47\1\2\3\4\0\6\7", "\x47\1\2\3\4\x10\6\7", 0);
    CHECK_JUNIPER(130, "\x47\1\2\3\4\x20\6\7\0\1\x31\x40", "\x47\1\2\3\4\x20\6\7\0\1\x31\x40", 0);
    CHECK_JUNIPER(131, "\0\1\3\xcc", "\0\1\3\x8e", 0);
    CHECK_JUNIPER(131, "\x54\1\2\3\3\xcc", "\x54\1\2\3\3\x8e", 0);
    CHECK_JUNIPER(134, "\0\1\2\3\3\xcc", "\0\1\2\3\3\x8e", 0);
    CHECK_JUNIPER(134, "\xc2\1\x18\x41\3\xcc", "\xc2\1\x18\x41\3\x8e", 0); /* a child link */
}

static void test_without_link(void **state)
{
    (void)state;
    static const uint32_t links[] = {130, 137, 178, 179};
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++) {
        CHECK_BOTH(links[i], "MGC\2\0\0\0\2", "MGC\3\0\0\0\x1c", 0);
        CHECK_BOTH(links[i], "MGC\x82\0\3\1\1x\0\0\0\2", "MGC\x82\0\3\1\1x\0\0\0\2", 0);
    }
}

static void test_bad_headers(void **state)
{
    (void)state;
    CHECK_BAD(178, "MGC", "juniper.header");
    CHECK_BAD(178, "MGX\0hello", "juniper.header");
    CHECK_BAD(178, "MGC\x80\0", "juniper.header");
    CHECK_BAD(178, "MGC\x80\0\x09too long", "juniper.header");
    CHECK_BAD(178, "MGC\2\0\0\0", "juniper.header");
    CHECK_BAD(135, "MGC\0\0\1\2\3", "juniper.header");
    CHECK_RAW(168, "MGC\0", 0, 0, "\1");
    CHECK_RAW(200, "MGC\0", 0, 0, "whatever it is");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_links), cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_bundles),     cmocka_unit_test(test_without_link),
        cmocka_unit_test(test_bad_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
