#include "proto/line.h"

#include "model/limits.h"
#include "proto/fields.h"

#include <stdlib.h>

/* Where DOTTED stands in its line. */
enum { DOT_START, DOT_SEEN, DOT_CR, DOT_INSIDE };

static const char FRAMING[] = "dot-stuffing";

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

void tt_lines_init(struct tt_lines *lines, const struct tt_line_kind *kind, void *owner,
                   const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    *lines = (struct tt_lines){.kind = kind, .owner = owner};
    for (size_t i = 0; i < 2; i++)
        lines->sides[i].stream = tt_stream_make(sink, flow, (enum tt_direction)i);
}

/* ---- content ---- */

static void begin_content(struct tt_line_side *side, enum tt_line_mode mode, const char *step,
                          const char *media_type)
{
    side->mode = mode;
    side->step = step;
    side->media_type = media_type;
    side->dot = DOT_START;
    side->open = false;
    side->rest = false;
    side->at = 0;
}

void tt_line_counted(struct tt_line_side *side, const char *step, const char *media_type,
                     uint64_t len)
{
    if (len == 0)
        return;
    begin_content(side, TT_LINE_COUNTED, step, media_type);
    side->left = len;
}

void tt_line_dotted(struct tt_line_side *side, const char *step, const char *media_type)
{
    begin_content(side, TT_LINE_DOTTED, step, media_type);
}

void tt_lines_pack(struct tt_lines *lines, const struct tt_line_side *side, const char *step,
                   const char *coding)
{
    for (size_t i = 0; i < 2; i++) {
        struct tt_line_side *packed = &lines->sides[i];
        if (packed->open) /* a literal that nobody should be sending */
            continue;
        if (packed != side)
            tt_stream_give_up_gather(&packed->stream, &packed->gather);
        begin_content(packed, TT_LINE_PACKED, step, NULL);
        packed->coding = coding;
    }
}

void tt_lines_go_on(struct tt_lines *lines, const struct tt_line_side *side)
{
    if (lines->offers_tls && !side->stream.sink->secured)
        tt_stream_note(&side->stream, lines->kind->clear_code, side->stream.end, 0,
                       "the server offers TLS, and the client goes on in clear text");
    lines->offers_tls = false;
}

void tt_line_cancel(struct tt_line_side *side)
{
    bool content = side->mode == TT_LINE_COUNTED || side->mode == TT_LINE_DOTTED;
    if (content && !side->open && !side->rest && side->dot == DOT_START)
        side->mode = TT_LINE_TEXT;
}

static struct tt_msg content_message(const struct tt_lines *lines, const struct tt_line_side *side)
{
    return (struct tt_msg){.flow = side->stream.flow,
                           .direction = side->stream.direction,
                           .protocol = lines->kind->protocol,
                           .kind = "content",
                           .content_type = side->media_type,
                           .body_bytes = side->at,
                           .origin = side->begin};
}

static void open_content(const struct tt_lines *lines, struct tt_line_side *side)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    bool dotted = side->mode == TT_LINE_DOTTED;
    bool packed = side->mode == TT_LINE_PACKED && !side->rest;
    struct tt_body body = {.flow = side->stream.flow,
                           .direction = side->stream.direction,
                           .kind = TT_STEP_SLICE,
                           .format = side->rest ? TT_FORMAT_REST : TT_FORMAT_UNKNOWN,
                           .step = side->step,
                           .media_type = side->rest ? NULL : side->media_type,
                           .codings = packed ? side->coding : NULL,
                           .at = side->stream.end};
    side->begin = tt_stream_origin(&side->stream);
    side->at = 0;
    struct tt_msg msg = content_message(lines, side);
    side->body = sink->calls->body_open(sink->context, &body, dotted ? FRAMING : NULL, &msg);
    side->open = true;
}

static void close_content(const struct tt_lines *lines, struct tt_line_side *side,
                          enum tt_body_end end)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    if (!side->open)
        return;
    if (side->body != NULL)
        sink->calls->body_close(sink->context, side->body, end, side->stream.end);
    side->open = false;
    side->body = NULL;
    struct tt_msg msg = content_message(lines, side);
    msg.origin.last_frame = side->stream.frame;
    msg.complete = end == TT_BODY_COMPLETE && !side->rest;
    sink->calls->message(sink->context, &msg);
}

