#include "decrypt/quic_state.h"

#include "base/compiler.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
    LEN_UNKNOWN = 0xff,
    MIGRATION_ID_MIN = 4,   /* shorter IDs tell nothing outside of their flow */
    UNOPENED_ID_MIN = 8,    /* the same where no key can confirm it */
    CLIENT_FIRST_ID_MIN = 8 /* RFC 9000, section 7.2 */
};

/* ---- connection IDs ---- */

static struct tt_quic_cid *find_own_cid(const struct tt_quic *quic, struct tt_span bytes)
{
    struct tt_quic_cid *cid = quic->cids;
    while (cid != NULL && !tt_span_eq(tt_span_of(cid->bytes, cid->len), bytes))
        cid = cid->next;
    return cid;
}

static void free_cid(struct tt_quic *quic, struct tt_quic_cid *cid)
{
    struct tt_quic_table *table = quic->table;
    if (cid->linked) {
        tt_quic_index_remove(&table->cids, &cid->link);
        table->cid_lens[cid->len]--;
    }
    quic->cid_count--;
    tt_slab_give(&table->cid_slab, cid);
}

static void drop_oldest_cid(struct tt_quic *quic)
{
    struct tt_quic_cid **at = &quic->cids;
    while ((*at)->next != NULL)
        at = &(*at)->next;
    struct tt_quic_cid *oldest = *at;
    *at = NULL;
    free_cid(quic, oldest);
}

void tt_quic_cid_add(struct tt_quic *quic, uint8_t owner, struct tt_span bytes,
                     struct tt_span token)
{
    struct tt_quic_table *table = quic->table;
    if (bytes.len == 0 || bytes.len > TT_QUIC_CID_MAX || find_own_cid(quic, bytes) != NULL)
        return;
    if (quic->cid_count >= TT_QUIC_CIDS_MAX)
        drop_oldest_cid(quic);
    struct tt_quic_cid *cid = tt_slab_take(&table->cid_slab);
    if (cid == NULL)
        return;
    cid->quic = quic;
    cid->owner = owner;
    cid->len = (uint8_t)bytes.len;
    memcpy(cid->bytes, bytes.data, bytes.len);
    cid->has_token = token.len == TT_QUIC_RESET_TOKEN_LEN;
    if (cid->has_token)
        memcpy(cid->token, token.data, token.len);
    cid->linked = tt_quic_index_add(&table->cids, &cid->link,
                                    tt_quic_hash(&table->cids, cid->bytes, cid->len)) == TT_OK;
    if (cid->linked)
        table->cid_lens[cid->len]++;
    cid->next = quic->cids;
    quic->cids = cid;
    quic->cid_count++;
}

bool tt_quic_is_reset(const struct tt_quic *quic, uint8_t sender, struct tt_span datagram)
{
    if (datagram.len < 5 + TT_QUIC_RESET_TOKEN_LEN)
        return false;
    const uint8_t *tail = datagram.data + datagram.len - TT_QUIC_RESET_TOKEN_LEN;
    for (const struct tt_quic_cid *cid = quic->cids; cid != NULL; cid = cid->next)
        if (cid->has_token && cid->owner == sender &&
            memcmp(cid->token, tail, TT_QUIC_RESET_TOKEN_LEN) == 0)
            return true;
    return false;
}

/* ---- paths ---- */

static uint64_t flow_hash(const struct tt_quic_table *table, const struct tt_flow *flow)
{
    uint64_t key = (uint64_t)(uintptr_t)flow;
    return tt_quic_hash(&table->paths, &key, sizeof(key));
}

/* The links are first members. */
static struct tt_quic_path *first_path(const struct tt_quic_table *table,
                                       const struct tt_flow *flow)
{
    struct tt_quic_link *link = tt_quic_index_first(&table->paths, flow_hash(table, flow));
    while (link != NULL && ((struct tt_quic_path *)link)->flow != flow)
        link = tt_quic_index_next(link);
    return (struct tt_quic_path *)link;
}

static struct tt_quic_path *next_path(struct tt_quic_path *path)
{
    struct tt_quic_link *link = tt_quic_index_next(&path->link);
    while (link != NULL && ((struct tt_quic_path *)link)->flow != path->flow)
        link = tt_quic_index_next(link);
    return (struct tt_quic_path *)link;
}

