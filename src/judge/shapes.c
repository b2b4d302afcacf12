#include "judge/shapes.h"

#include "base/compiler.h"
#include "base/span.h"
#include "judge/shapes_table.h"

#include <math.h>

enum { GRID = 100 }; /* points in a degree */

/* Walks along a ring, from border point to border point. */
struct walk {
    const int16_t *step;
    const int16_t *end;
    int32_t east;
    int32_t north;
};

static struct walk begin(size_t ring)
{
    const int16_t *step = shape_steps + (size_t)2 * shape_rings[ring].first;
    return (struct walk){.step = step,
                         .end = step + (size_t)2 * shape_rings[ring].count,
                         .east = shape_rings[ring].east,
                         .north = shape_rings[ring].north};
}

static struct tt_point here(const struct walk *walk)
{
    return (struct tt_point){.latitude = (double)walk->north / GRID,
                             .longitude = (double)walk->east / GRID};
}

static bool go_on(struct walk *walk)
{
    if (walk->step == walk->end)
        return false;
    walk->east += walk->step[0];
    walk->north += walk->step[1];
    walk->step += 2;
    return true;
}

static int compare(const char *code, const char *entry)
{
    for (; *code != '\0' && tt_lower((uint8_t)*code) == tt_lower((uint8_t)*entry); code++)
        entry++;
    return (int)tt_lower((uint8_t)*code) - (int)tt_lower((uint8_t)*entry);
}

bool tt_shape_find(const char *code, size_t *ret_shape)
{
    size_t low = 0;
    size_t high = TT_ARRAY_LEN(shape_table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(code, shape_table[middle].code);
        if (order == 0) {
            *ret_shape = middle;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

size_t tt_shape_count(void)
{
    return TT_ARRAY_LEN(shape_table);
}

const char *tt_shape_code(size_t shape)
{
    return shape_table[shape].code;
}

/* How often a line from the point to the north crosses the ring, as odd or even. Rings may go on
 * beyond 180 degrees, so `longitude` is a whole turn more or less for some. */
static bool crosses_oddly(size_t ring, double latitude, double longitude)
{
    struct walk walk = begin(ring);
    struct tt_point from = here(&walk);
    bool odd = false;
    while (go_on(&walk)) {
        struct tt_point to = here(&walk);
        if ((from.longitude > longitude) != (to.longitude > longitude)) {
            double share = (longitude - from.longitude) / (to.longitude - from.longitude);
            if (from.latitude + share * (to.latitude - from.latitude) > latitude)
                odd = !odd;
        }
        from = to;
    }
    return odd;
}

bool tt_shape_holds(size_t shape, struct tt_point point)
{
    bool inside = false;
    for (size_t i = 0; i < shape_table[shape].count; i++) {
        size_t ring = shape_table[shape].first + i;
        for (int turn = -1; turn <= 1; turn++)
            inside ^= crosses_oddly(ring, point.latitude, point.longitude + 360.0 * turn);
    }
    return inside;
}

static struct tt_point between(struct tt_point from, struct tt_point to, double share)
{
    return (struct tt_point){.latitude = from.latitude + share * (to.latitude - from.latitude),
                             .longitude = from.longitude + share * (to.longitude - from.longitude)};
}

/* Along a piece of border the distance falls and then grows: halves what is left of it until a
 * metre is. */
static double nearest(struct tt_point from, struct tt_point to, struct tt_point point)
{
    double low = 0;
    double high = 1;
    for (int i = 0; i < 40 && (high - low) * 100000 > 1; i++) {
        double third = (high - low) / 3;
        if (tt_earth_distance(point, between(from, to, low + third)) <
            tt_earth_distance(point, between(from, to, high - third)))
            high -= third;
        else
            low += third;
    }
    return tt_earth_distance(point, between(from, to, (low + high) / 2));
}

/* The least distance of a border point, about. */
static double about_border(size_t shape, struct tt_point point)
{
    double least = TT_EARTH_DISTANCE_MAX;
    for (size_t i = 0; i < shape_table[shape].count; i++) {
        struct walk walk = begin(shape_table[shape].first + i);
        do {
            least = fmin(least, tt_earth_distance_about(point, here(&walk)));
        } while (go_on(&walk));
    }
    return least;
}

double tt_shape_border(size_t shape, struct tt_point point)
{
    double least = TT_EARTH_DISTANCE_MAX;
    double about = about_border(shape, point);
    /* What `about` may be wrong by, twice. */
    double reach = about * 1.0002 + 200;
    for (size_t i = 0; i < shape_table[shape].count; i++) {
        struct walk walk = begin(shape_table[shape].first + i);
        struct tt_point from = here(&walk);
        double before = tt_earth_distance_about(point, from);
        /* The smallest countries are a single point of the grid. */
        if (shape_rings[shape_table[shape].first + i].count == 0 && before < reach)
            least = fmin(least, tt_earth_distance(point, from));
        while (go_on(&walk)) {
            struct tt_point to = here(&walk);
            double behind = tt_earth_distance_about(point, to);
            if (fmin(before, behind) - tt_earth_distance_about(from, to) < reach)
                least = fmin(least, nearest(from, to, point));
            from = to;
            before = behind;
        }
    }
    return least;
}

double tt_shape_distance(size_t shape, struct tt_point point)
{
    return tt_shape_holds(shape, point) ? 0 : tt_shape_border(shape, point);
}
