/* A body that is written in base85 from its start: Ascii85 (Adobe, PostScript Language Reference,
 * with or without its delimiters), Z85 (ZeroMQ RFC 32) and the characters of RFC 1924.
 *
 * There is no magic number: the first characters must decode to text or to something that has one.
 * A format, not a coding: the characters stay with the plain search, what they give is an inner
 * body beside them ("base85", "ascii85", "z85"). Line breaks are passed over. */
#ifndef TT_CONTENT_BASE85_H
#define TT_CONTENT_BASE85_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_base85;

#endif
