#include "content/multipart.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "content/coding.h"
#include "content/part_header.h"
#include "content/step.h"

enum where {
    AT_START,     /* the first line, which may tell the boundary */
    AT_PREAMBLE,  /* before the first delimiter */
    AT_DELIMITER, /* in the rest of a delimiter's line */
    AT_HEADER,
    AT_PART,
    AT_EPILOGUE
};

enum {
    DELIMITER_MAX = TT_BOUNDARY_MAX + 3, /* line feed, two dashes, boundary */
    HELD_MAX = DELIMITER_MAX + 1         /* and a carriage return in front */
};

struct multipart {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    enum where where;
    bool gave_up;
    uint64_t frame;
    uint64_t next;        /* input up to here has been handed over or is held */
    size_t delimiter_len; /* 0: not known */
    uint8_t delimiter[DELIMITER_MAX];
    /* What may be a delimiter, cut by the piece. */
    size_t held_len;
    uint8_t held[HELD_MAX];
    size_t matched;  /* bytes of the delimiter that stand at the end of held */
    size_t tail_len; /* characters of the delimiter's line so far, at most 2 */
    uint8_t tail[2];
    size_t line_len;    /* of the header line that is being read */
    uint8_t line_first; /* its first byte */
    struct tt_buf header;
    uint64_t parts;
    struct tt_part_header part;
    struct tt_step_text text;
    struct tt_outlet out; /* the inner body that gets the bytes now */
};

/* ---- recognition ---- */

/* "--boundary" as a whole line at the front; gives the boundary, empty when it is none. */
static struct tt_span first_line_boundary(struct tt_span head)
{
    struct tt_span none = tt_span_of(head.data, 0);
    size_t len = tt_span_find(head, '\n');
    if (len == head.len || len < 4 || head.data[0] != '-' || head.data[1] != '-')
        return none;
    struct tt_span boundary = tt_span_trim(tt_span_sub(head, 2, len - 2));
    return tt_boundary_valid(boundary) ? boundary : none;
}

/* What follows a first delimiter: a header field of a part, as far as it can be seen. */
static bool is_content_field(struct tt_span text)
{
    static const char name[] = "content-";
    size_t len = text.len < sizeof(name) - 1 ? text.len : sizeof(name) - 1;
    for (size_t i = 0; i < len; i++)
        if (tt_lower(text.data[i]) != (uint8_t)name[i])
            return false;
    return len >= 4;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    bool declared = body->media_type != NULL && strncmp(body->media_type, "multipart/", 10) == 0;
    size_t at = 0;
    while (declared && at < head.len && (head.data[at] == '\r' || head.data[at] == '\n'))
        at++;
    struct tt_span text = tt_span_from(head, at);
    if (declared && body->boundary != NULL && tt_boundary_valid(tt_span_str(body->boundary)) &&
        text.len > 0)
        return text.data[0] != '{' && text.data[0] != '[';
    if (first_line_boundary(text).len == 0)
        return false;
    return declared || is_content_field(tt_span_from(text, tt_span_find(text, '\n') + 1));
}

