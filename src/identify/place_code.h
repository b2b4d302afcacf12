/* A coordinate in the notations of maps and receivers. As in transform.h: results live in the
 * arena, data is NULL without memory. */
#ifndef TT_IDENTIFY_PLACE_CODE_H
#define TT_IDENTIFY_PLACE_CODE_H

#include "base/arena.h"
#include "base/span.h"

/* The number of degrees that a decimal text stands for (tt_sheet_is_degrees has looked at it). */
double tt_degrees_of(struct tt_span text);

/* Degrees rounded to so many decimals, as "%.*f" writes them. */
struct tt_span tt_write_degrees(struct tt_arena *arena, double degrees, unsigned decimals);

/* Degrees, minutes and seconds without a direction: the signs `marks[0]` to `marks[1]` stand behind
 * degrees and minutes, then come the seconds with so many decimals, cut, not rounded. */
struct tt_span tt_write_dms(struct tt_arena *arena, double degrees, unsigned decimals,
                            const char *const marks[2]);

/* Degrees in at least `digits` digits, the mark, and minutes with decimals, cut: "61°29.86". No
 * sign. */
struct tt_span tt_write_minutes(struct tt_arena *arena, double degrees, unsigned digits,
                                const char *mark, unsigned decimals);

/* NMEA 0183: whole degrees in two digits (latitude) or three, minutes with so many decimals,
 * rounded; a comma and the direction. */
struct tt_span tt_write_nmea(struct tt_arena *arena, double degrees, unsigned decimals,
                             bool longitude);

/* A geohash of so many characters (at most 12): base 32 of interleaved halvings, longitude first.
 */
struct tt_span tt_write_geohash(struct tt_arena *arena, double latitude, double longitude,
                                size_t len);

#endif
