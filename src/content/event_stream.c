#include "content/event_stream.h"

#include <stdlib.h>

#include "content/coding.h"
#include "content/printable.h"

enum where {
    AT_NAME,  /* in what may be the name of a data line */
    AT_SPACE, /* behind the colon of one */
    IN_DATA,
    IN_OTHER
};

enum { NAME_LEN = 5, OUT_LEN = 8192 };

static const char data_name[] = "data:";
static const char bom[] = "\xef\xbb\xbf";

struct event_stream {
    enum where where;
    bool in_data;   /* the inner body is the data of an event */
    bool behind_cr; /* a line feed would belong to the line break before it */
    uint64_t next;
    uint64_t break_at; /* of the line break before this line */
    size_t held;       /* bytes of the name so far */
    struct tt_outlet out;
    uint8_t bytes[OUT_LEN];
};

/* ---- recognition ---- */

/* A line that such a stream may begin with, as far as it can be seen. */
static bool begins_as_line(struct tt_span head)
{
    static const char *const names[] = {"data", "event", "id", "retry"};
    size_t len = 0;
    while (len < head.len && tt_is_alpha(head.data[len]))
        len++;
    bool ends = len < head.len &&
                (head.data[len] == ':' || head.data[len] == '\r' || head.data[len] == '\n');
    if (len == 0)
        return ends;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (tt_span_eq(tt_span_sub(head, 0, len), tt_span_sub(tt_span_str(names[i]), 0, len)))
            return len == head.len || (ends && strlen(names[i]) == len);
    return false;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    if (body->media_type == NULL || strcmp(body->media_type, "text/event-stream") != 0)
        return false;
    if (tt_span_starts(head, tt_span_str(bom)))
        head = tt_span_from(head, sizeof(bom) - 1);
    return tt_is_printable(head) && begins_as_line(head);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct event_stream *stream = malloc(sizeof(*stream));
    if (stream == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    stream->where = AT_NAME;
    stream->in_data = false;
    stream->behind_cr = false;
    stream->next = 0;
    stream->break_at = 0;
    stream->held = 0;
    tt_outlet_init(&stream->out, sink, stream->bytes, sizeof(stream->bytes));
    return stream;
}

/* ---- inner bodies ---- */

static void close_inner(struct event_stream *stream, uint64_t at)
{
    tt_outlet_close(&stream->out, TT_BODY_COMPLETE, at);
    stream->in_data = false;
}

/* Bytes that are no data. */
static void give_other(struct event_stream *stream, struct tt_span bytes, uint64_t at)
{
    if (bytes.len == 0)
        return;
    if (stream->in_data)
        close_inner(stream, stream->break_at);
    if (stream->out.state == TT_OUTLET_IDLE) {
        const struct tt_body inner = {.kind = TT_STEP_SLICE,
                                      .format = TT_FORMAT_OPAQUE,
                                      .step = "event-stream.fields",
                                      .at = at};
        (void)tt_outlet_open(&stream->out, &inner, NULL, 0);
    }
    (void)tt_outlet_slice(&stream->out, bytes, at);
}

/* The value of a data line begins at `at`. */
static void begin_data(struct event_stream *stream, uint64_t at)
{
    stream->where = IN_DATA;
    if (stream->in_data) {
        (void)tt_outlet_byte(&stream->out, '\n', stream->break_at);
        return;
    }
    close_inner(stream, at - stream->held);
    const struct tt_body inner = {.kind = TT_STEP_CODING, .step = "event-stream", .at = at};
    (void)tt_outlet_open(&stream->out, &inner, NULL, 0);
    stream->in_data = true;
}

/* ---- lines ---- */

/* Gives the bytes up to the line break, or in.len. */
static size_t line_len(struct tt_span in)
{
    size_t len = 0;
    while (len < in.len && in.data[len] != '\n' && in.data[len] != '\r')
        len++;
    return len;
}

/* The line breaks off at `at`, with the byte `c`. */
static void end_line(struct event_stream *stream, uint8_t c, uint64_t at)
{
    stream->where = AT_NAME;
    stream->held = 0;
    stream->break_at = at;
    stream->behind_cr = c == '\r';
}

/* What looked like the name of a data line is none. */
static void release_name(struct event_stream *stream, uint64_t at)
{
    give_other(stream, tt_span_of(data_name, stream->held), at - stream->held);
    stream->held = 0;
    stream->where = IN_OTHER;
}

/* At the start of a line: one byte. Gives the bytes taken. */
static size_t read_name(struct event_stream *stream, uint8_t c, uint64_t at)
{
    if (at < sizeof(bom) - 1 && c == (uint8_t)bom[at])
        return 1;
    bool feed = c == '\n' && stream->held == 0 && stream->behind_cr;
    stream->behind_cr = false;
    if (feed) {
        if (!stream->in_data && stream->out.state != TT_OUTLET_IDLE)
            give_other(stream, tt_span_of("\n", 1), at);
        return 1;
    }
    if ((c == '\r' || c == '\n') && stream->held == 0) {
        /* An empty line ends the event. */
        if (stream->in_data)
            close_inner(stream, stream->break_at);
        else if (stream->out.state != TT_OUTLET_IDLE)
            give_other(stream, tt_span_of(c == '\r' ? "\r" : "\n", 1), at);
        end_line(stream, c, at);
        return 1;
    }
    if (c != (uint8_t)data_name[stream->held]) {
        release_name(stream, at);
        return 0;
    }
    stream->held++;
    if (stream->held == NAME_LEN)
        stream->where = AT_SPACE;
    return 1;
}

/* Behind the colon of a data line: one space is none of the value's. */
static size_t read_space(struct event_stream *stream, uint8_t c, uint64_t at)
{
    size_t space = c == ' ' ? 1 : 0;
    stream->held += space;
    begin_data(stream, at + space);
    return space;
}

static size_t read_some(struct event_stream *stream, struct tt_span in, uint64_t at)
{
    if (stream->where == AT_NAME)
        return read_name(stream, in.data[0], at);
    if (stream->where == AT_SPACE)
        return read_space(stream, in.data[0], at);
    size_t len = line_len(in);
    bool ends = len < in.len;
    if (stream->where == IN_DATA)
        (void)tt_outlet_put(&stream->out, tt_span_sub(in, 0, len), at);
    else
        give_other(stream, tt_span_sub(in, 0, len + ends), at);
    if (ends)
        end_line(stream, in.data[len], at + len);
    return len + ends;
}

/* ---- the decoder ---- */

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct event_stream *stream = state;
    for (size_t at = 0; at < piece->bytes.len;)
        at += read_some(stream, tt_span_from(piece->bytes, at), piece->at + at);
    stream->next = piece->at + piece->bytes.len;
    /* What was said may be long ago when the next event comes. */
    if (stream->in_data)
        (void)tt_outlet_flush(&stream->out,
                              stream->where == IN_DATA ? stream->next : stream->break_at);
    return piece->bytes.len;
}

static void close_state(void *state, enum tt_body_end end)
{
    struct event_stream *stream = state;
    if (stream->where == AT_NAME && stream->held > 0)
        release_name(stream, stream->next);
    tt_outlet_close(&stream->out, end, stream->next);
    free(stream);
}

const struct tt_decoder tt_decoder_event_stream = {.name = "event-stream",
                                                   .title = "server-sent events",
                                                   .spec = "WHATWG HTML, section 9.2",
                                                   .sort = TT_CODING,
                                                   .claims = claims,
                                                   .open = open_state,
                                                   .feed = feed,
                                                   .close = close_state};
