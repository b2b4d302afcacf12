/* From a timeline's events, hits and contacts to rows that say what triggered what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/contacts.h"
#include "judge/scene.h"
#include "model/limits.h"

#define PHONE "192.168.1.23"
#define SERVER "198.51.100.7"
#define OTHER "203.0.113.9"

enum { MS = 1000000, EVENTS = 5, LENGTH_S = 3600 };

static const uint64_t second = UINT64_C(1000000000);
static const unsigned times_s[EVENTS] = {1000, 1070, 1210, 1330, 1555};

/* A timeline with five events "contact added" that a test may describe further. */
static const char *timeline_of(const char *head, const char *subject)
{
    static char text[2048];
    int len = snprintf(text, sizeof(text), "%sevents:\n", head);
    for (size_t i = 0; i < EVENTS; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len,
                        "  - {at: \"1970-01-01T00:%02u:%02uZ\", what: contact added%s}\n",
                        times_s[i] / 60, times_s[i] % 60, subject);
    return text;
}

/* The capture's length, told by a flow that says nothing. */
static void frame_it(struct scene *scene)
{
    struct tt_flow flow = scene_flow(900, PHONE, 50000, "203.0.113.200", 123);
    flow.first_time = second;
    flow.last_time = LENGTH_S * second;
    scene_flow_over(scene, &flow);
}

static struct tt_flow flow_at(uint64_t id, const char *server, uint64_t ms)
{
    struct tt_flow flow = scene_flow(id, PHONE, 40000, server, 443);
    flow.first_time = ms * MS;
    flow.last_time = ms * MS;
    return flow;
}

static void hit_at(struct scene *scene, uint64_t id, const struct tt_form *form, uint64_t ms)
{
    const struct tt_flow flow = flow_at(id, SERVER, ms);
    struct tt_hit hit = scene_hit(&flow, id * 10);
    hit.form = form;
    hit.origin.time = ms * MS;
    scene_told_hit(scene, &hit);
}

static void bytes_at(struct scene *scene, const struct tt_flow *flow, enum tt_bucket bucket,
                     uint64_t bytes)
{
    struct tt_flow copy = *flow;
    const struct tt_account account = {
        .flow = flow, .direction = TT_FROM_INITIATOR, .bucket = bucket, .bytes = bytes};
    static const uint8_t payload[1000];
    const struct tt_chunk chunk = {.flow = &copy,
                                   .direction = TT_FROM_INITIATOR,
                                   .bytes = tt_span_of(payload, bytes),
                                   .time = flow->last_time};
    assert_in_range(bytes, 1, sizeof(payload));
    assert_int_equal(tt_judge_chunk(scene->judge, &chunk), TT_OK);
    assert_int_equal(tt_judge_account(scene->judge, &account), TT_OK);
}

static void own_values_follow(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ", subject: \"contacts[0]\""), NULL);
    for (size_t i = 0; i < EVENTS; i++)
        hit_at(&scene, i + 1, &scene_number, times_s[i] * 1000 + 800);
    frame_it(&scene);
    const char *told = scene_finish(&scene);
    scene_has(told, "trigger contact added: triggered contacts[*].phone_number (own) to "
                    "api.example.com, 5 of 5 of 5, controls 0, 800 ms later, 0 bytes, 0 unread, "
                    "rare\n");
    assert_int_equal(scene_count(told, "trigger"), 1);
    scene_end(&scene);
}

/* Many questions make one answer by luck likely: a chance that suffices alone does not then. */
static void kinds_are_corrected_together(void **state)
{
    (void)state;
    for (unsigned kinds = 1; kinds <= 60; kinds += 59) {
        static char timeline[1 << 16];
        size_t len = (size_t)snprintf(timeline, sizeof(timeline), "%s",
                                      timeline_of("", ", subject: \"contacts[0]\""));
        struct scene scene;
        for (unsigned i = 1; i < kinds; i++)
            len += (size_t)snprintf(timeline + len, sizeof(timeline) - len,
                                    "  - {at: \"1970-01-01T00:30:00Z\", what: other %u}\n", i);
        scene_begin(&scene, PHONE, timeline, NULL);
        for (size_t i = 0; i < EVENTS; i++)
            hit_at(&scene, i + 1, &scene_number, times_s[i] * 1000 + 800);
        frame_it(&scene);
        scene_has(scene_finish(&scene), kinds == 1 ? "trigger contact added: triggered contacts[*]"
                                                   : "trigger contact added: unclear contacts[*]");
        scene_end(&scene);
    }
}

