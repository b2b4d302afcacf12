/* Where destinations stand, in both reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"
#include "report/formats.h"

#include <string.h>

struct sample {
    struct tt_timing_row timings[2];
    struct tt_claim_row claims[2];
    struct tt_residency_row residencies[2];
    struct tt_finding finding;
    struct tt_coverage_row coverage;
    struct tt_device_view device;
    struct fake fake;
};

static void sample_make(struct sample *sample)
{
    *sample = (struct sample){
        .timings = {{.address = fake_addr("198.51.100.7"),
                     .port = 443,
                     .host = "api.cloud.example",
                     .names = "api.cloud.example\nsin.cloud.example",
                     .country = "SG",
                     .network = "AS64500 Example",
                     .handshake = "tcp",
                     .least = 12345678,
                     .error = 1000,
                     .handshakes = 3,
                     .capture = "a.pcap",
                     .flow = 17,
                     .frame = 99,
                     .vacuum_km = 1850.6,
                     .fibre_km = 1234.4,
                     .signs = "the name is one of a delivery network\nanother sign"},
                    {.address = fake_addr("203.0.113.9"),
                     .port = 80,
                     .names = "",
                     .refused = 2,
                     .capture = "phone.pcap",
                     .signs = ""}},
        .claims = {{.source = "policy",
                    .claimant = "cloud",
                    .place = "SG",
                    .address = fake_addr("198.51.100.7"),
                    .port = 443,
                    .host = "api.cloud.example",
                    .outcome = TT_CLAIM_REFUTED,
                    .distance_km = 4109.4},
                   {.source = "database",
                    .claimant = "address database",
                    .place = "IN",
                    .address = fake_addr("203.0.113.9"),
                    .port = 80,
                    .outcome = TT_CLAIM_UNTESTED,
                    .distance_km = -1}},
        .residencies = {{.service = "cloud",
                         .places = "SG or US-OR",
                         .outcome = TT_RESIDENCY_VIOLATED,
                         .reason = "api.cloud.example answered\nand more",
                         .destinations = 2},
                        {.service = "store",
                         .places = "IN",
                         .outcome = TT_RESIDENCY_UNDECIDED,
                         .reason = "the device sent nothing to it"}},
        .finding = fake_finding(),
        .coverage = fake_coverage_row(),
        .device = {fake_addr("192.168.1.23"), false, 7}};
    sample->fake = fake_case(&sample->finding, &sample->coverage, &sample->device);
    sample->fake.info.vantage = "28.61,77.21";
    sample->fake.timings = sample->timings;
    sample->fake.timing_count = 2;
    sample->fake.claims = sample->claims;
    sample->fake.claim_count = 2;
    sample->fake.residencies = sample->residencies;
    sample->fake.residency_count = 2;
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("missing: %s\nin:\n%s", part, text);
}

static void the_text_report_tells_all_evidence(void **state)
{
    (void)state;
    struct sample sample;
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 200};
    sample_make(&sample);
    const struct tt_case_view view = fake_view(&sample.fake);
    assert_int_equal(tt_report_text(&view, &options, &sink), TT_OK);
    const char *text = kept_text(&kept);
    expect(text,
           "Of 2 services whose place the policy names, 1 cannot be there, and of 1 it is not "
           "known.\n");
    expect(text, "WHERE THE DESTINATIONS STAND\n  Captured at 28.61,77.21.");
    expect(text, "  violated: cloud is in SG or US-OR\n    - api.cloud.example answered\n    - and "
                 "more\n  undecided: store is in IN\n    - the device sent nothing to it\n");
    expect(text, "  api.cloud.example (198.51.100.7, port 443): 12.346 ms, so within 1851 km (1234 "
                 "km by fibre)\n    - policy (cloud) says SG: refuted, 4109 km away\n    What "
                 "answered may be an edge or a proxy:\n    - the name is one of a delivery "
                 "network\n    - another sign\n");
    expect(text, "  203.0.113.9 (port 80): no time, since an app wrote the packets of phone.pcap\n "
                 "   - database (address database) says IN: untested\n");
    tt_buf_free(&kept.buf);
}

static void without_a_vantage_point_the_report_says_so(void **state)
{
    (void)state;
    struct sample sample;
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 200};
    sample_make(&sample);
    sample.fake.info.vantage = NULL;
    const struct tt_case_view view = fake_view(&sample.fake);
    assert_int_equal(tt_report_text(&view, &options, &sink), TT_OK);
    expect(kept_text(&kept), "No vantage point was given");
    tt_buf_clear(&kept.buf);
    sample.fake.residency_count = 0;
    assert_int_equal(tt_report_text(&view, &options, &sink), TT_OK);
    assert_null(strstr(kept_text(&kept), "WHERE THE DESTINATIONS STAND"));
    tt_buf_free(&kept.buf);
}

static void long_lists_are_cut_short(void **state)
{
    (void)state;
    enum { MANY = 60 };
    struct sample sample;
    struct tt_timing_row rows[MANY];
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 80};
    sample_make(&sample);
    for (size_t i = 0; i < MANY; i++)
        rows[i] = sample.timings[0];
    sample.fake.timings = rows;
    sample.fake.timing_count = MANY;
    const struct tt_case_view view = fake_view(&sample.fake);
    assert_int_equal(tt_report_text(&view, &options, &sink), TT_OK);
    expect(kept_text(&kept), "  10 more destinations: the JSON output lists them all.\n");
    tt_buf_free(&kept.buf);
}

static void the_json_has_every_field(void **state)
{
    (void)state;
    static const char wanted[] =
        "\"residency\":{\"vantage\":\"28.61,77.21\",\"entries\":[{\"service\":\"cloud\",\"in\":"
        "\"SG "
        "or US-OR\",\"outcome\":\"violated\",\"destinations\":2,\"reasons\":[\"api.cloud.example "
        "answered\",\"and more\"]},{\"service\":\"store\",\"in\":\"IN\",\"outcome\":\"undecided\","
        "\"destinations\":0,\"reasons\":[\"the device sent nothing to it\"]}],\"timings\":[{"
        "\"host\":\"api.cloud.example\",\"names\":[\"api.cloud.example\",\"sin.cloud.example\"],"
        "\"address\":\"198.51.100.7\",\"port\":443,\"country\":\"SG\",\"network\":\"AS64500 "
        "Example\",\"handshake\":\"tcp\",\"least_ms\":12.3457,\"error_ms\":0.001,\"handshakes\":3,"
        "\"refused\":0,\"capture\":\"a.pcap\",\"flow\":17,\"frame\":99,\"vacuum_km\":1851,"
        "\"fibre_km\":1234,\"signs\":[\"the name is one of a delivery network\",\"another sign\"]},"
        "{\"host\":null,\"names\":[],\"address\":\"203.0.113.9\",\"port\":80,\"country\":null,"
        "\"network\":null,\"handshake\":null,\"least_ms\":null,\"error_ms\":null,\"handshakes\":0,"
        "\"refused\":2,\"capture\":\"phone.pcap\",\"flow\":0,\"frame\":0,\"vacuum_km\":null,"
        "\"fibre_km\":null,\"signs\":[]}],\"claims\":[{\"source\":\"policy\",\"claimant\":"
        "\"cloud\",\"place\":\"SG\",\"host\":\"api.cloud.example\",\"address\":\"198.51.100.7\","
        "\"port\":443,\"outcome\":\"refuted\",\"distance_km\":4109},{\"source\":\"database\","
        "\"claimant\":\"address database\",\"place\":\"IN\",\"host\":null,\"address\":"
        "\"203.0.113.9\",\"port\":80,\"outcome\":\"untested\",\"distance_km\":null}]}";
    struct sample sample;
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {0};
    sample_make(&sample);
    const struct tt_case_view view = fake_view(&sample.fake);
    assert_int_equal(tt_report_json(&view, &options, &sink), TT_OK);
    expect(kept_text(&kept), wanted);
    tt_buf_clear(&kept.buf);
    sample.fake.info.vantage = NULL;
    sample.fake.residency_count = 0;
    assert_int_equal(tt_report_json(&view, &options, &sink), TT_OK);
    assert_null(strstr(kept_text(&kept), "\"residency\""));
    tt_buf_free(&kept.buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_report_tells_all_evidence),
        cmocka_unit_test(without_a_vantage_point_the_report_says_so),
        cmocka_unit_test(long_lists_are_cut_short),
        cmocka_unit_test(the_json_has_every_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
