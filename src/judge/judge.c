#include "judge/judge.h"

#include "judge/findings.h"
#include "judge/ledger.h"
#include "judge/notes.h"
#include "model/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct tt_judge {
    struct tt_judge_config config;
    struct tt_texts *texts;
    struct tt_names *names;
    struct tt_sides *sides;
    struct tt_groups *groups;
    struct tt_ledger *ledger;
    struct tt_notes *notes;
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
    judge->texts = tt_texts_new();
    if (judge->texts != NULL) {
        judge->names = tt_names_new(judge->texts);
        judge->sides = tt_sides_new(config->subject);
        judge->groups = tt_groups_new(judge->texts);
        judge->ledger = tt_ledger_new(judge->texts);
        judge->notes = tt_notes_new(judge->texts);
    }
    if (judge->names == NULL || judge->sides == NULL || judge->groups == NULL ||
        judge->ledger == NULL || judge->notes == NULL) {
        tt_judge_free(judge);
        return TT_ERR_MEMORY;
    }
    *ret_judge = judge;
    return TT_OK;
}

void tt_judge_free(struct tt_judge *judge)
{
    if (judge == NULL)
        return;
    tt_names_free(judge->names);
    tt_sides_free(judge->sides);
    tt_groups_free(judge->groups);
    tt_ledger_free(judge->ledger);
    tt_notes_free(judge->notes);
    tt_texts_free(judge->texts);
    free(judge->captures);
    free(judge);
}

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

enum tt_err tt_judge_flow(struct tt_judge *judge, const struct tt_flow *flow, const char *protocol)
{
    enum tt_err result = noted(judge, tt_sides_flow(judge->sides, flow), flow, "judge.endpoints",
                               "there were more addresses than are counted to tell the device");
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
    return noted(judge, tt_groups_add(judge->groups, hit, epoch), hit->flow, "judge.findings",
                 "there were more findings than are kept; what came later is missing");
}

enum tt_err tt_judge_name(struct tt_judge *judge, const struct tt_name_record *record)
{
    return noted(judge, tt_names_add(judge->names, record), NULL, "judge.names",
                 "there were more names than are kept; later ones are missing");
}

enum tt_err tt_judge_account(struct tt_judge *judge, const struct tt_account *account)
{
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

static enum tt_err tell_notes(struct tt_judge *judge, const struct tt_judge_sink *sink)
{
    enum tt_err result = judge->failed;
    if (result == TT_OK)
        result = tt_notes_settle(judge->notes);
    for (size_t i = 0; result == TT_OK && i < tt_notes_count(judge->notes); i++)
        result = sink->note(sink->context, tt_notes_at(judge->notes, i));
    return result;
}

enum tt_err tt_judge_finish(struct tt_judge *judge, const struct tt_judge_sink *sink)
{
    const struct tt_evidence evidence = {.config = &judge->config,
                                         .sides = judge->sides,
                                         .names = judge->names,
                                         .groups = judge->groups,
                                         .captures = judge->captures,
                                         .capture_count = judge->capture_count,
                                         .traffic = &judge->traffic};
    enum tt_err result = tell_devices(judge, sink);
    if (result == TT_OK)
        result = tt_findings_tell(&evidence, sink, &judge->verdict);
    if (result == TT_OK)
        result = tt_ledger_tell(judge->ledger, judge->sides, judge->names, judge->config.geo, sink);
    if (result == TT_OK)
        result = tell_notes(judge, sink);
    return result;
}

enum tt_verdict tt_judge_verdict(const struct tt_judge *judge)
{
    return judge->verdict;
}