static struct tt_quic_path **own_path(struct tt_quic *quic, const struct tt_flow *flow)
{
    struct tt_quic_path **at = &quic->paths;
    while (*at != NULL && (*at)->flow != flow)
        at = &(*at)->next;
    return at;
}

/* Takes the path at `at` off its connection. */
static void free_path(struct tt_quic *quic, struct tt_quic_path **at)
{
    struct tt_quic_table *table = quic->table;
    struct tt_quic_path *path = *at;
    *at = path->next;
    tt_quic_index_remove(&table->paths, &path->link);
    quic->path_count--;
    tt_slab_give(&table->path_slab, path);
}

static bool add_path(struct tt_quic *quic, struct tt_flow *flow, uint8_t client)
{
    struct tt_quic_table *table = quic->table;
    struct tt_quic_path *path = tt_slab_take(&table->path_slab);
    if (path == NULL)
        return false;
    if (tt_quic_index_add(&table->paths, &path->link, flow_hash(table, flow)) != TT_OK) {
        tt_slab_give(&table->path_slab, path);
        return false;
    }
    if (quic->path_count >= TT_QUIC_PATHS_MAX) {
        struct tt_quic_path **last = &quic->paths;
        while ((*last)->next != NULL)
            last = &(*last)->next;
        free_path(quic, last);
    }
    path->quic = quic;
    path->flow = flow;
    path->client = client;
    path->next = quic->paths;
    quic->paths = path;
    quic->path_count++;
    return true;
}

void tt_quic_route_settle(struct tt_quic_turn *turn)
{
    struct tt_quic *quic = turn->quic;
    struct tt_flow *flow = turn->chunk->flow;
    if (quic->paths != NULL && quic->paths->flow == flow)
        return;
    struct tt_quic_path **at = own_path(quic, flow);
    struct tt_quic_path *path = *at;
    if (path != NULL) {
        *at = path->next;
        path->next = quic->paths;
        quic->paths = path;
        return;
    }
    uint8_t direction = (uint8_t)turn->chunk->direction;
    uint8_t client = turn->sender == TT_QUIC_CLIENT ? direction : (uint8_t)(1 - direction);
    if (add_path(quic, flow, client))
        tt_quic_note(quic, flow, "quic.migration", turn->origin.first_frame, 0,
                     "a QUIC connection went on over other addresses");
}

struct tt_flow *tt_quic_flow(const struct tt_quic *quic)
{
    return quic->paths == NULL ? NULL : quic->paths->flow;
}

enum tt_direction tt_quic_direction(const struct tt_quic *quic, uint8_t sender)
{
    uint8_t client = quic->paths == NULL ? 0 : quic->paths->client;
    return (enum tt_direction)(sender == TT_QUIC_CLIENT ? client : 1 - client);
}

/* ---- connections ---- */

static void list_add(struct tt_quic_table *table, struct tt_quic *quic)
{
    quic->newer = NULL;
    quic->older = table->newest;
    if (table->newest != NULL)
        table->newest->newer = quic;
    else
        table->oldest = quic;
    table->newest = quic;
}

static void list_remove(struct tt_quic_table *table, struct tt_quic *quic)
{
    if (quic->older != NULL)
        quic->older->newer = quic->newer;
    else
        table->oldest = quic->newer;
    if (quic->newer != NULL)
        quic->newer->older = quic->older;
    else
        table->newest = quic->older;
}

void tt_quic_close(struct tt_quic *quic)
{
    struct tt_quic_table *table = quic->table;
    tt_quic_stream_end_all(quic);
    if (table->sink->close != NULL)
        table->sink->close(table->sink->context, quic->user);
    tt_quic_crypto_drop(quic);
    for (size_t level = 0; level < TT_QUIC_LEVEL_COUNT; level++)
        tt_quic_keys_drop(quic, (enum tt_quic_level)level);
    while (quic->cids != NULL)
        drop_oldest_cid(quic);
    while (quic->paths != NULL)
        free_path(quic, &quic->paths);
    free(quic->skipped);
    list_remove(table, quic);
    table->count--;
    tt_slab_give(&table->quic_slab, quic);
}

