/* Texts that a capture file holds beside its packets, made fit to be kept. */
#ifndef TT_CAPTURE_TEXT_H
#define TT_CAPTURE_TEXT_H

#include "base/span.h"

/* Copies a text up to its first NUL byte into `out` (`room` bytes, at least 1), terminated. What is
 * not UTF-8 and each control character becomes a space; spaces at both ends go; no character is
 * cut. Returns whether all of it fitted. */
bool tt_text_clean(struct tt_span text, char *out, size_t room);

#endif
