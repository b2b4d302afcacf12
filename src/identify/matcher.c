#include "identify/engine.h"

#include "model/limits.h"

#include <stdlib.h>

enum {
    LITERAL_MAX = 32,      /* long literals take long to build and tell no more than their end */
    ANCHOR_MIN = 6,        /* a shorter end of a pattern would be hit too often */
    ANCHOR_PREFIX_MAX = 32 /* bytes that are compared instead of searched */
};

static const uint32_t none = UINT32_MAX;

/* ---- the table of forms ---- */

static enum tt_err make_rows(struct tt_matcher *matcher, size_t identifiers)
{
    const struct tt_forms *forms = &matcher->forms;
    matcher->first_row = calloc(identifiers + 1, sizeof(*matcher->first_row));
    matcher->next_in_class = calloc(identifiers + 1, sizeof(*matcher->next_in_class));
    if (matcher->first_row == NULL || matcher->next_in_class == NULL)
        return TT_ERR_MEMORY;
    size_t rows = 0;
    for (size_t i = 0; i < identifiers; i++)
        rows += forms->classes[forms->class_of[i]].form_count;
    if (rows > TT_PATTERNS_MAX)
        return TT_ERR_LIMIT;
    matcher->rows = calloc(rows + 1, sizeof(*matcher->rows));
    uint32_t *last = calloc(forms->class_count + 1, sizeof(*last));
    if (matcher->rows == NULL || last == NULL) {
        free(last);
        return TT_ERR_MEMORY;
    }
    for (size_t i = 0; i < identifiers; i++) {
        uint32_t at = forms->class_of[i];
        const struct tt_form_class *class = &forms->classes[at];
        matcher->first_row[i] = matcher->row_count;
        matcher->next_in_class[i] = none;
        if (class->first_identifier != i)
            matcher->next_in_class[last[at]] = (uint32_t)i;
        last[at] = (uint32_t)i;
        for (size_t j = 0; j < class->form_count; j++) {
            matcher->rows[matcher->row_count] = forms->forms[class->first_form + j];
            matcher->rows[matcher->row_count++].identifier = (uint32_t)i;
        }
    }
    free(last);
    return TT_OK;
}

/* ---- literals ---- */

static bool ends_with(const struct tt_pattern *pattern, const struct tt_pattern *end)
{
    if (pattern->bytes.len <= end->bytes.len)
        return false;
    size_t before = pattern->bytes.len - end->bytes.len;
    struct tt_span tail = tt_span_from(pattern->bytes, before);
    return before <= ANCHOR_PREFIX_MAX &&
           (pattern->caseless ? tt_span_ieq(tail, end->bytes) : tt_span_eq(tail, end->bytes));
}

/* The bytes that the pattern is searched by: the shortest other pattern of its class that ends it,
 * else its own. NULs in front are left out (hs_compile_lit_multi takes none there), and in UTF-16
 * the one at the end, so that both byte orders are one literal. */
static struct tt_span literal_of(const struct tt_forms *forms, const struct tt_pattern *pattern,
                                 size_t *ret_suffix)
{
    const struct tt_form_class *class = &forms->classes[pattern->owner_class];
    struct tt_span literal = pattern->bytes;
    for (size_t i = 0; i < class->pattern_count; i++) {
        const struct tt_pattern *other = &forms->patterns[class->first_pattern + i];
        if (other->bytes.len >= ANCHOR_MIN && other->bytes.len < literal.len &&
            other->caseless == pattern->caseless && ends_with(pattern, other))
            literal = tt_span_from(pattern->bytes, pattern->bytes.len - other->bytes.len);
    }
    *ret_suffix = 0;
    if (pattern->unit == TT_UNIT_16LE && literal.len > 1 && literal.data[literal.len - 1] == 0) {
        literal.len--;
        *ret_suffix = 1;
    }
    if (literal.len > LITERAL_MAX)
        literal = tt_span_from(literal, literal.len - LITERAL_MAX);
    while (literal.len > 0 && literal.data[0] == 0)
        literal = tt_span_from(literal, 1);
    return literal;
}

/* What hs_compile_lit_multi wants, one entry a literal. */
struct literals {
    struct tt_map *seen; /* case and bytes -> its entry in `ids` */
    const char **bytes;
    size_t *lens;
    unsigned *flags;
    unsigned *ids;
    size_t count;
};

static void free_literals(struct literals *literals)
{
    tt_map_free(literals->seen, NULL);
    free(literals->bytes);
    free(literals->lens);
    free(literals->flags);
    free(literals->ids);
}

