#include "content/brotli.h"

#include <brotli/decode.h>
#include <stdlib.h>

#include "content/coding.h"
#include "content/printable.h"

/* Input for one call: what was decoded in a call that meets damage is lost. */
enum { STEP = 512 };

struct unbrotli {
    struct tt_coding coding;
    BrotliDecoderState *decoder;
    uint8_t out[TT_CODING_OUT];
};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    enum { TRIAL_OUT = 1024 };
    if (head.len == 0 || !tt_coding_declared(body, "br"))
        return false;
    BrotliDecoderState *decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (decoder == NULL)
        return false;
    uint8_t out[TRIAL_OUT];
    uint8_t *next_out = out;
    size_t room = sizeof(out);
    const uint8_t *next_in = head.data;
    size_t left = head.len;
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(decoder, &left, &next_in, &room, &next_out, NULL);
    BrotliDecoderDestroyInstance(decoder);
    if (result == BROTLI_DECODER_RESULT_ERROR)
        return false;
    /* Plain text may pass by luck, but hardly to its very end. */
    bool exact = result == BROTLI_DECODER_RESULT_SUCCESS && left == 0 && room < sizeof(out);
    return exact || !tt_is_printable(head);
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
