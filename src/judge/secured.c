#include "judge/secured.h"

#include "base/map.h"
#include "judge/place.h"
#include "model/frame.h"

#include <stdlib.h>

/* What tells rows apart while they are collected. Compared as bytes: every byte is set, and texts
 * are kept ones. */
struct key {
    struct tt_ends ends;
    const char *protocol;
    struct tt_tls_facts facts;
};

struct tt_said {
    struct key key;
    uint64_t connections; /* that said this, and nothing else so far */
    uint64_t order;       /* of the first */
    uint64_t flow;        /* of the first of those that are counted, as the next ones */
    uint64_t frame;
    uint64_t time;
};

struct row {
    struct tt_tls_row row;
    uint64_t order;
};

struct tt_secured {
    struct tt_texts *texts; /* apart from those of findings, which no certificate shall crowd out */
    struct tt_map *said;
    struct row *rows;
    size_t count;
};

struct tt_secured *tt_secured_new(void)
{
    struct tt_secured *secured = calloc(1, sizeof(*secured));
    if (secured == NULL)
        return NULL;
    secured->texts = tt_texts_new();
    secured->said = tt_map_new(TT_SECURED_MAX);
    if (secured->texts == NULL || secured->said == NULL) {
        tt_secured_free(secured);
        return NULL;
    }
    return secured;
}

void tt_secured_free(struct tt_secured *secured)
{
    if (secured == NULL)
        return;
    tt_map_free(secured->said, free);
    tt_texts_free(secured->texts);
    free(secured->rows);
    free(secured);
}

/* ---- collecting ---- */

static enum tt_err add_text(struct tt_secured *secured, const char *text, const char **kept)
{
    return *kept != NULL || text == NULL ? TT_OK : tt_texts_keep(secured->texts, text, kept);
}

static enum tt_err add_certificate(struct tt_secured *secured,
                                   const struct tt_tls_certificate *from,
                                   struct tt_tls_certificate *into)
{
    const struct {
        const char *from;
        const char **into;
    } texts[] = {{from->subject, &into->subject},
                 {from->issuer, &into->issuer},
                 {from->organisation, &into->organisation},
                 {from->country, &into->country},
                 {from->state, &into->state},
                 {from->locality, &into->locality},
                 {from->names, &into->names}};
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_ARRAY_LEN(texts) && result == TT_OK; i++)
        result = add_text(secured, texts[i].from, texts[i].into);
    into->names_left_out = from->names_left_out;
    into->not_before = from->not_before;
    into->not_after = from->not_after;
    return result;
}

static enum tt_err add_facts(struct tt_secured *secured, const struct tt_tls_facts *from,
                             struct tt_tls_facts *into)
{
    const struct {
        const char *from;
        const char **into;
    } texts[] = {{from->server_name, &into->server_name},
                 {from->version, &into->version},
                 {from->cipher, &into->cipher},
                 {from->ja4, &into->ja4},
                 {from->alpn_offered, &into->alpn_offered},
                 {from->alpn, &into->alpn}};
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_ARRAY_LEN(texts) && result == TT_OK; i++)
        result = add_text(secured, texts[i].from, texts[i].into);
    into->encrypted_client_hello |= from->encrypted_client_hello;
    if (result != TT_OK || !from->has_certificate || into->has_certificate)
        return result;
    into->has_certificate = true;
    return add_certificate(secured, &from->certificate, &into->certificate);
}

static enum tt_err find(struct tt_secured *secured, const struct key *key,
                        struct tt_said **ret_said)
{
    struct tt_said *said = tt_map_get(secured->said, tt_span_of(key, sizeof(*key)));
    if (said == NULL) {
        said = calloc(1, sizeof(*said));
        if (said == NULL)
            return TT_ERR_MEMORY;
        memcpy(&said->key, key, sizeof(*key));
        said->order = tt_map_count(secured->said);
        enum tt_err result = tt_map_put(secured->said, tt_span_of(key, sizeof(*key)), said);
        if (result != TT_OK) {
            free(said);
            return result;
        }
    }
    *ret_said = said;
    return TT_OK;
}

enum tt_err tt_secured_take(struct tt_secured *secured, const struct tt_flow *flow,
                            const char *protocol, const struct tt_tls_facts *facts,
                            struct tt_said **said)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    enum tt_err result = TT_OK;
    if (*said != NULL) {
        memcpy(&key, &(*said)->key, sizeof(key));
    } else {
        tt_ends_of(flow, TT_FROM_INITIATOR, &key.ends);
        result = tt_texts_keep(secured->texts, protocol, &key.protocol);
    }
    if (result == TT_OK)
        result = add_facts(secured, facts, &key.facts);
    struct tt_said *now = NULL;
    if (result == TT_OK)
        result = find(secured, &key, &now);
    if (result != TT_OK || now == *said)
        return result;
    if (*said != NULL)
        (*said)->connections--;
    if (now->connections++ == 0) {
        now->flow = flow->id;
        now->frame = flow->first_frame;
        now->time = flow->first_time;
    }
    *said = now;
    return TT_OK;
}

