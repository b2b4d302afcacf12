#include "report/har.h"

#include "base/json.h"
#include "base/time.h"
#include "base/utf.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    /* A body grows by its escapes to six times its size at most; the head to as much. */
    ENTRY_MAX = 6 * (TT_HAR_BODY_MAX + TT_HTTP_HEADER_MAX) * 2,
    PIECE_MAX = 65536,
    NUMBER_TEXT = 24
};

/* ---- texts ---- */

/* A captured text under `key`, through the redactor. */
static void put_text(struct tt_har_out *out, struct tt_json *json, const char *key,
                     struct tt_span text, enum tt_redact how)
{
    char *copy = malloc(text.len + 1);
    if (copy == NULL) {
        json->err = TT_ERR_MEMORY;
        return;
    }
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    /* What can be shown is shown whole: the redactor cuts long texts. */
    if (out->reveal)
        tt_json_span(json, key, text);
    else
        tt_json_span(json, key, tt_redact(&out->redactor, copy, how));
    free(copy);
}

/* A value that is somebody's as a whole. */
static void put_value(const struct tt_har_out *out, struct tt_json *json, const char *key,
                      struct tt_span text)
{
    if (out->reveal || text.len == 0)
        tt_json_span(json, key, text);
    else
        tt_json_text(json, key, "\u2022\u2022\u2022");
}

static void put_base64(struct tt_json *json, const char *key, struct tt_span bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct tt_buf text = tt_buf_make(bytes.len / 3 * 4 + 4);
    enum tt_err err = tt_buf_reserve(&text, bytes.len / 3 * 4 + 4);
    for (size_t i = 0; err == TT_OK && i < bytes.len; i += 3) {
        size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = (uint32_t)bytes.data[i] << 16;
        bits |= n > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
        bits |= n > 2 ? bytes.data[i + 2] : 0;
        for (size_t j = 0; j < 4; j++)
            text.data[text.len++] = (uint8_t)(j > n ? '=' : digits[bits >> (18 - 6 * j) & 63]);
    }
    if (err == TT_OK)
        tt_json_span(json, key, tt_buf_span(&text));
    else
        json->err = err;
    tt_buf_free(&text);
}

/* ---- heads ---- */

/* The lines of a head, without their ends. */
static bool next_line(struct tt_span *rest, struct tt_span *ret_line)
{
    if (rest->len == 0)
        return false;
    size_t end = tt_span_find(*rest, '\n');
    struct tt_span line = tt_span_sub(*rest, 0, end);
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    *rest = tt_span_from(*rest, end + 1);
    *ret_line = line;
    return line.len > 0;
}

struct field {
    struct tt_span name;
    struct tt_span value;
};

static bool next_field(struct tt_span *rest, struct field *ret_field)
{
    struct tt_span line;
    if (!next_line(rest, &line))
        return false;
    size_t colon = tt_span_find(line, ':');
    ret_field->name = tt_span_trim(tt_span_sub(line, 0, colon));
    ret_field->value = tt_span_trim(tt_span_from(line, colon + 1));
    return true;
}

/* The field lines behind the start line. */
static struct tt_span fields_of(const struct tt_har_half *half)
{
    struct tt_span rest = half->head;
    struct tt_span line;
    (void)next_line(&rest, &line);
    return rest;
}

static struct tt_span find_field(const struct tt_har_half *half, const char *name)
{
    struct tt_span rest = fields_of(half);
    struct field field;
    while (next_field(&rest, &field))
        if (tt_span_is(field.name, name))
            return field.value;
    return tt_span_str("");
}

/* The version stands at the end of a request line and at the start of a status line. */
static struct tt_span version_of(const struct tt_har_half *half, bool response)
{
    struct tt_span rest = half->head;
    struct tt_span line = tt_span_str("");
    if (!next_line(&rest, &line))
        return tt_span_str("");
    size_t at = response ? 0 : line.len;
    while (!response && at > 0 && line.data[at - 1] != ' ')
        at--;
    line = tt_span_from(line, at);
    return tt_span_sub(line, 0, tt_span_find(line, ' '));
}

