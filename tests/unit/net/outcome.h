/* Feeds frames to a tt_net and keeps what comes out: streams, datagrams, flows, notes. Checks what
 * must hold for every input: the contract of the sink. */
#ifndef TEST_NET_OUTCOME_H
#define TEST_NET_OUTCOME_H

#include "base/buf.h"
#include "net/core.h"
#include "net/maker.h"
#include "support/flush.h"

#include <stdio.h>

enum {
    OUTCOME_PARTS = 8,
    OUTCOME_FLOWS = 256,
    OUTCOME_DATAGRAMS = 512,
    OUTCOME_NOTES = 32,
    GAP_BYTE = '_'
};

struct outcome_flow {
    struct tt_flow flow;     /* as it was when it was closed */
    struct tt_buf stream[2]; /* with GAP_BYTE for each missing byte, up to a point */
    uint64_t next[2];
    uint64_t heard[2]; /* of the last chunk with bytes */
    bool ended[2];
    bool closed;
};

struct outcome_datagram {
    uint64_t flow;
    enum tt_direction direction;
    unsigned flags;
    uint64_t first_frame;
    uint64_t last_frame;
    uint64_t part_frames[OUTCOME_PARTS]; /* of a datagram put together */
    size_t part_count;
    struct tt_buf bytes;
};

struct outcome_note {
    char code[48];
    char text[128];
    uint64_t count;
    uint64_t length;
    uint64_t offset; /* of the last one */
};

struct outcome {
    struct tt_net *net;
    struct tt_net_sink sink;
    struct tt_note_sink notes_sink;
    struct outcome_flow flows[OUTCOME_FLOWS]; /* by id, from 1 */
    size_t flow_count;
    struct outcome_datagram datagrams[OUTCOME_DATAGRAMS];
    size_t datagram_count;
    struct outcome_note notes[OUTCOME_NOTES];
    size_t note_count;
    struct tt_buf log; /* everything in its order, as text */
    uint64_t bytes;
    uint64_t number;
    uint64_t time;
    uint32_t link;
    const char *app;
    uint8_t frame_flags; /* enum tt_frame_flag of the frames */
    uint8_t trailer_len; /* of the frames */
    bool flush_pages;    /* frames lie flush against an unreadable page */
};

static inline struct outcome_flow *outcome_flow(struct outcome *outcome, uint64_t id)
{
    assert_in_range(id, 1, OUTCOME_FLOWS);
    return &outcome->flows[id - 1];
}

static inline void outcome_open(void *context, struct tt_flow *flow)
{
    struct outcome *outcome = context;
    assert_int_equal(flow->id, outcome->flow_count + 1);
    struct outcome_flow *kept = outcome_flow(outcome, flow->id);
    outcome->flow_count++;
    for (size_t i = 0; i < 2; i++)
        kept->stream[i] = tt_buf_make(SIZE_MAX / 2);
    flow->user = kept;
    assert_int_equal(tt_buf_printf(&outcome->log, "open %u\n", (unsigned)flow->id), TT_OK);
}

static inline void outcome_stream(struct outcome_flow *kept, const struct tt_chunk *chunk)
{
    size_t side = chunk->direction;
    assert_false(kept->ended[side]);
    assert_int_equal(chunk->flags & TT_CHUNK_DATAGRAM, 0);
    assert_int_equal(chunk->offset, kept->next[side] + chunk->gap);
    assert_true(chunk->bytes.len > 0 || (chunk->flags & TT_CHUNK_END) != 0);
    for (uint64_t i = 0; i < chunk->gap && i < 100000; i++)
        assert_int_equal(tt_buf_append_u8(&kept->stream[side], GAP_BYTE), TT_OK);
    assert_int_equal(tt_buf_append(&kept->stream[side], chunk->bytes), TT_OK);
    kept->next[side] = chunk->offset + chunk->bytes.len;
    if (chunk->bytes.len > 0)
        kept->heard[side] = chunk->heard;
    if (chunk->heard > 0 && chunk->bytes.len > 0) {
        assert_int_equal(chunk->sent_at, chunk->offset);
        assert_int_equal(chunk->sent_end, kept->next[side]);
    }
    kept->ended[side] = (chunk->flags & TT_CHUNK_END) != 0;
}

