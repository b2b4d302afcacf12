#include "judge/triggers.h"

#include "judge/shift_test.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABEL_MAX = 128 };

/* The events of one kind that are judged. */
struct kind {
    const char *what;
    uint64_t told;
    uint64_t uncertainty;
    uint64_t window;                       /* both sides of the uncertainty added */
    uint64_t begins[TT_EVENT_REPEATS_MAX]; /* of windows */
    const char *subjects[TT_EVENT_REPEATS_MAX];
    size_t count;
    bool has_subjects;
};

/* What is held against them. */
struct target {
    const struct tt_sighted *sighted; /* of several: the first */
    bool own;
    bool covered; /* by a target of the events' own values */
    struct tt_series *series;
    uint64_t *merged[TT_EVENT_REPEATS_MAX]; /* times of own values, by event */
};

struct judging {
    const struct tt_trigger_question *question;
    struct kind kind;
    struct target *targets;
    struct tt_shift_target *tests;
    size_t count;
    bool complete;
    uint64_t kinds; /* that are judged */
    char label[LABEL_MAX];
};

/* ---- events ---- */

static bool is_captured(const struct tt_trigger_question *question, uint64_t time)
{
    for (size_t i = 0; i < question->seen_count; i++)
        if (time >= question->seen[i].from && time <= question->seen[i].to)
            return true;
    return false;
}

static void gather_events(struct judging *judging, const char *what)
{
    const struct tt_trigger_question *question = judging->question;
    struct kind *kind = &judging->kind;
    struct tt_event_view event;
    *kind = (struct kind){.what = what};
    for (size_t i = 0; tt_timeline_event(question->timeline, i, &event); i++) {
        if (strcmp(event.what, what) != 0)
            continue;
        kind->told++;
        if (event.uncertainty > kind->uncertainty)
            kind->uncertainty = event.uncertainty;
        if (!is_captured(question, event.at))
            continue;
        if (kind->count == TT_EVENT_REPEATS_MAX) {
            judging->complete = false;
            continue;
        }
        kind->begins[kind->count] = event.at;
        kind->subjects[kind->count] = event.subject;
        kind->has_subjects = kind->has_subjects || event.subject != NULL;
        kind->count++;
    }
    kind->window = tt_timeline_window(question->timeline) + 2 * kind->uncertainty;
    for (size_t i = 0; i < kind->count; i++)
        kind->begins[i] -=
            kind->begins[i] < kind->uncertainty ? kind->begins[i] : kind->uncertainty;
}

/* ---- targets ---- */

/* "contacts[0].phone_number" is the subject "contacts[0]"'s. */
static bool belongs(const struct judging *judging, uint32_t identifier, const char *subject)
{
    if (subject == NULL || identifier == TT_SIGHTING_CONTACT)
        return false;
    const char *label = judging->question->subject->identifiers[identifier].label;
    size_t len = strlen(subject);
    return strncmp(label, subject, len) == 0 &&
           (label[len] == '\0' || label[len] == '.' || label[len] == '[');
}

static enum tt_kind kind_of(const struct judging *judging, const struct tt_sighted *sighted)
{
    return judging->question->subject->identifiers[sighted->identifier].kind;
}

static bool is_alike(const struct judging *judging, const struct tt_sighted *a,
                     const struct tt_sighted *b)
{
    return a->identifier != TT_SIGHTING_CONTACT && b->identifier != TT_SIGHTING_CONTACT &&
           a->host == b->host &&
           (a->host != NULL || memcmp(&a->address, &b->address, sizeof(a->address)) == 0) &&
           kind_of(judging, a) == kind_of(judging, b);
}

static bool is_near(const struct judging *judging, const struct tt_sighted *sighted)
{
    const struct kind *kind = &judging->kind;
    uint64_t range = tt_shift_range(kind->window);
    uint64_t from = kind->begins[0] < range ? 0 : kind->begins[0] - range;
    uint64_t to = kind->begins[kind->count - 1] + range + kind->window;
    return sighted->count > 0 && sighted->times[sighted->count - 1] >= from &&
           sighted->times[0] <= to;
}

