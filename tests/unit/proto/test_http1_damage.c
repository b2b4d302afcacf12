/* HTTP/1.x streams with holes, garbage and too much of everything: what is left is still read, and
 * every byte goes out once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "proto/list.h"
#include "recorder.h"

static struct recorder *play_one(const char *text, struct cut cut)
{
    struct turn turn = {.direction = TT_FROM_INITIATOR, .bytes = tt_span_str(text)};
    return play(&tt_proto_http1, 80, &turn, 1, cut);
}

static void test_gap_inside_a_body(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nContent-Type: text/plain\r\n"
               "Content-Encoding: gzip\r\n\r\nabcdefghi"),
        CLIENT("GET /2 HTTP/1.1\r\nHost: b\r\n\r\n"),
    };
    size_t body = turns[0].bytes.len - 9;
    struct recorder *rec =
        play(&tt_proto_http1, 80, turns, 2, (struct cut){.gap_at = body + 2, .gap_len = 3});
    assert_true(rec_has(rec, "type=text/plain codings=gzip boundary=- framing=- host=a cut "
                             "end=100 \"ab\"\n"));
    /* The rest cannot be unwrapped, but it is searched under the same name. */
    assert_true(rec_has(rec, "0 http.request.body @103 rest type=- codings=- boundary=- framing=- "
                             "host=a cut end=107 \"fghi\"\n"));
    assert_true(rec_has(rec, "url=http://a/1 name=- type=text/plain status=0 bytes=6 cut\n"));
    assert_true(rec_has(rec, "url=http://b/2 name=- type=- status=0 bytes=0 whole\n"));
    assert_true(rec_noted(rec, "http.gap"));
    rec_free(rec);
    /* Exactly the rest of the body is missing: the next message is in its place. */
    rec = play(&tt_proto_http1, 80, turns, 2, (struct cut){.gap_at = body + 2, .gap_len = 7});
    assert_true(rec_has(rec, "bytes=2 cut\n"));
    assert_true(rec_has(rec, "url=http://b/2 name=- type=- status=0 bytes=0 whole\n"));
    rec_free(rec);
    /* The whole body, first byte included. */
    rec = play(&tt_proto_http1, 80, turns, 2, (struct cut){.gap_at = body, .gap_len = 9});
    assert_true(rec_has(rec, "bytes=0 cut\n"));
    assert_true(rec_has(rec, "url=http://b/2 name=- type=- status=0 bytes=0 whole\n"));
    rec_free(rec);
}

static void test_gap_inside_a_chunk(void **state)
{
    (void)state;
    static const char text[] = "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "8\r\nabcdefgh\r\n2\r\nij\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n";
    size_t data = (size_t)(strstr(text, "abc") - text);
    struct recorder *rec = play_one(text, (struct cut){.gap_at = data + 2, .gap_len = 3});
    assert_true(rec_has(rec, "framing=chunked host=- cut end=53 \"ab\"\n"));
    assert_true(rec_has(rec, "rest type=- codings=- boundary=- framing=chunked host=- cut end=73 "
                             "\"fghij\"\n"));
    assert_true(rec_has(rec, "bytes=7 cut\n"));
    assert_true(rec_has(rec, "/2 name=- type=- status=0 bytes=0 whole\n"));
    rec_free(rec);
    /* The rest of the chunk: its line end follows. */
    rec = play_one(text, (struct cut){.gap_at = data + 2, .gap_len = 6});
    assert_true(rec_has(rec, "rest type=- codings=- boundary=- framing=chunked host=- cut end=73 "
                             "\"ij\"\n"));
    rec_free(rec);
    /* A chunk-size line is lost: only the next message can be found. */
    rec = play_one(text, (struct cut){.gap_at = data + 2, .gap_len = 9});
    assert_true(rec_has(rec, "cut end=53 \"ab\"\n"));
    assert_true(rec_has(rec, "0 raw @62 \"\\r\\nij\\r\\n0\\r\\n\\r\\n\"\n"));
    assert_true(rec_has(rec, "/2 name=- type=- status=0 bytes=0 whole\n"));
    rec_free(rec);
}

