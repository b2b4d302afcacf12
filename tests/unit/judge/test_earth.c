#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/earth.h"

#include <math.h>

static void assert_metres(double metres, double wanted, double tolerance)
{
    if (!(fabs(metres - wanted) <= tolerance))
        fail_msg("%f m, wanted %f", metres, wanted);
}

/* Figures of GeographicLib 2 (C. F. F. Karney, Algorithms for geodesics, 2013). */
static const struct {
    struct tt_point a;
    struct tt_point b;
    double metres;
} known[] = {
    {{40.6, -73.8}, {51.6, -0.5}, 5551759.400},
    {{0, 0}, {0, 1}, 111319.491},
    {{0, 0}, {90, 0}, 10001965.729},
    {{0, 179.5}, {0, -179.5}, 111319.491},
    {{0, 0}, {0, 0}, 0},
};

static void distances_are_those_of_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        assert_metres(tt_earth_distance(known[i].a, known[i].b), known[i].metres, 0.001);
        assert_metres(tt_earth_distance(known[i].b, known[i].a), known[i].metres, 0.001);
        assert_metres(tt_earth_distance_about(known[i].a, known[i].b), known[i].metres,
                      known[i].metres * 0.0001 + 100);
    }
}

static void opposite_points_are_never_told_too_far(void **state)
{
    (void)state;
    for (int latitude = -90; latitude <= 90; latitude += 10) {
        for (int off = -10; off <= 10; off++) {
            struct tt_point a = {.latitude = latitude, .longitude = 20};
            struct tt_point b = {.latitude = -latitude + (latitude > 0 ? off : -off) / 20.0,
                                 .longitude = -160 + off / 20.0};
            if (!tt_point_valid(b))
                continue;
            double metres = tt_earth_distance(a, b);
            assert_true(metres <= TT_EARTH_DISTANCE_MAX);
            assert_true(metres > TT_EARTH_DISTANCE_MAX - 140000);
        }
    }
    assert_metres(tt_earth_distance((struct tt_point){90, 0}, (struct tt_point){-90, 0}),
                  TT_EARTH_DISTANCE_MAX, 0.001);
}

static void the_quick_way_is_near_the_exact_one(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        double numbers[4];
        for (int n = 0; n < 4; n++) {
            seed = seed * 1664525 + 1013904223;
            numbers[n] = (double)(seed >> 8) / (double)(1 << 24);
        }
        struct tt_point a = {numbers[0] * 180 - 90, numbers[1] * 360 - 180};
        struct tt_point b = {numbers[2] * 180 - 90, numbers[3] * 360 - 180};
        double exact = tt_earth_distance(a, b);
        assert_metres(tt_earth_distance_about(a, b), exact, exact * 0.0001 + 100);
    }
}

static void places_off_the_earth_are_refused(void **state)
{
    (void)state;
    assert_true(tt_point_valid((struct tt_point){90, 180}));
    assert_true(tt_point_valid((struct tt_point){-90, -180}));
    assert_false(tt_point_valid((struct tt_point){90.1, 0}));
    assert_false(tt_point_valid((struct tt_point){0, 180.1}));
    assert_false(tt_point_valid((struct tt_point){NAN, 0}));
    assert_false(tt_point_valid((struct tt_point){0, NAN}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_others),
        cmocka_unit_test(opposite_points_are_never_told_too_far),
        cmocka_unit_test(the_quick_way_is_near_the_exact_one),
        cmocka_unit_test(places_off_the_earth_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
