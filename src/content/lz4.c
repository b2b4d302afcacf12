#include "content/lz4.h"

#include <lz4frame.h>
#include <stdlib.h>

#include "content/coding.h"

enum { FRAME_START = 7 }; /* bytes of the shortest header: magic, descriptor */

struct unlz4 {
    struct tt_coding coding;
    LZ4F_dctx *context;
    bool between;  /* a frame is over, another may follow */
    size_t wanted; /* input that the library can use at once */
    uint8_t out[TT_CODING_OUT];
};

/* Magic, and the version in the descriptor: 01. */
static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    static const uint8_t magic[] = {0x04, 0x22, 0x4d, 0x18};
    (void)body;
    (void)whole;
    return head.len >= FRAME_START && tt_span_starts(head, tt_span_of(magic, sizeof(magic))) &&
           head.data[4] >> 6 == 1;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct unlz4 *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&state->context, LZ4F_VERSION))) {
        free(state);
        return NULL;
    }
    state->between = false;
    state->wanted = FRAME_START;
    tt_coding_init(&state->coding, body, sink, tt_decoder_lz4.name, state->out, sizeof(state->out));
    return state;
}

static void fail(struct unlz4 *state, size_t code)
{
    if (strstr(LZ4F_getErrorName(code), "hecksum") != NULL)
        tt_coding_note(&state->coding, "content.checksum", state->coding.next,
                       "compressed data does not fit its checksum");
    else
        tt_coding_note(&state->coding, "content.broken", state->coding.next,
                       "compressed data is damaged: the rest is searched as it stands");
    state->coding.ended = true;
}

/* A frame, or a skippable one (0x184D2A50 to 0x184D2A5F, in little endian). */
static bool may_begin_frame(uint8_t first)
{
    return first == 0x04 || (first & 0xf0) == 0x50;
}

/* One call of the library. False when nothing more can come of this input. It gets no more than it
 * wants, so that blocks in front of damage are given out before the damage is met. */
static bool decode_some(struct unlz4 *state, struct tt_span input, size_t *at)
{
    struct tt_outlet *out = &state->coding.out;
    if (state->between && *at < input.len) {
        state->between = false;
        if (!may_begin_frame(input.data[*at])) {
            state->coding.ended = true;
            return false;
        }
        state->coding.complete = false;
    }
    struct tt_span part = tt_span_sub(input, *at, state->wanted);
    size_t used = part.len;
    size_t made = out->cap - out->len;
    size_t left =
        LZ4F_decompress(state->context, out->bytes + out->len, &made, part.data, &used, NULL);
    if (LZ4F_isError(left)) {
        fail(state, left);
        return false;
    }
    state->coding.next += used;
    *at += used;
    state->coding.total += made;
    out->len += made;
    state->wanted = left == 0 ? FRAME_START : left;
    if (left == 0) {
        state->coding.complete = true;
        state->between = true;
    }
    if (out->len < out->cap)
        return *at < input.len;
    if (!tt_coding_flush(&state->coding, state->coding.next)) {
        state->coding.ended = true;
        return false;
    }
    return !state->between || *at < input.len;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct unlz4 *state = opaque;
    struct tt_coding *coding = &state->coding;
    if (coding->ended)
        return 0;
    coding->frame = piece->origin.last_frame;
    coding->next = piece->at;
    size_t at = 0;
    bool more = piece->bytes.len > 0;
    while (more)
        more = decode_some(state, piece->bytes, &at);
    return tt_coding_taken(coding, piece);
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct unlz4 *state = opaque;
    tt_coding_close(&state->coding, end);
    (void)LZ4F_freeDecompressionContext(state->context);
    free(state);
}

const struct tt_decoder tt_decoder_lz4 = {.name = "lz4",
                                          .title = "LZ4 frame compression",
                                          .spec = "LZ4 Frame Format 1.6.2",
                                          .sort = TT_CODING,
                                          .claims = claims,
                                          .open = open_state,
                                          .feed = feed,
                                          .close = close_state};
