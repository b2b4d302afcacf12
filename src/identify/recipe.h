/* Recipes: values hidden with the help of something that stands beside them in the same message.
 *
 * A token (what hexadecimal digits or base64 stand for) in which nothing was found is tried with
 * the fields around it: as a salt, as a key. Each recipe of this sort is one small file with its
 * public source and one line in the list of recipe.c. What needs no code is a card instead, read
 * from a file (recipe_card.h, recipe_book.h).
 *
 * Called by run/ when a message is over, for few tokens: the numbers are in model/limits.h. */
#ifndef TT_IDENTIFY_RECIPE_H
#define TT_IDENTIFY_RECIPE_H

#include "identify/matcher.h"
#include "identify/recipe_book.h"

enum { TT_RECIPE_TOKEN_MIN = 6, TT_RECIPE_TOKEN_MAX = 500 }; /* bytes */

/* What stands beside a token: borrowed. */
struct tt_recipe_fields {
    struct tt_span *fields;
    size_t count;
};

/* What came out: a form that the token is (with `form`), or bytes to be searched (`step`). */
struct tt_recipe_found {
    const struct tt_form *form;
    const char *step; /* name of the coding; static */
    struct tt_span bytes;
};

typedef void tt_recipe_fn(void *context, const struct tt_recipe_found *found);

/* One attempt. */
struct tt_recipe_try {
    const struct tt_matcher *matcher;
    struct tt_span token;
    const struct tt_recipe_fields *beside;
    struct tt_recipe_book *book; /* recipe_book.h, for its salts; or NULL */
    const char *host;            /* that the message went to; or NULL */
    /* Do the bytes begin as a format or a coding does? NULL: text only is known. */
    bool (*reads)(struct tt_span bytes);
    size_t tries;      /* digests that may still be computed; counted down */
    size_t rare_tries; /* the same for ways that are seldom used */
    size_t near_tries; /* the same for values of contacts and messages */
    tt_recipe_fn *found;
    void *context;
};

struct tt_recipe {
    const char *name;
    const char *spec; /* the public source */
    /* Could the token be made so? Cheap. */
    bool (*claims)(const struct tt_matcher *matcher, struct tt_span token);
    /* TT_ERR_MEMORY; that nothing is found is no error. */
    enum tt_err (*run)(struct tt_recipe_try *attempt);
};

/* Is there a recipe for such a token? */
bool tt_recipe_claims(const struct tt_matcher *matcher, struct tt_span token);

/* Tries all that claim it. */
TT_MUST_USE enum tt_err tt_recipe_run(struct tt_recipe_try *attempt);

/* The values in a text: words that are not the names of fields, each once; in front those behind a
 * name that tells of a salt or a key ("nonce", "ts"), which may be shorter than others. Gives their
 * number, at most `max`; they point into the text. */
size_t tt_recipe_read_fields(struct tt_span text, struct tt_span *ret_fields, size_t max);

#endif
