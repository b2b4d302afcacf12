/* Inside verify/: header blocks of HTTP/2 and HTTP/3, written as HTTP/1 would write them, and the
 * frames that carry them. The tables of HPACK and QPACK are nghttp2's and nghttp3's.
 *
 * RFC 9113, RFC 7541 (HPACK), RFC 9114, RFC 9204 (QPACK). */
#ifndef TT_VERIFY_HEAD_H
#define TT_VERIFY_HEAD_H

#include "base/buf.h"

enum { TT_VERIFY_PSEUDO = 6 };

/* The fields of one block. */
struct tt_verify_head {
    struct tt_buf lines;
    struct tt_buf values[TT_VERIFY_PSEUDO];
    bool set[TT_VERIFY_PSEUDO];
};

void tt_verify_head_init(struct tt_verify_head *head);
void tt_verify_head_free(struct tt_verify_head *head);

TT_MUST_USE enum tt_err tt_verify_head_add(struct tt_verify_head *head, struct tt_span name,
                                           struct tt_span value);

/* Appends start line and fields; `version`: "HTTP/2". */
TT_MUST_USE enum tt_err tt_verify_head_write(const struct tt_verify_head *head, const char *version,
                                             struct tt_buf *out);

/* The step "hpack": the block that stands at `at` of `stream`, which begins with the connection. */
TT_MUST_USE enum tt_err tt_verify_hpack(struct tt_span stream, size_t at, struct tt_buf *out);

/* The step "http2": what the DATA frames in `bytes` hold, of the stream of the first. */
TT_MUST_USE enum tt_err tt_verify_http2(struct tt_span bytes, struct tt_buf *out);

/* What each stream of the connection of HTTP/2 that `connection` begins with holds in its DATA
 * frames, until `take` says yes: what an extended CONNECT carries (RFC 8441) has offsets in that.
 * Of a connection of something else there is none. */
TT_MUST_USE enum tt_err tt_verify_http2_streams(struct tt_span connection,
                                                bool (*take)(void *context, struct tt_span data),
                                                void *context);

/* The step "qpack": the block, with what the sender's encoder stream said (`encoder`, behind its
 * type) and the table size that its receiver allowed. */
TT_MUST_USE enum tt_err tt_verify_qpack(struct tt_span block, struct tt_span encoder, size_t table,
                                        struct tt_buf *out);

/* The step "http3". */
TT_MUST_USE enum tt_err tt_verify_http3(struct tt_span bytes, struct tt_buf *out);

/* Takes a variable-length integer off the front (RFC 9000, section 16). */
bool tt_verify_varint(struct tt_span *rest, uint64_t *ret_value);

#endif
