#include "capture/capture.h"

#include "capture/digest.h"
#include "capture/format.h"
#include "capture/open.h"
#include "capture/pcapdroid.h"
#include "capture/sniff.h"
#include "capture/spool.h"
#include "capture/wrapping.h"
#include "model/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order of how often they are met. Their magic numbers differ, so that only one probes. */
static const struct tt_capture_format *const formats[] = {
    &tt_format_pcapng, &tt_format_pcap, &tt_format_snoop, &tt_format_btsnoop, &tt_format_har};
static const struct tt_wrapping *const wrappings[] = {&tt_wrapping_gzip, &tt_wrapping_zstd,
                                                      &tt_wrapping_xz, &tt_wrapping_lz4};

#define STANDARD_INPUT "standard input"

enum { SNIFF_BYTES = 512 };

enum { MILLISECOND = 1000000 /* ns */ };

struct tt_capture {
    char *name;
    struct tt_digest *digest;
    struct tt_spool *spool; /* that it is read from, borrowed; or NULL */
    struct tt_input *inputs[1 + TT_WRAPPING_DEPTH_MAX]; /* the file as it stands, then what is
                                                           inside of the one before */
    size_t depth;                                       /* the innermost of them */
    char wrapping[TT_WRAPPING_TEXT_MAX];                /* see tt_capture_summary */
    const struct tt_capture_format *first_format;
    const struct tt_capture_format *format; /* of the file that is being read */
    void *state;                            /* of the format */
    struct tt_reading reading;
    const struct tt_note_sink *notes; /* of the user */
    struct tt_note_sink heard;        /* ours, in front of it */
    bool damaged;
    bool made_up; /* a frame that an app made up was met */
    struct tt_pcapdroid pcapdroid;
    bool ended;
    uint64_t frames;
    uint64_t first_time;
    uint64_t last_time;
    uint64_t back;   /* ns: how far a frame was behind an earlier one */
    bool fine_times; /* not all are whole milliseconds */
};

void tt_reading_note(const struct tt_reading *reading, const char *code, uint64_t frame,
                     uint64_t offset, uint64_t length, const char *text)
{
    tt_note_put(reading->notes, &(struct tt_note){.layer = "capture",
                                                  .code = code,
                                                  .frame = frame,
                                                  .offset = offset,
                                                  .length = length,
                                                  .text = text});
}

uint64_t tt_reading_left(const struct tt_reading *reading, uint64_t offset)
{
    uint64_t size = reading->input->size;
    return size > offset ? size - offset : 0;
}

/* Notes that tell how a capture was made, not that something of it could not be read. */
static bool is_news(const char *code)
{
    static const char *const news[] = {
        "capture.concatenated", "pcap.variant",      "snoop.link",        "btsnoop.link",
        "capture.made_up",      "pcapng.custom",     "pcapng.drops",      "pcapng.events",
        "pcapng.filter",        "pcapng.event_text", "pcapng.link_error", "capture.spool",
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(news); i++)
        if (strcmp(code, news[i]) == 0)
            return true;
    return false;
}

static void on_note(void *context, const struct tt_note *note)
{
    struct tt_capture *capture = context;
    capture->damaged = capture->damaged || !is_news(note->code);
    tt_note_put(capture->notes, note);
}

static enum tt_err no_memory(const char *name, struct tt_error *error)
{
    return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", name);
}

/* An error when the file is too short to be anything. */
static enum tt_err look_at_head(struct tt_input *input, struct tt_span *ret_head,
                                struct tt_error *error)
{
    if (!tt_input_have(input, TT_HEAD_BYTES)) {
        enum tt_err err = tt_input_failure(input, error);
        if (err != TT_OK)
            return err;
    }
    *ret_head = tt_span_sub(tt_input_rest(input), 0, SNIFF_BYTES);
    return TT_OK;
}

static const struct tt_wrapping *find_wrapping(struct tt_span head)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(wrappings); i++)
        if (wrappings[i]->probe(head))
            return wrappings[i];
    return NULL;
}

