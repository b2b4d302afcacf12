#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/shapes.h"

#include <math.h>
#include <string.h>

static size_t shape_of(const char *code)
{
    size_t shape = 0;
    if (!tt_shape_find(code, &shape))
        fail_msg("no shape of %s", code);
    return shape;
}

/* Cities, and where they are; a country beside it where they are not. */
static const struct {
    const char *in;
    const char *out;
    struct tt_point point;
} cities[] = {
    {"FI", "SE", {60.17, 24.94}},         {"SG", "MY", {1.35, 103.82}},
    {"CN", "MN", {39.90, 116.40}},        {"IN", "PK", {28.61, 77.21}},
    {"US", "CA", {45.52, -122.68}},       {"US-OR", "US-ID", {44.06, -121.31}},
    {"LS", "ZA", {-29.6, 28.2}},          {"VA", "FR", {41.903, 12.453}},
    {"RU", "US", {66.0, -172.0}},         {"FJ", "NZ", {-17.8, 178.0}},
    {"AQ", "CL", {-85.0, 10.0}},          {"NZ", "AU", {-36.85, 174.76}},
    {"US-HI", "US-CA", {21.31, -157.86}}, {"TW", "CN", {25.03, 121.56}},
    {"HK", "CN", {22.40, 114.10}},        {"US-AK", "CA", {52.9, 172.9}},
    {"GL", "IS", {72.0, -40.0}},          {"BR", "AR", {-23.55, -46.63}},
};

static void cities_are_in_their_countries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cities) / sizeof(*cities); i++) {
        if (tt_shape_distance(shape_of(cities[i].in), cities[i].point) > TT_SHAPE_MARGIN)
            fail_msg("not in %s: entry %zu", cities[i].in, i);
        if (tt_shape_holds(shape_of(cities[i].out), cities[i].point))
            fail_msg("in %s: entry %zu", cities[i].out, i);
        assert_true(tt_shape_distance(shape_of(cities[i].out), cities[i].point) > 0);
    }
}

static void assert_kilometres(double metres, double low, double high)
{
    if (!(metres / 1000 >= low && metres / 1000 <= high))
        fail_msg("%.1f km, wanted %.1f to %.1f", metres / 1000, low, high);
}

static void distances_fit_the_map(void **state)
{
    (void)state;
    static const struct tt_point delhi = {28.61, 77.21};
    static const struct tt_point helsinki = {60.17, 24.94};
    assert_kilometres(tt_shape_distance(shape_of("EE"), helsinki), 55, 80);
    assert_kilometres(tt_shape_distance(shape_of("SG"), delhi), 4080, 4170);
    assert_kilometres(tt_shape_distance(shape_of("US-OR"), delhi), 11000, 11700);
    assert_kilometres(tt_shape_border(shape_of("IN"), delhi), 250, 400);
    /* Over the line where the date changes. */
    assert_kilometres(tt_shape_distance(shape_of("RU"), (struct tt_point){65.6, -168.1}), 30, 90);
}

/* Another way to the same: no border point may be nearer, and one must be as near. */
static void the_nearest_border_is_found(void **state)
{
    (void)state;
    static const char *const codes[] = {"SG", "CH", "FJ", "US-WY", "MV"};
    static const struct tt_point points[] = {{1.3, 103.8}, {46.9, 7.4}, {-17, -179.9}, {43, -107}};
    for (size_t c = 0; c < 5; c++) {
        for (size_t p = 0; p < 4; p++) {
            size_t shape = shape_of(codes[c]);
            double border = tt_shape_border(shape, points[p]);
            bool inside = tt_shape_holds(shape, points[p]);
            /* A walk of a little less than that, in any direction, does not cross the border. */
            for (int degrees = 0; degrees < 360 && border < 1e6; degrees += 15) {
                double angle = degrees * 0.017453292519943295;
                struct tt_point there = points[p];
                double step = border * 0.98 / 111700;
                there.latitude += step * cos(angle);
                there.longitude = remainder(
                    there.longitude +
                        step * sin(angle) / cos(points[p].latitude * 0.017453292519943295) * 0.99,
                    360);
                if (tt_earth_distance(points[p], there) < border)
                    assert_int_equal(tt_shape_holds(shape, there), inside);
            }
        }
    }
}

static void codes_are_found_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(shape_of("us-or"), shape_of("US-OR"));
    size_t shape = 0;
    assert_false(tt_shape_find("ZZ", &shape));
    assert_false(tt_shape_find("", &shape));
    assert_false(tt_shape_find("US-", &shape));
    for (size_t i = 0; i < tt_shape_count(); i++)
        assert_int_equal(shape_of(tt_shape_code(i)), i);
    assert_true(tt_shape_count() > 280);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cities_are_in_their_countries),
        cmocka_unit_test(distances_fit_the_map),
        cmocka_unit_test(the_nearest_border_is_found),
        cmocka_unit_test(codes_are_found_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
