#include "run/pipeline.h"

#include "base/buf.h"
#include "base/secret.h"
#include "identify/likeness.h"
#include "identify/matcher.h"
#include "identify/recipe_book.h"
#include "identify/sheet.h"
#include "judge/judge.h"
#include "run/conceal.h"
#include "run/flows.h"
#include "run/keyring.h"
#include "run/reading.h"
#include "run/search.h"
#include "run/tally.h"

#include <stdlib.h>

/* Everything that one test owns. */
struct test_run {
    struct tt_sheet *sheet;
    struct tt_matcher *matcher;
    bool *weak; /* by entry of the sheet */
    size_t weak_count;
    struct tt_keys *keys;
    struct tt_keylog_counts key_lines;
    struct tt_recipe_book *book;
    struct tt_timeline *timeline;
    struct tt_policy *policy;
    struct tt_geo *geo;
    struct tt_vantage vantage;
    struct tt_judge *judge;
    struct tt_searcher *searcher;
    struct tt_flows *flows;
    struct tt_concealer *concealer;
    struct tt_case *result;
    struct tt_tally tally;
    struct tt_search_sink search_sink;
    struct tt_flows_sink flows_sink;
    struct tt_error *error;
    enum tt_err failure; /* of a callback that cannot return one */
    uint64_t searched;
    struct tt_buf geo_sources;
    struct tt_buf recipes; /* those given, as the case tells them */
    bool is_kept;          /* the case, in a file */
};

static void keep(struct test_run *run, enum tt_err err)
{
    if (run->failure == TT_OK)
        run->failure = err;
}

/* ---- from the layers to the judge ---- */

static void on_note(void *context, const struct tt_note *note)
{
    struct test_run *run = context;
    tt_judge_note(run->judge, note);
}

static void on_hit(void *context, const struct tt_hit *hit)
{
    struct test_run *run = context;
    keep(run, tt_judge_hit(run->judge, hit));
}

static void on_account(void *context, const struct tt_account *account)
{
    struct test_run *run = context;
    keep(run, tt_tally_account(&run->tally, account));
    keep(run, tt_judge_account(run->judge, account));
}

static void on_searched(void *context, uint64_t bytes)
{
    struct test_run *run = context;
    run->searched += bytes;
    tt_judge_searched(run->judge, bytes);
}

static void on_name(void *context, const struct tt_name_record *record)
{
    struct test_run *run = context;
    keep(run, tt_judge_name(run->judge, record));
}

/* What a person wrote into the capture, its values concealed, as an entry of the timeline. */
static void tell_timeline(struct test_run *run, const struct tt_event *event)
{
    enum tt_err err = tt_timeline_tell(run->timeline, event->text, event->time);
    const struct tt_note note = {
        .layer = "run",
        .code = "run.timeline",
        .text = "more events or phases in comments than the limit: the others are left out"};
    if (err == TT_ERR_LIMIT)
        tt_judge_note(run->judge, &note);
    else
        keep(run, err);
    keep(run, tt_judge_watch(run->judge, event->time));
}

static void on_chunk(void *context, const struct tt_chunk *chunk)
{
    struct test_run *run = context;
    keep(run, tt_judge_chunk(run->judge, chunk));
}

static void on_event(void *context, const struct tt_event *event)
{
    struct test_run *run = context;
    struct tt_event concealed;
    enum tt_err err = tt_conceal_event(run->concealer, event, &concealed);
    keep(run, err == TT_OK ? tt_case_put_event(run->result, &concealed, run->error) : err);
    if (err == TT_OK && strcmp(event->source, "comment") == 0)
        tell_timeline(run, &concealed);
}

static void on_handshake(void *context, const struct tt_flow *flow, enum tt_handshake handshake,
                         uint64_t time)
{
    struct test_run *run = context;
    keep(run, tt_judge_handshake(run->judge, flow, handshake, time));
}

