#include "identify/digest_set.h"

#include "base/compiler.h"
#include "identify/strength.h"
#include "model/limits.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { FIRST_ENTRIES = 1024, AHEAD = 16, MADE_BUCKETS = 4096, FIRST_SOURCES = 64 };

struct entry {
    uint64_t key; /* the first 8 bytes of the digest */
    uint32_t source;
    uint32_t method;
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
    _Atomic(struct tt_hasher *) idle; /* for the next one who needs one */
    _Atomic(struct tt_salt_table *) idle_salts;
    _Atomic(struct made *) made[MADE_BUCKETS];
};

struct tt_digest_set {
    size_t max;
    struct tt_hasher *hasher; /* for building */
    struct tt_digest_source *sources;
    size_t source_count;
    size_t source_room;
    struct entry *entries;
    size_t entry_count;
    size_t entry_room;
    uint32_t *slots; /* entry number + 1, 0 for none; open addressing; made last */
    size_t slot_count;
    struct shared *shared;
    uint32_t own[TT_RECIPE_SOURCES_MAX];
    size_t own_count;
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
        tt_salt_table_free(atomic_load(&set->shared->idle_salts));
    }
    free(set->shared);
    free(set->slots);
    free(set->entries);
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

static enum tt_err add_entry(struct tt_digest_set *set, const struct entry *entry)
{
    if (set->entry_count >= set->max)
        return TT_ERR_LIMIT;
    if (set->entry_count == set->entry_room) {
        size_t room = set->entry_room == 0 ? FIRST_ENTRIES : set->entry_room * 2;
        struct entry *entries = realloc(set->entries, room * sizeof(*entries));
        if (entries == NULL)
            return TT_ERR_MEMORY;
        set->entries = entries;
        set->entry_room = room;
    }
    set->entries[set->entry_count++] = *entry;
    return TT_OK;
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
    set->sources[set->source_count++] = *source;
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
    if (has_source(set, source)) {
        *ret_new = false;
        return TT_OK;
    }
    enum tt_err result = add_source(set, source);
    const struct tt_digest_method *method = NULL;
    for (size_t i = 0; result == TT_OK && (method = tt_digest_method_at(i)) != NULL; i++) {
        uint8_t digest[TT_DIGEST_LEN_MAX];
        /* A system that forbids MD5 has fewer digests. */
        if (method->reach > source->reach || !tt_hasher_run(set->hasher, i, source->bytes, digest))
            continue;
        struct entry entry = {.key = key_of(digest),
                              .source = (uint32_t)(set->source_count - 1),
                              .method = (uint32_t)i};
        result = add_entry(set, &entry);
    }
    if (result == TT_OK)
        *ret_new = true;
    return result;
}

enum tt_err tt_digest_set_seal(struct tt_digest_set *set)
{
    /* Never more than two in three are taken. */
    set->slot_count = 2;
    while (set->slot_count * 2 <= set->entry_count * 3)
        set->slot_count *= 2;
    set->slots = calloc(set->slot_count, sizeof(*set->slots));
    if (set->slots == NULL)
        return TT_ERR_MEMORY;
    size_t mask = set->slot_count - 1;
    for (size_t i = 0; i < set->entry_count; i++) {
        if (i + AHEAD < set->entry_count)
            __builtin_prefetch(&set->slots[set->entries[i + AHEAD].key & mask], 1);
        size_t at = set->entries[i].key & mask;
        while (set->slots[at] != 0)
            at = (at + 1) & mask;
        set->slots[at] = (uint32_t)i + 1;
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

struct tt_hasher *tt_digest_set_take(const struct tt_digest_set *set)
{
    struct tt_hasher *hasher = atomic_exchange(&set->shared->idle, NULL);
    return hasher != NULL ? hasher : tt_hasher_new();
}

void tt_digest_set_give(const struct tt_digest_set *set, struct tt_hasher *hasher)
{
    tt_hasher_free(atomic_exchange(&set->shared->idle, hasher));
}

struct tt_salt_table *tt_digest_set_take_salts(const struct tt_digest_set *set, size_t row_len)
{
    struct tt_salt_table *table = atomic_exchange(&set->shared->idle_salts, NULL);
    return table != NULL ? table : tt_salt_table_new(row_len);
}

void tt_digest_set_give_salts(const struct tt_digest_set *set, struct tt_salt_table *table)
{
    tt_salt_table_free(atomic_exchange(&set->shared->idle_salts, table));
}

static bool compute(const struct tt_digest_set *set, const struct entry *entry,
                    uint8_t ret_digest[TT_DIGEST_LEN_MAX])
{
    struct tt_hasher *hasher = tt_digest_set_take(set);
    bool done = hasher != NULL &&
                tt_hasher_run(hasher, entry->method, set->sources[entry->source].bytes, ret_digest);
    tt_digest_set_give(set, hasher);
    return done;
}

/* Is it the digest of the entry, to its last byte? */
static bool is_digest(const struct tt_digest_set *set, const struct entry *entry,
                      struct tt_span bytes)
{
    uint8_t digest[TT_DIGEST_LEN_MAX];
    return bytes.len <= tt_digest_method_at(entry->method)->len && compute(set, entry, digest) &&
           memcmp(digest, bytes.data, bytes.len) == 0;
}

bool tt_digest_set_find(const struct tt_digest_set *set, struct tt_span bytes,
                        struct tt_digest_found *found)
{
    if (bytes.len < TT_DIGEST_LEN_MIN || bytes.len > TT_DIGEST_LEN_MAX)
        return false;
    uint64_t key = key_of(bytes.data);
    size_t mask = set->slot_count - 1;
    size_t from = key & mask;
    for (size_t i = found->at; set->slots[(from + i) & mask] != 0; i++) {
        const struct entry *entry = &set->entries[set->slots[(from + i) & mask] - 1];
        const struct tt_digest_source *source = &set->sources[entry->source];
        /* Writings of one value stand side by side; two of them do not have one digest. */
        if (entry->key != key || !is_digest(set, entry, bytes))
            continue;
        *found = (struct tt_digest_found){
            .at = i + 1, .source = source, .method = entry->method, .len = bytes.len};
        return true;
    }
    return false;
}

bool tt_digest_is_literal(const struct tt_digest_found *found)
{
    const struct tt_digest_method *method = tt_digest_method_at(found->method);
    return found->source->literals && method->reach == TT_DIGEST_FOR_ALL &&
           found->len == method->len;
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
    double own = 8.0 * (double)found->len - log2((double)set->entry_count + 1);
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
