#include "proto/http_exchange.h"

#include "model/limits.h"
#include "proto/http_via.h"
#include "proto/list.h"
#include "proto/websocket.h"

#include <stdlib.h>

/* What a head said: one block with its texts. */
struct tt_http_said {
    size_t cost; /* counted in the pool */
    uint64_t request_frame;
    int status;
    bool host_assumed;               /* that of the URL is the connection's */
    uint32_t at[TT_HTTP_TEXT_COUNT]; /* tt_http_texts_write */
    char texts[];
};

static const char *text_of(const struct tt_http_said *said, enum tt_http_text which)
{
    return said == NULL || said->at[which] == 0 ? NULL : said->texts + said->at[which] - 1;
}

static void forget(struct tt_http_half *half, const struct tt_proto_sink *sink)
{
    if (half->said != NULL && sink->pool != NULL)
        sink->pool->used -= half->said->cost;
    free(half->said);
    half->said = NULL;
}

/* ---- telling ---- */

static struct tt_msg message_of(const struct tt_http_half *half, const struct tt_flow *flow,
                                enum tt_http_role role)
{
    const struct tt_http_said *said = half->said;
    /* Without a head nobody knows what it is. */
    const char *kind = said == NULL ? "data" : role == TT_HTTP_RESPONSE ? "response" : "request";
    return (struct tt_msg){.flow = flow,
                           .direction = (enum tt_direction)half->direction,
                           .protocol = "http",
                           .kind = kind,
                           .method = text_of(said, TT_HTTP_METHOD),
                           .host = text_of(said, TT_HTTP_HOST),
                           .url = text_of(said, TT_HTTP_URL),
                           .content_type = text_of(said, TT_HTTP_CONTENT_TYPE),
                           .status = said == NULL ? 0 : said->status,
                           .request_frame = said == NULL ? 0 : said->request_frame,
                           .body_bytes = half->body_bytes,
                           .origin = half->origin};
}

static void close_body(struct tt_http_half *half, const struct tt_proto_sink *sink,
                       enum tt_body_end end)
{
    if (half->body_open && half->body != NULL)
        sink->calls->body_close(sink->context, half->body, end, half->body_end);
    half->body = NULL;
    half->body_open = false;
}

static void end_half(struct tt_http_exchange *exchange, const struct tt_proto_sink *sink,
                     const struct tt_flow *flow, enum tt_http_role role, bool complete)
{
    struct tt_http_half *half = &exchange->halves[role];
    if (half->ended || !half->begun)
        return;
    bool whole = complete && !half->continued;
    close_body(half, sink, whole ? TT_BODY_COMPLETE : TT_BODY_CUT);
    struct tt_msg msg = message_of(half, flow, role);
    msg.complete = whole && half->said != NULL;
    if (role == TT_HTTP_REQUEST)
        msg.status = exchange->status;
    if (half->said != NULL && half->said->host_assumed)
        msg.name = sink->host;
    sink->calls->message(sink->context, &msg);
    half->ended = true;
    /* The response asks for the request's texts. */
    if (role == TT_HTTP_RESPONSE)
        forget(half, sink);
}

/* ---- heads ---- */

static struct tt_http_request request_of(const struct tt_http_half *half)
{
    return (struct tt_http_request){.frame = half->origin.first_frame,
                                    .method = text_of(half->said, TT_HTTP_METHOD),
                                    .host = text_of(half->said, TT_HTTP_HOST),
                                    .url = text_of(half->said, TT_HTTP_URL)};
}

void tt_http_exchange_asked(struct tt_http_exchange *exchange, const struct tt_proto_sink *sink,
                            enum tt_direction direction, const struct tt_http_request *request)
{
    struct tt_http_half *half = &exchange->halves[TT_HTTP_REQUEST];
    const struct {
        enum tt_http_text which;
        const char *text;
    } texts[] = {{TT_HTTP_METHOD, request->method},
                 {TT_HTTP_HOST, request->host},
                 {TT_HTTP_URL, request->url}};
    size_t room = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        room += texts[i].text != NULL ? strlen(texts[i].text) + 1 : 0;
    half->direction = (uint8_t)direction;
    half->origin.first_frame = request->frame;
    half->begun = true;
    half->ended = true;
    half->said = malloc(sizeof(*half->said) + room);
    if (half->said == NULL)
        return;
    *half->said = (struct tt_http_said){.cost = sizeof(*half->said) + room};
    size_t at = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].text == NULL)
            continue;
        size_t len = strlen(texts[i].text) + 1;
        memcpy(half->said->texts + at, texts[i].text, len);
        half->said->at[texts[i].which] = (uint32_t)at + 1;
        at += len;
    }
    if (sink->pool != NULL)
        sink->pool->used += half->said->cost;
}

