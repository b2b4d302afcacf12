/* Clauses of a whole test: findings, the ledger by stretches of the timeline, captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/scene.h"

#define SECOND UINT64_C(1000000000)

static enum tt_err keep_device(void *context, const struct tt_device_view *device)
{
    (void)context;
    (void)device;
    return TT_OK;
}

static enum tt_err keep_finding(void *context, const struct tt_finding *f)
{
    struct scene *scene = context;
    return tt_buf_printf(&scene->told, "finding domain=%s organisation=%s party=%s purpose=%s\n",
                         f->domain == NULL ? "-" : f->domain,
                         f->organisation == NULL ? "-" : f->organisation, tt_party_name(f->party),
                         f->purpose == NULL ? "-" : f->purpose);
}

static enum tt_err keep_row(void *context, const struct tt_coverage_row *row)
{
    (void)context;
    (void)row;
    return TT_OK;
}

static enum tt_err keep_note(void *context, const struct tt_note_row *row)
{
    (void)context;
    (void)row;
    return TT_OK;
}

static enum tt_err keep_clause(void *context, const struct tt_case_clause *clause)
{
    struct scene *scene = context;
    return tt_buf_printf(&scene->told, "%s %s %" PRIu64 "|%s|%s\n", clause->id, clause->outcome,
                         clause->findings, clause->missing, clause->excepted);
}

static void finish(struct scene *scene, enum tt_verdict verdict, const char *wanted)
{
    const struct tt_judge_sink sink = {.context = scene,
                                       .device = keep_device,
                                       .finding = keep_finding,
                                       .coverage = keep_row,
                                       .note = keep_note,
                                       .clause = keep_clause};
    assert_int_equal(tt_judge_finish(scene->judge, &sink), TT_OK);
    assert_int_equal(tt_buf_append_u8(&scene->told, '\0'), TT_OK);
    scene_has((const char *)scene->told.data, wanted);
    assert_string_equal(tt_verdict_name(tt_judge_verdict(scene->judge)), tt_verdict_name(verdict));
    scene_end(scene);
}

/* A capture that was recording from one second to another. */
static void recorded(struct scene *scene, uint64_t first, uint64_t last)
{
    const struct tt_case_input input = {
        .frames = 9, .first_time = first * SECOND, .last_time = last * SECOND};
    assert_int_equal(tt_judge_input(scene->judge, &input), TT_OK);
}

/* A flow of the device that lasted from `first` to `last` seconds, with encrypted bytes. */
static void encrypted(struct scene *scene, uint64_t id, const char *host, uint64_t first,
                      uint64_t last)
{
    struct tt_flow flow = scene_flow(id, "192.168.1.2", 40000, "198.51.100.7", 443);
    flow.first_time = first * SECOND;
    flow.last_time = last * SECOND;
    const struct tt_account account = {.flow = &flow,
                                       .direction = TT_FROM_INITIATOR,
                                       .host = host,
                                       .bucket = TT_BUCKET_ENCRYPTED,
                                       .bytes = 100};
    assert_int_equal(tt_judge_account(scene->judge, &account), TT_OK);
    scene_flow_over(scene, &flow);
}

static const char timeline[] =
    "clock: {uncertainty: 0s}\n"
    "phases: [{name: boxed, from: 1970-01-01T00:00:01Z},\n"
    "         {name: on, from: 1970-01-01T00:01:40Z}]\n"
    "purposes: [{name: sync}]\n"
    "consent: [{at: 1970-01-01T00:01:40Z, purpose: sync, state: given}]\n";
static const char before_consent[] =
    "policy: p\nclauses:\n"
    "  - {id: a, text: t, verdict: violation, when: {direction: sent, consent: not_given}}\n";
static const char boxed[] =
    "policy: p\nclauses:\n"
    "  - {id: a, text: t, verdict: violation, when: {direction: sent, phase: boxed}}\n";

