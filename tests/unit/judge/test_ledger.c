#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/open_flows.h"
#include "mmdb.h"
#include "scene.h"

#define PHONE "192.168.1.23"
#define SERVER "198.51.100.7"

static void account(struct scene *scene, const struct tt_flow *flow, enum tt_direction direction,
                    const char *host, enum tt_bucket bucket, uint64_t bytes)
{
    const struct tt_account account = {
        .flow = flow, .direction = direction, .host = host, .bucket = bucket, .bytes = bytes};
    assert_int_equal(tt_judge_account(scene->judge, &account), TT_OK);
}

static void bytes_add_up(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    for (uint64_t id = 1; id <= 3; id++) {
        struct tt_flow flow = scene_flow(id, PHONE, 40000, SERVER, 80);
        account(&scene, &flow, TT_FROM_INITIATOR, "api.example.com", TT_BUCKET_DECODED, 100);
        account(&scene, &flow, TT_FROM_INITIATOR, "api.example.com", TT_BUCKET_OPENED, 10);
        account(&scene, &flow, TT_FROM_RESPONDER, "API.example.com", TT_BUCKET_RAW_TEXT, 7);
        flow.lost[0] = 5;
        flow.rtt_syn = 1000 - id;
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    scene_has(told, "row sent internet http host=api.example.com 198.51.100.7:80 flows=3 "
                    "bytes=300,0,30,0,0,15,0,0,0 rtt=997\n");
    scene_has(told, "row received internet http host=api.example.com 198.51.100.7:80 flows=3 "
                    "bytes=0,21,0,0,0,0,0,0,0 rtt=997\n");
    assert_int_equal(scene_count(told, "row"), 2);
    scene_end(&scene);
}

static void interleaved_flows_are_kept_apart(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    enum { FLOWS = 300 };
    static struct tt_flow flows[FLOWS];
    for (uint64_t i = 0; i < FLOWS; i++) {
        flows[i] = scene_flow(i + 1, PHONE, 40000, SERVER, (uint16_t)(i % 2 == 0 ? 80 : 81));
    }
    for (int round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < FLOWS; i++)
            account(&scene, &flows[i], TT_FROM_INITIATOR, NULL, TT_BUCKET_OPAQUE, i % 2 + 1);
    }
    for (uint64_t i = FLOWS; i > 0; i--)
        scene_flow_over(&scene, &flows[i - 1]);
    const char *told = scene_finish(&scene);
    scene_has(told, "host=- 198.51.100.7:80 flows=150 bytes=0,0,0,750,0,0,0,0,0 ");
    scene_has(told, "host=- 198.51.100.7:81 flows=150 bytes=0,0,0,1500,0,0,0,0,0 ");
    assert_int_equal(scene_count(told, "row"), 2);
    scene_end(&scene);
}

static void unnamed_bytes_get_the_flows_name(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    scene_name(&scene, TT_NAME_DNS, 5, SERVER, 0, "early.example");
    scene_name(&scene, TT_NAME_DNS, 25, SERVER, 0, "late.example");
    /* By DNS, at the flow's first frame (10). */
    struct tt_flow by_dns = scene_flow(1, PHONE, 40000, SERVER, 443);
    account(&scene, &by_dns, TT_FROM_INITIATOR, NULL, TT_BUCKET_ENCRYPTED, 1);
    /* By SNI, which is worth more (30). */
    struct tt_flow by_sni = scene_flow(3, PHONE, 40000, SERVER, 443);
    scene_name(&scene, TT_NAME_SNI, 31, NULL, 3, "sni.example");
    scene_name(&scene, TT_NAME_CERTIFICATE, 32, NULL, 3, "cert.example");
    account(&scene, &by_sni, TT_FROM_INITIATOR, NULL, TT_BUCKET_ENCRYPTED, 2);
    /* By the only host that its messages said (40). */
    struct tt_flow by_host = scene_flow(4, PHONE, 40000, SERVER, 80);
    account(&scene, &by_host, TT_FROM_INITIATOR, NULL, TT_BUCKET_OPAQUE, 4);
    account(&scene, &by_host, TT_FROM_INITIATOR, "said.example", TT_BUCKET_DECODED, 8);
    scene_flow_over(&scene, &by_dns);
    scene_flow_over(&scene, &by_sni);
    scene_flow_over(&scene, &by_host);
    const char *told = scene_finish(&scene);
    scene_has(told, "host=early.example 198.51.100.7:443 flows=1 bytes=0,0,0,0,1,0,0,0,0 ");
    scene_has(told, "host=sni.example 198.51.100.7:443 flows=1 bytes=0,0,0,0,2,0,0,0,0 ");
    scene_has(told, "host=said.example 198.51.100.7:80 flows=1 bytes=8,0,0,4,0,0,0,0,0 ");
    assert_int_equal(scene_count(told, "row"), 3);
    scene_end(&scene);
}

