#include "report/rows.h"

#include "base/buf.h"
#include "report/reveal.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TALLY_MAX = 65536,    /* kinds or hosts told apart in the headline */
    ENTRIES_MAX = 262144, /* entries of the sheet told apart in the rows */
    KEY_MAX = 131072,     /* bytes */
    TEXT_MAX = 4096       /* bytes of one text that is kept */
};

struct gatherer {
    struct tt_rows *rows;
    const struct tt_subject *reveal;
    enum tt_verdict verdict; /* taken in this walk */
    struct tt_buf key;
    bool full;
};

bool tt_rows_is_readable(const struct tt_finding *finding)
{
    if (strcmp(finding->encryption, "none") == 0)
        return true;
    if (finding->cipher == NULL)
        return false;
    return strstr(finding->cipher, "_NULL_") != NULL || strstr(finding->cipher, "-NULL-") != NULL ||
           strcmp(finding->cipher, "TLS_SHA256_SHA256") == 0 ||
           strcmp(finding->cipher, "TLS_SHA384_SHA384") == 0;
}

static enum tt_row_section section_of(const struct tt_finding *finding)
{
    switch (finding->heading) {
    case TT_HEADING_SENT:
        return finding->scope == TT_ADDR_SCOPE_INTERNET ? TT_SECTION_SENT : TT_SECTION_LOCAL;
    case TT_HEADING_RECEIVED:
        return TT_SECTION_RECEIVED;
    case TT_HEADING_BETWEEN:
        return TT_SECTION_BETWEEN;
    case TT_HEADING_UNKNOWN:
        break;
    }
    return TT_SECTION_UNKNOWN;
}

/* What tells kinds apart: the owner's own names for custom values. */
static const char *kind_key(const struct tt_finding *finding)
{
    bool custom = strcmp(finding->kind, tt_kind_name(TT_KIND_CUSTOM)) == 0;
    return custom ? finding->label : finding->kind;
}

static enum tt_err append_host(struct tt_buf *key, const struct tt_finding *finding)
{
    char text[TT_ADDR_TEXT_MAX];
    const char *host = finding->host != NULL ? finding->host : tt_addr_text(finding->address, text);
    return tt_buf_append(key, tt_span_sub(tt_span_str(host), 0, TEXT_MAX));
}

/* Adds a key to a set; a full set stays as it is, and the headline says a little less. */
static enum tt_err add_to_set(struct tt_map *set, struct tt_span key)
{
    enum tt_err err = tt_map_put(set, key, set);
    return err == TT_ERR_LIMIT ? TT_OK : err;
}

static enum tt_err tally(struct gatherer *g, const struct tt_finding *finding)
{
    struct tt_row_tally *sum = &g->rows->tallies[finding->verdict];
    sum->findings++;
    sum->sent += finding->heading == TT_HEADING_SENT;
    sum->readable += tt_rows_is_readable(finding);
    sum->no_consent +=
        finding->consent == TT_CONSENT_NOT_GIVEN || finding->consent == TT_CONSENT_WITHDRAWN;
    sum->unknown_consent += finding->consent == TT_CONSENT_UNKNOWN;
    tt_buf_clear(&g->key);
    enum tt_err err = append_host(&g->key, finding);
    if (err == TT_OK)
        err = add_to_set(sum->hosts, tt_buf_span(&g->key));
    if (err == TT_OK)
        err = add_to_set(sum->kinds, tt_span_sub(tt_span_str(kind_key(finding)), 0, TEXT_MAX));
    return err;
}

/* NULL stays NULL; without room the whole gathering is full. */
static const char *copy(struct gatherer *g, const char *text)
{
    if (text == NULL)
        return NULL;
    const char *kept = tt_arena_dup(&g->rows->arena, tt_span_sub(tt_span_str(text), 0, TEXT_MAX));
    g->full = g->full || kept == NULL;
    return kept;
}

static const char *join(struct gatherer *g, const char *const *texts, size_t count,
                        const char *between)
{
    char joined[TEXT_MAX] = "";
    size_t len = 0;
    for (size_t i = 0; i < count && len < sizeof(joined); i++)
        len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s", i == 0 ? "" : between,
                                texts[i]);
    return copy(g, joined);
}

static struct tt_row_group *make_group(struct gatherer *g, const struct tt_finding *finding)
{
    struct tt_row_group *group = tt_arena_alloc(&g->rows->arena, sizeof(*group));
    if (group == NULL)
        return NULL;
    *group = (struct tt_row_group){.section = section_of(finding),
                                   .index = tt_map_count(g->rows->groups),
                                   .worst = finding->verdict,
                                   .address = finding->address,
                                   .port = finding->port};
    group->host = copy(g, finding->host);
    group->protocol = copy(g, finding->protocol);
    group->country = copy(g, finding->country);
    group->network = copy(g, finding->network);
    group->app = copy(g, finding->app);
    return g->full ? NULL : group;
}

