/* HTTP/2, both directions of a connection: RFC 9113. Reads frames; see http2_state.h for the other
 * parts. */
#include "proto/list.h"

#include "base/reader.h"
#include "model/limits.h"
#include "proto/http1_head.h"
#include "proto/http2_state.h"

#include <stdlib.h>

enum {
    HEADER_TABLE_SIZE = 1, /* SETTINGS_HEADER_TABLE_SIZE, section 6.5.2 */
    GOAWAY_LEN = 8         /* of GOAWAY before its debug data, section 6.8 */
};

static struct tt_span preface(void)
{
    return tt_span_of(tt_http2_preface, sizeof(tt_http2_preface));
}

/* ---- recognising ---- */

/* The first SETTINGS of a side. */
static bool is_first_settings(const struct tt_http2_frame *frame)
{
    return frame->type == TT_HTTP2_SETTINGS && frame->flags == 0 && !frame->reserved &&
           frame->length <= TT_HTTP2_SETTINGS_MAX && tt_http2_frame_fits(frame);
}

/* Identifiers of settings that are in use are small, or such as no one must know (section 6.5.2;
 * RFC 8701 for the latter). */
static bool is_setting(struct tt_span bytes)
{
    struct tt_reader reader = tt_reader_of(bytes);
    uint16_t id = tt_read_u16(&reader);
    return (id > 0 && id < 0x20) || (id & 0x0f0fU) == 0x0a0aU;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)flow;
    (void)direction;
    if (tt_span_starts(head, preface()))
        return TT_PROBE_YES;
    if (head.len > 0 && tt_span_starts(preface(), head))
        return TT_PROBE_MORE;
    if (head.len == 0 || head.data[0] != 0)
        return TT_PROBE_NO;
    if (head.len < TT_HTTP2_HEADER_LEN + TT_HTTP2_SETTING_LEN &&
        (head.len < 4 || head.data[3] == TT_HTTP2_SETTINGS) && head.len != TT_HTTP2_HEADER_LEN)
        return TT_PROBE_MORE;
    if (head.len < TT_HTTP2_HEADER_LEN)
        return TT_PROBE_NO;
    struct tt_http2_frame frame = tt_http2_frame_read(head);
    struct tt_span behind = tt_span_from(head, TT_HTTP2_HEADER_LEN);
    bool settings = is_first_settings(&frame) && (frame.length == 0 || is_setting(behind));
    return settings || tt_http2_frames_here(head, 0) ? TT_PROBE_YES : TT_PROBE_NO;
}

/* Stream 1 of a connection that began as HTTP/1 (RFC 7540, section 3.2): its request was read
 * there.
 */
static void begin_upgraded(struct tt_http2 *http, const struct tt_proto_handshake *handshake)
{
    const struct tt_stream stream = tt_stream_make(http->sink, http->flow, http->client);
    const struct tt_http_request request = {.frame = handshake->request_frame,
                                            .method = handshake->method,
                                            .host = handshake->host,
                                            .url = handshake->url};
    if (handshake->header_table > 0)
        http->sides[1 - http->client].table = handshake->header_table;
    struct tt_http_stream *first = tt_http_stream_get(&http->streams, &stream, 1);
    if (first != NULL)
        tt_http_exchange_asked(&first->exchange, http->sink, http->client, &request);
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct tt_http2 *http = calloc(1, sizeof(*http));
    if (http == NULL)
        return NULL;
    http->sink = sink;
    http->flow = flow;
    http->client = TT_FROM_INITIATOR;
    http->streams = (struct tt_http_streams){.sink = sink,
                                             .flow = flow,
                                             .size = sizeof(struct tt_http_stream),
                                             .limit_note = "http2.streams_limit"};
    for (size_t i = 0; i < 2; i++)
        http->sides[i].direction = (uint8_t)i;
    if (sink->pool != NULL)
        sink->pool->used += sizeof(*http);
    if (sink->handshake != NULL && sink->handshake->method != NULL)
        begin_upgraded(http, sink->handshake);
    return http;
}

