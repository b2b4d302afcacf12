#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "model/limits.h"
#include "support/flush.h"

#include <stdio.h>

enum { MICRO = (int)0xa1b2c3d4, NANO = (int)0xa1b23c4d, PATCHED = (int)0xa1b2cd34 };

/* Reads `maker` in one piece, flush against an unreadable page. */
static struct outcome read_whole(const struct maker *maker)
{
    struct outcome outcome;
    struct flush flush = flush_make(maker_span(maker));
    outcome_of_bytes(&outcome, flush.span, 0);
    flush_free(&flush);
    return outcome;
}

static void line_of(char line[200], uint64_t number, uint64_t time, uint32_t link,
                    uint32_t original, struct tt_span bytes)
{
    (void)snprintf(line, 200,
                   "%" PRIu64 " %" PRIu64 " %" PRIu32 " 0 %" PRIu32 " %zu %016" PRIx64 "\n", number,
                   time, link, original, bytes.len, hash(bytes));
}

static void expect_two_frames(uint32_t magic, bool big, uint64_t fraction)
{
    struct maker maker = maker_new(big);
    pcap_header(&maker, magic, 65535, 1);
    pcap_record(&maker, 1407402602, 123456, 60, 60);
    pcap_record(&maker, 1407402603, 5, 100, 1514);
    struct outcome outcome = read_whole(&maker);
    char expected[400];
    line_of(expected, 1, 1407402602000000000 + 123456 * fraction, 1, 60,
            tt_span_sub(maker_span(&maker), 24 + 16, 60));
    line_of(expected + strlen(expected), 2, 1407402603000000000 + 5 * fraction, 1, 1514,
            tt_span_sub(maker_span(&maker), 24 + 16 + 60 + 16, 100));
    assert_int_equal(outcome.opened, TT_OK);
    assert_int_equal(outcome.read, TT_OK);
    assert_string_equal(frames_of(&outcome), expected);
    assert_string_equal(notes_of(&outcome), "");
    assert_string_equal(outcome.summary.format, "pcap");
    assert_null(outcome.summary.wrapping);
    assert_int_equal(outcome.summary.frames, 2);
    assert_int_equal(outcome.summary.file_bytes, maker.out.len);
    assert_int_equal(outcome.summary.first_time, 1407402602000000000 + 123456 * fraction);
    assert_int_equal(outcome.summary.last_time, 1407402603000000000 + 5 * fraction);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_byte_orders_and_units(void **state)
{
    (void)state;
    expect_two_frames((uint32_t)MICRO, false, 1000);
    expect_two_frames((uint32_t)MICRO, true, 1000);
    expect_two_frames((uint32_t)NANO, false, 1);
    expect_two_frames((uint32_t)NANO, true, 1);
}

static void expect_patched(bool big)
{
    struct maker maker = maker_new(big);
    pcap_header(&maker, (uint32_t)PATCHED, 65535, 1);
    for (uint32_t i = 0; i < 3; i++) {
        put32(&maker, 1407402602 + i);
        put32(&maker, 7);
        put32(&maker, 20 + i);
        put32(&maker, 20 + i);
        put32(&maker, 2);      /* interface index */
        put16(&maker, 0x0800); /* protocol */
        put16(&maker, 0);      /* packet type, padding */
        put_pattern(&maker, 20 + i, i);
    }
    struct outcome outcome = read_whole(&maker);
    char expected[600] = "";
    size_t at = 24;
    for (uint32_t i = 0; i < 3; i++) {
        line_of(expected + strlen(expected), i + 1, (1407402602 + i) * UINT64_C(1000000000) + 7000,
                1, 20 + i, tt_span_sub(maker_span(&maker), at + 24, 20 + i));
        at += 24 + 20 + i;
    }
    assert_string_equal(frames_of(&outcome), expected);
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_patched_variant(void **state)
{
    (void)state;
    expect_patched(false);
    expect_patched(true);
}

static void expect_link(uint32_t field, uint32_t link)
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, field);
    pcap_record(&maker, 1, 0, 4, 4);
    struct outcome outcome = read_whole(&maker);
    char expected[200];
    line_of(expected, 1, 1000000000, link, 4, tt_span_sub(maker_span(&maker), 40, 4));
    assert_string_equal(frames_of(&outcome), expected);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_link_type_field(void **state)
{
    (void)state;
    expect_link(276, 276);
    expect_link(0x24000001, 1);   /* FCS of two 16-bit words */
    expect_link(0xfbff0069, 105); /* all that is above */
    expect_link(65535, 65535);
}

/* Before version 2.3 the original length comes first; in 2.3 the greater one is the original. */
static void expect_lengths(unsigned minor, uint32_t first, uint32_t second, size_t captured,
                           uint32_t original)
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    maker.out.data[6] = (uint8_t)minor;
    put32(&maker, 1);
    put32(&maker, 0);
    put32(&maker, first);
    put32(&maker, second);
    put_pattern(&maker, captured, 1);
    struct outcome outcome = read_whole(&maker);
    char expected[200];
    line_of(expected, 1, 1000000000, 1, original, tt_span_sub(maker_span(&maker), 40, captured));
    assert_string_equal(frames_of(&outcome), expected);
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_old_versions(void **state)
{
    (void)state;
    expect_lengths(2, 90, 60, 60, 90);
    expect_lengths(3, 90, 60, 60, 90);
    expect_lengths(3, 60, 90, 60, 90);
    expect_lengths(4, 60, 90, 60, 90);
}

static void test_unknown_version(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    maker.out.data[4] = 9;
    pcap_record(&maker, 1, 0, 4, 4);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(count_lines(frames_of(&outcome)), 1);
    assert_string_equal(notes_of(&outcome), "pcap.version 0 4 0\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_no_packets(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.opened, TT_OK);
    assert_string_equal(frames_of(&outcome), "");
    assert_string_equal(notes_of(&outcome), "");
    assert_int_equal(outcome.summary.first_time, 0);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_packets_above_snaplen(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 96, 1);
    pcap_record(&maker, 1, 0, 1500, 1500);
    pcap_record(&maker, 2, 0, 262144, 262144);
    pcap_record(&maker, 3, 0, 0, 60);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(count_lines(frames_of(&outcome)), 3);
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_impossible_length(void **state)
{
    (void)state;
    static const struct {
        uint32_t snaplen;
        uint32_t captured;
    } cases[] = {
        {65535, 262145}, {65535, UINT32_MAX}, {UINT32_MAX, TT_FRAME_MAX + 1}, {400000, 400001}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = maker_new(false);
        pcap_header(&maker, (uint32_t)MICRO, cases[i].snaplen, 1);
        pcap_record(&maker, 1, 0, 60, 60);
        size_t at = maker.out.len;
        pcap_record(&maker, 2, 0, 60, 60);
        patch32(&maker, at + 8, cases[i].captured);
        pcap_record(&maker, 3, 0, 60, 60);
        struct outcome outcome = read_whole(&maker);
        assert_int_equal(outcome.read, TT_OK);
        assert_int_equal(count_lines(frames_of(&outcome)), 1);
        char expected[100];
        (void)snprintf(expected, sizeof(expected), "pcap.damaged 0 %zu %zu\n", at,
                       maker.out.len - at);
        assert_string_equal(notes_of(&outcome), expected);
        /* The digest and the size are those of the file nevertheless. */
        assert_int_equal(outcome.summary.file_bytes, maker.out.len);
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

/* A length that lies without being impossible: the packet swallows what follows. */
static void test_length_past_the_end(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    pcap_record(&maker, 1, 0, 60, 60);
    pcap_record(&maker, 2, 0, 60, 60);
    patch32(&maker, 24 + 76 + 8, 1000);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(count_lines(frames_of(&outcome)), 1);
    assert_string_equal(notes_of(&outcome), "pcap.cut 0 100 940\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_original_below_captured(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    pcap_record(&maker, 1, 0, 60, 20);
    struct outcome outcome = read_whole(&maker);
    char expected[200];
    line_of(expected, 1, 1000000000, 1, 60, tt_span_sub(maker_span(&maker), 40, 60));
    assert_string_equal(frames_of(&outcome), expected);
    assert_string_equal(notes_of(&outcome), "capture.length 1 0 0\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_times_out_of_order(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    pcap_record(&maker, 20, 0, 4, 4);
    pcap_record(&maker, 10, 0, 4, 4);
    pcap_record(&maker, UINT32_MAX, UINT32_MAX, 4, 4);
    pcap_record(&maker, 0, 0, 4, 4);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.summary.first_time, 10000000000);
    assert_true(outcome.summary.last_time == 4294967295000000000U + 4294967295000U);
    outcome_free(&outcome);
    maker_free(&maker);
}

/* Cut at every offset, in one piece, byte by byte and in odd pieces: the frames are a prefix, and
 * there is a note unless the cut fell between two records. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    size_t ends[8] = {24};
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    for (uint32_t i = 1; i < TT_ARRAY_LEN(ends); i++) {
        pcap_record(&maker, i, i, i * 5, i * 6);
        ends[i] = maker.out.len;
    }
    struct outcome all = read_whole(&maker);
    for (size_t cut = 0; cut <= maker.out.len; cut++) {
        size_t whole = 0;
        bool between = false;
        for (size_t i = 0; i < TT_ARRAY_LEN(ends); i++) {
            whole += i > 0 && ends[i] <= cut;
            between = between || ends[i] == cut;
        }
        struct flush flush = flush_make(tt_span_sub(maker_span(&maker), 0, cut));
        static const size_t steps[] = {0, 1, 13};
        for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
            struct outcome outcome;
            outcome_of_bytes(&outcome, flush.span, steps[i]);
            assert_int_equal(outcome.opened, cut < 24 ? TT_ERR_FORMAT : TT_OK);
            assert_int_equal(outcome.read, TT_OK);
            assert_int_equal(count_lines(frames_of(&outcome)), whole);
            assert_int_equal(
                strncmp(frames_of(&all), frames_of(&outcome), strlen(frames_of(&outcome))), 0);
            assert_int_equal(count_lines(notes_of(&outcome)), cut >= 24 && !between);
            outcome_free(&outcome);
        }
        flush_free(&flush);
    }
    outcome_free(&all);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_byte_orders_and_units),
        cmocka_unit_test(test_patched_variant),
        cmocka_unit_test(test_link_type_field),
        cmocka_unit_test(test_old_versions),
        cmocka_unit_test(test_unknown_version),
        cmocka_unit_test(test_no_packets),
        cmocka_unit_test(test_packets_above_snaplen),
        cmocka_unit_test(test_impossible_length),
        cmocka_unit_test(test_length_past_the_end),
        cmocka_unit_test(test_original_below_captured),
        cmocka_unit_test(test_times_out_of_order),
        cmocka_unit_test(test_cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
