/* Inside net/: packets inside packets, and what their readers share.
 *
 * Where a number of an outer header names the tunnel (an IP protocol, an EtherType), its reader
 * believes it. A UDP port proves nothing: there the tunnel's header and the beginning of what is
 * inside must both fit (tt_tunnel_try), or the datagram stays a datagram.
 *
 * What ends first wins: bytes that the outer header counts and the inner IP does not could be
 * hidden data, so they go out on their own, between the outer ends. A flow's ends are those of the
 * innermost IP header; hardware addresses are those of the innermost link that has some. */
#ifndef TT_NET_TUNNEL_H
#define TT_NET_TUNNEL_H

#include "net/packet.h"

/* Some numbers that tunnels lead to, of the three spaces in packet.h. */
enum {
    TT_LINKTYPE_ETHERNET = 1,
    TT_LINKTYPE_PPP = 9,
    TT_LINKTYPE_RAW = 101,
    TT_LINKTYPE_C_HDLC = 104,
    TT_LINKTYPE_IEEE802_11 = 105,
    TT_LINKTYPE_FRELAY = 107,
    TT_LINKTYPE_PRISM = 119,
    TT_LINKTYPE_AVS = 163,
    TT_ETHERTYPE_IPV4 = 0x0800,
    TT_ETHERTYPE_ARP = 0x0806,
    TT_ETHERTYPE_VLAN = 0x8100,
    TT_ETHERTYPE_IPV6 = 0x86dd,
    TT_ETHERTYPE_MPLS = 0x8847,
    TT_ETHERTYPE_SERVICE_VLAN = 0x88a8,
    TT_ETHERTYPE_NSH = 0x894f,
    TT_ETHERTYPE_MIN = 0x0600, /* what is less is a length (IEEE 802.3) */
    TT_IP_IPV4 = 4,
    TT_IP_TCP = 6,
    TT_IP_UDP = 17,
    TT_IP_IPV6 = 41,
};

/* True when the bytes of the packet behind `header` begin as `number` of `space` does, as far as
 * that can be told; false where the capture holds too little. */
bool tt_tunnel_fits(const struct tt_packet *packet, size_t header, enum tt_space space,
                    uint32_t number);

/* As tt_tunnel_fits, for guesses without a number that backs them: an IP packet must end where the
 * outer one does, an Ethernet frame must hold such an IP packet or ARP. */
bool tt_tunnel_fits_tightly(const struct tt_packet *packet, size_t header, enum tt_space space,
                            uint32_t number);

/* tt_packet_enter into a tunnel: hands on what stands behind the inner IP packet (note
 * "tunnel.trailer"), and forgets the outer IP addresses where the inside is a link with addresses
 * of its own. `header` is at most what the packet has. */
void tt_tunnel_enter(struct tt_net *net, struct tt_packet *packet, size_t header,
                     enum tt_space space, uint32_t number);

/* tt_tunnel_enter when tt_tunnel_fits; else false, and the packet is as it was. */
bool tt_tunnel_try(struct tt_net *net, struct tt_packet *packet, size_t header, enum tt_space space,
                   uint32_t number);

/* Cuts the packet where `len` bytes of it end, and hands on what is behind them as
 * tt_tunnel_enter does. */
void tt_tunnel_trim(struct tt_net *net, struct tt_packet *packet, size_t len);

/* tt_tunnel_trim where the IP packet in front of `bytes` ends by its own header. */
void tt_tunnel_trim_ip(struct tt_net *net, struct tt_packet *packet);

/* Marks the packet as ciphertext unless it holds a run of text that ciphertext does not hold: 24
 * printable bytes in a row stand in 1500 random bytes once in 30 million times. */
void tt_tunnel_mark_encrypted(struct tt_packet *packet);

/* The Internet checksum (RFC 1071) of the bytes, begun with `sum`: 0xffff where they contain a
 * right one. */
uint16_t tt_internet_sum(struct tt_span bytes, uint32_t sum);

/* A datagram whose ports are in `packet->port` and whose payload is `packet->bytes`, complete as
 * far as it was captured. True when it was a tunnel: then the packet stands behind its header, or
 * is taken. False: the packet is as it was. */
bool tt_tunnel_over_udp(struct tt_net *net, struct tt_packet *packet);

/* The tunnels over UDP that have files of their own; the same contract. */
typedef bool tt_udp_tunnel(struct tt_net *net, struct tt_packet *packet);
tt_udp_tunnel tt_udp_capwap;
tt_udp_tunnel tt_udp_gtp_user;
tt_udp_tunnel tt_udp_gtp_v0;
tt_udp_tunnel tt_udp_l2tp;
tt_udp_tunnel tt_udp_esp;
tt_udp_tunnel tt_udp_teredo;
tt_udp_tunnel tt_udp_sctp;

/* The same on any port, told by content alone: an IP packet inside that fits to the byte; for
 * Teredo (two hosts talking to each other without a server) with its addresses. */
tt_udp_tunnel tt_udp_gtp_elsewhere;
tt_udp_tunnel tt_udp_teredo_elsewhere;

#endif
