#include "content/xml.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "content/base64.h"
#include "content/coding.h"
#include "content/escape.h"
#include "content/value.h"
#include "content/xml_path.h"

enum state {
    BETWEEN, /* behind markup: spaces in front of a text */
    IN_TEXT,
    OPENED, /* behind "<" */
    IN_NAME,
    IN_TAG, /* between attributes */
    IN_ATTRIBUTE,
    BEHIND_ATTRIBUTE, /* an equals sign may follow */
    BEFORE_VALUE,
    IN_VALUE,
    IN_END_TAG,
    DECLARING, /* behind "<!": which declaration? */
    IN_DECLARATION,
    IN_COMMENT,
    IN_INSTRUCTION,
    IN_CDATA
};

enum { WORD_MAX = 64, PREFIX_MAX = 16 };

struct xml {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    enum state state;
    bool gave_up;
    bool closed;   /* "/" was the last of the tag; of an end tag: its name is over */
    bool brackets; /* inside a declaration's */
    uint8_t quote; /* around the value, or 0 */
    uint64_t frame;
    uint64_t next;    /* behind what has been read */
    uint64_t item_at; /* of the text or value */
    uint64_t tag_at;  /* of the tag */
    size_t match;     /* of what ends a comment or section, in bytes seen so far */
    size_t word_len;
    uint8_t word[WORD_MAX]; /* a name, or the start of a declaration */
    size_t held_len;
    uint8_t held[TT_ESCAPE_LONGEST]; /* what may be a reference, cut by a piece */
    struct tt_base64 base64;
    struct tt_marks marks;
    struct tt_step_text text;
    struct tt_value value;
    struct tt_xml_path path;
};

/* ---- recognition ---- */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_start(uint8_t c)
{
    return tt_is_alpha(c) || c == '_' || c == ':' || c >= 0x80;
}

static bool is_name_byte(uint8_t c)
{
    return is_name_start(c) || tt_is_digit(c) || c == '-' || c == '.';
}

static size_t skip_spaces(struct tt_span in, size_t at)
{
    while (at < in.len && is_space(in.data[at]))
        at++;
    return at;
}

static size_t skip_prefix(struct tt_span head)
{
    size_t at = tt_span_starts(head, tt_span_str("\xef\xbb\xbf")) ? 3 : 0;
    at = skip_spaces(head, at);
    return at <= PREFIX_MAX ? at : head.len;
}

static bool has(struct tt_span in, const char *text)
{
    return tt_span_search(in, tt_span_str(text)) != SIZE_MAX;
}

/* A tag, and more markup behind it. */
static bool looks_like_markup(struct tt_span in)
{
    static const char *const starts[] = {"<?xml", "<!doctype html", "<!doctype plist", "<html"};
    for (size_t i = 0; i < TT_ARRAY_LEN(starts); i++)
        if (tt_span_is(tt_span_sub(in, 0, strlen(starts[i])), starts[i]))
            return true;
    size_t at = 1;
    if (in.len < 3 || !is_name_start(in.data[at]) || in.data[at] >= 0x80)
        return false;
    while (at < in.len && is_name_byte(in.data[at]))
        at++;
    if (at == in.len || (!is_space(in.data[at]) && in.data[at] != '>' && in.data[at] != '/'))
        return false;
    return has(in, "=\"") || has(in, "='") || has(in, "</") || has(in, "/>") || has(in, "><");
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    size_t at = skip_prefix(head);
    if (at >= head.len || head.data[at] != '<')
        return false;
    if (body->media_type != NULL &&
        (strstr(body->media_type, "xml") != NULL || strcmp(body->media_type, "text/html") == 0))
        return true;
    return looks_like_markup(tt_span_from(head, at));
}

/* ---- places ---- */

/* The place of what is being read. */
static struct tt_place_step make_step(struct xml *xml)
{
    bool attribute = xml->state == IN_VALUE;
    bool in_item = attribute || xml->state == IN_TEXT || xml->state == IN_CDATA;
    struct tt_span name = tt_span_of(xml->word, attribute ? xml->word_len : 0);
    tt_xml_path_text(&xml->path, name, &xml->text);
    uint64_t at = in_item ? xml->item_at : xml->path.levels[xml->path.depth].at;
    return (struct tt_place_step){.step = xml->text.bytes, .at = at};
}

