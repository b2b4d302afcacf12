/* Several captures are read as one: their frames are merged by time, so that a connection whose
 * packets lie in rotated files, or were seen at two places, is one connection.
 *
 * Captures are numbered by the time of their first frame (those that cannot be read twice, pipes,
 * come first), and each is open only from its first frame to its last: a thousand rotated files
 * are never open together. Where the clock of a capture jumps back, its frames keep their order. */
#include "run/reading.h"

#include "base/map.h"
#include "capture/capture.h"
#include "model/limits.h"
#include "net/net.h"
#include "run/har.h"
#include "run/keyring.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { FRAMES_PER_PROGRESS = 8192 };

/* One capture on its way through. */
struct source {
    const struct tt_reading *reading;
    const char *path;
    const char *name; /* without folder */
    size_t given;     /* its place among the paths */
    uint32_t at;      /* its number in the run */
    uint64_t tick;    /* highest time of its frames so far; before the first frame: of that one */
    struct tt_note_sink notes;
    struct tt_spool *spool;     /* of a pipe; or NULL */
    struct tt_capture *capture; /* NULL: not open yet, or over */
    struct tt_frame frame;      /* the next one, when open */
    bool is_file;
    size_t secrets;       /* of it that were added to the keys */
    const char *app;      /* of the frame before, as the capture gave it */
    const char *kept_app; /* and as it is kept */
    struct tt_capture_summary summary;
    uint64_t frames;
    uint64_t bytes;
    uint64_t wire_bytes;
    uint64_t overhead;  /* bytes of its frames, as net/ counted them */
    uint64_t duplicate; /* likewise */
};

struct merge {
    const struct tt_reading *reading;
    struct source *sources; /* by number */
    size_t count;
    struct source **open; /* a heap: those that have a next frame, and the next ones to be opened */
    size_t open_count;
    size_t next; /* the first source that is not in the heap yet */
    struct tt_net *net;
    struct source *last;          /* whose frame was read last, or NULL */
    struct tt_net_totals counted; /* by net/, and added to a source */
    struct tt_map *apps;          /* names of apps, which outlive their captures */
    uint64_t frames;
    bool stopped; /* while pipes were read ahead: what has come is read all the same */
    bool interrupted;
};

