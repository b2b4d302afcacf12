/* What one test of a comparison was, beside its findings: how long, with which events and phases,
 * what of its traffic could be read, and which entries its sheet had. */
#ifndef TT_JUDGE_COMPARE_CASE_H
#define TT_JUDGE_COMPARE_CASE_H

#include "base/arena.h"
#include "base/map.h"
#include "model/case.h"

/* What steps begin with that a recipe undid (docs/steps.md). */
#define TT_COMPARE_RECIPE "recipe:"

/* A stretch of time that a capture covers: ns. */
struct tt_compare_interval {
    uint64_t first;
    uint64_t last;
};

struct tt_compare_case {
    const struct tt_case_view *view;
    struct tt_arena *arena; /* of the comparison: everything kept stands there */
    struct tt_case_info info;
    struct tt_compare_interval *intervals; /* sorted, apart */
    size_t interval_count;
    uint64_t duration; /* ns that they cover */
    uint64_t frames;
    uint64_t dropped;
    bool damaged;
    bool full;                /* a cap was reached: what is missing may only have found no room */
    bool has_timeline;        /* that names phases or events which the captures cover */
    bool other_device;        /* no address of the sheet occurs in a capture */
    uint64_t read;            /* bytes that the device sent and that could be read, */
    uint64_t unread;          /* and that could not */
    struct tt_map *phases;    /* name → uint64_t: ns of phases that the captures cover, and 1 */
    struct tt_map *events;    /* what → uint64_t: events within the captures */
    struct tt_map *windows;   /* what → uint64_t: ns captured of the windows after these */
    struct tt_map *subjects;  /* label → uint64_t: of these, those about this entry */
    struct tt_map *unread_at; /* host, address or domain → uint64_t: bytes sent there unread; 0
                                 where all could be read */
    struct tt_map *entries;   /* "kind label" → struct tt_compare_entry: of the sheet */
    struct tt_map *values;    /* the likeness of an entry and its place among those of the same →
                                 struct tt_compare_entry */
    struct tt_map *copies;    /* likeness → uint64_t: entries with it */
    uint64_t entry_count;
    struct tt_map *recipes; /* "recipe:NAME" → uint64_t: findings that it led to */
    bool opened;            /* keys led to a finding */
    bool opens_itself;      /* a capture without seals (HAR) */
};

/* An entry of the sheet. */
struct tt_compare_entry {
    const char *label;
    const char *value; /* the same in two cases: the same value; NULL: the case does not tell */
};

/* Walks everything but the findings. `arena` outlives the result. Free with
 * tt_compare_case_free, also after an error. */
TT_MUST_USE enum tt_err tt_compare_case_read(const struct tt_case_view *view,
                                             struct tt_arena *arena,
                                             struct tt_compare_case *ret_test);
void tt_compare_case_free(struct tt_compare_case *test);

/* A number of a map; 0 for a key that is not there. */
uint64_t tt_compare_number(const struct tt_map *map, const char *key);

/* Bytes that were sent to a host, to an address under no name, or to any host of a registrable
 * domain, and that could not be read (encrypted, not understood, or missing). */
uint64_t tt_compare_unread_host(const struct tt_compare_case *test, const char *host);
uint64_t tt_compare_unread_addr(const struct tt_compare_case *test, struct tt_addr addr,
                                bool nameless_only);
uint64_t tt_compare_unread_domain(const struct tt_compare_case *test, const char *domain);

/* A host, or an address without a name, that got bytes which nobody could read, and that the other
 * test did not know; NULL where there is none. */
const char *tt_compare_new_unread(const struct tt_compare_case *after,
                                  const struct tt_compare_case *before, uint64_t *ret_bytes);

/* Takes in what led to a finding of the test. */
TT_MUST_USE enum tt_err tt_compare_case_finding(struct tt_compare_case *test,
                                                const struct tt_finding *finding);

/* One and the same sheet. */
bool tt_compare_same_sheet(const struct tt_compare_case *a, const struct tt_compare_case *b);

/* The label that an entry of the sheet of `test` has in the sheet of `other`: that of the same
 * value. NULL where there is none, or where a case does not tell. */
const char *tt_compare_label_in(const struct tt_compare_case *other,
                                const struct tt_compare_case *test, const char *kind,
                                const char *label);

/* Does the case tell of each entry of its sheet which value it is? How many of these values has
 * the sheet of `other`? */
bool tt_compare_tells_values(const struct tt_compare_case *test);
uint64_t tt_compare_values_in(const struct tt_compare_case *other,
                              const struct tt_compare_case *test);

#endif
