/* Entries that a capture's own comments tell: they stand at times of the capture's clock. */
#include "base/time.h"
#include "judge/timeline_data.h"

enum { ROOM_MIN = 16 };

/* Room for one more of `count` entries in an array of the timeline's arena. */
static enum tt_err make_room(struct tt_timeline *timeline, void **items, size_t size, size_t count,
                             size_t *room)
{
    if (count < *room)
        return TT_OK;
    size_t more = *room < ROOM_MIN ? ROOM_MIN : *room * 2;
    void *moved = tt_arena_alloc(&timeline->arena, more * size);
    if (moved == NULL)
        return TT_ERR_MEMORY;
    if (count > 0)
        memcpy(moved, *items, count * size);
    *items = moved;
    *room = more;
    return TT_OK;
}

static enum tt_err keep_text(struct tt_timeline *timeline, struct tt_span text,
                             const char **ret_text)
{
    *ret_text = tt_arena_dup(&timeline->arena, text);
    return *ret_text == NULL ? TT_ERR_MEMORY : TT_OK;
}

static enum tt_err keep_time(struct tt_timeline *timeline, uint64_t time, const char **ret_text)
{
    char text[TT_TIME_TEXT_MAX];
    return keep_text(timeline, tt_span_str(tt_time_text(time, text)), ret_text);
}

static struct tt_span trim(struct tt_span text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = tt_span_from(text, 1);
    while (text.len > 0 && text.data[text.len - 1] <= ' ')
        text.len--;
    return text;
}

/* The label at the end of "contact added contacts[0]"; empty where the last word is none. */
static struct tt_span last_label(struct tt_span text)
{
    size_t at = text.len;
    while (at > 0 && text.data[at - 1] != ' ')
        at--;
    struct tt_span word = tt_span_from(text, at);
    size_t open = tt_span_find(word, '[');
    bool is_label = at > 0 && open > 0 && open + 2 < word.len && tt_is_digit(word.data[open + 1]) &&
                    tt_span_find(word, ']') < word.len;
    return is_label ? word : tt_span_sub(word, 0, 0);
}

static enum tt_err tell_event(struct tt_timeline *timeline, struct tt_span text, uint64_t time)
{
    struct tt_timeline_event event = {.at = time, .in_capture = true};
    struct tt_span label = last_label(text);
    text.len -= label.len;
    text = trim(text);
    if (text.len == 0)
        return TT_OK;
    if (timeline->event_count >= TT_PHASES_MAX)
        return TT_ERR_LIMIT;
    void *items = timeline->events;
    enum tt_err result =
        make_room(timeline, &items, sizeof(event), timeline->event_count, &timeline->event_room);
    timeline->events = items;
    if (result == TT_OK)
        result = keep_text(timeline, text, &event.what);
    if (result == TT_OK && label.len > 0)
        result = keep_text(timeline, label, &event.subject);
    if (result == TT_OK)
        result = keep_time(timeline, time, &event.at_text);
    if (result != TT_OK)
        return result;
    size_t at = timeline->event_count;
    for (; at > 0 && timeline->events[at - 1].at > time; at--)
        timeline->events[at] = timeline->events[at - 1];
    timeline->events[at] = event;
    timeline->event_count++;
    return TT_OK;
}

/* Epochs are borders too: hits before and behind it are told apart. */
static enum tt_err add_change(struct tt_timeline *timeline, uint64_t time)
{
    void *items = timeline->changes;
    enum tt_err result = make_room(timeline, &items, sizeof(uint64_t), timeline->change_count,
                                   &timeline->change_room);
    timeline->changes = items;
    if (result != TT_OK)
        return result;
    size_t at = timeline->change_count;
    for (; at > 0 && timeline->changes[at - 1] > time; at--)
        timeline->changes[at] = timeline->changes[at - 1];
    timeline->changes[at] = time;
    timeline->change_count++;
    return TT_OK;
}

static enum tt_err tell_phase(struct tt_timeline *timeline, struct tt_span text, uint64_t time)
{
    struct tt_timeline_phase phase = {.from = time, .in_capture = true};
    if (text.len == 0)
        return TT_OK;
    if (timeline->phase_count >= TT_PHASES_MAX)
        return TT_ERR_LIMIT;
    void *items = timeline->phases;
    enum tt_err result =
        make_room(timeline, &items, sizeof(phase), timeline->phase_count, &timeline->phase_room);
    timeline->phases = items;
    if (result == TT_OK)
        result = keep_text(timeline, text, &phase.name);
    if (result == TT_OK)
        result = keep_time(timeline, time, &phase.from_text);
    if (result == TT_OK)
        result = add_change(timeline, time);
    if (result != TT_OK)
        return result;
    size_t at = timeline->phase_count;
    for (; at > 0 && timeline->phases[at - 1].from > time; at--)
        timeline->phases[at] = timeline->phases[at - 1];
    timeline->phases[at] = phase;
    timeline->phase_count++;
    return TT_OK;
}

static bool take_word(struct tt_span *line, const char *word)
{
    struct tt_span prefix = tt_span_str(word);
    if (line->len < prefix.len || memcmp(line->data, prefix.data, prefix.len) != 0)
        return false;
    *line = trim(tt_span_from(*line, prefix.len));
    return true;
}

enum tt_err tt_timeline_tell(struct tt_timeline *timeline, const char *comment, uint64_t time)
{
    struct tt_span line = trim(tt_span_str(comment));
    size_t before = timeline->event_count + timeline->phase_count;
    enum tt_err result = TT_OK;
    if (time == 0)
        return TT_OK;
    if (take_word(&line, "event:"))
        result = tell_event(timeline, line, time);
    else if (take_word(&line, "phase:"))
        result = tell_phase(timeline, line, time);
    if (timeline->event_count + timeline->phase_count != before)
        timeline->was_told = true;
    return result;
}
