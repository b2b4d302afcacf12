/* What recorders write around the frames of another link: cards, analysers, programs. */
#include "net/link.h"

enum { FCS = 4 };

/* ---- ERF (Endace) ---- */

enum erf_type {
    ERF_HDLC_POS = 1,
    ERF_ETH = 2,
    ERF_AAL5 = 4,
    ERF_MC_HDLC = 5,
    ERF_MC_AAL5 = 9,
    ERF_COLOR_HDLC_POS = 10,
    ERF_COLOR_ETH = 11,
    ERF_DSM_COLOR_HDLC_POS = 15,
    ERF_DSM_COLOR_ETH = 16,
    ERF_COLOR_MC_HDLC_POS = 17,
    ERF_COLOR_HASH_POS = 19,
    ERF_COLOR_HASH_ETH = 20,
    ERF_IPV4 = 22,
    ERF_IPV6 = 23
};

/* Timestamp (8), type (1), flags (1), record length (2), counter (2), wire length (2); where the
 * type has its highest bit, extensions of 8 bytes, each of which tells so whether another one
 * follows. 0: bad. */
static size_t erf_header_len(struct tt_span bytes)
{
    enum { ERF_HEADER = 16, TYPE_AT = 8, MORE = 0x80, EXTENSION = 8 };
    if (bytes.len < ERF_HEADER)
        return 0;
    size_t len = ERF_HEADER;
    bool more = (bytes.data[TYPE_AT] & MORE) != 0;
    while (more) {
        if (bytes.len - len < EXTENSION)
            return 0;
        more = (bytes.data[len] & MORE) != 0;
        len += EXTENSION;
    }
    return len;
}

/* Bytes that the type has in front of the frame. */
static size_t erf_prefix_len(enum erf_type type)
{
    enum { CHANNEL = 4, CELL = 4, OFFSET_PAD = 2 };
    switch ((unsigned)type) {
    case ERF_ETH:
    case ERF_COLOR_ETH:
    case ERF_DSM_COLOR_ETH:
    case ERF_COLOR_HASH_ETH:
        return OFFSET_PAD;
    case ERF_MC_HDLC:
    case ERF_COLOR_MC_HDLC_POS:
        return CHANNEL;
    case ERF_AAL5:
        return CELL;
    case ERF_MC_AAL5:
        return CHANNEL + CELL;
    default:
        return 0;
    }
}

/* HDLC carries PPP, Cisco HDLC or Frame Relay, and nothing tells which: the first byte of the first
 * two is fixed. */
static uint32_t hdlc_link(struct tt_span bytes)
{
    enum { ALL_STATIONS = 0xff, UNICAST = 0x0f, MULTICAST = 0x8f };
    uint8_t first = bytes.len == 0 ? 0 : bytes.data[0];
    return first == ALL_STATIONS || first == UNICAST || first == MULTICAST ? TT_LINKTYPE_PPP
                                                                           : TT_LINKTYPE_FRELAY;
}

static void enter_erf_payload(struct tt_net *net, struct tt_packet *packet, enum erf_type type)
{
    switch ((unsigned)type) {
    case ERF_ETH:
    case ERF_COLOR_ETH:
    case ERF_DSM_COLOR_ETH:
    case ERF_COLOR_HASH_ETH:
        tt_link_trim(packet, FCS);
        tt_link_enter_ethernet(packet, 0);
        break;
    case ERF_HDLC_POS:
    case ERF_COLOR_HDLC_POS:
    case ERF_DSM_COLOR_HDLC_POS:
    case ERF_COLOR_HASH_POS:
    case ERF_MC_HDLC:
    case ERF_COLOR_MC_HDLC_POS:
        tt_packet_enter(packet, 0, TT_SPACE_LINK, hdlc_link(packet->bytes));
        break;
    case ERF_AAL5:
    case ERF_MC_AAL5:
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_ATM);
        break;
    case ERF_IPV4:
    case ERF_IPV6:
        tt_packet_enter(packet, 0, TT_SPACE_LINK, TT_LINKTYPE_RAW);
        break;
    default:
        tt_link_hand_on(net, packet, 0);
        break;
    }
}

/* A record as the card wrote it. Its own wire length counts: the capture file knows only how long
 * the record is. */
