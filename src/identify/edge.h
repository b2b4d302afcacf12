/* The neighbours of a match: is it a number or word of its own, or a part of a longer one? */
#ifndef TT_IDENTIFY_EDGE_H
#define TT_IDENTIFY_EDGE_H

#include "identify/forms.h"

/* Two bytes (`near` touches the match) as far as there are any; `count` of them exist. */
struct tt_neighbours {
    uint8_t near;
    uint8_t far;
    uint8_t third; /* left side only */
    uint8_t own;   /* the outermost byte of the match itself; in UTF-16, of its ASCII half */
    unsigned count;
};

/* True when the pattern may begin behind, or end before, these bytes. */
bool tt_edge_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before);
bool tt_edge_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind);

#endif
