/* NetBIOS: the name service, datagrams, session requests, frames behind IEEE 802.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link_player.h"
#include "proto/extent.h"
#include "proto/list.h"

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)

/* Names of 15 bytes and a sort, in first-level encoding. */
#define GOLD01 "EHEPEMEEDADBCACACACACACACACACAAA" /* a workstation */
#define HOME "EIEPENEFCACACACACACACACACACACABN"
#define STAR "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct tt_flow flow_137 = {
    .id = 7, .transport = TT_TRANSPORT_UDP, .ends = {{.port = 40000}, {.port = 137}}};
static const struct tt_flow flow_138 = {
    .id = 7, .transport = TT_TRANSPORT_UDP, .ends = {{.port = 138}, {.port = 138}}};

static struct recorder *say(const struct tt_flow *flow, struct tt_span payload, unsigned flags)
{
    struct recorder *rec = rec_new();
    struct tt_flow copy = *flow;
    struct player player = {.proto = &tt_proto_netbios, .rec = rec, .flow = &copy, .frame = 1};
    player.state = tt_proto_netbios.open(&copy, &rec->sink);
    assert_non_null(player.state);
    play_chunk(&player, TT_FROM_INITIATOR, payload, TT_CHUNK_DATAGRAM | flags);
    tt_proto_netbios.close(player.state);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    assert_int_equal(rec->open_bodies, 0);
    assert_int_equal(rec->out[0], rec->fed[0]);
    return rec;
}

/* Cut short, and with every byte changed: each byte still goes out once. */
static void damage(const struct tt_flow *flow, struct tt_span payload)
{
    static const uint8_t values[] = {0x00, 0x01, 0x20, 0xc0, 0xff};
    uint8_t copy[512];
    assert_true(payload.len <= sizeof(copy));
    for (size_t len = 1; len < payload.len; len++) {
        struct recorder *rec = say(flow, tt_span_sub(payload, 0, len), TT_CHUNK_CUT);
        assert_false(rec_noted(rec, "netbios.malformed"));
        rec_free(rec);
        for (size_t i = 0; i < sizeof(values); i++) {
            memcpy(copy, payload.data, payload.len);
            copy[len] = values[i];
            rec_free(say(flow, tt_span_of(copy, payload.len), 0));
        }
    }
}

static enum tt_probe probe(const struct tt_flow *flow, struct tt_span head)
{
    return tt_proto_netbios.probe(flow, TT_FROM_INITIATOR, head);
}

/* ---- the name service ---- */

static const char query[] = "\x12\x34\x01\x10\0\1\0\0\0\0\0\0"
                            "\x20" GOLD01 "\0\0\x20\0\1";

static void test_query(void **state)
{
    (void)state;
    assert_int_equal(probe(&flow_137, BYTES(query)), TT_PROBE_YES);
    struct recorder *rec = say(&flow_137, BYTES(query), 0);
    assert_string_equal(rec_log(rec),
                        "0 netbios.name @13 type=- codings=netbios boundary=- framing=- host=- "
                        "complete end=45 \"" GOLD01 "\"\n"
                        "0 message netbios query method=- host=- url=- name=GOLD01 type=- "
                        "status=0 bytes=50 whole\n");
    assert_int_equal(rec->accounted[0][TT_BUCKET_DECODED], 18);
    rec_free(rec);
    damage(&flow_137, BYTES(query));
}

/* The name of the record is a pointer to that of the question; the name has a scope. */
static void test_registration(void **state)
{
    (void)state;
    static const char message[] = "\x12\x34\x29\x10\0\1\0\0\0\0\0\1"
                                  "\x20" GOLD01 "\7example\0\0\x20\0\1"
                                  "\xc0\x0c\0\x20\0\1\0\0\0\x3c\0\6\0\0\xc0\0\2\x0b";
    assert_int_equal(probe(&flow_137, BYTES(message)), TT_PROBE_YES);
    struct recorder *rec = say(&flow_137, BYTES(message), 0);
    assert_field(rec, "netbios.name", GOLD01);
    assert_field(rec, "netbios.data", "\\x07example");
    assert_field(rec, "netbios.data", "\\x00\\x00\\xc0\\x00\\x02\\x0b");
    assert_true(rec_has(rec, "message netbios registration "));
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    damage(&flow_137, BYTES(message));
}

/* Whoever is asked tells all its names, that of the user too, and its hardware address. */
static void test_node_status(void **state)
{
    (void)state;
    static const char message[] = "\x12\x34\x84\0\0\0\0\1\0\0\0\0"
                                  "\x20" STAR "\0\0\x21\0\1\0\0\0\0\0\x2d\2"
                                  "GOLD01         \0\4\0"
                                  "RAO            \3\4\0"
                                  "\2\0\x5e\x10\0\x17\0\0";
    assert_int_equal(probe(&flow_137, BYTES(message)), TT_PROBE_YES);
    struct recorder *rec = say(&flow_137, BYTES(message), 0);
    assert_field(rec, "netbios.name", "GOLD01");
    assert_field(rec, "netbios.name", "RAO");
    assert_field(rec, "netbios.unit_id", "\\x02\\x00^\\x10\\x00\\x17");
    assert_field(rec, "netbios.data", "\\x00\\x00");
    assert_true(rec_has(rec, "message netbios response method=- host=- url=- name=* "));
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    damage(&flow_137, BYTES(message));
}