static void any_value_follows(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ""), NULL);
    for (size_t i = 0; i < EVENTS; i++) {
        hit_at(&scene, i + 1, &scene_number, times_s[i] * 1000 + 200 + i * 400);
        hit_at(&scene, i + 1, &scene_number, times_s[i] * 1000 + 200 + i * 400);
    }
    /* The IMEI goes every 50 s, whatever happens. */
    for (uint64_t s = 3; s < LENGTH_S; s += 50)
        hit_at(&scene, 100 + s, &scene_imei, s * 1000);
    frame_it(&scene);
    const char *told = scene_finish(&scene);
    scene_has(told, "trigger contact added: triggered contacts[0].phone_number to "
                    "api.example.com, 5 of 5 of 5, controls 0, 1000 ms later");
    scene_has(told, "trigger contact added: unclear imei[0] to api.example.com, 1 of 5 of 5");
    assert_int_equal(scene_count(told, "trigger"), 2);
    scene_end(&scene);
}

/* Everything is encrypted; when the device talks can still be told. */
static void silent_devices_tell_when_they_talk(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ""), NULL);
    scene_name(&scene, TT_NAME_SNI, 10, NULL, 1, "push.example");
    /* One connection that stays open, with a heartbeat and what the events bring. */
    struct tt_flow open = flow_at(1, SERVER, 2000);
    size_t next = 0;
    for (uint64_t s = 20; s < LENGTH_S; s += 1) {
        if (s % 240 == 20) {
            open.last_time = s * second + 600 * MS;
            bytes_at(&scene, &open, TT_BUCKET_ENCRYPTED, 60);
        }
        if (next < EVENTS && s == times_s[next] + 1) {
            open.last_time = s * second + 500 * MS;
            bytes_at(&scene, &open, TT_BUCKET_ENCRYPTED, 700);
            bytes_at(&scene, &open, TT_BUCKET_DECODED, 5);
            next++;
        }
    }
    scene_flow_over(&scene, &open);
    frame_it(&scene);
    const char *told = scene_finish(&scene);
    assert_int_equal(scene_count(told, "finding"), 0);
    scene_has(told, "trigger contact added: triggered anything to push.example, 5 of 5 of 5, "
                    "controls 5, 1500 ms later, 3525 bytes, 3505 unread, rare\n");
    scene_end(&scene);
}

/* Connections that are opened and carry nothing that was captured are contacts, too. */
static void connections_without_a_word_count(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ""), NULL);
    for (size_t i = 0; i < EVENTS; i++) {
        const struct tt_flow flow = flow_at(i + 1, OTHER, times_s[i] * 1000 + 300);
        scene_flow_over(&scene, &flow);
    }
    frame_it(&scene);
    scene_has(scene_finish(&scene), "trigger contact added: triggered anything to -, 5 of 5 of 5, "
                                    "controls 0, 300 ms later, 0 bytes, 0 unread, rare\n");
    scene_end(&scene);
}

static void what_others_send_is_no_trigger(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ""), NULL);
    for (size_t i = 0; i < EVENTS; i++) {
        struct tt_flow flow = flow_at(i + 1, OTHER, times_s[i] * 1000 + 300);
        flow.ends[0].addr = scene_addr("192.168.1.99");
        scene_flow_over(&scene, &flow);
    }
    frame_it(&scene);
    scene_has(scene_finish(&scene), "trigger contact added: nothing anything to -, 0 of 5 of 5");
    scene_end(&scene);
}

static void an_uncertain_clock_claims_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("clock: {uncertainty: 3s}\n", ""), NULL);
    for (size_t i = 0; i < EVENTS; i++)
        hit_at(&scene, i + 1, &scene_number, times_s[i] * 1000 + 800);
    frame_it(&scene);
    scene_has(scene_finish(&scene),
              "trigger contact added: clock_uncertain anything to -, 0 of 5 of 5");
    scene_end(&scene);
}

