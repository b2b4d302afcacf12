/* How long a match waits: a longer one of the same value may cover it ("0401234567" in
 * "+358 401234567"), and then it alone is told. matcher.c asks once, when a search is made; scan.c
 * holds its matches back for so many bytes. */
#ifndef TT_IDENTIFY_HOLD_H
#define TT_IDENTIFY_HOLD_H

#include "identify/forms.h"

/* For each pattern the bytes behind its end that must be known before no longer match of its class
 * can cover it. `*ret_hold` is the caller's to free. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_hold_make(const struct tt_forms *forms, uint32_t **ret_hold);

#endif
