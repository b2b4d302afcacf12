#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "net/outcome.h"

enum { US = 1000, ETHERNET = 14, A = 1000, B = 5000, ID = 77 };

/* A datagram in IPv4 with identification `id`, in Ethernet. */
static void make_numbered(struct maker *maker, unsigned id, const char *text)
{
    make_datagram(maker, 0, tt_span_str(text));
    maker->bytes[ETHERNET + 4] = (uint8_t)(id >> 8);
    maker->bytes[ETHERNET + 5] = (uint8_t)id;
}

static void make_six(struct maker *maker, const char *text)
{
    maker->len = 0;
    make_ethernet(maker, 0, 0x86dd);
    make_ipv6(maker, 0, 17, 8 + strlen(text));
    make_udp(maker, 0, strlen(text));
    make_text(maker, text);
}

/* The frame `later` ns behind the last one. */
static void feed_at(struct outcome *outcome, const struct maker *maker, uint64_t later)
{
    outcome->time += later - 1000000;
    outcome_feed(outcome, maker);
}

/* Feeds the two frames; true when the second one was a copy. */
static bool is_copy(const struct maker *first, const struct maker *second, uint64_t later)
{
    struct outcome *outcome = outcome_new(1);
    outcome->flush_pages = true;
    outcome_feed(outcome, first);
    feed_at(outcome, second, later);
    outcome_flush(outcome);
    bool copy = outcome_notes(outcome, "net.duplicate") == 1;
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(outcome->datagram_count, copy ? 1 : 2);
    assert_int_equal(totals.repeated_bytes, copy ? outcome->bytes : 0);
    if (copy) {
        assert_int_equal(outcome->flows[0].flow.repeated[0], outcome->bytes);
        assert_int_equal(outcome->flows[0].flow.packets[0], 1);
    }
    outcome_free(outcome);
    return copy;
}

static void test_copy(void **state)
{
    (void)state;
    struct maker maker;
    make_numbered(&maker, ID, "payload");
    assert_true(is_copy(&maker, &maker, 0));
    assert_true(is_copy(&maker, &maker, (uint64_t)TT_DUPLICATE_MICROSECONDS * US));
    assert_false(is_copy(&maker, &maker, (uint64_t)TT_DUPLICATE_MICROSECONDS * US + 1));
    /* Clocks that jump back. */
    assert_true(is_copy(&maker, &maker, (uint64_t)-TT_DUPLICATE_MICROSECONDS * US));
    assert_false(is_copy(&maker, &maker, (uint64_t)-TT_DUPLICATE_MICROSECONDS * US - 1));
}

/* Without an identification hardly any time may pass. */
static void test_unnumbered(void **state)
{
    (void)state;
    for (unsigned six = 0; six < 2; six++) {
        struct maker maker;
        if (six != 0)
            make_six(&maker, "payload");
        else
            make_numbered(&maker, 0, "payload");
        assert_true(is_copy(&maker, &maker, (uint64_t)TT_DUPLICATE_UNNUMBERED_MICROSECONDS * US));
        assert_false(
            is_copy(&maker, &maker, (uint64_t)TT_DUPLICATE_UNNUMBERED_MICROSECONDS * US + 1));
    }
}

/* What routers change may differ, nothing else: each byte of the packet in turn. */
static void test_each_byte(void **state)
{
    (void)state;
    for (unsigned six = 0; six < 2; six++) {
        struct maker maker;
        if (six != 0)
            make_six(&maker, "some payload");
        else
            make_numbered(&maker, ID, "some payload");
        for (size_t at = 0; at < maker.len; at++) {
            struct maker changed = maker;
            changed.bytes[at] ^= 0x04;
            size_t in_ip = at - ETHERNET;
            bool link = at < 12;
            bool type = at >= 12 && at < ETHERNET;
            bool routers =
                six != 0 ? in_ip == 7 : in_ip == 1 || in_ip == 8 || in_ip == 10 || in_ip == 11;
            if (link || (routers && !type))
                assert_true(is_copy(&maker, &changed, 5 * US));
            else if (!type && in_ip >= (six != 0 ? 40U : 20U) + 8U)
                assert_false(is_copy(&maker, &changed, 5 * US));
        }
        /* The traffic class of IPv6 shares its bytes with the version and the flow label. */
        if (six != 0) {
            struct maker changed = maker;
            changed.bytes[ETHERNET] |= 0x0f;
            changed.bytes[ETHERNET + 1] |= 0xf0;
            assert_true(is_copy(&maker, &changed, 5 * US));
            changed.bytes[ETHERNET + 3] ^= 1;
            assert_false(is_copy(&maker, &changed, 5 * US));
        }
    }
}

