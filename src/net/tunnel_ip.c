/* Tunnels whose header follows an IP header and is a few bytes long, or none. */
#include "net/tunnel.h"

#include "net/core.h"

/* IPv4 in IPv4 (RFC 2003) and in IPv6 (RFC 2473): nothing stands between the headers. */
void tt_read_ipv4_inside(struct tt_net *net, struct tt_packet *packet)
{
    tt_tunnel_trim_ip(net, packet);
    tt_read_ipv4(net, packet);
}

/* IPv6 in IPv4 (6in4, RFC 4213; 6rd, 6to4) and in IPv6 (RFC 2473). */
void tt_read_ipv6_inside(struct tt_net *net, struct tt_packet *packet)
{
    tt_tunnel_trim_ip(net, packet);
    tt_read_ipv6(net, packet);
}

/* RFC 2004 section 3.1: protocol, S bit and reserved, checksum, destination, and with S the source.
 * The addresses are those of the packet before it was encapsulated; it has no header of its own. */
void tt_read_minimal(struct tt_net *net, struct tt_packet *packet)
{
    enum { SHORT = 8, LONG = 12, SOURCE = 0x80, ADDRESS = 4 };
    const uint8_t *header = packet->bytes.data;
    size_t len = packet->bytes.len > 1 && (header[1] & SOURCE) != 0 ? LONG : SHORT;
    if (packet->bytes.len < len || packet->addr[0].family != TT_ADDR_IPV4) {
        tt_packet_spoil(net, packet, "ip.minimal", "a bad minimal encapsulation header");
        return;
    }
    memcpy(packet->addr[1].bytes, header + 4, ADDRESS);
    if (len == LONG)
        memcpy(packet->addr[0].bytes, header + 8, ADDRESS);
    tt_packet_enter(packet, len, TT_SPACE_IP, header[0]);
}

/* RFC 3378 section 3: version 3 in 4 bits, 12 reserved bits, an Ethernet frame. */
void tt_read_etherip(struct tt_net *net, struct tt_packet *packet)
{
    enum { HEADER = 2, VERSION = 3 };
    if (packet->bytes.len < HEADER || packet->bytes.data[0] >> 4 != VERSION) {
        tt_packet_spoil(net, packet, "etherip.header", "a bad EtherIP header");
        return;
    }
    tt_tunnel_enter(net, packet, HEADER, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
}

/* RFC 4023 section 3: a label stack behind the IP header. */
void tt_read_mpls_in_ip(struct tt_net *net, struct tt_packet *packet)
{
    tt_tunnel_enter(net, packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_MPLS);
}

/* RFC 7761 section 4.9.3: a register carries a multicast packet to the rendezvous point: version 2
 * and type 1, reserved, checksum, flags (4 bytes). The other messages are routing. */
void tt_read_pim(struct tt_net *net, struct tt_packet *packet)
{
    enum { HEADER = 8, VERSION2_REGISTER = 0x21 };
    if (packet->bytes.len < HEADER || packet->bytes.data[0] != VERSION2_REGISTER ||
        !tt_tunnel_try(net, packet, HEADER, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_hand_on(net, packet);
}
