#include "judge/outcome.h"

#include "base/buf.h"
#include "judge/parties.h"
#include "judge/test_quality.h"
#include "judge/timeline_data.h"
#include "model/subject.h"

#include <inttypes.h>
#include <stdlib.h>

/* What was counted for one clause. */
struct tally {
    uint64_t proven;                  /* findings that fit and are proven */
    uint64_t suspected;               /* that fit and are not, */
    uint64_t doubtful;                /* or are perhaps excepted */
    uint64_t missing[TT_FIELD_COUNT]; /* may fit: such a field is not known */
    uint64_t *excepted;               /* by exception */
    uint64_t unread[TT_BUCKET_COUNT];
    char *hosts[TT_CLAUSE_HOSTS_MAX]; /* of those bytes */
    size_t host_count;
    bool more_hosts;
};

struct tt_outcomes {
    struct tt_outcomes_config config;
    struct tt_test_quality quality;
    struct tally *tallies;
    unsigned consents;     /* tt_test_quality_consents, once all captures are told */
    struct tt_buf missing; /* lines of the clause being told */
    struct tt_buf excepted;
    enum tt_err failed; /* of what cannot tell */
};

struct tt_outcomes *tt_outcomes_new(const struct tt_outcomes_config *config)
{
    const struct tt_policy *policy = config->policy;
    struct tt_outcomes *outcomes = calloc(1, sizeof(*outcomes));
    if (outcomes == NULL)
        return NULL;
    outcomes->config = *config;
    outcomes->quality.timeline = config->timeline;
    outcomes->missing = tt_buf_make(TT_CLAUSE_TEXT_MAX);
    outcomes->excepted = tt_buf_make(TT_CLAUSE_TEXT_MAX);
    outcomes->tallies = calloc(policy->clause_count, sizeof(struct tally));
    bool complete = outcomes->tallies != NULL;
    for (size_t i = 0; complete && i < policy->clause_count; i++) {
        struct tally *tally = &outcomes->tallies[i];
        tally->excepted = calloc(policy->clauses[i].exception_count + 1, sizeof(uint64_t));
        complete = tally->excepted != NULL;
    }
    if (!complete) {
        tt_outcomes_free(outcomes);
        return NULL;
    }
    return outcomes;
}

void tt_outcomes_free(struct tt_outcomes *outcomes)
{
    if (outcomes == NULL)
        return;
    for (size_t i = 0; outcomes->tallies != NULL && i < outcomes->config.policy->clause_count;
         i++) {
        struct tally *tally = &outcomes->tallies[i];
        free(tally->excepted);
        for (size_t k = 0; k < tally->host_count; k++)
            free(tally->hosts[k]);
    }
    free(outcomes->tallies);
    tt_test_quality_free(&outcomes->quality);
    tt_buf_free(&outcomes->missing);
    tt_buf_free(&outcomes->excepted);
    free(outcomes);
}

enum tt_err tt_outcomes_input(struct tt_outcomes *outcomes, const struct tt_case_input *input)
{
    return tt_test_quality_input(&outcomes->quality, input);
}

void tt_outcomes_interrupted(struct tt_outcomes *outcomes)
{
    outcomes->quality.interrupted = true;
}

void tt_outcomes_incomplete(struct tt_outcomes *outcomes)
{
    outcomes->quality.incomplete = true;
}

/* ---- counting ---- */

static void count_finding(const struct tt_clause *clause, struct tally *tally,
                          const struct tt_finding *finding)
{
    const struct tt_ruling ruling = tt_clause_rule(clause, finding);
    if (ruling.exception != NULL)
        tally->excepted[ruling.exception - clause->exceptions]++;
    else if (ruling.accuses && ruling.verdict != clause->verdict)
        *(ruling.perhaps_excepted ? &tally->doubtful : &tally->missing[ruling.field]) += 1;
    else if (ruling.accuses && finding->certainty == TT_SUSPECTED)
        tally->suspected++;
    else if (ruling.accuses)
        tally->proven++;
    else if (ruling.fit == TT_FIT_MAYBE)
        tally->missing[ruling.field]++;
}