/* Headers that say another packet: identification, addresses, ports. */
static void test_other_headers(void **state)
{
    (void)state;
    struct maker maker;
    make_numbered(&maker, ID, "payload");
    static const size_t places[] = {4, 5, 12, 15, 16, 19, 20, 21, 22, 23, 26, 27};
    for (size_t i = 0; i < TT_ARRAY_LEN(places); i++) {
        struct maker changed = maker;
        changed.bytes[ETHERNET + places[i]] ^= 1;
        struct outcome *outcome = outcome_new(1);
        outcome_feed(outcome, &maker);
        feed_at(outcome, &changed, 5 * US);
        outcome_flush(outcome);
        assert_int_equal(outcome_notes(outcome, "net.duplicate"), 0);
        assert_int_equal(outcome->bytes, 14);
        outcome_free(outcome);
    }
}

/* One copy with a VLAN tag and one with padding are copies still; a longer capture of it is not. */
static void test_around_the_packet(void **state)
{
    (void)state;
    struct maker plain;
    make_numbered(&plain, ID, "payload");
    struct maker tagged = {.len = 0};
    make_bytes(&tagged, plain.bytes, 12);
    make_u16(&tagged, 0x8100);
    make_u16(&tagged, 5);
    make_bytes(&tagged, plain.bytes + 12, plain.len - 12);
    assert_true(is_copy(&plain, &tagged, 5 * US));
    struct maker padded = plain;
    make_fill(&padded, 0, 11);
    assert_true(is_copy(&padded, &plain, 5 * US));
    struct outcome *outcome = outcome_new(1);
    outcome_feed_cut(outcome, &plain, plain.len - 3);
    feed_at(outcome, &plain, 5 * US);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "net.duplicate"), 0);
    assert_int_equal(outcome->bytes, 4 + 7);
    outcome_free(outcome);
}

/* A whole connection mirrored twice: the same as mirrored once. */
static void test_mirrored_connection(void **state)
{
    (void)state;
    for (unsigned copies = 1; copies <= 3; copies++) {
        static const struct {
            unsigned from;
            uint32_t seq;
            uint32_t ack;
            unsigned flags;
            const char *text;
        } segments[] = {
            {0, A - 1, 0, SYN, ""},
            {1, B - 1, A, SYN | ACK, ""},
            {0, A, B, ACK, ""},
            {0, A, B, ACK, "request"},
            {1, B, A + 7, ACK, "response"},
            {1, B + 8, A + 7, RST | ACK, "text"},
        };
        struct outcome *outcome = outcome_new(1);
        for (size_t i = 0; i < TT_ARRAY_LEN(segments); i++) {
            struct maker maker;
            make_segment(&maker, segments[i].from, segments[i].seq, segments[i].ack,
                         segments[i].flags, tt_span_str(segments[i].text));
            for (unsigned copy = 0; copy < copies; copy++) {
                if (copy == 0)
                    outcome_feed(outcome, &maker);
                else
                    feed_at(outcome, &maker, 20 * US);
                maker.bytes[ETHERNET + 8]--; /* a router behind the first mirror */
            }
        }
        outcome_flush(outcome);
        assert_int_equal(outcome->flow_count, 2);
        assert_stream(outcome, 1, 0, "request");
        assert_stream(outcome, 1, 1, "response");
        const struct tt_flow *flow = &outcome->flows[0].flow;
        assert_int_equal(flow->packets[0], 3);
        assert_int_equal(flow->packets[1], 3);
        assert_int_equal(flow->rtt_syn, 1000000 + (copies - 1) * 20 * US);
        assert_int_equal(flow->rtt_ack, 1000000 + (copies - 1) * 20 * US);
        assert_int_equal(flow->repeated[0], (copies - 1) * 7);
        assert_int_equal(flow->repeated[1], (copies - 1) * (8 + 4));
        assert_int_equal(outcome->datagram_count, 1);
        assert_int_equal(outcome_notes(outcome, "net.duplicate"),
                         (copies - 1) * TT_ARRAY_LEN(segments));
        outcome_free(outcome);
    }
}

/* A retransmission has another identification, and comes through: TCP counts it. */
static void test_retransmission(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    for (unsigned i = 0; i < 3; i++) {
        struct maker maker;
        make_segment(&maker, 0, A, B, ACK, tt_span_str("again"));
        maker.bytes[ETHERNET + 5] = (uint8_t)(i + 1);
        feed_at(outcome, &maker, 5 * US);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "net.duplicate"), 0);
    assert_int_equal(outcome->flows[0].flow.packets[0], 3);
    assert_int_equal(outcome->flows[0].flow.repeated[0], 10);
    outcome_free(outcome);
}

