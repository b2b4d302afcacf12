/* A small world for the judge's tests: a subject, flows, hits, and a sink that keeps a copy of what
 * is told as lines of text. */
#ifndef TEST_JUDGE_SCENE_H
#define TEST_JUDGE_SCENE_H

#include "base/buf.h"
#include "judge/judge.h"
#include "model/subject.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct tt_identifier scene_identifiers[] = {
    {.kind = TT_KIND_IMEI, .owner = TT_OWNER_DEVICE, .label = "imei[0]", .masked = "35824005*"},
    {.kind = TT_KIND_CONTACT_NUMBER,
     .owner = TT_OWNER_CONTACT,
     .label = "contacts[0].phone_number",
     .masked = "+358*"},
    {.kind = TT_KIND_LOCATION, .owner = TT_OWNER_DEVICE, .label = "location[0]", .masked = "*"},
};

static const struct tt_form scene_imei = {.identifier = 0, .name = "digits", .bits = 50};
static const struct tt_form scene_md5 = {.identifier = 0,
                                         .name = "digits",
                                         .transform = {"md5", "hex"},
                                         .bits = 128,
                                         .reversal_cost = 1e6};
static const struct tt_form scene_number = {.identifier = 1, .name = "e164", .bits = 40};
static const struct tt_form scene_weak = {
    .identifier = 1, .name = "national", .bits = 20, .weak = true};

struct scene {
    struct tt_addr addresses[4];
    struct tt_subject subject;
    struct tt_timeline *timeline;
    struct tt_policy *policy;
    struct tt_geo *geo;
    struct tt_judge *judge;
    struct tt_buf told;
};

static inline struct tt_addr scene_addr(const char *text)
{
    struct tt_addr addr = {0};
    if (text != NULL && !tt_addr_parse(text, &addr))
        fail_msg("no address: %s", text);
    return addr;
}

/* An mmdb file for the scenes that begin from now on, or NULL. */
static const char *scene_mmdb = NULL;
/* Where the packets of scenes that begin from now on are captured, or NULL. */
static const struct tt_vantage *scene_vantage = NULL;

/* `timeline` and `policy` are texts, or NULL. */
static inline void scene_begin(struct scene *scene, const char *device, const char *timeline,
                               const char *policy)
{
    struct tt_error error = {0};
    *scene = (struct scene){.told = tt_buf_make(1 << 26)};
    scene->subject = (struct tt_subject){.addresses = scene->addresses,
                                         .identifiers = scene_identifiers,
                                         .identifier_count = TT_ARRAY_LEN(scene_identifiers)};
    if (device != NULL)
        scene->addresses[scene->subject.address_count++] = scene_addr(device);
    if (timeline != NULL &&
        tt_timeline_parse(tt_span_str(timeline), "t", &scene->timeline, &error) != TT_OK)
        fail_msg("%s", error.text);
    enum tt_err result = policy == NULL
                             ? tt_policy_load(NULL, &scene->policy, &error)
                             : tt_policy_parse(tt_span_str(policy), "p", &scene->policy, &error);
    if (result != TT_OK)
        fail_msg("%s", error.text);
    /* Whatever country files are installed: documentation addresses are in none. */
    assert_int_equal(tt_geo_new(&scene_mmdb, scene_mmdb == NULL ? 0 : 1, &scene->geo, &error),
                     TT_OK);
    const struct tt_judge_config config = {.subject = &scene->subject,
                                           .timeline = scene->timeline,
                                           .policy = scene->policy,
                                           .geo = scene->geo,
                                           .vantage = scene_vantage};
    assert_int_equal(tt_judge_new(&config, &scene->judge), TT_OK);
    assert_int_equal(tt_judge_capture(scene->judge, 0, "a.pcap"), TT_OK);
}

static inline void scene_end(struct scene *scene)
{
    tt_judge_free(scene->judge);
    tt_geo_free(scene->geo);
    tt_policy_free(scene->policy);
    tt_timeline_free(scene->timeline);
    tt_buf_free(&scene->told);
}

