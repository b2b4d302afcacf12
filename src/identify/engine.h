/* Inside the matcher: what matcher.c builds and scan.c reads.
 *
 * A pattern is searched by a literal: itself without NULs at its ends, or so much of it as is also
 * the end of another pattern of its class; what is left over is compared. So "+919812345678",
 * "919812345678" and "9812345678" are one literal, and so are both byte orders of UTF-16. Where
 * many patterns of a class begin alike, their start is the literal.
 *
 * Two engines find literals: Vectorscan those of the owner's own identifiers (and of a few
 * contacts), the index of gram_index.h those of many contacts and messages. What is made of a
 * literal that was found (edges, the best of what overlaps, waiting for what follows) is the same
 * code for both. */
#ifndef TT_IDENTIFY_ENGINE_H
#define TT_IDENTIFY_ENGINE_H

#include "identify/digest_set.h"
#include "identify/edge.h"
#include "identify/forms.h"
#include "identify/gram_index.h"
#include "identify/matcher.h"

#include <hs/hs.h>
#include <stdatomic.h>

enum {
    /* Idle scratch spaces kept: as many threads can scan without allocating. */
    TT_SCRATCH_POOL = 16,
    /* Bytes at the end of a pattern that its literal may leave out. */
    TT_SUFFIX_MAX = 3,
    /* Bytes behind a pattern that an edge may depend on: "%3A", a pair of digits and what is behind
     * them. In front of it, "%3D" may stand before them. */
    TT_EDGE_CONTEXT = 6,
    /* The start of a stream that is kept: the longest digest. */
    TT_HEAD_MAX = TT_DIGEST_LEN_MAX,
};

/* What hangs on a literal: a pattern that ends with it. */
struct tt_branch {
    uint32_t pattern;
    uint32_t suffix; /* bytes of the pattern behind the literal: compared when they are there */
    uint32_t next;   /* position in tt_matcher.branches, UINT32_MAX for the last */
};

/* Scratch spaces that wait for a scan: taken for the time of a call, so that a matcher may be
 * shared by threads and a match callback may search something else. */
struct tt_scratch_pool {
    _Atomic(hs_scratch_t *) idle[TT_SCRATCH_POOL];
};

struct tt_matcher {
    struct tt_forms forms;
    /* The forms of the first identifier of a class are those of `forms`; here are the others. */
    struct tt_form *again;
    uint32_t *first_again; /* of each identifier */
    size_t *first_row;     /* of each identifier, counting the forms of all */
    size_t row_count;
    size_t identifier_count;
    uint32_t *next_in_class; /* next identifier of the same class, UINT32_MAX for the last */
    struct tt_branch *branches;
    size_t branch_count;
    uint32_t *literal_branch; /* first branch of each literal */
    uint32_t *literal_len;    /* bytes of each literal */
    size_t literal_count;
    uint32_t first_gram_literal; /* the literals from here on are the index's, in its order */
    uint32_t *hold;              /* of each pattern: bytes behind its end that must be known before
                                    no longer match of its class can cover it */
    size_t history;              /* bytes of the past that a scan keeps */
    size_t longest;              /* bytes of the longest pattern */
    struct tt_xor_values *xor_values;
    struct tt_gram_index *index; /* NULL when it has no literals */
    hs_database_t *database;     /* the same */
    hs_scratch_t *scratch;       /* the original; cloned, never scanned with */
    struct tt_scratch_pool *pool;
};

/* A form of an identifier: number `form` of its class. */
static inline const struct tt_form *tt_matcher_row(const struct tt_matcher *matcher,
                                                   uint32_t identifier, uint32_t form)
{
    const struct tt_form_class *class =
        &matcher->forms.classes[matcher->forms.class_of[identifier]];
    return class->first_identifier == identifier
               ? &matcher->forms.forms[class->first_form + form]
               : &matcher->again[matcher->first_again[identifier] + form];
}

/* tt_matcher_new; the index is used when contacts and messages have more patterns than
 * `index_from`, and no more than `patterns_max` are taken. For tests, which hold one engine against
 * the other. */
TT_MUST_USE enum tt_err tt_matcher_build(const struct tt_subject *subject, size_t index_from,
                                         size_t patterns_max, struct tt_matcher **ret_matcher,
                                         struct tt_error *error);

/* What is seldom written gives way to what is usual, and takes nothing from it: so a usual match is
 * told without a look at what may follow in a seldom form, and the same for every cut of the
 * stream. */
static inline unsigned tt_pattern_rank(const struct tt_pattern *pattern)
{
    return pattern->lone ? 2 : pattern->mirrored ? 1 : 0;
}

/* Of two patterns of one class whose matches overlap: is that of `b` left out for that of `a`? Both
 * are told where a seldom form is longer than a usual one. Of one pattern: false. */
static inline bool tt_pattern_beats(const struct tt_forms *forms, size_t a, size_t b)
{
    const struct tt_pattern *x = &forms->patterns[a];
    const struct tt_pattern *y = &forms->patterns[b];
    unsigned rank = tt_pattern_rank(x);
    if (rank > tt_pattern_rank(y) || x->bytes.len < y->bytes.len)
        return false;
    /* Makers add the likelier form first. */
    return x->bytes.len > y->bytes.len || rank < tt_pattern_rank(y) || a < b;
}

/* Letters that hold four bytes; of base64, three around a line break ("=\r\n" at most). */
enum { TT_LETTERS_CONTEXT = TT_NEIGHBOURS_MAX };

/* Bytes before its start that decide whether a pattern's left edge is one. */
static inline size_t tt_left_context(const struct tt_pattern *pattern)
{
    if (pattern->letters > 0 && pattern->inner_left != TT_EDGE_ANY)
        return TT_LETTERS_CONTEXT;
    return pattern->left == TT_EDGE_ANY ? 0 : TT_NEIGHBOURS_MAX;
}

/* Bytes behind its end that decide whether a pattern's right edge is one. */
static inline size_t tt_right_context(const struct tt_pattern *pattern)
{
    if (pattern->letters > 0 && pattern->inner_right == TT_EDGE_HEX)
        return TT_LETTERS_CONTEXT;
    if (pattern->letters > 0 && pattern->inner_right != TT_EDGE_ANY)
        return pattern->letters == 6 ? 7 : 4; /* two bytes, and a line break */
    if (pattern->right == TT_EDGE_HEX)
        return TT_EDGE_CONTEXT;
    return pattern->right == TT_EDGE_ANY ? 0 : 2;
}

#endif
