/* Names of steps against the places that they give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify/names.h"

struct row {
    const char *name;
    const char *text;
    const char *value; /* found in the text by its first occurrence */
    enum tt_verify_named answer;
};

static const char json[] = "{\"d\":{\"k\":[\"one\",\"two\"],\"a b\":3,\"e\\u0040\":\"four\"}}";
static const char zip[] = "PK\3\4aaaabbbbccccddddeeeeff\4\0\0\0name....";

static const struct row rows[] = {
    {"json:$.d.k[0]", json, "one", TT_VERIFY_NAME_FITS},
    {"json:$.d.k[1]", json, "two", TT_VERIFY_NAME_FITS},
    {"json:$.d.k[1]", json, "one", TT_VERIFY_NAME_WRONG},
    {"json:$.d.x[0]", json, "one", TT_VERIFY_NAME_WRONG},
    {"json:$.d[\"a b\"]", json, "3", TT_VERIFY_NAME_FITS},
    {"json:$.d[\"e@\"]", json, "four", TT_VERIFY_NAME_FITS},
    {"json-key:$.d.k", json, "k\"", TT_VERIFY_NAME_WRONG}, /* the object that it stands in */
    {"json-key:$.d", json, "k\"", TT_VERIFY_NAME_FITS},
    {"json:$.d.\xe2\x80\xa6", json, "one", TT_VERIFY_NAME_OPEN},
    {"form:b", "a=1&b=two&c=3", "two", TT_VERIFY_NAME_FITS},
    {"form:c", "a=1&b=two&c=3", "two", TT_VERIFY_NAME_WRONG},
    {"form:a b", "a%20b=two", "two", TT_VERIFY_NAME_FITS},
    {"query:b", "/x?b=two", "two", TT_VERIFY_NAME_FITS},
    {"cookie:b", "a=1; b=two", "two", TT_VERIFY_NAME_FITS},
    {"xml:/r/item[2]/mail", "<r><item/><item><x>1</x><mail>me</mail></item></r>", "me<",
     TT_VERIFY_NAME_FITS},
    {"xml:/r/@to", "<r from='a' to='me'/>", "me", TT_VERIFY_NAME_FITS},
    {"xml:/r/@to", "<r from='a' to='me'/>", "a'", TT_VERIFY_NAME_OPEN},
    {"multipart:sender", "--b\r\nContent-Disposition: form-data; name=\"sender\"\r\n\r\nme", "me\0",
     TT_VERIFY_NAME_OPEN},
    {"protobuf:1.3", "\x0a\x05\x08\x01\x1a\x01z", "z", TT_VERIFY_NAME_FITS},
    {"protobuf:1.4", "\x0a\x05\x08\x01\x1a\x01z", "z", TT_VERIFY_NAME_WRONG},
    {"bson:$.a", "anything", "t", TT_VERIFY_NAME_OPEN},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tt_span text = tt_span_str(rows[i].text);
        size_t at = tt_span_search(text, tt_span_str(rows[i].value));
        assert_int_not_equal(at, SIZE_MAX);
        enum tt_verify_named answer = tt_verify_named(rows[i].name, text, at);
        if (strncmp(rows[i].name, "multipart", 9) == 0)
            continue; /* below */
        if (answer != rows[i].answer)
            fail_msg("%s in %s: %d", rows[i].name, rows[i].text, (int)answer);
    }
    assert_int_equal(tt_verify_named("zip:name", tt_span_of(zip, sizeof(zip) - 1), 34),
                     TT_VERIFY_NAME_FITS);
}

/* Any name at any place of any bytes: no reading behind the end. */
static void test_garbage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
            struct tt_span text = tt_span_str(rows[j].text);
            for (size_t at = 0; at <= text.len; at++) {
                (void)tt_verify_named(rows[i].name, text, at);
                (void)tt_verify_named(rows[i].name, tt_span_sub(text, 0, at), at / 2);
            }
        }
    }
}

static void test_http(void **state)
{
    (void)state;
    static const char text[] = "POST /a?b=c HTTP/1.1\r\nHost: h.example\r\nCookie: a=1;\r\n b=2\r\n"
                               "\r\nbody";
    struct tt_span stream = tt_span_str(text);
    static const struct {
        const char *name;
        const char *at;
        enum tt_verify_named answer;
    } asked[] = {{"http.request.uri", "/a?", TT_VERIFY_NAME_FITS},
                 {"http.request.header:host", "h.example", TT_VERIFY_NAME_FITS},
                 {"http.request.header:cookie", "b=2", TT_VERIFY_NAME_FITS},
                 {"http.request.header:host", "b=2", TT_VERIFY_NAME_WRONG},
                 {"http.request.body", "body", TT_VERIFY_NAME_FITS},
                 {"http.response.body", "body", TT_VERIFY_NAME_WRONG}};
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        assert_int_equal(
            tt_verify_http(asked[i].name, stream, tt_span_search(stream, tt_span_str(asked[i].at))),
            asked[i].answer);
    static const char damaged[] = "GET / HTTP/1.1\r\nHost: h\r\n\xff\r\na=1&K=two&z=3";
    struct tt_span line = tt_span_of(damaged, sizeof(damaged)); /* nothing behind it */
    size_t value = tt_span_search(line, tt_span_str("two"));
    assert_int_equal(tt_verify_http("http.request.header:a=1&k=two&z=3", line, value),
                     TT_VERIFY_NAME_FITS);
    assert_int_equal(tt_verify_http("http.request.header:a=1&k=two", line, value),
                     TT_VERIFY_NAME_WRONG);
    assert_int_equal(tt_verify_http("http.request.header:host", line, value), TT_VERIFY_NAME_WRONG);
    for (size_t at = 0; at <= stream.len; at++)
        for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
            (void)tt_verify_http(asked[i].name, tt_span_sub(stream, 0, at), at);
}

static bool is_value(void *context, struct tt_span value)
{
    return tt_span_eq(value, tt_span_str(context));
}

static void test_dns(void **state)
{
    (void)state;
    /* A response: the question host.a.example, an answer that points to it. */
    static const char message[] = "\0\1\x80\0\0\1\0\1\0\0\0\0"
                                  "\4host\1a\7example\0\0\1\0\1"
                                  "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1";
    struct tt_span whole = tt_span_of(message, sizeof(message) - 1);
    char host[] = "host.a";
    char other[] = "hast.a";
    assert_true(tt_verify_dns("dns.question.name", whole, 0, 6, is_value, host));
    assert_true(tt_verify_dns("dns.answer.name", whole, 0, 6, is_value, host));
    assert_false(tt_verify_dns("dns.authority.name", whole, 0, 6, is_value, host));
    assert_false(tt_verify_dns("dns.question.name", whole, 0, 6, is_value, other));
    assert_false(tt_verify_dns("dns.question.name", whole, 10, 600, is_value, host));
    char joined[] = "hosta";
    assert_true(tt_verify_dns("dns.question.name", whole, 0, 5, is_value, joined));
    for (size_t len = 0; len < whole.len; len++)
        (void)tt_verify_dns("dns.rdata.name", tt_span_sub(whole, 0, len), 0, 6, is_value, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_garbage),
                                       cmocka_unit_test(test_http), cmocka_unit_test(test_dns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
