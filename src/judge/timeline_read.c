#include "base/file.h"
#include "base/time.h"
#include "judge/timeline_data.h"

#include <stdlib.h>

/* A file being read. */
struct reading {
    struct tt_fields fields;
    struct tt_timeline *timeline;
};

/* ---- what the file says ---- */

/* Room for one entry each of a list. */
static enum tt_err entries(const struct reading *reading, const struct tt_yaml_node *list,
                           size_t size, void **ret_room)
{
    *ret_room = tt_arena_alloc(reading->fields.arena, list->count * size);
    if (list->count > 0 && *ret_room == NULL)
        return tt_error_set(reading->fields.error, TT_ERR_MEMORY, "no memory for the timeline");
    return TT_OK;
}

static enum tt_err check_keys(const struct reading *reading, const struct tt_yaml_node *map,
                              struct tt_words known)
{
    return tt_yaml_check_keys(reading->fields.doc, map, known.items, known.count,
                              reading->fields.error);
}

#define KEYS(...)                                                                                  \
    (struct tt_words)                                                                              \
    {                                                                                              \
        .items = (const char *const[]){__VA_ARGS__},                                               \
        .count = TT_ARRAY_LEN(((const char *const[]){__VA_ARGS__}))                                \
    }

static enum tt_err read_duration(const struct reading *reading, const struct tt_yaml_node *clock,
                                 const char *key, const char **ret_text, int64_t *ret_ns)
{
    const struct tt_yaml_node *node = tt_yaml_get(clock, key);
    if (node == NULL)
        return TT_OK;
    enum tt_err result = tt_field_text(&reading->fields, node, ret_text);
    if (result == TT_OK && !tt_duration_parse(*ret_text, ret_ns))
        return tt_yaml_error(reading->fields.doc, node, reading->fields.error,
                             "expected a duration such as \"1.5s\" or \"-200ms\"");
    return result;
}

static enum tt_err read_clock(const struct reading *reading, const struct tt_yaml_node *root)
{
    struct tt_timeline *timeline = reading->timeline;
    const struct tt_yaml_node *clock = tt_yaml_get(root, "clock");
    if (clock == NULL)
        return TT_OK;
    enum tt_err result =
        tt_yaml_expect(reading->fields.doc, clock, TT_YAML_MAP, reading->fields.error);
    if (result == TT_OK)
        result = check_keys(reading, clock, KEYS("offset", "uncertainty"));
    if (result == TT_OK)
        result = read_duration(reading, clock, "offset", &timeline->offset_text, &timeline->offset);
    int64_t uncertainty = 0;
    if (result == TT_OK)
        result =
            read_duration(reading, clock, "uncertainty", &timeline->uncertainty_text, &uncertainty);
    if (result != TT_OK)
        return result;
    if (uncertainty < 0)
        return tt_yaml_error(reading->fields.doc, tt_yaml_get(clock, "uncertainty"),
                             reading->fields.error, "an uncertainty cannot be negative");
    timeline->uncertainty = (uint64_t)uncertainty;
    return TT_OK;
}

/* A window below a millisecond or above a day is a slip of the pen. */
static enum tt_err read_window(const struct reading *reading, const struct tt_yaml_node *root)
{
    enum { MS = 1000000, DAY = 86400000 };
    struct tt_timeline *timeline = reading->timeline;
    int64_t window = (int64_t)timeline->window;
    enum tt_err result = read_duration(reading, root, "window", &timeline->window_text, &window);
    if (result == TT_OK && (window < MS || window > INT64_C(1) * MS * DAY))
        return tt_yaml_error(reading->fields.doc, tt_yaml_get(root, "window"),
                             reading->fields.error, "a window lasts from 1ms to 24h");
    if (result == TT_OK)
        timeline->window = (uint64_t)window;
    return result;
}

/* A time of the file as its text and as a time of the capture's clock. */
static enum tt_err read_time(const struct reading *reading, const struct tt_yaml_node *map,
                             const char *key, const char *what, const char **ret_text,
                             uint64_t *ret_time)
{
    const struct tt_yaml_node *node = NULL;
    enum tt_err result = tt_field_need(&reading->fields, map, key, what, &node);
    if (result == TT_OK)
        result = tt_field_text(&reading->fields, node, ret_text);
    if (result != TT_OK)
        return result;
    uint64_t time = 0;
    if (!tt_time_parse(*ret_text, &time))
        return tt_yaml_error(reading->fields.doc, node, reading->fields.error,
                             "expected a time such as 2014-08-07T09:00:00Z, with its zone");
    int64_t offset = reading->timeline->offset;
    *ret_time = offset < 0 ? tt_time_subtract(time, (uint64_t)-offset)
                           : tt_time_add(time, (uint64_t)offset);
    return TT_OK;
}

