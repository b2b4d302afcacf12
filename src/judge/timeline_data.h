/* What a timeline holds: written by timeline_read.c, asked by timeline.c. Private to judge/. */
#ifndef TT_JUDGE_TIMELINE_DATA_H
#define TT_JUDGE_TIMELINE_DATA_H

#include "base/arena.h"
#include "judge/fields.h"
#include "judge/timeline.h"
#include "model/limits.h"

struct tt_timeline_phase {
    const char *name;
    const char *from_text;
    bool in_capture; /* told by a comment: from_text is of the capture's clock, too */
    uint64_t from;   /* as all times here: of the capture's clock */
};

struct tt_timeline_state {
    uint64_t at;
    enum tt_consent consent;
};

struct tt_timeline_purpose {
    const char *name;
    struct tt_words hosts; /* an empty list: all */
    struct tt_words apps;
    struct tt_words kinds;
    uint64_t kind_set;
    struct tt_timeline_state *states; /* in the order of time */
    size_t state_count;
};

struct tt_timeline_consent {
    const char *at_text;
    uint64_t at;
    size_t purpose;
    enum tt_consent consent;
};

struct tt_timeline_event {
    const char *at_text;
    const char *what;
    const char *subject; /* or NULL */
    bool in_capture;     /* told by a comment: at_text is of the capture's clock, too */
    uint64_t at;
    uint64_t uncertainty; /* none of what a capture says: that is its own clock */
};

struct tt_timeline {
    struct tt_arena arena;
    const char *offset_text;
    const char *uncertainty_text;
    int64_t offset; /* ns, added to a time of the file */
    uint64_t uncertainty;
    const char *window_text;
    uint64_t window; /* that an event begins */
    struct tt_timeline_phase *phases;
    size_t phase_count;
    size_t phase_room; /* of what is told later: timeline_told.c */
    struct tt_timeline_purpose *purposes;
    size_t purpose_count;
    struct tt_timeline_consent *consents;
    size_t consent_count;
    struct tt_timeline_event *events;
    size_t event_count;
    size_t event_room;
    uint64_t *changes; /* where epochs begin, ascending */
    size_t change_count;
    size_t change_room;
    bool was_told; /* something that `json` lacks */
    struct tt_buf json;
};

/* Times saturate, so that an offset or an uncertainty cannot wrap them. */
static inline uint64_t tt_time_add(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static inline uint64_t tt_time_subtract(uint64_t a, uint64_t b)
{
    return b > a ? 0 : a - b;
}

/* An empty one without JSON, for timeline_read.c. NULL without memory. */
struct tt_timeline *tt_timeline_make(void);

/* Renders timeline->json. */
TT_MUST_USE enum tt_err tt_timeline_write(struct tt_timeline *timeline);

#endif
