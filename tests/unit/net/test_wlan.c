/* 802.11 frames: headers in front of them, addresses, bodies, aggregates, fragments, retries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outcome.h"
#include "net/wlan_maker.h"

enum { LINK_WLAN = 105, LINK_PRISM = 119, LINK_RADIOTAP = 127, LINK_AVS = 163 };

static const char TEXT[] = "hello, is anybody there";

static void make_hello(struct maker *maker)
{
    size_t len = strlen(TEXT);
    make_ipv4(maker, (struct ipv4){.protocol = 17, .payload = 8 + len});
    make_udp(maker, 0, len);
    make_text(maker, TEXT);
}

static void make_data(struct maker *maker, struct wlan_header header)
{
    make_wlan(maker, header);
    make_snap(maker, 0x0800);
    make_hello(maker);
}

static struct outcome *feed_one(uint32_t link, const struct maker *maker)
{
    struct outcome *outcome = outcome_new(link);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    return outcome;
}

/* What is left of the frame when it is cut anywhere never exceeds what was captured. */
static void check_cuts(uint32_t link, const struct maker *maker)
{
    for (size_t cut = 0; cut < maker->len; cut++) {
        struct outcome *outcome = outcome_new(link);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, maker, cut);
        outcome_flush(outcome);
        assert_true(outcome->bytes <= cut);
        outcome_free(outcome);
    }
}

/* The text comes out of the frame, whatever else it is. */
static void check_text(uint32_t link, const struct maker *maker)
{
    struct outcome *outcome = feed_one(link, maker);
    assert_int_equal(outcome->datagram_count, 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    for (uint8_t i = 0; i < 2; i++) {
        struct tt_addr mac = outcome->flows[0].flow.ends[i].mac;
        assert_int_equal(mac.family, TT_ADDR_MAC);
        assert_int_equal(mac.bytes[5], i + 1);
    }
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
    check_cuts(link, maker);
}

/* The frame goes out as it stands, from `header` bytes on. */
static struct outcome *feed_raw(uint32_t link, const struct maker *maker, size_t header,
                                unsigned kind)
{
    struct outcome *outcome = feed_one(link, maker);
    assert_int_equal(outcome->datagram_count, 1);
    const struct outcome_datagram *datagram = &outcome->datagrams[0];
    assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_LINK);
    assert_int_equal(outcome->flows[0].flow.kind, kind);
    assert_int_equal(datagram->bytes.len, maker->len - header);
    assert_memory_equal(datagram->bytes.data, maker->bytes + header, maker->len - header);
    check_cuts(link, maker);
    return outcome;
}

/* ---- MAC headers ---- */

static void test_addresses(void **state)
{
    (void)state;
    static const unsigned controls[] = {WLAN_DATA, WLAN_QOS_DATA, 0x18 /* Data + CF-Ack */};
    for (size_t i = 0; i < TT_ARRAY_LEN(controls); i++) {
        for (unsigned ds = 0; ds < 4; ds++) {
            for (unsigned order = 0; order <= WLAN_ORDER; order += WLAN_ORDER) {
                struct maker maker = {.len = 0};
                make_data(&maker, (struct wlan_header){
                                      .control = controls[i], .flags = ds | order, .qos = 5});
                check_text(LINK_WLAN, &maker);
            }
        }
    }
}

static void test_ipv6_and_bridge_tunnel(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_wlan(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_TO_DS});
    make_bytes(&maker, "\xaa\xaa\x03\0\0\xf8\x86\xdd", 8);
    size_t len = strlen(TEXT);
    make_ipv6(&maker, 0, 17, 8 + len);
    make_udp(&maker, 0, len);
    make_text(&maker, TEXT);
    check_text(LINK_WLAN, &maker);
}

static void test_mesh(void **state)
{
    (void)state;
    for (unsigned extension = 0; extension < 3; extension++) {
        struct maker maker = {.len = 0};
        make_wlan(&maker, (struct wlan_header){.control = WLAN_QOS_DATA,
                                               .flags = WLAN_TO_DS | WLAN_FROM_DS,
                                               .qos = 0x0100});
        make_u8(&maker, extension);
        make_u8(&maker, 31);
        make_u32(&maker, 7);
        for (unsigned i = 0; i < extension; i++)
            make_mac(&maker, extension == 2 ? 1 - i : 7);
        make_snap(&maker, 0x0800);
        make_hello(&maker);
        check_text(LINK_WLAN, &maker);
    }
}

