/* What is odd about a value, in words for a person: a typing error in the sheet would make the test
 * blind without anybody noticing. */
#ifndef TT_IDENTIFY_SHEET_CHECK_H
#define TT_IDENTIFY_SHEET_CHECK_H

#include "base/span.h"
#include "model/subject.h"

/* A sentence without the value, or NULL when the value looks as it should. `value` is trimmed. */
const char *tt_sheet_oddity(enum tt_kind kind, struct tt_span value);

/* A decimal number of degrees within +/- `limit`: "28.6139", "-77". */
bool tt_sheet_is_degrees(struct tt_span text, unsigned limit);

#endif
