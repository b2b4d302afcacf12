#include "content/blocks.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/reader.h"
#include "content/binary.h"
#include "content/protobuf.h"

/* How lengths are written; bin->version. */
enum { UNKNOWN, SHORT_BE, SHORT_LE, LONG_BE, LONG_LE };

enum { SHORT = 2, LONG = 4, BLOCK_MAX = 1 << 24, BLOCK_MIN = 4, BLOCK_BITS = 8 };

static uint8_t lengths_of(const uint8_t *first)
{
    if (first[0] == 0 && first[1] == 0)
        return LONG_BE;
    if (first[2] == 0 && first[3] == 0)
        return LONG_LE;
    return first[0] <= first[1] ? SHORT_BE : SHORT_LE;
}

/* Evidence that a block is something: in a trial, each must be. */
static unsigned bits_of(struct tt_span look, uint64_t len)
{
    unsigned bits = 0;
    if (tt_binary_is_packed(look))
        return TT_BINARY_MAGIC_BITS;
    if (tt_binary_is_text(look, look.len < len, &bits))
        return bits;
    return tt_protobuf_evidence(look, len);
}

static bool weigh(struct tt_binary *bin, struct tt_span in, size_t used, uint64_t len)
{
    struct tt_span look =
        tt_span_sub(in, used, len < TT_BINARY_LOOK ? (size_t)len : TT_BINARY_LOOK);
    unsigned bits = bits_of(look, len);
    if (look.len >= BLOCK_BITS && bits < BLOCK_BITS)
        return false;
    bin->bits += bits + (used == LONG ? 8 : 2);
    return true;
}

static enum tt_atom atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    if (bin->version == UNKNOWN) {
        if (in.len < LONG)
            return TT_ATOM_CUT;
        bin->version = lengths_of(in.data);
    }
    bool is_short = bin->version == SHORT_BE || bin->version == SHORT_LE;
    size_t used = is_short ? SHORT : LONG;
    struct tt_reader reader = tt_reader_of(in);
    uint64_t len = bin->version == SHORT_BE || bin->version == LONG_BE ? tt_read_be(&reader, used)
                                                                       : tt_read_le(&reader, used);
    if (reader.failed)
        return TT_ATOM_CUT;
    if (len > BLOCK_MAX || (bin->sink == NULL && len < BLOCK_MIN))
        return TT_ATOM_BAD;
    if (!tt_binary_sees(bin, in, used, len))
        return TT_ATOM_CUT;
    *ret_used = used;
    if (bin->sink == NULL && !weigh(bin, in, used, len))
        return TT_ATOM_BAD;
    enum tt_payload sort = bin->sink == NULL ? TT_PAYLOAD_PLAIN : TT_PAYLOAD_BYTES;
    return tt_binary_payload(bin, sort, in, used, len) ? TT_ATOM_DONE : TT_ATOM_BAD;
}

static void place(struct tt_binary *bin)
{
    char text[40];
    (void)snprintf(text, sizeof(text), "blocks:[%" PRIu64 "]", bin->count);
    tt_step_start(&bin->text, text);
}

static void block_over(struct tt_binary *bin)
{
    bin->count++;
}

static const struct tt_binary_format format = {
    .name = "blocks", .atom = atom, .place = place, .ended = block_over};

unsigned tt_blocks_evidence(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (head.len < LONG + BLOCK_MIN || (head.data[0] != 0 && head.data[1] != 0))
        return 0;
    struct tt_binary bin;
    tt_binary_init(&bin, &format, body, NULL);
    struct tt_binary_trial trial = tt_binary_try(&bin, head, whole);
    return tt_binary_sure(&trial, false) ? trial.bits : 0;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    return tt_blocks_evidence(body, head, whole) > 0;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return tt_binary_open(&format, body, sink);
}

const struct tt_decoder tt_decoder_blocks = {.name = "blocks",
                                             .title = "blocks behind their lengths",
                                             .spec = "no specification",
                                             .sort = TT_FORMAT,
                                             .claims = claims,
                                             .open = open_state,
                                             .feed = tt_binary_feed,
                                             .close = tt_binary_close};
