/* The test of events, and its calibration: how often unrelated traffic is taken for triggered, and
 * how often triggered traffic is found. docs/events.md tells the figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/shift_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMES_MAX = 40000, TARGETS_MAX = 8, EVENTS_MAX = 8, RUNS = 2000 };

static const double second = 1e9;
static const uint64_t window_5s = UINT64_C(5000000000);
static const uint64_t origin = UINT64_C(1407402000000000000);

/* ---- worlds ---- */

struct world {
    uint64_t state; /* of the generator */
    double length;  /* seconds captured */
    double events[EVENTS_MAX];
    size_t event_count;
    double *times[TARGETS_MAX];
    size_t counts[TARGETS_MAX];
    size_t targets;
};

static double draw(struct world *world)
{
    world->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = world->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static double between(struct world *world, double low, double high)
{
    return low + draw(world) * (high - low);
}

static double waiting(struct world *world, double mean)
{
    return -mean * log(1 - draw(world));
}

static void put_time(struct world *world, size_t target, double time)
{
    if (time >= 0 && time < world->length && world->counts[target] < TIMES_MAX)
        world->times[target][world->counts[target]++] = time;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static void put_beacon(struct world *world, size_t target)
{
    static const double periods[] = {15, 30, 60, 90, 300};
    double period =
        draw(world) < 0.5 ? periods[(size_t)(draw(world) * 5)] : between(world, 10, 900);
    double jitter = draw(world) < 0.5 ? 0 : period * 0.05;
    for (double at = draw(world) * period; at < world->length; at += period)
        put_time(world, target, at + draw(world) * jitter);
}

static void put_poisson(struct world *world, size_t target)
{
    double mean = exp(between(world, log(5), log(900)));
    for (double at = waiting(world, mean); at < world->length; at += waiting(world, mean))
        put_time(world, target, at);
}

static void put_bursts(struct world *world, size_t target)
{
    double mean = between(world, 40, 900);
    double length = between(world, 1, 20);
    for (double at = waiting(world, mean) - length; at < world->length;
         at += waiting(world, mean)) {
        size_t size = 2 + (size_t)(draw(world) * 18);
        for (size_t i = 0; i < size; i++)
            put_time(world, target, at + draw(world) * length);
    }
}

/* Busy by day and still at night; the events are by day, too. */
static void put_daily(struct world *world, size_t target)
{
    double mean = between(world, 10, 120);
    for (double at = waiting(world, mean); at < world->length; at += waiting(world, mean)) {
        double light = sin(3.14159265358979 * at / world->length);
        if (draw(world) < light * light)
            put_time(world, target, at);
    }
}

static void put_traffic(struct world *world, size_t target, size_t sort)
{
    world->counts[target] = 0;
    switch (sort % 4) {
    case 0:
        put_beacon(world, target);
        break;
    case 1:
        put_poisson(world, target);
        break;
    case 2:
        put_bursts(world, target);
        break;
    default:
        put_daily(world, target);
        break;
    }
    qsort(world->times[target], world->counts[target], sizeof(double), compare_doubles);
}

/* Events as testers make them: at intervals of their own, or by a script at the same interval. */
static void put_events(struct world *world, size_t sort)
{
    double at = world->length * between(world, 0.3, 0.6);
    double regular = draw(world) < 0.5 ? 60 : between(world, 20, 300);
    for (size_t i = 0; i < world->event_count; i++) {
        world->events[i] = at;
        if (sort % 4 == 0)
            at += regular;
        else if (sort % 4 == 1)
            at += regular + between(world, 0, 2);
        else
            at += between(world, 15, sort % 4 == 2 ? 60 : 240);
    }
}

static struct world make_world(void)
{
    struct world world = {.state = 1};
    for (size_t i = 0; i < TARGETS_MAX; i++) {
        world.times[i] = malloc((TIMES_MAX + EVENTS_MAX) * sizeof(double));
        assert_non_null(world.times[i]);
    }
    return world;
}

static void free_world(struct world *world)
{
    for (size_t i = 0; i < TARGETS_MAX; i++)
        free(world->times[i]);
}

/* Unrelated traffic of one to six targets, all of one sort or mixed. */
static void draw_world(struct world *world, uint64_t seed)
{
    world->state = seed * 1000003;
    size_t sort = (size_t)(draw(world) * 5);
    world->length = sort == 3 ? 86400 : between(world, 1800, 14400);
    world->event_count = 3 + (size_t)(draw(world) * 6);
    world->targets = 1 + (size_t)(draw(world) * 6);
    put_events(world, (size_t)(draw(world) * 4));
    for (size_t i = 0; i < world->targets; i++)
        put_traffic(world, i, sort < 4 ? sort : i);
}

/* Each event of the world is followed by traffic of its first target. */
static void plant(struct world *world)
{
    for (size_t i = 0; i < world->event_count; i++)
        world->times[0][world->counts[0]++] = world->events[i] + between(world, 0.2, 2);
    qsort(world->times[0], world->counts[0], sizeof(double), compare_doubles);
}

/* A capture that begins shortly before the first event and ends shortly behind the last. */
static void cut_world(struct world *world)
{
    double from = world->events[0] - between(world, 5, 60);
    double to = world->events[world->event_count - 1] + between(world, 10, 60);
    for (size_t i = 0; i < world->event_count; i++)
        world->events[i] -= from;
    for (size_t i = 0; i < world->targets; i++) {
        size_t count = world->counts[i];
        world->counts[i] = 0;
        for (size_t k = 0; k < count; k++)
            if (world->times[i][k] >= from && world->times[i][k] <= to)
                world->times[i][world->counts[i]++] = world->times[i][k] - from;
    }
    world->length = to - from;
}

static void test_world(const struct world *world, uint64_t seed, uint64_t window,
                       struct tt_shift_target *targets)
{
    uint64_t events[EVENTS_MAX];
    uint64_t *times[TARGETS_MAX] = {NULL};
    struct tt_series series[TARGETS_MAX];
    const struct tt_stretch seen = {origin, origin + (uint64_t)(world->length * second)};
    for (size_t i = 0; i < world->event_count; i++)
        events[i] = origin + (uint64_t)(world->events[i] * second);
    for (size_t i = 0; i < world->targets; i++) {
        times[i] = malloc((world->counts[i] + 1) * sizeof(uint64_t));
        assert_non_null(times[i]);
        for (size_t k = 0; k < world->counts[i]; k++)
            times[i][k] = origin + (uint64_t)(world->times[i][k] * second);
        series[i] = (struct tt_series){times[i], world->counts[i]};
        targets[i] = (struct tt_shift_target){.series = &series[i]};
    }
    const struct tt_shift_question question = {.events = events,
                                               .event_count = world->event_count,
                                               .window = window,
                                               .seen = &seen,
                                               .seen_count = 1,
                                               .seed = seed};
    assert_int_equal(tt_shift_test(&question, targets, world->targets), TT_OK);
    for (size_t i = 0; i < world->targets; i++)
        free(times[i]);
}

/* ---- calibration ---- */

static void unrelated_traffic_is_seldom_taken_for_triggered(void **state)
{
    (void)state;
    struct world world = make_world();
    unsigned wrong = 0;
    for (uint64_t run = 1; run <= RUNS; run++) {
        struct tt_shift_target targets[TARGETS_MAX];
        bool any = false;
        draw_world(&world, run);
        test_world(&world, run, window_5s, targets);
        for (size_t i = 0; i < world.targets; i++)
            any = any || targets[i].chance < 0.01;
        wrong += any;
    }
    free_world(&world);
    print_message("unrelated: %u of %u\n", wrong, RUNS);
    assert_true(wrong * 1000 <= RUNS * 13);
}

/* The same where little was captured beside the events. */
static void short_captures_are_judged_as_carefully(void **state)
{
    (void)state;
    struct world world = make_world();
    unsigned wrong = 0;
    for (uint64_t run = 1; run <= RUNS; run++) {
        struct tt_shift_target targets[TARGETS_MAX];
        bool any = false;
        draw_world(&world, run + 10 * RUNS);
        cut_world(&world);
        test_world(&world, run, window_5s, targets);
        for (size_t i = 0; i < world.targets; i++)
            any = any || targets[i].chance < 0.01;
        wrong += any;
    }
    free_world(&world);
    print_message("unrelated, short: %u of %u\n", wrong, RUNS);
    assert_true(wrong * 1000 <= RUNS * 13);
}

static void a_planted_trigger_is_found(void **state)
{
    (void)state;
    struct world world = make_world();
    unsigned found = 0;
    for (uint64_t run = 1; run <= RUNS; run++) {
        struct tt_shift_target targets[TARGETS_MAX];
        draw_world(&world, run);
        world.event_count = 5;
        put_events(&world, 3);
        plant(&world);
        test_world(&world, run, window_5s, targets);
        found += targets[0].chance < 0.01;
        assert_int_equal(targets[0].followed, 5);
    }
    free_world(&world);
    print_message("planted: %u of %u\n", found, RUNS);
    assert_true(found * 100 >= RUNS * 95);
}

/* ---- single cases ---- */

enum { SINGLE_EVENTS = 5 };

static struct tt_shift_target test_times(const double *events, const double *times, size_t count,
                                         double length)
{
    struct world world = {.length = length, .event_count = SINGLE_EVENTS, .targets = 1};
    struct tt_shift_target targets[TARGETS_MAX];
    double copy[1024];
    assert_in_range(count, 0, 1024);
    for (size_t i = 0; i < SINGLE_EVENTS; i++)
        world.events[i] = events[i];
    for (size_t i = 0; i < count; i++)
        copy[i] = times[i];
    world.times[0] = copy;
    world.counts[0] = count;
    test_world(&world, 1, window_5s, targets);
    targets[0].series = NULL; /* of a function that is over */
    return targets[0];
}

static const double irregular[SINGLE_EVENTS] = {1000, 1071, 1205, 1333, 1562};
static const double regular[SINGLE_EVENTS] = {1000, 1060, 1120, 1180, 1240};

static void nothing_seen_is_no_chance(void **state)
{
    (void)state;
    struct tt_shift_target target = test_times(irregular, irregular, 0, 3600);
    assert_int_equal(target.followed, 0);
    assert_int_equal(target.score, 0);
    assert_true(target.chance >= 1);
    assert_true(target.controls > 100);
    assert_int_equal(target.controls_followed, 0);
}

static void delays_are_medians(void **state)
{
    (void)state;
    const double times[] = {1000.5, 1071.25, 1207, 1334, 1564};
    struct tt_shift_target target = test_times(irregular, times, 5, 3600);
    assert_int_equal(target.followed, 5);
    assert_in_range(target.delay, 999999000, 1000001000);
    assert_true(target.chance < 0.01);
}

/* A window holds its begin and not its end; what comes before an event does not follow it. */
static void windows_have_borders(void **state)
{
    (void)state;
    const double times[] = {1000, 1070.9, 1210, 1337.9, 1567.1};
    assert_int_equal(test_times(irregular, times, 5, 3600).followed, 2);
}

/* Five answers to five regular events, and nothing more: found. A beacon of the same interval that
 * was there before and stays: not. */
static void beacons_of_the_events_interval_are_no_triggers(void **state)
{
    (void)state;
    double times[1024];
    size_t count = 0;
    for (size_t i = 0; i < 5; i++)
        times[count++] = regular[i] + 1;
    assert_true(test_times(regular, times, count, 3600).chance < 0.01);
    count = 0;
    for (double at = 41; at < 3600; at += 60)
        times[count++] = at;
    struct tt_shift_target target = test_times(regular, times, count, 3600);
    assert_int_equal(target.followed, 5);
    assert_true(target.chance > 0.01);
    /* At irregular times it follows now and then. */
    target = test_times(irregular, times, count, 3600);
    assert_true(target.chance > 0.01);
}

/* All was captured is the events themselves: nothing can be compared. */
static void what_was_not_captured_claims_nothing(void **state)
{
    (void)state;
    const double events[SINGLE_EVENTS] = {1, 2, 3, 4, 5};
    const double times[] = {1.5, 2.5, 3.5, 4.5, 5.5};
    assert_true(test_times(events, times, 5, 6).chance >= 1);
}

/* Each event has a series of its own: the others' sightings are none of its business. */
static void series_of_each_event(void **state)
{
    (void)state;
    const struct tt_stretch seen = {origin, origin + UINT64_C(3600000000000)};
    uint64_t events[SINGLE_EVENTS];
    uint64_t times[SINGLE_EVENTS];
    struct tt_series own[SINGLE_EVENTS];
    struct tt_series swapped[SINGLE_EVENTS];
    for (size_t i = 0; i < SINGLE_EVENTS; i++) {
        events[i] = origin + (uint64_t)(irregular[i] * second);
        times[i] = events[i] + 700000000;
        own[i] = (struct tt_series){&times[i], 1};
        swapped[(i + 1) % SINGLE_EVENTS] = own[i];
    }
    const struct tt_shift_question question = {.events = events,
                                               .event_count = SINGLE_EVENTS,
                                               .window = window_5s,
                                               .seen = &seen,
                                               .seen_count = 1,
                                               .seed = 5};
    struct tt_shift_target targets[] = {{.series = own, .per_event = true},
                                        {.series = swapped, .per_event = true}};
    assert_int_equal(tt_shift_test(&question, targets, 2), TT_OK);
    assert_int_equal(targets[0].followed, 5);
    assert_true(targets[0].chance < 0.01);
    assert_int_equal(targets[1].followed, 0);
    double chance = targets[0].chance;
    assert_int_equal(tt_shift_test(&question, targets, 2), TT_OK);
    assert_true(targets[0].chance >= chance && targets[0].chance <= chance);
}

/* Times that no clock shows, windows of a day, no event at all: an answer, and no overflow. */
static void extremes_are_survived(void **state)
{
    (void)state;
    static const uint64_t ends[] = {0, 1, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};
    static const uint64_t windows[] = {1, 1000000, UINT64_C(172800000000000)};
    const struct tt_stretch seen[] = {{0, 5}, {7, UINT64_MAX / 2}, {UINT64_MAX - 3, UINT64_MAX}};
    const struct tt_series all = {ends, TT_ARRAY_LEN(ends)};
    for (size_t w = 0; w < TT_ARRAY_LEN(windows); w++) {
        for (size_t events = 0; events <= TT_ARRAY_LEN(ends); events++) {
            for (size_t stretches = 0; stretches <= TT_ARRAY_LEN(seen); stretches++) {
                const struct tt_shift_question question = {.events = ends,
                                                           .event_count = events,
                                                           .window = windows[w],
                                                           .seen = seen,
                                                           .seen_count = stretches,
                                                           .seed = w};
                struct tt_shift_target target = {.series = &all};
                assert_int_equal(tt_shift_test(&question, &target, 1), TT_OK);
                assert_true(target.chance >= 0 && target.chance <= 1);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unrelated_traffic_is_seldom_taken_for_triggered),
        cmocka_unit_test(short_captures_are_judged_as_carefully),
        cmocka_unit_test(a_planted_trigger_is_found),
        cmocka_unit_test(nothing_seen_is_no_chance),
        cmocka_unit_test(delays_are_medians),
        cmocka_unit_test(windows_have_borders),
        cmocka_unit_test(beacons_of_the_events_interval_are_no_triggers),
        cmocka_unit_test(what_was_not_captured_claims_nothing),
        cmocka_unit_test(series_of_each_event),
        cmocka_unit_test(extremes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
