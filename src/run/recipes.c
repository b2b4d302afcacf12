/* Tokens in which nothing was found are tried once more when the message is over: with the fields
 * that stand beside them (identify/recipe.h).
 *
 * Such a token waits among the hits, without a form, so that its place is asked for as theirs are.
 * All of this is for small messages and few tokens; traffic that is full of random tokens costs no
 * more than the run's allowance, and what was not tried is told. */
#include "base/compiler.h"
#include "content/brotli.h"
#include "content/inflate.h"
#include "content/prefixed.h"
#include "content/xored.h"
#include "identify/digest_set.h"
#include "identify/recipe.h"
#include "identify/recipe_book.h"
#include "identify/recipe_salt.h"
#include "run/search_node.h"

#include <stdlib.h>

enum {
    SMALL = 64, /* bytes of a token: it stands in its parent's text already */
    HEADS = 32, /* headers remembered at the same time: one for each of the last flows */
    HEAD_TEXT = 1024,
    BORDER = 128, /* bytes of a text's start that its end begins with: a name and a value */
    TRIES_MIN = 512,
    ALL_FIELDS = 2 * TT_RECIPE_FIELDS_MAX + 1 + TT_RECIPE_HEAD_FIELDS_MAX
};

/* The start of a header block. */
struct recipe_head {
    uint64_t flow;
    enum tt_direction direction;
    size_t len;
    uint8_t text[HEAD_TEXT];
};

/* Keeps where the node's bytes are in the text, as long as they stand in it without others between.
 */
static void keep_range(struct node *node, size_t at, size_t len, uint64_t from)
{
    if (node->gathered_len == 0) {
        node->gathered_at = at;
        node->gathered_from = from;
    }
    if (node->gathered_at + node->gathered_len == at &&
        node->gathered_from + node->gathered_len == from)
        node->gathered_len += len;
}

/* The last bytes: of a long message, salts and keys stand where it begins or where it ends. */
static void keep_tail(struct sweep *search, struct tt_span bytes)
{
    enum { ROOM = TT_RECIPE_TAIL_MAX };
    size_t kept = search->recipe_tail_len;
    if (kept + bytes.len > ROOM) {
        search->recipe_gap = true;
        bytes = tt_span_from(bytes, bytes.len > ROOM ? bytes.len - ROOM : 0);
        size_t rest = kept < ROOM - bytes.len ? kept : ROOM - bytes.len;
        memmove(search->recipe_tail, search->recipe_tail + kept - rest, rest);
        kept = rest;
    }
    memcpy(search->recipe_tail + kept, bytes.data, bytes.len);
    search->recipe_tail_len = kept + bytes.len;
}

void tt_recipes_gather(struct node *node, const struct tt_piece *piece)
{
    struct sweep *search = node->search;
    size_t room = TT_RECIPE_TEXT_MAX - search->recipe_text_len;
    bool repeats = node->parent != NULL && node->parent->scanning && node->body.out_len <= SMALL;
    if (repeats)
        return;
    struct tt_span bytes = tt_span_sub(piece->bytes, 0, room);
    if (bytes.len > 0) {
        memcpy(search->recipe_text + search->recipe_text_len, bytes.data, bytes.len);
        keep_range(node, search->recipe_text_len, bytes.len, piece->at);
        search->recipe_text_len += bytes.len;
    }
    /* What a token happens to decode to would push out what stands around it. */
    bool is_token = node->parent != NULL && node->parent->scanning;
    if (bytes.len == piece->bytes.len || (is_token && node->decoder == NULL))
        return;
    /* A word over the border is whole in one of them. */
    if (search->recipe_tail_len == 0)
        keep_tail(search, tt_span_from(tt_span_of(search->recipe_text, TT_RECIPE_TEXT_MAX),
                                       TT_RECIPE_TEXT_MAX - BORDER));
    keep_tail(search, tt_span_from(piece->bytes, bytes.len));
}

/* ---- headers, for the bodies that follow ---- */