/* ---- settling ---- */

static const char *name_of(const struct tt_said *said, const struct tt_names *names)
{
    const struct tt_tls_facts *facts = &said->key.facts;
    struct tt_addr addr = said->key.ends.addr[1];
    const char *name = facts->server_name;
    if (name == NULL)
        name = tt_names_of_flow(names, TT_NAME_CERTIFICATE, said->flow);
    if (name == NULL)
        name = tt_names_of_addr(names, TT_NAME_DNS, addr, said->frame, said->time);
    if (name == NULL)
        name = tt_names_of_addr(names, TT_NAME_CAPTURE, addr, said->frame, said->time);
    return name;
}

/* NULL stands last. */
static int compare_texts(const char *left, const char *right)
{
    if (left == NULL || right == NULL)
        return (left == NULL) - (right == NULL);
    return strcmp(left, right);
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    int order = (a->row.heading > b->row.heading) - (a->row.heading < b->row.heading);
    if (order == 0)
        order = compare_texts(a->row.host, b->row.host);
    if (order == 0)
        order = memcmp(&a->row.address, &b->row.address, sizeof(a->row.address));
    if (order == 0)
        order = (a->row.port > b->row.port) - (a->row.port < b->row.port);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* Which addresses the client has is no difference between rows. Every byte is set. */
struct row_key {
    struct tt_addr addr;
    uint16_t port;
    uint8_t heading;
    uint8_t scope;
    const char *protocol;
    const char *host;
    struct tt_tls_facts facts;
};

static void key_of(const struct tt_said *said, const struct tt_sides *sides,
                   const struct tt_names *names, struct row_key *ret_key)
{
    struct tt_place place;
    tt_place_find(sides, &said->key.ends, &place);
    memset(ret_key, 0, sizeof(*ret_key));
    ret_key->addr = said->key.ends.addr[1];
    ret_key->port = said->key.ends.port[1];
    ret_key->heading = (uint8_t)place.heading;
    ret_key->scope = (uint8_t)place.scope;
    ret_key->protocol = said->key.protocol;
    ret_key->host = name_of(said, names);
    memcpy(&ret_key->facts, &said->key.facts, sizeof(ret_key->facts));
}

static enum tt_err add_row(struct tt_secured *secured, struct tt_map *rows,
                           const struct tt_said *said, const struct row_key *key,
                           const char *capture)
{
    struct row *row = tt_map_get(rows, tt_span_of(key, sizeof(*key)));
    if (row != NULL) {
        row->row.connections += said->connections;
        return TT_OK;
    }
    row = &secured->rows[secured->count++];
    *row = (struct row){.row = {.protocol = key->protocol,
                                .facts = key->facts,
                                .host = key->host,
                                .address = key->addr,
                                .port = key->port,
                                .heading = (enum tt_heading)key->heading,
                                .scope = (enum tt_addr_scope)key->scope,
                                .connections = said->connections,
                                .capture = capture,
                                .flow = said->flow,
                                .frame = tt_frame_number(said->frame)},
                        .order = said->order};
    return tt_map_put(rows, tt_span_of(key, sizeof(*key)), row);
}

enum tt_err tt_secured_settle(struct tt_secured *secured, const struct tt_sides *sides,
                              const struct tt_names *names, const char *const *captures,
                              size_t capture_count)
{
    size_t count = tt_map_count(secured->said);
    struct tt_map *rows = tt_map_new(TT_SECURED_MAX);
    secured->rows = calloc(count + 1, sizeof(*secured->rows));
    enum tt_err result = rows == NULL || secured->rows == NULL ? TT_ERR_MEMORY : TT_OK;
    for (size_t i = 0; i < count && result == TT_OK; i++) {
        const struct tt_said *said = tt_map_at(secured->said, i, NULL);
        uint32_t capture = said->key.ends.capture;
        struct row_key key;
        if (said->connections == 0)
            continue;
        key_of(said, sides, names, &key);
        result =
            add_row(secured, rows, said, &key, capture < capture_count ? captures[capture] : "");
    }
    tt_map_free(rows, NULL);
    qsort(secured->rows, secured->count, sizeof(*secured->rows), compare_rows);
    return result;
}

size_t tt_secured_count(const struct tt_secured *secured)
{
    return secured->count;
}

const struct tt_tls_row *tt_secured_at(const struct tt_secured *secured, size_t at)
{
    return &secured->rows[at].row;
}
