#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

#define MACS "\2\0\0\0\0\2\2\0\0\0\0\1"

/* ---- ERF ---- */

static void make_erf(struct maker *maker, unsigned type, unsigned extensions, unsigned wire)
{
    make_fill(maker, 1, 8);
    make_u8(maker, type | (extensions > 0 ? 0x80U : 0));
    make_u8(maker, 4);
    make_u16(maker, 0);
    make_u16(maker, 0);
    make_u16(maker, wire);
    for (unsigned i = 1; i <= extensions; i++) {
        make_u8(maker, 3 | (i < extensions ? 0x80U : 0));
        make_fill(maker, 0, 7);
    }
}

static void test_erf(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        const char *header;
        size_t len;
        size_t prefix; /* of these: not counted by the wire length */
        unsigned mac;
        size_t fcs;
    } cases[] = {
        {2, "\0\0" MACS "\x08\0", 16, 2, 2, 4},
        {11, "\0\0" MACS "\x08\0", 16, 2, 2, 4},
        {16, "\0\0" MACS "\x08\0", 16, 2, 2, 4},
        {20, "\0\0" MACS "\x08\0", 16, 2, 2, 4},
        {1, "\xff\3\0\x21", 4, 0, 0, 0},
        {10, "\x0f\0\x08\0", 4, 0, 0, 0},
        {15, "\x18\x41\3\xcc", 4, 0, 0, 0},
        {19, "\xff\3\0\x21", 4, 0, 0, 0},
        {5, "\0\0\0\1\xff\3\0\x21", 8, 4, 0, 0},
        {17, "\0\0\0\1\x8f\0\x08\0", 8, 4, 0, 0},
        {4, "\0\0\0\1\xaa\xaa\3\0\0\0\x08\0", 12, 4, 0, 0},
        {9, "\0\0\0\1\0\0\0\1\xaa\xaa\3\0\0\0\x08\0", 16, 8, 0, 0},
        {22, "", 0, 0, 0, 0},
    };
    struct maker inner = {.len = 0};
    make_hello(&inner);
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++)
        for (unsigned extensions = 0; extensions < 4; extensions++) {
            struct maker maker = {.len = 0};
            size_t wire = cases[i].len - cases[i].prefix + inner.len + cases[i].fcs;
            make_erf(&maker, cases[i].type, extensions, (unsigned)wire);
            make_bytes(&maker, cases[i].header, cases[i].len);
            make_bytes(&maker, inner.bytes, inner.len);
            make_fill(&maker, 0xee, cases[i].fcs + 3);
            check_link(
                197, &maker,
                (struct expected){TT_TRANSPORT_UDP, 0, TEXT, cases[i].mac, cases[i].fcs + 3});
        }
}

static void test_erf_others(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_erf(&maker, 3, 0, 0);
    make_text(&maker, "a cell");
    check_link(197, &maker, (struct expected){TT_TRANSPORT_LINK, 0, "a cell", 0, 0});
    /* The card cut the frame, and only its own header says so. */
    maker.len = 0;
    make_erf(&maker, 2, 0, 1000);
    make_bytes(&maker, "\0\0" MACS "\x08\0", 16);
    make_ipv4(&maker, (struct ipv4){.protocol = 17, .payload = 900});
    make_udp(&maker, 0, 892);
    make_text(&maker, TEXT);
    struct outcome *outcome = outcome_new(197);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "net.cut"), 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    assert_int_equal(outcome->flows[0].flow.lost[0], 892 - strlen(TEXT));
    outcome_free(outcome);
    CHECK_BAD(197, "too short", "erf.header");
    CHECK_BAD(197, "12345678\x82\4\0\0\0\0\0\x40\x83only", "erf.header");
    CHECK_BAD(197, "12345678\2\4\0\0\0\0\0\x40\0", "erf.header");
}

/* ---- other headers ---- */

