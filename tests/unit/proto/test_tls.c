/* TLS conversations: names and versions told, handshakes searched, the rest counted as encrypted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hello_maker.h"
#include "model/limits.h"
#include "proto/list.h"
#include "recorder.h"

static const char sealed[] = "\xd3\x17\x8e\xa0\x51\x62\x73\x84\x95\xa6\xb7\xc8\xd9\xea\xfb\x0c\x1d";

static void put_data(struct tt_buf *buf)
{
    put_record(buf, 23, sealed, sizeof(sealed));
}

/* The two sides of a short TLS 1.3 connection. */
static void make_13(struct tt_buf *client, struct tt_buf *server)
{
    *client = make_buf();
    *server = make_buf();
    struct tt_buf hello = make_client_hello("API.example", 0x0303, true);
    put_handshake_record(client, &hello);
    hello = make_server_hello(0x0303, 0x1301, 0x0304);
    put_handshake_record(server, &hello);
    put_record(server, 20, "\x01", 1);
    put_data(server);
    put_record(client, 20, "\x01", 1);
    put_data(client);
    put_data(client);
}

static void free_both(struct tt_buf *client, struct tt_buf *server)
{
    tt_buf_free(client);
    tt_buf_free(server);
}

static void test_tls_13(void **state)
{
    (void)state;
    struct tt_buf client;
    struct tt_buf server;
    make_13(&client, &server);
    struct turn turns[] = {{TT_FROM_INITIATOR, tt_buf_span(&client)},
                           {TT_FROM_RESPONDER, tt_buf_span(&server)}};
    struct recorder *rec = play(&tt_proto_tls, 443, turns, 2, (struct cut){0});
    assert_true(rec_has(rec, "name sni api.example  flow=7\n"));
    assert_true(rec_has(rec, "0 message tls client_hello method=- host=- url=- name=api.example"));
    assert_true(rec_has(rec, "1 message tls server_hello method=- host=- url=- name=tls1.3"));
    assert_true(rec_has(rec, "0 tls.handshake @0 opaque type=- codings=- boundary=- "
                             "framing=tls.record host=- complete end="));
    assert_int_equal(rec->accounted[0][TT_BUCKET_ENCRYPTED], 2 * (5 + sizeof(sealed)));
    assert_int_equal(rec->accounted[1][TT_BUCKET_ENCRYPTED], 5 + sizeof(sealed));
    assert_int_equal(rec->accounted[0][TT_BUCKET_DECODED], 5 + 6);
    assert_int_equal(rec->note_count, 0);
    assert_int_equal(rec_count(rec, "raw"), 0);
    play_cuts(&tt_proto_tls, 443, turns, 2, rec_log(rec));
    rec_free(rec);
    free_both(&client, &server);
}

/* Before TLS 1.3 a handshake record behind ChangeCipherSpec is encrypted. */
static void test_tls_12(void **state)
{
    (void)state;
    struct tt_buf client = make_buf();
    struct tt_buf server = make_buf();
    struct tt_buf hello = make_client_hello("a.example", 0x0303, false);
    put_handshake_record(&client, &hello);
    hello = make_server_hello(0x0303, 0x009c, 0);
    put_handshake_record(&server, &hello);
    put_record(&server, 22,
               "\x0b\x00\x00\x0b"
               "certificate",
               15);
    put_record(&client, 22, "\x10\x00\x00\x03key", 7);
    put_record(&client, 20, "\x01", 1);
    put_record(&client, 22, sealed, sizeof(sealed));
    put_record(&client, 21, sealed, sizeof(sealed));
    struct turn turns[] = {{TT_FROM_RESPONDER, tt_buf_span(&server)},
                           {TT_FROM_INITIATOR, tt_buf_span(&client)}};
    struct recorder *rec = play(&tt_proto_tls, 443, turns, 2, (struct cut){0});
    assert_true(rec_has(rec, "server_hello method=- host=- url=- name=tls1.2"));
    assert_true(rec_has(rec, "\\x0b\\x00\\x00\\x0bcertificate\"\n"));
    assert_true(rec_has(rec, "\\x10\\x00\\x00\\x03key\"\n"));
    assert_int_equal(rec->accounted[0][TT_BUCKET_ENCRYPTED], 2 * (5 + sizeof(sealed)));
    play_cuts(&tt_proto_tls, 443, turns, 2, rec_log(rec));
    rec_free(rec);
    free_both(&client, &server);
}

