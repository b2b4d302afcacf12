#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "net/tunnels.h"

static void test_checksum(void **state)
{
    (void)state;
    /* The example of RFC 1071 section 3. */
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    assert_int_equal(tt_internet_sum(tt_span_of(example, 8), 0), 0xddf2);
    assert_int_equal(tt_internet_sum(tt_span_of(example, 3), 0), 0xf201);
    assert_int_equal(tt_internet_sum(tt_span_of(example, 0), 0xffff), 0xffff);
}

static void test_ip_in_ip(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 4);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
    open_outer(&maker, 41);
    make_inner6(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
}

static void test_ip_in_ipv6(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv6(&maker, 1, 4, INNER_LEN);
    make_inner(&maker);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_inside_at(outcome, 0);
    outcome_free(outcome);
    maker.len = 0;
    make_ipv6(&maker, 1, 41, 40 + 14);
    make_inner6(&maker);
    outcome = feed_tunnel(&maker);
    assert_inside_at(outcome, 0);
    outcome_free(outcome);
}

/* What the outer header counts and the inner one does not goes out between the outer ends. */
static void test_bytes_behind(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 4);
    make_inner(&maker);
    make_text(&maker, "hidden");
    close_outer(&maker, false);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 2);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 4, "hidden");
    assert_inside_at(outcome, 1);
    assert_int_equal(outcome_notes(outcome, "tunnel.trailer"), 1);
    outcome_free(outcome);
    assert_survives(&maker);
}

static void test_inner_longer_than_outer(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 4);
    make_inner_header(&maker, 17, 8 + 6 + 100);
    make_udp(&maker, 0, 6);
    make_text(&maker, INSIDE);
    close_outer(&maker, false);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_inside_at(outcome, 0);
    assert_int_equal(outcome_notes(outcome, "ip.length"), 1);
    outcome_free(outcome);
}

static void test_no_ip_inside(void **state)
{
    (void)state;
    static const unsigned protocols[] = {4, 41};
    for (size_t i = 0; i < TT_ARRAY_LEN(protocols); i++) {
        struct maker maker;
        open_outer(&maker, protocols[i]);
        make_text(&maker, "No IP header stands at this place in the packet");
        close_outer(&maker, false);
        assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, protocols[i]);
    }
}

/* A packet whose fragments travel in two tunnelled packets. */
static void test_inner_fragments(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    for (unsigned i = 0; i < 2; i++) {
        struct maker maker;
        open_outer(&maker, 4);
        make_ipv4(&maker, (struct ipv4){.protocol = 17,
                                        .payload = i == 0 ? 16 : 4,
                                        .id = 7,
                                        .offset = i * 16,
                                        .more = i == 0});
        if (i == 0)
            make_udp(&maker, 0, 12);
        make_text(&maker, i == 0 ? "01234567" : "89ab");
        close_outer(&maker, false);
        outcome_feed(outcome, &maker);
    }
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "0123456789ab");
    assert_int_equal(outcome->datagrams[0].first_frame, 1);
    assert_int_equal(outcome->datagrams[0].last_frame, 2);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* Fragments of an outer packet in which an inner fragment lies, which lies in what was just put
 * together. */
static void test_fragments_in_fragments(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    for (unsigned part = 0; part < 2; part++) {
        struct maker inner = {.len = 0};
        make_ipv4(&inner, (struct ipv4){.protocol = 17,
                                        .payload = part == 0 ? 16 : 4,
                                        .id = 7,
                                        .offset = part * 16,
                                        .more = part == 0});
        if (part == 0)
            make_udp(&inner, 0, 12);
        make_text(&inner, part == 0 ? "01234567" : "89ab");
        for (unsigned i = 0; i < 2; i++) {
            struct tt_span half =
                tt_span_sub(tt_span_of(inner.bytes, inner.len), i * 8, i == 0 ? 8 : SIZE_MAX);
            struct maker maker = {.len = 0};
            make_ipv4(&maker, (struct ipv4){.protocol = 4,
                                            .payload = half.len,
                                            .id = 20 + part,
                                            .offset = i * 8,
                                            .more = i == 0});
            make_bytes(&maker, half.data, half.len);
            outcome_feed(outcome, &maker);
        }
    }
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "0123456789ab");
    assert_int_equal(outcome->datagrams[0].first_frame, 1);
    assert_int_equal(outcome->datagrams[0].last_frame, 4);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* `levels` IPv4 headers, one inside the other, around the inner datagram. */
static void make_nested(struct maker *maker, size_t levels)
{
    maker->len = 0;
    for (size_t i = 0; i < levels; i++)
        make_ipv4(maker,
                  (struct ipv4){.protocol = 4, .payload = (levels - i - 1) * 20 + INNER_LEN});
    make_inner(maker);
}

