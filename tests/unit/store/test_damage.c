/* Files that are not, or no longer, good cases: refused or read, never a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/sample.h"

#include <sqlite3.h>

enum { ROUNDS = 600 };

struct bytes {
    uint8_t *data;
    size_t len;
};

static struct bytes read_file(const char *path)
{
    struct bytes bytes = {.data = malloc(1U << 20)};
    assert_non_null(bytes.data);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    bytes.len = fread(bytes.data, 1, 1U << 20, file);
    (void)fclose(file);
    return bytes;
}

static void write_file(const char *path, struct bytes bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

static void make_case(const char *path)
{
    struct tt_case *c = NULL;
    const struct tt_case_info info = sample_info();
    const struct tt_finding finding = sample_finding();
    const struct tt_coverage_row row = {.protocol = "tls", .host = "a.example"};
    const struct tt_note_row note = {.layer = "net", .code = "x", .text = "X."};
    const struct tt_case_input input = {.name = "a", .format = "pcap", .sha256 = ""};
    const struct tt_device_view device = {.flows_opened = 1};
    const struct tt_case_clause clause = {
        .id = "a", .text = "b", .verdict = "allowed", .severity = "low"};
    assert_int_equal(tt_case_create(path, &c, NULL), TT_OK);
    assert_int_equal(tt_case_put_info(c, &info, NULL), TT_OK);
    for (int i = 0; i < 30; i++)
        assert_int_equal(tt_case_put_finding(c, &finding, NULL), TT_OK);
    assert_int_equal(tt_case_put_coverage(c, &row, NULL), TT_OK);
    assert_int_equal(tt_case_put_note(c, &note, NULL), TT_OK);
    assert_int_equal(tt_case_put_input(c, &input, NULL), TT_OK);
    assert_int_equal(tt_case_put_device(c, &device, NULL), TT_OK);
    assert_int_equal(tt_case_put_clause(c, &clause, NULL), TT_OK);
    assert_int_equal(tt_case_commit(c, NULL), TT_OK);
    tt_case_free(c);
}

/* Touches every text, so that the sanitizer sees a bad one. */
static size_t touch(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static enum tt_err touch_finding(void *context, const struct tt_finding *finding)
{
    size_t *sum = context;
    *sum += touch(finding->kind) + touch(finding->host) + touch(finding->label);
    *sum += touch(tt_consent_name(finding->consent)) + touch(tt_verdict_name(finding->verdict));
    *sum += touch(tt_heading_name(finding->heading)) + touch(tt_scope_name(finding->scope));
    for (size_t i = 0; i < finding->path_count; i++)
        *sum += touch(finding->path[i]);
    for (size_t i = 0; i < finding->name_count; i++)
        *sum += touch(finding->names[i].name) + touch(finding->names[i].source);
    for (size_t i = 0; i < finding->frames_listed; i++)
        *sum += finding->frames[i] != 0;
    return TT_OK;
}

static enum tt_err touch_coverage(void *context, const struct tt_coverage_row *row)
{
    *(size_t *)context += touch(row->host) + touch(tt_scope_name(row->scope)) +
                          touch(tt_heading_name(row->heading)) + touch(row->protocol);
    return TT_OK;
}

static enum tt_err touch_note(void *context, const struct tt_note_row *row)
{
    *(size_t *)context += touch(row->layer) + touch(row->text) + touch(row->capture);
    return TT_OK;
}

static enum tt_err touch_input(void *context, const struct tt_case_input *row)
{
    *(size_t *)context += touch(row->name) + touch(row->sha256);
    return TT_OK;
}

static enum tt_err touch_device(void *context, const struct tt_device_view *row)
{
    *(size_t *)context += row->addr.bytes[15];
    return TT_OK;
}

static enum tt_err touch_clause(void *context, const struct tt_case_clause *row)
{
    *(size_t *)context += touch(row->id) + touch(row->text);
    return TT_OK;
}

static void touch_all(struct tt_case *c)
{
    size_t sum = 0;
    struct tt_case_info info;
    struct tt_case_view view = tt_case_rows(c);
    bool failed = view.info(view.store, &info) != TT_OK;
    failed |= view.findings(view.store, touch_finding, &sum) != TT_OK;
    failed |= view.coverage(view.store, touch_coverage, &sum) != TT_OK;
    failed |= view.notes(view.store, touch_note, &sum) != TT_OK;
    failed |= view.inputs(view.store, touch_input, &sum) != TT_OK;
    failed |= view.devices(view.store, touch_device, &sum) != TT_OK;
    failed |= view.clauses(view.store, touch_clause, &sum) != TT_OK;
    if (failed)
        assert_string_not_equal(tt_case_failure(c), "");
}

/* Opens what stands at the path; a refusal must be one of the two that fit, with a reason. */
static bool try_open(const char *path)
{
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    enum tt_err err = tt_case_open(path, &c, &error);
    if (err == TT_OK) {
        touch_all(c);
        tt_case_free(c);
        return true;
    }
    assert_true(err == TT_ERR_FORMAT || err == TT_ERR_IO);
    assert_string_not_equal(error.text, "");
    assert_null(c);
    return false;
}

/* xorshift: the same places in every run. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void test_flipped_bytes(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    char copy[256];
    make_case(folder_path(folder, "good.case", path));
    (void)folder_path(folder, "bad.case", copy);
    struct bytes good = read_file(path);
    struct bytes bad = {.data = malloc(good.len), .len = good.len};
    assert_non_null(bad.data);
    uint64_t seed = UINT64_C(0x20140807);
    size_t opened = 0;
    for (int round = 0; round < ROUNDS; round++) {
        memcpy(bad.data, good.data, good.len);
        for (uint64_t flips = 1 + next_random(&seed) % 8; flips > 0; flips--) {
            /* Half of the rounds aim at page heads, where most of the structure is. */
            size_t at = (size_t)(next_random(&seed) % good.len);
            if (round % 2 == 0)
                at = at / 4096 * 4096 + at % 64;
            bad.data[at] = (uint8_t)next_random(&seed);
        }
        write_file(copy, bad);
        opened += try_open(copy);
    }
    assert_true(opened > 0 && opened < ROUNDS); /* both ways were walked */
    free(bad.data);
    free(good.data);
    (void)unlink(path);
    (void)unlink(copy);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void test_cut_file(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    char copy[256];
    make_case(folder_path(folder, "good.case", path));
    (void)folder_path(folder, "cut.case", copy);
    struct bytes good = read_file(path);
    for (size_t len = 0; len < good.len; len += len < 128 ? 1 : 1021) {
        write_file(copy, (struct bytes){.data = good.data, .len = len});
        assert_false(try_open(copy));
    }
    free(good.data);
    (void)unlink(path);
    (void)unlink(copy);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void expect_open(const char *path, enum tt_err wanted, const char *reason)
{
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_case_open(path, &c, &error), wanted);
    if (strstr(error.text, reason) == NULL)
        fail_msg("no \"%s\" in \"%s\"", reason, error.text);
    tt_case_free(c);
}

