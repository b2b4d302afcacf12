#include "judge/compare.h"

#include "base/buf.h"
#include "base/map.h"
#include "judge/compare_case.h"
#include "judge/compare_checks.h"
#include "judge/compare_side.h"
#include "model/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX = 8192, TEXT_MAX = 1024 };

enum which { BEFORE, AFTER };

/* A row under way, with what it is sorted and joined by. */
struct entry {
    struct tt_comparison_row row;
    size_t index;
    struct entry *next; /* of those that may have taken over from another host */
    bool joined;        /* into another row */
};

struct tt_compare {
    struct tt_arena arena;
    struct tt_compare_case cases[2];
    struct tt_comparison result;
    struct tt_map *map; /* identifier and destination → struct entry */
    struct entry **entries;
    size_t entry_count;
    const struct tt_comparison_row **rows;
    struct tt_buf key;
    enum which walking;
};

/* ---- gathering ---- */

static enum tt_err append_text(struct tt_buf *key, const char *text)
{
    enum tt_err err =
        tt_buf_append(key, tt_span_sub(tt_span_str(text == NULL ? "" : text), 0, TEXT_MAX));
    return err == TT_OK ? tt_buf_append_u8(key, 0) : err;
}

/* What makes a row, but for the destination. */
static enum tt_err begin_key(struct tt_buf *key, enum tt_heading heading, enum tt_addr_scope scope,
                             const char *kind, const char *label)
{
    tt_buf_clear(key);
    enum tt_err err = tt_buf_printf(key, "%d %d ", (int)heading, (int)scope);
    if (err == TT_OK)
        err = append_text(key, kind);
    return err == TT_OK ? append_text(key, label) : err;
}

/* Entries are the same where their values are. Where that is not known, the same label is taken for
 * the same entry as long as the masked texts do not speak against it. */
static enum tt_err make_key(struct tt_buf *key, const struct tt_finding *finding, const char *label,
                            bool is_known)
{
    char addr[TT_ADDR_TEXT_MAX];
    enum tt_err err = begin_key(key, finding->heading, finding->scope, finding->kind, label);
    if (err == TT_OK)
        err = append_text(key, is_known ? "" : finding->masked);
    if (err != TT_OK)
        return err;
    return append_text(key, finding->host != NULL ? finding->host
                                                  : tt_addr_text(finding->address, addr));
}

static const char *copy(struct tt_compare *c, const char *text)
{
    return tt_arena_dup(&c->arena, tt_span_sub(tt_span_str(text), 0, TEXT_MAX));
}

/* TT_ERR_LIMIT where there is no room. */
static enum tt_err make_entry(struct tt_compare *c, const struct tt_finding *finding,
                              const char *label, struct entry **ret_entry)
{
    if (c->entry_count == TT_COMPARE_ROWS_MAX)
        return TT_ERR_LIMIT;
    struct entry *entry = tt_arena_alloc(&c->arena, sizeof(*entry));
    if (entry == NULL)
        return TT_ERR_LIMIT;
    entry->row.heading = finding->heading;
    entry->row.scope = finding->scope;
    entry->row.kind = copy(c, finding->kind);
    entry->row.owner = copy(c, finding->owner);
    entry->row.label = copy(c, label);
    entry->row.masked = copy(c, finding->masked);
    entry->index = c->entry_count;
    if (entry->row.kind == NULL || entry->row.owner == NULL || entry->row.label == NULL ||
        entry->row.masked == NULL)
        return TT_ERR_LIMIT;
    enum tt_err err = tt_map_put(c->map, tt_buf_span(&c->key), entry);
    if (err != TT_OK)
        return err;
    c->entries[c->entry_count++] = entry;
    *ret_entry = entry;
    return TT_OK;
}

