#define _XOPEN_SOURCE 700 /* realpath */
#include "store/case.h"

#include "store/handle.h"
#include "store/header.h"
#include "store/schema.h"
#include "store/seal.h"
#include "store/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CACHE_KIB = 8192,           /* a private case that outgrows it goes to disk */
    INFO_BYTES_MAX = 16777216,  /* texts of the info row; the timeline is the largest */
    COLUMN_BYTES_MAX = 16777216 /* no honest row comes near it */
};

static bool disk_is_full(int errnum)
{
    return errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG;
}

/* sqlite3_system_errno alone does not know about a failed COMMIT. */
static int last_errno(sqlite3 *db)
{
    int errnum = db == NULL ? 0 : sqlite3_system_errno(db);
    if (db != NULL && errnum == 0)
        (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &errnum);
    return errnum;
}

enum tt_err tt_case_fail(const struct tt_case *c, int rc, struct tt_error *error)
{
    const char *name = c->shown == NULL ? "in the temporary folder" : c->shown;
    const char *doing = c->writable ? "write" : "read";
    int errnum = last_errno(c->db);
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to %s the case file %s", doing, name);
    case SQLITE_FULL:
        return tt_error_set(error, TT_ERR_IO,
                            "cannot write the case file %s: disk full; free some space or choose "
                            "another place",
                            name);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        if (disk_is_full(errnum))
            return tt_error_set(error, TT_ERR_IO,
                                "cannot write the case file %s: disk full, or no file may grow so "
                                "large; free some space or choose another place",
                                name);
        if (errnum != 0)
            return tt_error_errno(error, errnum, "cannot %s the case file %s", doing, name);
        return tt_error_set(error, TT_ERR_IO, "cannot %s the case file %s: %s", doing, name,
                            sqlite3_errstr(rc));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR: /* while reading: a table or column that is not there */
        if (!c->writable)
            return tt_error_set(error, TT_ERR_FORMAT, "the case file %s is damaged", name);
        break;
    default:
        break;
    }
    return tt_error_set(error, TT_ERR_INTERNAL, "cannot %s the case file %s: %s", doing, name,
                        c->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(c->db));
}

static int run_all(sqlite3 *db, const char *const *sql, size_t count)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < count && rc == SQLITE_OK; i++)
        rc = sqlite3_exec(db, sql[i], NULL, NULL, NULL);
    return rc;
}

/* Nobody else knows the file yet and it is thrown away on any error, so SQLite need neither keep a
 * journal nor sync: tt_target_move syncs once, at the end. */
static int prepare_writing(sqlite3 *db)
{
    static const char *const before[] = {"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
                                         "PRAGMA locking_mode = EXCLUSIVE",
                                         "PRAGMA foreign_keys = ON"};
    char cache[48];
    (void)snprintf(cache, sizeof(cache), "PRAGMA cache_size = -%d", (int)CACHE_KIB);
    int rc = run_all(db, before, TT_ARRAY_LEN(before));
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, cache, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    return rc == SQLITE_OK ? tt_schema_create(db) : rc;
}

static enum tt_err no_memory(struct tt_error *error)
{
    return tt_error_set(error, TT_ERR_MEMORY, "no memory for the case file");
}

static struct tt_case *new_handle(void)
{
    struct tt_case *c = calloc(1, sizeof(*c));
    if (c != NULL)
        c->strings = tt_arena_make(INFO_BYTES_MAX);
    return c;
}

enum tt_err tt_case_create(const char *path, struct tt_case **ret_case, struct tt_error *error)
{
    enum tt_err err = TT_OK;
    struct tt_case *c = new_handle();
    if (c == NULL)
        return no_memory(error);
    c->writable = true;
    if (path != NULL) {
        c->shown = strdup(path);
        if (c->shown == NULL) {
            err = no_memory(error);
            goto out;
        }
        err = tt_target_make(path, &c->target, &c->temp, error);
        if (err != TT_OK)
            goto out;
    }
    /* "" is SQLite's name for a database that is gone when it is closed. */
    int rc =
        sqlite3_open_v2(c->temp == NULL ? "" : c->temp, &c->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = prepare_writing(c->db);
    if (rc != SQLITE_OK) {
        err = tt_case_fail(c, rc, error);
        goto out;
    }
    *ret_case = c;
    c = NULL;
out:
    tt_case_free(c);
    return err;
}

static void close_db(struct tt_case *c)
{
    for (size_t i = 0; i < TT_PUT_COUNT; i++) {
        (void)sqlite3_finalize(c->puts[i]);
        c->puts[i] = NULL;
    }
    (void)sqlite3_close_v2(c->db);
    c->db = NULL;
}

/* A file that somebody sends may be made to hurt: bounded values, no mapped reads, and no functions
 * with side effects in its schema. */
static int prepare_reading(sqlite3 *db)
{
    static const char *const before[] = {"PRAGMA trusted_schema = OFF", "PRAGMA mmap_size = 0",
                                         "PRAGMA cell_size_check = ON", "PRAGMA query_only = ON"};
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, COLUMN_BYTES_MAX);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return run_all(db, before, TT_ARRAY_LEN(before));
}