static void test_no_name_service(void **state)
{
    (void)state;
    static const char dns[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0\7example\0\0\1\0\1";
    assert_int_equal(probe(&flow_137, BYTES(dns)), TT_PROBE_NO);
    assert_int_equal(probe(&flow_137, BYTES("")), TT_PROBE_NO);
    assert_int_equal(probe(&flow_138, BYTES(query)),
                     TT_PROBE_YES); /* a direct datagram, it seems */
    struct tt_flow other = flow_137;
    other.ends[1].port = 136;
    assert_int_equal(probe(&other, BYTES(query)), TT_PROBE_NO);
    struct recorder *rec = say(&flow_137, BYTES(dns), 0);
    assert_true(rec_noted(rec, "netbios.malformed"));
    assert_true(rec_has(rec, "0 raw @12 \"\\x07example"));
    rec_free(rec);
    /* Two questions are more than anybody asks; more records than there may be. */
    char copy[sizeof(query)];
    memcpy(copy, query, sizeof(copy));
    copy[5] = 2;
    assert_int_equal(probe(&flow_137, BYTES(copy)), TT_PROBE_NO);
    copy[5] = 0;
    assert_int_equal(probe(&flow_137, BYTES(copy)), TT_PROBE_NO);
    copy[7] = 65;
    assert_int_equal(probe(&flow_137, BYTES(copy)), TT_PROBE_NO);
    copy[7] = 1;
    assert_int_equal(probe(&flow_137, BYTES(copy)), TT_PROBE_YES);
}

/* ---- the datagram service ---- */

static void test_datagrams(void **state)
{
    (void)state;
    static const char group[] = "\x11\2\0\7\xc0\0\2\x0a\0\x8a\0\x50\0\0"
                                "\x20" GOLD01 "\0\x20" HOME "\0"
                                "\xff"
                                "SMB";
    static const char asked[] = "\x14\2\0\7\xc0\0\2\x0a\0\x8a\x20" GOLD01 "\0";
    assert_int_equal(probe(&flow_138, BYTES(group)), TT_PROBE_YES);
    struct recorder *rec = say(&flow_138, BYTES(group), 0);
    assert_field(rec, "netbios.name", GOLD01);
    assert_field(rec, "netbios.name", HOME);
    assert_field(rec, "netbios.data", "\\xffSMB");
    assert_true(rec_has(rec, "message netbios datagram method=- host=- url=- name=GOLD01 "));
    rec_free(rec);
    damage(&flow_138, BYTES(group));
    rec = say(&flow_138, BYTES(asked), 0);
    assert_field(rec, "netbios.name", GOLD01);
    assert_true(rec_has(rec, "message netbios query "));
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    damage(&flow_138, BYTES(asked));
    rec = say(&flow_138, BYTES("\x13\2\0\7\xc0\0\2\x0a\0\x8a\x82"), 0);
    assert_field(rec, "netbios.data", "\\x82");
    assert_true(rec_has(rec, "message netbios error "));
    rec_free(rec);
    assert_int_equal(probe(&flow_138, BYTES("\x17\2\0\7\xc0\0\2\x0a\0\x8a\x82")), TT_PROBE_NO);
    assert_int_equal(probe(&flow_138, BYTES("\x10\2\0\7\xc0\0\2\x0a\0\x8a")), TT_PROBE_NO);
}

/* ---- sessions ---- */

#define REQUEST "\x81\0\0\x44\x20" HOME "\0\x20" GOLD01 "\0"

static void test_session(void **state)
{
    (void)state;
    static const struct turn turns[] = {CLIENT(REQUEST), SERVER("\x82\0\0\0"),
                                        CLIENT("\0\0\0\4\xffSMB")};
    static const char expected[] =
        "0 netbios.name @5 type=- codings=netbios boundary=- framing=- host=- complete end=37 "
        "\"" HOME "\"\n"
        "0 netbios.name @39 type=- codings=netbios boundary=- framing=- host=- complete end=71 "
        "\"" GOLD01 "\"\n"
        "0 message netbios session_request method=- host=- url=- name=HOME type=- status=0 "
        "bytes=72 whole\n"
        "0 hand-back @72\n";
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 139);
    for (size_t len = 0; len < 4; len++)
        assert_int_equal(probe(&flow, tt_span_sub(turns[0].bytes, 0, len)), TT_PROBE_MORE);
    assert_int_equal(probe(&flow, turns[0].bytes), TT_PROBE_YES);
    assert_int_equal(probe(&flow, turns[2].bytes), TT_PROBE_NO);
    assert_int_equal(probe(&flow, BYTES("\x81\0\0\x43")), TT_PROBE_NO);
    assert_int_equal(probe(&flow, BYTES("\x81\0\2\1")), TT_PROBE_NO);
    flow.ends[1].port = 445;
    assert_int_equal(probe(&flow, turns[0].bytes), TT_PROBE_NO);
    play_cuts(&tt_proto_netbios, 139, turns, COUNT(turns), expected);
    play_gaps(&tt_proto_netbios, 139, turns, 1, turns[0].bytes.len, NULL);
}

