/* Start lines, the end of a head, and what a head says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "proto/http1_head.h"
#include "support/flush.h"

static enum tt_http1_start start_of(const char *text)
{
    struct flush flush = flush_make(tt_span_str(text));
    enum tt_http1_start start = tt_http1_start_line(flush.span);
    /* What is a message when whole is never refused before. */
    for (size_t len = 0; len < flush.span.len && start > TT_HTTP1_START_MORE; len++)
        assert_int_not_equal(tt_http1_start_line(tt_span_sub(flush.span, 0, len)),
                             TT_HTTP1_START_NO);
    flush_free(&flush);
    return start;
}

static void test_start_lines(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.0\n",
        "POST /a?b=c HTTP/1.1\r\n",
        "M-SEARCH * HTTP/1.1\r\n",
        "X_CUSTOM /p HTTP/1.1\r\n",
        "GET http://a.example/ HTTP/1.1\r\n",
        "CONNECT a.example:443 HTTP/1.1\r\n",
        "GET /a b c HTTP/1.1\r\n",
        "GET  /two  HTTP/1.1 \r\n",
        "GET\t/tab\tHTTP/1.1\r\n",
        "GET /\xc3\xa9 HTTP/1.1\r\n",
    };
    static const char *const responses[] = {
        "HTTP/1.1 200 OK\r\n",   "HTTP/1.1 200\r\n", "HTTP/1.0 404 \r\n",
        "HTTP/1.1  200  OK\r\n", "HTTP/1.1 200OK\n", "HTTP/1.1 999 \xff\r\n",
        "HTTP/0.9 200 Fine\r\n",
    };
    static const char *const neither[] = {
        "GET /\r\n",
        "get / HTTP/1.1\r\n",
        "GET / HTTP/2.0\r\n",
        "PRI * HTTP/2.0\r\n",
        "INVITE sip:bob@b.example SIP/2.0\r\n",
        "OPTIONS rtsp://a.example/ RTSP/1.0\r\n",
        "SIP/2.0 200 OK\r\n",
        "ICY 200 OK\r\n",
        "HTTP/2.0 200 OK\r\n",
        "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 20\r\n",
        "HTTP/1.1\r\n",
        "GET /\x01 HTTP/1.1\r\n",
        "GET HTTP/1.1\r\n",
        " GET / HTTP/1.1\r\n",
        "A-METHOD-THAT-IS-MUCH-TOO-LONG-TO-BE-ONE / HTTP/1.1\r\n",
        "1GET / HTTP/1.1\r\n",
        "\r\n",
        "\x16\x03\x01",
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        assert_int_equal(start_of(requests[i]), TT_HTTP1_START_REQUEST);
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
        assert_int_equal(start_of(responses[i]), TT_HTTP1_START_RESPONSE);
    for (size_t i = 0; i < sizeof(neither) / sizeof(neither[0]); i++)
        assert_int_equal(start_of(neither[i]), TT_HTTP1_START_NO);
}

static enum tt_http1_start probe_of(const char *text)
{
    struct flush flush = flush_make(tt_span_str(text));
    enum tt_http1_start start = tt_http1_start_probe(flush.span);
    flush_free(&flush);
    return start;
}

