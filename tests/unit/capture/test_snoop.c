#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "support/flush.h"

#include <stdio.h>

enum { FILE_HEADER = 16, RECORD_HEADER = 24 };

static void snoop_header(struct maker *maker, uint32_t version, uint32_t type)
{
    put_bytes(maker, "snoop\0\0", 8);
    put32(maker, version);
    put32(maker, type);
}

static void snoop_record(struct maker *maker, uint32_t seconds, uint32_t captured,
                         uint32_t original, uint32_t padding, uint32_t drops)
{
    put32(maker, original);
    put32(maker, captured);
    put32(maker, RECORD_HEADER + captured + padding);
    put32(maker, drops);
    put32(maker, seconds);
    put32(maker, 123456);
    put_pattern(maker, captured, seconds + captured);
    for (uint32_t i = 0; i < padding; i++)
        put_bytes(maker, "", 1);
}

static struct outcome read_whole(const struct maker *maker)
{
    struct outcome outcome;
    struct flush flush = flush_make(maker_span(maker));
    outcome_of_bytes(&outcome, flush.span, 0);
    flush_free(&flush);
    return outcome;
}

static void test_records(void **state)
{
    (void)state;
    struct maker maker = maker_new(true);
    snoop_header(&maker, 2, 4);
    snoop_record(&maker, 1407402602, 60, 60, 0, 0);
    snoop_record(&maker, 1407402603, 98, 1514, 2, 3);
    snoop_record(&maker, 1407402604, 0, 0, 0, 7);
    struct outcome outcome = read_whole(&maker);
    char expected[400];
    (void)snprintf(expected, sizeof(expected),
                   "1 1407402602123456000 1 0 60 60 %016" PRIx64 "\n"
                   "2 1407402603123456000 1 0 1514 98 %016" PRIx64 "\n"
                   "3 1407402604123456000 1 0 0 0 %016" PRIx64 "\n",
                   hash(tt_span_sub(maker_span(&maker), 40, 60)),
                   hash(tt_span_sub(maker_span(&maker), 124, 98)), hash(tt_span_str("")));
    assert_string_equal(frames_of(&outcome), expected);
    assert_string_equal(notes_of(&outcome), "");
    assert_string_equal(outcome.summary.format, "snoop");
    assert_int_equal(outcome.summary.dropped, 7);
    assert_int_equal(outcome.summary.file_bytes, maker.out.len);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void expect_link(uint32_t version, uint32_t type, uint32_t link, const char *notes)
{
    struct maker maker = maker_new(true);
    snoop_header(&maker, version, type);
    snoop_record(&maker, 1407402602, 60, 60, 0, 0);
    struct outcome outcome = read_whole(&maker);
    unsigned long long time = 0;
    uint32_t found = 0;
    assert_int_equal(sscanf(frames_of(&outcome), "1 %llu %" SCNu32, &time, &found), 2);
    assert_int_equal(found, link);
    assert_string_equal(notes_of(&outcome), notes);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_links(void **state)
{
    (void)state;
    expect_link(2, 0, 1, "");
    expect_link(2, 2, 6, "");
    expect_link(2, 4, 1, "");
    expect_link(2, 8, 10, "");
    expect_link(2, 14, 0, "");
    expect_link(2, 16, 122, "");
    expect_link(2, 18, 123, "");
    expect_link(2, 0x80000005, 226, "");
    expect_link(2, 5, TT_LINK_UNKNOWN, "snoop.link 0 12 0\n");
    expect_link(2, UINT32_MAX, TT_LINK_UNKNOWN, "snoop.link 0 12 0\n");
    expect_link(3, 10, 1, "");
    expect_link(4, 13, 6, "");
    expect_link(5, 9, TT_LINK_UNKNOWN, "snoop.link 0 12 0\n");
    expect_link(1, 4, 1, "snoop.version 0 8 0\n");
    expect_link(6, 12, 1, "snoop.version 0 8 0\n");
}

/* Lengths that lie; the record behind is found. */
static void test_lying_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t field;
        uint32_t value;
        unsigned frames;
    } cases[] = {
        {4, 262145, 2}, {4, UINT32_MAX, 2}, {8, 0, 2},      {8, 23, 2},
        {8, 83, 2},     {8, UINT32_MAX, 2}, {8, 999999, 2}, {8, 85, 3},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct maker maker = maker_new(true);
        snoop_header(&maker, 2, 4);
        for (uint32_t j = 0; j < 3; j++)
            snoop_record(&maker, 1407402602 + j, 60, 60, 0, 0);
        patch32(&maker, FILE_HEADER + 84 + cases[i].field, cases[i].value);
        struct outcome outcome = read_whole(&maker);
        assert_int_equal(outcome.read, TT_OK);
        assert_int_equal(outcome.summary.frames, cases[i].frames);
        assert_int_equal(strncmp(notes_of(&outcome), "snoop.damaged ", 14), 0);
        assert_int_equal(outcome.summary.last_time, 1407402604123456000);
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

/* Cut at every offset, in one piece and in small ones. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker = maker_new(true);
    snoop_header(&maker, 2, 4);
    size_t ends[5] = {FILE_HEADER};
    for (uint32_t i = 1; i < TT_ARRAY_LEN(ends); i++) {
        snoop_record(&maker, 1407402602 + i, i * 5, i * 5, -(i * 5) & 3U, 0);
        ends[i] = maker.out.len;
    }
    for (size_t cut = 0; cut <= maker.out.len; cut++) {
        size_t records = 0;
        bool between = false;
        for (size_t i = 0; i < TT_ARRAY_LEN(ends); i++) {
            records += i + 1 < TT_ARRAY_LEN(ends) && cut > ends[i] + RECORD_HEADER;
            between = between || cut == ends[i];
        }
        struct flush flush = flush_make(tt_span_sub(maker_span(&maker), 0, cut));
        for (size_t step = 0; step < 3; step++) {
            struct outcome outcome;
            outcome_of_bytes(&outcome, flush.span, step);
            assert_int_equal(outcome.opened, cut < FILE_HEADER ? TT_ERR_FORMAT : TT_OK);
            assert_int_equal(outcome.read, TT_OK);
            assert_int_equal(count_lines(frames_of(&outcome)), records);
            assert_int_equal(count_lines(notes_of(&outcome)), cut > FILE_HEADER && !between);
            outcome_free(&outcome);
        }
        flush_free(&flush);
    }
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_lying_lengths),
        cmocka_unit_test(test_cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
