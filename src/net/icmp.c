/* ICMP (RFC 792) and ICMPv6 (RFC 4443). The data of an echo, the packet inside an error and the
 * options of neighbour discovery are searched as they stand: no flow is opened by a packet that
 * somebody only quotes. */
#include "net/core.h"

enum { ICMP = 1, ICMPV6 = 58, HEADER_MIN = 4, HEADER = 8 };

/* Moves behind the header: type, code, checksum, and 4 bytes of numbers and flags where the type is
 * known to have them. */
static void read_message(struct tt_net *net, struct tt_packet *packet, bool known)
{
    size_t header = known ? HEADER : HEADER_MIN;
    if (packet->bytes.len < header) {
        tt_packet_spoil(net, packet, "icmp.header", "a packet too short for ICMP");
        return;
    }
    tt_packet_enter(packet, header, TT_SPACE_IP, packet->number);
    tt_packet_hand_on(net, packet);
}

void tt_read_icmp(struct tt_net *net, struct tt_packet *packet)
{
    unsigned type = packet->bytes.len > 0 ? packet->bytes.data[0] : UINT8_MAX;
    /* https://www.iana.org/assignments/icmp-parameters/: errors, echo, router discovery, time
     * stamps, address masks */
    bool known = type == 0 || (type >= 3 && type <= 18 && type != 6 && type != 7);
    read_message(net, packet, known);
}

void tt_read_icmpv6(struct tt_net *net, struct tt_packet *packet)
{
    unsigned type = packet->bytes.len > 0 ? packet->bytes.data[0] : UINT8_MAX;
    /* https://www.iana.org/assignments/icmpv6-parameters/: errors; echo, multicast listeners,
     * neighbour discovery (up to Redirect); listener reports of version 2 */
    bool known = (type >= 1 && type <= 4) || (type >= 128 && type <= 137) || type == 143;
    read_message(net, packet, known);
}
