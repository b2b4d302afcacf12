/* MQTT: packets of versions 3.1, 3.1.1 and 5, payloads that go on over chunks, losses, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "mqtt_maker.h"
#include "proto/extent.h"
#include "proto/list.h"

#define MESSAGE(kind, name, bytes)                                                                 \
    " message mqtt " kind " method=- host=- url=- name=" name " type=- status=0 bytes=" bytes

/* The log has a field of the step with that content. */
static void assert_said(struct recorder *rec, int direction, const char *step, const char *content)
{
    char begin[96];
    char end[160];
    (void)snprintf(begin, sizeof(begin), "%d %s @", direction, step);
    (void)snprintf(end, sizeof(end), " \"%s\"", content);
    const char *line = strstr(rec_log(rec), begin);
    while (line != NULL) {
        size_t len = strcspn(line, "\n");
        if (len > strlen(end) && strncmp(line + len - strlen(end), end, strlen(end)) == 0)
            return;
        line = strstr(line + 1, begin);
    }
    fail_msg("no %s \"%s\" in:\n%s", step, content, rec_log(rec));
}

static struct turn turn_of(enum tt_direction direction, const struct tt_buf *bytes)
{
    return (struct turn){.direction = direction, .bytes = tt_buf_span(bytes)};
}

/* Plays what both sides say; all cuts give the same. */
static struct recorder *play_both(const struct tt_buf *client, const struct tt_buf *server)
{
    struct turn turns[2] = {turn_of(TT_FROM_INITIATOR, client), turn_of(TT_FROM_RESPONDER, server)};
    size_t count = server->len > 0 ? 2 : 1;
    struct recorder *rec = play(&tt_proto_mqtt, 1883, turns, count, (struct cut){0});
    play_cuts(&tt_proto_mqtt, 1883, turns, count, rec_log(rec));
    return rec;
}

static enum tt_probe probe(struct tt_span head)
{
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 4711);
    return tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, head);
}

/* ---- recognition ---- */

static void test_probe(void **state)
{
    (void)state;
    static const unsigned levels[] = {3, 4, 5};
    for (size_t i = 0; i < COUNT(levels); i++) {
        struct tt_buf out = tt_buf_make(1U << 16);
        write_connect(&out, levels[i], "a-client-with-a-name");
        struct tt_span all = tt_buf_span(&out);
        size_t sure = levels[i] == 3 ? 11 : 9;
        for (size_t len = 1; len <= all.len; len++)
            assert_int_equal(probe(tt_span_sub(all, 0, len)),
                             len < sure ? TT_PROBE_MORE : TT_PROBE_YES);
        for (size_t at = 0; at < sure; at++) {
            out.data[at] ^= 0x40;
            if (at != 1) /* another length may fit */
                assert_int_equal(probe(tt_buf_span(&out)), TT_PROBE_NO);
            out.data[at] ^= 0x40;
        }
        tt_buf_free(&out);
    }
    assert_int_equal(probe(tt_span_str("GET / HTTP/1.1\r\n")), TT_PROBE_NO);
    assert_int_equal(probe(tt_span_of("\x10\xff\xff\xff\xff\xff", 6)), TT_PROBE_NO);
}

/* Without the CONNECT: only at the port, and only what is more than chance. */
static void test_probe_midway(void **state)
{
    (void)state;
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 1883);
    struct tt_buf out = tt_buf_make(1U << 16);
    write_publish(&out, "home/door", "open");
    assert_int_equal(tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, tt_buf_span(&out)), TT_PROBE_NO);
    flow.initiator_known = false;
    assert_int_equal(tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, tt_buf_span(&out)),
                     TT_PROBE_YES);
    assert_int_equal(
        tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, tt_span_sub(tt_buf_span(&out), 0, 5)),
        TT_PROBE_NO);
    assert_int_equal(tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, tt_span_of("\xc0\0", 2)),
                     TT_PROBE_YES);
    assert_int_equal(tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, tt_span_of("\xc0\0\0", 3)),
                     TT_PROBE_NO);
    out.data[4] = '#';
    assert_int_equal(tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, tt_buf_span(&out)), TT_PROBE_NO);
    out.data[4] = 'h';
    flow.ends[1].port = 1884;
    assert_int_equal(tt_proto_mqtt.probe(&flow, TT_FROM_INITIATOR, tt_buf_span(&out)), TT_PROBE_NO);
    tt_buf_free(&out);
}

/* ---- the versions ---- */