/* Nothing but what the capturing program wrote: a preamble without a frame. */
static void test_no_frame(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\0\0\x09\0\0\0\0\x04\0", 9);
    struct outcome *outcome = feed_one(LINK_RADIOTAP, &maker);
    assert_int_equal(outcome->flow_count, 0);
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

/* Padding that nobody told of, and a whole Ethernet frame as the body. */
static void test_odd_bodies(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_wlan(&maker, (struct wlan_header){.control = WLAN_QOS_DATA, .flags = WLAN_TO_DS});
    make_u16(&maker, 0);
    make_snap(&maker, 0x0800);
    make_hello(&maker);
    check_text(LINK_WLAN, &maker);
    maker.len = 0;
    make_wlan(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_FROM_DS});
    make_ethernet(&maker, 0, 0x0800);
    make_hello(&maker);
    check_text(LINK_WLAN, &maker);
}

static void test_no_data(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_wlan(&maker, (struct wlan_header){.control = WLAN_NULL, .flags = WLAN_TO_DS});
    struct outcome *outcome = feed_one(LINK_WLAN, &maker);
    assert_int_equal(outcome->flow_count, 0);
    outcome_free(outcome);
    make_text(&maker, "hidden");
    outcome = feed_raw(LINK_WLAN, &maker, 24, TT_LINK_WLAN);
    assert_int_equal(outcome_notes(outcome, "wlan.header"), 1);
    outcome_free(outcome);
}

static void test_no_header(void **state)
{
    (void)state;
    /* Version 1, an extension frame, and too little. */
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"\x09\x01 no frame of the version that is known", 40},
                 {"\x0c\x00 an extension frame, whatever it is...", 40},
                 {"\x08\x01short", 7},
                 {"\x08", 1}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, cases[i].bytes, cases[i].len);
        struct outcome *outcome = feed_raw(LINK_WLAN, &maker, 0, TT_LINK_WLAN);
        assert_int_equal(outcome_notes(outcome, "wlan.header"), 1);
        outcome_free(outcome);
    }
}

static void test_control(void **state)
{
    (void)state;
    static const struct {
        unsigned control;
        size_t len;
    } cases[] = {{0xd4, 10}, {0xc4, 10}, {0xb4, 16}, {0xa4, 16}, {0x94, 150}, {0x24, 256}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_u8(&maker, cases[i].control);
        make_fill(&maker, 0, cases[i].len - 1);
        struct outcome *outcome = feed_one(LINK_WLAN, &maker);
        assert_int_equal(outcome->flow_count, 0);
        outcome_free(outcome);
        check_cuts(LINK_WLAN, &maker);
        make_fcs(&maker, 0);
        outcome = feed_one(LINK_WLAN, &maker);
        assert_int_equal(outcome->flow_count, 0);
        outcome_free(outcome);
    }
    /* Nothing hides behind an acknowledgement. */
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\xd4\0\0\0\x02\0\0\0\0\x01", 10);
    make_text(&maker, "hidden");
    struct outcome *outcome = feed_raw(LINK_WLAN, &maker, 10, TT_LINK_WLAN);
    assert_int_equal(outcome_notes(outcome, "wlan.control"), 1);
    outcome_free(outcome);
}

static void test_management(void **state)
{
    (void)state;
    for (unsigned subtype = 0; subtype < 16; subtype++) {
        for (unsigned order = 0; order <= WLAN_ORDER; order += WLAN_ORDER) {
            struct maker maker = {.len = 0};
            make_wlan(&maker, (struct wlan_header){.control = subtype << 4, .flags = order});
            size_t header = maker.len;
            make_text(&maker, "elements");
            struct outcome *outcome =
                feed_raw(LINK_WLAN, &maker, header, TT_LINK_WLAN_MANAGEMENT | subtype);
            assert_true(tt_link_is_wlan_management(outcome->flows[0].flow.kind));
            assert_int_equal(outcome->flows[0].flow.ends[0].addr.bytes[5], 1);
            assert_int_equal(outcome->flows[0].flow.ends[1].addr.bytes[5], 2);
            assert_int_equal(outcome->note_count, 0);
            outcome_free(outcome);
        }
    }
}

/* ---- in front of the frame ---- */

