#include "identify/hold.h"

#include "base/team.h"
#include "identify/engine.h"
#include "model/limits.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    CONTEXT_MAX = TT_NEIGHBOURS_MAX, /* the most that tt_right_context says */
    GRAM = TT_FORM_MIN,              /* bytes that are looked at together: every pattern has some */
    GRAM_WORDS = 4,
    START = 8,
    INSERTED_MAX = 32, /* so few are put in order faster by hand */
    RANK_LONE = 2      /* of tt_pattern_rank: waits for none, and none for it */
};

/* What tells of nearly all pairs that they cannot overlap; in lower case. There may be thousands of
 * patterns in a class, each beside each. */
struct sight {
    uint64_t grams[GRAM_WORDS]; /* a bit of each gram of the pattern but the first */
    uint64_t start;             /* START bytes, of a pattern that has so many */
    uint32_t head;              /* its first gram */
    uint32_t tail;              /* its last one */
    uint32_t at;                /* which pattern */
    uint16_t len;
    uint8_t context; /* tt_right_context */
    uint8_t rank;    /* tt_pattern_rank */
};

struct holding {
    const struct tt_forms *forms;
    size_t most; /* patterns of a class */
    uint32_t *hold;
    atomic_bool *failed; /* no memory */
};

static bool same_at(const struct tt_pattern *a, size_t a_at, const struct tt_pattern *b,
                    size_t b_at, size_t len)
{
    struct tt_span x = tt_span_sub(a->bytes, a_at, len);
    struct tt_span y = tt_span_sub(b->bytes, b_at, len);
    return a->caseless || b->caseless ? tt_span_ieq(x, y) : tt_span_eq(x, y);
}

/* The most bytes by which a match of `longer` that overlaps one of `pattern` can end behind it; 0
 * when that is none, or no more than `known`. Most places are told by their first byte alone. */
static size_t extension(const struct tt_pattern *pattern, const struct tt_pattern *longer,
                        size_t known)
{
    const uint8_t *bytes = pattern->bytes.data;
    const uint8_t *longer_bytes = longer->bytes.data;
    size_t len = pattern->bytes.len;
    size_t longer_len = longer->bytes.len;
    uint8_t first = tt_lower(longer_bytes[0]);
    for (size_t shared = 1; shared <= len && shared + known < longer_len; shared++) {
        if (tt_lower(bytes[len - shared]) == first &&
            same_at(pattern, len - shared, longer, 0, shared))
            return longer_len - shared;
    }
    first = tt_lower(bytes[0]);
    for (size_t at = 1; at + len + known < longer_len; at++) {
        if (tt_lower(longer_bytes[at]) == first && same_at(pattern, 0, longer, at, len))
            return longer_len - at - len;
    }
    return 0;
}

/* The bytes behind `pattern` that must be known before it is sure whether `longer`, which overlaps
 * it, is a match; or `hold`, when it is not more. */
static size_t wait_for(const struct tt_pattern *pattern, const struct tt_pattern *longer,
                       size_t hold)
{
    size_t context = tt_right_context(longer);
    size_t further = extension(pattern, longer, hold > context ? hold - context : 0);
    if (further > 0)
        return further + context;
    if (hold >= context)
        return hold;
    /* It may end with the pattern, or a little before. */
    size_t len = pattern->bytes.len;
    for (size_t before = 0; before < context && before < len; before++) {
        size_t shared = len - before;
        if (same_at(pattern, 0, longer, longer->bytes.len - shared, shared))
            return context - before;
    }
    return 0;
}

/* ---- all of a class ---- */

static uint32_t gram_at(const uint8_t *bytes)
{
    return (uint32_t)tt_lower(bytes[0]) << 16 | (uint32_t)tt_lower(bytes[1]) << 8 |
           tt_lower(bytes[2]);
}

/* Of the bits of all words. */
static unsigned bit_of(uint32_t gram)
{
    return gram * 0x9e3779b9U >> 24;
}

static bool has_gram(const struct sight *sight, uint32_t gram)
{
    unsigned bit = bit_of(gram);
    return (sight->grams[bit / 64] >> bit % 64 & 1) != 0;
}

