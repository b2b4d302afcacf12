/* The list of what is read: one line a header. A new link type, tunnel or extension header is one
 * line here and one function. Within a space the order is that of frequency: the search is a walk.
 */
#include "net/packet.h"

struct layer {
    uint32_t number;
    tt_packet_reader *read;
};

/* Ends each table. */
#define LAYER_END                                                                                  \
    {                                                                                              \
        .read = NULL                                                                               \
    }

/* https://www.tcpdump.org/linktypes.html */
static const struct layer link_layers[] = {
    {1, tt_read_ethernet},         /* ETHERNET */
    {113, tt_read_linux_cooked},   /* LINUX_SLL */
    {276, tt_read_linux_cooked2},  /* LINUX_SLL2 */
    {127, tt_read_radiotap},       /* IEEE802_11_RADIOTAP */
    {105, tt_read_wlan},           /* IEEE802_11 */
    {119, tt_read_prism},          /* IEEE802_11_PRISM */
    {163, tt_read_avs},            /* IEEE802_11_AVS */
    {101, tt_read_raw_ip},         /* RAW */
    {12, tt_read_raw_ip},          /* DLT_RAW where files hold it unmapped */
    {14, tt_read_raw_ip},          /* the same of OpenBSD */
    {228, tt_read_ipv4},           /* IPV4 */
    {229, tt_read_ipv6},           /* IPV6 */
    {0, tt_read_null},             /* NULL */
    {108, tt_read_null},           /* LOOP */
    {248, tt_read_sctp},           /* SCTP */
    {9, tt_read_ppp},              /* PPP */
    {50, tt_read_ppp},             /* PPP_HDLC */
    {166, tt_read_ppp},            /* PPP_PPPD */
    {51, tt_read_pppoe},           /* PPP_ETHER */
    {104, tt_read_chdlc},          /* C_HDLC */
    {107, tt_read_frame_relay},    /* FRELAY */
    {182, tt_read_mfr},            /* MFR */
    {204, tt_read_with_direction}, /* PPP_WITH_DIR */
    {205, tt_read_with_direction}, /* C_HDLC_WITH_DIR */
    {206, tt_read_with_direction}, /* FRELAY_WITH_DIR */
    {10, tt_read_fddi},            /* FDDI */
    {6, tt_read_token_ring},       /* IEEE802_5 */
    {7, tt_read_arcnet},           /* ARCNET_BSD */
    {129, tt_read_arcnet_linux},   /* ARCNET_LINUX */
    {8, tt_read_slip},             /* SLIP */
    {15, tt_read_bsdos},           /* DLT_SLIP_BSDOS where files hold it unmapped */
    {16, tt_read_bsdos},           /* DLT_PPP_BSDOS, the same */
    {102, tt_read_bsdos},          /* SLIP_BSDOS */
    {103, tt_read_bsdos},          /* PPP_BSDOS */
    {100, tt_read_atm},            /* ATM_RFC1483 */
    {11, tt_read_atm},             /* DLT_ATM_RFC1483 */
    {106, tt_read_atm_clip},       /* ATM_CLIP */
    {19, tt_read_atm_clip},        /* DLT_ATM_CLIP */
    {123, tt_read_sunatm},         /* SUNATM */
    {122, tt_read_ip_over_fc},     /* IP_OVER_FC */
    {224, tt_read_fibre_channel},  /* FC_2 */
    {225, tt_read_fibre_channel},  /* FC_2_WITH_FRAME_DELIMS */
    {138, tt_read_apple_1394},     /* APPLE_IP_OVER_IEEE1394 */
    {242, tt_read_ipoib},          /* IPOIB */
    {219, tt_read_mpls},           /* MPLS */
    {239, tt_read_nflog},          /* NFLOG */
    {253, tt_read_netlink},        /* NETLINK */
    {117, tt_read_pflog},          /* PFLOG */
    {109, tt_read_enc},            /* ENC */
    {13, tt_read_enc},             /* DLT_ENC of OpenBSD */
    {226, tt_read_ipnet},          /* IPNET */
    {258, tt_read_pktap},          /* PKTAP */
    {271, tt_read_vsock},          /* VSOCK */
    {192, tt_read_ppi},            /* PPI */
    {197, tt_read_erf},            /* ERF */
    {252, tt_read_upper_pdu},      /* WIRESHARK_UPPER_PDU */
    {189, tt_read_usb},            /* USB_LINUX */
    {220, tt_read_usb},            /* USB_LINUX_MMAPPED */
    {249, tt_read_usb},            /* USBPCAP */
    {266, tt_read_usb},            /* USB_DARWIN */
    {143, tt_read_docsis},         /* DOCSIS */
    {274, tt_read_mpacket},        /* ETHERNET_MPACKET */
    {240, tt_read_netanalyzer},    /* NETANALYZER */
    {241, tt_read_netanalyzer},    /* NETANALYZER_TRANSPARENT */
    {259, tt_read_epon},           /* EPON */
    {196, tt_read_sita},           /* SITA */
    {281, tt_read_dsa},            /* DSA_TAG_BRCM */
    {282, tt_read_dsa},            /* DSA_TAG_BRCM_PREPEND */
    {284, tt_read_dsa},            /* DSA_TAG_DSA */
    {285, tt_read_dsa},            /* DSA_TAG_EDSA */
    {130, tt_read_juniper},        /* JUNIPER_MLPPP */
    {131, tt_read_juniper},        /* JUNIPER_MLFR */
    {132, tt_read_juniper},        /* JUNIPER_ES */
    {133, tt_read_juniper},        /* JUNIPER_GGSN */
    {134, tt_read_juniper},        /* JUNIPER_MFR */
    {135, tt_read_juniper},        /* JUNIPER_ATM2 */
    {136, tt_read_juniper},        /* JUNIPER_SERVICES */
    {137, tt_read_juniper},        /* JUNIPER_ATM1 */
    {164, tt_read_juniper},        /* JUNIPER_MONITOR */
    {167, tt_read_juniper},        /* JUNIPER_PPPOE */
    {168, tt_read_juniper},        /* JUNIPER_PPPOE_ATM */
    {174, tt_read_juniper},        /* JUNIPER_PIC_PEER */
    {178, tt_read_juniper},        /* JUNIPER_ETHER */
    {179, tt_read_juniper},        /* JUNIPER_PPP */
    {180, tt_read_juniper},        /* JUNIPER_FRELAY */
    {181, tt_read_juniper},        /* JUNIPER_CHDLC */
    {183, tt_read_juniper},        /* JUNIPER_VP */
    {194, tt_read_juniper},        /* JUNIPER_ISM */
    {200, tt_read_juniper},        /* JUNIPER_ST */
    {232, tt_read_juniper},        /* JUNIPER_VS */
    {233, tt_read_juniper},        /* JUNIPER_SRX_E2E */
    {234, tt_read_juniper},        /* JUNIPER_FIBRECHANNEL */
    {238, tt_read_juniper},        /* JUNIPER_ATM_CEMIC */
    LAYER_END,
};