static enum tt_err add_finding(void *context, const struct tt_finding *finding)
{
    struct tt_compare *c = context;
    struct tt_compare_case *test = &c->cases[c->walking];
    const char *there = tt_compare_label_in(&c->cases[c->walking == BEFORE ? AFTER : BEFORE], test,
                                            finding->kind, finding->label);
    /* Rows have the labels of the first sheet. */
    const char *label = there == NULL || c->walking == BEFORE ? finding->label : there;
    enum tt_err err = tt_compare_case_finding(test, finding);
    if (err == TT_OK)
        err = make_key(&c->key, finding, label, there != NULL);
    if (err != TT_OK)
        return err;
    struct entry *entry = tt_map_get(c->map, tt_buf_span(&c->key));
    if (entry == NULL)
        err = make_entry(c, finding, label, &entry);
    if (err == TT_OK)
        err = tt_compare_add(c->walking == BEFORE ? &entry->row.before : &entry->row.after, finding,
                             &c->arena);
    if (err == TT_ERR_LIMIT) {
        c->cases[c->walking].full = true;
        c->result.unlisted++;
        return TT_OK;
    }
    return err;
}

static enum tt_err read_both(struct tt_compare *c, const struct tt_case_view *const views[2],
                             int *ret_failed)
{
    enum tt_err err = TT_OK;
    for (int i = 0; i < 2 && err == TT_OK; i++) {
        *ret_failed = i;
        err = tt_compare_case_read(views[i], &c->arena, &c->cases[i]);
    }
    for (int i = 0; i < 2 && err == TT_OK; i++) {
        *ret_failed = i;
        c->walking = i == 0 ? BEFORE : AFTER;
        err = views[i]->findings(views[i]->store, add_finding, c);
    }
    return err;
}

/* ---- another host in its place ---- */

/* What is left of the traffic to the first host cannot be read: it may still get the value. */
static uint64_t unread_at(const struct tt_compare_case *test, const struct tt_comparison_side *side)
{
    uint64_t bytes = tt_compare_unread_host(test, side->host);
    for (size_t i = 0; i < side->place_count; i++)
        bytes += tt_compare_unread_addr(test, side->places[i].address, side->host != NULL);
    return bytes;
}

/* Hosts that may be each other's successor, the likeliest first; the last: any. */
enum kinship { SAME_DOMAIN, SAME_ADDRESS, SAME_ORGANISATION, ANY, KINSHIP_COUNT };

/* False where the side has no such thing. */
static bool kin_key(struct tt_compare *c, const struct entry *entry, enum kinship kinship,
                    enum which which)
{
    const struct tt_comparison_row *row = &entry->row;
    const struct tt_comparison_side *side = which == BEFORE ? &row->before : &row->after;
    char addr[TT_ADDR_TEXT_MAX] = "";
    const char *text = "";
    switch (kinship) {
    case SAME_DOMAIN:
        text = side->domain;
        break;
    case SAME_ADDRESS:
        text = side->place_count == 0 ? NULL : tt_addr_text(side->places[0].address, addr);
        break;
    case SAME_ORGANISATION:
        text = side->organisation;
        break;
    case ANY:
    case KINSHIP_COUNT:
        break;
    }
    return text != NULL &&
           begin_key(&c->key, row->heading, row->scope, row->kind, row->label) == TT_OK &&
           append_text(&c->key, text) == TT_OK;
}

static bool is_before_only(const struct entry *entry)
{
    return !entry->joined && entry->row.before.findings > 0 && entry->row.after.findings == 0;
}

static bool is_after_only(const struct entry *entry)
{
    return !entry->joined && entry->row.before.findings == 0 && entry->row.after.findings > 0;
}

/* Chains what is new by its kinship, the first one first. */
static enum tt_err chain_new(struct tt_compare *c, enum kinship kinship, struct tt_map *chains)
{
    for (size_t i = c->entry_count; i > 0; i--) {
        struct entry *entry = c->entries[i - 1];
        if (!is_after_only(entry) || !kin_key(c, entry, kinship, AFTER))
            continue;
        entry->next = tt_map_get(chains, tt_buf_span(&c->key));
        enum tt_err err = tt_map_put(chains, tt_buf_span(&c->key), entry);
        if (err != TT_OK)
            return err;
    }
    return TT_OK;
}

