#include "identify/gram_level.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    BLOCK = 16,   /* places whose words are told at once */
    ESCAPE = 3,   /* characters of %XX */
    PLACES = 256, /* looked at before those that passed are looked up */
    EVEN = 0x5555 /* every second place of a block */
};

struct sweep {
    const struct tt_gram_index *index;
    uint64_t at; /* of the piece, in the stream */
    struct tt_span past;
    struct tt_span piece;
    tt_gram_fn *found;
    void *context;
};

static bool same(const struct tt_gram_known *literal, size_t from, const uint8_t *bytes, size_t len)
{
    struct tt_span wanted = tt_span_of(literal->data + from, len);
    struct tt_span found = tt_span_of(bytes, len);
    return literal->caseless ? tt_span_ieq(wanted, found) : tt_span_eq(wanted, found);
}

/* Does the literal end before offset `end` of the piece? */
static bool stands_before(const struct sweep *sweep, const struct tt_gram_known *literal,
                          size_t end)
{
    size_t in_piece = literal->len < end ? literal->len : end;
    size_t in_past = literal->len - in_piece;
    return in_past <= sweep->past.len &&
           same(literal, in_past, sweep->piece.data + end - in_piece, in_piece) &&
           (in_past == 0 ||
            same(literal, 0, sweep->past.data + sweep->past.len - in_past, in_past));
}

/* The filter knows the gram that begins `before` bytes before offset `from` of the piece (one of
 * them is 0). */
static void look_up(const struct sweep *sweep, const struct tt_gram_level *level, uint64_t hash,
                    size_t from, size_t before)
{
    const uint32_t *slot = &level->slots[tt_gram_place(hash, level->slot_mask)];
    uint32_t key = tt_gram_key(hash);
    for (uint32_t i = slot[0]; i < slot[1]; i++) {
        const struct tt_gram_entry *entry = &level->entries[i];
        size_t end = from + (entry->key & 0xff);
        if ((entry->key & 0xffffff00U) != key || end <= before)
            continue;
        end -= before;
        if (end <= sweep->piece.len &&
            stands_before(sweep, &sweep->index->literals[entry->literal], end))
            sweep->found(sweep->context, entry->literal, end);
    }
}

static inline bool passes(const struct tt_gram_level *level, uint64_t hash)
{
    uint64_t word = level->filter[tt_gram_place(hash, level->filter_mask) / 64];
    return tt_gram_first_bit(level->filter, level->filter_mask, hash) != 0 &&
           (word & tt_gram_second(hash)) != 0;
}

/* A gram at the end of the piece, where fewer bytes are left than a load takes. */
static uint64_t load_last(const struct tt_gram_level *level, const uint8_t *bytes)
{
    uint8_t room[TT_GRAM_LOAD] = {0};
    memcpy(room, bytes, level->gram);
    return tt_gram_load(room, level->mask);
}

/* Offsets of the places, from `at` on and below `end`, whose grams the filter knows. Nothing here
 * depends on the outcome, so the processor never guesses wrong. A load fits behind every place. */
static inline size_t pick_places(const struct tt_gram_level *level, const uint8_t *bytes,
                                 uint64_t mask, size_t at, size_t end, size_t step,
                                 uint32_t places[PLACES])
{
    const uint64_t *filter = level->filter;
    size_t filter_mask = level->filter_mask;
    size_t count = 0;
    for (; at < end; at += step) {
        places[count] = (uint32_t)at;
        count +=
            tt_gram_first_bit(filter, filter_mask, tt_gram_hash(tt_gram_load(bytes + at, mask)));
    }
    return count;
}

