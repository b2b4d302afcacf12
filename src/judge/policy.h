/* Policies: clauses that turn a finding into a verdict. The built-in default policy is itself a
 * policy file (src/judge/default_policy.yaml, embedded). docs/policy.md describes the format. */
#ifndef TT_JUDGE_POLICY_H
#define TT_JUDGE_POLICY_H

#include "base/err.h"
#include "model/finding.h"

struct tt_policy;

/* NULL `path`: the built-in default. Errors name file, line and column with a caret. */
TT_MUST_USE enum tt_err tt_policy_load(const char *path, struct tt_policy **ret_policy,
                                       struct tt_error *error);
TT_MUST_USE enum tt_err tt_policy_parse(struct tt_span text, const char *name,
                                        struct tt_policy **ret_policy, struct tt_error *error);
void tt_policy_free(struct tt_policy *policy);

const char *tt_policy_name(const struct tt_policy *policy);
size_t tt_policy_clause_count(const struct tt_policy *policy);

struct tt_clause_view {
    const char *id;
    const char *text;
    enum tt_verdict verdict;
    const char *severity;
};
struct tt_clause_view tt_policy_clause(const struct tt_policy *policy, size_t at);

/* Sets verdict, clauses and severity of a finding whose other fields are set. The clause ids are
 * borrowed from the policy; `clauses` has room for tt_policy_clause_count ids. */
void tt_policy_judge(const struct tt_policy *policy, struct tt_finding *finding,
                     const char **clauses);

/* The source text of the default policy. */
struct tt_span tt_policy_default_text(void);

#endif