static bool is_connect(const struct tt_http_half *half)
{
    const char *method = text_of(half->said, TT_HTTP_METHOD);
    return method != NULL && strcmp(method, "CONNECT") == 0;
}

static struct tt_http_said *describe(const struct tt_stream *stream,
                                     const struct tt_http_half *request,
                                     const struct tt_http_block *block,
                                     const struct tt_http1_head *head)
{
    const struct tt_http_request asked = request_of(request);
    struct tt_span path = tt_http_block_pseudo(block, TT_HTTP_PSEUDO_PATH);
    struct tt_span scheme = tt_http_block_pseudo(block, TT_HTTP_PSEUDO_SCHEME);
    bool connect = tt_span_eq(head->method, tt_span_str("CONNECT"));
    bool no_host = !head->response && head->host.len == 0 && block->left_out > 0 && !connect;
    const struct tt_http_about about = {
        .head = head,
        .connection_host = no_host ? stream->sink->host : NULL,
        .request = request->said != NULL ? &asked : NULL,
        .scheme = scheme.len > 0 ? scheme : tt_span_str("https"),
        .listed = !stream->sink->no_listing,
        .target_missing = connect ? head->host.len == 0 : path.data == NULL || scheme.len == 0,
        .connects_to_url = connect && path.data != NULL};
    size_t room = tt_http_texts_room(&about);
    struct tt_http_said *said = malloc(sizeof(*said) + room);
    if (said == NULL)
        return NULL;
    *said = (struct tt_http_said){.status = head->status,
                                  .host_assumed = head->response ? request->said != NULL &&
                                                                       request->said->host_assumed
                                                                 : about.connection_host != NULL};
    size_t len = tt_http_texts_write(&about, said->at, said->texts);
    struct tt_http_said *small = realloc(said, sizeof(*said) + len);
    said = small != NULL ? small : said;
    said->cost = sizeof(*said) + len;
    if (about.request != NULL && head->response && head->status / 100 != 1)
        said->request_frame = asked.frame;
    return said;
}

/* Of a request or response that begins: false without memory. */
static bool describe_half(struct tt_http_exchange *exchange, const struct tt_stream *stream,
                          enum tt_http_role role, const struct tt_http_block *block,
                          const struct tt_http1_head *head)
{
    struct tt_http_half *half = &exchange->halves[role];
    struct tt_http_said *said = describe(stream, &exchange->halves[TT_HTTP_REQUEST], block, head);
    if (said == NULL)
        return false;
    forget(half, stream->sink);
    half->said = said;
    if (stream->sink->pool != NULL)
        stream->sink->pool->used += said->cost;
    if (role == TT_HTTP_RESPONSE && head->status / 100 != 1)
        exchange->status = (int16_t)head->status;
    exchange->subprotocol = tt_websocket_subprotocol(head->websocket_protocol);
    if (role == TT_HTTP_REQUEST) {
        exchange->tunnel = is_connect(half);
        exchange->websocket = tt_span_eq(tt_http_block_pseudo(block, TT_HTTP_PSEUDO_PROTOCOL),
                                         tt_span_str("websocket"));
    } else if (head->status / 100 > 2) {
        exchange->tunnel = false;
    }
    return true;
}

static void tell_text(const struct tt_http_wire *wire, const struct tt_stream *stream,
                      const char *step, const struct tt_msg *msg, const struct tt_http_block *block,
                      const struct tt_http_range *range)
{
    const struct tt_proto_sink *sink = stream->sink;
    const struct tt_extent text = tt_http_block_extent(block);
    const struct tt_body body = {.flow = stream->flow,
                                 .direction = stream->direction,
                                 .kind = TT_STEP_CODING,
                                 .format = TT_FORMAT_HTTP_HEAD,
                                 .step = step,
                                 .at = range->at};
    void *handle = sink->calls->body_open(sink->context, &body, wire->head_framing, msg);
    if (handle == NULL)
        return;
    struct tt_extent_walk walk = tt_extent_walk(&text, 0, text.bytes.len, 0);
    struct tt_piece piece;
    while (tt_extent_next(&walk, &piece))
        sink->calls->body_data(sink->context, handle, &piece);
    sink->calls->body_close(sink->context, handle, TT_BODY_COMPLETE, range->end);
}