static void put_fields(struct tt_har_out *out, struct tt_json *json, struct tt_span rest)
{
    struct field field;
    while (next_field(&rest, &field)) {
        bool secret = tt_span_is(field.name, "cookie") || tt_span_is(field.name, "set-cookie") ||
                      tt_span_is(field.name, "authorization") ||
                      tt_span_is(field.name, "proxy-authorization");
        bool url = tt_span_is(field.name, "referer") || tt_span_is(field.name, "location");
        tt_json_open_object(json, NULL);
        put_text(out, json, "name", field.name, TT_REDACT_TEXT);
        if (secret)
            put_value(out, json, "value", field.value);
        else
            put_text(out, json, "value", field.value, url ? TT_REDACT_URL : TT_REDACT_TEXT);
        tt_json_close_object(json);
    }
}

/* HAR has no place of its own for a trailer. */
static void put_headers(struct tt_har_out *out, struct tt_json *json,
                        const struct tt_har_half *half)
{
    tt_json_open_array(json, "headers");
    put_fields(out, json, fields_of(half));
    put_fields(out, json, half->trailer);
    tt_json_close_array(json);
}

/* "a=1" of a list whose elements end with `end`; false behind the last one. */
static bool next_pair(struct tt_span *rest, uint8_t end, struct field *ret_pair)
{
    struct tt_span pair = {0};
    while (rest->len > 0 && pair.len == 0) {
        size_t at = tt_span_find(*rest, end);
        pair = tt_span_trim(tt_span_sub(*rest, 0, at));
        *rest = tt_span_from(*rest, at + 1);
    }
    size_t equals = tt_span_find(pair, '=');
    ret_pair->name = tt_span_sub(pair, 0, equals);
    ret_pair->value = tt_span_from(pair, equals + 1);
    return pair.len > 0;
}

static void put_pair(struct tt_har_out *out, struct tt_json *json, const struct field *pair)
{
    tt_json_open_object(json, NULL);
    put_text(out, json, "name", pair->name, TT_REDACT_TEXT);
    put_value(out, json, "value", pair->value);
    tt_json_close_object(json);
}

/* RFC 6265: all of a Cookie field, the first pair of a Set-Cookie field. */
static void put_cookies(struct tt_har_out *out, struct tt_json *json,
                        const struct tt_har_half *half, bool response)
{
    struct tt_span rest = fields_of(half);
    struct field field;
    tt_json_open_array(json, "cookies");
    while (next_field(&rest, &field)) {
        struct field pair;
        if (!tt_span_is(field.name, response ? "set-cookie" : "cookie"))
            continue;
        bool more = next_pair(&field.value, ';', &pair);
        while (more) {
            put_pair(out, json, &pair);
            more = !response && next_pair(&field.value, ';', &pair);
        }
    }
    tt_json_close_array(json);
}

static void put_query(struct tt_har_out *out, struct tt_json *json, const char *url)
{
    struct tt_span text = tt_span_str(url == NULL ? "" : url);
    struct tt_span rest = tt_span_from(text, tt_span_find(text, '?') + 1);
    struct field pair;
    tt_json_open_array(json, "queryString");
    while (next_pair(&rest, '&', &pair))
        put_pair(out, json, &pair);
    tt_json_close_array(json);
}

/* ---- bodies ---- */

static bool is_text(struct tt_span body)
{
    return tt_span_find(body, 0) == body.len && tt_utf8_valid(body);
}

static void put_body(const struct tt_har_out *out, struct tt_json *json,
                     const struct tt_har_half *half)
{
    if (!out->reveal) {
        if (half->body_bytes > 0)
            tt_json_text(json, "comment", "left out: only --reveal shows bodies");
        return;
    }
    if (half->body.len > 0 && is_text(half->body)) {
        tt_json_span(json, "text", half->body);
    } else if (half->body.len > 0) {
        put_base64(json, "text", half->body);
        tt_json_text(json, "encoding", "base64");
    }
    if (!half->body_held)
        tt_json_text(json, "comment", "not all of the body could be read or kept");
}

