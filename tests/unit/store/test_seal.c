/* The seal of a case file: any one byte changed shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/sample.h"
#include "store/seal.h"

static const char blank[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

enum { FILE_MAX = 200000 };

static void write_file(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static size_t read_file(const char *path, uint8_t *room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(room, 1, FILE_MAX, file);
    assert_int_equal(fclose(file), 0);
    return len;
}

static enum tt_err check(const char *path, const char *seal)
{
    struct tt_error error = {.code = TT_OK};
    return tt_seal_check(path, seal, path, &error);
}

/* Files of `len` bytes with the seal at `at`: over the border of what is read at once, too. */
static void seal_one(const char *path, size_t len, size_t at)
{
    uint8_t *bytes = calloc(1, FILE_MAX);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 7);
    memcpy(bytes + at, blank, TT_SEAL_LEN);
    write_file(path, bytes, len);
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_seal_write(path, blank, path, &error), TT_OK);
    char seal[TT_SEAL_LEN + 1] = "";
    assert_int_equal(read_file(path, bytes), len);
    memcpy(seal, bytes + at, TT_SEAL_LEN);
    assert_string_not_equal(seal, blank);
    assert_int_equal(check(path, seal), TT_OK);
    for (size_t i = 0; i<len; i += len> 1000 ? 9973 : 1) {
        bytes[i] ^= 1;
        write_file(path, bytes, len);
        assert_int_equal(check(path, seal), TT_ERR_FORMAT);
        bytes[i] ^= 1;
    }
    write_file(path, bytes, len - 1);
    assert_int_equal(check(path, seal), TT_ERR_FORMAT);
    write_file(path, bytes, len + 1);
    assert_int_equal(check(path, seal), TT_ERR_FORMAT);
    free(bytes);
}

static void test_any_byte(void **state)
{
    (void)state;
    char path[256];
    char *folder = folder_make();
    (void)folder_path(folder, "sealed", path);
    seal_one(path, 300, 0);
    seal_one(path, 300, 236);
    seal_one(path, 150000, 65536 - 30);
    seal_one(path, 150000, 65536 + 63);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void test_twice_or_never(void **state)
{
    (void)state;
    char path[256];
    char *folder = folder_make();
    struct tt_error error = {.code = TT_OK};
    uint8_t bytes[300] = {0};
    (void)folder_path(folder, "sealed", path);
    write_file(path, bytes, sizeof(bytes));
    assert_int_equal(tt_seal_write(path, blank, path, &error), TT_ERR_INTERNAL);
    memcpy(bytes + 10, blank, TT_SEAL_LEN);
    memcpy(bytes + 200, blank, TT_SEAL_LEN);
    write_file(path, bytes, sizeof(bytes));
    assert_int_equal(tt_seal_write(path, blank, path, &error), TT_ERR_INTERNAL);
    assert_int_equal(check(path, blank), TT_ERR_FORMAT);
    assert_int_equal(check(path, ""), TT_ERR_FORMAT);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void test_blank(void **state)
{
    (void)state;
    char one[TT_SEAL_LEN + 1];
    char two[TT_SEAL_LEN + 1];
    assert_true(tt_seal_blank(one) && tt_seal_blank(two));
    assert_int_equal(strlen(one), TT_SEAL_LEN);
    assert_string_not_equal(one, two);
}

/* A case that was committed has one that fits; a private one has none. */
static void test_case(void **state)
{
    (void)state;
    char path[256];
    char *folder = folder_make();
    struct tt_error error = {.code = TT_OK};
    struct tt_case *c = NULL;
    const struct tt_finding finding = sample_finding();
    (void)folder_path(folder, "a.case", path);
    assert_int_equal(tt_case_create(path, &c, &error), TT_OK);
    assert_int_equal(tt_case_put_finding(c, &finding, &error), TT_OK);
    assert_int_equal(tt_case_commit(c, &error), TT_OK);
    assert_int_equal(tt_case_check_seal(c, &error), TT_OK);
    tt_case_free(c);
    c = NULL;
    assert_int_equal(tt_case_open(path, &c, &error), TT_OK);
    assert_int_equal(tt_case_check_seal(c, &error), TT_OK);
    tt_case_free(c);
    c = NULL;
    assert_int_equal(tt_case_create(NULL, &c, &error), TT_OK);
    assert_int_equal(tt_case_commit(c, &error), TT_OK);
    assert_int_equal(tt_case_check_seal(c, &error), TT_ERR_FORMAT);
    tt_case_free(c);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_byte),
                                       cmocka_unit_test(test_twice_or_never),
                                       cmocka_unit_test(test_blank), cmocka_unit_test(test_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
