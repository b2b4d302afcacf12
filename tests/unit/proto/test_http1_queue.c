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
    assert_true(tt_http1_queue_answer(queue, &pool, LATER, true, &request));
    assert_string_equal(request.method, "GET");
    assert_null(request.host);
    assert_string_equal(request.url, url);
}

static void test_order(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {0};
    assert_false(tt_http1_queue_answer(&queue, &pool, 0, true, &request));
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
    assert_false(tt_http1_queue_answer(&queue, &pool, LATER, true, &request));
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

static void test_peek(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {0};
    push(&queue, 1);
    assert_true(tt_http1_queue_answer(&queue, &pool, LATER, false, &request));
    assert_string_equal(request.url, "http://a/1");
    expect(&queue, 1);
    assert_false(tt_http1_queue_answer(&queue, &pool, LATER, false, &request));
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
    assert_false(tt_http1_queue_answer(&queue, &pool, LATER, true, &request));
    assert_false(tt_http1_queue_answer(&queue, &pool, LATER, true, &request));
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
    assert_true(tt_http1_queue_answer(&queue, &pool, LATER, true, &request));
    assert_true(tt_http1_queue_answer(&queue, &pool, LATER, true, &request));
    assert_false(tt_http1_queue_answer(&queue, &pool, LATER, true, &request));
    push(&queue, 1);
    expect(&queue, 1);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

static void expect_at(struct tt_http1_queue *queue, uint64_t frame, unsigned number)
{
    struct tt_http_request request = {0};
    char url[32];
    (void)snprintf(url, sizeof(url), "http://a/%u", number);
    assert_true(tt_http1_queue_answer(queue, &pool, frame, true, &request));
    assert_string_equal(request.url, url);
}

static void expect_none(struct tt_http1_queue *queue, uint64_t frame)
{
    struct tt_http_request request = {0};
    assert_false(tt_http1_queue_answer(queue, &pool, frame, true, &request));
}

/* The first response behind missing ones is matched with nothing: were the request before it
 * missing, too, it would be given that of another. */
static void test_lost_responses(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    struct tt_http_request request = {0};
    push(&queue, 10);
    tt_http1_queue_responses_lost(&queue, &pool);
    assert_false(tt_http1_queue_answer(&queue, &pool, 38, false, &request));
    expect_none(&queue, 39);
    /* It answers whatever was asked before. */
    push(&queue, 40);
    expect_at(&queue, 41, 40);
    /* Two that wait are no pipeline where a response was missed. */
    push(&queue, 50);
    push(&queue, 60);
    push(&queue, 70);
    tt_http1_queue_responses_lost(&queue, &pool);
    expect_none(&queue, 65);
    expect_at(&queue, 71, 70);
    tt_http1_queue_rest(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

/* Behind missing requests the response is for the only one since the response before. */
static void test_lost_requests(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    push(&queue, 10);
    expect_at(&queue, 11, 10);
    expect_none(&queue, 21);
    tt_http1_queue_requests_lost(&queue, &pool);
    push(&queue, 30);
    expect_at(&queue, 31, 30);
    /* What lies behind a hole comes late: behind the responses. */
    expect_none(&queue, 41);
    expect_none(&queue, 51);
    push(&queue, 40);
    push(&queue, 50);
    push(&queue, 60);
    expect_at(&queue, 61, 60);
    /* Two at once, and there may be a third one that is missing. */
    push(&queue, 70);
    tt_http1_queue_requests_lost(&queue, &pool);
    push(&queue, 72);
    expect_none(&queue, 73);
    push(&queue, 80);
    expect_none(&queue, 81);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

/* Whatever is lost of a pipeline, nothing of it is matched any more. */
static void test_lost_in_a_pipeline(void **state)
{
    (void)state;
    for (unsigned requests = 0; requests < 2; requests++) {
        struct tt_http1_queue queue = {.held = NULL};
        push(&queue, 5);
        push(&queue, 6);
        push(&queue, 7);
        expect_at(&queue, 8, 5);
        if (requests == 1)
            tt_http1_queue_requests_lost(&queue, &pool);
        else
            tt_http1_queue_responses_lost(&queue, &pool);
        expect_none(&queue, 9);
        push(&queue, 10);
        expect_none(&queue, 11);
        tt_http1_queue_free(&queue, &pool);
        assert_int_equal(pool.used, 0);
    }
}

/* Requests that there was no room for are forgotten with the others. */
static void test_lost_behind_the_cap(void **state)
{
    (void)state;
    for (unsigned requests = 0; requests < 2; requests++) {
        struct tt_http1_queue queue = {.held = NULL};
        struct tt_http_request request = {.method = "GET"};
        for (unsigned i = 1; i <= TT_HTTP_PIPELINE_MAX; i++)
            push(&queue, i);
        assert_false(tt_http1_queue_push(&queue, &pool, &request));
        if (requests == 1)
            tt_http1_queue_requests_lost(&queue, &pool);
        else
            tt_http1_queue_responses_lost(&queue, &pool);
        expect_none(&queue, LATER);
        tt_http1_queue_free(&queue, &pool);
        assert_int_equal(pool.used, 0);
    }
}

/* No response is for a request that came after it. */
static void test_frames(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    push(&queue, 10);
    expect_none(&queue, 9);
    expect_at(&queue, 11, 10);
    push(&queue, 20);
    push(&queue, 30);
    expect_at(&queue, 21, 20);
    expect_none(&queue, 29);
    expect_at(&queue, 31, 30);
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
    struct tt_proto_pool small = {.max = 200};
    struct tt_http1_queue queues[3] = {{.held = NULL}};
    struct tt_http_request request = {.frame = 1, .method = "GET", .host = "a.example"};
    struct tt_http_request answered = {0};
    assert_true(tt_http1_queue_push(&queues[0], &small, &request));
    assert_true(tt_http1_queue_push(&queues[1], &small, &request));
    assert_false(tt_http1_queue_push(&queues[2], &small, &request));
    assert_false(tt_http1_queue_answer(&queues[2], &small, LATER, true, &answered));
    assert_true(tt_http1_queue_answer(&queues[0], &small, LATER, true, &answered));
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
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_peek),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_lost_responses),
        cmocka_unit_test(test_lost_requests),
        cmocka_unit_test(test_lost_in_a_pipeline),
        cmocka_unit_test(test_lost_behind_the_cap),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_pool_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
