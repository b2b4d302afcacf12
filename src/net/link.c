/* Link layers: each reader finds what follows and the hardware addresses. */
#include "net/core.h"

enum {
    MAC_LEN = 6,
    ETHERNET_HEADER = 14,
    VLAN_TAG = 4,
    LLC_HEADER = 3,
    SNAP_HEADER = 5,
    COOKED_HEADER = 16,
    COOKED2_HEADER = 20,
    NULL_HEADER = 4
};

/* IEEE 802.3: destination, source, EtherType (or length). */
void tt_read_ethernet(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < ETHERNET_HEADER) {
        tt_packet_spoil(net, packet, "ethernet.short", "a frame too short for Ethernet");
        return;
    }
    packet->mac[1] = (struct tt_addr){.family = TT_ADDR_MAC};
    packet->mac[0] = (struct tt_addr){.family = TT_ADDR_MAC};
    memcpy(packet->mac[1].bytes, header, MAC_LEN);
    memcpy(packet->mac[0].bytes, header + MAC_LEN, MAC_LEN);
    tt_packet_enter(packet, ETHERNET_HEADER, TT_SPACE_ETHERTYPE, tt_be16(header + 12));
}

/* IEEE 802.1Q: tag control information, EtherType. */
void tt_read_vlan(struct tt_net *net, struct tt_packet *packet)
{
    if (packet->bytes.len < VLAN_TAG) {
        tt_packet_spoil(net, packet, "vlan.short", "a frame that ends inside a VLAN tag");
        return;
    }
    tt_packet_enter(packet, VLAN_TAG, TT_SPACE_ETHERTYPE, tt_be16(packet->bytes.data + 2));
}

/* IEEE 802.2 LLC behind an 802.3 length. Only SNAP (RFC 1042: AA AA 03, then an organisation of
 * zeros and an EtherType) leads further; the rest is the payload of kind 0, LLC included. */
void tt_read_llc(struct tt_net *net, struct tt_packet *packet)
{
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00};
    if (packet->number > packet->bytes.len + packet->missing)
        tt_packet_note(net, packet, "ethernet.length", "an 802.3 length beyond the frame");
    else
        tt_packet_limit(packet, packet->number);
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < LLC_HEADER + SNAP_HEADER || memcmp(header, snap, sizeof(snap)) != 0) {
        packet->number = 0;
        tt_packet_hand_on(net, packet);
        return;
    }
    tt_packet_enter(packet, LLC_HEADER + SNAP_HEADER, TT_SPACE_ETHERTYPE, tt_be16(header + 6));
}

/* The protocol field of both cooked headers is an EtherType, but for these ARPHRD_ types, where it
 * counts something else (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html). */
static bool has_ethertype(uint16_t arphrd)
{
    enum {
        FRAD = 770,
        IEEE80211 = 801,
        IEEE80211_PRISM = 802,
        IEEE80211_RADIOTAP = 803,
        NETLINK = 824
    };
    switch (arphrd) {
    case FRAD:
    case IEEE80211:
    case IEEE80211_PRISM:
    case IEEE80211_RADIOTAP:
    case NETLINK:
        return false;
    default:
        return true;
    }
}

static void enter_cooked(struct tt_net *net, struct tt_packet *packet, size_t header,
                         uint16_t arphrd, uint16_t protocol, struct tt_span addr)
{
    enum { LLC = 4, LENGTH_MAX = 1500, ETHERTYPE_MIN = 0x0600 };
    if (addr.len == MAC_LEN) {
        packet->mac[0] = (struct tt_addr){.family = TT_ADDR_MAC};
        memcpy(packet->mac[0].bytes, addr.data, MAC_LEN);
    }
    tt_packet_enter(packet, header, TT_SPACE_ETHERTYPE, 0);
    size_t wire = packet->bytes.len + packet->missing;
    if (has_ethertype(arphrd) && protocol >= ETHERTYPE_MIN)
        packet->number = protocol;
    else if (has_ethertype(arphrd) && protocol == LLC && wire <= LENGTH_MAX)
        packet->number = (uint32_t)wire; /* there is no length field: all of it is LLC */
    else
        tt_packet_hand_on(net, packet);
}

/* LINKTYPE_LINUX_SLL: packet type, ARPHRD_ type, address length, address (8), protocol. */
void tt_read_linux_cooked(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < COOKED_HEADER) {
        tt_packet_spoil(net, packet, "cooked.short", "a frame too short for a Linux cooked header");
        return;
    }
    enter_cooked(net, packet, COOKED_HEADER, tt_be16(header + 2), tt_be16(header + 14),
                 tt_span_of(header + 6, tt_be16(header + 4)));
}

/* LINKTYPE_LINUX_SLL2: protocol, reserved (2), interface (4), ARPHRD_ type, packet type (1),
 * address length (1), address (8). */
void tt_read_linux_cooked2(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < COOKED2_HEADER) {
        tt_packet_spoil(net, packet, "cooked.short", "a frame too short for a Linux cooked header");
        return;
    }
    enter_cooked(net, packet, COOKED2_HEADER, tt_be16(header + 8), tt_be16(header),
                 tt_span_of(header + 12, header[11]));
}

/* An IP packet without anything in front: the version tells which. */
void tt_read_raw_ip(struct tt_net *net, struct tt_packet *packet)
{
    unsigned version = packet->bytes.len == 0 ? 0 : packet->bytes.data[0] >> 4;
    if (version == 4)
        tt_packet_enter(packet, 0, TT_SPACE_ETHERTYPE, 0x0800);
    else if (version == 6)
        tt_packet_enter(packet, 0, TT_SPACE_ETHERTYPE, 0x86dd);
    else
        tt_packet_spoil(net, packet, "ip.version", "a packet that is neither IPv4 nor IPv6");
}

/* LINKTYPE_NULL and LINKTYPE_LOOP: an address family of 4 bytes. The first one has it in the order
 * of the machine that captured, which no field tells: families are small, so the smaller reading is
 * meant. 24, 28 and 30 are AF_INET6 of the BSDs and macOS, 10 of Linux. */
void tt_read_null(struct tt_net *net, struct tt_packet *packet)
{
    if (packet->bytes.len < NULL_HEADER) {
        tt_packet_spoil(net, packet, "loop.short", "a frame too short for a loopback header");
        return;
    }
    uint32_t big = tt_be32(packet->bytes.data);
    uint32_t little = __builtin_bswap32(big);
    uint32_t family = big < little ? big : little;
    tt_packet_enter(packet, NULL_HEADER, TT_SPACE_ETHERTYPE, 0);
    switch (family) {
    case 2:
        packet->number = 0x0800;
        break;
    case 10:
    case 24:
    case 28:
    case 30:
        packet->number = 0x86dd;
        break;
    default:
        tt_packet_hand_on(net, packet);
        break;
    }
}
