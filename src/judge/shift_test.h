/* Does traffic follow events, or would it have come anyway? A permutation test over shifts.
 *
 * The null hypothesis is that traffic does not know of the events: then moving all events together
 * by any time (within a stretch around them, in which the traffic's habits stay the same) is as
 * likely as what happened. All events move together, so that regular beacons, bursts and events at
 * regular intervals stay what they are. The score of a target is Fisher's: the sum, over the
 * events, of -log of how often one waits no longer than this for its next sighting. What is
 * compared is, for each shift, the best score of all targets (Westfall and Young 1993, the
 * single-step maxT procedure), so a chance holds for all targets of an event together.
 * docs/events.md tells why, and how it was calibrated.
 *
 * All shifts of a grid are tried: there is no sampling. Only where the grid lies around zero is
 * drawn, from the seed, since a grid that always has zero in its middle is not exact. */
#ifndef TT_JUDGE_SHIFT_TEST_H
#define TT_JUDGE_SHIFT_TEST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times, ns, ascending. */
struct tt_series {
    const uint64_t *times;
    size_t count;
};

/* Of time that was captured; ascending and apart from each other. */
struct tt_stretch {
    uint64_t from;
    uint64_t to;
};

struct tt_shift_question {
    const uint64_t *events; /* ascending; each begins a window */
    size_t event_count;
    uint64_t window; /* ns, not 0 */
    const struct tt_stretch *seen;
    size_t seen_count;
    uint64_t seed;
};

struct tt_shift_target {
    /* One series for each event where `per_event`, else one for all. */
    const struct tt_series *series;
    bool per_event;
    /* What comes out: */
    uint32_t followed; /* events in whose window the target was seen */
    uint32_t controls; /* windows near the events that lie in no event's window */
    uint32_t controls_followed;
    uint64_t delay; /* median of those that followed, from the window's begin */
    uint64_t score; /* thousandths of a nat */
    double chance;  /* that unrelated traffic has a target with such a score; 1 for score 0, and
                       where  the events can be moved by less than ten windows */
};

/* How far events are moved at most, both sides together; less where the capture is short. */
uint64_t tt_shift_range(uint64_t window);

/* Fills the results of all targets. Windows that leave what was captured count as if they had come
 * out as the event's own: what was not seen makes no chance smaller. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_shift_test(const struct tt_shift_question *question,
                                      struct tt_shift_target *targets, size_t count);

#endif
