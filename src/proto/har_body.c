#include "proto/har_body.h"

#include "base/time.h"

enum { ROOM = 12288, OPCODE_TEXT = 1, OPCODE_CLOSE = 8 };

/* Takes characters of base64 (RFC 4648, section 4) from a JSON string. */
struct base64 {
    uint32_t bits;
    unsigned count; /* of characters in `bits` */
    bool ended;     /* a pad was met */
    bool broken;
};

/* The next character that counts: line ends and the escapes of JSON ("\/") are passed over. */
static bool next_char(struct tt_span in, size_t *at, uint8_t *ret_c)
{
    while (*at < in.len) {
        uint8_t c = in.data[(*at)++];
        if (c == '\\' && *at < in.len) {
            c = in.data[(*at)++];
            if (c != '/')
                continue;
        }
        if (c == '\r' || c == '\n' || c == ' ')
            continue;
        *ret_c = c;
        return true;
    }
    return false;
}

static size_t flush(struct base64 *b, uint8_t *out)
{
    /* Two characters make a byte, three make two, four make three. */
    size_t len = b->count > 0 ? b->count - 1 : 0;
    uint32_t bits = b->bits << (6 * (4 - b->count));
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(bits >> (16 - 8 * i));
    b->bits = 0;
    b->count = 0;
    return len;
}

static size_t decode_some(struct base64 *b, struct tt_span in, size_t *at, uint8_t *out)
{
    size_t len = 0;
    uint8_t c = 0;
    while (len + 3 < ROOM && !b->ended && !b->broken && next_char(in, at, &c)) {
        int value = tt_base64_digit(c);
        b->ended = c == '=';
        b->broken = value < 0 && !b->ended;
        if (value < 0)
            break;
        b->bits = b->bits << 6 | (uint32_t)value;
        if (++b->count == 4)
            len += flush(b, out + len);
    }
    return len + flush(b, out + len);
}

/* ---- one body ---- */

struct pouring {
    const struct tt_har_context *context;
    void *handle;
    uint64_t at;
};

static void pour(struct pouring *to, struct tt_span bytes)
{
    const struct tt_proto_sink *sink = to->context->sink;
    const struct tt_piece piece = {.bytes = bytes, .at = to->at, .origin = to->context->origin};
    if (to->handle != NULL && bytes.len > 0)
        sink->calls->body_data(sink->context, to->handle, &piece);
    to->at += bytes.len;
}

static void pour_string(struct pouring *to, struct tt_span text)
{
    uint8_t room[ROOM];
    size_t at = 0;
    size_t len = 0;
    while ((len = tt_json_unescape(text, &at, room, sizeof(room))) > 0)
        pour(to, tt_span_of(room, len));
}

/* False when it is no base64 from some place on. */
static bool pour_base64(struct pouring *to, struct tt_span text)
{
    uint8_t room[ROOM];
    struct base64 state = {.bits = 0};
    size_t at = 0;
    size_t len = 0;
    while ((len = decode_some(&state, text, &at, room)) > 0)
        pour(to, tt_span_of(room, len));
    if (!state.broken)
        return true;
    tt_note_put(&to->context->sink->notes,
                &(struct tt_note){.layer = "proto",
                                  .code = "har.base64",
                                  .flow = to->context->flow,
                                  .frame = to->context->origin.first_frame,
                                  .offset = (uint64_t)(text.data - to->context->text.data) + at,
                                  .length = text.len - at,
                                  .text = "a body of a HAR entry is called base64 and is not: its "
                                          "rest was not read"});
    return false;
}