static struct tt_quic *open_connection(struct tt_quic_table *table, struct tt_flow *flow,
                                       uint8_t client)
{
    if (table->count >= TT_QUIC_CONNECTIONS_MAX) {
        tt_quic_note(table->oldest, tt_quic_flow(table->oldest), "quic.connections_limit", 0, 0,
                     "a silent QUIC connection was given up, since too many were open");
        tt_quic_close(table->oldest);
    }
    struct tt_quic *quic = tt_slab_take(&table->quic_slab);
    if (quic == NULL)
        return NULL;
    quic->table = table;
    quic->cid_lens[TT_QUIC_CLIENT] = LEN_UNKNOWN;
    quic->cid_lens[TT_QUIC_SERVER] = LEN_UNKNOWN;
    if (!add_path(quic, flow, client)) {
        tt_slab_give(&table->quic_slab, quic);
        return NULL;
    }
    list_add(table, quic);
    table->count++;
    if (table->sink->open != NULL)
        quic->user = table->sink->open(table->sink->context, quic, flow);
    return quic;
}

/* ---- whose datagram it is ---- */

/* The connection that has this ID: one of this flow, else the newest one. */
static struct tt_quic_cid *find_cid(const struct tt_quic_table *table, struct tt_span bytes,
                                    const struct tt_flow *flow)
{
    struct tt_quic_cid *found = NULL;
    if (bytes.len == 0 || bytes.len > TT_QUIC_CID_MAX || table->cid_lens[bytes.len] == 0)
        return NULL;
    uint64_t hash = tt_quic_hash(&table->cids, bytes.data, bytes.len);
    struct tt_quic_link *link = tt_quic_index_first(&table->cids, hash);
    for (; link != NULL; link = tt_quic_index_next(link)) {
        struct tt_quic_cid *cid = (struct tt_quic_cid *)link;
        if (!tt_span_eq(tt_span_of(cid->bytes, cid->len), bytes))
            continue;
        if (*own_path(cid->quic, flow) != NULL)
            return cid;
        if (found == NULL && bytes.len >= MIGRATION_ID_MIN)
            found = cid;
    }
    return found;
}

/* The sender, as the flow says it. */
static void set_by_path(struct tt_quic_turn *turn, const struct tt_quic_path *path)
{
    turn->quic = path->quic;
    turn->sender =
        turn->chunk->direction == (enum tt_direction)path->client ? TT_QUIC_CLIENT : TT_QUIC_SERVER;
}

static void set_by_cid(struct tt_quic_turn *turn, const struct tt_quic_cid *cid)
{
    turn->quic = cid->quic;
    turn->sender = cid->owner == TT_QUIC_CLIENT ? TT_QUIC_SERVER : TT_QUIC_CLIENT;
    turn->cid_len = cid->len;
}

/* A client's first Initial that is sent again under another ID. */
static bool begins_again(const struct tt_quic *quic, const struct tt_quic_packet *packet)
{
    if (quic->server_seen || quic->initial_version != packet->version)
        return false;
    if (packet->scid.len == 0)
        return quic->cid_lens[TT_QUIC_CLIENT] == 0;
    const struct tt_quic_cid *cid = find_own_cid(quic, packet->scid);
    return cid != NULL && cid->owner == TT_QUIC_CLIENT;
}

/* Who sent the first packet that was seen of a connection? */
static bool is_of_client(struct tt_quic_table *table, const struct tt_quic_packet *packet,
                         const struct tt_chunk *chunk)
{
    uint64_t number = 0;
    if (packet->type == TT_QUIC_TYPE_NEGOTIATION || packet->type == TT_QUIC_TYPE_RETRY)
        return false;
    if (packet->type == TT_QUIC_TYPE_EARLY || packet->type == TT_QUIC_TYPE_OTHER)
        return true;
    if (packet->dcid.len < CLIENT_FIRST_ID_MIN)
        return false;
    if (packet->type == TT_QUIC_TYPE_INITIAL && !packet->cut)
        return tt_quic_keys_is_first(table, packet, &number);
    /* Servers have the lower port. */
    const struct tt_endpoint *ends = chunk->flow->ends;
    return ends[chunk->direction].port >= ends[1 - chunk->direction].port;
}

static bool begin(struct tt_quic_table *table, const struct tt_quic_packet *packet,
                  struct tt_quic_turn *turn)
{
    uint8_t direction = (uint8_t)turn->chunk->direction;
    bool client = is_of_client(table, packet, turn->chunk);
    turn->sender = client ? TT_QUIC_CLIENT : TT_QUIC_SERVER;
    turn->quic =
        open_connection(table, turn->chunk->flow, client ? direction : (uint8_t)(1 - direction));
    if (turn->quic == NULL)
        return false;
    turn->quic->version = packet->version;
    if (client && packet->type == TT_QUIC_TYPE_INITIAL)
        tt_quic_keys_set_initial(turn->quic, packet->version, packet->dcid);
    return true;
}