static void a_proxy_connection_has_many_hosts(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 8080);
    account(&scene, &flow, TT_FROM_INITIATOR, "a.example", TT_BUCKET_DECODED, 1);
    account(&scene, &flow, TT_FROM_INITIATOR, "b.example", TT_BUCKET_DECODED, 2);
    account(&scene, &flow, TT_FROM_INITIATOR, "a.example", TT_BUCKET_DECODED, 4);
    account(&scene, &flow, TT_FROM_INITIATOR, NULL, TT_BUCKET_RAW_TEXT, 8);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "host=a.example 198.51.100.7:8080 flows=1 bytes=5,0,0,0,0,0,0,0,0 ");
    scene_has(told, "host=b.example 198.51.100.7:8080 flows=1 bytes=2,0,0,0,0,0,0,0,0 ");
    scene_has(told, "host=- 198.51.100.7:8080 flows=1 bytes=0,8,0,0,0,0,0,0,0 ");
    scene_end(&scene);
}

static void too_many_hosts_lose_their_names_not_their_bytes(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 8080);
    for (int i = 0; i < TT_FLOW_HOSTS_MAX + 10; i++) {
        char host[32];
        (void)snprintf(host, sizeof(host), "h%d.example", i);
        account(&scene, &flow, TT_FROM_INITIATOR, host, TT_BUCKET_DECODED, 1);
    }
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "row"), TT_FLOW_HOSTS_MAX + 1);
    scene_has(told, "host=- 198.51.100.7:8080 flows=1 bytes=10,0,0,0,0,0,0,0,0 ");
    scene_has(told, "note judge judge.hosts in=a.pcap flow=1 frame=10 count=10 ");
    scene_end(&scene);
}

static void silent_connections_are_listed(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told,
              "row sent internet http host=- 198.51.100.7:443 flows=1 bytes=0,0,0,0,0,0,0,0,0 ");
    assert_int_equal(scene_count(told, "row"), 1);
    scene_end(&scene);
}

static void lost_bytes_alone_make_a_row(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    flow.lost[0] = 3;
    flow.lost[1] = 4;
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told,
              "row sent internet http host=- 198.51.100.7:443 flows=1 bytes=0,0,0,0,0,3,0,0,0 ");
    scene_has(
        told,
        "row received internet http host=- 198.51.100.7:443 flows=1 bytes=0,0,0,0,0,4,0,0,0 ");
    scene_end(&scene);
}

/* Headers and repeated bytes stand in the row of their direction, beside its payload. */
static void the_flows_own_bytes_are_in_its_rows(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, SERVER, 443);
    account(&scene, &flow, TT_FROM_INITIATOR, NULL, TT_BUCKET_NOT_IP, 8);
    flow.overhead[0] = 54;
    flow.repeated[0] = 5;
    flow.overhead[1] = UINT32_MAX;
    scene_flow_over(&scene, &flow);
    const char *told = scene_finish(&scene);
    scene_has(told, "row sent internet http host=- 198.51.100.7:443 flows=1 "
                    "bytes=0,0,0,0,0,0,8,5,54 ");
    scene_has(told, "row received internet http host=- 198.51.100.7:443 flows=1 "
                    "bytes=0,0,0,0,0,0,0,0,4294967295 ");
    scene_end(&scene);
}

/* A proxy and a resolver of the local network pass on what they are told. */
static void what_is_relayed_goes_to_the_internet(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    struct tt_flow flow = scene_flow(1, PHONE, 40000, "192.168.1.5", 3128);
    struct tt_account relayed = {.flow = &flow,
                                 .host = "api.example.com",
                                 .bucket = TT_BUCKET_DECODED,
                                 .bytes = 100,
                                 .relayed = true};
    assert_int_equal(tt_judge_account(scene.judge, &relayed), TT_OK);
    struct tt_hit hit = scene_hit(&flow, 11);
    hit.relayed = true;
    scene_told_hit(&scene, &hit);
    account(&scene, &flow, TT_FROM_INITIATOR, NULL, TT_BUCKET_ENCRYPTED, 7);
    scene_flow_over(&scene, &flow);
    struct tt_flow near = scene_flow(2, PHONE, 40001, "192.168.1.5", 80);
    account(&scene, &near, TT_FROM_INITIATOR, "nas.local", TT_BUCKET_DECODED, 100);
    struct tt_hit told = scene_hit(&near, 21);
    told.host = "nas.local";
    scene_told_hit(&scene, &told);
    scene_flow_over(&scene, &near);
    const char *text = scene_finish(&scene);
    scene_has(text, "row sent internet http host=api.example.com 192.168.1.5:3128 flows=1 "
                    "bytes=100,0,0,0,7,0,0,0,0 ");
    scene_has(text, "row sent private http host=nas.local 192.168.1.5:80 ");
    assert_int_equal(scene_count(text, "finding"), 2);
    scene_has(text, " sent internet host=api.example.com(http)");
    scene_has(text, " sent private host=nas.local(http)");
    scene_end(&scene);
}

