/* Chains of record headers in a stretch of a capture file: how many likely headers follow each
 * other from each byte on. For records.c, which needs them only where a file is damaged.
 *
 * A stretch has TT_RESYNC_BYTES and is looked at once, backwards, so that the work is linear in the
 * bytes whatever they hold. */
#ifndef TT_CAPTURE_CHAINS_H
#define TT_CAPTURE_CHAINS_H

#include "capture/records.h"

/* Sees to it that the stretch covers the input's place and what follows. Waits for that much from a
 * pipe. TT_ERR_IO, TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_chains_look(struct tt_records *records, struct tt_error *error);

/* The first place from the input's place on, in bytes from it, where a chain or another capture
 * file begins. False, and how far there is surely none (at least 1), where there is none before the
 * end of the stretch. This and the next after tt_chains_look. */
bool tt_chains_next(const struct tt_records *records, size_t *ret_at);

/* The first place before `to`, in bytes from the input's place, where a chain begins that steps
 * over `to` and goes on behind it: what a record that claims to end there has swallowed. It may be
 * the header of another capture file before such a chain. Where `to` is not to be trusted at all
 * (`any`), or lies behind the end of the input, any chain counts. */
bool tt_chains_inside(const struct tt_records *records, size_t to, bool any, size_t *ret_at);

/* Times within a day of each other. */
bool tt_chains_near(uint64_t seconds, uint64_t other);

/* Takes NULL. */
void tt_chains_free(struct tt_chains *chains);

#endif