/* Every byte of a stream comes by here, once for each level. */
static inline void sweep_level(const struct sweep *sweep, const struct tt_gram_level *level,
                               uint64_t mask, size_t at, size_t step)
{
    const uint8_t *bytes = sweep->piece.data;
    size_t len = sweep->piece.len;
    size_t whole = len < TT_GRAM_LOAD ? 0 : len - TT_GRAM_LOAD + 1;
    uint32_t places[PLACES];
    while (at < whole) {
        size_t end = whole - at > PLACES * step ? at + PLACES * step : whole;
        size_t count = pick_places(level, bytes, mask, at, end, step, places);
        for (size_t i = 0; i < count; i++) {
            uint64_t hash = tt_gram_hash(tt_gram_load(bytes + places[i], mask));
            if (passes(level, hash))
                look_up(sweep, level, hash, places[i], 0);
        }
        at += (end - at + step - 1) / step * step;
    }
    for (; at + level->gram <= len; at += step) {
        uint64_t hash = tt_gram_hash(load_last(level, bytes + at));
        if (passes(level, hash))
            look_up(sweep, level, hash, at, 0);
    }
}

/* ---- texts ---- */

/* Bit i is set where byte i is one of a text. */
#ifdef __SSE2__
static inline uint32_t mask_texts(const uint8_t block[BLOCK])
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)block);
    __m128i ascii = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x1f));
    __m128i zeros = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(ascii, zeros));
}
#else
static inline uint32_t mask_texts(const uint8_t block[BLOCK])
{
    uint32_t texts = 0;
    for (unsigned i = 0; i < BLOCK; i++)
        texts |= (tt_gram_is_text(block[i]) ? 1U : 0U) << i;
    return texts;
}
#endif

/* sweep_level for grams of text: looks at a block only where one can begin. */
static void sweep_texts(const struct sweep *sweep, const struct tt_gram_level *level, size_t at)
{
    const uint8_t *bytes = sweep->piece.data;
    uint32_t places[PLACES];
    for (; at + 2 * (size_t)BLOCK <= sweep->piece.len; at += BLOCK) {
        uint32_t runs = mask_texts(bytes + at) | mask_texts(bytes + at + BLOCK) << BLOCK;
        runs &= runs >> 1;
        runs &= runs >> 2;
        runs &= runs >> 4;
        if ((runs & EVEN) == 0)
            continue;
        size_t count = pick_places(level, bytes, UINT64_MAX, at, at + BLOCK, 2, places);
        for (size_t i = 0; i < count; i++) {
            uint64_t hash = tt_gram_hash(tt_gram_load(bytes + places[i], UINT64_MAX));
            if (passes(level, hash))
                look_up(sweep, level, hash, places[i], 0);
        }
    }
    sweep_level(sweep, level, UINT64_MAX, at, 2);
}

/* ---- words ---- */

/* Bit i is set where byte i is of a word; in `*ret_escapes` where it is the sign of an escape. */
#ifdef __SSE2__
static __m128i in_range(__m128i bytes, char first, char count)
{
    __m128i from = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8((char)(count - 1))), from);
}

static uint32_t mask_words(const uint8_t block[BLOCK], uint32_t *ret_escapes)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)block);
    __m128i words = in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
    words = _mm_or_si128(words, in_range(bytes, '0', 10));
    words = _mm_or_si128(words, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    words = _mm_or_si128(words, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
    *ret_escapes = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('%')));
    return (uint32_t)_mm_movemask_epi8(words);
}
#else
static uint32_t mask_words(const uint8_t block[BLOCK], uint32_t *ret_escapes)
{
    uint32_t words = 0;
    uint32_t escapes = 0;
    for (unsigned i = 0; i < BLOCK; i++) {
        words |= (tt_gram_is_word(block[i]) ? 1U : 0U) << i;
        escapes |= (block[i] == '%' ? 1U : 0U) << i;
    }
    *ret_escapes = escapes;
    return words;
}
#endif

static void look_up_word(const struct sweep *sweep, size_t at)
{
    struct tt_span bytes = tt_span_from(sweep->piece, at);
    for (size_t i = TT_GRAM_WORD_7; i <= TT_GRAM_WORD_3; i++) {
        const struct tt_gram_level *level = &sweep->index->levels[i];
        if (level->count == 0 || bytes.len < level->gram)
            continue;
        uint64_t gram = bytes.len >= TT_GRAM_LOAD ? tt_gram_load(bytes.data, level->mask)
                                                  : load_last(level, bytes.data);
        uint64_t hash = tt_gram_hash(gram);
        if (passes(level, hash))
            look_up(sweep, level, hash, at, 0);
    }
}