void tt_read_erf(struct tt_net *net, struct tt_packet *packet)
{
    enum { TYPE_AT = 8, TYPE = 0x7f, WIRE_LEN_AT = 14 };
    size_t header = erf_header_len(packet->bytes);
    if (header == 0) {
        tt_packet_spoil(net, packet, "erf.header", "a bad ERF header");
        return;
    }
    enum erf_type type = (enum erf_type)(packet->bytes.data[TYPE_AT] & TYPE);
    size_t wire = tt_be16(packet->bytes.data + WIRE_LEN_AT);
    header += erf_prefix_len(type);
    if (!tt_link_has(net, packet, header, "erf.header", "a bad ERF header"))
        return;
    tt_packet_enter(packet, header, TT_SPACE_LINK, packet->number);
    size_t have = packet->bytes.len + packet->missing;
    if (wire > have)
        packet->missing += wire - have;
    else if (wire > 0)
        tt_packet_limit(packet, wire);
    enter_erf_payload(net, packet, type);
}

/* ---- other headers that name what follows ---- */

/* The per-packet information header of CACE: version, flags, length (2), link type (4), fields; all
 * little-endian. The one of IEEE 802.11 (type 2) tells whether the frame ends with its checksum. */
void tt_read_ppi(struct tt_net *net, struct tt_packet *packet)
{
    enum { PPI_HEADER = 8, FIELD_HEADER = 4, FIELD_80211 = 2, FLAGS_AT = 8, HAS_FCS = 1 };
    if (!tt_link_has(net, packet, PPI_HEADER, "ppi.header", "a bad PPI header"))
        return;
    const uint8_t *header = packet->bytes.data;
    size_t len = tt_le16(header + 2);
    if (len < PPI_HEADER || len > packet->bytes.len) {
        tt_packet_spoil(net, packet, "ppi.header", "a bad PPI header");
        return;
    }
    bool fcs = false;
    size_t field_len = 0;
    for (size_t at = PPI_HEADER; at + FIELD_HEADER <= len; at += FIELD_HEADER + field_len) {
        field_len = tt_le16(header + at + 2);
        if (tt_le16(header + at) == FIELD_80211 && field_len >= FLAGS_AT + 2 &&
            field_len <= len - at - FIELD_HEADER)
            fcs = (header[at + FIELD_HEADER + FLAGS_AT] & HAS_FCS) != 0;
    }
    tt_packet_enter(packet, len, TT_SPACE_LINK, tt_le32(header + 4));
    if (fcs)
        tt_link_trim(packet, FCS);
}

/* SITA: flags, signals, errors (2), protocol. */
void tt_read_sita(struct tt_net *net, struct tt_packet *packet)
{
    enum { SITA_HEADER = 5, ETHERNET = 2, PPP_HDLC = 7, TOKEN_RING = 9, FRAME_RELAY = 12 };
    if (!tt_link_has(net, packet, SITA_HEADER, "sita.short", "a frame too short for SITA"))
        return;
    switch (packet->bytes.data[4]) {
    case ETHERNET:
        tt_link_enter_ethernet(packet, SITA_HEADER);
        break;
    case PPP_HDLC:
        tt_packet_enter(packet, SITA_HEADER, TT_SPACE_LINK, TT_LINKTYPE_PPP);
        break;
    case TOKEN_RING:
        tt_packet_enter(packet, SITA_HEADER, TT_SPACE_LINK, TT_LINKTYPE_TOKEN_RING);
        break;
    case FRAME_RELAY:
        tt_packet_enter(packet, SITA_HEADER, TT_SPACE_LINK, TT_LINKTYPE_FRELAY);
        break;
    default:
        tt_link_hand_on(net, packet, SITA_HEADER);
        break;
    }
}

/* ---- Ethernet with what stands around it on the wire ---- */

/* The preamble and its last byte: 0xd5 in front of a whole frame, 0xe6, 0x4c, 0x7f or 0xb3 in front
 * of the first part of one that may be interrupted (IEEE 802.3 clause 99). 0: none. */
static size_t preamble_len(struct tt_span bytes, bool may_be_part)
{
    enum { PREAMBLE = 0x55, PREAMBLE_MAX = 15, WHOLE = 0xd5 };
    static const uint8_t first_part[] = {0xe6, 0x4c, 0x7f, 0xb3};
    size_t at = 0;
    while (at < PREAMBLE_MAX && at < bytes.len && bytes.data[at] == PREAMBLE)
        at++;
    if (at == bytes.len)
        return 0;
    if (bytes.data[at] == WHOLE)
        return at + 1;
    bool part = may_be_part && memchr(first_part, bytes.data[at], sizeof(first_part)) != NULL;
    return part ? at + 1 : 0;
}

