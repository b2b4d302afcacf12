/* Where in a format hits stand.
 *
 * A format is asked by marks: offsets in the piece that it gets next, whose places it names. They
 * are asked for as soon as something is known to need them, which is in the piece that holds their
 * byte: hits by their last byte, inner bodies by their first one there; and what may become a hit
 * when the piece is gone (matches that the scan holds, a token that goes on). */
#include "run/search_node.h"

#include <stdlib.h>

void tt_place_keep(struct tt_searcher *searcher, struct place *place,
                   const struct tt_place_step *steps, size_t count, bool claimed)
{
    if (count > PLACE_STEPS_MAX)
        count = PLACE_STEPS_MAX;
    tt_buf_clear(&place->texts);
    place->count = 0;
    place->claimed = claimed;
    place->known = true;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(steps[i].step);
        if (len >= TT_PATH_MAX)
            len = TT_PATH_MAX - 1;
        enum tt_err err = tt_buf_append(&place->texts, tt_span_of(steps[i].step, len));
        if (err == TT_OK)
            err = tt_buf_append_u8(&place->texts, 0);
        if (err != TT_OK) {
            tt_searcher_fail(searcher, err);
            return;
        }
        place->at[i] = steps[i].at;
        place->len[i] = steps[i].len;
        place->count++;
    }
}

/* The same place for another owner. */
void tt_place_copy(struct tt_searcher *searcher, struct place *to, const struct place *from)
{
    struct tt_buf texts = to->texts;
    tt_buf_clear(&texts);
    tt_searcher_fail(searcher, tt_buf_append(&texts, tt_buf_span(&from->texts)));
    *to = *from;
    to->texts = texts;
}

static bool make_room(struct node *node)
{
    if (node->mark_count < node->mark_room)
        return true;
    size_t room = node->mark_room == 0 ? 16 : node->mark_room * 2;
    struct mark *marks = realloc(node->marks, room * sizeof(*marks));
    if (marks != NULL)
        node->marks = marks;
    uint64_t *offsets = realloc(node->mark_offsets, room * sizeof(*offsets));
    if (offsets != NULL)
        node->mark_offsets = offsets;
    if (marks == NULL || offsets == NULL) {
        tt_searcher_fail(node->search->searcher, TT_ERR_MEMORY);
        return false;
    }
    node->mark_room = room;
    return true;
}

static void add_mark(struct node *node, uint64_t at, struct place *place)
{
    if (make_room(node))
        node->marks[node->mark_count++] = (struct mark){.at = at, .place = place};
}

static int by_offset(const void *a, const void *b)
{
    const struct mark *x = a;
    const struct mark *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Room for the place of a match that ends with byte `last`; NULL without memory. */
static struct place *hold_place(struct node *node, uint64_t last)
{
    if (node->held == NULL) {
        node->held = calloc(HELD_MAX, sizeof(*node->held));
        if (node->held == NULL) {
            tt_searcher_fail(node->search->searcher, TT_ERR_MEMORY);
            return NULL;
        }
        for (size_t i = 0; i < HELD_MAX; i++)
            node->held[i].place.texts = tt_buf_make((size_t)TT_PATH_MAX * PLACE_STEPS_MAX);
    }
    size_t at = node->held_count < HELD_MAX ? node->held_count++ : node->held_next++ % HELD_MAX;
    node->held[at].last = last;
    node->held[at].place.known = false;
    node->held[at].place.count = 0;
    return &node->held[at].place;
}

/* Matches that the scan still holds are told when the piece is gone: their places are asked for
 * now. */
static void collect_held(struct node *node, const struct tt_piece *piece)
{
    uint64_t ends[HELD_MAX];
    size_t count = tt_scan_held(node->scan, ends, HELD_MAX);
    for (size_t i = 0; i < count; i++) {
        uint64_t last = node->scan_from + ends[i] - 1;
        if (last < piece->at || last >= piece->at + piece->bytes.len)
            continue;
        struct place *place = hold_place(node, last);
        if (place != NULL)
            add_mark(node, last, place);
    }
}

/* A format that has seen too little of its next item names nothing: it is asked again in the next
 * piece, in which the token goes on. */
static bool names_something(const struct place *place)
{
    return place->known && place->count > 0;
}

/* A token that the piece cuts is told later. */
static void collect_run(struct node *node, const struct tt_piece *piece)
{
    uint64_t run_at = 0;
    bool goes_on = tt_tokens_in_run(node->tokens, &run_at);
    if (goes_on && names_something(&node->run.place) && run_at == node->run.from)
        return;
    node->run.place.known = false;
    if (!goes_on)
        return;
    node->run.from = run_at;
    add_mark(node, piece->at + piece->bytes.len - 1, &node->run.place);
    /* One that is open already may get its hits when it is over. */
    struct node *token = tt_tokens_inner(node->tokens);
    if (token != NULL && !names_something(&token->place))
        add_mark(node, token->body.at > piece->at ? token->body.at : piece->at, &token->place);
}

/* A run of escapes that the piece cuts has its place where it stands in this one. */
static void collect_escaped(struct node *node, const struct tt_piece *piece)
{
    struct node *run = tt_escapes_inner(node->escapes);
    if (run != NULL && !run->place.known)
        add_mark(node, run->body.at > piece->at ? run->body.at : piece->at, &run->place);
}

void tt_place_of_run(const struct node *node, struct node *token)
{
    uint64_t run_at = 0;
    if (!names_something(&node->run.place))
        return;
    (void)tt_tokens_in_run(node->tokens, &run_at);
    if (run_at == node->run.from)
        tt_place_copy(node->search->searcher, &token->place, &node->run.place);
}

static void collect_hit(struct node *node, const struct tt_piece *piece, struct waiting *hit)
{
    uint64_t to = piece->at + piece->bytes.len;
    if (hit->node == node) {
        uint64_t last = hit->at + hit->len - 1;
        if (!hit->place.known && last >= piece->at && last < to)
            add_mark(node, last, &hit->place);
        return;
    }
    struct node *child = hit->node;
    while (child != NULL && child->parent != node)
        child = child->parent;
    if (child == NULL || child->place.known || child->body.at + child->body.len <= piece->at)
        return;
    uint64_t first = child->body.at > piece->at ? child->body.at : piece->at;
    if (first < to)
        add_mark(node, first, &child->place);
}

const uint64_t *tt_places_ask(struct node *node, const struct tt_piece *piece,
                              const struct waiting *before, size_t *ret_count)
{
    node->mark_count = 0;
    node->marks_told = node->search->told;
    for (struct waiting *w = node->hits > 0 ? node->search->waiting : NULL;
         w != before && w != NULL; w = w->next)
        collect_hit(node, piece, w);
    collect_held(node, piece);
    collect_run(node, piece);
    collect_escaped(node, piece);
    if (node->mark_count > 1)
        qsort(node->marks, node->mark_count, sizeof(node->marks[0]), by_offset);
    for (size_t i = 0; i < node->mark_count; i++)
        node->mark_offsets[i] = node->marks[i].at;
    *ret_count = node->mark_count;
    return node->mark_offsets;
}

void tt_place_answer(struct node *node, size_t mark, const struct tt_place_step *steps,
                     size_t step_count, bool claimed)
{
    /* Marks are stale when the waiting hits were told in between. */
    if (mark >= node->mark_count || node->marks_told != node->search->told)
        return;
    tt_place_keep(node->search->searcher, node->marks[mark].place, steps, step_count, claimed);
}