/* IEEE 802 Numbers, https://www.iana.org/assignments/ieee-802-numbers/ */
static const struct layer ethertype_layers[] = {
    {0x0800, tt_read_ipv4}, /* Internet Protocol version 4 */
    {0x86dd, tt_read_ipv6}, /* Internet Protocol version 6 */
    {0x8100, tt_read_vlan}, /* customer VLAN tag (IEEE 802.1Q) */
    {0x88a8, tt_read_vlan}, /* service VLAN tag (IEEE 802.1Q, formerly 802.1ad) */
    {0x9100, tt_read_vlan}, /* the same before the standard */
    {0x9200, tt_read_vlan}, /* and more of them */
    {0x9300, tt_read_vlan},
    {0x8847, tt_read_mpls},            /* MPLS (RFC 3032) */
    {0x8848, tt_read_mpls},            /* MPLS, multicast once (RFC 5332) */
    {0x8864, tt_read_pppoe},           /* PPPoE session (RFC 2516) */
    {0x880b, tt_read_ppp_protocol},    /* PPP */
    {0x8870, tt_read_jumbo_llc},       /* LLC in jumbo frames: no length */
    {0x88e7, tt_read_provider_bridge}, /* provider backbone bridges (IEEE 802.1ah) */
    {0x88e5, tt_read_macsec},          /* MACsec (IEEE 802.1AE) */
    {0x8926, tt_read_switch_tag},      /* Cisco VN-Tag */
    {0x893f, tt_read_switch_tag},      /* E-TAG (IEEE 802.1BR) */
    {0x892f, tt_read_switch_tag},      /* HSR (IEC 62439-3) */
    {0xf1c1, tt_read_switch_tag},      /* R-TAG (IEEE 802.1CB) */
    {0x8909, tt_read_switch_tag},      /* Cisco MetaData */
    {0x8874, tt_read_switch_tag},      /* Broadcom switch tag */
    {0xdada, tt_read_switch_tag},      /* Marvell EDSA tag */
    {0x8899, tt_read_realtek},         /* Realtek switch tags */
    {0x8903, tt_read_fabricpath},      /* Cisco FabricPath */
    {0x22f3, tt_read_trill},           /* TRILL (RFC 6325) */
    {0x894f, tt_read_nsh},             /* Network Service Header (RFC 8300) */
    {0x4305, tt_read_batman},          /* B.A.T.M.A.N. Advanced */
    LAYER_END,
};

