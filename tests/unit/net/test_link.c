#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

static void check_frame(uint32_t link, const struct maker *maker, unsigned mac, const char *payload,
                        enum tt_transport transport, unsigned kind)
{
    check_link(link, maker, (struct expected){transport, kind, payload, mac, 0});
}

static void test_ethernet(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x0800);
    make_hello(&maker);
    check_frame(1, &maker, 2, TEXT, TT_TRANSPORT_UDP, 0);
    maker.len = 0;
    make_ethernet(&maker, 0, 0x86dd);
    make_hello6(&maker);
    check_frame(1, &maker, 2, TEXT, TT_TRANSPORT_UDP, 0);
}

static void test_vlan_stack(void **state)
{
    (void)state;
    static const unsigned tags[] = {0x8100, 0x88a8, 0x9100, 0x8100};
    for (size_t depth = 1; depth <= TT_ARRAY_LEN(tags); depth++) {
        struct maker maker = {.len = 0};
        make_ethernet(&maker, 0, tags[0]);
        for (size_t i = 1; i <= depth; i++) {
            make_u16(&maker, 100);
            make_u16(&maker, i == depth ? 0x0800 : tags[i]);
        }
        make_hello(&maker);
        check_frame(1, &maker, 2, TEXT, TT_TRANSPORT_UDP, 0);
    }
}

static void test_too_many_tags(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x8100);
    for (size_t i = 0; i < 40; i++) {
        make_u16(&maker, 1);
        make_u16(&maker, 0x8100);
    }
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "net.depth"), 1);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->flows[0].flow.kind, 0x8100);
    /* The link, then tags up to the limit. */
    assert_int_equal(outcome->datagrams[0].bytes.len, (40 - (TT_TUNNEL_DEPTH_MAX - 1)) * 4);
    outcome_free(outcome);
}

static void test_snap(void **state)
{
    (void)state;
    struct maker inner = {.len = 0};
    make_hello(&inner);
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, (unsigned)(8 + inner.len));
    make_bytes(&maker, "\xaa\xaa\x03\0\0\0\x08\0", 8);
    make_bytes(&maker, inner.bytes, inner.len);
    make_fill(&maker, 0, 9); /* padding */
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    outcome_free(outcome);
}

/* 802.3 without SNAP: the payload is LLC and what follows, without the padding. */
static void test_llc(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 7);
    make_text(&maker, "BB\x03stpX");
    make_fill(&maker, 0, 30);
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0, "BB\x03stpX");
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_int_equal(flow->ends[0].addr.family, TT_ADDR_MAC);
    assert_int_equal(flow->ends[0].addr.bytes[5], 1);
    assert_int_equal(flow->ends[1].addr.bytes[5], 2);
    outcome_free(outcome);
}

static void test_llc_length_lies(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 700);
    make_text(&maker, "BB\x03stp");
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0, "BB\x03stp");
    assert_int_equal(outcome_notes(outcome, "ethernet.length"), 1);
    outcome_free(outcome);
}

/* Both directions of another EtherType are one flow. */
static void test_other_ethertype(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    for (unsigned from = 0; from < 2; from++) {
        struct maker maker = {.len = 0};
        make_ethernet(&maker, from, 0x0806);
        make_text(&maker, from == 0 ? "who has" : "is at");
        outcome_feed(outcome, &maker);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0x0806, "who has");
    assert_datagram(outcome, 1, TT_TRANSPORT_LINK, 0x0806, "is at");
    assert_int_equal(outcome->datagrams[0].direction, TT_FROM_INITIATOR);
    assert_int_equal(outcome->datagrams[1].direction, TT_FROM_RESPONDER);
    assert_int_equal(outcome->flows[0].flow.packets[1], 1);
    assert_int_equal(outcome->flows[0].flow.bytes[0], 7);
    outcome_free(outcome);
}

static void test_short_ethernet(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_text(&maker, "short");
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0, "short");
    assert_int_equal(outcome_notes(outcome, "ethernet.short"), 1);
    outcome_free(outcome);
}

