/* Streams and frames of HTTP/3: RFC 9114, sections 6 and 7. */
#include "proto/http3_state.h"

#include "model/limits.h"
#include "proto/varint.h"

#include <stdlib.h>

enum { ONE_WAY = 2, BY_SERVER = 1 }; /* bits of a stream's number: RFC 9000, section 2.1 */

/* Types of streams with one way: section 6.2; RFC 9204, section 4.2. */
enum { CONTROL_STREAM = 0, PUSH_STREAM = 1, ENCODER_STREAM = 2, DECODER_STREAM = 3 };

enum {
    DATA = 0,
    HEADERS = 1,
    CANCEL_PUSH = 3,
    SETTINGS = 4,
    PUSH_PROMISE = 5,
    GOAWAY = 7,
    MAX_PUSH_ID = 0xd
};

enum {
    QPACK_MAX_TABLE_CAPACITY = 1, /* RFC 9204, section 5 */
    SETTINGS_MAX = 4096           /* bytes of SETTINGS that are read */
};

static struct tt_http3_stream *whole(struct tt_http_stream *stream)
{
    return (struct tt_http3_stream *)(void *)stream;
}

static enum tt_http_role role_of(const struct tt_http3_way *way)
{
    return way->from_server ? TT_HTTP_RESPONSE : TT_HTTP_REQUEST;
}

/* Whose exchange the way speaks for; NULL without memory. */
static struct tt_http_exchange *exchange_of(struct tt_http3 *http, const struct tt_http3_way *way,
                                            const struct tt_stream *stream)
{
    struct tt_http_stream *of = tt_http_stream_get(&http->streams, stream, way->exchange);
    return of == NULL ? NULL : &of->exchange;
}

static size_t at_most(const struct tt_stream *stream, uint64_t len)
{
    size_t rest = tt_stream_rest(stream).len;
    return rest < len ? rest : (size_t)len;
}

/* ---- integers ---- */

/* Gathers one integer, or two, that may be cut anywhere. True when they are whole: then they are
 * in `values`, accounted, and the head is empty again. */
static bool take_integers(struct tt_http3_way *way, struct tt_stream *stream, size_t count,
                          uint64_t values[2])
{
    while (tt_stream_rest(stream).len > 0) {
        if (way->head_len == 0)
            way->frame_at = stream->end;
        way->head[way->head_len++] = tt_stream_rest(stream).data[0];
        tt_stream_take_framing(stream, 1);
        struct tt_span head = tt_span_of(way->head, way->head_len);
        size_t at = 0;
        size_t read = 0;
        while (read < count && tt_varint_read(head, &at, &values[read]))
            read++;
        if (read == count) {
            way->head_len = 0;
            return true;
        }
    }
    return false;
}

/* ---- streams with one way ---- */

/* Control, encoder and decoder stream of a side are kept as long as the connection: there is one of
 * each (section 6.2.1). */
static bool is_first(struct tt_http3 *http, struct tt_http3_stream *of, bool from_server,
                     uint64_t type)
{
    uint64_t bit = (uint64_t)1 << type;
    bool first = (http->critical[from_server] & bit) == 0;
    http->critical[from_server] |= bit;
    of->critical = of->critical || first;
    return first;
}

static void step_stream_type(struct tt_http3 *http, struct tt_http3_stream *of,
                             struct tt_http3_way *way, struct tt_stream *stream)
{
    uint64_t values[2];
    if (!take_integers(way, stream, 1, values))
        return;
    way->state = TT_HTTP3_REST;
    if (values[0] == PUSH_STREAM && way->from_server)
        way->state = TT_HTTP3_PUSH_ID;
    else if (values[0] <= DECODER_STREAM && values[0] != PUSH_STREAM &&
             is_first(http, of, way->from_server, values[0]))
        way->state = values[0] == CONTROL_STREAM   ? TT_HTTP3_FRAME
                     : values[0] == ENCODER_STREAM ? TT_HTTP3_INSTRUCTIONS
                                                   : TT_HTTP3_ACCOUNT;
    else if (tt_http3_is_reserved(values[0]))
        way->state = TT_HTTP3_IN_EXTENSION;
    way->control = values[0] == CONTROL_STREAM;
    way->remaining = way->state == TT_HTTP3_IN_EXTENSION ? UINT64_MAX : 0; /* to its end */
}

static void step_push_id(struct tt_http3_way *way, struct tt_stream *stream)
{
    uint64_t values[2];
    if (!take_integers(way, stream, 1, values))
        return;
    way->exchange = TT_HTTP3_PUSHES + values[0];
    way->state = TT_HTTP3_FRAME;
}

