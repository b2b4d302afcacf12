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
    TT_TRANSPORT_UDP,
    TT_TRANSPORT_IP,  /* another payload of IP: `kind` is the IP protocol number */
    TT_TRANSPORT_LINK /* not IP: `kind` is the EtherType, or 0 for a whole frame of an unread link
                         type */
};

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
    const char *app;      /* from the capture, or NULL; lives as long as the run */
    void *user;           /* of run/ */
};

#endif
