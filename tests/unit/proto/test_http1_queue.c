/* Requests that wait for their responses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "model/limits.h"
#include "proto/http1_queue.h"

enum { LATER = 1000000 };

static void push(struct tt_http1_queue *queue, unsigned number)
{
    char url[32];
    (void)snprintf(url, sizeof(url), "http://a/%u", number);
    struct tt_http1_pending request = {.frame = number, .method = "GET", .url = url};
    assert_true(tt_http1_queue_push(queue, &request));
}

static void expect(struct tt_http1_queue *queue, unsigned number)
{
    struct tt_http1_pending request = {0};
    char url[32];
    (void)snprintf(url, sizeof(url), "http://a/%u", number);
    assert_true(tt_http1_queue_answer(queue, LATER, true, &request));
    assert_string_equal(request.method, "GET");
    assert_null(request.host);
    assert_string_equal(request.url, url);
}

static void test_order(void **state)
{
    (void)state;
    struct tt_http1_queue queue = tt_http1_queue_make();
    struct tt_http1_pending request = {0};
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    /* Always some waiting, so that answered ones are dropped from the front now and then. */
    unsigned sent = 0;
    unsigned answered = 0;
    for (; sent < 20; sent++)
        push(&queue, sent);
    for (; sent < 5000; sent++) {
        expect(&queue, answered++);
        push(&queue, sent);
    }
    assert_true(queue.entries.cap < 8192);
    while (answered < sent)
        expect(&queue, answered++);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    tt_http1_queue_free(&queue);
}

static void test_peek(void **state)
{
    (void)state;
    struct tt_http1_queue queue = tt_http1_queue_make();
    struct tt_http1_pending request = {0};
    push(&queue, 1);
    assert_true(tt_http1_queue_answer(&queue, LATER, false, &request));
    assert_string_equal(request.url, "http://a/1");
    expect(&queue, 1);
    assert_false(tt_http1_queue_answer(&queue, LATER, false, &request));
    tt_http1_queue_free(&queue);
}

static void test_caps(void **state)
{
    (void)state;
    struct tt_http1_queue queue = tt_http1_queue_make();
    struct tt_http1_pending request = {.method = "GET"};
    for (unsigned i = 0; i < TT_HTTP_PIPELINE_MAX; i++)
        push(&queue, i);
    assert_false(tt_http1_queue_push(&queue, &request));
    expect(&queue, 0);
    /* There is room again, but the order would be lost. */
    assert_false(tt_http1_queue_push(&queue, &request));
    for (unsigned i = 1; i < TT_HTTP_PIPELINE_MAX; i++)
        expect(&queue, i);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 7);
    expect(&queue, 7);
    tt_http1_queue_free(&queue);
}

static void test_long_texts(void **state)
{
    (void)state;
    struct tt_http1_queue queue = tt_http1_queue_make();
    static char url[TT_HTTP_PIPELINE_BYTES_MAX / 2];
    memset(url, 'x', sizeof(url) - 1);
    struct tt_http1_pending request = {.url = url};
    assert_true(tt_http1_queue_push(&queue, &request));
    assert_true(tt_http1_queue_push(&queue, &request));
    assert_false(tt_http1_queue_push(&queue, &request));
    assert_true(tt_http1_queue_answer(&queue, LATER, true, &request));
    assert_true(tt_http1_queue_answer(&queue, LATER, true, &request));
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 1);
    expect(&queue, 1);
    tt_http1_queue_free(&queue);
}

static void test_loss(void **state)
{
    (void)state;
    struct tt_http1_queue queue = tt_http1_queue_make();
    struct tt_http1_pending request = {0};
    push(&queue, 1);
    push(&queue, 2);
    push(&queue, 3);
    tt_http1_queue_lost(&queue);
    expect(&queue, 3);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 4);
    expect(&queue, 4);
    /* Now it pipelines, and then something is lost. */
    push(&queue, 5);
    push(&queue, 6);
    expect(&queue, 5);
    tt_http1_queue_lost(&queue);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 7);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    tt_http1_queue_free(&queue);
}

/* No response is for a request that came after it. */
static void test_frames(void **state)
{
    (void)state;
    struct tt_http1_queue queue = tt_http1_queue_make();
    struct tt_http1_pending request = {0};
    push(&queue, 10);
    assert_false(tt_http1_queue_answer(&queue, 9, true, &request));
    assert_true(tt_http1_queue_answer(&queue, 11, true, &request));
    push(&queue, 20);
    push(&queue, 30);
    push(&queue, 40);
    tt_http1_queue_lost(&queue);
    assert_true(tt_http1_queue_answer(&queue, 35, true, &request));
    assert_string_equal(request.url, "http://a/30");
    assert_false(tt_http1_queue_answer(&queue, 36, true, &request));
    assert_true(tt_http1_queue_answer(&queue, 41, true, &request));
    assert_string_equal(request.url, "http://a/40");
    assert_false(queue.pipelined);
    tt_http1_queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order), cmocka_unit_test(test_peek),
        cmocka_unit_test(test_caps),  cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_loss),  cmocka_unit_test(test_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