static enum tt_err find_literal(struct tt_matcher *matcher, struct literals *literals,
                                struct tt_span bytes, bool caseless, uint32_t *ret_at)
{
    uint8_t key[TT_FORM_MAX + 1];
    key[0] = caseless ? 1 : 0;
    for (size_t i = 0; i < bytes.len; i++)
        key[i + 1] = caseless ? tt_lower(bytes.data[i]) : bytes.data[i];
    struct tt_span key_span = tt_span_of(key, bytes.len + 1);
    const unsigned *earlier = tt_map_get(literals->seen, key_span);
    if (earlier != NULL) {
        *ret_at = *earlier;
        return TT_OK;
    }
    size_t at = literals->count++;
    literals->bytes[at] = (const char *)bytes.data;
    literals->lens[at] = bytes.len;
    literals->flags[at] = caseless ? HS_FLAG_CASELESS : 0;
    literals->ids[at] = (unsigned)at;
    matcher->literal_branch[at] = none;
    matcher->literal_len[at] = (uint32_t)bytes.len;
    *ret_at = (uint32_t)at;
    return tt_map_put(literals->seen, key_span, &literals->ids[at]);
}

/* Hangs the pattern on its literal. */
static enum tt_err add_branch(struct tt_matcher *matcher, struct literals *literals,
                              uint32_t pattern_at)
{
    const struct tt_pattern *pattern = &matcher->forms.patterns[pattern_at];
    size_t suffix = 0;
    struct tt_span bytes = literal_of(&matcher->forms, pattern, &suffix);
    uint32_t literal = 0;
    if (bytes.len == 0)
        return TT_OK; /* NULs alone are nobody's value */
    enum tt_err result = find_literal(matcher, literals, bytes, pattern->caseless, &literal);
    if (result != TT_OK)
        return result;
    struct tt_branch *branch = &matcher->branches[matcher->branch_count];
    branch->pattern = pattern_at;
    branch->suffix = (uint32_t)suffix;
    branch->next = matcher->literal_branch[literal];
    matcher->literal_branch[literal] = (uint32_t)matcher->branch_count++;
    bool needs_past = pattern->left != TT_EDGE_ANY || pattern->bytes.len != bytes.len;
    if (needs_past && pattern->bytes.len + TT_LEFT_CONTEXT > matcher->history)
        matcher->history = pattern->bytes.len + TT_LEFT_CONTEXT;
    /* A scan that goes on from what was kept of another sees them again (tt_scan_go_on). */
    if (bytes.len > matcher->history)
        matcher->history = bytes.len;
    if (pattern->bytes.len > matcher->longest)
        matcher->longest = pattern->bytes.len;
    return TT_OK;
}

static enum tt_err compile(struct tt_matcher *matcher, const struct literals *literals,
                           struct tt_error *error)
{
    hs_compile_error_t *reason = NULL;
    hs_error_t code = hs_compile_lit_multi(literals->bytes, literals->flags, literals->ids,
                                           literals->lens, (unsigned)literals->count,
                                           HS_MODE_STREAM, NULL, &matcher->database, &reason);
    if (code != HS_SUCCESS) {
        /* The library's message may quote a pattern: it is not passed on. */
        (void)hs_free_compile_error(reason);
        return tt_error_set(error, TT_ERR_INTERNAL,
                            "the pattern database of the subject sheet cannot be built");
    }
    if (hs_alloc_scratch(matcher->database, &matcher->scratch) != HS_SUCCESS)
        return TT_ERR_MEMORY;
    return TT_OK;
}

static enum tt_err make_database(struct tt_matcher *matcher, struct tt_error *error)
{
    size_t count = matcher->forms.pattern_count;
    struct literals literals = {
        .seen = tt_map_new(count + 1),
        .bytes = calloc(count + 1, sizeof(*literals.bytes)),
        .lens = calloc(count + 1, sizeof(*literals.lens)),
        .flags = calloc(count + 1, sizeof(*literals.flags)),
        .ids = calloc(count + 1, sizeof(*literals.ids)),
    };
    matcher->branches = calloc(count + 1, sizeof(*matcher->branches));
    matcher->literal_branch = calloc(count + 1, sizeof(*matcher->literal_branch));
    matcher->literal_len = calloc(count + 1, sizeof(*matcher->literal_len));
    enum tt_err result = TT_OK;
    if (literals.seen == NULL || literals.bytes == NULL || literals.lens == NULL ||
        literals.flags == NULL || literals.ids == NULL || matcher->branches == NULL ||
        matcher->literal_branch == NULL || matcher->literal_len == NULL)
        result = TT_ERR_MEMORY;
    matcher->history = TT_HEAD_MAX; /* so that the tail of a short stream is all of it */
    for (size_t i = 0; i < count && result == TT_OK; i++)
        result = add_branch(matcher, &literals, (uint32_t)i);
    matcher->literal_count = literals.count;
    if (result == TT_OK && literals.count > 0)
        result = compile(matcher, &literals, error);
    free_literals(&literals);
    return result;
}

/* ---- how long a match waits for a longer one ---- */

