/* The `residency:` of a policy: which service is said to be where. docs/residency.md. */
#ifndef TT_JUDGE_RESIDENCY_DATA_H
#define TT_JUDGE_RESIDENCY_DATA_H

#include "judge/claim.h"
#include "judge/fields.h"

struct tt_residency_entry {
    const char *service;
    struct tt_words hosts; /* patterns of names and addresses */
    struct tt_claimed_place *places;
    size_t place_count;
    bool edges_count; /* an edge of a delivery network outside the places violates, too */
};

struct tt_residency_entries {
    struct tt_residency_entry *list;
    size_t count;
};

/* Reads the list under `residency:`; a `node` of NULL gives none. Texts and lists go to
 * `fields->arena`. Errors name file, line and column. */
TT_MUST_USE enum tt_err tt_residency_read(const struct tt_fields *fields,
                                          const struct tt_yaml_node *node,
                                          struct tt_residency_entries *ret_entries);

#endif
