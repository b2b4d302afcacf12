#include "judge/claim.h"

#include "judge/disputed.h"
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

/* Nothing is refuted or confirmed by who draws the map. */
static void see_disputed(size_t shape, struct tt_point from, double error,
                         struct tt_seen_place *seen)
{
    const char *code = tt_shape_code(shape);
    const struct tt_disputed *area = NULL;
    for (size_t i = 0; (area = tt_disputed_at(i)) != NULL; i++) {
        if (!tt_disputed_is_of(area, code))
            continue;
        double distance = tt_earth_distance(from, area->centre) - area->radius_km * 1000 - error;
        seen->nearest = fmin(seen->nearest, fmax(0, distance));
        seen->inside = fmin(seen->inside, fmax(0, distance));
    }
}

static struct tt_seen_place shape_seen(size_t shape, struct tt_point from, double error)
{
    double border = tt_shape_border(shape, from);
    double sure = fmax(0, border - TT_SHAPE_MARGIN - error);
    bool holds = tt_shape_holds(shape, from);
    struct tt_seen_place seen = {.nearest = holds ? 0 : sure, .inside = holds ? sure : 0};
    see_disputed(shape, from, error, &seen);
    return seen;
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