/* Answers the marks before offset `end`, which lie in what is being read. */
static void answer(struct xml *xml, uint64_t end)
{
    if (TT_LIKELY(!tt_marks_before(&xml->marks, end)))
        return;
    struct tt_place_step step = make_step(xml);
    if (xml->state == IN_VALUE || xml->state == IN_TEXT || xml->state == IN_CDATA)
        tt_value_answer(&xml->value, &xml->marks, end, &step, 1);
    else
        tt_marks_answer(&xml->marks, xml->sink, end, &step, 1, false);
}

/* ---- texts and values ---- */

/* Text of a <script> or <style>: no markup but the end tag. */
static bool is_raw_text(const struct xml *xml)
{
    struct tt_span name = tt_xml_path_name(&xml->path);
    return xml->path.kind == TT_XML_HTML &&
           (tt_span_is(name, "script") || tt_span_is(name, "style"));
}

/* The <data> of a property list is base64. */
static bool is_data(const struct xml *xml)
{
    return xml->state == IN_TEXT && xml->path.kind == TT_XML_PLIST &&
           tt_span_eq(tt_xml_path_name(&xml->path), tt_span_str("data"));
}

static void begin_item(struct xml *xml, enum state state, uint64_t at)
{
    xml->state = state;
    xml->item_at = at;
    xml->held_len = 0;
    tt_value_begin(&xml->value);
}

static void open_value(struct xml *xml, const char *coding, struct tt_span plain, uint64_t at)
{
    if (xml->value.tried)
        return;
    struct tt_place_step step = make_step(xml);
    tt_value_open(&xml->value, coding, &step, 1, plain, at);
}

static void read_data(struct xml *xml, struct tt_span in, uint64_t at)
{
    struct tt_outlet *out = &xml->value.out;
    if (!xml->value.tried) {
        xml->base64 = (struct tt_base64){0};
        open_value(xml, tt_decoder_base64.name, tt_span_of(in.data, 0), at);
    }
    for (size_t i = 0; i < in.len && out->state == TT_OUTLET_OPEN; i++) {
        if (tt_base64_value[in.data[i]] == TT_BASE64_NONE)
            continue;
        if (out->cap - out->len < 4 && !tt_outlet_flush(out, at + i))
            return;
        out->len += tt_base64_decode(&xml->base64, tt_span_sub(in, i, 1), out->bytes + out->len);
    }
}

static void put_plain(struct xml *xml, struct tt_span plain, uint64_t at)
{
    if (xml->value.tried)
        (void)tt_outlet_put(&xml->value.out, plain, at);
    else
        tt_value_keep(&xml->value, plain);
}

static void put_reference(struct xml *xml, const struct tt_escape *escape, struct tt_span plain,
                          uint64_t at)
{
    open_value(xml, tt_escape_name(TT_ESCAPE_REFERENCE), plain, at - plain.len);
    (void)tt_outlet_put(&xml->value.out, tt_span_of(escape->bytes, escape->len), at);
}

/* A reference that the last piece cut. Gives the bytes taken of this one. */
static size_t resolve_held(struct xml *xml, struct tt_span in, uint64_t at)
{
    uint8_t both[TT_ESCAPE_LONGEST];
    size_t held_len = xml->held_len;
    size_t more = sizeof(both) - held_len < in.len ? sizeof(both) - held_len : in.len;
    memcpy(both, xml->held, held_len);
    memcpy(both + held_len, in.data, more);
    struct tt_escape escape;
    switch (tt_escape_read(TT_ESCAPE_REFERENCE, tt_span_of(both, held_len + more), &escape)) {
    case TT_ESCAPE_CUT:
        memcpy(xml->held + held_len, in.data, more);
        xml->held_len += more;
        return more;
    case TT_ESCAPE_NONE:
        put_plain(xml, tt_span_of(both, held_len), at - held_len);
        xml->held_len = 0;
        return 0;
    case TT_ESCAPE_FOUND:
        break;
    }
    put_reference(xml, &escape, tt_span_of(both, 0), at - held_len);
    xml->held_len = 0;
    return escape.used - held_len;
}

