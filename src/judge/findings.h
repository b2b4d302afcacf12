/* From groups to findings: destinations are named, groups of different flows that agree become one,
 * each is judged and told, by capture and first frame. */
#ifndef TT_JUDGE_FINDINGS_H
#define TT_JUDGE_FINDINGS_H

#include "judge/groups.h"
#include "judge/hints.h"
#include "judge/judge.h"
#include "judge/outcome.h"
#include "judge/sightings.h"

/* Everything that findings are made from; all borrowed. */
struct tt_evidence {
    const struct tt_judge_config *config;
    const struct tt_sides *sides; /* settled */
    const struct tt_names *names;
    const struct tt_hints *hints;
    struct tt_groups *groups; /* is used up */
    const char *const *captures;
    size_t capture_count;
    const struct tt_traffic *traffic;
    struct tt_sightings *sightings; /* gets the times of the groups; or NULL */
    struct tt_outcomes *outcomes;   /* of the policy's clauses */
};

/* Hands the findings to `sink`; its error ends the walk and is passed on. */
TT_MUST_USE enum tt_err tt_findings_tell(const struct tt_evidence *evidence,
                                         const struct tt_judge_sink *sink,
                                         enum tt_verdict *ret_verdict);

#endif