static void test_probe_by_the_first_bytes(void **state)
{
    (void)state;
    assert_int_equal(probe_of(""), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("\r\n"), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("G"), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("GET "), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("GET /"), TT_HTTP1_START_REQUEST);
    assert_int_equal(probe_of("\r\nGET /"), TT_HTTP1_START_REQUEST);
    assert_int_equal(probe_of("GET HTTP://a"), TT_HTTP1_START_REQUEST);
    assert_int_equal(probe_of("GET htt"), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("FROB /"), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("FROB / HTTP/1.1\n"), TT_HTTP1_START_REQUEST);
    assert_int_equal(probe_of("FROB /0123456789012345678901234567890123456789012345678901234567"),
                     TT_HTTP1_START_REQUEST);
    assert_int_equal(probe_of("INVITE sip:0123456789012345678901234567890123456789012345678901"),
                     TT_HTTP1_START_MORE); /* and so refused when it stays so */
    assert_int_equal(probe_of("OPTIONS rtsp://a.example/"), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("CONNECT a.example:443 HT"), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("CONNECT a.example:443 HTTP/1.0\r\n"), TT_HTTP1_START_REQUEST);
    assert_int_equal(probe_of("HTTP/1.1 200 O"), TT_HTTP1_START_RESPONSE);
    assert_int_equal(probe_of("HTTP/1.1 200"), TT_HTTP1_START_MORE);
    assert_int_equal(probe_of("SSH-2.0-x\r\n"), TT_HTTP1_START_NO);
    assert_int_equal(probe_of("EHLO a.example\r\n"), TT_HTTP1_START_NO);
    assert_int_equal(probe_of("GET /\x01\x02"), TT_HTTP1_START_NO);
}

static void test_end_of_head(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t end;
    } cases[] = {
        {"a\r\n\r\nbody", 5}, {"a\n\nbody", 3},         {"a\n\r\nbody", 4},
        {"a\r\n\nbody", 4},   {"a\r\nb\r\n", SIZE_MAX}, {"a\r\n\r", SIZE_MAX},
        {"a\r\n\rb\n\n", 7},  {"", SIZE_MAX},           {"a\r\r\n\r\r\n", SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct flush flush = flush_make(tt_span_str(cases[i].text));
        enum tt_http1_scan scan = TT_HTTP1_SCAN_LINE;
        assert_int_equal(tt_http1_scan_end(&scan, flush.span), cases[i].end);
        for (size_t cut = 0; cut <= flush.span.len; cut++) {
            scan = TT_HTTP1_SCAN_LINE;
            size_t end = tt_http1_scan_end(&scan, tt_span_sub(flush.span, 0, cut));
            if (end == SIZE_MAX) {
                end = tt_http1_scan_end(&scan, tt_span_from(flush.span, cut));
                end = end == SIZE_MAX ? end : end + cut;
            }
            assert_int_equal(end, cases[i].end);
        }
        flush_free(&flush);
    }
}

static struct tt_http1_head parse(struct flush *flush, const char *text)
{
    struct tt_http1_head head;
    *flush = flush_make(tt_span_str(text));
    assert_int_equal(tt_http1_head_parse(flush->span, &head), flush->span.len);
    return head;
}

static void assert_span(struct tt_span span, const char *text)
{
    assert_int_equal(span.len, strlen(text));
    assert_memory_equal(span.data, text, span.len);
}

static void test_request_head(void **state)
{
    (void)state;
    struct flush flush;
    struct tt_http1_head head = parse(&flush, "POST  /a b  HTTP/1.1\r\n"
                                              "host : A.example \r\n"
                                              "X: y\r\n"
                                              "no colon here\r\n"
                                              ": no name\r\n"
                                              "CONTENT-TYPE: text/plain;\r\n\tcharset=utf-8\r\n"
                                              "Content-Length: 12\r\n"
                                              "Host: second.example\r\n"
                                              "\r\n");
    assert_false(head.response);
    assert_span(head.method, "POST");
    assert_span(head.target, "/a b");
    assert_span(head.host, "A.example");
    assert_span(head.content_type, "text/plain;\r\n\tcharset=utf-8");
    assert_int_equal(head.length_told, TT_HTTP1_LENGTH_GIVEN);
    assert_int_equal(head.length, 12);
    flush_free(&flush);
}

