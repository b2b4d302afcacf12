#include "content/http_head.h"

#include <stdlib.h>

#include "base/buf.h"
#include "content/base64.h"
#include "content/cookie.h"
#include "content/escape.h"
#include "content/query.h"

enum {
    FIELD_NAME_MAX = 96,
    BORDERS_MAX = 64 /* pieces of one line that are told apart */
};

struct head {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    bool started;  /* the first line is over */
    bool response; /* known with the first line */
    bool gave_up;
    struct tt_buf held; /* a line that pieces cut */
    uint64_t held_at;
    size_t border_count;
    uint64_t borders[BORDERS_MAX]; /* where further pieces of the line begin */
    uint64_t next;
    struct tt_span skipped; /* the field line before, while its name has not been taken */
    size_t name_len;        /* of the last field, for folded lines */
    uint8_t name[FIELD_NAME_MAX];
    struct tt_step_text text;
    struct tt_pairs pairs;
};

/* One line that is being read. */
struct line {
    struct head *head;
    struct tt_marks *marks;
    bool whole; /* else it only answers marks */
};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    return head.len > 0 && body->format == TT_FORMAT_HTTP_HEAD;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct head *head = malloc(sizeof(*head));
    if (head == NULL)
        return NULL;
    head->body = body;
    head->sink = sink;
    /* A chunked trailer has no start line (RFC 9112, section 7.1.2): its step tells whose it is. */
    head->started = body->step != NULL && strstr(body->step, ".trailer") != NULL;
    head->response = head->started && strncmp(body->step, "http.response", 13) == 0;
    head->gave_up = false;
    head->held = tt_buf_make(TT_HTTP_HEADER_MAX);
    head->held_at = 0;
    head->border_count = 0;
    head->next = 0;
    head->skipped = tt_span_of(NULL, 0);
    head->name_len = 0;
    tt_pairs_init(&head->pairs, sink);
    return head;
}

static const char *side(const struct head *head, const char *request, const char *response)
{
    return head->response ? response : request;
}

static void answer(const struct line *line, uint64_t end, const struct tt_place_step *steps,
                   size_t count, bool claimed)
{
    tt_marks_answer(line->marks, line->head->sink, end, steps, count, claimed);
}

/* The length for a step: 0 while the line goes on. */
static uint64_t known_len(const struct line *line, struct tt_span text)
{
    return line->whole ? text.len : 0;
}

/* ---- values ---- */

/* A bounded text with percent-escapes but no names: one inner body for all of it. Answers its
 * marks. */
static void escaped_text(const struct line *line, struct tt_span in, uint64_t at,
                         const struct tt_place_step *step)
{
    bool claimed = false;
    if (line->whole && tt_percent_in(in)) {
        struct tt_outlet *out = &line->head->pairs.value.out;
        struct tt_percent percent = {.held_len = 0};
        struct tt_body inner = {.kind = TT_STEP_CODING, .step = tt_decoder_percent.name, .at = at};
        claimed = tt_outlet_open(out, &inner, step, 1);
        tt_percent_feed(&percent, in, at, false, out);
        tt_percent_end(&percent, at + in.len, out);
        tt_outlet_close(out, TT_BODY_COMPLETE, at + in.len);
    }
    answer(line, at + in.len, step, 1, claimed);
}

/* A URL or the target of a request: path, then pairs. */
static void read_url(const struct line *line, struct tt_span url, uint64_t at,
                     const struct tt_place_step *step)
{
    size_t path = 0;
    while (path < url.len && url.data[path] != '?' && url.data[path] != '#')
        path++;
    escaped_text(line, tt_span_sub(url, 0, path), at, step);
    if (path == url.len)
        return;
    struct tt_pairs *pairs = &line->head->pairs;
    answer(line, at + path + 1, step, 1, false);
    tt_pairs_begin(pairs, TT_PAIRS_QUERY, line->whole, step, 1, at + path + 1);
    tt_pairs_feed(pairs, tt_span_from(url, path + 1), at + path + 1, line->marks);
    tt_pairs_end(pairs, TT_BODY_COMPLETE, at + url.len);
}

/* RFC 7617: "Basic", spaces, base64 of user-id, a colon, and the password. */
static bool read_basic(const struct line *line, struct tt_span value, uint64_t at,
                       const struct tt_place_step *step)
{
    if (!tt_span_is(tt_span_sub(value, 0, 6), "basic "))
        return false;
    size_t from = 6;
    while (from < value.len && value.data[from] == ' ')
        from++;
    struct tt_span text = tt_span_from(value, from);
    size_t len = 0;
    while (len < text.len && tt_base64_value[text.data[len]] != TT_BASE64_NONE)
        len++;
    struct tt_outlet *out = &line->head->pairs.value.out;
    bool claimed = false;
    if (line->whole && len >= 2) {
        enum { STEP = 1024 };
        struct tt_base64 state = {0};
        struct tt_body inner = {
            .kind = TT_STEP_CODING, .step = tt_decoder_base64.name, .at = at + from};
        claimed = tt_outlet_open(out, &inner, step, 1);
        for (size_t i = 0; i < len; i += STEP) {
            struct tt_span part = tt_span_sub(text, i, len - i < STEP ? len - i : STEP);
            out->len += tt_base64_decode(&state, part, out->bytes + out->len);
            (void)tt_outlet_flush(out, inner.at + i + part.len);
        }
        tt_outlet_close(out, TT_BODY_COMPLETE, inner.at + len);
    }
    answer(line, at + from, step, 1, false);
    answer(line, at + value.len, step, 1, claimed);
    return true;
}

