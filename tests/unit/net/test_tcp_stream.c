#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "net/outcome.h"

enum { B = 5000 }; /* where the other side stands */

static void feed(struct outcome *outcome, uint32_t seq, struct tt_span data)
{
    struct maker maker;
    make_segment(&maker, 0, seq, B, ACK, data);
    outcome_feed(outcome, &maker);
}

static void feed_text(struct outcome *outcome, uint32_t seq, const char *text)
{
    feed(outcome, seq, tt_span_str(text));
}

/* The other side expects `ack`. */
static void feed_ack(struct outcome *outcome, uint32_t ack)
{
    struct maker maker;
    make_segment(&maker, 1, B, ack, ACK, tt_span_str(""));
    outcome_feed(outcome, &maker);
}

/* A flow whose first byte of direction 0 has `seq`. */
static struct outcome *begin(uint32_t seq)
{
    struct outcome *outcome = outcome_new(1);
    struct maker maker;
    make_segment(&maker, 0, seq - 1, 0, SYN, tt_span_str(""));
    outcome_feed(outcome, &maker);
    make_segment(&maker, 1, B - 1, seq, SYN | ACK, tt_span_str(""));
    outcome_feed(outcome, &maker);
    return outcome;
}

/* ---- order ---- */

static const char PIECES[5][5] = {"aaaa", "bbb", "ccccc", "dd", "e"};

static uint32_t piece_at(size_t piece)
{
    size_t at = 0;
    for (size_t i = 0; i < piece; i++)
        at += strnlen(PIECES[i], 5);
    return (uint32_t)at;
}

/* Order number `n` of 120. */
static void permute(unsigned n, size_t order[5])
{
    size_t left[5] = {0, 1, 2, 3, 4};
    for (size_t i = 0; i < 5; i++) {
        size_t at = n % (5 - i);
        n /= (unsigned)(5 - i);
        order[i] = left[at];
        memmove(left + at, left + at + 1, (4 - at) * sizeof(left[0]));
    }
}

/* Behind a SYN, and (up to 4 of them out of order) without one; also over the wrap. */
static void check_permutation(unsigned n, bool syn, uint32_t seq)
{
    struct outcome *outcome = syn ? begin(seq) : outcome_new(1);
    outcome->flush_pages = n % 10 == 0;
    size_t order[5];
    permute(n, order);
    for (size_t i = 0; i < 5; i++) {
        const char *text = PIECES[order[i]];
        feed(outcome, seq + piece_at(order[i]), tt_span_of(text, strnlen(text, 5)));
    }
    outcome_flush(outcome);
    bool first_is_late = order[4] == 0;
    if (syn || !first_is_late) {
        assert_stream(outcome, 1, 0, "aaaabbbcccccdde");
        assert_int_equal(outcome->note_count, 0);
        assert_int_equal(outcome->datagram_count, 0);
    } else {
        /* Too late to be the beginning, but not lost. */
        assert_stream(outcome, 1, 0, "bbbcccccdde");
        assert_datagram(outcome, 0, TT_TRANSPORT_IP, 6, "aaaa");
        assert_int_equal(outcome_notes(outcome, "tcp.before_start"), 1);
    }
    outcome_free(outcome);
}

static void test_all_orders_of_five(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 120; n++) {
        check_permutation(n, true, 1000);
        check_permutation(n, true, UINT32_MAX - 6);
        check_permutation(n, false, 1000);
        check_permutation(n, false, UINT32_MAX - 6);
    }
}

/* Each byte has a segment of its own, and each chunk its frame. */
static void test_frames_of_held_bytes(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 102, "c");
    feed_text(outcome, 101, "b");
    feed_text(outcome, 100, "a");
    outcome_flush(outcome);
    assert_non_null(strstr((const char *)outcome->log.data,
                           "chunk 1 0 flags 0 at 0 gap 0 len 1 frames 5-5\n"
                           "chunk 1 0 flags 0 at 1 gap 0 len 1 frames 4-4\n"
                           "chunk 1 0 flags 0 at 2 gap 0 len 1 frames 3-3\n"));
    outcome_free(outcome);
}

/* ---- copies ---- */

