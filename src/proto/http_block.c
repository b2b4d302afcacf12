#include "proto/http_block.h"

#include "model/limits.h"

enum {
    START_LINE_EXTRA = 64, /* of the text besides what the fields hold */
    PARTS_MAX = 65536      /* bytes of the list of parts */
};

void tt_http_block_init(struct tt_http_block *block)
{
    *block = (struct tt_http_block){
        .values = tt_buf_make(TT_HTTP_HEADER_MAX),
        .lines = tt_buf_make(TT_HTTP_HEADER_MAX),
        .line_parts = tt_buf_make(PARTS_MAX),
        .text = tt_buf_make((size_t)2 * TT_HTTP_HEADER_MAX + START_LINE_EXTRA),
        .text_parts = tt_buf_make((size_t)2 * PARTS_MAX)};
}

void tt_http_block_free(struct tt_http_block *block)
{
    tt_buf_free(&block->values);
    tt_buf_free(&block->lines);
    tt_buf_free(&block->line_parts);
    tt_buf_free(&block->text);
    tt_buf_free(&block->text_parts);
}

/* ---- parts ---- */

static bool same_frames(const struct tt_origin *a, const struct tt_origin *b)
{
    return a->first_frame == b->first_frame && a->last_frame == b->last_frame;
}

/* The bytes up to `end` that no part holds yet came in these frames. When there are too many parts
 * the last one gets the bytes, and the frames that are added to it. */
static void add_part(struct tt_buf *parts, size_t end, const struct tt_origin *origin)
{
    size_t count = parts->len / sizeof(struct tt_part);
    struct tt_part *last = count == 0 ? NULL : (struct tt_part *)(void *)parts->data + (count - 1);
    const struct tt_part made = {.end = end, .origin = *origin};
    if (last != NULL && same_frames(&last->origin, origin)) {
        last->end = end;
    } else if (tt_buf_append(parts, tt_span_of(&made, sizeof(made))) != TT_OK && last != NULL) {
        last->end = end;
        if (origin->first_frame < last->origin.first_frame)
            last->origin.first_frame = origin->first_frame;
        if (origin->last_frame > last->origin.last_frame)
            last->origin.last_frame = origin->last_frame;
    }
}

static struct tt_span part_at(const struct tt_buf *parts, size_t at, struct tt_part *ret_part)
{
    struct tt_span bytes =
        tt_span_sub(tt_buf_span(parts), at * sizeof(*ret_part), sizeof(*ret_part));
    if (bytes.len > 0)
        memcpy(ret_part, bytes.data, bytes.len);
    return bytes;
}

/* ---- fields ---- */

static const char *const pseudo_names[TT_HTTP_PSEUDO_COUNT] = {
    [TT_HTTP_PSEUDO_METHOD] = ":method",       [TT_HTTP_PSEUDO_SCHEME] = ":scheme",
    [TT_HTTP_PSEUDO_AUTHORITY] = ":authority", [TT_HTTP_PSEUDO_PATH] = ":path",
    [TT_HTTP_PSEUDO_PROTOCOL] = ":protocol",   [TT_HTTP_PSEUDO_STATUS] = ":status"};

/* All or nothing: appended, or told that it was too long, or that there is no memory. */
static bool append(struct tt_http_block *block, struct tt_buf *buf, struct tt_span bytes)
{
    enum tt_err err = tt_buf_append(buf, bytes);
    block->over = block->over || err == TT_ERR_LIMIT;
    block->failed = block->failed || err == TT_ERR_MEMORY;
    return err == TT_OK;
}

/* A line end inside a value would make two lines of one (RFC 9113, section 8.2.1 forbids it). */
static void mend_lines(struct tt_buf *buf, size_t from)
{
    for (size_t i = from; i < buf->len; i++)
        if (buf->data[i] == '\n' || buf->data[i] == '\r')
            buf->data[i] = ' ';
}

static bool take_pseudo(struct tt_http_block *block, enum tt_http_pseudo which,
                        struct tt_span value, const struct tt_origin *origin)
{
    struct tt_http_pseudo_value *pseudo = &block->pseudo[which];
    if (pseudo->set)
        return false;
    size_t at = block->values.len;
    if (!append(block, &block->values, value))
        return true;
    mend_lines(&block->values, at);
    *pseudo =
        (struct tt_http_pseudo_value){.set = true, .at = at, .len = value.len, .origin = *origin};
    return true;
}

static void add_line(struct tt_http_block *block, struct tt_span name, struct tt_span value,
                     const struct tt_origin *origin)
{
    struct tt_buf *lines = &block->lines;
    size_t at = lines->len;
    bool whole = append(block, lines, name) && append(block, lines, tt_span_str(": ")) &&
                 append(block, lines, value);
    if (whole)
        mend_lines(lines, at);
    if (!whole || !append(block, lines, tt_span_str("\r\n"))) {
        lines->len = at;
        return;
    }
    add_part(&block->line_parts, lines->len, origin);
}

void tt_http_block_add(struct tt_http_block *block, struct tt_span name, struct tt_span value,
                       const struct tt_origin *origin)
{
    if (name.len > 0 && name.data[0] == ':') {
        for (unsigned i = 0; i < TT_HTTP_PSEUDO_COUNT; i++)
            if (tt_span_eq(name, tt_span_str(pseudo_names[i])) &&
                take_pseudo(block, (enum tt_http_pseudo)i, value, origin))
                return;
        /* Unknown, or sent twice: still to be searched. A name cannot begin with a colon there. */
        name = tt_span_from(name, 1);
    }
    add_line(block, name, value, origin);
}

