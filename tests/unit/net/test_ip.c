#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"

/* One frame of link type raw IP through a fresh net. */
static struct outcome *feed_one(const struct maker *maker)
{
    struct outcome *outcome = outcome_new(101);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    return outcome;
}

static void test_addresses(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 253, .payload = 4});
    make_text(&maker, "ping");
    struct outcome *outcome = feed_one(&maker);
    char text[TT_ADDR_TEXT_MAX];
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_string_equal(tt_addr_text(flow->ends[0].addr, text), "192.0.2.1");
    assert_string_equal(tt_addr_text(flow->ends[1].addr, text), "198.51.100.2");
    assert_int_equal(flow->ends[0].port, 0);
    assert_false(flow->initiator_known);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 253, "ping");
    outcome_free(outcome);
}

static void test_options(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 47, .payload = 3, .options = 40});
    make_text(&maker, "gre");
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 47, "gre");
    outcome_free(outcome);
}

static void test_padding_is_no_payload(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 50, .payload = 3});
    make_text(&maker, "esp");
    make_fill(&maker, 'P', 20);
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 50, "esp");
    struct tt_net_totals totals;
    tt_net_totals(outcome->net, &totals);
    assert_int_equal(totals.payload_bytes, 3);
    assert_int_equal(totals.link_bytes, 40);
    outcome_free(outcome);
    maker.len = 0;
    make_ipv6(&maker, 0, 132, 4);
    make_text(&maker, "sctp");
    make_fill(&maker, 'P', 6);
    outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 132, "sctp");
    outcome_free(outcome);
}

/* The padding may lie in the part that the snaplen cut off: then nothing is missing. */
static void test_cut_padding(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 50, .payload = 3});
    make_text(&maker, "esp");
    make_fill(&maker, 'P', 20);
    struct outcome *outcome = outcome_new(101);
    outcome_feed_cut(outcome, &maker, 25);
    outcome_feed_cut(outcome, &maker, 22);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 50, "esp");
    assert_int_equal(outcome->datagrams[1].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
    assert_datagram(outcome, 1, TT_TRANSPORT_IP, 50, "es");
    assert_int_equal(outcome->flows[0].flow.lost[0], 1);
    assert_int_equal(outcome_notes(outcome, "net.cut"), 1);
    outcome_free(outcome);
}

static void test_total_length_zero(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 253, .no_total = true});
    make_text(&maker, "offload");
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 253, "offload");
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
    maker.len = 0;
    make_ipv6(&maker, 0, 253, 0);
    make_text(&maker, "jumbo");
    outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 253, "jumbo");
    outcome_free(outcome);
}

static void test_length_lies(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 50, .payload = 100});
    make_text(&maker, "less");
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 50, "less");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM);
    assert_int_equal(outcome_notes(outcome, "ip.length"), 1);
    outcome_free(outcome);
    maker.len = 0;
    make_ipv6(&maker, 0, 50, 100);
    make_text(&maker, "less");
    outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 50, "less");
    assert_int_equal(outcome_notes(outcome, "ip.length"), 1);
    outcome_free(outcome);
}

/* From the bad header on all bytes go out. */
static void assert_bad_header(const struct maker *maker, const char *code)
{
    struct outcome *outcome = feed_one(maker);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->datagrams[0].bytes.len, maker->len);
    assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_LINK);
    assert_int_equal(outcome_notes(outcome, code), 1);
    outcome_free(outcome);
}

static void test_bad_ipv4_headers(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 4});
    make_text(&maker, "text");
    for (size_t len = 1; len < 20; len++) {
        struct maker shorter = {.len = 0};
        make_bytes(&shorter, maker.bytes, len);
        assert_bad_header(&shorter, "ip.header");
    }
    maker.bytes[0] = 0x44; /* header length 16 */
    assert_bad_header(&maker, "ip.header");
    maker.bytes[0] = 0x4f; /* 60, beyond the packet */
    assert_bad_header(&maker, "ip.header");
    maker.bytes[0] = 0x45;
    maker.bytes[3] = 19; /* total length within the header */
    assert_bad_header(&maker, "ip.header");
}

static void test_bad_version_behind_ethertype(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x0800);
    make_text(&maker, "Xthis is no IPv4 packet at all, is it?");
    struct outcome *outcome = outcome_new(1);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0x0800,
                    "Xthis is no IPv4 packet at all, is it?");
    assert_int_equal(outcome_notes(outcome, "ip.header"), 1);
    outcome_free(outcome);
}

