#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "net/outcome.h"

/* A datagram between the two hosts from port number `port`. */
static void feed_port(struct outcome *outcome, unsigned port, const char *text)
{
    struct maker maker;
    make_datagram(&maker, 0, tt_span_str(text));
    maker.bytes[14 + 20] = (uint8_t)(0x90 | port >> 8);
    maker.bytes[14 + 20 + 1] = (uint8_t)port;
    outcome_feed(outcome, &maker);
}

/* A flow belongs to the capture of its first frame, and goes on in another one. */
static void test_flows_span_captures(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    outcome->number = tt_frame_id(3, 7);
    feed_port(outcome, 1, "one");
    outcome->number = tt_frame_id(4, 0);
    feed_port(outcome, 1, "two");
    assert_int_equal(tt_net_flush(outcome->net), TT_OK);
    assert_int_equal(outcome->flow_count, 1);
    assert_int_equal(outcome->flows[0].flow.capture, 3);
    assert_int_equal(outcome->flows[0].flow.first_frame, tt_frame_id(3, 8));
    assert_int_equal(outcome->datagrams[1].last_frame, tt_frame_id(4, 1));
    tt_net_free(outcome->net);
    outcome->net = NULL;
    outcome_free(outcome);
}

/* Flows are closed in the order of their ids, whatever the order of their last packets. */
static void test_flush_order(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    for (unsigned i = 0; i < 30; i++)
        feed_port(outcome, i, "x");
    for (unsigned i = 30; i > 0; i--) {
        outcome_wait(outcome, 2);
        feed_port(outcome, (i * 7) % 30, "y");
    }
    size_t before = outcome->log.len;
    outcome_flush(outcome);
    char line[32];
    const char *at = (const char *)outcome->log.data + before;
    for (unsigned i = 1; i <= 30; i++) {
        int len = snprintf(line, sizeof(line), "close %u\n", i);
        assert_memory_equal(at, line, (size_t)len);
        at += len;
    }
    /* Nothing is left; a second time does nothing. */
    assert_int_equal(tt_net_flush(outcome->net), TT_OK);
    outcome_free(outcome);
}

static void test_idle(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_port(outcome, 1, "one");
    outcome_wait(outcome, TT_FLOW_IDLE_SECONDS - 1);
    feed_port(outcome, 2, "two");
    assert_false(outcome->flows[0].closed);
    outcome_wait(outcome, 3);
    feed_port(outcome, 3, "three");
    assert_true(outcome->flows[0].closed);
    assert_false(outcome->flows[1].closed);
    feed_port(outcome, 1, "again");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 4);
    outcome_free(outcome);
}

/* Other flows idle out as UDP does. */
static void test_idle_link_and_ip(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x888e);
    make_text(&maker, "eapol");
    outcome_feed(outcome, &maker);
    maker.len = 0;
    make_ethernet(&maker, 0, 0x0800);
    make_ipv4(&maker, (struct ipv4){.protocol = 1, .payload = 4});
    make_text(&maker, "ping");
    outcome_feed(outcome, &maker);
    outcome_wait(outcome, TT_FLOW_IDLE_SECONDS + 2);
    feed_port(outcome, 1, "x");
    feed_port(outcome, 1, "x");
    assert_true(outcome->flows[0].closed);
    assert_true(outcome->flows[1].closed);
    outcome_flush(outcome);
    outcome_free(outcome);
}

/* One wrong time stamp, far ahead, does not end flows. */
static void test_wrong_time(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_port(outcome, 1, "one");
    uint64_t time = outcome->time;
    outcome_wait(outcome, 100000);
    feed_port(outcome, 2, "wrong");
    outcome->time = time;
    outcome_wait(outcome, 1);
    feed_port(outcome, 1, "two");
    outcome_wait(outcome, 1);
    feed_port(outcome, 1, "three");
    assert_int_equal(outcome->flow_count, 2);
    assert_false(outcome->flows[0].closed);
    /* And the flow with the wrong time idles out like any other. */
    for (unsigned i = 0; i < 4; i++) {
        outcome_wait(outcome, TT_FLOW_IDLE_SECONDS - 1);
        feed_port(outcome, 1, "later");
    }
    assert_true(outcome->flows[1].closed);
    assert_false(outcome->flows[0].closed);
    outcome_flush(outcome);
    outcome_free(outcome);
}