static void test_session_damage(void **state)
{
    (void)state;
    char request[] = REQUEST "\0\0\0\4\xffSMB";
    for (size_t at = 0; at < sizeof(request) - 1; at++) {
        for (unsigned value = 0; value < 256; value += 15) {
            char before = request[at];
            request[at] = (char)value;
            const struct turn turn = {.bytes = BYTES(request)};
            rec_free(play(&tt_proto_netbios, 139, &turn, 1, (struct cut){0}));
            rec_free(play(&tt_proto_netbios, 139, &turn, 1, (struct cut){.every = 13}));
            request[at] = before;
        }
    }
    /* It never ends: what there is of it is searched raw. */
    static const struct turn cut = CLIENT("\x81\0\0\x44\x20" HOME);
    struct recorder *rec = play(&tt_proto_netbios, 139, &cut, 1, (struct cut){.every = 5});
    assert_true(rec_has(rec, "0 raw @0 \"\\x81\\x00\\x00D " HOME "\"\n"));
    rec_free(rec);
}

/* All flows together gather too much: this one gives way. */
static void test_pool(void **state)
{
    (void)state;
    struct recorder *recs[2] = {rec_new(), rec_new()};
    struct tt_proto_pool pool = {.max = 250};
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 139);
    struct player players[2];
    for (size_t i = 0; i < 2; i++) {
        recs[i]->sink.pool = &pool;
        players[i] =
            (struct player){.proto = &tt_proto_netbios, .rec = recs[i], .flow = &flow, .frame = 1};
        players[i].state = tt_proto_netbios.open(&flow, &recs[i]->sink);
        play_chunk(&players[i], TT_FROM_INITIATOR, tt_span_sub(BYTES(REQUEST), 0, 60), 0);
    }
    play_chunk(&players[0], TT_FROM_INITIATOR, tt_span_from(BYTES(REQUEST), 60), 0);
    play_chunk(&players[1], TT_FROM_INITIATOR, tt_span_from(BYTES(REQUEST), 60), 0);
    for (size_t i = 0; i < 2; i++) {
        tt_proto_netbios.close(players[i].state);
        rec_end_raw(recs[i], TT_FROM_INITIATOR);
        assert_int_equal(recs[i]->out[0], recs[i]->fed[0]);
    }
    assert_true(rec_has(recs[0], "0 raw @0 "));
    assert_true(rec_has(recs[1], "name=HOME "));
    assert_int_equal(pool.used, 0);
    rec_free(recs[0]);
    rec_free(recs[1]);
}

/* ---- frames ---- */

static void test_frames(void **state)
{
    (void)state;
    static const char datagram[] = "\xf0\xf0\3\x2c\0\xff\xef\x08\0\0\0\0\0\0\0"
                                   "HOMEHOMEHOMEHOM\x1d"
                                   "GOLD01         \6"
                                   "data";
    struct recorder *rec = play_payload(&tt_proto_netbios, TT_LINK_FRAME, BYTES(datagram), 0);
    assert_field(rec, "netbios.name", "HOMEHOMEHOMEHOM");
    assert_field(rec, "netbios.name", "GOLD01");
    assert_field(rec, "netbios.data", "data");
    assert_true(rec_has(rec, "message netbios datagram "));
    rec_free(rec);
    /* Frames of other sorts between the same two are left to the raw search. */
    const struct tt_span both[] = {BYTES(datagram), BYTES("\x42\x42\3 spanning tree")};
    rec = play_payloads(&tt_proto_netbios, TT_LINK_FRAME, both, 2, 0);
    assert_true(rec_has(rec, "0 raw @0 \"BB\\x03 spanning tree\"\n"));
    rec_free(rec);
    uint8_t copy[sizeof(datagram)];
    memcpy(copy, datagram, sizeof(copy));
    struct tt_flow flow = link_flow(TT_LINK_FRAME);
    for (size_t at = 0; at < 7; at++) {
        copy[at] ^= 0x10;
        assert_int_equal(probe(&flow, BYTES(copy)), TT_PROBE_NO);
        copy[at] ^= 0x10;
    }
    copy[7] = 0x0b; /* a command that nobody knows */
    rec = play_payload(&tt_proto_netbios, TT_LINK_FRAME, BYTES(copy), 0);
    assert_true(rec_has(rec, "message netbios other "));
    rec_free(rec);
    flow = link_flow(0x0806);
    assert_int_equal(probe(&flow, BYTES(datagram)), TT_PROBE_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),          cmocka_unit_test(test_registration),
        cmocka_unit_test(test_node_status),    cmocka_unit_test(test_no_name_service),
        cmocka_unit_test(test_datagrams),      cmocka_unit_test(test_session),
        cmocka_unit_test(test_session_damage), cmocka_unit_test(test_pool),
        cmocka_unit_test(test_frames)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
