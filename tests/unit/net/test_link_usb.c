#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

#define MACS "\2\0\0\0\0\2\2\0\0\0\0\1"

/* The header of the capturing program; `kind` 3 is a bulk transfer. */
static void make_transfer(struct maker *maker, uint32_t link, unsigned kind)
{
    switch (link) {
    case 249: /* USBPcap */
        make_u8(maker, 28);
        make_fill(maker, 0, 21);
        make_u8(maker, kind);
        make_fill(maker, 0, 5);
        break;
    case 266: /* macOS */
        make_bytes(maker, "\0\1\x20", 3);
        make_fill(maker, 0, 29);
        break;
    default:
        make_fill(maker, 0, 9);
        make_u8(maker, kind);
        make_fill(maker, 0, link == 220 ? 54 : 38);
        break;
    }
}

static const uint32_t links[] = {189, 220, 249, 266};

static void test_transfers(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++)
        for (unsigned kind = 0; kind < 4; kind++) {
            struct maker maker = {.len = 0};
            make_transfer(&maker, links[i], kind);
            make_text(&maker, "data of a device");
            check_link(links[i], &maker,
                       (struct expected){TT_TRANSPORT_LINK, 0, "data of a device", 0, 0});
        }
    CHECK_BAD(189, "too short", "usb.header");
    CHECK_BAD(220, "too short", "usb.header");
    CHECK_BAD(249,
              "\xff\0"
              "0123456789012345678901234567",
              "usb.header");
    CHECK_BAD(249,
              "\2\0"
              "0123456789012345678901234567",
              "usb.header");
    CHECK_BAD(266,
              "\0\1\xff"
              "01234567890123456789012345678901",
              "usb.header");
}

/* Isochronous transfers have a table, whose number of entries may lie. */
static void test_isochronous(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_transfer(&maker, 220, 0);
    maker.bytes[60] = 2;
    make_fill(&maker, 0, 32);
    make_text(&maker, TEXT);
    check_link(220, &maker, (struct expected){TT_TRANSPORT_LINK, 0, TEXT, 0, 0});
    maker.bytes[63] = 0x7f;
    maker.bytes[60] = 0x7f;
    struct outcome *outcome = outcome_new(220);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, 32 + strlen(TEXT));
    outcome_free(outcome);
}

static void make_le16(struct maker *maker, unsigned value)
{
    make_u8(maker, value);
    make_u8(maker, value >> 8);
}

static void make_le32(struct maker *maker, uint32_t value)
{
    make_u32(maker, __builtin_bswap32(value));
}

/* One Ethernet frame with the text, or with a letter behind it. */
static void make_frame(struct maker *maker, unsigned letter)
{
    char text[2] = {(char)letter, 0};
    make_ethernet(maker, 0, 0x0800);
    make_ipv4(maker, (struct ipv4){.protocol = 17, .payload = 8 + 1});
    make_udp(maker, 0, 1);
    make_text(maker, text);
}

static void make_rndis(struct maker *maker, unsigned letter)
{
    struct maker frame = {.len = 0};
    make_frame(&frame, letter);
    make_le32(maker, 1);
    make_le32(maker, (uint32_t)(44 + frame.len));
    make_le32(maker, 36);
    make_le32(maker, (uint32_t)frame.len);
    make_fill(maker, 0, 28);
    make_bytes(maker, frame.bytes, frame.len);
}

static void check_letters(uint32_t link, const struct maker *maker, size_t count)
{
    struct outcome *outcome = outcome_new(link);
    outcome->flush_pages = true;
    outcome_feed(outcome, maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->datagram_count, count);
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(outcome->datagrams[i].bytes.len, 1);
        seen |= UINT64_C(1) << (outcome->datagrams[i].bytes.data[0] - 'A');
    }
    assert_int_equal(seen, (UINT64_C(1) << count) - 1);
    assert_int_equal(outcome->flow_count, 1);
    assert_int_equal(outcome->flows[0].flow.transport, TT_TRANSPORT_UDP);
    outcome_free(outcome);
}

/* Cut at every byte: no more than was captured comes out, and the cut is told. */
static void check_letters_cut(uint32_t link, const struct maker *maker)
{
    for (size_t cut = 0; cut < maker->len; cut++) {
        struct outcome *outcome = outcome_new(link);
        outcome->flush_pages = true;
        outcome_feed_cut(outcome, maker, cut);
        outcome_flush(outcome);
        assert_true(outcome->bytes <= cut);
        assert_int_equal(outcome_notes(outcome, "net.cut"), 1);
        outcome_free(outcome);
    }
}

static void test_rndis(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++)
        for (size_t count = 1; count <= 3; count++) {
            struct maker maker = {.len = 0};
            make_transfer(&maker, links[i], 3);
            for (unsigned letter = 0; letter < count; letter++)
                make_rndis(&maker, 'A' + letter);
            check_letters(links[i], &maker, count);
            check_letters_cut(links[i], &maker);
        }
}

