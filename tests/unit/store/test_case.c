/* Rows in are rows out, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/frame.h"
#include "store/sample.h"

#include <math.h>
#include <time.h>

enum { MANY = 10000 };

static struct tt_case *create(const char *path)
{
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_case_create(path, &c, &error), TT_OK);
    assert_string_equal(error.text, "");
    return c;
}

static void commit(struct tt_case *c)
{
    struct tt_error error = {.code = TT_OK};
    enum tt_err err = tt_case_commit(c, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, TT_OK);
}

static void assert_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void assert_lists(const struct tt_finding *a, const struct tt_finding *b)
{
    assert_int_equal(a->transform_count, b->transform_count);
    for (size_t i = 0; i < a->transform_count; i++)
        assert_string_equal(a->transform[i], b->transform[i]);
    assert_int_equal(a->path_count, b->path_count);
    for (size_t i = 0; i < a->path_count; i++)
        assert_string_equal(a->path[i], b->path[i]);
    assert_int_equal(a->proof_count, b->proof_count);
    for (size_t i = 0; i < a->proof_count; i++) {
        assert_string_equal(a->proof[i].step, b->proof[i].step);
        assert_int_equal(a->proof[i].offset, b->proof[i].offset);
        assert_int_equal(a->proof[i].length, b->proof[i].length);
    }
    assert_int_equal(a->name_count, b->name_count);
    for (size_t i = 0; i < a->name_count; i++) {
        assert_string_equal(a->names[i].name, b->names[i].name);
        assert_string_equal(a->names[i].source, b->names[i].source);
    }
    assert_int_equal(a->flow_count, b->flow_count);
    for (size_t i = 0; i < a->flow_count; i++)
        assert_int_equal(a->flows[i], b->flows[i]);
    assert_int_equal(a->frames_listed, b->frames_listed);
    for (size_t i = 0; i < a->frames_listed; i++)
        assert_int_equal(a->frames[i], b->frames[i]);
    assert_int_equal(a->clause_count, b->clause_count);
    for (size_t i = 0; i < a->clause_count; i++)
        assert_string_equal(a->clauses[i], b->clauses[i]);
}

static void assert_finding(const struct tt_finding *a, const struct tt_finding *b)
{
    assert_int_equal(a->identifier, b->identifier);
    assert_text(a->kind, b->kind);
    assert_text(a->domain, b->domain);
    assert_text(a->organisation, b->organisation);
    assert_int_equal(a->party, b->party);
    assert_text(a->purpose, b->purpose);
    assert_text(a->owner, b->owner);
    assert_text(a->label, b->label);
    assert_text(a->masked, b->masked);
    assert_text(a->form, b->form);
    assert_int_equal(a->certainty, b->certainty);
    assert_true(a->chance == b->chance);
    assert_true(a->reversal_cost == b->reversal_cost);
    assert_text(a->protocol, b->protocol);
    assert_int_equal(a->heading, b->heading);
    assert_int_equal(a->scope, b->scope);
    assert_text(a->host, b->host);
    assert_text(a->host_source, b->host_source);
    assert_true(tt_addr_eq(a->address, b->address));
    assert_int_equal(a->port, b->port);
    assert_text(a->country, b->country);
    assert_text(a->network, b->network);
    assert_text(a->app, b->app);
    assert_text(a->encryption, b->encryption);
    assert_text(a->cipher, b->cipher);
    assert_text(a->opened_with, b->opened_with);
    assert_int_equal(a->first_seen, b->first_seen);
    assert_int_equal(a->last_seen, b->last_seen);
    assert_int_equal(a->count, b->count);
    assert_text(a->capture, b->capture);
    assert_int_equal(a->frame_count, b->frame_count);
    assert_text(a->phase, b->phase);
    assert_int_equal(a->consent, b->consent);
    assert_int_equal(a->verdict, b->verdict);
    assert_text(a->severity, b->severity);
    assert_lists(a, b);
}

struct expected {
    const struct tt_finding *findings;
    size_t count;
    size_t seen;
};

static enum tt_err check_finding(void *context, const struct tt_finding *finding)
{
    struct expected *expected = context;
    assert_true(expected->seen < expected->count);
    assert_finding(finding, &expected->findings[expected->seen++]);
    return TT_OK;
}

static void check_findings(struct tt_case *c, const struct tt_finding *findings, size_t count)
{
    struct expected expected = {.findings = findings, .count = count};
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.findings(view.store, check_finding, &expected), TT_OK);
    assert_int_equal(expected.seen, count);
}

static void test_findings_round_trip(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    const struct tt_finding findings[] = {sample_finding(), bare_finding(), sample_finding()};
    struct tt_case *c = create(folder_path(folder, "a.case", path));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tt_case_put_finding(c, &findings[i], NULL), TT_OK);
    check_findings(c, findings, 3);
    commit(c);
    check_findings(c, findings, 3); /* the same handle reads on */
    tt_case_free(c);

    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_case_open(path, &c, &error), TT_OK);
    check_findings(c, findings, 3);
    assert_string_equal(tt_case_failure(c), "");
    tt_case_free(c);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left there */
    free(folder);
}

