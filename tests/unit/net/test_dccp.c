#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"

/* A header whose length says `words`, with 20 bytes of header and options, and "payload". */
static void make_packet(struct maker *maker, unsigned words, bool extended)
{
    maker->len = 0;
    make_ipv4(maker, (struct ipv4){.protocol = 33, .payload = 27});
    make_ports(maker, 0);
    make_u8(maker, words);
    make_fill(maker, 0, 3);
    make_u8(maker, extended ? 5 : 4);
    make_fill(maker, 0, 11);
    make_text(maker, "payload");
}

static void test_lengths(void **state)
{
    (void)state;
    for (unsigned extended = 0; extended < 2; extended++) {
        for (unsigned words = 0; words < 256; words++) {
            struct maker maker;
            make_packet(&maker, words, extended != 0);
            struct outcome *outcome = outcome_new(101);
            outcome->flush_pages = true;
            outcome_feed(outcome, &maker);
            outcome_flush(outcome);
            bool good = words >= (extended != 0 ? 4 : 3) && words * 4 <= 27;
            assert_int_equal(outcome->bytes, good ? 27 - words * 4 : 27);
            assert_int_equal(outcome_notes(outcome, "dccp.header"), good ? 0 : 1);
            if (words == 5)
                assert_datagram(outcome, 0, TT_TRANSPORT_IP, 33, "payload");
            outcome_free(outcome);
        }
    }
}

static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker;
    make_packet(&maker, 5, true);
    for (size_t captured = 20; captured < maker.len; captured++) {
        struct outcome *outcome = outcome_new(101);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, &maker, captured);
        outcome_flush(outcome);
        assert_int_equal(outcome->flows[0].flow.lost[0], maker.len - captured);
        assert_int_equal(outcome_notes(outcome, "dccp.header"), 0);
        outcome_free(outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
