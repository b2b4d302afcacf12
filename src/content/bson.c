#include "content/bson.h"

#include "base/reader.h"
#include "content/binary.h"

/* Types of elements: bsonspec.org, version 1.1. */
enum {
    END = 0,
    DOUBLE,
    STRING,
    DOCUMENT,
    ARRAY,
    BINARY,
    UNDEFINED,
    OBJECT_ID,
    BOOLEAN,
    DATE,
    NIL,
    REGEX,
    DB_POINTER,
    CODE,
    SYMBOL,
    CODE_WITH_SCOPE,
    INT32,
    TIMESTAMP,
    INT64,
    DECIMAL128,
    MAX_KEY = 0x7f,
    MIN_KEY = 0xff
};

/* What is read next. */
enum { AT_ELEMENT, AT_VALUE, AT_ZERO /* behind a string */ };

enum { SHORTEST = 5 /* bytes of a document: its length and its end */ };

/* The bytes of a value whose length its type tells; -1: another sort. */
static int fixed_len(unsigned type)
{
    switch (type) {
    case UNDEFINED:
    case NIL:
    case MAX_KEY:
    case MIN_KEY:
        return 0;
    case BOOLEAN:
        return 1;
    case INT32:
        return 4;
    case DOUBLE:
    case DATE:
    case TIMESTAMP:
    case INT64:
        return 8;
    case OBJECT_ID:
        return 12;
    case DECIMAL128:
        return 16;
    default:
        return -1;
    }
}

static bool is_element(unsigned type)
{
    return (type >= DOUBLE && type <= DECIMAL128) || type == MAX_KEY || type == MIN_KEY;
}

static void value_over(struct tt_binary *bin)
{
    bool string = bin->type == STRING || bin->type == CODE || bin->type == SYMBOL;
    bin->stage = string && bin->stage == AT_VALUE ? AT_ZERO : AT_ELEMENT;
}

/* The bytes that may still stand in the innermost document, behind `used` bytes. */
static uint64_t room(struct tt_binary *bin, size_t used)
{
    uint64_t at = bin->at + used;
    uint64_t end = bin->depth == 0 ? TT_BINARY_OPEN_END : tt_binary_top(bin)->end;
    return at < end ? end - at : 0;
}

/* A document: its length, which counts itself and the zero at the end. */
static enum tt_atom read_document(struct tt_binary *bin, struct tt_span in, uint8_t kind,
                                  size_t *ret_used)
{
    struct tt_reader reader = tt_reader_of(in);
    uint64_t len = tt_read_le(&reader, 4);
    if (reader.failed)
        return TT_ATOM_CUT;
    if (len < SHORTEST || len > INT32_MAX || len >= room(bin, 0) ||
        !tt_binary_enter(bin, kind, bin->at, TT_BINARY_OPEN_END))
        return TT_ATOM_BAD;
    tt_binary_top(bin)->end = bin->at + len;
    bin->stage = AT_ELEMENT;
    *ret_used = 4;
    /* Lengths of less than 64 KiB have two bytes of zero. */
    if (len < 0x10000)
        bin->bits += 8;
    return TT_ATOM_DONE;
}

static enum tt_atom end_document(struct tt_binary *bin, size_t *ret_used)
{
    if (room(bin, 1) != 0)
        return TT_ATOM_BAD;
    tt_binary_pop(bin);
    *ret_used = 1;
    return TT_ATOM_DONE;
}

/* An element's type and name. */
static enum tt_atom read_element(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    unsigned type = in.data[0];
    if (type == END)
        return end_document(bin, ret_used);
    if (!is_element(type))
        return TT_ATOM_BAD;
    struct tt_span name = tt_span_sub(in, 1, TT_JSON_NAME_MAX + 1);
    size_t len = tt_span_find(name, 0);
    if (len == name.len)
        return len > TT_JSON_NAME_MAX ? TT_ATOM_BAD : TT_ATOM_CUT;
    name.len = len;
    if (len + 2 >= room(bin, 0) || !tt_binary_is_text(name, false, &bin->bits))
        return TT_ATOM_BAD;
    struct tt_binary_level *top = tt_binary_top(bin);
    bin->path.levels[bin->path.depth - 1].index = top->number++;
    if (top->kind == TT_BINARY_MAP)
        tt_binary_name(bin, name);
    bin->type = (uint8_t)type;
    bin->stage = AT_VALUE;
    bin->bits += 2;
    *ret_used = len + 2;
    return TT_ATOM_DONE;
}