/* The parts of a datagram that was put together hold every byte of it, one behind the other. */
static inline void outcome_parts(struct outcome_datagram *datagram, const struct tt_chunk *chunk)
{
    const uint8_t *next = chunk->bytes.data;
    const uint8_t *end = next + chunk->bytes.len;
    for (size_t i = 0; i < chunk->part_count; i++) {
        const struct tt_chunk_part *part = &chunk->parts[i];
        assert_true(part->first_frame >= chunk->first_frame);
        assert_true(part->last_frame <= chunk->last_frame);
        if (datagram->part_count < OUTCOME_PARTS)
            datagram->part_frames[datagram->part_count++] = part->first_frame;
        const uint8_t *part_end = part->bytes.data + part->bytes.len;
        if (part_end <= next || next == end)
            continue;
        assert_true(part->bytes.data <= next);
        next = part_end < end ? part_end : end;
    }
    assert_true(chunk->part_count == 0 || next == end);
}

static inline void outcome_chunk(void *context, const struct tt_chunk *chunk)
{
    struct outcome *outcome = context;
    struct outcome_flow *kept = chunk->flow->user;
    assert_non_null(kept);
    assert_false(kept->closed);
    assert_non_null(chunk->bytes.data);
    assert_true(chunk->first_frame <= chunk->last_frame);
    assert_true(chunk->first_frame >= 1 && chunk->last_frame <= outcome->number);
    outcome->bytes += chunk->bytes.len;
    assert_int_equal(tt_buf_printf(&outcome->log,
                                   "chunk %u %u flags %u at %u gap %u len %u frames "
                                   "%u-%u\n",
                                   (unsigned)chunk->flow->id, (unsigned)chunk->direction,
                                   chunk->flags, (unsigned)chunk->offset, (unsigned)chunk->gap,
                                   (unsigned)chunk->bytes.len, (unsigned)chunk->first_frame,
                                   (unsigned)chunk->last_frame),
                     TT_OK);
    if (chunk->flow->transport == TT_TRANSPORT_TCP) {
        outcome_stream(kept, chunk);
        return;
    }
    assert_int_equal(chunk->flags & ~(unsigned)(TT_CHUNK_CUT | TT_CHUNK_ENCRYPTED),
                     TT_CHUNK_DATAGRAM);
    assert_int_equal(chunk->offset, 0);
    assert_int_equal(chunk->gap, 0);
    assert_true(chunk->bytes.len > 0);
    assert_in_range(outcome->datagram_count, 0, OUTCOME_DATAGRAMS - 1);
    struct outcome_datagram *datagram = &outcome->datagrams[outcome->datagram_count++];
    *datagram = (struct outcome_datagram){.flow = chunk->flow->id,
                                          .direction = chunk->direction,
                                          .flags = chunk->flags,
                                          .first_frame = chunk->first_frame,
                                          .last_frame = chunk->last_frame,
                                          .bytes = tt_buf_make(SIZE_MAX / 2)};
    outcome_parts(datagram, chunk);
    assert_int_equal(tt_buf_append(&datagram->bytes, chunk->bytes), TT_OK);
}

static inline void outcome_close(void *context, struct tt_flow *flow)
{
    struct outcome *outcome = context;
    struct outcome_flow *kept = flow->user;
    assert_non_null(kept);
    assert_false(kept->closed);
    bool tcp = flow->transport == TT_TRANSPORT_TCP;
    assert_true(kept->ended[0] == tcp && kept->ended[1] == tcp);
    kept->closed = true;
    kept->flow = *flow;
    assert_int_equal(tt_buf_printf(&outcome->log, "close %u\n", (unsigned)flow->id), TT_OK);
}

static inline void outcome_note(void *context, const struct tt_note *note)
{
    struct outcome *outcome = context;
    assert_string_equal(note->layer, "net");
    assert_non_null(note->text);
    size_t i = 0;
    while (i < outcome->note_count && strcmp(outcome->notes[i].code, note->code) != 0)
        i++;
    assert_in_range(i, 0, OUTCOME_NOTES - 1);
    if (i == outcome->note_count)
        outcome->note_count++;
    struct outcome_note *kept = &outcome->notes[i];
    (void)snprintf(kept->code, sizeof(kept->code), "%s", note->code);
    (void)snprintf(kept->text, sizeof(kept->text), "%s", note->text);
    kept->count++;
    kept->length += note->length;
    kept->offset = note->offset;
    assert_int_equal(tt_buf_printf(&outcome->log, "note %s\n", note->code), TT_OK);
}

