/* Inside content/: base64 (RFC 4648, sections 4 and 5) and hexadecimal (section 8): alphabets, and
 * the coding of a body that is declared as base64 as a whole. */
#ifndef TT_CONTENT_BASE64_H
#define TT_CONTENT_BASE64_H

#include "content/content.h"

/* RFC 2045, section 6.8. Only when declared; runs inside text are found by token.h. */
extern const struct tt_decoder tt_decoder_base64;

enum { TT_BASE64_NONE = 0xff };

/* The six bits of a character of the standard or the URL alphabet, or TT_BASE64_NONE. */
extern const uint8_t tt_base64_value[256];

/* A decoder that may stop after any character. Zeroed: at the start. */
struct tt_base64 {
    uint32_t bits;
    unsigned count; /* bits that are waiting: 0, 2, 4 or 6 */
};

/* Decodes characters of the alphabets into `out`, which has room for 3 bytes for each 4 of them
 * and 3 more. Returns the number of bytes written. Every character must be in an alphabet. */
size_t tt_base64_decode(struct tt_base64 *state, struct tt_span in, uint8_t *out);

#endif
