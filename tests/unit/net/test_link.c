#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"

static const char TEXT[] = "hello";

/* IP, UDP and a text. */
static void make_hello(struct maker *maker)
{
    size_t len = strlen(TEXT);
    make_ipv4(maker, (struct ipv4){.protocol = 17, .payload = 8 + len});
    make_udp(maker, 0, len);
    make_text(maker, TEXT);
}

static void make_hello6(struct maker *maker)
{
    size_t len = strlen(TEXT);
    make_ipv6(maker, 0, 17, 8 + len);
    make_udp(maker, 0, len);
    make_text(maker, TEXT);
}

/* Feeds the frame whole, and cut at every byte: the text comes out, or the rest of it, or nothing
 * is left of it; never more than was captured. */
static void check_frame(uint32_t link, const struct maker *maker, unsigned mac, const char *payload,
                        enum tt_transport transport, unsigned kind)
{
    struct outcome *outcome = outcome_new(link);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 1);
    assert_datagram(outcome, 0, transport, kind, payload);
    for (size_t i = 0; i < 2; i++) {
        struct tt_addr addr = outcome->flows[0].flow.ends[i].mac;
        assert_int_equal(addr.family, i < mac ? TT_ADDR_MAC : TT_ADDR_NONE);
        if (i < mac)
            assert_int_equal(addr.bytes[5], i + 1);
    }
    outcome_free(outcome);
    for (size_t cut = 0; cut < maker->len; cut++) {
        outcome = outcome_new(link);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, maker, cut);
        outcome_flush(outcome);
        assert_true(outcome->datagram_count <= 1);
        assert_true(outcome->bytes <= cut);
        assert_int_equal(outcome_notes(outcome, "net.cut"), 1);
        if (outcome->datagram_count == 1)
            assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
        outcome_free(outcome);
    }
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
    /* Link, then 15 tags. */
    assert_int_equal(outcome->datagrams[0].bytes.len, (40 - 15) * 4);
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
    assert_non_null(strstr(outcome->notes[0].text, "148"));
    outcome_free(outcome);
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
        cmocka_unit_test(test_raw_ip),
        cmocka_unit_test(test_raw_ip_of_no_version),
        cmocka_unit_test(test_null_and_loop),
        cmocka_unit_test(test_unknown_link_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
