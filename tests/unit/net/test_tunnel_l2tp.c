#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/tunnels.h"

enum {
    L2TP = 1701,
    T = 0x8000,
    L = 0x4000,
    S = 0x0800,
    O = 0x0200,
    PPP_LEN = 4 + INNER_LEN,
    IP_L2TP = 115
};

static void make_ppp(struct maker *maker)
{
    make_u32(maker, 0xff030021);
    make_inner(maker);
}

/* A version 2 header; with L, `more` is added to the length. */
static void open_l2tp(struct maker *maker, unsigned flags, size_t more)
{
    open_outer_udp(maker, L2TP);
    make_u16(maker, flags | 2);
    size_t optional =
        ((flags & L) != 0 ? 2U : 0U) + ((flags & S) != 0 ? 4U : 0U) + ((flags & O) != 0 ? 5U : 0U);
    if ((flags & L) != 0)
        make_u16(maker, (unsigned)(6 + optional + PPP_LEN + more));
    make_u32(maker, 0x00070009);
    if ((flags & S) != 0)
        make_u32(maker, 0x00010002);
    if ((flags & O) != 0) {
        make_u16(maker, 3);
        make_fill(maker, 0xee, 3);
    }
}

static void test_version2(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 8; flags++) {
        struct maker maker;
        open_l2tp(&maker,
                  ((flags & 4) != 0 ? L : 0U) | ((flags & 2) != 0 ? S : 0U) |
                      ((flags & 1) != 0 ? O : 0U),
                  0);
        make_ppp(&maker);
        close_outer(&maker, true);
        assert_tunnel(&maker);
    }
}

/* Fields of PPP that may be left out. */
static void test_compressed_ppp(void **state)
{
    (void)state;
    struct maker maker;
    open_l2tp(&maker, 0, 0);
    make_u16(&maker, 0x0021);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_l2tp(&maker, 0, 0);
    make_u8(&maker, 0x57);
    make_inner6(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
}

/* What PPP negotiates goes out between the outer ends: a password may be in it. */
static void test_ppp_password(void **state)
{
    (void)state;
    struct maker maker;
    open_l2tp(&maker, 0, 0);
    make_u32(&maker, 0xff03c023);
    make_text(&maker, "\x01\x01user and password");
    close_outer(&maker, true);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_IP);
    assert_int_equal(outcome->flows[0].flow.kind, 0xc023);
    assert_true(tt_span_search(tt_buf_span(&outcome->datagrams[0].bytes),
                               tt_span_str("user and password")) != SIZE_MAX);
    outcome_free(outcome);
}

static void test_lengths(void **state)
{
    (void)state;
    struct maker maker;
    open_l2tp(&maker, L, 0);
    make_ppp(&maker);
    make_text(&maker, "hidden");
    close_outer(&maker, true);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "hidden");
    assert_inside_at(outcome, 1);
    outcome_free(outcome);
    open_l2tp(&maker, L, 1); /* longer than the datagram */
    make_ppp(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_l2tp(&maker, O, 0);
    maker.bytes[OUTER_UDP + 6] = 0xff; /* an offset beyond it */
    make_ppp(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void test_control(void **state)
{
    (void)state;
    struct maker maker;
    open_l2tp(&maker, T | L | S, 0);
    make_text(&maker, "attributes: a host name, a number called");
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_outer_udp(&maker, L2TP);
    make_u32(&maker, 0x00010000); /* L2F */
    make_u32(&maker, 0);
    make_ppp(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

/* A version 3 session behind UDP or IP with a cookie and a sublayer of these lengths. */
static void open_session(struct maker *maker, bool udp, size_t cookie, size_t sublayer)
{
    if (udp) {
        open_outer_udp(maker, L2TP);
        make_u32(maker, 0x00030000);
    } else {
        open_outer(maker, IP_L2TP);
    }
    make_u32(maker, 0x12345678);
    make_fill(maker, 0xc7, cookie);
    make_fill(maker, 0x40, sublayer);
}

static void test_version3(void **state)
{
    (void)state;
    static const size_t cookies[] = {0, 4, 8};
    for (unsigned way = 0; way < 12; way++) {
        struct maker maker;
        bool udp = way % 2 == 1;
        open_session(&maker, udp, cookies[way / 2 % 3], way / 6 * 4);
        make_inner_frame(&maker);
        close_outer(&maker, udp);
        assert_bridged(&maker);
        open_session(&maker, udp, cookies[way / 2 % 3], way / 6 * 4);
        make_ppp(&maker);
        close_outer(&maker, udp);
        assert_tunnel(&maker);
        open_session(&maker, udp, cookies[way / 2 % 3], way / 6 * 4);
        make_inner(&maker);
        close_outer(&maker, udp);
        assert_tunnel(&maker);
        open_session(&maker, udp, cookies[way / 2 % 3], way / 6 * 4);
        make_u32(&maker, 0x0f000800); /* HDLC */
        make_inner(&maker);
        close_outer(&maker, udp);
        assert_tunnel(&maker);
    }
}

static void test_version3_unread(void **state)
{
    (void)state;
    struct maker maker;
    open_session(&maker, false, 4, 0);
    make_text(&maker, "neither a frame nor a packet, whatever is skipped");
    close_outer(&maker, false);
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_L2TP);
    open_session(&maker, false, 0, 0);
    make_inner(&maker);
    make_u8(&maker, 0); /* does not fit to the byte */
    close_outer(&maker, false);
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_L2TP);
    open_outer(&maker, IP_L2TP); /* session 0: a control message */
    make_u32(&maker, 0);
    make_inner(&maker);
    close_outer(&maker, false);
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_L2TP);
    open_outer(&maker, IP_L2TP);
    make_text(&maker, "abc");
    close_outer(&maker, false);
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_L2TP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version2),        cmocka_unit_test(test_compressed_ppp),
        cmocka_unit_test(test_ppp_password),    cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_control),         cmocka_unit_test(test_version3),
        cmocka_unit_test(test_version3_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
