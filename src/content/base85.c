#include "content/base85.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "content/outlet.h"
#include "content/plausible.h"

enum {
    LOOK = 60,    /* characters that must decode to something */
    FIRST = 10,   /* that are looked at before all others */
    LEN_MIN = 18, /* shorter ones prove nothing */
    GROUP = 5,
    OUT = 4096
};

enum { FIRST_CHAR = ' ', CHARS = 96 };

struct variant {
    const char *step;
    const uint8_t *digits; /* NULL: the characters from "!" on, in order */
    bool has_zeros;        /* "z" stands for four zeros */
};

/* What each character from the space on stands for, plus one; 0: not a digit. RFC 1924; 32/Z85. */
static const uint8_t rfc1924_digits[CHARS] = {
    0,  63, 0,  64, 65, 66, 67, 0,  68, 69, 70, 71, 0,  72, 0,  0,  1,  2,  3,  4,  5,  6,  7,  8,
    9,  10, 0,  73, 74, 75, 76, 77, 78, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 0,  0,  0,  79, 80, 81, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 82, 83, 84, 85, 0};

static const uint8_t z85_digits[CHARS] = {
    0,  69, 0,  85, 84, 83, 73, 0,  76, 77, 71, 66, 0,  64, 63, 70, 1,  2,  3,  4,  5,  6,  7,  8,
    9,  10, 65, 0,  74, 67, 75, 72, 82, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 78, 0,  79, 68, 0,  0,  11, 12, 13, 14, 15, 16, 17,
    18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 80, 0,  81, 0,  0};

static const struct variant variants[] = {
    {"base85", rfc1924_digits, false},
    {"z85", z85_digits, false},
    {"ascii85", NULL, true},
};

/* A decoder that may stop after any character. */
struct group {
    uint64_t value;
    unsigned count; /* of its characters */
};

struct base85 {
    struct tt_outlet out;
    bool chosen; /* variant is known, or that there is none */
    bool over;   /* nothing more is decoded */
    const struct variant *variant;
    struct group group;
    uint64_t next;
    size_t head_len;
    uint8_t head[LOOK];
    uint8_t bytes[OUT];
};

/* ---- groups ---- */

static int digit_of(const struct variant *variant, uint8_t c)
{
    if (variant->digits == NULL)
        return c >= '!' && c <= 'u' ? c - '!' : -1;
    return c >= FIRST_CHAR && c < FIRST_CHAR + CHARS ? variant->digits[c - FIRST_CHAR] - 1 : -1;
}

static size_t put_group(const struct group *group, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(group->value >> (24 - 8 * i));
    return len;
}

/* Takes one character. Gives the bytes that it completes (0 or 4), or -1 when it does not belong.
 */
static int take(const struct variant *variant, struct group *group, uint8_t c, uint8_t *out)
{
    if (c == '\r' || c == '\n')
        return 0;
    if (variant->has_zeros && c == 'z' && group->count == 0) {
        memset(out, 0, 4);
        return 4;
    }
    int digit = digit_of(variant, c);
    if (digit < 0)
        return -1;
    group->value = group->value * 85 + (unsigned)digit;
    if (++group->count < GROUP)
        return 0;
    if (group->value > UINT32_MAX)
        return -1;
    int len = (int)put_group(group, out, 4);
    *group = (struct group){0};
    return len;
}

/* The last group may be short: n characters give n - 1 bytes. */
static size_t take_end(struct group *group, uint8_t *out)
{
    size_t count = group->count;
    if (count < 2)
        return 0;
    for (; group->count < GROUP; group->count++)
        group->value = group->value * 85 + 84;
    return group->value > UINT32_MAX ? 0 : put_group(group, out, count - 1);
}

/* ---- recognition ---- */

/* Without the opening delimiter of Ascii85. */
static struct tt_span without_start(struct tt_span head)
{
    return tt_span_starts(head, tt_span_str("<~")) ? tt_span_from(head, 2) : head;
}

