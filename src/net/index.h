/* Inside net/: an open-addressing table from 64-bit hashes to items that somebody else owns.
 *
 * The caller makes the hash with a random seed and compares the keys:
 *
 *     for (void *item = tt_index_find(index, hash, &at); item != NULL;
 *          item = tt_index_next(index, hash, &at))
 *         if (same(item, key))
 *             return item;
 */
#ifndef TT_NET_INDEX_H
#define TT_NET_INDEX_H

#include "base/err.h"

#include <stdint.h>

struct tt_index_slot {
    uint64_t hash;
    void *item; /* NULL: empty */
};

/* All zero is an empty table. */
struct tt_index {
    struct tt_index_slot *slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

/* The first item with this hash at or behind slot `*at`. */
static inline void *tt_index_scan(const struct tt_index *index, uint64_t hash, size_t *at)
{
    size_t mask = index->slot_count - 1;
    for (; index->slots[*at].item != NULL; *at = (*at + 1) & mask)
        if (index->slots[*at].hash == hash)
            return index->slots[*at].item;
    return NULL;
}

static inline void *tt_index_find(const struct tt_index *index, uint64_t hash, size_t *at)
{
    if (index->count == 0)
        return NULL;
    *at = (size_t)hash & (index->slot_count - 1);
    return tt_index_scan(index, hash, at);
}

static inline void *tt_index_next(const struct tt_index *index, uint64_t hash, size_t *at)
{
    *at = (*at + 1) & (index->slot_count - 1);
    return tt_index_scan(index, hash, at);
}

/* The item must not be in the table yet. */
TT_MUST_USE enum tt_err tt_index_add(struct tt_index *index, uint64_t hash, void *item);

/* The item must be in the table under this hash. */
void tt_index_remove(struct tt_index *index, uint64_t hash, const void *item);

/* Frees the slots, not the items. */
void tt_index_free(struct tt_index *index);

#endif
