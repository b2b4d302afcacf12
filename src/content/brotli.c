#include "content/brotli.h"

#include <brotli/decode.h>
#include <stdlib.h>

#include "content/coding.h"
#include "content/plausible.h"
#include "content/printable.h"
#include "model/limits.h"

enum {
    STEP = 64, /* input for one call: what was decoded in a call that meets damage is lost */
    TRIAL_OUT = 1024
};

struct unbrotli {
    struct tt_coding coding;
    BrotliDecoderState *decoder;
    uint8_t out[TT_CODING_OUT];
};

struct trial {
    bool ended; /* the stream is over, */
    bool exact; /* and so is the input */
    size_t out;
    uint8_t bytes[TRIAL_OUT];
};

/* False when the bytes cannot be it. */
static bool try_decode(struct tt_span head, struct trial *ret_trial)
{
    BrotliDecoderState *decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (decoder == NULL)
        return false;
    uint8_t *next_out = ret_trial->bytes;
    size_t room = sizeof(ret_trial->bytes);
    const uint8_t *next_in = head.data;
    size_t left = head.len;
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(decoder, &left, &next_in, &room, &next_out, NULL);
    BrotliDecoderDestroyInstance(decoder);
    ret_trial->ended = result == BROTLI_DECODER_RESULT_SUCCESS;
    ret_trial->exact = ret_trial->ended && left == 0;
    ret_trial->out = sizeof(ret_trial->bytes) - room;
    return result != BROTLI_DECODER_RESULT_ERROR;
}

/* Bits from the lowest of each byte on, of the first four bytes. */
static unsigned take_bits(uint32_t *bits, unsigned count)
{
    unsigned taken = *bits & ((1U << count) - 1);
    *bits >>= count;
    return taken;
}

/* The stream header and that of the first meta-block, RFC 7932, sections 9.1 and 9.2: a window of
 * 64 KiB and more, and a length that fits a text. */
static bool may_begin_brotli(struct tt_span head, bool whole)
{
    enum { LEN_MIN = 16, RATIO = 64, LONG = 256, LONG_RATIO = 512 };
    uint32_t bits = (uint32_t)head.data[0] | (uint32_t)head.data[1] << 8 |
                    (uint32_t)head.data[2] << 16 | (uint32_t)head.data[3] << 24;
    if (take_bits(&bits, 1) == 1 && take_bits(&bits, 3) == 0)
        return false;
    if (take_bits(&bits, 1) == 1 && take_bits(&bits, 1) == 1)
        return false; /* last and empty */
    unsigned nibbles = take_bits(&bits, 2) + 4;
    if (nibbles > 6)
        return false;
    unsigned len = take_bits(&bits, 4 * nibbles) + 1;
    bool shortest = nibbles == 4 || (len - 1) >> (4 * nibbles - 4) != 0;
    unsigned ratio = head.len < LONG ? RATIO : LONG_RATIO; /* a trial of chance costs time */
    return shortest && len >= LEN_MIN && (!whole || len / ratio <= head.len);
}

/* There is no magic number: it must decode to text, all of it or a good piece. */
static bool brotli_shows(struct tt_span head, bool whole)
{
    enum { HEAD_MIN = 12, PIECE_MIN = 64 };
    struct trial trial;
    if (head.len < HEAD_MIN || !may_begin_brotli(head, whole) || tt_is_ascii_text(head) ||
        !try_decode(head, &trial) || !tt_is_meant_text(tt_span_of(trial.bytes, trial.out)))
        return false;
    bool seen = whole || head.len == TT_BODY_PROBE_MAX; /* all that there is to see */
    if (trial.ended)
        return seen && trial.exact;
    return trial.out >= PIECE_MIN && (!whole || trial.out == sizeof(trial.bytes));
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (!tt_coding_declared(body, "br"))
        return brotli_shows(head, whole);
    struct trial trial;
    if (head.len == 0)
        return false;
    if (!try_decode(head, &trial))
        return false;
    /* Plain text may pass by luck, but hardly to its very end. */
    return (trial.exact && trial.out < sizeof(trial.bytes)) || !tt_is_printable(head);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct unbrotli *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    state->decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (state->decoder == NULL) {
        free(state);
        return NULL;
    }
    tt_coding_init(&state->coding, body, sink, tt_decoder_brotli.name, state->out,
                   sizeof(state->out));
    return state;
}

/* One call of the library. False when nothing more can come of this input. */
static bool decode_some(struct unbrotli *state, const uint8_t **in, size_t *left)
{
    struct tt_outlet *out = &state->coding.out;
    uint8_t *next_out = out->bytes + out->len;
    size_t room = out->cap - out->len;
    size_t before = *left;
    size_t had = out->len;
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state->decoder, left, in, &room, &next_out, NULL);
    state->coding.next += before - *left;
    out->len = out->cap - room;
    state->coding.total += out->len - had;
    switch (result) {
    case BROTLI_DECODER_RESULT_SUCCESS:
        state->coding.complete = true;
        break;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return false;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        if (tt_coding_flush(&state->coding, state->coding.next))
            return true;
        break;
    case BROTLI_DECODER_RESULT_ERROR:
        tt_coding_note(&state->coding, "content.broken", state->coding.next,
                       "compressed data is damaged: the rest is searched as it stands");
        break;
    }
    state->coding.ended = true;
    return false;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct unbrotli *state = opaque;
    struct tt_coding *coding = &state->coding;
    if (coding->ended)
        return 0;
    coding->frame = piece->origin.last_frame;
    state->coding.next = piece->at;
    for (size_t at = 0; at < piece->bytes.len && !coding->ended; at += STEP) {
        struct tt_span part = tt_span_sub(piece->bytes, at, STEP);
        bool more = true;
        while (more)
            more = decode_some(state, &part.data, &part.len);
    }
    return tt_coding_taken(coding, piece);
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct unbrotli *state = opaque;
    tt_coding_close(&state->coding, end);
    BrotliDecoderDestroyInstance(state->decoder);
    free(state);
}

const struct tt_decoder tt_decoder_brotli = {.name = "br",
                                             .title = "brotli compression",
                                             .spec = "RFC 7932",
                                             .sort = TT_CODING,
                                             .claims = claims,
                                             .open = open_state,
                                             .feed = feed,
                                             .close = close_state};
