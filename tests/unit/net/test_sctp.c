#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "net/outcome.h"
#include "net/sctp.h"

enum { DATA = 0, INIT = 1, INIT_ACK = 2, SACK = 3, HEARTBEAT = 4, COOKIE_ECHO = 10, I_DATA = 64 };
enum { E = TT_SCTP_END, B = TT_SCTP_BEGIN, U = TT_SCTP_UNORDERED, WHOLE = B | E };
enum { TAG = 0x5eed, TSN = 1000, HEADERS = 20 + 12 };

/* ---- packets: begin, chunks, feed ---- */

static void begin_packet(struct maker *maker, unsigned from, uint32_t tag)
{
    maker->len = 0;
    make_ipv4(maker, (struct ipv4){.from = from, .protocol = 132});
    make_ports(maker, from);
    make_u32(maker, tag);
    make_u32(maker, 0);
}

static void make_chunk(struct maker *maker, unsigned type, unsigned flags, size_t len)
{
    make_u8(maker, type);
    make_u8(maker, flags);
    make_u16(maker, (unsigned)len);
}

static void make_padding(struct maker *maker, size_t len)
{
    make_fill(maker, 0, (4 - len % 4) % 4);
}

static void make_data_span(struct maker *maker, unsigned flags, uint32_t tsn, struct tt_span data)
{
    make_chunk(maker, DATA, flags, 16 + data.len);
    make_u32(maker, tsn);
    make_u16(maker, 7);
    make_u16(maker, 1);
    make_u32(maker, 46);
    make_bytes(maker, data.data, data.len);
    make_padding(maker, data.len);
}

static void make_data(struct maker *maker, unsigned flags, uint32_t tsn, const char *text)
{
    make_data_span(maker, flags, tsn, tt_span_str(text));
}

struct idata {
    unsigned flags;
    uint32_t tsn;
    unsigned stream;
    uint32_t message;
    uint32_t fragment; /* where flags has no B */
    const char *text;
};

static void make_idata(struct maker *maker, struct idata idata)
{
    size_t len = strlen(idata.text);
    make_chunk(maker, I_DATA, idata.flags, 20 + len);
    make_u32(maker, idata.tsn);
    make_u16(maker, idata.stream);
    make_u16(maker, 0);
    make_u32(maker, idata.message);
    make_u32(maker, (idata.flags & B) != 0 ? 46 : idata.fragment);
    make_text(maker, idata.text);
    make_padding(maker, len);
}

static void end_packet(struct maker *maker)
{
    maker->bytes[2] = (uint8_t)(maker->len >> 8);
    maker->bytes[3] = (uint8_t)maker->len;
}

static void feed_packet(struct outcome *outcome, struct maker *maker)
{
    end_packet(maker);
    outcome_feed(outcome, maker);
}

static void feed_data(struct outcome *outcome, unsigned flags, uint32_t tsn, const char *text)
{
    struct maker maker;
    begin_packet(&maker, 0, TAG);
    make_data(&maker, flags, tsn, text);
    feed_packet(outcome, &maker);
}

static void feed_idata(struct outcome *outcome, struct idata idata)
{
    struct maker maker;
    begin_packet(&maker, 0, TAG);
    make_idata(&maker, idata);
    feed_packet(outcome, &maker);
}

static struct outcome *begin(void)
{
    struct outcome *outcome = outcome_new(101);
    outcome->flush_pages = true;
    return outcome;
}

static void finish(struct outcome *outcome)
{
    outcome_flush(outcome);
    assert_int_equal(outcome->net->sctp_held.used, 0);
    outcome_free(outcome);
}

static void assert_message(struct outcome *outcome, size_t at, const char *text)
{
    assert_datagram(outcome, at, TT_TRANSPORT_SCTP, 0, text);
}

/* ---- associations ---- */

static void make_init(struct maker *maker, unsigned type, const char *parameters)
{
    size_t len = strlen(parameters);
    make_chunk(maker, type, 0, 20 + len);
    make_u32(maker, TAG);
    make_u32(maker, 65536);
    make_u16(maker, 10);
    make_u16(maker, 10);
    make_u32(maker, TSN);
    make_text(maker, parameters);
    make_padding(maker, len);
}

