#include "judge/open_flows.h"

#include "base/slab.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

struct tt_open_flows {
    struct tt_open_flow **slots;
    size_t slot_count; /* a power of two */
    size_t count;
    struct tt_open_flow *last; /* asked for */
    struct tt_slab entries;
    struct tt_slab shares; /* all but the first ones */
};

struct tt_open_flows *tt_open_flows_new(void)
{
    struct tt_open_flows *flows = calloc(1, sizeof(*flows));
    if (flows == NULL)
        return NULL;
    flows->entries = tt_slab_make(sizeof(struct tt_open_flow));
    flows->shares = tt_slab_make(sizeof(struct tt_share));
    flows->slot_count = FIRST_SLOTS;
    flows->slots = calloc(FIRST_SLOTS, sizeof(struct tt_open_flow *));
    if (flows->slots == NULL) {
        free(flows);
        return NULL;
    }
    return flows;
}

static void free_counts(struct tt_share *share)
{
    if (share->used > TT_SHARE_COUNTS)
        free(share->all);
}

static void free_flow(struct tt_open_flows *flows, struct tt_open_flow *flow)
{
    free_counts(&flow->first);
    while (flow->first.next != NULL) {
        struct tt_share *share = flow->first.next;
        flow->first.next = share->next;
        free_counts(share);
        tt_slab_give(&flows->shares, share);
    }
    tt_slab_give(&flows->entries, flow);
}

void tt_open_flows_free(struct tt_open_flows *flows)
{
    if (flows == NULL)
        return;
    for (size_t i = 0; i < flows->slot_count; i++) {
        while (flows->slots[i] != NULL) {
            struct tt_open_flow *flow = flows->slots[i];
            flows->slots[i] = flow->next;
            free_flow(flows, flow);
        }
    }
    tt_slab_free(&flows->entries);
    tt_slab_free(&flows->shares);
    free(flows->slots);
    free(flows);
}

/* Flow ids are our own and count up: they need no hashing, and nobody can make them collide. */
static struct tt_open_flow **slot_of(const struct tt_open_flows *flows, uint64_t id)
{
    return &flows->slots[id & (flows->slot_count - 1)];
}

static void grow(struct tt_open_flows *flows)
{
    size_t slot_count = flows->slot_count * 2;
    struct tt_open_flow **slots = calloc(slot_count, sizeof(struct tt_open_flow *));
    if (slots == NULL)
        return; /* slower, not wrong */
    for (size_t i = 0; i < flows->slot_count; i++) {
        while (flows->slots[i] != NULL) {
            struct tt_open_flow *flow = flows->slots[i];
            flows->slots[i] = flow->next;
            flow->next = slots[flow->id & (slot_count - 1)];
            slots[flow->id & (slot_count - 1)] = flow;
        }
    }
    free(flows->slots);
    flows->slots = slots;
    flows->slot_count = slot_count;
}

enum tt_err tt_open_flows_get(struct tt_open_flows *flows, uint64_t id,
                              struct tt_open_flow **ret_flow)
{
    struct tt_open_flow *flow = flows->last;
    if (flow == NULL || flow->id != id) {
        flow = *slot_of(flows, id);
        while (flow != NULL && flow->id != id)
            flow = flow->next;
    }
    if (flow == NULL) {
        if (flows->count >= flows->slot_count)
            grow(flows);
        flow = tt_slab_take(&flows->entries);
        if (flow == NULL)
            return TT_ERR_MEMORY;
        flow->id = id;
        flow->next = *slot_of(flows, id);
        *slot_of(flows, id) = flow;
        flows->count++;
    }
    flows->last = flow;
    *ret_flow = flow;
    return TT_OK;
}

void tt_open_flows_close(struct tt_open_flows *flows, uint64_t id)
{
    struct tt_open_flow **at = slot_of(flows, id);
    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    struct tt_open_flow *flow = *at;
    if (flow == NULL)
        return;
    *at = flow->next;
    if (flows->last == flow)
        flows->last = NULL;
    free_flow(flows, flow);
    flows->count--;
}

size_t tt_open_flows_count(const struct tt_open_flows *flows)
{
    return flows->count;
}

/* ---- shares ---- */

enum tt_err tt_open_flow_add(struct tt_open_flows *flows, struct tt_open_flow *flow,
                             enum tt_direction direction, const char *host,
                             struct tt_share **ret_share)
{
    struct tt_share *share = &flow->first;
    if (flow->share_count > 0) {
        while (share->next != NULL)
            share = share->next;
        share->next = tt_slab_take(&flows->shares);
        share = share->next;
    }
    if (share == NULL)
        return TT_ERR_MEMORY;
    share->direction = (uint8_t)direction;
    share->host = host;
    flow->share_count++;
    *ret_share = share;
    return TT_OK;
}

/* Bytes of many sorts: one count for each bucket. */
static enum tt_err spread(struct tt_share *share)
{
    uint64_t *all = calloc(TT_BUCKET_COUNT, sizeof(*all));
    if (all == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < TT_SHARE_COUNTS; i++)
        all[share->buckets[i]] = share->counts[i];
    share->all = all;
    share->used = TT_SHARE_COUNTS + 1;
    return TT_OK;
}

enum tt_err tt_share_add(struct tt_share *share, enum tt_bucket bucket, uint64_t bytes)
{
    size_t at = 0;
    while (share->used <= TT_SHARE_COUNTS && at < share->used && share->buckets[at] != bucket)
        at++;
    if (bytes == 0)
        return TT_OK;
    if (at == TT_SHARE_COUNTS) {
        enum tt_err result = spread(share);
        if (result != TT_OK)
            return result;
    }
    if (share->used > TT_SHARE_COUNTS) {
        share->all[bucket] += bytes;
        return TT_OK;
    }
    if (at == share->used) {
        share->buckets[at] = (uint8_t)bucket;
        share->counts[at] = 0;
        share->used++;
    }
    share->counts[at] += bytes;
    return TT_OK;
}

uint64_t tt_share_bytes(const struct tt_share *share, enum tt_bucket bucket)
{
    if (share->used > TT_SHARE_COUNTS)
        return share->all[bucket];
    for (size_t at = 0; at < share->used; at++)
        if (share->buckets[at] == bucket)
            return share->counts[at];
    return 0;
}
