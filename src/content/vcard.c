#include "content/vcard.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "content/base64.h"
#include "content/coding.h"
#include "content/printable.h"
#include "content/quoted.h"
#include "content/step.h"
#include "content/value.h"

enum state {
    IN_NAME, /* also at the start of a line */
    IN_PARAMETERS,
    IN_VALUE,
    BEHIND_BACKSLASH,
    BEHIND_EQUALS, /* of quoted-printable */
    AT_BREAK       /* a line ends here, unless a space follows */
};

enum mode { TEXT, QUOTED, BASE64 };

enum { NAME_MAX = 48, PARAMETERS_MAX = 128 };

struct vcard {
    const struct tt_content_sink *sink;
    enum state state;
    enum mode mode; /* of the value */
    uint64_t next;
    uint64_t item_at; /* of the line, or of the value */
    size_t name_len;
    uint8_t name[NAME_MAX]; /* lower case */
    size_t parameters_len;
    char parameters[PARAMETERS_MAX + 2]; /* upper case, between semicolons */
    size_t held_len;                     /* of a line break, or from an equals sign on */
    uint8_t held[3];
    struct tt_base64 base64;
    struct tt_marks marks;
    struct tt_step_text text;
    struct tt_value value;
};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    static const char begin[] = "BEGIN:VCARD";
    (void)whole;
    if (tt_span_starts(head, tt_span_str("\xef\xbb\xbf")))
        head = tt_span_from(head, 3);
    if (tt_span_is(tt_span_sub(head, 0, sizeof(begin) - 1), begin))
        return true;
    const char *type = body->media_type;
    bool declared =
        type != NULL && (strcmp(type, "text/vcard") == 0 || strcmp(type, "text/x-vcard") == 0 ||
                         strcmp(type, "text/directory") == 0);
    return declared && tt_is_printable(head) && tt_span_find(head, ':') < head.len;
}

/* ---- places ---- */

static struct tt_place_step make_step(struct vcard *vcard)
{
    tt_step_start(&vcard->text, "vcard:");
    tt_step_put(&vcard->text, tt_span_of(vcard->name, vcard->name_len));
    return (struct tt_place_step){.step = vcard->text.bytes, .at = vcard->item_at};
}

static bool in_value(const struct vcard *vcard)
{
    return vcard->state != IN_NAME && vcard->state != IN_PARAMETERS;
}

/* Answers the marks before `end`. What stands in front of a value has no name yet. */
static void answer(struct vcard *vcard, uint64_t end)
{
    if (TT_LIKELY(!tt_marks_before(&vcard->marks, end)))
        return;
    struct tt_place_step step = {.step = "vcard", .at = vcard->item_at};
    if (!in_value(vcard)) {
        tt_marks_answer(&vcard->marks, vcard->sink, end, &step, 1, false);
        return;
    }
    step = make_step(vcard);
    tt_value_answer(&vcard->value, &vcard->marks, end, &step, 1);
}

/* ---- values ---- */

/* The value is decoded from here on: `plain` stands in front of `at`. */
static void open_value(struct vcard *vcard, struct tt_span plain, uint64_t at)
{
    static const char *const steps[] = {"vcard-text", "quoted-printable", "base64"};
    if (vcard->value.tried)
        return;
    struct tt_place_step step = make_step(vcard);
    tt_value_open(&vcard->value, steps[vcard->mode], &step, 1, plain, at - plain.len);
}

static void put_plain(struct vcard *vcard, struct tt_span plain, uint64_t at)
{
    if (vcard->value.tried)
        (void)tt_outlet_put(&vcard->value.out, plain, at);
    else
        tt_value_keep(&vcard->value, plain);
}

static void put_base64(struct vcard *vcard, struct tt_span in, uint64_t at)
{
    struct tt_outlet *out = &vcard->value.out;
    for (size_t i = 0; i < in.len && out->state == TT_OUTLET_OPEN; i++) {
        if (tt_base64_value[in.data[i]] == TT_BASE64_NONE)
            continue;
        if (out->cap - out->len < 4 && !tt_outlet_flush(out, at + i))
            return;
        out->len += tt_base64_decode(&vcard->base64, tt_span_sub(in, i, 1), out->bytes + out->len);
    }
}

