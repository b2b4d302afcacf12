/* What an HTTP/1.x message is called: its host, URL, media type and codings.
 *
 * RFC 9112, sections 3.2 and 3.3 (targets and the URI they stand for); RFC 9110, sections 7.2, 8.3
 * and 8.4. */
#include "proto/http1_state.h"

#include "base/utf.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    HOST_MAX = 255,
    BOUNDARY_MAX = 200, /* RFC 2046 allows 70 */
    AUTHORITY_MAX = TT_ADDR_TEXT_MAX + 8
};

/* Writes texts one after the other into room that was reserved for all of them. */
struct writer {
    char *at;
};

static void put_char(struct writer *writer, uint8_t c)
{
    *writer->at++ = (char)c;
}

static const char *end_text(struct writer *writer, const char *begin)
{
    put_char(writer, 0);
    return begin;
}

static bool is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

/* Only printable ASCII: so is nearly everything that is written here, and can then be copied. */
static bool is_plain(struct tt_span text)
{
    static const uint64_t ones = 0x0101010101010101U;
    uint64_t odd = 0;
    size_t at = 0;
    for (; text.len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.data + at, sizeof(word));
        /* The top bit of a byte gets set when it is 0x80 or more, less than 0x20, or 0x7f. */
        odd |= word | (word - 0x20 * ones) | (word + ones);
    }
    bool plain = (odd & 0x80 * ones) == 0;
    for (; plain && at < text.len; at++)
        plain = text.data[at] >= 0x20 && text.data[at] < 0x7f;
    return plain;
}

static void put_plain(struct writer *writer, struct tt_span text)
{
    if (text.len > 0)
        memcpy(writer->at, text.data, text.len);
    writer->at += text.len;
}

/* As it stands, but for bytes that would not be text: those as %XX. At most 3 times as long. */
static void put_url(struct writer *writer, struct tt_span text)
{
    static const char digits[] = "0123456789ABCDEF";
    if (is_plain(text)) {
        put_plain(writer, text);
        return;
    }
    bool utf8 = tt_utf8_valid(text);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!is_control(c) && (c < 0x80 || utf8)) {
            put_char(writer, c);
            continue;
        }
        put_char(writer, '%');
        put_char(writer, (uint8_t)digits[c >> 4]);
        put_char(writer, (uint8_t)digits[c & 15]);
    }
}

/* As it stands, with '?' for bytes that would not be text and one space for a folded line. */
static void put_clean(struct writer *writer, struct tt_span text)
{
    if (is_plain(text)) {
        put_plain(writer, text);
        return;
    }
    bool utf8 = tt_utf8_valid(text);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '\t' || c == '\n')
            put_char(writer, ' ');
        else if (c != '\r')
            put_char(writer, is_control(c) || (c >= 0x80 && !utf8) ? '?' : c);
    }
}

static const char *write_text(struct writer *writer, struct tt_span text)
{
    if (text.data == NULL)
        return NULL;
    const char *begin = writer->at;
    put_clean(writer, text);
    return end_text(writer, begin);
}

/* A text that was made here before. */
static const char *write_copy(struct writer *writer, const char *text)
{
    if (text == NULL)
        return NULL;
    const char *begin = writer->at;
    put_plain(writer, tt_span_str(text));
    return end_text(writer, begin);
}

static void set_text(struct tt_http1_message *message, enum tt_http1_text which, const char *text)
{
    message->at[which] = text == NULL ? 0 : (uint32_t)(text - message->texts) + 1;
}

static bool all_digits(struct tt_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!tt_is_digit(text.data[i]))
            return false;
    return true;
}

/* The host of an authority: without user, port, brackets and final dot. */
static struct tt_span host_part(struct tt_span authority)
{
    for (size_t at = tt_span_find(authority, '@'); at < authority.len;
         at = tt_span_find(authority, '@'))
        authority = tt_span_from(authority, at + 1);
    if (authority.len > 0 && authority.data[0] == '[') {
        size_t close = tt_span_find(authority, ']');
        return close < authority.len ? tt_span_sub(authority, 1, close - 1) : authority;
    }
    size_t colon = tt_span_find(authority, ':');
    if (colon < authority.len && all_digits(tt_span_from(authority, colon + 1)))
        authority.len = colon;
    if (authority.len > 0 && authority.data[authority.len - 1] == '.')
        authority.len--;
    return authority;
}

