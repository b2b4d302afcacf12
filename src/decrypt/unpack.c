#define ZLIB_CONST /* next_in is const */

#include "decrypt/unpack.h"

#include "model/limits.h"

#include <stdlib.h>
#include <zlib.h>

struct tt_unpacker {
    z_stream stream;
};

enum tt_err tt_unpacker_new(struct tt_opener *opener, uint8_t method,
                            struct tt_unpacker **ret_unpacker)
{
    if (method != TT_COMPRESSION_DEFLATE)
        return TT_ERR_UNSUPPORTED;
    if (opener->inflates == TT_TLS_INFLATES_MAX)
        return TT_ERR_LIMIT;
    struct tt_unpacker *unpacker = calloc(1, sizeof(*unpacker));
    if (unpacker == NULL)
        return TT_ERR_MEMORY;
    if (inflateInit(&unpacker->stream) != Z_OK) {
        free(unpacker);
        return TT_ERR_MEMORY;
    }
    opener->inflates++;
    *ret_unpacker = unpacker;
    return TT_OK;
}

void tt_unpacker_free(struct tt_opener *opener, struct tt_unpacker *unpacker)
{
    if (unpacker == NULL)
        return;
    inflateEnd(&unpacker->stream);
    free(unpacker);
    opener->inflates--;
}

bool tt_unpack(struct tt_opener *opener, struct tt_unpacker *unpacker, struct tt_span packed,
               struct tt_span *ret_bytes)
{
    z_stream *stream = &unpacker->stream;
    struct tt_scratch *scratch = tt_opener_scratch(opener);
    if (scratch == NULL)
        return false;
    stream->next_in = packed.data;
    stream->avail_in = (unsigned)packed.len;
    stream->next_out = scratch->unpacked;
    stream->avail_out = sizeof(scratch->unpacked);
    int result = inflate(stream, Z_SYNC_FLUSH);
    if ((result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) ||
        stream->avail_in > 0 || stream->avail_out == 0)
        return false;
    *ret_bytes = tt_span_of(scratch->unpacked, sizeof(scratch->unpacked) - stream->avail_out);
    return true;
}
