/* HTTP/1.0 and HTTP/1.1, both directions of a flow: RFC 9112. Finds the messages; see
 * http1_state.h for the other parts. */
#include "proto/list.h"

#include "model/limits.h"
#include "proto/http1_state.h"

#include <stdlib.h>

enum { TEXTS_KEEP = 8192 }; /* room for texts up to this size is kept between messages */

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)flow;
    (void)direction;
    switch (tt_http1_start_probe(head)) {
    case TT_HTTP1_START_NO:
        return TT_PROBE_NO;
    case TT_HTTP1_START_MORE:
        return TT_PROBE_MORE;
    case TT_HTTP1_START_REQUEST:
    case TT_HTTP1_START_RESPONSE:
        return TT_PROBE_YES;
    }
    return TT_PROBE_NO;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct tt_http1 *http = calloc(1, sizeof(*http));
    if (http == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        struct tt_http1_side *side = &http->sides[i];
        side->stream = tt_stream_make(sink, flow, (enum tt_direction)i);
        side->gather = tt_gather_make(TT_HTTP_HEADER_MAX);
        side->texts = tt_buf_make((size_t)8 * TT_HTTP_HEADER_MAX);
        /* A flow whose opening was not seen may begin anywhere in a message. */
        side->aligned = flow->initiator_known;
        http->queues[i] = tt_http1_queue_make();
    }
    return http;
}

/* ---- messages ---- */

void tt_http1_message_end(struct tt_http1_side *side, bool complete)
{
    if (side->in_message) {
        if (side->stream.taken_frame > side->msg.origin.last_frame)
            side->msg.origin.last_frame = side->stream.taken_frame;
        side->msg.complete = complete;
        side->stream.sink->message(side->stream.sink->context, &side->msg);
    }
    side->in_message = false;
    if (side->texts.cap > TEXTS_KEEP)
        tt_buf_free(&side->texts);
    side->state = TT_HTTP1_FIND;
    side->aligned = true;
    side->candidate = true;
}

void tt_http1_lose_sync(struct tt_http1 *http, struct tt_http1_side *side)
{
    tt_http1_message_end(side, false);
    side->aligned = false;
    tt_http1_queue_lost(&http->queues[0]);
    tt_http1_queue_lost(&http->queues[1]);
}

/* The request that a response is for. */
static const struct tt_http1_pending *answered(struct tt_http1 *http, struct tt_http1_side *side,
                                               const struct tt_http1_head *head, uint64_t frame,
                                               struct tt_http1_pending *room)
{
    /* 101 is the only 1xx after which nothing else comes (RFC 9110, section 15.2). */
    bool final = head->status / 100 != 1 || head->status == 101;
    struct tt_http1_queue *queue = &http->queues[1 - side->stream.direction];
    return tt_http1_queue_answer(queue, frame, final, room) ? room : NULL;
}

static void remember(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_http1_pending request = {.frame = side->msg.origin.first_frame,
                                       .method = side->msg.method,
                                       .host = side->msg.host,
                                       .url = side->msg.url};
    if (!tt_http1_queue_push(&http->queues[side->stream.direction], &request))
        tt_stream_note(&side->stream, "http.pipeline", side->stream.end, 0,
                       "too many HTTP requests wait for responses: some responses lack their host");
}

static bool is_connect(const char *method)
{
    return method != NULL && strcmp(method, "CONNECT") == 0;
}

/* A message begins, or what there is of it: tells its head. */
static void tell_head(struct tt_http1 *http, struct tt_http1_side *side,
                      const struct tt_http1_head *head, const struct tt_extent *extent)
{
    struct tt_http1_pending room = {0};
    const struct tt_http1_pending *request = NULL;
    struct tt_origin origin = tt_extent_origin(extent, 0, extent->bytes.len);
    origin.time = extent->parts[0].origin.time;
    if (head->response)
        request = answered(http, side, head, origin.first_frame, &room);
    tt_http1_describe(side, head, request, origin);
    side->role = head->response ? TT_HTTP1_ROLE_SERVER : TT_HTTP1_ROLE_CLIENT;
    side->in_message = true;
    if (!head->response)
        remember(http, side);

    struct tt_body body = {.kind = TT_STEP_SLICE,
                           .format = TT_FORMAT_HTTP_HEAD,
                           .step = head->response ? "http.response.head" : "http.request.head"};
    tt_stream_body(&side->stream, &body, &side->msg, extent, 0, extent->bytes.len);
}

