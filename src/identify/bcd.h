/* Decimal digits in half bytes: what remains of them beside tt_write_tbcd (transform.h). Results
 * as there. */
#ifndef TT_IDENTIFY_BCD_H
#define TT_IDENTIFY_BCD_H

#include "base/arena.h"
#include "base/span.h"

/* Two digits a byte, the first in the low half (`swapped`, as SIM cards and mobile networks have
 * them) or in the high half. `filler` (0 or 15) stands for the missing last digit of an odd number
 * of them. */
struct tt_span tt_write_bcd(struct tt_arena *arena, struct tt_span digits, bool swapped,
                            unsigned filler);

/* High half first, and a 0 before an odd number of digits. */
struct tt_span tt_write_bcd_right(struct tt_arena *arena, struct tt_span digits);

/* The mobile identity IMEISV of 3GPP TS 24.008 section 10.5.1.4: type 3, 16 digits, a filler. Empty
 * for other numbers of digits. */
struct tt_span tt_write_imeisv_identity(struct tt_arena *arena, struct tt_span digits);

/* Country and network of an IMSI in three bytes, as 3GPP TS 24.008 section 10.5.1.3 and 24.501 have
 * them: `mcc` has three digits, `mnc` two or three. */
struct tt_span tt_write_plmn(struct tt_arena *arena, struct tt_span mcc, struct tt_span mnc);

#endif
