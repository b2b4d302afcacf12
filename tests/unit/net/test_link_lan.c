#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

/* Side 0's address as FDDI holds it: each byte with its bits in the other order. */
#define FDDI_MACS "\x40\0\0\0\0\x40\x40\0\0\0\0\x80"
#define MACS "\2\0\0\0\0\2\2\0\0\0\0\1"

static void test_fddi(void **state)
{
    (void)state;
    CHECK_BOTH(10, "\x50" FDDI_MACS "\xaa\xaa\3\0\0\0\x08\0",
               "\x57" FDDI_MACS "\xaa\xaa\3\0\0\0\x86\xdd", 2);
    CHECK_RAW(10, "\x41" FDDI_MACS, 2, 0, "station management");
    CHECK_BAD(10, "\x50\2\0\0", "fddi.short");
}

static void test_token_ring(void **state)
{
    (void)state;
    CHECK_BOTH(6, "\x10\x40" MACS "\xaa\xaa\3\0\0\0\x08\0",
               "\x10\x40" MACS "\xaa\xaa\3\0\0\0\x86\xdd", 2);
    /* A route of 6 bytes. */
    CHECK_BOTH(6, "\x10\x40\2\0\0\0\0\2\x82\0\0\0\0\1\x06\0\1\2\3\4\xaa\xaa\3\0\0\0\x08\0",
               "\x10\x40\2\0\0\0\0\2\x82\0\0\0\0\1\x06\0\1\2\3\4\xaa\xaa\3\0\0\0\x86\xdd", 2);
    CHECK_RAW(6, "\x10\0" MACS, 2, 0, "ring management");
    CHECK_BAD(6, "\x10\x40\2\0\0\0\0\2\x82\0\0\0\0\1", "token_ring.route");
    CHECK_BAD(6, "\x10\x40\2\0\0\0\0\2\x82\0\0\0\0\1\1\0\1", "token_ring.route");
    CHECK_BAD(6, "\x10\x40\2\0\0\0\0\2\x82\0\0\0\0\1\x1f\0\1", "token_ring.route");
    CHECK_BAD(6, "\x10\x40\2\0\0\0\0\2\2", "token_ring.short");
}

static void test_arcnet(void **state)
{
    (void)state;
    CHECK_BOTH(7, "\1\2\xd4\0\0\1", "\1\2\xc4\0\0\1", 0);
    CHECK_FOUR(7, "\1\2\xf0", 0);
    CHECK_BOTH(7, "\1\2\xd4\xff\xff\xff\xd4\0\0\1", "\1\2\xc4\xff\xff\xff\xc4\0\0\1", 0);
    CHECK_BOTH(129, "\1\2\0\0\xd4\0\0\1", "\1\2\0\0\xc4\0\0\1", 0);
    CHECK_FOUR(129, "\1\2\0\0\xf0", 0);
    CHECK_RAW(7, "\1\2\xd5\0\0\1", 0, 0x0806, "who has");
    CHECK_RAW(7, "\1\2\xfa\0\0\1", 0, 0, "IPX");
    CHECK_BAD(7, "\1\2\xd4\1\0\1part", "arcnet.fragment");
    CHECK_BAD(7, "\1\2", "arcnet.short");
    CHECK_BAD(7, "\1\2\xd4\0", "arcnet.short");
    CHECK_BAD(7, "\1\2\xd4\xff\xff\xff\xd4\0", "arcnet.short");
    CHECK_BAD(129, "\1\2\0\0", "arcnet.short");
}

#define FC_NETWORK "\x10\0\2\0\0\0\0\2\x10\0\2\0\0\0\0\1"
#define FC_HEADER "\4\1\2\3\0\4\5\6\5\0\0\0\1"

static void test_fibre_channel(void **state)
{
    (void)state;
    CHECK_BOTH(122, FC_NETWORK "\xaa\xaa\3\0\0\0\x08\0", FC_NETWORK "\xaa\xaa\3\0\0\0\x86\xdd", 2);
    CHECK_BOTH(224, FC_HEADER "\x20\0\0\0\0\0\0\0\0\0\0" FC_NETWORK "\xaa\xaa\3\0\0\0\x08\0",
               FC_HEADER "\x20\0\0\0\0\0\0\0\0\0\0" FC_NETWORK "\xaa\xaa\3\0\0\0\x86\xdd", 2);
    CHECK_FOUR(224, FC_HEADER "\0\0\0\0\0\0\0\0\0\0\0\xaa\xaa\3\0\0\0\x08\0", 0);
    CHECK_RAW(224, "\4\1\2\3\0\4\5\6\x08\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 0, 0, "SCSI");
    struct maker maker = {.len = 0};
    make_bytes(&maker, "SOF0" FC_HEADER "\0\0\0\0\0\0\0\0\0\0\0\xaa\xaa\3\0\0\0\x08\0", 36);
    make_hello(&maker);
    make_text(&maker, "EOF0");
    check_link(225, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 4});
    CHECK_BAD(122, "\x10\0\2", "fc.short");
    CHECK_BAD(224, "\x10\0\2", "fc.short");
    CHECK_BAD_BEHIND(4, 225, "SOFxEO", "fc.short");
}

static void test_other_networks(void **state)
{
    (void)state;
    CHECK_BOTH(138, "12345678abcdefgh\x08\0", "12345678abcdefgh\x86\xdd", 0);
    CHECK_RAW(138, "12345678abcdefgh\0\1", 0, 0, "no length");
    CHECK_BAD(138, "12345678abcdefgh\x08", "ieee1394.short");
    CHECK_BOTH(242, "\x08\0\0\0", "\x86\xdd\0\0", 0);
    CHECK_BAD(242, "\x08\0\0", "ipoib.header");
    CHECK_BAD(242, "\x08\0\1\0whatever", "ipoib.header");
    struct maker maker = {.len = 0};
    make_fill(&maker, 0x60, 40); /* a routing header */
    make_u32(&maker, 0x08000000);
    make_hello(&maker);
    check_whole(242, &maker, &(struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 0});
}

static void test_slip(void **state)
{
    (void)state;
    CHECK_BOTH(8,
               "\0\x70"
               "12345678901234",
               "\1\x40"
               "12345678901234",
               0);
    struct maker maker = {.len = 0};
    make_hello(&maker);
    check_link(8, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 0});
    CHECK_BAD(8, "\0\x70too short", "slip.short");
    static const uint32_t links[] = {15, 102, 16, 103};
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++)
        CHECK_BOTH(links[i], "012345678901234567890123", "012345678901234567890123", 0);
    CHECK_BOTH(16, "012345678901234567890123\xff\3\0\x21", "012345678901234567890123\xff\3\0\x57",
               0);
    CHECK_BAD(16, "01234567890", "slip.short");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fddi),           cmocka_unit_test(test_token_ring),
        cmocka_unit_test(test_arcnet),         cmocka_unit_test(test_fibre_channel),
        cmocka_unit_test(test_other_networks), cmocka_unit_test(test_slip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
