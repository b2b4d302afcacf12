/* Header blocks of HTTP/2: RFC 9113, sections 4.3, 6.2, 6.6 and 6.10. */
#include "proto/http2_state.h"

#include "base/reader.h"
#include "model/limits.h"

#include <stdlib.h>

const struct tt_http_wire tt_http2_wire = {.version = "HTTP/2",
                                           .head_framing = "hpack",
                                           .data_framing = "http2",
                                           .fields_note = "http2.fields_lost",
                                           .limit_note = "http2.header_limit"};

/* A header block as its frames hold it. */
struct fragments {
    const struct tt_extent *extent;
    size_t first_at; /* of the first fragment, in the extent */
    size_t first_len;
    size_t pad;  /* bytes of padding behind it */
    size_t next; /* of the CONTINUATION behind it */
    uint32_t promised;
};

/* What stands before and behind the fragment of the first frame. False when it does not fit. */
static bool read_first(const struct tt_http2_frame *frame, const struct tt_extent *extent,
                       struct fragments *ret)
{
    struct tt_reader reader = tt_reader_of(tt_span_sub(extent->bytes, 0, frame->length));
    struct fragments made = {.extent = extent, .next = frame->length};
    if ((frame->flags & TT_HTTP2_PADDED) != 0)
        made.pad = tt_read_u8(&reader);
    if (frame->type == TT_HTTP2_PUSH_PROMISE)
        made.promised = tt_read_u32(&reader) & 0x7fffffffU;
    else if ((frame->flags & TT_HTTP2_WITH_PRIORITY) != 0)
        (void)tt_read_span(&reader, 5);
    size_t left = tt_reader_left(&reader);
    if (reader.failed || made.pad > left)
        return false;
    made.first_at = frame->length - left;
    made.first_len = left - made.pad;
    *ret = made;
    return true;
}

/* The block in one run; `*ret_copy` is to be freed. NULL data without memory. */
static struct tt_span join(const struct fragments *fragments, uint8_t **ret_copy)
{
    struct tt_span bytes = fragments->extent->bytes;
    if (fragments->next >= bytes.len)
        return tt_span_sub(bytes, fragments->first_at, fragments->first_len);
    uint8_t *copy = malloc(bytes.len);
    if (copy == NULL)
        return (struct tt_span){0};
    *ret_copy = copy;
    size_t len = fragments->first_len;
    memcpy(copy, bytes.data + fragments->first_at, len);
    size_t at = fragments->next;
    while (bytes.len - at >= TT_HTTP2_HEADER_LEN) {
        struct tt_http2_frame frame = tt_http2_frame_read(tt_span_from(bytes, at));
        struct tt_span part = tt_span_sub(bytes, at + TT_HTTP2_HEADER_LEN, frame.length);
        memcpy(copy + len, part.data, part.len);
        len += part.len;
        at += TT_HTTP2_HEADER_LEN + part.len;
    }
    return tt_span_of(copy, len);
}

static bool is_zero(struct tt_span bytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < bytes.len; i++)
        any |= bytes.data[i];
    return any == 0;
}

/* Padding must be zero: what is not could hide something. */
static void account(const struct tt_stream *stream, const struct fragments *fragments)
{
    const struct tt_extent *extent = fragments->extent;
    size_t at = fragments->first_at + fragments->first_len;
    size_t shown = 0;
    if (!is_zero(tt_span_sub(extent->bytes, at, fragments->pad))) {
        tt_stream_unclaimed(stream, extent, at, fragments->pad);
        shown = fragments->pad;
    }
    tt_stream_account(stream, TT_BUCKET_DECODED, extent->bytes.len - shown);
}

static void learn_roles(struct tt_http2 *http, const struct tt_http2_side *side,
                        const struct tt_http_block *block)
{
    if (http->client_known)
        return;
    if (tt_http_block_is_response(block))
        http->client = 1 - side->direction;
    else if (tt_http_block_is_request(block) && side->frame.type == TT_HTTP2_HEADERS)
        http->client = side->direction;
    else
        return;
    http->client_known = true;
}

