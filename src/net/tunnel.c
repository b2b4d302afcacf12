#include "net/tunnel.h"

#include "net/core.h"

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    ETHERNET_HEADER = 14,
    VLAN_TAG = 4,
    MPLS_LABEL = 4,
    TCP_HEADER = 20,
    UDP_HEADER = 8
};

/* Bytes inside a tunnel, of which `wire` stood on the wire. */
struct inside {
    struct tt_span bytes;
    size_t wire;
};

static struct inside inside_of(const struct tt_packet *packet, size_t header)
{
    return (struct inside){.bytes = tt_span_from(packet->bytes, header),
                           .wire = packet->bytes.len + packet->missing - header};
}

static struct inside step_over(struct inside inside, size_t header)
{
    return (struct inside){.bytes = tt_span_from(inside.bytes, header),
                           .wire = inside.wire - header};
}

uint16_t tt_internet_sum(struct tt_span bytes, uint32_t sum)
{
    /* 64 bits hold the sum of any frame. */
    uint64_t wide = sum;
    size_t i = 0;
    for (; i + 1 < bytes.len; i += 2)
        wide += tt_be16(bytes.data + i);
    if (i < bytes.len)
        wide += (uint64_t)bytes.data[i] << 8;
    while (wide >> 16 != 0)
        wide = (wide & 0xffff) + (wide >> 16);
    return (uint16_t)wide;
}

/* ---- lengths that IP headers claim; 0: no such header ---- */

static size_t ipv4_len(struct inside inside)
{
    const uint8_t *header = inside.bytes.data;
    if (inside.bytes.len < IPV4_HEADER || header[0] >> 4 != 4)
        return 0;
    size_t header_len = (header[0] & 0x0fU) * 4U;
    size_t total = tt_be16(header + 2);
    if (header_len < IPV4_HEADER || header_len > inside.bytes.len)
        return 0;
    if (total == 0) /* large packets that the network card cuts */
        return inside.wire;
    if (total < header_len)
        return 0;
    if (total <= inside.wire)
        return total;
    /* A length that lies in a header that is real otherwise: its reader tells. */
    return tt_internet_sum(tt_span_sub(inside.bytes, 0, header_len), 0) == 0xffff ? total : 0;
}

static size_t ipv6_len(struct inside inside)
{
    const uint8_t *header = inside.bytes.data;
    if (inside.bytes.len < IPV6_HEADER || header[0] >> 4 != 6)
        return 0;
    size_t payload = tt_be16(header + 4);
    if (payload == 0) /* a jumbogram, or nothing but the header */
        return inside.wire;
    return IPV6_HEADER + payload <= inside.wire ? IPV6_HEADER + payload : 0;
}

static size_t ip_len(struct inside inside)
{
    size_t len = ipv4_len(inside);
    return len != 0 ? len : ipv6_len(inside);
}

/* ---- does it fit? ---- */

/* The EtherType of a frame behind its VLAN tags, and what follows; 0 when it is no frame. A length
 * (802.3) is returned as it is. */
static uint32_t ethernet_type(struct inside frame, struct inside *ret_payload)
{
    enum { TAGS_MAX = 4, MULTICAST = 1 };
    if (frame.bytes.len < ETHERNET_HEADER || (frame.bytes.data[6] & MULTICAST) != 0)
        return 0; /* nobody sends from a group address */
    uint32_t type = tt_be16(frame.bytes.data + 12);
    struct inside payload = step_over(frame, ETHERNET_HEADER);
    for (unsigned tags = 0; tags < TAGS_MAX && payload.bytes.len >= VLAN_TAG &&
                            (type == TT_ETHERTYPE_VLAN || type == TT_ETHERTYPE_SERVICE_VLAN);
         tags++) {
        type = tt_be16(payload.bytes.data + 2);
        payload = step_over(payload, VLAN_TAG);
    }
    *ret_payload = payload;
    return type;
}

static bool fits_ethernet(struct inside frame)
{
    struct inside payload = {.wire = 0};
    uint32_t type = ethernet_type(frame, &payload);
    if (type == TT_ETHERTYPE_IPV4)
        return ipv4_len(payload) != 0;
    if (type == TT_ETHERTYPE_IPV6)
        return ipv6_len(payload) != 0;
    return type >= TT_ETHERTYPE_MIN || (type >= 3 && type <= payload.wire);
}

