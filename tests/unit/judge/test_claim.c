#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "judge/claim.h"
#include "judge/disputed.h"
#include "judge/shapes.h"

#include <math.h>

static const uint64_t ms = 1000000;

static struct tt_vantage vantage_of(const char *text)
{
    struct tt_vantage vantage = {0};
    assert_true(tt_vantage_parse(tt_span_str(text), &vantage));
    return vantage;
}

static enum tt_claim_outcome judged(const char *vantage, const char *code, uint64_t time,
                                    uint64_t error)
{
    const struct tt_vantage from = vantage_of(vantage);
    struct tt_claimed_place place = {.kind = TT_PLACE_SHAPE, .name = code};
    if (!tt_shape_find(code, &place.shape))
        fail_msg("no shape of %s", code);
    const struct tt_seen_place seen = tt_place_seen(&place, &from);
    return tt_claim_judge(&seen, tt_reach_of(time, error));
}

static void assert_judged(const char *vantage, const char *code, uint64_t time,
                          enum tt_claim_outcome wanted)
{
    enum tt_claim_outcome outcome = judged(vantage, code, time, 0);
    if (outcome != wanted)
        fail_msg("%s from %s in %.1f ms: %s", code, vantage, (double)time / 1e6,
                 tt_claim_outcome_name(outcome));
}

/* 149.896229 and 100 km in a millisecond. */
static void a_time_draws_two_circles(void **state)
{
    (void)state;
    struct tt_reach reach = tt_reach_of(ms, 0);
    assert_true(fabs(reach.vacuum - 149896.229) < 0.001);
    assert_true(fabs(reach.fibre - 100000) < 0.001);
    reach = tt_reach_of(ms, ms);
    assert_true(fabs(reach.vacuum - 2 * 149896.229) < 0.001);
}

/* From Delhi: Singapore is 4,120 km away (27.5 ms of light, 41.2 of fibre), Beijing 3,790, China
 * 300, Oregon 11,434. */
static void times_speak_about_countries(void **state)
{
    (void)state;
    assert_judged("28.61,77.21", "SG", 20 * ms, TT_CLAIM_REFUTED);
    assert_judged("28.61,77.21", "SG", 30 * ms, TT_CLAIM_IMPLAUSIBLE);
    assert_judged("28.61,77.21", "SG", 45 * ms, TT_CLAIM_POSSIBLE);
    assert_judged("28.61,77.21", "US-OR", 45 * ms, TT_CLAIM_REFUTED);
    assert_judged("28.61,77.21", "US-OR", 90 * ms, TT_CLAIM_IMPLAUSIBLE);
    assert_judged("28.61,77.21", "US-OR", 120 * ms, TT_CLAIM_POSSIBLE);
    assert_judged("28.61,77.21", "CN", 1 * ms, TT_CLAIM_REFUTED);
    assert_judged("28.61,77.21", "CN", 45 * ms, TT_CLAIM_POSSIBLE);
    assert_judged("28.61,77.21", "IN", 1 * ms, TT_CLAIM_CONFIRMED);
    /* The circle of light counts, not that of fibre: 345 and 230 km, to the border 290. */
    assert_judged("28.61,77.21", "IN", 23 * ms / 10, TT_CLAIM_POSSIBLE);
    assert_judged("28.61,77.21", "IN", 5 * ms, TT_CLAIM_POSSIBLE);
    /* A long time proves nothing. */
    assert_judged("28.61,77.21", "SG", 300 * ms, TT_CLAIM_POSSIBLE);
    assert_judged("28.61,77.21", "IN", 300 * ms, TT_CLAIM_POSSIBLE);
}

/* Whoever draws the map of a disputed area, and islands that it lacks: all who claim them may be
 * there, and nobody surely is. */
