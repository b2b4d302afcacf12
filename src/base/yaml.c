#include "base/yaml.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/utf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum {
    MASK_WIDTH = 3,        /* a masked value, whatever its length */
    SHOWN_WIDTH = 72,      /* columns of a line that an error shows */
    MESSAGE_MAX = 240,     /* bytes of an error's message */
    SMALL_MAP = 16,        /* keys up to which a duplicate is looked for one by one */
    SHOWN_KEY_MAX = 32,    /* longer keys of a secret document are masked */
    PART_MIN = 4,          /* a part of a key that is long enough to be meant for it */
    SUGGEST_WORD_MAX = 48, /* longer words get no suggestion */
};

/* A node and what only this file needs of it. */
struct item {
    struct tt_yaml_node node; /* first, so that a node pointer is an item pointer */
    struct item *last_child;
    struct item *next_made; /* all items, in the order of their start */
    unsigned end_line;
    unsigned end_column;
    bool is_key;
};

struct tt_yaml {
    struct tt_arena arena;
    struct tt_span text;
    struct tt_yaml_config config;
    struct item *root;
    struct item *first_made;
    struct item *last_made;
    size_t node_count;
};

/* ---- the message with line and caret ---- */

struct place {
    unsigned line;
    unsigned column;
};

static struct tt_span line_of(struct tt_span text, unsigned line)
{
    for (unsigned at = 1; at < line && text.len > 0; at++) {
        size_t end = tt_span_find(text, '\n');
        text = tt_span_from(text, end + 1);
    }
    text = tt_span_sub(text, 0, tt_span_find(text, '\n'));
    while (text.len > 0 && text.data[text.len - 1] == '\r')
        text.len--;
    return text;
}

/* A word that may be shown although the document is secret: it looks like a key of ours, not like a
 * value that slipped into a key's place. */
static bool key_may_be_shown(struct tt_span key)
{
    if (key.len == 0 || key.len > SHOWN_KEY_MAX || !tt_is_alpha(key.data[0]))
        return false;
    for (size_t i = 0; i < key.len; i++) {
        if (!tt_is_alpha(key.data[i]) && key.data[i] != '_' && key.data[i] != '-')
            return false;
    }
    return true;
}

enum zone { ZONE_SHOWN, ZONE_HIDDEN, ZONE_OUTSIDE };

static bool covers(const struct item *item, struct place at)
{
    bool begun =
        at.line > item->node.line || (at.line == item->node.line && at.column >= item->node.column);
    bool over =
        at.line > item->end_line || (at.line == item->end_line && at.column >= item->end_column);
    return begun && !over;
}

static enum zone zone_of(const struct tt_yaml *doc, struct place at)
{
    for (const struct item *item = doc->first_made; item != NULL; item = item->next_made) {
        if (item->node.kind != TT_YAML_SCALAR || !covers(item, at))
            continue;
        return item->is_key && key_may_be_shown(item->node.text) ? ZONE_SHOWN : ZONE_HIDDEN;
    }
    return ZONE_OUTSIDE;
}

/* The column behind the last thing of the line that was understood; what stands behind it may be
 * anything, a value too. */
static unsigned known_until(const struct tt_yaml *doc, unsigned line)
{
    unsigned known = 1;
    for (const struct item *item = doc->first_made; item != NULL; item = item->next_made) {
        unsigned end = 0;
        if (item->node.kind == TT_YAML_SCALAR && item->end_line == line)
            end = item->end_column;
        else if (item->node.line == line)
            end = item->node.column + 1;
        if (end > known)
            known = end;
    }
    return known;
}

/* One shown line under construction. */
struct excerpt {
    char text[SHOWN_WIDTH * 4 + 8];
    size_t len;
    unsigned width; /* columns in text */
    unsigned caret; /* column of the caret in text, from 0 */
    bool caret_set;
    bool masked; /* text ends with the mask */
};

static void show(struct excerpt *excerpt, const void *bytes, size_t len)
{
    memcpy(excerpt->text + excerpt->len, bytes, len);
    excerpt->len += len;
    excerpt->width++;
    excerpt->masked = false;
}

static void show_mask(struct excerpt *excerpt)
{
    if (excerpt->masked)
        return;
    for (int i = 0; i < MASK_WIDTH; i++)
        show(excerpt, "\u2022", strlen("\u2022"));
    excerpt->masked = true;
}

