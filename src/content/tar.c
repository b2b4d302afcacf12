#include "content/tar.h"

#include <stdlib.h>

#include "base/buf.h"
#include "content/coding.h"
#include "content/step.h"

enum {
    BLOCK = 512,
    NAME_LEN = 100,
    SIZE_AT = 124,
    SIZE_LEN = 12,
    SUM_AT = 148,
    SUM_LEN = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    PREFIX_AT = 345,
    PREFIX_LEN = 155
};

enum where {
    IN_HEADER, /* gathering a block */
    IN_LONG,   /* gathering a long name or pax records */
    IN_FILE,
    IN_PADDING, /* behind either, up to the next block */
    IN_REST     /* behind the last file */
};

struct untar {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    struct tt_outlet out; /* the inner body that gets the bytes now */
    enum where where;
    bool gave_up;
    bool has_size; /* pax told the size of the next file */
    uint64_t next;
    uint64_t frame;
    uint64_t left; /* of what `where` says */
    uint64_t padding;
    uint64_t pax_size;
    char kind;            /* of the entry */
    struct tt_buf block;  /* the header */
    struct tt_buf longer; /* the long name or records that are being gathered */
    struct tt_buf name;   /* for the next file, when told in such a way */
    struct tt_step_text step;
};

/* ---- a header block ---- */

/* Octal digits, or a number of 8 bytes and more in binary (GNU). */
static bool read_number(struct tt_span field, uint64_t *ret_number)
{
    uint64_t number = 0;
    if ((field.data[0] & 0x80) != 0) {
        for (size_t i = 1; i < field.len; i++) {
            if (number >> 54 != 0)
                return false;
            number = number << 8 | field.data[i];
        }
        *ret_number = number;
        return true;
    }
    size_t at = 0;
    while (at < field.len && field.data[at] == ' ')
        at++;
    size_t from = at;
    for (; at < field.len && field.data[at] >= '0' && field.data[at] <= '7'; at++)
        number = number << 3 | (uint64_t)(field.data[at] - '0');
    bool ended = at == field.len || field.data[at] == ' ' || field.data[at] == '\0';
    if (at == from || !ended)
        return false;
    *ret_number = number;
    return true;
}

/* The sum of all bytes, the field of the sum itself counted as spaces. */
static bool has_sum(struct tt_span block)
{
    uint64_t told = 0;
    if (block.data[0] == '\0' || !read_number(tt_span_sub(block, SUM_AT, SUM_LEN), &told))
        return false;
    uint64_t sum = (uint64_t)SUM_LEN * ' ';
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? 0 : block.data[i];
    return sum == told;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    (void)whole;
    return head.len >= BLOCK && has_sum(tt_span_sub(head, 0, BLOCK));
}

static struct tt_span text_field(struct tt_span block, size_t at, size_t len)
{
    struct tt_span field = tt_span_sub(block, at, len);
    return tt_span_sub(field, 0, tt_span_find(field, '\0'));
}

/* The entry's name: the one that was told in front, or prefix and name of the header. */
static void name_step(struct untar *untar, struct tt_span block)
{
    tt_step_start(&untar->step, "tar:");
    if (untar->name.len > 0) {
        tt_step_put(&untar->step, tt_buf_span(&untar->name));
        return;
    }
    /* "ustar" and a zero is POSIX; GNU's has a space there and no prefix. */
    if (memcmp(block.data + MAGIC_AT, "ustar", 6) == 0) {
        struct tt_span prefix = text_field(block, PREFIX_AT, PREFIX_LEN);
        tt_step_put(&untar->step, prefix);
        if (prefix.len > 0)
            tt_step_put(&untar->step, tt_span_str("/"));
    }
    tt_step_put(&untar->step, text_field(block, 0, NAME_LEN));
}

/* ---- state ---- */

/* A header begins as the archive does: it must not be taken for another one. */
static void open_header(struct untar *untar, uint64_t at)
{
    struct tt_body inner = {
        .kind = TT_STEP_SLICE, .format = TT_FORMAT_OPAQUE, .step = "tar.header", .at = at};
    (void)tt_outlet_open(&untar->out, &inner, NULL, 0);
}

