#include "net/wlan.h"

#include "net/core.h"
#include "net/tunnel.h"

enum {
    MAC_LEN = 6,
    FCS_LEN = 4,
    HEADER_MIN = 24, /* of data and management frames: three addresses */
    CONTROL_MIN = 10,
    ADDRESS_4 = 24, /* where they stand */
    SEQUENCE = 22,
    QOS_LEN = 2,
    HT_CONTROL_LEN = 4,
    SUBFRAME_HEADER = 14,
    SNAP_LEN = 8,
    SNAP_TYPE = 6, /* where its EtherType stands */
    MESH_MIN = 6
};

enum frame_type { TYPE_MANAGEMENT = 0, TYPE_CONTROL = 1, TYPE_DATA = 2 };

/* Second byte of frame control. */
enum flag {
    TO_DS = 0x01,
    FROM_DS = 0x02,
    BOTH_DS = 0x03,
    MORE_FRAGMENTS = 0x04,
    RETRY = 0x08,
    PROTECTED = 0x40,
    HT_CONTROL = 0x80 /* in QoS data and management frames; elsewhere "strictly ordered" */
};

/* Subtypes of data frames are made of bits. */
enum data_subtype { NO_DATA = 4, QOS = 8 };

struct header {
    unsigned type;
    unsigned subtype;
    unsigned flags;
    size_t len;
    uint16_t sequence;
    uint16_t qos;
};

static uint16_t le16(const uint8_t *at)
{
    return (uint16_t)(at[1] << 8 | at[0]);
}

static struct tt_addr mac_at(const uint8_t *at)
{
    return tt_addr_make(TT_ADDR_MAC, at);
}

static void spoil(struct tt_net *net, struct tt_packet *packet, const char *text)
{
    packet->number = TT_LINK_WLAN;
    tt_packet_spoil(net, packet, "wlan.header", text);
}

/* ---- the frame check sequence ---- */

/* IEEE 802.3 section 3.2.9, by halves of bytes; as it stands at the end of a frame. */
static uint32_t crc32_of(struct tt_span bytes)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static bool ends_with_fcs(const struct tt_packet *packet)
{
    struct tt_span bytes = packet->bytes;
    if (packet->missing > 0 || bytes.len < CONTROL_MIN + FCS_LEN)
        return false;
    const uint8_t *fcs = bytes.data + bytes.len - FCS_LEN;
    uint32_t told = (uint32_t)le16(fcs + 2) << 16 | le16(fcs);
    return crc32_of(tt_span_sub(bytes, 0, bytes.len - FCS_LEN)) == told;
}

/* Takes the frame check sequence off. False when the frame is damaged. Nothing in the capture may
 * say that there is one; but four bytes that fit the rest of the frame are no accident. */
static bool check_fcs(struct tt_packet *packet, const struct tt_wlan_hints *hints)
{
    bool fits = (!hints->fcs || hints->bad_fcs) && ends_with_fcs(packet);
    size_t wire = packet->bytes.len + packet->missing;
    if ((hints->fcs || fits) && wire >= FCS_LEN)
        tt_packet_limit(packet, wire - FCS_LEN);
    return !hints->bad_fcs || fits;
}

/* ---- the MAC header: section 9.2 ---- */

/* Frame control, duration (2), address 1, 2, 3, sequence control (2), then address 4, QoS control
 * and HT control where the first bytes say so: sections 9.2.3 and 9.2.4.1. False when it is cut, or
 * no header of this version. */
static bool read_header(struct tt_span bytes, const struct tt_wlan_hints *hints,
                        struct header *ret_header)
{
    enum { VERSION = 3, A4_LEN = MAC_LEN };
    if (bytes.len < HEADER_MIN)
        return false;
    unsigned control = bytes.data[hints->swapped ? 1 : 0];
    struct header header = {.type = control >> 2 & 3,
                            .subtype = control >> 4,
                            .flags = bytes.data[hints->swapped ? 0 : 1],
                            .len = HEADER_MIN,
                            .sequence = le16(bytes.data + SEQUENCE)};
    if (hints->whole) {
        header.sequence = 0;
        header.flags &= ~(unsigned)MORE_FRAGMENTS;
    }
    bool qos = header.type == TYPE_DATA && (header.subtype & QOS) != 0;
    if (header.type == TYPE_DATA && (header.flags & BOTH_DS) == BOTH_DS)
        header.len += A4_LEN;
    size_t qos_at = header.len;
    if (qos)
        header.len += QOS_LEN;
    if ((header.flags & HT_CONTROL) != 0 && (qos || header.type == TYPE_MANAGEMENT))
        header.len += HT_CONTROL_LEN;
    if (hints->data_pad)
        header.len = (header.len + 3) & ~(size_t)3;
    if ((control & VERSION) != 0 || header.len > bytes.len)
        return false;
    if (qos)
        header.qos = le16(bytes.data + qos_at);
    *ret_header = header;
    return true;
}

