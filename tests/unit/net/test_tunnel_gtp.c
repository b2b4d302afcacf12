#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/tunnels.h"

enum { GTP_USER = 2152, GTP_CONTROL = 2123, GTP_V0 = 3386, E = 4, S = 2, PN = 1, T_PDU = 255 };

/* A GTP-U header; `len` counts what stands behind its first 8 bytes. */
static void open_gtp(struct maker *maker, unsigned port, unsigned flags, size_t len)
{
    open_outer_udp(maker, port);
    make_u8(maker, 0x30U | flags);
    make_u8(maker, T_PDU);
    make_u16(maker, (unsigned)len);
    make_u32(maker, 0x12345678);
}

static void test_plain(void **state)
{
    (void)state;
    struct maker maker;
    open_gtp(&maker, GTP_USER, 0, INNER_LEN);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_gtp(&maker, GTP_USER, 0, 54);
    make_inner6(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
}

/* Each of the flags brings the 4 bytes, of which only its own mean something. */
static void test_optional_fields(void **state)
{
    (void)state;
    for (unsigned flags = 1; flags < 8; flags++) {
        struct maker maker;
        bool extended = (flags & E) != 0;
        open_gtp(&maker, GTP_USER, flags, 4 + INNER_LEN + (extended ? 12 : 0));
        make_u16(&maker, 7);
        make_u8(&maker, 0xaa);
        make_u8(&maker, 0x85); /* a PDU session container, or nothing without E */
        if (extended) {
            make_u32(&maker, 0x010009c0); /* and a PDCP number behind it */
            make_u32(&maker, 0x02000000);
            make_u32(&maker, 0x00000000);
        }
        make_inner(&maker);
        close_outer(&maker, true);
        assert_tunnel(&maker);
    }
}

static void test_bad_extensions(void **state)
{
    (void)state;
    static const uint32_t bad[] = {
        0x00000000, /* a length of 0 */
        0xff000000, /* beyond the packet */
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
        struct maker maker;
        open_gtp(&maker, GTP_USER, E, 8 + INNER_LEN);
        make_u32(&maker, 0x00000085);
        make_u32(&maker, bad[i]);
        make_inner(&maker);
        close_outer(&maker, true);
        assert_no_udp_tunnel(&maker);
    }
}

static void test_ethernet_and_ppp(void **state)
{
    (void)state;
    struct maker maker;
    open_gtp(&maker, GTP_USER, 0, INNER_FRAME_LEN);
    make_inner_frame(&maker);
    close_outer(&maker, true);
    assert_bridged(&maker);
    open_gtp(&maker, GTP_USER, 0, 4 + INNER_LEN);
    make_u32(&maker, 0xff030021);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_gtp(&maker, GTP_USER, 0, 14 + 12); /* a frame of a kind that nobody reads proves nothing */
    make_inner_ethernet(&maker, 0xfffe);
    make_text(&maker, "twelve bytes");
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void test_lengths(void **state)
{
    (void)state;
    struct maker maker;
    open_gtp(&maker, GTP_USER, 0, INNER_LEN); /* shorter than the datagram */
    make_inner(&maker);
    make_text(&maker, "hidden");
    close_outer(&maker, true);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 2);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "hidden");
    assert_int_equal(outcome->flows[0].flow.ends[1].port, GTP_USER);
    assert_inside_at(outcome, 1);
    outcome_free(outcome);
    assert_survives(&maker);
    open_gtp(&maker, GTP_USER, 0, INNER_LEN + 1); /* longer */
    make_inner(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_gtp(&maker, GTP_USER, S, 3); /* ends in its own header */
    make_u32(&maker, 0);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void test_signalling(void **state)
{
    (void)state;
    struct maker maker;
    open_gtp(&maker, GTP_USER, S, 4 + INNER_LEN);
    maker.bytes[OUTER_UDP + 1] = 1; /* an echo request */
    make_u32(&maker, 0);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_gtp(&maker, GTP_USER, 0, INNER_LEN);
    maker.bytes[OUTER_UDP] = 0x20; /* GTP' */
    make_inner(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_outer_udp(&maker, GTP_CONTROL);
    make_text(&maker, "\x48\x20 a request of GTP version 2");
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

/* On any port when it fits to the byte, and only then. */
static void test_elsewhere(void **state)
{
    (void)state;
    struct maker maker;
    open_gtp(&maker, 12345, 0, INNER_LEN);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    make_u8(&maker, 0);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    maker.bytes[OUTER_UDP + 3]++;
    assert_no_udp_tunnel(&maker);
    open_gtp(&maker, 12345, 0, 200); /* the inner packet leaves its length open */
    make_inner_header(&maker, 17, 180);
    maker.bytes[OUTER_UDP + 8 + 2] = 0;
    maker.bytes[OUTER_UDP + 8 + 3] = 0;
    make_fill(&maker, 0x5a, 180);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

/* The tunnel identifier of version 0 holds the IMSI: the header is searched, too. */
static void test_version0(void **state)
{
    (void)state;
    struct maker maker;
    open_outer_udp(&maker, GTP_V0);
    make_u8(&maker, 0x1e);
    make_u8(&maker, T_PDU);
    make_u16(&maker, INNER_LEN);
    make_u32(&maker, 0x00010002);
    make_u32(&maker, 0x00ffffff);
    make_text(&maker, "identity");
    make_inner(&maker);
    close_outer(&maker, true);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 2);
    assert_int_equal(outcome->datagrams[0].bytes.len, 20);
    assert_memory_equal(outcome->datagrams[0].bytes.data + 12, "identity", 8);
    assert_int_equal(outcome->flows[0].flow.ends[1].port, GTP_V0);
    assert_inside_at(outcome, 1);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
    assert_survives(&maker);
    maker.bytes[OUTER_UDP + 3]++; /* longer than the datagram */
    assert_no_udp_tunnel(&maker);
}

static void test_vxlan_in_gtp(void **state)
{
    (void)state;
    struct maker maker;
    open_gtp(&maker, GTP_USER, 0, 28 + 8 + INNER_FRAME_LEN);
    make_inner_header(&maker, 17, 8 + 8 + INNER_FRAME_LEN);
    make_u32(&maker, 50000U << 16 | 4789);
    make_u32(&maker, (8 + 8 + INNER_FRAME_LEN) << 16);
    make_u32(&maker, 0x08000000);
    make_u32(&maker, 0x00012300);
    make_inner_frame(&maker);
    close_outer(&maker, true);
    assert_bridged(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),          cmocka_unit_test(test_optional_fields),
        cmocka_unit_test(test_bad_extensions), cmocka_unit_test(test_ethernet_and_ppp),
        cmocka_unit_test(test_lengths),        cmocka_unit_test(test_signalling),
        cmocka_unit_test(test_elsewhere),      cmocka_unit_test(test_version0),
        cmocka_unit_test(test_vxlan_in_gtp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
