#include "content/msgpack.h"

#include "content/binary.h"

enum sort { NOTHING, UNSIGNED, SIGNED, FLOAT, TEXT, BYTES, EXTENSION, ARRAY, MAP, RESERVED };

/* What the first bytes from 0xc0 to 0xdf mean, and the bytes of the number (or length) behind. */
static const struct {
    uint8_t sort;
    uint8_t more;
} meanings[32] = {{NOTHING, 0},   {RESERVED, 0},  {NOTHING, 0},   {NOTHING, 0},   {BYTES, 1},
                  {BYTES, 2},     {BYTES, 4},     {EXTENSION, 1}, {EXTENSION, 2}, {EXTENSION, 4},
                  {FLOAT, 4},     {FLOAT, 8},     {UNSIGNED, 1},  {UNSIGNED, 2},  {UNSIGNED, 4},
                  {UNSIGNED, 8},  {SIGNED, 1},    {SIGNED, 2},    {SIGNED, 4},    {SIGNED, 8},
                  {EXTENSION, 0}, {EXTENSION, 0}, {EXTENSION, 0}, {EXTENSION, 0}, {EXTENSION, 0},
                  {TEXT, 1},      {TEXT, 2},      {TEXT, 4},      {ARRAY, 2},     {ARRAY, 4},
                  {MAP, 2},       {MAP, 4}};

enum { FIXEXT_1 = 0xd4, FIXEXT_16 = 0xd8 };

struct head {
    enum sort sort;
    uint64_t value; /* a number, a length, a count */
    size_t len;
};

static enum tt_atom read_head(struct tt_span in, struct head *ret_head)
{
    uint8_t c = in.data[0];
    struct head head = {.len = 1};
    if (c < 0x80) {
        head.sort = UNSIGNED;
        head.value = c;
    } else if (c < 0xc0) {
        head.sort = c < 0x90 ? MAP : c < 0xa0 ? ARRAY : TEXT;
        head.value = c & (head.sort == TEXT ? 31 : 15);
    } else if (c >= 0xe0) {
        head.sort = SIGNED;
        head.value = (uint64_t)(int64_t)(int8_t)c;
    } else {
        size_t more = meanings[c - 0xc0].more;
        head.sort = (enum sort)meanings[c - 0xc0].sort;
        if (in.len < 1 + more)
            return TT_ATOM_CUT;
        for (size_t i = 1; i <= more; i++)
            head.value = head.value << 8 | in.data[i];
        if (head.sort == SIGNED && more < 8 && (in.data[1] & 0x80) != 0)
            head.value |= UINT64_MAX << (8 * more);
        head.len += more;
        if (c >= FIXEXT_1 && c <= FIXEXT_16)
            head.value = (uint64_t)1 << (c - FIXEXT_1);
    }
    *ret_head = head;
    return TT_ATOM_DONE;
}

/* A string that is a name: it is part of the atom, as far as names are kept. */
static enum tt_atom read_name(struct tt_binary *bin, struct tt_span in, const struct head *head,
                              size_t *ret_used)
{
    size_t len = head->value < TT_JSON_NAME_MAX ? (size_t)head->value : TT_JSON_NAME_MAX;
    struct tt_span name = tt_span_sub(in, head->len, len);
    if (name.len < len && bin->sink != NULL)
        return TT_ATOM_CUT;
    bool is_name = tt_binary_is_name(name, name.len < head->value, &bin->bits);
    if (bin->sink == NULL && !is_name)
        return TT_ATOM_BAD;
    tt_binary_name(bin, name);
    tt_binary_item(bin);
    *ret_used = head->len + name.len;
    tt_binary_skip(bin, head->value - name.len);
    return TT_ATOM_DONE;
}

static enum tt_atom read_payload(struct tt_binary *bin, struct tt_span in, const struct head *head,
                                 size_t *ret_used)
{
    if (head->sort != EXTENSION && tt_binary_at_name(bin))
        return read_name(bin, in, head, ret_used);
    if (tt_binary_at_name(bin))
        tt_binary_name(bin, tt_span_str("?"));
    *ret_used = head->len + (head->sort == EXTENSION ? 1 : 0); /* the extension's type */
    if (in.len < *ret_used || !tt_binary_sees(bin, in, *ret_used, head->value))
        return TT_ATOM_CUT;
    enum tt_payload sort = head->sort == TEXT ? TT_PAYLOAD_TEXT : TT_PAYLOAD_BYTES;
    return tt_binary_payload(bin, sort, in, *ret_used, head->value) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

static enum tt_atom read_number(struct tt_binary *bin, const struct head *head)
{
    if (tt_binary_at_name(bin)) {
        bool negative = head->sort == SIGNED && head->value > INT64_MAX;
        tt_binary_name_number(bin, negative, negative ? 0 - head->value : head->value);
    }
    tt_binary_item(bin);
    return TT_ATOM_DONE;
}

static enum tt_atom atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    struct head head;
    enum tt_atom read = read_head(in, &head);
    if (read != TT_ATOM_DONE)
        return read;
    /* A stream of numbers is any text. */
    if (bin->depth == 0 && head.sort != ARRAY && head.sort != MAP)
        return TT_ATOM_BAD;
    *ret_used = head.len;
    switch (head.sort) {
    case ARRAY:
    case MAP: {
        uint8_t kind = head.sort == MAP ? TT_BINARY_MAP : TT_BINARY_ARRAY;
        uint64_t left = head.sort == MAP ? head.value * 2 : head.value;
        return tt_binary_enter(bin, kind, bin->at, left) ? TT_ATOM_DONE : TT_ATOM_BAD;
    }
    case TEXT:
    case BYTES:
    case EXTENSION:
        return read_payload(bin, in, &head, ret_used);
    case NOTHING:
    case UNSIGNED:
    case SIGNED:
    case FLOAT:
        return read_number(bin, &head);
    case RESERVED:
        break;
    }
    return TT_ATOM_BAD;
}

static void place(struct tt_binary *bin)
{
    tt_binary_place_names(bin, "msgpack:", "msgpack-key:");
}

static const struct tt_binary_format format = {
    .name = "msgpack", .atom = atom, .place = place, .ended = tt_binary_item};

static bool is_declared(const struct tt_body *body)
{
    const char *type = body->media_type;
    return type != NULL && (strstr(type, "msgpack") != NULL || strstr(type, "messagepack") != NULL);
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (head.len == 0)
        return false;
    uint8_t c = head.data[0];
    bool is_container = (c >= 0x80 && c < 0xa0) || (c >= 0xdc && c < 0xe0);
    if (!is_container)
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

const struct tt_decoder tt_decoder_msgpack = {.name = "msgpack",
                                              .title = "MessagePack",
                                              .spec = "msgpack.org specification",
                                              .sort = TT_FORMAT,
                                              .by_evidence = true,
                                              .claims = claims,
                                              .open = open_state,
                                              .feed = tt_binary_feed,
                                              .close = tt_binary_close};
