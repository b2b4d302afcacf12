#include "judge/place.h"

/* What is known to stay on the link: protocols that nobody forwards, each read or searched as it
 * stands, and what is for a group of the link. What else no IP packet carried may have an IP packet
 * inside: a link type that is not known, a network protocol, ciphertext of 802.11. */
static bool stays_on_link(const struct tt_flow *flow)
{
    static const uint16_t kinds[] = {
        0x0806, /* ARP */
        0x8035, /* RARP */
        0x0842, /* Wake on LAN */
        0x22ea, /* stream reservation */
        0x8808, /* MAC control: pause */
        0x8809, /* slow protocols: LACP, OAM */
        0x8863, /* PPPoE discovery */
        0x888e, /* EAPOL */
        0x88c7, /* its preauthentication */
        0x887b, /* HomePlug 1.0 */
        0x8899, /* Realtek: loop detection */
        0x890d, /* 802.11r */
        0x88cc, /* LLDP */
        0x88d9, /* LLTD */
        0x88f5, /* MVRP */
        0x88f6, /* MMRP */
        0x88f7, /* PTP */
        0x8902, /* connectivity fault management */
        0x8912, /* HomePlug */
        0x88e1, /* HomePlug AV */
        0x893a, /* IEEE 1905.1 */
        0x9000, /* loopback test */
        0xc021, /* PPP: LCP */
        0xc023, /* PAP */
        0xc223, /* CHAP */
        0x8021, /* IPCP */
        0x8057, /* IPv6CP */
        0x80fd  /* CCP */
    };
    if (tt_link_is_wlan_management(flow->kind))
        return true;
    for (size_t i = 0; i < TT_ARRAY_LEN(kinds); i++)
        if (flow->kind == kinds[i])
            return true;
    /* A group's frames are bridged and not routed; LLC without SNAP carries no IP. */
    const struct tt_addr *to = &flow->ends[1].addr;
    if (to->family == TT_ADDR_MAC)
        return (to->bytes[0] & 1) != 0 || flow->kind == TT_LINK_FRAME;
    return false;
}

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
    if (flow->transport == TT_TRANSPORT_LINK && !stays_on_link(flow))
        ret_ends->onward = TT_ONWARD_OPEN;
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
    if (ends->onward == TT_ONWARD_RELAYED)
        return TT_ADDR_SCOPE_INTERNET;
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
                                   .scope_open = ends->onward == TT_ONWARD_OPEN,
                                   .is_initiator = is_initiator,
                                   .addr = ends->addr[is_initiator ? 0 : 1],
                                   .port = ends->port[is_initiator ? 0 : 1]};
}