/* Every value of each enum, and numbers at their borders. */
static void test_enums_and_borders(void **state)
{
    (void)state;
    struct tt_finding findings[5];
    struct tt_case *c = create(NULL);
    for (size_t i = 0; i < 5; i++) {
        struct tt_finding *finding = &findings[i];
        *finding = bare_finding();
        finding->consent = (enum tt_consent)i;
        finding->heading = (enum tt_heading)(i % 4);
        finding->scope = (enum tt_addr_scope)(i % 3);
        finding->verdict = (enum tt_verdict)(i % 3);
        finding->certainty = (enum tt_certainty)(i % 2);
        finding->identifier = i == 0 ? UINT32_MAX : 0;
        finding->port = i == 1 ? UINT16_MAX : 0;
        finding->last_seen = INT64_MAX;
        finding->chance = i == 2 ? (double)INFINITY : 0;
        finding->address = i == 3   ? sample_addr("2001:db8::7")
                           : i == 4 ? sample_addr("02:00:5e:00:53:01")
                                    : (struct tt_addr){.family = TT_ADDR_NONE};
        assert_int_equal(tt_case_put_finding(c, finding, NULL), TT_OK);
    }
    commit(c);
    check_findings(c, findings, 5);
    tt_case_free(c);
}

static void test_too_large_numbers_are_cut(void **state)
{
    (void)state;
    struct tt_finding finding = bare_finding();
    finding.last_seen = UINT64_MAX;
    finding.chance = (double)NAN;
    struct tt_case *c = create(NULL);
    assert_int_equal(tt_case_put_finding(c, &finding, NULL), TT_OK);
    finding.last_seen = INT64_MAX;
    finding.chance = 1;
    check_findings(c, &finding, 1);
    tt_case_free(c);
}

static enum tt_err check_number(void *context, const struct tt_finding *finding)
{
    uint64_t *seen = context;
    assert_int_equal(finding->count, *seen);
    assert_int_equal(finding->frames_listed, TT_FINDING_FRAMES_MAX);
    assert_int_equal(finding->frames[TT_FINDING_FRAMES_MAX - 1], *seen + TT_FINDING_FRAMES_MAX - 1);
    (*seen)++;
    return TT_OK;
}

