#include "report/json.h"

/* A list of the lines of `lines`, which may be NULL. */
static void put_lines(struct tt_json_out *j, const char *key, const char *lines)
{
    struct tt_buf line = tt_buf_make(TT_CLAUSE_TEXT_MAX);
    struct tt_span rest = tt_span_str(lines == NULL ? "" : lines);
    tt_json_open_array(&j->json, key);
    while (rest.len > 0 && j->json.err == TT_OK) {
        size_t end = tt_span_find(rest, '\n');
        size_t len = end < rest.len ? end : rest.len;
        tt_buf_clear(&line);
        enum tt_err err = tt_buf_append(&line, tt_span_sub(rest, 0, len));
        if (err == TT_OK)
            err = tt_buf_append_u8(&line, '\0');
        if (err == TT_OK)
            tt_json_out_text(j, NULL, (const char *)line.data, TT_REDACT_HOST);
        else
            j->json.err = err;
        rest = tt_span_from(rest, len < rest.len ? len + 1 : len);
    }
    tt_json_close_array(&j->json);
    tt_buf_free(&line);
}

static enum tt_err put_clause(void *context, const struct tt_case_clause *clause)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    bool told = clause->outcome != NULL && clause->outcome[0] != '\0';
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "id", clause->id, TT_REDACT_CLEAN);
    tt_json_out_text(j, "text", clause->text, TT_REDACT_CLEAN);
    tt_json_out_text(j, "citation", clause->citation, TT_REDACT_CLEAN);
    tt_json_out_text(j, "verdict", clause->verdict, TT_REDACT_CLEAN);
    tt_json_out_text(j, "severity", clause->severity, TT_REDACT_CLEAN);
    tt_json_out_text(j, "outcome", told ? clause->outcome : NULL, TT_REDACT_CLEAN);
    tt_json_uint(json, "findings", clause->findings);
    put_lines(j, "missing", clause->missing);
    put_lines(j, "exceptions", clause->excepted);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

enum tt_err tt_json_out_clauses(struct tt_json_out *j)
{
    tt_json_open_array(&j->json, "clauses");
    enum tt_err err = j->view->clauses(j->view->store, put_clause, j);
    tt_json_close_array(&j->json);
    return err;
}