static enum tt_err open_read_only(struct tt_case *c, const char *path, struct tt_error *error)
{
    int rc = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = prepare_reading(c->db);
    return rc == SQLITE_OK ? TT_OK : tt_case_fail(c, rc, error);
}

/* The row in whose place the seal will stand. */
static int put_blank_seal(struct tt_case *c, char blank[TT_SEAL_LEN + 1])
{
    char sql[128];
    if (!tt_seal_blank(blank))
        return SQLITE_INTERNAL;
    (void)snprintf(sql, sizeof(sql), "INSERT INTO seal VALUES (1, '%s')", blank);
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL);
}

enum tt_err tt_case_commit(struct tt_case *c, struct tt_error *error)
{
    if (!c->writable)
        return tt_error_set(error, TT_ERR_USAGE, "this case is complete already");
    if (c->failed)
        return tt_error_set(error, TT_ERR_IO,
                            "the case is not complete: a row could not be "
                            "written");
    char blank[TT_SEAL_LEN + 1] = "";
    int rc = c->temp == NULL ? SQLITE_OK : put_blank_seal(c, blank);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        c->failed = true;
        return tt_case_fail(c, rc, error);
    }
    if (c->temp == NULL) {
        c->writable = false;
        return TT_OK;
    }
    close_db(c);
    enum tt_err err = tt_seal_write(c->temp, blank, c->shown, error);
    if (err == TT_OK)
        err = tt_target_move(c->shown, c->temp, c->target, error);
    if (err != TT_OK) {
        c->failed = true;
        return err;
    }
    free(c->temp);
    c->temp = NULL;
    c->writable = false;
    return open_read_only(c, c->target, error);
}

static enum tt_err not_a_case(const char *path, struct tt_error *error)
{
    return tt_error_set(error, TT_ERR_FORMAT, "%s is not a telltale case file", path);
}

/* A stranger's file is refused before SQLite sees it; so is one that was cut, which SQLite does not
 * notice in its last page. */
static enum tt_err read_header(const char *path, struct tt_span bytes, uint64_t size,
                               uint32_t *ret_version, struct tt_error *error)
{
    struct tt_case_header header;
    if (!tt_case_header_read(bytes, &header))
        return not_a_case(path, error);
    if (size < header.bytes)
        return tt_error_set(error, TT_ERR_FORMAT, "the case file %s is damaged: its end is missing",
                            path);
    *ret_version = header.version;
    return TT_OK;
}

static enum tt_err check_file(const char *path, uint32_t *ret_version, struct tt_error *error)
{
    enum tt_err err = TT_OK;
    struct stat st;
    uint8_t header[TT_CASE_HEADER_LEN];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        err = tt_error_errno(error, errno, "cannot read the case file %s", path);
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        err = S_ISDIR(st.st_mode) ? tt_error_set(error, TT_ERR_FORMAT,
                                                 "%s is a folder, not a telltale case file", path)
                                  : not_a_case(path, error);
        goto out;
    }
    ssize_t got = read(fd, header, sizeof(header));
    if (got < 0)
        err = tt_error_errno(error, errno, "cannot read the case file %s", path);
    else
        err = read_header(path, tt_span_of(header, (size_t)got), (uint64_t)st.st_size, ret_version,
                          error);
out:
    if (fd >= 0)
        (void)close(fd);
    return err;
}

/* Damage is told at once, not in the middle of a report. Also refuses what telltale never writes:
 * views, triggers and virtual tables run somebody else's program when they are read. */
