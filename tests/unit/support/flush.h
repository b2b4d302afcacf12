/* Inputs flush against an unreadable page: reading one byte too far is a crash, in every build. */
#ifndef TEST_SUPPORT_FLUSH_H
#define TEST_SUPPORT_FLUSH_H

#include "base/span.h"

struct flush {
    struct tt_span span; /* the copy; the byte behind it cannot be read */
    void *map;
    size_t map_len;
};

/* A copy of `bytes` whose end is the end of a readable page. Aborts when the system refuses. */
struct flush flush_make(struct tt_span bytes);
void flush_free(struct flush *flush);

#endif
