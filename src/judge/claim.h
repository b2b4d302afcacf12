/* May a machine that answered so fast stand in a place? Pure reckoning, on earth.h and shapes.h.
 *
 * Nothing is faster than light in vacuum, so a time between question and answer draws a circle
 * around the vantage point that the machine cannot stand outside of. Whatever is not exactly known
 * (the time, the vantage point, the border) is reckoned so that it neither refutes nor confirms. */
#ifndef TT_JUDGE_CLAIM_H
#define TT_JUDGE_CLAIM_H

#include "base/vantage.h"
#include "judge/earth.h"
#include "model/residency.h"

#include <stddef.h>
#include <stdint.h>

/* Metres there and back in a nanosecond: of light in vacuum (299,792,458 m/s), and of light in
 * fibre (refractive index 1.4682 and the like: two thirds of it, 200 km in a millisecond). */
#define TT_METRES_PER_NS_VACUUM 0.149896229
#define TT_METRES_PER_NS_FIBRE 0.1

/* Radius of a city at most, in metres. */
#define TT_CITY_RADIUS_MAX 2000000.0

enum tt_place_kind { TT_PLACE_SHAPE, TT_PLACE_CITY };

/* A place that is claimed: a country or state (shapes.h), or a circle. */
struct tt_claimed_place {
    enum tt_place_kind kind;
    const char *name;     /* "SG", "US-OR", "Boardman" */
    size_t shape;         /* of TT_PLACE_SHAPE */
    struct tt_point city; /* of TT_PLACE_CITY */
    double radius;        /* metres */
};

/* A place as it is seen from the vantage point: reckoned once, then asked for every machine. */
struct tt_seen_place {
    double nearest; /* metres to the nearest point that may belong to it */
    double inside;  /* metres around the vantage point that surely belong to it; 0: none */
};

/* The circles of a time, in metres. */
struct tt_reach {
    double vacuum;
    double fibre;
};

/* `time` and its `error` in ns. */
struct tt_reach tt_reach_of(uint64_t time, uint64_t error);

struct tt_seen_place tt_place_seen(const struct tt_claimed_place *place,
                                   const struct tt_vantage *vantage);

/* Never TT_CLAIM_UNTESTED. */
enum tt_claim_outcome tt_claim_judge(const struct tt_seen_place *place, struct tt_reach reach);

#endif
