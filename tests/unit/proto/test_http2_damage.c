/* HTTP/2 with losses, late beginnings, lies about sizes, and more than the limits allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http2_maker.h"
#include "model/limits.h"
#include "proto/extent.h"
#include "proto/list.h"

static const enum tt_direction client = TT_FROM_INITIATOR;
static const enum tt_direction server = TT_FROM_RESPONDER;

#define REQUEST(path)                                                                              \
    FIELDS({":method", "GET"}, {":scheme", "https"}, {":authority", "a.example"}, {":path", path}, \
           {"x-device", "d-1"})

static struct recorder *play_it(const struct maker *maker, struct cut cut)
{
    return play(&tt_proto_http2, 80, maker->turns, maker->count, cut);
}

/* A gap at every offset: what is left is handed out once, nothing that is said is wrong, and a
 * request whose fields are all in its own block is found again. */
static void test_gaps(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    for (uint32_t i = 1; i < 9; i += 2) {
        make_headers(maker, client, 0, i, REQUEST("/p"));
        make_data(maker, client, TT_HTTP2_END_STREAM, i, "a body of some bytes");
        make_headers(maker, server, 0, i, FIELDS({":status", "200"}, {"x-s", "1"}));
        make_data(maker, server, TT_HTTP2_END_STREAM, i, "its answer, of some more bytes");
    }
    size_t limit = play_length(maker->turns, maker->count);
    /* Fields that no table knows, in several frames so that they are found behind any gap. */
    static const uint8_t own[] = "\x82\x87\x01\x09z.example\x04\x06/after";
    make_frame(maker, client, TT_HTTP2_PING, 0, 0, "12345678", 8);
    make_frame(maker, client, TT_HTTP2_WINDOW_UPDATE, 0, 0, "\0\0\1\0", 4);
    make_frame(maker, client, TT_HTTP2_HEADERS, TT_HTTP2_END_STREAM | TT_HTTP2_END_HEADERS, 9, own,
               sizeof(own) - 1);
    static const size_t lengths[] = {1, 9, 61};
    for (size_t at = 0; at < limit; at++) {
        for (size_t i = 0; i < COUNT(lengths) && at + lengths[i] <= limit; i++) {
            struct recorder *rec =
                play_it(maker, (struct cut){.gap_at = at, .gap_len = lengths[i]});
            assert_true(rec->note_count > 0);
            if (!rec_has(rec, "url=https://z.example/after") && rec->note_count < 3)
                fail_msg("gap of %zu at %zu\n%s", lengths[i], at, rec_log(rec));
            /* Never a wrong value: every URL that is told is one of the two. */
            assert_int_equal(rec_count(rec, "url="),
                             rec_count(rec, "url=- ") + rec_count(rec, "url=https://a.example/p ") +
                                 rec_count(rec, "url=https://z.example/after "));
            rec_free(rec);
            rec_free(play_it(maker, (struct cut){.gap_at = at, .gap_len = lengths[i], .every = 1}));
        }
    }
    make_free(maker);
}

/* The body goes on behind the hole, and so do the tables. */
static void test_gap_in_data(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1, REQUEST("/1"));
    size_t before = play_length(maker->turns, maker->count);
    make_data(maker, client, TT_HTTP2_END_STREAM, 1, "0123456789");
    make_headers(maker, client, TT_HTTP2_END_STREAM, 3, REQUEST("/3"));
    struct recorder *rec =
        play_it(maker, (struct cut){.gap_at = before + TT_HTTP2_HEADER_LEN + 2, .gap_len = 4});
    assert_true(rec_has(rec, "\"01\"\n"));
    assert_true(rec_has(rec, " rest "));
    assert_true(rec_has(rec, "\"6789\"\n"));
    assert_true(rec_has(rec, "url=https://a.example/1 name=- type=- status=0 bytes=6 cut"));
    assert_true(rec_has(rec, "url=https://a.example/3 name=- type=- status=0 bytes=0 whole"));
    assert_true(rec_has(rec, "x-device: d-1\\r\\n\\r\\n\"\n0 message http request method=GET "
                             "host=a.example url=https://a.example/3"));
    assert_int_equal(rec->note_count, 1);
    rec_free(rec);
    make_free(maker);
}

