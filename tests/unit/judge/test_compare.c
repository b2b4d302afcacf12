/* Two tests held against each other, word by word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "judge/compare.h"
#include "report/fake.h"

#include <stdio.h>

enum { FINDINGS = 4, ROWS = 4 };

/* A test as its case tells it; whatever a check looks at can be changed. */
struct told {
    struct fake fake;
    struct tt_finding findings[FINDINGS];
    struct tt_coverage_row coverage[ROWS];
    struct tt_case_input input;
    struct tt_device_view device;
};

static const char timeline[] =
    "{\"clock\":{\"offset\":\"0s\",\"uncertainty\":\"1s\"},\"phases\":[{\"name\":\"boxed\","
    "\"from\":"
    "\"2014-08-07T09:00:00Z\"},{\"name\":\"cloud on\",\"from\":\"2014-08-07T09:30:00Z\"}],"
    "\"purposes\":[],\"consent\":[],\"events\":["
    "{\"at\":\"2014-08-07T09:10:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[0]\"},"
    "{\"at\":\"2014-08-07T09:11:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[1]\"},"
    "{\"at\":\"2014-08-07T09:12:00Z\",\"what\":\"SMS sent\"}]}";
static const char without_sms[] =
    "{\"phases\":[{\"name\":\"boxed\",\"from\":\"2014-08-07T09:00:00Z\"},"
    "{\"name\":\"cloud on\",\"from\":\"2014-08-07T09:30:00Z\"}],\"events\":["
    "{\"at\":\"2014-08-07T09:10:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[0]\"},"
    "{\"at\":\"2014-08-07T09:11:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[1]\"}]}";
static const char only_events[] =
    "{\"events\":[{\"at\":\"2014-08-07T09:10:00Z\",\"what\":\"SMS sent\"}]}";
static const char other_contact[] =
    "{\"phases\":[{\"name\":\"boxed\",\"from\":\"2014-08-07T09:00:00Z\"},"
    "{\"name\":\"cloud on\",\"from\":\"2014-08-07T09:30:00Z\"}],\"events\":["
    "{\"at\":\"2014-08-07T09:10:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[1]\"},"
    "{\"at\":\"2014-08-07T09:11:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[1]\"},"
    "{\"at\":\"2014-08-07T09:12:00Z\",\"what\":\"SMS sent\"}]}";

static const struct tt_case_identifier sheet[] = {{"imei", "device", "imei[0]", "aa"},
                                                  {"imsi", "device", "imsi[0]", "bb"}};
/* Two contacts, in two orders; one of them twice. */
static const struct tt_case_identifier contacts[] = {
    {"contact_number", "contact", "contacts[0].phone_number", "c0"},
    {"contact_number", "contact", "contacts[1].phone_number", "c1"},
    {"contact_number", "contact", "contacts[2].phone_number", "c1"}};
static const struct tt_case_identifier turned[] = {
    {"contact_number", "contact", "contacts[0].phone_number", "c1"},
    {"contact_number", "contact", "contacts[1].phone_number", "c1"},
    {"contact_number", "contact", "contacts[2].phone_number", "c0"}};
static const struct tt_case_identifier mistyped[] = {{"imei", "device", "imei[0]", "dd"},
                                                     {"imsi", "device", "imsi[0]", "ee"}};
static const struct tt_case_identifier untold[] = {{"imei", "device", "imei[0]", NULL},
                                                   {"imsi", "device", "imsi[0]", NULL}};

/* One plain finding, violating, and a ledger in which all but a little was read. */
static void tell(struct told *told)
{
    *told = (struct told){.input = fake_input_rows[0]};
    told->input.damaged = false;
    told->input.dropped = 0;
    told->findings[0] = fake_finding();
    told->findings[0].transform_count = 0;
    told->findings[0].path_count = 1;
    told->findings[0].reversal_cost = 0;
    told->findings[0].domain = "example.com";
    told->coverage[0] = fake_coverage_row();
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        told->coverage[0].bytes[i] = i == TT_BUCKET_DECODED ? 10000 : 0;
    told->coverage[0].host = "api.example.com";
    told->coverage[0].address = fake_addr("198.51.100.7");
    told->fake = fake_case(told->findings, told->coverage, &told->device);
    told->fake.inputs = &told->input;
    told->fake.info.timeline_json = timeline;
    told->fake.info.identifier_count = 2;
    told->fake.info.recipes = "";
    told->fake.searched = sheet;
    told->fake.searched_count = 2;
}