/* A TCP flow whose opening was seen. */
static inline struct tt_flow scene_flow(uint64_t id, const char *from, uint16_t from_port,
                                        const char *to, uint16_t to_port)
{
    return (struct tt_flow){.id = id,
                            .initiator_known = true,
                            .third_step = true,
                            .packets = {1, 1},
                            .ends = {{.addr = scene_addr(from), .port = from_port},
                                     {.addr = scene_addr(to), .port = to_port}},
                            .first_frame = id * 10};
}

static inline void scene_flow_over(struct scene *scene, const struct tt_flow *flow)
{
    assert_int_equal(tt_judge_flow(scene->judge, flow, "http"), TT_OK);
}

/* A hit of the initiator in an HTTP request, on one frame; change what is of interest. */
static inline struct tt_hit scene_hit(const struct tt_flow *flow, uint64_t frame)
{
    static const struct tt_proof_step proof[] = {{"http.request.body", 312, 188, false},
                                                 {"json:$.list[3].k", 37, 15, false}};
    return (struct tt_hit){
        .flow = flow,
        .direction = TT_FROM_INITIATOR,
        .form = &scene_imei,
        .proof = proof,
        .proof_count = 2,
        .protocol = "http",
        .host = "api.example.com",
        .host_source = "http",
        .encryption = "none",
        .origin = {.first_frame = frame, .last_frame = frame, .time = frame * 1000000000}};
}

static inline void scene_told_hit(struct scene *scene, const struct tt_hit *hit)
{
    assert_int_equal(tt_judge_hit(scene->judge, hit), TT_OK);
}

static inline void scene_name(struct scene *scene, enum tt_name_source source, uint64_t frame,
                              const char *addr, uint64_t flow, const char *name)
{
    const struct tt_name_record record = {.source = source,
                                          .frame = frame,
                                          .time = frame * 1000000000,
                                          .addr = scene_addr(addr),
                                          .flow = flow,
                                          .name = name};
    assert_int_equal(tt_judge_name(scene->judge, &record), TT_OK);
}

/* What stands at an address: hints.h. */
static inline void scene_hint(struct scene *scene, enum tt_name_source source, const char *addr,
                              const char *name, const char *place)
{
    const struct tt_name_record record = {
        .source = source, .frame = 1, .addr = scene_addr(addr), .name = name, .place = place};
    assert_int_equal(tt_judge_name(scene->judge, &record), TT_OK);
}

/* ---- what is told, one line each ---- */

static inline enum tt_err scene_device(void *context, const struct tt_device_view *device)
{
    struct scene *scene = context;
    char text[TT_ADDR_TEXT_MAX];
    return tt_buf_printf(&scene->told, "device %s %s %" PRIu64 "\n",
                         tt_addr_text(device->addr, text),
                         device->from_sheet ? "sheet" : "inferred", device->flows_opened);
}

static inline void scene_list(struct tt_buf *out, const char *title, const char *const *items,
                              size_t count)
{
    (void)!tt_buf_printf(out, " %s=", title);
    for (size_t i = 0; i < count; i++)
        (void)!tt_buf_printf(out, "%s%s", i == 0 ? "" : ",", items[i]);
}

static inline void scene_numbers(struct tt_buf *out, const char *title, const uint64_t *items,
                                 size_t count)
{
    (void)!tt_buf_printf(out, " %s=", title);
    for (size_t i = 0; i < count; i++)
        (void)!tt_buf_printf(out, "%s%" PRIu64, i == 0 ? "" : ",", items[i]);
}

