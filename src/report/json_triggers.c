/* One line before the ledger: what left after the events of the timeline. */
#include "report/json.h"
#include "report/rows.h"

struct trigger_list {
    struct tt_json_out *j;
    uint64_t kinds; /* of events that were judged */
    bool is_open;
};

static void put_ms(struct tt_json *json, const char *key, uint64_t ns)
{
    tt_json_double(json, key, (double)ns / 1e6);
}

static void put_identifier(struct tt_json_out *j, const struct tt_trigger *trigger)
{
    struct tt_json *json = &j->json;
    if (trigger->kind == NULL) {
        tt_json_null(json, "identifier");
        return;
    }
    const struct tt_identifier *known =
        j->reveal != NULL && trigger->identifier < j->reveal->identifier_count
            ? &j->reveal->identifiers[trigger->identifier]
            : NULL;
    tt_json_open_object(json, "identifier");
    tt_json_out_text(j, "kind", trigger->kind, TT_REDACT_CLEAN);
    tt_json_out_text(j, "owner", trigger->owner, TT_REDACT_CLEAN);
    tt_json_out_text(j, "label", trigger->label, TT_REDACT_TEXT);
    if (known != NULL && trigger->label != NULL && strcmp(known->label, trigger->label) == 0)
        tt_json_text(json, "value", known->value); /* as it stands in the sheet */
    else
        tt_json_out_text(j, "value", trigger->masked, TT_REDACT_CLEAN);
    tt_json_bool(json, "own", trigger->own);
    tt_json_close_object(json);
}

static void put_destination(struct tt_json_out *j, const struct tt_trigger *trigger)
{
    struct tt_json *json = &j->json;
    if (trigger->host == NULL && tt_addr_len(trigger->address) == 0) {
        tt_json_null(json, "destination");
        return;
    }
    tt_json_open_object(json, "destination");
    tt_json_out_text(j, "host", trigger->host, TT_REDACT_HOST);
    tt_json_out_addr(j, "address", trigger->address);
    tt_json_close_object(json);
}

static enum tt_err put_trigger(void *context, const struct tt_trigger *trigger)
{
    struct trigger_list *list = context;
    struct tt_json_out *j = list->j;
    struct tt_json *json = &j->json;
    if (!list->is_open) {
        tt_json_open_object(json, NULL);
        tt_json_open_array(json, "events");
        list->is_open = true;
    }
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "what", trigger->what, TT_REDACT_TEXT);
    tt_json_text(json, "outcome", tt_trigger_outcome_name(trigger->outcome));
    put_identifier(j, trigger);
    put_destination(j, trigger);
    put_ms(json, "window_ms", trigger->window);
    put_ms(json, "uncertainty_ms", trigger->uncertainty);
    tt_json_uint(json, "told", trigger->told);
    tt_json_uint(json, "repetitions", trigger->repetitions);
    tt_json_uint(json, "followed", trigger->followed);
    tt_json_uint(json, "controls", trigger->controls);
    tt_json_uint(json, "controls_followed", trigger->controls_followed);
    if (trigger->followed == 0)
        tt_json_null(json, "delay_ms");
    else
        put_ms(json, "delay_ms", trigger->delay);
    tt_json_uint(json, "bytes", trigger->bytes);
    tt_json_uint(json, "unread_bytes", trigger->unread);
    tt_json_double(json, "chance", trigger->chance);
    tt_json_uint(json, "kinds_judged", list->kinds);
    tt_json_double(json, "chance_all", tt_trigger_chance_all(trigger->chance, list->kinds));
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

enum tt_err tt_json_out_triggers(struct tt_json_out *j)
{
    struct trigger_list list = {.j = j};
    enum tt_err err = tt_rows_judged_kinds(j->view, &list.kinds);
    if (err == TT_OK)
        err = j->view->triggers(j->view->store, put_trigger, &list);
    if (err != TT_OK || !list.is_open)
        return err;
    tt_json_close_array(&j->json);
    tt_json_close_object(&j->json);
    tt_json_end_line(&j->json);
    return tt_json_out_step(j);
}
