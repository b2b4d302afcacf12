/* Local networks beside Ethernet: FDDI, Token Ring, ARCNET, Fibre Channel, IEEE 1394, InfiniBand;
 * and serial lines without PPP. */
#include "net/link.h"

enum { MAC_LEN = 6 };

/* FDDI sends the bits of an address in the other order, and captures keep them so. */
static struct tt_addr swapped_mac(const uint8_t *at)
{
    struct tt_addr mac = {.family = TT_ADDR_MAC};
    for (size_t i = 0; i < MAC_LEN; i++) {
        unsigned byte = at[i];
        unsigned swapped = 0;
        for (unsigned bit = 0; bit < 8; bit++)
            swapped |= (byte >> bit & 1) << (7 - bit);
        mac.bytes[i] = (uint8_t)swapped;
    }
    return mac;
}

/* ISO 9314-2: frame control, destination, source. The upper bits of the control tell LLC from what
 * the ring says to itself. */
void tt_read_fddi(struct tt_net *net, struct tt_packet *packet)
{
    enum { FDDI_HEADER = 13, KIND = 0x70, KIND_LLC = 0x50 };
    const uint8_t *header = packet->bytes.data;
    if (!tt_link_has(net, packet, FDDI_HEADER, "fddi.short", "a frame too short for FDDI"))
        return;
    packet->mac[1] = swapped_mac(header + 1);
    packet->mac[0] = swapped_mac(header + 7);
    if ((header[0] & KIND) == KIND_LLC)
        tt_packet_enter(packet, FDDI_HEADER, TT_SPACE_LLC, 0);
    else
        tt_link_hand_on(net, packet, FDDI_HEADER);
}

/* IEEE 802.5: access control, frame control, destination, source; the first bit of the source says
 * that a route follows (IEEE 802.1D annex C), whose first byte tells its length. */
void tt_read_token_ring(struct tt_net *net, struct tt_packet *packet)
{
    enum { RING_HEADER = 14, KIND = 0xc0, KIND_LLC = 0x40, ROUTED = 0x80, ROUTE_LEN = 0x1f };
    const uint8_t *header = packet->bytes.data;
    if (!tt_link_has(net, packet, RING_HEADER, "token_ring.short",
                     "a frame too short for Token Ring"))
        return;
    size_t len = RING_HEADER;
    bool routed = (header[8] & ROUTED) != 0;
    if (routed && packet->bytes.len > RING_HEADER)
        len += header[RING_HEADER] & ROUTE_LEN;
    if (routed && (len < RING_HEADER + 2 || len > packet->bytes.len)) {
        tt_packet_spoil(net, packet, "token_ring.route", "a bad Token Ring route");
        return;
    }
    packet->mac[1] = tt_link_mac(header + 2);
    packet->mac[0] = tt_link_mac(header + 8);
    packet->mac[0].bytes[0] &= (uint8_t)~ROUTED;
    if ((header[1] & KIND) == KIND_LLC)
        tt_packet_enter(packet, len, TT_SPACE_LLC, 0);
    else
        tt_link_hand_on(net, packet, len);
}

/* ---- ARCNET ---- */

/* The EtherType of an ARCNET protocol identifier (RFC 1051, RFC 1201, RFC 2497), 0: none. */
static uint32_t arcnet_ethertype(unsigned protocol)
{
    enum { RARP = 0x8035 };
    switch (protocol) {
    case 212:
    case 240:
        return TT_ETHERTYPE_IPV4;
    case 213:
    case 241:
        return TT_ETHERTYPE_ARP;
    case 214:
        return RARP;
    case 196:
        return TT_ETHERTYPE_IPV6;
    default:
        return 0;
    }
}

/* RFC 1051 has nothing behind the protocol, which is the last byte of `header`; RFC 1201 has a
 * split flag and a sequence number. 0xff in the flag says that the frame is padded and that
 * protocol, flag and number stand there again. */
static void enter_arcnet(struct tt_net *net, struct tt_packet *packet, size_t header)
{
    enum { RFC1051_IP = 240, RFC1051_ARP = 241, FLAG_LEN = 3, EXCEPTION = 0xff, EXCEPTION_LEN = 4 };
    const uint8_t *bytes = packet->bytes.data;
    if (!tt_link_has(net, packet, header, "arcnet.short", "a frame too short for ARCNET"))
        return;
    unsigned protocol = bytes[header - 1];
    unsigned flag = 0;
    if (protocol != RFC1051_IP && protocol != RFC1051_ARP) {
        if (packet->bytes.len > header && bytes[header] == EXCEPTION)
            header += EXCEPTION_LEN;
        if (!tt_link_has(net, packet, header + FLAG_LEN, "arcnet.short",
                         "a frame too short for ARCNET"))
            return;
        flag = bytes[header];
        header += FLAG_LEN;
    }
    if (flag != 0)
        tt_packet_spoil(net, packet, "arcnet.fragment", "a part of a packet; not put together");
    else if (arcnet_ethertype(protocol) == 0)
        tt_link_hand_on(net, packet, header);
    else
        tt_packet_enter(packet, header, TT_SPACE_ETHERTYPE, arcnet_ethertype(protocol));
}

/* LINKTYPE_ARCNET_BSD: source, destination, protocol. */
void tt_read_arcnet(struct tt_net *net, struct tt_packet *packet)
{
    enum { BSD_HEADER = 3 };
    enter_arcnet(net, packet, BSD_HEADER);
}

