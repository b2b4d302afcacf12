#include "proto/qpack.h"

#include "model/limits.h"
#include "proto/prefixed.h"

#include <nghttp3/nghttp3.h>
#include <stdlib.h>

enum {
    ENTRY_OVERHEAD = 32, /* RFC 9204, section 3.2.1 */
    ORIGINS_MAX = TT_HPACK_TABLE_MAX / ENTRY_OVERHEAD,
    DRAIN_ROOM = 64
};

struct tt_qpack {
    nghttp3_qpack_decoder *decoder;
    struct tt_buf early;   /* instructions that came before the settings */
    struct tt_buf origins; /* of the entries, oldest first */
    uint64_t dropped;      /* entries before the first of them */
    uint64_t max_entries;
    struct tt_origin early_origin;
    bool settled;
    bool lost;
};

/* What precedes a block (section 4.5.1). */
struct prefix {
    size_t len;
    uint64_t required; /* insert count */
    uint64_t base;
};

/* One field line representation (section 4.5.2 to 4.5.6). */
struct line {
    size_t len;
    bool dynamic;
    bool whole_entry; /* its value, too, is in the table */
    uint64_t entry;   /* absolute index, of a dynamic one */
    bool known;
    size_t head; /* bytes up to the value */
};

/* ---- the table ---- */

static uint64_t inserted(const struct tt_qpack *qpack)
{
    return qpack->decoder == NULL ? 0 : nghttp3_qpack_decoder_get_icnt(qpack->decoder);
}

void tt_qpack_lose(struct tt_qpack *qpack)
{
    qpack->lost = true;
    tt_buf_clear(&qpack->early);
}

static void remember(struct tt_qpack *qpack, uint64_t count, const struct tt_origin *origin)
{
    for (uint64_t i = 0; i < count; i++) {
        if (qpack->origins.len == qpack->origins.max) {
            size_t half = ORIGINS_MAX / 2 * sizeof(*origin);
            tt_buf_drop(&qpack->origins, half);
            qpack->dropped += ORIGINS_MAX / 2;
        }
        if (tt_buf_append(&qpack->origins, tt_span_of(origin, sizeof(*origin))) != TT_OK)
            tt_qpack_lose(qpack);
    }
}

/* What the decoder would send to the encoder: nobody wants it. */
static void drain(struct tt_qpack *qpack)
{
    size_t len = nghttp3_qpack_decoder_get_decoder_streamlen(qpack->decoder);
    uint8_t few[DRAIN_ROOM];
    uint8_t *room = len <= sizeof(few) ? few : malloc(len);
    if (len == 0 || room == NULL)
        return;
    nghttp3_buf buf = {.begin = room, .end = room + len, .pos = room, .last = room};
    nghttp3_qpack_decoder_write_decoder(qpack->decoder, &buf);
    if (room != few)
        free(room);
}

static bool instruct(struct tt_qpack *qpack, struct tt_span bytes, const struct tt_origin *origin)
{
    uint64_t before = inserted(qpack);
    nghttp3_ssize used = nghttp3_qpack_decoder_read_encoder(qpack->decoder, bytes.data, bytes.len);
    if (used < 0 || (size_t)used != bytes.len) {
        tt_qpack_lose(qpack);
        return false;
    }
    remember(qpack, inserted(qpack) - before, origin);
    drain(qpack);
    return true;
}

void tt_qpack_settle(struct tt_qpack *qpack, uint64_t capacity)
{
    if (qpack->settled)
        return;
    qpack->settled = true;
    qpack->max_entries = capacity / ENTRY_OVERHEAD;
    if (capacity > TT_HPACK_TABLE_MAX ||
        nghttp3_qpack_decoder_new(&qpack->decoder, (size_t)capacity, 0, nghttp3_mem_default()) !=
            0) {
        qpack->decoder = NULL;
        tt_qpack_lose(qpack);
        return;
    }
    if (qpack->early.len > 0)
        (void)instruct(qpack, tt_buf_span(&qpack->early), &qpack->early_origin);
    tt_buf_free(&qpack->early);
}

void tt_qpack_settle_unknown(struct tt_qpack *qpack)
{
    if (!qpack->settled)
        tt_qpack_lose(qpack);
}

bool tt_qpack_instructions(struct tt_qpack *qpack, struct tt_span bytes,
                           const struct tt_origin *origin)
{
    if (qpack->lost || bytes.len == 0)
        return !qpack->lost;
    if (qpack->settled)
        return instruct(qpack, bytes, origin);
    if (qpack->early.len == 0)
        qpack->early_origin = *origin;
    qpack->early_origin.last_frame = origin->last_frame;
    if (tt_buf_append(&qpack->early, bytes) != TT_OK)
        tt_qpack_lose(qpack);
    return !qpack->lost;
}

