#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

static void test_bsd(void **state)
{
    (void)state;
    CHECK_BOTH(109, "\2\0\0\0\0\0\1\2\0\0\x40\0", "\x18\0\0\0\0\0\1\2\0\0\x40\0", 0);
    CHECK_BAD(109, "\2\0\0\0\0\0\1\2\0\0\x40", "enc.short");
    CHECK_BOTH(117,
               "\x09\2\0\0"
               "12345678",
               "\x0c\x18\0\0"
               "12345678",
               0);
    CHECK_BAD(117, "\x40\2\0\0 longer than the frame", "pflog.header");
    CHECK_BAD(117,
              "\0\2\0\0"
              "12345678",
              "pflog.header");
    CHECK_BAD(117, "\x09\2\0", "pflog.header");
    CHECK_BOTH(226,
               "\1\2\0\1\0\0\0\x21"
               "1234567812345678",
               "\1\x1a\0\1\0\0\0\x21"
               "1234567812345678",
               0);
    CHECK_BAD(226, "\1\2\0\1", "ipnet.short");
}

static void test_pktap(void **state)
{
    (void)state;
    CHECK_BOTH(258, "\x10\0\0\0\1\0\0\0\x0c\0\0\0en0\0", "\x10\0\0\0\1\0\0\0\x65\0\0\0en0\0", 0);
    CHECK_BAD(258, "\x10\0\0\0\1\0\0\0\x0c\0\0\0en", "pktap.header");
    CHECK_BAD(258, "\x08\0\0\0\1\0\0\0\x0c\0\0\0en0\0", "pktap.header");
    CHECK_BAD(258, "\x10\0\0\0\1", "pktap.header");
    /* Each one names the next: the depth ends it. */
    struct maker maker = {.len = 0};
    for (size_t i = 0; i < 2 * TT_TUNNEL_DEPTH_MAX; i++)
        make_bytes(&maker, "\x0c\0\0\0\1\0\0\0\2\1\0\0", 12);
    struct outcome *outcome = outcome_new(258);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "net.depth"), 1);
    assert_int_equal(outcome->bytes, 12 * TT_TUNNEL_DEPTH_MAX);
    outcome_free(outcome);
}

static void test_vsock(void **state)
{
    (void)state;
    CHECK_RAW(271,
              "1234567812345678"
              "12341234"
              "\4\0\2\0\4\0\0\0"
              "virt",
              0, 0, TEXT);
    CHECK_BAD(271,
              "1234567812345678"
              "12341234"
              "\4\0\2\0\5\0\0\0"
              "virt",
              "vsock.header");
    CHECK_BAD(271, "1234567812345678", "vsock.header");
}

/* An attribute in the byte order of the host. */
static void make_attribute(struct maker *maker, bool little, unsigned type, const void *value,
                           size_t len)
{
    unsigned claimed = (unsigned)len + 4;
    make_u16(maker, little ? claimed << 8 | claimed >> 8 : claimed);
    make_u16(maker, little ? type << 8 | type >> 8 : type);
    make_bytes(maker, value, len);
    make_fill(maker, 0, (4 - len % 4) % 4);
}

/* A message of the log (or, with `queue`, of a queue) with a packet header, a prefix, an address
 * and a payload; `family` is that of the message. */
static void make_netfilter(struct maker *maker, bool little, bool queue, unsigned family,
                           unsigned ethertype, const struct maker *inner)
{
    struct maker header = {.len = 0};
    if (queue)
        make_u32(&header, 1);
    make_u16(&header, ethertype);
    make_u16(&header, 0x0300);
    make_u8(maker, family);
    make_u8(maker, 0);
    make_u16(maker, 5);
    make_attribute(maker, little, 1, header.bytes, header.len);
    make_attribute(maker, little, 20, "odd", 3);
    make_attribute(maker, little, queue ? 9 : 8, "\0\6\0\0\2\0\0\0\0\1\0\0", 12);
    make_attribute(maker, little, queue ? 10 : 9, inner->bytes, inner->len);
}

