#include "identify/engine.h"

#include "base/compiler.h"
#include "identify/hold.h"
#include "identify/xor_values.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    LITERAL_MAX = 32,       /* long literals take long to build and tell no more than their end */
    ANCHOR_MIN = 6,         /* a shorter end of a pattern would be hit too often */
    ENDING_LEN = 4,         /* no more than ANCHOR_MIN */
    ANCHOR_PREFIX_MAX = 32, /* bytes that are compared instead of searched */
    STARTS_MIN = 16,        /* patterns that begin alike are searched by their start */
    COSTLY_MAX = 4096, /* patterns of contacts that cost the index much, and the database little */
    INDEX_FROM = 8192  /* patterns of contacts and messages that the database takes for nothing */
};

static const uint32_t none = UINT32_MAX;

/* ---- the forms of all identifiers ---- */

/* Numbers the forms; counts those that have to be made again, for the later ones of a class. */
static size_t count_rows(struct tt_matcher *matcher, size_t identifiers)
{
    const struct tt_forms *forms = &matcher->forms;
    size_t again = 0;
    for (size_t i = 0; i < identifiers; i++) {
        const struct tt_form_class *class = &forms->classes[forms->class_of[i]];
        matcher->first_row[i] = matcher->row_count;
        matcher->row_count += class->form_count;
        if (class->first_identifier == i)
            continue;
        matcher->first_again[i] = (uint32_t)again;
        again += class->form_count;
    }
    return again;
}

static void make_again(struct tt_matcher *matcher, size_t identifiers, uint32_t *last)
{
    const struct tt_forms *forms = &matcher->forms;
    for (size_t i = 0; i < identifiers; i++) {
        uint32_t at = forms->class_of[i];
        const struct tt_form_class *class = &forms->classes[at];
        matcher->next_in_class[i] = none;
        if (class->first_identifier != i) {
            matcher->next_in_class[last[at]] = (uint32_t)i;
            for (size_t j = 0; j < class->form_count; j++) {
                struct tt_form *row = &matcher->again[matcher->first_again[i] + j];
                *row = forms->forms[class->first_form + j];
                row->identifier = (uint32_t)i;
            }
        }
        last[at] = (uint32_t)i;
    }
}

static enum tt_err make_rows(struct tt_matcher *matcher, size_t identifiers)
{
    matcher->identifier_count = identifiers;
    matcher->first_row = calloc(identifiers + 1, sizeof(*matcher->first_row));
    matcher->first_again = calloc(identifiers + 1, sizeof(*matcher->first_again));
    matcher->next_in_class = calloc(identifiers + 1, sizeof(*matcher->next_in_class));
    if (matcher->first_row == NULL || matcher->first_again == NULL ||
        matcher->next_in_class == NULL)
        return TT_ERR_MEMORY;
    size_t again = count_rows(matcher, identifiers);
    if (matcher->row_count > matcher->forms.max)
        return TT_ERR_LIMIT;
    matcher->again = calloc(again + 1, sizeof(*matcher->again));
    uint32_t *last = calloc(matcher->forms.class_count + 1, sizeof(*last));
    bool enough = matcher->again != NULL && last != NULL;
    if (enough)
        make_again(matcher, identifiers, last);
    free(last);
    return enough ? TT_OK : TT_ERR_MEMORY;
}

/* ---- literals ---- */

/* What tells nearly all patterns apart by their ends, side by side: a class may have thousands. */
struct ending {
    uint32_t last; /* ENDING_LEN bytes, in lower case; 0 of shorter ones */
    uint16_t len;  /* of the pattern */
    bool caseless;
};

static struct ending ending_of(const struct tt_pattern *pattern)
{
    struct tt_span bytes = pattern->bytes;
    struct ending ending = {.len = (uint16_t)bytes.len, .caseless = pattern->caseless};
    for (size_t i = 0; bytes.len >= ENDING_LEN && i < ENDING_LEN; i++)
        ending.last = ending.last << 8 | tt_lower(bytes.data[bytes.len - 1 - i]);
    return ending;
}

static struct ending *make_endings(const struct tt_forms *forms)
{
    struct ending *endings = calloc(forms->pattern_count + 1, sizeof(*endings));
    for (size_t i = 0; endings != NULL && i < forms->pattern_count; i++)
        endings[i] = ending_of(&forms->patterns[i]);
    return endings;
}

