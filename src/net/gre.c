/* GRE: version 0 (RFC 1701, 2784, 2890) and what travels in it by its protocol type, among it NVGRE
 * (RFC 7637), ERSPAN (draft-foschiano-erspan) and WCCP (draft-mclaggan-wccp-v2rev1); version 1 of
 * PPTP (RFC 2637 section 4.1). */
#include "net/tunnel.h"

#include "net/core.h"

#include "base/reader.h"

enum {
    FLAG_CHECKSUM = 0x8000,
    FLAG_ROUTING = 0x4000,
    FLAG_KEY = 0x2000,
    FLAG_SEQUENCE = 0x1000,
    FLAG_ACKNOWLEDGMENT = 0x0080, /* version 1 */
    VERSION = 0x0007,
    PROTOCOL_WCCP = 0x883e,
    PROTOCOL_ERSPAN = 0x88be,
    PROTOCOL_ERSPAN3 = 0x22eb,
    PROTOCOL_EOIP = 0x6400
};

/* What a protocol type leads to, where it is no EtherType that layer.c knows. */
struct inside {
    uint16_t first;
    uint16_t last;
    enum tt_space space;
    uint32_t number;
};

static const struct inside insides[] = {
    {0x6558, 0x6558, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET},   /* transparent Ethernet bridging */
    {0x6559, 0x6559, TT_SPACE_LINK, TT_LINKTYPE_FRELAY},     /* raw Frame Relay (RFC 1701) */
    {0x880b, 0x880b, TT_SPACE_LINK, TT_LINKTYPE_PPP},        /* PPP */
    {0x8200, 0x82ff, TT_SPACE_LINK, TT_LINKTYPE_IEEE802_11}, /* Aruba access points */
    {0x9000, 0x900f, TT_SPACE_LINK, TT_LINKTYPE_IEEE802_11}, /* Aruba access points */
};

static void spoil(struct tt_net *net, struct tt_packet *packet)
{
    tt_packet_spoil(net, packet, "gre.header", "a bad GRE header");
}

/* RFC 1701: source route entries (address family, offset, length, route) up to one of zeros. */
static void skip_routing(struct tt_reader *reader)
{
    unsigned family = 0;
    unsigned len = 0;
    do {
        family = tt_read_u16(reader);
        tt_read_skip(reader, 1);
        len = tt_read_u8(reader);
        tt_read_skip(reader, len);
    } while (!reader->failed && (family != 0 || len != 0));
}

/* Type II and III: version and VLAN, then more words up to the mirrored frame. Type I has no header
 * of its own and no sequence number. Returns the length, 0 when there is none. */
static size_t erspan_header(struct tt_span bytes, bool *ret_is_ip)
{
    enum { TYPE2 = 1, TYPE3 = 2, TYPE2_LEN = 8, TYPE3_LEN = 12, PLATFORM = 1, PLATFORM_LEN = 8 };
    enum { FRAME_TYPE_IP = 2 };
    unsigned version = bytes.len == 0 ? 0 : bytes.data[0] >> 4;
    if (version == TYPE2 && bytes.len >= TYPE2_LEN)
        return TYPE2_LEN;
    if (version != TYPE3 || bytes.len < TYPE3_LEN)
        return 0;
    *ret_is_ip = (bytes.data[10] >> 2 & 0x1f) == FRAME_TYPE_IP;
    return TYPE3_LEN + ((bytes.data[11] & PLATFORM) != 0 ? PLATFORM_LEN : 0);
}

static bool enter_erspan(struct tt_net *net, struct tt_packet *packet, size_t header,
                         bool has_header)
{
    bool is_ip = false;
    size_t own = has_header ? erspan_header(tt_span_from(packet->bytes, header), &is_ip) : 0;
    return tt_tunnel_try(net, packet, header + own, TT_SPACE_LINK,
                         is_ip ? TT_LINKTYPE_RAW : TT_LINKTYPE_ETHERNET);
}

/* Version 2 puts a redirect header of 4 bytes before the IP packet, version 1 nothing; no field
 * tells which. */
static bool enter_wccp(struct tt_net *net, struct tt_packet *packet, size_t header)
{
    enum { REDIRECT = 4 };
    return tt_tunnel_try(net, packet, header, TT_SPACE_LINK, TT_LINKTYPE_RAW) ||
           tt_tunnel_try(net, packet, header + REDIRECT, TT_SPACE_LINK, TT_LINKTYPE_RAW);
}

