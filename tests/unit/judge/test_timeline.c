#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "judge/timeline.h"
#include "support/flush.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t at(const char *text)
{
    uint64_t time = 0;
    assert_true(tt_time_parse(text, &time));
    return time;
}

static enum tt_err parse(const char *text, struct tt_timeline **ret_timeline,
                         struct tt_error *error)
{
    struct flush copy = flush_make(tt_span_str(text));
    enum tt_err result = tt_timeline_parse(copy.span, "t.yaml", ret_timeline, error);
    flush_free(&copy);
    return result;
}

static struct tt_timeline *good(const char *text)
{
    struct tt_timeline *timeline = NULL;
    struct tt_error error = {0};
    if (parse(text, &timeline, &error) != TT_OK)
        fail_msg("%s", error.text);
    return timeline;
}

static void refused(const char *text, const char *place, const char *said)
{
    struct tt_timeline *timeline = NULL;
    struct tt_error error = {0};
    enum tt_err result = parse(text, &timeline, &error);
    if (result != TT_ERR_FORMAT || strstr(error.text, place) == NULL ||
        strstr(error.text, said) == NULL || strchr(error.text, '^') == NULL)
        fail_msg("%s: %s\nfor:\n%s", tt_err_name(result), error.text, text);
    assert_null(timeline);
}

#define DAY "2014-08-07T"

static const char full[] = "clock: {offset: 1.5s, uncertainty: 2s}\n"
                           "phases:\n"
                           "  - {name: boxed, from: 2014-08-07T09:00:00Z}\n"
                           "  - {name: cloud on, from: 2014-08-07T10:00:00Z}\n"
                           "purposes:\n"
                           "  - {name: cloud messaging, hosts: [\"*.cloud.example\"],\n"
                           "     kinds: [phone_number, contact_number]}\n"
                           "  - {name: updates, apps: com.example.updater}\n"
                           "consent:\n"
                           "  - {at: 2014-08-07T09:00:00Z, purpose: cloud messaging, "
                           "state: not_given}\n"
                           "  - {at: 2014-08-07T10:00:00Z, purpose: cloud messaging, "
                           "state: given}\n"
                           "events:\n"
                           "  - {at: 2014-08-07T09:10:00Z, what: contact added, "
                           "subject: contacts[0]}\n";

static void phases_by_time(void **state)
{
    (void)state;
    struct tt_timeline *timeline = good(full);
    size_t index = 7;
    assert_null(tt_timeline_phase(timeline, at(DAY "09:00:01.499Z"), &index));
    assert_true(index == SIZE_MAX);
    assert_string_equal(tt_timeline_phase(timeline, at(DAY "09:00:01.5Z"), &index), "boxed");
    assert_int_equal(index, 0);
    assert_string_equal(tt_timeline_phase(timeline, at(DAY "10:00:01.499Z"), NULL), "boxed");
    assert_string_equal(tt_timeline_phase(timeline, at(DAY "10:00:01.5Z"), &index), "cloud on");
    assert_int_equal(index, 1);
    assert_null(tt_timeline_phase(timeline, 0, NULL));
    assert_null(tt_timeline_phase(NULL, at(DAY "10:00:01.5Z"), &index));
    assert_true(index == SIZE_MAX);
    tt_timeline_free(timeline);
}

static void json_holds_it_all(void **state)
{
    (void)state;
    struct tt_timeline *timeline = good(full);
    assert_string_equal(
        tt_timeline_json(timeline),
        "{\"clock\":{\"offset\":\"1.5s\",\"uncertainty\":\"2s\"},\"window\":\"5s\","
        "\"phases\":[{\"name\":\"boxed\",\"from\":\"2014-08-07T09:00:00Z\"},"
        "{\"name\":\"cloud on\",\"from\":\"2014-08-07T10:00:00Z\"}],"
        "\"purposes\":[{\"name\":\"cloud messaging\",\"hosts\":[\"*.cloud.example\"],"
        "\"kinds\":[\"phone_number\",\"contact_number\"]},"
        "{\"name\":\"updates\",\"apps\":[\"com.example.updater\"]}],"
        "\"consent\":[{\"at\":\"2014-08-07T09:00:00Z\",\"purpose\":\"cloud messaging\","
        "\"state\":\"not_given\"},{\"at\":\"2014-08-07T10:00:00Z\","
        "\"purpose\":\"cloud messaging\",\"state\":\"given\"}],"
        "\"events\":[{\"at\":\"2014-08-07T09:10:00Z\",\"what\":\"contact added\","
        "\"subject\":\"contacts[0]\"}]}");
    assert_null(tt_timeline_json(NULL));
    tt_timeline_free(timeline);
}