/* Up to half a window it widens the windows instead, and the delay is by the clock's word. */
static void a_less_uncertain_clock_widens_windows(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("clock: {uncertainty: 2s}\n", ""), NULL);
    for (size_t i = 0; i < EVENTS; i++)
        hit_at(&scene, i + 1, &scene_number, times_s[i] * 1000 - 500);
    frame_it(&scene);
    scene_has(scene_finish(&scene), "trigger contact added: triggered contacts[0].phone_number to "
                                    "api.example.com, 5 of 5 of 5, controls 0, 0 ms later");
    scene_end(&scene);
}

static void events_outside_the_capture(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, "events: [{at: 2020-01-01, what: contact added}]\n", NULL);
    frame_it(&scene);
    scene_has(scene_finish(&scene),
              "trigger contact added: not_captured anything to -, 0 of 0 of 1");
    scene_end(&scene);
}

/* Once is no repetition, however rare. */
static void one_event_is_no_proof(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, "events: [{at: \"1970-01-01T00:16:40Z\", what: screen on}]\n", NULL);
    hit_at(&scene, 1, &scene_number, 1000 * 1000 + 300);
    frame_it(&scene);
    scene_has(scene_finish(&scene), "trigger screen on: unclear contacts[0].phone_number to "
                                    "api.example.com, 1 of 1 of 1, controls 0, 300 ms later, 0 "
                                    "bytes, 0 unread, rare\n");
    scene_end(&scene);
}

static void without_events_nothing_is_kept(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, "phases: [{name: boxed, from: 1970-01-01}]\n", NULL);
    hit_at(&scene, 1, &scene_number, 1000 * 1000 + 300);
    frame_it(&scene);
    scene_has_not(scene_finish(&scene), "trigger");
    scene_end(&scene);
}

/* ---- purposes ---- */

static enum tt_err keep_purpose(void *context, const struct tt_finding *finding)
{
    return tt_buf_printf(context, "%s %s %s\n", finding->host == NULL ? "-" : finding->host,
                         finding->purpose == NULL ? "-" : finding->purpose,
                         tt_consent_name(finding->consent));
}

static enum tt_err no_device(void *context, const struct tt_device_view *device)
{
    (void)context;
    (void)device;
    return TT_OK;
}

static enum tt_err no_coverage(void *context, const struct tt_coverage_row *row)
{
    (void)context;
    (void)row;
    return TT_OK;
}

static enum tt_err no_note(void *context, const struct tt_note_row *row)
{
    (void)context;
    (void)row;
    return TT_OK;
}

/* A finding names the purpose that its consent comes from, by host or by address. */
static void findings_name_their_purpose(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE,
                "purposes: [{name: cloud, hosts: \"*.example.com\"}, {name: by address, hosts: "
                "198.51.100.7}]\n"
                "consent: [{at: 1970-01-01, purpose: cloud, state: given}]\n",
                NULL);
    static const char *const hosts[] = {"api.example.com", "elsewhere.example", NULL};
    for (size_t i = 0; i < TT_ARRAY_LEN(hosts); i++) {
        const struct tt_flow flow = flow_at(i + 1, SERVER, 5000);
        struct tt_hit hit = scene_hit(&flow, (i + 1) * 10);
        hit.host = hosts[i];
        hit.host_source = hosts[i] == NULL ? NULL : "http";
        scene_told_hit(&scene, &hit);
        scene_flow_over(&scene, &flow);
    }
    const struct tt_judge_sink sink = {.context = &scene.told,
                                       .device = no_device,
                                       .finding = keep_purpose,
                                       .coverage = no_coverage,
                                       .note = no_note};
    assert_int_equal(tt_judge_finish(scene.judge, &sink), TT_OK);
    assert_int_equal(tt_buf_append_u8(&scene.told, '\0'), TT_OK);
    scene_has((const char *)scene.told.data, "api.example.com cloud given\n");
    scene_has((const char *)scene.told.data, "elsewhere.example - not_given\n");
    scene_has((const char *)scene.told.data, " by address not_given\n");
    scene_end(&scene);
}