/* ---- frames ---- */

/* What a frame that is not gathered leaves behind. */
static void end_payload(struct tt_http3_way *way)
{
    if (way->remaining == 0)
        way->state = TT_HTTP3_FRAME;
}

/* Of frames with another type. */
static uint8_t other_state(const struct tt_http3_way *way)
{
    return tt_http3_is_extension(way->frame_type) ? TT_HTTP3_IN_EXTENSION : TT_HTTP3_LEAVE;
}

static uint8_t request_state(const struct tt_http3_way *way)
{
    switch (way->frame_type) {
    case DATA:
        return TT_HTTP3_IN_DATA;
    case HEADERS:
        return TT_HTTP3_BLOCK;
    case PUSH_PROMISE:
        return way->from_server ? TT_HTTP3_BLOCK : TT_HTTP3_LEAVE;
    default:
        return other_state(way);
    }
}

static uint8_t control_state(const struct tt_http3_way *way)
{
    switch (way->frame_type) {
    case SETTINGS:
        return way->remaining <= SETTINGS_MAX ? TT_HTTP3_IN_SETTINGS : TT_HTTP3_LEAVE;
    case CANCEL_PUSH:
    case GOAWAY:
    case MAX_PUSH_ID:
        /* One integer each. */
        return way->remaining <= 8 ? TT_HTTP3_SKIP : TT_HTTP3_LEAVE;
    default:
        return other_state(way);
    }
}

static void settle(struct tt_http3 *http, const struct tt_http3_way *way)
{
    struct tt_span bytes = tt_gather_bytes(&way->gather);
    size_t at = 0;
    uint64_t id = 0;
    uint64_t value = 0;
    uint64_t capacity = 0;
    while (tt_varint_read(bytes, &at, &id) && tt_varint_read(bytes, &at, &value))
        if (id == QPACK_MAX_TABLE_CAPACITY)
            capacity = value;
    tt_qpack_settle(http->qpacks[!way->from_server], capacity);
    http->progress = true;
}

static void step_frame(struct tt_http3 *http, struct tt_http3_way *way, struct tt_stream *stream)
{
    uint64_t values[2] = {0};
    if (!take_integers(way, stream, 2, values))
        return;
    way->frame_type = values[0];
    way->remaining = values[1];
    way->state = way->control ? control_state(way) : request_state(way);
    if (way->state == TT_HTTP3_BLOCK && way->remaining > TT_HTTP_HEADER_MAX) {
        tt_stream_note(stream, "http3.header_limit", stream->end, way->remaining,
                       "an HTTP/3 header block is longer than the limit: it is searched raw");
        way->state = TT_HTTP3_LEAVE;
    }
    if (way->state == TT_HTTP3_IN_SETTINGS && way->remaining == 0)
        settle(http, way);
    end_payload(way);
}

static void step_data(struct tt_http3 *http, struct tt_http3_way *way, struct tt_stream *stream)
{
    size_t len = at_most(stream, way->remaining);
    struct tt_http_exchange *exchange = exchange_of(http, way, stream);
    if (exchange != NULL)
        tt_http_exchange_data(exchange, &tt_http3_wire, stream, role_of(way), len, way->frame_at);
    else
        tt_stream_take_unclaimed(stream, len);
    way->remaining -= len;
    end_payload(way);
}

static void step_over(struct tt_http3_way *way, struct tt_stream *stream)
{
    size_t len = at_most(stream, way->remaining);
    if (way->state == TT_HTTP3_SKIP)
        tt_stream_take_framing(stream, len);
    else
        tt_stream_take_unclaimed(stream, len);
    way->remaining -= len;
    end_payload(way);
}

static void step_extension(struct tt_http3_way *way, struct tt_stream *stream)
{
    size_t len = at_most(stream, way->remaining);
    tt_http3_extension(way, stream, len);
    way->remaining -= len;
    if (way->remaining == 0)
        tt_http3_end_extension(way, stream, stream->end, TT_BODY_COMPLETE);
    end_payload(way);
}

/* ---- gathered frames ---- */

