#include "identify/digest_set.h"

#include "base/compiler.h"
#include "base/team.h"
#include "identify/strength.h"
#include "model/limits.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    AHEAD = 16, /* digests whose slots are fetched in advance */
    MADE_BUCKETS = 4096,
    FIRST_SOURCES = 64,
    FILTER_BITS = 16,    /* for each digest */
    FILTER_LOG_MIN = 10, /* bits */
    FILTER_LOG_MAX = 23, /* 1 MiB: stays in a core's cache */
};

/* A form that was asked for. Never removed while the set lives. */
struct made {
    struct made *next;
    uint32_t source;
    uint32_t method;
    size_t len;
    const char *salt;
    struct tt_form form;
};

/* What changes while the set is looked at: behind a pointer, and safe for threads. */
struct shared {
    _Atomic(struct tt_hasher *) idle;              /* for the next one who needs one */
    _Atomic(struct tt_salt_table *) idle_salts[2]; /* of the owner, and of those near */
    _Atomic(struct made *) made[MADE_BUCKETS];
};

struct tt_digest_set {
    size_t max;
    struct tt_hasher *hasher; /* for building */
    struct tt_digest_source *sources;
    size_t source_count;
    size_t source_room;
    /* Digests are numbered source after source, and method after method. */
    size_t digest_count;
    uint64_t *keys;  /* first 8 bytes of each; 0 for what the system forbids; made last, as these */
    uint32_t *slots; /* number + 1, 0 for none; open addressing */
    size_t slot_count;
    uint64_t *filter; /* a bit for each key: what is not in the set is told by one load */
    size_t filter_mask;
    struct shared *shared;
    uint32_t own[TT_RECIPE_SOURCES_MAX];
    size_t own_count;
    uint32_t near[TT_RECIPE_NEAR_MAX];
    size_t near_count;
};

struct tt_digest_set *tt_digest_set_new(size_t max)
{
    struct tt_digest_set *set = calloc(1, sizeof(*set));
    if (set == NULL)
        return NULL;
    set->max = max;
    set->hasher = tt_hasher_new();
    set->shared = calloc(1, sizeof(*set->shared));
    if (set->hasher == NULL || set->shared == NULL) {
        tt_digest_set_free(set);
        return NULL;
    }
    return set;
}

void tt_digest_set_free(struct tt_digest_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; set->shared != NULL && i < MADE_BUCKETS; i++) {
        struct made *made = atomic_load(&set->shared->made[i]);
        while (made != NULL) {
            struct made *next = made->next;
            free(made);
            made = next;
        }
    }
    if (set->shared != NULL) {
        tt_hasher_free(atomic_load(&set->shared->idle));
        tt_salt_table_free(atomic_load(&set->shared->idle_salts[0]));
        tt_salt_table_free(atomic_load(&set->shared->idle_salts[1]));
    }
    free(set->shared);
    free(set->filter);
    free(set->slots);
    free(set->keys);
    free(set->sources);
    tt_hasher_free(set->hasher);
    free(set);
}

/* ---- building ---- */

/* The bytes of a digest are as good as random: they need no hashing of their own. */
static uint64_t key_of(const uint8_t *digest)
{
    uint64_t key = 0;
    memcpy(&key, digest, sizeof(key));
    return key;
}

static size_t filter_place(const struct tt_digest_set *set, uint64_t key)
{
    return (size_t)(key >> 32) & set->filter_mask;
}

/* How many methods are for whom has this reach: the first ones. */
static size_t methods_for(enum tt_digest_reach reach)
{
    size_t count = 0;
    const struct tt_digest_method *method = NULL;
    while ((method = tt_digest_method_at(count)) != NULL && method->reach <= reach)
        count++;
    return count;
}

/* The sources of a class are added one after the other. */
static bool has_source(const struct tt_digest_set *set, const struct tt_digest_source *source)
{
    for (size_t i = set->source_count; i > 0; i--) {
        const struct tt_digest_source *other = &set->sources[i - 1];
        if (other->owner_class != source->owner_class)
            return false;
        if (tt_span_eq(other->bytes, source->bytes))
            return true;
    }
    return false;
}