static void what_was_sent_after_consent_does_not_concern_it(void **state)
{
    (void)state;
    static const char *const policies[] = {before_consent, boxed};
    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        scene_begin(&scene, "192.168.1.2", timeline, policies[i]);
        recorded(&scene, 10, 200);
        encrypted(&scene, 1, "api.example", 150, 200);
        finish(&scene, TT_VERDICT_ALLOWED, "a holds 0||");
        scene_begin(&scene, "192.168.1.2", timeline, policies[i]);
        recorded(&scene, 10, 200);
        encrypted(&scene, 1, "api.example", 150, 200);
        encrypted(&scene, 2, "api.example", 50, 60);
        finish(&scene, TT_VERDICT_UNDECIDED, "a undecided 0|100 bytes could not be read");
        /* A flow through the change may have been in either. */
        scene_begin(&scene, "192.168.1.2", timeline, policies[i]);
        recorded(&scene, 10, 200);
        encrypted(&scene, 1, "api.example", 50, 200);
        finish(&scene, TT_VERDICT_UNDECIDED, "a undecided 0|100 bytes could not be read");
        /* When, nobody knows. */
        scene_begin(&scene, "192.168.1.2", timeline, policies[i]);
        recorded(&scene, 10, 200);
        encrypted(&scene, 1, "api.example", 0, 0);
        finish(&scene, TT_VERDICT_UNDECIDED, "a undecided 0|100 bytes could not be read");
    }
}

static void findings_know_whose_the_host_is(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "192.168.1.2", timeline,
                "policy: p\nparties: {first: example.com}\n"
                "organisations: {Example Cloud: api.example.com}\nclauses:\n"
                "  - {id: a, text: t, verdict: violation, when: {party: first, domain: "
                "example.com, organisation: Example Cloud, purpose: sync}}\n");
    struct tt_flow flow = scene_flow(1, "192.168.1.2", 40000, "198.51.100.7", 80);
    struct tt_hit hit = scene_hit(&flow, 150);
    scene_told_hit(&scene, &hit);
    scene_flow_over(&scene, &flow);
    finish(&scene, TT_VERDICT_VIOLATION,
           "finding domain=example.com organisation=Example Cloud party=first purpose=sync\n"
           "a violated 1||\n");
}

static void captures_and_interruptions_count(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "192.168.1.2", NULL, boxed);
    const struct tt_case_input input = {.frames = 9, .dropped = 2};
    assert_int_equal(tt_judge_input(scene.judge, &input), TT_OK);
    tt_judge_interrupted(scene.judge);
    finish(&scene, TT_VERDICT_UNDECIDED,
           "the capture dropped 2 frames\nthe test was stopped before the end of the capture|");
}

/* A handshake that is read says nothing of what it protects. */
static void handshakes_make_nothing_readable(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "192.168.1.2", NULL,
                "policy: p\nrequires: {readable: 50%}\nunread: reported\n"
                "clauses: [{id: a, text: t, verdict: violation}]\n");
    for (uint64_t id = 1; id <= 2; id++) {
        struct tt_flow flow = scene_flow(id, "192.168.1.2", 40000, "198.51.100.7", 443);
        static const enum tt_bucket buckets[] = {TT_BUCKET_DECODED, TT_BUCKET_ENCRYPTED};
        for (size_t i = 0; i < 3 - id; i++) { /* the second flow was opened */
            const struct tt_account account = {.flow = &flow,
                                               .direction = TT_FROM_INITIATOR,
                                               .bucket = buckets[i],
                                               .bytes = i == 0 ? 700 : 2100};
            assert_int_equal(tt_judge_account(scene.judge, &account), TT_OK);
        }
        assert_int_equal(tt_judge_flow(scene.judge, &flow, "tls"), TT_OK);
    }
    finish(&scene, TT_VERDICT_UNDECIDED, "it was 25.0% (700 of 2800)");
}

/* The default's verdict is about what was read. */
static void the_default_reports_what_was_not_read(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "192.168.1.2", NULL, NULL);
    encrypted(&scene, 1, "api.example", 50, 60);
    finish(&scene, TT_VERDICT_ALLOWED,
           "no-consent undecided 0|no consent was \"not_given\" while a capture was recording: a "
           "timeline would tell it\n100 bytes could not be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sent_after_consent_does_not_concern_it),
        cmocka_unit_test(findings_know_whose_the_host_is),
        cmocka_unit_test(captures_and_interruptions_count),
        cmocka_unit_test(handshakes_make_nothing_readable),
        cmocka_unit_test(the_default_reports_what_was_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