/* ---- losses ---- */

/* What is gathered of a header block or frame header is searched raw. */
static void give_up_gathered(struct tt_http2_side *side, const struct tt_stream *stream)
{
    tt_stream_give_up_gather(stream, &side->gather);
}

/* Nobody knows where the next frame begins, nor what was missed. */
static void lose_sync(struct tt_http2 *http, struct tt_http2_side *side,
                      const struct tt_stream *stream)
{
    give_up_gathered(side, stream);
    tt_http2_block_lost(side);
    /* Any stream may have been in what is missing. */
    for (struct tt_http_stream *one = http->streams.oldest; one != NULL; one = one->newer)
        tt_http_exchange_gap(&one->exchange, stream, tt_http2_role(http, side), 0);
    side->state = TT_HTTP2_LOST;
}

static void malformed(struct tt_http2 *http, struct tt_http2_side *side,
                      const struct tt_stream *stream)
{
    tt_stream_note(stream, "http2.malformed", stream->end, 0,
                   "bytes that are no HTTP/2 frame: searched raw up to the next frames");
    lose_sync(http, side, stream);
}

/* ---- frames ---- */

static struct tt_http_stream *stream_of(struct tt_http2 *http, const struct tt_http2_side *side,
                                        const struct tt_stream *stream)
{
    return tt_http_stream_get(&http->streams, stream, side->frame.stream);
}

/* The side is over with its half of the stream. */
static void end_stream(struct tt_http2 *http, const struct tt_http2_side *side,
                       const struct tt_stream *stream)
{
    struct tt_http_stream *of = tt_http_stream_find(&http->streams, side->frame.stream);
    if (of == NULL)
        return;
    tt_http_exchange_end(&of->exchange, stream, tt_http2_role(http, side), true);
    if (tt_http_stream_is_over(of))
        tt_http_stream_drop(&http->streams, of);
}

/* The payload of a frame that is not gathered has been taken, or is missing. */
static void end_frame(struct tt_http2 *http, struct tt_http2_side *side,
                      const struct tt_stream *stream)
{
    side->state = TT_HTTP2_HEADER;
    bool may_end = side->frame.type == TT_HTTP2_DATA || side->frame.type == TT_HTTP2_HEADERS;
    if (may_end && (side->frame.flags & TT_HTTP2_END_STREAM) != 0)
        end_stream(http, side, stream);
}

static void begin_data(struct tt_http2_side *side)
{
    side->pad = 0;
    side->state =
        (side->frame.flags & TT_HTTP2_PADDED) != 0 ? TT_HTTP2_PAD_LENGTH : TT_HTTP2_IN_DATA;
}

static void begin_block(struct tt_http2_side *side, const struct tt_stream *stream)
{
    side->state = TT_HTTP2_BLOCK;
    side->continuing = false;
    side->last_fragment = (side->frame.flags & TT_HTTP2_END_HEADERS) != 0;
    if (side->remaining == 0 && !side->last_fragment) {
        side->continuing = true;
        side->remaining = TT_HTTP2_HEADER_LEN;
    } else if (side->remaining == 0) {
        side->state = TT_HTTP2_SKIP;
    } else if (side->remaining > TT_HTTP_HEADER_MAX) {
        tt_stream_note(stream, "http2.header_limit", stream->end, side->remaining,
                       "an HTTP/2 header block is longer than the limit: it is searched raw");
        tt_http2_block_lost(side);
        side->state = TT_HTTP2_LEAVE;
    }
}

/* The side says no more on the stream. What the other one says may still come: it was on its way,
 * or goes on (sections 5.4.2 and 8.1). */
static void reset_stream(struct tt_http2 *http, const struct tt_http2_side *side,
                         const struct tt_stream *stream)
{
    struct tt_http_stream *of = tt_http_stream_find(&http->streams, side->frame.stream);
    if (of == NULL)
        return;
    tt_http_exchange_reset(&of->exchange, stream, tt_http2_role(http, side));
    of->reset = true;
    if (tt_http_stream_is_over(of))
        tt_http_stream_drop(&http->streams, of);
}

