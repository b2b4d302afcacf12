#include "judge/judge.h"

#include "judge/findings.h"
#include "judge/ledger.h"
#include "judge/notes.h"
#include "judge/outcome.h"
#include "judge/parties.h"
#include "judge/secured.h"
#include "judge/triggers.h"
#include "model/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct tt_judge {
    struct tt_judge_config config;
    struct tt_texts *texts;
    struct tt_names *names;
    struct tt_hints *hints;
    struct tt_sides *sides;
    struct tt_groups *groups;
    struct tt_ledger *ledger;
    struct tt_notes *notes;
    struct tt_outcomes *outcomes;
    struct tt_secured *secured;
    struct tt_timings *timings;   /* NULL where nobody asks for places */
    struct tt_contacts *contacts; /* NULL while the timeline has no events */
    const char **captures;
    size_t capture_count;
    struct tt_traffic traffic;
    enum tt_verdict verdict;
    enum tt_err failed; /* of a note, which cannot tell */
};

enum tt_err tt_judge_new(const struct tt_judge_config *config, struct tt_judge **ret_judge)
{
    struct tt_judge *judge = calloc(1, sizeof(*judge));
    if (judge == NULL)
        return TT_ERR_MEMORY;
    judge->config = *config;
    const struct tt_outcomes_config outcomes = {.policy = config->policy,
                                                .timeline = config->timeline,
                                                .subject = config->subject,
                                                .weak = config->weak};
    judge->outcomes = tt_outcomes_new(&outcomes);
    judge->texts = tt_texts_new();
    if (judge->texts != NULL) {
        judge->names = tt_names_new(judge->texts);
        judge->hints = tt_hints_new(judge->texts);
        judge->sides = tt_sides_new(config->subject);
        judge->groups = tt_groups_new(judge->texts);
        judge->ledger = tt_ledger_new(judge->texts);
        judge->notes = tt_notes_new(judge->texts);
        judge->secured = tt_secured_new();
    }
    if (judge->names == NULL || judge->hints == NULL || judge->sides == NULL ||
        judge->groups == NULL || judge->ledger == NULL || judge->notes == NULL ||
        judge->outcomes == NULL || judge->secured == NULL) {
        tt_judge_free(judge);
        return TT_ERR_MEMORY;
    }
    tt_ledger_use_timeline(judge->ledger, config->timeline);
    if (tt_residency_wanted(config->vantage, tt_policy_residency(config->policy))) {
        judge->timings = tt_timings_new(judge->texts);
        if (judge->timings == NULL) {
            tt_judge_free(judge);
            return TT_ERR_MEMORY;
        }
    }
    enum tt_err result = tt_judge_watch(judge, 0);
    if (result != TT_OK) {
        tt_judge_free(judge);
        return result;
    }
    *ret_judge = judge;
    return TT_OK;
}

void tt_judge_free(struct tt_judge *judge)
{
    if (judge == NULL)
        return;
    tt_names_free(judge->names);
    tt_hints_free(judge->hints);
    tt_sides_free(judge->sides);
    tt_groups_free(judge->groups);
    tt_ledger_free(judge->ledger);
    tt_notes_free(judge->notes);
    tt_outcomes_free(judge->outcomes);
    tt_contacts_free(judge->contacts);
    tt_timings_free(judge->timings);
    tt_secured_free(judge->secured);
    tt_texts_free(judge->texts);
    free(judge->captures);
    free(judge);
}

static const char contacts_code[] = "judge.contacts";
static const char contacts_text[] =
    "there were more contacts with destinations than are kept to hold against events";

static const char timings_code[] = "judge.timings";
static const char timings_text[] =
    "there were more destinations, or names of one, than are kept with their times";

/* A cap is a note in the ledger, not an error of the run. */
static enum tt_err noted(struct tt_judge *judge, enum tt_err result, const struct tt_flow *flow,
                         const char *code, const char *text)
{
    if (result != TT_ERR_LIMIT)
        return result;
    const struct tt_note note = {.layer = "judge",
                                 .code = code,
                                 .flow = flow,
                                 .frame = flow == NULL ? 0 : flow->first_frame,
                                 .text = text};
    tt_judge_note(judge, &note);
    return TT_OK;
}

enum tt_err tt_judge_watch(struct tt_judge *judge, uint64_t time)
{
    struct tt_event_view event;
    if (judge->contacts != NULL || !tt_timeline_event(judge->config.timeline, 0, &event))
        return TT_OK;
    judge->contacts = tt_contacts_new(judge->texts);
    if (judge->contacts == NULL)
        return TT_ERR_MEMORY;
    tt_contacts_begin(judge->contacts, time);
    tt_groups_keep_times(judge->groups);
    return TT_OK;
}

