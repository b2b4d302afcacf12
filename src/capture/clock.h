/* Timestamps of pcapng interfaces: ticks of any resolution to nanoseconds since 1970. */
#ifndef TT_CAPTURE_CLOCK_H
#define TT_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* One tick is multiply / (divide << shift) ns. */
struct tt_clock {
    uint64_t multiply;
    uint64_t divide;
    unsigned shift;
    int64_t offset; /* seconds to add */
};

/* `resolution` is if_tsresol: a negative power of ten, or of two where the highest bit is set
 * (draft-ietf-opsawg-pcapng, section 4.2); `offset` is if_tsoffset in seconds. */
struct tt_clock tt_clock_make(uint8_t resolution, int64_t offset);

/* The length of a tick in ns, rounded up. */
uint64_t tt_clock_tick(const struct tt_clock *clock);

/* The time in ns, rounded down. False when it lies before 1970 or too late for 64 bits; then it is
 * 0 or the last moment there is. */
bool tt_clock_time(const struct tt_clock *clock, uint64_t ticks, uint64_t *ret_time);

#endif
