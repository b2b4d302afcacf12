#include "model/frame.h"
#include "store/columns.h"

#include <stdio.h>
#include <stdlib.h>

/* The tables in the order of enum tt_put, with as many places as the functions below bind. */
static const struct {
    const char *table;
    int columns;
} puts_into[] = {
    [TT_PUT_INFO] = {"info", 18},           [TT_PUT_INPUT] = {"input", 23},
    [TT_PUT_DEVICE] = {"device", 4},        [TT_PUT_CLAUSE] = {"clause", 10},
    [TT_PUT_FINDING] = {"finding", 36},     [TT_PUT_TRANSFORM] = {"finding_transform", 3},
    [TT_PUT_PATH] = {"finding_path", 3},    [TT_PUT_PROOF] = {"finding_proof", 5},
    [TT_PUT_NAME] = {"finding_name", 4},    [TT_PUT_FLOW] = {"finding_flow", 3},
    [TT_PUT_FRAME] = {"finding_frame", 3},  [TT_PUT_FINDING_CLAUSE] = {"finding_clause", 3},
    [TT_PUT_COVERAGE] = {"coverage", 20},   [TT_PUT_NOTE] = {"note", 10},
    [TT_PUT_EVENT] = {"event", 6},          [TT_PUT_TIMING] = {"timing", 18},
    [TT_PUT_CLAIM] = {"claim", 9},          [TT_PUT_RESIDENCY] = {"residency", 6},
    [TT_PUT_TRIGGER] = {"trigger_row", 22}, [TT_PUT_IDENTIFIER] = {"identifier", 5},
    [TT_PUT_MESSAGE] = {"message", 36},     [TT_PUT_TLS] = {"tls", 28},
};

/* The first request of the flow in that frame that has no status yet, with that URL where there is
 * one: streams answer in any order. */
static const char status_sql[] =
    "UPDATE message SET status = ?1 WHERE (capture_at, first_frame, id) = (SELECT capture_at, "
    "first_frame, id FROM message WHERE capture_at = ?2 AND first_frame = ?3 AND flow = ?4 AND "
    "kind = "
    "'request' AND status = 0 ORDER BY url IS NOT ?5, id LIMIT 1)";

static int prepare(struct tt_case *c, enum tt_put put)
{
    if (put == TT_PUT_STATUS)
        return sqlite3_prepare_v3(c->db, status_sql, -1, SQLITE_PREPARE_PERSISTENT, &c->puts[put],
                                  NULL);
    char sql[160];
    int len = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", puts_into[put].table);
    for (int i = 1; i < puts_into[put].columns; i++)
        len += snprintf(sql + len, sizeof(sql) - (size_t)len, ",?");
    (void)snprintf(sql + len, sizeof(sql) - (size_t)len, ")");
    return sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->puts[put], NULL);
}

/* Begins a row. A failure shows in the bind's rc, as any later one. */
static struct tt_bind begin(struct tt_case *c, enum tt_put put)
{
    struct tt_bind bind = {.rc = SQLITE_OK};
    if (c->puts[put] == NULL)
        bind.rc = prepare(c, put);
    bind.stmt = c->puts[put];
    return bind;
}

/* Writes the row. Without a journal a failed statement may leave half of itself behind, so the
 * first failure spoils the case. */
static enum tt_err end(struct tt_case *c, struct tt_bind *bind, struct tt_error *error)
{
    int rc = bind->rc;
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(bind->stmt);
        if (rc == SQLITE_DONE)
            rc = SQLITE_OK;
    }
    enum tt_err err = rc == SQLITE_OK ? TT_OK : tt_case_fail(c, rc, error);
    if (bind->stmt != NULL)
        (void)sqlite3_reset(bind->stmt);
    c->failed = c->failed || err != TT_OK;
    return err;
}

static enum tt_err check_open(const struct tt_case *c, struct tt_error *error)
{
    if (!c->writable)
        return tt_error_set(error, TT_ERR_USAGE, "this case is complete: no row can be added");
    if (c->failed)
        return tt_error_set(error, TT_ERR_IO, "an earlier row of the case could not be written");
    return TT_OK;
}

