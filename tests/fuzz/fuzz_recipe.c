/* Recipe files from strangers, and recipes on any bytes. The input: a recipe file, a line "---",
 * and bytes that each of its recipes is tried on, with the first bytes as a field. */
#include "identify/recipe.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELD = 16 };

static void undo(struct tt_recipe_book *book, struct tt_card *card, struct tt_span bytes)
{
    for (unsigned whole = 0; whole < 2; whole++) {
        struct tt_card_result result = {.padded = false};
        if (!tt_card_undo(card, bytes, tt_span_sub(bytes, 0, FIELD), whole != 0,
                          tt_recipe_book_room(book), &result))
            continue;
        /* Nothing grows: an undone card is at most as long as what it was. */
        if (result.bytes.len > bytes.len)
            abort();
        (void)tt_card_is_likely(card, &result);
    }
}

static void use(struct tt_recipe_book *book, struct tt_span bytes)
{
    bytes = tt_span_sub(bytes, 0, TT_RECIPE_BODY_MAX);
    struct tt_card *card = NULL;
    for (size_t i = 0; (card = tt_recipe_book_card(book, i)) != NULL; i++) {
        if (card->name == NULL || card->source == NULL || card->step == NULL)
            abort();
        (void)tt_card_is_for(card, "api.cloud.example");
        if (card->step_count > 0)
            undo(book, card, bytes);
    }
}

static void read_fields(struct tt_span text)
{
    struct tt_span fields[TT_RECIPE_FIELDS_MAX];
    size_t count = tt_recipe_read_fields(text, fields, TT_RECIPE_FIELDS_MAX);
    if (count > TT_RECIPE_FIELDS_MAX)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (fields[i].len > TT_RECIPE_FIELD_LEN_MAX || fields[i].data < text.data ||
            fields[i].data + fields[i].len > text.data + text.len)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_span input = tt_span_of(data, size);
    size_t border = tt_span_search(input, tt_span_str("\n---\n"));
    struct tt_span text = tt_span_sub(input, 0, border);
    struct tt_span rest = border == SIZE_MAX ? input : tt_span_from(input, border + 5);
    struct tt_recipe_book *book = NULL;
    struct tt_error error = {0};
    if (tt_recipe_book_new(&book, &error) != TT_OK)
        abort();
    enum tt_err result = tt_recipe_book_add(book, text, "recipes.yaml", &error);
    if (result != TT_OK && error.text[0] == '\0')
        abort();
    use(book, rest);
    read_fields(rest);
    tt_recipe_book_free(book);
    return 0;
}
