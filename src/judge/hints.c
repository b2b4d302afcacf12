#include "judge/hints.h"

#include "base/map.h"
#include "judge/region.h"

#include <stdlib.h>

struct of_addr {
    size_t count;
    struct tt_hint list[TT_HINTS_EACH_MAX];
};

struct tt_hints {
    struct tt_texts *texts;
    struct tt_map *map; /* by address */
};

struct tt_hints *tt_hints_new(struct tt_texts *texts)
{
    struct tt_hints *hints = calloc(1, sizeof(*hints));
    if (hints == NULL)
        return NULL;
    hints->texts = texts;
    hints->map = tt_map_new(TT_HINTS_MAX);
    if (hints->map == NULL) {
        free(hints);
        return NULL;
    }
    return hints;
}

void tt_hints_free(struct tt_hints *hints)
{
    if (hints == NULL)
        return;
    tt_map_free(hints->map, free);
    free(hints);
}

bool tt_hints_are_of(enum tt_name_source source)
{
    return source == TT_NAME_ALIAS || source == TT_NAME_VIA || source == TT_NAME_HOLDER;
}

static struct of_addr *find(const struct tt_hints *hints, struct tt_addr addr)
{
    return hints == NULL ? NULL : tt_map_get(hints->map, tt_span_of(&addr, sizeof(addr)));
}

static enum tt_err find_or_make(struct tt_hints *hints, struct tt_addr addr,
                                struct of_addr **ret_found)
{
    struct of_addr *found = find(hints, addr);
    if (found == NULL) {
        found = calloc(1, sizeof(*found));
        if (found == NULL)
            return TT_ERR_MEMORY;
        enum tt_err result = tt_map_put(hints->map, tt_span_of(&addr, sizeof(addr)), found);
        if (result != TT_OK) {
            free(found);
            return result;
        }
    }
    *ret_found = found;
    return TT_OK;
}

/* Of the USA the state is known, too, where the record names one. */
static const char *place_of(const struct tt_name_record *record)
{
    const char *state = NULL;
    if (record->source == TT_NAME_HOLDER && record->state != NULL && record->place != NULL &&
        strcmp(record->place, "US") == 0)
        state = tt_region_state(record->state);
    return state != NULL ? state : record->place;
}

enum tt_err tt_hints_add(struct tt_hints *hints, const struct tt_name_record *record)
{
    struct tt_hint hint = {.source = record->source};
    struct of_addr *found = NULL;
    enum tt_err result = record->source == TT_NAME_ALIAS
                             ? tt_texts_keep_host(hints->texts, record->name, &hint.text)
                             : tt_texts_keep(hints->texts, record->name, &hint.text);
    if (result == TT_OK)
        result = tt_texts_keep(hints->texts, place_of(record), &hint.place);
    if (result == TT_OK && (hint.text != NULL || hint.place != NULL))
        result = find_or_make(hints, record->addr, &found);
    if (result != TT_OK || found == NULL)
        return result;
    for (size_t i = 0; i < found->count; i++)
        if (found->list[i].source == hint.source && found->list[i].text == hint.text &&
            found->list[i].place == hint.place)
            return TT_OK;
    if (found->count == TT_HINTS_EACH_MAX)
        return TT_ERR_LIMIT;
    found->list[found->count++] = hint;
    return TT_OK;
}

const struct tt_hint *tt_hints_at(const struct tt_hints *hints, struct tt_addr addr, size_t at)
{
    const struct of_addr *found = find(hints, addr);
    return found == NULL || at >= found->count ? NULL : &found->list[at];
}

const char *tt_hints_holder(const struct tt_hints *hints, struct tt_addr addr)
{
    const struct of_addr *found = find(hints, addr);
    const char *holder = NULL;
    for (size_t i = 0; found != NULL && i < found->count; i++) {
        const struct tt_hint *hint = &found->list[i];
        if (hint->source != TT_NAME_HOLDER || hint->text == NULL)
            continue;
        if (holder != NULL && holder != hint->text)
            return NULL;
        holder = hint->text;
    }
    return holder;
}
