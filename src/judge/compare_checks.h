/* The comparability statement: whether two tests are alike enough to say that something is gone, or
 * new. docs/compare.md has the table. */
#ifndef TT_JUDGE_COMPARE_CHECKS_H
#define TT_JUDGE_COMPARE_CHECKS_H

#include "judge/compare_case.h"
#include "model/comparison.h"

/* Fills checks, for_gone and for_new. Texts are made in `arena`. */
TT_MUST_USE enum tt_err tt_compare_check(const struct tt_compare_case *before,
                                         const struct tt_compare_case *after,
                                         struct tt_arena *arena, struct tt_comparison *comparison);

/* The reasons of the checks that do not suffice for `for_gone`, or else for new, in one text; NULL
 * for none, or without memory. */
const char *tt_compare_reasons(const struct tt_comparison *comparison, bool for_gone,
                               struct tt_arena *arena);

#endif
