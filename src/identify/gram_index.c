#include "identify/gram_level.h"

#include "base/team.h"

#include <stdlib.h>

enum {
    FILTER_BITS = 24,     /* for each gram: one place in 200 passes by luck */
    FILTER_LOG_MIN = 17,  /* bits */
    FILTER_LOG_MAX = 24,  /* 2 MiB: more would not stay in a core's cache */
    COUNTER_LOG_MIN = 12, /* of a guess how often a gram occurs */
    COUNTER_LOG_MAX = 24,
};

struct building {
    struct tt_gram_index *index;
    const struct tt_gram_literal *literals;
    size_t count;
    uint8_t *ids;      /* of each literal: enum tt_gram_level_id */
    uint8_t *anchors;  /* of each literal: where its first gram begins, from its end */
    uint8_t *counters; /* how many grams have this hash; stops at 255 */
    size_t counter_mask;
};

static const size_t gram_len[TT_GRAM_LEVELS] = {8, 8, 5, 3, 7, 5, 3};

/* Letters or digits where a word begins: such ones are looked up there alone. */
static bool is_word(const struct tt_gram_literal *literal)
{
    return literal->word && tt_gram_is_word(literal->bytes.data[0]) &&
           tt_gram_is_word(literal->bytes.data[1]);
}

/* Both grams that begin at `at` and behind it are of text. */
static bool is_text_at(struct tt_span bytes, size_t at)
{
    for (size_t i = 0; i < TT_GRAM_LITERAL_LONG; i++) {
        if (!tt_gram_is_text(bytes.data[at + i]))
            return false;
    }
    return true;
}

/* Where the grams of a literal of 9 bytes and more may begin first. */
static size_t first_of(struct tt_span bytes)
{
    return bytes.len > TT_GRAM_REACH ? bytes.len - TT_GRAM_REACH : 0;
}

static bool has_text(struct tt_span bytes)
{
    for (size_t at = first_of(bytes); at + TT_GRAM_LITERAL_LONG <= bytes.len; at++) {
        if (is_text_at(bytes, at))
            return true;
    }
    return false;
}

/* TT_GRAM_LEVELS: none. */
static enum tt_gram_level_id level_of(const struct tt_gram_literal *literal)
{
    size_t len = literal->bytes.len;
    if (len < TT_GRAM_LITERAL_MIN || len > UINT32_MAX)
        return TT_GRAM_LEVELS;
    if (len >= TT_GRAM_LITERAL_LONG)
        return has_text(literal->bytes) ? TT_GRAM_TEXT : TT_GRAM_LONG;
    if (!is_word(literal))
        return len >= gram_len[TT_GRAM_MIDDLE] ? TT_GRAM_MIDDLE : TT_GRAM_SHORT;
    if (len >= gram_len[TT_GRAM_WORD_7])
        return TT_GRAM_WORD_7;
    return len >= gram_len[TT_GRAM_WORD_5] ? TT_GRAM_WORD_5 : TT_GRAM_WORD_3;
}

/* How many grams, one behind the other, a literal of the level is anchored by. */
static size_t grams_of(enum tt_gram_level_id level)
{
    return level == TT_GRAM_TEXT || level == TT_GRAM_LONG ? 2 : 1;
}

bool tt_gram_is_cheap(const struct tt_gram_literal *literal)
{
    enum tt_gram_level_id level = level_of(literal);
    return level == TT_GRAM_TEXT || level >= TT_GRAM_WORD_7;
}

/* The hash of the gram at `at`. Reads no byte behind the literal. */
static uint64_t hash_at(const struct tt_gram_level *level, struct tt_span bytes, size_t at)
{
    uint8_t room[TT_GRAM_LOAD] = {0};
    memcpy(room, bytes.data + at, level->gram);
    return tt_gram_hash(tt_gram_load(room, level->mask));
}

/* ---- where the grams stand ---- */

/* The first and last offset at which the grams of a literal may begin. */
static void range_of(const struct tt_gram_literal *literal, enum tt_gram_level_id id,
                     size_t *ret_first, size_t *ret_last)
{
    size_t len = literal->bytes.len;
    bool anywhere = grams_of(id) == 2 || id == TT_GRAM_MIDDLE;
    *ret_first = first_of(literal->bytes);
    *ret_last = anywhere ? len - gram_len[id] - (grams_of(id) - 1) : 0;
}

