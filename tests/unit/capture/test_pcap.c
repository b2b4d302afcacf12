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
    assert_string_equal(outcome.summary.wrapping, "");
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

/* Three packets at these microseconds or nanoseconds. */
static uint64_t clock_error_of(uint32_t magic, const uint32_t fractions[3])
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, magic, 65535, 1);
    for (size_t i = 0; i < 3; i++) {
        put32(&maker, 1407402602);
        put32(&maker, fractions[i]);
        put32(&maker, 20);
        put32(&maker, 20);
        put_pattern(&maker, 20, (uint32_t)i);
    }
    struct outcome outcome = read_whole(&maker);
    uint64_t error = outcome.summary.clock_error;
    outcome_free(&outcome);
    maker_free(&maker);
    return error;
}

/* A step of the clock, what a coarser one left in finer times, and how far they go back. */
static void test_clock_error(void **state)
{
    (void)state;
    assert_int_equal(clock_error_of((uint32_t)MICRO, (uint32_t[]){1, 2, 3}), 1000);
    assert_int_equal(clock_error_of((uint32_t)NANO, (uint32_t[]){1, 2, 3}), 1);
    assert_int_equal(clock_error_of((uint32_t)MICRO, (uint32_t[]){1000, 2000, 3000}), 1000000);
    assert_int_equal(clock_error_of((uint32_t)NANO, (uint32_t[]){0, 1000000, 3000000}), 1000000);
    assert_int_equal(clock_error_of((uint32_t)MICRO, (uint32_t[]){50, 20, 49}), 31000);
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

static void expect_link(uint32_t field, uint32_t link, unsigned fcs_len)
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, field);
    pcap_record(&maker, 1, 0, 4, 4);
    struct tt_capture *capture = NULL;
    struct tt_frame frame = {0};
    bool more = false;
    assert_int_equal(tt_capture_open_bytes(maker_span(&maker), 0, NULL, &capture, NULL), TT_OK);
    assert_int_equal(tt_capture_next(capture, &frame, &more, NULL), TT_OK);
    assert_true(more);
    assert_int_equal(frame.link, link);
    assert_int_equal(frame.fcs_len, fcs_len);
    assert_int_equal(frame.bytes.len, 4);
    tt_capture_free(capture);
    maker_free(&maker);
}

static void test_link_type_field(void **state)
{
    (void)state;
    expect_link(276, 276, 0);
    expect_link(0x24000001, 1, 4);   /* FCS of two 16-bit words */
    expect_link(0xf4000001, 1, 30);  /* the longest there is */
    expect_link(0x20000001, 1, 0);   /* a length that is not said to be one */
    expect_link(0xfbff0069, 105, 0); /* all that is above but for the mark */
    expect_link(65535, 65535, 0);
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

/* The record cannot be read; the next one is found. */
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
        pcap_record(&maker, 1400000001, 0, 60, 60);
        size_t at = maker.out.len;
        pcap_record(&maker, 1400000002, 0, 60, 60);
        patch32(&maker, at + 8, cases[i].captured);
        pcap_record(&maker, 1400000003, 0, 60, 60);
        struct outcome outcome = read_whole(&maker);
        char expected[400];
        line_of(expected, 1, 1400000001000000000, 1, 60, tt_span_sub(maker_span(&maker), 40, 60));
        line_of(expected + strlen(expected), 2, 1400000003000000000, 1, 60,
                tt_span_sub(maker_span(&maker), at + 92, 60));
        assert_int_equal(outcome.read, TT_OK);
        assert_string_equal(frames_of(&outcome), expected);
        (void)snprintf(expected, sizeof(expected), "pcap.damaged 0 %zu 76\n", at);
        assert_string_equal(notes_of(&outcome), expected);
        /* The digest and the size are those of the file nevertheless. */
        assert_int_equal(outcome.summary.file_bytes, maker.out.len);
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

/* The last record is given as far as it goes. */
static void test_length_past_the_end(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    pcap_record(&maker, 1, 0, 60, 60);
    pcap_record(&maker, 2, 0, 60, 2000);
    patch32(&maker, 24 + 76 + 8, 1000);
    struct outcome outcome = read_whole(&maker);
    char expected[400];
    line_of(expected, 1, 1000000000, 1, 60, tt_span_sub(maker_span(&maker), 40, 60));
    line_of(expected + strlen(expected), 2, 2000000000, 1, 2000,
            tt_span_sub(maker_span(&maker), 116, 60));
    assert_string_equal(frames_of(&outcome), expected);
    assert_string_equal(notes_of(&outcome), "pcap.cut 2 100 940\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void expect_one_frame(uint32_t captured, uint32_t original, uint32_t shown,
                             const char *notes)
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 65535, 1);
    pcap_record(&maker, 1, 0, captured, original);
    struct outcome outcome = read_whole(&maker);
    char expected[200];
    line_of(expected, 1, 1000000000, 1, shown, tt_span_sub(maker_span(&maker), 40, captured));
    assert_string_equal(frames_of(&outcome), expected);
    assert_string_equal(notes_of(&outcome), notes);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_odd_lengths(void **state)
{
    (void)state;
    expect_one_frame(0, 0, 0, "");
    expect_one_frame(0, 60, 60, "");
    expect_one_frame(60, 0, 60, "capture.length 1 0 0\n");
    expect_one_frame(60, 59, 60, "capture.length 1 0 0\n");
    expect_one_frame(60, TT_FRAME_MAX, TT_FRAME_MAX, "");
    expect_one_frame(60, UINT32_MAX, 60, "capture.original_length 1 0 0\n");
}

/* Nothing but empty packets, and a tail of zeros, which reads like more of them. */
static void test_empty_packets(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, (uint32_t)MICRO, 0, 1);
    pcap_record(&maker, 1, 0, 0, 0);
    pcap_record(&maker, 1, 1, 0, 1500);
    for (size_t i = 0; i < 10 * 16; i++)
        put_bytes(&maker, "", 1);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.summary.frames, 12);
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    maker_free(&maker);
}

