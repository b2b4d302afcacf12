#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "capture/packer.h"
#include "model/limits.h"
#include "support/flush.h"

#include <stdio.h>

static struct maker make_pcap(uint32_t packets)
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < packets; i++)
        pcap_record(&maker, i + 1, i, 10 + i % 50, 10 + i % 50);
    return maker;
}

static struct outcome read_bytes(struct tt_span bytes, size_t step)
{
    struct outcome outcome;
    struct flush flush = flush_make(bytes);
    outcome_of_bytes(&outcome, flush.span, step);
    flush_free(&flush);
    return outcome;
}

/* Whether a note of `packer` with this ending ("cut") is among `notes`. */
static bool has_note(const struct outcome *outcome, const struct packer *packer, const char *code)
{
    char text[40];
    (void)snprintf(text, sizeof(text), "%s.%s 0 ", packer->name, code);
    return strstr(notes_of(outcome), text) != NULL;
}

static void expect_members(const struct packer *packer, const struct maker *maker, size_t members)
{
    static const size_t steps[] = {0, 1, 997};
    struct outcome plain = read_bytes(maker_span(maker), 0);
    struct tt_buf packed = tt_buf_make(1U << 24);
    size_t piece = maker->out.len / members + 1;
    for (size_t at = 0; at < maker->out.len; at += piece)
        packer->pack(&packed, tt_span_sub(maker_span(maker), at, piece));
    packer->pack(&packed, tt_span_str("")); /* an empty one, too */
    for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
        struct outcome outcome = read_bytes(tt_buf_span(&packed), steps[i]);
        assert_int_equal(outcome.opened, TT_OK);
        assert_string_equal(frames_of(&outcome), frames_of(&plain));
        assert_string_equal(notes_of(&outcome), "");
        assert_string_equal(outcome.summary.format, "pcap");
        assert_int_equal(outcome.summary.file_bytes, packed.len);
        assert_string_not_equal(outcome.summary.sha256, plain.summary.sha256);
        outcome_free(&outcome);
    }
    outcome_free(&plain);
    tt_buf_free(&packed);
}

static void test_members(void **state)
{
    (void)state;
    struct maker maker = make_pcap(2000);
    static const size_t members[] = {1, 2, 7, 100};
    for (size_t i = 0; i < TT_ARRAY_LEN(packers) * TT_ARRAY_LEN(members); i++)
        expect_members(&packers[i / TT_ARRAY_LEN(members)], &maker,
                       members[i % TT_ARRAY_LEN(members)]);
    maker_free(&maker);
}

/* More than the buffer of a stream holds, so that decoders are stopped with output in hand. */
static void test_large(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 200; i++)
        pcap_record(&maker, 1407402602 + i, i, 30000 + i * 100, 65535);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    for (size_t i = 0; i < TT_ARRAY_LEN(packers); i++) {
        struct tt_buf packed = tt_buf_make(1U << 26);
        packers[i].pack(&packed, maker_span(&maker));
        static const size_t steps[] = {0, 4096};
        for (size_t j = 0; j < TT_ARRAY_LEN(steps); j++) {
            struct outcome outcome = read_bytes(tt_buf_span(&packed), steps[j]);
            assert_string_equal(frames_of(&outcome), frames_of(&plain));
            assert_string_equal(notes_of(&outcome), "");
            assert_string_equal(outcome.summary.wrapping, packers[i].name);
            outcome_free(&outcome);
        }
        tt_buf_free(&packed);
    }
    outcome_free(&plain);
    maker_free(&maker);
}

static void test_pcapng_inside(void **state)
{
    (void)state;
    struct maker maker = maker_new(true);
    section(&maker, true);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    for (size_t i = 0; i < TT_ARRAY_LEN(packers); i++) {
        struct tt_buf packed = tt_buf_make(1U << 20);
        packers[i].pack(&packed, maker_span(&maker));
        struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
        assert_string_equal(outcome.summary.format, "pcapng");
        assert_int_equal(outcome.summary.frames, 1);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    maker_free(&maker);
}

/* Where the last line of `text` begins. */
static size_t last_line(const char *text)
{
    size_t at = strlen(text);
    at -= at > 0;
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return at;
}

static void expect_cut(const struct packer *packer, struct tt_span packed, size_t first,
                       const char *plain)
{
    static const size_t steps[] = {0, 1};
    for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
        struct outcome outcome = read_bytes(packed, steps[i]);
        const char *frames = frames_of(&outcome);
        /* The last frame may be cut, too. */
        assert_int_equal(strncmp(plain, frames, last_line(frames)), 0);
        assert_int_equal(outcome.read, TT_OK);
        if (outcome.opened != TT_OK) {
            assert_int_equal(outcome.opened, TT_ERR_FORMAT);
            assert_true(packed.len < first);
        } else if (packed.len == first) {
            assert_string_equal(notes_of(&outcome), "pcap.cut 0 689 5\n");
        } else if (packed.len > first && packed.len < first + packer->magic) {
            /* Too little of the next member to know it. */
            assert_true(has_note(&outcome, packer, "trailing"));
        } else {
            assert_true(has_note(&outcome, packer, "cut"));
        }
        outcome_free(&outcome);
    }
}

