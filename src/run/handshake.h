/* How long the first message of a server took, for those that only come as an answer: the server
 * hello of TLS (RFC 8446, section 4.1.3), and a packet of QUIC with a long header (RFC 9000,
 * section 17.2), where the client's first was an Initial with packet number 0: another number tells
 * that something was sent before, which may be what is answered. What it answers is taken to be the
 * first that the client said, so the time is never too short. */
#ifndef TT_RUN_HANDSHAKE_H
#define TT_RUN_HANDSHAKE_H

#include "run/flows.h"

enum { TT_HANDSHAKE_SLOTS = 4096 };

/* When clients spoke first, by flow. Where two flows meet in a slot, the later one stays, and the
 * other's time is not known. Zero is empty. */
struct tt_handshakes {
    /* Is the datagram the first that a client of QUIC sent? */
    bool (*is_begin)(void *context, struct tt_span datagram);
    void *context;
    struct {
        uint64_t flow;
        uint64_t time;
    } slots[TT_HANDSHAKE_SLOTS];
};

/* Every chunk of TCP and UDP; does nothing but for the first ones of flows whose begin was seen. */
void tt_handshake_chunk(struct tt_handshakes *handshakes, const struct tt_flows_sink *sink,
                        const struct tt_chunk *chunk);

#endif
