/* Reading a small YAML 1.1 document (https://yaml.org/spec/1.1/) into a tree whose nodes know their
 * place, for the files that people write: subject sheets, timelines, policies.
 *
 * Every scalar is text as it stands in the file ("358240051111110", "yes"): its reader decides what
 * it means. Refused, with a message: keys that stand twice in one map, aliases, explicit tags other
 * than !!str, several documents, text that is not UTF-8, NUL in a scalar, an empty file.
 *
 * Errors read "FILE:LINE:COLUMN: what was expected", then the line and a caret below the place:
 *
 *     sheet.yaml:7:3: unknown key "imie"; did you mean "imei"?
 *         imie: •••
 *         ^
 *
 * A typical reader:
 *
 *     struct tt_yaml *doc = NULL;
 *     enum tt_err result = tt_yaml_parse(text, &config, &doc, error);
 *     if (result != TT_OK)
 *         return result;
 *     const struct tt_yaml_node *root = tt_yaml_root(doc);
 *     result = tt_yaml_expect(doc, root, TT_YAML_MAP, error);
 *     if (result == TT_OK)
 *         result = tt_yaml_check_keys(doc, root, known, TT_ARRAY_LEN(known), error);
 *     for (const struct tt_yaml_node *entry = root->first; ...; entry = entry->next)
 *         ... entry->key->text, entry->kind, entry->text ...
 *     tt_yaml_free(doc);
 */
#ifndef TT_BASE_YAML_H
#define TT_BASE_YAML_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum tt_yaml_kind { TT_YAML_SCALAR, TT_YAML_MAP, TT_YAML_SEQUENCE };

/* Everything is borrowed until tt_yaml_free. */
struct tt_yaml_node {
    enum tt_yaml_kind kind;
    bool quoted;         /* scalar: written with quotes or as a block, so "" was meant */
    struct tt_span text; /* scalar: its bytes, valid UTF-8, a terminator stands behind them */
    unsigned line;       /* from 1 */
    unsigned column;     /* from 1, in characters */
    size_t index;        /* position in its parent, from 0 */
    size_t count;        /* map, sequence: number of children */
    const struct tt_yaml_node *key;   /* in a map: its key (a scalar), else NULL */
    const struct tt_yaml_node *first; /* map, sequence: children, in the order of the file */
    const struct tt_yaml_node *next;  /* the next child of the same parent */
};

struct tt_yaml_config {
    const char *name; /* of the file, for messages */
    bool secret;      /* mask the scalars of shown lines (keys stay), wipe all memory at the end */
    size_t nodes_max; /* caps, from model/limits.h */
    unsigned depth_max; /* containers inside containers */
};

struct tt_yaml;

/* Reads `text`; the text, and config->name, are borrowed until tt_yaml_free (for error messages).
 * TT_ERR_FORMAT for everything that is wrong with it, TT_ERR_LIMIT over a cap. */
TT_MUST_USE enum tt_err tt_yaml_parse(struct tt_span text, const struct tt_yaml_config *config,
                                      struct tt_yaml **ret_doc, struct tt_error *error);

/* Takes NULL. */
void tt_yaml_free(struct tt_yaml *doc);

/* The top node. Never NULL. */
const struct tt_yaml_node *tt_yaml_root(const struct tt_yaml *doc);

/* The value of a key, or NULL: not there, or `map` is no map. */
const struct tt_yaml_node *tt_yaml_get(const struct tt_yaml_node *map, const char *key);

/* The text of a scalar as a C string; "" for a container. */
const char *tt_yaml_text(const struct tt_yaml_node *node);

/* True for `key:` with nothing behind it (also ~ and null). */
bool tt_yaml_is_empty(const struct tt_yaml_node *node);

/* Writes FILE:LINE:COLUMN, the message, the line and a caret; returns TT_ERR_FORMAT, so that a
 * reader can `return tt_yaml_error(...)`. In a secret document the message must hold no value. */
enum tt_err tt_yaml_error(const struct tt_yaml *doc, const struct tt_yaml_node *node,
                          struct tt_error *error, const char *format, ...) TT_PRINTF(4, 5);

/* TT_ERR_FORMAT with "expected a map" when the node is of another kind. A scalar must not be empty
 * (`key:`); write `""` where an empty text is meant. */
TT_MUST_USE enum tt_err tt_yaml_expect(const struct tt_yaml *doc, const struct tt_yaml_node *node,
                                       enum tt_yaml_kind kind, struct tt_error *error);

/* TT_ERR_FORMAT at the first key of `map` that is not among `known`, with a suggestion when one is
 * close. */
TT_MUST_USE enum tt_err tt_yaml_check_keys(const struct tt_yaml *doc,
                                           const struct tt_yaml_node *map, const char *const *known,
                                           size_t known_count, struct tt_error *error);

/* The name among `known` that `word` may have been meant to be, or NULL. Also for values that are
 * one of a few words. */
const char *tt_yaml_suggest(struct tt_span word, const char *const *known, size_t known_count);

#endif
