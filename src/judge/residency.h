/* Where machines can stand, by how fast they answered, against where they are said to be: by the
 * policy, by the address database, by their names. docs/residency.md has the reckoning.
 *
 * Every claim is judged alone and shown beside the others; nothing is averaged. */
#ifndef TT_JUDGE_RESIDENCY_H
#define TT_JUDGE_RESIDENCY_H

#include "judge/hints.h"
#include "judge/residency_data.h"
#include "judge/timings.h"
#include "model/finding.h"
#include "model/residency.h"

/* Everything that the rows are made from; all borrowed. */
struct tt_residency_evidence {
    const struct tt_timings *timings; /* settled */
    const struct tt_hints *hints;
    const struct tt_geo *geo;
    const struct tt_vantage *vantage;
    const struct tt_residency_entries *entries; /* of the policy */
    const char *const *captures;
    size_t capture_count;
};

/* Rows are borrowed for the call; an error ends the walk and is passed on. Any may be NULL. */
struct tt_residency_sink {
    void *context;
    enum tt_err (*timing)(void *context, const struct tt_timing_row *row);
    enum tt_err (*claim)(void *context, const struct tt_claim_row *row);
    enum tt_err (*residency)(void *context, const struct tt_residency_row *row);
};

/* Whether there is anything to tell: a vantage point, or a policy that claims places. */
bool tt_residency_wanted(const struct tt_vantage *vantage,
                         const struct tt_residency_entries *entries);

/* Hands over the times (sorted as the timings are), the claims of each destination in that order
 * (policy, database, name, response, certificate), then the entries of the policy in theirs.
 * `*ret_verdict` is the worst of those. TT_ERR_LIMIT: there were more than TT_CLAIMS_MAX claims;
 * all were judged, the first were told. */
TT_MUST_USE enum tt_err tt_residency_tell(const struct tt_residency_evidence *evidence,
                                          const struct tt_residency_sink *sink,
                                          enum tt_verdict *ret_verdict);

#endif
