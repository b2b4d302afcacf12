#include "judge/device.h"

#include "base/map.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    KNOWN_WEIGHT = 4, /* an opening that was seen, against a first packet that may be an answer */
    ROUTER_ADDRESSES = 4, /* more IPv4 addresses behind a hardware address make it a router's */
    VIEWS_MAX = 64
};

/* An address over all captures. */
struct total {
    struct tt_addr addr;
    uint64_t opened;
    uint64_t known;
    bool unicast; /* opened something to one receiver, not only to a group */
    uint32_t first_capture;
    uint64_t first_frame;
    bool device;
    bool from_sheet;
};

/* An address in one capture. */
struct endpoint {
    struct total *total;
    struct tt_addr mac; /* behind which it was seen; none where that is not clear */
    uint32_t capture;
    bool device;
    bool in_sheet;
};

/* What is settled for one capture. */
struct side {
    struct endpoint *anchor; /* the address that the rest of the device is found by */
    bool from_sheet;
    bool known;
    bool seen; /* it has ends with addresses */
};

struct tt_sides {
    const struct tt_subject *subject;
    struct tt_map *totals;    /* by address */
    struct tt_map *endpoints; /* by capture and address */
    struct side *sides;       /* by capture */
    size_t capture_count;
    size_t missed;
    struct tt_device_view *views;
    size_t view_count;
};

/* Compared as bytes: padding is zero. */
struct key {
    uint32_t capture;
    struct tt_addr addr;
};

struct tt_sides *tt_sides_new(const struct tt_subject *subject)
{
    struct tt_sides *sides = calloc(1, sizeof(*sides));
    if (sides == NULL)
        return NULL;
    sides->subject = subject;
    sides->totals = tt_map_new(TT_ENDPOINTS_MAX);
    sides->endpoints = tt_map_new(TT_ENDPOINTS_MAX);
    if (sides->totals == NULL || sides->endpoints == NULL) {
        tt_sides_free(sides);
        return NULL;
    }
    return sides;
}

void tt_sides_free(struct tt_sides *sides)
{
    if (sides == NULL)
        return;
    tt_map_free(sides->totals, free);
    tt_map_free(sides->endpoints, free);
    free(sides->sides);
    free(sides->views);
    free(sides);
}

/* ---- collecting ---- */

/* Groups, broadcast and "no address yet" are nobody. */
static bool is_somebody(struct tt_addr addr)
{
    static const uint8_t zero[16] = {0};
    size_t len = tt_addr_len(addr);
    if (len == 0 || memcmp(addr.bytes, zero, len) == 0)
        return false;
    switch ((enum tt_addr_family)addr.family) {
    case TT_ADDR_IPV4:
        return addr.bytes[0] < 224;
    case TT_ADDR_IPV6:
        return addr.bytes[0] != 0xff;
    case TT_ADDR_MAC:
        return (addr.bytes[0] & 1) == 0; /* the group bit of IEEE 802 */
    case TT_ADDR_NONE:
        break;
    }
    return false;
}

struct tt_addr tt_sides_addr(const struct tt_endpoint *end)
{
    static const uint8_t zero[16] = {0};
    size_t len = tt_addr_len(end->addr);
    bool unspecified = len == 0 || memcmp(end->addr.bytes, zero, len) == 0;
    return unspecified && is_somebody(end->mac) ? end->mac : end->addr;
}

static bool in_sheet(const struct tt_sides *sides, const struct tt_endpoint *end)
{
    for (size_t i = 0; i < sides->subject->address_count; i++) {
        struct tt_addr addr = sides->subject->addresses[i];
        if (tt_addr_eq(addr, end->addr) ||
            (addr.family == TT_ADDR_MAC && tt_addr_eq(addr, end->mac)))
            return true;
    }
    return false;
}

static enum tt_err total_of(struct tt_sides *sides, const struct tt_flow *flow, struct tt_addr addr,
                            struct total **ret_total)
{
    struct tt_span key = tt_span_of(&addr, sizeof(addr));
    struct total *total = tt_map_get(sides->totals, key);
    if (total == NULL) {
        total = calloc(1, sizeof(*total));
        if (total == NULL)
            return TT_ERR_MEMORY;
        *total = (struct total){
            .addr = addr, .first_capture = flow->capture, .first_frame = flow->first_frame};
        enum tt_err result = tt_map_put(sides->totals, key, total);
        if (result != TT_OK) {
            free(total);
            return result;
        }
    }
    if (flow->capture == total->first_capture && flow->first_frame < total->first_frame)
        total->first_frame = flow->first_frame;
    *ret_total = total;
    return TT_OK;
}