static enum tt_err add_target(struct judging *judging, const struct tt_sighted *sighted, bool own,
                              struct target **ret_target)
{
    *ret_target = NULL;
    if (judging->count == TT_EVENT_TARGETS_MAX) {
        judging->complete = false;
        return TT_OK;
    }
    struct target *target = &judging->targets[judging->count];
    *target = (struct target){.sighted = sighted, .own = own};
    target->series = calloc(own ? judging->kind.count : 1, sizeof(*target->series));
    if (target->series == NULL)
        return TT_ERR_MEMORY;
    if (!own)
        target->series[0] = (struct tt_series){.times = sighted->times, .count = sighted->count};
    judging->tests[judging->count++] =
        (struct tt_shift_target){.series = target->series, .per_event = own};
    *ret_target = target;
    return TT_OK;
}

static int compare_times(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static enum tt_err merge_times(struct target *target, size_t event,
                               const struct tt_sighted *sighted)
{
    struct tt_series *series = &target->series[event];
    size_t count = series->count + sighted->count;
    uint64_t *times = realloc(target->merged[event], count * sizeof(*times));
    if (times == NULL)
        return TT_ERR_MEMORY;
    memcpy(times + series->count, sighted->times, sighted->count * sizeof(*times));
    qsort(times, count, sizeof(*times), compare_times);
    target->merged[event] = times;
    *series = (struct tt_series){.times = times, .count = count};
    return TT_OK;
}

/* The values of each event's own subject, one target for each kind of value and destination. */
static enum tt_err add_own(struct judging *judging)
{
    const struct kind *kind = &judging->kind;
    const struct tt_sighted *sighted = NULL;
    enum tt_err result = TT_OK;
    for (size_t at = 0; result == TT_OK && kind->has_subjects &&
                        (sighted = tt_sightings_at(judging->question->sightings, at)) != NULL;
         at++) {
        struct target *target = NULL;
        for (size_t i = 0; result == TT_OK && i < kind->count; i++) {
            if (!belongs(judging, sighted->identifier, kind->subjects[i]))
                continue;
            for (size_t k = 0; target == NULL && k < judging->count; k++)
                if (is_alike(judging, judging->targets[k].sighted, sighted))
                    target = &judging->targets[k];
            if (target == NULL)
                result = add_target(judging, sighted, true, &target);
            if (target == NULL)
                break;
            result = merge_times(target, i, sighted);
        }
    }
    return result;
}

static enum tt_err add_others(struct judging *judging)
{
    const struct tt_sighted *sighted = NULL;
    enum tt_err result = TT_OK;
    size_t own = judging->count;
    for (size_t at = 0;
         result == TT_OK && (sighted = tt_sightings_at(judging->question->sightings, at)) != NULL;
         at++) {
        struct target *target = NULL;
        if (!is_near(judging, sighted))
            continue;
        result = add_target(judging, sighted, false, &target);
        for (size_t k = 0; target != NULL && k < own; k++)
            target->covered =
                target->covered || is_alike(judging, judging->targets[k].sighted, sighted);
    }
    return result;
}

static void free_targets(struct judging *judging)
{
    for (size_t i = 0; i < judging->count; i++) {
        for (size_t k = 0; k < judging->kind.count; k++)
            free(judging->targets[i].merged[k]);
        free(judging->targets[i].series);
    }
    judging->count = 0;
}

/* ---- rows ---- */

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static struct tt_trigger row_of_kind(const struct judging *judging, enum tt_trigger_outcome outcome)
{
    const struct kind *kind = &judging->kind;
    return (struct tt_trigger){.what = kind->what,
                               .outcome = outcome,
                               .identifier = TT_SIGHTING_CONTACT,
                               .window = tt_timeline_window(judging->question->timeline),
                               .uncertainty = kind->uncertainty,
                               .told = kind->told,
                               .repetitions = kind->count,
                               .chance = 1};
}

/* Contacts that began within a window. */
static void add_bytes(const struct kind *kind, const struct tt_sighted *sighted,
                      struct tt_trigger *row)
{
    size_t at = 0;
    for (size_t i = 0; i < kind->count; i++) {
        while (at < sighted->count && sighted->items[at].time < kind->begins[i])
            at++;
        for (; at < sighted->count && sighted->items[at].time - kind->begins[i] < kind->window;
             at++) {
            row->bytes += sighted->items[at].bytes;
            row->unread += sighted->items[at].unread;
        }
    }
}

/* "contacts[*].phone_number": each event's own. */
static void generalise(const char *label, char room[LABEL_MAX])
{
    const char *open = strchr(label, '[');
    const char *close = open == NULL ? NULL : strchr(open, ']');
    if (close == NULL)
        (void)snprintf(room, LABEL_MAX, "%s", label);
    else
        (void)snprintf(room, LABEL_MAX, "%.*s[*%s", (int)(open - label), label, close);
}

static void name_value(struct judging *judging, const struct target *target, struct tt_trigger *row)
{
    if (target->sighted->identifier == TT_SIGHTING_CONTACT)
        return;
    const struct tt_identifier *identifier =
        &judging->question->subject->identifiers[target->sighted->identifier];
    row->kind = tt_kind_name(identifier->kind);
    row->owner = tt_owner_name(identifier->owner);
    row->own = target->own;
    row->label = identifier->label;
    if (target->own) {
        generalise(identifier->label, judging->label);
        row->label = judging->label;
        return;
    }
    row->masked = identifier->masked;
    row->identifier = target->sighted->identifier;
}

static enum tt_err tell_target(struct judging *judging, size_t at,
                               enum tt_err (*row)(void *, const struct tt_trigger *), void *context)
{
    const struct target *target = &judging->targets[at];
    const struct tt_shift_target *test = &judging->tests[at];
    const struct kind *kind = &judging->kind;
    double chance = tt_trigger_chance_all(test->chance, judging->kinds);
    bool sure = chance < TT_TRIGGER_CHANCE_MAX && test->followed >= TT_TRIGGER_FOLLOWED_MIN;
    struct tt_trigger told = row_of_kind(judging, sure ? TT_TRIGGER_TRIGGERED : TT_TRIGGER_UNCLEAR);
    name_value(judging, target, &told);
    told.host = target->sighted->host;
    told.address = target->sighted->address;
    told.followed = test->followed;
    told.controls = test->controls;
    told.controls_followed = test->controls_followed;
    told.delay = test->delay < kind->uncertainty ? 0 : test->delay - kind->uncertainty;
    told.chance = test->chance;
    if (told.kind == NULL)
        add_bytes(kind, target->sighted, &told);
    return row(context, &told);
}

struct place_in_order {
    double chance;
    uint32_t followed;
    uint32_t at;
};

/* What was found first comes first among equals: that is the order of the traffic. */
static int compare_places(const void *left, const void *right)
{
    const struct place_in_order *a = left;
    const struct place_in_order *b = right;
    if (a->chance < b->chance || a->chance > b->chance)
        return a->chance < b->chance ? -1 : 1;
    if (a->followed != b->followed)
        return a->followed > b->followed ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static enum tt_err tell_targets(struct judging *judging,
                                enum tt_err (*row)(void *, const struct tt_trigger *),
                                void *context)
{
    struct place_in_order *order = calloc(judging->count + 1, sizeof(*order));
    if (order == NULL)
        return TT_ERR_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < judging->count; i++)
        if (judging->tests[i].followed > 0 && !judging->targets[i].covered)
            order[count++] = (struct place_in_order){.chance = judging->tests[i].chance,
                                                     .followed = judging->tests[i].followed,
                                                     .at = (uint32_t)i};
    qsort(order, count, sizeof(*order), compare_places);
    enum tt_err result = TT_OK;
    for (size_t i = 0; result == TT_OK && i < count; i++)
        result = tell_target(judging, order[i].at, row, context);
    free(order);
    if (result == TT_OK && count == 0) {
        const struct tt_trigger nothing = row_of_kind(judging, TT_TRIGGER_NOTHING);
        result = row(context, &nothing);
    }
    return result;
}

static bool is_clock_unclear(const struct judging *judging)
{
    return 2 * judging->kind.uncertainty > tt_timeline_window(judging->question->timeline);
}

static enum tt_err judge_kind(struct judging *judging,
                              enum tt_err (*row)(void *, const struct tt_trigger *), void *context)
{
    const struct kind *kind = &judging->kind;
    if (kind->count == 0 || is_clock_unclear(judging)) {
        const struct tt_trigger nothing =
            row_of_kind(judging, kind->count == 0 ? TT_TRIGGER_NOT_CAPTURED : TT_TRIGGER_CLOCK);
        return row(context, &nothing);
    }
    const struct tt_shift_question question = {.events = kind->begins,
                                               .event_count = kind->count,
                                               .window = kind->window,
                                               .seen = judging->question->seen,
                                               .seen_count = judging->question->seen_count,
                                               .seed = hash_text(kind->what)};
    enum tt_err result = add_own(judging);
    if (result == TT_OK)
        result = add_others(judging);
    if (result == TT_OK)
        result = tt_shift_test(&question, judging->tests, judging->count);
    if (result == TT_OK)
        result = tell_targets(judging, row, context);
    free_targets(judging);
    return result;
}

/* Is this the first event of its kind? */
static bool is_first(const struct tt_timeline *timeline, size_t at, const char *what)
{
    struct tt_event_view event;
    for (size_t i = 0; i < at && tt_timeline_event(timeline, i, &event); i++)
        if (strcmp(event.what, what) == 0)
            return false;
    return true;
}

/* Each kind is a question of its own: the more are asked, the sooner one has an answer by luck. */
static void count_kinds(struct judging *judging)
{
    const struct tt_timeline *timeline = judging->question->timeline;
    struct tt_event_view event;
    size_t kinds = 0;
    for (size_t i = 0; kinds < TT_EVENT_KINDS_MAX && tt_timeline_event(timeline, i, &event); i++) {
        if (!is_first(timeline, i, event.what))
            continue;
        kinds++;
        gather_events(judging, event.what);
        judging->kinds += judging->kind.count > 0 && !is_clock_unclear(judging);
    }
}

enum tt_err tt_triggers_tell(const struct tt_trigger_question *question,
                             enum tt_err (*row)(void *, const struct tt_trigger *), void *context,
                             bool *ret_complete)
{
    enum tt_err result = TT_OK;
    size_t kinds = 0;
    struct tt_event_view event;
    struct judging *judging = calloc(1, sizeof(*judging));
    if (judging == NULL)
        return TT_ERR_MEMORY;
    judging->question = question;
    judging->complete = true;
    judging->targets = calloc(TT_EVENT_TARGETS_MAX, sizeof(*judging->targets));
    judging->tests = calloc(TT_EVENT_TARGETS_MAX, sizeof(*judging->tests));
    if (judging->targets == NULL || judging->tests == NULL)
        result = TT_ERR_MEMORY;
    count_kinds(judging);
    for (size_t i = 0; result == TT_OK && tt_timeline_event(question->timeline, i, &event); i++) {
        if (!is_first(question->timeline, i, event.what))
            continue;
        if (kinds++ == TT_EVENT_KINDS_MAX) {
            judging->complete = false;
            break;
        }
        gather_events(judging, event.what);
        result = judge_kind(judging, row, context);
    }
    if (result == TT_OK)
        *ret_complete = judging->complete;
    free(judging->targets);
    free(judging->tests);
    free(judging);
    return result;
}
