/* Tells the sink what a DNS message holds: names, texts, other data, and addresses learned. */
#ifndef TT_PROTO_DNS_WALK_H
#define TT_PROTO_DNS_WALK_H

#include "proto/stream.h"

/* Walks over the message that begins at `at` of the extent and ends with it; the bytes before it
 * are its framing. All bytes of the extent have been taken from the stream; here they are handed
 * out. `protocol` is "dns", "mdns" or "llmnr"; `cut`: the capture holds less than was sent.
 *
 * Each name goes out once for each place where it is written out: as a body of kind CODING (its
 * bytes are the labels with dots between them), whose bytes on the wire count as DECODED. Texts,
 * options and other rdata go out as slices. What cannot be read is unclaimed. */
void tt_dns_walk(const struct tt_stream *stream, const struct tt_extent *extent, size_t at,
                 const char *protocol, bool cut);

#endif