void tt_read_mpacket(struct tt_net *net, struct tt_packet *packet)
{
    size_t len = preamble_len(packet->bytes, true);
    if (len == 0) {
        tt_link_hand_on(net, packet, 0); /* a later part: where it belongs is not told */
        return;
    }
    tt_packet_enter(packet, len, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    tt_link_trim(packet, FCS);
}

/* Hilscher netANALYZER: 4 bytes of its own, the frame with its checksum; in transparent mode (241)
 * with the preamble, or what came in place of one. */
void tt_read_netanalyzer(struct tt_net *net, struct tt_packet *packet)
{
    enum { ANALYZER_HEADER = 4, TRANSPARENT = 241 };
    bool transparent = packet->number == TRANSPARENT;
    if (!tt_link_has(net, packet, ANALYZER_HEADER, "netanalyzer.short",
                     "a frame too short for netANALYZER"))
        return;
    size_t len = ANALYZER_HEADER;
    if (transparent) {
        size_t preamble = preamble_len(tt_span_from(packet->bytes, ANALYZER_HEADER), false);
        if (preamble == 0) {
            tt_link_hand_on(net, packet, ANALYZER_HEADER);
            return;
        }
        len += preamble;
    }
    tt_packet_enter(packet, len, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    tt_link_trim(packet, FCS);
}

/* IEEE 802.3 section 65.1.3: 8 bytes in place of the preamble. */
void tt_read_epon(struct tt_net *net, struct tt_packet *packet)
{
    enum { EPON_HEADER = 8 };
    if (tt_link_has(net, packet, EPON_HEADER, "epon.short", "a frame too short for EPON"))
        tt_packet_enter(packet, EPON_HEADER, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
}

/* Whether one of the extensions (a nibble for the type, one for the length, value) is the privacy
 * one (types 3 and 4) with its encryption bit. */
static bool is_docsis_encrypted(struct tt_span extensions)
{
    enum { PRIVACY_UP = 3, PRIVACY_DOWN = 4, ENCRYPTED_AT = 2, ENCRYPTED = 0x80 };
    size_t at = 0;
    while (at < extensions.len) {
        unsigned type = extensions.data[at] >> 4;
        size_t len = extensions.data[at] & 0x0fU;
        if ((type == PRIVACY_UP || type == PRIVACY_DOWN) && len >= 2 &&
            extensions.len - at > ENCRYPTED_AT)
            return (extensions.data[at + ENCRYPTED_AT] & ENCRYPTED) != 0;
        at += 1 + len;
    }
    return false;
}

/* DOCSIS MAC header (MULPI section 6.2): frame control (type in two bits; the lowest says that
 * extensions follow), their length or another parameter, length of the rest (2), extensions,
 * checksum (2). */
void tt_read_docsis(struct tt_net *net, struct tt_packet *packet)
{
    enum { BASE = 4, CHECKSUM = 2, HAS_EXTENSIONS = 1, TYPE_PACKET = 0 };
    if (!tt_link_has(net, packet, BASE + CHECKSUM, "docsis.header", "a bad DOCSIS header"))
        return;
    const uint8_t *header = packet->bytes.data;
    size_t extensions = (header[0] & HAS_EXTENSIONS) != 0 ? header[1] : 0;
    size_t len = BASE + extensions + CHECKSUM;
    if (!tt_link_has(net, packet, len, "docsis.header", "a bad DOCSIS header"))
        return;
    bool encrypted = is_docsis_encrypted(tt_span_sub(packet->bytes, BASE, extensions));
    if (header[0] >> 6 != TYPE_PACKET) {
        tt_link_hand_on(net, packet, len); /* management of the cable */
        return;
    }
    /* The length counts the extensions too. */
    size_t rest = BASE + CHECKSUM + (size_t)tt_be16(header + 2);
    if (rest >= len)
        tt_link_limit(net, packet, rest, "docsis.length");
    tt_packet_enter(packet, len, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
    tt_link_trim(packet, FCS);
    if (!encrypted)
        return;
    tt_packet_note(net, packet, "docsis.encrypted", "a frame encrypted by the cable modem");
    packet->encrypted = true;
    tt_link_hand_on(net, packet, 0);
}
