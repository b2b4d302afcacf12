/* CAPWAP data: the frames in it, fragments, what is no such thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"
#include "net/wlan_maker.h"

enum { DATA_PORT = 5247, CONTROL_PORT = 5246 };

static const char TEXT[] = "hello, is anybody there";

static void make_numbered(struct maker *maker, unsigned id)
{
    size_t len = strlen(TEXT);
    make_ipv4(maker, (struct ipv4){.protocol = 17, .payload = 8 + len, .id = id});
    make_udp(maker, 0, len);
    make_text(maker, TEXT);
}

static void make_hello(struct maker *maker)
{
    make_numbered(maker, 0);
}

/* The header of this many words, with these bits in its third and fourth byte. */
static void make_capwap(struct maker *maker, unsigned words, unsigned bits, unsigned id,
                        unsigned offset)
{
    make_u8(maker, 0);
    make_u8(maker, words << 3);
    make_u16(maker, bits);
    make_u16(maker, id);
    make_u16(maker, offset);
    make_fill(maker, 0, (words - 2) * 4);
}

/* Between the same two, outside. */
static void feed(struct outcome *outcome, const struct maker *payload, unsigned port)
{
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 1, 0x0800);
    make_ipv4(&maker, (struct ipv4){.from = 1, .protocol = 17, .payload = 8 + payload->len});
    make_u16(&maker, 50000);
    make_u16(&maker, port);
    make_u16(&maker, (unsigned)(8 + payload->len));
    make_u16(&maker, 0);
    make_bytes(&maker, payload->bytes, payload->len);
    outcome_feed(outcome, &maker);
}

static struct outcome *feed_one(const struct maker *payload, unsigned port)
{
    struct outcome *outcome = outcome_new(1);
    outcome->flush_pages = true;
    feed(outcome, payload, port);
    outcome_flush(outcome);
    return outcome;
}

/* The text comes out, between stations. */
static void check_text(const struct maker *payload)
{
    struct outcome *outcome = feed_one(payload, DATA_PORT);
    assert_int_equal(outcome->datagram_count, 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    assert_int_equal(outcome->flows[0].flow.ends[0].mac.bytes[5], 1);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
    for (size_t len = 0; len < payload->len; len++) {
        struct maker cut = *payload;
        cut.len = len;
        outcome = feed_one(&cut, DATA_PORT);
        assert_true(outcome->bytes <= len);
        outcome_free(outcome);
    }
}

/* The datagram stays one. */
static void check_datagram(const struct maker *payload, unsigned port)
{
    struct outcome *outcome = feed_one(payload, port);
    assert_int_equal(outcome->datagram_count, 1);
    assert_int_equal(outcome->flows[0].flow.ends[1].port, port);
    assert_int_equal(outcome->datagrams[0].bytes.len, payload->len);
    outcome_free(outcome);
}

/* Frame control of the frame at `at`; with sequence control as such controllers have it. */
static void swap(struct maker *maker, size_t at)
{
    uint8_t first = maker->bytes[at];
    maker->bytes[at] = maker->bytes[at + 1];
    maker->bytes[at + 1] = first;
    maker->bytes[at + 22] = 1; /* elsewhere that would be a fragment */
}

static void test_frames(void **state)
{
    (void)state;
    static const unsigned flags[] = {WLAN_TO_DS, WLAN_FROM_DS};
    for (unsigned words = 2; words <= 5; words++) {
        struct maker maker = {.len = 0};
        make_capwap(&maker, words, 0x0200, 0, 0);
        make_ethernet(&maker, 0, 0x0800);
        make_hello(&maker);
        check_text(&maker);
        for (size_t i = 0; i < TT_ARRAY_LEN(flags); i++) {
            maker.len = 0;
            make_capwap(&maker, words, 0x0300, 0, 0);
            size_t frame = maker.len;
            make_wlan(&maker, (struct wlan_header){
                                  .control = WLAN_DATA, .flags = flags[i], .sequence = 16});
            make_snap(&maker, 0x0800);
            make_hello(&maker);
            check_text(&maker);
            swap(&maker, frame);
            check_text(&maker);
        }
    }
}

static void test_eapol(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_capwap(&maker, 2, 0x0200, 0, 0);
    make_ethernet(&maker, 0, 0x888e);
    make_text(&maker, "identity");
    struct outcome *outcome = feed_one(&maker, DATA_PORT);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0x888e, "identity");
    outcome_free(outcome);
}

