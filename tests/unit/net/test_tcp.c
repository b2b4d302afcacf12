#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "net/segments.h"
#include "net/tcp.h"

static void test_conversation(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    outcome->flush_pages = true;
    outcome->app = "org.example.app";
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK | PSH, "request");
    feed(outcome, 1, B, A + 7, ACK | PSH, "resp");
    feed(outcome, 1, B + 4, A + 7, ACK | PSH | FIN, "onse");
    feed(outcome, 0, A + 7, B + 9, ACK | FIN, "");
    feed(outcome, 1, B + 9, A + 8, ACK, "");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_stream(outcome, 1, 0, "request");
    assert_stream(outcome, 1, 1, "response");
    assert_int_equal(outcome->flows[0].heard[0], 1 + 0);
    assert_int_equal(outcome->flows[0].heard[1], 1 + 7);
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_int_equal(flow->transport, TT_TRANSPORT_TCP);
    assert_int_equal(flow->kind, 0);
    assert_true(flow->initiator_known);
    assert_int_equal(flow->ends[0].port, CLIENT_PORT);
    assert_int_equal(flow->ends[0].mac.bytes[5], 1);
    assert_int_equal(flow->ends[1].mac.bytes[5], 2);
    assert_int_equal(flow->rtt_syn, 1000000);
    assert_int_equal(flow->rtt_ack, 1000000);
    assert_true(flow->third_step);
    assert_int_equal(flow->packets[0], 4);
    assert_int_equal(flow->packets[1], 4);
    assert_int_equal(flow->bytes[0], 7);
    assert_int_equal(flow->bytes[1], 8);
    assert_int_equal(flow->lost[0] + flow->lost[1] + flow->repeated[0] + flow->repeated[1], 0);
    assert_string_equal(flow->app, "org.example.app");
    assert_int_equal(outcome->note_count, 0);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.link_bytes, 8 * 54);
    outcome_free(outcome);
}

/* What a sender had read when it sent a segment stays with the segment while that is held. */
static void test_heard_of_held_segments(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK | PSH, "one");
    feed(outcome, 1, B + 3, A + 3, ACK | PSH, "late"); /* behind a hole */
    feed(outcome, 0, A + 3, B + 7, ACK | PSH, "two");
    feed(outcome, 0, A + 6, B + 7, ACK | PSH, "three");
    feed(outcome, 1, B, A + 3, ACK | PSH, "was");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 1, "waslate");
    assert_int_equal(outcome->flows[0].heard[1], 1 + 3);
    assert_int_equal(outcome->flows[0].heard[0], 1 + 7);
    outcome_free(outcome);
}

/* What stands behind a packet in the capture alone is no payload, not even of a cut packet. */
static void test_trailers_are_overhead(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    struct tt_net_totals before;
    tt_net_totals(outcome->net, &before);
    outcome->trailer_len = 3;
    feed(outcome, 0, A, B, ACK | PSH, "requestXYZ");
    outcome->trailer_len = 255; /* more than there is: a lie */
    feed(outcome, 0, A + 10, B, ACK | PSH, "more");
    outcome_flush(outcome);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.link_bytes - before.link_bytes, 2 * 54 + 3);
    assert_int_equal(outcome->flows[0].flow.bytes[0], 7 + 4);
    outcome_free(outcome);
}

/* The end comes as soon as the FIN is reached, not when the flow is closed. */
static void test_end_comes_with_the_fin(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 1, B, A, ACK | FIN, "bye");
    assert_true(outcome->flows[0].ended[1]);
    assert_false(outcome->flows[0].ended[0]);
    outcome_flush(outcome);
    assert_non_null(strstr((const char *)outcome->log.data,
                           "chunk 1 1 flags 0 at 0 gap 0 len 3 frames 4-4\n"
                           "chunk 1 1 flags 1 at 3 gap 0 len 0 frames 4-4\n"
                           "chunk 1 0 flags 1 at 0 gap 0 len 0 frames 4-4\n"
                           "close 1\n"));
    outcome_free(outcome);
}

static void test_syn_with_data(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 0, A - 1, 0, SYN, "early");
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    /* Not taken by the server: sent again, and more. */
    feed(outcome, 0, A, B, ACK, "early data");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "early data");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 5);
    outcome_free(outcome);
}

