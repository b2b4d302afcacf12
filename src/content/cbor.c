#include "content/cbor.h"

#include "content/binary.h"

enum { CHUNKS = TT_BINARY_MAP + 1 }; /* the level of a string of unknown length */

/* Major types and additional information: RFC 8949, section 3. */
enum { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };
enum { INFO_1 = 24, INFO_8 = 27, INFO_OPEN = 31 };

/* The initial byte of an item and its argument. */
struct head {
    unsigned major;
    unsigned info;
    uint64_t value;
    size_t len;
};

static enum tt_atom read_head(struct tt_span in, struct head *ret_head)
{
    struct head head = {.major = in.data[0] >> 5, .info = in.data[0] & 31, .len = 1};
    head.value = head.info;
    if (head.info > INFO_8 && head.info < INFO_OPEN)
        return TT_ATOM_BAD;
    if (head.info >= INFO_1 && head.info <= INFO_8) {
        size_t more = (size_t)1 << (head.info - INFO_1);
        if (in.len < 1 + more)
            return TT_ATOM_CUT;
        head.value = 0;
        for (size_t i = 1; i <= more; i++)
            head.value = head.value << 8 | in.data[i];
        head.len += more;
    }
    *ret_head = head;
    return TT_ATOM_DONE;
}

/* Encoders write the shortest argument that does (RFC 8949, section 4.1). */
static bool is_shortest(const struct head *head)
{
    static const uint64_t least[] = {24, 0x100, 0x10000, 0x100000000};
    return head->info < INFO_1 || head->info > INFO_8 || head->value >= least[head->info - INFO_1];
}

static bool in_chunks(struct tt_binary *bin)
{
    return bin->depth > 0 && tt_binary_top(bin)->kind == CHUNKS;
}

/* A string that is a name: it is part of the atom, as far as names are kept. */
static enum tt_atom read_name(struct tt_binary *bin, struct tt_span in, const struct head *head,
                              size_t *ret_used)
{
    size_t len = head->value < TT_JSON_NAME_MAX ? (size_t)head->value : TT_JSON_NAME_MAX;
    struct tt_span name = tt_span_sub(in, head->len, len);
    if (name.len < len && !(bin->final && bin->sink == NULL))
        return TT_ATOM_CUT;
    bool is_name =
        head->major == TEXT && tt_binary_is_name(name, name.len < head->value, &bin->bits);
    if (bin->sink == NULL && !is_name)
        return TT_ATOM_BAD;
    bin->count += name.len > 1;
    tt_binary_name(bin, name);
    tt_binary_item(bin);
    *ret_used = head->len + name.len;
    tt_binary_skip(bin, head->value - name.len);
    return TT_ATOM_DONE;
}