static enum tt_err check_content(struct tt_case *c, struct tt_error *error)
{
    static const char foreign[] = "SELECT count(*) FROM sqlite_schema WHERE type IN ('view', "
                                  "'trigger') OR (type = 'table' AND rootpage = 0)";
    static const char check[] = "PRAGMA quick_check(1)";
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = TT_OK;
    int rc = sqlite3_prepare_v2(c->db, foreign, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_int(stmt, 0) != 0) {
        err = not_a_case(c->shown, error);
        goto out;
    }
    if (rc != SQLITE_ROW) {
        err = tt_case_fail(c, rc, error);
        goto out;
    }
    (void)sqlite3_finalize(stmt);
    stmt = NULL;
    rc = sqlite3_prepare_v2(c->db, check, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    const char *answer = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (rc != SQLITE_ROW)
        err = tt_case_fail(c, rc, error);
    else if (answer == NULL || strcmp(answer, "ok") != 0)
        err = tt_case_fail(c, SQLITE_CORRUPT, error);
out:
    (void)sqlite3_finalize(stmt);
    return err;
}

/* An older case stays as it is on disk: a private copy of it is brought up to date. */
static enum tt_err migrate_copy(struct tt_case *c, int version, struct tt_error *error)
{
    sqlite3 *copy = NULL;
    int rc = sqlite3_open_v2(
        "", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_backup *backup =
        rc == SQLITE_OK ? sqlite3_backup_init(copy, "main", c->db, "main") : NULL;
    if (backup != NULL) {
        (void)sqlite3_backup_step(backup, -1);
        rc = sqlite3_backup_finish(backup);
    } else if (rc == SQLITE_OK) {
        rc = sqlite3_errcode(copy);
    }
    if (rc == SQLITE_OK)
        rc = tt_schema_migrate(copy, tt_schema_migrations, version, TT_CASE_SCHEMA_VERSION);
    if (rc == SQLITE_OK)
        rc = prepare_reading(copy);
    if (rc != SQLITE_OK) {
        (void)sqlite3_close_v2(copy);
        return tt_case_fail(c, rc, error);
    }
    (void)sqlite3_close_v2(c->db);
    c->db = copy;
    return TT_OK;
}

enum tt_err tt_case_open(const char *path, struct tt_case **ret_case, struct tt_error *error)
{
    uint32_t version = 0;
    char *real = NULL;
    enum tt_err err = check_file(path, &version, error);
    if (err != TT_OK)
        return err;
    if (version > TT_CASE_SCHEMA_VERSION)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "%s was written by a newer telltale (its schema is version %u, this "
                            "one knows %d): use that one to read it",
                            path, version, TT_CASE_SCHEMA_VERSION);
    struct tt_case *c = new_handle();
    if (c == NULL)
        return no_memory(error);
    c->shown = strdup(path);
    real = realpath(path, NULL);
    if (c->shown == NULL || real == NULL) {
        err = no_memory(error);
        goto out;
    }
    err = open_read_only(c, real, error);
    if (err == TT_OK)
        err = check_content(c, error);
    if (err == TT_OK && version < TT_CASE_SCHEMA_VERSION)
        err = migrate_copy(c, (int)version, error);
    if (err != TT_OK)
        goto out;
    *ret_case = c;
    c = NULL;
out:
    free(real);
    tt_case_free(c);
    return err;
}

enum tt_err tt_case_check_seal(struct tt_case *c, struct tt_error *error)
{
    sqlite3_stmt *stmt = NULL;
    char seal[TT_SEAL_LEN + 1] = "";
    int rc = sqlite3_prepare_v2(c->db, "SELECT sha256 FROM seal", -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    const char *text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (text != NULL)
        (void)snprintf(seal, sizeof(seal), "%s", text);
    (void)sqlite3_finalize(stmt);
    if (c->shown != NULL && text != NULL)
        return tt_seal_check(c->target == NULL ? c->shown : c->target, seal, c->shown, error);
    if (rc != SQLITE_DONE && text == NULL)
        return tt_case_fail(c, rc, error);
    return tt_error_set(error, TT_ERR_FORMAT,
                        "the case file %s has no seal: it was written by an older telltale; test "
                        "again to get one that can be verified",
                        c->shown == NULL ? "" : c->shown);
}

const char *tt_case_failure(const struct tt_case *c)
{
    return c->read_error.text;
}

void tt_case_free(struct tt_case *c)
{
    if (c == NULL)
        return;
    close_db(c);
    if (c->temp != NULL)
        (void)unlink(c->temp);
    tt_arena_free(&c->strings);
    free(c->shown);
    free(c->target);
    free(c->temp);
    free(c);
}
