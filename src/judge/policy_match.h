/* Conditions of a policy held against a finding, and against bytes that nobody could read. */
#ifndef TT_JUDGE_POLICY_MATCH_H
#define TT_JUDGE_POLICY_MATCH_H

#include "judge/policy_data.h"
#include "judge/timeline.h"
#include "model/note.h"

/* Whether conditions fit. Maybe: a field that they ask about is not known, and they do not say what
 * is to follow from that (by the value `unknown`). */
enum tt_fit { TT_FIT_NO, TT_FIT_MAYBE, TT_FIT_YES };

/* Bytes between the device and one destination, as far as they are known without being read. */
struct tt_unread {
    enum tt_heading heading;
    enum tt_addr_scope scope;
    bool scope_open;  /* tt_place.scope_open */
    const char *host; /* here and below: or NULL */
    const char *domain;
    const char *organisation;
    enum tt_party party;
    const char *country;
    const char *protocol;
    uint64_t framing; /* tt_ledger_part.framing */
    const struct tt_timeline *timeline;
    uint64_t times[TT_UNREAD_TIMES_MAX]; /* one for each stretch of the timeline they lie in */
    size_t time_count;
    unsigned consents; /* bits: states that their owner's data may have had then */
};

/* As a verdict is given: a field that is not known has the value `unknown`, so what stands under
 * `not` holds for it. */
bool tt_conditions_hold(const struct tt_conditions *conditions, const struct tt_finding *finding);

/* As an outcome is given. `*ret_field` is the first field that is not known, set for maybe. */
enum tt_fit tt_conditions_fit(const struct tt_conditions *conditions,
                              const struct tt_finding *finding, enum tt_policy_field *ret_field);

/* Whether bytes that ended in `bucket` (opaque, encrypted or lost) may hold a finding that fits.
 * Whose data they are, in which form and for what is never known. */
enum tt_fit tt_conditions_fit_unread(const struct tt_conditions *conditions,
                                     const struct tt_unread *unread, enum tt_bucket bucket);

/* What a clause says of a finding. */
struct tt_ruling {
    enum tt_fit fit; /* of its conditions, after its exceptions */
    bool accuses;    /* its verdict is given */
    bool perhaps_excepted;
    enum tt_verdict verdict;    /* never a violation for maybe: nobody is accused of that */
    enum tt_policy_field field; /* not known, for maybe */
    const struct tt_exception *exception; /* that was used, or NULL */
};
struct tt_ruling tt_clause_rule(const struct tt_clause *clause, const struct tt_finding *finding);

#endif