/* Table 9-30: who sends to whom by the DS bits. */
static void set_addresses(struct tt_packet *packet, const struct header *header)
{
    const uint8_t *a1 = packet->bytes.data + 4;
    const uint8_t *a2 = a1 + MAC_LEN;
    const uint8_t *a3 = a2 + MAC_LEN;
    unsigned ds = header->type == TYPE_DATA ? header->flags & BOTH_DS : 0;
    packet->mac[0] = mac_at(a2);
    packet->mac[1] = mac_at((ds & TO_DS) != 0 ? a3 : a1);
    if (ds == FROM_DS)
        packet->mac[0] = mac_at(a3);
    else if (ds == BOTH_DS)
        packet->mac[0] = mac_at(packet->bytes.data + ADDRESS_4);
}

/* ---- control frames: section 9.3.1 ---- */

/* The most bytes that a control frame of a subtype has. */
static size_t control_len(unsigned subtype)
{
    enum { ONE_ADDRESS = 10, TWO_ADDRESSES = 16, BITMAPS = 256 };
    switch (subtype) {
    case 0xc: /* CTS */
    case 0xd: /* Ack */
        return ONE_ADDRESS;
    case 0xa: /* PS-Poll */
    case 0xb: /* RTS */
    case 0xe: /* CF-End */
    case 0xf: /* CF-End + CF-Ack */
        return TWO_ADDRESSES;
    default: /* block acknowledgements, triggers, announcements: lists of stations and bitmaps */
        return BITMAPS;
    }
}

/* All of it is header; but nobody shall hide something behind a frame that ends early. */
static void read_control(struct tt_net *net, struct tt_packet *packet, unsigned subtype)
{
    size_t len = control_len(subtype);
    if (len > packet->bytes.len)
        len = packet->bytes.len;
    tt_packet_enter(packet, len, TT_SPACE_WLAN, TT_LINK_WLAN);
    packet->taken = true;
    if (packet->bytes.len == FCS_LEN) {
        *packet->overhead += FCS_LEN;
    } else if (packet->bytes.len > 0) {
        tt_packet_note(net, packet, "wlan.control", "bytes behind an 802.11 control frame");
        tt_packet_hand_on(net, packet);
    }
}

/* ---- bodies of data frames ---- */

/* LLC and SNAP, as RFC 1042 and IEEE 802.1H write them, with an EtherType behind them. */
static bool is_snap(struct tt_span body, size_t at)
{
    static const uint8_t rfc1042[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00};
    static const uint8_t bridge_tunnel[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0xf8};
    struct tt_span header = tt_span_sub(body, at, SNAP_LEN);
    return header.len == SNAP_LEN &&
           (memcmp(header.data, rfc1042, sizeof(rfc1042)) == 0 ||
            memcmp(header.data, bridge_tunnel, sizeof(bridge_tunnel)) == 0) &&
           tt_be16(header.data + SNAP_TYPE) >= TT_ETHERTYPE_MIN;
}

/* The length of a mesh control field (section 9.2.4.7.3: flags, time to live, sequence number (4),
 * then the addresses that the flags count) in front of a SNAP header, or 0. Whether there is one
 * stands in the QoS field, but in a bit that has other meanings outside a mesh; the SNAP header
 * settles it. */
static size_t mesh_len(struct tt_span body)
{
    enum { ADDRESSES = 3 };
    if (body.len < MESH_MIN || (body.data[0] & ~(unsigned)ADDRESSES) != 0)
        return 0;
    size_t len = MESH_MIN + (size_t)body.data[0] * MAC_LEN;
    return body.data[0] < ADDRESSES && is_snap(body, len) ? len : 0;
}

static void enter_mesh(struct tt_packet *packet, size_t len)
{
    const uint8_t *control = packet->bytes.data;
    if (len == MESH_MIN + 2 * MAC_LEN) {
        packet->mac[1] = mac_at(control + MESH_MIN);
        packet->mac[0] = mac_at(control + MESH_MIN + MAC_LEN);
    }
    tt_packet_enter(packet, len, TT_SPACE_WLAN, TT_LINK_WLAN);
}

static void enter_snap(struct tt_packet *packet)
{
    tt_packet_enter(packet, SNAP_LEN, TT_SPACE_ETHERTYPE, tt_be16(packet->bytes.data + SNAP_TYPE));
}

