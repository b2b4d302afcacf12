/* Inside content/: the marks of a piece that a format has yet to answer. */
#ifndef TT_CONTENT_PLACE_H
#define TT_CONTENT_PLACE_H

#include "content/content.h"

struct tt_marks {
    const uint64_t *at; /* ascending */
    size_t count;
    size_t next; /* the first that is not answered */
};

/* Is there an unanswered mark before offset `end`? */
static inline bool tt_marks_before(const struct tt_marks *marks, uint64_t end)
{
    return marks->next < marks->count && marks->at[marks->next] < end;
}

/* Answers every mark before offset `end` with the same place. */
static inline void tt_marks_answer(struct tt_marks *marks, const struct tt_content_sink *sink,
                                   uint64_t end, const struct tt_place_step *steps, size_t count,
                                   bool claimed)
{
    for (; tt_marks_before(marks, end); marks->next++)
        sink->place(sink->context, marks->next, steps, count, claimed);
}

#endif