static void count_grams(struct building *building)
{
    for (size_t i = 0; i < building->count; i++) {
        const struct tt_gram_literal *literal = &building->literals[i];
        enum tt_gram_level_id id = building->ids[i];
        size_t first = 0;
        size_t last = 0;
        if (id == TT_GRAM_LEVELS)
            continue;
        range_of(literal, id, &first, &last);
        for (size_t at = first; at < last + grams_of(id); at++) {
            uint64_t hash = hash_at(&building->index->levels[id], literal->bytes, at);
            uint8_t *counter = &building->counters[tt_gram_place(hash, building->counter_mask)];
            *counter = (uint8_t)(*counter + (*counter < UINT8_MAX ? 1 : 0));
        }
    }
}

/* Where the literal's commonest gram is rarest; of equal places the last. */
static uint8_t choose_anchor(const struct building *building, const struct tt_gram_literal *literal,
                             enum tt_gram_level_id id)
{
    size_t first = 0;
    size_t last = 0;
    size_t best = 0;
    unsigned least = UINT8_MAX + 1;
    unsigned before = UINT8_MAX;
    range_of(literal, id, &first, &last);
    for (size_t at = first; at < last + grams_of(id); at++) {
        uint64_t hash = hash_at(&building->index->levels[id], literal->bytes, at);
        unsigned here = building->counters[tt_gram_place(hash, building->counter_mask)];
        bool pair = grams_of(id) == 2;
        unsigned worst = pair && before > here ? before : here;
        bool usable =
            !pair || (at > first && (id != TT_GRAM_TEXT || is_text_at(literal->bytes, at - 1)));
        if (worst <= least && usable) {
            least = worst;
            best = pair ? at - 1 : at;
        }
        before = here;
    }
    return (uint8_t)(literal->bytes.len - best);
}

/* ---- the tables ---- */

static unsigned log_of(size_t wanted, unsigned least, unsigned most)
{
    unsigned log = least;
    while (log < most && ((size_t)1 << log) < wanted)
        log++;
    return log;
}

static enum tt_err make_tables(struct tt_gram_level *level)
{
    unsigned filter_log = log_of(level->count * FILTER_BITS, FILTER_LOG_MIN, FILTER_LOG_MAX);
    unsigned slot_log = log_of(level->count, 4, 31);
    if (level->count == 0)
        return TT_OK;
    level->filter_mask = ((size_t)1 << filter_log) - 1;
    level->slot_mask = ((size_t)1 << slot_log) - 1;
    level->filter = calloc((size_t)1 << (filter_log - 6), sizeof(*level->filter));
    level->slots = calloc(((size_t)1 << slot_log) + 1, sizeof(*level->slots));
    level->entries = calloc(level->count, sizeof(*level->entries));
    return level->filter == NULL || level->slots == NULL || level->entries == NULL ? TT_ERR_MEMORY
                                                                                   : TT_OK;
}

typedef void gram_fn(struct tt_gram_level *level, uint64_t hash, uint32_t literal, size_t reach);

static void each_gram(struct building *building, gram_fn *each)
{
    for (size_t i = 0; i < building->count; i++) {
        struct tt_span bytes = building->literals[i].bytes;
        enum tt_gram_level_id id = building->ids[i];
        struct tt_gram_level *level = &building->index->levels[id];
        for (size_t j = 0; id != TT_GRAM_LEVELS && j < grams_of(id); j++) {
            size_t reach = building->anchors[i] - j;
            each(level, hash_at(level, bytes, bytes.len - reach), (uint32_t)i, reach);
        }
    }
}

static void count_one(struct tt_gram_level *level, uint64_t hash, uint32_t literal, size_t reach)
{
    (void)literal;
    size_t bit = tt_gram_place(hash, level->filter_mask);
    level->filter[bit / 64] |= UINT64_C(1) << bit % 64 | tt_gram_second(hash);
    level->slots[tt_gram_place(hash, level->slot_mask)]++;
    level->reach = reach > level->reach ? reach : level->reach;
}

