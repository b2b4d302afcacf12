/* Distances on the earth: the ellipsoid of the World Geodetic System 1984. Pure functions. */
#ifndef TT_JUDGE_EARTH_H
#define TT_JUDGE_EARTH_H

#include <stdbool.h>

/* Degrees, north and east positive. */
struct tt_point {
    double latitude;
    double longitude;
};

/* Half of a meridian, in metres: no two points are farther apart. */
#define TT_EARTH_DISTANCE_MAX 20003931.4586

/* Is it a latitude of -90 to 90 and a longitude of -180 to 180? False for NaN. */
bool tt_point_valid(struct tt_point point);

/* Metres along the shortest way. Exact to a millimetre (T. Vincenty, Direct and inverse solutions
 * of geodesics on the ellipsoid, Survey Review XXIII, 1975); between points that are nearly
 * opposite to each other, where that method does not converge, at most 70 km too little, never too
 * much. */
double tt_earth_distance(struct tt_point a, struct tt_point b);

/* The same in a fifth of the time, to 1 part in 10,000 and 100 m (W. D. Lambert, 1942: first order
 * in the flattening). */
double tt_earth_distance_about(struct tt_point a, struct tt_point b);

#endif
