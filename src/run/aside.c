/* Searches that wait.
 *
 * A search at work (struct sweep) takes some ten kilobytes, and a million bodies may be under way
 * at the same time. So only the ones fed last have one; of the others as much is kept as they need
 * to go on, in one small block each:
 *
 * - of a body that is small so far, and that was read by a format or coding or may yet be: all its
 *   bytes. What was found in them is forgotten, not told; they are read again when more come, or
 *   when the body ends. So nothing tells that it ever waited.
 * - of any other body: what the search over the border of pieces needs (the last bytes of the
 *   stream, and a token that they are in). What was found is told. A format or coding cannot go on
 *   in the middle: the rest is searched as it stands, and a note says so. (What was told and what
 *   is found later may be two readings of the same bytes: then both are told.) */
#include "run/search_node.h"

#include <stdlib.h>

enum { ALLOCATION_COST = 16 }; /* about what malloc adds */

/* What callers hold: lives as long as its body. */
struct tt_search {
    struct tt_searcher *searcher;
    union {
        struct sweep *sweep; /* at work */
        struct aside *aside; /* waiting */
    };
    uint64_t at;       /* offset of the body in the stream */
    uint64_t fed : 63; /* bytes */
    uint64_t at_work : 1;
};

/* What very many searches have in common. The texts of the context are static; it has no host. */
struct search_kind {
    struct tt_search_context context;
    enum tt_step_kind step_kind;
    enum tt_format format; /* of the body; its rest has TT_FORMAT_REST */
    char step[WORD_MAX];
};

/* Behind it: stretches of origins, bytes (`kept`, then `run`), then the texts that `texts`
 * names, in that order, terminated. */
struct aside {
    const struct tt_flow *flow;
    uint64_t unwrapped_bytes;
    uint32_t size; /* of the whole block */
    uint32_t children;
    uint32_t kept;  /* bytes: of the body, or of its scan (tt_scan_keep) */
    uint32_t reach; /* bytes that the origins are of: the last ones of the body */
    uint16_t run;   /* characters of a token; they end where the body does */
    uint16_t kind;  /* in the searcher's table */
    uint8_t origins;
    uint8_t texts;
    uint8_t direction;
    unsigned whole : 1; /* `kept` is the body so far */
    unsigned scanned : 1;
    unsigned waits : 1; /* its end may tell something */
    unsigned spent : 1;
};

/* ---- handles ---- */

void tt_searches_make(struct tt_searcher *searcher)
{
    searcher->searches = tt_slab_make(sizeof(struct tt_search));
    searcher->aside_max = TT_ASIDE_BYTES_MAX;
}

void tt_searches_free(struct tt_searcher *searcher)
{
    tt_slab_free(&searcher->searches);
    free(searcher->kinds);
}

uint64_t tt_search_at(const struct tt_search *search)
{
    return search->at;
}

uint64_t tt_search_next(const struct tt_search *search)
{
    return search->at + search->fed;
}

/* ---- kinds ---- */

static bool same_context(const struct tt_search_context *a, const struct tt_search_context *b)
{
    return a->protocol == b->protocol && a->host_source == b->host_source &&
           a->encryption == b->encryption && a->cipher == b->cipher &&
           a->opened_with == b->opened_with && a->framing == b->framing && a->raw == b->raw &&
           a->ciphertext == b->ciphertext && a->uncounted == b->uncounted &&
           a->relayed == b->relayed && a->relays_all == b->relays_all;
}

static bool is_kind(const struct search_kind *kind, const struct sweep *sweep)
{
    const struct tt_body *body = &sweep->root->body;
    return same_context(&kind->context, &sweep->context) && kind->step_kind == body->kind &&
           kind->format == body->format && strcmp(kind->step, body->step) == 0;
}

/* False without memory. */
static bool find_kind(const struct sweep *sweep, uint16_t *ret_kind)
{
    struct tt_searcher *searcher = sweep->searcher;
    size_t at = 0;
    while (at < searcher->kind_count && !is_kind(&searcher->kinds[at], sweep))
        at++;
    if (at == searcher->kind_room) {
        size_t room = at == 0 ? 16 : at * 2;
        struct search_kind *kinds = realloc(searcher->kinds, room * sizeof(*kinds));
        if (kinds == NULL || room > UINT16_MAX)
            return false;
        searcher->kinds = kinds;
        searcher->kind_room = room;
    }
    if (at == searcher->kind_count) {
        struct search_kind *kind = &searcher->kinds[searcher->kind_count++];
        const struct tt_body *body = &sweep->root->body;
        *kind = (struct search_kind){
            .context = sweep->context, .step_kind = body->kind, .format = body->format};
        kind->context.host = NULL;
        size_t len = strlen(body->step);
        memcpy(kind->step, body->step, len < WORD_MAX ? len : WORD_MAX - 1);
    }
    *ret_kind = (uint16_t)at;
    return true;
}