static void show_char(const struct tt_yaml *doc, struct excerpt *excerpt, struct place at,
                      struct tt_span bytes, unsigned known)
{
    bool printable = bytes.len > 1 || (bytes.data[0] >= 0x20 && bytes.data[0] < 0x7f);
    if (doc->config.secret) {
        enum zone zone = zone_of(doc, at);
        bool structure = bytes.len == 1 && strchr(" :{}[],-?\"'|>", bytes.data[0]) != NULL;
        bool blank = bytes.data[0] == ' ' && !excerpt->masked;
        if (zone == ZONE_HIDDEN ||
            (zone == ZONE_OUTSIDE && !blank && (!structure || at.column > known + 1))) {
            show_mask(excerpt);
            return;
        }
    }
    if (printable)
        show(excerpt, bytes.data, bytes.len);
    else
        show(excerpt, " ", 1);
}

/* The line around the place, at most SHOWN_WIDTH columns of it, values of secret documents masked.
 */
static void make_excerpt(const struct tt_yaml *doc, struct place place, struct excerpt *excerpt)
{
    struct tt_span line = line_of(doc->text, place.line);
    unsigned known = doc->config.secret ? known_until(doc, place.line) : 0;
    unsigned from = place.column > SHOWN_WIDTH - 8 ? place.column - (SHOWN_WIDTH - 8) : 1;
    struct place at = {.line = place.line, .column = 1};
    while (line.len > 0 && excerpt->width + MASK_WIDTH < SHOWN_WIDTH) {
        uint32_t code = 0;
        size_t len = 0;
        struct tt_span bytes = {.data = (const uint8_t *)"?", .len = 1};
        if (tt_utf8_read(line, &code, &len))
            bytes = tt_span_sub(line, 0, len);
        else
            len = 1;
        unsigned before = excerpt->width;
        if (at.column >= from)
            show_char(doc, excerpt, at, bytes, known);
        if (at.column == place.column) {
            /* Inside a mask the caret points at its start. */
            bool grew = excerpt->width > before;
            excerpt->caret = grew || before < MASK_WIDTH ? before : before - MASK_WIDTH;
            excerpt->caret_set = true;
        }
        line = tt_span_from(line, len);
        at.column++;
    }
    if (!excerpt->caret_set)
        excerpt->caret = excerpt->width;
}

static enum tt_err error_at(const struct tt_yaml *doc, struct place place, enum tt_err code,
                            struct tt_error *error, const char *message)
{
    struct excerpt excerpt = {.len = 0};
    make_excerpt(doc, place, &excerpt);
    char head[sizeof(error->text)];
    int head_len = snprintf(head, sizeof(head), "%s:%u:%u: %s", doc->config.name, place.line,
                            place.column, message);
    /* "\n  " twice, the caret and the terminator. */
    size_t rest = excerpt.len + excerpt.caret + 3 + 3 + 2;
    if (head_len < 0 || excerpt.len == 0 || (size_t)head_len + rest > sizeof(error->text))
        return tt_error_set(error, code, "%s", head);
    return tt_error_set(error, code, "%s\n  %.*s\n  %*s^", head, (int)excerpt.len, excerpt.text,
                        (int)excerpt.caret, "");
}

static enum tt_err node_error(const struct tt_yaml *doc, const struct tt_yaml_node *node,
                              struct tt_error *error, const char *message)
{
    struct place place = {.line = node->line, .column = node->column};
    return error_at(doc, place, TT_ERR_FORMAT, error, message);
}

enum tt_err tt_yaml_error(const struct tt_yaml *doc, const struct tt_yaml_node *node,
                          struct tt_error *error, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return node_error(doc, node, error, message);
}

/* ---- building the tree ---- */

/* What is open while the events of libyaml arrive. */
struct level {
    struct item *container;
    struct item *key; /* map: waits for its value */
};

struct builder {
    struct tt_yaml *doc;
    struct level *levels; /* depth_max + 1 */
    unsigned depth;       /* levels in use */
    struct tt_error *error;
};

