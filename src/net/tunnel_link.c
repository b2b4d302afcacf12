/* Tunnels that an EtherType names. */
#include "net/tunnel.h"

#include "net/core.h"

/* RFC 8300 section 2.2:
 *
 *  |Ver|O|U|    TTL    |   Length  |U|U|U|U|MD Type| Next Protocol |
 *  |          Service Path Identifier              | Service Index |
 *  | context headers ...
 *
 * The length counts words of 4 bytes of the whole header. */
void tt_read_nsh(struct tt_net *net, struct tt_packet *packet)
{
    enum { BASE = 8 };
    const uint8_t *header = packet->bytes.data;
    size_t len = packet->bytes.len < BASE ? 0 : (header[1] & 0x3fU) * 4U;
    if (len < BASE || len > packet->bytes.len) {
        tt_packet_spoil(net, packet, "nsh.header", "a bad network service header");
        return;
    }
    switch (header[3]) {
    case 1:
        tt_tunnel_enter(net, packet, len, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV4);
        break;
    case 2:
        tt_tunnel_enter(net, packet, len, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV6);
        break;
    case 3:
        tt_tunnel_enter(net, packet, len, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
        break;
    case 4:
        tt_tunnel_enter(net, packet, len, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_NSH);
        break;
    case 5:
        tt_tunnel_enter(net, packet, len, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_MPLS);
        break;
    default: /* metadata is worth a search too */
        tt_packet_hand_on(net, packet);
        break;
    }
}

/* The header of a B.A.T.M.A.N. Advanced packet that carries an Ethernet frame, or 0. The compat
 * versions 14 and 15 number their packets differently
 * (https://www.open-mesh.org/projects/batman-adv/wiki/Packet-types, uapi/linux/batadv_packet.h). */
static size_t batman_header(unsigned version, unsigned type)
{
    enum { UNICAST = 10, UNICAST_4ADDR = 18, BROADCAST = 14 };
    static const struct {
        uint8_t version;
        uint8_t type;
        uint8_t header;
    } carriers[] = {
        {15, 0x40, UNICAST}, {15, 0x42, UNICAST_4ADDR}, {15, 0x01, BROADCAST},
        {14, 0x03, UNICAST}, {14, 0x09, UNICAST_4ADDR}, {14, 0x04, BROADCAST},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(carriers); i++)
        if (carriers[i].version == version && carriers[i].type == type)
            return carriers[i].header;
    return 0;
}

/* Packet type, compat version, time to live, ...; what carries no frame (the mesh's own routing)
 * and fragments are handed on. */
void tt_read_batman(struct tt_net *net, struct tt_packet *packet)
{
    size_t header =
        packet->bytes.len < 2 ? 0 : batman_header(packet->bytes.data[1], packet->bytes.data[0]);
    if (header == 0 || !tt_tunnel_try(net, packet, header, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET))
        tt_packet_hand_on(net, packet);
}
