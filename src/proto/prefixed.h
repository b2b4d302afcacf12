/* Integers and strings of HPACK and QPACK: RFC 7541, section 5; RFC 9204, section 4.1. */
#ifndef TT_PROTO_PREFIXED_H
#define TT_PROTO_PREFIXED_H

#include "base/span.h"

/* Reads an integer whose first byte, at `*at`, has it in its low `bits` (1 to 8). Moves `*at`
 * behind it. False when it is cut, or above UINT32_MAX: no sensible one is. */
bool tt_prefixed_read(struct tt_span bytes, size_t *at, unsigned bits, uint64_t *ret_value);

/* Moves `*at` behind a string whose length has `bits`. False when it is cut. */
bool tt_prefixed_skip(struct tt_span bytes, size_t *at, unsigned bits);

#endif
