#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

/* ---- PPP ---- */

static void test_ppp(void **state)
{
    (void)state;
    static const uint32_t links[] = {9, 50, 166};
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++) {
        CHECK_BOTH(links[i], "\xff\x03\0\x21", "\xff\x03\0\x57", 0);
        CHECK_BOTH(links[i], "\0\x21", "\0\x57", 0);
        CHECK_BOTH(links[i], "\x21", "\x57", 0); /* the protocol compressed */
        CHECK_BOTH(links[i], "\xff\x03\x21", "\xff\x03\x57", 0);
    }
    CHECK_BOTH(166, "\0\x03\0\x21", "\x01\x03\0\x57",
               0); /* the direction in place of the address */
    CHECK_BOTH(204, "\0\xff\x03\0\x21", "\x01\xff\x03\0\x57", 0);
}

static void test_ppp_without_framing(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_hello(&maker);
    check_whole(9, &maker, &(struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 0});
}

/* Control protocols come out under their own numbers, other ones as PPP. */
static void test_ppp_control(void **state)
{
    (void)state;
    CHECK_RAW(9, "\xff\x03\xc0\x23", 0, 0xc023, "\1\1\5user");
    CHECK_RAW(9, "\xc0\x21", 0, 0xc021, "\1\1\5\6lcp");
    CHECK_RAW(9, "\x80\x21", 0, 0x8021, "ipcp");
    CHECK_RAW(9, "\0\x2d", 0, 0x880b, "compressed");
    CHECK_BAD(9, "\xff", "ppp.short");
    CHECK_BAD_BEHIND(2, 9, "\xff\x03", "ppp.short");
    CHECK_BAD_BEHIND(2, 9, "\xff\x03\x80", "ppp.short");
}

static void test_ppp_multilink(void **state)
{
    (void)state;
    CHECK_BOTH(9, "\xff\x03\0\x3d\xc0\0\0\x01\0\x21", "\xff\x03\0\x3d\xc0\0\0\x01\0\x57", 0);
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\0\x3d\xc1\x02\0\x21", 6); /* a short number */
    make_hello(&maker);
    check_whole(9, &maker, &(struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 0});
    CHECK_BAD_BEHIND(2, 9, "\0\x3d\x80\0\0\1\0\x21part of it", "ppp.fragment");
    CHECK_BAD_BEHIND(2, 9, "\0\x3d\xc0", "ppp.multilink");
}

static void test_ppp_bridging(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\0\x31\xc2\x01\0\0\0\7", 8); /* checksum, LAN identifier, 2 of padding */
    make_ethernet(&maker, 0, 0x0800);
    make_hello(&maker);
    make_fill(&maker, 0, 6);
    check_link(9, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 6});
    CHECK_RAW(9, "\0\x31\0\x04", 0, 0x880b, "token ring");
    CHECK_BAD_BEHIND(2, 9, "\0\x31\x8f\1\2\3", "ppp.bridge");
}

static void test_pppoe(void **state)
{
    (void)state;
    struct maker inner = {.len = 0};
    make_hello(&inner);
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x8864);
    make_bytes(&maker, "\x11\0\0\1", 4);
    make_u16(&maker, (unsigned)(2 + inner.len));
    make_u16(&maker, 0x0021);
    make_bytes(&maker, inner.bytes, inner.len);
    check_link(1, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 0});
    make_fill(&maker, 0, 4);
    check_link(1, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 4});
    /* LINKTYPE_PPP_ETHER: without Ethernet. */
    struct maker bare = {.len = 0};
    make_bytes(&bare, maker.bytes + 14, maker.len - 14 - 4);
    check_link(51, &bare, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 0});
}

static void test_pppoe_others(void **state)
{
    (void)state;
    /* The end of a session: raw. Discovery: raw, all of it. */
    CHECK_RAW(51, "", 0, 0, "\x11\xa7\xff\1\xff\1");
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x8863);
    make_text(&maker, "\x11\x09tags");
    check_link(1, &maker, (struct expected){TT_TRANSPORT_LINK, 0x8863, "\x11\x09tags", 2, 0});
    CHECK_BAD(51, "\x21\0\0\1\0\2\0\x21", "pppoe.header");
    CHECK_BAD(51, "\x11\0\0\1\0", "pppoe.header");
    CHECK_BAD_BEHIND(8, 51, "\x11\0\0\1\1\0\xc0\x21lcp", "pppoe.length");
}

/* ---- Cisco HDLC, Frame Relay ---- */