/* CONNECT with all that it can hold. */
static void write_full_connect(struct tt_buf *out, const char *protocol, unsigned level)
{
    struct packet packet = begin_connect(protocol, level, 0xc6);
    put_text(&packet, "client-77");
    put_text(&packet, "will/topic");
    put_text(&packet, "gone");
    put_text(&packet, "rao");
    put_text(&packet, "secret");
    write_packet(out, &packet);
}

static void write_subscribe(struct tt_buf *out, bool properties)
{
    struct packet packet = packet_of(0x82);
    put_u16(&packet, 1);
    if (properties)
        put_bytes(&packet, "\2\x0b\5", 3);
    put_text(&packet, "a/+/c");
    put_u8(&packet, 1);
    put_text(&packet, "d/#");
    put_u8(&packet, 0);
    write_packet(out, &packet);
}

static void test_version_3(void **state)
{
    (void)state;
    for (unsigned level = 3; level <= 4; level++) {
        struct tt_buf client = tt_buf_make(1U << 16);
        struct tt_buf server = tt_buf_make(1U << 16);
        write_full_connect(&client, level == 3 ? "MQIsdp" : "MQTT", level);
        write_subscribe(&client, false);
        rec_check(tt_buf_append(&client, tt_span_of("\x40\2\0\7\xc0\0\xe0\0", 8)));
        rec_check(tt_buf_append(&server, tt_span_of("\x20\2\0\0\x90\4\0\1\1\0", 10)));
        struct packet packet = packet_of(0x32);
        put_text(&packet, "a/b/c");
        put_u16(&packet, 7);
        put_bytes(&packet, "{\"k\":1}", 7);
        write_packet(&server, &packet);
        rec_check(tt_buf_append(&server, tt_span_of("\xd0\0", 2)));
        struct recorder *rec = play_both(&client, &server);
        assert_said(rec, 0, "mqtt.client_id", "client-77");
        assert_said(rec, 0, "mqtt.will.topic", "will/topic");
        assert_said(rec, 0, "mqtt.will.payload", "gone");
        assert_said(rec, 0, "mqtt.username", "rao");
        assert_said(rec, 0, "mqtt.password", "secret");
        assert_said(rec, 0, "mqtt.topic_filter", "a/+/c");
        assert_said(rec, 0, "mqtt.topic_filter", "d/#");
        assert_said(rec, 1, "mqtt.topic", "a/b/c");
        assert_said(rec, 1, "mqtt.payload", "{\\x22k\\x22:1}");
        assert_true(rec_has(rec, MESSAGE("connect", "client-77", "")));
        assert_true(rec_has(rec, MESSAGE("subscribe", "a/+/c", "18 whole")));
        assert_true(rec_has(rec, MESSAGE("publish", "a/b/c", "7 whole")));
        assert_true(rec_has(rec, MESSAGE("puback", "-", "4 whole")));
        assert_true(rec_has(rec, MESSAGE("disconnect", "-", "2 whole")));
        assert_int_equal(rec_count(rec, " message mqtt "), 9);
        assert_int_equal(rec->note_count, 0);
        rec_free(rec);
        tt_buf_free(&client);
        tt_buf_free(&server);
    }
}

/* MQTT 3.1 allowed what the flags promise to be missing. */
static void test_missing_user(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 16);
    struct tt_buf none = tt_buf_make(1);
    struct packet packet = begin_connect("MQIsdp", 3, 0xc2);
    put_text(&packet, "client-77");
    write_packet(&client, &packet);
    struct recorder *rec = play_both(&client, &none);
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    tt_buf_free(&client);
}

static void write_connect_5(struct tt_buf *out)
{
    struct packet packet = begin_connect("MQTT", 5, 0xc6);
    static const char properties[] = "\x11\0\0\0\x1e"
                                     "\x26\0\2k1\0\4val1"
                                     "\x15\0\5SCRAM"
                                     "\x16\0\2zz"
                                     "\x17\1\x21\0\x0a\x27\0\0\1\0";
    put_u8(&packet, sizeof(properties) - 1);
    put_bytes(&packet, properties, sizeof(properties) - 1);
    put_text(&packet, "client-77");
    static const char will[] = "\x18\0\0\0\5\3\0\x0atext/plain";
    put_u8(&packet, sizeof(will) - 1);
    put_bytes(&packet, will, sizeof(will) - 1);
    put_text(&packet, "will/topic");
    put_text(&packet, "gone");
    put_text(&packet, "rao");
    put_text(&packet, "secret");
    write_packet(out, &packet);
}

