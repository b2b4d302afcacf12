/* TLS, DTLS and QUIC in a channel: joins decrypt/ to the channels. To a channel each is a protocol
 * like others, whose messages are channels inside it. */
#ifndef TT_RUN_SECURE_H
#define TT_RUN_SECURE_H

#include "base/err.h"
#include "proto/proto.h"

/* Opener number `at`, in the order in which they are asked; NULL past the end. They come before all
 * of tt_proto_at, and the context of their sink is a struct channel. */
const struct tt_proto *tt_secure_at(size_t at);

/* ---- secure_quic.c ---- */

extern const struct tt_proto tt_secure_quic;

struct tt_flows;

/* What the QUIC connections of all flows share. */
struct tt_quic_join;

TT_MUST_USE enum tt_err tt_quic_join_new(struct tt_flows *flows, struct tt_quic_join **ret_join);
/* All flows must be over. Takes NULL. */
void tt_quic_join_free(struct tt_quic_join *join);

/* May a datagram that looks like nothing belong to a QUIC connection which began on another flow,
 * or before the capture? */
bool tt_quic_join_asks(const struct tt_quic_join *join, struct tt_span datagram);

/* tt_quic_is_begin. `join` is a struct tt_quic_join: tt_handshakes.is_begin. */
bool tt_quic_join_is_begin(void *join, struct tt_span datagram);

#endif
