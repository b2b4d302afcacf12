#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/har.h"
#include "proto/recorder.h"

#include <stdio.h>

#define REQUEST(rest)                                                                              \
    "\"request\":{\"method\":\"POST\",\"url\":\"https://u@A.example:444/p?x=1#f\",\"httpVersion\"" \
    ":\"h2\",\"headers\":[{\"name\":\":method\",\"value\":\"POST\"},{\"name\":\"X\",\"value\":"    \
    "\"1\\n2\"}],\"cookies\":[]" rest "}"
#define RESPONSE                                                                                   \
    "\"response\":{\"status\":200,\"httpVersion\":\"\",\"headers\":[{\"name\":\"Content-Type\","   \
    "\"value\":\"text/plain\"}],\"content\":{\"size\":3,\"mimeType\":\"text/plain\",\"text\":"     \
    "\"abc\"},\"bodySize\":3}"

struct told {
    struct recorder *rec;
    struct tt_flow flow;
    struct tt_har_entry entry;
    bool ok;
};

static struct told tell_bytes(struct tt_span text)
{
    struct told told = {.rec = rec_new(), .flow = {.id = 1}};
    struct flush flush = flush_make(text);
    tt_har_entry_read(flush.span, &told.entry);
    const struct tt_har_context context = {.text = flush.span,
                                           .flow = &told.flow,
                                           .origin = {.first_frame = 5, .last_frame = 5, .time = 7},
                                           .sink = &told.rec->sink};
    told.ok = tt_har_tell(&told.entry, &context);
    assert_true(told.ok);
    assert_int_equal(told.rec->open_bodies, 0);
    uint64_t decoded =
        told.rec->accounted[0][TT_BUCKET_DECODED] + told.rec->accounted[1][TT_BUCKET_DECODED];
    assert_int_equal(decoded + told.flow.overhead[0], text.len);
    flush_free(&flush);
    return told;
}

static struct told tell(const char *text)
{
    return tell_bytes(tt_span_str(text));
}

static void expect(struct told *told, const char *part)
{
    if (!rec_has(told->rec, part))
        fail_msg("not told: %s\nbut:\n%s", part, rec_log(told->rec));
}

static void test_exchange(void **state)
{
    (void)state;
    struct told told = tell(
        "{" REQUEST(",\"postData\":{\"mimeType\":\"application/json\",\"text\":\"{\\\"k\\\":1}\"}"
                    ",\"bodySize\":7") "," RESPONSE ",\"serverIPAddress\":\"[2001:db8::5]\"}");
    expect(&told, "0 http.request.head @11 head coding type=- codings=- boundary=- framing=har "
                  "host=a.example");
    expect(&told, "\"POST /p?x=1 HTTP/2\\r\\nhost: A.example:444\\r\\nX: 1 2\\r\\n\\r\\n\"");
    expect(&told, "0 http.request.body @");
    expect(&told, "coding type=application/json codings=- boundary=- framing=json-string "
                  "host=a.example complete");
    expect(&told, "\"{\\x22k\\x22:1}\"");
    expect(&told, "\"HTTP/2 200\\r\\nContent-Type: text/plain\\r\\n\\r\\n\"");
    expect(&told, "1 http.response.body @");
    expect(&told, "type=text/plain codings=- boundary=- framing=- host=a.example complete");
    expect(&told, "0 message http request method=POST host=a.example "
                  "url=https://A.example:444/p?x=1 name=- type=application/json status=0 bytes=7");
    expect(&told, "status=200 bytes=3 whole");
    assert_string_equal(told.entry.encryption, "tls");
    assert_int_equal(told.entry.port, 444);
    assert_int_equal(told.entry.server.family, TT_ADDR_IPV6);
    assert_int_equal(told.rec->note_count, 0);
    rec_free(told.rec);
}

