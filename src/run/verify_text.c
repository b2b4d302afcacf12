/* What `telltale verify` prints: labels and kinds of steps, never what was captured. */
#include "run/verify.h"

#include "base/json.h"
#include "verify/verify.h"

enum { LINE_MAX = 1 << 20 };

static const char *check_name(enum tt_verify_check check)
{
    switch (check) {
    case TT_VERIFY_NONE:
        break;
    case TT_VERIFY_RANGE:
        return "range only";
    case TT_VERIFY_WALKED:
        return "walked";
    }
    return "not reached";
}

/* Names behind the colon are somebody's: they may hold values. */
static struct tt_span kind_of_step(const char *step)
{
    struct tt_span text = tt_span_str(step);
    return tt_span_sub(text, 0, tt_span_find(text, ':'));
}

/* What a terminal must not get becomes "?". */
static enum tt_err put_clean(struct tt_buf *out, struct tt_span text)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < text.len && err == TT_OK; i++) {
        uint8_t c = text.data[i];
        err = tt_buf_append_u8(out, c < 0x20 || c == 0x7f ? '?' : c);
    }
    return err;
}

static const char *step_at(const struct tt_verify_line *line)
{
    const struct tt_finding *finding = line->finding;
    size_t at = line->result->step;
    return at < finding->proof_count ? finding->proof[at].step : "the value";
}

/* ---- JSON ---- */

static void put_steps(struct tt_json *json, const struct tt_verify_line *line)
{
    tt_json_open_array(json, "steps");
    for (size_t i = 0; i < line->finding->proof_count && i < line->result->check_count; i++) {
        tt_json_open_object(json, NULL);
        tt_json_span(json, "step", kind_of_step(line->finding->proof[i].step));
        tt_json_text(json, "check", check_name(line->result->checks[i]));
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

static enum tt_err write_json_line(const struct tt_verify_line *line, struct tt_buf *out)
{
    const struct tt_finding *finding = line->finding;
    const struct tt_verify_result *result = line->result;
    struct tt_json json = tt_json_make(out);
    tt_json_open_object(&json, NULL);
    tt_json_uint(&json, "finding", line->number);
    tt_json_open_object(&json, "identifier");
    tt_json_text(&json, "kind", finding->kind);
    tt_json_text(&json, "label", finding->label);
    tt_json_close_object(&json);
    tt_json_text(&json, "form", finding->form);
    tt_json_open_array(&json, "transform");
    for (size_t i = 0; i < finding->transform_count; i++)
        tt_json_text(&json, NULL, finding->transform[i]);
    tt_json_close_array(&json);
    tt_json_text(&json, "capture", finding->capture);
    tt_json_uint(&json, "frame", finding->frames_listed > 0 ? finding->frames[0] : 0);
    if (result->closed)
        tt_json_null(&json, "holds");
    else
        tt_json_bool(&json, "holds", result->holds);
    put_steps(&json, line);
    if (result->holds) {
        tt_json_null(&json, "broken_at");
        tt_json_null(&json, "why");
    } else {
        tt_json_span(&json, "broken_at", kind_of_step(step_at(line)));
        tt_json_text(&json, "why", result->why);
    }
    tt_json_close_object(&json);
    tt_json_end_line(&json);
    return json.err;
}

static enum tt_err write_json_totals(const struct tt_verify_totals *totals, struct tt_buf *out)
{
    struct tt_json json = tt_json_make(out);
    tt_json_open_object(&json, NULL);
    tt_json_open_object(&json, "verified");
    tt_json_uint(&json, "findings", totals->findings);
    tt_json_uint(&json, "hold", totals->held);
    tt_json_uint(&json, "all_steps_walked", totals->walked);
    tt_json_uint(&json, "do_not_hold", totals->findings - totals->held - totals->closed);
    tt_json_uint(&json, "not_walked", totals->closed);
    tt_json_close_object(&json);
    tt_json_close_object(&json);
    tt_json_end_line(&json);
    return json.err;
}

/* ---- text ---- */

static enum tt_err write_text_line(const struct tt_verify_line *line, struct tt_buf *out)
{
    const struct tt_finding *finding = line->finding;
    const struct tt_verify_result *result = line->result;
    enum tt_err err = tt_buf_printf(out, "%5zu  %s  ", line->number,
                                    result->holds    ? "holds         "
                                    : result->closed ? "not walked    "
                                                     : "DOES NOT HOLD ");
    if (err == TT_OK)
        err = put_clean(out, tt_span_str(finding->label));
    if (err == TT_OK)
        err = tt_buf_printf(out, " (%s", finding->form);
    for (size_t i = 0; i < finding->transform_count && err == TT_OK; i++)
        err = tt_buf_printf(out, ", %s", finding->transform[i]);
    if (err == TT_OK)
        err = tt_buf_append_str(out, "), ");
    if (err == TT_OK)
        err = put_clean(out, tt_span_str(finding->capture));
    if (err == TT_OK && finding->frames_listed > 0)
        err = tt_buf_printf(out, " frame %llu", (unsigned long long)finding->frames[0]);
    if (err == TT_OK)
        err = tt_buf_append_str(out, "\n       ");
    for (size_t i = 0; i < finding->proof_count && i < result->check_count && err == TT_OK; i++) {
        err = tt_buf_append_str(out, i == 0 ? "" : "; ");
        if (err == TT_OK)
            err = put_clean(out, kind_of_step(finding->proof[i].step));
        if (err == TT_OK)
            err = tt_buf_printf(out, ": %s", check_name(result->checks[i]));
    }
    if (err == TT_OK && !result->holds) {
        err = tt_buf_append_str(out, "\n       at ");
        if (err == TT_OK)
            err = put_clean(out, kind_of_step(step_at(line)));
        if (err == TT_OK)
            err = tt_buf_printf(out, ": %s", result->why);
    }
    return err == TT_OK ? tt_buf_append_u8(out, '\n') : err;
}

static enum tt_err write_text_totals(const struct tt_verify_totals *totals, struct tt_buf *out)
{
    return tt_buf_printf(out,
                         "The case file, the captures and the sheet are those of the test.\n"
                         "%zu findings: %zu hold (%zu with every step walked, the others with the "
                         "range of a step only), %zu do not, %zu were not walked.\n",
                         totals->findings, totals->held, totals->walked,
                         totals->findings - totals->held - totals->closed, totals->closed);
}

static enum tt_err send(const struct tt_report_sink *sink, enum tt_err err, struct tt_buf *out)
{
    if (err == TT_OK)
        err = sink->write(sink->context, tt_buf_span(out));
    tt_buf_free(out);
    return err;
}

enum tt_err tt_verify_write_line(const struct tt_report_sink *sink, bool json,
                                 const struct tt_verify_line *line)
{
    struct tt_buf out = tt_buf_make(LINE_MAX);
    enum tt_err err = json ? write_json_line(line, &out) : write_text_line(line, &out);
    return send(sink, err, &out);
}

enum tt_err tt_verify_write_totals(const struct tt_report_sink *sink, bool json,
                                   const struct tt_verify_totals *totals)
{
    struct tt_buf out = tt_buf_make(LINE_MAX);
    enum tt_err err = json ? write_json_totals(totals, &out) : write_text_totals(totals, &out);
    return send(sink, err, &out);
}