/* A PUBLISH with properties. */
static void write_publish_5(struct tt_buf *out, const char *topic, const char *properties,
                            size_t len, const char *payload)
{
    struct packet packet = packet_of(0x32);
    put_text(&packet, topic);
    put_u16(&packet, 9);
    put_u8(&packet, (unsigned)len);
    put_bytes(&packet, properties, len);
    put_bytes(&packet, payload, strlen(payload));
    write_packet(out, &packet);
}

#define PUBLISH_5(out, topic, properties, payload)                                                 \
    write_publish_5(out, topic, properties, sizeof(properties) - 1, payload)

static void test_version_5(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 16);
    struct tt_buf server = tt_buf_make(1U << 16);
    write_connect_5(&client);
    write_subscribe(&client, true);
    PUBLISH_5(&client, "a/b/c",
              "\1\1\3\0\x1f"
              "Application/JSON; charset=utf-8\x08\0\2r/\x09\0\1c\x23\0\5",
              "{}");
    PUBLISH_5(&client, "", "\x23\0\5", "again");
    static const char auth[] = "\xf0\x08\x18\6\x15\0\3k-1";
    rec_check(tt_buf_append(&client, tt_span_of(auth, sizeof(auth) - 1)));
    static const char connack[] = "\x20\x15\0\0\x12\x12\0\5srv-1\x1a\0\1i\x1c\0\1s\x24\1";
    rec_check(tt_buf_append(&server, tt_span_of(connack, sizeof(connack) - 1)));
    static const char disconnect[] = "\xe0\x0b\x8b\x09\x1f\0\6closed";
    rec_check(tt_buf_append(&server, tt_span_of(disconnect, sizeof(disconnect) - 1)));
    struct recorder *rec = play_both(&client, &server);
    assert_said(rec, 0, "mqtt.user_property_name", "k1");
    assert_said(rec, 0, "mqtt.user_property:k1", "val1");
    assert_said(rec, 0, "mqtt.property:authentication_method", "SCRAM");
    assert_said(rec, 0, "mqtt.property:authentication_data", "zz");
    assert_said(rec, 0, "mqtt.will.payload", "gone");
    assert_said(rec, 0, "mqtt.password", "secret");
    assert_said(rec, 0, "mqtt.topic_filter", "d/#");
    assert_said(rec, 0, "mqtt.property:response_topic", "r/");
    assert_said(rec, 0, "mqtt.property:correlation_data", "c");
    assert_said(rec, 0, "mqtt.payload", "{}");
    assert_true(rec_has(rec, " type=application/json codings=- "));
    assert_said(rec, 0, "mqtt.payload", "again");
    assert_int_equal(rec_count(rec, "0" MESSAGE("publish", "a/b/c", "")), 2);
    assert_said(rec, 0, "mqtt.property:authentication_method", "k-1");
    assert_true(rec_has(rec, "message mqtt auth "));
    assert_said(rec, 1, "mqtt.property:assigned_client_identifier", "srv-1");
    assert_said(rec, 1, "mqtt.property:response_information", "i");
    assert_said(rec, 1, "mqtt.property:server_reference", "s");
    assert_said(rec, 1, "mqtt.property:reason_string", "closed");
    if (rec->note_count != 0)
        fail_msg("%s", rec_log(rec));
    rec_free(rec);
    tt_buf_free(&client);
    tt_buf_free(&server);
}

/* What a name of a user property may not be in a path. */
static void test_odd_names(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 16);
    struct tt_buf none = tt_buf_make(1);
    char name[120];
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    struct packet packet = begin_connect("MQTT", 5, 2);
    put_u16(&packet, 0); /* the length, written below */
    put_u8(&packet, 0x26);
    put_text(&packet, "a\xff\n");
    put_text(&packet, "v1");
    put_u8(&packet, 0x26);
    put_text(&packet, name);
    put_text(&packet, "v2");
    packet.rest.data[10] = (uint8_t)(0x80 | ((packet.rest.len - 12) & 127U));
    packet.rest.data[11] = (uint8_t)((packet.rest.len - 12) >> 7);
    put_text(&packet, "client-77");
    write_packet(&client, &packet);
    struct recorder *rec = play_both(&client, &none);
    assert_said(rec, 0, "mqtt.user_property:a??", "v1");
    assert_true(rec_has(rec, "nnnn\xe2\x80\xa6 @"));
    assert_said(rec, 0, "mqtt.client_id", "client-77");
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    tt_buf_free(&client);
}

/* ---- damage ---- */

