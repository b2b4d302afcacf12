#include "identify/edge.h"
#include "identify/engine.h"
#include "model/limits.h"

#include <stdlib.h>

enum { SLICE = 32768 }; /* bytes between two looks at the waiting matches */

/* A literal was found and the left side fits. Candidates stay, told or not, as long as another one
 * can overlap them: of those that overlap, only the best is told. */
struct candidate {
    uint64_t end;
    uint32_t pattern;
    enum tt_framing framing; /* tt_edge_framing */
    bool decided;            /* the right side is known */
    bool valid;              /* and fits */
};

/* A literal that the index found in the piece. */
struct found {
    uint64_t end;
    uint32_t literal;
};

struct tt_scan {
    const struct tt_matcher *matcher;
    hs_stream_t *stream;
    struct tt_span piece; /* being searched */
    uint64_t piece_at;
    uint64_t known; /* bytes of the stream seen */
    uint64_t base;  /* where the engine's stream begins: above 0 in a scan that went on */
    bool cut;       /* what follows the end is missing */
    bool priming;   /* the engine sees bytes again that were searched before */
    uint8_t head[TT_HEAD_MAX];
    struct candidate *waiting; /* by end, then pattern */
    size_t room;
    size_t first;  /* entries before it are forgotten */
    size_t untold; /* entries before it are settled */
    size_t count;
    struct found *found; /* by end; waits for what the other engine finds before it */
    size_t found_room;
    size_t found_at;
    size_t found_count;
    tt_match_fn *match; /* of the current call */
    void *context;
    enum tt_err err;
    size_t tail_len;
    uint8_t tail[]; /* the last bytes before the piece, matcher->history at most */
};

/* ---- scratch ---- */

static hs_scratch_t *take_scratch(const struct tt_matcher *matcher)
{
    for (size_t i = 0; i < TT_SCRATCH_POOL; i++) {
        hs_scratch_t *scratch = atomic_exchange(&matcher->pool->idle[i], NULL);
        if (scratch != NULL)
            return scratch;
    }
    hs_scratch_t *scratch = NULL;
    return hs_clone_scratch(matcher->scratch, &scratch) == HS_SUCCESS ? scratch : NULL;
}

static void put_scratch(const struct tt_matcher *matcher, hs_scratch_t *scratch)
{
    for (size_t i = 0; i < TT_SCRATCH_POOL; i++) {
        hs_scratch_t *empty = NULL;
        if (atomic_compare_exchange_strong(&matcher->pool->idle[i], &empty, scratch))
            return;
    }
    (void)hs_free_scratch(scratch);
}

/* ---- bytes around a match ---- */

/* The byte at a position of the stream that the tail or the piece still holds. */
static uint8_t byte_at(const struct tt_scan *scan, uint64_t at)
{
    if (at >= scan->piece_at)
        return scan->piece.data[at - scan->piece_at];
    return scan->tail[scan->tail_len - (size_t)(scan->piece_at - at)];
}

static bool left_ok(const struct tt_scan *scan, const struct tt_pattern *pattern, uint64_t start,
                    enum tt_framing *ret_framing)
{
    size_t context = tt_left_context(pattern);
    struct tt_neighbours before = {.count = (unsigned)(start < context ? start : context)};
    if (context == 0)
        return true;
    before.own = byte_at(scan, pattern->unit == TT_UNIT_16BE ? start + 1 : start);
    for (unsigned i = 0; i < before.count; i++)
        before.all[i] = byte_at(scan, start - 1 - i);
    *ret_framing = tt_edge_framing(pattern, before);
    return tt_edge_left_ok(pattern, before);
}

static bool same_byte(const struct tt_pattern *pattern, size_t at, uint8_t found)
{
    uint8_t wanted = pattern->bytes.data[at];
    return found == wanted || (pattern->caseless && tt_lower(found) == tt_lower(wanted));
}

/* The last bytes of the pattern, which its literal may have left out. */
static bool suffix_ok(const struct tt_scan *scan, const struct tt_pattern *pattern, uint64_t end)
{
    size_t len = pattern->bytes.len;
    for (size_t i = 1; i <= TT_SUFFIX_MAX && i <= len; i++) {
        if (!same_byte(pattern, len - i, byte_at(scan, end - i)))
            return false;
    }
    return true;
}

