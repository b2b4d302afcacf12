/* Raw digests anywhere in a few bytes: fields of a binary message that nobody reads.
 *
 * A body that is a digest is looked up by the scan, the owner's digests are patterns that are found
 * anywhere; those of contacts are too many for that. They are looked up here at every offset of the
 * start of a body, in full length only.
 *
 * Called by run/ for bodies that no decoder claims. */
#ifndef TT_IDENTIFY_DIGEST_LOOSE_H
#define TT_IDENTIFY_DIGEST_LOOSE_H

#include "identify/matcher.h"

/* Tells each digest in `bytes` that is neither a pattern nor all of them; `at` counts in `bytes`.
 * Nothing where all is text. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_digest_loose(const struct tt_matcher *matcher, struct tt_span bytes,
                                        tt_match_fn *match, void *context);

#endif
