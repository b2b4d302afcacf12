/* Which destinations there are, and which times of theirs count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "places.h"

/* Whatever a service is reached by, and wherever: an entry does not hold of what nothing is known
 * of. */
static void untimed_destinations_leave_an_entry_open(void **state)
{
    (void)state;
    static const struct {
        const char *to;
        enum tt_transport transport;
        uint16_t kind;
        uint16_t port;
        const char *reason;
    } cases[] = {{"198.51.100.78", TT_TRANSPORT_IP, 50, 0,
                  "b.cloud.example (198.51.100.78, no port): no handshake was seen"},
                 {"198.51.100.78", TT_TRANSPORT_SCTP, 0, 9899,
                  "b.cloud.example (198.51.100.78, port 9899): no handshake was seen"},
                 {"10.9.9.9", TT_TRANSPORT_TCP, 0, 443,
                  "b.cloud.example (10.9.9.9, port 443): its address is a private one"},
                 {"100.64.9.9", TT_TRANSPORT_UDP, 0, 443,
                  "b.cloud.example (100.64.9.9, port 443): its address is a private one"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct scene scene;
        begin(&scene, IN_IN);
        (void)answered(&scene, 1, SERVER, MS, "a.cloud.example");
        scene_name(&scene, TT_NAME_DNS, 5, cases[i].to, 0, "b.cloud.example");
        struct tt_flow flow = scene_flow(2, PHONE, cases[i].port, cases[i].to, cases[i].port);
        flow.transport = cases[i].transport;
        flow.kind = cases[i].kind;
        flow.rtt_syn = MS; /* of a private address it says nothing */
        scene_flow_over(&scene, &flow);
        const char *told = scene_finish(&scene);
        scene_has(told, "residency cloud in IN: undecided, 2 seen\n");
        scene_has(told, cases[i].reason);
        assert_int_equal(scene_count(told, "timing"), 1);
        scene_end(&scene);
    }
}

/* The other side was seen first: it is a destination if it was answered. */
static void who_spoke_first_is_a_destination(void **state)
{
    (void)state;
    for (uint64_t answers = 0; answers < 2; answers++) {
        struct scene scene;
        begin(&scene, IN_IN);
        scene_name(&scene, TT_NAME_DNS, 5, SERVER, 0, "b.cloud.example");
        struct tt_flow flow = scene_flow(1, SERVER, 0, PHONE, 0);
        flow.transport = TT_TRANSPORT_IP;
        flow.kind = 50;
        flow.packets[TT_FROM_RESPONDER] = answers;
        scene_flow_over(&scene, &flow);
        scene_has(scene_finish(&scene),
                  answers == 0 ? "undecided, 0 seen\nthe device sent nothing to it\n"
                               : "undecided, 1 seen\nb.cloud.example (198.51.100.7, no port): no "
                                 "handshake");
        scene_end(&scene);
    }
}

/* What the network says of its own accord is no destination. */
static void errors_of_the_network_are_none(void **state)
{
    (void)state;
    static const uint16_t kinds[] = {1, 58}; /* ICMP, ICMPv6 */
    for (size_t i = 0; i < TT_ARRAY_LEN(kinds); i++) {
        struct scene scene;
        begin(&scene, IN_IN);
        (void)answered(&scene, 1, SERVER, MS, "a.cloud.example");
        struct tt_flow flow = scene_flow(2, PHONE, 0, SERVER, 0);
        flow.transport = TT_TRANSPORT_IP;
        flow.kind = kinds[i];
        scene_flow_over(&scene, &flow);
        scene_has(scene_finish(&scene), "residency cloud in IN: holds, 1 seen\n");
        scene_end(&scene);
    }
}

/* "*" means the internet: a printer beside the device is of no service. */
static void any_host_is_any_of_the_internet(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, "- {service: all, hosts: \"*\", in: IN}\n");
    (void)answered(&scene, 1, SERVER, MS, "a.cloud.example");
    (void)answered(&scene, 2, "192.168.1.9", MS, "printer.example");
    scene_has(scene_finish(&scene), "residency all in IN: holds, 1 seen\n");
    scene_end(&scene);
}

/* Nobody can say how far from the device SYN and SYN-ACK alone were captured. */
static void without_its_third_step_a_handshake_tells_nothing(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    flow.third_step = false;
    flow.rtt_syn = MS;
    scene_name(&scene, TT_NAME_SNI, 10, NULL, 1, "a.cloud.example");
    assert_int_equal(tt_judge_handshake(scene.judge, &flow, TT_HANDSHAKE_TLS, MS), TT_OK);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told,
              "SG: undecided, 1 seen\na.cloud.example (198.51.100.7, port 443): no handshake");
    assert_int_equal(scene_count(told, "timing"), 0);
    scene_end(&scene);
}

/* One vantage point is not two places. What a capture was split into does not overlap. */
static void overlapping_captures_are_not_timed(void **state)
{
    (void)state;
    static const struct {
        uint64_t first;
        uint64_t last;
        bool timed; /* the second one: has a time */
        bool counts;
    } cases[] = {{2000 * MS, 3000 * MS, true, true},
                 {1995 * MS, 3000 * MS, true, true}, /* out of order */
                 {1980 * MS, 3000 * MS, true, false},
                 {0, 9000 * MS, true, false},
                 {0, 9000 * MS, false, true}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct scene scene;
        begin(&scene, IN_SG);
        assert_int_equal(tt_judge_capture(scene.judge, 1, "b.pcap"), TT_OK);
        (void)answered(&scene, 1, SERVER, 12 * MS, "a.cloud.example");
        struct tt_flow flow = scene_flow(2, PHONE, 40000, "203.0.113.9", 443);
        flow.capture = 1;
        flow.rtt_syn = cases[i].timed ? 60 * MS : 0;
        scene_flow_over(&scene, &flow);
        assert_int_equal(tt_judge_captured(scene.judge, 0, 1000 * MS, 2000 * MS), TT_OK);
        assert_int_equal(tt_judge_captured(scene.judge, 1, cases[i].first, cases[i].last), TT_OK);
        const char *told = scene_finish(&scene);
        scene_has(told, cases[i].counts ? "SG: violated" : "SG: undecided");
        if (cases[i].counts) {
            scene_has_not(told, "judge.vantage");
        } else {
            scene_has(told, "port 443): a.pcap overlaps another capture in time");
            scene_has(told, "note judge judge.vantage");
        }
        scene_end(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untimed_destinations_leave_an_entry_open),
        cmocka_unit_test(who_spoke_first_is_a_destination),
        cmocka_unit_test(errors_of_the_network_are_none),
        cmocka_unit_test(any_host_is_any_of_the_internet),
        cmocka_unit_test(without_its_third_step_a_handshake_tells_nothing),
        cmocka_unit_test(overlapping_captures_are_not_timed),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
