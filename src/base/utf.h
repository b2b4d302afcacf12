/* UTF-8 as RFC 3629 has it. */
#ifndef TT_BASE_UTF_H
#define TT_BASE_UTF_H

#include "base/span.h"

/* Reads one code point from the front; `*ret_len` is the number of bytes it took. Over-long forms,
 * surrogates and cut sequences give false. */
bool tt_utf8_read(struct tt_span text, uint32_t *ret_code, size_t *ret_len);

/* Writes one code point; returns its length (1 to 4), 0 when it is none. */
size_t tt_utf8_write(uint32_t code, uint8_t bytes[4]);

bool tt_utf8_valid(struct tt_span text);

#endif
