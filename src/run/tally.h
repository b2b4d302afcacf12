/* Inside run/: whether the bytes add up. Counts, for each capture, where its bytes ended, from what
 * the layers tell one by one and not as a remainder; so a byte that was told twice, or never,
 * shows.
 *
 * Payload counts for the capture of the frame that carried it; missing bytes, and the few that a
 * message says of itself only when a later capture has completed it, for that of their flow or of
 * the last frame. So of several captures that share flows only the sum is exact. */
#ifndef TT_RUN_TALLY_H
#define TT_RUN_TALLY_H

#include "model/case.h"

/* All zero is empty. */
struct tt_tally {
    struct tt_tally_capture *captures;
    size_t count;
    uint64_t captured;
    uint64_t missing;
    uint64_t buckets[TT_BUCKET_COUNT]; /* of all captures */
    uint64_t of_flows[TT_BUCKET_COUNT];
};

void tt_tally_free(struct tt_tally *tally);

/* Some payload ended in a bucket. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_tally_account(struct tt_tally *tally, const struct tt_account *account);

/* A flow is over: its missing bytes are lost, and it tells what of the overhead and of the
 * duplicates was its own. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_tally_flow(struct tt_tally *tally, const struct tt_flow *flow);

/* All is told: adds what was counted of capture number `at` to its `input`, whose buckets hold its
 * overhead and duplicates. */
void tt_tally_input(struct tt_tally *tally, uint32_t at, struct tt_case_input *input);

/* Bytes of a bucket (overhead, duplicate) that belong to no flow; after the last input. */
uint64_t tt_tally_unattributed(const struct tt_tally *tally, enum tt_bucket bucket);

/* After the last input: by how many bytes the buckets and what was captured and is missing differ.
 * 0, or there is a mistake in telltale. */
uint64_t tt_tally_difference(const struct tt_tally *tally);

#endif
