/* HTTP/1.0 and HTTP/1.1, both directions of a flow: RFC 9112. Finds the messages; see
 * http1_state.h for the other parts. */
#include "proto/list.h"

#include "base/host.h"
#include "model/limits.h"
#include "proto/http1_state.h"
#include "proto/websocket.h"

#include <stdlib.h>

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
    http->sink = sink;
    http->flow = flow;
    for (size_t i = 0; i < 2; i++) {
        struct tt_http1_side *side = &http->sides[i];
        side->direction = (uint8_t)i;
        /* A flow whose opening was not seen may begin anywhere in a message. */
        side->aligned = flow->initiator_known;
    }
    return http;
}

/* ---- the stream of a side ---- */

/* `stream` is room for it until leave(). `chunk` is NULL when none is read. */
static void enter(const struct tt_http1 *http, struct tt_http1_side *side, struct tt_stream *stream,
                  const struct tt_chunk *chunk)
{
    uint64_t end = side->end;
    *stream = tt_stream_make(http->sink, http->flow, (enum tt_direction)side->direction);
    if (chunk != NULL)
        tt_stream_enter(stream, chunk);
    else
        stream->end = end;
    side->stream = stream;
}

static void note_frames(struct tt_http1_side *side)
{
    struct tt_origin *origin = &side->message->origin;
    const struct tt_stream *stream = side->stream;
    if (stream->chunk != NULL && tt_stream_at(stream) > 0 && stream->frame > origin->last_frame)
        origin->last_frame = stream->frame;
}

/* Returns the number of bytes taken. */
static size_t leave(struct tt_http1_side *side)
{
    if (side->message != NULL) {
        note_frames(side);
        tt_http1_message_rest(side);
    }
    struct tt_stream *stream = side->stream;
    side->end = stream->end;
    return stream->chunk == NULL ? 0 : tt_stream_leave(stream);
}

/* ---- messages ---- */

static struct tt_http1 *flow_of(struct tt_http1_side *side)
{
    return (struct tt_http1 *)(void *)(side - side->direction);
}

/* Of the requests that the side sends. */
static struct tt_http1_queue *queue_of(struct tt_http1_side *side)
{
    return &flow_of(side)->queues[side->direction];
}

void tt_http1_message_end(struct tt_http1_side *side, bool complete)
{
    if (side->message != NULL) {
        note_frames(side);
        const struct tt_chunk *chunk = side->stream->chunk;
        struct tt_msg msg = tt_http1_message_tell(side);
        msg.complete = complete;
        if (complete && !side->message->response && chunk != NULL)
            tt_http1_queue_sent(queue_of(side), chunk->sent_end, chunk->heard);
        side->stream->sink->calls->message(side->stream->sink->context, &msg);
        tt_http1_message_free(side, side->stream->sink->pool);
    }
    side->state = TT_HTTP1_FIND;
    side->aligned = true;
    side->candidate = true;
}

void tt_http1_lose_sync(struct tt_http1 *http, struct tt_http1_side *side)
{
    tt_http1_message_end(side, false);
    side->aligned = false;
    tt_http1_queue_requests_lost(&http->queues[side->direction], http->sink->pool);
    tt_http1_queue_responses_lost(&http->queues[1 - side->direction], http->sink->pool);
}

/* The request that a response is for. */
static const struct tt_http_request *answered(struct tt_http1 *http, struct tt_http1_side *side,
                                              const struct tt_http1_head *head,
                                              const struct tt_extent *extent,
                                              struct tt_http_request *room)
{
    const struct tt_chunk *chunk = side->stream->chunk;
    uint64_t frame = tt_extent_origin(extent, 0, extent->bytes.len).first_frame;
    /* 101 is the only 1xx after which nothing else comes (RFC 9110, section 15.2). */
    bool final = head->status / 100 != 1 || head->status == 101;
    struct tt_http1_queue *queue = &http->queues[1 - side->direction];
    if (chunk != NULL && extent->offset == chunk->offset)
        tt_http1_queue_prove(queue, chunk->sent_at, chunk->heard);
    return tt_http1_queue_answer(queue, http->sink->pool, frame, final, room) ? room : NULL;
}

static void remember(struct tt_http1 *http, struct tt_http1_side *side)
{
    const struct tt_http1_message *message = side->message;
    struct tt_http_request request = {.frame = message->origin.first_frame,
                                      .method = tt_http1_text(message, TT_HTTP_METHOD),
                                      .host = tt_http1_text(message, TT_HTTP_HOST),
                                      .url = tt_http1_text(message, TT_HTTP_URL)};
    const struct tt_chunk *chunk = side->stream->chunk;
    if (tt_http1_queue_push(&http->queues[side->direction], http->sink->pool, &request))
        tt_http1_queue_asked(&http->queues[side->direction], chunk == NULL ? 0 : chunk->heard);
    else
        tt_stream_note(side->stream, "http.pipeline", side->stream->end, 0,
                       "too many HTTP requests wait for responses: some responses lack their host");
}