/* The next bytes of a text or value. `last`: it ends behind them. */
static void read_item(struct xml *xml, struct tt_span in, uint64_t at, bool last)
{
    tt_xml_path_key(&xml->path, xml->state == IN_TEXT ? in : tt_span_of(in.data, 0));
    if (is_data(xml)) {
        read_data(xml, in, at);
        return;
    }
    bool raw = xml->state == IN_TEXT && is_raw_text(xml);
    size_t i = 0;
    while (xml->held_len > 0 && i < in.len)
        i += resolve_held(xml, tt_span_from(in, i), at + i);
    for (size_t from = i; from < in.len; from = i) {
        struct tt_escape escape;
        enum tt_escape_found found = TT_ESCAPE_NONE;
        while (found == TT_ESCAPE_NONE && i < in.len) {
            i += raw ? in.len - i : tt_span_find(tt_span_from(in, i), '&');
            if (i < in.len)
                found = tt_escape_read(TT_ESCAPE_REFERENCE, tt_span_from(in, i), &escape);
            i += i < in.len && found == TT_ESCAPE_NONE;
        }
        struct tt_span plain = tt_span_sub(in, from, i - from);
        if (found == TT_ESCAPE_FOUND && !xml->value.tried) {
            put_reference(xml, &escape, plain, at + i);
        } else {
            put_plain(xml, plain, at + from);
            if (found == TT_ESCAPE_FOUND)
                put_reference(xml, &escape, tt_span_of(in.data, 0), at + i);
        }
        if (found == TT_ESCAPE_FOUND)
            i += escape.used;
        if (found != TT_ESCAPE_CUT)
            continue;
        xml->held_len = in.len - i;
        memcpy(xml->held, in.data + i, xml->held_len);
        break;
    }
    if (last && xml->held_len > 0) {
        put_plain(xml, tt_span_of(xml->held, xml->held_len), at + in.len - xml->held_len);
        xml->held_len = 0;
    }
}

static void end_item(struct xml *xml, enum tt_body_end end, uint64_t at)
{
    tt_value_end(&xml->value, end, at);
}

static size_t read_text(struct xml *xml, struct tt_span in, uint64_t at)
{
    size_t len = tt_span_find(in, '<');
    read_item(xml, tt_span_sub(in, 0, len), at, len < in.len);
    if (len == in.len)
        return len;
    answer(xml, at + len);
    end_item(xml, TT_BODY_COMPLETE, at + len);
    xml->state = OPENED;
    xml->tag_at = at + len;
    return len + 1;
}

static size_t read_value(struct xml *xml, struct tt_span in, uint64_t at)
{
    size_t len = 0;
    if (xml->quote != 0)
        len = tt_span_find(in, xml->quote);
    else
        while (len < in.len && !is_space(in.data[len]) && in.data[len] != '>')
            len++;
    read_item(xml, tt_span_sub(in, 0, len), at, len < in.len);
    if (len == in.len)
        return len;
    answer(xml, at + len);
    end_item(xml, TT_BODY_COMPLETE, at + len);
    xml->state = IN_TAG;
    return xml->quote != 0 ? len + 1 : len;
}

/* ---- sections that one sequence ends ---- */

/* How many bytes of `end` have been seen when `c` follows `match` of them. The sequences begin with
 * one byte once or twice. */
static size_t match_more(const char *end, size_t match, uint8_t c)
{
    if (c == (uint8_t)end[match])
        return match + 1;
    if (c != (uint8_t)end[0])
        return 0;
    return match == 2 && end[1] == end[0] ? 2 : 1;
}