/* `marked`: behind the opening delimiter of Ascii85. With the closing one it may hold anything. */
static bool fits(const struct variant *variant, struct tt_span head, bool marked)
{
    uint8_t bytes[4 * LOOK + 4]; /* each character may be a "z" */
    size_t len = 0;
    struct group group = {0};
    bool ended = false;
    for (size_t i = 0; i < head.len && !ended; i++) {
        ended = head.data[i] == '~' && variant->has_zeros;
        if (ended && !marked && i < LEN_MIN)
            return false; /* a few letters say nothing */
        int more = ended ? 0 : take(variant, &group, head.data[i], bytes + len);
        if (more < 0)
            return false;
        len += (size_t)more;
    }
    if (head.len < LOOK - 2 || ended)
        len += take_end(&group, bytes + len);
    struct tt_span decoded = tt_span_of(bytes, len);
    if (marked && ended)
        return len > 0;
    return tt_has_magic(decoded) ||
           (tt_is_text(decoded) && (head.len <= FIRST || tt_is_plausible_text(decoded)));
}

/* Most texts fail with the first characters of each variant. `head`: at most LOOK characters. */
static const struct variant *find_variant(struct tt_span head)
{
    struct tt_span text = without_start(head);
    bool marked = text.len < head.len;
    if (text.len < (marked ? FIRST : LEN_MIN))
        return NULL;
    for (size_t i = 0; i < TT_ARRAY_LEN(variants); i++) {
        if (marked && !variants[i].has_zeros)
            continue;
        if ((marked || fits(&variants[i], tt_span_sub(text, 0, FIRST), false)) &&
            fits(&variants[i], text, marked))
            return &variants[i];
    }
    return NULL;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    (void)whole;
    return find_variant(tt_span_sub(head, 0, LOOK)) != NULL;
}

/* ---- state ---- */

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    (void)body;
    struct base85 *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    tt_outlet_init(&state->out, sink, state->bytes, sizeof(state->bytes));
    state->chosen = false;
    state->over = false;
    state->variant = NULL;
    state->group = (struct group){0};
    state->next = 0;
    state->head_len = 0;
    return state;
}

static void put(struct base85 *state, struct tt_span in, uint64_t at)
{
    struct tt_outlet *out = &state->out;
    for (size_t i = 0; i < in.len && !state->over; i++) {
        if (out->cap - out->len < 4 && !tt_outlet_flush(out, at + i))
            return;
        int more = take(state->variant, &state->group, in.data[i], out->bytes + out->len);
        state->over = more < 0;
        out->len += more < 0 ? 0 : (size_t)more;
        state->next = at + i + (more < 0 ? 0 : 1);
    }
    (void)tt_outlet_flush(out, state->next);
}

/* The start is there: opens the inner body, when it says something. */
static void begin(struct base85 *state)
{
    struct tt_span head = tt_span_of(state->head, state->head_len);
    state->chosen = true;
    state->variant = find_variant(head);
    state->over = state->variant == NULL;
    if (state->over)
        return;
    struct tt_span text = without_start(head);
    uint64_t at = head.len - text.len;
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = state->variant->step, .at = at};
    state->over = !tt_outlet_open(&state->out, &inner, NULL, 0);
    put(state, text, at);
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    struct base85 *state = opaque;
    struct tt_span rest = piece->bytes;
    if (!state->chosen) {
        struct tt_span part = tt_span_sub(rest, 0, LOOK - state->head_len);
        memcpy(state->head + state->head_len, part.data, part.len);
        state->head_len += part.len;
        rest = tt_span_from(rest, part.len);
        if (state->head_len == LOOK)
            begin(state);
    }
    if (state->chosen)
        put(state, rest, piece->at + piece->bytes.len - rest.len);
    for (size_t i = 0; i < mark_count; i++)
        state->out.sink->place(state->out.sink->context, i, NULL, 0, false);
    return piece->bytes.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct base85 *state = opaque;
    if (!state->chosen)
        begin(state);
    if (state->out.state == TT_OUTLET_OPEN) {
        if (state->out.cap - state->out.len < 4)
            (void)tt_outlet_flush(&state->out, state->next);
        state->out.len += take_end(&state->group, state->out.bytes + state->out.len);
    }
    tt_outlet_close(&state->out, end, state->next);
    free(state);
}

const struct tt_decoder tt_decoder_base85 = {.name = "base85",
                                             .title = "base85: Ascii85, Z85, RFC 1924",
                                             .spec = "RFC 1924; ZeroMQ RFC 32",
                                             .sort = TT_FORMAT,
                                             .claims = claims,
                                             .open = open_state,
                                             .feed = feed,
                                             .close = close_state};
