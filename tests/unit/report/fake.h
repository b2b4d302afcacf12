/* A case made of arrays, so that the reports are tested without a store; and a sink that keeps what
 * it is given. */
#ifndef TEST_REPORT_FAKE_H
#define TEST_REPORT_FAKE_H

#include "base/buf.h"
#include "report/report.h"

#include <stdlib.h>

struct fake {
    struct tt_case_info info;
    const struct tt_case_input *inputs;
    size_t input_count;
    const struct tt_device_view *devices;
    size_t device_count;
    const struct tt_case_identifier *searched;
    size_t searched_count;
    const struct tt_case_clause *clauses;
    size_t clause_count;
    const struct tt_finding *findings;
    size_t finding_count;
    size_t finding_times; /* how often the list is told; 0: once */
    const struct tt_coverage_row *coverage;
    size_t coverage_count;
    const struct tt_note_row *notes;
    size_t note_count;
    const struct tt_event *events;
    size_t event_count;
    const struct tt_timing_row *timings;
    size_t timing_count;
    const struct tt_claim_row *claims;
    size_t claim_count;
    const struct tt_residency_row *residencies;
    size_t residency_count;
    const struct tt_tls_row *tls;
    size_t tls_count;
    const struct tt_trigger *triggers;
    size_t trigger_count;
    const struct tt_case_message *messages;
    size_t message_count;
    enum tt_err fail; /* what walking the notes comes to */
};

static inline enum tt_err fake_info(void *store, struct tt_case_info *ret_info)
{
    const struct fake *fake = store;
    *ret_info = fake->info;
    return TT_OK;
}

#define FAKE_WALK(rows, type, count)                                                               \
    static inline enum tt_err fake_##rows(                                                         \
        void *store, enum tt_err (*row)(void *, const struct type *), void *context)               \
    {                                                                                              \
        const struct fake *fake = store;                                                           \
        enum tt_err err = TT_OK;                                                                   \
        for (size_t i = 0; i < fake->count && err == TT_OK; i++)                                   \
            err = row(context, &fake->rows[i]);                                                    \
        return err;                                                                                \
    }

FAKE_WALK(inputs, tt_case_input, input_count)
FAKE_WALK(devices, tt_device_view, device_count)
FAKE_WALK(clauses, tt_case_clause, clause_count)
FAKE_WALK(searched, tt_case_identifier, searched_count)
FAKE_WALK(coverage, tt_coverage_row, coverage_count)
FAKE_WALK(events, tt_event, event_count)
FAKE_WALK(timings, tt_timing_row, timing_count)
FAKE_WALK(claims, tt_claim_row, claim_count)
FAKE_WALK(residencies, tt_residency_row, residency_count)
FAKE_WALK(tls, tt_tls_row, tls_count)
FAKE_WALK(triggers, tt_trigger, trigger_count)
FAKE_WALK(messages, tt_case_message, message_count)

static inline enum tt_err
fake_findings(void *store, enum tt_err (*row)(void *, const struct tt_finding *), void *context)
{
    const struct fake *fake = store;
    enum tt_err err = TT_OK;
    size_t times = fake->finding_times == 0 ? 1 : fake->finding_times;
    for (size_t i = 0; i < fake->finding_count * times && err == TT_OK; i++)
        err = row(context, &fake->findings[i % fake->finding_count]);
    return err;
}

static inline enum tt_err
fake_notes(void *store, enum tt_err (*row)(void *, const struct tt_note_row *), void *context)
{
    const struct fake *fake = store;
    enum tt_err err = fake->fail;
    for (size_t i = 0; i < fake->note_count && err == TT_OK; i++)
        err = row(context, &fake->notes[i]);
    return err;
}

