#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "net/outcome.h"

enum { SIZE = 64, PIECE = 8 };

/* UDP in a datagram of SIZE bytes: the header and letters. */
static void make_whole(struct maker *maker)
{
    make_udp(maker, 0, SIZE - 8);
    for (unsigned i = 8; i < SIZE; i++)
        make_u8(maker, 'A' + i % 26);
}

/* Bytes [from, to) of the datagram as a fragment, in IPv4 or IPv6. */
static void feed_fragment(struct outcome *outcome, bool six, unsigned id, unsigned from,
                          unsigned to)
{
    struct maker whole = {.len = 0};
    make_whole(&whole);
    struct maker maker = {.len = 0};
    bool more = to < SIZE;
    if (six) {
        make_ipv6(&maker, 0, 44, 8 + to - from);
        make_ipv6_fragment(&maker, 17, from, more, id);
    } else {
        make_ipv4(
            &maker,
            (struct ipv4){
                .protocol = 17, .payload = to - from, .id = id, .offset = from, .more = more});
    }
    make_bytes(&maker, whole.bytes + from, to - from);
    outcome_feed(outcome, &maker);
}

static void assert_whole(struct outcome *outcome)
{
    struct maker whole = {.len = 0};
    make_whole(&whole);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_UDP);
    const struct tt_buf *bytes = &outcome->datagrams[0].bytes;
    assert_int_equal(bytes->len, SIZE - 8);
    assert_memory_equal(bytes->data, whole.bytes + 8, bytes->len);
}

/* Fragments in the order of `order`, numbers of pieces. */
static void check_order(bool six, const unsigned *order, size_t count)
{
    struct outcome *outcome = outcome_new(101);
    outcome->flush_pages = true;
    for (size_t i = 0; i < count; i++)
        feed_fragment(outcome, six, 7, order[i] * PIECE, (order[i] + 1) * PIECE);
    assert_int_equal(outcome->datagram_count, 1);
    outcome_flush(outcome);
    assert_whole(outcome);
    assert_int_equal(outcome->note_count, 0);
    assert_int_equal(outcome->datagrams[0].first_frame, 1);
    assert_int_equal(outcome->datagrams[0].last_frame, count);
    assert_int_equal(outcome->datagrams[0].part_count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(outcome->datagrams[0].part_frames[order[i]], i + 1);
    outcome_free(outcome);
}

static void test_orders(void **state)
{
    (void)state;
    static const unsigned forward[] = {0, 1, 2, 3, 4, 5, 6, 7};
    static const unsigned backward[] = {7, 6, 5, 4, 3, 2, 1, 0};
    static const unsigned mixed[] = {3, 7, 0, 5, 1, 6, 2, 4};
    for (unsigned six = 0; six < 2; six++) {
        check_order(six != 0, forward, 8);
        check_order(six != 0, backward, 8);
        check_order(six != 0, mixed, 8);
    }
}

static void test_atomic_fragment(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_fragment(outcome, true, 7, 0, SIZE);
    outcome_flush(outcome);
    assert_whole(outcome);
    outcome_free(outcome);
}

/* Datagrams that differ in id, address or protocol do not mix. */
static void test_datagrams_do_not_mix(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_fragment(outcome, false, 1, 0, 32);
    feed_fragment(outcome, false, 2, 32, SIZE);
    feed_fragment(outcome, true, 1, 32, SIZE);
    assert_int_equal(outcome->datagram_count, 0);
    feed_fragment(outcome, false, 1, 32, SIZE);
    assert_int_equal(outcome->datagram_count, 1);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 3);
    assert_int_equal(outcome_notes(outcome, "ip.fragment_incomplete"), 2);
    outcome_free(outcome);
}

static void test_duplicates_and_overlaps(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_fragment(outcome, false, 7, 8, 40);
    feed_fragment(outcome, false, 7, 8, 40);
    feed_fragment(outcome, false, 7, 16, 56);
    feed_fragment(outcome, false, 7, 48, SIZE);
    feed_fragment(outcome, false, 7, 0, 24);
    outcome_flush(outcome);
    assert_whole(outcome);
    assert_int_equal(outcome->note_count, 1);
    assert_int_equal(outcome_notes(outcome, "net.duplicate"), 1);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.repeated_bytes, 32 + 24 + 8 + 16);
    assert_int_equal(totals.link_bytes, 5 * 20 + 8);
    outcome_free(outcome);
}

/* The first copy wins. */
static void test_conflict(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_fragment(outcome, false, 7, 0, 32);
    struct maker maker = {.len = 0};
    make_ipv4(&maker,
              (struct ipv4){.protocol = 17, .payload = 8, .id = 7, .offset = 16, .more = true});
    make_fill(&maker, '#', 8);
    outcome_feed(outcome, &maker);
    feed_fragment(outcome, false, 7, 32, SIZE);
    outcome_flush(outcome);
    assert_whole(outcome);
    assert_int_equal(outcome_notes(outcome, "ip.fragment_conflict"), 1);
    outcome_free(outcome);
}