static void test_ten_thousand_findings(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    uint64_t frames[TT_FINDING_FRAMES_MAX];
    struct tt_finding finding = sample_finding();
    finding.frames = frames;
    finding.frames_listed = TT_FINDING_FRAMES_MAX;
    struct tt_case *c = create(folder_path(folder, "many.case", path));
    for (uint64_t i = 0; i < MANY; i++) {
        for (uint64_t k = 0; k < TT_FINDING_FRAMES_MAX; k++)
            frames[k] = i + k;
        finding.count = i;
        assert_int_equal(tt_case_put_finding(c, &finding, NULL), TT_OK);
    }
    commit(c);
    uint64_t seen = 0;
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.findings(view.store, check_number, &seen), TT_OK);
    assert_int_equal(seen, MANY);
    tt_case_free(c);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static enum tt_err stop_at_once(void *context, const struct tt_finding *finding)
{
    (void)finding;
    ++*(int *)context;
    return TT_ERR_CANCELLED;
}

static void test_error_of_the_callback_ends_the_walk(void **state)
{
    (void)state;
    const struct tt_finding finding = sample_finding();
    struct tt_case *c = create(NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(tt_case_put_finding(c, &finding, NULL), TT_OK);
    int calls = 0;
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.findings(view.store, stop_at_once, &calls), TT_ERR_CANCELLED);
    assert_int_equal(calls, 1);
    tt_case_free(c);
}

static void check_info(struct tt_case *c)
{
    const struct tt_case_info wanted = sample_info();
    struct tt_case_info info;
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.info(view.store, &info), TT_OK);
    assert_int_equal(view.info(view.store, &info), TT_OK); /* the texts live on */
    assert_text(info.tool_version, wanted.tool_version);
    assert_text(info.device_name, wanted.device_name);
    assert_text(info.device_firmware, wanted.device_firmware);
    assert_text(info.subject_digest, wanted.subject_digest);
    assert_text(info.policy_name, wanted.policy_name);
    assert_text(info.geo_sources, wanted.geo_sources);
    assert_text(info.timeline_json, wanted.timeline_json);
    assert_int_equal(info.searched_bytes, wanted.searched_bytes);
    assert_int_equal(info.identifier_count, wanted.identifier_count);
    assert_int_equal(info.weak_count, wanted.weak_count);
    assert_int_equal(info.verdict, wanted.verdict);
    assert_int_equal(info.interrupted, wanted.interrupted);
    assert_int_equal(info.unattributed_duplicate, wanted.unattributed_duplicate);
    assert_int_equal(info.unattributed_overhead, wanted.unattributed_overhead);
    assert_int_equal(info.key_count, wanted.key_count);
    assert_text(info.recipes, wanted.recipes);
}

static const struct tt_case_input inputs[] = {
    {.name = "a.pcap",
     .format = "pcap",
     .wrapping = "gzip",
     .sha256 = "ab",
     .bytes = 1,
     .frames = 2,
     .dropped = 3,
     .first_time = 4,
     .last_time = 5,
     .damaged = true,
     .captured_bytes = 6,
     .wire_bytes = 7,
     .missing_bytes = 8,
     .buckets = {9, 10, 11, 12, 13, 14, 15, 16, 17}},
    {.name = "b.pcapng", .format = "pcapng", .sha256 = ""},
};

static enum tt_err check_input(void *context, const struct tt_case_input *input)
{
    const struct tt_case_input *wanted = &inputs[(*(size_t *)context)++];
    assert_text(input->name, wanted->name);
    assert_text(input->format, wanted->format);
    assert_text(input->wrapping, wanted->wrapping);
    assert_text(input->sha256, wanted->sha256);
    assert_int_equal(input->bytes, wanted->bytes);
    assert_int_equal(input->frames, wanted->frames);
    assert_int_equal(input->dropped, wanted->dropped);
    assert_int_equal(input->first_time, wanted->first_time);
    assert_int_equal(input->last_time, wanted->last_time);
    assert_int_equal(input->damaged, wanted->damaged);
    assert_int_equal(input->captured_bytes, wanted->captured_bytes);
    assert_int_equal(input->wire_bytes, wanted->wire_bytes);
    assert_int_equal(input->missing_bytes, wanted->missing_bytes);
    assert_memory_equal(input->buckets, wanted->buckets, sizeof(input->buckets));
    return TT_OK;
}

