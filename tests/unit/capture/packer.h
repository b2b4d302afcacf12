/* Compresses for tests, one member at a time, in each format that a capture may be wrapped in. */
#ifndef TEST_CAPTURE_PACKER_H
#define TEST_CAPTURE_PACKER_H

#include "base/buf.h"

#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { PACK_ROOM = 4096 };

/* Room for what `len` bytes may become; aborts without memory. */
static inline uint8_t *pack_room(struct tt_buf *out, size_t len, size_t *ret_room)
{
    *ret_room = len + len / 8 + PACK_ROOM;
    if (tt_buf_reserve(out, *ret_room) != TT_OK)
        abort();
    return out->data + out->len;
}

static inline void pack_gzip(struct tt_buf *out, struct tt_span bytes)
{
    z_stream stream = {0};
    size_t room = 0;
    stream.next_out = pack_room(out, bytes.len, &room);
    stream.avail_out = (uInt)room;
    uint8_t *copy = malloc(bytes.len + 1); /* zlib takes no const */
    if (copy == NULL ||
        deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    stream.next_in = copy;
    stream.avail_in = (uInt)bytes.len;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    out->len += stream.total_out;
    (void)deflateEnd(&stream);
    free(copy);
}

static inline void pack_zstd(struct tt_buf *out, struct tt_span bytes)
{
    size_t room = 0;
    uint8_t *to = pack_room(out, bytes.len, &room);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL || ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)))
        abort();
    size_t made = ZSTD_compress2(context, to, room, bytes.data, bytes.len);
    if (ZSTD_isError(made))
        abort();
    out->len += made;
    (void)ZSTD_freeCCtx(context);
}

static inline void pack_xz(struct tt_buf *out, struct tt_span bytes)
{
    size_t room = 0;
    lzma_stream stream = LZMA_STREAM_INIT;
    stream.next_out = pack_room(out, bytes.len, &room);
    stream.avail_out = room;
    stream.next_in = bytes.data;
    stream.avail_in = bytes.len;
    if (lzma_easy_encoder(&stream, 0, LZMA_CHECK_CRC32) != LZMA_OK ||
        lzma_code(&stream, LZMA_FINISH) != LZMA_STREAM_END)
        abort();
    out->len += stream.total_out;
    lzma_end(&stream);
}

static inline void pack_lz4(struct tt_buf *out, struct tt_span bytes)
{
    LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    size_t bound = LZ4F_compressFrameBound(bytes.len, &preferences);
    if (tt_buf_reserve(out, bound) != TT_OK)
        abort();
    size_t made =
        LZ4F_compressFrame(out->data + out->len, bound, bytes.data, bytes.len, &preferences);
    if (LZ4F_isError(made))
        abort();
    out->len += made;
}

struct packer {
    const char *name;
    void (*pack)(struct tt_buf *out, struct tt_span bytes);
    size_t magic; /* bytes that tell a member */
};

static const struct packer packers[] = {
    {"gzip", pack_gzip, 3}, {"zstd", pack_zstd, 4}, {"xz", pack_xz, 6}, {"lz4", pack_lz4, 4}};

#endif