/* In TLS 1.3 a second hello may follow a ChangeCipherSpec (HelloRetryRequest): still readable. */
static void test_second_hello(void **state)
{
    (void)state;
    struct tt_buf client;
    struct tt_buf server;
    make_13(&client, &server);
    struct tt_buf again = make_buf();
    put_record(&again, 20, "\x01", 1);
    struct tt_buf hello = make_client_hello("api.example", 0x0303, true);
    put_handshake_record(&again, &hello);
    struct turn turns[] = {{TT_FROM_INITIATOR, tt_buf_span(&client)},
                           {TT_FROM_RESPONDER, tt_buf_span(&server)},
                           {TT_FROM_INITIATOR, tt_buf_span(&again)}};
    struct recorder *rec = play(&tt_proto_tls, 443, turns, 3, (struct cut){0});
    assert_int_equal(rec_count(rec, "0 tls.handshake"), 2);
    rec_free(rec);
    tt_buf_free(&again);
    free_both(&client, &server);
}

/* A suite without encryption leaves the data readable: it is searched. */
static void test_null_cipher(void **state)
{
    (void)state;
    struct tt_buf server = make_buf();
    struct tt_buf hello = make_server_hello(0x0301, 0x0002, 0);
    put_handshake_record(&server, &hello);
    put_record(&server, 20, "\x01", 1);
    put_record(&server, 23, "in the open......", 17);
    struct turn turn = {TT_FROM_RESPONDER, tt_buf_span(&server)};
    struct recorder *rec = play(&tt_proto_tls, 443, &turn, 1, (struct cut){0});
    assert_true(rec_has(rec, "\"in the open......\"\n"));
    assert_int_equal(rec->accounted[1][TT_BUCKET_ENCRYPTED], 0);
    rec_free(rec);
    tt_buf_free(&server);
}

/* A hello over several records, with another message behind it. */
static void test_hello_over_records(void **state)
{
    (void)state;
    struct tt_buf hello = make_client_hello("a.example", 0x0303, true);
    put_bytes(&hello, "\x10\x00\x00\x01x", 5);
    struct tt_buf client = make_buf();
    for (size_t at = 0; at < hello.len; at += 7)
        put_record(&client, 22, hello.data + at, hello.len - at < 7 ? hello.len - at : 7);
    struct turn turn = {TT_FROM_INITIATOR, tt_buf_span(&client)};
    struct recorder *rec = play(&tt_proto_tls, 443, &turn, 1, (struct cut){0});
    assert_true(rec_has(rec, "name sni a.example "));
    assert_int_equal(rec_count(rec, "tls.handshake"), 1);
    play_cuts(&tt_proto_tls, 443, &turn, 1, rec_log(rec));
    rec_free(rec);
    tt_buf_free(&hello);
    tt_buf_free(&client);
}

static void test_odd_records(void **state)
{
    (void)state;
    struct tt_buf client = make_buf();
    put_record(&client, 21, "\x02\x28", 2);
    put_record(&client, 21, "an alert with a text", 20);
    put_record(&client, 20, "much too long", 13);
    put_record(&client, 24, "heartbeat", 9);
    struct turn turn = {TT_FROM_INITIATOR, tt_buf_span(&client)};
    struct recorder *rec = play(&tt_proto_tls, 443, &turn, 1, (struct cut){.midway = true});
    assert_true(rec_has(rec, "\"an alert with a text\""));
    assert_true(rec_has(rec, "\"much too long\""));
    rec_free(rec);
    tt_buf_free(&client);
}

