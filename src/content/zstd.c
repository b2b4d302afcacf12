#include "content/zstd.h"

#include <stdlib.h>
#include <zstd.h>

#include "content/coding.h"

enum { FRAME_START = 5 }; /* bytes that begin a frame: magic and descriptor */

struct unzstd {
    struct tt_coding coding;
    ZSTD_DStream *stream;
    bool between;  /* a frame is over, another may follow */
    size_t wanted; /* input that the library can use at once */
    uint8_t out[TT_CODING_OUT];
};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    (void)body;
    (void)whole;
    return tt_span_starts(head, tt_span_of(magic, sizeof(magic)));
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct unzstd *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    state->stream = ZSTD_createDStream();
    if (state->stream == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(
                                     state->stream, ZSTD_d_windowLogMax, TT_ZSTD_WINDOW_LOG_MAX))) {
        (void)ZSTD_freeDStream(state->stream);
        free(state);
        return NULL;
    }
    state->between = false;
    state->wanted = FRAME_START;
    tt_coding_init(&state->coding, body, sink, tt_decoder_zstd.name, state->out,
                   sizeof(state->out));
    return state;
}

static void fail(struct unzstd *state, size_t code)
{
    if (strcmp(ZSTD_getErrorName(code), "Restored data doesn't match checksum") == 0)
        tt_coding_note(&state->coding, "content.checksum", state->coding.next,
                       "compressed data does not fit its checksum");
    else
        tt_coding_note(&state->coding, "content.broken", state->coding.next,
                       "compressed data is damaged: the rest is searched as it stands");
    state->coding.ended = true;
}

/* Both sorts of frame begin like this (RFC 8878, section 3.1): magic 0xFD2FB528, or a skippable
 * one of 0x184D2A50 to 0x184D2A5F, in little endian. */
static bool may_begin_frame(uint8_t first)
{
    return first == 0x28 || (first & 0xf0) == 0x50;
}

/* One call of the library. False when nothing more can come of this input. It gets no more than it
 * wants, so that blocks in front of damage are given out before the damage is met. */
static bool decode_some(struct unzstd *state, struct tt_span input, size_t *at)
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
    ZSTD_inBuffer in = {.src = part.data, .size = part.len};
    ZSTD_outBuffer to = {.dst = out->bytes, .size = out->cap, .pos = out->len};
    size_t left = ZSTD_decompressStream(state->stream, &to, &in);
    state->coding.next += in.pos;
    *at += in.pos;
    state->coding.total += to.pos - out->len;
    out->len = to.pos;
    if (ZSTD_isError(left)) {
        fail(state, left);
        return false;
    }
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
    struct unzstd *state = opaque;
    struct tt_coding *coding = &state->coding;
    if (coding->ended)
        return 0;
    coding->frame = piece->origin.last_frame;
    state->coding.next = piece->at;
    size_t at = 0;
    bool more = piece->bytes.len > 0;
    while (more)
        more = decode_some(state, piece->bytes, &at);
    return tt_coding_taken(coding, piece);
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct unzstd *state = opaque;
    tt_coding_close(&state->coding, end);
    (void)ZSTD_freeDStream(state->stream);
    free(state);
}

const struct tt_decoder tt_decoder_zstd = {.name = "zstd",
                                           .title = "Zstandard compression",
                                           .spec = "RFC 8878",
                                           .sort = TT_CODING,
                                           .claims = claims,
                                           .open = open_state,
                                           .feed = feed,
                                           .close = close_state};
