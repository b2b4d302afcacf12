/* Reading recipe files: YAML, described in docs/recipes.md.
 *
 *     recipes:
 *       - name: example-sdk
 *         source: https://research.example/report
 *         hosts: ["*.cloud.example"]
 *         steps:
 *           - aes-cbc: {key: {text: 0123456789abcdef}, iv: {text: fedcba9876543210}}
 *         gives: gzip
 *
 * Called by recipe_book.c, for the built-in files and for those of the user. */
#ifndef TT_IDENTIFY_RECIPE_READ_H
#define TT_IDENTIFY_RECIPE_READ_H

#include "base/arena.h"
#include "base/yaml.h"
#include "identify/recipe_card.h"

/* Takes a card that was read; anything but TT_OK stops the reading. The card's texts live in the
 * arena; what its steps hold is the taker's from now on (tt_card_clear). */
typedef enum tt_err tt_card_take_fn(void *context, const struct tt_card *card);

/* Reads the text of one file. TT_ERR_FORMAT names file, line and column; TT_ERR_LIMIT over a cap.
 * `name` is borrowed for the call. */
TT_MUST_USE enum tt_err tt_recipe_read(struct tt_span text, const char *name,
                                       struct tt_arena *arena, tt_card_take_fn *take, void *context,
                                       struct tt_error *error);

#endif
