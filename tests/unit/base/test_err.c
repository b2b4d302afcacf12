#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

#include <errno.h>
#include <string.h>

static void names(void **state)
{
    (void)state;
    static const char *const expected[] = {"ok",    "memory",      "io",        "format",  "usage",
                                           "limit", "unsupported", "cancelled", "internal"};
    for (int code = TT_OK; code <= TT_ERR_INTERNAL; code++)
        assert_string_equal(tt_err_name((enum tt_err)code), expected[code]);
    assert_string_equal(tt_err_name((enum tt_err)99), "unknown");
}

static void first_cause_stays(void **state)
{
    (void)state;
    struct tt_error error = {0};
    assert_int_equal(tt_error_set(&error, TT_ERR_FORMAT, "line %d: %s", 3, "no colon"),
                     TT_ERR_FORMAT);
    assert_int_equal(error.code, TT_ERR_FORMAT);
    assert_string_equal(error.text, "line 3: no colon");
    assert_int_equal(tt_error_set(&error, TT_ERR_LIMIT, "later"), TT_ERR_LIMIT);
    assert_int_equal(tt_error_errno(&error, ENOENT, "later still"), TT_ERR_IO);
    assert_int_equal(error.code, TT_ERR_FORMAT);
    assert_string_equal(error.text, "line 3: no colon");
}

static void nobody_asks(void **state)
{
    (void)state;
    assert_int_equal(tt_error_set(NULL, TT_ERR_USAGE, "%s", "x"), TT_ERR_USAGE);
    assert_int_equal(tt_error_errno(NULL, EACCES, "%s", "x"), TT_ERR_IO);
}

static void system_errors(void **state)
{
    (void)state;
    struct tt_error error = {0};
    assert_int_equal(tt_error_errno(&error, ENOENT, "cannot open %s", "a.pcap"), TT_ERR_IO);
    assert_int_equal(error.code, TT_ERR_IO);
    assert_string_equal(error.text, "cannot open a.pcap: No such file or directory");
    error = (struct tt_error){0};
    assert_int_equal(tt_error_errno(&error, 123456, "x"), TT_ERR_IO);
    assert_memory_equal(error.text, "x: ", 3);
    assert_true(strlen(error.text) > 3);
}

/* Texts of every length round the room there is: cut, terminated, nothing behind. */
static void long_texts(void **state)
{
    (void)state;
    char text[600];
    memset(text, 'e', sizeof(text));
    for (size_t len = 480; len < 560; len++) {
        struct {
            struct tt_error error;
            uint8_t guard[8];
        } room = {.guard = {1, 2, 3, 4, 5, 6, 7, 8}};
        text[len] = '\0';
        size_t expected = len < sizeof(room.error.text) ? len : sizeof(room.error.text) - 1;
        (void)tt_error_set(&room.error, TT_ERR_IO, "%s", text);
        assert_int_equal(strlen(room.error.text), expected);
        room.error = (struct tt_error){0};
        (void)tt_error_errno(&room.error, ENOSPC, "%s", text);
        assert_true(strlen(room.error.text) >= expected);
        assert_true(strlen(room.error.text) < sizeof(room.error.text));
        assert_memory_equal(room.guard, "\1\2\3\4\5\6\7\10", 8);
        text[len] = 'e';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),       cmocka_unit_test(first_cause_stays),
        cmocka_unit_test(nobody_asks), cmocka_unit_test(system_errors),
        cmocka_unit_test(long_texts),
    };
    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