static void test_chdlc(void **state)
{
    (void)state;
    CHECK_BOTH(104, "\x0f\0\x08\0", "\x8f\0\x86\xdd", 0);
    CHECK_BOTH(205, "\1\x0f\0\x08\0", "\0\x8f\0\x86\xdd", 0);
    CHECK_BOTH(9, "\x0f\0\x08\0", "\x8f\0\x86\xdd", 0); /* under the link type of PPP */
    CHECK_BOTH(104, "\xff\3\0\x21", "\xff\3\0\x57", 0); /* and the other way round */
    CHECK_RAW(104, "\x8f\0\x80\x35", 0, 0x8035, "slarp");
    CHECK_RAW(104, "\x0f\0\0\5", 0, 0, "no length");
    CHECK_BAD(104, "\x0f\0\x08", "chdlc.short");
}

static void test_frame_relay(void **state)
{
    (void)state;
    CHECK_BOTH(107, "\x18\x41\3\xcc", "\x18\x41\3\x8e", 0);
    CHECK_BOTH(107, "\x18\x41\3\0\xcc", "\x18\x41\3\0\x8e", 0);             /* padded */
    CHECK_BOTH(107, "\x18\x40\x01\3\xcc", "\x18\x40\x01\3\x8e", 0);         /* 3 bytes of address */
    CHECK_BOTH(107, "\x18\x40\x40\x01\3\xcc", "\x18\x40\x40\x01\3\x8e", 0); /* 4 */
    CHECK_BOTH(107, "\x18\x41\x08\0", "\x18\x41\x86\xdd", 0);               /* Cisco */
    CHECK_BOTH(107, "\x18\x41\3\0\x80\0\0\0\x08\0", "\x18\x41\3\0\x80\0\0\0\x86\xdd", 0);
    CHECK_FOUR(107, "\x18\x41\3\xcf\0\x21", 0); /* PPP */
    CHECK_BOTH(206, "\1\x18\x41\3\xcc", "\0\x18\x41\3\x8e", 0);
    CHECK_BOTH(182, "\xc2\1\x18\x41\3\xcc", "\xc2\1\x18\x41\3\x8e", 0); /* multilink */
}

static void test_frame_relay_others(void **state)
{
    (void)state;
    CHECK_RAW(107, "\0\1\3?", 0, 0, "no such layer");
    CHECK_RAW(107, "\0\1\3\x08", 0, 0, "Q.933");
    CHECK_RAW(182, "", 0, 0, "\x82\1part");
    CHECK_BAD(107, "\x01\x41\3\xcc", "frame_relay.address"); /* one byte */
    CHECK_BAD(107, "\0\0\0\0\1", "frame_relay.address");     /* more than four */
    CHECK_BAD(182, "\xc0", "frame_relay.multilink");
}

/* A bridged Ethernet frame: behind an identifier without padding, behind LLC with it. */
static void test_bridged(void **state)
{
    (void)state;
    static const struct {
        uint32_t link;
        const char *header;
        size_t len;
        size_t fcs;
    } cases[] = {
        {107, "\x18\x41\3\0\x80\0\x80\xc2\0\7", 10, 0},
        {107, "\x18\x41\3\0\x80\0\x80\xc2\0\1", 10, 4},
        {100, "\xaa\xaa\3\0\x80\xc2\0\7\0\0", 10, 0},
        {100, "\xaa\xaa\3\0\x80\xc2\0\1\0\0", 10, 4},
        {100, "\0\0", 2, 0},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, cases[i].header, cases[i].len);
        make_ethernet(&maker, 0, 0x0800);
        make_hello(&maker);
        make_fill(&maker, 0xee, cases[i].fcs);
        check_link(cases[i].link, &maker,
                   (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, cases[i].fcs});
    }
    CHECK_RAW(100, "\xaa\xaa\3\0\x80\xc2\0\x0e", 0, 0, "spanning tree");
    CHECK_RAW(100, "\xaa\xaa\3\0\x80\xc2\0\1", 0, 0, "abc"); /* no room for its checksum */
    CHECK_RAW(100, "", 0, 0, "\xaa\xaa\3\0\x80\xc2");
}

/* ---- ATM ---- */

static void test_atm(void **state)
{
    (void)state;
    static const uint32_t links[] = {100, 11, 106, 19};
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++) {
        CHECK_BOTH(links[i], "\xaa\xaa\3\0\0\0\x08\0", "\xaa\xaa\3\0\0\0\x86\xdd", 0);
        check_both(links[i], "", "", 0, 0);
    }
    CHECK_BOTH(100, "\xfe\xfe\3\xcc", "\xfe\xfe\3\x8e", 0);
    CHECK_FOUR(100, "\xfe\xfe\3\xcf\0\x21", 0);
    CHECK_BOTH(100, "\3\xcc", "\3\x8e", 0);
    CHECK_BOTH(100, "\0\x21", "\0\x57", 0);
    CHECK_RAW(100, "", 0, 0, "??");
}