static void give(struct tt_line_side *side, struct tt_span bytes)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    struct tt_piece piece = {
        .bytes = bytes, .at = side->at, .origin = tt_stream_origin(&side->stream)};
    if (side->body != NULL && bytes.len > 0)
        sink->calls->body_data(sink->context, side->body, &piece);
    side->at += bytes.len;
}

/* Content that ends at a dot. */
static void give_dotted(const struct tt_lines *lines, struct tt_line_side *side,
                        struct tt_span bytes)
{
    if (lines->kind->content != NULL)
        lines->kind->content(lines->owner, side, bytes);
    give(side, bytes);
}

/* Takes `len` bytes of the rest into the body. */
static void take_content(struct tt_line_side *side, size_t len)
{
    give(side, tt_span_sub(tt_stream_rest(&side->stream), 0, len));
    tt_stream_take(&side->stream, len);
}

static void end_content(struct tt_lines *lines, struct tt_line_side *side)
{
    close_content(lines, side, side->rest ? TT_BODY_CUT : TT_BODY_COMPLETE);
    side->mode = TT_LINE_TEXT;
    if (lines->kind->content_end != NULL)
        lines->kind->content_end(lines->owner, side);
}

static void step_counted(struct tt_lines *lines, struct tt_line_side *side)
{
    size_t len = least(side->left, tt_stream_rest(&side->stream).len);
    if (!side->open)
        open_content(lines, side);
    take_content(side, len);
    side->left -= len;
    if (side->left == 0)
        end_content(lines, side);
}

static void step_packed(const struct tt_lines *lines, struct tt_line_side *side)
{
    if (!side->open)
        open_content(lines, side);
    take_content(side, tt_stream_rest(&side->stream).len);
}

/* A run of lines that do not begin with a dot. */
static size_t plain_run(struct tt_span rest, bool *ret_starts)
{
    size_t at = 0;
    *ret_starts = false;
    while (at < rest.len && !*ret_starts) {
        size_t end = at + tt_span_find(tt_span_from(rest, at), '\n');
        at = end < rest.len ? end + 1 : end;
        *ret_starts = end < rest.len && (at == rest.len || rest.data[at] == '.');
    }
    return at;
}

static void step_dotted(struct tt_lines *lines, struct tt_line_side *side)
{
    struct tt_span rest = tt_stream_rest(&side->stream);
    uint8_t c = rest.data[0];
    bool starts = false;
    if (!side->open)
        open_content(lines, side);
    if (side->dot == DOT_START && c == '.') {
        side->dot = DOT_SEEN;
        tt_stream_take_framing(&side->stream, 1);
    } else if (side->dot == DOT_SEEN && c == '\r') {
        side->dot = DOT_CR;
        tt_stream_take(&side->stream, 1);
    } else if ((side->dot == DOT_SEEN || side->dot == DOT_CR) && c == '\n') {
        tt_stream_take_framing(&side->stream, 1);
        tt_stream_account(&side->stream, TT_BUCKET_DECODED, side->dot == DOT_CR ? 1 : 0);
        end_content(lines, side);
    } else {
        if (side->dot == DOT_CR)
            give_dotted(lines, side, tt_span_str("\r"));
        size_t len = plain_run(rest, &starts);
        give_dotted(lines, side, tt_span_sub(rest, 0, len));
        tt_stream_take(&side->stream, len);
        side->dot = starts ? DOT_START : DOT_INSIDE;
    }
}

/* Content that ends with its stream, or before a hole. */
static void cut_content(struct tt_lines *lines, struct tt_line_side *side)
{
    if (side->mode == TT_LINE_DOTTED && side->dot == DOT_CR)
        tt_stream_account(&side->stream, TT_BUCKET_DECODED, 1);
    side->dot = DOT_INSIDE;
    close_content(lines, side, TT_BODY_CUT);
}

/* The stream is over. */
static void end_stream(struct tt_lines *lines, struct tt_line_side *side)
{
    tt_stream_give_up_gather(&side->stream, &side->gather);
    if (side->open && side->mode != TT_LINE_PACKED)
        tt_stream_note(&side->stream, lines->kind->cut_code, side->stream.end, 0,
                       "a stream ends inside a mail or another content");
    cut_content(lines, side);
}

/* ---- lines ---- */

