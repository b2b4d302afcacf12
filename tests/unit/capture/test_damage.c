/* Captures whose records lie about their lengths: what can be read behind a lie is read. */
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
#include <unistd.h>

enum { RECORDS = 20, SIZE_MIN = 60, HEADER = 16, MOMENT = 1407402602 };

/* Records of different sizes; `ret_at`, if not NULL, is where the one numbered `which` begins. */
static struct maker make_capture(uint32_t records, uint32_t which, size_t *ret_at)
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 1; i <= records; i++) {
        if (i == which)
            *ret_at = maker.out.len;
        pcap_record(&maker, MOMENT + i, i * 7, SIZE_MIN + i * 13 % 97, SIZE_MIN + i * 13 % 97);
    }
    return maker;
}

/* Reads in one piece and in small ones, which must give the same. */
static struct outcome read_both(const struct maker *maker)
{
    struct outcome whole;
    struct outcome pieces;
    struct flush flush = flush_make(maker_span(maker));
    outcome_of_bytes(&whole, flush.span, 0);
    outcome_of_bytes(&pieces, flush.span, 7);
    flush_free(&flush);
    assert_int_equal(whole.read, TT_OK);
    assert_string_equal(frames_of(&whole), frames_of(&pieces));
    assert_string_equal(notes_of(&whole), notes_of(&pieces));
    outcome_free(&pieces);
    return whole;
}

/* How many of the frames of an undamaged capture are among `frames`, by time and bytes. */
static size_t count_same(const char *frames, const char *all)
{
    size_t same = 0;
    while (*all != '\0') {
        const char *from = strchr(all, ' ');
        const char *to = strchr(all, '\n');
        char line[200];
        (void)snprintf(line, sizeof(line), "%.*s\n", (int)(to - from), from);
        same += strstr(frames, line) != NULL;
        all = to + 1;
    }
    return same;
}

/* Patches the captured length of record 8, and the original one if `both`. All the others must be
 * read as they are, and itself as far as it goes. */
static void expect_lie(uint32_t captured, bool both, size_t frames)
{
    size_t at = 0;
    struct maker maker = make_capture(RECORDS, 8, &at);
    struct outcome right = read_both(&maker);
    patch32(&maker, at + 8, captured);
    if (both)
        patch32(&maker, at + 12, captured);
    struct outcome outcome = read_both(&maker);
    assert_int_equal(outcome.summary.frames, frames);
    assert_in_range(count_same(frames_of(&outcome), frames_of(&right)), RECORDS - 1, RECORDS);
    assert_int_equal(strncmp(notes_of(&outcome), "pcap.damaged ", 13), 0);
    assert_int_equal(count_lines(notes_of(&outcome)), 1);
    outcome_free(&outcome);
    outcome_free(&right);
    maker_free(&maker);
}

static void test_too_long(void **state)
{
    (void)state;
    static const uint32_t lies[] = {SIZE_MIN + 8, 80, 83, 99, 100, 200, 777, 1000};
    for (size_t i = 0; i < TT_ARRAY_LEN(lies); i++) {
        expect_lie(lies[i], false, RECORDS);
        expect_lie(lies[i], true, RECORDS);
    }
    expect_lie(65535, false, RECORDS); /* past the end of the file */
    expect_lie(262144, false, RECORDS);
    expect_lie(262145, false, RECORDS - 1); /* impossible */
    expect_lie(UINT32_MAX, true, RECORDS - 1);
}

/* Every fourth record lies: no chain is longer than three. */
static void test_many_lies(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 400; i++) {
        size_t at = maker.out.len;
        pcap_record(&maker, MOMENT + i, i, 60 + i % 7, 60 + i % 7);
        if (i % 4 == 3)
            patch32(&maker, at + 8, 5000);
    }
    struct outcome outcome = read_both(&maker);
    assert_in_range(outcome.summary.frames, 399, 400);
    assert_int_equal(outcome.summary.last_time / 1000000000, MOMENT + 399);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_too_short(void **state)
{
    (void)state;
    static const uint32_t lies[] = {0, 1, 5, 16, 40, SIZE_MIN + 6};
    for (size_t i = 0; i < TT_ARRAY_LEN(lies); i++) {
        size_t at = 0;
        struct maker maker = make_capture(RECORDS, 8, &at);
        struct outcome right = read_both(&maker);
        patch32(&maker, at + 8, lies[i]);
        struct outcome outcome = read_both(&maker);
        assert_int_equal(count_same(frames_of(&outcome), frames_of(&right)), RECORDS - 1);
        assert_non_null(strstr(notes_of(&outcome), "pcap.damaged "));
        outcome_free(&outcome);
        outcome_free(&right);
        maker_free(&maker);
    }
}

/* Bytes lost, or others put in, at and around a header. */
static void expect_shift(int by, size_t from, size_t losses)
{
    size_t at = 0;
    struct maker maker = make_capture(RECORDS, 8, &at);
    struct outcome right = read_both(&maker);
    struct maker shifted = maker_new(false);
    put_bytes(&shifted, maker.out.data, at + from);
    for (int i = 0; i < by; i++)
        put_bytes(&shifted, "\xee", 1);
    size_t lost = by < 0 ? (size_t)-by : 0;
    put_bytes(&shifted, maker.out.data + at + from + lost, maker.out.len - at - from - lost);
    struct outcome outcome = read_both(&shifted);
    assert_in_range(count_same(frames_of(&outcome), frames_of(&right)), RECORDS - losses, RECORDS);
    assert_non_null(strstr(notes_of(&outcome), "pcap.damaged "));
    outcome_free(&outcome);
    outcome_free(&right);
    maker_free(&shifted);
    maker_free(&maker);
}

