/* PPP (RFC 1661) in its framings, PPPoE (RFC 2516), and Cisco HDLC. */
#include "net/link.h"

enum {
    HDLC_ALL_STATIONS = 0xff,
    HDLC_UNNUMBERED = 0x03,
    CHDLC_UNICAST = 0x0f,
    CHDLC_MULTICAST = 0x8f
};

/* RFC 1661 section 2: the protocol field has two bytes, the second of them odd; where it is
 * compressed (section 6.5) an even first one is left out. 0: it is cut off. */
static size_t protocol_len(struct tt_span bytes)
{
    if (bytes.len == 0)
        return 0;
    if ((bytes.data[0] & 1) != 0)
        return 1;
    return bytes.len >= 2 ? 2 : 0;
}

static uint32_t protocol_at(const uint8_t *at, size_t len)
{
    return len == 1 ? at[0] : tt_be16(at);
}

/* The protocol field and what follows. */
void tt_read_ppp_protocol(struct tt_net *net, struct tt_packet *packet)
{
    size_t len = protocol_len(packet->bytes);
    if (len == 0)
        tt_packet_spoil(net, packet, "ppp.short", "a frame that ends inside its PPP header");
    else
        tt_packet_enter(packet, len, TT_SPACE_PPP, protocol_at(packet->bytes.data, len));
}

/* LINKTYPE_PPP and its kin: RFC 1662 address and control may be there or not; serial lines of
 * routers have Cisco HDLC under the same link type; PPP_PPPD writes the direction over the address.
 */