/* Lower case; NULL when it is empty, too long or not printable. */
static const char *write_host(struct writer *writer, struct tt_span authority)
{
    struct tt_span host = host_part(tt_span_trim(authority));
    if (host.len == 0 || host.len > HOST_MAX)
        return NULL;
    for (size_t i = 0; i < host.len; i++)
        if (is_control(host.data[i]) || host.data[i] >= 0x80)
            return NULL;
    const char *begin = writer->at;
    for (size_t i = 0; i < host.len; i++)
        put_char(writer, tt_lower(host.data[i]));
    return end_text(writer, begin);
}

/* The authority of an absolute target ("scheme://authority..."); false for any other target. */
static bool target_authority(struct tt_span target, struct tt_span *ret_authority)
{
    size_t at = 0;
    while (at < target.len && (tt_is_alnum(target.data[at]) || target.data[at] == '+' ||
                               target.data[at] == '-' || target.data[at] == '.'))
        at++;
    if (at == 0 || !tt_span_starts(tt_span_from(target, at), tt_span_str("://")))
        return false;
    struct tt_span rest = tt_span_from(target, at + 3);
    size_t end = 0;
    while (end < rest.len && rest.data[end] != '/' && rest.data[end] != '?' &&
           rest.data[end] != '#')
        end++;
    *ret_authority = tt_span_sub(rest, 0, end);
    return true;
}

/* The server's address in place of a Host that was not sent (HTTP/1.0). */
static struct tt_span server_authority(const struct tt_http1_side *side, char room[AUTHORITY_MAX])
{
    const struct tt_endpoint *server = &side->stream->flow->ends[1 - side->stream->direction];
    if (server->addr.family == TT_ADDR_NONE)
        return (struct tt_span){0};
    char text[TT_ADDR_TEXT_MAX];
    bool v6 = server->addr.family == TT_ADDR_IPV6;
    int len = snprintf(room, AUTHORITY_MAX, v6 ? "[%s]" : "%s", tt_addr_text(server->addr, text));
    if (len > 0 && server->port != 80)
        len += snprintf(room + len, (size_t)(AUTHORITY_MAX - len), ":%u", (unsigned)server->port);
    return tt_span_of(room, len > 0 ? (size_t)len : 0);
}

/* `whole`: the target says its authority itself. */
static const char *write_target(struct writer *writer, const struct tt_http1_side *side,
                                const struct tt_http1_head *head, bool whole)
{
    const char *url = writer->at;
    if (whole) {
        put_url(writer, head->target);
        return end_text(writer, url);
    }
    char room[AUTHORITY_MAX];
    struct tt_span shown = head->host.len > 0 ? head->host : server_authority(side, room);
    if (shown.len == 0)
        return NULL;
    put_url(writer, tt_span_str("http://"));
    put_url(writer, shown);
    /* RFC 9112, section 3.3: "*" stands for the server as a whole. */
    if (!tt_span_eq(head->target, tt_span_str("*"))) {
        if (head->target.len == 0 || head->target.data[0] != '/')
            put_char(writer, '/');
        put_url(writer, head->target);
    }
    return end_text(writer, url);
}

static void describe_target(struct writer *writer, struct tt_http1_side *side,
                            const struct tt_http1_head *head)
{
    struct tt_span authority = head->host;
    bool connect = tt_span_eq(head->method, tt_span_str("CONNECT"));
    bool whole = target_authority(head->target, &authority) || connect;
    if (!side->stream->sink->no_listing)
        set_text(side->message, TT_HTTP1_URL, write_target(writer, side, head, whole));
    set_text(side->message, TT_HTTP1_HOST, write_host(writer, connect ? head->target : authority));
}

/* "type/subtype" of a Content-Type, in lower case. */
static const char *write_media_type(struct writer *writer, struct tt_span value)
{
    const char *begin = writer->at;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (c <= ' ' || c >= 0x7f || c == ';' || c == ',')
            break;
        put_char(writer, tt_lower(c));
    }
    return writer->at == begin ? NULL : end_text(writer, begin);
}

