/* The seal of a case file: a SHA-256 over every byte of the file, which stands in the file itself.
 *
 * The table `seal` has one row with 64 characters. The digest is made with these characters as
 * zeros ('0'), wherever in the file they stand; then it takes their place. So a change of any one
 * byte shows: of a row, of a page that SQLite does not read, of the seal. It is no signature: who
 * changes a case can seal it anew. What then is left to check is whether the findings hold. */
#ifndef TT_STORE_SEAL_H
#define TT_STORE_SEAL_H

#include <stdbool.h>

#include "base/err.h"

enum { TT_SEAL_LEN = 64 };

/* Fills `room` with characters that stand nowhere else: random ones. False when the system has
 * none. */
bool tt_seal_blank(char room[TT_SEAL_LEN + 1]);

/* The file at `path` holds `blank` once: its digest takes that place. `shown` is for messages. */
TT_MUST_USE enum tt_err tt_seal_write(const char *path, const char *blank, const char *shown,
                                      struct tt_error *error);

/* TT_ERR_FORMAT: the file is not as it was when it was sealed. */
TT_MUST_USE enum tt_err tt_seal_check(const char *path, const char *seal, const char *shown,
                                      struct tt_error *error);

#endif