static void test_retransmission(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 100, "hello");
    feed_text(outcome, 100, "hello");
    feed_text(outcome, 102, "llo wor");
    feed_text(outcome, 109, "ld");
    feed_text(outcome, 103, "lo");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "hello world");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 5 + 3 + 2);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

static void test_overlap_of_held_bytes(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 104, "efgh");
    feed_text(outcome, 102, "cdef");
    feed_text(outcome, 106, "ghij");
    feed_text(outcome, 100, "abcdefghijkl");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "abcdefghijkl");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 2 + 2 + 8);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* The first copy wins, and a note tells. */
static void test_conflict(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 104, "efgh");
    feed_text(outcome, 102, "cdXX");
    assert_int_equal(outcome_notes(outcome, "tcp.overlap_conflict"), 1);
    feed_text(outcome, 100, "abcdYYgh");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "abcdefgh");
    assert_int_equal(outcome_notes(outcome, "tcp.overlap_conflict"), 2);
    outcome_free(outcome);
}

static void test_keep_alive(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed(outcome, 99, tt_span_of("", 1)); /* before any data */
    feed_text(outcome, 100, "hello");
    feed(outcome, 104, tt_span_of("", 1));
    feed_text(outcome, 105, " world");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "hello world");
    assert_int_equal(outcome->note_count, 0);
    assert_int_equal(outcome->datagram_count, 0);
    assert_int_equal(outcome->flows[0].flow.repeated[0], 2);
    outcome_free(outcome);
}

/* ---- gaps ---- */

static void test_gap_at_the_end_of_the_flow(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 100, "abc");
    feed_text(outcome, 105, "fgh");
    feed_text(outcome, 110, "klm");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "abc__fgh__klm");
    assert_int_equal(outcome->flows[0].flow.lost[0], 4);
    assert_int_equal(outcome_notes(outcome, "tcp.gap"), 2);
    outcome_free(outcome);
}

/* An acknowledged hole is given up, but not at once: its bytes may still come. */
static void test_acknowledged_hole(void **state)
{
    (void)state;
    for (unsigned filled = 0; filled < 2; filled++) {
        struct outcome *outcome = begin(100);
        feed_text(outcome, 100, "abc");
        feed_text(outcome, 105, "fgh");
        feed_ack(outcome, 108);
        assert_int_equal(outcome->flows[0].next[0], 3);
        if (filled != 0) {
            feed_ack(outcome, 108);
            feed_text(outcome, 103, "de");
            assert_int_equal(outcome->flows[0].next[0], 8);
        } else {
            for (unsigned i = 0; i < 8; i++)
                feed_ack(outcome, 108);
            /* The flow goes on, and the bytes are out. */
            assert_int_equal(outcome->flows[0].next[0], 8);
        }
        feed_text(outcome, 108, "ijk");
        outcome_flush(outcome);
        assert_stream(outcome, 1, 0, filled != 0 ? "abcdefghijk" : "abc__fghijk");
        outcome_free(outcome);
    }
}

/* A hole that the receiver does not have either is waited for. */
static void test_unacknowledged_hole(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 100, "abc");
    for (unsigned i = 0; i < 100; i++) {
        feed_text(outcome, 105 + i, "x");
        feed_ack(outcome, 103);
    }
    assert_int_equal(outcome->flows[0].next[0], 3);
    feed_text(outcome, 103, "de");
    assert_int_equal(outcome->flows[0].next[0], 105);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.lost[0], 0);
    outcome_free(outcome);
}

static void test_many_segments_behind_a_hole(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    for (unsigned i = 0; i <= TT_REORDER_SEGMENTS_MAX; i++)
        feed_text(outcome, 101 + i, "x");
    assert_int_equal(outcome->flows[0].next[0], 1 + TT_REORDER_SEGMENTS_MAX + 1);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.lost[0], 1);
    outcome_free(outcome);
}

static void test_many_bytes_behind_a_hole(void **state)
{
    (void)state;
    static uint8_t big[40000];
    struct outcome *outcome = begin(100);
    uint32_t at = 101;
    for (unsigned i = 0; i < 40; i++) {
        feed(outcome, at, tt_span_of(big, sizeof(big)));
        at += (uint32_t)sizeof(big);
        assert_true(outcome->net->held.used <= TT_REORDER_FLOW_MAX + 65536);
    }
    assert_int_equal(outcome->flows[0].next[0], 1 + 40 * sizeof(big));
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.lost[0], 1);
    outcome_free(outcome);
}