static bool fits_mpls(struct inside inside)
{
    enum { LABELS_MAX = 16, BOTTOM = 1 };
    bool bottom = false;
    for (unsigned i = 0; i < LABELS_MAX && !bottom && inside.bytes.len >= MPLS_LABEL; i++) {
        bottom = (inside.bytes.data[2] & BOTTOM) != 0;
        inside = step_over(inside, MPLS_LABEL);
    }
    if (!bottom)
        return false;
    static const uint8_t control_word[4] = {0};
    return ip_len(inside) != 0 || fits_ethernet(inside) ||
           (tt_span_starts(inside.bytes, tt_span_of(control_word, sizeof(control_word))) &&
            fits_ethernet(step_over(inside, sizeof(control_word))));
}

/* RFC 1661 section 2: a protocol number is odd in its last byte and even in its first; the address
 * and control fields and a first byte of zero may be left out. */
static bool fits_ppp(struct inside inside)
{
    static const uint8_t address_control[] = {0xff, 0x03};
    if (tt_span_starts(inside.bytes, tt_span_of(address_control, sizeof(address_control))))
        inside = step_over(inside, sizeof(address_control));
    if (inside.bytes.len < 2)
        return false;
    const uint8_t *at = inside.bytes.data;
    unsigned number = (at[0] & 1) != 0 ? at[0] : tt_be16(at);
    struct inside payload = step_over(inside, (at[0] & 1) != 0 ? 1 : 2);
    if (number == 0x21)
        return ipv4_len(payload) != 0;
    if (number == 0x57)
        return ipv6_len(payload) != 0;
    return (number & 1) != 0;
}

static bool fits_ip_payload(struct inside inside, uint32_t protocol)
{
    const uint8_t *header = inside.bytes.data;
    switch (protocol) {
    case TT_IP_IPV4:
        return ipv4_len(inside) != 0;
    case TT_IP_IPV6:
        return ipv6_len(inside) != 0;
    case TT_IP_TCP:
        return inside.bytes.len >= TCP_HEADER && header[12] >> 4 >= 5 &&
               (header[12] >> 4) * 4U <= inside.wire;
    case TT_IP_UDP:
        return inside.bytes.len >= UDP_HEADER && tt_be16(header + 4) >= UDP_HEADER &&
               tt_be16(header + 4) <= inside.wire;
    default: {
        const struct tt_packet next = {.space = TT_SPACE_IP, .number = protocol};
        return inside.bytes.len > 0 && tt_layer_find(&next) != NULL;
    }
    }
}

static bool fits_ethertype(struct inside inside, uint32_t type)
{
    switch (type) {
    case TT_ETHERTYPE_IPV4:
        return ipv4_len(inside) != 0;
    case TT_ETHERTYPE_IPV6:
        return ipv6_len(inside) != 0;
    case TT_ETHERTYPE_MPLS:
        return fits_mpls(inside);
    default: {
        const struct tt_packet next = {.space = TT_SPACE_ETHERTYPE, .number = type};
        return type >= TT_ETHERTYPE_MIN && inside.bytes.len > 0 && tt_layer_find(&next) != NULL;
    }
    }
}

static bool fits_link(struct inside inside, uint32_t link)
{
    switch (link) {
    case TT_LINKTYPE_ETHERNET:
        return fits_ethernet(inside);
    case TT_LINKTYPE_PPP:
        return fits_ppp(inside);
    case TT_LINKTYPE_RAW:
        return ip_len(inside) != 0;
    default: {
        const struct tt_packet next = {.space = TT_SPACE_LINK, .number = link};
        return inside.bytes.len > 0 && tt_layer_find(&next) != NULL;
    }
    }
}

bool tt_tunnel_fits(const struct tt_packet *packet, size_t header, enum tt_space space,
                    uint32_t number)
{
    if (header > packet->bytes.len)
        return false;
    struct inside inside = inside_of(packet, header);
    if (space == TT_SPACE_LINK)
        return fits_link(inside, number);
    if (space == TT_SPACE_ETHERTYPE)
        return fits_ethertype(inside, number);
    return space == TT_SPACE_IP && fits_ip_payload(inside, number);
}