static bool ends_with(const struct tt_pattern *pattern, const struct tt_pattern *end)
{
    if (pattern->bytes.len <= end->bytes.len)
        return false;
    size_t before = pattern->bytes.len - end->bytes.len;
    struct tt_span tail = tt_span_from(pattern->bytes, before);
    return before <= ANCHOR_PREFIX_MAX &&
           (pattern->caseless ? tt_span_ieq(tail, end->bytes) : tt_span_eq(tail, end->bytes));
}

/* The shortest other pattern of its class, of `anchor_min` bytes and more, that ends the pattern;
 * else all of it. */
static struct tt_span shared_end(const struct tt_forms *forms, const struct ending *endings,
                                 const struct tt_pattern *pattern, size_t anchor_min)
{
    const struct tt_form_class *class = &forms->classes[pattern->owner_class];
    struct tt_span literal = pattern->bytes;
    const struct ending own = ending_of(pattern);
    if (pattern->lone)
        return literal;
    for (size_t i = 0; i < class->pattern_count; i++) {
        const struct ending *ending = &endings[class->first_pattern + i];
        const struct tt_pattern *other = &forms->patterns[class->first_pattern + i];
        if (ending->last == own.last && ending->len >= anchor_min && ending->len < literal.len &&
            ending->caseless == own.caseless && ends_with(pattern, other))
            literal = tt_span_from(pattern->bytes, pattern->bytes.len - other->bytes.len);
    }
    return literal;
}

/* The bytes that the database searches the pattern by. NULs in front are left out
 * (hs_compile_lit_multi takes none there), and in UTF-16 the one at the end, so that both byte
 * orders are one literal. `left_out`: bytes at the end, of patterns that begin alike. */
static struct tt_span literal_of(const struct tt_forms *forms, const struct ending *endings,
                                 const struct tt_pattern *pattern, size_t left_out,
                                 size_t *ret_suffix)
{
    struct tt_span literal = shared_end(forms, endings, pattern, ANCHOR_MIN);
    *ret_suffix = 0;
    if (left_out > 0 && literal.len == pattern->bytes.len) {
        literal.len -= left_out;
        *ret_suffix = left_out;
    }
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

/* The literals of both engines while they are gathered. */
struct literals {
    bool *indexed;          /* of each class: does it go to the index? */
    struct ending *endings; /* of each pattern */
    bool costly_indexed;    /* do those that cost much there, too? */
    struct tt_map *seen;    /* of the database: case and bytes -> its entry in `ids` */
    struct tt_map *starts;  /* likewise: class, case and start -> its entry in `start_counts` */
    uint32_t *start_counts;
    size_t start_count;
    const char **bytes; /* what hs_compile_lit_multi wants, one entry a literal */
    size_t *lens;
    unsigned *flags;
    unsigned *ids;
    size_t count;
    struct tt_gram_literal *grams; /* what tt_gram_index_new wants */
    uint32_t *gram_hashes;         /* of each, the same for both cases of letters */
    size_t gram_count;
    size_t class_gram; /* the first of the current class */
};

static void free_literals(struct literals *literals)
{
    tt_map_free(literals->seen, NULL);
    tt_map_free(literals->starts, NULL);
    free(literals->start_counts);
    free(literals->indexed);
    free(literals->endings);
    free(literals->gram_hashes);
    free(literals->bytes);
    free(literals->lens);
    free(literals->flags);
    free(literals->ids);
    free(literals->grams);
}

/* Where a word begins the literal must begin, too. */
static bool is_word(const struct tt_pattern *pattern)
{
    return pattern->unit == TT_UNIT_BYTE && pattern->left >= TT_EDGE_WORD &&
           pattern->left < TT_EDGE_SEXTET;
}

/* Few such patterns are better looked for by the database. */
static bool is_costly(const struct tt_pattern *pattern)
{
    const struct tt_gram_literal literal = {.bytes = pattern->bytes, .word = is_word(pattern)};
    return !tt_gram_is_cheap(&literal);
}

static bool goes_to_index(const struct literals *literals, const struct tt_pattern *pattern)
{
    return literals->indexed[pattern->owner_class] &&
           (literals->costly_indexed || !is_costly(pattern));
}

/* Contacts and messages go to the index when they have more patterns than `index_from`; the owner's
 * when the database is full. Gives the number of patterns that the database gets. */
static size_t choose_engines(const struct tt_matcher *matcher, const struct tt_subject *subject,
                             size_t index_from, struct literals *literals)
{
    const struct tt_forms *forms = &matcher->forms;
    size_t others = 0;
    size_t count = 0;
    for (size_t i = 0; i < forms->class_count; i++) {
        uint32_t identifier = forms->classes[i].first_identifier;
        if (subject->identifiers[identifier].owner != TT_OWNER_DEVICE)
            others += forms->classes[i].pattern_count;
    }
    for (size_t i = 0; i < forms->class_count; i++) {
        const struct tt_form_class *class = &forms->classes[i];
        bool own = subject->identifiers[class->first_identifier].owner == TT_OWNER_DEVICE;
        literals->indexed[i] =
            (!own && others > index_from) || count + class->pattern_count > TT_LITERALS_MAX;
        count += literals->indexed[i] ? 0 : class->pattern_count;
    }
    size_t costly = 0;
    for (size_t i = 0; i < forms->pattern_count; i++)
        costly +=
            literals->indexed[forms->patterns[i].owner_class] && is_costly(&forms->patterns[i]);
    literals->costly_indexed = index_from == 0 || costly > COSTLY_MAX;
    return count + (literals->costly_indexed ? 0 : costly);
}

/* ---- patterns that begin alike ---- */

/* A value that goes on with a number nobody knows (the version of the software in an IMEISV) gives
 * a hundred patterns in each way of writing. Their start is one literal; the few bytes behind it
 * are compared. How many of them are left out: */
static const size_t starts_without[] = {TT_SUFFIX_MAX, 1};

/* The counter of the patterns of its class that begin as this one does, without the last `left_out`
 * bytes; NULL where there is none. */
static uint32_t *start_counter(struct literals *literals, const struct tt_pattern *pattern,
                               size_t left_out, bool add)
{
    enum { FRONT = sizeof(pattern->owner_class) + 1 };
    uint8_t key[FRONT + TT_FORM_MAX];
    if (pattern->unit != TT_UNIT_BYTE || pattern->bytes.len < ANCHOR_MIN + left_out)
        return NULL;
    size_t len = pattern->bytes.len - left_out;
    memcpy(key, &pattern->owner_class, sizeof(pattern->owner_class));
    key[FRONT - 1] = (uint8_t)(left_out << 1 | (pattern->caseless ? 1 : 0));
    for (size_t i = 0; i < len; i++)
        key[FRONT + i] =
            pattern->caseless ? tt_lower(pattern->bytes.data[i]) : pattern->bytes.data[i];
    struct tt_span key_span = tt_span_of(key, FRONT + len);
    uint32_t *known = tt_map_get(literals->starts, key_span);
    if (known != NULL || !add)
        return known;
    uint32_t *counter = &literals->start_counts[literals->start_count];
    if (tt_map_put(literals->starts, key_span, counter) != TT_OK)
        return NULL; /* a literal more */
    literals->start_count++;
    return counter;
}

static void count_starts(struct literals *literals, const struct tt_pattern *pattern)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(starts_without); i++) {
        uint32_t *counter = start_counter(literals, pattern, starts_without[i], true);
        if (counter != NULL)
            ++*counter;
    }
}

