#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/tunnels.h"

enum { IP_GRE = 47, C = 0x8000, R = 0x4000, K = 0x2000, S = 0x1000, A = 0x0080 };

/* Each optional field gets bytes that could not be taken for what follows. */
static void open_gre(struct maker *maker, unsigned flags, unsigned type)
{
    open_outer(maker, IP_GRE);
    make_u16(maker, flags);
    make_u16(maker, type);
    if ((flags & (C | R)) != 0)
        make_fill(maker, 0xee, 4);
    if ((flags & K) != 0)
        make_fill(maker, 0xdd, 4);
    if ((flags & S) != 0)
        make_fill(maker, 0xcc, 4);
}

static void test_optional_fields(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 8; flags++) {
        struct maker maker;
        open_gre(&maker,
                 ((flags & 4) != 0 ? C : 0U) | ((flags & 2) != 0 ? K : 0U) |
                     ((flags & 1) != 0 ? S : 0U),
                 0x0800);
        make_inner(&maker);
        close_outer(&maker, false);
        assert_tunnel(&maker);
    }
}

static void test_routing(void **state)
{
    (void)state;
    struct maker maker;
    open_gre(&maker, R | K, 0x0800);
    make_u16(&maker, 0x0800); /* a route of two addresses */
    make_u16(&maker, 0x0008);
    make_fill(&maker, 0xbb, 8);
    make_u32(&maker, 0);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
    maker.bytes[OUTER_IP + 15] = 0xff; /* a route beyond the packet */
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_GRE);
}

static void test_types(void **state)
{
    (void)state;
    struct maker maker;
    open_gre(&maker, 0, 0x86dd);
    make_inner6(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
    open_gre(&maker, K, 0x6558);
    make_inner_frame(&maker);
    close_outer(&maker, false);
    assert_bridged(&maker);
    open_gre(&maker, 0, 0x8847);
    make_u32(&maker, 0x00010140);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
    open_gre(&maker, 0, 0x880b);
    make_u32(&maker, 0xff030021);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
    open_gre(&maker, 0, 0x894f);
    make_u32(&maker, 0x0fc20201);
    make_u32(&maker, 0);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
}

/* An 802.11 data frame from a station, as access points send them on. */
static void test_wlan(void **state)
{
    (void)state;
    static const unsigned types[] = {0x8200, 0x9000};
    for (size_t i = 0; i < TT_ARRAY_LEN(types); i++) {
        struct maker maker;
        open_gre(&maker, 0, types[i]);
        make_u32(&maker, 0x08010000);
        make_u32(&maker, 0x02000000);
        make_u32(&maker, 0x00cc0200);
        make_u32(&maker, 0x000000aa);
        make_u32(&maker, 0x02000000);
        make_u32(&maker, 0x00bb0010);
        make_u32(&maker, 0xaaaa0300);
        make_u32(&maker, 0x00000800);
        make_inner(&maker);
        close_outer(&maker, false);
        assert_bridged(&maker);
    }
}

static void test_erspan(void **state)
{
    (void)state;
    struct maker maker;
    open_gre(&maker, 0, 0x88be); /* type I */
    make_inner_frame(&maker);
    close_outer(&maker, false);
    assert_bridged(&maker);
    open_gre(&maker, S, 0x88be); /* type II */
    make_u32(&maker, 0x1001c001);
    make_u32(&maker, 0x00000017);
    make_inner_frame(&maker);
    close_outer(&maker, false);
    assert_bridged(&maker);
    for (unsigned platform = 0; platform < 2; platform++) {
        open_gre(&maker, S, platform == 0 ? 0x88be : 0x22eb); /* type III */
        make_u32(&maker, 0x2001c001);
        make_u32(&maker, 0x12345678);
        make_u32(&maker, platform);
        make_fill(&maker, 0x99, platform * 8);
        make_inner_frame(&maker);
        close_outer(&maker, false);
        assert_bridged(&maker);
    }
    open_gre(&maker, S, 0x22eb); /* type III, IP mirrored */
    make_u32(&maker, 0x2001c001);
    make_u32(&maker, 0x12345678);
    make_u32(&maker, 0x00000800);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
}

static void test_wccp(void **state)
{
    (void)state;
    for (unsigned redirect = 0; redirect < 2; redirect++) {
        struct maker maker;
        open_gre(&maker, 0, 0x883e);
        make_fill(&maker, 0, redirect * 4);
        make_inner(&maker);
        close_outer(&maker, false);
        assert_tunnel(&maker);
    }
}

/* What nobody reads comes out with its GRE header. */
static void test_unread(void **state)
{
    (void)state;
    static const unsigned types[] = {0x0000, 0x0001, 0x05dc, 0x2000,
                                     0x88be, 0x22eb, 0x883e, 0xfffe};
    for (size_t i = 0; i < TT_ARRAY_LEN(types); i++) {
        struct maker maker;
        open_gre(&maker, S, types[i]);
        make_text(&maker, "no frame and no packet");
        close_outer(&maker, false);
        assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_GRE);
    }
    struct maker maker;
    for (unsigned version = 2; version < 8; version++) {
        open_gre(&maker, version, 0x0800);
        make_inner(&maker);
        close_outer(&maker, false);
        assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_GRE);
        struct outcome *outcome = feed_tunnel(&maker);
        assert_int_equal(outcome_notes(outcome, "gre.header"), 1);
        outcome_free(outcome);
    }
}

