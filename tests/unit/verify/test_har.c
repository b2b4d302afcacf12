#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/flush.h"
#include "verify/har.h"

/* The head of `part` ("\"request\":") in the entry. */
static void expect(const char *entry, const char *part, const char *expected)
{
    struct flush flush = flush_make(tt_span_str(entry));
    struct tt_buf out = tt_buf_make(65536);
    size_t at = tt_span_search(flush.span, tt_span_str(part)) + strlen(part);
    assert_int_equal(tt_verify_har_head(tt_span_from(flush.span, at), flush.span, &out), TT_OK);
    assert_int_equal(tt_buf_append_u8(&out, 0), TT_OK);
    assert_string_equal((const char *)out.data, expected);
    tt_buf_free(&out);
    flush_free(&flush);
}

static void test_heads(void **state)
{
    (void)state;
    static const char entry[] =
        "{\"request\":{\"method\":\"PUT\",\"url\":\"https:\\/\\/u@a.example/x?y#z\",\"headers\":"
        "[{\"name\":\":path\",\"value\":\"/\"},{\"name\":\"A\",\"value\":\"b\\nc\"}]},"
        "\"response\":{\"httpVersion\":\"h3\",\"status\":204,\"headers\":[]}}";
    expect(entry, "\"request\":", "PUT /x?y HTTP/3\r\nhost: a.example\r\nA: b c\r\n\r\n");
    expect(entry, "\"response\":", "HTTP/3 204\r\n\r\n");
    expect("{\"request\":{\"url\":\"http://a.example\",\"httpVersion\":\"HTTP/1.0\",\"headers\":"
           "[{\"name\":\"Host\",\"value\":\"b\"}]}}",
           "\"request\":", "GET / HTTP/1.0\r\nHost: b\r\n\r\n");
    expect("{\"request\":{}}", "\"request\":", "GET / HTTP/1.1\r\n\r\n");
    expect("{\"request\":5}", "\"request\":", "GET / HTTP/1.1\r\n\r\n");
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        const char *addr;
        bool names;
    } cases[] = {
        {"{\"serverIPAddress\":\"198.51.100.7\"}", "198.51.100.7", true},
        {"{\"serverIPAddress\":\"[2001:db8::5]\"}", "2001:db8::5", true},
        {"{\"serverIPAddress\":\"198.51.100.7\"}", "198.51.100.8", false},
        {"{\"request\":{\"url\":\"http://198.51.100.8/\"}}", "198.51.100.8", true},
        {"{\"request\":{\"url\":\"http://localhost/\"}}", "127.0.0.1", true},
        {"{}", "198.51.100.7", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_addr addr;
        assert_true(tt_addr_parse(cases[i].addr, &addr));
        assert_int_equal(tt_verify_har_names(tt_span_str(cases[i].entry), addr), cases[i].names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_heads),
                                       cmocka_unit_test(test_addresses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