enum tt_err tt_judge_capture(struct tt_judge *judge, uint32_t at, const char *name)
{
    if (at >= judge->capture_count) {
        const char **captures =
            realloc(judge->captures, ((size_t)at + 1) * sizeof(*judge->captures));
        if (captures == NULL)
            return TT_ERR_MEMORY;
        judge->captures = captures;
        while (judge->capture_count <= at)
            judge->captures[judge->capture_count++] = "";
    }
    return tt_texts_keep(judge->texts, name, &judge->captures[at]);
}

/* Before the ledger closes the flow, which knows whom its messages were for. */
static enum tt_err time_flow(struct tt_judge *judge, const struct tt_flow *flow)
{
    const char *host = NULL;
    enum tt_err result = TT_OK;
    for (size_t i = 0;
         result == TT_OK && (host = tt_ledger_host(judge->ledger, flow->id, i)) != NULL; i++)
        result = tt_timings_host(judge->timings, flow, host);
    if (result != TT_OK && result != TT_ERR_LIMIT)
        return result;
    enum tt_err last = tt_timings_flow(judge->timings, flow, judge->names);
    return noted(judge, last == TT_OK ? result : last, flow, timings_code, timings_text);
}

enum tt_err tt_judge_flow(struct tt_judge *judge, const struct tt_flow *flow, const char *protocol)
{
    enum tt_err result = noted(judge, tt_sides_flow(judge->sides, flow), flow, "judge.endpoints",
                               "there were more addresses than are counted to tell the device");
    if (result == TT_OK && judge->contacts != NULL)
        result = noted(judge, tt_contacts_flow(judge->contacts, flow), NULL, contacts_code,
                       contacts_text);
    if (result == TT_OK && judge->timings != NULL)
        result = time_flow(judge, flow);
    if (result != TT_OK)
        return result;
    return noted(judge, tt_ledger_flow(judge->ledger, flow, protocol, judge->names), flow,
                 "judge.destinations",
                 "there were more destinations than the ledger lists; the rest are \"(others)\"");
}

enum tt_err tt_judge_hit(struct tt_judge *judge, const struct tt_hit *hit)
{
    if (hit->form->identifier >= judge->config.subject->identifier_count)
        return TT_ERR_INTERNAL;
    uint64_t epoch = tt_timeline_epoch(judge->config.timeline, hit->origin.time);
    enum tt_err result = tt_groups_add(judge->groups, hit, epoch);
    if (result == TT_ERR_LIMIT)
        tt_outcomes_incomplete(judge->outcomes);
    return noted(judge, result, hit->flow, "judge.findings",
                 "there were more findings than are kept; what came later is missing");
}

static enum tt_err take_hint(struct tt_judge *judge, const struct tt_name_record *record)
{
    /* The others are signs beside times. */
    if (record->source != TT_NAME_HOLDER && judge->timings == NULL)
        return TT_OK;
    return noted(judge, tt_hints_add(judge->hints, record), NULL, "judge.hints",
                 "there were more aliases, edges or certificates than are kept of addresses");
}

enum tt_err tt_judge_name(struct tt_judge *judge, const struct tt_name_record *record)
{
    if (tt_hints_are_of(record->source))
        return take_hint(judge, record);
    return noted(judge, tt_names_add(judge->names, record), NULL, "judge.names",
                 "there were more names than are kept; later ones are missing");
}

enum tt_err tt_judge_chunk(struct tt_judge *judge, const struct tt_chunk *chunk)
{
    if (judge->contacts == NULL)
        return TT_OK;
    return noted(judge, tt_contacts_chunk(judge->contacts, chunk), NULL, contacts_code,
                 contacts_text);
}

enum tt_err tt_judge_account(struct tt_judge *judge, const struct tt_account *account)
{
    enum tt_err result = TT_OK;
    if (judge->contacts != NULL)
        result = noted(judge, tt_contacts_account(judge->contacts, account), NULL, contacts_code,
                       contacts_text);
    if (result != TT_OK)
        return result;
    return noted(judge, tt_ledger_account(judge->ledger, account), account->flow, "judge.hosts",
                 "a flow had more hosts than the ledger tells apart");
}

/* The name of the capture that a note is about, or NULL. A note of capture/ that is about no frame
 * has the capture's frame 0. */
