/* The schema and the steps between its versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/sample.h"
#include "store/schema.h"

#include <stdio.h>
#include <stdlib.h>

static sqlite3_int64 number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    sqlite3_int64 value = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return value;
}

static void test_new_database(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(tt_schema_create(db), SQLITE_OK);
    assert_int_equal(number(db, "PRAGMA application_id"), TT_CASE_APPLICATION_ID);
    assert_int_equal(number(db, "PRAGMA user_version"), TT_CASE_SCHEMA_VERSION);
    /* Every table is STRICT. */
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND "
                                "name NOT LIKE 'sqlite_%' AND NOT strict"),
                     0);
    assert_true(number(db, "SELECT count(*) FROM pragma_table_list WHERE strict") >= 15);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_migration_steps(void **state)
{
    (void)state;
    static const struct tt_migration steps[] = {
        {7, "CREATE TABLE seven (a)"},
        {8, "INSERT INTO seven VALUES (8)"},
        {0, NULL},
    };
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(tt_schema_migrate(db, steps, 7, 9), SQLITE_OK);
    assert_int_equal(number(db, "SELECT a FROM seven"), 8);
    assert_int_equal(number(db, "PRAGMA user_version"), 9);
    assert_int_equal(tt_schema_migrate(db, steps, 9, 9), SQLITE_OK);
    assert_int_equal(tt_schema_migrate(db, steps, 9, 10), SQLITE_NOTFOUND);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_steps_lead_to_the_present(void **state)
{
    (void)state;
    int version = 1;
    for (const struct tt_migration *step = tt_schema_migrations; step->sql != NULL; step++)
        assert_int_equal(step->from, version++);
    assert_int_equal(version, TT_CASE_SCHEMA_VERSION);
}

/* Makes the case file that version-<version>.sql tells of. */
static void make_old(int version, const char *path)
{
    enum { SQL_MAX = 65536 };
    char name[4096];
    (void)snprintf(name, sizeof(name), "%s/tests/unit/store/version-%d.sql",
                   getenv("TT_SOURCE_ROOT"), version);
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    char *sql = calloc(1, SQL_MAX + 1);
    assert_non_null(sql);
    assert_in_range(fread(sql, 1, SQL_MAX, file), 1, SQL_MAX - 1);
    (void)fclose(file);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(number(db, "PRAGMA user_version"), version);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(sql);
}

static enum tt_err see_old_input(void *context, const struct tt_case_input *input)
{
    ++*(size_t *)context;
    assert_true(input->frames == 12 && input->last_time > 0);
    assert_int_equal(input->captured_bytes + input->wire_bytes + input->missing_bytes, 0);
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        assert_int_equal(input->buckets[i], 0);
    return TT_OK;
}

static enum tt_err see_old_coverage(void *context, const struct tt_coverage_row *row)
{
    ++*(size_t *)context;
    assert_true(row->flows > 0);
    for (size_t i = TT_BUCKET_LOST; i < TT_BUCKET_COUNT; i++)
        assert_int_equal(row->bytes[i], 0);
    return TT_OK;
}

static enum tt_err see_old_finding(void *context, const struct tt_finding *finding)
{
    ++*(size_t *)context;
    assert_string_equal(finding->label, "phone_number[0]");
    assert_int_equal(finding->path_count, 3);
    return TT_OK;
}

static void test_an_old_case_is_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/telltale-schema-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/old.case", folder);
    make_old(1, path);
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    enum tt_err err = tt_case_open(path, &c, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, TT_OK);
    struct tt_case_view view = tt_case_rows(c);
    struct tt_case_info info;
    size_t seen[3] = {0};
    assert_int_equal(view.info(view.store, &info), TT_OK);
    assert_int_equal(info.unattributed_overhead + info.unattributed_duplicate, 0);
    assert_int_equal(view.inputs(view.store, see_old_input, &seen[0]), TT_OK);
    assert_int_equal(view.coverage(view.store, see_old_coverage, &seen[1]), TT_OK);
    assert_int_equal(view.findings(view.store, see_old_finding, &seen[2]), TT_OK);
    assert_int_equal(seen[0], 2);
    assert_true(seen[1] > 0);
    assert_int_equal(seen[2], 1);
    tt_case_free(c);
    assert_int_equal(remove(path), 0);
    assert_int_equal(remove(folder), 0);
}

/* The columns of all tables, in their order. */
static char *columns(sqlite3 *db)
{
    static const char sql[] =
        "SELECT group_concat(line, char(10)) FROM (SELECT t.name || '.' || c.name || ' ' || c.type "
        "|| ' ' || c.\"notnull\" AS line FROM sqlite_schema t JOIN pragma_table_info(t.name) c "
        "WHERE t.type = 'table' ORDER BY t.name, c.cid)";
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    char *text = strdup((const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    assert_non_null(text);
    return text;
}

static void test_both_ways_lead_to_the_same(void **state)
{
    (void)state;
    for (int version = 1; version < TT_CASE_SCHEMA_VERSION; version++) {
        sqlite3 *fresh = NULL;
        sqlite3 *old = NULL;
        char folder[] = "/tmp/telltale-schema-XXXXXX";
        char path[64];
        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/old.case", folder);
        make_old(version, path);
        assert_int_equal(sqlite3_open(path, &old), SQLITE_OK);
        assert_int_equal(
            tt_schema_migrate(old, tt_schema_migrations, version, TT_CASE_SCHEMA_VERSION),
            SQLITE_OK);
        assert_int_equal(sqlite3_open(":memory:", &fresh), SQLITE_OK);
        assert_int_equal(tt_schema_create(fresh), SQLITE_OK);
        char *a = columns(fresh);
        char *b = columns(old);
        assert_string_equal(a, b);
        free(a);
        free(b);
        assert_int_equal(sqlite3_close(fresh), SQLITE_OK);
        assert_int_equal(sqlite3_close(old), SQLITE_OK);
        assert_int_equal(remove(path), 0);
        assert_int_equal(remove(folder), 0);
    }
}

/* It is read, and cannot be verified. */
static void test_an_old_case_has_no_seal(void **state)
{
    (void)state;
    char folder[] = "/tmp/telltale-schema-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/old.case", folder);
    make_old(2, path);
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_case_open(path, &c, &error), TT_OK);
    assert_int_equal(tt_case_check_seal(c, &error), TT_ERR_FORMAT);
    assert_non_null(strstr(error.text, "has no seal"));
    tt_case_free(c);
    assert_int_equal(remove(path), 0);
    assert_int_equal(remove(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_database),
        cmocka_unit_test(test_migration_steps),
        cmocka_unit_test(test_steps_lead_to_the_present),
        cmocka_unit_test(test_an_old_case_is_read),
        cmocka_unit_test(test_both_ways_lead_to_the_same),
        cmocka_unit_test(test_an_old_case_has_no_seal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