static void test_management(void **state)
{
    (void)state;
    static const unsigned controls[] = {0x00, 0x10, 0x20, 0x40, 0x50, 0x80, 0xa0, 0xb0, 0xc0, 0xd0};
    for (size_t i = 0; i < TT_ARRAY_LEN(controls); i++) {
        for (unsigned swapped = 0; swapped < 2; swapped++) {
            struct maker maker = {.len = 0};
            make_capwap(&maker, 2, 0x0100, 0, 0);
            make_wlan(&maker, (struct wlan_header){.control = controls[i]});
            make_text(&maker, "elements");
            if (swapped)
                swap(&maker, 8);
            struct outcome *outcome = feed_one(&maker, DATA_PORT);
            assert_datagram(outcome, 0, TT_TRANSPORT_LINK,
                            TT_LINK_WLAN_MANAGEMENT | controls[i] >> 4, "elements");
            outcome_free(outcome);
        }
    }
}

static void test_fragments(void **state)
{
    (void)state;
    struct maker frame = {.len = 0};
    make_wlan(&frame,
              (struct wlan_header){.control = WLAN_QOS_DATA, .flags = WLAN_TO_DS, .qos = 0x80});
    /* An aggregate: the rest of it must outlive the buffer in which it was put together. */
    for (unsigned i = 0; i < 2; i++) {
        size_t begin = frame.len;
        make_mac(&frame, 1);
        make_mac(&frame, 0);
        make_u16(&frame, (unsigned)(8 + 20 + 8 + strlen(TEXT)));
        make_snap(&frame, 0x0800);
        make_numbered(&frame, 1 + i);
        make_fill(&frame, 0, (4 - (frame.len - begin) % 4) % 4);
    }
    struct outcome *outcome = outcome_new(1);
    for (unsigned at = 0; at < frame.len; at += 32) {
        struct maker part = {.len = 0};
        bool last = at + 32 >= frame.len;
        make_capwap(&part, 2, 0x0300 | 0x80 | (last ? 0x40U : 0), 7, at);
        make_bytes(&part, frame.bytes + at, last ? frame.len - at : 32);
        feed(outcome, &part, DATA_PORT);
    }
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 2);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    assert_datagram(outcome, 1, TT_TRANSPORT_UDP, 0, TEXT);
    assert_int_equal(outcome->datagrams[0].first_frame, 1);
    assert_int_equal(outcome->datagrams[0].last_frame, outcome->number);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
    /* The last one does not come. */
    struct maker part = {.len = 0};
    make_capwap(&part, 2, 0x0380, 7, 0);
    make_text(&part, "the first part");
    outcome = feed_one(&part, DATA_PORT);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "the first part");
    assert_int_equal(outcome_notes(outcome, "wlan.fragment_incomplete"), 1);
    outcome_free(outcome);
}

static void test_dtls(void **state)
{
    (void)state;
    static const unsigned ports[] = {DATA_PORT, CONTROL_PORT};
    for (size_t i = 0; i < TT_ARRAY_LEN(ports); i++) {
        for (unsigned type = 22; type <= 23; type++) {
            struct maker maker = {.len = 0};
            make_u32(&maker, 0x01000000);
            make_u8(&maker, type);
            make_u16(&maker, 0xfefd);
            make_fill(&maker, 0, 10);
            make_text(&maker, "record");
            struct outcome *outcome = feed_one(&maker, ports[i]);
            assert_int_equal(outcome->datagrams[0].bytes.len, maker.len - 4);
            assert_int_equal(outcome->datagrams[0].flags & TT_CHUNK_ENCRYPTED, 0);
            assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_UDP);
            outcome_free(outcome);
            maker.bytes[5] = 3; /* no DTLS */
            check_datagram(&maker, ports[i]);
        }
    }
}

static void test_others(void **state)
{
    (void)state;
    /* Keep-alive, unknown preamble, header lengths that lie, no frame inside. */
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"\0\x10\x02\x08\0\0\0\0keep-alive", 18},
                 {"\x10\x10\x03\0\0\0\0\0", 8},
                 {"\0\x08\x03\0\0\0\0\0", 8},
                 {"\0\xf8\x03\0\0\0\0\0", 8},
                 {"\0\x10\x03\0\0\0\0\0\x01\x01 no frame", 19},
                 {"\0\x10\x02\0\0\0\0\0 no Ethernet at all", 27},
                 {"\0\x10\x06\0\0\0\0\0 another wireless", 25}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, cases[i].bytes, cases[i].len);
        check_datagram(&maker, DATA_PORT);
    }
    struct maker maker = {.len = 0};
    make_capwap(&maker, 2, 0x0200, 0, 0);
    make_ethernet(&maker, 0, 0x0800);
    make_hello(&maker);
    check_datagram(&maker, CONTROL_PORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),     cmocka_unit_test(test_eapol),
        cmocka_unit_test(test_management), cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_dtls),       cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
