#include "run/search.h"

#include "run/search_node.h"

#include <stdlib.h>

static void feed_node(struct node *node, const struct tt_piece *piece);
static void close_node(struct node *node, enum tt_body_end end);

static void fail(struct tt_searcher *searcher, enum tt_err err)
{
    if (err != TT_OK && searcher->failure == TT_OK)
        searcher->failure = err;
}

static void put_note(struct tt_search *search, const char *code, uint64_t offset, const char *text)
{
    struct tt_note note = {
        .layer = "run",
        .code = code,
        .flow = search->root->body.flow,
        .frame = search->root->origin_count == 0
                     ? 0
                     : search->root->origins[search->root->origin_count - 1].origin.last_frame,
        .offset = offset,
        .text = text};
    tt_note_put(&search->searcher->sink->notes, &note);
}

/* ---- origins ---- */

static void add_origin(struct node *node, uint64_t from, uint64_t to,
                       const struct tt_origin *origin)
{
    if (node->origin_count > 0) {
        struct origin_run *last = &node->origins[node->origin_count - 1];
        if (last->origin.first_frame == origin->first_frame &&
            last->origin.last_frame == origin->last_frame) {
            last->to = to;
            return;
        }
    }
    if (node->origin_count == ORIGINS_MAX) {
        /* The two oldest become one: its frames are a superset, never wrong ones. */
        struct origin_run *runs = node->origins;
        runs[1].from = runs[0].from;
        runs[1].origin.first_frame = runs[0].origin.first_frame;
        memmove(runs, runs + 1, (ORIGINS_MAX - 1) * sizeof(*runs));
        node->origin_count--;
    }
    node->origins[node->origin_count++] =
        (struct origin_run){.from = from, .to = to, .origin = *origin};
}

/* Forgets what no form can reach back to any more. */
static void trim_origins(struct node *node)
{
    size_t drop = 0;
    while (drop + 1 < node->origin_count && node->body.out_len > TT_FORM_MAX &&
           node->origins[drop].to < node->body.out_len - TT_FORM_MAX)
        drop++;
    if (drop == 0)
        return;
    node->origin_count -= drop;
    memmove(node->origins, node->origins + drop, node->origin_count * sizeof(*node->origins));
}

struct tt_origin tt_node_origin(const struct node *node, uint64_t at, uint64_t len)
{
    struct tt_origin origin = {0};
    uint64_t to = at + (len == 0 ? 1 : len);
    for (size_t i = 0; i < node->origin_count; i++) {
        const struct origin_run *run = &node->origins[i];
        bool oldest_kept = i == 0 && at < run->from;
        if (run->from >= to || (run->to <= at && !oldest_kept))
            continue;
        if (origin.first_frame == 0)
            origin = run->origin;
        origin.last_frame = run->origin.last_frame;
        origin.time = run->origin.time;
    }
    if (origin.first_frame == 0 && node->origin_count > 0)
        origin = node->origins[node->origin_count - 1].origin;
    return origin;
}

/* ---- pools ---- */

static void free_node(struct node *node)
{
    if (node == NULL)
        return;
    tt_scan_free(node->scan);
    tt_tokens_free(node->tokens);
    for (size_t i = 0; node->held != NULL && i < HELD_MAX; i++)
        tt_buf_free(&node->held[i].place.texts);
    free(node->held);
    tt_buf_free(&node->place.texts);
    free(node->origins);
    free(node);
}

static struct node *make_node(void)
{
    struct node *node = calloc(1, sizeof(*node));
    if (node == NULL)
        return NULL;
    node->place.texts = tt_buf_make((size_t)TT_PATH_MAX * PLACE_STEPS_MAX);
    node->origins = calloc(ORIGINS_MAX, sizeof(*node->origins));
    if (node->origins == NULL) {
        free_node(node);
        return NULL;
    }
    return node;
}

static void *on_open(void *context, const struct tt_body *inner, const struct tt_place_step *steps,
                     size_t step_count);
static bool on_data(void *context, void *inner, struct tt_span bytes, uint64_t at, uint64_t len);
static void on_close(void *context, void *inner, enum tt_body_end end, uint64_t end_at);
static void on_place(void *context, size_t mark, const struct tt_place_step *steps,
                     size_t step_count, bool claimed);

