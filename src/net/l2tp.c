/* L2TP: version 2 (RFC 2661) over UDP, version 3 (RFC 3931) over UDP and IP. Control messages stay
 * what they were: their attributes name hosts and callers and are searched as they stand. */
#include "net/tunnel.h"

#include "net/core.h"

#include "base/reader.h"

enum {
    FLAG_CONTROL = 0x8000,
    FLAG_LENGTH = 0x4000,
    FLAG_SEQUENCE = 0x0800,
    FLAG_OFFSET = 0x0200,
    VERSION = 0x000f
};

/* Cookie (0, 4 or 8 bytes), sublayer (0 or 4) and the kind of the payload of a version 3 session
 * were agreed on by control messages which the capture may lack: they are guessed, and only what
 * fits to the byte is believed. */
static bool enter_session(struct tt_net *net, struct tt_packet *packet, size_t header)
{
    enum { STEP = 4, MOST = 12 };
    static const uint32_t links[] = {TT_LINKTYPE_ETHERNET, TT_LINKTYPE_RAW};
    static const uint8_t address_control[] = {0xff, 0x03};
    static const uint8_t hdlc[] = {0x0f, 0x00};
    for (size_t at = header; at <= header + MOST; at += STEP) {
        struct tt_span rest = tt_span_from(packet->bytes, at);
        for (size_t i = 0; i < TT_ARRAY_LEN(links); i++) {
            if (!tt_tunnel_fits_tightly(packet, at, TT_SPACE_LINK, links[i]))
                continue;
            tt_tunnel_enter(net, packet, at, TT_SPACE_LINK, links[i]);
            return true;
        }
        /* Both have an IP packet 4 bytes behind. */
        uint32_t link = 0;
        if (tt_span_starts(rest, tt_span_of(address_control, sizeof(address_control))))
            link = TT_LINKTYPE_PPP;
        else if (tt_span_starts(rest, tt_span_of(hdlc, sizeof(hdlc))))
            link = TT_LINKTYPE_C_HDLC;
        if (link != 0 && tt_tunnel_fits_tightly(packet, at + 4, TT_SPACE_LINK, TT_LINKTYPE_RAW)) {
            tt_tunnel_enter(net, packet, at, TT_SPACE_LINK, link);
            return true;
        }
    }
    return false;
}

/* RFC 2661 section 3.1:
 *
 *  |T|L|x|x|S|x|O|P|x|x|x|x|  Ver  |          Length (L)           |
 *  |           Tunnel ID           |           Session ID          |
 *  |             Ns (S)            |             Nr (S)            |
 *  |      Offset Size (O)          |    Offset pad (O) ...         | */
static bool enter_version2(struct tt_net *net, struct tt_packet *packet)
{
    struct tt_reader reader = tt_reader_of(packet->bytes);
    unsigned flags = tt_read_u16(&reader);
    size_t end = packet->bytes.len + packet->missing;
    if ((flags & FLAG_LENGTH) != 0)
        end = tt_read_u16(&reader);
    tt_read_skip(&reader, 4);
    if ((flags & FLAG_SEQUENCE) != 0)
        tt_read_skip(&reader, 4);
    if ((flags & FLAG_OFFSET) != 0)
        tt_read_skip(&reader, tt_read_u16(&reader));
    if (reader.failed || reader.at > end || end > packet->bytes.len + packet->missing ||
        !tt_tunnel_fits(packet, reader.at, TT_SPACE_LINK, TT_LINKTYPE_PPP))
        return false;
    tt_tunnel_trim(net, packet, end);
    tt_tunnel_enter(net, packet, reader.at, TT_SPACE_LINK, TT_LINKTYPE_PPP);
    return true;
}

bool tt_udp_l2tp(struct tt_net *net, struct tt_packet *packet)
{
    enum { VERSION3_HEADER = 8 };
    if (packet->bytes.len < VERSION3_HEADER)
        return false;
    unsigned flags = tt_be16(packet->bytes.data);
    if ((flags & FLAG_CONTROL) != 0)
        return false;
    switch (flags & VERSION) {
    case 2:
        return enter_version2(net, packet);
    case 3: /* RFC 3931 section 4.1.2.1: flags, reserved, session; a session is never 0 */
        return tt_be16(packet->bytes.data + 2) == 0 && tt_be32(packet->bytes.data + 4) != 0 &&
               enter_session(net, packet, VERSION3_HEADER);
    default:
        return false;
    }
}

/* RFC 3931 section 4.1.1: the session first; 0 stands before a control message. */
void tt_read_l2tpv3(struct tt_net *net, struct tt_packet *packet)
{
    enum { SESSION = 4 };
    if (packet->bytes.len < SESSION)
        tt_packet_spoil(net, packet, "l2tp.header", "a packet too short for L2TP");
    else if (tt_be32(packet->bytes.data) == 0 || !enter_session(net, packet, SESSION))
        tt_packet_hand_on(net, packet);
}
