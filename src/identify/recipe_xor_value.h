/* A token that is, or holds, a value of the owner under XOR with one byte (xor_values.h): whatever
 * else it holds, and also where it looks like another text. Step: "xor:5a". */
#ifndef TT_IDENTIFY_RECIPE_XOR_VALUE_H
#define TT_IDENTIFY_RECIPE_XOR_VALUE_H

#include "identify/recipe.h"

extern const struct tt_recipe tt_recipe_xor_value;

/* Hands over the token of the attempt under this key, for both recipes that find one. */
void tt_recipe_xor_byte(struct tt_recipe_try *attempt, uint8_t key);

#endif