/* A frame header has been read and taken. */
static void begin_frame(struct tt_http2 *http, struct tt_http2_side *side,
                        const struct tt_stream *stream)
{
    side->remaining = side->frame.length;
    switch (side->frame.type) {
    case TT_HTTP2_DATA:
        begin_data(side);
        break;
    case TT_HTTP2_HEADERS:
    case TT_HTTP2_PUSH_PROMISE:
        begin_block(side, stream);
        break;
    case TT_HTTP2_SETTINGS:
        side->state =
            side->remaining <= TT_HTTP2_SETTINGS_MAX ? TT_HTTP2_IN_SETTINGS : TT_HTTP2_LEAVE;
        break;
    case TT_HTTP2_RST_STREAM:
        reset_stream(http, side, stream);
        side->state = TT_HTTP2_SKIP;
        break;
    case TT_HTTP2_PRIORITY:
    case TT_HTTP2_PING:
    case TT_HTTP2_WINDOW_UPDATE:
        side->state = TT_HTTP2_SKIP;
        break;
    case TT_HTTP2_GOAWAY:
        side->state = side->remaining >= GOAWAY_LEN ? TT_HTTP2_IN_GOAWAY : TT_HTTP2_LEAVE;
        break;
    default:
        /* Extensions, and what continues a block that was given up. */
        side->state = TT_HTTP2_LEAVE;
        break;
    }
    if (side->remaining == 0)
        end_frame(http, side, stream);
}

/* The side begins as sides do; else the table of its encoder is not known. */
static void begin_side(struct tt_http2_side *side)
{
    if (!side->begun && !is_first_settings(&side->frame))
        tt_http2_block_lost(side);
    side->begun = true;
}

/* Never given up: at most a preface, a frame header or SETTINGS. False without memory. */
static bool gather_small(struct tt_http2_side *side, struct tt_stream *stream, size_t len)
{
    bool gathered =
        tt_stream_gather(stream, &side->gather, TT_HTTP2_SETTINGS_MAX, len, NULL, NULL) == TT_OK;
    if (gathered)
        tt_stream_take(stream, len);
    return gathered;
}

static size_t at_most(const struct tt_stream *stream, size_t len)
{
    size_t rest = tt_stream_rest(stream).len;
    return rest < len ? rest : len;
}

/* Where nobody knows yet that the side speaks in frames more is asked of the first one. */
static bool is_believed(const struct tt_http2 *http, const struct tt_http2_side *side)
{
    const struct tt_http2_frame *frame = &side->frame;
    return side->begun ? tt_http2_frame_fits(frame)
                       : is_first_settings(frame) ||
                             tt_http2_frame_usual(frame, (uint32_t)http->streams.max_id);
}

static void step_header(struct tt_http2 *http, struct tt_http2_side *side, struct tt_stream *stream)
{
    size_t have = tt_gather_len(&side->gather);
    if (have == 0)
        side->frame_at = stream->end;
    if (have == 0 && tt_stream_rest(stream).len >= TT_HTTP2_HEADER_LEN) {
        side->frame = tt_http2_frame_read(tt_stream_rest(stream));
        if (!is_believed(http, side)) {
            malformed(http, side, stream);
            return;
        }
        tt_stream_take_framing(stream, TT_HTTP2_HEADER_LEN);
    } else {
        if (!gather_small(side, stream, at_most(stream, TT_HTTP2_HEADER_LEN - have))) {
            lose_sync(http, side, stream);
            return;
        }
        if (tt_gather_len(&side->gather) < TT_HTTP2_HEADER_LEN)
            return;
        side->frame = tt_http2_frame_read(tt_gather_bytes(&side->gather));
        if (!is_believed(http, side)) {
            malformed(http, side, stream);
            return;
        }
        tt_stream_account(stream, TT_BUCKET_DECODED, TT_HTTP2_HEADER_LEN);
        tt_gather_clear(&side->gather);
    }
    begin_side(side);
    begin_frame(http, side, stream);
}

