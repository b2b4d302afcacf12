/* What the link layers share, Ethernet, and the links without a header worth the name. */
#include "net/link.h"

enum { ETHERNET_HEADER = 14, VLAN_TAG = 4, NULL_HEADER = 4, LOOP_LINKTYPE_12 = 12 };

bool tt_link_has(struct tt_net *net, struct tt_packet *packet, size_t len, const char *code,
                 const char *text)
{
    if (packet->bytes.len >= len)
        return true;
    tt_packet_spoil(net, packet, code, text);
    return false;
}

struct tt_addr tt_link_mac(const uint8_t *at)
{
    struct tt_addr mac = {.family = TT_ADDR_MAC};
    memcpy(mac.bytes, at, 6);
    return mac;
}

bool tt_link_knows(enum tt_space space, uint32_t number)
{
    enum { RARP = 0x8035, IPX = 0x8137, EAPOL = 0x888e, LLDP = 0x88cc, DISCOVERY = 0x8863 };
    if (space == TT_SPACE_ETHERTYPE &&
        (number == TT_ETHERTYPE_ARP || number == RARP || number == IPX || number == EAPOL ||
         number == LLDP || number == DISCOVERY))
        return true;
    if (space == TT_SPACE_ETHERTYPE && number < TT_ETHERTYPE_MIN)
        return false;
    const struct tt_packet next = {.space = space, .number = number};
    return tt_layer_find(&next) != NULL;
}

void tt_link_enter_ethernet(struct tt_packet *packet, size_t header)
{
    packet->addr[0] = packet->addr[1] = (struct tt_addr){.family = TT_ADDR_NONE};
    tt_packet_enter(packet, header, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
}

void tt_link_enter_type(struct tt_net *net, struct tt_packet *packet, size_t header, uint32_t type)
{
    tt_packet_enter(packet, header, TT_SPACE_ETHERTYPE, type);
    if (type < TT_ETHERTYPE_MIN)
        tt_packet_hand_on(net, packet);
}

void tt_link_hand_on(struct tt_net *net, struct tt_packet *packet, size_t header)
{
    tt_packet_enter(packet, header, packet->space, packet->number);
    tt_packet_hand_on(net, packet);
}

void tt_link_limit(struct tt_net *net, struct tt_packet *packet, size_t len, const char *code)
{
    if (len > packet->bytes.len + packet->missing)
        tt_packet_note(net, packet, code, "a length in a link header lies behind the frame's end");
    else
        tt_packet_limit(packet, len);
}

void tt_link_trim(struct tt_packet *packet, size_t len)
{
    size_t wire = packet->bytes.len + packet->missing;
    tt_packet_limit(packet, len < wire ? wire - len : 0);
}

/* Cisco Inter-Switch Link: destination (5 bytes) and a nibble for the type of the frame inside,
 * user (4 bits), source, length, AA AA 03, three bytes of the source again, VLAN, index, reserved;
 * behind the frame a checksum. The length counts from AA on, without the checksum. */
static bool is_isl(struct tt_span bytes)
{
    enum { ISL_HEADER = 26 };
    static const uint8_t normal[] = {0x01, 0x00, 0x0c, 0x00, 0x00};
    static const uint8_t other[] = {0x0c, 0x00, 0x0c, 0x00, 0x00};
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03};
    return bytes.len >= ISL_HEADER &&
           (memcmp(bytes.data, normal, sizeof(normal)) == 0 ||
            memcmp(bytes.data, other, sizeof(other)) == 0) &&
           memcmp(bytes.data + ETHERNET_HEADER, snap, sizeof(snap)) == 0;
}

static void read_isl(struct tt_net *net, struct tt_packet *packet)
{
    enum { ISL_HEADER = 26, TYPE_ETHERNET = 0, TYPE_TOKEN_RING = 1, TYPE_FDDI = 2 };
    const uint8_t *header = packet->bytes.data;
    unsigned type = header[5] >> 4;
    size_t len = ETHERNET_HEADER + (size_t)tt_be16(header + 12);
    if (len < ISL_HEADER) {
        tt_packet_spoil(net, packet, "isl.length", "an ISL length smaller than its header");
        return;
    }
    tt_link_limit(net, packet, len, "isl.length");
    switch (type) {
    case TYPE_ETHERNET:
        tt_link_enter_ethernet(packet, ISL_HEADER);
        break;
    case TYPE_TOKEN_RING:
        tt_packet_enter(packet, ISL_HEADER, TT_SPACE_LINK, TT_LINKTYPE_TOKEN_RING);
        break;
    case TYPE_FDDI:
        tt_packet_enter(packet, ISL_HEADER, TT_SPACE_LINK, TT_LINKTYPE_FDDI);
        break;
    default:
        tt_link_hand_on(net, packet, ISL_HEADER);
        break;
    }
}

