/* One DTLS association, opened: versions 1.0 and 1.2 (RFC 4347, RFC 6347).
 *
 * As tls.h, but for datagrams: those of both directions are fed as they come, in any order, with
 * losses and repetitions. In what is told, tt_place.at and tt_piece.at count in the datagram, and
 * tt_plain.gap means nothing. Records of DTLS 1.3 and with connection ids are counted as closed. */
#ifndef TT_DECRYPT_DTLS_H
#define TT_DECRYPT_DTLS_H

#include "decrypt/opener.h"
#include "model/chunk.h"

struct tt_dtls;

/* `opener` and `sink` are borrowed until tt_dtls_free. NULL without memory. */
struct tt_dtls *tt_dtls_new(struct tt_opener *opener, const struct tt_opener_sink *sink);

/* Could it be a datagram of DTLS: at least one whole record, and records up to its end? */
bool tt_dtls_is(struct tt_span datagram);

/* Takes all of one datagram. */
void tt_dtls_feed(struct tt_dtls *dtls, const struct tt_chunk *chunk);

/* Takes NULL. */
void tt_dtls_free(struct tt_dtls *dtls);

/* 0 as long as no server hello was seen. */
uint16_t tt_dtls_agreed_version(const struct tt_dtls *dtls);

#endif
