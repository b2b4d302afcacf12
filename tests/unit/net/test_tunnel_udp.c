#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/tunnels.h"

static void open_vxlan(struct maker *maker, unsigned port, uint32_t first)
{
    open_outer_udp(maker, port);
    make_u32(maker, first);
    make_u32(maker, 0x00012300);
}

static void test_vxlan(void **state)
{
    (void)state;
    static const struct {
        unsigned port;
        uint32_t first;
    } cases[] = {
        {4789, 0x08000000}, {8472, 0x08000000},
        {4790, 0x08000000}, {4789, 0x8800001a},  /* with a group */
        {4790, 0x0c000003}, {12345, 0x08000000}, /* told by content */
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker;
        open_vxlan(&maker, cases[i].port, cases[i].first);
        make_inner_frame(&maker);
        close_outer(&maker, true);
        assert_bridged(&maker);
    }
}

static void test_vxlan_tagged(void **state)
{
    (void)state;
    struct maker maker;
    open_vxlan(&maker, 4789, 0x08000000);
    make_inner_ethernet(&maker, 0x8100);
    make_u32(&maker, 0x00070800);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_bridged(&maker);
}

/* Padding up to the least Ethernet frame belongs to the inner link. */
static void test_vxlan_padding(void **state)
{
    (void)state;
    struct maker maker;
    open_vxlan(&maker, 12345, 0x08000000);
    make_inner_frame(&maker);
    make_fill(&maker, 0, 12);
    close_outer(&maker, true);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->note_count, 0);
    assert_inside_at(outcome, 0);
    outcome_free(outcome);
}