static inline enum tt_err scene_finding(void *context, const struct tt_finding *finding)
{
    struct scene *scene = context;
    struct tt_buf *out = &scene->told;
    const struct tt_finding *f = finding;
    char text[TT_ADDR_TEXT_MAX];
    (void)!tt_buf_printf(out, "finding %s %s %s", f->label, tt_certainty_name(f->certainty),
                         f->form);
    scene_list(out, "transform", f->transform, f->transform_count);
    scene_list(out, "path", f->path, f->path_count);
    (void)!tt_buf_printf(out, " proof=");
    for (size_t i = 0; i < f->proof_count; i++)
        (void)!tt_buf_printf(out, "%s%s@%" PRIu64 "+%" PRIu64, i == 0 ? "" : ",", f->proof[i].step,
                             f->proof[i].offset, f->proof[i].length);
    (void)!tt_buf_printf(out, " %s %s %s host=%s(%s)", f->protocol, tt_heading_name(f->heading),
                         tt_scope_name(f->scope), f->host == NULL ? "-" : f->host,
                         f->host_source == NULL ? "-" : f->host_source);
    (void)!tt_buf_printf(out, " names=");
    for (size_t i = 0; i < f->name_count; i++)
        (void)!tt_buf_printf(out, "%s%s(%s)", i == 0 ? "" : ",", f->names[i].name,
                             f->names[i].source);
    (void)!tt_buf_printf(out, " to=%s:%u", tt_addr_text(f->address, text), (unsigned)f->port);
    if (f->country != NULL || f->network != NULL)
        (void)!tt_buf_printf(out, " in %s by %s", f->country == NULL ? "-" : f->country,
                             f->network == NULL ? "-" : f->network);
    (void)!tt_buf_printf(out, " app=%s %s/%s/%s", f->app == NULL ? "-" : f->app, f->encryption,
                         f->cipher == NULL ? "-" : f->cipher,
                         f->opened_with == NULL ? "-" : f->opened_with);
    (void)!tt_buf_printf(out, " seen=%" PRIu64 "..%" PRIu64 " count=%" PRIu64 " in=%s",
                         f->first_seen / 1000000000, f->last_seen / 1000000000, f->count,
                         f->capture);
    scene_numbers(out, "flows", f->flows, f->flow_count);
    scene_numbers(out, "frames", f->frames, f->frames_listed);
    (void)!tt_buf_printf(out, "/%" PRIu64 " phase=%s %s %s %s", f->frame_count,
                         f->phase == NULL ? "-" : f->phase, tt_consent_name(f->consent),
                         tt_verdict_name(f->verdict), f->severity);
    scene_list(out, "clauses", f->clauses, f->clause_count);
    return tt_buf_append_str(out, "\n");
}

static inline enum tt_err scene_coverage(void *context, const struct tt_coverage_row *row)
{
    struct scene *scene = context;
    char text[TT_ADDR_TEXT_MAX];
    (void)!tt_buf_printf(&scene->told, "row %s %s %s host=%s %s:%u flows=%" PRIu64 " bytes=",
                         tt_heading_name(row->heading), tt_scope_name(row->scope), row->protocol,
                         row->host == NULL ? "-" : row->host, tt_addr_text(row->address, text),
                         (unsigned)row->port, row->flows);
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        (void)!tt_buf_printf(&scene->told, "%s%" PRIu64, i == 0 ? "" : ",", row->bytes[i]);
    if (row->country != NULL || row->network != NULL)
        (void)!tt_buf_printf(&scene->told, " in %s by %s",
                             row->country == NULL ? "-" : row->country,
                             row->network == NULL ? "-" : row->network);
    return tt_buf_printf(&scene->told, " rtt=%" PRIu64 "\n", row->rtt_min);
}

static inline enum tt_err scene_note(void *context, const struct tt_note_row *row)
{
    struct scene *scene = context;
    return tt_buf_printf(&scene->told,
                         "note %s %s in=%s flow=%" PRIu64 " frame=%" PRIu64 " count=%" PRIu64
                         " bytes=%" PRIu64 "\n",
                         row->layer, row->code, row->capture == NULL ? "-" : row->capture,
                         row->flow, row->frame, row->count, row->bytes);
}

