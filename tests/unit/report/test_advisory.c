/* The page for staff and families. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/comparison.h"
#include "report/advisory.h"
#include "report/country.h"
#include "report/fake.h"
#include "report/formats.h"

#include <stdio.h>

static void render(struct fake *fake, const struct tt_comparison *comparison, struct kept *kept)
{
    const struct tt_case_view view = fake_view(fake);
    const struct tt_report_sink sink = kept_sink(kept);
    const struct tt_report_options options = {
        .width = 200, .colour = true, .reveal = &fake_subject, .comparison = comparison};
    assert_int_equal(tt_report_format_find("advisory")->render(&view, &options, &sink), TT_OK);
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void expect_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" in:\n%s", part, text);
}

static void expect_one_page(const char *text)
{
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; lines++) {
        size_t len = strcspn(at, "\n");
        if (tt_text_width(tt_span_of(at, len)) > TT_ADVISORY_COLUMNS)
            fail_msg("too wide: %.*s", (int)len, at);
        at += len + 1;
    }
    if (lines > TT_ADVISORY_LINES)
        fail_msg("%zu lines:\n%s", lines, text);
}

static const char golden[] =
    "PRIVACY ADVISORY FOR STAFF AND FAMILIES\n"
    "\n"
    "Product   Redmi 1S\n"
    "Firmware  MIUI 4.4.2\n"
    "Tested    2014-08-07 (days in UTC)\n"
    "Result    personal data left the device against the rules of the test\n"
    "          (\"default\").\n"
    "\n"
    "WHAT LEFT THE DEVICE\n"
    "- To api.example.com (Example Ltd, in China): the number that tells this\n"
    "  device from all others (IMEI). Not encrypted: anybody on the way could\n"
    "  read it; the owner had not agreed.\n"
    "\n"
    "WHAT TO DO\n"
    "- Look in the settings for the service that sends to these hosts (cloud,\n"
    "  messages over the internet, usage statistics) and switch it off.\n"
    "- Until it sends encrypted, do not use the device on networks that\n"
    "  others run or can listen to.\n"
    "- The numbers of device and SIM card stay the same: take it that the\n"
    "  receiver keeps them. A factory reset does not take them back.\n"
    "- Install updates when the maker offers them, and have the device tested\n"
    "  again: only that shows whether they help.\n"
    "\n"
    "WHAT COULD NOT BE LOOKED AT\n"
    "- The recording is not whole: more may have left.\n"
    "- Calls and messages of the mobile network itself: only what goes over\n"
    "  the internet was looked at.\n"
    "- 77 % of what the device sent could not be read, most of it to\n"
    "  cdn.example.net.\n"
    "\n"
    "STATUS\n"
    "Not re-tested after any update that came later than these days. This\n"
    "page tells what was seen then, on one device with this firmware.\n";

static void a_page(void **state)
{
    (void)state;
    struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {.addr = fake_addr("192.168.1.23")};
    struct fake fake = fake_case(&finding, &coverage, &device);
    struct kept kept = kept_make();
    finding.organisation = "Example Ltd";
    render(&fake, NULL, &kept);
    assert_string_equal(kept_text(&kept), golden);
    tt_buf_free(&kept.buf);
}

/* A case of one finding as `change` leaves it. */
static void expect_of(const struct tt_finding *finding, enum tt_verdict verdict, const char *wanted,
                      const char *unwanted)
{
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {.addr = fake_addr("192.168.1.23")};
    struct fake fake = fake_case(finding, &coverage, &device);
    struct kept kept = kept_make();
    fake.finding_count = finding == NULL ? 0 : 1;
    fake.info.verdict = verdict;
    render(&fake, NULL, &kept);
    expect(kept_text(&kept), wanted);
    if (unwanted != NULL)
        expect_not(kept_text(&kept), unwanted);
    expect_one_page(kept_text(&kept));
    tt_buf_free(&kept.buf);
}

