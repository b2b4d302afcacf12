#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"

/* A message of `type` in IPv4 or IPv6: 4 bytes of header, then `text`. */
static void make_message(struct maker *maker, bool six, unsigned type, const char *text)
{
    maker->len = 0;
    if (six)
        make_ipv6(maker, 0, 58, 4 + strlen(text));
    else
        make_ipv4(maker, (struct ipv4){.protocol = 1, .payload = 4 + strlen(text)});
    make_u8(maker, type);
    make_fill(maker, 0, 3);
    make_text(maker, text);
}

static struct outcome *feed_message(bool six, unsigned type, const char *text)
{
    struct maker maker;
    make_message(&maker, six, type, text);
    struct outcome *outcome = outcome_new(101);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    return outcome;
}

/* The known types have 8 bytes of header, the others 4. */
static void test_types(void **state)
{
    (void)state;
    static const struct {
        bool six;
        unsigned type;
        bool known;
    } cases[] = {
        {false, 0, true},    {false, 3, true},   {false, 8, true},  {false, 11, true},
        {false, 18, true},   {false, 6, false},  {false, 7, false}, {false, 42, false},
        {false, 200, false}, {true, 1, true},    {true, 4, true},   {true, 128, true},
        {true, 137, true},   {true, 143, true},  {true, 0, false},  {true, 5, false},
        {true, 138, false},  {true, 255, false},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct outcome *outcome = feed_message(cases[i].six, cases[i].type, "RESTpayload");
        unsigned kind = cases[i].six ? 58 : 1;
        assert_datagram(outcome, 0, TT_TRANSPORT_IP, kind,
                        cases[i].known ? "payload" : "RESTpayload");
        assert_int_equal(outcome->note_count, 0);
        outcome_free(outcome);
    }
}

/* Both directions are one flow, and the request opens it. */
static void test_echo(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(101);
    struct maker maker;
    make_message(&maker, false, 8, "1234ping");
    outcome_feed(outcome, &maker);
    make_message(&maker, false, 0, "1234ping");
    uint8_t from[4]; /* the reply goes the other way */
    memcpy(from, maker.bytes + 12, 4);
    memcpy(maker.bytes + 12, maker.bytes + 16, 4);
    memcpy(maker.bytes + 16, from, 4);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_datagram(outcome, 1, TT_TRANSPORT_IP, 1, "ping");
    assert_int_equal(outcome->datagrams[1].direction, TT_FROM_RESPONDER);
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.link_bytes, 2 * 28);
    outcome_free(outcome);
}

/* The packet that an error quotes opens no flow. */
static void test_quoted_packet(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 1, .payload = 8 + 20 + 8 + 4});
    make_u8(&maker, 3);
    make_fill(&maker, 0, 7);
    make_ipv4(&maker, (struct ipv4){.from = 1, .protocol = 17, .payload = 12});
    make_udp(&maker, 1, 4);
    make_text(&maker, "leak");
    struct outcome *outcome = outcome_new(101);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flow_count, 1);
    assert_int_equal(outcome->datagrams[0].bytes.len, 32);
    assert_memory_equal(outcome->datagrams[0].bytes.data + 28, "leak", 4);
    outcome_free(outcome);
}

static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker;
    make_message(&maker, false, 8, "1234payload");
    for (size_t captured = 20; captured < maker.len; captured++) {
        struct outcome *outcome = outcome_new(101);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, &maker, captured);
        outcome_flush(outcome);
        assert_int_equal(outcome->flows[0].flow.lost[0], maker.len - captured);
        assert_int_equal(outcome_notes(outcome, "net.cut"), 1);
        outcome_free(outcome);
    }
}

static void test_short_message(void **state)
{
    (void)state;
    struct outcome *outcome = feed_message(false, 8, "123");
    assert_int_equal(outcome->bytes, 7);
    assert_int_equal(outcome_notes(outcome, "icmp.header"), 1);
    outcome_free(outcome);
    outcome = feed_message(true, 99, "");
    assert_int_equal(outcome->bytes, 0);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),         cmocka_unit_test(test_echo),
        cmocka_unit_test(test_quoted_packet), cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_short_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