static void test_conversation(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    struct maker maker;
    begin_packet(&maker, 0, 0);
    make_init(&maker, INIT, "");
    feed_packet(outcome, &maker);
    begin_packet(&maker, 1, TAG + 1);
    make_init(&maker, INIT_ACK, "parameters");
    feed_packet(outcome, &maker);
    begin_packet(&maker, 0, TAG);
    make_chunk(&maker, COOKIE_ECHO, 0, 4 + 6);
    make_text(&maker, "cookie");
    make_padding(&maker, 6);
    make_data(&maker, WHOLE, TSN, "question");
    feed_packet(outcome, &maker);
    begin_packet(&maker, 1, TAG + 1);
    make_chunk(&maker, SACK, 0, 16);
    make_fill(&maker, 0, 12);
    make_data(&maker, WHOLE | U, TSN, "answer");
    feed_packet(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 4);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 132, "parameters");
    assert_datagram(outcome, 1, TT_TRANSPORT_IP, 132, "cookie");
    assert_message(outcome, 2, "question");
    assert_message(outcome, 3, "answer");
    assert_int_equal(outcome->datagrams[2].flags, TT_CHUNK_DATAGRAM);
    assert_int_equal(outcome->datagrams[2].first_frame, 3);
    assert_int_equal(outcome->datagrams[3].direction, TT_FROM_RESPONDER);
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_true(flow->initiator_known);
    assert_int_equal(flow->ends[0].port, CLIENT_PORT);
    assert_int_equal(flow->ends[1].port, SERVER_PORT);
    assert_int_equal(flow->packets[0], 2);
    assert_int_equal(flow->packets[1], 2);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* Seen first, the answer tells who asked. */
static void test_init_ack_first(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    struct maker maker;
    begin_packet(&maker, 0, TAG); /* the sender has the larger port */
    make_init(&maker, INIT_ACK, "");
    feed_packet(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.ends[1].port, CLIENT_PORT);
    assert_true(outcome->flows[0].flow.initiator_known);
    outcome_free(outcome);
}

/* Another verification tag: the numbers begin anew. */
static void test_new_association(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    feed_data(outcome, B, TSN, "begun ");
    struct maker maker;
    begin_packet(&maker, 0, TAG + 5);
    make_data(&maker, WHOLE, TSN, "new");
    make_data(&maker, E, TSN + 1, "not of it");
    feed_packet(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_message(outcome, 0, "begun ");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
    assert_message(outcome, 1, "new");
    assert_message(outcome, 2, "not of it");
    assert_int_equal(outcome_notes(outcome, "sctp.incomplete"), 2);
    assert_int_equal(outcome_notes(outcome, "sctp.conflict"), 0);
    finish(outcome);
}

/* ---- messages ---- */

enum { PIECES = 5 };

/* Order number `n` of 120. */
static void permute(unsigned n, size_t order[PIECES])
{
    size_t left[PIECES] = {0, 1, 2, 3, 4};
    for (size_t i = 0; i < PIECES; i++) {
        size_t at = n % (PIECES - i);
        n /= (unsigned)(PIECES - i);
        order[i] = left[at];
        memmove(left + at, left + at + 1, (PIECES - 1 - at) * sizeof(left[0]));
    }
}

/* Two messages, of 3 and 2 fragments, in every order, over the wrap of the numbers. */
static void test_orders(void **state)
{
    (void)state;
    static const struct {
        unsigned flags;
        const char *text;
    } pieces[PIECES] = {{B, "aa"}, {0, "b"}, {E, "cccc"}, {B, "x"}, {E, "yyy"}};
    for (unsigned n = 0; n < 120; n++) {
        for (unsigned interleaved = 0; interleaved < 2; interleaved++) {
            struct outcome *outcome = begin();
            size_t order[PIECES];
            permute(n, order);
            for (size_t i = 0; i < PIECES; i++) {
                size_t at = order[i];
                uint32_t tsn = UINT32_MAX - 1 + (uint32_t)at;
                if (interleaved == 0)
                    feed_data(outcome, pieces[at].flags, tsn, pieces[at].text);
                else
                    feed_idata(outcome, (struct idata){.flags = pieces[at].flags,
                                                       .tsn = tsn,
                                                       .message = at < 3 ? 5 : 6,
                                                       .fragment = (uint32_t)(at < 3 ? at : at - 3),
                                                       .text = pieces[at].text});
            }
            assert_int_equal(outcome->datagram_count, 2);
            outcome_flush(outcome);
            bool swapped = outcome->datagrams[0].bytes.len == 4;
            assert_message(outcome, swapped ? 1 : 0, "aabcccc");
            assert_message(outcome, swapped ? 0 : 1, "xyyy");
            assert_int_equal(outcome->datagrams[1].last_frame, PIECES);
            assert_int_equal(outcome->note_count, 0);
            finish(outcome);
        }
    }
}

static void test_bundled_and_padded(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    struct maker maker;
    begin_packet(&maker, 0, TAG);
    make_data(&maker, WHOLE, TSN, "1234");
    make_data(&maker, WHOLE, TSN + 1, "123");
    make_data(&maker, B, TSN + 2, "12");
    make_data(&maker, E, TSN + 3, "1");
    maker.len -= 3; /* the last one need not be padded */
    feed_packet(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 3);
    assert_message(outcome, 0, "1234");
    assert_message(outcome, 1, "123");
    assert_message(outcome, 2, "121");
    assert_int_equal(outcome->note_count, 0);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.link_bytes, HEADERS + 4 * 16 + 3);
    finish(outcome);
}

