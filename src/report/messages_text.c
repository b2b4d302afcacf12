#include "report/formats.h"
#include "report/text.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>

/* Columns of the table; what the message is about takes the rest. */
enum { CLOCK = 12, FLOW = 5, WHAT = 12, STATUS = 3, ENCRYPTION = 6, GAPS = 6 };
enum { DAY_LEN = 10, CLOCK_AT = 11 };

struct table {
    struct tt_text text;
    char day[DAY_LEN + 1]; /* of the last row */
};

static size_t about_columns(const struct tt_text *t)
{
    return t->width - (CLOCK + FLOW + WHAT + STATUS + ENCRYPTION + GAPS);
}

/* A new head for each day, so that rows need only the time of day. */
static void put_head(struct table *table, const char *day)
{
    struct tt_text *t = &table->text;
    if (table->day[0] != '\0')
        tt_text_newline(t);
    (void)snprintf(table->day, sizeof(table->day), "%s", day);
    tt_text_cell(t, day, CLOCK, TT_ALIGN_LEFT);
    tt_text_cell(t, "Flow", FLOW, TT_ALIGN_RIGHT);
    tt_text_cell(t, "What", WHAT, TT_ALIGN_LEFT);
    tt_text_cell(t, "", STATUS, TT_ALIGN_RIGHT);
    tt_text_cell(t, "Under", ENCRYPTION, TT_ALIGN_LEFT);
    tt_text_cell(t, "About", about_columns(t), TT_ALIGN_LEFT);
    tt_text_newline(t);
}

static void put_about(struct tt_text *t, const struct tt_case_message *message)
{
    char text[128];
    char bytes[TT_HUMAN_MAX];
    size_t columns = about_columns(t);
    (void)tt_human_bytes(message->body_bytes, bytes);
    if (strcmp(message->kind, "data") == 0) {
        const char *side = message->direction == TT_FROM_RESPONDER ? "responder" : "initiator";
        (void)snprintf(text, sizeof(text), "%s from %s at %" PRIu64, bytes, side, message->offset);
        tt_text_cell(t, text, columns, TT_ALIGN_LEFT);
    } else if (message->url != NULL) {
        tt_text_cell_redacted(t, message->url, TT_REDACT_URL, columns);
    } else if (message->tls != NULL && message->tls->has_certificate) {
        tt_text_cell_redacted(t, message->tls->certificate.subject, TT_REDACT_TEXT, columns);
    } else if (message->name != NULL) {
        tt_text_cell_redacted(t, message->name, TT_REDACT_HOST, columns);
    } else {
        const char *type = message->content_type == NULL ? "" : message->content_type;
        (void)snprintf(text, sizeof(text), "%s %.100s", bytes, type);
        tt_text_cell_redacted(t, text, TT_REDACT_TEXT, columns);
    }
}

static enum tt_err put_row(void *context, const struct tt_case_message *message)
{
    struct table *table = context;
    struct tt_text *t = &table->text;
    char time[TT_TIME_TEXT_MAX];
    char day[DAY_LEN + 1];
    char text[16];
    (void)tt_time_text(message->time, time);
    (void)snprintf(day, sizeof(day), "%.*s", (int)DAY_LEN, message->time == 0 ? "No time" : time);
    if (strcmp(day, table->day) != 0)
        put_head(table, day);
    (void)snprintf(text, sizeof(text), "%.*s", (int)CLOCK, time + CLOCK_AT);
    tt_text_cell(t, message->time == 0 ? "-" : text, CLOCK, TT_ALIGN_LEFT);
    char number[TT_HUMAN_MAX];
    (void)snprintf(number, sizeof(number), "%" PRIu64, message->flow);
    tt_text_cell(t, number, FLOW, TT_ALIGN_RIGHT);
    bool request = strcmp(message->kind, "request") == 0 && message->method != NULL;
    tt_text_cell_redacted(t, request ? message->method : message->kind, TT_REDACT_TEXT, WHAT);
    (void)snprintf(text, sizeof(text), "%d", message->status);
    tt_text_cell(t, message->status == 0 ? "" : text, STATUS, TT_ALIGN_RIGHT);
    bool plain = strcmp(message->encryption, "none") == 0;
    tt_text_cell_redacted(t, plain ? "-" : message->encryption, TT_REDACT_CLEAN, ENCRYPTION);
    put_about(t, message);
    tt_text_newline(t);
    return tt_text_step(t);
}

enum tt_err tt_report_messages_text(const struct tt_case_view *view, bool reveal,
                                    const struct tt_report_sink *sink)
{
    struct table table = {.day = ""};
    tt_text_open(&table.text, view, reveal, false, 0, sink);
    enum tt_err err = view->messages(view->store, put_row, &table);
    return tt_text_close(&table.text, err);
}