static struct sight sight_of(const struct tt_forms *forms, size_t at)
{
    const struct tt_pattern *pattern = &forms->patterns[at];
    struct tt_span bytes = pattern->bytes;
    struct sight sight = {.head = gram_at(bytes.data),
                          .tail = gram_at(bytes.data + bytes.len - GRAM),
                          .at = (uint32_t)at,
                          .len = (uint16_t)bytes.len,
                          .context = (uint8_t)tt_right_context(pattern),
                          .rank = (uint8_t)tt_pattern_rank(pattern)};
    for (size_t i = 0; bytes.len >= START && i < START; i++)
        sight.start = sight.start << 8 | tt_lower(bytes.data[i]);
    for (size_t i = 1; i + GRAM <= bytes.len; i++) {
        unsigned bit = bit_of(gram_at(bytes.data + i));
        sight.grams[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return sight;
}

static int by_length(const void *a, const void *b)
{
    const struct sight *x = a;
    const struct sight *y = b;
    return x->len != y->len ? (x->len < y->len ? 1 : -1) : x->at < y->at ? -1 : 1;
}

static void put_in_order(struct sight *sights, size_t count)
{
    if (count > INSERTED_MAX) {
        qsort(sights, count, sizeof(*sights), by_length);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct sight sight = sights[i];
        size_t at = i;
        for (; at > 0 && sights[at - 1].len < sight.len; at--)
            sights[at] = sights[at - 1];
        sights[at] = sight;
    }
}

/* Can `longer` begin in the other one? */
static bool may_begin(const struct sight *sight, const struct sight *longer)
{
    bool at_start =
        sight->head == longer->head && (sight->start == longer->start || sight->start == 0);
    return at_start || has_gram(sight, longer->head) ||
           (sight->tail & 0xff) == longer->head >> 16 ||
           (sight->tail & 0xffff) == longer->head >> 8;
}

/* Can it hold all of the other one, or end with it or a little before? The latter says no more when
 * `hold` is its context already. */
static bool may_hold(const struct sight *sight, const struct sight *longer, size_t hold)
{
    if (hold < longer->context)
        return sight->len < GRAM + CONTEXT_MAX || sight->head == longer->head ||
               has_gram(longer, sight->head);
    return has_gram(longer, sight->head) && has_gram(longer, sight->tail);
}

static uint32_t hold_of(const struct tt_forms *forms, const struct sight *sight,
                        const struct sight *sights, size_t count)
{
    const struct tt_pattern *pattern = &forms->patterns[sight->at];
    size_t hold = sight->context;
    for (size_t i = 0; i < count && sight->rank < RANK_LONE; i++) {
        const struct sight *longer = &sights[i];
        if (longer->len < sight->len || (size_t)longer->len + CONTEXT_MAX <= hold + 1)
            break; /* nor can those that follow cover it, or be waited for any longer */
        if (!may_begin(sight, longer) && !may_hold(sight, longer, hold))
            continue;
        if (longer->rank == RANK_LONE || !tt_pattern_beats(forms, longer->at, sight->at))
            continue; /* it gives way to this one */
        size_t wait = wait_for(pattern, &forms->patterns[longer->at], hold);
        hold = wait > hold ? wait : hold;
    }
    return (uint32_t)hold;
}

static void make_class(const struct holding *holding, const struct tt_form_class *class,
                       struct sight *sights)
{
    for (size_t i = 0; i < class->pattern_count; i++)
        sights[i] = sight_of(holding->forms, class->first_pattern + i);
    put_in_order(sights, class->pattern_count);
    for (size_t i = 0; i < class->pattern_count; i++)
        holding->hold[sights[i].at] =
            hold_of(holding->forms, &sights[i], sights, class->pattern_count);
}

/* The classes that begin in a slice of the patterns, by one of a team. */
static void make_some(void *context, size_t first, size_t end)
{
    const struct holding *holding = context;
    const struct tt_forms *forms = holding->forms;
    size_t at = forms->patterns[first].owner_class;
    struct sight *sights = calloc(holding->most, sizeof(*sights)); /* of a class, longest first */
    if (sights == NULL) {
        atomic_store(holding->failed, true);
        return;
    }
    if (forms->classes[at].first_pattern < first)
        at++;
    for (; at < forms->class_count && forms->classes[at].first_pattern < end; at++)
        make_class(holding, &forms->classes[at], sights);
    free(sights);
}

enum tt_err tt_hold_make(const struct tt_forms *forms, uint32_t **ret_hold)
{
    atomic_bool failed = false;
    struct holding holding = {.forms = forms,
                              .most = 1,
                              .hold = calloc(forms->pattern_count + 1, sizeof(*holding.hold)),
                              .failed = &failed};
    if (holding.hold == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < forms->class_count; i++) {
        size_t count = forms->classes[i].pattern_count;
        holding.most = count > holding.most ? count : holding.most;
    }
    if (forms->pattern_count > 0)
        tt_team_run(forms->pattern_count, make_some, &holding);
    if (atomic_load(&failed)) {
        free(holding.hold);
        return TT_ERR_MEMORY;
    }
    *ret_hold = holding.hold;
    return TT_OK;
}
