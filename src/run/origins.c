/* Which frames brought the bytes of a node.
 *
 * A node keeps the stretches of its recent bytes in ascending order. Bytes that come out of a
 * coding have the frames of the input that was consumed meanwhile: stretches of one range, one for
 * each frame. */
#include "run/search_node.h"

#include <stdlib.h>

enum { FIRST_ROOM = 4 };

static bool make_room(struct node *node)
{
    if (node->origin_count < node->origin_room)
        return true;
    size_t room = node->origin_room == 0 ? FIRST_ROOM : node->origin_room * 2;
    struct origin_run *origins = realloc(node->origins, room * sizeof(*origins));
    if (origins == NULL) {
        tt_searcher_fail(node->search->searcher, TT_ERR_MEMORY);
        return false;
    }
    node->origins = origins;
    node->origin_room = room;
    return true;
}

static void widen(struct tt_origin *origin, const struct tt_origin *more)
{
    if (more->first_frame < origin->first_frame)
        origin->first_frame = more->first_frame;
    if (more->last_frame > origin->last_frame)
        origin->last_frame = more->last_frame;
    if (more->time > origin->time)
        origin->time = more->time;
}

/* The two oldest become one: its frames are a superset, never wrong ones. */
static void merge_oldest(struct node *node)
{
    struct origin_run *runs = node->origins;
    runs[0].to = runs[1].to > runs[0].to ? runs[1].to : runs[0].to;
    widen(&runs[0].origin, &runs[1].origin);
    node->origin_count--;
    memmove(runs + 1, runs + 2, (node->origin_count - 1) * sizeof(*runs));
}

void tt_origins_add(struct node *node, uint64_t from, uint64_t to, const struct tt_origin *origin)
{
    if (node->origin_count > 0) {
        struct origin_run *last = &node->origins[node->origin_count - 1];
        if (last->origin.first_frame == origin->first_frame &&
            last->origin.last_frame == origin->last_frame) {
            last->to = to;
            return;
        }
    }
    if (node->origin_count == ORIGINS_MAX)
        merge_oldest(node);
    if (make_room(node))
        node->origins[node->origin_count++] =
            (struct origin_run){.from = from, .to = to, .origin = *origin};
}

/* The stretches that [at, at + len) touches: `*ret_first` and the number of them. What is asked for
 * and not kept any more lies before the oldest, what has not come yet behind the newest. */
static size_t touched(const struct node *node, uint64_t at, uint64_t len, size_t *ret_first)
{
    uint64_t to = at + (len == 0 ? 1 : len);
    size_t end = node->origin_count;
    while (end > 1 && node->origins[end - 1].from >= to)
        end--;
    size_t first = end;
    while (first > 0 && node->origins[first - 1].to > at)
        first--;
    if (first == end && end > 0)
        first--;
    *ret_first = first;
    return end - first;
}

struct tt_origin tt_node_origin(const struct node *node, uint64_t at, uint64_t len)
{
    size_t first = 0;
    size_t count = touched(node, at, len, &first);
    if (count == 0)
        return (struct tt_origin){0};
    struct tt_origin origin = node->origins[first].origin;
    for (size_t i = 1; i < count; i++)
        widen(&origin, &node->origins[first + i].origin);
    return origin;
}

void tt_origins_inherit(struct node *node, uint64_t from, uint64_t to, uint64_t at, uint64_t len)
{
    size_t first = 0;
    size_t count = touched(node->parent, at, len, &first);
    for (size_t i = 0; i < count; i++)
        tt_origins_add(node, from, to, &node->parent->origins[first + i].origin);
}

size_t tt_node_frames(const struct node *node, uint64_t at, uint64_t len, uint64_t *ret_frames,
                      size_t max)
{
    size_t first = 0;
    size_t runs = touched(node, at, len, &first);
    size_t count = 0;
    for (size_t i = 0; i < runs && count + 2 <= max; i++) {
        const struct tt_origin *origin = &node->origins[first + i].origin;
        ret_frames[count++] = origin->first_frame;
        if (origin->last_frame != origin->first_frame)
            ret_frames[count++] = origin->last_frame;
    }
    return count;
}

uint64_t tt_origins_next(const struct node *node, uint64_t at, uint64_t max)
{
    for (size_t i = 0; i < node->origin_count; i++)
        if (node->origins[i].to > at)
            return node->origins[i].to < max ? node->origins[i].to : max;
    return max;
}

/* Forgets what no form can reach back to any more. */
void tt_origins_trim(struct node *node)
{
    size_t drop = 0;
    while (drop + 1 < node->origin_count && node->body.out_len > TT_FORM_MAX &&
           node->origins[drop].to < node->body.out_len - TT_FORM_MAX)
        drop++;
    if (drop == 0)
        return;
    node->origin_count -= drop;
    memmove(node->origins, node->origins + drop, node->origin_count * sizeof(*node->origins));
}