static struct tt_compare *compare(struct told *before, struct told *after)
{
    struct tt_compare *compare = NULL;
    int failed = -1;
    const struct tt_case_view first = fake_view(&before->fake);
    const struct tt_case_view second = fake_view(&after->fake);
    assert_int_equal(tt_compare_run(&first, &second, &compare, &failed), TT_OK);
    return compare;
}

/* "gone+moved_host" of each row, rows apart by a space, then what all come to. */
static const char *words(struct told *before, struct told *after, char text[1024])
{
    static const char *const outcomes[] = {"ok", "unsaid", "left"};
    struct tt_compare *c = compare(before, after);
    const struct tt_comparison *result = tt_compare_result(c);
    int len = 0;
    for (size_t i = 0; i < result->row_count; i++) {
        const char *between = "";
        for (enum tt_change k = TT_CHANGE_GONE; k < TT_CHANGE_COUNT; k++) {
            if (!tt_comparison_has(result->rows[i], k))
                continue;
            len += snprintf(text + len, (size_t)(1024 - len), "%s%s", between, tt_change_name(k));
            between = "+";
        }
        len += snprintf(text + len, (size_t)(1024 - len), " ");
    }
    (void)snprintf(text + len, (size_t)(1024 - len), "=> %s", outcomes[result->outcome]);
    tt_compare_free(c);
    return text;
}

static void expect(struct told *before, struct told *after, const char *wanted)
{
    char text[1024];
    assert_string_equal(words(before, after, text), wanted);
}

static void expect_why(struct told *before, struct told *after, const char *part)
{
    struct tt_compare *c = compare(before, after);
    const struct tt_comparison *result = tt_compare_result(c);
    assert_true(result->row_count > 0);
    const char *reason = result->rows[0]->reason;
    if (reason == NULL || strstr(reason, part) == NULL)
        fail_msg("no \"%s\" in: %s", part, reason == NULL ? "(none)" : reason);
    tt_compare_free(c);
}

/* The second test saw nothing, and its policy holds. */
static void clear(struct told *told)
{
    told->fake.finding_count = 0;
    told->fake.info.verdict = TT_VERDICT_ALLOWED;
}

/* What the second test saw is allowed. */
static void allow(struct told *told)
{
    told->findings[0].verdict = TT_VERDICT_ALLOWED;
    told->fake.info.verdict = TT_VERDICT_ALLOWED;
}

static void itself_is_unchanged(void **state)
{
    (void)state;
    struct told a;
    tell(&a);
    expect(&a, &a, "unchanged => left");
    a.input.damaged = true; /* however bad the test was */
    a.fake.info.timeline_json = NULL;
    expect(&a, &a, "unchanged => left");
    allow(&a);
    expect(&a, &a, "unchanged => ok");
    clear(&a);
    expect(&a, &a, "=> ok");
}

static void what_could_be_seen_and_was_not_is_gone(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    expect(&a, &b, "gone => ok");
    b.coverage[0].host = "other.example.net"; /* nobody talks to that host any more */
    b.coverage[0].address = fake_addr("203.0.113.1");
    expect(&a, &b, "gone => ok");
    b.fake.info.verdict = TT_VERDICT_UNDECIDED; /* the policy of the second test asks for more */
    expect(&a, &b, "gone => unsaid");
}

static void a_missing_stimulus_is_not_comparable(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    b.fake.info.timeline_json = without_sms;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "events");
    b.fake.info.timeline_json = timeline;
    b.input.last_time = UINT64_C(1407402660000000000); /* 09:11: the SMS was not captured, */
    expect(&a, &b, "not_comparable => unsaid");
    a.input.last_time = b.input.last_time; /* but in neither test */
    expect(&a, &b, "gone => ok");
}

static void each_contact_is_a_stimulus_of_its_own(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    a.findings[0].kind = "contact_number";
    a.findings[0].label = "contacts[0].phone_number";
    expect(&a, &b, "gone => ok");
    b.fake.info.timeline_json = other_contact;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "this entry");
    a.findings[0].label = "contacts[1].phone_number";
    expect(&a, &b, "gone => ok");
}

