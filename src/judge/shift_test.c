#include "judge/shift_test.h"

#include "model/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS = 64,              /* of a window: how finely delays are told apart */
    RANGE_WINDOWS = 120,    /* shifts reach over so many windows */
    RANGE_WINDOWS_MIN = 10, /* below, there is nothing to compare with */
    SHIFTS = 2400,          /* of the grid, where there is not much to do */
    SHIFTS_MIN = 400
};

/* A test at work. */
struct work {
    const struct tt_shift_question *question;
    int64_t first; /* shift, ns */
    uint64_t step;
    size_t shifts;
    bool is_narrow; /* too little was captured around the events for a claim */
    uint8_t *own;   /* by event: the bin it fell into unmoved */
    uint64_t *sum;  /* by shift, of one target */
    uint64_t *best; /* by shift, of all targets */
    uint64_t *delays;
};

/* Walks one series while time goes on. */
struct cursor {
    struct tt_series series;
    size_t at;
    size_t stretch;
};

uint64_t tt_shift_range(uint64_t window)
{
    return window > UINT64_MAX / RANGE_WINDOWS ? UINT64_MAX : window * RANGE_WINDOWS;
}

/* Steele, Lea, Flood 2014 (SplitMix64), for one number. */
static uint64_t mix(uint64_t seed)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct tt_series series_of(const struct tt_shift_target *target, size_t event)
{
    return target->series[target->per_event ? event : 0];
}