static void test_gap_in_a_body_until_close(void **state)
{
    (void)state;
    struct recorder *rec =
        play_one("HTTP/1.0 200 OK\r\n\r\nabcdefghi", (struct cut){.gap_at = 21, .gap_len = 2});
    assert_true(rec_has(rec, "cut end=21 \"ab\"\n"));
    assert_true(rec_has(rec, "@23 rest type=- codings=- boundary=- framing=- host=- cut end=28 "
                             "\"efghi\"\n"));
    assert_true(rec_has(rec, "status=200 bytes=7 cut\n"));
    rec_free(rec);
}

/* A body may quote a message of the other side; after a loss only requests are looked for where
 * requests were seen. */
static void test_quoted_messages(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST / HTTP/1.1\r\nHost: a\r\n\r\n"),
        CLIENT("garbage\nHTTP/1.1 200 OK\r\n\r\n\nFROB / HTTP/1.1\r\n\r\n"),
        CLIENT("GET /x HTTP/1.1\r\nHost: b\r\n\r\n"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "raw @28 \"garbage\\nHTTP/1.1 200 OK\\r\\n\\r\\n\\nFROB / "
                             "HTTP/1.1\\r\\n\\r\\n\"\n"));
    assert_true(rec_has(rec, "url=http://b/x"));
    rec_free(rec);
}

/* A message that begins with a segment is found although the body before it ends in mid-line. */
static void test_found_at_a_segment(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{\"wrong length\": 1}"),
        CLIENT("POST /2 HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "raw @50 \"wrong length\\x22: 1}\"\n"));
    assert_true(rec_has(rec, "url=http://b/2 name=- type=- status=0 bytes=2 whole\n"));
    assert_true(rec_noted(rec, "http.malformed"));
    rec_free(rec);
}

static void check_responses(const struct turn *turns, size_t count, size_t first, size_t last,
                            const char *third)
{
    size_t at = 0;
    size_t len = 0;
    for (size_t i = 0; i <= last; i++)
        *(i < first ? &at : &len) += turns[i].bytes.len;
    struct recorder *rec =
        play(&tt_proto_http1, 80, turns, count, (struct cut){.gap_at = at, .gap_len = len});
    if (!rec_has(rec, third) ||
        !rec_has(rec, "host=d url=http://d/4 name=- type=- status=204 bytes=0 whole"))
        fail_msg("%zu to %zu\n%s", first, last, rec_log(rec));
    rec_free(rec);
}

/* After a loss a response has its own request or none. */
static void test_responses_after_a_loss(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"),
        SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        CLIENT("GET /2 HTTP/1.1\r\nHost: b\r\n\r\n"),
        SERVER("HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"),
        CLIENT("GET /3 HTTP/1.1\r\nHost: c\r\n\r\n"),
        SERVER("HTTP/1.1 203 OK\r\nContent-Length: 0\r\n\r\n"),
        CLIENT("GET /4 HTTP/1.1\r\nHost: d\r\n\r\n"),
        SERVER("HTTP/1.1 204 OK\r\n\r\n"),
    };
    static const char own[] = "host=c url=http://c/3 name=- type=- status=203";
    static const char none[] = "host=- url=- name=- type=- status=203";
    /* The second request; the second response; that and the request behind it. */
    check_responses(turns, COUNT(turns), 2, 2, own);
    check_responses(turns, COUNT(turns), 3, 3, none);
    check_responses(turns, COUNT(turns), 3, 4, none);
}

static void test_no_matching_after_a_loss_in_a_pipeline(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n"
               "GET /3 HTTP/1.1\r\nHost: c\r\n\r\n"),
        SERVER("HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"),
        SERVER("HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"),
        SERVER("HTTP/1.1 203 OK\r\nContent-Length: 0\r\n\r\n"),
    };
    size_t at = turns[0].bytes.len + turns[1].bytes.len;
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns),
                                (struct cut){.gap_at = at, .gap_len = turns[2].bytes.len});
    assert_true(rec_has(rec, "host=a url=http://a/1 name=- type=- status=201"));
    assert_true(rec_has(rec, "host=- url=- name=- type=- status=203"));
    rec_free(rec);
}

