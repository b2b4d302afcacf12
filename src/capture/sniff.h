/* What a file that is no capture looks like, for the error text. */
#ifndef TT_CAPTURE_SNIFF_H
#define TT_CAPTURE_SNIFF_H

#include "base/span.h"

struct tt_sniff {
    const char *what;   /* "a HAR file" */
    const char *advice; /* what to do; never NULL */
};

/* Never fails: in the end it is "not a known capture format". */
struct tt_sniff tt_sniff(struct tt_span head);

#endif