static struct recipe_head *head_of(const struct sweep *search)
{
    const struct tt_flow *flow = search->root->body.flow;
    struct recipe_head *heads = search->searcher->heads;
    return heads == NULL || flow == NULL ? NULL : &heads[flow->id % HEADS];
}

void tt_recipes_remember(struct sweep *search)
{
    struct tt_searcher *searcher = search->searcher;
    const struct tt_body *body = &search->root->body;
    if (body->format != TT_FORMAT_HTTP_HEAD || body->flow == NULL)
        return;
    if (searcher->heads == NULL)
        searcher->heads = calloc(HEADS, sizeof(*searcher->heads));
    struct recipe_head *head = head_of(search);
    if (head == NULL) {
        tt_searcher_fail(searcher, TT_ERR_MEMORY);
        return;
    }
    head->flow = body->flow->id;
    head->direction = body->direction;
    head->len = search->recipe_text_len < HEAD_TEXT ? search->recipe_text_len : HEAD_TEXT;
    memcpy(head->text, search->recipe_text, head->len);
}

/* Lines that name the app, the device or the moment; the others are the same in all messages. */
static bool is_telling(struct tt_span line, bool first)
{
    static const char agent[] = "user-agent:";
    return first || tt_span_ieq(tt_span_sub(line, 0, 2), tt_span_str("x-")) ||
           tt_span_ieq(tt_span_sub(line, 0, sizeof(agent) - 1), tt_span_str(agent));
}

/* The fields of the header that came before the body. */
static size_t read_head(const struct sweep *search, struct tt_span *ret_fields, size_t max)
{
    const struct recipe_head *head = head_of(search);
    const struct tt_body *body = &search->root->body;
    size_t count = 0;
    if (head == NULL || head->flow != body->flow->id || head->direction != body->direction ||
        body->format == TT_FORMAT_HTTP_HEAD)
        return 0;
    struct tt_span text = tt_span_of(head->text, head->len);
    for (size_t at = 0; at < text.len && count < max;) {
        struct tt_span line = tt_span_from(text, at);
        line.len = tt_span_find(line, '\n');
        if (is_telling(line, at == 0)) {
            size_t value = at == 0 ? 0 : tt_span_find(line, ':') + 1;
            count +=
                tt_recipe_read_fields(tt_span_from(line, value), ret_fields + count, max - count);
        }
        at += line.len + 1;
    }
    return count;
}

/* ---- tokens ---- */

/* All of a small message may be what a token is elsewhere. */
static bool is_unknown_body(const struct node *node)
{
    return node->parent == NULL && node->body.format == TT_FORMAT_UNKNOWN && node->scanning &&
           !node->search->context.ciphertext && node->search->root_at == 0;
}

/* What a card makes of a token may be luck: the token itself is tried. */
static bool is_guess(const struct node *node)
{
    return node->parent != NULL && node->parent->decoder == &tt_recipe_coding;
}

static bool may_try(const struct node *node)
{
    const struct sweep *search = node->search;
    const struct tt_searcher *searcher = search->searcher;
    bool is_token = node->parent != NULL && node->body.kind == TT_STEP_CODING;
    return !search->recipes_at_work && (is_token || is_unknown_body(node)) &&
           node->hits == (is_token ? node->unknown : 0) && !is_guess(node) &&
           node->probe_len == node->body.out_len && !node->is_escaped &&
           searcher->open_nodes < TT_BODIES_OPEN_MAX / 2;
}

void tt_recipes_consider(struct node *node)
{
    if (!may_try(node) ||
        !tt_recipe_claims(node->search->searcher->matcher,
                          tt_span_of(node->probe, node->probe_len)) ||
        (node->parent == NULL && !tt_recipes_may_open(node->search, NULL, node->body.at)))
        return;
    if (node->search->recipe_tokens == TT_RECIPE_TOKENS_MAX) {
        node->search->recipes_cut = true;
        return;
    }
    node->search->recipe_tokens++;
    tt_sweep_wait(node, NULL, 0, node->probe_len, false);
}

