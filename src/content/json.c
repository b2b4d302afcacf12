#include "content/json.h"

#include <stdlib.h>

#include "base/utf.h"
#include "content/binary.h"
#include "content/coding.h"
#include "content/escape.h"
#include "content/json_path.h"
#include "content/value.h"

/* What the grammar lets follow. */
enum expect {
    EXPECT_VALUE, /* also an array's end, and the end of the text */
    EXPECT_NAME,  /* also an object's end */
    EXPECT_COLON,
    EXPECT_NEXT /* a comma, or the end of the container */
};

enum token {
    TOKEN_NONE,
    TOKEN_STRING,
    TOKEN_BARE /* a number, true, false, null */
};

/* Bytes in front of the first value that are passed over: a byte order mark, a guard. */
enum { PREFIX_MAX = 16 };

/* Bytes that must be text in one that nobody declared. */
enum { LOOK = 8 };

/* What a byte may be outside of strings. */
enum { SPACE = 1, BARE = 2, BARE_START = 4 };

static const uint8_t classes[256] = {[' '] = SPACE,
                                     ['\t'] = SPACE,
                                     ['\n'] = SPACE,
                                     ['\r'] = SPACE,
                                     ['+'] = BARE,
                                     ['-'] = BARE | BARE_START,
                                     ['.'] = BARE,
                                     ['0'] = BARE | BARE_START,
                                     ['1'] = BARE | BARE_START,
                                     ['2'] = BARE | BARE_START,
                                     ['3'] = BARE | BARE_START,
                                     ['4'] = BARE | BARE_START,
                                     ['5'] = BARE | BARE_START,
                                     ['6'] = BARE | BARE_START,
                                     ['7'] = BARE | BARE_START,
                                     ['8'] = BARE | BARE_START,
                                     ['9'] = BARE | BARE_START,
                                     ['t'] = BARE | BARE_START,
                                     ['f'] = BARE | BARE_START,
                                     ['n'] = BARE | BARE_START,
                                     ['N'] = BARE | BARE_START,
                                     ['I'] = BARE | BARE_START,
                                     ['r'] = BARE,
                                     ['u'] = BARE,
                                     ['e'] = BARE,
                                     ['a'] = BARE,
                                     ['l'] = BARE,
                                     ['s'] = BARE,
                                     ['i'] = BARE,
                                     ['y'] = BARE,
                                     ['E'] = BARE};

struct json {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    enum expect expect;
    enum token token; /* that the last piece cut */
    bool is_name;     /* the string is a member's name */
    bool any;         /* a value has begun */
    bool gave_up;
    uint64_t next;     /* behind what has been read */
    uint64_t token_at; /* first byte of the token; of a string, behind the quote */

    /* An escape that is being read. */
    unsigned escape;    /* 0: none; 1: behind the backslash; 2 to 5: digits of \u */
    uint32_t unit;      /* its digits so far */
    uint32_t high;      /* a high surrogate that waits for its other half, or 0 */
    uint64_t escape_at; /* where the escape (or that surrogate's) begins */

    /* The piece. */
    uint64_t frame;
    const uint8_t *base;
    const uint8_t *end;
    uint64_t base_at;
    struct tt_marks marks;
    const uint8_t *mark; /* the next one, or the end of the piece */

    uint8_t name[TT_JSON_NAME_MAX]; /* the start of a name that pieces cut */
    size_t name_len;
    struct tt_step_text text;
    struct tt_json_path path;
    struct tt_value value;
};

/* ---- recognition ---- */

static size_t skip_spaces(struct tt_span in, size_t at)
{
    while (at < in.len && (classes[in.data[at]] & SPACE) != 0)
        at++;
    return at;
}

static size_t skip_prefix(struct tt_span head)
{
    static const char *const guards[] = {"\xef\xbb\xbf", ")]}',", ")]}'"};
    size_t at = skip_spaces(head, 0);
    for (size_t i = 0; i < TT_ARRAY_LEN(guards); i++)
        if (tt_span_starts(tt_span_from(head, at), tt_span_str(guards[i])))
            at = skip_spaces(head, at + strlen(guards[i]));
    return at <= PREFIX_MAX ? at : head.len;
}

