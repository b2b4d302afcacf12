/* IEEE 802.2: logical link control, SNAP, and the identifiers of OSI network layers. */
#include "net/link.h"

enum { LLC_HEADER = 3, SNAP_HEADER = 5, UNNUMBERED = 0x03 };

/* IEEE 802.3 section 3.2.6: a length of what follows, in place of an EtherType. */
void tt_read_8023(struct tt_net *net, struct tt_packet *packet)
{
    tt_link_limit(net, packet, packet->number, "ethernet.length");
    tt_packet_enter(packet, 0, TT_SPACE_LLC, 0);
}

/* The protocols of the IEEE 802.1 organisation are whole frames of other links (RFC 2427 section
 * 4.2, RFC 2684 section 5.2). LLC is found in front of them on ATM, which pads them. */
static void enter_bridged(struct tt_net *net, struct tt_packet *packet, size_t header,
                          unsigned protocol, size_t pad)
{
    enum { FCS = 4 };
    switch (protocol) {
    case 0x0001: /* Ethernet with its checksum */
    case 0x0007:
        if (packet->bytes.len < header + pad + (protocol == 0x0001 ? FCS : 0U))
            break;
        if (protocol == 0x0001)
            tt_link_trim(packet, FCS);
        tt_link_enter_ethernet(packet, header + pad);
        return;
    case 0x0003: /* Token Ring */
    case 0x0009:
        if (packet->bytes.len < header + pad)
            break;
        tt_packet_enter(packet, header + pad, TT_SPACE_LINK, TT_LINKTYPE_TOKEN_RING);
        return;
    case 0x0004: /* FDDI */
    case 0x000a:
        pad = pad == 0 ? 0 : 3;
        if (packet->bytes.len < header + pad)
            break;
        tt_packet_enter(packet, header + pad, TT_SPACE_LINK, TT_LINKTYPE_FDDI);
        return;
    default:
        break;
    }
    tt_link_hand_on(net, packet, header);
}

/* IEEE 802 section 9: an organisation of 3 bytes, a protocol of 2 that it assigns; they end at
 * `header`, which the packet has. */
static void enter_snap(struct tt_net *net, struct tt_packet *packet, size_t header, size_t pad)
{
    const uint8_t *snap = packet->bytes.data + header - SNAP_HEADER;
    uint32_t organisation = tt_be32(snap) >> 8;
    unsigned protocol = tt_be16(snap + 3);
    switch (organisation) {
    case 0x000000: /* RFC 1042 */
    case 0x0000f8: /* IEEE 802.1H: the same, bridged */
    case 0x080007: /* Apple assigns EtherTypes too */
        tt_link_enter_type(net, packet, header, protocol);
        break;
    case 0x0080c2: /* IEEE 802.1 */
        enter_bridged(net, packet, header, protocol, pad);
        break;
    default: /* CDP, VTP, DTP of Cisco and the like */
        tt_link_hand_on(net, packet, header);
        break;
    }
}

/* Destination, source, control. Only SNAP, IP and OSI lead further; the rest is the payload of kind
 * 0, LLC included: spanning tree, IPX, NetBIOS. */
void tt_read_llc(struct tt_net *net, struct tt_packet *packet)
{
    enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, SAP_OSI = 0xfe, ETHERNET_PAD = 2 };
    const uint8_t *header = packet->bytes.data;
    size_t len = packet->bytes.len;
    bool plain = len >= LLC_HEADER && header[0] == header[1] && header[2] == UNNUMBERED;
    if (plain && header[0] == SAP_SNAP && len >= LLC_HEADER + SNAP_HEADER)
        enter_snap(net, packet, LLC_HEADER + SNAP_HEADER, ETHERNET_PAD);
    else if (plain && header[0] == SAP_IP)
        tt_packet_enter(packet, LLC_HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV4);
    else if (plain && header[0] == SAP_OSI && len > LLC_HEADER)
        tt_packet_enter(packet, LLC_HEADER + 1, TT_SPACE_NLPID, header[LLC_HEADER]);
    else
        tt_link_hand_on(net, packet, 0);
}

/* NLPID 0x80: without LLC in front, as on Frame Relay, frames inside are not padded. */
void tt_read_snap(struct tt_net *net, struct tt_packet *packet)
{
    if (tt_link_has(net, packet, SNAP_HEADER, "snap.short", "a frame that ends inside SNAP"))
        enter_snap(net, packet, SNAP_HEADER, 0);
}

/* EtherType 0x8870 stands where the length would, which is too large for a length. */
void tt_read_jumbo_llc(struct tt_net *net, struct tt_packet *packet)
{
    (void)net;
    tt_packet_enter(packet, 0, TT_SPACE_LLC, 0);
}
