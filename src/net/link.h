/* Inside net/: what the readers of link layers (link*.c) share. A link type is one reader and one
 * line in layer.c; each link_*.c holds a family of them. */
#ifndef TT_NET_LINK_H
#define TT_NET_LINK_H

#include "net/core.h"
#include "net/tunnel.h"

/* LINKTYPE_ values that other readers lead to, beside those of tunnel.h. */
enum {
    TT_LINKTYPE_TOKEN_RING = 6,
    TT_LINKTYPE_FDDI = 10,
    TT_LINKTYPE_ATM = 100,
    TT_LINKTYPE_LOOP = 108,
    TT_LINKTYPE_IP_OVER_FC = 122,
    TT_LINKTYPE_RADIOTAP = 127,
    TT_LINKTYPE_MTP3 = 141,
    TT_LINKTYPE_MFR = 182,
    TT_LINKTYPE_FC_2 = 224,
    TT_LINKTYPE_NFLOG = 239,
    TT_LINKTYPE_INFINIBAND = 247
};

enum { TT_ETHERTYPE_PPP = 0x880b };

/* Little-endian integers at a place that the caller has checked. */
static inline uint16_t tt_le16(const uint8_t *at)
{
    return (uint16_t)(at[1] << 8 | at[0]);
}

static inline uint32_t tt_le32(const uint8_t *at)
{
    return (uint32_t)tt_le16(at + 2) << 16 | tt_le16(at);
}

/* True when the packet has `len` bytes; if not, it is spoiled with this note. */
bool tt_link_has(struct tt_net *net, struct tt_packet *packet, size_t len, const char *code,
                 const char *text);

/* A hardware address of 6 bytes. */
struct tt_addr tt_link_mac(const uint8_t *at);

/* Whether layer.c has a reader for the number, or it is one of the EtherTypes that are common
 * without one: what a guess may take as a sign. */
bool tt_link_knows(enum tt_space space, uint32_t number);

/* Whether PPP with a protocol that is read, or common, begins at `at`: with or without address and
 * control in front. For guesses. */
bool tt_link_is_ppp(const struct tt_packet *packet, size_t at);

/* Enters a whole Ethernet frame behind `header` bytes. What was known of an outer IP header does
 * not hold for it. */
void tt_link_enter_ethernet(struct tt_packet *packet, size_t header);

/* tt_packet_enter by EtherType, where what is less than one is no length but unknown: that is
 * handed on. */
void tt_link_enter_type(struct tt_net *net, struct tt_packet *packet, size_t header, uint32_t type);

/* Hands on what stands behind `header` bytes, under the number that led here: the header is known,
 * what follows is not. */
void tt_link_hand_on(struct tt_net *net, struct tt_packet *packet, size_t header);

/* tt_packet_limit to a length that a header tells; where it lies behind the end, a note with `code`
 * instead. */
void tt_link_limit(struct tt_net *net, struct tt_packet *packet, size_t len, const char *code);

/* Forgets up to `len` bytes of checksum at the end of the packet. */
void tt_link_trim(struct tt_packet *packet, size_t len);

/* The name of a LINKTYPE_ value without that prefix, or NULL. UINT32_MAX is no such value, but has
 * words for it. */
const char *tt_link_name(uint32_t link);

/* Bytes in front of each frame of a link type that is not read, which are no payload: what the
 * capturing program wrote there. At most `bytes.len`. */
size_t tt_link_pseudo_header(uint32_t link, struct tt_span bytes);

#endif