static bool negotiates(const struct tt_quic_packet *packet)
{
    struct tt_reader reader = tt_reader_of(packet->body);
    while (tt_reader_left(&reader) > 0)
        if (tt_quic_version_find(tt_read_u32(&reader)) != NULL)
            return true;
    return false;
}

static bool route_long(struct tt_quic_table *table, struct tt_quic_turn *turn)
{
    struct tt_quic_packet packet;
    struct tt_quic_path *path = first_path(table, turn->chunk->flow);
    if (!tt_quic_packet_read(turn->chunk->bytes, 0, &packet)) {
        if (path != NULL)
            set_by_path(turn, path);
        return path != NULL;
    }
    const struct tt_quic_cid *cid = find_cid(table, packet.dcid, turn->chunk->flow);
    if (cid != NULL) {
        set_by_cid(turn, cid);
        return true;
    }
    if (packet.type == TT_QUIC_TYPE_NEGOTIATION && path == NULL && !negotiates(&packet))
        return false;
    if (path == NULL)
        return begin(table, &packet, turn);
    set_by_path(turn, path);
    if (packet.type == TT_QUIC_TYPE_INITIAL && turn->sender == TT_QUIC_CLIENT &&
        packet.dcid.len >= CLIENT_FIRST_ID_MIN && !begins_again(turn->quic, &packet))
        return begin(table, &packet, turn);
    return true;
}

/* An ID of the receiver of this datagram that stands at its place. */
static const struct tt_quic_cid *match_own(const struct tt_quic *quic, uint8_t owner,
                                           struct tt_span rest)
{
    const struct tt_quic_cid *cid = quic->cids;
    while (cid != NULL &&
           (cid->owner != owner || !tt_span_starts(rest, tt_span_of(cid->bytes, cid->len))))
        cid = cid->next;
    return cid;
}

/* On a flow that no connection is known to use. */
static bool route_migrated(struct tt_quic_table *table, struct tt_span rest,
                           struct tt_quic_turn *turn)
{
    for (size_t len = TT_QUIC_CID_MAX; len >= MIGRATION_ID_MIN; len--) {
        if (table->cid_lens[len] == 0 || rest.len < len)
            continue;
        const struct tt_quic_cid *cid =
            find_cid(table, tt_span_sub(rest, 0, len), turn->chunk->flow);
        if (cid == NULL)
            continue;
        set_by_cid(turn, cid);
        turn->tentative = turn->quic->openings[TT_QUIC_TRAFFIC][turn->sender].seal != NULL;
        /* Peers that agreed upon it set the fixed bit at random (RFC 9287). */
        bool fixed = (turn->chunk->bytes.data[0] & TT_QUIC_FIXED_BIT) != 0;
        if (turn->tentative || (fixed && len >= UNOPENED_ID_MIN))
            return true;
    }
    return false;
}

/* Where servers of QUIC are: other datagrams are too many to try all secrets on. */
static bool is_usual_port(uint16_t port)
{
    static const uint16_t ports[] = {443, 80, 784, 853, 4433, 7443, 8443};
    for (size_t i = 0; i < TT_ARRAY_LEN(ports); i++)
        if (ports[i] == port)
            return true;
    return false;
}

/* A connection that began before the capture did. */
static bool begin_late(struct tt_quic_table *table, struct tt_quic_turn *turn)
{
    const struct tt_chunk *chunk = turn->chunk;
    uint8_t direction = (uint8_t)chunk->direction;
    const struct tt_endpoint *ends = chunk->flow->ends;
    bool to_server = is_usual_port(ends[1 - direction].port);
    struct tt_quic_late late;
    if (tt_keys_count(table->keys) == 0 || (!to_server && !is_usual_port(ends[direction].port)) ||
        (chunk->bytes.data[0] & TT_QUIC_FIXED_BIT) == 0)
        return false;
    turn->sender = to_server ? TT_QUIC_CLIENT : TT_QUIC_SERVER;
    if (!tt_quic_guess_late(table, turn->sender, chunk->bytes, &late))
        return false;
    turn->quic =
        open_connection(table, chunk->flow, to_server ? direction : (uint8_t)(1 - direction));
    if (turn->quic == NULL)
        return false;
    turn->quic->version = late.version;
    memcpy(turn->quic->random, late.random, sizeof(late.random));
    turn->quic->has_random = true;
    turn->quic->cid_lens[1 - turn->sender] = (uint8_t)late.cid_len;
    turn->cid_len = late.cid_len;
    return true;
}