static struct tt_input *innermost(const struct tt_capture *capture)
{
    return capture->inputs[capture->depth];
}

static bool is_wrapped(const struct tt_capture *capture)
{
    return capture->depth > 0;
}

/* Adds one more input, which reads from the one before. */
static enum tt_err add_wrapping(struct tt_capture *capture, const struct tt_wrapping *wrapping)
{
    struct tt_input *inner = NULL;
    enum tt_err err =
        tt_unwrap(wrapping, innermost(capture), capture->inputs[0], capture->reading.notes, &inner);
    if (err != TT_OK)
        return err;
    capture->inputs[++capture->depth] = inner;
    size_t used = strlen(capture->wrapping);
    (void)snprintf(capture->wrapping + used, sizeof(capture->wrapping) - used, "%s%s",
                   used > 0 ? ", " : "", wrapping->name);
    return TT_OK;
}

static enum tt_err unwrap(struct tt_capture *capture, struct tt_error *error)
{
    while (capture->depth < TT_WRAPPING_DEPTH_MAX) {
        struct tt_span head = {0};
        enum tt_err err = look_at_head(innermost(capture), &head, error);
        if (err != TT_OK)
            return err;
        const struct tt_wrapping *wrapping = find_wrapping(head);
        if (wrapping == NULL)
            break;
        if (add_wrapping(capture, wrapping) != TT_OK)
            return no_memory(capture->name, error);
    }
    capture->reading.input = innermost(capture);
    return TT_OK;
}

static const struct tt_capture_format *find_format(struct tt_span head)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(formats); i++)
        if (formats[i]->probe(head))
            return formats[i];
    return NULL;
}

/* The same in the middle of a file. */
static const struct tt_capture_format *find_joined(struct tt_span head)
{
    const struct tt_capture_format *format = find_format(head);
    if (format == NULL || format->joined == NULL || format->joined(head))
        return format;
    return NULL;
}

bool tt_format_begins(struct tt_span head)
{
    return find_joined(head) != NULL;
}

static enum tt_err refuse(const struct tt_capture *capture, struct tt_span head,
                          struct tt_error *error)
{
    if (is_wrapped(capture) && head.len == 0)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "%s is %s data that holds nothing readable: transfer it again",
                            capture->name, capture->wrapping);
    if (head.len == 0)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "%s is empty: check that the capturing program was allowed to capture",
                            capture->name);
    struct tt_sniff found = tt_sniff(head);
    if (is_wrapped(capture))
        return tt_error_set(error, TT_ERR_FORMAT, "%s is no capture: the %s data in it is %s; %s",
                            capture->name, capture->wrapping, found.what, found.advice);
    return tt_error_set(error, TT_ERR_FORMAT, "%s is no capture: it is %s; %s", capture->name,
                        found.what, found.advice);
}

/* Finds out what the file is that begins here, and reads its header. */
static enum tt_err open_format(struct tt_capture *capture, struct tt_error *error)
{
    struct tt_span head = {0};
    enum tt_err err = look_at_head(capture->reading.input, &head, error);
    if (err != TT_OK)
        return err;
    capture->format = find_format(head);
    if (capture->format == NULL)
        return refuse(capture, head, error);
    return capture->format->open(&capture->reading, &capture->state, error);
}

static enum tt_err recognise(struct tt_capture *capture, struct tt_error *error)
{
    enum tt_err err = unwrap(capture, error);
    if (err == TT_OK)
        err = open_format(capture, error);
    capture->first_format = capture->format;
    return err;
}

static struct tt_capture *new_capture(const char *name, const struct tt_note_sink *notes)
{
    struct tt_capture *capture = calloc(1, sizeof(*capture));
    if (capture == NULL)
        return NULL;
    capture->name = strdup(name);
    capture->digest = tt_digest_new();
    capture->reading.name = capture->name;
    capture->notes = notes;
    capture->heard = (struct tt_note_sink){.context = capture, .note = on_note};
    capture->reading.notes = &capture->heard;
    capture->reading.apps = tt_apps_new();
    if (capture->name != NULL && capture->digest != NULL && capture->reading.apps != NULL)
        return capture;
    tt_capture_free(capture);
    return NULL;
}