static void test_sunatm(void **state)
{
    (void)state;
    CHECK_BOTH(123, "\x82\0\0\5\xaa\xaa\3\0\0\0\x08\0", "\2\0\0\5\xaa\xaa\3\0\0\0\x86\xdd", 0);
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\1\0\0\5\0\1", 6);
    make_ethernet(&maker, 0, 0x0800);
    make_hello(&maker);
    check_link(123, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 0});
    CHECK_RAW(123, "\1\0\0\5", 0, 0, "\xff");
    CHECK_RAW(123, "\5\0\0\5", 0, 0, "ilmi");
    CHECK_BAD(123, "\2\0\0", "atm.short");
}

/* ---- MPLS ---- */

static void test_mpls(void **state)
{
    (void)state;
    static const unsigned types[] = {0x8847, 0x8848};
    for (size_t i = 0; i < TT_ARRAY_LEN(types); i++) {
        struct maker maker = {.len = 0};
        make_ethernet(&maker, 0, types[i]);
        make_u32(&maker, 0x00012040);
        make_u32(&maker, 0x00013140);
        make_hello(&maker);
        check_link(1, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 0});
    }
    CHECK_BOTH(219, "\0\1\x31\x40", "\0\1\x31\x40", 0);
    CHECK_BOTH(9, "\xff\3\2\x81\0\1\x31\x40", "\xff\3\2\x83\0\1\x31\x40", 0);
    CHECK_BOTH(219, "\0\1\x31\x40\0\0\0\7", "\0\1\x31\x40\0\0\0\7", 0); /* control word */
    CHECK_FOUR(219, "\0\1\x31\x40\0\0\0\7\xff\3\0\x21", 0);
}

/* Pseudowires: with and without a control word, and with addresses that look like IP. */
static void test_mpls_ethernet(void **state)
{
    (void)state;
    for (unsigned word = 0; word < 2; word++) {
        struct maker maker = {.len = 0};
        make_u32(&maker, 0x00013140);
        if (word == 1)
            make_u32(&maker, 0);
        make_ethernet(&maker, 0, 0x0800);
        make_hello(&maker);
        check_link(219, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 0});
    }
    struct maker maker = {.len = 0};
    make_u32(&maker, 0x00013140);
    make_bytes(&maker, "\x44\0\0\0\0\2\2\0\0\0\0\1\x08\0", 14);
    make_hello(&maker);
    check_whole(219, &maker, &(struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 0});
}

static void test_mpls_others(void **state)
{
    (void)state;
    CHECK_RAW(219, "\0\1\x31\x40", 0, 0, "\x10\1\2\3 associated channel");
    CHECK_RAW(1, "\2\0\0\0\0\2\2\0\0\0\0\1\x88\x47\0\1\x31\x40", 2, 0x8847,
              "\x10\1\2\3 associated channel");
    CHECK_BAD(219, "\0\1\x30\x40\0\1\x30\x40", "mpls.stack");
    CHECK_BAD(219, "\0\1\x31", "mpls.stack");
    /* As many labels as fit into a frame. */
    struct maker maker = {.len = 0};
    for (size_t i = 0; i < 10000; i++)
        make_u32(&maker, 0x00013040);
    struct outcome *outcome = outcome_new(219);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    maker.bytes[maker.len - 2] |= 1;
    make_hello(&maker);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "mpls.stack"), 1);
    assert_datagram(outcome, 1, TT_TRANSPORT_UDP, 0, TEXT);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ppp),           cmocka_unit_test(test_ppp_without_framing),
        cmocka_unit_test(test_ppp_control),   cmocka_unit_test(test_ppp_multilink),
        cmocka_unit_test(test_ppp_bridging),  cmocka_unit_test(test_pppoe),
        cmocka_unit_test(test_pppoe_others),  cmocka_unit_test(test_chdlc),
        cmocka_unit_test(test_frame_relay),   cmocka_unit_test(test_frame_relay_others),
        cmocka_unit_test(test_bridged),       cmocka_unit_test(test_atm),
        cmocka_unit_test(test_sunatm),        cmocka_unit_test(test_mpls),
        cmocka_unit_test(test_mpls_ethernet), cmocka_unit_test(test_mpls_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
