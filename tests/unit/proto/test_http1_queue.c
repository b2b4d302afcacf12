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

static struct tt_proto_pool pool = {.max = 1 << 20};

static void push(struct tt_http1_queue *queue, unsigned number)
{
    char url[32];
    (void)snprintf(url, sizeof(url), "http://a/%u", number);
    struct tt_http_request request = {.frame = number, .method = "GET", .url = url};
    assert_true(tt_http1_queue_push(queue, &pool, &request));
}

static void expect(struct tt_http1_queue *queue, unsigned number)
{
    struct tt_http_request request = {0};
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
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {0};
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
    assert_in_range(pool.used, 1, 4096);
    while (answered < sent)
        expect(&queue, answered++);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

static void test_peek(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {0};
    push(&queue, 1);
    assert_true(tt_http1_queue_answer(&queue, LATER, false, &request));
    assert_string_equal(request.url, "http://a/1");
    expect(&queue, 1);
    assert_false(tt_http1_queue_answer(&queue, LATER, false, &request));
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

static void test_caps(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {.method = "GET"};
    for (unsigned i = 0; i < TT_HTTP_PIPELINE_MAX; i++)
        push(&queue, i);
    assert_false(tt_http1_queue_push(&queue, &pool, &request));
    expect(&queue, 0);
    /* There is room again, but the order would be lost. */
    assert_false(tt_http1_queue_push(&queue, &pool, &request));
    for (unsigned i = 1; i < TT_HTTP_PIPELINE_MAX; i++)
        expect(&queue, i);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 7);
    expect(&queue, 7);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

static void test_long_texts(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    static char url[TT_HTTP_PIPELINE_BYTES_MAX / 2];
    memset(url, 'x', sizeof(url) - 1);
    struct tt_http_request request = {.url = url};
    assert_true(tt_http1_queue_push(&queue, &pool, &request));
    assert_true(tt_http1_queue_push(&queue, &pool, &request));
    assert_false(tt_http1_queue_push(&queue, &pool, &request));
    assert_true(tt_http1_queue_answer(&queue, LATER, true, &request));
    assert_true(tt_http1_queue_answer(&queue, LATER, true, &request));
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 1);
    expect(&queue, 1);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

static void test_loss(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {0};
    push(&queue, 1);
    push(&queue, 2);
    push(&queue, 3);
    tt_http1_queue_lost(&queue, &pool);
    expect(&queue, 3);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 4);
    expect(&queue, 4);
    /* Now it pipelines, and then something is lost. */
    push(&queue, 5);
    push(&queue, 6);
    expect(&queue, 5);
    tt_http1_queue_lost(&queue, &pool);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    push(&queue, 7);
    assert_false(tt_http1_queue_answer(&queue, LATER, true, &request));
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

/* No response is for a request that came after it. */
static void test_frames(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {0};
    push(&queue, 10);
    assert_false(tt_http1_queue_answer(&queue, 9, true, &request));
    assert_true(tt_http1_queue_answer(&queue, 11, true, &request));
    push(&queue, 20);
    push(&queue, 30);
    push(&queue, 40);
    tt_http1_queue_lost(&queue, &pool);
    assert_true(tt_http1_queue_answer(&queue, 35, true, &request));
    assert_string_equal(request.url, "http://a/30");
    assert_false(tt_http1_queue_answer(&queue, 36, true, &request));
    assert_true(tt_http1_queue_answer(&queue, 41, true, &request));
    assert_string_equal(request.url, "http://a/40");
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

/* A queue in which nothing waits holds nothing, and one is no larger than what waits. */
static void test_memory(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    push(&queue, 1);
    assert_in_range(pool.used, 1, 96);
    tt_http1_queue_rest(&queue, &pool);
    assert_int_not_equal(pool.used, 0);
    expect(&queue, 1);
    tt_http1_queue_rest(&queue, &pool);
    assert_int_equal(pool.used, 0);
    push(&queue, 2);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

/* All queues together hold no more than the pool allows. */
static void test_pool_is_full(void **state)
{
    (void)state;
    struct tt_proto_pool small = {.max = 165};
    struct tt_http1_queue queues[3] = {{.held = NULL}};
    struct tt_http_request request = {.frame = 1, .method = "GET", .host = "a.example"};
    struct tt_http_request answered = {0};
    assert_true(tt_http1_queue_push(&queues[0], &small, &request));
    assert_true(tt_http1_queue_push(&queues[1], &small, &request));
    assert_false(tt_http1_queue_push(&queues[2], &small, &request));
    assert_false(tt_http1_queue_answer(&queues[2], LATER, true, &answered));
    assert_true(tt_http1_queue_answer(&queues[0], LATER, true, &answered));
    assert_string_equal(answered.host, "a.example");
    tt_http1_queue_rest(&queues[0], &small);
    assert_true(tt_http1_queue_push(&queues[2], &small, &request));
    for (size_t i = 0; i < 3; i++)
        tt_http1_queue_free(&queues[i], &small);
    assert_int_equal(small.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),  cmocka_unit_test(test_peek),
        cmocka_unit_test(test_caps),   cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_loss),   cmocka_unit_test(test_frames),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_pool_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
