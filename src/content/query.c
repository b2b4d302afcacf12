#include "content/query.h"

/* What a byte means in some list of pairs. */
enum { EQUALS = 1, AMPERSAND = 2, SEMICOLON = 4, HASH = 8, PERCENT = 16, PLUS = 32 };

static const uint8_t meaning[256] = {['='] = EQUALS, ['&'] = AMPERSAND, [';'] = SEMICOLON,
                                     ['#'] = HASH,   ['%'] = PERCENT,   ['+'] = PLUS};

static const struct {
    const char *prefix;
    const char *name_step;
    uint8_t separators;
    uint8_t escapes;
} rules[] = {
    [TT_PAIRS_FORM] = {"form:", "form-name", AMPERSAND, PERCENT | PLUS},
    [TT_PAIRS_QUERY] = {"query:", "query-name", AMPERSAND | HASH, PERCENT | PLUS},
    [TT_PAIRS_COOKIE] = {"cookie:", "cookie-name", SEMICOLON, PERCENT},
};

void tt_pairs_init(struct tt_pairs *pairs, const struct tt_content_sink *sink)
{
    tt_value_init(&pairs->value, sink);
}

static inline void begin_item(struct tt_pairs *pairs, bool in_value, uint64_t at)
{
    pairs->in_value = in_value;
    pairs->item_at = at;
    pairs->text_made = false;
    pairs->percent.held_len = 0;
    if (!in_value)
        pairs->name_len = 0;
}

void tt_pairs_begin(struct tt_pairs *pairs, enum tt_pair_kind kind, bool decode,
                    const struct tt_place_step *outer, size_t outer_count, uint64_t at)
{
    pairs->kind = kind;
    pairs->decode = decode;
    pairs->outer = outer_count;
    for (size_t i = 0; i < outer_count; i++)
        pairs->steps[i] = outer[i];
    pairs->name = tt_span_of(pairs->name_room, 0);
    pairs->item = NULL;
    tt_value_begin(&pairs->value);
    begin_item(pairs, false, at);
}

/* The name, decoded and without the space behind the semicolon of a cookie. */
static void make_text(struct tt_pairs *pairs)
{
    uint8_t plain[TT_PAIR_NAME_MAX];
    struct tt_outlet out = {.state = TT_OUTLET_OPEN, .bytes = plain, .cap = sizeof(plain)};
    struct tt_percent percent = {.held_len = 0};
    struct tt_span name = tt_span_sub(pairs->name, 0, TT_PAIR_NAME_MAX);
    /* Decoded it is never longer, so the outlet never flushes. */
    tt_percent_feed(&percent, name, 0, (rules[pairs->kind].escapes & PLUS) != 0, &out);
    tt_step_start(&pairs->text, rules[pairs->kind].prefix);
    tt_step_put(&pairs->text, tt_span_trim(tt_span_of(plain, out.len)));
    pairs->text_made = true;
}

/* The place of the item; `len` 0: not known yet. */
static size_t make_steps(struct tt_pairs *pairs, uint64_t len)
{
    struct tt_place_step *step = &pairs->steps[pairs->outer];
    step->at = pairs->item_at;
    step->len = len;
    step->step = rules[pairs->kind].name_step;
    if (pairs->in_value) {
        if (!pairs->text_made)
            make_text(pairs);
        step->step = pairs->text.bytes;
    }
    return pairs->outer + 1;
}

static void open_value(struct tt_pairs *pairs, struct tt_span plain, uint64_t at)
{
    if (pairs->value.tried)
        return;
    size_t count = make_steps(pairs, 0);
    tt_value_open(&pairs->value, tt_decoder_percent.name, pairs->steps, count, plain, at);
}

/* Adds the part of a name in this piece, which ends at `end`, to what earlier pieces had of it. */
static void keep_name(struct tt_pairs *pairs, const uint8_t *end)
{
    size_t room = sizeof(pairs->name_room) - pairs->name_len;
    size_t len = (size_t)(end - pairs->item);
    if (len > room)
        len = room;
    if (len > 0)
        memcpy(pairs->name_room + pairs->name_len, pairs->item, len);
    pairs->name_len += len;
    pairs->name = tt_span_of(pairs->name_room, pairs->name_len);
}

/* The name is over: it lies in the piece, or is put together. */
static inline void end_name(struct tt_pairs *pairs, const uint8_t *end)
{
    if (pairs->name_len > 0)
        keep_name(pairs, end);
    else
        pairs->name = tt_span_of(pairs->item, (size_t)(end - pairs->item));
}

/* The piece is over: what may be needed of it later is copied. */
static void keep_item(struct tt_pairs *pairs, struct tt_span in)
{
    if (!pairs->in_value) {
        keep_name(pairs, in.data + in.len);
    } else if (pairs->name.data != pairs->name_room) {
        pairs->item = pairs->name.data;
        keep_name(pairs, pairs->name.data + pairs->name.len);
    }
}

/* Answers the marks of the item that ends (or whose part in this piece ends) before `end`. */
static void answer(struct tt_pairs *pairs, struct tt_marks *marks, uint64_t end, uint64_t len)
{
    if (!tt_marks_before(marks, end))
        return;
    size_t count = make_steps(pairs, len);
    tt_value_answer(&pairs->value, marks, end, pairs->steps, count);
}