/* Messages that are on their way at the same time: of two streams, and ordered and not. */
static void test_interleaved(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    feed_idata(outcome, (struct idata){.flags = B, .tsn = 1, .stream = 1, .text = "on"});
    feed_idata(outcome, (struct idata){.flags = B, .tsn = 2, .stream = 2, .text = "tw"});
    feed_idata(outcome, (struct idata){.flags = B | U, .tsn = 3, .stream = 1, .text = "un"});
    feed_idata(outcome,
               (struct idata){.flags = B, .tsn = 4, .stream = 1, .message = 1, .text = "n"});
    feed_idata(outcome,
               (struct idata){.flags = E, .tsn = 5, .stream = 2, .fragment = 1, .text = "o"});
    feed_idata(
        outcome,
        (struct idata){.flags = E | U, .tsn = 6, .stream = 1, .fragment = 1, .text = "ordered"});
    feed_idata(outcome,
               (struct idata){.flags = E, .tsn = 7, .stream = 1, .fragment = 1, .text = "e"});
    feed_idata(outcome,
               (struct idata){
                   .flags = E, .tsn = 8, .stream = 1, .message = 1, .fragment = 1, .text = "ext"});
    outcome_flush(outcome);
    assert_message(outcome, 0, "two");
    assert_message(outcome, 1, "unordered");
    assert_message(outcome, 2, "one");
    assert_message(outcome, 3, "next");
    assert_int_equal(outcome->note_count, 0);
    finish(outcome);
}

/* Two fragments of one number: both are read. */
static void test_two_fragments_of_one_number(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    feed_idata(outcome, (struct idata){.flags = B, .tsn = 1, .text = "first "});
    feed_idata(outcome, (struct idata){.flags = B, .tsn = 2, .text = "second"});
    feed_idata(outcome, (struct idata){.flags = E, .tsn = 3, .fragment = 1, .text = "end"});
    outcome_flush(outcome);
    assert_message(outcome, 0, "second");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
    assert_message(outcome, 1, "first end");
    finish(outcome);
}

static void test_empty_message(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    feed_data(outcome, WHOLE, TSN, "");
    feed_data(outcome, B, TSN + 1, "");
    feed_data(outcome, E, TSN + 2, "");
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 0);
    assert_int_equal(outcome->note_count, 0);
    finish(outcome);
}

/* ---- copies and losses ---- */

static void test_retransmission(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    feed_data(outcome, WHOLE, TSN, "hello");
    feed_data(outcome, WHOLE, TSN, "hello");
    feed_data(outcome, B, TSN + 1, "wor");
    feed_data(outcome, B, TSN + 1, "wor");
    feed_data(outcome, E, TSN + 2, "ld");
    feed_data(outcome, WHOLE, TSN, "HELLO");
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 3);
    assert_message(outcome, 0, "hello");
    assert_message(outcome, 1, "world");
    assert_datagram(outcome, 2, TT_TRANSPORT_IP, 132, "HELLO");
    assert_int_equal(outcome->flows[0].flow.repeated[0], 8);
    assert_int_equal(outcome_notes(outcome, "sctp.conflict"), 1);
    finish(outcome);
}

