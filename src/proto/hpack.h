/* Header compression of HTTP/2: RFC 7541. One direction of a connection; the table and the codes
 * are nghttp2's, the frames of each entry and what a loss does to it are ours.
 *
 * After a loss nobody knows what the encoder's table holds, so that ours begins anew, empty. A
 * reference to an entry that was inserted after the loss stays right, since references count from
 * the newest; an older one leads behind the end of our table, and is left out. Never a wrong value.
 */
#ifndef TT_PROTO_HPACK_H
#define TT_PROTO_HPACK_H

#include "proto/http_block.h"

struct tt_hpack;

/* NULL without memory. */
struct tt_hpack *tt_hpack_new(void);
void tt_hpack_free(struct tt_hpack *hpack);

/* The peer allows the encoder a table of `size` bytes (SETTINGS_HEADER_TABLE_SIZE). Needed only for
 * what may be referred to after a loss: an encoder that changes the size says so in a block. */
void tt_hpack_allow(struct tt_hpack *hpack, uint32_t size);

/* A header block is missing, or may be. */
void tt_hpack_lose(struct tt_hpack *hpack);

/* Reads a whole header block and adds its fields to `block`. `origin`: its frames. False when it is
 * malformed: the fields up to there were added, and the table is lost. */
bool tt_hpack_read(struct tt_hpack *hpack, struct tt_span bytes, const struct tt_origin *origin,
                   struct tt_http_block *block);

#endif