static enum tt_err join_kin(struct tt_compare *c, enum kinship kinship)
{
    struct tt_map *chains = tt_map_new(TT_COMPARE_ROWS_MAX);
    enum tt_err err = chains == NULL ? TT_ERR_MEMORY : chain_new(c, kinship, chains);
    for (size_t i = 0; i < c->entry_count && err == TT_OK; i++) {
        struct entry *entry = c->entries[i];
        if (!is_before_only(entry) || unread_at(&c->cases[AFTER], &entry->row.before) > 0 ||
            !kin_key(c, entry, kinship, BEFORE))
            continue;
        struct entry *heir = tt_map_get(chains, tt_buf_span(&c->key));
        while (heir != NULL && heir->joined)
            heir = heir->next;
        if (heir == NULL)
            continue;
        entry->row.after = heir->row.after;
        heir->joined = true;
        err = heir->next == NULL ? TT_OK : tt_map_put(chains, tt_buf_span(&c->key), heir->next);
    }
    tt_map_free(chains, NULL);
    return err;
}

/* Only of tests that are alike: else it would be said that the first host gets nothing any more. */
static enum tt_err join_moved(struct tt_compare *c)
{
    enum tt_err err = TT_OK;
    for (enum kinship k = SAME_DOMAIN; k < KINSHIP_COUNT && err == TT_OK && c->result.for_gone; k++)
        err = join_kin(c, k);
    return err;
}

/* ---- what became of a row ---- */

static void set(struct tt_comparison_row *row, enum tt_change change)
{
    row->changes |= 1U << change;
}

static bool same_host(const struct tt_comparison_row *row)
{
    const struct tt_comparison_side *a = &row->before;
    const struct tt_comparison_side *b = &row->after;
    if (a->host != NULL && b->host != NULL)
        return strcmp(a->host, b->host) == 0;
    if (a->host != NULL || b->host != NULL)
        return false;
    return a->place_count > 0 && b->place_count > 0 &&
           tt_addr_eq(a->places[0].address, b->places[0].address);
}

/* The stimuli of one entry of the sheet: a contact that nobody added again cannot be missed. */
static bool has_stimuli(const struct tt_compare *c, const struct tt_comparison_row *row)
{
    const char *there =
        tt_compare_label_in(&c->cases[AFTER], &c->cases[BEFORE], row->kind, row->label);
    const char *labels[] = {row->label, there == NULL ? row->label : there};
    uint64_t whole[2];
    uint64_t part[2]; /* "contacts[0]" of "contacts[0].phone_number" */
    for (enum which i = BEFORE; i <= AFTER; i++) {
        char prefix[TEXT_MAX];
        size_t len = strcspn(labels[i], ".");
        (void)snprintf(prefix, sizeof(prefix), "%.*s", (int)(len < TEXT_MAX ? len : TEXT_MAX),
                       labels[i]);
        part[i] = tt_compare_number(c->cases[i].subjects, labels[i]);
        whole[i] = tt_compare_number(c->cases[i].subjects, prefix);
    }
    return part[AFTER] >= part[BEFORE] && whole[AFTER] >= whole[BEFORE];
}

/* Why it cannot be said that something is not in a test; NULL when it can. */
static const char *why_not_absent(struct tt_compare *c, const struct tt_comparison_row *row,
                                  enum which absent)
{
    const struct tt_compare_case *test = &c->cases[absent];
    const struct tt_comparison_side *seen = absent == AFTER ? &row->before : &row->after;
    const struct tt_compare_case *other = &c->cases[absent == AFTER ? BEFORE : AFTER];
    if (!(absent == AFTER ? c->result.for_gone : c->result.for_new)) {
        const char *why = tt_compare_reasons(&c->result, absent == AFTER, &c->arena);
        return why == NULL ? "the tests are not alike" : why;
    }
    if (absent == AFTER && !has_stimuli(c, row))
        return "events: what was done with this entry was not done as often again";
    if (tt_compare_unread_domain(test, seen->domain) >
        tt_compare_unread_domain(other, seen->domain))
        return "more of the traffic to other hosts of its domain could not be read";
    return NULL;
}

static const char opaque_now[] =
    "the traffic to that host is there, and could not be read: not verified";
