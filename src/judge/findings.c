#include "judge/findings.h"

#include "base/map.h"
#include "judge/chance.h"
#include "judge/luck.h"
#include "judge/parties.h"
#include "judge/policy_data.h"

#include <stdlib.h>

/* What findings must agree in. Compared as bytes: every byte is set. */
struct key {
    const char *form;
    const char *const *transform;
    const char *const *path;
    const char *protocol;
    const char *host;
    const char *encryption;
    const char *app;
    uint64_t phase;
    struct tt_addr addr;
    uint8_t readable;
    uint16_t port;
    uint32_t capture;
    uint32_t identifier;
    uint8_t heading;
    uint8_t consent;
    uint8_t scope;
    uint8_t is_initiator;
    uint8_t scope_open;
};

struct name_list {
    struct tt_destination_name items[TT_FINDING_NAMES_MAX];
    size_t count;
};

/* A finding in the making. */
struct draft {
    struct key key;
    struct tt_group *group; /* all hits, merged */
    const char *host_source;
    struct tt_destination_name *names;
    size_t name_count;
    double partner_bits; /* of the other coordinate beside it; 0: none */
    uint64_t found;      /* tt_luck.found */
};

struct making {
    const struct tt_evidence *evidence;
    uint64_t entries[TT_KIND_COUNT]; /* identifiers of each kind */
    struct tt_map *by_key;
    const char **clauses;
};

/* ---- names ---- */

static void add_name(struct name_list *list, const char *name, const char *source)
{
    if (name == NULL || list->count == TT_FINDING_NAMES_MAX)
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].name == name && strcmp(list->items[i].source, source) == 0)
            return;
    }
    list->items[list->count++] = (struct tt_destination_name){.name = name, .source = source};
}

/* The name that an address had when a flow began: that is what the flow was opened for. Only where
 * it had none by then, a later one counts. */
static const char *addr_name(const struct making *making, enum tt_name_source source,
                             const struct tt_group *group, const struct tt_place *place,
                             const struct tt_flow_ref *flow)
{
    const struct tt_names *names = making->evidence->names;
    const char *name =
        tt_names_of_addr(names, source, place->addr, flow->first_frame, flow->first_time);
    if (name == NULL)
        name = tt_names_of_addr(names, source, place->addr, group->first_frame, group->first_seen);
    return name;
}

/* All names of a group's destination, the best source first. */
static void collect_names(const struct making *making, const struct tt_group *group,
                          const struct tt_place *place, struct name_list *list)
{
    static const enum tt_name_source sources[] = {TT_NAME_HTTP, TT_NAME_SNI, TT_NAME_CERTIFICATE,
                                                  TT_NAME_DNS, TT_NAME_CAPTURE};
    const struct tt_names *names = making->evidence->names;
    for (size_t s = 0; s < TT_ARRAY_LEN(sources); s++) {
        const char *source = tt_name_source_name(sources[s]);
        bool of_addr = sources[s] == TT_NAME_DNS || sources[s] == TT_NAME_CAPTURE;
        if (sources[s] == TT_NAME_HTTP && !place->is_initiator)
            add_name(list, group->key.host,
                     group->key.host_source == NULL ? source : group->key.host_source);
        for (size_t i = 0; sources[s] != TT_NAME_HTTP && i < group->flow_count; i++) {
            const struct tt_flow_ref *flow = &group->flows[i];
            if (of_addr)
                add_name(list, addr_name(making, sources[s], group, place, flow), source);
            else if (!place->is_initiator)
                add_name(list, tt_names_of_flow(names, sources[s], flow->id), source);
        }
    }
}

/* The less, the more a source is worth. */
static size_t source_rank(const char *source)
{
    static const char *const order[] = {"http", "sni", "certificate", "dns", "capture"};
    size_t at = 0;
    while (at < TT_ARRAY_LEN(order) && (source == NULL || strcmp(order[at], source) != 0))
        at++;
    return at;
}