static void open_version1(struct maker *maker, unsigned flags, unsigned type, size_t len)
{
    open_outer(maker, IP_GRE);
    make_u16(maker, K | 1U | flags);
    make_u16(maker, type);
    make_u16(maker, (unsigned)len);
    make_u16(maker, 9);
    if ((flags & S) != 0)
        make_fill(maker, 0xcc, 4);
    if ((flags & A) != 0)
        make_fill(maker, 0xbb, 4);
}

static void test_pptp(void **state)
{
    (void)state;
    struct maker maker;
    static const unsigned flags[] = {0, S, S | A};
    for (size_t i = 0; i < TT_ARRAY_LEN(flags); i++) {
        open_version1(&maker, flags[i], 0x880b, 4 + INNER_LEN);
        make_u32(&maker, 0xff030021);
        make_inner(&maker);
        close_outer(&maker, false);
        assert_tunnel(&maker);
    }
    open_version1(&maker, A, 0x880b, 0); /* nothing but an acknowledgment */
    close_outer(&maker, false);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 0);
    assert_int_equal(outcome->note_count, 0);
    assert_int_equal(outcome->flows[0].flow.kind, IP_GRE);
    outcome_free(outcome);
    assert_survives(&maker);
}

static void test_pptp_lengths(void **state)
{
    (void)state;
    struct maker maker;
    open_version1(&maker, S, 0x880b, 4 + INNER_LEN);
    make_u32(&maker, 0xff030021);
    make_inner(&maker);
    make_text(&maker, "hidden");
    close_outer(&maker, false);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_IP, IP_GRE, "hidden");
    assert_inside_at(outcome, 1);
    outcome_free(outcome);
    open_version1(&maker, S, 0x880b, 4 + INNER_LEN + 1);
    make_u32(&maker, 0xff030021);
    make_inner(&maker);
    close_outer(&maker, false);
    outcome = feed_tunnel(&maker);
    assert_inside_at(outcome, 0);
    assert_int_equal(outcome_notes(outcome, "gre.length"), 1);
    outcome_free(outcome);
    open_version1(&maker, S, 0x0800, INNER_LEN); /* version 1 carries PPP alone */
    make_inner(&maker);
    close_outer(&maker, false);
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_GRE);
}

static void test_eoip(void **state)
{
    (void)state;
    struct maker maker;
    open_version1(&maker, 0, 0x6400, INNER_FRAME_LEN);
    make_inner_frame(&maker);
    close_outer(&maker, false);
    assert_bridged(&maker);
}

static void test_gre_in_gre(void **state)
{
    (void)state;
    struct maker maker;
    open_gre(&maker, 0, 0x0800);
    make_inner_header(&maker, IP_GRE, 4 + INNER_LEN);
    make_u32(&maker, 0x0800);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_tunnel(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optional_fields), cmocka_unit_test(test_routing),
        cmocka_unit_test(test_types),           cmocka_unit_test(test_wlan),
        cmocka_unit_test(test_erspan),          cmocka_unit_test(test_wccp),
        cmocka_unit_test(test_unread),          cmocka_unit_test(test_pptp),
        cmocka_unit_test(test_pptp_lengths),    cmocka_unit_test(test_eoip),
        cmocka_unit_test(test_gre_in_gre),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
