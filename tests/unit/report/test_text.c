/* The report for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/fake.h"
#include "report/width.h"

#include <stdio.h>

static void render(struct fake *fake, const struct tt_report_options *options, struct kept *kept)
{
    const struct tt_case_view view = fake_view(fake);
    const struct tt_report_sink sink = kept_sink(kept);
    assert_int_equal(tt_report_format_find("text")->render(&view, options, &sink), TT_OK);
}

static void expect_lines_within(const char *text, size_t width)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        if (tt_text_width(tt_span_of(text, len)) > width)
            fail_msg("wider than %zu: %.*s", width, (int)len, text);
        assert_true(len == 0 || text[len - 1] != ' '); /* no spaces at the end */
        text += len + 1;
    }
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static const char golden[] =
    "VIOLATION\n"
    "1 kind of personal data was sent to 1 host without agreement, readable by\n"
    "anybody on the way.\n"
    "1.5 kB could be read; 5.1 kB could not (5.0 kB encrypted, 40 B not understood, 7\n"
    "B not IP, 60 B missing).\n"
    "\n"
    "SENT TO THE INTERNET\n"
    "\n"
    "api.example.com, 198.51.100.7:80 (http), CN, AS64500 Example\n"
    "  Verdict   What                Written as          Encrypted Agreed       Frame\n"
    "  violation IMEI                md5, hex            no        no             812\n"
    "            imei[0] "
    "35824005\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2; "
    "3 times, 2014-08-07 09:10:02; in\n"
    "            http.request.body > gzip > json:$.d.k; proven (chance of luck\n"
    "            3.1e-11); undone by trying 1,000,000 values; phase boxed; clause\n"
    "            boxed-1\n"
    "\n"
    "THE POLICY'S CLAUSES\n"
    "  violated  boxed-1: A phone out of the box sends no personal data to anybody.\n"
    "    [house rule 4]\n"
    "    - 5060 bytes could not be read: cdn.example.net\n"
    "    - no phase \"x\"\n"
    "    - excepted: 2 findings: the updater may\n"
    "\n"
    "WHAT COULD NOT BE LOOKED AT\n"
    "  Destination                Way  Proto    Bytes  Read Encrypted Unclear Missing\n"
    "  cdn.example.net            sent tls     6.6 kB  22 %    5.0 kB    47 B    60 B\n"
    "  All                                     6.6 kB  22 %    5.0 kB    47 B    60 B\n"
    "  Read: decoded, opened, or plain text. Encrypted: not opened. Unclear: searched\n"
    "  as it stands, but not understood, or not IP. Missing: not in the capture.\n"
    "\n"
    "NOTES\n"
    "  - Bytes of a stream are not in the capture. (12 times, 34 kB, first at frame\n"
    "    17, flow 3; tcp.gap)\n"
    "\n"
    "WHAT WAS TESTED\n"
    "  Device    Redmi 1S, MIUI 4.4.2\n"
    "  Address   192.168.1.23, as the sheet says (it opened 42 connections)\n"
    "  Sheet     14 entries searched for, 2 of them too weak to prove anything alone\n"
    "  Policy    default\n"
    "  Countries tor-geoipdb 2024-05-01, other 2024\n"
    "  Capture   capture.pcapng, pcapng in gzip, 12 MB, 81,234 frames, 2014-08-07\n"
    "            09:00:00 to 2014-08-07 10:00:00 UTC\n"
    "    SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
    "    10 kB captured: 30 % headers and padding, 10 % decoded, 3 % opened, 2 %\n"
    "    plain text, <1 % not understood, <1 % not IP, 50 % encrypted, 4 % seen\n"
    "    before, <1 % not looked at; 40 B more are missing.\n"
    "    The file is cut or damaged: the notes tell what of it was not read.\n"
    "    The capturing system says that it dropped 2 packets.\n";

static void test_small_case(void **state)
{
    (void)state;
    const struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct fake fake = fake_case(&finding, &coverage, &device);
    const struct tt_report_options options = {.width = 0};
    struct kept kept = kept_make();
    render(&fake, &options, &kept);
    expect_lines_within(kept_text(&kept), 80);
    assert_string_equal(kept_text(&kept), golden);
    tt_buf_free(&kept.buf);
}

