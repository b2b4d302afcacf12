#include "run/announced.h"

static const uint64_t AGE_MAX = (uint64_t)TT_FLOW_IDLE_SECONDS * 1000000000U;

bool tt_announced_add(struct tt_announced_list *all, const struct tt_flow *flow,
                      enum tt_direction by, const struct tt_proto_announced *announced)
{
    struct tt_announced *place = &all->list[all->next];
    bool free_place = place->port == 0 || flow->last_time - place->time > AGE_MAX;
    if (announced->port == 0)
        return true;
    *place = (struct tt_announced){.addr = announced->addr,
                                   .ends = {flow->ends[by].addr, flow->ends[1 - by].addr},
                                   .port = announced->port,
                                   .time = flow->last_time,
                                   .protocol = announced->protocol,
                                   .step = announced->step};
    all->next = (all->next + 1) % TT_ANNOUNCED_MAX;
    return free_place;
}

/* Does the flow go to it at its end `to`? */
static bool fits(const struct tt_announced *one, const struct tt_flow *flow, size_t to)
{
    const struct tt_endpoint *end = &flow->ends[to];
    return one->port != 0 && end->port == one->port &&
           (tt_addr_eq(end->addr, one->addr) || tt_addr_eq(end->addr, one->ends[0])) &&
           tt_addr_eq(flow->ends[1 - to].addr, one->ends[1]) &&
           flow->first_time - one->time <= AGE_MAX;
}

bool tt_announced_take(struct tt_announced_list *all, const struct tt_flow *flow,
                       const char **ret_protocol, const char **ret_step)
{
    for (size_t i = 0; i < TT_ANNOUNCED_MAX; i++) {
        struct tt_announced *one = &all->list[i];
        /* Whose opening was not seen may have its ends the other way round. */
        if (!fits(one, flow, 1) && (flow->initiator_known || !fits(one, flow, 0)))
            continue;
        *ret_protocol = one->protocol;
        *ret_step = one->step;
        one->port = 0;
        return true;
    }
    return false;
}
