/* Inside content/: tokens that hold separators of their own, inside a run that holds more: a digest
 * in standard base64, with its slashes, as a segment of a path. */
#ifndef TT_CONTENT_TOKEN_PART_H
#define TT_CONTENT_TOKEN_PART_H

#include "base/span.h"

enum {
    TT_TOKEN_PARTS_MAX = 16,    /* told of one run */
    TT_TOKEN_PART_RUN_MAX = 256 /* characters of a run that are looked at */
};

struct tt_token_part {
    size_t at;
    size_t len;
};

/* Finds what begins at the start of `run` or behind a separator of it, ends before a separator or
 * at the end of the run, holds one to three separators, and is as long as a digest of 16, 20, 28,
 * 32, 48 or 64 bytes is in base64 without padding. Letters of both cases must be in it, and the
 * bits that its last character has left over must be zero. Never gives the whole run. Returns the
 * number of parts, at most TT_TOKEN_PARTS_MAX. */
size_t tt_token_parts(struct tt_span run, struct tt_token_part *ret_parts);

#endif
