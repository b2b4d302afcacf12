#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/timing_signs.h"
#include "mmdb.h"
#include "places.h"

static enum tt_verdict verdict_of(const char *residency, const char *host, uint64_t time,
                                  const char *has)
{
    struct scene scene;
    begin(&scene, residency);
    (void)answered(&scene, 1, SERVER, time, host);
    scene_has(scene_finish(&scene), has);
    enum tt_verdict verdict = tt_judge_verdict(scene.judge);
    scene_end(&scene);
    return verdict;
}

static void a_time_decides_an_entry(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(IN_SG, "api.cloud.example", 12 * MS,
                                "residency cloud in SG: violated, 1 seen\n"
                                "api.cloud.example (198.51.100.7, port 443) answered within 12.000 "
                                "ms, so it stands within 1799 km (1200 km by fibre): refuted\n"),
                     TT_VERDICT_VIOLATION);
    assert_int_equal(verdict_of(IN_SG, "api.cloud.example", 30 * MS, "by fibre): implausible\n"),
                     TT_VERDICT_VIOLATION);
    assert_int_equal(verdict_of(IN_SG, "api.cloud.example", 50 * MS,
                                "residency cloud in SG: undecided, 1 seen\n"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(
        verdict_of(IN_IN, "api.cloud.example", MS, "residency cloud in IN: holds, 1 seen\n"),
        TT_VERDICT_ALLOWED);
    assert_int_equal(verdict_of(IN_SG, "api.other.example", 12 * MS,
                                "residency cloud in SG: undecided, 0 seen\nthe device sent nothing "
                                "to it\n"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_of(IN_SG, "api.cloud.example", 0,
                                "(198.51.100.7, port 443): no handshake was seen whose time "
                                "counts\n"),
                     TT_VERDICT_UNDECIDED);
}

static void of_several_places_the_best_counts(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(IN_TWO, "api.cloud.example", 50 * MS,
                                "claim policy (cloud): 198.51.100.7:443 is in US-OR: refuted"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_of(IN_TWO, "api.cloud.example", 12 * MS,
                                "residency cloud in SG or US-OR: violated"),
                     TT_VERDICT_VIOLATION);
    assert_int_equal(
        verdict_of("- {service: s, hosts: 198.51.100.*, in: [SG, {city: Delhi, latitude: 28.6, "
                   "longitude: 77.2, radius_km: 300}]}\n",
                   NULL, MS, "residency s in SG or Delhi: holds"),
        TT_VERDICT_ALLOWED);
}

static void one_destination_elsewhere_violates(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_IN);
    (void)answered(&scene, 1, SERVER, MS, "a.cloud.example");
    (void)answered(&scene, 2, "203.0.113.9", 40 * MS, "b.cloud.example");
    scene_has(scene_finish(&scene), "residency cloud in IN: undecided, 2 seen\n");
    scene_end(&scene);
    begin(&scene, IN_SG);
    (void)answered(&scene, 1, SERVER, 60 * MS, "a.cloud.example");
    (void)answered(&scene, 2, "203.0.113.9", 4 * MS, "b.cloud.example");
    scene_has(scene_finish(&scene), "residency cloud in SG: violated, 2 seen\n");
    scene_end(&scene);
}

static void the_least_time_counts(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    static const uint64_t times[] = {90, 30, 12, 40};
    for (uint64_t id = 1; id <= 4; id++)
        (void)answered(&scene, id, SERVER, times[id - 1] * MS, "a.cloud.example");
    const char *told = scene_finish(&scene);
    scene_has(told, "timing a.cloud.example (198.51.100.7:443) tcp 12000000+0 of 4, refused 0, "
                    "flow 3 in a.pcap, 1799 km, 1200 km []\n");
    assert_int_equal(scene_count(told, "timing"), 1);
    assert_int_equal(scene_count(told, "claim"), 1);
    scene_end(&scene);
}

static void a_coarse_clock_speaks_for_the_claim(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    assert_int_equal(tt_judge_clock(scene.judge, 0, 20 * MS), TT_OK);
    (void)answered(&scene, 1, SERVER, 12 * MS, "a.cloud.example");
    const char *told = scene_finish(&scene);
    scene_has(told, "tcp 12000000+20000000 of 1");
    scene_has(told, "implausible");
    scene_end(&scene);
    /* A longer time by a better clock tells more. */
    begin(&scene, IN_SG);
    assert_int_equal(tt_judge_capture(scene.judge, 1, "b.pcap"), TT_OK);
    assert_int_equal(tt_judge_clock(scene.judge, 0, 20 * MS), TT_OK);
    assert_int_equal(tt_judge_clock(scene.judge, 1, 1), TT_OK);
    (void)answered(&scene, 1, SERVER, 12 * MS, "a.cloud.example");
    struct tt_flow flow = scene_flow(2, PHONE, 40000, SERVER, 443);
    flow.capture = 1;
    flow.rtt_syn = 14 * MS;
    scene_flow_over(&scene, &flow);
    told = scene_finish(&scene);
    scene_has(told, "tcp 14000000+1 of 2, refused 0, flow 2 in b.pcap");
    scene_has(told, "SG: violated");
    scene_end(&scene);
}

/* The capture point stood beside the server: nothing of its short times says where that is. */
static void a_capture_near_the_server_is_seen(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    flow.rtt_syn = MS / 2;
    flow.rtt_ack = 60 * MS;
    scene_name(&scene, TT_NAME_SNI, 10, NULL, 1, "a.cloud.example");
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "tcp 60500000+0");
    scene_has(told, "SG: undecided");
    scene_end(&scene);
}

