#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"

static struct outcome *feed_one(const struct maker *maker)
{
    struct outcome *outcome = outcome_new(101);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    return outcome;
}

/* UDP with a length field of its own, in an IP packet that holds all of `text`. */
static void make_lie(struct maker *maker, unsigned udp_len, const char *text)
{
    make_ipv4(maker, (struct ipv4){.protocol = 17, .payload = 8 + strlen(text)});
    make_ports(maker, 0);
    make_u16(maker, udp_len);
    make_u16(maker, 0);
    make_text(maker, text);
}

static void test_two_directions(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    struct maker maker = {.len = 0};
    make_datagram(&maker, 0, tt_span_str("question"));
    outcome_feed(outcome, &maker);
    make_datagram(&maker, 1, tt_span_str("answer"));
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "question");
    assert_datagram(outcome, 1, TT_TRANSPORT_UDP, 0, "answer");
    assert_int_equal(outcome->datagrams[1].direction, TT_FROM_RESPONDER);
    assert_int_equal(outcome->datagrams[1].first_frame, 2);
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_int_equal(flow->ends[0].port, CLIENT_PORT);
    assert_int_equal(flow->ends[1].port, SERVER_PORT);
    assert_int_equal(flow->bytes[0], 8);
    assert_int_equal(flow->bytes[1], 6);
    assert_int_equal(flow->first_frame, 1);
    assert_int_equal(flow->last_time - flow->first_time, 1000000);
    outcome_free(outcome);
}

/* An answer seen first: the well-known port is the responder's. */
static void test_answer_first(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(1);
    struct maker maker = {.len = 0};
    make_datagram(&maker, 1, tt_span_str("answer"));
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.ends[1].port, SERVER_PORT);
    assert_int_equal(outcome->flows[0].flow.ends[1].mac.bytes[5], 2);
    assert_int_equal(outcome->datagrams[0].direction, TT_FROM_RESPONDER);
    assert_false(outcome->flows[0].flow.initiator_known);
    outcome_free(outcome);
}

static void test_length_zero(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_lie(&maker, 0, "everything");
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "everything");
    outcome_free(outcome);
}

static void test_length_too_large(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_lie(&maker, 5000, "everything");
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "everything");
    assert_int_equal(outcome_notes(outcome, "udp.length"), 1);
    outcome_free(outcome);
}

static void test_bytes_behind_the_length(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_lie(&maker, 8 + 4, "openhidden");
    struct outcome *outcome = feed_one(&maker);
    assert_int_equal(outcome->datagram_count, 2);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 17, "hidden");
    assert_datagram(outcome, 1, TT_TRANSPORT_UDP, 0, "open");
    assert_int_equal(outcome_notes(outcome, "udp.length"), 1);
    outcome_free(outcome);
}

static void test_length_smaller_than_the_header(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_lie(&maker, 7, "everything");
    struct outcome *outcome = feed_one(&maker);
    assert_int_equal(outcome->flows[0].flow.kind, 17);
    assert_int_equal(outcome->datagrams[0].bytes.len, 18);
    assert_int_equal(outcome_notes(outcome, "udp.header"), 1);
    outcome_free(outcome);
}

static void test_short_header(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 7});
    make_text(&maker, "1234567");
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 17, "1234567");
    assert_int_equal(outcome_notes(outcome, "udp.header"), 1);
    outcome_free(outcome);
}

static void test_empty(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_lie(&maker, 8, "");
    struct outcome *outcome = feed_one(&maker);
    assert_int_equal(outcome->datagram_count, 0);
    assert_int_equal(outcome->flows[0].flow.packets[0], 1);
    outcome_free(outcome);
}

static void test_cut(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_lie(&maker, 8 + 10, "0123456789");
    struct outcome *outcome = outcome_new(101);
    outcome_feed_cut(outcome, &maker, 20 + 8 + 3);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "012");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
    assert_int_equal(outcome->flows[0].flow.lost[0], 7);
    assert_int_equal(outcome_notes(outcome, "udp.length"), 0);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_directions),
        cmocka_unit_test(test_answer_first),
        cmocka_unit_test(test_length_zero),
        cmocka_unit_test(test_length_too_large),
        cmocka_unit_test(test_bytes_behind_the_length),
        cmocka_unit_test(test_length_smaller_than_the_header),
        cmocka_unit_test(test_short_header),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
