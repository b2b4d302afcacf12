/* Reading whole files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_sizes(void **state)
{
    (void)state;
    char path[] = "/tmp/tt-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "0123456789", 10), 10);
    assert_int_equal(close(fd), 0);
    struct tt_buf content = tt_buf_make(0);
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_file_read(path, 10, &content, &error), TT_OK);
    assert_int_equal(content.len, 10);
    assert_memory_equal(content.data, "0123456789", 10);
    tt_buf_free(&content);
    assert_int_equal(tt_file_read(path, 9, &content, &error), TT_ERR_LIMIT);
    assert_non_null(strstr(error.text, "is larger than 9 bytes"));
    assert_null(content.data);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(tt_file_read(path, 9, &content, &error), TT_OK);
    assert_int_equal(content.len, 0);
    tt_buf_free(&content);
    assert_int_equal(unlink(path), 0);
}

static void test_refused(void **state)
{
    (void)state;
    struct tt_buf content = tt_buf_make(0);
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_file_read("/nowhere/at/all", 9, &content, &error), TT_ERR_IO);
    assert_string_equal(error.text, "cannot read /nowhere/at/all: No such file or directory");
    error = (struct tt_error){.code = TT_OK};
    assert_int_equal(tt_file_read("/", 9, &content, &error), TT_ERR_IO);
    assert_string_equal(error.text, "cannot read /: Is a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
