/* Very many objects of one size: cut from blocks of 64 KiB, so that nothing is spent around each.
 *
 * Objects that are given back are used again; a block of which all are given back is freed. */
#ifndef TT_BASE_SLAB_H
#define TT_BASE_SLAB_H

#include <stddef.h>

enum { TT_SLAB_OBJECT_MAX = 4096 };

struct tt_slab_block;

struct tt_slab {
    size_t size;                 /* of an object, aligned as a pointer */
    struct tt_slab_block *open;  /* blocks with room, the one to take from first */
    struct tt_slab_block *close; /* blocks without */
};

/* `size` of objects that need no more than the alignment of a pointer; at most TT_SLAB_OBJECT_MAX.
 * Allocates nothing. */
struct tt_slab tt_slab_make(size_t size);

/* Zeroed. NULL without memory. */
void *tt_slab_take(struct tt_slab *slab);

/* `object` was taken from this slab. Takes NULL. */
void tt_slab_give(struct tt_slab *slab, void *object);

/* Frees all objects, whether given back or not. */
void tt_slab_free(struct tt_slab *slab);

#endif
