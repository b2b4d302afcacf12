/* The findings of a case gathered into the rows of a table that a person can read: findings of one
 * kind of data, written in one way, to one destination are one row, however many entries of the
 * sheet they are.
 *
 * What is gathered is bounded by TT_REPORT_ROWS_MAX and TT_REPORT_BYTES_MAX, worst verdict first,
 * so that no flood of harmless findings hides a bad one; what does not fit is counted. */
#ifndef TT_REPORT_ROWS_H
#define TT_REPORT_ROWS_H

#include "base/arena.h"
#include "base/map.h"
#include "model/case.h"
#include "model/subject.h"

/* The tables of the report, in their order. */
enum tt_row_section {
    TT_SECTION_SENT, /* by the device, to the internet */
    TT_SECTION_LOCAL,
    TT_SECTION_RECEIVED,
    TT_SECTION_BETWEEN,
    TT_SECTION_UNKNOWN,
    TT_SECTION_COUNT
};

struct tt_row_group {
    enum tt_row_section section;
    size_t index;
    enum tt_verdict worst;
    const char *host; /* or NULL */
    struct tt_addr address;
    bool more_addresses;
    uint16_t port;
    const char *protocol;
    const char *country; /* or NULL */
    const char *network; /* or NULL */
    const char *app;     /* or NULL */
};

struct tt_row {
    struct tt_row_group *group;
    size_t index;
    const char *kind;
    const char *label; /* of the first entry */
    const char *masked;
    const char *revealed; /* borrowed from the sheet; or NULL */
    const char *form;
    const char *transform; /* "md5, hex"; "" when written plainly */
    const char *encryption;
    bool readable; /* by anybody on the way */
    enum tt_certainty certainty;
    enum tt_consent consent;
    enum tt_verdict verdict;
    double chance; /* the worst */
    double reversal_cost;
    const char *path; /* "http.request.body > gzip" of the first */
    bool more_paths;
    const char *phase;   /* of the first; or NULL */
    const char *clauses; /* "boxed-1, boxed-2" */
    const char *capture; /* of the first */
    bool more_captures;
    uint64_t first_frame; /* of the first; 0 for none */
    uint64_t first_seen;
    uint64_t last_seen;
    uint64_t count;   /* hits */
    uint64_t entries; /* of the sheet */
};

/* Findings of one verdict in short. */
struct tt_row_tally {
    struct tt_map *kinds;
    struct tt_map *hosts;
    uint64_t findings;
    uint64_t sent;
    uint64_t readable;
    uint64_t no_consent; /* not given, or withdrawn */
    uint64_t unknown_consent;
};

struct tt_rows {
    struct tt_row **rows; /* sorted: section, worst group first, worst row first, as found */
    size_t count;
    uint64_t unlisted;              /* findings that found no room */
    struct tt_row_tally tallies[3]; /* by enum tt_verdict */
    struct tt_map *groups;
    struct tt_map *keys;
    struct tt_map *entries;
    struct tt_arena arena;
};

/* By anybody on the way: in clear, or under a suite that signs and hides nothing
 * (TLS_RSA_WITH_NULL_SHA, RFC 9150). */
bool tt_rows_is_readable(const struct tt_finding *finding);

/* Kinds of events that were held against what left (their rows stand together). */
TT_MUST_USE enum tt_err tt_rows_judged_kinds(const struct tt_case_view *view, uint64_t *ret_count);

/* Walks the findings. `reveal` may be NULL. Free with tt_rows_free, also after an error. */
TT_MUST_USE enum tt_err tt_rows_gather(const struct tt_case_view *view,
                                       const struct tt_subject *reveal, struct tt_rows *ret_rows);
void tt_rows_free(struct tt_rows *rows);

#endif