/* A number or a literal at the front, and behind it what may follow in an array? */
static bool is_bare_element(struct tt_span in)
{
    if ((classes[in.data[0]] & BARE_START) == 0)
        return false;
    if (tt_is_alpha(in.data[0]))
        return tt_span_starts(in, tt_span_str("true")) ||
               tt_span_starts(in, tt_span_str("false")) || tt_span_starts(in, tt_span_str("null"));
    /* A sign stands in front or behind an exponent's letter: not so in a date. */
    size_t at = 1;
    while (at < in.len && (tt_is_digit(in.data[at]) || in.data[at] == '.' ||
                           tt_lower(in.data[at]) == 'e' || tt_lower(in.data[at - 1]) == 'e'))
        at++;
    at = skip_spaces(in, at);
    return at == in.len || in.data[at] == ',' || in.data[at] == ']';
}

static bool looks_like_json(struct tt_span in)
{
    size_t at = 0;
    while (at < in.len && in.data[at] == '[')
        at = skip_spaces(in, at + 1);
    if (at == in.len)
        return false;
    uint8_t c = in.data[at];
    if (c == '{') {
        at = skip_spaces(in, at + 1);
        return at < in.len && (in.data[at] == '"' || in.data[at] == '}');
    }
    if (at == 0)
        return false;
    return c == '"' || c == ']' || is_bare_element(tt_span_from(in, at));
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    size_t at = skip_prefix(head);
    if (at >= head.len)
        return false;
    uint8_t c = head.data[at];
    if (body->media_type != NULL && strstr(body->media_type, "json") != NULL &&
        (c == '{' || c == '[' || c == '"' || (classes[c] & BARE_START) != 0))
        return true;
    /* Two bytes are as they should be in many a random body. */
    unsigned bits = 0;
    return looks_like_json(tt_span_from(head, at)) &&
           tt_binary_is_text(tt_span_sub(head, at, LOOK), true, &bits);
}

/* ---- places ---- */

static uint64_t offset_of(const struct json *json, const uint8_t *p)
{
    return json->base_at + (uint64_t)(p - json->base);
}

static void find_mark(struct json *json)
{
    json->mark = json->end;
    if (json->marks.next < json->marks.count)
        json->mark = json->base + (json->marks.at[json->marks.next] - json->base_at);
}

/* The place of the token that is being read; `len` 0: not known yet. */
static struct tt_place_step token_step(struct json *json, uint64_t len)
{
    if (json->is_name && json->token == TOKEN_STRING)
        tt_json_path_text(&json->path, "json-key:", json->path.depth - 1, &json->text);
    else
        tt_json_path_text(&json->path, "json:", json->path.depth, &json->text);
    return (struct tt_place_step){.step = json->text.bytes, .at = json->token_at, .len = len};
}

/* Answers the marks of a token before `p`. */
static void answer_token(struct json *json, const uint8_t *p, uint64_t len)
{
    struct tt_place_step step = token_step(json, len);
    tt_value_answer(&json->value, &json->marks, offset_of(json, p), &step, 1);
    find_mark(json);
}

/* Answers the marks before `p`, which stand between tokens: they are at home in the container. */
static void answer_container(struct json *json, const uint8_t *p)
{
    size_t depth = json->path.depth == 0 ? 0 : json->path.depth - 1;
    tt_json_path_text(&json->path, "json:", depth, &json->text);
    struct tt_place_step step = {.step = json->text.bytes};
    if (json->path.depth > 0)
        step.at = json->path.levels[depth].at;
    tt_marks_answer(&json->marks, json->sink, offset_of(json, p), &step, 1, false);
    find_mark(json);
}

/* ---- strings ---- */

