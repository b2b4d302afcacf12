/* The place where packets were captured, as people write it: "28.61,77.21". */
#ifndef TT_BASE_VANTAGE_H
#define TT_BASE_VANTAGE_H

#include "base/span.h"

enum { TT_VANTAGE_TEXT_MAX = 40 };

struct tt_vantage {
    bool known;
    double latitude; /* degrees, north and east positive */
    double longitude;
    double error; /* metres by which the place may be off, since only so many digits were written:
                     half of the last one, either way */
    char text[TT_VANTAGE_TEXT_MAX]; /* as it was written, without spaces */
};

/* Decimal degrees: latitude, a comma, longitude; at most 9 decimals. False when it is none, or no
 * place on the earth. */
bool tt_vantage_parse(struct tt_span text, struct tt_vantage *ret_vantage);

/* One decimal number from -max to max ("-77.21", "50"), at most 4 digits and 9 decimals; whatever
 * the locale says. */
bool tt_decimal_parse(struct tt_span text, double max, double *ret_number);

#endif