static enum tt_atom read_string(struct tt_binary *bin, struct tt_span in, const struct head *head,
                                size_t *ret_used)
{
    if (head->info == INFO_OPEN) {
        if (tt_binary_at_name(bin))
            tt_binary_name(bin, tt_span_str("?"));
        if (in_chunks(bin) || !tt_binary_push(bin, CHUNKS, bin->at, TT_BINARY_OPEN_END))
            return TT_ATOM_BAD;
        tt_binary_top(bin)->type = (uint8_t)head->major;
        return TT_ATOM_DONE;
    }
    if (tt_binary_at_name(bin))
        return read_name(bin, in, head, ret_used);
    if (in_chunks(bin)) {
        tt_binary_skip(bin, head->value);
        return TT_ATOM_DONE;
    }
    if (!tt_binary_sees(bin, in, head->len, head->value))
        return TT_ATOM_CUT;
    enum tt_payload sort = head->major == TEXT ? TT_PAYLOAD_TEXT : TT_PAYLOAD_BYTES;
    /* Any letter is the head of bytes: that they are text tells nothing. */
    if (head->major == BYTES && bin->sink == NULL)
        sort = TT_PAYLOAD_PLAIN;
    return tt_binary_payload(bin, sort, in, head->len, head->value) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

/* The end of a container of unknown length (RFC 8949, section 3.2.1). */
static enum tt_atom read_break(struct tt_binary *bin)
{
    if (bin->depth == 0)
        return TT_ATOM_BAD;
    const struct tt_binary_level *top = tt_binary_top(bin);
    if (top->left != TT_BINARY_OPEN_END || (top->kind == TT_BINARY_MAP && top->number % 2 == 1))
        return TT_ATOM_BAD;
    tt_binary_pop(bin);
    tt_binary_item(bin);
    return TT_ATOM_DONE;
}

static enum tt_atom read_container(struct tt_binary *bin, const struct head *head)
{
    uint64_t left = head->value;
    if (head->info == INFO_OPEN)
        left = TT_BINARY_OPEN_END;
    else if (left > UINT32_MAX)
        return TT_ATOM_BAD;
    else if (head->major == MAP)
        left *= 2;
    uint8_t kind = head->major == MAP ? TT_BINARY_MAP : TT_BINARY_ARRAY;
    return tt_binary_enter(bin, kind, bin->at, left) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

static enum tt_atom read_number(struct tt_binary *bin, const struct head *head)
{
    if (head->info == INFO_OPEN || bin->depth == 0)
        return TT_ATOM_BAD;
    if (tt_binary_at_name(bin))
        tt_binary_name_number(bin, head->major == NEGATIVE,
                              head->value + (head->major == NEGATIVE ? 1 : 0));
    tt_binary_item(bin);
    return TT_ATOM_DONE;
}

static enum tt_atom read_item(struct tt_binary *bin, struct tt_span in, const struct head *head,
                              size_t *ret_used)
{
    switch (head->major) {
    case BYTES:
    case TEXT:
        return bin->depth == 0 ? TT_ATOM_BAD : read_string(bin, in, head, ret_used);
    case ARRAY:
    case MAP:
        return read_container(bin, head);
    case TAG:
        return head->info == INFO_OPEN ? TT_ATOM_BAD : TT_ATOM_DONE;
    case SIMPLE:
        if (head->info == INFO_OPEN)
            return read_break(bin);
        return read_number(bin, head);
    default:
        return read_number(bin, head);
    }
}

static enum tt_atom atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    struct head head;
    enum tt_atom read = read_head(in, &head);
    if (read != TT_ATOM_DONE)
        return read;
    if (bin->sink == NULL && head.major != SIMPLE && !is_shortest(&head))
        return TT_ATOM_BAD;
    bool is_break = head.major == SIMPLE && head.info == INFO_OPEN;
    if (in_chunks(bin) && !is_break && head.major != tt_binary_top(bin)->type)
        return TT_ATOM_BAD;
    *ret_used = head.len;
    return read_item(bin, in, &head, ret_used);
}

static void place(struct tt_binary *bin)
{
    /* The chunks of a string are at its place. */
    size_t depth = bin->depth;
    bin->depth -= in_chunks(bin) ? 1 : 0;
    tt_binary_place_names(bin, "cbor:", "cbor-key:");
    bin->depth = depth;
}

static const struct tt_binary_format format = {
    .name = "cbor", .atom = atom, .place = place, .ended = tt_binary_item, .plain_heads = true};

static bool is_declared(const struct tt_body *body)
{
    const char *type = body->media_type;
    size_t len = type == NULL ? 0 : strlen(type);
    return len > 5 &&
           (strcmp(type + len - 5, "/cbor") == 0 || strcmp(type + len - 5, "+cbor") == 0);
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    static const uint8_t self[] = {0xd9, 0xd9, 0xf7}; /* RFC 8949, section 3.4.6 */
    if (head.len == 0)
        return false;
    bool declared = is_declared(body);
    struct tt_span magic = tt_span_of(self, sizeof(self));
    unsigned major = head.data[0] >> 5;
    if (!declared && major != ARRAY && major != MAP && !tt_span_starts(head, magic))
        return false;
    bool told = declared || tt_span_starts(head, magic);
    struct tt_binary bin;
    tt_binary_init(&bin, &format, body, NULL);
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    /* Any letters are an array of numbers and texts: names must show that it is a map. */
    return tt_binary_sure(&trial, told) && (told || bin.count > 0);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return tt_binary_open(&format, body, sink);
}

const struct tt_decoder tt_decoder_cbor = {.name = "cbor",
                                           .title = "CBOR",
                                           .spec = "RFC 8949",
                                           .sort = TT_FORMAT,
                                           .by_evidence = true,
                                           .claims = claims,
                                           .open = open_state,
                                           .feed = tt_binary_feed,
                                           .close = tt_binary_close};
