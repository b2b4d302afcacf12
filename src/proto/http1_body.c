/* The bodies of HTTP/1.x messages: RFC 9112, sections 6 and 7. */
#include "proto/http1_state.h"

#include "model/limits.h"

/* ---- the body that the sink sees ---- */

static bool is_chunked(const struct tt_http1_side *side)
{
    return side->state >= TT_HTTP1_CHUNK_SIZE && side->state <= TT_HTTP1_TRAILER;
}

static void open_body(struct tt_http1_side *side)
{
    const struct tt_proto_sink *sink = side->stream->sink;
    bool response = side->role == TT_HTTP1_ROLE_SERVER;
    struct tt_http1_message *message = side->message;
    struct tt_body body = {.flow = side->stream->flow,
                           .direction = side->stream->direction,
                           .kind = TT_STEP_SLICE,
                           .step = response ? "http.response.body" : "http.request.body",
                           .at = message->body_start};
    if (message->body_continued) {
        body.format = TT_FORMAT_REST;
        body.at = side->stream->end;
    } else {
        body.media_type = tt_http1_text(message, TT_HTTP_MEDIA_TYPE);
        body.codings = tt_http1_text(message, TT_HTTP_CODINGS);
        body.boundary = tt_http1_text(message, TT_HTTP_BOUNDARY);
    }
    struct tt_msg msg = tt_http1_message_tell(side);
    message->body =
        sink->calls->body_open(sink->context, &body, is_chunked(side) ? "chunked" : NULL, &msg);
    message->body_open = true;
    message->body_at = 0;
}

static void close_body(struct tt_http1_side *side, enum tt_body_end end, uint64_t stream_end)
{
    struct tt_http1_message *message = side->message;
    if (!message->body_open)
        return;
    const struct tt_proto_sink *sink = side->stream->sink;
    if (message->body != NULL)
        sink->calls->body_close(sink->context, message->body, end, stream_end);
    message->body = NULL;
    message->body_open = false;
}

/* Takes `len` bytes of the rest into the body. */
static void take_body(struct tt_http1_side *side, size_t len)
{
    struct tt_http1_message *message = side->message;
    if (!message->body_open)
        open_body(side);
    if (message->body != NULL) {
        const struct tt_proto_sink *sink = side->stream->sink;
        struct tt_piece piece = {.bytes = tt_span_sub(tt_stream_rest(side->stream), 0, len),
                                 .at = message->body_at,
                                 .origin = tt_stream_origin(side->stream)};
        sink->calls->body_data(sink->context, message->body, &piece);
    }
    message->body_at += len;
    message->body_bytes += len;
    tt_stream_take(side->stream, len);
}

/* A continued body lacks its beginning, so it is never whole. */
static enum tt_body_end whole(const struct tt_http1_side *side)
{
    return side->message->body_continued ? TT_BODY_CUT : TT_BODY_COMPLETE;
}

/* ---- framing ---- */

static bool has_no_body(const struct tt_http1_head *head, const char *method)
{
    if (head->status / 100 == 1 || head->status == 204 || head->status == 304)
        return true;
    if (method == NULL)
        return false;
    return strcmp(method, "HEAD") == 0 ||
           (strcmp(method, "CONNECT") == 0 && head->status / 100 == 2);
}

static void begin_chunk_line(struct tt_http1_side *side)
{
    struct tt_http1_message *message = side->message;
    side->state = TT_HTTP1_CHUNK_SIZE;
    message->chunk_size = 0;
    message->chunk_digit = false;
    message->chunk_line = 0;
    message->chunk_pad = false;
}

/* The framing contradicts itself: which bytes are body, nobody can say. */
static void refuse_length(struct tt_http1 *http, struct tt_http1_side *side)
{
    tt_stream_note(side->stream, "http.length", side->stream->end, 0,
                   "the length of an HTTP body cannot be told: its bytes are searched raw");
    tt_http1_lose_sync(http, side);
}

void tt_http1_body_begin(struct tt_http1 *http, struct tt_http1_side *side,
                         const struct tt_http1_head *head, const char *method)
{
    struct tt_http1_message *message = side->message;
    message->body_open = false;
    message->body_continued = false;
    message->body_start = side->stream->end;
    if (head->response && has_no_body(head, method)) {
        tt_http1_message_end(side, true);
    } else if (head->chunked) {
        /* RFC 9112, section 6.3: chunked overrides Content-Length. */
        begin_chunk_line(side);
    } else if (head->other_transfer && head->response) {
        side->state = TT_HTTP1_BODY_CLOSE;
    } else if (head->other_transfer || head->length_told == TT_HTTP1_LENGTH_BAD) {
        refuse_length(http, side);
    } else if (head->length_told == TT_HTTP1_LENGTH_GIVEN) {
        message->remaining = head->length;
        side->state = TT_HTTP1_BODY_LENGTH;
        if (head->length == 0)
            tt_http1_message_end(side, true);
    } else if (head->response) {
        side->state = TT_HTTP1_BODY_CLOSE;
    } else {
        tt_http1_message_end(side, true);
    }
}

