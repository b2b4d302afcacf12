/* HTTP/2 conversations: what is said, in any cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http2_maker.h"
#include "model/limits.h"
#include "proto/list.h"

static const enum tt_direction client = TT_FROM_INITIATOR;
static const enum tt_direction server = TT_FROM_RESPONDER;

/* Plays it whole, looks for each of the texts in the log, and then plays it in every cut. Frees it.
 */
static void check(struct maker *maker, size_t notes, const char *const *texts)
{
    struct recorder *rec = play(&tt_proto_http2, 80, maker->turns, maker->count, (struct cut){0});
    for (; *texts != NULL; texts++)
        if (!rec_has(rec, *texts))
            fail_msg("not found: %s\n%s", *texts, rec_log(rec));
    assert_int_equal(rec->note_count, notes);
    play_cuts(&tt_proto_http2, 80, maker->turns, maker->count, rec_log(rec));
    rec_free(rec);
    make_free(maker);
}

#define CHECK(maker, notes, ...) check((maker), (notes), (const char *const[]){__VA_ARGS__, NULL})

#define REQUEST(path)                                                                              \
    FIELDS({":method", "GET"}, {":scheme", "https"}, {":authority", "API.a.example:8443"},         \
           {":path", path}, {"cookie", "id=1"})
#define RESPONSE(status) FIELDS({":status", status}, {"content-type", "text/plain"})

static void test_exchange(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, TT_HTTP2_END_STREAM, 1, REQUEST("/a?b=1"));
    make_headers(maker, server, 0, 1, RESPONSE("200"));
    make_data(maker, server, 0, 1, "hello ");
    make_data(maker, server, TT_HTTP2_END_STREAM, 1, "world");
    CHECK(
        maker, 0,
        "0 http.request.head @48 head coding type=- codings=- boundary=- framing=hpack "
        "host=api.a.example complete end=",
        "\"GET /a?b=1 HTTP/2\\r\\nhost: API.a.example:8443\\r\\ncookie: id=1\\r\\n\\r\\n\"\n",
        "0 message http request method=GET host=api.a.example url=https://API.a.example:8443/a?b=1 "
        "name=- type=- status=0 bytes=0 whole\n",
        "\"HTTP/2 200\\r\\ncontent-type: text/plain\\r\\n\\r\\n\"\n",
        "type=text/plain codings=- boundary=- framing=http2 host=api.a.example complete",
        "\"hello world\"\n",
        "1 message http response method=GET host=api.a.example "
        "url=https://API.a.example:8443/a?b=1 name=- type=text/plain status=200 bytes=11 whole\n");
}

static void test_streams_interleave(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1, REQUEST("/1"));
    make_headers(maker, client, 0, 3, REQUEST("/3"));
    make_data(maker, client, 0, 1, "one");
    make_data(maker, client, 0, 3, "three");
    make_headers(maker, server, TT_HTTP2_END_STREAM, 3, RESPONSE("203"));
    make_data(maker, client, TT_HTTP2_END_STREAM, 1, "-more");
    make_data(maker, client, TT_HTTP2_END_STREAM, 3, "");
    make_headers(maker, server, TT_HTTP2_END_STREAM, 1, RESPONSE("201"));
    CHECK(maker, 0, "\"one-more\"\n", "\"three\"\n",
          "url=https://API.a.example:8443/1 name=- type=- status=0 bytes=8 whole",
          "url=https://API.a.example:8443/3 name=- type=- status=203 bytes=5 whole",
          "url=https://API.a.example:8443/1 name=- type=text/plain status=201 bytes=0 whole",
          "url=https://API.a.example:8443/3 name=- type=text/plain status=203 bytes=0 whole");
}