/* How many bytes at its end are left out of the pattern's literal. */
static size_t without_end(struct literals *literals, const struct tt_pattern *pattern)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(starts_without); i++) {
        const uint32_t *counter = start_counter(literals, pattern, starts_without[i], false);
        if (counter != NULL && *counter >= STARTS_MIN)
            return starts_without[i];
    }
    return 0;
}

/* ---- entries ---- */

static uint32_t new_literal(struct tt_matcher *matcher, size_t len)
{
    size_t at = matcher->literal_count++;
    matcher->literal_branch[at] = none;
    matcher->literal_len[at] = (uint32_t)len;
    return (uint32_t)at;
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
    literals->ids[at] = new_literal(matcher, bytes.len);
    *ret_at = literals->ids[at];
    return tt_map_put(literals->seen, key_span, &literals->ids[at]);
}

/* In the index two classes may have the same literal; within one it exists once. */
static uint32_t find_gram_literal(struct tt_matcher *matcher, struct literals *literals,
                                  const struct tt_pattern *pattern, struct tt_span bytes)
{
    bool word = is_word(pattern) && pattern->bytes.len == bytes.len;
    uint32_t hash = tt_forms_hash(bytes);
    for (size_t i = literals->class_gram; i < literals->gram_count; i++) {
        struct tt_gram_literal *earlier = &literals->grams[i];
        if (literals->gram_hashes[i] != hash || earlier->caseless != pattern->caseless ||
            !(earlier->caseless ? tt_span_ieq(earlier->bytes, bytes)
                                : tt_span_eq(earlier->bytes, bytes)))
            continue;
        earlier->word = earlier->word && word;
        return matcher->first_gram_literal + (uint32_t)i;
    }
    literals->gram_hashes[literals->gram_count] = hash;
    literals->grams[literals->gram_count++] =
        (struct tt_gram_literal){.bytes = bytes, .caseless = pattern->caseless, .word = word};
    return new_literal(matcher, bytes.len);
}