static struct endpoint *find_endpoint(const struct tt_sides *sides, uint32_t capture,
                                      struct tt_addr addr)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    key.capture = capture;
    key.addr = addr;
    return tt_map_get(sides->endpoints, tt_span_of(&key, sizeof(key)));
}

static enum tt_err make_endpoint(struct tt_sides *sides, const struct tt_flow *flow,
                                 struct tt_addr addr, struct endpoint **ret_endpoint)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    key.capture = flow->capture;
    key.addr = addr;
    struct endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL)
        return TT_ERR_MEMORY;
    endpoint->capture = flow->capture;
    enum tt_err result = total_of(sides, flow, addr, &endpoint->total);
    if (result == TT_OK)
        result = tt_map_put(sides->endpoints, tt_span_of(&key, sizeof(key)), endpoint);
    if (result != TT_OK) {
        free(endpoint);
        return result;
    }
    *ret_endpoint = endpoint;
    return TT_OK;
}

static enum tt_err count_end(struct tt_sides *sides, const struct tt_flow *flow, size_t at)
{
    const struct tt_endpoint *end = &flow->ends[at];
    const struct tt_endpoint *other = &flow->ends[1 - at];
    struct tt_addr addr = tt_sides_addr(end);
    if (!is_somebody(addr))
        return TT_OK;
    struct endpoint *endpoint = find_endpoint(sides, flow->capture, addr);
    enum tt_err result = TT_OK;
    if (endpoint == NULL)
        result = make_endpoint(sides, flow, addr, &endpoint);
    if (result != TT_OK)
        return result;
    /* On a loop-back or a router on a stick both sides have the same: that tells nothing. */
    if (is_somebody(end->mac) && !tt_addr_eq(end->mac, other->mac) &&
        endpoint->mac.family == TT_ADDR_NONE)
        endpoint->mac = end->mac;
    endpoint->in_sheet = endpoint->in_sheet || in_sheet(sides, end);
    if (at != 0)
        return TT_OK;
    endpoint->total->opened++;
    endpoint->total->known += flow->initiator_known ? 1 : 0;
    endpoint->total->unicast = endpoint->total->unicast || is_somebody(other->addr);
    return TT_OK;
}

enum tt_err tt_sides_flow(struct tt_sides *sides, const struct tt_flow *flow)
{
    if (flow->at_device)
        return TT_OK;
    if (flow->capture >= sides->capture_count)
        sides->capture_count = (size_t)flow->capture + 1;
    enum tt_err first = count_end(sides, flow, 0);
    enum tt_err second = count_end(sides, flow, 1);
    return first != TT_OK ? first : second;
}

/* ---- settling ---- */

static int class_of(const struct total *total)
{
    if (total->addr.family == TT_ADDR_MAC)
        return 0;
    enum tt_addr_scope scope = tt_addr_scope(total->addr);
    if (!total->unicast || scope == TT_ADDR_SCOPE_LINK)
        return 1;
    return scope == TT_ADDR_SCOPE_PRIVATE ? 3 : 2;
}

static uint64_t weight_of(const struct total *total)
{
    return total->known * KNOWN_WEIGHT + (total->opened - total->known);
}

static bool is_better(const struct total *a, const struct total *b)
{
    if (class_of(a) != class_of(b))
        return class_of(a) > class_of(b);
    if (weight_of(a) != weight_of(b))
        return weight_of(a) > weight_of(b);
    if (a->first_capture != b->first_capture)
        return a->first_capture < b->first_capture;
    if (a->first_frame != b->first_frame)
        return a->first_frame < b->first_frame;
    return memcmp(&a->addr, &b->addr, sizeof(a->addr)) < 0;
}

static struct endpoint *endpoint_at(const struct tt_sides *sides, size_t at)
{
    return tt_map_at(sides->endpoints, at, NULL);
}