static void make_header(struct maker *maker, const char *bytes, size_t len, size_t padded)
{
    make_bytes(maker, bytes, len);
    make_fill(maker, 0, padded - len);
}

static void test_radiotap(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool fcs;
    } cases[] = {
        {"\0\0\x08\0\0\0\0\0", 8, false},
        {"\0\0\x09\0\x02\0\0\0\x10", 9, true},
        /* A timestamp before the flags; presence words of other namespaces; a vendor's. */
        {"\0\0\x11\0\x03\0\0\0tsfttsft\x10", 17, true},
        {"\0\0\x19\0\x03\0\0\xa0\0\0\0\x20....tsfttsft\x10", 25, true},
        {"\0\0\x15\0\x02\0\0\xc0\0\x11\x22\0\x10vendor's", 21, true},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, cases[i].bytes, cases[i].len);
        make_data(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_TO_DS});
        if (cases[i].fcs)
            make_u32(&maker, 0xdeadbeef); /* wrong, but nobody says so */
        check_text(LINK_RADIOTAP, &maker);
    }
    struct maker maker = {.len = 0};
    make_radiotap(&maker, 0x20);
    make_wlan(&maker, (struct wlan_header){.control = WLAN_QOS_DATA, .flags = WLAN_TO_DS});
    make_u16(&maker, 0xffff); /* padding */
    make_snap(&maker, 0x0800);
    make_hello(&maker);
    check_text(LINK_RADIOTAP, &maker);
}

static void test_bad_radiotap(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"\0\0\x07\0\0\0\0\0", 8},
                 {"\0\0\xff\xff\0\0\0\0", 8},
                 {"\x01\0\x08\0\0\0\0\0", 8},
                 {"\0\0\x08\0\0\0\0", 7}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_bytes(&maker, cases[i].bytes, cases[i].len);
        struct outcome *outcome = feed_raw(LINK_RADIOTAP, &maker, 0, 0);
        assert_int_equal(outcome_notes(outcome, "radiotap.header"), 1);
        outcome_free(outcome);
    }
    /* Presence words without end, and flags behind the header: there are no flags then. */
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\0\0\x0c\0\x02\0\0\x80\x00\0\0\x80", 12);
    make_data(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_TO_DS});
    check_text(LINK_RADIOTAP, &maker);
    maker.len = 0;
    make_bytes(&maker, "\0\0\x08\0\x02\0\0\0", 8);
    make_data(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_TO_DS});
    check_text(LINK_RADIOTAP, &maker);
}

static void test_prism_and_avs(void **state)
{
    (void)state;
    static const struct {
        uint32_t link;
        const char *bytes;
        size_t len;
        size_t padded;
    } cases[] = {
        {LINK_PRISM, "\x44\0\0\0\x90\0\0\0wlan0", 13, 144},
        {LINK_PRISM, "\0\0\0\x44\0\0\0\x90wlan0", 13, 144},
        {LINK_PRISM, "\x41\0\0\0\x50\0\0\0wlan0", 13, 80},
        {LINK_PRISM, "\x41\0\0\0\0\0\0\0wlan0", 13, 144},
        {LINK_PRISM, "\x80\x21\x10\x01\0\0\0\x40", 8, 64},
        {LINK_PRISM, "", 0, 0},
        {LINK_AVS, "\x80\x21\x10\x01\0\0\0\x40", 8, 64},
        {LINK_AVS, "\x80\x21\x10\x02\0\0\0\x50", 8, 80},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = {.len = 0};
        make_header(&maker, cases[i].bytes, cases[i].len, cases[i].padded);
        make_data(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_TO_DS});
        check_text(cases[i].link, &maker);
    }
    struct maker maker = {.len = 0};
    make_bytes(&maker, "\x44\0\0\0\x90\0\0\0 and no more", 20);
    struct outcome *outcome = feed_raw(LINK_PRISM, &maker, 0, 0);
    assert_int_equal(outcome_notes(outcome, "prism.header"), 1);
    outcome_free(outcome);
    for (unsigned len = 0; len < 2; len++) {
        maker.len = 0;
        make_bytes(&maker, len == 0 ? "\x80\x21\x10\x01\0\0\0\x07" : "\x80\x21\x10\x01\0\0\0\x40",
                   8);
        make_text(&maker, "no frame");
        outcome = feed_raw(LINK_AVS, &maker, 0, 0);
        assert_int_equal(outcome_notes(outcome, "avs.header"), 1);
        outcome_free(outcome);
    }
}

