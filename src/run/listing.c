/* `telltale messages`: the same reading without a sheet; what the protocols say becomes rows. */
#include "run/pipeline.h"

#include "model/frame.h"
#include "run/exchanges.h"
#include "run/flows.h"
#include "run/keyring.h"
#include "run/reading.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct listing {
    const struct tt_test_config *config;
    struct tt_case *result;
    struct tt_keys *keys;
    struct tt_flows *flows;
    struct tt_flows_sink sink;
    struct tt_error error;
    enum tt_err failure;
    struct tt_exchanges *exchanges; /* for a HAR file, or NULL */
    struct tt_report_sink har;
    struct tt_output har_output;
    const char **captures;
    uint64_t rows;
};

/* A listing has no ledger: what is missing in it is told beside it. */
TT_PRINTF(2, 3) static void warn(const struct listing *listing, const char *format, ...)
{
    char text[512];
    if (listing->config->warning == NULL)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    listing->config->warning(listing->config->context, text);
}

static void put(struct listing *listing, struct tt_case_message *row)
{
    if (listing->failure != TT_OK)
        return;
    if (++listing->rows > TT_MESSAGES_MAX) {
        if (listing->rows == (uint64_t)TT_MESSAGES_MAX + 1)
            warn(listing, "more than %d messages: the others are not listed", TT_MESSAGES_MAX);
        return;
    }
    row->capture = listing->captures[tt_frame_capture(row->first_frame)];
    listing->failure = tt_case_put_message(listing->result, row, &listing->error);
}

static void on_message(void *context, const struct tt_msg *msg, const struct tt_seal *seal)
{
    struct tt_case_message row = {.flow = msg->flow->id,
                                  .protocol = msg->protocol,
                                  .kind = msg->kind,
                                  .method = msg->method,
                                  .url = msg->url,
                                  .name = msg->name,
                                  .content_type = msg->content_type,
                                  .status = msg->status,
                                  .body_bytes = msg->body_bytes,
                                  .first_frame = msg->origin.first_frame,
                                  .last_frame = msg->origin.last_frame,
                                  .time = msg->origin.time,
                                  .direction = msg->direction,
                                  .tls = msg->tls,
                                  .encryption = seal->encryption,
                                  .opened_with = seal->opened_with};
    struct listing *listing = context;
    put(listing, &row);
    if (listing->exchanges != NULL)
        tt_exchanges_message(listing->exchanges, msg, seal);
    if (msg->request_frame != 0 && listing->failure == TT_OK)
        listing->failure = tt_case_put_status(listing->result, msg->flow->id, msg->request_frame,
                                              msg->url, msg->status, &listing->error);
}

static void on_data(void *context, const struct tt_data_run *run)
{
    struct tt_case_message row = {.flow = run->flow->id,
                                  .protocol = run->protocol,
                                  .kind = "data",
                                  .body_bytes = run->bytes,
                                  .first_frame = run->origin.first_frame,
                                  .last_frame = run->origin.last_frame,
                                  .time = run->origin.time,
                                  .direction = run->direction,
                                  .offset = run->offset,
                                  .body_head = run->head,
                                  .encryption = run->seal.encryption,
                                  .opened_with = run->seal.opened_with};
    put(context, &row);
}

static void on_flow(void *context, const struct tt_flow *flow, const char *protocol)
{
    const struct listing *listing = context;
    (void)protocol;
    if (listing->exchanges != NULL)
        tt_exchanges_flow(listing->exchanges, flow);
}

/* ---- the HAR file ---- */

static void *on_body_open(void *context, const struct tt_body *body, const struct tt_msg *msg,
                          const struct tt_seal *seal)
{
    const struct listing *listing = context;
    return tt_exchanges_body_open(listing->exchanges, body, msg, seal);
}

static void on_body_data(void *context, void *body, const struct tt_piece *piece)
{
    const struct listing *listing = context;
    tt_exchanges_body_data(listing->exchanges, body, piece);
}

static void on_body_close(void *context, void *body, enum tt_body_end end)
{
    const struct listing *listing = context;
    tt_exchanges_body_close(listing->exchanges, body, end);
}