/* Hop-by-hop, destination, routing, authentication, then the payload. */
static void make_extensions(struct maker *maker)
{
    make_ipv6(maker, 0, 0, 8 + 16 + 8 + 12 + 5);
    make_u8(maker, 60);
    make_u8(maker, 0);
    make_fill(maker, 0, 6);
    make_u8(maker, 43);
    make_u8(maker, 1);
    make_fill(maker, 0, 14);
    make_u8(maker, 51);
    make_u8(maker, 0);
    make_fill(maker, 0, 6);
    make_u8(maker, 253);
    make_u8(maker, 1);
    make_fill(maker, 0, 10);
    make_text(maker, "inner");
}

static void test_extension_headers(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_extensions(&maker);
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 253, "inner");
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
    /* Cut anywhere: a note, and every captured byte behind the header that is cut. */
    for (size_t cut = 40; cut < maker.len; cut++) {
        outcome = outcome_new(101);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, &maker, cut);
        outcome_flush(outcome);
        assert_int_equal(outcome_notes(outcome, "net.cut"), 1);
        assert_true(outcome->bytes <= cut - 40);
        outcome_free(outcome);
    }
}

static void test_extension_beyond_the_packet(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv6(&maker, 0, 60, 12);
    make_u8(&maker, 17);
    make_u8(&maker, 200);
    make_text(&maker, "0123456789");
    struct outcome *outcome = feed_one(&maker);
    assert_int_equal(outcome_notes(outcome, "ip.extension"), 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 60,
                    "\x11\xc8"
                    "0123456789");
    outcome_free(outcome);
}

static void test_too_many_extensions(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv6(&maker, 0, 60, 8 * 50);
    for (size_t i = 0; i < 50; i++) {
        make_u8(&maker, 60);
        make_fill(&maker, 0, 7);
    }
    struct outcome *outcome = feed_one(&maker);
    assert_int_equal(outcome_notes(outcome, "net.depth"), 1);
    assert_int_equal(outcome->flows[0].flow.kind, 60);
    outcome_free(outcome);
}

/* What is an extension header in IPv6 is a payload in IPv4. */
static void test_no_extensions_in_ipv4(void **state)
{
    (void)state;
    static const unsigned protocols[] = {0, 43, 44, 60};
    for (size_t i = 0; i < TT_ARRAY_LEN(protocols); i++) {
        struct maker maker = {.len = 0};
        make_ipv4(&maker, (struct ipv4){.protocol = protocols[i], .payload = 14});
        make_text(&maker, "\x11plain payload");
        struct outcome *outcome = feed_one(&maker);
        assert_datagram(outcome, 0, TT_TRANSPORT_IP, protocols[i], "\x11plain payload");
        assert_int_equal(outcome->note_count, 0);
        outcome_free(outcome);
    }
}

static void test_no_next_header(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ipv6(&maker, 0, 59, 6);
    make_text(&maker, "hidden");
    struct outcome *outcome = feed_one(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, 59, "hidden");
    outcome_free(outcome);
}

/* Short padding, zeros and small checksums are the link's; what is longer is read on its own. */
static void test_bytes_behind(void **state)
{
    (void)state;
    static const struct {
        size_t payload;
        size_t behind;
        unsigned fill;
        bool handed_on;
    } cases[] = {
        {4, 14, 'x', false},  /* a frame padded to 60 bytes */
        {100, 8, 'x', false}, /* a checksum, a time */
        {100, 200, 0, false}, /* nothing but zeros */
        {100, 9, 'x', true},  {4, 200, 'x', true},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct outcome *outcome = outcome_new(1);
        outcome->flush_pages = true;
        struct maker maker = {.len = 0};
        make_ethernet(&maker, 0, 0x0800);
        make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 8 + cases[i].payload});
        make_udp(&maker, 0, cases[i].payload);
        make_fill(&maker, 'p', cases[i].payload);
        make_fill(&maker, cases[i].fill, cases[i].behind);
        outcome_feed(outcome, &maker);
        outcome_flush(outcome);
        assert_int_equal(outcome->datagram_count, cases[i].handed_on ? 2 : 1);
        assert_int_equal(outcome_notes(outcome, "ip.trailer"), cases[i].handed_on ? 1 : 0);
        assert_int_equal(outcome->bytes,
                         cases[i].payload + (cases[i].handed_on ? cases[i].behind : 0));
        outcome_free(outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_behind),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_padding_is_no_payload),
        cmocka_unit_test(test_cut_padding),
        cmocka_unit_test(test_total_length_zero),
        cmocka_unit_test(test_length_lies),
        cmocka_unit_test(test_bad_ipv4_headers),
        cmocka_unit_test(test_bad_version_behind_ethertype),
        cmocka_unit_test(test_extension_headers),
        cmocka_unit_test(test_extension_beyond_the_packet),
        cmocka_unit_test(test_too_many_extensions),
        cmocka_unit_test(test_no_extensions_in_ipv4),
        cmocka_unit_test(test_no_next_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
