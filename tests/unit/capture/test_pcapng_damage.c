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

static const uint64_t moment = UINT64_C(1407402602123456);

static struct outcome read_whole(const struct maker *maker)
{
    struct outcome outcome;
    struct flush flush = flush_make(maker_span(maker));
    outcome_of_bytes(&outcome, flush.span, 0);
    flush_free(&flush);
    assert_int_equal(outcome.opened, TT_OK);
    assert_int_equal(outcome.read, TT_OK);
    return outcome;
}

static void same_by_stream(const struct maker *maker, const struct outcome *outcome, size_t step)
{
    struct outcome by_stream;
    outcome_of_bytes(&by_stream, maker_span(maker), step);
    assert_string_equal(frames_of(outcome), frames_of(&by_stream));
    assert_string_equal(notes_of(outcome), notes_of(&by_stream));
    outcome_free(&by_stream);
}

/* Reads and frees `maker`; "number time link interface original captured" a line, and the notes. */
static void expect(struct maker *maker, const char *frames, const char *notes)
{
    struct outcome outcome = read_whole(maker);
    same_by_stream(maker, &outcome, 1000001);
    char *text = calloc(1, strlen(frames_of(&outcome)) + 1);
    assert_non_null(text);
    /* Without the hashes. */
    for (const char *line = frames_of(&outcome); *line != '\0';) {
        size_t len = strcspn(line, "\n");
        (void)strncat(text, line, len - 17);
        (void)strcat(text, "\n");
        line += len + 1;
    }
    assert_string_equal(text, frames);
    assert_string_equal(notes_of(&outcome), notes);
    free(text);
    outcome_free(&outcome);
    maker_free(maker);
}

static struct maker begin(bool big)
{
    struct maker maker = maker_new(big);
    section(&maker, big);
    return maker;
}

static const char first_and_third[] = "1 1000 1 0 60 60\n2 3000 1 0 60 60\n";
static const char all_three[] = "1 1000 1 0 60 60\n2 2000 1 0 60 60\n3 3000 1 0 60 60\n";

/* Three packets, of which the second has one wrong field. */
static void expect_damage(size_t field, uint32_t value, const char *frames, uint64_t length)
{
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    size_t at = maker.out.len;
    enhanced(&maker, 0, 2, 60, 60);
    if (field == SIZE_MAX)
        field = maker.out.len - 4 - at;
    patch32(&maker, at + field, value);
    enhanced(&maker, 0, 3, 60, 60);
    char note[100];
    (void)snprintf(note, sizeof(note), "pcapng.damaged 0 %zu %" PRIu64 "\n", at, length);
    expect(&maker, frames, note);
}

static void test_damaged_blocks(void **state)
{
    (void)state;
    /* The first length: the second one tells where the block ends. */
    expect_damage(4, 0, all_three, 104);
    expect_damage(4, 11, all_three, 104);
    expect_damage(4, 100, all_three, 104);
    expect_damage(4, 108, all_three, 104);
    expect_damage(4, 100000, all_three, 104);
    expect_damage(4, 0x7fffffff, all_three, 104);
    expect_damage(4, UINT32_MAX, all_three, 104);
    /* The second one. */
    expect_damage(SIZE_MAX, 0, all_three, 4);
    expect_damage(SIZE_MAX, 108, all_three, 4);
    /* A section without a byte order: the packet behind it has lost its interface. */
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    block_open(&maker, 0x0a0d0d0a);
    put_pattern(&maker, 88, 3);
    block_close(&maker);
    enhanced(&maker, 0, 3, 60, 60);
    expect(&maker, "1 1000 1 0 60 60\n2 3000 4294967295 4294967295 60 60\n",
           "pcapng.damaged 0 152 100\npcapng.interface 2 252 0\n");
}

/* A packet as the maker makes it where nothing in front is damaged. */
static void put_packet(struct maker *maker, uint64_t ticks)
{
    struct maker other = maker_new(maker->big);
    enhanced(&other, 0, ticks, 60, 60);
    put_bytes(maker, other.out.data, other.out.len);
    maker_free(&other);
}

static struct maker begin_with_packet(void)
{
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    return maker;
}

