/* The bodies of HTTP/1.x messages: every framing, in any cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "proto/list.h"
#include "recorder.h"

/* Plays it whole, looks for each of the texts in the log, and then plays it in every cut. */
static void check(const struct turn *turns, size_t count, size_t notes, const char *const *texts)
{
    struct recorder *rec = play(&tt_proto_http1, 80, turns, count, (struct cut){0});
    for (; *texts != NULL; texts++)
        if (!rec_has(rec, *texts))
            fail_msg("not found: %s\n%s", *texts, rec_log(rec));
    assert_int_equal(rec->note_count, notes);
    play_cuts(&tt_proto_http1, 80, turns, count, rec_log(rec));
    rec_free(rec);
}

#define CHECK(turns, notes, ...)                                                                   \
    check((turns), COUNT(turns), (notes), (const char *const[]){__VA_ARGS__, NULL})

static void test_chunked_with_everything(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n"
               "Content-Encoding: br\r\nContent-Length: 3\r\n"
               "Content-Type: multipart/Form-data; x=\";\"; Boundary=\"x \\\"y\"\r\n\r\n"
               "5;ext=\"1\"\r\nhello\r\n"
               "  6  \r\n world\r\n"
               "00A\n0123456789\n"
               "000\r\nX-T: 1\r\n\r\n"
               "GET / HTTP/1.1\r\n\r\n"),
    };
    CHECK(turns, 0,
          "http.request.body @163 type=multipart/form-data codings=br, gzip boundary=x \"y "
          "framing=chunked host=a complete end=216 \"hello world0123456789\"\n",
          "0 raw @164 \";ext=\\x221\\x22\\r\"\n",
          "http.request.trailer @216 head type=- codings=- boundary=- framing=- host=a complete "
          "end=226 \"X-T: 1\\r\\n\\r\\n\"\n",
          "status=0 bytes=21 whole\n", "http.request.head @226 ");
}

/* Size lines and line ends are the only bytes that are neither searched nor handed out. */
static void test_framing_is_counted(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
               "2\r\nab\r\n0\r\n\r\n\r\n"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, 1, (struct cut){0});
    assert_int_equal(rec->accounted[1][TT_BUCKET_DECODED], 3 + 2 + 3 + 2 + 2);
    assert_true(rec_has(rec, "framing=chunked host=- complete end=59 \"ab\""));
    rec_free(rec);
}

static void test_empty_chunked_body(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
               "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"),
    };
    CHECK(turns, 0, "status=200 bytes=0 whole\n", "status=201 bytes=0 whole\n");
}

/* Servers that leave out the blank line behind the last chunk. */
static void test_missing_line_behind_last_chunk(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
               "HTTP/1.1 201 OK\r\nContent-Length: 1\r\n\r\nb"),
    };
    CHECK(turns, 0, "complete end=56 \"a\"\n", "http.response.head @56 ",
          "complete end=95 \"b\"\n");
}

static void test_until_close(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("GET / HTTP/1.0\r\n\r\n"),
        SERVER("HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
        SERVER("until "),
        SERVER("the end"),
    };
    CHECK(turns, 0,
          "http.response.body @43 type=- codings=gzip boundary=- framing=- host=- "
          "complete end=56 \"until the end\"\n",
          "status=200 bytes=13 whole\n");
}

static void test_transfer_coding_until_close(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: deflate\r\nContent-Length: 2\r\n\r\nabcd"),
    };
    CHECK(turns, 0, "type=- codings=deflate boundary=- framing=- host=- complete end=70 \"abcd\"");
}

static void test_repeated_length(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST / HTTP/1.1\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc"
               "POST / HTTP/1.1\r\ncontent-length : 2\r\n\r\nde"),
    };
    CHECK(turns, 0, "complete end=63 \"abc\"", "complete end=104 \"de\"");
}

/* Lengths that contradict each other: no guess is made, all bytes are searched raw. */
static void test_bad_length(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd\n"),
        CLIENT("GET / HTTP/1.1\r\n\r\n"),
    };
    CHECK(turns, 1, "status=0 bytes=0 cut\n", "0 raw @57 \"abcd\\n\"", "http.request.head @62 ");
}

static void test_request_with_unknown_transfer_coding(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST / HTTP/1.1\r\nTransfer-Encoding: zip\r\n\r\nab\nGET / HTTP/1.1\r\n\r\n"),
    };
    CHECK(turns, 1, "0 raw @43 \"ab\\n\"", "http.request.head @46 ");
}

static void test_body_that_is_cut_off(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"),
    };
    CHECK(turns, 0, "host=a cut end=50 \"abc\"\n", "bytes=3 cut\n");
    static const struct turn chunked[] = {
        CLIENT("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabc"),
    };
    CHECK(chunked, 0, "cut end=53 \"abc\"\n", "bytes=3 cut\n");
    static const struct turn trailer[] = {
        CLIENT("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y"),
    };
    CHECK(trailer, 0, "complete end=56 \"a\"\n", "0 raw @56 \"X: y\"\n", "bytes=1 cut\n");
}

static void test_head_that_is_cut_off(void **state)
{
    (void)state;
    static const struct turn turns[] = {CLIENT("GET / HTTP/1.1\r\nHost: a\r\n")};
    CHECK(turns, 0, "0 http.request.head @0 head type=- codings=- boundary=- framing=- host=a ",
          "0 message http request method=GET host=a url=http://a/ name=- type=- status=0 bytes=0 "
          "cut");
    static const struct turn line[] = {CLIENT("GET / HT")};
    CHECK(line, 0, "0 raw @0 \"GET / HT\"\n");
}

static void test_boundaries(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *expected;
    } cases[] = {
        {"multipart/mixed; boundary=abc", "type=multipart/mixed codings=- boundary=abc "},
        {"multipart/mixed;boundary=abc;x=y", "boundary=abc "},
        {"multipart/mixed; x=\"boundary=no\"; boundary = abc ", "boundary=abc "},
        {"multipart/mixed; boundary=\"a;b\"", "boundary=a;b "},
        {"multipart/mixed; boundary=\"abc", "boundary=abc "},
        {"multipart/mixed; boundary=", "boundary=- "},
        {"multipart/mixed; boundary=\"\"", "boundary=- "},
        {"multipart/mixed; boundary", "boundary=- "},
        {"application/json charset=utf-8", "type=application/json codings"},
        {";", "type=- codings"},
        {"\xff", "type=- codings"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];
        int len = snprintf(text, sizeof(text),
                           "POST / HTTP/1.1\r\nContent-Type: %s\r\nContent-Length: 1\r\n\r\nx",
                           cases[i].type);
        struct turn turn = {.bytes = tt_span_of(text, (size_t)len)};
        struct recorder *rec = play(&tt_proto_http1, 80, &turn, 1, (struct cut){0});
        if (!rec_has(rec, cases[i].expected))
            fail_msg("%s\n%s", cases[i].type, rec_log(rec));
        rec_free(rec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunked_with_everything),
        cmocka_unit_test(test_framing_is_counted),
        cmocka_unit_test(test_empty_chunked_body),
        cmocka_unit_test(test_missing_line_behind_last_chunk),
        cmocka_unit_test(test_until_close),
        cmocka_unit_test(test_transfer_coding_until_close),
        cmocka_unit_test(test_repeated_length),
        cmocka_unit_test(test_bad_length),
        cmocka_unit_test(test_request_with_unknown_transfer_coding),
        cmocka_unit_test(test_body_that_is_cut_off),
        cmocka_unit_test(test_head_that_is_cut_off),
        cmocka_unit_test(test_boundaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