static const char *file_name(const char *path)
{
    if (strcmp(path, "-") == 0)
        return "standard input";
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void on_capture_note(void *context, const struct tt_note *note)
{
    struct source *source = context;
    struct tt_note full = *note;
    full.frame = tt_frame_id(source->at, note->frame);
    tt_note_put(&source->reading->notes, &full);
}

static void on_capture_name(void *context, const struct tt_name_record *record)
{
    const struct source *source = context;
    struct tt_name_record full = *record;
    full.frame = tt_frame_id(source->at, record->frame);
    if (source->reading->name != NULL)
        source->reading->name(source->reading->context, &full);
}

static void on_capture_event(void *context, const struct tt_event *event)
{
    const struct source *source = context;
    struct tt_event full = *event;
    full.capture = source->name;
    if (source->reading->event != NULL)
        source->reading->event(source->reading->context, &full);
}

/* ---- one source ---- */

static enum tt_err failed(const struct source *source, enum tt_err err, struct tt_error *error)
{
    return err == TT_OK ? TT_OK : tt_error_set(error, err, "cannot read %s", source->name);
}

/* Files were read for their secrets before the first frame. */
static enum tt_err follow_secrets(struct source *source)
{
    if (source->reading->keys == NULL || source->is_file)
        return TT_OK;
    return tt_keyring_follow(source->reading->keys, source->capture, &source->secrets);
}

/* Reads the next frame; closes the source behind its last one. */
static enum tt_err advance(struct source *source, struct tt_error *error)
{
    bool more = false;
    enum tt_err err = tt_capture_next(source->capture, &source->frame, &more, error);
    if (err == TT_OK)
        err = follow_secrets(source);
    if (err == TT_OK && more) {
        source->frame.number = tt_frame_id(source->at, source->frame.number);
        if (source->frames == 0 || source->frame.time > source->tick)
            source->tick = source->frame.time;
        return TT_OK;
    }
    if (err == TT_OK)
        err = tt_capture_finish(source->capture, &source->summary, error);
    if (err != TT_OK)
        return failed(source, err, error);
    tt_capture_free(source->capture);
    source->capture = NULL;
    return TT_OK;
}

static enum tt_err open_source(struct source *source, struct tt_error *error)
{
    const struct tt_capture_sink sink = {
        .context = source, .name = on_capture_name, .event = on_capture_event};
    enum tt_err err =
        source->spool == NULL
            ? tt_capture_open(source->path, &source->notes, &source->capture, error)
            : tt_capture_open_spool(source->spool, &source->notes, &source->capture, error);
    if (err != TT_OK)
        return failed(source, err, error);
    tt_capture_listen(source->capture, &sink);
    if (source->reading->no_digest)
        tt_capture_spare_digest(source->capture);
    return advance(source, error);
}

/* The time of the first frame, without a word about what is wrong with the file: that is told when
 * it is read. */
static enum tt_err look_ahead(struct source *source, struct tt_error *error)
{
    struct tt_capture *capture = NULL;
    struct tt_frame frame = {.time = 0};
    bool more = false;
    enum tt_err err = tt_capture_open(source->path, NULL, &capture, error);
    if (err == TT_OK)
        err = tt_capture_next(capture, &frame, &more, error);
    tt_capture_free(capture);
    /* One without frames comes last, where it does no harm. */
    source->tick = more ? frame.time : UINT64_MAX;
    return failed(source, err, error);
}

/* A folder, or what is not there, is refused when it is opened. */
static bool is_file(const char *path)
{
    struct stat info;
    return strcmp(path, "-") != 0 && (stat(path, &info) != 0 || S_ISREG(info.st_mode));
}

/* ---- pipes ---- */

struct ahead {
    struct merge *merge;
    const struct source *source;
};

static bool waits_on(void *context, uint64_t bytes)
{
    const struct ahead *ahead = context;
    const struct tt_test_config *config = ahead->merge->reading->config;
    const struct tt_progress progress = {.capture = ahead->source->name, .bytes = bytes};
    if (config->progress != NULL && !config->progress(config->context, &progress))
        ahead->merge->stopped = true;
    return !ahead->merge->stopped;
}

/* Keeps what comes through a pipe, and reads its secrets before the first packet of the run. */
static enum tt_err read_ahead(struct merge *merge, struct source *source, uint64_t *left,
                              struct tt_error *error)
{
    struct ahead ahead = {.merge = merge, .source = source};
    const struct tt_spool_config config = {.max = *left, .goes_on = waits_on, .context = &ahead};
    enum tt_err err = tt_spool_make(source->path, &config, &source->spool, error);
    if (err == TT_OK && merge->reading->keys != NULL)
        err = tt_keyring_ahead(merge->reading->keys, source->spool, &source->secrets);
    if (err != TT_OK)
        return failed(source, err, error);
    uint64_t kept = tt_spool_kept(source->spool);
    *left -= kept < *left ? kept : *left;
    return TT_OK;
}

static enum tt_err read_pipes_ahead(struct merge *merge, struct tt_error *error)
{
    const struct tt_test_config *config = merge->reading->config;
    uint64_t left = config->no_spool ? 0 : config->spool > 0 ? config->spool : TT_SPOOL_MAX;
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < merge->count && err == TT_OK; i++)
        if (!merge->sources[i].is_file)
            err = read_ahead(merge, &merge->sources[i], &left, error);
    return err;
}

/* ---- the order of the sources ---- */

static int compare_sources(const void *left, const void *right)
{
    const struct source *a = left;
    const struct source *b = right;
    if (a->tick != b->tick)
        return a->tick < b->tick ? -1 : 1;
    return (a->given > b->given) - (a->given < b->given);
}

static enum tt_err number_sources(struct merge *merge, struct tt_error *error)
{
    const struct tt_test_config *config = merge->reading->config;
    for (size_t i = 0; i < merge->count; i++) {
        struct source *source = &merge->sources[i];
        source->reading = merge->reading;
        source->path = config->captures[i];
        source->name = file_name(source->path);
        source->given = i;
        source->is_file = is_file(source->path);
        bool ahead = merge->count > 1 && source->is_file;
        enum tt_err err = ahead ? look_ahead(source, error) : TT_OK;
        if (err != TT_OK)
            return err;
    }
    enum tt_err ahead = read_pipes_ahead(merge, error);
    if (ahead != TT_OK)
        return ahead;
    qsort(merge->sources, merge->count, sizeof(*merge->sources), compare_sources);
    for (size_t i = 0; i < merge->count; i++) {
        struct source *source = &merge->sources[i];
        source->at = (uint32_t)i;
        source->notes = (struct tt_note_sink){.context = source, .note = on_capture_note};
        enum tt_err err = merge->reading->begin(merge->reading->context, source->at, source->name);
        if (err != TT_OK)
            return err;
    }
    return TT_OK;
}

/* ---- the heap ---- */

static bool is_before(const struct source *a, const struct source *b)
{
    return a->tick < b->tick || (a->tick == b->tick && a->at < b->at);
}

