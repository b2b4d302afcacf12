#include "content/bond.h"

#include "content/binary.h"

/* Types: bond.bond, BondDataType. */
enum {
    STOP,
    STOP_BASE,
    BOOL,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    FLOAT,
    DOUBLE,
    STRING,
    STRUCT,
    LIST,
    SET,
    MAP,
    INT8,
    INT16,
    INT32,
    INT64,
    WSTRING
};

enum {
    TYPE_MASK = 31,
    ID_SHORT_MAX = 5, /* in the three upper bits; then 6: one byte follows, 7: two */
    ID_BYTE = 6,
    ID_USUAL = 1000,
    MAGIC_LEN = 4 /* "CB" and the version, 16 bits, little end first */
};

static enum tt_atom next_varint(struct tt_span in, size_t *at, uint64_t *ret_value)
{
    size_t used = 0;
    enum tt_atom read = tt_binary_varint(tt_span_from(in, *at), ret_value, &used);
    *at += used;
    return read;
}

static bool is_type(unsigned type)
{
    return type >= BOOL && type <= WSTRING;
}

/* A structure; version 2 has its length in front. */
static enum tt_atom read_struct(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t len = 0;
    enum tt_atom read = TT_ATOM_DONE;
    *ret_used = 0;
    if (bin->version == 2)
        read = next_varint(in, ret_used, &len);
    if (read != TT_ATOM_DONE)
        return read;
    if ((bin->version == 2 && len == 0) || len > INT32_MAX || !tt_binary_enter_fields(bin, bin->at))
        return TT_ATOM_BAD;
    if (bin->version == 2)
        tt_binary_top(bin)->end = bin->at + *ret_used + len;
    return TT_ATOM_DONE;
}

static enum tt_atom end_struct(struct tt_binary *bin)
{
    uint64_t end = tt_binary_top(bin)->end;
    if (end != TT_BINARY_OPEN_END && end != bin->at + 1)
        return TT_ATOM_BAD;
    if (end != TT_BINARY_OPEN_END)
        bin->bits += TT_BINARY_END_BITS;
    tt_binary_leave_fields(bin);
    return TT_ATOM_DONE;
}

static enum tt_atom read_field(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    unsigned type = in.data[0] & TYPE_MASK;
    uint64_t id = in.data[0] >> 5;
    size_t more = id <= ID_SHORT_MAX ? 0 : id == ID_BYTE ? 1 : 2;
    *ret_used = 1;
    if (in.data[0] == STOP)
        return end_struct(bin);
    /* The fields of the structure that this one is made from stand in front of its own. */
    if (in.data[0] == STOP_BASE)
        return TT_ATOM_DONE;
    if (!is_type(type))
        return TT_ATOM_BAD;
    if (in.len < 1 + more)
        return TT_ATOM_CUT;
    if (more > 0)
        id = in.data[1];
    if (more > 1)
        id |= (uint64_t)in.data[2] << 8;
    bool longer_than_it_must = (more == 1 && id <= ID_SHORT_MAX) || (more == 2 && id <= UINT8_MAX);
    if (bin->sink == NULL && (id > ID_USUAL || longer_than_it_must))
        return TT_ATOM_BAD;
    *ret_used += more;
    tt_binary_top(bin)->number = id;
    bin->type = (uint8_t)type;
    bin->stage = TT_BINARY_AT_VALUE;
    return TT_ATOM_DONE;
}

static enum tt_atom read_string(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t len = 0;
    size_t at = 0;
    enum tt_atom read = next_varint(in, &at, &len);
    if (read != TT_ATOM_DONE)
        return read;
    if (len > INT32_MAX)
        return TT_ATOM_BAD;
    bool wide = bin->type == WSTRING; /* UTF-16 */
    len *= wide ? 2 : 1;
    if (!tt_binary_sees(bin, in, at, len))
        return TT_ATOM_CUT;
    *ret_used = at;
    return tt_binary_payload(bin, wide ? TT_PAYLOAD_BYTES : TT_PAYLOAD_TEXT, in, at, len)
               ? TT_ATOM_DONE
               : TT_ATOM_BAD;
}

