/* The case file: one SQLite database that holds a whole test, without any value of the sheet. The
 * only folder that knows SQL.
 *
 * A case is written beside its place (a temporary file in the same folder) and moved there by
 * tt_case_commit: a half-written one never replaces a good one. */
#ifndef TT_STORE_CASE_H
#define TT_STORE_CASE_H

#include "model/case.h"
#include "model/msg.h"

struct tt_case;

/* "TTCA": PRAGMA application_id of a case file. */
#define TT_CASE_APPLICATION_ID 0x54544341
#define TT_CASE_SCHEMA_VERSION 6

/* A new case that will stand at `path`; NULL: a private one that vanishes with the handle (on disk
 * when it outgrows memory). TT_ERR_IO with the reason when the folder cannot be written. */
TT_MUST_USE enum tt_err tt_case_create(const char *path, struct tt_case **ret_case,
                                       struct tt_error *error);

/* Rows; strings are copied. Errors (disk full) have their reason in `error`. */
TT_MUST_USE enum tt_err tt_case_put_info(struct tt_case *c, const struct tt_case_info *info,
                                         struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_input(struct tt_case *c, const struct tt_case_input *input,
                                          struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_device(struct tt_case *c, const struct tt_device_view *device,
                                           struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_clause(struct tt_case *c, const struct tt_case_clause *clause,
                                           struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_finding(struct tt_case *c, const struct tt_finding *finding,
                                            struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_identifier(struct tt_case *c,
                                               const struct tt_case_identifier *identifier,
                                               struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_coverage(struct tt_case *c, const struct tt_coverage_row *row,
                                             struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_note(struct tt_case *c, const struct tt_note_row *row,
                                         struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_event(struct tt_case *c, const struct tt_event *event,
                                          struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_trigger(struct tt_case *c, const struct tt_trigger *trigger,
                                            struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_message(struct tt_case *c,
                                            const struct tt_case_message *message,
                                            struct tt_error *error);

TT_MUST_USE enum tt_err tt_case_put_timing(struct tt_case *c, const struct tt_timing_row *row,
                                           struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_claim(struct tt_case *c, const struct tt_claim_row *row,
                                          struct tt_error *error);
TT_MUST_USE enum tt_err tt_case_put_residency(struct tt_case *c, const struct tt_residency_row *row,
                                              struct tt_error *error);

TT_MUST_USE enum tt_err tt_case_put_tls(struct tt_case *c, const struct tt_tls_row *row,
                                        struct tt_error *error);

/* The answer to a request for `url` (or NULL) that began in `frame` (tt_frame_id): its row gets the
 * status of the response. Nothing happens when there is no such row. */
TT_MUST_USE enum tt_err tt_case_put_status(struct tt_case *c, uint64_t flow, uint64_t frame,
                                           const char *url, int status, struct tt_error *error);

/* Completes the case: seals it (store/seal.h), syncs it and moves it to its place. The handle can
 * be read from afterwards.
 */
TT_MUST_USE enum tt_err tt_case_commit(struct tt_case *c, struct tt_error *error);

/* Opens a case for reading. TT_ERR_FORMAT: not a case file, or of a newer schema. */
TT_MUST_USE enum tt_err tt_case_open(const char *path, struct tt_case **ret_case,
                                     struct tt_error *error);

/* Is the file, byte for byte, as it was when the test was over? TT_ERR_FORMAT with the reason when
 * it was changed, or was never sealed (a case of an older telltale; one that is not in a file). */
TT_MUST_USE enum tt_err tt_case_check_seal(struct tt_case *c, struct tt_error *error);

/* The rows, for report/; valid until tt_case_free. */
struct tt_case_view tt_case_rows(struct tt_case *c);

/* The text of the last failure while reading rows; "" for none. */
const char *tt_case_failure(const struct tt_case *c);

/* An uncommitted case vanishes. Takes NULL. */
void tt_case_free(struct tt_case *c);

#endif