/* Adds a group's names to those of the draft, and keeps the order of the sources. */
static enum tt_err merge_names(struct draft *draft, const struct name_list *more)
{
    struct name_list list = {.count = draft->name_count};
    if (draft->name_count > 0)
        memcpy(list.items, draft->names, draft->name_count * sizeof(*draft->names));
    for (size_t i = 0; i < more->count; i++)
        add_name(&list, more->items[i].name, more->items[i].source);
    if (list.count == draft->name_count)
        return TT_OK;
    struct tt_destination_name *names = realloc(draft->names, list.count * sizeof(*names));
    if (names == NULL)
        return TT_ERR_MEMORY;
    draft->names = names;
    for (draft->name_count = 0; draft->name_count < list.count; draft->name_count++) {
        struct tt_destination_name name = list.items[draft->name_count];
        size_t at = draft->name_count;
        for (; at > 0 && source_rank(names[at - 1].source) > source_rank(name.source); at--)
            names[at] = names[at - 1];
        names[at] = name;
    }
    return TT_OK;
}

/* ---- merging ---- */

static enum tt_consent consent_of(const struct making *making, const struct tt_group *group,
                                  const struct tt_place *place, const char *host)
{
    const struct tt_judge_config *config = making->evidence->config;
    char text[TT_ADDR_TEXT_MAX];
    if (host == NULL)
        host = tt_addr_text(place->addr, text);
    enum tt_kind kind = config->subject->identifiers[group->key.identifier].kind;
    return tt_timeline_consent(config->timeline, group->first_seen, kind, host, group->key.app);
}

static void fill_key(const struct making *making, const struct tt_group *group,
                     const struct tt_place *place, const char *host, struct key *key)
{
    memset(key, 0, sizeof(*key));
    size_t phase = SIZE_MAX;
    (void)tt_timeline_phase(making->evidence->config->timeline, group->first_seen, &phase);
    key->form = group->key.form;
    key->transform = group->key.transform;
    key->path = group->key.path;
    key->protocol = group->key.protocol;
    key->host = host;
    key->encryption = group->key.encryption;
    key->app = group->key.app;
    key->phase = phase;
    key->addr = place->addr;
    key->readable = tt_is_readable(group->key.encryption, group->key.cipher);
    key->port = place->port;
    key->capture = group->key.capture;
    key->identifier = group->key.identifier;
    key->heading = (uint8_t)place->heading;
    key->consent = (uint8_t)consent_of(making, group, place, host);
    key->scope = (uint8_t)place->scope;
    key->scope_open = place->scope_open;
    key->is_initiator = place->is_initiator;
}

static void free_draft(void *value)
{
    struct draft *draft = value;
    free(draft->names);
    free(draft);
}

static enum tt_err add_draft(struct making *making, const struct key *key, struct tt_group *group,
                             const struct name_list *list)
{
    struct draft *draft = calloc(1, sizeof(*draft));
    if (draft == NULL)
        return TT_ERR_MEMORY;
    draft->key = *key;
    draft->group = group;
    draft->host_source = list->count == 0 ? NULL : list->items[0].source;
    enum tt_err result = merge_names(draft, list);
    if (result == TT_OK)
        result = tt_map_put(making->by_key, tt_span_of(key, sizeof(*key)), draft);
    if (result != TT_OK)
        free_draft(draft);
    return result;
}

static enum tt_err settle_group(struct making *making, struct tt_group *group)
{
    struct tt_place place;
    tt_place_find(making->evidence->sides, &group->key.ends, &place);
    struct name_list list = {.count = 0};
    collect_names(making, group, &place, &list);
    const char *host = list.count == 0 ? NULL : list.items[0].name;
    enum tt_err result = TT_OK;
    if (making->evidence->sightings != NULL)
        result = tt_sightings_hits(making->evidence->sightings, group->key.identifier, &place, host,
                                   group->times, group->time_count);
    if (result != TT_OK)
        return result;
    struct key key;
    fill_key(making, group, &place, host, &key);
    struct draft *draft = tt_map_get(making->by_key, tt_span_of(&key, sizeof(key)));
    if (draft == NULL)
        return add_draft(making, &key, group, &list);
    /* The host is the same, and may have been learned from a better source here. */
    if (list.count > 0 && source_rank(list.items[0].source) < source_rank(draft->host_source))
        draft->host_source = list.items[0].source;
    result = merge_names(draft, &list);
    return result == TT_OK ? tt_group_merge(draft->group, group) : result;
}

