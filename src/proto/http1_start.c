/* Where an HTTP/1.x message begins: RFC 9112, sections 3 and 4. */
#include "model/limits.h"
#include "proto/http1_head.h"

enum {
    METHOD_MAX = 32,
    VERSION_LEN = 8 /* "HTTP/1.1" */
};

static bool is_method_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || tt_is_digit(c) || c == '-' || c == '_' || c == '.';
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* "HTTP/0.d" or "HTTP/1.d". */
static bool is_version(struct tt_span text)
{
    return text.len == VERSION_LEN && memcmp(text.data, "HTTP/", 5) == 0 &&
           (text.data[5] == '0' || text.data[5] == '1') && text.data[6] == '.' &&
           tt_is_digit(text.data[7]);
}

/* A status line as far as it goes: NO, MORE, or RESPONSE once the code has been seen with what
 * follows it. */
static enum tt_http1_start status_line(struct tt_span bytes)
{
    /* d: digit, v: 0 or 1, |: the end of the code. */
    static const char shape[] = "HTTP/v.d ddd|";
    for (size_t i = 0, at = 0; i < sizeof(shape) - 1; i++, at++) {
        if (shape[i] == ' ')
            while (at + 1 < bytes.len && is_space(bytes.data[at]) && is_space(bytes.data[at + 1]))
                at++;
        if (at >= bytes.len)
            return TT_HTTP1_START_MORE;
        uint8_t c = bytes.data[at];
        bool fits = shape[i] == 'd'   ? tt_is_digit(c)
                    : shape[i] == 'v' ? c == '0' || c == '1'
                    : shape[i] == '|' ? !tt_is_digit(c)
                    : shape[i] == ' ' ? is_space(c)
                                      : c == (uint8_t)shape[i];
        if (!fits)
            return TT_HTTP1_START_NO;
    }
    return TT_HTTP1_START_RESPONSE;
}

/* Length of the method at the front; 0 when there is none. `*ret_more`: all bytes fit, but the
 * space behind it has not been seen. */
static size_t method_len(struct tt_span bytes, bool *ret_more)
{
    size_t len = 0;
    *ret_more = false;
    while (len < bytes.len && len <= METHOD_MAX && is_method_char(bytes.data[len]))
        len++;
    if (len > METHOD_MAX)
        return 0;
    if (len == bytes.len) {
        *ret_more = true;
        return 0;
    }
    if (len == 0 || bytes.data[0] < 'A' || bytes.data[0] > 'Z' || !is_space(bytes.data[len]))
        return 0;
    return len;
}

static bool is_line_text(struct tt_span line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] < 0x20 && line.data[i] != '\t')
            return false;
    return true;
}

/* A whole line without its end: does it close with a version, and has it a target before it? */
static bool is_request_line(struct tt_span line, size_t method)
{
    if (line.len < method + 1 + VERSION_LEN)
        return false;
    size_t version_at = line.len - VERSION_LEN;
    if (!is_version(tt_span_from(line, version_at)) || !is_space(line.data[version_at - 1]))
        return false;
    struct tt_span target = tt_span_trim(tt_span_sub(line, method, version_at - method));
    return target.len > 0 && is_line_text(target);
}

enum tt_http1_start tt_http1_start_line(struct tt_span bytes)
{
    enum tt_http1_start status = status_line(bytes);
    if (status == TT_HTTP1_START_RESPONSE)
        return tt_span_find(bytes, '\n') < bytes.len ? status : TT_HTTP1_START_MORE;
    if (status == TT_HTTP1_START_MORE)
        return status;
    bool more = false;
    size_t method = method_len(bytes, &more);
    if (more)
        return TT_HTTP1_START_MORE;
    if (method == 0)
        return TT_HTTP1_START_NO;
    size_t end = tt_span_find(bytes, '\n');
    if (end == bytes.len)
        return TT_HTTP1_START_MORE;
    struct tt_span line = tt_span_sub(bytes, 0, end);
    while (line.len > 0 && (line.data[line.len - 1] == '\r' || is_space(line.data[line.len - 1])))
        line.len--;
    return is_request_line(line, method) ? TT_HTTP1_START_REQUEST : TT_HTTP1_START_NO;
}

bool tt_http1_knows_method(struct tt_span line)
{
    /* RFC 9110, RFC 5789, WebDAV (RFC 4918 and its kin), UPnP. */
    static const char *const known[] = {"GET",     "POST",      "HEAD",      "PUT",    "DELETE",
                                        "OPTIONS", "PATCH",     "CONNECT",   "TRACE",  "PROPFIND",
                                        "REPORT",  "PROPPATCH", "MKCOL",     "COPY",   "MOVE",
                                        "LOCK",    "UNLOCK",    "SUBSCRIBE", "NOTIFY", "SEARCH"};
    size_t len = 0;
    while (len < line.len && is_method_char(line.data[len]))
        len++;
    struct tt_span method = tt_span_sub(line, 0, len);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (tt_span_eq(method, tt_span_str(known[i])))
            return true;
    return false;
}

/* Could these bytes begin a target of HTTP? RTSP and SIP say "rtsp:", "sip:". */
static enum tt_http1_start target_start(struct tt_span rest)
{
    static const char *const starts[] = {"/", "http://", "https://"};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct tt_span start = tt_span_str(starts[i]);
        size_t len = rest.len < start.len ? rest.len : start.len;
        if (tt_span_ieq(tt_span_sub(rest, 0, len), tt_span_sub(start, 0, len)))
            return len == start.len ? TT_HTTP1_START_REQUEST : TT_HTTP1_START_MORE;
    }
    return TT_HTTP1_START_NO;
}

enum tt_http1_start tt_http1_start_probe(struct tt_span bytes)
{
    bool full = bytes.len >= TT_PROBE_MAX;
    /* RFC 9112, section 2.2: blank lines before a request are to be ignored. */
    while (bytes.len > 0 && (bytes.data[0] == '\r' || bytes.data[0] == '\n'))
        bytes = tt_span_from(bytes, 1);
    enum tt_http1_start start = tt_http1_start_line(bytes);
    if (start != TT_HTTP1_START_MORE || bytes.len == 0)
        return start;
    if (status_line(bytes) == TT_HTTP1_START_RESPONSE)
        return TT_HTTP1_START_RESPONSE;
    bool more = false;
    size_t method = method_len(bytes, &more);
    if (method == 0)
        return TT_HTTP1_START_MORE;
    struct tt_span name = tt_span_sub(bytes, 0, method);
    size_t at = method;
    while (at < bytes.len && is_space(bytes.data[at]))
        at++;
    struct tt_span rest = tt_span_from(bytes, at);
    if (!is_line_text(tt_span_sub(rest, 0, tt_span_find(rest, '\r'))))
        return TT_HTTP1_START_NO;
    if (tt_span_eq(name, tt_span_str("CONNECT")))
        return full ? TT_HTTP1_START_REQUEST : TT_HTTP1_START_MORE;
    enum tt_http1_start target = target_start(rest);
    if (target != TT_HTTP1_START_REQUEST)
        return TT_HTTP1_START_MORE;
    return full || tt_http1_knows_method(name) ? TT_HTTP1_START_REQUEST : TT_HTTP1_START_MORE;
}