/* Bytes are missing, or too many: the packet that they were of is lost, the next one is not. */
static void test_lost_blocks(void **state)
{
    (void)state;
    enum { AT = 152, PACKET = 104 };
    for (size_t gone = 1; gone < PACKET; gone++) {
        /* Eight bytes fewer, and the next packet's first length stands where the second length
         * of this one, which is as long, should be: then it is this one that is read. */
        if (gone == 8)
            continue;
        struct maker maker = begin_with_packet();
        put_packet(&maker, 2);
        maker.out.len -= gone;
        put_packet(&maker, 3);
        char note[100];
        (void)snprintf(note, sizeof(note), "pcapng.damaged 0 %d %zu\n", AT, PACKET - gone);
        expect(&maker, first_and_third, note);
    }
    for (size_t more = 1; more < 40; more++) {
        struct maker maker = begin_with_packet();
        put_pattern(&maker, more, 200);
        put_packet(&maker, 3);
        char note[100];
        (void)snprintf(note, sizeof(note), "pcapng.damaged 0 %d %zu\n", AT, more);
        expect(&maker, first_and_third, note);
    }
}

/* More garbage than is held in one piece, with what only begins like a block in it. */
static void test_long_garbage(void **state)
{
    (void)state;
    struct maker maker = begin_with_packet();
    put_pattern(&maker, 700000, 200);
    put32(&maker, 6); /* a length that leads nowhere */
    put32(&maker, 1000000);
    put_pattern(&maker, 700001, 200);
    put_packet(&maker, 3);
    put_pattern(&maker, 3000000, 200);
    put_packet(&maker, 4);
    expect(&maker, "1 1000 1 0 60 60\n2 3000 1 0 60 60\n3 4000 1 0 60 60\n",
           "pcapng.damaged 0 152 1400009\n"
           "pcapng.damaged 0 1400265 3000000\n");
}

/* Small blocks between large lies: time must not grow with the product of both. */
static void test_many_large_lies(void **state)
{
    (void)state;
    enum { LIES = 400000, LIE = 16000000 };
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    for (size_t i = 0; i < LIES; i++) {
        put32(&maker, 6);
        put32(&maker, LIE);
        put32(&maker, 4); /* no names */
        put32(&maker, 16);
        put32(&maker, 0);
        put32(&maker, 16);
    }
    put_pattern(&maker, LIE, 200);
    put_packet(&maker, 3);
    struct outcome outcome;
    outcome_of_bytes(&outcome, maker_span(&maker), SIZE_MAX);
    assert_int_equal(count_lines(frames_of(&outcome)), 1);
    assert_int_equal(count_lines(notes_of(&outcome)), LIES + 1);
    outcome_free(&outcome);
    maker_free(&maker);
}

/* An interface keeps its number and, as far as they are there, its fields. */
static void test_damaged_interface(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    size_t at = maker.out.len;
    interface_block(&maker, 113, 0, 9, 0);
    patch32(&maker, at + 4, 8);
    patch32(&maker, maker.out.len - 4, 77);
    interface_block(&maker, 101, 0, 6, 0);
    enhanced(&maker, 1, 1, 60, 60);
    enhanced(&maker, 2, 1, 60, 60);
    expect(&maker, "1 1 113 1 60 60\n2 1000 101 2 60 60\n", "pcapng.damaged 0 48 32\n");
}

/* A section of the other byte order whose header is damaged is read in its own order. */
static void test_damaged_section_of_other_order(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    size_t at = maker.out.len;
    section(&maker, true);
    patch32(&maker, at + 8, 0);
    interface_block(&maker, 113, 0, 6, 0);
    enhanced(&maker, 0, 2, 60, 60);
    section(&maker, false);
    interface_block(&maker, 101, 0, 6, 0);
    enhanced(&maker, 0, 3, 60, 60);
    expect(&maker, "1 1000 1 0 60 60\n2 2000 113 1 60 60\n3 3000 101 2 60 60\n",
           "pcapng.damaged 0 152 28\n");
}

static void test_sections_that_lie(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    block_open(&maker, 0x0a0d0d0a); /* too short: a section all the same */
    put32(&maker, 0x1a2b3c4d);
    block_close(&maker);
    interface_block(&maker, 113, 0, 6, 0);
    enhanced(&maker, 0, 2, 60, 60);
    expect(&maker, "1 1000 1 0 60 60\n2 2000 113 1 60 60\n", "pcapng.block 0 152 4\n");

    maker = begin(false);
    section(&maker, false);
    maker.out.data[28 + 12] = 2; /* major version: nobody knows what stands in it */
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    section(&maker, true);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 2, 60, 60);
    expect(&maker, "1 2000 1 0 60 60\n", "pcapng.version 0 28 16\n");

    maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    maker.out.data[14] = 2; /* minor version: as some wrote it */
    patch32(&maker, 16, 7); /* section length: not to be trusted */
    enhanced(&maker, 0, 1, 60, 60);
    expect(&maker, "1 1000 1 0 60 60\n", "");
}

