#include "content/protobuf.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/reader.h"
#include "content/binary.h"
#include "content/blocks.h"
#include "content/thrift.h"

/* Wire types: protobuf.dev, Encoding, Message Structure. */
enum { VARINT, FIXED_64, SIZED, GROUP, GROUP_END, FIXED_32 };

enum { MESSAGE, IN_GROUP }; /* kinds of levels */

enum {
    FIELD_MAX = 536870911, /* 2^29 - 1 */
    FIELD_USUAL = 31,
    FRAME_HEAD = 5,        /* of gRPC: flags and length */
    FRAME_USUAL = 1 << 24, /* bytes of a frame that nobody declared */
    COMPRESSED = 1,
    TRAILERS = 0x80 /* gRPC-Web: header fields behind the messages */
};

/* A message within a message needs less evidence than one out of the blue. */
enum { INNER_BITS = 6, INNER_WHOLE_BITS = 8, INNER_DIGEST_BITS = 16 };

/* ---- what a field holds ---- */

static const struct tt_binary_format format;

/* `ret_plain`: the heads of its fields are those of text. */
static unsigned evidence_of(struct tt_span look, uint64_t len, bool *ret_plain)
{
    static const struct tt_body nobody = {0};
    struct tt_binary bin;
    tt_binary_init(&bin, &format, &nobody, NULL);
    bin.floor = 1;
    if (look.len == 0 || !tt_binary_push(&bin, MESSAGE, 0, 0))
        return 0;
    bin.levels[0].numbered = true;
    bin.levels[0].end = len;
    struct tt_binary_trial trial = tt_binary_try(&bin, look, false);
    bool whole = look.len == len;
    bool ended = bin.at == len && bin.depth == 1 && bin.left == 0 && bin.stage == 0;
    if (!trial.good || (whole && !ended))
        return 0;
    *ret_plain = trial.plain;
    return trial.bits + (whole ? 6 : 0);
}

unsigned tt_protobuf_evidence(struct tt_span look, uint64_t len)
{
    bool plain = false;
    return evidence_of(look, len, &plain);
}

static bool is_message(struct tt_span look, uint64_t len)
{
    unsigned text_bits = 0;
    if (look.len == 0 || tt_binary_is_packed(look))
        return false;
    /* Text may begin with a line feed, but so does a message whose first field is a string. */
    if (look.data[0] >= 0x20 && tt_binary_is_text(look, look.len < len, &text_bits))
        return false;
    unsigned least = look.len < len ? INNER_BITS : INNER_WHOLE_BITS;
    bool plain = false;
    unsigned bits = evidence_of(look, len, &plain);
    unsigned others = tt_thrift_evidence(look, look.len == len);
    return bits >= (tt_binary_may_be_digest(look, len) ? INNER_DIGEST_BITS : least) &&
           (plain ? others == 0 : others <= bits);
}

/* A trial does not look ahead: it goes in, and comes out where that was wrong. */
static bool may_be_message(struct tt_span look, uint64_t len)
{
    unsigned text_bits = 0;
    return look.len > 0 && !tt_binary_is_packed(look) &&
           !tt_binary_is_text(look, look.len < len, &text_bits);
}

static bool enter_message(struct tt_binary *bin, uint64_t at, uint64_t len)
{
    if (!tt_binary_push(bin, MESSAGE, at, 0))
        return false;
    tt_binary_top(bin)->numbered = true;
    tt_binary_top(bin)->end = at + len;
    bin->stage = TT_BINARY_AT_FIELD;
    return true;
}