static void test_incomplete(void **state)
{
    (void)state;
    static const unsigned flags[4] = {B, 0, 0, E};
    for (unsigned missing = 0; missing < 4; missing++) {
        struct outcome *outcome = begin();
        for (unsigned i = 0; i < 4; i++)
            if (i != missing)
                feed_data(outcome, flags[i], TSN + i, "abc");
        feed_data(outcome, WHOLE, TSN + 4, "whole");
        assert_int_equal(outcome->datagram_count, 1);
        outcome_flush(outcome);
        assert_message(outcome, 0, "whole");
        assert_int_equal(outcome->bytes, 9 + 5);
        bool one_run = missing == 0 || missing == 3;
        assert_int_equal(outcome->datagram_count, one_run ? 2 : 3);
        assert_int_equal(outcome->datagrams[1].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
        assert_int_equal(outcome_notes(outcome, "sctp.incomplete"), 1);
        assert_int_equal(outcome_notes(outcome, "sctp.gap"), missing == 0 ? 0 : 1);
        finish(outcome);
    }
}

/* ---- broken packets ---- */

static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker;
    begin_packet(&maker, 0, TAG);
    make_init(&maker, INIT, "para");
    make_data(&maker, WHOLE, TSN, "hello");
    make_idata(&maker, (struct idata){.flags = B, .tsn = TSN + 1, .text = "world"});
    end_packet(&maker);
    for (size_t captured = 0; captured <= maker.len; captured++) {
        struct outcome *outcome = begin();
        outcome_feed_cut(outcome, &maker, captured);
        outcome_flush(outcome);
        uint64_t lost = 0;
        for (size_t i = 0; i < outcome->flow_count; i++)
            lost += outcome->flows[i].flow.lost[0];
        assert_int_equal(lost, maker.len - captured);
        assert_int_equal(outcome_notes(outcome, "sctp.chunk"), 0);
        assert_int_equal(outcome_notes(outcome, "sctp.length"), 0);
        finish(outcome);
    }
}

/* A chunk whose length says `len`, and 4 bytes of "text" where user data begin. */
static void feed_lie(struct outcome *outcome, unsigned len)
{
    struct maker maker;
    begin_packet(&maker, 0, TAG);
    make_data(&maker, WHOLE, TSN, "text");
    maker.bytes[HEADERS + 2] = (uint8_t)(len >> 8);
    maker.bytes[HEADERS + 3] = (uint8_t)len;
    feed_packet(outcome, &maker);
    outcome_flush(outcome);
}

static void test_lying_lengths(void **state)
{
    (void)state;
    for (unsigned len = 0; len < 4; len++) {
        struct outcome *outcome = begin();
        feed_lie(outcome, len);
        assert_int_equal(outcome->bytes, 20);
        assert_int_equal(outcome_notes(outcome, "sctp.chunk"), 1);
        finish(outcome);
    }
    struct outcome *outcome = begin();
    feed_lie(outcome, 65535);
    assert_message(outcome, 0, "text");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
    assert_int_equal(outcome_notes(outcome, "sctp.length"), 1);
    finish(outcome);
    /* Too short for its type: it and what follows are read as they stand. */
    outcome = begin();
    feed_lie(outcome, 15);
    assert_int_equal(outcome->bytes, 15 + 4);
    assert_int_equal(outcome_notes(outcome, "sctp.chunk"), 2);
    finish(outcome);
}

static void test_short_header(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 132, .payload = 11});
    make_text(&maker, "12345678901");
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 132, "12345678901");
    assert_int_equal(outcome_notes(outcome, "sctp.header"), 1);
    finish(outcome);
}