static void test_ppi(void **state)
{
    (void)state;
    CHECK_BOTH(192, "\0\0\x08\0\x65\0\0\0", "\0\0\x08\0\x0c\0\0\0", 0);
    CHECK_FOUR(192, "\0\0\x10\0\1\0\0\0\4\0\4\0abcd" MACS "\x08\0", 2);
    CHECK_BAD(192, "\0\0\x08\0\x65\0\0", "ppi.header");
    CHECK_BAD(192, "\0\0\x07\0\x65\0\0\0hello", "ppi.header");
    CHECK_BAD(192, "\0\0\xff\0\x65\0\0\0hello", "ppi.header");
    /* A frame with its checksum; fields that lie do not matter. */
    struct maker maker = {.len = 0};
    make_bytes(&maker,
               "\0\0\x20\0\x65\0\0\0\2\0\x14\0"
               "12345678\1\0"
               "1234567890",
               32);
    make_hello(&maker);
    make_fill(&maker, 0xee, 4);
    check_link(192, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 4});
    CHECK_FOUR(192,
               "\0\0\x10\0\x65\0\0\0\2\0\xff\xff"
               "1234",
               0);
}

static void test_sita(void **state)
{
    (void)state;
    CHECK_FOUR(196, "\0\0\0\0\2" MACS "\x08\0", 2);
    CHECK_BOTH(196, "\0\0\0\0\7\xff\3\0\x21", "\0\0\0\0\7\xff\3\0\x57", 0);
    CHECK_BOTH(196, "\0\0\0\0\x0c\x18\x41\3\xcc", "\0\0\0\0\x0c\x18\x41\3\x8e", 0);
    CHECK_FOUR(196, "\0\0\0\0\x09\x10\x40" MACS "\xaa\xaa\3\0\0\0\x08\0", 2);
    CHECK_RAW(196, "\0\0\0\0\1", 0, 0, "lapb");
    CHECK_BAD(196, "\0\0\0\0", "sita.short");
}

static void check_with_fcs(uint32_t link, const char *header, size_t len)
{
    struct maker maker = {.len = 0};
    make_bytes(&maker, header, len);
    make_ethernet(&maker, 0, 0x0800);
    make_hello(&maker);
    make_fill(&maker, 0xee, 4);
    check_link(link, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 4});
}

#define CHECK_WITH_FCS(link, header) check_with_fcs(link, header, sizeof(header) - 1)
#define PREAMBLE "\x55\x55\x55\x55\x55\x55\x55"

static void test_preambles(void **state)
{
    (void)state;
    CHECK_WITH_FCS(274, PREAMBLE "\xd5");
    CHECK_WITH_FCS(274, PREAMBLE "\xe6");
    CHECK_WITH_FCS(274, "\x55\x55\xd5");
    CHECK_WITH_FCS(274, "\xd5");
    CHECK_RAW(274, "", 0, 0, PREAMBLE "\x61\xe6part");
    CHECK_RAW(274, "", 0, 0, PREAMBLE);
    CHECK_WITH_FCS(240, "\0\0\0\0");
    CHECK_WITH_FCS(241, "\0\0\0\0" PREAMBLE "\xd5");
    CHECK_RAW(241, "\0\0\0\0", 0, 0, "not Ethernet");
    CHECK_RAW(241, "\0\0\0\0", 0, 0, PREAMBLE "\xe6part");
    CHECK_BAD(240, "\0\0\0", "netanalyzer.short");
    CHECK_FOUR(259, "\x55\x55\xd5\x55\x55\0\1\2" MACS "\x08\0", 2);
    CHECK_BAD(259, "\x55\x55\xd5", "epon.short");
}