static struct place place_of(yaml_mark_t mark)
{
    return (struct place){.line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
}

static enum tt_err no_memory(const struct builder *builder)
{
    return tt_error_set(builder->error, TT_ERR_MEMORY, "%s: no memory to read it",
                        builder->doc->config.name);
}

static enum tt_err new_item(struct builder *builder, const yaml_event_t *event,
                            enum tt_yaml_kind kind, struct item **ret_item)
{
    struct tt_yaml *doc = builder->doc;
    struct place place = place_of(event->start_mark);
    if (doc->node_count >= doc->config.nodes_max)
        return error_at(doc, place, TT_ERR_LIMIT, builder->error, "too many entries");
    struct item *item = tt_arena_alloc(&doc->arena, sizeof(*item));
    if (item == NULL)
        return no_memory(builder);
    item->node.kind = kind;
    item->node.line = place.line;
    item->node.column = place.column;
    item->end_line = place_of(event->end_mark).line;
    item->end_column = place_of(event->end_mark).column;
    if (doc->last_made == NULL)
        doc->first_made = item;
    else
        doc->last_made->next_made = item;
    doc->last_made = item;
    doc->node_count++;
    *ret_item = item;
    return TT_OK;
}

/* Hangs a finished scalar, or a container that opens, into the tree. */
static enum tt_err attach(struct builder *builder, struct item *item)
{
    if (builder->depth == 0) {
        builder->doc->root = item;
        return TT_OK;
    }
    struct level *level = &builder->levels[builder->depth - 1];
    struct item *parent = level->container;
    if (parent->node.kind == TT_YAML_MAP && level->key == NULL) {
        if (item->node.kind != TT_YAML_SCALAR)
            return node_error(builder->doc, &item->node, builder->error, "a key must be a word");
        item->is_key = true;
        level->key = item;
        return TT_OK;
    }
    if (parent->node.kind == TT_YAML_MAP) {
        item->node.key = &level->key->node;
        level->key = NULL;
    }
    item->node.index = parent->node.count++;
    if (parent->last_child == NULL)
        parent->node.first = &item->node;
    else
        parent->last_child->node.next = &item->node;
    parent->last_child = item;
    return TT_OK;
}

static enum tt_err check_tag(struct builder *builder, const yaml_event_t *event,
                             const yaml_char_t *tag)
{
    if (tag == NULL || strcmp((const char *)tag, "!") == 0 ||
        strcmp((const char *)tag, YAML_STR_TAG) == 0)
        return TT_OK;
    return error_at(builder->doc, place_of(event->start_mark), TT_ERR_FORMAT, builder->error,
                    "tags are not used here: write the value alone");
}

static enum tt_err on_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct tt_yaml *doc = builder->doc;
    struct item *item = NULL;
    enum tt_err result = check_tag(builder, event, event->data.scalar.tag);
    if (result == TT_OK)
        result = new_item(builder, event, TT_YAML_SCALAR, &item);
    if (result != TT_OK)
        return result;
    struct tt_span value = {.data = event->data.scalar.value, .len = event->data.scalar.length};
    item->node.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    item->node.text.data = (const uint8_t *)tt_arena_dup(&doc->arena, value);
    item->node.text.len = value.len;
    if (item->node.text.data == NULL)
        return no_memory(builder);
    if (tt_span_find(value, 0) < value.len)
        return node_error(doc, &item->node, builder->error, "a NUL character is not allowed");
    return attach(builder, item);
}

static enum tt_err on_open(struct builder *builder, const yaml_event_t *event,
                           enum tt_yaml_kind kind, const yaml_char_t *tag)
{
    struct item *item = NULL;
    enum tt_err result = check_tag(builder, event, tag);
    if (result == TT_OK && builder->depth >= builder->doc->config.depth_max)
        result = error_at(builder->doc, place_of(event->start_mark), TT_ERR_LIMIT, builder->error,
                          "too many levels inside each other");
    if (result == TT_OK)
        result = new_item(builder, event, kind, &item);
    if (result == TT_OK)
        result = attach(builder, item);
    if (result == TT_OK)
        builder->levels[builder->depth++] = (struct level){.container = item};
    return result;
}

static enum tt_err duplicate(const struct builder *builder, const struct tt_yaml_node *key,
                             unsigned first_line)
{
    char message[MESSAGE_MAX];
    bool named = !builder->doc->config.secret || key_may_be_shown(key->text);
    (void)snprintf(message, sizeof(message), "the key %s%.*s%sstands twice (first in line %u)",
                   named ? "\"" : "", named ? (int)(key->text.len < 64 ? key->text.len : 64) : 0,
                   (const char *)key->text.data, named ? "\" " : "", first_line);
    return node_error(builder->doc, key, builder->error, message);
}