static bool right_ok(const struct tt_scan *scan, const struct tt_pattern *pattern,
                     const struct candidate *candidate)
{
    uint64_t end = candidate->end;
    if (end > scan->known || !suffix_ok(scan, pattern, end))
        return false;
    uint64_t left = scan->known - end;
    size_t context = tt_right_context(pattern);
    if (scan->cut && left == 0 && context > 0)
        return false;
    struct tt_neighbours behind = {.count = (unsigned)(left < context ? left : context),
                                   .framing = candidate->framing};
    if (context == 0)
        return true;
    behind.own = byte_at(scan, pattern->unit == TT_UNIT_16LE ? end - 2 : end - 1);
    for (unsigned i = 0; i < behind.count; i++)
        behind.all[i] = byte_at(scan, end + i);
    return tt_edge_right_ok(pattern, behind);
}

/* The bytes of the pattern that its literal does not hold: they stand before it. */
static bool prefix_ok(const struct tt_scan *scan, const struct tt_pattern *pattern,
                      size_t literal_len, uint64_t start)
{
    size_t len = pattern->bytes.len - literal_len;
    for (size_t i = 0; i < len; i++) {
        if (!same_byte(pattern, i, byte_at(scan, start + i)))
            return false;
    }
    return true;
}

static void remember(struct tt_scan *scan)
{
    size_t room = scan->matcher->history;
    struct tt_span piece = scan->piece;
    if (piece.len >= room) {
        memcpy(scan->tail, piece.data + piece.len - room, room);
        scan->tail_len = room;
        return;
    }
    size_t keep = room - piece.len < scan->tail_len ? room - piece.len : scan->tail_len;
    memmove(scan->tail, scan->tail + scan->tail_len - keep, keep);
    if (piece.len > 0)
        memcpy(scan->tail + keep, piece.data, piece.len);
    scan->tail_len = keep + piece.len;
}

/* ---- telling ---- */

static void tell_form(const struct tt_scan *scan, uint32_t class_at, uint32_t form, uint64_t at,
                      size_t len)
{
    const struct tt_matcher *matcher = scan->matcher;
    uint32_t identifier = matcher->forms.classes[class_at].first_identifier;
    while (identifier != UINT32_MAX) {
        struct tt_match match = {
            .form = tt_matcher_row(matcher, identifier, form), .at = at, .len = len};
        match.in_place = match.form->weak; /* its edges were looked at */
        scan->match(scan->context, &match);
        identifier = matcher->next_in_class[identifier];
    }
}

static void tell(const struct tt_scan *scan, const struct candidate *candidate)
{
    const struct tt_pattern *pattern = &scan->matcher->forms.patterns[candidate->pattern];
    tell_form(scan, pattern->owner_class, pattern->form, candidate->end - pattern->bytes.len,
              pattern->bytes.len);
}

static bool beats(const struct tt_scan *scan, const struct candidate *a, const struct candidate *b)
{
    const struct tt_pattern *x = &scan->matcher->forms.patterns[a->pattern];
    const struct tt_pattern *y = &scan->matcher->forms.patterns[b->pattern];
    if (x->owner_class != y->owner_class || a->end - x->bytes.len >= b->end ||
        b->end - y->bytes.len >= a->end)
        return false;
    if (a->pattern == b->pattern)
        return a->end < b->end;
    return tt_pattern_beats(&scan->matcher->forms, a->pattern, b->pattern);
}

static bool is_beaten(const struct tt_scan *scan, size_t at)
{
    const struct candidate *candidate = &scan->waiting[at];
    uint64_t start = candidate->end - scan->matcher->forms.patterns[candidate->pattern].bytes.len;
    for (size_t i = at; i > scan->first && scan->waiting[i - 1].end > start; i--) {
        if (scan->waiting[i - 1].valid && beats(scan, &scan->waiting[i - 1], candidate))
            return true;
    }
    uint64_t last = candidate->end + scan->matcher->longest;
    for (size_t i = at + 1; i < scan->count && scan->waiting[i].end < last; i++) {
        if (scan->waiting[i].valid && beats(scan, &scan->waiting[i], candidate))
            return true;
    }
    return false;
}

/* Looks at the right side of the candidates that have not been looked at. */
static void decide(struct tt_scan *scan, bool at_end)
{
    for (size_t i = scan->untold; i < scan->count; i++) {
        struct candidate *candidate = &scan->waiting[i];
        const struct tt_pattern *pattern = &scan->matcher->forms.patterns[candidate->pattern];
        if (candidate->decided ||
            (!at_end && scan->known < candidate->end + tt_right_context(pattern)))
            continue;
        candidate->decided = true;
        candidate->valid = right_ok(scan, pattern, candidate);
    }
}

