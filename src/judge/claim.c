#include "judge/claim.h"

#include "judge/shapes.h"

#include <math.h>

struct tt_reach tt_reach_of(uint64_t time, uint64_t error)
{
    double ns = (double)time + (double)error;
    return (struct tt_reach){.vacuum = ns * TT_METRES_PER_NS_VACUUM,
                             .fibre = ns * TT_METRES_PER_NS_FIBRE};
}

static struct tt_seen_place city_seen(const struct tt_claimed_place *place, struct tt_point from,
                                      double error)
{
    double distance = tt_earth_distance(from, place->city);
    return (struct tt_seen_place){.nearest = fmax(0, distance - place->radius - error),
                                  .inside = fmax(0, place->radius - distance - error)};
}

static struct tt_seen_place shape_seen(size_t shape, struct tt_point from, double error)
{
    double border = tt_shape_border(shape, from);
    double sure = fmax(0, border - TT_SHAPE_MARGIN - error);
    if (tt_shape_holds(shape, from))
        return (struct tt_seen_place){.nearest = 0, .inside = sure};
    return (struct tt_seen_place){.nearest = sure, .inside = 0};
}

struct tt_seen_place tt_place_seen(const struct tt_claimed_place *place,
                                   const struct tt_vantage *vantage)
{
    struct tt_point from = {.latitude = vantage->latitude, .longitude = vantage->longitude};
    switch (place->kind) {
    case TT_PLACE_SHAPE:
        return shape_seen(place->shape, from, vantage->error);
    case TT_PLACE_CITY:
        break;
    }
    return city_seen(place, from, vantage->error);
}

enum tt_claim_outcome tt_claim_judge(const struct tt_seen_place *place, struct tt_reach reach)
{
    if (place->nearest > reach.vacuum)
        return TT_CLAIM_REFUTED;
    if (place->nearest > reach.fibre)
        return TT_CLAIM_IMPLAUSIBLE;
    if (place->inside > reach.vacuum)
        return TT_CLAIM_CONFIRMED;
    return TT_CLAIM_POSSIBLE;
}