static void test_gaps(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 16);
    struct tt_buf last = tt_buf_make(1U << 16);
    write_full_connect(&client, "MQTT", 4);
    write_publish(&client, "t/one", "a payload of some length, so that gaps fit into it");
    write_publish(&client, "t/two", "short");
    write_publish(&last, "t/end", "the last");
    const struct turn turns[] = {turn_of(TT_FROM_INITIATOR, &client),
                                 turn_of(TT_FROM_INITIATOR, &last)};
    for (size_t every = 0; every <= 1; every++) {
        for (size_t at = 0; at < client.len; at++) {
            for (size_t len = 1; at + len <= client.len; len = len * 2 + 1) {
                struct recorder *rec =
                    play(&tt_proto_mqtt, 1883, turns, 2,
                         (struct cut){.gap_at = at, .gap_len = len, .every = every});
                assert_true(rec_noted(rec, "mqtt.gap"));
                if (every == 0)
                    assert_said(rec, 0, "mqtt.payload", "the last");
                rec_free(rec);
            }
        }
    }
    /* Inside a payload: its two halves are bodies, the second one cannot be unwrapped. */
    size_t inside = client.len - 45;
    struct recorder *rec =
        play(&tt_proto_mqtt, 1883, turns, 2, (struct cut){.gap_at = inside, .gap_len = 4});
    assert_true(rec_has(rec, " rest type=-"));
    assert_true(rec_has(rec, MESSAGE("publish", "t/one", "50 cut")));
    assert_true(rec_has(rec, MESSAGE("publish", "t/two", "5 whole")));
    rec_free(rec);
    tt_buf_free(&client);
    tt_buf_free(&last);
}

/* Every byte changed, and cut short: each byte still goes out once. */
static void test_damage(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x30, 0x7f, 0xff};
    struct tt_buf client = tt_buf_make(1U << 16);
    write_connect_5(&client);
    PUBLISH_5(&client, "a/b/c", "\3\0\4text\x23\0\5", "{}");
    write_subscribe(&client, true);
    for (size_t at = 0; at < client.len; at++) {
        uint8_t kept = client.data[at];
        for (size_t i = 0; i < COUNT(values); i++) {
            client.data[at] = values[i];
            const struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
            rec_free(play(&tt_proto_mqtt, 1883, &turn, 1, (struct cut){0}));
        }
        client.data[at] = kept;
        struct turn cut = turn_of(TT_FROM_INITIATOR, &client);
        cut.bytes.len = at;
        rec_free(play(&tt_proto_mqtt, 1883, &cut, at > 0, (struct cut){0}));
    }
    tt_buf_free(&client);
}

/* Behind what is no packet, the next sure one is read. */
static void test_malformed(void **state)
{
    (void)state;
    struct tt_buf bad = tt_buf_make(1U << 16);
    struct tt_buf good = tt_buf_make(1U << 16);
    write_connect(&bad, 4, "client-77");
    rec_check(tt_buf_append(&bad, tt_span_of("\x36\5hello", 7))); /* QoS 3 */
    write_publish(&good, "t/one", "fine");
    const struct turn turns[] = {turn_of(TT_FROM_INITIATOR, &bad),
                                 turn_of(TT_FROM_INITIATOR, &good)};
    struct recorder *rec = play(&tt_proto_mqtt, 1883, turns, 2, (struct cut){0});
    assert_true(rec_noted(rec, "mqtt.malformed"));
    assert_true(rec_has(rec, "0 raw @23 \"6\\x05hello\"\n"));
    assert_said(rec, 0, "mqtt.payload", "fine");
    rec_free(rec);
    /* A field that is longer than its packet. */
    tt_buf_clear(&bad);
    write_connect(&bad, 4, "client-77");
    bad.data[13] = 200;
    const struct turn again[] = {turn_of(TT_FROM_INITIATOR, &bad),
                                 turn_of(TT_FROM_INITIATOR, &good)};
    rec = play(&tt_proto_mqtt, 1883, again, 2, (struct cut){0});
    assert_true(rec_noted(rec, "mqtt.malformed"));
    assert_true(rec_has(rec, "\"client-77\"\n"));
    assert_said(rec, 0, "mqtt.payload", "fine");
    rec_free(rec);
    tt_buf_free(&bad);
    tt_buf_free(&good);
}