static enum tt_err write_text(void *context, struct tt_span text)
{
    const struct tt_output *output = context;
    return output->write(output->context, (const char *)text.data, text.len);
}

static enum tt_err begin_har(struct listing *listing)
{
    const struct tt_har_config *har = listing->config->har;
    if (har == NULL)
        return TT_OK;
    listing->har_output = har->output;
    listing->har = (struct tt_report_sink){.context = &listing->har_output, .write = write_text};
    listing->exchanges = tt_exchanges_new(har->reveal, &listing->har);
    if (listing->exchanges == NULL)
        return TT_ERR_MEMORY;
    tt_exchanges_captures(listing->exchanges, listing->captures);
    listing->sink.body_open = on_body_open;
    listing->sink.body_data = on_body_data;
    listing->sink.body_close = on_body_close;
    return TT_OK;
}

static enum tt_err end_har(struct listing *listing)
{
    struct tt_exchanges_lack lack = {0};
    if (listing->exchanges == NULL)
        return TT_OK;
    enum tt_err err = tt_exchanges_end(listing->exchanges, &lack);
    if (err != TT_OK)
        return tt_error_set(&listing->error, err, "the HAR file could not be written");
    if (lack.exchanges > 0)
        warn(listing, "%" PRIu64 " requests are not in the HAR file: too many wait for an answer",
             lack.exchanges);
    if (lack.bodies > 0)
        warn(listing, "%" PRIu64 " bodies are not whole in the HAR file: they are too large",
             lack.bodies);
    return TT_OK;
}

static enum tt_err on_begin(void *context, uint32_t capture, const char *name)
{
    struct listing *listing = context;
    listing->captures[capture] = name;
    return TT_OK;
}

static enum tt_err on_end(void *context, uint32_t capture, const struct tt_case_input *input)
{
    (void)capture;
    struct listing *listing = context;
    if (listing->failure != TT_OK)
        return listing->failure;
    if (input->damaged)
        warn(listing, "%s is cut or damaged: not all of it could be read", input->name);
    return tt_case_put_input(listing->result, input, &listing->error);
}

static enum tt_err list(struct listing *listing, const struct tt_test_config *config)
{
    bool interrupted = false;
    listing->sink = (struct tt_flows_sink){
        .context = listing, .message = on_message, .data = on_data, .flow = on_flow};
    listing->captures = calloc(config->capture_count, sizeof(const char *));
    if (listing->captures == NULL)
        return TT_ERR_MEMORY;
    struct tt_keylog_counts counts; /* the warning says it */
    enum tt_err err = tt_case_create(NULL, &listing->result, &listing->error);
    if (err == TT_OK)
        err = tt_keyring_make(config, &listing->keys, &counts, &listing->error);
    if (err == TT_OK)
        err = begin_har(listing);
    if (err == TT_OK)
        err = tt_flows_new(NULL, listing->keys, &listing->sink, &listing->flows);
    if (err != TT_OK)
        return err;
    struct tt_reading reading = {.config = config,
                                 .flows = listing->flows,
                                 .keys = listing->keys,
                                 .no_digest = true,
                                 .context = listing,
                                 .begin = on_begin,
                                 .end = on_end};
    err = tt_reading_run(&reading, &interrupted, &listing->error);
    if (err == TT_OK)
        err = end_har(listing);
    if (err == TT_OK)
        err = tt_case_commit(listing->result, &listing->error);
    return err;
}

enum tt_err tt_pipeline_messages(const struct tt_test_config *config, struct tt_case **ret_case,
                                 struct tt_error *error)
{
    struct listing listing = {.config = config};
    enum tt_err err = list(&listing, config);
    tt_flows_free(listing.flows);
    tt_exchanges_free(listing.exchanges);
    tt_keys_free(listing.keys);
    free(listing.captures);
    if (err == TT_OK) {
        *ret_case = listing.result;
        return TT_OK;
    }
    tt_case_free(listing.result);
    return tt_error_set(error, err, "%s",
                        listing.error.code == TT_OK ? tt_err_name(err) : listing.error.text);
}