enum tt_err tt_case_put_info(struct tt_case *c, const struct tt_case_info *info,
                             struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_INFO);
    tt_bind_int(&bind, 1);
    tt_bind_text(&bind, info->tool_version);
    tt_bind_text(&bind, info->device_name);
    tt_bind_text(&bind, info->device_firmware);
    tt_bind_text(&bind, info->subject_digest);
    tt_bind_text(&bind, info->policy_name);
    tt_bind_text(&bind, info->geo_sources);
    tt_bind_text(&bind, info->timeline_json);
    tt_bind_uint(&bind, info->searched_bytes);
    tt_bind_uint(&bind, info->identifier_count);
    tt_bind_uint(&bind, info->weak_count);
    tt_bind_text(&bind, tt_verdict_name(info->verdict));
    tt_bind_int(&bind, info->interrupted);
    tt_bind_uint(&bind, info->unattributed_duplicate);
    tt_bind_uint(&bind, info->unattributed_overhead);
    tt_bind_text(&bind, info->vantage);
    tt_bind_uint(&bind, info->key_count);
    tt_bind_text(&bind, info->recipes);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_input(struct tt_case *c, const struct tt_case_input *input,
                              struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_INPUT);
    tt_bind_text(&bind, NULL); /* the next number */
    tt_bind_text(&bind, input->name);
    tt_bind_text(&bind, input->format);
    tt_bind_text(&bind, input->wrapping);
    tt_bind_text(&bind, input->sha256);
    tt_bind_uint(&bind, input->bytes);
    tt_bind_uint(&bind, input->frames);
    tt_bind_uint(&bind, input->dropped);
    tt_bind_uint(&bind, input->first_time);
    tt_bind_uint(&bind, input->last_time);
    tt_bind_int(&bind, input->damaged);
    tt_bind_uint(&bind, input->captured_bytes);
    tt_bind_uint(&bind, input->wire_bytes);
    tt_bind_uint(&bind, input->missing_bytes);
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        tt_bind_uint(&bind, input->buckets[i]);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_device(struct tt_case *c, const struct tt_device_view *device,
                               struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_DEVICE);
    tt_bind_text(&bind, NULL);
    tt_bind_addr(&bind, device->addr);
    tt_bind_int(&bind, device->from_sheet);
    tt_bind_uint(&bind, device->flows_opened);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_clause(struct tt_case *c, const struct tt_case_clause *clause,
                               struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_CLAUSE);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, clause->id);
    tt_bind_text(&bind, clause->text);
    tt_bind_text(&bind, clause->verdict);
    tt_bind_text(&bind, clause->severity);
    tt_bind_text(&bind, clause->citation);
    tt_bind_text(&bind, clause->outcome == NULL ? "" : clause->outcome);
    tt_bind_uint(&bind, clause->findings);
    tt_bind_text(&bind, clause->missing == NULL ? "" : clause->missing);
    tt_bind_text(&bind, clause->excepted == NULL ? "" : clause->excepted);
    return end(c, &bind, error);
}

static void bind_destination(struct tt_bind *bind, const struct tt_finding *finding)
{
    tt_bind_text(bind, finding->protocol);
    tt_bind_text(bind, tt_heading_name(finding->heading));
    tt_bind_text(bind, tt_scope_name(finding->scope));
    tt_bind_text(bind, finding->host);
    tt_bind_text(bind, finding->host_source);
    tt_bind_addr(bind, finding->address);
    tt_bind_int(bind, finding->port);
    tt_bind_text(bind, finding->country);
    tt_bind_text(bind, finding->network);
    tt_bind_text(bind, finding->app);
    tt_bind_text(bind, finding->encryption);
    tt_bind_text(bind, finding->cipher);
    tt_bind_text(bind, finding->opened_with);
}

static enum tt_err put_finding_row(struct tt_case *c, const struct tt_finding *finding,
                                   struct tt_error *error)
{
    struct tt_bind bind = begin(c, TT_PUT_FINDING);
    tt_bind_text(&bind, NULL);
    tt_bind_int(&bind, finding->identifier);
    tt_bind_text(&bind, finding->kind);
    tt_bind_text(&bind, finding->owner);
    tt_bind_text(&bind, finding->label);
    tt_bind_text(&bind, finding->masked);
    tt_bind_text(&bind, finding->form);
    tt_bind_text(&bind, tt_certainty_name(finding->certainty));
    tt_bind_real(&bind, finding->chance);
    tt_bind_real(&bind, finding->reversal_cost);
    bind_destination(&bind, finding);
    tt_bind_uint(&bind, finding->first_seen);
    tt_bind_uint(&bind, finding->last_seen);
    tt_bind_uint(&bind, finding->count);
    tt_bind_text(&bind, finding->capture);
    tt_bind_uint(&bind, finding->frame_count);
    tt_bind_text(&bind, finding->phase);
    tt_bind_text(&bind, tt_consent_name(finding->consent));
    tt_bind_text(&bind, tt_verdict_name(finding->verdict));
    tt_bind_text(&bind, finding->severity);
    tt_bind_text(&bind, finding->domain);
    tt_bind_text(&bind, finding->organisation);
    tt_bind_text(&bind, tt_party_name(finding->party));
    tt_bind_text(&bind, finding->purpose);
    return end(c, &bind, error);
}

