/* Linux "cooked" captures: what the kernel knew of a packet in place of its link header.
 * https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and LINKTYPE_LINUX_SLL2.html */
#include "net/link.h"

enum { MAC_LEN = 6, COOKED_HEADER = 16, COOKED2_HEADER = 20 };

/* ARPHRD_ types (linux/if_arp.h) whose protocol field does not tell what follows. */
enum arphrd {
    ARPHRD_PPP = 512,
    ARPHRD_RAWIP = 519,
    ARPHRD_FRAD = 770,
    ARPHRD_SIT = 776,
    ARPHRD_80211 = 801,
    ARPHRD_PRISM = 802,
    ARPHRD_RADIOTAP = 803,
    ARPHRD_NETLINK = 824,
    ARPHRD_NONE = 65534
};

/* ETH_P_ values that are no EtherTypes (linux/if_ether.h). */
enum eth_p { ETH_P_802_2 = 0x0004, ETH_P_SNAP = 0x0005, ETH_P_PPP_MP = 0x0008 };

/* The link type that stands behind the header, or 0: then the protocol field tells. */
static uint32_t link_of(uint16_t arphrd)
{
    switch (arphrd) {
    case ARPHRD_FRAD:
        return TT_LINKTYPE_FRELAY;
    case ARPHRD_80211:
        return TT_LINKTYPE_IEEE802_11;
    case ARPHRD_PRISM:
        return TT_LINKTYPE_PRISM;
    case ARPHRD_RADIOTAP:
        return TT_LINKTYPE_RADIOTAP;
    default:
        return 0;
    }
}

static bool may_be_bare_ip(uint16_t arphrd)
{
    return arphrd == ARPHRD_NONE || arphrd == ARPHRD_RAWIP || arphrd == ARPHRD_PPP ||
           arphrd == ARPHRD_SIT;
}

static void enter_cooked(struct tt_net *net, struct tt_packet *packet, size_t header,
                         uint16_t arphrd, uint16_t protocol, struct tt_span addr)
{
    if (addr.len == MAC_LEN)
        packet->mac[0] = tt_link_mac(addr.data);
    uint32_t link = link_of(arphrd);
    if (arphrd == ARPHRD_NETLINK)
        tt_link_hand_on(net, packet, header);
    else if (link != 0)
        tt_packet_enter(packet, header, TT_SPACE_LINK, link);
    else if (protocol >= TT_ETHERTYPE_MIN)
        tt_packet_enter(packet, header, TT_SPACE_ETHERTYPE, protocol);
    else if (protocol == ETH_P_802_2)
        tt_packet_enter(packet, header, TT_SPACE_LLC, 0);
    else if (protocol == ETH_P_SNAP)
        tt_packet_enter(packet, header, TT_SPACE_NLPID, 0x80);
    else if (protocol == ETH_P_PPP_MP)
        tt_packet_enter(packet, header, TT_SPACE_LINK, TT_LINKTYPE_PPP);
    else if (may_be_bare_ip(arphrd) &&
             tt_tunnel_fits(packet, header, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_enter(packet, header, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    else
        tt_link_hand_on(net, packet, header);
}

/* LINKTYPE_LINUX_SLL: packet type, ARPHRD_ type, address length, address (8), protocol. */
void tt_read_linux_cooked(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (tt_link_has(net, packet, COOKED_HEADER, "cooked.short",
                    "a frame too short for a Linux cooked header"))
        enter_cooked(net, packet, COOKED_HEADER, tt_be16(header + 2), tt_be16(header + 14),
                     tt_span_of(header + 6, tt_be16(header + 4)));
}

/* LINKTYPE_LINUX_SLL2: protocol, reserved (2), interface (4), ARPHRD_ type, packet type (1),
 * address length (1), address (8). */
void tt_read_linux_cooked2(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (tt_link_has(net, packet, COOKED2_HEADER, "cooked.short",
                    "a frame too short for a Linux cooked header"))
        enter_cooked(net, packet, COOKED2_HEADER, tt_be16(header + 8), tt_be16(header),
                     tt_span_of(header + 12, header[11]));
}