static void test_nflog(void **state)
{
    (void)state;
    struct maker four = {.len = 0};
    struct maker six = {.len = 0};
    make_hello(&four);
    make_hello6(&six);
    static const struct {
        unsigned family;
        unsigned ethertype;
        bool is_six;
    } cases[] = {{2, 0x0800, false}, {10, 0x86dd, true}, {7, 0x0800, false},
                 {7, 0x86dd, true},  {2, 0, false},      {0, 0, true}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++)
        for (unsigned little = 0; little < 2; little++) {
            struct maker maker = {.len = 0};
            const struct maker *inner = cases[i].is_six ? &six : &four;
            make_netfilter(&maker, little == 1, false, cases[i].family, cases[i].ethertype, inner);
            check_link(239, &maker,
                       (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 1, (4 - inner->len % 4) % 4});
        }
    struct maker arp = {.len = 0};
    make_text(&arp, "who has");
    struct maker maker = {.len = 0};
    make_netfilter(&maker, true, false, 3, 0x0806, &arp);
    check_link(239, &maker, (struct expected){TT_TRANSPORT_LINK, 0x0806, "who has", 1, 1});
}

static void test_nflog_lies(void **state)
{
    (void)state;
    CHECK_BAD(239, "\2\0\0", "nflog.header");
    CHECK_BAD(239, "\2\0\0\5", "nflog.payload");
    CHECK_BAD(239, "\2\0\0\5\5\0\x14\0x", "nflog.payload");
    CHECK_BAD(239, "\2\0\0\5\3\0\x09\0hello", "nflog.payload");
    CHECK_BAD(239, "\2\0\0\5\0\0\0\0\0\0\0\0", "nflog.payload");
    /* A payload that claims more than there is. */
    struct maker inner = {.len = 0};
    make_hello(&inner);
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\2\0\0\5\x40\0\x09\0", 8);
    make_bytes(&maker, inner.bytes, inner.len);
    struct outcome *outcome = outcome_new(239);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "nflog.length"), 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    outcome_free(outcome);
    /* Something behind the payload is searched. */
    maker.len = 0;
    make_netfilter(&maker, true, false, 2, 0x0800, &inner);
    make_text(&maker, "\x08\0\x0a\0tail");
    outcome = outcome_new(239);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 2);
    assert_datagram(outcome, 1, TT_TRANSPORT_UDP, 0, TEXT);
    outcome_free(outcome);
}

static void make_netlink(struct maker *maker, unsigned family, unsigned type, bool little,
                         const struct maker *message)
{
    uint32_t len = (uint32_t)message->len + 16;
    make_bytes(maker, "\0\4\3\x38\0\0\0\0\0\0\0\0\0\0", 14);
    make_u16(maker, family);
    make_u32(maker, little ? __builtin_bswap32(len) : len);
    make_u16(maker, little ? type << 8 | type >> 8 : type);
    make_fill(maker, 0, 10);
    make_bytes(maker, message->bytes, message->len);
}

static void test_netlink(void **state)
{
    (void)state;
    struct maker inner = {.len = 0};
    make_hello(&inner);
    for (unsigned queue = 0; queue < 2; queue++)
        for (unsigned little = 0; little < 2; little++) {
            struct maker message = {.len = 0};
            struct maker maker = {.len = 0};
            make_netfilter(&message, little == 1, queue == 1, 2, 0x0800, &inner);
            make_netlink(&maker, 12, queue == 1 ? 0x0300 : 0x0400, little == 1, &message);
            check_link(253, &maker,
                       (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 1, (4 - inner.len % 4) % 4});
        }
    CHECK_RAW(253, "\0\4\3\x38\0\0\0\0\0\0\0\0\0\0\0\0", 0, 0, "\x10\0\0\0routes");
    CHECK_BAD(253, "\0\4\3\x38", "netlink.short");
    /* More than one message: all of them raw. */
    struct maker message = {.len = 0};
    struct maker maker = {.len = 0};
    make_netfilter(&message, true, false, 2, 0x0800, &inner);
    make_netlink(&maker, 12, 0x0400, true, &message);
    make_text(&maker, "another one");
    struct outcome *outcome = outcome_new(253);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, maker.len - 16);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bsd),        cmocka_unit_test(test_pktap),
        cmocka_unit_test(test_vsock),      cmocka_unit_test(test_nflog),
        cmocka_unit_test(test_nflog_lies), cmocka_unit_test(test_netlink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