static void test_bad_hellos(void **state)
{
    (void)state;
    /* Too long to be kept, and one whose inner lengths are wrong. */
    struct tt_buf client = make_buf();
    put_record(&client, 22, "\x01\x02\x00\x00", 4);
    struct turn turn = {TT_FROM_INITIATOR, tt_buf_span(&client)};
    struct recorder *rec = play(&tt_proto_tls, 443, &turn, 1, (struct cut){0});
    assert_true(rec_noted(rec, "tls.hello_limit"));
    assert_int_equal(rec_count(rec, "message"), 0);
    rec_free(rec);
    client.len = 0;
    put_record(&client, 22, "\x01\x00\x00\x04\x03\x03xx", 8);
    turn.bytes = tt_buf_span(&client);
    rec = play(&tt_proto_tls, 443, &turn, 1, (struct cut){0});
    assert_true(rec_noted(rec, "tls.malformed"));
    assert_true(rec_has(rec, "tls.handshake @0 opaque"));
    rec_free(rec);
    tt_buf_free(&client);
}

/* A server that answers in clear text, as web servers do on the wrong port. */
static void test_clear_text_answer(void **state)
{
    (void)state;
    struct tt_buf client;
    struct tt_buf server;
    make_13(&client, &server);
    struct turn turns[] = {{TT_FROM_INITIATOR, tt_buf_span(&client)},
                           SERVER("HTTP/1.1 400 Bad Request\r\n\r\n")};
    struct recorder *rec = play(&tt_proto_tls, 443, turns, 2, (struct cut){0});
    assert_true(rec_has(rec, "1 raw @0 \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\"\n"));
    assert_true(rec_noted(rec, "tls.malformed"));
    rec_free(rec);
    free_both(&client, &server);
}

/* After a gap in a header the next record is found again; in a payload nothing is lost but that. */
static void test_gaps(void **state)
{
    (void)state;
    struct tt_buf client;
    struct tt_buf server;
    make_13(&client, &server);
    size_t limit = client.len - (5 + sizeof(sealed));
    struct tt_buf last = make_buf();
    put_data(&last);
    struct turn turns[] = {{TT_FROM_INITIATOR, tt_span_of(client.data, limit)},
                           {TT_FROM_INITIATOR, tt_buf_span(&last)}};
    for (size_t at = 0; at < limit; at++) {
        for (size_t len = 1; at + len <= limit; len = len * 2 + 1) {
            for (size_t every = 0; every < 2; every++) {
                struct recorder *rec =
                    play(&tt_proto_tls, 443, turns, 2,
                         (struct cut){.gap_at = at, .gap_len = len, .every = every});
                assert_true(rec_noted(rec, "tls.gap"));
                /* A cut header at the end of what is left can hide the last record. */
                if (every == 0 && at + len < limit - 5)
                    assert_true(rec->accounted[0][TT_BUCKET_ENCRYPTED] >= 5 + sizeof(sealed));
                rec_free(rec);
            }
        }
    }
    tt_buf_free(&last);
    free_both(&client, &server);
}

/* A capture that begins in the middle of a record. */
static void test_midway(void **state)
{
    (void)state;
    struct tt_buf client = make_buf();
    put_bytes(&client, "rest of a record ", 17);
    put_data(&client);
    put_data(&client);
    struct turn turn = {TT_FROM_INITIATOR, tt_buf_span(&client)};
    struct recorder *rec = play(&tt_proto_tls, 443, &turn, 1, (struct cut){.midway = true});
    assert_true(rec_has(rec, "0 raw @0 \"rest of a record \"\n"));
    assert_int_equal(rec->accounted[0][TT_BUCKET_ENCRYPTED], 2 * (5 + sizeof(sealed)));
    assert_int_equal(rec->note_count, 0);
    play_cuts(&tt_proto_tls, 443, &turn, 1, rec_log(rec));
    rec_free(rec);
    tt_buf_free(&client);
}

