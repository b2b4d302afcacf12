#include "judge/traffic.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { SIGNS_MAX = 2 }; /* between two digits: "(0) 123" */

enum { OTHER, DIGIT, SIGN };

/* Digits, and the signs of TT_TRAFFIC_SIGNS. */
static const uint8_t kinds[256] = {
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT,
    ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT, [' '] = SIGN,  ['-'] = SIGN,
    ['.'] = SIGN,  ['/'] = SIGN,  ['('] = SIGN,  [')'] = SIGN,  ['+'] = SIGN};

static void count_number(struct tt_traffic *traffic, size_t digits)
{
    for (; digits >= TT_TRAFFIC_DIGITS_MIN; digits -= TT_TRAFFIC_DIGITS_MAX) {
        if (digits <= TT_TRAFFIC_DIGITS_MAX) {
            traffic->numbers[digits]++;
            return;
        }
        traffic->numbers[TT_TRAFFIC_DIGITS_MAX]++;
    }
}

#ifdef __SSE2__

enum { LANE = 16, BLOCK = 4 * LANE };

/* Bit i is set where byte i is a digit. */
static uint64_t mask_digits(const uint8_t block[BLOCK])
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < BLOCK; i += LANE) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + i));
        __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(9)), above);
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(digits) << i;
    }
    return mask;
}

/* Of these, the digits behind which another one stands, with at most SIGNS_MAX bytes between. */
static uint64_t mask_linked(uint64_t digits, uint64_t wanted)
{
    return digits & (wanted >> 1 | wanted >> 2 | wanted >> 3);
}

_Static_assert(SIGNS_MAX == 2, "the shifts above");

/* At which of these bytes may a number of TT_TRAFFIC_DIGITS_MIN digits begin? */
static uint64_t mask_starts(const uint8_t block[BLOCK])
{
    uint64_t digits = mask_digits(block);
    uint64_t starts = digits;
    for (unsigned i = 1; i < TT_TRAFFIC_DIGITS_MIN && starts != 0; i++)
        starts = mask_linked(digits, starts);
    return starts;
}

/* Where such a number may begin from `at` on, where none is under way; or the length. */
static size_t skip_plain(struct tt_span bytes, size_t at)
{
    enum { REACH = (TT_TRAFFIC_DIGITS_MIN - 1) * (SIGNS_MAX + 1) };
    uint8_t last[BLOCK] = {0};
    /* What begins behind a step would not have been seen in full. */
    for (; bytes.len - at >= BLOCK; at += BLOCK - REACH) {
        uint64_t starts = mask_starts(bytes.data + at);
        if (starts != 0)
            return at + (size_t)__builtin_ctzll(starts);
    }
    if (bytes.len - at < TT_TRAFFIC_DIGITS_MIN)
        return bytes.len;
    memcpy(last, bytes.data + at, bytes.len - at);
    uint64_t starts = mask_starts(last);
    return starts == 0 ? bytes.len : at + (size_t)__builtin_ctzll(starts);
}

#else

static size_t skip_plain(struct tt_span bytes, size_t at)
{
    (void)bytes;
    return at;
}

#endif

/* Gives where reading goes on behind the number that begins at `at`. */
static size_t read_number(struct tt_traffic *traffic, struct tt_span bytes, size_t at)
{
    size_t digits = 0;
    size_t signs = 0;
    for (; at < bytes.len; at++) {
        uint8_t kind = kinds[bytes.data[at]];
        if (kind == DIGIT) {
            digits++;
            signs = 0;
        } else if (digits == 0 || signs == SIGNS_MAX || kind == OTHER) {
            break;
        } else {
            signs++;
        }
    }
    count_number(traffic, digits);
    return at < bytes.len ? at + 1 : at;
}

static void look(struct tt_traffic *traffic, struct tt_span bytes)
{
    traffic->looked += bytes.len;
    for (size_t at = 0; at < bytes.len;) {
        at = skip_plain(bytes, at);
        while (at < bytes.len && kinds[bytes.data[at]] != DIGIT)
            at++;
        at = read_number(traffic, bytes, at);
    }
}

void tt_traffic_look(struct tt_traffic *traffic, struct tt_span piece, uint64_t at)
{
    while (piece.len > 0) {
        uint64_t in_step = at % TT_TRAFFIC_STEP;
        uint64_t border = in_step < TT_TRAFFIC_LOOKED ? TT_TRAFFIC_LOOKED : TT_TRAFFIC_STEP;
        struct tt_span part = tt_span_sub(piece, 0, (size_t)(border - in_step));
        if (in_step < TT_TRAFFIC_LOOKED)
            look(traffic, part);
        piece = tt_span_from(piece, part.len);
        at += part.len;
    }
}

double tt_traffic_numbers(const struct tt_traffic *traffic, unsigned digits)
{
    uint64_t seen = 1; /* the one that was found, if the sample has none */
    for (unsigned i = digits; i <= TT_TRAFFIC_DIGITS_MAX; i++)
        seen += traffic->numbers[i] * (i / (digits == 0 ? 1 : digits));
    double share = traffic->looked == 0 ? 1 : (double)traffic->bytes / (double)traffic->looked;
    return (double)seen * (share < 1 ? 1 : share);
}
