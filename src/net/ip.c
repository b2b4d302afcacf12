/* IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers. Checksums are not looked at:
 * captures on the sending machine hold packets whose checksums the network card writes later. */
#include "net/core.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, FRAGMENT_HEADER = 8 };

static void set_addresses(struct tt_packet *packet, enum tt_addr_family family, const uint8_t *at,
                          size_t len)
{
    for (size_t i = 0; i < 2; i++) {
        packet->addr[i] = (struct tt_addr){.family = (uint8_t)family};
        memcpy(packet->addr[i].bytes, at + i * len, len);
    }
}

/* Links pad short packets (Ethernet to 46 bytes) and put checksums and times behind them. What is
 * longer could be hidden data. */
static bool is_padding(struct tt_span bytes, size_t header, size_t len)
{
    enum { ETHERNET_PAYLOAD_MIN = 46, CHECKSUM = 4, TRAILER_MAX = 8 };
    struct tt_span behind = tt_span_from(bytes, len);
    if (behind.len <= TRAILER_MAX || header + bytes.len <= ETHERNET_PAYLOAD_MIN + CHECKSUM)
        return true;
    for (size_t i = 0; i < behind.len; i++)
        if (behind.data[i] != 0)
            return false;
    return true;
}

/* Cuts the packet to the `len` bytes that its header of `header` bytes claims behind itself. */
static void limit_to_claim(struct tt_net *net, struct tt_packet *packet, size_t header, size_t len)
{
    if (TT_UNLIKELY(len > packet->bytes.len + packet->missing)) {
        tt_packet_note(net, packet, "ip.length", "an IP length beyond the packet");
        return;
    }
    if (TT_LIKELY(len >= packet->bytes.len) || is_padding(packet->bytes, header, len)) {
        tt_packet_limit(packet, len);
        return;
    }
    struct tt_packet behind = tt_packet_split(packet, len);
    behind.space = TT_SPACE_LINK;
    behind.number = 0;
    behind.addr[0] = behind.addr[1] = (struct tt_addr){.family = TT_ADDR_NONE};
    tt_packet_note(net, &behind, "ip.trailer", "bytes behind an IP packet; read on their own");
    tt_packet_hand_on(net, &behind);
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Version|  IHL  |Type of Service|          Total Length         |
 * |         Identification        |Flags|      Fragment Offset    |
 * |  Time to Live |    Protocol   |         Header Checksum       |
 * |                       Source Address                          |
 * |                    Destination Address                        |
 * |                    Options ...                                | */
void tt_read_ipv4(struct tt_net *net, struct tt_packet *packet)
{
    enum { MORE = 0x2000, OFFSET = 0x1fff };
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < IPV4_HEADER || header[0] >> 4 != 4) {
        tt_packet_spoil(net, packet, "ip.header", "a bad IPv4 header");
        return;
    }
    size_t header_len = (header[0] & 0x0fU) * 4U;
    size_t total = tt_be16(header + 2);
    if (header_len < IPV4_HEADER || header_len > packet->bytes.len ||
        (total != 0 && total < header_len)) {
        tt_packet_spoil(net, packet, "ip.header", "a bad IPv4 header");
        return;
    }
    set_addresses(packet, TT_ADDR_IPV4, header + 12, 4);
    unsigned flags = tt_be16(header + 6);
    struct tt_fragment fragment = {.id = tt_be16(header + 4),
                                   .protocol = header[9],
                                   .offset = (flags & OFFSET) * 8U,
                                   .more = (flags & MORE) != 0};
    tt_packet_enter(packet, header_len, TT_SPACE_IP, header[9]);
    /* 0 is written where the network card cuts large packets (TSO): all that is there counts. */
    if (total != 0)
        limit_to_claim(net, packet, header_len, total - header_len);
    /* Version, length and flags; all but type of service, TTL and checksum. */
    uint64_t fixed = (uint64_t)header[0] << 56 | (uint64_t)total << 40 |
                     (uint64_t)tt_be32(header + 4) << 8 | header[9];
    tt_duplicates_check(net, packet, header + 12, fixed, fragment.id != 0);
    if (TT_UNLIKELY(fragment.more || fragment.offset != 0))
        tt_fragments_take(net, packet, &fragment);
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Version| Traffic Class |           Flow Label                  |
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * |                 Source Address (16 bytes)                     |
 * |                 Destination Address (16 bytes)                | */
void tt_read_ipv6(struct tt_net *net, struct tt_packet *packet)
{
    enum { FIXED = 0x000fffff }; /* the flow label */
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < IPV6_HEADER || header[0] >> 4 != 6) {
        tt_packet_spoil(net, packet, "ip.header", "a bad IPv6 header");
        return;
    }
    size_t len = tt_be16(header + 4);
    set_addresses(packet, TT_ADDR_IPV6, header + 8, 16);
    tt_packet_enter(packet, IPV6_HEADER, TT_SPACE_IP, header[6]);
    /* 0: a jumbogram (RFC 2675) or TSO. */
    if (len != 0)
        limit_to_claim(net, packet, IPV6_HEADER, len);
    /* All but traffic class and hop limit. */
    uint64_t fixed = (uint64_t)(tt_be32(header) & FIXED) << 32 | (uint64_t)len << 8 | header[6];
    tt_duplicates_check(net, packet, header + 8, fixed, false);
}

