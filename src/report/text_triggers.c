/* What left after the events of the timeline: a heading for each kind of event, and its rows. */
#include "report/rows.h"
#include "report/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { INDENT = 2, LISTED_MAX = 12, WHAT_MAX = 256 };

/* Rows above this are counted, not listed: they say that something comes now and then. An event's
 * own values are listed whatever comes out: they are what was asked. */
static const double listed_chance_max = 0.05;

struct trigger_list {
    struct tt_text *t;
    char what[WHAT_MAX]; /* the kind being listed */
    bool is_any;
    uint64_t kinds; /* that were judged */
    uint64_t listed;
    uint64_t others;
};

/* "0.8 s", "1.25 s". */
static void add_seconds(struct tt_text *t, uint64_t ns)
{
    uint64_t hundredths = ns / 10000000 + (ns % 10000000 >= 5000000);
    if (hundredths % 100 == 0)
        tt_text_add(t, "%" PRIu64 " s", hundredths / 100);
    else if (hundredths % 10 == 0)
        tt_text_add(t, "%" PRIu64 ".%" PRIu64 " s", hundredths / 100, hundredths % 100 / 10);
    else
        tt_text_add(t, "%" PRIu64 ".%02" PRIu64 " s", hundredths / 100, hundredths % 100);
}

static enum tt_err end_kind(struct trigger_list *list)
{
    struct tt_text *t = list->t;
    char count[TT_HUMAN_MAX];
    if (list->others > 0) {
        tt_text_add(
            t, "%s more within the windows, as may come at any time: the JSON output lists them.",
            tt_human_count(list->others, count));
        tt_text_end(t, "    ", 2 * INDENT);
    }
    list->listed = 0;
    list->others = 0;
    return tt_text_step(t);
}

static void begin_kind(struct trigger_list *list, const struct tt_trigger *trigger)
{
    struct tt_text *t = list->t;
    if (!list->is_any)
        tt_text_title(t, "WHAT EVENTS TRIGGERED");
    list->is_any = true;
    (void)snprintf(list->what, sizeof(list->what), "%s", trigger->what);
    tt_text_add_redacted(t, trigger->what, TT_REDACT_TEXT);
    tt_text_add(t, ": %" PRIu64 " time%s", trigger->repetitions,
                trigger->repetitions == 1 ? "" : "s");
    if (trigger->told != trigger->repetitions)
        tt_text_add(t, " within the captures, of %" PRIu64, trigger->told);
    tt_text_add(t, "; window ");
    add_seconds(t, trigger->window);
    if (trigger->uncertainty > 0) {
        tt_text_add(t, ", and ");
        add_seconds(t, trigger->uncertainty);
        tt_text_add(t, " on either side for the clock");
    }
    tt_text_end(t, "  ", INDENT);
}

/* "that contact's number", "IMEI (imei[0], 35824…)". */
static void add_value(struct tt_text *t, const struct tt_trigger *trigger)
{
    enum tt_kind kind = 0;
    while (kind < TT_KIND_COUNT && strcmp(tt_kind_name(kind), trigger->kind) != 0)
        kind++;
    tt_text_add(t, "%s", trigger->own ? "that " : "");
    if (kind < TT_KIND_COUNT)
        tt_text_add(t, "%s", tt_kind_title(kind));
    else
        tt_text_add_redacted(t, trigger->kind, TT_REDACT_CLEAN);
    if (trigger->own)
        return;
    tt_text_add(t, " (");
    tt_text_add_redacted(t, trigger->label, TT_REDACT_TEXT);
    tt_text_add(t, ")");
}

static void add_target(struct tt_text *t, const struct tt_trigger *trigger)
{
    char address[TT_ADDR_TEXT_MAX];
    char sent[TT_HUMAN_MAX];
    char unread[TT_HUMAN_MAX];
    if (trigger->kind != NULL)
        add_value(t, trigger);
    else if (trigger->unread == 0)
        tt_text_add(t, "%s", tt_human_bytes(trigger->bytes, sent));
    else
        tt_text_add(t, "%s, %s of it not read,", tt_human_bytes(trigger->bytes, sent),
                    tt_human_bytes(trigger->unread, unread));
    tt_text_add(t, " to ");
    tt_text_add_redacted(
        t, trigger->host != NULL ? trigger->host : tt_addr_text(trigger->address, address),
        TT_REDACT_HOST);
}

static void put_result(struct trigger_list *list, const struct tt_trigger *trigger)
{
    struct tt_text *t = list->t;
    double chance = tt_trigger_chance_all(trigger->chance, list->kinds);
    bool sure = trigger->outcome == TT_TRIGGER_TRIGGERED;
    add_target(t, trigger);
    tt_text_add(t, " ");
    add_seconds(t, trigger->delay);
    tt_text_add(t, " later, %" PRIu64 " of %" PRIu64, trigger->followed, trigger->repetitions);
    if (trigger->controls > 0)
        tt_text_add(t, ", controls %" PRIu64 " of %" PRIu64, trigger->controls_followed,
                    trigger->controls);
    tt_text_add(t, ", p = %.2g", trigger->chance);
    if (list->kinds > 1)
        tt_text_add(t, " (%.2g for all %" PRIu64 " kinds of events)", chance, list->kinds);
    tt_text_add(t, ": %s", sure ? "triggered" : "may be by chance");
    if (!sure && chance < TT_TRIGGER_CHANCE_MAX)
        tt_text_add(t, ", since it came fewer than %d times", (int)TT_TRIGGER_FOLLOWED_MIN);
    tt_text_end(t, "  - ", 2 * INDENT);
}

static void put_nothing(struct tt_text *t, const struct tt_trigger *trigger)
{
    switch (trigger->outcome) {
    case TT_TRIGGER_CLOCK:
        tt_text_add(t, "clock too uncertain for this window: nothing is claimed");
        break;
    case TT_TRIGGER_NOT_CAPTURED:
        tt_text_add(t, "none of them lies within the captures: nothing is claimed");
        break;
    case TT_TRIGGER_NOTHING:
    case TT_TRIGGER_TRIGGERED:
    case TT_TRIGGER_UNCLEAR:
    case TT_TRIGGER_OUTCOME_COUNT:
        tt_text_add(t, "nothing was seen to leave within the window");
        break;
    }
    tt_text_end(t, "  - ", 2 * INDENT);
}

static enum tt_err put_trigger(void *context, const struct tt_trigger *trigger)
{
    struct trigger_list *list = context;
    struct tt_text *t = list->t;
    enum tt_err err = TT_OK;
    if (!list->is_any || strncmp(list->what, trigger->what, sizeof(list->what) - 1) != 0) {
        err = end_kind(list);
        begin_kind(list, trigger);
    }
    if (trigger->followed == 0) {
        put_nothing(t, trigger);
    } else if ((trigger->own || trigger->chance < listed_chance_max) && list->listed < LISTED_MAX) {
        list->listed++;
        put_result(list, trigger);
    } else {
        list->others++;
    }
    return err == TT_OK ? tt_text_step(t) : err;
}

enum tt_err tt_text_triggers(struct tt_text *t)
{
    struct trigger_list list = {.t = t};
    enum tt_err err = tt_rows_judged_kinds(t->view, &list.kinds);
    if (err == TT_OK)
        err = t->view->triggers(t->view->store, put_trigger, &list);
    return err == TT_OK ? end_kind(&list) : err;
}