static void sink_down(struct merge *merge, size_t at)
{
    struct source *source = merge->open[at];
    for (size_t child = 2 * at + 1; child < merge->open_count; child = 2 * at + 1) {
        if (child + 1 < merge->open_count && is_before(merge->open[child + 1], merge->open[child]))
            child++;
        if (is_before(source, merge->open[child]))
            break;
        merge->open[at] = merge->open[child];
        at = child;
    }
    merge->open[at] = source;
}

static void push(struct merge *merge, struct source *source)
{
    size_t at = merge->open_count++;
    for (; at > 0 && is_before(source, merge->open[(at - 1) / 2]); at = (at - 1) / 2)
        merge->open[at] = merge->open[(at - 1) / 2];
    merge->open[at] = source;
}

/* The source at the top has no more frames. */
static void pop(struct merge *merge)
{
    merge->open[0] = merge->open[--merge->open_count];
    if (merge->open_count > 0)
        sink_down(merge, 0);
}

/* Opens every source whose first frame may be the next of the run. */
static enum tt_err open_due(struct merge *merge, struct tt_error *error)
{
    while (merge->next < merge->count &&
           (merge->open_count == 0 || is_before(&merge->sources[merge->next], merge->open[0]))) {
        struct source *source = &merge->sources[merge->next++];
        enum tt_err err = open_source(source, error);
        if (err != TT_OK)
            return err;
        if (source->capture != NULL)
            push(merge, source);
    }
    return TT_OK;
}

/* ---- reading ---- */

static bool goes_on(const struct merge *merge, const struct source *source)
{
    const struct tt_test_config *config = merge->reading->config;
    if (merge->frames % FRAMES_PER_PROGRESS != 0 || config->progress == NULL || merge->stopped)
        return true;
    struct tt_progress progress = {
        .capture = source->name, .bytes = source->bytes, .frames = source->frames};
    return config->progress(config->context, &progress);
}

/* The frame's app under a name that lives as long as the run. */
static enum tt_err keep_app(struct merge *merge, struct source *source)
{
    const char *app = source->frame.app;
    if (app != source->app) {
        source->app = app;
        source->kept_app = NULL;
        struct tt_span key = app == NULL ? (struct tt_span){0} : tt_span_str(app);
        char *kept = app == NULL ? NULL : tt_map_get(merge->apps, key);
        if (app != NULL && kept == NULL) {
            kept = strdup(app);
            enum tt_err err = kept == NULL ? TT_ERR_MEMORY : tt_map_put(merge->apps, key, kept);
            if (err != TT_OK) {
                free(kept);
                return err == TT_ERR_LIMIT ? TT_OK : err;
            }
        }
        source->kept_app = kept;
    }
    source->frame.app = source->kept_app;
    return TT_OK;
}

/* What net/ has counted since the last call was of frames of `merge->last`. */
static void count(struct merge *merge)
{
    if (merge->last == NULL)
        return;
    struct tt_net_totals totals;
    tt_net_totals(merge->net, &totals);
    merge->last->overhead += totals.link_bytes - merge->counted.link_bytes;
    merge->last->duplicate += totals.repeated_bytes - merge->counted.repeated_bytes;
    merge->counted = totals;
}

static enum tt_err take_frame(struct merge *merge, struct source *source, struct tt_error *error)
{
    if (source != merge->last)
        count(merge);
    merge->last = source;
    source->frames++;
    source->bytes += source->frame.bytes.len;
    source->wire_bytes += source->frame.original_len;
    merge->frames++;
    enum tt_err err = keep_app(merge, source);
    if (err == TT_OK && source->frame.link == TT_LINK_HAR)
        source->overhead +=
            tt_har_frame(merge->reading->flows, &source->frame, tt_net_flow_id(merge->net));
    else if (err == TT_OK)
        err = tt_net_frame(merge->net, &source->frame);
    if (err == TT_OK)
        err = tt_flows_failure(merge->reading->flows);
    if (err != TT_OK)
        return tt_error_set(error, err, "no memory left while reading %s", source->name);
    return TT_OK;
}

static enum tt_err read_frames(struct merge *merge, struct tt_error *error)
{
    enum tt_err err = open_due(merge, error);
    while (err == TT_OK && merge->open_count > 0) {
        struct source *source = merge->open[0];
        err = take_frame(merge, source, error);
        if (err == TT_OK && !goes_on(merge, source)) {
            merge->interrupted = true;
            return TT_OK;
        }
        if (err == TT_OK)
            err = advance(source, error);
        if (err != TT_OK)
            return err;
        if (source->capture == NULL)
            pop(merge);
        else if (merge->open_count > 1)
            sink_down(merge, 0);
        if (merge->next < merge->count)
            err = open_due(merge, error);
    }
    return err;
}