static struct tt_hpack *table_of(struct tt_http2_side *side)
{
    if (side->hpack != NULL)
        return side->hpack;
    side->hpack = tt_hpack_new();
    if (side->hpack != NULL && side->blocks_lost)
        tt_hpack_lose(side->hpack);
    if (side->hpack != NULL && side->table > 0)
        tt_hpack_allow(side->hpack, side->table);
    return side->hpack;
}

/* What the text of the next block may be: a few bytes of it can stand for very many. */
static size_t text_room(const struct tt_http2_side *side)
{
    uint64_t all = TT_HPACK_FREE_BYTES + side->wire_bytes * TT_HPACK_RATIO_MAX;
    uint64_t left = all > side->text_bytes ? all - side->text_bytes : 0;
    return left < TT_HTTP_HEADER_MAX ? (size_t)left : TT_HTTP_HEADER_MAX;
}

/* The fields have been read: whose are they? */
static bool tell_block(struct tt_http2 *http, struct tt_http2_side *side,
                       const struct tt_stream *stream, const struct fragments *fragments,
                       struct tt_http_block *block, const struct tt_http_range *range)
{
    learn_roles(http, side, block);
    bool promise = side->frame.type == TT_HTTP2_PUSH_PROMISE;
    enum tt_http_role role = promise ? TT_HTTP_REQUEST : tt_http2_role(http, side);
    uint32_t id = promise ? fragments->promised : side->frame.stream;
    struct tt_http_stream *of = tt_http_stream_get(&http->streams, stream, id);
    if (of == NULL)
        return false;
    bool told = tt_http_exchange_block(&of->exchange, &tt_http2_wire, stream, role, block, range);
    if (promise || (side->frame.flags & TT_HTTP2_END_STREAM) != 0) {
        tt_http_exchange_end(&of->exchange, stream, role, true);
        if (tt_http_stream_is_over(of))
            tt_http_stream_drop(&http->streams, of);
    }
    return told;
}

static bool read_block(struct tt_http2 *http, struct tt_http2_side *side,
                       const struct tt_stream *stream, const struct fragments *fragments)
{
    const struct tt_extent *extent = fragments->extent;
    uint8_t *copy = NULL;
    struct tt_span bytes = join(fragments, &copy);
    struct tt_hpack *hpack = table_of(side);
    struct tt_http_block block;
    tt_http_block_init(&block);
    bool told = false;
    if (hpack == NULL || bytes.data == NULL)
        goto out;
    bool one = fragments->next >= extent->bytes.len;
    struct tt_http_range range = {
        .at = extent->offset + fragments->first_at,
        .end =
            extent->offset + (one ? fragments->first_at + fragments->first_len : extent->bytes.len),
        .origin = tt_extent_origin(extent, 0, extent->bytes.len)};
    block.lines.max = text_room(side);
    bool good = tt_hpack_read(hpack, bytes, &range.origin, &block);
    if (!good)
        tt_stream_note(stream, "http2.malformed", range.at, bytes.len,
                       "an HTTP/2 header block is malformed: it is searched raw, too");
    range.origin.time = extent->parts[0].origin.time;
    told = tell_block(http, side, stream, fragments, &block, &range) && good;
    side->wire_bytes += extent->bytes.len;
    side->text_bytes += block.text.len;
out:
    tt_http_block_free(&block);
    free(copy);
    return told;
}

void tt_http2_block_lost(struct tt_http2_side *side)
{
    if (side->hpack != NULL)
        tt_hpack_lose(side->hpack);
    else
        side->blocks_lost = true;
}

void tt_http2_take_block(struct tt_http2 *http, struct tt_http2_side *side,
                         const struct tt_stream *stream, const struct tt_extent *extent)
{
    struct fragments fragments = {0};
    if (!read_first(&side->frame, extent, &fragments)) {
        tt_stream_note(stream, "http2.malformed", extent->offset, extent->bytes.len,
                       "the padding of an HTTP/2 header block is longer than its frame: it is "
                       "searched raw");
        tt_http2_block_lost(side);
    } else if (read_block(http, side, stream, &fragments)) {
        account(stream, &fragments);
        return;
    }
    tt_stream_unclaimed(stream, extent, 0, extent->bytes.len);
}