/* Drops what nothing can overlap any more. */
static void forget(struct tt_scan *scan)
{
    uint64_t reach = 2 * (uint64_t)scan->matcher->longest + 8;
    while (scan->first < scan->untold && scan->known >= scan->waiting[scan->first].end + reach)
        scan->first++;
    if (scan->first == scan->count) {
        scan->first = scan->untold = scan->count = 0;
    } else if (scan->first > scan->count / 2) {
        memmove(scan->waiting, scan->waiting + scan->first,
                (scan->count - scan->first) * sizeof(*scan->waiting));
        scan->untold -= scan->first;
        scan->count -= scan->first;
        scan->first = 0;
    }
}

/* Tells the matches that no longer one can cover any more, in the order of their ends. */
static void settle(struct tt_scan *scan, bool at_end)
{
    if (scan->count == 0)
        return;
    decide(scan, at_end);
    while (scan->untold < scan->count) {
        const struct candidate *candidate = &scan->waiting[scan->untold];
        uint64_t ready = candidate->end + scan->matcher->hold[candidate->pattern];
        if (!at_end && (!candidate->decided || scan->known < ready))
            break;
        if (candidate->valid && !is_beaten(scan, scan->untold))
            tell(scan, candidate);
        scan->untold++;
    }
    forget(scan);
}

/* ---- searching ---- */

static bool make_room(struct tt_scan *scan)
{
    if (scan->count < scan->room)
        return true;
    size_t room = scan->room == 0 ? 16 : scan->room * 2;
    struct candidate *waiting = realloc(scan->waiting, room * sizeof(*waiting));
    if (waiting == NULL) {
        scan->err = TT_ERR_MEMORY;
        return false;
    }
    scan->waiting = waiting;
    scan->room = room;
    return true;
}

static void add_candidate(struct tt_scan *scan, uint32_t pattern, uint64_t end,
                          uint64_t literal_end, enum tt_framing framing)
{
    struct candidate candidate = {.end = end, .pattern = pattern, .framing = framing};
    if (scan->count >= TT_MATCHES_PENDING_MAX) {
        /* Only a stream made for it comes here: settle with what was seen up to this end. */
        uint64_t known = scan->known;
        scan->known = literal_end;
        settle(scan, false);
        scan->known = known;
    }
    if (scan->count >= TT_MATCHES_PENDING_MAX) {
        /* Rather one match too many, told apart from its neighbours, than one too few; but not one
         * whose last bytes nobody has seen. */
        if (end <= scan->piece_at + scan->piece.len)
            tell(scan, &candidate);
        return;
    }
    if (!make_room(scan))
        return;
    size_t at = scan->count;
    while (at > scan->untold &&
           (scan->waiting[at - 1].end > end ||
            (scan->waiting[at - 1].end == end && scan->waiting[at - 1].pattern > pattern))) {
        scan->waiting[at] = scan->waiting[at - 1];
        at--;
    }
    scan->waiting[at] = candidate;
    scan->count++;
}

/* The literal ends at `to`. */
static void take_literal(struct tt_scan *scan, uint32_t literal, uint64_t to)
{
    const struct tt_matcher *matcher = scan->matcher;
    size_t literal_len = matcher->literal_len[literal];
    for (uint32_t at = matcher->literal_branch[literal]; at != UINT32_MAX;
         at = matcher->branches[at].next) {
        const struct tt_branch *branch = &matcher->branches[at];
        const struct tt_pattern *pattern = &matcher->forms.patterns[branch->pattern];
        uint64_t end = to + branch->suffix;
        if (end < pattern->bytes.len)
            continue;
        uint64_t start = end - pattern->bytes.len;
        bool is_here = end <= scan->piece_at + scan->piece.len;
        if (branch->suffix > 0 && is_here && !suffix_ok(scan, pattern, end))
            continue;
        enum tt_framing framing = TT_UNFRAMED;
        if (prefix_ok(scan, pattern, literal_len + branch->suffix, start) &&
            left_ok(scan, pattern, start, &framing))
            add_candidate(scan, branch->pattern, end, to, framing);
    }
}

/* What the index found up to offset `to`. */
static void take_found(struct tt_scan *scan, uint64_t to)
{
    while (scan->found_at < scan->found_count && scan->found[scan->found_at].end <= to) {
        const struct found *found = &scan->found[scan->found_at++];
        take_literal(scan, found->literal, found->end);
    }
}

static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *context)
{
    (void)from;
    (void)flags;
    struct tt_scan *scan = context;
    if (scan->priming)
        return 0;
    take_found(scan, to + scan->base);
    take_literal(scan, id, to + scan->base);
    return scan->err != TT_OK;
}

