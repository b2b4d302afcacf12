#include "judge/ledger.h"

#include "base/map.h"
#include "judge/open_flows.h"
#include "model/frame.h"
#include "model/limits.h"

#include <stdlib.h>

enum { OTHERS_MAX = 4096 }; /* initiators told apart among the flows that found no room */

/* Compared as bytes: every byte is set. */
struct total_key {
    const char *host; /* kept, or NULL */
    const char *protocol;
    uint64_t epochs; /* of the timeline, the flow's first and last */
    struct tt_ends ends;
};

struct total {
    uint64_t flows;
    uint64_t last_flow; /* so that a flow with two hosts of one name counts once */
    uint64_t bytes[TT_BUCKET_COUNT];
    uint64_t rtt_min;
    uint64_t first_time;
    uint64_t last_time;
    uint64_t framing; /* tt_ledger_part.framing */
};

struct tt_ledger {
    struct tt_texts *texts;
    const struct tt_timeline *timeline; /* or NULL */
    struct tt_open_flows *open;
    struct tt_map *totals;
    struct tt_map *others; /* totals by initiator and direction alone */
    struct total rest;     /* whose initiator found no room either */
};

static const char others_name[] = "(others)";

struct tt_ledger *tt_ledger_new(struct tt_texts *texts)
{
    struct tt_ledger *ledger = calloc(1, sizeof(*ledger));
    if (ledger == NULL)
        return NULL;
    ledger->texts = texts;
    ledger->open = tt_open_flows_new();
    ledger->totals = tt_map_new(TT_DESTINATIONS_MAX);
    ledger->others = tt_map_new(OTHERS_MAX);
    if (ledger->open == NULL || ledger->totals == NULL || ledger->others == NULL) {
        tt_ledger_free(ledger);
        return NULL;
    }
    return ledger;
}

void tt_ledger_free(struct tt_ledger *ledger)
{
    if (ledger == NULL)
        return;
    tt_open_flows_free(ledger->open);
    if (ledger->totals != NULL)
        tt_map_free(ledger->totals, free);
    if (ledger->others != NULL)
        tt_map_free(ledger->others, free);
    free(ledger);
}

void tt_ledger_use_timeline(struct tt_ledger *ledger, const struct tt_timeline *timeline)
{
    ledger->timeline = timeline;
}

/* ---- open flows ---- */

static bool is_same(const char *kept, const char *host)
{
    if (kept == NULL || host == NULL)
        return kept == host;
    return strcmp(kept, host) == 0;
}

static struct tt_share *find_share(struct tt_open_flow *open, enum tt_direction direction,
                                   const char *host)
{
    struct tt_share *share = tt_open_flow_shares(open);
    while (share != NULL && (share->direction != direction || !is_same(share->host, host)))
        share = share->next;
    return share;
}

enum tt_err tt_ledger_account(struct tt_ledger *ledger, const struct tt_account *account)
{
    enum tt_direction direction = account->direction;
    const char *host = account->host;
    struct tt_open_flow *open = NULL;
    enum tt_err result = tt_open_flows_get(ledger->open, account->flow->id, &open);
    if (result != TT_OK)
        return result;
    open->relayed = open->relayed || account->relayed;
    /* A host as it is kept, which it nearly always is already, is found without a look-up. */
    struct tt_share *share = find_share(open, direction, host);
    const char *kept = NULL;
    enum tt_err limit = TT_OK;
    if (share == NULL && host != NULL) {
        limit = tt_texts_keep_host(ledger->texts, host, &kept);
        share = find_share(open, direction, kept);
    }
    if (share == NULL && kept != NULL && open->share_count >= TT_FLOW_HOSTS_MAX) {
        limit = TT_ERR_LIMIT;
        kept = NULL;
        share = find_share(open, direction, NULL);
    }
    if (share == NULL)
        result = tt_open_flow_add(ledger->open, open, direction, kept, &share);
    if (result == TT_OK)
        result = tt_share_add(share, account->bucket, account->bytes);
    return result == TT_OK ? limit : result;
}

/* ---- totals ---- */

/* The only host that messages of the flow said, or NULL. */
static const char *only_host(struct tt_open_flow *open)
{
    const char *host = NULL;
    for (const struct tt_share *share = tt_open_flow_shares(open); share != NULL;
         share = share->next) {
        if (share->host == NULL)
            continue;
        if (host != NULL && host != share->host)
            return NULL;
        host = share->host;
    }
    return host;
}