/* The first quote or backslash, or `end`. */
static inline const uint8_t *find_stop(const uint8_t *p, const uint8_t *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    while (end - p >= 8) {
        uint64_t eight = 0;
        memcpy(&eight, p, sizeof(eight));
        uint64_t quote = eight ^ ones * '"';
        uint64_t slash = eight ^ ones * '\\';
        uint64_t zero = (((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & highs;
        if (zero != 0)
            return p + __builtin_ctzll(zero) / 8;
        p += 8;
    }
#endif
    while (p < end && *p != '"' && *p != '\\')
        p++;
    return p;
}

/* A high surrogate without its other half. */
static void settle_high(struct json *json)
{
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
    if (json->high == 0)
        return;
    json->high = 0;
    (void)tt_outlet_put(&json->value.out, tt_span_of(replacement, sizeof(replacement)),
                        json->escape_at);
}

static void put_byte(struct json *json, uint8_t byte)
{
    (void)tt_outlet_byte(&json->value.out, byte, json->escape_at);
}

/* The four digits of a \u are there (RFC 8259, section 7). */
static void end_unit(struct json *json, uint64_t at)
{
    uint32_t unit = json->unit;
    json->escape = 0;
    if (unit >= 0xd800 && unit < 0xdc00) {
        settle_high(json);
        json->high = unit;
        json->escape_at = at;
        return;
    }
    if (unit >= 0xdc00 && unit < 0xe000 && json->high != 0) {
        unit = 0x10000 + ((json->high - 0xd800) << 10) + (unit - 0xdc00);
        json->high = 0;
    }
    settle_high(json);
    uint8_t bytes[4];
    size_t len = tt_utf8_write(unit, bytes);
    if (len == 0)
        len = tt_utf8_write(0xfffd, bytes);
    (void)tt_outlet_put(&json->value.out, tt_span_of(bytes, len), json->escape_at);
}

/* The byte behind a backslash. */
static void simple_escape(struct json *json, uint8_t c)
{
    static const char letters[] = "bfnrt\"\\/";
    static const char meanings[] = "\b\f\n\r\t\"\\/";
    json->escape = 0;
    settle_high(json);
    const char *found = c == '\0' ? NULL : strchr(letters, c);
    if (found != NULL) {
        put_byte(json, (uint8_t)meanings[found - letters]);
        return;
    }
    put_byte(json, '\\');
    put_byte(json, c);
}

/* A byte of an escape. False when it does not belong to it and must be read again. */
static bool escape_more(struct json *json, uint8_t c, uint64_t at)
{
    if (json->escape == 1) {
        if (c != 'u') {
            simple_escape(json, c);
            return true;
        }
        json->escape = 2;
        json->unit = 0;
        return true;
    }
    int digit = tt_hex_value(c);
    if (digit < 0) {
        json->unit = 0xfffd;
        end_unit(json, at);
        return false;
    }
    json->unit = json->unit << 4 | (uint32_t)digit;
    if (++json->escape == 6)
        end_unit(json, at - 5);
    return true;
}

/* An unescaped or unfinished string is over: `stop` is its closing quote. */
static void end_string(struct json *json, const uint8_t *stop, struct tt_span name)
{
    if (json->value.tried)
        settle_high(json);
    if (json->mark <= stop)
        answer_token(json, stop + 1, offset_of(json, stop) - json->token_at);
    tt_value_end(&json->value, TT_BODY_COMPLETE, offset_of(json, stop));
    if (json->is_name)
        tt_json_path_name(&json->path, name);
    json->token = TOKEN_NONE;
}

/* The piece ends inside a string: what will be needed of it is kept. */
static void suspend_string(struct json *json, const uint8_t *from, const uint8_t *plain)
{
    struct tt_value *value = &json->value;
    if (json->mark < json->end)
        answer_token(json, json->end, 0);
    /* The name kept by an earlier call may still be in use. */
    tt_json_path_save(&json->path);
    if (json->token_at >= json->base_at)
        json->name_len = 0;
    size_t part = (size_t)(json->end - from);
    size_t room = sizeof(json->name) - json->name_len;
    size_t take = part < room ? part : room;
    if (json->is_name && take > 0) {
        memcpy(json->name + json->name_len, from, take);
        json->name_len += take;
    }
    if (!value->tried) {
        tt_value_keep(value, tt_span_of(plain, (size_t)(json->end - plain)));
        return;
    }
    bool waits = json->escape > 0 || json->high != 0;
    (void)tt_outlet_flush(&value->out, waits ? json->escape_at : offset_of(json, json->end));
}

/* The name that ends at `stop`: in the piece, or put together from several. */
static struct tt_span whole_name(struct json *json, const uint8_t *from, const uint8_t *stop)
{
    if (json->token_at >= json->base_at)
        return tt_span_of(from, (size_t)(stop - from));
    size_t part = (size_t)(stop - from);
    size_t room = sizeof(json->name) - json->name_len;
    size_t take = part < room ? part : room;
    if (json->is_name && take > 0)
        memcpy(json->name + json->name_len, from, take);
    return tt_span_of(json->name, json->name_len + (json->is_name ? take : 0));
}

/* A string that has an escape, or that a piece cuts. `p`: behind the opening quote, or the start
 * of the piece. Gives where reading goes on. */
static const uint8_t *read_string(struct json *json, const uint8_t *p)
{
    const uint8_t *from = p;
    const uint8_t *plain = p;
    struct tt_value *value = &json->value;
    while (p < json->end) {
        if (json->escape > 0) {
            p += escape_more(json, *p, offset_of(json, p)) ? 1 : 0;
            continue;
        }
        const uint8_t *stop = find_stop(p, json->end);
        struct tt_span run = tt_span_of(p, (size_t)(stop - p));
        if (value->tried && run.len > 0) {
            settle_high(json);
            (void)tt_outlet_put(&value->out, run, offset_of(json, p));
        }
        p = stop;
        if (p == json->end)
            break;
        if (*p == '"') {
            end_string(json, p, whole_name(json, from, p));
            return p + 1;
        }
        if (!value->tried) {
            struct tt_place_step step = token_step(json, 0);
            tt_value_open(value, "json-string", &step, 1, run, offset_of(json, plain));
        }
        json->escape = 1;
        if (json->high == 0)
            json->escape_at = offset_of(json, p);
        p++;
    }
    suspend_string(json, from, plain);
    return p;
}

/* ---- the grammar ---- */

static bool is_object(const struct json *json)
{
    return json->path.depth > 0 && json->path.levels[json->path.depth - 1].object;
}

static void put_note(struct json *json, const uint8_t *p, const char *code, const char *text)
{
    struct tt_note note = {.layer = "content",
                           .code = code,
                           .flow = json->body->flow,
                           .frame = json->frame,
                           .offset = offset_of(json, p),
                           .text = text};
    tt_note_put(&json->sink->notes, &note);
    json->gave_up = true;
}

static bool push(struct json *json, bool object, const uint8_t *p)
{
    if (json->path.depth == TT_JSON_DEPTH_MAX) {
        put_note(json, p, "content.json.depth",
                 "JSON is nested deeper than the limit: places in the rest are not named");
        return false;
    }
    json->any = true;
    struct tt_json_level *level = &json->path.levels[json->path.depth++];
    level->object = object;
    level->saved = false;
    level->name_len = 0;
    level->name = p;
    level->index = 0;
    level->at = offset_of(json, p);
    json->expect = object ? EXPECT_NAME : EXPECT_VALUE;
    return true;
}

/* A value is over. */
static void after_value(struct json *json)
{
    json->expect = json->path.depth == 0 ? EXPECT_VALUE : EXPECT_NEXT;
}

static bool pop(struct json *json, bool object)
{
    if (json->path.depth == 0 || is_object(json) != object)
        return false;
    json->path.depth--;
    after_value(json);
    return true;
}

/* At an opening quote. The common string lies in one piece and has no escape. */
static inline const uint8_t *begin_string(struct json *json, const uint8_t *p, bool is_name)
{
    const uint8_t *from = p + 1;
    const uint8_t *stop = find_stop(from, json->end);
    json->is_name = is_name;
    json->expect = is_name ? EXPECT_COLON : json->path.depth == 0 ? EXPECT_VALUE : EXPECT_NEXT;
    if (TT_LIKELY(stop < json->end && *stop == '"' && json->mark > stop)) {
        if (is_name)
            tt_json_path_name(&json->path, tt_span_of(from, (size_t)(stop - from)));
        return stop + 1;
    }
    json->token = TOKEN_STRING;
    json->token_at = offset_of(json, from);
    return read_string(json, from);
}

/* A number or literal from `p` on, which may have begun in an earlier piece. */
static const uint8_t *read_bare(struct json *json, const uint8_t *p)
{
    while (p < json->end && (classes[*p] & BARE) != 0)
        p++;
    if (json->mark < p)
        answer_token(json, p, p < json->end ? offset_of(json, p) - json->token_at : 0);
    if (p < json->end) {
        json->token = TOKEN_NONE;
        after_value(json);
    }
    return p;
}

/* A byte where a value may stand. NULL: it cannot. */
static const uint8_t *read_value(struct json *json, const uint8_t *p)
{
    bool is_start = (classes[*p] & BARE_START) != 0;
    if (!json->any && offset_of(json, p) < PREFIX_MAX && !is_start && strchr("\"{[", *p) == NULL)
        return p + 1;
    switch (*p) {
    case '"':
        json->any = true;
        return begin_string(json, p, false);
    case '{':
        return push(json, true, p) ? p + 1 : NULL;
    case '[':
        return push(json, false, p) ? p + 1 : NULL;
    case ']':
        return pop(json, false) ? p + 1 : NULL;
    default:
        break;
    }
    /* JSON text sequences (RFC 7464) and lists without brackets. */
    if (json->path.depth == 0 && json->any && (*p == ',' || *p == 0x1e))
        return p + 1;
    if (!is_start)
        return NULL;
    json->any = true;
    json->token = TOKEN_BARE;
    json->token_at = offset_of(json, p);
    return read_bare(json, p);
}

/* A byte where a comma or the end of a container may stand. NULL: it is none. */
static inline const uint8_t *read_next(struct json *json, const uint8_t *p)
{
    struct tt_json_level *level = &json->path.levels[json->path.depth - 1];
    if (*p != ',') {
        bool closes = *p == (level->object ? '}' : ']');
        return closes && pop(json, level->object) ? p + 1 : NULL;
    }
    level->index++;
    json->expect = level->object ? EXPECT_NAME : EXPECT_VALUE;
    return p + 1;
}

/* One step outside of tokens: at a byte that is no space. NULL: it cannot stand there. */
static inline const uint8_t *step(struct json *json, const uint8_t *p)
{
    switch (json->expect) {
    case EXPECT_NAME:
        if (*p == '"')
            return begin_string(json, p, true);
        return *p == '}' && pop(json, true) ? p + 1 : NULL;
    case EXPECT_COLON:
        json->expect = EXPECT_VALUE;
        return *p == ':' ? p + 1 : NULL;
    case EXPECT_VALUE:
        return read_value(json, p);
    case EXPECT_NEXT:
        return read_next(json, p);
    }
    return NULL;
}

/* Reads tokens until the piece ends. Gives where it stopped. */
static const uint8_t *read_tokens(struct json *json, const uint8_t *p)
{
    for (;;) {
        while (p < json->end && (classes[*p] & SPACE) != 0)
            p++;
        if (p == json->end)
            return p;
        if (json->mark < p)
            answer_container(json, p);
        const uint8_t *next = step(json, p);
        if (next == NULL) {
            if (!json->gave_up)
                put_note(json, p, "content.json.malformed",
                         "this is not JSON any more: places in the rest are not named");
            return p;
        }
        p = next;
    }
}

/* ---- the decoder ---- */

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct json *json = malloc(sizeof(*json));
    if (json == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    json->body = body;
    json->sink = sink;
    json->expect = EXPECT_VALUE;
    json->token = TOKEN_NONE;
    json->is_name = false;
    json->any = false;
    json->gave_up = false;
    json->next = 0;
    json->token_at = 0;
    json->escape = 0;
    json->high = 0;
    json->base_at = 0;
    json->name_len = 0;
    tt_json_path_init(&json->path);
    tt_value_init(&json->value, sink);
    return json;
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    struct json *json = state;
    if (json->gave_up || piece->bytes.len == 0)
        return 0;
    json->frame = piece->origin.last_frame;
    json->base = piece->bytes.data;
    json->end = json->base + piece->bytes.len;
    json->base_at = piece->at;
    json->marks = (struct tt_marks){.at = marks, .count = mark_count};
    find_mark(json);
    const uint8_t *p = json->base;
    if (json->token == TOKEN_STRING)
        p = read_string(json, p);
    else if (json->token == TOKEN_BARE)
        p = read_bare(json, p);
    p = read_tokens(json, p);
    if (json->mark < json->end)
        answer_container(json, p);
    /* Behind the byte at which it gave up, nothing has a name. */
    tt_marks_answer(&json->marks, json->sink, UINT64_MAX, NULL, 0, false);
    if (json->gave_up)
        tt_value_end(&json->value, TT_BODY_BROKEN, offset_of(json, p));
    tt_json_path_save(&json->path);
    json->next = offset_of(json, p);
    return (size_t)(p - json->base);
}

static void close_state(void *state, enum tt_body_end end)
{
    struct json *json = state;
    if (json->token == TOKEN_STRING && json->value.tried)
        settle_high(json);
    tt_value_end(&json->value, end == TT_BODY_COMPLETE ? TT_BODY_CUT : end, json->next);
    tt_json_path_free(&json->path);
    free(json);
}

const struct tt_decoder tt_decoder_json = {.name = "json",
                                           .title = "JSON",
                                           .spec = "RFC 8259",
                                           .sort = TT_FORMAT,
                                           .escapes = TT_ESCAPE_BACKSLASH,
                                           .claims = claims,
                                           .open = open_state,
                                           .feed = feed,
                                           .close = close_state};