/* Hangs the pattern on its literal, of which `suffix` bytes are missing at the end. */
static void add_branch(struct tt_matcher *matcher, uint32_t pattern_at, uint32_t literal,
                       size_t suffix)
{
    const struct tt_pattern *pattern = &matcher->forms.patterns[pattern_at];
    struct tt_branch *branch = &matcher->branches[matcher->branch_count];
    size_t len = matcher->literal_len[literal];
    branch->pattern = pattern_at;
    branch->suffix = (uint32_t)suffix;
    branch->next = matcher->literal_branch[literal];
    matcher->literal_branch[literal] = (uint32_t)matcher->branch_count++;
    size_t context = tt_left_context(pattern);
    bool needs_past = context > 0 || pattern->bytes.len != len;
    if (needs_past && pattern->bytes.len + context > matcher->history)
        matcher->history = pattern->bytes.len + context;
    /* A scan that goes on from what was kept of another sees them again (tt_scan_go_on). */
    if (len > matcher->history)
        matcher->history = len;
    if (pattern->bytes.len > matcher->longest)
        matcher->longest = pattern->bytes.len;
}

static enum tt_err add_to_database(struct tt_matcher *matcher, struct literals *literals,
                                   uint32_t pattern_at)
{
    const struct tt_pattern *pattern = &matcher->forms.patterns[pattern_at];
    size_t suffix = 0;
    struct tt_span bytes = literal_of(&matcher->forms, literals->endings, pattern,
                                      without_end(literals, pattern), &suffix);
    uint32_t literal = 0;
    if (bytes.len == 0)
        return TT_OK; /* NULs alone are nobody's value */
    enum tt_err result = find_literal(matcher, literals, bytes, pattern->caseless, &literal);
    if (result == TT_OK)
        add_branch(matcher, pattern_at, literal, suffix);
    return result;
}

static void add_to_index(struct tt_matcher *matcher, struct literals *literals, uint32_t pattern_at)
{
    const struct tt_pattern *pattern = &matcher->forms.patterns[pattern_at];
    struct tt_span bytes =
        shared_end(&matcher->forms, literals->endings, pattern, TT_GRAM_LITERAL_LONG);
    add_branch(matcher, pattern_at, find_gram_literal(matcher, literals, pattern, bytes), 0);
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

static bool make_room(struct tt_matcher *matcher, struct literals *literals, size_t in_database)
{
    size_t all = matcher->forms.pattern_count + 1;
    literals->seen = tt_map_new(in_database + 1);
    literals->starts = tt_map_new(TT_ARRAY_LEN(starts_without) * in_database + 1);
    literals->start_counts =
        calloc(TT_ARRAY_LEN(starts_without) * in_database + 1, sizeof(*literals->start_counts));
    literals->bytes = calloc(in_database + 1, sizeof(*literals->bytes));
    literals->lens = calloc(in_database + 1, sizeof(*literals->lens));
    literals->flags = calloc(in_database + 1, sizeof(*literals->flags));
    literals->ids = calloc(in_database + 1, sizeof(*literals->ids));
    literals->grams = calloc(all - in_database, sizeof(*literals->grams));
    literals->gram_hashes = calloc(all - in_database, sizeof(*literals->gram_hashes));
    literals->endings = make_endings(&matcher->forms);
    matcher->branches = calloc(all, sizeof(*matcher->branches));
    matcher->literal_branch = calloc(all, sizeof(*matcher->literal_branch));
    matcher->literal_len = calloc(all, sizeof(*matcher->literal_len));
    return literals->seen != NULL && literals->starts != NULL && literals->start_counts != NULL &&
           literals->bytes != NULL && literals->lens != NULL && literals->flags != NULL &&
           literals->ids != NULL && literals->grams != NULL && literals->gram_hashes != NULL &&
           literals->endings != NULL && matcher->branches != NULL &&
           matcher->literal_branch != NULL && matcher->literal_len != NULL;
}

/* Every pattern of a class to its engine: first those of the database, then those of the index. */
static enum tt_err gather(struct tt_matcher *matcher, struct literals *literals)
{
    const struct tt_forms *forms = &matcher->forms;
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < forms->pattern_count; i++) {
        if (!goes_to_index(literals, &forms->patterns[i]))
            count_starts(literals, &forms->patterns[i]);
    }
    for (size_t i = 0; i < forms->pattern_count && result == TT_OK; i++) {
        if (!goes_to_index(literals, &forms->patterns[i]))
            result = add_to_database(matcher, literals, (uint32_t)i);
    }
    matcher->first_gram_literal = (uint32_t)matcher->literal_count;
    for (size_t i = 0; i < forms->class_count && result == TT_OK; i++) {
        const struct tt_form_class *class = &forms->classes[i];
        literals->class_gram = literals->gram_count;
        for (size_t j = 0; literals->indexed[i] && j < class->pattern_count; j++) {
            if (goes_to_index(literals, &forms->patterns[class->first_pattern + j]))
                add_to_index(matcher, literals, (uint32_t)(class->first_pattern + j));
        }
    }
    return result;
}

