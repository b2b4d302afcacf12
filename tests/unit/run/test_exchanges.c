#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "model/limits.h"
#include "run/exchanges.h"

struct scene {
    struct tt_buf text;
    struct tt_report_sink sink;
    struct tt_exchanges *exchanges;
    struct tt_flow flow;
};

static enum tt_err on_write(void *context, struct tt_span text)
{
    struct scene *scene = context;
    return tt_buf_append(&scene->text, text);
}

static void begin(struct scene *scene, bool reveal)
{
    *scene = (struct scene){.text = tt_buf_make(1U << 28), .flow = {.id = 7}};
    scene->sink = (struct tt_report_sink){.context = scene, .write = on_write};
    scene->exchanges = tt_exchanges_new(reveal, &scene->sink);
    assert_non_null(scene->exchanges);
    assert_true(tt_addr_parse("198.51.100.7", &scene->flow.ends[1].addr));
}

static const struct tt_seal seal = {.encryption = "tls1.3"};

static struct tt_msg message(const struct scene *scene, const char *url, bool response)
{
    return (struct tt_msg){.flow = &scene->flow,
                           .direction = response ? TT_FROM_RESPONDER : TT_FROM_INITIATOR,
                           .protocol = "http",
                           .kind = response ? "response" : "request",
                           .method = "POST",
                           .url = url,
                           .status = response ? 200 : 0,
                           .content_type = "text/plain",
                           .request_frame = response ? 3 : 0,
                           .origin = {.first_frame = response ? 4 : 3,
                                      .last_frame = response ? 4 : 3,
                                      .time = response ? 1407402602500000000 : 1407402602000000000},
                           .complete = true};
}

static void tell_part(struct scene *scene, const struct tt_msg *msg, const char *step,
                      struct tt_span bytes, const char *codings)
{
    const struct tt_body body = {
        .flow = &scene->flow, .direction = msg->direction, .step = step, .codings = codings};
    void *handle = tt_exchanges_body_open(scene->exchanges, &body, msg, &seal);
    const struct tt_piece piece = {.bytes = bytes, .origin = msg->origin};
    if (handle == NULL)
        return;
    tt_exchanges_body_data(scene->exchanges, handle, &piece);
    tt_exchanges_body_close(scene->exchanges, handle, TT_BODY_COMPLETE);
}

static void tell(struct scene *scene, const char *url, bool response, struct tt_span body,
                 const char *codings)
{
    struct tt_msg msg = message(scene, url, response);
    tell_part(scene, &msg, response ? "http.response.head" : "http.request.head",
              tt_span_str(response ? "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\n\r\n"
                                   : "POST /x?k=v HTTP/1.1\r\nHost: a.example\r\nCookie: s=358240; "
                                     "t=2\r\nX-Id: 358240051111110\r\n\r\n"),
              NULL);
    tell_part(scene, &msg, response ? "http.response.body" : "http.request.body", body, codings);
    msg.body_bytes = body.len;
    tt_exchanges_message(scene->exchanges, &msg, &seal);
}

/* The entries of the file. */
static json_t *end(struct scene *scene, json_t **ret_root, struct tt_exchanges_lack *ret_lack)
{
    json_error_t error;
    tt_exchanges_flow(scene->exchanges, &scene->flow);
    assert_int_equal(tt_exchanges_end(scene->exchanges, ret_lack), TT_OK);
    tt_exchanges_free(scene->exchanges);
    *ret_root = json_loadb((const char *)scene->text.data, scene->text.len, 0, &error);
    assert_non_null(*ret_root);
    tt_buf_free(&scene->text);
    return json_object_get(json_object_get(*ret_root, "log"), "entries");
}

/* "request.headers.0.name" */
static json_t *at(json_t *value, const char *path)
{
    char room[100];
    (void)snprintf(room, sizeof(room), "%s", path);
    char *rest = room;
    for (char *part = strtok_r(rest, ".", &rest); part != NULL; part = strtok_r(NULL, ".", &rest)) {
        value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10))
                                     : json_object_get(value, part);
        if (value == NULL)
            fail_msg("no %s", path);
    }
    return value;
}