static const struct tt_note_row notes[] = {
    {.layer = "net",
     .code = "tcp.gap",
     .text = "Bytes are missing.",
     .capture = "a.pcap",
     .flow = 3,
     .frame = 17,
     .offset = 99,
     .count = 12,
     .bytes = 34100},
    {.layer = "run", .code = "run.x", .text = "X."},
};

static enum tt_err check_note(void *context, const struct tt_note_row *note)
{
    const struct tt_note_row *wanted = &notes[(*(size_t *)context)++];
    assert_text(note->layer, wanted->layer);
    assert_text(note->code, wanted->code);
    assert_text(note->text, wanted->text);
    assert_text(note->capture, wanted->capture);
    assert_int_equal(note->flow, wanted->flow);
    assert_int_equal(note->frame, wanted->frame);
    assert_int_equal(note->offset, wanted->offset);
    assert_int_equal(note->count, wanted->count);
    assert_int_equal(note->bytes, wanted->bytes);
    return TT_OK;
}

static struct tt_coverage_row sample_coverage(size_t at)
{
    if (at == 1)
        return (struct tt_coverage_row){.protocol = "udp", .scope = TT_ADDR_SCOPE_LINK};
    return (struct tt_coverage_row){.host = "a.example",
                                    .address = sample_addr("198.51.100.7"),
                                    .port = 443,
                                    .country = "DE",
                                    .network = "AS64501 B",
                                    .protocol = "tls",
                                    .scope = TT_ADDR_SCOPE_INTERNET,
                                    .heading = TT_HEADING_RECEIVED,
                                    .flows = 9,
                                    .bytes = {1, 2, 3, 4, 5, 6, 8, 9, 10},
                                    .rtt_min = 7};
}

static enum tt_err check_coverage(void *context, const struct tt_coverage_row *row)
{
    const struct tt_coverage_row wanted = sample_coverage((*(size_t *)context)++);
    assert_text(row->host, wanted.host);
    assert_true(tt_addr_eq(row->address, wanted.address));
    assert_int_equal(row->port, wanted.port);
    assert_text(row->country, wanted.country);
    assert_text(row->network, wanted.network);
    assert_text(row->protocol, wanted.protocol);
    assert_int_equal(row->scope, wanted.scope);
    assert_int_equal(row->heading, wanted.heading);
    assert_int_equal(row->flows, wanted.flows);
    assert_memory_equal(row->bytes, wanted.bytes, sizeof(row->bytes));
    assert_int_equal(row->rtt_min, wanted.rtt_min);
    return TT_OK;
}

static enum tt_err check_device(void *context, const struct tt_device_view *device)
{
    ++*(size_t *)context;
    assert_true(tt_addr_eq(device->addr, sample_addr("192.168.1.23")));
    assert_true(device->from_sheet);
    assert_int_equal(device->flows_opened, 42);
    return TT_OK;
}

static enum tt_err check_clause(void *context, const struct tt_case_clause *clause)
{
    ++*(size_t *)context;
    assert_text(clause->id, "boxed-1");
    assert_text(clause->text, "Nothing leaves a boxed phone.");
    assert_text(clause->verdict, "violation");
    assert_text(clause->severity, "high");
    assert_text(clause->citation, "house rule 4");
    assert_text(clause->outcome, "undecided");
    assert_int_equal(clause->findings, 3);
    assert_text(clause->missing, "no phase\nno consent");
    assert_text(clause->excepted, "1 finding: agreed");
    return TT_OK;
}

static const struct tt_event events[] = {
    {.capture = "a.pcapng",
     .frame = 7,
     .time = 1407402602123456789,
     .source = "comment",
     .text = "somebody's \xe2\x82\xac remark"},
    {.capture = "b.pcapng", .source = "journal", .text = ""},
};

