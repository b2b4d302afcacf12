/* DCCP (RFC 4340): the header with its options is overhead; the data goes out as it stands, since
 * its order does not matter to a datagram protocol. */
#include "net/core.h"

enum { DCCP = 33 };

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |          Source Port          |           Dest Port           |
 * |  Data Offset  | CCVal | CsCov |           Checksum            |
 * | Res | Type  |X|   Reserved, or sequence number ...            | */
void tt_read_dccp(struct tt_net *net, struct tt_packet *packet)
{
    enum { SHORT_HEADER = 12, LONG_HEADER = 16, EXTENDED = 1 };
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < SHORT_HEADER) {
        tt_packet_spoil(net, packet, "dccp.header", "a bad DCCP header");
        return;
    }
    size_t least = (header[8] & EXTENDED) != 0 ? LONG_HEADER : SHORT_HEADER;
    size_t len = header[4] * 4U;
    if (len < least || len > packet->bytes.len) {
        tt_packet_spoil(net, packet, "dccp.header", "a bad DCCP header");
        return;
    }
    tt_packet_enter(packet, len, TT_SPACE_IP, DCCP);
    tt_packet_hand_on(net, packet);
}
