#include "capture/capture.h"

#include "capture/digest.h"
#include "capture/format.h"
#include "capture/open.h"
#include "capture/sniff.h"
#include "capture/wrapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order of how often they are met. Their magic numbers differ, so that only one probes. */
static const struct tt_capture_format *const formats[] = {&tt_format_pcapng, &tt_format_pcap};
static const struct tt_wrapping *const wrappings[] = {&tt_wrapping_gzip};

enum { SNIFF_BYTES = 512 };

struct tt_capture {
    char *name;
    struct tt_digest *digest;
    struct tt_input *raw;       /* the file as it stands */
    struct tt_input *unwrapped; /* what is inside of it; NULL where it is not wrapped */
    const struct tt_wrapping *wrapping;
    const struct tt_capture_format *format;
    void *state; /* of the format */
    struct tt_reading reading;
    bool ended;
    uint64_t frames;
    uint64_t first_time;
    uint64_t last_time;
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

static enum tt_err unwrap(struct tt_capture *capture, struct tt_span head, struct tt_error *error)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(wrappings) && capture->wrapping == NULL; i++) {
        if (wrappings[i]->probe(head))
            capture->wrapping = wrappings[i];
    }
    if (capture->wrapping == NULL)
        return TT_OK;
    struct tt_source *source = NULL;
    enum tt_err err = capture->wrapping->open(capture->raw, capture->reading.notes, &source);
    if (err == TT_OK) {
        err = tt_input_open_stream(source, &capture->unwrapped);
        if (err != TT_OK)
            source->free(source);
    }
    return err == TT_OK ? TT_OK : no_memory(capture->name, error);
}

static enum tt_err refuse(const struct tt_capture *capture, struct tt_span head,
                          struct tt_error *error)
{
    if (capture->wrapping != NULL && head.len == 0)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "%s is %s data that holds nothing readable: transfer it again",
                            capture->name, capture->wrapping->name);
    if (head.len == 0)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "%s is empty: check that the capturing program was allowed to capture",
                            capture->name);
    struct tt_sniff found = tt_sniff(head);
    if (capture->wrapping != NULL)
        return tt_error_set(error, TT_ERR_FORMAT, "%s is no capture: the %s data in it is %s; %s",
                            capture->name, capture->wrapping->name, found.what, found.advice);
    return tt_error_set(error, TT_ERR_FORMAT, "%s is no capture: it is %s; %s", capture->name,
                        found.what, found.advice);
}

/* Finds out what the file is, and reads its header. */
static enum tt_err recognise(struct tt_capture *capture, struct tt_error *error)
{
    struct tt_span head = {0};
    enum tt_err err = look_at_head(capture->raw, &head, error);
    if (err == TT_OK)
        err = unwrap(capture, head, error);
    if (err != TT_OK)
        return err;
    capture->reading.input = capture->unwrapped != NULL ? capture->unwrapped : capture->raw;
    err = look_at_head(capture->reading.input, &head, error);
    if (err != TT_OK)
        return err;
    for (size_t i = 0; i < TT_ARRAY_LEN(formats); i++) {
        if (!formats[i]->probe(head))
            continue;
        capture->format = formats[i];
        return formats[i]->open(&capture->reading, &capture->state, error);
    }
    return refuse(capture, head, error);
}

static struct tt_capture *new_capture(const char *name, const struct tt_note_sink *notes)
{
    struct tt_capture *capture = calloc(1, sizeof(*capture));
    if (capture == NULL)
        return NULL;
    capture->name = strdup(name);
    capture->digest = tt_digest_new();
    capture->reading.name = capture->name;
    capture->reading.notes = notes;
    if (capture->name != NULL && capture->digest != NULL)
        return capture;
    tt_capture_free(capture);
    return NULL;
}

static enum tt_err open_stream(struct tt_capture *capture, struct tt_source *source,
                               struct tt_error *error)
{
    if (source == NULL)
        return no_memory(capture->name, error);
    if (tt_input_open_stream(source, &capture->raw) == TT_OK)
        return TT_OK;
    source->free(source);
    return no_memory(capture->name, error);
}