static void skip_line(struct tt_line_side *side)
{
    struct tt_span rest = tt_stream_rest(&side->stream);
    size_t len = tt_span_find(rest, '\n');
    if (len < rest.len) {
        len++;
        side->mode = TT_LINE_TEXT;
    }
    tt_stream_take_unclaimed(&side->stream, len);
}

/* All flows together have gathered too much. */
static void give_up(void *owner)
{
    struct tt_line_side *side = owner;
    tt_stream_give_up_gather(&side->stream, &side->gather);
    if (side->mode == TT_LINE_TEXT)
        side->mode = TT_LINE_SKIP;
}

static void refuse_line(const struct tt_lines *lines, struct tt_line_side *side)
{
    tt_stream_note(&side->stream, lines->kind->limit_code,
                   side->stream.end - tt_gather_len(&side->gather), 0,
                   "a line is too long to be read: it is searched raw");
    give_up(side);
}

static enum tt_next step_line(struct tt_lines *lines, struct tt_line_side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    size_t len = tt_span_find(rest, '\n');
    bool ends = len < rest.len;
    len += ends;
    if (tt_gather_len(&side->gather) + len > TT_LINE_MAX) {
        refuse_line(lines, side);
        return TT_NEXT_STAY;
    }
    if (ends && tt_gather_len(&side->gather) == 0) {
        struct tt_part part;
        struct tt_extent line = tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), len, &part);
        tt_stream_take(stream, len);
        return lines->kind->line(lines->owner, side, &line);
    }
    if (tt_stream_gather(stream, &side->gather, TT_LINE_MAX, len, give_up, side) != TT_OK) {
        refuse_line(lines, side);
        return TT_NEXT_STAY;
    }
    tt_stream_take(stream, len);
    if (!ends)
        return TT_NEXT_STAY;
    struct tt_extent line = tt_gather_extent(&side->gather);
    enum tt_next next = lines->kind->line(lines->owner, side, &line);
    tt_gather_clear(&side->gather);
    return next;
}

static enum tt_next step(struct tt_lines *lines, struct tt_line_side *side)
{
    switch (side->mode) {
    case TT_LINE_TEXT:
        return step_line(lines, side);
    case TT_LINE_SKIP:
        skip_line(side);
        break;
    case TT_LINE_COUNTED:
        step_counted(lines, side);
        break;
    case TT_LINE_DOTTED:
        step_dotted(lines, side);
        break;
    case TT_LINE_PACKED:
        step_packed(lines, side);
        break;
    }
    return TT_NEXT_STAY;
}

/* `end`: where the stream was read to. */
static void take_gap(struct tt_lines *lines, struct tt_line_side *side, uint64_t gap, uint64_t end)
{
    uint64_t now = side->stream.end;
    tt_stream_note(&side->stream, lines->kind->gap_code, now - gap, gap,
                   "bytes are missing in a conversation: lines may be cut or missed");
    side->stream.end = end; /* a body ends where its last byte stands */
    cut_content(lines, side);
    side->stream.end = now;
    side->rest = true;
    if (side->mode == TT_LINE_COUNTED && gap <= side->left) {
        side->left -= gap;
        side->mode = side->left > 0 ? TT_LINE_COUNTED : TT_LINE_TEXT;
    } else if (side->mode != TT_LINE_DOTTED && side->mode != TT_LINE_PACKED) {
        give_up(side);
        side->mode = TT_LINE_SKIP;
    }
}

/* A handshake record of TLS (RFC 8446, section 5.1). */
static bool is_tls(const struct tt_lines *lines, struct tt_span rest)
{
    return lines->awaits_tls && rest.data[0] == 0x16;
}

enum tt_next tt_lines_feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct tt_lines *lines = state;
    struct tt_line_side *side = &lines->sides[chunk->direction];
    enum tt_next next = TT_NEXT_STAY;
    uint64_t end = side->stream.end;
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0)
        take_gap(lines, side, chunk->gap, end);
    while (next == TT_NEXT_STAY && tt_stream_rest(&side->stream).len > 0) {
        bool fresh = side->mode == TT_LINE_TEXT && tt_gather_len(&side->gather) == 0;
        if (fresh && is_tls(lines, tt_stream_rest(&side->stream)))
            next = TT_NEXT_PROBE;
        else
            next = step(lines, side);
    }
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_stream(lines, side);
    *ret_used = tt_stream_leave(&side->stream);
    return next;
}

