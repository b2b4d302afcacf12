#include "run/reading.h"

#include "capture/capture.h"
#include "net/net.h"

enum { FRAMES_PER_PROGRESS = 8192 };

/* One capture on its way through. Counts the notes of the capture layer that mean damage. */
struct passage {
    const struct tt_reading *reading;
    struct tt_note_sink notes;
    struct tt_capture *capture;
    struct tt_net *net;
    const char *name;
    uint64_t frames;
    uint64_t bytes;
    bool damaged;
    bool interrupted;
};

static void on_capture_note(void *context, const struct tt_note *note)
{
    struct passage *passage = context;
    passage->damaged = true;
    tt_note_put(&passage->reading->notes, note);
}

static const char *file_name(const char *path)
{
    if (strcmp(path, "-") == 0)
        return "standard input";
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool goes_on(struct passage *passage)
{
    const struct tt_test_config *config = passage->reading->config;
    if (config->progress == NULL)
        return true;
    struct tt_progress progress = {
        .capture = passage->name, .bytes = passage->bytes, .frames = passage->frames};
    return config->progress(config->context, &progress);
}

static enum tt_err read_frames(struct passage *passage, struct tt_error *error)
{
    while (true) {
        struct tt_frame frame;
        bool more = false;
        enum tt_err err = tt_capture_next(passage->capture, &frame, &more, error);
        if (err != TT_OK || !more)
            return err;
        passage->frames++;
        passage->bytes += frame.bytes.len;
        err = tt_net_frame(passage->net, &frame);
        if (err == TT_OK)
            err = tt_flows_failure(passage->reading->flows);
        if (err != TT_OK)
            return tt_error_set(error, err, "no memory left while reading %s", passage->name);
        if (passage->frames % FRAMES_PER_PROGRESS == 0 && !goes_on(passage)) {
            passage->interrupted = true;
            return TT_OK;
        }
    }
}

static enum tt_err finish(struct passage *passage, struct tt_error *error)
{
    struct tt_capture_summary summary;
    enum tt_err err = tt_capture_finish(passage->capture, &summary, error);
    if (err != TT_OK)
        return err;
    struct tt_case_input input = {.name = passage->name,
                                  .format = summary.format,
                                  .wrapping = summary.wrapping,
                                  .sha256 = summary.sha256,
                                  .bytes = summary.file_bytes,
                                  .frames = summary.frames,
                                  .dropped = summary.dropped,
                                  .first_time = summary.first_time,
                                  .last_time = summary.last_time,
                                  .damaged = passage->damaged};
    return passage->reading->end(passage->reading->context, &input);
}

/* What goes on from one capture to the next. */
struct tally {
    uint64_t flow; /* the first free flow id */
    uint64_t frames;
    bool interrupted;
};

static enum tt_err read_capture(const struct tt_reading *reading, uint32_t at, struct tally *tally,
                                struct tt_error *error)
{
    const char *path = reading->config->captures[at];
    struct passage passage = {.reading = reading, .name = file_name(path)};
    passage.notes = (struct tt_note_sink){.context = &passage, .note = on_capture_note};
    const struct tt_net_sink net_sink = {.context = reading->flows,
                                         .flow_open = tt_flows_open,
                                         .chunk = tt_flows_chunk,
                                         .flow_close = tt_flows_close};
    enum tt_err err = tt_capture_open(path, &passage.notes, &passage.capture, error);
    if (err == TT_OK)
        err = reading->begin(reading->context, at, passage.name);
    if (err == TT_OK)
        err = tt_net_new(at, tally->flow, &net_sink, &reading->notes, &passage.net);
    if (err != TT_OK)
        goto out;
    err = read_frames(&passage, error);
    /* What was read before a failure counts all the same. */
    enum tt_err flushed = tt_net_flush(passage.net);
    if (flushed == TT_OK)
        flushed = tt_flows_failure(reading->flows);
    if (err == TT_OK)
        err = flushed;
    struct tt_net_totals totals;
    tt_net_totals(passage.net, &totals);
    tally->flow += totals.flows;
    tally->frames += passage.frames;
    tally->interrupted = passage.interrupted;
    if (err == TT_OK)
        err = finish(&passage, error);
out:
    tt_net_free(passage.net);
    tt_capture_free(passage.capture);
    if (err != TT_OK)
        return tt_error_set(error, err, "cannot read %s", passage.name);
    return TT_OK;
}

enum tt_err tt_reading_run(const struct tt_reading *reading, bool *ret_interrupted,
                           struct tt_error *error)
{
    const struct tt_test_config *config = reading->config;
    struct tally tally = {.flow = 1};
    for (size_t i = 0; i < config->capture_count && !tally.interrupted; i++) {
        enum tt_err err = read_capture(reading, (uint32_t)i, &tally, error);
        if (err != TT_OK)
            return err;
    }
    /* "Nothing was found" about nothing would be taken for an answer. */
    if (tally.frames == 0 && !tally.interrupted)
        return tt_error_set(
            error, TT_ERR_FORMAT,
            "%s%s: no packet could be read, so there is nothing to tell; check how the "
            "capture was made",
            file_name(config->captures[0]),
            config->capture_count > 1 ? " and the other captures" : "");
    *ret_interrupted = tally.interrupted;
    return TT_OK;
}