static bool stops_value(const struct vcard *vcard, uint8_t c)
{
    return c == '\r' || c == '\n' || (vcard->mode == TEXT && c == '\\') ||
           (vcard->mode == QUOTED && c == '=');
}

static void hold(struct vcard *vcard, enum state state, uint8_t c)
{
    vcard->state = state;
    vcard->held[0] = c;
    vcard->held_len = 1;
}

static size_t read_value(struct vcard *vcard, struct tt_span in, uint64_t at)
{
    size_t len = 0;
    while (len < in.len && !stops_value(vcard, in.data[len]))
        len++;
    struct tt_span plain = tt_span_sub(in, 0, len);
    if (vcard->mode == BASE64)
        put_base64(vcard, plain, at);
    else
        put_plain(vcard, plain, at);
    if (len == in.len)
        return len;
    uint8_t c = in.data[len];
    hold(vcard, c == '\\' ? BEHIND_BACKSLASH : c == '=' ? BEHIND_EQUALS : AT_BREAK, c);
    return len + 1;
}

/* RFC 6350, section 3.4. */
static size_t read_backslash(struct vcard *vcard, uint8_t c, uint64_t at)
{
    vcard->state = IN_VALUE;
    vcard->held_len = 0;
    if (c != 'n' && c != 'N' && c != ',' && c != ';' && c != ':' && c != '\\') {
        put_plain(vcard, tt_span_str("\\"), at - 1);
        return 0;
    }
    open_value(vcard, tt_span_str(""), at - 1);
    (void)tt_outlet_byte(&vcard->value.out, tt_lower(c) == 'n' ? '\n' : c, at - 1);
    return 1;
}

/* RFC 2045, section 6.7: two digits, or a line break that does not count. */
static size_t read_equals(struct vcard *vcard, uint8_t c, uint64_t at)
{
    uint8_t *held = vcard->held;
    if (vcard->held_len == 1 && (tt_hex_value(c) >= 0 || c == '\r')) {
        held[vcard->held_len++] = c;
        return 1;
    }
    size_t held_len = vcard->held_len;
    vcard->state = IN_VALUE;
    vcard->held_len = 0;
    if (c == '\n' && (held_len == 1 || held[1] == '\r'))
        return 1;
    int high = held_len == 2 ? tt_hex_value(held[1]) : -1;
    int low = tt_hex_value(c);
    if (high >= 0 && low >= 0) {
        (void)tt_outlet_byte(&vcard->value.out, (uint8_t)(high << 4 | low), at - held_len);
        return 1;
    }
    put_plain(vcard, tt_span_of(held, held_len), at - held_len);
    return 0;
}

static void end_value(struct vcard *vcard, enum tt_body_end end, uint64_t at)
{
    tt_value_end(&vcard->value, end, at);
    vcard->held_len = 0;
}

static void begin_line(struct vcard *vcard, uint64_t at)
{
    vcard->state = IN_NAME;
    vcard->item_at = at;
    vcard->name_len = 0;
    vcard->parameters_len = 0;
}

/* RFC 6350, section 3.2: a line that begins with a space goes on with the one before it. */
static size_t read_break(struct vcard *vcard, uint8_t c, uint64_t at)
{
    if (c == '\n' && vcard->held_len == 1 && vcard->held[0] == '\r') {
        vcard->held[vcard->held_len++] = c;
        return 1;
    }
    if (c == ' ' || c == '\t') {
        open_value(vcard, tt_span_str(""), at - vcard->held_len);
        vcard->state = IN_VALUE;
        vcard->held_len = 0;
        return 1;
    }
    answer(vcard, at);
    end_value(vcard, TT_BODY_COMPLETE, at - vcard->held_len);
    begin_line(vcard, at);
    return 0;
}

/* ---- in front of values ---- */

static bool has_parameter(const struct vcard *vcard, const char *word)
{
    return strstr(vcard->parameters, word) != NULL;
}

