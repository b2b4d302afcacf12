#include "capture/clock.h"

#include "base/time.h"

/* Ticks times nanoseconds do not fit into 64 bits. */
__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

enum { DIGITS_MAX = 19 /* powers of ten that fit into 64 bits */ };

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    for (unsigned i = 0; i < exponent && i < DIGITS_MAX; i++)
        power *= 10;
    return power;
}

struct tt_clock tt_clock_make(uint8_t resolution, int64_t offset)
{
    unsigned exponent = resolution & 0x7fU;
    struct tt_clock clock = {.multiply = 1, .divide = 1, .offset = offset};
    if ((resolution & 0x80U) != 0) {
        clock.multiply = TT_NS_PER_SECOND;
        clock.shift = exponent;
    } else if (exponent <= 9) {
        clock.multiply = power_of_ten(9 - exponent);
    } else if (exponent - 9 <= DIGITS_MAX) {
        clock.divide = power_of_ten(exponent - 9);
    } else {
        /* All the ticks of 64 bits are less than one nanosecond. */
        clock.multiply = 0;
    }
    return clock;
}

uint64_t tt_clock_tick(const struct tt_clock *clock)
{
    if (clock->divide != 1 || clock->shift >= 64)
        return 1;
    uint64_t ns = clock->multiply >> clock->shift;
    if (ns << clock->shift != clock->multiply || ns == 0)
        ns++;
    return ns;
}

bool tt_clock_time(const struct tt_clock *clock, uint64_t ticks, uint64_t *ret_time)
{
    wide ns = ((wide)ticks * clock->multiply) >> clock->shift;
    if (clock->divide != 1)
        ns = (uint64_t)ns / clock->divide;
    signed_wide time = (signed_wide)ns + (signed_wide)clock->offset * (signed_wide)TT_NS_PER_SECOND;
    bool fits = time >= 0 && time <= (signed_wide)UINT64_MAX;
    if (fits)
        *ret_time = (uint64_t)time;
    else
        *ret_time = time < 0 ? 0 : UINT64_MAX;
    return fits;
}