static bool same_at(const struct tt_pattern *a, size_t a_at, const struct tt_pattern *b,
                    size_t b_at, size_t len)
{
    struct tt_span x = tt_span_sub(a->bytes, a_at, len);
    struct tt_span y = tt_span_sub(b->bytes, b_at, len);
    return a->caseless || b->caseless ? tt_span_ieq(x, y) : tt_span_eq(x, y);
}

/* The most bytes by which a match of `longer` that overlaps one of `pattern` can end behind it. */
static size_t extension(const struct tt_pattern *pattern, const struct tt_pattern *longer)
{
    size_t len = pattern->bytes.len;
    size_t longer_len = longer->bytes.len;
    for (size_t shared = 1; shared <= len; shared++) {
        if (shared < longer_len && same_at(pattern, len - shared, longer, 0, shared))
            return longer_len - shared;
    }
    for (size_t at = 1; at + len < longer_len; at++) {
        if (same_at(pattern, 0, longer, at, len))
            return longer_len - at - len;
    }
    return 0;
}

/* The bytes behind `pattern` that must be known before it is sure whether `longer`, which overlaps
 * it, is a match. */
static size_t wait_for(const struct tt_pattern *pattern, const struct tt_pattern *longer)
{
    size_t context = tt_right_context(longer);
    size_t further = extension(pattern, longer);
    if (further > 0)
        return further + context;
    /* It may end with the pattern, or a little before. */
    size_t len = pattern->bytes.len;
    for (size_t before = 0; before < context && before < len; before++) {
        size_t shared = len - before;
        if (same_at(pattern, 0, longer, longer->bytes.len - shared, shared))
            return context - before;
    }
    return 0;
}

static enum tt_err make_hold(struct tt_matcher *matcher)
{
    const struct tt_forms *forms = &matcher->forms;
    matcher->hold = calloc(forms->pattern_count + 1, sizeof(*matcher->hold));
    if (matcher->hold == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < forms->pattern_count; i++) {
        const struct tt_pattern *pattern = &forms->patterns[i];
        const struct tt_form_class *class = &forms->classes[pattern->owner_class];
        size_t hold = tt_right_context(pattern);
        for (size_t j = 0; j < class->pattern_count; j++) {
            const struct tt_pattern *other = &forms->patterns[class->first_pattern + j];
            if (other->lone || other->bytes.len < pattern->bytes.len ||
                (other->bytes.len == pattern->bytes.len && class->first_pattern + j >= i))
                continue; /* it gives way to this one */
            size_t wait = wait_for(pattern, other);
            hold = wait > hold ? wait : hold;
        }
        matcher->hold[i] = (uint32_t)hold;
    }
    return TT_OK;
}

/* ---- the interface ---- */

enum tt_err tt_matcher_new(const struct tt_subject *subject, struct tt_matcher **ret_matcher,
                           struct tt_error *error)
{
    struct tt_matcher *matcher = calloc(1, sizeof(*matcher));
    if (matcher == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory for the search patterns");
    matcher->pool = calloc(1, sizeof(*matcher->pool));
    enum tt_err result = matcher->pool == NULL ? TT_ERR_MEMORY : TT_OK;
    if (result == TT_OK)
        result = tt_forms_make(&matcher->forms, subject);
    if (result == TT_OK)
        result = make_rows(matcher, subject->identifier_count);
    if (result == TT_OK)
        result = make_hold(matcher);
    if (result == TT_OK)
        result = make_database(matcher, error);
    if (result == TT_ERR_LIMIT)
        (void)tt_error_set(error, result, "the subject sheet gives more than %d search patterns",
                           TT_PATTERNS_MAX);
    if (result != TT_OK) {
        tt_matcher_free(matcher);
        return tt_error_set(error, result, "no memory for the search patterns");
    }
    *ret_matcher = matcher;
    return TT_OK;
}

void tt_matcher_free(struct tt_matcher *matcher)
{
    if (matcher == NULL)
        return;
    for (size_t i = 0; i < TT_SCRATCH_POOL && matcher->pool != NULL; i++)
        (void)hs_free_scratch(atomic_load(&matcher->pool->idle[i]));
    free(matcher->pool);
    (void)hs_free_scratch(matcher->scratch);
    (void)hs_free_database(matcher->database);
    free(matcher->hold);
    free(matcher->literal_branch);
    free(matcher->literal_len);
    free(matcher->branches);
    free(matcher->next_in_class);
    free(matcher->first_row);
    free(matcher->rows);
    tt_forms_free(&matcher->forms);
    free(matcher);
}

size_t tt_matcher_form_count(const struct tt_matcher *matcher)
{
    return matcher->row_count;
}

const struct tt_form *tt_matcher_form(const struct tt_matcher *matcher, size_t at)
{
    return at < matcher->row_count ? &matcher->rows[at] : NULL;
}
