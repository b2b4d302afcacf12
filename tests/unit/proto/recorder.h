/* A sink that writes down what a protocol says, and a player that feeds it a conversation in any
 * cut.
 *
 * The log does not depend on how bytes were cut into pieces: a body is one line, written when it is
 * closed, and unclaimed bytes that follow each other are one line. What every protocol owes is
 * asserted on the way: each byte goes out exactly once, pieces of a body follow each other, every
 * body is closed once. */
#ifndef TEST_PROTO_RECORDER_H
#define TEST_PROTO_RECORDER_H

#include "base/buf.h"
#include "proto/proto.h"
#include "support/flush.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDER_BODIES_MAX = 64, RECORDER_CHANNELS_MAX = 16 };

struct recorded_body {
    bool used;
    bool coding;
    char open[1024];
    enum tt_direction direction;
    uint64_t at;
    struct tt_buf data;
    uint64_t first_frame;
    uint64_t last_frame;
};

/* What a channel carried, by direction. */
struct recorded_channel {
    bool used;
    char open[128];
    struct tt_buf data[2];
};

struct recorder {
    struct tt_buf log;
    struct tt_buf notes; /* codes, each with a space behind it */
    size_t note_count;
    struct recorded_body bodies[RECORDER_BODIES_MAX];
    size_t open_bodies;
    struct recorded_channel channels[RECORDER_CHANNELS_MAX];
    size_t open_channels;
    struct tt_buf raw[2]; /* unclaimed bytes not logged yet */
    uint64_t raw_at[2];
    uint64_t raw_first[2];
    uint64_t raw_last[2];
    uint64_t fed[2];
    uint64_t out[2]; /* slices, unclaimed and accounted */
    uint64_t accounted[2][TT_BUCKET_COUNT];
    bool frames; /* write frames into the log */
    struct tt_proto_sink sink;
};

static inline void rec_check(enum tt_err err)
{
    assert_int_equal(err, TT_OK);
}

static inline void rec_escape(struct tt_buf *log, struct tt_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        if (c >= 0x20 && c < 0x7f && c != '\\' && c != '"')
            rec_check(tt_buf_append_u8(log, c));
        else if (c == '\n')
            rec_check(tt_buf_append_str(log, "\\n"));
        else if (c == '\r')
            rec_check(tt_buf_append_str(log, "\\r"));
        else
            rec_check(tt_buf_printf(log, "\\x%02x", (unsigned)c));
    }
}

static inline const char *rec_text(const char *text)
{
    return text == NULL ? "-" : text;
}

static inline void rec_end_raw(struct recorder *rec, enum tt_direction direction)
{
    struct tt_buf *raw = &rec->raw[direction];
    if (raw->len == 0)
        return;
    rec_check(tt_buf_printf(&rec->log, "%d raw @%llu", (int)direction,
                            (unsigned long long)rec->raw_at[direction]));
    if (rec->frames)
        rec_check(tt_buf_printf(&rec->log, " f%llu-%llu",
                                (unsigned long long)rec->raw_first[direction],
                                (unsigned long long)rec->raw_last[direction]));
    rec_check(tt_buf_append_str(&rec->log, " \""));
    rec_escape(&rec->log, tt_buf_span(raw));
    rec_check(tt_buf_append_str(&rec->log, "\"\n"));
    tt_buf_clear(raw);
}

static inline void *rec_open(void *context, const struct tt_body *body, const char *framing,
                             const struct tt_msg *msg)
{
    static const char *const formats[] = {"", " head", " opaque", " rest"};
    struct recorder *rec = context;
    assert_non_null(msg);
    assert_null(body->parent);
    rec_end_raw(rec, body->direction);
    size_t i = 0;
    while (i < RECORDER_BODIES_MAX && rec->bodies[i].used)
        i++;
    assert_true(i < RECORDER_BODIES_MAX);
    struct recorded_body *made = &rec->bodies[i];
    *made = (struct recorded_body){.used = true,
                                   .coding = body->kind == TT_STEP_CODING,
                                   .direction = body->direction,
                                   .at = body->at,
                                   .data = tt_buf_make(1U << 24)};
    (void)snprintf(made->open, sizeof(made->open),
                   "%d %s @%llu%s%s type=%s codings=%s boundary=%s framing=%s host=%s",
                   (int)body->direction, body->step, (unsigned long long)body->at,
                   formats[body->format], made->coding ? " coding" : "", rec_text(body->media_type),
                   rec_text(body->codings), rec_text(body->boundary), rec_text(framing),
                   rec_text(msg->host));
    rec->open_bodies++;
    return made;
}