/* IEEE 802.3: destination, source, EtherType (or length). */
void tt_read_ethernet(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (!tt_link_has(net, packet, ETHERNET_HEADER, "ethernet.short",
                     "a frame too short for Ethernet"))
        return;
    packet->mac[1] = tt_link_mac(header);
    packet->mac[0] = tt_link_mac(header + 6);
    if (TT_UNLIKELY(header[0] == 0x01 || header[0] == 0x0c) && is_isl(packet->bytes)) {
        read_isl(net, packet);
        return;
    }
    tt_packet_enter(packet, ETHERNET_HEADER, TT_SPACE_ETHERTYPE, tt_be16(header + 12));
}

/* IEEE 802.1Q: tag control information, EtherType. */
void tt_read_vlan(struct tt_net *net, struct tt_packet *packet)
{
    if (!tt_link_has(net, packet, VLAN_TAG, "vlan.short", "a frame that ends inside a VLAN tag"))
        return;
    tt_packet_enter(packet, VLAN_TAG, TT_SPACE_ETHERTYPE, tt_be16(packet->bytes.data + 2));
}

/* An IP packet without anything in front: the version tells which. LINKTYPE 12 is that, but
 * OpenBSD's loopback had the same number: an address family, and no IP version. */
void tt_read_raw_ip(struct tt_net *net, struct tt_packet *packet)
{
    unsigned version = packet->bytes.len == 0 ? 0 : packet->bytes.data[0] >> 4;
    bool loop = packet->space == TT_SPACE_LINK && packet->number == LOOP_LINKTYPE_12 &&
                packet->bytes.len >= NULL_HEADER && tt_be32(packet->bytes.data) < 256;
    if (version == 4)
        tt_packet_enter(packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV4);
    else if (version == 6)
        tt_packet_enter(packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV6);
    else if (loop)
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_LOOP);
    else
        tt_packet_spoil(net, packet, "ip.version", "a packet that is neither IPv4 nor IPv6");
}

/* LINKTYPE_NULL and LINKTYPE_LOOP: an address family of 4 bytes. The first one has it in the order
 * of the machine that captured, which no field tells: families are small, so the smaller reading is
 * meant. 24, 28 and 30 are AF_INET6 of the BSDs and macOS, 10 of Linux, 23 of Windows. Some wrote
 * an EtherType or the beginning of a PPP frame in its place. */
void tt_read_null(struct tt_net *net, struct tt_packet *packet)
{
    if (!tt_link_has(net, packet, NULL_HEADER, "loop.short",
                     "a frame too short for a loopback header"))
        return;
    uint32_t big = tt_be32(packet->bytes.data);
    uint32_t little = __builtin_bswap32(big);
    uint32_t family = big < little ? big : little;
    if (big >> 16 == 0xff03) {
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_PPP);
        return;
    }
    switch (family) {
    case 2:
        tt_packet_enter(packet, NULL_HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV4);
        break;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
        tt_packet_enter(packet, NULL_HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV6);
        break;
    default:
        if (family <= UINT16_MAX && tt_link_knows(TT_SPACE_ETHERTYPE, family))
            tt_packet_enter(packet, NULL_HEADER, TT_SPACE_ETHERTYPE, family);
        else
            tt_link_hand_on(net, packet, NULL_HEADER);
        break;
    }
}

/* The frames of these begin with one byte for the direction; behind it is the plain link type. */
void tt_read_with_direction(struct tt_net *net, struct tt_packet *packet)
{
    enum { PPP_WITH_DIR = 204, C_HDLC_WITH_DIR = 205, FRELAY_WITH_DIR = 206 };
    if (!tt_link_has(net, packet, 1, "link.short", "a frame without its direction"))
        return;
    switch (packet->number) {
    case PPP_WITH_DIR:
        tt_packet_enter(packet, 1, TT_SPACE_LINK, TT_LINKTYPE_PPP);
        break;
    case C_HDLC_WITH_DIR:
        tt_packet_enter(packet, 1, TT_SPACE_LINK, TT_LINKTYPE_C_HDLC);
        break;
    case FRELAY_WITH_DIR:
        tt_packet_enter(packet, 1, TT_SPACE_LINK, TT_LINKTYPE_FRELAY);
        break;
    default:
        tt_link_hand_on(net, packet, 1);
        break;
    }
}