static const char opaque_then[] = "the traffic to that host could not be read before";

/* It may be sent to somebody else now, whom nobody can read; NULL where there is nobody. */
static const char *why_elsewhere(struct tt_compare *c)
{
    char text[TEXT_MAX];
    uint64_t bytes = 0;
    const char *name = tt_compare_new_unread(&c->cases[AFTER], &c->cases[BEFORE], &bytes);
    if (name == NULL)
        return NULL;
    (void)snprintf(text, sizeof(text),
                   "%" PRIu64 " bytes to %s, which is new, could not be read: it may go there now",
                   bytes, name);
    const char *kept = tt_arena_strdup(&c->arena, text);
    return kept == NULL ? "bytes to a host that is new could not be read" : kept;
}

static void judge_before_only(struct tt_compare *c, struct tt_comparison_row *row)
{
    if (unread_at(&c->cases[AFTER], &row->before) > 0) {
        set(row, TT_CHANGE_NOW_OPAQUE);
        row->reason = opaque_now;
        return;
    }
    row->reason = why_not_absent(c, row, AFTER);
    if (row->reason == NULL)
        row->reason = why_elsewhere(c);
    set(row, row->reason == NULL ? TT_CHANGE_GONE : TT_CHANGE_NOT_COMPARABLE);
}

static void judge_after_only(struct tt_compare *c, struct tt_comparison_row *row)
{
    set(row, TT_CHANGE_NEW);
    row->reason = unread_at(&c->cases[BEFORE], &row->after) > 0 ? opaque_then
                                                                : why_not_absent(c, row, BEFORE);
    if (row->reason != NULL)
        set(row, TT_CHANGE_NOT_COMPARABLE);
}

/* That nothing is left of how it was before is a statement about what was not seen, too. */
static void judge_both(struct tt_compare *c, struct tt_comparison_row *row)
{
    static const uint32_t absences = 1U << TT_CHANGE_ONLY_ENCRYPTED | 1U << TT_CHANGE_NOW_CODED |
                                     1U << TT_CHANGE_AFTER_CONSENT | 1U << TT_CHANGE_MOVED_COUNTRY |
                                     1U << TT_CHANGE_MOVED_HOST;
    row->changes = tt_compare_sides(&row->before, &row->after);
    if (!same_host(row))
        set(row, TT_CHANGE_MOVED_HOST);
    if ((row->changes & absences) != 0)
        row->reason = why_not_absent(c, row, AFTER);
    if (row->reason != NULL)
        set(row, TT_CHANGE_NOT_COMPARABLE);
    if (row->changes == 0)
        set(row, TT_CHANGE_UNCHANGED);
}

/* ---- what all come to ---- */

static bool got_worse(const struct tt_comparison_row *row)
{
    static const uint32_t worse = 1U << TT_CHANGE_NEW | 1U << TT_CHANGE_NOW_READABLE |
                                  1U << TT_CHANGE_NOW_PLAIN | 1U << TT_CHANGE_WITHOUT_CONSENT |
                                  1U << TT_CHANGE_MORE_COUNTRIES;
    return (row->changes & worse) != 0;
}

static enum tt_verdict outcome_of(const struct tt_comparison_row *row)
{
    bool left = row->after.findings > 0;
    if (left && row->after.worst == TT_VERDICT_VIOLATION)
        return TT_VERDICT_VIOLATION;
    if (left && row->after.worst == TT_VERDICT_UNDECIDED && got_worse(row))
        return TT_VERDICT_VIOLATION;
    if (left && row->after.worst == TT_VERDICT_UNDECIDED)
        return TT_VERDICT_UNDECIDED;
    /* What was allowed before and is not seen now is nobody's worry. */
    bool worried = row->before.findings > 0 && row->before.worst != TT_VERDICT_ALLOWED;
    bool unsaid = tt_comparison_has(row, TT_CHANGE_NOW_OPAQUE) ||
                  tt_comparison_has(row, TT_CHANGE_NOT_COMPARABLE);
    return worried && unsaid ? TT_VERDICT_UNDECIDED : TT_VERDICT_ALLOWED;
}