/* https://www.iana.org/assignments/protocol-numbers/ */
static const struct layer ip_layers[] = {
    {6, tt_read_tcp},
    {17, tt_read_udp},
    {1, tt_read_icmp},
    {58, tt_read_icmpv6},
    {44, tt_read_ipv6_fragment},
    {0, tt_read_ipv6_options},  /* hop-by-hop options */
    {43, tt_read_ipv6_options}, /* routing header */
    {60, tt_read_ipv6_options}, /* destination options */
    {51, tt_read_authentication},
    {132, tt_read_sctp},
    {136, tt_read_udp_lite},
    {33, tt_read_dccp},
    {41, tt_read_ipv6_inside}, /* IPv6 in IP (RFC 4213) */
    {4, tt_read_ipv4_inside},  /* IPv4 in IP (RFC 2003, RFC 2473) */
    {47, tt_read_gre},         /* GRE */
    {50, tt_read_esp},         /* IPsec ESP */
    {55, tt_read_minimal},     /* minimal encapsulation (RFC 2004) */
    {97, tt_read_etherip},     /* EtherIP (RFC 3378) */
    {115, tt_read_l2tpv3},     /* L2TPv3 (RFC 3931) */
    {137, tt_read_mpls_in_ip}, /* MPLS in IP (RFC 4023) */
    {103, tt_read_pim},        /* PIM (RFC 7761), whose registers carry packets */
    LAYER_END,
};

/* What UDP carries is not told by a number (tunnel.h). */
static const struct layer udp_layers[] = {
    LAYER_END,
};

/* What an 802.11 frame holds, where its frame control does not lead to an EtherType. */
static const struct layer wlan_layers[] = {
    {TT_LINK_WLAN_AMSDU, tt_read_wlan_amsdu},
    LAYER_END,
};

/* 802.2 has no number in front of it. */
static const struct layer llc_layers[] = {
    {0, tt_read_llc},
    LAYER_END,
};

/* ISO/IEC TR 9577; RFC 2427 section 4 */
static const struct layer nlpid_layers[] = {
    {0xcc, tt_read_ipv4},
    {0x8e, tt_read_ipv6},
    {0x80, tt_read_snap},
    {0xcf, tt_read_ppp_protocol}, /* RFC 1973, RFC 2364 */
    LAYER_END,
};

/* https://www.iana.org/assignments/ppp-numbers/ */
static const struct layer ppp_layers[] = {
    {0x0021, tt_read_ipv4},          {0x0057, tt_read_ipv6},
    {0x003d, tt_read_ppp_multilink}, {0x0281, tt_read_mpls},
    {0x0283, tt_read_mpls}, /* multicast once */
    {0x0031, tt_read_ppp_bridging},  LAYER_END,
};

/* Nothing in a transfer's header tells what its data are. */
static const struct layer usb_layers[] = {
    {0, tt_read_usb_data},
    LAYER_END,
};

static const struct layer *const spaces[TT_SPACE_COUNT] = {
    [TT_SPACE_LINK] = link_layers,   [TT_SPACE_ETHERTYPE] = ethertype_layers,
    [TT_SPACE_IP] = ip_layers,       [TT_SPACE_WLAN] = wlan_layers,
    [TT_SPACE_UDP] = udp_layers,     [TT_SPACE_LLC] = llc_layers,
    [TT_SPACE_NLPID] = nlpid_layers, [TT_SPACE_PPP] = ppp_layers,
    [TT_SPACE_USB] = usb_layers,
};

tt_packet_reader *tt_layer_find(const struct tt_packet *packet)
{
    enum { LENGTH_MAX = 1500 };
    /* IEEE 802.3 section 3.2.6: a type field up to 1500 is a length. */
    if (packet->space == TT_SPACE_ETHERTYPE && packet->number <= LENGTH_MAX)
        return tt_read_8023;
    const struct layer *layer = spaces[packet->space];
    while (layer->read != NULL && layer->number != packet->number)
        layer++;
    return layer->read;
}
