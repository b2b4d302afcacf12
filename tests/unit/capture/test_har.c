#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/outcome.h"
#include "model/limits.h"
#include "support/flush.h"

#include <stdio.h>

#define ENTRY_1                                                                                    \
    "{\"startedDateTime\": \"2014-08-07T09:10:02.5Z\", \"request\": {\"url\": \"http://a.example/" \
    "{]\\\"\"}}"
#define ENTRY_2                                                                                    \
    "{\"request\": {\"startedDateTime\": \"no\"}, \"response\": {\"a\": [[{}]]}, "                 \
    "\"startedDateTime\": \"2014-08-07T11:10:03+02:00\"}"

/* Another list of that name, and entries in a wrong place, are none. */
static const char har[] = "{ \"log\": {\"version\": \"1.2\", \"pages\": [{\"entries\": [{}]}], "
                          "\"entries\": [" ENTRY_1 ",\n" ENTRY_2 ", 3], \"comment\": \"x\"}, "
                          "\"entries\": [{\"a\": 1}]}\n";

static void expect_frames(const struct outcome *outcome)
{
    char expected[300];
    (void)snprintf(expected, sizeof(expected),
                   "1 1407402602500000000 %u 0 %zu %zu %016" PRIx64 "\n"
                   "2 1407402603000000000 %u 0 %zu %zu %016" PRIx64 "\n",
                   TT_LINK_HAR, sizeof(ENTRY_1) - 1, sizeof(ENTRY_1) - 1,
                   hash(tt_span_str(ENTRY_1)), TT_LINK_HAR, sizeof(ENTRY_2) - 1,
                   sizeof(ENTRY_2) - 1, hash(tt_span_str(ENTRY_2)));
    assert_int_equal(outcome->read, TT_OK);
    assert_string_equal((const char *)outcome->frames.data, expected);
    assert_string_equal((const char *)outcome->notes.data, "");
    assert_string_equal(outcome->summary.format, "har");
    assert_int_equal(outcome->summary.file_bytes, sizeof(har) - 1);
    assert_false(outcome->summary.damaged);
}

static void test_entries(void **state)
{
    (void)state;
    struct flush flush = flush_make(tt_span_of(har, sizeof(har) - 1));
    for (size_t step = 0; step < 100; step++) {
        struct outcome outcome;
        outcome_of_bytes(&outcome, flush.span, step);
        expect_frames(&outcome);
        outcome_free(&outcome);
    }
    flush_free(&flush);
}

/* Whatever is missing at the end: what there is of the last entry is a frame, and a note tells. */
static void test_cuts(void **state)
{
    (void)state;
    size_t begins = (size_t)(strstr(har, ENTRY_1) - har);
    size_t second = (size_t)(strstr(har, ENTRY_2) - har);
    size_t end = sizeof(har) - 2; /* the line end is not needed */
    for (size_t cut = 8; cut < end; cut++) {
        struct flush flush = flush_make(tt_span_of(har, cut));
        struct outcome outcome;
        outcome_of_bytes(&outcome, flush.span, 0);
        char expected[40];
        (void)snprintf(expected, sizeof(expected), "har.cut 0 %zu 0\n", cut);
        assert_int_equal(outcome.read, TT_OK);
        assert_string_equal((const char *)outcome.notes.data, expected);
        assert_int_equal(outcome.summary.frames, cut <= begins ? 0 : cut <= second ? 1 : 2);
        assert_true(outcome.summary.damaged);
        outcome_free(&outcome);
        flush_free(&flush);
    }
}

static void expect(const char *text, const char *notes, uint64_t frames)
{
    struct outcome outcome;
    struct flush flush = flush_make(tt_span_str(text));
    outcome_of_bytes(&outcome, flush.span, 0);
    assert_int_equal(outcome.opened, TT_OK);
    assert_int_equal(outcome.read, TT_OK);
    assert_string_equal((const char *)outcome.notes.data, notes);
    assert_int_equal(outcome.summary.frames, frames);
    outcome_free(&outcome);
    flush_free(&flush);
}

static void test_damage(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf{\"log\":{\"entries\":[{}]}}", "", 1);
    expect("{\"log\":{\"entries\":[{}]}}{\"log\":{\"entries\":[{},{}]}}", "", 3);
    expect("{\"log\":{\"entries\":[{\"a\":\x01\x02}]}}", "har.damaged 0 24 0\n", 1);
    expect("{\"log\":{\"entries\":[{}]}}]", "har.damaged 0 24 0\n", 1);
    expect("{\"log\":{\"entries\":{\"a\":{}}}}", "", 0);
    expect("{\"log\":[{\"entries\":[{}]}]}", "", 0);
    expect("{\"log\":{}}", "", 0);
}

static void test_limit(void **state)
{
    (void)state;
    static const char begin[] = "{\"log\":{\"entries\":[{\"a\":\"";
    static const char end[] = "\"},{\"b\":1}]}}";
    struct tt_buf text = tt_buf_make(SIZE_MAX / 4);
    check(tt_buf_append_str(&text, begin));
    check(tt_buf_reserve(&text, TT_HAR_ENTRY_MAX));
    memset(text.data + text.len, 'x', TT_HAR_ENTRY_MAX);
    text.len += TT_HAR_ENTRY_MAX;
    check(tt_buf_append_str(&text, end));
    struct outcome outcome;
    outcome_of_bytes(&outcome, tt_buf_span(&text), 0);
    char expected[80];
    (void)snprintf(expected, sizeof(expected), "har.entry_limit 1 %d 8\n",
                   TT_HAR_ENTRY_MAX + (int)sizeof(begin) - 7);
    assert_string_equal((const char *)outcome.notes.data, expected);
    assert_int_equal(outcome.summary.frames, 2);
    outcome_free(&outcome);
    tt_buf_free(&text);
}

static void test_what_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"logs\": {}}                      ",
                                        "[{\"log\": {}}]                     ",
                                        "{\"log\", {}}                       "};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct outcome outcome;
        outcome_of_bytes(&outcome, tt_span_str(texts[i]), 0);
        assert_int_equal(outcome.opened, TT_ERR_FORMAT);
        outcome_free(&outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_entries), cmocka_unit_test(test_cuts),
                                       cmocka_unit_test(test_damage), cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_what_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
