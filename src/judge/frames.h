/* The frames of one finding: the first ones listed, all of them counted once each.
 *
 * A group of hits keeps up to TT_FINDING_FRAMES_KEPT different frames: the smallest
 * TT_FINDING_FRAMES_MAX, which are listed, and the largest, which tell whether a frame has been
 * counted before. Hits come nearly in the order of the frames, so the count is exact unless hits of
 * one frame lie more than about a thousand frames of the same finding apart; then it is too small,
 * never too large. */
#ifndef TT_JUDGE_FRAMES_H
#define TT_JUDGE_FRAMES_H

#include "base/err.h"
#include "base/span.h"

struct tt_frames {
    uint64_t *items; /* ascending */
    size_t count;    /* kept */
    size_t room;
    uint64_t total; /* all */
};

/* The first `count` to list; at most TT_FINDING_FRAMES_MAX. */
size_t tt_frames_listed(const struct tt_frames *frames);

TT_MUST_USE enum tt_err tt_frames_add(struct tt_frames *frames, uint64_t frame);

/* Adds all of `more`, each once. */
TT_MUST_USE enum tt_err tt_frames_merge(struct tt_frames *frames, const struct tt_frames *more);

void tt_frames_free(struct tt_frames *frames);

#endif