static void test_not_a_case(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    expect_open(folder_path(folder, "none.case", path), TT_ERR_IO, "No such file");
    expect_open(folder, TT_ERR_FORMAT, "is a folder");
    expect_open("/dev/null", TT_ERR_FORMAT, "is not a telltale case file");
    (void)folder_path(folder, "a.case", path);
    write_file(path, (struct bytes){.data = (uint8_t[]){'h', 'i'}, .len = 2});
    expect_open(path, TT_ERR_FORMAT, "is not a telltale case file");
    (void)unlink(path);
    run_sql(path, "CREATE TABLE info (x)"); /* somebody else's database */
    expect_open(path, TT_ERR_FORMAT, "is not a telltale case file");
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void test_newer_schema(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    make_case(folder_path(folder, "a.case", path));
    run_sql(path, "PRAGMA user_version = 99");
    expect_open(path, TT_ERR_FORMAT, "newer telltale");
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

/* A view that never ends, in the place of a table. */
static void test_hostile_schema(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    make_case(folder_path(folder, "a.case", path));
    run_sql(path, "DROP TABLE note; CREATE VIEW note AS WITH RECURSIVE n (layer) AS (SELECT 'x' "
                  "UNION ALL SELECT layer FROM n) SELECT layer, layer AS code, layer AS text, NULL "
                  "AS capture, 0 AS flow, 0 AS frame, 0 AS offset, 0 AS count, 0 AS bytes, 0 AS id "
                  "FROM n");
    expect_open(path, TT_ERR_FORMAT, "is not a telltale case file");
    (void)unlink(path);
    make_case(path);
    run_sql(path, "DROP TABLE note");
    struct tt_case *c = NULL;
    assert_int_equal(tt_case_open(path, &c, NULL), TT_OK);
    struct tt_case_view view = tt_case_rows(c);
    size_t sum = 0;
    assert_int_equal(view.notes(view.store, touch_note, &sum), TT_ERR_FORMAT);
    assert_non_null(strstr(tt_case_failure(c), "damaged"));
    tt_case_free(c);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static enum tt_err check_clamped(void *context, const struct tt_finding *finding)
{
    ++*(size_t *)context;
    assert_int_equal(finding->consent, TT_CONSENT_UNKNOWN);
    assert_int_equal(finding->verdict, TT_VERDICT_UNDECIDED);
    assert_int_equal(finding->heading, TT_HEADING_UNKNOWN);
    assert_int_equal(finding->scope, TT_ADDR_SCOPE_INTERNET);
    assert_int_equal(finding->certainty, TT_SUSPECTED);
    assert_int_equal(finding->port, UINT16_MAX);
    assert_int_equal(finding->count, 0);
    assert_string_equal(finding->kind, "");
    assert_int_equal(finding->address.family, TT_ADDR_NONE);
    return TT_OK;
}

/* The same tables without their checks, and nonsense in them. */
static void test_wrong_values_are_clamped(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    make_case(folder_path(folder, "a.case", path));
    run_sql(
        path,
        "PRAGMA foreign_keys = OFF; CREATE TABLE f2 AS SELECT * FROM finding LIMIT 1; "
        "DROP TABLE finding; ALTER TABLE f2 RENAME TO finding; UPDATE finding SET consent = 'x', "
        "verdict = NULL, direction = 7, scope = x'00', certainty = '', port = 99999, count = -5, "
        "kind = NULL, address = 'nowhere'");
    struct tt_case *c = NULL;
    assert_int_equal(tt_case_open(path, &c, NULL), TT_OK);
    struct tt_case_view view = tt_case_rows(c);
    size_t seen = 0;
    assert_int_equal(view.findings(view.store, check_clamped, &seen), TT_OK);
    assert_int_equal(seen, 1);
    tt_case_free(c);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flipped_bytes),  cmocka_unit_test(test_cut_file),
        cmocka_unit_test(test_not_a_case),     cmocka_unit_test(test_newer_schema),
        cmocka_unit_test(test_hostile_schema), cmocka_unit_test(test_wrong_values_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
