#include "judge/timings.h"

#include "base/map.h"

#include <stdlib.h>

/* Compared as bytes: every byte is set. */
struct key {
    struct tt_addr initiator; /* none in settled entries */
    struct tt_addr responder;
    uint16_t port;
    bool spoke_first; /* `responder` did; false in settled entries */
    uint32_t capture; /* 0 in settled entries */
};

/* What is known of a capture. */
struct of_capture {
    uint64_t error;
    uint64_t first; /* times of its packets; both 0: not known */
    uint64_t last;
    bool times;  /* something in it was timed */
    bool beside; /* and it overlaps another one of which that is true */
};

struct tt_timings {
    struct tt_texts *texts;
    struct tt_map *seen;  /* by initiator and capture */
    struct tt_map *timed; /* by destination alone; its entries are those of `seen` */
    struct tt_timed **sorted;
    struct of_capture *captures; /* by number */
    size_t capture_count;
};

struct tt_timings *tt_timings_new(struct tt_texts *texts)
{
    struct tt_timings *timings = calloc(1, sizeof(*timings));
    if (timings == NULL)
        return NULL;
    timings->texts = texts;
    timings->seen = tt_map_new(TT_TIMINGS_MAX);
    timings->timed = tt_map_new(TT_TIMINGS_MAX);
    if (timings->seen == NULL || timings->timed == NULL) {
        tt_timings_free(timings);
        return NULL;
    }
    return timings;
}

void tt_timings_free(struct tt_timings *timings)
{
    if (timings == NULL)
        return;
    tt_map_free(timings->seen, free);
    tt_map_free(timings->timed, NULL);
    free(timings->sorted);
    free(timings->captures);
    free(timings);
}

/* ---- collecting ---- */

/* The errors and echoes of ICMP are the network's own: they come beside what is said. */
static bool speaks(const struct tt_flow *flow)
{
    enum { ICMP = 1, ICMPV6 = 58 };
    bool icmp = flow->transport == TT_TRANSPORT_IP && (flow->kind == ICMP || flow->kind == ICMPV6);
    return flow->transport != TT_TRANSPORT_LINK && !icmp;
}

/* Whatever goes to an address that may be another machine's, by any protocol of IP: a destination
 * without a time that counts is one all the same. */
static bool is_of_interest(const struct tt_flow *flow)
{
    return speaks(flow) && tt_addr_scope(flow->ends[1].addr) != TT_ADDR_SCOPE_LINK;
}

/* A private address says nothing of where the machine behind it stands. */
static bool may_be_timed(const struct tt_flow *flow, enum tt_direction far)
{
    return (flow->transport == TT_TRANSPORT_TCP || flow->transport == TT_TRANSPORT_UDP) &&
           tt_addr_scope(flow->ends[far].addr) == TT_ADDR_SCOPE_INTERNET;
}

static struct key key_of(const struct tt_flow *flow)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    key.initiator = tt_sides_addr(&flow->ends[0]);
    key.responder = flow->ends[1].addr;
    key.port = flow->ends[1].port;
    key.capture = flow->capture;
    return key;
}

static enum tt_err find(struct tt_map *map, const struct key *key, struct tt_timed **ret_timed)
{
    struct tt_timed *timed = tt_map_get(map, tt_span_of(key, sizeof(*key)));
    if (timed == NULL) {
        timed = calloc(1, sizeof(*timed));
        if (timed == NULL)
            return TT_ERR_MEMORY;
        *timed = (struct tt_timed){.addr = key->responder, .port = key->port};
        enum tt_err result = tt_map_put(map, tt_span_of(key, sizeof(*key)), timed);
        if (result != TT_OK) {
            free(timed);
            return result;
        }
    }
    *ret_timed = timed;
    return TT_OK;
}

/* `name` is kept, so equal ones have equal pointers; NULL adds nothing. */
static enum tt_err add_name(struct tt_timed *timed, const char *name)
{
    if (name == NULL)
        return TT_OK;
    for (size_t i = 0; i < timed->name_count; i++)
        if (timed->names[i] == name)
            return TT_OK;
    if (timed->name_count == TT_TIMING_NAMES_MAX)
        return TT_ERR_LIMIT;
    timed->names[timed->name_count++] = name;
    return TT_OK;
}

