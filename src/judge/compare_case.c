#include "judge/compare_case.h"

#include "base/time.h"
#include "base/yaml.h"
#include "judge/parties.h"
#include "judge/timeline.h"
#include "model/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX = 1024 };

/* Adds to a number of a map. A full map or arena is noted: nothing is called gone then. */
static enum tt_err add_number(struct tt_compare_case *test, struct tt_map *map, const char *key,
                              uint64_t more)
{
    struct tt_span name = tt_span_sub(tt_span_str(key), 0, KEY_MAX);
    uint64_t *number = tt_map_get(map, name);
    if (number != NULL) {
        *number += more;
        return TT_OK;
    }
    number = tt_arena_alloc(test->arena, sizeof(*number));
    enum tt_err err = number == NULL ? TT_ERR_LIMIT : tt_map_put(map, name, number);
    if (err == TT_ERR_LIMIT) {
        test->full = true;
        return TT_OK;
    }
    if (err == TT_OK)
        *number = more;
    return err;
}

uint64_t tt_compare_number(const struct tt_map *map, const char *key)
{
    const uint64_t *number = tt_map_get(map, tt_span_sub(tt_span_str(key), 0, KEY_MAX));
    return number == NULL ? 0 : *number;
}

/* ---- captures ---- */

static enum tt_err add_input(void *context, const struct tt_case_input *input)
{
    struct tt_compare_case *test = context;
    test->frames += input->frames;
    test->dropped += input->dropped;
    test->damaged = test->damaged || input->damaged;
    test->opens_itself = test->opens_itself || strcmp(input->format, "har") == 0;
    if (input->first_time == 0 || input->last_time < input->first_time)
        return TT_OK;
    if (test->interval_count == TT_COMPARE_INPUTS_MAX) {
        test->full = true;
        return TT_OK;
    }
    test->intervals[test->interval_count++] =
        (struct tt_compare_interval){input->first_time, input->last_time};
    return TT_OK;
}