/* A "%" that was the last thing of a piece before anything was opened: is it an escape now?
 * Gives the number of bytes taken from `in`. */
static size_t resolve_held(struct tt_pairs *pairs, struct tt_span in, uint64_t at)
{
    struct tt_percent *percent = &pairs->percent;
    size_t need = 3 - percent->held_len;
    size_t used = 0;
    while (used < need && used < in.len && tt_hex_value(in.data[used]) >= 0)
        used++;
    if (used == need) {
        size_t held_len = percent->held_len;
        open_value(pairs, tt_span_of(NULL, 0), at - held_len);
        tt_percent_feed(percent, tt_span_sub(in, 0, used), at, false, &pairs->value.out);
        return used;
    }
    if (used == in.len) {
        for (size_t i = 0; i < used; i++)
            percent->held[percent->held_len++] = in.data[i];
        return used;
    }
    tt_value_keep(&pairs->value, tt_span_of(percent->held, percent->held_len));
    percent->held_len = 0;
    return 0;
}

/* The plain bytes at the front of an item without escapes so far: up to a separator, an escape or
 * the end. A "%" that is none is plain; one that the span cuts is held. */
static size_t plain_part(struct tt_pairs *pairs, struct tt_span in, uint8_t stops)
{
    size_t len = 0;
    for (;;) {
        while (len < in.len && (meaning[in.data[len]] & stops) == 0)
            len++;
        if (len == in.len || in.data[len] != '%')
            return len;
        struct tt_span left = tt_span_from(in, len);
        bool cut = false;
        if (tt_percent_at(left, &cut))
            return len;
        if (cut) {
            memcpy(pairs->percent.held, left.data, left.len);
            pairs->percent.held_len = left.len;
            return len;
        }
        len++;
    }
}

/* Reads on in the item without escapes so far. Gives the bytes taken. */
static size_t read_plain(struct tt_pairs *pairs, struct tt_span in, uint64_t at, uint8_t stops)
{
    if (pairs->percent.held_len > 0)
        return resolve_held(pairs, in, at);
    size_t len = plain_part(pairs, in, stops);
    struct tt_span plain = tt_span_sub(in, 0, len);
    size_t held_len = pairs->percent.held_len;
    if (len + held_len == in.len) {
        tt_value_keep(&pairs->value, plain);
        return in.len;
    }
    if ((meaning[in.data[len]] & (PERCENT | PLUS) & stops) != 0)
        open_value(pairs, plain, at);
    return len;
}

/* Reads on in an item that is being decoded. */
static size_t read_escaped(struct tt_pairs *pairs, struct tt_span in, uint64_t at, uint8_t ends)
{
    size_t len = 0;
    while (len < in.len && (meaning[in.data[len]] & ends) == 0)
        len++;
    bool plus = (rules[pairs->kind].escapes & PLUS) != 0;
    tt_percent_feed(&pairs->percent, tt_span_sub(in, 0, len), at, plus, &pairs->value.out);
    return len;
}

/* A separator or the end: the item is over at `at`. */
static inline void end_item(struct tt_pairs *pairs, enum tt_body_end end, uint64_t at)
{
    if (pairs->value.tried)
        tt_percent_end(&pairs->percent, at, &pairs->value.out);
    tt_value_end(&pairs->value, end, at);
}

static uint8_t ends_of(const struct tt_pairs *pairs)
{
    return (uint8_t)(rules[pairs->kind].separators | (pairs->in_value ? 0 : EQUALS));
}

/* The separator at `end`, offset `at`. */
static inline void pass_separator(struct tt_pairs *pairs, const uint8_t *end, uint64_t at,
                                  struct tt_marks *marks)
{
    bool to_value = *end == '=' && !pairs->in_value;
    answer(pairs, marks, at + 1, at - pairs->item_at);
    end_item(pairs, TT_BODY_COMPLETE, at);
    if (to_value)
        end_name(pairs, end);
    begin_item(pairs, to_value, at + 1);
    pairs->item = end + 1;
}

void tt_pairs_feed(struct tt_pairs *pairs, struct tt_span in, uint64_t at, struct tt_marks *marks)
{
    uint8_t escapes = pairs->decode ? rules[pairs->kind].escapes : 0;
    size_t i = 0;
    pairs->item = in.data;
    while (i < in.len) {
        uint8_t ends = ends_of(pairs);
        struct tt_span left = tt_span_of(in.data + i, in.len - i);
        bool held = !pairs->value.tried && pairs->percent.held_len > 0;
        if (!held && (meaning[left.data[0]] & ends) != 0) {
            pass_separator(pairs, left.data, at + i, marks);
            i++;
        } else if (pairs->value.tried) {
            i += read_escaped(pairs, left, at + i, ends);
        } else {
            i += read_plain(pairs, left, at + i, ends | escapes);
        }
    }
    answer(pairs, marks, at + in.len, 0);
    keep_item(pairs, in);
    if (pairs->value.tried)
        (void)tt_outlet_flush(&pairs->value.out, at + in.len - pairs->percent.held_len);
}

void tt_pairs_end(struct tt_pairs *pairs, enum tt_body_end end, uint64_t at)
{
    end_item(pairs, end, at);
    pairs->percent.held_len = 0;
}