/* Gathers the payload. True when it is whole. Without room it is left. */
static bool gather_payload(struct tt_http3_way *way, struct tt_stream *stream)
{
    size_t len = at_most(stream, way->remaining);
    /* Never given up for others; so where all flows together hold too much it is not begun. */
    const struct tt_proto_pool *pool = stream->sink->pool;
    bool room = pool == NULL || pool->used + way->remaining <= pool->max;
    if (!room ||
        tt_stream_gather(stream, &way->gather, TT_HTTP_HEADER_MAX, len, NULL, NULL) != TT_OK) {
        tt_stream_note(stream, "http.headers_limit", stream->end, way->remaining,
                       "too many unfinished HTTP header blocks at once: one is searched raw");
        tt_stream_give_up_gather(stream, &way->gather);
        way->state = TT_HTTP3_LEAVE;
        return false;
    }
    tt_stream_take(stream, len);
    way->remaining -= len;
    return way->remaining == 0;
}

static void step_settings(struct tt_http3 *http, struct tt_http3_way *way, struct tt_stream *stream)
{
    if (!gather_payload(way, stream))
        return;
    settle(http, way);
    tt_stream_account(stream, TT_BUCKET_DECODED, tt_gather_len(&way->gather));
    tt_gather_clear(&way->gather);
    way->state = TT_HTTP3_FRAME;
}

static void step_block(struct tt_http3 *http, struct tt_http3_way *way, struct tt_stream *stream)
{
    if (tt_gather_len(&way->gather) == 0 && tt_stream_rest(stream).len >= way->remaining) {
        /* The usual case: it is whole in this chunk. */
        struct tt_part part;
        struct tt_extent extent =
            tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), (size_t)way->remaining, &part);
        if (tt_http3_take_block(http, way, stream, &extent, true)) {
            tt_stream_take(stream, (size_t)way->remaining);
            way->remaining = 0;
            way->state = TT_HTTP3_FRAME;
            return;
        }
    }
    if (!gather_payload(way, stream))
        return;
    struct tt_extent extent = tt_gather_extent(&way->gather);
    way->state = TT_HTTP3_FRAME;
    if (tt_http3_take_block(http, way, stream, &extent, true)) {
        tt_gather_clear(&way->gather);
        return;
    }
    way->state = TT_HTTP3_WAITING;
    http->waiting++;
}

/* ---- all states ---- */

static void step_instructions(struct tt_http3 *http, const struct tt_http3_way *way,
                              struct tt_stream *stream)
{
    const struct tt_origin origin = tt_stream_origin(stream);
    size_t len = tt_stream_rest(stream).len;
    /* Literals there stand in a header block, too, where they are referred to; but nobody knows
     * whether one does. */
    if (tt_qpack_instructions(http->qpacks[way->from_server], tt_stream_rest(stream), &origin))
        tt_stream_take_framing(stream, len);
    else
        tt_stream_take_unclaimed(stream, len);
    http->progress = true;
}

static void step(struct tt_http3 *http, struct tt_http3_stream *of, struct tt_http3_way *way,
                 struct tt_stream *stream)
{
    switch ((enum tt_http3_state)way->state) {
    case TT_HTTP3_STREAM_TYPE:
        step_stream_type(http, of, way, stream);
        break;
    case TT_HTTP3_PUSH_ID:
        step_push_id(way, stream);
        break;
    case TT_HTTP3_FRAME:
        step_frame(http, way, stream);
        break;
    case TT_HTTP3_IN_DATA:
        step_data(http, way, stream);
        break;
    case TT_HTTP3_BLOCK:
        step_block(http, way, stream);
        break;
    case TT_HTTP3_IN_SETTINGS:
        step_settings(http, way, stream);
        break;
    case TT_HTTP3_SKIP:
    case TT_HTTP3_LEAVE:
        step_over(way, stream);
        break;
    case TT_HTTP3_IN_EXTENSION:
        step_extension(way, stream);
        break;
    case TT_HTTP3_INSTRUCTIONS:
        step_instructions(http, way, stream);
        break;
    case TT_HTTP3_ACCOUNT:
        tt_stream_take_framing(stream, tt_stream_rest(stream).len);
        break;
    case TT_HTTP3_BEGIN:
    case TT_HTTP3_WAITING:
    case TT_HTTP3_REST:
    case TT_HTTP3_DONE:
        tt_stream_take_unclaimed(stream, tt_stream_rest(stream).len);
        break;
    }
}

/* ---- gaps and ends ---- */

