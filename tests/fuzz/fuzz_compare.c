/* The input is two tests, since a stranger may write a case file: two lines of timeline (JSON),
 * then findings and rows of the ledger of 8 bytes each. Whatever they hold: "gone" is never said of
 * tests that are not alike, every row comes to something, and a test and itself are unchanged. */
#include <stdlib.h>

#include "base/compiler.h"
#include "base/span.h"
#include "judge/compare.h"
#include "model/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROW = 8, ROWS_MAX = 64, TIMELINE_MAX = 2048 };

struct test {
    struct tt_case_info info;
    char timeline[TIMELINE_MAX + 1];
    struct tt_span rows; /* of ROW bytes */
    uint8_t which;       /* whose rows: bit 0 of their first byte */
};

static const char *const kinds[] = {"imei", "contact_number", "custom", "x"};
static const char *const labels[] = {"imei[0]", "contacts[0].phone_number", "a.b", ""};
static const char *const hosts[] = {"api.example.com", "log.example.com", "other.example", NULL};
static const char *const domains[] = {"example.com", "example.com", "other.example", NULL};
static const char *const countries[] = {"CN", "SG", "", NULL};
static const char *const codings[] = {"percent", "base64", "md5", "xor:5a"};
static const char *const encryptions[] = {"none", "tls1.3", "", "quic"};

static struct tt_addr address(uint8_t last)
{
    const uint8_t bytes[] = {198, 51, 100, last};
    return last == 0 ? (struct tt_addr){0} : tt_addr_make(TT_ADDR_IPV4, bytes);
}

static enum tt_err tell_info(void *store, struct tt_case_info *ret_info)
{
    const struct test *test = store;
    *ret_info = test->info;
    return TT_OK;
}

static enum tt_err
tell_inputs(void *store, enum tt_err (*row)(void *, const struct tt_case_input *), void *context)
{
    const struct test *test = store;
    const uint8_t *b = test->rows.data;
    const uint64_t begin = UINT64_C(1407402000000000000);
    struct tt_case_input input = {.name = "a", .format = "pcap", .sha256 = "", .frames = 9};
    if (test->rows.len < ROW)
        return TT_OK;
    input.first_time = (b[1] & 1) != 0 ? 0 : begin + (uint64_t)b[2] * UINT64_C(10000000000);
    input.last_time = begin + (uint64_t)b[3] * UINT64_C(10000000000);
    input.dropped = b[4] & 1;
    input.damaged = (b[4] & 6) == 6;
    return row(context, &input);
}

static enum tt_err tell_findings(void *store, enum tt_err (*row)(void *, const struct tt_finding *),
                                 void *context)
{
    const struct test *test = store;
    enum tt_err err = TT_OK;
    for (size_t at = 0; at + ROW <= test->rows.len && err == TT_OK; at += ROW) {
        const uint8_t *b = test->rows.data + at;
        const char *const *coding = &codings[b[4] & 3];
        if ((b[0] & 1) != test->which || (b[0] & 2) != 0)
            continue;
        const struct tt_finding finding = {.kind = kinds[b[1] & 3],
                                           .owner = "device",
                                           .label = labels[b[1] >> 2 & 3],
                                           .masked = "•",
                                           .form = "digits",
                                           .transform = coding,
                                           .transform_count = b[4] >> 2 & 1,
                                           .path = coding,
                                           .path_count = b[4] >> 3 & 1,
                                           .reversal_cost = (b[4] & 16) != 0 ? 1e6 : 0,
                                           .certainty = (b[2] & 1) != 0 ? TT_PROVEN : TT_SUSPECTED,
                                           .heading = (enum tt_heading)(b[2] >> 1 & 3),
                                           .scope = TT_ADDR_SCOPE_INTERNET,
                                           .host = hosts[b[3] & 3],
                                           .domain = domains[b[3] & 3],
                                           .organisation = countries[b[3] >> 2 & 3],
                                           .country = countries[b[3] >> 4 & 3],
                                           .address = address(b[5]),
                                           .encryption = encryptions[b[6] & 3],
                                           .consent = (enum tt_consent)((b[6] >> 2) % 5),
                                           .verdict = (enum tt_verdict)(b[7] % 3),
                                           .severity = "high",
                                           .capture = "a",
                                           .first_seen = b[7],
                                           .count = 1};
        err = row(context, &finding);
    }
    return err;
}