static void test_syn_ack_first(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 0, A + 3, B, ACK, "lo"); /* out of order: the start is known all the same */
    feed(outcome, 0, A, B, ACK, "hel");
    outcome_flush(outcome);
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_int_equal(flow->ends[0].port, CLIENT_PORT);
    assert_true(flow->initiator_known);
    assert_int_equal(flow->rtt_syn, 0);
    assert_stream(outcome, 1, 0, "hello");
    outcome_free(outcome);
}

static void test_syn_ack_before_its_syn(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 0, A - 1, 0, SYN, "");
    feed(outcome, 0, A, B, ACK, "hello");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_stream(outcome, 1, 0, "hello");
    outcome_free(outcome);
}

static void test_simultaneous_open(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 0, A - 1, 0, SYN, "");
    feed(outcome, 1, B - 1, 0, SYN, "");
    feed(outcome, 0, A - 1, B, SYN | ACK, "");
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 0, A, B, ACK, "one");
    feed(outcome, 1, B, A, ACK, "two");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_stream(outcome, 1, 0, "one");
    assert_stream(outcome, 1, 1, "two");
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

static void test_who_opened_without_syn(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 1, B, A, ACK, "answer");
    feed(outcome, 0, A, B + 6, ACK, "question");
    outcome_flush(outcome);
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_int_equal(flow->ends[1].port, SERVER_PORT);
    assert_false(flow->initiator_known);
    assert_stream(outcome, 1, 1, "answer");
    assert_stream(outcome, 1, 0, "question");
    outcome_free(outcome);
}

/* A SYN with another number between the same ends is another connection. */
static void test_ports_used_again(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK, "first");
    feed(outcome, 0, A - 1, 0, SYN, ""); /* a late copy of the old one */
    assert_int_equal(outcome->flow_count, 1);
    feed(outcome, 0, 70000, 0, SYN, "");
    assert_int_equal(outcome->flow_count, 2);
    assert_true(outcome->flows[0].closed);
    feed(outcome, 1, 90000, 70001, SYN | ACK, "");
    feed(outcome, 0, 70001, 90001, ACK, "second");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 2);
    assert_stream(outcome, 1, 0, "first");
    assert_stream(outcome, 2, 0, "second");
    assert_int_equal(outcome->flows[1].flow.rtt_syn, 1000000);
    outcome_free(outcome);
}

static void test_new_connection_after_one_without_syn(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 0, 4000000, 3000000, ACK, "old");
    feed(outcome, 1, 3000000, 4000003, ACK, "old");
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK, "new");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 2);
    assert_stream(outcome, 1, 0, "old");
    assert_stream(outcome, 2, 0, "new");
    outcome_free(outcome);
}

/* A SYN-ACK that answers another SYN is not of this connection. */
static void test_false_answer(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 0, A - 1, 0, SYN, "");
    feed(outcome, 1, 777777, A + 123456, SYN | ACK, "lie");
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 0, A, B, ACK, "hello");
    feed(outcome, 1, B, A + 5, ACK, "world");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "hello");
    assert_stream(outcome, 1, 1, "world");
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 6, "lie");
    assert_int_equal(outcome_notes(outcome, "tcp.false_answer"), 1);
    outcome_free(outcome);
}

/* After both FINs, and after a RST, late packets still belong to the flow; then it is closed. */
static void test_linger(void **state)
{
    (void)state;
    for (unsigned reset = 0; reset < 2; reset++) {
        struct outcome *outcome = outcome_new(1);
        feed_handshake(outcome);
        if (reset == 0) {
            feed(outcome, 0, A, B, ACK | FIN, "x");
            feed(outcome, 1, B, A + 2, ACK | FIN, "");
            feed(outcome, 0, A + 2, B + 1, ACK, "");
        } else {
            feed(outcome, 0, A, B, ACK, "x");
            feed(outcome, 0, A + 1, B, RST, "");
        }
        outcome_wait(outcome, 5);
        feed(outcome, 0, A, B, ACK, "x");
        assert_int_equal(outcome->flow_count, 1);
        assert_false(outcome->flows[0].closed);
        outcome_wait(outcome, TT_FLOW_LINGER_SECONDS + 1);
        struct maker maker;
        make_datagram(&maker, 0, tt_span_str("other"));
        outcome_feed(outcome, &maker);
        assert_true(outcome->flows[0].closed);
        assert_stream(outcome, 1, 0, "x");
        assert_int_equal(outcome->flows[0].flow.repeated[0], 1);
        outcome_flush(outcome);
        outcome_free(outcome);
    }
}