/* Over the cap of all flows, the one that has held for the longest time gives up. */
static void test_all_flows_hold_too_much(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    outcome->net->held.max = 4000;
    for (unsigned flow = 0; flow < 100; flow++) {
        struct maker maker;
        for (unsigned i = 0; i < 2; i++) {
            make_segment(&maker, 0, i == 0 ? 99 : 101, 0, i == 0 ? SYN : ACK,
                         tt_span_str(i == 0 ? "" : "x"));
            maker.bytes[14 + 20 + 1] = (uint8_t)flow; /* the port */
            outcome_feed(outcome, &maker);
        }
        assert_true(outcome->net->held.used <= 4000 + 400);
    }
    assert_int_equal(outcome->flows[0].next[0], 2);
    assert_int_equal(outcome->flows[99].next[0], 0);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 100);
    assert_int_equal(outcome_notes(outcome, "tcp.gap"), 100);
    outcome_free(outcome);
}

/* ---- the snaplen ---- */

static void feed_cut(struct outcome *outcome, uint32_t seq, const char *text, size_t captured)
{
    struct maker maker;
    make_segment(&maker, 0, seq, B, ACK, tt_span_str(text));
    outcome_feed_cut(outcome, &maker, 54 + captured);
}

static void test_cut_segments(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_cut(outcome, 100, "abcdef", 2);
    feed_cut(outcome, 110, "klmnop", 3);
    feed_cut(outcome, 106, "ghij", 4);
    feed_cut(outcome, 116, "qrst", 0);
    feed_cut(outcome, 120, "uv", 2);
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "ab____ghijklm_______uv");
    assert_int_equal(outcome->flows[0].flow.lost[0], 4 + 3 + 4);
    assert_int_equal(outcome_notes(outcome, "tcp.gap"), 0);
    assert_int_equal(outcome_notes(outcome, "tcp.cut"), 3);
    assert_non_null(
        strstr((const char *)outcome->log.data, "chunk 1 0 flags 4 at 0 gap 0 len 2 frames 3-3\n"));
    outcome_free(outcome);
}

/* Nothing but headers: all is lost, and told. */
static void test_headers_only(void **state)
{
    (void)state;
    for (unsigned syn = 0; syn < 2; syn++) {
        struct outcome *outcome = syn != 0 ? begin(100) : outcome_new(1);
        for (unsigned i = 0; i < 20; i++)
            feed_cut(outcome, 100 + i * 10, "0123456789", 0);
        outcome_flush(outcome);
        assert_int_equal(outcome->bytes, 0);
        assert_int_equal(outcome->flows[0].flow.lost[0], 200);
        assert_int_equal(outcome->flows[0].next[0], 200);
        outcome_free(outcome);
    }
}

/* The cut may run through the options of the header. */
static void test_cut_in_the_header(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x0800);
    make_ipv4(&maker, (struct ipv4){.protocol = 6, .payload = 20 + 12 + 5});
    make_tcp(&maker, 0, 100, B, ACK);
    maker.bytes[14 + 20 + 12] = 0x80;
    make_fill(&maker, 1, 12);
    make_text(&maker, "hello");
    outcome_feed_cut(outcome, &maker, 14 + 20 + 25);
    feed_text(outcome, 105, "world");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "_____world");
    outcome_free(outcome);
}

/* ---- beginnings and strays ---- */

static void test_start_without_syn(void **state)
{
    (void)state;
    /* Alone: comes out at the end. */
    struct outcome *outcome = outcome_new(1);
    feed_text(outcome, 100, "alone");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "alone");
    outcome_free(outcome);
    /* The answer releases it. */
    outcome = outcome_new(1);
    feed_text(outcome, 100, "question");
    assert_int_equal(outcome->bytes, 0);
    feed_ack(outcome, 108);
    assert_int_equal(outcome->bytes, 8);
    outcome_flush(outcome);
    outcome_free(outcome);
    /* An acknowledgement before it starts it at once. */
    outcome = outcome_new(1);
    feed_ack(outcome, 100);
    feed_text(outcome, 100, "now");
    assert_int_equal(outcome->bytes, 3);
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "now");
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