static void test_base64(void **state)
{
    (void)state;
    struct told told = tell("{" REQUEST(",\"postData\":{\"text\":\"aGVsbG8g\\/w==\",\"encoding\":"
                                        "\"base64\"}") "}");
    expect(&told, "framing=base64 host=a.example complete");
    expect(&told, "\"hello \\xff\"");
    assert_int_equal(told.rec->note_count, 0);
    rec_free(told.rec);
    told = tell("{" REQUEST(",\"postData\":{\"text\":\"aGVs!bG8=\",\"encoding\":\"base64\"}") "}");
    expect(&told, "framing=base64 host=a.example cut");
    expect(&told, "\"hel\"");
    assert_true(rec_noted(told.rec, "har.base64"));
    rec_free(told.rec);
}

/* What is told to have been there, and is not in the file. */
static void test_missing(void **state)
{
    (void)state;
    struct told told = tell("{" REQUEST(",\"bodySize\":50") "," RESPONSE "}");
    assert_true(rec_noted(told.rec, "har.body_missing"));
    assert_int_equal(told.flow.lost[0], 50);
    assert_int_equal(told.flow.lost[1], 0);
    rec_free(told.rec);
    told = tell("{" REQUEST(",\"bodySize\":50,\"postData\":{\"text\":\"0123456789\"}") "}");
    assert_int_equal(told.flow.lost[0], 40);
    rec_free(told.rec);
    told = tell("{" REQUEST("") ",\"response\":{\"status\":200,\"content\":{\"size\":9}}}");
    assert_int_equal(told.flow.lost[1], 9);
    rec_free(told.rec);
}

static void test_lists(void **state)
{
    (void)state;
    struct told told =
        tell("{\"request\":{\"method\":\"GET\",\"url\":\"http:\\/\\/127.0.0.1\\/\",\"cookies\":"
             "[{\"name\":\"a\"}],\"postData\":{\"params\":[{\"name\":\"b\"}]}}}");
    expect(&told, "0 http.request.cookies @");
    expect(&told, "\"[{\\x22name\\x22:\\x22a\\x22}]\"");
    expect(&told, "0 http.request.body @");
    expect(&told, "\"[{\\x22name\\x22:\\x22b\\x22}]\"");
    assert_int_equal(told.entry.server.family, TT_ADDR_IPV4);
    assert_string_equal(told.entry.encryption, "none");
    rec_free(told.rec);
    /* With the field that they were made from, they say nothing new. */
    told = tell("{\"request\":{\"method\":\"GET\",\"url\":\"http://a.example\",\"headers\":"
                "[{\"name\":\"Cookie\",\"value\":\"a=1\"}],\"cookies\":[{\"name\":\"a\"}]}}");
    assert_false(rec_has(told.rec, "cookies"));
    expect(&told, "\"GET / HTTP/1.1\\r\\nhost: a.example\\r\\nCookie: a=1\\r\\n\\r\\n\"");
    rec_free(told.rec);
}

static void test_websocket(void **state)
{
    (void)state;
    struct told told = tell(
        "{\"request\":{\"method\":\"GET\",\"url\":\"wss://a.example/\"},\"response\":{\"status\":"
        "101},\"_webSocketMessages\":[{\"type\":\"send\",\"time\":1.25,\"opcode\":1,\"data\":\"hi "
        "\\u0041\"},{\"type\":\"receive\",\"opcode\":2,\"data\":\"AAE=\"},{\"data\":5}]}");
    expect(&told, "0 websocket.payload @");
    expect(&told, "\"hi A\"");
    expect(&told, "1 websocket.payload @");
    expect(&told, "\"\\x00\\x01\"");
    expect(&told, "0 message websocket text method=- host=a.example url=https://a.example/");
    rec_free(told.rec);
}

