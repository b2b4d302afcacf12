/* HTTP/3: RFC 9114, with header blocks of RFC 9204 and datagrams of RFC 9297, on the streams of one
 * QUIC connection.
 *
 *     tt_http3_new -> tt_http3_feed (chunks of any streams, each stream in its order) ...
 *         -> tt_http3_datagram ... -> tt_http3_free
 *
 * No entry of list.c: what a QUIC connection carries is told by its ALPN, and its streams are not
 * one stream of bytes. Called by whoever joins QUIC to protocols. Every byte that is fed goes out
 * once through the sink: into a body, a channel, an account, or unclaimed; at the latest when it is
 * freed, since header blocks may have to wait for entries of their table, and what follows on their
 * stream waits with them. Offsets of bodies and unclaimed bytes count in the QUIC stream. */
#ifndef TT_PROTO_HTTP3_H
#define TT_PROTO_HTTP3_H

#include "proto/proto.h"

struct tt_http3;

/* `sink` and `flow` are borrowed until tt_http3_free. NULL without memory. */
struct tt_http3 *tt_http3_new(const struct tt_flow *flow, const struct tt_proto_sink *sink);

/* The connection began before the first chunk that will be fed, and that part is gone: fields that
 * refer to it are left out, and nothing waits for it. */
void tt_http3_begin_late(struct tt_http3 *http);

/* Bytes of stream `id` (RFC 9000, section 2.1). chunk->offset counts in that direction of the
 * stream, chunk->gap tells of bytes that will never come; TT_CHUNK_END: nothing follows, together
 * with TT_CHUNK_CUT: it was reset. The chunk is borrowed for the call, its flow until the end. */
void tt_http3_feed(struct tt_http3 *http, uint64_t id, bool from_server,
                   const struct tt_chunk *chunk);

/* The payload of one DATAGRAM frame. */
void tt_http3_datagram(struct tt_http3 *http, const struct tt_chunk *chunk);

/* Ends all streams. Takes NULL. */
void tt_http3_free(struct tt_http3 *http);

#endif