static void mark(const struct tt_sides *sides, struct endpoint *endpoint, bool from_sheet)
{
    endpoint->device = true;
    endpoint->total->device = true;
    endpoint->total->from_sheet = endpoint->total->from_sheet || from_sheet;
    sides->sides[endpoint->capture].known = true;
}

static void mark_sheet(struct tt_sides *sides)
{
    for (size_t i = 0; i < tt_map_count(sides->endpoints); i++) {
        struct endpoint *endpoint = endpoint_at(sides, i);
        if (!endpoint->in_sheet)
            continue;
        mark(sides, endpoint, true);
        struct side *side = &sides->sides[endpoint->capture];
        side->from_sheet = true;
        if (side->anchor == NULL || is_better(endpoint->total, side->anchor->total))
            side->anchor = endpoint;
    }
}

static void mark_best(struct tt_sides *sides)
{
    for (size_t i = 0; i < tt_map_count(sides->endpoints); i++) {
        struct endpoint *endpoint = endpoint_at(sides, i);
        struct side *side = &sides->sides[endpoint->capture];
        side->seen = true;
        if (side->from_sheet || endpoint->total->opened == 0)
            continue;
        if (side->anchor == NULL || is_better(endpoint->total, side->anchor->total))
            side->anchor = endpoint;
    }
    for (size_t i = 0; i < sides->capture_count; i++) {
        const struct side *side = &sides->sides[i];
        if (side->anchor != NULL && !side->from_sheet)
            mark(sides, side->anchor, false);
        if (sides->subject->address_count > 0 && side->seen && !side->from_sheet)
            sides->missed++;
    }
}

/* One hardware address of the device in a capture. */
struct hardware {
    uint32_t capture;
    struct tt_addr mac;
};

static bool is_behind(const struct endpoint *endpoint, const struct hardware *hardware)
{
    return endpoint->capture == hardware->capture &&
           (tt_addr_eq(endpoint->mac, hardware->mac) ||
            tt_addr_eq(endpoint->total->addr, hardware->mac));
}

static bool is_router(const struct tt_sides *sides, const struct hardware *hardware)
{
    size_t count = 0;
    for (size_t i = 0; i < tt_map_count(sides->endpoints); i++) {
        const struct endpoint *endpoint = endpoint_at(sides, i);
        if (endpoint->total->addr.family == TT_ADDR_IPV4 && is_behind(endpoint, hardware))
            count++;
    }
    return count > ROUTER_ADDRESSES;
}

static void mark_behind(const struct tt_sides *sides, const struct hardware *hardware,
                        bool from_sheet)
{
    for (size_t i = 0; i < tt_map_count(sides->endpoints); i++) {
        struct endpoint *endpoint = endpoint_at(sides, i);
        if (endpoint->device || !is_behind(endpoint, hardware))
            continue;
        struct tt_addr addr = endpoint->total->addr;
        /* With a sheet, an IPv4 address that it does not name is somebody else's. */
        bool belongs = addr.family != TT_ADDR_IPV4 ||
                       (!from_sheet && tt_addr_scope(addr) != TT_ADDR_SCOPE_INTERNET);
        if (belongs)
            mark(sides, endpoint, false);
    }
}

static enum tt_err mark_hardware(const struct tt_sides *sides)
{
    /* The walk below marks more; only what is marked now has its hardware address looked up. */
    size_t count = 0;
    size_t total = tt_map_count(sides->endpoints);
    struct hardware *list = calloc(total + 1, sizeof(*list));
    if (list == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < total; i++) {
        const struct endpoint *endpoint = endpoint_at(sides, i);
        struct tt_addr mac =
            endpoint->total->addr.family == TT_ADDR_MAC ? endpoint->total->addr : endpoint->mac;
        if (!endpoint->device || mac.family != TT_ADDR_MAC)
            continue;
        bool new = true;
        for (size_t j = 0; new &&j < count; j++)
            new = list[j].capture != endpoint->capture || !tt_addr_eq(list[j].mac, mac);
        if (new &&count < VIEWS_MAX)
            list[count++] = (struct hardware){.capture = endpoint->capture, .mac = mac};
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_router(sides, &list[i]))
            mark_behind(sides, &list[i], sides->sides[list[i].capture].from_sheet);
    }
    free(list);
    return TT_OK;
}

