/* What the findings of a run say of each other: how many values of one kind were found written in
 * one way. Luck hits one of a long address book now and then; it does not hit a thousand. */
#ifndef TT_JUDGE_LUCK_H
#define TT_JUDGE_LUCK_H

#include "model/subject.h"

/* One finding. Texts and lists are kept ones (texts.h): the same pointer is the same text. */
struct tt_luck {
    enum tt_kind kind;
    const char *form;
    const char *const *transform;
    uint32_t identifier;
    double bits;
    size_t at;      /* the caller's number of the finding */
    uint64_t found; /* set by tt_luck_count */
};

/* Sets `found` of each: the different identifiers of its kind that were found in its form and
 * transform with at least as many bits (weaker ones say nothing of stronger ones). Changes their
 * order. */
void tt_luck_count(struct tt_luck *cases, size_t count);

#endif
