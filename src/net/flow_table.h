/* Inside net/: the open flows, found by their ends, in the order in which they fell silent. */
#ifndef TT_NET_FLOW_TABLE_H
#define TT_NET_FLOW_TABLE_H

#include "model/flow.h"
#include "net/index.h"

/* A flow with what net/ keeps beside it. For TCP it is the head of a struct tt_tcp (tcp.h). */
struct tt_conn {
    struct tt_flow flow;
    struct tt_conn *older; /* in its list */
    struct tt_conn *newer;
    uint32_t seen; /* second of the clock at which the last packet came */
    bool closing;  /* in the list of those that only linger */
};

/* Who sends to whom, as one packet says it. */
struct tt_flow_key {
    enum tt_transport transport;
    uint16_t kind;
    uint16_t port[2]; /* sender, receiver */
    struct tt_addr addr[2];
};

/* Flows by the second of their last packet, the oldest first. */
struct tt_conn_list {
    struct tt_conn *oldest;
    struct tt_conn *newest;
};

/* All zero but for `seed` is an empty table. */
struct tt_flow_table {
    struct tt_index index;
    uint64_t seed;
    struct tt_conn_list active;
    struct tt_conn_list closing;
};

uint64_t tt_flow_table_hash(const struct tt_flow_table *table, const struct tt_flow_key *key);

/* The flow of a packet and the direction in which it goes, or NULL. */
struct tt_conn *tt_flow_table_find(const struct tt_flow_table *table, uint64_t hash,
                                   const struct tt_flow_key *key, enum tt_direction *ret_direction);

/* The table borrows the flow, whose key must not be in it. It counts as seen at `second`. */
TT_MUST_USE enum tt_err tt_flow_table_add(struct tt_flow_table *table, uint64_t hash,
                                          struct tt_conn *conn, uint32_t second);
void tt_flow_table_remove(struct tt_flow_table *table, struct tt_conn *conn);

/* A packet came at `second`. */
void tt_flow_table_touch(struct tt_flow_table *table, struct tt_conn *conn, uint32_t second);

/* From now on the flow only lingers. */
void tt_flow_table_set_closing(struct tt_flow_table *table, struct tt_conn *conn);

/* Nothing comes any more: all flows, also those that only lingered, are in `active`, in the order
 * of their ids. There may be a million of them, and memory is short then: this takes none. */
void tt_flow_table_sort(struct tt_flow_table *table);

static inline size_t tt_flow_table_count(const struct tt_flow_table *table)
{
    return table->index.count;
}

/* Frees the table, not the flows. */
void tt_flow_table_free(struct tt_flow_table *table);

#endif
