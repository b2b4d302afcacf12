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

/* How much in these first bytes speaks for one bare struct (in the bits of binary.h); 0 when they
 * are none. For protobuf, whose fields have no types: it must tell more of the same bytes. */
unsigned tt_thrift_evidence(struct tt_span head, bool whole);

#endif
