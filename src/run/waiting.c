/* Hits that wait for the end of their outermost body: what overlap.c settles and compose.c tells.
 */
#include "run/search.h"

#include "run/search_node.h"

#include <stdlib.h>

enum { PENDING_HARD = 4 }; /* times TT_HITS_PENDING_MAX */

static void keep_frames(struct waiting *waiting)
{
    uint64_t frames[2 * ORIGINS_MAX];
    size_t count =
        tt_node_frames(waiting->node, waiting->at, waiting->len, frames, 2 * ORIGINS_MAX);
    tt_buf_clear(&waiting->frames);
    if (count <= 2)
        return;
    tt_searcher_fail(waiting->node->search->searcher,
                     tt_buf_append(&waiting->frames, tt_span_of(frames, count * sizeof(*frames))));
}

void tt_sweep_wait(struct node *node, const struct tt_form *form, uint64_t at, uint64_t len,
                   bool in_place)
{
    struct sweep *search = node->search;
    struct tt_searcher *searcher = search->searcher;
    if (form != NULL && form->weak && !in_place)
        return;
    /* Sooner than all of a piece is searched only where it was made for it. */
    if (search->waiting_count >= (size_t)PENDING_HARD * TT_HITS_PENDING_MAX)
        tt_search_tell(search);
    struct waiting *waiting = searcher->free_waiting;
    if (waiting != NULL) {
        searcher->free_waiting = waiting->next;
    } else {
        waiting = calloc(1, sizeof(*waiting));
        if (waiting == NULL) {
            tt_searcher_fail(searcher, TT_ERR_MEMORY);
            return;
        }
        waiting->place.texts = tt_buf_make((size_t)TT_PATH_MAX * PLACE_STEPS_MAX);
        waiting->frames = tt_buf_make(2 * ORIGINS_MAX * sizeof(uint64_t));
    }
    waiting->node = node;
    waiting->form = form;
    waiting->at = at;
    waiting->len = len;
    waiting->origin = tt_node_origin(node, waiting->at, waiting->len);
    keep_frames(waiting);
    waiting->in_place = in_place;
    waiting->dropped = false;
    waiting->place.count = 0;
    waiting->place.known = false;
    waiting->place.claimed = false;
    tt_buf_clear(&waiting->place.texts);
    for (size_t i = 0; i < node->held_count; i++)
        if (node->held[i].last == waiting->at + waiting->len - 1)
            tt_place_copy(searcher, &waiting->place, &node->held[i].place);
    waiting->next = search->waiting;
    search->waiting = waiting;
    search->waiting_count++;
    for (struct node *up = node; up != NULL; up = up->parent) {
        up->hits++;
        up->unknown += form == NULL;
    }
}
