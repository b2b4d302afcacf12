/* Inside run/: connections that a conversation announces (the data of FTP), so that what nobody
 * recognises on them has a name of its own. Recognising goes on as everywhere: what a peer says of
 * another connection must hide nothing on it. */
#ifndef TT_RUN_ANNOUNCED_H
#define TT_RUN_ANNOUNCED_H

#include "model/flow.h"
#include "model/limits.h"
#include "proto/proto.h"

/* One that did not come yet. */
struct tt_announced {
    struct tt_addr addr;    /* where it goes to */
    struct tt_addr ends[2]; /* of the conversation: who announced it, the other */
    uint16_t port;          /* 0: the place is free */
    uint64_t time;          /* ns */
    const char *protocol;   /* static */
    const char *step;       /* static */
};

struct tt_announced_list {
    struct tt_announced list[TT_ANNOUNCED_MAX];
    size_t next; /* the place that was filled longest ago */
};

/* `by` is the direction of `flow` that announces it. False: an older one that did not come had to
 * give way. */
bool tt_announced_add(struct tt_announced_list *all, const struct tt_flow *flow,
                      enum tt_direction by, const struct tt_proto_announced *announced);

/* Was the flow announced? Then it is taken off the list; protocol and step are static. It is
 * between the two ends of the conversation (or one and the announced address, where a translator or
 * another server stands between), and comes within TT_FLOW_IDLE_SECONDS. */
bool tt_announced_take(struct tt_announced_list *all, const struct tt_flow *flow,
                       const char **ret_protocol, const char **ret_step);

#endif
