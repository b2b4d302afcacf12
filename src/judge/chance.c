#include "judge/chance.h"

#include <math.h>

/* Where something of that shape could stand. */
static double places_of(const struct tt_strength *strength, const struct tt_traffic *traffic)
{
    if (strength->is_digest && traffic->tokens > 0)
        return (double)traffic->tokens;
    bool counted = strength->digits >= TT_TRAFFIC_DIGITS_MIN && traffic->looked > 0;
    if (counted)
        return tt_traffic_numbers(traffic, strength->digits);
    return (double)traffic->bytes / (strength->len == 0 ? 1 : strength->len);
}

double tt_chance_of(const struct tt_strength *strength, const struct tt_traffic *traffic,
                    uint64_t entries, uint64_t found)
{
    double alike = places_of(strength, traffic) * exp2(-strength->bits);
    /* Random bytes are never luckier than what looks alike. */
    double noise = (double)traffic->bytes * exp2(-fmax(strength->noise, strength->bits));
    double expected = (alike + noise) * (double)entries / (double)found;
    /* 1 - e^-x, exact also for the tiny ones. */
    return -expm1(-expected);
}