/* ---- keeping ---- */

/* What is kept of a sweep, before it is one block. */
struct keeping {
    struct aside head;
    struct origin_run from[ORIGINS_MAX];
    struct tt_span kept; /* of a body; NULL data: the scan writes it */
    const struct tt_scan *scan;
    struct tt_span run;
    const char *texts[4];
};

static void keep_texts(struct keeping *keeping, const struct sweep *sweep)
{
    const struct tt_body *body = &sweep->root->body;
    keeping->texts[0] = sweep->context.host;
    if (keeping->head.whole) {
        keeping->texts[1] = body->media_type;
        keeping->texts[2] = body->codings;
        keeping->texts[3] = body->boundary;
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(keeping->texts); i++)
        if (keeping->texts[i] != NULL)
            keeping->head.texts |= (uint8_t)(1U << i);
}

/* The stretches of the last `reach` bytes of the root, counted from the first of these. */
static void keep_origins(struct keeping *keeping, const struct node *root, size_t reach)
{
    uint64_t base = root->body.out_len - reach;
    keeping->head.reach = (uint32_t)reach;
    for (size_t i = 0; i < root->origin_count && reach > 0; i++) {
        struct origin_run from = root->origins[i];
        if (from.to <= base)
            continue;
        from.from = from.from > base ? from.from - base : 0;
        from.to -= base;
        keeping->from[keeping->head.origins++] = from;
    }
}

static size_t size_of(const struct keeping *keeping)
{
    const struct aside *head = &keeping->head;
    size_t size = sizeof(*head) + head->origins * sizeof(keeping->from[0]) + head->kept + head->run;
    for (size_t i = 0; i < TT_ARRAY_LEN(keeping->texts); i++)
        if (keeping->texts[i] != NULL)
            size += strlen(keeping->texts[i]) + 1;
    return size;
}

static uint8_t *put(uint8_t *to, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(to, bytes, len);
    return to + len;
}

static struct aside *write_aside(const struct keeping *keeping)
{
    size_t size = size_of(keeping);
    struct aside *aside = malloc(size);
    if (aside == NULL)
        return NULL;
    *aside = keeping->head;
    aside->size = (uint32_t)size;
    uint8_t *to = put((uint8_t *)(aside + 1), keeping->from,
                      keeping->head.origins * sizeof(keeping->from[0]));
    if (keeping->scan != NULL)
        to += tt_scan_keep(keeping->scan, to);
    else
        to = put(to, keeping->kept.data, keeping->kept.len);
    to = put(to, keeping->run.data, keeping->run.len);
    for (size_t i = 0; i < TT_ARRAY_LEN(keeping->texts); i++)
        if (keeping->texts[i] != NULL)
            to = put(to, keeping->texts[i], strlen(keeping->texts[i]) + 1);
    return aside;
}

static bool has_room(const struct tt_searcher *searcher, const struct keeping *keeping)
{
    return searcher->aside_bytes + size_of(keeping) + ALLOCATION_COST <= searcher->aside_max;
}

/* Does something go on over the border that may say the same as a hit that waits? */
static bool is_quiet(const struct node *root)
{
    uint64_t at = 0;
    return tt_scan_held(root->scan, &at, 1) == 0 && !tt_tokens_in_run(root->tokens, &at);
}

/* Can, and must, the body be read again from its start? */
static bool is_whole(const struct sweep *sweep)
{
    const struct node *root = sweep->root;
    if (!sweep->whole || sweep->spoke || sweep->told > 0)
        return false;
    return !root->decided || root->decoder != NULL || (root->scanning && !is_quiet(root));
}

static void keep_whole(struct keeping *keeping, const struct sweep *sweep)
{
    keeping->head.whole = true;
    keeping->head.waits = true;
    keeping->kept = tt_span_of(sweep->kept, sweep->kept_len);
    keeping->head.kept = (uint32_t)sweep->kept_len;
    keep_origins(keeping, sweep->root, sweep->kept_len);
}