/* Other capture files that stand behind this one. */
static void test_concatenated(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct maker maker = begin(false);
        interface_block(&maker, 1, 0, 6, 0);
        enhanced(&maker, 0, 1, 60, 60);
        maker.big = big == 1;
        size_t at = maker.out.len;
        pcap_header(&maker, 0xa1b2c3d4, 65535, 101);
        pcap_record(&maker, 1, 0, 50, 50);
        pcap_record(&maker, 2, 0, 51, 51);
        struct outcome outcome = read_whole(&maker);
        char note[100];
        (void)snprintf(note, sizeof(note), "capture.concatenated 0 %zu 0\n", at);
        assert_string_equal(notes_of(&outcome), note);
        assert_int_equal(count_lines(frames_of(&outcome)), 3);
        assert_false(outcome.summary.damaged);
        assert_string_equal(outcome.summary.format, "pcapng");
        same_by_stream(&maker, &outcome, 7);
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

static void too_large(struct maker *maker, uint32_t type)
{
    block_open(maker, type);
    put_pattern(maker, TT_FRAME_MAX + 8192, 1);
    block_close(maker);
}

static void test_blocks_above_the_limit(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 8, 8);
    too_large(&maker, 6);
    too_large(&maker, 0x12345);
    too_large(&maker, 10);
    enhanced(&maker, 0, 2, 8, 8);
    too_large(&maker, 1); /* keeps its number: the next interface is 2 */
    interface_block(&maker, 113, 0, 6, 0);
    enhanced(&maker, 2, 3, 8, 8);
    struct outcome outcome = read_whole(&maker);
    struct outcome by_stream;
    outcome_of_bytes(&by_stream, maker_span(&maker), 1000000);
    assert_string_equal(frames_of(&outcome), frames_of(&by_stream));
    assert_string_equal(notes_of(&outcome), notes_of(&by_stream));
    outcome_free(&outcome);
    outcome_free(&by_stream);
    expect(&maker, "1 1000 1 0 8 8\n3 2000 1 0 8 8\n4 3000 113 2 8 8\n",
           "pcapng.limit 2 100 16785420\n"
           "pcapng.limit 0 33570940 16785420\n"
           "pcapng.limit 0 50356412 16785420\n"
           "pcapng.block 0 50356412 0\n");

    maker = begin(false);
    too_large(&maker, 0x12345);
    maker.out.len -= 1000;
    expect(&maker, "", "pcapng.cut 0 28 1000\n");

    maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    too_large(&maker, 0x12345);
    patch32(&maker, maker.out.len - 4, 12);
    enhanced(&maker, 0, 1, 8, 8);
    expect(&maker, "1 1000 1 0 8 8\n", "");
}

enum { BLOCKS_MAX = 64 };

/* All kinds of blocks, in two sections of different byte order; `ends` are the ends of the blocks.
 */
static struct maker make_everything(size_t ends[BLOCKS_MAX], size_t *ret_count)
{
    struct maker maker = maker_new(false);
    size_t count = 0;
    for (int big = 0; big < 2; big++) {
        section(&maker, big == 1);
        ends[count++] = maker.out.len;
        secrets(&maker, 0x544c534b, "CLIENT_RANDOM 01 02");
        ends[count++] = maker.out.len;
        interface_block(&maker, 1, 64, 6, 0);
        ends[count++] = maker.out.len;
        interface_block(&maker, 113, 0, 9, 1407402602);
        ends[count++] = maker.out.len;
        enhanced(&maker, 1, moment, 21, 1514);
        ends[count++] = maker.out.len;
        obsolete(&maker, 0, moment, 22, 22);
        ends[count++] = maker.out.len;
        simple(&maker, 23, 23);
        ends[count++] = maker.out.len;
        block_open(&maker, 4); /* names */
        put32(&maker, 0);
        block_close(&maker);
        ends[count++] = maker.out.len;
        block_open(&maker, 0xbad);
        put32(&maker, 32473);
        block_close(&maker);
        ends[count++] = maker.out.len;
        statistics(&maker, 1, 3);
        ends[count++] = maker.out.len;
    }
    *ret_count = count;
    return maker;
}

