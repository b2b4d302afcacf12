/* tt_trigger: what left after the events of one kind. Made by judge/, kept by store/, read back by
 * report/. docs/events.md says how it is tested. */
#ifndef TT_MODEL_TRIGGER_H
#define TT_MODEL_TRIGGER_H

#include "base/addr.h"

#include <stdbool.h>

/* X(enum, name) */
#define TT_TRIGGER_OUTCOMES(X)                                                                     \
    X(TT_TRIGGER_TRIGGERED, "triggered")   /* it would hardly have come anyway */                  \
    X(TT_TRIGGER_UNCLEAR, "unclear")       /* it came, and may have come anyway */                 \
    X(TT_TRIGGER_NOTHING, "nothing")       /* nothing left within the windows */                   \
    X(TT_TRIGGER_CLOCK, "clock_uncertain") /* too much so for this window: nothing is claimed */   \
    X(TT_TRIGGER_NOT_CAPTURED, "not_captured") /* no event lies within the captures */

enum tt_trigger_outcome {
#define TT_TRIGGER_ENUM(id, name) id,
    TT_TRIGGER_OUTCOMES(TT_TRIGGER_ENUM)
#undef TT_TRIGGER_ENUM
        TT_TRIGGER_OUTCOME_COUNT
};

/* What is taken for triggered: a chance below this for all kinds of events together, and so many
 * repetitions that were followed. */
#define TT_TRIGGER_CHANCE_MAX 0.01
enum { TT_TRIGGER_FOLLOWED_MIN = 3 };

/* One value to one destination, or all that was sent to one destination, read or not. */
struct tt_trigger {
    const char *what; /* the kind of event */
    enum tt_trigger_outcome outcome;
    const char *kind; /* of the identifier; NULL: contacts with the destination, and below */
    const char *owner;
    const char *label;   /* "contacts[*].phone_number" where it is each event's own */
    const char *masked;  /* NULL where it is each event's own */
    uint32_t identifier; /* position in the subject; UINT32_MAX: none, or each event's own */
    bool own;            /* the values belong to the subjects of the events */
    const char *host;    /* or NULL */
    struct tt_addr address;
    uint64_t window;      /* ns; the clock's uncertainty is added on both sides */
    uint64_t uncertainty; /* ns */
    uint64_t told;        /* events in the timeline */
    uint64_t repetitions; /* of them within the captures */
    uint64_t followed;    /* of these, by this */
    uint64_t controls;    /* windows without an event, near the events */
    uint64_t controls_followed;
    uint64_t
        delay; /* ns from event to sighting, the median; with uncertainty, by the clock's word */
    uint64_t bytes;  /* sent to the destination in contacts that began within the windows */
    uint64_t unread; /* of these, encrypted or not understood: by the share of the connections */
    double chance;   /* that it came without any regard to the events; 1 where nothing is claimed */
};

/* Was the kind of event of such a row held against what left? */
bool tt_trigger_is_judged(enum tt_trigger_outcome outcome);

/* The chance that any of `kinds` kinds of events, all of which were judged, has such a chance
 * (Bonferroni): at most 1. */
double tt_trigger_chance_all(double chance, uint64_t kinds);

/* "triggered". Never NULL. */
const char *tt_trigger_outcome_name(enum tt_trigger_outcome outcome);

#endif