static enum tt_err open_stream(struct tt_capture *capture, struct tt_source *source,
                               struct tt_error *error)
{
    if (source == NULL)
        return no_memory(capture->name, error);
    if (tt_input_open_stream(source, &capture->inputs[0]) == TT_OK)
        return TT_OK;
    source->free(source);
    return no_memory(capture->name, error);
}

/* Refuses what can never hold a capture. */
static enum tt_err look_at_kind(int fd, const char *name, struct stat *ret_info,
                                struct tt_error *error)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return tt_error_errno(error, errno, "cannot read %s", name);
    if (S_ISDIR(info.st_mode))
        return tt_error_set(error, TT_ERR_IO, "%s is a folder: give a capture file", name);
    if (isatty(fd) == 1)
        return tt_error_set(error, TT_ERR_IO,
                            "%s is a terminal: pipe a capture into it (tcpdump -w - | ...)", name);
    *ret_info = info;
    return TT_OK;
}

/* Sets *ret_taken when `fd` belongs to the capture from now on. */
static enum tt_err open_input(struct tt_capture *capture, int fd, bool owned, bool map,
                              bool *ret_taken, struct tt_error *error)
{
    struct stat info = {0};
    enum tt_err err = look_at_kind(fd, capture->name, &info, error);
    if (err != TT_OK)
        return err;
    if (map && owned && S_ISREG(info.st_mode)) {
        err = tt_input_open_mapped(fd, capture->name, capture->digest, &capture->inputs[0], error);
        *ret_taken = err == TT_OK;
        if (err != TT_ERR_UNSUPPORTED)
            return err;
    }
    err = open_stream(capture, tt_source_of_fd(fd, owned, capture->name, capture->digest), error);
    *ret_taken = err == TT_OK;
    if (err == TT_OK)
        capture->inputs[0]->patient = S_ISREG(info.st_mode);
    return err;
}

enum tt_err tt_capture_open_fd(int fd, bool owned, bool map, const char *name,
                               const struct tt_note_sink *notes, struct tt_capture **ret_capture,
                               struct tt_error *error)
{
    bool taken = false;
    enum tt_err err = TT_OK;
    struct tt_capture *capture = new_capture(name, notes);
    if (capture == NULL) {
        err = no_memory(name, error);
        goto out;
    }
    err = open_input(capture, fd, owned, map, &taken, error);
    if (err == TT_OK)
        err = recognise(capture, error);
    if (err != TT_OK)
        goto out;
    *ret_capture = capture;
    capture = NULL;
out:
    if (owned && !taken)
        (void)close(fd);
    tt_capture_free(capture);
    return err;
}

enum tt_err tt_capture_open_bytes(struct tt_span bytes, size_t step,
                                  const struct tt_note_sink *notes, struct tt_capture **ret_capture,
                                  struct tt_error *error)
{
    struct tt_capture *capture = new_capture("the capture", notes);
    if (capture == NULL)
        return no_memory("the capture", error);
    enum tt_err err = TT_OK;
    if (step > 0) {
        err = open_stream(capture, tt_source_of_bytes(bytes, step, capture->digest), error);
        if (err == TT_OK)
            capture->inputs[0]->patient = true;
    } else {
        capture->inputs[0] = tt_input_of_bytes(bytes, capture->digest);
        if (capture->inputs[0] == NULL)
            err = no_memory(capture->name, error);
    }
    if (err == TT_OK)
        err = recognise(capture, error);
    if (err != TT_OK) {
        tt_capture_free(capture);
        return err;
    }
    *ret_capture = capture;
    return TT_OK;
}

