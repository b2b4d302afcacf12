/* Bytes of one direction that lie together, with the frames that brought each part of them.
 *
 * A structure that is whole in one chunk is an extent over the chunk's own bytes with one part; one
 * that spans several chunks is gathered (copied) first. Parsers see the same either way. */
#ifndef TT_PROTO_EXTENT_H
#define TT_PROTO_EXTENT_H

#include "base/buf.h"
#include "model/body.h"
#include "model/chunk.h"

/* Bytes that came in the same frames. */
struct tt_part {
    size_t end; /* offset in the extent behind its last byte */
    struct tt_origin origin;
};

/* Borrowed: from the chunk, or from the gather until it changes. */
struct tt_extent {
    struct tt_span bytes;
    uint64_t offset; /* of the first byte, in the stream */
    const struct tt_part *parts;
    size_t part_count;
};

/* `part` (of the caller) is filled to be the one part of an extent over bytes of `chunk`. */
struct tt_extent tt_extent_of_chunk(const struct tt_chunk *chunk, size_t at, size_t len,
                                    struct tt_part *part);

/* The frames from the part of the first byte to the part of the last byte of [at, at + len). */
struct tt_origin tt_extent_origin(const struct tt_extent *extent, size_t at, size_t len);

/* Walks over a range in pieces, one for each part; `base` is the `at` of the first piece. */
struct tt_extent_walk {
    const struct tt_extent *extent;
    size_t at;
    size_t end;
    size_t part;
    uint64_t base;
};

struct tt_extent_walk tt_extent_walk(const struct tt_extent *extent, size_t at, size_t len,
                                     uint64_t base);
/* False when the range is through. */
bool tt_extent_next(struct tt_extent_walk *walk, struct tt_piece *ret_piece);

/* Bytes that are being gathered over chunks. Empty when bytes.len is 0. */
struct tt_gather {
    struct tt_buf bytes;
    struct tt_buf parts; /* of struct tt_part */
    uint64_t offset;     /* of the first byte, in the stream */
};

struct tt_gather tt_gather_make(size_t max);

/* Adds `len` bytes at `at` of the chunk. TT_ERR_LIMIT over the cap, TT_ERR_MEMORY; then nothing is
 * added. */
TT_MUST_USE enum tt_err tt_gather_add(struct tt_gather *gather, const struct tt_chunk *chunk,
                                      size_t at, size_t len);

struct tt_extent tt_gather_extent(const struct tt_gather *gather);

/* Empties it; keeps a small buffer for the next time. */
void tt_gather_clear(struct tt_gather *gather);
void tt_gather_free(struct tt_gather *gather);

#endif