static void test_depth(void **state)
{
    (void)state;
    struct maker maker;
    /* Link, the inner IP header, UDP. */
    make_nested(&maker, TT_TUNNEL_DEPTH_MAX - 3);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->note_count, 0);
    assert_inside_at(outcome, 0);
    outcome_free(outcome);
    make_nested(&maker, 100);
    outcome = feed_tunnel(&maker);
    assert_int_equal(outcome_notes(outcome, "net.depth"), 1);
    assert_int_equal(outcome->datagram_count, 1);
    /* Everything behind the headers that were read. */
    size_t read = (TT_TUNNEL_DEPTH_MAX - 1) * 20;
    assert_int_equal(outcome->datagrams[0].bytes.len, maker.len - read);
    outcome_free(outcome);
}

static void test_minimal_encapsulation(void **state)
{
    (void)state;
    struct maker maker;
    for (unsigned source = 0; source < 2; source++) {
        open_outer(&maker, 55);
        make_u8(&maker, 17);
        make_u8(&maker, source == 1 ? 0x80 : 0);
        make_u16(&maker, 0);
        make_u32(&maker, 0xc6336414);
        if (source == 1)
            make_u32(&maker, 0xc000020a);
        make_udp(&maker, 0, 6);
        make_text(&maker, INSIDE);
        close_outer(&maker, false);
        struct outcome *outcome = feed_tunnel(&maker);
        assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, INSIDE);
        char text[TT_ADDR_TEXT_MAX];
        const struct tt_flow *flow = &outcome->flows[0].flow;
        assert_string_equal(tt_addr_text(flow->ends[0].addr, text),
                            source == 1 ? "192.0.2.10" : "192.0.2.1");
        assert_string_equal(tt_addr_text(flow->ends[1].addr, text), "198.51.100.20");
        outcome_free(outcome);
        assert_survives(&maker);
    }
}

static void test_etherip(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 97);
    make_u16(&maker, 0x3000);
    make_inner_frame(&maker);
    close_outer(&maker, false);
    assert_bridged(&maker);
    maker.bytes[OUTER_IP] = 0x40;
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, 97);
}

/* What an inner frame holds besides IP is between hardware addresses. */
static void test_arp_inside(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 97);
    make_u16(&maker, 0x3000);
    make_inner_ethernet(&maker, 0x0806);
    make_text(&maker, "who has it?");
    close_outer(&maker, false);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0x0806, "who has it?");
    outcome_free(outcome);
}

static void test_mpls_in_ip(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 137);
    make_u32(&maker, 0x00010040);
    make_u32(&maker, 0x00020140);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
}

/* Authentication (RFC 4302) is no tunnel, but leads into one; also in IPv4. */
static void test_authentication(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 51);
    make_u8(&maker, 4);
    make_u8(&maker, 4);
    make_fill(&maker, 0x55, 22);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
}

static void test_pim_register(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, 103);
    make_u32(&maker, 0x21000000);
    make_u32(&maker, 0);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
    maker.bytes[OUTER_IP] = 0x22; /* a register stop */
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, 103);
}

/* The packet between the ends 2001:db8::`from` and 2001:db8::`to`, behind an IPv6 extension header.
 */
static void assert_ends(const struct maker *maker, const char *from, const char *to)
{
    struct outcome *outcome = feed_tunnel(maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, INSIDE);
    char text[TT_ADDR_TEXT_MAX];
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_string_equal(tt_addr_text(flow->ends[0].addr, text), from);
    assert_string_equal(tt_addr_text(flow->ends[1].addr, text), to);
    outcome_free(outcome);
}

static void make_ipv6_addr(struct maker *maker, unsigned last)
{
    make_u32(maker, 0x20010db8);
    make_fill(maker, 0, 11);
    make_u8(maker, last);
}

static void make_routing(struct maker *maker, unsigned type, unsigned left)
{
    maker->len = 0;
    make_ipv6(maker, 0, 43, 8 + 32 + 14);
    make_u16(maker, 0x1104);
    make_u8(maker, type);
    make_u8(maker, left);
    make_u32(maker, 0);
    make_ipv6_addr(maker, 7);
    make_ipv6_addr(maker, 8);
    make_udp(maker, 0, 6);
    make_text(maker, INSIDE);
}

static void test_routing_header(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        unsigned left;
        const char *to;
    } cases[] = {{0, 0, "2001:db8::2"}, {0, 2, "2001:db8::8"}, {2, 1, "2001:db8::8"},
                 {4, 0, "2001:db8::2"}, {4, 1, "2001:db8::7"}, {3, 1, "2001:db8::2"}};
    struct maker maker;
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        make_routing(&maker, cases[i].type, cases[i].left);
        assert_ends(&maker, "2001:db8::1", cases[i].to);
        assert_survives(&maker);
    }
    /* Without room for an address there is none. */
    maker.len = 0;
    make_ipv6(&maker, 0, 43, 8 + 14);
    make_u32(&maker, 0x11000001);
    make_u32(&maker, 0);
    make_udp(&maker, 0, 6);
    make_text(&maker, INSIDE);
    assert_ends(&maker, "2001:db8::1", "2001:db8::2");
}