static void tests_that_are_not_alike(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    for (int i = 0; i < 10; i++) {
        static const char *const reasons[] = {"device", "phases",   "duration", "readable share",
                                              "drops",  "captures", "captures", "telltale",
                                              "phases", "sheet"};
        tell(&b);
        clear(&b);
        if (i == 0) {
            b.fake.info.device_name = "Another";
            b.fake.info.subject_digest = "11ee";
        } else if (i == 1) {
            b.fake.info.timeline_json = NULL;
        } else if (i == 2) {
            b.input.last_time = b.input.first_time + (a.input.last_time - a.input.first_time) / 2;
        } else if (i == 3) {
            b.coverage[0].host = "other.example.net";
            b.coverage[0].address = fake_addr("203.0.113.1");
            b.coverage[0].bytes[TT_BUCKET_ENCRYPTED] = 1000;
        } else if (i == 4) {
            b.input.dropped = 1000;
        } else if (i == 5) {
            b.input.damaged = true;
        } else if (i == 6) {
            b.fake.info.interrupted = true;
        } else if (i == 7) {
            b.fake.info.tool_version = "0.0.9";
        } else if (i == 8) {
            b.fake.info.timeline_json = "{\"consent\":[]}";
        } else {
            b.fake.info.subject_digest = "11ee";
            b.fake.searched_count = 1; /* of two: which was searched for is not known */
        }
        expect(&a, &b, "not_comparable => unsaid");
        expect_why(&a, &b, reasons[i]);
    }
}

static void thresholds(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    a.fake.info.timeline_json = b.fake.info.timeline_json = only_events;
    uint64_t whole = a.input.last_time - a.input.first_time;
    b.input.last_time = b.input.first_time + whole / 100 * TT_COMPARE_DURATION_PERCENT + 100;
    expect(&a, &b, "gone => ok");
    /* A host that the first test knew. */
    a.coverage[1] = a.coverage[0];
    a.coverage[1].host = "other.example.net";
    a.coverage[1].address = fake_addr("203.0.113.1");
    a.fake.coverage_count = 2;
    b.coverage[0] = a.coverage[1];
    b.coverage[0].bytes[TT_BUCKET_ENCRYPTED] = 500; /* 4.8 % */
    expect(&a, &b, "gone => ok");
    b.input.dropped = 81; /* of 81234 */
    expect(&a, &b, "gone => ok");
    b.fake.info.tool_version = "0.2";
    expect(&a, &b, "gone => ok");
}

static void entries_of_another_sheet(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    b.fake.info.subject_digest = "11ee"; /* its firmware line, say */
    b.fake.info.device_firmware = "JHCMIBH45";
    expect(&a, &b, "gone => ok");
    b.fake.searched = sheet + 1;
    b.fake.searched_count = 1;
    b.fake.info.identifier_count = 1;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "do not have the same values");
    b.fake.searched_count = 0; /* a case of an older telltale */
    expect(&a, &b, "not_comparable => unsaid");
    b.fake.info.identifier_count = 2;
    b.fake.searched_count = 2;
    b.fake.searched = untold; /* of one a little younger */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "does not tell whether their values are the same");
    b.fake.info.subject_digest = a.fake.info.subject_digest;
    expect(&a, &b, "gone => ok");
}

/* A label is no value: the same one may name two. */
static void a_mistyped_value_is_not_gone(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    b.fake.info.subject_digest = "11ee";
    b.fake.searched = mistyped;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "do not have the same values");
    /* Seen under one label, what is shown of it speaks against one value, or does not. */
    b.fake.finding_count = 1;
    b.fake.info.verdict = TT_VERDICT_VIOLATION;
    expect(&a, &b, "unchanged => left");
    b.findings[0].masked = "49015420•••••••";
    expect(&a, &b, "new+not_comparable not_comparable => left");
}