static bool enter_by_type(struct tt_net *net, struct tt_packet *packet, size_t header,
                          unsigned type)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(insides); i++) {
        const struct inside *inside = &insides[i];
        const struct tt_packet next = {.space = inside->space, .number = inside->number};
        if (type < inside->first || type > inside->last)
            continue;
        if (tt_layer_find(&next) == NULL)
            return false;
        tt_tunnel_enter(net, packet, header, inside->space, inside->number);
        return true;
    }
    const struct tt_packet next = {.space = TT_SPACE_ETHERTYPE, .number = type};
    if (type < TT_ETHERTYPE_MIN || tt_layer_find(&next) == NULL)
        return false;
    tt_tunnel_enter(net, packet, header, TT_SPACE_ETHERTYPE, type);
    return true;
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |C|R|K|S|s|Recur|  Flags  | Ver |         Protocol Type         |
 * |      Checksum (C or R)        |       Offset (C or R)         |
 * |                         Key (K)                               |
 * |                    Sequence Number (S)                        |
 * |                       Routing (R) ...                         | */
static void read_version0(struct tt_net *net, struct tt_packet *packet, unsigned flags,
                          unsigned type)
{
    struct tt_reader reader = tt_reader_of(packet->bytes);
    tt_read_skip(&reader, 4);
    if ((flags & (FLAG_CHECKSUM | FLAG_ROUTING)) != 0)
        tt_read_skip(&reader, 4);
    if ((flags & FLAG_KEY) != 0)
        tt_read_skip(&reader, 4);
    if ((flags & FLAG_SEQUENCE) != 0)
        tt_read_skip(&reader, 4);
    if ((flags & FLAG_ROUTING) != 0)
        skip_routing(&reader);
    if (reader.failed) {
        spoil(net, packet);
        return;
    }
    size_t header = reader.at;
    bool entered = false;
    if (type == PROTOCOL_ERSPAN)
        entered = enter_erspan(net, packet, header, (flags & FLAG_SEQUENCE) != 0);
    else if (type == PROTOCOL_ERSPAN3)
        entered = enter_erspan(net, packet, header, true);
    else if (type == PROTOCOL_WCCP)
        entered = enter_wccp(net, packet, header);
    else
        entered = enter_by_type(net, packet, header, type);
    if (!entered)
        tt_packet_hand_on(net, packet);
}

/* The key is split: payload length, call. The sequence number is there only with a payload.
 * MikroTik's EoIP has the shape of it, with its tunnel where the call is, and Ethernet inside. */
static void read_version1(struct tt_net *net, struct tt_packet *packet, unsigned flags,
                          unsigned type)
{
    struct tt_reader reader = tt_reader_of(packet->bytes);
    tt_read_skip(&reader, 4);
    size_t len = tt_read_u16(&reader);
    tt_read_skip(&reader, 2);
    if ((flags & FLAG_SEQUENCE) != 0)
        tt_read_skip(&reader, 4);
    if ((flags & FLAG_ACKNOWLEDGMENT) != 0)
        tt_read_skip(&reader, 4);
    if (reader.failed || (type != 0x880b && type != PROTOCOL_EOIP)) {
        spoil(net, packet);
        return;
    }
    size_t whole = reader.at + len;
    if (whole > packet->bytes.len + packet->missing)
        tt_packet_note(net, packet, "gre.length", "a GRE payload length beyond the packet");
    else
        tt_tunnel_trim(net, packet, whole);
    uint32_t link = type == PROTOCOL_EOIP ? TT_LINKTYPE_ETHERNET : TT_LINKTYPE_PPP;
    const struct tt_packet next = {.space = TT_SPACE_LINK, .number = link};
    if (len == 0) {
        /* An acknowledgment, or a keep-alive: all of it is header. */
        tt_packet_enter(packet, reader.at, TT_SPACE_IP, packet->number);
        tt_packet_hand_on(net, packet);
    } else if (tt_layer_find(&next) == NULL) {
        tt_packet_hand_on(net, packet);
    } else {
        tt_tunnel_enter(net, packet, reader.at, TT_SPACE_LINK, link);
    }
}

void tt_read_gre(struct tt_net *net, struct tt_packet *packet)
{
    if (packet->bytes.len < 4) {
        spoil(net, packet);
        return;
    }
    unsigned flags = tt_be16(packet->bytes.data);
    unsigned type = tt_be16(packet->bytes.data + 2);
    switch (flags & VERSION) {
    case 0:
        read_version0(net, packet, flags, type);
        break;
    case 1:
        read_version1(net, packet, flags, type);
        break;
    default:
        spoil(net, packet);
        break;
    }
}