enum tt_err tt_timings_host(struct tt_timings *timings, const struct tt_flow *flow,
                            const char *host)
{
    if (!is_of_interest(flow))
        return TT_OK;
    struct key key = key_of(flow);
    struct tt_timed *timed = NULL;
    enum tt_err result = find(timings->seen, &key, &timed);
    const char *kept = NULL;
    if (result == TT_OK)
        result = tt_texts_keep_host(timings->texts, host, &kept);
    return result == TT_OK ? add_name(timed, kept) : result;
}

/* The other side spoke first, or was seen first, and the device may have answered. */
static bool is_begun_from_afar(const struct tt_flow *flow)
{
    return speaks(flow) && flow->packets[TT_FROM_RESPONDER] > 0 &&
           tt_addr_scope(flow->ends[0].addr) == TT_ADDR_SCOPE_INTERNET;
}

/* The end that may be the device stands where initiators do, and there is no port: that of a client
 * is another one each time. */
static struct key key_from_afar(const struct tt_flow *flow)
{
    struct key key = key_of(flow);
    key.initiator = tt_sides_addr(&flow->ends[1]);
    key.responder = flow->ends[0].addr;
    key.port = 0;
    key.spoke_first = true;
    return key;
}

/* What the handshake bounds; 0 for nothing. Without its third step nobody knows how far from the
 * device it was captured. */
static uint64_t time_of(const struct tt_flow *flow)
{
    if (!may_be_timed(flow, TT_FROM_RESPONDER) || flow->made_up ||
        flow->transport != TT_TRANSPORT_TCP || flow->rtt_syn == 0 || !flow->third_step)
        return 0;
    if (flow->rtt_ack > flow->rtt_syn)
        return flow->rtt_syn + flow->rtt_ack;
    return flow->rtt_syn;
}

static void lower(uint64_t *least, uint64_t time)
{
    if (time != 0 && (*least == 0 || time < *least))
        *least = time;
}

static void take_time(struct tt_timed *timed, const struct tt_flow *flow,
                      enum tt_handshake handshake, uint64_t time)
{
    if (time == 0)
        return;
    if (handshake == TT_HANDSHAKE_TCP)
        lower(&timed->least_tcp, time);
    if (handshake == TT_HANDSHAKE_TLS)
        lower(&timed->least_tls, time);
    timed->handshakes++;
    if (timed->least != 0 && timed->least <= time)
        return;
    timed->least = time;
    timed->handshake = handshake;
    timed->capture = flow->capture;
    timed->flow = flow->id;
    timed->frame = flow->first_frame;
}

enum tt_err tt_timings_handshake(struct tt_timings *timings, const struct tt_flow *flow,
                                 enum tt_handshake handshake, uint64_t time)
{
    bool whole = flow->transport != TT_TRANSPORT_TCP || flow->third_step;
    if (!may_be_timed(flow, TT_FROM_RESPONDER) || flow->made_up || !whole ||
        flow->rtt_ack > flow->rtt_syn)
        return TT_OK;
    struct key key = key_of(flow);
    struct tt_timed *timed = NULL;
    enum tt_err result = find(timings->seen, &key, &timed);
    if (result == TT_OK)
        take_time(timed, flow, handshake, time);
    return result;
}

static enum tt_err add_names(struct tt_timed *timed, const struct tt_flow *flow,
                             const struct tt_names *names)
{
    struct tt_addr addr = flow->ends[1].addr;
    const char *const all[] = {
        tt_names_of_flow(names, TT_NAME_SNI, flow->id),
        tt_names_of_flow(names, TT_NAME_CERTIFICATE, flow->id),
        tt_names_of_addr(names, TT_NAME_DNS, addr, flow->first_frame, flow->first_time),
        tt_names_of_addr(names, TT_NAME_CAPTURE, addr, flow->first_frame, flow->first_time)};
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_ARRAY_LEN(all) && result == TT_OK; i++)
        result = add_name(timed, all[i]);
    return result;
}