/* LINKTYPE_ARCNET_LINUX: source, destination, offset (2), protocol. */
void tt_read_arcnet_linux(struct tt_net *net, struct tt_packet *packet)
{
    enum { LINUX_HEADER = 5 };
    enter_arcnet(net, packet, LINUX_HEADER);
}

/* ---- Fibre Channel, IEEE 1394, InfiniBand ---- */

/* RFC 4338 section 3 (RFC 2625): network header of two addresses of 8 bytes, the last six of them a
 * MAC address; LLC. */
void tt_read_ip_over_fc(struct tt_net *net, struct tt_packet *packet)
{
    enum { NETWORK_HEADER = 16 };
    if (!tt_link_has(net, packet, NETWORK_HEADER, "fc.short",
                     "a frame too short for a Fibre Channel network header"))
        return;
    packet->mac[1] = tt_link_mac(packet->bytes.data + 2);
    packet->mac[0] = tt_link_mac(packet->bytes.data + 10);
    tt_packet_enter(packet, NETWORK_HEADER, TT_SPACE_LLC, 0);
}

/* FC-FS frame header: byte 8 is the type, bit 5 of byte 13 says that a network header follows.
 * With frame delimiters (LINKTYPE 225) 4 bytes stand in front and behind. */
void tt_read_fibre_channel(struct tt_net *net, struct tt_packet *packet)
{
    enum { FC_HEADER = 24, TYPE_IP = 0x05, HAS_NETWORK = 0x20, DELIMITER = 4 };
    if (packet->number != TT_LINKTYPE_FC_2) {
        tt_link_trim(packet, DELIMITER);
        if (tt_link_has(net, packet, DELIMITER, "fc.short", "a frame too short for Fibre Channel"))
            tt_packet_enter(packet, DELIMITER, TT_SPACE_LINK, TT_LINKTYPE_FC_2);
        return;
    }
    const uint8_t *header = packet->bytes.data;
    if (!tt_link_has(net, packet, FC_HEADER, "fc.short", "a frame too short for Fibre Channel"))
        return;
    if (header[8] != TYPE_IP)
        tt_link_hand_on(net, packet, FC_HEADER);
    else if ((header[13] & HAS_NETWORK) != 0)
        tt_packet_enter(packet, FC_HEADER, TT_SPACE_LINK, TT_LINKTYPE_IP_OVER_FC);
    else
        tt_packet_enter(packet, FC_HEADER, TT_SPACE_LLC, 0);
}

/* LINKTYPE_APPLE_IP_OVER_IEEE1394: destination (8), source (8), EtherType. */
void tt_read_apple_1394(struct tt_net *net, struct tt_packet *packet)
{
    enum { APPLE_HEADER = 18 };
    if (tt_link_has(net, packet, APPLE_HEADER, "ieee1394.short",
                    "a frame too short for IP over IEEE 1394"))
        tt_link_enter_type(net, packet, APPLE_HEADER, tt_be16(packet->bytes.data + 16));
}

/* RFC 4391 section 6: EtherType, two bytes of zeros. Some drivers leave an address of 20 bytes or
 * the global routing header of 40 in front. */
void tt_read_ipoib(struct tt_net *net, struct tt_packet *packet)
{
    enum { IPOIB_HEADER = 4 };
    static const size_t starts[] = {0, 20, 40};
    for (size_t i = 0; i < TT_ARRAY_LEN(starts); i++) {
        if (packet->bytes.len < starts[i] + IPOIB_HEADER)
            break;
        const uint8_t *header = packet->bytes.data + starts[i];
        unsigned type = tt_be16(header);
        if (tt_link_knows(TT_SPACE_ETHERTYPE, type) && tt_be16(header + 2) == 0) {
            tt_packet_enter(packet, starts[i] + IPOIB_HEADER, TT_SPACE_ETHERTYPE, type);
            return;
        }
    }
    tt_packet_spoil(net, packet, "ipoib.header", "a bad header of IP over InfiniBand");
}

/* ---- serial lines ---- */

/* LINKTYPE_SLIP: direction (0 or 1), type, 14 bytes of a compressed header; the packet behind them
 * is not compressed. Some files hold nothing but the packet. */
void tt_read_slip(struct tt_net *net, struct tt_packet *packet)
{
    enum { SLIP_HEADER = 16, DIRECTION_MAX = 1 };
    if (packet->bytes.len > 0 && packet->bytes.data[0] > DIRECTION_MAX) {
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW);
        return;
    }
    if (tt_link_has(net, packet, SLIP_HEADER, "slip.short", "a frame too short for SLIP"))
        tt_packet_enter(packet, SLIP_HEADER, TT_SPACE_LINK, TT_LINKTYPE_RAW);
}

/* SLIP and PPP of BSD/OS: 24 bytes of direction, type and link header, which for PPP may be
 * repeated behind them. */
void tt_read_bsdos(struct tt_net *net, struct tt_packet *packet)
{
    enum { BSDOS_HEADER = 24, SLIP_BSDOS = 15, SLIP_BSDOS_MAPPED = 102 };
    if (!tt_link_has(net, packet, BSDOS_HEADER, "slip.short", "a frame too short for BSD/OS"))
        return;
    bool slip = packet->number == SLIP_BSDOS || packet->number == SLIP_BSDOS_MAPPED;
    if (slip || tt_tunnel_fits(packet, BSDOS_HEADER, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_enter(packet, BSDOS_HEADER, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    else
        tt_packet_enter(packet, BSDOS_HEADER, TT_SPACE_LINK, TT_LINKTYPE_PPP);
}
