#include "content/zstd.h"

#include <stdlib.h>
#include <zstd.h>

#include "content/framed.h"

enum { FRAME_START = 5 }; /* bytes that begin a frame: magic and descriptor */

struct unzstd {
    struct tt_framed framed;
    ZSTD_DStream *stream;
};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    (void)body;
    (void)whole;
    return tt_span_starts(head, tt_span_of(magic, sizeof(magic)));
}

static struct tt_framed_step decode(void *context, struct tt_span input, uint8_t *out, size_t room)
{
    ZSTD_inBuffer in = {.src = input.data, .size = input.len};
    ZSTD_outBuffer to = {.dst = out, .size = room};
    size_t left = ZSTD_decompressStream(context, &to, &in);
    struct tt_framed_step step = {.used = in.pos, .made = to.pos, .left = left};
    if (ZSTD_isError(left)) {
        step.failed = true;
        step.bad_digest =
            strcmp(ZSTD_getErrorName(left), "Restored data doesn't match checksum") == 0;
    }
    return step;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    static const struct tt_framed_library library = {
        .frame_start = FRAME_START, .magic = 0x28, .step = decode};
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
    tt_framed_init(&state->framed, &library, state->stream, body, sink, tt_decoder_zstd.name);
    return state;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct unzstd *state = opaque;
    return tt_framed_feed(&state->framed, piece);
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct unzstd *state = opaque;
    tt_coding_close(&state->framed.coding, end);
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