/* Padding, priority, CONTINUATION, trailers and interim responses. */
static void test_all_forms(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    uint8_t block[4096];
    uint8_t frame[4096];
    make_opening(maker);
    size_t len = make_block(maker, client, REQUEST("/x"), block);
    frame[0] = 3;
    memcpy(frame + 1, "\0\0\0\0\17", 5);
    memcpy(frame + 6, block, 4);
    memset(frame + 10, 0, 3);
    make_frame(maker, client, TT_HTTP2_HEADERS, TT_HTTP2_PADDED | TT_HTTP2_WITH_PRIORITY, 5, frame,
               13);
    make_frame(maker, client, TT_HTTP2_CONTINUATION, 0, 5, block + 4, 0);
    make_frame(maker, client, TT_HTTP2_CONTINUATION, 0, 5, block + 4, 2);
    make_frame(maker, client, TT_HTTP2_CONTINUATION, TT_HTTP2_END_HEADERS, 5, block + 6, len - 6);
    make_frame(maker, client, TT_HTTP2_DATA, TT_HTTP2_PADDED, 5, "\2body\0\0", 7);
    make_frame(maker, client, TT_HTTP2_DATA, TT_HTTP2_PADDED, 5, "\4more pad", 9);
    make_headers(maker, client, TT_HTTP2_END_STREAM, 5, FIELDS({"x-sum", "77"}));
    make_headers(maker, server, 0, 5, FIELDS({":status", "103"}, {"link", "</s>"}));
    make_headers(maker, server, TT_HTTP2_END_STREAM, 5, RESPONSE("204"));
    CHECK(maker, 0, "\"GET /x HTTP/2\\r\\nhost: API.a.example:8443\\r\\ncookie: id=1\\r\\n\\r\\n\"",
          "\"bodymore\"\n", "\" pad\"\n", "0 http.request.trailer", "\"x-sum: 77\\r\\n\\r\\n\"",
          "status=103", "status=204 bytes=0 whole", "status=0 bytes=8 whole",
          "\"HTTP/2 103\\r\\nlink: </s>\\r\\n\\r\\n\"");
}

static void test_push(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    uint8_t frame[4096] = {0, 0, 0, 2};
    make_opening(maker);
    make_headers(maker, client, TT_HTTP2_END_STREAM, 1, REQUEST("/"));
    size_t len = make_block(maker, server, REQUEST("/pushed"), frame + 4);
    /* nghttp2 wants its whole room. */
    make_frame(maker, server, TT_HTTP2_PUSH_PROMISE, TT_HTTP2_END_HEADERS, 1, frame, 4 + len);
    make_headers(maker, server, TT_HTTP2_END_STREAM, 1, RESPONSE("200"));
    make_headers(maker, server, 0, 2, RESPONSE("200"));
    make_data(maker, server, TT_HTTP2_END_STREAM, 2, "pushed body");
    CHECK(maker, 0,
          "1 message http request method=GET host=api.a.example "
          "url=https://API.a.example:8443/pushed",
          "\"pushed body\"",
          "1 message http response method=GET host=api.a.example "
          "url=https://API.a.example:8443/pushed");
}

/* What no one reads is searched as it stands; the rest is framing. */
static void test_other_frames(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1, REQUEST("/cut"));
    make_data(maker, client, 0, 1, "begun");
    make_frame(maker, client, TT_HTTP2_PING, 0, 0, "12345678", 8);
    make_frame(maker, client, TT_HTTP2_PRIORITY, 0, 1, "\0\0\0\0\1", 5);
    make_frame(maker, server, TT_HTTP2_WINDOW_UPDATE, 0, 0, "\0\0\1\0", 4);
    make_frame(maker, client, 0x10, 0, 0, "\0\0\0\1u=2", 7);
    make_frame(maker, client, 0xf0, 0xff, 9, "grease", 6);
    make_frame(maker, server, TT_HTTP2_RST_STREAM, 0, 1, "\0\0\0\2", 4);
    make_frame(maker, server, TT_HTTP2_GOAWAY, 0, 0, "\0\0\0\1\0\0\0\2why", 11);
    CHECK(maker, 0, "\"begun\"\n", "bytes=5 cut\n", "u=2\"", "\"grease\"", "\"why\"\n");
}

