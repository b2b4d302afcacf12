/* Areas that several countries claim, and islands that the table of shapes lacks: circles. Who
 * draws a border there takes a side; a time does not, so for refuting they belong to all who claim
 * them, and for confirming to nobody. */
#ifndef TT_JUDGE_DISPUTED_H
#define TT_JUDGE_DISPUTED_H

#include "judge/earth.h"

#include <stdbool.h>
#include <stddef.h>

struct tt_disputed {
    const char *codes; /* of ISO 3166-1, a space between them */
    struct tt_point centre;
    double radius_km;
};

/* Area number `at`; NULL past the last. */
const struct tt_disputed *tt_disputed_at(size_t at);

/* Is `code` (of shapes.h) one of those? */
bool tt_disputed_is_of(const struct tt_disputed *area, const char *code);

#endif
