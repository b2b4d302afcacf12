/* Texts that name a value in reports without giving it away. */
#ifndef TT_IDENTIFY_MASK_H
#define TT_IDENTIFY_MASK_H

#include "base/arena.h"
#include "model/subject.h"

/* A masked text in `arena`; NULL without memory. Of the part that others do not know, at least 20
 * bits are hidden, and where hidden characters are counted the count tells nothing:
 *
 *   imei, imeisv       the model (8 digits), then a dot for each digit     35824005•••••••
 *   imsi               country and network (5 digits)                      40445••••••••••
 *   iccid              89 and the country (4 digits)                       8991•••
 *   phone numbers      the country code                                    +91 •••
 *   hardware addresses the maker's half                                    64:09:80:••:••:••
 *   e-mail addresses   the top-level domain                                •••@•••.org
 *   device_model, carrier   all: many people share them
 *   everything else    nothing, not even the length                        •••
 */
const char *tt_mask(struct tt_arena *arena, enum tt_kind kind, struct tt_span value);

#endif