static enum tt_err add_source(struct tt_digest_set *set, const struct tt_digest_source *source)
{
    if (set->source_count == set->source_room) {
        size_t room = set->source_room == 0 ? FIRST_SOURCES : set->source_room * 2;
        struct tt_digest_source *sources = realloc(set->sources, room * sizeof(*sources));
        if (sources == NULL)
            return TT_ERR_MEMORY;
        set->sources = sources;
        set->source_room = room;
    }
    if (source->literals && set->own_count < TT_RECIPE_SOURCES_MAX)
        set->own[set->own_count++] = (uint32_t)set->source_count;
    if (source->near && set->near_count < TT_RECIPE_NEAR_MAX)
        set->near[set->near_count++] = (uint32_t)set->source_count;
    set->sources[set->source_count] = *source;
    set->sources[set->source_count++].first_digest = (uint32_t)set->digest_count;
    return TT_OK;
}

bool tt_digest_set_run(struct tt_digest_set *set, size_t method, struct tt_span value,
                       uint8_t ret_digest[TT_DIGEST_LEN_MAX])
{
    return tt_hasher_run(set->hasher, method, value, ret_digest);
}

enum tt_err tt_digest_set_add(struct tt_digest_set *set, const struct tt_digest_source *source,
                              bool *ret_new)
{
    bool is_new = !has_source(set, source);
    size_t more = is_new ? methods_for(source->reach) : 0;
    if (more > set->max - set->digest_count)
        return TT_ERR_LIMIT;
    enum tt_err result = is_new ? add_source(set, source) : TT_OK;
    if (result != TT_OK)
        return result;
    set->digest_count += more;
    *ret_new = is_new;
    return TT_OK;
}

struct keying {
    const struct tt_digest_set *set;
    _Atomic(bool) failed;
};

static void make_keys_of(const struct tt_digest_set *set, const struct tt_digest_source *source,
                         struct tt_hasher *hasher)
{
    size_t count = methods_for(source->reach);
    for (size_t i = 0; i < count; i++) {
        uint8_t digest[TT_DIGEST_LEN_MAX];
        /* A system that forbids MD5 has fewer digests. */
        bool done = tt_hasher_run(hasher, i, source->bytes, digest);
        set->keys[source->first_digest + i] = done ? key_of(digest) : 0;
    }
}

/* A slice of the sources, by one of a team. */
static void make_some_keys(void *context, size_t first, size_t end)
{
    struct keying *keying = context;
    struct tt_hasher *hasher = tt_hasher_new();
    if (hasher == NULL)
        atomic_store(&keying->failed, true);
    for (size_t i = first; i < end && hasher != NULL; i++)
        make_keys_of(keying->set, &keying->set->sources[i], hasher);
    tt_hasher_free(hasher);
}

static void add_key(struct tt_digest_set *set, size_t digest)
{
    uint64_t key = set->keys[digest];
    size_t mask = set->slot_count - 1;
    size_t at = key & mask;
    size_t bit = filter_place(set, key);
    if (key == 0)
        return;
    set->filter[bit / 64] |= UINT64_C(1) << bit % 64;
    while (set->slots[at] != 0)
        at = (at + 1) & mask;
    set->slots[at] = (uint32_t)digest + 1;
}

enum tt_err tt_digest_set_seal(struct tt_digest_set *set)
{
    size_t filter_log = FILTER_LOG_MIN;
    while (filter_log < FILTER_LOG_MAX && (size_t)1 << filter_log < set->digest_count * FILTER_BITS)
        filter_log++;
    set->filter_mask = ((size_t)1 << filter_log) - 1;
    /* Never more than two in three are taken. */
    set->slot_count = 2;
    while (set->slot_count * 2 <= set->digest_count * 3)
        set->slot_count *= 2;
    set->keys = calloc(set->digest_count + 1, sizeof(*set->keys));
    set->slots = calloc(set->slot_count, sizeof(*set->slots));
    set->filter = calloc((set->filter_mask + 1) / 64, sizeof(*set->filter));
    if (set->keys == NULL || set->slots == NULL || set->filter == NULL)
        return TT_ERR_MEMORY;
    struct keying keying = {.set = set, .failed = false};
    tt_team_run(set->source_count, make_some_keys, &keying);
    if (atomic_load(&keying.failed))
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < set->digest_count; i++) {
        if (i + AHEAD < set->digest_count)
            __builtin_prefetch(&set->slots[set->keys[i + AHEAD] & (set->slot_count - 1)], 1);
        add_key(set, i);
    }
    return TT_OK;
}

