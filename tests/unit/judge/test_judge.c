#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/chance.h"
#include "judge/groups.h"
#include "model/frame.h"
#include "scene.h"

#define PHONE "192.168.1.23"
#define SERVER "198.51.100.7"

static void a_finding_in_full(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    scene_name(&scene, TT_NAME_DNS, 5, SERVER, 0, "dns.example");
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.host = "API.Example.com.";
    hit.origin.last_frame = 14;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "device 192.168.1.23 sheet 1\n"
                    "finding imei[0] proven digits transform= "
                    "path=http.request.body,json:$.list[*].k "
                    "proof=http.request.body@312+188,json:$.list[3].k@37+15 "
                    "http sent internet host=api.example.com(http) "
                    "names=api.example.com(http),dns.example(dns) to=198.51.100.7:80 app=- "
                    "none/-/- seen=12..12 count=1 in=a.pcap flows=1 frames=12,14/2 "
                    "phase=- unknown violation high clauses=clear-text\n");
    assert_int_equal(tt_judge_verdict(scene.judge), TT_VERDICT_VIOLATION);
    scene_end(&scene);
}

/* A value that many segments carry has all their frames, listed in order. */
static void all_frames_of_a_hit_are_listed(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    static const uint64_t frames[] = {12, 19, 13, 15};
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.origin.last_frame = 19;
    hit.frames = frames;
    hit.frame_count = TT_ARRAY_LEN(frames);
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    scene_has(scene_finish(&scene), "frames=12,13,15,19/4 ");
    scene_end(&scene);
}

static void nothing_found_is_allowed_and_has_its_ledger(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    const struct tt_account account = {.flow = &flow, .bucket = TT_BUCKET_ENCRYPTED, .bytes = 100};
    assert_int_equal(tt_judge_account(scene.judge, &account), TT_OK);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 0);
    assert_int_equal(scene_count(told, "row sent"), 1);
    assert_int_equal(tt_judge_verdict(scene.judge), TT_VERDICT_ALLOWED);
    scene_end(&scene);
}

/* Hits of several flows, told out of order, are one finding with the first one's proof. */
static void alike_hits_are_one_finding(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    static const uint64_t frames[] = {32, 35, 12, 22};
    static const uint64_t ids[] = {3, 3, 1, 2};
    for (size_t i = 0; i < 4; i++) {
        struct tt_flow flow = scene_flow(ids[i], PHONE, (uint16_t)(40000 + ids[i]), SERVER, 80);
        struct tt_proof_step proof[2] = {{"http.request.body", frames[i], 100, false},
                                         {"json:$.list[7].k", 1, 15, false}};
        char step[64];
        (void)snprintf(step, sizeof(step), "json:$.list[%zu].k", i);
        proof[1].step = step;
        struct tt_hit hit = scene_hit(&flow, frames[i]);
        hit.proof = proof;
        scene_told_hit(&scene, &hit);
        if (i != 0)
            scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 1);
    scene_has(told, " proof=http.request.body@12+100,json:$.list[2].k@1+15 ");
    scene_has(told, " seen=12..35 count=4 in=a.pcap flows=1,2,3 frames=12,22,32,35/4 ");
    scene_end(&scene);
}

/* How a version of a protocol carries what it says makes no other finding. */
static void framing_is_not_in_the_path(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    static const struct tt_proof_step plain[] = {{"http.request.header:cookie", 30, 15, false}};
    static const struct tt_proof_step packed[] = {{"http.request.head", 9, 80, true},
                                                  {"hpack", 0, 120, true},
                                                  {"http.request.header:cookie", 50, 15, false}};
    const struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    struct tt_hit hit = scene_hit(&flow, 10);
    hit.proof = packed;
    hit.proof_count = 3;
    scene_told_hit(&scene, &hit);
    hit.proof = plain;
    hit.proof_count = 1;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 1);
    scene_has(told, " count=2 ");
    scene_has(told, "proof=http.request.head@9+80,hpack@0+120,http.request.header:cookie@50+15 ");
    scene_end(&scene);
}