static void test_no_vxlan(void **state)
{
    (void)state;
    struct maker maker;
    open_vxlan(&maker, 4789, 0x00000000); /* no identifier */
    make_inner_frame(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_vxlan(&maker, 4789, 0x08000001); /* a reserved byte */
    make_inner_frame(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_vxlan(&maker, 4789, 0x08000000);
    make_inner_ethernet(&maker, 0x0800); /* announces what does not come */
    make_text(&maker, "no packet of any kind");
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_vxlan(&maker, 12345, 0x08000000); /* elsewhere the rest must fit to the byte */
    make_inner_frame(&maker);
    make_fill(&maker, 0, 40);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void test_vxlan_gpe(void **state)
{
    (void)state;
    struct maker maker;
    open_vxlan(&maker, 4790, 0x0c000001);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_vxlan(&maker, 4790, 0x0c000002);
    make_inner6(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_vxlan(&maker, 4790, 0x0c000004);
    make_u32(&maker, 0x0fc20201);
    make_u32(&maker, 0);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_vxlan(&maker, 4790, 0x0c000005);
    make_u32(&maker, 0x00010140);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_vxlan(&maker, 4790, 0x0c000009);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void test_geneve(void **state)
{
    (void)state;
    for (unsigned words = 0; words < 3; words++) {
        struct maker maker;
        open_outer_udp(&maker, 6081);
        make_u8(&maker, words);
        make_u8(&maker, 0);
        make_u16(&maker, 0x6558);
        make_u32(&maker, 0x00012300);
        make_fill(&maker, 0x77, words * 4);
        make_inner_frame(&maker);
        close_outer(&maker, true);
        assert_bridged(&maker);
        maker.bytes[OUTER_UDP] = 0x3f; /* options beyond the packet */
        assert_no_udp_tunnel(&maker);
        maker.bytes[OUTER_UDP] = 0x40; /* version 1 */
        assert_no_udp_tunnel(&maker);
    }
    struct maker maker;
    open_outer_udp(&maker, 6081);
    make_u32(&maker, 0x00000800);
    make_u32(&maker, 0x00012300);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
}

static void test_gue(void **state)
{
    (void)state;
    struct maker maker;
    open_outer_udp(&maker, 6080);
    make_u32(&maker, 0x01040000); /* one word more */
    make_fill(&maker, 0x77, 4);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    maker.bytes[OUTER_UDP] = 0x21; /* a control message */
    assert_no_udp_tunnel(&maker);
    open_outer_udp(&maker, 6080); /* version 1 */
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_outer_udp(&maker, 6080);
    make_text(&maker, "\x3f"
                      "ab and no more");
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void test_lisp(void **state)
{
    (void)state;
    struct maker maker;
    open_outer_udp(&maker, 4341);
    make_u32(&maker, 0x80123456);
    make_u32(&maker, 1);
    make_inner6(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
}

static void test_mpls(void **state)
{
    (void)state;
    struct maker maker;
    open_outer_udp(&maker, 6635);
    make_u32(&maker, 0x00010040);
    make_u32(&maker, 0x00020140);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    open_outer_udp(&maker, 6635); /* the bottom of the stack never comes */
    make_fill(&maker, 0, 200);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void test_ayiya(void **state)
{
    (void)state;
    struct maker maker;
    open_outer_udp(&maker, 5072);
    make_u32(&maker, 0x41521129); /* identity of 16 bytes, signature of 20 */
    make_u32(&maker, 1400000000);
    make_fill(&maker, 0x77, 36);
    make_inner6(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
    maker.bytes[OUTER_UDP] = 0xf1;
    assert_no_udp_tunnel(&maker);
}

static void open_tzsp(struct maker *maker, unsigned inside)
{
    open_outer_udp(maker, 37008);
    make_u16(maker, 0x0100);
    make_u16(maker, inside);
    make_u8(maker, 0); /* padding */
    make_u8(maker, 10);
    make_u8(maker, 1);
    make_u8(maker, 0xc8);
    make_u8(maker, 1); /* end */
}

static void test_tzsp(void **state)
{
    (void)state;
    struct maker maker;
    open_tzsp(&maker, 1);
    make_inner_frame(&maker);
    close_outer(&maker, true);
    assert_bridged(&maker);
    open_tzsp(&maker, 18);
    make_u32(&maker, 0x08010000);
    make_u32(&maker, 0x02000000);
    make_u32(&maker, 0x00cc0200);
    make_u32(&maker, 0x000000aa);
    make_u32(&maker, 0x02000000);
    make_u32(&maker, 0x00bb0010);
    make_u32(&maker, 0xaaaa0300);
    make_u32(&maker, 0x00000800);
    make_inner(&maker);
    close_outer(&maker, true);
    assert_bridged(&maker);
    open_tzsp(&maker, 99);
    make_inner_frame(&maker);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
    open_outer_udp(&maker, 37008); /* tags without an end */
    make_u32(&maker, 0x01000001);
    make_u32(&maker, 0x0aff0102);
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

static void make_authentication(struct maker *maker, unsigned client, unsigned value)
{
    make_u16(maker, 1);
    make_u8(maker, client);
    make_u8(maker, value);
    make_fill(maker, 0x66, client + value + 9);
}

static void make_origin(struct maker *maker)
{
    make_u16(maker, 0);
    make_fill(maker, 0x55, 6);
}

static void test_teredo(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 5; kind++) {
        struct maker maker;
        open_outer_udp(&maker, 3544);
        if (kind == 1 || kind == 3)
            make_authentication(&maker, 0, 0);
        if (kind == 4)
            make_authentication(&maker, 5, 20);
        if (kind >= 2)
            make_origin(&maker);
        make_inner6(&maker);
        close_outer(&maker, true);
        assert_tunnel(&maker);
    }
    struct maker maker;
    open_outer_udp(&maker, 3544);
    make_authentication(&maker, 200, 200); /* beyond the packet */
    maker.len -= 300;
    close_outer(&maker, true);
    assert_no_udp_tunnel(&maker);
}

/* Two clients between each other: 2001:0:c633:6401:0:63bf:3fff:fdf5 and another. */
static void make_teredo_peer(struct maker *maker, uint32_t prefix)
{
    open_outer_udp(maker, 45000);
    make_u32(maker, 0x60000000);
    make_u32(maker, 0x000e1140);
    make_u32(maker, prefix);
    make_u32(maker, 0xc6336401);
    make_u32(maker, 0x000063bf);
    make_u32(maker, 0x3ffffdf5);
    make_u32(maker, 0x20010db8);
    make_fill(maker, 0, 11);
    make_u8(maker, 1);
    make_udp(maker, 0, strlen(INSIDE));
    make_text(maker, INSIDE);
    close_outer(maker, true);
}

static void test_teredo_elsewhere(void **state)
{
    (void)state;
    struct maker maker;
    make_teredo_peer(&maker, 0x20010000);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, INSIDE);
    assert_int_equal(outcome->flows[0].flow.ends[0].port, CLIENT_PORT);
    outcome_free(outcome);
    assert_survives(&maker);
    make_teredo_peer(&maker, 0x20010db8); /* IPv6, but not Teredo's */
    assert_no_udp_tunnel(&maker);
}

/* A trailer (RFC 6081) is searched by itself. */
static void test_trailer(void **state)
{
    (void)state;
    struct maker maker;
    open_outer_udp(&maker, 3544);
    make_inner6(&maker);
    make_text(&maker, "trailer");
    close_outer(&maker, true);
    struct outcome *outcome = feed_tunnel(&maker);
    assert_int_equal(outcome->datagram_count, 2);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "trailer");
    assert_int_equal(outcome->flows[0].flow.ends[1].port, 3544);
    assert_inside_at(outcome, 1);
    assert_int_equal(outcome_notes(outcome, "tunnel.trailer"), 1);
    outcome_free(outcome);
    assert_survives(&maker);
}

static void test_tunnel_setup_protocol(void **state)
{
    (void)state;
    struct maker maker;
    open_outer_udp(&maker, 3653);
    make_inner6(&maker);
    close_outer(&maker, true);
    assert_tunnel(&maker);
}

static void make_wireguard(struct maker *maker, unsigned port, unsigned type, size_t len)
{
    open_outer_udp(maker, port);
    make_u32(maker, type << 24);
    for (size_t i = 4; i < len; i++)
        make_u8(maker, (unsigned)(i * 7 + 128) | 0x80U);
    close_outer(maker, true);
}

static bool is_encrypted(const struct maker *maker)
{
    assert_no_udp_tunnel(maker);
    struct outcome *outcome = feed_tunnel(maker);
    bool encrypted = (outcome->datagrams[0].flags & TT_CHUNK_ENCRYPTED) != 0;
    outcome_free(outcome);
    return encrypted;
}

static void test_wireguard(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        size_t len;
        bool known;
    } cases[] = {{1, 148, true},  {2, 92, true},  {3, 64, true},  {4, 32, true},  {4, 96, true},
                 {1, 147, false}, {4, 97, false}, {4, 16, false}, {5, 64, false}, {0, 64, false}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker;
        make_wireguard(&maker, 51820, cases[i].type, cases[i].len);
        assert_true(is_encrypted(&maker) == cases[i].known);
        make_wireguard(&maker, 12345, cases[i].type, cases[i].len);
        assert_false(is_encrypted(&maker));
    }
    /* What looks like it and holds text is searched. */
    struct maker maker;
    make_wireguard(&maker, 51820, 4, 96);
    memset(maker.bytes + OUTER_UDP + 40, 'x', 24);
    assert_false(is_encrypted(&maker));
    memset(maker.bytes + OUTER_UDP + 40, 'x', 23);
    maker.bytes[OUTER_UDP + 63] = 0x80;
    assert_true(is_encrypted(&maker));
}

/* Any payload on any of the ports stays a datagram. */
static void test_other_payloads(void **state)
{
    (void)state;
    static const unsigned ports[] = {4500, 2152, 4789,  8472, 6081, 51820, 3544, 1701,
                                     4790, 3386, 37008, 6080, 6635, 4341,  5072, 3653};
    static const char *const texts[] = {"", "x", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
                                        "{\"imei\": \"it could stand here as well\"}",
                                        "Each of these is somebody's payload, and it is no tunnel"};
    for (size_t i = 0; i < TT_ARRAY_LEN(ports); i++) {
        for (size_t j = 1; j < TT_ARRAY_LEN(texts); j++) {
            struct maker maker;
            open_outer_udp(&maker, ports[i]);
            make_text(&maker, texts[j]);
            close_outer(&maker, true);
            assert_false(is_encrypted(&maker));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vxlan),
        cmocka_unit_test(test_vxlan_tagged),
        cmocka_unit_test(test_vxlan_padding),
        cmocka_unit_test(test_no_vxlan),
        cmocka_unit_test(test_vxlan_gpe),
        cmocka_unit_test(test_geneve),
        cmocka_unit_test(test_gue),
        cmocka_unit_test(test_lisp),
        cmocka_unit_test(test_mpls),
        cmocka_unit_test(test_ayiya),
        cmocka_unit_test(test_tzsp),
        cmocka_unit_test(test_teredo),
        cmocka_unit_test(test_teredo_elsewhere),
        cmocka_unit_test(test_trailer),
        cmocka_unit_test(test_tunnel_setup_protocol),
        cmocka_unit_test(test_wireguard),
        cmocka_unit_test(test_other_payloads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
