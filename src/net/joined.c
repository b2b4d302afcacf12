#include "net/joined.h"

#include <stdlib.h>

bool tt_joined_make(struct tt_joined *joined, size_t len, size_t parts)
{
    if (joined->bytes == NULL)
        joined->bytes = malloc(len);
    if (joined->parts == NULL)
        joined->parts = calloc(parts, sizeof(*joined->parts));
    joined->part_room = parts;
    return joined->bytes != NULL && joined->parts != NULL;
}

void tt_joined_add(struct tt_joined *joined, struct tt_span bytes,
                   const struct tt_reorder_piece *piece)
{
    if (bytes.len == 0)
        return;
    memcpy(joined->bytes + joined->len, bytes.data, bytes.len);
    struct tt_chunk_part part = {.bytes = tt_span_of(joined->bytes + joined->len, bytes.len),
                                 .first_frame = piece->first_frame,
                                 .last_frame = piece->last_frame,
                                 .time = piece->time};
    joined->len += bytes.len;
    /* Overlaps can leave more pieces than there were fragments: the last part tells for the rest.
     */
    if (joined->part_count < joined->part_room)
        joined->parts[joined->part_count++] = part;
    else
        joined->parts[joined->part_count - 1].bytes.len += bytes.len;
}

void tt_joined_free(struct tt_joined *joined)
{
    free(joined->bytes);
    free(joined->parts);
    *joined = (struct tt_joined){.bytes = NULL};
}