/* A lost block breaks headers: old entries are left out, new ones are right. Bodies stay whole. */
static void test_lost_block(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, TT_HTTP2_END_STREAM, 1, REQUEST("/1"));
    size_t before = play_length(maker->turns, maker->count);
    make_headers(maker, client, 0, 3, FIELDS({":method", "POST"}, {"x-new", "lost"}));
    size_t lost = play_length(maker->turns, maker->count) - before;
    make_data(maker, client, TT_HTTP2_END_STREAM, 3, "whose head is lost");
    make_headers(maker, client, 0, 5, REQUEST("/5"));
    make_data(maker, client, TT_HTTP2_END_STREAM, 5, "whole");
    make_headers(maker, client, TT_HTTP2_END_STREAM, 7,
                 FIELDS({":method", "GET"}, {":scheme", "https"}, {":authority", "b.example"},
                        {":path", "/7"}));
    make_headers(maker, client, TT_HTTP2_END_STREAM, 9,
                 FIELDS({":method", "GET"}, {":scheme", "https"}, {":authority", "b.example"},
                        {":path", "/9"}));
    struct recorder *rec = play_it(maker, (struct cut){.gap_at = before, .gap_len = lost});
    assert_true(rec_noted(rec, "http2.gap"));
    assert_true(rec_noted(rec, "http2.fields_lost"));
    assert_true(rec_has(rec, "message http data method=- host=- url=-"));
    assert_true(rec_has(rec, "\"whose head is lost\"\n"));
    assert_true(rec_has(rec, "method=GET host=- url=- name=- type=- status=0 bytes=5 whole"));
    assert_true(rec_has(rec, "\"whole\"\n"));
    assert_true(rec_has(rec, "\"GET /5 HTTP/2\\r\\n"));
    assert_true(rec_has(rec, "url=https://b.example/7"));
    assert_true(rec_has(rec, "url=https://b.example/9"));
    assert_false(rec_has(rec, "url=https://a.example/5"));
    rec_free(rec);
    make_free(maker);
}

/* A capture that begins in the middle: from the next frames on. */
static void test_midway(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_headers(maker, client, TT_HTTP2_END_STREAM, 1, REQUEST("/1"));
    size_t skipped = maker->count;
    make_headers(maker, client, TT_HTTP2_END_STREAM, 3, REQUEST("/3"));
    make_headers(maker, server, TT_HTTP2_END_STREAM, 3, FIELDS({":status", "404"}));
    struct recorder *rec = play(&tt_proto_http2, 80, maker->turns + skipped, maker->count - skipped,
                                (struct cut){.midway = true});
    assert_true(
        rec_has(rec, "message http request method=GET host=- url=- name=- type=- status=0"));
    assert_true(
        rec_has(rec, "message http response method=GET host=- url=- name=- type=- status=404"));
    assert_true(rec_noted(rec, "http2.fields_lost"));
    rec_free(rec);
    make_free(maker);
}

/* Bytes that are no frames are searched raw, up to frames that follow each other. */
static void test_no_frames(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_raw(maker, client, "\0\0\2\6\0\0\0\0\0 a PING of two bytes; some text", 41);
    make_frame(maker, client, TT_HTTP2_PING, 0, 0, "12345678", 8);
    make_frame(maker, client, TT_HTTP2_WINDOW_UPDATE, 0, 0, "\0\0\1\0", 4);
    make_headers(maker, client, TT_HTTP2_END_STREAM, 1, REQUEST("/1"));
    struct recorder *rec = play_it(maker, (struct cut){0});
    assert_true(rec_noted(rec, "http2.malformed"));
    assert_true(rec_has(rec, "a PING of two bytes; some text"));
    assert_true(rec_has(rec, "\"GET /1 HTTP/2\\r\\n"));
    rec_free(rec);
    for (size_t every = 1; every < 12; every++)
        rec_free(play_it(maker, (struct cut){.every = every}));
    make_free(maker);
}

