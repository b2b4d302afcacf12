/* The book of recipes of a run: the built-in ones (the files in recipes/, each with its public
 * source) and those of the user's files. docs/recipes.md describes them.
 *
 * Made by run/pipeline.c. One thread at a time, since cards hold their ciphers. The texts of its
 * cards stand in forms and proofs: it must outlive the matcher and the searches that use it. */
#ifndef TT_IDENTIFY_RECIPE_BOOK_H
#define TT_IDENTIFY_RECIPE_BOOK_H

#include "base/err.h"
#include "identify/recipe_card.h"

struct tt_recipe_book;

/* A book with the built-in recipes. */
TT_MUST_USE enum tt_err tt_recipe_book_new(struct tt_recipe_book **ret_book,
                                           struct tt_error *error);
void tt_recipe_book_free(struct tt_recipe_book *book);

/* Adds the recipes of a file; of a text. TT_ERR_FORMAT: something is wrong with it, or a name
 * stands in the book already. */
TT_MUST_USE enum tt_err tt_recipe_book_load(struct tt_recipe_book *book, const char *path,
                                            struct tt_error *error);
TT_MUST_USE enum tt_err tt_recipe_book_add(struct tt_recipe_book *book, struct tt_span text,
                                           const char *name, struct tt_error *error);

/* The text and the name of built-in file number `at`; false past the last. For who reads recipes
 * anew (run/verify.c). */
bool tt_recipe_builtin(size_t at, struct tt_span *ret_text, const char **ret_name);

size_t tt_recipe_book_count(const struct tt_recipe_book *book);

/* Card number `at`; NULL past the end. */
struct tt_card *tt_recipe_book_card(struct tt_recipe_book *book, size_t at);

/* The first 16 hexadecimal digits of the SHA-256 of the file that card number `at` is from; "" for
 * a built-in one and past the end. */
const char *tt_recipe_book_origin(const struct tt_recipe_book *book, size_t at);

/* Is there a card that begins with an alphabet? One whose key is a field? */
bool tt_recipe_book_has_alphabet(const struct tt_recipe_book *book);
bool tt_recipe_book_has_field(const struct tt_recipe_book *book);

/* Room to undo cards on up to TT_RECIPE_BODY_MAX bytes. */
struct tt_card_room *tt_recipe_book_room(struct tt_recipe_book *book);

#endif
