/* Inside content/: where an XML reader stands: the open elements, counted among their siblings. */
#ifndef TT_CONTENT_XML_PATH_H
#define TT_CONTENT_XML_PATH_H

#include "content/json_path.h"
#include "content/step.h"
#include "model/limits.h"

enum {
    TT_XML_NAME_MAX = 40, /* bytes of a name that are kept */
    TT_XML_SIBLINGS = 6   /* names of siblings that are counted in one element */
};

enum tt_xml_kind { TT_XML_PLAIN, TT_XML_HTML, TT_XML_PLIST };

struct tt_xml_level {
    uint64_t at; /* of the element in the body */
    uint32_t index;
    uint8_t name_len;
    uint8_t name[TT_XML_NAME_MAX];
    uint32_t sibling_count; /* of `siblings` in use */
    struct {
        uint32_t hash; /* of the name */
        uint32_t count;
    } siblings[TT_XML_SIBLINGS];
};

struct tt_xml_path {
    enum tt_xml_kind kind; /* known with the first element */
    size_t depth;
    size_t key_len;
    uint8_t key[TT_JSON_NAME_MAX]; /* of a property list: the text of <key> so far */
    struct tt_json_path *plist;    /* of a property list, else NULL */
    struct tt_xml_level levels[TT_XML_DEPTH_MAX + 1]; /* 0: the document */
};

void tt_xml_path_init(struct tt_xml_path *path);
void tt_xml_path_free(struct tt_xml_path *path);

/* An element begins at `at`. False over the cap, or without memory. */
bool tt_xml_path_push(struct tt_xml_path *path, struct tt_span name, uint64_t at);

/* The innermost element ends; there must be one. */
void tt_xml_path_pop(struct tt_xml_path *path);

/* An end tag: ends the innermost element of that name and what is open in it; nothing when there is
 * none. */
void tt_xml_path_close(struct tt_xml_path *path, struct tt_span name);

/* The name of the innermost element; empty outside of all. */
static inline struct tt_span tt_xml_path_name(const struct tt_xml_path *path)
{
    const struct tt_xml_level *level = &path->levels[path->depth];
    return tt_span_of(level->name, level->name_len);
}

/* Text of a <key>. */
void tt_xml_path_key(struct tt_xml_path *path, struct tt_span text);

/* Writes the path; `attribute` is empty outside of attributes. */
void tt_xml_path_text(const struct tt_xml_path *path, struct tt_span attribute,
                      struct tt_step_text *text);

#endif