static size_t skip_section(struct xml *xml, struct tt_span in, uint64_t at, const char *end)
{
    size_t len = 0;
    while (len < in.len && end[xml->match] != '\0')
        xml->match = match_more(end, xml->match, in.data[len++]);
    if (end[xml->match] != '\0')
        return len;
    answer(xml, at + len);
    xml->state = BETWEEN;
    return len;
}

/* What was held back of "]]>" and turned out to be text. */
static void put_brackets(struct xml *xml, size_t count, uint64_t at)
{
    static const uint8_t brackets[] = {']', ']'};
    (void)tt_outlet_put(&xml->value.out, tt_span_of(brackets, count), at);
}

static size_t read_cdata(struct xml *xml, struct tt_span in, uint64_t at)
{
    if (!xml->value.tried)
        open_value(xml, "cdata", tt_span_of(in.data, 0), at);
    size_t len = 0;
    while (len < in.len) {
        if (xml->match == 0) {
            struct tt_span left = tt_span_from(in, len);
            size_t plain = tt_span_find(left, ']');
            (void)tt_outlet_put(&xml->value.out, tt_span_sub(left, 0, plain), at + len);
            len += plain;
            if (len == in.len)
                break;
        }
        size_t before = xml->match;
        xml->match = match_more("]]>", before, in.data[len]);
        if (xml->match == 3) {
            answer(xml, at + len + 1);
            end_item(xml, TT_BODY_COMPLETE, at + len - 2);
            xml->state = BETWEEN;
            return len + 1;
        }
        /* One more bracket frees the first of two; another byte frees all. */
        if (xml->match == 0 && before > 0)
            put_brackets(xml, before, at + len - before);
        else if (xml->match == before && before > 0)
            put_brackets(xml, 1, at + len - before);
        len += xml->match > 0;
    }
    return len;
}

/* ---- tags ---- */

static void take_byte(struct xml *xml, uint8_t c)
{
    if (xml->word_len < sizeof(xml->word))
        xml->word[xml->word_len++] = c;
}

/* Adds the bytes of a name at the front to the word. Gives their number. */
static size_t take_name(struct xml *xml, struct tt_span in)
{
    size_t len = 0;
    while (len < in.len && is_name_byte(in.data[len]))
        take_byte(xml, in.data[len++]);
    return len;
}

static void begin_word(struct xml *xml, enum state state)
{
    xml->state = state;
    xml->word_len = 0;
}

static void begin_section(struct xml *xml, enum state state)
{
    xml->state = state;
    xml->match = 0;
}

static size_t read_opened(struct xml *xml, uint8_t c)
{
    if (c == '/') {
        begin_word(xml, IN_END_TAG);
        xml->closed = false;
        return 1;
    }
    if (is_raw_text(xml)) {
        xml->state = BETWEEN;
    } else if (c == '!') {
        begin_word(xml, DECLARING);
        return 1;
    } else if (c == '?') {
        begin_section(xml, IN_INSTRUCTION);
        return 1;
    } else if (is_name_start(c)) {
        begin_word(xml, IN_NAME);
    } else {
        xml->state = BETWEEN;
    }
    return 0;
}

static bool is_one_of(struct tt_span name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tt_span_is(name, words[i]))
            return true;
    return false;
}

/* WHATWG HTML, section 13.1.2: elements without an end tag, and some whose end tag may be left out
 * in front of the next one of the same name. */
static bool is_void(struct tt_span name)
{
    static const char *const names[] = {"area",  "base", "br",   "col",    "embed", "hr", "img",
                                        "input", "link", "meta", "source", "track", "wbr"};
    return is_one_of(name, names, TT_ARRAY_LEN(names));
}

static bool ends_itself(struct tt_span name)
{
    static const char *const names[] = {"p", "li", "dt", "dd", "tr", "td", "th", "option"};
    return is_one_of(name, names, TT_ARRAY_LEN(names));
}

static void give_up(struct xml *xml)
{
    struct tt_note note = {.layer = "content",
                           .code = "content.xml.depth",
                           .flow = xml->body->flow,
                           .frame = xml->frame,
                           .offset = xml->tag_at,
                           .text = "markup is nested deeper than the limit: places in the rest "
                                   "are not named"};
    tt_note_put(&xml->sink->notes, &note);
    xml->gave_up = true;
}