static inline void rec_data(void *context, void *handle, const struct tt_piece *piece)
{
    struct recorder *rec = context;
    struct recorded_body *body = handle;
    assert_non_null(body);
    assert_true(body->used);
    assert_int_equal(piece->at, body->data.len);
    assert_true(piece->bytes.len > 0);
    assert_true(piece->origin.first_frame > 0);
    assert_true(piece->origin.first_frame <= piece->origin.last_frame);
    if (body->first_frame == 0)
        body->first_frame = piece->origin.first_frame;
    body->last_frame = piece->origin.last_frame;
    rec_check(tt_buf_append(&body->data, piece->bytes));
    if (!body->coding)
        rec->out[body->direction] += piece->bytes.len;
}

static inline void rec_close(void *context, void *handle, enum tt_body_end end, uint64_t stream_end)
{
    static const char *const ends[] = {"complete", "cut", "broken"};
    struct recorder *rec = context;
    struct recorded_body *body = handle;
    assert_non_null(body);
    assert_true(body->used);
    assert_true(stream_end >= body->at);
    if (!body->coding)
        assert_true(stream_end - body->at >= body->data.len);
    rec_check(tt_buf_append_str(&rec->log, body->open));
    if (rec->frames)
        rec_check(tt_buf_printf(&rec->log, " f%llu-%llu", (unsigned long long)body->first_frame,
                                (unsigned long long)body->last_frame));
    rec_check(
        tt_buf_printf(&rec->log, " %s end=%llu \"", ends[end], (unsigned long long)stream_end));
    rec_escape(&rec->log, tt_buf_span(&body->data));
    rec_check(tt_buf_append_str(&rec->log, "\"\n"));
    tt_buf_free(&body->data);
    body->used = false;
    rec->open_bodies--;
}

static inline void rec_message(void *context, const struct tt_msg *msg)
{
    struct recorder *rec = context;
    rec_end_raw(rec, msg->direction);
    rec_check(tt_buf_printf(&rec->log,
                            "%d message %s %s method=%s host=%s url=%s name=%s type=%s status=%d "
                            "bytes=%llu %s",
                            (int)msg->direction, msg->protocol, msg->kind, rec_text(msg->method),
                            rec_text(msg->host), rec_text(msg->url), rec_text(msg->name),
                            rec_text(msg->content_type), msg->status,
                            (unsigned long long)msg->body_bytes, msg->complete ? "whole" : "cut"));
    if (rec->frames)
        rec_check(tt_buf_printf(
            &rec->log, " f%llu-%llu t%llu", (unsigned long long)msg->origin.first_frame,
            (unsigned long long)msg->origin.last_frame, (unsigned long long)msg->origin.time));
    rec_check(tt_buf_append_str(&rec->log, "\n"));
}

static inline void rec_name(void *context, const struct tt_name_record *record)
{
    struct recorder *rec = context;
    char text[TT_ADDR_TEXT_MAX];
    rec_check(tt_buf_printf(&rec->log, "name %s %s %s flow=%llu\n",
                            tt_name_source_name(record->source), record->name,
                            tt_addr_text(record->addr, text), (unsigned long long)record->flow));
}

static inline void rec_unclaimed(void *context, const struct tt_flow *flow,
                                 enum tt_direction direction, const struct tt_piece *piece)
{
    struct recorder *rec = context;
    struct tt_buf *raw = &rec->raw[direction];
    assert_non_null(flow);
    assert_true(piece->bytes.len > 0);
    assert_true(piece->origin.first_frame > 0);
    if (raw->len > 0 && rec->raw_at[direction] + raw->len != piece->at)
        rec_end_raw(rec, direction);
    if (raw->len == 0) {
        rec->raw_at[direction] = piece->at;
        rec->raw_first[direction] = piece->origin.first_frame;
    }
    rec->raw_last[direction] = piece->origin.last_frame;
    rec_check(tt_buf_append(raw, piece->bytes));
    rec->out[direction] += piece->bytes.len;
}

static inline void rec_account(void *context, const struct tt_flow *flow,
                               enum tt_direction direction, enum tt_bucket bucket, uint64_t bytes)
{
    struct recorder *rec = context;
    assert_non_null(flow);
    assert_true(bytes > 0);
    rec->accounted[direction][bucket] += bytes;
    rec->out[direction] += bytes;
}