/* Gives false when more cannot be kept than that there is a rest. */
static bool keep_tail(struct keeping *keeping, const struct sweep *sweep)
{
    const struct node *root = sweep->root;
    uint64_t run_at = 0;
    if (!root->scanning)
        return true;
    keeping->scan = root->scan;
    keeping->head.scanned = true;
    keeping->head.kept = (uint32_t)tt_scan_keep(root->scan, NULL);
    size_t reach = tt_scan_reach(root->scan);
    if (tt_tokens_held(root->tokens, &keeping->run, &run_at) && keeping->run.len > 0) {
        keeping->head.run = (uint16_t)keeping->run.len;
        reach = keeping->run.len > reach ? keeping->run.len : reach;
    }
    keeping->head.waits = tt_scan_waits(root->scan) || keeping->head.run > 0;
    keep_origins(keeping, root, reach);
    if (has_room(sweep->searcher, keeping))
        return true;
    const struct aside head = {.flow = keeping->head.flow,
                               .direction = keeping->head.direction,
                               .texts = keeping->head.texts};
    keeping->head = head;
    keeping->scan = NULL;
    keeping->run.len = 0;
    return false;
}

static void begin_keeping(struct keeping *keeping, const struct sweep *sweep)
{
    keeping->head = (struct aside){.flow = sweep->root->body.flow,
                                   .direction = (uint8_t)sweep->root->body.direction};
    keeping->kept = tt_span_of(NULL, 0);
    keeping->scan = NULL;
    keeping->run = tt_span_of(NULL, 0);
    memset(keeping->texts, 0, sizeof(keeping->texts));
}

/* What was found is told; the rest of the body begins anew where this one stops. `kept`: its search
 * goes on there. `has_room`: else because it could not be kept. */
static void end_first_part(struct sweep *sweep, bool kept, bool has_room)
{
    struct node *root = sweep->root;
    struct tt_span run;
    uint64_t run_at = 0;
    uint64_t at = root->body.at + root->body.out_len;
    bool run_kept = kept && tt_tokens_held(root->tokens, &run, &run_at);
    if (!has_room)
        tt_sweep_note(sweep, "run.aside", at,
                      "too many bodies under way at the same time: in the one that waited longest, "
                      "a value that goes on in its rest may be missed");
    else if (root->decoder != NULL || (kept && !run_kept))
        tt_sweep_note(sweep, "run.bodies", at,
                      "more bodies under way at the same time than the limit: the rest of the one "
                      "that waited longest is searched as it stands");
    if (kept)
        tt_sweep_pause(root, run_kept);
    tt_sweep_close(sweep, TT_BODY_CUT, 0);
}

void tt_search_set_aside(struct sweep *sweep)
{
    struct tt_searcher *searcher = sweep->searcher;
    struct tt_search *search = sweep->owner;
    struct keeping keeping;
    bool room = true;
    begin_keeping(&keeping, sweep);
    if (is_whole(sweep)) {
        keep_whole(&keeping, sweep);
        keep_texts(&keeping, sweep);
        room = has_room(searcher, &keeping);
        if (!room)
            begin_keeping(&keeping, sweep);
    }
    if (!keeping.head.whole) {
        keep_texts(&keeping, sweep);
        room = keep_tail(&keeping, sweep) && room;
        keeping.head.unwrapped_bytes = sweep->unwrapped_bytes;
        keeping.head.children = (uint32_t)sweep->children;
        keeping.head.spent = sweep->spent;
    }
    struct aside *aside = find_kind(sweep, &keeping.head.kind) ? write_aside(&keeping) : NULL;
    if (aside == NULL)
        tt_searcher_fail(searcher, TT_ERR_MEMORY);
    else
        searcher->aside_bytes += aside->size + ALLOCATION_COST;
    if (keeping.head.whole)
        tt_sweep_undo(sweep);
    else
        end_first_part(sweep, keeping.scan != NULL, room);
    search->aside = aside;
    search->at_work = 0;
}

/* ---- going on ---- */

/* The parts of a block. */
struct parts {
    const struct origin_run *from;
    const uint8_t *kept;
    const uint8_t *run;
    const char *texts[4];
};

static struct parts parts_of(const struct aside *aside)
{
    struct parts parts = {.from = (const struct origin_run *)(aside + 1)};
    parts.kept = (const uint8_t *)(parts.from + aside->origins);
    parts.run = parts.kept + aside->kept;
    const char *text = (const char *)parts.run + aside->run;
    for (size_t i = 0; i < TT_ARRAY_LEN(parts.texts); i++) {
        if ((aside->texts & 1U << i) == 0)
            continue;
        parts.texts[i] = text;
        text += strlen(text) + 1;
    }
    return parts;
}

