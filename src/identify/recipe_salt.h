/* Digests of a value and a field of the same message, one behind the other: md5(imei + timestamp).
 * The field is a time stamp, a nonce, the host, the package name. */
#ifndef TT_IDENTIFY_RECIPE_SALT_H
#define TT_IDENTIFY_RECIPE_SALT_H

#include "identify/recipe.h"

extern const struct tt_recipe tt_recipe_salt;

#endif
