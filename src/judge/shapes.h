/* Shapes of countries, and of the states of the USA: is a point in one, how far is it from one?
 *
 * The table (shapes_table.h, made by shapes_table.py) is Natural Earth's 1:10m and the US Census
 * Bureau's, with simplified borders. Where a border is disputed, it is the one in force; disputed.h
 * tells where. */
#ifndef TT_JUDGE_SHAPES_H
#define TT_JUDGE_SHAPES_H

#include "judge/earth.h"

#include <stddef.h>

/* Metres by which a border may really be elsewhere: 5 km for what was simplified, 1 km for the grid
 * of a hundredth of a degree, the rest for Natural Earth's own drawing (0.2 mm of a map 1:10m is
 * 2 km). Whoever compares gives it to the claim. */
#define TT_SHAPE_MARGIN 10000.0

/* `code`: "SG", "US-OR", in any case. False when there is no such shape. */
bool tt_shape_find(const char *code, size_t *ret_shape);
size_t tt_shape_count(void);
const char *tt_shape_code(size_t shape);

bool tt_shape_holds(size_t shape, struct tt_point point);

/* Metres to the nearest border, from within or without. */
double tt_shape_border(size_t shape, struct tt_point point);

/* Metres to the nearest point of it: 0 inside. */
double tt_shape_distance(size_t shape, struct tt_point point);

#endif