static inline void rec_note(void *context, const struct tt_note *note)
{
    struct recorder *rec = context;
    assert_string_equal(note->layer, "proto");
    rec->note_count++;
    if (rec->notes.len < 1U << 15)
        rec_check(tt_buf_printf(&rec->notes, "%s ", note->code));
}

static inline void *rec_channel_open(void *context, const char *protocol, const char *step,
                                     bool datagrams)
{
    struct recorder *rec = context;
    size_t i = 0;
    while (i < RECORDER_CHANNELS_MAX && rec->channels[i].used)
        i++;
    assert_true(i < RECORDER_CHANNELS_MAX);
    struct recorded_channel *made = &rec->channels[i];
    *made = (struct recorded_channel){.used = true,
                                      .data = {tt_buf_make(1U << 24), tt_buf_make(1U << 24)}};
    (void)snprintf(made->open, sizeof(made->open), "channel %s %s%s", protocol, step,
                   datagrams ? " datagrams" : "");
    rec->open_channels++;
    return made;
}

/* Missing bytes are written as '#'; datagrams, which all begin at 0, follow each other. */
static inline void rec_channel_chunk(void *context, void *handle, const struct tt_chunk *chunk)
{
    struct recorder *rec = context;
    struct recorded_channel *channel = handle;
    assert_true(channel->used);
    assert_true(chunk->first_frame > 0);
    struct tt_buf *data = &channel->data[chunk->direction];
    if ((chunk->flags & TT_CHUNK_DATAGRAM) == 0)
        assert_int_equal(chunk->offset, data->len + chunk->gap);
    for (uint64_t i = 0; i < chunk->gap; i++)
        rec_check(tt_buf_append_u8(data, '#'));
    rec_check(tt_buf_append(data, chunk->bytes));
    rec->out[chunk->direction] += chunk->bytes.len;
}

static inline void rec_channel_close(void *context, void *handle)
{
    struct recorder *rec = context;
    struct recorded_channel *channel = handle;
    assert_true(channel->used);
    rec_check(tt_buf_append_str(&rec->log, channel->open));
    for (size_t i = 0; i < 2; i++) {
        rec_check(tt_buf_printf(&rec->log, " %zu \"", i));
        rec_escape(&rec->log, tt_buf_span(&channel->data[i]));
        rec_check(tt_buf_append_str(&rec->log, "\""));
        tt_buf_free(&channel->data[i]);
    }
    rec_check(tt_buf_append_str(&rec->log, "\n"));
    channel->used = false;
    rec->open_channels--;
}

static inline void rec_expect(void *context, void *channel, const struct tt_proto *proto,
                              const struct tt_proto_handshake *handshake)
{
    struct recorder *rec = context;
    rec_check(tt_buf_printf(&rec->log, "expect%s %s subprotocol=%s host=%s url=%s",
                            channel != NULL ? " in channel" : "", proto->name,
                            rec_text(handshake->subprotocol), rec_text(handshake->host),
                            rec_text(handshake->url)));
    if (handshake->header_table > 0)
        rec_check(tt_buf_printf(&rec->log, " table=%u", (unsigned)handshake->header_table));
    rec_check(tt_buf_append_str(&rec->log, "\n"));
}

static inline void rec_announce(void *context, enum tt_direction by,
                                const struct tt_proto_announced *announced)
{
    struct recorder *rec = context;
    char text[TT_ADDR_TEXT_MAX];
    rec_check(tt_buf_printf(&rec->log, "%d announces %s %s at %s:%u\n", (int)by,
                            announced->protocol, announced->step,
                            tt_addr_text(announced->addr, text), announced->port));
}

static inline struct recorder *rec_new(void)
{
    struct recorder *rec = calloc(1, sizeof(*rec));
    assert_non_null(rec);
    rec->log = tt_buf_make(1U << 28);
    rec->notes = tt_buf_make(1U << 16);
    rec->raw[0] = tt_buf_make(1U << 24);
    rec->raw[1] = tt_buf_make(1U << 24);
    static const struct tt_proto_calls calls = {.body_open = rec_open,
                                                .body_data = rec_data,
                                                .body_close = rec_close,
                                                .message = rec_message,
                                                .name = rec_name,
                                                .unclaimed = rec_unclaimed,
                                                .account = rec_account,
                                                .channel_open = rec_channel_open,
                                                .channel_chunk = rec_channel_chunk,
                                                .channel_close = rec_channel_close,
                                                .expect = rec_expect,
                                                .announce = rec_announce};
    rec->sink = (struct tt_proto_sink){
        .context = rec, .calls = &calls, .notes = {.context = rec, .note = rec_note}};
    return rec;
}