static void disputed_places_are_of_all_who_claim_them(void **state)
{
    (void)state;
    static const struct {
        const char *vantage;
        const char *codes[3];
    } places[] = {{"44.95,34.10", {"UA", "RU"}},   {"27.15,-13.20", {"EH", "MA"}},
                  {"34.08,74.80", {"IN", "PK"}},   {"35.19,33.36", {"CY", "TR"}},
                  {"42.66,21.16", {"RS", "XK"}},   {"26.15,119.93", {"TW", "CN"}},
                  {"-51.70,-57.85", {"FK", "AR"}}, {"36.15,29.59", {"GR"}},
                  {"-16.59,59.62", {"MU"}},        {"9.08,167.33", {"MH"}},
                  {"27.66,-8.69", {"EH", "MA"}},   {"1.30,-58.90", {"GY", "VE"}},
                  {"2.50,-57.25", {"GY", "SR"}},   {"25.92,124.56", {"JP", "CN", "TW"}},
                  {"-59.45,-27.20", {"GS", "AR"}}, {"25.00,119.45", {"TW", "CN"}},
                  {"9.27,24.42", {"SD", "SS"}},    {"2.50,-54.30", {"SR", "FR"}},
                  {"-8.55,-172.50", {"NZ"}},       {"-12.80,45.20", {"KM", "FR"}}};
    for (size_t i = 0; i < TT_ARRAY_LEN(places); i++)
        for (size_t k = 0; k < 3 && places[i].codes[k] != NULL; k++) {
            size_t shape = 0;
            if (tt_shape_find(places[i].codes[k], &shape))
                assert_judged(places[i].vantage, places[i].codes[k], 3 * ms / 10,
                              TT_CLAIM_POSSIBLE);
        }
    /* A code that no shape has would be of nobody. */
    const struct tt_disputed *area = NULL;
    for (size_t i = 0; (area = tt_disputed_at(i)) != NULL; i++)
        for (const char *code = area->codes; code != NULL; code = strchr(code, ' ')) {
            char each[3] = {0};
            size_t shape = 0;
            code += *code == ' ';
            memcpy(each, code, 2);
            assert_true(tt_shape_find(each, &shape));
        }
    assert_judged("44.95,34.10", "DE", 3 * ms / 10, TT_CLAIM_REFUTED);
    assert_judged("55.75,37.62", "RU", 3 * ms / 10, TT_CLAIM_CONFIRMED);
    assert_judged("50.45,30.52", "UA", 3 * ms / 10, TT_CLAIM_CONFIRMED);
    assert_judged("50.45,30.52", "RU", 3 * ms / 10, TT_CLAIM_REFUTED);
}

static void what_is_not_known_neither_refutes_nor_confirms(void **state)
{
    (void)state;
    /* The clock. */
    assert_int_equal(judged("28.61,77.21", "SG", 20 * ms, 10 * ms), TT_CLAIM_IMPLAUSIBLE);
    assert_int_equal(judged("28.61,77.21", "SG", 20 * ms, 300 * ms), TT_CLAIM_POSSIBLE);
    assert_int_equal(judged("28.61,77.21", "IN", 1 * ms, 4 * ms), TT_CLAIM_POSSIBLE);
    /* The vantage point: half a degree. */
    assert_int_equal(judged("1.3,103.8", "MY", ms / 100, 0), TT_CLAIM_POSSIBLE);
    assert_int_equal(judged("1,104", "MY", ms / 100, 0), TT_CLAIM_POSSIBLE);
    /* The border: nobody in Singapore is surely there, it is too small. */
    assert_int_equal(judged("1.35,103.82", "SG", 1000, 0), TT_CLAIM_POSSIBLE);
}

static void cities_are_circles(void **state)
{
    (void)state;
    const struct tt_vantage delhi = vantage_of("28.6139,77.2090");
    struct tt_claimed_place noida = {
        .kind = TT_PLACE_CITY, .name = "Noida", .city = {28.57, 77.32}, .radius = 30000};
    struct tt_seen_place seen = tt_place_seen(&noida, &delhi);
    assert_true(seen.nearest <= 0);
    assert_true(seen.inside > 17000 && seen.inside < 19000);
    assert_int_equal(tt_claim_judge(&seen, tt_reach_of(ms / 10, 0)), TT_CLAIM_CONFIRMED);
    assert_int_equal(tt_claim_judge(&seen, tt_reach_of(ms, 0)), TT_CLAIM_POSSIBLE);
    noida.radius = 1000;
    seen = tt_place_seen(&noida, &delhi);
    assert_true(seen.nearest > 10000 && seen.nearest < 11000);
    assert_int_equal(tt_claim_judge(&seen, tt_reach_of(ms / 20, 0)), TT_CLAIM_REFUTED);
    assert_int_equal(tt_claim_judge(&seen, tt_reach_of(ms / 12, 0)), TT_CLAIM_IMPLAUSIBLE);
}

/* No circle is larger than the earth. */
static void the_other_side_of_the_earth_is_reached(void **state)
{
    (void)state;
    assert_judged("40.4,-3.7", "NZ", 134 * ms, TT_CLAIM_IMPLAUSIBLE);
    assert_judged("40.4,-3.7", "NZ", 205 * ms, TT_CLAIM_POSSIBLE);
    assert_judged("90,0", "AQ", 1000 * ms, TT_CLAIM_POSSIBLE);
    assert_int_equal(judged("0,0", "NZ", UINT64_MAX, UINT64_MAX), TT_CLAIM_POSSIBLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_draws_two_circles),
        cmocka_unit_test(times_speak_about_countries),
        cmocka_unit_test(disputed_places_are_of_all_who_claim_them),
        cmocka_unit_test(what_is_not_known_neither_refutes_nor_confirms),
        cmocka_unit_test(cities_are_circles),
        cmocka_unit_test(the_other_side_of_the_earth_is_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
