/* CAPWAP data (RFC 5415 section 4): an access point's 802.11 or 802.3 frames on their way to its
 * controller, over UDP. */
#include "net/core.h"
#include "net/tunnel.h"

enum {
    CONTROL_PORT = 5246,
    HEADER_MIN = 8,
    DTLS_HEADER = 4,
    PREAMBLE_PLAIN = 0, /* version 0 (four bits), type */
    PREAMBLE_DTLS = 1
};

/* Bits of the first word. */
enum bit { BIT_NATIVE = 0x100, BIT_FRAGMENT = 0x80, BIT_LAST = 0x40, BIT_KEEP_ALIVE = 0x08 };

struct header {
    size_t len;
    uint32_t bits;
    uint16_t fragment;
    size_t offset; /* of the fragment, in bytes */
};

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Version| Type  |  HLEN   |   RID   | WBID    |T|F|L|W|M|K|Flags|
 * |          Fragment ID          |     Fragment Offset     |Rsvd |
 * |        Radio MAC address, wireless information (optional)     | */
static bool read_header(struct tt_span bytes, struct header *ret_header)
{
    enum { UNITS = 0x1f, WIRELESS_80211 = 1 };
    if (bytes.len < HEADER_MIN || bytes.data[0] != PREAMBLE_PLAIN)
        return false;
    uint32_t word = tt_be32(bytes.data);
    unsigned binding = word >> 9 & UNITS;
    struct header header = {.len = (word >> 19 & UNITS) * 4U,
                            .bits = word & 0x1ff,
                            .fragment = tt_be16(bytes.data + 4),
                            .offset = tt_be16(bytes.data + 6) & 0xfff8U};
    if (header.len < HEADER_MIN || header.len > bytes.len || binding > WIRELESS_80211)
        return false;
    *ret_header = header;
    return true;
}

/* How well two bytes read as the frame control of a frame that access points hand on, 0: not at
 * all. Between a station and a network a data frame has one of the DS bits, and a management frame
 * none. */
static unsigned likelihood(unsigned control, unsigned flags)
{
    enum { KIND = 0x0f, MANAGEMENT = 0x00, DATA = 0x08, DS = 0x03, PROTECTED_HT = 0xc0 };
    if ((control & KIND) == DATA)
        return (flags & DS) != 0 ? 3 : 1;
    if ((control & KIND) != MANAGEMENT || (flags & DS) != 0)
        return 0;
    if (flags == 0)
        return 3;
    return (flags & PROTECTED_HT) != 0 ? 1 : 2;
}

/* Frames of some controllers have the two bytes of frame control swapped. False where they can be
 * read neither way. */
static bool tell_order(struct tt_span frame, bool *ret_swapped)
{
    if (frame.len < 2)
        return false;
    unsigned plain = likelihood(frame.data[0], frame.data[1]);
    unsigned swapped = likelihood(frame.data[1], frame.data[0]);
    *ret_swapped = swapped > plain;
    return plain > 0 || swapped > 0;
}

/* IP or ARP, or what stations say to get in. */
static bool is_ethernet(const struct tt_packet *packet, size_t at)
{
    enum { TYPE_AT = 12, ETHERTYPE_EAPOL = 0x888e };
    struct tt_span type = tt_span_sub(packet->bytes, at + TYPE_AT, 2);
    return tt_tunnel_fits_tightly(packet, at, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET) ||
           (type.len == 2 && tt_be16(type.data) == ETHERTYPE_EAPOL);
}

/* Reads the frame that begins `len` bytes behind. */
static bool read_frame(struct tt_net *net, struct tt_packet *packet, size_t len, bool native)
{
    if (!native)
        return is_ethernet(packet, len) &&
               tt_tunnel_try(net, packet, len, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    /* The access point has put fragments together, and may write the sequence number in either
     * order. */
    struct tt_wlan_hints hints = {.whole = true};
    if (!tell_order(tt_span_from(packet->bytes, len), &hints.swapped))
        return false;
    tt_tunnel_enter(net, packet, len, TT_SPACE_LINK, TT_LINKTYPE_IEEE802_11);
    tt_wlan_read(net, packet, &hints);
    return true;
}

/* Section 4.5 and RFC 5415 section 3.4: who sends to whom, and the identifier. */
static void make_key(const struct tt_packet *packet, const struct header *header,
                     struct tt_wlan_fragment *fragment)
{
    struct {
        struct tt_addr addr[2];
        uint16_t port[2];
        uint16_t id;
    } parts;
    memset(&parts, 0, sizeof(parts));
    memcpy(parts.addr, packet->addr, sizeof(parts.addr));
    memcpy(parts.port, packet->port, sizeof(parts.port));
    parts.id = header->fragment;
    _Static_assert(sizeof(parts) <= sizeof(fragment->key), "the key has room");
    memcpy(fragment->key, &parts, sizeof(parts));
}

static void take_fragment(struct tt_net *net, struct tt_packet *packet, const struct header *header)
{
    tt_packet_enter(packet, header->len, packet->space, packet->number);
    struct tt_wlan_fragment fragment = {.at = header->offset,
                                        .next = header->offset + packet->bytes.len,
                                        .more = (header->bits & BIT_LAST) == 0};
    make_key(packet, header, &fragment);
    tt_wlan_fragments_take(net, packet, &fragment);
    if (!packet->taken && !read_frame(net, packet, 0, (header->bits & BIT_NATIVE) != 0))
        tt_packet_hand_on(net, packet);
}

/* Section 4.2: preamble, three reserved bytes, DTLS: there may be keys for it. */
static bool read_dtls(struct tt_net *net, struct tt_packet *packet)
{
    enum { CHANGE_CIPHER_SPEC = 20, APPLICATION_DATA = 23, VERSION_DTLS = 0xfe };
    const uint8_t *record = packet->bytes.data + DTLS_HEADER;
    if (packet->bytes.len < DTLS_HEADER + 13 || record[0] < CHANGE_CIPHER_SPEC ||
        record[0] > APPLICATION_DATA || record[1] != VERSION_DTLS)
        return false;
    tt_packet_enter(packet, DTLS_HEADER, packet->space, packet->number);
    tt_packet_hand_on(net, packet);
    return true;
}

bool tt_udp_capwap(struct tt_net *net, struct tt_packet *packet)
{
    struct header header;
    if (packet->bytes.len > 0 && packet->bytes.data[0] == PREAMBLE_DTLS)
        return read_dtls(net, packet);
    /* Messages between the two, not frames. */
    if (packet->port[0] == CONTROL_PORT || packet->port[1] == CONTROL_PORT)
        return false;
    if (!read_header(packet->bytes, &header) || (header.bits & BIT_KEEP_ALIVE) != 0)
        return false;
    if ((header.bits & BIT_FRAGMENT) != 0) {
        take_fragment(net, packet, &header);
        return true;
    }
    return read_frame(net, packet, header.len, (header.bits & BIT_NATIVE) != 0);
}