/* Data on its way when the RST passed is still of the stream. */
static void test_data_after_reset(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 1, B, A, ACK, "one ");
    feed(outcome, 0, A, 0, RST, "");
    feed(outcome, 1, B + 4, A, ACK, "two");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_stream(outcome, 1, 1, "one two");
    outcome_free(outcome);
}

static void test_reset_with_a_text(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 1, B, A, RST | ACK, "go away");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 1, "");
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 6, "go away");
    assert_int_equal(outcome_notes(outcome, "tcp.reset_data"), 1);
    outcome_free(outcome);
}

static void test_fin_before_its_data(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A + 5, B, ACK | FIN, "");
    assert_false(outcome->flows[0].ended[0]);
    feed(outcome, 0, A, B, ACK, "hello");
    assert_true(outcome->flows[0].ended[0]);
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "hello");
    outcome_free(outcome);
}

static void test_false_fin(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A + 5, B, ACK, " world");
    feed(outcome, 0, A + 5, B, ACK | FIN, ""); /* in front of bytes that were sent */
    feed(outcome, 0, A, B, ACK, "hello");
    feed(outcome, 0, A + 11, B, ACK, "!");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "hello world!");
    assert_int_equal(outcome_notes(outcome, "tcp.false_fin"), 1);
    outcome_free(outcome);
}

static void test_data_behind_the_end(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK | FIN, "hello");
    feed(outcome, 0, A + 3, B, ACK, "lo and more");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "hello");
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 6, " and more");
    assert_int_equal(outcome_notes(outcome, "tcp.after_end"), 1);
    assert_int_equal(outcome->flows[0].flow.repeated[0], 2);
    outcome_free(outcome);
}

/* The FIN says that bytes are missing, nothing else does. */
static void test_gap_before_the_fin(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK, "ab");
    feed(outcome, 0, A + 5, B, ACK | FIN, "");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "ab___");
    assert_int_equal(outcome->flows[0].flow.lost[0], 3);
    assert_int_equal(outcome_notes(outcome, "tcp.gap"), 1);
    outcome_free(outcome);
}

/* The other side has received more than was captured. */
static void test_acknowledged_tail(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK, "ab");
    feed(outcome, 1, B, A + 2 + 4, ACK, "");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "ab____");
    assert_int_equal(outcome->flows[0].flow.lost[0], 4);
    outcome_free(outcome);
    /* One more is the FIN. */
    outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK, "ab");
    feed(outcome, 1, B, A + 2 + 1, ACK, "");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "ab");
    outcome_free(outcome);
}

/* A capture of one direction: the acknowledgements tell how much the other one lost. */
static void test_unseen_direction(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 0, A, B, ACK, "get");
    for (unsigned i = 1; i <= 40; i++)
        feed(outcome, 0, A + 3, B + i * 1000000, ACK, "");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "get");
    assert_int_equal(outcome->flows[0].flow.lost[1], 40000000);
    assert_int_equal(outcome->flows[0].next[1], 40000000);
    outcome_free(outcome);
}

/* ---- odd, but right ---- */

/* The urgent byte stays where it was sent. */
static void test_urgent_data(void **state)
{
    (void)state;
    enum { URG = 32, POINTER = 54 - 2 };
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    struct maker maker;
    make_segment(&maker, 0, A, B, ACK | URG, tt_span_str("normal!urgent"));
    maker.bytes[POINTER + 1] = 7;
    outcome_feed(outcome, &maker);
    make_segment(&maker, 0, A + 13, B, ACK | URG, tt_span_str("."));
    maker.bytes[POINTER] = 0xff;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "normal!urgent.");
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* Keep-alives with and without the last byte, and their answers. */
static void test_keep_alives(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK, "hello");
    for (unsigned i = 0; i < 20; i++) {
        outcome_wait(outcome, 60);
        feed(outcome, 0, A + 4, B, ACK, i % 2 == 0 ? "" : "x"); /* the byte may be any */
        feed(outcome, 1, B, A + 5, ACK, "");
    }
    feed(outcome, 0, A + 5, B, ACK, " world");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_stream(outcome, 1, 0, "hello world");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 10);
    assert_int_equal(outcome->note_count, 0);
    assert_int_equal(outcome->datagram_count, 0);
    outcome_free(outcome);
}

