#include "proto/har.h"

#include "model/limits.h"
#include "proto/har_body.h"
#include "proto/http_block.h"
#include "proto/http_message.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATUS_TEXT = 16 };

/* A side of the entry while it is told. */
struct side {
    const struct tt_har_context *context;
    const struct tt_har_side *har;
    enum tt_direction direction;
    struct tt_http_block block;
    struct tt_buf strings; /* unescaped, one behind the other */
    struct tt_http1_head head;
    uint32_t at[TT_HTTP_TEXT_COUNT];
    char *texts;
    bool has_host;
    bool has_cookie;
};

static void put_note(const struct tt_har_context *context, const char *code, uint64_t offset,
                     uint64_t length, const char *text)
{
    tt_note_put(&context->sink->notes, &(struct tt_note){.layer = "proto",
                                                         .code = code,
                                                         .flow = context->flow,
                                                         .frame = context->origin.first_frame,
                                                         .offset = offset,
                                                         .length = length,
                                                         .text = text});
}

/* ---- heads ---- */

/* The string without its escapes; borrowed until the next one. */
static struct tt_span plain(struct side *side, struct tt_json_value value)
{
    tt_buf_clear(&side->strings);
    if (value.kind != TT_JSON_STRING || tt_json_unescape_all(value.text, &side->strings) != TT_OK)
        return (struct tt_span){0};
    return tt_buf_span(&side->strings);
}

static void add_fields(struct side *side)
{
    struct tt_json_walk walk = tt_json_walk(side->har->headers);
    struct tt_json_value field;
    struct tt_buf name = tt_buf_make(TT_HTTP_HEADER_MAX);
    while (tt_json_walk_next(&walk, NULL, &field)) {
        struct tt_json_value key = tt_json_member(field, "name");
        /* Chromium lists pseudo-header fields, too: the start line says what they say. */
        if (key.kind != TT_JSON_STRING || key.text.len == 0 || key.text.data[0] == ':')
            continue;
        tt_buf_clear(&name);
        side->block.failed =
            side->block.failed || tt_buf_append(&name, plain(side, key)) == TT_ERR_MEMORY;
        struct tt_span text = tt_buf_span(&name);
        side->has_host = side->has_host || tt_span_is(text, "host");
        side->has_cookie =
            side->has_cookie || tt_span_is(text, "cookie") || tt_span_is(text, "set-cookie");
        tt_http_block_add(&side->block, text, plain(side, tt_json_member(field, "value")),
                          &side->context->origin);
    }
    tt_buf_free(&name);
}

/* What a start line can say of versions that have none. */
static const char *version_of(const struct tt_har_entry *entry)
{
    static const struct {
        const char *said;
        const char *version;
    } table[] = {{"h2", "HTTP/2"},
                 {"http/2", "HTTP/2"},
                 {"h3", "HTTP/3"},
                 {"http/3", "HTTP/3"},
                 {"http/1.0", "HTTP/1.0"}};
    struct tt_json_value said = entry->response.version;
    if (said.kind != TT_JSON_STRING || said.text.len == 0)
        said = entry->request.version;
    struct tt_span text = said.kind == TT_JSON_STRING ? said.text : tt_span_str("");
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (tt_span_is(tt_span_sub(text, 0, strlen(table[i].said)), table[i].said))
            return table[i].version;
    return "HTTP/1.1";
}

/* The target, and the authority where no field says it: RFC 9112, section 3.2. A fragment and
 * a user are not sent (RFC 9110, sections 4.2.4 and 4.2.5). */
static void add_request(struct side *side, const struct tt_har_entry *entry)
{
    const struct tt_origin *origin = &side->context->origin;
    struct tt_span method = plain(side, entry->method);
    tt_http_block_add(&side->block, tt_span_str(":method"),
                      method.len > 0 ? method : tt_span_str("GET"), origin);
    struct tt_span url = plain(side, entry->url);
    url = tt_span_sub(url, 0, tt_span_find(url, '#'));
    size_t start = tt_span_search(url, tt_span_str("://"));
    struct tt_span rest = start == SIZE_MAX ? url : tt_span_from(url, start + 3);
    size_t path = 0;
    while (start != SIZE_MAX && path < rest.len && strchr("/?", rest.data[path]) == NULL)
        path++;
    struct tt_span authority = tt_span_sub(rest, 0, path);
    size_t user = tt_span_find(authority, '@');
    if (user < authority.len)
        authority = tt_span_from(authority, user + 1);
    if (!side->has_host && authority.len > 0)
        tt_http_block_add(&side->block, tt_span_str(":authority"), authority, origin);
    rest = tt_span_from(rest, path);
    tt_http_block_add(&side->block, tt_span_str(":path"), rest.len > 0 ? rest : tt_span_str("/"),
                      origin);
}