static void put_type(struct tt_har_out *out, struct tt_json *json, const struct tt_har_half *half)
{
    put_text(out, json, "mimeType",
             tt_span_str(half->content_type == NULL ? "" : half->content_type), TT_REDACT_TEXT);
}

/* ---- the entry ---- */

static void put_request(struct tt_har_out *out, struct tt_json *json,
                        const struct tt_har_exchange *exchange)
{
    const struct tt_har_half *half = &exchange->request;
    const char *url = exchange->url == NULL ? "about:blank" : exchange->url;
    tt_json_open_object(json, "request");
    put_text(out, json, "method", tt_span_str(exchange->method), TT_REDACT_TEXT);
    put_text(out, json, "url", tt_span_str(url), TT_REDACT_URL);
    put_text(out, json, "httpVersion", version_of(half, false), TT_REDACT_TEXT);
    put_cookies(out, json, half, false);
    put_headers(out, json, half);
    put_query(out, json, exchange->url);
    if (half->body_bytes > 0) {
        tt_json_open_object(json, "postData");
        put_type(out, json, half);
        put_body(out, json, half);
        tt_json_close_object(json);
    }
    tt_json_int(json, "headersSize", half->head.len > 0 ? (int64_t)half->head.len : -1);
    tt_json_uint(json, "bodySize", half->body_bytes);
    tt_json_close_object(json);
}

static void put_response(struct tt_har_out *out, struct tt_json *json,
                         const struct tt_har_exchange *exchange)
{
    const struct tt_har_half *half = &exchange->response;
    tt_json_open_object(json, "response");
    tt_json_int(json, "status", exchange->status);
    tt_json_text(json, "statusText", "");
    put_text(out, json, "httpVersion", version_of(half, true), TT_REDACT_TEXT);
    put_cookies(out, json, half, true);
    put_headers(out, json, half);
    tt_json_open_object(json, "content");
    tt_json_uint(json, "size", half->body_held ? half->body.len : half->body_bytes);
    put_type(out, json, half);
    put_body(out, json, half);
    tt_json_close_object(json);
    put_text(out, json, "redirectURL", find_field(half, "location"), TT_REDACT_URL);
    tt_json_int(json, "headersSize", half->head.len > 0 ? (int64_t)half->head.len : -1);
    tt_json_int(json, "bodySize", exchange->status != 0 ? (int64_t)half->body_bytes : -1);
    tt_json_close_object(json);
}

static double milliseconds(uint64_t from, uint64_t to)
{
    return to > from && from > 0 ? (double)(to - from) / 1e6 : 0;
}

/* The name that Playwright's HAR files have for it; a browser ignores it. */
static void put_security(struct tt_json *json, const char *encryption)
{
    char text[NUMBER_TEXT];
    if (strncmp(encryption, "tls", 3) == 0 && encryption[3] != '\0')
        (void)snprintf(text, sizeof(text), "TLS %s", encryption + 3);
    else if (strcmp(encryption, "quic") == 0)
        (void)snprintf(text, sizeof(text), "QUIC");
    else
        return;
    tt_json_open_object(json, "_securityDetails");
    tt_json_text(json, "protocol", text);
    tt_json_close_object(json);
}

/* ---- WebSockets ---- */

enum { OPCODE_TEXT = 1, OPCODE_BINARY = 2 };

/* As Chromium writes it: data is text where the opcode says so, else base64. Text that is none goes
 * as binary data. */
