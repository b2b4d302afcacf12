/* Inside net/: one packet on its way through the layers of its headers.
 *
 * A packet begins as a whole frame. net.c asks the list in layer.c who reads what comes next, calls
 * that reader, and goes on until somebody has taken the packet; a counter ends what never would. A
 * reader looks at the header in front of `bytes` and does one of three things:
 *
 * - it moves `bytes` behind the header and names what follows (tt_packet_enter), which counts the
 *   header as overhead: every captured byte ends in one place (tt_net_totals);
 * - it takes the packet: hands the payload to a flow, or keeps it (`taken` = true);
 * - it finds the header bad (tt_packet_spoil): then everything from that header on goes out as it
 *   stands, and a note says why. */
#ifndef TT_NET_PACKET_H
#define TT_NET_PACKET_H

#include "base/compiler.h"
#include "model/flow.h"
#include "model/frame.h"

/* Whose numbers tell what comes next. */
enum tt_space {
    TT_SPACE_LINK,      /* LINKTYPE_ values */
    TT_SPACE_ETHERTYPE, /* EtherTypes; up to 1500 it is the length of an 802.3 frame */
    TT_SPACE_IP,        /* IP protocol numbers */
    TT_SPACE_WLAN,      /* inside 802.11: enum tt_link_kind (model/flow.h) */
    TT_SPACE_UDP,       /* no number leads on from UDP: tunnel.h asks the ports and the bytes */
    TT_SPACE_LLC,       /* an IEEE 802.2 header comes next; 0 */
    TT_SPACE_NLPID,     /* OSI network layer protocol identifiers (ISO/IEC TR 9577) */
    TT_SPACE_PPP,       /* PPP protocol numbers; control protocols begin at 0x8000 */
    TT_SPACE_USB,       /* the data of a USB transfer; 0 */
    TT_SPACE_COUNT
};

struct tt_chunk_part;

struct tt_packet {
    const struct tt_frame *frame;      /* the last one, where fragments were put together */
    uint64_t first_frame;              /* number of the first one */
    struct tt_span bytes;              /* from the next header on */
    const struct tt_chunk_part *parts; /* of a datagram put together (tt_chunk); borrowed */
    size_t part_count;
    size_t missing; /* bytes that were on the wire behind `bytes` (snaplen) */
    enum tt_space space;
    uint32_t number;
    unsigned depth; /* headers read so far */
    bool taken;
    bool repeated;          /* captured before (duplicate.h): counted, and not handed on */
    bool encrypted;         /* `bytes` are ciphertext: what is handed on says so */
    uint16_t port[2];       /* sender, receiver; of TT_SPACE_UDP */
    struct tt_addr mac[2];  /* sender, receiver; TT_ADDR_NONE where the link has none */
    struct tt_addr addr[2]; /* IP: sender, receiver; TT_ADDR_NONE before an IP header */
    uint64_t *overhead;     /* counts captured bytes that are neither payload nor repeated */
};

struct tt_net;

typedef void tt_packet_reader(struct tt_net *net, struct tt_packet *packet);

/* `header` bytes are read (at most bytes.len); what follows has `number` of `space`. */
static inline void tt_packet_enter(struct tt_packet *packet, size_t header, enum tt_space space,
                                   uint32_t number)
{
    /* Readers check; one that does not must not lead behind the packet. */
    if (TT_UNLIKELY(header > packet->bytes.len))
        header = packet->bytes.len;
    *packet->overhead += header;
    packet->bytes.data += header;
    packet->bytes.len -= header;
    packet->space = space;
    packet->number = number;
}

/* Bytes behind `len` are padding or a checksum: forgets them. */
static inline void tt_packet_limit(struct tt_packet *packet, size_t len)
{
    if (len >= packet->bytes.len + packet->missing)
        return;
    if (len <= packet->bytes.len) {
        *packet->overhead += packet->bytes.len - len;
        packet->bytes.len = len;
        packet->missing = 0;
    } else {
        packet->missing = len - packet->bytes.len;
    }
}

/* Cuts the packet in two at `len` (at most what it has): what lies behind becomes a packet of its
 * own, to be handed on or read on. Nothing of it is overhead. */
static inline struct tt_packet tt_packet_split(struct tt_packet *packet, size_t len)
{
    struct tt_packet rest = *packet;
    rest.bytes = tt_span_from(packet->bytes, len);
    packet->bytes = tt_span_sub(packet->bytes, 0, len);
    packet->missing = 0;
    return rest;
}

/* Big-endian integers at a place that the caller has checked. */
static inline uint16_t tt_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t tt_be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The reader of what comes next in the packet, or NULL when nobody reads it. */
tt_packet_reader *tt_layer_find(const struct tt_packet *packet);

