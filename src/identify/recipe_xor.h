/* A value XORed with a field of the same message, which is repeated as often as needed: as the
 * characters of the field, or as the bytes that its hexadecimal digits stand for. */
#ifndef TT_IDENTIFY_RECIPE_XOR_H
#define TT_IDENTIFY_RECIPE_XOR_H

#include "identify/recipe.h"

extern const struct tt_recipe tt_recipe_xor;

#endif