static void add_status(struct side *side, const struct tt_har_entry *entry)
{
    char status[STATUS_TEXT];
    (void)snprintf(status, sizeof(status), "%03d", entry->status);
    tt_http_block_add(&side->block, tt_span_str(":status"), tt_span_str(status),
                      &side->context->origin);
}

/* Writes the head's text, and the texts of the message. False without memory. */
static bool write_head(struct side *side, const struct tt_har_entry *entry,
                       const struct tt_http_request *request)
{
    static const struct tt_span schemes[] = {{(const uint8_t *)"http", 4},
                                             {(const uint8_t *)"https", 5}};
    bool response = side->direction == TT_FROM_RESPONDER;
    add_fields(side);
    if (response)
        add_status(side, entry);
    else
        add_request(side, entry);
    enum tt_http_block_kind kind = response ? TT_HTTP_BLOCK_RESPONSE : TT_HTTP_BLOCK_REQUEST;
    if (!tt_http_block_finish(&side->block, kind, version_of(entry), &side->context->origin,
                              &side->head))
        return false;
    if (side->head.content_type.len == 0)
        side->head.content_type = plain(side, side->har->media_type);
    const struct tt_http_about about = {.head = &side->head,
                                        .request = response ? request : NULL,
                                        .scheme =
                                            schemes[strcmp(entry->encryption, "none") == 0 ? 0 : 1],
                                        .listed = true};
    side->texts = malloc(tt_http_texts_room(&about) + 1);
    if (side->texts == NULL)
        return false;
    (void)tt_http_texts_write(&about, side->at, side->texts);
    return true;
}

static const char *text_of(const struct side *side, enum tt_http_text which)
{
    return side->texts == NULL || side->at[which] == 0 ? NULL : side->texts + side->at[which] - 1;
}

static struct tt_msg message_of(const struct side *side, const struct tt_har_entry *entry)
{
    bool response = side->direction == TT_FROM_RESPONDER;
    return (struct tt_msg){.flow = side->context->flow,
                           .direction = side->direction,
                           .protocol = "http",
                           .kind = response ? "response" : "request",
                           .method = text_of(side, TT_HTTP_METHOD),
                           .host = text_of(side, TT_HTTP_HOST),
                           .url = text_of(side, TT_HTTP_URL),
                           .content_type = text_of(side, TT_HTTP_CONTENT_TYPE),
                           .status = response ? entry->status : 0,
                           .request_frame = response ? side->context->origin.first_frame : 0,
                           .origin = side->context->origin,
                           .complete = true};
}

/* ---- telling ---- */

static uint64_t offset_in(const struct side *side, struct tt_span part)
{
    return (uint64_t)(part.data - side->context->text.data);
}

static void tell_head(const struct side *side, const struct tt_msg *msg)
{
    const struct tt_har_context *context = side->context;
    const struct tt_proto_sink *sink = context->sink;
    const struct tt_span object = side->har->object.text;
    const struct tt_span text = tt_buf_span(&side->block.text);
    bool response = side->direction == TT_FROM_RESPONDER;
    const struct tt_body body = {.flow = context->flow,
                                 .direction = side->direction,
                                 .kind = TT_STEP_CODING,
                                 .format = TT_FORMAT_HTTP_HEAD,
                                 .step = response ? "http.response.head" : "http.request.head",
                                 .at = offset_in(side, object)};
    void *handle = sink->calls->body_open(sink->context, &body, "har", msg);
    if (handle == NULL)
        return;
    const struct tt_piece piece = {.bytes = text, .origin = context->origin};
    sink->calls->body_data(sink->context, handle, &piece);
    sink->calls->body_close(sink->context, handle, TT_BODY_COMPLETE, body.at + object.len);
}

/* Something that is only there as a list. */
static void tell_list(const struct side *side, struct tt_json_value list, const char *step,
                      const struct tt_msg *msg)
{
    if (list.kind != TT_JSON_ARRAY || list.text.len <= 2)
        return;
    const struct tt_har_body body = {.step = step,
                                     .media_type = "application/json",
                                     .text = list.text,
                                     .whole = list.whole,
                                     .writing = TT_HAR_AS_IT_STANDS};
    (void)tt_har_tell_body(side->context, side->direction, &body, msg);
}

/* Returns the bytes of the body. */
static uint64_t tell_body(const struct side *side, const struct tt_msg *msg)
{
    const struct tt_har_side *har = side->har;
    bool response = side->direction == TT_FROM_RESPONDER;
    const char *step = response ? "http.response.body" : "http.request.body";
    if (har->text.kind != TT_JSON_STRING) {
        tell_list(side, har->params, step, msg);
        return har->params.kind == TT_JSON_ARRAY ? har->body_size : 0;
    }
    bool base64 = tt_json_says(har->encoding, "base64");
    const struct tt_har_body body = {.step = step,
                                     .media_type = text_of(side, TT_HTTP_MEDIA_TYPE),
                                     .boundary = text_of(side, TT_HTTP_BOUNDARY),
                                     .text = har->text.text,
                                     .whole = har->text.whole,
                                     .writing = base64 ? TT_HAR_BASE64 : TT_HAR_STRING};
    return tt_har_tell_body(side->context, side->direction, &body, msg);
}

