#include "report/json.h"

#include <stdio.h>

enum { SOURCE_MAX = 200 };

static enum tt_err put_device(void *context, const struct tt_device_view *device)
{
    struct tt_json_out *j = context;
    tt_json_open_object(&j->json, NULL);
    tt_json_out_addr(j, "address", device->addr);
    tt_json_text(&j->json, "from", device->from_sheet ? "sheet" : "inferred");
    tt_json_uint(&j->json, "flows_opened", device->flows_opened);
    tt_json_close_object(&j->json);
    return tt_json_out_step(j);
}

static void put_buckets(struct tt_json *json, const char *key,
                        const uint64_t bytes[TT_BUCKET_COUNT])
{
    tt_json_open_object(json, key);
    for (enum tt_bucket i = TT_BUCKET_DECODED; i < TT_BUCKET_COUNT; i++)
        tt_json_uint(json, tt_bucket_name(i), bytes[i]);
    tt_json_close_object(json);
}

static enum tt_err put_input(void *context, const struct tt_case_input *input)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "name", input->name, TT_REDACT_CLEAN);
    tt_json_out_text(j, "format", input->format, TT_REDACT_CLEAN);
    tt_json_out_text(j, "wrapping", input->wrapping, TT_REDACT_CLEAN);
    tt_json_out_text(j, "sha256", input->sha256, TT_REDACT_CLEAN);
    tt_json_uint(json, "bytes", input->bytes);
    tt_json_uint(json, "frames", input->frames);
    tt_json_uint(json, "dropped", input->dropped);
    tt_json_out_time(j, "first_time", input->first_time);
    tt_json_out_time(j, "last_time", input->last_time);
    tt_json_bool(json, "damaged", input->damaged);
    tt_json_uint(json, "captured_bytes", input->captured_bytes);
    tt_json_uint(json, "wire_bytes", input->wire_bytes);
    tt_json_uint(json, "missing_bytes", input->missing_bytes);
    put_buckets(json, "buckets", input->buckets);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

static enum tt_err add_buckets(void *context, const struct tt_coverage_row *row)
{
    uint64_t *totals = context;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        totals[i] += row->bytes[i];
    return TT_OK;
}

static enum tt_err put_destination(void *context, const struct tt_coverage_row *row)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "host", row->host, TT_REDACT_HOST);
    tt_json_out_addr(j, "address", row->address);
    tt_json_out_port(j, "port", row->port);
    tt_json_out_text(j, "country", row->country, TT_REDACT_CLEAN);
    tt_json_out_text(j, "network", row->network, TT_REDACT_CLEAN);
    tt_json_out_text(j, "protocol", row->protocol, TT_REDACT_CLEAN);
    tt_json_text(json, "scope", tt_scope_name(row->scope));
    tt_json_text(json, "direction", tt_heading_name(row->heading));
    tt_json_uint(json, "flows", row->flows);
    put_buckets(json, "bytes", row->bytes);
    if (row->rtt_min == 0)
        tt_json_null(json, "rtt_ms");
    else
        tt_json_double(json, "rtt_ms", (double)row->rtt_min / 1e6);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

static enum tt_err put_note(void *context, const struct tt_note_row *note)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "layer", note->layer, TT_REDACT_CLEAN);
    tt_json_out_text(j, "code", note->code, TT_REDACT_CLEAN);
    tt_json_uint(json, "count", note->count);
    tt_json_uint(json, "bytes", note->bytes);
    tt_json_out_text(j, "text", note->text, TT_REDACT_CLEAN);
    tt_json_out_text(j, "capture", note->capture, TT_REDACT_CLEAN);
    tt_json_uint(json, "flow", note->flow);
    tt_json_uint(json, "frame", note->frame);
    tt_json_uint(json, "offset", note->offset);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

