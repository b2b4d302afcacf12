#include "content/bplist.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/reader.h"
#include "content/coding.h"
#include "content/json_path.h"
#include "content/place.h"
#include "content/utf16.h"
#include "model/limits.h"

/*
 *   "bplist00" | objects | offset table | trailer
 *
 *   trailer:  5 unused, sort version (1), size of an offset (1), size of a reference (1),
 *             number of objects (8), the top object (8), where the offset table is (8)
 *   object:   kind (4 bits), size (4 bits; 15: an integer object with the size follows), content
 */
static const char magic[] = "bplist00";

enum { TRAILER = 32, VALUE_MIN = 3, OUT_MAX = 4096 };

enum kind {
    KIND_INTEGER = 0x1, /* 1 << size bytes */
    KIND_REAL = 0x2,    /* 1 << size bytes */
    KIND_DATA = 0x4,
    KIND_ASCII = 0x5,
    KIND_UTF16 = 0x6,
    KIND_UTF8 = 0x7,
    KIND_ARRAY = 0xa,
    KIND_SET = 0xc,
    KIND_DICT = 0xd /* the references of all keys, then of all values */
};

struct object {
    uint8_t kind;
    size_t at;    /* of its content */
    size_t count; /* bytes, UTF-16 units, or elements */
};

/* How an object is reached: from where it was first seen. */
struct link {
    uint32_t parent;
    uint32_t key;   /* an object; of a dictionary's value */
    uint32_t index; /* of an array's element */
    uint32_t depth;
    bool seen;
};

struct bplist {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    bool too_long;
    uint64_t next;
    uint64_t frame;
    struct tt_buf bytes;
    /* Of the trailer. */
    size_t offset_size;
    size_t ref_size;
    size_t object_count;
    size_t top;
    size_t table_at;
    struct link *links;
    uint32_t *waiting; /* containers that have been reached and not read */
    size_t refs_left;  /* objects overlap only where someone means harm: then they are */
    size_t bytes_left; /* not read again and again */
    struct tt_step_text text;
    struct tt_json_path path;
    struct tt_outlet out;
    uint8_t room[OUT_MAX];
};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    (void)whole;
    return tt_span_starts(head, tt_span_str(magic));
}

/* ---- objects ---- */

static uint64_t read_uint(const struct bplist *plist, size_t at, size_t size)
{
    struct tt_reader reader = tt_reader_of(tt_span_sub(tt_buf_span(&plist->bytes), at, size));
    uint64_t value = tt_read_be(&reader, size);
    return reader.failed ? UINT64_MAX : value;
}

/* Sizes are at most what the buffer holds, so that no sum of them overflows. */
static bool read_count(const struct bplist *plist, struct object *object)
{
    if (object->count != 0xf)
        return true;
    uint64_t marker = read_uint(plist, object->at, 1);
    if (marker >> 4 != KIND_INTEGER || (marker & 0xf) > 3)
        return false;
    size_t size = (size_t)1 << (marker & 0xf);
    uint64_t count = read_uint(plist, object->at + 1, size);
    if (count > plist->bytes.len)
        return false;
    object->count = (size_t)count;
    object->at += 1 + size;
    return true;
}

/* The length of the content in bytes. */
static size_t content_len(const struct bplist *plist, const struct object *object)
{
    switch (object->kind) {
    case KIND_UTF16:
        return 2 * object->count;
    case KIND_ARRAY:
    case KIND_SET:
        return plist->ref_size * object->count;
    case KIND_DICT:
        return 2 * plist->ref_size * object->count;
    default:
        return object->count;
    }
}

/* Object number `number`. False when there is none, or it reaches beyond the objects. */
static bool read_object(const struct bplist *plist, size_t number, struct object *ret_object)
{
    if (number >= plist->object_count)
        return false;
    uint64_t at =
        read_uint(plist, plist->table_at + number * plist->offset_size, plist->offset_size);
    if (at < sizeof(magic) - 1 || at >= plist->table_at)
        return false;
    uint64_t marker = read_uint(plist, (size_t)at, 1);
    struct object object = {
        .kind = (uint8_t)(marker >> 4), .at = (size_t)at + 1, .count = marker & 0xf};
    if (object.kind == KIND_INTEGER || object.kind == KIND_REAL)
        object.count = object.count <= 4 ? (size_t)1 << object.count : 0;
    else if (!read_count(plist, &object))
        return false;
    if (object.at > plist->table_at || content_len(plist, &object) > plist->table_at - object.at)
        return false;
    *ret_object = object;
    return true;
}