/* `len` bytes behind the head, which has `used`. */
static enum tt_atom read_content(struct tt_binary *bin, struct tt_span in, size_t used,
                                 uint64_t len)
{
    struct tt_span look =
        tt_span_sub(in, used, len < TT_BINARY_LOOK ? (size_t)len : TT_BINARY_LOOK);
    bool message = bin->sink == NULL ? may_be_message(look, len) : is_message(look, len);
    if (message)
        return enter_message(bin, bin->at + used, len) ? TT_ATOM_DONE : TT_ATOM_BAD;
    return tt_binary_payload(bin, TT_PAYLOAD_BYTES, in, used, len) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

/* ---- fields ---- */

static uint64_t room(struct tt_binary *bin, size_t used)
{
    uint64_t end = tt_binary_top(bin)->end;
    uint64_t at = bin->at + used;
    return at <= end ? end - at : 0;
}

static void value_over(struct tt_binary *bin)
{
    if (bin->depth > 0)
        tt_binary_top(bin)->number = 0;
    bin->stage = TT_BINARY_AT_FIELD;
}

/* Messages end where their length says. */
static void settle(struct tt_binary *bin)
{
    while (bin->stage == TT_BINARY_AT_FIELD && bin->depth > bin->floor &&
           tt_binary_top(bin)->kind == MESSAGE && tt_binary_top(bin)->end == bin->at) {
        tt_binary_pop(bin);
        value_over(bin);
    }
    if (bin->depth == 0 && bin->stage == TT_BINARY_AT_FIELD && bin->framed) {
        bin->framed = false;
        bin->count++;
    }
}

/* A group is a message between two tags. */
static enum tt_atom change_group(struct tt_binary *bin, uint64_t field, bool begin)
{
    struct tt_binary_level *top = tt_binary_top(bin);
    if (bin->sink == NULL)
        return TT_ATOM_BAD;
    if (begin) {
        uint64_t end = top->end;
        top->number = field;
        if (!tt_binary_push(bin, IN_GROUP, bin->at, 0))
            return TT_ATOM_BAD;
        tt_binary_top(bin)->numbered = true;
        tt_binary_top(bin)->end = end;
        return TT_ATOM_DONE;
    }
    if (top->kind != IN_GROUP || bin->levels[bin->depth - 2].number != field)
        return TT_ATOM_BAD;
    tt_binary_pop(bin);
    value_over(bin);
    return TT_ATOM_DONE;
}

static enum tt_atom read_tag(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t tag = 0;
    enum tt_atom read = tt_binary_varint(in, &tag, ret_used);
    if (read != TT_ATOM_DONE)
        return read;
    uint64_t field = tag >> 3;
    bool overlong = *ret_used > 1 && in.data[*ret_used - 1] == 0;
    if (field == 0 || field > FIELD_MAX || overlong || *ret_used > room(bin, 0))
        return TT_ATOM_BAD;
    unsigned type = tag & 7;
    if (type == GROUP || type == GROUP_END)
        return change_group(bin, field, type == GROUP);
    if (type > FIXED_32)
        return TT_ATOM_BAD;
    bin->bits += field <= FIELD_USUAL ? 2 : 1;
    tt_binary_top(bin)->number = field;
    bin->type = (uint8_t)type;
    bin->stage = TT_BINARY_AT_VALUE;
    return TT_ATOM_DONE;
}

static enum tt_atom read_value(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    uint64_t len = bin->type == FIXED_64 ? 8 : 4;
    size_t used = 0;
    enum tt_atom read = TT_ATOM_DONE;
    if (bin->type == VARINT || bin->type == SIZED)
        read = tt_binary_varint(in, &len, &used);
    if (read != TT_ATOM_DONE)
        return read;
    *ret_used = used;
    if (bin->type == VARINT) {
        if (used > room(bin, 0))
            return TT_ATOM_BAD;
        value_over(bin);
        return TT_ATOM_DONE;
    }
    if (bin->at + used > tt_binary_top(bin)->end || len > room(bin, used))
        return TT_ATOM_BAD;
    if (bin->type != SIZED)
        return tt_binary_payload(bin, TT_PAYLOAD_PLAIN, in, used, len) ? TT_ATOM_DONE : TT_ATOM_BAD;
    if (!tt_binary_sees(bin, in, used, len))
        return TT_ATOM_CUT;
    return read_content(bin, in, used, len);
}

/* ---- frames of gRPC ---- */

static enum tt_atom read_frame(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    struct tt_reader reader = tt_reader_of(in);
    unsigned flags = tt_read_u8(&reader);
    uint64_t len = tt_read_u32(&reader);
    if ((flags & ~(unsigned)(COMPRESSED | TRAILERS)) != 0)
        return TT_ATOM_BAD;
    if (reader.failed)
        return TT_ATOM_CUT;
    if (bin->sink == NULL && len >= FRAME_USUAL)
        return TT_ATOM_BAD;
    if (!tt_binary_sees(bin, in, FRAME_HEAD, len))
        return TT_ATOM_CUT;
    *ret_used = FRAME_HEAD;
    bin->outer = (struct tt_place_step){
        .step = bin->outer_text.bytes, .at = bin->at + FRAME_HEAD, .len = len};
    bin->framed = true;
    /* Zeros are empty frames: they show nothing. */
    bin->bits += len > 0 ? 2 : 0;
    if (flags == 0 && len > 0)
        return read_content(bin, in, FRAME_HEAD, len);
    bin->stage = TT_BINARY_AT_VALUE;
    return tt_binary_payload(bin, TT_PAYLOAD_BYTES, in, FRAME_HEAD, len) ? TT_ATOM_DONE
                                                                         : TT_ATOM_BAD;
}

/* ---- the decoders ---- */

static enum tt_atom atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    if (bin->depth == 0)
        return read_frame(bin, in, ret_used);
    return bin->stage == TT_BINARY_AT_VALUE ? read_value(bin, in, ret_used)
                                            : read_tag(bin, in, ret_used);
}

static void place(struct tt_binary *bin)
{
    if (bin->framed) {
        char number[32];
        (void)snprintf(number, sizeof(number), "grpc:[%" PRIu64 "]", bin->count);
        tt_step_start(&bin->outer_text, number);
    }
    tt_binary_place_numbers(bin, "protobuf:");
}

/* What was taken for a message is none: its rest passes by as bytes. */
static bool recover(struct tt_binary *bin)
{
    size_t depth = bin->depth;
    while (depth > bin->floor && bin->levels[depth - 1].kind == IN_GROUP)
        depth--;
    if (depth == bin->floor)
        return false;
    struct tt_binary_level guessed = bin->levels[depth - 1];
    while (bin->depth >= depth)
        tt_binary_pop(bin);
    bin->atoms = guessed.atoms;
    bin->odd_atoms = guessed.odd_atoms;
    bin->bits = guessed.bits;
    bin->stage = TT_BINARY_AT_VALUE;
    return tt_binary_payload(bin, TT_PAYLOAD_PLAIN, tt_span_of(NULL, 0), 0, guessed.end - bin->at);
}