/* ---- when the message is over ---- */

static void on_found(void *context, const struct tt_recipe_found *found)
{
    struct node *node = context;
    if (found->form != NULL) {
        tt_sweep_wait(node, found->form, 0, node->probe_len, false);
        return;
    }
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = found->step, .at = 0};
    void *opened = node->sink.open(node, &inner, NULL, 0);
    if (opened == NULL)
        return;
    (void)node->sink.data(node, opened, found->bytes, 0, node->probe_len);
    node->sink.close(node, opened, TT_BODY_COMPLETE, node->probe_len);
}

/* How many digests may still be computed, of one message and of the run. A few are saved up: they
 * are not worth looking for fields. */
static size_t allowance(const struct tt_searcher *searcher)
{
    uint64_t all =
        TT_RECIPE_RUN_FREE_TRIES + searcher->wire_bytes / (uint64_t)TT_RECIPE_RUN_TRY_BYTES;
    uint64_t left = all > searcher->recipe_tries ? all - searcher->recipe_tries : 0;
    if (left < TRIES_MIN)
        return 0;
    return left < TT_RECIPE_TRIES_MAX ? (size_t)left : TT_RECIPE_TRIES_MAX;
}

/* The same for the values of contacts and messages. */
static size_t near_allowance(const struct tt_searcher *searcher)
{
    uint64_t all =
        TT_RECIPE_NEAR_FREE_TRIES + searcher->wire_bytes / (uint64_t)TT_RECIPE_NEAR_TRY_BYTES;
    uint64_t left = all > searcher->recipe_near_tries ? all - searcher->recipe_near_tries : 0;
    if (left < TRIES_MIN)
        return 0;
    return left < TT_RECIPE_TRIES_MAX ? (size_t)left : TT_RECIPE_TRIES_MAX;
}

/* Cards whose key is a field. */
static void try_cards(struct node *node, const struct tt_recipe_fields *fields)
{
    struct tt_recipe_book *book = node->search->searcher->book;
    struct tt_span token = tt_span_of(node->probe, node->probe_len);
    for (size_t i = 0; i < tt_recipe_book_count(book); i++) {
        struct tt_card *card = tt_recipe_book_card(book, i);
        if (!card->uses_field || tt_card_takes_text(card) ||
            !tt_card_is_for(card, node->search->context.host))
            continue;
        for (size_t j = 0;
             j < fields->count && tt_recipes_may_open(node->search, card, node->body.at); j++) {
            struct tt_card_result result;
            if (!tt_card_undo(card, token, fields->fields[j], true, tt_recipe_book_room(book),
                              &result) ||
                !tt_card_is_likely(card, &result))
                continue;
            struct tt_recipe_found found = {.step = card->step, .bytes = result.bytes};
            on_found(node, &found);
        }
    }
}

/* The characters around [*from, *to) that are of the card's alphabet. */
static void widen(const struct tt_card *card, struct tt_span text, size_t *from, size_t *to)
{
    while (*from > 0 && tt_card_value(card, text.data[*from - 1]) >= 0)
        --*from;
    while (*to < text.len && tt_card_value(card, text.data[*to]) >= 0)
        ++*to;
}

/* Text [from, to) of the parent in the card's alphabet. */
static void open_text(struct node *node, struct tt_card *card, struct tt_span text, size_t from,
                      size_t to)
{
    struct tt_searcher *searcher = node->search->searcher;
    struct node *parent = node->parent;
    struct tt_card_result result;
    if (!tt_card_undo(card, tt_span_sub(text, from, to - from), tt_span_of(NULL, 0), true,
                      tt_recipe_book_room(searcher->book), &result) ||
        !tt_card_is_likely(card, &result))
        return;
    uint64_t at = parent->gathered_from + from;
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = card->step, .at = at};
    struct node *opened = parent->sink.open(parent, &inner, NULL, 0);
    if (opened == NULL)
        return;
    tt_place_copy(searcher, &opened->place, &node->place);
    (void)parent->sink.data(parent, opened, result.bytes, at, to - from);
    parent->sink.close(parent, opened, TT_BODY_COMPLETE, at + (to - from));
}

