/* USB transfers, and the network interfaces behind USB: RNDIS, CDC NCM and MBIM, CDC ECM. Which
 * device an endpoint belongs to was told long before, so only what its bytes show is believed. */
#include "net/deferred.h"
#include "net/link.h"

/* ---- what the capturing program wrote ---- */

struct transfer {
    size_t header; /* 0: bad */
    bool bulk;
};

/* https://www.tcpdump.org/linktypes/LINKTYPE_USB_LINUX.html and LINKTYPE_USB_LINUX_MMAPPED.html:
 * 48 or 64 bytes in the host's byte order; byte 9 is the kind. Isochronous transfers have a table
 * of descriptors of 16 bytes, whose number is at 60. */
static struct transfer linux_transfer(struct tt_span bytes, bool mapped)
{
    enum {
        SHORT = 48,
        LONG = 64,
        KIND_AT = 9,
        ISOCHRONOUS = 0,
        BULK = 3,
        COUNT_AT = 60,
        EACH = 16
    };
    size_t header = mapped ? LONG : SHORT;
    if (bytes.len < header)
        return (struct transfer){.header = 0};
    unsigned kind = bytes.data[KIND_AT];
    if (mapped && kind == ISOCHRONOUS) {
        uint32_t little = tt_le32(bytes.data + COUNT_AT);
        uint32_t big = tt_be32(bytes.data + COUNT_AT);
        size_t table = EACH * (size_t)(little < big ? little : big);
        if (table <= bytes.len - header)
            header += table;
    }
    return (struct transfer){.header = header, .bulk = kind == BULK};
}

/* USBPcap, little-endian: length of the header (2) at 0, kind at 22. */
static struct transfer usbpcap_transfer(struct tt_span bytes)
{
    enum { USBPCAP_MIN = 27, KIND_AT = 22, BULK = 3 };
    if (bytes.len < USBPCAP_MIN)
        return (struct transfer){.header = 0};
    size_t header = tt_le16(bytes.data);
    if (header < USBPCAP_MIN || header > bytes.len)
        return (struct transfer){.header = 0};
    return (struct transfer){.header = header, .bulk = bytes.data[KIND_AT] == BULK};
}

/* macOS, little-endian: version (2), length of the header (1). */
static struct transfer darwin_transfer(struct tt_span bytes)
{
    enum { DARWIN_MIN = 32, HEADER_AT = 2 };
    if (bytes.len < DARWIN_MIN || bytes.data[HEADER_AT] < DARWIN_MIN ||
        bytes.data[HEADER_AT] > bytes.len)
        return (struct transfer){.header = 0};
    return (struct transfer){.header = bytes.data[HEADER_AT], .bulk = true};
}

void tt_read_usb(struct tt_net *net, struct tt_packet *packet)
{
    enum { USB_LINUX = 189, USB_LINUX_MMAPPED = 220, USBPCAP = 249 };
    struct transfer transfer = {.header = 0};
    switch (packet->number) {
    case USB_LINUX:
    case USB_LINUX_MMAPPED:
        transfer = linux_transfer(packet->bytes, packet->number == USB_LINUX_MMAPPED);
        break;
    case USBPCAP:
        transfer = usbpcap_transfer(packet->bytes);
        break;
    default:
        transfer = darwin_transfer(packet->bytes);
        break;
    }
    if (transfer.header == 0)
        tt_packet_spoil(net, packet, "usb.header", "a bad header of a USB transfer");
    else if (transfer.bulk && packet->bytes.len > transfer.header)
        tt_packet_enter(packet, transfer.header, TT_SPACE_USB, 0);
    else
        tt_link_hand_on(net, packet, transfer.header);
}

/* ---- network interfaces ---- */

/* REMOTE_NDIS_PACKET_MSG ([MS-RNDIS] section 2.2.14), little-endian: type 1, length, offset of the
 * frame from here, its length, 4 bytes each; 28 bytes of other fields. */
static bool read_rndis(struct tt_net *net, struct tt_packet *packet)
{
    enum { RNDIS_HEADER = 44, TYPE_PACKET = 1, OFFSET_AT = 8 };
    const uint8_t *header = packet->bytes.data;
    size_t wire = packet->bytes.len + packet->missing;
    if (packet->bytes.len < RNDIS_HEADER || tt_le32(header) != TYPE_PACKET)
        return false;
    size_t len = tt_le32(header + 4);
    size_t offset = tt_le32(header + OFFSET_AT);
    size_t frame = tt_le32(header + OFFSET_AT + 4);
    if (len < RNDIS_HEADER || len > wire || offset > len - OFFSET_AT ||
        frame > len - OFFSET_AT - offset || OFFSET_AT + offset < RNDIS_HEADER ||
        OFFSET_AT + offset > packet->bytes.len)
        return false;
    if (len <= packet->bytes.len && len < wire) {
        struct tt_packet rest = tt_packet_split(packet, len);
        tt_packet_defer(net, &rest);
    }
    tt_packet_limit(packet, OFFSET_AT + offset + frame);
    tt_link_enter_ethernet(packet, OFFSET_AT + offset);
    return true;
}

