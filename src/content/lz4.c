#include "content/lz4.h"

#include <lz4frame.h>
#include <stdlib.h>

#include "content/framed.h"

enum { FRAME_START = 7 }; /* bytes of the shortest header: magic, descriptor */

struct unlz4 {
    struct tt_framed framed;
    LZ4F_dctx *context;
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

static struct tt_framed_step decode(void *context, struct tt_span input, uint8_t *out, size_t room)
{
    struct tt_framed_step step = {.used = input.len, .made = room};
    step.left = LZ4F_decompress(context, out, &step.made, input.data, &step.used, NULL);
    if (LZ4F_isError(step.left))
        return (struct tt_framed_step){
            .failed = true, .bad_digest = strstr(LZ4F_getErrorName(step.left), "hecksum") != NULL};
    return step;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    static const struct tt_framed_library library = {
        .frame_start = FRAME_START, .magic = 0x04, .step = decode};
    struct unlz4 *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&state->context, LZ4F_VERSION))) {
        free(state);
        return NULL;
    }
    tt_framed_init(&state->framed, &library, state->context, body, sink, tt_decoder_lz4.name);
    return state;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct unlz4 *state = opaque;
    return tt_framed_feed(&state->framed, piece);
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct unlz4 *state = opaque;
    tt_coding_close(&state->framed.coding, end);
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