static void read_again(struct sweep *sweep, const struct aside *aside, const struct parts *parts)
{
    for (size_t i = 0; i < aside->origins; i++) {
        const struct origin_run *from = &parts->from[i];
        struct tt_piece piece = {
            .bytes = tt_span_of(parts->kept + from->from, (size_t)(from->to - from->from)),
            .at = from->from,
            .origin = from->origin};
        tt_sweep_feed(sweep, &piece);
    }
}

static void search_on(struct sweep *sweep, const struct aside *aside, const struct parts *parts)
{
    struct node *root = sweep->root;
    sweep->whole = false;
    sweep->unwrapped_bytes = aside->unwrapped_bytes;
    sweep->children = aside->children;
    sweep->spent = aside->spent;
    sweep->wire_bytes = sweep->root_at + aside->reach;
    root->decided = true;
    root->body.out_len = aside->reach;
    for (size_t i = 0; i < aside->origins; i++)
        tt_origins_add(root, parts->from[i].from, parts->from[i].to, &parts->from[i].origin);
    if (!aside->scanned || !tt_sweep_scans(root, 0))
        return;
    tt_searcher_fail(sweep->searcher,
                     tt_scan_go_on(root->scan, tt_span_of(parts->kept, aside->kept)));
    /* Its stream may have begun long before the rest does: then this is below 0, and what is added
     * to it above. */
    root->scan_from = aside->reach - tt_scan_known(root->scan);
    uint64_t at = aside->reach - aside->run;
    struct tt_piece run = {.bytes = tt_span_of(parts->run, aside->run),
                           .at = at,
                           .origin = tt_node_origin(root, at, aside->run)};
    tt_tokens_feed(root->tokens, &run);
}

/* False when it cannot; then the run has failed. */
static bool go_on(struct tt_search *search)
{
    struct tt_searcher *searcher = search->searcher;
    struct aside *aside = search->aside;
    if (aside == NULL)
        return false;
    const struct parts parts = parts_of(aside);
    /* A copy: the table may move when another search makes room for this one. */
    const struct search_kind kind = searcher->kinds[aside->kind];
    struct tt_search_context context = kind.context;
    context.host = parts.texts[0];
    uint64_t root_at = aside->whole ? 0 : search->fed - aside->reach;
    const struct tt_body body = {.flow = aside->flow,
                                 .direction = (enum tt_direction)aside->direction,
                                 .kind = kind.step_kind,
                                 .format = aside->whole ? kind.format : TT_FORMAT_REST,
                                 .step = kind.step,
                                 .media_type = parts.texts[1],
                                 .codings = parts.texts[2],
                                 .boundary = parts.texts[3],
                                 .at = search->at + (context.framing == NULL ? root_at : 0)};
    struct sweep *sweep = tt_sweep_open(searcher, &body, &context, root_at);
    if (sweep == NULL)
        return false;
    sweep->owner = search;
    search->sweep = sweep;
    search->at_work = 1;
    if (aside->whole)
        read_again(sweep, aside, &parts);
    else
        search_on(sweep, aside, &parts);
    searcher->aside_bytes -= aside->size + ALLOCATION_COST;
    free(aside);
    return true;
}

/* ---- the interface ---- */

struct tt_search *tt_search_open(struct tt_searcher *searcher, const struct tt_body *body,
                                 const struct tt_search_context *context)
{
    struct tt_search *search = tt_slab_take(&searcher->searches);
    if (search == NULL) {
        tt_searcher_fail(searcher, TT_ERR_MEMORY);
        return NULL;
    }
    *search = (struct tt_search){.searcher = searcher, .at = body->at, .at_work = 1};
    search->sweep = tt_sweep_open(searcher, body, context, 0);
    if (search->sweep == NULL) {
        tt_slab_give(&searcher->searches, search);
        return NULL;
    }
    search->sweep->owner = search;
    return search;
}

void tt_search_feed(struct tt_search *search, const struct tt_piece *piece)
{
    if (!search->at_work && !go_on(search))
        return;
    struct tt_piece inside = *piece;
    inside.at -= search->sweep->root_at;
    tt_sweep_feed(search->sweep, &inside);
    search->fed = (piece->at + piece->bytes.len) & (UINT64_MAX >> 1);
}

void tt_search_close(struct tt_search *search, enum tt_body_end end, uint64_t stream_end)
{
    struct tt_searcher *searcher = search->searcher;
    if (!search->at_work && search->aside != NULL && search->aside->waits)
        (void)go_on(search);
    if (search->at_work) {
        tt_sweep_close(search->sweep, end, stream_end);
    } else if (search->aside != NULL) {
        searcher->aside_bytes -= search->aside->size + ALLOCATION_COST;
        free(search->aside);
    }
    tt_slab_give(&searcher->searches, search);
}
