#define ZLIB_CONST /* next_in is const */
#include "capture/wrapping.h"

#include <stdlib.h>
#include <zlib.h>

static bool is_gzip(struct tt_span head)
{
    /* Deflate is the only method there is (RFC 1952, section 2.3.1). */
    return head.len >= 3 && head.data[0] == 0x1f && head.data[1] == 0x8b && head.data[2] == 8;
}

static void *new_gzip(void)
{
    z_stream *stream = calloc(1, sizeof(*stream));
    /* 16: a gzip header, and nothing else. */
    if (stream == NULL || inflateInit2(stream, 16 + MAX_WBITS) == Z_OK)
        return stream;
    free(stream);
    return NULL;
}

static void free_gzip(void *state)
{
    (void)inflateEnd(state);
    free(state);
}

static bool restart_gzip(void *state)
{
    return inflateReset(state) == Z_OK;
}

static enum tt_unwrap_step step_gzip(void *state, struct tt_span in, size_t *ret_used, uint8_t *out,
                                     size_t room, size_t *ret_made)
{
    z_stream *stream = state;
    const uInt most = 1U << 30;
    uInt in_len = in.len < most ? (uInt)in.len : most;
    uInt out_len = room < most ? (uInt)room : most;
    stream->next_in = in.data;
    stream->avail_in = in_len;
    stream->next_out = out;
    stream->avail_out = out_len;
    int status = inflate(stream, Z_NO_FLUSH);
    *ret_used = in_len - stream->avail_in;
    *ret_made = out_len - stream->avail_out;
    switch (status) {
    case Z_OK:
    case Z_BUF_ERROR:
        return TT_UNWRAP_MORE;
    case Z_STREAM_END:
        return TT_UNWRAP_MEMBER;
    case Z_MEM_ERROR:
        return TT_UNWRAP_MEMORY;
    default:
        return TT_UNWRAP_DAMAGED;
    }
}

const struct tt_wrapping tt_wrapping_gzip = {.name = "gzip",
                                             .spec = "RFC 1952",
                                             .cut_code = "gzip.cut",
                                             .damaged_code = "gzip.damaged",
                                             .trailing_code = "gzip.trailing",
                                             .magic_bytes = 3,
                                             .probe = is_gzip,
                                             .member = is_gzip,
                                             .new_state = new_gzip,
                                             .restart = restart_gzip,
                                             .step = step_gzip,
                                             .free_state = free_gzip};
