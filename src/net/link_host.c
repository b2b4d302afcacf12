/* What hosts write around the packets that their own kernels hand them: firewalls' logs, virtual
 * and encapsulating interfaces, sockets of the kernel itself. */
#include "net/link.h"

/* ---- BSD and Solaris ---- */

/* OpenBSD's encapsulating interface: address family, SPI, flags, 4 bytes each; what follows is
 * decrypted. */
void tt_read_enc(struct tt_net *net, struct tt_packet *packet)
{
    enum { ENC_HEADER = 12 };
    if (tt_link_has(net, packet, ENC_HEADER, "enc.short", "a frame too short for its ENC header"))
        tt_packet_enter(packet, ENC_HEADER, TT_SPACE_LINK, TT_LINKTYPE_RAW);
}

/* The log of pf: its first byte is its length without the padding to a multiple of 4. */
void tt_read_pflog(struct tt_net *net, struct tt_packet *packet)
{
    enum { PFLOG_MIN = 4, ALIGN = 4 };
    if (!tt_link_has(net, packet, PFLOG_MIN, "pflog.header", "a bad header of a pf log"))
        return;
    size_t len = (packet->bytes.data[0] + ALIGN - 1U) / ALIGN * ALIGN;
    if (len < PFLOG_MIN || len > packet->bytes.len)
        tt_packet_spoil(net, packet, "pflog.header", "a bad header of a pf log");
    else
        tt_packet_enter(packet, len, TT_SPACE_LINK, TT_LINKTYPE_RAW);
}

/* Solaris IPNET: version, address family, hook (2), length (4), interfaces (8), zones (8). */
void tt_read_ipnet(struct tt_net *net, struct tt_packet *packet)
{
    enum { IPNET_HEADER = 24 };
    if (tt_link_has(net, packet, IPNET_HEADER, "ipnet.short",
                    "a frame too short for its IPNET header"))
        tt_packet_enter(packet, IPNET_HEADER, TT_SPACE_LINK, TT_LINKTYPE_RAW);
}

/* macOS PKTAP, little-endian: length of the header (4), type (4), link type of what follows (4). */
void tt_read_pktap(struct tt_net *net, struct tt_packet *packet)
{
    enum { PKTAP_MIN = 12 };
    if (!tt_link_has(net, packet, PKTAP_MIN, "pktap.header", "a bad PKTAP header"))
        return;
    size_t len = tt_le32(packet->bytes.data);
    if (len < PKTAP_MIN || len > packet->bytes.len)
        tt_packet_spoil(net, packet, "pktap.header", "a bad PKTAP header");
    else
        tt_packet_enter(packet, len, TT_SPACE_LINK, tt_le32(packet->bytes.data + 8));
}

/* ---- Linux ---- */

/* Sockets between virtual machines: a header of 32 bytes, little-endian, tells at 28 how long that
 * of the transport behind it is; payload. */
void tt_read_vsock(struct tt_net *net, struct tt_packet *packet)
{
    enum { VSOCK_HEADER = 32, TRANSPORT_LEN_AT = 28 };
    if (!tt_link_has(net, packet, VSOCK_HEADER, "vsock.header", "a bad VSOCK header"))
        return;
    size_t len = VSOCK_HEADER + (size_t)tt_le16(packet->bytes.data + TRANSPORT_LEN_AT);
    if (len > packet->bytes.len)
        tt_packet_spoil(net, packet, "vsock.header", "a bad VSOCK header");
    else
        tt_link_hand_on(net, packet, len);
}

/* Numbers of the attributes of a netfilter subsystem (linux/netfilter/nfnetlink_log.h,
 * nfnetlink_queue.h), and where the EtherType stands in its packet header. */
struct netfilter {
    unsigned packet_header;
    unsigned hardware_address;
    unsigned payload;
    size_t ethertype_at;
};

enum { NETFILTER_HEADER = 4, ATTRIBUTE_HEADER = 4 };

/* Attributes are in the byte order of the host, which no field tells; they are short, so of both
 * readings the smaller one is meant. */
static unsigned host16(const uint8_t *at, bool little)
{
    return little ? tt_le16(at) : tt_be16(at);
}

/* What the attributes in front of the payload say. */
struct attributes {
    size_t payload_at; /* 0: there is no payload */
    size_t payload_len;
    unsigned ethertype;
    struct tt_span address;
};