static void test_response_head(void **state)
{
    (void)state;
    struct flush flush;
    struct tt_http1_head head = parse(&flush, "HTTP/1.1 206\nContent-Encoding: gzip\n"
                                              "Content-Encoding: br\nTransfer-Encoding: gzip,\n"
                                              " chunked\n\n");
    assert_true(head.response);
    assert_int_equal(head.status, 206);
    assert_int_equal(head.content_encoding.count, 2);
    assert_true(head.chunked);
    assert_false(head.other_transfer);
    flush_free(&flush);
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        enum tt_http1_length told;
        uint64_t length;
    } cases[] = {
        {"", TT_HTTP1_LENGTH_NONE, 0},
        {"Content-Length: 0\r\n", TT_HTTP1_LENGTH_GIVEN, 0},
        {"Content-Length:7\r\n", TT_HTTP1_LENGTH_GIVEN, 7},
        {"Content-Length: 7, 7\r\n", TT_HTTP1_LENGTH_GIVEN, 7},
        {"Content-Length: 7\r\nContent-Length: 7\r\n", TT_HTTP1_LENGTH_GIVEN, 7},
        {"Content-Length: 7\r\nContent-Length: 8\r\n", TT_HTTP1_LENGTH_BAD, 0},
        {"Content-Length: 7, 8\r\n", TT_HTTP1_LENGTH_BAD, 0},
        {"Content-Length: -1\r\n", TT_HTTP1_LENGTH_BAD, 0},
        {"Content-Length: +1\r\n", TT_HTTP1_LENGTH_BAD, 0},
        {"Content-Length: 0x10\r\n", TT_HTTP1_LENGTH_BAD, 0},
        {"Content-Length:\r\n", TT_HTTP1_LENGTH_BAD, 0},
        {"Content-Length: 99999999999999999999\r\n", TT_HTTP1_LENGTH_BAD, 0},
        {"Content-Length: 7\r\nContent-Length: x\r\nContent-Length: 7\r\n", TT_HTTP1_LENGTH_BAD, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n%s\r\n", cases[i].fields);
        struct flush flush;
        struct tt_http1_head head = parse(&flush, text);
        assert_int_equal(head.length_told, cases[i].told);
        if (head.length_told == TT_HTTP1_LENGTH_GIVEN)
            assert_int_equal(head.length, cases[i].length);
        flush_free(&flush);
    }
}

static void test_transfer_codings(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool chunked;
        bool other;
    } cases[] = {
        {"chunked", true, false}, {"Chunked", true, false},   {"gzip, chunked", true, false},
        {"gzip", false, true},    {"identity", false, false}, {"chunked, gzip", false, true},
        {"", false, false},       {", ,", false, false},      {"chunkedx", false, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[128];
        (void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nTransfer-Encoding: %s\r\n\r\n",
                       cases[i].value);
        struct flush flush;
        struct tt_http1_head head = parse(&flush, text);
        assert_int_equal(head.chunked, cases[i].chunked);
        assert_int_equal(head.other_transfer, cases[i].other);
        flush_free(&flush);
    }
}

/* A head that is not whole is none yet; what follows it is not looked at. Both ways of finding its
 * end agree. */
static void test_cut_heads(void **state)
{
    (void)state;
    static const char text[] =
        "GET /a HTTP/1.1\r\nHost: a\r\n folded\r\nContent-Length: 1,\r\n"
        "Transfer-Encoding\r\n\t\r\n:\r\nContent-Encoding: ,\n\r\r\n\r\nnext";
    size_t whole = sizeof(text) - 1 - 4;
    for (size_t len = 0; len < sizeof(text); len++) {
        struct flush flush = flush_make(tt_span_of(text, len));
        struct tt_http1_head head;
        enum tt_http1_scan scan = TT_HTTP1_SCAN_LINE;
        size_t end = tt_http1_scan_end(&scan, flush.span);
        assert_int_equal(tt_http1_head_parse(flush.span, &head), len < whole ? 0 : whole);
        assert_int_equal(end, len < whole ? SIZE_MAX : whole);
        flush_free(&flush);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_lines),      cmocka_unit_test(test_probe_by_the_first_bytes),
        cmocka_unit_test(test_end_of_head),      cmocka_unit_test(test_request_head),
        cmocka_unit_test(test_response_head),    cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_transfer_codings), cmocka_unit_test(test_cut_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