/* Writes a note about the packet from its next header on. */
void tt_packet_note(struct tt_net *net, const struct tt_packet *packet, const char *code,
                    const char *text);

/* Hands the packet on from its next header, as a datagram of a UDP, IP, EtherType or whole-frame
 * flow, and takes it. */
void tt_packet_hand_on(struct tt_net *net, struct tt_packet *packet);

/* tt_packet_note and tt_packet_hand_on: the next header is bad. Where the snaplen cut the header
 * off, the note says that instead. */
void tt_packet_spoil(struct tt_net *net, struct tt_packet *packet, const char *code,
                     const char *text);

/* Readers, one for each line of the list in layer.c. */
tt_packet_reader tt_read_ethernet;
tt_packet_reader tt_read_linux_cooked;
tt_packet_reader tt_read_linux_cooked2;
tt_packet_reader tt_read_raw_ip;
tt_packet_reader tt_read_null;
tt_packet_reader tt_read_vlan;
tt_packet_reader tt_read_llc;
tt_packet_reader tt_read_8023;
tt_packet_reader tt_read_apple_1394;
tt_packet_reader tt_read_arcnet;
tt_packet_reader tt_read_arcnet_linux;
tt_packet_reader tt_read_atm;
tt_packet_reader tt_read_atm_clip;
tt_packet_reader tt_read_bsdos;
tt_packet_reader tt_read_chdlc;
tt_packet_reader tt_read_docsis;
tt_packet_reader tt_read_dsa;
tt_packet_reader tt_read_enc;
tt_packet_reader tt_read_epon;
tt_packet_reader tt_read_erf;
tt_packet_reader tt_read_fabricpath;
tt_packet_reader tt_read_fddi;
tt_packet_reader tt_read_fibre_channel;
tt_packet_reader tt_read_frame_relay;
tt_packet_reader tt_read_ip_over_fc;
tt_packet_reader tt_read_ipnet;
tt_packet_reader tt_read_ipoib;
tt_packet_reader tt_read_jumbo_llc;
tt_packet_reader tt_read_juniper;
tt_packet_reader tt_read_macsec;
tt_packet_reader tt_read_mfr;
tt_packet_reader tt_read_mpacket;
tt_packet_reader tt_read_mpls;
tt_packet_reader tt_read_netanalyzer;
tt_packet_reader tt_read_netlink;
tt_packet_reader tt_read_nflog;
tt_packet_reader tt_read_pflog;
tt_packet_reader tt_read_pktap;
tt_packet_reader tt_read_ppi;
tt_packet_reader tt_read_ppp;
tt_packet_reader tt_read_ppp_bridging;
tt_packet_reader tt_read_ppp_multilink;
tt_packet_reader tt_read_ppp_protocol;
tt_packet_reader tt_read_pppoe;
tt_packet_reader tt_read_provider_bridge;
tt_packet_reader tt_read_realtek;
tt_packet_reader tt_read_sita;
tt_packet_reader tt_read_slip;
tt_packet_reader tt_read_snap;
tt_packet_reader tt_read_sunatm;
tt_packet_reader tt_read_switch_tag;
tt_packet_reader tt_read_token_ring;
tt_packet_reader tt_read_trill;
tt_packet_reader tt_read_upper_pdu;
tt_packet_reader tt_read_usb;
tt_packet_reader tt_read_usb_data;
tt_packet_reader tt_read_vsock;
tt_packet_reader tt_read_with_direction;
tt_packet_reader tt_read_ipv4;
tt_packet_reader tt_read_ipv6;
tt_packet_reader tt_read_ipv6_options;
tt_packet_reader tt_read_ipv6_fragment;
tt_packet_reader tt_read_authentication;
tt_packet_reader tt_read_wlan;
tt_packet_reader tt_read_radiotap;
tt_packet_reader tt_read_prism;
tt_packet_reader tt_read_avs;
tt_packet_reader tt_read_wlan_amsdu;
tt_packet_reader tt_read_tcp;
tt_packet_reader tt_read_udp;
tt_packet_reader tt_read_udp_lite;
tt_packet_reader tt_read_sctp;
tt_packet_reader tt_read_dccp;
tt_packet_reader tt_read_icmp;
tt_packet_reader tt_read_icmpv6;
tt_packet_reader tt_read_ipv4_inside;
tt_packet_reader tt_read_ipv6_inside;
tt_packet_reader tt_read_gre;
tt_packet_reader tt_read_esp;
tt_packet_reader tt_read_minimal;
tt_packet_reader tt_read_etherip;
tt_packet_reader tt_read_l2tpv3;
tt_packet_reader tt_read_mpls_in_ip;
tt_packet_reader tt_read_pim;
tt_packet_reader tt_read_nsh;
tt_packet_reader tt_read_batman;

#endif