void tt_outcomes_finding(struct tt_outcomes *outcomes, const struct tt_finding *finding)
{
    const struct tt_policy *policy = outcomes->config.policy;
    for (size_t i = 0; i < policy->clause_count; i++)
        count_finding(&policy->clauses[i], &outcomes->tallies[i], finding);
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

static void add_host(struct tt_outcomes *outcomes, struct tally *tally, const char *name)
{
    for (size_t i = 0; i < tally->host_count; i++)
        if (strcmp(tally->hosts[i], name) == 0)
            return;
    if (tally->host_count == TT_CLAUSE_HOSTS_MAX) {
        tally->more_hosts = true;
        return;
    }
    char *copy = copy_text(name);
    if (copy == NULL)
        outcomes->failed = TT_ERR_MEMORY;
    else
        tally->hosts[tally->host_count++] = copy;
}

/* Whether unread bytes may hold what a clause is about. */
static bool concerns(const struct tt_clause *clause, const struct tt_unread *unread,
                     enum tt_bucket bucket)
{
    if (tt_conditions_fit_unread(&clause->when, unread, bucket) == TT_FIT_NO)
        return false;
    for (size_t i = 0; i < clause->exception_count; i++)
        if (tt_conditions_fit_unread(&clause->exceptions[i].when, unread, bucket) == TT_FIT_YES)
            return false;
    return true;
}

/* The stretches of the timeline in which the bytes may have been sent, and what the owner may have
 * agreed to in them. */
static void fill_times(const struct tt_timeline *timeline, const char *name, uint64_t first,
                       uint64_t last, struct tt_unread *unread)
{
    unread->timeline = timeline;
    unread->time_count = 0;
    unread->consents = 0;
    uint64_t time = first;
    uint64_t epoch = tt_timeline_epoch(timeline, first);
    uint64_t last_epoch = tt_timeline_epoch(timeline, last);
    for (; unread->time_count < TT_UNREAD_TIMES_MAX; epoch++) {
        unread->times[unread->time_count++] = time;
        for (unsigned kind = 0; kind < TT_KIND_COUNT; kind++)
            unread->consents |=
                1U << tt_timeline_consent(timeline, time, (enum tt_kind)kind, name, NULL);
        if (epoch >= last_epoch)
            return;
        time = timeline->changes[epoch];
    }
    unread->consents = (1U << (TT_CONSENT_UNKNOWN + 1)) - 1;
}

void tt_outcomes_bytes(struct tt_outcomes *outcomes, struct tt_unread *unread, struct tt_addr addr,
                       const char *holder, const char *network, uint64_t first, uint64_t last,
                       const uint64_t bytes[TT_BUCKET_COUNT])
{
    /* What is known to stay on its link is searched as it stands: nothing of it is unread. */
    static const enum tt_bucket buckets[] = {TT_BUCKET_OPAQUE, TT_BUCKET_ENCRYPTED, TT_BUCKET_LOST,
                                             TT_BUCKET_NOT_IP};
    const size_t count = TT_ARRAY_LEN(buckets) - (unread->scope_open ? 0 : 1);
    const struct tt_policy *policy = outcomes->config.policy;
    tt_test_quality_bytes(&outcomes->quality, unread->heading,
                          unread->scope_open ? TT_ADDR_SCOPE_INTERNET : unread->scope,
                          unread->framing, bytes);
    uint64_t all = 0;
    for (size_t k = 0; k < count; k++)
        all += bytes[buckets[k]];
    if (all == 0)
        return;
    char text[TT_ADDR_TEXT_MAX];
    const char *name = unread->host;
    if (name == NULL)
        name = tt_addr_len(addr) == 0 ? "(no name)" : tt_addr_text(addr, text);
    unread->domain = tt_host_domain(unread->host);
    unread->party = tt_party_of(policy, unread->host, addr);
    unread->organisation = tt_organisation_of(policy, unread->host, addr, holder, network);
    fill_times(outcomes->config.timeline, name, first, last, unread);
    for (size_t i = 0; i < policy->clause_count; i++) {
        struct tally *tally = &outcomes->tallies[i];
        if (policy->clauses[i].verdict == TT_VERDICT_ALLOWED)
            continue;
        for (size_t k = 0; k < count; k++) {
            if (bytes[buckets[k]] == 0 || !concerns(&policy->clauses[i], unread, buckets[k]))
                continue;
            tally->unread[buckets[k]] += bytes[buckets[k]];
            add_host(outcomes, tally, name);
        }
    }
}

/* ---- reasons ---- */

static const char *findings_word(uint64_t count)
{
    return count == 1 ? "finding" : "findings";
}

static enum tt_err say_fields(struct tt_outcomes *outcomes, const struct tally *tally)
{
    const struct tt_timeline *timeline = outcomes->config.timeline;
    enum tt_err result = TT_OK;
    for (unsigned i = 0; result == TT_OK && i < TT_FIELD_COUNT; i++) {
        if (tally->missing[i] == 0)
            continue;
        const char *why = "";
        if (i == TT_FIELD_CONSENT || i == TT_FIELD_PURPOSE)
            why = timeline == NULL || timeline->purpose_count == 0
                      ? ": no consent information, which a timeline would tell"
                      : ": the clock is too uncertain so near to a change, or tells no time";
        result = tt_buf_printf(&outcomes->missing, "the %s of %" PRIu64 " %s is not known%s\n",
                               tt_policy_field_name((enum tt_policy_field)i), tally->missing[i],
                               findings_word(tally->missing[i]), why);
    }
    return result;
}

/* What findings leave open. */
static enum tt_err say_findings(struct tt_outcomes *outcomes, const struct tt_clause *clause,
                                const struct tally *tally)
{
    struct tt_buf *lines = &outcomes->missing;
    enum tt_err result = TT_OK;
    if (clause->verdict == TT_VERDICT_UNDECIDED && tally->proven > 0)
        result = tt_buf_printf(lines, "%" PRIu64 " %s of which it cannot be said\n", tally->proven,
                               findings_word(tally->proven));
    if (result == TT_OK && tally->suspected > 0)
        result = tt_buf_printf(lines, "%" PRIu64 " %s suspected, not proven: it may be luck\n",
                               tally->suspected, findings_word(tally->suspected));
    if (result == TT_OK && tally->doubtful > 0)
        result = tt_buf_printf(lines,
                               "%" PRIu64 " %s that an exception may cover: what it asks about is "
                               "not known\n",
                               tally->doubtful, findings_word(tally->doubtful));
    return result == TT_OK ? say_fields(outcomes, tally) : result;
}

static enum tt_err say_unread(struct tt_outcomes *outcomes, const struct tally *tally)
{
    static const char *const titles[TT_BUCKET_COUNT] = {[TT_BUCKET_OPAQUE] = "not understood",
                                                        [TT_BUCKET_ENCRYPTED] = "encrypted",
                                                        [TT_BUCKET_LOST] = "lost",
                                                        [TT_BUCKET_NOT_IP] = "not in IP packets"};
    struct tt_buf *lines = &outcomes->missing;
    uint64_t all = 0;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        all += tally->unread[i];
    if (all == 0)
        return TT_OK;
    enum tt_err result =
        tt_buf_printf(lines, "%" PRIu64 " bytes could not be read that may hold it (", all);
    bool first = true;
    for (size_t i = 0; result == TT_OK && i < TT_BUCKET_COUNT; i++) {
        if (tally->unread[i] == 0)
            continue;
        result = tt_buf_printf(lines, "%s%" PRIu64 " %s", first ? "" : ", ", tally->unread[i],
                               titles[i]);
        first = false;
    }
    for (size_t i = 0; result == TT_OK && i < tally->host_count; i++)
        result = tt_buf_printf(lines, "%s%s", i == 0 ? "): " : ", ", tally->hosts[i]);
    if (result == TT_OK && tally->more_hosts)
        result = tt_buf_append_str(lines, " and others");
    return result == TT_OK ? tt_buf_append_str(lines, "\n") : result;
}

/* What was not recorded at all may have held anything. */
static enum tt_err say_recording(struct tt_outcomes *outcomes)
{
    const struct tt_test_quality *quality = &outcomes->quality;
    struct tt_buf *lines = &outcomes->missing;
    enum tt_err result = TT_OK;
    if (quality->dropped > 0)
        result = tt_buf_printf(lines, "the capture dropped %" PRIu64 " frames\n", quality->dropped);
    if (result == TT_OK && quality->damaged > 0)
        result = tt_buf_printf(lines, "%" PRIu64 " of the captures damaged or cut off\n",
                               quality->damaged);
    if (result == TT_OK && quality->interrupted)
        result = tt_buf_append_str(lines, "the test was stopped before the end of the capture\n");
    if (result == TT_OK && quality->incomplete)
        result = tt_buf_append_str(lines, "there were more findings than are kept\n");
    return result;
}

/* May a finding of the entry fit, by what it is and whose? */
static bool entry_fits(const struct tt_clause *clause, const struct tt_identifier *entry)
{
    for (size_t i = 0; i < clause->when.count; i++) {
        const struct tt_condition *condition = &clause->when.items[i];
        const char *value = condition->field == TT_FIELD_KIND    ? tt_kind_name(entry->kind)
                            : condition->field == TT_FIELD_OWNER ? tt_owner_name(entry->owner)
                                                                 : NULL;
        if (value != NULL && tt_glob_any(condition->values, value) == condition->unwanted)
            return false;
    }
    return true;
}

/* What the sheet does not tell was not looked for. */
static enum tt_err say_sheet(struct tt_outcomes *outcomes, const struct tt_clause *clause)
{
    const struct tt_subject *subject = outcomes->config.subject;
    for (size_t i = 0; i < subject->identifier_count; i++)
        if ((outcomes->config.weak == NULL || !outcomes->config.weak[i]) &&
            entry_fits(clause, &subject->identifiers[i]))
            return TT_OK;
    return tt_buf_append_str(
        &outcomes->missing, "the subject sheet has no value of the kinds that it is about, or none "
                            "that proves anything\n");
}

/* A clause about a phase says nothing of a test that had none of that name. */
static enum tt_err say_phases(struct tt_outcomes *outcomes, const struct tt_clause *clause)
{
    const struct tt_timeline *timeline = outcomes->config.timeline;
    for (size_t i = 0; i < clause->when.count; i++) {
        const struct tt_condition *condition = &clause->when.items[i];
        if (condition->field != TT_FIELD_PHASE || condition->unwanted)
            continue;
        bool found = tt_glob_any(condition->values, "unknown");
        for (size_t k = 0; timeline != NULL && k < timeline->phase_count; k++)
            found = found || tt_glob_any(condition->values, timeline->phases[k].name);
        if (!found)
            return tt_buf_printf(&outcomes->missing, "no phase \"%s\": a timeline would tell it\n",
                                 condition->values.items[0]);
    }
    return TT_OK;
}

/* A clause about a state of consent says nothing of a test in which nobody's was in that state. One
 * that names `unknown` is about the test, and nothing is missing where all is known. */
static enum tt_err say_consents(struct tt_outcomes *outcomes, const struct tt_clause *clause)
{
    for (size_t i = 0; i < clause->when.count; i++) {
        const struct tt_condition *condition = &clause->when.items[i];
        if (condition->field != TT_FIELD_CONSENT || condition->unwanted)
            continue;
        bool found = tt_glob_any(condition->values, tt_consent_name(TT_CONSENT_UNKNOWN));
        for (unsigned state = 0; state < TT_CONSENT_UNKNOWN; state++)
            found =
                found || ((outcomes->consents >> state & 1) != 0 &&
                          tt_glob_any(condition->values, tt_consent_name((enum tt_consent)state)));
        if (!found)
            return tt_buf_printf(&outcomes->missing,
                                 "no consent was \"%s\" while a capture was recording: a timeline "
                                 "would tell it\n",
                                 condition->values.items[0]);
    }
    return TT_OK;
}

static enum tt_err say_excepted(struct tt_outcomes *outcomes, const struct tt_clause *clause,
                                const struct tally *tally)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; result == TT_OK && i < clause->exception_count; i++)
        if (tally->excepted[i] > 0)
            result = tt_buf_printf(&outcomes->excepted, "%" PRIu64 " %s: %s\n", tally->excepted[i],
                                   findings_word(tally->excepted[i]), clause->exceptions[i].reason);
    return result;
}