/* So are two labels of one value. */
static void the_order_of_the_sheet_does_not_matter(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    a.fake.searched = contacts;
    b.fake.searched = turned;
    a.fake.searched_count = b.fake.searched_count = 3;
    a.fake.info.identifier_count = b.fake.info.identifier_count = 3;
    b.fake.info.subject_digest = "11ee";
    a.findings[0].kind = b.findings[0].kind = "contact_number";
    static const char *const pairs[][2] = {
        {"contacts[0].phone_number", "contacts[2].phone_number"},
        {"contacts[1].phone_number", "contacts[0].phone_number"},
        {"contacts[2].phone_number", "contacts[1].phone_number"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(pairs); i++) {
        a.findings[0].label = pairs[i][0];
        b.findings[0].label = pairs[i][1];
        expect(&a, &b, "unchanged => left");
        struct tt_compare *c = compare(&a, &b);
        assert_string_equal(tt_compare_result(c)->rows[0]->label, pairs[i][0]);
        tt_compare_free(c);
    }
    /* The stimuli of contacts[1] are now those of contacts[0], which there are as many of. */
    clear(&b);
    a.findings[0].label = "contacts[1].phone_number";
    expect(&a, &b, "gone => ok");
    b.fake.info.timeline_json =
        other_contact; /* both events are of contacts[1], which is another */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "this entry");
}

/* What keys opened is not gone where there were none. */
static void keys_must_have_been_there(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    a.findings[0].opened_with = "keylog";
    a.fake.info.key_count = 3;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "keys: what keys opened");
    b.fake.info.key_count = 1;
    expect(&a, &b, "gone => ok");
    b.fake.info.key_count = 0;
    b.input.format = "har"; /* which seals nothing */
    expect(&a, &b, "gone => ok");
    b.input.format = "pcap";
    a.findings[0].opened_with = NULL; /* keys that opened none of it */
    expect(&a, &b, "gone => ok");
    expect(&b, &a, "new => left");
    a.findings[0].opened_with = "psk";
    expect(&b, &a, "new+not_comparable => left");
}

static void recipes_must_have_been_there(void **state)
{
    (void)state;
    static const char *const steps[] = {"http.request.body", "recipe:acme"};
    static const struct {
        const char *before, *after;
        const char *wanted;
    } cases[] = {
        {"acme 0011", "", "not_comparable => unsaid"},
        {"acme 0011", "acme 0011", "gone => ok"},
        {"acme 0011", "other 22\nacme 0011\nlast 33", "gone => ok"},
        {"acme 0011", "acme 9911", "not_comparable => unsaid"}, /* another of that name */
        {"acme 0011", "acme-2 0011", "not_comparable => unsaid"},
        {"acme 0011", NULL, "not_comparable => unsaid"}, /* an older case */
        {NULL, "", "not_comparable => unsaid"},
        {NULL, "acme 0011", "gone => ok"},
        {"other 22", "", "gone => ok"}, /* a built-in one */
    };
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    a.findings[0].path = steps;
    a.findings[0].path_count = TT_ARRAY_LEN(steps);
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        a.fake.info.recipes = cases[i].before;
        b.fake.info.recipes = cases[i].after;
        expect(&a, &b, cases[i].wanted);
        if (cases[i].wanted[0] == 'n')
            expect_why(&a, &b, "recipes: a recipe that led to findings");
    }
    a.findings[0].path_count = 1; /* a salt that it tells */
    a.findings[0].transform = steps + 1;
    a.findings[0].transform_count = 1;
    a.fake.info.recipes = "acme 0011";
    b.fake.info.recipes = "";
    expect(&a, &b, "not_comparable => unsaid");
}

static void unread_traffic_is_opaque(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    b.coverage[0].bytes[TT_BUCKET_ENCRYPTED] = 1;
    expect(&a, &b, "now_opaque => unsaid");
    b.fake.info.timeline_json = NULL; /* it is there, however alike the tests are */
    expect(&a, &b, "now_opaque => unsaid");
    b.coverage[0].host = NULL; /* the same address, under no name */
    expect(&a, &b, "now_opaque => unsaid");
    b.fake.info.timeline_json = timeline;
    b.coverage[0].host = "cdn.example.net"; /* another host there, which may get it now */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "1 bytes to cdn.example.net, which is new");
    b.coverage[0].host = "new.example.com"; /* of the same domain */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "its domain");
    /* What it received is no matter of these, but it sent something. */
    b.coverage[1] = a.coverage[0];
    b.fake.coverage_count = 2;
    b.coverage[0].heading = TT_HEADING_RECEIVED;
    expect(&a, &b, "gone => ok");
}