static bool is_connect(const char *method)
{
    return method != NULL && strcmp(method, "CONNECT") == 0;
}

/* The table size in the settings of HTTP/2 that a request brings in base64url: each of them, a
 * number of 16 bits and a value of 32, is 8 letters (RFC 7540, section 3.2.1; RFC 9113, section
 * 6.5.1). 0 for none. */
static uint32_t header_table(struct tt_span settings)
{
    enum { LETTERS = 8, HEADER_TABLE_SIZE = 1 };
    uint32_t table = 0;
    for (size_t at = 0; at + LETTERS <= settings.len; at += LETTERS) {
        uint64_t setting = 0;
        for (size_t i = 0; i < LETTERS; i++) {
            int digit = tt_base64_digit(settings.data[at + i]);
            if (digit < 0)
                return 0;
            setting = setting << 6 | (unsigned)digit;
        }
        if (setting >> 32 == HEADER_TABLE_SIZE)
            table = (uint32_t)setting;
    }
    return table;
}

/* Both sides go on with HTTP/2, whose stream 1 brings the response (RFC 7540, section 3.2). */
static void expect_http2(const struct tt_http1 *http, const struct tt_http1_side *side,
                         const struct tt_http_request *request)
{
    const struct tt_proto_sink *sink = side->stream->sink;
    const struct tt_proto_handshake handshake = {.host = request->host,
                                                 .url = request->url,
                                                 .method =
                                                     request->method != NULL ? request->method : "",
                                                 .request_frame = request->frame,
                                                 .header_table = http->header_table};
    sink->calls->expect(sink->context, NULL, &tt_proto_http2, &handshake);
}

/* Only proxies are told whom a request is for in its first line (RFC 9112, sections 3.2.2, 3.2.3).
 */
static bool is_for_proxy(const struct tt_http1_head *head)
{
    bool absolute = head->target.len > 0 && head->target.data[0] != '/' &&
                    head->target.data[0] != '*' && head->target.data[0] != '?';
    return !head->response && absolute;
}

/* A message begins, or what there is of it: tells its head. Without memory its bytes are told raw,
 * and the answer is false. */
static bool tell_head(struct tt_http1 *http, struct tt_http1_side *side,
                      const struct tt_http1_head *head, const struct tt_extent *extent)
{
    struct tt_http_request room = {0};
    const struct tt_http_request *request = NULL;
    struct tt_origin origin = tt_extent_origin(extent, 0, extent->bytes.len);
    origin.time = extent->parts[0].origin.time;
    if (head->response)
        request = answered(http, side, head, extent, &room);
    if (!tt_http1_describe(side, head, request, origin)) {
        tt_stream_unclaimed(side->stream, extent, 0, extent->bytes.len);
        tt_http1_lose_sync(http, side);
        return false;
    }
    side->role = head->response ? TT_HTTP1_ROLE_SERVER : TT_HTTP1_ROLE_CLIENT;
    if (!head->response)
        remember(http, side);
    if (!head->response && tt_span_is(head->upgrade, "h2c"))
        http->header_table = header_table(head->http2_settings);

    struct tt_body body = {.kind = TT_STEP_SLICE,
                           .format = TT_FORMAT_HTTP_HEAD,
                           .step = head->response ? "http.response.head" : "http.request.head"};
    struct tt_msg msg = tt_http1_message_tell(side);
    if (is_for_proxy(head) && tt_host_is_beyond(msg.host))
        msg.relay = TT_RELAY_CONNECTION;
    tt_stream_body(side->stream, &body, &msg, extent, 0, extent->bytes.len);
    if (request != NULL && head->status == 101 && tt_span_is(head->upgrade, "h2c"))
        expect_http2(http, side, request);
    return true;
}

/* Both sides go on with a WebSocket (RFC 6455, section 4.2.2). */
static void expect_websocket(const struct tt_http1_side *side, const struct tt_http1_head *head)
{
    const struct tt_proto_sink *sink = side->stream->sink;
    const struct tt_proto_handshake handshake = {
        .subprotocol = tt_websocket_subprotocol(head->websocket_protocol),
        .host = tt_http1_text(side->message, TT_HTTP_HOST),
        .url = tt_http1_text(side->message, TT_HTTP_URL)};
    sink->calls->expect(sink->context, NULL, &tt_proto_websocket, &handshake);
}