/* What the way was is over, as nobody knows what it goes on with. */
static void lose_way(struct tt_http3 *http, struct tt_http3_way *way, struct tt_stream *stream)
{
    if (way->state == TT_HTTP3_ACCOUNT)
        return;
    /* Settings and instructions that will not come. */
    if (way->state == TT_HTTP3_INSTRUCTIONS || way->state == TT_HTTP3_STREAM_TYPE)
        tt_qpack_lose(http->qpacks[way->from_server]);
    if (way->control || way->state == TT_HTTP3_STREAM_TYPE)
        tt_qpack_settle_unknown(http->qpacks[!way->from_server]);
    http->progress = true;
    tt_stream_give_up_gather(stream, &way->gather);
    way->head_len = 0;
    way->state = TT_HTTP3_REST;
}

static void take_gap(struct tt_http3 *http, struct tt_http3_way *way, struct tt_stream *stream,
                     uint64_t gap)
{
    tt_stream_note(stream, "http3.gap", stream->end - gap, gap,
                   "bytes are missing in an HTTP/3 stream: its message may be cut or missed");
    bool inside = way->state == TT_HTTP3_IN_DATA || way->state == TT_HTTP3_BLOCK ||
                  way->state == TT_HTTP3_IN_SETTINGS || way->state == TT_HTTP3_SKIP ||
                  way->state == TT_HTTP3_LEAVE || way->state == TT_HTTP3_IN_EXTENSION;
    tt_http3_end_extension(way, stream, stream->end - gap, TT_BODY_CUT);
    struct tt_http_stream *exchange = tt_http_stream_find(&http->streams, way->exchange);
    if (exchange != NULL && !way->control)
        tt_http_exchange_gap(&exchange->exchange, stream, role_of(way), gap);
    if (!inside || gap > way->remaining) {
        lose_way(http, way, stream);
        return;
    }
    tt_stream_give_up_gather(stream, &way->gather);
    if (way->state == TT_HTTP3_BLOCK || way->state == TT_HTTP3_IN_SETTINGS)
        way->state = TT_HTTP3_LEAVE;
    way->remaining -= gap;
    end_payload(way);
}

static bool speaks(const struct tt_http3_way *way, const struct tt_http3_stream *of)
{
    return !way->control && ((of->base.id & ONE_WAY) == 0 || way->exchange != of->base.id);
}

static void end_way(struct tt_http3 *http, struct tt_http3_stream *of, struct tt_http3_way *way,
                    struct tt_stream *stream, bool complete)
{
    bool at_border = way->state == TT_HTTP3_FRAME && way->head_len == 0;
    bool whole_stream = speaks(way, of) ? at_border : way->state == TT_HTTP3_IN_EXTENSION;
    tt_http3_end_extension(way, stream, stream->end,
                           complete && whole_stream ? TT_BODY_COMPLETE : TT_BODY_CUT);
    tt_stream_give_up_gather(stream, &way->gather);
    way->state = TT_HTTP3_DONE;
    struct tt_http_stream *exchange =
        speaks(way, of) ? tt_http_stream_find(&http->streams, way->exchange) : NULL;
    if (exchange == NULL)
        return;
    tt_http_exchange_end(&exchange->exchange, stream, role_of(way), complete && at_border);
    if (exchange != &of->base && tt_http_stream_is_over(exchange))
        tt_http_stream_drop(&http->streams, exchange);
}

/* ---- chunks ---- */

static void begin_way(const struct tt_http3_stream *of, struct tt_http3_way *way,
                      const struct tt_chunk *chunk, bool from_server)
{
    uint64_t id = of->base.id;
    way->from_server = from_server;
    way->exchange = id;
    /* A stream that was given up goes on, or one whose beginning is not there. */
    if (chunk->offset > chunk->gap)
        way->state = TT_HTTP3_REST;
    else if ((id & ONE_WAY) != 0)
        way->state = TT_HTTP3_STREAM_TYPE;
    else
        /* Servers open no streams with two ways (section 6.1). */
        way->state = (id & BY_SERVER) != 0 ? TT_HTTP3_REST : TT_HTTP3_FRAME;
}

/* The table will not be complete in time: from here on nothing waits for it. */
static void stop_waiting(struct tt_http3 *http, const struct tt_http3_way *way,
                         const struct tt_stream *stream)
{
    tt_stream_note(stream, "http3.waiting_limit", stream->end, 0,
                   "too much waits for entries of an HTTP/3 header table: fields that need them "
                   "are left out");
    tt_qpack_lose(http->qpacks[way->from_server]);
    http->progress = true;
}

