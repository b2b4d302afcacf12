/* How likely is it that a form stands in the traffic by luck?
 *
 * The expected number of such hits is the sum of two kinds of luck:
 *
 *   places x 2^-bits    what looks like such a value and is somebody else's. `places` is how often
 *                       something of that shape stands in the traffic: for a number in decimal
 *                       digits, the numbers of so many digits that were seen; for a digest, the
 *                       short texts that were held against the digests; for all else, one value
 *                       behind the other in all bytes searched
 *   bytes x 2^-noise    bytes as good as random (compressed, encrypted), where each is a place
 *
 * times `entries`, the values of that kind in the sheet: with 10,000 contacts there are 10,000 ways
 * to be lucky; divided by `found`, the different ones of them that were found written so, with at
 * least as many bits: if luck makes one hit in all and 1,000 were found, 999 are none of its.
 *
 * The chance is that of at least one such hit, 1 - e^-x: the same number, where it is small. */
#ifndef TT_JUDGE_CHANCE_H
#define TT_JUDGE_CHANCE_H

#include "judge/traffic.h"
#include "model/form.h"

/* Above this chance a hit proves nothing: one report in a thousand would hold a false one. */
#define TT_CHANCE_BOUND 1e-3

/* From 0 to 1. Neither `entries` nor `found` is 0. */
double tt_chance_of(const struct tt_strength *strength, const struct tt_traffic *traffic,
                    uint64_t entries, uint64_t found);

#endif