static inline struct outcome *outcome_new(uint32_t link)
{
    struct outcome *outcome = calloc(1, sizeof(*outcome));
    assert_non_null(outcome);
    outcome->sink = (struct tt_net_sink){.context = outcome,
                                         .flow_open = outcome_open,
                                         .chunk = outcome_chunk,
                                         .flow_close = outcome_close};
    outcome->notes_sink = (struct tt_note_sink){.context = outcome, .note = outcome_note};
    outcome->log = tt_buf_make(SIZE_MAX / 2);
    outcome->link = link;
    outcome->time = UINT64_C(1400000000000000000);
    assert_int_equal(tt_net_new(&outcome->sink, &outcome->notes_sink, &outcome->net), TT_OK);
    return outcome;
}

/* A frame of which the capture holds the first `captured` bytes. A millisecond passes before it. */
static inline void outcome_feed_cut(struct outcome *outcome, const struct maker *maker,
                                    size_t captured)
{
    outcome->time += 1000000;
    struct tt_frame frame = {.number = ++outcome->number,
                             .time = outcome->time,
                             .link = outcome->link,
                             .original_len = (uint32_t)maker->len,
                             .bytes = tt_span_of(maker->bytes, captured),
                             .trailer_len = outcome->trailer_len,
                             .flags = outcome->frame_flags,
                             .app = outcome->app};
    struct flush flush = {.map = NULL};
    if (outcome->flush_pages) {
        flush = flush_make(frame.bytes);
        frame.bytes = flush.span;
    }
    assert_int_equal(tt_net_frame(outcome->net, &frame), TT_OK);
    if (outcome->flush_pages)
        flush_free(&flush);
}

static inline void outcome_feed(struct outcome *outcome, const struct maker *maker)
{
    outcome_feed_cut(outcome, maker, maker->len);
}

/* Time passes. */
static inline void outcome_wait(struct outcome *outcome, unsigned seconds)
{
    outcome->time += seconds * UINT64_C(1000000000);
}

static inline void outcome_flush(struct outcome *outcome)
{
    assert_int_equal(tt_net_flush(outcome->net), TT_OK);
    for (size_t i = 0; i < outcome->flow_count; i++)
        assert_true(outcome->flows[i].closed);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.flows, outcome->flow_count);
    assert_int_equal(totals.frames, outcome->number);
    assert_int_equal(totals.payload_bytes, outcome->bytes);
    assert_int_equal(totals.frame_bytes,
                     totals.link_bytes + totals.payload_bytes + totals.repeated_bytes);
    uint64_t overhead = 0;
    uint64_t repeated = 0;
    for (size_t i = 0; i < 2 * outcome->flow_count; i++) {
        overhead += outcome->flows[i / 2].flow.overhead[i % 2];
        repeated += outcome->flows[i / 2].flow.repeated[i % 2];
    }
    assert_true(overhead <= totals.link_bytes && repeated <= totals.repeated_bytes);
    assert_int_equal(outcome->net->held.used, 0);
    assert_int_equal(outcome->net->fragments.pool.used, 0);
}

static inline void outcome_free(struct outcome *outcome)
{
    tt_net_free(outcome->net);
    for (size_t i = 0; i < outcome->flow_count; i++)
        for (size_t side = 0; side < 2; side++)
            tt_buf_free(&outcome->flows[i].stream[side]);
    for (size_t i = 0; i < outcome->datagram_count; i++)
        tt_buf_free(&outcome->datagrams[i].bytes);
    tt_buf_free(&outcome->log);
    free(outcome);
}

/* ---- asking ---- */

static inline uint64_t outcome_notes(const struct outcome *outcome, const char *code)
{
    for (size_t i = 0; i < outcome->note_count; i++)
        if (strcmp(outcome->notes[i].code, code) == 0)
            return outcome->notes[i].count;
    return 0;
}

static inline void assert_bytes(struct tt_span got, const char *expected)
{
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.data, expected, got.len);
}

/* The stream of a direction of flow `id`; missing bytes are GAP_BYTE. */
static inline void assert_stream(struct outcome *outcome, uint64_t id, size_t side,
                                 const char *expected)
{
    assert_bytes(tt_buf_span(&outcome_flow(outcome, id)->stream[side]), expected);
}

/* Datagram number `at` is of this kind, and holds this. */
static inline void assert_datagram(struct outcome *outcome, size_t at, enum tt_transport transport,
                                   unsigned kind, const char *expected)
{
    assert_in_range(at, 0, outcome->datagram_count - 1);
    const struct outcome_datagram *datagram = &outcome->datagrams[at];
    const struct tt_flow *flow = &outcome_flow(outcome, datagram->flow)->flow;
    assert_int_equal(flow->transport, transport);
    assert_int_equal(flow->kind, kind);
    assert_bytes(tt_buf_span(&datagram->bytes), expected);
}

#endif
