/* Two tests of one device held against each other: rows of two cases in, rows out. docs/compare.md
 * says how each word is earned; "gone" is never said of tests that are not alike. */
#ifndef TT_JUDGE_COMPARE_H
#define TT_JUDGE_COMPARE_H

#include "base/arena.h"
#include "model/case.h"
#include "model/comparison.h"

struct tt_compare;

/* Walks both cases. The result is told by tt_compare_result and freed by tt_compare_free. An error
 * of a walk is passed on, with `*ret_failed` (0: before, 1: after) saying whose it was. */
TT_MUST_USE enum tt_err tt_compare_run(const struct tt_case_view *before,
                                       const struct tt_case_view *after,
                                       struct tt_compare **ret_compare, int *ret_failed);

/* Borrowed until tt_compare_free. */
const struct tt_comparison *tt_compare_result(const struct tt_compare *compare);

void tt_compare_free(struct tt_compare *compare);

#endif