static void test_cut_everywhere(void **state)
{
    (void)state;
    size_t ends[BLOCKS_MAX] = {0};
    size_t count = 0;
    struct maker maker = make_everything(ends, &count);
    struct outcome all = read_whole(&maker);
    assert_int_equal(count_lines(frames_of(&all)), 6);
    assert_int_equal(count_lines(notes_of(&all)), 4); /* custom blocks, drops */
    assert_false(all.summary.damaged);
    assert_int_equal(all.summary.dropped, 6);
    for (size_t cut = 0; cut <= maker.out.len; cut++) {
        bool between = false;
        for (size_t i = 0; i < count; i++)
            between = between || ends[i] == cut;
        struct flush flush = flush_make(tt_span_sub(maker_span(&maker), 0, cut));
        static const size_t steps[] = {0, 1, 13};
        for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
            struct outcome outcome;
            outcome_of_bytes(&outcome, flush.span, steps[i]);
            assert_int_equal(outcome.opened, cut < 12 ? TT_ERR_FORMAT : TT_OK);
            assert_int_equal(outcome.read, TT_OK);
            assert_int_equal(
                strncmp(frames_of(&all), frames_of(&outcome), strlen(frames_of(&outcome))), 0);
            assert_int_equal(
                strncmp(secrets_of(&all), secrets_of(&outcome), strlen(secrets_of(&outcome))), 0);
            bool told = strstr(notes_of(&outcome), "pcapng.cut 0 ") != NULL;
            assert_int_equal(told, cut >= 12 && !between);
            assert_int_equal(outcome.summary.damaged, cut >= 12 && !between);
            assert_null(strstr(notes_of(&outcome), "pcapng.damaged"));
            outcome_free(&outcome);
        }
        flush_free(&flush);
    }
    outcome_free(&all);
    maker_free(&maker);
}

/* Every byte of the file wrong in turn: never a crash, and what comes before the block that holds
 * it stays as it is. */
static void test_damage_everywhere(void **state)
{
    (void)state;
    size_t ends[BLOCKS_MAX] = {0};
    size_t count = 0;
    struct maker maker = make_everything(ends, &count);
    struct flush flush = flush_make(maker_span(&maker));
    uint8_t *bytes = malloc(maker.out.len);
    assert_non_null(bytes);
    memcpy(bytes, maker.out.data, maker.out.len);
    for (size_t at = 0; at < maker.out.len; at++) {
        static const uint8_t masks[] = {0x01, 0x80, 0xff};
        size_t start = 0;
        for (size_t i = 0; i < count && ends[i] <= at; i++)
            start = ends[i];
        struct outcome before;
        outcome_of_bytes(&before, tt_span_of(maker.out.data, start), 0);
        for (size_t i = 0; i < TT_ARRAY_LEN(masks); i++) {
            bytes[at] ^= masks[i];
            struct flush wrong = flush_make(tt_span_of(bytes, maker.out.len));
            struct outcome outcome;
            struct outcome by_stream;
            outcome_of_bytes(&outcome, wrong.span, 0);
            outcome_of_bytes(&by_stream, wrong.span, 5);
            assert_int_equal(
                strncmp(frames_of(&before), frames_of(&outcome), strlen(frames_of(&before))), 0);
            assert_string_equal(frames_of(&outcome), frames_of(&by_stream));
            outcome_free(&outcome);
            outcome_free(&by_stream);
            flush_free(&wrong);
            bytes[at] ^= masks[i];
        }
        outcome_free(&before);
    }
    free(bytes);
    flush_free(&flush);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_blocks),
        cmocka_unit_test(test_lost_blocks),
        cmocka_unit_test(test_long_garbage),
        cmocka_unit_test(test_many_large_lies),
        cmocka_unit_test(test_damaged_interface),
        cmocka_unit_test(test_damaged_section_of_other_order),
        cmocka_unit_test(test_sections_that_lie),
        cmocka_unit_test(test_concatenated),
        cmocka_unit_test(test_blocks_above_the_limit),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_damage_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
