#include "report/json.h"

enum { LINE_MAX = 1024 };

void tt_json_out_open(struct tt_json_out *j, const struct tt_case_view *view, bool reveal,
                      const struct tt_report_sink *sink)
{
    *j = (struct tt_json_out){
        .out = tt_out_make(sink), .redactor = tt_redactor_make(reveal), .view = view};
    j->json = tt_json_make(&j->out.buf);
}

enum tt_err tt_json_out_close(struct tt_json_out *j, enum tt_err err)
{
    enum tt_err last = tt_json_out_step(j);
    enum tt_err end = tt_out_end(&j->out);
    tt_redactor_free(&j->redactor);
    if (err != TT_OK)
        return err;
    return last != TT_OK ? last : end;
}

enum tt_err tt_json_out_step(struct tt_json_out *j)
{
    if (j->json.err == TT_OK)
        j->json.err = j->redactor.err;
    return tt_out_step(&j->out, &j->json);
}

void tt_json_out_text(struct tt_json_out *j, const char *key, const char *text, enum tt_redact how)
{
    if (text == NULL)
        tt_json_null(&j->json, key);
    else
        tt_json_span(&j->json, key, tt_redact(&j->redactor, text, how));
}

void tt_json_out_time(struct tt_json_out *j, const char *key, uint64_t time)
{
    char text[TT_TIME_TEXT_MAX];
    tt_json_text(&j->json, key, time == 0 ? NULL : tt_time_text(time, text));
}

void tt_json_out_addr(struct tt_json_out *j, const char *key, struct tt_addr addr)
{
    char text[TT_ADDR_TEXT_MAX];
    tt_json_out_text(j, key, tt_addr_len(addr) == 0 ? NULL : tt_addr_text(addr, text),
                     TT_REDACT_HOST);
}

void tt_json_out_port(struct tt_json_out *j, const char *key, uint16_t port)
{
    if (port == 0)
        tt_json_null(&j->json, key);
    else
        tt_json_uint(&j->json, key, port);
}

void tt_json_out_lines(struct tt_json_out *j, const char *key, const char *text, enum tt_redact how)
{
    struct tt_span rest = tt_span_str(text);
    tt_json_open_array(&j->json, key);
    while (rest.len > 0) {
        char line[LINE_MAX];
        size_t end = tt_span_find(rest, '\n');
        size_t len = end < rest.len ? end : rest.len;
        size_t shown = len < LINE_MAX ? len : LINE_MAX - 1;
        memcpy(line, rest.data, shown);
        line[shown] = '\0';
        tt_json_out_text(j, NULL, line, how);
        rest = tt_span_from(rest, len < rest.len ? len + 1 : len);
    }
    tt_json_close_array(&j->json);
}