static enum tt_err out_of_order(const struct reading *reading, const struct tt_yaml_node *entry,
                                const char *key)
{
    return tt_yaml_error(reading->fields.doc, tt_yaml_get(entry, key), reading->fields.error,
                         "out of order: this is before the entry above it");
}

static enum tt_err name_twice(const struct reading *reading, const struct tt_yaml_node *entry,
                              const char *what)
{
    return tt_yaml_error(reading->fields.doc, tt_yaml_get(entry, "name"), reading->fields.error,
                         "this name is taken by an earlier %s", what);
}

static enum tt_err read_phase(const struct reading *reading, const struct tt_yaml_node *entry,
                              struct tt_timeline_phase *phase)
{
    struct tt_timeline *timeline = reading->timeline;
    enum tt_err result = check_keys(reading, entry, KEYS("name", "from"));
    if (result == TT_OK)
        result = tt_field_need_text(&reading->fields, entry, "name", "a phase", &phase->name);
    if (result == TT_OK)
        result = read_time(reading, entry, "from", "a phase", &phase->from_text, &phase->from);
    if (result != TT_OK)
        return result;
    for (size_t i = 0; i < timeline->phase_count; i++) {
        if (strcmp(timeline->phases[i].name, phase->name) == 0)
            return name_twice(reading, entry, "phase");
    }
    if (timeline->phase_count == 0 || phase[-1].from < phase->from)
        return TT_OK;
    if (phase[-1].from == phase->from)
        return tt_yaml_error(reading->fields.doc, tt_yaml_get(entry, "from"), reading->fields.error,
                             "two phases overlap: the one above begins at the same time");
    return out_of_order(reading, entry, "from");
}

static enum tt_err read_phases(const struct reading *reading, const struct tt_yaml_node *root)
{
    struct tt_timeline *timeline = reading->timeline;
    const struct tt_yaml_node *list = NULL;
    enum tt_err result = tt_field_maps(&reading->fields, root, "phases", TT_PHASES_MAX, &list);
    if (result != TT_OK || list == NULL)
        return result;
    void *room = NULL;
    result = entries(reading, list, sizeof(struct tt_timeline_phase), &room);
    timeline->phases = room;
    for (const struct tt_yaml_node *entry = list->first; result == TT_OK && entry != NULL;
         entry = entry->next) {
        result = read_phase(reading, entry, &timeline->phases[timeline->phase_count]);
        if (result == TT_OK)
            timeline->phase_count++;
    }
    return result;
}

static enum tt_err read_kinds(const struct reading *reading, const struct tt_yaml_node *node,
                              struct tt_timeline_purpose *purpose)
{
    static const char *const names[] = {
#define KIND_NAME(id, name, title) name,
        TT_KINDS(KIND_NAME)
#undef KIND_NAME
    };
    const struct tt_words known = {.items = names, .count = TT_KIND_COUNT};
    _Static_assert(TT_KIND_COUNT <= 64, "a set of kinds is one word");
    enum tt_err result = tt_field_list(&reading->fields, node, &purpose->kinds);
    for (const struct tt_yaml_node *item = tt_field_first(node); result == TT_OK && item != NULL;
         item = tt_field_next(node, item)) {
        size_t at = 0;
        result = tt_field_word(&reading->fields, item, "kind", known, &at);
        if (result == TT_OK)
            purpose->kind_set |= UINT64_C(1) << at;
    }
    return result;
}

static enum tt_err read_purpose(const struct reading *reading, const struct tt_yaml_node *entry,
                                struct tt_timeline_purpose *purpose)
{
    struct tt_timeline *timeline = reading->timeline;
    enum tt_err result = check_keys(reading, entry, KEYS("name", "hosts", "apps", "kinds"));
    if (result == TT_OK)
        result = tt_field_need_text(&reading->fields, entry, "name", "a purpose", &purpose->name);
    const struct tt_yaml_node *hosts = tt_yaml_get(entry, "hosts");
    if (result == TT_OK && hosts != NULL)
        result = tt_field_list(&reading->fields, hosts, &purpose->hosts);
    const struct tt_yaml_node *apps = tt_yaml_get(entry, "apps");
    if (result == TT_OK && apps != NULL)
        result = tt_field_list(&reading->fields, apps, &purpose->apps);
    const struct tt_yaml_node *kinds = tt_yaml_get(entry, "kinds");
    if (result == TT_OK && kinds != NULL)
        result = read_kinds(reading, kinds, purpose);
    for (size_t i = 0; result == TT_OK && i < timeline->purpose_count; i++) {
        if (strcmp(timeline->purposes[i].name, purpose->name) == 0)
            return name_twice(reading, entry, "purpose");
    }
    return result;
}

