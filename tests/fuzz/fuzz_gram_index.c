/* The index of literals against a plain search. The first bytes choose the cut and the literals,
 * which are parts of the stream that follows, some with other letter case or with a byte that
 * stands nowhere. */
#include "identify/gram_index.h"

#include <stdlib.h>

enum {
    LITERALS_MAX = 24,
    HEAD = 3,         /* bytes that describe a literal: offset, length, flags */
    STREAM_MAX = 512, /* a plain search takes long */
    LITERAL_LONG = 70,
    PLACES_MAX = LITERALS_MAX * (STREAM_MAX + 1),
};

struct world {
    struct tt_gram_literal literals[LITERALS_MAX];
    uint8_t bytes[LITERALS_MAX][LITERAL_LONG];
    size_t count;
    struct tt_span stream;
    size_t piece_at;
    uint8_t found[PLACES_MAX]; /* how often each literal ended at each place */
};

static bool is_word(uint8_t c)
{
    return tt_is_alnum(c) || c == '-' || c == '_';
}

static bool word_begins(struct tt_span stream, size_t at)
{
    return at == 0 || !is_word(stream.data[at - 1]) || (at >= 3 && stream.data[at - 3] == '%');
}

static void add_literal(struct world *world, const uint8_t head[HEAD])
{
    size_t at = head[0] * 2U % world->stream.len;
    size_t len = TT_GRAM_LITERAL_MIN + head[1] % (LITERAL_LONG - TT_GRAM_LITERAL_MIN);
    struct tt_span part = tt_span_sub(world->stream, at, len);
    uint8_t *bytes = world->bytes[world->count];
    if (part.len < TT_GRAM_LITERAL_MIN)
        return;
    memcpy(bytes, part.data, part.len);
    for (size_t i = 0; (head[2] & 4) != 0 && i < part.len; i++)
        bytes[i] ^= tt_is_alpha(bytes[i]) ? 0x20 : 0;
    bytes[part.len - 1] ^= (head[2] & 8) != 0 ? 1 : 0;
    world->literals[world->count++] = (struct tt_gram_literal){
        .bytes = tt_span_of(bytes, part.len),
        .caseless = (head[2] & 1) != 0,
        .word = (head[2] & 2) != 0,
    };
}

static bool stands_at(const struct world *world, size_t literal, size_t at)
{
    const struct tt_gram_literal *wanted = &world->literals[literal];
    struct tt_span here = tt_span_sub(world->stream, at, wanted->bytes.len);
    return wanted->caseless ? tt_span_ieq(here, wanted->bytes) : tt_span_eq(here, wanted->bytes);
}

static void on_found(void *context, uint32_t literal, size_t end)
{
    struct world *world = context;
    size_t place = world->piece_at + end;
    if (literal >= world->count || place > world->stream.len ||
        place < world->literals[literal].bytes.len ||
        !stands_at(world, literal, place - world->literals[literal].bytes.len) ||
        world->found[literal * (STREAM_MAX + 1) + place]++ != 0)
        abort();
}

static void check_nothing_missed(const struct world *world)
{
    for (size_t i = 0; i < world->count; i++) {
        size_t len = world->literals[i].bytes.len;
        for (size_t at = 0; at + len <= world->stream.len; at++) {
            bool wanted = stands_at(world, i, at) &&
                          (!world->literals[i].word || word_begins(world->stream, at));
            if (wanted && world->found[i * (STREAM_MAX + 1) + at + len] == 0)
                abort();
        }
    }
}

/* Each piece in memory of its own, so that a sanitizer sees what is read beside it. */
static void search(const struct tt_gram_index *index, struct world *world, size_t piece_len)
{
    memset(world->found, 0, sizeof(world->found));
    for (size_t at = 0; at < world->stream.len; at += piece_len) {
        size_t len = world->stream.len - at < piece_len ? world->stream.len - at : piece_len;
        uint8_t *piece = malloc(len);
        if (piece == NULL)
            abort();
        memcpy(piece, world->stream.data + at, len);
        world->piece_at = at;
        tt_gram_index_scan(index, at, tt_span_sub(world->stream, 0, at), tt_span_of(piece, len),
                           on_found, world);
        free(piece);
    }
    check_nothing_missed(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    if (size < 2)
        return 0;
    size_t count = data[1] % (LITERALS_MAX + 1);
    size_t head = 2 + count * HEAD;
    if (size <= head)
        return 0;
    world.count = 0;
    world.stream = tt_span_sub(tt_span_of(data, size), head, STREAM_MAX);
    for (size_t i = 0; i < count; i++)
        add_literal(&world, data + 2 + i * HEAD);
    struct tt_gram_index *index = NULL;
    if (tt_gram_index_new(world.literals, world.count, &index) != TT_OK)
        abort();
    search(index, &world, SIZE_MAX);
    search(index, &world, (size_t)data[0] % 64 + 1);
    tt_gram_index_free(index);
    return 0;
}