static void made_up_packets_are_refused_by_name(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    flow.made_up = true;
    flow.rtt_syn = 1;
    scene_name(&scene, TT_NAME_SNI, 10, NULL, 1, "a.cloud.example");
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "timing a.cloud.example (198.51.100.7:443) - 0+0 of 0, refused 1");
    scene_has(told, "SG: undecided, 1 seen\na.cloud.example (198.51.100.7, port 443): an app wrote "
                    "the packets of a.pcap, so nothing follows from their times\n");
    scene_end(&scene);
}

static void without_a_vantage_point_nothing_is_told(void **state)
{
    (void)state;
    scene_vantage = NULL;
    assert_int_equal(verdict_of(IN_SG, "api.cloud.example", 12 * MS,
                                "(198.51.100.7, port 443): no vantage point was given (--vantage "
                                "LAT,LON)\n"),
                     TT_VERDICT_UNDECIDED);
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, "policy: p\nunread: reported\n" CLAUSES);
    (void)answered(&scene, 1, SERVER, 12 * MS, "sin.cloud.example");
    const char *told = scene_finish(&scene);
    scene_has_not(told, "timing");
    scene_has_not(told, "claim");
    scene_end(&scene);
    scene_vantage = &delhi;
}

/* Whatever address of SERVER's network is asked for, is in `country`; the network was registered in
 * `registered`, where that is not NULL. */
static void make_database(char *path, const char *country, const char *registered)
{
    struct mmdb_writer *writer = mmdb_new();
    uint32_t at = (uint32_t)writer->data.len;
    mmdb_put_map(&writer->data, registered == NULL ? 1 : 2);
    mmdb_put_text(&writer->data, "country_code");
    mmdb_put_text(&writer->data, country);
    if (registered != NULL) {
        mmdb_put_text(&writer->data, "registered_country");
        mmdb_put_map(&writer->data, 1);
        mmdb_put_text(&writer->data, "iso_code");
        mmdb_put_text(&writer->data, registered);
    }
    mmdb_put_prefix(writer, "198.51.100.0", 24, at);
    mmdb_write(writer, "Example", path);
    free(writer);
}

/* Said, and not judged, is not silence. */
static void a_country_without_a_shape_is_told(void **state)
{
    (void)state;
    static const char *const countries[] = {"BQ", "GF", "GP", "MQ", "RE", "SJ", "TK", "YT"};
    for (size_t i = 0; i < TT_ARRAY_LEN(countries); i++) {
        char path[] = "/tmp/geo-XXXXXX";
        char claim[128];
        struct scene scene;
        make_database(path, countries[i], NULL);
        scene_mmdb = path;
        begin(&scene, IN_SG);
        scene_mmdb = NULL;
        (void)answered(&scene, 1, SERVER, 60 * MS, "a.cloud.example");
        (void)snprintf(claim, sizeof(claim),
                       "claim database (address database; not judged: no shape): "
                       "198.51.100.7:443 is in %s: untested",
                       countries[i]);
        scene_has(scene_finish(&scene), claim);
        scene_end(&scene);
        (void)unlink(path);
    }
}