static enum tt_err check_event(void *context, const struct tt_event *event)
{
    const struct tt_event *wanted = &events[(*(size_t *)context)++];
    assert_text(event->capture, wanted->capture);
    assert_int_equal(event->frame, wanted->frame);
    assert_int_equal(event->time, wanted->time);
    assert_text(event->source, wanted->source);
    assert_text(event->text, wanted->text);
    return TT_OK;
}

static const struct tt_case_identifier identifiers[] = {
    {"imei", "device", "imei[0]", "00112233445566778899aabbccddeeff"},
    {"contact_name", "contact", "contacts[0].name", NULL}};

static enum tt_err check_identifier(void *context, const struct tt_case_identifier *identifier)
{
    const struct tt_case_identifier *wanted = &identifiers[(*(size_t *)context)++];
    assert_text(identifier->kind, wanted->kind);
    assert_text(identifier->owner, wanted->owner);
    assert_text(identifier->label, wanted->label);
    assert_text(identifier->likeness, wanted->likeness);
    return TT_OK;
}

static void test_other_rows_round_trip(void **state)
{
    (void)state;
    const struct tt_case_info info = sample_info();
    const struct tt_device_view device = {
        .addr = sample_addr("192.168.1.23"), .from_sheet = true, .flows_opened = 42};
    const struct tt_case_clause clause = {.id = "boxed-1",
                                          .text = "Nothing leaves a boxed phone.",
                                          .verdict = "violation",
                                          .severity = "high",
                                          .citation = "house rule 4",
                                          .outcome = "undecided",
                                          .findings = 3,
                                          .missing = "no phase\nno consent",
                                          .excepted = "1 finding: agreed"};
    struct tt_case *c = create(NULL);
    assert_int_equal(tt_case_put_info(c, &info, NULL), TT_OK);
    assert_int_equal(tt_case_put_device(c, &device, NULL), TT_OK);
    assert_int_equal(tt_case_put_clause(c, &clause, NULL), TT_OK);
    for (size_t i = 0; i < 2; i++) {
        const struct tt_coverage_row row = sample_coverage(i);
        assert_int_equal(tt_case_put_input(c, &inputs[i], NULL), TT_OK);
        assert_int_equal(tt_case_put_note(c, &notes[i], NULL), TT_OK);
        assert_int_equal(tt_case_put_event(c, &events[i], NULL), TT_OK);
        assert_int_equal(tt_case_put_identifier(c, &identifiers[i], NULL), TT_OK);
        assert_int_equal(tt_case_put_coverage(c, &row, NULL), TT_OK);
    }
    commit(c);
    check_info(c);
    struct tt_case_view view = tt_case_rows(c);
    size_t seen[7] = {0};
    assert_int_equal(view.inputs(view.store, check_input, &seen[0]), TT_OK);
    assert_int_equal(view.notes(view.store, check_note, &seen[1]), TT_OK);
    assert_int_equal(view.coverage(view.store, check_coverage, &seen[2]), TT_OK);
    assert_int_equal(view.devices(view.store, check_device, &seen[3]), TT_OK);
    assert_int_equal(view.clauses(view.store, check_clause, &seen[4]), TT_OK);
    assert_int_equal(view.events(view.store, check_event, &seen[5]), TT_OK);
    assert_int_equal(view.identifiers(view.store, check_identifier, &seen[6]), TT_OK);
    const size_t wanted[7] = {2, 2, 2, 1, 1, 2, 2};
    assert_memory_equal(seen, wanted, sizeof(seen));
    tt_case_free(c);
}

