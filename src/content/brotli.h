/* Inside content/: brotli. It has no magic: only when declared, and not when its first bytes say
 * otherwise. */
#ifndef TT_CONTENT_BROTLI_H
#define TT_CONTENT_BROTLI_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_brotli; /* RFC 7932 */

#endif