/* ---- caps ---- */

static void contacts_are_capped(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ""), NULL);
    struct tt_flow flow = flow_at(1, SERVER, 1000);
    for (uint64_t i = 0; i <= TT_CONTACTS_MAX; i++) {
        flow.last_time = (i + 1) * 2 * second;
        bytes_at(&scene, &flow, TT_BUCKET_ENCRYPTED, 1);
    }
    scene_flow_over(&scene, &flow);
    scene_has(scene_finish(&scene), "note judge judge.contacts");
    scene_end(&scene);
}

static void sightings_are_capped(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ""), NULL);
    for (uint64_t i = 0; i <= TT_SIGHTINGS_MAX; i++)
        hit_at(&scene, 1, &scene_imei, i + 1);
    frame_it(&scene);
    scene_has(scene_finish(&scene), "note judge judge.sightings");
    scene_end(&scene);
}

static void kinds_and_repetitions_are_capped(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(1 << 20);
    struct scene scene;
    assert_int_equal(tt_buf_append_str(&text, "events:\n"), TT_OK);
    for (unsigned i = 0; i < TT_EVENT_KINDS_MAX; i++)
        assert_int_equal(tt_buf_printf(&text, "  - {at: 1970-01-01, what: kind %u}\n", i), TT_OK);
    for (unsigned i = 0; i <= TT_EVENT_REPEATS_MAX; i++)
        assert_int_equal(tt_buf_printf(&text,
                                       "  - {at: \"1970-01-01T00:%02u:%02uZ\", what: kind 0}\n",
                                       10 + i / 60, i % 60),
                         TT_OK);
    assert_int_equal(tt_buf_append_u8(&text, '\0'), TT_OK);
    scene_begin(&scene, PHONE, (const char *)text.data, NULL);
    frame_it(&scene);
    const char *told = scene_finish(&scene);
    scene_has(told, "trigger kind 0: nothing anything to -, 0 of 256 of 258");
    scene_has(told, "note judge judge.events");
    assert_int_equal(scene_count(told, "trigger"), TT_EVENT_KINDS_MAX);
    scene_end(&scene);

    text.len--;
    assert_int_equal(
        tt_buf_printf(&text, "  - {at: \"1970-01-01T00:30:00Z\", what: one too many}\n"), TT_OK);
    assert_int_equal(tt_buf_append_u8(&text, '\0'), TT_OK);
    scene_begin(&scene, PHONE, (const char *)text.data, NULL);
    frame_it(&scene);
    scene_has_not(scene_finish(&scene), "one too many");
    scene_end(&scene);
    tt_buf_free(&text);
}

static void targets_are_capped(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, PHONE, timeline_of("", ""), NULL);
    for (unsigned i = 0; i <= TT_EVENT_TARGETS_MAX; i++) {
        char server[32];
        (void)snprintf(server, sizeof(server), "2001:db8::%x", i + 1);
        struct tt_flow flow = flow_at(i + 1, server, 1001 * 1000);
        scene_flow_over(&scene, &flow);
    }
    frame_it(&scene);
    scene_has(scene_finish(&scene), "note judge judge.events");
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_values_follow),
        cmocka_unit_test(kinds_are_corrected_together),
        cmocka_unit_test(any_value_follows),
        cmocka_unit_test(silent_devices_tell_when_they_talk),
        cmocka_unit_test(connections_without_a_word_count),
        cmocka_unit_test(what_others_send_is_no_trigger),
        cmocka_unit_test(an_uncertain_clock_claims_nothing),
        cmocka_unit_test(a_less_uncertain_clock_widens_windows),
        cmocka_unit_test(events_outside_the_capture),
        cmocka_unit_test(one_event_is_no_proof),
        cmocka_unit_test(without_events_nothing_is_kept),
        cmocka_unit_test(findings_name_their_purpose),
        cmocka_unit_test(contacts_are_capped),
        cmocka_unit_test(sightings_are_capped),
        cmocka_unit_test(kinds_and_repetitions_are_capped),
        cmocka_unit_test(targets_are_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