/* The length that the header of an IP packet states; 0 in a large one. */
static size_t stated_len(struct inside inside)
{
    if (ip_len(inside) == 0)
        return 0;
    const uint8_t *header = inside.bytes.data;
    return header[0] >> 4 == 4 ? tt_be16(header + 2) : IPV6_HEADER + (size_t)tt_be16(header + 4);
}

bool tt_tunnel_fits_tightly(const struct tt_packet *packet, size_t header, enum tt_space space,
                            uint32_t number)
{
    enum { PADDED_MAX = 64 - ETHERNET_HEADER };
    if (!tt_tunnel_fits(packet, header, space, number))
        return false;
    struct inside inside = inside_of(packet, header);
    if (space != TT_SPACE_LINK || number != TT_LINKTYPE_ETHERNET)
        return stated_len(inside) == inside.wire;
    struct inside payload = {.wire = 0};
    uint32_t type = ethernet_type(inside, &payload);
    if (type == TT_ETHERTYPE_ARP)
        return true;
    size_t len = stated_len(payload);
    return len == payload.wire || (len != 0 && payload.wire <= PADDED_MAX);
}

/* ---- going in ---- */

void tt_tunnel_trim(struct tt_net *net, struct tt_packet *packet, size_t len)
{
    size_t wire = packet->bytes.len + packet->missing;
    if (len >= wire)
        return;
    /* Without IP around it, it is the padding of a frame. */
    if (packet->addr[0].family == TT_ADDR_NONE) {
        tt_packet_limit(packet, len);
        return;
    }
    struct tt_packet behind = tt_packet_split(packet, len);
    if (len > packet->bytes.len) { /* all of what is behind was cut off */
        packet->missing = len - packet->bytes.len;
        behind.missing = wire - len;
    } else {
        tt_packet_note(net, &behind, "tunnel.trailer", "bytes behind the packet inside a tunnel");
    }
    tt_packet_hand_on(net, &behind);
}

void tt_tunnel_trim_ip(struct tt_net *net, struct tt_packet *packet)
{
    struct inside inside = inside_of(packet, 0);
    size_t len = ip_len(inside);
    if (len != 0 && len <= inside.wire)
        tt_tunnel_trim(net, packet, len);
}

/* The length that an inner IP header claims; 0: there is none, or it claims more than there is. */
static size_t inner_len(struct inside inside, enum tt_space space, uint32_t number)
{
    size_t len = 0;
    if (space == TT_SPACE_ETHERTYPE && number == TT_ETHERTYPE_IPV4)
        len = ipv4_len(inside);
    else if (space == TT_SPACE_ETHERTYPE && number == TT_ETHERTYPE_IPV6)
        len = ipv6_len(inside);
    else if (space == TT_SPACE_LINK && number == TT_LINKTYPE_RAW)
        len = ip_len(inside);
    return len <= inside.wire ? len : 0;
}

void tt_tunnel_enter(struct tt_net *net, struct tt_packet *packet, size_t header,
                     enum tt_space space, uint32_t number)
{
    size_t len = inner_len(inside_of(packet, header), space, number);
    if (len != 0)
        tt_tunnel_trim(net, packet, header + len);
    bool has_addresses =
        space == TT_SPACE_LINK && number != TT_LINKTYPE_RAW && number != TT_LINKTYPE_PPP;
    if (has_addresses)
        packet->addr[0] = packet->addr[1] = (struct tt_addr){.family = TT_ADDR_NONE};
    tt_packet_enter(packet, header, space, number);
}

bool tt_tunnel_try(struct tt_net *net, struct tt_packet *packet, size_t header, enum tt_space space,
                   uint32_t number)
{
    if (!tt_tunnel_fits(packet, header, space, number))
        return false;
    tt_tunnel_enter(net, packet, header, space, number);
    return true;
}

void tt_tunnel_mark_encrypted(struct tt_packet *packet)
{
    enum { TEXT_RUN = 24 };
    size_t run = 0;
    for (size_t i = 0; i < packet->bytes.len && run < TEXT_RUN; i++) {
        uint8_t byte = packet->bytes.data[i];
        run = byte >= ' ' && byte <= '~' ? run + 1 : 0;
    }
    packet->encrypted = run < TEXT_RUN;
}