/* ---- the frame check sequence ---- */

static void test_fcs(void **state)
{
    (void)state;
    /* One that nobody told of is found by its value. */
    struct maker maker = {.len = 0};
    make_wlan(&maker, (struct wlan_header){.control = WLAN_BEACON});
    make_text(&maker, "elements");
    make_fcs(&maker, 0);
    struct outcome *outcome = feed_one(LINK_WLAN, &maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, TT_LINK_WLAN_MANAGEMENT | 8, "elements");
    outcome_free(outcome);
    maker.bytes[maker.len - 1] ^= 1;
    outcome = feed_raw(LINK_WLAN, &maker, 24, TT_LINK_WLAN_MANAGEMENT | 8);
    outcome_free(outcome);
}

static void test_bad_fcs(void **state)
{
    (void)state;
    /* Damaged: searched, but no flow is made of it. */
    for (unsigned flags = 0x40; flags <= 0x50; flags += 0x10) {
        struct maker maker = {.len = 0};
        make_radiotap(&maker, flags);
        make_data(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_TO_DS});
        size_t len = maker.len;
        make_u32(&maker, 0);
        struct outcome *outcome = feed_one(LINK_RADIOTAP, &maker);
        assert_int_equal(outcome_notes(outcome, "wlan.fcs"), 1);
        assert_int_equal(outcome->flows[0].flow.kind, TT_LINK_WLAN);
        assert_int_equal(outcome->flows[0].flow.ends[0].mac.family, TT_ADDR_NONE);
        assert_int_equal(outcome->datagrams[0].bytes.len, (flags == 0x50 ? len : maker.len) - 9);
        outcome_free(outcome);
        check_cuts(LINK_RADIOTAP, &maker);
    }
    /* The receiver says so, but it is not. */
    struct maker maker = {.len = 0};
    make_radiotap(&maker, 0x50);
    make_data(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_TO_DS});
    make_fcs(&maker, 9);
    struct outcome *outcome = feed_one(LINK_RADIOTAP, &maker);
    assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, TEXT);
    outcome_free(outcome);
}

/* ---- ciphertext ---- */

static void make_cipher(struct maker *maker)
{
    for (unsigned i = 0; i < 80; i++)
        make_u8(maker, 37 * i + 5);
}

static void test_encrypted(void **state)
{
    (void)state;
    static const unsigned controls[] = {WLAN_DATA, WLAN_QOS_DATA, 0xc0 /* deauthentication */};
    for (size_t i = 0; i < TT_ARRAY_LEN(controls); i++) {
        for (unsigned fragment = 0; fragment < 2; fragment++) {
            struct maker maker = {.len = 0};
            make_wlan(&maker, (struct wlan_header){.control = controls[i],
                                                   .flags = WLAN_PROTECTED | WLAN_MORE * fragment,
                                                   .fragment = fragment,
                                                   .qos = 0x80});
            size_t header = maker.len;
            make_cipher(&maker);
            struct outcome *outcome = feed_raw(LINK_WLAN, &maker, header, TT_LINK_WLAN);
            assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_ENCRYPTED);
            assert_int_equal(outcome->note_count, 0);
            outcome_free(outcome);
        }
    }
    /* What reads as text is no ciphertext. */
    struct maker maker = {.len = 0};
    make_wlan(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_PROTECTED});
    make_text(&maker, "a text that nobody encrypted, whatever the header says");
    struct outcome *outcome = feed_raw(LINK_WLAN, &maker, 24, TT_LINK_WLAN);
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM);
    outcome_free(outcome);
}

/* The bit is set, but the driver decrypted the frame; it may have left the cipher's header, and its
 * check value behind. */
static void test_decrypted(void **state)
{
    (void)state;
    static const size_t headers[] = {0, 4, 8};
    for (size_t i = 0; i < TT_ARRAY_LEN(headers); i++) {
        struct maker maker = {.len = 0};
        make_wlan(&maker, (struct wlan_header){.control = WLAN_QOS_DATA,
                                               .flags = WLAN_TO_DS | WLAN_PROTECTED});
        make_fill(&maker, 0x20, headers[i]);
        make_snap(&maker, 0x0800);
        make_hello(&maker);
        make_fill(&maker, 0x77, headers[i]);
        check_text(LINK_WLAN, &maker);
    }
}

/* ---- aggregates ---- */

