#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/digest.h"
#include "capture/spool.h"

#include <stdlib.h>
#include <unistd.h>

enum { SENT = 60000 /* fits into a pipe that nobody reads yet */ };

static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i * 7 + i / 251);
}

/* The reading end of a pipe that holds SENT bytes and its end. */
static int make_pipe(void)
{
    int ends[2];
    uint8_t bytes[SENT];
    for (size_t i = 0; i < SENT; i++)
        bytes[i] = byte_at(i);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, SENT), SENT);
    assert_int_equal(close(ends[1]), 0);
    return ends[0];
}

static struct tt_spool *make_spool(const struct tt_spool_config *config)
{
    struct tt_spool *spool = NULL;
    assert_int_equal(tt_spool_new(make_pipe(), true, "the pipe", config, &spool, NULL), TT_OK);
    return spool;
}

/* Reads to the end, and expects the first `len` bytes. */
static void expect_reading(struct tt_spool *spool, bool whole, size_t len)
{
    struct tt_digest *digest = tt_digest_new();
    struct tt_source *source = tt_source_of_spool(spool, whole, digest);
    assert_non_null(source);
    uint8_t out[1000];
    size_t at = 0;
    size_t got = 1;
    while (got > 0) {
        assert_int_equal(source->pull(source, out, 1 + at % sizeof(out), &got, NULL), TT_OK);
        for (size_t i = 0; i < got; i++)
            assert_int_equal(out[i], byte_at(at + i));
        at += got;
    }
    assert_int_equal(at, len);
    assert_int_equal(tt_digest_bytes(digest), len);
    source->free(source);
    tt_digest_free(digest);
}

static void test_every_cap(void **state)
{
    (void)state;
    static const uint64_t caps[] = {1, 23, 24, 4096, SENT - 1, SENT, SENT + 1, UINT64_MAX / 2};
    for (size_t i = 0; i < TT_ARRAY_LEN(caps); i++) {
        const struct tt_spool_config config = {.max = caps[i]};
        size_t kept = caps[i] < SENT ? (size_t)caps[i] : SENT;
        struct tt_spool *spool = make_spool(&config);
        struct tt_span head = {0};
        assert_int_equal(tt_spool_head(spool, 24, &head, NULL), TT_OK);
        assert_true(head.len >= (kept < 24 ? kept : 24) && head.len <= kept);
        assert_int_equal(tt_spool_fill(spool, NULL), TT_OK);
        assert_int_equal(tt_spool_kept(spool), kept);
        assert_false(tt_spool_stopped(spool));
        expect_reading(spool, false, kept);
        expect_reading(spool, false, kept);
        expect_reading(spool, true, SENT);
        tt_spool_free(spool);
    }
}

static void test_nothing_is_kept(void **state)
{
    (void)state;
    const struct tt_spool_config config = {.max = 0};
    struct tt_spool *spool = make_spool(&config);
    assert_int_equal(tt_spool_kept(spool), 0);
    expect_reading(spool, false, 0);
    expect_reading(spool, true, SENT);
    tt_spool_free(spool);
    tt_spool_free(NULL);
}

static void test_no_folder_to_write_to(void **state)
{
    (void)state;
    char *folder = getenv("TMPDIR");
    char *before = folder == NULL ? NULL : strdup(folder);
    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    const struct tt_spool_config config = {.max = SENT};
    struct tt_spool *spool = make_spool(&config);
    assert_int_equal(tt_spool_fill(spool, NULL), TT_OK);
    assert_int_equal(tt_spool_kept(spool), 0);
    expect_reading(spool, true, SENT);
    tt_spool_free(spool);
    if (before == NULL)
        assert_int_equal(unsetenv("TMPDIR"), 0);
    else
        assert_int_equal(setenv("TMPDIR", before, 1), 0);
    free(before);
}

static bool at_once(void *context, uint64_t bytes)
{
    (void)context;
    (void)bytes;
    return false;
}

/* Somebody wants to stop while the pipe is kept: what had come is read, and no more. */
static void test_stopped(void **state)
{
    (void)state;
    const struct tt_spool_config config = {.max = SENT, .goes_on = at_once};
    struct tt_spool *spool = make_spool(&config);
    struct tt_span head = {0};
    assert_int_equal(tt_spool_head(spool, 24, &head, NULL), TT_OK);
    size_t had = head.len;
    assert_int_equal(tt_spool_fill(spool, NULL), TT_OK);
    assert_true(tt_spool_stopped(spool));
    expect_reading(spool, true, had);
    tt_spool_free(spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cap),
        cmocka_unit_test(test_nothing_is_kept),
        cmocka_unit_test(test_no_folder_to_write_to),
        cmocka_unit_test(test_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
