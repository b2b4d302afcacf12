#include "judge/policy_match.h"

#include "judge/parties.h"

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
    case TT_FIELD_PROOF:
        return tt_certainty_name(finding->certainty);
    case TT_FIELD_PROTOCOL:
        return finding->protocol;
    case TT_FIELD_DIRECTION:
        return finding->heading == TT_HEADING_UNKNOWN ? NULL : tt_heading_name(finding->heading);
    case TT_FIELD_SCOPE:
        return finding->scope_open ? NULL : tt_scope_name(finding->scope);
    case TT_FIELD_HOST:
        return finding->host;
    case TT_FIELD_DOMAIN:
        return finding->domain;
    case TT_FIELD_ORGANISATION:
        return finding->organisation;
    case TT_FIELD_PARTY:
        return finding->party == TT_PARTY_UNKNOWN ? NULL : tt_party_name(finding->party);
    case TT_FIELD_COUNTRY:
        return finding->country;
    case TT_FIELD_APP:
        return finding->app;
    case TT_FIELD_ENCRYPTION:
        return finding->encryption;
    case TT_FIELD_PHASE:
        return finding->phase;
    case TT_FIELD_PURPOSE:
        /* With consent information, none that covers it is an answer too. */
        return finding->purpose == NULL && finding->consent != TT_CONSENT_UNKNOWN
                   ? "none"
                   : finding->purpose;
    case TT_FIELD_CONSENT:
        return finding->consent == TT_CONSENT_UNKNOWN ? NULL : tt_consent_name(finding->consent);
    case TT_FIELD_COUNT:
        break;
    }
    return NULL;
}

static bool is_among(const struct tt_condition *condition, const struct tt_finding *finding)
{
    const char *value = value_of(finding, condition->field);
    bool fits = tt_glob_any(condition->values, value == NULL ? "unknown" : value);
    if (condition->field == TT_FIELD_ENCRYPTION && !fits)
        fits = tt_is_readable(finding->encryption, finding->cipher) &&
               tt_glob_any(condition->values, "none");
    return fits;
}

/* Would the condition have another answer by another name of the destination than the host that was
 * said, and that DNS denies? */
static bool is_doubtful(const struct tt_condition *condition, const struct tt_finding *finding,
                        bool fits)
{
    bool by_host = condition->field == TT_FIELD_HOST || condition->field == TT_FIELD_DOMAIN;
    bool follows = condition->field == TT_FIELD_PARTY || condition->field == TT_FIELD_ORGANISATION;
    if (!finding->host_denied || !by_host)
        return finding->host_denied && follows;
    for (size_t i = 0; i < finding->name_count; i++) {
        const char *name = finding->names[i].name;
        const char *value = condition->field == TT_FIELD_DOMAIN ? tt_host_domain(name) : name;
        if (tt_glob_any(condition->values, value == NULL ? "unknown" : value) != fits)
            return true;
    }
    return false;
}

bool tt_conditions_hold(const struct tt_conditions *conditions, const struct tt_finding *finding)
{
    for (size_t i = 0; i < conditions->count; i++) {
        const struct tt_condition *condition = &conditions->items[i];
        if (is_among(condition, finding) == condition->unwanted)
            return false;
    }
    return true;
}

enum tt_fit tt_conditions_fit(const struct tt_conditions *conditions,
                              const struct tt_finding *finding, enum tt_policy_field *ret_field)
{
    enum tt_fit all = TT_FIT_YES;
    for (size_t i = 0; i < conditions->count; i++) {
        const struct tt_condition *condition = &conditions->items[i];
        bool fits = is_among(condition, finding);
        if (is_doubtful(condition, finding, fits)) {
            if (all == TT_FIT_YES)
                *ret_field = condition->field;
            all = TT_FIT_MAYBE;
            continue;
        }
        /* A value that is not known fits only where the condition names "unknown": then the author
         * has decided what follows from it. */
        if (!fits && value_of(finding, condition->field) == NULL) {
            if (all == TT_FIT_YES)
                *ret_field = condition->field;
            all = TT_FIT_MAYBE;
        } else if (fits == condition->unwanted) {
            return TT_FIT_NO;
        }
    }
    return all;
}

/* ---- what could not be read ---- */

static enum tt_fit fit_known(const struct tt_condition *condition, const char *value)
{
    if (tt_glob_any(condition->values, value == NULL ? "unknown" : value))
        return TT_FIT_YES;
    return value == NULL ? TT_FIT_MAYBE : TT_FIT_NO;
}

/* Of several values that may be the right one. */
static enum tt_fit fit_several(size_t fitting, size_t count)
{
    if (fitting == 0)
        return TT_FIT_NO;
    return fitting == count ? TT_FIT_YES : TT_FIT_MAYBE;
}

static enum tt_fit fit_phase(const struct tt_condition *condition, const struct tt_unread *unread)
{
    size_t fitting = 0;
    for (size_t i = 0; i < unread->time_count; i++) {
        const char *phase = tt_timeline_phase(unread->timeline, unread->times[i], NULL);
        enum tt_fit fit = fit_known(condition, phase);
        if (fit == TT_FIT_MAYBE)
            return TT_FIT_MAYBE;
        fitting += fit == TT_FIT_YES;
    }
    /* More stretches of time than are kept: any phase may be among the others. */
    if (unread->time_count == 0 || unread->time_count == TT_UNREAD_TIMES_MAX)
        return TT_FIT_MAYBE;
    return fit_several(fitting, unread->time_count);
}