/* `*ret_fd` is to be closed unless `path` is "-". */
static enum tt_err open_path(const char *path, int *ret_fd, struct tt_error *error)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : -1;
    while (fd < 0) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0 && errno != EINTR)
            break;
    }
    if (fd < 0 && errno == EMFILE)
        return tt_error_set(error, TT_ERR_IO,
                            "cannot open %s: too many captures of the same time are open; allow "
                            "more open files (ulimit -n), or merge them first (mergecap)",
                            path);
    if (fd < 0)
        return tt_error_errno(error, errno, "cannot open %s", path);
    *ret_fd = fd;
    return TT_OK;
}

enum tt_err tt_capture_open(const char *path, const struct tt_note_sink *notes,
                            struct tt_capture **ret_capture, struct tt_error *error)
{
    int fd = -1;
    bool standard = strcmp(path, "-") == 0;
    enum tt_err err = open_path(path, &fd, error);
    if (err != TT_OK)
        return err;
    return tt_capture_open_fd(fd, !standard, !standard, standard ? STANDARD_INPUT : path, notes,
                              ret_capture, error);
}

/* ---- pipes that are read twice ---- */

enum tt_err tt_spool_make(const char *path, const struct tt_spool_config *config,
                          struct tt_spool **ret_spool, struct tt_error *error)
{
    int fd = -1;
    struct stat info;
    struct tt_spool *spool = NULL;
    struct tt_span head = {0};
    bool standard = strcmp(path, "-") == 0;
    enum tt_err err = open_path(path, &fd, error);
    if (err == TT_OK)
        err = tt_spool_new(fd, !standard, standard ? STANDARD_INPUT : path, config, &spool, error);
    if (err == TT_OK)
        err = look_at_kind(fd, tt_spool_name(spool), &info, error);
    if (err == TT_OK && config->max > 0)
        err = tt_spool_head(spool, TT_HEAD_BYTES, &head, error);
    if (err == TT_OK && (tt_format_pcapng.probe(head) || find_wrapping(head) != NULL))
        err = tt_spool_fill(spool, error);
    if (err != TT_OK) {
        tt_spool_free(spool);
        return err;
    }
    *ret_spool = spool;
    return TT_OK;
}

static enum tt_err open_spool(struct tt_spool *spool, bool whole, const struct tt_note_sink *notes,
                              struct tt_capture **ret_capture, struct tt_error *error)
{
    struct tt_capture *capture = new_capture(tt_spool_name(spool), notes);
    if (capture == NULL)
        return no_memory(tt_spool_name(spool), error);
    if (whole)
        capture->spool = spool;
    enum tt_err err =
        open_stream(capture, tt_source_of_spool(spool, whole, capture->digest), error);
    if (err == TT_OK)
        err = recognise(capture, error);
    if (err != TT_OK) {
        tt_capture_free(capture);
        return err;
    }
    *ret_capture = capture;
    return TT_OK;
}

enum tt_err tt_capture_open_spool(struct tt_spool *spool, const struct tt_note_sink *notes,
                                  struct tt_capture **ret_capture, struct tt_error *error)
{
    return open_spool(spool, true, notes, ret_capture, error);
}

/* What was not kept of a pipe that may hold secrets cannot have been read for them ahead. */
static void note_spool(const struct tt_capture *capture)
{
    uint64_t bytes = tt_digest_bytes(capture->digest);
    uint64_t kept = tt_spool_kept(capture->spool);
    if (capture->first_format == &tt_format_pcapng && bytes > kept)
        tt_reading_note(
            &capture->reading, "capture.spool", 0, kept, bytes - kept,
            "of a pipe were not kept for a second reading (--spool): secrets that stand "
            "in them open only the packets behind them");
}

void tt_capture_listen(struct tt_capture *capture, const struct tt_capture_sink *sink)
{
    capture->reading.sink = *sink;
}