static void on_gram_literal(void *context, uint32_t literal, size_t end)
{
    struct tt_scan *scan = context;
    struct found found = {.end = scan->piece_at + end,
                          .literal = scan->matcher->first_gram_literal + literal};
    if (scan->found_count == scan->found_room && scan->found_room < TT_MATCHES_PENDING_MAX) {
        size_t room = scan->found_room == 0 ? 16 : scan->found_room * 2;
        struct found *grown = realloc(scan->found, room * sizeof(*grown));
        if (grown == NULL) {
            scan->err = TT_ERR_MEMORY;
            return;
        }
        scan->found = grown;
        scan->found_room = room;
    }
    if (scan->found_count == scan->found_room)
        take_literal(scan, found.literal, found.end); /* only in a stream made for it */
    else
        scan->found[scan->found_count++] = found;
}

static int by_end(const void *a, const void *b)
{
    const struct found *x = a;
    const struct found *y = b;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return x->literal < y->literal ? -1 : x->literal > y->literal ? 1 : 0;
}

static void search_index(struct tt_scan *scan)
{
    scan->found_at = scan->found_count = 0;
    if (scan->matcher->index == NULL || scan->priming)
        return;
    tt_gram_index_scan(scan->matcher->index, scan->piece_at, tt_span_of(scan->tail, scan->tail_len),
                       scan->piece, on_gram_literal, scan);
    if (scan->found_count > 1)
        qsort(scan->found, scan->found_count, sizeof(*scan->found), by_end);
}

static enum tt_err search_database(struct tt_scan *scan)
{
    if (scan->stream == NULL)
        return TT_OK;
    hs_scratch_t *scratch = take_scratch(scan->matcher);
    if (scratch == NULL)
        return TT_ERR_MEMORY;
    hs_error_t code = hs_scan_stream(scan->stream, (const char *)scan->piece.data,
                                     (unsigned)scan->piece.len, 0, scratch, on_literal, scan);
    put_scratch(scan->matcher, scratch);
    if (scan->err != TT_OK)
        return scan->err;
    return code == HS_SUCCESS ? TT_OK : TT_ERR_INTERNAL;
}

static enum tt_err search(struct tt_scan *scan)
{
    search_index(scan);
    enum tt_err result = search_database(scan);
    if (result == TT_OK)
        take_found(scan, UINT64_MAX);
    return result != TT_OK ? result : scan->err;
}

enum tt_err tt_scan_feed(struct tt_scan *scan, struct tt_span bytes, tt_match_fn *match,
                         void *context)
{
    scan->match = match;
    scan->context = context;
    if (scan->known < TT_HEAD_MAX && bytes.len > 0)
        memcpy(scan->head + scan->known, bytes.data,
               bytes.len < TT_HEAD_MAX - scan->known ? bytes.len
                                                     : (size_t)(TT_HEAD_MAX - scan->known));
    while (bytes.len > 0) {
        scan->piece = tt_span_sub(bytes, 0, SLICE);
        scan->piece_at = scan->known;
        bytes = tt_span_from(bytes, scan->piece.len);
        enum tt_err result = search(scan);
        if (result != TT_OK)
            return result;
        scan->known += scan->piece.len;
        settle(scan, false);
        remember(scan);
    }
    scan->piece = tt_span_of(NULL, 0);
    scan->piece_at = scan->known;
    return TT_OK;
}

size_t tt_scan_held(const struct tt_scan *scan, uint64_t *ends, size_t max)
{
    size_t count = 0;
    for (size_t i = scan->untold; i < scan->count && count < max; i++)
        if (count == 0 || ends[count - 1] != scan->waiting[i].end)
            ends[count++] = scan->waiting[i].end;
    return count;
}

static enum tt_err tell_digest(const struct tt_scan *scan, const struct tt_digest_found *found)
{
    const struct tt_matcher *matcher = scan->matcher;
    uint32_t identifier = matcher->forms.classes[found->source->owner_class].first_identifier;
    while (identifier != UINT32_MAX) {
        const struct tt_form *form = tt_digest_set_form(matcher->forms.digests, found, identifier);
        struct tt_match match = {.form = form, .at = 0, .len = found->len};
        if (form == NULL)
            return TT_ERR_MEMORY;
        match.in_place = form->weak;
        scan->match(scan->context, &match);
        identifier = matcher->next_in_class[identifier];
    }
    return TT_OK;
}

static void tell_digests(struct tt_scan *scan)
{
    if (scan->known > TT_HEAD_MAX)
        return;
    struct tt_span body = tt_span_of(scan->head, (size_t)scan->known);
    struct tt_digest_found found = {.at = 0};
    while (scan->err == TT_OK && tt_digest_set_find(scan->matcher->forms.digests, body, &found)) {
        if (!tt_digest_is_literal(&found))
            scan->err = tell_digest(scan, &found);
    }
}