/* What is missing of the traffic to the very host may have held it. */
static void lost_traffic_is_opaque(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    b.coverage[0].bytes[TT_BUCKET_LOST] = 40; /* of 10,000: the share says nothing */
    expect(&a, &b, "now_opaque => unsaid");
}

/* The device must have been there, and must have said something. */
static void a_silent_device_proves_nothing(void **state)
{
    (void)state;
    static const enum tt_heading others[] = {TT_HEADING_BETWEEN, TT_HEADING_RECEIVED};
    struct told a;
    struct told b;
    for (size_t i = 0; i < TT_ARRAY_LEN(others); i++) {
        tell(&a);
        tell(&b);
        clear(&b);
        b.coverage[0].heading = others[i];
        expect(&a, &b, "not_comparable => unsaid");
        expect_why(&a, &b, "it sent nothing");
    }
    tell(&b);
    clear(&b);
    static const struct tt_note_row strange = {
        .layer = "judge", .code = "judge.device", .text = "no address of the sheet", .count = 1};
    b.fake.notes = &strange;
    b.fake.note_count = 1;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "no address of the sheet occurs");
}

/* What was done while nobody captured is no stimulus. */
static void a_timeline_must_meet_the_captures(void **state)
{
    (void)state;
    static const char *const timelines[] = {
        "{\"events\":[{\"at\":\"2014-08-06T09:10:00Z\",\"what\":\"SMS sent\"}]}",
        "{\"phases\":[{\"name\":\"boxed\",\"from\":\"2014-08-08T09:00:00Z\"}]}",
        /* By the file's clock it is a day later, by the capture's own it is not. */
        "{\"clock\":{\"offset\":\"24h\"},\"events\":[{\"at\":\"2014-08-07T09:10:00Z\","
        "\"what\":\"SMS sent\"}]}",
        "{\"clock\":{\"offset\":\"24h\"},\"events\":[{\"at\":\"2014-08-07T09:10:00Z\","
        "\"clock\":\"capture\",\"what\":\"SMS sent\"}]}"};
    for (size_t i = 0; i < TT_ARRAY_LEN(timelines); i++) {
        struct told a;
        struct told b;
        tell(&a);
        tell(&b);
        clear(&b);
        a.fake.info.timeline_json = b.fake.info.timeline_json = timelines[i];
        expect(&a, &b, i == 3 ? "gone => ok" : "not_comparable => unsaid");
    }
}

static void captured(struct told *told, const char *from, const char *to)
{
    assert_true(tt_time_parse(from, &told->input.first_time));
    assert_true(tt_time_parse(to, &told->input.last_time));
}

/* An event whose answer could not be seen is none, and a phase is as long as it was captured. */
static void stimuli_must_have_been_seen_through(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    captured(&a, "2014-08-07T09:09:00Z", "2014-08-07T09:12:05Z");
    captured(&b, "2014-08-07T09:09:00Z", "2014-08-07T09:12:05Z");
    expect(&a, &b, "gone => ok");
    captured(&b, "2014-08-07T09:09:00Z", "2014-08-07T09:12:03Z"); /* 3 s after the last event */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "ended too soon");
    captured(&a, "2014-08-07T09:00:00Z", "2014-08-07T10:00:00Z");
    captured(&b, "2014-08-07T09:05:00Z", "2014-08-07T10:00:00Z"); /* 25 of the first 30 min */
    expect(&a, &b, "gone => ok");
    captured(&b, "2014-08-07T09:09:00Z", "2014-08-07T10:00:00Z"); /* 21 of them */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "or shorter ones");
}

static void encrypted_and_agreed(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    b.findings[0].encryption = "tls1.3";
    b.findings[0].opened_with = "keylog";
    expect(&a, &b, "only_encrypted => left");
    expect(&b, &a, "now_readable => left");
    b.findings[0].consent = TT_CONSENT_GIVEN;
    allow(&b);
    expect(&a, &b, "only_encrypted+after_consent => ok");
    expect(&b, &a, "now_readable+without_consent => left");
    b.fake.info.timeline_json = without_sms; /* that nothing plain is left was not tried */
    expect(&a, &b, "only_encrypted+after_consent+not_comparable => unsaid");
    b.findings[0].encryption = "tls1.2";
    b.findings[0].cipher = "TLS_RSA_WITH_NULL_SHA";
    b.fake.info.timeline_json = timeline;
    expect(&a, &b, "after_consent => ok");
    b.findings[0].consent = TT_CONSENT_UNKNOWN;
    expect(&a, &b, "unchanged => ok");
}

