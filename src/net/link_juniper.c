/* Juniper's wrappings: what the router knew of a packet, then the packet. The formats are those
 * that tcpdump and Wireshark read; Juniper published none. */
#include "net/link.h"

/* LINKTYPE_ values. */
enum juniper {
    JUNIPER_MLPPP = 130,
    JUNIPER_MLFR = 131,
    JUNIPER_ES = 132,
    JUNIPER_GGSN = 133,
    JUNIPER_MFR = 134,
    JUNIPER_ATM2 = 135,
    JUNIPER_SERVICES = 136,
    JUNIPER_ATM1 = 137,
    JUNIPER_MONITOR = 164,
    JUNIPER_PPPOE = 167,
    JUNIPER_PPPOE_ATM = 168,
    JUNIPER_ETHER = 178,
    JUNIPER_PPP = 179,
    JUNIPER_FRELAY = 180,
    JUNIPER_CHDLC = 181,
    JUNIPER_VP = 183
};

enum flags { FLAG_NO_L2 = 0x02, FLAG_EXTENSIONS = 0x80 };

/* First bytes of cookies that tell of themselves. */
enum cookie { COOKIE_LINK_SERVICES = 0x54, COOKIE_ADAPTIVE_SERVICES = 0x47 };

/* "MGC", flags, and where the flags say so extensions behind their length (2). 0: bad. */
static size_t header_len(struct tt_span bytes)
{
    enum { MAGIC_LEN = 4, EXTENSIONS_LEN = 2 };
    if (bytes.len < MAGIC_LEN || memcmp(bytes.data, "MGC", 3) != 0)
        return 0;
    if ((bytes.data[3] & FLAG_EXTENSIONS) == 0)
        return MAGIC_LEN;
    if (bytes.len < MAGIC_LEN + EXTENSIONS_LEN)
        return 0;
    size_t len = MAGIC_LEN + EXTENSIONS_LEN + (size_t)tt_be16(bytes.data + MAGIC_LEN);
    return len <= bytes.len ? len : 0;
}

static size_t cookie_len(enum juniper link, struct tt_span bytes)
{
    enum { ADAPTIVE_LEN = 8, LINK_SERVICES_MORE = 2, WHOLE = 0xc0 };
    size_t len = 0;
    switch ((uint32_t)link) {
    case JUNIPER_MLPPP:
    case JUNIPER_MLFR:
        len = 2;
        break;
    case JUNIPER_MFR: /* a child link has none, but the bits of FRF.16 */
        len = bytes.len > 0 && (bytes.data[0] & WHOLE) == WHOLE ? 0 : 4;
        break;
    case JUNIPER_ATM1:
        len = 4;
        break;
    case JUNIPER_GGSN:
    case JUNIPER_ATM2:
    case JUNIPER_SERVICES:
    case JUNIPER_MONITOR:
        len = 8;
        break;
    default:
        break;
    }
    if (len == 0 || bytes.len == 0)
        return len;
    if (bytes.data[0] == COOKIE_ADAPTIVE_SERVICES)
        return ADAPTIVE_LEN;
    return bytes.data[0] == COOKIE_LINK_SERVICES ? len + LINK_SERVICES_MORE : len;
}