static bool looks_like_url(struct tt_span value)
{
    if (tt_span_find(value, '?') == value.len && tt_span_find(value, '#') == value.len)
        return false;
    return tt_span_is(tt_span_sub(value, 0, 7), "http://") ||
           tt_span_is(tt_span_sub(value, 0, 8), "https://") ||
           (value.len > 0 && value.data[0] == '/');
}

static void read_value(const struct line *line, struct tt_span value, uint64_t at)
{
    struct head *head = line->head;
    struct tt_span name = tt_span_of(head->name, head->name_len);
    tt_step_start(&head->text, side(head, "http.request.header:", "http.response.header:"));
    tt_step_put(&head->text, name);
    struct tt_place_step step = {.step = head->text.bytes, .at = at, .len = known_len(line, value)};
    answer(line, at, &step, 1, false);
    bool set_cookie = tt_span_is(name, "set-cookie");
    if (set_cookie || tt_span_is(name, "cookie")) {
        tt_cookies_read(&head->pairs, value, at, set_cookie, line->whole, &step, 1, line->marks);
        return;
    }
    if ((tt_span_is(name, "authorization") || tt_span_is(name, "proxy-authorization")) &&
        read_basic(line, value, at, &step))
        return;
    if (looks_like_url(value))
        read_url(line, value, at, &step);
    else
        escaped_text(line, value, at, &step);
}

/* ---- lines ---- */

/* A line without the carriage return in front of its line feed. */
static struct tt_span trim_line(struct tt_span in)
{
    if (in.len > 0 && in.data[in.len - 1] == '\r')
        in.len--;
    return in;
}

static bool is_response(struct tt_span start)
{
    return tt_span_is(tt_span_sub(start, 0, 5), "HTTP/");
}

/* Remembers the name of a field line. Gives the offset of its colon. */
static size_t take_name(struct head *head, struct tt_span in)
{
    size_t colon = tt_span_find(in, ':');
    struct tt_span name = tt_span_trim(tt_span_sub(in, 0, colon));
    head->name_len = name.len < FIELD_NAME_MAX ? name.len : FIELD_NAME_MAX;
    for (size_t i = 0; i < head->name_len; i++)
        head->name[i] = tt_lower(name.data[i]);
    head->skipped = tt_span_of(NULL, 0);
    return colon;
}

/* A field line (RFC 9112, section 5), or the continuation of one (section 5.2). */
static void read_field(const struct line *line, struct tt_span in, uint64_t at)
{
    struct head *head = line->head;
    bool folded = in.len > 0 && (in.data[0] == ' ' || in.data[0] == '\t');
    size_t from = 0;
    if (!folded) {
        size_t colon = take_name(head, in);
        from = colon < in.len ? colon + 1 : colon;
    } else if (head->skipped.len > 0) {
        (void)take_name(head, head->skipped);
    }
    while (from < in.len && (in.data[from] == ' ' || in.data[from] == '\t'))
        from++;
    struct tt_span value = tt_span_trim(tt_span_from(in, from));
    read_value(line, value, at + from);
    struct tt_place_step step = {
        .step = head->text.bytes, .at = at + from, .len = known_len(line, value)};
    answer(line, at + in.len, &step, 1, false);
}

/* A start line (RFC 9112, sections 3 and 4). The target is what stands between the first and the
 * last space: devices write spaces into it. */
static void read_start(const struct line *line, struct tt_span in, uint64_t at)
{
    struct head *head = line->head;
    struct tt_place_step whole = {.at = at, .len = known_len(line, in)};
    whole.step = side(head, "http.request.line", "http.response.line");
    size_t from = tt_span_find(in, ' ');
    if (head->response || from == in.len) {
        answer(line, at + in.len, &whole, 1, false);
        return;
    }
    while (from < in.len && in.data[from] == ' ')
        from++;
    size_t to = in.len;
    size_t space = in.len;
    while (space > from && in.data[space - 1] != ' ')
        space--;
    if (space > from && tt_span_is(tt_span_sub(in, space, 5), "HTTP/"))
        to = space - 1;
    struct tt_span target = tt_span_trim(tt_span_sub(in, from, to - from));
    struct tt_place_step step = {
        .step = "http.request.uri", .at = at + from, .len = known_len(line, target)};
    answer(line, at + from, &whole, 1, false);
    read_url(line, target, at + from, &step);
    answer(line, at + in.len, &whole, 1, false);
}

/* `in`: without its line feed. */
static void read_line(const struct line *line, struct tt_span in, uint64_t at)
{
    struct head *head = line->head;
    in = trim_line(in);
    if (head->started) {
        if (in.len > 0)
            read_field(line, in, at);
        return;
    }
    if (in.len == 0)
        return;
    head->response = is_response(in);
    read_start(line, in, at);
    head->started = line->whole;
}