/* A gap anywhere before the last exchange, which begins with a segment, never hides it. */
static void test_gaps_everywhere(void **state)
{
    (void)state;
    static const struct turn requests[] = {
        CLIENT("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{\"a\": \"bcd\"}"),
        CLIENT("POST /2 HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
               "5;x\r\nhello\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\n"),
        CLIENT("GET /3 HTTP/1.1\r\nHost: c\r\n\r\n"),
        CLIENT("GET /last HTTP/1.1\r\nHost: d\r\n\r\n"),
    };
    size_t limit = requests[0].bytes.len + requests[1].bytes.len + requests[2].bytes.len;
    play_gaps(&tt_proto_http1, 80, requests, COUNT(requests), limit, "url=http://d/last");
    static const struct turn responses[] = {
        SERVER("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        SERVER("HTTP/1.1 299 Last\r\nContent-Length: 2\r\n\r\nok"),
    };
    limit = responses[0].bytes.len + responses[1].bytes.len;
    play_gaps(&tt_proto_http1, 80, responses, COUNT(responses), limit, "status=299 bytes=2 whole");
}

/* A gap that reaches to the end, or lies between messages. */
static void test_gap_at_the_end(void **state)
{
    (void)state;
    static const char text[] =
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n";
    size_t half = (sizeof(text) - 1) / 2;
    struct recorder *rec = play_one(text, (struct cut){.gap_at = half, .gap_len = half});
    assert_true(rec_has(rec, "url=http://a/1"));
    assert_int_equal(rec_count(rec, "message"), 1);
    assert_true(rec_noted(rec, "http.gap"));
    rec_free(rec);
}

static void test_malformed_chunks(void **state)
{
    (void)state;
    static const struct {
        const char *chunks;
        const char *raw;
    } cases[] = {
        {"zz\r\nabc", "\"zz\\r\\nabc\\n\""},
        {"\r\nabc", "\"\\r\\nabc\\n\""},
        {"3 3\r\nabc", "\"3\\r\\nabc\\n\""},
        {"3\r\nabcd", "\"d\\n\""},
        {"3\r\nabc\rx", "\"x\\n\""},
        {"fffffffffffffffff\r\n", "\"ff\\r\\n\\n\""},
        {"-1\r\nabc", "\"-1\\r\\nabc\\n\""},
        {";x\r\nabc", "\";x\\r\\nabc\\n\""},
        {"3\r\r\nabc\r\n 0x3\r\n", "\"x3\\r\\n\\n\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text),
                       "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%s\n"
                       "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
                       cases[i].chunks);
        for (size_t every = 0; every < 3; every++) {
            struct recorder *rec = play_one(text, (struct cut){.every = every});
            if (!rec_has(rec, cases[i].raw) || !rec_has(rec, "url=http://a/2"))
                fail_msg("%s\n%s", cases[i].chunks, rec_log(rec));
            assert_true(rec_noted(rec, "http.malformed"));
            assert_true(rec_has(rec, " cut\n"));
            rec_free(rec);
        }
    }
}

/* Bytes of `len` filled with `c` between two texts. */
static struct tt_buf padded(const char *before, size_t len, char c, const char *after)
{
    struct tt_buf buf = tt_buf_make(1U << 20);
    rec_check(tt_buf_append_str(&buf, before));
    rec_check(tt_buf_reserve(&buf, len));
    memset(buf.data + buf.len, c, len);
    buf.len += len;
    rec_check(tt_buf_append_str(&buf, after));
    return buf;
}

static void check_limit(struct tt_buf *text, const char *code)
{
    static const size_t everies[] = {0, 1460, 4096, 65536};
    for (size_t i = 0; i < COUNT(everies); i++) {
        struct turn turns[] = {{.bytes = tt_buf_span(text)},
                               CLIENT("GET /after HTTP/1.1\r\nHost: a\r\n\r\n")};
        struct recorder *rec =
            play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){.every = everies[i]});
        assert_true(rec_noted(rec, code));
        assert_true(rec_has(rec, "url=http://a/after"));
        rec_free(rec);
    }
    tt_buf_free(text);
}

