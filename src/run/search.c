#include "run/search.h"

#include "identify/digest.h"
#include "identify/digest_loose.h"
#include "run/search_node.h"

#include <stdlib.h>

enum { SEARCH_STEP = 16384 }; /* bytes searched between two looks at the waiting hits */

static void feed_node(struct node *node, const struct tt_piece *piece);
static void close_node(struct node *node, enum tt_body_end end);

void tt_searcher_fail(struct tt_searcher *searcher, enum tt_err err)
{
    if (err != TT_OK && searcher->failure == TT_OK)
        searcher->failure = err;
}

void tt_sweep_note(struct sweep *search, const char *code, uint64_t offset, const char *text)
{
    const struct node *root = search->root;
    struct tt_note note = {.layer = "run",
                           .code = code,
                           .flow = root->body.flow,
                           .frame = root->origin_count == 0
                                        ? 0
                                        : root->origins[root->origin_count - 1].origin.last_frame,
                           .offset = offset,
                           .text = text};
    if (search->searcher->muted)
        return;
    search->spoke = true;
    tt_note_put(&search->searcher->sink->notes, &note);
}

/* ---- pools ---- */

static void free_node(struct node *node)
{
    if (node == NULL)
        return;
    tt_scan_free(node->scan);
    tt_tokens_free(node->tokens);
    tt_escapes_free(node->escapes);
    tt_embedded_free(node->embedded);
    for (size_t i = 0; node->held != NULL && i < HELD_MAX; i++)
        tt_buf_free(&node->held[i].place.texts);
    free(node->held);
    tt_buf_free(&node->place.texts);
    tt_buf_free(&node->run.place.texts);
    free(node->marks);
    free(node->mark_offsets);
    free(node->origins);
    free(node);
}

static struct node *make_node(void)
{
    struct node *node = calloc(1, sizeof(*node));
    if (node == NULL)
        return NULL;
    node->place.texts = tt_buf_make((size_t)TT_PATH_MAX * PLACE_STEPS_MAX);
    node->run.place.texts = tt_buf_make((size_t)TT_PATH_MAX * PLACE_STEPS_MAX);
    return node;
}

static void *on_open(void *context, const struct tt_body *inner, const struct tt_place_step *steps,
                     size_t step_count);
static bool on_data(void *context, void *inner, struct tt_span bytes, uint64_t at, uint64_t len);
static void on_close(void *context, void *inner, enum tt_body_end end, uint64_t end_at);
static void on_place(void *context, size_t mark, const struct tt_place_step *steps,
                     size_t step_count, bool claimed);

static void on_note(void *context, const struct tt_note *note)
{
    struct sweep *search = ((struct node *)context)->search;
    /* What recipes open is a guess: that it cannot be read on tells nothing of the message. */
    if (search->searcher->muted || search->recipes_at_work)
        return;
    search->spoke = true;
    tt_note_put(&search->searcher->sink->notes, note);
}

static struct node *take_node(struct sweep *search)
{
    struct tt_searcher *searcher = search->searcher;
    struct node *node = searcher->free_nodes;
    if (node != NULL)
        searcher->free_nodes = node->next;
    else
        node = make_node();
    if (node == NULL) {
        tt_searcher_fail(searcher, TT_ERR_MEMORY);
        return NULL;
    }
    searcher->open_nodes++;
    node->next = NULL;
    node->parent = NULL;
    node->search = search;
    node->place.count = 0;
    node->place.known = false;
    node->place.claimed = false;
    tt_buf_clear(&node->place.texts);
    node->decoder = NULL;
    node->decoder_state = NULL;
    node->run.place.known = false;
    node->is_value = false;
    node->is_escaped = false;
    node->escaping = false;
    node->held_count = 0;
    node->held_next = 0;
    node->decided = false;
    node->scanning = false;
    node->closed = false;
    node->sense = TT_SENSE_NONE;
    node->unread_before = search->unread_order;
    node->scan_from = 0;
    node->hits = 0;
    node->unknown = 0;
    node->probe_len = 0;
    node->gathered_len = 0;
    node->origin_count = 0;
    node->sink = (struct tt_content_sink){.context = node,
                                          .open = on_open,
                                          .data = on_data,
                                          .close = on_close,
                                          .place = on_place,
                                          .notes = {.context = node, .note = on_note}};
    return node;
}