/* Nothing of these was on the network. */
static void test_unsent(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"request\":{\"url\":\"data:text/plain,x\"}}", "har.not_network"},
        {"{\"_fromCache\":\"disk\",\"request\":{\"url\":\"http://a.example/\"}}", "har.from_cache"},
        {"{\"request\":{\"url\":\"http://a.example/\"},\"response\":{\"status\":200,"
         "\"_fetchedViaServiceWorker\":true}}",
         "har.service_worker"},
        {"{\"request\":{\"url\":\"http://a.example/\"},\"response\":{\"status\":0,\"_error\":"
         "\"net::ERR_BLOCKED_BY_CLIENT\"}}",
         "har.not_sent"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct told told = tell(cases[i][0]);
        assert_string_equal(rec_log(told.rec), "");
        assert_true(rec_noted(told.rec, cases[i][1]));
        rec_free(told.rec);
    }
    /* Aborted on its way: it may have gone out. */
    struct told told = tell("{\"request\":{\"url\":\"http://a.example/\"},\"response\":{\"status\":"
                            "0,\"_error\":\"net::ERR_ABORTED\"}}");
    expect(&told, "0 message http request");
    rec_free(told.rec);
}

static void test_strange(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"request\":[]}",
        "{\"request\":{}}",
        "{\"request\":{\"url\":5,\"headers\":{}}}",
        "{\"request\":{\"method\":\"A B\",\"url\":\"http://\"}}",
        "{\"response\":{\"status\":200}}",
        "{\"request\":{\"url\":\"http://[::1\",\"headers\":[1,{},[]]}}",
        "x"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct told told = tell(texts[i]);
        rec_free(told.rec);
    }
}

/* Versions of TLS are what _securityDetails claims. */
static void test_encryption(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"request\":{\"url\":\"https://a.example/\"},\"_securityDetails\":{\"protocol\":\"TLS "
         "1.3\"}}",
         "tls1.3"},
        {"{\"request\":{\"url\":\"https://a.example/\",\"httpVersion\":\"HTTP/3\"}}", "quic"},
        {"{\"request\":{\"url\":\"http://a.example/\",\"httpVersion\":\"h2\"}}", "none"},
        {"{\"request\":{\"url\":\"https://a.example/\"}}", "tls"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_har_entry entry;
        tt_har_entry_read(tt_span_str(cases[i][0]), &entry);
        assert_string_equal(entry.encryption, cases[i][1]);
    }
}

/* Cut anywhere, it says what is there; with every byte changed, it says something. */
static void test_cuts(void **state)
{
    (void)state;
    static const char text[] =
        "{" REQUEST(",\"postData\":{\"mimeType\":\"a/b\",\"text\":\"\\u00e9\"}") "," RESPONSE "}";
    for (size_t cut = 1; cut < sizeof(text); cut++) {
        struct told told = tell_bytes(tt_span_of(text, cut));
        assert_int_equal(rec_noted(told.rec, "har.entry"), cut < sizeof(text) - 1);
        rec_free(told.rec);
        char changed[sizeof(text)];
        memcpy(changed, text, sizeof(text));
        changed[cut - 1] = changed[cut - 1] == '"' ? 'x' : '"';
        told = tell_bytes(tt_span_of(changed, sizeof(text) - 1));
        rec_free(told.rec);
    }
}

static void test_too_many_fields(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(1U << 20);
    rec_check(
        tt_buf_append_str(&text, "{\"request\":{\"url\":\"http://a.example/\",\"headers\":["));
    for (int i = 0; i < 70; i++)
        rec_check(tt_buf_printf(&text, "{\"name\":\"x\",\"value\":\"%01000d\"},", i));
    rec_check(tt_buf_append_str(&text, "]}}"));
    struct told told = tell_bytes(tt_buf_span(&text));
    assert_true(rec_noted(told.rec, "har.fields"));
    rec_free(told.rec);
    tt_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),  cmocka_unit_test(test_base64),
        cmocka_unit_test(test_missing),   cmocka_unit_test(test_lists),
        cmocka_unit_test(test_websocket), cmocka_unit_test(test_unsent),
        cmocka_unit_test(test_strange),   cmocka_unit_test(test_encryption),
        cmocka_unit_test(test_cuts),      cmocka_unit_test(test_too_many_fields)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