static void begin_value(struct vcard *vcard, uint64_t at)
{
    vcard->parameters[vcard->parameters_len] = ';';
    vcard->parameters[vcard->parameters_len + 1] = '\0';
    answer(vcard, at);
    vcard->mode = TEXT;
    if (has_parameter(vcard, "QUOTED-PRINTABLE;"))
        vcard->mode = QUOTED;
    else if (has_parameter(vcard, "BASE64;") || has_parameter(vcard, "ENCODING=B;"))
        vcard->mode = BASE64;
    vcard->state = IN_VALUE;
    vcard->item_at = at;
    vcard->base64 = (struct tt_base64){0};
    tt_value_begin(&vcard->value);
    if (vcard->mode != TEXT)
        open_value(vcard, tt_span_str(""), at);
}

static void take_byte(struct vcard *vcard, uint8_t c)
{
    if (vcard->state == IN_NAME) {
        if (c == '.')
            vcard->name_len = 0; /* that was a group */
        else if (vcard->name_len < NAME_MAX)
            vcard->name[vcard->name_len++] = tt_lower(c);
        return;
    }
    if (vcard->parameters_len < PARAMETERS_MAX)
        vcard->parameters[vcard->parameters_len++] = (char)(tt_is_alpha(c) ? tt_lower(c) - 'a' + 'A'
                                                            : c == '\0'    ? ' '
                                                                           : c);
}

static size_t read_front(struct vcard *vcard, uint8_t c, uint64_t at)
{
    if (c == ':') {
        begin_value(vcard, at + 1);
    } else if (c == '\n') {
        answer(vcard, at + 1);
        begin_line(vcard, at + 1);
    } else if (c == ';' && vcard->state == IN_NAME) {
        vcard->state = IN_PARAMETERS;
        take_byte(vcard, c);
    } else {
        take_byte(vcard, c);
    }
    return 1;
}

/* ---- the decoder ---- */

static size_t read_some(struct vcard *vcard, struct tt_span in, uint64_t at)
{
    switch (vcard->state) {
    case IN_NAME:
    case IN_PARAMETERS:
        return read_front(vcard, in.data[0], at);
    case IN_VALUE:
        return read_value(vcard, in, at);
    case BEHIND_BACKSLASH:
        return read_backslash(vcard, in.data[0], at);
    case BEHIND_EQUALS:
        return read_equals(vcard, in.data[0], at);
    case AT_BREAK:
        return read_break(vcard, in.data[0], at);
    }
    return in.len;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct vcard *vcard = malloc(sizeof(*vcard));
    if (vcard == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    vcard->sink = sink;
    vcard->mode = TEXT;
    vcard->next = 0;
    vcard->held_len = 0;
    begin_line(vcard, 0);
    tt_value_init(&vcard->value, sink);
    return vcard;
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    struct vcard *vcard = state;
    vcard->marks = (struct tt_marks){.at = marks, .count = mark_count};
    for (size_t at = 0; at < piece->bytes.len;)
        at += read_some(vcard, tt_span_from(piece->bytes, at), piece->at + at);
    vcard->next = piece->at + piece->bytes.len;
    answer(vcard, vcard->next);
    if (vcard->value.tried)
        (void)tt_outlet_flush(&vcard->value.out, vcard->next - vcard->held_len);
    return piece->bytes.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct vcard *vcard = opaque;
    bool breaks = vcard->state == AT_BREAK;
    if (vcard->value.tried && !breaks)
        put_plain(vcard, tt_span_of(vcard->held, vcard->held_len), vcard->next - vcard->held_len);
    end_value(vcard, end, vcard->next - (breaks ? vcard->held_len : 0));
    free(vcard);
}

const struct tt_decoder tt_decoder_vcard = {.name = "vcard",
                                            .title = "vCard",
                                            .spec = "RFC 6350",
                                            .sort = TT_FORMAT,
                                            .claims = claims,
                                            .open = open_state,
                                            .feed = feed,
                                            .close = close_state};