/* The group of a finding, made when it is new; NULL when there is no room for it. */
static enum tt_err find_group(struct gatherer *g, const struct tt_finding *finding,
                              struct tt_row_group **ret_group)
{
    tt_buf_clear(&g->key);
    enum tt_err err = tt_buf_printf(&g->key, "%d ", (int)section_of(finding));
    if (err == TT_OK)
        err = append_host(&g->key, finding);
    if (err != TT_OK)
        return err;
    struct tt_row_group *group = tt_map_get(g->rows->groups, tt_buf_span(&g->key));
    if (group == NULL) {
        group = make_group(g, finding);
        if (group != NULL) {
            err = tt_map_put(g->rows->groups, tt_buf_span(&g->key), group);
            if (err == TT_ERR_LIMIT)
                g->full = true;
            else if (err != TT_OK)
                return err;
        }
    }
    if (group != NULL && !tt_addr_eq(group->address, finding->address))
        group->more_addresses = true;
    *ret_group = g->full ? NULL : group;
    return TT_OK;
}

/* A new row; NULL when there is no room. */
static struct tt_row *make_row(struct gatherer *g, struct tt_row_group *group,
                               const struct tt_finding *finding)
{
    struct tt_row *row = tt_arena_alloc(&g->rows->arena, sizeof(*row));
    if (row == NULL)
        return NULL;
    *row = (struct tt_row){.group = group,
                           .index = g->rows->count,
                           .revealed = tt_report_revealed(g->reveal, finding),
                           .readable = tt_rows_is_readable(finding),
                           .certainty = finding->certainty,
                           .consent = finding->consent,
                           .verdict = finding->verdict,
                           .reversal_cost = finding->reversal_cost,
                           .first_frame = finding->frames_listed > 0 ? finding->frames[0] : 0,
                           .first_seen = finding->first_seen};
    row->kind = copy(g, finding->kind);
    row->label = copy(g, finding->label);
    row->masked = copy(g, finding->masked);
    row->form = copy(g, finding->form);
    row->transform = join(g, finding->transform, finding->transform_count, ", ");
    row->encryption = copy(g, finding->encryption);
    row->path = join(g, finding->path, finding->path_count, " > ");
    row->phase = copy(g, finding->phase);
    row->clauses = join(g, finding->clauses, finding->clause_count, ", ");
    row->capture = copy(g, finding->capture);
    return g->full ? NULL : row;
}

/* What findings of one row have in common, behind the group. */
static enum tt_err make_key(struct gatherer *g, const struct tt_row_group *group,
                            const struct tt_finding *finding)
{
    tt_buf_clear(&g->key);
    enum tt_err err = tt_buf_printf(&g->key, "%zu %d %d %d %d ", group->index,
                                    (int)finding->verdict, (int)finding->consent,
                                    (int)finding->certainty, (int)tt_rows_is_readable(finding));
    const char *const texts[] = {kind_key(finding), finding->form, finding->encryption};
    for (size_t i = 0; i < TT_ARRAY_LEN(texts) && err == TT_OK; i++) {
        err = tt_buf_append(&g->key, tt_span_sub(tt_span_str(texts[i]), 0, TEXT_MAX));
        if (err == TT_OK)
            err = tt_buf_append_u8(&g->key, 0);
    }
    for (size_t i = 0; i < finding->transform_count && err == TT_OK; i++) {
        err = tt_buf_append(&g->key, tt_span_sub(tt_span_str(finding->transform[i]), 0, 64));
        if (err == TT_OK)
            err = tt_buf_append_u8(&g->key, 0);
    }
    return err == TT_ERR_LIMIT ? TT_OK : err; /* a list cut short only joins rows */
}

static bool same_path(const struct tt_row *row, const struct tt_finding *finding)
{
    char joined[TEXT_MAX] = "";
    size_t len = 0;
    for (size_t i = 0; i < finding->path_count && len < sizeof(joined); i++)
        len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s", i == 0 ? "" : " > ",
                                finding->path[i]);
    return strcmp(joined, row->path) == 0;
}

static enum tt_err add_to_row(struct gatherer *g, struct tt_row *row,
                              const struct tt_finding *finding)
{
    char entry[48];
    row->count += finding->count;
    row->more_paths = row->more_paths || !same_path(row, finding);
    row->more_captures = row->more_captures || strcmp(row->capture, finding->capture) != 0;
    if (finding->last_seen > row->last_seen)
        row->last_seen = finding->last_seen;
    if (finding->first_seen != 0 && finding->first_seen < row->first_seen)
        row->first_seen = finding->first_seen;
    if (finding->chance > row->chance)
        row->chance = finding->chance;
    (void)snprintf(entry, sizeof(entry), "%zu %lu", row->index, (unsigned long)finding->identifier);
    struct tt_span key = tt_span_str(entry);
    if (tt_map_get(g->rows->entries, key) != NULL)
        return TT_OK;
    row->entries++;
    return add_to_set(g->rows->entries, key);
}

