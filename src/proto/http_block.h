/* The fields of one header block of HTTP/2 or HTTP/3, written as the head that HTTP/1 would have
 * for them: "GET /path HTTP/2", "host: ..." and the field lines. So that the same readers read
 * every version, and what is found has the same path.
 *
 * RFC 9113, section 8.3 and RFC 9114, section 4.3 (pseudo-header fields); RFC 8441, section 4
 * (:protocol, which stands for Upgrade). */
#ifndef TT_PROTO_HTTP_BLOCK_H
#define TT_PROTO_HTTP_BLOCK_H

#include "base/buf.h"
#include "proto/extent.h"
#include "proto/http1_head.h"

enum tt_http_pseudo {
    TT_HTTP_PSEUDO_METHOD,
    TT_HTTP_PSEUDO_SCHEME,
    TT_HTTP_PSEUDO_AUTHORITY,
    TT_HTTP_PSEUDO_PATH,
    TT_HTTP_PSEUDO_PROTOCOL,
    TT_HTTP_PSEUDO_STATUS,
    TT_HTTP_PSEUDO_COUNT
};

struct tt_http_pseudo_value {
    bool set;
    size_t at; /* in `values` */
    size_t len;
    struct tt_origin origin;
};

struct tt_http_block {
    struct tt_http_pseudo_value pseudo[TT_HTTP_PSEUDO_COUNT];
    struct tt_buf values; /* of the pseudo-header fields */
    struct tt_buf lines;  /* of the others */
    struct tt_buf line_parts;
    struct tt_buf text; /* the whole, once finished */
    struct tt_buf text_parts;
    size_t left_out; /* fields whose name or value is not known */
    bool over;       /* some did not fit into TT_HTTP_HEADER_MAX */
    bool failed;     /* no memory */
};

/* Empty; holds no memory. */
void tt_http_block_init(struct tt_http_block *block);
void tt_http_block_free(struct tt_http_block *block);

/* Adds a field; `origin`: the frames that brought it. */
void tt_http_block_add(struct tt_http_block *block, struct tt_span name, struct tt_span value,
                       const struct tt_origin *origin);

/* One field whose name or value nobody knows. */
void tt_http_block_leave_out(struct tt_http_block *block);

/* Does it begin a request, a response? Both false for a trailer, and where all that tells was lost.
 */
bool tt_http_block_is_request(const struct tt_http_block *block);
bool tt_http_block_is_response(const struct tt_http_block *block);

/* The value of a pseudo-header field; NULL data when there was none. */
struct tt_span tt_http_block_pseudo(const struct tt_http_block *block, enum tt_http_pseudo which);

enum tt_http_block_kind { TT_HTTP_BLOCK_REQUEST, TT_HTTP_BLOCK_RESPONSE, TT_HTTP_BLOCK_TRAILER };

/* Writes the text; `version`: "HTTP/2"; `origin`: the frames of the block, for what no field
 * brought. What is not known of the start line stands as "?" there.
 * `*ret_head` (not set for a trailer) is what it says; its spans point into the block. False
 * without memory. */
bool tt_http_block_finish(struct tt_http_block *block, enum tt_http_block_kind kind,
                          const char *version, const struct tt_origin *origin,
                          struct tt_http1_head *ret_head);

/* The text with the frames that brought it. Its offset is 0. */
struct tt_extent tt_http_block_extent(const struct tt_http_block *block);

#endif