static void coded_and_hashed(void **state)
{
    (void)state;
    static const char *const escaped[] = {"percent"};
    static const char *const in_base64[] = {"http.request.body", "base64", "json:$.k"};
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    b.findings[0].path = in_base64;
    b.findings[0].path_count = 3;
    expect(&a, &b, "now_coded => left");
    expect(&b, &a, "now_plain => left");
    a.findings[0].transform = escaped; /* what a URL needs hides nothing */
    a.findings[0].transform_count = 1;
    expect(&a, &b, "now_coded => left");
    a.findings[0].transform = fake_transform;
    a.findings[0].transform_count = 2; /* MD5 */
    a.findings[0].reversal_cost = 1e6;
    expect(&b, &a, "now_coded => left");
    b = a;
    b.fake.findings = b.findings;
    b.fake.coverage = b.coverage;
    b.fake.inputs = &b.input;
    b.findings[0].form = "digits-upper";
    expect(&a, &b, "rewritten => left");
}

static void hosts_and_countries_move(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    b.findings[0].address = fake_addr("203.0.113.9");
    b.findings[0].country = "SG";
    expect(&a, &b, "moved_country => left");
    b.findings[1] = a.findings[0];
    b.fake.finding_count = 2;
    expect(&a, &b, "more_countries => left");
    b.fake.finding_count = 1;
    b.findings[0].country = NULL;
    expect(&a, &b, "unchanged => left");
    b.findings[0] = a.findings[0];
    b.findings[0].country = "SG"; /* another database: the address did not move */
    expect(&a, &b, "unchanged => left");
    b.findings[0].host = "api2.example.com";
    expect(&a, &b, "moved_host => left");
    b.findings[0].host = "api.other.example";
    b.findings[0].domain = "other.example";
    b.findings[0].address = fake_addr("203.0.113.9");
    expect(&a, &b, "moved_host+moved_country => left");
    b.coverage[0].bytes[TT_BUCKET_ENCRYPTED] = 9; /* the first host may still get it */
    expect(&a, &b, "new now_opaque => left");
    b.coverage[0].bytes[TT_BUCKET_ENCRYPTED] = 0;
    b.fake.info.timeline_json = without_sms;
    expect(&a, &b, "new not_comparable => left");
}

/* Of several that may be the successor the nearest is taken, and each only once. */
static void successors_are_told_apart(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    a.findings[1] = a.findings[0];
    a.findings[1].host = "log.third.example";
    a.findings[1].domain = "third.example";
    a.findings[1].address = fake_addr("203.0.113.4");
    a.fake.finding_count = 2;
    b.findings[0].host = "in.third.example";
    b.findings[0].domain = "third.example";
    b.findings[0].address = fake_addr("203.0.113.5");
    b.fake.finding_count = 1;
    expect(&a, &b, "moved_host gone => left");
    b.findings[1] = b.findings[0];
    b.findings[1].host = "x.fourth.example";
    b.findings[1].domain = "fourth.example";
    b.findings[1].address = fake_addr("203.0.113.6");
    b.fake.finding_count = 2;
    expect(&a, &b, "moved_host moved_host => left");
    expect(&b, &a, "moved_host moved_host => left");
}

static void what_is_new(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&a);
    expect(&a, &b, "new => left");
    allow(&b);
    expect(&a, &b, "new => ok");
    b.findings[0].verdict = TT_VERDICT_UNDECIDED;
    b.fake.info.verdict = TT_VERDICT_UNDECIDED;
    expect(&a, &b, "new => left");
    a.coverage[0].bytes[TT_BUCKET_ENCRYPTED] = 9;
    expect(&a, &b, "new+not_comparable => left");
    expect_why(&a, &b, "before");
    a.coverage[0].bytes[TT_BUCKET_ENCRYPTED] = 0;
    a.fake.info.timeline_json = without_sms;
    expect(&a, &b, "new+not_comparable => left");
    a.fake.info.timeline_json = timeline;
    a.fake.info.tool_version = "0.0.1";
    expect(&a, &b, "new+not_comparable => left");
    expect_why(&a, &b, "older telltale");
}

