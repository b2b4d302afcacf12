/* Inside content/: text in UTF-16 that a format names as such (RFC 2781, section 2), to UTF-8. */
#ifndef TT_CONTENT_UTF16_H
#define TT_CONTENT_UTF16_H

#include "content/outlet.h"

enum tt_utf16_order { TT_UTF16_LITTLE, TT_UTF16_BIG };

/* The name of its coding, for steps. */
const char *tt_utf16_name(enum tt_utf16_order order);

/* Gives the outlet, which is open, what `text` at `at` of the input says. Half of a surrogate pair
 * becomes U+FFFD; an odd byte at the end is dropped. */
void tt_utf16_put(struct tt_outlet *out, struct tt_span text, enum tt_utf16_order order,
                  uint64_t at);

#endif
