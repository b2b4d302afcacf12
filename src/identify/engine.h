/* Inside the matcher: what matcher.c builds and scan.c reads.
 *
 * A pattern is searched by a literal: itself without NULs at its ends, or so much of it as is also
 * the end of another pattern of its class; what is left over is compared. So "+919812345678",
 * "919812345678" and "9812345678" are one literal, and so are both byte orders of UTF-16. */
#ifndef TT_IDENTIFY_ENGINE_H
#define TT_IDENTIFY_ENGINE_H

#include "identify/digest_set.h"
#include "identify/forms.h"
#include "identify/matcher.h"

#include <hs/hs.h>
#include <stdatomic.h>

enum {
    /* Idle scratch spaces kept: as many threads can scan without allocating. */
    TT_SCRATCH_POOL = 16,
    /* Bytes before a pattern that its left edge may depend on (%XX is three). */
    TT_LEFT_CONTEXT = 3,
    /* The start of a stream that is kept: the longest digest. */
    TT_HEAD_MAX = TT_DIGEST_LEN_MAX,
};

/* What hangs on a literal: a pattern that ends with it. */
struct tt_branch {
    uint32_t pattern;
    uint32_t suffix; /* NULs of the pattern behind the literal: compared when they are there */
    uint32_t next;   /* position in tt_matcher.branches, UINT32_MAX for the last */
};

/* Scratch spaces that wait for a scan: taken for the time of a call, so that a matcher may be
 * shared by threads and a match callback may search something else. */
struct tt_scratch_pool {
    _Atomic(hs_scratch_t *) idle[TT_SCRATCH_POOL];
};

struct tt_matcher {
    struct tt_forms forms;
    struct tt_form *rows; /* the table of forms: sorted by identifier */
    size_t row_count;
    size_t *first_row;       /* of each identifier */
    uint32_t *next_in_class; /* next identifier of the same class, UINT32_MAX for the last */
    struct tt_branch *branches;
    size_t branch_count;
    uint32_t *literal_branch; /* first branch of each literal */
    uint32_t *literal_len;    /* bytes of each literal */
    size_t literal_count;
    uint32_t *hold;          /* of each pattern: bytes behind its end that must be known before
                                no longer match of its class can cover it */
    size_t history;          /* bytes of the past that a scan keeps */
    size_t longest;          /* bytes of the longest pattern */
    hs_database_t *database; /* NULL when there are no patterns */
    hs_scratch_t *scratch;   /* the original; cloned, never scanned with */
    struct tt_scratch_pool *pool;
};

/* Bytes behind its end that decide whether a pattern's right edge is one. */
static inline size_t tt_right_context(const struct tt_pattern *pattern)
{
    return pattern->right == TT_EDGE_ANY ? 0 : 2;
}

#endif
