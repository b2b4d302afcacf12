/* The handle of a case, shared by the files of this folder. */
#ifndef TT_STORE_HANDLE_H
#define TT_STORE_HANDLE_H

#include "base/arena.h"
#include "store/case.h"

#include <sqlite3.h>

/* One prepared statement for each table that rows are put into. */
enum tt_put {
    TT_PUT_INFO,
    TT_PUT_INPUT,
    TT_PUT_DEVICE,
    TT_PUT_CLAUSE,
    TT_PUT_FINDING,
    TT_PUT_TRANSFORM,
    TT_PUT_PATH,
    TT_PUT_PROOF,
    TT_PUT_NAME,
    TT_PUT_FLOW,
    TT_PUT_FRAME,
    TT_PUT_FINDING_CLAUSE,
    TT_PUT_COVERAGE,
    TT_PUT_NOTE,
    TT_PUT_EVENT,
    TT_PUT_TRIGGER,
    TT_PUT_IDENTIFIER,
    TT_PUT_TIMING,
    TT_PUT_CLAIM,
    TT_PUT_RESIDENCY,
    TT_PUT_MESSAGE,
    TT_PUT_TLS,
    TT_PUT_STATUS, /* into a row that is there */
    TT_PUT_COUNT
};

struct tt_case {
    sqlite3 *db;
    sqlite3_stmt *puts[TT_PUT_COUNT]; /* prepared at their first use */
    char *shown;                      /* the path as it was given, for messages; NULL: private */
    char *target;                     /* absolute path; NULL: private */
    char *temp;                       /* absolute path of the file being written; NULL otherwise */
    bool writable;                    /* created and not committed */
    bool failed;                      /* a row could not be written: must not be committed */
    uint64_t messages;
    struct tt_arena strings; /* what `info` points to */
    struct tt_case_info info;
    bool info_read;
    struct tt_error read_error; /* the last failure while reading */
};

/* Writes the reason of SQLite's last failure on `c` into `error` and returns the code: disk full
 * and the like are TT_ERR_IO, damage is TT_ERR_FORMAT, a broken constraint is a bug of ours. */
enum tt_err tt_case_fail(const struct tt_case *c, int rc, struct tt_error *error);

/* The row functions of tt_case_rows that have files of their own. */
enum tt_err tt_case_read_findings(void *store,
                                  enum tt_err (*row)(void *, const struct tt_finding *),
                                  void *context);
enum tt_err tt_case_read_timings(void *store,
                                 enum tt_err (*row)(void *, const struct tt_timing_row *),
                                 void *context);
enum tt_err tt_case_read_claims(void *store,
                                enum tt_err (*row)(void *, const struct tt_claim_row *),
                                void *context);
enum tt_err tt_case_read_residencies(void *store,
                                     enum tt_err (*row)(void *, const struct tt_residency_row *),
                                     void *context);

enum tt_err tt_case_read_tls(void *store, enum tt_err (*row)(void *, const struct tt_tls_row *),
                             void *context);
/* The columns from `version` on, which the tables of TLS and of messages have in common. */
struct tt_columns;
struct tt_tls_facts tt_case_read_tls_facts(struct tt_columns *row);

#endif
