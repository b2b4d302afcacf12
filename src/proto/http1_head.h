/* Heads of HTTP/1.x messages: what begins one, where it ends, what it says. Pure functions over
 * bytes.
 *
 * RFC 9112 (HTTP/1.1) and RFC 1945 (HTTP/1.0), read as leniently as devices write: bare LF, header
 * folding, spaces before the colon, a missing reason phrase, unknown methods. */
#ifndef TT_PROTO_HTTP1_HEAD_H
#define TT_PROTO_HTTP1_HEAD_H

#include "base/span.h"

/* What begins with some bytes. */
enum tt_http1_start {
    TT_HTTP1_START_NO,   /* no message */
    TT_HTTP1_START_MORE, /* could become one with more bytes */
    TT_HTTP1_START_REQUEST,
    TT_HTTP1_START_RESPONSE
};

/* Reads a start line, its LF included. Without an LF the answer is NO or MORE, and once NO it stays
 * NO whatever follows. A request line must be "METHOD SP target SP HTTP/0.d or 1.d" with an upper
 * case method; a status line "HTTP/0.d or 1.d SP ddd". SIP, RTSP, ICY and HTTP/2 are therefore NO.
 */
enum tt_http1_start tt_http1_start_line(struct tt_span bytes);

/* For the recognition of a flow by its first bytes (at most TT_PROBE_MAX), which often do not hold
 * the whole line: REQUEST also for a known method with a fitting target, and for any method when
 * `bytes` are as many as there will be and all of them fit. */
enum tt_http1_start tt_http1_start_probe(struct tt_span bytes);

/* Does a request line begin with a method of a public specification? After a loss only such a one
 * is believed: "ET /" is what is left of a GET. */
bool tt_http1_knows_method(struct tt_span line);

/* Where the scan for the blank line stands. Begin with TT_HTTP1_SCAN_LINE inside the first line,
 * or TT_HTTP1_SCAN_LF before it. */
enum tt_http1_scan {
    TT_HTTP1_SCAN_LINE, /* inside a line that is not blank */
    TT_HTTP1_SCAN_LF,   /* at the start of a line */
    TT_HTTP1_SCAN_CR    /* the line has only a CR so far */
};

/* Looks for the blank line that ends a head or trailer. The number of bytes up to its end, or
 * SIZE_MAX; `*scan` then stands for the next bytes. */
size_t tt_http1_scan_end(enum tt_http1_scan *scan, struct tt_span bytes);

/* How the body's length is told (RFC 9112, section 6). */
enum tt_http1_length {
    TT_HTTP1_LENGTH_NONE, /* no Content-Length */
    TT_HTTP1_LENGTH_GIVEN,
    TT_HTTP1_LENGTH_BAD /* several that differ, or not a number */
};

enum { TT_HTTP1_LISTED_MAX = 4 }; /* field lines of one list-valued name that are kept */

/* Field lines of one name, in their order. */
struct tt_http1_list {
    struct tt_span values[TT_HTTP1_LISTED_MAX];
    size_t count;
};

enum { TT_HTTP_VIA_PLACE_MAX = 4 };

/* What a response says of what wrote it: http_via.h. */
struct tt_http_via {
    const char *field;                 /* static, as reports call it; NULL: nothing */
    char place[TT_HTTP_VIA_PLACE_MAX]; /* code of an airport in lower case, or "" */
    bool any_proxy;                    /* a proxy of any kind may have written it */
};

/* What a head says. All spans point into the head; those of absent things are empty with NULL data.
 * Values are trimmed; a folded value still holds its line breaks. */
struct tt_http1_head {
    bool response;
    struct tt_span method;
    struct tt_span target;
    int status;
    struct tt_span host;
    struct tt_span content_type;
    struct tt_span upgrade;
    struct tt_span http2_settings;     /* HTTP2-Settings */
    struct tt_span websocket_protocol; /* Sec-WebSocket-Protocol */
    struct tt_http1_list content_encoding;
    struct tt_http1_list transfer_encoding;
    bool chunked;        /* the last transfer coding is chunked */
    bool other_transfer; /* there are transfer codings, and the last one is neither chunked nor
                            identity */
    enum tt_http1_length length_told;
    uint64_t length;
    struct tt_http_via via; /* of a response */
};

/* Reads the head at the front of `bytes`, which begin with a start line that tt_http1_start_line
 * accepts. Gives its length up to the blank line and with it; 0 when the blank line is not there:
 * then `*ret_head` is not set. */
size_t tt_http1_head_parse(struct tt_span bytes, struct tt_http1_head *ret_head);

/* The same for a head whose end is missing: what its whole lines say. False without a whole start
 * line. */
bool tt_http1_head_parse_cut(struct tt_span bytes, struct tt_http1_head *ret_head);

/* Gives the next element of a comma-separated list, trimmed, and shortens `list`; false at the end.
 * Empty elements are left out. */
bool tt_http1_list_next(struct tt_span *list, struct tt_span *ret_element);

#endif