const char *tt_ledger_host(struct tt_ledger *ledger, uint64_t flow, size_t at)
{
    struct tt_open_flow *open = NULL;
    if (tt_open_flows_get(ledger->open, flow, &open) != TT_OK)
        return NULL;
    const struct tt_share *share = tt_open_flow_shares(open);
    while (share != NULL && (share->host == NULL || at-- > 0))
        share = share->next;
    return share == NULL ? NULL : share->host;
}

static const char *flow_name(struct tt_open_flow *open, const struct tt_flow *flow,
                             const struct tt_names *names)
{
    struct tt_addr addr = tt_sides_addr(&flow->ends[1]);
    const char *name = tt_names_of_flow(names, TT_NAME_SNI, flow->id);
    if (name == NULL)
        name = tt_names_of_flow(names, TT_NAME_CERTIFICATE, flow->id);
    if (name == NULL)
        name = only_host(open);
    if (name == NULL)
        name = tt_names_of_addr(names, TT_NAME_DNS, addr, flow->first_frame, flow->first_time);
    if (name == NULL)
        name = tt_names_of_addr(names, TT_NAME_CAPTURE, addr, flow->first_frame, flow->first_time);
    return name;
}

static enum tt_err get_total(struct tt_map *map, const struct total_key *key,
                             struct total **ret_total)
{
    struct total *total = tt_map_get(map, tt_span_of(key, sizeof(*key)));
    if (total == NULL) {
        total = calloc(1, sizeof(*total));
        if (total == NULL)
            return TT_ERR_MEMORY;
        enum tt_err result = tt_map_put(map, tt_span_of(key, sizeof(*key)), total);
        if (result != TT_OK) {
            free(total);
            return result;
        }
    }
    *ret_total = total;
    return TT_OK;
}

/* When the table is full: by initiator alone, which still tells what the device sent. */
static enum tt_err get_other(struct tt_ledger *ledger, const struct total_key *key,
                             struct total **ret_total)
{
    struct total_key other;
    memset(&other, 0, sizeof(other));
    other.host = others_name;
    other.protocol = others_name;
    other.ends.addr[0] = key->ends.addr[0];
    /* Of the responder only its scope is kept. */
    other.ends.addr[1].bytes[0] =
        (uint8_t)(key->ends.onward == TT_ONWARD_RELAYED ? TT_ADDR_SCOPE_INTERNET
                                                        : tt_addr_scope(key->ends.addr[1]));
    other.ends.onward = key->ends.onward;
    other.ends.direction = key->ends.direction;
    other.ends.at_device = key->ends.at_device;
    other.ends.capture = key->ends.capture;
    enum tt_err result = get_total(ledger->others, &other, ret_total);
    if (result != TT_ERR_LIMIT)
        return result;
    *ret_total = &ledger->rest;
    return TT_OK;
}

static uint64_t epochs_of(const struct tt_ledger *ledger, const struct tt_flow *flow)
{
    return tt_timeline_epoch(ledger->timeline, flow->first_time) << 32 |
           tt_timeline_epoch(ledger->timeline, flow->last_time);
}

static void add_times(struct total *total, const struct tt_flow *flow)
{
    if (total->flows == 0 || flow->first_time < total->first_time)
        total->first_time = flow->first_time;
    if (flow->last_time > total->last_time)
        total->last_time = flow->last_time;
}

/* Bytes that are read of a flow which nobody opened: its handshake, and the heads of its records.
 */
static uint64_t framing_of(const struct tt_share *share, const char *protocol)
{
    static const char *const names[] = {"tls", "dtls", "quic"};
    bool encrypts = false;
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
        encrypts = encrypts || strcmp(names[i], protocol) == 0;
    if (!encrypts || tt_share_bytes(share, TT_BUCKET_ENCRYPTED) == 0)
        return 0;
    return tt_share_bytes(share, TT_BUCKET_DECODED);
}

static enum tt_err add_share(struct tt_ledger *ledger, const struct tt_flow *flow, bool relayed,
                             const struct tt_share *share, const char *name, const char *protocol)
{
    struct total_key key;
    memset(&key, 0, sizeof(key));
    key.host = share->host == NULL ? name : share->host;
    key.protocol = protocol;
    key.epochs = epochs_of(ledger, flow);
    tt_ends_of(flow, (enum tt_direction)share->direction, &key.ends);
    if (relayed)
        key.ends.onward = TT_ONWARD_RELAYED;
    struct total *total = NULL;
    enum tt_err result = get_total(ledger->totals, &key, &total);
    bool full = result == TT_ERR_LIMIT;
    if (full)
        result = get_other(ledger, &key, &total);
    if (result != TT_OK)
        return result;
    add_times(total, flow);
    total->framing += framing_of(share, protocol);
    total->flows += total->last_flow == flow->id ? 0 : 1;
    total->last_flow = flow->id;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        total->bytes[i] += tt_share_bytes(share, (enum tt_bucket)i);
    if (flow->rtt_syn != 0 && (total->rtt_min == 0 || flow->rtt_syn < total->rtt_min))
        total->rtt_min = flow->rtt_syn;
    return full ? TT_ERR_LIMIT : TT_OK;
}

