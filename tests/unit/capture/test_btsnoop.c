#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "support/flush.h"

enum { FILE_HEADER = 16, RECORD_HEADER = 24 };

static const uint64_t epoch = 0x00dcddb30f2f8000; /* 1970 in microseconds */

static void btsnoop_header(struct maker *maker, uint32_t version, uint32_t type)
{
    put_bytes(maker, "btsnoop", 8);
    put32(maker, version);
    put32(maker, type);
}

static void btsnoop_record(struct maker *maker, uint64_t time, uint32_t len, uint32_t flags,
                           uint32_t drops)
{
    put32(maker, len);
    put32(maker, len);
    put32(maker, flags);
    put32(maker, drops);
    put64(maker, time);
    put_pattern(maker, len, flags + len);
}

static void test_records(void **state)
{
    (void)state;
    struct maker maker = maker_new(true);
    btsnoop_header(&maker, 1, 1002);
    for (uint32_t i = 0; i < 4; i++)
        btsnoop_record(&maker, epoch + 1407402602123456 + i, 5 + i, i, i);
    struct flush flush = flush_make(maker_span(&maker));
    struct tt_capture *capture = NULL;
    assert_int_equal(tt_capture_open_bytes(flush.span, 0, NULL, &capture, NULL), TT_OK);
    for (uint32_t i = 0; i < 4; i++) {
        struct tt_frame frame = {0};
        bool more = false;
        assert_int_equal(tt_capture_next(capture, &frame, &more, NULL), TT_OK);
        assert_true(more);
        assert_int_equal(frame.number, i + 1);
        assert_int_equal(frame.time, 1407402602123456000 + i * 1000);
        assert_int_equal(frame.link, 187);
        assert_int_equal(frame.bytes.len, 5 + i);
        assert_int_equal(frame.original_len, 5 + i);
        assert_int_equal(frame.flags, i % 2 == 0 ? TT_FRAME_OUTBOUND : TT_FRAME_INBOUND);
    }
    struct tt_frame frame = {0};
    bool more = true;
    assert_int_equal(tt_capture_next(capture, &frame, &more, NULL), TT_OK);
    assert_false(more);
    struct tt_capture_summary summary;
    assert_int_equal(tt_capture_finish(capture, &summary, NULL), TT_OK);
    assert_int_equal(summary.dropped, 3);
    assert_string_equal(summary.format, "btsnoop");
    tt_capture_free(capture);
    flush_free(&flush);
    maker_free(&maker);
}

static void expect_first(uint32_t version, uint32_t type, uint64_t time, const char *frame,
                         const char *notes)
{
    struct maker maker = maker_new(true);
    btsnoop_header(&maker, version, type);
    btsnoop_record(&maker, time, 0, 0, 0);
    struct outcome outcome;
    outcome_of_bytes(&outcome, maker_span(&maker), 1);
    assert_int_equal(strncmp(frames_of(&outcome), frame, strlen(frame)), 0);
    assert_string_equal(notes_of(&outcome), notes);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_links_and_times(void **state)
{
    (void)state;
    expect_first(1, 1002, epoch + 1, "1 1000 187 0 ", "");
    expect_first(1, 1002, epoch - 1, "1 0 187 0 ", "");
    expect_first(1, 1002, 0, "1 0 187 0 ", "");
    expect_first(1, 1002, UINT64_MAX, "1 18446744073709551615 187 0 ", "");
    expect_first(1, 1001, epoch + 1, "1 1000 4294967295 0 ", "btsnoop.link 0 12 0\n");
    expect_first(1, 2001, epoch + 1, "1 1000 4294967295 0 ", "btsnoop.link 0 12 0\n");
    expect_first(2, 1002, epoch + 1, "1 1000 187 0 ", "btsnoop.version 0 8 0\n");
}

/* Cut at every offset, and with a length that lies. */
static void test_cut_and_damage(void **state)
{
    (void)state;
    struct maker maker = maker_new(true);
    btsnoop_header(&maker, 1, 1002);
    for (uint32_t i = 0; i < 3; i++)
        btsnoop_record(&maker, epoch + 1407402602123456 + i, 9, i, 0);
    for (size_t cut = 0; cut <= maker.out.len; cut++) {
        struct flush flush = flush_make(tt_span_sub(maker_span(&maker), 0, cut));
        struct outcome outcome;
        outcome_of_bytes(&outcome, flush.span, cut % 2);
        size_t inside = cut < FILE_HEADER ? 0 : (cut - FILE_HEADER) % (RECORD_HEADER + 9);
        size_t whole = cut < FILE_HEADER ? 0 : (cut - FILE_HEADER) / (RECORD_HEADER + 9);
        assert_int_equal(outcome.opened, cut < FILE_HEADER ? TT_ERR_FORMAT : TT_OK);
        assert_int_equal(count_lines(frames_of(&outcome)), whole + (inside > RECORD_HEADER));
        assert_int_equal(count_lines(notes_of(&outcome)), inside > 0);
        outcome_free(&outcome);
        flush_free(&flush);
    }
    patch32(&maker, FILE_HEADER + 33 + 4, 262145);
    struct outcome outcome;
    outcome_of_bytes(&outcome, maker_span(&maker), 0);
    assert_string_equal(notes_of(&outcome), "btsnoop.damaged 0 49 33\n");
    assert_int_equal(outcome.summary.frames, 2);
    outcome_free(&outcome);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_links_and_times),
        cmocka_unit_test(test_cut_and_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