static void claims_stand_beside_each_other(void **state)
{
    (void)state;
    char path[] = "/tmp/geo-XXXXXX";
    make_database(path, "SG", "CN");
    scene_mmdb = path;
    struct scene scene;
    begin(&scene, IN_TWO);
    scene_mmdb = NULL;
    scene_name(&scene, TT_NAME_DNS, 1, SERVER, 0, "pdx1.cloud.example");
    scene_name(&scene, TT_NAME_DNS, 2, SERVER, 0, "pdx2.cloud.example");
    (void)answered(&scene, 1, SERVER, 12 * MS, "api.ap-south-1.cloud.example");
    const char *told = scene_finish(&scene);
    scene_has(told, "claim policy (cloud): 198.51.100.7:443 is in SG: refuted, 4109 km\n"
                    "claim policy (cloud): 198.51.100.7:443 is in US-OR: refuted, 11434 km\n"
                    "claim database (address database): 198.51.100.7:443 is in SG: refuted, 4109 "
                    "km\n"
                    "claim registry (registered country): 198.51.100.7:443 is in CN: possible, ");
    scene_has(told, "claim name (ap-south-1): 198.51.100.7:443 is in IN: possible, 0 km\n"
                    "claim name (pdx): 198.51.100.7:443 is in US-OR: refuted, 11434 km\n");
    scene_end(&scene);
    (void)unlink(path);
}

