#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"

static void make_packet(struct maker *maker, unsigned from, unsigned coverage)
{
    maker->len = 0;
    make_ipv4(maker, (struct ipv4){.from = from, .protocol = 136, .payload = 8 + 7});
    make_ports(maker, from);
    make_u16(maker, coverage);
    make_u16(maker, 0);
    make_text(maker, "payload");
}

/* The payload is what IP counts, whatever the checksum covers. */
static void test_coverage(void **state)
{
    (void)state;
    for (unsigned coverage = 0; coverage < 20; coverage++) {
        struct maker maker;
        make_packet(&maker, 0, coverage);
        struct outcome *outcome = outcome_new(101);
        outcome->flush_pages = true;
        outcome_feed(outcome, &maker);
        outcome_flush(outcome);
        assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 136, "payload");
        bool good = coverage == 0 || (coverage >= 8 && coverage <= 15);
        assert_int_equal(outcome_notes(outcome, "udp.coverage"), good ? 0 : 1);
        outcome_free(outcome);
    }
}

/* One flow for both directions, another one than UDP's between the same ports. */
static void test_flow(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    struct maker maker;
    for (unsigned from = 0; from < 2; from++) {
        make_packet(&maker, from, 0);
        outcome_feed(outcome, &maker);
    }
    maker.len = 0;
    make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 8 + 3});
    make_udp(&maker, 0, 3);
    make_text(&maker, "udp");
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 2);
    assert_int_equal(outcome->datagrams[1].direction, TT_FROM_RESPONDER);
    assert_int_equal(outcome->flows[0].flow.ends[1].port, SERVER_PORT);
    assert_datagram(outcome, 2, TT_TRANSPORT_UDP, 0, "udp");
    outcome_free(outcome);
}

static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker;
    make_packet(&maker, 0, 15);
    for (size_t captured = 20; captured < maker.len; captured++) {
        struct outcome *outcome = outcome_new(101);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, &maker, captured);
        outcome_flush(outcome);
        assert_int_equal(outcome->flows[0].flow.lost[0], maker.len - captured);
        assert_int_equal(outcome_notes(outcome, "udp.coverage"), 0);
        outcome_free(outcome);
    }
}

static void test_short_header(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 136, .payload = 7});
    make_text(&maker, "1234567");
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 136, "1234567");
    assert_int_equal(outcome_notes(outcome, "udp.header"), 1);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_short_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