/* What did not violate before is no worry when it cannot be said to be gone. */
static void allowed_things_are_no_worry(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    allow(&a);
    b.fake.info.timeline_json = NULL;
    expect(&a, &b, "not_comparable => ok");
}

static void other_directions_are_other_rows(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    b.findings[0].heading = TT_HEADING_RECEIVED;
    expect(&a, &b, "new gone => left");
}

static void damaged_timelines_tell_nothing(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "{\"phases\":{}}",
                                        "{\"events\":[1,[],{}]}",
                                        "{\"phases\":[{\"name\":[]}],\"clock\":1}",
                                        "\xff"};
    for (size_t i = 0; i < TT_ARRAY_LEN(texts); i++) {
        b.fake.info.timeline_json = texts[i];
        expect(&a, &b, "not_comparable => unsaid");
    }
}

/* More rows than the cap: what found no room makes nothing gone. */
static enum tt_err flood(void *store, enum tt_err (*row)(void *, const struct tt_finding *),
                         void *context)
{
    const struct fake *fake = store;
    struct tt_finding finding = fake->findings[0];
    enum tt_err err = TT_OK;
    char host[32];
    finding.host = host;
    finding.domain = host;
    for (size_t i = 0; i < TT_COMPARE_ROWS_MAX + 10 && err == TT_OK; i++) {
        (void)snprintf(host, sizeof(host), "h%zu.example", i);
        err = row(context, &finding);
    }
    return err;
}

static void the_cap_on_rows(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    struct tt_compare *c = NULL;
    int failed = -1;
    tell(&a);
    tell(&b);
    clear(&b);
    struct tt_case_view first = fake_view(&a.fake);
    struct tt_case_view second = fake_view(&b.fake);
    first.findings = flood;
    assert_int_equal(tt_compare_run(&first, &second, &c, &failed), TT_OK);
    assert_int_equal(tt_compare_result(c)->row_count, TT_COMPARE_ROWS_MAX);
    assert_int_equal(tt_compare_result(c)->unlisted, 10);
    assert_int_equal(tt_compare_result(c)->totals[TT_CHANGE_GONE], TT_COMPARE_ROWS_MAX);
    tt_compare_free(c);
    second.findings = flood;
    b.fake.finding_count = 1;
    assert_int_equal(tt_compare_run(&first, &second, &c, &failed), TT_OK);
    assert_false(tt_compare_result(c)->for_gone);
    assert_int_equal(tt_compare_result(c)->totals[TT_CHANGE_UNCHANGED], TT_COMPARE_ROWS_MAX);
    tt_compare_free(c);
}

/* Long texts fill the memory of a comparison before the rows run out. */
static enum tt_err flood_long(void *store, enum tt_err (*row)(void *, const struct tt_finding *),
                              void *context)
{
    static char text[TT_COMPARE_BYTES_MAX / TT_COMPARE_ROWS_MAX];
    char host[32];
    const struct fake *fake = store;
    struct tt_finding finding = fake->findings[0];
    enum tt_err err = TT_OK;
    memset(text, 'x', sizeof(text) - 1);
    finding.masked = text;
    finding.domain = text;
    finding.organisation = text;
    finding.host = host;
    for (size_t i = 0; i < TT_COMPARE_ROWS_MAX && err == TT_OK; i++) {
        (void)snprintf(host, sizeof(host), "h%zu.example", i);
        err = row(context, &finding);
    }
    return err;
}

static void the_cap_on_bytes(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    struct tt_compare *c = NULL;
    int failed = -1;
    tell(&a);
    tell(&b);
    clear(&b);
    struct tt_case_view first = fake_view(&a.fake);
    const struct tt_case_view second = fake_view(&b.fake);
    first.findings = flood_long;
    assert_int_equal(tt_compare_run(&first, &second, &c, &failed), TT_OK);
    assert_true(tt_compare_result(c)->unlisted > 0);
    assert_true(tt_compare_result(c)->row_count > 1000);
    tt_compare_free(c);
}

