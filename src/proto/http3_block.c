/* Header blocks of HTTP/3, and what waits for the entries that they refer to: RFC 9114, sections
 * 7.2.2 and 7.2.5; RFC 9204, section 2.1.2. */
#include "proto/http3_state.h"

#include "model/limits.h"
#include "proto/varint.h"

#include <stdlib.h>

enum { PUSH_PROMISE = 5 };

const struct tt_http_wire tt_http3_wire = {.version = "HTTP/3",
                                           .head_framing = "qpack",
                                           .data_framing = "http3",
                                           .fields_note = "http3.fields_lost",
                                           .limit_note = "http3.header_limit"};

/* What the text of the next block may be: a few bytes of it can stand for very many. */
static size_t text_room(const struct tt_http3 *http, bool from_server)
{
    uint64_t all = TT_HPACK_FREE_BYTES + http->wire_bytes[from_server] * TT_HPACK_RATIO_MAX;
    uint64_t spent = http->text_bytes[from_server];
    uint64_t left = all > spent ? all - spent : 0;
    return left < TT_HTTP_HEADER_MAX ? (size_t)left : TT_HTTP_HEADER_MAX;
}

static bool tell_block(struct tt_http3 *http, const struct tt_http3_way *way,
                       const struct tt_stream *stream, uint64_t id, struct tt_http_block *block,
                       const struct tt_http_range *range)
{
    bool promise = way->frame_type == PUSH_PROMISE;
    enum tt_http_role role = way->from_server && !promise ? TT_HTTP_RESPONSE : TT_HTTP_REQUEST;
    struct tt_http_stream *of = tt_http_stream_get(&http->streams, stream, id);
    if (of == NULL)
        return false;
    bool told = tt_http_exchange_block(&of->exchange, &tt_http3_wire, stream, role, block, range);
    if (promise)
        tt_http_exchange_end(&of->exchange, stream, role, true);
    return told;
}

/* `at`: of the block, in the extent. */
static bool read_block(struct tt_http3 *http, const struct tt_http3_way *way,
                       const struct tt_stream *stream, const struct tt_extent *extent, size_t at,
                       uint64_t id)
{
    struct tt_span bytes = tt_span_from(extent->bytes, at);
    struct tt_http_block block;
    tt_http_block_init(&block);
    struct tt_http_range range = {.at = extent->offset + at,
                                  .end = extent->offset + extent->bytes.len,
                                  .origin = tt_extent_origin(extent, at, bytes.len)};
    block.lines.max = text_room(http, way->from_server);
    bool good = tt_qpack_read(http->qpacks[way->from_server], bytes, &range.origin, &block);
    if (!good)
        tt_stream_note(stream, "http3.malformed", range.at, bytes.len,
                       "an HTTP/3 header block is malformed: it is searched raw, too");
    range.origin.time = extent->parts[0].origin.time;
    bool told = tell_block(http, way, stream, id, &block, &range) && good;
    http->wire_bytes[way->from_server] += extent->bytes.len;
    http->text_bytes[way->from_server] += block.text.len;
    tt_http_block_free(&block);
    return told;
}

bool tt_http3_take_block(struct tt_http3 *http, struct tt_http3_way *way,
                         const struct tt_stream *stream, const struct tt_extent *extent,
                         bool may_wait)
{
    size_t at = 0;
    uint64_t id = way->exchange;
    bool good = true;
    if (way->frame_type == PUSH_PROMISE) {
        good = tt_varint_read(extent->bytes, &at, &id);
        id += TT_HTTP3_PUSHES;
    }
    struct tt_span bytes = tt_span_from(extent->bytes, at);
    if (good && may_wait && tt_qpack_is_blocked(http->qpacks[way->from_server], bytes))
        return false;
    if (good && read_block(http, way, stream, extent, at, id))
        tt_stream_account(stream, TT_BUCKET_DECODED, extent->bytes.len);
    else
        tt_stream_unclaimed(stream, extent, 0, extent->bytes.len);
    return true;
}

/* ---- waiting ---- */

static size_t cost_of(const struct tt_chunk *chunk)
{
    return sizeof(struct tt_http3_held) + chunk->bytes.len;
}

void tt_http3_hold_on(struct tt_http3_way *way, struct tt_http3_held *held)
{
    struct tt_http3_held **last = &way->held;
    while (*last != NULL)
        last = &(*last)->next;
    held->next = NULL;
    *last = held;
}

bool tt_http3_hold(struct tt_http3 *http, struct tt_http3_way *way, const struct tt_chunk *chunk)
{
    struct tt_proto_pool *pool = http->sink->pool;
    size_t cost = cost_of(chunk);
    if (http->held + cost > TT_HTTP3_HELD_MAX || (pool != NULL && pool->used + cost > pool->max))
        return false;
    struct tt_http3_held *held = malloc(cost);
    if (held == NULL)
        return false;
    *held = (struct tt_http3_held){.chunk = *chunk};
    held->chunk.bytes.data = held->bytes;
    if (chunk->bytes.len > 0)
        memcpy(held->bytes, chunk->bytes.data, chunk->bytes.len);
    tt_http3_hold_on(way, held);
    http->held += cost;
    if (pool != NULL)
        pool->used += cost;
    return true;
}

struct tt_http3_held *tt_http3_next_held(struct tt_http3_way *way)
{
    struct tt_http3_held *held = way->held;
    if (held != NULL)
        way->held = held->next;
    return held;
}

void tt_http3_release(struct tt_http3 *http, struct tt_http3_held *held)
{
    size_t cost = cost_of(&held->chunk);
    http->held -= cost;
    if (http->sink->pool != NULL)
        http->sink->pool->used -= cost;
    free(held);
}

bool tt_http3_must_wait(const struct tt_http3 *http, const struct tt_http3_way *way)
{
    struct tt_span bytes = tt_gather_bytes(&way->gather);
    size_t at = 0;
    uint64_t push = 0;
    if (way->frame_type == PUSH_PROMISE)
        (void)tt_varint_read(bytes, &at, &push);
    return tt_qpack_is_blocked(http->qpacks[way->from_server], tt_span_from(bytes, at));
}