static struct tt_bind begin_entry(struct tt_case *c, enum tt_put put, int64_t finding,
                                  size_t position)
{
    struct tt_bind bind = begin(c, put);
    tt_bind_int(&bind, finding);
    tt_bind_uint(&bind, position);
    return bind;
}

static enum tt_err put_texts(struct tt_case *c, enum tt_put put, int64_t finding,
                             const char *const *texts, size_t count, struct tt_error *error)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < count && err == TT_OK; i++) {
        struct tt_bind bind = begin_entry(c, put, finding, i);
        tt_bind_text(&bind, texts[i]);
        err = end(c, &bind, error);
    }
    return err;
}

static enum tt_err put_numbers(struct tt_case *c, enum tt_put put, int64_t finding,
                               const uint64_t *numbers, size_t count, struct tt_error *error)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < count && err == TT_OK; i++) {
        struct tt_bind bind = begin_entry(c, put, finding, i);
        tt_bind_uint(&bind, numbers[i]);
        err = end(c, &bind, error);
    }
    return err;
}

static enum tt_err put_proof(struct tt_case *c, int64_t id, const struct tt_finding *finding,
                             struct tt_error *error)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < finding->proof_count && err == TT_OK; i++) {
        struct tt_bind bind = begin_entry(c, TT_PUT_PROOF, id, i);
        tt_bind_text(&bind, finding->proof[i].step);
        tt_bind_uint(&bind, finding->proof[i].offset);
        tt_bind_uint(&bind, finding->proof[i].length);
        err = end(c, &bind, error);
    }
    return err;
}

static enum tt_err put_names(struct tt_case *c, int64_t id, const struct tt_finding *finding,
                             struct tt_error *error)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < finding->name_count && err == TT_OK; i++) {
        struct tt_bind bind = begin_entry(c, TT_PUT_NAME, id, i);
        tt_bind_text(&bind, finding->names[i].name);
        tt_bind_text(&bind, finding->names[i].source);
        err = end(c, &bind, error);
    }
    return err;
}

enum tt_err tt_case_put_finding(struct tt_case *c, const struct tt_finding *finding,
                                struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err == TT_OK)
        err = put_finding_row(c, finding, error);
    if (err != TT_OK)
        return err;
    int64_t id = sqlite3_last_insert_rowid(c->db);
    err = put_texts(c, TT_PUT_TRANSFORM, id, finding->transform, finding->transform_count, error);
    if (err == TT_OK)
        err = put_texts(c, TT_PUT_PATH, id, finding->path, finding->path_count, error);
    if (err == TT_OK)
        err = put_proof(c, id, finding, error);
    if (err == TT_OK)
        err = put_names(c, id, finding, error);
    if (err == TT_OK)
        err = put_numbers(c, TT_PUT_FLOW, id, finding->flows, finding->flow_count, error);
    if (err == TT_OK)
        err = put_numbers(c, TT_PUT_FRAME, id, finding->frames, finding->frames_listed, error);
    if (err == TT_OK)
        err =
            put_texts(c, TT_PUT_FINDING_CLAUSE, id, finding->clauses, finding->clause_count, error);
    return err;
}

