/* A comparison as text and as JSON Lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/comparison.h"
#include "report/fake.h"
#include "report/width.h"

static const struct tt_comparison_side plain = {
    .findings = 2,
    .count = 3,
    .host = "api.example.com",
    .domain = "example.com",
    .places = {{.address = {.family = TT_ADDR_IPV4, .bytes = {198, 51, 100, 7}}, .country = "CN"}},
    .place_count = 1,
    .ways = {"digits"},
    .way_count = 1,
    .readable = 2,
    .refused = 2,
    .worst = TT_VERDICT_VIOLATION,
    .certainty = TT_PROVEN,
    .first_seen = UINT64_C(1407402602123456789),
    .last_seen = UINT64_C(1407402602500000000)};

static struct tt_comparison_row gone_row(void)
{
    return (struct tt_comparison_row){.kind = "imei",
                                      .owner = "device",
                                      .label = "imei[0]",
                                      .masked = "35824005" DOT DOT,
                                      .heading = TT_HEADING_SENT,
                                      .scope = TT_ADDR_SCOPE_INTERNET,
                                      .changes = 1U << TT_CHANGE_GONE,
                                      .before = plain};
}

static struct tt_comparison_row moved_row(void)
{
    struct tt_comparison_row row = gone_row();
    row.kind = "custom";
    row.label = "employee number";
    row.changes = 1U << TT_CHANGE_MOVED_HOST | 1U << TT_CHANGE_NOT_COMPARABLE;
    row.reason = "events: nothing tells";
    row.after = plain;
    row.after.host = NULL;
    row.after.readable = 1;
    row.after.refused = 0;
    row.after.certainty = TT_SUSPECTED;
    row.after.worst = TT_VERDICT_UNDECIDED;
    return row;
}

static struct tt_comparison sum(const struct tt_comparison_row *const *rows, size_t count)
{
    struct tt_comparison all = {.rows = rows,
                                .row_count = count,
                                .for_new = true,
                                .outcome = TT_VERDICT_UNDECIDED,
                                .check_count = 2};
    all.checks[0] = (struct tt_comparison_check){
        .name = "device", .before = "Redmi 1S", .after = "Redmi 1S", true, true, NULL};
    all.checks[1] = (struct tt_comparison_check){
        .name = "events",
        .before = "contact added (5), SMS received (5), call made (5)",
        .after = "contact added (5)",
        .for_new = true,
        .why = "not the same was done as often in both tests, or nothing tells"};
    all.totals[TT_CHANGE_GONE] = 1;
    all.totals[TT_CHANGE_MOVED_HOST] = 1;
    all.totals[TT_CHANGE_NOT_COMPARABLE] = 1;
    all.unlisted = 1234;
    return all;
}

static const char golden_text[] =
    "IT CANNOT BE SAID\n"
    "1 gone; 1 moved to another host; 1 not comparable.\n"
    "\n"
    "WHETHER THE TESTS ARE ALIKE\n"
    "  They are not alike enough to call anything gone.\n"
    "                 Before                      After                       Enough\n"
    "  device         Redmi 1S                    Redmi 1S                    yes\n"
    "  events         (below)                     (below)                     new\n"
    "                 before: contact added (5), SMS received (5), call made (5)\n"
    "                 after: contact added (5)\n"
    "                 not the same was done as often in both tests, or nothing tells\n"
    "\n"
    "WHAT BECAME OF IT\n"
    "\n"
    "IMEI, imei[0] 35824005" DOT DOT ": api.example.com\n"
    "  => gone\n"
    "    before: api.example.com, in CN; as digits; readable on the way; not agreed;\n"
    "            violation, first 2014-08-07 09:10:02, 3 times\n"
    "    after:  not seen\n"
    "\n"
    "employee number 35824005" DOT DOT ": api.example.com\n"
    "  => moved to another host; not comparable\n"
    "    before: api.example.com, in CN; as digits; readable on the way; not agreed;\n"
    "            violation, first 2014-08-07 09:10:02, 3 times\n"
    "    after:  198.51.100.7, in CN; as digits; partly readable on the way;\n"
    "            agreement not known; undecided, first 2014-08-07 09:10:02, 3 times;\n"
    "            only suspected\n"
    "    why:    events: nothing tells\n"
    "  1,234 findings more than can be compared.\n";

static void text(void **state)
{
    (void)state;
    const struct tt_comparison_row gone = gone_row();
    const struct tt_comparison_row moved = moved_row();
    const struct tt_comparison_row *const rows[] = {&gone, &moved};
    const struct tt_comparison all = sum(rows, 2);
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 80};
    assert_int_equal(tt_report_comparison_text(&all, &options, &sink), TT_OK);
    assert_string_equal(kept_text(&kept), golden_text);
    tt_buf_free(&kept.buf);
}

static const char golden_json[] =
    "{\"identifier\":{\"kind\":\"imei\",\"owner\":\"device\",\"label\":\"imei[0]\",\"value\":"
    "\"35824005" DOT DOT "\"},\"direction\":\"sent\",\"scope\":\"internet\",\"changes\":[\"gone\"],"
    "\"reason\":null,\"before\":{\"host\":\"api.example.com\",\"domain\":\"example.com\","
    "\"organisation\":null,\"places\":[{\"address\":\"198.51.100.7\",\"country\":\"CN\"}],"
    "\"written\":[\"digits\"],\"plainest\":\"plain\",\"findings\":2,\"count\":3,\"readable\":2,"
    "\"agreed\":0,\"not_agreed\":2,\"certainty\":\"proven\",\"verdict\":\"violation\","
    "\"first_seen\":\"2014-08-07T09:10:02.123456789Z\","
    "\"last_seen\":\"2014-08-07T09:10:02.500000000Z\"},\"after\":null}\n"
    "{\"comparison\":{\"outcome\":\"undecided\",\"comparable\":false,\"comparable_for_new\":true,"
    "\"checks\":[{\"name\":\"device\",\"before\":\"Redmi 1S\",\"after\":\"Redmi 1S\",\"suffices\":"
    "true,\"suffices_for_new\":true,\"why\":null},{\"name\":\"events\",\"before\":\"contact added "
    "(5), SMS received (5), call made (5)\",\"after\":\"contact added (5)\",\"suffices\":false,"
    "\"suffices_for_new\":true,\"why\":\"not the same was done as often in both tests, or nothing "
    "tells\"}],\"totals\":{\"gone\":1,\"only_encrypted\":0,\"now_opaque\":0,\"now_coded\":0,"
    "\"moved_host\":1,\"moved_country\":0,\"more_countries\":0,\"after_consent\":0,\"rewritten\":0,"
    "\"now_readable\":0,\"now_plain\":0,\"without_consent\":0,\"unchanged\":0,\"new\":0,"
    "\"not_comparable\":1},\"rows\":1,\"unlisted\":1234}}\n";

static void json(void **state)
{
    (void)state;
    const struct tt_comparison_row gone = gone_row();
    const struct tt_comparison_row *const rows[] = {&gone};
    const struct tt_comparison all = sum(rows, 1);
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    assert_int_equal(tt_report_comparison_json(&all, &sink), TT_OK);
    assert_string_equal(kept_text(&kept), golden_json);
    tt_buf_free(&kept.buf);
}

static void what_is_the_same_is_told_once(void **state)
{
    (void)state;
    struct tt_comparison_row row = gone_row();
    const struct tt_comparison_row *const rows[] = {&row};
    struct tt_comparison all = sum(rows, 1);
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 60, .colour = true};
    row.changes = 1U << TT_CHANGE_UNCHANGED;
    row.after = plain;
    row.heading = TT_HEADING_RECEIVED;
    assert_int_equal(tt_report_comparison_text(&all, &options, &sink), TT_OK);
    assert_non_null(strstr(kept_text(&kept), "still:"));
    assert_non_null(strstr(kept_text(&kept), "(received)"));
    assert_null(strstr(kept_text(&kept), "after:  api"));
    tt_buf_free(&kept.buf);
}

static void nothing_at_all(void **state)
{
    (void)state;
    const struct tt_comparison none = {.for_gone = true, .for_new = true};
    struct kept kept = kept_make();
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 80};
    assert_int_equal(tt_report_comparison_text(&none, &options, &sink), TT_OK);
    assert_non_null(strstr(kept_text(&kept), "Neither test found anything."));
    tt_buf_free(&kept.buf);
}

static void a_failure_is_passed_on(void **state)
{
    (void)state;
    const struct tt_comparison none = {.for_gone = true, .for_new = true};
    struct kept kept = kept_make();
    kept.fail_at = 1;
    const struct tt_report_sink sink = kept_sink(&kept);
    const struct tt_report_options options = {.width = 80};
    assert_int_equal(tt_report_comparison_text(&none, &options, &sink), TT_ERR_IO);
    kept.pieces = 0;
    assert_int_equal(tt_report_comparison_json(&none, &sink), TT_ERR_IO);
    tt_buf_free(&kept.buf);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(tt_change_name(TT_CHANGE_GONE), "gone");
    assert_string_equal(tt_change_name(TT_CHANGE_NOT_COMPARABLE), "not_comparable");
    assert_string_equal(tt_change_name(TT_CHANGE_COUNT), "");
    assert_string_equal(tt_change_words(TT_CHANGE_NOW_OPAQUE), "now opaque, not verified");
    assert_string_equal(tt_change_words(TT_CHANGE_COUNT), "");
    assert_string_equal(tt_writing_name(TT_WRITING_DIGEST), "digest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text),
        cmocka_unit_test(json),
        cmocka_unit_test(what_is_the_same_is_told_once),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(a_failure_is_passed_on),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