static inline struct tt_case_view fake_view(struct fake *fake)
{
    return (struct tt_case_view){.store = fake,
                                 .info = fake_info,
                                 .inputs = fake_inputs,
                                 .devices = fake_devices,
                                 .clauses = fake_clauses,
                                 .identifiers = fake_searched,
                                 .findings = fake_findings,
                                 .coverage = fake_coverage,
                                 .notes = fake_notes,
                                 .events = fake_events,
                                 .timings = fake_timings,
                                 .claims = fake_claims,
                                 .residencies = fake_residencies,
                                 .tls = fake_tls,
                                 .triggers = fake_triggers,
                                 .messages = fake_messages};
}

struct kept {
    struct tt_buf buf;
    size_t pieces;
    size_t largest;
    size_t fail_at; /* the piece that is refused; 0: none */
};

static inline enum tt_err kept_write(void *context, struct tt_span text)
{
    struct kept *kept = context;
    kept->pieces++;
    if (text.len > kept->largest)
        kept->largest = text.len;
    if (kept->pieces == kept->fail_at)
        return TT_ERR_IO;
    return tt_buf_append(&kept->buf, text);
}

static inline struct kept kept_make(void)
{
    return (struct kept){.buf = tt_buf_make(SIZE_MAX / 4)};
}

static inline struct tt_report_sink kept_sink(struct kept *kept)
{
    return (struct tt_report_sink){.context = kept, .write = kept_write};
}

/* What was kept, terminated. */
static inline const char *kept_text(struct kept *kept)
{
    if (tt_buf_append_u8(&kept->buf, 0) != TT_OK)
        abort();
    kept->buf.len--;
    return (const char *)kept->buf.data;
}

static inline struct tt_addr fake_addr(const char *text)
{
    struct tt_addr addr;
    if (!tt_addr_parse(text, &addr))
        abort();
    return addr;
}

#define DOT "\xe2\x80\xa2" /* • */

static const char *const fake_transform[] = {"md5", "hex"};
static const char *const fake_path[] = {"http.request.body", "gzip", "json:$.d.k"};
static const struct tt_proof_step fake_proof[] = {
    {"http.request.body", 312, 188, false}, {"gzip", 0, 402, false}, {"json:$.d.k", 37, 32, false}};
static const struct tt_destination_name fake_names[] = {{"api.example.com", "http"},
                                                        {"api.example.com", "dns"}};
static const uint64_t fake_flows[] = {17};
static const uint64_t fake_frames[] = {812, 815};
static const char *const fake_clauses_ids[] = {"boxed-1"};

static const struct tt_event fake_event_list[] = {
    {.capture = "capture.pcapng",
     .frame = 3,
     .time = 1407402602000000000,
     .source = "comment",
     .text = "his number is 358240051111110"},
    {.capture = "capture.pcapng", .source = "journal", .text = "link is up"},
};

static inline struct tt_finding fake_finding(void)
{
    return (struct tt_finding){
        .identifier = 0,
        .kind = "imei",
        .owner = "device",
        .label = "imei[0]",
        .masked = "35824005" DOT DOT DOT DOT DOT DOT DOT,
        .form = "digits",
        .transform = fake_transform,
        .transform_count = 2,
        .path = fake_path,
        .path_count = 3,
        .proof = fake_proof,
        .proof_count = 3,
        .certainty = TT_PROVEN,
        .chance = 3.1e-11,
        .reversal_cost = 1e6,
        .protocol = "http",
        .heading = TT_HEADING_SENT,
        .scope = TT_ADDR_SCOPE_INTERNET,
        .host = "api.example.com",
        .host_source = "http",
        .names = fake_names,
        .name_count = 2,
        .address = fake_addr("198.51.100.7"),
        .port = 80,
        .country = "CN",
        .network = "AS64500 Example",
        .encryption = "none",
        .first_seen = UINT64_C(1407402602123456789),
        .last_seen = UINT64_C(1407402602500000000),
        .count = 3,
        .capture = "capture.pcapng",
        .flows = fake_flows,
        .flow_count = 1,
        .frames = fake_frames,
        .frames_listed = 2,
        .frame_count = 2,
        .phase = "boxed",
        .consent = TT_CONSENT_NOT_GIVEN,
        .verdict = TT_VERDICT_VIOLATION,
        .clauses = fake_clauses_ids,
        .clause_count = 1,
        .severity = "high",
    };
}