/* What the flow itself counts, and the flow where it carried nothing: a connection without a word
 * is contact too. */
static enum tt_err add_own(struct tt_ledger *ledger, struct tt_open_flow *open,
                           const struct tt_flow *flow)
{
    for (int direction = 0; direction < 2; direction++) {
        uint64_t own =
            flow->lost[direction] + flow->repeated[direction] + flow->overhead[direction];
        struct tt_share *share = tt_open_flow_shares(open);
        while (share != NULL && share->direction != direction)
            share = share->next;
        if (share == NULL && direction != TT_FROM_INITIATOR && own == 0)
            continue;
        enum tt_err result = TT_OK;
        if (share == NULL)
            result =
                tt_open_flow_add(ledger->open, open, (enum tt_direction)direction, NULL, &share);
        if (result == TT_OK)
            result = tt_share_add(share, TT_BUCKET_LOST, flow->lost[direction]);
        if (result == TT_OK)
            result = tt_share_add(share, TT_BUCKET_DUPLICATE, flow->repeated[direction]);
        if (result == TT_OK)
            result = tt_share_add(share, TT_BUCKET_OVERHEAD, flow->overhead[direction]);
        if (result != TT_OK)
            return result;
    }
    return TT_OK;
}

enum tt_err tt_ledger_flow(struct tt_ledger *ledger, const struct tt_flow *flow,
                           const char *protocol, const struct tt_names *names)
{
    struct tt_open_flow *open = NULL;
    enum tt_err result = tt_open_flows_get(ledger->open, flow->id, &open);
    if (result != TT_OK)
        return result;
    const char *kept = NULL;
    result = add_own(ledger, open, flow);
    if (result == TT_OK)
        result = tt_texts_keep(ledger->texts, protocol == NULL ? "" : protocol, &kept);
    bool full = result == TT_ERR_LIMIT;
    if (full) {
        kept = others_name;
        result = TT_OK;
    }
    const char *name = flow_name(open, flow, names);
    for (const struct tt_share *share = tt_open_flow_shares(open); result == TT_OK && share != NULL;
         share = share->next) {
        result = add_share(ledger, flow, open->relayed, share, name, kept);
        full = full || result == TT_ERR_LIMIT;
        if (result == TT_ERR_LIMIT)
            result = TT_OK;
    }
    tt_open_flows_close(ledger->open, flow->id);
    if (result != TT_OK)
        return result;
    return full ? TT_ERR_LIMIT : TT_OK;
}

/* ---- rows ---- */

/* Compared as bytes: every byte is set. */
struct row_key {
    const char *host;
    const char *protocol;
    struct tt_addr addr; /* of a destination without a host */
    uint16_t port;
    uint8_t heading;
    uint8_t scope;
    char country[3];
};

/* A row, and room for the texts that it refers to. */
struct row {
    struct tt_coverage_row row;
    struct tt_geo_place geo;
};

/* Everything that rows are made from; all borrowed. */
struct telling {
    struct tt_map *rows;
    const struct tt_sides *sides;
    const struct tt_names *names;
    const struct tt_geo *geo;
};

static enum tt_err get_row(const struct telling *telling, const struct row_key *key,
                           struct row **ret_row)
{
    struct row *row = tt_map_get(telling->rows, tt_span_of(key, sizeof(*key)));
    if (row == NULL) {
        row = calloc(1, sizeof(*row));
        if (row == NULL)
            return TT_ERR_MEMORY;
        enum tt_err result = tt_map_put(telling->rows, tt_span_of(key, sizeof(*key)), row);
        if (result != TT_OK) {
            free(row);
            return result;
        }
    }
    *ret_row = row;
    return TT_OK;
}

static void add_total(struct tt_coverage_row *row, const struct total *total, bool with_rtt)
{
    row->flows += total->flows;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        row->bytes[i] += total->bytes[i];
    if (with_rtt && total->rtt_min != 0 && (row->rtt_min == 0 || total->rtt_min < row->rtt_min))
        row->rtt_min = total->rtt_min;
}

