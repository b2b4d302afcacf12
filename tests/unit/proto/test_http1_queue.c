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
    struct tt_proto_pool small = {.max = 240};
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

/* ---- what TCP proves ---- */

/* A request whose head is sent by a client that has read `read` bytes, and that ends at `end`. */
static void ask(struct tt_http1_queue *queue, unsigned number, uint64_t read, uint64_t end)
{
    push(queue, number);
    tt_http1_queue_asked(queue, read + 1);
    tt_http1_queue_sent(queue, end, read + 1);
}

/* A response at `at` from a server that has read `read` bytes: for request `number`; 0 for none. */
static void answer(struct tt_http1_queue *queue, uint64_t at, uint64_t read, unsigned number)
{
    struct tt_http_request request = {0};
    tt_http1_queue_prove(queue, at, read + 1);
    if (number > 0)
        expect(queue, number);
    else
        assert_false(tt_http1_queue_answer(queue, &pool, LATER, true, &request));
}

static void test_proven_behind_lost_responses(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    ask(&queue, 1, 0, 100);
    tt_http1_queue_responses_lost(&queue, &pool);
    ask(&queue, 2, 500, 200);
    ask(&queue, 3, 800, 300); /* held behind the hole, the responses come late */
    answer(&queue, 500, 200, 2);
    answer(&queue, 800, 300, 3);
    /* Not at the place that the client had read to: in the middle of a response, say. */
    ask(&queue, 4, 1100, 400);
    tt_http1_queue_responses_lost(&queue, &pool);
    answer(&queue, 1200, 400, 0);
    /* Sent by a server that had read more than the request that is known. */
    answer(&queue, 1100, 500, 0);
    /* Doubt stays until something is proven. */
    ask(&queue, 5, 2000, 600);
    answer(&queue, 1999, 600, 0);
    answer(&queue, 2000, 600, 5);
    ask(&queue, 6, 2500, 700);
    answer(&queue, 2500, 700, 6);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

/* Places count modulo 2^32. */
static void test_proven_far_behind(void **state)
{
    (void)state;
    uint64_t far = (UINT64_C(5) << 32) - 50;
    struct tt_http1_queue queue = {.held = NULL};
    ask(&queue, 1, far, far + 100);
    tt_http1_queue_responses_lost(&queue, &pool);
    ask(&queue, 2, far + 300, far + 200);
    answer(&queue, far + 300, far + 200, 2);
    tt_http1_queue_free(&queue, &pool);
}

static void test_proven_behind_lost_requests(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    tt_http1_queue_requests_lost(&queue, &pool);
    /* Others may have been sent together with the first one behind the hole. */
    ask(&queue, 2, 500, 200);
    answer(&queue, 500, 200, 0);
    ask(&queue, 3, 800, 300);
    answer(&queue, 800, 300, 3);
    /* The client had it when it asked: it is for a request that is missing. */
    ask(&queue, 4, 1100, 400);
    answer(&queue, 900, 400, 0);
    answer(&queue, 1100, 400, 4);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
}

/* Two requests without a byte read between them: the client does not wait, and after a loss nothing
 * is matched. */
static void test_nothing_is_proven_in_a_pipeline(void **state)
{
    (void)state;
    struct tt_http1_queue queue = {.held = NULL};
    ask(&queue, 1, 0, 100);
    ask(&queue, 2, 0, 200);
    answer(&queue, 0, 200, 1);
    ask(&queue, 3, 300, 300);
    tt_http1_queue_responses_lost(&queue, &pool);
    answer(&queue, 300, 300, 0);
    ask(&queue, 4, 600, 400);
    answer(&queue, 600, 400, 0);
    tt_http1_queue_free(&queue, &pool);
    /* Nor where responses keep beginning behind the place that the client had read to. */
    ask(&queue, 1, 0, 100);
    ask(&queue, 2, 10, 200);
    ask(&queue, 3, 20, 300);
    answer(&queue, 100, 300, 1);
    answer(&queue, 200, 300, 2);
    tt_http1_queue_responses_lost(&queue, &pool);
    answer(&queue, 20, 300, 0);
    tt_http1_queue_free(&queue, &pool);
    assert_int_equal(pool.used, 0);
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
        cmocka_unit_test(test_proven_behind_lost_responses),
        cmocka_unit_test(test_proven_far_behind),
        cmocka_unit_test(test_proven_behind_lost_requests),
        cmocka_unit_test(test_nothing_is_proven_in_a_pipeline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