/* A token may be base64 in another order, and longer than it looked: its text is tried. */
static void try_alphabets(struct node *node)
{
    struct sweep *search = node->search;
    struct tt_recipe_book *book = search->searcher->book;
    const struct node *parent = node->parent;
    if (parent == NULL)
        return;
    struct tt_span text =
        tt_span_of(search->recipe_text + parent->gathered_at, parent->gathered_len);
    if (node->body.at < parent->gathered_from ||
        node->body.at + node->body.len > parent->gathered_from + text.len || node->is_value)
        return;
    for (size_t i = 0; i < tt_recipe_book_count(book); i++) {
        struct tt_card *card = tt_recipe_book_card(book, i);
        size_t from = (size_t)(node->body.at - parent->gathered_from);
        size_t to = from + (size_t)node->body.len;
        if (!tt_card_takes_text(card) || card->uses_field ||
            !tt_card_is_for(card, search->context.host) ||
            !tt_recipes_may_open(search, card, node->body.at))
            continue;
        widen(card, text, &from, &to);
        open_text(node, card, text, from, to);
    }
}

static void try_book(struct node *node, const struct tt_recipe_fields *fields)
{
    struct tt_recipe_book *book = node->search->searcher->book;
    if (book != NULL && tt_recipe_book_has_alphabet(book))
        try_alphabets(node);
    if (book != NULL && tt_recipe_book_has_field(book))
        try_cards(node, fields);
}

/* The first half of what a run may try at once is for all ways; then for the usual ones only. */
static size_t rare_allowance(const struct tt_searcher *searcher)
{
    return searcher->recipe_tries < TT_RECIPE_RUN_FREE_TRIES / 2 ? TT_RECIPE_RARE_TRIES_MAX : 0;
}

/* Not what has no start of its own: under a wrong key it is seen too often. */
static bool reads(struct tt_span bytes)
{
    struct tt_body body = {.kind = TT_STEP_CODING, .format = TT_FORMAT_UNKNOWN};
    const struct tt_decoder *decoder =
        tt_decoder_pick(&body, tt_span_sub(bytes, 0, TT_BODY_PROBE_MAX), true);
    return decoder != NULL && decoder != &tt_decoder_prefixed && decoder != &tt_decoder_xored &&
           decoder != &tt_decoder_deflate && decoder != &tt_decoder_brotli;
}

/* What may still be tried on one message. */
struct tries {
    size_t usual;
    size_t rare;
    size_t near;
};

static void try_token(struct node *node, const struct tt_recipe_fields *fields, struct tries *tries)
{
    struct tt_searcher *searcher = node->search->searcher;
    struct tt_recipe_try attempt = {.matcher = searcher->matcher,
                                    .token = tt_span_of(node->probe, node->probe_len),
                                    .beside = fields,
                                    .book = searcher->book,
                                    .host = node->search->context.host,
                                    .reads = reads,
                                    .tries = tries->usual,
                                    .rare_tries = tries->rare,
                                    .near_tries = tries->near,
                                    .found = on_found,
                                    .context = node};
    tt_searcher_fail(searcher, tt_recipe_run(&attempt));
    searcher->recipe_tries += tries->usual - attempt.tries + tries->rare - attempt.rare_tries;
    searcher->recipe_near_tries += tries->near - attempt.near_tries;
    *tries = (struct tries){attempt.tries, attempt.rare_tries, attempt.near_tries};
}