/* Some drivers put the Ethernet frame that they made into the body. */
static bool is_ethernet(const struct tt_packet *packet)
{
    return packet->bytes.len >= SUBFRAME_HEADER &&
           memcmp(packet->bytes.data, packet->mac[1].bytes, MAC_LEN) == 0 &&
           memcmp(packet->bytes.data + MAC_LEN, packet->mac[0].bytes, MAC_LEN) == 0;
}

/* One MSDU in clear text. */
static void read_msdu(struct tt_packet *packet)
{
    enum { UNTOLD_PAD = 2 };
    size_t mesh = is_snap(packet->bytes, 0) ? 0 : mesh_len(packet->bytes);
    if (mesh > 0)
        enter_mesh(packet, mesh);
    else if (!is_snap(packet->bytes, 0) && is_snap(packet->bytes, UNTOLD_PAD))
        tt_packet_enter(packet, UNTOLD_PAD, TT_SPACE_WLAN, TT_LINK_WLAN);
    if (is_snap(packet->bytes, 0)) {
        enter_snap(packet);
    } else if (is_ethernet(packet)) {
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    } else {
        tt_packet_enter(packet, 0, TT_SPACE_LLC, 0);
    }
}

/* The subframe at the front of an A-MSDU: destination, source, length, MSDU, padding to a multiple
 * of 4 but behind the last one (section 9.3.2.2.2). */
void tt_read_wlan_amsdu(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    size_t wire = packet->bytes.len + packet->missing;
    size_t len = packet->bytes.len < SUBFRAME_HEADER ? 0 : tt_be16(header + 12);
    if (len == 0 || SUBFRAME_HEADER + len > wire) {
        spoil(net, packet, "a bad subframe of an 802.11 A-MSDU");
        return;
    }
    len += SUBFRAME_HEADER;
    if (len < packet->bytes.len) {
        struct tt_packet rest = tt_packet_split(packet, len);
        size_t pad = (4 - len % 4) % 4;
        tt_packet_enter(&rest, pad < rest.bytes.len ? pad : rest.bytes.len, TT_SPACE_WLAN,
                        TT_LINK_WLAN_AMSDU);
        tt_packet_defer(net, &rest);
    }
    packet->mac[1] = mac_at(header);
    packet->mac[0] = mac_at(header + MAC_LEN);
    tt_packet_enter(packet, SUBFRAME_HEADER, TT_SPACE_WLAN, TT_LINK_WLAN);
    read_msdu(packet);
}

/* Drivers that decrypt leave the protected bit set, and some the header of the cipher, too (WEP: 4
 * bytes; TKIP, CCMP and GCMP: 8). SNAP in clear text, where it must stand, shows it: gives the
 * length of what stands in front of the body, or SIZE_MAX for ciphertext. */
static size_t decrypted_at(struct tt_span body, bool amsdu)
{
    static const size_t cipher_headers[] = {0, 4, 8};
    for (size_t i = 0; i < TT_ARRAY_LEN(cipher_headers); i++)
        if (is_snap(body, cipher_headers[i] + (amsdu ? SUBFRAME_HEADER : 0)))
            return cipher_headers[i];
    return SIZE_MAX;
}

/* The protected bit says so; but what reads as text is searched. */
static void hand_on_encrypted(struct tt_net *net, struct tt_packet *packet)
{
    packet->number = TT_LINK_WLAN;
    tt_tunnel_mark_encrypted(packet);
    tt_packet_hand_on(net, packet);
}

static bool is_fragment(const struct header *header)
{
    return (header->flags & MORE_FRAGMENTS) != 0 || (header->sequence & 0x0f) != 0;
}

/* `identity` is the frame's; but its fragment number is not part of the key. */
static void take_fragment(struct tt_net *net, struct tt_packet *packet, const struct header *header,
                          const struct tt_wlan_identity *identity)
{
    struct tt_wlan_fragment fragment = {.at = header->sequence & 0x0f,
                                        .next = (header->sequence & 0x0fU) + 1,
                                        .more = (header->flags & MORE_FRAGMENTS) != 0};
    struct tt_wlan_identity whole = *identity;
    whole.sequence = header->sequence >> 4;
    _Static_assert(sizeof(whole) <= sizeof(fragment.key), "the key has room");
    memcpy(fragment.key, &whole, sizeof(whole));
    tt_wlan_fragments_take(net, packet, &fragment);
}

