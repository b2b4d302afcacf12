/* WebSocket: RFC 6455, and RFC 7692 for compressed messages. HTTP tells of it
 * (tt_proto_calls.expect) behind an Upgrade (RFC 6455, section 4) or a CONNECT (RFC 8441); without
 * the handshake, it is recognised by a first frame that holds text.
 *
 * Of what the handshake agrees upon, only the subprotocol is needed: the frames themselves tell
 * which messages are compressed, and the window of permessage-deflate may always be kept. */
#include "proto/list.h"

#include "base/utf.h"
#include "model/limits.h"
#include "proto/websocket.h"

#include <stdlib.h>

enum { HEAD_MIN = 2, LENGTH_16 = 126, LENGTH_64 = 127, CONTROL_MAX = 125 };

/* ---- frame headers (RFC 6455, section 5.2) ---- */

struct head {
    size_t len; /* of the header; above the bytes at hand: so many are needed */
    uint64_t payload;
    uint8_t opcode;
    bool fin;
    bool compressed;
    bool masked;
    uint8_t mask[4];
};

static bool first_bytes_fit(uint8_t first, uint8_t second)
{
    unsigned opcode = first & 15U;
    bool control = (opcode & 8U) != 0;
    bool fin = (first & 0x80U) != 0;
    bool starts = opcode == TT_WEBSOCKET_TEXT || opcode == TT_WEBSOCKET_BINARY;
    if ((first & 0x30U) != 0 || opcode > TT_WEBSOCKET_PONG || (opcode & 7U) > TT_WEBSOCKET_BINARY)
        return false;
    if ((first & 0x40U) != 0 && !starts)
        return false;
    return !control || (fin && (second & 0x7fU) <= CONTROL_MAX);
}

