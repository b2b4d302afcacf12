/* The seven-bit alphabet of short messages (3GPP TS 23.038 section 6.2.1), packed
 * (section 6.1.2.1).
 */
#ifndef TT_IDENTIFY_GSM7_H
#define TT_IDENTIFY_GSM7_H

#include "base/arena.h"
#include "base/span.h"

/* The bytes that hold nothing but the text's bits when `before` (0 to 7) septets stand before it,
 * in the arena. Empty when the text has a character that the alphabet lacks, or makes no whole
 * byte; data is NULL without memory. `ret_share` (may be NULL): how much of the text's bits they
 * hold, from 0 to 1. */
struct tt_span tt_write_gsm7(struct tt_arena *arena, struct tt_span text, unsigned before,
                             double *ret_share);

#endif
