/* The digests of a subject's values: a set, so that looking one up costs the same for ten contacts
 * as for a hundred thousand.
 *
 * Kept of each digest are its first 8 bytes, and of what it was made; the rest is computed again
 * and compared where those 8 bytes are met. So a digest cut to any length from 8 bytes on is found
 * too. Forms of digests are made when one is found, not before: millions would not fit.
 *
 * Built by forms_digest.c. Afterwards it is read-only and may be shared by threads. */
#ifndef TT_IDENTIFY_DIGEST_SET_H
#define TT_IDENTIFY_DIGEST_SET_H

#include "base/err.h"
#include "identify/digest.h"
#include "identify/salt_table.h"
#include "model/form.h"

/* A text that is hashed: one usual writing of a value. */
struct tt_digest_source {
    struct tt_span bytes;  /* borrowed as long as the set lives */
    const char *name;      /* of the form; static */
    double bits;           /* entropy of the value */
    double unknown;        /* bits that somebody who undoes the digest has to guess */
    uint32_t owner_class;  /* position among tt_forms.classes */
    uint32_t first_digest; /* its number: the set's own */
    enum tt_digest_reach reach;
    const char *salt;  /* how another value was added ("append-value"), static; or NULL */
    bool near;         /* recipes are tried with it too, when the owner's fail */
    bool literals;     /* its full digests by the methods for all are patterns too */
    bool all_literals; /* and those by one algorithm, once or twice */
};

struct tt_digest_set;

/* A set of at most `max` digests. NULL without memory. */
struct tt_digest_set *tt_digest_set_new(size_t max);
void tt_digest_set_free(struct tt_digest_set *set);

/* Adds the digests of `source`, unless its class has one of the same bytes (`*ret_new`). They are
 * computed when the set is sealed. TT_ERR_LIMIT: more than the set takes. */
TT_MUST_USE enum tt_err tt_digest_set_add(struct tt_digest_set *set,
                                          const struct tt_digest_source *source, bool *ret_new);

/* A digest by method number `method`, while the set is built. False when the system forbids it. */
bool tt_digest_set_run(struct tt_digest_set *set, size_t method, struct tt_span value,
                       uint8_t ret_digest[TT_DIGEST_LEN_MAX]);

/* Nothing is added from now on: digests are computed (by a few threads where they are many) and can
 * be looked up. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_digest_set_seal(struct tt_digest_set *set);

size_t tt_digest_set_source_count(const struct tt_digest_set *set);
const struct tt_digest_source *tt_digest_set_source(const struct tt_digest_set *set, size_t at);

/* The owner's writings that prove something, at most TT_RECIPE_SOURCES_MAX: what recipes are tried
 * with. NULL past the end. */
const struct tt_digest_source *tt_digest_set_own(const struct tt_digest_set *set, size_t at);

/* The same of the first contacts and messages, at most TT_RECIPE_NEAR_MAX. */
const struct tt_digest_source *tt_digest_set_near(const struct tt_digest_set *set, size_t at);

/* A hasher to borrow for a while. NULL without memory. */
struct tt_hasher *tt_digest_set_take(const struct tt_digest_set *set);
void tt_digest_set_give(const struct tt_digest_set *set, struct tt_hasher *hasher);

/* Salted digests kept by their salt, `row_len` a row, the same for every call: to borrow as well.
 * Those of the owner's values, or of the others'. NULL without memory. */
struct tt_salt_table *tt_digest_set_take_salts(const struct tt_digest_set *set, bool near,
                                               size_t row_len);
void tt_digest_set_give_salts(const struct tt_digest_set *set, bool near,
                              struct tt_salt_table *table);

/* A digest of the set, or its beginning. */
struct tt_digest_found {
    size_t at; /* in the set: where tt_digest_set_find goes on */
    const struct tt_digest_source *source;
    size_t method;
    size_t len; /* bytes of it that were found */
    const char
        *salt; /* how a salt was added ("append-field"): the same pointer for the same; NULL */
};

/* The next digest, after `*found`, that `bytes` are or begin: one for each class. `*found` is zero
 * before the first; false behind the last. Fewer than TT_DIGEST_LEN_MIN bytes are none. */
bool tt_digest_set_find(const struct tt_digest_set *set, struct tt_span bytes,
                        struct tt_digest_found *found);

/* May the bytes, TT_DIGEST_LEN_MIN or more, begin as a digest of the set does? A quick look. */
bool tt_digest_set_may(const struct tt_digest_set *set, struct tt_span bytes);

/* Is the full digest of the source by that method a pattern? */
bool tt_digest_has_pattern(const struct tt_digest_source *source, size_t method);

/* Is it told by a pattern? Then it need not be told again. */
bool tt_digest_is_literal(const struct tt_digest_found *found);

/* The form of what was found, for an identifier of its class. It lives as long as the set. NULL
 * without memory. May be called by several threads at once. */
const struct tt_form *tt_digest_set_form(const struct tt_digest_set *set,
                                         const struct tt_digest_found *found, uint32_t identifier);

#endif