static void test_bytes_lost_and_added(void **state)
{
    (void)state;
    static const int shifts[] = {-50, -16, -4, -1, 1, 2, 3, 15, 16, 17, 1000, 100000};
    for (size_t i = 0; i < TT_ARRAY_LEN(shifts); i++) {
        for (size_t from = 0; from < 30; from += 3)
            expect_shift(shifts[i], from, 2);
    }
}

/* More than a stretch of garbage, and two of them. */
static void test_long_garbage(void **state)
{
    (void)state;
    struct maker maker = make_capture(RECORDS, 0, NULL);
    struct outcome right = read_both(&maker);
    size_t end = maker.out.len;
    for (size_t i = 0; i < 5 * TT_RESYNC_BYTES / 2; i++)
        put_bytes(&maker, "\xee", 1);
    struct maker tail = make_capture(RECORDS, 0, NULL);
    put_bytes(&maker, tail.out.data + 24, tail.out.len - 24);
    size_t second = maker.out.len;
    for (size_t i = 0; i < 3 * TT_RESYNC_BYTES / 2; i++)
        put_bytes(&maker, "\xdd", 1);
    struct outcome outcome = read_both(&maker);
    assert_int_equal(outcome.summary.frames, 2 * RECORDS);
    char expected[200];
    (void)snprintf(expected, sizeof(expected), "pcap.damaged 0 %zu %d\npcap.damaged 0 %zu %d\n",
                   end, 5 * TT_RESYNC_BYTES / 2, second, 3 * TT_RESYNC_BYTES / 2);
    assert_string_equal(notes_of(&outcome), expected);
    outcome_free(&outcome);
    outcome_free(&right);
    maker_free(&tail);
    maker_free(&maker);
}

/* A packet that itself holds the records of a capture is left whole, also when the file ends inside
 * it. */
static void test_capture_in_a_packet(void **state)
{
    (void)state;
    struct maker inner = make_capture(RECORDS, 0, NULL);
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 3; i++) {
        put32(&maker, MOMENT + i);
        put32(&maker, 0);
        put32(&maker, (uint32_t)inner.out.len);
        put32(&maker, (uint32_t)inner.out.len);
        put_bytes(&maker, inner.out.data, inner.out.len);
    }
    struct outcome outcome = read_both(&maker);
    assert_int_equal(outcome.summary.frames, 3);
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    maker.out.len -= 200;
    outcome = read_both(&maker);
    assert_int_equal(outcome.summary.frames, 3);
    assert_int_equal(count_lines(notes_of(&outcome)), 1);
    outcome_free(&outcome);
    maker_free(&inner);
    maker_free(&maker);
}

/* Odd headers that lead to one another are believed: captured lengths above the original ones,
 * fractions above a second, times that jump by years and back. */
static void test_odd_but_true(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 300; i++)
        pcap_record(&maker, MOMENT + i % 3 * 40000000, i % 7 * 1000000, 60 + i, i % 5 * 100);
    struct outcome outcome = read_both(&maker);
    assert_int_equal(outcome.summary.frames, 300);
    assert_null(strstr(notes_of(&outcome), "pcap.damaged"));
    outcome_free(&outcome);
    maker_free(&maker);
}

/* Bytes overwritten anywhere, many times: in one piece and in small ones gives the same, and each
 * changed byte costs no more than the records that it touches. */
static void test_any_byte(void **state)
{
    (void)state;
    struct maker maker = make_capture(RECORDS, 0, NULL);
    struct outcome right = read_both(&maker);
    uint32_t random = 1;
    for (unsigned round = 0; round < 3000; round++) {
        struct maker hurt = maker_new(false);
        put_bytes(&hurt, maker.out.data, maker.out.len);
        for (unsigned i = 0; i < 1 + round % 3; i++) {
            random = random * 1664525 + 1013904223;
            hurt.out.data[24 + (random >> 8) % (maker.out.len - 24)] ^= (uint8_t)(1 + random % 255);
        }
        struct outcome outcome = read_both(&hurt);
        size_t same = count_same(frames_of(&outcome), frames_of(&right));
        if (same + 2 * (1 + round % 3) < RECORDS)
            fail_msg("round %u: only %zu of %d frames", round, same, RECORDS);
        outcome_free(&outcome);
        maker_free(&hurt);
    }
    outcome_free(&right);
    maker_free(&maker);
}

/* Through a pipe, that cannot be looked at beforehand: what follows the damage is read too. */
static void test_pipe(void **state)
{
    (void)state;
    size_t at = 0;
    struct maker maker = make_capture(RECORDS, 8, &at);
    patch32(&maker, at + 8, UINT32_MAX);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], maker.out.data, maker.out.len), (ssize_t)maker.out.len);
    (void)close(ends[1]);
    struct outcome outcome;
    struct tt_note_sink sink;
    struct tt_capture *capture = NULL;
    outcome_begin(&outcome, &sink);
    assert_int_equal(tt_capture_open_fd(ends[0], true, true, "a pipe", &sink, &capture, NULL),
                     TT_OK);
    outcome_read(&outcome, capture);
    outcome_end(&outcome);
    assert_int_equal(outcome.summary.frames, RECORDS - 1);
    assert_non_null(strstr(notes_of(&outcome), "pcap.damaged 0 "));
    outcome_free(&outcome);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_long),     cmocka_unit_test(test_many_lies),
        cmocka_unit_test(test_too_short),    cmocka_unit_test(test_bytes_lost_and_added),
        cmocka_unit_test(test_long_garbage), cmocka_unit_test(test_capture_in_a_packet),
        cmocka_unit_test(test_odd_but_true), cmocka_unit_test(test_any_byte),
        cmocka_unit_test(test_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