/* Walks the attributes behind the header, each with length, type, and padding to 4. */
static struct attributes read_attributes(const struct tt_packet *packet,
                                         const struct netfilter *numbers)
{
    enum { TYPE = 0x7fff, ALIGN = 4, ADDRESS_AT = 4, MAC_LEN = 6 };
    struct attributes found = {.payload_at = 0};
    const uint8_t *bytes = packet->bytes.data;
    size_t at = NETFILTER_HEADER;
    bool little = packet->bytes.len >= at + 2 && tt_le16(bytes + at) <= tt_be16(bytes + at);
    while (packet->bytes.len - at >= ATTRIBUTE_HEADER) {
        size_t len = host16(bytes + at, little);
        unsigned type = host16(bytes + at + 2, little) & TYPE;
        struct tt_span value = tt_span_sub(packet->bytes, at + ATTRIBUTE_HEADER,
                                           len < ATTRIBUTE_HEADER ? 0 : len - ATTRIBUTE_HEADER);
        if (len >= ATTRIBUTE_HEADER && type == numbers->payload) {
            found.payload_at = at + ATTRIBUTE_HEADER;
            found.payload_len = len - ATTRIBUTE_HEADER;
            break;
        }
        if (type == numbers->packet_header && value.len >= numbers->ethertype_at + 2)
            found.ethertype = tt_be16(value.data + numbers->ethertype_at);
        if (type == numbers->hardware_address && value.len >= ADDRESS_AT + MAC_LEN &&
            tt_be16(value.data) == MAC_LEN)
            found.address = tt_span_sub(value, ADDRESS_AT, MAC_LEN);
        len = (len + ALIGN - 1) / ALIGN * ALIGN;
        if (len < ATTRIBUTE_HEADER || len > packet->bytes.len - at)
            break;
        at += len;
    }
    return found;
}

/* Address family (1), version (1), resource (2), attributes. */
static void read_netfilter(struct tt_net *net, struct tt_packet *packet,
                           const struct netfilter *numbers)
{
    enum { AF_INET = 2, AF_INET6 = 10, PADDING_MAX = 3 };
    if (!tt_link_has(net, packet, NETFILTER_HEADER, "nflog.header", "a bad netfilter header"))
        return;
    struct attributes found = read_attributes(packet, numbers);
    if (found.payload_at == 0) {
        tt_packet_spoil(net, packet, "nflog.payload", "a netfilter message without a packet");
        return;
    }
    unsigned family = packet->bytes.data[0];
    if (found.address.len > 0)
        packet->mac[0] = tt_link_mac(found.address.data);
    tt_packet_enter(packet, found.payload_at, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    /* Attributes behind the payload are nothing that the kernel writes. */
    if (found.payload_len + PADDING_MAX < packet->bytes.len) {
        struct tt_packet behind = tt_packet_split(packet, found.payload_len);
        tt_packet_hand_on(net, &behind);
    } else {
        tt_link_limit(net, packet, found.payload_len, "nflog.length");
    }
    if (family == AF_INET)
        tt_packet_enter(packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV4);
    else if (family == AF_INET6)
        tt_packet_enter(packet, 0, TT_SPACE_ETHERTYPE, TT_ETHERTYPE_IPV6);
    else if (found.ethertype >= TT_ETHERTYPE_MIN)
        tt_packet_enter(packet, 0, TT_SPACE_ETHERTYPE, found.ethertype);
}

void tt_read_nflog(struct tt_net *net, struct tt_packet *packet)
{
    static const struct netfilter log = {
        .packet_header = 1, .hardware_address = 8, .payload = 9, .ethertype_at = 0};
    read_netfilter(net, packet, &log);
}

/* A cooked header of 16 bytes whose protocol is the netlink family, then messages: length (4), type
 * (2), flags (2), sequence (4), port (4). Packets in messages of netfilter are read on. */
void tt_read_netlink(struct tt_net *net, struct tt_packet *packet)
{
    static const struct netfilter queue = {
        .packet_header = 1, .hardware_address = 9, .payload = 10, .ethertype_at = 4};
    enum {
        COOKED_HEADER = 16,
        MESSAGE_HEADER = 16,
        FAMILY_AT = 14,
        FAMILY_NETFILTER = 12,
        TYPE_QUEUE = 0x0300, /* subsystem, then message: a packet */
        TYPE_LOG = 0x0400
    };
    const uint8_t *header = packet->bytes.data;
    if (!tt_link_has(net, packet, COOKED_HEADER, "netlink.short", "a frame too short for netlink"))
        return;
    size_t left = packet->bytes.len - COOKED_HEADER;
    if (tt_be16(header + FAMILY_AT) != FAMILY_NETFILTER || left < MESSAGE_HEADER) {
        tt_link_hand_on(net, packet, COOKED_HEADER);
        return;
    }
    const uint8_t *message = header + COOKED_HEADER;
    bool little = tt_le32(message) <= tt_be32(message);
    size_t len = little ? tt_le32(message) : tt_be32(message);
    unsigned type = host16(message + 4, little);
    if (len < left + packet->missing || (type != TYPE_LOG && type != TYPE_QUEUE)) {
        tt_link_hand_on(net, packet, COOKED_HEADER);
        return;
    }
    tt_packet_enter(packet, COOKED_HEADER + MESSAGE_HEADER, TT_SPACE_LINK, TT_LINKTYPE_NFLOG);
    if (type == TYPE_QUEUE)
        read_netfilter(net, packet, &queue);
}
