#include "store/columns.h"

static enum tt_err keep(struct tt_case *c, const char **text)
{
    if (*text == NULL)
        return TT_OK;
    *text = tt_arena_strdup(&c->strings, *text);
    return *text == NULL ? TT_ERR_MEMORY : TT_OK;
}

static enum tt_err keep_info(struct tt_case *c, struct tt_case_info info)
{
    const char **texts[] = {&info.tool_version,   &info.device_name, &info.device_firmware,
                            &info.subject_digest, &info.policy_name, &info.geo_sources,
                            &info.timeline_json,  &info.vantage,     &info.recipes};
    for (size_t i = 0; i < TT_ARRAY_LEN(texts); i++) {
        enum tt_err err = keep(c, texts[i]);
        if (err != TT_OK)
            return err;
    }
    c->info = info;
    c->info_read = true;
    return TT_OK;
}

static enum tt_err read_info(void *store, struct tt_case_info *ret_info)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    if (c->info_read) {
        *ret_info = c->info;
        return TT_OK;
    }
    enum tt_err err = tt_walk_open(c,
                                   "SELECT tool_version, device_name, device_firmware, "
                                   "subject_digest, policy_name, geo_sources, timeline, "
                                   "searched_bytes, identifier_count, weak_count, verdict, "
                                   "interrupted, unattributed_duplicate, unattributed_overhead, "
                                   "vantage, key_count, recipes "
                                   "FROM info",
                                   &stmt);
    if (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_case_info info = {0};
        info.tool_version = tt_column_must(&row);
        info.device_name = tt_column_text(&row);
        info.device_firmware = tt_column_text(&row);
        info.subject_digest = tt_column_must(&row);
        info.policy_name = tt_column_must(&row);
        info.geo_sources = tt_column_must(&row);
        info.timeline_json = tt_column_text(&row);
        info.searched_bytes = tt_column_uint(&row);
        info.identifier_count = tt_column_uint(&row);
        info.weak_count = tt_column_uint(&row);
        info.verdict = tt_column_verdict(&row);
        info.interrupted = tt_column_bool(&row);
        info.unattributed_duplicate = tt_column_uint(&row);
        info.unattributed_overhead = tt_column_uint(&row);
        info.vantage = tt_column_text(&row);
        info.key_count = tt_column_uint(&row);
        info.recipes = tt_column_text(&row);
        err = keep_info(c, info);
    } else if (err == TT_OK) {
        c->read_error = (struct tt_error){.code = TT_OK};
        err = tt_error_set(&c->read_error, TT_ERR_FORMAT,
                           "the case file %s is damaged: it says nothing about its test",
                           c->shown == NULL ? "in the temporary folder" : c->shown);
    }
    (void)sqlite3_finalize(stmt);
    if (err == TT_OK)
        *ret_info = c->info;
    return err;
}

