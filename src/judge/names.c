#include "judge/names.h"

#include "base/map.h"
#include "model/frame.h"
#include "model/limits.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1 };

static const uint32_t ALL_CAPTURES = UINT32_MAX;

struct entry {
    uint64_t at;      /* frame, or time in the list over all captures */
    const char *name; /* kept */
};

/* The names of one address or flow, ascending by where they hold. */
struct list {
    struct entry *entries;
    size_t count;
    size_t room;
};

/* Compared as bytes: padding is zero. */
struct key {
    uint64_t flow;
    uint32_t capture;
    uint8_t source;
    struct tt_addr addr;
};

struct tt_names {
    struct tt_texts *texts;
    struct tt_map *lists;
    size_t count;
};

struct tt_names *tt_names_new(struct tt_texts *texts)
{
    struct tt_names *names = calloc(1, sizeof(*names));
    if (names == NULL)
        return NULL;
    names->texts = texts;
    names->lists = tt_map_new(TT_NAMES_MAX);
    if (names->lists == NULL) {
        free(names);
        return NULL;
    }
    return names;
}

static void free_list(void *value)
{
    struct list *list = value;
    free(list->entries);
    free(list);
}

void tt_names_free(struct tt_names *names)
{
    if (names == NULL)
        return;
    tt_map_free(names->lists, free_list);
    free(names);
}

static bool is_of_flow(enum tt_name_source source)
{
    return source == TT_NAME_SNI || source == TT_NAME_CERTIFICATE;
}

static struct key flow_key(enum tt_name_source source, uint64_t flow)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    key.source = (uint8_t)source;
    key.flow = flow;
    return key;
}

static struct key addr_key(enum tt_name_source source, uint32_t capture, struct tt_addr addr)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    key.source = (uint8_t)source;
    key.capture = capture;
    key.addr = addr;
    return key;
}

static struct list *find(const struct tt_names *names, const struct key *key)
{
    return tt_map_get(names->lists, tt_span_of(key, sizeof(*key)));
}

/* The number of entries at `at` or before. */
static size_t count_until(const struct list *list, uint64_t at)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->entries[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum tt_err find_or_make(struct tt_names *names, const struct key *key,
                                struct list **ret_list)
{
    struct list *list = find(names, key);
    if (list != NULL) {
        *ret_list = list;
        return TT_OK;
    }
    list = calloc(1, sizeof(*list));
    if (list == NULL)
        return TT_ERR_MEMORY;
    enum tt_err result = tt_map_put(names->lists, tt_span_of(key, sizeof(*key)), list);
    if (result != TT_OK) {
        free(list);
        return result;
    }
    *ret_list = list;
    return TT_OK;
}

static enum tt_err insert(struct list *list, size_t at, struct entry entry)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? FIRST_ROOM : list->room * 2;
        struct entry *entries = realloc(list->entries, room * sizeof(*entries));
        if (entries == NULL)
            return TT_ERR_MEMORY;
        list->entries = entries;
        list->room = room;
    }
    memmove(list->entries + at + 1, list->entries + at, (list->count - at) * sizeof(entry));
    list->entries[at] = entry;
    list->count++;
    return TT_OK;
}

/* `*ret_new`: the list has grown. */
static enum tt_err add(struct tt_names *names, const struct key *key, uint64_t from,
                       const char *name, bool *ret_new)
{
    const struct list *known = find(names, key);
    size_t at = known == NULL ? 0 : count_until(known, from);
    *ret_new = false;
    if (known != NULL && is_of_flow(key->source))
        return TT_OK;
    /* The usual case: the same name is resolved again and again. */
    if (at > 0 && (known->entries[at - 1].at == from || known->entries[at - 1].name == name))
        return TT_OK;
    if (names->count >= TT_NAMES_MAX)
        return TT_ERR_LIMIT;
    struct list *list = NULL;
    enum tt_err result = find_or_make(names, key, &list);
    if (result == TT_OK)
        result = insert(list, at, (struct entry){.at = from, .name = name});
    *ret_new = result == TT_OK;
    return result;
}

enum tt_err tt_names_add(struct tt_names *names, const struct tt_name_record *record)
{
    bool of_flow = is_of_flow(record->source);
    const char *name = NULL;
    enum tt_err result = tt_texts_keep_host(names->texts, record->name, &name);
    if (result != TT_OK || name == NULL)
        return result;
    struct key key = of_flow
                         ? flow_key(record->source, record->flow)
                         : addr_key(record->source, tt_frame_capture(record->frame), record->addr);
    bool new = false;
    result = add(names, &key, record->frame, name, &new);
    names->count += new ? 1 : 0;
    if (result != TT_OK || of_flow)
        return result;
    key = addr_key(record->source, ALL_CAPTURES, record->addr);
    return add(names, &key, record->time, name, &new);
}

const char *tt_names_of_flow(const struct tt_names *names, enum tt_name_source source,
                             uint64_t flow)
{
    struct key key = flow_key(source, flow);
    const struct list *list = find(names, &key);
    return list == NULL || list->count == 0 ? NULL : list->entries[0].name;
}

static const char *name_at(const struct tt_names *names, const struct key *key, uint64_t at)
{
    const struct list *list = find(names, key);
    if (list == NULL || list->count == 0)
        return NULL;
    size_t count = count_until(list, at);
    if (count == 0)
        return key->source == TT_NAME_CAPTURE ? list->entries[0].name : NULL;
    return list->entries[count - 1].name;
}

const char *tt_names_of_addr(const struct tt_names *names, enum tt_name_source source,
                             struct tt_addr addr, uint64_t frame, uint64_t time)
{
    struct key key = addr_key(source, tt_frame_capture(frame), addr);
    const char *name = name_at(names, &key, frame);
    if (name != NULL)
        return name;
    key = addr_key(source, ALL_CAPTURES, addr);
    return name_at(names, &key, time);
}

bool tt_names_deny(const struct tt_names *names, struct tt_addr addr, const char *name)
{
    struct key key = addr_key(TT_NAME_DNS, ALL_CAPTURES, addr);
    const struct list *list = find(names, &key);
    if (list == NULL || list->count == 0)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].name, name) == 0)
            return false;
    return true;
}
