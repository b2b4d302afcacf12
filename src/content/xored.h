/* A body of which every byte was XORed with the same one: text in the flimsiest of disguises.
 *
 * A format, not a coding: its bytes stay with the plain search, since other codes (EBCDIC, national
 * ones) may look like it; what they give under the key is an inner body "xor:KEY" beside them. */
#ifndef TT_CONTENT_XORED_H
#define TT_CONTENT_XORED_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_xored;

#endif