/* A server of HTTP/2 may speak first; whether the client knows HTTP/2 its first bytes tell. */
static void test_http1_client(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool handed_on;
    } cases[] = {{"GET /x HTTP/1.1\r\n\r\n", true},
                 {"POST /x HTTP/1.1\r\n\r\n", true},
                 {"GE", true},
                 {"PR", false},
                 {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
                 {"no protocol", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct maker *maker = make_new();
        make_frame(maker, server, TT_HTTP2_SETTINGS, 0, 0, "\0\4\0\1\0\0", 6);
        make_raw(maker, client, cases[i].bytes, strlen(cases[i].bytes));
        struct recorder *rec =
            play(&tt_proto_http2, 80, maker->turns, maker->count, (struct cut){0});
        assert_int_equal(rec_has(rec, "0 probe @0\n"), cases[i].handed_on);
        rec_free(rec);
        make_free(maker);
    }
}

/* RFC 9113, section 8.1: a server may answer before the request is whole, and asks for no more of
 * it; what was on its way still belongs to it. The same of a response that the client gives up. */
static void test_reset_ends_one_half(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1, REQUEST("/up"));
    make_headers(maker, server, TT_HTTP2_END_STREAM, 1, RESPONSE("404"));
    make_frame(maker, server, TT_HTTP2_RST_STREAM, 0, 1, "\0\0\0\0", 4);
    make_data(maker, client, TT_HTTP2_END_STREAM, 1, "still sent");
    make_headers(maker, client, TT_HTTP2_END_STREAM, 3, REQUEST("/down"));
    make_headers(maker, server, 0, 3, RESPONSE("200"));
    make_frame(maker, client, TT_HTTP2_RST_STREAM, 0, 3, "\0\0\0\10", 4);
    make_data(maker, server, TT_HTTP2_END_STREAM, 3, "on its way");
    CHECK(maker, 0, "/up name=- type=- status=404 bytes=10 whole\n", "\"still sent\"\n",
          "/down name=- type=text/plain status=200 bytes=10 whole\n", "\"on its way\"\n");
}

/* A head behind the reset of its side is told, for it was sent. */
static void test_head_behind_a_reset(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1, REQUEST("/a"));
    make_frame(maker, server, TT_HTTP2_RST_STREAM, 0, 1, "\0\0\0\0", 4);
    make_headers(maker, server, TT_HTTP2_END_STREAM, 1, RESPONSE("203"));
    make_data(maker, client, TT_HTTP2_END_STREAM, 1, "body");
    CHECK(maker, 0, "type=text/plain status=203 bytes=0 whole\n", "status=203 bytes=4 ");
}

static void test_connect(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1,
                 FIELDS({":method", "CONNECT"}, {":authority", "mail.a.example:25"}));
    make_headers(maker, client, 0, 3,
                 FIELDS({":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"},
                        {":authority", "ws.a.example"}, {":path", "/chat"}));
    make_headers(maker, server, 0, 1, FIELDS({":status", "200"}));
    make_headers(maker, server, 0, 3, FIELDS({":status", "200"}));
    make_data(maker, server, 0, 1, "220 hi\r\n");
    make_data(maker, client, 0, 1, "EHLO me\r\n");
    make_data(maker, client, 0, 3, "\x81\x80\1\2\3\4");
    make_data(maker, client, TT_HTTP2_END_STREAM, 1, "QUIT\r\n");
    CHECK(maker, 0, "method=CONNECT host=mail.a.example url=mail.a.example:25",
          "method=CONNECT host=ws.a.example url=https://ws.a.example/chat",
          "channel http http.tunnel 0 \"EHLO me\\r\\nQUIT\\r\\n\" 1 \"220 hi\\r\\n\"\n",
          "channel websocket websocket.payload 0 \"\\x81\\x80\\x01\\x02\\x03\\x04\" 1 \"\"\n",
          "expect in channel websocket subprotocol=- host=ws.a.example "
          "url=https://ws.a.example/chat\n",
          "upgrade: websocket\\r\\n");
}

/* The refused CONNECT has a body. */
static void test_refused_connect(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1,
                 FIELDS({":method", "CONNECT"}, {":authority", "mail.a.example:25"}));
    make_headers(maker, server, 0, 1, RESPONSE("403"));
    make_data(maker, server, TT_HTTP2_END_STREAM, 1, "no");
    CHECK(maker, 0, "http.response.body", "\"no\"\n", "status=403 bytes=2 whole");
}