/* ---- blocks ---- */

/* Section 4.5.1.1. False when no encoder can mean it. */
static bool required_count(const struct tt_qpack *qpack, uint64_t encoded, uint64_t *ret_count)
{
    uint64_t full = 2 * qpack->max_entries;
    if (encoded == 0 || encoded > full)
        return false;
    uint64_t max = inserted(qpack) + qpack->max_entries;
    uint64_t count = max / full * full + encoded - 1;
    if (count > max) {
        if (count <= full)
            return false;
        count -= full;
    }
    *ret_count = count;
    return count > 0;
}

/* Reads the prefix. `*ret_known` is false when its counts cannot be told. */
static bool read_prefix(const struct tt_qpack *qpack, struct tt_span bytes, struct prefix *ret,
                        bool *ret_known)
{
    struct prefix made = {0};
    uint64_t encoded = 0;
    uint64_t delta = 0;
    if (!tt_prefixed_read(bytes, &made.len, 8, &encoded) || made.len >= bytes.len)
        return false;
    bool below = (bytes.data[made.len] & 0x80) != 0;
    if (!tt_prefixed_read(bytes, &made.len, 7, &delta))
        return false;
    bool known = encoded == 0 ||
                 (qpack->settled && !qpack->lost && required_count(qpack, encoded, &made.required));
    if (known && below && delta >= made.required)
        known = false;
    made.base = below ? made.required - delta - 1 : made.required + delta;
    *ret = made;
    *ret_known = known;
    return true;
}

bool tt_qpack_is_blocked(const struct tt_qpack *qpack, struct tt_span block)
{
    struct prefix prefix;
    bool known = false;
    if (qpack->lost || block.len == 0 || block.data[0] == 0)
        return false;
    if (!qpack->settled)
        return true;
    return read_prefix(qpack, block, &prefix, &known) && known && prefix.required > inserted(qpack);
}

/* Reads where the line at the front ends, and what it refers to. */
static bool read_line(struct tt_span bytes, const struct prefix *prefix, struct line *ret)
{
    struct line made = {.known = true};
    uint8_t first = bytes.data[0];
    uint64_t index = 0;
    bool post = false;
    bool good = true;
    bool value = true;
    if ((first & 0x80) != 0) { /* indexed */
        good = tt_prefixed_read(bytes, &made.len, 6, &index);
        made.dynamic = (first & 0x40) == 0;
        made.whole_entry = true;
        value = false;
    } else if ((first & 0x40) != 0) { /* literal with the name of an entry */
        good = tt_prefixed_read(bytes, &made.len, 4, &index);
        made.dynamic = (first & 0x10) == 0;
    } else if ((first & 0x20) != 0) { /* literal */
        good = tt_prefixed_skip(bytes, &made.len, 3);
    } else { /* behind the base */
        made.dynamic = true;
        post = true;
        made.whole_entry = (first & 0x10) != 0;
        value = !made.whole_entry;
        good = tt_prefixed_read(bytes, &made.len, made.whole_entry ? 4 : 3, &index);
    }
    made.head = made.len;
    if (!good || (value && !tt_prefixed_skip(bytes, &made.len, 7)))
        return false;
    if (made.dynamic) {
        made.entry = post ? prefix->base + index : prefix->base - index - 1;
        made.known = (post || index < prefix->base) && made.entry < prefix->required;
    }
    *ret = made;
    return true;
}

static struct tt_origin origin_of(const struct tt_qpack *qpack, const struct line *line,
                                  const struct tt_origin *block)
{
    struct tt_origin origin = *block;
    uint64_t at = line->entry - qpack->dropped;
    if (!line->dynamic || !line->whole_entry || line->entry < qpack->dropped ||
        at >= qpack->origins.len / sizeof(origin))
        return origin;
    struct tt_origin entry;
    memcpy(&entry, qpack->origins.data + (size_t)at * sizeof(entry), sizeof(entry));
    if (entry.first_frame < origin.first_frame)
        origin.first_frame = entry.first_frame;
    if (entry.last_frame > origin.last_frame)
        origin.last_frame = entry.last_frame;
    return origin;
}

