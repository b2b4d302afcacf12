/* Tokens in which nothing was found are tried once more when the message is over: with the fields
 * that stand beside them (identify/recipe.h).
 *
 * Such a token waits among the hits, without a form, so that its place is asked for as theirs are.
 * All of this is for small messages and few tokens; traffic that is full of random tokens costs no
 * more than the run's allowance, and what was not tried is told. */
#include "base/compiler.h"
#include "identify/recipe.h"
#include "run/search_node.h"

enum { SMALL = 64 }; /* bytes of a token: it stands in its parent's text already */

void tt_recipes_gather(struct node *node, struct tt_span bytes)
{
    struct sweep *search = node->search;
    size_t room = TT_RECIPE_TEXT_MAX - search->recipe_text_len;
    bool repeats = node->parent != NULL && node->parent->scanning && node->body.out_len <= SMALL;
    if (TT_LIKELY(room == 0) || repeats)
        return;
    bytes = tt_span_sub(bytes, 0, room);
    memcpy(search->recipe_text + search->recipe_text_len, bytes.data, bytes.len);
    search->recipe_text_len += bytes.len;
}

static bool may_try(const struct node *node)
{
    const struct sweep *search = node->search;
    const struct tt_searcher *searcher = search->searcher;
    return !search->recipes_at_work && node->parent != NULL &&
           node->body.kind == TT_STEP_CODING && node->hits == 0 &&
           node->probe_len == node->body.out_len && !node->is_escaped &&
           search->recipe_tokens < TT_RECIPE_TOKENS_MAX &&
           searcher->open_nodes < TT_BODIES_OPEN_MAX / 2;
}

void tt_recipes_consider(struct node *node)
{
    if (!may_try(node) || !tt_recipe_claims(tt_span_of(node->probe, node->probe_len)))
        return;
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

/* How many digests may still be computed, of one message and of the run. */
static size_t allowance(const struct tt_searcher *searcher)
{
    uint64_t all =
        TT_RECIPE_RUN_FREE_TRIES + searcher->wire_bytes / (uint64_t)TT_RECIPE_RUN_TRY_BYTES;
    uint64_t left = all > searcher->recipe_tries ? all - searcher->recipe_tries : 0;
    return left < TT_RECIPE_TRIES_MAX ? (size_t)left : TT_RECIPE_TRIES_MAX;
}

static void try_token(struct node *node, const struct tt_recipe_fields *fields, size_t *tries)
{
    struct tt_searcher *searcher = node->search->searcher;
    struct tt_recipe_try attempt = {.matcher = searcher->matcher,
                                    .token = tt_span_of(node->probe, node->probe_len),
                                    .beside = fields,
                                    .tries = *tries,
                                    .found = on_found,
                                    .context = node};
    tt_searcher_fail(searcher, tt_recipe_run(&attempt));
    searcher->recipe_tries += *tries - attempt.tries;
    *tries = attempt.tries;
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
        for (struct node *up = waiting->node; up != NULL; up = up->parent)
            up->hits--;
        *link = waiting->next;
        waiting->next = searcher->free_waiting;
        searcher->free_waiting = waiting;
        search->waiting_count--;
    }
    return count;
}

void tt_recipes_try(struct sweep *search)
{
    struct node *nodes[TT_RECIPE_TOKENS_MAX];
    struct tt_span list[TT_RECIPE_FIELDS_MAX + 1];
    if (search->recipe_tokens == 0)
        return;
    size_t count = take_tokens(search, nodes);
    search->recipe_tokens = 0;
    if (search->searcher->muted)
        return;
    struct tt_span text = tt_span_of(search->recipe_text, search->recipe_text_len);
    struct tt_recipe_fields fields = {.fields = list};
    fields.count = tt_recipe_read_fields(text, list, TT_RECIPE_FIELDS_MAX);
    if (search->context.host != NULL)
        list[fields.count++] = tt_span_str(search->context.host);
    /* A message with very many hits is told while they come in: not from here. */
    size_t tries = search->waiting_count < TT_HITS_PENDING_MAX ? allowance(search->searcher) : 0;
    search->recipes_at_work = true;
    for (size_t i = 0; i < count && tries > 0; i++)
        try_token(nodes[count - 1 - i], &fields, &tries);
    search->recipes_at_work = false;
    if (tries > 0 || search->searcher->recipes_spent)
        return;
    search->searcher->recipes_spent = true;
    tt_sweep_note(search, "run.recipes", search->root->body.at,
                  "more unknown tokens than the limit: not all were tried as salted digests");
}
