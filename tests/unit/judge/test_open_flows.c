/* The byte counts of open flows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "judge/open_flows.h"

/* A million of them are open at the same time: what one takes is part of the design
 * (ARCHITECTURE.md, "What bounds a run"). */
static void test_size(void **state)
{
    (void)state;
    assert_true(sizeof(struct tt_open_flow) <= 64);
    assert_true(sizeof(struct tt_share) <= 40);
}

static struct tt_open_flow *get(struct tt_open_flows *flows, uint64_t id)
{
    struct tt_open_flow *flow = NULL;
    assert_int_equal(tt_open_flows_get(flows, id, &flow), TT_OK);
    assert_non_null(flow);
    assert_int_equal(flow->id, id);
    return flow;
}

static struct tt_share *add(struct tt_open_flows *flows, struct tt_open_flow *flow,
                            enum tt_direction direction, const char *host)
{
    struct tt_share *share = NULL;
    assert_int_equal(tt_open_flow_add(flows, flow, direction, host, &share), TT_OK);
    return share;
}

/* Every bucket counts for itself, in any order, however many there are. */
static void test_buckets(void **state)
{
    (void)state;
    for (size_t first = 0; first < TT_BUCKET_COUNT; first++) {
        struct tt_open_flows *flows = tt_open_flows_new();
        struct tt_share *share = add(flows, get(flows, 1), TT_FROM_INITIATOR, "a.example");
        uint64_t expected[TT_BUCKET_COUNT] = {0};
        for (size_t i = 0; i < 3 * (size_t)TT_BUCKET_COUNT; i++) {
            enum tt_bucket bucket = (enum tt_bucket)((first + i * 5) % TT_BUCKET_COUNT);
            uint64_t bytes = (UINT64_C(1) << 40) + i;
            assert_int_equal(tt_share_add(share, bucket, 0), TT_OK);
            assert_int_equal(tt_share_add(share, bucket, bytes), TT_OK);
            expected[bucket] += bytes;
            for (size_t b = 0; b < TT_BUCKET_COUNT; b++)
                assert_int_equal(tt_share_bytes(share, (enum tt_bucket)b), expected[b]);
        }
        tt_open_flows_free(flows);
    }
}

static void test_shares(void **state)
{
    (void)state;
    struct tt_open_flows *flows = tt_open_flows_new();
    struct tt_open_flow *flow = get(flows, 9);
    assert_null(tt_open_flow_shares(flow));
    static const char *const hosts[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++) {
        struct tt_share *share = add(flows, flow, (enum tt_direction)(i % 2), hosts[i]);
        for (size_t b = 0; b <= i && b < TT_BUCKET_COUNT; b++)
            assert_int_equal(tt_share_add(share, (enum tt_bucket)b, i + 1), TT_OK);
    }
    size_t i = 0;
    for (const struct tt_share *share = tt_open_flow_shares(flow); share != NULL;
         share = share->next, i++) {
        assert_string_equal(share->host, hosts[i]);
        assert_int_equal(share->direction, i % 2);
        assert_int_equal(tt_share_bytes(share, (enum tt_bucket)0), i + 1);
    }
    assert_int_equal(i, 5);
    assert_int_equal(flow->share_count, 5);
    tt_open_flows_free(flows);
}

/* Many come and go; what is left is what was not closed. */
static void test_many(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    struct tt_open_flows *flows = tt_open_flows_new();
    for (uint64_t id = 1; id <= COUNT; id++) {
        struct tt_share *share = add(flows, get(flows, id), TT_FROM_INITIATOR, NULL);
        assert_int_equal(tt_share_add(share, TT_BUCKET_DECODED, id), TT_OK);
    }
    for (uint64_t id = 1; id <= COUNT; id += 2)
        tt_open_flows_close(flows, id);
    tt_open_flows_close(flows, COUNT + 1);
    assert_int_equal(tt_open_flows_count(flows), COUNT / 2);
    for (uint64_t id = 2; id <= COUNT; id += 2) {
        const struct tt_share *share = tt_open_flow_shares(get(flows, id));
        assert_int_equal(tt_share_bytes(share, TT_BUCKET_DECODED), id);
    }
    assert_null(tt_open_flow_shares(get(flows, 1)));
    tt_open_flows_free(flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
