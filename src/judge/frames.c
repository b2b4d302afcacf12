#include "judge/frames.h"

#include "model/limits.h"

#include <stdlib.h>

_Static_assert(TT_FINDING_FRAMES_KEPT > TT_FINDING_FRAMES_MAX, "the listed ones are kept");

enum { FIRST_ROOM = 4 };

size_t tt_frames_listed(const struct tt_frames *frames)
{
    return frames->count < TT_FINDING_FRAMES_MAX ? frames->count : TT_FINDING_FRAMES_MAX;
}

/* The number of kept frames below `frame`; nearly always all of them. */
static size_t place_of(const struct tt_frames *frames, uint64_t frame)
{
    size_t low = 0;
    size_t high = frames->count;
    if (high > 0 && frames->items[high - 1] < frame)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frames->items[middle] < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum tt_err grow(struct tt_frames *frames)
{
    if (frames->count < frames->room)
        return TT_OK;
    size_t room = frames->room == 0 ? FIRST_ROOM : frames->room * 2;
    uint64_t *items = realloc(frames->items, room * sizeof(*items));
    if (items == NULL)
        return TT_ERR_MEMORY;
    frames->items = items;
    frames->room = room;
    return TT_OK;
}

/* One must go: the smallest behind the listed ones. So whatever was let go lies between the last
 * listed frame and the first one behind it, and only a frame of that range may be an old one. */
static enum tt_err add_to_full(struct tt_frames *frames, size_t at, uint64_t frame)
{
    const size_t border = TT_FINDING_FRAMES_MAX;
    uint64_t *items = frames->items;
    if (at == border) {
        bool may_be_old = frames->total > frames->count;
        frames->total += may_be_old ? 0 : 1;
        return TT_OK;
    }
    if (at < border) {
        memmove(items + at + 1, items + at, (border - 1 - at) * sizeof(*items));
        items[at] = frame;
    } else {
        memmove(items + border, items + border + 1, (at - 1 - border) * sizeof(*items));
        items[at - 1] = frame;
    }
    frames->total++;
    return TT_OK;
}

enum tt_err tt_frames_add(struct tt_frames *frames, uint64_t frame)
{
    size_t at = place_of(frames, frame);
    if (at < frames->count && frames->items[at] == frame)
        return TT_OK;
    if (frames->count == TT_FINDING_FRAMES_KEPT)
        return add_to_full(frames, at, frame);
    enum tt_err result = grow(frames);
    if (result != TT_OK)
        return result;
    memmove(frames->items + at + 1, frames->items + at, (frames->count - at) * sizeof(uint64_t));
    frames->items[at] = frame;
    frames->count++;
    frames->total++;
    return TT_OK;
}

enum tt_err tt_frames_merge(struct tt_frames *frames, const struct tt_frames *more)
{
    uint64_t let_go = more->total - more->count;
    for (size_t i = 0; i < more->count; i++) {
        enum tt_err result = tt_frames_add(frames, more->items[i]);
        if (result != TT_OK)
            return result;
    }
    frames->total += let_go;
    return TT_OK;
}

void tt_frames_free(struct tt_frames *frames)
{
    free(frames->items);
    *frames = (struct tt_frames){0};
}