/* The same without a host in the messages: groups of flows are merged in the end. */
static void flows_without_a_said_host_merge_by_name(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    scene_name(&scene, TT_NAME_DNS, 1, SERVER, 0, "one.example");
    scene_name(&scene, TT_NAME_DNS, 25, SERVER, 0, "two.example");
    scene_name(&scene, TT_NAME_SNI, 41, NULL, 4, "two.example");
    for (uint64_t id = 1; id <= 4; id++) {
        /* First frames are 10, 20, 30, 40; the hit comes long after. */
        struct tt_flow flow = scene_flow(id, PHONE, 40000, SERVER, 5222);
        struct tt_hit hit = scene_hit(&flow, 100 - id);
        hit.protocol = "tcp";
        hit.host = NULL;
        hit.host_source = NULL;
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 2);
    scene_has(told, "host=one.example(dns) names=one.example(dns) ");
    scene_has(told, "count=2 in=a.pcap flows=1,2 frames=98,99/2 ");
    /* The better source of the two flows is named, and both are listed. */
    scene_has(told, "host=two.example(sni) names=two.example(sni),two.example(dns) ");
    scene_has(told, "count=2 in=a.pcap flows=3,4 frames=96,97/2 ");
    scene_end(&scene);
}

/* Everything that findings must agree in: a second hit that differs in it is another finding. */
static void what_differs_is_another_finding(void **state)
{
    (void)state;
    static const char *const gzip[] = {"gzip"};
    static const struct tt_proof_step other_path[] = {{"http.request.header:cookie", 1, 2, false}};
    for (int i = 0; i < 14; i++) {
        struct scene scene;
        scene_begin(&scene, PHONE,
                    "phases:\n  - {name: a, from: 1970-01-01}\n"
                    "  - {name: b, from: 1970-01-01T00:01:00Z}\n",
                    NULL);
        assert_int_equal(tt_judge_capture(scene.judge, 1, "b.pcap"), TT_OK);
        struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
        struct tt_flow second = scene_flow(2, PHONE, 40001, SERVER, 80);
        struct tt_hit hit = scene_hit(&flow, 12);
        scene_told_hit(&scene, &hit);
        hit = scene_hit(&second, 22);
        size_t wanted = 2;
        switch (i) {
        case 0:
            hit.form = &scene_number;
            break;
        case 1:
            hit.form = &scene_md5;
            break;
        case 2:
            hit.codings = gzip;
            hit.coding_count = 1;
            break;
        case 3:
            hit.proof = other_path;
            hit.proof_count = 1;
            break;
        case 4:
            hit.protocol = "tcp";
            break;
        case 5:
            hit.direction = TT_FROM_RESPONDER;
            break;
        case 6:
            hit.host = "other.example.com";
            break;
        case 7:
            second.ends[1].addr = scene_addr("198.51.100.8");
            break;
        case 8:
            hit.encryption = "tls1.3";
            break;
        case 9:
            hit.origin.time = UINT64_C(60000000000);
            break;
        case 10:
            second.capture = 1;
            hit.origin.first_frame = tt_frame_id(1, 22);
            break;
        case 11:
            second.app = "com.example.app";
            break;
        case 12:
            second.ends[1].port = 81;
            break;
        default:
            wanted = 1; /* nothing differs */
            break;
        }
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
        scene_flow_over(&scene, &second);
        const char *told = scene_finish(&scene);
        if (scene_count(told, "finding") != wanted)
            fail_msg("case %d:\n%s", i, told);
        scene_end(&scene);
    }
}

/* A cipher that hides nothing is no small print: it does not merge with one that does. */
static void readable_and_not_are_apart(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    static const char *const ciphers[] = {"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_NULL_SHA",
                                          "TLS_RSA_WITH_AES_256_CBC_SHA"};
    for (size_t i = 0; i < 3; i++) {
        struct tt_hit hit = scene_hit(&flow, 12 + i);
        hit.encryption = "tls1.2";
        hit.cipher = ciphers[i];
        hit.opened_with = "keylog";
        scene_told_hit(&scene, &hit);
    }
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 2);
    scene_has(told, "tls1.2/TLS_RSA_WITH_AES_128_CBC_SHA/keylog seen=12..14 count=2 ");
    scene_has(told, "undecided medium clauses=consent-unknown");
    scene_has(told, "tls1.2/TLS_RSA_WITH_NULL_SHA/keylog seen=13..13 count=1 ");
    scene_has(told, "violation high clauses=clear-text");
    scene_end(&scene);
}