static void what_was_not_read_comes_first(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    static const struct {
        const char *host;
        enum tt_direction direction;
        enum tt_bucket bucket;
        uint64_t bytes;
    } cases[] = {
        {"read.example", TT_FROM_INITIATOR, TT_BUCKET_DECODED, 9000},
        {"hidden.example", TT_FROM_INITIATOR, TT_BUCKET_ENCRYPTED, 50},
        {"odd.example", TT_FROM_INITIATOR, TT_BUCKET_OPAQUE, 60},
        {"answer.example", TT_FROM_RESPONDER, TT_BUCKET_ENCRYPTED, 99999},
        {"b.example", TT_FROM_INITIATOR, TT_BUCKET_DECODED, 8},
        {"a.example", TT_FROM_INITIATOR, TT_BUCKET_DECODED, 8},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct tt_flow flow = scene_flow(i + 1, PHONE, 40000, SERVER, 80);
        if (cases[i].direction == TT_FROM_RESPONDER)
            account(&scene, &flow, TT_FROM_INITIATOR, cases[i].host, TT_BUCKET_DECODED, 1);
        account(&scene, &flow, cases[i].direction, cases[i].host, cases[i].bucket, cases[i].bytes);
        scene_flow_over(&scene, &flow);
    }
    struct tt_flow other = scene_flow(50, "192.168.1.99", 40000, SERVER, 80);
    account(&scene, &other, TT_FROM_INITIATOR, "between.example", TT_BUCKET_OPAQUE, 100000);
    scene_flow_over(&scene, &other);
    const char *told = scene_finish(&scene);
    static const char *const order[] = {"row sent internet http host=odd.example",
                                        "row sent internet http host=hidden.example",
                                        "row sent internet http host=read.example",
                                        "row sent internet http host=a.example",
                                        "row sent internet http host=b.example",
                                        "row sent internet http host=answer.example",
                                        "row received internet http host=answer.example",
                                        "row between internet http host=between"};
    const char *at = told;
    for (size_t i = 0; i < TT_ARRAY_LEN(order); i++) {
        const char *found = strstr(at, order[i]);
        if (found == NULL)
            fail_msg("%s is not in its place in\n%s", order[i], told);
        at = found + 1;
    }
    scene_end(&scene);
}

static uint32_t put_place(struct mmdb_writer *writer, const char *country, uint32_t network)
{
    uint32_t at = (uint32_t)writer->data.len;
    mmdb_put_map(&writer->data, 2);
    mmdb_put_text(&writer->data, "country_code");
    mmdb_put_text(&writer->data, country);
    mmdb_put_text(&writer->data, "autonomous_system_number");
    mmdb_put_u32(&writer->data, network);
    return at;
}

