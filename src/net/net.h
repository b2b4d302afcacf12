/* From frames to flows and ordered bytes: link layers, tunnels, IP, fragments, TCP, UDP and SCTP.
 *
 * Every byte of payload comes out exactly once, in its order, as a chunk of a flow; what is missing
 * is a gap; what no transport claims comes out as the payload of an IP, EtherType or whole-frame
 * flow, so that it is searched all the same. */
#ifndef TT_NET_NET_H
#define TT_NET_NET_H

#include "base/err.h"
#include "model/chunk.h"
#include "model/frame.h"
#include "model/note.h"

/* Flows and chunks are borrowed for the call; a flow lives from flow_open to the end of flow_close.
 * Both directions of a flow get their TT_CHUNK_END before flow_close, but for datagrams. */
struct tt_net_sink {
    void *context;
    void (*flow_open)(void *context, struct tt_flow *flow);
    void (*chunk)(void *context, const struct tt_chunk *chunk);
    void (*flow_close)(void *context, struct tt_flow *flow);
};

struct tt_net;

/* `sink` and `notes` (may be NULL) are borrowed until tt_net_free. Frames may come from
 * several captures; flow ids begin at 1. */
TT_MUST_USE enum tt_err tt_net_new(const struct tt_net_sink *sink, const struct tt_note_sink *notes,
                                   struct tt_net **ret_net);

/* Takes one frame; may call the sink many times. Only TT_ERR_MEMORY is possible: bad bytes are
 * notes. */
TT_MUST_USE enum tt_err tt_net_frame(struct tt_net *net, const struct tt_frame *frame);

/* The next flow id, for a flow that no packet made (an entry of a HAR file): flows have one count.
 */
uint64_t tt_net_flow_id(struct tt_net *net);

/* Ends all flows: hands on what was held (with gaps) and closes them in the order of their ids. */
TT_MUST_USE enum tt_err tt_net_flush(struct tt_net *net);

/* After tt_net_flush, frame_bytes is the sum of the three below it. */
struct tt_net_totals {
    uint64_t frames;
    uint64_t frame_bytes;    /* captured */
    uint64_t link_bytes;     /* headers up to and including the transport's, and padding */
    uint64_t payload_bytes;  /* handed on */
    uint64_t repeated_bytes; /* retransmitted or duplicated */
    uint64_t flows;
};

void tt_net_totals(const struct tt_net *net, struct tt_net_totals *ret_totals);

/* Takes NULL; does not flush. */
void tt_net_free(struct tt_net *net);

#endif