static void transforms_are_joined_innermost_first(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    static const char *const codings[] = {"base64", "percent"};
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.form = &scene_md5;
    hit.codings = codings;
    hit.coding_count = 2;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    scene_has(scene_finish(&scene), " digits transform=md5,hex,base64,percent path=");
    scene_end(&scene);
}

static void hosts_by_the_best_source(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "host=198.51.100.7(http) names=198.51.100.7(http),sni.example(sni),cert.example("
        "certificate),dns.example(dns),listed.example(capture) ",
        "host=sni.example(sni) names=sni.example(sni),cert.example(certificate),dns.example(dns),"
        "listed.example(capture) ",
        "host=cert.example(certificate) names=cert.example(certificate),dns.example(dns),"
        "listed.example(capture) ",
        "host=dns.example(dns) names=dns.example(dns),listed.example(capture) ",
        "host=listed.example(capture) names=listed.example(capture) ",
        "host=-(-) names= ",
    };
    for (size_t from = 0; from < TT_ARRAY_LEN(wanted); from++) {
        struct scene scene;
        scene_begin(&scene, PHONE, NULL, NULL);
        struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
        struct tt_hit hit = scene_hit(&flow, 12);
        hit.host = from == 0 ? SERVER : NULL;
        if (from <= 1)
            scene_name(&scene, TT_NAME_SNI, 11, NULL, 1, "sni.example");
        if (from <= 2)
            scene_name(&scene, TT_NAME_CERTIFICATE, 11, NULL, 1, "cert.example");
        if (from <= 3)
            scene_name(&scene, TT_NAME_DNS, 9, SERVER, 0, "dns.example");
        if (from <= 4)
            scene_name(&scene, TT_NAME_CAPTURE, 900, SERVER, 0, "listed.example");
        scene_name(&scene, TT_NAME_DNS, 9, "198.51.100.8", 0, "somebody-else.example");
        scene_name(&scene, TT_NAME_DNS, 900, SERVER, 0, "too-late.example");
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
        scene_has(scene_finish(&scene), wanted[from]);
        scene_end(&scene);
    }
}

static void a_name_learned_after_the_flow_began_still_helps(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 5222);
    scene_name(&scene, TT_NAME_DNS, 50, SERVER, 0, "late.example");
    struct tt_hit hit = scene_hit(&flow, 60);
    hit.host = NULL;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    scene_has(scene_finish(&scene), "host=late.example(dns) ");
    scene_end(&scene);
}

static void an_answering_device_is_not_named_by_the_request(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, "203.0.113.9", 40000, PHONE, 8080);
    scene_name(&scene, TT_NAME_DNS, 5, "203.0.113.9", 0, "caller.example");
    scene_name(&scene, TT_NAME_SNI, 11, NULL, 1, "phone.example");
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.host = "phone.example";
    hit.direction = TT_FROM_RESPONDER;
    scene_told_hit(&scene, &hit);
    hit.direction = TT_FROM_INITIATOR;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "http sent internet host=caller.example(dns) names=caller.example(dns) "
                    "to=203.0.113.9:0 ");
    scene_has(told, "http received internet host=phone.example(http) "
                    "names=phone.example(http),phone.example(sni) to=192.168.1.23:8080 ");
    scene_end(&scene);
}