static enum tt_err take_from_afar(struct tt_timings *timings, const struct tt_flow *flow,
                                  const struct tt_names *names)
{
    struct key key = key_from_afar(flow);
    struct tt_timed *timed = NULL;
    enum tt_err result = find(timings->seen, &key, &timed);
    if (result != TT_OK)
        return result;
    if (may_be_timed(flow, TT_FROM_INITIATOR) && !flow->made_up && flow->rtt_ack != 0)
        take_time(timed, flow, TT_HANDSHAKE_TCP,
                  flow->rtt_syn > flow->rtt_ack ? flow->rtt_syn + flow->rtt_ack : flow->rtt_ack);
    timed->opened = timed->opened || flow->transport == TT_TRANSPORT_TCP;
    return add_name(timed, tt_names_of_addr(names, TT_NAME_DNS, key.responder, flow->first_frame,
                                            flow->first_time));
}

enum tt_err tt_timings_flow(struct tt_timings *timings, const struct tt_flow *flow,
                            const struct tt_names *names)
{
    enum tt_err result = TT_OK;
    if (is_begun_from_afar(flow))
        result = take_from_afar(timings, flow, names);
    if (result != TT_OK || !is_of_interest(flow))
        return result;
    struct key key = key_of(flow);
    struct tt_timed *timed = NULL;
    result = find(timings->seen, &key, &timed);
    if (result != TT_OK)
        return result;
    if (flow->made_up && may_be_timed(flow, TT_FROM_RESPONDER) && timed->refused++ == 0)
        timed->made_up_in = flow->capture;
    take_time(timed, flow, TT_HANDSHAKE_TCP, time_of(flow));
    return add_names(timed, flow, names);
}

/* Makes room for it. */
static struct of_capture *capture_at(struct tt_timings *timings, uint32_t capture)
{
    if (capture >= timings->capture_count) {
        size_t count = (size_t)capture + 1;
        struct of_capture *captures =
            realloc(timings->captures, count * sizeof(*timings->captures));
        if (captures == NULL)
            return NULL;
        timings->captures = captures;
        while (timings->capture_count < count)
            captures[timings->capture_count++] = (struct of_capture){0};
    }
    return &timings->captures[capture];
}

enum tt_err tt_timings_clock(struct tt_timings *timings, uint32_t capture, uint64_t error)
{
    struct of_capture *of = capture_at(timings, capture);
    if (of == NULL)
        return TT_ERR_MEMORY;
    of->error = error;
    return TT_OK;
}

enum tt_err tt_timings_captured(struct tt_timings *timings, uint32_t capture, uint64_t first,
                                uint64_t last)
{
    struct of_capture *of = capture_at(timings, capture);
    if (of == NULL)
        return TT_ERR_MEMORY;
    of->first = first;
    of->last = last;
    return TT_OK;
}

/* ---- settling ---- */

/* The files that a capture was split into follow each other; those of two places do not. */
static bool overlap(const struct of_capture *a, const struct of_capture *b)
{
    uint64_t begin = a->first > b->first ? a->first : b->first;
    uint64_t end = a->last < b->last ? a->last : b->last;
    return a->times && b->times && end > begin && end - begin > TT_OVERLAP_MIN;
}

static int compare_begins(const void *left, const void *right)
{
    const struct of_capture *a = *(const struct of_capture *const *)left;
    const struct of_capture *b = *(const struct of_capture *const *)right;
    return (a->first > b->first) - (a->first < b->first);
}

/* In the order of their beginnings each is held against the one that lasts longest so far: whatever
 * overlaps any before it overlaps that one. */
static enum tt_err find_overlaps(struct tt_timings *timings)
{
    size_t count = timings->capture_count;
    struct of_capture **sorted = calloc(count + 1, sizeof(struct of_capture *));
    if (sorted == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < tt_map_count(timings->seen); i++) {
        const struct tt_timed *timed = tt_map_at(timings->seen, i, NULL);
        if (timed->least != 0 && timed->capture < count)
            timings->captures[timed->capture].times = true;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &timings->captures[i];
    qsort(sorted, count, sizeof(struct of_capture *), compare_begins);
    struct of_capture *longest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!sorted[i]->times)
            continue;
        if (longest != NULL && overlap(longest, sorted[i]))
            longest->beside = sorted[i]->beside = true;
        if (longest == NULL || sorted[i]->last > longest->last)
            longest = sorted[i];
    }
    free(sorted);
    return TT_OK;
}