static enum tt_err read_purposes(const struct reading *reading, const struct tt_yaml_node *root)
{
    struct tt_timeline *timeline = reading->timeline;
    const struct tt_yaml_node *list = NULL;
    enum tt_err result = tt_field_maps(&reading->fields, root, "purposes", TT_PHASES_MAX, &list);
    if (result != TT_OK || list == NULL)
        return result;
    void *room = NULL;
    result = entries(reading, list, sizeof(struct tt_timeline_purpose), &room);
    timeline->purposes = room;
    for (const struct tt_yaml_node *entry = list->first; result == TT_OK && entry != NULL;
         entry = entry->next) {
        result = read_purpose(reading, entry, &timeline->purposes[timeline->purpose_count]);
        if (result == TT_OK)
            timeline->purpose_count++;
    }
    return result;
}

static enum tt_err read_consent(const struct reading *reading, const struct tt_yaml_node *entry,
                                struct tt_words purposes, struct tt_timeline_consent *consent)
{
    const struct tt_words known =
        KEYS("given", "not_given", "withdrawn", "not_required", "unknown");
    const struct tt_fields *fields = &reading->fields;
    const struct tt_yaml_node *purpose = NULL;
    const struct tt_yaml_node *state = NULL;
    enum tt_err result = check_keys(reading, entry, KEYS("at", "purpose", "state"));
    if (result == TT_OK)
        result =
            read_time(reading, entry, "at", "a consent entry", &consent->at_text, &consent->at);
    if (result == TT_OK)
        result = tt_field_need(fields, entry, "purpose", "a consent entry", &purpose);
    if (result == TT_OK)
        result = tt_field_word(fields, purpose, "purpose", purposes, &consent->purpose);
    if (result == TT_OK)
        result = tt_field_need(fields, entry, "state", "a consent entry", &state);
    size_t at = 0;
    if (result == TT_OK)
        result = tt_field_word(fields, state, "state", known, &at);
    consent->consent = (enum tt_consent)at;
    if (result == TT_OK && reading->timeline->consent_count > 0 && consent[-1].at > consent->at)
        return out_of_order(reading, entry, "at");
    return result;
}

/* The names of the purposes, as the words that a consent entry may choose from. */
static enum tt_err purpose_names(const struct reading *reading, struct tt_words *ret_names)
{
    const struct tt_timeline *timeline = reading->timeline;
    const char **names =
        tt_arena_alloc(reading->fields.arena, (timeline->purpose_count + 1) * sizeof(*names));
    if (names == NULL)
        return tt_error_set(reading->fields.error, TT_ERR_MEMORY, "no memory for the timeline");
    for (size_t i = 0; i < timeline->purpose_count; i++)
        names[i] = timeline->purposes[i].name;
    *ret_names = (struct tt_words){.items = names, .count = timeline->purpose_count};
    return TT_OK;
}

static enum tt_err read_consents(const struct reading *reading, const struct tt_yaml_node *root)
{
    struct tt_timeline *timeline = reading->timeline;
    const struct tt_yaml_node *list = NULL;
    struct tt_words names = {0};
    enum tt_err result = tt_field_maps(&reading->fields, root, "consent", TT_PHASES_MAX, &list);
    if (result != TT_OK || list == NULL)
        return result;
    void *room = NULL;
    result = entries(reading, list, sizeof(struct tt_timeline_consent), &room);
    timeline->consents = room;
    if (result == TT_OK)
        result = purpose_names(reading, &names);
    for (const struct tt_yaml_node *entry = list->first; result == TT_OK && entry != NULL;
         entry = entry->next) {
        result = read_consent(reading, entry, names, &timeline->consents[timeline->consent_count]);
        if (result == TT_OK)
            timeline->consent_count++;
    }
    return result;
}