static void make_cooked(struct maker *maker, unsigned arphrd, unsigned addr_len, unsigned protocol)
{
    make_u16(maker, 0);
    make_u16(maker, arphrd);
    make_u16(maker, addr_len);
    make_mac(maker, 0);
    make_u16(maker, 0);
    make_u16(maker, protocol);
}

static void make_cooked2(struct maker *maker, unsigned arphrd, unsigned addr_len, unsigned protocol)
{
    make_u16(maker, protocol);
    make_u16(maker, 0);
    make_u32(maker, 3);
    make_u16(maker, arphrd);
    make_u8(maker, 0);
    make_u8(maker, addr_len);
    make_mac(maker, 0);
    make_u16(maker, 0);
}

static void test_linux_cooked(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_cooked(&maker, 1, 6, 0x0800);
    make_hello(&maker);
    check_frame(113, &maker, 1, TEXT, TT_TRANSPORT_UDP, 0);
    maker.len = 0;
    make_cooked(&maker, 512, 0, 0x86dd);
    make_hello6(&maker);
    check_frame(113, &maker, 0, TEXT, TT_TRANSPORT_UDP, 0);
    maker.len = 0;
    make_cooked2(&maker, 1, 6, 0x0800);
    make_hello(&maker);
    check_frame(276, &maker, 1, TEXT, TT_TRANSPORT_UDP, 0);
}

static void test_cooked_without_ethertype(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_cooked(&maker, 824, 0, 0x0800); /* netlink */
    make_text(&maker, TEXT);
    check_frame(113, &maker, 0, TEXT, TT_TRANSPORT_LINK, 0);
    maker.len = 0;
    make_cooked2(&maker, 1, 6, 4); /* LLC */
    make_text(&maker, "BB\x03stp");
    check_frame(276, &maker, 1, "BB\x03stp", TT_TRANSPORT_LINK, 0);
    maker.len = 0;
    make_cooked(&maker, 1, 0xffff, 1);
    make_text(&maker, TEXT);
    check_frame(113, &maker, 0, TEXT, TT_TRANSPORT_LINK, 0);
}

static void test_cooked_links(void **state)
{
    (void)state;
    static const struct {
        unsigned arphrd;
        unsigned protocol;
        const char *header;
        size_t len;
    } cases[] = {
        {772, 0x0800, "", 0},                /* loopback */
        {512, 0x0800, "", 0},                /* PPP, told by the kernel */
        {512, 0, "", 0},                     /* PPP, not told */
        {512, 8, "\0\x21", 2},               /* PPP multilink */
        {65534, 0, "", 0},                   /* no link at all */
        {1, 4, "\xaa\xaa\3\0\0\0\x08\0", 8}, /* LLC */
        {1, 5, "\0\0\0\x08\0", 5},           /* SNAP */
        {1, 0x8100, "\0\1\x08\0", 4},        /* VLAN */
        {770, 0, "\x18\x41\3\xcc", 4},       /* Frame Relay */
        {778, 0x0800, "", 0},                /* GRE */
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_cooked(&maker, cases[i].arphrd, 6, cases[i].protocol);
        make_bytes(&maker, cases[i].header, cases[i].len);
        make_hello(&maker);
        check_frame(113, &maker, 1, TEXT, TT_TRANSPORT_UDP, 0);
        maker.len = 0;
        make_cooked2(&maker, cases[i].arphrd, 6, cases[i].protocol);
        make_bytes(&maker, cases[i].header, cases[i].len);
        make_hello(&maker);
        check_frame(276, &maker, 1, TEXT, TT_TRANSPORT_UDP, 0);
    }
}

static void test_raw_ip(void **state)
{
    (void)state;
    static const uint32_t four[] = {101, 12, 14, 228};
    static const uint32_t six[] = {101, 12, 14, 229};
    for (size_t i = 0; i < TT_ARRAY_LEN(four); i++) {
        struct maker maker = {.len = 0};
        make_hello(&maker);
        check_frame(four[i], &maker, 0, TEXT, TT_TRANSPORT_UDP, 0);
        maker.len = 0;
        make_hello6(&maker);
        check_frame(six[i], &maker, 0, TEXT, TT_TRANSPORT_UDP, 0);
    }
}