static void break_chunks(struct tt_http1 *http, struct tt_http1_side *side)
{
    tt_stream_note(
        side->stream, "http.malformed", side->stream->end, 0,
        "an HTTP chunk is malformed: what follows is searched raw up to the next message");
    close_body(side, TT_BODY_BROKEN, side->stream->end);
    tt_http1_lose_sync(http, side);
}

static void end_chunk_line(struct tt_http1_side *side)
{
    struct tt_http1_message *message = side->message;
    message->remaining = message->chunk_size;
    side->state = message->chunk_size > 0 ? TT_HTTP1_CHUNK_DATA : TT_HTTP1_TRAILER;
    side->scan = TT_HTTP1_SCAN_LF;
}

/* One byte of a chunk-size line before its extension; false when it cannot stand there. */
static bool read_size_char(struct tt_http1_side *side, uint8_t c)
{
    struct tt_http1_message *message = side->message;
    int digit = tt_hex_value(c);
    if (digit >= 0) {
        if (message->chunk_pad || message->chunk_size > UINT64_MAX >> 8)
            return false;
        message->chunk_size = message->chunk_size << 4 | (unsigned)digit;
        message->chunk_digit = true;
        return true;
    }
    /* Some servers pad the size with spaces, on either side. */
    if (c == ' ' || c == '\t')
        message->chunk_pad = message->chunk_digit;
    else if (c == '\r' && message->chunk_digit)
        message->chunk_pad = true;
    else
        return c == '\n' && message->chunk_digit;
    return true;
}

static void step_chunk_size(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_span rest = tt_stream_rest(side->stream);
    size_t at = 0;
    while (at < rest.len) {
        uint8_t c = rest.data[at];
        if (c == ';' && side->message->chunk_digit) {
            side->state = TT_HTTP1_CHUNK_EXT;
            break;
        }
        if (!read_size_char(side, c) || ++side->message->chunk_line > TT_HTTP_LINE_MAX) {
            tt_stream_take_framing(side->stream, at);
            break_chunks(http, side);
            return;
        }
        at++;
        if (c == '\n') {
            end_chunk_line(side);
            break;
        }
    }
    tt_stream_take_framing(side->stream, at);
}

/* Extensions mean nothing to us, but somebody could hide a value in one: they are searched raw. */
static void step_chunk_ext(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_span rest = tt_stream_rest(side->stream);
    size_t len = tt_span_find(rest, '\n');
    size_t room = TT_HTTP_LINE_MAX - side->message->chunk_line;
    if (len > room) {
        tt_stream_take_unclaimed(side->stream, room);
        break_chunks(http, side);
        return;
    }
    tt_stream_take_unclaimed(side->stream, len);
    side->message->chunk_line += (uint32_t)len;
    if (len < rest.len) {
        tt_stream_take_framing(side->stream, 1);
        end_chunk_line(side);
    }
}

static void step_chunk_end(struct tt_http1 *http, struct tt_http1_side *side)
{
    uint8_t c = tt_stream_rest(side->stream).data[0];
    if (c == '\n') {
        tt_stream_take_framing(side->stream, 1);
        begin_chunk_line(side);
    } else if (c == '\r' && !side->message->chunk_pad) {
        side->message->chunk_pad = true;
        tt_stream_take_framing(side->stream, 1);
    } else {
        break_chunks(http, side);
    }
}

static void step_data(struct tt_http1_side *side)
{
    struct tt_http1_message *message = side->message;
    size_t len = tt_stream_rest(side->stream).len;
    bool ends = message->remaining <= len;
    if (ends)
        len = (size_t)message->remaining;
    message->remaining -= len;
    take_body(side, len);
    if (!ends)
        return;
    if (side->state == TT_HTTP1_CHUNK_DATA) {
        side->state = TT_HTTP1_CHUNK_END;
        message->chunk_pad = false;
        return;
    }
    close_body(side, whole(side), side->stream->end);
    tt_http1_message_end(side, !message->body_continued);
}

static bool is_blank(struct tt_span bytes)
{
    return tt_span_trim(bytes).len == 0;
}

