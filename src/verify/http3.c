#include <nghttp3/nghttp3.h>

#include "verify/head.h"

enum { BLOCKED_MAX = 65536 };

static struct tt_span span_of(nghttp3_rcbuf *bytes)
{
    nghttp3_vec vec = nghttp3_rcbuf_get_buf(bytes);
    return tt_span_of(vec.base, vec.len);
}

/* Reads the fields; `*ret_blocked`: it refers to entries that did not come yet. */
static enum tt_err read_fields(nghttp3_qpack_decoder *decoder, struct tt_span block,
                               struct tt_verify_head *head, bool *ret_blocked)
{
    nghttp3_qpack_stream_context *context = NULL;
    enum tt_err err = TT_OK;
    uint8_t flags = 0;
    *ret_blocked = false;
    if (nghttp3_qpack_stream_context_new(&context, 0, nghttp3_mem_default()) != 0)
        return TT_ERR_MEMORY;
    while (err == TT_OK && (flags & NGHTTP3_QPACK_DECODE_FLAG_FINAL) == 0) {
        nghttp3_qpack_nv nv;
        nghttp3_ssize used = nghttp3_qpack_decoder_read_request(decoder, context, &nv, &flags,
                                                                block.data, block.len, 1);
        if (used < 0)
            err = TT_ERR_FORMAT;
        if (used < 0 || (flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED) != 0)
            break;
        block = tt_span_from(block, (size_t)used);
        if ((flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) == 0)
            continue;
        err = tt_verify_head_add(head, span_of(nv.name), span_of(nv.value));
        nghttp3_rcbuf_decref(nv.name);
        nghttp3_rcbuf_decref(nv.value);
    }
    *ret_blocked = (flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED) != 0;
    nghttp3_qpack_stream_context_del(context);
    return err;
}

/* An entry that a block refers to is not given up before the block is read, so the encoder stream
 * is read just as far as the block needs it. */
static enum tt_err read_block(nghttp3_qpack_decoder *decoder, struct tt_span block,
                              struct tt_span encoder, struct tt_verify_head *head)
{
    bool blocked = false;
    enum tt_err err = read_fields(decoder, block, head, &blocked);
    while (blocked && err == TT_OK && encoder.len > 0) {
        uint64_t before = nghttp3_qpack_decoder_get_icnt(decoder);
        while (encoder.len > 0 && nghttp3_qpack_decoder_get_icnt(decoder) == before) {
            if (nghttp3_qpack_decoder_read_encoder(decoder, encoder.data, 1) < 0)
                return TT_ERR_FORMAT;
            encoder = tt_span_from(encoder, 1);
        }
        err = read_fields(decoder, block, head, &blocked);
    }
    return blocked ? TT_ERR_FORMAT : err;
}

enum tt_err tt_verify_qpack(struct tt_span block, struct tt_span encoder, size_t table,
                            struct tt_buf *out)
{
    nghttp3_qpack_decoder *decoder = NULL;
    struct tt_verify_head head;
    if (nghttp3_qpack_decoder_new(&decoder, table, BLOCKED_MAX, nghttp3_mem_default()) != 0)
        return TT_ERR_MEMORY;
    tt_verify_head_init(&head);
    enum tt_err err = read_block(decoder, block, encoder, &head);
    if (err == TT_OK)
        err = tt_verify_head_write(&head, "HTTP/3", out);
    tt_verify_head_free(&head);
    nghttp3_qpack_decoder_del(decoder);
    return err;
}

enum tt_err tt_verify_http3(struct tt_span bytes, struct tt_buf *out)
{
    uint64_t type = 0;
    uint64_t len = 0;
    enum tt_err err = TT_OK;
    while (err == TT_OK && tt_verify_varint(&bytes, &type) && tt_verify_varint(&bytes, &len)) {
        struct tt_span payload = tt_span_sub(bytes, 0, len < bytes.len ? (size_t)len : bytes.len);
        bytes = tt_span_from(bytes, payload.len);
        if (type == 0)
            err = tt_buf_append(out, payload);
    }
    return err;
}