enum tt_err tt_case_put_identifier(struct tt_case *c, const struct tt_case_identifier *identifier,
                                   struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_IDENTIFIER);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, identifier->kind);
    tt_bind_text(&bind, identifier->owner);
    tt_bind_text(&bind, identifier->label);
    tt_bind_text(&bind, identifier->likeness);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_coverage(struct tt_case *c, const struct tt_coverage_row *row,
                                 struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_COVERAGE);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, row->host);
    tt_bind_addr(&bind, row->address);
    tt_bind_int(&bind, row->port);
    tt_bind_text(&bind, row->country);
    tt_bind_text(&bind, row->network);
    tt_bind_text(&bind, row->protocol);
    tt_bind_text(&bind, tt_scope_name(row->scope));
    tt_bind_text(&bind, tt_heading_name(row->heading));
    tt_bind_uint(&bind, row->flows);
    for (size_t i = 0; i <= TT_BUCKET_LOST; i++)
        tt_bind_uint(&bind, row->bytes[i]);
    tt_bind_uint(&bind, row->rtt_min);
    for (size_t i = TT_BUCKET_LOST + 1; i < TT_BUCKET_COUNT; i++)
        tt_bind_uint(&bind, row->bytes[i]);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_note(struct tt_case *c, const struct tt_note_row *row,
                             struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_NOTE);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, row->layer);
    tt_bind_text(&bind, row->code);
    tt_bind_text(&bind, row->text);
    tt_bind_text(&bind, row->capture);
    tt_bind_uint(&bind, row->flow);
    tt_bind_uint(&bind, row->frame);
    tt_bind_uint(&bind, row->offset);
    tt_bind_uint(&bind, row->count);
    tt_bind_uint(&bind, row->bytes);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_event(struct tt_case *c, const struct tt_event *event,
                              struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_EVENT);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, event->capture == NULL ? "" : event->capture);
    tt_bind_uint(&bind, event->frame);
    tt_bind_uint(&bind, event->time);
    tt_bind_text(&bind, event->source);
    tt_bind_text(&bind, event->text);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_timing(struct tt_case *c, const struct tt_timing_row *row,
                               struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_TIMING);
    tt_bind_text(&bind, NULL);
    tt_bind_addr(&bind, row->address);
    tt_bind_int(&bind, row->port);
    tt_bind_text(&bind, row->host);
    tt_bind_text(&bind, row->names);
    tt_bind_text(&bind, row->country);
    tt_bind_text(&bind, row->network);
    tt_bind_text(&bind, row->handshake);
    tt_bind_uint(&bind, row->least);
    tt_bind_uint(&bind, row->error);
    tt_bind_uint(&bind, row->handshakes);
    tt_bind_uint(&bind, row->refused);
    tt_bind_text(&bind, row->capture);
    tt_bind_uint(&bind, row->flow);
    tt_bind_uint(&bind, row->frame);
    tt_bind_real(&bind, row->vacuum_km);
    tt_bind_real(&bind, row->fibre_km);
    tt_bind_text(&bind, row->signs);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_claim(struct tt_case *c, const struct tt_claim_row *row,
                              struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_CLAIM);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, row->source);
    tt_bind_text(&bind, row->claimant);
    tt_bind_text(&bind, row->place);
    tt_bind_addr(&bind, row->address);
    tt_bind_int(&bind, row->port);
    tt_bind_text(&bind, row->host);
    tt_bind_text(&bind, tt_claim_outcome_name(row->outcome));
    tt_bind_real(&bind, row->distance_km);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_residency(struct tt_case *c, const struct tt_residency_row *row,
                                  struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_RESIDENCY);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, row->service);
    tt_bind_text(&bind, row->places);
    tt_bind_text(&bind, tt_residency_outcome_name(row->outcome));
    tt_bind_text(&bind, row->reason);
    tt_bind_uint(&bind, row->destinations);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_trigger(struct tt_case *c, const struct tt_trigger *trigger,
                                struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_TRIGGER);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, trigger->what);
    tt_bind_text(&bind, tt_trigger_outcome_name(trigger->outcome));
    tt_bind_text(&bind, trigger->kind);
    tt_bind_text(&bind, trigger->owner);
    tt_bind_text(&bind, trigger->label);
    tt_bind_text(&bind, trigger->masked);
    tt_bind_uint(&bind, trigger->identifier);
    tt_bind_int(&bind, trigger->own ? 1 : 0);
    tt_bind_text(&bind, trigger->host);
    tt_bind_addr(&bind, trigger->address);
    tt_bind_uint(&bind, trigger->window);
    tt_bind_uint(&bind, trigger->uncertainty);
    tt_bind_uint(&bind, trigger->told);
    tt_bind_uint(&bind, trigger->repetitions);
    tt_bind_uint(&bind, trigger->followed);
    tt_bind_uint(&bind, trigger->controls);
    tt_bind_uint(&bind, trigger->controls_followed);
    tt_bind_uint(&bind, trigger->delay);
    tt_bind_uint(&bind, trigger->bytes);
    tt_bind_uint(&bind, trigger->unread);
    tt_bind_real(&bind, trigger->chance);
    return end(c, &bind, error);
}

