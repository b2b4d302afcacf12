/* Everything that reading a capture gave, as text that can be compared: one line a frame ("number
 * time link interface original captured hash"), one line a note ("code frame offset length"), a
 * name ("address name from-frame"), an event ("source frame time text"), and a frame that is marked
 * ("number flags fcs trailer app"). */
#ifndef TEST_CAPTURE_OUTCOME_H
#define TEST_CAPTURE_OUTCOME_H

#include "capture/open.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct outcome {
    enum tt_err opened;
    enum tt_err read;
    struct tt_error error;
    struct tt_buf frames;
    struct tt_buf notes;
    struct tt_capture_summary summary;
    struct tt_buf secrets; /* "type text\n" */
    struct tt_buf names;
    struct tt_buf events;
    struct tt_buf marks;
};

static inline void check(enum tt_err err)
{
    if (err != TT_OK)
        abort();
}

static inline void on_note(void *context, const struct tt_note *note)
{
    if (strcmp(note->layer, "capture") != 0 || note->text == NULL)
        abort();
    check(tt_buf_printf(context, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", note->code,
                        note->frame, note->offset, note->length));
}

static inline void on_name(void *context, const struct tt_name_record *record)
{
    struct outcome *outcome = context;
    char text[TT_ADDR_TEXT_MAX];
    if (record->source != TT_NAME_CAPTURE || record->flow != 0)
        abort();
    check(tt_buf_printf(&outcome->names, "%s %s %" PRIu64 "\n", tt_addr_text(record->addr, text),
                        record->name, record->frame));
}

static inline void on_event(void *context, const struct tt_event *event)
{
    struct outcome *outcome = context;
    check(tt_buf_printf(&outcome->events, "%s %" PRIu64 " %" PRIu64 " %s\n", event->source,
                        event->frame, event->time, event->text));
}

static inline uint64_t hash(struct tt_span bytes)
{
    uint64_t value = 14695981039346656037U;
    for (size_t i = 0; i < bytes.len; i++)
        value = (value ^ bytes.data[i]) * 1099511628211U;
    return value;
}

static inline void add_frame(struct outcome *outcome, const struct tt_frame *frame)
{
    check(tt_buf_printf(&outcome->frames,
                        "%" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 " %" PRIu32
                        " %zu %016" PRIx64 "\n",
                        frame->number, frame->time, frame->link, frame->interface,
                        frame->original_len, frame->bytes.len, hash(frame->bytes)));
    if (frame->flags != 0 || frame->fcs_len != 0 || frame->trailer_len != 0 || frame->app != NULL)
        check(tt_buf_printf(&outcome->marks, "%" PRIu64 " %u %u %u %s\n", frame->number,
                            frame->flags, frame->fcs_len, frame->trailer_len,
                            frame->app == NULL ? "-" : frame->app));
}

/* A place for what a capture gives; its notes go to `ret_sink`. */
static inline void outcome_begin(struct outcome *outcome, struct tt_note_sink *ret_sink)
{
    *outcome = (struct outcome){.frames = tt_buf_make(SIZE_MAX / 4),
                                .notes = tt_buf_make(SIZE_MAX / 4),
                                .secrets = tt_buf_make(SIZE_MAX / 4),
                                .names = tt_buf_make(SIZE_MAX / 4),
                                .events = tt_buf_make(SIZE_MAX / 4),
                                .marks = tt_buf_make(SIZE_MAX / 4)};
    *ret_sink = (struct tt_note_sink){.context = &outcome->notes, .note = on_note};
}

/* Reads to the end, and frees the capture. */
static inline void outcome_read(struct outcome *outcome, struct tt_capture *capture)
{
    const struct tt_capture_sink sink = {.context = outcome, .name = on_name, .event = on_event};
    bool more = true;
    tt_capture_listen(capture, &sink);
    while (outcome->read == TT_OK && more) {
        struct tt_frame frame = {0};
        outcome->read = tt_capture_next(capture, &frame, &more, &outcome->error);
        if (outcome->read == TT_OK && more)
            add_frame(outcome, &frame);
    }
    if (outcome->read == TT_OK)
        outcome->read = tt_capture_finish(capture, &outcome->summary, &outcome->error);
    uint32_t type = 0;
    struct tt_span data = {0};
    for (size_t i = 0; tt_capture_secret(capture, i, &type, &data); i++)
        check(tt_buf_printf(&outcome->secrets, "%" PRIx32 " %.*s\n", type, (int)data.len,
                            (const char *)data.data));
    tt_capture_free(capture);
}

/* All with a terminator, so that they read as C strings. */
static inline void outcome_end(struct outcome *outcome)
{
    check(tt_buf_append_u8(&outcome->frames, 0));
    check(tt_buf_append_u8(&outcome->notes, 0));
    check(tt_buf_append_u8(&outcome->secrets, 0));
    check(tt_buf_append_u8(&outcome->names, 0));
    check(tt_buf_append_u8(&outcome->events, 0));
    check(tt_buf_append_u8(&outcome->marks, 0));
}

static inline void outcome_of_bytes(struct outcome *outcome, struct tt_span bytes, size_t step)
{
    struct tt_note_sink sink;
    struct tt_capture *capture = NULL;
    outcome_begin(outcome, &sink);
    outcome->opened = tt_capture_open_bytes(bytes, step, &sink, &capture, &outcome->error);
    if (outcome->opened == TT_OK)
        outcome_read(outcome, capture);
    outcome_end(outcome);
}

static inline void outcome_of_path(struct outcome *outcome, const char *path)
{
    struct tt_note_sink sink;
    struct tt_capture *capture = NULL;
    outcome_begin(outcome, &sink);
    outcome->opened = tt_capture_open(path, &sink, &capture, &outcome->error);
    if (outcome->opened == TT_OK)
        outcome_read(outcome, capture);
    outcome_end(outcome);
}

static inline const char *frames_of(const struct outcome *outcome)
{
    return (const char *)outcome->frames.data;
}

static inline const char *notes_of(const struct outcome *outcome)
{
    return (const char *)outcome->notes.data;
}

static inline const char *secrets_of(const struct outcome *outcome)
{
    return (const char *)outcome->secrets.data;
}

static inline const char *names_of(const struct outcome *outcome)
{
    return (const char *)outcome->names.data;
}

static inline const char *events_of(const struct outcome *outcome)
{
    return (const char *)outcome->events.data;
}

static inline const char *marks_of(const struct outcome *outcome)
{
    return (const char *)outcome->marks.data;
}

static inline size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static inline void outcome_free(struct outcome *outcome)
{
    tt_buf_free(&outcome->frames);
    tt_buf_free(&outcome->notes);
    tt_buf_free(&outcome->secrets);
    tt_buf_free(&outcome->names);
    tt_buf_free(&outcome->events);
    tt_buf_free(&outcome->marks);
}

#endif
