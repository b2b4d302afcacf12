/* A capture file of any kind, read as it stands and through a stream in small pieces: both must
 * give the same frames and, but for the lengths, the same notes. */
#include "base/utf.h"
#include "capture/open.h"
#include "model/limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t frames; /* hashes over all of them, and what is told between them */
    uint64_t notes;
    enum tt_err err;
};

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 1099511628211U;
    return hash;
}

static bool is_of_wrapping(const char *code)
{
    return strncmp(code, "gzip.", 5) == 0 || strncmp(code, "zstd.", 5) == 0 ||
           strncmp(code, "xz.", 3) == 0 || strncmp(code, "lz4.", 4) == 0;
}

/* A sum: how far a decoder runs ahead of its reader, and so the order of their notes, depends on
 * the pieces. */
static void on_note(void *context, const struct tt_note *note)
{
    uint64_t *notes = context;
    uint64_t hash = mix(0, note->code, strlen(note->code));
    hash = mix(hash, &note->frame, sizeof(note->frame));
    if (!is_of_wrapping(note->code))
        hash = mix(hash, &note->offset, sizeof(note->offset));
    *notes += hash;
}

static void on_name(void *context, const struct tt_name_record *record)
{
    struct seen *seen = context;
    if (record->name[0] == '\0' || strlen(record->name) > TT_NAME_TEXT_MAX)
        abort();
    seen->frames = mix(seen->frames, record->name, strlen(record->name));
    seen->frames = mix(seen->frames, &record->frame, sizeof(record->frame));
}

static void on_event(void *context, const struct tt_event *event)
{
    struct seen *seen = context;
    if (!tt_utf8_valid(tt_span_str(event->text)) || strlen(event->text) > TT_EVENT_TEXT_MAX)
        abort();
    seen->frames = mix(seen->frames, event->text, strlen(event->text));
    seen->frames = mix(seen->frames, &event->frame, sizeof(event->frame));
    seen->frames = mix(seen->frames, &event->time, sizeof(event->time));
}

static struct seen read_all(struct tt_span bytes, size_t step)
{
    struct seen seen = {0};
    struct tt_note_sink sink = {.context = &seen.notes, .note = on_note};
    struct tt_error error = {0};
    struct tt_capture *capture = NULL;
    seen.err = tt_capture_open_bytes(bytes, step, &sink, &capture, &error);
    if (seen.err != TT_OK)
        return seen;
    const struct tt_capture_sink told = {.context = &seen, .name = on_name, .event = on_event};
    tt_capture_listen(capture, &told);
    bool more = true;
    uint64_t last = 0;
    while (more) {
        struct tt_frame frame = {0};
        seen.err = tt_capture_next(capture, &frame, &more, &error);
        if (seen.err != TT_OK)
            break;
        if (!more)
            continue;
        if (frame.number <= last || frame.original_len < frame.bytes.len ||
            frame.trailer_len > frame.bytes.len)
            abort();
        last = frame.number;
        seen.frames = mix(seen.frames, &frame.time, sizeof(frame.time));
        seen.frames = mix(seen.frames, &frame.link, sizeof(frame.link));
        seen.frames = mix(seen.frames, &frame.interface, sizeof(frame.interface));
        seen.frames = mix(seen.frames, &frame.flags, sizeof(frame.flags));
        if (frame.app != NULL)
            seen.frames = mix(seen.frames, frame.app, strlen(frame.app));
        seen.frames = mix(seen.frames, frame.bytes.data, frame.bytes.len);
    }
    struct tt_capture_summary summary = {0};
    if (tt_capture_finish(capture, &summary, &error) == TT_OK && summary.file_bytes != bytes.len)
        abort();
    uint32_t type = 0;
    struct tt_span data = {0};
    for (size_t i = 0; tt_capture_secret(capture, i, &type, &data); i++)
        seen.frames = mix(seen.frames, data.data, data.len);
    tt_capture_free(capture);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole = read_all(tt_span_of(data, size), 0);
    struct seen pieces = read_all(tt_span_of(data, size), 1 + size % 61);
    /* Of a refused file, only the refusal counts. */
    if (whole.err != pieces.err ||
        (whole.err == TT_OK && (whole.frames != pieces.frames || whole.notes != pieces.notes)))
        abort();
    return 0;
}