static void test_raw_ip_of_no_version(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_text(&maker, "\x10not IP");
    struct outcome *outcome = outcome_new(101);
    outcome_feed(outcome, &maker);
    maker.len = 0;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0, "\x10not IP");
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome_notes(outcome, "ip.version"), 2);
    outcome_free(outcome);
}

static void test_null_and_loop(void **state)
{
    (void)state;
    static const struct {
        uint32_t link;
        const char *family;
        bool six;
    } cases[] = {
        {0, "\2\0\0\0", false},   {0, "\0\0\0\2", false},    {0, "\x1e\0\0\0", true},
        {0, "\0\0\0\x18", true},  {0, "\x1c\0\0\0", true},   {0, "\x0a\0\0\0", true},
        {108, "\0\0\0\2", false}, {108, "\0\0\0\x1e", true},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, cases[i].family, 4);
        if (cases[i].six)
            make_hello6(&maker);
        else
            make_hello(&maker);
        check_frame(cases[i].link, &maker, 0, TEXT, TT_TRANSPORT_UDP, 0);
    }
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\0\0\0\x07", 4);
    make_text(&maker, TEXT);
    check_frame(0, &maker, 0, TEXT, TT_TRANSPORT_LINK, 0);
}

static void test_unknown_link_type(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_text(&maker, "some radio frame");
    struct outcome *outcome = outcome_new(147);
    outcome_feed(outcome, &maker);
    outcome_feed(outcome, &maker);
    outcome->link = 148;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_int_equal(outcome->datagram_count, 3);
    assert_datagram(outcome, 1, TT_TRANSPORT_LINK, 0, "some radio frame");
    /* Once for each type, by its number. */
    assert_int_equal(outcome_notes(outcome, "link.unknown"), 2);
    assert_non_null(strstr(outcome->notes[0].text, "148 (USER1)"));
    outcome_free(outcome);
}

/* Each link type has its name in the note; what the capturing program wrote in front of a frame is
 * no payload. */
static void test_pseudo_headers(void **state)
{
    (void)state;
    static const struct {
        uint32_t link;
        const char *name;
        const char *header;
        size_t len;
    } cases[] = {
        {187, "187 (BLUETOOTH_HCI_H4)", "", 0},
        {201, "201 (BLUETOOTH_HCI_H4_WITH_PHDR)", "\0\0\0\1", 4},
        {254, "254 (BLUETOOTH_LINUX_MONITOR)", "\0\1\0\2", 4},
        {227, "227 (CAN_SOCKETCAN)", "\0\0\1\2\5\0\0\0", 8},
        {235, "235 (DVB_CI)", "\0\1\0\5", 4},
        {195, "195 (IEEE802_15_4_WITHFCS)", "", 0},
        {230, "230 (IEEE802_15_4_NOFCS)", "", 0},
        {283, "283 (IEEE802_15_4_TAP)", "\0\0\x0c\0\0\0\1\0\1\0\0\0", 12},
        {270, "270 (LORATAP)", "\0\0\0\x0f\0\0\0\0\0\0\0\0\0\0\0", 15},
        {217, "217 (GSMTAP_UM)", "\2\4\1\0\0\0\0\0\0\0\0\0\0\0\0\0", 16},
        {141, "141 (MTP3)", "", 0},
        {65000, "65000 (no known name)", "", 0},
        {UINT32_MAX, "(its interface is not described)", "", 0},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, cases[i].header, cases[i].len);
        make_text(&maker, TEXT);
        struct outcome *outcome = outcome_new(cases[i].link);
        outcome->flush_pages = true;
        outcome_feed(outcome, &maker);
        outcome_flush(outcome);
        assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0, TEXT);
        assert_non_null(strstr(outcome->notes[0].text, cases[i].name));
        outcome_free(outcome);
        check_cuts(cases[i].link, &maker, 0);
    }
}

/* A pseudo header that claims more than there is, is none. */
static void test_pseudo_header_lies(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_text(&maker, "\1\1\xff\xffhello");
    struct outcome *outcome = outcome_new(283);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0, "\1\1\xff\xffhello");
    outcome_free(outcome);
}