static enum tt_err find_row(struct gatherer *g, struct tt_row_group *group,
                            const struct tt_finding *finding, struct tt_row **ret_row)
{
    enum tt_err err = make_key(g, group, finding);
    if (err != TT_OK)
        return err;
    struct tt_row *row = tt_map_get(g->rows->keys, tt_buf_span(&g->key));
    if (row == NULL && g->rows->count < TT_REPORT_ROWS_MAX) {
        row = make_row(g, group, finding);
        if (row != NULL) {
            err = tt_map_put(g->rows->keys, tt_buf_span(&g->key), row);
            if (err != TT_OK)
                return err;
            g->rows->rows[g->rows->count++] = row;
        }
    }
    *ret_row = row;
    return TT_OK;
}

static enum tt_err add_finding(void *context, const struct tt_finding *finding)
{
    struct gatherer *g = context;
    struct tt_row_group *group = NULL;
    struct tt_row *row = NULL;
    if (finding->verdict != g->verdict)
        return TT_OK;
    enum tt_err err = tally(g, finding);
    if (err == TT_OK && !g->full)
        err = find_group(g, finding, &group);
    if (err == TT_OK && group != NULL)
        err = find_row(g, group, finding, &row);
    if (err != TT_OK)
        return err;
    if (row == NULL) {
        g->rows->unlisted++;
        return TT_OK;
    }
    return add_to_row(g, row, finding);
}

static int compare_rows(const void *a, const void *b)
{
    const struct tt_row *x = *(struct tt_row *const *)a;
    const struct tt_row *y = *(struct tt_row *const *)b;
    if (x->group->section != y->group->section)
        return x->group->section < y->group->section ? -1 : 1;
    if (x->group != y->group) {
        if (x->group->worst != y->group->worst)
            return x->group->worst > y->group->worst ? -1 : 1;
        return x->group->index < y->group->index ? -1 : 1;
    }
    if (x->verdict != y->verdict)
        return x->verdict > y->verdict ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static enum tt_err make_sets(struct tt_rows *rows)
{
    bool made = true;
    rows->rows = calloc(TT_REPORT_ROWS_MAX, sizeof(*rows->rows));
    rows->groups = tt_map_new(TT_REPORT_ROWS_MAX);
    rows->keys = tt_map_new(TT_REPORT_ROWS_MAX);
    rows->entries = tt_map_new(ENTRIES_MAX);
    for (size_t i = 0; i < TT_ARRAY_LEN(rows->tallies); i++) {
        rows->tallies[i].kinds = tt_map_new(TALLY_MAX);
        rows->tallies[i].hosts = tt_map_new(TALLY_MAX);
        made = made && rows->tallies[i].kinds != NULL && rows->tallies[i].hosts != NULL;
    }
    made = made && rows->rows != NULL && rows->groups != NULL && rows->keys != NULL &&
           rows->entries != NULL;
    return made ? TT_OK : TT_ERR_MEMORY;
}

enum tt_err tt_rows_gather(const struct tt_case_view *view, const struct tt_subject *reveal,
                           struct tt_rows *ret_rows)
{
    static const enum tt_verdict worst_first[] = {TT_VERDICT_VIOLATION, TT_VERDICT_UNDECIDED,
                                                  TT_VERDICT_ALLOWED};
    *ret_rows = (struct tt_rows){.arena = tt_arena_make(TT_REPORT_BYTES_MAX)};
    struct gatherer g = {.rows = ret_rows, .reveal = reveal, .key = tt_buf_make(KEY_MAX)};
    enum tt_err err = make_sets(ret_rows);
    for (size_t i = 0; i < TT_ARRAY_LEN(worst_first) && err == TT_OK; i++) {
        g.verdict = worst_first[i];
        err = view->findings(view->store, add_finding, &g);
    }
    if (err == TT_OK)
        qsort(ret_rows->rows, ret_rows->count, sizeof(struct tt_row *), compare_rows);
    tt_buf_free(&g.key);
    return err;
}

void tt_rows_free(struct tt_rows *rows)
{
    free(rows->rows);
    tt_map_free(rows->groups, NULL);
    tt_map_free(rows->keys, NULL);
    tt_map_free(rows->entries, NULL);
    for (size_t i = 0; i < TT_ARRAY_LEN(rows->tallies); i++) {
        tt_map_free(rows->tallies[i].kinds, NULL);
        tt_map_free(rows->tallies[i].hosts, NULL);
    }
    tt_arena_free(&rows->arena);
}

/* ---- kinds of events ---- */

struct kind_count {
    char last[TEXT_MAX];
    uint64_t count;
};

static enum tt_err count_kind(void *context, const struct tt_trigger *trigger)
{
    struct kind_count *kinds = context;
    if (!tt_trigger_is_judged(trigger->outcome) ||
        (kinds->count > 0 && strncmp(kinds->last, trigger->what, TEXT_MAX - 1) == 0))
        return TT_OK;
    (void)snprintf(kinds->last, sizeof(kinds->last), "%s", trigger->what);
    kinds->count++;
    return TT_OK;
}

enum tt_err tt_rows_judged_kinds(const struct tt_case_view *view, uint64_t *ret_count)
{
    struct kind_count kinds = {.count = 0};
    enum tt_err err = view->triggers(view->store, count_kind, &kinds);
    if (err == TT_OK)
        *ret_count = kinds.count;
    return err;
}