/* Worst first: by what is left, then by what it was, then as it was found. */
static int by_gravity(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a;
    const struct entry *y = *(struct entry *const *)b;
    enum tt_verdict first = outcome_of(&x->row);
    enum tt_verdict second = outcome_of(&y->row);
    if (first != second)
        return first > second ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void judge_rows(struct tt_compare *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->entry_count; i++) {
        struct tt_comparison_row *row = &c->entries[i]->row;
        if (c->entries[i]->joined)
            continue;
        if (row->before.findings == 0 && row->after.findings == 0)
            continue; /* its first finding found no room */
        c->entries[kept++] = c->entries[i];
        if (row->after.findings == 0)
            judge_before_only(c, row);
        else if (row->before.findings == 0)
            judge_after_only(c, row);
        else
            judge_both(c, row);
    }
    c->entry_count = kept;
}

/* The policy of the second test may demand more than that no value was found (`requires:`). */
static void sum_up(struct tt_compare *c)
{
    struct tt_comparison *result = &c->result;
    const struct tt_case_info *after = &c->cases[AFTER].info;
    if (c->entry_count > 1)
        qsort(c->entries, c->entry_count, sizeof(struct entry *), by_gravity);
    result->outcome = after->verdict;
    if (result->outcome == TT_VERDICT_ALLOWED && c->cases[AFTER].full)
        result->outcome = TT_VERDICT_UNDECIDED;
    for (size_t i = 0; i < c->entry_count; i++) {
        const struct tt_comparison_row *row = &c->entries[i]->row;
        c->rows[i] = row;
        for (enum tt_change change = TT_CHANGE_GONE; change < TT_CHANGE_COUNT; change++)
            result->totals[change] += tt_comparison_has(row, change);
        if (outcome_of(row) > result->outcome)
            result->outcome = outcome_of(row);
    }
    result->rows = c->rows;
    result->row_count = c->entry_count;
}

static enum tt_err make(struct tt_compare **ret_compare)
{
    struct tt_compare *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return TT_ERR_MEMORY;
    c->arena = tt_arena_make(TT_COMPARE_BYTES_MAX);
    c->key = tt_buf_make(KEY_MAX);
    c->map = tt_map_new(TT_COMPARE_ROWS_MAX);
    c->entries = calloc(TT_COMPARE_ROWS_MAX, sizeof(struct entry *));
    c->rows = calloc(TT_COMPARE_ROWS_MAX, sizeof(*c->rows));
    if (c->map == NULL || c->entries == NULL || c->rows == NULL) {
        tt_compare_free(c);
        return TT_ERR_MEMORY;
    }
    *ret_compare = c;
    return TT_OK;
}

enum tt_err tt_compare_run(const struct tt_case_view *before, const struct tt_case_view *after,
                           struct tt_compare **ret_compare, int *ret_failed)
{
    const struct tt_case_view *const views[] = {before, after};
    struct tt_compare *c = NULL;
    *ret_failed = BEFORE;
    enum tt_err err = make(&c);
    if (err != TT_OK)
        return err;
    err = read_both(c, views, ret_failed);
    if (err == TT_OK)
        err = tt_compare_check(&c->cases[BEFORE], &c->cases[AFTER], &c->arena, &c->result);
    if (err == TT_OK)
        err = join_moved(c);
    if (err != TT_OK) {
        tt_compare_free(c);
        return err;
    }
    judge_rows(c);
    sum_up(c);
    *ret_compare = c;
    return TT_OK;
}

const struct tt_comparison *tt_compare_result(const struct tt_compare *compare)
{
    return &compare->result;
}

void tt_compare_free(struct tt_compare *compare)
{
    if (compare == NULL)
        return;
    tt_compare_case_free(&compare->cases[BEFORE]);
    tt_compare_case_free(&compare->cases[AFTER]);
    tt_map_free(compare->map, NULL);
    free(compare->entries);
    free(compare->rows);
    tt_buf_free(&compare->key);
    tt_arena_free(&compare->arena);
    free(compare);
}