static void test_docsis(void **state)
{
    (void)state;
    struct maker inner = {.len = 0};
    make_ethernet(&inner, 0, 0x0800);
    make_hello(&inner);
    make_fill(&inner, 0xee, 4);
    struct maker maker = {.len = 0};
    make_u16(&maker, 0);
    make_u16(&maker, (unsigned)inner.len);
    make_u16(&maker, 0x1234);
    make_bytes(&maker, inner.bytes, inner.len);
    check_link(143, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 4});
    /* An extension (service flow), then one of privacy that says encrypted. */
    for (unsigned encrypted = 0; encrypted < 2; encrypted++) {
        maker.len = 0;
        make_u8(&maker, 1);
        make_u8(&maker, 7);
        make_u16(&maker, (unsigned)(7 + inner.len));
        make_u16(&maker, 0x6100);
        make_bytes(&maker, encrypted == 1 ? "\x34\x11\x80\1\0" : "\x34\x11\0\1\0", 5);
        make_u16(&maker, 0x1234);
        make_bytes(&maker, inner.bytes, inner.len);
        if (encrypted == 0) {
            check_link(143, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 4});
            continue;
        }
        struct outcome *outcome = outcome_new(143);
        outcome_feed(outcome, &maker);
        outcome_flush(outcome);
        assert_int_equal(outcome_notes(outcome, "docsis.encrypted"), 1);
        assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_ENCRYPTED);
        assert_int_equal(outcome->bytes, inner.len - 4);
        outcome_free(outcome);
    }
    CHECK_RAW(143, "\xc2\0\0\5\0\0", 0, 0, "cable");
    CHECK_BAD(143, "\0\0\0\5\0", "docsis.header");
    CHECK_BAD(143, "\1\x40\0\5\0\0hello", "docsis.header");
    struct outcome *outcome = outcome_new(143);
    maker.len = 0;
    make_bytes(&maker, "\0\0\4\0\0\0", 6); /* a length behind the end */
    make_bytes(&maker, inner.bytes, inner.len);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "docsis.length"), 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    outcome_free(outcome);
}

/* ---- what Wireshark exports ---- */

static void test_upper_pdu(void **state)
{
    (void)state;
    CHECK_FOUR(252, "\0\x0c\0\3eth\0\0\0\0" MACS "\x08\0", 2);
    CHECK_BOTH(252, "\0\x0c\0\2ip\0\0\0\0", "\0\x0c\0\2ip\0\0\0\0", 0);
    CHECK_RAW(252, "\0\x0c\0\4http\0\0\0\0", 0, 0, "GET / HTTP/1.1");
    CHECK_RAW(252, "\0\0\0\0", 0, 0, TEXT);
    CHECK_BAD(252, "\0\x0c\0\4http", "upper_pdu.header");
    CHECK_BAD(252, "\0\x0c\xff\xffhttp\0\0\0\0", "upper_pdu.header");
    CHECK_BAD(252, "\0\x0c", "upper_pdu.header");
}

static void test_upper_pdu_addresses(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\0\x0c\0\3dns\0\x14\0\4", 11);
    make_ipv4_addr(&maker, 0);
    make_u32(&maker, 0x00150004);
    make_ipv4_addr(&maker, 1);
    make_bytes(&maker, "\0\x18\0\4\0\0\0\3\0\x19\0\4\0\0\x9c\x40\0\x1a\0\4\0\0\0\x35", 24);
    make_u32(&maker, 0);
    make_text(&maker, TEXT);
    struct outcome *outcome = outcome_new(252);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    const struct tt_flow *flow = &outcome->flows[0].flow;
    assert_int_equal(flow->ends[0].addr.family, TT_ADDR_IPV4);
    assert_int_equal(flow->ends[0].addr.bytes[3], 1);
    assert_int_equal(flow->ends[1].addr.bytes[3], 2);
    assert_int_equal(flow->ends[0].port, 40000);
    assert_int_equal(flow->ends[1].port, 53);
    outcome_free(outcome);
    check_cuts(252, &maker, 0);
    /* An address of a wrong length is none. */
    maker.bytes[10] = 3;
    outcome = outcome_new(252);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_LINK);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erf),       cmocka_unit_test(test_erf_others),
        cmocka_unit_test(test_ppi),       cmocka_unit_test(test_sita),
        cmocka_unit_test(test_preambles), cmocka_unit_test(test_docsis),
        cmocka_unit_test(test_upper_pdu), cmocka_unit_test(test_upper_pdu_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