void tt_lines_close(void *state)
{
    struct tt_lines *lines = state;
    for (size_t i = 0; lines != NULL && i < 2; i++)
        end_stream(lines, &lines->sides[i]);
    free(state);
}

/* ---- what a line says ---- */

struct tt_span tt_line_text(const struct tt_extent *line)
{
    struct tt_span text = line->bytes;
    if (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--;
    if (text.len > 0 && text.data[text.len - 1] == '\r')
        text.len--;
    return text;
}

bool tt_line_says(struct tt_span text, const char *word)
{
    size_t len = strlen(word);
    for (size_t at = 0; at + len <= text.len; at++)
        if ((at == 0 || !tt_is_alnum(text.data[at - 1])) &&
            (at + len == text.len || !tt_is_alnum(text.data[at + len])) &&
            tt_span_is(tt_span_sub(text, at, len), word))
            return true;
    return false;
}

struct tt_span tt_line_word(struct tt_span *text)
{
    size_t len = tt_span_find(*text, ' ');
    struct tt_span word = tt_span_sub(*text, 0, len);
    while (len < text->len && text->data[len] == ' ')
        len++;
    *text = tt_span_from(*text, len);
    return word;
}

bool tt_line_number(struct tt_span text, uint64_t *ret_value, size_t *ret_len)
{
    uint64_t value = 0;
    size_t len = 0;
    for (; len < text.len && tt_is_digit(text.data[len]) && value <= UINT32_MAX; len++)
        value = value * 10 + (uint64_t)(text.data[len] - '0');
    if (len == 0 || value > UINT32_MAX)
        return false;
    *ret_value = value;
    *ret_len = len;
    return true;
}

void tt_line_tell(const struct tt_line_side *side, const char *protocol,
                  const struct tt_extent *line, const struct tt_line_telling *telling)
{
    struct tt_span text = tt_line_text(line);
    struct tt_fields fields;
    tt_fields_over(&fields, &side->stream, line, protocol, telling->kind, telling->other_step);
    fields.msg.method = telling->method;
    fields.msg.status = telling->status;
    if (telling->step != NULL && telling->field.len > 0) {
        if (!telling->secret)
            tt_fields_name(&fields, telling->field);
        tt_fields_skip(&fields, (size_t)(telling->field.data - line->bytes.data));
        tt_fields_put_coded(&fields, telling->step, telling->coding, telling->field.len);
    }
    tt_fields_leave(&fields, text.len - fields.at);
    tt_fields_skip(&fields, line->bytes.len - text.len);
    tt_fields_end(&fields);
    tt_fields_tell(&fields);
}

/* ---- recognising ---- */

enum tt_probe tt_line_begins(struct tt_span head, const char *word)
{
    struct tt_span want = tt_span_str(word);
    size_t len = head.len < want.len ? head.len : want.len;
    if (!tt_span_ieq(tt_span_sub(head, 0, len), tt_span_sub(want, 0, len)))
        return TT_PROBE_NO;
    if (head.len <= want.len)
        return TT_PROBE_MORE;
    uint8_t next = head.data[want.len];
    return next == ' ' || next == '\r' || next == '\n' ? TT_PROBE_YES : TT_PROBE_NO;
}

enum tt_probe tt_line_begins_any(struct tt_span head, const char *const *words)
{
    enum tt_probe answer = TT_PROBE_NO;
    for (size_t i = 0; words[i] != NULL && answer == TT_PROBE_NO; i++)
        answer = tt_line_begins(head, words[i]);
    return answer;
}

enum tt_probe tt_line_greets(struct tt_span head)
{
    struct tt_span number = tt_span_sub(head, 0, 3);
    if (!tt_span_eq(number, tt_span_sub(tt_span_str("220"), 0, number.len)))
        return TT_PROBE_NO;
    if (head.len < 4)
        return TT_PROBE_MORE;
    if (head.data[3] != ' ' && head.data[3] != '-')
        return TT_PROBE_NO;
    return TT_PROBE_YES;
}

bool tt_line_port(const struct tt_flow *flow, const uint16_t *ports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (flow->ends[0].port == ports[i] || flow->ends[1].port == ports[i])
            return true;
    return false;
}