static void *on_tls(void *context, const struct tt_flow *flow, const char *protocol, void *told,
                    const struct tt_tls_facts *facts)
{
    struct test_run *run = context;
    struct tt_said *said = told;
    keep(run, tt_judge_tls(run->judge, flow, protocol, facts, &said));
    return said;
}

static void on_flow(void *context, const struct tt_flow *flow, const char *protocol)
{
    struct test_run *run = context;
    keep(run, tt_tally_flow(&run->tally, flow));
    keep(run, tt_judge_flow(run->judge, flow, protocol));
}

static enum tt_err on_begin(void *context, uint32_t capture, const char *name)
{
    struct test_run *run = context;
    return tt_judge_capture(run->judge, capture, name);
}

static enum tt_err on_clock(void *context, uint32_t capture, uint64_t error)
{
    struct test_run *run = context;
    return tt_judge_clock(run->judge, capture, error);
}

static enum tt_err on_end(void *context, uint32_t capture, const struct tt_case_input *input)
{
    struct test_run *run = context;
    if (run->failure != TT_OK)
        return run->failure;
    struct tt_case_input counted = *input;
    tt_tally_input(&run->tally, capture, &counted);
    enum tt_err err = tt_judge_input(run->judge, &counted);
    if (err == TT_OK)
        err = tt_judge_captured(run->judge, capture, counted.first_time, counted.last_time);
    if (err != TT_OK)
        return err;
    return tt_case_put_input(run->result, &counted, run->error);
}

/* A ledger that does not add up is a mistake of ours, and no report may hide it. */
static void check_tally(const struct test_run *run)
{
    const struct tt_note note = {.layer = "run",
                                 .code = "run.coverage",
                                 .length = tt_tally_difference(&run->tally),
                                 .text =
                                     "the bytes of the ledger and those of the captures differ: "
                                     "please report this as a mistake in telltale"};
    if (note.length > 0)
        tt_judge_note(run->judge, &note);
}

/* ---- from the judge to the case ---- */

static enum tt_err put_device(void *context, const struct tt_device_view *device)
{
    struct test_run *run = context;
    struct tt_device_view view = tt_conceal_device(device);
    return tt_case_put_device(run->result, &view, run->error);
}

static enum tt_err put_finding(void *context, const struct tt_finding *finding)
{
    struct test_run *run = context;
    struct tt_finding row;
    enum tt_err err = tt_conceal_finding(run->concealer, finding, &row);
    return err == TT_OK ? tt_case_put_finding(run->result, &row, run->error) : err;
}

static enum tt_err put_coverage(void *context, const struct tt_coverage_row *row)
{
    struct test_run *run = context;
    struct tt_coverage_row concealed;
    enum tt_err err = tt_conceal_coverage(run->concealer, row, &concealed);
    return err == TT_OK ? tt_case_put_coverage(run->result, &concealed, run->error) : err;
}

static enum tt_err put_tls(void *context, const struct tt_tls_row *row)
{
    struct test_run *run = context;
    struct tt_tls_row concealed;
    enum tt_err err = tt_conceal_tls(run->concealer, row, &concealed);
    return err == TT_OK ? tt_case_put_tls(run->result, &concealed, run->error) : err;
}

static enum tt_err put_note(void *context, const struct tt_note_row *row)
{
    struct test_run *run = context;
    return tt_case_put_note(run->result, row, run->error);
}

static enum tt_err put_trigger(void *context, const struct tt_trigger *trigger)
{
    struct test_run *run = context;
    struct tt_trigger concealed;
    enum tt_err err = tt_conceal_trigger(run->concealer, trigger, &concealed);
    return err == TT_OK ? tt_case_put_trigger(run->result, &concealed, run->error) : err;
}

static enum tt_err put_timing(void *context, const struct tt_timing_row *row)
{
    struct test_run *run = context;
    struct tt_timing_row concealed;
    enum tt_err err = tt_conceal_timing(run->concealer, row, &concealed);
    return err == TT_OK ? tt_case_put_timing(run->result, &concealed, run->error) : err;
}

