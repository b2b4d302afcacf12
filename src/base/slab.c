#include "base/slab.h"

#include <assert.h>
#include <sanitizer/asan_interface.h> /* says of idle objects what free() would; else nothing */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_ALIGN = 65536,
    /* What malloc writes before a block fits between it and the one before. */
    BLOCK_SIZE = BLOCK_ALIGN - 64
};

struct object {
    struct object *next;
};

/* Aligned to more than its size, so that an object leads to its block. */
struct tt_slab_block {
    struct tt_slab_block *next;
    struct tt_slab_block *before;
    struct object *idle; /* given back */
    uint32_t fresh;      /* objects at the end that were never taken */
    uint32_t used;
    struct object objects[];
};

struct tt_slab tt_slab_make(size_t size)
{
    const size_t align = sizeof(struct object);
    assert(size <= TT_SLAB_OBJECT_MAX);
    return (struct tt_slab){.size = size < align ? align : (size + align - 1) / align * align};
}

static void link_block(struct tt_slab_block **list, struct tt_slab_block *block)
{
    block->before = NULL;
    block->next = *list;
    if (*list != NULL)
        (*list)->before = block;
    *list = block;
}

static void unlink_block(struct tt_slab_block **list, struct tt_slab_block *block)
{
    if (block->before != NULL)
        block->before->next = block->next;
    else
        *list = block->next;
    if (block->next != NULL)
        block->next->before = block->before;
}

static bool is_full(const struct tt_slab_block *block)
{
    return block->idle == NULL && block->fresh == 0;
}

static size_t block_objects(const struct tt_slab *slab)
{
    return (BLOCK_SIZE - sizeof(struct tt_slab_block)) / slab->size;
}

static void *take_from(const struct tt_slab *slab, struct tt_slab_block *block)
{
    void *object = block->idle;
    if (object != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(object, slab->size);
        block->idle = block->idle->next;
    } else {
        object = (uint8_t *)block->objects + (block_objects(slab) - block->fresh--) * slab->size;
    }
    block->used++;
    return memset(object, 0, slab->size);
}

void *tt_slab_take(struct tt_slab *slab)
{
    struct tt_slab_block *block = slab->open;
    if (block == NULL) {
        void *memory = NULL;
        if (posix_memalign(&memory, BLOCK_ALIGN, BLOCK_SIZE) != 0)
            return NULL;
        block = memory;
        *block = (struct tt_slab_block){.fresh = (uint32_t)block_objects(slab)};
        link_block(&slab->open, block);
    }
    void *object = take_from(slab, block);
    if (is_full(block)) {
        unlink_block(&slab->open, block);
        link_block(&slab->close, block);
    }
    return object;
}

void tt_slab_give(struct tt_slab *slab, void *object)
{
    if (object == NULL)
        return;
    struct tt_slab_block *block =
        (struct tt_slab_block *)((uintptr_t)object & ~(uintptr_t)(BLOCK_ALIGN - 1));
    if (is_full(block)) {
        unlink_block(&slab->close, block);
        link_block(&slab->open, block);
    }
    struct object *idle = object;
    idle->next = block->idle;
    block->idle = idle;
    block->used--;
    ASAN_POISON_MEMORY_REGION(object, slab->size);
    /* The last block stays: objects come and go one at a time. */
    if (block->used == 0 && block->next != NULL) {
        unlink_block(&slab->open, block);
        free(block);
    }
}

static void free_blocks(struct tt_slab_block *block)
{
    while (block != NULL) {
        struct tt_slab_block *next = block->next;
        free(block);
        block = next;
    }
}

void tt_slab_free(struct tt_slab *slab)
{
    free_blocks(slab->open);
    free_blocks(slab->close);
    *slab = (struct tt_slab){.size = slab->size};
}