/* Of one that was stopped early or never opened, what is known by now. */
static enum tt_err tell_input(const struct merge *merge, struct source *source,
                              struct tt_error *error)
{
    if (source->capture != NULL) {
        enum tt_err err = tt_capture_finish(source->capture, &source->summary, error);
        if (err != TT_OK)
            return failed(source, err, error);
    }
    const struct tt_capture_summary *summary = &source->summary;
    struct tt_case_input input = {
        .name = source->name,
        .format = summary->format,
        .wrapping = summary->wrapping[0] != '\0' ? summary->wrapping : NULL,
        .sha256 = summary->sha256,
        .bytes = summary->file_bytes,
        .frames = summary->frames,
        .dropped = summary->dropped,
        .first_time = summary->first_time,
        .last_time = summary->last_time,
        .damaged = summary->damaged,
        .captured_bytes = source->bytes,
        .wire_bytes = source->wire_bytes,
        .buckets = {
            [TT_BUCKET_OVERHEAD] = source->overhead, [TT_BUCKET_DUPLICATE] = source->duplicate}};
    if (merge->reading->clock != NULL) {
        enum tt_err err =
            merge->reading->clock(merge->reading->context, source->at, summary->clock_error);
        if (err != TT_OK)
            return err;
    }
    return merge->reading->end(merge->reading->context, source->at, &input);
}

static enum tt_err read_all(struct merge *merge, struct tt_error *error)
{
    enum tt_err err = number_sources(merge, error);
    if (err != TT_OK)
        return err;
    err = read_frames(merge, error);
    /* What was read before a failure counts all the same. */
    enum tt_err flushed = tt_net_flush(merge->net);
    if (flushed == TT_OK)
        flushed = tt_flows_failure(merge->reading->flows);
    count(merge);
    if (err == TT_OK && flushed != TT_OK)
        err = tt_error_set(error, flushed, "no memory left at the end of the captures");
    for (size_t i = 0; err == TT_OK && i < merge->next; i++)
        err = tell_input(merge, &merge->sources[i], error);
    return err;
}

/* ---- from net to flows ---- */

static void on_flow_open(void *context, struct tt_flow *flow)
{
    const struct tt_reading *reading = context;
    tt_flows_open(reading->flows, flow);
}

static void on_chunk(void *context, const struct tt_chunk *chunk)
{
    const struct tt_reading *reading = context;
    if (reading->chunk != NULL)
        reading->chunk(reading->context, chunk);
    tt_flows_chunk(reading->flows, chunk);
}

static void on_flow_close(void *context, struct tt_flow *flow)
{
    const struct tt_reading *reading = context;
    tt_flows_close(reading->flows, flow);
}

enum tt_err tt_reading_run(const struct tt_reading *reading, bool *ret_interrupted,
                           struct tt_error *error)
{
    const struct tt_test_config *config = reading->config;
    struct tt_reading copy = *reading;
    const struct tt_net_sink net_sink = {.context = &copy,
                                         .flow_open = on_flow_open,
                                         .chunk = on_chunk,
                                         .flow_close = on_flow_close};
    struct merge merge = {.reading = reading, .count = config->capture_count};
    merge.sources = calloc(merge.count, sizeof(*merge.sources));
    merge.open = calloc(merge.count, sizeof(struct source *));
    merge.apps = tt_map_new(TT_APPS_MAX);
    enum tt_err err = TT_ERR_MEMORY;
    if (merge.sources != NULL && merge.open != NULL && merge.apps != NULL)
        err = tt_net_new(&net_sink, &reading->notes, &merge.net);
    if (err != TT_OK)
        err = tt_error_set(error, err, "no memory to read the captures");
    else
        err = read_all(&merge, error);
    /* "Nothing was found" about nothing would be taken for an answer. */
    if (err == TT_OK && merge.frames == 0 && !merge.interrupted)
        err = tt_error_set(
            error, TT_ERR_FORMAT,
            "%s%s: no packet could be read, so there is nothing to tell; check how the "
            "capture was made",
            file_name(config->captures[0]),
            config->capture_count > 1 ? " and the other captures" : "");
    if (err == TT_OK)
        *ret_interrupted = merge.interrupted || merge.stopped;
    for (size_t i = 0; merge.sources != NULL && i < merge.count; i++) {
        tt_capture_free(merge.sources[i].capture);
        tt_spool_free(merge.sources[i].spool);
    }
    tt_net_free(merge.net);
    if (merge.apps != NULL)
        tt_map_free(merge.apps, free);
    free(merge.sources);
    free(merge.open);
    return err;
}
