/* Inside verify/: places of proofs inside what is sealed. Opens the connection of a place anew and
 * offers windows on what it carried. */
#ifndef TT_VERIFY_SEALED_H
#define TT_VERIFY_SEALED_H

#include "verify/secrets.h"
#include "verify/stream.h"

struct tt_verify_sealed;

/* `keys` is borrowed. NULL without memory, or keys. */
struct tt_verify_sealed *tt_verify_sealed_new(struct tt_verify_secrets *keys);
void tt_verify_sealed_free(struct tt_verify_sealed *sealed);

/* Stands it in packets of QUIC? Those that anyone can open are among them. */
bool tt_verify_is_quic(const struct tt_finding *finding);

/* Offers windows in which the proof of `finding` may begin until one is taken. `streams` holds what
 * was gathered of both directions. `*ret_why` is set, to a static text, where it cannot be walked.
 */
TT_MUST_USE enum tt_err
tt_verify_sealed_try(struct tt_verify_sealed *sealed, const struct tt_verify_streams *streams,
                     const struct tt_verify_place *place, const struct tt_finding *finding,
                     bool (*take)(void *context, const struct tt_verify_window *window),
                     void *context, const char **ret_why);

#endif
