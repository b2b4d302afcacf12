/* Reading the fields of timelines and policies, on top of base/yaml.h: values that are one of a few
 * words, values that may be one or a list, and patterns with stars. */
#ifndef TT_JUDGE_FIELDS_H
#define TT_JUDGE_FIELDS_H

#include "base/arena.h"
#include "base/yaml.h"

/* A document, and where its texts go. */
struct tt_fields {
    const struct tt_yaml *doc;
    struct tt_arena *arena;
    struct tt_error *error;
};

struct tt_words {
    const char *const *items;
    size_t count;
};

/* The value of `key` in `map`; TT_ERR_FORMAT when it is missing. `what` names the map in the
 * message ("a purpose"). */
TT_MUST_USE enum tt_err tt_field_need(const struct tt_fields *fields,
                                      const struct tt_yaml_node *map, const char *key,
                                      const char *what, const struct tt_yaml_node **ret_node);

/* A copy of a scalar that is not empty. */
TT_MUST_USE enum tt_err tt_field_text(const struct tt_fields *fields,
                                      const struct tt_yaml_node *node, const char **ret_text);

/* tt_field_need and tt_field_text together. */
TT_MUST_USE enum tt_err tt_field_need_text(const struct tt_fields *fields,
                                           const struct tt_yaml_node *map, const char *key,
                                           const char *what, const char **ret_text);

/* The position of a scalar among `known`; TT_ERR_FORMAT with a suggestion when it is none of them.
 * `what` names the field in the message ("kind"). */
TT_MUST_USE enum tt_err tt_field_word(const struct tt_fields *fields,
                                      const struct tt_yaml_node *node, const char *what,
                                      struct tt_words known, size_t *ret_at);

/* Walks "a value or a list": NULL after the last. Every scalar node given is checked not to be
 * empty by tt_field_list. */
const struct tt_yaml_node *tt_field_first(const struct tt_yaml_node *list);
const struct tt_yaml_node *tt_field_next(const struct tt_yaml_node *list,
                                         const struct tt_yaml_node *item);

/* A value or a list of values, copied; TT_ERR_FORMAT when it is empty or holds containers. */
TT_MUST_USE enum tt_err tt_field_list(const struct tt_fields *fields,
                                      const struct tt_yaml_node *node, struct tt_words *ret_words);

/* A list of maps with no more than `max` entries; `*ret_list` is NULL when the key is not there. */
TT_MUST_USE enum tt_err tt_field_maps(const struct tt_fields *fields,
                                      const struct tt_yaml_node *root, const char *key, size_t max,
                                      const struct tt_yaml_node **ret_list);

/* Whether `text` fits the pattern as a whole: `*` stands for any run of characters (also none, also
 * with dots), `?` for one; ASCII case does not matter. */
bool tt_glob_match(const char *pattern, const char *text);

/* Whether `text` fits one of the patterns; never for NULL. */
bool tt_glob_any(struct tt_words patterns, const char *text);

#endif
