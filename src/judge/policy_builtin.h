/* The policies that the program carries, by name. They are policy files like any other
 * (policies/), installed as files too, so that they can be read, copied and changed. */
#ifndef TT_JUDGE_POLICY_BUILTIN_H
#define TT_JUDGE_POLICY_BUILTIN_H

#include "base/span.h"

struct tt_builtin_policy {
    const char *name;
    struct tt_span text;
};

/* Number `at`, NULL past the last. "default" is the first. */
const struct tt_builtin_policy *tt_policy_builtin_at(size_t at);

/* By its name, or NULL. */
const struct tt_builtin_policy *tt_policy_builtin_find(const char *name);

#endif
