#include "content/xored.h"

#include <stdio.h>
#include <stdlib.h>

#include "content/outlet.h"
#include "content/place.h"
#include "content/plausible.h"
#include "model/limits.h"

enum {
    LOOK = 64,     /* bytes that must be text under the key */
    TEXT_MIN = 16, /* fewer prove nothing */
    FILLING = 3,   /* a byte that is more than one in three */
    HEADER_MAX = 16,
    ZEROS = 8, /* zeros in a binary format are more than one in eight */
    STEP_TEXT = 12,
    OUT = 4096
};

struct xored {
    struct tt_outlet out;
    bool opened;
    uint8_t key;
    size_t head_len;
    uint64_t next;
    uint8_t head[LOOK];
    char step[STEP_TEXT];
    uint8_t bytes[OUT];
};

/* ---- the key ---- */

static uint8_t most_frequent(struct tt_span head)
{
    uint8_t counts[256] = {0};
    uint8_t best = head.data[0];
    for (size_t i = 0; i < head.len; i++)
        if (++counts[head.data[i]] > counts[best])
            best = head.data[i];
    return best;
}

/* Under the key it is all text, in whose first bytes no more signs stand than in JSON or XML. */
static bool gives_text(struct tt_span head, uint8_t key)
{
    uint8_t plain[LOOK];
    for (size_t i = 0; i < head.len; i++) {
        plain[i] = head.data[i] ^ key;
        if (plain[i] >= 0x7f ||
            (plain[i] < 0x20 && plain[i] != '\t' && plain[i] != '\n' && plain[i] != '\r'))
            return false;
    }
    return tt_is_meant_text(tt_span_of(plain, head.len));
}

static bool is_common(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ';
}

/* Binary formats with names in them give other letters under a small key, and their zeros a letter
 * that is everywhere. So most of it must be what most of a text is, more so than without the key,
 * and nothing so often as to be a filling. */
static bool is_better_text(struct tt_span head, uint8_t key)
{
    uint8_t counts[256] = {0};
    size_t plain = 0;
    size_t before = 0;
    for (size_t i = 0; i < head.len; i++) {
        before += is_common(head.data[i]);
        plain += is_common(head.data[i] ^ key);
        if (++counts[head.data[i]] * (size_t)FILLING > head.len)
            return false;
    }
    return counts[0] * (size_t)ZEROS <= head.len && 5 * plain >= 3 * head.len &&
           2 * before <= head.len && 4 * (plain - before) >= head.len && plain > before;
}

/* Text under a small key is text again: only JSON is believed then, up to its first name. */
static bool gives_json(struct tt_span head, uint8_t key)
{
    uint8_t plain[LOOK] = {0};
    size_t at = (head.data[0] ^ key) == '[' ? 1 : 0;
    if (head.len < TEXT_MIN || (head.data[at] ^ key) != '{' || (head.data[at + 1] ^ key) != '"')
        return false;
    for (size_t i = 0; i < head.len; i++)
        plain[i] = head.data[i] ^ key;
    size_t end = at + 2;
    while (end + 2 < head.len && (tt_is_alnum(plain[end]) || plain[end] == '_'))
        end++;
    return end > at + 2 && plain[end] == '"' && plain[end + 1] == ':' && gives_text(head, key);
}

/* The key of JSON behind a header of a few bytes, or 0. The header is XORed with it too: the text
 * that is searched is all there. */
static uint8_t find_behind(struct tt_span head)
{
    for (size_t at = 1; at <= HEADER_MAX && at + TEXT_MIN <= head.len; at++) {
        uint8_t key = head.data[at] ^ (uint8_t)'{';
        if (key != 0 && gives_json(tt_span_from(head, at), key))
            return key;
    }
    return 0;
}

/* RFC 1952, section 2.3: what does not vary in a header of gzip, and its flags. */
static bool gives_gzip(struct tt_span head, uint8_t key)
{
    enum { FLAGS = 3, EXTRA = 8, SYSTEM = 9, RESERVED = 0xe0, SYSTEM_MAX = 13 };
    static const uint8_t magic[] = {0x1f, 0x8b, 8};
    for (size_t i = 0; i < sizeof(magic); i++)
        if ((head.data[i] ^ key) != magic[i])
            return false;
    uint8_t extra = head.data[EXTRA] ^ key;
    uint8_t made_by = head.data[SYSTEM] ^ key;
    return ((head.data[FLAGS] ^ key) & RESERVED) == 0 && (extra == 0 || extra == 2 || extra == 4) &&
           (made_by <= SYSTEM_MAX || made_by == 0xff);
}

