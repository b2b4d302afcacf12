#include "proto/hpack.h"

#include "model/limits.h"
#include "proto/prefixed.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>

enum {
    STATIC_ENTRIES = 61, /* RFC 7541, appendix A */
    DEFAULT_TABLE = 4096,
    UPDATE_MAX = 6 /* bytes of a size update */
};

/* A name that no field can have, for entries whose name is not known. */
static const uint8_t placeholder_name[] = {0x40, 1, 0};

struct tt_hpack {
    nghttp2_hd_inflater *inflater; /* NULL: no memory for one */
    struct tt_buf origins;         /* of the dynamic entries, oldest first */
    size_t first;                  /* of those that are still in the table */
    uint32_t allowed;
    bool lost;
};

/* One field representation (RFC 7541, section 6). */
struct representation {
    size_t len;
    uint64_t index; /* of the entry or of the name; 0: none, the name is a literal */
    size_t head;    /* bytes up to the value, when the name is not a literal */
    bool indexed;
    bool inserts;
    bool resizes;
};

static size_t entries(const struct tt_hpack *hpack)
{
    size_t count = nghttp2_hd_inflate_get_num_table_entries(hpack->inflater);
    return count > STATIC_ENTRIES ? count - STATIC_ENTRIES : 0;
}

/* ---- the frames of the entries ---- */

/* An entry was inserted, which may have driven out others. */
static void follow_insert(struct tt_hpack *hpack, const struct tt_origin *origin)
{
    struct tt_buf *origins = &hpack->origins;
    if (tt_buf_append(origins, tt_span_of(origin, sizeof(*origin))) != TT_OK) {
        tt_hpack_lose(hpack);
        return;
    }
    size_t count = origins->len / sizeof(*origin);
    hpack->first = count - (entries(hpack) < count ? entries(hpack) : count);
    if (hpack->first > 64 && hpack->first > count / 2) {
        tt_buf_drop(origins, hpack->first * sizeof(*origin));
        hpack->first = 0;
    }
}

static struct tt_origin widened(const struct tt_hpack *hpack, uint64_t index,
                                const struct tt_origin *block)
{
    size_t count = hpack->origins.len / sizeof(*block);
    struct tt_origin origin = *block;
    if (index <= STATIC_ENTRIES || index - STATIC_ENTRIES > count)
        return origin;
    struct tt_origin entry;
    size_t at = count - (size_t)(index - STATIC_ENTRIES);
    memcpy(&entry, hpack->origins.data + at * sizeof(entry), sizeof(entry));
    if (entry.first_frame > 0 && entry.first_frame < origin.first_frame)
        origin.first_frame = entry.first_frame;
    return origin;
}

/* ---- the table ---- */

static bool inflate(struct tt_hpack *hpack, struct tt_span bytes, nghttp2_nv *ret_field,
                    bool *ret_emitted)
{
    while (bytes.len > 0) {
        int flags = 0;
        ssize_t used =
            nghttp2_hd_inflate_hd2(hpack->inflater, ret_field, &flags, bytes.data, bytes.len, 0);
        if (used < 0 || (used == 0 && (flags & NGHTTP2_HD_INFLATE_EMIT) == 0))
            return false;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
            *ret_emitted = true;
        bytes = tt_span_from(bytes, (size_t)used);
    }
    return true;
}

static void end_block(struct tt_hpack *hpack)
{
    int flags = 0;
    nghttp2_nv field;
    static const uint8_t nothing[1];
    if (nghttp2_hd_inflate_hd2(hpack->inflater, &field, &flags, nothing, 0, 1) >= 0)
        (void)nghttp2_hd_inflate_end_headers(hpack->inflater);
}

static void drop_inflater(struct tt_hpack *hpack)
{
    if (hpack->inflater != NULL)
        nghttp2_hd_inflate_del(hpack->inflater);
    hpack->inflater = NULL;
}

/* An empty table whose size may be changed up to our cap: what the encoder may really do is the
 * business of the peer. */
static bool renew(struct tt_hpack *hpack)
{
    drop_inflater(hpack);
    tt_buf_clear(&hpack->origins);
    hpack->first = 0;
    if (nghttp2_hd_inflate_new(&hpack->inflater) != 0) {
        hpack->inflater = NULL;
        return false;
    }
    return nghttp2_hd_inflate_change_table_size(hpack->inflater, TT_HPACK_TABLE_MAX) == 0;
}

/* A dynamic table size update (RFC 7541, section 6.3). */
static bool resize(struct tt_hpack *hpack, size_t size)
{
    uint8_t update[UPDATE_MAX] = {0x3f};
    size_t len = 1;
    size_t rest = size - 31;
    for (; rest >= 128; rest >>= 7)
        update[len++] = (uint8_t)(rest | 128U);
    update[len++] = (uint8_t)rest;
    nghttp2_nv field;
    bool emitted = false;
    return inflate(hpack, tt_span_of(update, len), &field, &emitted);
}