/* Told once, and added as it stands. */
static void test_fraction_above_a_second(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        uint32_t fraction;
        uint64_t ns;
        bool noted;
    } cases[] = {{(uint32_t)MICRO, 999999, 999999000, false},
                 {(uint32_t)MICRO, 1000000, 1000000000, true},
                 {(uint32_t)NANO, 999999999, 999999999, false},
                 {(uint32_t)NANO, UINT32_MAX, UINT32_MAX, true}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = maker_new(true);
        pcap_header(&maker, cases[i].magic, 65535, 1);
        for (uint32_t j = 0; j < 3; j++)
            pcap_record(&maker, 1400000000, cases[i].fraction, 60, 60);
        struct outcome outcome = read_whole(&maker);
        assert_int_equal(outcome.summary.frames, 3);
        assert_int_equal(outcome.summary.last_time, 1400000000000000000 + cases[i].ns);
        assert_string_equal(notes_of(&outcome), cases[i].noted ? "pcap.time 1 24 0\n" : "");
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

/* Version 2.2 with a link type of SNMP's interface table; the older meaning for other types. */
static void test_aix(void **state)
{
    (void)state;
    static const uint32_t types[][2] = {{6, 1}, {9, 6}, {15, 10}, {24, 0}, {1, 1}};
    for (size_t i = 0; i < TT_ARRAY_LEN(types); i++) {
        struct maker maker = maker_new(true);
        pcap_header(&maker, (uint32_t)MICRO, 65535, types[i][0]);
        maker.out.data[7] = 2;
        pcap_record(&maker, 1, 500, 60, 60);
        struct outcome outcome = read_whole(&maker);
        bool aix = types[i][0] != 1;
        char expected[200];
        line_of(expected, 1, 1000000000 + (aix ? 500U : 500000U), types[i][1], 60,
                tt_span_sub(maker_span(&maker), 40, 60));
        assert_string_equal(frames_of(&outcome), expected);
        assert_string_equal(notes_of(&outcome), aix ? "pcap.variant 0 4 0\n" : "");
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

/* Records whose headers have `header` bytes. */
static struct maker make_layout(uint32_t magic, bool big, size_t header, uint32_t records)
{
    struct maker maker = maker_new(big);
    pcap_header(&maker, magic, 65535, 1);
    for (uint32_t i = 0; i < records; i++) {
        put32(&maker, 1407402602 + i);
        put32(&maker, 7);
        put32(&maker, 60 + i);
        put32(&maker, 60 + i);
        put_pattern(&maker, header - 16, 200);
        put_pattern(&maker, 60 + i, i);
    }
    return maker;
}

/* Layouts that no magic number tells, with enough records to be sure. */
static void test_layouts(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        size_t header;
        bool noted;
    } cases[] = {{(uint32_t)MICRO, 16, false},  {(uint32_t)MICRO, 20, true},
                 {(uint32_t)MICRO, 24, true},   {(uint32_t)PATCHED, 24, false},
                 {(uint32_t)PATCHED, 28, true}, {(uint32_t)NANO, 16, false}};
    for (size_t i = 0; i < 2 * TT_ARRAY_LEN(cases); i++) {
        for (uint32_t records = 2; records < 7; records++) {
            size_t header = cases[i / 2].header;
            struct maker maker = make_layout(cases[i / 2].magic, i % 2 != 0, header, records);
            struct outcome outcome = read_whole(&maker);
            assert_int_equal(outcome.summary.frames, records);
            assert_string_equal(notes_of(&outcome),
                                cases[i / 2].noted ? "pcap.variant 0 0 0\n" : "");
            char expected[200];
            uint64_t fraction = cases[i / 2].magic == (uint32_t)NANO ? 7 : 7000;
            line_of(expected, 1, 1407402602000000000 + fraction, 1, 60,
                    tt_span_sub(maker_span(&maker), 24 + header, 60));
            assert_int_equal(strncmp(frames_of(&outcome), expected, strlen(expected)), 0);
            struct outcome pieces;
            outcome_of_bytes(&pieces, maker_span(&maker), 1);
            assert_string_equal(frames_of(&pieces), frames_of(&outcome));
            outcome_free(&pieces);
            outcome_free(&outcome);
            maker_free(&maker);
        }
    }
}

/* One record proves no layout: it is read as the magic number says. */
static void test_layout_without_proof(void **state)
{
    (void)state;
    struct maker maker = make_layout((uint32_t)MICRO, false, 20, 1);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.summary.frames, 1);
    assert_string_equal(notes_of(&outcome), "pcap.cut 0 100 12\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

/* The file header is followed by the length of all records. */
static void test_lcap(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct maker maker = maker_new(i % 2 != 0);
        pcap_header(&maker, i < 2 ? 0x1c0001ac : 0x1c0001ab, 65535, 1);
        put32(&maker, 152);
        pcap_record(&maker, 1407402602, 5, 60, 60);
        pcap_record(&maker, 1407402603, 5, 60, 60);
        struct outcome outcome = read_whole(&maker);
        char expected[400];
        line_of(expected, 1, 1407402602000005000, 1, 60, tt_span_sub(maker_span(&maker), 44, 60));
        line_of(expected + strlen(expected), 2, 1407402603000005000, 1, 60,
                tt_span_sub(maker_span(&maker), 44 + 76, 60));
        assert_string_equal(frames_of(&outcome), expected);
        assert_string_equal(notes_of(&outcome), "");
        outcome_free(&outcome);
        maker.out.len = 27;
        outcome = read_whole(&maker);
        assert_int_equal(outcome.opened, TT_ERR_FORMAT);
        outcome_free(&outcome);
        maker_free(&maker);
    }
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
    assert_int_equal(outcome.summary.frames, 4);
    assert_string_equal(notes_of(&outcome), "pcap.time 3 64 0\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

/* How many records a file of `cut` bytes has, the last one perhaps in part, and whether it ends
 * inside one. */
static size_t records_before(const size_t *ends, size_t count, size_t cut, bool *ret_inside)
{
    size_t records = 0;
    *ret_inside = cut > ends[0];
    for (size_t i = 0; i < count; i++) {
        records += i + 1 < count && cut > ends[i] + 16;
        if (cut == ends[i])
            *ret_inside = false;
    }
    return records;
}

/* Where the last line of `text` begins. */
static size_t last_line(const char *text)
{
    size_t at = strlen(text) - 1;
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return at;
}

/* Cut at every offset, in one piece, byte by byte and in odd pieces: the frames are a prefix, but
 * for the last one, which has what there is, and there is a note unless the cut fell between two
 * records. */
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
        bool inside = false;
        size_t records = records_before(ends, TT_ARRAY_LEN(ends), cut, &inside);
        struct flush flush = flush_make(tt_span_sub(maker_span(&maker), 0, cut));
        static const size_t steps[] = {0, 1, 13};
        for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
            struct outcome outcome;
            outcome_of_bytes(&outcome, flush.span, steps[i]);
            const char *frames = frames_of(&outcome);
            assert_int_equal(outcome.opened, cut < 24 ? TT_ERR_FORMAT : TT_OK);
            assert_int_equal(outcome.read, TT_OK);
            assert_int_equal(count_lines(frames), records);
            assert_int_equal(count_lines(notes_of(&outcome)), inside);
            size_t same = strlen(frames);
            if (inside && same > 0)
                same = last_line(frames);
            assert_int_equal(strncmp(frames_of(&all), frames, same), 0);
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
        cmocka_unit_test(test_clock_error),
        cmocka_unit_test(test_patched_variant),
        cmocka_unit_test(test_link_type_field),
        cmocka_unit_test(test_old_versions),
        cmocka_unit_test(test_unknown_version),
        cmocka_unit_test(test_no_packets),
        cmocka_unit_test(test_packets_above_snaplen),
        cmocka_unit_test(test_impossible_length),
        cmocka_unit_test(test_length_past_the_end),
        cmocka_unit_test(test_odd_lengths),
        cmocka_unit_test(test_empty_packets),
        cmocka_unit_test(test_fraction_above_a_second),
        cmocka_unit_test(test_aix),
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_layout_without_proof),
        cmocka_unit_test(test_lcap),
        cmocka_unit_test(test_times_out_of_order),
        cmocka_unit_test(test_cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
