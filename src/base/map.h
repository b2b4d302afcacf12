/* A hash map from byte strings to pointers, with a cap and an order.
 *
 * Keys are copied. Entries are walked in the order of their insertion, so that results never depend
 * on the seed; the seed is random, so that nobody outside can make keys collide. */
#ifndef TT_BASE_MAP_H
#define TT_BASE_MAP_H

#include "base/err.h"
#include "base/span.h"

struct tt_map;

/* A map of at most `max` entries. NULL without memory. */
struct tt_map *tt_map_new(size_t max);

/* Frees the map and its keys; `free_value` (may be NULL) gets each value. Takes NULL. */
void tt_map_free(struct tt_map *map, void (*free_value)(void *value));

size_t tt_map_count(const struct tt_map *map);

/* The value of `key`, or NULL. */
void *tt_map_get(const struct tt_map *map, struct tt_span key);

/* Sets the value of `key` (not NULL), replacing an earlier one. TT_ERR_LIMIT when the map is full.
 */
TT_MUST_USE enum tt_err tt_map_put(struct tt_map *map, struct tt_span key, void *value);

/* Entry number `at` (0 to count - 1) in the order of insertion; the key stays owned by the map. */
void *tt_map_at(const struct tt_map *map, size_t at, struct tt_span *ret_key);

#endif