/* A direction that ends in the middle of a record, and then goes on. */
static void test_data_after_the_end(void **state)
{
    (void)state;
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 443);
    void *tls = tt_proto_tls.open(&flow, &rec->sink);
    struct player player = {
        .proto = &tt_proto_tls, .state = tls, .rec = rec, .flow = &flow, .frame = 1};
    play_chunk(&player, TT_FROM_INITIATOR, tt_span_of("\x16\x03\x01\x00\x09\x01\x00", 7),
               TT_CHUNK_END);
    play_chunk(&player, TT_FROM_INITIATOR, tt_span_str("more"), TT_CHUNK_END);
    tt_proto_tls.close(tls);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    assert_true(rec_has(rec, "cut end=7 \"\\x01\\x00\"\n"));
    assert_true(rec_has(rec, "0 raw @7 \"more\"\n"));
    assert_int_equal(rec->out[0], rec->fed[0]);
    rec_free(rec);
}

static enum tt_probe probe(bool opened, const char *bytes, size_t len)
{
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 443);
    flow.initiator_known = opened;
    return tt_proto_tls.probe(&flow, TT_FROM_INITIATOR, tt_span_of(bytes, len));
}

static void test_probe(void **state)
{
    (void)state;
    assert_int_equal(probe(true, "", 0), TT_PROBE_MORE);
    assert_int_equal(probe(true, "\x16\x03", 2), TT_PROBE_MORE);
    assert_int_equal(probe(true, "\x16\x03\x01\x00\x80", 5), TT_PROBE_MORE);
    assert_int_equal(probe(true, "\x16\x03\x01\x00\x80\x01", 6), TT_PROBE_YES);
    assert_int_equal(probe(true, "\x16\x03\x03\x00\x80\x02", 6), TT_PROBE_YES);
    assert_int_equal(probe(true, "\x16\x03\x01\x00\x80\x0b", 6), TT_PROBE_NO);
    assert_int_equal(probe(false, "\x16\x03\x01\x00\x80\x0b", 6), TT_PROBE_YES);
    assert_int_equal(probe(true, "\x16\x03\x05\x00\x80\x01", 6), TT_PROBE_NO);
    assert_int_equal(probe(true, "\x16\x03\x01\x00\x00\x01", 6), TT_PROBE_NO);
    assert_int_equal(probe(true, "\x16\x03\x01\x41\x01\x01", 6), TT_PROBE_NO);
    assert_int_equal(probe(true, "\x17\x03\x03\x00\x80\x01", 6), TT_PROBE_NO);
    assert_int_equal(probe(false, "\x17\x03\x03\x00\x80\x01", 6), TT_PROBE_YES);
    assert_int_equal(probe(false, "\x17\x03\x03\x00\x08\x01", 6), TT_PROBE_NO);
    assert_int_equal(probe(true, "\x15\x03\x03\x00\x02\x02\x28", 7), TT_PROBE_YES);
    assert_int_equal(probe(true, "\x15\x03\x03\x00\x02\x02\x28x", 8), TT_PROBE_NO);
    assert_int_equal(probe(false, "\x14\x03\x03\x00\x01\x01\x16", 7), TT_PROBE_YES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_13),
        cmocka_unit_test(test_tls_12),
        cmocka_unit_test(test_second_hello),
        cmocka_unit_test(test_null_cipher),
        cmocka_unit_test(test_hello_over_records),
        cmocka_unit_test(test_odd_records),
        cmocka_unit_test(test_bad_hellos),
        cmocka_unit_test(test_clear_text_answer),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_midway),
        cmocka_unit_test(test_data_after_the_end),
        cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
