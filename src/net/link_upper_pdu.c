/* What Wireshark exports: packets of a layer that it has dissected
 * (https://www.tcpdump.org/linktypes/LINKTYPE_WIRESHARK_UPPER_PDU.html). */
#include "net/link.h"

enum pdu_tag {
    PDU_END = 0,
    PDU_DISSECTOR = 12,
    PDU_IPV4_SOURCE = 20,
    PDU_IPV4_DESTINATION = 21,
    PDU_IPV6_SOURCE = 22,
    PDU_IPV6_DESTINATION = 23,
    PDU_PORT_TYPE = 24,
    PDU_SOURCE_PORT = 25,
    PDU_DESTINATION_PORT = 26
};

enum { PDU_PORT_TYPE_UDP = 3 };

struct upper_pdu {
    size_t header; /* 0: bad */
    struct tt_span dissector;
    uint32_t port_type;
    uint16_t port[2];
    struct tt_addr addr[2];
};

static void set_pdu_addr(struct tt_addr *addr, enum tt_addr_family family, size_t len,
                         struct tt_span value)
{
    if (value.len != len)
        return;
    *addr = (struct tt_addr){.family = (uint8_t)family};
    memcpy(addr->bytes, value.data, len);
}

static void read_pdu_tag(struct upper_pdu *pdu, unsigned tag, struct tt_span value)
{
    enum { NUMBER_LEN = 4 };
    uint32_t number = value.len == NUMBER_LEN ? tt_be32(value.data) : 0;
    switch (tag) {
    case PDU_DISSECTOR:
        pdu->dissector = tt_span_sub(value, 0, tt_span_find(value, 0));
        break;
    case PDU_IPV4_SOURCE:
    case PDU_IPV4_DESTINATION:
        set_pdu_addr(&pdu->addr[tag - PDU_IPV4_SOURCE], TT_ADDR_IPV4, 4, value);
        break;
    case PDU_IPV6_SOURCE:
    case PDU_IPV6_DESTINATION:
        set_pdu_addr(&pdu->addr[tag - PDU_IPV6_SOURCE], TT_ADDR_IPV6, 16, value);
        break;
    case PDU_PORT_TYPE:
        pdu->port_type = number;
        break;
    case PDU_SOURCE_PORT:
    case PDU_DESTINATION_PORT:
        pdu->port[tag - PDU_SOURCE_PORT] = (uint16_t)number;
        break;
    default:
        break;
    }
}

/* Tags, each with type (2), length (2) and value, up to the one that says end. */
static struct upper_pdu read_pdu_tags(struct tt_span bytes)
{
    enum { TAG_HEADER = 4 };
    struct upper_pdu pdu = {.header = 0};
    size_t at = 0;
    while (bytes.len - at >= TAG_HEADER) {
        unsigned tag = tt_be16(bytes.data + at);
        size_t len = tt_be16(bytes.data + at + 2);
        at += TAG_HEADER;
        if (len > bytes.len - at)
            break;
        read_pdu_tag(&pdu, tag, tt_span_sub(bytes, at, len));
        at += len;
        if (tag == PDU_END) {
            pdu.header = at;
            break;
        }
    }
    return pdu;
}

/* The link type that a dissector reads, or 0. */
static uint32_t dissector_link(struct tt_span name)
{
    enum { LINUX_SLL = 113 };
    static const struct {
        const char *name;
        uint32_t link;
    } links[] = {
        {"eth", TT_LINKTYPE_ETHERNET},
        {"eth_withoutfcs", TT_LINKTYPE_ETHERNET},
        {"eth_withfcs", TT_LINKTYPE_ETHERNET},
        {"eth_maybefcs", TT_LINKTYPE_ETHERNET},
        {"ip", TT_LINKTYPE_RAW},
        {"ipv6", TT_LINKTYPE_RAW},
        {"ppp", TT_LINKTYPE_PPP},
        {"wlan", TT_LINKTYPE_IEEE802_11},
        {"wlan_withoutfcs", TT_LINKTYPE_IEEE802_11},
        {"sll", LINUX_SLL},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++)
        if (tt_span_is(name, links[i].name))
            return links[i].link;
    return 0;
}

/* LINKTYPE_WIRESHARK_UPPER_PDU: a packet of a layer that a tag names, and the addresses of the
 * layers that are left out. */
void tt_read_upper_pdu(struct tt_net *net, struct tt_packet *packet)
{
    struct upper_pdu pdu = read_pdu_tags(packet->bytes);
    if (pdu.header == 0) {
        tt_packet_spoil(net, packet, "upper_pdu.header", "a bad header of an exported packet");
        return;
    }
    uint32_t link = dissector_link(pdu.dissector);
    if (link != 0) {
        tt_packet_enter(packet, pdu.header, TT_SPACE_LINK, link);
        return;
    }
    bool addressed = pdu.addr[0].family != TT_ADDR_NONE && pdu.addr[1].family != TT_ADDR_NONE;
    if (!addressed || pdu.port_type != PDU_PORT_TYPE_UDP) {
        tt_link_hand_on(net, packet, pdu.header);
        return;
    }
    memcpy(packet->addr, pdu.addr, sizeof(packet->addr));
    memcpy(packet->port, pdu.port, sizeof(packet->port));
    tt_packet_enter(packet, pdu.header, TT_SPACE_UDP, 0);
    tt_packet_hand_on(net, packet);
}