static struct node *take_node(struct tt_search *search)
{
    struct tt_searcher *searcher = search->searcher;
    struct node *node = searcher->free_nodes;
    if (node != NULL)
        searcher->free_nodes = node->next;
    else
        node = make_node();
    if (node == NULL) {
        fail(searcher, TT_ERR_MEMORY);
        return NULL;
    }
    node->next = NULL;
    node->parent = NULL;
    node->search = search;
    node->place.count = 0;
    node->place.known = false;
    node->place.claimed = false;
    tt_buf_clear(&node->place.texts);
    node->decoder = NULL;
    node->decoder_state = NULL;
    node->held_count = 0;
    node->held_next = 0;
    node->decided = false;
    node->scanning = false;
    node->closed = false;
    node->scan_from = 0;
    node->hits = 0;
    node->probe_len = 0;
    node->origin_count = 0;
    node->sink = (struct tt_content_sink){.context = node,
                                          .open = on_open,
                                          .data = on_data,
                                          .close = on_close,
                                          .place = on_place,
                                          .notes = searcher->sink->notes};
    return node;
}

static void give_node(struct node *node)
{
    struct tt_searcher *searcher = node->search->searcher;
    node->next = searcher->free_nodes;
    searcher->free_nodes = node;
}

/* Copies a word of a body into the node that will own it; NULL stays NULL. */
static const char *keep_word(char *room, size_t size, const char *word)
{
    if (word == NULL)
        return NULL;
    size_t len = strlen(word);
    if (len >= size)
        len = size - 1;
    memcpy(room, word, len);
    room[len] = '\0';
    return room;
}

static void keep_body(struct node *node, const struct tt_body *body)
{
    node->body = *body;
    node->body.step = keep_word(node->step, sizeof(node->step), body->step);
    node->body.media_type = keep_word(node->media_type, sizeof(node->media_type), body->media_type);
    node->body.codings = keep_word(node->codings, sizeof(node->codings), body->codings);
    node->body.boundary = keep_word(node->boundary, sizeof(node->boundary), body->boundary);
    node->body.len = 0;
    node->body.out_len = 0;
}

/* ---- places ---- */

static void keep_place(struct tt_searcher *searcher, struct place *place,
                       const struct tt_place_step *steps, size_t count, bool claimed)
{
    if (count > PLACE_STEPS_MAX)
        count = PLACE_STEPS_MAX;
    tt_buf_clear(&place->texts);
    place->count = 0;
    place->claimed = claimed;
    place->known = true;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(steps[i].step);
        if (len >= TT_PATH_MAX)
            len = TT_PATH_MAX - 1;
        enum tt_err err = tt_buf_append(&place->texts, tt_span_of(steps[i].step, len));
        if (err == TT_OK)
            err = tt_buf_append_u8(&place->texts, 0);
        if (err != TT_OK) {
            fail(searcher, err);
            return;
        }
        place->at[i] = steps[i].at;
        place->len[i] = steps[i].len;
        place->count++;
    }
}

/* The same place for another owner. */
static void copy_place(struct tt_searcher *searcher, struct place *to, const struct place *from)
{
    struct tt_buf texts = to->texts;
    tt_buf_clear(&texts);
    fail(searcher, tt_buf_append(&texts, tt_buf_span(&from->texts)));
    *to = *from;
    to->texts = texts;
}

/* ---- hits ---- */

static void add_waiting(struct node *node, const struct tt_match *match)
{
    struct tt_search *search = node->search;
    struct tt_searcher *searcher = search->searcher;
    if (match->form->weak && !match->in_place)
        return;
    if (search->waiting_count >= TT_HITS_PENDING_MAX)
        tt_search_tell(search);
    struct waiting *waiting = searcher->free_waiting;
    if (waiting != NULL) {
        searcher->free_waiting = waiting->next;
    } else {
        waiting = calloc(1, sizeof(*waiting));
        if (waiting == NULL) {
            fail(searcher, TT_ERR_MEMORY);
            return;
        }
        waiting->place.texts = tt_buf_make((size_t)TT_PATH_MAX * PLACE_STEPS_MAX);
    }
    waiting->node = node;
    waiting->form = match->form;
    waiting->at = node->scan_from + match->at;
    waiting->len = match->len;
    waiting->origin = tt_node_origin(node, waiting->at, waiting->len);
    waiting->in_place = match->in_place;
    waiting->dropped = false;
    waiting->place.count = 0;
    waiting->place.known = false;
    waiting->place.claimed = false;
    tt_buf_clear(&waiting->place.texts);
    for (size_t i = 0; i < node->held_count; i++)
        if (node->held[i].last == waiting->at + waiting->len - 1)
            copy_place(searcher, &waiting->place, &node->held[i].place);
    waiting->next = search->waiting;
    search->waiting = waiting;
    search->waiting_count++;
    for (struct node *up = node; up != NULL; up = up->parent)
        up->hits++;
}

