#include "content/token_find.h"

#include "model/limits.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LETTER (TT_IN_RUN | TT_NOT_HEX)
#define HEX TT_IN_RUN

const uint8_t tt_token_classes[256] = {['0'] = HEX,
                                       ['1'] = HEX,
                                       ['2'] = HEX,
                                       ['3'] = HEX,
                                       ['4'] = HEX,
                                       ['5'] = HEX,
                                       ['6'] = HEX,
                                       ['7'] = HEX,
                                       ['8'] = HEX,
                                       ['9'] = HEX,
                                       ['A'] = HEX,
                                       ['B'] = HEX,
                                       ['C'] = HEX,
                                       ['D'] = HEX,
                                       ['E'] = HEX,
                                       ['F'] = HEX,
                                       ['a'] = HEX,
                                       ['b'] = HEX,
                                       ['c'] = HEX,
                                       ['d'] = HEX,
                                       ['e'] = HEX,
                                       ['f'] = HEX,
                                       ['G'] = LETTER,
                                       ['H'] = LETTER,
                                       ['I'] = LETTER,
                                       ['J'] = LETTER,
                                       ['K'] = LETTER,
                                       ['L'] = LETTER,
                                       ['M'] = LETTER,
                                       ['N'] = LETTER,
                                       ['O'] = LETTER,
                                       ['P'] = LETTER,
                                       ['Q'] = LETTER,
                                       ['R'] = LETTER,
                                       ['S'] = LETTER,
                                       ['T'] = LETTER,
                                       ['U'] = LETTER,
                                       ['V'] = LETTER,
                                       ['W'] = LETTER,
                                       ['X'] = LETTER,
                                       ['Y'] = LETTER,
                                       ['Z'] = LETTER,
                                       ['g'] = LETTER,
                                       ['h'] = LETTER,
                                       ['i'] = LETTER,
                                       ['j'] = LETTER,
                                       ['k'] = LETTER,
                                       ['l'] = LETTER,
                                       ['m'] = LETTER,
                                       ['n'] = LETTER,
                                       ['o'] = LETTER,
                                       ['p'] = LETTER,
                                       ['q'] = LETTER,
                                       ['r'] = LETTER,
                                       ['s'] = LETTER,
                                       ['t'] = LETTER,
                                       ['u'] = LETTER,
                                       ['v'] = LETTER,
                                       ['w'] = LETTER,
                                       ['x'] = LETTER,
                                       ['y'] = LETTER,
                                       ['z'] = LETTER,
                                       ['+'] = TT_IN_RUN | TT_NOT_HEX | TT_STANDARD,
                                       ['/'] = TT_IN_RUN | TT_NOT_HEX | TT_STANDARD | TT_SEPARATOR,
                                       ['-'] = TT_IN_RUN | TT_NOT_HEX | TT_URL | TT_SEPARATOR,
                                       ['_'] = TT_IN_RUN | TT_NOT_HEX | TT_URL | TT_SEPARATOR};

#undef LETTER
#undef HEX

static bool in_run(uint8_t c)
{
    return (tt_token_classes[c] & TT_IN_RUN) != 0;
}

#ifdef __SSE2__

enum { BLOCK = 64 };

static __m128i is_in_range(__m128i bytes, char first, char last)
{
    __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8((char)(last - first))), above);
}

/* One bit a byte: is it of an alphabet? */
static uint64_t mask_16(const uint8_t *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i letters = is_in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
    __m128i digits = is_in_range(bytes, '/', '9'); /* the slash is the character before 0 */
    __m128i plus = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('+'));
    __m128i dash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    __m128i low = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'));
    __m128i all =
        _mm_or_si128(_mm_or_si128(letters, digits), _mm_or_si128(plus, _mm_or_si128(dash, low)));
    return (uint64_t)(uint32_t)_mm_movemask_epi8(all);
}

/* Passes over blocks in which no run begins that is long enough. Gives the start of the first that
 * is, or where fewer than BLOCK bytes are left. */
static size_t skip_blocks(struct tt_span in, size_t at)
{
    while (in.len - at >= BLOCK) {
        const uint8_t *p = in.data + at;
        uint64_t mask =
            mask_16(p) | mask_16(p + 16) << 16 | mask_16(p + 32) << 32 | mask_16(p + 48) << 48;
        /* A bit stays where it and the 15 bits above it are set: TT_TOKEN_MIN in all. */
        mask &= mask >> 1;
        mask &= mask >> 2;
        mask &= mask >> 4;
        mask &= mask >> 8;
        if (mask != 0)
            return at + (size_t)__builtin_ctzll(mask);
        /* Later in the block, a run would not have been seen in full. */
        at += BLOCK - TT_TOKEN_MIN + 1;
    }
    return at;
}

_Static_assert(TT_TOKEN_MIN == 16, "the shifts above count to 16");

#else

static size_t skip_blocks(struct tt_span in, size_t at)
{
    (void)in;
    return at;
}

#endif

size_t tt_token_find(struct tt_span in, size_t at)
{
    at = skip_blocks(in, at);
    /* The last character that a run from `at` must have is looked at first: often one look passes
     * over all of them. */
    while (in.len - at >= TT_TOKEN_MIN) {
        size_t last = at + TT_TOKEN_MIN;
        while (last > at && in_run(in.data[last - 1]))
            last--;
        if (last == at)
            return at;
        at = last;
    }
    size_t from = in.len;
    while (from > at && in_run(in.data[from - 1]))
        from--;
    return from;
}