static void test_wrap(void **state)
{
    (void)state;
    enum { STEP = 60000, STEPS = 400 };
    static uint8_t bytes[STEP];
    struct outcome *outcome = begin(UINT32_MAX - 12000000);
    uint32_t seq = UINT32_MAX - 12000000;
    for (unsigned i = 0; i < STEPS; i += 2) {
        memset(bytes, (int)i, sizeof(bytes));
        feed(outcome, seq + STEP, tt_span_of(bytes, sizeof(bytes)));
        feed(outcome, seq, tt_span_of(bytes, sizeof(bytes)));
        seq += 2 * STEP;
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.bytes[0], STEP * STEPS);
    assert_int_equal(outcome->flows[0].flow.lost[0], 0);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* Offsets go on beyond 4 GiB, though most of it is lost: the acknowledgements lead there. */
static void test_beyond_4_gib(void **state)
{
    (void)state;
    enum { STEP = 16000000, STEPS = 600 };
    struct outcome *outcome = begin(100);
    for (uint32_t i = 0; i < STEPS; i++) {
        feed_ack(outcome, 100 + i * STEP);
        feed_text(outcome, 100 + i * STEP, "here");
    }
    outcome_flush(outcome);
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_int_equal(flow->bytes[0], STEPS * 4);
    assert_int_equal(outcome->flows[0].next[0], (uint64_t)STEP * (STEPS - 1) + 4);
    assert_int_equal(flow->lost[0], (uint64_t)(STEP - 4) * (STEPS - 1));
    assert_int_equal(outcome->datagram_count, 0);
    outcome_free(outcome);
}

/* A retransmission that differs from what was handed on is counted; what it adds is read. */
static void test_longer_retransmission(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 100, "abc");
    feed_text(outcome, 100, "ABCdef");
    feed_text(outcome, 104, "EFghi");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "abcdefghi");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 3 + 2);
    outcome_free(outcome);
}

static void test_far_segment(void **state)
{
    (void)state;
    static const uint32_t distances[] = {100000000, 2147483648, 4000000000};
    for (size_t i = 0; i < TT_ARRAY_LEN(distances); i++) {
        struct outcome *outcome = begin(100);
        feed_text(outcome, 100, "abc");
        feed_text(outcome, 103 + distances[i], "stray");
        feed_text(outcome, 103, "def");
        outcome_flush(outcome);
        assert_stream(outcome, 1, 0, "abcdef");
        assert_datagram(outcome, 0, TT_TRANSPORT_IP, 6, "stray");
        assert_int_equal(outcome_notes(outcome, "tcp.out_of_window"), 1);
        outcome_free(outcome);
    }
}

/* Two far segments in a row: the capture lost what lies between. */
static void test_long_loss(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 100, "abc");
    feed_text(outcome, 103 + 3000000000U, "one");
    feed_text(outcome, 106 + 3000000000U, "two");
    feed_text(outcome, 109 + 3000000000U, "three");
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 6, "one");
    assert_int_equal(outcome->flows[0].next[0], 3 + 3000000003U + 8);
    assert_int_equal(outcome->flows[0].flow.bytes[0], 11);
    outcome_free(outcome);
}

/* Acknowledged far data is believed at once. */
static void test_acknowledged_loss(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 100, "abc");
    for (uint32_t i = 1; i <= 20; i++)
        feed_ack(outcome, 103 + i * 10000000);
    feed_text(outcome, 103 + 200000000, "def");
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 0);
    assert_int_equal(outcome->flows[0].next[0], 3 + 200000000 + 3);
    assert_int_equal(outcome->flows[0].flow.lost[0], 200000000);
    outcome_free(outcome);
}

/* A wrong acknowledgement does not make a loss. */
static void test_wrong_acknowledgement(void **state)
{
    (void)state;
    struct outcome *outcome = begin(100);
    feed_text(outcome, 100, "abc");
    feed_ack(outcome, 103 + 2000000000);
    feed_text(outcome, 103, "def");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "abcdef");
    assert_int_equal(outcome->flows[0].flow.lost[0], 0);
    outcome_free(outcome);
}

/* ---- random streams ---- */

