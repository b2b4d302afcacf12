/* LZ4 frames (LZ4 Frame Format 1.6.2), told by their magic number; frames may follow each other. */
#ifndef TT_CONTENT_LZ4_H
#define TT_CONTENT_LZ4_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_lz4;

#endif