/* ---- telling ---- */

/* Reasons that count for the verdict whatever the policy says of unread bytes. */
static enum tt_err say_hard(struct tt_outcomes *outcomes, const struct tt_clause *clause,
                            const struct tally *tally)
{
    const struct tt_policy *policy = outcomes->config.policy;
    struct tt_buf *lines = &outcomes->missing;
    enum tt_err result = say_findings(outcomes, clause, tally);
    if (result == TT_OK)
        result = say_phases(outcomes, clause);
    if (result == TT_OK)
        result = tt_test_quality_unmet(&outcomes->quality, &policy->requires, lines);
    if (result == TT_OK)
        result = tt_test_quality_unmet(&outcomes->quality, &clause->requires, lines);
    return result;
}

static enum tt_err say_soft(struct tt_outcomes *outcomes, const struct tt_clause *clause,
                            const struct tally *tally)
{
    enum tt_err result = say_sheet(outcomes, clause);
    if (result == TT_OK)
        result = say_consents(outcomes, clause);
    if (result == TT_OK)
        result = say_unread(outcomes, tally);
    if (result == TT_OK)
        result = say_recording(outcomes);
    return result;
}

/* A list that is full ends where it is: there are reasons enough, and one there must be. */
static enum tt_err unless_full(struct tt_buf *lines, enum tt_err err)
{
    if (err == TT_ERR_LIMIT && lines->len == 0)
        return tt_buf_append_str(lines, "a reason that is too long to be told\n");
    return err == TT_ERR_LIMIT ? TT_OK : err;
}

