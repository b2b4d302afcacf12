/* UDP (RFC 768): source port, destination port, length with this header, checksum. */
#include "net/core.h"
#include "net/tunnel.h"

enum { UDP_HEADER = 8 };

void tt_read_udp(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < UDP_HEADER) {
        tt_packet_spoil(net, packet, "udp.header", "a packet too short for UDP");
        return;
    }
    size_t len = tt_be16(header + 4);
    /* 0 is written for jumbograms (RFC 2675 section 4): all that is there counts. */
    if (len != 0 && len < UDP_HEADER) {
        tt_packet_spoil(net, packet, "udp.header", "a UDP length smaller than its header");
        return;
    }
    packet->port[0] = tt_be16(header);
    packet->port[1] = tt_be16(header + 2);
    tt_packet_enter(packet, UDP_HEADER, TT_SPACE_IP, packet->number);
    size_t payload = len == 0 ? packet->bytes.len + packet->missing : len - UDP_HEADER;
    if (payload > packet->bytes.len + packet->missing)
        tt_packet_note(net, packet, "udp.length", "a UDP length beyond the packet");
    /* Bytes that IP counts and UDP does not could be hidden data: they go out on their own. */
    bool more = payload < packet->bytes.len;
    struct tt_packet behind = {.taken = true};
    if (more)
        behind = tt_packet_split(packet, payload);
    else
        tt_packet_limit(packet, payload);
    if (more) {
        tt_packet_note(net, &behind, "udp.length", "bytes behind the UDP length");
        tt_packet_hand_on(net, &behind);
    }
    packet->space = TT_SPACE_UDP;
    packet->number = 0;
    if (!tt_tunnel_over_udp(net, packet))
        tt_packet_hand_on(net, packet);
}