/* Moves behind an extension header of `len` bytes whose first byte names the next one. */
static void enter_extension(struct tt_net *net, struct tt_packet *packet, size_t len)
{
    if (len > packet->bytes.len) {
        tt_packet_spoil(net, packet, "ip.extension", "an extension header beyond the packet");
        return;
    }
    tt_packet_enter(packet, len, TT_SPACE_IP, packet->bytes.data[0]);
}

/* True when there is no IPv6 extension header here; then the packet is handed on. IPv4 knows none:
 * there the numbers are payload. */
static bool is_no_extension(struct tt_net *net, struct tt_packet *packet)
{
    if (packet->addr[0].family != TT_ADDR_IPV6)
        tt_packet_hand_on(net, packet);
    else if (packet->bytes.len < 8)
        tt_packet_spoil(net, packet, "ip.extension", "an extension header beyond the packet");
    return packet->taken;
}

/* On the way the IPv6 header holds the next hop; the routing header, of type 0 (RFC 5095), 2 (RFC
 * 6275 section 6.4) or 4 (RFC 8754), holds the destination: as its last address, but for type 4,
 * whose list is written backwards. */
static void take_destination(struct tt_packet *packet, struct tt_span routing)
{
    enum { ADDRESSES_AT = 8, LEN = 16 };
    const uint8_t *header = routing.data;
    unsigned type = header[2];
    unsigned segments_left = header[3];
    if (segments_left == 0 || (type != 0 && type != 2 && type != 4) ||
        routing.len < ADDRESSES_AT + LEN)
        return;
    size_t last = (routing.len - ADDRESSES_AT) / LEN - 1;
    memcpy(packet->addr[1].bytes, header + ADDRESSES_AT + (type == 4 ? 0 : last) * LEN, LEN);
}

/* A mobile host writes its home address into a destination option (RFC 6275 section 6.3). */
static void take_home_address(struct tt_packet *packet, struct tt_span options)
{
    enum { PAD1 = 0, HOME_ADDRESS = 201, LEN = 16 };
    size_t at = 2;
    while (at + 2 <= options.len) {
        const uint8_t *option = options.data + at;
        size_t len = option[0] == PAD1 ? 1 : 2U + option[1];
        if (option[0] == HOME_ADDRESS && option[1] == LEN && at + len <= options.len) {
            memcpy(packet->addr[0].bytes, option + 2, LEN);
            return;
        }
        at += len;
    }
}

/* Hop-by-hop options, routing header, destination options (RFC 8200 sections 4.3, 4.4, 4.6): next
 * header, length in units of 8 bytes without the first 8. */
void tt_read_ipv6_options(struct tt_net *net, struct tt_packet *packet)
{
    enum { ROUTING = 43, DESTINATION = 60 };
    if (is_no_extension(net, packet))
        return;
    struct tt_span header = tt_span_sub(packet->bytes, 0, (packet->bytes.data[1] + (size_t)1) * 8);
    if (packet->number == ROUTING)
        take_destination(packet, header);
    else if (packet->number == DESTINATION)
        take_home_address(packet, header);
    enter_extension(net, packet, (packet->bytes.data[1] + (size_t)1) * 8);
}

/* RFC 8200 section 4.5: next header, reserved, offset (13 bits), 2 bits, M, identification. */
void tt_read_ipv6_fragment(struct tt_net *net, struct tt_packet *packet)
{
    if (is_no_extension(net, packet))
        return;
    const uint8_t *header = packet->bytes.data;
    unsigned offset = tt_be16(header + 2);
    struct tt_fragment fragment = {.id = tt_be32(header + 4),
                                   .protocol = header[0],
                                   .offset = offset & 0xfff8U,
                                   .more = (offset & 1) != 0};
    tt_packet_enter(packet, FRAGMENT_HEADER, TT_SPACE_IP, header[0]);
    if (fragment.more || fragment.offset != 0)
        tt_fragments_take(net, packet, &fragment);
}

/* RFC 4302 section 2: next header, length in units of 4 bytes minus 2. Also in IPv4. */
void tt_read_authentication(struct tt_net *net, struct tt_packet *packet)
{
    if (packet->bytes.len < 12) {
        tt_packet_spoil(net, packet, "ip.extension", "an authentication header beyond the packet");
        return;
    }
    enter_extension(net, packet, (packet->bytes.data[1] + 2U) * 4U);
}