static void put_message(const struct tt_har_out *out, struct tt_json *json,
                        const struct tt_har_message *message)
{
    bool text = message->opcode == OPCODE_TEXT;
    bool good = !text || is_text(message->data);
    tt_json_open_object(json, NULL);
    tt_json_text(json, "type", message->sent ? "send" : "receive");
    tt_json_seconds(json, "time", message->time);
    tt_json_uint(json, "opcode", good ? message->opcode : OPCODE_BINARY);
    if (text && good)
        tt_json_span(json, "data", message->data);
    else
        put_base64(json, "data", message->data);
    if (!out->reveal && message->bytes > 0)
        tt_json_text(json, "comment", "left out: only --reveal shows bodies");
    else if (!message->held)
        tt_json_text(json, "comment", "not all of the message could be read or kept");
    tt_json_close_object(json);
}

static void put_messages(const struct tt_har_out *out, struct tt_json *json,
                         const struct tt_har_exchange *exchange)
{
    if (exchange->message_count == 0)
        return;
    tt_json_text(json, "_resourceType", "websocket");
    tt_json_open_array(json, "_webSocketMessages");
    for (size_t i = 0; i < exchange->message_count; i++)
        put_message(out, json, &exchange->messages[i]);
    tt_json_close_array(json);
}

static void put_entry(struct tt_har_out *out, struct tt_json *json,
                      const struct tt_har_exchange *exchange)
{
    char text[TT_TIME_TEXT_MAX];
    tt_json_open_object(json, NULL);
    tt_json_text(json, "startedDateTime", tt_time_text(exchange->started, text));
    tt_json_double(json, "time", milliseconds(exchange->started, exchange->ended));
    put_request(out, json, exchange);
    put_response(out, json, exchange);
    tt_json_open_object(json, "cache");
    tt_json_close_object(json);
    tt_json_open_object(json, "timings");
    tt_json_uint(json, "send", 0);
    tt_json_double(json, "wait", milliseconds(exchange->started, exchange->answered));
    tt_json_double(json, "receive", milliseconds(exchange->answered, exchange->ended));
    tt_json_close_object(json);
    if (exchange->server.family != TT_ADDR_NONE) {
        char addr[TT_ADDR_TEXT_MAX];
        tt_json_text(json, "serverIPAddress", tt_addr_text(exchange->server, addr));
    }
    char number[NUMBER_TEXT];
    (void)snprintf(number, sizeof(number), "%llu", (unsigned long long)exchange->flow);
    tt_json_text(json, "connection", number);
    put_security(json, exchange->encryption);
    put_messages(out, json, exchange);
    put_text(out, json, "_capture", tt_span_str(exchange->capture), TT_REDACT_CLEAN);
    tt_json_uint(json, "_frame", exchange->frame);
    tt_json_close_object(json);
}

/* ---- the file ---- */

static void hand_on(struct tt_har_out *out, struct tt_span text)
{
    while (out->err == TT_OK && text.len > 0) {
        struct tt_span piece = tt_span_sub(text, 0, PIECE_MAX);
        out->err = out->sink->write(out->sink->context, piece);
        text = tt_span_from(text, piece.len);
    }
}

void tt_har_out_open(struct tt_har_out *out, bool reveal, const struct tt_report_sink *sink)
{
    *out = (struct tt_har_out){.sink = sink,
                               .redactor = tt_redactor_make(reveal),
                               .entry = tt_buf_make(ENTRY_MAX),
                               .reveal = reveal};
    hand_on(out, tt_span_str("{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"telltale\","
                             "\"version\":\"" TT_VERSION "\"},\"pages\":[],\"entries\":["));
}

void tt_har_out_put(struct tt_har_out *out, const struct tt_har_exchange *exchange)
{
    tt_buf_clear(&out->entry);
    struct tt_json json = tt_json_make(&out->entry);
    put_entry(out, &json, exchange);
    if (out->err == TT_OK)
        out->err = json.err != TT_OK ? json.err : out->redactor.err;
    hand_on(out, tt_span_str(out->any ? ",\n" : "\n"));
    hand_on(out, tt_buf_span(&out->entry));
    out->any = true;
}

enum tt_err tt_har_out_close(struct tt_har_out *out)
{
    hand_on(out, tt_span_str("\n]}}\n"));
    tt_redactor_free(&out->redactor);
    tt_buf_free(&out->entry);
    return out->err;
}