/* The entries of a slot are filled from its end, so that its number is its first one's at last. */
static void place_one(struct tt_gram_level *level, uint64_t hash, uint32_t literal, size_t reach)
{
    uint32_t at = --level->slots[tt_gram_place(hash, level->slot_mask)];
    level->entries[at] =
        (struct tt_gram_entry){.literal = literal, .key = tt_gram_key(hash) | (uint32_t)reach};
}

static void add_up_slots(struct tt_gram_level *level)
{
    for (size_t i = 1; i <= level->slot_mask + 1; i++)
        level->slots[i] += level->slots[i - 1];
}

/* Slices of the literals, by one of a team; `counters` are only read here. */
static void name_levels(void *context, size_t first, size_t end)
{
    const struct building *building = context;
    for (size_t i = first; i < end; i++) {
        const struct tt_gram_literal *literal = &building->literals[i];
        building->ids[i] = (uint8_t)level_of(literal);
        building->index->literals[i] = (struct tt_gram_known){.data = literal->bytes.data,
                                                              .len = (uint32_t)literal->bytes.len,
                                                              .caseless = literal->caseless};
    }
}

static void choose_anchors(void *context, size_t first, size_t end)
{
    const struct building *building = context;
    for (size_t i = first; i < end; i++) {
        if (building->ids[i] != TT_GRAM_LEVELS)
            building->anchors[i] =
                choose_anchor(building, &building->literals[i], building->ids[i]);
    }
}

static enum tt_err make_levels(struct building *building)
{
    struct tt_gram_index *index = building->index;
    for (size_t i = 0; i < TT_GRAM_LEVELS; i++) {
        index->levels[i].gram = gram_len[i];
        memset(&index->levels[i].mask, 0xff, gram_len[i]);
    }
    tt_team_run(building->count, name_levels, building);
    count_grams(building);
    tt_team_run(building->count, choose_anchors, building);
    for (size_t i = 0; i < building->count; i++) {
        enum tt_gram_level_id id = building->ids[i];
        if (id != TT_GRAM_LEVELS)
            index->levels[id].count += grams_of(id);
    }
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_GRAM_LEVELS && result == TT_OK; i++)
        result = make_tables(&index->levels[i]);
    if (result != TT_OK)
        return result;
    each_gram(building, count_one);
    for (size_t i = 0; i < TT_GRAM_LEVELS; i++) {
        if (index->levels[i].count > 0)
            add_up_slots(&index->levels[i]);
    }
    each_gram(building, place_one);
    return TT_OK;
}

enum tt_err tt_gram_index_new(const struct tt_gram_literal *literals, size_t count,
                              struct tt_gram_index **ret_index)
{
    unsigned counter_log = log_of(count * 8, COUNTER_LOG_MIN, COUNTER_LOG_MAX);
    struct building building = {.literals = literals,
                                .count = count,
                                .index = calloc(1, sizeof(*building.index)),
                                .ids = calloc(count + 1, 1),
                                .anchors = calloc(count + 1, 1),
                                .counters = calloc((size_t)1 << counter_log, 1),
                                .counter_mask = ((size_t)1 << counter_log) - 1};
    enum tt_err result = TT_OK;
    if (building.index != NULL)
        building.index->literals = calloc(count + 1, sizeof(*building.index->literals));
    if (building.index == NULL || building.index->literals == NULL || building.ids == NULL ||
        building.anchors == NULL || building.counters == NULL)
        result = TT_ERR_MEMORY;
    if (result == TT_OK)
        result = make_levels(&building);
    free(building.ids);
    free(building.anchors);
    free(building.counters);
    if (result != TT_OK) {
        tt_gram_index_free(building.index);
        return result;
    }
    *ret_index = building.index;
    return TT_OK;
}

void tt_gram_index_free(struct tt_gram_index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < TT_GRAM_LEVELS; i++) {
        free(index->levels[i].filter);
        free(index->levels[i].slots);
        free(index->levels[i].entries);
    }
    free(index->literals);
    free(index);
}