/* The name of a destination: the totals' own, but an initiator is called by nobody's request. */
static const char *row_host(const struct telling *telling, const struct total_key *key,
                            const struct tt_place *place)
{
    if (!place->is_initiator)
        return key->host;
    uint64_t last = tt_frame_id(key->ends.capture + 1, 0) - 1;
    const char *name = tt_names_of_addr(telling->names, TT_NAME_DNS, place->addr, last, UINT64_MAX);
    if (name == NULL)
        name = tt_names_of_addr(telling->names, TT_NAME_CAPTURE, place->addr, last, UINT64_MAX);
    return name;
}

static enum tt_err tell_total(const struct telling *telling, const struct total_key *key,
                              const struct total *total)
{
    struct tt_place place;
    struct tt_geo_place geo;
    tt_place_find(telling->sides, &key->ends, &place);
    tt_geo_find(telling->geo, place.addr, &geo);
    const char *host = row_host(telling, key, &place);
    struct row_key row_key;
    memset(&row_key, 0, sizeof(row_key));
    row_key.host = host;
    row_key.protocol = key->protocol;
    if (host == NULL) {
        row_key.addr = place.addr;
        row_key.port = place.port;
    }
    row_key.heading = (uint8_t)place.heading;
    row_key.scope = (uint8_t)place.scope;
    memcpy(row_key.country, geo.country, sizeof(row_key.country));
    struct row *row = NULL;
    enum tt_err result = get_row(telling, &row_key, &row);
    if (result != TT_OK)
        return result;
    if (row->row.flows == 0) {
        row->geo = geo;
        row->row = (struct tt_coverage_row){.host = host,
                                            .address = place.addr,
                                            .port = place.port,
                                            .country = geo.country[0] ? row->geo.country : NULL,
                                            .network = geo.network[0] ? row->geo.network : NULL,
                                            .protocol = key->protocol,
                                            .scope = place.scope,
                                            .heading = place.heading};
    }
    add_total(&row->row, total, !place.is_initiator);
    return TT_OK;
}

/* A total of the "(others)": its responder is only a scope. */
static enum tt_err tell_other(const struct telling *telling, const struct total_key *key,
                              const struct total *total)
{
    bool from_device = key->ends.at_device != 0 ||
                       tt_sides_is_device(telling->sides, key->ends.capture, key->ends.addr[0]);
    enum tt_heading heading = TT_HEADING_UNKNOWN;
    if (from_device)
        heading = key->ends.direction == TT_FROM_INITIATOR ? TT_HEADING_SENT : TT_HEADING_RECEIVED;
    struct row_key row_key;
    memset(&row_key, 0, sizeof(row_key));
    row_key.host = others_name;
    row_key.protocol = others_name;
    row_key.heading = (uint8_t)heading;
    row_key.scope = key->ends.addr[1].bytes[0];
    struct row *row = NULL;
    enum tt_err result = get_row(telling, &row_key, &row);
    if (result != TT_OK)
        return result;
    row->row.host = others_name;
    row->row.protocol = others_name;
    row->row.heading = heading;
    row->row.scope = (enum tt_addr_scope)row_key.scope;
    add_total(&row->row, total, false);
    return TT_OK;
}

static enum tt_err make_rows(const struct tt_ledger *ledger, const struct telling *telling)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; result == TT_OK && i < tt_map_count(ledger->totals); i++) {
        struct tt_span bytes;
        const struct total *total = tt_map_at(ledger->totals, i, &bytes);
        struct total_key key;
        memcpy(&key, bytes.data, sizeof(key));
        result = tell_total(telling, &key, total);
    }
    for (size_t i = 0; result == TT_OK && i < tt_map_count(ledger->others); i++) {
        struct tt_span bytes;
        const struct total *total = tt_map_at(ledger->others, i, &bytes);
        struct total_key key;
        memcpy(&key, bytes.data, sizeof(key));
        result = tell_other(telling, &key, total);
    }
    if (result == TT_OK && ledger->rest.flows > 0) {
        struct total_key key;
        memset(&key, 0, sizeof(key));
        key.ends.addr[1].bytes[0] = TT_ADDR_SCOPE_INTERNET;
        result = tell_other(telling, &key, &ledger->rest);
    }
    return result;
}

static uint64_t sum(const struct tt_coverage_row *row)
{
    uint64_t all = 0;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        all += row->bytes[i];
    return all;
}