/* The block that waited is read now. */
static void resume_block(struct tt_http3 *http, struct tt_http3_way *way)
{
    struct tt_stream stream =
        tt_stream_make(http->sink, http->flow, (enum tt_direction)way->direction);
    struct tt_extent extent = tt_gather_extent(&way->gather);
    stream.end = way->end;
    stream.frame = tt_extent_origin(&extent, extent.bytes.len, 0).last_frame;
    way->state = TT_HTTP3_FRAME;
    http->waiting--;
    (void)tt_http3_take_block(http, way, &stream, &extent, false);
    tt_gather_clear(&way->gather);
}

/* Is the rest of the chunk held? If there is no room for it the block need not wait any more. */
static bool hold_rest(struct tt_http3 *http, struct tt_http3_way *way,
                      const struct tt_stream *stream)
{
    struct tt_chunk rest = *stream->chunk;
    rest.bytes = tt_stream_rest(stream);
    rest.offset = stream->end;
    rest.gap = 0;
    if ((rest.bytes.len == 0 && (rest.flags & TT_CHUNK_END) == 0) ||
        tt_http3_hold(http, way, &rest))
        return true;
    stop_waiting(http, way, stream);
    resume_block(http, way);
    return false;
}

/* Reads the chunk up to where it must wait. */
static void read_chunk(struct tt_http3 *http, struct tt_http3_stream *of, struct tt_http3_way *way,
                       const struct tt_chunk *chunk)
{
    struct tt_stream stream = tt_stream_make(http->sink, http->flow, chunk->direction);
    tt_stream_enter(&stream, chunk);
    way->direction = (uint8_t)chunk->direction;
    if (chunk->gap > 0)
        take_gap(http, way, &stream, chunk->gap);
    bool held = false;
    while (!held && (tt_stream_rest(&stream).len > 0 || way->state == TT_HTTP3_WAITING)) {
        way->end = stream.end;
        if (way->state == TT_HTTP3_WAITING)
            held = hold_rest(http, way, &stream);
        else
            step(http, of, way, &stream);
    }
    way->end = stream.end;
    if ((chunk->flags & TT_CHUNK_END) != 0 && !held)
        end_way(http, of, way, &stream, (chunk->flags & TT_CHUNK_CUT) == 0);
    (void)tt_stream_leave(&stream);
}

/* Goes on with a way whose block need not wait: the block, then what was held, which may come to a
 * block that waits again. */
static void resume(struct tt_http3 *http, struct tt_http3_stream *of, struct tt_http3_way *way)
{
    struct tt_http3_held *list = way->held;
    way->held = NULL;
    resume_block(http, way);
    while (list != NULL) {
        struct tt_http3_held *held = list;
        list = held->next;
        if (way->state == TT_HTTP3_WAITING) {
            tt_http3_hold_on(way, held);
            continue;
        }
        read_chunk(http, of, way, &held->chunk);
        tt_http3_release(http, held);
    }
}

static void feed_way(struct tt_http3 *http, struct tt_http3_stream *of, struct tt_http3_way *way,
                     const struct tt_chunk *chunk)
{
    if (way->state == TT_HTTP3_WAITING) {
        if (tt_http3_hold(http, way, chunk))
            return;
        struct tt_stream stream = tt_stream_make(http->sink, http->flow, chunk->direction);
        stream.end = way->end;
        stop_waiting(http, way, &stream);
        resume(http, of, way);
    }
    read_chunk(http, of, way, chunk);
}

/* A stream that nothing more can come of goes, unless it must stay. */
static void settle_stream(struct tt_http3 *http, struct tt_http3_stream *of)
{
    uint64_t id = of->base.id;
    bool both = (id & ONE_WAY) == 0;
    bool done = true;
    for (unsigned i = 0; i < 2; i++)
        if (both || (id & BY_SERVER) == i)
            done = done && of->ways[i].state == TT_HTTP3_DONE;
    of->base.kept = of->critical;
    if (done && !of->critical && id < TT_HTTP3_PUSHES)
        tt_http_stream_drop(&http->streams, &of->base);
}

/* One way that waits without need; NULL: there is none. */
static struct tt_http3_way *find_ready(struct tt_http3 *http, struct tt_http3_stream **ret_of)
{
    for (struct tt_http_stream *one = http->streams.oldest; one != NULL; one = one->newer) {
        for (size_t i = 0; i < 2; i++) {
            struct tt_http3_way *way = &whole(one)->ways[i];
            if (way->state != TT_HTTP3_WAITING || tt_http3_must_wait(http, way))
                continue;
            *ret_of = whole(one);
            return way;
        }
    }
    return NULL;
}