static const char *capture_of(const struct tt_judge *judge, const struct tt_note *note)
{
    uint32_t at = tt_frame_capture(note->frame);
    bool of_frame = tt_frame_number(note->frame) != 0 || strcmp(note->layer, "capture") == 0;
    if (!of_frame && note->flow != NULL)
        at = note->flow->capture;
    else if (!of_frame && judge->capture_count != 1)
        return NULL;
    return at < judge->capture_count ? judge->captures[at] : NULL;
}

void tt_judge_note(struct tt_judge *judge, const struct tt_note *note)
{
    enum tt_err result = tt_notes_add(judge->notes, note, capture_of(judge, note));
    if (judge->failed == TT_OK)
        judge->failed = result;
}

enum tt_err tt_judge_input(struct tt_judge *judge, const struct tt_case_input *input)
{
    return tt_outcomes_input(judge->outcomes, input);
}

void tt_judge_interrupted(struct tt_judge *judge)
{
    tt_outcomes_interrupted(judge->outcomes);
}

enum tt_err tt_judge_handshake(struct tt_judge *judge, const struct tt_flow *flow,
                               enum tt_handshake handshake, uint64_t time)
{
    if (judge->timings == NULL)
        return TT_OK;
    return noted(judge, tt_timings_handshake(judge->timings, flow, handshake, time), flow,
                 timings_code, timings_text);
}

enum tt_err tt_judge_tls(struct tt_judge *judge, const struct tt_flow *flow, const char *protocol,
                         const struct tt_tls_facts *facts, struct tt_said **said)
{
    return noted(judge, tt_secured_take(judge->secured, flow, protocol, facts, said), flow,
                 "judge.tls",
                 "TLS handshakes said more different things of destinations than are kept");
}

enum tt_err tt_judge_clock(struct tt_judge *judge, uint32_t capture, uint64_t error)
{
    return judge->timings == NULL ? TT_OK : tt_timings_clock(judge->timings, capture, error);
}

enum tt_err tt_judge_captured(struct tt_judge *judge, uint32_t capture, uint64_t first,
                              uint64_t last)
{
    return judge->timings == NULL ? TT_OK
                                  : tt_timings_captured(judge->timings, capture, first, last);
}

void tt_judge_searched(struct tt_judge *judge, uint64_t bytes)
{
    judge->traffic.bytes += bytes;
}

void tt_judge_traffic(struct tt_judge *judge, const struct tt_traffic *traffic)
{
    uint64_t bytes = judge->traffic.bytes;
    judge->traffic = *traffic;
    judge->traffic.bytes = bytes;
}

/* ---- the end ---- */

static enum tt_err tell_devices(struct tt_judge *judge, const struct tt_judge_sink *sink)
{
    enum tt_err result = tt_sides_settle(judge->sides);
    if (result == TT_OK && tt_sides_missed(judge->sides) > 0) {
        const struct tt_note note = {
            .layer = "judge",
            .code = "judge.device",
            .text = "no address of the sheet occurs in a capture; which side is the device was "
                    "told from who opens connections"};
        tt_judge_note(judge, &note);
    }
    struct tt_device_view view;
    for (size_t i = 0; result == TT_OK && tt_sides_device(judge->sides, i, &view); i++)
        result = sink->device(sink->context, &view);
    return result;
}

static void note_missing(struct tt_judge *judge, const char *code, const char *text)
{
    const struct tt_note note = {.layer = "judge", .code = code, .text = text};
    tt_judge_note(judge, &note);
}

static enum tt_err tell_triggers(struct tt_judge *judge, struct tt_sightings *sightings,
                                 const struct tt_judge_sink *sink)
{
    struct tt_trigger_question question = {.timeline = judge->config.timeline,
                                           .subject = judge->config.subject,
                                           .sightings = sightings};
    bool complete = true;
    enum tt_err result =
        tt_sightings_contacts(sightings, judge->contacts, judge->sides, judge->names);
    if (result == TT_OK)
        result = tt_sightings_settle(sightings);
    if (result == TT_OK)
        result = tt_contacts_seen(judge->contacts, &question.seen, &question.seen_count);
    if (result == TT_OK)
        result = tt_triggers_tell(&question, sink->trigger, sink->context, &complete);
    if (result == TT_OK && !complete)
        note_missing(judge, "judge.events",
                     "there were more events, or more destinations near them, than are held "
                     "against each other");
    if (result == TT_OK && tt_groups_missed_times(judge->groups))
        note_missing(judge, "judge.sightings",
                     "there were more hits than are kept to hold against events");
    return result;
}

