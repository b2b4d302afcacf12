/* What a policy holds: written by policy_read.c, asked by policy.c. Private to judge/. */
#ifndef TT_JUDGE_POLICY_DATA_H
#define TT_JUDGE_POLICY_DATA_H

#include "base/arena.h"
#include "judge/fields.h"
#include "judge/policy.h"

/* What a condition may look at. X(enum, name in policies) */
#define TT_POLICY_FIELDS(X)                                                                        \
    X(TT_FIELD_KIND, "kind")                                                                       \
    X(TT_FIELD_OWNER, "owner")                                                                     \
    X(TT_FIELD_FORM, "form")                                                                       \
    X(TT_FIELD_CERTAINTY, "certainty")                                                             \
    X(TT_FIELD_PROTOCOL, "protocol")                                                               \
    X(TT_FIELD_DIRECTION, "direction")                                                             \
    X(TT_FIELD_SCOPE, "scope")                                                                     \
    X(TT_FIELD_HOST, "host")                                                                       \
    X(TT_FIELD_COUNTRY, "country")                                                                 \
    X(TT_FIELD_APP, "app")                                                                         \
    X(TT_FIELD_ENCRYPTION, "encryption")                                                           \
    X(TT_FIELD_PHASE, "phase")                                                                     \
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

struct tt_clause {
    const char *id;
    const char *text;
    enum tt_verdict verdict;
    size_t severity; /* position in tt_severities */
    struct tt_condition *conditions;
    size_t condition_count;
};

struct tt_policy {
    struct tt_arena arena;
    const char *name;
    struct tt_clause *clauses;
    size_t clause_count;
};

/* "info", "low", "medium", "high". */
extern const char *const tt_severities[4];

/* Whether whoever carries the bytes can read them: nothing encrypts them, or a cipher that only
 * protects their integrity does (RFC 4785 and others: "NULL"; RFC 9150). */
bool tt_is_readable(const char *encryption, const char *cipher);

#endif
