#include "proto/websocket.h"

enum { UNMASKED_MAX = 4096 };

/* ---- bodies ---- */

static const char *kind_of(uint8_t opcode)
{
    switch (opcode) {
    case TT_WEBSOCKET_TEXT:
        return "text";
    case TT_WEBSOCKET_BINARY:
        return "binary";
    case TT_WEBSOCKET_CLOSE:
        return "close";
    case TT_WEBSOCKET_PING:
        return "ping";
    case TT_WEBSOCKET_PONG:
        return "pong";
    default:
        return "data"; /* its first frame is missing */
    }
}

static struct tt_websocket_message *message_of(struct tt_websocket_side *side, bool control)
{
    return control ? &side->control : &side->data;
}

static bool is_control(const struct tt_websocket_side *side)
{
    return (side->opcode & 8U) != 0;
}

void tt_websocket_begin(struct tt_websocket_side *side, bool control, bool compressed)
{
    const struct tt_stream *stream = &side->stream;
    const struct tt_proto_handshake *handshake = stream->sink->handshake;
    struct tt_origin origin = tt_stream_origin(stream);
    if (tt_gather_len(&side->gather) > 0) {
        struct tt_extent head = tt_gather_extent(&side->gather);
        origin = tt_extent_origin(&head, 0, head.bytes.len);
        origin.time = head.parts[0].origin.time;
    }
    *message_of(side, control) =
        (struct tt_websocket_message){.msg = {.flow = stream->flow,
                                              .direction = stream->direction,
                                              .protocol = "websocket",
                                              .kind = kind_of(side->opcode),
                                              .host = handshake != NULL ? handshake->host : NULL,
                                              .url = handshake != NULL ? handshake->url : NULL,
                                              .origin = origin},
                                      .begin = side->frame_at,
                                      .begun = true,
                                      .compressed = compressed,
                                      .continued = side->opcode == TT_WEBSOCKET_CONTINUATION};
}

static void open_body(struct tt_websocket_side *side, struct tt_websocket_message *message)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    const struct tt_body body = {.flow = side->stream.flow,
                                 .direction = side->stream.direction,
                                 .kind = message->compressed ? TT_STEP_CODING : TT_STEP_SLICE,
                                 .format = message->continued ? TT_FORMAT_REST : TT_FORMAT_UNKNOWN,
                                 .step = message == &side->control ? "websocket.control"
                                                                   : "websocket.payload",
                                 .at = message->begin};
    message->handle = sink->calls->body_open(
        sink->context, &body, message->compressed ? "permessage-deflate" : "websocket",
        &message->msg);
    message->open = true;
    message->at = 0;
}

static void give_body(struct tt_websocket_side *side, struct tt_websocket_message *message,
                      struct tt_span bytes)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    if (!message->open)
        open_body(side, message);
    const struct tt_piece piece = {
        .bytes = bytes, .at = message->at, .origin = tt_stream_origin(&side->stream)};
    if (message->handle != NULL && bytes.len > 0)
        sink->calls->body_data(sink->context, message->handle, &piece);
    message->at += bytes.len;
}

static void close_body(const struct tt_websocket_side *side, struct tt_websocket_message *message,
                       enum tt_body_end end)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    if (message->open && message->handle != NULL)
        sink->calls->body_close(sink->context, message->handle, end, side->stream.end);
    message->open = false;
}

/* ---- compressed messages ---- */

static void break_off(struct tt_websocket_side *side, const char *code, const char *text)
{
    struct tt_websocket_message *message = &side->data;
    tt_stream_note(&side->stream, code, message->begin, 0, text);
    close_body(side, message, TT_BODY_BROKEN);
    message->broken = true;
    if (side->inflate != NULL)
        tt_websocket_inflate_lose(side->inflate);
}

static void give_compressed(struct tt_websocket_side *side, struct tt_span bytes)
{
    struct tt_websocket_message *message = &side->data;
    struct tt_span out = {0};
    enum tt_inflated status = TT_INFLATED_MORE;
    while (status == TT_INFLATED_MORE) {
        status = tt_websocket_inflate_feed(side->inflate, &bytes, &out);
        if (out.len > 0)
            give_body(side, message, out);
    }
    if (status == TT_INFLATED_LIMIT)
        break_off(side, "websocket.limit",
                  "compressed WebSocket messages grow beyond the limit: one was not read to its "
                  "end");
    else if (status == TT_INFLATED_BAD)
        break_off(side, "websocket.inflate",
                  "a compressed WebSocket message is malformed, or refers to one that is missing: "
                  "the rest of it is searched raw");
}

/* Before the first bytes: is there what it needs to be unpacked? */
static void prepare(struct tt_websocket_side *side)
{
    struct tt_websocket_message *message = &side->data;
    if (!message->compressed || message->broken || side->inflate != NULL)
        return;
    side->inflate = tt_websocket_inflate_new(side->stream.sink->pool);
    if (side->inflate == NULL)
        break_off(side, "websocket.memory",
                  "too many compressed WebSockets at once: messages of one are searched raw");
}