static enum tt_err make_engines(struct tt_matcher *matcher, const struct tt_subject *subject,
                                size_t index_from, struct tt_error *error)
{
    struct literals literals = {
        .indexed = calloc(matcher->forms.class_count + 1, sizeof(*literals.indexed))};
    if (literals.indexed == NULL)
        return TT_ERR_MEMORY;
    size_t in_database = choose_engines(matcher, subject, index_from, &literals);
    enum tt_err result = make_room(matcher, &literals, in_database) ? TT_OK : TT_ERR_MEMORY;
    matcher->history = TT_HEAD_MAX; /* so that the tail of a short stream is all of it */
    if (result == TT_OK)
        result = gather(matcher, &literals);
    if (result == TT_OK && literals.count > 0)
        result = compile(matcher, &literals, error);
    if (result == TT_OK && literals.gram_count > 0)
        result = tt_gram_index_new(literals.grams, literals.gram_count, &matcher->index);
    free_literals(&literals);
    return result;
}

/* ---- the interface ---- */

enum tt_err tt_matcher_build(const struct tt_subject *subject, size_t index_from,
                             size_t patterns_max, struct tt_matcher **ret_matcher,
                             struct tt_error *error)
{
    struct tt_matcher *matcher = calloc(1, sizeof(*matcher));
    if (matcher == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory for the search patterns");
    matcher->pool = calloc(1, sizeof(*matcher->pool));
    enum tt_err result = matcher->pool == NULL ? TT_ERR_MEMORY : TT_OK;
    if (result == TT_OK)
        result = tt_forms_make(&matcher->forms, subject, patterns_max);
    if (result == TT_OK)
        result = make_rows(matcher, subject->identifier_count);
    if (result == TT_OK)
        result = tt_hold_make(&matcher->forms, &matcher->hold);
    if (result == TT_OK)
        result = tt_xor_values_new(&matcher->forms, subject, &matcher->xor_values);
    if (result == TT_OK)
        result = make_engines(matcher, subject, index_from, error);
    if (result == TT_ERR_LIMIT)
        (void)tt_error_set(error, result,
                           "the subject sheet gives more than %zu search patterns or %d digests; "
                           "leave out entries, or test them with several sheets",
                           patterns_max, TT_DIGESTS_MAX);
    if (result != TT_OK) {
        tt_matcher_free(matcher);
        return tt_error_set(error, result, "no memory for the search patterns");
    }
    *ret_matcher = matcher;
    return TT_OK;
}

enum tt_err tt_matcher_new(const struct tt_subject *subject, struct tt_matcher **ret_matcher,
                           struct tt_error *error)
{
    return tt_matcher_build(subject, INDEX_FROM, TT_PATTERNS_MAX, ret_matcher, error);
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
    tt_gram_index_free(matcher->index);
    tt_xor_values_free(matcher->xor_values);
    free(matcher->hold);
    free(matcher->literal_branch);
    free(matcher->literal_len);
    free(matcher->branches);
    free(matcher->next_in_class);
    free(matcher->first_row);
    free(matcher->first_again);
    free(matcher->again);
    tt_forms_free(&matcher->forms);
    free(matcher);
}

size_t tt_matcher_form_count(const struct tt_matcher *matcher)
{
    return matcher->row_count;
}

const struct tt_form *tt_matcher_form(const struct tt_matcher *matcher, size_t at)
{
    if (at >= matcher->row_count)
        return NULL;
    size_t from = 0; /* the identifier is one of those from here on */
    size_t to = matcher->identifier_count;
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (matcher->first_row[middle] <= at)
            from = middle;
        else
            to = middle;
    }
    return tt_matcher_row(matcher, (uint32_t)from, (uint32_t)(at - matcher->first_row[from]));
}
