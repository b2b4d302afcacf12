/* Packets inside packets, and what must hold of every tunnel: whole, cut at every byte, ended at
 * every byte. The inner packet is a UDP datagram of 192.0.2.10 (port 40000) to 198.51.100.20 (80)
 * that says "inside"; the outer ends are those of maker.h. */
#ifndef TEST_NET_TUNNELS_H
#define TEST_NET_TUNNELS_H

#include "net/outcome.h"
#include "net/tunnel.h"

#define INSIDE "inside"

enum { INNER_LEN = 20 + 8 + 6, INNER_FRAME_LEN = 14 + INNER_LEN, OUTER_IP = 20, OUTER_UDP = 28 };

/* An IPv4 header with a right checksum for `payload` bytes. */
static inline void make_inner_header(struct maker *maker, unsigned protocol, size_t payload)
{
    size_t at = maker->len;
    make_u16(maker, 0x4500);
    make_u16(maker, (unsigned)(20 + payload));
    make_u32(maker, 0);
    make_u8(maker, 64);
    make_u8(maker, protocol);
    make_u16(maker, 0);
    make_u32(maker, 0xc000020a);
    make_u32(maker, 0xc6336414);
    unsigned sum = 0xffffU ^ tt_internet_sum(tt_span_of(maker->bytes + at, 20), 0);
    maker->bytes[at + 10] = (uint8_t)(sum >> 8);
    maker->bytes[at + 11] = (uint8_t)sum;
}

static inline void make_inner(struct maker *maker)
{
    make_inner_header(maker, 17, 8 + strlen(INSIDE));
    make_udp(maker, 0, strlen(INSIDE));
    make_text(maker, INSIDE);
}

static inline void make_inner6(struct maker *maker)
{
    make_ipv6(maker, 0, 17, 8 + strlen(INSIDE));
    make_udp(maker, 0, strlen(INSIDE));
    make_text(maker, INSIDE);
}

/* From 02:00:00:00:00:aa to ...:bb. */
static inline void make_inner_ethernet(struct maker *maker, unsigned type)
{
    make_u32(maker, 0x02000000);
    make_u16(maker, 0x00bb);
    make_u32(maker, 0x02000000);
    make_u16(maker, 0x00aa);
    make_u16(maker, type);
}

static inline void make_inner_frame(struct maker *maker)
{
    make_inner_ethernet(maker, 0x0800);
    make_inner(maker);
}

/* Writes the lengths of the outer IPv4 header at the front, and of the UDP header behind it, when
 * all the rest is there. */
static inline void close_outer(struct maker *maker, bool udp)
{
    maker->bytes[2] = (uint8_t)(maker->len >> 8);
    maker->bytes[3] = (uint8_t)maker->len;
    if (!udp)
        return;
    maker->bytes[24] = (uint8_t)((maker->len - 20) >> 8);
    maker->bytes[25] = (uint8_t)(maker->len - 20);
}

/* An outer IPv4 header; close_outer writes its length. */
static inline void open_outer(struct maker *maker, unsigned protocol)
{
    maker->len = 0;
    make_ipv4(maker, (struct ipv4){.protocol = protocol});
}

/* The same with a UDP header from port 50000 to `port`. */
static inline void open_outer_udp(struct maker *maker, unsigned port)
{
    open_outer(maker, 17);
    make_u16(maker, 50000);
    make_u16(maker, port);
    make_u32(maker, 0);
}

/* One packet of link type raw IP through a fresh net. */
static inline struct outcome *feed_tunnel(const struct maker *maker)
{
    struct outcome *outcome = outcome_new(101);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    return outcome;
}

/* Datagram `at` is the inner one. */
static inline void assert_inside_at(struct outcome *outcome, size_t at)
{
    assert_datagram(outcome, at, TT_TRANSPORT_UDP, 0, INSIDE);
    const struct tt_flow *flow = &outcome_flow(outcome, outcome->datagrams[at].flow)->flow;
    char text[TT_ADDR_TEXT_MAX];
    bool four = flow->ends[0].addr.family == TT_ADDR_IPV4;
    assert_string_equal(tt_addr_text(flow->ends[0].addr, text),
                        four ? "192.0.2.10" : "2001:db8::1");
    assert_string_equal(tt_addr_text(flow->ends[1].addr, text),
                        four ? "198.51.100.20" : "2001:db8::2");
    assert_int_equal(flow->ends[0].port, CLIENT_PORT);
    assert_int_equal(flow->ends[1].port, SERVER_PORT);
}

/* Cut by a snaplen at every byte, and ended there for good: never more is told than is there, and
 * what is missing is told. Sums are checked by outcome_flush. */
static inline void assert_survives(const struct maker *maker)
{
    struct maker shorter;
    for (size_t cut = 0; cut < maker->len; cut++) {
        struct outcome *outcome = outcome_new(101);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, maker, cut);
        outcome_flush(outcome);
        assert_true(outcome_notes(outcome, "net.cut") >= 1 || cut < OUTER_IP);
        assert_true(outcome->bytes <= cut);
        outcome_free(outcome);
        shorter.len = 0;
        make_bytes(&shorter, maker->bytes, cut);
        outcome = feed_tunnel(&shorter);
        assert_true(outcome->note_count >= 1);
        outcome_free(outcome);
    }
}

/* The packet is a tunnel with the inner datagram in it, and nothing else comes out. */
static inline void assert_tunnel(const struct maker *maker)
{
    struct outcome *outcome = feed_tunnel(maker);
    assert_int_equal(outcome->note_count, 0);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->flow_count, 1);
    assert_inside_at(outcome, 0);
    outcome_free(outcome);
    assert_survives(maker);
}

/* The same with Ethernet inside: its addresses are the flow's. */
static inline void assert_bridged(const struct maker *maker)
{
    assert_tunnel(maker);
    struct outcome *outcome = feed_tunnel(maker);
    char text[TT_ADDR_TEXT_MAX];
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_string_equal(tt_addr_text(flow->ends[0].mac, text), "02:00:00:00:00:aa");
    assert_string_equal(tt_addr_text(flow->ends[1].mac, text), "02:00:00:00:00:bb");
    outcome_free(outcome);
}

/* No tunnel: all bytes behind `headers` come out as one datagram of `transport` and `kind`, between
 * the outer ends. */
static inline void assert_whole(const struct maker *maker, size_t headers,
                                enum tt_transport transport, unsigned kind)
{
    struct outcome *outcome = feed_tunnel(maker);
    assert_int_equal(outcome->datagram_count, 1);
    const struct outcome_datagram *datagram = &outcome->datagrams[0];
    const struct tt_flow *flow = &outcome_flow(outcome, datagram->flow)->flow;
    assert_int_equal(flow->transport, transport);
    assert_int_equal(flow->kind, kind);
    assert_int_equal(datagram->bytes.len, maker->len - headers);
    assert_memory_equal(datagram->bytes.data, maker->bytes + headers, maker->len - headers);
    char text[TT_ADDR_TEXT_MAX];
    assert_string_equal(tt_addr_text(flow->ends[0].addr, text), "192.0.2.1");
    outcome_free(outcome);
}

static inline void assert_no_udp_tunnel(const struct maker *maker)
{
    assert_whole(maker, OUTER_UDP, TT_TRANSPORT_UDP, 0);
}

#endif