static int by_first(const void *a, const void *b)
{
    const struct tt_compare_interval *x = a;
    const struct tt_compare_interval *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* Captures of one time (two interfaces, say) are one stretch. */
static void join_intervals(struct tt_compare_case *test)
{
    size_t kept = 0;
    if (test->interval_count > 1)
        qsort(test->intervals, test->interval_count, sizeof(*test->intervals), by_first);
    for (size_t i = 0; i < test->interval_count; i++) {
        struct tt_compare_interval next = test->intervals[i];
        if (kept > 0 && next.first <= test->intervals[kept - 1].last) {
            if (next.last > test->intervals[kept - 1].last)
                test->intervals[kept - 1].last = next.last;
        } else {
            test->intervals[kept++] = next;
        }
    }
    test->interval_count = kept;
    for (size_t i = 0; i < kept; i++)
        test->duration += test->intervals[i].last - test->intervals[i].first;
}

/* Without times in the captures everything is taken to lie in them. */
static bool covers(const struct tt_compare_case *test, uint64_t from, uint64_t to)
{
    bool found = test->interval_count == 0;
    for (size_t i = 0; i < test->interval_count && !found; i++)
        found = from <= test->intervals[i].last && to >= test->intervals[i].first;
    return found;
}

/* ns of a stretch that the captures cover. */
static uint64_t covered(const struct tt_compare_case *test, uint64_t from, uint64_t to)
{
    uint64_t time = 0;
    for (size_t i = 0; i < test->interval_count; i++) {
        uint64_t first = test->intervals[i].first > from ? test->intervals[i].first : from;
        uint64_t last = test->intervals[i].last < to ? test->intervals[i].last : to;
        time += last > first ? last - first : 0;
    }
    return time;
}

/* ---- the timeline ---- */

/* A time of an entry by the capture's clock; false where it is none. What stood in a comment of the
 * capture is in that clock. */
static bool read_time(const struct tt_yaml_node *entry, const char *key, int64_t offset,
                      uint64_t *ret_time)
{
    const struct tt_yaml_node *node = tt_yaml_get(entry, key);
    const struct tt_yaml_node *clock = tt_yaml_get(entry, "clock");
    uint64_t time = 0;
    if (node == NULL || !tt_time_parse(tt_yaml_text(node), &time))
        return false;
    if (clock != NULL && strcmp(tt_yaml_text(clock), "capture") == 0)
        offset = 0;
    *ret_time = offset < 0 ? time - (uint64_t)-offset : time + (uint64_t)offset;
    return true;
}

static enum tt_err read_phases(struct tt_compare_case *test, const struct tt_yaml_node *root,
                               int64_t offset)
{
    const struct tt_yaml_node *list = tt_yaml_get(root, "phases");
    enum tt_err err = TT_OK;
    for (const struct tt_yaml_node *at = list == NULL ? NULL : list->first;
         at != NULL && err == TT_OK; at = at->next) {
        const struct tt_yaml_node *name = tt_yaml_get(at, "name");
        uint64_t from = 0;
        uint64_t next = 0;
        if (name == NULL || !read_time(at, "from", offset, &from))
            continue;
        bool ends = at->next != NULL && read_time(at->next, "from", offset, &next);
        uint64_t until = ends && next > from ? next - 1 : UINT64_MAX;
        /* One more, so that a phase of one packet is one. */
        if (covers(test, from, until))
            err =
                add_number(test, test->phases, tt_yaml_text(name), covered(test, from, until) + 1);
    }
    return err;
}

/* How long after an event something may come of it. */
static uint64_t window_of(const struct tt_yaml_node *root)
{
    const struct tt_yaml_node *told = tt_yaml_get(root, "window");
    int64_t window = 0;
    if (told == NULL || !tt_duration_parse(tt_yaml_text(told), &window) || window < 0)
        return tt_timeline_window(NULL);
    return (uint64_t)window;
}

static enum tt_err read_events(struct tt_compare_case *test, const struct tt_yaml_node *root,
                               int64_t offset)
{
    const struct tt_yaml_node *list = tt_yaml_get(root, "events");
    uint64_t window = window_of(root);
    enum tt_err err = TT_OK;
    for (const struct tt_yaml_node *at = list == NULL ? NULL : list->first;
         at != NULL && err == TT_OK; at = at->next) {
        const struct tt_yaml_node *what = tt_yaml_get(at, "what");
        const struct tt_yaml_node *subject = tt_yaml_get(at, "subject");
        uint64_t time = 0;
        if (what == NULL || !read_time(at, "at", offset, &time) || !covers(test, time, time))
            continue;
        err = add_number(test, test->events, tt_yaml_text(what), 1);
        if (err == TT_OK)
            err = add_number(test, test->windows, tt_yaml_text(what),
                             covered(test, time, time + window));
        if (err == TT_OK && subject != NULL)
            err = add_number(test, test->subjects, tt_yaml_text(subject), 1);
    }
    return err;
}

/* The case keeps the timeline as JSON, which is YAML too. */
static enum tt_err read_timeline(struct tt_compare_case *test)
{
    const struct tt_yaml_config config = {
        .name = "timeline", .nodes_max = TT_POLICY_NODES_MAX, .depth_max = TT_YAML_DEPTH_MAX};
    struct tt_yaml *doc = NULL;
    int64_t offset = 0;
    if (test->info.timeline_json == NULL)
        return TT_OK;
    enum tt_err err = tt_yaml_parse(tt_span_str(test->info.timeline_json), &config, &doc, NULL);
    if (err == TT_ERR_MEMORY)
        return err;
    if (err != TT_OK)
        return TT_OK; /* as good as none: the comparability statement says so */
    const struct tt_yaml_node *root = tt_yaml_root(doc);
    const struct tt_yaml_node *clock = tt_yaml_get(root, "clock");
    const struct tt_yaml_node *told = clock == NULL ? NULL : tt_yaml_get(clock, "offset");
    if (told != NULL && !tt_duration_parse(tt_yaml_text(told), &offset))
        offset = 0;
    err = read_phases(test, root, offset);
    if (err == TT_OK)
        err = read_events(test, root, offset);
    test->has_timeline = tt_map_count(test->phases) > 0 || tt_map_count(test->events) > 0;
    tt_yaml_free(doc);
    return err;
}

/* ---- the ledger ---- */

/* What is kept of a destination, by a letter for the sort of name; 0 of what was all read. */
static enum tt_err add_destination(struct tt_compare_case *test, char sort, const char *name,
                                   uint64_t unread)
{
    char key[KEY_MAX];
    (void)snprintf(key, sizeof(key), "%c%s", sort, name);
    return add_number(test, test->unread_at, key, unread);
}

static enum tt_err add_coverage(void *context, const struct tt_coverage_row *row)
{
    struct tt_compare_case *test = context;
    char addr[TT_ADDR_TEXT_MAX];
    if (row->heading == TT_HEADING_RECEIVED || row->heading == TT_HEADING_BETWEEN)
        return TT_OK;
    uint64_t closed =
        row->bytes[TT_BUCKET_ENCRYPTED] + row->bytes[TT_BUCKET_OPAQUE] + row->bytes[TT_BUCKET_LOST];
    test->read += row->bytes[TT_BUCKET_DECODED] + row->bytes[TT_BUCKET_RAW_TEXT] +
                  row->bytes[TT_BUCKET_OPENED];
    test->unread += closed + row->bytes[TT_BUCKET_NOT_IP];
    (void)tt_addr_text(row->address, addr);
    enum tt_err err = add_destination(test, 'a', addr, closed);
    if (err == TT_OK && row->host == NULL)
        err = add_destination(test, 'n', addr, closed);
    if (err == TT_OK && row->host != NULL)
        err = add_destination(test, 'h', row->host, closed);
    const char *domain = tt_host_domain(row->host);
    if (err == TT_OK && domain != NULL)
        err = add_destination(test, 'd', domain, closed);
    return err;
}

static uint64_t unread_of(const struct tt_compare_case *test, char sort, const char *name)
{
    char key[KEY_MAX];
    (void)snprintf(key, sizeof(key), "%c%s", sort, name);
    return tt_compare_number(test->unread_at, key);
}

uint64_t tt_compare_unread_host(const struct tt_compare_case *test, const char *host)
{
    return host == NULL ? 0 : unread_of(test, 'h', host);
}

uint64_t tt_compare_unread_addr(const struct tt_compare_case *test, struct tt_addr addr,
                                bool nameless_only)
{
    char text[TT_ADDR_TEXT_MAX];
    return unread_of(test, nameless_only ? 'n' : 'a', tt_addr_text(addr, text));
}

uint64_t tt_compare_unread_domain(const struct tt_compare_case *test, const char *domain)
{
    return domain == NULL ? 0 : unread_of(test, 'd', domain);
}

const char *tt_compare_new_unread(const struct tt_compare_case *after,
                                  const struct tt_compare_case *before, uint64_t *ret_bytes)
{
    struct tt_span key;
    for (size_t i = 0; i < tt_map_count(after->unread_at); i++) {
        const uint64_t *bytes = tt_map_at(after->unread_at, i, &key);
        bool is_name = key.len > 1 && (key.data[0] == 'h' || key.data[0] == 'n');
        if (!is_name || *bytes == 0 || tt_map_get(before->unread_at, key) != NULL)
            continue;
        *ret_bytes = *bytes;
        return tt_arena_dup(after->arena, tt_span_from(key, 1));
    }
    return NULL;
}

/* ---- devices ---- */

static enum tt_err add_note(void *context, const struct tt_note_row *row)
{
    struct tt_compare_case *test = context;
    test->other_device = test->other_device || strcmp(row->code, "judge.device") == 0;
    return TT_OK;
}

/* ---- the sheet ---- */

static const char *entry_key(char key[KEY_MAX], const char *kind, const char *label)
{
    (void)snprintf(key, KEY_MAX, "%s %s", kind, label);
    return key;
}

/* The texts and the room of an entry; false where there is none. */
static bool copy_entry(struct tt_compare_case *test, const struct tt_case_identifier *entry,
                       uint64_t place, struct tt_compare_entry **ret_copy)
{
    char value[KEY_MAX];
    struct tt_compare_entry *copy = tt_arena_alloc(test->arena, sizeof(*copy));
    if (copy == NULL)
        return false;
    copy->label = tt_arena_dup(test->arena, tt_span_sub(tt_span_str(entry->label), 0, KEY_MAX));
    copy->value = NULL;
    if (entry->likeness != NULL) {
        (void)snprintf(value, sizeof(value), "%" PRIu64 " %s", place, entry->likeness);
        copy->value = tt_arena_strdup(test->arena, value);
    }
    *ret_copy = copy;
    return copy->label != NULL && (entry->likeness == NULL || copy->value != NULL);
}

static enum tt_err add_entry(void *context, const struct tt_case_identifier *entry)
{
    struct tt_compare_case *test = context;
    struct tt_compare_entry *copy = NULL;
    char key[KEY_MAX];
    enum tt_err err = TT_OK;
    uint64_t place = entry->likeness == NULL ? 0 : tt_compare_number(test->copies, entry->likeness);
    test->entry_count++;
    if (!copy_entry(test, entry, place, &copy))
        err = TT_ERR_LIMIT;
    if (err == TT_OK)
        err =
            tt_map_put(test->entries, tt_span_str(entry_key(key, entry->kind, entry->label)), copy);
    if (err == TT_OK && copy->value != NULL)
        err = tt_map_put(test->values, tt_span_str(copy->value), copy);
    if (err == TT_OK && copy->value != NULL)
        err = add_number(test, test->copies, entry->likeness, 1);
    if (err == TT_ERR_LIMIT)
        test->full = true;
    return err == TT_ERR_LIMIT ? TT_OK : err;
}

bool tt_compare_same_sheet(const struct tt_compare_case *a, const struct tt_compare_case *b)
{
    return strcmp(a->info.subject_digest, b->info.subject_digest) == 0;
}

const char *tt_compare_label_in(const struct tt_compare_case *other,
                                const struct tt_compare_case *test, const char *kind,
                                const char *label)
{
    char key[KEY_MAX];
    if (tt_compare_same_sheet(test, other))
        return label;
    const struct tt_compare_entry *entry =
        tt_map_get(test->entries, tt_span_str(entry_key(key, kind, label)));
    if (entry == NULL || entry->value == NULL)
        return NULL;
    const struct tt_compare_entry *same = tt_map_get(other->values, tt_span_str(entry->value));
    return same == NULL ? NULL : same->label;
}

bool tt_compare_tells_values(const struct tt_compare_case *test)
{
    return test->entry_count >= test->info.identifier_count &&
           tt_map_count(test->values) == test->entry_count;
}

uint64_t tt_compare_values_in(const struct tt_compare_case *other,
                              const struct tt_compare_case *test)
{
    uint64_t count = 0;
    struct tt_span value;
    for (size_t i = 0; i < tt_map_count(test->values); i++) {
        (void)tt_map_at(test->values, i, &value);
        count += tt_map_get(other->values, value) != NULL;
    }
    return count;
}

/* ---- what led to findings ---- */

static enum tt_err add_recipes(struct tt_compare_case *test, const char *const *steps, size_t count)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < count && err == TT_OK; i++)
        if (strncmp(steps[i], TT_COMPARE_RECIPE, strlen(TT_COMPARE_RECIPE)) == 0)
            err = add_number(test, test->recipes, steps[i], 1);
    return err;
}

