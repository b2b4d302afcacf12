/* What was tested: the device, the sheet, the policy, and the captures by their digests. */
#include "report/text.h"

#include <stdio.h>

enum { INDENT = 2, LABEL = 12, SOURCE_MAX = 200 };

static enum tt_err put_device(void *context, const struct tt_device_view *device)
{
    struct tt_text *t = context;
    char text[TT_ADDR_TEXT_MAX];
    char count[TT_HUMAN_MAX];
    const char *plural = device->flows_opened == 1 ? "" : "s";
    (void)tt_human_count(device->flows_opened, count);
    tt_text_add_redacted(t, tt_addr_text(device->addr, text), TT_REDACT_HOST);
    if (device->from_sheet)
        tt_text_add(t, ", as the sheet says (it opened %s connection%s)", count, plural);
    else
        tt_text_add(t, ", inferred: it opened the most connections (%s)", count);
    tt_text_end(t, "  Address   ", LABEL);
    return tt_text_step(t);
}

static void put_input_facts(struct tt_text *t, const struct tt_case_input *input)
{
    char bytes[TT_HUMAN_MAX];
    char frames[TT_HUMAN_MAX];
    char first[TT_HUMAN_MAX];
    char last[TT_HUMAN_MAX];
    tt_text_add_redacted(t, input->name, TT_REDACT_CLEAN);
    tt_text_add(t, ", ");
    tt_text_add_redacted(t, input->format, TT_REDACT_CLEAN);
    if (input->wrapping != NULL) {
        tt_text_add(t, " in ");
        tt_text_add_redacted(t, input->wrapping, TT_REDACT_CLEAN);
    }
    tt_text_add(t, ", %s, %s frames", tt_human_bytes(input->bytes, bytes),
                tt_human_count(input->frames, frames));
    if (input->first_time != 0)
        tt_text_add(t, ", %s to %s UTC", tt_human_time(input->first_time, first),
                    tt_human_time(input->last_time, last));
}

/* "1.2 MB captured: 4 % headers, 90 % decoded, 6 % encrypted; 12 kB more are missing." */
static void put_shares(struct tt_text *t, const struct tt_case_input *input)
{
    static const struct {
        enum tt_bucket bucket;
        const char *what;
    } parts[] = {{TT_BUCKET_OVERHEAD, "headers and padding"},
                 {TT_BUCKET_DECODED, "decoded"},
                 {TT_BUCKET_OPENED, "opened"},
                 {TT_BUCKET_RAW_TEXT, "plain text"},
                 {TT_BUCKET_OPAQUE, "not understood"},
                 {TT_BUCKET_NOT_IP, "not IP"},
                 {TT_BUCKET_ENCRYPTED, "encrypted"},
                 {TT_BUCKET_DUPLICATE, "seen before"},
                 {TT_BUCKET_LOST, "not looked at"}};
    char text[TT_HUMAN_MAX];
    const char *before = ": ";
    tt_text_add(t, "%s captured", tt_human_bytes(input->captured_bytes, text));
    for (size_t i = 0; i < TT_ARRAY_LEN(parts); i++) {
        uint64_t bytes = input->buckets[parts[i].bucket];
        if (parts[i].bucket == TT_BUCKET_LOST)
            bytes -= input->missing_bytes < bytes ? input->missing_bytes : bytes;
        if (bytes == 0)
            continue;
        tt_text_add(t, "%s%s %s", before, tt_human_share(bytes, input->captured_bytes, text),
                    parts[i].what);
        before = ", ";
    }
    if (input->missing_bytes > 0)
        tt_text_add(t, "; %s more are missing", tt_human_bytes(input->missing_bytes, text));
    tt_text_add(t, ".");
    tt_text_end(t, "    ", 2 * INDENT);
}

static enum tt_err put_input(void *context, const struct tt_case_input *input)
{
    struct tt_text *t = context;
    char count[TT_HUMAN_MAX];
    put_input_facts(t, input);
    tt_text_end(t, "  Capture   ", LABEL);
    if (input->sha256[0] == '\0') {
        tt_text_add(t, "No SHA-256: the reading was stopped before its end.");
    } else {
        tt_text_add(t, "SHA-256 ");
        tt_text_add_redacted(t, input->sha256, TT_REDACT_CLEAN);
    }
    tt_text_end(t, "    ", 2 * INDENT);
    if (input->captured_bytes > 0)
        put_shares(t, input);
    if (input->damaged) {
        tt_text_add(t, "The file is cut or damaged: the notes tell what of it was not read.");
        tt_text_end(t, "    ", 2 * INDENT);
    }
    if (input->dropped > 0) {
        tt_text_add(t, "The capturing system says that it dropped %s packets.",
                    tt_human_count(input->dropped, count));
        tt_text_end(t, "    ", 2 * INDENT);
    }
    return tt_text_step(t);
}

static void put_named_device(struct tt_text *t)
{
    if (t->info.device_name == NULL)
        return;
    tt_text_add_redacted(t, t->info.device_name, TT_REDACT_CLEAN);
    if (t->info.device_firmware != NULL) {
        tt_text_add(t, ", ");
        tt_text_add_redacted(t, t->info.device_firmware, TT_REDACT_CLEAN);
    }
    tt_text_end(t, "  Device    ", LABEL);
}

static void put_sheet(struct tt_text *t)
{
    char all[TT_HUMAN_MAX];
    char weak[TT_HUMAN_MAX];
    tt_text_add(t, "%s entries searched for", tt_human_count(t->info.identifier_count, all));
    if (t->info.weak_count > 0)
        tt_text_add(t, ", %s of them too weak to prove anything alone",
                    tt_human_count(t->info.weak_count, weak));
    tt_text_end(t, "  Sheet     ", LABEL);
}

/* One source a line in the case, one after the other here. */
static void put_geo(struct tt_text *t)
{
    char line[SOURCE_MAX + 1];
    struct tt_span rest = tt_span_str(t->info.geo_sources);
    if (rest.len == 0)
        tt_text_add(t, "not known: there was no source for them");
    while (rest.len > 0) {
        size_t end = tt_span_find(rest, '\n');
        (void)snprintf(line, sizeof(line), "%.*s", (int)(end < SOURCE_MAX ? end : SOURCE_MAX),
                       (const char *)rest.data);
        tt_text_add_redacted(t, line, TT_REDACT_CLEAN);
        rest = tt_span_from(rest, end + 1);
        if (rest.len > 0)
            tt_text_add(t, ", ");
    }
    tt_text_end(t, "  Countries ", LABEL);
}

enum tt_err tt_text_inputs(struct tt_text *t)
{
    const struct tt_case_view *view = t->view;
    tt_text_title(t, "WHAT WAS TESTED");
    put_named_device(t);
    enum tt_err err = view->devices(view->store, put_device, t);
    put_sheet(t);
    tt_text_add_redacted(t, t->info.policy_name, TT_REDACT_CLEAN);
    tt_text_end(t, "  Policy    ", LABEL);
    put_geo(t);
    if (err == TT_OK)
        err = view->inputs(view->store, put_input, t);
    return err == TT_OK ? tt_text_step(t) : err;
}
