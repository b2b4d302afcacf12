#include "judge/timeline.h"

#include "base/json.h"
#include "judge/timeline_data.h"

#include <stdlib.h>

enum {
    WINDOW_S = 5,                       /* of an event, where the file names none */
    JSON_MAX = TT_POLICY_BYTES_MAX * 8, /* escapes and key names included */
    ARENA_MAX = TT_POLICY_BYTES_MAX * 32
};

struct tt_timeline *tt_timeline_make(void)
{
    struct tt_timeline *timeline = calloc(1, sizeof(*timeline));
    if (timeline == NULL)
        return NULL;
    *timeline = (struct tt_timeline){.arena = tt_arena_make(ARENA_MAX),
                                     .offset_text = "0s",
                                     .uncertainty_text = "0s",
                                     .window_text = "5s",
                                     .window = WINDOW_S * UINT64_C(1000000000),
                                     .json = tt_buf_make(JSON_MAX)};
    return timeline;
}

struct tt_timeline *tt_timeline_new(void)
{
    return tt_timeline_make();
}

void tt_timeline_free(struct tt_timeline *timeline)
{
    if (timeline == NULL)
        return;
    tt_buf_free(&timeline->json);
    tt_arena_free(&timeline->arena);
    free(timeline);
}

const char *tt_timeline_phase(const struct tt_timeline *timeline, uint64_t time, size_t *ret_index)
{
    size_t count = timeline == NULL || time == 0 ? 0 : timeline->phase_count;
    while (count > 0 && timeline->phases[count - 1].from > time)
        count--;
    if (ret_index != NULL)
        *ret_index = count == 0 ? SIZE_MAX : count - 1;
    return count == 0 ? NULL : timeline->phases[count - 1].name;
}