static void what_answered_may_be_an_edge(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(IN_SG, "cdn.cloud.example", 4 * MS,
                                "refuted; what answered may be an edge or a proxy\n"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_of(IN_SG, "cdn.cloud.example", 4 * MS,
                                "[the name cdn.cloud.example is one of a delivery network]\n"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_of(IN_SG, "api.cloud.example", MS / 20,
                                "[it answered within 0.050 ms: something on the local network "
                                "did, such as a proxy]\n"),
                     TT_VERDICT_UNDECIDED);
    /* That an edge, or a proxy, stands in the country says nothing of the service. */
    assert_int_equal(verdict_of(IN_IN, "cdn.cloud.example", MS,
                                "confirmed; what answered may be an edge or a proxy\n"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_of(IN_IN, "api.cloud.example", MS / 20, "IN: undecided"),
                     TT_VERDICT_UNDECIDED);
}

/* Many names are a sign, but not enough to let somebody off. */
static void many_names_are_a_sign(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    for (uint64_t id = 1; id <= TT_NAMES_MANY; id++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "host%u.cloud.example", (unsigned)id);
        (void)answered(&scene, id, SERVER, 4 * MS, name);
    }
    const char *told = scene_finish(&scene);
    scene_has(told, "[8 names lead to this address]\n");
    scene_has(told, "SG: violated");
    scene_has(told, "refuted; what answered may be an edge or a proxy\n");
    scene_end(&scene);
}

static void one_time_for_all_is_a_proxy(void **state)
{
    (void)state;
    static const char *const servers[] = {"198.51.100.7", "198.51.100.8", "203.0.113.9",
                                          "203.0.113.10", "192.0.2.5"};
    for (uint64_t last = 4; last <= 5; last++) {
        struct scene scene;
        begin(&scene, IN_SG);
        for (uint64_t id = 1; id <= 5; id++)
            (void)answered(&scene, id, servers[id - 1], (id <= last ? 4 : 9) * MS + id * MS / 100,
                           "a.cloud.example");
        const char *told = scene_finish(&scene);
        if (last == 5) {
            scene_has(told, "[all destinations answer in about the same time: one proxy may answer "
                            "for all]\n");
            scene_has(told, "SG: undecided, 5 seen");
        } else {
            scene_has_not(told, "same time");
            scene_has(told, "SG: violated, 5 seen");
        }
        scene_end(&scene);
    }
}

/* TLS proves who answers, TCP does not. */
static void a_late_hello_shows_a_proxy(void **state)
{
    (void)state;
    for (uint64_t late = 27; late <= 30; late += 3) {
        struct scene scene;
        begin(&scene, IN_SG);
        struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
        assert_int_equal(tt_judge_handshake(scene.judge, &flow, TT_HANDSHAKE_TLS, late * MS),
                         TT_OK);
        flow = answered(&scene, 1, SERVER, 4 * MS, "a.cloud.example");
        const char *told = scene_finish(&scene);
        scene_has(told, "tcp 4000000+0 of 2");
        if (late == 30) {
            scene_has(told, "[TCP was answered within 4.000 ms, TLS within 30.000 ms: something on "
                            "the way may answer TCP]\n");
            scene_has(told, "SG: undecided");
        } else {
            scene_has(told, "SG: violated");
        }
        scene_end(&scene);
    }
}

static void all_handshakes_count(void **state)
{
    (void)state;
    static const char *const wanted[] = {"tcp 12000000+0 of 3", "tls 9000000+0 of 3",
                                         "quic 8000000+0 of 3"};
    static const uint64_t times[][2] = {{13, 14}, {9, 14}, {9, 8}};
    for (size_t i = 0; i < 3; i++) {
        struct scene scene;
        begin(&scene, IN_SG);
        struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
        flow.rtt_syn = 12 * MS;
        assert_int_equal(tt_judge_handshake(scene.judge, &flow, TT_HANDSHAKE_TLS, times[i][0] * MS),
                         TT_OK);
        scene_flow_over(&scene, &flow);
        flow = scene_flow(2, PHONE, 40001, SERVER, 443);
        flow.transport = TT_TRANSPORT_UDP;
        assert_int_equal(
            tt_judge_handshake(scene.judge, &flow, TT_HANDSHAKE_QUIC, times[i][1] * MS), TT_OK);
        scene_flow_over(&scene, &flow);
        scene_has(scene_finish(&scene), wanted[i]);
        scene_end(&scene);
    }
}

static void only_what_the_device_opened_counts(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    struct tt_flow flow = scene_flow(1, "192.168.1.99", 40000, SERVER, 443);
    flow.rtt_syn = MS;
    scene_name(&scene, TT_NAME_SNI, 10, NULL, 1, "a.cloud.example");
    scene_flow_over(&scene, &flow);
    flow = scene_flow(2, PHONE, 40000, "192.168.1.1", 443);
    flow.rtt_syn = MS;
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has_not(told, "timing");
    scene_has(told, "SG: undecided, 0 seen");
    scene_end(&scene);
}

/* ---- what is said beside names ---- */

static const char *const ALIASES[] = {"e1.dscb.akamaiedge.net", "sin1.cloud.example", NULL};

static enum tt_verdict verdict_with(const char *residency, enum tt_name_source source,
                                    const char *name, const char *place, const char *has)
{
    struct scene scene;
    begin(&scene, residency);
    scene_hint(&scene, source, SERVER, name, place);
    (void)answered(&scene, 1, SERVER, 4 * MS, "api.cloud.example");
    scene_has(scene_finish(&scene), has);
    enum tt_verdict verdict = tt_judge_verdict(scene.judge);
    scene_end(&scene);
    return verdict;
}

static void responses_and_aliases_show_an_edge(void **state)
{
    (void)state;
    assert_int_equal(verdict_with(IN_SG, TT_NAME_ALIAS, ALIASES[0], NULL,
                                  "[DNS leads to it by the name e1.dscb.akamaiedge.net, which is "
                                  "one of a delivery network]\n"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_with(IN_SG, TT_NAME_VIA, "CF-Ray", "sin",
                                  "[a response has the field CF-Ray, as a delivery network writes "
                                  "it]\n"),
                     TT_VERDICT_UNDECIDED);
    /* Any server may have a cache beside it. */
    assert_int_equal(verdict_with(IN_SG, TT_NAME_VIA, "X-Cache", NULL,
                                  "[a response has the field X-Cache, as proxies and caches write "
                                  "it]\n"),
                     TT_VERDICT_VIOLATION);
    assert_int_equal(verdict_with(IN_SG, TT_NAME_ALIAS, "front.cloud.example", NULL, "[]\n"),
                     TT_VERDICT_VIOLATION);
}

static void what_answers_says_where_it_stands(void **state)
{
    (void)state;
    const char *const edge = "claim response (CF-Ray): 198.51.100.7:443 is in SG: refuted, 4109 km";
    assert_int_equal(verdict_with(IN_SG, TT_NAME_VIA, "CF-Ray", "sin", edge), TT_VERDICT_UNDECIDED);
    (void)verdict_with(IN_SG, TT_NAME_VIA, "X-Amz-Cf-Pop", "del",
                       "claim response (X-Amz-Cf-Pop): 198.51.100.7:443 is in IN: possible, 0 km");
    (void)verdict_with(IN_SG, TT_NAME_ALIAS, ALIASES[1], NULL,
                       "claim name (sin): 198.51.100.7:443 is in SG: refuted, 4109 km");
    (void)verdict_with(IN_SG, TT_NAME_HOLDER, "Example Cloud", "SG",
                       "claim certificate (Example Cloud): 198.51.100.7:443 is in SG: refuted");
    (void)verdict_with(IN_SG, TT_NAME_HOLDER, NULL, "IN",
                       "claim certificate (no organisation): 198.51.100.7:443 is in IN: possible");
    struct scene scene;
    begin(&scene, IN_SG);
    scene_hint(&scene, TT_NAME_HOLDER, SERVER, "Example Cloud", NULL);
    scene_hint(&scene, TT_NAME_VIA, SERVER, "CF-Ray", "zzz");
    (void)answered(&scene, 1, SERVER, 4 * MS, "api.cloud.example");
    const char *told = scene_finish(&scene);
    scene_has_not(told, "claim response");
    scene_has_not(told, "claim certificate");
    scene_end(&scene);
}

/* A policy may say that the edge is to stand there, too; what is on the way is not the service's.
 */
#define EDGES "- {service: cloud, hosts: \"*.cloud.example\", in: SG, edges: %s}\n"

static void a_policy_may_count_edges(void **state)
{
    (void)state;
    char counted[128];
    char doubted[128];
    (void)snprintf(counted, sizeof(counted), EDGES, "violated");
    (void)snprintf(doubted, sizeof(doubted), EDGES, "undecided");
    assert_int_equal(verdict_of(counted, "cdn.cloud.example", 4 * MS, "SG: violated"),
                     TT_VERDICT_VIOLATION);
    assert_int_equal(verdict_of(doubted, "cdn.cloud.example", 4 * MS, "SG: undecided"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_of(counted, "api.cloud.example", MS / 20, "SG: undecided"),
                     TT_VERDICT_UNDECIDED);
    assert_int_equal(verdict_with(counted, TT_NAME_VIA, "CF-Ray", NULL, "SG: violated"),
                     TT_VERDICT_VIOLATION);
}

static void hints_are_limited(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    for (unsigned i = 0; i <= TT_HINTS_EACH_MAX; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "n%u.cloud.example", i);
        scene_hint(&scene, TT_NAME_ALIAS, SERVER, name, NULL);
    }
    scene_has(scene_finish(&scene), "note judge judge.hints");
    scene_end(&scene);
}

/* ---- connections to the device ---- */

/* The third step of the handshake comes from afar. */
static void who_connects_to_the_device_is_timed(void **state)
{
    (void)state;
    static const struct {
        const char *peer;
        uint64_t syn;
        uint64_t ack;
        const char *timing;
    } cases[] = {
        {SERVER, MS / 10, 12 * MS, "(198.51.100.7:0) tcp 12000000+0 of 1"},
        /* Captured nearer to the other side: both steps together bound it. */
        {SERVER, 9 * MS, 5 * MS, "(198.51.100.7:0) tcp 14000000+0 of 1"},
        {SERVER, 0, 5 * MS, "(198.51.100.7:0) tcp 5000000+0 of 1"},
        {SERVER, 5 * MS, 0, NULL},
        {"192.168.1.40", MS, 5 * MS, NULL},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct scene scene;
        begin(&scene, "- {service: cloud, hosts: [\"198.51.*\", \"*.cloud.example\"], in: SG}\n");
        struct tt_flow flow = scene_flow(1, cases[i].peer, 50000, PHONE, 8080);
        flow.rtt_syn = cases[i].syn;
        flow.rtt_ack = cases[i].ack;
        scene_flow_over(&scene, &flow);
        const char *told = scene_finish(&scene);
        if (cases[i].timing != NULL) {
            scene_has(told, cases[i].timing);
            scene_has(told, "198.51.100.7 (which opened the connection) answered within");
        } else {
            scene_has_not(told, "timing");
        }
        scene_end(&scene);
    }
}

/* Between others it says nothing of the device. */
static void who_connects_to_others_is_not_timed(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    struct tt_flow flow = scene_flow(1, SERVER, 50000, "192.168.1.99", 8080);
    flow.rtt_ack = MS;
    scene_flow_over(&scene, &flow);
    flow = scene_flow(2, PHONE, 40000, "203.0.113.9", 443);
    flow.rtt_syn = 40 * MS;
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has_not(told, "(198.51.100.7:0)");
    scene_has(told, "(203.0.113.9:443)");
    scene_end(&scene);
}

/* DNS told that the address is another one's: what the message says of its host is doubtful, and
 * excuses nothing. */
static void a_host_that_dns_denies_excuses_nothing(void **state)
{
    (void)state;
    static const char policy[] =
        "policy: p\nclauses:\n  - {id: a, text: t, verdict: violation, exceptions: [{reason: r, "
        "when: {host: api.example.com}}]}\n";
    static const struct {
        const char *dns[2];
        enum tt_verdict verdict;
    } cases[] = {{{NULL, NULL}, TT_VERDICT_ALLOWED},
                 {{"api.example.com", NULL}, TT_VERDICT_ALLOWED},
                 {{"api.example.com", "t.tracker.example"}, TT_VERDICT_ALLOWED},
                 {{"t.tracker.example", NULL}, TT_VERDICT_UNDECIDED}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct scene scene;
        scene_begin(&scene, PHONE, NULL, policy);
        for (uint64_t k = 0; k < 2 && cases[i].dns[k] != NULL; k++)
            scene_name(&scene, TT_NAME_DNS, 1 + k, SERVER, 0, cases[i].dns[k]);
        const struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
        const struct tt_hit hit = scene_hit(&flow, 12);
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
        (void)scene_finish(&scene);
        if (tt_judge_verdict(scene.judge) != cases[i].verdict)
            fail_msg("case %zu: %s", i, tt_verdict_name(tt_judge_verdict(scene.judge)));
        scene_end(&scene);
    }
}

/* ---- limits ---- */

static void limits_are_told(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, "- {service: s, hosts: \"*\", in: [SG, IN]}\n");
    for (uint64_t id = 1; id <= TT_TIMINGS_MAX + 1; id++) {
        char to[32];
        (void)snprintf(to, sizeof(to), "198.%u.%u.%u", 18 + (unsigned)(id >> 16),
                       (unsigned)(id >> 8 & 255), (unsigned)(id & 255));
        struct tt_flow flow = scene_flow(id, PHONE, 40000, to, 443);
        flow.rtt_syn = 50 * MS;
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    scene_has(told, "note judge judge.timings in=a.pcap");
    scene_has(told, "note judge judge.claims in=a.pcap");
    assert_int_equal(scene_count(told, "timing"), TT_TIMINGS_MAX);
    assert_int_equal(scene_count(told, "claim"), TT_CLAIMS_MAX);
    scene_has(told, "\n65520 more destinations\n");
    scene_end(&scene);
}

static void names_of_an_address_are_limited(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, IN_SG);
    for (uint64_t id = 1; id <= TT_TIMING_NAMES_MAX + 1; id++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "host%u.cloud.example", (unsigned)id);
        (void)answered(&scene, id, SERVER, 40 * MS, name);
    }
    const char *told = scene_finish(&scene);
    scene_has(told, "[32 names lead to this address]\n");
    scene_has(told, "note judge judge.timings");
    scene_end(&scene);
}

