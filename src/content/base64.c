#include "content/base64.h"

#include <stdlib.h>

#include "content/coding.h"

#define NO TT_BASE64_NONE

const uint8_t tt_base64_value[256] = {
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, /* 0x00 */
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, /* 0x10 */
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, 62, NO, 63, /* 0x20: + - / */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO, /* 0x30 */
    NO, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, /* 0x40 */
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, 63, /* 0x50: _ */
    NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* 0x60 */
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO, /* 0x70 */
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO};

#undef NO

static size_t decode_one(struct tt_base64 *state, uint8_t c, uint8_t *out)
{
    state->bits = state->bits << 6 | (tt_base64_value[c] & 0x3fU);
    state->count += 6;
    if (state->count < 8)
        return 0;
    state->count -= 8;
    *out = (uint8_t)(state->bits >> state->count);
    return 1;
}

size_t tt_base64_decode(struct tt_base64 *state, struct tt_span in, uint8_t *out)
{
    size_t at = 0;
    size_t len = 0;
    while (at < in.len && state->count > 0)
        len += decode_one(state, in.data[at++], out + len);
    for (; in.len - at >= 4; at += 4, len += 3) {
        const uint8_t *c = in.data + at;
        uint32_t bits = (uint32_t)tt_base64_value[c[0]] << 18 |
                        (uint32_t)tt_base64_value[c[1]] << 12 |
                        (uint32_t)tt_base64_value[c[2]] << 6 | tt_base64_value[c[3]];
        out[len] = (uint8_t)(bits >> 16);
        out[len + 1] = (uint8_t)(bits >> 8);
        out[len + 2] = (uint8_t)bits;
    }
    while (at < in.len)
        len += decode_one(state, in.data[at++], out + len);
    return len;
}

/* ---- a body that is declared as base64 ---- */

struct base64_body {
    struct tt_coding coding;
    struct tt_base64 state;
    uint64_t next;
    uint8_t out[TT_CODING_OUT];
};

/* "All line breaks or other characters not found in Table 1 must be ignored" (RFC 2045): but only
 * those that a mailer puts there are, so that a lie is seen. */
static bool is_between(uint8_t c)
{
    return c == '\r' || c == '\n' || c == ' ' || c == '\t' || c == '=';
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    if (head.len == 0 || !tt_coding_declared(body, "base64"))
        return false;
    for (size_t i = 0; i < head.len; i++)
        if (tt_base64_value[head.data[i]] == TT_BASE64_NONE && !is_between(head.data[i]))
            return false;
    return true;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct base64_body *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    state->state = (struct tt_base64){0};
    state->next = 0;
    tt_coding_init(&state->coding, body, sink, tt_decoder_base64.name, state->out,
                   sizeof(state->out));
    return state;
}

/* The length of the run of alphabet characters at the front, at most `max`. */
static size_t run_len(struct tt_span in, size_t max)
{
    size_t len = 0;
    while (len < in.len && len < max && tt_base64_value[in.data[len]] != TT_BASE64_NONE)
        len++;
    return len;
}

/* Takes a run, or one character between two. False at a character that is neither. */
static bool step(struct base64_body *state, struct tt_span in, size_t *at, uint64_t base)
{
    enum { STEP = 4096 };
    struct tt_outlet *out = &state->coding.out;
    struct tt_span left = tt_span_from(in, *at);
    size_t len = run_len(left, STEP);
    if (len == 0) {
        if (!is_between(left.data[0]))
            return false;
        if (left.data[0] == '=')
            state->state = (struct tt_base64){0};
        *at += 1;
        return true;
    }
    if (out->cap - out->len < STEP && !tt_coding_flush(&state->coding, base + *at))
        return false;
    out->len += tt_base64_decode(&state->state, tt_span_sub(left, 0, len), out->bytes + out->len);
    *at += len;
    return true;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct base64_body *state = opaque;
    if (state->coding.ended)
        return 0;
    state->coding.frame = piece->origin.last_frame;
    size_t at = 0;
    while (at < piece->bytes.len && step(state, piece->bytes, &at, piece->at)) {
    }
    state->next = piece->at + at;
    if (!tt_coding_flush(&state->coding, state->next) || at < piece->bytes.len)
        state->coding.ended = true;
    return at;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct base64_body *state = opaque;
    tt_outlet_close(&state->coding.out, state->coding.ended ? TT_BODY_BROKEN : end, state->next);
    free(state);
}

const struct tt_decoder tt_decoder_base64 = {.name = "base64",
                                             .title = "base64 as a transfer encoding",
                                             .spec = "RFC 2045, section 6.8",
                                             .sort = TT_CODING,
                                             .claims = claims,
                                             .open = open_state,
                                             .feed = feed,
                                             .close = close_state};