/* Two last fragments with different ends: the first one says how long the datagram is. */
static void test_two_ends(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_fragment(outcome, false, 7, 32, SIZE);
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 8, .id = 7, .offset = SIZE});
    make_text(&maker, "beyond!!");
    outcome_feed(outcome, &maker);
    feed_fragment(outcome, false, 7, 0, 32);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "ip.fragment_conflict"), 1);
    /* No byte is lost: it goes out as it stands. */
    assert_int_equal(outcome->bytes, SIZE + 8);
    outcome_free(outcome);
}

/* Every fragment may be missing: the others go out, in runs. */
static void test_incomplete(void **state)
{
    (void)state;
    for (unsigned six = 0; six < 2; six++) {
        for (unsigned missing = 0; missing < SIZE / PIECE; missing++) {
            struct outcome *outcome = outcome_new(101);
            for (unsigned i = 0; i < SIZE / PIECE; i++)
                if (i != missing)
                    feed_fragment(outcome, six != 0, 7, i * PIECE, (i + 1) * PIECE);
            outcome_flush(outcome);
            assert_int_equal(outcome->bytes, SIZE - PIECE);
            assert_int_equal(outcome->datagram_count, missing == 0 || missing == 7 ? 1 : 2);
            assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_IP);
            assert_int_equal(outcome->flows[0].flow.kind, 17);
            assert_int_equal(outcome_notes(outcome, "ip.fragment_incomplete"), 1);
            struct maker whole = {.len = 0};
            make_whole(&whole);
            const struct tt_buf *first = &outcome->datagrams[0].bytes;
            assert_memory_equal(first->data, whole.bytes + (missing == 0 ? PIECE : 0), first->len);
            outcome_free(outcome);
        }
    }
}

static void test_timeout(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_fragment(outcome, false, 7, 0, 32);
    outcome_wait(outcome, TT_FRAGMENT_SECONDS - 1);
    feed_fragment(outcome, false, 8, 0, 32);
    assert_int_equal(outcome->datagram_count, 0);
    outcome_wait(outcome, 3);
    feed_fragment(outcome, false, 9, 0, 32);
    assert_int_equal(outcome->datagram_count, 1);
    /* Too late. */
    feed_fragment(outcome, false, 7, 32, SIZE);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "ip.fragment_incomplete"), 4);
    assert_int_equal(outcome->bytes, 4 * 32);
    outcome_free(outcome);
}

/* A frame after a long silence: the datagram that begins with it is young. */
static void test_fragments_after_a_silence(void **state)
{
    (void)state;
    static const unsigned silences[] = {40, 599, 601, 100000};
    for (size_t i = 0; i < TT_ARRAY_LEN(silences); i++) {
        struct outcome *outcome = outcome_new(101);
        feed_fragment(outcome, false, 1, 0, 32);
        feed_fragment(outcome, false, 1, 32, SIZE);
        outcome_wait(outcome, silences[i]);
        feed_fragment(outcome, false, 2, 0, 32);
        feed_fragment(outcome, false, 2, 32, SIZE);
        outcome_flush(outcome);
        assert_int_equal(outcome->datagram_count, 2);
        assert_int_equal(outcome->note_count, 0);
        outcome_free(outcome);
    }
}

static void test_beyond_the_largest_datagram(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 253, .payload = 16, .id = 7, .offset = 65528});
    make_text(&maker, "ping of death!!!");
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "ip.fragment_length"), 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 253, "ping of death!!!");
    outcome_free(outcome);
}

static void test_largest_datagram(void **state)
{
    (void)state;
    enum { TOTAL = 65535, STEP = 1480 };
    struct outcome *outcome = outcome_new(101);
    for (unsigned at = 0; at < TOTAL; at += STEP) {
        unsigned len = TOTAL - at < STEP ? TOTAL - at : STEP;
        struct maker maker = {.len = 0};
        make_ipv4(
            &maker,
            (struct ipv4){
                .protocol = 253, .payload = len, .id = 7, .offset = at, .more = at + len < TOTAL});
        make_fill(&maker, at / STEP, len);
        outcome_feed(outcome, &maker);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->datagrams[0].bytes.len, TOTAL);
    for (unsigned at = 0; at < TOTAL; at += STEP)
        assert_int_equal(outcome->datagrams[0].bytes.data[at], at / STEP);
    outcome_free(outcome);
}

static void test_cut_fragment(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 253, .payload = 16, .id = 7, .more = true});
    make_text(&maker, "0123456789abcdef");
    outcome_feed_cut(outcome, &maker, 30);
    maker.len = 0;
    make_ipv4(&maker, (struct ipv4){.protocol = 253, .payload = 4, .id = 7, .offset = 16});
    make_text(&maker, "last");
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 253, "0123456789");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
    assert_datagram(outcome, 1, TT_TRANSPORT_IP, 253, "last");
    assert_int_equal(outcome->flows[0].flow.lost[0], 6);
    outcome_free(outcome);
}