void tt_http1_take_head(struct tt_http1 *http, struct tt_http1_side *side,
                        const struct tt_http1_head *head, const struct tt_extent *extent)
{
    if (!tell_head(http, side, head, extent))
        return;
    const char *method = tt_http1_text(side->message, TT_HTTP_METHOD);
    bool connect = is_connect(method);
    if (!head->response)
        side->awaits_tunnel = connect;
    else if (connect && head->status / 100 != 1)
        http->sides[1 - side->direction].awaits_tunnel = false;
    if (head->response && (head->status == 101 || (connect && head->status / 100 == 2)))
        http->tunnel = true;
    if (head->response && head->status == 101 && tt_span_is(head->upgrade, "websocket"))
        expect_websocket(side, head);
    tt_http1_body_begin(http, side, head, method);
}

/* ---- heads ---- */

/* All flows together have gathered too much, and this side waited longest: what it holds is
 * searched raw. */
static void give_up_gather(void *owner)
{
    struct tt_http1_side *side = owner;
    struct tt_http1 *http = flow_of(side);
    struct tt_stream stream;
    enter(http, side, &stream, NULL);
    struct tt_extent held = tt_gather_extent(&side->gather);
    stream.frame = tt_extent_origin(&held, held.bytes.len, 0).last_frame;
    tt_stream_note(&stream, "http.headers_limit", held.offset, held.bytes.len,
                   "too many unfinished HTTP header blocks at once: one is searched raw");
    if (side->state == TT_HTTP1_TRAILER)
        tt_http1_trailer_lost(side, stream.end);
    else
        tt_stream_give_up_gather(&stream, &side->gather);
    tt_http1_lose_sync(http, side);
    (void)leave(side);
}

bool tt_http1_gather_head(struct tt_http1_side *side, struct tt_extent *ret_head,
                          struct tt_part *part, bool *ret_over)
{
    struct tt_stream *stream = side->stream;
    struct tt_gather *gather = &side->gather;
    struct tt_span rest = tt_stream_rest(stream);
    enum tt_http1_scan scan = (enum tt_http1_scan)side->scan;
    size_t found = tt_http1_scan_end(&scan, rest);
    side->scan = (uint8_t)scan;
    size_t len = found == SIZE_MAX ? rest.len : found;
    size_t room = TT_HTTP_HEADER_MAX - tt_gather_len(gather);
    bool over = len > room;
    bool whole = found != SIZE_MAX && tt_gather_len(gather) == 0;
    if (!over && !whole)
        over = tt_stream_gather(stream, gather, TT_HTTP_HEADER_MAX, len, give_up_gather, side) !=
               TT_OK;
    if (over) {
        tt_stream_note(stream, "http.header_limit", stream->end, 0,
                       "an HTTP header block is longer than the limit: it is searched raw");
        tt_stream_give_up_gather(stream, gather);
        tt_stream_take_unclaimed(stream, len < room ? len : room);
        *ret_over = true;
        return false;
    }
    if (whole)
        *ret_head = tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), len, part);
    tt_stream_take(stream, len);
    if (!whole && found != SIZE_MAX)
        *ret_head = tt_gather_extent(gather);
    return found != SIZE_MAX;
}

static void step_head(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_stream *stream = side->stream;
    struct tt_http1_head head = {0};
    struct tt_extent extent = {0};
    struct tt_part part = {0};
    bool over = false;
    size_t len = 0;
    if (tt_gather_len(&side->gather) == 0)
        len = tt_http1_head_parse(tt_stream_rest(stream), &head);
    if (len > 0 && len <= TT_HTTP_HEADER_MAX) {
        /* The usual case: it is whole in this chunk. */
        extent = tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), len, &part);
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
    tt_stream_note(side->stream, "http.malformed", offset, 0,
                   "bytes that are no HTTP message: searched raw up to the next message");
    tt_http1_lose_sync(http, side);
}

static void begin_head(struct tt_http1_side *side)
{
    side->state = TT_HTTP1_HEAD;
    side->scan = tt_gather_len(&side->gather) > 0 ? TT_HTTP1_SCAN_LF : TT_HTTP1_SCAN_LINE;
}

/* A line that could be a start line began in an earlier chunk. */
static void find_on(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_gather *gather = &side->gather;
    struct tt_span rest = tt_stream_rest(side->stream);
    size_t line = tt_span_find(rest, '\n');
    bool ended = line < rest.len;
    size_t len = ended ? line + 1 : rest.len;
    enum tt_http1_start start = TT_HTTP1_START_NO;
    if (tt_gather_len(gather) + len <= start_line_max(side) &&
        tt_stream_gather(side->stream, gather, TT_HTTP_HEADER_MAX, len, give_up_gather, side) ==
            TT_OK) {
        tt_stream_take(side->stream, len);
        start = start_here(side, tt_gather_bytes(gather));
    } else {
        ended = false;
    }
    if (start == TT_HTTP1_START_MORE)
        return;
    if (start != TT_HTTP1_START_NO) {
        begin_head(side);
        return;
    }
    lose_alignment(http, side, tt_gather_offset(gather));
    tt_stream_give_up_gather(side->stream, gather);
    side->candidate = ended;
}

