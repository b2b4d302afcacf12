#include "judge/place.h"

void tt_ends_of(const struct tt_flow *flow, enum tt_direction direction, struct tt_ends *ret_ends)
{
    memset(ret_ends, 0, sizeof(*ret_ends));
    for (size_t i = 0; i < 2; i++)
        ret_ends->addr[i] = tt_sides_addr(&flow->ends[i]);
    ret_ends->port[1] = flow->ends[1].port;
    /* Of two ports the lower one is the service's; the other is a new one for each flow. */
    if (flow->ends[0].port < flow->ends[1].port)
        ret_ends->port[0] = flow->ends[0].port;
    ret_ends->direction = (uint8_t)direction;
    ret_ends->at_device = flow->at_device ? 1 : 0;
    ret_ends->capture = flow->capture;
}

static enum tt_heading heading_of(const struct tt_sides *sides, const struct tt_ends *ends)
{
    if (ends->at_device != 0)
        return ends->direction == TT_FROM_INITIATOR ? TT_HEADING_SENT : TT_HEADING_RECEIVED;
    if (!tt_sides_known(sides, ends->capture))
        return TT_HEADING_UNKNOWN;
    if (tt_sides_is_device(sides, ends->capture, ends->addr[ends->direction]))
        return TT_HEADING_SENT;
    if (tt_sides_is_device(sides, ends->capture, ends->addr[1 - ends->direction]))
        return TT_HEADING_RECEIVED;
    return TT_HEADING_BETWEEN;
}

/* What one end keeps on the link stays there, whatever the other end is. */
static enum tt_addr_scope scope_of(const struct tt_ends *ends)
{
    /* The record need not tell an address: the name in its URL then led somewhere. */
    if (ends->at_device != 0)
        return ends->addr[1].family == TT_ADDR_NONE ? TT_ADDR_SCOPE_INTERNET
                                                    : tt_addr_scope(ends->addr[1]);
    enum tt_addr_scope a = tt_addr_scope(ends->addr[0]);
    enum tt_addr_scope b = tt_addr_scope(ends->addr[1]);
    if (a == TT_ADDR_SCOPE_LINK || b == TT_ADDR_SCOPE_LINK)
        return TT_ADDR_SCOPE_LINK;
    return a > b ? a : b;
}

void tt_place_find(const struct tt_sides *sides, const struct tt_ends *ends,
                   struct tt_place *ret_place)
{
    enum tt_heading heading = heading_of(sides, ends);
    bool is_initiator = heading == TT_HEADING_SENT && ends->direction == TT_FROM_RESPONDER;
    *ret_place = (struct tt_place){.heading = heading,
                                   .scope = scope_of(ends),
                                   .is_initiator = is_initiator,
                                   .addr = ends->addr[is_initiator ? 0 : 1],
                                   .port = ends->port[is_initiator ? 0 : 1]};
}