/* May something in this line be written with escapes? Credentials, "%", "+"; and what a folded line
 * goes on with. */
static bool may_hide(const struct head *head, struct tt_span in, bool escapes)
{
    if (escapes && (tt_span_find(in, '%') < in.len || tt_span_find(in, '+') < in.len))
        return true;
    if (!head->started || in.len < 2)
        return false;
    uint8_t first = tt_lower(in.data[0]);
    uint8_t second = tt_lower(in.data[1]);
    return (first == 'a' && second == 'u') || (first == 'p' && second == 'r') || first == ' ' ||
           first == '\t';
}

/* Most lines: only what a later line may need is remembered. */
static void skip_line(struct head *head, struct tt_span in)
{
    if (trim_line(in).len == 0)
        return;
    if (!head->started) {
        head->response = is_response(in);
        head->started = true;
    } else if (in.data[0] != ' ' && in.data[0] != '\t') {
        head->skipped = in;
    }
}

static void note_limit(struct head *head, const struct tt_piece *piece)
{
    struct tt_note note = {.layer = "content",
                           .code = "content.http_head.limit",
                           .flow = head->body->flow,
                           .frame = piece->origin.last_frame,
                           .offset = piece->at,
                           .text = "a header line is too long: places in it are not named"};
    tt_note_put(&head->sink->notes, &note);
    head->gave_up = true;
}

/* Adds a part of the piece to the held line. */
static bool hold(struct head *head, const struct tt_piece *piece, struct tt_span part)
{
    if (head->held.len > 0 && head->border_count < BORDERS_MAX)
        head->borders[head->border_count++] = piece->at;
    return tt_buf_append(&head->held, part) == TT_OK;
}

/* The lines that end in this piece. Gives the offset behind the last of them. */
static size_t read_lines(struct head *head, const struct tt_piece *piece, struct tt_marks *marks)
{
    struct tt_span in = piece->bytes;
    bool escapes = tt_span_find(in, '%') < in.len || tt_span_find(in, '+') < in.len;
    struct line line = {.head = head, .marks = marks, .whole = true};
    size_t at = 0;
    for (;;) {
        struct tt_span left = tt_span_from(in, at);
        size_t len = tt_span_find(left, '\n');
        if (len == left.len)
            return at;
        uint64_t line_at = piece->at + at;
        struct tt_span text = tt_span_sub(left, 0, len);
        at += len + 1;
        if (head->held.len > 0) {
            if (!hold(head, piece, text)) {
                note_limit(head, piece);
                return at;
            }
            tt_outlet_set_borders(&head->pairs.value.out, head->borders, head->border_count);
            text = tt_buf_span(&head->held);
            line_at = head->held_at;
        }
        bool marked = tt_marks_before(marks, piece->at + at);
        if (head->held.len > 0 || marked || may_hide(head, text, escapes))
            read_line(&line, text, line_at);
        else
            skip_line(head, text);
        /* What stands on the line feed belongs to nothing. */
        tt_marks_answer(marks, head->sink, piece->at + at, NULL, 0, false);
        tt_buf_clear(&head->held);
        head->border_count = 0;
        tt_outlet_set_borders(&head->pairs.value.out, NULL, 0);
    }
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    struct head *head = state;
    struct tt_marks left = {.at = marks, .count = mark_count};
    if (head->gave_up)
        return 0;
    head->next = piece->at + piece->bytes.len;
    size_t at = read_lines(head, piece, &left);
    if (!head->gave_up && at < piece->bytes.len) {
        if (head->held.len == 0)
            head->held_at = piece->at + at;
        if (!hold(head, piece, tt_span_from(piece->bytes, at)))
            note_limit(head, piece);
        struct line line = {.head = head, .marks = &left, .whole = false};
        if (left.next < left.count)
            read_line(&line, tt_buf_span(&head->held), head->held_at);
    }
    if (head->skipped.len > 0)
        (void)take_name(head, head->skipped);
    tt_marks_answer(&left, head->sink, UINT64_MAX, NULL, 0, false);
    return head->gave_up ? 0 : piece->bytes.len;
}

static void close_state(void *state, enum tt_body_end end)
{
    (void)end;
    struct head *head = state;
    struct tt_marks none = {0};
    struct line line = {.head = head, .marks = &none, .whole = true};
    tt_outlet_set_borders(&head->pairs.value.out, head->borders, head->border_count);
    if (head->held.len > 0 && !head->gave_up)
        read_line(&line, tt_buf_span(&head->held), head->held_at);
    tt_buf_free(&head->held);
    free(head);
}

const struct tt_decoder tt_decoder_http_head = {.name = "http-head",
                                                .title = "head of an HTTP message",
                                                .spec = "RFC 9112",
                                                .sort = TT_FORMAT,
                                                .escapes = TT_ESCAPE_PERCENT,
                                                .claims = claims,
                                                .open = open_state,
                                                .feed = feed,
                                                .close = close_state};
