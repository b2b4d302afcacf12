/* Findings of one identifier at one destination, added up for one test of a comparison. */
#ifndef TT_JUDGE_COMPARE_SIDE_H
#define TT_JUDGE_COMPARE_SIDE_H

#include "base/arena.h"
#include "base/err.h"
#include "model/comparison.h"

/* Adds a finding; texts are copied into `arena`. Ways and places beyond what a side lists are left
 * out. TT_ERR_LIMIT when the arena is full. */
TT_MUST_USE enum tt_err tt_compare_add(struct tt_comparison_side *side,
                                       const struct tt_finding *finding, struct tt_arena *arena);

/* The changes between two sides that were both seen, the host apart, as 1 << enum tt_change. */
uint32_t tt_compare_sides(const struct tt_comparison_side *before,
                          const struct tt_comparison_side *after);

#endif
