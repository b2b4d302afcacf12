/* Inside content/: messages in the wire format of Protocol Buffers, without their schema
 * (https://protobuf.dev/programming-guides/encoding/), bare or in the frames of gRPC
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Length-Prefixed-Message). By the
 * media type, or by content.
 *
 * Places are the numbers of the fields: "protobuf:1.3.2"; in gRPC "grpc:[0]", then those. What a
 * field of given length holds is not said on the wire: it is text, something that another decoder
 * knows, a message when its first bytes read as one, else bytes. A piece that is cut within those
 * first bytes leaves a hit in them with the place of the field around it. */
#ifndef TT_CONTENT_PROTOBUF_H
#define TT_CONTENT_PROTOBUF_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_protobuf;
extern const struct tt_decoder tt_decoder_grpc;

/* Evidence, in bits, that `look` begins (or is) a message of `len` bytes; 0: it is none. */
unsigned tt_protobuf_evidence(struct tt_span look, uint64_t len);

#endif
