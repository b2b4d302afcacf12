/* Inside verify/: QUIC opened anew, from all datagrams between two ends.
 *
 * RFC 9000, RFC 9001 (version 1), RFC 9369 (version 2), the drafts 23 to 32; RFC 9114 for what
 * HTTP/3 needs to know of other streams. Keys come from a key log. */
#ifndef TT_VERIFY_QUIC_H
#define TT_VERIFY_QUIC_H

#include "verify/tls.h"
#include "verify/walk.h"

struct tt_verify_quic;

/* Reads all packets. The caller frees `*ret_quic`. Only TT_ERR_MEMORY, TT_ERR_LIMIT. */
TT_MUST_USE enum tt_err tt_verify_quic_open(const struct tt_verify_packet *packets, size_t count,
                                            const struct tt_verify_secrets *keys,
                                            struct tt_verify_quic **ret_quic);
void tt_verify_quic_free(struct tt_verify_quic *quic);

/* What of a connection may be asked for. */
enum tt_verify_quic_part {
    TT_VERIFY_QUIC_STREAMS,
    TT_VERIFY_QUIC_INITIAL, /* handshake messages, and texts of frames, that anyone can open */
    TT_VERIFY_QUIC_SEALED,  /* those that stand in other packets */
    TT_VERIFY_QUIC_DATAGRAMS
};

/* Offers the parts of direction `from` that frame `frame` carries something of (0: all) until one
 * is taken. NULL, or why there are none. */
const char *tt_verify_quic_try(const struct tt_verify_quic *quic, enum tt_verify_quic_part part,
                               unsigned from, uint64_t frame,
                               bool (*take)(void *context, const struct tt_verify_window *window),
                               void *context);

#endif