static enum tt_err
read_inputs(void *store, enum tt_err (*each)(void *, const struct tt_case_input *), void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(c,
                                   "SELECT name, format, wrapping, sha256, bytes, frames, dropped, "
                                   "first_time, last_time, damaged, captured_bytes, wire_bytes, "
                                   "missing_bytes, decoded, raw_text, opened, opaque, encrypted, "
                                   "lost, not_ip, duplicate, overhead FROM input ORDER BY id",
                                   &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_case_input input = {0};
        input.name = tt_column_must(&row);
        input.format = tt_column_must(&row);
        input.wrapping = tt_column_text(&row);
        input.sha256 = tt_column_must(&row);
        input.bytes = tt_column_uint(&row);
        input.frames = tt_column_uint(&row);
        input.dropped = tt_column_uint(&row);
        input.first_time = tt_column_uint(&row);
        input.last_time = tt_column_uint(&row);
        input.damaged = tt_column_bool(&row);
        input.captured_bytes = tt_column_uint(&row);
        input.wire_bytes = tt_column_uint(&row);
        input.missing_bytes = tt_column_uint(&row);
        for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
            input.buckets[i] = tt_column_uint(&row);
        err = each(context, &input);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tt_err
read_devices(void *store, enum tt_err (*each)(void *, const struct tt_device_view *), void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err =
        tt_walk_open(c, "SELECT address, from_sheet, flows_opened FROM device ORDER BY id", &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_device_view device = {0};
        device.addr = tt_column_addr(&row);
        device.from_sheet = tt_column_bool(&row);
        device.flows_opened = tt_column_uint(&row);
        err = each(context, &device);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tt_err
read_clauses(void *store, enum tt_err (*each)(void *, const struct tt_case_clause *), void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err =
        tt_walk_open(c,
                     "SELECT name, text, verdict, severity, citation, outcome, findings, missing, "
                     "excepted FROM clause ORDER BY id",
                     &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_case_clause clause = {0};
        clause.id = tt_column_must(&row);
        clause.text = tt_column_must(&row);
        clause.verdict = tt_column_must(&row);
        clause.severity = tt_column_must(&row);
        clause.citation = tt_column_text(&row);
        clause.outcome = tt_column_must(&row);
        clause.findings = tt_column_uint(&row);
        clause.missing = tt_column_must(&row);
        clause.excepted = tt_column_must(&row);
        err = each(context, &clause);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tt_err read_identifiers(void *store,
                                    enum tt_err (*each)(void *, const struct tt_case_identifier *),
                                    void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err =
        tt_walk_open(c, "SELECT kind, owner, label, likeness FROM identifier ORDER BY id", &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_case_identifier identifier = {0};
        identifier.kind = tt_column_must(&row);
        identifier.owner = tt_column_must(&row);
        identifier.label = tt_column_must(&row);
        identifier.likeness = tt_column_text(&row);
        err = each(context, &identifier);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tt_err read_coverage(void *store,
                                 enum tt_err (*each)(void *, const struct tt_coverage_row *),
                                 void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err =
        tt_walk_open(c,
                     "SELECT host, address, port, country, network, protocol, scope, direction, "
                     "flows, decoded, raw_text, opened, opaque, encrypted, lost, not_ip, "
                     "duplicate, overhead, rtt_min FROM coverage ORDER BY id",
                     &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_coverage_row line = {0};
        line.host = tt_column_text(&row);
        line.address = tt_column_addr(&row);
        line.port = (uint16_t)tt_column_upto(&row, UINT16_MAX);
        line.country = tt_column_text(&row);
        line.network = tt_column_text(&row);
        line.protocol = tt_column_must(&row);
        line.scope = tt_column_scope(&row);
        line.heading = tt_column_heading(&row);
        line.flows = tt_column_uint(&row);
        for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
            line.bytes[i] = tt_column_uint(&row);
        line.rtt_min = tt_column_uint(&row);
        err = each(context, &line);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tt_err read_notes(void *store, enum tt_err (*each)(void *, const struct tt_note_row *),
                              void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(c,
                                   "SELECT layer, code, text, capture, flow, frame, offset, count, "
                                   "bytes FROM note ORDER BY id",
                                   &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_note_row note = {0};
        note.layer = tt_column_must(&row);
        note.code = tt_column_must(&row);
        note.text = tt_column_must(&row);
        note.capture = tt_column_text(&row);
        note.flow = tt_column_uint(&row);
        note.frame = tt_column_uint(&row);
        note.offset = tt_column_uint(&row);
        note.count = tt_column_uint(&row);
        note.bytes = tt_column_uint(&row);
        err = each(context, &note);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tt_err read_events(void *store, enum tt_err (*each)(void *, const struct tt_event *),
                               void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err =
        tt_walk_open(c, "SELECT capture, frame, time, source, text FROM event ORDER BY id", &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_event event = {0};
        event.capture = tt_column_must(&row);
        event.frame = tt_column_uint(&row);
        event.time = tt_column_uint(&row);
        event.source = tt_column_must(&row);
        event.text = tt_column_must(&row);
        err = each(context, &event);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static struct tt_trigger read_trigger(sqlite3_stmt *stmt)
{
    struct tt_columns row = {.stmt = stmt};
    struct tt_trigger trigger = {0};
    trigger.what = tt_column_must(&row);
    trigger.outcome = tt_column_outcome(&row);
    trigger.kind = tt_column_text(&row);
    trigger.owner = tt_column_text(&row);
    trigger.label = tt_column_text(&row);
    trigger.masked = tt_column_text(&row);
    trigger.identifier = (uint32_t)tt_column_upto(&row, UINT32_MAX);
    trigger.own = tt_column_bool(&row);
    trigger.host = tt_column_text(&row);
    trigger.address = tt_column_addr(&row);
    trigger.window = tt_column_uint(&row);
    trigger.uncertainty = tt_column_uint(&row);
    trigger.told = tt_column_uint(&row);
    trigger.repetitions = tt_column_uint(&row);
    trigger.followed = tt_column_uint(&row);
    trigger.controls = tt_column_uint(&row);
    trigger.controls_followed = tt_column_uint(&row);
    trigger.delay = tt_column_uint(&row);
    trigger.bytes = tt_column_uint(&row);
    trigger.unread = tt_column_uint(&row);
    trigger.chance = tt_column_real(&row);
    return trigger;
}

static enum tt_err
read_triggers(void *store, enum tt_err (*each)(void *, const struct tt_trigger *), void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(
        c,
        "SELECT what, outcome, kind, owner, label, masked, identifier, own, host, address, width, "
        "uncertainty, told, repetitions, followed, controls, controls_followed, delay, bytes, "
        "unread, chance FROM trigger_row ORDER BY id",
        &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        const struct tt_trigger trigger = read_trigger(stmt);
        err = each(context, &trigger);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

/* `facts` is what `tls` of the result points to. */
static struct tt_case_message read_message(sqlite3_stmt *stmt, struct tt_tls_facts *facts)
{
    struct tt_columns row = {.stmt = stmt};
    struct tt_case_message message = {0};
    message.flow = tt_column_uint(&row);
    message.protocol = tt_column_must(&row);
    message.kind = tt_column_must(&row);
    message.method = tt_column_text(&row);
    message.url = tt_column_text(&row);
    message.name = tt_column_text(&row);
    message.content_type = tt_column_text(&row);
    message.status = (int)tt_column_upto(&row, INT32_MAX);
    message.body_bytes = tt_column_uint(&row);
    message.encryption = tt_column_must(&row);
    message.opened_with = tt_column_text(&row);
    message.first_frame = tt_column_uint(&row);
    message.last_frame = tt_column_uint(&row);
    message.time = tt_column_uint(&row);
    message.capture = tt_column_must(&row);
    message.direction = tt_column_bool(&row) ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
    message.offset = tt_column_uint(&row);
    message.body_head = tt_column_blob(&row, TT_BODY_HEAD_MAX);
    *facts = tt_case_read_tls_facts(&row);
    bool said = facts->version != NULL || facts->ja4 != NULL || facts->alpn != NULL;
    message.tls = said || facts->has_certificate ? facts : NULL;
    return message;
}

static enum tt_err read_messages(void *store,
                                 enum tt_err (*each)(void *, const struct tt_case_message *),
                                 void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err =
        tt_walk_open(c,
                     "SELECT flow, protocol, kind, method, url, name, content_type, status, "
                     "body_bytes, encryption, opened_with, first_frame, last_frame, time, "
                     "capture, direction, offset, body_head, version, cipher, ja4, alpn_offered, "
                     "alpn, encrypted_client_hello, subject, issuer, organisation, country, state, "
                     "locality, dns_names, names_left_out, not_before, not_after "
                     "FROM message ORDER BY capture_at, first_frame, id",
                     &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_tls_facts facts;
        const struct tt_case_message message = read_message(stmt, &facts);
        err = each(context, &message);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

struct tt_case_view tt_case_rows(struct tt_case *c)
{
    return (struct tt_case_view){
        .store = c,
        .info = read_info,
        .inputs = read_inputs,
        .devices = read_devices,
        .clauses = read_clauses,
        .identifiers = read_identifiers,
        .findings = tt_case_read_findings,
        .coverage = read_coverage,
        .notes = read_notes,
        .events = read_events,
        .timings = tt_case_read_timings,
        .claims = tt_case_read_claims,
        .residencies = tt_case_read_residencies,
        .tls = tt_case_read_tls,
        .triggers = read_triggers,
        .messages = read_messages,
    };
}
