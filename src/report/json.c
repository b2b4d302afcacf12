#include "report/json.h"

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
