/* Inside verify/: the segments of those TCP connections in which proofs begin, and the stretch of a
 * stream that a proof is about, put together from them.
 *
 * Where a stream begins is not a claim of the finding, so it is found again: behind the SYN, where
 * the other side's SYN-ACK says, or at a segment that was captured. The step's range must lie, at
 * least in part, in the segment of the finding's own frame. */
#ifndef TT_VERIFY_STREAM_H
#define TT_VERIFY_STREAM_H

#include "verify/frame.h"
#include "verify/walk.h"

struct tt_verify_streams;

/* NULL without memory. */
struct tt_verify_streams *tt_verify_streams_new(void);
void tt_verify_streams_free(struct tt_verify_streams *streams);

/* The direction that this segment belongs to is wanted. */
TT_MUST_USE enum tt_err tt_verify_streams_want(struct tt_verify_streams *streams,
                                               const struct tt_verify_place *segment);

/* A segment: kept when its direction is wanted. TT_ERR_LIMIT over TT_VERIFY_BYTES_MAX. */
TT_MUST_USE enum tt_err tt_verify_streams_add(struct tt_verify_streams *streams,
                                              const struct tt_verify_place *segment);

/* Offers windows around the range of `step` until one is taken (`take` answers true). */
TT_MUST_USE enum tt_err
tt_verify_streams_try(const struct tt_verify_streams *streams,
                      const struct tt_verify_place *segment, const struct tt_proof_step *step,
                      bool (*take)(void *context, const struct tt_verify_window *window),
                      void *context);

#endif