/* By its secrets, where no packet with an ID of the receiver was seen. */
static size_t guess_length(struct tt_quic_turn *turn)
{
    struct tt_quic *quic = turn->quic;
    size_t len = 0;
    if (tt_quic_guess_length(quic, turn->sender, turn->chunk->bytes, &len))
        quic->cid_lens[1 - turn->sender] = (uint8_t)len;
    return len;
}

static bool route_short(struct tt_quic_table *table, struct tt_quic_turn *turn)
{
    struct tt_span rest = tt_span_from(turn->chunk->bytes, 1);
    struct tt_quic_path *path = first_path(table, turn->chunk->flow);
    if (path == NULL)
        return route_migrated(table, rest, turn) || begin_late(table, turn);
    for (struct tt_quic_path *at = path; at != NULL; at = next_path(at)) {
        set_by_path(turn, at);
        uint8_t owner = (uint8_t)(1 - turn->sender);
        const struct tt_quic_cid *cid = match_own(turn->quic, owner, rest);
        if (cid == NULL)
            continue;
        turn->cid_len = cid->len;
        return true;
    }
    set_by_path(turn, path);
    uint8_t len = turn->quic->cid_lens[1 - turn->sender];
    turn->cid_len = len == LEN_UNKNOWN ? guess_length(turn) : len;
    return true;
}

bool tt_quic_route(struct tt_quic_table *table, const struct tt_chunk *chunk,
                   struct tt_quic_turn *ret_turn)
{
    struct tt_quic_turn turn = {.chunk = chunk, .origin = table->now};
    if (chunk->bytes.len == 0)
        return false;
    bool is_long = (chunk->bytes.data[0] & TT_QUIC_LONG_BIT) != 0;
    if (is_long ? !route_long(table, &turn) : !route_short(table, &turn))
        return false;
    list_remove(table, turn.quic);
    list_add(table, turn.quic);
    *ret_turn = turn;
    return true;
}

void tt_quic_flow_end(struct tt_quic_table *table, const struct tt_flow *flow)
{
    struct tt_quic_path *path = first_path(table, flow);
    while (path != NULL) {
        struct tt_quic *quic = path->quic;
        if (quic->path_count == 1)
            tt_quic_close(quic);
        else
            free_path(quic, own_path(quic, flow));
        path = first_path(table, flow);
    }
}

/* ---- the table ---- */

enum tt_err tt_quic_table_new(const struct tt_keys *keys, const struct tt_quic_sink *sink,
                              struct tt_quic_table **ret_table)
{
    struct tt_quic_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return TT_ERR_MEMORY;
    table->keys = keys;
    table->sink = sink;
    table->quic_slab = tt_slab_make(sizeof(struct tt_quic));
    table->cid_slab = tt_slab_make(sizeof(struct tt_quic_cid));
    table->path_slab = tt_slab_make(sizeof(struct tt_quic_path));
    table->stream_slab = tt_slab_make(sizeof(struct tt_quic_stream));
    uint64_t seed = (uint64_t)(uintptr_t)table;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed ^= (uint64_t)(uintptr_t)&seed;
    table->cids.seed = seed;
    table->paths.seed = seed;
    table->streams.seed = seed;
    enum tt_err err = tt_crypto_new(&table->crypto);
    if (err == TT_OK)
        err = tt_quic_crypto_new(table->crypto, &table->quic_crypto);
    if (err == TT_OK)
        *ret_table = table;
    else
        tt_quic_table_free(table);
    return err;
}

void tt_quic_table_free(struct tt_quic_table *table)
{
    if (table == NULL)
        return;
    while (table->oldest != NULL)
        tt_quic_close(table->oldest);
    tt_slab_free(&table->quic_slab);
    tt_slab_free(&table->cid_slab);
    tt_slab_free(&table->path_slab);
    tt_slab_free(&table->stream_slab);
    tt_quic_index_free(&table->cids);
    tt_quic_index_free(&table->paths);
    tt_quic_index_free(&table->streams);
    tt_quic_crypto_free(table->quic_crypto);
    tt_crypto_free(table->crypto);
    free(table);
}

size_t tt_quic_count(const struct tt_quic_table *table)
{
    return table->count;
}