static const char consent[] = "clock: {uncertainty: 2s}\n"
                              "phases:\n"
                              "  - {name: boxed, from: 1970-01-01T00:00:01Z}\n"
                              "  - {name: cloud on, from: 1970-01-01T00:01:00Z}\n"
                              "purposes:\n"
                              "  - {name: cloud, hosts: ['*.example.com'], kinds: imei}\n"
                              "  - {name: by address, hosts: 198.51.100.9}\n"
                              "consent:\n"
                              "  - {at: 1970-01-01T00:00:01Z, purpose: by address, state: given}\n"
                              "  - {at: 1970-01-01T00:01:00Z, purpose: cloud, state: given}\n"
                              "  - {at: 1970-01-01T00:02:00Z, purpose: cloud, state: withdrawn}\n";

static void consent_and_phase_at_the_time_of_the_hit(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, consent, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    static const uint64_t seconds[] = {10, 20, 59, 70, 80, 119, 130};
    for (size_t i = 0; i < TT_ARRAY_LEN(seconds); i++) {
        struct tt_hit hit = scene_hit(&flow, seconds[i]);
        hit.encryption = "tls1.3";
        scene_told_hit(&scene, &hit);
    }
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 5);
    scene_has(told, "seen=10..20 count=2 in=a.pcap flows=1 frames=10,20/2 phase=boxed not_given "
                    "violation high clauses=no-consent\n");
    scene_has(told, "seen=59..59 count=1 in=a.pcap flows=1 frames=59/1 phase=boxed unknown "
                    "undecided medium clauses=consent-unknown\n");
    scene_has(told, "seen=70..80 count=2 in=a.pcap flows=1 frames=70,80/2 phase=cloud on given "
                    "allowed info clauses=agreed\n");
    scene_has(told, "seen=119..119 count=1 in=a.pcap flows=1 frames=119/1 phase=cloud on unknown "
                    "undecided ");
    scene_has(told, "seen=130..130 count=1 in=a.pcap flows=1 frames=130/1 phase=cloud on "
                    "withdrawn violation ");
    scene_end(&scene);
}

static void consent_by_kind_and_destination(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, consent, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    struct tt_flow bare = scene_flow(2, PHONE, 40000, "198.51.100.9", 443);
    struct tt_hit hit = scene_hit(&flow, 70);
    hit.encryption = "tls1.3";
    hit.form = &scene_number;
    scene_told_hit(&scene, &hit); /* another kind */
    hit.form = &scene_imei;
    hit.host = "other.example";
    scene_told_hit(&scene, &hit); /* another host */
    hit = scene_hit(&bare, 71);
    hit.encryption = "tls1.3";
    hit.host = NULL;
    scene_told_hit(&scene, &hit); /* a destination without a name is known by its address */
    scene_flow_over(&scene, &flow);
    scene_flow_over(&scene, &bare);
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 3);
    scene_has(told, "host=other.example(http)");
    scene_has(told, "host=-(-) names= to=198.51.100.9:443 app=- tls1.3/-/- seen=71..71 count=1 "
                    "in=a.pcap flows=2 frames=71/1 phase=cloud on given allowed ");
    assert_int_equal(scene_count(told, "finding contacts[0].phone_number"), 1);
    const char *first = strstr(told, " not_given violation high clauses=no-consent\n");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, " not_given violation high clauses=no-consent\n"));
    scene_end(&scene);
}

static void weak_forms_and_lucky_ones_are_suspected(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.form = &scene_weak;
    hit.in_place = true;
    scene_told_hit(&scene, &hit);
    hit.form = &scene_number; /* 40 bits of digits */
    scene_told_hit(&scene, &hit);
    hit.form = &scene_imei; /* 50 bits */
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    tt_judge_searched(scene.judge, UINT64_C(1) << 34);
    tt_judge_searched(scene.judge, UINT64_C(1) << 34);
    const char *told = scene_finish(&scene);
    scene_has(told, "contacts[0].phone_number suspected national ");
    scene_has(told, "contacts[0].phone_number suspected e164 ");
    scene_has(told, "imei[0] proven digits ");
    scene_has(told, " unknown undecided high clauses=clear-text\n");
    scene_end(&scene);
}

