/* The byte counts of flows that are still open: a hash table by flow id from which entries can
 * leave. It is asked for every chunk, mostly for the same flow as before.
 *
 * There may be a million of them, and nearly all of their bytes end in one or two buckets under one
 * host: an entry holds that much itself, 64 bytes in all, and what is more beside it. */
#ifndef TT_JUDGE_OPEN_FLOWS_H
#define TT_JUDGE_OPEN_FLOWS_H

#include "base/err.h"
#include "model/note.h"

enum { TT_SHARE_COUNTS = 2 };

/* The bytes of one direction that belong to one host. Its counts are open_flows.c's business. */
struct tt_share {
    struct tt_share *next;
    const char *host; /* kept, or NULL */
    union {
        uint64_t counts[TT_SHARE_COUNTS]; /* of `buckets` */
        uint64_t *all;                    /* by bucket */
    };
    uint8_t buckets[TT_SHARE_COUNTS];
    uint8_t used;      /* of `counts`; one more than there are: `all` holds them */
    uint8_t direction; /* enum tt_direction */
};

struct tt_open_flow {
    uint64_t id;
    struct tt_open_flow *next; /* of the same slot */
    struct tt_share first;     /* if there is one */
    uint32_t share_count;
    bool relayed; /* its bytes are passed on (tt_account.relayed) */
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

/* Shares, oldest first; NULL when there are none. Borrowed until the flow is closed. */
static inline struct tt_share *tt_open_flow_shares(struct tt_open_flow *flow)
{
    return flow->share_count == 0 ? NULL : &flow->first;
}

/* Adds a share without bytes. */
TT_MUST_USE enum tt_err tt_open_flow_add(struct tt_open_flows *flows, struct tt_open_flow *flow,
                                         enum tt_direction direction, const char *host,
                                         struct tt_share **ret_share);

TT_MUST_USE enum tt_err tt_share_add(struct tt_share *share, enum tt_bucket bucket, uint64_t bytes);
uint64_t tt_share_bytes(const struct tt_share *share, enum tt_bucket bucket);

#endif