/* A probe brings the next byte, which the receiver refuses until its window opens. */
static void test_zero_window_probe(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK, "full");
    for (unsigned i = 0; i < 12; i++) {
        feed(outcome, 0, A + 4, B, ACK, " ");
        feed(outcome, 1, B, A + 4, ACK, "");
    }
    feed(outcome, 0, A + 4, B, ACK, " again");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "full again");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 12);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

static void test_simultaneous_close(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK | FIN, "one");
    feed(outcome, 1, B, A, ACK | FIN, "two");
    feed(outcome, 0, A + 4, B + 4, ACK, "");
    assert_null(outcome->net->flows.closing.oldest);
    feed(outcome, 1, B + 4, A + 4, ACK, "");
    assert_non_null(outcome->net->flows.closing.oldest);
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "one");
    assert_stream(outcome, 1, 1, "two");
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* A FIN sent again, alone, with its data, and with part of them. */
static void test_fin_again(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK | FIN, "hello");
    feed(outcome, 0, A + 5, B, ACK | FIN, "");
    feed(outcome, 0, A, B, ACK | FIN, "hello");
    feed(outcome, 0, A + 3, B, ACK | FIN, "lo");
    feed(outcome, 1, B, A + 6, ACK, "still here");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "hello");
    assert_stream(outcome, 1, 1, "still here");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 7);
    assert_int_equal(outcome->flows[0].flow.lost[0], 0);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* A FIN in the middle of what was sent out of order is none. */
static void test_fin_in_the_middle(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_handshake(outcome);
    feed(outcome, 0, A + 3, B, ACK, "def");
    feed(outcome, 0, A, B, ACK | FIN, "abc");
    feed(outcome, 0, A + 6, B, ACK | FIN, "ghi");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "abcdefghi");
    assert_int_equal(outcome->datagram_count, 0);
    outcome_free(outcome);
}

/* Nothing but SYNs, some refused: each is a flow with two ends and no bytes. */
static void test_half_open(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    for (unsigned i = 0; i < 20; i++) {
        struct maker maker;
        make_segment(&maker, 0, A - 1, 0, SYN, tt_span_str(""));
        maker.bytes[14 + 20 + 1] = (uint8_t)i;
        outcome_feed(outcome, &maker);
        make_segment(&maker, 1, 0, A, RST | ACK, tt_span_str(""));
        maker.bytes[14 + 20 + 3] = (uint8_t)i;
        if (i % 2 != 0)
            outcome_feed(outcome, &maker);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 20);
    assert_int_equal(outcome->bytes, 0);
    assert_int_equal(outcome->note_count, 0);
    for (size_t i = 0; i < 20; i++)
        assert_true(outcome->flows[i].flow.initiator_known);
    outcome_free(outcome);
}

/* A sender whose every connection begins with the same number. */
static void test_the_same_number_again(void **state)
{
    (void)state;
    for (unsigned reset = 0; reset < 2; reset++) {
        static const char *const texts[] = {"first", "other"};
        struct outcome *outcome = outcome_new(1);
        for (unsigned i = 0; i < 2; i++) {
            feed_handshake(outcome);
            feed(outcome, 0, A, B, ACK, texts[i]);
            if (reset != 0) {
                feed(outcome, 1, B, A + 5, RST | ACK, "");
            } else {
                feed(outcome, 0, A + 5, B, ACK | FIN, "");
                feed(outcome, 1, B, A + 6, ACK | FIN, "");
                feed(outcome, 0, A + 6, B + 1, ACK, "");
            }
        }
        outcome_flush(outcome);
        assert_int_equal(outcome->flow_count, 2);
        assert_stream(outcome, 1, 0, "first");
        assert_stream(outcome, 2, 0, "other");
        assert_int_equal(outcome->note_count, 0);
        outcome_free(outcome);
    }
    /* Refused and tried again, it is one attempt. */
    struct outcome *outcome = outcome_new(1);
    for (unsigned i = 0; i < 3; i++) {
        feed(outcome, 0, A - 1, 0, SYN, "");
        feed(outcome, 1, 0, A, RST | ACK, "");
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    outcome_free(outcome);
}

/* What the network card would cut up: longer than IP can say. */
static void test_giant_segment(void **state)
{
    (void)state;
    enum { LEN = 68000 };
    static uint8_t bytes[LEN];
    for (size_t i = 0; i < LEN; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    struct outcome *outcome = outcome_new(101);
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 6, .no_total = true});
    make_tcp(&maker, 0, A, B, ACK);
    make_bytes(&maker, bytes, LEN);
    outcome_feed(outcome, &maker);
    maker.len = 0;
    make_ipv4(&maker, (struct ipv4){.protocol = 6, .payload = 20 + 4});
    make_tcp(&maker, 0, A + LEN, B, ACK);
    make_text(&maker, "tail");
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    struct tt_span stream = tt_buf_span(&outcome->flows[0].stream[0]);
    assert_int_equal(stream.len, LEN + 4);
    assert_memory_equal(stream.data, bytes, LEN);
    assert_memory_equal(stream.data + LEN, "tail", 4);
    outcome_free(outcome);
}