static enum tt_err put_event(void *context, const struct tt_event *event)
{
    struct tt_json_out *j = context;
    tt_json_open_object(&j->json, NULL);
    tt_json_out_time(j, "at", event->time);
    tt_json_out_text(j, "capture", event->capture, TT_REDACT_CLEAN);
    tt_json_uint(&j->json, "frame", event->frame);
    tt_json_out_text(j, "source", event->source, TT_REDACT_CLEAN);
    tt_json_out_text(j, "text", event->text, TT_REDACT_TEXT);
    tt_json_close_object(&j->json);
    return tt_json_out_step(j);
}

/* One source a line. */
static void put_geo(struct tt_json_out *j, const char *sources)
{
    char line[SOURCE_MAX + 1];
    struct tt_span rest = tt_span_str(sources);
    tt_json_open_array(&j->json, "geo");
    while (rest.len > 0) {
        size_t end = tt_span_find(rest, '\n');
        (void)snprintf(line, sizeof(line), "%.*s", (int)(end < SOURCE_MAX ? end : SOURCE_MAX),
                       (const char *)rest.data);
        tt_json_out_text(j, NULL, line, TT_REDACT_CLEAN);
        rest = tt_span_from(rest, end + 1);
    }
    tt_json_close_array(&j->json);
}

static void put_info(struct tt_json_out *j, const struct tt_case_info *info)
{
    struct tt_json *json = &j->json;
    tt_json_out_text(j, "tool_version", info->tool_version, TT_REDACT_CLEAN);
    tt_json_out_text(j, "subject_digest", info->subject_digest, TT_REDACT_CLEAN);
    tt_json_uint(json, "identifiers", info->identifier_count);
    tt_json_uint(json, "weak_identifiers", info->weak_count);
    tt_json_out_text(j, "policy", info->policy_name, TT_REDACT_CLEAN);
    tt_json_text(json, "verdict", tt_verdict_name(info->verdict));
    tt_json_bool(json, "interrupted", info->interrupted);
    put_geo(j, info->geo_sources);
}

enum tt_err tt_json_out_coverage(struct tt_json_out *j)
{
    struct tt_json *json = &j->json;
    const struct tt_case_view *view = j->view;
    uint64_t totals[TT_BUCKET_COUNT] = {0};
    struct tt_case_info info;
    enum tt_err err = view->info(view->store, &info);
    if (err == TT_OK)
        err = view->coverage(view->store, add_buckets, totals);
    if (err != TT_OK)
        return err;
    tt_json_open_object(json, NULL);
    tt_json_open_object(json, "coverage");
    tt_json_open_array(json, "device");
    err = view->devices(view->store, put_device, j);
    tt_json_close_array(json);
    tt_json_open_array(json, "inputs");
    if (err == TT_OK)
        err = view->inputs(view->store, put_input, j);
    tt_json_close_array(json);
    tt_json_uint(json, "searched_bytes", info.searched_bytes);
    put_buckets(json, "totals", totals);
    tt_json_open_object(json, "unattributed");
    tt_json_uint(json, tt_bucket_name(TT_BUCKET_DUPLICATE), info.unattributed_duplicate);
    tt_json_uint(json, tt_bucket_name(TT_BUCKET_OVERHEAD), info.unattributed_overhead);
    tt_json_close_object(json);
    tt_json_open_array(json, "destinations");
    if (err == TT_OK)
        err = view->coverage(view->store, put_destination, j);
    tt_json_close_array(json);
    if (err == TT_OK)
        err = tt_json_out_tls(j);
    tt_json_open_array(json, "notes");
    if (err == TT_OK)
        err = view->notes(view->store, put_note, j);
    tt_json_close_array(json);
    tt_json_open_array(json, "events");
    if (err == TT_OK)
        err = view->events(view->store, put_event, j);
    tt_json_close_array(json);
    if (err == TT_OK)
        err = tt_json_out_clauses(j);
    if (err == TT_OK)
        err = tt_json_out_residency(j, &info);
    put_info(j, &info);
    tt_json_close_object(json);
    tt_json_close_object(json);
    tt_json_end_line(json);
    return err;
}