/* What the consent is at a time of day, for the one text and question of a row. */
struct consent_case {
    const char *timeline;
    const char *time;
    enum tt_kind kind;
    const char *host;
    const char *app;
    enum tt_consent wanted;
};

#define PURPOSE_ALL "purposes: [{name: all}]\n"
#define ENTRY(time, purpose, state)                                                                \
    "  - {at: 2014-08-07T" time "Z, purpose: " purpose ", state: " state "}\n"
#define UNSURE "clock: {uncertainty: 10s}\n"
#define TWO "purposes: [{name: a}, {name: b, hosts: b.example}]\n"

static const char none[] = "phases: [{name: boxed, from: 2014-08-07}]\n";
static const char bare[] = PURPOSE_ALL;
static const char life[] = PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "all", "not_given")
    ENTRY("10:00:00", "all", "given") ENTRY("11:00:00", "all", "withdrawn");
static const char narrow[] =
    "purposes: [{name: n, hosts: ['*.cloud.example', 203.0.113.9], kinds: [imei, imsi], apps: "
    "com.example.*}]\n"
    "consent:\n" ENTRY("09:00:00", "n", "given");
static const char free_of_it[] = PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "all", "not_required");
static const char admitted[] = PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "all", "unknown");
static const char unsure[] = UNSURE PURPOSE_ALL "consent:\n" ENTRY("10:00:00", "all", "given");
static const char unsure_same[] = UNSURE PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "all", "given")
    ENTRY("10:00:00", "all", "given");
static const char unsure_other[] =
    UNSURE TWO "consent:\n" ENTRY("09:00:00", "a", "given") ENTRY("10:00:00", "b", "withdrawn");
static const char unsure_blink[] = UNSURE PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "all", "given")
    ENTRY("10:00:00", "all", "withdrawn") ENTRY("10:00:01", "all", "given");
static const char best[] =
    TWO "consent:\n" ENTRY("09:00:00", "a", "withdrawn") ENTRY("09:00:00", "b", "given");
static const char worse[] =
    TWO "consent:\n" ENTRY("09:00:00", "a", "withdrawn") ENTRY("09:00:00", "b", "not_given");
static const char ahead[] =
    "clock: {offset: 60s}\n" PURPOSE_ALL "consent:\n" ENTRY("10:00:00", "all", "given");
static const char behind[] =
    "clock: {offset: -60s}\n" PURPOSE_ALL "consent:\n" ENTRY("10:00:00", "all", "given");

