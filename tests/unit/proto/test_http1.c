/* HTTP/1.x conversations: what is said of each message, in any cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "proto/list.h"
#include "recorder.h"

static void check(const struct turn *turns, size_t count, const char *expected)
{
    play_cuts(&tt_proto_http1, 80, turns, count, expected);
}

static void test_one_exchange(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("GET /a?b HTTP/1.1\r\nHost: A.example:8080\r\n\r\n"),
        SERVER("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
               "Content-Type: Text/Plain; charset=x\r\n\r\nhello"),
    };
    check(turns, COUNT(turns),
          "0 http.request.head @0 head type=- codings=- boundary=- framing=- host=a.example "
          "complete end=43 \"GET /a?b HTTP/1.1\\r\\nHost: A.example:8080\\r\\n\\r\\n\"\n"
          "0 message http request method=GET host=a.example url=http://A.example:8080/a?b name=- "
          "type=- status=0 bytes=0 whole\n"
          "1 http.response.head @0 head type=- codings=- boundary=- framing=- host=a.example "
          "complete end=75 \"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n"
          "Content-Type: Text/Plain; charset=x\\r\\n\\r\\n\"\n"
          "1 http.response.body @75 type=text/plain codings=- boundary=- framing=- "
          "host=a.example complete end=80 \"hello\"\n"
          "1 message http response method=GET host=a.example url=http://A.example:8080/a?b "
          "name=- type=Text/Plain; charset=x status=200 bytes=5 whole\n");
}

/* Each response is matched to its own request; HEAD and 304 have no body whatever they say. */
static void test_pipeline(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("GET /1 HTTP/1.1\nHost: a.example\n\n"
               "HEAD /2 HTTP/1.1\r\nHost: b.example\r\n\r\n"
               "\r\n\r\n"
               "GET /3 HTTP/1.1\r\nHost: c.example\r\n\r\n"),
        SERVER("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
               "HTTP/1.1 200\r\nContent-Length: 100\r\n\r\n"
               "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    };
    check(turns, COUNT(turns),
          "0 http.request.head @0 head type=- codings=- boundary=- framing=- host=a.example "
          "complete end=33 \"GET /1 HTTP/1.1\\nHost: a.example\\n\\n\"\n"
          "0 message http request method=GET host=a.example url=http://a.example/1 name=- type=- "
          "status=0 bytes=0 whole\n"
          "0 http.request.head @33 head type=- codings=- boundary=- framing=- host=b.example "
          "complete end=70 \"HEAD /2 HTTP/1.1\\r\\nHost: b.example\\r\\n\\r\\n\"\n"
          "0 message http request method=HEAD host=b.example url=http://b.example/2 name=- type=- "
          "status=0 bytes=0 whole\n"
          "0 http.request.head @74 head type=- codings=- boundary=- framing=- host=c.example "
          "complete end=110 \"GET /3 HTTP/1.1\\r\\nHost: c.example\\r\\n\\r\\n\"\n"
          "0 message http request method=GET host=c.example url=http://c.example/3 name=- type=- "
          "status=0 bytes=0 whole\n"
          "1 http.response.head @0 head type=- codings=- boundary=- framing=- host=a.example "
          "complete end=38 \"HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\n\"\n"
          "1 http.response.body @38 type=- codings=- boundary=- framing=- host=a.example "
          "complete end=39 \"x\"\n"
          "1 message http response method=GET host=a.example url=http://a.example/1 name=- type=- "
          "status=200 bytes=1 whole\n"
          "1 http.response.head @39 head type=- codings=- boundary=- framing=- host=b.example "
          "complete end=76 \"HTTP/1.1 200\\r\\nContent-Length: 100\\r\\n\\r\\n\"\n"
          "1 message http response method=HEAD host=b.example url=http://b.example/2 name=- "
          "type=- status=200 bytes=0 whole\n"
          "1 http.response.head @76 head type=- codings=- boundary=- framing=- host=c.example "
          "complete end=124 \"HTTP/1.1 304 Not Modified\\r\\nContent-Length: 9\\r\\n\\r\\n\"\n"
          "1 message http response method=GET host=c.example url=http://c.example/3 name=- type=- "
          "status=304 bytes=0 whole\n");
}

/* 1xx responses do not use up the request. */
static void test_interim_responses(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("PUT /f HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\n"
               "Content-Length: 3\r\n\r\n"),
        SERVER("HTTP/1.1 100 Continue\r\n\r\n"),
        CLIENT("abc"),
        SERVER("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_int_equal(rec_count(rec, "method=PUT host=a.example url=http://a.example/f"), 4);
    assert_true(rec_has(rec, "status=100 bytes=0 whole"));
    assert_true(rec_has(rec, "status=103 bytes=0 whole"));
    assert_true(rec_has(rec, "status=204 bytes=0 whole"));
    assert_true(rec_has(rec, "http.request.body @77 "));
    play_cuts(&tt_proto_http1, 80, turns, COUNT(turns), rec_log(rec));
    rec_free(rec);
}

static void test_connect(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("CONNECT A.example:443 HTTP/1.1\r\nHost: proxy.example\r\n\r\n"),
        SERVER("HTTP/1.1 407 Who are you\r\nContent-Length: 2\r\n\r\nno"),
        CLIENT("CONNECT A.example:443 HTTP/1.1\r\nHost: proxy.example\r\n\r\n"),
        SERVER("HTTP/1.1 200 Go on\r\nContent-Length: 5\r\n\r\n\x16\x03\x03"),
        CLIENT("\x16\x03\x01"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_int_equal(rec_count(rec, "method=CONNECT host=a.example url=A.example:443"), 4);
    assert_true(rec_has(rec, "1 probe @90\n"));
    assert_int_equal(rec_count(rec, "raw"), 0);
    assert_int_equal(rec->note_count, 0);
    play_cuts(&tt_proto_http1, 80, turns, COUNT(turns), rec_log(rec));
    rec_free(rec);
}

/* A client that does not wait, and a capture that holds its side only. */
static void test_connect_without_answer(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("CONNECT a.example:443 HTTP/1.1\r\n\r\n"),
        CLIENT("\x16\x03\x01\x02"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "0 probe @34\n"));
    play_cuts(&tt_proto_http1, 80, turns, COUNT(turns), rec_log(rec));
    rec_free(rec);
}

static void test_upgrade(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n\r\n"),
        SERVER("HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi"),
        CLIENT("\x81\x82"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "1 probe @36\n"));
    assert_true(rec_has(rec, "host=a.example url=http://a.example/ws name=- type=- status=101"));
    play_cuts(&tt_proto_http1, 80, turns, COUNT(turns), rec_log(rec));
    rec_free(rec);
}

/* What the client's HTTP2-Settings say of the table of header compression goes with the upgrade. */
static void test_http2_settings(void **state)
{
    (void)state;
    static const struct {
        const char *settings;
        const char *found;
    } cases[] = {{"AAEAACAA", "url=http://a.example/up table=8192\n"},
                 {"AAMAAABkAAEAACAA", "url=http://a.example/up table=8192\n"},
                 {"AAMAAABk", "url=http://a.example/up\n"},
                 {"AAEAACA", "url=http://a.example/up\n"},
                 {"AAEAAC,A", "url=http://a.example/up\n"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[256];
        (void)snprintf(request, sizeof(request),
                       "GET /up HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, "
                       "HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: %s\r\n\r\n",
                       cases[i].settings);
        const struct turn turns[] = {
            {.direction = TT_FROM_INITIATOR, .bytes = tt_span_str(request)},
            SERVER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")};
        struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
        if (!rec_has(rec, cases[i].found))
            fail_msg("%s\n%s", cases[i].settings, rec_log(rec));
        play_cuts(&tt_proto_http1, 80, turns, COUNT(turns), rec_log(rec));
        rec_free(rec);
    }
}

static void check_target(const char *request, const char *host, const char *url)
{
    struct turn turn = {.direction = TT_FROM_INITIATOR, .bytes = tt_span_str(request)};
    struct recorder *rec = play(&tt_proto_http1, 8080, &turn, 1, (struct cut){0});
    char expected[512];
    (void)snprintf(expected, sizeof(expected), " host=%s url=%s name=", host, url);
    if (!rec_has(rec, expected))
        fail_msg("%s\n%s", expected, rec_log(rec));
    rec_free(rec);
}

static void test_hosts_and_urls(void **state)
{
    (void)state;
    check_target("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "http://a.example/");
    check_target("GET / HTTP/1.1\r\nHost: A.Example.:81\r\n\r\n", "a.example",
                 "http://A.Example.:81/");
    check_target("GET / HTTP/1.1\r\nHost: [2001:DB8::1]:81\r\n\r\n", "2001:db8::1",
                 "http://[2001:DB8::1]:81/");
    check_target("GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "2001:db8::1",
                 "http://[2001:db8::1]/");
    check_target("GET / HTTP/1.1\r\nHost: [broken\r\n\r\n", "[broken", "http://[broken/");
    check_target("GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n", "a:b:c", "http://a:b:c/");
    check_target("GET / HTTP/1.1\r\nHost: what is this?\r\n\r\n", "what is this?",
                 "http://what is this?/");
    check_target("GET / HTTP/1.1\r\nHost: \xff\x01\r\n\r\n", "-", "http://%FF%01/");
    check_target("GET / HTTP/1.1\r\nHost:\r\n\r\n", "-", "http://198.51.100.7:8080/");
    check_target("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "-", "http://:80/");
    check_target("GET /x HTTP/1.0\r\n\r\n", "-", "http://198.51.100.7:8080/x");
    check_target("GET http://U:p@B.example:81/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n", "b.example",
                 "http://U:p@B.example:81/x?y");
    check_target("GET https://b.example HTTP/1.1\r\n\r\n", "b.example", "https://b.example");
    check_target("GET /?u=http://c.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example",
                 "http://a.example/?u=http://c.example/");
    check_target("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "http://a.example");
    check_target("GET x HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", "http://a.example/x");
    check_target("GET /\xc3\xa9 HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example",
                 "http://a.example/\xc3\xa9");
    check_target("GET /\xe9 HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example",
                 "http://a.example/%E9");
    check_target("CONNECT [2001:db8::2]:443 HTTP/1.1\r\n\r\n", "2001:db8::2", "[2001:db8::2]:443");
    check_target("FROBNICATE /x HTTP/1.1\r\nHost : a.example\r\n\r\n", "a.example",
                 "http://a.example/x");
}

static void test_long_host_is_no_host(void **state)
{
    (void)state;
    char request[400];
    (void)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: %0300d\r\n\r\n", 0);
    struct turn turn = {.direction = TT_FROM_INITIATOR, .bytes = tt_span_str(request)};
    struct recorder *rec = play(&tt_proto_http1, 80, &turn, 1, (struct cut){0});
    assert_true(rec_has(rec, "method=GET host=- url=http://000"));
    rec_free(rec);
}

/* The frames of a head that came in many segments, and of its body. */
static void test_frames(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"
               "abcdefghiGET /2 HTTP/1.1\r\nHost: b\r\n\r\n"),
    };
    struct recorder *rec =
        play(&tt_proto_http1, 80, turns, 1, (struct cut){.every = 10, .frames = true});
    assert_true(rec_has(rec, "0 http.request.head @0 head type=- codings=- boundary=- framing=- "
                             "host=a f1-5 complete"));
    assert_true(rec_has(rec, "host=a f5-6 complete end=56 \"abcdefghi\""));
    assert_true(rec_has(rec, "bytes=9 whole f1-6 t1000\n"));
    assert_true(rec_has(rec, "host=b f6-9 complete end=84"));
    assert_true(rec_has(rec, "url=http://b/2 name=- type=- status=0 bytes=0 whole f6-9 t6000\n"));
    rec_free(rec);
}

/* A capture that begins in the middle of a body on one side. */
static void test_midway(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("rest of a body\nPOST quoted\n"),
        SERVER("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        CLIENT("GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        SERVER("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    };
    struct recorder *rec =
        play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){.midway = true});
    assert_true(rec_has(rec, "0 raw @0 \"rest of a body\\nPOST quoted\\n\"\n"));
    assert_true(rec_has(rec, "method=- host=- url=- name=- type=- status=200 bytes=2 whole"));
    assert_true(rec_has(rec, "method=GET host=a.example url=http://a.example/next name=- type=- "
                             "status=200 bytes=2 whole"));
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
}

/* The responder may be the client (the SYN was not captured, or the roles are odd). */
static void test_roles_swapped(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        CLIENT("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "1 message http request method=GET host=a.example"));
    assert_true(rec_has(rec, "0 message http response method=GET host=a.example"));
    rec_free(rec);
}

static void test_probe(void **state)
{
    (void)state;
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    static const struct {
        const char *head;
        enum tt_probe answer;
    } cases[] = {
        {"", TT_PROBE_MORE},
        {"P", TT_PROBE_MORE},
        {"POST /x", TT_PROBE_YES},
        {"HTTP/1.", TT_PROBE_MORE},
        {"HTTP/1.1 200 ", TT_PROBE_YES},
        {"\x16\x03", TT_PROBE_NO},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(tt_proto_http1.probe(&flow, TT_FROM_INITIATOR, tt_span_str(cases[i].head)),
                         cases[i].answer);
}

/* More requests than are remembered: their responses are read, but lack a host. */
static void test_too_many_requests(void **state)
{
    (void)state;
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    void *http = tt_proto_http1.open(&flow, &rec->sink);
    struct player player = {
        .proto = &tt_proto_http1, .state = http, .rec = rec, .flow = &flow, .frame = 1};
    struct tt_span request = tt_span_str("GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");
    struct tt_span response = tt_span_str("HTTP/1.1 204 No\r\n\r\n");
    for (size_t i = 0; i < TT_HTTP_PIPELINE_MAX + 5; i++)
        play_chunk(&player, TT_FROM_INITIATOR, request, 0);
    for (size_t i = 0; i < TT_HTTP_PIPELINE_MAX + 5; i++)
        play_chunk(&player, TT_FROM_RESPONDER, response, 0);
    tt_buf_clear(&rec->log);
    play_chunk(&player, TT_FROM_INITIATOR, request, 0);
    play_chunk(&player, TT_FROM_RESPONDER, response, 0);
    tt_proto_http1.close(http);
    assert_true(rec_noted(rec, "http.pipeline"));
    assert_int_equal(rec->note_count, 5);
    /* Once the unremembered ones are through, matching goes on. */
    assert_true(rec_has(rec, "response method=GET host=a.example"));
    rec_free(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_exchange),
        cmocka_unit_test(test_pipeline),
        cmocka_unit_test(test_interim_responses),
        cmocka_unit_test(test_connect),
        cmocka_unit_test(test_connect_without_answer),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_http2_settings),
        cmocka_unit_test(test_hosts_and_urls),
        cmocka_unit_test(test_long_host_is_no_host),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_midway),
        cmocka_unit_test(test_roles_swapped),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_too_many_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