void tt_http1_take_head(struct tt_http1 *http, struct tt_http1_side *side,
                        const struct tt_http1_head *head, const struct tt_extent *extent)
{
    tell_head(http, side, head, extent);
    bool connect = is_connect(side->msg.method);
    if (!head->response)
        side->awaits_tunnel = connect;
    else if (connect && head->status / 100 != 1)
        http->sides[1 - side->stream.direction].awaits_tunnel = false;
    if (head->response && (head->status == 101 || (connect && head->status / 100 == 2)))
        http->tunnel = true;
    tt_http1_body_begin(http, side, head, side->msg.method);
}

/* ---- heads ---- */

bool tt_http1_gather_head(struct tt_http1_side *side, struct tt_extent *ret_head,
                          struct tt_part *part, bool *ret_over)
{
    struct tt_stream *stream = &side->stream;
    struct tt_gather *gather = &side->gather;
    struct tt_span rest = tt_stream_rest(stream);
    size_t found = tt_http1_scan_end(&side->scan, rest);
    size_t len = found == SIZE_MAX ? rest.len : found;
    size_t room = TT_HTTP_HEADER_MAX - gather->bytes.len;
    bool over = len > room;
    bool whole = found != SIZE_MAX && gather->bytes.len == 0;
    if (!over && !whole)
        over = tt_gather_add(gather, stream->chunk, stream->at, len) != TT_OK;
    if (over) {
        tt_stream_note(stream, "http.header_limit", stream->end, 0,
                       "an HTTP header block is longer than the limit: it is searched raw");
        tt_stream_give_up_gather(stream, gather);
        tt_stream_take_unclaimed(stream, len < room ? len : room);
        *ret_over = true;
        return false;
    }
    if (whole)
        *ret_head = tt_extent_of_chunk(stream->chunk, stream->at, len, part);
    tt_stream_take(stream, len);
    if (!whole && found != SIZE_MAX)
        *ret_head = tt_gather_extent(gather);
    return found != SIZE_MAX;
}

static void step_head(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_http1_head head = {0};
    struct tt_extent extent = {0};
    struct tt_part part = {0};
    bool over = false;
    size_t len = 0;
    if (side->gather.bytes.len == 0)
        len = tt_http1_head_parse(tt_stream_rest(stream), &head);
    if (len > 0 && len <= TT_HTTP_HEADER_MAX) {
        /* The usual case: it is whole in this chunk. */
        extent = tt_extent_of_chunk(stream->chunk, stream->at, len, &part);
        tt_stream_take(stream, len);
        tt_http1_take_head(http, side, &head, &extent);
    } else if (tt_http1_gather_head(side, &extent, &part, &over)) {
        (void)tt_http1_head_parse(extent.bytes, &head);
        tt_http1_take_head(http, side, &head, &extent);
        tt_gather_clear(&side->gather);
    } else if (over) {
        tt_http1_lose_sync(http, side);
    }
}

/* ---- finding messages ---- */

/* Where no message was expected, only one of the side's own kind is believed: a body may well
 * quote the other. */
static enum tt_http1_start start_here(const struct tt_http1_side *side, struct tt_span bytes)
{
    enum tt_http1_start start = tt_http1_start_line(bytes);
    if (side->aligned)
        return start;
    if ((start == TT_HTTP1_START_REQUEST && side->role == TT_HTTP1_ROLE_SERVER) ||
        (start == TT_HTTP1_START_RESPONSE && side->role == TT_HTTP1_ROLE_CLIENT))
        return TT_HTTP1_START_NO;
    if (start == TT_HTTP1_START_REQUEST && !tt_http1_knows_method(bytes))
        return TT_HTTP1_START_NO;
    return start;
}

