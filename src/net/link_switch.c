/* Tags that switches put between or around the fields of Ethernet, by EtherType or by link type. */
#include "net/link.h"

enum { MACS = 12, TYPE_LEN = 2 };

/* Tags that end with the EtherType of what follows. */
void tt_read_switch_tag(struct tt_net *net, struct tt_packet *packet)
{
    static const struct {
        uint32_t ethertype;
        size_t type_at;
    } tags[] = {
        {0x8926, 4}, /* Cisco VN-Tag */
        {0x893f, 6}, /* E-TAG (IEEE 802.1BR) */
        {0x892f, 4}, /* High-availability Seamless Redundancy (IEC 62439-3) */
        {0xf1c1, 4}, /* R-TAG (IEEE 802.1CB) */
        {0x8909, 6}, /* Cisco MetaData: version, length, option (2), group (2) */
        {0x8874, 4}, /* Broadcom */
        {0xdada, 6}, /* Marvell EDSA: reserved (2), tag (4) */
    };
    size_t at = 0;
    for (size_t i = 0; i < TT_ARRAY_LEN(tags); i++)
        if (tags[i].ethertype == packet->number)
            at = tags[i].type_at;
    if (tt_link_has(net, packet, at + TYPE_LEN, "switch_tag.short",
                    "a frame that ends inside a switch's tag"))
        tt_packet_enter(packet, at + TYPE_LEN, TT_SPACE_ETHERTYPE,
                        tt_be16(packet->bytes.data + at));
}

/* Realtek uses one EtherType for tags of two lengths and for management, which stays as it is. */
void tt_read_realtek(struct tt_net *net, struct tt_packet *packet)
{
    enum { SHORT_PROTOCOL = 0xa0, SHORT_AT = 2, LONG_PROTOCOL = 0x04, LONG_AT = 6 };
    struct tt_span bytes = packet->bytes;
    unsigned protocol = bytes.len == 0 ? 0 : bytes.data[0];
    size_t at = 0;
    if ((protocol & 0xf0U) == SHORT_PROTOCOL)
        at = SHORT_AT;
    else if (protocol == LONG_PROTOCOL)
        at = LONG_AT;
    if (at != 0 && bytes.len >= at + TYPE_LEN &&
        tt_link_knows(TT_SPACE_ETHERTYPE, tt_be16(bytes.data + at)))
        tt_packet_enter(packet, at + TYPE_LEN, TT_SPACE_ETHERTYPE, tt_be16(bytes.data + at));
    else
        tt_packet_hand_on(net, packet);
}

/* Link types of switch ports as Linux sees them: Broadcom (281: a tag of 4 bytes behind the
 * addresses; 282: in front), Marvell (284: 4 bytes; 285: an EtherType, 2 reserved bytes, 4). */
void tt_read_dsa(struct tt_net *net, struct tt_packet *packet)
{
    enum { BRCM_PREPEND = 282, EDSA = 285, TAG = 4, EDSA_TAG = 8 };
    if (packet->number == BRCM_PREPEND) {
        if (tt_link_has(net, packet, TAG, "switch_tag.short",
                        "a frame that ends inside a switch's tag"))
            tt_packet_enter(packet, TAG, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET);
        return;
    }
    const uint8_t *header = packet->bytes.data;
    size_t type_at = MACS + (packet->number == EDSA ? EDSA_TAG : TAG);
    if (!tt_link_has(net, packet, type_at + TYPE_LEN, "switch_tag.short",
                     "a frame that ends inside a switch's tag"))
        return;
    packet->mac[1] = tt_link_mac(header);
    packet->mac[0] = tt_link_mac(header + 6);
    tt_packet_enter(packet, type_at + TYPE_LEN, TT_SPACE_ETHERTYPE, tt_be16(header + type_at));
}

/* ---- a frame inside a frame ---- */

/* IEEE 802.1ah: an I-TAG of 4 bytes, then the customer's frame. */
void tt_read_provider_bridge(struct tt_net *net, struct tt_packet *packet)
{
    enum { I_TAG = 4 };
    if (tt_link_has(net, packet, I_TAG, "pbb.short", "a frame that ends inside an I-TAG"))
        tt_link_enter_ethernet(packet, I_TAG);
}

/* Cisco FabricPath: tree and time to live (2), then the frame. */
void tt_read_fabricpath(struct tt_net *net, struct tt_packet *packet)
{
    enum { FABRICPATH_TAG = 2 };
    if (tt_tunnel_fits(packet, FABRICPATH_TAG, TT_SPACE_LINK, TT_LINKTYPE_ETHERNET))
        tt_link_enter_ethernet(packet, FABRICPATH_TAG);
    else
        tt_packet_hand_on(net, packet);
}

/* RFC 6325 section 3: version (2 bits), reserved (2), multi-destination (1), length of the options
 * in units of 4 bytes (5), hop count (6); egress (2), ingress (2); options; the frame. */
void tt_read_trill(struct tt_net *net, struct tt_packet *packet)
{
    enum { TRILL_HEADER = 6, OPTIONS = 0x1f };
    if (!tt_link_has(net, packet, TRILL_HEADER, "trill.header", "a bad TRILL header"))
        return;
    size_t len = TRILL_HEADER + (tt_be16(packet->bytes.data) >> 6 & OPTIONS) * 4U;
    if (tt_link_has(net, packet, len, "trill.header", "a bad TRILL header"))
        tt_link_enter_ethernet(packet, len);
}

/* IEEE 802.1AE section 9: control, short length, packet number (4), where the control says so an
 * identifier of the channel (8); data; check value (16 bytes with the standard's ciphers). */
void tt_read_macsec(struct tt_net *net, struct tt_packet *packet)
{
    enum {
        TAG = 6,
        IDENTIFIER = 8,
        CHECK_VALUE = 16,
        VERSION = 0x80,
        HAS_IDENTIFIER = 0x20,
        ENCRYPTED = 0x08,
        CHANGED = 0x04,
        SHORT_LEN = 0x3f
    };
    if (!tt_link_has(net, packet, TAG, "macsec.header", "a bad MACsec header"))
        return;
    unsigned control = packet->bytes.data[0];
    size_t short_len = packet->bytes.data[1] & SHORT_LEN;
    size_t len = TAG + ((control & HAS_IDENTIFIER) != 0 ? IDENTIFIER : 0U);
    if ((control & VERSION) != 0 || packet->bytes.len < len) {
        tt_packet_spoil(net, packet, "macsec.header", "a bad MACsec header");
        return;
    }
    if (short_len != 0 && len + short_len < packet->bytes.len + packet->missing)
        tt_packet_limit(packet, len + short_len);
    else
        tt_link_trim(packet, CHECK_VALUE);
    if (!tt_link_has(net, packet, len + TYPE_LEN, "macsec.header", "a bad MACsec header"))
        return;
    if ((control & (ENCRYPTED | CHANGED)) == 0) {
        tt_packet_enter(packet, len + TYPE_LEN, TT_SPACE_ETHERTYPE,
                        tt_be16(packet->bytes.data + len));
        return;
    }
    tt_packet_note(net, packet, "macsec.encrypted", "frames encrypted by MACsec");
    tt_packet_enter(packet, len, TT_SPACE_ETHERTYPE, packet->number);
    packet->encrypted = (control & ENCRYPTED) != 0;
    tt_packet_hand_on(net, packet);
}