static void expect(json_t *value, const char *path, const char *text)
{
    assert_string_equal(json_string_value(at(value, path)), text);
}

static void test_exchange(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    begin(&scene, true);
    tell(&scene, "https://a.example/x?k=v", false, tt_span_str("q\n\"\x01"), NULL);
    tell(&scene, "https://a.example/x?k=v", true, tt_span_of("\0\xff\x10", 3), NULL);
    json_t *entry = at(end(&scene, &root, &lack), "0");
    static const char *const required[] = {"startedDateTime",
                                           "time",
                                           "cache",
                                           "timings.send",
                                           "timings.wait",
                                           "timings.receive",
                                           "request.headersSize",
                                           "request.bodySize",
                                           "request.httpVersion",
                                           "response.statusText",
                                           "response.redirectURL",
                                           "response.headersSize",
                                           "response.bodySize",
                                           "response.content.size",
                                           "response.content.mimeType"};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
        (void)at(entry, required[i]);
    expect(entry, "startedDateTime", "2014-08-07T09:10:02.000000000Z");
    expect(entry, "request.method", "POST");
    expect(entry, "request.url", "https://a.example/x?k=v");
    expect(entry, "request.httpVersion", "HTTP/1.1");
    expect(entry, "request.headers.0.name", "Host");
    expect(entry, "request.headers.2.value", "358240051111110");
    expect(entry, "request.cookies.1.name", "t");
    expect(entry, "request.queryString.0.value", "v");
    expect(entry, "request.postData.text", "q\n\"\x01");
    expect(entry, "response.cookies.0.value", "1");
    assert_int_equal(json_array_size(at(entry, "response.cookies")), 1);
    expect(entry, "response.content.text", "AP8Q");
    expect(entry, "response.content.encoding", "base64");
    assert_int_equal(json_integer_value(at(entry, "response.status")), 200);
    expect(entry, "serverIPAddress", "198.51.100.7");
    expect(entry, "_securityDetails.protocol", "TLS 1.3");
    assert_true(json_number_value(at(entry, "time")) == 500);
    assert_int_equal(lack.exchanges + lack.bodies, 0);
    json_decref(root);
}

/* Without --reveal there is no value, and no body. */
static void test_redacted(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    begin(&scene, false);
    tell(&scene, "https://a.example/x?k=secret", false, tt_span_str("a body"), NULL);
    json_t *entry = at(end(&scene, &root, &lack), "0");
    char *all = json_dumps(root, 0);
    static const char *const secrets[] = {"358240", "secret", "a body"};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        assert_null(strstr(all, secrets[i]));
    free(all);
    assert_int_equal(json_integer_value(at(entry, "request.bodySize")), 6);
    assert_int_equal(json_integer_value(at(entry, "response.status")), 0);
    json_decref(root);
}

/* The fields behind a body are listed with those of its head. */
static void test_trailer(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    begin(&scene, false);
    tell(&scene, "http://a.example/", false, tt_span_str(""), NULL);
    struct tt_msg msg = message(&scene, "http://a.example/", true);
    tell_part(&scene, &msg, "http.response.head",
              tt_span_str("HTTP/1.1 200 OK\r\nServer: s\r\n\r\n"), NULL);
    tell_part(&scene, &msg, "http.response.body", tt_span_str("body"), NULL);
    tell_part(&scene, &msg, "http.response.trailer", tt_span_str("grpc-status: 0\r\n\r\n"), NULL);
    tt_exchanges_message(scene.exchanges, &msg, &seal);
    json_t *entry = at(end(&scene, &root, &lack), "0");
    expect(entry, "response.headers.0.name", "Server");
    expect(entry, "response.headers.1.name", "grpc-status");
    assert_int_equal(json_array_size(at(entry, "response.headers")), 2);
    json_decref(root);
}

