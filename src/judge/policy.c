#include "judge/policy.h"

#include "judge/policy_match.h"

#include <stdlib.h>

const char *const tt_severities[4] = {"info", "low", "medium", "high"};

/* A word of the cipher's name, between '_' or '-', and not part of one. */
static bool has_word(const char *name, const char *word)
{
    size_t len = strlen(word);
    const char *at = strstr(name, word);
    for (; at != NULL; at = strstr(at + 1, word)) {
        bool begins = at == name || at[-1] == '_' || at[-1] == '-';
        if (begins && (at[len] == '\0' || at[len] == '_' || at[len] == '-'))
            return true;
    }
    return false;
}

bool tt_is_readable(const char *encryption, const char *cipher)
{
    if (encryption == NULL || strcmp(encryption, "none") == 0)
        return true;
    if (cipher == NULL)
        return false;
    return has_word(cipher, "NULL") || strcmp(cipher, "TLS_SHA256_SHA256") == 0 ||
           strcmp(cipher, "TLS_SHA384_SHA384") == 0;
}

void tt_policy_judge(const struct tt_policy *policy, struct tt_finding *finding,
                     const char **clauses)
{
    enum tt_verdict worst = TT_VERDICT_ALLOWED;
    size_t severity = 0;
    size_t count = 0;
    for (size_t i = 0; i < policy->clause_count; i++) {
        const struct tt_clause *clause = &policy->clauses[i];
        const struct tt_ruling ruling = tt_clause_rule(clause, finding);
        if (!ruling.accuses || ruling.verdict < worst)
            continue;
        if (ruling.verdict > worst) {
            worst = ruling.verdict;
            severity = 0;
            count = 0;
        }
        clauses[count++] = clause->id;
        if (clause->severity > severity)
            severity = clause->severity;
    }
    /* Whatever the policy says: what may be luck accuses nobody. */
    if (worst == TT_VERDICT_VIOLATION && finding->certainty == TT_SUSPECTED)
        worst = TT_VERDICT_UNDECIDED;
    finding->verdict = worst;
    finding->clauses = clauses;
    finding->clause_count = count;
    finding->severity = tt_severities[severity];
}

void tt_policy_free(struct tt_policy *policy)
{
    if (policy == NULL)
        return;
    tt_arena_free(&policy->arena);
    free(policy);
}

const char *tt_policy_name(const struct tt_policy *policy)
{
    return policy->name;
}

const struct tt_residency_entries *tt_policy_residency(const struct tt_policy *policy)
{
    return &policy->residency;
}

size_t tt_policy_clause_count(const struct tt_policy *policy)
{
    return policy->clause_count;
}

const char *tt_policy_text(const struct tt_policy *policy)
{
    return policy->text;
}

struct tt_clause_view tt_policy_clause(const struct tt_policy *policy, size_t at)
{
    const struct tt_clause *clause = &policy->clauses[at];
    return (struct tt_clause_view){.id = clause->id,
                                   .text = clause->text,
                                   .citation = clause->citation,
                                   .verdict = clause->verdict,
                                   .severity = tt_severities[clause->severity]};
}
