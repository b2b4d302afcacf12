/* What the clauses of a policy come to when the whole test is known: holds, violated, undecided.
 *
 * A clause is *violated* by a finding that fits it and is proven, and what was proven stays so
 * however bad the rest of the test was. It *holds* only when nothing speaks against that: no
 * finding that may fit, no bytes that could not be read and may have held one, and a test as its
 * `requires:` demands. Else it is *undecided*, with the reasons. docs/policy.md has the rules for
 * people. */
#ifndef TT_JUDGE_OUTCOME_H
#define TT_JUDGE_OUTCOME_H

#include "judge/policy_match.h"
#include "model/case.h"

struct tt_outcomes;

/* All borrowed until tt_outcomes_free. */
struct tt_outcomes_config {
    const struct tt_policy *policy;
    const struct tt_timeline *timeline; /* or NULL */
    const struct tt_subject *subject;
    const bool *weak; /* by entry of the sheet: too weak to prove anything; or NULL: none */
};

/* NULL without memory. */
struct tt_outcomes *tt_outcomes_new(const struct tt_outcomes_config *config);
void tt_outcomes_free(struct tt_outcomes *outcomes);

/* A capture was read to its end. */
TT_MUST_USE enum tt_err tt_outcomes_input(struct tt_outcomes *outcomes,
                                          const struct tt_case_input *input);
/* Reading was stopped before the end. */
void tt_outcomes_interrupted(struct tt_outcomes *outcomes);
/* There were more findings than are kept. */
void tt_outcomes_incomplete(struct tt_outcomes *outcomes);
/* A finding that tt_policy_judge has judged. */
void tt_outcomes_finding(struct tt_outcomes *outcomes, const struct tt_finding *finding);
/* Bytes to or from one destination, by bucket. Fills the fields of `unread` that are left to it:
 * domain, organisation, party, timeline, times and consents. `holder`: tt_hints_holder. `first` and
 * `last` are times. */
void tt_outcomes_bytes(struct tt_outcomes *outcomes, struct tt_unread *unread, struct tt_addr addr,
                       const char *holder, const char *network, uint64_t first, uint64_t last,
                       const uint64_t bytes[TT_BUCKET_COUNT]);

/* Hands the clauses to `row` in the order of the policy. `*ret_verdict` is made worse by what they
 * come to: it never gets better. */
TT_MUST_USE enum tt_err tt_outcomes_tell(struct tt_outcomes *outcomes,
                                         enum tt_err (*row)(void *, const struct tt_case_clause *),
                                         void *context, enum tt_verdict *ret_verdict);

#endif