enum tt_err tt_compare_case_finding(struct tt_compare_case *test, const struct tt_finding *finding)
{
    test->opened = test->opened || finding->opened_with != NULL;
    enum tt_err err = add_recipes(test, finding->transform, finding->transform_count);
    return err == TT_OK ? add_recipes(test, finding->path, finding->path_count) : err;
}

/* ---- the whole ---- */

static enum tt_err make_maps(struct tt_compare_case *test)
{
    test->phases = tt_map_new(TT_PHASES_MAX);
    test->events = tt_map_new(TT_PHASES_MAX);
    test->windows = tt_map_new(TT_PHASES_MAX);
    test->subjects = tt_map_new(TT_PHASES_MAX);
    test->unread_at = tt_map_new(TT_DESTINATIONS_MAX);
    test->entries = tt_map_new(TT_CASE_IDENTIFIERS_MAX);
    test->values = tt_map_new(TT_CASE_IDENTIFIERS_MAX);
    test->copies = tt_map_new(TT_CASE_IDENTIFIERS_MAX);
    test->recipes = tt_map_new(TT_COMPARE_RECIPES_MAX);
    test->intervals = calloc(TT_COMPARE_INPUTS_MAX, sizeof(*test->intervals));
    bool made = test->phases != NULL && test->events != NULL && test->windows != NULL &&
                test->subjects != NULL && test->unread_at != NULL && test->entries != NULL &&
                test->values != NULL && test->copies != NULL && test->recipes != NULL &&
                test->intervals != NULL;
    return made ? TT_OK : TT_ERR_MEMORY;
}

