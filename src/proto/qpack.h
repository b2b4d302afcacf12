/* Header compression of HTTP/3: RFC 9204. One direction of a connection: the encoder stream of one
 * side, and the header blocks that it sends. The table and the codes are nghttp3's; the frames of
 * each entry and what a loss does to it are ours.
 *
 * After a loss on the encoder stream nobody knows what the table holds: fields that refer to it are
 * left out from there on, all others are read. */
#ifndef TT_PROTO_QPACK_H
#define TT_PROTO_QPACK_H

#include "proto/http_block.h"

struct tt_qpack;

/* NULL without memory. */
struct tt_qpack *tt_qpack_new(void);
void tt_qpack_free(struct tt_qpack *qpack);

/* The peer's SETTINGS came: the table may have `capacity` bytes (0 when they do not say). Entries
 * can only be told from each other once this is known. */
void tt_qpack_settle(struct tt_qpack *qpack, uint64_t capacity);

/* The SETTINGS will not come: the table is lost unless they came before. */
void tt_qpack_settle_unknown(struct tt_qpack *qpack);

/* Bytes of the encoder stream, in their order. False once the table is lost: they are not read. */
bool tt_qpack_instructions(struct tt_qpack *qpack, struct tt_span bytes,
                           const struct tt_origin *origin);

/* Instructions are missing, or will not come. */
void tt_qpack_lose(struct tt_qpack *qpack);

/* Does the block need entries that have not come yet? False when they never will. */
bool tt_qpack_is_blocked(const struct tt_qpack *qpack, struct tt_span block);

/* Reads a whole header block (RFC 9204, section 4.5) and adds its fields to `block`. What refers to
 * entries that are not there is left out. False when it is malformed: the fields up to there were
 * added. */
bool tt_qpack_read(struct tt_qpack *qpack, struct tt_span bytes, const struct tt_origin *origin,
                   struct tt_http_block *block);

#endif
