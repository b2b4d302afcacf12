#define ZLIB_CONST
#include "proto/websocket.h"

#include "model/limits.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    OUT_LEN = 8192,
    WINDOW_LEN = 32768,
    COST = 8192 + WINDOW_LEN + OUT_LEN /* zlib's state, its window and our own */
};

struct tt_websocket_inflate {
    z_stream z;
    struct tt_proto_pool *pool;
    uint64_t in;
    uint64_t out;
    uint8_t bytes[OUT_LEN];
};

struct tt_websocket_inflate *tt_websocket_inflate_new(struct tt_proto_pool *pool)
{
    if (pool != NULL && (pool->used > pool->max || pool->max - pool->used < COST))
        return NULL;
    struct tt_websocket_inflate *own = calloc(1, sizeof(*own));
    if (own == NULL || inflateInit2(&own->z, -15) != Z_OK) {
        free(own);
        return NULL;
    }
    own->pool = pool;
    if (pool != NULL)
        pool->used += COST;
    return own;
}

void tt_websocket_inflate_free(struct tt_websocket_inflate *own)
{
    if (own == NULL)
        return;
    (void)inflateEnd(&own->z);
    if (own->pool != NULL)
        own->pool->used -= COST;
    free(own);
}

void tt_websocket_inflate_lose(struct tt_websocket_inflate *own)
{
    (void)inflateReset(&own->z);
}

/* A sender may end a stream of deflate inside or behind a message (RFC 7692, section 7.2.3.4): the
 * next one begins with the same window. */
static bool begin_stream(struct tt_websocket_inflate *own)
{
    uint8_t window[WINDOW_LEN];
    uInt len = 0;
    return inflateGetDictionary(&own->z, window, &len) == Z_OK && inflateReset(&own->z) == Z_OK &&
           (len == 0 || inflateSetDictionary(&own->z, window, len) == Z_OK);
}

enum tt_inflated tt_websocket_inflate_feed(struct tt_websocket_inflate *own, struct tt_span *in,
                                           struct tt_span *ret_out)
{
    z_stream *z = &own->z;
    size_t fed = in->len < UINT32_MAX ? in->len : UINT32_MAX;
    z->next_in = in->data;
    z->avail_in = (uInt)fed;
    z->next_out = own->bytes;
    z->avail_out = OUT_LEN;
    int status = inflate(z, Z_SYNC_FLUSH);
    *in = tt_span_from(*in, fed - z->avail_in);
    *ret_out = tt_span_of(own->bytes, OUT_LEN - z->avail_out);
    own->in += fed - z->avail_in;
    own->out += ret_out->len;
    if (own->out > TT_WEBSOCKET_FREE_BYTES + own->in * TT_WEBSOCKET_RATIO_MAX)
        return TT_INFLATED_LIMIT;
    if (status == Z_STREAM_END)
        status = begin_stream(own) ? Z_OK : Z_DATA_ERROR;
    if (status != Z_OK && status != Z_BUF_ERROR)
        return TT_INFLATED_BAD;
    return in->len > 0 || z->avail_out == 0 ? TT_INFLATED_MORE : TT_INFLATED_DONE;
}