/* The position of the first sighting at `time` or later. */
static size_t first_from(struct tt_series series, uint64_t time)
{
    size_t low = 0;
    size_t high = series.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series.times[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_seen(const struct tt_shift_question *question, struct cursor *cursor, uint64_t from)
{
    while (cursor->stretch < question->seen_count &&
           question->seen[cursor->stretch].to < from + question->window)
        cursor->stretch++;
    return cursor->stretch < question->seen_count && question->seen[cursor->stretch].from <= from;
}

/* The bin of the delay from `from` to the next sighting; BINS where there is none in the window. */
static unsigned bin_at(const struct tt_shift_question *question, struct cursor *cursor,
                       uint64_t from)
{
    while (cursor->at < cursor->series.count && cursor->series.times[cursor->at] < from)
        cursor->at++;
    if (cursor->at == cursor->series.count)
        return BINS;
    uint64_t delay = cursor->series.times[cursor->at] - from;
    if (delay >= question->window)
        return BINS;
    return (unsigned)((double)delay / (double)question->window * BINS);
}

static int compare_times(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* What happened: unmoved. */
static void look_unmoved(struct work *work, struct tt_shift_target *target)
{
    const struct tt_shift_question *question = work->question;
    target->followed = 0;
    for (size_t i = 0; i < question->event_count; i++) {
        struct tt_series series = series_of(target, i);
        struct cursor cursor = {.series = series, .at = first_from(series, question->events[i])};
        work->own[i] = (uint8_t)bin_at(question, &cursor, question->events[i]);
        if (work->own[i] < BINS)
            work->delays[target->followed++] = series.times[cursor.at] - question->events[i];
    }
    qsort(work->delays, target->followed, sizeof(uint64_t), compare_times);
    target->delay = target->followed == 0 ? 0 : work->delays[(target->followed - 1) / 2];
}

/* The time of an event under a shift; false before the epoch. */
static bool move(uint64_t event, int64_t shift, uint64_t *ret_time)
{
    if (shift < 0 && event < (uint64_t)-shift)
        return false;
    *ret_time = event + (uint64_t)shift;
    return true;
}

/* Calls for each event and shift: counts bins where `scores` is NULL, else adds their scores. */
static void walk_shifts(struct work *work, const struct tt_shift_target *target,
                        uint64_t counts[BINS + 1], const uint64_t *scores)
{
    const struct tt_shift_question *question = work->question;
    for (size_t i = 0; i < question->event_count; i++) {
        uint64_t begin = 0;
        struct tt_series series = series_of(target, i);
        struct cursor cursor = {.series = series};
        if (move(question->events[i], work->first, &begin))
            cursor.at = first_from(series, begin);
        for (size_t k = 0; k < work->shifts; k++) {
            uint64_t time = 0;
            bool seen = move(question->events[i], work->first + (int64_t)(k * work->step), &time) &&
                        is_seen(question, &cursor, time);
            unsigned bin = seen ? bin_at(question, &cursor, time) : work->own[i];
            if (scores != NULL)
                work->sum[k] += scores[bin];
            else if (seen)
                counts[bin]++;
        }
    }
}

/* How surprising each delay is: -log of how many of all moved events waited no longer. */
static void make_scores(const uint64_t counts[BINS + 1], uint64_t scores[BINS + 1])
{
    uint64_t all = 0;
    for (size_t i = 0; i <= BINS; i++)
        all += counts[i];
    uint64_t up_to = 0;
    for (size_t i = 0; i < BINS; i++) {
        up_to += counts[i];
        scores[i] = (uint64_t)llround(1000 * log(((double)all + 1) / ((double)up_to + 1)));
    }
    scores[BINS] = 0;
}

static void score_target(struct work *work, struct tt_shift_target *target)
{
    uint64_t counts[BINS + 1] = {0};
    uint64_t scores[BINS + 1];
    look_unmoved(work, target);
    walk_shifts(work, target, counts, NULL);
    make_scores(counts, scores);
    target->score = 0;
    for (size_t i = 0; i < work->question->event_count; i++)
        target->score += scores[work->own[i]];
    memset(work->sum, 0, work->shifts * sizeof(*work->sum));
    walk_shifts(work, target, counts, scores);
    for (size_t k = 0; k < work->shifts; k++)
        work->best[k] = work->sum[k] > work->best[k] ? work->sum[k] : work->best[k];
}

/* Windows near event `i` and before the next one that no event's window touches. */
static void count_controls(const struct tt_shift_question *question, size_t i,
                           struct tt_shift_target *target, uint64_t *end)
{
    const uint64_t window = question->window;
    const uint64_t reach = tt_shift_range(window) / 2;
    const uint64_t event = question->events[i];
    bool is_last = i + 1 == question->event_count;
    uint64_t until = event + reach;
    if (!is_last && question->events[i + 1] < until)
        until = question->events[i + 1];
    struct tt_series series = series_of(target, i);
    struct cursor cursor = {.series = series};
    uint64_t from = event > reach ? event - reach : 0;
    from = from < *end ? *end : from;
    cursor.at = first_from(series, from);
    for (; from + window <= until; from += window) {
        if (from + window > event && from < event + window)
            from = event + window;
        if (from + window > until)
            break;
        if (!is_seen(question, &cursor, from))
            continue;
        target->controls++;
        target->controls_followed += bin_at(question, &cursor, from) < BINS;
    }
    *end = event + window > from ? event + window : from;
}

static void set_chance(const struct work *work, struct tt_shift_target *target)
{
    size_t as_good = 1; /* what happened is one of the shifts */
    for (size_t k = 0; k < work->shifts; k++)
        as_good += work->best[k] >= target->score;
    bool claims_nothing = target->score == 0 || work->is_narrow;
    target->chance = claims_nothing ? 1 : (double)as_good / (double)(work->shifts + 1);
}

/* How far the events can be moved so that at least half of them stay within what was captured. */
static void find_room(const struct tt_shift_question *question, uint64_t *ret_before,
                      uint64_t *ret_after)
{
    *ret_before = 0;
    *ret_after = 0;
    if (question->event_count == 0 || question->seen_count == 0)
        return;
    uint64_t first = question->events[question->event_count / 2];
    uint64_t last = question->events[(question->event_count - 1) / 2] + question->window;
    uint64_t from = question->seen[0].from;
    uint64_t to = question->seen[question->seen_count - 1].to;
    *ret_before = first > from ? first - from : 0;
    *ret_after = to > last ? to - last : 0;
}

/* Zero lies in the grid so that a window fits on either side where there is room, else anywhere. */
static void place_grid(struct work *work, size_t targets)
{
    const struct tt_shift_question *question = work->question;
    uint64_t pairs = (uint64_t)question->event_count * targets + 1;
    uint64_t shifts = TT_TRIGGER_WORK_MAX / pairs;
    work->shifts = shifts > SHIFTS ? SHIFTS : shifts < SHIFTS_MIN ? SHIFTS_MIN : (size_t)shifts;
    uint64_t before = 0;
    uint64_t after = 0;
    find_room(question, &before, &after);
    uint64_t range = tt_shift_range(question->window);
    before = before > range ? range : before;
    after = after > range ? range : after;
    range = before + after < range ? before + after : range;
    work->step = range / work->shifts;
    work->is_narrow = range / RANGE_WINDOWS_MIN < question->window;
    /* The longest and the shortest way to the grid's begin. */
    uint64_t most = before < range - question->window ? before : range - question->window;
    uint64_t least = range - after > question->window ? range - after : question->window;
    if (range < 2 * question->window || least > most)
        least = most = before;
    double at = (double)(mix(question->seed) >> 11) / 9007199254740992.0;
    work->first = -(int64_t)((double)least + at * (double)(most - least));
}

enum tt_err tt_shift_test(const struct tt_shift_question *question, struct tt_shift_target *targets,
                          size_t count)
{
    struct work work = {.question = question};
    enum tt_err result = TT_ERR_MEMORY;
    place_grid(&work, count);
    work.own = calloc(question->event_count + 1, sizeof(*work.own));
    work.delays = calloc(question->event_count + 1, sizeof(*work.delays));
    work.sum = calloc(work.shifts, sizeof(*work.sum));
    work.best = calloc(work.shifts, sizeof(*work.best));
    if (work.own == NULL || work.delays == NULL || work.sum == NULL || work.best == NULL)
        goto out;
    result = TT_OK;
    for (size_t i = 0; i < count; i++) {
        targets[i].controls = 0;
        targets[i].controls_followed = 0;
        uint64_t end = 0;
        for (size_t e = 0; e < question->event_count; e++)
            count_controls(question, e, &targets[i], &end);
        score_target(&work, &targets[i]);
    }
    for (size_t i = 0; i < count; i++)
        set_chance(&work, &targets[i]);
out:
    free(work.own);
    free(work.delays);
    free(work.sum);
    free(work.best);
    return result;
}
