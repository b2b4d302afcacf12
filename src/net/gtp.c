/* GTP: what phones send, on its way through a cellular core. Only tunnelled packets are opened;
 * signalling (GTP-C, GTP', echo) stays a datagram and is searched as it stands. */
#include "net/tunnel.h"

#include "net/core.h"

#include "base/reader.h"

enum { T_PDU = 255 };

/* True when an Ethernet frame of a kind that is read begins at `header`: an unknown EtherType would
 * prove nothing here. */
static bool holds_known_frame(const struct tt_packet *packet, size_t header)
{
    enum { TYPE_AT = 12 };
    if (!tt_tunnel_fits(packet, header, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET))
        return false;
    uint32_t type = tt_be16(packet->bytes.data + header + TYPE_AT);
    const struct tt_packet next = {.space = TT_SPACE_ETHERTYPE, .number = type};
    return type == TT_ETHERTYPE_ARP || (type >= TT_ETHERTYPE_MIN && tt_layer_find(&next) != NULL);
}

/* The link type of a T-PDU. No field tells it, the signalling did: IPv4 or IPv6, PPP with its
 * address and control fields, Ethernet of a 5G session. */
static bool find_link(const struct tt_packet *packet, size_t header, uint32_t *ret_link)
{
    static const uint8_t address_control[] = {0xff, 0x03};
    const struct tt_span ppp = tt_span_of(address_control, sizeof(address_control));
    if (tt_tunnel_fits(packet, header, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        *ret_link = TT_LINKTYPE_RAW;
    else if (tt_span_starts(tt_span_from(packet->bytes, header), ppp) &&
             tt_tunnel_fits(packet, header, TT_SPACE_LINK, TT_LINKTYPE_PPP))
        *ret_link = TT_LINKTYPE_PPP;
    else if (holds_known_frame(packet, header))
        *ret_link = TT_LINKTYPE_ETHERNET;
    else
        return false;
    return true;
}

/* Extension headers: length in words of 4 bytes, content, type of the next one; 0 ends them. */
static void skip_extensions(struct tt_reader *reader, unsigned type)
{
    while (type != 0 && !reader->failed) {
        size_t len = tt_read_u8(reader) * 4U;
        if (len == 0) /* would not move on */
            reader->failed = true;
        else
            tt_read_skip(reader, len - 2);
        type = tt_read_u8(reader);
    }
}

/* 3GPP TS 29.281 section 5.1:
 *
 *  |Version|P|*|E|S|N| Message Type  |            Length             |
 *  |                 Tunnel Endpoint Identifier                      |
 *  |  Sequence Number (E, S or N)    |N-PDU Number | Next Extension  |
 *
 * The length counts what follows the first 8 bytes. */
static bool enter_user(struct tt_net *net, struct tt_packet *packet, bool exactly)
{
    enum { VERSION_AND_TYPE = 0xf0, GTP_V1 = 0x30, OPTIONAL = 0x07, EXTENSION = 0x04, BASE = 8 };
    struct tt_reader reader = tt_reader_of(packet->bytes);
    unsigned flags = tt_read_u8(&reader);
    unsigned type = tt_read_u8(&reader);
    size_t end = BASE + tt_read_u16(&reader);
    tt_read_skip(&reader, 4);
    if ((flags & OPTIONAL) != 0) {
        tt_read_skip(&reader, 3);
        unsigned next = tt_read_u8(&reader);
        skip_extensions(&reader, (flags & EXTENSION) != 0 ? next : 0);
    }
    uint32_t link = 0;
    if (reader.failed || (flags & VERSION_AND_TYPE) != GTP_V1 || type != T_PDU || reader.at > end ||
        end > packet->bytes.len + packet->missing || !find_link(packet, reader.at, &link))
        return false;
    if (exactly && (end != packet->bytes.len + packet->missing ||
                    !tt_tunnel_fits_tightly(packet, reader.at, TT_SPACE_LINK, TT_LINKTYPE_RAW)))
        return false;
    tt_tunnel_trim(net, packet, end);
    tt_tunnel_enter(net, packet, reader.at, TT_SPACE_LINK, link);
    return true;
}

bool tt_udp_gtp_user(struct tt_net *net, struct tt_packet *packet)
{
    return enter_user(net, packet, false);
}

bool tt_udp_gtp_elsewhere(struct tt_net *net, struct tt_packet *packet)
{
    return enter_user(net, packet, true);
}

/* 3GPP TS 09.60 section 6 (GTP version 0): flags, type, length behind the header, sequence, flow
 * label, N-PDU number, 3 spare bytes, tunnel identifier. That one holds the IMSI: so the header
 * goes out as a datagram and is searched. */
bool tt_udp_gtp_v0(struct tt_net *net, struct tt_packet *packet)
{
    enum { VERSION_AND_TYPE = 0xf0, GTP_V0 = 0x10, HEADER = 20 };
    uint32_t link = 0;
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < HEADER || (header[0] & VERSION_AND_TYPE) != GTP_V0 ||
        header[1] != T_PDU || !find_link(packet, HEADER, &link))
        return false;
    size_t end = HEADER + tt_be16(header + 2);
    if (end > packet->bytes.len + packet->missing)
        return false;
    tt_tunnel_trim(net, packet, end);
    struct tt_packet inside = tt_packet_split(packet, HEADER);
    tt_packet_hand_on(net, packet);
    *packet = inside;
    tt_tunnel_enter(net, packet, 0, TT_SPACE_LINK, link);
    return true;
}