static void make_subframe(struct maker *maker, size_t told, const char *text)
{
    make_mac(maker, 1);
    make_mac(maker, 0);
    make_u16(maker, (unsigned)told);
    make_snap(maker, 0x0800);
    size_t len = strlen(text);
    make_ipv4(maker, (struct ipv4){.protocol = 17, .payload = 8 + len});
    make_udp(maker, 0, len);
    make_text(maker, text);
}

static size_t subframe_len(const char *text)
{
    return 8 + 20 + 8 + strlen(text);
}

static void make_aggregate(struct maker *maker, unsigned flags)
{
    static const char *const texts[] = {"one", "two.", "three", "four.."};
    make_wlan(maker, (struct wlan_header){
                         .control = WLAN_QOS_DATA, .flags = WLAN_TO_DS | flags, .qos = 0x80});
    for (size_t i = 0; i < 4; i++) {
        size_t begin = maker->len;
        make_subframe(maker, subframe_len(texts[i]), texts[i]);
        if (i < 3)
            make_fill(maker, 0, (4 - (maker->len - begin) % 4) % 4);
    }
}

static void check_aggregate(const struct outcome *outcome)
{
    assert_int_equal(outcome->datagram_count, 4);
    assert_int_equal(outcome->flow_count, 1);
    assert_bytes(tt_buf_span(&outcome->datagrams[0].bytes), "one");
    assert_bytes(tt_buf_span(&outcome->datagrams[1].bytes), "two.");
    assert_bytes(tt_buf_span(&outcome->datagrams[2].bytes), "three");
    assert_bytes(tt_buf_span(&outcome->datagrams[3].bytes), "four..");
}

static void test_amsdu(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags <= WLAN_PROTECTED; flags += WLAN_PROTECTED) {
        struct maker maker = {.len = 0};
        make_aggregate(&maker, flags);
        struct outcome *outcome = feed_one(LINK_WLAN, &maker);
        check_aggregate(outcome);
        assert_int_equal(outcome->flows[0].flow.ends[0].mac.bytes[5], 1);
        assert_int_equal(outcome->flows[0].flow.ends[1].mac.bytes[5], 2);
        assert_int_equal(outcome->note_count, 0);
        outcome_free(outcome);
        check_cuts(LINK_WLAN, &maker);
    }
    /* The bit means something else to old stations. */
    struct maker maker = {.len = 0};
    make_data(&maker,
              (struct wlan_header){.control = WLAN_QOS_DATA, .flags = WLAN_TO_DS, .qos = 0x80});
    check_text(LINK_WLAN, &maker);
}

static void test_bad_amsdu(void **state)
{
    (void)state;
    static const size_t told[] = {0, 60000};
    for (size_t i = 0; i < TT_ARRAY_LEN(told); i++) {
        struct maker maker = {.len = 0};
        make_wlan(&maker,
                  (struct wlan_header){.control = WLAN_QOS_DATA, .flags = WLAN_TO_DS, .qos = 0x80});
        size_t first = maker.len;
        make_subframe(&maker, subframe_len("good"), "good");
        make_fill(&maker, 0, (4 - (maker.len - first) % 4) % 4);
        size_t second = maker.len;
        make_subframe(&maker, told[i], "bad");
        struct outcome *outcome = feed_one(LINK_WLAN, &maker);
        assert_int_equal(outcome_notes(outcome, "wlan.header"), 1);
        assert_datagram(outcome, 0, TT_TRANSPORT_UDP, 0, "good");
        assert_int_equal(outcome->datagrams[1].bytes.len, maker.len - second);
        assert_int_equal(outcome->flows[1].flow.kind, TT_LINK_WLAN);
        outcome_free(outcome);
        check_cuts(LINK_WLAN, &maker);
    }
}

