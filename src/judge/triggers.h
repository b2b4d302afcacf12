/* Events of the timeline held against what left: one kind of event after the other, each with all
 * values and destinations that were seen near its repetitions (shift_test.h). docs/events.md. */
#ifndef TT_JUDGE_TRIGGERS_H
#define TT_JUDGE_TRIGGERS_H

#include "judge/sightings.h"
#include "judge/timeline.h"
#include "model/trigger.h"

struct tt_trigger_question {
    const struct tt_timeline *timeline;
    const struct tt_subject *subject;
    const struct tt_sightings *sightings; /* settled */
    const struct tt_stretch *seen;
    size_t seen_count;
};

/* Hands one row or more for each kind of event to `row`, kinds in the order of their first event,
 * of each the least chance first. `*ret_complete` is false where a limit was reached: kinds, events
 * or targets are missing. Its error ends the walk and is passed on. */
TT_MUST_USE enum tt_err tt_triggers_tell(const struct tt_trigger_question *question,
                                         enum tt_err (*row)(void *, const struct tt_trigger *),
                                         void *context, bool *ret_complete);

#endif
