#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/tunnels.h"

enum { IP_ESP = 50, NAT_T = 4500, ESP_HEADER = 8 };

static void open_esp(struct maker *maker, bool udp, size_t iv)
{
    if (udp)
        open_outer_udp(maker, NAT_T);
    else
        open_outer(maker, IP_ESP);
    make_u32(maker, 0xc0ffee01);
    make_u32(maker, 1);
    make_fill(maker, 0xf1, iv);
}

/* Padding up to 4 bytes (and `more`), trailer, check value. */
static void close_esp(struct maker *maker, bool udp, size_t iv, unsigned next, size_t icv,
                      size_t more)
{
    size_t from = (size_t)(udp ? OUTER_UDP : OUTER_IP) + ESP_HEADER + iv;
    size_t pad = (4 - (maker->len - from + 2) % 4) % 4 + more;
    for (size_t i = 0; i < pad; i++)
        make_u8(maker, (unsigned)(i + 1));
    make_u8(maker, (unsigned)pad);
    make_u8(maker, next);
    for (size_t i = 0; i < icv; i++)
        make_u8(maker, (unsigned)(i * 37 + 0x91));
    close_outer(maker, udp);
}

/* A snaplen leaves no trailer to tell anything by; then less is read, and nothing is invented. */
static void assert_null_cipher(const struct maker *maker)
{
    struct outcome *outcome = feed_tunnel(maker);
    assert_int_equal(outcome->note_count, 0);
    assert_int_equal(outcome->datagram_count, 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, INSIDE);
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM);
    assert_int_equal(outcome->flows[0].flow.ends[0].port, CLIENT_PORT);
    outcome_free(outcome);
    assert_survives(maker);
}

static void test_tunnel_mode(void **state)
{
    (void)state;
    static const size_t icvs[] = {0, 8, 12, 16, 20, 24, 32, 64};
    for (size_t i = 0; i < TT_ARRAY_LEN(icvs); i++) {
        for (unsigned way = 0; way < 8; way++) {
            bool udp = (way & 1) != 0;
            size_t iv = (way & 2) * 4;
            size_t more = (way & 4) * 2;
            struct maker maker;
            open_esp(&maker, udp, iv);
            make_inner(&maker);
            close_esp(&maker, udp, iv, 4, icvs[i], more);
            assert_null_cipher(&maker);
            open_esp(&maker, udp, iv);
            make_inner6(&maker);
            close_esp(&maker, udp, iv, 41, icvs[i], more);
            assert_null_cipher(&maker);
        }
    }
}

static void test_transport_mode(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        struct maker maker;
        open_esp(&maker, way == 1, 0);
        make_udp(&maker, 0, strlen(INSIDE));
        make_text(&maker, INSIDE);
        close_esp(&maker, way == 1, 0, 17, 12, 0);
        assert_null_cipher(&maker);
    }
}

/* A segment that begins a stream; its checksum is right when `sum` is. */
static void make_sealed_segment(struct maker *maker, bool right, size_t more)
{
    open_esp(maker, false, 0);
    size_t at = maker->len;
    make_tcp(maker, 0, 1000, 0, SYN);
    make_text(maker, "ab");
    /* The pseudo header: addresses, protocol, length. */
    uint32_t sum = 0xc000 + 0x0201 + 0xc633 + 0x6402 + 6 + 22;
    unsigned check = 0xffffU ^ tt_internet_sum(tt_span_of(maker->bytes + at, maker->len - at), sum);
    if (!right)
        check ^= 0x0101;
    maker->bytes[at + 16] = (uint8_t)(check >> 8);
    maker->bytes[at + 17] = (uint8_t)check;
    close_esp(maker, false, 0, 6, 12, more);
}

static enum tt_transport transport_of(const struct maker *maker, unsigned *ret_flags)
{
    struct outcome *outcome = feed_tunnel(maker);
    enum tt_transport transport = outcome->flows[0].flow.transport;
    *ret_flags = outcome->datagram_count > 0 ? outcome->datagrams[0].flags : 0;
    outcome_free(outcome);
    return transport;
}

/* TCP has no length: either its checksum or padding must prove it. */
static void test_tcp(void **state)
{
    (void)state;
    struct maker maker;
    unsigned flags = 0;
    make_sealed_segment(&maker, true, 0);
    assert_int_equal(transport_of(&maker, &flags), TT_TRANSPORT_TCP);
    make_sealed_segment(&maker, false, 0);
    assert_int_equal(transport_of(&maker, &flags), TT_TRANSPORT_IP);
    assert_int_equal(flags, TT_CHUNK_DATAGRAM | TT_CHUNK_ENCRYPTED);
    make_sealed_segment(&maker, false, 4);
    assert_int_equal(transport_of(&maker, &flags), TT_TRANSPORT_TCP);
}

