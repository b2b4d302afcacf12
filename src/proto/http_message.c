/* What an HTTP message of any version is called: its host, URL, media type and codings.
 *
 * RFC 9112, sections 3.2 and 3.3 (targets and the URI they stand for); RFC 9110, sections 7.2, 8.3
 * and 8.4; RFC 9113, section 8.3 (pseudo-header fields). */
#include "proto/http_message.h"

#include "base/utf.h"

#include <stdio.h>

enum {
    HOST_MAX = 255,
    BOUNDARY_MAX = 200, /* RFC 2046 allows 70 */
    AUTHORITY_MAX = TT_ADDR_TEXT_MAX + 8
};

/* Writes texts one after the other into room that was reserved for all of them. */
struct writer {
    char *at;
    const char *texts;
    uint32_t *offsets;
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

static void set_text(struct writer *writer, enum tt_http_text which, const char *text)
{
    writer->offsets[which] = text == NULL ? 0 : (uint32_t)(text - writer->texts) + 1;
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
static struct tt_span server_authority(const struct tt_endpoint *server, char room[AUTHORITY_MAX])
{
    if (server == NULL || server->addr.family == TT_ADDR_NONE)
        return (struct tt_span){0};
    char text[TT_ADDR_TEXT_MAX];
    bool v6 = server->addr.family == TT_ADDR_IPV6;
    int len = snprintf(room, AUTHORITY_MAX, v6 ? "[%s]" : "%s", tt_addr_text(server->addr, text));
    if (len > 0 && server->port != 80)
        len += snprintf(room + len, (size_t)(AUTHORITY_MAX - len), ":%u", (unsigned)server->port);
    return tt_span_of(room, len > 0 ? (size_t)len : 0);
}

/* `whole`: the target says its authority itself. */
static const char *write_target(struct writer *writer, const struct tt_http_about *about,
                                bool whole)
{
    const struct tt_http1_head *head = about->head;
    const char *url = writer->at;
    if (whole) {
        put_url(writer, head->target);
        return end_text(writer, url);
    }
    char room[AUTHORITY_MAX];
    struct tt_span shown = head->host.len > 0 ? head->host : server_authority(about->server, room);
    if (shown.len == 0 && about->connection_host != NULL)
        shown = tt_span_str(about->connection_host);
    if (shown.len == 0)
        return NULL;
    put_url(writer, about->scheme);
    put_url(writer, tt_span_str("://"));
    put_url(writer, shown);
    /* RFC 9112, section 3.3: "*" stands for the server as a whole. */
    if (!tt_span_eq(head->target, tt_span_str("*"))) {
        if (head->target.len == 0 || head->target.data[0] != '/')
            put_char(writer, '/');
        put_url(writer, head->target);
    }
    return end_text(writer, url);
}

static void describe_target(struct writer *writer, const struct tt_http_about *about)
{
    const struct tt_http1_head *head = about->head;
    struct tt_span authority = head->host;
    /* CONNECT names an authority, unless it opens another protocol at a URL (RFC 8441). */
    bool connect = tt_span_eq(head->method, tt_span_str("CONNECT")) && !about->connects_to_url;
    bool whole = target_authority(head->target, &authority) || connect;
    if (about->listed && !about->target_missing)
        set_text(writer, TT_HTTP_URL, write_target(writer, about, whole));
    set_text(writer, TT_HTTP_HOST, write_host(writer, connect ? head->target : authority));
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

size_t tt_http_texts_room(const struct tt_http_about *about)
{
    const struct tt_http1_head *head = about->head;
    const struct tt_http_request *request = about->request;
    size_t room = 3 * (head->content_type.len + 1) + list_room(&head->content_encoding) +
                  list_room(&head->transfer_encoding);
    if (!head->response) {
        room += head->method.len + 1 + HOST_MAX + 1;
        if (about->connection_host != NULL)
            room += 3 * strlen(about->connection_host);
        return about->listed ? room + 3 * (head->target.len + head->host.len + about->scheme.len) +
                                   AUTHORITY_MAX + sizeof(":///")
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

size_t tt_http_texts_write(const struct tt_http_about *about, uint32_t offsets[TT_HTTP_TEXT_COUNT],
                           char *texts)
{
    const struct tt_http1_head *head = about->head;
    const struct tt_http_request *request = about->request;
    struct writer writer = {.at = texts, .texts = texts, .offsets = offsets};
    if (!head->response) {
        set_text(&writer, TT_HTTP_METHOD, write_text(&writer, head->method));
        describe_target(&writer, about);
    } else if (request != NULL) {
        set_text(&writer, TT_HTTP_METHOD, write_copy(&writer, request->method));
        set_text(&writer, TT_HTTP_HOST, write_copy(&writer, request->host));
        set_text(&writer, TT_HTTP_URL, write_copy(&writer, request->url));
    }
    if (about->listed && head->content_type.len > 0)
        set_text(&writer, TT_HTTP_CONTENT_TYPE, write_text(&writer, head->content_type));
    set_text(&writer, TT_HTTP_MEDIA_TYPE, write_media_type(&writer, head->content_type));
    set_text(&writer, TT_HTTP_BOUNDARY, write_boundary(&writer, head->content_type));
    set_text(&writer, TT_HTTP_CODINGS, write_codings(&writer, head));
    return (size_t)(writer.at - texts);
}