static const struct tt_case_message messages[] = {
    {.flow = 2,
     .protocol = "http",
     .kind = "request",
     .method = "POST",
     .url = "http://a.example/x?y=1",
     .content_type = "text/plain",
     .status = 200,
     .body_bytes = 5,
     .encryption = "tls1.3",
     .opened_with = "keylog",
     .first_frame = 9,
     .last_frame = 11,
     .time = 8,
     .capture = "a.pcap"},
    {.flow = 1,
     .protocol = "dns",
     .kind = "query",
     .name = "a.example",
     .encryption = "none",
     .first_frame = 3,
     .last_frame = 3,
     .capture = "a.pcap"},
    {.flow = 3,
     .protocol = "tcp",
     .kind = "data",
     .encryption = "none",
     .first_frame = 3,
     .last_frame = 4,
     .capture = "a.pcap",
     .direction = TT_FROM_RESPONDER,
     .offset = 77,
     .body_head = {(const uint8_t *)"\0\xff"
                                    "a",
                   3}},
    {.flow = 4,
     .protocol = "tcp",
     .kind = "data",
     .encryption = "none",
     .first_frame = (UINT64_C(1) << TT_FRAME_NUMBER_BITS) + 1,
     .last_frame = (UINT64_C(1) << TT_FRAME_NUMBER_BITS) + 1,
     .capture = "b.pcap"},
};

/* By capture and first frame, not as they were put. */
static enum tt_err check_message(void *context, const struct tt_case_message *message)
{
    static const size_t order[] = {1, 2, 0, 3};
    const struct tt_case_message *wanted = &messages[order[(*(size_t *)context)++]];
    assert_int_equal(message->flow, wanted->flow);
    assert_text(message->protocol, wanted->protocol);
    assert_text(message->kind, wanted->kind);
    assert_text(message->method, wanted->method);
    assert_text(message->url, wanted->url);
    assert_text(message->name, wanted->name);
    assert_text(message->content_type, wanted->content_type);
    assert_int_equal(message->status, wanted->status);
    assert_int_equal(message->body_bytes, wanted->body_bytes);
    assert_text(message->encryption, wanted->encryption);
    assert_text(message->opened_with, wanted->opened_with);
    assert_int_equal(message->first_frame, tt_frame_number(wanted->first_frame));
    assert_int_equal(message->last_frame, tt_frame_number(wanted->last_frame));
    assert_int_equal(message->time, wanted->time);
    assert_text(message->capture, wanted->capture);
    assert_int_equal(message->direction, wanted->direction);
    assert_int_equal(message->offset, wanted->offset);
    assert_true(tt_span_eq(message->body_head, wanted->body_head));
    return TT_OK;
}

static void test_messages_are_sorted(void **state)
{
    (void)state;
    struct tt_case *c = create(NULL);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(tt_case_put_message(c, &messages[i], NULL), TT_OK);
    size_t seen = 0;
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.messages(view.store, check_message, &seen), TT_OK);
    assert_int_equal(seen, 4);
    tt_case_free(c);
}

static enum tt_err check_status(void *context, const struct tt_case_message *message)
{
    static const int statuses[] = {200, 404, 0, 0};
    assert_int_equal(message->status, statuses[(*(size_t *)context)++]);
    return TT_OK;
}

/* Two requests in one frame get their statuses in order; other flows, frames and kinds get none. */
static void test_status_of_a_request(void **state)
{
    (void)state;
    struct tt_case_message request = {.flow = 7,
                                      .protocol = "http",
                                      .kind = "request",
                                      .encryption = "none",
                                      .first_frame = 5,
                                      .last_frame = 5,
                                      .capture = "a.pcap"};
    struct tt_case *c = create(NULL);
    assert_int_equal(tt_case_put_message(c, &request, NULL), TT_OK);
    assert_int_equal(tt_case_put_message(c, &request, NULL), TT_OK);
    request.flow = 8;
    assert_int_equal(tt_case_put_message(c, &request, NULL), TT_OK);
    request.flow = 7;
    request.kind = "data";
    assert_int_equal(tt_case_put_message(c, &request, NULL), TT_OK);
    assert_int_equal(tt_case_put_status(c, 7, 5, NULL, 200, NULL), TT_OK);
    assert_int_equal(tt_case_put_status(c, 7, 5, NULL, 404, NULL), TT_OK);
    assert_int_equal(tt_case_put_status(c, 7, 5, NULL, 500, NULL), TT_OK);
    assert_int_equal(tt_case_put_status(c, 7, 6, NULL, 500, NULL), TT_OK);
    size_t seen = 0;
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.messages(view.store, check_status, &seen), TT_OK);
    assert_int_equal(seen, 4);
    tt_case_free(c);
}

