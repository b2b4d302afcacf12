/* What capturing programs write in front of an 802.11 frame. */
#include "net/core.h"

enum {
    RADIOTAP_HEADER = 8,
    RADIOTAP_FLAG_FCS = 0x10,
    RADIOTAP_FLAG_DATA_PAD = 0x20,
    RADIOTAP_FLAG_BAD_FCS = 0x40,
    PRISM_HEADER = 144, /* as most drivers write it */
    PRISM_HEADER_MIN = 8,
    AVS_HEADER_MIN = 8
};

/* The version is in the low bits. */
static const uint32_t AVS_MAGIC = 0x80211000;
static const uint32_t AVS_MAGIC_MASK = 0xfffff000;

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* Skips a header of `len` bytes and reads the frame behind it. */
static void read_behind(struct tt_net *net, struct tt_packet *packet, size_t len,
                        const struct tt_wlan_hints *hints)
{
    tt_packet_enter(packet, len, TT_SPACE_WLAN, TT_LINK_WLAN);
    tt_wlan_read(net, packet, hints);
}

/* The flags of a radiotap header, 0 where it has none. Its first presence word is always of the
 * radiotap namespace; the fields stand behind all words in the order of their bits, and only the
 * timestamp, aligned to its size, stands before the flags. */
static unsigned radiotap_flags(struct tt_span header)
{
    enum { TSFT = 1, FLAGS = 2, TSFT_LEN = 8, WORD = 4 };
    static const uint32_t more = UINT32_C(1) << 31;
    uint32_t first = le32(header.data + 4);
    size_t at = RADIOTAP_HEADER;
    for (uint32_t word = first; (word & more) != 0; at += WORD) {
        if (at + WORD > header.len)
            return 0;
        word = le32(header.data + at);
    }
    if ((first & FLAGS) == 0)
        return 0;
    if ((first & TSFT) != 0)
        at = (at + TSFT_LEN - 1) / TSFT_LEN * TSFT_LEN + TSFT_LEN;
    return at < header.len ? header.data[at] : 0;
}

/* https://www.radiotap.org: version (1), padding (1), length (2), presence words (4 each), fields.
 * Little-endian. */
void tt_read_radiotap(struct tt_net *net, struct tt_packet *packet)
{
    struct tt_span bytes = packet->bytes;
    size_t len = bytes.len < RADIOTAP_HEADER ? 0 : le32(bytes.data) >> 16;
    if (len < RADIOTAP_HEADER || len > bytes.len || bytes.data[0] != 0) {
        tt_packet_spoil(net, packet, "radiotap.header", "a bad radiotap header");
        return;
    }
    unsigned flags = radiotap_flags(tt_span_sub(bytes, 0, len));
    const struct tt_wlan_hints hints = {.fcs = (flags & RADIOTAP_FLAG_FCS) != 0,
                                        .bad_fcs = (flags & RADIOTAP_FLAG_BAD_FCS) != 0,
                                        .data_pad = (flags & RADIOTAP_FLAG_DATA_PAD) != 0};
    read_behind(net, packet, len, &hints);
}

/* https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_AVS.html: magic and version (4), length
 * (4). Big-endian. */
void tt_read_avs(struct tt_net *net, struct tt_packet *packet)
{
    static const struct tt_wlan_hints none = {.fcs = false};
    const uint8_t *header = packet->bytes.data;
    size_t len = packet->bytes.len < AVS_HEADER_MIN ? 0 : tt_be32(header + 4);
    if (len < AVS_HEADER_MIN || len > packet->bytes.len) {
        tt_packet_spoil(net, packet, "avs.header", "a bad AVS header");
        return;
    }
    read_behind(net, packet, len, &none);
}

/* The length of a Prism header, 0 where there is none: in the byte order of the machine that
 * captured, which the message code tells. */
static size_t prism_len(struct tt_span bytes)
{
    enum { SNIFF_FRAME = 0x44, SNIFF_FRAME_OLD = 0x41 };
    if (bytes.len < PRISM_HEADER_MIN)
        return 0;
    uint32_t big = tt_be32(bytes.data);
    uint32_t little = le32(bytes.data);
    size_t len = 0;
    if (big == SNIFF_FRAME || big == SNIFF_FRAME_OLD)
        len = tt_be32(bytes.data + 4);
    else if (little == SNIFF_FRAME || little == SNIFF_FRAME_OLD)
        len = le32(bytes.data + 4);
    else
        return 0;
    return len < PRISM_HEADER_MIN ? PRISM_HEADER : len;
}

/* https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_PRISM.html: message code (4), length (4),
 * device name (16), items of 12 bytes. Some drivers write AVS headers under this link type, or
 * none. */
void tt_read_prism(struct tt_net *net, struct tt_packet *packet)
{
    static const struct tt_wlan_hints none = {.fcs = false};
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len >= AVS_HEADER_MIN && (tt_be32(header) & AVS_MAGIC_MASK) == AVS_MAGIC) {
        tt_read_avs(net, packet);
        return;
    }
    size_t len = prism_len(packet->bytes);
    if (len > packet->bytes.len) {
        tt_packet_spoil(net, packet, "prism.header", "a bad Prism header");
        return;
    }
    read_behind(net, packet, len, &none);
}