static void test_coding(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    uint8_t packed[200];
    uLongf len = sizeof(packed);
    assert_int_equal(compress(packed, &len, (const Bytef *)"unpacked", 8), Z_OK);
    begin(&scene, true);
    tell(&scene, "http://a.example/", false, tt_span_of(packed, len), "identity, deflate");
    tell(&scene, "http://a.example/", true, tt_span_str("as it is"), "unknown");
    json_t *entry = at(end(&scene, &root, &lack), "0");
    expect(entry, "request.postData.text", "unpacked");
    expect(entry, "response.content.text", "as it is");
    json_decref(root);
}

/* Requests of the same frame are told apart by their URLs; answers come in any order. */
static void test_order(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    begin(&scene, true);
    tell(&scene, "http://a.example/1", false, tt_span_str("one"), NULL);
    tell(&scene, "http://a.example/2", false, tt_span_str("two"), NULL);
    tell(&scene, "http://a.example/2", true, tt_span_str("to two"), NULL);
    tell(&scene, "http://a.example/3", true, tt_span_str("to nobody"), NULL);
    tell(&scene, "http://a.example/1", true, tt_span_str("to one"), NULL);
    json_t *entries = end(&scene, &root, &lack);
    assert_int_equal(json_array_size(entries), 2);
    expect(entries, "0.request.postData.text", "two");
    expect(entries, "0.response.content.text", "to two");
    expect(entries, "1.request.postData.text", "one");
    expect(entries, "1.response.content.text", "to one");
    json_decref(root);
}

static void test_limits(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    uint8_t *large = calloc(1, (size_t)TT_HAR_BODY_MAX + 1);
    assert_non_null(large);
    begin(&scene, true);
    tell(&scene, "http://a.example/", false, tt_span_of(large, (size_t)TT_HAR_BODY_MAX + 1), NULL);
    for (int i = 0; i < TT_HAR_WAITING_MAX + 4; i++) {
        struct tt_msg msg = message(&scene, "http://b.example/", false);
        scene.flow.id = 8 + (uint64_t)i;
        tell_part(&scene, &msg, "http.request.head", tt_span_str("GET / HTTP/1.1\r\n\r\n"), NULL);
    }
    json_t *entries = end(&scene, &root, &lack);
    assert_int_equal(lack.bodies, 1);
    assert_int_equal(lack.exchanges, 5);
    assert_int_equal(json_array_size(entries), TT_HAR_WAITING_MAX);
    json_decref(root);
    free(large);
}

static struct tt_msg socket_message(const struct scene *scene, const char *kind, bool received)
{
    struct tt_msg msg = message(scene, "http://a.example/", received);
    msg.protocol = "websocket";
    msg.kind = kind;
    msg.method = NULL;
    msg.status = 0;
    msg.content_type = NULL;
    msg.request_frame = 0;
    return msg;
}

static void say(struct scene *scene, const char *kind, bool received, struct tt_span bytes)
{
    struct tt_msg msg = socket_message(scene, kind, received);
    tell_part(scene, &msg, "websocket.payload", bytes, NULL);
    msg.body_bytes = bytes.len;
    tt_exchanges_message(scene->exchanges, &msg, &seal);
}

/* A request that is answered with 101. */
static void switch_protocols(struct scene *scene)
{
    for (int i = 0; i < 2; i++) {
        struct tt_msg msg = message(scene, "http://a.example/", i == 1);
        msg.status = i == 1 ? 101 : 0;
        tell_part(scene, &msg, i == 1 ? "http.response.head" : "http.request.head",
                  tt_span_str(i == 1 ? "HTTP/1.1 101 \r\n\r\n" : "GET / HTTP/1.1\r\n\r\n"), NULL);
        tt_exchanges_message(scene->exchanges, &msg, &seal);
    }
}