static enum tt_fit fit_consent(const struct tt_condition *condition, const struct tt_unread *unread)
{
    size_t fitting = 0;
    size_t count = 0;
    for (unsigned i = 0; i <= TT_CONSENT_UNKNOWN; i++) {
        if ((unread->consents >> i & 1) == 0)
            continue;
        bool fits = tt_glob_any(condition->values, tt_consent_name((enum tt_consent)i));
        if (!fits && i == TT_CONSENT_UNKNOWN)
            return TT_FIT_MAYBE;
        fitting += fits;
        count++;
    }
    return count == 0 ? TT_FIT_MAYBE : fit_several(fitting, count);
}

/* Bytes that a protocol encrypts are not readable on their way. Others may be text in a coding that
 * nobody knows, or encrypted by the app. What is encrypted for one link goes on as it was before.
 */
static enum tt_fit fit_encryption(const struct tt_condition *condition,
                                  const struct tt_unread *unread, enum tt_bucket bucket)
{
    if (bucket != TT_BUCKET_ENCRYPTED || unread->scope_open)
        return TT_FIT_MAYBE;
    if (unread->protocol != NULL && strcmp(unread->protocol, "quic") == 0)
        return fit_known(condition, "quic");
    for (size_t i = 0; i < condition->values.count; i++)
        if (strcmp(condition->values.items[i], "none") != 0)
            return TT_FIT_MAYBE;
    return TT_FIT_NO;
}

static enum tt_fit fit_unread(const struct tt_condition *condition, const struct tt_unread *unread,
                              enum tt_bucket bucket)
{
    switch (condition->field) {
    case TT_FIELD_DIRECTION:
        return fit_known(condition, unread->heading == TT_HEADING_UNKNOWN
                                        ? NULL
                                        : tt_heading_name(unread->heading));
    case TT_FIELD_SCOPE:
        return fit_known(condition, unread->scope_open ? NULL : tt_scope_name(unread->scope));
    case TT_FIELD_HOST:
        return fit_known(condition, unread->host);
    case TT_FIELD_DOMAIN:
        return fit_known(condition, unread->domain);
    case TT_FIELD_ORGANISATION:
        return fit_known(condition, unread->organisation);
    case TT_FIELD_PARTY:
        return fit_known(condition,
                         unread->party == TT_PARTY_UNKNOWN ? NULL : tt_party_name(unread->party));
    case TT_FIELD_COUNTRY:
        return fit_known(condition, unread->country);
    case TT_FIELD_ENCRYPTION:
        return fit_encryption(condition, unread, bucket);
    case TT_FIELD_PHASE:
        return fit_phase(condition, unread);
    case TT_FIELD_CONSENT:
        return fit_consent(condition, unread);
    case TT_FIELD_KIND:
    case TT_FIELD_OWNER:
    case TT_FIELD_FORM:
    case TT_FIELD_PROOF:
    case TT_FIELD_PROTOCOL: /* inside what is encrypted stands another one */
    case TT_FIELD_APP:
    case TT_FIELD_PURPOSE:
    case TT_FIELD_COUNT:
        break;
    }
    return TT_FIT_MAYBE;
}

static enum tt_fit turned(enum tt_fit fit)
{
    return (enum tt_fit)(TT_FIT_YES - fit);
}

enum tt_fit tt_conditions_fit_unread(const struct tt_conditions *conditions,
                                     const struct tt_unread *unread, enum tt_bucket bucket)
{
    enum tt_fit all = TT_FIT_YES;
    for (size_t i = 0; i < conditions->count; i++) {
        enum tt_fit fit = fit_unread(&conditions->items[i], unread, bucket);
        if (conditions->items[i].unwanted)
            fit = turned(fit);
        if (fit < all)
            all = fit;
    }
    return all;
}

/* ---- clauses ---- */

struct tt_ruling tt_clause_rule(const struct tt_clause *clause, const struct tt_finding *finding)
{
    struct tt_ruling ruling = {.verdict = clause->verdict, .field = TT_FIELD_COUNT};
    ruling.fit = tt_conditions_fit(&clause->when, finding, &ruling.field);
    ruling.accuses = ruling.fit != TT_FIT_NO && tt_conditions_hold(&clause->when, finding);
    for (size_t i = 0; ruling.fit != TT_FIT_NO && i < clause->exception_count; i++) {
        enum tt_policy_field field = TT_FIELD_COUNT;
        enum tt_fit excepted = tt_conditions_fit(&clause->exceptions[i].when, finding, &field);
        if (excepted == TT_FIT_YES) {
            ruling.exception = ruling.accuses ? &clause->exceptions[i] : NULL;
            ruling.fit = TT_FIT_NO;
            ruling.accuses = false;
        } else if (excepted == TT_FIT_MAYBE) {
            /* Perhaps it is excepted: nobody is accused of that. */
            ruling.fit = TT_FIT_MAYBE;
            ruling.field = field;
            ruling.perhaps_excepted = true;
        }
    }
    if (ruling.fit == TT_FIT_MAYBE && ruling.verdict == TT_VERDICT_VIOLATION)
        ruling.verdict = TT_VERDICT_UNDECIDED;
    return ruling;
}