/* ---- looking up ---- */

size_t tt_digest_set_source_count(const struct tt_digest_set *set)
{
    return set->source_count;
}

const struct tt_digest_source *tt_digest_set_source(const struct tt_digest_set *set, size_t at)
{
    return at < set->source_count ? &set->sources[at] : NULL;
}

const struct tt_digest_source *tt_digest_set_own(const struct tt_digest_set *set, size_t at)
{
    return at < set->own_count ? &set->sources[set->own[at]] : NULL;
}

const struct tt_digest_source *tt_digest_set_near(const struct tt_digest_set *set, size_t at)
{
    return at < set->near_count ? &set->sources[set->near[at]] : NULL;
}

struct tt_hasher *tt_digest_set_take(const struct tt_digest_set *set)
{
    struct tt_hasher *hasher = atomic_exchange(&set->shared->idle, NULL);
    return hasher != NULL ? hasher : tt_hasher_new();
}

void tt_digest_set_give(const struct tt_digest_set *set, struct tt_hasher *hasher)
{
    tt_hasher_free(atomic_exchange(&set->shared->idle, hasher));
}

struct tt_salt_table *tt_digest_set_take_salts(const struct tt_digest_set *set, bool near,
                                               size_t row_len)
{
    struct tt_salt_table *table = atomic_exchange(&set->shared->idle_salts[near], NULL);
    return table != NULL ? table : tt_salt_table_new(row_len);
}

void tt_digest_set_give_salts(const struct tt_digest_set *set, bool near,
                              struct tt_salt_table *table)
{
    tt_salt_table_free(atomic_exchange(&set->shared->idle_salts[near], table));
}

static bool compute(const struct tt_digest_set *set, const struct tt_digest_found *found,
                    uint8_t ret_digest[TT_DIGEST_LEN_MAX])
{
    struct tt_hasher *hasher = tt_digest_set_take(set);
    bool done =
        hasher != NULL && tt_hasher_run(hasher, found->method, found->source->bytes, ret_digest);
    tt_digest_set_give(set, hasher);
    return done;
}

/* Of what a digest was made: its source, and the method. */
static struct tt_digest_found made_of(const struct tt_digest_set *set, size_t digest)
{
    size_t from = 0; /* the source is one of those from here on */
    size_t to = set->source_count;
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (set->sources[middle].first_digest <= digest)
            from = middle;
        else
            to = middle;
    }
    const struct tt_digest_source *source = &set->sources[from];
    return (struct tt_digest_found){.source = source, .method = digest - source->first_digest};
}

/* Is it that digest, to its last byte? */
static bool is_digest(const struct tt_digest_set *set, const struct tt_digest_found *found,
                      struct tt_span bytes)
{
    uint8_t digest[TT_DIGEST_LEN_MAX];
    return bytes.len <= tt_digest_method_at(found->method)->len && compute(set, found, digest) &&
           memcmp(digest, bytes.data, bytes.len) == 0;
}

bool tt_digest_set_may(const struct tt_digest_set *set, struct tt_span bytes)
{
    size_t bit = filter_place(set, key_of(bytes.data));
    return (set->filter[bit / 64] >> bit % 64 & 1) != 0;
}