static size_t read_name(struct xml *xml, struct tt_span in, uint64_t at)
{
    size_t len = take_name(xml, in);
    if (len == in.len)
        return len;
    struct tt_span name = tt_span_of(xml->word, xml->word_len);
    answer(xml, at + len);
    if (xml->path.kind == TT_XML_HTML && ends_itself(name) && xml->path.depth > 0 &&
        tt_span_ieq(tt_xml_path_name(&xml->path), name))
        tt_xml_path_pop(&xml->path);
    if (!tt_xml_path_push(&xml->path, name, xml->tag_at)) {
        give_up(xml);
        return len;
    }
    xml->closed = false;
    xml->state = IN_TAG;
    return len;
}

static size_t read_tag(struct xml *xml, uint8_t c, uint64_t at)
{
    if (c == '>') {
        answer(xml, at + 1);
        struct tt_span name = tt_xml_path_name(&xml->path);
        if (xml->closed || (xml->path.kind == TT_XML_HTML && is_void(name)))
            tt_xml_path_pop(&xml->path);
        xml->state = BETWEEN;
        return 1;
    }
    if (is_name_start(c)) {
        xml->closed = false;
        begin_word(xml, IN_ATTRIBUTE);
        return 0;
    }
    xml->closed = c == '/';
    return 1;
}

static size_t read_attribute(struct xml *xml, struct tt_span in)
{
    size_t len = take_name(xml, in);
    if (len < in.len)
        xml->state = BEHIND_ATTRIBUTE;
    return len;
}

static size_t read_equals(struct xml *xml, uint8_t c)
{
    if (is_space(c))
        return 1;
    xml->state = c == '=' ? BEFORE_VALUE : IN_TAG;
    return c == '=' ? 1 : 0;
}

static size_t before_value(struct xml *xml, uint8_t c, uint64_t at)
{
    if (is_space(c))
        return 1;
    if (c == '>') {
        xml->state = IN_TAG;
        return 0;
    }
    bool quoted = c == '"' || c == '\'';
    xml->quote = quoted ? c : 0;
    answer(xml, at + quoted);
    begin_item(xml, IN_VALUE, at + quoted);
    return quoted;
}

static size_t read_end_tag(struct xml *xml, struct tt_span in, uint64_t at)
{
    size_t len = xml->closed ? 0 : take_name(xml, in);
    if (len == in.len)
        return len;
    if (in.data[len] != '>') {
        xml->closed = true;
        return len + 1;
    }
    answer(xml, at + len + 1);
    tt_xml_path_close(&xml->path, tt_span_of(xml->word, xml->word_len));
    xml->state = BETWEEN;
    return len + 1;
}

/* ---- declarations ---- */

static size_t read_declaring(struct xml *xml, uint8_t c, uint64_t at)
{
    static const char comment[] = "--";
    static const char cdata[] = "[CDATA[";
    take_byte(xml, c);
    struct tt_span word = tt_span_of(xml->word, xml->word_len);
    if (tt_span_eq(word, tt_span_str(comment))) {
        begin_section(xml, IN_COMMENT);
    } else if (tt_span_eq(word, tt_span_str(cdata))) {
        answer(xml, at + 1);
        begin_item(xml, IN_CDATA, at + 1);
        xml->match = 0;
    } else if (!tt_span_starts(tt_span_str(comment), word) &&
               !tt_span_starts(tt_span_str(cdata), word)) {
        xml->state = IN_DECLARATION;
        xml->brackets = false;
        return 0;
    }
    return 1;
}

static size_t read_declaration(struct xml *xml, uint8_t c)
{
    if (c == '[' || c == ']')
        xml->brackets = c == '[';
    else if (c == '>' && !xml->brackets)
        xml->state = BETWEEN;
    return 1;
}

/* ---- the decoder ---- */

