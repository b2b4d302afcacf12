/* What a policy holds: written by policy_read.c and policy_clause.c, asked by policy.c,
 * policy_match.c and outcome.c. Private to judge/. */
#ifndef TT_JUDGE_POLICY_DATA_H
#define TT_JUDGE_POLICY_DATA_H

#include "base/arena.h"
#include "judge/fields.h"
#include "judge/policy.h"
#include "judge/residency_data.h"

/* What a condition may look at. X(enum, name in policies) */
#define TT_POLICY_FIELDS(X)                                                                        \
    X(TT_FIELD_KIND, "kind")                                                                       \
    X(TT_FIELD_OWNER, "owner")                                                                     \
    X(TT_FIELD_FORM, "form")                                                                       \
    X(TT_FIELD_PROOF, "proof")                                                                     \
    X(TT_FIELD_PROTOCOL, "protocol")                                                               \
    X(TT_FIELD_DIRECTION, "direction")                                                             \
    X(TT_FIELD_SCOPE, "scope")                                                                     \
    X(TT_FIELD_HOST, "host")                                                                       \
    X(TT_FIELD_DOMAIN, "domain")                                                                   \
    X(TT_FIELD_ORGANISATION, "organisation")                                                       \
    X(TT_FIELD_PARTY, "party")                                                                     \
    X(TT_FIELD_COUNTRY, "country")                                                                 \
    X(TT_FIELD_APP, "app")                                                                         \
    X(TT_FIELD_ENCRYPTION, "encryption")                                                           \
    X(TT_FIELD_PHASE, "phase")                                                                     \
    X(TT_FIELD_PURPOSE, "purpose")                                                                 \
    X(TT_FIELD_CONSENT, "consent")

enum tt_policy_field {
#define TT_POLICY_FIELD_ENUM(id, name) id,
    TT_POLICY_FIELDS(TT_POLICY_FIELD_ENUM)
#undef TT_POLICY_FIELD_ENUM
        TT_FIELD_COUNT
};

struct tt_condition {
    enum tt_policy_field field;
    bool unwanted; /* stands under `not` */
    struct tt_words values;
};

struct tt_conditions {
    struct tt_condition *items;
    size_t count;
};

struct tt_exception {
    const char *reason;
    struct tt_conditions when;
};

struct tt_needed_event {
    const char *what;
    uint64_t times;
};

/* What a test must have been like for a clause to hold. */
struct tt_requires {
    struct tt_words phases;
    struct tt_needed_event *events;
    size_t event_count;
    double readable;   /* of what the device sent to the internet, in percent; 0: any */
    uint64_t duration; /* ns; 0: any */
    bool no_drops;
};

struct tt_clause {
    const char *id;
    const char *text;
    const char *citation; /* or NULL */
    enum tt_verdict verdict;
    size_t severity; /* position in tt_severities */
    struct tt_conditions when;
    struct tt_exception *exceptions;
    size_t exception_count;
    struct tt_requires requires;
};

struct tt_named_hosts {
    const char *name;
    struct tt_words hosts;
};

struct tt_policy {
    struct tt_arena arena;
    const char *name;
    const char *text; /* what it is about, or NULL */
    struct tt_clause *clauses;
    size_t clause_count;
    struct tt_requires requires; /* of every clause */
    bool unread_decides;         /* `unread: undecided` */
    bool has_parties;
    struct tt_words first; /* hosts of the first party */
    struct tt_words third; /* of third ones; none: all others that have a name */
    struct tt_named_hosts *organisations;
    size_t organisation_count;
    struct tt_residency_entries residency;
};

/* "info", "low", "medium", "high". */
extern const char *const tt_severities[4];

/* The name of a field in policies. */
const char *tt_policy_field_name(enum tt_policy_field field);

/* Whether whoever carries the bytes can read them: nothing encrypts them, or a cipher that only
 * protects their integrity does (RFC 4785 and others: "NULL"; RFC 9150). */
bool tt_is_readable(const char *encryption, const char *cipher);

/* Reads one entry of `clauses:` (policy_clause.c). */
TT_MUST_USE enum tt_err tt_clause_read(const struct tt_fields *fields,
                                       const struct tt_policy *policy,
                                       const struct tt_yaml_node *entry, struct tt_clause *clause);

/* Reads a `requires:` of the policy or a clause (policy_requires.c); `node` may be NULL. */
TT_MUST_USE enum tt_err tt_requires_read(const struct tt_fields *fields,
                                         const struct tt_yaml_node *node,
                                         struct tt_requires *requires);

#endif