/* A length of four bytes, `more` bytes of head, and a payload of `len` - `less` bytes. */
static enum tt_atom read_sized(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    struct tt_reader reader = tt_reader_of(in);
    uint64_t len = tt_read_le(&reader, 4);
    if (bin->type == BINARY)
        tt_read_skip(&reader, 1); /* the subtype */
    if (bin->type == CODE_WITH_SCOPE)
        len = len < 4 ? UINT64_MAX : len - 4;
    else if (bin->type == DB_POINTER)
        len += 12;
    else if (bin->type != BINARY)
        len -= len > 0 ? 1 : 0; /* the zero at the end */
    if (reader.failed)
        return TT_ATOM_CUT;
    if (len >= room(bin, reader.at))
        return TT_ATOM_BAD;
    if (!tt_binary_sees(bin, in, reader.at, len))
        return TT_ATOM_CUT;
    *ret_used = reader.at;
    enum tt_payload sort = bin->type == CODE_WITH_SCOPE || bin->type == DB_POINTER
                               ? TT_PAYLOAD_PLAIN
                           : bin->type == BINARY ? TT_PAYLOAD_BYTES
                                                 : TT_PAYLOAD_TEXT;
    return tt_binary_payload(bin, sort, in, reader.at, len) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

/* Two C strings. */
static enum tt_atom read_regex(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    struct tt_span text = tt_span_sub(in, 0, TT_BINARY_HEAD);
    size_t first = tt_span_find(text, 0);
    size_t second = first + 1 + tt_span_find(tt_span_from(text, first + 1), 0);
    if (first == text.len || second >= text.len)
        return text.len == TT_BINARY_HEAD ? TT_ATOM_BAD : TT_ATOM_CUT;
    *ret_used = second + 1;
    if (*ret_used >= room(bin, 0))
        return TT_ATOM_BAD;
    value_over(bin);
    return TT_ATOM_DONE;
}

static enum tt_atom read_value(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    switch (bin->type) {
    case DOCUMENT:
        return read_document(bin, in, TT_BINARY_MAP, ret_used);
    case ARRAY:
        return read_document(bin, in, TT_BINARY_ARRAY, ret_used);
    case REGEX:
        return read_regex(bin, in, ret_used);
    default:
        return read_sized(bin, in, ret_used);
    }
}

static enum tt_atom atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    if (bin->depth == 0)
        return read_document(bin, in, TT_BINARY_MAP, ret_used);
    if (bin->stage == AT_VALUE)
        return read_value(bin, in, ret_used);
    if (bin->stage == AT_ZERO) {
        bin->stage = AT_ELEMENT;
        *ret_used = 1;
        return in.data[0] == 0 ? TT_ATOM_DONE : TT_ATOM_BAD;
    }
    enum tt_atom read = read_element(bin, in, ret_used);
    int len = read == TT_ATOM_DONE && bin->stage == AT_VALUE ? fixed_len(bin->type) : -1;
    if (len < 0)
        return read;
    if ((uint64_t)len >= room(bin, *ret_used))
        return TT_ATOM_BAD;
    (void)tt_binary_payload(bin, TT_PAYLOAD_PLAIN, in, *ret_used, (uint64_t)len);
    return read;
}

static void place(struct tt_binary *bin)
{
    size_t depth = bin->path.depth;
    /* Names, and what stands between elements, are at home in the document. */
    if (bin->stage != AT_VALUE && depth > 0)
        depth--;
    tt_json_path_text(&bin->path, "bson:", depth, &bin->text);
}

static const struct tt_binary_format format = {
    .name = "bson", .atom = atom, .place = place, .ended = value_over};

static bool is_declared(const struct tt_body *body)
{
    return body->media_type != NULL && strstr(body->media_type, "bson") != NULL;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (head.len < SHORTEST || head.data[3] >= 0x80 || !is_element(head.data[4]))
        return false;
    struct tt_binary bin;
    tt_binary_init(&bin, &format, body, NULL);
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    return tt_binary_sure(&trial, is_declared(body));
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return tt_binary_open(&format, body, sink);
}

const struct tt_decoder tt_decoder_bson = {.name = "bson",
                                           .title = "BSON",
                                           .spec = "bsonspec.org version 1.1",
                                           .sort = TT_FORMAT,
                                           .claims = claims,
                                           .open = open_state,
                                           .feed = tt_binary_feed,
                                           .close = tt_binary_close};
