/* Bytes in letters, in the alphabets that are seldom used: pure functions as those of transform.h.
 */
#ifndef TT_IDENTIFY_LETTERS_H
#define TT_IDENTIFY_LETTERS_H

#include "base/arena.h"
#include "base/span.h"

enum { TT_LETTERS_OF = 64 }; /* bytes that are written at most; nothing of longer ones */

enum tt_base85 { TT_BASE85_RFC1924, TT_BASE85_ASCII, TT_BASE85_Z };

/* RFC 4648, section 6: upper case, without padding. */
struct tt_span tt_write_base32(struct tt_arena *arena, struct tt_span bytes);

/* The alphabet without 0, O, I and l; leading zero bytes are written as 1. */
struct tt_span tt_write_base58(struct tt_arena *arena, struct tt_span bytes);

/* The characters of RFC 1924, Ascii85 (without delimiters) or Z85 (ZeroMQ RFC 32: groups of four
 * bytes, nothing of others). */
struct tt_span tt_write_base85(struct tt_arena *arena, struct tt_span bytes,
                               enum tt_base85 variant);

#endif
