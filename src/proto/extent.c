#include "proto/extent.h"

#include <stdlib.h>

enum { ALLOCATION_COST = 16 }; /* about what malloc adds */

/* One block: this, room for parts, room for bytes. */
struct tt_gathered {
    struct tt_gathered *older; /* in the pool, if it may be given up */
    struct tt_gathered *newer;
    struct tt_gather_owner owner;
    uint64_t offset; /* of the first byte, in the stream */
    uint32_t len;
    uint32_t room;
    uint32_t part_count;
    uint32_t part_room;
    struct tt_part parts[];
};

static struct tt_origin chunk_origin(const struct tt_chunk *chunk)
{
    return (struct tt_origin){
        .first_frame = chunk->first_frame, .last_frame = chunk->last_frame, .time = chunk->time};
}

struct tt_extent tt_extent_of_chunk(const struct tt_chunk *chunk, size_t at, size_t len,
                                    struct tt_part *part)
{
    struct tt_span bytes = tt_span_sub(chunk->bytes, at, len);
    *part = (struct tt_part){.end = bytes.len, .origin = chunk_origin(chunk)};
    return (struct tt_extent){
        .bytes = bytes, .offset = chunk->offset + at, .parts = part, .part_count = 1};
}

/* The part that holds byte `at`; the last one when `at` lies behind the end. */
static size_t find_part(const struct tt_extent *extent, size_t at)
{
    size_t low = 0;
    size_t high = extent->part_count;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (extent->parts[middle - 1].end <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct tt_origin tt_extent_origin(const struct tt_extent *extent, size_t at, size_t len)
{
    if (extent->part_count == 0)
        return (struct tt_origin){0};
    const struct tt_origin *first = &extent->parts[find_part(extent, at)].origin;
    const struct tt_origin *last =
        &extent->parts[find_part(extent, len == 0 ? at : at + len - 1)].origin;
    struct tt_origin origin = *last;
    /* A part that was sent again can stand before one with a lower frame number. */
    if (first->first_frame < origin.first_frame)
        origin.first_frame = first->first_frame;
    if (first->last_frame > origin.last_frame) {
        origin.last_frame = first->last_frame;
        origin.time = first->time;
    }
    return origin;
}

struct tt_extent_walk tt_extent_walk(const struct tt_extent *extent, size_t at, size_t len,
                                     uint64_t base)
{
    struct tt_span range = tt_span_sub(extent->bytes, at, len);
    return (struct tt_extent_walk){.extent = extent,
                                   .at = at,
                                   .end = at + range.len,
                                   .part = find_part(extent, at),
                                   .base = base};
}

bool tt_extent_next(struct tt_extent_walk *walk, struct tt_piece *ret_piece)
{
    if (walk->at >= walk->end || walk->part >= walk->extent->part_count)
        return false;
    const struct tt_part *part = &walk->extent->parts[walk->part];
    size_t end = part->end < walk->end ? part->end : walk->end;
    *ret_piece =
        (struct tt_piece){.bytes = tt_span_sub(walk->extent->bytes, walk->at, end - walk->at),
                          .at = walk->base,
                          .origin = part->origin};
    walk->base += end - walk->at;
    walk->at = end;
    walk->part++;
    return true;
}

/* ---- gathering ---- */

static uint8_t *bytes_of(struct tt_gathered *held)
{
    return (uint8_t *)(held->parts + held->part_room);
}

static size_t size_of(uint32_t room, uint32_t part_room)
{
    return sizeof(struct tt_gathered) + part_room * sizeof(struct tt_part) + room;
}

static size_t cost_of(const struct tt_gathered *held)
{
    return size_of(held->room, held->part_room) + ALLOCATION_COST;
}

static void link_newest(struct tt_gathered *held)
{
    struct tt_proto_pool *pool = held->owner.pool;
    if (pool == NULL)
        return;
    pool->used += cost_of(held);
    if (held->owner.give_up == NULL)
        return;
    held->newer = NULL;
    held->older = pool->newest;
    if (pool->newest != NULL)
        pool->newest->newer = held;
    else
        pool->oldest = held;
    pool->newest = held;
}

static void unlink_held(const struct tt_gathered *held)
{
    struct tt_proto_pool *pool = held->owner.pool;
    if (pool == NULL)
        return;
    pool->used -= cost_of(held);
    if (held->owner.give_up == NULL)
        return;
    if (held->older != NULL)
        held->older->newer = held->newer;
    else
        pool->oldest = held->newer;
    if (held->newer != NULL)
        held->newer->older = held->older;
    else
        pool->newest = held->older;
}

/* At first just what is needed: most gathers get one chunk and wait for the next. */
static uint32_t grown(uint32_t room, size_t need, size_t max)
{
    if (need <= room)
        return room;
    size_t more = room == 0 ? need : need + need / 2;
    return (uint32_t)(more < max ? more : max);
}

/* A block with room for `more` bytes in one part more than there are, holding what there is. */
static struct tt_gathered *make_room(struct tt_gather *gather, size_t max,
                                     const struct tt_gather_owner *owner, size_t more)
{
    struct tt_gathered *old = gather->held;
    static const struct tt_gathered none = {.len = 0};
    const struct tt_gathered *from = old == NULL ? &none : old;
    uint32_t room = grown(from->room, from->len + more, max);
    uint32_t part_room = grown(from->part_room, from->part_count + (size_t)1, SIZE_MAX);
    if (old != NULL && room == old->room && part_room == old->part_room)
        return old;
    struct tt_gathered *held = malloc(size_of(room, part_room));
    if (held == NULL)
        return NULL;
    *held = *from;
    held->room = room;
    held->part_room = part_room;
    if (old == NULL) {
        held->owner = owner == NULL ? (struct tt_gather_owner){.pool = NULL} : *owner;
    } else {
        memcpy(held->parts, old->parts, old->part_count * sizeof(struct tt_part));
        memcpy(bytes_of(held), bytes_of(old), old->len);
        unlink_held(old);
        free(old);
    }
    link_newest(held);
    gather->held = held;
    return held;
}

static bool same_frames(const struct tt_origin *a, const struct tt_origin *b)
{
    return a->first_frame == b->first_frame && a->last_frame == b->last_frame;
}

static void add_part(struct tt_gathered *held, const struct tt_origin *origin)
{
    struct tt_part *last = held->part_count == 0 ? NULL : &held->parts[held->part_count - 1];
    if (last == NULL || !same_frames(&last->origin, origin))
        last = &held->parts[held->part_count++];
    last->origin = *origin;
    last->end = held->len;
}

/* The pool is over its cap: whoever waited longest gives up, but not the one just fed. */
static void relieve(struct tt_proto_pool *pool, const struct tt_gathered *fed)
{
    while (pool != NULL && pool->used > pool->max && pool->oldest != NULL && pool->oldest != fed) {
        const struct tt_gathered *oldest = pool->oldest;
        oldest->owner.give_up(oldest->owner.owner);
        if (pool->oldest == oldest)
            return; /* a bug of its owner: not one to hang at */
    }
}

enum tt_err tt_gather_add(struct tt_gather *gather, size_t max, const struct tt_gather_owner *owner,
                          const struct tt_chunk *chunk, size_t at, size_t len)
{
    struct tt_span bytes = tt_span_sub(chunk->bytes, at, len);
    if (bytes.len == 0)
        return TT_OK;
    if (bytes.len > max - tt_gather_len(gather))
        return TT_ERR_LIMIT;
    struct tt_gathered *held = make_room(gather, max, owner, bytes.len);
    if (held == NULL)
        return TT_ERR_MEMORY;
    if (held->len == 0)
        held->offset = chunk->offset + at;
    memcpy(bytes_of(held) + held->len, bytes.data, bytes.len);
    held->len += (uint32_t)bytes.len;
    const struct tt_origin origin = chunk_origin(chunk);
    add_part(held, &origin);
    unlink_held(held);
    link_newest(held);
    relieve(held->owner.pool, held);
    return TT_OK;
}

struct tt_extent tt_gather_extent(const struct tt_gather *gather)
{
    struct tt_gathered *held = gather->held;
    if (held == NULL)
        return (struct tt_extent){.bytes = tt_span_str("")};
    return (struct tt_extent){.bytes = tt_span_of(bytes_of(held), held->len),
                              .offset = held->offset,
                              .parts = held->parts,
                              .part_count = held->part_count};
}

size_t tt_gather_len(const struct tt_gather *gather)
{
    return gather->held == NULL ? 0 : gather->held->len;
}

struct tt_span tt_gather_bytes(const struct tt_gather *gather)
{
    return tt_gather_extent(gather).bytes;
}

uint64_t tt_gather_offset(const struct tt_gather *gather)
{
    return tt_gather_extent(gather).offset;
}

void tt_gather_clear(struct tt_gather *gather)
{
    if (gather->held == NULL)
        return;
    unlink_held(gather->held);
    free(gather->held);
    gather->held = NULL;
}