static void step_begin(struct tt_http2 *http, struct tt_http2_side *side, struct tt_stream *stream)
{
    size_t have = tt_gather_len(&side->gather);
    size_t len = at_most(stream, TT_HTTP2_PREFACE_LEN - have);
    struct tt_span next = tt_span_sub(tt_stream_rest(stream), 0, len);
    if (!tt_span_eq(next, tt_span_sub(preface(), have, len))) {
        if (have > 0)
            malformed(http, side, stream);
        else
            side->state = TT_HTTP2_HEADER;
        return;
    }
    if (!gather_small(side, stream, len)) {
        lose_sync(http, side, stream);
        return;
    }
    if (have + len < TT_HTTP2_PREFACE_LEN)
        return;
    tt_stream_account(stream, TT_BUCKET_DECODED, TT_HTTP2_PREFACE_LEN);
    tt_gather_clear(&side->gather);
    http->client = side->direction;
    http->client_known = true;
    side->begun = true;
    side->state = TT_HTTP2_HEADER;
}

/* ---- DATA ---- */

static void step_pad_length(struct tt_http2 *http, struct tt_http2_side *side,
                            struct tt_stream *stream)
{
    uint8_t pad = tt_stream_rest(stream).data[0];
    if (pad > side->remaining - 1) {
        malformed(http, side, stream);
        return;
    }
    tt_stream_take_framing(stream, 1);
    side->pad = pad;
    side->remaining -= 1U + pad;
    side->state = TT_HTTP2_IN_DATA;
}

static void end_data(struct tt_http2 *http, struct tt_http2_side *side,
                     const struct tt_stream *stream)
{
    if (side->remaining > 0)
        return;
    if (side->state == TT_HTTP2_IN_DATA && side->pad > 0) {
        side->remaining = side->pad;
        side->state = TT_HTTP2_PADDING;
    } else {
        end_frame(http, side, stream);
    }
}

static void step_data(struct tt_http2 *http, struct tt_http2_side *side, struct tt_stream *stream)
{
    size_t len = at_most(stream, side->remaining);
    struct tt_http_stream *of = stream_of(http, side, stream);
    if (of != NULL)
        tt_http_exchange_data(&of->exchange, &tt_http2_wire, stream, tt_http2_role(http, side), len,
                              side->frame_at);
    else
        tt_stream_take_unclaimed(stream, len);
    side->remaining -= (uint32_t)len;
    end_data(http, side, stream);
}

/* Zero bytes, or something that hides. */
static void step_padding(struct tt_http2 *http, struct tt_http2_side *side,
                         struct tt_stream *stream)
{
    size_t len = at_most(stream, side->remaining);
    struct tt_span bytes = tt_span_sub(tt_stream_rest(stream), 0, len);
    uint8_t any = 0;
    for (size_t i = 0; i < bytes.len; i++)
        any |= bytes.data[i];
    if (any == 0)
        tt_stream_take_framing(stream, len);
    else
        tt_stream_take_unclaimed(stream, len);
    side->remaining -= (uint32_t)len;
    end_data(http, side, stream);
}

/* ---- header blocks ---- */

static void leave_block(struct tt_http2_side *side)
{
    tt_http2_block_lost(side);
    side->state = side->continuing ? TT_HTTP2_LOST : TT_HTTP2_LEAVE;
}

/* All flows together have gathered too much, and this side waited longest. */
static void give_up_block(void *owner)
{
    struct tt_http2_side *side = owner;
    struct tt_http2 *http = (struct tt_http2 *)(void *)(side - side->direction);
    struct tt_stream stream =
        tt_stream_make(http->sink, http->flow, (enum tt_direction)side->direction);
    stream.end = side->end;
    struct tt_extent held = tt_gather_extent(&side->gather);
    stream.frame = tt_extent_origin(&held, held.bytes.len, 0).last_frame;
    tt_stream_note(&stream, "http.headers_limit", held.offset, held.bytes.len,
                   "too many unfinished HTTP header blocks at once: one is searched raw");
    tt_stream_give_up_gather(&stream, &side->gather);
    leave_block(side);
}