/* What nobody knows is searched, from behind the chunk's header. */
static void test_other_chunks(void **state)
{
    (void)state;
    struct outcome *outcome = begin();
    struct maker maker;
    begin_packet(&maker, 0, TAG);
    make_chunk(&maker, HEARTBEAT, 0, 4 + 5);
    make_text(&maker, "heart");
    make_padding(&maker, 5);
    make_chunk(&maker, 99, 0, 4 + 7);
    make_text(&maker, "unknown");
    make_padding(&maker, 7);
    make_chunk(&maker, SACK, 0, 16 + 4);
    make_fill(&maker, 0, 12);
    make_text(&maker, "gaps");
    feed_packet(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 132, "heart");
    assert_datagram(outcome, 1, TT_TRANSPORT_IP, 132, "unknown");
    assert_datagram(outcome, 2, TT_TRANSPORT_IP, 132, "gaps");
    finish(outcome);
}

/* Random damage to a conversation of fragments: every byte is accounted for. */
static void test_random_damage(void **state)
{
    (void)state;
    uint32_t random = 77;
    for (unsigned round = 0; round < 300; round++) {
        struct outcome *outcome = begin();
        for (unsigned i = 0; i < 30; i++) {
            struct maker maker;
            begin_packet(&maker, i % 2, TAG);
            make_data(&maker, i % 4, TSN + i / 2, "some data");
            make_idata(&maker, (struct idata){.flags = i % 8,
                                              .tsn = TSN + 50 + i,
                                              .message = i % 3,
                                              .fragment = i,
                                              .text = "more"});
            end_packet(&maker);
            for (unsigned flips = 0; flips < round % 7; flips++) {
                random = random * 1664525 + 1013904223;
                maker.bytes[20 + (random >> 8) % (maker.len - 20)] ^= (uint8_t)(random >> 24);
            }
            outcome_feed(outcome, &maker);
        }
        finish(outcome);
    }
}

/* ---- where SCTP stands ---- */

static void test_over_udp(void **state)
{
    (void)state;
    for (unsigned plausible = 0; plausible < 2; plausible++) {
        struct maker inner;
        begin_packet(&inner, 0, TAG);
        make_data(&inner, WHOLE, TSN, "inside");
        make_data(&inner, WHOLE, TSN + 1, "more");
        if (plausible == 0)
            inner.bytes[HEADERS + 2] = 0xff;
        size_t len = inner.len - 20;
        struct maker maker = {.len = 0};
        make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 8 + len});
        make_u16(&maker, 9899);
        make_u16(&maker, 9899);
        make_u16(&maker, (unsigned)(8 + len));
        make_u16(&maker, 0);
        make_bytes(&maker, inner.bytes + 20, len);
        struct outcome *outcome = begin();
        outcome_feed(outcome, &maker);
        outcome_flush(outcome);
        if (plausible != 0) {
            assert_message(outcome, 0, "inside");
            assert_message(outcome, 1, "more");
            assert_int_equal(outcome->flows[0].flow.ends[1].port, SERVER_PORT);
        } else {
            assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_UDP);
            assert_int_equal(outcome->bytes, len);
        }
        finish(outcome);
    }
}

static void test_without_ip(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(248);
    struct maker maker;
    begin_packet(&maker, 0, TAG);
    make_data(&maker, WHOLE, TSN, "alone");
    make_chunk(&maker, HEARTBEAT, 0, 4 + 4);
    make_text(&maker, "beat");
    memmove(maker.bytes, maker.bytes + 20, maker.len - 20);
    maker.len -= 20;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_message(outcome, 0, "alone");
    assert_datagram(outcome, 1, TT_TRANSPORT_LINK, 0, "beat");
    finish(outcome);
}

/* ---- limits ---- */

static void test_too_many_fragments(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_data(outcome, B, TSN, "x");
    for (unsigned i = 1; i <= TT_SCTP_FRAGMENTS_MAX; i++)
        feed_data(outcome, 0, TSN + i, "x");
    assert_int_equal(outcome_notes(outcome, "sctp.limit"), 1);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->datagrams[0].bytes.len, TT_SCTP_FRAGMENTS_MAX);
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, TT_SCTP_FRAGMENTS_MAX + 1);
    finish(outcome);
}