enum tt_err tt_compare_case_read(const struct tt_case_view *view, struct tt_arena *arena,
                                 struct tt_compare_case *ret_test)
{
    *ret_test = (struct tt_compare_case){.view = view, .arena = arena};
    enum tt_err err = make_maps(ret_test);
    if (err == TT_OK)
        err = view->info(view->store, &ret_test->info);
    if (err == TT_OK)
        err = view->inputs(view->store, add_input, ret_test);
    if (err != TT_OK)
        return err;
    join_intervals(ret_test);
    err = read_timeline(ret_test);
    if (err == TT_OK)
        err = view->coverage(view->store, add_coverage, ret_test);
    if (err == TT_OK)
        err = view->notes(view->store, add_note, ret_test);
    if (err == TT_OK && view->identifiers != NULL)
        err = view->identifiers(view->store, add_entry, ret_test);
    return err;
}

void tt_compare_case_free(struct tt_compare_case *test)
{
    tt_map_free(test->phases, NULL);
    tt_map_free(test->events, NULL);
    tt_map_free(test->windows, NULL);
    tt_map_free(test->subjects, NULL);
    tt_map_free(test->unread_at, NULL);
    tt_map_free(test->entries, NULL);
    tt_map_free(test->values, NULL);
    tt_map_free(test->copies, NULL);
    tt_map_free(test->recipes, NULL);
    free(test->intervals);
}
