/* One direction of a flow under a protocol: the chunk being read, and the ways to say what its
 * bytes are. Every byte taken goes exactly one way: into a body, unclaimed, or into an account. */
#ifndef TT_PROTO_STREAM_H
#define TT_PROTO_STREAM_H

#include "proto/extent.h"
#include "proto/proto.h"

struct tt_stream {
    const struct tt_proto_sink *sink;
    const struct tt_flow *flow;
    const struct tt_chunk *chunk; /* while it is fed; else NULL */
    uint64_t end;                 /* stream offset behind the last byte taken */
    uint64_t frame;               /* last frame of the chunk */
    enum tt_direction direction;
};

struct tt_stream tt_stream_make(const struct tt_proto_sink *sink, const struct tt_flow *flow,
                                enum tt_direction direction);

/* Begins a chunk; `chunk` is borrowed until tt_stream_leave. */
void tt_stream_enter(struct tt_stream *stream, const struct tt_chunk *chunk);
/* Ends it; returns the number of bytes taken. */
size_t tt_stream_leave(struct tt_stream *stream);

/* Bytes of the chunk that were taken. */
static inline size_t tt_stream_at(const struct tt_stream *stream)
{
    return (size_t)(stream->end - stream->chunk->offset);
}

/* What is left of the chunk. */
static inline struct tt_span tt_stream_rest(const struct tt_stream *stream)
{
    return tt_span_from(stream->chunk->bytes, tt_stream_at(stream));
}

/* Takes `len` bytes of the rest; the caller has said, or will say, what they are. */
static inline void tt_stream_take(struct tt_stream *stream, size_t len)
{
    stream->end += len;
}

/* The frames of the chunk. */
struct tt_origin tt_stream_origin(const struct tt_stream *stream);

void tt_stream_account(const struct tt_stream *stream, enum tt_bucket bucket, uint64_t bytes);

/* Takes `len` bytes of the rest, and hands them out as framing or as unclaimed. */
void tt_stream_take_framing(struct tt_stream *stream, size_t len);
void tt_stream_take_unclaimed(struct tt_stream *stream, size_t len);

/* Hands out [at, at + len) of bytes that were taken before. */
void tt_stream_unclaimed(const struct tt_stream *stream, const struct tt_extent *extent, size_t at,
                         size_t len);

/* Gathers the next `len` bytes of the rest, to at most `max` in all (tt_gather_add); they are still
 * to be taken. `give_up`
 * (may be NULL) is called with `owner` when all flows together have gathered too much. */
TT_MUST_USE enum tt_err tt_stream_gather(const struct tt_stream *stream, struct tt_gather *gather,
                                         size_t max, size_t len, void (*give_up)(void *owner),
                                         void *owner);

/* Hands out what was gathered, and empties the gather. */
void tt_stream_give_up_gather(const struct tt_stream *stream, struct tt_gather *gather);

/* Opens `body` (flow and direction are filled in here), gives it [at, at + len) of the extent and
 * closes it complete; body->at becomes the stream offset of the range. */
void tt_stream_body(const struct tt_stream *stream, struct tt_body *body, const struct tt_msg *msg,
                    const struct tt_extent *extent, size_t at, size_t len);

void tt_stream_note(const struct tt_stream *stream, const char *code, uint64_t offset,
                    uint64_t length, const char *text);

#endif