/* Looks through the rest of the chunk. */
static void find_in_chunk(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_stream *stream = side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    size_t at = 0;
    while (at < rest.len) {
        struct tt_span here = tt_span_from(rest, at);
        enum tt_http1_start start = side->candidate ? start_here(side, here) : TT_HTTP1_START_NO;
        size_t line = tt_span_find(here, '\n');
        if (line >= start_line_max(side))
            start = TT_HTTP1_START_NO;
        if (start == TT_HTTP1_START_MORE) {
            tt_stream_take_unclaimed(stream, at);
            if (tt_stream_gather(stream, &side->gather, TT_HTTP_HEADER_MAX, here.len,
                                 give_up_gather, side) == TT_OK)
                tt_stream_take(stream, here.len);
            else
                tt_stream_take_unclaimed(stream, here.len);
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
    struct tt_span rest = tt_stream_rest(side->stream);
    size_t len = 0;
    while (len < rest.len && (rest.data[len] == '\r' || rest.data[len] == '\n'))
        len++;
    tt_stream_take_framing(side->stream, len);
}

static enum tt_next step_find(struct tt_http1 *http, struct tt_http1_side *side)
{
    if (tt_gather_len(&side->gather) > 0) {
        find_on(http, side);
        return TT_NEXT_STAY;
    }
    if (http->tunnel)
        return TT_NEXT_PROBE;
    /* A client that does not wait for the answer to its CONNECT. */
    if (side->awaits_tunnel && start_here(side, tt_stream_rest(side->stream)) == TT_HTTP1_START_NO)
        return TT_NEXT_PROBE;
    if (side->aligned)
        skip_blank_lines(side);
    if (tt_stream_rest(side->stream).len > 0)
        find_in_chunk(http, side);
    return TT_NEXT_STAY;
}

static enum tt_next step(struct tt_http1 *http, struct tt_http1_side *side)
{
    switch ((enum tt_http1_state)side->state) {
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
        tt_stream_take_unclaimed(side->stream, tt_stream_rest(side->stream).len);
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
        tt_http1_head_parse_cut(tt_gather_bytes(&side->gather), &head)) {
        struct tt_extent extent = tt_gather_extent(&side->gather);
        (void)tell_head(http, side, &head, &extent);
        tt_gather_clear(&side->gather);
        tt_http1_message_end(side, false);
        return;
    }
    tt_stream_give_up_gather(side->stream, &side->gather);
}

static void take_gap(struct tt_http1 *http, struct tt_http1_side *side, uint64_t gap)
{
    if (side->state == TT_HTTP1_DONE)
        return;
    tt_stream_note(side->stream, "http.gap", side->stream->end - gap, gap,
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
    struct tt_stream stream;
    enter(http, side, &stream, chunk);
    if (chunk->gap > 0)
        take_gap(http, side, chunk->gap);
    /* Devices write a message at once, so it mostly begins with a segment. */
    if (side->state == TT_HTTP1_FIND && tt_gather_len(&side->gather) == 0)
        side->candidate = true;
    enum tt_next next = TT_NEXT_STAY;
    while (next == TT_NEXT_STAY && tt_stream_rest(side->stream).len > 0)
        next = step(http, side);
    if (http->tunnel && side->state == TT_HTTP1_FIND && tt_gather_len(&side->gather) == 0)
        next = TT_NEXT_PROBE;
    if (next == TT_NEXT_STAY && (chunk->flags & TT_CHUNK_END) != 0)
        end_side(http, side, true);
    *ret_used = leave(side);
    for (size_t i = 0; i < 2; i++)
        tt_http1_queue_rest(&http->queues[i], http->sink->pool);
    return next;
}

static void close_flow(void *state)
{
    struct tt_http1 *http = state;
    if (http == NULL)
        return;
    /* The end of one side may ask for requests of the other. */
    struct tt_stream streams[2];
    for (size_t i = 0; i < 2; i++)
        enter(http, &http->sides[i], &streams[i], NULL);
    for (size_t i = 0; i < 2; i++)
        end_side(http, &http->sides[i], false);
    for (size_t i = 0; i < 2; i++) {
        tt_http1_message_free(&http->sides[i], http->sink->pool);
        tt_gather_clear(&http->sides[i].gather);
        tt_http1_queue_free(&http->queues[i], http->sink->pool);
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