static uint64_t read_number(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* False when no frame begins so. */
static bool read_head(struct tt_span bytes, struct head *ret_head)
{
    *ret_head = (struct head){.len = HEAD_MIN};
    if (bytes.len < HEAD_MIN)
        return bytes.len == 0 || first_bytes_fit(bytes.data[0], 0);
    uint8_t first = bytes.data[0];
    uint8_t second = bytes.data[1];
    if (!first_bytes_fit(first, second))
        return false;
    unsigned told = second & 0x7fU;
    size_t length_len = told == LENGTH_64 ? 8 : told == LENGTH_16 ? 2 : 0;
    size_t mask_at = HEAD_MIN + length_len;
    ret_head->masked = (second & 0x80U) != 0;
    ret_head->len = mask_at + (ret_head->masked ? 4 : 0);
    ret_head->opcode = first & 15U;
    ret_head->fin = (first & 0x80U) != 0;
    ret_head->compressed = (first & 0x40U) != 0;
    if (bytes.len < ret_head->len)
        return true;
    ret_head->payload = length_len > 0 ? read_number(bytes.data + HEAD_MIN, length_len) : told;
    if (ret_head->masked)
        memcpy(ret_head->mask, bytes.data + mask_at, 4);
    return ret_head->payload <= INT64_MAX;
}

/* ---- recognition ---- */

/* A text as people and programs write it. */
static bool is_text(const struct head *head, struct tt_span payload)
{
    enum { TEXT_MIN = 2 };
    uint8_t text[TT_PROBE_MAX];
    if (payload.len < TEXT_MIN || payload.len > sizeof(text))
        return false;
    for (size_t i = 0; i < payload.len; i++) {
        text[i] = payload.data[i] ^ head->mask[i & 3U];
        if (text[i] < ' ' && text[i] != '\n' && text[i] != '\r' && text[i] != '\t')
            return false;
    }
    return tt_utf8_valid(tt_span_of(text, payload.len));
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span bytes)
{
    (void)direction;
    struct head head;
    /* Where the opening was seen, HTTP would have told. */
    if (flow->initiator_known || !read_head(bytes, &head) || bytes.len < head.len ||
        head.opcode != TT_WEBSOCKET_TEXT || head.compressed || !head.fin)
        return TT_PROBE_NO;
    struct tt_span payload = tt_span_from(bytes, head.len);
    return payload.len == head.payload && is_text(&head, payload) ? TT_PROBE_YES : TT_PROBE_NO;
}

/* After a loss: frames, from the first to the last byte. */
static bool is_plausible(struct tt_span bytes)
{
    size_t frames = 0;
    while (bytes.len > 0) {
        struct head head;
        if (!read_head(bytes, &head) || bytes.len < head.len || bytes.len - head.len < head.payload)
            return false;
        bytes = tt_span_from(bytes, head.len + (size_t)head.payload);
        frames++;
    }
    return frames > 0;
}

const char *tt_websocket_subprotocol(struct tt_span field)
{
    static const char mqtt[] = "mqtt";
    /* "mqtt", and "mqttv3.1" of older clients; of a list the first one. */
    return field.len >= 4 && tt_span_is(tt_span_sub(field, 0, 4), mqtt) ? mqtt : NULL;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct tt_websocket *websocket = calloc(1, sizeof(*websocket));
    if (websocket == NULL)
        return NULL;
    websocket->wants_channel = sink->handshake != NULL && sink->handshake->subprotocol != NULL;
    for (size_t i = 0; i < 2; i++) {
        websocket->sides[i].websocket = websocket;
        websocket->sides[i].stream = tt_stream_make(sink, flow, (enum tt_direction)i);
    }
    return websocket;
}

/* ---- losses ---- */

static void end_messages(struct tt_websocket_side *side)
{
    tt_websocket_end(side, true, false);
    tt_websocket_end(side, false, false);
    side->in_frame = false;
    side->left = 0;
}

/* The stream is over. */
static void end_stream(struct tt_websocket_side *side)
{
    size_t held = tt_gather_len(&side->gather);
    uint64_t at = held > 0 ? tt_gather_offset(&side->gather) : side->frame_at;
    if (held > 0 || (side->in_frame && side->left > 0))
        tt_stream_note(&side->stream, "websocket.cut", at, side->in_frame ? side->left : 0,
                       "a stream ends inside a WebSocket frame");
    tt_stream_give_up_gather(&side->stream, &side->gather);
    end_messages(side);
}

static void lose(struct tt_websocket_side *side, uint64_t offset, const char *code,
                 const char *text)
{
    if (code != NULL)
        tt_stream_note(&side->stream, code, offset, 0, text);
    tt_stream_give_up_gather(&side->stream, &side->gather);
    end_messages(side);
    if (side->inflate != NULL)
        tt_websocket_inflate_lose(side->inflate);
    side->channel_gap++;
    side->lost = true;
}

/* All flows together have gathered too much. */
static void give_up(void *owner)
{
    struct tt_websocket_side *side = owner;
    lose(side, tt_gather_offset(&side->gather), "websocket.headers_limit",
         "too much unfinished in all flows at once: a WebSocket is searched raw up to the next "
         "frame that is sure");
}

static void end_frame(struct tt_websocket_side *side)
{
    bool control = (side->opcode & 8U) != 0;
    side->in_frame = false;
    if (control || side->fin)
        tt_websocket_end(side, control, true);
}

/* The length of a frame tells where the next one begins, unless the length itself is missing. */
static void take_gap(struct tt_websocket_side *side, uint64_t gap)
{
    uint64_t offset = side->stream.end - gap;
    tt_stream_note(&side->stream, "websocket.gap", offset, gap,
                   "bytes are missing in a WebSocket: messages may be cut or missed");
    if (side->lost)
        return;
    if (!side->in_frame || gap > side->left) {
        lose(side, offset, NULL, NULL);
        return;
    }
    tt_websocket_miss(side, gap);
    side->left -= gap;
    if (side->left == 0)
        end_frame(side);
}

/* ---- frames ---- */

/* A header, whose bytes have been taken. */
static void take_head(struct tt_websocket_side *side, const struct head *head, uint64_t at)
{
    bool control = (head->opcode & 8U) != 0;
    tt_stream_account(&side->stream, TT_BUCKET_DECODED, head->len);
    side->frame_at = at;
    side->left = head->payload;
    side->opcode = head->opcode;
    side->fin = head->fin;
    side->mask_at = 0;
    side->in_frame = true;
    memcpy(side->mask, head->mask, sizeof(side->mask));
    bool starts = head->opcode != TT_WEBSOCKET_CONTINUATION;
    if (!control && starts && side->data.begun) {
        tt_stream_note(&side->stream, "websocket.malformed", at, 0,
                       "a WebSocket message begins inside another one");
        tt_websocket_end(side, false, false);
    }
    if (starts || !side->data.begun)
        tt_websocket_begin(side, control, head->compressed);
    if (side->left == 0)
        end_frame(side);
}

static void lose_malformed(struct tt_websocket_side *side, uint64_t offset)
{
    lose(side, offset, "websocket.malformed",
         "bytes that begin no WebSocket frame: searched raw up to the next one that is sure");
}

/* A header that spans chunks. */
static void gather_head(struct tt_websocket_side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_gather *gather = &side->gather;
    struct head head;
    while (tt_stream_rest(stream).len > 0) {
        uint64_t at = tt_gather_len(gather) > 0 ? tt_gather_offset(gather) : stream->end;
        if (tt_stream_gather(stream, gather, TT_WEBSOCKET_HEAD_MAX, 1, give_up, side) != TT_OK) {
            lose(side, at, "websocket.memory",
                 "no memory for a WebSocket: searched raw up to the next frame that is sure");
            return;
        }
        tt_stream_take(stream, 1);
        if (!read_head(tt_gather_bytes(gather), &head)) {
            lose_malformed(side, at);
            return;
        }
        if (head.len <= tt_gather_len(gather)) {
            take_head(side, &head, at);
            tt_gather_clear(gather);
            return;
        }
    }
}

static void step_head(struct tt_websocket_side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    struct head head;
    if (tt_gather_len(&side->gather) > 0) {
        gather_head(side);
    } else if (!read_head(rest, &head)) {
        lose_malformed(side, stream->end);
    } else if (head.len > rest.len) {
        gather_head(side);
    } else {
        uint64_t at = stream->end;
        tt_stream_take(stream, head.len);
        take_head(side, &head, at);
    }
}

static void step(struct tt_websocket_side *side)
{
    struct tt_stream *stream = &side->stream;
    size_t left = tt_stream_rest(stream).len;
    if (side->lost) {
        tt_stream_take_unclaimed(stream, left);
    } else if (side->in_frame) {
        size_t len = side->left < left ? (size_t)side->left : left;
        side->left -= len;
        tt_websocket_take(side, len);
        if (side->left == 0)
            end_frame(side);
    } else {
        step_head(side);
    }
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct tt_websocket *websocket = state;
    struct tt_websocket_side *side = &websocket->sides[chunk->direction];
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0)
        take_gap(side, chunk->gap);
    if (side->lost && is_plausible(chunk->bytes))
        side->lost = false;
    while (tt_stream_rest(&side->stream).len > 0)
        step(side);
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_stream(side);
    *ret_used = tt_stream_leave(&side->stream);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    struct tt_websocket *websocket = state;
    if (websocket == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct tt_websocket_side *side = &websocket->sides[i];
        end_stream(side);
        tt_websocket_inflate_free(side->inflate);
    }
    const struct tt_proto_sink *sink = websocket->sides[0].stream.sink;
    if (websocket->channel != NULL)
        sink->calls->channel_close(sink->context, websocket->channel);
    free(websocket);
}

const struct tt_proto tt_proto_websocket = {.name = "websocket",
                                            .title = "WebSocket",
                                            .spec = "RFC 6455, RFC 7692",
                                            .transports = TT_PROTO_TCP,
                                            .probe = probe,
                                            .open = open_flow,
                                            .feed = feed,
                                            .close = close_flow};
