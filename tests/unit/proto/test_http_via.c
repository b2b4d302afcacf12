/* Fields by which edges and proxies give themselves away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "proto/http_via.h"
#include "proto/list.h"
#include "recorder.h"
#include "support/flush.h"

static struct tt_http_via via_of(const char *fields)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%s\r\n\r\n", fields);
    struct flush flush = flush_make(tt_span_str(text));
    struct tt_http1_head head;
    assert_int_equal(tt_http1_head_parse(flush.span, &head), flush.span.len);
    struct tt_http_via via = head.via;
    flush_free(&flush);
    return via;
}

static void assert_via(const char *fields, const char *field, const char *place, bool any_proxy)
{
    struct tt_http_via via = via_of(fields);
    assert_non_null(via.field);
    assert_string_equal(via.field, field);
    assert_string_equal(via.place, place);
    assert_int_equal(via.any_proxy, any_proxy);
}

static void fields_are_known(void **state)
{
    (void)state;
    assert_via("CF-RAY: 230b030023ae2822-SJC", "CF-Ray", "sjc", false);
    assert_via("cf-ray:230b030023ae2822", "CF-Ray", "", false);
    assert_via("X-Amz-Cf-Pop: SIN2-C1", "X-Amz-Cf-Pop", "sin", false);
    assert_via("X-Amz-Cf-Pop: SINX-C1", "X-Amz-Cf-Pop", "", false);
    assert_via("X-Amz-Cf-Pop: S1", "X-Amz-Cf-Pop", "", false);
    assert_via("X-Served-By: cache-sin18020-SIN", "X-Served-By", "sin", false);
    assert_via("X-Served-By: cache-sin18020-S9N", "X-Served-By", "", false);
    assert_via("Server: cloudflare", "Server: cloudflare", "", false);
    assert_via("Server: CloudFront", "Server: CloudFront", "", false);
    assert_via("Server: BunnyCDN-SG1-900", "Server: BunnyCDN", "", false);
    assert_via("X-Akamai-Request-ID: 1", "X-Akamai-Request-ID", "", false);
    assert_via("Via: 1.1 gateway.example", "Via", "", true);
    assert_via("X-Cache: HIT", "X-Cache", "", true);
}

static void a_delivery_network_goes_first(void **state)
{
    (void)state;
    assert_via("Via: 1.1 a\r\nX-Amz-Cf-Id: abc\r\nX-Amz-Cf-Pop: DEL51-P1\r\nCF-Ray: 1-SIN",
               "X-Amz-Cf-Pop", "del", false);
    assert_via("X-Amz-Cf-Id: abc\r\nVia: 1.1 a", "X-Amz-Cf-Id", "", false);
    assert_via("X-Cache: MISS\r\nServer: cloudflare", "Server: cloudflare", "", false);
}

static void others_say_nothing(void **state)
{
    (void)state;
    static const char *const fields[] = {"Server: nginx",       "Server: my cloudflare",
                                         "X-Served-By: web7",   "Viator: 1.1 a",
                                         "X-Cache-Lookup: HIT", "X-Data: CF-Ray: 1-SIN"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        assert_null(via_of(fields[i]).field);
    struct tt_http1_head head;
    struct tt_span request = tt_span_str("GET / HTTP/1.1\r\nVia: 1.1 a\r\nHost: a.example\r\n\r\n");
    assert_int_equal(tt_http1_head_parse(request, &head), request.len);
    assert_null(head.via.field);
}

/* What is told names the side that sent the response. */
static void it_names_the_sender(void **state)
{
    (void)state;
    const struct turn turns[] = {
        {TT_FROM_INITIATOR, tt_span_str("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")},
        {TT_FROM_RESPONDER,
         tt_span_str("HTTP/1.1 200 OK\r\nCF-Ray: 1-SIN\r\nContent-Length: 0\r\n\r\n")}};
    struct recorder *rec = play(&tt_proto_http1, 80, turns, 2, (struct cut){0});
    assert_int_equal(rec_count(rec, "name via CF-Ray 198.51.100.7 flow=0\n"), 1);
    rec_free(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_known),
        cmocka_unit_test(a_delivery_network_goes_first),
        cmocka_unit_test(others_say_nothing),
        cmocka_unit_test(it_names_the_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