/* Spaces between markup. */
static size_t read_between(struct xml *xml, struct tt_span in, uint64_t at)
{
    size_t len = skip_spaces(in, 0);
    if (len == in.len)
        return len;
    answer(xml, at + len);
    if (in.data[len] != '<') {
        begin_item(xml, IN_TEXT, at + len);
        return len;
    }
    xml->state = OPENED;
    xml->tag_at = at + len;
    return len + 1;
}

static size_t read_some(struct xml *xml, struct tt_span in, uint64_t at)
{
    switch (xml->state) {
    case BETWEEN:
        return read_between(xml, in, at);
    case IN_TEXT:
        return read_text(xml, in, at);
    case OPENED:
        return read_opened(xml, in.data[0]);
    case IN_NAME:
        return read_name(xml, in, at);
    case IN_TAG:
        return read_tag(xml, in.data[0], at);
    case IN_ATTRIBUTE:
        return read_attribute(xml, in);
    case BEHIND_ATTRIBUTE:
        return read_equals(xml, in.data[0]);
    case BEFORE_VALUE:
        return before_value(xml, in.data[0], at);
    case IN_VALUE:
        return read_value(xml, in, at);
    case IN_END_TAG:
        return read_end_tag(xml, in, at);
    case DECLARING:
        return read_declaring(xml, in.data[0], at);
    case IN_DECLARATION:
        return read_declaration(xml, in.data[0]);
    case IN_COMMENT:
        return skip_section(xml, in, at, "-->");
    case IN_INSTRUCTION:
        return skip_section(xml, in, at, "?>");
    case IN_CDATA:
        return read_cdata(xml, in, at);
    }
    return in.len;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct xml *xml = malloc(sizeof(*xml));
    if (xml == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    xml->body = body;
    xml->sink = sink;
    xml->state = BETWEEN;
    xml->gave_up = false;
    xml->closed = false;
    xml->brackets = false;
    xml->quote = 0;
    xml->frame = 0;
    xml->next = 0;
    xml->item_at = 0;
    xml->tag_at = UINT64_MAX;
    xml->match = 0;
    xml->word_len = 0;
    xml->held_len = 0;
    tt_value_init(&xml->value, sink);
    tt_xml_path_init(&xml->path);
    return xml;
}

/* Offset up to which the open inner body has been told. */
static uint64_t told(const struct xml *xml)
{
    return xml->next - xml->held_len - (xml->state == IN_CDATA ? xml->match : 0);
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    struct xml *xml = state;
    if (xml->gave_up)
        return 0;
    xml->frame = piece->origin.last_frame;
    xml->marks = (struct tt_marks){.at = marks, .count = mark_count};
    size_t at = 0;
    while (at < piece->bytes.len && !xml->gave_up)
        at += read_some(xml, tt_span_from(piece->bytes, at), piece->at + at);
    xml->next = piece->at + at;
    answer(xml, xml->next);
    if (xml->value.tried)
        (void)tt_outlet_flush(&xml->value.out, told(xml));
    /* Behind the byte at which it gave up, nothing has a name. */
    tt_marks_answer(&xml->marks, xml->sink, UINT64_MAX, NULL, 0, false);
    return at;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct xml *xml = opaque;
    if (xml->value.tried && xml->held_len > 0)
        put_plain(xml, tt_span_of(xml->held, xml->held_len), xml->next - xml->held_len);
    if (xml->value.tried && xml->state == IN_CDATA)
        put_brackets(xml, xml->match, xml->next - xml->match);
    end_item(xml, end == TT_BODY_COMPLETE ? TT_BODY_CUT : end, xml->next);
    tt_xml_path_free(&xml->path);
    free(xml);
}

const struct tt_decoder tt_decoder_xml = {.name = "xml",
                                          .title = "XML, HTML and XML property lists",
                                          .spec = "W3C XML 1.0",
                                          .sort = TT_FORMAT,
                                          .escapes = TT_ESCAPE_REFERENCE,
                                          .claims = claims,
                                          .open = open_state,
                                          .feed = feed,
                                          .close = close_state};