/* A block is longer than the limit, or cannot be gathered. */
static void refuse_block(struct tt_http2_side *side, const struct tt_stream *stream)
{
    tt_stream_note(stream, "http2.header_limit", stream->end, side->remaining,
                   "an HTTP/2 header block is longer than the limit: it is searched raw");
    give_up_gathered(side, stream);
    leave_block(side);
}

/* Gathers up to the end of what is `remaining`. True when that has been reached. */
static bool gather_block(struct tt_http2_side *side, struct tt_stream *stream)
{
    size_t len = at_most(stream, side->remaining);
    if (tt_gather_len(&side->gather) + side->remaining > TT_HTTP_HEADER_MAX ||
        tt_stream_gather(stream, &side->gather, TT_HTTP_HEADER_MAX, len, give_up_block, side) !=
            TT_OK) {
        refuse_block(side, stream);
        return false;
    }
    tt_stream_take(stream, len);
    side->remaining -= (uint32_t)len;
    return side->remaining == 0;
}

/* What was gathered ends with the header of the next frame, which must be a CONTINUATION. */
static void read_continuation(struct tt_http2 *http, struct tt_http2_side *side,
                              const struct tt_stream *stream)
{
    struct tt_span bytes = tt_gather_bytes(&side->gather);
    struct tt_http2_frame next =
        tt_http2_frame_read(tt_span_from(bytes, bytes.len - TT_HTTP2_HEADER_LEN));
    if (next.type != TT_HTTP2_CONTINUATION || next.stream != side->frame.stream) {
        malformed(http, side, stream);
        return;
    }
    side->continuing = false;
    side->remaining = next.length;
    side->last_fragment = (next.flags & TT_HTTP2_END_HEADERS) != 0;
}

static void take_block(struct tt_http2 *http, struct tt_http2_side *side,
                       const struct tt_stream *stream, const struct tt_extent *extent)
{
    tt_http2_take_block(http, side, stream, extent);
    side->state = TT_HTTP2_HEADER;
}

static void step_block(struct tt_http2 *http, struct tt_http2_side *side, struct tt_stream *stream)
{
    if (tt_gather_len(&side->gather) == 0 && side->last_fragment &&
        tt_stream_rest(stream).len >= side->remaining) {
        /* The usual case: it is whole in this chunk. */
        struct tt_part part;
        struct tt_extent extent =
            tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), side->remaining, &part);
        tt_stream_take(stream, side->remaining);
        take_block(http, side, stream, &extent);
        return;
    }
    while (side->state == TT_HTTP2_BLOCK && gather_block(side, stream)) {
        if (side->continuing)
            read_continuation(http, side, stream);
        if (side->state != TT_HTTP2_BLOCK || side->remaining > 0)
            continue;
        if (side->last_fragment) {
            struct tt_extent extent = tt_gather_extent(&side->gather);
            take_block(http, side, stream, &extent);
            tt_gather_clear(&side->gather);
        } else {
            side->continuing = true;
            side->remaining = TT_HTTP2_HEADER_LEN;
        }
    }
}

/* ---- SETTINGS ---- */

/* The table that the other side's encoder may use; needed where a block was lost. */
static void read_settings(struct tt_http2 *http, const struct tt_http2_side *side)
{
    struct tt_http2_side *other = &http->sides[1 - side->direction];
    struct tt_reader reader = tt_reader_of(tt_gather_bytes(&side->gather));
    while (tt_reader_left(&reader) >= TT_HTTP2_SETTING_LEN) {
        uint16_t id = tt_read_u16(&reader);
        uint32_t value = tt_read_u32(&reader);
        if (id != HEADER_TABLE_SIZE)
            continue;
        other->table = value;
        if (other->hpack != NULL)
            tt_hpack_allow(other->hpack, value);
    }
}