/* The columns that both tables end with. */
static void bind_tls_facts(struct tt_bind *bind, const struct tt_tls_facts *facts)
{
    const struct tt_tls_certificate *certificate = &facts->certificate;
    tt_bind_text(bind, facts->version);
    tt_bind_text(bind, facts->cipher);
    tt_bind_text(bind, facts->ja4);
    tt_bind_text(bind, facts->alpn_offered);
    tt_bind_text(bind, facts->alpn);
    tt_bind_int(bind, facts->encrypted_client_hello ? 1 : 0);
    tt_bind_text(bind, facts->has_certificate ? certificate->subject : NULL);
    tt_bind_text(bind, certificate->issuer);
    tt_bind_text(bind, certificate->organisation);
    tt_bind_text(bind, certificate->country);
    tt_bind_text(bind, certificate->state);
    tt_bind_text(bind, certificate->locality);
    tt_bind_text(bind, certificate->names);
    tt_bind_uint(bind, certificate->names_left_out);
    tt_bind_int(bind, certificate->not_before);
    tt_bind_int(bind, certificate->not_after);
}

enum tt_err tt_case_put_tls(struct tt_case *c, const struct tt_tls_row *row, struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_TLS);
    tt_bind_text(&bind, NULL);
    tt_bind_text(&bind, row->protocol);
    tt_bind_text(&bind, row->host);
    tt_bind_addr(&bind, row->address);
    tt_bind_int(&bind, row->port);
    tt_bind_text(&bind, tt_heading_name(row->heading));
    tt_bind_text(&bind, tt_scope_name(row->scope));
    tt_bind_uint(&bind, row->connections);
    tt_bind_text(&bind, row->capture);
    tt_bind_uint(&bind, row->flow);
    tt_bind_uint(&bind, row->frame);
    tt_bind_text(&bind, row->facts.server_name);
    bind_tls_facts(&bind, &row->facts);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_message(struct tt_case *c, const struct tt_case_message *message,
                                struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err == TT_OK && c->target != NULL)
        err = tt_error_set(error, TT_ERR_USAGE,
                           "messages hold captured values: they go into a private case only");
    if (err == TT_OK && c->messages >= TT_MESSAGES_MAX)
        err = tt_error_set(error, TT_ERR_LIMIT, "more than %d messages", (int)TT_MESSAGES_MAX);
    if (err != TT_OK)
        return err;
    static const struct tt_tls_facts nothing = {0};
    uint32_t capture = tt_frame_capture(message->first_frame);
    bool spans = tt_frame_capture(message->last_frame) != capture;
    struct tt_bind bind = begin(c, TT_PUT_MESSAGE);
    tt_bind_uint(&bind, capture);
    tt_bind_uint(&bind, tt_frame_number(message->first_frame));
    tt_bind_uint(&bind, ++c->messages);
    tt_bind_uint(&bind, tt_frame_number(spans ? message->first_frame : message->last_frame));
    tt_bind_text(&bind, message->capture == NULL ? "" : message->capture);
    tt_bind_uint(&bind, message->flow);
    tt_bind_text(&bind, message->protocol);
    tt_bind_text(&bind, message->kind);
    tt_bind_text(&bind, message->method);
    tt_bind_text(&bind, message->url);
    tt_bind_text(&bind, message->name);
    tt_bind_text(&bind, message->content_type);
    tt_bind_int(&bind, message->status);
    tt_bind_uint(&bind, message->body_bytes);
    tt_bind_text(&bind, message->encryption == NULL ? "none" : message->encryption);
    tt_bind_text(&bind, message->opened_with);
    tt_bind_uint(&bind, message->time);
    tt_bind_int(&bind, message->direction == TT_FROM_RESPONDER ? 1 : 0);
    tt_bind_uint(&bind, message->offset);
    tt_bind_blob(&bind, message->body_head);
    bind_tls_facts(&bind, message->tls == NULL ? &nothing : message->tls);
    return end(c, &bind, error);
}

enum tt_err tt_case_put_status(struct tt_case *c, uint64_t flow, uint64_t frame, const char *url,
                               int status, struct tt_error *error)
{
    enum tt_err err = check_open(c, error);
    if (err != TT_OK)
        return err;
    struct tt_bind bind = begin(c, TT_PUT_STATUS);
    tt_bind_int(&bind, status);
    tt_bind_uint(&bind, tt_frame_capture(frame));
    tt_bind_uint(&bind, tt_frame_number(frame));
    tt_bind_uint(&bind, flow);
    tt_bind_text(&bind, url);
    return end(c, &bind, error);
}