enum tt_err tt_scan_drop(struct tt_scan *scan)
{
    enum tt_err result = scan->err;
    if (scan->known > 0 && scan->stream != NULL &&
        hs_reset_stream(scan->stream, 0, NULL, NULL, NULL) != HS_SUCCESS && result == TT_OK)
        result = TT_ERR_INTERNAL;
    scan->cut = false;
    scan->known = 0;
    scan->base = 0;
    scan->piece_at = 0;
    scan->tail_len = 0;
    scan->first = scan->untold = scan->count = 0;
    scan->err = TT_OK;
    return result;
}

void tt_scan_cut(struct tt_scan *scan)
{
    scan->cut = true;
}

enum tt_err tt_scan_end(struct tt_scan *scan, tt_match_fn *match, void *context)
{
    scan->match = match;
    scan->context = context;
    if (scan->err == TT_OK) {
        settle(scan, true);
        tell_digests(scan);
    }
    return tt_scan_drop(scan);
}

/* ---- going on later ---- */

/* The candidates follow, then the tail. */
struct kept {
    uint64_t known;
    uint32_t untold; /* of the candidates: those before it are settled */
    uint32_t count;
    uint32_t tail_len;
};

size_t tt_scan_keep(const struct tt_scan *scan, uint8_t *room)
{
    struct kept kept = {.known = scan->known,
                        .untold = (uint32_t)(scan->untold - scan->first),
                        .count = (uint32_t)(scan->count - scan->first),
                        .tail_len = (uint32_t)scan->tail_len};
    size_t candidates = kept.count * sizeof(*scan->waiting);
    if (room != NULL) {
        memcpy(room, &kept, sizeof(kept));
        if (candidates > 0)
            memcpy(room + sizeof(kept), scan->waiting + scan->first, candidates);
        memcpy(room + sizeof(kept) + candidates, scan->tail, scan->tail_len);
    }
    return sizeof(kept) + candidates + scan->tail_len;
}

bool tt_scan_waits(const struct tt_scan *scan)
{
    return scan->untold < scan->count || scan->known <= TT_HEAD_MAX;
}

static enum tt_err keep_candidates(struct tt_scan *scan, const struct kept *kept,
                                   const uint8_t *from)
{
    while (scan->room < kept->count) {
        scan->count = scan->room;
        if (!make_room(scan))
            return TT_ERR_MEMORY;
    }
    if (kept->count > 0)
        memcpy(scan->waiting, from, kept->count * sizeof(*scan->waiting));
    scan->first = 0;
    scan->untold = kept->untold;
    scan->count = kept->count;
    return TT_OK;
}

enum tt_err tt_scan_go_on(struct tt_scan *scan, struct tt_span bytes)
{
    struct kept kept;
    memcpy(&kept, bytes.data, sizeof(kept));
    size_t candidates = kept.count * sizeof(*scan->waiting);
    enum tt_err result = keep_candidates(scan, &kept, bytes.data + sizeof(kept));
    if (result != TT_OK)
        return result;
    memcpy(scan->tail, bytes.data + sizeof(kept) + candidates, kept.tail_len);
    scan->tail_len = kept.tail_len;
    scan->known = kept.known;
    scan->base = kept.known - kept.tail_len;
    /* A whole body that is as long as a digest is one: the tail holds all of it then. */
    memcpy(scan->head, scan->tail, kept.tail_len < TT_HEAD_MAX ? kept.tail_len : TT_HEAD_MAX);
    scan->piece = tt_span_of(scan->tail, scan->tail_len);
    scan->priming = true;
    result = search(scan);
    scan->priming = false;
    scan->piece = tt_span_of(NULL, 0);
    scan->piece_at = scan->known;
    return result;
}

uint64_t tt_scan_known(const struct tt_scan *scan)
{
    return scan->known;
}

size_t tt_scan_reach(const struct tt_scan *scan)
{
    return scan->tail_len;
}

struct tt_scan *tt_scan_new(const struct tt_matcher *matcher)
{
    struct tt_scan *scan = calloc(1, sizeof(*scan) + matcher->history);
    if (scan == NULL)
        return NULL;
    scan->matcher = matcher;
    if (matcher->database != NULL &&
        hs_open_stream(matcher->database, 0, &scan->stream) != HS_SUCCESS) {
        free(scan);
        return NULL;
    }
    return scan;
}

void tt_scan_free(struct tt_scan *scan)
{
    if (scan == NULL)
        return;
    if (scan->stream != NULL)
        (void)hs_close_stream(scan->stream, NULL, NULL, NULL);
    free(scan->found);
    free(scan->waiting);
    free(scan);
}