static void a_weak_form_proves_nothing_however_unlikely(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    const struct tt_form form = {.name = "text", .bits = 90, .weak = true};
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.form = &form;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    scene_has(scene_finish(&scene), "imei[0] suspected text ");
    assert_int_equal(tt_judge_verdict(scene.judge), TT_VERDICT_UNDECIDED);
    scene_end(&scene);
}

static void other_peoples_traffic_is_not_the_devices(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow own = scene_flow(1, PHONE, 40000, SERVER, 80);
    struct tt_flow other = scene_flow(2, "192.168.1.99", 40000, SERVER, 80);
    struct tt_flow local = scene_flow(3, PHONE, 5353, "224.0.0.251", 5353);
    struct tt_hit hit = scene_hit(&other, 22);
    scene_told_hit(&scene, &hit);
    hit = scene_hit(&own, 12);
    hit.direction = TT_FROM_RESPONDER;
    scene_told_hit(&scene, &hit);
    hit = scene_hit(&local, 32);
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &own);
    scene_flow_over(&scene, &other);
    scene_flow_over(&scene, &local);
    const char *told = scene_finish(&scene);
    scene_has(told, " between internet ");
    scene_has(told, " received internet ");
    scene_has(told, " sent link ");
    assert_int_equal(scene_count(told, "finding"), 3);
    assert_int_equal(tt_judge_verdict(scene.judge), TT_VERDICT_ALLOWED);
    scene_end(&scene);
}

static void without_a_device_nothing_is_decided(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, NULL, NULL, NULL);
    struct tt_flow flow = {.id = 1, .transport = TT_TRANSPORT_LINK, .first_frame = 1};
    struct tt_hit hit = scene_hit(&flow, 1);
    hit.host = NULL;
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "http unknown link host=-(-) names= to=:0 ");
    assert_int_equal(scene_count(told, "device"), 0);
    scene_end(&scene);
}

static void a_wrong_sheet_is_noted(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "192.168.1.200", NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    struct tt_hit hit = scene_hit(&flow, 12);
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "http sent internet ");
    scene_has(told, "note judge judge.device ");
    scene_end(&scene);
}

