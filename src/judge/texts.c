#include "judge/texts.h"

#include "base/arena.h"
#include "base/map.h"
#include "model/limits.h"

#include <stdlib.h>

struct tt_texts {
    struct tt_arena arena;
    struct tt_map *map;
    struct tt_map *lists;
};

enum { HOST_MAX = 1024 }; /* longer hosts are cut: no name is longer than 253 (RFC 1035 2.3.4) */

struct tt_texts *tt_texts_new(void)
{
    struct tt_texts *texts = calloc(1, sizeof(*texts));
    if (texts == NULL)
        return NULL;
    texts->arena = tt_arena_make(TT_JUDGE_TEXT_BYTES_MAX);
    texts->map = tt_map_new(TT_JUDGE_TEXTS_MAX);
    texts->lists = tt_map_new(TT_JUDGE_TEXTS_MAX);
    if (texts->map == NULL || texts->lists == NULL) {
        tt_texts_free(texts);
        return NULL;
    }
    return texts;
}

void tt_texts_free(struct tt_texts *texts)
{
    if (texts == NULL)
        return;
    tt_map_free(texts->map, NULL);
    tt_map_free(texts->lists, NULL);
    tt_arena_free(&texts->arena);
    free(texts);
}

/* The arena gives NULL for both. */
static enum tt_err no_room(const struct tt_arena *arena, size_t wanted)
{
    return wanted >= arena->max - arena->used ? TT_ERR_LIMIT : TT_ERR_MEMORY;
}

enum tt_err tt_texts_keep_span(struct tt_texts *texts, struct tt_span text, const char **ret_kept)
{
    const char *kept = tt_map_get(texts->map, text);
    if (kept != NULL) {
        *ret_kept = kept;
        return TT_OK;
    }
    if (tt_map_count(texts->map) >= TT_JUDGE_TEXTS_MAX)
        return TT_ERR_LIMIT;
    char *copy = tt_arena_dup(&texts->arena, text);
    if (copy == NULL)
        return no_room(&texts->arena, text.len + 64);
    enum tt_err result = tt_map_put(texts->map, text, copy);
    if (result == TT_OK)
        *ret_kept = copy;
    return result;
}

enum tt_err tt_texts_keep(struct tt_texts *texts, const char *text, const char **ret_kept)
{
    if (text == NULL) {
        *ret_kept = NULL;
        return TT_OK;
    }
    return tt_texts_keep_span(texts, tt_span_str(text), ret_kept);
}

enum tt_err tt_texts_keep_host(struct tt_texts *texts, const char *host, const char **ret_kept)
{
    char lower[HOST_MAX];
    size_t len = 0;
    for (; host != NULL && host[len] != '\0' && len < sizeof(lower); len++)
        lower[len] = (char)tt_lower((uint8_t)host[len]);
    if (len > 0 && lower[len - 1] == '.')
        len--;
    if (len == 0) {
        *ret_kept = NULL;
        return TT_OK;
    }
    return tt_texts_keep_span(texts, tt_span_of(lower, len), ret_kept);
}

enum tt_err tt_texts_keep_list(struct tt_texts *texts, const char *const *items, size_t count,
                               const char *const **ret_kept)
{
    if (count == 0) {
        *ret_kept = NULL;
        return TT_OK;
    }
    size_t size = count * sizeof(*items);
    const char **kept = tt_map_get(texts->lists, tt_span_of(items, size));
    if (kept != NULL) {
        *ret_kept = kept;
        return TT_OK;
    }
    if (tt_map_count(texts->lists) >= TT_JUDGE_TEXTS_MAX)
        return TT_ERR_LIMIT;
    kept = tt_arena_alloc(&texts->arena, size);
    if (kept == NULL)
        return no_room(&texts->arena, size + 64);
    memcpy(kept, items, size);
    enum tt_err result = tt_map_put(texts->lists, tt_span_of(items, size), kept);
    if (result == TT_OK)
        *ret_kept = kept;
    return result;
}
