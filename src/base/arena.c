#include "base/arena.h"

#include "base/secret.h"

#include <stdalign.h>
#include <stdlib.h>

struct tt_arena_block {
    struct tt_arena_block *next;
    size_t size; /* of bytes */
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

enum { BLOCK_SIZE = 4096 - 64 };

static struct tt_arena_block *add_block(struct tt_arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    if (room > SIZE_MAX - sizeof(struct tt_arena_block))
        return NULL;
    struct tt_arena_block *block = malloc(sizeof(*block) + room);
    if (block == NULL)
        return NULL;
    block->next = arena->blocks;
    block->size = room;
    block->used = 0;
    arena->blocks = block;
    return block;
}

void *tt_arena_alloc(struct tt_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > arena->max || size > SIZE_MAX - align)
        return NULL;
    size = (size + align - 1) / align * align;
    if (size > arena->max - arena->used)
        return NULL;
    struct tt_arena_block *block = arena->blocks;
    if (block == NULL || size > block->size - block->used) {
        block = add_block(arena, size);
        if (block == NULL)
            return NULL;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    memset(memory, 0, size);
    return memory;
}

char *tt_arena_dup(struct tt_arena *arena, struct tt_span text)
{
    if (text.len == SIZE_MAX)
        return NULL;
    char *copy = tt_arena_alloc(arena, text.len + 1);
    if (copy != NULL && text.len > 0)
        memcpy(copy, text.data, text.len);
    return copy;
}

char *tt_arena_strdup(struct tt_arena *arena, const char *text)
{
    return tt_arena_dup(arena, tt_span_str(text));
}

static void release(struct tt_arena *arena, bool wipe)
{
    while (arena->blocks != NULL) {
        struct tt_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        if (wipe)
            tt_wipe(block->bytes, block->size);
        free(block);
    }
    arena->used = 0;
}

void tt_arena_free(struct tt_arena *arena)
{
    if (arena != NULL)
        release(arena, false);
}

void tt_arena_wipe(struct tt_arena *arena)
{
    if (arena != NULL)
        release(arena, true);
}
