/* Inside content/: lists of name=value pairs as they stand in queries, forms and cookies, with the
 * names as places and escaped values as inner bodies. Any cut of the input gives the same. */
#ifndef TT_CONTENT_QUERY_H
#define TT_CONTENT_QUERY_H

#include "content/percent.h"
#include "content/place.h"
#include "content/step.h"
#include "content/value.h"

enum {
    TT_PAIR_OUTER_MAX = 2, /* steps around the list */
    TT_PAIR_NAME_MAX = 128 /* bytes of a name that are kept for its step */
};

enum tt_pair_kind {
    TT_PAIRS_FORM,  /* a=1&b=2; application/x-www-form-urlencoded, WHATWG URL, section 5.1 */
    TT_PAIRS_QUERY, /* the same behind the "?" of a URL; a "#" begins a fragment of further pairs */
    TT_PAIRS_COOKIE /* a=1; b=2; RFC 6265, section 4.2.1: a plus sign is one */
};

struct tt_pairs {
    enum tt_pair_kind kind;
    bool decode; /* false: only answer marks, open nothing */
    struct tt_place_step steps[TT_PAIR_OUTER_MAX + 1];
    size_t outer;
    bool in_value;
    uint64_t item_at;    /* where the name or value that is being read begins */
    struct tt_span name; /* raw; in the piece until that ends, then in name_room */
    const uint8_t *item; /* the part of the item in this piece */
    size_t name_len;     /* bytes of a cut name in name_room */
    uint8_t name_room[TT_PAIR_NAME_MAX];
    bool text_made;
    struct tt_step_text text;
    struct tt_percent percent;
    struct tt_value value;
};

void tt_pairs_init(struct tt_pairs *pairs, const struct tt_content_sink *sink);

/* A list begins at `at`, inside the place of `outer` (at most TT_PAIR_OUTER_MAX; their texts are
 * borrowed until tt_pairs_end). */
void tt_pairs_begin(struct tt_pairs *pairs, enum tt_pair_kind kind, bool decode,
                    const struct tt_place_step *outer, size_t outer_count, uint64_t at);

/* The next bytes of the list, at `at`. Answers the marks in them. */
void tt_pairs_feed(struct tt_pairs *pairs, struct tt_span in, uint64_t at, struct tt_marks *marks);

/* The list is over at `at`. */
void tt_pairs_end(struct tt_pairs *pairs, enum tt_body_end end, uint64_t at);

#endif