/* `*ret_verdict`: the worst of the policy's residency. */
static enum tt_err tell_residency(struct tt_judge *judge, const struct tt_judge_sink *sink,
                                  enum tt_verdict *ret_verdict)
{
    static const struct tt_residency_sink nobody = {0};
    const struct tt_residency_evidence evidence = {.timings = judge->timings,
                                                   .hints = judge->hints,
                                                   .geo = judge->config.geo,
                                                   .vantage = judge->config.vantage,
                                                   .entries =
                                                       tt_policy_residency(judge->config.policy),
                                                   .captures = judge->captures,
                                                   .capture_count = judge->capture_count};
    enum tt_err result = tt_timings_settle(judge->timings, judge->sides);
    if (result != TT_OK)
        return result;
    if (tt_timings_overlapping(judge->timings) > 0)
        note_missing(
            judge, "judge.vantage",
            "captures overlap in time, so they may be of several places: no handshake time "
            "of theirs is held against claims; test each on its own");
    result = tt_residency_tell(&evidence, sink->residency == NULL ? &nobody : sink->residency,
                               ret_verdict);
    return noted(judge, result, NULL, "judge.claims",
                 "there were more claims of places than are listed");
}

static enum tt_err tell_tls(struct tt_judge *judge, const struct tt_judge_sink *sink)
{
    enum tt_err result = tt_secured_settle(judge->secured, judge->sides, judge->names,
                                           judge->captures, judge->capture_count);
    for (size_t i = 0; sink->tls != NULL && i < tt_secured_count(judge->secured) && result == TT_OK;
         i++)
        result = sink->tls(sink->context, tt_secured_at(judge->secured, i));
    return result;
}

static enum tt_err tell_notes(struct tt_judge *judge, const struct tt_judge_sink *sink)
{
    enum tt_err result = judge->failed;
    if (result == TT_OK)
        result = tt_notes_settle(judge->notes);
    for (size_t i = 0; result == TT_OK && i < tt_notes_count(judge->notes); i++)
        result = sink->note(sink->context, tt_notes_at(judge->notes, i));
    return result;
}

static void on_part(void *context, const struct tt_ledger_part *part)
{
    struct tt_judge *judge = context;
    struct tt_unread unread = {.heading = part->place.heading,
                               .scope = part->place.scope,
                               .scope_open = part->place.scope_open,
                               .host = part->host,
                               .country = part->country,
                               .protocol = part->protocol,
                               .framing = part->framing};
    tt_outcomes_bytes(judge->outcomes, &unread, part->place.addr,
                      tt_hints_holder(judge->hints, part->place.addr), part->network, part->first,
                      part->last, part->bytes);
}

/* After the findings, which count too. */
static enum tt_err tell_clauses(struct tt_judge *judge, const struct tt_judge_sink *sink)
{
    tt_ledger_parts(judge->ledger, judge->sides, judge->names, judge->config.geo, on_part, judge);
    return tt_outcomes_tell(judge->outcomes, sink->clause, sink->context, &judge->verdict);
}

enum tt_err tt_judge_finish(struct tt_judge *judge, const struct tt_judge_sink *sink)
{
    struct tt_sightings *sightings = NULL;
    if (judge->contacts != NULL && sink->trigger != NULL) {
        sightings = tt_sightings_new();
        if (sightings == NULL)
            return TT_ERR_MEMORY;
    }
    const struct tt_evidence evidence = {.config = &judge->config,
                                         .sides = judge->sides,
                                         .names = judge->names,
                                         .hints = judge->hints,
                                         .groups = judge->groups,
                                         .captures = judge->captures,
                                         .capture_count = judge->capture_count,
                                         .traffic = &judge->traffic,
                                         .sightings = sightings,
                                         .outcomes = judge->outcomes};
    enum tt_err result = tell_devices(judge, sink);
    if (result == TT_OK)
        result = tt_findings_tell(&evidence, sink, &judge->verdict);
    if (result == TT_OK)
        result = tt_ledger_tell(judge->ledger, judge->sides, judge->names, judge->config.geo, sink);
    if (result == TT_OK)
        result = tell_tls(judge, sink);
    if (result == TT_OK && sightings != NULL)
        result = tell_triggers(judge, sightings, sink);
    tt_sightings_free(sightings);
    enum tt_verdict residency = TT_VERDICT_ALLOWED;
    if (result == TT_OK && judge->timings != NULL)
        result = tell_residency(judge, sink, &residency);
    if (result == TT_OK)
        result = tell_notes(judge, sink);
    if (result == TT_OK)
        result = tell_clauses(judge, sink);
    if (residency > judge->verdict)
        judge->verdict = residency;
    return result;
}

enum tt_verdict tt_judge_verdict(const struct tt_judge *judge)
{
    return judge->verdict;
}