/* More packets wait than there is room for: the last one goes out as it stands. */
static void test_deferred_limit(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(LINK_WLAN);
    struct tt_net *net = outcome->net;
    uint8_t elsewhere[] = "bytes that lie in no frame";
    struct tt_frame frame = {.number = 1, .bytes = tt_span_of("", 0)};
    outcome->number = 1;
    for (unsigned i = 0; i <= TT_TUNNEL_DEPTH_MAX; i++) {
        struct tt_packet packet = {.frame = &frame,
                                   .first_frame = 1,
                                   .bytes = tt_span_of(elsewhere, sizeof(elsewhere) - 1),
                                   .space = TT_SPACE_WLAN,
                                   .number = TT_LINK_WLAN,
                                   .depth = i,
                                   .overhead = &net->totals.link_bytes};
        tt_packet_defer(net, &packet);
    }
    assert_int_equal(outcome_notes(outcome, "net.deferred"), 1);
    assert_int_equal(outcome->datagram_count, 1);
    memset(elsewhere, 'x', sizeof(elsewhere)); /* they were copied */
    for (unsigned i = TT_TUNNEL_DEPTH_MAX; i > 0; i--) {
        struct tt_packet packet;
        assert_true(tt_deferred_take(&net->deferred, &packet));
        assert_int_equal(packet.depth, i - 1);
        assert_bytes(packet.bytes, "bytes that lie in no frame");
    }
    struct tt_packet none;
    assert_false(tt_deferred_take(&net->deferred, &none));
    outcome_free(outcome);
}

/* ---- frames sent again ---- */

static void test_retries(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(LINK_WLAN);
    struct wlan_header header = {.control = WLAN_DATA, .flags = WLAN_TO_DS, .sequence = 100};
    struct maker maker = {.len = 0};
    make_data(&maker, header);
    outcome_feed(outcome, &maker);
    /* Not a retry: the same number by chance. */
    outcome_feed(outcome, &maker);
    assert_int_equal(outcome->datagram_count, 2);
    maker.bytes[1] |= WLAN_RETRY;
    outcome_feed(outcome, &maker);
    outcome_feed(outcome, &maker);
    assert_int_equal(outcome->datagram_count, 2);
    assert_int_equal(outcome->net->totals.repeated_bytes, 2 * strlen(TEXT));
    /* Retries of what was not captured. */
    maker.bytes[maker.len - 1]++;
    outcome_feed(outcome, &maker);
    assert_int_equal(outcome->datagram_count, 3);
    maker.bytes[22] ^= 0x10; /* sequence number */
    outcome_feed(outcome, &maker);
    assert_int_equal(outcome->datagram_count, 4);
    /* One that the capture cut off is not the same. */
    outcome_feed_cut(outcome, &maker, maker.len - 2);
    assert_int_equal(outcome->datagram_count, 5);
    outcome_flush(outcome);
    assert_int_equal(outcome->flows[0].flow.repeated[0], 2 * strlen(TEXT));
    outcome_free(outcome);
}

/* More frames than are remembered: a retry of the first one may be read again; nothing is lost. */
static void test_retries_limit(void **state)
{
    (void)state;
    struct tt_wlan_seen seen = {.seed = 7};
    struct tt_wlan_identity identity = {.type = 0x20};
    size_t again = 0;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 4U * TT_WLAN_SEEN_MAX; i++) {
            memcpy(identity.addr[1], &i, sizeof(i));
            if (tt_wlan_seen_before(&seen, &identity, tt_span_str("body")))
                again++;
        }
        if (round == 0)
            assert_int_equal(again, 0);
    }
    assert_in_range(again, 0, TT_WLAN_SEEN_MAX / 4);
    assert_true(tt_wlan_seen_before(&seen, &identity, tt_span_str("body")));
    free(seen.digests);
}

/* ---- fragments ---- */

static void feed_fragment(struct outcome *outcome, unsigned sequence, unsigned fragment, bool more,
                          struct tt_span part)
{
    struct maker maker = {.len = 0};
    make_wlan(&maker, (struct wlan_header){.control = WLAN_DATA,
                                           .flags = WLAN_TO_DS | (more ? WLAN_MORE : 0U),
                                           .sequence = sequence,
                                           .fragment = fragment});
    make_bytes(&maker, part.data, part.len);
    outcome_feed(outcome, &maker);
}

static void test_fragments(void **state)
{
    (void)state;
    struct maker msdu = {.len = 0};
    make_snap(&msdu, 0x0800);
    make_hello(&msdu);
    struct tt_span whole = tt_span_of(msdu.bytes, msdu.len);
    struct outcome *outcome = outcome_new(LINK_WLAN);
    outcome->flush_pages = true;
    /* Two at once, with the parts of one between those of the other. */
    for (unsigned i = 0; i < 3; i++)
        for (unsigned sequence = 1; sequence <= 2; sequence++)
            feed_fragment(outcome, sequence, i, i < 2,
                          i < 2 ? tt_span_sub(whole, i * 20U, 20) : tt_span_from(whole, 40));
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_datagram(outcome, i, TT_TRANSPORT_UDP, 0, TEXT);
        assert_int_equal(outcome->datagrams[i].first_frame, 1 + i);
        assert_int_equal(outcome->datagrams[i].last_frame, 5 + i);
    }
    assert_int_equal(outcome->note_count, 0);
    outcome_free(outcome);
}

