/* Taking a telephone number apart: country code and national number (ITU-T E.164). */
#ifndef TT_IDENTIFY_PHONE_H
#define TT_IDENTIFY_PHONE_H

#include "base/span.h"

enum { TT_PHONE_GROUPS_MAX = 6 };

struct tt_phone {
    struct tt_span country;  /* without + and 00; empty when the number has none */
    struct tt_span national; /* without the trunk prefix 0 */
    struct tt_span groups[TT_PHONE_GROUPS_MAX]; /* of the national number, as it was written */
    size_t group_count;                         /* 1 when it was written without separators */
};

/* `value` as a person wrote it, `digits` its decimal digits (the results point into both). False
 * when it holds something else than digits, the usual separators and a leading +, or no digits. */
bool tt_phone_read(struct tt_span value, struct tt_span digits, struct tt_phone *ret_phone);

/* The number of digits of the country code with which international digits begin: 1 to 3. */
size_t tt_phone_country_len(struct tt_span digits);

#endif
