/* Teredo (RFC 4380): IPv6 over UDP for hosts behind a NAT. */
#include "net/tunnel.h"

#include "net/core.h"

#include "base/reader.h"

enum { IPV6_HEADER = 40, SOURCE_AT = 8, DESTINATION_AT = 24 };

/* Section 5.1.1: an authentication indication (0, 1, lengths, client, value, nonce, confirmation)
 * and an origin indication (0, 0, port, address), both may be left out, in this order. */
static size_t indications(struct tt_span bytes)
{
    enum { ORIGIN_LEN = 8, NONCE_AND_CONFIRMATION = 9 };
    struct tt_reader reader = tt_reader_of(bytes);
    if (tt_read_u16(&reader) == 1) {
        size_t client = tt_read_u8(&reader);
        size_t value = tt_read_u8(&reader);
        tt_read_skip(&reader, client + value + NONCE_AND_CONFIRMATION);
    } else {
        reader.at = 0;
    }
    struct tt_span rest = tt_span_from(bytes, reader.at);
    if (!reader.failed && rest.len >= ORIGIN_LEN && tt_be16(rest.data) == 0)
        tt_read_skip(&reader, ORIGIN_LEN);
    return reader.failed ? bytes.len : reader.at;
}

bool tt_udp_teredo(struct tt_net *net, struct tt_packet *packet)
{
    return tt_tunnel_try(net, packet, indications(packet->bytes), TT_SPACE_ETHERTYPE,
                         TT_ETHERTYPE_IPV6);
}

/* Section 2.6: 2001:0::/32. */
static bool is_teredo(const uint8_t *address)
{
    return tt_be32(address) == 0x20010000;
}

bool tt_udp_teredo_elsewhere(struct tt_net *net, struct tt_packet *packet)
{
    struct tt_span bytes = packet->bytes;
    if (bytes.len < IPV6_HEADER || bytes.data[0] >> 4 != 6 ||
        (!is_teredo(bytes.data + SOURCE_AT) && !is_teredo(bytes.data + DESTINATION_AT)))
        return false;
    return tt_tunnel_try(net, packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV6);
}