size_t tt_timings_overlapping(const struct tt_timings *timings)
{
    size_t count = 0;
    for (size_t i = 0; i < timings->capture_count; i++)
        count += timings->captures[i].beside;
    return count;
}

/* What the capture makes of a time: its error, and nothing at all where it overlaps others. */
static void weigh(const struct tt_timings *timings, struct tt_timed *timed)
{
    if (timed->least == 0 || timed->capture >= timings->capture_count)
        return;
    const struct of_capture *of = &timings->captures[timed->capture];
    timed->error = of->error;
    if (!of->beside)
        return;
    timed->beside = true;
    timed->beside_in = timed->capture;
    timed->least = timed->least_tcp = timed->least_tls = timed->handshakes = 0;
}

static uint64_t bound(const struct tt_timed *timed)
{
    return timed->least + timed->error;
}

static void merge(struct tt_timed *into, const struct tt_timed *from)
{
    if (into->refused == 0)
        into->made_up_in = from->made_up_in;
    into->refused += from->refused;
    if (!into->beside)
        into->beside_in = from->beside_in;
    into->beside = into->beside || from->beside;
    into->opened = into->opened || from->opened;
    into->handshakes += from->handshakes;
    lower(&into->least_tcp, from->least_tcp);
    lower(&into->least_tls, from->least_tls);
    for (size_t i = 0; i < from->name_count; i++)
        (void)!add_name(into, from->names[i]);
    if (from->least == 0 || (into->least != 0 && bound(into) <= bound(from)))
        return;
    into->least = from->least;
    into->error = from->error;
    into->handshake = from->handshake;
    into->capture = from->capture;
    into->flow = from->flow;
    into->frame = from->frame;
}

static bool is_of_device(const struct tt_sides *sides, const struct key *key)
{
    return (!key->spoke_first && !tt_sides_known(sides, key->capture)) ||
           tt_sides_is_device(sides, key->capture, key->initiator);
}

static int compare(const void *left, const void *right)
{
    const struct tt_timed *a = *(const struct tt_timed *const *)left;
    const struct tt_timed *b = *(const struct tt_timed *const *)right;
    bool named[2] = {a->name_count > 0, b->name_count > 0};
    int order = (int)named[1] - (int)named[0];
    if (order == 0 && named[0])
        order = strcmp(a->names[0], b->names[0]);
    if (order == 0)
        order = memcmp(&a->addr, &b->addr, sizeof(a->addr));
    return order != 0 ? order : (a->port > b->port) - (a->port < b->port);
}

enum tt_err tt_timings_settle(struct tt_timings *timings, const struct tt_sides *sides)
{
    enum tt_err result = find_overlaps(timings);
    for (size_t i = 0; i < tt_map_count(timings->seen) && result == TT_OK; i++) {
        struct tt_span bytes;
        struct tt_timed *timed = tt_map_at(timings->seen, i, &bytes);
        struct key key;
        memcpy(&key, bytes.data, sizeof(key));
        if (!is_of_device(sides, &key))
            continue;
        weigh(timings, timed);
        memset(&key.initiator, 0, sizeof(key.initiator));
        key.spoke_first = false;
        key.capture = 0;
        struct tt_timed *known = tt_map_get(timings->timed, tt_span_of(&key, sizeof(key)));
        if (known != NULL) {
            merge(known, timed);
            continue;
        }
        result = tt_map_put(timings->timed, tt_span_of(&key, sizeof(key)), timed);
    }
    if (result != TT_OK)
        return result;
    size_t count = tt_map_count(timings->timed);
    timings->sorted = calloc(count + 1, sizeof(struct tt_timed *));
    if (timings->sorted == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        timings->sorted[i] = tt_map_at(timings->timed, i, NULL);
    qsort(timings->sorted, count, sizeof(struct tt_timed *), compare);
    return TT_OK;
}

size_t tt_timings_count(const struct tt_timings *timings)
{
    return tt_map_count(timings->timed);
}

const struct tt_timed *tt_timings_at(const struct tt_timings *timings, size_t at)
{
    return timings->sorted[at];
}