void tt_read_ppp(struct tt_net *net, struct tt_packet *packet)
{
    enum { PPP_PPPD = 166, DIRECTION_MAX = 1 };
    bool pppd = packet->space == TT_SPACE_LINK && packet->number == PPP_PPPD;
    if (!tt_link_has(net, packet, 2, "ppp.short", "a frame that ends inside its PPP header"))
        return;
    const uint8_t *header = packet->bytes.data;
    bool framed = header[0] == HDLC_ALL_STATIONS || (pppd && header[0] <= DIRECTION_MAX);
    if ((header[0] == CHDLC_UNICAST || header[0] == CHDLC_MULTICAST) && header[1] == 0)
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_C_HDLC);
    else if (framed && header[1] == HDLC_UNNUMBERED)
        tt_packet_enter(packet, 2, TT_SPACE_PPP, 0);
    else if (tt_tunnel_fits_tightly(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    else
        tt_packet_enter(packet, 0, TT_SPACE_PPP, 0);
    if (packet->space == TT_SPACE_PPP)
        tt_read_ppp_protocol(net, packet);
}

/* RFC 2516 section 4: version and type (0x11), code, session, length. */
void tt_read_pppoe(struct tt_net *net, struct tt_packet *packet)
{
    enum { PPPOE_HEADER = 6, VERSION_TYPE = 0x11, CODE_SESSION = 0 };
    const uint8_t *header = packet->bytes.data;
    if (!tt_link_has(net, packet, PPPOE_HEADER, "pppoe.header", "a bad PPPoE header"))
        return;
    if (header[0] != VERSION_TYPE) {
        tt_packet_spoil(net, packet, "pppoe.header", "a bad PPPoE header");
        return;
    }
    if (header[1] != CODE_SESSION) {
        tt_packet_hand_on(net, packet); /* names of hosts and services stand in its tags */
        return;
    }
    tt_link_limit(net, packet, PPPOE_HEADER + (size_t)tt_be16(header + 4), "pppoe.length");
    tt_packet_enter(packet, PPPOE_HEADER, TT_SPACE_LINK, TT_LINKTYPE_PPP);
}

/* Whether a PPP protocol field that somebody reads, or a common one, stands at `at`. */
static bool knows_protocol(struct tt_span bytes, size_t at)
{
    enum { LCP = 0xc021, PAP = 0xc023, CHAP = 0xc223, IPCP = 0x8021, IPV6CP = 0x8057 };
    struct tt_span rest = tt_span_from(bytes, at);
    size_t len = protocol_len(rest);
    if (len == 0)
        return false;
    uint32_t number = protocol_at(rest.data, len);
    return tt_link_knows(TT_SPACE_PPP, number) || number == LCP || number == PAP ||
           number == CHAP || number == IPCP || number == IPV6CP;
}

bool tt_link_is_ppp(const struct tt_packet *packet, size_t at)
{
    static const uint8_t framing[] = {HDLC_ALL_STATIONS, HDLC_UNNUMBERED};
    struct tt_span bytes = tt_span_from(packet->bytes, at);
    if (tt_span_starts(bytes, tt_span_of(framing, sizeof(framing))))
        bytes = tt_span_from(bytes, sizeof(framing));
    return knows_protocol(bytes, 0) && tt_tunnel_fits(packet, at, TT_SPACE_LINK, TT_LINKTYPE_PPP);
}

/* RFC 1990 section 3: begin and end bits, then a sequence number of 24 or, where that was agreed,
 * of 12 bits. Packets that are not cut into fragments are read on. */
void tt_read_ppp_multilink(struct tt_net *net, struct tt_packet *packet)
{
    enum { BEGIN_END = 0xc0, LONG_HEADER = 4, SHORT_HEADER = 2 };
    if (!tt_link_has(net, packet, LONG_HEADER, "ppp.multilink", "a bad PPP multilink header"))
        return;
    const uint8_t *header = packet->bytes.data;
    bool is_long = (header[0] & 0x3f) == 0 && (knows_protocol(packet->bytes, LONG_HEADER) ||
                                               !knows_protocol(packet->bytes, SHORT_HEADER));
    if ((header[0] & BEGIN_END) != BEGIN_END) {
        tt_packet_spoil(net, packet, "ppp.fragment", "a PPP multilink fragment; not put together");
        return;
    }
    tt_packet_enter(packet, is_long ? LONG_HEADER : SHORT_HEADER, TT_SPACE_PPP, 0);
    tt_read_ppp_protocol(net, packet);
}

/* RFC 3518 section 4.2: flags (0x80: a checksum behind the frame, 0x40: a LAN identifier of 4
 * bytes, low four bits: bytes of padding), MAC type (1: Ethernet). */
void tt_read_ppp_bridging(struct tt_net *net, struct tt_packet *packet)
{
    enum { BRIDGE_HEADER = 2, HAS_FCS = 0x80, HAS_LAN = 0x40, PADS = 0x0f, ETHERNET = 1, FCS = 4 };
    if (!tt_link_has(net, packet, BRIDGE_HEADER, "ppp.bridge", "a bad PPP bridging header"))
        return;
    unsigned flags = packet->bytes.data[0];
    size_t header = BRIDGE_HEADER + ((flags & HAS_LAN) != 0 ? 4 : 0);
    if (packet->bytes.data[1] != ETHERNET) {
        tt_link_hand_on(net, packet, BRIDGE_HEADER);
        return;
    }
    size_t trailer = (flags & PADS) + ((flags & HAS_FCS) != 0 ? FCS : 0U);
    if (packet->bytes.len < header || packet->bytes.len + packet->missing - header < trailer) {
        tt_packet_spoil(net, packet, "ppp.bridge", "a bad PPP bridging header");
        return;
    }
    tt_packet_enter(packet, header, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    tt_link_trim(packet, trailer);
    tt_link_enter_ethernet(packet, 0);
}

/* Cisco HDLC: address (0x0f or 0x8f), control, EtherType. PPP was seen under its link type. */
void tt_read_chdlc(struct tt_net *net, struct tt_packet *packet)
{
    enum { CHDLC_HEADER = 4 };
    if (!tt_link_has(net, packet, CHDLC_HEADER, "chdlc.short",
                     "a frame too short for a Cisco HDLC header"))
        return;
    const uint8_t *header = packet->bytes.data;
    if (header[0] == HDLC_ALL_STATIONS && header[1] == HDLC_UNNUMBERED)
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_PPP);
    else
        tt_link_enter_type(net, packet, CHDLC_HEADER, tt_be16(header + 2));
}