static inline void rec_free(struct recorder *rec)
{
    tt_buf_free(&rec->log);
    tt_buf_free(&rec->notes);
    tt_buf_free(&rec->raw[0]);
    tt_buf_free(&rec->raw[1]);
    free(rec);
}

/* The log as a string. */
static inline const char *rec_log(struct recorder *rec)
{
    rec_check(tt_buf_reserve(&rec->log, 1));
    rec->log.data[rec->log.len] = 0;
    return (const char *)rec->log.data;
}

static inline bool rec_has(struct recorder *rec, const char *text)
{
    return strstr(rec_log(rec), text) != NULL;
}

static inline size_t rec_count(struct recorder *rec, const char *text)
{
    size_t count = 0;
    for (const char *at = strstr(rec_log(rec), text); at != NULL; at = strstr(at + 1, text))
        count++;
    return count;
}

static inline bool rec_noted(struct recorder *rec, const char *code)
{
    rec_check(tt_buf_reserve(&rec->notes, 1));
    rec->notes.data[rec->notes.len] = 0;
    return strstr((const char *)rec->notes.data, code) != NULL;
}

/* ---- playing a conversation ---- */

/* One side speaks. */
struct turn {
    enum tt_direction direction;
    struct tt_span bytes;
};

/* How the conversation is cut. Offsets count over all turns. */
struct cut {
    size_t every;  /* chunks of this many bytes; 0: a turn is a chunk */
    size_t at;     /* one cut more, here; 0 for none */
    size_t gap_at; /* bytes that are missing */
    size_t gap_len;
    bool frames; /* each chunk has its own frame, and the log shows them; else all have one */
    bool midway; /* the opening of the flow was not seen */
};

struct player {
    const struct tt_proto *proto;
    void *state;
    struct recorder *rec;
    struct tt_flow *flow;
    uint64_t offset[2];
    uint64_t gap[2];
    uint64_t frame;
    bool handed_on; /* the flow was given to another protocol */
};

static inline void play_chunk(struct player *player, enum tt_direction direction,
                              struct tt_span bytes, unsigned flags)
{
    if (player->handed_on)
        return;
    struct flush flush = flush_make(bytes);
    struct tt_chunk chunk = {.flow = player->flow,
                             .direction = direction,
                             .flags = flags,
                             .offset = player->offset[direction],
                             .gap = player->gap[direction],
                             .bytes = flush.span,
                             .first_frame = player->frame,
                             .last_frame = player->frame,
                             .time = player->frame * 1000};
    size_t used = SIZE_MAX;
    enum tt_next next = player->proto->feed(player->state, &chunk, &used);
    assert_true(used <= bytes.len);
    if (next == TT_NEXT_STAY)
        assert_int_equal(used, bytes.len);
    player->rec->fed[direction] += used;
    player->offset[direction] += bytes.len;
    player->gap[direction] = 0;
    if (next != TT_NEXT_STAY) {
        rec_check(tt_buf_printf(&player->rec->log, "%d %s @%llu\n", (int)direction,
                                next == TT_NEXT_PROBE ? "probe" : "hand-back",
                                (unsigned long long)(chunk.offset + used)));
        player->handed_on = true;
    }
    flush_free(&flush);
    if (player->rec->frames)
        player->frame++;
}

/* The part of a turn that begins at `begin` (over all turns), in chunks. */
static inline void play_turn(struct player *player, const struct turn *turn, size_t begin,
                             const struct cut *cut)
{
    size_t at = 0;
    while (at < turn->bytes.len) {
        size_t here = begin + at;
        size_t gap_end = cut->gap_at + cut->gap_len;
        if (cut->gap_len > 0 && here >= cut->gap_at && here < gap_end) {
            size_t lost = gap_end - here;
            if (lost > turn->bytes.len - at)
                lost = turn->bytes.len - at;
            player->offset[turn->direction] += lost;
            player->gap[turn->direction] += lost;
            at += lost;
            continue;
        }
        size_t len = turn->bytes.len - at;
        if (cut->every > 0 && len > cut->every)
            len = cut->every;
        if (cut->at > here && cut->at - here < len)
            len = cut->at - here;
        if (cut->gap_len > 0 && cut->gap_at > here && cut->gap_at - here < len)
            len = cut->gap_at - here;
        play_chunk(player, turn->direction, tt_span_sub(turn->bytes, at, len), 0);
        at += len;
    }
}