static bool is_meant(struct tt_span head, uint8_t key)
{
    return gives_text(head, key) && is_better_text(head, key);
}

/* Text has no top bits: under any key they are all the same. */
static bool has_one_top_bit(struct tt_span head)
{
    uint8_t any = 0;
    uint8_t all = 0x80;
    for (size_t i = 0; i < head.len; i++) {
        any |= head.data[i];
        all &= head.data[i];
    }
    return (any & 0x80) == all;
}

/* The key, or 0. Looks at LOOK bytes. gzip begins as nothing else; of a text the likeliest byte of
 * a text is one of a few. */
static uint8_t find_key(struct tt_span head)
{
    static const char starts[] = "{[<";
    static const char frequent[] = " \"0e1,a";
    if (head.len < TEXT_MIN)
        return 0;
    uint8_t gzip = head.data[0] ^ 0x1f;
    if (gzip != 0 && gives_gzip(head, gzip))
        return gzip;
    bool is_text = tt_is_ascii_text(head);
    uint8_t behind = is_text ? 0 : find_behind(head);
    if (behind != 0 || !has_one_top_bit(head))
        return behind;
    for (size_t i = 0; i < sizeof(starts) - 1; i++) {
        uint8_t key = head.data[0] ^ (uint8_t)starts[i];
        if (key != 0 && (gives_json(head, key) || (!is_text && is_meant(head, key))))
            return key;
    }
    if (is_text)
        return 0;
    uint8_t byte = most_frequent(head);
    for (size_t i = 0; i < sizeof(frequent) - 1; i++) {
        uint8_t key = byte ^ (uint8_t)frequent[i];
        if (key != 0 && is_meant(head, key))
            return key;
    }
    return 0;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    (void)whole;
    return find_key(tt_span_sub(head, 0, LOOK)) != 0;
}

/* ---- state ---- */

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    (void)body;
    struct xored *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    tt_outlet_init(&state->out, sink, state->bytes, sizeof(state->bytes));
    state->opened = false;
    state->key = 0;
    state->head_len = 0;
    state->next = 0;
    return state;
}

static void put(struct xored *state, struct tt_span in, uint64_t at)
{
    struct tt_outlet *out = &state->out;
    for (size_t i = 0; i < in.len && out->state == TT_OUTLET_OPEN; i++) {
        if (out->len == out->cap && !tt_outlet_flush(out, at + i))
            return;
        out->bytes[out->len++] = in.data[i] ^ state->key;
    }
    (void)tt_outlet_flush(out, at + in.len);
}

/* The start is there: opens the inner body, when there is a key. */
static void begin(struct xored *state)
{
    struct tt_span head = tt_span_of(state->head, state->head_len);
    state->opened = true;
    state->key = find_key(head);
    if (state->key == 0)
        return;
    (void)snprintf(state->step, sizeof(state->step), "xor:%02x", state->key);
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = state->step};
    (void)tt_outlet_open(&state->out, &inner, NULL, 0);
    put(state, head, 0);
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    struct xored *state = opaque;
    struct tt_span rest = piece->bytes;
    if (!state->opened) {
        struct tt_span part = tt_span_sub(rest, 0, LOOK - state->head_len);
        memcpy(state->head + state->head_len, part.data, part.len);
        state->head_len += part.len;
        rest = tt_span_from(rest, part.len);
        if (state->head_len == LOOK)
            begin(state);
    }
    put(state, rest, piece->at + piece->bytes.len - rest.len);
    state->next = piece->at + piece->bytes.len;
    for (size_t i = 0; i < mark_count; i++)
        state->out.sink->place(state->out.sink->context, i, NULL, 0, false);
    return piece->bytes.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct xored *state = opaque;
    if (!state->opened)
        begin(state);
    tt_outlet_close(&state->out, end, state->next);
    free(state);
}

const struct tt_decoder tt_decoder_xored = {.name = "xor",
                                            .title = "text XORed with one byte",
                                            .spec = "no specification",
                                            .sort = TT_FORMAT,
                                            .claims = claims,
                                            .open = open_state,
                                            .feed = feed,
                                            .close = close_state};