uint64_t tt_har_tell_body(const struct tt_har_context *context, enum tt_direction direction,
                          const struct tt_har_body *body, const struct tt_msg *msg)
{
    const struct tt_proto_sink *sink = context->sink;
    enum tt_har_writing writing = body->writing;
    if (writing == TT_HAR_STRING && tt_span_find(body->text, '\\') == body->text.len)
        writing = TT_HAR_AS_IT_STANDS;
    const struct tt_body opened = {.flow = context->flow,
                                   .direction = direction,
                                   .kind = writing == TT_HAR_AS_IT_STANDS ? TT_STEP_SLICE
                                                                          : TT_STEP_CODING,
                                   .step = body->step,
                                   .media_type = body->media_type,
                                   .boundary = body->boundary,
                                   .at = (uint64_t)(body->text.data - context->text.data)};
    const char *framings[] = {
        [TT_HAR_AS_IT_STANDS] = NULL, [TT_HAR_STRING] = "json-string", [TT_HAR_BASE64] = "base64"};
    struct pouring to = {.context = context};
    bool good = body->whole;
    if (body->text.len == 0)
        return 0;
    to.handle = sink->calls->body_open(sink->context, &opened, framings[writing], msg);
    switch (writing) {
    case TT_HAR_AS_IT_STANDS:
        pour(&to, body->text);
        break;
    case TT_HAR_STRING:
        pour_string(&to, body->text);
        break;
    case TT_HAR_BASE64:
        good = pour_base64(&to, body->text) && good;
        break;
    }
    if (to.handle != NULL)
        sink->calls->body_close(sink->context, to.handle, good ? TT_BODY_COMPLETE : TT_BODY_CUT,
                                opened.at + body->text.len);
    return to.at;
}

/* ---- a WebSocket ---- */

/* Seconds with decimals; 0 for anything else. */
static uint64_t time_of(struct tt_json_value value)
{
    uint64_t whole = 0;
    if (!tt_json_number(value, &whole) || whole > UINT64_MAX / TT_NS_PER_SECOND / 2)
        return 0;
    uint64_t time = whole * TT_NS_PER_SECOND;
    uint64_t unit = TT_NS_PER_SECOND / 10;
    for (size_t i = tt_span_find(value.text, '.') + 1; i < value.text.len && unit > 0; i++) {
        if (!tt_is_digit(value.text.data[i]))
            break;
        time += unit * (uint64_t)(value.text.data[i] - '0');
        unit /= 10;
    }
    return time;
}

/* RFC 6455, section 5.2. */
static const char *kind_of(uint64_t opcode)
{
    switch (opcode) {
    case 0:
    case OPCODE_TEXT:
        return "text";
    case OPCODE_CLOSE:
        return "close";
    case 9:
        return "ping";
    case 10:
        return "pong";
    default:
        return "binary";
    }
}

static void tell_message(struct tt_json_value message, const struct tt_http_request *request,
                         const struct tt_har_context *context)
{
    struct tt_json_value data = tt_json_member(message, "data");
    uint64_t opcode = OPCODE_TEXT;
    (void)tt_json_number(tt_json_member(message, "opcode"), &opcode);
    bool text = opcode <= OPCODE_TEXT;
    struct tt_har_context own = *context;
    uint64_t time = time_of(tt_json_member(message, "time"));
    if (time > 0)
        own.origin.time = time;
    bool sent = tt_json_says(tt_json_member(message, "type"), "send");
    struct tt_msg msg = {.flow = context->flow,
                         .direction = sent ? TT_FROM_INITIATOR : TT_FROM_RESPONDER,
                         .protocol = "websocket",
                         .kind = kind_of(opcode),
                         .host = request->host,
                         .url = request->url,
                         .origin = own.origin,
                         .complete = data.whole};
    if (data.kind != TT_JSON_STRING)
        return;
    const struct tt_har_body body = {.step = opcode < OPCODE_CLOSE ? "websocket.payload"
                                                                   : "websocket.control",
                                     .text = data.text,
                                     .whole = data.whole,
                                     .writing = text ? TT_HAR_STRING : TT_HAR_BASE64};
    msg.body_bytes = tt_har_tell_body(&own, msg.direction, &body, &msg);
    context->sink->calls->message(context->sink->context, &msg);
}

void tt_har_tell_messages(struct tt_json_value list, const struct tt_http_request *request,
                          const struct tt_har_context *context)
{
    struct tt_json_walk walk = tt_json_walk(list);
    struct tt_json_value message;
    while (!walk.object && tt_json_walk_next(&walk, NULL, &message))
        tell_message(message, request, context);
}
