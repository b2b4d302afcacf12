/* The contract's JSON Lines: exact for a small case, and read back by another program's reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/fake.h"

#include <jansson.h>

static const char golden_finding[] =
    "{\"identifier\":{\"kind\":\"imei\",\"owner\":\"device\",\"label\":\"imei[0]\","
    "\"value\":\"35824005" DOT DOT DOT DOT DOT DOT DOT "\"},"
    "\"form\":\"digits\",\"transform\":[\"md5\",\"hex\"],"
    "\"path\":[\"http.request.body\",\"gzip\",\"json:$.d.k\"],"
    "\"proof\":[{\"step\":\"http.request.body\",\"offset\":312,\"length\":188},"
    "{\"step\":\"gzip\",\"offset\":0,\"length\":402},"
    "{\"step\":\"json:$.d.k\",\"offset\":37,\"length\":32}],"
    "\"certainty\":\"proven\",\"chance\":3.1e-11,\"reversal_cost\":1e+06,"
    "\"protocol\":\"http\",\"direction\":\"sent\",\"scope\":\"internet\","
    "\"destination\":{\"host\":\"api.example.com\",\"host_source\":\"http\","
    "\"names\":[{\"name\":\"api.example.com\",\"source\":\"http\"},"
    "{\"name\":\"api.example.com\",\"source\":\"dns\"}],"
    "\"address\":\"198.51.100.7\",\"port\":80,\"country\":\"CN\",\"network\":\"AS64500 Example\","
    "\"app\":null},"
    "\"encryption\":\"none\",\"cipher\":null,\"opened_with\":null,"
    "\"first_seen\":\"2014-08-07T09:10:02.123456789Z\","
    "\"last_seen\":\"2014-08-07T09:10:02.500000000Z\",\"count\":3,"
    "\"capture\":\"capture.pcapng\",\"flows\":[17],\"frames\":[812,815],\"frame_count\":2,"
    "\"phase\":\"boxed\",\"consent\":\"not_given\",\"verdict\":\"violation\","
    "\"clauses\":[\"boxed-1\"],\"severity\":\"high\",\"domain\":null,\"organisation\":null,"
    "\"party\":\"unknown\",\"purpose\":null}\n";

static const char golden_coverage[] =
    "{\"coverage\":{"
    "\"device\":[{\"address\":\"192.168.1.23\",\"from\":\"sheet\",\"flows_opened\":42}],"
    "\"inputs\":[{\"name\":\"capture.pcapng\",\"format\":\"pcapng\",\"wrapping\":\"gzip\","
    "\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
    "\"bytes\":12345678,\"frames\":81234,\"dropped\":2,"
    "\"first_time\":\"2014-08-07T09:00:00.000000000Z\","
    "\"last_time\":\"2014-08-07T10:00:00.000000001Z\",\"damaged\":true,"
    "\"captured_bytes\":10000,\"wire_bytes\":10500,\"missing_bytes\":40,"
    "\"buckets\":{\"decoded\":1000,\"raw_text\":200,\"opened\":300,\"opaque\":40,"
    "\"encrypted\":5000,\"lost\":60,\"not_ip\":7,\"duplicate\":400,\"overhead\":3033}}],"
    "\"searched_bytes\":6600,"
    "\"totals\":{\"decoded\":1000,\"raw_text\":200,\"opened\":300,\"opaque\":40,"
    "\"encrypted\":5000,\"lost\":60,\"not_ip\":7,\"duplicate\":350,\"overhead\":3000},"
    "\"unattributed\":{\"duplicate\":50,\"overhead\":33},"
    "\"destinations\":[{\"host\":\"cdn.example.net\",\"address\":\"203.0.113.9\",\"port\":443,"
    "\"country\":\"DE\",\"network\":null,\"protocol\":\"tls\",\"scope\":\"internet\","
    "\"direction\":\"sent\",\"flows\":9,"
    "\"bytes\":{\"decoded\":1000,\"raw_text\":200,\"opened\":300,\"opaque\":40,"
    "\"encrypted\":5000,\"lost\":60,\"not_ip\":7,\"duplicate\":350,\"overhead\":3000},"
    "\"rtt_ms\":12.3457}],"
    "\"notes\":[{\"layer\":\"net\",\"code\":\"tcp.gap\",\"count\":12,\"bytes\":34100,"
    "\"text\":\"Bytes of a stream are not in the capture.\",\"capture\":\"capture.pcapng\","
    "\"flow\":3,\"frame\":17,\"offset\":99}],"
    "\"events\":[{\"at\":\"2014-08-07T09:10:02.000000000Z\",\"capture\":\"capture.pcapng\","
    "\"frame\":3,\"source\":\"comment\",\"text\":\"his number is " DOT DOT DOT "\"},"
    "{\"at\":null,\"capture\":\"capture.pcapng\",\"frame\":0,\"source\":\"journal\","
    "\"text\":\"link is up\"}],"
    "\"clauses\":[{\"id\":\"boxed-1\","
    "\"text\":\"A phone out of the box sends no personal data to anybody.\","
    "\"citation\":\"house rule 4\",\"verdict\":\"violation\",\"severity\":\"high\","
    "\"outcome\":\"violated\",\"findings\":1,"
    "\"missing\":[\"5060 bytes could not be read: cdn.example.net\",\"no phase \\\"x\\\"\"],"
    "\"exceptions\":[\"2 findings: the updater may\"]},"
    "{\"id\":\"never-used\",\"text\":\"Something else.\",\"citation\":null,"
    "\"verdict\":\"allowed\",\"severity\":\"info\",\"outcome\":\"permits\",\"findings\":0,"
    "\"missing\":[],\"exceptions\":[]}],"
    "\"tool_version\":\"0.1.0\",\"subject_digest\":\"00ff\",\"identifiers\":14,"
    "\"weak_identifiers\":2,\"policy\":\"default\",\"verdict\":\"violation\","
    "\"interrupted\":false,\"geo\":[\"tor-geoipdb 2024-05-01\",\"other 2024\"]}}\n";

/* Renders into `kept`. */
static enum tt_err render(struct fake *fake, const struct tt_subject *reveal, struct kept *kept)
{
    const struct tt_case_view view = fake_view(fake);
    const struct tt_report_options options = {.reveal = reveal};
    const struct tt_report_sink sink = kept_sink(kept);
    return tt_report_format_find("json")->render(&view, &options, &sink);
}