/* Takes the tokens out of the waiting hits; gives their number. */
static size_t take_tokens(struct sweep *search, struct node **ret_nodes)
{
    struct tt_searcher *searcher = search->searcher;
    size_t count = 0;
    struct waiting **link = &search->waiting;
    while (*link != NULL && count < search->recipe_tokens) {
        struct waiting *waiting = *link;
        if (waiting->form != NULL) {
            link = &waiting->next;
            continue;
        }
        ret_nodes[count++] = waiting->node;
        for (struct node *up = waiting->node; up != NULL; up = up->parent) {
            up->hits--;
            up->unknown--;
        }
        *link = waiting->next;
        waiting->next = searcher->free_waiting;
        searcher->free_waiting = waiting;
        search->waiting_count--;
    }
    return count;
}

/* The fields of the message and of what stands around it; gives their number. */
static size_t gather_fields(struct sweep *search, struct tt_span list[ALL_FIELDS])
{
    enum { MAX = TT_RECIPE_FIELDS_MAX };
    struct tt_span text = tt_span_of(search->recipe_text, search->recipe_text_len);
    struct tt_span tail = tt_span_of(search->recipe_tail, search->recipe_tail_len);
    size_t count = tt_recipe_read_fields(text, list, MAX);
    size_t more = tt_recipe_read_fields(tail, list + count, MAX);
    if (search->recipe_gap || count == MAX || more == MAX)
        search->recipes_cut = true;
    count += more;
    if (search->context.host != NULL)
        list[count++] = tt_span_str(search->context.host);
    return count + read_head(search, list + count, TT_RECIPE_HEAD_FIELDS_MAX);
}

static bool has_field_card(const struct sweep *search)
{
    const struct tt_recipe_book *book = search->searcher->book;
    return book != NULL && tt_recipe_book_has_field(book);
}

/* Is one of them as long as a digest? Others are tried with keys only, which are no secret's end.
 */
static bool has_digest(struct node *const *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (tt_recipe_salt.claims(NULL, tt_span_of(nodes[i]->probe, nodes[i]->probe_len)))
            return true;
    }
    return false;
}

/* Tells, once for a run, what was not tried. */
static void tell_rest(struct sweep *search, bool spent, bool near_spent, bool cut)
{
    const struct {
        bool told;
        bool *once;
        const char *text;
    } rests[] = {
        {spent, &search->searcher->recipes_spent,
         "more unknown tokens than the limit: not all were tried as salted digests"},
        {near_spent, &search->searcher->near_spent,
         "more unknown tokens than the limit: not all were tried as salted digests of contacts"},
        {cut, &search->searcher->recipes_cut,
         "long messages: not all of their words were tried as salts, nor all of their tokens"},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(rests); i++) {
        if (!rests[i].told || *rests[i].once)
            continue;
        *rests[i].once = true;
        tt_sweep_note(search, "run.recipes", search->root->body.at, rests[i].text);
    }
}

void tt_recipes_try(struct sweep *search)
{
    struct node *nodes[TT_RECIPE_TOKENS_MAX];
    struct tt_span list[ALL_FIELDS];
    if (search->recipe_tokens == 0)
        return;
    size_t count = take_tokens(search, nodes);
    search->recipe_tokens = 0;
    if (search->searcher->muted)
        return;
    struct tt_recipe_fields fields = {.fields = list};
    /* A message with very many hits is told while they come in: not from here. */
    bool few = search->waiting_count < TT_HITS_PENDING_MAX;
    struct tries tries = {few ? allowance(search->searcher) : 0, rare_allowance(search->searcher),
                          few ? near_allowance(search->searcher) : 0};
    if (tries.usual > 0 || has_field_card(search))
        fields.count = gather_fields(search, list);
    bool cut = search->recipes_cut && has_digest(nodes, count);
    search->recipes_at_work = true;
    for (size_t i = 0; i < count; i++) {
        try_book(nodes[count - 1 - i], &fields);
        if (tries.usual > 0)
            try_token(nodes[count - 1 - i], &fields, &tries);
    }
    search->recipes_at_work = false;
    tell_rest(search, tries.usual == 0, few && tries.near == 0, cut);
}