static void on_match(void *context, const struct tt_match *match)
{
    add_waiting(context, match);
}

/* ---- marks: asking a format where things stand ---- */

struct mark {
    uint64_t at;
    struct place *place;
};

enum { MARKS_MAX = 256 };

/* The marks of the piece that is being fed. They live on the stack of explain. */
struct mark_set {
    struct mark marks[MARKS_MAX];
    size_t count;
    uint64_t told; /* search->told when the marks were made */
};

static void add_mark(struct mark_set *set, uint64_t at, struct place *place)
{
    if (set->count < MARKS_MAX)
        set->marks[set->count++] = (struct mark){.at = at, .place = place};
}

static int by_offset(const void *a, const void *b)
{
    const struct mark *x = a;
    const struct mark *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Room for the place of a match that ends with byte `last`; NULL without memory. */
static struct place *hold_place(struct node *node, uint64_t last)
{
    if (node->held == NULL) {
        node->held = calloc(HELD_MAX, sizeof(*node->held));
        if (node->held == NULL) {
            fail(node->search->searcher, TT_ERR_MEMORY);
            return NULL;
        }
        for (size_t i = 0; i < HELD_MAX; i++)
            node->held[i].place.texts = tt_buf_make((size_t)TT_PATH_MAX * PLACE_STEPS_MAX);
    }
    size_t at = node->held_count < HELD_MAX ? node->held_count++ : node->held_next++ % HELD_MAX;
    node->held[at].last = last;
    node->held[at].place.known = false;
    node->held[at].place.count = 0;
    return &node->held[at].place;
}

/* Matches that the scan still holds are told when the piece is gone: their places are asked for
 * now. */
static void collect_held(struct node *node, const struct tt_piece *piece, struct mark_set *set)
{
    uint64_t ends[HELD_MAX];
    size_t count = tt_scan_held(node->scan, ends, HELD_MAX);
    for (size_t i = 0; i < count; i++) {
        uint64_t last = node->scan_from + ends[i] - 1;
        if (last < piece->at || last >= piece->at + piece->bytes.len)
            continue;
        struct place *place = hold_place(node, last);
        if (place != NULL)
            add_mark(set, last, place);
    }
}

/* Everything in this node that has no place yet and touches the piece: waiting hits by their last
 * byte (it is in the piece even when the hit began before it), inner bodies with hits by any byte.
 */
static void collect_marks(struct node *node, const struct tt_piece *piece, struct mark_set *set)
{
    uint64_t to = piece->at + piece->bytes.len;
    for (struct waiting *w = node->hits > 0 ? node->search->waiting : NULL; w != NULL;
         w = w->next) {
        if (w->node == node && !w->place.known) {
            uint64_t last = w->at + w->len - 1;
            if (last >= piece->at && last < to)
                add_mark(set, last, &w->place);
        }
        struct node *child = w->node;
        while (child != NULL && child->parent != node)
            child = child->parent;
        if (child == NULL || child->place.known)
            continue;
        uint64_t first = child->body.at > piece->at ? child->body.at : piece->at;
        if (first < to)
            add_mark(set, first, &child->place);
    }
    collect_held(node, piece, set);
    if (set->count > 1)
        qsort(set->marks, set->count, sizeof(set->marks[0]), by_offset);
}

/* ---- the sink that decoders talk to ---- */

static bool may_open(struct node *parent)
{
    struct tt_search *search = parent->search;
    if (parent->body.depth + 1 >= TT_DEPTH_MAX) {
        if (!search->spent)
            put_note(search, "run.depth", parent->body.at,
                     "bodies inside bodies deeper than the limit: the rest was not unwrapped");
        search->spent = true;
        return false;
    }
    if (search->children >= TT_CHILDREN_MAX) {
        if (!search->spent)
            put_note(search, "run.children", parent->body.at,
                     "more inner bodies than the limit: the rest was not unwrapped");
        search->spent = true;
        return false;
    }
    return true;
}

static void *on_open(void *context, const struct tt_body *inner, const struct tt_place_step *steps,
                     size_t step_count)
{
    struct node *parent = context;
    if (!may_open(parent))
        return NULL;
    struct node *node = take_node(parent->search);
    if (node == NULL)
        return NULL;
    parent->search->children++;
    keep_body(node, inner);
    node->parent = parent;
    node->body.flow = parent->body.flow;
    node->body.direction = parent->body.direction;
    node->body.parent = &parent->body;
    node->body.depth = parent->body.depth + 1;
    if (step_count > 0)
        keep_place(parent->search->searcher, &node->place, steps, step_count, false);
    return node;
}

/* A bomb is told from a message by what it makes of its bytes. */
static bool may_unwrap(struct tt_search *search, uint64_t more)
{
    uint64_t total = search->unwrapped_bytes + more;
    uint64_t ratio_cap = TT_EXPANSION_FREE_BYTES + search->wire_bytes * TT_EXPANSION_RATIO_MAX;
    uint64_t size_cap = search->wire_bytes * 4 > TT_EXPANSION_BYTES_MAX ? search->wire_bytes * 4
                                                                        : TT_EXPANSION_BYTES_MAX;
    if (total <= ratio_cap && total <= size_cap)
        return true;
    if (!search->spent)
        put_note(search, "run.expansion", search->wire_bytes,
                 "a body unwraps to more than the limit: the rest was not unwrapped");
    search->spent = true;
    return false;
}

static bool on_data(void *context, void *inner, struct tt_span bytes, uint64_t at, uint64_t len)
{
    struct node *parent = context;
    struct node *node = inner;
    struct tt_search *search = parent->search;
    if (node->body.kind == TT_STEP_CODING) {
        if (!may_unwrap(search, bytes.len))
            return false;
        search->unwrapped_bytes += bytes.len;
    }
    if (at + len > node->body.at + node->body.len)
        node->body.len = at + len - node->body.at;
    struct tt_piece piece = {
        .bytes = bytes, .at = node->body.out_len, .origin = tt_node_origin(parent, at, len)};
    feed_node(node, &piece);
    return search->searcher->failure == TT_OK;
}

static void on_close(void *context, void *inner, enum tt_body_end end, uint64_t end_at)
{
    (void)context;
    struct node *node = inner;
    if (end_at > node->body.at)
        node->body.len = end_at - node->body.at;
    close_node(node, end);
    if (node->hits > 0) {
        node->next = node->search->nodes;
        node->search->nodes = node;
    } else {
        give_node(node);
    }
}

static void on_place(void *context, size_t mark, const struct tt_place_step *steps,
                     size_t step_count, bool claimed)
{
    struct node *node = context;
    const struct mark_set *set = node->marks;
    /* Marks are stale when the waiting hits were told in between. */
    if (set == NULL || mark >= set->count || set->told != node->search->told)
        return;
    keep_place(node->search->searcher, set->marks[mark].place, steps, step_count, claimed);
}

/* ---- feeding ---- */

static bool looks_like_text(struct tt_span bytes)
{
    enum { SAMPLES = 64 };
    size_t step = bytes.len / SAMPLES + 1;
    for (size_t at = 0; at < bytes.len; at += step) {
        uint8_t c = bytes.data[at];
        if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f'))
            return false;
    }
    return true;
}

static enum tt_bucket bucket_of(const struct node *root, struct tt_span bytes)
{
    if (root->decoder != NULL && root->decoder->sort == TT_CODING)
        return TT_BUCKET_OPENED;
    if (root->decoder != NULL || root->body.format == TT_FORMAT_HTTP_HEAD ||
        root->body.format == TT_FORMAT_OPAQUE)
        return TT_BUCKET_DECODED;
    if (!looks_like_text(bytes))
        return TT_BUCKET_OPAQUE;
    return root->search->context.raw ? TT_BUCKET_RAW_TEXT : TT_BUCKET_DECODED;
}

static void search_bytes(struct node *node, const struct tt_piece *piece)
{
    struct tt_searcher *searcher = node->search->searcher;
    if (node->scan == NULL)
        node->scan = tt_scan_new(searcher->matcher);
    if (node->tokens == NULL)
        node->tokens = tt_tokens_new(&node->sink);
    if (node->scan == NULL || node->tokens == NULL) {
        fail(searcher, TT_ERR_MEMORY);
        return;
    }
    if (!node->scanning) {
        node->scanning = true;
        node->scan_from = piece->at;
    }
    node->search->searched += piece->bytes.len;
    fail(searcher, tt_scan_feed(node->scan, piece->bytes, on_match, node));
    tt_tokens_feed(node->tokens, piece);
}

/* Ends the decoder of a node, if it has one. */
static void end_decoder(struct node *node, enum tt_body_end end)
{
    if (node->decoder == NULL)
        return;
    if (node->decoder->sort == TT_CODING)
        node->search->searcher->open_codings--;
    node->decoder->close(node->decoder_state, end);
    node->decoder = NULL;
    node->decoder_state = NULL;
}

static void explain(struct node *node, const struct tt_piece *piece)
{
    struct mark_set set;
    set.count = 0;
    set.told = node->search->told;
    collect_marks(node, piece, &set);
    uint64_t offsets[MARKS_MAX];
    for (size_t i = 0; i < set.count; i++)
        offsets[i] = set.marks[i].at;
    node->marks = &set;
    size_t used = node->decoder->feed(node->decoder_state, piece, offsets, set.count);
    node->marks = NULL;
    if (used < piece->bytes.len)
        end_decoder(node, TT_BODY_BROKEN);
}

/* Feeds a coding; what it leaves is searched as it stands. */
static void unwrap(struct node *node, const struct tt_piece *piece)
{
    size_t used = node->decoder->feed(node->decoder_state, piece, NULL, 0);
    if (used >= piece->bytes.len)
        return;
    end_decoder(node, TT_BODY_BROKEN);
    struct tt_piece rest = {
        .bytes = tt_span_from(piece->bytes, used), .at = piece->at + used, .origin = piece->origin};
    search_bytes(node, &rest);
}

static void process(struct node *node, const struct tt_piece *piece)
{
    if (piece->bytes.len == 0)
        return;
    struct tt_search *search = node->search;
    /* Bytes that a protocol made itself (a DNS name) do not stand in the stream: it counted those.
     */
    if (node == search->root && node->body.kind == TT_STEP_SLICE)
        search->buckets[bucket_of(node, piece->bytes)] += piece->bytes.len;
    if (node->decoder != NULL && node->decoder->sort == TT_CODING) {
        unwrap(node, piece);
        return;
    }
    search_bytes(node, piece);
    if (node->decoder != NULL)
        explain(node, piece);
}

/* Each coding at work holds a window of tens of kilobytes: their number is what bounds memory when
 * very many flows send compressed bodies at once. */
static bool may_begin_coding(struct node *node)
{
    struct tt_search *search = node->search;
    if (search->searcher->open_codings < TT_CODINGS_OPEN_MAX)
        return true;
    put_note(search, "run.codings", node->body.at,
             "more compressed bodies at the same time than the limit: this one was not unwrapped");
    return false;
}

static void decide(struct node *node, struct tt_span head, bool whole)
{
    node->decided = true;
    const struct tt_decoder *decoder = tt_decoder_pick(&node->body, head, whole);
    if (decoder == NULL)
        return;
    if (decoder->sort == TT_CODING && !may_begin_coding(node))
        return;
    node->decoder_state = decoder->open(&node->body, &node->sink);
    if (node->decoder_state == NULL) {
        fail(node->search->searcher, TT_ERR_MEMORY);
        return;
    }
    node->decoder = decoder;
    if (decoder->sort == TT_CODING)
        node->search->searcher->open_codings++;
}

/* The held start of a body goes through now that it is known what it is. */
static void release_probe(struct node *node, uint64_t at)
{
    struct tt_piece held = {.bytes = tt_span_of(node->probe, node->probe_len),
                            .at = at,
                            .origin = tt_node_origin(node, at, node->probe_len)};
    process(node, &held);
}

static void feed_node(struct node *node, const struct tt_piece *piece)
{
    if (piece->bytes.len == 0)
        return;
    add_origin(node, piece->at, piece->at + piece->bytes.len, &piece->origin);
    node->body.out_len = piece->at + piece->bytes.len;
    struct tt_piece rest = *piece;
    if (!node->decided) {
        size_t want = TT_BODY_PROBE_MAX - node->probe_len;
        if (node->probe_len == 0 && piece->bytes.len >= want) {
            decide(node, tt_span_sub(piece->bytes, 0, want), false);
        } else {
            size_t take = piece->bytes.len < want ? piece->bytes.len : want;
            memcpy(node->probe + node->probe_len, piece->bytes.data, take);
            node->probe_len += take;
            if (node->probe_len < TT_BODY_PROBE_MAX)
                return;
            decide(node, tt_span_of(node->probe, node->probe_len), false);
            release_probe(node, 0);
            rest.bytes = tt_span_from(piece->bytes, take);
            rest.at += take;
        }
    }
    process(node, &rest);
    trim_origins(node);
}

static void close_node(struct node *node, enum tt_body_end end)
{
    struct tt_searcher *searcher = node->search->searcher;
    if (!node->decided) {
        decide(node, tt_span_of(node->probe, node->probe_len), true);
        release_probe(node, 0);
    }
    if (node->scanning) {
        tt_tokens_end(node->tokens);
        fail(searcher, tt_scan_end(node->scan, on_match, node));
    }
    end_decoder(node, end);
    node->closed = true;
    node->end = end;
}

/* ---- the outermost body ---- */

enum tt_err tt_searcher_new(const struct tt_matcher *matcher, const struct tt_search_sink *sink,
                            struct tt_searcher **ret_searcher)
{
    struct tt_searcher *searcher = calloc(1, sizeof(*searcher));
    if (searcher == NULL)
        return TT_ERR_MEMORY;
    searcher->matcher = matcher;
    searcher->sink = sink;
    *ret_searcher = searcher;
    return TT_OK;
}

void tt_searcher_free(struct tt_searcher *searcher)
{
    if (searcher == NULL)
        return;
    while (searcher->free_nodes != NULL) {
        struct node *node = searcher->free_nodes;
        searcher->free_nodes = node->next;
        free_node(node);
    }
    while (searcher->free_searches != NULL) {
        struct tt_search *search = searcher->free_searches;
        searcher->free_searches = search->next;
        free(search);
    }
    while (searcher->free_waiting != NULL) {
        struct waiting *waiting = searcher->free_waiting;
        searcher->free_waiting = waiting->next;
        tt_buf_free(&waiting->place.texts);
        free(waiting);
    }
    free(searcher);
}

enum tt_err tt_searcher_failure(const struct tt_searcher *searcher)
{
    return searcher->failure;
}

struct tt_search *tt_search_open(struct tt_searcher *searcher, const struct tt_body *body,
                                 const struct tt_search_context *context)
{
    struct tt_search *search = searcher->free_searches;
    if (search != NULL)
        searcher->free_searches = search->next;
    else
        search = malloc(sizeof(*search));
    if (search == NULL) {
        fail(searcher, TT_ERR_MEMORY);
        return NULL;
    }
    search->searcher = searcher;
    search->context = *context;
    search->context.host = keep_word(search->host, sizeof(search->host), context->host);
    search->nodes = NULL;
    search->waiting = NULL;
    search->waiting_count = 0;
    search->wire_bytes = 0;
    search->unwrapped_bytes = 0;
    search->children = 0;
    memset(search->buckets, 0, sizeof(search->buckets));
    search->searched = 0;
    search->stream_end = 0;
    search->told = 0;
    search->spent = false;
    search->root = take_node(search);
    if (search->root == NULL) {
        search->next = searcher->free_searches;
        searcher->free_searches = search;
        return NULL;
    }
    keep_body(search->root, body);
    return search;
}

void tt_search_feed(struct tt_search *search, const struct tt_piece *piece)
{
    search->wire_bytes += piece->bytes.len;
    feed_node(search->root, piece);
}

void tt_search_close(struct tt_search *search, enum tt_body_end end, uint64_t stream_end)
{
    struct tt_searcher *searcher = search->searcher;
    struct node *root = search->root;
    close_node(root, end);
    root->body.len = stream_end > root->body.at ? stream_end - root->body.at : root->body.out_len;
    tt_search_tell(search);
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        if (search->buckets[i] > 0)
            searcher->sink->account(searcher->sink->context, root->body.flow, root->body.direction,
                                    search->context.host, (enum tt_bucket)i, search->buckets[i]);
    if (search->searched > 0)
        searcher->sink->searched(searcher->sink->context, search->searched);
    give_node(root);
    search->next = searcher->free_searches;
    searcher->free_searches = search;
}
