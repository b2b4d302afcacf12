/* Inside content/: a body that is nothing but blocks, each behind its length: 2 or 4 bytes in
 * either order, told by the first length (4 bytes when it is below 64 KiB written so). No
 * specification: it is what many devices send over bare TCP. By content alone: a first block that
 * is something, and lengths that lead from one to the next.
 *
 * Places: "blocks:[2]". */
#ifndef TT_CONTENT_BLOCKS_H
#define TT_CONTENT_BLOCKS_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_blocks;

/* How much speaks for it (bits), 0 where it is none: for formats that begin alike. */
unsigned tt_blocks_evidence(const struct tt_body *body, struct tt_span head, bool whole);

#endif
