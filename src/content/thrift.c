#include "content/thrift.h"

#include "content/binary.h"

/* Types: thrift-compact-protocol.md, Struct encoding. */
enum {
    STOP,
    BOOL_TRUE,
    BOOL_FALSE,
    I8,
    I16,
    I32,
    I64,
    DOUBLE,
    BINARY,
    LIST,
    SET,
    MAP,
    STRUCT,
    UUID
};

/* The envelope: protocol, then type of message and version. */
enum { PROTOCOL_ID = 0x82, VERSION = 1, VERSION_MASK = 0x1f, NAME_MAX = 96 };

enum { FIELD_ID_MAX = 32767, FIELD_ID_USUAL = 255 };

/* A varint at `*at`; moves it behind. */
static enum tt_atom next_varint(struct tt_span in, size_t *at, uint64_t *ret_value)
{
    size_t used = 0;
    enum tt_atom read = tt_binary_varint(tt_span_from(in, *at), ret_value, &used);
    *at += used;
    return read;
}

static enum tt_atom read_envelope(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t sequence = 0;
    uint64_t len = 0;
    size_t at = 2;
    if (in.data[0] != PROTOCOL_ID)
        return TT_ATOM_BAD;
    if (in.len < 2)
        return TT_ATOM_CUT;
    unsigned type = in.data[1] >> 5;
    if ((in.data[1] & VERSION_MASK) != VERSION || type == 0 || type > 4)
        return TT_ATOM_BAD;
    enum tt_atom read = next_varint(in, &at, &sequence);
    if (read == TT_ATOM_DONE)
        read = next_varint(in, &at, &len);
    if (read != TT_ATOM_DONE)
        return read;
    if (len > NAME_MAX)
        return TT_ATOM_BAD;
    struct tt_span name = tt_span_sub(in, at, (size_t)len);
    if (name.len < len)
        return TT_ATOM_CUT;
    if (!tt_binary_is_text(name, false, &bin->bits) || !tt_binary_enter_fields(bin, bin->at))
        return TT_ATOM_BAD;
    bin->bits += 10; /* the two bytes in front */
    *ret_used = at + name.len;
    return TT_ATOM_DONE;
}

static enum tt_atom read_field(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    struct tt_binary_level *top = tt_binary_top(bin);
    unsigned type = in.data[0] & 15;
    unsigned delta = in.data[0] >> 4;
    uint64_t id = top->left + delta;
    *ret_used = 1;
    if (in.data[0] == STOP) {
        tt_binary_leave_fields(bin);
        return TT_ATOM_DONE;
    }
    if (type == STOP || type > UUID)
        return TT_ATOM_BAD;
    if (delta == 0) {
        enum tt_atom read = next_varint(in, ret_used, &id);
        if (read != TT_ATOM_DONE)
            return read;
        id = (id & 1) != 0 ? 0 : id >> 1; /* zigzag; what is negative has no place */
    }
    if (id > FIELD_ID_MAX || (bin->sink == NULL && id > FIELD_ID_USUAL))
        return TT_ATOM_BAD;
    top->left = id;
    top->number = id;
    bin->type = (uint8_t)type;
    bin->stage = TT_BINARY_AT_VALUE;
    if (type == BOOL_TRUE || type == BOOL_FALSE)
        tt_binary_value_over(bin);
    return TT_ATOM_DONE;
}