/* What stands `back` bytes before the piece; 0 where nothing does. */
static uint8_t before_piece(const struct sweep *sweep, size_t back)
{
    return back <= sweep->past.len ? sweep->past.data[sweep->past.len - back] : 0;
}

/* A word begins behind what is none, and behind an escape. Its second character is of it too: that
 * keeps the chance bytes of pictures out. */
static void sweep_words(const struct sweep *sweep)
{
    size_t len = sweep->piece.len;
    uint32_t before = tt_gram_is_word(before_piece(sweep, 1)) ? 1 : 0;
    uint32_t escapes_before = 0; /* bit i: the byte i places before the third last is one's sign */
    for (unsigned i = 0; i < ESCAPE; i++)
        escapes_before |= (before_piece(sweep, ESCAPE - i) == '%' ? 1U : 0U) << i;
    for (size_t at = 0; at < len; at += BLOCK) {
        uint8_t last[BLOCK] = {0};
        bool whole = len - at >= BLOCK;
        if (!whole)
            memcpy(last, sweep->piece.data + at, len - at);
        uint32_t escapes = 0;
        uint32_t words = mask_words(whole ? sweep->piece.data + at : last, &escapes);
        uint32_t behind = ~(words << 1 | before) | escapes << ESCAPE | escapes_before;
        uint32_t starts = words & behind & (words >> 1 | UINT32_C(1) << (BLOCK - 1));
        before = words >> (BLOCK - 1);
        escapes_before = escapes >> (BLOCK - ESCAPE);
        for (; starts != 0; starts &= starts - 1)
            look_up_word(sweep, at + (size_t)__builtin_ctz(starts));
    }
}

/* ---- what began in the past ---- */

static bool begins_word(const struct sweep *sweep, size_t back)
{
    return !tt_gram_is_word(before_piece(sweep, back + 1)) ||
           before_piece(sweep, back + ESCAPE) == '%';
}

/* Grams that begin before the piece, of literals that end in it. */
static void sweep_border(const struct sweep *sweep, const struct tt_gram_level *level, size_t step,
                         bool words)
{
    uint8_t around[2 * TT_GRAM_REACH + TT_GRAM_LOAD] = {0};
    struct tt_span past = sweep->past;
    if (past.len > level->reach)
        past = tt_span_from(past, past.len - level->reach);
    struct tt_span piece = tt_span_sub(sweep->piece, 0, TT_GRAM_REACH);
    memcpy(around, past.data, past.len);
    memcpy(around + past.len, piece.data, piece.len);
    for (size_t i = 0; i < past.len && i + level->gram <= past.len + piece.len; i++) {
        size_t before = past.len - i;
        if ((sweep->at - before) % step != 0 || (words && !begins_word(sweep, before)))
            continue;
        uint64_t hash = tt_gram_hash(tt_gram_load(around + i, level->mask));
        if (passes(level, hash))
            look_up(sweep, level, hash, 0, before);
    }
}

void tt_gram_index_scan(const struct tt_gram_index *index, uint64_t at, struct tt_span past,
                        struct tt_span piece, tt_gram_fn *found, void *context)
{
    const struct sweep sweep = {
        .index = index, .at = at, .past = past, .piece = piece, .found = found, .context = context};
    bool any_words = false;
    for (size_t i = 0; piece.len > 0 && i < TT_GRAM_LEVELS; i++) {
        const struct tt_gram_level *level = &index->levels[i];
        bool words = i >= TT_GRAM_WORD_7;
        if (level->count == 0)
            continue;
        if (past.len > 0)
            sweep_border(&sweep, level, i <= TT_GRAM_LONG ? 2 : 1, words);
        if (i == TT_GRAM_TEXT)
            sweep_texts(&sweep, level, at % 2);
        else if (i == TT_GRAM_LONG)
            sweep_level(&sweep, level, UINT64_MAX, at % 2, 2);
        else if (!words)
            sweep_level(&sweep, level, level->mask, 0, 1);
        any_words = any_words || words;
    }
    if (any_words)
        sweep_words(&sweep);
}