static void step_settings(struct tt_http2 *http, struct tt_http2_side *side,
                          struct tt_stream *stream)
{
    size_t len = at_most(stream, side->remaining);
    if (!gather_small(side, stream, len)) {
        give_up_gathered(side, stream);
        side->state = TT_HTTP2_LEAVE;
        return;
    }
    side->remaining -= (uint32_t)len;
    if (side->remaining > 0)
        return;
    read_settings(http, side);
    tt_stream_account(stream, TT_BUCKET_DECODED, tt_gather_len(&side->gather));
    tt_gather_clear(&side->gather);
    side->state = TT_HTTP2_HEADER;
}

/* ---- GOAWAY ---- */

static void step_goaway(struct tt_http2 *http, struct tt_http2_side *side, struct tt_stream *stream)
{
    uint32_t debug_data = side->frame.length - GOAWAY_LEN;
    size_t len = at_most(stream, side->remaining - debug_data);
    tt_stream_take_framing(stream, len);
    side->remaining -= (uint32_t)len;
    if (side->remaining == 0)
        end_frame(http, side, stream);
    else if (side->remaining == debug_data)
        side->state = TT_HTTP2_LEAVE;
}

/* ---- all states ---- */

static void step_over(struct tt_http2 *http, struct tt_http2_side *side, struct tt_stream *stream)
{
    size_t len = at_most(stream, side->remaining);
    if (side->state == TT_HTTP2_SKIP)
        tt_stream_take_framing(stream, len);
    else
        tt_stream_take_unclaimed(stream, len);
    side->remaining -= (uint32_t)len;
    if (side->remaining == 0)
        end_frame(http, side, stream);
}

static void step_lost(const struct tt_http2 *http, struct tt_http2_side *side,
                      struct tt_stream *stream)
{
    struct tt_span rest = tt_stream_rest(stream);
    size_t at = tt_http2_frames_find(rest, (uint32_t)http->streams.max_id);
    tt_stream_take_unclaimed(stream, at < rest.len ? at : rest.len);
    if (at >= rest.len)
        return;
    side->begun = true;
    side->state = TT_HTTP2_HEADER;
}

static void step(struct tt_http2 *http, struct tt_http2_side *side, struct tt_stream *stream)
{
    switch ((enum tt_http2_state)side->state) {
    case TT_HTTP2_BEGIN:
        step_begin(http, side, stream);
        break;
    case TT_HTTP2_HEADER:
        step_header(http, side, stream);
        break;
    case TT_HTTP2_PAD_LENGTH:
        step_pad_length(http, side, stream);
        break;
    case TT_HTTP2_IN_DATA:
        step_data(http, side, stream);
        break;
    case TT_HTTP2_PADDING:
        step_padding(http, side, stream);
        break;
    case TT_HTTP2_BLOCK:
        step_block(http, side, stream);
        break;
    case TT_HTTP2_IN_SETTINGS:
        step_settings(http, side, stream);
        break;
    case TT_HTTP2_IN_GOAWAY:
        step_goaway(http, side, stream);
        break;
    case TT_HTTP2_SKIP:
    case TT_HTTP2_LEAVE:
        step_over(http, side, stream);
        break;
    case TT_HTTP2_LOST:
        step_lost(http, side, stream);
        break;
    case TT_HTTP2_DONE:
        tt_stream_take_unclaimed(stream, tt_stream_rest(stream).len);
        break;
    }
}

/* ---- gaps and ends ---- */