static void a_host_in_two_countries_has_two_rows(void **state)
{
    (void)state;
    char path[] = "/tmp/geo-XXXXXX";
    struct mmdb_writer *writer = mmdb_new();
    mmdb_put_prefix(writer, "198.51.100.0", 24, put_place(writer, "CN", 64500));
    mmdb_put_prefix(writer, "203.0.113.0", 24, put_place(writer, "SG", 64501));
    mmdb_write(writer, "Example", path);
    free(writer);
    scene_mmdb = path;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    scene_mmdb = NULL;
    static const char *const servers[] = {SERVER, "203.0.113.7", "198.51.100.8"};
    for (uint64_t id = 1; id <= 3; id++) {
        struct tt_flow flow = scene_flow(id, PHONE, 40000, servers[id - 1], 80);
        account(&scene, &flow, TT_FROM_INITIATOR, "moved.example", TT_BUCKET_DECODED, id);
        struct tt_hit hit = scene_hit(&flow, id * 10 + 1);
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    scene_has(told, "host=moved.example 198.51.100.7:80 flows=2 bytes=4,0,0,0,0,0,0,0,0 in CN by "
                    "AS64500 ");
    scene_has(told, "host=moved.example 203.0.113.7:80 flows=1 bytes=2,0,0,0,0,0,0,0,0 in SG by "
                    "AS64501 ");
    assert_int_equal(scene_count(told, "row"), 2);
    scene_has(told, " to=203.0.113.7:80 in SG by AS64501 ");
    scene_has(told, " to=198.51.100.7:80 in CN by AS64500 ");
    scene_end(&scene);
    (void)unlink(path);
}

static void an_incoming_connection_is_called_by_its_initiator(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    scene_name(&scene, TT_NAME_DNS, 1, "203.0.113.9", 0, "caller.example");
    for (uint64_t id = 1; id <= 2; id++) {
        struct tt_flow flow = scene_flow(id, "203.0.113.9", (uint16_t)(40000 + id), PHONE, 8080);
        account(&scene, &flow, TT_FROM_INITIATOR, "phone.example", TT_BUCKET_DECODED, 1);
        account(&scene, &flow, TT_FROM_RESPONDER, "phone.example", TT_BUCKET_DECODED, 2);
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    scene_has(told, "row sent internet http host=caller.example 203.0.113.9:0 flows=2 bytes=4,");
    scene_has(told,
              "row received internet http host=phone.example 192.168.1.23:8080 flows=2 bytes=2,");
    assert_int_equal(scene_count(told, "row"), 2);
    scene_end(&scene);
}

static void too_many_destinations_become_others(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, NULL, NULL);
    const uint64_t many = (uint64_t)TT_DESTINATIONS_MAX + 100;
    for (uint64_t id = 1; id <= many; id++) {
        struct tt_flow flow = scene_flow(id, PHONE, 40000, SERVER, 443);
        flow.ends[1].addr.bytes[1] = (uint8_t)(id >> 16);
        flow.ends[1].addr.bytes[2] = (uint8_t)(id >> 8);
        flow.ends[1].addr.bytes[3] = (uint8_t)id;
        account(&scene, &flow, TT_FROM_INITIATOR, NULL, TT_BUCKET_ENCRYPTED, 3);
        scene_flow_over(&scene, &flow);
    }
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "row"), TT_DESTINATIONS_MAX + 1);
    scene_has(told,
              "row sent internet (others) host=(others) :0 flows=100 bytes=0,0,0,0,300,0,0,0,0 ");
    scene_has(told, "note judge judge.destinations ");
    scene_end(&scene);
}

static void open_flows_leave(void **state)
{
    (void)state;
    struct tt_open_flows *flows = tt_open_flows_new();
    struct tt_open_flow *flow = NULL;
    for (uint64_t id = 1; id <= 1000; id++) {
        assert_int_equal(tt_open_flows_get(flows, id, &flow), TT_OK);
        assert_int_equal(flow->id, id);
        flow->share_count = (uint32_t)id;
    }
    for (uint64_t id = 1; id <= 1000; id += 2)
        tt_open_flows_close(flows, id);
    tt_open_flows_close(flows, 1);
    assert_int_equal(tt_open_flows_count(flows), 500);
    for (uint64_t id = 2; id <= 1000; id += 2) {
        assert_int_equal(tt_open_flows_get(flows, id, &flow), TT_OK);
        assert_int_equal(flow->share_count, id);
    }
    assert_int_equal(tt_open_flows_count(flows), 500);
    tt_open_flows_close(flows, 1000); /* the one asked for last */
    assert_int_equal(tt_open_flows_get(flows, 1000, &flow), TT_OK);
    assert_int_equal(flow->share_count, 0);
    tt_open_flows_free(flows);
    tt_open_flows_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_add_up),
        cmocka_unit_test(interleaved_flows_are_kept_apart),
        cmocka_unit_test(unnamed_bytes_get_the_flows_name),
        cmocka_unit_test(a_proxy_connection_has_many_hosts),
        cmocka_unit_test(too_many_hosts_lose_their_names_not_their_bytes),
        cmocka_unit_test(silent_connections_are_listed),
        cmocka_unit_test(lost_bytes_alone_make_a_row),
        cmocka_unit_test(the_flows_own_bytes_are_in_its_rows),
        cmocka_unit_test(what_is_relayed_goes_to_the_internet),
        cmocka_unit_test(what_was_not_read_comes_first),
        cmocka_unit_test(a_host_in_two_countries_has_two_rows),
        cmocka_unit_test(an_incoming_connection_is_called_by_its_initiator),
        cmocka_unit_test(too_many_destinations_become_others),
        cmocka_unit_test(open_flows_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