static enum tt_err read_events(const struct reading *reading, const struct tt_yaml_node *root)
{
    struct tt_timeline *timeline = reading->timeline;
    const struct tt_yaml_node *list = NULL;
    enum tt_err result = tt_field_maps(&reading->fields, root, "events", TT_PHASES_MAX, &list);
    if (result != TT_OK || list == NULL)
        return result;
    void *room = NULL;
    result = entries(reading, list, sizeof(struct tt_timeline_event), &room);
    timeline->events = room;
    uint64_t before = 0;
    for (const struct tt_yaml_node *entry = list->first; result == TT_OK && entry != NULL;
         entry = entry->next) {
        struct tt_timeline_event *event = &timeline->events[timeline->event_count++];
        const struct tt_yaml_node *subject = tt_yaml_get(entry, "subject");
        result = check_keys(reading, entry, KEYS("at", "what", "subject"));
        if (result == TT_OK)
            result = read_time(reading, entry, "at", "an event", &event->at_text, &event->at);
        if (result == TT_OK)
            result = tt_field_need_text(&reading->fields, entry, "what", "an event", &event->what);
        if (result == TT_OK && subject != NULL)
            result = tt_field_text(&reading->fields, subject, &event->subject);
        if (result == TT_OK && event->at < before)
            return out_of_order(reading, entry, "at");
        before = event->at;
        event->uncertainty = timeline->uncertainty;
    }
    return result;
}

/* ---- what is made of it ---- */

/* Hands each purpose its own states, in the order of time as the entries are. */
static enum tt_err spread_states(const struct reading *reading)
{
    struct tt_timeline *timeline = reading->timeline;
    for (size_t i = 0; i < timeline->consent_count; i++)
        timeline->purposes[timeline->consents[i].purpose].state_count++;
    for (size_t i = 0; i < timeline->purpose_count; i++) {
        struct tt_timeline_purpose *purpose = &timeline->purposes[i];
        purpose->states = tt_arena_alloc(reading->fields.arena,
                                         (purpose->state_count + 1) * sizeof(*purpose->states));
        if (purpose->states == NULL)
            return tt_error_set(reading->fields.error, TT_ERR_MEMORY, "no memory for the timeline");
        purpose->state_count = 0;
    }
    for (size_t i = 0; i < timeline->consent_count; i++) {
        const struct tt_timeline_consent *consent = &timeline->consents[i];
        struct tt_timeline_purpose *purpose = &timeline->purposes[consent->purpose];
        purpose->states[purpose->state_count++] =
            (struct tt_timeline_state){.at = consent->at, .consent = consent->consent};
    }
    return TT_OK;
}