/* Takes a parameter (";name=value") off the front; false at the end. A quoted value keeps its
 * quotes. */
static bool next_parameter(struct tt_span *rest, struct tt_span *ret_name,
                           struct tt_span *ret_value)
{
    if (rest->len == 0)
        return false;
    size_t end = 1;
    bool quoted = false;
    for (; end < rest->len && (quoted || rest->data[end] != ';'); end++) {
        if (quoted && rest->data[end] == '\\')
            end++;
        else if (rest->data[end] == '"')
            quoted = !quoted;
    }
    struct tt_span parameter = tt_span_sub(*rest, 1, end - 1);
    *rest = tt_span_from(*rest, end);
    size_t equals = tt_span_find(parameter, '=');
    *ret_name = tt_span_trim(tt_span_sub(parameter, 0, equals));
    *ret_value = tt_span_trim(tt_span_from(parameter, equals + 1));
    return true;
}

static const char *write_boundary(struct writer *writer, struct tt_span content_type)
{
    struct tt_span rest = tt_span_from(content_type, tt_span_find(content_type, ';'));
    struct tt_span name = {0};
    struct tt_span value = {0};
    bool found = false;
    while (!found && next_parameter(&rest, &name, &value))
        found = tt_span_is(name, "boundary");
    if (!found || value.len == 0 || value.len > BOUNDARY_MAX)
        return NULL;
    const char *begin = writer->at;
    bool quoted = value.data[0] == '"';
    for (size_t i = quoted ? 1 : 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (quoted && c == '"')
            break;
        if (quoted && c == '\\' && i + 1 < value.len)
            c = value.data[++i];
        if (c == 0)
            break;
        put_char(writer, c);
    }
    return writer->at == begin ? NULL : end_text(writer, begin);
}

static void put_coding(struct writer *writer, const char *begin, struct tt_span coding)
{
    if (writer->at != begin)
        put_clean(writer, tt_span_str(", "));
    put_clean(writer, coding);
}

/* All codings of the body in the order in which they were applied: Content-Encoding, then what
 * Transfer-Encoding adds to chunked. */
static const char *write_codings(struct writer *writer, const struct tt_http1_head *head)
{
    const char *begin = writer->at;
    for (size_t i = 0; i < head->content_encoding.count; i++)
        if (head->content_encoding.values[i].len > 0)
            put_coding(writer, begin, head->content_encoding.values[i]);
    for (size_t i = 0; i < head->transfer_encoding.count; i++) {
        struct tt_span list = head->transfer_encoding.values[i];
        struct tt_span coding = {0};
        while (tt_http1_list_next(&list, &coding))
            if (!tt_span_is(coding, "chunked") && !tt_span_is(coding, "identity"))
                put_coding(writer, begin, coding);
    }
    return writer->at == begin ? NULL : end_text(writer, begin);
}

static size_t list_room(const struct tt_http1_list *list)
{
    size_t room = 1;
    for (size_t i = 0; i < list->count; i++)
        room += 2 * list->values[i].len + 2; /* "a,b" becomes "a, b" */
    return room;
}

/* What all texts of a message can need at most, terminators included. */
static size_t texts_room(const struct tt_http1_head *head, const struct tt_http1_pending *request,
                         bool listed)
{
    size_t room = 3 * (head->content_type.len + 1) + list_room(&head->content_encoding) +
                  list_room(&head->transfer_encoding);
    if (!head->response) {
        room += head->method.len + 1 + HOST_MAX + 1;
        return listed ? room + 3 * (head->target.len + head->host.len) + AUTHORITY_MAX +
                            sizeof("http:///")
                      : room;
    }
    if (request != NULL && request->method != NULL)
        room += strlen(request->method) + 1;
    if (request != NULL && request->host != NULL)
        room += strlen(request->host) + 1;
    if (request != NULL && request->url != NULL)
        room += strlen(request->url) + 1;
    return room;
}

static void describe_response(struct writer *writer, struct tt_http1_message *message,
                              const struct tt_http1_pending *request)
{
    set_text(message, TT_HTTP1_METHOD, write_copy(writer, request->method));
    set_text(message, TT_HTTP1_HOST, write_copy(writer, request->host));
    set_text(message, TT_HTTP1_URL, write_copy(writer, request->url));
    /* 101 is the only final 1xx (RFC 9110, section 15.2). */
    if (message->status / 100 != 1 || message->status == 101)
        message->request_frame = request->frame;
}

