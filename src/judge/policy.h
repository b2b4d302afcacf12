/* Policies: clauses that turn a finding into a verdict. Those that the program carries are policy
 * files themselves (policies/, policy_builtin.h). docs/policy.md describes the format. What the
 * clauses come to, once the whole test is known: outcome.h. */
#ifndef TT_JUDGE_POLICY_H
#define TT_JUDGE_POLICY_H

#include "base/buf.h"
#include "base/err.h"
#include "model/finding.h"

struct tt_policy;

/* `path` may be the name of a built-in policy; NULL is "default". Errors name file, line and column
 * with a caret. */
TT_MUST_USE enum tt_err tt_policy_load(const char *path, struct tt_policy **ret_policy,
                                       struct tt_error *error);
TT_MUST_USE enum tt_err tt_policy_parse(struct tt_span text, const char *name,
                                        struct tt_policy **ret_policy, struct tt_error *error);
void tt_policy_free(struct tt_policy *policy);

const char *tt_policy_name(const struct tt_policy *policy);
const char *tt_policy_text(const struct tt_policy *policy); /* or NULL */
size_t tt_policy_clause_count(const struct tt_policy *policy);

/* What its `residency:` says, for residency.h. */
struct tt_residency_entries;
const struct tt_residency_entries *tt_policy_residency(const struct tt_policy *policy);

struct tt_clause_view {
    const char *id;
    const char *text;
    const char *citation; /* or NULL */
    enum tt_verdict verdict;
    const char *severity;
};
struct tt_clause_view tt_policy_clause(const struct tt_policy *policy, size_t at);

/* What the policy, and a clause of it, mean in plain words, one sentence a line, appended to
 * `lines`: what it applies to, what a test needs so that it can be judged, its exceptions
 * (policy_words.c). */
TT_MUST_USE enum tt_err tt_policy_words(const struct tt_policy *policy, struct tt_buf *lines);
TT_MUST_USE enum tt_err tt_policy_clause_words(const struct tt_policy *policy, size_t at,
                                               struct tt_buf *lines);

/* Sets verdict, clauses and severity of a finding whose other fields are set. The clause ids are
 * borrowed from the policy; `clauses` has room for tt_policy_clause_count ids. */
void tt_policy_judge(const struct tt_policy *policy, struct tt_finding *finding,
                     const char **clauses);

#endif