/* The best end of a family in a capture without hardware addresses, unless it is settled. */
static void mark_family(const struct tt_sides *sides, uint32_t capture, enum tt_addr_family family)
{
    struct endpoint *found = NULL;
    for (size_t i = 0; i < tt_map_count(sides->endpoints); i++) {
        struct endpoint *endpoint = endpoint_at(sides, i);
        if (endpoint->capture != capture || endpoint->total->addr.family != (uint8_t)family)
            continue;
        if (endpoint->device || endpoint->mac.family != TT_ADDR_NONE)
            return;
        if (endpoint->total->opened > 0 &&
            (found == NULL || is_better(endpoint->total, found->total)))
            found = endpoint;
    }
    if (found != NULL)
        mark(sides, found, false);
}

static void mark_other_family(const struct tt_sides *sides, uint32_t capture)
{
    const struct endpoint *anchor = sides->sides[capture].anchor;
    if (anchor == NULL || anchor->mac.family != TT_ADDR_NONE)
        return;
    if (anchor->total->addr.family == TT_ADDR_IPV4)
        mark_family(sides, capture, TT_ADDR_IPV6);
    else if (anchor->total->addr.family == TT_ADDR_IPV6)
        mark_family(sides, capture, TT_ADDR_IPV4);
}

static int compare_views(const void *a, const void *b)
{
    const struct tt_device_view *left = a;
    const struct tt_device_view *right = b;
    if (left->flows_opened != right->flows_opened)
        return left->flows_opened > right->flows_opened ? -1 : 1;
    return memcmp(&left->addr, &right->addr, sizeof(left->addr));
}

static enum tt_err list_views(struct tt_sides *sides)
{
    const struct tt_subject *subject = sides->subject;
    size_t totals = tt_map_count(sides->totals);
    sides->views = calloc(subject->address_count + totals + 1, sizeof(*sides->views));
    if (sides->views == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < totals; i++) {
        const struct total *total = tt_map_at(sides->totals, i, NULL);
        if (total->device)
            sides->views[sides->view_count++] =
                (struct tt_device_view){.addr = total->addr,
                                        .from_sheet = total->from_sheet,
                                        .flows_opened = total->opened};
    }
    for (size_t i = 0; i < subject->address_count; i++) {
        struct tt_addr addr = subject->addresses[i];
        const struct total *total = tt_map_get(sides->totals, tt_span_of(&addr, sizeof(addr)));
        if (total == NULL || !total->device)
            sides->views[sides->view_count++] =
                (struct tt_device_view){.addr = addr, .from_sheet = true};
    }
    qsort(sides->views, sides->view_count, sizeof(*sides->views), compare_views);
    if (sides->view_count > VIEWS_MAX)
        sides->view_count = VIEWS_MAX;
    return TT_OK;
}

enum tt_err tt_sides_settle(struct tt_sides *sides)
{
    sides->sides = calloc(sides->capture_count + 1, sizeof(*sides->sides));
    if (sides->sides == NULL)
        return TT_ERR_MEMORY;
    mark_sheet(sides);
    mark_best(sides);
    enum tt_err result = mark_hardware(sides);
    for (uint32_t i = 0; result == TT_OK && i < sides->capture_count; i++)
        mark_other_family(sides, i);
    if (result == TT_OK)
        result = list_views(sides);
    return result;
}

/* ---- answers ---- */

bool tt_sides_known(const struct tt_sides *sides, uint32_t capture)
{
    return capture < sides->capture_count && sides->sides[capture].known;
}

bool tt_sides_is_device(const struct tt_sides *sides, uint32_t capture, struct tt_addr addr)
{
    const struct endpoint *endpoint = find_endpoint(sides, capture, addr);
    return endpoint != NULL && endpoint->device;
}

size_t tt_sides_missed(const struct tt_sides *sides)
{
    return sides->missed;
}

bool tt_sides_device(const struct tt_sides *sides, size_t at, struct tt_device_view *ret_view)
{
    if (at >= sides->view_count)
        return false;
    *ret_view = sides->views[at];
    return true;
}
