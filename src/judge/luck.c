#include "judge/luck.h"

#include <stdlib.h>

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_ways(const struct tt_luck *a, const struct tt_luck *b)
{
    int order = compare_u64(a->kind, b->kind);
    if (order == 0)
        order = compare_u64((uintptr_t)a->form, (uintptr_t)b->form);
    return order == 0 ? compare_u64((uintptr_t)a->transform, (uintptr_t)b->transform) : order;
}

/* By kind and way of writing, the strongest first. */
static int compare(const void *left, const void *right)
{
    const struct tt_luck *a = left;
    const struct tt_luck *b = right;
    int order = compare_ways(a, b);
    if (order == 0)
        order = (a->bits < b->bits) - (a->bits > b->bits);
    if (order == 0)
        order = compare_u64(a->identifier, b->identifier);
    return order == 0 ? compare_u64(a->at, b->at) : order;
}

void tt_luck_count(struct tt_luck *cases, size_t count)
{
    if (count == 0)
        return;
    qsort(cases, count, sizeof(*cases), compare);
    uint64_t found = 0;
    for (size_t from = 0; from < count;) {
        size_t to = from;
        if (from > 0 && compare_ways(&cases[from - 1], &cases[from]) != 0)
            found = 0;
        /* Equally strong ones count for each other. */
        for (; to < count && compare_ways(&cases[from], &cases[to]) == 0 &&
               cases[from].bits <= cases[to].bits;
             to++)
            found += to == from || cases[to].identifier != cases[to - 1].identifier ? 1 : 0;
        for (; from < to; from++)
            cases[from].found = found;
    }
}