static void test_bad_headers(void **state)
{
    (void)state;
    struct maker maker;
    make_segment(&maker, 0, A, B, ACK, tt_span_str("payload"));
    for (unsigned words = 0; words < 16; words++) {
        struct outcome *outcome = outcome_new(1);
        maker.bytes[14 + 20 + 12] = (uint8_t)(words << 4);
        outcome->flush_pages = true;
        outcome_feed(outcome, &maker);
        outcome_flush(outcome);
        bool bad = words < 5 || words > 6;
        assert_int_equal(outcome_notes(outcome, "tcp.header"), bad ? 1 : 0);
        assert_int_equal(outcome->bytes, bad ? 27 : words == 5 ? 7 : 3);
        assert_int_equal(outcome->flows[0].flow.transport,
                         bad ? TT_TRANSPORT_IP : TT_TRANSPORT_TCP);
        outcome_free(outcome);
    }
}

static void test_equal_ends(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 6, .payload = 24});
    make_tcp(&maker, 0, A, B, ACK);
    make_text(&maker, "self");
    memcpy(maker.bytes + 16, maker.bytes + 12, 4);
    memcpy(maker.bytes + 22, maker.bytes + 20, 2);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "self");
    outcome_free(outcome);
}

static void test_memory_of_a_flow(void **state)
{
    (void)state;
    /* A million of them are to fit into a gigabyte, with the table and what run/ adds. */
    assert_true(sizeof(struct tt_tcp) <= 384);
    assert_true(sizeof(struct tt_conn) <= 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversation),
        cmocka_unit_test(test_end_comes_with_the_fin),
        cmocka_unit_test(test_heard_of_held_segments),
        cmocka_unit_test(test_trailers_are_overhead),
        cmocka_unit_test(test_syn_with_data),
        cmocka_unit_test(test_syn_ack_first),
        cmocka_unit_test(test_syn_ack_before_its_syn),
        cmocka_unit_test(test_simultaneous_open),
        cmocka_unit_test(test_who_opened_without_syn),
        cmocka_unit_test(test_ports_used_again),
        cmocka_unit_test(test_new_connection_after_one_without_syn),
        cmocka_unit_test(test_false_answer),
        cmocka_unit_test(test_linger),
        cmocka_unit_test(test_data_after_reset),
        cmocka_unit_test(test_reset_with_a_text),
        cmocka_unit_test(test_fin_before_its_data),
        cmocka_unit_test(test_false_fin),
        cmocka_unit_test(test_data_behind_the_end),
        cmocka_unit_test(test_gap_before_the_fin),
        cmocka_unit_test(test_acknowledged_tail),
        cmocka_unit_test(test_unseen_direction),
        cmocka_unit_test(test_urgent_data),
        cmocka_unit_test(test_keep_alives),
        cmocka_unit_test(test_zero_window_probe),
        cmocka_unit_test(test_simultaneous_close),
        cmocka_unit_test(test_fin_again),
        cmocka_unit_test(test_fin_in_the_middle),
        cmocka_unit_test(test_half_open),
        cmocka_unit_test(test_the_same_number_again),
        cmocka_unit_test(test_giant_segment),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_equal_ends),
        cmocka_unit_test(test_memory_of_a_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