static enum tt_err put_claim(void *context, const struct tt_claim_row *row)
{
    struct test_run *run = context;
    struct tt_claim_row concealed;
    enum tt_err err = tt_conceal_claim(run->concealer, row, &concealed);
    return err == TT_OK ? tt_case_put_claim(run->result, &concealed, run->error) : err;
}

static enum tt_err put_residency(void *context, const struct tt_residency_row *row)
{
    struct test_run *run = context;
    struct tt_residency_row concealed;
    enum tt_err err = tt_conceal_residency(run->concealer, row, &concealed);
    return err == TT_OK ? tt_case_put_residency(run->result, &concealed, run->error) : err;
}

static enum tt_err put_clause(void *context, const struct tt_case_clause *clause)
{
    struct test_run *run = context;
    struct tt_case_clause concealed;
    enum tt_err err = tt_conceal_clause(run->concealer, clause, &concealed);
    return err == TT_OK ? tt_case_put_clause(run->result, &concealed, run->error) : err;
}

/* What was searched for, without its values: a later test is held against it. */
static enum tt_err put_identifiers(struct test_run *run)
{
    const struct tt_subject *subject = tt_sheet_subject(run->sheet);
    struct tt_likeness likeness = {{0}};
    char text[TT_LIKENESS_TEXT] = "";
    /* Which takes its time, and nobody compares a case that is in no file. */
    enum tt_err err = run->is_kept ? tt_likeness_make(subject, &likeness) : TT_OK;
    for (size_t i = 0; i < subject->identifier_count && i < TT_CASE_IDENTIFIERS_MAX && err == TT_OK;
         i++) {
        const struct tt_identifier *identifier = &subject->identifiers[i];
        const struct tt_case_identifier row = {.kind = tt_kind_name(identifier->kind),
                                               .owner = tt_owner_name(identifier->owner),
                                               .label = identifier->label,
                                               .likeness = run->is_kept ? text : NULL};
        if (run->is_kept)
            err = tt_likeness_of(&likeness, identifier, text);
        if (err == TT_OK)
            err = tt_case_put_identifier(run->result, &row, run->error);
    }
    tt_wipe(&likeness, sizeof(likeness));
    return err;
}

/* An identifier is weak when none of its forms can prove anything. */
static enum tt_err find_weak(struct test_run *run)
{
    size_t count = tt_sheet_subject(run->sheet)->identifier_count;
    run->weak = malloc(count + 1);
    if (run->weak == NULL)
        return TT_ERR_MEMORY;
    memset(run->weak, true, count);
    run->weak_count = count;
    for (size_t i = 0; i < tt_matcher_form_count(run->matcher); i++) {
        const struct tt_form *form = tt_matcher_form(run->matcher, i);
        if (form->weak || !run->weak[form->identifier])
            continue;
        run->weak[form->identifier] = false;
        run->weak_count--;
    }
    return TT_OK;
}

/* The recipes given, "NAME DIGEST" one a line. */
static enum tt_err write_recipes(struct test_run *run)
{
    enum tt_err err = TT_OK;
    const char *between = "";
    for (size_t i = 0; i < tt_recipe_book_count(run->book) && err == TT_OK; i++) {
        const char *origin = tt_recipe_book_origin(run->book, i);
        if (origin[0] == '\0')
            continue;
        const char *name = tt_recipe_book_card(run->book, i)->name;
        err = tt_conceal_text(run->concealer, name, &name);
        if (err == TT_OK)
            err = tt_buf_printf(&run->recipes, "%s%s %s", between, name, origin);
        between = "\n";
    }
    return err == TT_OK ? tt_buf_append_u8(&run->recipes, 0) : err;
}

