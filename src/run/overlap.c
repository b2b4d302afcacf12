/* Two hits of one identifier in the same bytes are one: the simpler reading of them stays.
 *
 * The waiting hits are sorted as a tree is walked: at each node by where they begin, and the hits
 * below one inner body stay together. Then each node's *entries* (a hit of its own, or an inner
 * body with the hits below it) are compared where they overlap, and nowhere else: hits are many,
 * and nearly none of them overlap. */
#include "run/search_node.h"

#include <stdlib.h>

/* What is compared at one node: items [first, end), and the bytes of the node that they stand in.
 */
struct entry {
    size_t first;
    size_t end;
    const struct node *child; /* NULL: a hit of the node itself */
    uint64_t from;
    uint64_t to;
};

/* The node at `depth` on the way down to `node`; NULL when it is not that deep. */
static const struct node *at_depth(const struct node *node, unsigned depth)
{
    while (node != NULL && node->body.depth > depth)
        node = node->parent;
    return node != NULL && node->body.depth == depth ? node : NULL;
}

/* Where a hit stands in the bytes of its ancestor `node`. */
static struct entry entry_in(const struct node *node, const struct waiting *hit)
{
    const struct node *child = at_depth(hit->node, node->body.depth + 1);
    if (child == NULL)
        return (struct entry){.from = hit->at, .to = hit->at + hit->len};
    return (struct entry){
        .child = child, .from = child->body.at, .to = child->body.at + child->body.len};
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int in_tree_order(const void *a, const void *b)
{
    const struct waiting *x = ((const struct overlap_item *)a)->hit;
    const struct waiting *y = ((const struct overlap_item *)b)->hit;
    const struct node *up = x->node;
    const struct node *other = y->node;
    while (up != other) {
        if (up->body.depth >= other->body.depth)
            up = up->parent;
        else
            other = other->parent;
    }
    struct entry left = entry_in(up, x);
    struct entry right = entry_in(up, y);
    int order = compare(left.from, right.from);
    if (order == 0)
        order = compare(right.to, left.to);
    /* Any order does that keeps what is below one body together. */
    return order != 0 ? order : compare((uintptr_t)left.child, (uintptr_t)right.child);
}

/* A hit in escaped or encoded bytes gives way to what they decode to. */
static bool is_encoded(const struct waiting *hit)
{
    return hit->place.claimed || hit->form->transform[0] != NULL;
}

static bool covers(const struct entry *a, const struct entry *b)
{
    return a->from <= b->from && a->to >= b->to;
}

/* How sure it is that an inner body is meant to be decoded: a format's is; a token, which may have
 * begun too early and ended too late, is least. */
static unsigned rank(const struct node *child)
{
    return child->is_value ? 2 : child->is_escaped ? 1 : 0;
}

/* A hit of a node itself and one of the same identifier below a body inside the node. The simpler
 * reading stays: the decoded one when the node's bytes are escaped or encoded, else the bytes
 * themselves (an Android ID is hexadecimal as it stands). */
static void settle_decoded(const struct entry *own, struct waiting *hit, const struct entry *inner,
                           struct waiting *decoded)
{
    if (is_encoded(hit) || (rank(inner->child) > 0 && covers(inner, own)))
        hit->dropped = true;
    else if (covers(own, inner))
        decoded->dropped = true;
}

/* Is it a digest of which the rest is missing? */
static bool is_cut(const struct waiting *hit)
{
    for (size_t i = 0; i < TT_FORM_TRANSFORMS_MAX && hit->form->transform[i] != NULL; i++) {
        if (strcmp(hit->form->transform[i], "truncated") == 0)
            return true;
    }
    return false;
}

static bool is_offset(const struct node *node)
{
    return node->body.step != NULL && strncmp(node->body.step, "offset:", 7) == 0;
}

/* How much of the way to the value a reading tells. That something stands in front of it tells
 * nothing. */
static size_t detail(const struct waiting *hit)
{
    size_t steps = hit->place.count;
    for (const struct node *node = hit->node; node != NULL; node = node->parent)
        steps += is_offset(node) ? 0 : 1;
    return steps;
}

static bool has_offset(const struct waiting *hit)
{
    const struct node *node = hit->node;
    while (node != NULL && !is_offset(node))
        node = node->parent;
    return node != NULL;
}

/* Does a format inside the entry name where the hit stands? With other letters in front of a token
 * none would. */
static bool is_named(const struct entry *entry, const struct waiting *hit)
{
    const struct node *node = hit->node;
    bool named = hit->place.count > 0;
    for (; node != entry->child && !named; node = node->parent)
        named = node->place.count > 0;
    return named;
}

/* Two readings of one stretch, which found `x` and `y`. A token may be cut at a separator: a digest
 * as a whole is more than a part of it. Else the surer reading stays, then what proves more (a text
 * as a whole and not a fragment of it), then the one that tells more of the way, then the narrower
 * one; the wider one where both are formats, or have a private header in front, of which the other
 * lost a part. */
static bool is_worse(const struct entry *a, const struct waiting *x, const struct entry *b,
                     const struct waiting *y)
{
    if (is_cut(x) != is_cut(y))
        return is_cut(x);
    if (is_cut(x) && x->len != y->len)
        return x->len < y->len;
    if (rank(a->child) != rank(b->child))
        return rank(b->child) > rank(a->child);
    if (x->form->bits < y->form->bits || x->form->bits > y->form->bits)
        return x->form->bits < y->form->bits;
    if (x->form == y->form && x->len != y->len) /* a part is under the name of the whole, packed */
        return x->len < y->len;
    if (detail(x) != detail(y))
        return detail(y) > detail(x);
    uint64_t left = a->to - a->from;
    uint64_t right = b->to - b->from;
    bool wider = (is_named(a, x) && is_named(b, y)) || (has_offset(x) && has_offset(y));
    return wider ? left < right : left > right;
}

static void settle_pair(const struct overlap_item *items, const struct entry *a,
                        const struct entry *b)
{
    if (a->child == NULL && b->child == NULL)
        return;
    for (size_t i = a->first; i < a->end; i++) {
        for (size_t j = b->first; j < b->end; j++) {
            struct waiting *x = items[i].hit;
            struct waiting *y = items[j].hit;
            if (items[i].identifier != items[j].identifier || x->dropped || y->dropped)
                continue;
            if (a->child == NULL)
                settle_decoded(a, x, b, y);
            else if (b->child == NULL)
                settle_decoded(b, y, a, x);
            else if (is_worse(a, x, b, y))
                x->dropped = true;
            else if (is_worse(b, y, a, x))
                y->dropped = true;
        }
    }
}

static struct entry entry_at(const struct overlap_item *items, size_t at, size_t end,
                             const struct node *node)
{
    struct entry entry = entry_in(node, items[at].hit);
    entry.first = at++;
    while (entry.child != NULL && at < end &&
           at_depth(items[at].hit->node, node->body.depth + 1) == entry.child)
        at++;
    entry.end = at;
    return entry;
}

/* Items [at, end) are all the hits in `node` and below it. */
static void settle_node(const struct overlap_item *items, size_t at, size_t end,
                        const struct node *node)
{
    while (at < end) {
        struct entry entry = entry_at(items, at, end, node);
        for (size_t next = entry.end; next < end;) {
            struct entry behind = entry_at(items, next, end, node);
            if (behind.from >= entry.to)
                break;
            settle_pair(items, &entry, &behind);
            next = behind.end;
        }
        at = entry.end;
    }
}

/* Gives the depth of the deepest hit. */
static unsigned gather(const struct sweep *search, struct overlap_item *items)
{
    unsigned deepest = 0;
    for (struct waiting *w = search->waiting; w != NULL; w = w->next) {
        *items++ = (struct overlap_item){.hit = w, .identifier = w->form->identifier};
        deepest = w->node->body.depth > deepest ? w->node->body.depth : deepest;
    }
    return deepest;
}

void tt_overlap_settle(struct sweep *search)
{
    struct tt_searcher *searcher = search->searcher;
    size_t count = search->waiting_count;
    if (count < 2)
        return;
    if (searcher->item_room < count) {
        struct overlap_item *items = realloc(searcher->items, count * sizeof(*items));
        if (items == NULL) {
            tt_searcher_fail(searcher, TT_ERR_MEMORY);
            return;
        }
        searcher->items = items;
        searcher->item_room = count;
    }
    struct overlap_item *items = searcher->items;
    unsigned deepest = gather(search, items);
    if (deepest == 0)
        return; /* nothing was decoded */
    qsort(items, count, sizeof(*items), in_tree_order);
    /* From the innermost bodies outwards: what gives way within its own body takes nothing along.
     */
    for (unsigned depth = deepest; depth-- > 0;) {
        for (size_t at = 0; at < count;) {
            const struct node *node = at_depth(items[at].hit->node, depth);
            size_t end = at + 1;
            while (node != NULL && end < count && at_depth(items[end].hit->node, depth) == node)
                end++;
            if (node != NULL)
                settle_node(items, at, end, node);
            at = end;
        }
    }
}