static void read_data(struct tt_net *net, struct tt_packet *packet, const struct header *header)
{
    enum { QOS_AMSDU = 0x80 };
    bool amsdu = (header->qos & QOS_AMSDU) != 0 && !is_snap(packet->bytes, 0);
    if ((header->flags & PROTECTED) != 0) {
        size_t clear = decrypted_at(packet->bytes, amsdu);
        if (clear == SIZE_MAX) {
            hand_on_encrypted(net, packet);
            return;
        }
        tt_packet_enter(packet, clear, TT_SPACE_WLAN, TT_LINK_WLAN);
    }
    if (amsdu)
        packet->number = TT_LINK_WLAN_AMSDU;
    else
        read_msdu(packet);
}

/* Section 10.3.2.14, but for what tells it: a receiver drops what has the retry bit and the last
 * number; we want the same bytes, and know more numbers. */
static bool is_sent_again(struct tt_net *net, const struct tt_packet *packet,
                          const struct header *header, const struct tt_wlan_identity *identity)
{
    net->wlan.seen.seed = net->flows.seed;
    bool before = tt_wlan_seen_before(&net->wlan.seen, identity, packet->bytes);
    return before && (header->flags & RETRY) != 0;
}

static void identify(const struct tt_packet *packet, const struct header *header,
                     struct tt_wlan_identity *ret_identity)
{
    struct tt_wlan_identity identity = {.type = (uint8_t)(header->type << 4 | header->subtype),
                                        .tid = header->qos & 0x0f,
                                        .sequence = header->sequence};
    memcpy(identity.addr, packet->bytes.data + 4, 3 * (size_t)MAC_LEN);
    if (header->type == TYPE_DATA && (header->flags & BOTH_DS) == BOTH_DS)
        memcpy(identity.addr[3], packet->bytes.data + ADDRESS_4, MAC_LEN);
    *ret_identity = identity;
}

/* A data or management frame, behind its header. */
static void read_body(struct tt_net *net, struct tt_packet *packet, const struct header *header,
                      const struct tt_wlan_identity *identity)
{
    if (packet->bytes.len == 0 && packet->missing == 0) {
        packet->taken = true;
        return;
    }
    packet->repeated = packet->repeated || is_sent_again(net, packet, header, identity);
    bool management = header->type == TYPE_MANAGEMENT;
    bool ciphered = (header->flags & PROTECTED) != 0;
    if (ciphered && (management || is_fragment(header))) {
        hand_on_encrypted(net, packet); /* each fragment is encrypted for itself */
        return;
    }
    if (is_fragment(header))
        take_fragment(net, packet, header, identity);
    if (packet->taken)
        return;
    if (management) {
        packet->number = TT_LINK_WLAN_MANAGEMENT | header->subtype;
        tt_packet_hand_on(net, packet);
    } else if ((header->subtype & NO_DATA) != 0) {
        spoil(net, packet, "bytes in an 802.11 frame without data");
    } else {
        read_data(net, packet, header);
    }
}

void tt_wlan_read(struct tt_net *net, struct tt_packet *packet, const struct tt_wlan_hints *hints)
{
    tt_packet_enter(packet, 0, TT_SPACE_WLAN, TT_LINK_WLAN);
    for (size_t i = 0; i < 2; i++)
        packet->mac[i] = (struct tt_addr){.family = TT_ADDR_NONE};
    if (packet->bytes.len == 0 && packet->missing == 0) {
        packet->taken = true; /* radiotap tells of sounding frames that are only a preamble */
        return;
    }
    if (!check_fcs(packet, hints)) {
        tt_packet_note(net, packet, "wlan.fcs",
                       "a damaged 802.11 frame: searched, but not believed");
        tt_packet_hand_on(net, packet);
        return;
    }
    unsigned control = packet->bytes.len < CONTROL_MIN ? 0 : packet->bytes.data[0];
    if ((control & 0x0fU) == TYPE_CONTROL << 2 && !hints->swapped) {
        read_control(net, packet, control >> 4);
        return;
    }
    struct header header;
    if (!read_header(packet->bytes, hints, &header) ||
        (header.type != TYPE_DATA && header.type != TYPE_MANAGEMENT)) {
        spoil(net, packet, "no 802.11 header, or one of a version that is not known");
        return;
    }
    struct tt_wlan_identity identity;
    set_addresses(packet, &header);
    identify(packet, &header, &identity);
    tt_packet_enter(packet, header.len, TT_SPACE_WLAN, TT_LINK_WLAN);
    read_body(net, packet, &header, &identity);
}

/* LINKTYPE_IEEE802_11. */
void tt_read_wlan(struct tt_net *net, struct tt_packet *packet)
{
    static const struct tt_wlan_hints none = {.fcs = false};
    tt_wlan_read(net, packet, &none);
}