static enum tt_err flood_entries(void *store,
                                 enum tt_err (*row)(void *, const struct tt_case_identifier *),
                                 void *context)
{
    const struct fake *fake = store;
    char label[32];
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < fake->searched_count && err == TT_OK; i++) {
        (void)snprintf(label, sizeof(label), "imei[%zu]", i);
        err = row(context, &(struct tt_case_identifier){"imei", "device", label, label});
    }
    return err;
}

static void the_cap_on_entries(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    struct tt_compare *c = NULL;
    int failed = -1;
    tell(&a);
    tell(&b);
    clear(&b);
    const struct tt_case_view first = fake_view(&a.fake);
    struct tt_case_view second = fake_view(&b.fake);
    second.identifiers = flood_entries;
    for (size_t more = 0; more < 2; more++) {
        b.fake.searched_count = TT_CASE_IDENTIFIERS_MAX + more;
        assert_int_equal(tt_compare_run(&first, &second, &c, &failed), TT_OK);
        assert_int_equal(tt_compare_result(c)->totals[TT_CHANGE_GONE], 1 - more);
        tt_compare_free(c);
    }
}

static void the_cap_on_captures(void **state)
{
    (void)state;
    static struct tt_case_input inputs[TT_COMPARE_INPUTS_MAX + 1];
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    for (size_t i = 0; i < TT_ARRAY_LEN(inputs); i++)
        inputs[i] = a.input;
    b.fake.inputs = inputs;
    b.fake.input_count = TT_COMPARE_INPUTS_MAX;
    expect(&a, &b, "gone => ok"); /* captures of one time are one stretch */
    b.fake.input_count++;
    expect(&a, &b, "not_comparable => unsaid");
}

static enum tt_err fail_findings(void *store, enum tt_err (*row)(void *, const struct tt_finding *),
                                 void *context)
{
    (void)store;
    (void)row;
    (void)context;
    return TT_ERR_IO;
}

static void a_failed_walk_names_its_case(void **state)
{
    (void)state;
    struct told a;
    struct tt_compare *c = NULL;
    int failed = -1;
    tell(&a);
    struct tt_case_view good = fake_view(&a.fake);
    struct tt_case_view bad = good;
    bad.findings = fail_findings;
    assert_int_equal(tt_compare_run(&good, &bad, &c, &failed), TT_ERR_IO);
    assert_int_equal(failed, 1);
    assert_int_equal(tt_compare_run(&bad, &good, &c, &failed), TT_ERR_IO);
    assert_int_equal(failed, 0);
    assert_null(c);
    tt_compare_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(itself_is_unchanged),
        cmocka_unit_test(what_could_be_seen_and_was_not_is_gone),
        cmocka_unit_test(a_missing_stimulus_is_not_comparable),
        cmocka_unit_test(each_contact_is_a_stimulus_of_its_own),
        cmocka_unit_test(tests_that_are_not_alike),
        cmocka_unit_test(thresholds),
        cmocka_unit_test(entries_of_another_sheet),
        cmocka_unit_test(a_mistyped_value_is_not_gone),
        cmocka_unit_test(the_order_of_the_sheet_does_not_matter),
        cmocka_unit_test(keys_must_have_been_there),
        cmocka_unit_test(recipes_must_have_been_there),
        cmocka_unit_test(unread_traffic_is_opaque),
        cmocka_unit_test(lost_traffic_is_opaque),
        cmocka_unit_test(a_silent_device_proves_nothing),
        cmocka_unit_test(a_timeline_must_meet_the_captures),
        cmocka_unit_test(stimuli_must_have_been_seen_through),
        cmocka_unit_test(encrypted_and_agreed),
        cmocka_unit_test(coded_and_hashed),
        cmocka_unit_test(hosts_and_countries_move),
        cmocka_unit_test(successors_are_told_apart),
        cmocka_unit_test(what_is_new),
        cmocka_unit_test(allowed_things_are_no_worry),
        cmocka_unit_test(other_directions_are_other_rows),
        cmocka_unit_test(damaged_timelines_tell_nothing),
        cmocka_unit_test(the_cap_on_rows),
        cmocka_unit_test(the_cap_on_bytes),
        cmocka_unit_test(the_cap_on_entries),
        cmocka_unit_test(the_cap_on_captures),
        cmocka_unit_test(a_failed_walk_names_its_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