static void take_trailer(struct tt_http1 *http, struct tt_http1_side *side,
                         const struct tt_extent *trailer)
{
    bool complete = !side->message->body_continued;
    enum tt_http1_start start = tt_http1_start_line(trailer->bytes);
    struct tt_http1_head head = {0};
    if ((start == TT_HTTP1_START_REQUEST || start == TT_HTTP1_START_RESPONSE) &&
        tt_http1_head_parse(trailer->bytes, &head) == trailer->bytes.len) {
        /* The blank line behind the last chunk was left out, and this is the next message. */
        close_body(side, whole(side), trailer->offset);
        tt_http1_message_end(side, complete);
        tt_http1_take_head(http, side, &head, trailer);
        return;
    }
    if (is_blank(trailer->bytes)) {
        tt_stream_account(side->stream, TT_BUCKET_DECODED, trailer->bytes.len);
        close_body(side, whole(side), side->stream->end);
    } else {
        close_body(side, whole(side), trailer->offset);
        struct tt_body body = {.kind = TT_STEP_SLICE,
                               .format = TT_FORMAT_HTTP_HEAD,
                               .step = side->role == TT_HTTP1_ROLE_SERVER ? "http.response.trailer"
                                                                          : "http.request.trailer"};
        struct tt_msg msg = tt_http1_message_tell(side);
        tt_stream_body(side->stream, &body, &msg, trailer, 0, trailer->bytes.len);
    }
    tt_http1_message_end(side, complete);
}

static void step_trailer(struct tt_http1 *http, struct tt_http1_side *side)
{
    struct tt_extent trailer = {0};
    struct tt_part part = {0};
    bool over = false;
    uint64_t begin = side->stream->end - tt_gather_len(&side->gather);
    if (tt_http1_gather_head(side, &trailer, &part, &over)) {
        take_trailer(http, side, &trailer);
        tt_gather_clear(&side->gather);
    } else if (over) {
        close_body(side, whole(side), begin);
        tt_http1_lose_sync(http, side);
    }
}

void tt_http1_body_step(struct tt_http1 *http, struct tt_http1_side *side)
{
    switch ((enum tt_http1_state)side->state) {
    case TT_HTTP1_BODY_LENGTH:
    case TT_HTTP1_CHUNK_DATA:
        step_data(side);
        break;
    case TT_HTTP1_BODY_CLOSE:
        take_body(side, tt_stream_rest(side->stream).len);
        break;
    case TT_HTTP1_CHUNK_SIZE:
        step_chunk_size(http, side);
        break;
    case TT_HTTP1_CHUNK_EXT:
        step_chunk_ext(http, side);
        break;
    case TT_HTTP1_CHUNK_END:
        step_chunk_end(http, side);
        break;
    case TT_HTTP1_TRAILER:
        step_trailer(http, side);
        break;
    case TT_HTTP1_FIND:
    case TT_HTTP1_HEAD:
    case TT_HTTP1_DONE:
        break;
    }
}

/* ---- losses ---- */

void tt_http1_trailer_lost(struct tt_http1_side *side, uint64_t stream_end)
{
    struct tt_extent held = tt_gather_extent(&side->gather);
    close_body(side, whole(side), held.bytes.len > 0 ? held.offset : stream_end);
    tt_stream_give_up_gather(side->stream, &side->gather);
}

void tt_http1_body_gap(struct tt_http1 *http, struct tt_http1_side *side, uint64_t gap)
{
    struct tt_http1_message *message = side->message;
    bool counted = side->state == TT_HTTP1_BODY_LENGTH || side->state == TT_HTTP1_CHUNK_DATA;
    uint64_t stream_end = side->stream->end - gap;
    if (side->state == TT_HTTP1_TRAILER) {
        tt_http1_trailer_lost(side, stream_end);
        tt_http1_lose_sync(http, side);
        return;
    }
    close_body(side, TT_BODY_CUT, stream_end);
    message->body_continued = true;
    if (side->state == TT_HTTP1_BODY_CLOSE)
        return;
    if (!counted || gap > message->remaining) {
        tt_http1_lose_sync(http, side);
        return;
    }
    message->remaining -= gap;
    if (message->remaining > 0)
        return;
    if (side->state == TT_HTTP1_CHUNK_DATA) {
        side->state = TT_HTTP1_CHUNK_END;
        message->chunk_pad = false;
    } else {
        /* Exactly the rest of the body is missing. */
        tt_http1_message_end(side, false);
    }
}

void tt_http1_body_end(struct tt_http1_side *side, bool stream_ended)
{
    bool until_end = side->state == TT_HTTP1_BODY_CLOSE && stream_ended;
    bool complete = until_end && !side->message->body_continued;
    uint64_t stream_end = side->stream->end;
    if (side->state == TT_HTTP1_TRAILER)
        tt_http1_trailer_lost(side, stream_end);
    close_body(side, until_end ? whole(side) : TT_BODY_CUT, stream_end);
    tt_http1_message_end(side, complete);
}
