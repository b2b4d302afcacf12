/* What events triggered: rows in are rows out, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/sample.h"

#include <sqlite3.h>

static const struct tt_trigger *rows(void)
{
    static struct tt_trigger rows[2];
    rows[0] = (struct tt_trigger){.what = "contact added",
                                  .outcome = TT_TRIGGER_TRIGGERED,
                                  .kind = "contact_number",
                                  .owner = "contact",
                                  .label = "contacts[*].phone_number",
                                  .masked = "+358",
                                  .identifier = 7,
                                  .own = true,
                                  .host = "api.example",
                                  .address = sample_addr("198.51.100.7"),
                                  .window = 1,
                                  .uncertainty = 2,
                                  .told = 3,
                                  .repetitions = 4,
                                  .followed = 5,
                                  .controls = 6,
                                  .controls_followed = 7,
                                  .delay = 8,
                                  .bytes = 9,
                                  .unread = 10,
                                  .chance = 0.0021};
    rows[1] = (struct tt_trigger){
        .what = "reboot", .outcome = TT_TRIGGER_NOTHING, .identifier = UINT32_MAX, .chance = 1};
    return rows;
}

static void same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static enum tt_err check(void *context, const struct tt_trigger *got)
{
    size_t *at = context;
    assert_in_range(*at, 0, 1);
    const struct tt_trigger *want = &rows()[(*at)++];
    same_text(got->what, want->what);
    assert_int_equal(got->outcome, want->outcome);
    same_text(got->kind, want->kind);
    same_text(got->owner, want->owner);
    same_text(got->label, want->label);
    same_text(got->masked, want->masked);
    assert_int_equal(got->identifier, want->identifier);
    assert_int_equal(got->own, want->own);
    same_text(got->host, want->host);
    assert_memory_equal(&got->address, &want->address, sizeof(got->address));
    assert_int_equal(got->window, want->window);
    assert_int_equal(got->uncertainty, want->uncertainty);
    assert_int_equal(got->told, want->told);
    assert_int_equal(got->repetitions, want->repetitions);
    assert_int_equal(got->followed, want->followed);
    assert_int_equal(got->controls, want->controls);
    assert_int_equal(got->controls_followed, want->controls_followed);
    assert_int_equal(got->delay, want->delay);
    assert_int_equal(got->bytes, want->bytes);
    assert_int_equal(got->unread, want->unread);
    assert_true(got->chance >= want->chance && got->chance <= want->chance);
    return TT_OK;
}

static void test_rows(void **state)
{
    (void)state;
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    size_t at = 0;
    assert_int_equal(tt_case_create(NULL, &c, &error), TT_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(tt_case_put_trigger(c, &rows()[i], &error), TT_OK);
    const struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.triggers(view.store, check, &at), TT_OK);
    assert_int_equal(at, 2);
    tt_case_free(c);
}

/* The seal covers these rows, too. */
static void test_seal(void **state)
{
    (void)state;
    char path[256];
    char *folder = folder_make();
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    sqlite3 *db = NULL;
    assert_int_equal(tt_case_create(folder_path(folder, "a.case", path), &c, &error), TT_OK);
    assert_int_equal(tt_case_put_trigger(c, rows(), &error), TT_OK);
    assert_int_equal(tt_case_commit(c, &error), TT_OK);
    assert_int_equal(tt_case_check_seal(c, &error), TT_OK);
    tt_case_free(c);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE trigger_row SET followed = 4", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(tt_case_open(path, &c, &error), TT_OK);
    assert_int_equal(tt_case_check_seal(c, &error), TT_ERR_FORMAT);
    tt_case_free(c);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_seal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