static enum tt_err gather(struct tt_outcomes *outcomes, const struct tt_clause *clause,
                          const struct tally *tally, bool *ret_hard)
{
    struct tt_buf *lines = &outcomes->missing;
    tt_buf_clear(lines);
    tt_buf_clear(&outcomes->excepted);
    *ret_hard = false;
    enum tt_err result = unless_full(&outcomes->excepted, say_excepted(outcomes, clause, tally));
    if (clause->verdict == TT_VERDICT_ALLOWED || result != TT_OK)
        return result;
    result = unless_full(lines, say_hard(outcomes, clause, tally));
    *ret_hard = lines->len > 0;
    if (result == TT_OK)
        result = unless_full(lines, say_soft(outcomes, clause, tally));
    return result;
}

/* The lines as one text, without the last line's end. */
static enum tt_err text_of(struct tt_buf *lines, const char **ret_text)
{
    if (lines->len > 0 && lines->data[lines->len - 1] == '\n')
        lines->len--;
    enum tt_err result = TT_ERR_LIMIT;
    while (result == TT_ERR_LIMIT) {
        result = tt_buf_append_u8(lines, '\0');
        if (result == TT_ERR_LIMIT)
            lines->len--;
    }
    if (result == TT_OK)
        *ret_text = (const char *)lines->data;
    return result;
}

