/* What makes a finding proven or suspected, seen from outside the judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#define PHONE "192.168.1.23"
#define SERVER "198.51.100.7"

/* One coordinate of four decimals is in everybody's traffic; both in one message are 48 bits. */
static void two_coordinates_prove_together(void **state)
{
    (void)state;
    static const struct tt_form latitude = {
        .identifier = 2, .name = "latitude", .bits = 24, .weak = true};
    static const struct tt_form longitude = {
        .identifier = 2, .name = "longitude", .bits = 24, .weak = true};
    static const struct tt_form other = {
        .identifier = 2, .name = "longitude, dms", .bits = 24, .weak = true};
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    struct tt_flow later = scene_flow(2, PHONE, 40001, SERVER, 80);
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.form = &latitude;
    scene_told_hit(&scene, &hit);
    hit = scene_hit(&flow, 14);
    hit.form = &longitude;
    scene_told_hit(&scene, &hit);
    hit = scene_hit(&later, 25); /* of another message, and written otherwise */
    hit.form = &other;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    scene_flow_over(&scene, &later);
    tt_judge_searched(scene.judge, 1000);
    const char *told = scene_finish(&scene);
    scene_has(told, "location[0] proven latitude ");
    scene_has(told, "location[0] proven longitude ");
    scene_has(told, "location[0] suspected longitude, dms ");
    scene_end(&scene);
}

/* A longitude that is called a latitude is another place's. */
static void a_name_may_contradict(void **state)
{
    (void)state;
    static const struct {
        const char *step;
        const char *told;
    } cases[] = {{"json:$.lat", "location[0] suspected longitude "},
                 {"json:$.p.gpsLatitude", "location[0] suspected longitude "},
                 {"query:LAT", "location[0] suspected longitude "},
                 {"json:$.lng", "location[0] proven longitude "},
                 {"json:$.flat.x", "location[0] proven longitude "},
                 {"http.request.uri", "location[0] proven longitude "}};
    static const struct tt_form longitude = {.identifier = 2, .name = "longitude", .bits = 40};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        scene_begin(&scene, PHONE, NULL, NULL);
        struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
        const struct tt_proof_step proof = {.step = cases[i].step, .length = 9};
        struct tt_hit hit = scene_hit(&flow, 12);
        hit.form = &longitude;
        hit.proof = &proof;
        hit.proof_count = 1;
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
        tt_judge_searched(scene.judge, 1000);
        scene_has(scene_finish(&scene), cases[i].told);
        scene_end(&scene);
    }
}

/* What was seen in the traffic decides how often luck had a chance: 2^23 numbers of 12 digits
 * are too many for 32 bits (2^-9 is above the bound), one is not. */
static void places_are_those_that_were_seen(void **state)
{
    (void)state;
    static const struct tt_form form = {
        .identifier = 1, .name = "digits", .bits = 32, .noise = 96, .len = 12, .digits = 12};
    for (uint64_t numbers = 0; numbers <= 1 << 23; numbers += 1 << 23) {
        struct scene scene;
        struct tt_traffic traffic = {.looked = UINT64_C(1) << 28};
        traffic.numbers[12] = numbers;
        scene_begin(&scene, PHONE, NULL, NULL);
        struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
        struct tt_hit hit = scene_hit(&flow, 12);
        hit.form = &form;
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
        tt_judge_searched(scene.judge, UINT64_C(1) << 28);
        tt_judge_traffic(scene.judge, &traffic);
        scene_has(scene_finish(&scene), numbers == 0 ? "contacts[0].phone_number proven digits "
                                                     : "contacts[0].phone_number suspected ");
        scene_end(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_coordinates_prove_together),
        cmocka_unit_test(a_name_may_contradict),
        cmocka_unit_test(places_are_those_that_were_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