static int compare_times(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* A state counts for the early end of a moment's uncertainty from `at` + uncertainty on, for the
 * late end from `at` - uncertainty on: these, and where phases begin, are the borders of epochs. */
static enum tt_err find_epochs(const struct reading *reading)
{
    struct tt_timeline *timeline = reading->timeline;
    size_t room = timeline->phase_count + 2 * timeline->consent_count + 1;
    timeline->changes = tt_arena_alloc(reading->fields.arena, room * sizeof(uint64_t));
    if (timeline->changes == NULL)
        return tt_error_set(reading->fields.error, TT_ERR_MEMORY, "no memory for the timeline");
    size_t count = 0;
    /* Time 0 is "not known" and stands by itself. */
    timeline->changes[count++] = 1;
    for (size_t i = 0; i < timeline->phase_count; i++)
        timeline->changes[count++] = timeline->phases[i].from;
    for (size_t i = 0; i < timeline->consent_count; i++) {
        uint64_t at = timeline->consents[i].at;
        timeline->changes[count++] = tt_time_subtract(at, timeline->uncertainty);
        timeline->changes[count++] = tt_time_add(at, timeline->uncertainty);
    }
    qsort(timeline->changes, count, sizeof(uint64_t), compare_times);
    timeline->change_count = count;
    timeline->change_room = room;
    timeline->phase_room = timeline->phase_count;
    timeline->event_room = timeline->event_count;
    return TT_OK;
}

static enum tt_err read_timeline(const struct reading *reading)
{
    const struct tt_yaml_node *root = tt_yaml_root(reading->fields.doc);
    enum tt_err result =
        tt_yaml_expect(reading->fields.doc, root, TT_YAML_MAP, reading->fields.error);
    if (result == TT_OK)
        result = check_keys(reading, root,
                            KEYS("clock", "window", "phases", "purposes", "consent", "events"));
    if (result == TT_OK)
        result = read_clock(reading, root);
    if (result == TT_OK)
        result = read_window(reading, root);
    if (result == TT_OK)
        result = read_phases(reading, root);
    if (result == TT_OK)
        result = read_purposes(reading, root);
    if (result == TT_OK)
        result = read_consents(reading, root);
    if (result == TT_OK)
        result = read_events(reading, root);
    if (result == TT_OK)
        result = spread_states(reading);
    if (result == TT_OK)
        result = find_epochs(reading);
    if (result != TT_OK)
        return result;
    result = tt_timeline_write(reading->timeline);
    if (result != TT_OK)
        (void)tt_error_set(reading->fields.error, result, "the timeline is too large");
    return result;
}

/* The length of a sheet's label ("contacts[0].phone_number") at the front of `text` that YAML does
 * not take unquoted inside braces; 0 where there is none. */
static size_t label_len(struct tt_span text)
{
    size_t at = 0;
    bool has_index = false;
    while (at < text.len) {
        uint8_t c = text.data[at];
        size_t digits = 0;
        while (c == '[' && at + 1 + digits < text.len && tt_is_digit(text.data[at + 1 + digits]))
            digits++;
        bool is_index =
            digits > 0 && at + 1 + digits < text.len && text.data[at + 1 + digits] == ']';
        if (!is_index && !tt_is_alnum(c) && c != '_' && c != '.')
            break;
        has_index = has_index || is_index;
        at += is_index ? digits + 2 : 1;
    }
    return has_index && text.data[0] != '[' ? at : 0;
}

/* The text with quotes around the labels behind "subject:". */
static enum tt_err quote_labels(struct tt_span text, struct tt_buf *quoted)
{
    const struct tt_span key = tt_span_str("subject:");
    enum tt_err result = TT_OK;
    while (result == TT_OK && text.len > 0) {
        size_t found = tt_span_search(text, key);
        size_t at = found == SIZE_MAX ? text.len : found + key.len;
        while (at < text.len && text.data[at] == ' ')
            at++;
        size_t label = label_len(tt_span_from(text, at));
        result = tt_buf_append(quoted, tt_span_sub(text, 0, at));
        if (result == TT_OK && label > 0)
            result = tt_buf_append_u8(quoted, '"');
        if (result == TT_OK)
            result = tt_buf_append(quoted, tt_span_sub(text, at, label));
        if (result == TT_OK && label > 0)
            result = tt_buf_append_u8(quoted, '"');
        text = tt_span_from(text, at + label);
    }
    return result;
}

/* `subject: contacts[0]` inside braces is no YAML, but what a person writes: it is read as if the
 * label stood in quotes. A file that is YAML as it stands is never touched. */
static enum tt_err parse_yaml(struct tt_span text, const char *name, struct tt_buf *quoted,
                              struct tt_yaml **ret_doc, struct tt_error *error)
{
    const struct tt_yaml_config config = {
        .name = name, .nodes_max = TT_POLICY_NODES_MAX, .depth_max = TT_YAML_DEPTH_MAX};
    struct tt_error first = {0};
    enum tt_err result = tt_yaml_parse(text, &config, ret_doc, &first);
    if (result == TT_ERR_FORMAT && quote_labels(text, quoted) == TT_OK && quoted->len != text.len &&
        tt_yaml_parse(tt_buf_span(quoted), &config, ret_doc, NULL) == TT_OK)
        return TT_OK;
    return result == TT_OK ? TT_OK : tt_error_set(error, result, "%s", first.text);
}

enum tt_err tt_timeline_parse(struct tt_span text, const char *name,
                              struct tt_timeline **ret_timeline, struct tt_error *error)
{
    struct tt_buf quoted = tt_buf_make((size_t)TT_POLICY_BYTES_MAX * 2);
    struct tt_yaml *doc = NULL;
    struct tt_timeline *timeline = NULL;
    enum tt_err result = parse_yaml(text, name, &quoted, &doc, error);
    if (result != TT_OK)
        goto out;
    timeline = tt_timeline_make();
    if (timeline == NULL) {
        result = tt_error_set(error, TT_ERR_MEMORY, "no memory for the timeline");
        goto out;
    }
    const struct reading reading = {
        .fields = {.doc = doc, .arena = &timeline->arena, .error = error}, .timeline = timeline};
    result = read_timeline(&reading);
    if (result != TT_OK)
        goto out;
    *ret_timeline = timeline;
    timeline = NULL;
out:
    tt_timeline_free(timeline);
    tt_yaml_free(doc);
    tt_buf_free(&quoted);
    return result;
}

enum tt_err tt_timeline_load(const char *path, struct tt_timeline **ret_timeline,
                             struct tt_error *error)
{
    struct tt_buf text = {0};
    enum tt_err result = tt_file_read(path, TT_POLICY_BYTES_MAX, &text, error);
    if (result == TT_OK)
        result = tt_timeline_parse(tt_buf_span(&text), path, ret_timeline, error);
    tt_buf_free(&text);
    return result;
}