/* ---- order ---- */

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_texts(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_lists(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        int order = strcmp(a[i], b[i]);
        if (order != 0)
            return order;
    }
    return compare_u64(a_count, b_count);
}

/* Only makes the order the same in every run. */
static int compare_alike(const struct draft *a, const struct draft *b)
{
    const struct tt_group *ga = a->group;
    const struct tt_group *gb = b->group;
    const int orders[] = {
        compare_u64(a->key.identifier, b->key.identifier),
        compare_texts(a->key.form, b->key.form),
        compare_lists(a->key.transform, ga->transform_count, b->key.transform, gb->transform_count),
        compare_lists(a->key.path, ga->path_count, b->key.path, gb->path_count),
        compare_texts(a->key.protocol, b->key.protocol),
        compare_u64(a->key.heading, b->key.heading),
        compare_texts(a->key.host, b->key.host),
        memcmp(&a->key.addr, &b->key.addr, sizeof(a->key.addr)),
        compare_u64(a->key.port, b->key.port),
        compare_texts(a->key.encryption, b->key.encryption),
        compare_u64(a->key.readable, b->key.readable),
        compare_texts(a->key.app, b->key.app),
        compare_u64(a->key.phase, b->key.phase),
        compare_u64(a->key.consent, b->key.consent),
        compare_u64(ga->first_flow, gb->first_flow),
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(orders); i++) {
        if (orders[i] != 0)
            return orders[i];
    }
    return 0;
}

static int compare_drafts(const void *left, const void *right)
{
    const struct draft *a = *(const struct draft *const *)left;
    const struct draft *b = *(const struct draft *const *)right;
    int order = compare_u64(a->key.capture, b->key.capture);
    if (order == 0)
        order = compare_u64(a->group->first_frame, b->group->first_frame);
    return order == 0 ? compare_alike(a, b) : order;
}

/* ---- luck ---- */

static enum tt_kind kind_of(const struct making *making, const struct draft *draft)
{
    return making->evidence->config->subject->identifiers[draft->key.identifier].kind;
}

/* The name of a form behind "latitude" or "longitude", or NULL. */
static const char *behind_axis(const char *form, bool *ret_is_latitude)
{
    static const char *const axes[] = {"latitude", "longitude"};
    for (size_t i = 0; i < TT_ARRAY_LEN(axes); i++) {
        if (strncmp(form, axes[i], strlen(axes[i])) == 0) {
            *ret_is_latitude = i == 0;
            return form + strlen(axes[i]);
        }
    }
    return NULL;
}

/* Latitude and longitude of one place, written alike, in one message: each alone is half of it. */
static bool are_partners(const struct draft *a, const struct draft *b)
{
    enum { NEAR = 16 }; /* frames: a message is seldom longer */
    bool a_is_latitude = false;
    bool b_is_latitude = false;
    const char *a_rest = behind_axis(a->key.form, &a_is_latitude);
    const char *b_rest = behind_axis(b->key.form, &b_is_latitude);
    uint64_t a_frame = a->group->first_frame;
    uint64_t b_frame = b->group->first_frame;
    return a_rest != NULL && b_rest != NULL && strcmp(a_rest, b_rest) == 0 &&
           a_is_latitude != b_is_latitude && a->key.identifier == b->key.identifier &&
           a->group->first_flow == b->group->first_flow && a->key.heading == b->key.heading &&
           (a_frame > b_frame ? a_frame - b_frame : b_frame - a_frame) <= NEAR;
}

