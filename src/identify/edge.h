/* The neighbours of a match: is it a number or word of its own, or a part of a longer one? */
#ifndef TT_IDENTIFY_EDGE_H
#define TT_IDENTIFY_EDGE_H

#include "identify/forms.h"

enum { TT_NEIGHBOURS_MAX = 8 }; /* hexadecimal digits of four bytes */

/* What the byte before a match says of it. */
enum tt_framing {
    TT_UNFRAMED,
    TT_FRAMED,        /* it counts the bytes of the match */
    TT_FRAMED_BY_TAB, /* likewise, behind what may be the tag of a field in protobuf: if the next
                         field follows */
    TT_IN_LONGER      /* it may count more bytes than the match has */
};

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
    enum tt_framing framing; /* right side: tt_edge_framing of the left one */
};

/* Does the byte before the match count its bytes, as in protobuf, CBOR, MessagePack, a property
 * list or an option of DHCP? What stands behind is not a part of it then. Of a pattern in letters
 * of base64 or hexadecimal digits: the byte that they hold. */
enum tt_framing tt_edge_framing(const struct tt_pattern *pattern, struct tt_neighbours before);

/* True when the pattern may begin behind, or end before, these bytes. Of a pattern in letters, what
 * they hold is judged like bytes that stand there. */
bool tt_edge_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before);
bool tt_edge_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind);

#endif