static void test_small_case(void **state)
{
    (void)state;
    const struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct fake fake = fake_case(&finding, &coverage, &device);
    fake.events = fake_event_list;
    fake.event_count = TT_ARRAY_LEN(fake_event_list);
    struct kept kept = kept_make();
    assert_int_equal(render(&fake, NULL, &kept), TT_OK);
    const char *text = kept_text(&kept);
    size_t first = strcspn(text, "\n") + 1;
    assert_int_equal(first, strlen(golden_finding));
    assert_memory_equal(text, golden_finding, first);
    assert_string_equal(text + first, golden_coverage);
    tt_buf_free(&kept.buf);
}

/* Line number `at` of what was kept, read by jansson. */
static json_t *line_of(struct kept *kept, size_t at)
{
    const char *text = kept_text(kept);
    for (size_t i = 0; i < at; i++)
        text += strcspn(text, "\n") + 1;
    json_error_t error;
    json_t *json = json_loadb(text, strcspn(text, "\n"), JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("%s", error.text);
    return json;
}

static const char *string_at(const json_t *json, const char *outer, const char *inner)
{
    return json_string_value(json_object_get(json_object_get(json, outer), inner));
}

static void test_empty_values(void **state)
{
    (void)state;
    struct tt_finding finding = {.kind = "ssid",
                                 .owner = "device",
                                 .label = "ssid",
                                 .masked = "",
                                 .form = "text",
                                 .protocol = "ethernet",
                                 .heading = TT_HEADING_UNKNOWN,
                                 .scope = TT_ADDR_SCOPE_LINK,
                                 .encryption = "none",
                                 .capture = "",
                                 .severity = ""};
    const struct tt_coverage_row coverage = {.protocol = "udp"};
    const struct tt_device_view device = {{.family = TT_ADDR_NONE}, false, 0};
    struct fake fake = fake_case(&finding, &coverage, &device);
    fake.info.geo_sources = "";
    struct kept kept = kept_make();
    assert_int_equal(render(&fake, NULL, &kept), TT_OK);
    json_t *line = line_of(&kept, 0);
    assert_true(json_is_null(json_object_get(line, "reversal_cost")));
    assert_true(json_is_null(json_object_get(line, "phase")));
    assert_true(json_is_null(json_object_get(line, "first_seen")));
    assert_int_equal(json_array_size(json_object_get(line, "transform")), 0);
    const json_t *destination = json_object_get(line, "destination");
    assert_true(json_is_null(json_object_get(destination, "host")));
    assert_true(json_is_null(json_object_get(destination, "address")));
    assert_true(json_is_null(json_object_get(destination, "port")));
    json_decref(line);
    line = line_of(&kept, 1);
    const json_t *ledger = json_object_get(line, "coverage");
    assert_int_equal(json_array_size(json_object_get(ledger, "geo")), 0);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(ledger, "device"), 0), "from")),
                        "inferred");
    json_decref(line);
    tt_buf_free(&kept.buf);
}

static void test_reveal(void **state)
{
    (void)state;
    struct tt_finding findings[3] = {fake_finding(), fake_finding(), fake_finding()};
    findings[1].label = "imei[1]"; /* another sheet's entry at the same place */
    findings[2].identifier = 77;   /* no such entry */
    findings[0].host = "358240051111110.tracker.example";
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct fake fake = fake_case(findings, &coverage, &device);
    fake.finding_count = 3;
    struct kept kept = kept_make();
    assert_int_equal(render(&fake, &fake_subject, &kept), TT_OK);
    json_t *line = line_of(&kept, 0);
    assert_string_equal(string_at(line, "identifier", "value"), "358240051111110");
    assert_string_equal(string_at(line, "destination", "host"), findings[0].host);
    json_decref(line);
    for (size_t i = 1; i < 3; i++) {
        line = line_of(&kept, i);
        assert_string_equal(string_at(line, "identifier", "value"), findings[i].masked);
        json_decref(line);
    }
    tt_buf_clear(&kept.buf);
    assert_int_equal(render(&fake, NULL, &kept), TT_OK);
    assert_null(strstr(kept_text(&kept), "358240051111110"));
    tt_buf_free(&kept.buf);
}

