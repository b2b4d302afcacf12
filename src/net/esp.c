/* IPsec ESP (RFC 4303), over IP and over UDP (RFC 3948). With the NULL cipher (RFC 2410) the
 * payload stands there in clear text, but no field says so: only the two ends know. It is told as
 * RFC 5879 tells it, by the trailer and by what is inside; a false claim needs 24 to 32 bits of
 * luck. What is not told is handed on as ciphertext.
 *
 *  |               Security Parameters Index (SPI)                 |
 *  |                      Sequence Number                          |
 *  |        [IV] Payload, Padding 1, 2, 3 ...                      |
 *  |                               |  Pad Length   | Next Header   |
 *  |                Integrity Check Value ...                      | */
#include "net/tunnel.h"

#include "net/core.h"

enum { HEADER = 8, TRAILER = 2, IP_ICMP = 1, IP_ICMPV6 = 58 };

/* Payload in clear text. */
struct clear {
    size_t from;
    size_t end;
    uint8_t next;
    bool padded; /* by at least 2 bytes as RFC 4303 has them: more than luck */
};

/* The sum of the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1). */
static uint32_t pseudo_sum(const struct tt_packet *packet, uint32_t protocol, size_t len)
{
    size_t addr_len = packet->addr[0].family == TT_ADDR_IPV4 ? 4 : 16;
    uint32_t sum = protocol + (uint32_t)len;
    for (size_t i = 0; i < 2; i++)
        sum = tt_internet_sum(tt_span_of(packet->addr[i].bytes, addr_len), sum);
    return sum;
}

static bool fits_inside(const struct tt_packet *packet, const struct clear *clear)
{
    enum { UDP_HEADER = 8, ICMP_HEADER = 8 };
    struct tt_packet inside = *packet;
    inside.bytes = tt_span_sub(packet->bytes, 0, clear->end);
    struct tt_span payload = tt_span_from(inside.bytes, clear->from);
    if (!tt_tunnel_fits(&inside, clear->from, TT_SPACE_IP, clear->next) && clear->next != IP_ICMP &&
        clear->next != IP_ICMPV6)
        return false;
    switch (clear->next) {
    case TT_IP_IPV4:
    case TT_IP_IPV6:
        return tt_tunnel_fits_tightly(&inside, clear->from, TT_SPACE_IP, clear->next);
    case TT_IP_UDP:
        return tt_be16(payload.data + 4) == payload.len;
    case TT_IP_TCP:
    case IP_ICMPV6: {
        uint32_t sum = pseudo_sum(packet, clear->next, payload.len);
        return payload.len >= ICMP_HEADER &&
               (clear->padded || tt_internet_sum(payload, sum) == 0xffff);
    }
    case IP_ICMP:
        return payload.len >= ICMP_HEADER && tt_internet_sum(payload, 0) == 0xffff;
    default:
        return clear->padded;
    }
}

/* The payload between `from` and a check value of `icv` bytes, when it is in clear text. */
static bool find_clear(const struct tt_packet *packet, size_t from, size_t icv,
                       struct clear *ret_clear)
{
    const uint8_t *bytes = packet->bytes.data;
    size_t len = packet->bytes.len;
    if (len < from + TRAILER + icv)
        return false;
    size_t trailer = len - icv - TRAILER;
    size_t pad = bytes[trailer];
    if (pad > trailer - from)
        return false;
    struct clear clear = {
        .from = from, .end = trailer - pad, .next = bytes[trailer + 1], .padded = pad >= 2};
    for (size_t i = 0; i < pad; i++)
        if (bytes[clear.end + i] != i + 1)
            return false;
    if (!fits_inside(packet, &clear))
        return false;
    *ret_clear = clear;
    return true;
}

/* A snaplen took the trailer away: an inner IPv4 header with a right checksum proves enough. */
static bool enter_cut(struct tt_net *net, struct tt_packet *packet)
{
    enum { IPV4_HEADER = 20 };
    struct tt_span inner = tt_span_from(packet->bytes, HEADER);
    if (inner.len < IPV4_HEADER || inner.data[0] >> 4 != 4)
        return false;
    size_t len = (inner.data[0] & 0x0fU) * 4U;
    if (tt_internet_sum(tt_span_sub(inner, 0, len), 0) != 0xffff)
        return false;
    return tt_tunnel_try(net, packet, HEADER, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV4);
}

/* Enters a payload in clear text; false when none is told, and the packet is as it was. */
static bool enter_clear(struct tt_net *net, struct tt_packet *packet)
{
    /* Check values of the algorithms in use (RFC 5879 section 8.1), the frequent ones first; the IV
     * of ENCR_NULL_AUTH_AES_GMAC (RFC 4543) has 8 bytes. */
    static const size_t icvs[] = {12, 16, 0, 20, 24, 32, 64, 8};
    static const size_t ivs[] = {0, 8};
    if (packet->missing > 0)
        return enter_cut(net, packet);
    for (size_t i = 0; i < TT_ARRAY_LEN(icvs); i++) {
        for (size_t j = 0; j < TT_ARRAY_LEN(ivs); j++) {
            struct clear clear = {.from = 0};
            if (!find_clear(packet, HEADER + ivs[j], icvs[i], &clear))
                continue;
            tt_packet_limit(packet, clear.end);
            tt_tunnel_enter(net, packet, clear.from, TT_SPACE_IP, clear.next);
            return true;
        }
    }
    return false;
}

void tt_read_esp(struct tt_net *net, struct tt_packet *packet)
{
    if (packet->bytes.len < HEADER) {
        tt_packet_spoil(net, packet, "esp.header", "a packet too short for ESP");
        return;
    }
    if (enter_clear(net, packet))
        return;
    tt_tunnel_mark_encrypted(packet);
    tt_packet_hand_on(net, packet);
}

/* RFC 3948 section 2: four zero bytes mark IKE, one byte 0xff keeps a mapping alive, the rest is
 * ESP. The port alone is weak, some hosts take it for anything: whoever talks to a well-known port
 * does not speak ESP, ESP is aligned to 4 bytes, and SPIs below 256 are reserved. */
bool tt_udp_esp(struct tt_net *net, struct tt_packet *packet)
{
    enum { NAT_T = 4500, WELL_KNOWN = 1024, SPI_MIN = 256, LEAST = HEADER + 8 + TRAILER };
    uint16_t other = packet->port[0] == NAT_T ? packet->port[1] : packet->port[0];
    size_t wire = packet->bytes.len + packet->missing;
    if (packet->bytes.len < HEADER || wire < LEAST || other < WELL_KNOWN || wire % 4 != 0 ||
        tt_be32(packet->bytes.data) < SPI_MIN)
        return false;
    if (enter_clear(net, packet))
        return true;
    tt_tunnel_mark_encrypted(packet);
    tt_packet_hand_on(net, packet);
    return true;
}
