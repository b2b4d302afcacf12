/* The byte counts of flows that are still open: a hash table by flow id from which entries can
 * leave. It is asked for every chunk, mostly for the same flow as before. */
#ifndef TT_JUDGE_OPEN_FLOWS_H
#define TT_JUDGE_OPEN_FLOWS_H

#include "base/err.h"
#include "model/note.h"

/* The bytes of one direction that belong to one host. */
struct tt_share {
    struct tt_share *next;
    const char *host; /* kept, or NULL */
    enum tt_direction direction;
    uint64_t bytes[TT_BUCKET_COUNT];
};

struct tt_open_flow {
    uint64_t id;
    struct tt_open_flow *next; /* of the same slot */
    struct tt_share *shares;   /* owned, oldest first */
    size_t share_count;
};

struct tt_open_flows;

/* NULL without memory. */
struct tt_open_flows *tt_open_flows_new(void);
void tt_open_flows_free(struct tt_open_flows *flows);

/* The entry of a flow, made when there is none; borrowed until the flow is closed. */
TT_MUST_USE enum tt_err tt_open_flows_get(struct tt_open_flows *flows, uint64_t id,
                                          struct tt_open_flow **ret_flow);

/* Frees the entry of a flow, if there is one. */
void tt_open_flows_close(struct tt_open_flows *flows, uint64_t id);

size_t tt_open_flows_count(const struct tt_open_flows *flows);

#endif