static size_t start_line_max(const struct tt_http1_side *side)
{
    return side->aligned ? TT_HTTP_HEADER_MAX : TT_HTTP_LINE_MAX;
}

/* What stands here is no message although one was expected. */
static void lose_alignment(struct tt_http1 *http, struct tt_http1_side *side, uint64_t offset)
{
    if (!side->aligned)
        return;
    tt_stream_note(&side->stream, "http.malformed", offset, 0,
                   "bytes that are no HTTP message: searched raw up to the next message");
    tt_http1_lose_sync(http, side);
}

static void begin_head(struct tt_http1_side *side)
{
    side->state = TT_HTTP1_HEAD;
    side->scan = side->gather.bytes.len > 0 ? TT_HTTP1_SCAN_LF : TT_HTTP1_SCAN_LINE;
}

/* A line that could be a start line began in an earlier chunk. */
static void find_on(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_gather *gather = &side->gather;
    struct tt_span rest = tt_stream_rest(&side->stream);
    size_t line = tt_span_find(rest, '\n');
    bool ended = line < rest.len;
    size_t len = ended ? line + 1 : rest.len;
    enum tt_http1_start start = TT_HTTP1_START_NO;
    if (gather->bytes.len + len <= start_line_max(side) &&
        tt_gather_add(gather, side->stream.chunk, side->stream.at, len) == TT_OK) {
        tt_stream_take(&side->stream, len);
        start = start_here(side, tt_buf_span(&gather->bytes));
    } else {
        ended = false;
    }
    if (start == TT_HTTP1_START_MORE)
        return;
    if (start != TT_HTTP1_START_NO) {
        begin_head(side);
        return;
    }
    lose_alignment(http, side, gather->offset);
    tt_stream_give_up_gather(&side->stream, gather);
    side->candidate = ended;
}

/* Looks through the rest of the chunk. */
static void find_in_chunk(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    size_t at = 0;
    while (at < rest.len) {
        struct tt_span here = tt_span_from(rest, at);
        enum tt_http1_start start = side->candidate ? start_here(side, here) : TT_HTTP1_START_NO;
        size_t line = tt_span_find(here, '\n');
        if (line >= start_line_max(side))
            start = TT_HTTP1_START_NO;
        if (start == TT_HTTP1_START_MORE &&
            tt_gather_add(&side->gather, stream->chunk, stream->at + at, here.len) != TT_OK)
            start = TT_HTTP1_START_NO;
        if (start == TT_HTTP1_START_MORE) {
            tt_stream_take_unclaimed(stream, at);
            tt_stream_take(stream, here.len);
            return;
        }
        if (start != TT_HTTP1_START_NO) {
            tt_stream_take_unclaimed(stream, at);
            begin_head(side);
            return;
        }
        lose_alignment(http, side, stream->end + at);
        side->candidate = line < here.len;
        at += line + 1;
    }
    tt_stream_take_unclaimed(stream, rest.len);
}

static void skip_blank_lines(struct tt_http1_side *side)
{
    struct tt_span rest = tt_stream_rest(&side->stream);
    size_t len = 0;
    while (len < rest.len && (rest.data[len] == '\r' || rest.data[len] == '\n'))
        len++;
    tt_stream_take_framing(&side->stream, len);
}

static enum tt_next step_find(struct tt_http1 *http, struct tt_http1_side *side)
{
    if (side->gather.bytes.len > 0) {
        find_on(http, side);
        return TT_NEXT_STAY;
    }
    if (http->tunnel)
        return TT_NEXT_PROBE;
    /* A client that does not wait for the answer to its CONNECT. */
    if (side->awaits_tunnel && start_here(side, tt_stream_rest(&side->stream)) == TT_HTTP1_START_NO)
        return TT_NEXT_PROBE;
    if (side->aligned)
        skip_blank_lines(side);
    if (tt_stream_rest(&side->stream).len > 0)
        find_in_chunk(http, side);
    return TT_NEXT_STAY;
}

