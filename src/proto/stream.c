#include "proto/stream.h"

struct tt_stream tt_stream_make(const struct tt_proto_sink *sink, const struct tt_flow *flow,
                                enum tt_direction direction)
{
    return (struct tt_stream){.sink = sink, .flow = flow, .direction = direction};
}

void tt_stream_enter(struct tt_stream *stream, const struct tt_chunk *chunk)
{
    stream->chunk = chunk;
    stream->end = chunk->offset;
    stream->frame = chunk->last_frame;
}

size_t tt_stream_leave(struct tt_stream *stream)
{
    size_t used = tt_stream_at(stream);
    stream->chunk = NULL;
    return used;
}

struct tt_origin tt_stream_origin(const struct tt_stream *stream)
{
    return (struct tt_origin){.first_frame = stream->chunk->first_frame,
                              .last_frame = stream->chunk->last_frame,
                              .time = stream->chunk->time};
}

void tt_stream_account(const struct tt_stream *stream, enum tt_bucket bucket, uint64_t bytes)
{
    if (bytes > 0)
        stream->sink->calls->account(stream->sink->context, stream->flow, stream->direction, bucket,
                                     bytes);
}

void tt_stream_take_framing(struct tt_stream *stream, size_t len)
{
    tt_stream_account(stream, TT_BUCKET_DECODED, len);
    tt_stream_take(stream, len);
}

void tt_stream_take_unclaimed(struct tt_stream *stream, size_t len)
{
    if (len == 0)
        return;
    struct tt_piece piece = {.bytes = tt_span_sub(stream->chunk->bytes, tt_stream_at(stream), len),
                             .at = stream->end,
                             .origin = tt_stream_origin(stream)};
    stream->sink->calls->unclaimed(stream->sink->context, stream->flow, stream->direction, &piece);
    tt_stream_take(stream, len);
}

void tt_stream_unclaimed(const struct tt_stream *stream, const struct tt_extent *extent, size_t at,
                         size_t len)
{
    struct tt_extent_walk walk = tt_extent_walk(extent, at, len, extent->offset + at);
    struct tt_piece piece;
    while (tt_extent_next(&walk, &piece))
        stream->sink->calls->unclaimed(stream->sink->context, stream->flow, stream->direction,
                                       &piece);
}

enum tt_err tt_stream_gather(const struct tt_stream *stream, struct tt_gather *gather, size_t max,
                             size_t len, void (*give_up)(void *owner), void *owner)
{
    const struct tt_gather_owner whose = {
        .pool = stream->sink->pool, .give_up = give_up, .owner = owner};
    return tt_gather_add(gather, max, &whose, stream->chunk, tt_stream_at(stream), len);
}

void tt_stream_give_up_gather(const struct tt_stream *stream, struct tt_gather *gather)
{
    struct tt_extent extent = tt_gather_extent(gather);
    tt_stream_unclaimed(stream, &extent, 0, extent.bytes.len);
    tt_gather_clear(gather);
}

void tt_stream_body(const struct tt_stream *stream, struct tt_body *body, const struct tt_msg *msg,
                    const struct tt_extent *extent, size_t at, size_t len)
{
    const struct tt_proto_sink *sink = stream->sink;
    body->flow = stream->flow;
    body->direction = stream->direction;
    body->at = extent->offset + at;
    void *handle = sink->calls->body_open(sink->context, body, NULL, msg);
    if (handle == NULL)
        return;
    struct tt_extent_walk walk = tt_extent_walk(extent, at, len, 0);
    struct tt_piece piece;
    while (tt_extent_next(&walk, &piece))
        sink->calls->body_data(sink->context, handle, &piece);
    sink->calls->body_close(sink->context, handle, TT_BODY_COMPLETE, body->at + len);
}

void tt_stream_note(const struct tt_stream *stream, const char *code, uint64_t offset,
                    uint64_t length, const char *text)
{
    struct tt_note note = {.layer = "proto",
                           .code = code,
                           .flow = stream->flow,
                           .frame = stream->frame,
                           .offset = offset,
                           .length = length,
                           .text = text};
    tt_note_put(&stream->sink->notes, &note);
}