/* Sets *ret_taken when `fd` belongs to the capture from now on. */
static enum tt_err open_input(struct tt_capture *capture, int fd, bool owned, bool map,
                              bool *ret_taken, struct tt_error *error)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return tt_error_errno(error, errno, "cannot read %s", capture->name);
    if (S_ISDIR(info.st_mode))
        return tt_error_set(error, TT_ERR_IO, "%s is a folder: give a capture file", capture->name);
    if (isatty(fd) == 1)
        return tt_error_set(error, TT_ERR_IO,
                            "%s is a terminal: pipe a capture into it (tcpdump -w - | ...)",
                            capture->name);
    if (map && owned && S_ISREG(info.st_mode)) {
        enum tt_err err =
            tt_input_open_mapped(fd, capture->name, capture->digest, &capture->raw, error);
        *ret_taken = err == TT_OK;
        if (err != TT_ERR_UNSUPPORTED)
            return err;
    }
    enum tt_err err =
        open_stream(capture, tt_source_of_fd(fd, owned, capture->name, capture->digest), error);
    *ret_taken = err == TT_OK;
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
    } else {
        capture->raw = tt_input_of_bytes(bytes, capture->digest);
        if (capture->raw == NULL)
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

enum tt_err tt_capture_open(const char *path, const struct tt_note_sink *notes,
                            struct tt_capture **ret_capture, struct tt_error *error)
{
    if (strcmp(path, "-") == 0)
        return tt_capture_open_fd(STDIN_FILENO, false, false, "standard input", notes, ret_capture,
                                  error);
    int fd = -1;
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return tt_error_errno(error, errno, "cannot open %s", path);
    return tt_capture_open_fd(fd, true, true, path, notes, ret_capture, error);
}

/* What is true of every frame, whatever file it came from. */
static void count_frame(struct tt_capture *capture, struct tt_frame *frame)
{
    capture->frames++;
    frame->number = ++capture->reading.number;
    if (TT_UNLIKELY(frame->original_len < frame->bytes.len)) {
        tt_reading_note(&capture->reading, "capture.length", frame->number, 0, 0,
                        "a packet claims to have been shorter than its captured bytes");
        frame->original_len = (uint32_t)frame->bytes.len;
    }
    if (frame->time == 0)
        return;
    if (frame->time > capture->last_time)
        capture->last_time = frame->time;
    if (frame->time < capture->first_time || capture->first_time == 0)
        capture->first_time = frame->time;
}

enum tt_err tt_capture_next(struct tt_capture *capture, struct tt_frame *ret_frame, bool *ret_more,
                            struct tt_error *error)
{
    bool more = false;
    if (!capture->ended) {
        enum tt_err err = capture->format->next(capture->state, ret_frame, &more, error);
        if (err != TT_OK)
            return err;
        capture->ended = !more;
    }
    if (more)
        count_frame(capture, ret_frame);
    *ret_more = more;
    return TT_OK;
}

/* What damage kept from being read as frames, for the digest. */
static enum tt_err read_rest(struct tt_capture *capture, struct tt_error *error)
{
    /* The decoder first: how far it ran ahead of a damaged capture depends on how the bytes
     * arrived, and its notes must not. */
    (void)tt_input_skip(capture->reading.input, UINT64_MAX);
    enum tt_err err = tt_input_failure(capture->reading.input, error);
    if (err != TT_OK)
        return err;
    (void)tt_input_skip(capture->raw, UINT64_MAX);
    return tt_input_failure(capture->raw, error);
}

enum tt_err tt_capture_finish(struct tt_capture *capture, struct tt_capture_summary *ret_summary,
                              struct tt_error *error)
{
    bool whole = capture->ended;
    capture->ended = true;
    enum tt_err err = whole ? read_rest(capture, error) : TT_OK;
    if (err != TT_OK)
        return err;
    struct tt_capture_summary summary = {
        .format = capture->format->name,
        .wrapping = capture->wrapping != NULL ? capture->wrapping->name : NULL,
        .file_bytes = tt_digest_bytes(capture->digest),
        .frames = capture->frames,
        .dropped = capture->reading.dropped,
        .first_time = capture->first_time,
        .last_time = capture->last_time,
    };
    err = whole ? tt_digest_finish(capture->digest, summary.sha256) : TT_OK;
    if (err != TT_OK)
        return no_memory(capture->name, error);
    *ret_summary = summary;
    return TT_OK;
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
    tt_input_free(capture->unwrapped); /* it reads from the raw one */
    tt_input_free(capture->raw);
    tt_digest_free(capture->digest);
    free(capture->name);
    free(capture);
}