uint64_t tt_timeline_epoch(const struct tt_timeline *timeline, uint64_t time)
{
    if (timeline == NULL)
        return 0;
    size_t low = 0;
    size_t high = timeline->change_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (timeline->changes[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool covers(const struct tt_timeline_purpose *purpose, enum tt_kind kind, const char *host,
                   const char *app)
{
    bool kind_fits = purpose->kind_set == 0 || (purpose->kind_set >> kind & 1) != 0;
    return kind_fits && (purpose->hosts.count == 0 || tt_glob_any(purpose->hosts, host)) &&
           (purpose->apps.count == 0 || tt_glob_any(purpose->apps, app));
}

/* The better, the smaller. */
static int rank(enum tt_consent consent)
{
    switch (consent) {
    case TT_CONSENT_GIVEN:
        return 0;
    case TT_CONSENT_NOT_REQUIRED:
        return 1;
    case TT_CONSENT_UNKNOWN:
        return 2;
    case TT_CONSENT_WITHDRAWN:
        return 3;
    case TT_CONSENT_NOT_GIVEN:
        break;
    }
    return 4;
}

/* What is asked about. */
struct question {
    enum tt_kind kind;
    const char *host;
    const char *app;
};

/* The state of a purpose after all entries up to `until`, each counted from `delay` later on. */
static enum tt_consent state_at(const struct tt_timeline_purpose *purpose, uint64_t until,
                                uint64_t delay)
{
    enum tt_consent state = TT_CONSENT_NOT_GIVEN;
    for (size_t i = 0;
         i < purpose->state_count && tt_time_add(purpose->states[i].at, delay) <= until; i++)
        state = purpose->states[i].consent;
    return state;
}

static enum tt_consent answer_at(const struct tt_timeline *timeline,
                                 const struct question *question, uint64_t until, uint64_t delay)
{
    enum tt_consent best = TT_CONSENT_NOT_GIVEN;
    for (size_t i = 0; i < timeline->purpose_count; i++) {
        const struct tt_timeline_purpose *purpose = &timeline->purposes[i];
        if (!covers(purpose, question->kind, question->host, question->app))
            continue;
        enum tt_consent state = state_at(purpose, until, delay);
        if (rank(state) < rank(best))
            best = state;
    }
    return best;
}

enum tt_consent tt_timeline_consent(const struct tt_timeline *timeline, uint64_t time,
                                    enum tt_kind kind, const char *host, const char *app)
{
    if (timeline == NULL || timeline->purpose_count == 0 || time == 0)
        return TT_CONSENT_UNKNOWN;
    const struct question question = {.kind = kind, .host = host, .app = app};
    uint64_t uncertainty = timeline->uncertainty;
    /* The true time is anywhere from time - uncertainty to time + uncertainty: the answer at the
     * early end must be the answer after every entry up to the late end. */
    enum tt_consent answer = answer_at(timeline, &question, time, uncertainty);
    uint64_t late = tt_time_add(time, uncertainty);
    for (size_t i = 0; i < timeline->consent_count; i++) {
        uint64_t at = timeline->consents[i].at;
        if (at > late)
            break;
        if (tt_time_add(at, uncertainty) > time && answer_at(timeline, &question, at, 0) != answer)
            return TT_CONSENT_UNKNOWN;
    }
    return answer;
}

/* Of each purpose, and of what none covers. */
static unsigned states_at(const struct tt_timeline *timeline, uint64_t time)
{
    unsigned states = 0;
    for (size_t i = 0; i < timeline->purpose_count; i++)
        states |= 1U << state_at(&timeline->purposes[i], time, 0);
    for (unsigned kind = 0; kind < TT_KIND_COUNT; kind++)
        states |= 1U << tt_timeline_consent(timeline, time, (enum tt_kind)kind, NULL, NULL);
    return states;
}

unsigned tt_timeline_states(const struct tt_timeline *timeline, uint64_t first, uint64_t last)
{
    if (timeline == NULL || timeline->purpose_count == 0 || first == 0)
        return 1U << TT_CONSENT_UNKNOWN;
    unsigned states = states_at(timeline, first);
    for (size_t i = 0; i < timeline->change_count && timeline->changes[i] <= last; i++)
        if (timeline->changes[i] > first)
            states |= states_at(timeline, timeline->changes[i]);
    return states;
}

const char *tt_timeline_purpose(const struct tt_timeline *timeline, uint64_t time,
                                enum tt_kind kind, const char *host, const char *app)
{
    if (timeline == NULL || time == 0)
        return NULL;
    const char *name = NULL;
    enum tt_consent best = TT_CONSENT_NOT_GIVEN;
    for (size_t i = 0; i < timeline->purpose_count; i++) {
        const struct tt_timeline_purpose *purpose = &timeline->purposes[i];
        if (!covers(purpose, kind, host, app))
            continue;
        enum tt_consent state = state_at(purpose, time, 0);
        if (name == NULL || rank(state) < rank(best)) {
            name = purpose->name;
            best = state;
        }
    }
    return name;
}

/* ---- events ---- */

bool tt_timeline_event(const struct tt_timeline *timeline, size_t at,
                       struct tt_event_view *ret_event)
{
    if (timeline == NULL || at >= timeline->event_count)
        return false;
    const struct tt_timeline_event *event = &timeline->events[at];
    *ret_event = (struct tt_event_view){.what = event->what,
                                        .subject = event->subject,
                                        .at = event->at,
                                        .uncertainty = event->uncertainty};
    return true;
}

uint64_t tt_timeline_window(const struct tt_timeline *timeline)
{
    return timeline == NULL ? WINDOW_S * UINT64_C(1000000000) : timeline->window;
}

/* ---- its text for the case file ---- */

static void write_words(struct tt_json *json, const char *key, struct tt_words words)
{
    if (words.count == 0)
        return;
    tt_json_open_array(json, key);
    for (size_t i = 0; i < words.count; i++)
        tt_json_text(json, NULL, words.items[i]);
    tt_json_close_array(json);
}

static void write_purposes(struct tt_json *json, const struct tt_timeline *timeline)
{
    tt_json_open_array(json, "purposes");
    for (size_t i = 0; i < timeline->purpose_count; i++) {
        const struct tt_timeline_purpose *purpose = &timeline->purposes[i];
        tt_json_open_object(json, NULL);
        tt_json_text(json, "name", purpose->name);
        write_words(json, "hosts", purpose->hosts);
        write_words(json, "apps", purpose->apps);
        write_words(json, "kinds", purpose->kinds);
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

static void write_phases(struct tt_json *json, const struct tt_timeline *timeline)
{
    tt_json_open_array(json, "phases");
    for (size_t i = 0; i < timeline->phase_count; i++) {
        tt_json_open_object(json, NULL);
        tt_json_text(json, "name", timeline->phases[i].name);
        tt_json_text(json, "from", timeline->phases[i].from_text);
        if (timeline->phases[i].in_capture)
            tt_json_text(json, "clock", "capture");
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

static void write_consents(struct tt_json *json, const struct tt_timeline *timeline)
{
    tt_json_open_array(json, "consent");
    for (size_t i = 0; i < timeline->consent_count; i++) {
        const struct tt_timeline_consent *consent = &timeline->consents[i];
        tt_json_open_object(json, NULL);
        tt_json_text(json, "at", consent->at_text);
        tt_json_text(json, "purpose", timeline->purposes[consent->purpose].name);
        tt_json_text(json, "state", tt_consent_name(consent->consent));
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

static void write_events(struct tt_json *json, const struct tt_timeline *timeline)
{
    tt_json_open_array(json, "events");
    for (size_t i = 0; i < timeline->event_count; i++) {
        const struct tt_timeline_event *event = &timeline->events[i];
        tt_json_open_object(json, NULL);
        tt_json_text(json, "at", event->at_text);
        if (event->in_capture)
            tt_json_text(json, "clock", "capture");
        tt_json_text(json, "what", event->what);
        if (event->subject != NULL)
            tt_json_text(json, "subject", event->subject);
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

/* The same keys as in the file, so that one page describes both. */
enum tt_err tt_timeline_write(struct tt_timeline *timeline)
{
    timeline->json.len = 0;
    struct tt_json json = tt_json_make(&timeline->json);
    tt_json_open_object(&json, NULL);
    tt_json_open_object(&json, "clock");
    tt_json_text(&json, "offset", timeline->offset_text);
    tt_json_text(&json, "uncertainty", timeline->uncertainty_text);
    tt_json_close_object(&json);
    tt_json_text(&json, "window", timeline->window_text);
    write_phases(&json, timeline);
    write_purposes(&json, timeline);
    write_consents(&json, timeline);
    write_events(&json, timeline);
    tt_json_close_object(&json);
    return json.err == TT_OK ? tt_buf_append_u8(&timeline->json, '\0') : json.err;
}

enum tt_err tt_timeline_settle(struct tt_timeline *timeline)
{
    return timeline->was_told ? tt_timeline_write(timeline) : TT_OK;
}

const char *tt_timeline_json(const struct tt_timeline *timeline)
{
    return timeline == NULL || timeline->json.len == 0 ? NULL : (const char *)timeline->json.data;
}