static enum tt_next step(struct tt_http1 *http, struct tt_http1_side *side)
{
    switch (side->state) {
    case TT_HTTP1_FIND:
        return step_find(http, side);
    case TT_HTTP1_HEAD:
        step_head(http, side);
        break;
    case TT_HTTP1_BODY_LENGTH:
    case TT_HTTP1_BODY_CLOSE:
    case TT_HTTP1_CHUNK_SIZE:
    case TT_HTTP1_CHUNK_EXT:
    case TT_HTTP1_CHUNK_DATA:
    case TT_HTTP1_CHUNK_END:
    case TT_HTTP1_TRAILER:
        tt_http1_body_step(http, side);
        break;
    case TT_HTTP1_DONE:
        tt_stream_take_unclaimed(&side->stream, tt_stream_rest(&side->stream).len);
        break;
    }
    return TT_NEXT_STAY;
}

/* ---- losses and ends ---- */

/* The stream breaks off inside a head: its whole lines still tell what it is and where it goes.
 * Otherwise what is held is no message. */
static void take_cut_head(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_http1_head head = {0};
    if (side->state == TT_HTTP1_HEAD &&
        tt_http1_head_parse_cut(tt_buf_span(&side->gather.bytes), &head)) {
        struct tt_extent extent = tt_gather_extent(&side->gather);
        tell_head(http, side, &head, &extent);
        tt_gather_clear(&side->gather);
        tt_http1_message_end(side, false);
        return;
    }
    tt_stream_give_up_gather(&side->stream, &side->gather);
}

static void take_gap(struct tt_http1 *http, struct tt_http1_side *side, uint64_t gap)
{
    if (side->state == TT_HTTP1_DONE)
        return;
    tt_stream_note(&side->stream, "http.gap", side->stream.end - gap, gap,
                   "bytes are missing in an HTTP stream: messages may be cut or missed");
    if (side->state == TT_HTTP1_FIND || side->state == TT_HTTP1_HEAD) {
        take_cut_head(http, side);
        tt_http1_lose_sync(http, side);
        return;
    }
    tt_http1_body_gap(http, side, gap);
}

static void end_side(struct tt_http1 *http, struct tt_http1_side *side, bool stream_ended)
{
    if (side->state == TT_HTTP1_DONE)
        return;
    if (side->state == TT_HTTP1_FIND || side->state == TT_HTTP1_HEAD)
        take_cut_head(http, side);
    else
        tt_http1_body_end(side, stream_ended);
    side->state = TT_HTTP1_DONE;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct tt_http1 *http = state;
    struct tt_http1_side *side = &http->sides[chunk->direction];
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0)
        take_gap(http, side, chunk->gap);
    /* Devices write a message at once, so it mostly begins with a segment. */
    if (side->state == TT_HTTP1_FIND && side->gather.bytes.len == 0)
        side->candidate = true;
    enum tt_next next = TT_NEXT_STAY;
    while (next == TT_NEXT_STAY && tt_stream_rest(&side->stream).len > 0)
        next = step(http, side);
    if (http->tunnel && side->state == TT_HTTP1_FIND && side->gather.bytes.len == 0)
        next = TT_NEXT_PROBE;
    if (next == TT_NEXT_STAY && (chunk->flags & TT_CHUNK_END) != 0)
        end_side(http, side, true);
    *ret_used = tt_stream_leave(&side->stream);
    return next;
}

static void close_flow(void *state)
{
    struct tt_http1 *http = state;
    if (http == NULL)
        return;
    /* The end of one side may ask for requests of the other. */
    end_side(http, &http->sides[0], false);
    end_side(http, &http->sides[1], false);
    for (size_t i = 0; i < 2; i++) {
        struct tt_http1_side *side = &http->sides[i];
        tt_gather_free(&side->gather);
        tt_buf_free(&side->texts);
        tt_http1_queue_free(&http->queues[i]);
    }
    free(http);
}

const struct tt_proto tt_proto_http1 = {.name = "http",
                                        .title = "HTTP/1.0 and HTTP/1.1",
                                        .spec = "RFC 9112",
                                        .transports = TT_PROTO_TCP,
                                        .probe = probe,
                                        .open = open_flow,
                                        .feed = feed,
                                        .close = close_flow};
