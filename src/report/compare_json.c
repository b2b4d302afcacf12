/* A line for each row, worst first, then one with what all come to. */
#include "report/comparison.h"

#include "report/json.h"

static void put_places(struct tt_json_out *j, const struct tt_comparison_side *side)
{
    struct tt_json *json = &j->json;
    tt_json_open_array(json, "places");
    for (size_t i = 0; i < side->place_count; i++) {
        tt_json_open_object(json, NULL);
        tt_json_out_addr(j, "address", side->places[i].address);
        tt_json_out_text(j, "country", side->places[i].country, TT_REDACT_CLEAN);
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

/* null for what was not seen. */
static void put_side(struct tt_json_out *j, const char *key, const struct tt_comparison_side *side)
{
    struct tt_json *json = &j->json;
    if (side->findings == 0) {
        tt_json_null(json, key);
        return;
    }
    tt_json_open_object(json, key);
    tt_json_out_text(j, "host", side->host, TT_REDACT_HOST);
    tt_json_out_text(j, "domain", side->domain, TT_REDACT_HOST);
    tt_json_out_text(j, "organisation", side->organisation, TT_REDACT_CLEAN);
    put_places(j, side);
    tt_json_open_array(json, "written");
    for (size_t i = 0; i < side->way_count; i++)
        tt_json_out_text(j, NULL, side->ways[i], TT_REDACT_TEXT);
    tt_json_close_array(json);
    tt_json_text(json, "plainest", tt_writing_name(side->plainest));
    tt_json_uint(json, "findings", side->findings);
    tt_json_uint(json, "count", side->count);
    tt_json_uint(json, "readable", side->readable);
    tt_json_uint(json, "agreed", side->agreed);
    tt_json_uint(json, "not_agreed", side->refused);
    tt_json_text(json, "certainty", tt_certainty_name(side->certainty));
    tt_json_text(json, "verdict", tt_verdict_name(side->worst));
    tt_json_out_time(j, "first_seen", side->first_seen);
    tt_json_out_time(j, "last_seen", side->last_seen);
    tt_json_close_object(json);
}

static enum tt_err put_row(struct tt_json_out *j, const struct tt_comparison_row *row)
{
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_open_object(json, "identifier");
    tt_json_out_text(j, "kind", row->kind, TT_REDACT_CLEAN);
    tt_json_out_text(j, "owner", row->owner, TT_REDACT_CLEAN);
    tt_json_out_text(j, "label", row->label, TT_REDACT_TEXT);
    tt_json_out_text(j, "value", row->masked, TT_REDACT_CLEAN);
    tt_json_close_object(json);
    tt_json_text(json, "direction", tt_heading_name(row->heading));
    tt_json_text(json, "scope", tt_scope_name(row->scope));
    tt_json_open_array(json, "changes");
    for (enum tt_change change = TT_CHANGE_GONE; change < TT_CHANGE_COUNT; change++)
        if (tt_comparison_has(row, change))
            tt_json_text(json, NULL, tt_change_name(change));
    tt_json_close_array(json);
    tt_json_out_text(j, "reason", row->reason, TT_REDACT_CLEAN);
    put_side(j, "before", &row->before);
    put_side(j, "after", &row->after);
    tt_json_close_object(json);
    tt_json_end_line(json);
    return tt_json_out_step(j);
}

static void put_checks(struct tt_json_out *j, const struct tt_comparison *comparison)
{
    struct tt_json *json = &j->json;
    tt_json_open_array(json, "checks");
    for (size_t i = 0; i < comparison->check_count; i++) {
        const struct tt_comparison_check *check = &comparison->checks[i];
        tt_json_open_object(json, NULL);
        tt_json_text(json, "name", check->name);
        tt_json_out_text(j, "before", check->before, TT_REDACT_CLEAN);
        tt_json_out_text(j, "after", check->after, TT_REDACT_CLEAN);
        tt_json_bool(json, "suffices", check->for_gone);
        tt_json_bool(json, "suffices_for_new", check->for_new);
        tt_json_out_text(j, "why", check->why, TT_REDACT_CLEAN);
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

static enum tt_err put_sum(struct tt_json_out *j, const struct tt_comparison *comparison)
{
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_open_object(json, "comparison");
    tt_json_text(json, "outcome", tt_verdict_name(comparison->outcome));
    tt_json_bool(json, "comparable", comparison->for_gone);
    tt_json_bool(json, "comparable_for_new", comparison->for_new);
    put_checks(j, comparison);
    tt_json_open_object(json, "totals");
    for (enum tt_change change = TT_CHANGE_GONE; change < TT_CHANGE_COUNT; change++)
        tt_json_uint(json, tt_change_name(change), comparison->totals[change]);
    tt_json_close_object(json);
    tt_json_uint(json, "rows", comparison->row_count);
    tt_json_uint(json, "unlisted", comparison->unlisted);
    tt_json_close_object(json);
    tt_json_close_object(json);
    tt_json_end_line(json);
    return tt_json_out_step(j);
}

enum tt_err tt_report_comparison_json(const struct tt_comparison *comparison,
                                      const struct tt_report_sink *sink)
{
    struct tt_json_out j;
    enum tt_err err = TT_OK;
    tt_json_out_open(&j, NULL, false, sink);
    for (size_t i = 0; i < comparison->row_count && err == TT_OK; i++)
        err = put_row(&j, comparison->rows[i]);
    if (err == TT_OK)
        err = put_sum(&j, comparison);
    return tt_json_out_close(&j, err);
}