static void test_socket(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    begin(&scene, true);
    switch_protocols(&scene);
    say(&scene, "text", false, tt_span_str("{\"imei\": 1}"));
    say(&scene, "text", true, tt_span_of("\xff\x00", 2)); /* no text at all */
    say(&scene, "binary", true, tt_span_of("\0\1\2", 3));
    say(&scene, "close", false, tt_span_of("\x03\xe8", 2));
    /* Both directions at once, and one that is not over. */
    struct tt_msg sent = socket_message(&scene, "text", false);
    struct tt_msg received = socket_message(&scene, "text", true);
    const struct tt_body body = {.flow = &scene.flow, .step = "websocket.payload"};
    void *handles[2] = {tt_exchanges_body_open(scene.exchanges, &body, &sent, &seal),
                        tt_exchanges_body_open(scene.exchanges, &body, &received, &seal)};
    for (size_t i = 0; i < 2; i++) {
        const struct tt_piece piece = {.bytes = tt_span_str(i == 0 ? "to" : "fro")};
        tt_exchanges_body_data(scene.exchanges, handles[i], &piece);
        tt_exchanges_body_close(scene.exchanges, handles[i], TT_BODY_COMPLETE);
    }
    sent.body_bytes = 2;
    tt_exchanges_message(scene.exchanges, &sent, &seal);
    json_t *entries = end(&scene, &root, &lack);
    assert_int_equal(json_array_size(entries), 1);
    json_t *entry = at(entries, "0");
    expect(entry, "_resourceType", "websocket");
    json_t *said = at(entry, "_webSocketMessages");
    assert_int_equal(json_array_size(said), 6);
    expect(said, "0.type", "send");
    expect(said, "0.data", "{\"imei\": 1}");
    assert_int_equal(json_integer_value(at(said, "0.opcode")), 1);
    assert_true(json_real_value(at(said, "0.time")) == 1407402602.0);
    expect(said, "1.type", "receive");
    expect(said, "1.data", "/wA=");
    assert_int_equal(json_integer_value(at(said, "1.opcode")), 2);
    expect(said, "2.data", "AAEC");
    expect(said, "3.data", "A+g=");
    assert_int_equal(json_integer_value(at(said, "3.opcode")), 8);
    expect(said, "4.data", "to");
    assert_null(json_object_get(at(said, "4"), "comment"));
    expect(said, "5.data", "fro");
    expect(said, "5.comment", "not all of the message could be read or kept");
    assert_int_equal(lack.bodies, 0);
    json_decref(root);
}

static void test_socket_redacted(void **state)
{
    (void)state;
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    begin(&scene, false);
    switch_protocols(&scene);
    say(&scene, "text", false, tt_span_str("358240051111110"));
    json_t *said = at(end(&scene, &root, &lack), "0._webSocketMessages");
    expect(said, "0.data", "");
    expect(said, "0.comment", "left out: only --reveal shows bodies");
    json_decref(root);
}

/* Empty messages need room, too. */
static void test_socket_limit(void **state)
{
    (void)state;
    enum { MANY = 300000 };
    struct scene scene;
    struct tt_exchanges_lack lack;
    json_t *root = NULL;
    begin(&scene, true);
    switch_protocols(&scene);
    for (int i = 0; i < MANY; i++)
        say(&scene, "text", false, tt_span_of(NULL, 0));
    json_t *said = at(end(&scene, &root, &lack), "0._webSocketMessages");
    assert_true(lack.bodies > 0);
    assert_true(json_array_size(said) > 100000 && json_array_size(said) < MANY);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),    cmocka_unit_test(test_redacted),
        cmocka_unit_test(test_coding),      cmocka_unit_test(test_trailer),
        cmocka_unit_test(test_order),       cmocka_unit_test(test_limits),
        cmocka_unit_test(test_socket),      cmocka_unit_test(test_socket_redacted),
        cmocka_unit_test(test_socket_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