/* ---- reading ---- */

static void assert_refused(const char *residency, const char *message)
{
    char text[1 << 16];
    struct tt_error error = {0};
    struct tt_policy *policy = NULL;
    (void)snprintf(text, sizeof(text), "policy: p\n%s\n%s", residency, CLAUSES);
    assert_int_equal(tt_policy_parse(tt_span_str(text), "p.yaml", &policy, &error), TT_ERR_FORMAT);
    if (strstr(error.text, message) == NULL)
        fail_msg("wanted: %s\ngot: %s", message, error.text);
}

static void wrong_entries_are_refused_with_their_place(void **state)
{
    (void)state;
    assert_refused("residency: SG", "p.yaml:2:12: ");
    assert_refused("residency: [SG]", "p.yaml:2:13: ");
    assert_refused("residency: [{hosts: a, in: SG}]", "p.yaml:2:13: an entry of residency needs "
                                                      "\"service\"");
    assert_refused("residency: [{service: a, in: SG}]", "needs \"hosts\"");
    assert_refused("residency: [{service: a, hosts: b}]", "needs \"in\"");
    assert_refused("residency: [{service: a, hosts: [], in: SG}]", "p.yaml:2:33: ");
    assert_refused("residency: [{service: a, hosts: b, in: []}]", "p.yaml:2:40: an empty list");
    assert_refused("residency: [{service: a, hosts: b, in: ZZ}]",
                   "p.yaml:2:40: expected a country (\"SG\")");
    assert_refused("residency: [{service: a, hosts: b, in: [SG, US-ZZ]}]", "p.yaml:2:45: ");
    assert_refused("residency: [{service: a, hosts: b, inn: SG}]", "did you mean \"in\"?");
    assert_refused("residency: [{service: a, hosts: b, in: {city: c}}]",
                   "a city needs \"latitude\"");
    assert_refused("residency: [{service: a, hosts: b, in: {city: c, latitude: 91, longitude: 0, "
                   "radius_km: 5}}]",
                   "p.yaml:2:60: expected a decimal number of no more than 90");
    assert_refused("residency: [{service: a, hosts: b, in: {city: c, latitude: 1, longitude: 0, "
                   "radius_km: 0}}]",
                   "the radius of a city must be more than 0");
    assert_refused("residency: [{service: a, hosts: b, in: {city: c, latitude: 1, longitude: 0, "
                   "radius_km: 2001}}]",
                   "no more than 2000");
    assert_refused("residency: [{service: a, hosts: b, in: {city: c, latitude: 1, longitude: 0, "
                   "radius_km: 5, height: 3}}]",
                   "unknown key \"height\"");
    assert_refused("residency: [{service: a, hosts: b, in: SG, edges: never}]",
                   "p.yaml:2:51: unknown outcome of edges \"never\"");
    assert_refused("residency: [{service: a, hosts: b, in: [[SG]]}]", "p.yaml:2:41: ");
}

