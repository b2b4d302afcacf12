/* Round-trip times of TCP handshakes: which of them say how far the other end is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/segments.h"
#include "net/tcp.h"

/* From the times of packets that an app made up nothing follows. */
static void test_made_up_packets_have_no_rtt(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    outcome->frame_flags = TT_FRAME_MADE_UP;
    feed_handshake(outcome);
    feed(outcome, 0, A, B, ACK | PSH, "request");
    outcome_flush(outcome);
    assert_stream(outcome, 1, 0, "request");
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_true(flow->made_up);
    assert_true(flow->initiator_known);
    assert_int_equal(flow->rtt_syn, 0);
    assert_int_equal(flow->rtt_ack, 0);
    outcome_free(outcome);
}

static void test_repeated_handshake_has_no_rtt(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    feed(outcome, 0, A - 1, 0, SYN, "");
    feed(outcome, 0, A - 1, 0, SYN, "");
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 0, A, B, ACK, "");
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_int_equal(outcome->flows[0].flow.rtt_syn, 0);
    assert_int_equal(outcome->flows[0].flow.rtt_ack, 1000000);
    outcome_free(outcome);
    outcome = outcome_new(1);
    feed(outcome, 0, A - 1, 0, SYN, "");
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 0, A, B, ACK, "");
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.rtt_syn, 1000000);
    assert_int_equal(outcome->flows[0].flow.rtt_ack, 0);
    assert_false(outcome->flows[0].flow.third_step);
    outcome_free(outcome);
}

/* SYN and SYN-ACK alone do not tell how far away the initiator is. */
static void test_the_third_step_is_told(void **state)
{
    (void)state;
    for (unsigned steps = 2; steps <= 4; steps++) {
        struct outcome *outcome = outcome_new(1);
        feed(outcome, 0, A - 1, 0, SYN, "");
        feed(outcome, 1, B - 1, A, SYN | ACK, "");
        if (steps == 3)
            feed(outcome, 0, A, B, ACK, "");
        if (steps == 4)
            feed(outcome, 0, A, B, ACK, "hello");
        outcome_flush(outcome);
        assert_int_equal(outcome->flows[0].flow.third_step, steps > 2);
        assert_int_equal(outcome->flows[0].flow.rtt_ack, steps > 2 ? 1000000 : 0);
        outcome_free(outcome);
    }
}

/* One with the timestamps option: its own time, and the one that it answers (RFC 7323). */
static void feed_timed(struct outcome *outcome, unsigned from, uint32_t seq, uint32_t ack,
                       unsigned flags, uint32_t time, uint32_t echo)
{
    struct maker maker = {.len = 0};
    make_ethernet(&maker, from, 0x0800);
    make_ipv4(&maker, (struct ipv4){.from = from, .protocol = 6, .payload = 32});
    make_tcp(&maker, from, seq, ack, flags);
    maker.bytes[maker.len - 8] = 0x80; /* the length of the header */
    make_u32(&maker, 0x0101080a);
    make_u32(&maker, time);
    make_u32(&maker, echo);
    outcome_feed(outcome, &maker);
}

/* An answer to a segment that was not captured says so. */
static void test_answers_to_what_was_not_seen_have_no_rtt(void **state)
{
    (void)state;
    static const struct {
        uint32_t syn;
        uint32_t syn_ack_echo;
        uint32_t ack_echo;
        uint64_t rtt_syn;
        uint64_t rtt_ack;
    } cases[] = {{2000, 2000, 77, 1000000, 1000000},
                 {2000, 1000, 77, 0, 1000000},
                 {2000, 2000, 76, 1000000, 0},
                 /* Who echoes nothing says nothing. */
                 {2000, 0, 0, 1000000, 1000000}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct outcome *outcome = outcome_new(1);
        feed_timed(outcome, 0, A - 1, 0, SYN, cases[i].syn, 0);
        feed_timed(outcome, 1, B - 1, A, SYN | ACK, 77, cases[i].syn_ack_echo);
        feed_timed(outcome, 0, A, B, ACK, 2010, cases[i].ack_echo);
        outcome_flush(outcome);
        assert_int_equal(outcome->flow_count, 1);
        assert_int_equal(outcome->flows[0].flow.rtt_syn, cases[i].rtt_syn);
        assert_int_equal(outcome->flows[0].flow.rtt_ack, cases[i].rtt_ack);
        outcome_free(outcome);
    }
}

/* Two captures have two clocks. */
static void test_handshake_in_two_captures_has_no_rtt(void **state)
{
    (void)state;
    for (unsigned second = 1; second < 3; second++) {
        struct outcome *outcome = outcome_new(1);
        feed(outcome, 0, A - 1, 0, SYN, "");
        for (unsigned i = 1; i < 3; i++) {
            outcome->number = i == second ? tt_frame_id(1, 8) : i;
            feed(outcome, i % 2, i == 1 ? B - 1 : A, i == 1 ? A : B, i == 1 ? SYN | ACK : ACK, "");
        }
        outcome->number = tt_frame_id(1, 9);
        assert_int_equal(tt_net_flush(outcome->net), TT_OK);
        assert_int_equal(outcome->flow_count, 1);
        assert_int_equal(outcome->flows[0].flow.rtt_syn, second == 1 ? 0 : 1000000);
        assert_int_equal(outcome->flows[0].flow.rtt_ack, 0);
        outcome_free(outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_up_packets_have_no_rtt),
        cmocka_unit_test(test_repeated_handshake_has_no_rtt),
        cmocka_unit_test(test_the_third_step_is_told),
        cmocka_unit_test(test_answers_to_what_was_not_seen_have_no_rtt),
        cmocka_unit_test(test_handshake_in_two_captures_has_no_rtt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