static inline enum tt_err scene_trigger(void *context, const struct tt_trigger *trigger)
{
    struct scene *scene = context;
    const struct tt_trigger *t = trigger;
    return tt_buf_printf(
        &scene->told,
        "trigger %s: %s %s%s to %s, %" PRIu64 " of %" PRIu64 " of %" PRIu64 ", controls %" PRIu64
        ", %" PRIu64 " ms later, %" PRIu64 " bytes, %" PRIu64 " unread, %s\n",
        t->what, tt_trigger_outcome_name(t->outcome), t->kind == NULL ? "anything" : t->label,
        t->own ? " (own)" : "", t->host == NULL ? "-" : t->host, t->followed, t->repetitions,
        t->told, t->controls_followed, t->delay / 1000000, t->bytes, t->unread,
        t->chance < TT_TRIGGER_CHANCE_MAX ? "rare" : "common");
}

static inline enum tt_err scene_timing(void *context, const struct tt_timing_row *row)
{
    struct scene *scene = context;
    char text[TT_ADDR_TEXT_MAX];
    return tt_buf_printf(&scene->told,
                         "timing %s (%s:%u) %s %" PRIu64 "+%" PRIu64 " of %" PRIu64
                         ", refused %" PRIu64 ", flow %" PRIu64 " in %s, %.0f km, %.0f km [%s]\n",
                         row->host == NULL ? "-" : row->host, tt_addr_text(row->address, text),
                         (unsigned)row->port, row->handshake == NULL ? "-" : row->handshake,
                         row->least, row->error, row->handshakes, row->refused, row->flow,
                         row->capture, row->vacuum_km, row->fibre_km, row->signs);
}

static inline enum tt_err scene_claim(void *context, const struct tt_claim_row *row)
{
    struct scene *scene = context;
    char text[TT_ADDR_TEXT_MAX];
    return tt_buf_printf(&scene->told, "claim %s (%s): %s:%u is in %s: %s, %.0f km\n", row->source,
                         row->claimant, tt_addr_text(row->address, text), (unsigned)row->port,
                         row->place, tt_claim_outcome_name(row->outcome), row->distance_km);
}

static inline enum tt_err scene_residency(void *context, const struct tt_residency_row *row)
{
    struct scene *scene = context;
    return tt_buf_printf(&scene->told, "residency %s in %s: %s, %" PRIu64 " seen\n%s\n",
                         row->service, row->places, tt_residency_outcome_name(row->outcome),
                         row->destinations, row->reason);
}

static inline const char *scene_finish(struct scene *scene)
{
    const struct tt_residency_sink residency = {.context = scene,
                                                .timing = scene_timing,
                                                .claim = scene_claim,
                                                .residency = scene_residency};
    const struct tt_judge_sink sink = {.context = scene,
                                       .device = scene_device,
                                       .finding = scene_finding,
                                       .coverage = scene_coverage,
                                       .note = scene_note,
                                       .trigger = scene_trigger,
                                       .residency = &residency};
    assert_int_equal(tt_judge_finish(scene->judge, &sink), TT_OK);
    assert_int_equal(tt_buf_append_u8(&scene->told, '\0'), TT_OK);
    return (const char *)scene->told.data;
}

/* Lines that begin with `start`. */
static inline size_t scene_count(const char *told, const char *start)
{
    size_t count = 0;
    for (const char *line = told; line != NULL && *line != '\0';) {
        count += strncmp(line, start, strlen(start)) == 0 ? 1 : 0;
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return count;
}

static inline void scene_has(const char *told, const char *part)
{
    if (strstr(told, part) == NULL)
        fail_msg("missing: %s\nin:\n%s", part, told);
}

static inline void scene_has_not(const char *told, const char *part)
{
    if (strstr(told, part) != NULL)
        fail_msg("there is: %s\nin:\n%s", part, told);
}

#endif
