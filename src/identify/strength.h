/* How much a written value proves: bits of entropy, counted with care so that luck is never taken
 * for a leak. Used by forms*.c; the rules are told by `telltale subject`. */
#ifndef TT_IDENTIFY_STRENGTH_H
#define TT_IDENTIFY_STRENGTH_H

#include "base/span.h"
#include "model/form.h"

#define TT_BITS_DIGIT 3.3219 /* log2(10) */
/* A digit that others share: the model of an IMEI, the operator of an IMSI, the maker of a card.
 * Not nothing, since most numbers in traffic do not begin with it. */
#define TT_BITS_DIGIT_SHARED 2.5
#define TT_BITS_DIGIT_COUNTRY 1.0 /* of a country code */

/* UTF-8 text. Three letters of each word count in full (4.7 bits), the rest of it 2 bits, a word
 * that everybody uses (admin, phone) 8 bits as a whole, digits log2(10), ideographs 8, signs 1. Hex
 * strings count 3.8 a digit. */
double tt_bits_of_text(struct tt_span text);

/* A person's name: as tt_bits_of_text, but a word counts 18 bits at most, because it is one of a
 * list that many people share, however long it is ("Christopher"). So one word proves nothing, two
 * may. */
double tt_bits_of_name(struct tt_span text);

/* What people write to each other: as tt_bits_of_text, but a word of up to four letters counts 8
 * bits at most ("bank you said we oven" is five of a few hundred). */
double tt_bits_of_sentence(struct tt_span text);

/* Bits that somebody who undoes the digest of a value has to guess: all of them in a random
 * identifier (4 a hexadecimal digit, of a UUID of version 4 the 122 that are not fixed), else
 * tt_bits_of_text. */
double tt_bits_unknown(struct tt_span text);

/* Decimal digits, the first `shared` of which count `shared_bits` each. A number
 * that is one row (000000, 1234567890) counts 8 bits. */
double tt_bits_of_digits(struct tt_span digits, size_t shared, double shared_bits);

/* Candidates to try until a digest of a value with so many unknown bits is undone. */
double tt_reversal_cost(double bits);

#endif
