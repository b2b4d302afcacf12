/* Bodies and tokens that a recipe card undoes (identify/recipe_card.h): a coding like those of
 * content/, picked where none of those claims the bytes.
 *
 * The bytes are kept until all are there, at most TT_RECIPE_BODY_MAX: a padding and a reversal are
 * told by the end.
 *
 * A format, not a coding: its bytes stay with the plain search, since the digests of values, and
 * values themselves, may look like what a recipe undoes; what they give is a body beside them. */
#include "identify/recipe.h"
#include "identify/recipe_book.h"
#include "run/search_node.h"

#include <stdlib.h>

enum { LOOK = 64, TEXT_LOOK = 16 };

struct recipe_coding {
    const struct tt_content_sink *sink;
    struct tt_recipe_book *book;
    struct tt_card *card;
    struct tt_buf in;
    bool done;
};

/* ---- which card ---- */

static bool in_alphabet(const struct tt_card *card, struct tt_span head)
{
    for (size_t i = 0; i < head.len; i++) {
        if (tt_card_value(card, head.data[i]) < 0)
            return false;
    }
    return true;
}

bool tt_recipes_may_open(struct sweep *search, const struct tt_card *card, uint64_t at)
{
    struct tt_searcher *searcher = search->searcher;
    if (card != NULL && card->host_count > 0)
        return true;
    uint64_t all =
        TT_RECIPE_OPEN_FREE_TRIES + searcher->wire_bytes / (uint64_t)TT_RECIPE_OPEN_TRY_BYTES;
    if (searcher->open_tries < all) {
        searcher->open_tries++;
        return true;
    }
    if (!searcher->open_spent && !searcher->muted) {
        searcher->open_spent = true;
        tt_sweep_note(search, "run.recipes", at,
                      "more unknown bytes than the limit: not all were tried with all recipes");
    }
    return false;
}

/* Text is for alphabets; what begins as text may be an IV of letters, with ciphertext behind it. */
static bool may_begin(const struct tt_card *card, bool text, bool all_text)
{
    if (tt_card_takes_text(card))
        return text;
    return !text || (!all_text && card->steps[0].op == TT_CARD_CIPHER &&
                     card->steps[0].iv.from == TT_FROM_INPUT);
}

struct tt_card *tt_recipes_pick(struct node *node, struct tt_span head, bool whole)
{
    struct sweep *search = node->search;
    struct tt_recipe_book *book = search->searcher->book;
    if (book == NULL || search->recipes_at_work || head.len < TT_RECIPE_TOKEN_MIN ||
        node->body.format != TT_FORMAT_UNKNOWN || search->context.ciphertext)
        return NULL;
    bool text = tt_span_is_ascii(tt_span_sub(head, 0, TEXT_LOOK));
    bool all_text = text && tt_span_is_ascii(tt_span_sub(head, 0, LOOK));
    if (all_text && !tt_recipe_book_has_alphabet(book))
        return NULL;
    struct tt_span look = whole ? head : tt_span_sub(head, 0, LOOK);
    for (size_t i = 0; i < tt_recipe_book_count(book); i++) {
        struct tt_card *card = tt_recipe_book_card(book, i);
        struct tt_card_result result;
        if (card->step_count == 0 || card->uses_field || !may_begin(card, text, all_text) ||
            (text && !in_alphabet(card, tt_span_sub(head, 0, TEXT_LOOK))) ||
            !tt_card_is_for(card, search->context.host) ||
            !tt_recipes_may_open(search, card, node->body.at))
            continue;
        if (tt_card_undo(card, look, tt_span_of(NULL, 0), whole, tt_recipe_book_room(book),
                         &result) &&
            tt_card_is_likely(card, &result))
            return card;
    }
    return NULL;
}

/* ---- the coding ---- */

void *tt_recipe_coding_open(struct tt_recipe_book *book, struct tt_card *card,
                            const struct tt_content_sink *sink)
{
    struct recipe_coding *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    *state = (struct recipe_coding){
        .sink = sink, .book = book, .card = card, .in = tt_buf_make(TT_RECIPE_BODY_MAX)};
    return state;
}

/* What comes out is copied: bodies inside it may need the room again. */
static void yield(struct recipe_coding *state, enum tt_body_end end)
{
    struct tt_card_room *room = tt_recipe_book_room(state->book);
    struct tt_span in = tt_buf_span(&state->in);
    struct tt_card_result result;
    bool whole = end == TT_BODY_COMPLETE;
    bool undone = tt_card_undo(state->card, in, tt_span_of(NULL, 0), whole, room, &result);
    if (!undone && whole) {
        end = TT_BODY_BROKEN;
        undone = tt_card_undo(state->card, in, tt_span_of(NULL, 0), false, room, &result);
    }
    state->done = true;
    uint8_t *bytes = undone ? malloc(result.bytes.len + 1) : NULL;
    if (bytes == NULL)
        return;
    memcpy(bytes, result.bytes.data, result.bytes.len);
    const struct tt_content_sink *sink = state->sink;
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = state->card->step};
    void *opened = sink->open(sink->context, &inner, NULL, 0);
    if (opened != NULL) {
        (void)sink->data(sink->context, opened, tt_span_of(bytes, result.bytes.len), 0, in.len);
        sink->close(sink->context, opened, end, in.len);
    }
    free(bytes);
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    struct recipe_coding *state = opaque;
    for (size_t i = 0; i < mark_count; i++)
        state->sink->place(state->sink->context, i, NULL, 0, false);
    struct tt_span part = tt_span_sub(piece->bytes, 0, TT_RECIPE_BODY_MAX - state->in.len);
    if (tt_buf_append(&state->in, part) != TT_OK)
        part.len = 0;
    if (part.len < piece->bytes.len)
        yield(state, TT_BODY_BROKEN);
    return part.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct recipe_coding *state = opaque;
    if (!state->done)
        yield(state, end);
    tt_buf_free(&state->in);
    free(state);
}

/* It is opened by tt_recipe_coding_open, and never in a list. */
const struct tt_decoder tt_recipe_coding = {.name = "recipe",
                                            .title = "what a recipe undoes",
                                            .spec = "docs/recipes.md",
                                            .sort = TT_FORMAT,
                                            .feed = feed,
                                            .close = close_state};
