/* What an entry of a HAR file says happened, told as if HTTP had been read: heads, bodies,
 * messages.
 *
 * A head is written as the text that HTTP/1 would have for it (http_block.h), so that a finding has
 * the same path as one in packets. In proofs its way there is called "har"; the ways of bodies are
 * "json-string" and "base64", or nothing where the text of the file holds them as they were. What
 * is only there as a list (cookies without their header field, postData.params) is a body as the
 * JSON text that it is. Offsets count in the entry. Called by run/. */
#ifndef TT_PROTO_HAR_H
#define TT_PROTO_HAR_H

#include "proto/har_entry.h"
#include "proto/proto.h"

struct tt_har_context {
    struct tt_span text;  /* of the entry */
    struct tt_flow *flow; /* made for it; `bytes`, `lost` and `overhead` are counted up here */
    struct tt_origin origin;
    const struct tt_proto_sink *sink; /* what a WebSocket said has times of its own */
};

/* Every byte of the entry is accounted: decoded where it is of the request or the response, else
 * overhead of the flow. Notes: har.body_missing (the file says that there was a body, but does not
 * hold all of it), har.base64, har.fields (more header fields than TT_HTTP_HEADER_MAX), har.entry
 * (neither a request nor its end can be read), and tt_har_entry.unsent: of such an entry nothing
 * else is told. False without memory. */
bool tt_har_tell(const struct tt_har_entry *entry, const struct tt_har_context *context);

#endif
