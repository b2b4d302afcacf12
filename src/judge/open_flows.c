#include "judge/open_flows.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

struct tt_open_flows {
    struct tt_open_flow **slots;
    size_t slot_count; /* a power of two */
    size_t count;
    struct tt_open_flow *last; /* asked for */
};

struct tt_open_flows *tt_open_flows_new(void)
{
    struct tt_open_flows *flows = calloc(1, sizeof(*flows));
    if (flows == NULL)
        return NULL;
    flows->slot_count = FIRST_SLOTS;
    flows->slots = calloc(FIRST_SLOTS, sizeof(struct tt_open_flow *));
    if (flows->slots == NULL) {
        free(flows);
        return NULL;
    }
    return flows;
}

static void free_flow(struct tt_open_flow *flow)
{
    while (flow->shares != NULL) {
        struct tt_share *share = flow->shares;
        flow->shares = share->next;
        free(share);
    }
    free(flow);
}

void tt_open_flows_free(struct tt_open_flows *flows)
{
    if (flows == NULL)
        return;
    for (size_t i = 0; i < flows->slot_count; i++) {
        while (flows->slots[i] != NULL) {
            struct tt_open_flow *flow = flows->slots[i];
            flows->slots[i] = flow->next;
            free_flow(flow);
        }
    }
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
        flow = calloc(1, sizeof(*flow));
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
    free_flow(flow);
    flows->count--;
}

size_t tt_open_flows_count(const struct tt_open_flows *flows)
{
    return flows->count;
}
