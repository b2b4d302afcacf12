/* Inside content/: Thrift's compact protocol
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md): messages
 * with their envelope, or one bare struct. By the media type or the envelope, or by content.
 *
 * Places are the numbers of the fields: "thrift:1.2"; "thrift:1[3]" in lists, sets and maps (of a
 * map's third pair both sides). */
#ifndef TT_CONTENT_THRIFT_H
#define TT_CONTENT_THRIFT_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_thrift;

#endif