static void set_boundary(struct multipart *multi, struct tt_span boundary)
{
    memcpy(multi->delimiter, "\n--", 3);
    memcpy(multi->delimiter + 3, boundary.data, boundary.len);
    multi->delimiter_len = 3 + boundary.len;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct multipart *multi = malloc(sizeof(*multi));
    if (multi == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    multi->body = body;
    multi->sink = sink;
    multi->where = AT_START;
    multi->gave_up = false;
    multi->next = 0;
    multi->delimiter_len = 0;
    multi->held_len = 0;
    multi->matched = 0;
    multi->header = tt_buf_make(TT_HTTP_HEADER_MAX);
    multi->parts = 0;
    tt_outlet_init(&multi->out, sink, NULL, 0);
    if (body->boundary != NULL && tt_boundary_valid(tt_span_str(body->boundary)))
        set_boundary(multi, tt_span_str(body->boundary));
    return multi;
}

/* ---- inner bodies ---- */

static void open_plain(struct multipart *multi, const char *step, uint64_t at)
{
    struct tt_body inner = {
        .kind = TT_STEP_SLICE, .format = TT_FORMAT_OPAQUE, .step = step, .at = at};
    (void)tt_outlet_open(&multi->out, &inner, NULL, 0);
}

static void open_part(struct multipart *multi, uint64_t at)
{
    struct tt_part_header *part = &multi->part;
    tt_part_header_read(tt_buf_span(&multi->header), part);
    tt_buf_clear(&multi->header);
    tt_step_start(&multi->text, "multipart:");
    if (part->name_len > 0) {
        tt_step_put(&multi->text, tt_span_of(part->name, part->name_len));
    } else {
        char index[32];
        (void)snprintf(index, sizeof(index), "[%" PRIu64 "]", multi->parts);
        tt_step_put(&multi->text, tt_span_str(index));
    }
    multi->parts++;
    struct tt_body inner = {.kind = TT_STEP_SLICE,
                            .step = multi->text.bytes,
                            .media_type = part->media_type[0] == '\0' ? NULL : part->media_type,
                            .boundary = part->boundary[0] == '\0' ? NULL : part->boundary,
                            .codings = part->codings[0] == '\0' ? NULL : part->codings,
                            .at = at};
    (void)tt_outlet_open(&multi->out, &inner, NULL, 0);
}

static void enter(struct multipart *multi, enum where where, uint64_t at)
{
    if (multi->out.state != TT_OUTLET_IDLE)
        tt_outlet_close(&multi->out, TT_BODY_COMPLETE, at);
    multi->where = where;
    switch (where) {
    case AT_DELIMITER:
        open_plain(multi, "multipart.header", at);
        multi->tail_len = 0;
        break;
    case AT_PART:
        open_part(multi, at);
        break;
    case AT_START:
    case AT_PREAMBLE:
    case AT_HEADER:
    case AT_EPILOGUE:
        break;
    }
}

/* Hands over bytes of the body that is open; what stands around the parts gets its own when there
 * is any. */
static void give(struct multipart *multi, struct tt_span bytes, uint64_t at)
{
    if (bytes.len == 0)
        return;
    if (multi->out.state == TT_OUTLET_IDLE)
        open_plain(multi, multi->where == AT_EPILOGUE ? "multipart.epilogue" : "multipart.preamble",
                   at);
    (void)tt_outlet_slice(&multi->out, bytes, at);
}

/* ---- delimiters ---- */

/* What must follow a boundary, so that a longer one is not taken for it. */
static bool ends_boundary(uint8_t c)
{
    return c == '\r' || c == '\n' || c == '-' || c == ' ' || c == '\t';
}

/* Gives back what was held and is no delimiter. */
static void release_held(struct multipart *multi, uint64_t end_at)
{
    struct tt_span held = tt_span_of(multi->held, multi->held_len);
    give(multi, held, end_at - held.len);
    multi->held_len = 0;
    multi->matched = 0;
}

/* A held delimiter is one: its bytes begin the header body. */
static void begin_delimiter(struct multipart *multi, uint64_t end_at)
{
    uint64_t at = end_at - multi->held_len;
    enter(multi, AT_DELIMITER, at);
    release_held(multi, end_at);
}

/* Goes on with a delimiter that a piece cut. Gives the bytes taken. */
static size_t match_more(struct multipart *multi, struct tt_span in, uint64_t at)
{
    size_t used = 0;
    while (used < in.len) {
        uint8_t c = in.data[used];
        if (multi->matched == multi->delimiter_len) {
            if (ends_boundary(c))
                begin_delimiter(multi, at + used);
            else
                release_held(multi, at + used);
            return used;
        }
        if (c != multi->delimiter[multi->matched]) {
            release_held(multi, at + used);
            return used;
        }
        multi->held[multi->held_len++] = c;
        multi->matched++;
        used++;
    }
    return used;
}

/* The offset in `in` of what may be a delimiter (with its CR), or in.len. */
static size_t find_candidate(const struct multipart *multi, struct tt_span in)
{
    for (size_t at = 0; at < in.len;) {
        size_t feed = at + tt_span_find(tt_span_from(in, at), '\n');
        if (feed == in.len)
            break;
        struct tt_span left = tt_span_from(in, feed);
        size_t len = left.len < multi->delimiter_len ? left.len : multi->delimiter_len;
        if (memcmp(left.data, multi->delimiter, len) == 0)
            return feed > 0 && in.data[feed - 1] == '\r' ? feed - 1 : feed;
        at = feed + 1;
    }
    return in.len > 0 && in.data[in.len - 1] == '\r' ? in.len - 1 : in.len;
}

/* In a part or the preamble. Gives the bytes taken. */
static size_t read_content(struct multipart *multi, struct tt_span in, uint64_t at)
{
    if (multi->held_len > 0 || multi->matched > 0)
        return match_more(multi, in, at);
    size_t len = find_candidate(multi, in);
    give(multi, tt_span_sub(in, 0, len), at);
    if (len == in.len)
        return len;
    if (in.data[len] == '\r') {
        multi->held[multi->held_len++] = '\r';
        return len + 1;
    }
    return len + match_more(multi, tt_span_from(in, len), at + len);
}

/* ---- lines ---- */

/* Has the delimiter's line the two dashes that close the body? */
static bool is_last(const struct multipart *multi)
{
    return multi->tail_len == 2 && memcmp(multi->tail, "--", 2) == 0;
}

/* In the rest of a delimiter's line: two dashes close the body. */
static size_t read_delimiter(struct multipart *multi, struct tt_span in, uint64_t at)
{
    size_t len = tt_span_find(in, '\n');
    bool ends = len < in.len;
    for (size_t i = 0; i < len && multi->tail_len < 2; i++)
        multi->tail[multi->tail_len++] = in.data[i];
    len += ends;
    give(multi, tt_span_sub(in, 0, len), at);
    if (!ends)
        return len;
    if (is_last(multi)) {
        enter(multi, AT_EPILOGUE, at + len);
    } else {
        multi->where = AT_HEADER;
        multi->line_len = 0;
        tt_buf_clear(&multi->header);
    }
    return len;
}

/* In header fields, one line (or its part) at a time: an empty one ends them. */
static size_t read_header(struct multipart *multi, struct tt_span in, uint64_t at)
{
    size_t len = tt_span_find(in, '\n');
    bool ends = len < in.len;
    if (multi->line_len == 0)
        multi->line_first = in.data[0];
    multi->line_len += len;
    len += ends;
    struct tt_span part = tt_span_sub(in, 0, len);
    give(multi, part, at);
    /* What does not fit is not understood, but still searched. */
    if (tt_buf_append(&multi->header, part) != TT_OK)
        tt_buf_clear(&multi->header);
    if (!ends)
        return len;
    if (multi->line_len == 0 || (multi->line_len == 1 && multi->line_first == '\r'))
        enter(multi, AT_PART, at + len);
    multi->line_len = 0;
    return len;
}

/* ---- the first line ---- */

static size_t read_some(struct multipart *multi, struct tt_span in, uint64_t at);

/* The body's first bytes are known well enough: a declared boundary that is not there gives way to
 * the one that is. */
static void begin(struct multipart *multi, struct tt_span line)
{
    struct tt_span found = first_line_boundary(line);
    struct tt_span declared = tt_span_of(multi->delimiter, multi->delimiter_len);
    bool fits =
        declared.len > 0 && tt_span_starts(tt_span_from(line, 0), tt_span_from(declared, 1));
    if (found.len > 0 && !fits)
        set_boundary(multi, found);
    multi->gave_up = multi->delimiter_len == 0;
    if (multi->gave_up)
        return;
    enter(multi, AT_PREAMBLE, 0);
    /* A delimiter at the very start has no line break in front. */
    multi->matched = 1;
    multi->held_len = 0;
    for (size_t at = 0; at < line.len;)
        at += read_some(multi, tt_span_from(line, at), at);
}

/* Gathers the first line. Gives the bytes taken. */
static size_t read_start(struct multipart *multi, struct tt_span in)
{
    size_t room = sizeof(multi->held) - multi->held_len;
    size_t len = tt_span_find(in, '\n');
    len = len < in.len ? len + 1 : len;
    len = len < room ? len : room;
    memcpy(multi->held + multi->held_len, in.data, len);
    multi->held_len += len;
    bool ends = multi->held[multi->held_len - 1] == '\n';
    if (ends || multi->held_len == sizeof(multi->held)) {
        uint8_t line[HELD_MAX];
        size_t line_len = multi->held_len;
        memcpy(line, multi->held, line_len);
        begin(multi, tt_span_of(line, line_len));
    }
    return len;
}

static size_t read_some(struct multipart *multi, struct tt_span in, uint64_t at)
{
    switch (multi->where) {
    case AT_START:
        return read_start(multi, in);
    case AT_PREAMBLE:
    case AT_PART:
        return read_content(multi, in, at);
    case AT_DELIMITER:
        return read_delimiter(multi, in, at);
    case AT_HEADER:
        return read_header(multi, in, at);
    case AT_EPILOGUE:
        give(multi, in, at);
        return in.len;
    }
    return in.len;
}

/* ---- the decoder ---- */

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct multipart *multi = state;
    multi->frame = piece->origin.last_frame;
    for (size_t at = 0; at < piece->bytes.len && !multi->gave_up;)
        at += read_some(multi, tt_span_from(piece->bytes, at), piece->at + at);
    if (multi->gave_up)
        return 0;
    multi->next = piece->at + piece->bytes.len;
    return piece->bytes.len;
}

static void close_state(void *state, enum tt_body_end end)
{
    struct multipart *multi = state;
    bool whole = multi->where == AT_EPILOGUE || (multi->where == AT_DELIMITER && is_last(multi));
    enum tt_body_end inner_end = whole || end != TT_BODY_COMPLETE ? end : TT_BODY_CUT;
    if (!multi->gave_up)
        release_held(multi, multi->next);
    if (inner_end != end && !multi->gave_up) {
        struct tt_note note = {.layer = "content",
                               .code = "content.cut",
                               .flow = multi->body->flow,
                               .frame = multi->frame,
                               .offset = multi->next,
                               .text = "a body in parts ends before its last delimiter"};
        tt_note_put(&multi->sink->notes, &note);
    }
    tt_outlet_close(&multi->out, inner_end, multi->next);
    tt_buf_free(&multi->header);
    free(multi);
}

const struct tt_decoder tt_decoder_multipart = {.name = "multipart",
                                                .title = "body in parts",
                                                .spec = "RFC 2046, section 5.1",
                                                .sort = TT_CODING,
                                                .claims = claims,
                                                .open = open_state,
                                                .feed = feed,
                                                .close = close_state};