static bool read_trailer(struct bplist *plist)
{
    size_t len = plist->bytes.len;
    if (len < sizeof(magic) - 1 + TRAILER)
        return false;
    struct tt_reader reader = tt_reader_of(tt_span_from(tt_buf_span(&plist->bytes), len - TRAILER));
    tt_read_skip(&reader, 6);
    plist->offset_size = tt_read_u8(&reader);
    plist->ref_size = tt_read_u8(&reader);
    uint64_t objects = tt_read_u64(&reader);
    uint64_t top = tt_read_u64(&reader);
    uint64_t table_at = tt_read_u64(&reader);
    if (plist->offset_size < 1 || plist->offset_size > 8 || plist->ref_size < 1 ||
        plist->ref_size > 8 || objects > TT_PLIST_OBJECTS_MAX || top >= objects ||
        table_at > len - TRAILER || objects * plist->offset_size > len - TRAILER - table_at)
        return false;
    plist->object_count = (size_t)objects;
    plist->top = (size_t)top;
    plist->table_at = (size_t)table_at;
    return true;
}

/* ---- the way to each object ---- */

static bool is_container(uint8_t kind)
{
    return kind == KIND_ARRAY || kind == KIND_SET || kind == KIND_DICT;
}

static void reach(struct bplist *plist, uint64_t number, struct link from, size_t *waiting_count)
{
    if (number >= plist->object_count || plist->links[number].seen)
        return;
    from.seen = true;
    plist->links[number] = from;
    struct object object;
    if (read_object(plist, (size_t)number, &object) && is_container(object.kind))
        plist->waiting[(*waiting_count)++] = (uint32_t)number;
}

static void read_container(struct bplist *plist, uint32_t number, size_t *waiting_count)
{
    struct object object;
    if (!read_object(plist, number, &object))
        return;
    size_t size = plist->ref_size;
    size_t values_at = object.at + (object.kind == KIND_DICT ? object.count * size : 0);
    for (size_t i = 0; i < object.count; i++) {
        if (plist->refs_left == 0)
            return;
        plist->refs_left--;
        struct link link = {
            .parent = number, .index = (uint32_t)i, .depth = plist->links[number].depth + 1};
        uint64_t key = object.kind == KIND_DICT ? read_uint(plist, object.at + i * size, size) : 0;
        if (key >= plist->object_count)
            continue;
        link.key = (uint32_t)key;
        reach(plist, read_uint(plist, values_at + i * size, size), link, waiting_count);
    }
}

/* Each object is read once, from where it was seen first: they may refer to each other in any
 * way. */
static void reach_all(struct bplist *plist)
{
    size_t waiting = 0;
    reach(plist, plist->top, (struct link){.parent = UINT32_MAX}, &waiting);
    while (waiting > 0 && plist->refs_left > 0)
        read_container(plist, plist->waiting[--waiting], &waiting);
}

static struct tt_span key_of(const struct bplist *plist, uint32_t number)
{
    struct object object;
    if (!read_object(plist, number, &object) ||
        (object.kind != KIND_ASCII && object.kind != KIND_UTF8))
        return tt_span_of(plist->bytes.data, 0);
    return tt_span_sub(tt_buf_span(&plist->bytes), object.at, object.count);
}

static void make_path(struct bplist *plist, uint32_t number)
{
    struct tt_json_path *path = &plist->path;
    path->depth = plist->links[number].depth;
    if (path->depth > TT_JSON_DEPTH_MAX)
        path->depth = 0;
    for (size_t i = path->depth; i > 0; i--) {
        const struct link *link = &plist->links[number];
        struct object parent;
        bool dict = read_object(plist, link->parent, &parent) && parent.kind == KIND_DICT;
        path->levels[i - 1] = (struct tt_json_level){.object = dict, .index = link->index};
        number = link->parent;
        if (!dict)
            continue;
        size_t depth_now = path->depth;
        path->depth = i;
        tt_json_path_name(path, key_of(plist, link->key));
        path->depth = depth_now;
    }
    tt_json_path_text(path, "plist:", path->depth, &plist->text);
}

/* ---- values ---- */