/* Frames that lie about their insides. */
static void test_lies(void **state)
{
    static const struct {
        uint8_t type;
        uint8_t flags;
        const char *payload;
        size_t len;
    } lies[] = {
        {TT_HTTP2_DATA, TT_HTTP2_PADDED, "\5abc", 4},
        {TT_HTTP2_HEADERS, TT_HTTP2_PADDED | TT_HTTP2_END_HEADERS, "\5abc", 4},
        {TT_HTTP2_HEADERS, TT_HTTP2_WITH_PRIORITY | TT_HTTP2_END_HEADERS, "\0\0", 2},
        {TT_HTTP2_HEADERS, TT_HTTP2_END_HEADERS, "\x82\x80", 2},
        {TT_HTTP2_HEADERS, 0, "\x82", 1}, /* and no CONTINUATION */
        {TT_HTTP2_HEADERS, 0, "", 0},
        {TT_HTTP2_HEADERS, TT_HTTP2_END_HEADERS | TT_HTTP2_END_STREAM, "", 0},
        {TT_HTTP2_CONTINUATION, TT_HTTP2_END_HEADERS, "\x82", 1},
        {TT_HTTP2_PUSH_PROMISE, TT_HTTP2_END_HEADERS | TT_HTTP2_PADDED, "\0\0\0\2", 4},
        {TT_HTTP2_SETTINGS, 0, "\0\1\0\0\0\0\0", 7},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(lies); i++) {
        struct maker *maker = make_new();
        make_opening(maker);
        make_frame(maker, client, lies[i].type, lies[i].flags,
                   lies[i].type == TT_HTTP2_SETTINGS ? 0 : 1, lies[i].payload, lies[i].len);
        make_frame(maker, client, TT_HTTP2_PING, 0, 0, "12345678", 8);
        make_frame(maker, client, TT_HTTP2_PING, 0, 0, "12345678", 8);
        make_frame(maker, client, TT_HTTP2_PING, 0, 0, "12345678", 8);
        make_frame(maker, client, TT_HTTP2_HEADERS, TT_HTTP2_END_HEADERS, 3,
                   "\x82\x87\x84\x01\x01z", 6);
        struct recorder *rec = play_it(maker, (struct cut){0});
        if (!rec_has(rec, "url=https://z/"))
            fail_msg("lie %zu\n%s", i, rec_log(rec));
        rec_free(rec);
        for (size_t every = 1; every < 8; every++)
            rec_free(play_it(maker, (struct cut){.every = every}));
        make_free(maker);
    }
}

/* ---- limits ---- */

/* TT_HTTP_HEADER_MAX: of one frame, and of all frames of a block. */
static void test_long_blocks(void **state)
{
    static const uint8_t big[] = {1, 0, 1, TT_HTTP2_HEADERS, TT_HTTP2_END_HEADERS, 0, 0, 0, 1};
    static char text[4096];
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_raw(maker, client, big, sizeof(big));
    for (size_t left = TT_HTTP_HEADER_MAX + 1; left > 0;) {
        size_t len = left < sizeof(text) ? left : sizeof(text);
        make_raw(maker, client, text, len);
        left -= len;
    }
    make_frame(maker, client, TT_HTTP2_HEADERS, 0, 3, "\x82", 1);
    for (size_t i = 0; i < 17; i++)
        make_frame(maker, client, TT_HTTP2_CONTINUATION, 0, 3, text, 4000);
    make_frame(maker, client, TT_HTTP2_CONTINUATION, TT_HTTP2_END_HEADERS, 3, text, 1);
    make_frame(maker, client, TT_HTTP2_HEADERS, TT_HTTP2_END_HEADERS, 5, "\x82\x87\x84\x01\x01z",
               6);
    struct recorder *rec = play_it(maker, (struct cut){0});
    assert_true(rec_noted(rec, "http2.header_limit"));
    assert_true(rec_has(rec, "url=https://z/"));
    rec_free(rec);
    make_free(maker);
}

/* A few bytes that stand for very much text: TT_HTTP_HEADER_MAX of one block, and then
 * TT_HPACK_RATIO_MAX of all. */
static void test_expanding_block(void **state)
{
    static uint8_t block[4096];
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    /* An entry of 3,9 KB, and a thousand references to it. */
    block[0] = 0x40;
    block[1] = 1;
    block[2] = 'a';
    block[3] = 0x7f;
    block[4] = (3900 - 127) % 128 + 128;
    block[5] = (3900 - 127) / 128;
    memset(block + 6, 'v', 3900);
    make_frame(maker, client, TT_HTTP2_HEADERS, TT_HTTP2_END_HEADERS, 1, block, 3906);
    memset(block, 0xbe, sizeof(block));
    for (uint32_t i = 0; i < 40; i++)
        make_frame(maker, client, TT_HTTP2_HEADERS, TT_HTTP2_END_HEADERS, 3 + 2 * i, block, 100);
    struct recorder *rec = play_it(maker, (struct cut){0});
    assert_true(rec_noted(rec, "http2.header_limit"));
    assert_true(rec->log.len < TT_HPACK_FREE_BYTES + 10000 * TT_HPACK_RATIO_MAX);
    rec_free(rec);
    make_free(maker);
}

