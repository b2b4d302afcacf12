/* Inside content/: bodies in parts. By the media type, or by a first line that is a boundary. */
#ifndef TT_CONTENT_MULTIPART_H
#define TT_CONTENT_MULTIPART_H

#include "content/content.h"

/* RFC 2046, section 5.1; RFC 7578. Every byte goes to exactly one inner body, a slice:
 * "multipart:name" (without a name: "multipart:[0]", counted) for what a part holds, with its type
 * and codings; "multipart.header" for a delimiter and the header fields behind it;
 * "multipart.preamble" and "multipart.epilogue" around them. */
extern const struct tt_decoder tt_decoder_multipart;

#endif