static void note_losses(const struct tt_http_wire *wire, const struct tt_stream *stream,
                        const struct tt_http_block *block, const struct tt_http_range *range)
{
    if (block->left_out > 0)
        tt_stream_note(stream, wire->fields_note, range->at, range->end - range->at,
                       "names or values of HTTP header fields stand in header blocks that are "
                       "missing: those fields are left out");
    if (block->over)
        tt_stream_note(stream, wire->limit_note, range->at, range->end - range->at,
                       "an HTTP header block is longer than the limit: some fields are left out");
}

static void see(struct tt_http_half *half, const struct tt_stream *stream,
                const struct tt_origin *origin)
{
    if (!half->begun) {
        half->begun = true;
        half->direction = (uint8_t)stream->direction;
        half->origin = *origin;
    }
    if (origin->last_frame > half->origin.last_frame)
        half->origin.last_frame = origin->last_frame;
}

static bool is_interim(enum tt_http_role role, const struct tt_http1_head *head)
{
    return role == TT_HTTP_RESPONSE && head->status / 100 == 1;
}

static bool take_trailer(struct tt_http_exchange *exchange, const struct tt_http_wire *wire,
                         const struct tt_stream *stream, enum tt_http_role role,
                         struct tt_http_block *block, const struct tt_http_range *range)
{
    struct tt_http_half *half = &exchange->halves[role];
    if (!tt_http_block_finish(block, TT_HTTP_BLOCK_TRAILER, wire->version, &range->origin, NULL))
        return false;
    see(half, stream, &range->origin);
    close_body(half, stream->sink, half->continued ? TT_BODY_CUT : TT_BODY_COMPLETE);
    struct tt_msg msg = message_of(half, stream->flow, role);
    tell_text(wire, stream,
              role == TT_HTTP_RESPONSE ? "http.response.trailer" : "http.request.trailer", &msg,
              block, range);
    note_losses(wire, stream, block, range);
    return true;
}

bool tt_http_exchange_block(struct tt_http_exchange *exchange, const struct tt_http_wire *wire,
                            const struct tt_stream *stream, enum tt_http_role role,
                            struct tt_http_block *block, const struct tt_http_range *range)
{
    struct tt_http_half *half = &exchange->halves[role];
    bool starts = tt_http_block_is_request(block) || tt_http_block_is_response(block);
    if (!starts && (half->begun || block->left_out == 0))
        return take_trailer(exchange, wire, stream, role, block, range);
    if (half->begun || half->ended) {
        /* A head behind a head or a reset: of another message, whatever that may be. */
        end_half(exchange, stream->sink, stream->flow, role, false);
        forget(half, stream->sink);
        *half = (struct tt_http_half){0};
    }
    struct tt_http1_head head = {0};
    if (!tt_http_block_finish(
            block, role == TT_HTTP_RESPONSE ? TT_HTTP_BLOCK_RESPONSE : TT_HTTP_BLOCK_REQUEST,
            wire->version, &range->origin, &head) ||
        !describe_half(exchange, stream, role, block, &head))
        return false;
    see(half, stream, &range->origin);
    tt_http_via_tell(stream, &head, &range->origin);
    struct tt_msg msg = message_of(half, stream->flow, role);
    tell_text(wire, stream, role == TT_HTTP_RESPONSE ? "http.response.head" : "http.request.head",
              &msg, block, range);
    note_losses(wire, stream, block, range);
    if (is_interim(role, &head)) {
        end_half(exchange, stream->sink, stream->flow, role, true);
        *half = (struct tt_http_half){0};
    }
    return true;
}

/* ---- bodies ---- */

static void open_body(struct tt_http_half *half, const struct tt_http_wire *wire,
                      const struct tt_stream *stream, enum tt_http_role role)
{
    const struct tt_proto_sink *sink = stream->sink;
    struct tt_body body = {.flow = stream->flow,
                           .direction = stream->direction,
                           .kind = TT_STEP_SLICE,
                           .step = role == TT_HTTP_RESPONSE ? "http.response.body"
                                                            : "http.request.body",
                           .at = half->body_start};
    if (half->continued) {
        body.format = TT_FORMAT_REST;
    } else {
        body.media_type = text_of(half->said, TT_HTTP_MEDIA_TYPE);
        body.codings = text_of(half->said, TT_HTTP_CODINGS);
        body.boundary = text_of(half->said, TT_HTTP_BOUNDARY);
    }
    struct tt_msg msg = message_of(half, stream->flow, role);
    half->body = sink->calls->body_open(sink->context, &body, wire->data_framing, &msg);
    half->body_open = true;
    half->body_at = 0;
}