/* Cut at every offset: a prefix of the frames, and the note, also where the cut falls between two
 * records of the capture inside. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker = make_pcap(40);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    for (size_t i = 0; i < TT_ARRAY_LEN(packers); i++) {
        struct tt_buf packed = tt_buf_make(1U << 20);
        packers[i].pack(&packed, tt_span_sub(maker_span(&maker), 0, 700));
        size_t first = packed.len;
        packers[i].pack(&packed, tt_span_from(maker_span(&maker), 700));
        for (size_t cut = 0; cut < packed.len; cut++)
            expect_cut(&packers[i], tt_span_sub(tt_buf_span(&packed), 0, cut), first,
                       frames_of(&plain));
        tt_buf_free(&packed);
    }
    outcome_free(&plain);
    maker_free(&maker);
}

/* The check sum comes last (in xz before the index), so everything was read by then. */
static void test_wrong_check_sum(void **state)
{
    (void)state;
    struct maker maker = make_pcap(3000);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    static const size_t from_end[] = {8, 4, 28, 4};
    for (size_t i = 0; i < TT_ARRAY_LEN(packers); i++) {
        struct tt_buf packed = tt_buf_make(1U << 24);
        packers[i].pack(&packed, maker_span(&maker));
        packed.data[packed.len - from_end[i]] ^= 1U;
        struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
        assert_string_equal(frames_of(&outcome), frames_of(&plain));
        assert_true(has_note(&outcome, &packers[i], "damaged"));
        assert_int_equal(outcome.summary.file_bytes, packed.len);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    outcome_free(&plain);
    maker_free(&maker);
}

static void test_damaged(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 6000; i++)
        pcap_record(&maker, 1407402602 + i, i * 7919 % 1000000, 100 + i * 31 % 1300, 1500);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    for (size_t i = 0; i < TT_ARRAY_LEN(packers); i++) {
        struct tt_buf packed = tt_buf_make(1U << 26);
        /* Members, since a single block of some formats would hold everything. */
        for (size_t at = 0; at < maker.out.len; at += 65536)
            packers[i].pack(&packed, tt_span_sub(maker_span(&maker), at, 65536));
        for (size_t at = packed.len / 2; at < packed.len / 2 + 40; at++)
            packed.data[at] = 0xff;
        struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
        const char *frames = frames_of(&outcome);
        assert_true(strlen(frames) > 0);
        assert_true(strlen(frames) < strlen(frames_of(&plain)));
        /* A decoder may take some wrong bytes for right ones, so the last frames may differ. */
        assert_int_equal(strncmp(frames, frames_of(&plain), strlen(frames) / 2), 0);
        assert_true(has_note(&outcome, &packers[i], "damaged"));
        assert_int_equal(outcome.summary.file_bytes, packed.len);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    outcome_free(&plain);
    maker_free(&maker);
}

static void test_trailing_bytes(void **state)
{
    (void)state;
    struct maker maker = make_pcap(5);
    for (size_t i = 0; i < TT_ARRAY_LEN(packers); i++) {
        struct tt_buf packed = tt_buf_make(1U << 20);
        packers[i].pack(&packed, maker_span(&maker));
        char expected[100];
        (void)snprintf(expected, sizeof(expected), "%s.trailing 0 %zu 14\n", packers[i].name,
                       packed.len);
        assert_int_equal(tt_buf_append_str(&packed, "something else"), TT_OK);
        struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
        assert_string_equal(notes_of(&outcome), expected);
        assert_int_equal(outcome.summary.frames, 5);
        assert_int_equal(outcome.summary.file_bytes, packed.len);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    maker_free(&maker);
}

/* Zero bytes between streams of xz come in fours. */
static void test_xz_padding(void **state)
{
    (void)state;
    struct maker maker = make_pcap(5);
    for (size_t zeros = 0; zeros < 10; zeros++) {
        struct tt_buf packed = tt_buf_make(1U << 20);
        pack_xz(&packed, tt_span_sub(maker_span(&maker), 0, 100));
        for (size_t i = 0; i < zeros; i++)
            assert_int_equal(tt_buf_append_u8(&packed, 0), TT_OK);
        pack_xz(&packed, tt_span_from(maker_span(&maker), 100));
        struct outcome outcome = read_bytes(tt_buf_span(&packed), zeros % 2);
        bool right = zeros % 4 == 0;
        assert_int_equal(outcome.summary.frames == 5, right);
        assert_int_equal(strstr(notes_of(&outcome), "xz.trailing") == NULL, right);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    maker_free(&maker);
}

/* A skippable frame of `len` bytes. */
static void add_skippable(struct tt_buf *out, uint8_t len)
{
    uint8_t head[] = {0x5a, 0x2a, 0x4d, 0x18, len, 0, 0, 0};
    assert_int_equal(tt_buf_append(out, tt_span_of(head, sizeof(head))), TT_OK);
    for (uint8_t i = 0; i < len; i++)
        assert_int_equal(tt_buf_append_u8(out, i), TT_OK);
}

static void test_skippable_frames(void **state)
{
    (void)state;
    struct maker maker = make_pcap(5);
    static const size_t which[] = {1, 3}; /* zstd, lz4 */
    for (size_t i = 0; i < TT_ARRAY_LEN(which); i++) {
        const struct packer *packer = &packers[which[i]];
        struct tt_buf packed = tt_buf_make(1U << 20);
        add_skippable(&packed, 4);
        add_skippable(&packed, 0);
        packer->pack(&packed, tt_span_sub(maker_span(&maker), 0, 100));
        add_skippable(&packed, 200);
        packer->pack(&packed, tt_span_from(maker_span(&maker), 100));
        add_skippable(&packed, 9);
        for (size_t step = 0; step < 3; step++) {
            struct outcome outcome = read_bytes(tt_buf_span(&packed), step);
            assert_int_equal(outcome.opened, TT_OK);
            assert_string_equal(outcome.summary.wrapping, packer->name);
            assert_int_equal(outcome.summary.frames, 5);
            assert_string_equal(notes_of(&outcome), "");
            outcome_free(&outcome);
        }
        tt_buf_free(&packed);
    }
    /* One that nothing follows, or that is longer than what is looked at, tells nothing. */
    struct tt_buf lone = tt_buf_make(1U << 20);
    add_skippable(&lone, 4);
    struct outcome outcome = read_bytes(tt_buf_span(&lone), 0);
    assert_int_equal(outcome.opened, TT_ERR_FORMAT);
    outcome_free(&outcome);
    tt_buf_free(&lone);
    maker_free(&maker);
}

/* A frame of zstd that asks for a window of 2^log bytes, with one block of `bytes` as they stand.
 */
static void add_zstd_window(struct tt_buf *out, unsigned log, struct tt_span bytes)
{
    uint32_t block = (uint32_t)bytes.len << 3 | 1U;
    uint8_t head[] = {0x28,
                      0xb5,
                      0x2f,
                      0xfd,
                      0,
                      (uint8_t)((log - 10) << 3),
                      (uint8_t)block,
                      (uint8_t)(block >> 8),
                      (uint8_t)(block >> 16)};
    assert_int_equal(tt_buf_append(out, tt_span_of(head, sizeof(head))), TT_OK);
    assert_int_equal(tt_buf_append(out, bytes), TT_OK);
}

static void test_zstd_limit(void **state)
{
    (void)state;
    struct maker maker = make_pcap(5);
    for (unsigned more = 0; more < 2; more++) {
        struct tt_buf packed = tt_buf_make(1U << 20);
        pack_zstd(&packed, tt_span_sub(maker_span(&maker), 0, 100));
        size_t at = packed.len;
        add_zstd_window(&packed, TT_WRAPPING_WINDOW_LOG_MAX + more,
                        tt_span_from(maker_span(&maker), 100));
        struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
        assert_int_equal(outcome.summary.frames == 5, more == 0);
        assert_int_equal(has_note(&outcome, &packers[1], "limit"), more == 1);
        assert_true(at < packed.len);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    maker_free(&maker);
}

/* Overwrites the dictionary size of the first block's header (sections 3.1 and 5.3.1), and its
 * check sum. */
static void set_xz_dictionary(struct tt_buf *packed, size_t at, uint8_t size)
{
    uint8_t *header = packed->data + at + 12;
    size_t len = ((size_t)header[0] + 1) * 4;
    assert_int_equal(header[2], 0x21); /* LZMA2 alone */
    header[4] = size;
    uint32_t crc = lzma_crc32(header, len - 4, 0);
    for (size_t i = 0; i < 4; i++)
        header[len - 4 + i] = (uint8_t)(crc >> (8 * i));
}

static void test_xz_limit(void **state)
{
    (void)state;
    struct maker maker = make_pcap(5);
    static const uint8_t sizes[] = {28, 31}; /* 64 MiB, 192 MiB */
    for (size_t i = 0; i < TT_ARRAY_LEN(sizes); i++) {
        struct tt_buf packed = tt_buf_make(1U << 20);
        pack_xz(&packed, tt_span_sub(maker_span(&maker), 0, 100));
        size_t at = packed.len;
        pack_xz(&packed, tt_span_from(maker_span(&maker), 100));
        set_xz_dictionary(&packed, at, sizes[i]);
        struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
        assert_int_equal(outcome.summary.frames == 5, i == 0);
        assert_int_equal(has_note(&outcome, &packers[2], "limit"), i == 1);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    maker_free(&maker);
}

/* Wrapped `times` times, in each format in turn. */
static struct tt_buf wrap(struct tt_span bytes, size_t times)
{
    struct tt_buf packed = tt_buf_make(1U << 20);
    assert_int_equal(tt_buf_append(&packed, bytes), TT_OK);
    for (size_t i = 0; i < times; i++) {
        struct tt_buf again = tt_buf_make(1U << 20);
        packers[i % TT_ARRAY_LEN(packers)].pack(&again, tt_buf_span(&packed));
        tt_buf_free(&packed);
        packed = again;
    }
    return packed;
}

static void test_wrapped_again_and_again(void **state)
{
    (void)state;
    static const char *const names[] = {"", "gzip", "zstd, gzip", "xz, zstd, gzip",
                                        "lz4, xz, zstd, gzip"};
    struct maker maker = make_pcap(20);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    for (size_t times = 1; times <= TT_WRAPPING_DEPTH_MAX + 1; times++) {
        struct tt_buf packed = wrap(maker_span(&maker), times);
        for (size_t step = 0; step < 3; step++) {
            struct outcome outcome = read_bytes(tt_buf_span(&packed), step);
            if (times > TT_WRAPPING_DEPTH_MAX) {
                assert_int_equal(outcome.opened, TT_ERR_FORMAT);
                assert_non_null(strstr(outcome.error.text, "gzip data; unpack it"));
            } else {
                assert_string_equal(frames_of(&outcome), frames_of(&plain));
                assert_string_equal(outcome.summary.wrapping, names[times]);
                assert_int_equal(outcome.summary.file_bytes, packed.len);
            }
            outcome_free(&outcome);
        }
        /* Cut, each layer ends where the one around it does. */
        struct outcome outcome =
            read_bytes(tt_span_sub(tt_buf_span(&packed), 0, packed.len - 1), 0);
        assert_true(outcome.opened != TT_OK || count_lines(notes_of(&outcome)) > 0);
        outcome_free(&outcome);
        tt_buf_free(&packed);
    }
    outcome_free(&plain);
    maker_free(&maker);
}

static void expect_refusal(const struct packer *packer, struct tt_span inside, const char *says)
{
    struct tt_buf packed = tt_buf_make(1U << 20);
    packer->pack(&packed, inside);
    struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
    assert_int_equal(outcome.opened, TT_ERR_FORMAT);
    assert_non_null(strstr(outcome.error.text, packer->name));
    assert_non_null(strstr(outcome.error.text, says));
    outcome_free(&outcome);
    tt_buf_free(&packed);
}

static void test_something_else_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_ARRAY_LEN(packers); i++) {
        expect_refusal(&packers[i], tt_span_str("Dear diary, today I captured nothing at all."),
                       "a text");
        expect_refusal(&packers[i], tt_span_of("PK\3\4", 4), "zip archive");
        expect_refusal(&packers[i], tt_span_str(""), "nothing readable");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_pcapng_inside),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_wrong_check_sum),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_trailing_bytes),
        cmocka_unit_test(test_xz_padding),
        cmocka_unit_test(test_skippable_frames),
        cmocka_unit_test(test_zstd_limit),
        cmocka_unit_test(test_xz_limit),
        cmocka_unit_test(test_wrapped_again_and_again),
        cmocka_unit_test(test_something_else_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