bool tt_digest_set_find(const struct tt_digest_set *set, struct tt_span bytes,
                        struct tt_digest_found *found)
{
    if (bytes.len < TT_DIGEST_LEN_MIN || bytes.len > TT_DIGEST_LEN_MAX ||
        !tt_digest_set_may(set, bytes))
        return false;
    uint64_t key = key_of(bytes.data);
    size_t mask = set->slot_count - 1;
    size_t from = key & mask;
    for (size_t i = found->at; set->slots[(from + i) & mask] != 0; i++) {
        size_t digest = set->slots[(from + i) & mask] - 1;
        if (set->keys[digest] != key)
            continue;
        /* Writings of one value stand side by side; two of them do not have one digest. */
        struct tt_digest_found here = made_of(set, digest);
        if (!is_digest(set, &here, bytes))
            continue;
        here.at = i + 1;
        here.len = bytes.len;
        here.salt = here.source->salt;
        *found = here;
        return true;
    }
    return false;
}

/* One algorithm, once or twice. Of mixed ones there are many, and they are seldom. */
static bool is_pure(const struct tt_digest_method *method)
{
    enum { PATTERN_MIN = 16 }; /* bytes; half a digest may be luck where nothing frames it */
    size_t last = 0;
    while (last + 1 < TT_DIGEST_STEPS_MAX && method->steps[last + 1] != NULL)
        last++;
    return method->len >= PATTERN_MIN && strcmp(method->steps[0], method->steps[last]) == 0;
}

bool tt_digest_has_pattern(const struct tt_digest_source *source, size_t method)
{
    const struct tt_digest_method *made = tt_digest_method_at(method);
    return source->literals &&
           (made->reach == TT_DIGEST_FOR_ALL || (source->all_literals && is_pure(made)));
}

bool tt_digest_is_literal(const struct tt_digest_found *found)
{
    return found->len == tt_digest_method_at(found->method)->len &&
           tt_digest_has_pattern(found->source, found->method);
}

/* ---- forms ---- */

static void describe(const struct tt_digest_set *set, const struct tt_digest_found *found,
                     struct tt_form *form)
{
    const struct tt_digest_method *method = tt_digest_method_at(found->method);
    const struct tt_digest_source *source = found->source;
    size_t count = 0;
    if (found->salt != NULL)
        form->transform[count++] = found->salt;
    for (size_t i = 0; i < TT_DIGEST_STEPS_MAX && method->steps[i] != NULL; i++)
        form->transform[count++] = method->steps[i];
    if (found->len < method->len)
        form->transform[count] = "truncated";
    /* Each digest of the set is another way to be lucky: that is what a short one has less. */
    double own = 8.0 * (double)found->len - log2((double)set->digest_count + 1);
    form->name = source->name;
    form->bits = source->bits < own ? source->bits : own;
    form->weak = form->bits < TT_WEAK_BITS;
    form->reversal_cost = tt_reversal_cost(source->unknown);
    form->noise = 8.0 * (double)found->len;
    form->len = (uint16_t)found->len;
}

_Static_assert((int)TT_DIGEST_STEPS_MAX < (int)TT_FORM_TRANSFORMS_MAX,
               "one place for \"truncated\"; a salted digest has one step, and is whole");

const struct tt_form *tt_digest_set_form(const struct tt_digest_set *set,
                                         const struct tt_digest_found *found, uint32_t identifier)
{
    uint32_t source = (uint32_t)(found->source - set->sources);
    size_t bucket = (source * 31U + found->method * 7U + identifier) % MADE_BUCKETS;
    struct made *first = atomic_load(&set->shared->made[bucket]);
    for (struct made *made = first; made != NULL; made = made->next) {
        if (made->source == source && made->method == found->method && made->len == found->len &&
            made->salt == found->salt && made->form.identifier == identifier)
            return &made->form;
    }
    struct made *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return NULL;
    made->source = source;
    made->method = (uint32_t)found->method;
    made->len = found->len;
    made->salt = found->salt;
    made->form.identifier = identifier;
    describe(set, found, &made->form);
    made->next = first;
    /* Another thread may have made the same: both stay, and say the same. */
    while (!atomic_compare_exchange_weak(&set->shared->made[bucket], &made->next, made)) {
    }
    return &made->form;
}
