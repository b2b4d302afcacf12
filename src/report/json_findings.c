#include "report/formats.h"
#include "report/json.h"
#include "report/reveal.h"

static void put_identifier(struct tt_json_out *j, const struct tt_finding *finding)
{
    struct tt_json *json = &j->json;
    const char *value = tt_report_revealed(j->reveal, finding);
    tt_json_open_object(json, "identifier");
    tt_json_out_text(j, "kind", finding->kind, TT_REDACT_CLEAN);
    tt_json_out_text(j, "owner", finding->owner, TT_REDACT_CLEAN);
    tt_json_out_text(j, "label", finding->label, TT_REDACT_TEXT);
    if (value != NULL)
        tt_json_text(json, "value", value); /* as it stands in the sheet */
    else
        tt_json_out_text(j, "value", finding->masked, TT_REDACT_CLEAN);
    tt_json_close_object(json);
}

static void put_texts(struct tt_json_out *j, const char *key, const char *const *texts,
                      size_t count, enum tt_redact how)
{
    tt_json_open_array(&j->json, key);
    for (size_t i = 0; i < count; i++)
        tt_json_out_text(j, NULL, texts[i], how);
    tt_json_close_array(&j->json);
}

static void put_proof(struct tt_json_out *j, const struct tt_finding *finding)
{
    struct tt_json *json = &j->json;
    tt_json_open_array(json, "proof");
    for (size_t i = 0; i < finding->proof_count; i++) {
        tt_json_open_object(json, NULL);
        tt_json_out_text(j, "step", finding->proof[i].step, TT_REDACT_TEXT);
        tt_json_uint(json, "offset", finding->proof[i].offset);
        tt_json_uint(json, "length", finding->proof[i].length);
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
}

static void put_destination(struct tt_json_out *j, const struct tt_finding *finding)
{
    struct tt_json *json = &j->json;
    tt_json_open_object(json, "destination");
    tt_json_out_text(j, "host", finding->host, TT_REDACT_HOST);
    tt_json_out_text(j, "host_source", finding->host_source, TT_REDACT_CLEAN);
    tt_json_open_array(json, "names");
    for (size_t i = 0; i < finding->name_count; i++) {
        tt_json_open_object(json, NULL);
        tt_json_out_text(j, "name", finding->names[i].name, TT_REDACT_HOST);
        tt_json_out_text(j, "source", finding->names[i].source, TT_REDACT_CLEAN);
        tt_json_close_object(json);
    }
    tt_json_close_array(json);
    tt_json_out_addr(j, "address", finding->address);
    tt_json_out_port(j, "port", finding->port);
    tt_json_out_text(j, "country", finding->country, TT_REDACT_CLEAN);
    tt_json_out_text(j, "network", finding->network, TT_REDACT_CLEAN);
    tt_json_out_text(j, "app", finding->app, TT_REDACT_HOST);
    tt_json_close_object(json);
}

static void put_numbers(struct tt_json *json, const char *key, const uint64_t *numbers,
                        size_t count)
{
    tt_json_open_array(json, key);
    for (size_t i = 0; i < count; i++)
        tt_json_uint(json, NULL, numbers[i]);
    tt_json_close_array(json);
}

static void put_certainty(struct tt_json *json, const struct tt_finding *finding)
{
    tt_json_text(json, "certainty", tt_certainty_name(finding->certainty));
    tt_json_double(json, "chance", finding->chance);
    if (finding->reversal_cost > 0)
        tt_json_double(json, "reversal_cost", finding->reversal_cost);
    else
        tt_json_null(json, "reversal_cost");
}

static void put_occurrence(struct tt_json_out *j, const struct tt_finding *finding)
{
    struct tt_json *json = &j->json;
    tt_json_out_time(j, "first_seen", finding->first_seen);
    tt_json_out_time(j, "last_seen", finding->last_seen);
    tt_json_uint(json, "count", finding->count);
    tt_json_out_text(j, "capture", finding->capture, TT_REDACT_CLEAN);
    put_numbers(json, "flows", finding->flows, finding->flow_count);
    put_numbers(json, "frames", finding->frames, finding->frames_listed);
    tt_json_uint(json, "frame_count", finding->frame_count);
}

/* The order of the fields is the contract's. */
static enum tt_err put_finding(void *context, const struct tt_finding *finding)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    put_identifier(j, finding);
    tt_json_out_text(j, "form", finding->form, TT_REDACT_CLEAN);
    put_texts(j, "transform", finding->transform, finding->transform_count, TT_REDACT_TEXT);
    put_texts(j, "path", finding->path, finding->path_count, TT_REDACT_TEXT);
    put_proof(j, finding);
    put_certainty(json, finding);
    tt_json_out_text(j, "protocol", finding->protocol, TT_REDACT_CLEAN);
    tt_json_text(json, "direction", tt_heading_name(finding->heading));
    tt_json_text(json, "scope", tt_scope_name(finding->scope));
    put_destination(j, finding);
    tt_json_out_text(j, "encryption", finding->encryption, TT_REDACT_CLEAN);
    tt_json_out_text(j, "cipher", finding->cipher, TT_REDACT_CLEAN);
    tt_json_out_text(j, "opened_with", finding->opened_with, TT_REDACT_CLEAN);
    put_occurrence(j, finding);
    tt_json_out_text(j, "phase", finding->phase, TT_REDACT_CLEAN);
    tt_json_text(json, "consent", tt_consent_name(finding->consent));
    tt_json_text(json, "verdict", tt_verdict_name(finding->verdict));
    put_texts(j, "clauses", finding->clauses, finding->clause_count, TT_REDACT_CLEAN);
    tt_json_out_text(j, "severity", finding->severity, TT_REDACT_CLEAN);
    tt_json_out_text(j, "domain", finding->domain, TT_REDACT_HOST);
    tt_json_out_text(j, "organisation", finding->organisation, TT_REDACT_CLEAN);
    tt_json_text(json, "party", tt_party_name(finding->party));
    tt_json_out_text(j, "purpose", finding->purpose, TT_REDACT_CLEAN);
    tt_json_close_object(json);
    tt_json_end_line(json);
    return tt_json_out_step(j);
}

enum tt_err tt_report_json(const struct tt_case_view *view, const struct tt_report_options *options,
                           const struct tt_report_sink *sink)
{
    struct tt_json_out j;
    tt_json_out_open(&j, view, options->reveal != NULL, sink);
    j.reveal = options->reveal;
    enum tt_err err = view->findings(view->store, put_finding, &j);
    if (err == TT_OK)
        err = tt_json_out_triggers(&j);
    if (err == TT_OK)
        err = tt_json_out_coverage(&j);
    return tt_json_out_close(&j, err);
}