static void test_fragments(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    for (unsigned i = 0; i < 2; i++) {
        struct maker maker = {.len = 0};
        make_ipv4(&maker,
                  (struct ipv4){
                      .protocol = 200, .payload = 8, .id = ID, .offset = i * 8, .more = i == 0});
        make_text(&maker, i == 0 ? "fragment" : " another");
        outcome_feed(outcome, &maker);
        feed_at(outcome, &maker, 5 * US);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 200, "fragment another");
    assert_int_equal(outcome_notes(outcome, "net.duplicate"), 2);
    outcome_free(outcome);
}

/* One packet seen bare and seen inside another one. */
static void test_inside_a_tunnel(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    struct maker inner = {.len = 0};
    make_ipv4(&inner, (struct ipv4){.protocol = 17, .payload = 8 + 4, .id = ID});
    make_udp(&inner, 0, 4);
    make_text(&inner, "once");
    struct maker outer = {.len = 0};
    make_ipv4(&outer, (struct ipv4){.protocol = 4, .payload = inner.len, .id = ID + 1});
    make_bytes(&outer, inner.bytes, inner.len);
    outcome_feed(outcome, &inner);
    feed_at(outcome, &outer, 5 * US);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->flow_count, 1);
    assert_int_equal(outcome_notes(outcome, "net.duplicate"), 1);
    outcome_free(outcome);
}

/* Frames without a time, or made up, are never copies. */
static void test_times_that_say_nothing(void **state)
{
    (void)state;
    struct maker maker;
    make_numbered(&maker, ID, "payload");
    for (unsigned made_up = 0; made_up < 2; made_up++) {
        struct outcome *outcome = outcome_new(1);
        for (unsigned i = 0; i < 2; i++) {
            struct tt_frame frame = {.number = ++outcome->number,
                                     .time = made_up != 0 ? outcome->time : 0,
                                     .flags = made_up != 0 ? TT_FRAME_MADE_UP : 0,
                                     .link = 1,
                                     .original_len = (uint32_t)maker.len,
                                     .bytes = tt_span_of(maker.bytes, maker.len)};
            assert_int_equal(tt_net_frame(outcome->net, &frame), TT_OK);
        }
        outcome_flush(outcome);
        assert_int_equal(outcome->datagram_count, 2);
        outcome_free(outcome);
    }
}

/* A copy counts from the first one, not from the copy before it. */
static void test_chain_of_copies(void **state)
{
    (void)state;
    struct maker maker;
    make_numbered(&maker, ID, "payload");
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    for (unsigned i = 0; i < 6; i++)
        feed_at(outcome, &maker, (uint64_t)TT_DUPLICATE_MICROSECONDS * US / 2);
    outcome_flush(outcome);
    /* 0, 50 and 100 ms; 150, 200 and 250; 300. */
    assert_int_equal(outcome->datagram_count, 3);
    assert_int_equal(outcome_notes(outcome, "net.duplicate"), 4);
    outcome_free(outcome);
}

/* Beyond what is remembered a copy is a packet like any other: nothing is lost. */
static void test_too_many_packets_between(void **state)
{
    (void)state;
    enum { BETWEEN = 16 * TT_DUPLICATE_PACKETS_MAX };
    struct maker maker;
    make_numbered(&maker, ID, "payload");
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    for (unsigned i = 0; i < BETWEEN; i++) {
        struct maker other;
        make_numbered(&other, 1 + i % 65535, "");
        other.bytes[ETHERNET + 20 + 6] = (uint8_t)(i >> 16); /* the checksum */
        feed_at(outcome, &other, 100);
    }
    feed_at(outcome, &maker, US);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 2);
    assert_int_equal(outcome_notes(outcome, "net.duplicate"), 0);
    outcome_free(outcome);
    /* A thousand are well within. */
    outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    for (unsigned i = 0; i < 1000; i++) {
        struct maker other;
        make_numbered(&other, 1000 + i, "");
        feed_at(outcome, &other, 100);
    }
    feed_at(outcome, &maker, US);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 1);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_unnumbered),
        cmocka_unit_test(test_each_byte),
        cmocka_unit_test(test_other_headers),
        cmocka_unit_test(test_around_the_packet),
        cmocka_unit_test(test_mirrored_connection),
        cmocka_unit_test(test_retransmission),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_inside_a_tunnel),
        cmocka_unit_test(test_times_that_say_nothing),
        cmocka_unit_test(test_chain_of_copies),
        cmocka_unit_test(test_too_many_packets_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
