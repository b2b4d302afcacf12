#include "capture/wrapping.h"

#include "model/limits.h"

#include <lzma.h>
#include <stdlib.h>

enum { PIECE_BYTES = 4096 };

static bool is_xz(struct tt_span head)
{
    return tt_span_starts(head, tt_span_of("\xfd"
                                           "7zXZ\0",
                                           6));
}

static bool restart_xz(void *state)
{
    return lzma_stream_decoder(state, TT_WRAPPING_XZ_BYTES_MAX, 0) == LZMA_OK;
}

static void free_xz(void *state)
{
    lzma_end(state);
    free(state);
}

static void *new_xz(void)
{
    lzma_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL || restart_xz(stream))
        return stream;
    free_xz(stream);
    return NULL;
}

/* How far the decoder runs into damage depends on what it was given. */
static size_t want_xz(const void *state)
{
    (void)state;
    return PIECE_BYTES;
}

static enum tt_unwrap_step step_xz(void *state, struct tt_span in, size_t *ret_used, uint8_t *out,
                                   size_t room, size_t *ret_made)
{
    lzma_stream *stream = state;
    stream->next_in = in.data;
    stream->avail_in = in.len;
    stream->next_out = out;
    stream->avail_out = room;
    lzma_ret status = lzma_code(stream, LZMA_RUN);
    *ret_used = in.len - stream->avail_in;
    *ret_made = room - stream->avail_out;
    if (status == LZMA_OK || status == LZMA_BUF_ERROR)
        return TT_UNWRAP_MORE;
    if (status == LZMA_STREAM_END)
        return TT_UNWRAP_MEMBER;
    if (status == LZMA_MEMLIMIT_ERROR)
        return TT_UNWRAP_LIMIT;
    return status == LZMA_MEM_ERROR ? TT_UNWRAP_MEMORY : TT_UNWRAP_DAMAGED;
}

const struct tt_wrapping tt_wrapping_xz = {.name = "xz",
                                           .spec = "xz-file-format 1.1",
                                           .cut_code = "xz.cut",
                                           .damaged_code = "xz.damaged",
                                           .trailing_code = "xz.trailing",
                                           .limit_code = "xz.limit",
                                           .magic_bytes = 6,
                                           .padding = 4,
                                           .probe = is_xz,
                                           .member = is_xz,
                                           .new_state = new_xz,
                                           .restart = restart_xz,
                                           .want = want_xz,
                                           .step = step_xz,
                                           .free_state = free_xz};