static inline struct tt_flow play_flow(enum tt_transport transport, uint16_t port)
{
    struct tt_flow flow = {.id = 7, .transport = transport, .initiator_known = true};
    assert_true(tt_addr_parse("192.0.2.10", &flow.ends[0].addr));
    assert_true(tt_addr_parse("198.51.100.7", &flow.ends[1].addr));
    flow.ends[0].port = 40000;
    flow.ends[1].port = port;
    return flow;
}

/* Plays a TCP conversation to its end and checks that no byte was lost or counted twice. */
static inline struct recorder *play(const struct tt_proto *proto, uint16_t port,
                                    const struct turn *turns, size_t count, struct cut cut)
{
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, port);
    flow.initiator_known = !cut.midway;
    rec->frames = cut.frames;
    struct player player = {.proto = proto, .rec = rec, .flow = &flow, .frame = 1};
    player.state = proto->open(&flow, &rec->sink);
    assert_non_null(player.state);
    size_t begin = 0;
    for (size_t i = 0; i < count; i++) {
        play_turn(&player, &turns[i], begin, &cut);
        begin += turns[i].bytes.len;
    }
    play_chunk(&player, TT_FROM_INITIATOR, tt_span_of("", 0), TT_CHUNK_END);
    play_chunk(&player, TT_FROM_RESPONDER, tt_span_of("", 0), TT_CHUNK_END);
    proto->close(player.state);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    rec_end_raw(rec, TT_FROM_RESPONDER);
    assert_int_equal(rec->open_bodies, 0);
    assert_int_equal(rec->open_channels, 0);
    assert_int_equal(rec->out[0], rec->fed[0]);
    assert_int_equal(rec->out[1], rec->fed[1]);
    return rec;
}

static inline size_t play_length(const struct turn *turns, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += turns[i].bytes.len;
    return len;
}

/* The conversation gives `expected` when it is fed whole, byte by byte, and cut at every point. */
static inline void play_cuts(const struct tt_proto *proto, uint16_t port, const struct turn *turns,
                             size_t count, const char *expected)
{
    struct recorder *rec = play(proto, port, turns, count, (struct cut){0});
    assert_string_equal(rec_log(rec), expected);
    rec_free(rec);
    for (size_t every = 1; every <= 7; every++) {
        rec = play(proto, port, turns, count, (struct cut){.every = every});
        assert_string_equal(rec_log(rec), expected);
        rec_free(rec);
    }
    for (size_t at = 1; at < play_length(turns, count); at++) {
        rec = play(proto, port, turns, count, (struct cut){.at = at});
        assert_string_equal(rec_log(rec), expected);
        rec_free(rec);
    }
}

/* With a gap at every offset, in several lengths: nothing breaks, every byte that is left goes out
 * once, and a note tells of it. Afterwards `after` (if any) is still found in the log. */
static inline void play_gaps(const struct tt_proto *proto, uint16_t port, const struct turn *turns,
                             size_t count, size_t limit, const char *after)
{
    static const size_t lengths[] = {1, 2, 3, 5, 9, 24, 70};
    for (size_t at = 0; at < limit; at++) {
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            if (at + lengths[i] > limit)
                continue;
            for (size_t every = 0; every <= 1; every++) {
                struct recorder *rec =
                    play(proto, port, turns, count,
                         (struct cut){.gap_at = at, .gap_len = lengths[i], .every = every});
                assert_true(rec->note_count > 0);
                if (after != NULL && !rec_has(rec, after))
                    fail_msg("gap of %zu at %zu, chunks of %zu: not found: %s\n%s", lengths[i], at,
                             every, after, rec_log(rec));
                rec_free(rec);
            }
        }
    }
}

#define TURN(direction_, text)                                                                     \
    {                                                                                              \
        .direction = (direction_), .bytes = {                                                      \
            .data = (const uint8_t *)(text),                                                       \
            .len = sizeof(text) - 1                                                                \
        }                                                                                          \
    }
#define CLIENT(text) TURN(TT_FROM_INITIATOR, text)
#define SERVER(text) TURN(TT_FROM_RESPONDER, text)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
