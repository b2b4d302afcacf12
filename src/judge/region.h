/* Words in host names that say where a machine stands: the regions of cloud providers
 * ("ap-southeast-1", "southeastasia") and the codes of airports ("sin2"). Names may lie: what they
 * say is evidence beside other evidence, never more. */
#ifndef TT_JUDGE_REGION_H
#define TT_JUDGE_REGION_H

#include "base/span.h"

enum { TT_REGION_WORD_MAX = 32 };

struct tt_region {
    char word[TT_REGION_WORD_MAX]; /* as the table writes it */
    const char *code;              /* of shapes.h: "SG", "US-OR" */
};

/* The first such word of a host name, in any case; false when there is none. Airports only stand in
 * front of the last two labels. */
bool tt_region_find(const char *host, struct tt_region *ret_region);

/* The same of an airport's code alone, in any case ("sin"); knows more of them. */
bool tt_region_airport(const char *code, struct tt_region *ret_region);

/* The code of a state of the USA ("US-OR") that a certificate names, in any case: "Oregon", "OR",
 * "US-OR". NULL: not one. */
const char *tt_region_state(const char *name);

#endif
