/* The schema and the steps between its versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/case.h"
#include "store/schema.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_database),
        cmocka_unit_test(test_migration_steps),
        cmocka_unit_test(test_steps_lead_to_the_present),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
