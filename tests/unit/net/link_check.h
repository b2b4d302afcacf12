/* Feeds one frame of a link type whole and cut at every byte, and checks what comes out. */
#ifndef TEST_NET_LINK_CHECK_H
#define TEST_NET_LINK_CHECK_H

#include "net/outcome.h"

static const char TEXT[] = "hello";

/* IP, UDP and a text. */
static inline void make_hello(struct maker *maker)
{
    size_t len = strlen(TEXT);
    make_ipv4(maker, (struct ipv4){.protocol = 17, .payload = 8 + len});
    make_udp(maker, 0, len);
    make_text(maker, TEXT);
}

static inline void make_hello6(struct maker *maker)
{
    size_t len = strlen(TEXT);
    make_ipv6(maker, 0, 17, 8 + len);
    make_udp(maker, 0, len);
    make_text(maker, TEXT);
}

/* What must come out of a frame: one datagram. `mac` hardware addresses are known (sender first),
 * and end with 1 and 2; the last `trailer` bytes are padding or a checksum. */
struct expected {
    enum tt_transport transport;
    unsigned kind;
    const char *payload;
    unsigned mac;
    size_t trailer;
};

static inline void check_whole(uint32_t link, const struct maker *maker,
                               const struct expected *expected)
{
    struct outcome *outcome = outcome_new(link);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->note_count, 0);
    assert_datagram(outcome, 0, expected->transport, expected->kind, expected->payload);
    for (size_t i = 0; i < 2; i++) {
        struct tt_addr addr = outcome->flows[0].flow.ends[i].mac;
        assert_int_equal(addr.family, i < expected->mac ? TT_ADDR_MAC : TT_ADDR_NONE);
        if (i < expected->mac)
            assert_int_equal(addr.bytes[5], i + 1);
    }
    outcome_free(outcome);
}

/* Cut: the payload comes out, or the rest of it, or nothing is left of it; never more than was
 * captured, and always a note. */
static inline void check_cuts(uint32_t link, const struct maker *maker, size_t trailer)
{
    for (size_t cut = 0; cut < maker->len; cut++) {
        struct outcome *outcome = outcome_new(link);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, maker, cut);
        outcome_flush(outcome);
        assert_true(outcome->datagram_count <= 1);
        assert_true(outcome->bytes <= cut);
        uint64_t noted = outcome_notes(outcome, "net.cut");
        assert_true(noted == 1 || (noted == 0 && cut + trailer >= maker->len));
        if (outcome->datagram_count == 1 && noted == 1)
            assert_true((outcome->datagrams[0].flags & TT_CHUNK_CUT) != 0);
        outcome_free(outcome);
    }
}

static inline void check_link(uint32_t link, const struct maker *maker, struct expected expected)
{
    check_whole(link, maker, &expected);
    check_cuts(link, maker, expected.trailer);
}

/* The header given as bytes, then IPv4 and the text, then IPv6 and the text behind the other one
 * (NULL: no such header). */
static inline void check_both(uint32_t link, const char *four, const char *six, size_t len,
                              unsigned mac)
{
    struct maker maker = {.len = 0};
    make_bytes(&maker, four, len);
    make_hello(&maker);
    check_link(link, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, mac, 0});
    if (six == NULL)
        return;
    maker.len = 0;
    make_bytes(&maker, six, len);
    make_hello6(&maker);
    check_link(link, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, mac, 0});
}

/* The header and a text that nobody reads: it comes out as it stands, of this kind. */
static inline void check_raw(uint32_t link, const char *header, size_t len, unsigned mac,
                             unsigned kind, const char *payload)
{
    struct maker maker = {.len = 0};
    make_bytes(&maker, header, len);
    make_text(&maker, payload);
    check_link(link, &maker, (struct expected){TT_TRANSPORT_LINK, kind, payload, mac, 0});
}

/* A bad header behind `header` bytes of good ones: all of it comes out, with this note. */
static inline void check_bad(uint32_t link, const char *bytes, size_t len, size_t header,
                             const char *code)
{
    struct maker maker = {.len = 0};
    make_bytes(&maker, bytes, len);
    struct outcome *outcome = outcome_new(link);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, code), 1);
    assert_int_equal(outcome->bytes, len - header);
    outcome_free(outcome);
}

#define CHECK_BAD(link, bytes, code) check_bad(link, bytes, sizeof(bytes) - 1, 0, code)
#define CHECK_BAD_BEHIND(header, link, bytes, code)                                                \
    check_bad(link, bytes, sizeof(bytes) - 1, header, code)
#define CHECK_RAW(link, header, mac, kind, payload)                                                \
    check_raw(link, header, sizeof(header) - 1, mac, kind, payload)
#define CHECK_BOTH(link, four, six, mac) check_both(link, four, six, sizeof(four) - 1, mac)
#define CHECK_FOUR(link, four, mac) check_both(link, four, NULL, sizeof(four) - 1, mac)

#endif