static enum tt_err find_duplicate_large(const struct builder *builder,
                                        const struct tt_yaml_node *map)
{
    struct tt_map *seen = tt_map_new(map->count);
    enum tt_err result = seen == NULL ? no_memory(builder) : TT_OK;
    for (const struct tt_yaml_node *child = map->first; result == TT_OK && child != NULL;
         child = child->next) {
        const struct tt_yaml_node *const *earlier = tt_map_get(seen, child->key->text);
        if (earlier != NULL) {
            result = duplicate(builder, child->key, (*earlier)->line);
            break;
        }
        /* The map wants a mutable value; a child's place that holds its key is one to point at. */
        const struct item *item = (const struct item *)(const void *)child;
        union {
            const void *in;
            void *out;
        } value = {.in = &item->node.key};
        result = tt_map_put(seen, child->key->text, value.out);
        if (result != TT_OK)
            (void)no_memory(builder);
    }
    tt_map_free(seen, NULL);
    return result;
}

static enum tt_err find_duplicate(const struct builder *builder, const struct tt_yaml_node *map)
{
    if (map->kind != TT_YAML_MAP)
        return TT_OK;
    if (map->count > SMALL_MAP)
        return find_duplicate_large(builder, map);
    for (const struct tt_yaml_node *a = map->first; a != NULL; a = a->next) {
        for (const struct tt_yaml_node *b = a->next; b != NULL; b = b->next) {
            if (tt_span_eq(a->key->text, b->key->text))
                return duplicate(builder, b->key, a->key->line);
        }
    }
    return TT_OK;
}

static enum tt_err on_close(struct builder *builder, const yaml_event_t *event)
{
    struct item *item = builder->levels[--builder->depth].container;
    item->end_line = place_of(event->end_mark).line;
    item->end_column = place_of(event->end_mark).column;
    return find_duplicate(builder, &item->node);
}

static enum tt_err on_event(struct builder *builder, const yaml_event_t *event)
{
    struct place place = place_of(event->start_mark);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(builder, event);
    case YAML_MAPPING_START_EVENT:
        return on_open(builder, event, TT_YAML_MAP, event->data.mapping_start.tag);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(builder, event, TT_YAML_SEQUENCE, event->data.sequence_start.tag);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return on_close(builder, event);
    case YAML_ALIAS_EVENT:
        return error_at(builder->doc, place, TT_ERR_FORMAT, builder->error,
                        "aliases (*) are not used here: write the value out");
    case YAML_DOCUMENT_START_EVENT:
        if (builder->doc->root != NULL)
            return error_at(builder->doc, place, TT_ERR_FORMAT, builder->error,
                            "a second document begins here; one is expected");
        return TT_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return TT_OK;
    }
    return TT_OK;
}

/* Line and column of a byte offset. */
static struct place place_at(struct tt_span text, size_t offset)
{
    struct place place = {.line = 1, .column = 1};
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n')
            place = (struct place){.line = place.line + 1, .column = 1};
        else if ((text.data[i] & 0xc0U) != 0x80)
            place.column++;
    }
    return place;
}

static enum tt_err parser_error(struct builder *builder, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return no_memory(builder);
    struct place place = parser->error == YAML_READER_ERROR
                             ? place_at(builder->doc->text, parser->problem_offset)
                             : place_of(parser->problem_mark);
    /* For a quote or bracket that nobody closed, where it was opened says more than the end. */
    if (parser->context != NULL && parser->problem != NULL && parser->context_mark.line > 0 &&
        strstr(parser->problem, "end of stream") != NULL)
        place = place_of(parser->context_mark);
    char message[MESSAGE_MAX];
    (void)snprintf(message, sizeof(message), "not valid YAML: %s%s%s",
                   parser->context != NULL ? parser->context : "",
                   parser->context != NULL ? ": " : "",
                   parser->problem != NULL ? parser->problem : "syntax error");
    return error_at(builder->doc, place, TT_ERR_FORMAT, builder->error, message);
}

