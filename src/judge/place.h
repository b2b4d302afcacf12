/* From the ends of a flow and the direction of some bytes to what a finding says of them: where
 * they were heading and who the destination is. */
#ifndef TT_JUDGE_PLACE_H
#define TT_JUDGE_PLACE_H

#include "judge/device.h"
#include "judge/names.h"

/* Where bytes go that the address of an end does not tell. */
enum tt_onward {
    TT_ONWARD_NONE,    /* no farther than the addresses say */
    TT_ONWARD_RELAYED, /* it passes them on to the internet (enum tt_relay) */
    TT_ONWARD_OPEN     /* they are in no IP packet that could be read, and may lead anywhere */
};

/* The ends of a flow as groups and totals keep them. Compared as bytes: no padding. */
struct tt_ends {
    struct tt_addr addr[2]; /* initiator, responder; as tt_sides_addr gives them */
    uint16_t port[2];       /* of the initiator only when it looks like a service's, else 0 */
    uint8_t direction;      /* enum tt_direction */
    uint8_t at_device;      /* tt_flow.at_device */
    uint32_t capture;
    uint8_t onward; /* enum tt_onward */
    uint8_t unused[3];
};

/* Sets every byte of `*ret_ends`. Its `onward` is that of the flow itself: whoever knows that bytes
 * are relayed says so. */
void tt_ends_of(const struct tt_flow *flow, enum tt_direction direction, struct tt_ends *ret_ends);

/* The destination is the responder, since that is whom the device chose to talk to. Where the
 * device itself is the responder and sends, it is the initiator, and what the messages say of their
 * host does not name it. */
struct tt_place {
    enum tt_heading heading;
    enum tt_addr_scope scope;
    bool scope_open;   /* TT_ONWARD_OPEN: not less than `scope` */
    bool is_initiator; /* the destination is the flow's initiator */
    struct tt_addr addr;
    uint16_t port;
};

void tt_place_find(const struct tt_sides *sides, const struct tt_ends *ends,
                   struct tt_place *ret_place);

#endif