static enum tt_err put_info(struct test_run *run, bool interrupted)
{
    const struct tt_subject *subject = tt_sheet_subject(run->sheet);
    const char *source = NULL;
    for (size_t i = 0; (source = tt_geo_source(run->geo, i)) != NULL; i++) {
        enum tt_err err = tt_buf_printf(&run->geo_sources, "%s%s", i == 0 ? "" : "\n", source);
        if (err != TT_OK)
            return err;
    }
    enum tt_err err = tt_buf_append_u8(&run->geo_sources, 0);
    if (err == TT_OK)
        err = write_recipes(run);
    if (err != TT_OK)
        return err;
    const char *vantage = NULL;
    if (run->vantage.known)
        err = tt_conceal_text(run->concealer, run->vantage.text, &vantage);
    if (err != TT_OK)
        return err;
    struct tt_case_info info = {
        .tool_version = tt_version(),
        .device_name = subject->device_name,
        .device_firmware = subject->device_firmware,
        .subject_digest = subject->digest,
        .policy_name = tt_policy_name(run->policy),
        .geo_sources = (const char *)run->geo_sources.data,
        .timeline_json = tt_timeline_json(run->timeline),
        .searched_bytes = run->searched,
        .identifier_count = subject->identifier_count,
        .weak_count = run->weak_count,
        .verdict = tt_judge_verdict(run->judge),
        .interrupted = interrupted,
        .unattributed_duplicate = tt_tally_unattributed(&run->tally, TT_BUCKET_DUPLICATE),
        .unattributed_overhead = tt_tally_unattributed(&run->tally, TT_BUCKET_OVERHEAD),
        .vantage = vantage,
        .key_count = tt_keyring_count(run->keys),
        .recipes = (const char *)run->recipes.data};
    return tt_case_put_info(run->result, &info, run->error);
}

/* ---- the run ---- */

static void warn(const struct test_run *run, const struct tt_test_config *config)
{
    const char *text = NULL;
    for (size_t i = 0; (text = tt_sheet_warning(run->sheet, i)) != NULL; i++)
        if (config->warning != NULL)
            config->warning(config->context, text);
}

static enum tt_err load(struct test_run *run, const struct tt_test_config *config)
{
    enum tt_err err = tt_sheet_load(config->subject, &run->sheet, run->error);
    if (err != TT_OK)
        return err;
    warn(run, config);
    run->vantage = tt_sheet_subject(run->sheet)->vantage;
    if (config->vantage != NULL && !tt_vantage_parse(tt_span_str(config->vantage), &run->vantage))
        return tt_error_set(run->error, TT_ERR_USAGE,
                            "the vantage point \"%.60s\" is no place: expected latitude and "
                            "longitude in decimal degrees, as in 28.61,77.21",
                            config->vantage);
    if (config->timeline != NULL)
        err = tt_timeline_load(config->timeline, &run->timeline, run->error);
    else if ((run->timeline = tt_timeline_new()) == NULL)
        err = TT_ERR_MEMORY;
    if (err == TT_OK)
        err = tt_policy_load(config->policy, &run->policy, run->error);
    if (err == TT_OK)
        err = tt_geo_new(config->geo, config->geo_count, &run->geo, run->error);
    if (err == TT_OK)
        err = tt_matcher_new(tt_sheet_subject(run->sheet), &run->matcher, run->error);
    if (err == TT_OK)
        err = find_weak(run);
    if (err == TT_OK)
        err = tt_keyring_make(config, &run->keys, &run->key_lines, run->error);
    if (err == TT_OK)
        err = tt_recipe_book_new(&run->book, run->error);
    for (size_t i = 0; i < config->recipe_count && err == TT_OK; i++)
        err = tt_recipe_book_load(run->book, config->recipes[i], run->error);
    if (err == TT_OK)
        err = tt_case_create(config->case_path, &run->result, run->error);
    return err;
}

