/* Tunnels over UDP: the list of their ports, and those whose header is short. */
#include "net/tunnel.h"

#include "net/core.h"

#include "base/reader.h"

enum { VXLAN_HEADER = 8 };

/* RFC 7348 section 5: flags (I: the identifier is valid), reserved (3), identifier (3), reserved.
 * The flag G makes 2 of the reserved bytes a group (draft-smith-vxlan-group-policy). */
static bool is_vxlan(const struct tt_packet *packet)
{
    enum { FLAGS = 0x77, FLAG_GROUP = 0x80, FLAG_IDENTIFIER = 0x08 };
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < VXLAN_HEADER ||
        (header[0] & (FLAGS | FLAG_IDENTIFIER)) != FLAG_IDENTIFIER || header[7] != 0)
        return false;
    return (header[0] & FLAG_GROUP) != 0 || (tt_be32(header) & 0x00ffffff) == 0;
}

static bool enter_vxlan(struct tt_net *net, struct tt_packet *packet)
{
    return is_vxlan(packet) &&
           tt_tunnel_try(net, packet, VXLAN_HEADER, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
}

/* On any port. */
static bool enter_vxlan_elsewhere(struct tt_net *net, struct tt_packet *packet)
{
    return is_vxlan(packet) &&
           tt_tunnel_fits_tightly(packet, VXLAN_HEADER, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET) &&
           tt_tunnel_try(net, packet, VXLAN_HEADER, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
}

/* draft-ietf-nvo3-vxlan-gpe section 3: the flag P, and the next protocol in the fourth byte.
 * Without P it is VXLAN. */
static bool enter_vxlan_gpe(struct tt_net *net, struct tt_packet *packet)
{
    enum { HEADER = 8, VERSION = 0x30, FLAG_NEXT = 0x04 };
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < HEADER || (header[0] & VERSION) != 0)
        return false;
    if ((header[0] & FLAG_NEXT) == 0)
        return enter_vxlan(net, packet);
    switch (header[3]) {
    case 1:
        return tt_tunnel_try(net, packet, HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV4);
    case 2:
        return tt_tunnel_try(net, packet, HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV6);
    case 3:
        return tt_tunnel_try(net, packet, HEADER, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    case 4:
        return tt_tunnel_try(net, packet, HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_NSH);
    case 5:
        return tt_tunnel_try(net, packet, HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_MPLS);
    default:
        return false;
    }
}

/* RFC 8926 section 3.4: version (2 bits) and length of the options in words of 4 bytes, flags,
 * EtherType, identifier (3), reserved, options. */
static bool enter_geneve(struct tt_net *net, struct tt_packet *packet)
{
    enum { BASE = 8, VERSION = 0xc0, OPTIONS = 0x3f, BRIDGED = 0x6558 };
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < BASE || (header[0] & VERSION) != 0)
        return false;
    size_t len = BASE + (header[0] & OPTIONS) * 4U;
    uint32_t type = tt_be16(header + 2);
    if (type == BRIDGED)
        return tt_tunnel_try(net, packet, len, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    return tt_tunnel_try(net, packet, len, TT_SPACE_ETHERTYPE, type);
}

/* draft-ietf-intarea-gue section 3: version 0 has a header (C: control message, length in words of
 * 4 bytes behind the first, IP protocol); version 1 has none, its bits are those of IP's version.
 */
static bool enter_gue(struct tt_net *net, struct tt_packet *packet)
{
    enum { BASE = 4, CONTROL = 0x20, WORDS = 0x1f };
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < BASE)
        return false;
    switch (header[0] >> 6) {
    case 0:
        return (header[0] & CONTROL) == 0 &&
               tt_tunnel_try(net, packet, BASE + (header[0] & WORDS) * 4U, TT_SPACE_IP, header[1]);
    case 1:
        return tt_tunnel_try(net, packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    default:
        return false;
    }
}

/* RFC 9300 section 5.1: flags, nonce or map version, instance or locator bits; then IP. */
static bool enter_lisp(struct tt_net *net, struct tt_packet *packet)
{
    enum { HEADER = 8 };
    return tt_tunnel_try(net, packet, HEADER, TT_SPACE_LINK, TT_LINKTYPE_RAW);
}

static bool enter_mpls(struct tt_net *net, struct tt_packet *packet)
{
    return tt_tunnel_try(net, packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_MPLS);
}

static bool enter_ipv6(struct tt_net *net, struct tt_packet *packet)
{
    return tt_tunnel_try(net, packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV6);
}

/* draft-massar-v6ops-ayiya-02 section 3: length of the identity as a power of 2, kind of it; length
 * of the signature in words of 4 bytes, hash; authentication, operation; IP protocol; time (4);
 * identity; signature. */
static bool enter_ayiya(struct tt_net *net, struct tt_packet *packet)
{
    enum { BASE = 8, FORWARD = 1 };
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < BASE || (header[2] & 0x0f) != FORWARD)
        return false;
    size_t len = BASE + ((size_t)1 << (header[0] >> 4)) + (header[1] >> 4) * 4U;
    return (header[3] == TT_IP_IPV4 || header[3] == TT_IP_IPV6) &&
           tt_tunnel_try(net, packet, len, TT_SPACE_IP, header[3]);
}

/* Tags: type, length, content; a padding has no length, the end neither. False without an end. */
static bool skip_tags(struct tt_reader *reader)
{
    enum { PADDING = 0, END = 1 };
    for (;;) {
        unsigned type = tt_read_u8(reader);
        if (reader->failed || type == END)
            return !reader->failed;
        if (type != PADDING)
            tt_read_skip(reader, tt_read_u8(reader));
    }
}

/* TaZmen Sniffer Protocol, by which access points and routers mirror frames: version 1, type (0:
 * received, 1: to be sent; others carry no frame), what it encapsulates, tags
 * (https://web.archive.org/web/20050404125022/http://www.networkchemistry.com/support/appnotes/).
 */
static bool enter_tzsp(struct tt_net *net, struct tt_packet *packet)
{
    enum { VERSION = 1, LAST_TYPE = 1 };
    struct tt_reader reader = tt_reader_of(packet->bytes);
    unsigned version = tt_read_u8(&reader);
    unsigned type = tt_read_u8(&reader);
    unsigned inside = tt_read_u16(&reader);
    if (reader.failed || version != VERSION || type > LAST_TYPE || !skip_tags(&reader))
        return false;
    switch (inside) {
    case 1:
        return tt_tunnel_try(net, packet, reader.at, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    case 18:
        return tt_tunnel_try(net, packet, reader.at, TT_SPACE_LINK, TT_LINKTYPE_IEEE802_11);
    case 119:
        return tt_tunnel_try(net, packet, reader.at, TT_SPACE_LINK, TT_LINKTYPE_PRISM);
    case 127:
        return tt_tunnel_try(net, packet, reader.at, TT_SPACE_LINK, TT_LINKTYPE_AVS);
    default:
        return false;
    }
}

/* WireGuard is never read, but known as ciphertext: type, 3 zero bytes, and the length that the
 * type has (https://www.wireguard.com/protocol/); what is transported is padded to 16 bytes. */
static bool take_wireguard(struct tt_net *net, struct tt_packet *packet)
{
    static const size_t handshakes[] = {[1] = 148, [2] = 92, [3] = 64};
    enum { HEADER = 4, TRANSPORT = 4, LEAST = 32, ALIGNMENT = 16 };
    if (packet->bytes.len < HEADER)
        return false;
    size_t len = packet->bytes.len + packet->missing;
    uint32_t type = __builtin_bswap32(tt_be32(packet->bytes.data));
    bool known = type == TRANSPORT
                     ? len >= LEAST && len % ALIGNMENT == 0
                     : type > 0 && type < TT_ARRAY_LEN(handshakes) && handshakes[type] == len;
    if (!known)
        return false;
    tt_tunnel_mark_encrypted(packet);
    tt_packet_hand_on(net, packet);
    return true;
}

/* One line a port, the frequent ones first; either end may have it. IANA's Service Name and Port
 * Number Registry, but where it says otherwise. */
static const struct {
    uint16_t port;
    tt_udp_tunnel *enter;
} tunnels[] = {
    {4500, tt_udp_esp},      /* IPsec through NAT (RFC 3948) */
    {2152, tt_udp_gtp_user}, /* GTP-U (3GPP TS 29.281) */
    {4789, enter_vxlan},     /* VXLAN (RFC 7348) */
    {8472, enter_vxlan},     /* VXLAN of Linux before it had a port; OTV has the same header */
    {6081, enter_geneve},    /* GENEVE (RFC 8926) */
    {51820, take_wireguard}, /* WireGuard, as its manual has it; not registered */
    {3544, tt_udp_teredo},   /* Teredo servers and relays (RFC 4380) */
    {1701, tt_udp_l2tp},     /* L2TP (RFC 2661, RFC 3931) */
    {4790, enter_vxlan_gpe}, /* VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe) */
    {3386, tt_udp_gtp_v0},   /* GTP version 0 (3GPP TS 09.60) */
    {37008, enter_tzsp},     /* TZSP; not registered */
    {6080, enter_gue},       /* GUE (draft-ietf-intarea-gue) */
    {5247, tt_udp_capwap},   /* CAPWAP data (RFC 5415) */
    {5246, tt_udp_capwap},   /* CAPWAP control */
    {9899, tt_udp_sctp},     /* SCTP (RFC 6951) */
    {6635, enter_mpls},      /* MPLS in UDP (RFC 7510) */
    {4341, enter_lisp},      /* LISP data (RFC 9300) */
    {5072, enter_ayiya},     /* AYIYA (draft-massar-v6ops-ayiya) */
    {3653, enter_ipv6},      /* tunnel setup protocol (RFC 5572): IPv6 in UDP once it is set up */
};

/* Tunnels that are told on any port, by their first byte. */
static bool enter_elsewhere(struct tt_net *net, struct tt_packet *packet)
{
    switch (packet->bytes.len == 0 ? 0 : packet->bytes.data[0] >> 4) {
    case 0x0: /* flags of VXLAN */
        return enter_vxlan_elsewhere(net, packet);
    case 0x3: /* version and protocol type of GTP */
        return tt_udp_gtp_elsewhere(net, packet);
    case 0x6: /* version of IPv6 */
        return tt_udp_teredo_elsewhere(net, packet);
    default:
        return false;
    }
}

bool tt_tunnel_over_udp(struct tt_net *net, struct tt_packet *packet)
{
    const uint16_t *port = packet->port;
    for (size_t i = 0; i < TT_ARRAY_LEN(tunnels); i++)
        if (port[0] == tunnels[i].port || port[1] == tunnels[i].port)
            if (tunnels[i].enter(net, packet))
                return true;
    return enter_elsewhere(net, packet);
}