static void test_rndis_lies(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        unsigned value;
    } lies[] = {{4, 0xff}, {4, 1},     {7, 0xff},  {8, 0xff},
                {8, 0},    {11, 0xff}, {12, 0xff}, {15, 0xff}};
    for (size_t i = 0; i < TT_ARRAY_LEN(lies); i++) {
        struct maker maker = {.len = 0};
        make_transfer(&maker, 189, 3);
        size_t start = maker.len;
        make_rndis(&maker, 'A');
        maker.bytes[start + lies[i].at] = (uint8_t)lies[i].value;
        struct outcome *outcome = outcome_new(189);
        outcome->flush_pages = true;
        outcome_feed(outcome, &maker);
        outcome_flush(outcome);
        assert_int_equal(outcome->bytes, maker.len - start);
        outcome_free(outcome);
    }
}

/* A block of `count` frames, or IP packets for "IPS". */
static void make_ntb(struct maker *maker, const char *signature, size_t count, size_t padding)
{
    struct maker frames[32] = {{.len = 0}};
    size_t at = 12 + 8 + (count + 1) * 4;
    struct maker table = {.len = 0};
    for (size_t i = 0; i < count; i++) {
        make_frame(&frames[i], 'A' + (unsigned)i);
        size_t skipped = signature[0] == 'I' ? 14 : 0;
        memmove(frames[i].bytes, frames[i].bytes + skipped, frames[i].len - skipped);
        frames[i].len -= skipped;
        make_le16(&table, (unsigned)at);
        make_le16(&table, (unsigned)frames[i].len);
        at += frames[i].len + padding;
    }
    make_u32(&table, 0);
    make_text(maker, "NCMH");
    make_le16(maker, 12);
    make_le16(maker, 1);
    make_le16(maker, (unsigned)at);
    make_le16(maker, 12);
    make_bytes(maker, signature, 4);
    make_le16(maker, (unsigned)(8 + table.len));
    make_le16(maker, 0);
    make_bytes(maker, table.bytes, table.len);
    for (size_t i = 0; i < count; i++) {
        make_bytes(maker, frames[i].bytes, frames[i].len);
        make_fill(maker, 0, padding);
    }
}

static void test_ncm(void **state)
{
    (void)state;
    static const char *const signatures[] = {"NCM0", "NCM1", "IPS\0"};
    static const size_t counts[] = {1, 2, 8, 9, 20, 32};
    for (size_t i = 0; i < TT_ARRAY_LEN(signatures); i++)
        for (size_t j = 0; j < TT_ARRAY_LEN(counts); j++)
            for (size_t padding = 0; padding < 4; padding++) {
                struct maker maker = {.len = 0};
                make_transfer(&maker, 189, 3);
                make_ntb(&maker, signatures[i], counts[j], padding);
                check_letters(189, &maker, counts[j]);
            }
    struct maker maker = {.len = 0};
    make_transfer(&maker, 189, 3);
    make_ntb(&maker, "NCM0", 3, 0);
    check_letters_cut(189, &maker);
}

/* Each byte of the header and of the table changed: every byte still ends somewhere. */
static void test_ncm_lies(void **state)
{
    (void)state;
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    for (size_t at = 0; at < 12 + 8 + 16; at++)
        for (size_t i = 0; i < TT_ARRAY_LEN(changes); i++) {
            struct maker maker = {.len = 0};
            make_transfer(&maker, 189, 3);
            size_t start = maker.len;
            make_ntb(&maker, "NCM0", 3, 1);
            maker.bytes[start + at] ^= changes[i];
            struct outcome *outcome = outcome_new(189);
            outcome->flush_pages = true;
            outcome_feed(outcome, &maker);
            outcome_flush(outcome);
            outcome_free(outcome);
        }
    /* Much room behind the last one is searched. */
    struct maker maker = {.len = 0};
    make_transfer(&maker, 189, 3);
    make_ntb(&maker, "NCM0", 1, 0);
    make_fill(&maker, 'x', 100);
    struct outcome *outcome = outcome_new(189);
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome->bytes, 101);
    outcome_free(outcome);
}

static void test_bare(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++) {
        struct maker maker = {.len = 0};
        make_transfer(&maker, links[i], 3);
        size_t start = maker.len;
        make_bytes(&maker, MACS "\x08\0", 14);
        make_hello(&maker);
        check_whole(links[i], &maker, &(struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 0});
        maker.len = start;
        make_hello(&maker);
        check_whole(links[i], &maker, &(struct expected){TT_TRANSPORT_UDP, 0, TEXT, 0, 0});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transfers), cmocka_unit_test(test_isochronous),
        cmocka_unit_test(test_rndis),     cmocka_unit_test(test_rndis_lies),
        cmocka_unit_test(test_ncm),       cmocka_unit_test(test_ncm_lies),
        cmocka_unit_test(test_bare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