static void open_file(struct untar *untar, uint64_t at)
{
    struct tt_body inner = {.kind = TT_STEP_SLICE, .step = untar->step.bytes, .at = at};
    (void)tt_outlet_open(&untar->out, &inner, NULL, 0);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct untar *untar = malloc(sizeof(*untar));
    if (untar == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    untar->body = body;
    untar->sink = sink;
    tt_outlet_init(&untar->out, sink, NULL, 0);
    untar->where = IN_HEADER;
    untar->gave_up = false;
    untar->has_size = false;
    untar->next = 0;
    untar->frame = 0;
    untar->left = BLOCK;
    untar->padding = 0;
    untar->block = tt_buf_make(BLOCK);
    untar->longer = tt_buf_make(TT_ARCHIVE_HEADER_MAX);
    untar->name = tt_buf_make(TT_ARCHIVE_HEADER_MAX);
    open_header(untar, 0);
    return untar;
}

static void note(const struct untar *untar, const char *code, const char *text)
{
    struct tt_note told = {.layer = "content",
                           .code = code,
                           .flow = untar->body->flow,
                           .frame = untar->frame,
                           .offset = untar->next,
                           .text = text};
    tt_note_put(&untar->sink->notes, &told);
}

static void begin_header(struct untar *untar)
{
    untar->where = IN_HEADER;
    untar->left = BLOCK;
    tt_buf_clear(&untar->block);
}

static void begin_padding(struct untar *untar)
{
    untar->where = IN_PADDING;
    untar->left = untar->padding;
    if (untar->left == 0)
        begin_header(untar);
}

static void begin_file(struct untar *untar, struct tt_span block, uint64_t at)
{
    if (untar->left > 0) {
        name_step(untar, block);
        tt_outlet_close(&untar->out, TT_BODY_COMPLETE, at);
        open_file(untar, at);
        untar->where = IN_FILE;
    } else {
        begin_padding(untar);
    }
    tt_buf_clear(&untar->name);
    untar->has_size = false;
}

/* The block is there: what follows it? `at`: behind it. */
static void read_entry(struct untar *untar, uint64_t at)
{
    struct tt_span block = tt_buf_span(&untar->block);
    uint64_t size = 0;
    if (block.data[0] == '\0') {
        untar->where = IN_REST;
        return;
    }
    if (!has_sum(block) || !read_number(tt_span_sub(block, SIZE_AT, SIZE_LEN), &size)) {
        untar->gave_up = true;
        return;
    }
    untar->kind = (char)block.data[TYPE_AT];
    bool is_extra = untar->kind == 'x' || untar->kind == 'g' || untar->kind == 'L' ||
                    untar->kind == 'K' || untar->kind == 'N';
    /* Links, devices and folders have no content, whatever their size says. */
    bool is_empty = untar->kind >= '1' && untar->kind <= '6';
    if (untar->has_size && !is_extra)
        size = untar->pax_size;
    untar->left = is_empty ? 0 : size;
    untar->padding = (BLOCK - untar->left % BLOCK) % BLOCK;
    if (!is_extra) {
        begin_file(untar, block, at);
        return;
    }
    tt_buf_clear(&untar->longer);
    untar->where = IN_LONG;
    if (untar->left == 0)
        begin_padding(untar);
}

/* One pax record is "length key=value" and a line feed. */
static void read_records(struct untar *untar)
{
    struct tt_span rest = tt_buf_span(&untar->longer);
    while (rest.len > 0) {
        size_t len = 0;
        size_t at = 0;
        for (; at < rest.len && at < 8 && tt_is_digit(rest.data[at]); at++)
            len = len * 10 + (size_t)(rest.data[at] - '0');
        if (at == 0 || at >= len || len > rest.len || rest.data[at] != ' ')
            return;
        struct tt_span record = tt_span_sub(rest, at + 1, len - at - 1);
        struct tt_span value = tt_span_trim(tt_span_from(record, tt_span_find(record, '=') + 1));
        uint64_t size = 0;
        for (size_t i = 0; i < value.len && size < UINT64_MAX / 100 && tt_is_digit(value.data[i]);
             i++)
            size = size * 10 + (uint64_t)(value.data[i] - '0');
        if (tt_span_starts(record, tt_span_str("path="))) {
            tt_buf_clear(&untar->name);
            if (tt_buf_append(&untar->name, value) != TT_OK)
                return;
        } else if (tt_span_starts(record, tt_span_str("size="))) {
            untar->has_size = true;
            untar->pax_size = size;
        }
        rest = tt_span_from(rest, len);
    }
}

static void end_long(struct untar *untar)
{
    struct tt_span text = tt_buf_span(&untar->longer);
    if (untar->kind == 'x') {
        read_records(untar);
    } else if (untar->kind == 'L' && text.len > 0) {
        tt_buf_clear(&untar->name);
        /* It fits: both buffers have the same cap. */
        if (tt_buf_append(&untar->name, tt_span_sub(text, 0, tt_span_find(text, '\0'))) != TT_OK)
            tt_buf_clear(&untar->name);
    }
    begin_padding(untar);
}

/* The bytes for what `where` says are all there. `at`: behind them. */
static void go_on(struct untar *untar, uint64_t at)
{
    switch (untar->where) {
    case IN_HEADER:
        read_entry(untar, at);
        break;
    case IN_LONG:
        end_long(untar);
        break;
    case IN_FILE:
        tt_outlet_close(&untar->out, TT_BODY_COMPLETE, at);
        open_header(untar, at);
        begin_padding(untar);
        break;
    case IN_PADDING:
        begin_header(untar);
        break;
    case IN_REST:
        break;
    }
}

static void gather(struct untar *untar, struct tt_span part)
{
    /* A name that is too long is not kept; its bytes are searched all the same. */
    if (untar->where == IN_LONG && tt_buf_append(&untar->longer, part) != TT_OK) {
        note(untar, "content.header", "a header of an archive is longer than the limit");
        tt_buf_clear(&untar->longer);
        untar->kind = '\0';
    }
    if (untar->where == IN_HEADER && tt_buf_append(&untar->block, part) != TT_OK)
        untar->gave_up = true;
}

static size_t read_some(struct untar *untar, struct tt_span in, uint64_t at)
{
    bool all = untar->where == IN_REST || in.len < untar->left;
    struct tt_span part = all ? in : tt_span_sub(in, 0, (size_t)untar->left);
    gather(untar, part);
    (void)tt_outlet_slice(&untar->out, part, at);
    untar->left -= untar->where == IN_REST ? 0 : part.len;
    if (!all)
        go_on(untar, at + part.len);
    return part.len;
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct untar *untar = state;
    untar->frame = piece->origin.last_frame;
    size_t at = 0;
    while (at < piece->bytes.len && !untar->gave_up) {
        at += read_some(untar, tt_span_from(piece->bytes, at), piece->at + at);
        untar->next = piece->at + at;
    }
    return at;
}

static void close_state(void *state, enum tt_body_end end)
{
    struct untar *untar = state;
    bool between = untar->where == IN_HEADER && untar->block.len == 0;
    bool whole = untar->where == IN_REST || between;
    if (untar->gave_up)
        note(untar, "content.broken", "an archive is damaged: the rest is searched as it stands");
    else if (!whole && end == TT_BODY_COMPLETE)
        note(untar, "content.cut", "an archive ends too early");
    tt_outlet_close(&untar->out, whole ? end : TT_BODY_CUT, untar->next);
    tt_buf_free(&untar->block);
    tt_buf_free(&untar->longer);
    tt_buf_free(&untar->name);
    free(untar);
}

const struct tt_decoder tt_decoder_tar = {.name = "tar",
                                          .title = "tar archive",
                                          .spec = "IEEE 1003.1, pax",
                                          .sort = TT_CODING,
                                          .claims = claims,
                                          .open = open_state,
                                          .feed = feed,
                                          .close = close_state};