static void test_home_address(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv6(&maker, 0, 60, 24 + 14);
    make_u32(&maker, 0x11020100); /* PadN of 2 bytes, then */
    make_u16(&maker, 0xc910);
    make_ipv6_addr(&maker, 9);
    make_u16(&maker, 0);
    make_udp(&maker, 0, 6);
    make_text(&maker, INSIDE);
    assert_ends(&maker, "2001:db8::9", "2001:db8::2");
    assert_survives(&maker);
    maker.bytes[45] = 0x11; /* an option of another length */
    assert_ends(&maker, "2001:db8::1", "2001:db8::2");
}

static void make_nsh(struct maker *maker, unsigned next)
{
    maker->len = 0;
    make_ethernet(maker, 0, 0x894f);
    make_u16(maker, 0x0fc6); /* 6 words */
    make_u8(maker, 1);
    make_u8(maker, next);
    make_fill(maker, 0, 20);
}

static struct outcome *feed_frame(const struct maker *maker)
{
    struct outcome *outcome = outcome_new(1);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    return outcome;
}

static void assert_frame_inside(const struct maker *maker)
{
    struct outcome *outcome = feed_frame(maker);
    assert_int_equal(outcome->note_count, 0);
    assert_inside_at(outcome, 0);
    outcome_free(outcome);
    for (size_t cut = 0; cut < maker->len; cut++) {
        outcome = outcome_new(1);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, maker, cut);
        outcome_flush(outcome);
        assert_true(outcome->bytes <= cut);
        outcome_free(outcome);
        struct maker shorter = {.len = 0};
        make_bytes(&shorter, maker->bytes, cut);
        outcome_free(feed_frame(&shorter));
    }
}

static void test_nsh(void **state)
{
    (void)state;
    struct maker maker;
    make_nsh(&maker, 1);
    make_inner(&maker);
    assert_frame_inside(&maker);
    make_nsh(&maker, 2);
    make_inner6(&maker);
    assert_frame_inside(&maker);
    make_nsh(&maker, 3);
    make_inner_frame(&maker);
    assert_frame_inside(&maker);
    make_nsh(&maker, 4);
    make_u16(&maker, 0x0fc2);
    make_u16(&maker, 0x0201);
    make_u32(&maker, 0);
    make_inner(&maker);
    assert_frame_inside(&maker);
    make_nsh(&maker, 5);
    make_u32(&maker, 0x00010140);
    make_inner(&maker);
    assert_frame_inside(&maker);
    make_nsh(&maker, 77);
    make_text(&maker, "experiment");
    struct outcome *outcome = feed_frame(&maker);
    assert_int_equal(outcome->datagrams[0].bytes.len, 24 + 10);
    outcome_free(outcome);
    maker.bytes[15] = 0xc1; /* 1 word */
    outcome = feed_frame(&maker);
    assert_int_equal(outcome_notes(outcome, "nsh.header"), 1);
    assert_int_equal(outcome->datagrams[0].bytes.len, 24 + 10);
    outcome_free(outcome);
}

/* Padding of the outer frame is no hidden data. */
static void test_nsh_padding(void **state)
{
    (void)state;
    struct maker maker;
    make_nsh(&maker, 1);
    make_inner(&maker);
    make_fill(&maker, 0, 12);
    struct outcome *outcome = feed_frame(&maker);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->note_count, 0);
    assert_inside_at(outcome, 0);
    outcome_free(outcome);
}

static void make_batman(struct maker *maker, unsigned type, unsigned version, size_t header)
{
    maker->len = 0;
    make_ethernet(maker, 0, 0x4305);
    make_u8(maker, type);
    make_u8(maker, version);
    make_fill(maker, 0, header - 2);
    make_inner_frame(maker);
}

static void test_batman(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        unsigned version;
        size_t header;
    } cases[] = {{0x40, 15, 10}, {0x42, 15, 18}, {0x01, 15, 14},
                 {0x03, 14, 10}, {0x09, 14, 18}, {0x04, 14, 14}};
    struct maker maker;
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        make_batman(&maker, cases[i].type, cases[i].version, cases[i].header);
        assert_frame_inside(&maker);
    }
    make_batman(&maker, 0x00, 15, 10); /* routing */
    struct outcome *outcome = feed_frame(&maker);
    assert_int_equal(outcome->flows[0].flow.kind, 0x4305);
    assert_int_equal(outcome->datagrams[0].bytes.len, maker.len - 14);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_ip_in_ip),
        cmocka_unit_test(test_ip_in_ipv6),
        cmocka_unit_test(test_bytes_behind),
        cmocka_unit_test(test_inner_longer_than_outer),
        cmocka_unit_test(test_no_ip_inside),
        cmocka_unit_test(test_inner_fragments),
        cmocka_unit_test(test_fragments_in_fragments),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_minimal_encapsulation),
        cmocka_unit_test(test_etherip),
        cmocka_unit_test(test_arp_inside),
        cmocka_unit_test(test_mpls_in_ip),
        cmocka_unit_test(test_authentication),
        cmocka_unit_test(test_pim_register),
        cmocka_unit_test(test_routing_header),
        cmocka_unit_test(test_home_address),
        cmocka_unit_test(test_nsh),
        cmocka_unit_test(test_nsh_padding),
        cmocka_unit_test(test_batman),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
