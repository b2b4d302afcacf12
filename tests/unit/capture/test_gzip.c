#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "support/flush.h"

#include <stdio.h>
#include <zlib.h>

/* Appends one gzip member that holds `bytes`. */
static void add_member(struct tt_buf *out, struct tt_span bytes)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t room = deflateBound(&stream, (uLong)bytes.len) + 64;
    assert_int_equal(tt_buf_reserve(out, room), TT_OK);
    uint8_t *copy = malloc(bytes.len + 1);
    assert_non_null(copy);
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    stream.next_in = copy;
    stream.avail_in = (uInt)bytes.len;
    stream.next_out = out->data + out->len;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->len += stream.total_out;
    (void)deflateEnd(&stream);
    free(copy);
}

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

static void test_members(void **state)
{
    (void)state;
    struct maker maker = make_pcap(2000);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    static const size_t members[] = {1, 2, 7, 100};
    static const size_t steps[] = {0, 1, 997};
    for (size_t i = 0; i < TT_ARRAY_LEN(members); i++) {
        struct tt_buf packed = tt_buf_make(1U << 24);
        size_t piece = maker.out.len / members[i] + 1;
        for (size_t at = 0; at < maker.out.len; at += piece)
            add_member(&packed, tt_span_sub(maker_span(&maker), at, piece));
        add_member(&packed, tt_span_str("")); /* an empty one, too */
        for (size_t j = 0; j < TT_ARRAY_LEN(steps); j++) {
            struct outcome outcome = read_bytes(tt_buf_span(&packed), steps[j]);
            assert_int_equal(outcome.opened, TT_OK);
            assert_string_equal(frames_of(&outcome), frames_of(&plain));
            assert_string_equal(notes_of(&outcome), "");
            assert_string_equal(outcome.summary.wrapping, "gzip");
            assert_string_equal(outcome.summary.format, "pcap");
            assert_int_equal(outcome.summary.file_bytes, packed.len);
            assert_string_not_equal(outcome.summary.sha256, plain.summary.sha256);
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
    struct tt_buf packed = tt_buf_make(1U << 20);
    add_member(&packed, maker_span(&maker));
    struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
    assert_string_equal(outcome.summary.format, "pcapng");
    assert_int_equal(outcome.summary.frames, 1);
    outcome_free(&outcome);
    tt_buf_free(&packed);
    maker_free(&maker);
}

/* Cut at every offset: a prefix of the frames, and the note, also where the cut falls between two
 * records of the capture inside. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker = make_pcap(40);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    struct tt_buf packed = tt_buf_make(1U << 20);
    add_member(&packed, tt_span_sub(maker_span(&maker), 0, 700));
    size_t first = packed.len;
    add_member(&packed, tt_span_from(maker_span(&maker), 700));
    size_t most = 0;
    for (size_t cut = 0; cut < packed.len; cut++) {
        static const size_t steps[] = {0, 1};
        for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
            struct outcome outcome =
                read_bytes(tt_span_sub(tt_buf_span(&packed), 0, cut), steps[i]);
            const char *frames = frames_of(&outcome);
            assert_int_equal(strncmp(frames_of(&plain), frames, strlen(frames)), 0);
            assert_int_equal(outcome.read, TT_OK);
            if (outcome.opened != TT_OK) {
                assert_int_equal(outcome.opened, TT_ERR_FORMAT);
                assert_true(cut < first);
            } else if (cut == first) {
                assert_string_equal(notes_of(&outcome), "pcap.cut 0 689 5\n");
            } else if (cut > first && cut < first + 3) {
                /* Too little of the next member to know it. */
                assert_non_null(strstr(notes_of(&outcome), "gzip.trailing 0 "));
            } else {
                assert_non_null(strstr(notes_of(&outcome), "gzip.cut 0 "));
            }
            if (count_lines(frames) > most)
                most = count_lines(frames);
            outcome_free(&outcome);
        }
    }
    assert_int_equal(most, 40);
    outcome_free(&plain);
    tt_buf_free(&packed);
    maker_free(&maker);
}

static void test_damaged(void **state)
{
    (void)state;
    struct maker maker = make_pcap(3000);
    struct outcome plain = read_bytes(maker_span(&maker), 0);
    struct tt_buf packed = tt_buf_make(1U << 24);
    add_member(&packed, maker_span(&maker));
    /* The check sum comes last, so everything was read by then. */
    packed.data[packed.len - 8] ^= 1U;
    struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
    assert_string_equal(frames_of(&outcome), frames_of(&plain));
    assert_int_equal(strncmp(notes_of(&outcome), "gzip.damaged 0 ", 15), 0);
    outcome_free(&outcome);
    packed.data[packed.len - 8] ^= 1U;
    for (size_t at = packed.len / 2; at < packed.len / 2 + 40; at++)
        packed.data[at] = 0xff;
    outcome = read_bytes(tt_buf_span(&packed), 0);
    const char *frames = frames_of(&outcome);
    assert_true(strlen(frames) > 0);
    assert_true(strlen(frames) < strlen(frames_of(&plain)));
    /* Deflate may take some wrong bytes for right ones, so the last frames may differ. */
    assert_int_equal(strncmp(frames, frames_of(&plain), strlen(frames) / 2), 0);
    assert_non_null(strstr(notes_of(&outcome), "gzip.damaged 0 "));
    assert_int_equal(outcome.summary.file_bytes, packed.len);
    outcome_free(&outcome);
    outcome_free(&plain);
    tt_buf_free(&packed);
    maker_free(&maker);
}

static void test_trailing_bytes(void **state)
{
    (void)state;
    struct maker maker = make_pcap(5);
    struct tt_buf packed = tt_buf_make(1U << 20);
    add_member(&packed, maker_span(&maker));
    size_t len = packed.len;
    assert_int_equal(tt_buf_append_str(&packed, "something else"), TT_OK);
    struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
    char expected[100];
    (void)snprintf(expected, sizeof(expected), "gzip.trailing 0 %zu 14\n", len);
    assert_string_equal(notes_of(&outcome), expected);
    assert_int_equal(outcome.summary.frames, 5);
    assert_int_equal(outcome.summary.file_bytes, packed.len);
    outcome_free(&outcome);
    tt_buf_free(&packed);
    maker_free(&maker);
}

static void expect_refusal(struct tt_span inside, const char *says)
{
    struct tt_buf packed = tt_buf_make(1U << 20);
    add_member(&packed, inside);
    struct outcome outcome = read_bytes(tt_buf_span(&packed), 0);
    assert_int_equal(outcome.opened, TT_ERR_FORMAT);
    assert_non_null(strstr(outcome.error.text, "gzip"));
    assert_non_null(strstr(outcome.error.text, says));
    outcome_free(&outcome);
    tt_buf_free(&packed);
}

static void test_gzip_of_something_else(void **state)
{
    (void)state;
    expect_refusal(tt_span_str("Dear diary, today I captured nothing at all."), "a text");
    expect_refusal(tt_span_of("\x28\xb5\x2f\xfd", 4), "zstd");
    expect_refusal(tt_span_str(""), "nothing readable");
    struct tt_buf twice = tt_buf_make(1U << 20);
    add_member(&twice, tt_span_str("twice"));
    expect_refusal(tt_buf_span(&twice), "unpack it");
    tt_buf_free(&twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),        cmocka_unit_test(test_pcapng_inside),
        cmocka_unit_test(test_cut_everywhere), cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_trailing_bytes), cmocka_unit_test(test_gzip_of_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
