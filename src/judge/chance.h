/* How likely is it that a form stands in the traffic by luck?
 *
 * Luck writes a form at a given place with chance 2^-bits (tt_form.bits), and each byte searched is
 * a place; forms made of digits can only begin where a run of digits does, and of all the bytes of
 * ordinary traffic far fewer than one in TT_CHANCE_DIGIT_SHARE begin a run as long as an identifier
 * (in text numbers are rare, in compressed and encrypted bytes runs of ten digits nearly never
 * happen). That gives the expected number of lucky hits, and from it the chance of at least one.
 *
 * The chance is that of one form. A sheet with many entries has more ways to be lucky, but values
 * of one sheet that turn up together are less luck, not more; so neither is counted. */
#ifndef TT_JUDGE_CHANCE_H
#define TT_JUDGE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* Above this chance a hit proves nothing: one report in a thousand would hold a false one. */
#define TT_CHANCE_BOUND 1e-3

#define TT_CHANCE_DIGIT_SHARE 16

/* From 0 to 1. `digits`: the form is made of digits. */
double tt_chance_of(double bits, bool digits, uint64_t searched);

/* Whether a form of this name ("digits", "e164"), written plainly, is made of digits. */
bool tt_chance_is_digits(const char *form);

#endif
