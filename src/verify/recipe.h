/* Inside verify/: recipes (docs/recipes.md), read from the same files and undone anew. What each
 * step means is looked up when it is undone. */
#ifndef TT_VERIFY_RECIPE_H
#define TT_VERIFY_RECIPE_H

#include "base/buf.h"

struct tt_verify_recipes;

/* NULL without memory. */
struct tt_verify_recipes *tt_verify_recipes_new(void);
void tt_verify_recipes_free(struct tt_verify_recipes *recipes);

/* Adds a file of recipes; `text` and `name` are borrowed until the end. TT_ERR_FORMAT: no YAML;
 * TT_ERR_LIMIT: too many. */
TT_MUST_USE enum tt_err tt_verify_recipes_add(struct tt_verify_recipes *recipes,
                                              struct tt_span text, const char *name,
                                              struct tt_error *error);

/* Is there the recipe of the step "recipe:NAME"? */
bool tt_verify_recipe_known(const struct tt_verify_recipes *recipes, const char *step);

/* Undoes the steps of "recipe:NAME" with `field` for a key that stands in the same message. False:
 * there is no such recipe with steps, or its ciphers refuse. */
bool tt_verify_recipe_undo(const struct tt_verify_recipes *recipes, const char *step,
                           struct tt_span in, struct tt_span field, struct tt_buf *out);

/* Does one of its keys come from a field? */
bool tt_verify_recipe_needs_field(const struct tt_verify_recipes *recipes, const char *step);

enum tt_verify_salt { TT_VERIFY_SALT_BEHIND, TT_VERIFY_SALT_BEFORE, TT_VERIFY_SALT_HMAC };

/* The salt that the recipe tells; appended to `salt`. False: it is none with a salt. */
bool tt_verify_recipe_salt(const struct tt_verify_recipes *recipes, const char *step,
                           enum tt_verify_salt *ret_order, struct tt_buf *salt);

#endif
