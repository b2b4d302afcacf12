/* Binding the values of a row and reading its columns, one after the other, so that both read like
 * the table. Nothing here trusts the file: a NULL or a value of the wrong type gives something
 * harmless. */
#ifndef TT_STORE_COLUMNS_H
#define TT_STORE_COLUMNS_H

#include "base/addr.h"
#include "store/handle.h"

/* A statement being bound; the first failure sticks in `rc`. Texts are borrowed until it is run. */
struct tt_bind {
    sqlite3_stmt *stmt;
    int at;
    int rc;
};

void tt_bind_text(struct tt_bind *bind, const char *text); /* NULL: NULL */
void tt_bind_blob(struct tt_bind *bind, struct tt_span bytes);
/* SQLite's integers are signed: what does not fit is written as the greatest that does. */
void tt_bind_uint(struct tt_bind *bind, uint64_t value);
void tt_bind_int(struct tt_bind *bind, int64_t value);
void tt_bind_real(struct tt_bind *bind, double value); /* not a number: 1 */
void tt_bind_addr(struct tt_bind *bind, struct tt_addr addr);

/* A row being read. */
struct tt_columns {
    sqlite3_stmt *stmt;
    int at;
};

/* Texts are borrowed until the statement steps on. */
const char *tt_column_text(struct tt_columns *row);            /* or NULL */
const char *tt_column_must(struct tt_columns *row);            /* "" for NULL */
uint64_t tt_column_uint(struct tt_columns *row);               /* 0 for NULL and below */
uint64_t tt_column_upto(struct tt_columns *row, uint64_t max); /* cut at max */
double tt_column_real(struct tt_columns *row);
bool tt_column_bool(struct tt_columns *row);
struct tt_addr tt_column_addr(struct tt_columns *row);
struct tt_span tt_column_blob(struct tt_columns *row, size_t max);

/* Names back to values; for a text that is none of them, the one that accuses nobody and hides
 * nothing: suspected, unknown, internet, undecided. */
enum tt_certainty tt_column_certainty(struct tt_columns *row);
enum tt_heading tt_column_heading(struct tt_columns *row);
enum tt_addr_scope tt_column_scope(struct tt_columns *row);
enum tt_consent tt_column_consent(struct tt_columns *row);
enum tt_trigger_outcome tt_column_outcome(struct tt_columns *row);
enum tt_verdict tt_column_verdict(struct tt_columns *row);
enum tt_party tt_column_party(struct tt_columns *row);

/* Walking a query: open, next until false, close. The first failure sticks in *err. */
enum tt_err tt_walk_open(struct tt_case *c, const char *sql, sqlite3_stmt **ret_stmt);
bool tt_walk_next(struct tt_case *c, sqlite3_stmt *stmt, enum tt_err *err);

#endif