static void test_icmp(void **state)
{
    (void)state;
    struct maker maker;
    for (unsigned right = 0; right < 2; right++) {
        open_esp(&maker, false, 0);
        make_u32(&maker, 0x08000000 + (right == 1 ? 0xf7fcU : 0x1234U));
        make_u32(&maker, 0x00010002);
        close_esp(&maker, false, 0, 1, 12, 0);
        struct outcome *outcome = feed_tunnel(&maker);
        assert_int_equal(outcome->flows[0].flow.kind, right == 1 ? 1 : IP_ESP);
        outcome_free(outcome);
    }
}

/* Almost right is not right. */
static void test_ciphertext(void **state)
{
    (void)state;
    struct maker maker;
    for (unsigned way = 0; way < 4; way++) {
        open_esp(&maker, false, 0);
        make_inner(&maker);
        close_esp(&maker, false, 0, 4, 12, 4);
        if (way == 0)
            maker.bytes[OUTER_IP + ESP_HEADER] ^= 0x20; /* version 6 */
        else if (way == 1)
            maker.bytes[OUTER_IP + ESP_HEADER + 3]++; /* total length */
        else if (way == 2)
            maker.bytes[maker.len - 12 - 4] ^= 1; /* padding */
        else
            maker.bytes[maker.len - 12 - 1] = 17; /* next header */
        assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_ESP);
        unsigned flags = 0;
        (void)transport_of(&maker, &flags);
        assert_int_equal(flags, TT_CHUNK_DATAGRAM | TT_CHUNK_ENCRYPTED);
        assert_survives(&maker);
    }
}

/* Text is no ciphertext, even where nothing is understood of it. */
static void test_text_is_searched(void **state)
{
    (void)state;
    struct maker maker;
    open_esp(&maker, false, 0);
    make_text(&maker, "\x01\x02\x03this is text of 24 bytes..\x80\x81\x82\x83");
    close_outer(&maker, false);
    unsigned flags = 0;
    assert_int_equal(transport_of(&maker, &flags), TT_TRANSPORT_IP);
    assert_int_equal(flags, TT_CHUNK_DATAGRAM);
}

/* Where the snaplen took the trailer, the checksum of an inner IPv4 header tells. */
static void test_cut(void **state)
{
    (void)state;
    struct maker maker;
    open_esp(&maker, false, 0);
    make_inner(&maker);
    close_esp(&maker, false, 0, 4, 12, 0);
    size_t cut = OUTER_IP + ESP_HEADER + 28 + 3;
    struct outcome *outcome = outcome_new(101);
    outcome_feed_cut(outcome, &maker, cut);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "ins");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_CUT);
    outcome_free(outcome);
    maker.bytes[OUTER_IP + ESP_HEADER + 10] ^= 1;
    outcome = outcome_new(101);
    outcome_feed_cut(outcome, &maker, cut);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.kind, IP_ESP);
    outcome_free(outcome);
}

static void test_short(void **state)
{
    (void)state;
    struct maker maker;
    open_outer(&maker, IP_ESP);
    make_fill(&maker, 0x91, 7);
    close_outer(&maker, false);
    assert_whole(&maker, OUTER_IP, TT_TRANSPORT_IP, IP_ESP);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome_notes(outcome, "esp.header"), 1);
    outcome_free(outcome);
}

static unsigned nat_t_flags(unsigned from, uint32_t spi, size_t len)
{
    struct maker maker;
    open_outer_udp(&maker, NAT_T);
    maker.bytes[OUTER_IP] = (uint8_t)(from >> 8);
    maker.bytes[OUTER_IP + 1] = (uint8_t)from;
    make_u32(&maker, spi);
    for (size_t i = 4; i < len; i++)
        make_u8(&maker, (unsigned)(i * 29) | 0x80U);
    close_outer(&maker, true);
    unsigned flags = 0;
    assert_int_equal(transport_of(&maker, &flags), TT_TRANSPORT_UDP);
    return flags;
}

/* The port alone is not believed. */
static void test_nat_traversal(void **state)
{
    (void)state;
    const unsigned encrypted = TT_CHUNK_DATAGRAM | TT_CHUNK_ENCRYPTED;
    assert_int_equal(nat_t_flags(4500, 0xc0ffee01, 60), encrypted);
    assert_int_equal(nat_t_flags(50000, 0xc0ffee01, 60), encrypted);
    assert_int_equal(nat_t_flags(53, 0xc0ffee01, 60), TT_CHUNK_DATAGRAM);
    assert_int_equal(nat_t_flags(4500, 0, 60), TT_CHUNK_DATAGRAM);   /* IKE */
    assert_int_equal(nat_t_flags(4500, 255, 60), TT_CHUNK_DATAGRAM); /* a reserved SPI */
    assert_int_equal(nat_t_flags(4500, 0xc0ffee01, 61), TT_CHUNK_DATAGRAM);
    assert_int_equal(nat_t_flags(4500, 0xc0ffee01, 16), TT_CHUNK_DATAGRAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tunnel_mode),   cmocka_unit_test(test_transport_mode),
        cmocka_unit_test(test_tcp),           cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_ciphertext),    cmocka_unit_test(test_text_is_searched),
        cmocka_unit_test(test_cut),           cmocka_unit_test(test_short),
        cmocka_unit_test(test_nat_traversal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