static void test_too_many_datagrams(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    for (unsigned i = 0; i < TT_FRAGMENTS_MAX + 10; i++)
        feed_fragment(outcome, true, i, 0, 32);
    assert_int_equal(outcome_notes(outcome, "ip.fragment_limit"), 10);
    assert_int_equal(outcome->datagram_count, 10);
    assert_int_equal(outcome->net->fragments.index.count, TT_FRAGMENTS_MAX);
    /* The newest are still there. */
    feed_fragment(outcome, true, TT_FRAGMENTS_MAX + 9, 32, SIZE);
    assert_int_equal(outcome->datagram_count, 11);
    tt_net_free(outcome->net);
    outcome->net = NULL;
    outcome_free(outcome);
}

static void test_too_many_bytes(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    outcome->net->fragments.pool.max = 2000;
    for (unsigned i = 0; i < 100; i++) {
        feed_fragment(outcome, false, i, 0, 32);
        assert_true(outcome->net->fragments.pool.used <= 2000 + 512);
    }
    assert_true(outcome_notes(outcome, "ip.fragment_limit") > 80);
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, 3200);
    outcome_free(outcome);
}

/* One datagram in more fragments than may be held: those that were are read, and it begins anew. */
static void test_too_many_fragments(void **state)
{
    (void)state;
    enum { COUNT = TT_REORDER_SEGMENTS_MAX + 3 };
    struct outcome *outcome = outcome_new(101);
    for (unsigned i = 0; i < COUNT; i++) {
        struct maker maker = {.len = 0};
        make_ipv4(
            &maker,
            (struct ipv4){.protocol = 253, .payload = 8, .id = 7, .offset = 8 * i, .more = true});
        make_text(&maker, "fragment");
        outcome_feed(outcome, &maker);
    }
    assert_int_equal(outcome_notes(outcome, "ip.fragment_limit"), 1);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->datagrams[0].bytes.len, 8 * TT_REORDER_SEGMENTS_MAX);
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, 8 * COUNT);
    outcome_free(outcome);
}

/* A TCP segment in fragments of 8 bytes, the later ones first, in IPv4 and IPv6: the stream is
 * whole, and the frame of each byte is that of its fragment. */
static void test_tcp_in_fragments(void **state)
{
    (void)state;
    enum { PIECES = 4, FIRST = 24 };
    static const char text[] = "abcdefghijklmnopqrstuvwx";
    for (unsigned six = 0; six < 2; six++) {
        struct outcome *outcome = outcome_new(101);
        outcome->flush_pages = true;
        for (unsigned segment = 0; segment < 2; segment++) {
            struct maker whole = {.len = 0};
            make_tcp(&whole, 0, 1000 + segment * 24, 1, ACK);
            make_text(&whole, text);
            for (unsigned i = PIECES; i-- > 0;) {
                unsigned from = i == 0 ? 0 : FIRST + (i - 1) * 8;
                unsigned to = i == PIECES - 1 ? (unsigned)whole.len : FIRST + i * 8;
                struct maker maker = {.len = 0};
                if (six != 0) {
                    make_ipv6(&maker, 0, 44, 8 + to - from);
                    make_ipv6_fragment(&maker, 6, from, to < whole.len, segment);
                } else {
                    make_ipv4(&maker, (struct ipv4){.protocol = 6,
                                                    .payload = to - from,
                                                    .id = segment,
                                                    .offset = from,
                                                    .more = to < whole.len});
                }
                make_bytes(&maker, whole.bytes + from, to - from);
                outcome_feed(outcome, &maker);
            }
        }
        outcome_flush(outcome);
        assert_int_equal(outcome->flow_count, 1);
        assert_stream(outcome, 1, 0, "abcdefghijklmnopqrstuvwxabcdefghijklmnopqrstuvwx");
        assert_int_equal(outcome->note_count, 0);
        assert_non_null(strstr((const char *)outcome->log.data,
                               "chunk 1 0 flags 0 at 0 gap 0 len 4 frames 4-4\n"
                               "chunk 1 0 flags 0 at 4 gap 0 len 8 frames 3-3\n"
                               "chunk 1 0 flags 0 at 12 gap 0 len 8 frames 2-2\n"
                               "chunk 1 0 flags 0 at 20 gap 0 len 4 frames 1-1\n"
                               "chunk 1 0 flags 0 at 24 gap 0 len 4 frames 8-8\n"
                               "chunk 1 0 flags 0 at 28 gap 0 len 8 frames 7-7\n"
                               "chunk 1 0 flags 0 at 36 gap 0 len 8 frames 6-6\n"
                               "chunk 1 0 flags 0 at 44 gap 0 len 4 frames 5-5\n"));
        outcome_free(outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_atomic_fragment),
        cmocka_unit_test(test_datagrams_do_not_mix),
        cmocka_unit_test(test_duplicates_and_overlaps),
        cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_two_ends),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_fragments_after_a_silence),
        cmocka_unit_test(test_beyond_the_largest_datagram),
        cmocka_unit_test(test_largest_datagram),
        cmocka_unit_test(test_cut_fragment),
        cmocka_unit_test(test_too_many_datagrams),
        cmocka_unit_test(test_too_many_bytes),
        cmocka_unit_test(test_too_many_fragments),
        cmocka_unit_test(test_tcp_in_fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
