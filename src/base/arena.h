/* An arena: many small allocations with one lifetime (run, flow, message, scratch), freed together.
 *
 * Never gives out more than its cap; over it, an allocation returns NULL as it does without memory.
 */
#ifndef TT_BASE_ARENA_H
#define TT_BASE_ARENA_H

#include "base/span.h"

struct tt_arena_block;

struct tt_arena {
    struct tt_arena_block *blocks; /* newest first */
    size_t used;                   /* bytes given out */
    size_t max;
};

static inline struct tt_arena tt_arena_make(size_t max)
{
    return (struct tt_arena){.max = max};
}

/* Zeroed, aligned for any type; NULL over the cap or without memory. */
void *tt_arena_alloc(struct tt_arena *arena, size_t size);

/* The same for bytes, one behind the other: texts, of which there are many small ones. */
void *tt_arena_bytes(struct tt_arena *arena, size_t size);

/* Gives back what the newest allocation does not need behind its first `kept` bytes: for writers
 * that know how much it was only when they are done. */
void tt_arena_trim(struct tt_arena *arena, const void *newest, size_t kept);

/* A terminated copy, aligned for bytes. */
char *tt_arena_dup(struct tt_arena *arena, struct tt_span text);
char *tt_arena_strdup(struct tt_arena *arena, const char *text);

void tt_arena_free(struct tt_arena *arena);

/* tt_arena_free for secrets: overwrites every block first. */
void tt_arena_wipe(struct tt_arena *arena);

#endif