static enum tt_verdict settle(const struct tt_outcomes *outcomes, const struct tt_clause *clause,
                              const struct tally *tally, bool hard, const char **ret_outcome)
{
    if (clause->verdict == TT_VERDICT_ALLOWED) {
        *ret_outcome = "permits";
        return TT_VERDICT_ALLOWED;
    }
    if (clause->verdict == TT_VERDICT_VIOLATION && tally->proven > 0) {
        *ret_outcome = "violated";
        return TT_VERDICT_VIOLATION;
    }
    bool undecided = outcomes->missing.len > 0;
    *ret_outcome = undecided ? "undecided" : "holds";
    bool decides = hard || (undecided && outcomes->config.policy->unread_decides);
    return decides ? TT_VERDICT_UNDECIDED : TT_VERDICT_ALLOWED;
}

enum tt_err tt_outcomes_tell(struct tt_outcomes *outcomes,
                             enum tt_err (*row)(void *, const struct tt_case_clause *),
                             void *context, enum tt_verdict *ret_verdict)
{
    const struct tt_policy *policy = outcomes->config.policy;
    enum tt_err result = outcomes->failed;
    enum tt_verdict worst = *ret_verdict;
    outcomes->consents = tt_test_quality_consents(&outcomes->quality);
    for (size_t i = 0; result == TT_OK && i < policy->clause_count; i++) {
        const struct tt_clause *clause = &policy->clauses[i];
        const struct tally *tally = &outcomes->tallies[i];
        struct tt_case_clause told = {.id = clause->id,
                                      .text = clause->text,
                                      .citation = clause->citation,
                                      .verdict = tt_verdict_name(clause->verdict),
                                      .severity = tt_severities[clause->severity],
                                      .findings = tally->proven + tally->suspected};
        bool hard = false;
        result = gather(outcomes, clause, tally, &hard);
        enum tt_verdict verdict = settle(outcomes, clause, tally, hard, &told.outcome);
        worst = verdict > worst ? verdict : worst;
        if (result == TT_OK)
            result = text_of(&outcomes->missing, &told.missing);
        if (result == TT_OK)
            result = text_of(&outcomes->excepted, &told.excepted);
        if (result == TT_OK && row != NULL)
            result = row(context, &told);
    }
    if (result == TT_OK)
        *ret_verdict = worst;
    return result;
}
