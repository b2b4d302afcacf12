#include "judge/earth.h"

#include <math.h>

static const double equator_radius = 6378137.0;
static const double flattening = 1 / 298.257223563;
static const double pole_radius = 6378137.0 * (1 - 1 / 298.257223563);
static const double radians = 0.017453292519943295;

bool tt_point_valid(struct tt_point point)
{
    return point.latitude >= -90 && point.latitude <= 90 && point.longitude >= -180 &&
           point.longitude <= 180;
}

/* The latitude of the same place on the sphere around the ellipsoid. */
static double reduced(double latitude)
{
    return atan2((1 - flattening) * sin(latitude * radians), cos(latitude * radians));
}

/* From -180 to 180 degrees, as radians: the shorter way round. */
static double longitude_between(struct tt_point a, struct tt_point b)
{
    return remainder(b.longitude - a.longitude, 360) * radians;
}

/* What the iteration knows of the arc between two points on the auxiliary sphere. */
struct arc {
    double sin_sigma;
    double cos_sigma;
    double sigma;
    double sin_alpha;
    double square_cos_alpha;
    double cos_middle; /* cos(2 sigma_m) */
};

static void arc_of(const double sines[2], const double cosines[2], double lambda, struct arc *arc)
{
    double across = cosines[1] * sin(lambda);
    double along = cosines[0] * sines[1] - sines[0] * cosines[1] * cos(lambda);
    arc->sin_sigma = hypot(across, along);
    arc->cos_sigma = sines[0] * sines[1] + cosines[0] * cosines[1] * cos(lambda);
    arc->sigma = atan2(arc->sin_sigma, arc->cos_sigma);
    arc->sin_alpha =
        arc->sin_sigma > 0 ? cosines[0] * cosines[1] * sin(lambda) / arc->sin_sigma : 0;
    arc->square_cos_alpha = 1 - arc->sin_alpha * arc->sin_alpha;
    /* Along the equator there is no latitude to speak of. */
    arc->cos_middle = arc->square_cos_alpha > 0
                          ? arc->cos_sigma - 2 * sines[0] * sines[1] / arc->square_cos_alpha
                          : 0;
}

static double next_lambda(const struct arc *arc, double longitude)
{
    double c = flattening / 16 * arc->square_cos_alpha *
               (4 + flattening * (4 - 3 * arc->square_cos_alpha));
    double square = arc->cos_middle * arc->cos_middle;
    double term = arc->cos_middle + c * arc->cos_sigma * (2 * square - 1);
    return longitude +
           (1 - c) * flattening * arc->sin_alpha * (arc->sigma + c * arc->sin_sigma * term);
}

static double length_of(const struct arc *arc)
{
    double square = arc->square_cos_alpha *
                    (equator_radius * equator_radius - pole_radius * pole_radius) /
                    (pole_radius * pole_radius);
    double a = 1 + square / 16384 * (4096 + square * (-768 + square * (320 - 175 * square)));
    double b = square / 1024 * (256 + square * (-128 + square * (74 - 47 * square)));
    double middle = arc->cos_middle * arc->cos_middle;
    double last =
        b / 6 * arc->cos_middle * (4 * arc->sin_sigma * arc->sin_sigma - 3) * (4 * middle - 3);
    double more =
        b * arc->sin_sigma * (arc->cos_middle + b / 4 * (arc->cos_sigma * (2 * middle - 1) - last));
    return pole_radius * a * (arc->sigma - more);
}

/* False where it does not converge. */
static bool vincenty(struct tt_point a, struct tt_point b, double *ret_metres)
{
    enum { ROUNDS_MAX = 100 };
    double latitudes[2] = {reduced(a.latitude), reduced(b.latitude)};
    const double sines[2] = {sin(latitudes[0]), sin(latitudes[1])};
    const double cosines[2] = {cos(latitudes[0]), cos(latitudes[1])};
    double longitude = longitude_between(a, b);
    double lambda = longitude;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        struct arc arc;
        arc_of(sines, cosines, lambda, &arc);
        if (arc.sin_sigma <= 0 && arc.cos_sigma > 0) {
            *ret_metres = 0;
            return true;
        }
        double next = next_lambda(&arc, longitude);
        if (fabs(next) > 180 * radians)
            return false;
        if (fabs(next - lambda) < 1e-12) {
            *ret_metres = length_of(&arc);
            return true;
        }
        lambda = next;
    }
    return false;
}

double tt_earth_distance(struct tt_point a, struct tt_point b)
{
    double metres = 0;
    if (vincenty(a, b, &metres))
        return metres < TT_EARTH_DISTANCE_MAX ? metres : TT_EARTH_DISTANCE_MAX;
    /* By way of the point opposite to `a`: the way there cannot be longer than both of these. */
    struct tt_point opposite = {.latitude = -a.latitude,
                                .longitude = remainder(a.longitude + 180, 360)};
    if (!vincenty(opposite, b, &metres))
        return 0;
    return TT_EARTH_DISTANCE_MAX - metres;
}

double tt_earth_distance_about(struct tt_point a, struct tt_point b)
{
    const double far = 3.0; /* radians: beyond, the correction grows without bound */
    double first = reduced(a.latitude);
    double second = reduced(b.latitude);
    double north = sin((second - first) / 2);
    double east = sin(longitude_between(a, b) / 2);
    double h = north * north + cos(first) * cos(second) * east * east;
    double sigma = 2 * atan2(sqrt(h), sqrt(h < 1 ? 1 - h : 0));
    if (sigma > far)
        return tt_earth_distance(a, b);
    if (sigma < 1e-9)
        return sigma * equator_radius;
    double p = (first + second) / 2;
    double q = (second - first) / 2;
    double sum = sin(p) * cos(q) / cos(sigma / 2);
    double difference = cos(p) * sin(q) / sin(sigma / 2);
    double x = (sigma - sin(sigma)) * sum * sum;
    double y = (sigma + sin(sigma)) * difference * difference;
    return equator_radius * (sigma - flattening / 2 * (x + y));
}