/* A payload that the stream ends in, and one of which nobody saw the CONNECT. */
static void test_ends(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 16);
    write_publish(&client, "t/one", "0123456789");
    struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
    turn.bytes.len -= 3;
    struct recorder *rec = play(&tt_proto_mqtt, 1883, &turn, 1, (struct cut){.midway = true});
    assert_true(rec_has(rec, "0 mqtt.payload @9 type=- codings=- boundary=- framing=- host=- cut "
                             "end=16 \"0123456\"\n0" MESSAGE("publish", "t/one", "10 cut\n")));
    rec_free(rec);
    /* Version 5, by the empty properties. */
    client.data[9] = 0;
    turn.bytes.len += 3;
    rec = play(&tt_proto_mqtt, 1883, &turn, 1, (struct cut){.midway = true});
    assert_said(rec, 0, "mqtt.payload", "123456789");
    rec_free(rec);
    tt_buf_free(&client);
}

/* ---- limits ---- */

static void test_packet_limit(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 23);
    write_connect(&client, 4, "client-77");
    struct packet packet = packet_of(0x82);
    put_u16(&packet, 1);
    while (packet.rest.len <= TT_MQTT_PACKET_MAX) {
        put_text(&packet, "a/topic/filter/of/some/length");
        put_u8(&packet, 1);
    }
    write_packet(&client, &packet);
    write_publish(&client, "t/one", "fine");
    const struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
    for (size_t every = 0; every <= 1460; every += 1460) {
        struct recorder *rec = play(&tt_proto_mqtt, 1883, &turn, 1, (struct cut){.every = every});
        assert_true(rec_noted(rec, "mqtt.packet_limit"));
        assert_false(rec_has(rec, "mqtt.topic_filter"));
        assert_said(rec, 0, "mqtt.payload", "fine");
        rec_free(rec);
    }
    tt_buf_free(&client);
}

static void test_alias_limit(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 23);
    write_connect(&client, 5, "client-77");
    for (unsigned i = 1; i <= TT_MQTT_ALIASES_MAX + 1; i++) {
        char properties[3] = {0x23, (char)(i >> 8), (char)(i & 255U)};
        char topic[16];
        (void)snprintf(topic, sizeof(topic), "t/%u", i);
        write_publish_5(&client, topic, properties, 3, "x");
    }
    PUBLISH_5(&client, "", "\x23\1\0", "known");
    PUBLISH_5(&client, "", "\x23\1\1", "unknown");
    const struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
    struct recorder *rec = play(&tt_proto_mqtt, 1883, &turn, 1, (struct cut){0});
    assert_true(rec_noted(rec, "mqtt.alias_limit"));
    assert_true(rec_has(rec, MESSAGE("publish", "t/256", "5 whole")));
    assert_true(rec_has(rec, MESSAGE("publish", "-", "7 whole")));
    rec_free(rec);
    tt_buf_free(&client);
}

/* Unfinished packets of all flows: the one that waited longest is given up. */
static void test_pool(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 16);
    write_connect(&client, 4, "client-77");
    struct tt_proto_pool pool = {.max = 100};
    struct recorder *recs[2] = {rec_new(), rec_new()};
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 1883);
    struct player players[2];
    for (size_t i = 0; i < 2; i++) {
        recs[i]->sink.pool = &pool;
        players[i] =
            (struct player){.proto = &tt_proto_mqtt, .rec = recs[i], .flow = &flow, .frame = 1};
        players[i].state = tt_proto_mqtt.open(&flow, &recs[i]->sink);
        play_chunk(&players[i], TT_FROM_INITIATOR, tt_span_sub(tt_buf_span(&client), 0, 20), 0);
    }
    assert_true(rec_noted(recs[0], "mqtt.limit"));
    assert_false(rec_noted(recs[1], "mqtt.limit"));
    for (size_t i = 0; i < 2; i++) {
        play_chunk(&players[i], TT_FROM_INITIATOR, tt_span_from(tt_buf_span(&client), 20), 0);
        tt_proto_mqtt.close(players[i].state);
        rec_end_raw(recs[i], TT_FROM_INITIATOR);
        assert_int_equal(recs[i]->out[0], recs[i]->fed[0]);
    }
    assert_said(recs[1], 0, "mqtt.client_id", "client-77");
    assert_int_equal(pool.used, 0);
    rec_free(recs[0]);
    rec_free(recs[1]);
    tt_buf_free(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe),        cmocka_unit_test(test_probe_midway),
        cmocka_unit_test(test_version_3),    cmocka_unit_test(test_missing_user),
        cmocka_unit_test(test_version_5),    cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_gaps),         cmocka_unit_test(test_damage),
        cmocka_unit_test(test_malformed),    cmocka_unit_test(test_ends),
        cmocka_unit_test(test_packet_limit), cmocka_unit_test(test_alias_limit),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