static void never_more_than_the_case_holds(void **state)
{
    (void)state;
    struct tt_finding finding = fake_finding();
    finding.certainty = TT_SUSPECTED;
    finding.verdict = TT_VERDICT_UNDECIDED;
    expect_of(&finding, TT_VERDICT_UNDECIDED, "WHAT MAY HAVE LEFT", "WHAT LEFT THE DEVICE");
    expect_of(&finding, TT_VERDICT_UNDECIDED, "not decided", "switch it off");
    finding = fake_finding();
    finding.heading = TT_HEADING_UNKNOWN;
    expect_of(&finding, TT_VERDICT_UNDECIDED, "WHAT MAY HAVE LEFT", "WHAT LEFT THE DEVICE");
    finding.heading = TT_HEADING_RECEIVED;
    expect_of(&finding, TT_VERDICT_ALLOWED, "Nothing that was looked for was found", "api.example");
    finding.heading = TT_HEADING_SENT;
    finding.scope = TT_ADDR_SCOPE_PRIVATE;
    expect_of(&finding, TT_VERDICT_ALLOWED, "not take this page", "api.example");
    finding = fake_finding();
    finding.verdict = TT_VERDICT_ALLOWED;
    finding.consent = TT_CONSENT_GIVEN;
    finding.encryption = "tls1.3";
    expect_of(&finding, TT_VERDICT_ALLOWED, "WHAT LEFT WITHIN THE RULES", "WHAT LEFT THE DEVICE");
    expect_of(&finding, TT_VERDICT_ALLOWED, "Encrypted on the way", "anybody on the way");
    finding.verdict = TT_VERDICT_VIOLATION;
    finding.cipher = "TLS_RSA_WITH_NULL_SHA";
    expect_of(&finding, TT_VERDICT_VIOLATION, "anybody on the way", NULL);
    expect_of(NULL, TT_VERDICT_ALLOWED, "nothing was found in what could be read", "switch it");
    expect_of(NULL, TT_VERDICT_UNDECIDED, "not decided", "nothing was found in what");
    expect_of(NULL, TT_VERDICT_VIOLATION, "breaks the rules", "personal data left");
}

/* Only a whole test of which all could be read gives no reason to do anything. */
static void a_clean_test(void **state)
{
    (void)state;
    const struct tt_finding finding = fake_finding();
    struct tt_case_input input = fake_input_rows[0];
    const struct tt_device_view device = {.addr = fake_addr("192.168.1.23")};
    struct fake fake = fake_case(&finding, NULL, &device);
    struct kept kept = kept_make();
    fake.finding_count = 0;
    fake.coverage_count = 0;
    fake.inputs = &input;
    fake.info.verdict = TT_VERDICT_ALLOWED;
    input.damaged = false;
    input.dropped = 0;
    render(&fake, NULL, &kept);
    expect(kept_text(&kept), "gives no reason to do anything");
    tt_buf_free(&kept.buf);
    kept = kept_make();
    input.dropped = 1;
    render(&fake, NULL, &kept);
    expect_not(kept_text(&kept), "gives no reason");
    tt_buf_free(&kept.buf);
}

static void advice_by_what_was_found(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        const char *advice;
    } cases[] = {{"password", "Change the password"},
                 {"contact_number", "official calls"},
                 {"message_text", "official calls"},
                 {"location", "Switch off location"},
                 {"advertising_id", "Reset the advertising ID"},
                 {"serial", "A factory reset does not"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct tt_finding finding = fake_finding();
        finding.kind = "carrier";
        expect_of(&finding, TT_VERDICT_VIOLATION, "mobile operator", cases[i].advice);
        finding.kind = cases[i].kind;
        expect_of(&finding, TT_VERDICT_VIOLATION, cases[i].advice, NULL);
    }
}

static void nothing_is_revealed(void **state)
{
    (void)state;
    struct tt_finding finding = fake_finding();
    finding.kind = "custom";
    finding.label = "badge";
    expect_of(&finding, TT_VERDICT_VIOLATION, "(badge)", "358240");
    finding.host = "h\033[31m.358240051111110.example";
    expect_of(&finding, TT_VERDICT_VIOLATION, ".example", "\033");
    expect_of(&finding, TT_VERDICT_VIOLATION, ".example", "358240051111110");
}