static void findings_come_by_capture_and_frame(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    assert_int_equal(tt_judge_capture(scene.judge, 1, "b.pcap"), TT_OK);
    static const uint64_t frames[] = {90, 5, 40, 5};
    for (uint64_t i = 0; i < 4; i++) {
        struct tt_flow flow = scene_flow(i + 1, PHONE, 40000, SERVER, 80);
        flow.capture = i == 1 ? 1 : 0;
        char host[32];
        (void)snprintf(host, sizeof(host), "h%d.example", (int)i);
        struct tt_hit hit = scene_hit(&flow, tt_frame_id(flow.capture, frames[i]));
        hit.host = host;
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    const char *at = told;
    static const char *const order[] = {"host=h3.example", "host=h2.example", "host=h0.example",
                                        "host=h1.example"};
    for (size_t i = 0; i < 4; i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
    }
    scene_has(told, "in=b.pcap");
    scene_end(&scene);
}

static void lists_are_capped_and_counts_are_not(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    for (uint64_t id = 200; id > 0; id--) {
        struct tt_flow flow = scene_flow(id, PHONE, 40000, SERVER, 80);
        struct tt_hit hit = scene_hit(&flow, id * 10 + 2);
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 1);
    scene_has(told, "count=200 in=a.pcap flows=1,2,3,4,5,");
    scene_has(told, ",63,64 frames=12,22,32,");
    scene_has(told, ",632,642/200 ");
    scene_end(&scene);
}

static void notes_are_counted_by_code(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(4, PHONE, 40000, SERVER, 80);
    char code[16] = "tcp.gap";
    struct tt_note note = {.layer = "net",
                           .code = code,
                           .flow = &flow,
                           .frame = 7,
                           .length = 100,
                           .text = "bytes are missing"};
    tt_judge_note(scene.judge, &note);
    note.frame = 9;
    note.length = 11;
    tt_judge_note(scene.judge, &note);
    memcpy(code, "pcap.cut", 9); /* the note's texts need not outlive the call */
    note.layer = "capture";
    note.flow = NULL;
    note.frame = 0;
    note.length = 0;
    tt_judge_note(scene.judge, &note);
    const char *told = scene_finish(&scene);
    scene_has(told, "note capture pcap.cut in=a.pcap flow=0 frame=0 count=1 bytes=0\n"
                    "note net tcp.gap in=a.pcap flow=4 frame=7 count=2 bytes=111\n");
    scene_end(&scene);
}

static void notes_name_their_capture(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    assert_int_equal(tt_judge_capture(scene.judge, 1, "b.pcap"), TT_OK);
    struct tt_flow flow = scene_flow(4, PHONE, 40000, SERVER, 80);
    struct tt_note note = {.layer = "net", .code = "late", .flow = &flow, .text = "a note"};
    tt_judge_note(scene.judge, &note);
    note = (struct tt_note){
        .layer = "net", .code = "new", .frame = tt_frame_id(1, 9), .text = "a note"};
    tt_judge_note(scene.judge, &note);
    note = (struct tt_note){
        .layer = "capture", .code = "file", .frame = tt_frame_id(1, 0), .text = "a note"};
    tt_judge_note(scene.judge, &note);
    note = (struct tt_note){.layer = "run", .code = "all", .text = "a note"};
    tt_judge_note(scene.judge, &note);
    const char *told = scene_finish(&scene);
    scene_has(told, "note net late in=a.pcap ");
    scene_has(told, "note net new in=b.pcap flow=0 frame=9 ");
    scene_has(told, "note capture file in=b.pcap flow=0 frame=0 ");
    scene_has(told, "note run all in=- ");
    scene_end(&scene);
}

static void too_many_notes_are_still_counted(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    for (int i = 0; i < TT_NOTES_MAX + 50; i++) {
        char code[32];
        (void)snprintf(code, sizeof(code), "code.%d", i);
        const struct tt_note note = {.layer = "net", .code = code, .length = 2, .text = "a note"};
        tt_judge_note(scene.judge, &note);
    }
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "note"), TT_NOTES_MAX + 1);
    scene_has(told, "note judge judge.notes in=- flow=0 frame=0 count=50 bytes=100\n");
    scene_end(&scene);
}

static void positions_leave_the_path(void **state)
{
    (void)state;
    static const struct {
        const char *step;
        const char *wanted;
    } cases[] = {
        {"json:$.a[3].b[12]", "json:$.a[*].b[*]"},
        {"multipart[0]", "multipart[*]"},
        {"json:$[0][1]", "json:$[*][*]"},
        {"json:$['a[x]'].b", "json:$['a[x]'].b"},
        {"json:$.a[3", "json:$.a[3"},
        {"json:$.a[]", "json:$.a[]"},
        {"[", "["},
        {"", ""},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        char room[64];
        tt_path_without_positions(cases[i].step, room, sizeof(room));
        assert_string_equal(room, cases[i].wanted);
    }
    char small[8];
    tt_path_without_positions("json:$.a[3].b", small, sizeof(small));
    assert_string_equal(small, "json:$.");
    tt_path_without_positions("abcd[1]ef", small, sizeof(small));
    assert_string_equal(small, "abcd[*]");
}

static void long_proofs_are_cut(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    struct tt_proof_step proof[TT_PATH_STEPS_MAX + 30];
    char long_step[TT_PATH_MAX * 2];
    memset(long_step, 'x', sizeof(long_step) - 1);
    long_step[sizeof(long_step) - 1] = '\0';
    for (size_t i = 0; i < TT_ARRAY_LEN(proof); i++)
        proof[i] = (struct tt_proof_step){.step = long_step};
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.proof = proof;
    hit.proof_count = TT_ARRAY_LEN(proof);
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    assert_int_equal(scene_count(scene_finish(&scene), "finding"), 1);
    scene_end(&scene);
}

static void a_hit_of_nobody_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 80);
    const struct tt_form form = {.identifier = 99, .name = "digits", .bits = 50};
    struct tt_hit hit = scene_hit(&flow, 12);
    hit.form = &form;
    assert_int_equal(tt_judge_hit(scene.judge, &hit), TT_ERR_INTERNAL);
    scene_end(&scene);
}

