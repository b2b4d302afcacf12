#include "net/reorder.h"

#include <stdlib.h>

enum {
    FIRST_ROOM = 2,      /* most holes are short */
    ALLOCATION_COST = 32 /* about what malloc adds, and the slack of the growing array */
};

struct tt_reorder *tt_reorder_new(struct tt_reorder_pool *pool, void *owner, unsigned side)
{
    struct tt_reorder *reorder = calloc(1, sizeof(*reorder));
    if (reorder == NULL)
        return NULL;
    reorder->pool = pool;
    reorder->owner = owner;
    reorder->side = side;
    reorder->older = pool->newest;
    if (pool->newest != NULL)
        pool->newest->newer = reorder;
    else
        pool->oldest = reorder;
    pool->newest = reorder;
    pool->used += sizeof(*reorder) + FIRST_ROOM * sizeof(*reorder->pieces);
    return reorder;
}

void tt_reorder_free(struct tt_reorder *reorder)
{
    if (reorder == NULL)
        return;
    while (tt_reorder_count(reorder) > 0)
        tt_reorder_pop(reorder);
    struct tt_reorder_pool *pool = reorder->pool;
    if (reorder->older != NULL)
        reorder->older->newer = reorder->newer;
    else
        pool->oldest = reorder->newer;
    if (reorder->newer != NULL)
        reorder->newer->older = reorder->older;
    else
        pool->newest = reorder->older;
    pool->used -= sizeof(*reorder) + FIRST_ROOM * sizeof(*reorder->pieces);
    free(reorder->pieces);
    free(reorder);
}

size_t tt_reorder_cost(size_t len)
{
    return len + 2 * sizeof(struct tt_reorder_piece) + ALLOCATION_COST;
}

size_t tt_reorder_search(const struct tt_reorder *reorder, uint64_t at)
{
    size_t low = reorder->first;
    size_t high = reorder->end;
    /* Most pieces arrive behind all others. */
    if (high > low) {
        const struct tt_reorder_piece *last = &reorder->pieces[high - 1];
        if (last->at + last->bytes.len <= at)
            return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct tt_reorder_piece *piece = &reorder->pieces[middle];
        if (piece->at + piece->bytes.len <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Makes room for one more piece; `*at` is an index, corrected when pieces move. */
static enum tt_err make_room(struct tt_reorder *reorder, size_t *at)
{
    if (reorder->end < reorder->room)
        return TT_OK;
    size_t count = tt_reorder_count(reorder);
    if (reorder->first > reorder->room / 2) {
        memmove(reorder->pieces, reorder->pieces + reorder->first,
                count * sizeof(*reorder->pieces));
        *at -= reorder->first;
        reorder->first = 0;
        reorder->end = count;
        return TT_OK;
    }
    size_t room = reorder->room == 0 ? FIRST_ROOM : reorder->room * 2;
    struct tt_reorder_piece *pieces = realloc(reorder->pieces, room * sizeof(*pieces));
    if (pieces == NULL)
        return TT_ERR_MEMORY;
    reorder->pieces = pieces;
    reorder->room = room;
    return TT_OK;
}

/* Inserts a copy of bytes [from, to) of `piece` before index `*at`, which ends up behind it. */
static enum tt_err insert(struct tt_reorder *reorder, size_t *at,
                          const struct tt_reorder_piece *piece, uint64_t from, uint64_t to)
{
    struct tt_span part =
        tt_span_sub(piece->bytes, (size_t)(from - piece->at), (size_t)(to - from));
    enum tt_err err = make_room(reorder, at);
    uint8_t *copy = err == TT_OK ? malloc(part.len) : NULL;
    if (copy == NULL)
        return TT_ERR_MEMORY;
    memcpy(copy, part.data, part.len);
    struct tt_reorder_piece *place = reorder->pieces + *at;
    memmove(place + 1, place, (reorder->end - *at) * sizeof(*place));
    *place = *piece;
    place->at = from;
    place->bytes = tt_span_of(copy, part.len);
    if (to < piece->at + piece->bytes.len)
        place->missing = 0;
    reorder->end++;
    reorder->bytes += part.len;
    reorder->pool->used += tt_reorder_cost(part.len);
    ++*at;
    return TT_OK;
}

enum tt_err tt_reorder_put(struct tt_reorder *reorder, const struct tt_reorder_piece *piece,
                           struct tt_reorder_result *ret_result)
{
    struct tt_reorder_result result = {.stored = 0};
    uint64_t from = piece->at;
    uint64_t end = piece->at + piece->bytes.len;
    size_t at = tt_reorder_search(reorder, from);
    while (from < end) {
        const struct tt_reorder_piece *held = at < reorder->end ? &reorder->pieces[at] : NULL;
        uint64_t hole_end = held != NULL && held->at < end ? held->at : end;
        if (from < hole_end) {
            enum tt_err err = insert(reorder, &at, piece, from, hole_end);
            if (err != TT_OK)
                return err;
            result.stored += (size_t)(hole_end - from);
            from = hole_end;
            continue;
        }
        /* `held` covers `from`: the first copy wins. */
        uint64_t held_end = held->at + held->bytes.len;
        uint64_t shared_end = held_end < end ? held_end : end;
        size_t shared = (size_t)(shared_end - from);
        if (memcmp(held->bytes.data + (from - held->at), piece->bytes.data + (from - piece->at),
                   shared) != 0)
            result.conflict = true;
        result.repeated += shared;
        from = shared_end;
        at++;
    }
    *ret_result = result;
    return TT_OK;
}

const struct tt_reorder_piece *tt_reorder_first(const struct tt_reorder *reorder)
{
    return tt_reorder_count(reorder) == 0 ? NULL : &reorder->pieces[reorder->first];
}

static void forget(struct tt_reorder *reorder, const struct tt_reorder_piece *piece)
{
    reorder->bytes -= piece->bytes.len;
    reorder->pool->used -= tt_reorder_cost(piece->bytes.len);
    free((void *)(uintptr_t)piece->bytes.data);
}

void tt_reorder_pop(struct tt_reorder *reorder)
{
    forget(reorder, &reorder->pieces[reorder->first++]);
    if (reorder->first == reorder->end) {
        reorder->first = 0;
        reorder->end = 0;
    }
}

void tt_reorder_remove(struct tt_reorder *reorder, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        forget(reorder, &reorder->pieces[i]);
    memmove(reorder->pieces + from, reorder->pieces + to,
            (reorder->end - to) * sizeof(*reorder->pieces));
    reorder->end -= to - from;
    if (reorder->first == reorder->end) {
        reorder->first = 0;
        reorder->end = 0;
    }
}