static void open_channel(struct tt_http_exchange *exchange, const struct tt_proto_sink *sink)
{
    if (!exchange->websocket) {
        exchange->channel = sink->calls->channel_open(sink->context, "http", "http.tunnel", false);
        return;
    }
    const struct tt_http_said *said = exchange->halves[TT_HTTP_REQUEST].said;
    const struct tt_proto_handshake handshake = {.subprotocol = exchange->subprotocol,
                                                 .host = text_of(said, TT_HTTP_HOST),
                                                 .url = text_of(said, TT_HTTP_URL)};
    exchange->channel =
        sink->calls->channel_open(sink->context, "websocket", "websocket.payload", false);
    if (exchange->channel != NULL)
        sink->calls->expect(sink->context, exchange->channel, &tt_proto_websocket, &handshake);
}

static void give_channel(struct tt_http_exchange *exchange, struct tt_stream *stream,
                         struct tt_http_half *half, size_t len)
{
    const struct tt_proto_sink *sink = stream->sink;
    if (exchange->channel == NULL)
        open_channel(exchange, sink);
    const struct tt_origin origin = tt_stream_origin(stream);
    half->body_at += half->gap;
    const struct tt_chunk chunk = {.flow = stream->chunk->flow,
                                   .direction = stream->direction,
                                   .offset = half->body_at,
                                   .gap = half->gap,
                                   .bytes = tt_span_sub(tt_stream_rest(stream), 0, len),
                                   .first_frame = origin.first_frame,
                                   .last_frame = origin.last_frame,
                                   .time = origin.time};
    half->gap = 0;
    if (exchange->channel != NULL)
        sink->calls->channel_chunk(sink->context, exchange->channel, &chunk);
}

static void give_body(struct tt_http_half *half, struct tt_stream *stream, size_t len)
{
    const struct tt_proto_sink *sink = stream->sink;
    struct tt_piece piece = {.bytes = tt_span_sub(tt_stream_rest(stream), 0, len),
                             .at = half->body_at,
                             .origin = tt_stream_origin(stream)};
    if (half->body != NULL)
        sink->calls->body_data(sink->context, half->body, &piece);
}

void tt_http_exchange_data(struct tt_http_exchange *exchange, const struct tt_http_wire *wire,
                           struct tt_stream *stream, enum tt_http_role role, size_t len,
                           uint64_t frame_at)
{
    struct tt_http_half *half = &exchange->halves[role];
    if (len == 0)
        return;
    if (half->ended) {
        /* Of no message. */
        tt_stream_take_unclaimed(stream, len);
        return;
    }
    const struct tt_origin origin = tt_stream_origin(stream);
    see(half, stream, &origin);
    if (exchange->tunnel && stream->sink->calls->channel_open != NULL) {
        give_channel(exchange, stream, half, len);
    } else {
        if (!half->body_open) {
            half->body_start = frame_at;
            open_body(half, wire, stream, role);
        }
        give_body(half, stream, len);
    }
    half->body_at += len;
    half->body_bytes += len;
    tt_stream_take(stream, len);
    half->body_end = stream->end;
}

void tt_http_exchange_gap(struct tt_http_exchange *exchange, const struct tt_stream *stream,
                          enum tt_http_role role, uint64_t gap)
{
    struct tt_http_half *half = &exchange->halves[role];
    if (half->ended)
        return;
    close_body(half, stream->sink, TT_BODY_CUT);
    half->continued = true;
    half->gap += gap > 0 ? gap : 1;
}

void tt_http_exchange_end(struct tt_http_exchange *exchange, const struct tt_stream *stream,
                          enum tt_http_role role, bool complete)
{
    struct tt_http_half *half = &exchange->halves[role];
    if (half->begun && stream->chunk != NULL && stream->frame > half->origin.last_frame &&
        half->direction == (uint8_t)stream->direction)
        half->origin.last_frame = stream->frame;
    end_half(exchange, stream->sink, stream->flow, role, complete);
}

void tt_http_exchange_reset(struct tt_http_exchange *exchange, const struct tt_stream *stream,
                            enum tt_http_role role)
{
    tt_http_exchange_end(exchange, stream, role, false);
    exchange->halves[role].ended = true;
}

void tt_http_exchange_free(struct tt_http_exchange *exchange, const struct tt_proto_sink *sink,
                           const struct tt_flow *flow)
{
    end_half(exchange, sink, flow, TT_HTTP_REQUEST, false);
    end_half(exchange, sink, flow, TT_HTTP_RESPONSE, false);
    if (exchange->channel != NULL)
        sink->calls->channel_close(sink->context, exchange->channel);
    exchange->channel = NULL;
    forget(&exchange->halves[TT_HTTP_REQUEST], sink);
    forget(&exchange->halves[TT_HTTP_RESPONSE], sink);
}