void tt_http_block_leave_out(struct tt_http_block *block)
{
    block->left_out++;
}

struct tt_span tt_http_block_pseudo(const struct tt_http_block *block, enum tt_http_pseudo which)
{
    const struct tt_http_pseudo_value *pseudo = &block->pseudo[which];
    if (!pseudo->set)
        return (struct tt_span){0};
    if (pseudo->len == 0)
        return tt_span_str("");
    return tt_span_sub(tt_buf_span(&block->values), pseudo->at, pseudo->len);
}

bool tt_http_block_is_request(const struct tt_http_block *block)
{
    return !tt_http_block_is_response(block) &&
           (block->pseudo[TT_HTTP_PSEUDO_METHOD].set || block->pseudo[TT_HTTP_PSEUDO_PATH].set ||
            block->pseudo[TT_HTTP_PSEUDO_SCHEME].set ||
            block->pseudo[TT_HTTP_PSEUDO_AUTHORITY].set);
}

bool tt_http_block_is_response(const struct tt_http_block *block)
{
    return block->pseudo[TT_HTTP_PSEUDO_STATUS].set;
}

/* ---- the text ---- */

static void put(struct tt_http_block *block, struct tt_span text, const struct tt_origin *origin)
{
    if (append(block, &block->text, text))
        add_part(&block->text_parts, block->text.len, origin);
}

static void put_text(struct tt_http_block *block, const char *text, const struct tt_origin *origin)
{
    put(block, tt_span_str(text), origin);
}

/* The value with the frames that brought it, or "?". */
static void put_pseudo(struct tt_http_block *block, enum tt_http_pseudo which,
                       const struct tt_origin *other)
{
    struct tt_span value = tt_http_block_pseudo(block, which);
    if (value.data == NULL)
        put_text(block, "?", other);
    else if (value.len > 0)
        put(block, value, &block->pseudo[which].origin);
}

static void put_field(struct tt_http_block *block, const char *name, enum tt_http_pseudo which)
{
    if (!block->pseudo[which].set)
        return;
    const struct tt_origin origin = block->pseudo[which].origin;
    put_text(block, name, &origin);
    put_pseudo(block, which, &origin);
    put_text(block, "\r\n", &origin);
}

static bool is_plain_connect(const struct tt_http_block *block)
{
    return tt_span_eq(tt_http_block_pseudo(block, TT_HTTP_PSEUDO_METHOD), tt_span_str("CONNECT")) &&
           !block->pseudo[TT_HTTP_PSEUDO_PATH].set;
}

static void put_request_line(struct tt_http_block *block, const char *version,
                             const struct tt_origin *other)
{
    put_pseudo(block, TT_HTTP_PSEUDO_METHOD, other);
    put_text(block, " ", other);
    /* RFC 9113, section 8.5. */
    put_pseudo(block, is_plain_connect(block) ? TT_HTTP_PSEUDO_AUTHORITY : TT_HTTP_PSEUDO_PATH,
               other);
    put_text(block, " ", other);
    put_text(block, version, other);
    put_text(block, "\r\n", other);
    put_field(block, "host: ", TT_HTTP_PSEUDO_AUTHORITY);
    put_field(block, "upgrade: ", TT_HTTP_PSEUDO_PROTOCOL);
    /* Of the schemes only an unusual one can hide something. */
    struct tt_span scheme = tt_http_block_pseudo(block, TT_HTTP_PSEUDO_SCHEME);
    if (!tt_span_eq(scheme, tt_span_str("https")) && !tt_span_eq(scheme, tt_span_str("http")))
        put_field(block, "scheme: ", TT_HTTP_PSEUDO_SCHEME);
}

static void put_status_line(struct tt_http_block *block, const char *version,
                            const struct tt_origin *other)
{
    put_text(block, version, other);
    put_text(block, " ", other);
    put_pseudo(block, TT_HTTP_PSEUDO_STATUS, other);
    put_text(block, "\r\n", other);
}

static void put_lines(struct tt_http_block *block)
{
    size_t base = block->text.len;
    if (!append(block, &block->text, tt_buf_span(&block->lines)))
        return;
    struct tt_part part;
    for (size_t i = 0; part_at(&block->line_parts, i, &part).len > 0; i++)
        add_part(&block->text_parts, base + part.end, &part.origin);
}

bool tt_http_block_finish(struct tt_http_block *block, enum tt_http_block_kind kind,
                          const char *version, const struct tt_origin *origin,
                          struct tt_http1_head *ret_head)
{
    if (kind == TT_HTTP_BLOCK_REQUEST)
        put_request_line(block, version, origin);
    else if (kind == TT_HTTP_BLOCK_RESPONSE)
        put_status_line(block, version, origin);
    put_lines(block);
    put_text(block, "\r\n", origin);
    if (block->failed)
        return false;
    if (kind == TT_HTTP_BLOCK_TRAILER)
        return true;
    if (tt_http1_head_parse(tt_buf_span(&block->text), ret_head) == 0)
        return false;
    if (!block->pseudo[TT_HTTP_PSEUDO_METHOD].set)
        ret_head->method = (struct tt_span){0};
    if (block->pseudo[TT_HTTP_PSEUDO_AUTHORITY].set)
        ret_head->host = tt_span_trim(tt_http_block_pseudo(block, TT_HTTP_PSEUDO_AUTHORITY));
    return true;
}

struct tt_extent tt_http_block_extent(const struct tt_http_block *block)
{
    return (struct tt_extent){.bytes = tt_buf_span(&block->text),
                              .parts = (const struct tt_part *)(const void *)block->text_parts.data,
                              .part_count = block->text_parts.len / sizeof(struct tt_part)};
}