static struct tt_http1_message *make_message(size_t room)
{
    struct tt_http1_message *message = malloc(sizeof(*message) + room);
    if (message != NULL)
        *message = (struct tt_http1_message){.texts_room = (uint32_t)room};
    return message;
}

bool tt_http1_describe(struct tt_http1_side *side, const struct tt_http1_head *head,
                       const struct tt_http1_pending *request, struct tt_origin origin)
{
    bool listed = !side->stream->sink->no_listing;
    struct tt_http1_message *message = make_message(texts_room(head, request, listed));
    if (message == NULL)
        return false;
    side->message = message;
    message->origin = origin;
    message->response = head->response;
    message->status = (int16_t)head->status;
    struct writer writer = {.at = message->texts};
    if (!head->response) {
        set_text(message, TT_HTTP1_METHOD, write_text(&writer, head->method));
        describe_target(&writer, side, head);
    } else if (request != NULL) {
        describe_response(&writer, message, request);
    }
    if (listed && head->content_type.len > 0)
        set_text(message, TT_HTTP1_CONTENT_TYPE, write_text(&writer, head->content_type));
    set_text(message, TT_HTTP1_MEDIA_TYPE, write_media_type(&writer, head->content_type));
    set_text(message, TT_HTTP1_BOUNDARY, write_boundary(&writer, head->content_type));
    set_text(message, TT_HTTP1_CODINGS, write_codings(&writer, head));
    message->texts_len = (uint32_t)(writer.at - message->texts);
    return true;
}

struct tt_msg tt_http1_message_tell(const struct tt_http1_side *side)
{
    const struct tt_http1_message *message = side->message;
    return (struct tt_msg){.flow = side->stream->flow,
                           .direction = side->stream->direction,
                           .protocol = "http",
                           .kind = message->response ? "response" : "request",
                           .method = tt_http1_text(message, TT_HTTP1_METHOD),
                           .host = tt_http1_text(message, TT_HTTP1_HOST),
                           .url = tt_http1_text(message, TT_HTTP1_URL),
                           .content_type = tt_http1_text(message, TT_HTTP1_CONTENT_TYPE),
                           .status = message->status,
                           .request_frame = message->request_frame,
                           .body_bytes = message->body_bytes,
                           .origin = message->origin};
}

/* ---- messages that wait for more ---- */

static size_t cost_of(const struct tt_http1_message *message)
{
    return sizeof(*message) + message->texts_room;
}

/* Of the texts only the host. */
static void keep_host(struct tt_http1_message *message)
{
    const char *host = tt_http1_text(message, TT_HTTP1_HOST);
    size_t len = host == NULL ? 0 : strlen(host) + 1;
    memset(message->at, 0, sizeof(message->at));
    if (len > 0) {
        memmove(message->texts, host, len);
        set_text(message, TT_HTTP1_HOST, message->texts);
    }
    message->texts_len = (uint32_t)len;
}

void tt_http1_message_rest(struct tt_http1_side *side)
{
    struct tt_http1_message *message = side->message;
    struct tt_proto_pool *pool = side->stream->sink->pool;
    if (message->counted || pool == NULL)
        return;
    /* What only a listing or the start of the body needs. */
    if (side->stream->sink->no_listing && message->body_open)
        keep_host(message);
    if (pool->used + sizeof(*message) + message->texts_len > pool->max) {
        keep_host(message);
        tt_stream_note(side->stream, "http.headers_limit", side->stream->end, 0,
                       "too many unfinished HTTP messages at once: of one only the host was kept");
    }
    struct tt_http1_message *small = realloc(message, sizeof(*message) + message->texts_len);
    if (small != NULL) {
        message = small;
        message->texts_room = message->texts_len;
    }
    message->counted = true;
    pool->used += cost_of(message);
    side->message = message;
}

void tt_http1_message_free(struct tt_http1_side *side, struct tt_proto_pool *pool)
{
    struct tt_http1_message *message = side->message;
    if (message != NULL && message->counted)
        pool->used -= cost_of(message);
    free(message);
    side->message = NULL;
}
