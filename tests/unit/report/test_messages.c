/* The message listing, in both forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/fake.h"
#include "report/width.h"

static const struct tt_case_message messages[] = {
    {.flow = 17,
     .protocol = "http",
     .kind = "request",
     .method = "POST",
     .url = "http://api.example.com/v1/register?m=1",
     .status = 200,
     .content_type = "application/json",
     .body_bytes = 412,
     .encryption = "tls1.3",
     .opened_with = "keylog",
     .first_frame = 812,
     .last_frame = 815,
     .time = UINT64_C(1407402602123456789),
     .capture = "a.pcap"},
    {.flow = 18,
     .protocol = "dns",
     .kind = "query",
     .name = "358240051111110.t.example",
     .encryption = "none",
     .first_frame = 816,
     .last_frame = 816,
     .time = UINT64_C(1407402603000000000),
     .capture = "a.pcap"},
    {.flow = 19,
     .protocol = "tcp",
     .kind = "data",
     .encryption = "none",
     .body_bytes = 1234,
     .first_frame = 817,
     .last_frame = 818,
     .time = 0,
     .capture = "a.pcap",
     .direction = TT_FROM_RESPONDER,
     .offset = 77,
     .body_head = {(const uint8_t *)"\x00\xffHi", 4}},
};

static void render(bool json, bool reveal, struct kept *kept)
{
    struct fake fake = {.messages = messages, .message_count = TT_ARRAY_LEN(messages)};
    const struct tt_case_view view = fake_view(&fake);
    const struct tt_report_sink sink = kept_sink(kept);
    assert_int_equal(tt_report_messages(&view, json, reveal, &sink), TT_OK);
}

static void test_json_masked(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    render(true, false, &kept);
    assert_string_equal(
        kept_text(&kept),
        "{\"flow\":17,\"protocol\":\"http\",\"kind\":\"request\",\"method\":\"POST\","
        "\"url\":\"http://api.example.com/v1/register?m=\xe2\x80\xa6\",\"status\":200,"
        "\"content_type\":\"application/json\",\"body_bytes\":412,\"encryption\":\"tls1.3\","
        "\"opened_with\":\"keylog\",\"frames\":[812,815],"
        "\"time\":\"2014-08-07T09:10:02.123456789Z\",\"capture\":\"a.pcap\"}\n"
        "{\"flow\":18,\"protocol\":\"dns\",\"kind\":\"query\",\"name\":\"" DOT DOT DOT
        ".t.example\","
        "\"body_bytes\":0,\"encryption\":\"none\",\"opened_with\":null,\"frames\":[816],"
        "\"time\":\"2014-08-07T09:10:03.000000000Z\",\"capture\":\"a.pcap\"}\n"
        "{\"flow\":19,\"protocol\":\"tcp\",\"kind\":\"data\",\"direction\":\"from_responder\","
        "\"offset\":77,\"body_bytes\":1234,\"encryption\":\"none\",\"opened_with\":null,"
        "\"frames\":[817,818],\"time\":null,\"capture\":\"a.pcap\"}\n");
    tt_buf_free(&kept.buf);
}

static void test_json_revealed(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    render(true, true, &kept);
    const char *text = kept_text(&kept);
    assert_non_null(strstr(text, "\"url\":\"http://api.example.com/v1/register?m=1\""));
    assert_non_null(strstr(text, "\"name\":\"358240051111110.t.example\""));
    assert_non_null(strstr(text, "\"body_head\":\"00ff4869\""));
    tt_buf_free(&kept.buf);
}

static void test_text(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    render(false, false, &kept);
    assert_string_equal(kept_text(&kept),
                        "2014-08-07    Flow What             Under  About\n"
                        "09:10:02.123    17 POST         200 tls1.3 "
                        "http://api.example\xe2\x80\xa6m/v1/register?m=\xe2\x80\xa6\n"
                        "09:10:03.000    18 query            -      " DOT DOT DOT ".t.example\n"
                        "\n"
                        "No time       Flow What             Under  About\n"
                        "-               19 data             -      1.2 kB from responder at 77\n");
    tt_buf_free(&kept.buf);
}

/* A long URL keeps its start and its end, and the line its width. */
static void test_long_url_is_cut_in_the_middle(void **state)
{
    (void)state;
    const struct tt_case_message message = {
        .flow = 1,
        .protocol = "http",
        .kind = "request",
        .method = "GET",
        .encryption = "none",
        .url = "http://a-very-long-host-name.example/with/a/long/way/to/the/end-of-it",
        .time = UINT64_C(1407402602123456789),
        .capture = "a.pcap"};
    struct fake fake = {.messages = &message, .message_count = 1};
    struct kept kept = kept_make();
    const struct tt_case_view view = fake_view(&fake);
    const struct tt_report_sink sink = kept_sink(&kept);
    assert_int_equal(tt_report_messages(&view, false, false, &sink), TT_OK);
    const char *row = strchr(kept_text(&kept), '\n') + 1;
    assert_string_equal(row, "09:10:02.123     1 GET              -      "
                             "http://a-very-long\xe2\x80\xa6"
                             "/to/the/end-of-it\n");
    tt_buf_free(&kept.buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_masked),
        cmocka_unit_test(test_json_revealed),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_long_url_is_cut_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