/* What is true of every frame, whatever file it came from. */
static enum tt_err count_frame(struct tt_capture *capture, struct tt_frame *frame)
{
    capture->frames++;
    frame->number = ++capture->reading.number;
    if (TT_UNLIKELY(frame->original_len < frame->bytes.len)) {
        tt_reading_note(&capture->reading, "capture.length", frame->number, 0, 0,
                        "a packet claims to have been shorter than its captured bytes");
        frame->original_len = (uint32_t)frame->bytes.len;
    } else if (TT_UNLIKELY(frame->original_len > TT_FRAME_MAX && frame->link != TT_LINK_HAR)) {
        tt_reading_note(&capture->reading, "capture.original_length", frame->number, 0, 0,
                        "a packet claims to have been longer than any can be");
        frame->original_len = (uint32_t)frame->bytes.len;
    }
    enum tt_err err = tt_pcapdroid_trailer(&capture->pcapdroid, capture->reading.apps, frame);
    if (TT_UNLIKELY(tt_pcapdroid_address(frame)))
        frame->flags |= TT_FRAME_MADE_UP;
    if (TT_UNLIKELY((frame->flags & TT_FRAME_MADE_UP) != 0) && !capture->made_up) {
        capture->made_up = true;
        tt_reading_note(&capture->reading, "capture.made_up", frame->number, 0, 0,
                        "packets of this capture were written by an app on the phone: times and "
                        "handshakes prove nothing");
    }
    if (frame->time == 0)
        return err;
    if (TT_UNLIKELY(!capture->fine_times))
        capture->fine_times = frame->time % MILLISECOND != 0;
    if (frame->time > capture->last_time)
        capture->last_time = frame->time;
    else if (capture->last_time - frame->time > capture->back)
        capture->back = capture->last_time - frame->time;
    if (frame->time < capture->first_time || capture->first_time == 0)
        capture->first_time = frame->time;
    return err;
}

/* Files were put one behind the other: opens the one that begins here. */
static enum tt_err open_another(struct tt_capture *capture, bool *ret_opened,
                                struct tt_error *error)
{
    struct tt_span head = {0};
    *ret_opened = false;
    enum tt_err err = look_at_head(capture->reading.input, &head, error);
    const struct tt_capture_format *format = err == TT_OK ? find_joined(head) : NULL;
    if (format == NULL)
        return err;
    uint64_t offset = tt_input_offset(capture->reading.input);
    capture->format->free(capture->state);
    capture->state = NULL;
    capture->format = format;
    err = format->open(&capture->reading, &capture->state, error);
    if (err == TT_ERR_FORMAT) {
        /* It is cut inside its header: there is nothing to read. */
        tt_reading_note(&capture->reading, "capture.cut", 0, offset, head.len,
                        "the file ends inside the header of another one that was put behind it");
        if (error != NULL)
            *error = (struct tt_error){0};
        return TT_OK;
    }
    if (err != TT_OK)
        return err;
    *ret_opened = true;
    tt_reading_note(&capture->reading, "capture.concatenated", 0, offset, 0,
                    "another capture file begins inside this one: it was read as its continuation");
    return TT_OK;
}

enum tt_err tt_capture_next(struct tt_capture *capture, struct tt_frame *ret_frame, bool *ret_more,
                            struct tt_error *error)
{
    bool more = false;
    while (!more && !capture->ended) {
        bool another = false;
        enum tt_err err = capture->format->next(capture->state, ret_frame, &more, error);
        if (err == TT_OK && !more)
            err = open_another(capture, &another, error);
        if (err != TT_OK)
            return err;
        capture->ended = !more && !another;
    }
    if (more && count_frame(capture, ret_frame) != TT_OK)
        return no_memory(capture->name, error);
    *ret_more = more;
    return TT_OK;
}