/* A body may be written with codings as in HTTP/1. */
static void test_codings(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_opening(maker);
    make_headers(maker, client, 0, 1,
                 FIELDS({":method", "POST"}, {":scheme", "http"}, {":authority", "a.example"},
                        {":path", "/up"}, {"content-type", "multipart/form-data; boundary=b1"},
                        {"content-encoding", "gzip"}));
    make_data(maker, client, TT_HTTP2_END_STREAM, 1, "x");
    CHECK(maker, 0,
          "type=multipart/form-data codings=gzip boundary=b1 framing=http2 host=a.example",
          "url=http://a.example/up");
}

/* Without the preface: what HTTP/1 upgraded (its request is stream 1), or a capture that began
 * late.
 */
static void test_begins_with_settings(void **state)
{
    (void)state;
    struct maker *maker = make_new();
    make_frame(maker, server, TT_HTTP2_SETTINGS, 0, 0, "\0\3\0\0\0\144", 6);
    make_headers(maker, server, 0, 1, RESPONSE("200"));
    make_data(maker, server, TT_HTTP2_END_STREAM, 1, "upgraded");
    make_raw(maker, client, tt_http2_preface, sizeof(tt_http2_preface));
    make_frame(maker, client, TT_HTTP2_SETTINGS, 0, 0, NULL, 0);
    CHECK(maker, 0,
          "1 message http response method=- host=- url=- name=- type=text/plain "
          "status=200 bytes=8 whole");
}

static enum tt_probe probe(const void *bytes, size_t len)
{
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    struct flush flush = flush_make(tt_span_of(bytes, len));
    enum tt_probe answer = tt_proto_http2.probe(&flow, client, flush.span);
    flush_free(&flush);
    return answer;
}

static void test_probe(void **state)
{
    static const uint8_t settings[] = {0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100};
    static const uint8_t empty[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    static const uint8_t odd[] = {0, 0, 6, 4, 0, 0, 0, 0, 0, 0x77, 3, 0, 0, 0, 100};
    static const uint8_t chain[] = {0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0,
                                    0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 0, 1, 0};
    static const uint8_t head[] = {0, 1, 0, 1, 4, 0, 0, 0, 13, 0x82, 0x87, 0x84};
    static const uint8_t zeros[64] = {0};
    (void)state;
    for (size_t i = 1; i < sizeof(tt_http2_preface); i++)
        assert_int_equal(probe(tt_http2_preface, i), TT_PROBE_MORE);
    assert_int_equal(probe(tt_http2_preface, sizeof(tt_http2_preface)), TT_PROBE_YES);
    for (size_t i = 1; i < sizeof(settings); i++)
        assert_true(probe(settings, i) != TT_PROBE_YES);
    assert_int_equal(probe(settings, sizeof(settings)), TT_PROBE_YES);
    assert_int_equal(probe(empty, sizeof(empty)), TT_PROBE_YES);
    assert_int_equal(probe(odd, sizeof(odd)), TT_PROBE_NO);
    assert_int_equal(probe(chain, sizeof(chain)), TT_PROBE_YES);
    assert_int_equal(probe(head, sizeof(head)), TT_PROBE_YES);
    for (size_t i = 16; i <= sizeof(zeros); i++)
        assert_int_equal(probe(zeros, i), TT_PROBE_NO);
    assert_int_equal(probe("GET / HTTP/1.1\r\n", 16), TT_PROBE_NO);
    assert_int_equal(probe("PRI * HTTP/1.1\r\n", 16), TT_PROBE_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_streams_interleave),
        cmocka_unit_test(test_all_forms),
        cmocka_unit_test(test_push),
        cmocka_unit_test(test_other_frames),
        cmocka_unit_test(test_http1_client),
        cmocka_unit_test(test_reset_ends_one_half),
        cmocka_unit_test(test_head_behind_a_reset),
        cmocka_unit_test(test_connect),
        cmocka_unit_test(test_refused_connect),
        cmocka_unit_test(test_codings),
        cmocka_unit_test(test_begins_with_settings),
        cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