/* Feeds the bytes, and tells the field that comes of them. */
static bool decode(nghttp3_qpack_decoder *decoder, nghttp3_qpack_stream_context *context,
                   struct tt_span bytes, const struct tt_origin *origin,
                   struct tt_http_block *block)
{
    while (bytes.len > 0) {
        nghttp3_qpack_nv field;
        uint8_t flags = 0;
        nghttp3_ssize used = nghttp3_qpack_decoder_read_request(decoder, context, &field, &flags,
                                                                bytes.data, bytes.len, 0);
        if (used < 0 || (flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED) != 0)
            return false;
        bool emitted = (flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) != 0;
        if (emitted) {
            nghttp3_vec name = nghttp3_rcbuf_get_buf(field.name);
            nghttp3_vec value = nghttp3_rcbuf_get_buf(field.value);
            tt_http_block_add(block, tt_span_of(name.base, name.len),
                              tt_span_of(value.base, value.len), origin);
            nghttp3_rcbuf_decref(field.name);
            nghttp3_rcbuf_decref(field.value);
        }
        if (used == 0 && !emitted)
            return false;
        bytes = tt_span_from(bytes, (size_t)used);
    }
    return true;
}

static bool decode_line(nghttp3_qpack_decoder *decoder, nghttp3_qpack_stream_context *context,
                        struct tt_span bytes, const struct line *line,
                        const struct tt_origin *origin, struct tt_http_block *block)
{
    static const uint8_t unnamed[] = {0x21, '?'}; /* a literal name */
    if (line->known)
        return decode(decoder, context, tt_span_sub(bytes, 0, line->len), origin, block);
    tt_http_block_leave_out(block);
    /* The value may be known although its name is not. */
    if (line->whole_entry)
        return true;
    return decode(decoder, context, tt_span_of(unnamed, sizeof(unnamed)), origin, block) &&
           decode(decoder, context, tt_span_sub(bytes, line->head, line->len - line->head), origin,
                  block);
}

static bool read_lines(const struct tt_qpack *qpack, nghttp3_qpack_decoder *decoder,
                       nghttp3_qpack_stream_context *context, struct tt_span bytes,
                       const struct prefix *prefix, const struct tt_origin *origin,
                       struct tt_http_block *block)
{
    bool good = true;
    struct line line;
    while (good && bytes.len > 0) {
        good = read_line(bytes, prefix, &line);
        if (!good)
            break;
        struct tt_origin whole = origin_of(qpack, &line, origin);
        good = decode_line(decoder, context, bytes, &line, &whole, block);
        bytes = tt_span_from(bytes, line.len);
    }
    return good;
}

bool tt_qpack_read(struct tt_qpack *qpack, struct tt_span bytes, const struct tt_origin *origin,
                   struct tt_http_block *block)
{
    static const uint8_t no_table[] = {0, 0};
    struct prefix prefix;
    bool known = false;
    if (!read_prefix(qpack, bytes, &prefix, &known))
        return false;
    bool usable =
        known && !qpack->lost && qpack->decoder != NULL && prefix.required <= inserted(qpack);
    nghttp3_qpack_decoder *decoder = usable ? qpack->decoder : NULL;
    nghttp3_qpack_decoder *own = NULL;
    nghttp3_qpack_stream_context *context = NULL;
    bool good = false;
    if (!usable) {
        prefix.required = 0;
        if (nghttp3_qpack_decoder_new(&own, 0, 0, nghttp3_mem_default()) != 0)
            goto out;
        decoder = own;
    }
    if (nghttp3_qpack_stream_context_new(&context, 0, nghttp3_mem_default()) != 0)
        goto out;
    struct tt_span head =
        usable ? tt_span_sub(bytes, 0, prefix.len) : tt_span_of(no_table, sizeof(no_table));
    good = decode(decoder, context, head, origin, block) &&
           read_lines(qpack, decoder, context, tt_span_from(bytes, prefix.len), &prefix, origin,
                      block);
    if (usable)
        drain(qpack);
out:
    if (context != NULL)
        nghttp3_qpack_stream_context_del(context);
    if (own != NULL)
        nghttp3_qpack_decoder_del(own);
    return good;
}

/* ---- the whole ---- */

struct tt_qpack *tt_qpack_new(void)
{
    struct tt_qpack *qpack = calloc(1, sizeof(*qpack));
    if (qpack == NULL)
        return NULL;
    qpack->early = tt_buf_make(TT_HTTP_HEADER_MAX);
    qpack->origins = tt_buf_make(ORIGINS_MAX * sizeof(struct tt_origin));
    return qpack;
}

void tt_qpack_free(struct tt_qpack *qpack)
{
    if (qpack == NULL)
        return;
    if (qpack->decoder != NULL)
        nghttp3_qpack_decoder_del(qpack->decoder);
    tt_buf_free(&qpack->early);
    tt_buf_free(&qpack->origins);
    free(qpack);
}
