/* Where machines can stand: docs/residency.md, docs/json.md. */
#include "report/json.h"

static void put_ms(struct tt_json *json, const char *key, uint64_t ns)
{
    if (ns == 0)
        tt_json_null(json, key);
    else
        tt_json_double(json, key, (double)ns / 1e6);
}

static void put_km(struct tt_json *json, const char *key, bool known, double km)
{
    if (known)
        tt_json_uint(json, key, km < 0 ? 0 : (uint64_t)(km + 0.5));
    else
        tt_json_null(json, key);
}

static enum tt_err put_timing(void *context, const struct tt_timing_row *row)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "host", row->host, TT_REDACT_HOST);
    tt_json_out_lines(j, "names", row->names, TT_REDACT_HOST);
    tt_json_out_addr(j, "address", row->address);
    tt_json_out_port(j, "port", row->port);
    tt_json_out_text(j, "country", row->country, TT_REDACT_CLEAN);
    tt_json_out_text(j, "network", row->network, TT_REDACT_CLEAN);
    tt_json_out_text(j, "handshake", row->handshake, TT_REDACT_CLEAN);
    put_ms(json, "least_ms", row->least);
    put_ms(json, "error_ms", row->error);
    tt_json_uint(json, "handshakes", row->handshakes);
    tt_json_uint(json, "refused", row->refused);
    tt_json_out_text(j, "capture", row->capture, TT_REDACT_CLEAN);
    tt_json_uint(json, "flow", row->flow);
    tt_json_uint(json, "frame", row->frame);
    put_km(json, "vacuum_km", row->vacuum_km > 0, row->vacuum_km);
    put_km(json, "fibre_km", row->fibre_km > 0, row->fibre_km);
    tt_json_out_lines(j, "signs", row->signs, TT_REDACT_HOST);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

static enum tt_err put_claim(void *context, const struct tt_claim_row *row)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "source", row->source, TT_REDACT_CLEAN);
    tt_json_out_text(j, "claimant", row->claimant, TT_REDACT_CLEAN);
    tt_json_out_text(j, "place", row->place, TT_REDACT_CLEAN);
    tt_json_out_text(j, "host", row->host, TT_REDACT_HOST);
    tt_json_out_addr(j, "address", row->address);
    tt_json_out_port(j, "port", row->port);
    tt_json_text(json, "outcome", tt_claim_outcome_name(row->outcome));
    put_km(json, "distance_km", row->distance_km >= 0, row->distance_km);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

static enum tt_err put_residency(void *context, const struct tt_residency_row *row)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "service", row->service, TT_REDACT_CLEAN);
    tt_json_out_text(j, "in", row->places, TT_REDACT_CLEAN);
    tt_json_text(json, "outcome", tt_residency_outcome_name(row->outcome));
    tt_json_uint(json, "destinations", row->destinations);
    tt_json_out_lines(j, "reasons", row->reason, TT_REDACT_HOST);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

static enum tt_err is_one(void *context, const struct tt_residency_row *row)
{
    bool *any = context;
    (void)row;
    *any = true;
    return TT_OK;
}

enum tt_err tt_json_out_residency(struct tt_json_out *j, const struct tt_case_info *info)
{
    const struct tt_case_view *view = j->view;
    struct tt_json *json = &j->json;
    bool any = info->vantage != NULL;
    enum tt_err err = view->residencies(view->store, is_one, &any);
    if (err != TT_OK || !any)
        return err;
    tt_json_open_object(json, "residency");
    tt_json_out_text(j, "vantage", info->vantage, TT_REDACT_CLEAN);
    tt_json_open_array(json, "entries");
    err = view->residencies(view->store, put_residency, j);
    tt_json_close_array(json);
    tt_json_open_array(json, "timings");
    if (err == TT_OK)
        err = view->timings(view->store, put_timing, j);
    tt_json_close_array(json);
    tt_json_open_array(json, "claims");
    if (err == TT_OK)
        err = view->claims(view->store, put_claim, j);
    tt_json_close_array(json);
    tt_json_close_object(json);
    return err == TT_OK ? tt_json_out_step(j) : err;
}