static void test_events(void **state)
{
    (void)state;
    const struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {fake_addr("192.168.1.23"), true, 42};
    struct fake fake = fake_case(&finding, &coverage, &device);
    fake.events = fake_event_list;
    fake.event_count = TT_ARRAY_LEN(fake_event_list);
    const struct tt_report_options options = {.width = 0};
    struct kept kept = kept_make();
    render(&fake, &options, &kept);
    expect(kept_text(&kept),
           "WHAT THE CAPTURE SAYS\n"
           "  - his number is " DOT DOT DOT " (comment, frame 3, 2014-08-07 09:10:02 UTC)\n"
           "  - link is up (journal)\n");
    tt_buf_free(&kept.buf);
    /* A flood of them stays short. */
    struct tt_event many[23];
    for (size_t i = 0; i < TT_ARRAY_LEN(many); i++)
        many[i] = fake_event_list[1];
    fake.events = many;
    fake.event_count = TT_ARRAY_LEN(many);
    kept = kept_make();
    render(&fake, &options, &kept);
    expect(kept_text(&kept), "  3 more: the JSON output lists them all.\n");
    tt_buf_free(&kept.buf);
}

struct sample {
    struct tt_finding finding;
    struct tt_coverage_row coverage;
    struct tt_device_view device;
    struct fake fake;
    struct kept kept;
};

/* A small case whose parts a test may change before it renders it. */
static void sample_make(struct sample *sample)
{
    *sample = (struct sample){.finding = fake_finding(),
                              .coverage = fake_coverage_row(),
                              .device = {fake_addr("192.168.1.23"), false, 7},
                              .kept = kept_make()};
    sample->fake = fake_case(&sample->finding, &sample->coverage, &sample->device);
}

static const char *sample_render(struct sample *sample, unsigned width)
{
    const struct tt_report_options options = {.width = width};
    tt_buf_clear(&sample->kept.buf);
    render(&sample->fake, &options, &sample->kept);
    const char *text = kept_text(&sample->kept);
    expect_lines_within(text, width == 0 ? 80 : width);
    return text;
}

static void test_nothing_found(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    sample.fake.finding_count = 0;
    sample.fake.info.verdict = TT_VERDICT_ALLOWED;
    const char *text = sample_render(&sample, 0);
    assert_int_equal(strncmp(text, "HOLDS\n", 6), 0);
    /* The words never stand without the ledger. */
    expect(text, "Nothing found in the 1,500 bytes that could be read; 5,107 bytes could not.");
    expect(text, "WHAT COULD NOT BE LOOKED AT");
    expect(text, "inferred: it opened the most connections (7)");
    assert_null(strstr(text, "SENT TO"));
    expect(text, "  violated  boxed-1");             /* clauses come to something all the same */
    sample.fake.info.verdict = TT_VERDICT_UNDECIDED; /* too much could not be read */
    text = sample_render(&sample, 0);
    assert_int_equal(strncmp(text, "UNDECIDED\n", 10), 0);
    expect(text, "Nothing found in the 1,500 bytes that could be read; 5,107 bytes could not.");
    tt_buf_free(&sample.kept.buf);
}

static void test_empty_capture(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    sample.fake = (struct fake){.info = sample.fake.info};
    sample.fake.info.geo_sources = "";
    sample.fake.info.device_name = NULL;
    sample.fake.info.verdict = TT_VERDICT_UNDECIDED;
    sample.fake.info.interrupted = true;
    const char *text = sample_render(&sample, 0);
    expect(text, "Nothing found in the 0 bytes that could be read; 0 bytes could not.");
    expect(text, "No traffic was found in the input.");
    expect(text, "The test was stopped before the end of the input");
    expect(text, "Countries not known");
    tt_buf_free(&sample.kept.buf);
}

