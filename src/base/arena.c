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

/* Bytes at an offset that `align` (a power of two) divides. */
static void *take(struct tt_arena *arena, size_t size, size_t align)
{
    if (size > arena->max || size > SIZE_MAX - align)
        return NULL;
    struct tt_arena_block *block = arena->blocks;
    size_t pad = block == NULL ? 0 : (align - block->used % align) % align;
    if (block == NULL || pad > block->size - block->used ||
        size > block->size - block->used - pad) {
        pad = 0;
        block = NULL;
    }
    if (size > arena->max - arena->used || pad > arena->max - arena->used - size)
        return NULL;
    if (block == NULL) {
        block = add_block(arena, size);
        if (block == NULL)
            return NULL;
    }
    void *memory = block->bytes + block->used + pad;
    block->used += pad + size;
    arena->used += pad + size;
    memset(memory, 0, size);
    return memory;
}

void *tt_arena_alloc(struct tt_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    return size > SIZE_MAX - align ? NULL : take(arena, (size + align - 1) / align * align, align);
}

void *tt_arena_bytes(struct tt_arena *arena, size_t size)
{
    return take(arena, size, 1);
}

void tt_arena_trim(struct tt_arena *arena, const void *newest, size_t kept)
{
    struct tt_arena_block *block = arena->blocks;
    size_t end = (size_t)((const uint8_t *)newest - block->bytes) + kept;
    arena->used -= block->used - end;
    block->used = end;
}

char *tt_arena_dup(struct tt_arena *arena, struct tt_span text)
{
    if (text.len == SIZE_MAX)
        return NULL;
    char *copy = tt_arena_bytes(arena, text.len + 1);
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