/* What damage kept from being read as frames, for the digest. */
static enum tt_err read_rest(struct tt_capture *capture, struct tt_error *error)
{
    /* The innermost decoder first: how far it ran ahead of a damaged capture depends on how the
     * bytes arrived, and its notes must not. */
    enum tt_err err = TT_OK;
    for (size_t i = capture->depth + 1; i > 0 && err == TT_OK; i--) {
        (void)tt_input_skip(capture->inputs[i - 1], UINT64_MAX);
        err = tt_input_failure(capture->inputs[i - 1], error);
    }
    return err;
}

/* A file may have finer times than the clock that they came from. */
static uint64_t clock_error(const struct tt_capture *capture)
{
    bool coarse = !capture->fine_times && capture->reading.tick < MILLISECOND;
    return (coarse ? MILLISECOND : capture->reading.tick) + capture->back;
}

enum tt_err tt_capture_finish(struct tt_capture *capture, struct tt_capture_summary *ret_summary,
                              struct tt_error *error)
{
    bool whole = capture->ended && (capture->spool == NULL || !tt_spool_stopped(capture->spool));
    capture->ended = true;
    enum tt_err err = whole ? read_rest(capture, error) : TT_OK;
    if (err != TT_OK)
        return err;
    if (capture->spool != NULL)
        note_spool(capture);
    struct tt_capture_summary summary = {
        .format = capture->first_format->name,
        .file_bytes = tt_digest_bytes(capture->digest),
        .frames = capture->frames,
        .dropped = capture->reading.dropped,
        .first_time = capture->first_time,
        .last_time = capture->last_time,
        .clock_error = clock_error(capture),
        .damaged = capture->damaged,
    };
    memcpy(summary.wrapping, capture->wrapping, sizeof(summary.wrapping));
    err = whole ? tt_digest_finish(capture->digest, summary.sha256) : TT_OK;
    if (err != TT_OK)
        return no_memory(capture->name, error);
    *ret_summary = summary;
    return TT_OK;
}

void tt_capture_spare_digest(struct tt_capture *capture)
{
    tt_digest_count_only(capture->digest);
}

bool tt_capture_secret(const struct tt_capture *capture, size_t at, uint32_t *ret_type,
                       struct tt_span *ret_data)
{
    return tt_secrets_at(&capture->reading.secrets, at, ret_type, ret_data);
}

void tt_capture_free(struct tt_capture *capture)
{
    if (capture == NULL)
        return;
    if (capture->format != NULL)
        capture->format->free(capture->state);
    tt_secrets_free(&capture->reading.secrets);
    tt_apps_free(capture->reading.apps);
    for (size_t i = TT_ARRAY_LEN(capture->inputs); i > 0; i--)
        tt_input_free(capture->inputs[i - 1]); /* it reads from the one before */
    tt_digest_free(capture->digest);
    free(capture->name);
    free(capture);
}

/* Takes the capture: reads it to its end, or frees it. */
static enum tt_err read_secrets(struct tt_capture *capture, struct tt_capture **ret_capture,
                                struct tt_error *error)
{
    enum tt_err err = TT_OK;
    tt_digest_count_only(capture->digest);
    bool more = capture->first_format == &tt_format_pcapng;
    while (err == TT_OK && more) {
        struct tt_frame frame;
        err = tt_capture_next(capture, &frame, &more, error);
    }
    if (err != TT_OK) {
        tt_capture_free(capture);
        return err;
    }
    *ret_capture = capture;
    return TT_OK;
}

enum tt_err tt_capture_open_for_secrets(const char *path, struct tt_capture **ret_capture,
                                        struct tt_error *error)
{
    struct tt_capture *capture = NULL;
    enum tt_err err = tt_capture_open(path, NULL, &capture, error);
    return err == TT_OK ? read_secrets(capture, ret_capture, error) : err;
}

enum tt_err tt_capture_open_spool_for_secrets(struct tt_spool *spool,
                                              struct tt_capture **ret_capture,
                                              struct tt_error *error)
{
    struct tt_capture *capture = NULL;
    enum tt_err err = open_spool(spool, false, NULL, &capture, error);
    return err == TT_OK ? read_secrets(capture, ret_capture, error) : err;
}