static const struct tt_identifier fake_identifiers[] = {
    {.kind = TT_KIND_IMEI,
     .label = "imei[0]",
     .value = "358240051111110",
     .masked = "35824005" DOT DOT DOT DOT DOT DOT DOT},
    {.kind = TT_KIND_CUSTOM, .label = "employee number", .value = "A-10442", .masked = DOT}};
static const struct tt_subject fake_subject = {.identifiers = fake_identifiers,
                                               .identifier_count = 2};

static const struct tt_case_input fake_input_rows[] = {
    {.name = "capture.pcapng",
     .format = "pcapng",
     .wrapping = "gzip",
     .sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     .bytes = 12345678,
     .frames = 81234,
     .dropped = 2,
     .first_time = UINT64_C(1407402000000000000),
     .last_time = UINT64_C(1407405600000000001),
     .damaged = true,
     .captured_bytes = 10000,
     .wire_bytes = 10500,
     .missing_bytes = 40,
     .buckets = {1000, 200, 300, 40, 5000, 60, 7, 400, 3033}}};

static const struct tt_case_clause fake_clause_rows[] = {
    {.id = "boxed-1",
     .text = "A phone out of the box sends no personal data to anybody.",
     .verdict = "violation",
     .severity = "high",
     .citation = "house rule 4",
     .outcome = "violated",
     .findings = 1,
     .missing = "5060 bytes could not be read: cdn.example.net\nno phase \"x\"",
     .excepted = "2 findings: the updater may"},
    {.id = "never-used",
     .text = "Something else.",
     .verdict = "allowed",
     .severity = "info",
     .outcome = "permits"}};

static const struct tt_note_row fake_note_rows[] = {
    {.layer = "net",
     .code = "tcp.gap",
     .text = "Bytes of a stream are not in the capture.",
     .capture = "capture.pcapng",
     .flow = 3,
     .frame = 17,
     .offset = 99,
     .count = 12,
     .bytes = 34100}};

static inline struct tt_coverage_row fake_coverage_row(void)
{
    return (struct tt_coverage_row){.host = "cdn.example.net",
                                    .address = fake_addr("203.0.113.9"),
                                    .port = 443,
                                    .country = "DE",
                                    .network = NULL,
                                    .protocol = "tls",
                                    .scope = TT_ADDR_SCOPE_INTERNET,
                                    .heading = TT_HEADING_SENT,
                                    .flows = 9,
                                    .bytes = {1000, 200, 300, 40, 5000, 60, 7, 350, 3000},
                                    .rtt_min = 12345678};
}

/* A small case with one finding. The caller keeps `finding`, `coverage` and `device`. */
static inline struct fake fake_case(const struct tt_finding *finding,
                                    const struct tt_coverage_row *coverage,
                                    const struct tt_device_view *device)
{
    return (struct fake){
        .info = {.tool_version = "0.1.0",
                 .device_name = "Redmi 1S",
                 .device_firmware = "MIUI 4.4.2",
                 .subject_digest = "00ff",
                 .policy_name = "default",
                 .geo_sources = "tor-geoipdb 2024-05-01\nother 2024",
                 .searched_bytes = 6600,
                 .identifier_count = 14,
                 .weak_count = 2,
                 .verdict = TT_VERDICT_VIOLATION,
                 .unattributed_duplicate = 50,
                 .unattributed_overhead = 33},
        .inputs = fake_input_rows,
        .input_count = 1,
        .devices = device,
        .device_count = 1,
        .clauses = fake_clause_rows,
        .clause_count = 2,
        .findings = finding,
        .finding_count = 1,
        .coverage = coverage,
        .coverage_count = 1,
        .notes = fake_note_rows,
        .note_count = 1,
    };
}

#endif
