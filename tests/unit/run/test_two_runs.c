/* Two pipelines in one process do not disturb each other: the same test in four threads at once
 * gives, each time, the bytes that it gives alone. Uses the public API only. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <telltale/telltale.h>

enum { THREADS = 4, ROUNDS = 3 };

struct text {
    char *bytes;
    size_t len;
};

static enum tt_err append(void *context, const char *bytes, size_t len)
{
    struct text *text = context;
    char *more = realloc(text->bytes, text->len + len + 1);
    if (more == NULL)
        return TT_ERR_MEMORY;
    memcpy(more + text->len, bytes, len);
    text->bytes = more;
    text->len += len;
    text->bytes[text->len] = '\0';
    return TT_OK;
}

/* The JSON lines of the shipped example; empty after a failure. */
static struct text run_example(void)
{
    const char *root = getenv("TT_SOURCE_ROOT");
    char capture[4096];
    char sheet[4096];
    char timeline[4096];
    (void)snprintf(capture, sizeof(capture), "%s/examples/boxed-phone/capture.pcapng", root);
    (void)snprintf(sheet, sizeof(sheet), "%s/examples/boxed-phone/subject.yaml", root);
    (void)snprintf(timeline, sizeof(timeline), "%s/examples/boxed-phone/timeline.yaml", root);
    const char *captures[] = {capture};
    struct tt_test_config config = {
        .captures = captures, .capture_count = 1, .subject = sheet, .timeline = timeline};
    struct text text = {0};
    struct tt_case *c = NULL;
    if (tt_test(&config, &c, NULL) != TT_OK)
        return text;
    struct tt_output output = {.write = append, .context = &text};
    if (tt_report(c, "json", &output, NULL) != TT_OK)
        text.len = 0;
    tt_case_close(c);
    return text;
}

static void *work(void *expected)
{
    const struct text *alone = expected;
    for (int i = 0; i < ROUNDS; i++) {
        struct text text = run_example();
        int same = text.len == alone->len && memcmp(text.bytes, alone->bytes, text.len) == 0;
        free(text.bytes);
        if (!same)
            return expected;
    }
    return NULL;
}

static void test_threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct text alone = run_example();
    assert_true(alone.len > 1000);
    assert_non_null(strstr(alone.bytes, "\"verdict\":\"violation\""));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &alone), 0);
    for (int i = 0; i < THREADS; i++) {
        void *differs = NULL;
        assert_int_equal(pthread_join(threads[i], &differs), 0);
        assert_null(differs);
    }
    free(alone.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_do_not_disturb_each_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