static enum tt_err check_status_of_url(void *context, const struct tt_case_message *message)
{
    (void)context;
    assert_int_equal(message->status, strcmp(message->url, "https://a.example/1") == 0 ? 404 : 200);
    return TT_OK;
}

/* Two requests in one frame, whose answers come the other way round. */
static void test_status_by_url(void **state)
{
    (void)state;
    struct tt_case_message request = {.flow = 7,
                                      .protocol = "http",
                                      .kind = "request",
                                      .url = "https://a.example/1",
                                      .encryption = "quic",
                                      .first_frame = 5,
                                      .last_frame = 5,
                                      .capture = "a.pcap"};
    struct tt_case *c = create(NULL);
    assert_int_equal(tt_case_put_message(c, &request, NULL), TT_OK);
    request.url = "https://a.example/2";
    assert_int_equal(tt_case_put_message(c, &request, NULL), TT_OK);
    assert_int_equal(tt_case_put_status(c, 7, 5, "https://a.example/2", 200, NULL), TT_OK);
    assert_int_equal(tt_case_put_status(c, 7, 5, "https://a.example/1", 404, NULL), TT_OK);
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.messages(view.store, check_status_of_url, NULL), TT_OK);
    tt_case_free(c);
}

static void test_no_messages_in_a_file(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    struct tt_error error = {.code = TT_OK};
    struct tt_case *c = create(folder_path(folder, "a.case", path));
    assert_int_equal(tt_case_put_message(c, &messages[0], &error), TT_ERR_USAGE);
    commit(c); /* the refusal spoils nothing */
    tt_case_free(c);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void test_missing_text_is_a_bug_of_ours(void **state)
{
    (void)state;
    struct tt_finding finding = sample_finding();
    struct tt_error error = {.code = TT_OK};
    struct tt_case *c = create(NULL);
    finding.kind = NULL;
    assert_int_equal(tt_case_put_finding(c, &finding, &error), TT_ERR_INTERNAL);
    assert_non_null(strstr(error.text, "finding.kind"));
    /* What stands there now is not whole: it must not become a case. */
    assert_int_not_equal(tt_case_commit(c, NULL), TT_OK);
    tt_case_free(c);
}

static void test_no_rows_after_commit(void **state)
{
    (void)state;
    const struct tt_finding finding = sample_finding();
    struct tt_case *c = create(NULL);
    commit(c);
    assert_int_equal(tt_case_put_finding(c, &finding, NULL), TT_ERR_USAGE);
    assert_int_equal(tt_case_commit(c, NULL), TT_ERR_USAGE);
    tt_case_free(c);
    tt_case_free(NULL);
}

static void test_no_info_is_damage(void **state)
{
    (void)state;
    struct tt_case_info info;
    struct tt_case *c = create(NULL);
    commit(c);
    struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.info(view.store, &info), TT_ERR_FORMAT);
    assert_string_not_equal(tt_case_failure(c), "");
    tt_case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings_round_trip),
        cmocka_unit_test(test_enums_and_borders),
        cmocka_unit_test(test_too_large_numbers_are_cut),
        cmocka_unit_test(test_ten_thousand_findings),
        cmocka_unit_test(test_error_of_the_callback_ends_the_walk),
        cmocka_unit_test(test_other_rows_round_trip),
        cmocka_unit_test(test_messages_are_sorted),
        cmocka_unit_test(test_status_of_a_request),
        cmocka_unit_test(test_status_by_url),
        cmocka_unit_test(test_no_messages_in_a_file),
        cmocka_unit_test(test_missing_text_is_a_bug_of_ours),
        cmocka_unit_test(test_no_rows_after_commit),
        cmocka_unit_test(test_no_info_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