/* The datagrams of a block (CDC NCM 1.0 section 3), little-endian: NTH16 is "NCMH", length of the
 * header (2), sequence (2), length of the block (2), place of the table (2). NDP16, the table, is a
 * signature (4), length (2), next table (2), then place (2) and length (2) of each datagram, up to
 * a pair of zeros. */
struct ntb {
    const uint8_t *pairs;
    size_t first; /* where the first datagram may begin */
    size_t count; /* datagrams that begin within the packet */
    uint32_t link;
};

enum { NTB_PAIR = 4 };

static struct tt_span ndp_of(struct tt_span block)
{
    enum { NTH_LEN = 12, NDP_LEN = 8, TABLE_AT = 10 };
    const struct tt_span none = {.len = 0};
    if (block.len < NTH_LEN || memcmp(block.data, "NCMH", 4) != 0 ||
        tt_le16(block.data + 4) != NTH_LEN)
        return none;
    size_t table = tt_le16(block.data + TABLE_AT);
    if (table < NTH_LEN || table > block.len || block.len - table < NDP_LEN)
        return none;
    size_t len = tt_le16(block.data + table + 4);
    if (len < NDP_LEN || len > block.len - table)
        return none;
    return tt_span_sub(block, table, len);
}

static uint32_t ndp_link(struct tt_span ndp)
{
    if (memcmp(ndp.data, "NCM0", 4) == 0 || memcmp(ndp.data, "NCM1", 4) == 0)
        return TT_LINKTYPE_ETHERNET;
    return memcmp(ndp.data, "IPS", 3) == 0 ? TT_LINKTYPE_RAW : 0; /* MBIM 1.0 section 7 */
}

/* Only blocks whose table stands in front of its datagrams, which are in their order and have no
 * room between them. */
static bool find_ntb(struct tt_span block, struct ntb *ret_ntb)
{
    enum { NDP_LEN = 8, GAP_MAX = 64 };
    struct tt_span ndp = ndp_of(block);
    if (ndp.len == 0 || ndp_link(ndp) == 0)
        return false;
    struct ntb ntb = {.pairs = ndp.data + NDP_LEN,
                      .first = (size_t)(ndp.data - block.data) + ndp.len,
                      .link = ndp_link(ndp)};
    size_t pairs = (ndp.len - NDP_LEN) / NTB_PAIR;
    size_t end = ntb.first;
    for (size_t i = 0; i < pairs; i++) {
        size_t at = tt_le16(ntb.pairs + i * NTB_PAIR);
        size_t len = tt_le16(ntb.pairs + i * NTB_PAIR + 2);
        if (at == 0 || at >= block.len)
            break;
        if (at < end || at - end > GAP_MAX || len == 0)
            return false;
        end = at + len;
        ntb.count++;
    }
    *ret_ntb = ntb;
    return ntb.count > 0;
}

/* Cuts the last datagram off the block. Filling behind it is handed on: it may be anything. */
static struct tt_packet take_datagram(struct tt_net *net, struct tt_packet *packet,
                                      const struct ntb *ntb)
{
    enum { GAP_MAX = 64 };
    const uint8_t *pair = ntb->pairs + (ntb->count - 1) * NTB_PAIR;
    size_t len = tt_le16(pair + 2);
    struct tt_packet datagram = tt_packet_split(packet, tt_le16(pair));
    if (len <= datagram.bytes.len && (datagram.missing > 0 || len + GAP_MAX < datagram.bytes.len)) {
        struct tt_packet filling = tt_packet_split(&datagram, len);
        tt_packet_hand_on(net, &filling);
    }
    tt_packet_limit(&datagram, len);
    tt_packet_enter(&datagram, 0, TT_SPACE_LINK, ntb->link);
    return datagram;
}

/* Takes datagrams off the end of the block, a few at a time so that not too many wait; what is left
 * of it waits below them, and is the same block with fewer datagrams. */
static bool read_ntb(struct tt_net *net, struct tt_packet *packet)
{
    enum { AT_A_TIME = 8 };
    struct ntb ntb = {.count = 0};
    if (!find_ntb(packet->bytes, &ntb))
        return false;
    struct tt_packet datagrams[AT_A_TIME];
    size_t taken = 0;
    for (; taken < AT_A_TIME && ntb.count > 0; ntb.count--)
        datagrams[taken++] = take_datagram(net, packet, &ntb);
    if (ntb.count > 0)
        tt_packet_defer(net, packet);
    else
        tt_packet_limit(packet, 0); /* the header and the table are left */
    for (size_t i = 0; i < taken; i++)
        tt_packet_defer(net, &datagrams[i]);
    packet->taken = true;
    return true;
}

void tt_read_usb_data(struct tt_net *net, struct tt_packet *packet)
{
    if (read_rndis(net, packet) || read_ntb(net, packet))
        return;
    if (tt_tunnel_fits_tightly(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET))
        tt_link_enter_ethernet(packet, 0);
    else if (tt_tunnel_fits_tightly(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW))
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW);
    else
        tt_packet_hand_on(net, packet);
}