static uint64_t unread(const struct tt_coverage_row *row)
{
    return row->bytes[TT_BUCKET_OPAQUE] + row->bytes[TT_BUCKET_NOT_IP] +
           row->bytes[TT_BUCKET_ENCRYPTED] + row->bytes[TT_BUCKET_LOST];
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int compare_rows(const void *left, const void *right)
{
    const struct tt_coverage_row *a = &(*(const struct row *const *)left)->row;
    const struct tt_coverage_row *b = &(*(const struct row *const *)right)->row;
    const int orders[] = {
        compare_u64(a->heading, b->heading),
        compare_u64(unread(b), unread(a)),
        compare_u64(sum(b), sum(a)),
        compare_texts(a->host, b->host),
        memcmp(&a->address, &b->address, sizeof(a->address)),
        compare_u64(a->port, b->port),
        compare_texts(a->protocol, b->protocol),
        compare_u64(a->scope, b->scope),
        compare_texts(a->country, b->country),
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(orders); i++) {
        if (orders[i] != 0)
            return orders[i];
    }
    return 0;
}

enum tt_err tt_ledger_tell(const struct tt_ledger *ledger, const struct tt_sides *sides,
                           const struct tt_names *names, const struct tt_geo *geo,
                           const struct tt_judge_sink *sink)
{
    enum tt_err result = TT_OK;
    struct row **sorted = NULL;
    const struct telling telling = {.rows =
                                        tt_map_new((size_t)TT_DESTINATIONS_MAX + OTHERS_MAX + 1),
                                    .sides = sides,
                                    .names = names,
                                    .geo = geo};
    if (telling.rows == NULL)
        return TT_ERR_MEMORY;
    result = make_rows(ledger, &telling);
    if (result != TT_OK)
        goto out;
    size_t count = tt_map_count(telling.rows);
    sorted = calloc(count + 1, sizeof(struct row *));
    if (sorted == NULL) {
        result = TT_ERR_MEMORY;
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = tt_map_at(telling.rows, i, NULL);
    qsort(sorted, count, sizeof(struct row *), compare_rows);
    for (size_t i = 0; result == TT_OK && i < count; i++)
        result = sink->coverage(sink->context, &sorted[i]->row);
out:
    free(sorted);
    tt_map_free(telling.rows, free);
    return result;
}

/* ---- parts ---- */

static void tell_part(const struct tt_ledger_part *about, const struct total *total,
                      void (*each)(void *, const struct tt_ledger_part *), void *context)
{
    struct tt_ledger_part part = *about;
    part.first = total->first_time;
    part.last = total->last_time;
    part.bytes = total->bytes;
    part.framing = total->framing;
    each(context, &part);
}

void tt_ledger_parts(const struct tt_ledger *ledger, const struct tt_sides *sides,
                     const struct tt_names *names, const struct tt_geo *geo,
                     void (*each)(void *, const struct tt_ledger_part *), void *context)
{
    const struct telling telling = {.names = names};
    for (size_t i = 0; i < tt_map_count(ledger->totals); i++) {
        struct tt_span bytes;
        struct total_key key;
        const struct total *total = tt_map_at(ledger->totals, i, &bytes);
        memcpy(&key, bytes.data, sizeof(key));
        struct tt_ledger_part part = {.protocol = key.protocol};
        struct tt_geo_place place;
        tt_place_find(sides, &key.ends, &part.place);
        tt_geo_find(geo, part.place.addr, &place);
        part.host = row_host(&telling, &key, &part.place);
        part.country = place.country[0] == '\0' ? NULL : place.country;
        part.network = place.network[0] == '\0' ? NULL : place.network;
        tell_part(&part, total, each, context);
    }
    /* Of the rest only the scope is known; whoever sent it, the device may have. */
    struct tt_ledger_part other = {.protocol = others_name,
                                   .place = {.heading = TT_HEADING_UNKNOWN}};
    for (size_t i = 0; i < tt_map_count(ledger->others); i++) {
        struct tt_span bytes;
        struct total_key key;
        const struct total *total = tt_map_at(ledger->others, i, &bytes);
        memcpy(&key, bytes.data, sizeof(key));
        other.place.scope = (enum tt_addr_scope)key.ends.addr[1].bytes[0];
        other.place.scope_open = key.ends.onward == TT_ONWARD_OPEN;
        tell_part(&other, total, each, context);
    }
    other.place.scope = TT_ADDR_SCOPE_INTERNET;
    other.place.scope_open = true;
    if (ledger->rest.flows > 0)
        tell_part(&other, &ledger->rest, each, context);
}
