#include "proto/extent.h"

enum { GATHER_KEEP = 4096 }; /* buffers up to this size are kept between messages */

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

struct tt_gather tt_gather_make(size_t max)
{
    return (struct tt_gather){.bytes = tt_buf_make(max),
                              .parts = tt_buf_make(max * sizeof(struct tt_part))};
}

static struct tt_part *last_part(const struct tt_gather *gather)
{
    if (gather->parts.len == 0)
        return NULL;
    return (struct tt_part *)(void *)(gather->parts.data + gather->parts.len) - 1;
}

static bool same_frames(const struct tt_origin *a, const struct tt_origin *b)
{
    return a->first_frame == b->first_frame && a->last_frame == b->last_frame;
}

enum tt_err tt_gather_add(struct tt_gather *gather, const struct tt_chunk *chunk, size_t at,
                          size_t len)
{
    struct tt_span bytes = tt_span_sub(chunk->bytes, at, len);
    if (bytes.len == 0)
        return TT_OK;
    struct tt_part part = {.end = gather->bytes.len + bytes.len, .origin = chunk_origin(chunk)};
    enum tt_err err = tt_buf_reserve(&gather->parts, sizeof(part));
    if (err == TT_OK)
        err = tt_buf_append(&gather->bytes, bytes);
    if (err != TT_OK)
        return err;
    if (gather->bytes.len == bytes.len)
        gather->offset = chunk->offset + at;
    struct tt_part *last = last_part(gather);
    if (last != NULL && same_frames(&last->origin, &part.origin)) {
        last->end = part.end;
        return TT_OK;
    }
    return tt_buf_append(&gather->parts, tt_span_of(&part, sizeof(part)));
}

struct tt_extent tt_gather_extent(const struct tt_gather *gather)
{
    return (struct tt_extent){.bytes = tt_buf_span(&gather->bytes),
                              .offset = gather->offset,
                              .parts = (const struct tt_part *)(const void *)gather->parts.data,
                              .part_count = gather->parts.len / sizeof(struct tt_part)};
}

void tt_gather_clear(struct tt_gather *gather)
{
    if (gather->bytes.cap > GATHER_KEEP || gather->parts.cap > GATHER_KEEP) {
        tt_gather_free(gather);
        return;
    }
    tt_buf_clear(&gather->bytes);
    tt_buf_clear(&gather->parts);
}

void tt_gather_free(struct tt_gather *gather)
{
    tt_buf_free(&gather->bytes);
    tt_buf_free(&gather->parts);
}
