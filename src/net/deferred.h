/* Inside net/: packets that wait until the one in front of them is through.
 *
 * Some headers stand in front of several packets (the subframes of an 802.11 A-MSDU). Their reader
 * goes on with the first one and defers the rest: net.c reads it as soon as the first one is taken.
 * So nobody recurses, and each packet keeps the depth at which it stands. */
#ifndef TT_NET_DEFERRED_H
#define TT_NET_DEFERRED_H

#include "net/packet.h"

#include "model/limits.h"

/* Bytes that do not lie in the frame (something was put together) are copied: what they lie in may
 * be used again before their turn comes. */
struct tt_deferred_packet {
    struct tt_packet packet;
    uint8_t *copy; /* of packet.bytes, or NULL; stays while something in it may be deferred again */
    size_t copy_len;
};

/* All zero is empty. The last one that was deferred is read first. */
struct tt_deferred {
    struct tt_deferred_packet packets[TT_TUNNEL_DEPTH_MAX];
    size_t count;
};

/* `rest` is read after the packet that it was split from. Where too many wait, or memory ran out,
 * it is handed on as it stands, with the note "net.deferred". */
void tt_packet_defer(struct tt_net *net, struct tt_packet *rest);

/* Gives the next one; false when none waits. */
bool tt_deferred_take(struct tt_deferred *deferred, struct tt_packet *ret_packet);

void tt_deferred_free(struct tt_deferred *deferred);

#endif
