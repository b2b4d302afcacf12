/* Events of a timeline, from its file and from comments of a capture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "judge/timeline.h"
#include "model/limits.h"
#include "support/flush.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t at(const char *text)
{
    uint64_t time = 0;
    assert_true(tt_time_parse(text, &time));
    return time;
}

static struct tt_timeline *good(const char *text)
{
    struct tt_timeline *timeline = NULL;
    struct tt_error error = {0};
    if (tt_timeline_parse(tt_span_str(text), "t.yaml", &timeline, &error) != TT_OK)
        fail_msg("%s", error.text);
    return timeline;
}

static struct tt_timeline *empty(void)
{
    struct tt_timeline *timeline = tt_timeline_new();
    assert_non_null(timeline);
    return timeline;
}

static void tell(struct tt_timeline *timeline, const char *comment, uint64_t time)
{
    char *copy = malloc(strlen(comment) + 1);
    assert_non_null(copy);
    memcpy(copy, comment, strlen(comment) + 1);
    assert_int_equal(tt_timeline_tell(timeline, copy, time), TT_OK);
    free(copy);
}

static void events_of_a_file(void **state)
{
    (void)state;
    struct tt_timeline *timeline =
        good("clock: {offset: 1s, uncertainty: 500ms}\nwindow: 2.5s\nevents:\n"
             "  - {at: 2014-08-07T09:10:00Z, what: contact added, subject: contacts[0]}\n"
             "  - {at: 2014-08-07T09:20:00Z, what: screen on}\n");
    struct tt_event_view event;
    assert_true(tt_timeline_event(timeline, 0, &event));
    assert_string_equal(event.what, "contact added");
    assert_string_equal(event.subject, "contacts[0]");
    assert_int_equal(event.at, at("2014-08-07T09:10:01Z"));
    assert_int_equal(event.uncertainty, 500000000);
    assert_true(tt_timeline_event(timeline, 1, &event));
    assert_null(event.subject);
    assert_false(tt_timeline_event(timeline, 2, &event));
    assert_false(tt_timeline_event(NULL, 0, &event));
    assert_int_equal(tt_timeline_window(timeline), 2500000000);
    assert_int_equal(tt_timeline_window(NULL), UINT64_C(5000000000));
    tt_timeline_free(timeline);
}

static void windows_out_of_reason_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"window: 0s\n", "window: -1s\n", "window: 25h\n",
                                        "window: soon\n", "window: [1s]\n"};
    for (size_t i = 0; i < TT_ARRAY_LEN(texts); i++) {
        struct tt_timeline *timeline = NULL;
        struct tt_error error = {0};
        assert_int_equal(tt_timeline_parse(tt_span_str(texts[i]), "t", &timeline, &error),
                         TT_ERR_FORMAT);
        assert_non_null(strstr(error.text, "t:1:"));
    }
}

static void an_empty_one_says_nothing(void **state)
{
    (void)state;
    struct tt_timeline *timeline = empty();
    struct tt_event_view event;
    assert_null(tt_timeline_json(timeline));
    assert_int_equal(tt_timeline_settle(timeline), TT_OK);
    assert_null(tt_timeline_json(timeline));
    assert_null(tt_timeline_phase(timeline, 5, NULL));
    assert_int_equal(tt_timeline_epoch(timeline, 5), 0);
    assert_int_equal(tt_timeline_consent(timeline, 5, TT_KIND_IMEI, "x.example", NULL),
                     TT_CONSENT_UNKNOWN);
    assert_false(tt_timeline_event(timeline, 0, &event));
    tt_timeline_free(timeline);
}

static void comments_are_entries(void **state)
{
    (void)state;
    struct tt_timeline *timeline = empty();
    struct tt_event_view event;
    tell(timeline, "phase: boxed", 20);
    tell(timeline, "event: contact added contacts[3]\r\n", 20);
    tell(timeline, "  event:   screen on  ", 10);
    tell(timeline, "an event: no", 30);
    tell(timeline, "phases: no", 30);
    tell(timeline, "event:", 30);
    tell(timeline, "phase:  ", 30);
    tell(timeline, "event: sms sent to[x]", 40);
    tell(timeline, "event: never", 0);
    tell(timeline, "", 50);
    assert_true(tt_timeline_event(timeline, 0, &event));
    assert_string_equal(event.what, "screen on");
    assert_int_equal(event.at, 10);
    assert_int_equal(event.uncertainty, 0);
    assert_true(tt_timeline_event(timeline, 1, &event));
    assert_string_equal(event.what, "contact added");
    assert_string_equal(event.subject, "contacts[3]");
    assert_true(tt_timeline_event(timeline, 2, &event));
    assert_string_equal(event.what, "sms sent to[x]");
    assert_null(event.subject);
    assert_false(tt_timeline_event(timeline, 3, &event));
    assert_null(tt_timeline_phase(timeline, 19, NULL));
    assert_string_equal(tt_timeline_phase(timeline, 20, NULL), "boxed");
    assert_int_not_equal(tt_timeline_epoch(timeline, 19), tt_timeline_epoch(timeline, 20));
    assert_int_equal(tt_timeline_settle(timeline), TT_OK);
    assert_non_null(strstr(tt_timeline_json(timeline), "\"what\":\"contact added\""));
    assert_non_null(strstr(tt_timeline_json(timeline), "\"name\":\"boxed\""));
    tt_timeline_free(timeline);
}

/* A file's entries and a capture's are one timeline. */
static void comments_join_a_file(void **state)
{
    (void)state;
    struct tt_timeline *timeline = good(
        "phases: [{name: one, from: 2014-08-07T09:00:00Z}]\n"
        "events: [{at: 2014-08-07T09:10:00Z, what: a}, {at: 2014-08-07T09:30:00Z, what: c}]\n");
    struct tt_event_view event;
    tell(timeline, "event: b", at("2014-08-07T09:20:00Z"));
    tell(timeline, "phase: two", at("2014-08-07T09:20:00Z"));
    tell(timeline, "phase: zero", at("2014-08-07T08:00:00Z"));
    for (size_t i = 0; i < 3; i++) {
        assert_true(tt_timeline_event(timeline, i, &event));
        assert_int_equal(event.what[0], "abc"[i]);
    }
    assert_string_equal(tt_timeline_phase(timeline, at("2014-08-07T08:30:00Z"), NULL), "zero");
    assert_string_equal(tt_timeline_phase(timeline, at("2014-08-07T09:10:00Z"), NULL), "one");
    assert_string_equal(tt_timeline_phase(timeline, at("2014-08-07T09:40:00Z"), NULL), "two");
    assert_int_equal(tt_timeline_settle(timeline), TT_OK);
    assert_non_null(strstr(tt_timeline_json(timeline), "\"what\":\"b\""));
    tt_timeline_free(timeline);
}

static void the_cap_is_reached(void **state)
{
    (void)state;
    struct tt_timeline *timeline = empty();
    for (uint64_t i = 1; i <= TT_PHASES_MAX; i++) {
        tell(timeline, "event: x", i);
        tell(timeline, "phase: y", i);
    }
    assert_int_equal(tt_timeline_tell(timeline, "event: x", 7), TT_ERR_LIMIT);
    assert_int_equal(tt_timeline_tell(timeline, "phase: y", 7), TT_ERR_LIMIT);
    tt_timeline_free(timeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_a_file),
        cmocka_unit_test(windows_out_of_reason_are_refused),
        cmocka_unit_test(an_empty_one_says_nothing),
        cmocka_unit_test(comments_are_entries),
        cmocka_unit_test(comments_join_a_file),
        cmocka_unit_test(the_cap_is_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