static void test_frames_without_time(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    for (unsigned i = 0; i < 10; i++) {
        outcome->time = UINT64_MAX - 999999; /* 0 when the millisecond has passed */
        feed_port(outcome, 1, "x");
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_int_equal(outcome->flows[0].flow.first_time, 0);
    outcome_free(outcome);
}

/* Over the cap, those that were silent for the longest time are closed. */
static void test_too_many_flows(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    outcome->net->flows_max = 4;
    for (unsigned i = 0; i < 20; i++) {
        outcome_wait(outcome, 1);
        feed_port(outcome, 1, "busy");
        outcome_wait(outcome, 1);
        feed_port(outcome, 100 + i, "x");
        assert_true(tt_flow_table_count(&outcome->net->flows) <= 4);
    }
    assert_false(outcome->flows[0].closed);
    assert_int_equal(outcome->flow_count, 21);
    assert_int_equal(outcome_notes(outcome, "net.flows_limit"), 21 - 4);
    outcome_flush(outcome);
    outcome_free(outcome);
}

/* The flow in hand is not the one that goes, though its stray opens another one. */
static void test_stray_in_a_full_table(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    outcome->net->flows_max = 1;
    struct maker maker;
    make_segment(&maker, 0, 99, 0, SYN, tt_span_str(""));
    outcome_feed(outcome, &maker);
    for (unsigned i = 0; i < 20; i++) {
        make_segment(&maker, 0, 100 + i * 500000000U, 0, ACK, tt_span_str("stray or not"));
        outcome_feed(outcome, &maker);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, 20 * 12);
    outcome_free(outcome);
}

/* Every frame is payload, or repeated, or header. */
static void test_totals(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    struct maker maker;
    make_segment(&maker, 0, 99, 0, SYN, tt_span_str(""));
    outcome_feed(outcome, &maker);
    make_segment(&maker, 0, 100, 0, ACK, tt_span_str("0123456789"));
    outcome_feed(outcome, &maker);
    outcome_feed(outcome, &maker);
    feed_port(outcome, 1, "datagram");
    outcome_flush(outcome);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.frames, 4);
    assert_int_equal(totals.frame_bytes, 54 + 64 + 64 + 50);
    assert_int_equal(totals.payload_bytes, 10 + 8);
    assert_int_equal(totals.repeated_bytes, 10);
    assert_int_equal(totals.link_bytes, 3 * 54 + 42);
    assert_int_equal(totals.flows, 2);
    assert_int_equal(outcome_flow(outcome, 1)->flow.overhead[0], 3 * 54);
    assert_int_equal(outcome_flow(outcome, 1)->flow.repeated[0], 10);
    assert_int_equal(outcome_flow(outcome, 2)->flow.overhead[0], 42);
    outcome_free(outcome);
}

/* The headers of a frame are those of its flow, whatever else is handed on meanwhile: padding in
 * front of a flow is nobody's, and a fragment that is given up brings its bytes alone. */
static void test_overhead_of_flows(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x0800);
    make_ipv4(&maker, (struct ipv4){.protocol = 17, .id = 1, .more = true, .payload = 8});
    make_text(&maker, "fragment");
    outcome_feed(outcome, &maker);
    outcome_wait(outcome, TT_FRAGMENT_SECONDS + 1);
    make_segment(&maker, 1, 99, 0, ACK, tt_span_str("abc"));
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 2);
    assert_int_equal(outcome_flow(outcome, 1)->flow.transport, TT_TRANSPORT_IP);
    assert_int_equal(outcome_flow(outcome, 1)->flow.overhead[0], 0);
    const struct tt_flow *tcp = &outcome_flow(outcome, 2)->flow;
    assert_int_equal(tcp->overhead[0] + tcp->overhead[1], 54);
    outcome_free(outcome);
}

/* A counter that is full leaves the rest to nobody. */
static void test_overhead_limit(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed_port(outcome, 1, "one");
    outcome->net->flows.active.oldest->flow.overhead[0] = UINT32_MAX - 41;
    feed_port(outcome, 1, "two");
    outcome->net->flows.active.oldest->flow.overhead[0]--;
    feed_port(outcome, 1, "six");
    assert_int_equal(outcome->net->flows.active.oldest->flow.overhead[0], UINT32_MAX);
    assert_int_equal(tt_net_flush(outcome->net), TT_OK);
    outcome_free(outcome);
}

static void test_free_without_flush(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    struct maker maker;
    make_segment(&maker, 0, 99, 0, SYN, tt_span_str(""));
    outcome_feed(outcome, &maker);
    make_segment(&maker, 0, 200, 0, ACK, tt_span_str("held"));
    outcome_feed(outcome, &maker);
    maker.len = 0;
    make_ethernet(&maker, 0, 0x0800);
    make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 16, .more = true});
    make_fill(&maker, 'x', 16);
    outcome_feed(outcome, &maker);
    outcome_free(outcome);
    tt_net_free(NULL);
}

/* Random frames of all sorts: nothing breaks, and what comes out was in them. */
static void test_random_frames(void **state)
{
    (void)state;
    static const uint32_t links[] = {0, 1, 12, 101, 108, 113, 147, 228, 229, 276};
    uint32_t random = 9;
    for (unsigned round = 0; round < 100; round++) {
        struct outcome *outcome = outcome_new(links[round % TT_ARRAY_LEN(links)]);
        outcome->flush_pages = true;
        for (unsigned i = 0; i < 60; i++) {
            struct maker maker;
            make_segment(&maker, i % 2, 100 + i, 200, ACK, tt_span_str("some payload"));
            for (unsigned flips = 0; flips < round % 7; flips++) {
                random = random * 1664525 + 1013904223;
                maker.bytes[(random >> 8) % maker.len] ^= (uint8_t)(random >> 24);
            }
            size_t skip = outcome->link == 1 ? 0 : 14;
            memmove(maker.bytes, maker.bytes + skip, maker.len - skip);
            maker.len -= skip;
            outcome_feed_cut(outcome, &maker, maker.len - (random >> 12) % 8);
        }
        outcome_flush(outcome);
        outcome_free(outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flows_span_captures),
        cmocka_unit_test(test_flush_order),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_idle_link_and_ip),
        cmocka_unit_test(test_wrong_time),
        cmocka_unit_test(test_frames_without_time),
        cmocka_unit_test(test_too_many_flows),
        cmocka_unit_test(test_stray_in_a_full_table),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_overhead_of_flows),
        cmocka_unit_test(test_overhead_limit),
        cmocka_unit_test(test_free_without_flush),
        cmocka_unit_test(test_random_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
