/* Inside net/: what its parts share, and how they open flows and hand bytes on. */
#ifndef TT_NET_CORE_H
#define TT_NET_CORE_H

#include "base/slab.h"
#include "net/deferred.h"
#include "net/duplicate.h"
#include "net/flow_table.h"
#include "net/fragment.h"
#include "net/net.h"
#include "net/packet.h"
#include "net/reorder.h"
#include "net/ticker.h"
#include "net/wlan.h"

enum { TT_LINKS_NOTED_MAX = 16 };

struct tt_net {
    const struct tt_net_sink *sink;
    const struct tt_note_sink *notes;
    uint64_t next_flow;
    struct tt_net_totals totals;
    const struct tt_frame *frame; /* the one being read; NULL between two */
    uint64_t overhead_told; /* totals.link_bytes up to here were given to a flow, or to none */
    enum tt_err failure;    /* sticks; told by tt_net_frame and tt_net_flush */

    struct tt_ticker ticker;
    struct tt_flow_table flows;
    struct tt_slab tcps; /* the struct tt_tcp among them */
    size_t flows_max;
    struct tt_reorder_pool held; /* of all TCP flows; its owners are struct tt_tcp */
    struct tt_fragments fragments;
    struct tt_reorder_pool sctp_held; /* of all SCTP flows, with what they remember */
    struct tt_joined sctp_message;    /* the last message put together */
    struct tt_duplicates duplicates;
    struct tt_deferred deferred;
    struct tt_wlan wlan;

    uint32_t links_noted[TT_LINKS_NOTED_MAX]; /* link types that nobody reads */
    size_t links_noted_count;
    char link_text[128];
};

/* Memory ran out, or another failure of ours. */
void tt_net_fail(struct tt_net *net, enum tt_err err);

void tt_net_note(struct tt_net *net, const struct tt_note *note);

/* Opens a flow whose initiator is the sender, or, with `reversed`, the receiver of `packet`; tells
 * the sink. `size` bytes are allocated (a struct that begins with struct tt_conn), zeroed behind
 * it. NULL without memory (and the failure is kept). */
struct tt_conn *tt_net_open(struct tt_net *net, const struct tt_packet *packet, uint64_t hash,
                            const struct tt_flow_key *key, bool reversed, size_t size);

/* Without a handshake the first packet seen opens the flow, unless its ports (sender, receiver) say
 * that it is an answer: from a well-known port (RFC 6335) to an ephemeral one. */
bool tt_net_comes_from_server(const uint16_t port[2]);

/* Counts a packet of an open flow. */
static inline void tt_net_count(struct tt_net *net, struct tt_conn *conn,
                                enum tt_direction direction, const struct tt_packet *packet)
{
    struct tt_flow *flow = &conn->flow;
    tt_flow_table_touch(&net->flows, conn, net->ticker.second);
    flow->packets[direction]++;
    /* Headers count for the first flow of their frame. What is told later than its frame (a
     * datagram given up) must not take those of another one. */
    if (packet->frame == net->frame) {
        uint64_t overhead = net->totals.link_bytes - net->overhead_told;
        net->overhead_told = net->totals.link_bytes;
        if (TT_LIKELY(overhead <= UINT32_MAX - flow->overhead[direction]))
            flow->overhead[direction] += (uint32_t)overhead;
    }
    if (packet->frame->time > flow->last_time)
        flow->last_time = packet->frame->time;
    flow->made_up |= (packet->frame->flags & TT_FRAME_MADE_UP) != 0;
    if (TT_UNLIKELY(flow->app == NULL))
        flow->app = packet->frame->app;
    if (TT_UNLIKELY(flow->ends[direction].mac.family == TT_ADDR_NONE))
        flow->ends[direction].mac = packet->mac[0];
}

/* Counts the bytes that the snaplen cut off behind a packet, and tells, if there are any. */
void tt_net_count_missing(struct tt_net *net, struct tt_conn *conn, enum tt_direction direction,
                          const struct tt_packet *packet);

/* Counts `len` bytes that were seen before; `conn` is NULL where no flow is known. */
void tt_net_count_repeated(struct tt_net *net, struct tt_conn *conn, enum tt_direction direction,
                           size_t len);

/* Hands a chunk to the sink and counts its bytes. */
void tt_net_put(struct tt_net *net, const struct tt_chunk *chunk);

/* Hands `packet->bytes` on as one datagram of the flow of `transport` and `kind` between the ends
 * of the packet, with `port` (sender, receiver; for UDP). */
void tt_net_put_datagram(struct tt_net *net, const struct tt_packet *packet,
                         enum tt_transport transport, uint16_t kind, const uint16_t port[2]);

/* Ends a flow: TCP hands on what it holds, the sink is told, the memory is freed. */
void tt_net_close(struct tt_net *net, struct tt_conn *conn);

#endif
