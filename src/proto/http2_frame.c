#include "proto/http2_frame.h"

#include "base/reader.h"

enum {
    USUAL_FRAME_MAX = 16384, /* without SETTINGS that allow more */
    STREAMS_AHEAD = 2000,    /* of the highest stream seen */
    STREAMS_NEXT = 20,       /* the same for a frame that stands alone */
    CHAIN = 3                /* frames in a row that are believed */
};

const uint8_t tt_http2_preface[TT_HTTP2_PREFACE_LEN] = {
    'P', 'R', 'I',  ' ',  '*',  ' ',  'H', 'T', 'T',  'P',  '/',  '2',
    '.', '0', '\r', '\n', '\r', '\n', 'S', 'M', '\r', '\n', '\r', '\n'};

struct tt_http2_frame tt_http2_frame_read(struct tt_span bytes)
{
    struct tt_reader reader = tt_reader_of(bytes);
    uint32_t first = tt_read_u32(&reader);
    struct tt_http2_frame frame = {.length = first >> 8, .type = (uint8_t)first};
    frame.flags = tt_read_u8(&reader);
    uint32_t stream = tt_read_u32(&reader);
    frame.stream = stream & 0x7fffffffU;
    frame.reserved = stream != frame.stream;
    return frame;
}

bool tt_http2_frame_fits(const struct tt_http2_frame *frame)
{
    switch (frame->type) {
    case TT_HTTP2_DATA:
    case TT_HTTP2_HEADERS:
    case TT_HTTP2_CONTINUATION:
        return frame->stream != 0;
    case TT_HTTP2_PRIORITY:
        return frame->stream != 0 && frame->length == 5;
    case TT_HTTP2_RST_STREAM:
        return frame->stream != 0 && frame->length == 4;
    case TT_HTTP2_SETTINGS:
        return frame->stream == 0 && frame->length % TT_HTTP2_SETTING_LEN == 0 &&
               ((frame->flags & TT_HTTP2_ACK) == 0 || frame->length == 0);
    case TT_HTTP2_PUSH_PROMISE:
        return frame->stream != 0 && frame->length >= 4;
    case TT_HTTP2_PING:
        return frame->stream == 0 && frame->length == 8;
    case TT_HTTP2_GOAWAY:
        return frame->stream == 0 && frame->length >= 8;
    case TT_HTTP2_WINDOW_UPDATE:
        return frame->length == 4;
    default:
        return true;
    }
}

/* ---- finding frames ---- */

static bool usual_flags(const struct tt_http2_frame *frame)
{
    static const uint8_t usual[] = {
        [TT_HTTP2_DATA] = TT_HTTP2_END_STREAM | TT_HTTP2_PADDED,
        [TT_HTTP2_HEADERS] =
            TT_HTTP2_END_STREAM | TT_HTTP2_END_HEADERS | TT_HTTP2_PADDED | TT_HTTP2_WITH_PRIORITY,
        [TT_HTTP2_SETTINGS] = TT_HTTP2_ACK,
        [TT_HTTP2_PUSH_PROMISE] = TT_HTTP2_END_HEADERS | TT_HTTP2_PADDED,
        [TT_HTTP2_PING] = TT_HTTP2_ACK,
        [TT_HTTP2_CONTINUATION] = TT_HTTP2_END_HEADERS};
    return frame->type < sizeof(usual) && (frame->flags & (unsigned)~usual[frame->type]) == 0;
}

bool tt_http2_frame_usual(const struct tt_http2_frame *frame, uint32_t max_stream)
{
    if (frame->length > USUAL_FRAME_MAX || frame->reserved || !usual_flags(frame) ||
        !tt_http2_frame_fits(frame))
        return false;
    /* Fields of numbers look like empty DATA frames of small streams. */
    if (frame->type == TT_HTTP2_DATA && (frame->stream % 2 == 0 || frame->length == 0))
        return false;
    return max_stream == 0 || frame->stream <= max_stream + STREAMS_AHEAD;
}

/* A header block that begins as those of clients and servers do: an indexed :method or :status, or
 * a size update before it. */
static bool is_head(const struct tt_http2_frame *frame, struct tt_span payload)
{
    if (frame->type != TT_HTTP2_HEADERS || (frame->flags & TT_HTTP2_END_HEADERS) == 0 ||
        frame->stream % 2 == 0)
        return false;
    size_t at = (frame->flags & TT_HTTP2_PADDED) != 0 ? 1 : 0;
    at += (frame->flags & TT_HTTP2_WITH_PRIORITY) != 0 ? 5 : 0;
    if (at >= payload.len)
        return false;
    uint8_t c = payload.data[at];
    return c == 0x82 || c == 0x83 || (c >= 0x88 && c <= 0x8e) || c == 0x3f || c == 0x20;
}

/* Of a stream that was seen, or of one of the next. */
static bool is_near(const struct tt_http2_frame *frame, uint32_t max_stream)
{
    return frame->stream != 0 && max_stream > 0 && frame->stream <= max_stream + STREAMS_NEXT;
}

static bool chain_at(struct tt_span bytes, size_t begin, uint32_t max_stream)
{
    size_t at = begin;
    struct tt_http2_frame frame = {0};
    for (size_t count = 1; bytes.len - at >= TT_HTTP2_HEADER_LEN; count++) {
        struct tt_span here = tt_span_from(bytes, at);
        frame = tt_http2_frame_read(here);
        if (!tt_http2_frame_usual(&frame, max_stream))
            return false;
        bool first = begin == 0 && count == 1;
        size_t end = at + TT_HTTP2_HEADER_LEN + frame.length;
        if (count == CHAIN || (first && is_head(&frame, tt_span_from(here, TT_HTTP2_HEADER_LEN))))
            return true;
        if (end >= bytes.len)
            return count > 1 || (first && is_near(&frame, max_stream));
        at = end;
    }
    return false;
}

bool tt_http2_frames_here(struct tt_span bytes, uint32_t max_stream)
{
    return chain_at(bytes, 0, max_stream);
}

size_t tt_http2_frames_find(struct tt_span bytes, uint32_t max_stream)
{
    if (bytes.len >= TT_HTTP2_HEADER_LEN && chain_at(bytes, 0, max_stream))
        return 0;
    for (size_t at = 1; at + TT_HTTP2_HEADER_LEN < bytes.len; at++) {
        /* A usual length begins with a byte of zero, and few types are known. */
        at += tt_span_find(tt_span_from(bytes, at), 0);
        if (at + TT_HTTP2_HEADER_LEN >= bytes.len)
            break;
        if (bytes.data[at + 3] <= TT_HTTP2_CONTINUATION && chain_at(bytes, at, max_stream))
            return at;
    }
    return SIZE_MAX;
}
