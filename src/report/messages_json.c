#include "report/formats.h"
#include "report/json.h"

static bool is_data(const struct tt_case_message *message)
{
    return strcmp(message->kind, "data") == 0;
}

static void put_body_head(struct tt_json *json, struct tt_span head)
{
    static const char digits[] = "0123456789abcdef";
    char text[TT_BODY_HEAD_MAX * 2];
    size_t len = head.len < TT_BODY_HEAD_MAX ? head.len : TT_BODY_HEAD_MAX;
    for (size_t i = 0; i < len; i++) {
        text[i * 2] = digits[head.data[i] >> 4];
        text[i * 2 + 1] = digits[head.data[i] & 15];
    }
    tt_json_span(json, "body_head", tt_span_of(text, len * 2));
}

/* A field that is there only when the message has it. */
static void put_optional(struct tt_json_out *j, const char *key, const char *text,
                         enum tt_redact how)
{
    if (text != NULL)
        tt_json_out_text(j, key, text, how);
}

/* What names the message: for data only where it stands in its stream. */
static void put_subject(struct tt_json_out *j, const struct tt_case_message *message)
{
    if (is_data(message)) {
        bool answer = message->direction == TT_FROM_RESPONDER;
        tt_json_text(&j->json, "direction", answer ? "from_responder" : "from_initiator");
        tt_json_uint(&j->json, "offset", message->offset);
        return;
    }
    put_optional(j, "method", message->method, TT_REDACT_TEXT);
    put_optional(j, "url", message->url, TT_REDACT_URL);
    put_optional(j, "name", message->name, TT_REDACT_HOST);
    if (message->status != 0)
        tt_json_int(&j->json, "status", message->status);
    put_optional(j, "content_type", message->content_type, TT_REDACT_TEXT);
}

static enum tt_err put_json(void *context, const struct tt_case_message *message)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_uint(json, "flow", message->flow);
    tt_json_out_text(j, "protocol", message->protocol, TT_REDACT_CLEAN);
    tt_json_out_text(j, "kind", message->kind, TT_REDACT_CLEAN);
    put_subject(j, message);
    tt_json_out_tls_message(j, message->tls);
    tt_json_uint(json, "body_bytes", message->body_bytes);
    if (is_data(message) && j->redactor.reveal)
        put_body_head(json, message->body_head);
    tt_json_out_text(j, "encryption", message->encryption, TT_REDACT_CLEAN);
    tt_json_out_text(j, "opened_with", message->opened_with, TT_REDACT_CLEAN);
    tt_json_open_array(json, "frames");
    tt_json_uint(json, NULL, message->first_frame);
    if (message->last_frame != message->first_frame)
        tt_json_uint(json, NULL, message->last_frame);
    tt_json_close_array(json);
    tt_json_out_time(j, "time", message->time);
    tt_json_out_text(j, "capture", message->capture, TT_REDACT_CLEAN);
    tt_json_close_object(json);
    tt_json_end_line(json);
    return tt_json_out_step(j);
}

enum tt_err tt_report_messages_json(const struct tt_case_view *view, bool reveal,
                                    const struct tt_report_sink *sink)
{
    struct tt_json_out j;
    tt_json_out_open(&j, view, reveal, sink);
    enum tt_err err = view->messages(view->store, put_json, &j);
    return tt_json_out_close(&j, err);
}