static void test_hostile_texts(void **state)
{
    (void)state;
    struct tt_finding finding = fake_finding();
    finding.host = "a\033[31m\"\\\xff\n.example";
    finding.app = "x\xe2\x80\xae";
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct fake fake = fake_case(&finding, &coverage, &device);
    const struct tt_subject *const reveals[] = {NULL, &fake_subject};
    for (size_t i = 0; i < 2; i++) {
        struct kept kept = kept_make();
        assert_int_equal(render(&fake, reveals[i], &kept), TT_OK);
        assert_null(strchr(kept_text(&kept), '\033'));
        json_t *line = line_of(&kept, 0);
        assert_string_equal(string_at(line, "destination", "host"),
                            "a\xef\xbf\xbd[31m\"\\\xef\xbf\xbd\xef\xbf\xbd.example");
        json_decref(line);
        tt_buf_free(&kept.buf);
    }
}

/* However much there is, the sink gets it in pieces, and its refusal ends the report. */
static void test_pieces(void **state)
{
    (void)state;
    const struct tt_finding finding = fake_finding();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct tt_coverage_row *rows = calloc(5000, sizeof(*rows));
    assert_non_null(rows);
    for (size_t i = 0; i < 5000; i++)
        rows[i] = fake_coverage_row();
    struct fake fake = fake_case(&finding, rows, &device);
    fake.coverage_count = 5000;
    fake.finding_times = 1000;
    struct kept kept = kept_make();
    assert_int_equal(render(&fake, NULL, &kept), TT_OK);
    assert_true(kept.largest <= 65536);
    assert_true(kept.pieces > 30);
    assert_true(kept.buf.len > 2000000);
    json_t *line = line_of(&kept, 1000);
    const json_t *ledger = json_object_get(line, "coverage");
    assert_int_equal(json_array_size(json_object_get(ledger, "destinations")), 5000);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(ledger, "totals"), "encrypted")),
        25000000);
    json_decref(line);
    tt_buf_free(&kept.buf);

    struct kept refusing = kept_make();
    refusing.fail_at = 3;
    assert_int_equal(render(&fake, NULL, &refusing), TT_ERR_IO);
    assert_int_equal(refusing.pieces, 3); /* nothing behind the refusal */
    tt_buf_free(&refusing.buf);
    free(rows);
}

/* One row that is larger than a piece. */
static void test_large_row(void **state)
{
    (void)state;
    enum { LEN = 300000 };
    struct tt_finding finding = fake_finding();
    char *host = calloc(1, LEN);
    assert_non_null(host);
    memset(host, '"', LEN - 1);
    finding.host = host;
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct fake fake = fake_case(&finding, &coverage, &device);
    struct kept kept = kept_make();
    assert_int_equal(render(&fake, NULL, &kept), TT_OK);
    assert_true(kept.buf.len > 131072); /* cut by the redactor, then escaped */
    assert_true(kept.largest <= 65536);
    json_decref(line_of(&kept, 0));
    tt_buf_free(&kept.buf);
    free(host);
}

static enum tt_err fail_coverage(void *store,
                                 enum tt_err (*row)(void *, const struct tt_coverage_row *),
                                 void *context)
{
    (void)store;
    (void)row;
    (void)context;
    return TT_ERR_FORMAT;
}

static void test_failing_store(void **state)
{
    (void)state;
    const struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct fake fake = fake_case(&finding, &coverage, &device);
    fake.fail = TT_ERR_FORMAT;
    for (size_t i = 0; tt_report_format_at(i) != NULL; i++) {
        struct kept kept = kept_make();
        struct tt_case_view view = fake_view(&fake);
        if (strcmp(tt_report_format_at(i)->name, "advisory") == 0) /* has no room for notes */
            view.coverage = fail_coverage;
        const struct tt_report_options options = {.width = 0};
        const struct tt_report_sink sink = kept_sink(&kept);
        assert_int_equal(tt_report_format_at(i)->render(&view, &options, &sink), TT_ERR_FORMAT);
        tt_buf_free(&kept.buf);
    }
}

static void test_list(void **state)
{
    (void)state;
    assert_string_equal(tt_report_format_at(0)->name, "text");
    assert_ptr_equal(tt_report_format_find("json"), tt_report_format_at(1));
    assert_null(tt_report_format_find("jsonx"));
    assert_null(tt_report_format_at(99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_case),    cmocka_unit_test(test_empty_values),
        cmocka_unit_test(test_reveal),        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_pieces),        cmocka_unit_test(test_large_row),
        cmocka_unit_test(test_failing_store), cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