enum { STREAM = 5000 };

static uint32_t next_random(uint32_t *random)
{
    *random = *random * 1664525 + 1013904223;
    return *random >> 8;
}

/* Shuffles, repeats, overlaps and drops segments of a known stream. What comes out is the stream,
 * but for the bytes that no segment brought. Returns the log, to be freed. */
static struct tt_buf check_random(uint32_t seed, bool acks)
{
    uint32_t random = seed;
    uint8_t stream[STREAM];
    bool sent[STREAM] = {false};
    for (size_t i = 0; i < STREAM; i++)
        stream[i] = (uint8_t)('a' + next_random(&random) % 26);
    uint32_t start = next_random(&random) * 577U;
    struct outcome *outcome = begin(start);
    outcome->flush_pages = seed % 8 == 0;
    size_t window = 0;
    bool first = true;
    while (window < STREAM) {
        size_t at = window + next_random(&random) % 300;
        at = at < STREAM ? at : STREAM - 1;
        size_t len = 1 + next_random(&random) % 120;
        len = len < STREAM - at ? len : STREAM - at;
        feed(outcome, start + (uint32_t)at, tt_span_of(stream + at, len));
        memset(sent + at, 1, len);
        if (acks && next_random(&random) % 4 == 0 && !first)
            feed_ack(outcome, start + (uint32_t)window);
        first = false;
        window += next_random(&random) % 60;
    }
    uint64_t lost = 0;
    size_t last = STREAM;
    while (last > 0 && !sent[last - 1])
        last--;
    outcome_flush(outcome);
    const struct outcome_flow *flow = &outcome->flows[0];
    assert_int_equal(flow->stream[0].len, last);
    for (size_t i = 0; i < last; i++) {
        /* With acknowledgements a hole may be given up before its bytes come. */
        if (!acks || !sent[i] || flow->stream[0].data[i] != GAP_BYTE)
            assert_int_equal(flow->stream[0].data[i], sent[i] ? stream[i] : GAP_BYTE);
        lost += flow->stream[0].data[i] == GAP_BYTE ? 1 : 0;
    }
    assert_int_equal(flow->flow.lost[0], lost);
    assert_int_equal(flow->flow.bytes[0], last - lost);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.link_bytes, 54 * totals.frames);
    assert_int_equal(outcome_notes(outcome, "tcp.overlap_conflict"), 0);
    struct tt_buf log = outcome->log;
    outcome->log = tt_buf_make(1);
    outcome_free(outcome);
    return log;
}

static void test_random_streams(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 200; seed++) {
        struct tt_buf log = check_random(seed, false);
        tt_buf_free(&log);
        log = check_random(seed, true);
        tt_buf_free(&log);
    }
}

/* The random seed of the tables changes nothing. */
static void test_the_same_twice(void **state)
{
    (void)state;
    struct tt_buf one = check_random(77, true);
    struct tt_buf two = check_random(77, true);
    assert_true(tt_span_eq(tt_buf_span(&one), tt_buf_span(&two)));
    tt_buf_free(&one);
    tt_buf_free(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_orders_of_five),
        cmocka_unit_test(test_frames_of_held_bytes),
        cmocka_unit_test(test_retransmission),
        cmocka_unit_test(test_overlap_of_held_bytes),
        cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_gap_at_the_end_of_the_flow),
        cmocka_unit_test(test_acknowledged_hole),
        cmocka_unit_test(test_unacknowledged_hole),
        cmocka_unit_test(test_many_segments_behind_a_hole),
        cmocka_unit_test(test_many_bytes_behind_a_hole),
        cmocka_unit_test(test_all_flows_hold_too_much),
        cmocka_unit_test(test_cut_segments),
        cmocka_unit_test(test_headers_only),
        cmocka_unit_test(test_cut_in_the_header),
        cmocka_unit_test(test_start_without_syn),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_beyond_4_gib),
        cmocka_unit_test(test_longer_retransmission),
        cmocka_unit_test(test_far_segment),
        cmocka_unit_test(test_long_loss),
        cmocka_unit_test(test_acknowledged_loss),
        cmocka_unit_test(test_wrong_acknowledgement),
        cmocka_unit_test(test_random_streams),
        cmocka_unit_test(test_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
