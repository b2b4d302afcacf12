#include "net/index.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

static void place(struct tt_index *index, uint64_t hash, void *item)
{
    size_t mask = index->slot_count - 1;
    size_t at = (size_t)hash & mask;
    while (index->slots[at].item != NULL)
        at = (at + 1) & mask;
    index->slots[at] = (struct tt_index_slot){.hash = hash, .item = item};
}

static enum tt_err grow(struct tt_index *index)
{
    struct tt_index bigger = {.slot_count =
                                  index->slot_count == 0 ? FIRST_SLOTS : index->slot_count * 2,
                              .count = index->count};
    bigger.slots = calloc(bigger.slot_count, sizeof(*bigger.slots));
    if (bigger.slots == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < index->slot_count; i++)
        if (index->slots[i].item != NULL)
            place(&bigger, index->slots[i].hash, index->slots[i].item);
    free(index->slots);
    *index = bigger;
    return TT_OK;
}

enum tt_err tt_index_add(struct tt_index *index, uint64_t hash, void *item)
{
    /* At most three quarters full: short walks, and a walk always ends. */
    if ((index->count + 1) * 4 > index->slot_count * 3) {
        enum tt_err err = grow(index);
        if (err != TT_OK)
            return err;
    }
    place(index, hash, item);
    index->count++;
    return TT_OK;
}

void tt_index_remove(struct tt_index *index, uint64_t hash, const void *item)
{
    size_t mask = index->slot_count - 1;
    size_t hole = (size_t)hash & mask;
    while (index->slots[hole].item != item)
        hole = (hole + 1) & mask;
    /* Moves back what a walk would no longer reach over the hole, so that no tombstones stay. */
    for (size_t at = (hole + 1) & mask; index->slots[at].item != NULL; at = (at + 1) & mask) {
        size_t home = (size_t)index->slots[at].hash & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            index->slots[hole] = index->slots[at];
            hole = at;
        }
    }
    index->slots[hole] = (struct tt_index_slot){.item = NULL};
    index->count--;
}

void tt_index_free(struct tt_index *index)
{
    free(index->slots);
    *index = (struct tt_index){.slots = NULL};
}
