/* The neighbours of a match: is it a number or word of its own, or a part of a longer one? */
#ifndef TT_IDENTIFY_EDGE_H
#define TT_IDENTIFY_EDGE_H

#include "identify/forms.h"

enum { TT_NEIGHBOURS_MAX = 8 }; /* hexadecimal digits of four bytes */

/* The bytes beside a match (`near` touches it) as far as there are any; `count` of them exist: as
 * many as tt_left_context or tt_right_context says. */
struct tt_neighbours {
    union {
        struct {
            uint8_t near;
            uint8_t far;
            uint8_t third;
            uint8_t fourth;
        };
        uint8_t all[TT_NEIGHBOURS_MAX];
    };
    uint8_t own; /* the outermost byte of the match itself; in UTF-16, of its ASCII half */
    unsigned count;
    bool framed; /* right side: tt_edge_framed of the left one */
};

/* True when the byte before the match counts its bytes, as in protobuf, CBOR, MessagePack, a
 * property list or an option of DHCP: what stands behind is not a part of it. Of a pattern in
 * letters of base64 or hexadecimal digits: the byte that they hold. */
bool tt_edge_framed(const struct tt_pattern *pattern, struct tt_neighbours before);

/* True when the pattern may begin behind, or end before, these bytes. Of a pattern in letters, what
 * they hold is judged like bytes that stand there. */
bool tt_edge_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before);
bool tt_edge_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind);

#endif
