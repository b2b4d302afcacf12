#include "identify/recipe_book.h"

#include "base/arena.h"
#include "base/compiler.h"
#include "base/file.h"
#include "identify/recipe_adups.h"
#include "identify/recipe_baidu.h"
#include "identify/recipe_netease.h"
#include "identify/recipe_qq.h"
#include "identify/recipe_read.h"
#include "identify/recipe_tencent.h"
#include "identify/recipe_umeng.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_MAX = 16 * TT_RECIPE_FILE_BYTES_MAX, ORIGIN = 17 };

struct tt_recipe_book {
    struct tt_arena arena;
    struct tt_card *cards[TT_RECIPES_MAX];
    char origins[TT_RECIPES_MAX][ORIGIN];
    size_t count;
    bool has_alphabet;
    bool has_field;
    struct tt_card_room room;
};

/* The files of recipes/. */
static const struct {
    const char *name;
    const unsigned char *bytes;
    size_t len;
} builtin[] = {
    {"recipes/tencent.yaml", recipe_tencent, sizeof(recipe_tencent)},
    {"recipes/umeng.yaml", recipe_umeng, sizeof(recipe_umeng)},
    {"recipes/baidu.yaml", recipe_baidu, sizeof(recipe_baidu)},
    {"recipes/netease.yaml", recipe_netease, sizeof(recipe_netease)},
    {"recipes/qq.yaml", recipe_qq, sizeof(recipe_qq)},
    {"recipes/adups.yaml", recipe_adups, sizeof(recipe_adups)},
};

bool tt_recipe_builtin(size_t at, struct tt_span *ret_text, const char **ret_name)
{
    if (at >= TT_ARRAY_LEN(builtin))
        return false;
    *ret_text = tt_span_of(builtin[at].bytes, builtin[at].len);
    *ret_name = builtin[at].name;
    return true;
}

static enum tt_err add_builtin(struct tt_recipe_book *book, struct tt_error *error)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_ARRAY_LEN(builtin) && result == TT_OK; i++)
        result = tt_recipe_book_add(book, tt_span_of(builtin[i].bytes, builtin[i].len),
                                    builtin[i].name, error);
    return result;
}

enum tt_err tt_recipe_book_new(struct tt_recipe_book **ret_book, struct tt_error *error)
{
    struct tt_recipe_book *book = calloc(1, sizeof(*book));
    if (book == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory for the recipes");
    enum tt_err result = TT_OK;
    book->arena = tt_arena_make(ARENA_MAX);
    book->room.room = TT_RECIPE_BODY_MAX;
    for (size_t i = 0; i < TT_ARRAY_LEN(book->room.buffers); i++) {
        book->room.buffers[i] = malloc(TT_RECIPE_BODY_MAX);
        if (book->room.buffers[i] == NULL)
            result = tt_error_set(error, TT_ERR_MEMORY, "no memory for the recipes");
    }
    if (result == TT_OK)
        result = add_builtin(book, error);
    if (result == TT_OK)
        *ret_book = book;
    else
        tt_recipe_book_free(book);
    return result;
}

void tt_recipe_book_free(struct tt_recipe_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->count; i++)
        tt_card_clear(book->cards[i]);
    for (size_t i = 0; i < TT_ARRAY_LEN(book->room.buffers); i++)
        free(book->room.buffers[i]);
    tt_arena_free(&book->arena);
    free(book);
}

/* TT_ERR_USAGE: the name is taken. */
static enum tt_err take_card(void *context, const struct tt_card *card)
{
    struct tt_recipe_book *book = context;
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < book->count; i++) {
        if (strcmp(book->cards[i]->name, card->name) == 0)
            result = TT_ERR_USAGE;
    }
    if (result == TT_OK && book->count == TT_ARRAY_LEN(book->cards))
        result = TT_ERR_LIMIT;
    struct tt_card *copy = result == TT_OK ? tt_arena_alloc(&book->arena, sizeof(*copy)) : NULL;
    if (result == TT_OK && copy == NULL)
        result = TT_ERR_MEMORY;
    if (result != TT_OK) {
        struct tt_card refused = *card;
        tt_card_clear(&refused);
        return result;
    }
    *copy = *card;
    book->cards[book->count++] = copy;
    book->has_alphabet = book->has_alphabet || tt_card_takes_text(copy);
    book->has_field = book->has_field || copy->uses_field;
    return TT_OK;
}

enum tt_err tt_recipe_book_add(struct tt_recipe_book *book, struct tt_span text, const char *name,
                               struct tt_error *error)
{
    enum tt_err result = tt_recipe_read(text, name, &book->arena, take_card, book, error);
    if (result == TT_ERR_LIMIT && book->count == TT_ARRAY_LEN(book->cards))
        return tt_error_set(error, result, "%s: more than %d recipes", name, TT_RECIPES_MAX);
    if (result == TT_ERR_MEMORY)
        return tt_error_set(error, result, "no memory for the recipes");
    return result;
}

/* Of the cards from number `at` on, which are those of `text`. */
static enum tt_err set_origin(struct tt_recipe_book *book, struct tt_span text, size_t at)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL) != 1)
        return TT_ERR_MEMORY;
    for (; at < book->count; at++)
        for (size_t i = 0; i < ORIGIN / 2; i++)
            (void)snprintf(book->origins[at] + i * 2, 3, "%02x", (unsigned)digest[i]);
    return TT_OK;
}

enum tt_err tt_recipe_book_load(struct tt_recipe_book *book, const char *path,
                                struct tt_error *error)
{
    struct tt_buf text = tt_buf_make(TT_RECIPE_FILE_BYTES_MAX);
    size_t before = book->count;
    enum tt_err result = tt_file_read(path, TT_RECIPE_FILE_BYTES_MAX, &text, error);
    if (result == TT_OK)
        result = tt_recipe_book_add(book, tt_buf_span(&text), path, error);
    if (result == TT_OK && set_origin(book, tt_buf_span(&text), before) != TT_OK)
        result = tt_error_set(error, TT_ERR_MEMORY, "no memory for the recipes");
    tt_buf_free(&text);
    return result;
}

size_t tt_recipe_book_count(const struct tt_recipe_book *book)
{
    return book->count;
}

struct tt_card *tt_recipe_book_card(struct tt_recipe_book *book, size_t at)
{
    return at < book->count ? book->cards[at] : NULL;
}

const char *tt_recipe_book_origin(const struct tt_recipe_book *book, size_t at)
{
    return at < book->count ? book->origins[at] : "";
}

bool tt_recipe_book_has_alphabet(const struct tt_recipe_book *book)
{
    return book->has_alphabet;
}

bool tt_recipe_book_has_field(const struct tt_recipe_book *book)
{
    return book->has_field;
}

struct tt_card_room *tt_recipe_book_room(struct tt_recipe_book *book)
{
    return &book->room;
}
