/* Two tests as their cases tell them, for the tests of what becomes of them side by side. */
#ifndef TEST_JUDGE_COMPARE_TOLD_H
#define TEST_JUDGE_COMPARE_TOLD_H

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
static const char other_contact[] =
    "{\"phases\":[{\"name\":\"boxed\",\"from\":\"2014-08-07T09:00:00Z\"},"
    "{\"name\":\"cloud on\",\"from\":\"2014-08-07T09:30:00Z\"}],\"events\":["
    "{\"at\":\"2014-08-07T09:10:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[1]\"},"
    "{\"at\":\"2014-08-07T09:11:00Z\",\"what\":\"contact added\",\"subject\":\"contacts[1]\"},"
    "{\"at\":\"2014-08-07T09:12:00Z\",\"what\":\"SMS sent\"}]}";

static const struct tt_case_identifier sheet[] = {{"imei", "device", "imei[0]", "aa"},
                                                  {"imsi", "device", "imsi[0]", "bb"}};

/* One plain finding, violating, and a ledger in which all but a little was read. */
static inline void tell(struct told *told)
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

static inline struct tt_compare *compare(struct told *before, struct told *after)
{
    struct tt_compare *compare = NULL;
    int failed = -1;
    const struct tt_case_view first = fake_view(&before->fake);
    const struct tt_case_view second = fake_view(&after->fake);
    assert_int_equal(tt_compare_run(&first, &second, &compare, &failed), TT_OK);
    return compare;
}

/* "gone+moved_host" of each row, rows apart by a space, then what all come to. */
static inline const char *words(struct told *before, struct told *after, char text[1024])
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

static inline void expect(struct told *before, struct told *after, const char *wanted)
{
    char text[1024];
    assert_string_equal(words(before, after, text), wanted);
}

static inline void expect_why(struct told *before, struct told *after, const char *part)
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
static inline void clear(struct told *told)
{
    told->fake.finding_count = 0;
    told->fake.info.verdict = TT_VERDICT_ALLOWED;
}

/* What the second test saw is allowed. */
static inline void allow(struct told *told)
{
    told->findings[0].verdict = TT_VERDICT_ALLOWED;
    told->fake.info.verdict = TT_VERDICT_ALLOWED;
}

#endif
