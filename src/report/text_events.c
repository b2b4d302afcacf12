/* What the captures say beside their packets: comments, entries of a journal. */
#include "report/text.h"

#include <inttypes.h>

enum { INDENT = 2, LISTED_MAX = 20 };

struct event_list {
    struct tt_text *t;
    uint64_t count;
};

static void put_place(struct tt_text *t, const struct tt_event *event)
{
    char time[TT_HUMAN_MAX];
    tt_text_add(t, " (");
    tt_text_add_redacted(t, event->source, TT_REDACT_CLEAN);
    if (event->frame != 0)
        tt_text_add(t, ", frame %" PRIu64, event->frame);
    if (event->time != 0)
        tt_text_add(t, ", %s UTC", tt_human_time(event->time, time));
    if (t->inputs > 1) {
        tt_text_add(t, ", ");
        tt_text_add_redacted(t, event->capture, TT_REDACT_CLEAN);
    }
    tt_text_add(t, ")");
}

static enum tt_err put_event(void *context, const struct tt_event *event)
{
    struct event_list *list = context;
    struct tt_text *t = list->t;
    if (list->count++ == 0)
        tt_text_title(t, "WHAT THE CAPTURE SAYS");
    if (list->count > LISTED_MAX)
        return TT_OK;
    tt_text_add_redacted(t, event->text, TT_REDACT_TEXT);
    put_place(t, event);
    tt_text_end(t, "  - ", 2 * INDENT);
    return tt_text_step(t);
}

enum tt_err tt_text_events(struct tt_text *t)
{
    char count[TT_HUMAN_MAX];
    struct event_list list = {.t = t};
    enum tt_err err = t->view->events(t->view->store, put_event, &list);
    if (list.count > LISTED_MAX) {
        tt_text_add(t, "%s more: the JSON output lists them all.",
                    tt_human_count(list.count - LISTED_MAX, count));
        tt_text_end(t, "  ", INDENT);
    }
    return err == TT_OK ? tt_text_step(t) : err;
}
