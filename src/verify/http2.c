#include <nghttp2/nghttp2.h>

#include "verify/head.h"

enum {
    DATA = 0,
    HEADERS = 1,
    SETTINGS = 4,
    PUSH_PROMISE = 5,
    CONTINUATION = 9,
    END_HEADERS = 4,
    PADDED = 8,
    PRIORITY = 32,
    HEADER = 9,
    TABLE_MAX = 1 << 24, /* more than any receiver allows */
    BLOCK_MAX = 1 << 24,
    STREAMS_MAX = 1024 /* that are looked at; each costs a walk over the frames */
};

struct frame {
    uint8_t type;
    uint8_t flags;
    uint32_t stream;
    size_t at; /* of its header */
    size_t end;
    struct tt_span payload; /* without padding */
};

/* The frame at `at`; of the last one what there is. RFC 9113, section 4.1. */
static bool read_frame(struct tt_span in, size_t at, struct frame *ret_frame)
{
    struct tt_span rest = tt_span_from(in, at);
    if (rest.len < HEADER)
        return false;
    const uint8_t *p = rest.data;
    size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
    *ret_frame = (struct frame){.type = p[3],
                                .flags = p[4],
                                .stream = (uint32_t)(p[5] & 127U) << 24 | (uint32_t)p[6] << 16 |
                                          (uint32_t)p[7] << 8 | p[8],
                                .at = at,
                                .end = at + HEADER + len,
                                .payload = tt_span_sub(rest, HEADER, len)};
    struct tt_span *payload = &ret_frame->payload;
    bool padded = p[3] == DATA || p[3] == HEADERS || p[3] == PUSH_PROMISE;
    if (padded && (p[4] & PADDED) != 0 && payload->len > 0) {
        /* Counted from the end of the frame, which a range may leave out. */
        size_t behind = 1U + payload->data[0];
        *payload = tt_span_sub(*payload, 1, len > behind ? len - behind : 0);
    }
    if (p[3] == HEADERS && (p[4] & PRIORITY) != 0)
        *payload = tt_span_from(*payload, 5);
    if (p[3] == PUSH_PROMISE)
        *payload = tt_span_from(*payload, 4);
    return true;
}

/* Behind what an upgrade from HTTP/1 says, and the preface of a client. */
static size_t find_start(struct tt_span stream)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static const char upgraded[] = "HTTP/1.1 101 ";
    size_t at = tt_span_search(stream, tt_span_str(preface));
    if (at != SIZE_MAX)
        return at + sizeof(preface) - 1;
    if (!tt_span_starts(stream, tt_span_str(upgraded)))
        return 0;
    at = tt_span_search(stream, tt_span_str("\r\n\r\n"));
    return at == SIZE_MAX ? 0 : at + 4;
}

/* All fields of a block; `head` may be NULL: only the table is kept. */
static enum tt_err inflate_block(nghttp2_hd_inflater *inflater, struct tt_span block,
                                 struct tt_verify_head *head)
{
    enum tt_err err = TT_OK;
    int flags = 0;
    while (err == TT_OK && (flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
        nghttp2_nv nv;
        ssize_t used = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, block.data, block.len, 1);
        if (used < 0 || (used == 0 && flags == 0))
            return TT_ERR_FORMAT;
        block = tt_span_from(block, (size_t)used);
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0 && head != NULL)
            err = tt_verify_head_add(head, tt_span_of(nv.name, nv.namelen),
                                     tt_span_of(nv.value, nv.valuelen));
    }
    (void)nghttp2_hd_inflate_end_headers(inflater);
    return err;
}

/* Reads blocks in their order up to the one at `at`. */
static enum tt_err read_blocks(nghttp2_hd_inflater *inflater, struct tt_span stream, size_t at,
                               struct tt_buf *block, struct tt_verify_head *head)
{
    struct frame frame;
    size_t next = find_start(stream);
    bool here = false;
    while (next <= at && read_frame(stream, next, &frame)) {
        next = frame.end;
        if (frame.type != HEADERS && frame.type != PUSH_PROMISE)
            continue;
        here = frame.at <= at && at < frame.end;
        tt_buf_clear(block);
        enum tt_err err = tt_buf_append(block, frame.payload);
        while (err == TT_OK && (frame.flags & END_HEADERS) == 0 &&
               read_frame(stream, next, &frame) && frame.type == CONTINUATION) {
            next = frame.end;
            err = tt_buf_append(block, frame.payload);
        }
        if (err == TT_OK)
            err = inflate_block(inflater, tt_buf_span(block), here ? head : NULL);
        if (err != TT_OK || here)
            return err;
    }
    return TT_ERR_FORMAT;
}

enum tt_err tt_verify_hpack(struct tt_span stream, size_t at, struct tt_buf *out)
{
    nghttp2_hd_inflater *inflater = NULL;
    struct tt_verify_head head;
    struct tt_buf block = tt_buf_make(BLOCK_MAX);
    if (nghttp2_hd_inflate_new(&inflater) != 0)
        return TT_ERR_MEMORY;
    (void)nghttp2_hd_inflate_change_table_size(inflater, TABLE_MAX);
    tt_verify_head_init(&head);
    enum tt_err err = read_blocks(inflater, stream, at, &block, &head);
    if (err == TT_OK)
        err = tt_verify_head_write(&head, "HTTP/2", out);
    tt_verify_head_free(&head);
    tt_buf_wipe(&block);
    nghttp2_hd_inflate_del(inflater);
    return err;
}

enum tt_err tt_verify_http2(struct tt_span bytes, struct tt_buf *out)
{
    struct frame frame;
    size_t next = 0;
    uint32_t stream = 0;
    enum tt_err err = TT_OK;
    while (err == TT_OK && read_frame(bytes, next, &frame)) {
        next = frame.end;
        if (frame.type != DATA || (stream != 0 && frame.stream != stream))
            continue;
        stream = frame.stream;
        err = tt_buf_append(out, frame.payload);
    }
    return err;
}

/* The next stream behind `after`, in the order of their numbers, that has DATA; where that begins.
 */
static bool find_stream(struct tt_span connection, size_t start, uint32_t after,
                        struct frame *ret_first)
{
    struct frame frame;
    bool found = false;
    for (size_t next = start; read_frame(connection, next, &frame); next = frame.end) {
        if (frame.type != DATA || frame.stream <= after ||
            (found && frame.stream >= ret_first->stream))
            continue;
        *ret_first = frame;
        found = true;
    }
    return found;
}

enum tt_err tt_verify_http2_streams(struct tt_span connection,
                                    bool (*take)(void *context, struct tt_span data), void *context)
{
    struct frame first;
    struct tt_buf data = tt_buf_make(BLOCK_MAX);
    size_t start = find_start(connection);
    uint32_t after = 0;
    enum tt_err err = TT_OK;
    bool taken = !read_frame(connection, start, &first) || first.type != SETTINGS;
    for (size_t i = 0; i < STREAMS_MAX && err == TT_OK && !taken; i++) {
        if (!find_stream(connection, start, after, &first))
            break;
        after = first.stream;
        tt_buf_clear(&data);
        err = tt_verify_http2(tt_span_from(connection, first.at), &data);
        if (err == TT_ERR_LIMIT) /* too much of one stream */
            err = TT_OK;
        else
            taken = err == TT_OK && take(context, tt_buf_span(&data));
    }
    tt_buf_wipe(&data);
    return err;
}
