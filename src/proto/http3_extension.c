/* Frames and streams of HTTP/3 that are part of no message. What they hold is searched as a body,
 * and is no message itself. */
#include "proto/http3_state.h"

enum {
    PRIORITY_UPDATE_REQUEST = 0xf0700, /* RFC 9218, section 7.2 */
    PRIORITY_UPDATE_PUSH = 0xf0701,
    RESERVED_FIRST = 0x21,
    RESERVED_STEP = 0x1f
};

bool tt_http3_is_reserved(uint64_t stream_type)
{
    return stream_type >= RESERVED_FIRST && (stream_type - RESERVED_FIRST) % RESERVED_STEP == 0;
}

bool tt_http3_is_extension(uint64_t frame_type)
{
    return frame_type == PRIORITY_UPDATE_REQUEST || frame_type == PRIORITY_UPDATE_PUSH ||
           tt_http3_is_reserved(frame_type);
}

static void open_body(struct tt_http3_way *way, const struct tt_stream *stream)
{
    const struct tt_body body = {.flow = stream->flow,
                                 .direction = stream->direction,
                                 .kind = TT_STEP_SLICE,
                                 .step = "http3.extension",
                                 .at = stream->end};
    const struct tt_msg msg = {.flow = stream->flow,
                               .direction = stream->direction,
                               .protocol = "http",
                               .kind = "extension",
                               .origin = tt_stream_origin(stream)};
    way->extension = stream->sink->calls->body_open(stream->sink->context, &body, NULL, &msg);
    way->extension_at = 0;
    way->extends = true;
}

void tt_http3_extension(struct tt_http3_way *way, struct tt_stream *stream, size_t len)
{
    if (!way->extends)
        open_body(way, stream);
    const struct tt_piece piece = {.bytes = tt_span_sub(tt_stream_rest(stream), 0, len),
                                   .at = way->extension_at,
                                   .origin = tt_stream_origin(stream)};
    if (way->extension != NULL)
        stream->sink->calls->body_data(stream->sink->context, way->extension, &piece);
    way->extension_at += len;
    tt_stream_take(stream, len);
}

void tt_http3_end_extension(struct tt_http3_way *way, const struct tt_stream *stream,
                            uint64_t offset, enum tt_body_end end)
{
    if (way->extension != NULL)
        stream->sink->calls->body_close(stream->sink->context, way->extension, end, offset);
    way->extension = NULL;
    way->extends = false;
}