/* ---- channels ---- */

static void give_channel(struct tt_websocket_side *side, struct tt_span bytes)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    struct tt_websocket *websocket = side->websocket;
    const struct tt_origin origin = tt_stream_origin(&side->stream);
    if (websocket->channel == NULL)
        websocket->channel =
            sink->calls->channel_open(sink->context, "websocket", "websocket.payload", false);
    side->channel_at += side->channel_gap;
    const struct tt_chunk chunk = {.flow = side->stream.chunk->flow,
                                   .direction = side->stream.direction,
                                   .offset = side->channel_at,
                                   .gap = side->channel_gap,
                                   .bytes = bytes,
                                   .first_frame = origin.first_frame,
                                   .last_frame = origin.last_frame,
                                   .time = origin.time};
    side->channel_at += bytes.len;
    side->channel_gap = 0;
    if (websocket->channel != NULL)
        sink->calls->channel_chunk(sink->context, websocket->channel, &chunk);
}

/* ---- payloads ---- */

static void give(struct tt_websocket_side *side, struct tt_span bytes)
{
    if (is_control(side))
        give_body(side, &side->control, bytes);
    else if (side->data.compressed)
        give_compressed(side, bytes);
    else if (side->websocket->wants_channel)
        give_channel(side, bytes);
    else
        give_body(side, &side->data, bytes);
}

static void unmask(struct tt_websocket_side *side, struct tt_span in, uint8_t *out)
{
    uint8_t mask[sizeof(uint64_t)];
    uint64_t key;
    uint64_t word;
    size_t at = 0;
    for (size_t i = 0; i < sizeof(mask); i++)
        mask[i] = side->mask[(side->mask_at + i) & 3U];
    memcpy(&key, mask, sizeof(key));
    for (; in.len - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, in.data + at, sizeof(word));
        word ^= key;
        memcpy(out + at, &word, sizeof(word));
    }
    for (; at < in.len; at++)
        out[at] = in.data[at] ^ mask[at % sizeof(mask)];
    side->mask_at = (uint8_t)((side->mask_at + in.len) & 3U);
}

static bool is_masked(const struct tt_websocket_side *side)
{
    return (side->mask[0] | side->mask[1] | side->mask[2] | side->mask[3]) != 0;
}

void tt_websocket_take(struct tt_websocket_side *side, size_t len)
{
    struct tt_stream *stream = &side->stream;
    struct tt_websocket_message *message = message_of(side, is_control(side));
    message->msg.body_bytes += len;
    prepare(side);
    while (len > 0) {
        uint8_t room[UNMASKED_MAX];
        bool raw = !is_control(side) && message->broken;
        struct tt_span bytes = tt_span_sub(tt_stream_rest(stream), 0, len);
        if (raw) {
            side->mask_at = (uint8_t)((side->mask_at + len) & 3U);
            tt_stream_take_unclaimed(stream, len);
            return;
        }
        if (is_masked(side)) {
            bytes = tt_span_sub(bytes, 0, UNMASKED_MAX);
            unmask(side, bytes, room);
            bytes.data = room;
        }
        if (message->compressed)
            tt_stream_account(stream, TT_BUCKET_OPENED, bytes.len);
        size_t taken = bytes.len;
        give(side, bytes);
        tt_stream_take(stream, taken);
        len -= taken;
    }
}

void tt_websocket_end(struct tt_websocket_side *side, bool control, bool whole)
{
    static const uint8_t tail[] = {0, 0, 0xff, 0xff}; /* RFC 7692, section 7.2.2 */
    struct tt_websocket_message *message = message_of(side, control);
    const struct tt_stream *stream = &side->stream;
    if (!message->begun)
        return;
    if (whole && message->compressed && !message->broken && side->inflate != NULL)
        give_compressed(side, tt_span_of(tail, sizeof(tail)));
    else if (message->compressed && side->inflate != NULL)
        tt_websocket_inflate_lose(side->inflate);
    if (message->compressed && !control)
        side->channel_gap++; /* is no part of a channel: its length is another one */
    if (stream->chunk != NULL && tt_stream_at(stream) > 0)
        message->msg.origin.last_frame = stream->frame;
    message->msg.complete = whole && !message->broken && !message->continued;
    close_body(side, message, message->msg.complete ? TT_BODY_COMPLETE : TT_BODY_CUT);
    stream->sink->calls->message(stream->sink->context, &message->msg);
    *message = (struct tt_websocket_message){0};
}

void tt_websocket_miss(struct tt_websocket_side *side, uint64_t gap)
{
    struct tt_websocket_message *message = message_of(side, is_control(side));
    side->mask_at = (uint8_t)((side->mask_at + gap) & 3U);
    close_body(side, message, TT_BODY_CUT);
    message->continued = true;
    message->begin = side->stream.end;
    if (is_control(side))
        return;
    side->channel_gap += gap;
    message->broken = message->compressed;
    if (message->compressed && side->inflate != NULL)
        tt_websocket_inflate_lose(side->inflate);
}