static enum tt_err read_events(struct builder *builder, yaml_parser_t *parser)
{
    enum tt_err result = TT_OK;
    bool more = true;
    while (result == TT_OK && more) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0)
            return parser_error(builder, parser);
        more = event.type != YAML_STREAM_END_EVENT;
        result = on_event(builder, &event);
        if (builder->doc->config.secret && event.type == YAML_SCALAR_EVENT)
            tt_wipe(event.data.scalar.value, event.data.scalar.length);
        yaml_event_delete(&event);
    }
    return result;
}

static void delete_parser(yaml_parser_t *parser, bool secret)
{
    if (secret) {
        tt_wipe(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
        tt_wipe(parser->raw_buffer.start,
                (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
    }
    yaml_parser_delete(parser);
}

static enum tt_err check_utf8(const struct tt_yaml *doc, struct tt_error *error)
{
    struct tt_span rest = doc->text;
    while (rest.len > 0) {
        uint32_t code = 0;
        size_t len = 1;
        /* As most files are: ASCII from end to end. */
        if (rest.data[0] < 0x80) {
            rest = tt_span_from(rest, 1);
            continue;
        }
        if (!tt_utf8_read(rest, &code, &len))
            return error_at(doc, place_at(doc->text, doc->text.len - rest.len), TT_ERR_FORMAT,
                            error, "not UTF-8: save the file with that encoding");
        rest = tt_span_from(rest, len);
    }
    return TT_OK;
}

static enum tt_err build(struct tt_yaml *doc, struct tt_error *error)
{
    struct builder builder = {.doc = doc, .error = error};
    builder.levels =
        tt_arena_alloc(&doc->arena, ((size_t)doc->config.depth_max + 1) * sizeof(struct level));
    yaml_parser_t parser;
    if (builder.levels == NULL || yaml_parser_initialize(&parser) == 0)
        return no_memory(&builder);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, doc->text.data, doc->text.len);
    enum tt_err result = read_events(&builder, &parser);
    delete_parser(&parser, doc->config.secret);
    if (result == TT_OK && doc->root == NULL)
        result = tt_error_set(error, TT_ERR_FORMAT, "%s: the file is empty", doc->config.name);
    return result;
}

/* Some editors begin a file with a byte order mark (YAML 1.2, section 5.2). */
static struct tt_span without_mark(struct tt_span text)
{
    struct tt_span mark = tt_span_str("\xef\xbb\xbf");
    bool marked = tt_span_eq(tt_span_sub(text, 0, mark.len), mark);
    return marked ? tt_span_from(text, mark.len) : text;
}

enum tt_err tt_yaml_parse(struct tt_span text, const struct tt_yaml_config *config,
                          struct tt_yaml **ret_doc, struct tt_error *error)
{
    struct tt_yaml *doc = calloc(1, sizeof(*doc));
    if (doc == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "%s: no memory to read it", config->name);
    /* nodes_max and the length of the text bound it already. */
    doc->arena = tt_arena_make(SIZE_MAX);
    doc->text = without_mark(text.data == NULL ? tt_span_str("") : text);
    doc->config = *config;
    enum tt_err result = check_utf8(doc, error);
    if (result == TT_OK)
        result = build(doc, error);
    if (result != TT_OK) {
        tt_yaml_free(doc);
        return result;
    }
    *ret_doc = doc;
    return TT_OK;
}

void tt_yaml_free(struct tt_yaml *doc)
{
    if (doc == NULL)
        return;
    if (doc->config.secret)
        tt_arena_wipe(&doc->arena);
    else
        tt_arena_free(&doc->arena);
    free(doc);
}

/* ---- reading the tree ---- */

const struct tt_yaml_node *tt_yaml_root(const struct tt_yaml *doc)
{
    return &doc->root->node;
}

const struct tt_yaml_node *tt_yaml_get(const struct tt_yaml_node *map, const char *key)
{
    if (map == NULL || map->kind != TT_YAML_MAP)
        return NULL;
    for (const struct tt_yaml_node *child = map->first; child != NULL; child = child->next) {
        if (tt_span_eq(child->key->text, tt_span_str(key)))
            return child;
    }
    return NULL;
}

const char *tt_yaml_text(const struct tt_yaml_node *node)
{
    return node->kind == TT_YAML_SCALAR ? (const char *)node->text.data : "";
}

bool tt_yaml_is_empty(const struct tt_yaml_node *node)
{
    if (node->kind != TT_YAML_SCALAR || node->quoted)
        return false;
    return node->text.len == 0 || tt_span_eq(node->text, tt_span_str("~")) ||
           tt_span_eq(node->text, tt_span_str("null"));
}

enum tt_err tt_yaml_expect(const struct tt_yaml *doc, const struct tt_yaml_node *node,
                           enum tt_yaml_kind kind, struct tt_error *error)
{
    static const char *const names[] = {
        [TT_YAML_SCALAR] = "a single value",
        [TT_YAML_MAP] = "a map (\"key: value\" lines)",
        [TT_YAML_SEQUENCE] = "a list (\"- value\" lines, or [value, value])",
    };
    if (node->kind == kind && !tt_yaml_is_empty(node))
        return TT_OK;
    bool empty = tt_yaml_is_empty(node) && node->key != NULL;
    return tt_yaml_error(doc, empty ? node->key : node, error, "expected %s%s", names[kind],
                         tt_yaml_is_empty(node) ? ", found nothing" : "");
}

/* Edits (insert, delete, replace, swap of neighbours) that make `a` of `b`, letter case ignored. */
static size_t edit_distance(struct tt_span a, struct tt_span b)
{
    size_t rows[3][SUGGEST_WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = rows[1][j] = j;
    size_t *older = rows[2];
    size_t *above = rows[0];
    size_t *row = rows[1];
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = tt_lower(a.data[i - 1]) == tt_lower(b.data[j - 1]);
            size_t best = above[j - 1] + (same ? 0 : 1);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1])
                best = older[j - 2] + 1 < best ? older[j - 2] + 1 : best;
            row[j] = best;
        }
        size_t *spare = older;
        older = above;
        above = row;
        row = spare;
    }
    return above[b.len];
}

