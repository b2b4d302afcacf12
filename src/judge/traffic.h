/* What was searched, as far as chance needs to know: how many places there were at which luck could
 * have written a value. Filled by run/ while it searches, read by chance.c at the end.
 *
 * Bytes are all counted. Numbers are counted in a sample that depends on the offset in the stream
 * alone (the first TT_TRAFFIC_LOOKED bytes of every TT_TRAFFIC_STEP), so that the same input gives
 * the same sample however it is cut and whoever reads it; a number that a cut divides is two. */
#ifndef TT_JUDGE_TRAFFIC_H
#define TT_JUDGE_TRAFFIC_H

#include "base/span.h"

#include <stdint.h>

enum {
    TT_TRAFFIC_STEP = 8192,  /* bytes of a stream ... */
    TT_TRAFFIC_LOOKED = 512, /* ... of which the first so many are looked at; small bodies: all */
    TT_TRAFFIC_DIGITS_MIN = 7,
    TT_TRAFFIC_DIGITS_MAX = 24
};

struct tt_traffic {
    uint64_t bytes;  /* searched */
    uint64_t looked; /* of these, looked at for numbers */
    /* Numbers seen there, by how many digits they have: those of a row with at most two signs of
     * TT_TRAFFIC_SIGNS between two of them. Fewer than the least are not counted; a row of more
     * than the most counts as several. */
    uint64_t numbers[TT_TRAFFIC_DIGITS_MAX + 1];
    uint64_t tokens; /* short texts and fields that were held against the digests */
};

/* Signs that people and programs write inside a number. */
#define TT_TRAFFIC_SIGNS " -./()+"

/* A piece of a stream that was searched, from offset `at` of the stream on. */
void tt_traffic_look(struct tt_traffic *traffic, struct tt_span piece, uint64_t at);

/* Places at which a number of `digits` digits could stand: in all bytes, by the sample. A longer
 * row has room for several. */
double tt_traffic_numbers(const struct tt_traffic *traffic, unsigned digits);

#endif