static enum tt_atom read_binary(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t len = 0;
    size_t at = 0;
    enum tt_atom read = next_varint(in, &at, &len);
    if (read != TT_ATOM_DONE)
        return read;
    if (len > INT32_MAX)
        return TT_ATOM_BAD;
    if (!tt_binary_sees(bin, in, at, len))
        return TT_ATOM_CUT;
    *ret_used = at;
    return tt_binary_payload(bin, TT_PAYLOAD_BYTES, in, at, len) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

static bool is_type(unsigned type)
{
    return type >= BOOL_TRUE && type <= UUID;
}

static enum tt_atom read_list(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t count = in.data[0] >> 4;
    unsigned type = in.data[0] & 15;
    *ret_used = 1;
    enum tt_atom read = TT_ATOM_DONE;
    if (count == 15)
        read = next_varint(in, ret_used, &count);
    if (read != TT_ATOM_DONE)
        return read;
    if (!is_type(type) || !tt_binary_enter_list(bin, 0, (uint8_t)type, bin->at, count))
        return TT_ATOM_BAD;
    return TT_ATOM_DONE;
}

static enum tt_atom read_map(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t count = 0;
    *ret_used = 0;
    enum tt_atom read = next_varint(in, ret_used, &count);
    if (read != TT_ATOM_DONE)
        return read;
    if (count == 0) {
        tt_binary_value_over(bin);
        return TT_ATOM_DONE;
    }
    if (*ret_used == in.len)
        return TT_ATOM_CUT;
    uint8_t key = in.data[*ret_used] >> 4;
    uint8_t type = in.data[*ret_used] & 15;
    ++*ret_used;
    if (!is_type(key) || !is_type(type) || !tt_binary_enter_list(bin, key, type, bin->at, count))
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
    case BOOL_TRUE: /* in a list */
    case BOOL_FALSE:
    case I8:
        *ret_used = 1;
        tt_binary_value_over(bin);
        return TT_ATOM_DONE;
    case I16:
    case I32:
    case I64:
        return read_number(bin, in, ret_used);
    case DOUBLE:
        (void)tt_binary_payload(bin, TT_PAYLOAD_PLAIN, in, 0, 8);
        return TT_ATOM_DONE;
    case BINARY:
        return read_binary(bin, in, ret_used);
    case LIST:
    case SET:
        return read_list(bin, in, ret_used);
    case MAP:
        return read_map(bin, in, ret_used);
    case STRUCT:
        return tt_binary_enter_fields(bin, bin->at) ? TT_ATOM_DONE : TT_ATOM_BAD;
    case UUID:
        (void)tt_binary_payload(bin, TT_PAYLOAD_PLAIN, in, 0, 16);
        return TT_ATOM_DONE;
    default:
        return TT_ATOM_BAD;
    }
}

static enum tt_atom atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    *ret_used = 0;
    if (bin->depth > 0)
        return bin->stage == TT_BINARY_AT_VALUE ? read_value(bin, in, ret_used)
                                                : read_field(bin, in, ret_used);
    if (in.data[0] == PROTOCOL_ID)
        return read_envelope(bin, in, ret_used);
    /* One bare struct, and nothing behind it. */
    if (bin->atoms > 0 || !tt_binary_enter_fields(bin, bin->at))
        return TT_ATOM_BAD;
    return TT_ATOM_DONE;
}

static void place(struct tt_binary *bin)
{
    tt_binary_place_numbers(bin, "thrift:");
}

static const struct tt_binary_format format = {
    .name = "thrift", .atom = atom, .place = place, .ended = tt_binary_value_over};

unsigned tt_thrift_evidence(struct tt_span head, bool whole)
{
    static const struct tt_body nobody = {0};
    if (head.len < 2 || head.data[0] < 0x10 || !is_type(head.data[0] & 15))
        return 0;
    struct tt_binary bin;
    tt_binary_init(&bin, &format, &nobody, NULL);
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    return tt_binary_sure(&trial, false) ? trial.bits : 0;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    const char *type = body->media_type;
    bool declared = type != NULL && strstr(type, "thrift") != NULL;
    unsigned text_bits = 0;
    if (head.len < 2)
        return false;
    unsigned first = head.data[0] & 15;
    bool begins = head.data[0] == PROTOCOL_ID || (head.data[0] >= 0x10 && is_type(first));
    if (!begins || tt_binary_is_text(tt_span_sub(head, 0, 8), true, &text_bits))
        return false;
    struct tt_binary bin;
    tt_binary_init(&bin, &format, body, NULL);
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    return tt_binary_sure(&trial, declared && head.data[0] == PROTOCOL_ID);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return tt_binary_open(&format, body, sink);
}

const struct tt_decoder tt_decoder_thrift = {.name = "thrift",
                                             .title = "Thrift compact protocol",
                                             .spec = "thrift-compact-protocol.md",
                                             .sort = TT_FORMAT,
                                             .by_evidence = true,
                                             .claims = claims,
                                             .open = open_state,
                                             .feed = tt_binary_feed,
                                             .close = tt_binary_close};