/* TT_HTTP_STREAMS_MAX: the one that was silent longest is given up. */
static void test_many_streams(void **state)
{
    enum { STREAMS = TT_HTTP_STREAMS_MAX + 1 };
    static uint8_t frames[STREAMS][TT_HTTP2_HEADER_LEN + 6];
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    for (size_t i = 0; i < STREAMS; i++) {
        const uint8_t frame[] = {
            0,    0,    6,    1, 4, 0,  0, (uint8_t)(i >> 7), (uint8_t)(i << 1 | 1),
            0x82, 0x87, 0x84, 1, 1, 'z'};
        memcpy(frames[i], frame, sizeof(frame));
    }
    make_raw(maker, client, frames, sizeof(frames));
    struct recorder *rec = play_it(maker, (struct cut){0});
    assert_true(rec_noted(rec, "http2.streams_limit"));
    assert_int_equal(rec->note_count, 1);
    assert_int_equal(rec_count(rec, "message http request method=GET"), STREAMS);
    rec_free(rec);
    make_free(maker);
}

/* Streams that their client has reset are no loss when they give way. */
static void test_many_resets(void **state)
{
    enum { STREAMS = 2 * TT_HTTP_STREAMS_MAX };
    static uint8_t frames[STREAMS][2 * TT_HTTP2_HEADER_LEN + 7];
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    for (size_t i = 0; i < STREAMS; i++) {
        const uint8_t high = (uint8_t)(i >> 7);
        const uint8_t low = (uint8_t)(i << 1 | 1);
        const uint8_t pair[] = {0, 0, 3, 1, 5, 0, 0,    high, low, 0x82, 0x87, 0x84, 0,
                                0, 4, 3, 0, 0, 0, high, low,  0,   0,    0,    8};
        memcpy(frames[i], pair, sizeof(pair));
    }
    make_raw(maker, client, frames, sizeof(frames));
    struct recorder *rec = play_it(maker, (struct cut){0});
    assert_int_equal(rec->note_count, 0);
    assert_int_equal(rec_count(rec, "message http request method=GET"), STREAMS);
    rec_free(rec);
    make_free(maker);
}

/* Where all flows together hold too much, a block that waits is given up. */
static void test_pool(void **state)
{
    static char text[4000];
    (void)state;
    struct tt_proto_pool pool = {.max = 6000};
    struct recorder *rec = rec_new();
    rec->sink.pool = &pool;
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    struct maker *maker = make_new();
    make_opening(maker);
    make_frame(maker, client, TT_HTTP2_HEADERS, 0, 1, text, sizeof(text));
    make_frame(maker, server, TT_HTTP2_HEADERS, 0, 1, text, sizeof(text));
    make_frame(maker, client, TT_HTTP2_CONTINUATION, 0, 1, text, 10);
    struct player player = {.proto = &tt_proto_http2, .rec = rec, .flow = &flow, .frame = 1};
    player.state = tt_proto_http2.open(&flow, &rec->sink);
    assert_non_null(player.state);
    for (size_t i = 0; i < maker->count; i++)
        play_chunk(&player, maker->turns[i].direction, maker->turns[i].bytes, 0);
    assert_true(rec_noted(rec, "http.headers_limit"));
    assert_true(pool.used <= pool.max);
    tt_proto_http2.close(player.state);
    assert_int_equal(pool.used, 0);
    rec_end_raw(rec, client);
    rec_end_raw(rec, server);
    assert_int_equal(rec->out[0], rec->fed[0]);
    assert_int_equal(rec->out[1], rec->fed[1]);
    rec_free(rec);
    make_free(maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps),         cmocka_unit_test(test_gap_in_data),
        cmocka_unit_test(test_lost_block),   cmocka_unit_test(test_midway),
        cmocka_unit_test(test_no_frames),    cmocka_unit_test(test_lies),
        cmocka_unit_test(test_long_blocks),  cmocka_unit_test(test_expanding_block),
        cmocka_unit_test(test_many_streams), cmocka_unit_test(test_many_resets),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