static void give_node(struct node *node)
{
    struct tt_searcher *searcher = node->search->searcher;
    searcher->open_nodes--;
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

/* ---- hits ---- */

/* Decimal digits are hexadecimal ones, too: a short number in BCD within a longer one in such
 * digits is a part of another number, unless a format says that it begins and ends there. */
static bool is_part_of_number(const struct node *node, const struct tt_match *match, uint64_t at)
{
    enum { SHORT = 6 }; /* bytes: longer numbers are found within others, too */
    bool explained = node->decoder != NULL && node->decoder != &tt_recipe_coding;
    if (explained || node->body.step == NULL || strcmp(node->body.step, "hex") != 0 ||
        strcmp(match->form->name, "bcd") != 0 || match->len > SHORT ||
        match->len == node->probe_len)
        return false;
    /* The first bytes may be escapes in front: "%253D". */
    size_t from = at >= 3 ? (size_t)at - 2 : at > 0;
    for (size_t i = from; i < node->probe_len; i++) {
        if ((node->probe[i] & 0x0f) > 9 || node->probe[i] >> 4 > 9)
            return false;
    }
    return true;
}

static void on_match(void *context, const struct tt_match *match)
{
    struct node *node = context;
    uint64_t at = node->scan_from + match->at;
    if (!is_part_of_number(node, match, at))
        tt_sweep_wait(node, match->form, at, match->len, match->in_place);
}

/* ---- the sink that decoders talk to ---- */

static bool may_open(struct node *parent)
{
    struct sweep *search = parent->search;
    if (parent->body.depth + 1 >= TT_DEPTH_MAX) {
        if (!search->spent)
            tt_sweep_note(search, "run.depth", parent->body.at,
                          "bodies inside bodies deeper than the limit: the rest was not unwrapped");
        search->spent = true;
        return false;
    }
    if (search->children >= TT_CHILDREN_MAX) {
        if (!search->spent)
            tt_sweep_note(search, "run.children", parent->body.at,
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
    node->is_value = step_count > 0 || inner->kind == TT_STEP_SLICE;
    node->is_escaped = parent->escaping;
    if (step_count > 0)
        tt_place_keep(parent->search->searcher, &node->place, steps, step_count, false);
    else if (!parent->escaping)
        tt_place_of_run(parent, node);
    return node;
}

/* A bomb is told from a message by what it makes of its bytes. */
static bool may_unwrap(struct sweep *search, uint64_t more)
{
    uint64_t total = search->unwrapped_bytes + more;
    uint64_t ratio_cap = TT_EXPANSION_FREE_BYTES + search->wire_bytes * TT_EXPANSION_RATIO_MAX;
    uint64_t size_cap = search->wire_bytes * 4 > TT_EXPANSION_BYTES_MAX ? search->wire_bytes * 4
                                                                        : TT_EXPANSION_BYTES_MAX;
    const struct tt_searcher *searcher = search->searcher;
    uint64_t run_cap =
        TT_EXPANSION_RUN_FREE_BYTES + searcher->wire_bytes * TT_EXPANSION_RUN_RATIO_MAX;
    if (total <= ratio_cap && total <= size_cap && searcher->unwrapped_bytes + more <= run_cap)
        return true;
    if (!search->spent)
        tt_sweep_note(search, "run.expansion", search->wire_bytes,
                      "a body unwraps to more than the limit: the rest was not unwrapped");
    search->spent = true;
    return false;
}

static bool on_data(void *context, void *inner, struct tt_span bytes, uint64_t at, uint64_t len)
{
    struct node *parent = context;
    struct node *node = inner;
    struct sweep *search = parent->search;
    if (node->body.kind == TT_STEP_CODING) {
        if (!may_unwrap(search, bytes.len))
            return false;
        search->unwrapped_bytes += bytes.len;
        search->searcher->unwrapped_bytes += bytes.len;
    }
    if (at + len > node->body.at + node->body.len)
        node->body.len = at + len - node->body.at;
    struct tt_piece piece = {
        .bytes = bytes, .at = node->body.out_len, .origin = tt_node_origin(parent, at, len)};
    tt_origins_inherit(node, piece.at, piece.at + bytes.len, at, len);
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
    tt_place_answer(context, mark, steps, step_count, claimed);
}

/* ---- feeding ---- */

bool tt_sweep_scans(struct node *node, uint64_t at)
{
    struct tt_searcher *searcher = node->search->searcher;
    if (node->scan == NULL)
        node->scan = tt_scan_new(searcher->matcher);
    if (node->tokens == NULL)
        node->tokens = tt_tokens_new(&node->sink);
    if (node->escapes == NULL)
        node->escapes = tt_escapes_new(&node->sink);
    if (node->embedded == NULL)
        node->embedded = tt_embedded_new(&node->sink);
    if (node->scan == NULL || node->tokens == NULL || node->escapes == NULL ||
        node->embedded == NULL) {
        tt_searcher_fail(searcher, TT_ERR_MEMORY);
        return false;
    }
    node->scanning = true;
    node->scan_from = at;
    return true;
}

static void search_bytes(struct node *node, const struct tt_piece *piece)
{
    struct tt_searcher *searcher = node->search->searcher;
    if (!node->scanning && !tt_sweep_scans(node, piece->at))
        return;
    node->search->searched += piece->bytes.len;
    tt_traffic_look(&searcher->traffic, piece->bytes, piece->at);
    tt_recipes_gather(node, piece);
    tt_searcher_fail(searcher, tt_scan_feed(node->scan, piece->bytes, on_match, node));
    tt_tokens_feed(node->tokens, piece);
    node->escaping = true;
    tt_escapes_feed(node->escapes, piece, node->decoder == NULL ? 0 : node->decoder->escapes);
    node->escaping = false;
    tt_embedded_feed(node->embedded, piece);
}

/* Ends the decoder of a node, if it has one. */
static void end_decoder(struct node *node, enum tt_body_end end)
{
    if (node->decoder == NULL)
        return;
    if (node->decoder->sort == TT_CODING) {
        node->search->searcher->open_codings--;
        node->search->codings--;
    }
    node->decoder->close(node->decoder_state, end);
    node->decoder = NULL;
    node->decoder_state = NULL;
}

/* `before`: the newest waiting hit before the piece was searched. */
static void explain(struct node *node, const struct tt_piece *piece, const struct waiting *before)
{
    size_t count = 0;
    const uint64_t *marks = tt_places_ask(node, piece, before, &count);
    size_t used = node->decoder->feed(node->decoder_state, piece, marks, count);
    if (used < piece->bytes.len)
        end_decoder(node, TT_BODY_BROKEN);
}

/* May the waiting hits be told before the next piece of this node? Not while something above it is
 * searched as it stands, whose hits in the piece that is being fed have yet to be explained; and
 * rather not while something goes on over the border of the pieces, which may say the same as a
 * waiting hit. */
static bool may_tell(const struct node *node)
{
    for (const struct node *up = node->parent; up != NULL; up = up->parent)
        if (up->scanning)
            return false;
    uint64_t at = 0;
    bool quiet =
        !node->scanning ||
        (tt_scan_held(node->scan, &at, 1) == 0 && !tt_tokens_in_run(node->tokens, &at) &&
         tt_escapes_inner(node->escapes) == NULL && !tt_embedded_in_message(node->embedded));
    return quiet || node->search->waiting_count >= 2 * (size_t)TT_HITS_PENDING_MAX;
}

/* Searches a piece where it stands, in steps that do not find too much at a time. */
static void search_text(struct node *node, const struct tt_piece *piece)
{
    struct sweep *search = node->search;
    for (size_t from = 0; from < piece->bytes.len; from += SEARCH_STEP) {
        struct tt_piece part = {.bytes = tt_span_sub(piece->bytes, from, SEARCH_STEP),
                                .at = piece->at + from,
                                .origin = piece->origin};
        if (search->waiting_count >= TT_HITS_PENDING_MAX && may_tell(node))
            tt_search_tell(search);
        const struct waiting *before = search->waiting;
        uint64_t told = search->told;
        search_bytes(node, &part);
        if (node->decoder != NULL)
            explain(node, &part, told == search->told ? before : NULL);
    }
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
    search_text(node, &rest);
}

static void process(struct node *node, const struct tt_piece *piece)
{
    if (piece->bytes.len == 0)
        return;
    struct sweep *search = node->search;
    /* Bytes that a protocol made itself (a DNS name) do not stand in the stream: it counted those.
     */
    if (node == search->root && node->body.kind == TT_STEP_SLICE && !search->context.uncounted)
        tt_accounts_count(node, piece);
    if (node->decoder != NULL && node->decoder->sort == TT_CODING) {
        unwrap(node, piece);
        return;
    }
    search_text(node, piece);
}

/* Each coding at work holds a window of tens of kilobytes: their number is what bounds memory when
 * very many flows send compressed bodies at once. */
static bool may_begin_coding(struct node *node)
{
    struct sweep *search = node->search;
    if (search->searcher->open_codings < TT_CODINGS_OPEN_MAX)
        return true;
    struct sweep *other = search->searcher->oldest;
    while (other != search && other->codings == 0)
        other = other->newer;
    if (other != search) {
        tt_search_set_aside(other);
        return true;
    }
    tt_sweep_note(
        search, "run.codings", node->body.at,
        "more compressed bodies at the same time than the limit: this one was not unwrapped");
    return false;
}

static void on_loose(void *context, const struct tt_match *match)
{
    tt_sweep_wait(context, match->form, match->at, match->len, match->in_place);
}

static void choose(struct node *node, struct tt_span head, bool whole)
{
    node->decided = true;
    const struct tt_decoder *decoder = tt_decoder_pick(&node->body, head, whole);
    struct tt_card *card = decoder == NULL ? tt_recipes_pick(node, head, whole) : NULL;
    if (card != NULL)
        decoder = &tt_recipe_coding;
    if (decoder == NULL) {
        tt_searcher_fail(node->search->searcher,
                         tt_digest_loose(node->search->searcher->matcher, head, on_loose, node));
        return;
    }
    if (decoder->sort == TT_CODING && !may_begin_coding(node))
        return;
    node->decoder_state =
        card != NULL ? tt_recipe_coding_open(node->search->searcher->book, card, &node->sink)
                     : decoder->open(&node->body, &node->sink);
    if (node->decoder_state == NULL) {
        tt_searcher_fail(node->search->searcher, TT_ERR_MEMORY);
        return;
    }
    node->decoder = decoder;
    if (decoder->sort == TT_CODING) {
        node->search->searcher->open_codings++;
        node->search->codings++;
    }
}

static void decide(struct node *node, struct tt_span head, bool whole)
{
    choose(node, head, whole);
    tt_accounts_judge(node, head);
}

/* The held start of a body goes through now that it is known what it is, cut as it came in. */
static void release_probe(struct node *node)
{
    for (size_t from = 0; from < node->probe_len;) {
        size_t to = (size_t)tt_origins_next(node, from, node->probe_len);
        struct tt_piece held = {.bytes = tt_span_of(node->probe + from, to - from),
                                .at = from,
                                .origin = tt_node_origin(node, from, to - from)};
        process(node, &held);
        from = to;
    }
}

static void feed_node(struct node *node, const struct tt_piece *piece)
{
    if (piece->bytes.len == 0)
        return;
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
            release_probe(node);
            rest.bytes = tt_span_from(piece->bytes, take);
            rest.at += take;
        }
    }
    process(node, &rest);
    tt_origins_trim(node);
}

static bool is_as_long_as_digest(uint64_t len)
{
    return len >= TT_DIGEST_LEN_MIN && len <= TT_DIGEST_LEN_MAX;
}

static void close_node(struct node *node, enum tt_body_end end)
{
    struct tt_searcher *searcher = node->search->searcher;
    if (!node->decided) {
        decide(node, tt_span_of(node->probe, node->probe_len), true);
        release_probe(node);
    }
    if (node->scanning) {
        tt_tokens_end(node->tokens);
        tt_escapes_end(node->escapes);
        tt_embedded_end(node->embedded);
        if (is_as_long_as_digest(tt_scan_known(node->scan)))
            searcher->traffic.tokens++;
        if (end != TT_BODY_COMPLETE && node->parent != NULL && node->body.kind == TT_STEP_CODING)
            tt_scan_cut(node->scan);
        tt_searcher_fail(searcher, tt_scan_end(node->scan, on_match, node));
    }
    tt_accounts_settle(node);
    end_decoder(node, end);
    tt_recipes_consider(node);
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
    tt_searches_make(searcher);
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
    while (searcher->free_sweeps != NULL) {
        struct sweep *sweep = searcher->free_sweeps;
        searcher->free_sweeps = sweep->next;
        free(sweep);
    }
    tt_searches_free(searcher);
    while (searcher->free_waiting != NULL) {
        struct waiting *waiting = searcher->free_waiting;
        searcher->free_waiting = waiting->next;
        tt_buf_free(&waiting->place.texts);
        tt_buf_free(&waiting->frames);
        free(waiting);
    }
    free(searcher->items);
    free(searcher->heads);
    free(searcher);
}

void tt_searcher_use_recipes(struct tt_searcher *searcher, struct tt_recipe_book *book)
{
    searcher->book = book;
}

const struct tt_traffic *tt_searcher_traffic(const struct tt_searcher *searcher)
{
    return &searcher->traffic;
}

enum tt_err tt_searcher_failure(const struct tt_searcher *searcher)
{
    return searcher->failure;
}

/* ---- sweeps ---- */

static void link_newest(struct sweep *sweep)
{
    struct tt_searcher *searcher = sweep->searcher;
    sweep->newer = NULL;
    sweep->older = searcher->newest;
    if (searcher->newest != NULL)
        searcher->newest->newer = sweep;
    else
        searcher->oldest = sweep;
    searcher->newest = sweep;
}

static void unlink_sweep(struct sweep *sweep)
{
    struct tt_searcher *searcher = sweep->searcher;
    if (sweep->newer != NULL)
        sweep->newer->older = sweep->older;
    else
        searcher->newest = sweep->older;
    if (sweep->older != NULL)
        sweep->older->newer = sweep->newer;
    else
        searcher->oldest = sweep->newer;
}

static void give_sweep(struct sweep *sweep)
{
    struct tt_searcher *searcher = sweep->searcher;
    sweep->next = searcher->free_sweeps;
    searcher->free_sweeps = sweep;
}

struct sweep *tt_sweep_open(struct tt_searcher *searcher, const struct tt_body *body,
                            const struct tt_search_context *context, uint64_t root_at)
{
    while (searcher->open_nodes >= TT_BODIES_OPEN_MAX && searcher->oldest != NULL)
        tt_search_set_aside(searcher->oldest);
    struct sweep *sweep = searcher->free_sweeps;
    if (sweep != NULL)
        searcher->free_sweeps = sweep->next;
    else
        sweep = malloc(sizeof(*sweep));
    if (sweep == NULL) {
        tt_searcher_fail(searcher, TT_ERR_MEMORY);
        return NULL;
    }
    sweep->searcher = searcher;
    sweep->context = *context;
    sweep->context.host = keep_word(sweep->host, sizeof(sweep->host), context->host);
    sweep->root_at = root_at;
    sweep->codings = 0;
    sweep->nodes = NULL;
    sweep->waiting = NULL;
    sweep->waiting_count = 0;
    sweep->wire_bytes = 0;
    sweep->unwrapped_bytes = 0;
    sweep->children = 0;
    memset(sweep->buckets, 0, sizeof(sweep->buckets));
    sweep->capture = 0;
    sweep->unread_count = 0;
    sweep->unread_order = 0;
    sweep->unread_done = 0;
    sweep->signed_in = NULL;
    sweep->signed_end = 0;
    sweep->signed_parts = 0;
    sweep->signature_end = 0;
    sweep->searched = 0;
    sweep->told = 0;
    sweep->spent = false;
    sweep->spoke = false;
    sweep->whole = root_at == 0;
    sweep->kept_len = 0;
    sweep->recipe_tokens = 0;
    sweep->recipes_at_work = false;
    sweep->recipe_text_len = 0;
    sweep->recipe_tail_len = 0;
    sweep->recipe_gap = false;
    sweep->recipes_cut = false;
    sweep->root = take_node(sweep);
    if (sweep->root == NULL) {
        give_sweep(sweep);
        return NULL;
    }
    keep_body(sweep->root, body);
    link_newest(sweep);
    return sweep;
}

/* Small bodies are kept as they come in: what is known of one can be made from its bytes again. */
static void keep_bytes(struct sweep *sweep, struct tt_span bytes)
{
    if (bytes.len > sizeof(sweep->kept) - sweep->kept_len) {
        sweep->whole = false;
        return;
    }
    memcpy(sweep->kept + sweep->kept_len, bytes.data, bytes.len);
    sweep->kept_len += bytes.len;
}

void tt_sweep_feed(struct sweep *sweep, const struct tt_piece *piece)
{
    if (piece->bytes.len == 0)
        return;
    if (sweep->newer != NULL) {
        unlink_sweep(sweep);
        link_newest(sweep);
    }
    if (sweep->whole)
        keep_bytes(sweep, piece->bytes);
    sweep->wire_bytes += piece->bytes.len;
    sweep->searcher->wire_bytes += piece->bytes.len;
    tt_origins_add(sweep->root, piece->at, piece->at + piece->bytes.len, &piece->origin);
    feed_node(sweep->root, piece);
}

static void end_sweep(struct sweep *sweep)
{
    unlink_sweep(sweep);
    give_node(sweep->root);
    give_sweep(sweep);
}

void tt_sweep_close(struct sweep *sweep, enum tt_body_end end, uint64_t stream_end)
{
    const struct tt_search_sink *sink = sweep->searcher->sink;
    struct node *root = sweep->root;
    close_node(root, end);
    tt_recipes_remember(sweep);
    root->body.len = stream_end > root->body.at ? stream_end - root->body.at : root->body.out_len;
    tt_search_tell(sweep);
    tt_accounts_tell(sweep);
    if (sweep->searched > 0)
        sink->searched(sink->context, sweep->searched);
    end_sweep(sweep);
}

void tt_sweep_undo(struct sweep *sweep)
{
    struct tt_searcher *searcher = sweep->searcher;
    searcher->muted = true;
    close_node(sweep->root, TT_BODY_CUT);
    searcher->muted = false;
    tt_search_forget(sweep);
    searcher->wire_bytes -= sweep->wire_bytes;
    searcher->unwrapped_bytes -= sweep->unwrapped_bytes;
    end_sweep(sweep);
}

void tt_sweep_pause(struct node *root, bool run_kept)
{
    if (run_kept)
        tt_tokens_drop(root->tokens);
    else
        tt_tokens_end(root->tokens);
    tt_escapes_end(root->escapes);
    tt_embedded_end(root->embedded);
    tt_searcher_fail(root->search->searcher, tt_scan_drop(root->scan));
    root->scanning = false;
}