static const struct tt_binary_format format = {.name = "protobuf",
                                               .atom = atom,
                                               .place = place,
                                               .ended = value_over,
                                               .settle = settle,
                                               .recover = recover};

/* A bare message has no end of its own. */
static void begin_bare(struct tt_binary *bin)
{
    bin->floor = 1;
    if (enter_message(bin, 0, 0))
        bin->levels[0].end = TT_BINARY_OPEN_END;
}

static bool type_has(const struct tt_body *body, const char *word)
{
    return body->media_type != NULL && strstr(body->media_type, word) != NULL;
}

/* Steps over a varint. False where there is none. */
static bool pass_varint(struct tt_span in, size_t *at, uint64_t *ret_value)
{
    size_t used = 0;
    if (tt_binary_varint(tt_span_from(in, *at), ret_value, &used) != TT_ATOM_DONE)
        return false;
    *at += used;
    return true;
}

/* Do the lengths of the outermost fields add up? What this refuses, a trial would: but at a
 * fraction of its cost. `whole`: the message ends with `head`. */
static bool adds_up(struct tt_span head, bool whole)
{
    size_t at = 0;
    while (at < head.len) {
        uint64_t tag = 0;
        uint64_t len = 0;
        if (!pass_varint(head, &at, &tag))
            return !whole;
        unsigned type = tag & 7;
        if (type == GROUP || type == GROUP_END)
            return true; /* for the trial to see */
        if (tag >> 3 == 0 || type > FIXED_32)
            return false;
        bool passed = type == FIXED_64 || type == FIXED_32 || pass_varint(head, &at, &len);
        len = type == FIXED_64 ? 8 : type == FIXED_32 ? 4 : type == SIZED ? len : 0;
        if (!passed || len > head.len - at)
            return !whole;
        at += (size_t)len;
    }
    return true;
}

static bool claims_protobuf(const struct tt_body *body, struct tt_span head, bool whole)
{
    unsigned text_bits = 0;
    bool declared = type_has(body, "protobuf");
    if (head.len < 2 || head.data[0] < 8 || (head.data[0] & 7) > FIXED_32)
        return false;
    if (!declared && head.data[0] >= 0x20 &&
        tt_binary_is_text(tt_span_sub(head, 0, 16), true, &text_bits))
        return false;
    if (!adds_up(head, whole))
        return false;
    struct tt_binary bin;
    tt_binary_init(&bin, &format, body, NULL);
    begin_bare(&bin);
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    return tt_binary_sure(&trial, declared) &&
           (declared || tt_thrift_evidence(head, whole) <= trial.bits);
}

static bool claims_grpc(const struct tt_body *body, struct tt_span head, bool whole)
{
    bool declared = type_has(body, "application/grpc");
    if (head.len < FRAME_HEAD || head.data[0] > COMPRESSED || (!declared && head.data[1] != 0))
        return false;
    /* What is declared and malformed gets a note. */
    if (declared)
        return true;
    struct tt_binary bin;
    tt_binary_init(&bin, &format, body, NULL);
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    /* A flag and a length may be a length and the first character of a text. */
    return tt_binary_sure(&trial, false) && tt_blocks_evidence(body, head, whole) <= trial.bits;
}

static void *open_protobuf(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct tt_binary *bin = tt_binary_open(&format, body, sink);
    if (bin != NULL)
        begin_bare(bin);
    return bin;
}

static void *open_grpc(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return tt_binary_open(&format, body, sink);
}

static void close_grpc(void *state, enum tt_body_end end)
{
    struct tt_binary *bin = state;
    settle(bin);
    if (!bin->gave_up && (bin->framed || bin->left > 0 || bin->held_len > 0)) {
        const struct tt_note note = {.layer = "content",
                                     .code = "content.grpc.cut",
                                     .flow = bin->body->flow,
                                     .frame = bin->frame,
                                     .offset = bin->at,
                                     .text = "a stream ends inside a message that gRPC frames"};
        tt_note_put(&bin->sink->notes, &note);
    }
    tt_binary_close(bin, end);
}

const struct tt_decoder tt_decoder_protobuf = {.name = "protobuf",
                                               .title = "Protocol Buffers without a schema",
                                               .spec = "protobuf.dev Encoding",
                                               .sort = TT_FORMAT,
                                               .claims = claims_protobuf,
                                               .open = open_protobuf,
                                               .feed = tt_binary_feed,
                                               .close = tt_binary_close};

const struct tt_decoder tt_decoder_grpc = {.name = "grpc",
                                           .title = "messages framed by gRPC",
                                           .spec = "grpc.io PROTOCOL-HTTP2",
                                           .sort = TT_FORMAT,
                                           .claims = claims_grpc,
                                           .open = open_grpc,
                                           .feed = tt_binary_feed,
                                           .close = close_grpc};