static enum tt_err join(struct test_run *run)
{
    const struct tt_note_sink notes = {.context = run, .note = on_note};
    run->search_sink = (struct tt_search_sink){.context = run,
                                               .hit = on_hit,
                                               .account = on_account,
                                               .searched = on_searched,
                                               .notes = notes};
    run->flows_sink = (struct tt_flows_sink){.context = run,
                                             .name = on_name,
                                             .account = on_account,
                                             .handshake = on_handshake,
                                             .tls = on_tls,
                                             .flow = on_flow,
                                             .notes = notes};
    struct tt_judge_config judge = {.subject = tt_sheet_subject(run->sheet),
                                    .timeline = run->timeline,
                                    .policy = run->policy,
                                    .geo = run->geo,
                                    .weak = run->weak,
                                    .vantage = &run->vantage};
    enum tt_err err = tt_judge_new(&judge, &run->judge);
    if (err == TT_OK)
        err = tt_searcher_new(run->matcher, &run->search_sink, &run->searcher);
    if (err == TT_OK)
        tt_searcher_use_recipes(run->searcher, run->book);
    if (err == TT_OK)
        err = tt_flows_new(run->searcher, run->keys, &run->flows_sink, &run->flows);
    if (err == TT_OK)
        err = tt_concealer_new(run->matcher, &run->concealer);
    if (err == TT_OK)
        tt_keyring_note(&run->key_lines, &notes);
    return err;
}

static enum tt_err settle(struct test_run *run, bool interrupted)
{
    const struct tt_residency_sink residency = {
        .context = run, .timing = put_timing, .claim = put_claim, .residency = put_residency};
    const struct tt_judge_sink sink = {.context = run,
                                       .device = put_device,
                                       .finding = put_finding,
                                       .coverage = put_coverage,
                                       .note = put_note,
                                       .tls = put_tls,
                                       .trigger = put_trigger,
                                       .clause = put_clause,
                                       .residency = &residency};
    check_tally(run);
    if (interrupted)
        tt_judge_interrupted(run->judge);
    tt_judge_traffic(run->judge, tt_searcher_traffic(run->searcher));
    enum tt_err err = tt_timeline_settle(run->timeline);
    if (err == TT_OK)
        err = tt_judge_finish(run->judge, &sink);
    if (err == TT_OK)
        err = put_identifiers(run);
    if (err == TT_OK)
        err = put_info(run, interrupted);
    if (err == TT_OK)
        err = tt_case_commit(run->result, run->error);
    return err;
}

static void free_run(struct test_run *run)
{
    tt_flows_free(run->flows);
    tt_keys_free(run->keys);
    tt_searcher_free(run->searcher);
    tt_judge_free(run->judge);
    tt_concealer_free(run->concealer);
    tt_matcher_free(run->matcher);
    free(run->weak);
    tt_recipe_book_free(run->book);
    tt_geo_free(run->geo);
    tt_policy_free(run->policy);
    tt_timeline_free(run->timeline);
    tt_sheet_free(run->sheet);
    tt_tally_free(&run->tally);
    tt_buf_free(&run->geo_sources);
    tt_buf_free(&run->recipes);
}

enum tt_err tt_pipeline_test(const struct tt_test_config *config, struct tt_case **ret_case,
                             struct tt_error *error)
{
    struct tt_error first = {
        0}; /* so that the first cause is kept even for a caller without a record */
    struct test_run run = {.error = &first,
                           .geo_sources = tt_buf_make(65536),
                           .recipes = tt_buf_make(65536),
                           .is_kept = config->case_path != NULL};
    bool interrupted = false;
    enum tt_err err = load(&run, config);
    if (err == TT_OK)
        err = join(&run);
    if (err != TT_OK)
        goto out;
    struct tt_reading reading = {.config = config,
                                 .flows = run.flows,
                                 .keys = run.keys,
                                 .notes = {.context = &run, .note = on_note},
                                 .context = &run,
                                 .begin = on_begin,
                                 .name = on_name,
                                 .event = on_event,
                                 .chunk = on_chunk,
                                 .clock = on_clock,
                                 .end = on_end};
    err = tt_reading_run(&reading, &interrupted, run.error);
    if (err == TT_OK)
        err = settle(&run, interrupted);
    if (err == TT_OK) {
        *ret_case = run.result;
        run.result = NULL;
    }
out:
    free_run(&run);
    tt_case_free(run.result);
    if (err == TT_OK)
        return TT_OK;
    return tt_error_set(error, err, "%s", first.code == TT_OK ? tt_err_name(err) : first.text);
}
