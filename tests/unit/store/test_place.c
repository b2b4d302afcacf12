/* Where a case is written: the temporary file, the move, and what may go wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/sample.h"

#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static bool holds_text(const char *path, const char *text)
{
    char got[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(got, 1, sizeof(got) - 1, file);
    (void)fclose(file);
    return len == strlen(text) && memcmp(got, text, len) == 0;
}

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(dir);
    return count;
}

static void make_case(const char *path)
{
    struct tt_case *c = NULL;
    assert_int_equal(tt_case_create(path, &c, NULL), TT_OK);
    assert_int_equal(tt_case_commit(c, NULL), TT_OK);
    tt_case_free(c);
}

static ino_t file_number(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

static void test_old_case_stands_until_commit(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    struct tt_case *c = NULL;
    make_case(folder_path(folder, "a.case", path));
    ino_t old = file_number(path);
    assert_int_equal(tt_case_create(path, &c, NULL), TT_OK);
    assert_int_equal(file_number(path), old);
    assert_int_equal(files_in(folder), 2);
    tt_case_free(c); /* not committed: the temporary file goes, the old one stays */
    assert_int_equal(file_number(path), old);
    assert_int_equal(files_in(folder), 1);

    assert_int_equal(tt_case_create(path, &c, NULL), TT_OK);
    assert_int_equal(tt_case_commit(c, NULL), TT_OK);
    tt_case_free(c);
    assert_int_equal(files_in(folder), 1);
    assert_int_equal(tt_case_open(path, &c, NULL), TT_OK);
    tt_case_free(c);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_not_equal(st.st_ino, old);
    assert_int_equal(st.st_mode & 077, 0); /* what a device sends is its owner's business */
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

/* A capture named by mistake is somebody's evidence. */
static void test_other_files_are_not_replaced(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    struct tt_case *c = NULL;
    struct tt_error error = {0};
    write_text(folder_path(folder, "capture.pcap", path), "packets");
    assert_int_equal(tt_case_create(path, &c, &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, "no case"));
    assert_true(holds_text(path, "packets"));
    assert_int_equal(files_in(folder), 1);
    write_text(path, ""); /* what mktemp makes */
    make_case(path);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void test_link_is_followed(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    char link_path[256];
    struct tt_case *c = NULL;
    make_case(folder_path(folder, "real.case", path));
    assert_int_equal(symlink("real.case", folder_path(folder, "link.case", link_path)), 0);
    assert_int_equal(tt_case_create(link_path, &c, NULL), TT_OK);
    assert_int_equal(tt_case_commit(c, NULL), TT_OK);
    tt_case_free(c);
    struct stat st;
    assert_int_equal(lstat(link_path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(tt_case_open(path, &c, NULL), TT_OK);
    tt_case_free(c);
    (void)unlink(path);
    (void)unlink(link_path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void test_relative_path_and_long_name(void **state)
{
    (void)state;
    char *folder = folder_make();
    char before[512];
    char name[256];
    struct tt_case *c = NULL;
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(tt_case_create(name, &c, NULL), TT_OK);
    assert_int_equal(chdir("/"), 0); /* the place was settled when the case was made */
    assert_int_equal(tt_case_commit(c, NULL), TT_OK);
    tt_case_free(c);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(files_in("."), 1);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static void refuse(const char *path, const char *reason)
{
    struct tt_case *c = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_case_create(path, &c, &error), TT_ERR_IO);
    assert_null(c);
    assert_non_null(strstr(error.text, path));
    if (strstr(error.text, reason) == NULL)
        fail_msg("no \"%s\" in \"%s\"", reason, error.text);
}

static void test_bad_places(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    refuse(folder_path(folder, "none/a.case", path), "there is no folder");
    refuse(folder, "it is a folder");
    refuse(folder_path(folder, "", path), "it names no file");
    refuse(folder_path(folder, "new/", path), "it names no file");
    refuse("/dev/null", "it is not a regular file");
    refuse("/proc/a.case", "cannot write the case file /proc/a.case: ");
    write_text(folder_path(folder, "file", path), "x");
    char below[300];
    (void)snprintf(below, sizeof(below), "%s/a.case", path);
    refuse(below, "Not a directory");
    (void)unlink(path);
    if (geteuid() != 0) {
        write_text(folder_path(folder, "kept.case", path), "x");
        assert_int_equal(chmod(path, 0400), 0);
        refuse(path, "Permission denied");
        (void)unlink(path);
        assert_int_equal(chmod(folder, 0500), 0);
        refuse(folder_path(folder, "a.case", path), "Permission denied");
        assert_int_equal(chmod(folder, 0700), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

/* Writes rows until the case or its commit fails; returns the first error. */
static enum tt_err fill(struct tt_case *c, size_t rows, struct tt_error *error)
{
    const struct tt_finding finding = sample_finding();
    for (size_t i = 0; i < rows; i++) {
        enum tt_err err = tt_case_put_finding(c, &finding, error);
        if (err != TT_OK)
            return err;
    }
    return tt_case_commit(c, error);
}

/* A full disk, as a limit on the size of files: at the first write, and long after it. */
static void test_disk_full(void **state)
{
    (void)state;
    char *folder = folder_make();
    char path[256];
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    make_case(folder_path(folder, "a.case", path));
    ino_t old = file_number(path);
    const size_t rows[] = {10, 40000};
    for (size_t i = 0; i < 2; i++) {
        struct tt_case *c = NULL;
        struct tt_error error = {.code = TT_OK};
        assert_int_equal(tt_case_create(path, &c, NULL), TT_OK);
        struct rlimit small = {.rlim_cur = 20000, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        enum tt_err err = fill(c, rows[i], &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(err, TT_ERR_IO);
        assert_non_null(strstr(error.text, "cannot write the case file"));
        assert_non_null(strstr(error.text, path));
        assert_non_null(strstr(error.text, "disk full"));
        assert_int_not_equal(tt_case_commit(c, NULL), TT_OK); /* and it stays failed */
        tt_case_free(c);
        assert_int_equal(file_number(path), old);
        assert_int_equal(files_in(folder), 1);
    }
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

/* A private case grows onto the disk, not into memory. */
static void test_private_case_is_bounded(void **state)
{
    (void)state;
    struct tt_case *c = NULL;
    assert_int_equal(tt_case_create(NULL, &c, NULL), TT_OK);
    char url[1001];
    memset(url, 'u', sizeof(url) - 1);
    url[sizeof(url) - 1] = '\0';
    struct tt_case_message message = {
        .protocol = "http", .kind = "request", .url = url, .encryption = "none", .capture = "a"};
    for (uint64_t i = 0; i < 100000; i++) {
        message.first_frame = i;
        assert_int_equal(tt_case_put_message(c, &message, NULL), TT_OK);
    }
    assert_int_equal(tt_case_commit(c, NULL), TT_OK);
    assert_true(sqlite3_memory_highwater(0) < 20000000); /* for 100 MB of rows */
    tt_case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_case_stands_until_commit),
        cmocka_unit_test(test_other_files_are_not_replaced),
        cmocka_unit_test(test_link_is_followed),
        cmocka_unit_test(test_relative_path_and_long_name),
        cmocka_unit_test(test_bad_places),
        cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_private_case_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
