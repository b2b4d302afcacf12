/* A compressed stream behind a short private header: a length, a version, a command of up to
 * TT_PREFIX_MAX bytes, then gzip, zlib, Zstandard or LZ4. The header goes to the inner body
 * "prefix", the rest to "offset:N", where the compression is recognised as usual. */
#ifndef TT_CONTENT_PREFIXED_H
#define TT_CONTENT_PREFIXED_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_prefixed;

#endif
