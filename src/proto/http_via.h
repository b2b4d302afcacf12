/* Fields of responses by which a delivery network or a proxy says that it wrote them: what answers
 * is then not the server behind it. Via: RFC 9110, section 7.6.3; the others are what the operators
 * document of their networks. */
#ifndef TT_PROTO_HTTP_VIA_H
#define TT_PROTO_HTTP_VIA_H

#include "proto/http1_head.h"
#include "proto/stream.h"

/* Takes one field line of a response, as it stands. What one of a delivery network says goes before
 * what any proxy may say (Via, X-Cache); of several, the first with a place. */
void tt_http_via_take(struct tt_span line, struct tt_http_via *via);

/* Tells what a head said, as a name of whoever sent it; nothing where it said nothing. */
void tt_http_via_tell(const struct tt_stream *stream, const struct tt_http1_head *head,
                      const struct tt_origin *origin);

#endif
