#include "content/xml_path.h"

#include <stdlib.h>

#include "base/compiler.h"

void tt_xml_path_init(struct tt_xml_path *path)
{
    path->kind = TT_XML_PLAIN;
    path->depth = 0;
    path->key_len = 0;
    path->plist = NULL;
    path->levels[0].at = 0;
    path->levels[0].name_len = 0;
    path->levels[0].sibling_count = 0;
}

void tt_xml_path_free(struct tt_xml_path *path)
{
    if (path->plist != NULL)
        tt_json_path_free(path->plist);
    free(path->plist);
}

static bool is_name(struct tt_span name, const char *word)
{
    return tt_span_eq(name, tt_span_str(word));
}

static uint32_t hash_of(struct tt_span name)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ name.data[i]) * 16777619U;
    return hash;
}

/* How many of that name there were in the element, this one included. Of names that come when the
 * table is full, 1. */
static uint32_t count_sibling(struct tt_xml_level *parent, struct tt_span name)
{
    uint32_t hash = hash_of(name);
    for (size_t i = 0; i < parent->sibling_count; i++)
        if (parent->siblings[i].hash == hash)
            return ++parent->siblings[i].count;
    if (parent->sibling_count < TT_XML_SIBLINGS) {
        parent->siblings[parent->sibling_count].hash = hash;
        parent->siblings[parent->sibling_count++].count = 1;
    }
    return 1;
}

/* The document's element tells what it is. */
static bool settle_kind(struct tt_xml_path *path, struct tt_span name)
{
    if (tt_span_is(name, "html"))
        path->kind = TT_XML_HTML;
    if (!is_name(name, "plist"))
        return true;
    path->kind = TT_XML_PLIST;
    if (path->plist == NULL)
        path->plist = malloc(sizeof(*path->plist));
    else
        tt_json_path_free(path->plist);
    if (path->plist != NULL)
        tt_json_path_init(path->plist);
    return path->plist != NULL;
}

/* <dict> and <array> are the containers of property lists; they are no deeper than the elements. */
_Static_assert(TT_XML_DEPTH_MAX <= TT_JSON_DEPTH_MAX, "room for every element");

static void push_container(struct tt_json_path *plist, struct tt_span name, uint64_t at)
{
    bool object = is_name(name, "dict");
    if (!object && !is_name(name, "array"))
        return;
    plist->levels[plist->depth++] = (struct tt_json_level){.object = object, .at = at};
    tt_json_path_save(plist);
}

static void pop_container(struct tt_json_path *plist, struct tt_span name, struct tt_span key)
{
    if (plist->depth > 0 && (is_name(name, "dict") || is_name(name, "array")))
        plist->depth--;
    if (plist->depth == 0)
        return;
    struct tt_json_level *level = &plist->levels[plist->depth - 1];
    if (is_name(name, "key")) {
        tt_json_path_name(plist, key);
        tt_json_path_save(plist);
    } else {
        level->index++;
    }
}

bool tt_xml_path_push(struct tt_xml_path *path, struct tt_span name, uint64_t at)
{
    if (path->depth == TT_XML_DEPTH_MAX || (path->depth == 0 && !settle_kind(path, name)))
        return false;
    name = tt_span_sub(name, 0, TT_XML_NAME_MAX);
    uint32_t index = count_sibling(&path->levels[path->depth], name);
    struct tt_xml_level *level = &path->levels[++path->depth];
    level->at = at;
    level->index = index;
    level->sibling_count = 0;
    level->name_len = (uint8_t)name.len;
    if (name.len > 0)
        memcpy(level->name, name.data, name.len);
    path->key_len = 0;
    if (path->kind == TT_XML_PLIST)
        push_container(path->plist, name, at);
    return true;
}

void tt_xml_path_pop(struct tt_xml_path *path)
{
    if (path->kind == TT_XML_PLIST)
        pop_container(path->plist, tt_xml_path_name(path), tt_span_of(path->key, path->key_len));
    path->depth--;
}

void tt_xml_path_close(struct tt_xml_path *path, struct tt_span name)
{
    name = tt_span_sub(name, 0, TT_XML_NAME_MAX);
    bool html = path->kind == TT_XML_HTML;
    for (size_t depth = path->depth; depth > 0; depth--) {
        const struct tt_xml_level *level = &path->levels[depth];
        struct tt_span open = tt_span_of(level->name, level->name_len);
        if (!(html ? tt_span_ieq(open, name) : tt_span_eq(open, name)))
            continue;
        while (path->depth >= depth)
            tt_xml_path_pop(path);
        return;
    }
}

void tt_xml_path_key(struct tt_xml_path *path, struct tt_span text)
{
    if (path->kind != TT_XML_PLIST || !is_name(tt_xml_path_name(path), "key"))
        return;
    size_t room = sizeof(path->key) - path->key_len;
    size_t len = text.len < room ? text.len : room;
    if (len > 0)
        memcpy(path->key + path->key_len, text.data, len);
    path->key_len += len;
}

static void put_position(struct tt_step_text *text, uint32_t index)
{
    uint8_t digits[16];
    size_t at = sizeof(digits);
    digits[--at] = ']';
    for (; index > 0; index /= 10)
        digits[--at] = (uint8_t)('0' + index % 10);
    digits[--at] = '[';
    tt_step_put(text, tt_span_of(digits + at, sizeof(digits) - at));
}

void tt_xml_path_text(const struct tt_xml_path *path, struct tt_span attribute,
                      struct tt_step_text *text)
{
    if (path->kind == TT_XML_PLIST && attribute.len == 0) {
        const struct tt_json_path *plist = path->plist;
        if (plist->depth > 0 && is_name(tt_xml_path_name(path), "key"))
            tt_json_path_text(plist, "plist-key:", plist->depth - 1, text);
        else
            tt_json_path_text(plist, "plist:", plist->depth, text);
        return;
    }
    tt_step_start(text, path->kind == TT_XML_HTML ? "html:" : "xml:");
    for (size_t i = 1; i <= path->depth; i++) {
        const struct tt_xml_level *level = &path->levels[i];
        tt_step_put(text, tt_span_str("/"));
        tt_step_put(text, tt_span_of(level->name, level->name_len));
        if (level->index > 1)
            put_position(text, level->index);
    }
    if (path->depth == 0)
        tt_step_put(text, tt_span_str("/"));
    if (attribute.len == 0)
        return;
    tt_step_put(text, tt_span_str("/@"));
    tt_step_put(text, attribute);
}