/* What the file says was there but does not hold. A response's size may be that of its coding. */
static void count_missing(const struct side *side, uint64_t held)
{
    const struct tt_har_side *har = side->har;
    bool request = side->direction == TT_FROM_INITIATOR;
    bool none = har->text.kind != TT_JSON_STRING && har->params.kind != TT_JSON_ARRAY;
    if (har->body_size <= held || !(none || (request && har->text.kind == TT_JSON_STRING)))
        return;
    uint64_t missing = har->body_size - held;
    side->context->flow->lost[side->direction] += missing;
    put_note(side->context, "har.body_missing", offset_in(side, har->object.text), missing,
             "the HAR file says that there was a body, but does not hold all of it: what it said "
             "was not seen");
}

static bool tell_side(struct side *side, const struct tt_har_entry *entry,
                      const struct tt_http_request *request)
{
    const struct tt_proto_sink *sink = side->context->sink;
    tt_http_block_init(&side->block);
    side->strings = tt_buf_make(TT_HAR_ENTRY_MAX);
    if (!write_head(side, entry, request))
        return false;
    if (side->block.over)
        put_note(side->context, "har.fields", offset_in(side, side->har->object.text), 0,
                 "the HTTP header fields of a HAR entry are more than the limit: some are left "
                 "out");
    struct tt_msg msg = message_of(side, entry);
    tell_head(side, &msg);
    if (!side->has_cookie)
        tell_list(side, side->har->cookies,
                  side->direction == TT_FROM_INITIATOR ? "http.request.cookies"
                                                       : "http.response.cookies",
                  &msg);
    msg.body_bytes = tell_body(side, &msg);
    count_missing(side, msg.body_bytes);
    msg.complete = side->har->object.whole;
    sink->calls->message(sink->context, &msg);
    return true;
}

static void free_side(struct side *side)
{
    tt_http_block_free(&side->block);
    tt_buf_free(&side->strings);
    free(side->texts);
}

/* Every byte of the entry stands in its request, its response, or around them. */
static void account(const struct tt_har_entry *entry, const struct tt_har_context *context)
{
    const struct tt_proto_sink *sink = context->sink;
    const struct tt_json_value *objects[] = {&entry->request.object, &entry->response.object};
    uint64_t around = context->text.len;
    for (unsigned i = 0; i < 2 && entry->unsent == NULL; i++) {
        uint64_t bytes = objects[i]->kind == TT_JSON_OBJECT ? objects[i]->text.len : 0;
        if (bytes > 0)
            sink->calls->account(sink->context, context->flow, (enum tt_direction)i,
                                 TT_BUCKET_DECODED, bytes);
        context->flow->bytes[i] += bytes;
        around -= bytes;
    }
    context->flow->overhead[0] += (uint32_t)around;
}

static bool has_response(const struct tt_har_entry *entry)
{
    return entry->response.object.kind == TT_JSON_OBJECT && entry->status != 0;
}

static void note_unsent(const struct tt_har_entry *entry, const struct tt_har_context *context)
{
    const char *text = "a HAR entry that is answered from the browser's own store, or was never "
                       "sent: nothing of it left the device, and it was not searched";
    put_note(context, entry->unsent, 0, context->text.len, text);
}

bool tt_har_tell(const struct tt_har_entry *entry, const struct tt_har_context *context)
{
    struct side request = {
        .context = context, .har = &entry->request, .direction = TT_FROM_INITIATOR};
    struct side response = {
        .context = context, .har = &entry->response, .direction = TT_FROM_RESPONDER};
    account(entry, context);
    if (entry->unsent != NULL) {
        note_unsent(entry, context);
        return true;
    }
    if (!entry->whole || entry->request.object.kind != TT_JSON_OBJECT)
        put_note(context, "har.entry", 0, context->text.len,
                 "a HAR entry that is cut, or has no request: what can be read of it was");
    bool ok = true;
    if (entry->request.object.kind == TT_JSON_OBJECT)
        ok = tell_side(&request, entry, NULL);
    const struct tt_http_request asked = {.frame = context->origin.first_frame,
                                          .method = text_of(&request, TT_HTTP_METHOD),
                                          .host = text_of(&request, TT_HTTP_HOST),
                                          .url = text_of(&request, TT_HTTP_URL)};
    if (ok && has_response(entry))
        ok = tell_side(&response, entry, &asked);
    if (ok)
        tt_har_tell_messages(entry->messages, &asked, context);
    free_side(&request);
    free_side(&response);
    return ok;
}
