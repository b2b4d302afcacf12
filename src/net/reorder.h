/* Inside net/: the reorder buffer. Holds pieces of a stream that arrived before what precedes them,
 * by their place, until they are next. Knows no protocol: TCP segments, IP fragments and fragments
 * of SCTP messages use it.
 *
 * Policy for pieces that overlap: the first copy of a byte wins. Bytes of a later copy are counted
 * as repeated, and a conflict is told when they differ. So the pieces held never overlap.
 *
 * What all buffers of one pool hold together is capped by the pool; the memory around the bytes
 * counts as well, so that tiny pieces cannot get around the cap. */
#ifndef TT_NET_REORDER_H
#define TT_NET_REORDER_H

#include "base/err.h"
#include "model/chunk.h"

struct tt_reorder_piece {
    uint64_t at;          /* place of its first byte */
    struct tt_span bytes; /* of the buffer */
    uint64_t first_frame;
    uint64_t last_frame;
    uint64_t time;
    uint64_t heard;   /* see struct tt_chunk */
    uint32_t missing; /* bytes behind it that are known not to be in the capture */
    /* What brought which bytes, where they came in fragments; not kept of what is held. */
    uint32_t part_count;
    const struct tt_chunk_part *parts;
};

struct tt_reorder;

/* All zero but for `max` is an empty pool. */
struct tt_reorder_pool {
    size_t used; /* bytes held, with the memory around them */
    size_t max;
    struct tt_reorder *oldest; /* who has been holding something for the longest time */
    struct tt_reorder *newest;
};

/* Read by anyone, written by reorder.c. */
struct tt_reorder {
    struct tt_reorder_pool *pool;
    struct tt_reorder *older;
    struct tt_reorder *newer;
    void *owner; /* the caller's */
    unsigned side;
    size_t bytes; /* held */
    size_t first; /* pieces[first] to pieces[end - 1], in the order of their places */
    size_t end;
    size_t room;
    struct tt_reorder_piece *pieces;
};

/* NULL without memory. */
struct tt_reorder *tt_reorder_new(struct tt_reorder_pool *pool, void *owner, unsigned side);

/* Frees the buffer and what it holds. Takes NULL. */
void tt_reorder_free(struct tt_reorder *reorder);

static inline size_t tt_reorder_count(const struct tt_reorder *reorder)
{
    return reorder->end - reorder->first;
}

/* What `len` more bytes in one piece would take from the pool. */
size_t tt_reorder_cost(size_t len);

struct tt_reorder_result {
    size_t stored;
    size_t repeated;
    bool conflict; /* some repeated bytes differ */
};

/* Copies what is not held yet of `piece`. Caps are the caller's to look at before: `pool->used` and
 * tt_reorder_cost, `bytes`, tt_reorder_count. TT_ERR_MEMORY: a part may be held, the rest is not.
 */
TT_MUST_USE enum tt_err tt_reorder_put(struct tt_reorder *reorder,
                                       const struct tt_reorder_piece *piece,
                                       struct tt_reorder_result *ret_result);

/* The piece with the lowest place, NULL when nothing is held; borrowed until the next call. */
const struct tt_reorder_piece *tt_reorder_first(const struct tt_reorder *reorder);

/* Forgets the first piece; there must be one. */
void tt_reorder_pop(struct tt_reorder *reorder);

/* The index of the first piece that ends behind the place `at`, or `end`. */
size_t tt_reorder_search(const struct tt_reorder *reorder, uint64_t at);

/* Forgets the pieces with the indices `from` to `to` - 1, which must be held. Indices before `from`
 * stay as they are, unless nothing is left. */
void tt_reorder_remove(struct tt_reorder *reorder, size_t from, size_t to);

#endif