static void tell_utf16(struct bplist *plist, struct tt_span content, uint64_t at)
{
    struct tt_place_step step = {.step = plist->text.bytes, .at = at, .len = content.len};
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = tt_utf16_name(TT_UTF16_BIG), .at = at};
    (void)tt_outlet_open(&plist->out, &inner, &step, 1);
    tt_utf16_put(&plist->out, content, TT_UTF16_BIG, at);
    tt_outlet_close(&plist->out, TT_BODY_COMPLETE, at + content.len);
}

static void tell_value(struct bplist *plist, uint32_t number)
{
    struct object object;
    if (!plist->links[number].seen || !read_object(plist, number, &object))
        return;
    size_t len = content_len(plist, &object);
    switch (object.kind) {
    case KIND_INTEGER:
    case KIND_REAL:
    case KIND_DATA:
    case KIND_ASCII:
    case KIND_UTF16:
    case KIND_UTF8:
        break;
    default:
        return;
    }
    if (len < VALUE_MIN || len > plist->bytes_left)
        return;
    plist->bytes_left -= len;
    make_path(plist, number);
    struct tt_span content = tt_span_sub(tt_buf_span(&plist->bytes), object.at, len);
    if (object.kind == KIND_UTF16) {
        tell_utf16(plist, content, object.at);
        return;
    }
    struct tt_body inner = {
        .kind = TT_STEP_SLICE, .step = plist->text.bytes, .at = (uint64_t)object.at};
    (void)tt_outlet_open(&plist->out, &inner, NULL, 0);
    (void)tt_outlet_slice(&plist->out, content, object.at);
    tt_outlet_close(&plist->out, TT_BODY_COMPLETE, object.at + len);
}

static void tell_values(struct bplist *plist)
{
    if (plist->too_long || !read_trailer(plist))
        return;
    plist->links = calloc(plist->object_count, sizeof(*plist->links));
    plist->waiting = calloc(plist->object_count, sizeof(*plist->waiting));
    if (plist->links == NULL || plist->waiting == NULL)
        return;
    plist->refs_left = plist->bytes.len;
    plist->bytes_left = plist->bytes.len;
    reach_all(plist);
    tt_json_path_init(&plist->path);
    for (size_t i = 0; i < plist->object_count; i++)
        tell_value(plist, (uint32_t)i);
    tt_json_path_free(&plist->path);
}

/* ---- the decoder ---- */

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct bplist *plist = malloc(sizeof(*plist));
    if (plist == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    plist->body = body;
    plist->sink = sink;
    plist->too_long = false;
    plist->next = 0;
    plist->frame = 0;
    plist->bytes = tt_buf_make(TT_PLIST_BYTES_MAX);
    plist->links = NULL;
    plist->waiting = NULL;
    tt_outlet_init(&plist->out, sink, plist->room, sizeof(plist->room));
    return plist;
}

static void note_limit(struct bplist *plist)
{
    struct tt_note note = {.layer = "content",
                           .code = "content.plist.limit",
                           .flow = plist->body->flow,
                           .frame = plist->frame,
                           .offset = plist->next,
                           .text = "a binary property list is longer than the limit: places in it "
                                   "are not named, and its UTF-16 strings are not decoded"};
    tt_note_put(&plist->sink->notes, &note);
    plist->too_long = true;
    tt_buf_free(&plist->bytes);
    plist->bytes = tt_buf_make(0);
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    struct bplist *plist = state;
    struct tt_marks left = {.at = marks, .count = mark_count};
    struct tt_place_step step = {.step = "plist:$"};
    plist->frame = piece->origin.last_frame;
    if (!plist->too_long && tt_buf_append(&plist->bytes, piece->bytes) != TT_OK)
        note_limit(plist);
    plist->next = piece->at + piece->bytes.len;
    /* Each value is told by an inner body at the end: a hit in the bytes gives way to that. */
    tt_marks_answer(&left, plist->sink, plist->next, &step, 1, !plist->too_long);
    return piece->bytes.len;
}

static void close_state(void *state, enum tt_body_end end)
{
    struct bplist *plist = state;
    if (end != TT_BODY_BROKEN)
        tell_values(plist);
    free(plist->links);
    free(plist->waiting);
    tt_buf_free(&plist->bytes);
    free(plist);
}

const struct tt_decoder tt_decoder_bplist = {.name = "bplist",
                                             .title = "binary property list",
                                             .spec = "CFBinaryPList, format 00",
                                             .sort = TT_FORMAT,
                                             .claims = claims,
                                             .open = open_state,
                                             .feed = feed,
                                             .close = close_state};