static enum tt_err tell_coverage(void *store,
                                 enum tt_err (*row)(void *, const struct tt_coverage_row *),
                                 void *context)
{
    const struct test *test = store;
    enum tt_err err = TT_OK;
    for (size_t at = 0; at + ROW <= test->rows.len && err == TT_OK; at += ROW) {
        const uint8_t *b = test->rows.data + at;
        if ((b[0] & 1) != test->which || (b[0] & 2) == 0)
            continue;
        struct tt_coverage_row line = {.host = hosts[b[3] & 3],
                                       .address = address(b[5]),
                                       .protocol = "tcp",
                                       .heading = (enum tt_heading)(b[2] >> 1 & 3)};
        line.bytes[b[6] % TT_BUCKET_COUNT] = b[7];
        err = row(context, &line);
    }
    return err;
}

static enum tt_err tell_identifiers(void *store,
                                    enum tt_err (*row)(void *, const struct tt_case_identifier *),
                                    void *context)
{
    const struct test *test = store;
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < test->info.identifier_count && err == TT_OK; i++) {
        const struct tt_case_identifier entry = {
            kinds[i & 3], "device", labels[i >> 2 & 3],
            test->info.identifier_count > 4 ? kinds[i + test->which & 3] : NULL};
        err = row(context, &entry);
    }
    return err;
}

static struct tt_case_view view_of(struct test *test)
{
    return (struct tt_case_view){.store = test,
                                 .info = tell_info,
                                 .inputs = tell_inputs,
                                 .findings = tell_findings,
                                 .coverage = tell_coverage,
                                 .identifiers = tell_identifiers};
}

static struct tt_span take_line(struct tt_span *rest)
{
    size_t end = tt_span_find(*rest, '\n');
    struct tt_span line = tt_span_sub(*rest, 0, end);
    *rest = tt_span_from(*rest, end + 1);
    return line;
}

static void make(struct test *test, struct tt_span timeline, struct tt_span rows, uint8_t which)
{
    struct tt_span kept = tt_span_sub(timeline, 0, TIMELINE_MAX);
    *test = (struct test){.rows = tt_span_sub(rows, 0, ROW * ROWS_MAX), .which = which};
    if (kept.len > 0)
        memcpy(test->timeline, kept.data, kept.len);
    uint8_t look = rows.len > 0 ? rows.data[rows.len - 1] : 0;
    test->info =
        (struct tt_case_info){.tool_version = (look & 1) != 0 ? "0.1.0" : "0.2",
                              .device_name = (look & 2) != 0 ? "a" : NULL,
                              .subject_digest = (look & 4) != 0 && which == 1 ? "bb" : "aa",
                              .policy_name = "default",
                              .geo_sources = "",
                              .timeline_json = kept.len > 0 ? test->timeline : NULL,
                              .identifier_count = look >> 4,
                              .verdict = (enum tt_verdict)(look % 3)};
}

static void check(const struct tt_comparison *all, bool same)
{
    for (size_t i = 0; i < all->row_count; i++) {
        const struct tt_comparison_row *row = all->rows[i];
        if (row->changes == 0)
            abort();
        if (tt_comparison_has(row, TT_CHANGE_GONE) && (!all->for_gone || row->after.findings > 0))
            abort();
        if (tt_comparison_has(row, TT_CHANGE_MOVED_HOST) && !all->for_gone)
            abort();
        if (tt_comparison_has(row, TT_CHANGE_NOT_COMPARABLE) && row->reason == NULL)
            abort();
        if (same && row->changes != 1U << TT_CHANGE_UNCHANGED)
            abort();
    }
}

static void compare(struct test *before, struct test *after, bool same)
{
    struct tt_compare *made = NULL;
    int failed = 0;
    const struct tt_case_view first = view_of(before);
    const struct tt_case_view second = view_of(after);
    if (tt_compare_run(&first, &second, &made, &failed) != TT_OK)
        return;
    check(tt_compare_result(made), same);
    tt_compare_free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct test before;
    static struct test after;
    struct tt_span rest = tt_span_of(data, size);
    struct tt_span first = take_line(&rest);
    struct tt_span second = take_line(&rest);
    make(&before, first, rest, 0);
    make(&after, second, rest, 1);
    compare(&before, &after, false);
    compare(&after, &before, false);
    compare(&before, &before, true);
    return 0;
}