static void test_limits(void **state)
{
    (void)state;
    struct tt_buf text = padded("GET / HTTP/1.1\r\nX: ", TT_HTTP_HEADER_MAX, 'x', "\r\n\r\n");
    check_limit(&text, "http.header_limit");
    text = padded("GET /", TT_HTTP_HEADER_MAX, 'x', " HTTP/1.1\r\n\r\n");
    check_limit(&text, "http.malformed");
    text = padded("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", TT_HTTP_LINE_MAX, 'x',
                  "\r\na\r\n0\r\n\r\n");
    check_limit(&text, "http.malformed");
    text =
        padded("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: ", TT_HTTP_HEADER_MAX,
               'x', "\r\n\r\n");
    check_limit(&text, "http.header_limit");
    text = padded("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", TT_HTTP_LINE_MAX + 1,
                  '0', "1\r\na\r\n0\r\n\r\n");
    check_limit(&text, "http.malformed");
}

/* The longest header block that is allowed is read, in whatever cut. */
static void test_longest_header(void **state)
{
    (void)state;
    static const char before[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    size_t len = TT_HTTP_HEADER_MAX - (sizeof(before) - 1) - 4;
    struct tt_buf text = padded(before, len, 'x', "\r\n\r\n");
    assert_int_equal(text.len, TT_HTTP_HEADER_MAX);
    static const size_t everies[] = {0, 1, 1460};
    for (size_t i = 0; i < COUNT(everies); i++) {
        struct turn turn = {.bytes = tt_buf_span(&text)};
        struct recorder *rec =
            play(&tt_proto_http1, 80, &turn, 1, (struct cut){.every = everies[i], .frames = true});
        assert_true(rec_has(rec, "complete end=65536"));
        assert_true(rec_has(rec, "url=http://a/ "));
        assert_int_equal(rec->note_count, 0);
        rec_free(rec);
    }
    tt_buf_free(&text);
}

/* Data behind the end of a direction. */
static void test_data_after_the_end(void **state)
{
    (void)state;
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    void *http = tt_proto_http1.open(&flow, &rec->sink);
    struct player player = {
        .proto = &tt_proto_http1, .state = http, .rec = rec, .flow = &flow, .frame = 1};
    play_chunk(&player, TT_FROM_INITIATOR, tt_span_str("GET / HTTP/1.1\r\n\r\n"), TT_CHUNK_END);
    player.gap[0] = 5;
    player.offset[0] += 5;
    play_chunk(&player, TT_FROM_INITIATOR, tt_span_str("GET / HTTP/1.1\r\n\r\n"), TT_CHUNK_END);
    tt_proto_http1.close(http);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    assert_true(rec_has(rec, "0 raw @23 \"GET"));
    assert_int_equal(rec->out[0], rec->fed[0]);
    rec_free(rec);
}

static void test_close_takes_null_and_unfinished(void **state)
{
    (void)state;
    tt_proto_http1.close(NULL);
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    void *http = tt_proto_http1.open(&flow, &rec->sink);
    struct player player = {
        .proto = &tt_proto_http1, .state = http, .rec = rec, .flow = &flow, .frame = 1};
    play_chunk(&player, TT_FROM_RESPONDER, tt_span_str("HTTP/1.0 200 OK\r\n\r\nabc"), 0);
    play_chunk(&player, TT_FROM_INITIATOR, tt_span_str("GET / HT"), 0);
    tt_proto_http1.close(http);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    assert_true(rec_has(rec, "cut end=22 \"abc\"\n"));
    assert_true(rec_has(rec, "bytes=3 cut\n"));
    assert_true(rec_has(rec, "raw @0 \"GET / HT\"\n"));
    rec_free(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gap_inside_a_body),
        cmocka_unit_test(test_gap_inside_a_chunk),
        cmocka_unit_test(test_gap_in_a_body_until_close),
        cmocka_unit_test(test_quoted_messages),
        cmocka_unit_test(test_found_at_a_segment),
        cmocka_unit_test(test_responses_after_a_loss),
        cmocka_unit_test(test_no_matching_after_a_loss_in_a_pipeline),
        cmocka_unit_test(test_gaps_everywhere),
        cmocka_unit_test(test_gap_at_the_end),
        cmocka_unit_test(test_malformed_chunks),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_longest_header),
        cmocka_unit_test(test_data_after_the_end),
        cmocka_unit_test(test_close_takes_null_and_unfinished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
