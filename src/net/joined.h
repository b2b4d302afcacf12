/* Inside net/: the bytes of a datagram or message put together from pieces, and which frames
 * brought which of them (tt_chunk.parts). */
#ifndef TT_NET_JOINED_H
#define TT_NET_JOINED_H

#include "net/reorder.h"

/* All zero is empty, without room. */
struct tt_joined {
    uint8_t *bytes;
    size_t len;
    struct tt_chunk_part *parts;
    size_t part_count;
    size_t part_room;
};

/* Room for `len` bytes in `parts` parts, made the first time. False without memory. */
bool tt_joined_make(struct tt_joined *joined, size_t len, size_t parts);

/* Forgets what is in it: spans and parts that were given out are gone. */
static inline void tt_joined_clear(struct tt_joined *joined)
{
    joined->len = 0;
    joined->part_count = 0;
}

/* Appends bytes, for which there must be room, with the frames of the piece. */
void tt_joined_add(struct tt_joined *joined, struct tt_span bytes,
                   const struct tt_reorder_piece *piece);

void tt_joined_free(struct tt_joined *joined);

#endif
