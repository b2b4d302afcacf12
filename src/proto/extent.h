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

/* What all flows of a run hold in protocols together: gathered bytes, and the texts of messages
 * under way. Over `max` the gather that was fed longest ago is given up. All zero but for `max` is
 * empty. */
struct tt_proto_pool {
    size_t used; /* bytes, with the memory around them */
    size_t max;
    struct tt_gathered *oldest; /* of those that may be given up */
    struct tt_gathered *newest;
};

/* To whom a gather belongs. `give_up` must empty it and say what its bytes are; NULL: it stays. It
 * is called while another gather of the pool is being added to. */
struct tt_gather_owner {
    struct tt_proto_pool *pool; /* or NULL: nothing is counted */
    void (*give_up)(void *owner);
    void *owner;
};

/* Bytes that are being gathered over chunks. One that is empty holds no memory: nearly all of
 * them are, nearly always. */
struct tt_gather {
    struct tt_gathered *held; /* NULL: empty */
};

/* Adds `len` bytes at `at` of the chunk, to at most `max` in all. TT_ERR_LIMIT over that,
 * TT_ERR_MEMORY; then nothing is added. `owner` (may be NULL) is looked at when the first bytes are
 * added; its pool must outlive them. */
TT_MUST_USE enum tt_err tt_gather_add(struct tt_gather *gather, size_t max,
                                      const struct tt_gather_owner *owner,
                                      const struct tt_chunk *chunk, size_t at, size_t len);

/* All of it; borrowed until the gather changes. */
struct tt_extent tt_gather_extent(const struct tt_gather *gather);

/* The number of bytes, and the bytes. */
size_t tt_gather_len(const struct tt_gather *gather);
struct tt_span tt_gather_bytes(const struct tt_gather *gather);

/* Offset of its first byte in the stream; it must not be empty. */
uint64_t tt_gather_offset(const struct tt_gather *gather);

/* Empties it. */
void tt_gather_clear(struct tt_gather *gather);

#endif
