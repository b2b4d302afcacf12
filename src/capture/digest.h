/* The SHA-256 of a capture file as it stands, made while the bytes go by. */
#ifndef TT_CAPTURE_DIGEST_H
#define TT_CAPTURE_DIGEST_H

#include "base/err.h"
#include "base/span.h"

struct tt_digest;

/* NULL without memory. */
struct tt_digest *tt_digest_new(void);

/* Adds the next bytes of the file. A failure sticks and shows in tt_digest_finish. */
void tt_digest_add(struct tt_digest *digest, struct tt_span bytes);

/* From now on bytes are counted, and nothing more: the digest is an empty text. */
void tt_digest_count_only(struct tt_digest *digest);

/* Bytes added so far. */
uint64_t tt_digest_bytes(const struct tt_digest *digest);

/* The digest of the bytes so far, as hexadecimal text with a terminator; more may be added later.
 * TT_ERR_MEMORY when the crypto library refused. */
TT_MUST_USE enum tt_err tt_digest_finish(const struct tt_digest *digest, char ret_text[65]);

/* Takes NULL. */
void tt_digest_free(struct tt_digest *digest);

#endif