static void long_lists_are_refused(void **state)
{
    (void)state;
    static char text[1 << 16];
    size_t len = (size_t)snprintf(text, sizeof(text), "residency:\n- {service: a, hosts: b, in: [");
    for (int i = 0; i <= TT_RESIDENCY_PLACES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "SG,");
    (void)snprintf(text + len, sizeof(text) - len, "SG]}");
    assert_refused(text, "more than 64 places");
    len = (size_t)snprintf(text, sizeof(text), "residency:\n");
    for (int i = 0; i <= TT_RESIDENCIES_MAX; i++)
        len +=
            (size_t)snprintf(text + len, sizeof(text) - len, "- {service: a, hosts: b, in: SG}\n");
    assert_refused(text, "more than 256 entries");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_decides_an_entry),
        cmocka_unit_test(of_several_places_the_best_counts),
        cmocka_unit_test(one_destination_elsewhere_violates),
        cmocka_unit_test(the_least_time_counts),
        cmocka_unit_test(a_coarse_clock_speaks_for_the_claim),
        cmocka_unit_test(a_capture_near_the_server_is_seen),
        cmocka_unit_test(made_up_packets_are_refused_by_name),
        cmocka_unit_test(without_a_vantage_point_nothing_is_told),
        cmocka_unit_test(claims_stand_beside_each_other),
        cmocka_unit_test(what_answered_may_be_an_edge),
        cmocka_unit_test(many_names_are_a_sign),
        cmocka_unit_test(one_time_for_all_is_a_proxy),
        cmocka_unit_test(a_late_hello_shows_a_proxy),
        cmocka_unit_test(all_handshakes_count),
        cmocka_unit_test(only_what_the_device_opened_counts),
        cmocka_unit_test(responses_and_aliases_show_an_edge),
        cmocka_unit_test(what_answers_says_where_it_stands),
        cmocka_unit_test(a_policy_may_count_edges),
        cmocka_unit_test(hints_are_limited),
        cmocka_unit_test(who_connects_to_the_device_is_timed),
        cmocka_unit_test(who_connects_to_others_is_not_timed),
        cmocka_unit_test(a_host_that_dns_denies_excuses_nothing),
        cmocka_unit_test(a_country_without_a_shape_is_told),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(names_of_an_address_are_limited),
        cmocka_unit_test(wrong_entries_are_refused_with_their_place),
        cmocka_unit_test(long_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