static void feed(struct scene *scene, uint64_t id)
{
    struct tt_flow flow = scene_flow(id, PHONE, (uint16_t)(40000 + id), SERVER, 80);
    struct tt_hit hit = scene_hit(&flow, id * 10 + 2);
    hit.host = id % 2 == 0 ? "even.example" : "odd.example";
    scene_told_hit(scene, &hit);
    const struct tt_account account = {
        .flow = &flow, .host = hit.host, .bucket = TT_BUCKET_DECODED, .bytes = id};
    assert_int_equal(tt_judge_account(scene->judge, &account), TT_OK);
    scene_flow_over(scene, &flow);
}

static void two_judges_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct scene alone;
    struct scene a;
    struct scene b;
    scene_begin(&alone, PHONE, NULL, NULL);
    for (uint64_t id = 1; id <= 20; id++)
        feed(&alone, id);
    const char *wanted = scene_finish(&alone);
    scene_begin(&a, PHONE, NULL, NULL);
    scene_begin(&b, PHONE, consent, NULL);
    for (uint64_t id = 1; id <= 20; id++) {
        feed(&b, 100 - id);
        feed(&a, id);
        feed(&b, id);
    }
    const char *other = scene_finish(&b);
    const char *told = scene_finish(&a);
    assert_string_equal(told, wanted);
    assert_true(strcmp(other, wanted) != 0);
    scene_end(&alone);
    scene_end(&a);
    scene_end(&b);
}

static enum tt_err refuse(void *context, const struct tt_finding *finding)
{
    (void)context;
    (void)finding;
    return TT_ERR_IO;
}

static void a_sinks_error_is_passed_on(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    feed(&scene, 1);
    const struct tt_judge_sink sink = {.context = &scene,
                                       .device = scene_device,
                                       .finding = refuse,
                                       .coverage = scene_coverage,
                                       .note = scene_note};
    assert_int_equal(tt_judge_finish(scene.judge, &sink), TT_ERR_IO);
    scene_end(&scene);
    tt_judge_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_in_full),
        cmocka_unit_test(all_frames_of_a_hit_are_listed),
        cmocka_unit_test(nothing_found_is_allowed_and_has_its_ledger),
        cmocka_unit_test(alike_hits_are_one_finding),
        cmocka_unit_test(framing_is_not_in_the_path),
        cmocka_unit_test(flows_without_a_said_host_merge_by_name),
        cmocka_unit_test(what_differs_is_another_finding),
        cmocka_unit_test(readable_and_not_are_apart),
        cmocka_unit_test(transforms_are_joined_innermost_first),
        cmocka_unit_test(hosts_by_the_best_source),
        cmocka_unit_test(a_name_learned_after_the_flow_began_still_helps),
        cmocka_unit_test(an_answering_device_is_not_named_by_the_request),
        cmocka_unit_test(consent_and_phase_at_the_time_of_the_hit),
        cmocka_unit_test(consent_by_kind_and_destination),
        cmocka_unit_test(weak_forms_and_lucky_ones_are_suspected),
        cmocka_unit_test(a_weak_form_proves_nothing_however_unlikely),
        cmocka_unit_test(other_peoples_traffic_is_not_the_devices),
        cmocka_unit_test(without_a_device_nothing_is_decided),
        cmocka_unit_test(a_wrong_sheet_is_noted),
        cmocka_unit_test(findings_come_by_capture_and_frame),
        cmocka_unit_test(lists_are_capped_and_counts_are_not),
        cmocka_unit_test(notes_are_counted_by_code),
        cmocka_unit_test(notes_name_their_capture),
        cmocka_unit_test(too_many_notes_are_still_counted),
        cmocka_unit_test(positions_leave_the_path),
        cmocka_unit_test(long_proofs_are_cut),
        cmocka_unit_test(a_hit_of_nobody_is_refused),
        cmocka_unit_test(two_judges_do_not_disturb_each_other),
        cmocka_unit_test(a_sinks_error_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