/* The gap lies within the payload of a frame whose header is known: frames go on behind it. */
static void skip_gap(struct tt_http2 *http, struct tt_http2_side *side,
                     const struct tt_stream *stream, uint64_t gap)
{
    bool data = side->frame.type == TT_HTTP2_DATA;
    struct tt_http_stream *of =
        data ? tt_http_stream_find(&http->streams, side->frame.stream) : NULL;
    if (of != NULL)
        tt_http_exchange_gap(&of->exchange, stream, tt_http2_role(http, side), gap);
    give_up_gathered(side, stream);
    if (side->state == TT_HTTP2_BLOCK) {
        tt_http2_block_lost(side);
        side->state = TT_HTTP2_LEAVE;
    } else if (side->state == TT_HTTP2_PAD_LENGTH || side->state == TT_HTTP2_IN_SETTINGS ||
               side->state == TT_HTTP2_IN_GOAWAY) {
        side->state = TT_HTTP2_LEAVE;
    }
    side->remaining -= (uint32_t)gap;
    if (side->remaining > 0)
        return;
    if (data)
        end_data(http, side, stream);
    else
        end_frame(http, side, stream);
}

static void take_gap(struct tt_http2 *http, struct tt_http2_side *side,
                     const struct tt_stream *stream, uint64_t gap)
{
    if (side->state == TT_HTTP2_DONE)
        return;
    tt_stream_note(stream, "http2.gap", stream->end - gap, gap,
                   "bytes are missing in an HTTP/2 stream: messages may be cut or missed");
    bool inside =
        side->state >= TT_HTTP2_PAD_LENGTH && side->state <= TT_HTTP2_LEAVE && !side->continuing;
    if (inside && gap <= side->remaining)
        skip_gap(http, side, stream, gap);
    else
        lose_sync(http, side, stream);
}

static void end_side(struct tt_http2_side *side, const struct tt_stream *stream)
{
    give_up_gathered(side, stream);
    side->state = TT_HTTP2_DONE;
}

/* A server of HTTP/2 that speaks first may have a client which knows HTTP/1 alone. */
static bool is_http1(const struct tt_http2 *http, const struct tt_http2_side *side,
                     const struct tt_chunk *chunk)
{
    struct tt_span head = tt_span_sub(chunk->bytes, 0, TT_PROBE_MAX);
    bool begins = side->state == TT_HTTP2_BEGIN && tt_gather_len(&side->gather) == 0 &&
                  chunk->gap == 0 && head.len > 0;
    if (!begins || !http->flow->initiator_known || http->client_known || http->streams.max_id > 0)
        return false;
    return !tt_span_starts(head, preface()) && !tt_span_starts(preface(), head) &&
           tt_http1_start_probe(head) != TT_HTTP1_START_NO;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct tt_http2 *http = state;
    struct tt_http2_side *side = &http->sides[chunk->direction];
    if (is_http1(http, side, chunk)) {
        *ret_used = 0;
        return TT_NEXT_PROBE;
    }
    struct tt_stream stream = tt_stream_make(http->sink, http->flow, chunk->direction);
    tt_stream_enter(&stream, chunk);
    if (chunk->gap > 0)
        take_gap(http, side, &stream, chunk->gap);
    while (tt_stream_rest(&stream).len > 0)
        step(http, side, &stream);
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_side(side, &stream);
    side->end = stream.end;
    *ret_used = tt_stream_leave(&stream);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    struct tt_http2 *http = state;
    if (http == NULL)
        return;
    tt_http_streams_free(&http->streams);
    for (size_t i = 0; i < 2; i++) {
        struct tt_stream stream = tt_stream_make(http->sink, http->flow, (enum tt_direction)i);
        stream.end = http->sides[i].end;
        give_up_gathered(&http->sides[i], &stream);
        tt_hpack_free(http->sides[i].hpack);
    }
    if (http->sink->pool != NULL)
        http->sink->pool->used -= sizeof(*http);
    free(http);
}

const struct tt_proto tt_proto_http2 = {.name = "http2",
                                        .title = "HTTP/2",
                                        .spec = "RFC 9113",
                                        .transports = TT_PROTO_TCP,
                                        .probe = probe,
                                        .open = open_flow,
                                        .feed = feed,
                                        .close = close_flow};