void tt_hpack_lose(struct tt_hpack *hpack)
{
    hpack->lost = true;
}

/* Done only when a block comes: many losses may follow each other. */
static bool recover(struct tt_hpack *hpack)
{
    if (!hpack->lost && hpack->inflater != NULL)
        return true;
    size_t size = hpack->allowed > DEFAULT_TABLE ? hpack->allowed : DEFAULT_TABLE;
    if (hpack->inflater != NULL) {
        size_t now = nghttp2_hd_inflate_get_max_dynamic_table_size(hpack->inflater);
        size = now > size ? now : size;
    }
    bool lost = hpack->lost;
    hpack->lost = false;
    if (!renew(hpack))
        return false;
    /* A table that is too large does no harm: no encoder refers to what it has driven out. */
    return !lost || size == DEFAULT_TABLE || resize(hpack, size);
}

/* ---- representations ---- */

/* Reads where the representation at the front ends, and what it refers to. */
static bool read_representation(struct tt_span bytes, struct representation *ret)
{
    struct representation made = {0};
    uint8_t first = bytes.data[0];
    made.indexed = (first & 0x80) != 0;
    made.inserts = (first & 0xc0) == 0x40;
    made.resizes = (first & 0xe0) == 0x20;
    unsigned bits = made.indexed ? 7 : made.inserts ? 6 : made.resizes ? 5 : 4;
    if (!tt_prefixed_read(bytes, &made.len, bits, &made.index))
        return false;
    made.head = made.len;
    bool literal = !made.indexed && !made.resizes;
    if (literal && ((made.index == 0 && !tt_prefixed_skip(bytes, &made.len, 7)) ||
                    !tt_prefixed_skip(bytes, &made.len, 7)))
        return false;
    if (made.indexed && made.index == 0)
        return false;
    *ret = made;
    return true;
}

static bool is_placeholder(const uint8_t *text, size_t len)
{
    return len == 1 && text[0] == 0;
}

static void tell(const nghttp2_nv *field, const struct tt_origin *origin,
                 struct tt_http_block *block)
{
    struct tt_span value = tt_span_of(field->value, field->valuelen);
    if (!is_placeholder(field->name, field->namelen)) {
        tt_http_block_add(block, tt_span_of(field->name, field->namelen), value, origin);
        return;
    }
    /* The value is known although its name is not. */
    tt_http_block_leave_out(block);
    tt_http_block_add(block, tt_span_str("?"), value, origin);
}

/* `from`: the bytes of the representation. False when it is malformed. */
static bool take(struct tt_hpack *hpack, const struct representation *one, struct tt_span from,
                 const struct tt_origin *origin, struct tt_http_block *block)
{
    bool known = one->resizes || one->index <= STATIC_ENTRIES + entries(hpack);
    nghttp2_nv field = {0};
    bool emitted = false;
    if (!known && one->indexed) {
        tt_http_block_leave_out(block);
        return true;
    }
    struct tt_origin whole = *origin;
    if (one->indexed)
        whole = widened(hpack, one->index, origin);
    if (!known) {
        uint8_t head[sizeof(placeholder_name)];
        memcpy(head, placeholder_name, sizeof(head));
        head[0] = one->inserts ? 0x40 : 0;
        if (!inflate(hpack, tt_span_of(head, sizeof(head)), &field, &emitted))
            return false;
        from = tt_span_from(from, one->head);
    }
    if (!inflate(hpack, from, &field, &emitted))
        return false;
    if (emitted)
        tell(&field, &whole, block);
    if (one->inserts)
        follow_insert(hpack, origin);
    return true;
}

bool tt_hpack_read(struct tt_hpack *hpack, struct tt_span bytes, const struct tt_origin *origin,
                   struct tt_http_block *block)
{
    if (!recover(hpack)) {
        block->failed = true;
        return false;
    }
    size_t at = 0;
    struct representation one;
    bool good = true;
    while (good && at < bytes.len) {
        struct tt_span rest = tt_span_from(bytes, at);
        good = read_representation(rest, &one) &&
               take(hpack, &one, tt_span_sub(rest, 0, one.len), origin, block);
        at += good ? one.len : 0;
    }
    if (good)
        end_block(hpack);
    else
        tt_hpack_lose(hpack);
    return good;
}

/* ---- the whole ---- */

void tt_hpack_allow(struct tt_hpack *hpack, uint32_t size)
{
    hpack->allowed = size < TT_HPACK_TABLE_MAX ? size : TT_HPACK_TABLE_MAX;
}

struct tt_hpack *tt_hpack_new(void)
{
    struct tt_hpack *hpack = calloc(1, sizeof(*hpack));
    if (hpack != NULL)
        hpack->origins = tt_buf_make((size_t)TT_HPACK_TABLE_MAX * 2);
    return hpack;
}

void tt_hpack_free(struct tt_hpack *hpack)
{
    if (hpack == NULL)
        return;
    drop_inflater(hpack);
    tt_buf_free(&hpack->origins);
    free(hpack);
}