static enum tt_err flood(void *store, enum tt_err (*row)(void *, const struct tt_finding *),
                         void *context)
{
    const struct fake *fake = store;
    enum tt_err err = TT_OK;
    char host[400];
    for (size_t i = 0; i < TT_REPORT_ROWS_MAX + 50 && err == TT_OK; i++) {
        struct tt_finding finding = fake->findings[0];
        (void)snprintf(host, sizeof(host), "h%zu.%0200d.example", i, 7);
        finding.host = host;
        finding.organisation = host;
        finding.verdict = i % 3 == 0 ? TT_VERDICT_ALLOWED : TT_VERDICT_VIOLATION;
        finding.certainty = i % 5 == 0 ? TT_SUSPECTED : TT_PROVEN;
        for (enum tt_kind kind = TT_KIND_IMEI; kind < TT_KIND_COUNT && err == TT_OK; kind++) {
            finding.kind = tt_kind_name(kind);
            err = row(context, &finding);
        }
    }
    return err;
}

static void one_page_whatever_comes(void **state)
{
    (void)state;
    static char name[3000];
    const struct tt_finding finding = fake_finding();
    struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {.addr = fake_addr("192.168.1.23")};
    struct fake fake = fake_case(&finding, &coverage, &device);
    struct kept kept = kept_make();
    memset(name, 'x', sizeof(name) - 1);
    coverage.host = name;
    fake.info.device_name = name;
    fake.info.device_firmware = name;
    fake.info.policy_name = name;
    struct tt_case_view view = fake_view(&fake);
    view.findings = flood;
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 0};
    assert_int_equal(tt_report_advisory(&view, &options, &sink), TT_OK);
    expect_one_page(kept_text(&kept));
    expect(kept_text(&kept), "WHAT LEFT WITHIN THE RULES");
    expect(kept_text(&kept), "WHAT MAY HAVE LEFT");
    expect(kept_text(&kept), "several kinds of personal data");
    expect(kept_text(&kept), "more destinations or ways");
    expect(kept_text(&kept), "STATUS");
    tt_buf_free(&kept.buf);
}

static void held_against_an_earlier_test(void **state)
{
    (void)state;
    struct tt_comparison comparison = {.for_gone = true};
    const struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {.addr = fake_addr("192.168.1.23")};
    struct fake fake = fake_case(&finding, &coverage, &device);
    struct kept kept = kept_make();
    comparison.checks[0] = (struct tt_comparison_check){
        .name = "firmware", .before = "4.4.1", .after = "4.4.2", .for_gone = true};
    comparison.check_count = 1;
    comparison.totals[TT_CHANGE_GONE] = 2;
    comparison.totals[TT_CHANGE_NOW_OPAQUE] = 1;
    render(&fake, &comparison, &kept);
    expect(kept_text(&kept), "earlier test of firmware 4.4.1: 2 gone; 1 now opaque,");
    expect_not(kept_text(&kept), "Not re-tested");
    tt_buf_free(&kept.buf);
    kept = kept_make();
    comparison.for_gone = false;
    render(&fake, &comparison, &kept);
    expect(kept_text(&kept), "alike enough");
    tt_buf_free(&kept.buf);
}

static void a_failure_is_passed_on(void **state)
{
    (void)state;
    const struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {.addr = fake_addr("192.168.1.23")};
    struct fake fake = fake_case(&finding, &coverage, &device);
    struct kept kept = kept_make();
    kept.fail_at = 1;
    const struct tt_case_view view = fake_view(&fake);
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 0};
    assert_int_equal(tt_report_advisory(&view, &options, &sink), TT_ERR_IO);
    tt_buf_free(&kept.buf);
}

static void countries(void **state)
{
    (void)state;
    assert_string_equal(tt_country_name("CN"), "China");
    assert_string_equal(tt_country_name("AD"), "Andorra");
    assert_string_equal(tt_country_name("ZW"), "Zimbabwe");
    assert_string_equal(tt_country_name("XX"), "XX");
    assert_string_equal(tt_country_name(""), "");
    assert_null(tt_country_name(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page),
        cmocka_unit_test(never_more_than_the_case_holds),
        cmocka_unit_test(a_clean_test),
        cmocka_unit_test(advice_by_what_was_found),
        cmocka_unit_test(nothing_is_revealed),
        cmocka_unit_test(one_page_whatever_comes),
        cmocka_unit_test(held_against_an_earlier_test),
        cmocka_unit_test(a_failure_is_passed_on),
        cmocka_unit_test(countries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