static enum tt_atom read_list(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    unsigned type = in.data[0] & TYPE_MASK;
    uint64_t count = in.data[0] >> 5;
    *ret_used = 1;
    enum tt_atom read = TT_ATOM_DONE;
    /* Version 2 has small counts in the type, one more than they are. */
    if (bin->version == 2 && count > 0)
        count--;
    else if (count > 0)
        return TT_ATOM_BAD;
    else
        read = next_varint(in, ret_used, &count);
    if (read != TT_ATOM_DONE)
        return read;
    if (!is_type(type))
        return TT_ATOM_BAD;
    if (type == UINT8 || type == INT8) {
        if (count > INT32_MAX)
            return TT_ATOM_BAD;
        if (!tt_binary_sees(bin, in, *ret_used, count))
            return TT_ATOM_CUT;
        (void)tt_binary_payload(bin, TT_PAYLOAD_BYTES, in, *ret_used, count);
        return TT_ATOM_DONE;
    }
    return tt_binary_enter_list(bin, 0, (uint8_t)type, bin->at, count) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

static enum tt_atom read_map(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t count = 0;
    if (in.len < 2)
        return TT_ATOM_CUT;
    *ret_used = 2;
    enum tt_atom read = next_varint(in, ret_used, &count);
    if (read != TT_ATOM_DONE)
        return read;
    if (!is_type(in.data[0]) || !is_type(in.data[1]) ||
        !tt_binary_enter_list(bin, in.data[0], in.data[1], bin->at, count))
        return TT_ATOM_BAD;
    return TT_ATOM_DONE;
}

static enum tt_atom read_number(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t value = 0;
    *ret_used = 0;
    enum tt_atom read = next_varint(in, ret_used, &value);
    if (read == TT_ATOM_DONE)
        tt_binary_value_over(bin);
    return read;
}

static enum tt_atom read_value(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    switch (bin->type) {
    case BOOL:
    case UINT8:
    case INT8:
        *ret_used = 1;
        tt_binary_value_over(bin);
        return TT_ATOM_DONE;
    case UINT16:
    case UINT32:
    case UINT64:
    case INT16:
    case INT32:
    case INT64:
        return read_number(bin, in, ret_used);
    case FLOAT:
    case DOUBLE:
        *ret_used = 0;
        (void)tt_binary_payload(bin, TT_PAYLOAD_PLAIN, in, 0, bin->type == FLOAT ? 4 : 8);
        return TT_ATOM_DONE;
    case STRING:
    case WSTRING:
        return read_string(bin, in, ret_used);
    case STRUCT:
        return read_struct(bin, in, ret_used);
    case LIST:
    case SET:
        return read_list(bin, in, ret_used);
    case MAP:
        return read_map(bin, in, ret_used);
    default:
        return TT_ATOM_BAD;
    }
}

/* The header of a marshalled payload, as far as `in` shows it? */
static bool is_marshalled(struct tt_span in, uint8_t version)
{
    const uint8_t magic[MAGIC_LEN] = {'C', 'B', version, 0};
    size_t len = in.len < MAGIC_LEN ? in.len : MAGIC_LEN;
    return memcmp(in.data, magic, len) == 0;
}

static enum tt_atom atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    if (bin->depth > 0)
        return bin->stage == TT_BINARY_AT_VALUE ? read_value(bin, in, ret_used)
                                                : read_field(bin, in, ret_used);
    if (bin->atoms > 0 || !is_marshalled(in, bin->version))
        return read_struct(bin, in, ret_used);
    if (in.len < MAGIC_LEN)
        return TT_ATOM_CUT;
    bin->bits += TT_BINARY_MAGIC_BITS;
    *ret_used = MAGIC_LEN;
    return TT_ATOM_DONE;
}

static void place(struct tt_binary *bin)
{
    tt_binary_place_numbers(bin, "bond:");
}

static const struct tt_binary_format format = {
    .name = "bond", .atom = atom, .place = place, .ended = tt_binary_value_over};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole, uint8_t version)
{
    const char *type = body->media_type;
    bool declared = type != NULL && strstr(type, "bond") != NULL;
    unsigned text_bits = 0;
    if (head.len < MAGIC_LEN || tt_binary_is_text(tt_span_sub(head, 0, 8), true, &text_bits))
        return false;
    bool is_record = version == 2 || is_type(head.data[0] & TYPE_MASK);
    if (!is_record && !is_marshalled(head, version))
        return false;
    struct tt_binary bin;
    tt_binary_init(&bin, &format, body, NULL);
    bin.version = version;
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    return tt_binary_sure(&trial, declared || is_marshalled(head, version));
}

static bool claims_v1(const struct tt_body *body, struct tt_span head, bool whole)
{
    return claims(body, head, whole, 1);
}

static bool claims_v2(const struct tt_body *body, struct tt_span head, bool whole)
{
    return claims(body, head, whole, 2);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink,
                        uint8_t version)
{
    struct tt_binary *bin = tt_binary_open(&format, body, sink);
    if (bin != NULL)
        bin->version = version;
    return bin;
}

static void *open_v1(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return open_state(body, sink, 1);
}

static void *open_v2(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return open_state(body, sink, 2);
}

const struct tt_decoder tt_decoder_bond_v1 = {.name = "bond-v1",
                                              .title = "Bond Compact Binary, version 1",
                                              .spec = "Bond compact_binary.h",
                                              .sort = TT_FORMAT,
                                              .by_evidence = true,
                                              .claims = claims_v1,
                                              .open = open_v1,
                                              .feed = tt_binary_feed,
                                              .close = tt_binary_close};

const struct tt_decoder tt_decoder_bond_v2 = {.name = "bond-v2",
                                              .title = "Bond Compact Binary, version 2",
                                              .spec = "Bond compact_binary.h",
                                              .sort = TT_FORMAT,
                                              .by_evidence = true,
                                              .claims = claims_v2,
                                              .open = open_v2,
                                              .feed = tt_binary_feed,
                                              .close = tt_binary_close};
