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

struct variant {
    const char *step;
    const char *digits;
    bool has_zeros; /* "z" stands for four zeros */
};

static const struct variant variants[] = {
    {"base85",
     "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
     false},
    {"z85", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
     false},
    {"ascii85",
     "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu",
     true},
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
    const char *at = c == 0 ? NULL : strchr(variant->digits, c);
    return at == NULL ? -1 : (int)(at - variant->digits);
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
           (tt_is_ascii_text(decoded) && (head.len <= FIRST || tt_is_plausible_text(decoded)));
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