static void test_incomplete_fragments(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(LINK_WLAN);
    /* The second one is missing; nothing follows; too late; the first one is missing. */
    feed_fragment(outcome, 1, 0, true, tt_span_str("one"));
    feed_fragment(outcome, 1, 2, false, tt_span_str("three"));
    feed_fragment(outcome, 2, 0, true, tt_span_str("late"));
    outcome_wait(outcome, TT_FRAGMENT_SECONDS + 2);
    feed_fragment(outcome, 2, 1, false, tt_span_str("later"));
    feed_fragment(outcome, 3, 1, true, tt_span_str("lone"));
    feed_fragment(outcome, 4, 0, true, tt_span_str("first"));
    feed_fragment(outcome, 4, 1, true, tt_span_str("second"));
    outcome_flush(outcome);
    static const char *const texts[] = {"one", "three", "late", "later", "lone", "firstsecond"};
    assert_int_equal(outcome->datagram_count, TT_ARRAY_LEN(texts));
    for (size_t i = 0; i < TT_ARRAY_LEN(texts); i++)
        assert_datagram(outcome, i, TT_TRANSPORT_LINK, TT_LINK_WLAN, texts[i]);
    assert_int_equal(outcome_notes(outcome, "wlan.fragment_incomplete"), TT_ARRAY_LEN(texts));
    assert_int_equal(outcome->datagrams[5].first_frame, 6);
    assert_int_equal(outcome->datagrams[5].last_frame, 7);
    outcome_free(outcome);
}

static void test_fragment_limits(void **state)
{
    (void)state;
    struct outcome *outcome = outcome_new(LINK_WLAN);
    for (unsigned i = 0; i <= TT_WLAN_FRAGMENTED_MAX; i++)
        feed_fragment(outcome, i, 0, true, tt_span_str("part"));
    assert_int_equal(outcome_notes(outcome, "wlan.fragment_limit"), 1);
    assert_int_equal(outcome->datagram_count, 1);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, TT_WLAN_FRAGMENTED_MAX + 1);
    outcome_free(outcome);
    /* Longer than any frame. */
    outcome = outcome_new(LINK_WLAN);
    static uint8_t part[TT_WLAN_FRAME_MAX / 2 + 1];
    memset(part, 'p', sizeof(part));
    for (unsigned i = 0; i < 2; i++)
        feed_fragment(outcome, 1, i, true, tt_span_of(part, sizeof(part)));
    assert_int_equal(outcome_notes(outcome, "wlan.fragment_limit"), 1);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, 2);
    assert_int_equal(outcome->bytes, 2 * sizeof(part));
    outcome_free(outcome);
}

static void test_cut_fragment(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_wlan(&maker, (struct wlan_header){.control = WLAN_DATA, .flags = WLAN_MORE});
    make_text(&maker, "fragment");
    struct outcome *outcome = outcome_new(LINK_WLAN);
    outcome_feed_cut(outcome, &maker, maker.len - 2);
    outcome_flush(outcome);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, TT_LINK_WLAN, "fragme");
    assert_int_equal(outcome_notes(outcome, "wlan.fragment_incomplete"), 1);
    outcome_free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_ipv6_and_bridge_tunnel),
        cmocka_unit_test(test_mesh),
        cmocka_unit_test(test_no_frame),
        cmocka_unit_test(test_odd_bodies),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_no_header),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_management),
        cmocka_unit_test(test_radiotap),
        cmocka_unit_test(test_bad_radiotap),
        cmocka_unit_test(test_prism_and_avs),
        cmocka_unit_test(test_fcs),
        cmocka_unit_test(test_bad_fcs),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_decrypted),
        cmocka_unit_test(test_amsdu),
        cmocka_unit_test(test_bad_amsdu),
        cmocka_unit_test(test_deferred_limit),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_retries_limit),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_incomplete_fragments),
        cmocka_unit_test(test_fragment_limits),
        cmocka_unit_test(test_cut_fragment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
