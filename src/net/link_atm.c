/* ATM: AAL5 packets as their encapsulations leave them (RFC 2684, RFC 2225, RFC 2364). */
#include "net/link.h"

enum { LLC_HEADER = 3, UNNUMBERED = 0x03 };

/* RFC 2684 leaves open which of its two methods a circuit has: LLC is told by its control byte;
 * without LLC the circuit itself names the protocol, so what fits is believed. Cisco had network
 * layer identifiers behind a control byte. */
void tt_read_atm(struct tt_net *net, struct tt_packet *packet)
{
    enum { BRIDGED_PAD = 2 };
    const uint8_t *header = packet->bytes.data;
    size_t len = packet->bytes.len;
    if (len >= LLC_HEADER && header[0] == header[1] && header[2] == UNNUMBERED)
        tt_packet_enter(packet, 0, TT_SPACE_LLC, 0);
    else if (tt_tunnel_fits(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    else if (len >= 2 && header[0] == UNNUMBERED && tt_link_knows(TT_SPACE_NLPID, header[1]))
        tt_packet_enter(packet, 2, TT_SPACE_NLPID, header[1]);
    else if (len >= BRIDGED_PAD && tt_be16(header) == 0 &&
             tt_tunnel_fits_tightly(packet, BRIDGED_PAD, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET))
        tt_link_enter_ethernet(packet, BRIDGED_PAD);
    else if (tt_link_is_ppp(packet, 0))
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_PPP);
    else
        tt_link_hand_on(net, packet, 0);
}

/* Classical IP over ATM of Linux: RFC 2225 LLC, or IP alone. */
void tt_read_atm_clip(struct tt_net *net, struct tt_packet *packet)
{
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03};
    (void)net;
    if (tt_span_starts(packet->bytes, tt_span_of(snap, sizeof(snap))))
        tt_packet_enter(packet, 0, TT_SPACE_LLC, 0);
    else
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW);
}

/* LINKTYPE_SUNATM: flags (0x80: direction, low four bits: kind), path, circuit (2). */
void tt_read_sunatm(struct tt_net *net, struct tt_packet *packet)
{
    enum {
        SUNATM_HEADER = 4,
        KIND = 0x0f,
        LANE = 1,
        LLC = 2,
        LANE_HEADER = 2,
        LANE_CONTROL = 0xff00
    };
    const uint8_t *header = packet->bytes.data;
    if (!tt_link_has(net, packet, SUNATM_HEADER, "atm.short", "a frame too short for SunATM"))
        return;
    unsigned kind = header[0] & KIND;
    if (kind == LLC)
        tt_packet_enter(packet, SUNATM_HEADER, TT_SPACE_LINK, TT_LINKTYPE_ATM);
    else if (kind == LANE && packet->bytes.len >= SUNATM_HEADER + LANE_HEADER &&
             tt_be16(header + SUNATM_HEADER) != LANE_CONTROL)
        tt_link_enter_ethernet(packet, SUNATM_HEADER + LANE_HEADER);
    else
        tt_link_hand_on(net, packet, SUNATM_HEADER);
}
