/* Inside content/: Zstandard. Recognised by its magic. */
#ifndef TT_CONTENT_ZSTD_H
#define TT_CONTENT_ZSTD_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_zstd; /* RFC 8878 */

#endif
