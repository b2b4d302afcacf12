/* One TLS connection on a stream, opened: RFC 8446, 5246, 4346, 2246 and 6101.
 *
 *     tt_tls_new -> tt_tls_feed (both directions, in the order of the capture) ... -> tt_tls_free
 *
 * Takes the chunks of net/ in any cut, with gaps, from the beginning of the connection or from its
 * middle. Holds at most one record and one handshake message for each direction, and
 * TT_TLS_AHEAD_MAX bytes of a server whose hello comes before the client's; of all connections of
 * an opener together TT_TLS_HELD_MAX bytes. Records that no key opens are not held at all. */
#ifndef TT_DECRYPT_TLS_H
#define TT_DECRYPT_TLS_H

#include "decrypt/opener.h"
#include "model/chunk.h"

struct tt_tls;

/* `opener` and `sink` are borrowed until tt_tls_free. NULL without memory. `whole`: the beginning
 * of the stream was seen; else the first record is looked for. */
struct tt_tls *tt_tls_new(struct tt_opener *opener, const struct tt_opener_sink *sink, bool whole);

/* Takes all of the chunk. Its offset may be anything at first (the bytes before it were of another
 * protocol, as with STARTTLS); after that it follows what came before, but for chunk->gap. */
void tt_tls_feed(struct tt_tls *tls, const struct tt_chunk *chunk);

/* Says what is to become of the bytes that are held, and frees. Takes NULL. */
void tt_tls_free(struct tt_tls *tls);

/* The bytes that a silent connection without keys holds. */
size_t tt_tls_size(void);

#endif