static void test_too_large_a_message(void **state)
{
    (void)state;
    enum { PIECE = 60000, COUNT = TT_SCTP_MESSAGE_MAX / PIECE + 1 };
    static uint8_t bytes[PIECE];
    struct outcome *outcome = outcome_new(101);
    for (unsigned i = 0; i < COUNT; i++) {
        struct maker maker;
        begin_packet(&maker, 0, TAG);
        make_data_span(&maker, i == 0 ? B : 0, TSN + i, tt_span_of(bytes, PIECE));
        feed_packet(outcome, &maker);
    }
    assert_int_equal(outcome_notes(outcome, "sctp.limit"), 1);
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, COUNT * PIECE);
    finish(outcome);
}

static void test_too_many_messages(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    for (unsigned i = 0; i <= TT_SCTP_MESSAGES_MAX; i++)
        feed_idata(outcome,
                   (struct idata){.flags = B, .tsn = TSN + i, .message = i, .text = "beg"});
    assert_int_equal(outcome_notes(outcome, "sctp.limit"), 1);
    /* The oldest one went; the next one is still there. */
    uint32_t tsn = TSN + TT_SCTP_MESSAGES_MAX + 1;
    feed_idata(outcome,
               (struct idata){.flags = E, .tsn = tsn, .message = 1, .fragment = 1, .text = "in"});
    assert_int_equal(outcome->datagram_count, 2);
    outcome_flush(outcome);
    assert_message(outcome, 0, "beg");
    assert_message(outcome, 1, "begin");
    assert_int_equal(outcome->bytes, (TT_SCTP_MESSAGES_MAX + 1) * 3 + 2);
    finish(outcome);
}

/* Over the cap of all flows the oldest fragments go; with no room at all nothing is lost either. */
static void test_too_many_bytes(void **state)
{
    (void)state;
    static const size_t rooms[] = {2000, 0};
    for (size_t i = 0; i < TT_ARRAY_LEN(rooms); i++) {
        struct outcome *outcome = outcome_new(101);
        outcome->net->sctp_held.max = rooms[i];
        for (unsigned n = 0; n < 100; n++) {
            feed_data(outcome, B, TSN + 2 * n, "fragment");
            assert_true(outcome->net->sctp_held.used <= rooms[i] + 400);
        }
        assert_int_equal(outcome_notes(outcome, "sctp.limit") > 0, rooms[i] > 0);
        outcome_flush(outcome);
        assert_int_equal(outcome->bytes, 800);
        finish(outcome);
    }
}

/* A retransmission is known for TT_SCTP_CHUNKS_MAX chunks; later it is read again. */
static void test_late_retransmission(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_data(outcome, WHOLE, TSN, "one");
    for (unsigned i = 1; i < TT_SCTP_CHUNKS_MAX; i++)
        feed_data(outcome, WHOLE, TSN + i, "");
    assert_int_equal(outcome->net->sctp_held.used,
                     TT_SCTP_CHUNKS_MAX * sizeof(struct tt_sctp_seen));
    feed_data(outcome, WHOLE, TSN, "one");
    assert_int_equal(outcome->datagram_count, 1);
    feed_data(outcome, WHOLE, TSN + TT_SCTP_CHUNKS_MAX, "");
    feed_data(outcome, WHOLE, TSN, "one");
    assert_int_equal(outcome->datagram_count, 2);
    finish(outcome);
}

static void test_free_without_flush(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    feed_data(outcome, B, TSN, "held");
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversation),
        cmocka_unit_test(test_init_ack_first),
        cmocka_unit_test(test_new_association),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_bundled_and_padded),
        cmocka_unit_test(test_interleaved),
        cmocka_unit_test(test_two_fragments_of_one_number),
        cmocka_unit_test(test_empty_message),
        cmocka_unit_test(test_retransmission),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_lying_lengths),
        cmocka_unit_test(test_short_header),
        cmocka_unit_test(test_other_chunks),
        cmocka_unit_test(test_random_damage),
        cmocka_unit_test(test_over_udp),
        cmocka_unit_test(test_without_ip),
        cmocka_unit_test(test_too_many_fragments),
        cmocka_unit_test(test_too_large_a_message),
        cmocka_unit_test(test_too_many_messages),
        cmocka_unit_test(test_too_many_bytes),
        cmocka_unit_test(test_late_retransmission),
        cmocka_unit_test(test_free_without_flush),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