static const struct consent_case cases[] = {
    /* No information, and declared purposes without an entry yet. */
    {none, "09:30:00", TT_KIND_IMEI, "x.example", NULL, TT_CONSENT_UNKNOWN},
    {bare, "09:30:00", TT_KIND_IMEI, "x.example", NULL, TT_CONSENT_NOT_GIVEN},
    {life, "08:59:59", TT_KIND_IMEI, "x.example", NULL, TT_CONSENT_NOT_GIVEN},
    /* The latest entry counts, from its very moment on. */
    {life, "09:59:59", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_NOT_GIVEN},
    {life, "10:00:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_GIVEN},
    {life, "10:59:59", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_GIVEN},
    {life, "11:00:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_WITHDRAWN},
    /* What a purpose covers: host, kind and app must all fit. */
    {narrow, "09:30:00", TT_KIND_IMEI, "a.cloud.example", "com.example.app", TT_CONSENT_GIVEN},
    {narrow, "09:30:00", TT_KIND_IMSI, "A.Cloud.Example", "com.example.app", TT_CONSENT_GIVEN},
    {narrow, "09:30:00", TT_KIND_IMEI, "203.0.113.9", "com.example.app", TT_CONSENT_GIVEN},
    {narrow, "09:30:00", TT_KIND_EMAIL, "a.cloud.example", "com.example.app", TT_CONSENT_NOT_GIVEN},
    {narrow, "09:30:00", TT_KIND_IMEI, "cloud.example", "com.example.app", TT_CONSENT_NOT_GIVEN},
    {narrow, "09:30:00", TT_KIND_IMEI, "a.cloud.example", "org.example", TT_CONSENT_NOT_GIVEN},
    {narrow, "09:30:00", TT_KIND_IMEI, "a.cloud.example", NULL, TT_CONSENT_NOT_GIVEN},
    {narrow, "09:30:00", TT_KIND_IMEI, NULL, "com.example.app", TT_CONSENT_NOT_GIVEN},
    /* States that pass through. */
    {free_of_it, "09:30:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_NOT_REQUIRED},
    {admitted, "09:30:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_UNKNOWN},
    /* Within the uncertainty of a change, both ends included. */
    {unsure, "09:59:49", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_NOT_GIVEN},
    {unsure, "09:59:50", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_UNKNOWN},
    {unsure, "10:00:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_UNKNOWN},
    {unsure, "10:00:09.9", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_UNKNOWN},
    {unsure, "10:00:10", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_GIVEN},
    /* A change that alters nothing leaves the answer sure. */
    {unsure_same, "10:00:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_GIVEN},
    {unsure_other, "10:00:00", TT_KIND_IMEI, "b.example", NULL, TT_CONSENT_GIVEN},
    /* One that alters it and is undone within the uncertainty does not. */
    {unsure_blink, "10:00:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_UNKNOWN},
    {unsure_blink, "10:00:11", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_GIVEN},
    /* Of several purposes the best state counts, of those that cover it. */
    {best, "09:30:00", TT_KIND_IMEI, "b.example", NULL, TT_CONSENT_GIVEN},
    {best, "09:30:00", TT_KIND_IMEI, "c.example", NULL, TT_CONSENT_WITHDRAWN},
    {worse, "09:30:00", TT_KIND_IMEI, "b.example", NULL, TT_CONSENT_WITHDRAWN},
    /* The offset is added to the file's times. */
    {ahead, "10:00:59", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_NOT_GIVEN},
    {ahead, "10:01:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_GIVEN},
    {behind, "09:58:59", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_NOT_GIVEN},
    {behind, "09:59:00", TT_KIND_IMEI, NULL, NULL, TT_CONSENT_GIVEN},
};

static void consent_matrix(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        const struct consent_case *c = &cases[i];
        char time[64];
        (void)snprintf(time, sizeof(time), DAY "%sZ", c->time);
        struct tt_timeline *timeline = good(c->timeline);
        enum tt_consent got = tt_timeline_consent(timeline, at(time), c->kind, c->host, c->app);
        if (got != c->wanted)
            fail_msg("case %zu at %s: %s instead of %s", i, c->time, tt_consent_name(got),
                     tt_consent_name(c->wanted));
        tt_timeline_free(timeline);
    }
}

/* Which purpose it was that decided. */
static void purposes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *timeline;
        const char *host;
        const char *wanted;
    } rows[] = {{best, "b.example", "b"},    {best, "c.example", "a"},   {worse, "b.example", "a"},
                {narrow, "x.example", NULL}, {bare, "x.example", "all"}, {none, "x.example", NULL}};
    for (size_t i = 0; i < TT_ARRAY_LEN(rows); i++) {
        struct tt_timeline *timeline = good(rows[i].timeline);
        const char *got =
            tt_timeline_purpose(timeline, at(DAY "09:30:00Z"), TT_KIND_IMEI, rows[i].host, NULL);
        if ((got == NULL) != (rows[i].wanted == NULL) ||
            (got != NULL && strcmp(got, rows[i].wanted) != 0))
            fail_msg("case %zu: %s", i, got == NULL ? "none" : got);
        assert_null(tt_timeline_purpose(timeline, 0, TT_KIND_IMEI, rows[i].host, NULL));
        tt_timeline_free(timeline);
    }
    assert_null(tt_timeline_purpose(NULL, 1, TT_KIND_IMEI, "b.example", NULL));
}

static void without_a_timeline_or_a_time(void **state)
{
    (void)state;
    assert_int_equal(tt_timeline_consent(NULL, 1, TT_KIND_IMEI, NULL, NULL), TT_CONSENT_UNKNOWN);
    assert_int_equal(tt_timeline_epoch(NULL, 1), 0);
    struct tt_timeline *timeline = good(life);
    assert_int_equal(tt_timeline_consent(timeline, 0, TT_KIND_IMEI, NULL, NULL),
                     TT_CONSENT_UNKNOWN);
    tt_timeline_free(timeline);
}

/* Within an epoch nothing may change: walks the times around every change of every case. */
static void epochs_hold_one_answer(void **state)
{
    (void)state;
    static const char *const hosts[] = {NULL, "b.example", "a.cloud.example"};
    const char *texts[] = {life, unsure, unsure_same, unsure_other, unsure_blink,
                           best, ahead,  behind,      full};
    for (size_t t = 0; t < TT_ARRAY_LEN(texts); t++) {
        struct tt_timeline *timeline = good(texts[t]);
        for (size_t h = 0; h < TT_ARRAY_LEN(hosts); h++) {
            uint64_t epoch = UINT64_MAX;
            enum tt_consent answer = TT_CONSENT_UNKNOWN;
            size_t phase = 0;
            uint64_t end = at(DAY "11:00:20Z");
            for (uint64_t now = at(DAY "08:59:40Z"); now < end; now += TT_NS_PER_SECOND / 2) {
                size_t index = 0;
                (void)tt_timeline_phase(timeline, now, &index);
                enum tt_consent consent =
                    tt_timeline_consent(timeline, now, TT_KIND_PHONE_NUMBER, hosts[h], NULL);
                if (tt_timeline_epoch(timeline, now) == epoch) {
                    assert_int_equal(consent, answer);
                    assert_true(index == phase);
                }
                assert_true(epoch == UINT64_MAX || tt_timeline_epoch(timeline, now) >= epoch);
                epoch = tt_timeline_epoch(timeline, now);
                answer = consent;
                phase = index;
            }
        }
        tt_timeline_free(timeline);
    }
}

static void extremes_do_not_wrap(void **state)
{
    (void)state;
    struct tt_timeline *timeline =
        good("clock: {offset: -1000000h, uncertainty: 1000000h}\n" PURPOSE_ALL
             "consent:\n" ENTRY("10:00:00", "all", "given"));
    assert_int_equal(tt_timeline_consent(timeline, 1, TT_KIND_IMEI, NULL, NULL),
                     TT_CONSENT_UNKNOWN);
    assert_int_equal(tt_timeline_consent(timeline, UINT64_MAX, TT_KIND_IMEI, NULL, NULL),
                     TT_CONSENT_GIVEN);
    tt_timeline_free(timeline);
}

static void mistakes_are_shown(void **state)
{
    (void)state;
    refused("phase: []\n", "t.yaml:1:1", "did you mean \"phases\"");
    refused("- a\n", "t.yaml:1:1", "map");
    refused("phases: boxed\n", "t.yaml:1:9", "expected");
    refused("phases: [boxed]\n", "t.yaml:1:10", "expected");
    refused("phases:\n  - {name: a, form: 2014-08-07}\n", "t.yaml:2:15", "did you mean \"from\"");
    refused("phases:\n  - {name: a}\n", "t.yaml:2:5", "needs \"from\"");
    refused("phases:\n  - {name: a, from: yesterday}\n", "t.yaml:2:21", "expected a time");
    refused("phases:\n  - {name: a, from: 2014-08-07T09:00:00}\n", "t.yaml:2:21", "with its zone");
    refused("phases:\n  - {name: a, from: 2014-08-07}\n  - {name: b, from: 2014-08-06}\n",
            "t.yaml:3:21", "out of order");
    refused("phases:\n  - {name: a, from: 2014-08-07}\n  - {name: b, from: 2014-08-07}\n",
            "t.yaml:3:21", "overlap");
    refused("phases:\n  - {name: a, from: 2014-08-07}\n  - {name: a, from: 2014-08-08}\n",
            "t.yaml:3:12", "taken");
    refused("purposes: [{name: a}, {name: a}]\n", "t.yaml:1:30", "taken");
    refused("purposes: [{name: a, kinds: [imie]}]\n", "t.yaml:1:30", "did you mean \"imei\"");
    refused("purposes: [{name: a, hosts: []}]\n", "t.yaml:1:29", "empty list");
    refused("purposes: [{name: a, hosts: {b: c}}]\n", "t.yaml:1:29", "a value or a list");
    refused("purposes: [{hosts: a.example}]\n", "t.yaml:1:12", "needs \"name\"");
    refused(PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "al", "given"), "t.yaml:3:41",
            "did you mean \"all\"");
    refused("consent:\n" ENTRY("09:00:00", "all", "given"), "t.yaml:2:41", "unknown purpose");
    refused(PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "all", "givn"), "t.yaml:3:53",
            "did you mean \"given\"");
    refused(PURPOSE_ALL "consent:\n" ENTRY("09:00:00", "all", "given")
                ENTRY("08:59:59", "all", "given"),
            "t.yaml:4:10", "out of order");
    refused("clock: {offset: 5}\n", "t.yaml:1:17", "expected a duration");
    refused("clock: {uncertainty: -2s}\n", "t.yaml:1:22", "negative");
    refused("events: [{at: 2014-08-07T09:00:00Z}]\n", "t.yaml:1:10", "needs \"what\"");
    refused("events:\n  - {at: 2014-08-07T09:00:01Z, what: a}\n"
            "  - {at: 2014-08-07T09:00:00Z, what: b}\n",
            "t.yaml:3:10", "out of order");
}

/* Every cut of a good file is refused or good, and nothing is read behind the end. */
static void every_cut_is_survived(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(full); len++) {
        struct flush copy = flush_make(tt_span_of(full, len));
        struct tt_timeline *timeline = NULL;
        struct tt_error error = {0};
        enum tt_err result = tt_timeline_parse(copy.span, "t.yaml", &timeline, &error);
        assert_true((result == TT_OK) == (timeline != NULL));
        assert_true(result == TT_OK || error.text[0] != '\0');
        tt_timeline_free(timeline);
        flush_free(&copy);
    }
}

static void files_are_loaded(void **state)
{
    (void)state;
    char path[] = "/tmp/timeline-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, full, sizeof(full) - 1), (ssize_t)sizeof(full) - 1);
    (void)close(fd);
    struct tt_timeline *timeline = NULL;
    struct tt_error error = {0};
    assert_int_equal(tt_timeline_load(path, &timeline, &error), TT_OK);
    tt_timeline_free(timeline);
    (void)unlink(path);
    timeline = NULL;
    assert_int_equal(tt_timeline_load(path, &timeline, &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, path));
    assert_null(timeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_by_time),         cmocka_unit_test(json_holds_it_all),
        cmocka_unit_test(consent_matrix),         cmocka_unit_test(without_a_timeline_or_a_time),
        cmocka_unit_test(epochs_hold_one_answer), cmocka_unit_test(extremes_do_not_wrap),
        cmocka_unit_test(mistakes_are_shown),     cmocka_unit_test(every_cut_is_survived),
        cmocka_unit_test(files_are_loaded),       cmocka_unit_test(purposes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
