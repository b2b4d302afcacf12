/* Inside content/: brotli. It has no magic: when declared and its first bytes do not say otherwise,
 * or where it decodes to text. */
#ifndef TT_CONTENT_BROTLI_H
#define TT_CONTENT_BROTLI_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_brotli; /* RFC 7932 */

#endif