/* `drafts` are sorted by frame: a partner stands near. */
static void find_partner(struct draft *const *drafts, size_t at, size_t count)
{
    enum { LOOKED_AT = 64 };
    for (size_t i = at + 1; i < count && i <= at + LOOKED_AT; i++) {
        if (!are_partners(drafts[at], drafts[i]))
            continue;
        drafts[at]->partner_bits = drafts[i]->group->strength.bits;
        drafts[i]->partner_bits = drafts[at]->group->strength.bits;
    }
}

/* Counts for each finding what was found like it. */
static enum tt_err count_found(const struct making *making, struct draft *const *drafts,
                               size_t count)
{
    struct tt_luck *cases = calloc(count + 1, sizeof(*cases));
    if (cases == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        cases[i] = (struct tt_luck){.kind = kind_of(making, drafts[i]),
                                    .form = drafts[i]->key.form,
                                    .transform = drafts[i]->key.transform,
                                    .identifier = drafts[i]->key.identifier,
                                    .bits = drafts[i]->group->strength.bits,
                                    .at = i};
    tt_luck_count(cases, count);
    for (size_t i = 0; i < count; i++)
        drafts[cases[i].at]->found = cases[i].found;
    for (size_t i = 0; i < count; i++)
        if (kind_of(making, drafts[i]) == TT_KIND_LOCATION)
            find_partner(drafts, i, count);
    free(cases);
    return TT_OK;
}

static void count_entries(struct making *making)
{
    const struct tt_subject *subject = making->evidence->config->subject;
    for (size_t i = 0; i < subject->identifier_count; i++)
        making->entries[subject->identifiers[i].kind]++;
}

/* ---- telling ---- */

static void set_chance(const struct making *making, const struct draft *draft,
                       struct tt_finding *finding)
{
    const struct tt_group *group = draft->group;
    struct tt_strength strength = group->strength;
    strength.bits += draft->partner_bits;
    finding->chance = tt_chance_of(&strength, making->evidence->traffic,
                                   making->entries[kind_of(making, draft)], draft->found);
    bool weak = group->weak && (draft->partner_bits <= 0 || strength.bits < TT_WEAK_BITS);
    bool proven = !weak && finding->chance <= TT_CHANCE_BOUND;
    finding->certainty = proven ? TT_PROVEN : TT_SUSPECTED;
}

static const char *text_or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* A destination without a name is covered by its address, as in consent_of. */
static void set_purpose(const struct making *making, const struct draft *draft,
                        struct tt_finding *finding)
{
    char text[TT_ADDR_TEXT_MAX];
    const char *host = finding->host != NULL ? finding->host : tt_addr_text(finding->address, text);
    finding->purpose = tt_timeline_purpose(making->evidence->config->timeline, finding->first_seen,
                                           kind_of(making, draft), host, finding->app);
}

static enum tt_err tell(const struct making *making, const struct draft *draft,
                        const struct tt_judge_sink *sink, enum tt_verdict *verdict)
{
    const struct tt_evidence *evidence = making->evidence;
    const struct tt_group *group = draft->group;
    const struct tt_identifier *identifier =
        &evidence->config->subject->identifiers[draft->key.identifier];
    struct tt_geo_place geo;
    tt_geo_find(evidence->config->geo, draft->key.addr, &geo);
    uint64_t flows[TT_FINDING_FLOWS_MAX] = {0};
    for (size_t i = 0; i < group->flow_count; i++)
        flows[i] = group->flows[i].id;
    struct tt_finding finding = {
        .identifier = draft->key.identifier,
        .kind = tt_kind_name(identifier->kind),
        .owner = tt_owner_name(identifier->owner),
        .label = identifier->label,
        .masked = identifier->masked,
        .form = draft->key.form,
        .transform = draft->key.transform,
        .transform_count = group->transform_count,
        .path = draft->key.path,
        .path_count = group->path_count,
        .proof = group->proof,
        .proof_count = group->proof_count,
        .reversal_cost = group->reversal_cost,
        .protocol = draft->key.protocol,
        .heading = (enum tt_heading)draft->key.heading,
        .scope = (enum tt_addr_scope)draft->key.scope,
        .scope_open = draft->key.scope_open,
        .host = draft->key.host,
        .host_source = draft->host_source,
        .names = draft->names,
        .name_count = draft->name_count,
        .address = draft->key.addr,
        .port = draft->key.port,
        .country = text_or_null(geo.country),
        .network = text_or_null(geo.network),
        .app = draft->key.app,
        .encryption = draft->key.encryption,
        .cipher = group->key.cipher,
        .opened_with = group->key.opened_with,
        .first_seen = group->first_seen,
        .last_seen = group->last_seen,
        .count = group->count,
        .capture = draft->key.capture < evidence->capture_count
                       ? evidence->captures[draft->key.capture]
                       : "",
        .flows = flows,
        .flow_count = group->flow_count,
        .frames = group->frames.items,
        .frames_listed = tt_frames_listed(&group->frames),
        .frame_count = group->frames.total,
        .phase = tt_timeline_phase(evidence->config->timeline, group->first_seen, NULL),
        .consent = (enum tt_consent)draft->key.consent,
    };
    const struct tt_policy *policy = evidence->config->policy;
    finding.domain = tt_host_domain(finding.host);
    finding.party = tt_party_of(policy, finding.host, finding.address);
    finding.organisation =
        tt_organisation_of(policy, finding.host, finding.address,
                           tt_hints_holder(evidence->hints, finding.address), finding.network);
    finding.host_denied = finding.host != NULL && !draft->key.is_initiator &&
                          tt_names_deny(evidence->names, finding.address, finding.host);
    set_purpose(making, draft, &finding);
    set_chance(making, draft, &finding);
    tt_policy_judge(policy, &finding, making->clauses);
    tt_outcomes_finding(evidence->outcomes, &finding);
    if (finding.verdict > *verdict)
        *verdict = finding.verdict;
    return sink->finding(sink->context, &finding);
}

static enum tt_err tell_all(const struct making *making, const struct tt_judge_sink *sink,
                            enum tt_verdict *ret_verdict)
{
    size_t count = tt_map_count(making->by_key);
    struct draft **drafts = calloc(count + 1, sizeof(struct draft *));
    if (drafts == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        drafts[i] = tt_map_at(making->by_key, i, NULL);
    qsort(drafts, count, sizeof(struct draft *), compare_drafts);
    enum tt_err result = count_found(making, drafts, count);
    enum tt_verdict verdict = TT_VERDICT_ALLOWED;
    for (size_t i = 0; result == TT_OK && i < count; i++)
        result = tell(making, drafts[i], sink, &verdict);
    free(drafts);
    if (result == TT_OK)
        *ret_verdict = verdict;
    return result;
}

enum tt_err tt_findings_tell(const struct tt_evidence *evidence, const struct tt_judge_sink *sink,
                             enum tt_verdict *ret_verdict)
{
    enum tt_err result = TT_OK;
    size_t clause_count = tt_policy_clause_count(evidence->config->policy);
    struct making making = {.evidence = evidence,
                            .by_key = tt_map_new(TT_FINDINGS_MAX),
                            .clauses = calloc(clause_count + 1, sizeof(const char *))};
    if (making.by_key == NULL || making.clauses == NULL) {
        result = TT_ERR_MEMORY;
        goto out;
    }
    count_entries(&making);
    for (size_t i = 0; result == TT_OK && i < tt_groups_count(evidence->groups); i++)
        result = settle_group(&making, tt_groups_at(evidence->groups, i));
    if (result == TT_OK)
        result = tell_all(&making, sink, ret_verdict);
out:
    if (making.by_key != NULL)
        tt_map_free(making.by_key, free_draft);
    free(making.clauses);
    return result;
}