/* The note stands for each type once, and for a limited number of types. */
static void test_link_types_noted(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(0);
    struct maker maker = {.len = 0};
    make_text(&maker, TEXT);
    for (uint32_t i = 0; i < 4 * TT_LINKS_NOTED_MAX; i++) {
        outcome->link = 60000 + i % (2 * TT_LINKS_NOTED_MAX);
        outcome_feed(outcome, &maker);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "link.unknown"), TT_LINKS_NOTED_MAX);
    assert_int_equal(outcome->bytes, 4 * TT_LINKS_NOTED_MAX * strlen(TEXT));
    outcome_free(outcome);
}

static void test_isl(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    struct maker inner = {.len = 0};
    make_ethernet(&inner, 0, 0x0800);
    make_hello(&inner);
    make_bytes(&maker, "\x01\x00\x0c\x00\x00\x01\x02\0\0\0\0\7", 12);
    make_u16(&maker, (unsigned)(12 + inner.len));
    make_bytes(&maker, "\xaa\xaa\x03\x02\0\0\0\x14\0\1\0\0", 12);
    make_bytes(&maker, inner.bytes, inner.len);
    make_u32(&maker, 0x12345678); /* checksum */
    check_link(1, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 4});
    /* Without the signature it is a frame like others. */
    maker.bytes[14] = 0xab;
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_LINK);
    outcome_free(outcome);
    CHECK_BAD(1, "\x01\0\x0c\0\0\x01\2\0\0\0\0\7\0\2\xaa\xaa\3\2\0\0\0\x14\0\1\0\0", "isl.length");
}

static void test_llc_protocols(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t len;
    } cases[] = {
        {"\x06\x06\x03", 3},               /* IP */
        {"\xfe\xfe\x03\xcc", 4},           /* OSI: IPv4 */
        {"\xaa\xaa\x03\0\0\xf8\x08\0", 8}, /* bridged */
        {"\xaa\xaa\x03\x08\0\7\x08\0", 8}, /* Apple */
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker inner = {.len = 0};
        make_hello(&inner);
        struct maker maker = {.len = 0};
        make_ethernet(&maker, 0, (unsigned)(cases[i].len + inner.len));
        make_bytes(&maker, cases[i].header, cases[i].len);
        make_bytes(&maker, inner.bytes, inner.len);
        make_fill(&maker, 0, 3);
        check_link(1, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 3});
    }
    /* CDP: what is behind the SNAP header. */
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 8 + 5);
    make_bytes(&maker, "\xaa\xaa\x03\0\0\x0c\x20\0hello", 13);
    check_link(1, &maker, (struct expected){TT_TRANSPORT_LINK, 0, TEXT, 2, 0});
}

/* LINKTYPE 12 of OpenBSD, an EtherType and PPP in place of a family. */
static void test_odd_loopbacks(void **state)
{
    (void)state;
    CHECK_BOTH(12, "\0\0\0\2", "\0\0\0\x18", 0);
    CHECK_BOTH(0, "\0\0\x08\0", "\xdd\x86\0\0", 0);
    CHECK_BOTH(0, "\xff\3\0\x21", "\xff\3\0\x57", 0);
    CHECK_BOTH(0, "\2\0\0\0", "\x17\0\0\0", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ethernet),
        cmocka_unit_test(test_vlan_stack),
        cmocka_unit_test(test_too_many_tags),
        cmocka_unit_test(test_snap),
        cmocka_unit_test(test_llc),
        cmocka_unit_test(test_llc_length_lies),
        cmocka_unit_test(test_other_ethertype),
        cmocka_unit_test(test_short_ethernet),
        cmocka_unit_test(test_linux_cooked),
        cmocka_unit_test(test_cooked_without_ethertype),
        cmocka_unit_test(test_cooked_links),
        cmocka_unit_test(test_raw_ip),
        cmocka_unit_test(test_raw_ip_of_no_version),
        cmocka_unit_test(test_null_and_loop),
        cmocka_unit_test(test_unknown_link_type),
        cmocka_unit_test(test_pseudo_headers),
        cmocka_unit_test(test_pseudo_header_lies),
        cmocka_unit_test(test_link_types_noted),
        cmocka_unit_test(test_isl),
        cmocka_unit_test(test_llc_protocols),
        cmocka_unit_test(test_odd_loopbacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