/* How far a word is from a known one: 1 when it is a part of it ("number", "phone_number"). */
static size_t distance_of(struct tt_span word, struct tt_span known)
{
    if (word.len >= PART_MIN && tt_span_search(known, word) != SIZE_MAX)
        return 1;
    return edit_distance(word, known);
}

const char *tt_yaml_suggest(struct tt_span word, const char *const *known, size_t known_count)
{
    if (word.len > SUGGEST_WORD_MAX)
        return NULL;
    const char *best = NULL;
    size_t best_distance = word.len / 4 + 2;
    for (size_t i = 0; i < known_count; i++) {
        struct tt_span candidate = tt_span_str(known[i]);
        if (candidate.len > SUGGEST_WORD_MAX)
            continue;
        size_t distance = distance_of(word, candidate);
        /* A word of which nothing stays is no typing error. */
        if (distance < best_distance && distance < candidate.len) {
            best = known[i];
            best_distance = distance;
        }
    }
    return best;
}

static bool is_known(struct tt_span word, const char *const *known, size_t known_count)
{
    for (size_t i = 0; i < known_count; i++) {
        if (tt_span_eq(word, tt_span_str(known[i])))
            return true;
    }
    return false;
}

static enum tt_err unknown_key(const struct tt_yaml *doc, const struct tt_yaml_node *key,
                               const char *const *known, size_t known_count, struct tt_error *error)
{
    if (doc->config.secret && !key_may_be_shown(key->text))
        return tt_yaml_error(doc, key, error, "this key is not known here");
    const char *suggestion = tt_yaml_suggest(key->text, known, known_count);
    int len = (int)(key->text.len < 64 ? key->text.len : 64);
    if (suggestion == NULL)
        return tt_yaml_error(doc, key, error, "unknown key \"%.*s\"", len,
                             (const char *)key->text.data);
    return tt_yaml_error(doc, key, error, "unknown key \"%.*s\"; did you mean \"%s\"?", len,
                         (const char *)key->text.data, suggestion);
}

enum tt_err tt_yaml_check_keys(const struct tt_yaml *doc, const struct tt_yaml_node *map,
                               const char *const *known, size_t known_count, struct tt_error *error)
{
    if (map->kind != TT_YAML_MAP)
        return tt_yaml_expect(doc, map, TT_YAML_MAP, error);
    for (const struct tt_yaml_node *child = map->first; child != NULL; child = child->next) {
        if (!is_known(child->key->text, known, known_count))
            return unknown_key(doc, child->key, known, known_count, error);
    }
    return TT_OK;
}
