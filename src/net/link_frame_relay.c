/* Frame Relay: Q.922 addresses, RFC 2427 and Cisco's encapsulation, multilink (FRF.16.1). */
#include "net/link.h"

/* Q.922 section 3.3: the lowest bit of the last address byte is set. 0: no address of 2 to 4. */
static size_t address_len(struct tt_span bytes)
{
    enum { ADDRESS_MIN = 2, ADDRESS_MAX = 4, LAST = 1 };
    for (size_t i = 0; i < ADDRESS_MAX && i < bytes.len; i++)
        if ((bytes.data[i] & LAST) != 0)
            return i + 1 >= ADDRESS_MIN ? i + 1 : 0;
    return 0;
}

/* RFC 2427 section 3: address, control (unnumbered information), a padding byte of zero or none,
 * network layer identifier. Cisco writes an EtherType right behind the address. */
void tt_read_frame_relay(struct tt_net *net, struct tt_packet *packet)
{
    enum { UNNUMBERED = 0x03, PAD = 0 };
    size_t at = address_len(packet->bytes);
    if (at == 0) {
        tt_packet_spoil(net, packet, "frame_relay.address", "a bad Frame Relay address");
        return;
    }
    const uint8_t *header = packet->bytes.data;
    size_t len = packet->bytes.len;
    if (len > at + 1 && header[at] == UNNUMBERED) {
        at++;
        if (header[at] == PAD && len > at + 1)
            at++;
        tt_packet_enter(packet, at + 1, TT_SPACE_NLPID, header[at]);
    } else if (len >= at + 2 && tt_link_knows(TT_SPACE_ETHERTYPE, tt_be16(header + at))) {
        tt_packet_enter(packet, at + 2, TT_SPACE_ETHERTYPE, tt_be16(header + at));
    } else {
        tt_link_hand_on(net, packet, at); /* the link's own management, and what nobody knows */
    }
}

/* FRF.16.1: begin, end and control bits, sequence number; in front of a frame or a part of one. */
void tt_read_mfr(struct tt_net *net, struct tt_packet *packet)
{
    enum { MFR_HEADER = 2, BEGIN_END_CONTROL = 0xe0, WHOLE = 0xc0 };
    if (!tt_link_has(net, packet, MFR_HEADER, "frame_relay.multilink",
                     "a bad Frame Relay multilink header"))
        return;
    if ((packet->bytes.data[0] & BEGIN_END_CONTROL) == WHOLE)
        tt_packet_enter(packet, MFR_HEADER, TT_SPACE_LINK, TT_LINKTYPE_FRELAY);
    else
        tt_link_hand_on(net, packet, 0);
}
