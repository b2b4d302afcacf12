#include "net/flow_table.h"

/* Hashes once a packet: a call into the library would cost as much again. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Some order of the two ends, the same for both directions. */
static bool is_swapped(const struct tt_flow_key *key)
{
    uint64_t words[2][2];
    for (size_t i = 0; i < 2; i++)
        memcpy(words[i], key->addr[i].bytes, sizeof(words[i]));
    if (words[0][0] != words[1][0])
        return words[0][0] > words[1][0];
    if (words[0][1] != words[1][1])
        return words[0][1] > words[1][1];
    return key->port[0] > key->port[1];
}

uint64_t tt_flow_table_hash(const struct tt_flow_table *table, const struct tt_flow_key *key)
{
    size_t low = is_swapped(key) ? 1 : 0;
    size_t high = 1 - low;
    struct {
        uint8_t low[16];
        uint8_t high[16];
        uint16_t low_port;
        uint16_t high_port;
        uint16_t kind;
        uint8_t transport;
        uint8_t family;
    } plain = {.low_port = key->port[low],
               .high_port = key->port[high],
               .kind = key->kind,
               .transport = (uint8_t)key->transport,
               .family = key->addr[low].family};
    memcpy(plain.low, key->addr[low].bytes, sizeof(plain.low));
    memcpy(plain.high, key->addr[high].bytes, sizeof(plain.high));
    return XXH3_64bits_withSeed(&plain, sizeof(plain), table->seed);
}

/* tt_addr_eq without a call. */
static bool same_addr(const struct tt_addr *a, const struct tt_addr *b)
{
    uint64_t left[2];
    uint64_t right[2];
    memcpy(left, a->bytes, sizeof(left));
    memcpy(right, b->bytes, sizeof(right));
    return a->family == b->family && ((left[0] ^ right[0]) | (left[1] ^ right[1])) == 0;
}

static bool is_end(const struct tt_endpoint *end, const struct tt_flow_key *key, size_t side)
{
    return end->port == key->port[side] && same_addr(&end->addr, &key->addr[side]);
}

static bool same(const struct tt_flow *flow, const struct tt_flow_key *key,
                 enum tt_direction *ret_direction)
{
    if (flow->transport != key->transport || flow->kind != key->kind)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (is_end(&flow->ends[i], key, 0) && is_end(&flow->ends[1 - i], key, 1)) {
            *ret_direction = i == 0 ? TT_FROM_INITIATOR : TT_FROM_RESPONDER;
            return true;
        }
    }
    return false;
}

struct tt_conn *tt_flow_table_find(const struct tt_flow_table *table, uint64_t hash,
                                   const struct tt_flow_key *key, enum tt_direction *ret_direction)
{
    size_t at = 0;
    for (struct tt_conn *conn = tt_index_find(&table->index, hash, &at); conn != NULL;
         conn = tt_index_next(&table->index, hash, &at))
        if (same(&conn->flow, key, ret_direction))
            return conn;
    return NULL;
}

static struct tt_conn_list *list_of(struct tt_flow_table *table, const struct tt_conn *conn)
{
    return conn->closing ? &table->closing : &table->active;
}

static void link_newest(struct tt_flow_table *table, struct tt_conn *conn)
{
    struct tt_conn_list *list = list_of(table, conn);
    conn->older = list->newest;
    conn->newer = NULL;
    if (list->newest != NULL)
        list->newest->newer = conn;
    else
        list->oldest = conn;
    list->newest = conn;
}

static void unlink_conn(struct tt_flow_table *table, struct tt_conn *conn)
{
    struct tt_conn_list *list = list_of(table, conn);
    if (conn->older != NULL)
        conn->older->newer = conn->newer;
    else
        list->oldest = conn->newer;
    if (conn->newer != NULL)
        conn->newer->older = conn->older;
    else
        list->newest = conn->older;
}

enum tt_err tt_flow_table_add(struct tt_flow_table *table, uint64_t hash, struct tt_conn *conn,
                              uint32_t second)
{
    enum tt_err err = tt_index_add(&table->index, hash, conn);
    if (err != TT_OK)
        return err;
    conn->seen = second;
    conn->closing = false;
    link_newest(table, conn);
    return TT_OK;
}

void tt_flow_table_remove(struct tt_flow_table *table, struct tt_conn *conn)
{
    const struct tt_flow *flow = &conn->flow;
    struct tt_flow_key key = {.transport = flow->transport,
                              .kind = flow->kind,
                              .port = {flow->ends[0].port, flow->ends[1].port},
                              .addr = {flow->ends[0].addr, flow->ends[1].addr}};
    tt_index_remove(&table->index, tt_flow_table_hash(table, &key), conn);
    unlink_conn(table, conn);
}

void tt_flow_table_touch(struct tt_flow_table *table, struct tt_conn *conn, uint32_t second)
{
    /* Once a second is enough, and spares the neighbours in the list from the cache. */
    if (conn->seen == second)
        return;
    conn->seen = second;
    unlink_conn(table, conn);
    link_newest(table, conn);
}

void tt_flow_table_set_closing(struct tt_flow_table *table, struct tt_conn *conn)
{
    if (conn->closing)
        return;
    unlink_conn(table, conn);
    conn->closing = true;
    link_newest(table, conn);
}

/* Two runs in the order of their ids become one. Only `newer` is kept up. */
static struct tt_conn *merge(struct tt_conn *a, struct tt_conn *b)
{
    struct tt_conn *first = NULL;
    struct tt_conn **last = &first;
    while (a != NULL && b != NULL) {
        struct tt_conn **lower = a->flow.id < b->flow.id ? &a : &b;
        *last = *lower;
        last = &(*lower)->newer;
        *lower = *last;
    }
    *last = a != NULL ? a : b;
    return first;
}

/* Takes all flows out of a list, sorted. */
static struct tt_conn *take_sorted(struct tt_conn_list *list)
{
    /* runs[i]: empty, or 2^i flows. */
    struct tt_conn *runs[8 * sizeof(size_t)] = {NULL};
    size_t top = 0;
    for (struct tt_conn *conn = list->oldest; conn != NULL;) {
        struct tt_conn *next = conn->newer;
        size_t at = 0;
        conn->newer = NULL;
        for (; runs[at] != NULL; at++) {
            conn = merge(runs[at], conn);
            runs[at] = NULL;
        }
        runs[at] = conn;
        top = at > top ? at : top;
        conn = next;
    }
    *list = (struct tt_conn_list){.oldest = NULL};
    struct tt_conn *all = NULL;
    for (size_t at = 0; at <= top; at++)
        all = merge(runs[at], all);
    return all;
}

void tt_flow_table_sort(struct tt_flow_table *table)
{
    struct tt_conn *active = take_sorted(&table->active);
    struct tt_conn *conn = merge(active, take_sorted(&table->closing));
    while (conn != NULL) {
        struct tt_conn *next = conn->newer;
        conn->closing = false;
        link_newest(table, conn);
        conn = next;
    }
}

void tt_flow_table_free(struct tt_flow_table *table)
{
    tt_index_free(&table->index);
}