/* No field tells what follows: what fits is believed. */
static void guess(struct tt_net *net, struct tt_packet *packet, size_t at)
{
    if (tt_tunnel_fits(packet, at, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    else if (tt_tunnel_fits_tightly(packet, at, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET))
        tt_link_enter_ethernet(packet, at);
    else
        tt_link_hand_on(net, packet, at);
}

/* An identifier of a network layer in front, or behind an unnumbered-information byte. */
static void enter_nlpid(struct tt_net *net, struct tt_packet *packet, size_t at)
{
    enum { UNNUMBERED = 0x03 };
    const uint8_t *bytes = packet->bytes.data;
    while (at < packet->bytes.len && (bytes[at] == UNNUMBERED || bytes[at] == 0))
        at++;
    if (at < packet->bytes.len && tt_link_knows(TT_SPACE_NLPID, bytes[at]))
        tt_packet_enter(packet, at + 1, TT_SPACE_NLPID, bytes[at]);
    else
        guess(net, packet, at);
}

/* Bundles: an adaptive services cookie names the protocol in bits 4 to 6 and 8 of its sixth byte.
 */
static void enter_bundle(struct tt_net *net, struct tt_packet *packet, enum juniper link,
                         size_t header, size_t at)
{
    enum { PROTOCOL_AT = 5, PROTOCOL = 0x70, IPV4 = 0x00, IPV6 = 0x10, MPLS = 0x20 };
    const uint8_t *cookie = packet->bytes.data + header;
    if (at > header && cookie[0] == COOKIE_ADAPTIVE_SERVICES) {
        switch (cookie[PROTOCOL_AT] & PROTOCOL) {
        case MPLS:
            tt_packet_enter(packet, at, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_MPLS);
            return;
        case IPV4:
        case IPV6:
            if (tt_tunnel_fits(packet, at, TT_SPACE_LINK, TT_LINKTYPE_RAW)) {
                tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_RAW);
                return;
            }
            break;
        default:
            break;
        }
    }
    if (link == JUNIPER_MLPPP)
        tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_PPP);
    else if (link == JUNIPER_MFR && at == header)
        tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_MFR);
    else
        enter_nlpid(net, packet, at);
}

/* Encryption services: 16 bytes about the security association, or none. */
static void enter_encryption_services(struct tt_net *net, struct tt_packet *packet, size_t at)
{
    enum { ASSOCIATION_LEN = 16 };
    bool bare = tt_tunnel_fits(packet, at, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    guess(net, packet,
          bare || packet->bytes.len < at + ASSOCIATION_LEN ? at : at + ASSOCIATION_LEN);
}

static void enter_payload(struct tt_net *net, struct tt_packet *packet, enum juniper link,
                          size_t header, size_t at)
{
    enum { VP_HEADER = 18, TYPE_LEN = 2 };
    const uint8_t *inside = packet->bytes.data + at;
    size_t len = packet->bytes.len - at;
    switch ((uint32_t)link) {
    case JUNIPER_ETHER:
    case JUNIPER_PPPOE:
        tt_link_enter_ethernet(packet, at);
        break;
    case JUNIPER_PPP:
        tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_PPP);
        break;
    case JUNIPER_FRELAY:
        tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_FRELAY);
        break;
    case JUNIPER_CHDLC:
        tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_C_HDLC);
        break;
    case JUNIPER_ATM1:
    case JUNIPER_ATM2:
        tt_packet_enter(packet, at, TT_SPACE_LINK, TT_LINKTYPE_ATM);
        break;
    case JUNIPER_PPPOE_ATM:
        if (len >= TYPE_LEN)
            tt_link_enter_type(net, packet, at + TYPE_LEN, tt_be16(inside));
        else
            tt_link_hand_on(net, packet, at);
        break;
    case JUNIPER_MLPPP:
    case JUNIPER_MLFR:
    case JUNIPER_MFR:
        enter_bundle(net, packet, link, header, at);
        break;
    case JUNIPER_ES:
        enter_encryption_services(net, packet, at);
        break;
    case JUNIPER_VP:
        guess(net, packet, len >= VP_HEADER ? at + VP_HEADER : at);
        break;
    default:
        guess(net, packet, at);
        break;
    }
}

/* All of them: header, then without a link layer (a flag says so) 4 bytes and IP, else a cookie by
 * the kind of interface and what that carries. */
void tt_read_juniper(struct tt_net *net, struct tt_packet *packet)
{
    enum { NO_L2_HEADER = 4 };
    size_t header = header_len(packet->bytes);
    if (header == 0) {
        tt_packet_spoil(net, packet, "juniper.header", "a bad Juniper header");
        return;
    }
    enum juniper link = (enum juniper)packet->number;
    bool no_link = (packet->bytes.data[3] & FLAG_NO_L2) != 0;
    size_t cookie = no_link ? NO_L2_HEADER : cookie_len(link, tt_span_from(packet->bytes, header));
    if (!tt_link_has(net, packet, header + cookie, "juniper.header", "a bad Juniper header"))
        return;
    if (no_link)
        guess(net, packet, header + cookie);
    else
        enter_payload(net, packet, link, header, header + cookie);
}
