#include "judge/policy.h"

#include "judge/policy_data.h"

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

/* NULL: not known. */
static const char *value_of(const struct tt_finding *finding, enum tt_policy_field field)
{
    switch (field) {
    case TT_FIELD_KIND:
        return finding->kind;
    case TT_FIELD_OWNER:
        return finding->owner;
    case TT_FIELD_FORM:
        return finding->form;
    case TT_FIELD_CERTAINTY:
        return tt_certainty_name(finding->certainty);
    case TT_FIELD_PROTOCOL:
        return finding->protocol;
    case TT_FIELD_DIRECTION:
        return tt_heading_name(finding->heading);
    case TT_FIELD_SCOPE:
        return tt_scope_name(finding->scope);
    case TT_FIELD_HOST:
        return finding->host;
    case TT_FIELD_COUNTRY:
        return finding->country;
    case TT_FIELD_APP:
        return finding->app;
    case TT_FIELD_ENCRYPTION:
        return finding->encryption;
    case TT_FIELD_PHASE:
        return finding->phase;
    case TT_FIELD_CONSENT:
        return tt_consent_name(finding->consent);
    case TT_FIELD_COUNT:
        break;
    }
    return NULL;
}

static bool condition_holds(const struct tt_condition *condition, const struct tt_finding *finding)
{
    const char *value = value_of(finding, condition->field);
    bool fits = tt_glob_any(condition->values, value == NULL ? "unknown" : value);
    if (condition->field == TT_FIELD_ENCRYPTION && !fits)
        fits = tt_is_readable(finding->encryption, finding->cipher) &&
               tt_glob_any(condition->values, "none");
    return fits != condition->unwanted;
}

static bool clause_holds(const struct tt_clause *clause, const struct tt_finding *finding)
{
    for (size_t i = 0; i < clause->condition_count; i++) {
        if (!condition_holds(&clause->conditions[i], finding))
            return false;
    }
    return true;
}

void tt_policy_judge(const struct tt_policy *policy, struct tt_finding *finding,
                     const char **clauses)
{
    enum tt_verdict worst = TT_VERDICT_ALLOWED;
    size_t severity = 0;
    size_t count = 0;
    for (size_t i = 0; i < policy->clause_count; i++) {
        const struct tt_clause *clause = &policy->clauses[i];
        if (clause->verdict < worst || !clause_holds(clause, finding))
            continue;
        if (clause->verdict > worst) {
            worst = clause->verdict;
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

size_t tt_policy_clause_count(const struct tt_policy *policy)
{
    return policy->clause_count;
}

struct tt_clause_view tt_policy_clause(const struct tt_policy *policy, size_t at)
{
    const struct tt_clause *clause = &policy->clauses[at];
    return (struct tt_clause_view){.id = clause->id,
                                   .text = clause->text,
                                   .verdict = clause->verdict,
                                   .severity = tt_severities[clause->severity]};
}
