#include "judge/fields.h"

#include <stdio.h>

enum tt_err tt_field_need(const struct tt_fields *fields, const struct tt_yaml_node *map,
                          const char *key, const char *what, const struct tt_yaml_node **ret_node)
{
    const struct tt_yaml_node *node = tt_yaml_get(map, key);
    if (node == NULL)
        return tt_yaml_error(fields->doc, map, fields->error, "%s needs \"%s\"", what, key);
    *ret_node = node;
    return TT_OK;
}

enum tt_err tt_field_text(const struct tt_fields *fields, const struct tt_yaml_node *node,
                          const char **ret_text)
{
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_SCALAR, fields->error);
    if (result != TT_OK)
        return result;
    if (node->text.len == 0)
        return tt_yaml_error(fields->doc, node, fields->error, "this must not be empty");
    const char *text = tt_arena_dup(fields->arena, node->text);
    if (text == NULL)
        return tt_error_set(fields->error, TT_ERR_MEMORY, "no memory for the file's texts");
    *ret_text = text;
    return TT_OK;
}

enum tt_err tt_field_need_text(const struct tt_fields *fields, const struct tt_yaml_node *map,
                               const char *key, const char *what, const char **ret_text)
{
    const struct tt_yaml_node *node = NULL;
    enum tt_err result = tt_field_need(fields, map, key, what, &node);
    return result == TT_OK ? tt_field_text(fields, node, ret_text) : result;
}

enum { WORDS_MAX = 160 }; /* bytes of a message */

/* "a, b or c"; dots stand for those that do not fit. */
static void list_words(struct tt_words words, char text[WORDS_MAX])
{
    static const char dots[] = ", ...";
    size_t len = 0;
    for (size_t i = 0; i < words.count; i++) {
        const char *before = i == 0 ? "" : i + 1 == words.count ? " or " : ", ";
        if (len + strlen(before) + strlen(words.items[i]) + sizeof(dots) > WORDS_MAX) {
            memcpy(text + len, dots, sizeof(dots));
            return;
        }
        len += (size_t)snprintf(text + len, WORDS_MAX - len, "%s%s", before, words.items[i]);
    }
}

enum tt_err tt_field_word(const struct tt_fields *fields, const struct tt_yaml_node *node,
                          const char *what, struct tt_words known, size_t *ret_at)
{
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_SCALAR, fields->error);
    if (result != TT_OK)
        return result;
    for (size_t i = 0; i < known.count; i++) {
        if (tt_span_eq(node->text, tt_span_str(known.items[i]))) {
            *ret_at = i;
            return TT_OK;
        }
    }
    const char *near = tt_yaml_suggest(node->text, known.items, known.count);
    char words[WORDS_MAX] = "none"; /* of the purposes, when none is declared */
    list_words(known, words);
    if (near == NULL)
        return tt_yaml_error(fields->doc, node, fields->error, "unknown %s \"%.40s\"; expected %s",
                             what, tt_yaml_text(node), words);
    return tt_yaml_error(fields->doc, node, fields->error,
                         "unknown %s \"%.40s\"; did you mean \"%s\"?", what, tt_yaml_text(node),
                         near);
}

const struct tt_yaml_node *tt_field_first(const struct tt_yaml_node *list)
{
    return list->kind == TT_YAML_SEQUENCE ? list->first : list;
}

const struct tt_yaml_node *tt_field_next(const struct tt_yaml_node *list,
                                         const struct tt_yaml_node *item)
{
    return item == list ? NULL : item->next;
}

enum tt_err tt_field_list(const struct tt_fields *fields, const struct tt_yaml_node *node,
                          struct tt_words *ret_words)
{
    if (node->kind == TT_YAML_MAP)
        return tt_yaml_error(fields->doc, node, fields->error, "expected a value or a list");
    if (node->kind == TT_YAML_SEQUENCE && node->count == 0)
        return tt_yaml_error(fields->doc, node, fields->error,
                             "an empty list never fits; leave the key out for \"any\"");
    size_t count = node->kind == TT_YAML_SEQUENCE ? node->count : 1;
    const char **items = tt_arena_alloc(fields->arena, count * sizeof(*items));
    if (items == NULL)
        return tt_error_set(fields->error, TT_ERR_MEMORY, "no memory for the file's texts");
    size_t at = 0;
    for (const struct tt_yaml_node *item = tt_field_first(node); item != NULL;
         item = tt_field_next(node, item)) {
        enum tt_err result = tt_field_text(fields, item, &items[at++]);
        if (result != TT_OK)
            return result;
    }
    *ret_words = (struct tt_words){.items = items, .count = count};
    return TT_OK;
}

enum tt_err tt_field_maps(const struct tt_fields *fields, const struct tt_yaml_node *root,
                          const char *key, size_t max, const struct tt_yaml_node **ret_list)
{
    const struct tt_yaml_node *list = tt_yaml_get(root, key);
    if (list == NULL) {
        *ret_list = NULL;
        return TT_OK;
    }
    enum tt_err result = tt_yaml_expect(fields->doc, list, TT_YAML_SEQUENCE, fields->error);
    if (result != TT_OK)
        return result;
    if (list->count > max)
        return tt_yaml_error(fields->doc, list, fields->error, "\"%s\" has more than %zu entries",
                             key, max);
    for (const struct tt_yaml_node *item = list->first; item != NULL; item = item->next) {
        result = tt_yaml_expect(fields->doc, item, TT_YAML_MAP, fields->error);
        if (result != TT_OK)
            return result;
    }
    *ret_list = list;
    return TT_OK;
}

bool tt_glob_match(const char *pattern, const char *text)
{
    const char *star = NULL; /* the last star seen, */
    const char *from = NULL; /* and where the text that it does not cover begins */
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = text;
        } else if (*pattern != '\0' &&
                   (*pattern == '?' || tt_lower((uint8_t)*pattern) == tt_lower((uint8_t)*text))) {
            pattern++;
            text++;
        } else if (star != NULL) {
            /* Only the last star needs another try: what an earlier one covers can stay. */
            pattern = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool tt_glob_any(struct tt_words patterns, const char *text)
{
    if (text == NULL)
        return false;
    for (size_t i = 0; i < patterns.count; i++) {
        if (tt_glob_match(patterns.items[i], text))
            return true;
    }
    return false;
}
