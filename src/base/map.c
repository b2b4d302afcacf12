#include "base/map.h"

#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

struct entry {
    uint64_t hash;
    uint8_t *key;
    size_t key_len;
    void *value;
};

/* Open addressing with linear probing: `slots` holds entry numbers plus one (0 is empty). */
struct tt_map {
    struct entry *entries;
    size_t count;
    size_t room;
    size_t max;
    uint32_t *slots;
    size_t slot_count; /* a power of two, at least twice `room` */
    uint64_t seed;
};

enum { FIRST_ROOM = 16 };

struct tt_map *tt_map_new(size_t max)
{
    struct tt_map *map = calloc(1, sizeof(*map));
    if (map == NULL)
        return NULL;
    map->max = max < UINT32_MAX / 4 ? max : UINT32_MAX / 4;
    if (getrandom(&map->seed, sizeof(map->seed), 0) != (ssize_t)sizeof(map->seed))
        map->seed = (uint64_t)(uintptr_t)map;
    return map;
}

void tt_map_free(struct tt_map *map, void (*free_value)(void *value))
{
    if (map == NULL)
        return;
    for (size_t i = 0; i < map->count; i++) {
        free(map->entries[i].key);
        if (free_value != NULL)
            free_value(map->entries[i].value);
    }
    free(map->entries);
    free(map->slots);
    free(map);
}

size_t tt_map_count(const struct tt_map *map)
{
    return map->count;
}

static size_t find_slot(const struct tt_map *map, uint64_t hash, struct tt_span key)
{
    size_t mask = map->slot_count - 1;
    size_t slot = (size_t)hash & mask;
    while (map->slots[slot] != 0) {
        const struct entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->hash == hash && tt_span_eq(tt_span_of(entry->key, entry->key_len), key))
            break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

static uint64_t hash_key(const struct tt_map *map, struct tt_span key)
{
    return XXH3_64bits_withSeed(key.data, key.len, map->seed);
}

void *tt_map_get(const struct tt_map *map, struct tt_span key)
{
    if (map->count == 0)
        return NULL;
    size_t slot = find_slot(map, hash_key(map, key), key);
    return map->slots[slot] == 0 ? NULL : map->entries[map->slots[slot] - 1].value;
}

static enum tt_err grow(struct tt_map *map)
{
    size_t room = map->room == 0 ? FIRST_ROOM : map->room * 2;
    struct entry *entries = realloc(map->entries, room * sizeof(*entries));
    if (entries == NULL)
        return TT_ERR_MEMORY;
    map->entries = entries;
    uint32_t *slots = calloc(room * 2, sizeof(*slots));
    if (slots == NULL)
        return TT_ERR_MEMORY;
    free(map->slots);
    map->slots = slots;
    map->slot_count = room * 2;
    map->room = room;
    for (size_t i = 0; i < map->count; i++) {
        const struct entry *entry = &map->entries[i];
        size_t slot = find_slot(map, entry->hash, tt_span_of(entry->key, entry->key_len));
        map->slots[slot] = (uint32_t)(i + 1);
    }
    return TT_OK;
}

enum tt_err tt_map_put(struct tt_map *map, struct tt_span key, void *value)
{
    if (map->count == map->room && map->count < map->max) {
        enum tt_err err = grow(map);
        if (err != TT_OK)
            return err;
    }
    if (map->slots == NULL)
        return TT_ERR_LIMIT; /* a map of no entries */
    uint64_t hash = hash_key(map, key);
    size_t slot = find_slot(map, hash, key);
    if (map->slots[slot] != 0) {
        map->entries[map->slots[slot] - 1].value = value;
        return TT_OK;
    }
    if (map->count == map->max)
        return TT_ERR_LIMIT;
    uint8_t *copy = malloc(key.len == 0 ? 1 : key.len);
    if (copy == NULL)
        return TT_ERR_MEMORY;
    if (key.len > 0)
        memcpy(copy, key.data, key.len);
    map->entries[map->count] =
        (struct entry){.hash = hash, .key = copy, .key_len = key.len, .value = value};
    map->slots[slot] = (uint32_t)++map->count;
    return TT_OK;
}

void *tt_map_at(const struct tt_map *map, size_t at, struct tt_span *ret_key)
{
    if (at >= map->count)
        return NULL;
    if (ret_key != NULL)
        *ret_key = tt_span_of(map->entries[at].key, map->entries[at].key_len);
    return map->entries[at].value;
}
