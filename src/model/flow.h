/* tt_flow: the packets between two endpoints that belong together. Made by net/, used by all.
 *
 * ends[0] is the initiator (who sent the SYN, else who was seen first), ends[1] the responder. A
 * direction is the index of the sending end. Protocol state does not live here: each layer keeps
 * its own beside the flow (`user` belongs to run/). */
#ifndef TT_MODEL_FLOW_H
#define TT_MODEL_FLOW_H

#include "base/addr.h"

enum tt_transport {
    TT_TRANSPORT_TCP,
    TT_TRANSPORT_UDP,  /* `kind` is 136 for UDP-Lite (RFC 3828), else 0 */
    TT_TRANSPORT_SCTP, /* each user message is a datagram */
    TT_TRANSPORT_IP,   /* another payload of IP: `kind` is the IP protocol number */
    TT_TRANSPORT_LINK  /* not IP: `kind` is the EtherType, the number of a PPP control protocol (as
                          0xc023 for PAP: no EtherTypes), or an enum tt_link_kind */
};

/* `kind` of TT_TRANSPORT_LINK where there is no EtherType: those begin at 0x0600. */
enum tt_link_kind {
    TT_LINK_FRAME = 0,               /* a whole frame of an unread link type, or LLC without SNAP */
    TT_LINK_WLAN = 1,                /* 802.11 data: a payload that leads nowhere, or ciphertext */
    TT_LINK_WLAN_AMSDU = 2,          /* the same of aggregated MSDUs */
    TT_LINK_WLAN_MANAGEMENT = 0x0100 /* to 0x010f: the body of an 802.11 management frame (behind
                                        the MAC header) whose subtype is in the low four bits */
};

/* The kind of an 802.11 management frame, whatever its subtype. */
static inline bool tt_link_is_wlan_management(uint16_t kind)
{
    return (kind & 0xfff0U) == TT_LINK_WLAN_MANAGEMENT;
}

enum tt_direction { TT_FROM_INITIATOR = 0, TT_FROM_RESPONDER = 1 };

struct tt_endpoint {
    struct tt_addr addr; /* IP, or MAC for TT_TRANSPORT_LINK */
    struct tt_addr mac;  /* hardware address seen on this side of the link, TT_ADDR_NONE if none */
    uint16_t port;       /* 0 where there are none */
};

struct tt_flow {
    uint64_t id;      /* from 1, in the order of the first frames of the run */
    uint32_t capture; /* index of the capture in the run */
    enum tt_transport transport;
    uint16_t kind;        /* see tt_transport */
    bool initiator_known; /* a SYN (or an equally clear sign) showed who opened it */
    bool at_device;       /* a record that the device's side made: ends[0] is the device, and has no
                             address */
    bool made_up;         /* packets of it were written by an app (TT_FRAME_MADE_UP): no rtt_* */
    bool third_step;      /* the ACK of the SYN-ACK was seen: `rtt_ack` is its time, even if 0 */
    struct tt_endpoint ends[2];
    uint64_t first_frame;
    uint64_t first_time; /* ns */
    uint64_t last_time;  /* ns */
    uint64_t rtt_syn;    /* ns from SYN to SYN-ACK at the capture point, 0 when not seen */
    uint64_t rtt_ack;    /* ns from SYN-ACK to ACK, 0 when not seen */
    uint64_t packets[2];
    uint64_t bytes[2];    /* payload bytes handed on, without retransmissions */
    uint64_t lost[2];     /* payload bytes known to be missing */
    uint64_t repeated[2]; /* payload bytes that had been seen before */
    uint32_t overhead[2]; /* bytes of headers; what would not fit is left out */
    const char *app;      /* from the capture, or NULL; lives as long as the run */
    void *user;           /* of run/ */
};

#endif
