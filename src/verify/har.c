#include "verify/har.h"

#include "base/json_read.h"
#include "model/limits.h"

/* Appends a string without its escapes; line ends become spaces. */
static enum tt_err put_string(struct tt_json_value value, struct tt_buf *out)
{
    size_t from = out->len;
    if (value.kind != TT_JSON_STRING)
        return TT_OK;
    enum tt_err err = tt_json_unescape_all(value.text, out);
    for (size_t i = from; i < out->len; i++)
        if (out->data[i] == '\r' || out->data[i] == '\n')
            out->data[i] = ' ';
    return err;
}

static struct tt_json_value value_of(struct tt_span text)
{
    return tt_json_value_at(text, NULL);
}

/* ---- fields ---- */

static enum tt_err put_field(struct tt_json_value field, struct tt_buf *out, bool *ret_host)
{
    struct tt_json_value name = tt_json_member(field, "name");
    size_t from = out->len;
    if (name.kind != TT_JSON_STRING || name.text.len == 0 || name.text.data[0] == ':')
        return TT_OK;
    enum tt_err err = put_string(name, out);
    *ret_host = *ret_host || tt_span_is(tt_span_of(out->data + from, out->len - from), "host");
    if (err == TT_OK)
        err = tt_buf_append_str(out, ": ");
    if (err == TT_OK)
        err = put_string(tt_json_member(field, "value"), out);
    if (err == TT_OK)
        err = tt_buf_append_str(out, "\r\n");
    /* As much as the reader took: a line that does not fit is left out. */
    if (err == TT_ERR_LIMIT) {
        out->len = from;
        err = TT_OK;
    }
    return err;
}

static enum tt_err put_fields(struct tt_json_value object, struct tt_buf *out, bool *ret_host)
{
    struct tt_json_walk walk = tt_json_walk(tt_json_member(object, "headers"));
    struct tt_json_value field;
    enum tt_err err = TT_OK;
    while (err == TT_OK && tt_json_walk_next(&walk, NULL, &field))
        err = put_field(field, out, ret_host);
    return err;
}

/* ---- start lines ---- */

/* Of the response, or else of the request. */
static const char *version_of(struct tt_json_value entry)
{
    struct tt_json_value said = tt_json_member(tt_json_member(entry, "response"), "httpVersion");
    if (said.kind != TT_JSON_STRING || said.text.len == 0)
        said = tt_json_member(tt_json_member(entry, "request"), "httpVersion");
    struct tt_span text = said.kind == TT_JSON_STRING ? said.text : tt_span_str("");
    uint8_t first = text.len > 0 ? tt_lower(text.data[0]) : 0;
    bool slash = tt_span_is(tt_span_sub(text, 0, 5), "http/");
    struct tt_span number = tt_span_from(text, slash ? 5 : 1);
    if (!slash && first != 'h')
        return "HTTP/1.1";
    if (number.len > 0 && number.data[0] == '2')
        return "HTTP/2";
    if (number.len > 0 && number.data[0] == '3')
        return "HTTP/3";
    return slash && tt_span_starts(number, tt_span_str("1.0")) ? "HTTP/1.0" : "HTTP/1.1";
}

static enum tt_err put_status_line(struct tt_json_value entry, struct tt_json_value object,
                                   struct tt_buf *out)
{
    uint64_t status = 0;
    (void)tt_json_number(tt_json_member(object, "status"), &status);
    return tt_buf_printf(out, "%s %03u\r\n", version_of(entry), (unsigned)status);
}

static enum tt_err put_request_line(struct tt_json_value entry, struct tt_json_value object,
                                    bool has_host, struct tt_buf *out)
{
    struct tt_buf url = tt_buf_make(TT_HAR_ENTRY_MAX);
    size_t from = out->len;
    enum tt_err err = put_string(tt_json_member(object, "url"), &url);
    struct tt_span text = tt_buf_span(&url);
    text = tt_span_sub(text, 0, tt_span_find(text, '#'));
    size_t scheme = tt_span_search(text, tt_span_str("://"));
    size_t host = scheme == SIZE_MAX ? 0 : scheme + 3;
    size_t path = host;
    while (scheme != SIZE_MAX && path < text.len && text.data[path] != '/' &&
           text.data[path] != '?')
        path++;
    struct tt_span target = tt_span_from(text, path);
    if (err == TT_OK)
        err = put_string(tt_json_member(object, "method"), out);
    if (err == TT_OK)
        err = tt_buf_append_str(out, out->len == from ? "GET " : " ");
    if (err == TT_OK)
        err = tt_buf_append(out, target.len > 0 ? target : tt_span_str("/"));
    if (err == TT_OK)
        err = tt_buf_printf(out, " %s\r\n", version_of(entry));
    size_t user = host + tt_span_find(tt_span_sub(text, host, path - host), '@');
    if (user < path)
        host = user + 1;
    if (err == TT_OK && !has_host && path > host) {
        err = tt_buf_append_str(out, "host: ");
        if (err == TT_OK)
            err = tt_buf_append(out, tt_span_sub(text, host, path - host));
        if (err == TT_OK)
            err = tt_buf_append_str(out, "\r\n");
    }
    tt_buf_free(&url);
    return err;
}

enum tt_err tt_verify_har_head(struct tt_span object, struct tt_span entry, struct tt_buf *out)
{
    struct tt_json_value whole = value_of(entry);
    struct tt_json_value head = value_of(object);
    struct tt_json_value response = tt_json_member(whole, "response");
    bool is_response = response.kind == TT_JSON_OBJECT && response.text.data == object.data;
    bool has_host = false;
    struct tt_buf fields = tt_buf_make(TT_HTTP_HEADER_MAX);
    enum tt_err err = put_fields(head, &fields, &has_host);
    if (err == TT_OK)
        err = is_response ? put_status_line(whole, head, out)
                          : put_request_line(whole, head, has_host, out);
    if (err == TT_OK)
        err = tt_buf_append(out, tt_buf_span(&fields));
    if (err == TT_OK)
        err = tt_buf_append_str(out, "\r\n");
    tt_buf_free(&fields);
    return err;
}

/* ---- addresses ---- */

static bool names(struct tt_json_value text, struct tt_addr addr)
{
    char room[TT_ADDR_TEXT_MAX];
    struct tt_addr found = {.family = TT_ADDR_NONE};
    struct tt_span in = text.text;
    if (in.len > 1 && in.data[0] == '[' && in.data[in.len - 1] == ']')
        in = tt_span_sub(in, 1, in.len - 2);
    if (text.kind != TT_JSON_STRING || in.len >= sizeof(room))
        return false;
    memcpy(room, in.data, in.len);
    room[in.len] = '\0';
    return tt_addr_parse(room, &found) && tt_addr_eq(found, addr);
}

bool tt_verify_har_names(struct tt_span entry, struct tt_addr addr)
{
    char text[TT_ADDR_TEXT_MAX];
    struct tt_json_value whole = value_of(entry);
    if (names(tt_json_member(whole, "serverIPAddress"), addr))
        return true;
    struct tt_span url = tt_json_member(tt_json_member(whole, "request"), "url").text;
    struct tt_span host = tt_span_str(tt_addr_text(addr, text));
    return tt_span_search(url, host) != SIZE_MAX ||
           tt_span_search(url, tt_span_str("//localhost")) != SIZE_MAX ||
           tt_span_search(url, tt_span_str("\\/localhost")) != SIZE_MAX;
}
