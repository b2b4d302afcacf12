#include "judge/traffic.h"

enum { SIGNS_MAX = 2 }; /* between two digits: "(0) 123" */

static bool is_sign(uint8_t c)
{
    static const char signs[] = TT_TRAFFIC_SIGNS;
    return c != 0 && memchr(signs, c, sizeof(signs) - 1) != NULL;
}

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

static void look(struct tt_traffic *traffic, struct tt_span bytes)
{
    size_t digits = 0;
    size_t signs = 0;
    traffic->looked += bytes.len;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        if (tt_is_digit(c)) {
            digits++;
            signs = 0;
        } else if (digits > 0 && (signs == SIGNS_MAX || !is_sign(c))) {
            count_number(traffic, digits);
            digits = 0;
        } else {
            signs++;
        }
    }
    count_number(traffic, digits);
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