static void resume_ready(struct tt_http3 *http)
{
    struct tt_http3_stream *of = NULL;
    struct tt_http3_way *way = NULL;
    http->progress = false;
    while (http->waiting > 0 && (way = find_ready(http, &of)) != NULL) {
        of->base.kept = true;
        resume(http, of, way);
        settle_stream(http, of);
    }
}

void tt_http3_feed(struct tt_http3 *http, uint64_t id, bool from_server,
                   const struct tt_chunk *chunk)
{
    struct tt_stream stream = tt_stream_make(http->sink, http->flow, chunk->direction);
    tt_stream_enter(&stream, chunk);
    struct tt_http_stream *found =
        id < TT_HTTP3_PUSHES ? tt_http_stream_get(&http->streams, &stream, id) : NULL;
    if (found == NULL) {
        tt_stream_take_unclaimed(&stream, chunk->bytes.len);
        return;
    }
    struct tt_http3_stream *of = whole(found);
    struct tt_http3_way *way = &of->ways[from_server];
    /* Not to be given up for others meanwhile. */
    of->base.kept = true;
    if (way->state == TT_HTTP3_BEGIN)
        begin_way(of, way, chunk, from_server);
    feed_way(http, of, way, chunk);
    settle_stream(http, of);
    if (http->progress)
        resume_ready(http);
}

/* RFC 9297, section 2.1: the number of a request stream, divided by four, and what is sent on it.
 */
void tt_http3_datagram(struct tt_http3 *http, const struct tt_chunk *chunk)
{
    struct tt_stream stream = tt_stream_make(http->sink, http->flow, chunk->direction);
    tt_stream_enter(&stream, chunk);
    size_t len = 0;
    uint64_t quarter = 0;
    if (tt_varint_read(chunk->bytes, &len, &quarter))
        tt_stream_take_framing(&stream, len);
    tt_stream_take_unclaimed(&stream, tt_stream_rest(&stream).len);
    (void)tt_stream_leave(&stream);
}

/* ---- the whole ---- */

/* What a stream holds that goes is searched as it stands. */
static void drop_ways(void *owner, struct tt_http_stream *one)
{
    struct tt_http3 *http = owner;
    for (size_t i = 0; i < 2; i++) {
        struct tt_http3_way *way = &whole(one)->ways[i];
        struct tt_stream stream =
            tt_stream_make(http->sink, http->flow, (enum tt_direction)way->direction);
        if (way->state == TT_HTTP3_WAITING)
            http->waiting--;
        tt_http3_end_extension(way, &stream, way->end, TT_BODY_CUT);
        tt_stream_give_up_gather(&stream, &way->gather);
        struct tt_http3_held *held = NULL;
        while ((held = tt_http3_next_held(way)) != NULL) {
            tt_stream_enter(&stream, &held->chunk);
            tt_stream_take_unclaimed(&stream, held->chunk.bytes.len);
            tt_http3_release(http, held);
        }
    }
}

struct tt_http3 *tt_http3_new(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct tt_http3 *http = calloc(1, sizeof(*http));
    if (http == NULL)
        return NULL;
    http->sink = sink;
    http->flow = flow;
    http->streams = (struct tt_http_streams){.sink = sink,
                                             .flow = flow,
                                             .size = sizeof(struct tt_http3_stream),
                                             .limit_note = "http3.streams_limit",
                                             .drop = drop_ways,
                                             .owner = http};
    for (size_t i = 0; i < 2; i++)
        http->qpacks[i] = tt_qpack_new();
    if (http->qpacks[0] == NULL || http->qpacks[1] == NULL) {
        tt_qpack_free(http->qpacks[0]);
        tt_qpack_free(http->qpacks[1]);
        free(http);
        return NULL;
    }
    if (sink->pool != NULL)
        sink->pool->used += sizeof(*http);
    return http;
}

void tt_http3_begin_late(struct tt_http3 *http)
{
    for (size_t i = 0; i < 2; i++)
        tt_qpack_lose(http->qpacks[i]);
}

void tt_http3_free(struct tt_http3 *http)
{
    if (http == NULL)
        return;
    /* What waits is read as far as it can be. */
    tt_qpack_lose(http->qpacks[0]);
    tt_qpack_lose(http->qpacks[1]);
    resume_ready(http);
    tt_http_streams_free(&http->streams);
    tt_qpack_free(http->qpacks[0]);
    tt_qpack_free(http->qpacks[1]);
    if (http->sink->pool != NULL)
        http->sink->pool->used -= sizeof(*http);
    free(http);
}