static void test_sentences(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    struct tt_finding findings[3] = {fake_finding(), fake_finding(), fake_finding()};
    sample.fake.findings = findings;
    sample.fake.finding_count = 3;
    findings[1].host = "other.example";
    findings[1].kind = "phone_number";
    findings[1].encryption = "tls1.3";
    findings[1].consent = TT_CONSENT_WITHDRAWN;
    findings[2].verdict = TT_VERDICT_UNDECIDED;
    findings[2].consent = TT_CONSENT_UNKNOWN;
    const char *text = sample_render(&sample, 200);
    expect(text,
           "2 kinds of personal data were sent to 2 hosts without agreement, partly readable by "
           "anybody on the way. Also, 1 kind of personal data was sent to 1 host, and whether "
           "that was agreed is not known.");
    expect(text, "withdrawn");
    findings[0].consent = TT_CONSENT_GIVEN;
    findings[0].encryption = "tls1.2";
    findings[0].cipher = "TLS_RSA_WITH_NULL_SHA"; /* hides nothing */
    text = sample_render(&sample, 200);
    expect(text, "2 hosts, partly without agreement, partly readable by anybody on the way.");
    expect(text, "no cipher");
    for (size_t i = 0; i < 3; i++) {
        findings[i].verdict = TT_VERDICT_ALLOWED;
        findings[i].consent = TT_CONSENT_NOT_REQUIRED;
    }
    sample.fake.info.verdict = TT_VERDICT_ALLOWED;
    text = sample_render(&sample, 0);
    expect(text, "HOLDS\n2 kinds of personal data were sent to 2 hosts, all of it allowed by the "
                 "policy.\n");
    expect(text, "not needed");
    tt_buf_free(&sample.kept.buf);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void test_many_entries_are_one_row(void **state)
{
    (void)state;
    enum { CONTACTS = 500 };
    static struct tt_finding findings[CONTACTS];
    struct sample sample;
    sample_make(&sample);
    for (uint32_t i = 0; i < CONTACTS; i++) {
        findings[i] = fake_finding();
        findings[i].kind = "contact_number";
        findings[i].identifier = i;
        findings[i].label = "contacts[0].phone_number";
    }
    static const char *const elsewhere[] = {"http.request.head"};
    findings[7].path = elsewhere;
    findings[7].path_count = 1;
    findings[9].address = fake_addr("198.51.100.8");
    sample.fake.findings = findings;
    sample.fake.finding_count = CONTACTS;
    const char *text = sample_render(&sample, 100);
    assert_int_equal(count_of(text, "  violation "), 1);
    expect(text, "contact's number (500)");
    expect(text, "and 499 more; 1,500 times");
    expect(text, "and elsewhere");
    expect(text, "198.51.100.7:80 and others");
    tt_buf_free(&sample.kept.buf);
}

static void test_order_and_sections(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    struct tt_finding findings[6];
    for (size_t i = 0; i < 6; i++)
        findings[i] = fake_finding();
    findings[0].host = "first-and-allowed.example";
    findings[0].verdict = TT_VERDICT_ALLOWED;
    findings[1].host = "later-and-bad.example";
    findings[2].host = NULL;
    findings[2].heading = TT_HEADING_RECEIVED;
    findings[3].scope = TT_ADDR_SCOPE_LINK;
    findings[3].host = NULL;
    findings[3].address = (struct tt_addr){.family = TT_ADDR_NONE};
    findings[3].transform_count = 0;
    findings[4].heading = TT_HEADING_UNKNOWN;
    findings[4].address = fake_addr("2001:db8::7");
    findings[4].host = NULL;
    findings[5].heading = TT_HEADING_BETWEEN;
    sample.fake.findings = findings;
    sample.fake.finding_count = 6;
    const char *text = sample_render(&sample, 0);
    static const char *const order[] = {
        "SENT TO THE INTERNET", "later-and-bad.example",  "first-and-allowed.example",
        "SENT ON THE LOCAL",    "(no address) (http)",    "plain, digits",
        "RECEIVED BY",          "198.51.100.7:80 (http)", "BETWEEN OTHER",
        "DIRECTION NOT KNOWN",  "[2001:db8::7]:80 (http)"};
    for (size_t i = 0; i < TT_ARRAY_LEN(order); i++) {
        const char *found = strstr(text, order[i]);
        if (found == NULL)
            fail_msg("no \"%s\" there in:\n%s", order[i], text);
        text = found;
    }
    tt_buf_free(&sample.kept.buf);
}

/* A flood of harmless rows neither fills memory nor hides the bad one behind them. */
static void test_flood(void **state)
{
    (void)state;
    enum { HOSTS = 6000, NAME_LEN = 24 };
    struct tt_finding *findings = calloc(HOSTS, sizeof(*findings));
    char(*names)[NAME_LEN] = calloc(HOSTS, sizeof(*names));
    assert_non_null(findings);
    assert_non_null(names);
    for (size_t i = 0; i < HOSTS; i++) {
        (void)snprintf(names[i], NAME_LEN, "h%zu.example", i);
        findings[i] = fake_finding();
        findings[i].host = names[i];
        findings[i].verdict = i == HOSTS - 1 ? TT_VERDICT_VIOLATION : TT_VERDICT_ALLOWED;
    }
    struct sample sample;
    sample_make(&sample);
    sample.fake.findings = findings;
    sample.fake.finding_count = HOSTS;
    const char *text = sample_render(&sample, 0);
    expect(text, "\nh5999.example, ");
    expect(text, "1,904 more findings are not listed here");
    assert_true(strstr(text, "h5999.example") < strstr(text, "h0.example"));
    assert_true(sample.kept.largest <= 65536);
    tt_buf_free(&sample.kept.buf);
    free(findings);
    free(names);
}

static void test_long_ledger(void **state)
{
    (void)state;
    enum { ROWS = 150 };
    static struct tt_coverage_row rows[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = fake_coverage_row();
        rows[i].heading = (enum tt_heading)(i % 4);
        if (i % 3 == 0)
            rows[i].bytes[TT_BUCKET_OPAQUE] = rows[i].bytes[TT_BUCKET_ENCRYPTED] =
                rows[i].bytes[TT_BUCKET_LOST] = rows[i].bytes[TT_BUCKET_NOT_IP] = 0;
    }
    rows[1].host = NULL;
    rows[1].address = (struct tt_addr){.family = TT_ADDR_NONE};
    struct sample sample;
    sample_make(&sample);
    sample.fake.coverage = rows;
    sample.fake.coverage_count = ROWS;
    const char *text = sample_render(&sample, 0);
    assert_int_equal(count_of(text, "  cdn.example.net "), TT_REPORT_LEDGER_MAX - 1);
    expect(text, "(no address)");
    expect(text, "50 more rows were read completely (75 kB).");
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = fake_coverage_row();
    text = sample_render(&sample, 0);
    expect(text, "50 more rows, with 255 kB unread");
    tt_buf_free(&sample.kept.buf);
}

/* Whatever stands in the case: no line is too wide, nothing drives the terminal. */
static void test_hostile_texts(void **state)
{
    (void)state;
    static char long_name[3000];
    for (size_t i = 0; i + 3 < sizeof(long_name); i += 3)
        memcpy(long_name + i, i % 2 == 0 ? "\xe5\xb0\x8f" : "a-z", 3);
    static const char *const nasty[] = {long_name, "a b c", "", "\033[2J\r\n\xff\xe2\x80\xae",
                                        "u\xcc\x88\xcc\x88\xcc\x88"};
    for (size_t i = 0; i < TT_ARRAY_LEN(nasty); i++) {
        const char *text = nasty[i];
        struct sample sample;
        sample_make(&sample);
        const struct tt_case_input input = {.name = text,
                                            .format = text,
                                            .wrapping = text,
                                            .sha256 = text,
                                            .first_time = 1,
                                            .last_time = 2};
        const struct tt_case_clause clause = {.id = text,
                                              .text = text,
                                              .verdict = text,
                                              .severity = text,
                                              .citation = text,
                                              .outcome = text,
                                              .missing = text,
                                              .excepted = text};
        const struct tt_note_row note = {
            .layer = text, .code = text, .text = text, .capture = text};
        sample.finding.host = sample.finding.label = sample.finding.masked = text;
        sample.finding.kind = sample.finding.form = sample.finding.protocol = text;
        sample.finding.country = sample.finding.network = sample.finding.app = text;
        sample.finding.encryption = sample.finding.phase = sample.finding.capture = text;
        sample.finding.transform = sample.finding.path = sample.finding.clauses = &text;
        sample.finding.transform_count = sample.finding.path_count = 1;
        sample.finding.clause_count = 1;
        sample.coverage.host = sample.coverage.protocol = text;
        sample.fake.inputs = &input;
        sample.fake.clauses = &clause;
        sample.fake.clause_count = 1;
        sample.fake.notes = &note;
        sample.fake.info.device_name = sample.fake.info.policy_name = text;
        sample.fake.info.geo_sources = text;
        static const unsigned widths[] = {60, 61, 80, 132, 250};
        for (size_t w = 0; w < TT_ARRAY_LEN(widths); w++)
            assert_null(strchr(sample_render(&sample, widths[w]), '\033'));
        tt_buf_free(&sample.kept.buf);
    }
}

static void test_colour_only_when_asked(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    assert_null(strchr(sample_render(&sample, 0), '\033'));
    const struct tt_report_options options = {.colour = true};
    tt_buf_clear(&sample.kept.buf);
    render(&sample.fake, &options, &sample.kept);
    const char *text = kept_text(&sample.kept);
    assert_int_equal(strncmp(text, "\033[1;31mVIOLATION\033[0m\n", 21), 0);
    tt_buf_free(&sample.kept.buf);
}

static void test_reveal(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    sample.finding.host = "358240051111110.t.example";
    const char *text = sample_render(&sample, 0);
    assert_null(strstr(text, "358240051111110"));
    const struct tt_report_options options = {.reveal = &fake_subject};
    tt_buf_clear(&sample.kept.buf);
    render(&sample.fake, &options, &sample.kept);
    text = kept_text(&sample.kept);
    expect(text, "imei[0] 358240051111110;");
    expect(text, "\n358240051111110.t.example, 198.51.100.7:80");
    tt_buf_free(&sample.kept.buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_case),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_nothing_found),
        cmocka_unit_test(test_empty_capture),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_many_entries_are_one_row),
        cmocka_unit_test(test_order_and_sections),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_long_ledger),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_colour_only_when_asked),
        cmocka_unit_test(test_reveal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
