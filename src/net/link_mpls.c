/* MPLS label stacks (RFC 3032) and the pseudowires behind them. Nothing in the packet tells what a
 * label carries: the first nibble tells IP from a control word (RFC 4385 section 3), the rest is
 * told by what fits. */
#include "net/link.h"

enum { LABEL_LEN = 4, CONTROL_WORD = 4, ETHERNET_HEADER = 14 };

/* Whether the frame at `at` is Ethernet with an EtherType that is read, or common: the sign of a
 * pseudowire. Lengths (802.3) must be those of the packet, but for padding. */
static bool is_ethernet(const struct tt_packet *packet, size_t at)
{
    enum { MULTICAST = 1, SHORTEST = 46 };
    struct tt_span frame = tt_span_from(packet->bytes, at);
    if (frame.len < ETHERNET_HEADER || (frame.data[6] & MULTICAST) != 0)
        return false; /* nobody sends from a group address */
    unsigned type = tt_be16(frame.data + 12);
    size_t payload = frame.len - ETHERNET_HEADER + packet->missing;
    if (type < TT_ETHERTYPE_MIN)
        return type >= 3 && type <= payload && (type == payload || payload <= SHORTEST + 4);
    return tt_link_knows(TT_SPACE_ETHERTYPE, type) &&
           tt_tunnel_fits(packet, at, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
}

/* Behind the label stack. IP addresses of an outer header are those of the flow until an inner one
 * has some. */
static void enter_payload(struct tt_net *net, struct tt_packet *packet, size_t at)
{
    const uint8_t *inside = packet->bytes.data + at;
    unsigned nibble = at < packet->bytes.len ? inside[0] >> 4 : 0;
    bool ip = nibble == 4 || nibble == 6;
    if (ip &&
        (tt_tunnel_fits(packet, at, TT_SPACE_LINK, TT_LINKTYPE_RAW) || !is_ethernet(packet, at)))
        tt_packet_enter(packet, at, TT_SPACE_ETHERTYPE,
                        nibble == 4 ? TT_ETHERTYPE_IPV4 : TT_ETHERTYPE_IPV6);
    else if (nibble == 0 && is_ethernet(packet, at + CONTROL_WORD))
        tt_link_enter_ethernet(packet, at + CONTROL_WORD);
    else if (is_ethernet(packet, at))
        tt_link_enter_ethernet(packet, at);
    else if (nibble == 0 &&
             tt_tunnel_fits(packet, at + CONTROL_WORD, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_enter(packet, at + CONTROL_WORD, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    else if (nibble == 0 && tt_link_is_ppp(packet, at + CONTROL_WORD))
        tt_packet_enter(packet, at + CONTROL_WORD, TT_SPACE_LINK, TT_LINKTYPE_PPP);
    else
        tt_link_hand_on(net, packet, at);
}

/* A label (20 bits), traffic class (3), bottom of stack (1), time to live (8); as many as it takes
 * to the bottom. */
void tt_read_mpls(struct tt_net *net, struct tt_packet *packet)
{
    enum { BOTTOM = 1 };
    size_t at = 0;
    bool bottom = false;
    while (!bottom && packet->bytes.len - at >= LABEL_LEN) {
        bottom = (packet->bytes.data[at + 2] & BOTTOM) != 0;
        at += LABEL_LEN;
    }
    if (bottom)
        enter_payload(net, packet, at);
    else
        tt_packet_spoil(net, packet, "mpls.stack", "an MPLS label stack without a bottom");
}
