/* The schema of the case file, and the steps from an older one. docs/case-file.md explains the
 * tables to whoever queries them. */
#ifndef TT_STORE_SCHEMA_H
#define TT_STORE_SCHEMA_H

#include <sqlite3.h>

/* One step: the statements that turn a case of version `from` into one of version `from` + 1. */
struct tt_migration {
    int from;
    const char *sql; /* NULL ends a list */
};

/* The steps to TT_CASE_SCHEMA_VERSION, oldest first. A new schema version adds a line here, changes
 * the statements of schema.c alike, and keeps an old case file under tests/unit/store/. */
extern const struct tt_migration tt_schema_migrations[];

/* Makes the tables in an empty database and sets its application_id and user_version. Returns an
 * SQLite code. */
int tt_schema_create(sqlite3 *db);

/* Brings a writable database from version `from` to version `to`. SQLITE_NOTFOUND when a step is
 * missing. */
int tt_schema_migrate(sqlite3 *db, const struct tt_migration *steps, int from, int to);

#endif
