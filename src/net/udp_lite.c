/* UDP-Lite (RFC 3828): source port, destination port, checksum coverage, checksum. The length is
 * that of the IP payload. */
#include "net/core.h"

enum { UDP_LITE_HEADER = 8, UDP_LITE = 136 };

void tt_read_udp_lite(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < UDP_LITE_HEADER) {
        tt_packet_spoil(net, packet, "udp.header", "a packet too short for UDP-Lite");
        return;
    }
    /* Section 3.1: 0 means all; less than the header, or more than there is, is dropped by
     * receivers. */
    size_t coverage = tt_be16(header + 4);
    if ((coverage != 0 && coverage < UDP_LITE_HEADER) ||
        coverage > packet->bytes.len + packet->missing)
        tt_packet_note(net, packet, "udp.coverage",
                       "a UDP-Lite packet whose checksum covers what cannot be");
    const uint16_t port[2] = {tt_be16(header), tt_be16(header + 2)};
    tt_packet_enter(packet, UDP_LITE_HEADER, TT_SPACE_IP, UDP_LITE);
    tt_net_put_datagram(net, packet, TT_TRANSPORT_UDP, UDP_LITE, port);
    packet->taken = true;
}
