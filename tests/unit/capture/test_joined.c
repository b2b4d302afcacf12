/* Capture files that were put one behind the other: frames are numbered on, and each file's own
 * header counts for its frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "support/flush.h"

#include <stdio.h>

enum { MOMENT = 1407402602 };

static void add_pcap(struct maker *maker, bool big, uint32_t magic, uint32_t link, uint32_t records)
{
    maker->big = big;
    pcap_header(maker, magic, 65535, link);
    for (uint32_t i = 0; i < records; i++)
        pcap_record(maker, MOMENT + i, 1, 60 + 4 * i, 60 + 4 * i); /* pcapng pads to fours */
}

static void add_pcapng(struct maker *maker, bool big, unsigned link, uint32_t records)
{
    section(maker, big);
    interface_block(maker, link, 0, 6, 0);
    for (uint32_t i = 0; i < records; i++)
        enhanced(maker, 0, UINT64_C(1000000) * (MOMENT + i) + 1, 60 + i, 60 + i);
}

static void add_snoop(struct maker *maker, uint32_t records)
{
    maker->big = true;
    put_bytes(maker, "snoop\0\0", 8);
    put32(maker, 2);
    put32(maker, 4);
    for (uint32_t i = 0; i < records; i++) {
        put32(maker, 60);
        put32(maker, 60);
        put32(maker, 84);
        put32(maker, 5);
        put32(maker, MOMENT + i);
        put32(maker, 1);
        put_pattern(maker, 60, i);
    }
}

static struct outcome read_both(const struct maker *maker)
{
    struct outcome whole;
    struct outcome pieces;
    struct flush flush = flush_make(maker_span(maker));
    outcome_of_bytes(&whole, flush.span, 0);
    outcome_of_bytes(&pieces, flush.span, 1);
    flush_free(&flush);
    assert_int_equal(whole.opened, TT_OK);
    assert_int_equal(whole.read, TT_OK);
    assert_string_equal(frames_of(&whole), frames_of(&pieces));
    assert_string_equal(notes_of(&whole), notes_of(&pieces));
    outcome_free(&pieces);
    return whole;
}

/* "number link interface" of each frame, one after the other. */
static void expect_frames(const struct outcome *outcome, const char *expected)
{
    char found[2000] = "";
    const char *line = frames_of(outcome);
    while (*line != '\0') {
        unsigned number = 0;
        unsigned long long time = 0;
        unsigned link = 0;
        unsigned interface = 0;
        assert_int_equal(sscanf(line, "%u %llu %u %u ", &number, &time, &link, &interface), 4);
        size_t used = strlen(found);
        (void)snprintf(found + used, sizeof(found) - used, "%u %u %u\n", number, link, interface);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(found, expected);
}

static void test_one_behind_the_other(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    size_t at[6];
    add_pcap(&maker, false, 0xa1b2c3d4, 1, 2);
    at[0] = maker.out.len;
    add_pcap(&maker, true, 0xa1b23c4d, 101, 1);
    at[1] = maker.out.len;
    add_pcapng(&maker, true, 113, 2);
    at[2] = maker.out.len;
    add_snoop(&maker, 2);
    at[3] = maker.out.len;
    add_pcap(&maker, true, 0xa1b2cd34, 1, 0);
    at[4] = maker.out.len;
    add_pcapng(&maker, false, 1, 1);
    at[5] = maker.out.len;
    add_pcap(&maker, false, 0xa1b2c3d4, 105, 1);
    struct outcome outcome = read_both(&maker);
    expect_frames(&outcome, "1 1 0\n2 1 0\n3 101 1\n4 113 2\n5 113 2\n6 1 3\n7 1 3\n8 1 5\n"
                            "9 105 6\n");
    char notes[600] = "";
    for (size_t i = 0; i < TT_ARRAY_LEN(at); i++)
        (void)snprintf(notes + strlen(notes), sizeof(notes) - strlen(notes),
                       "capture.concatenated 0 %zu 0\n", at[i]);
    assert_string_equal(notes_of(&outcome), notes);
    assert_string_equal(outcome.summary.format, "pcap");
    assert_int_equal(outcome.summary.dropped, 5);
    assert_false(outcome.summary.damaged);
    outcome_free(&outcome);
    maker_free(&maker);
}

/* The header of a file without packets, and one that is cut. */
static void test_without_packets(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    add_pcap(&maker, false, 0xa1b2c3d4, 1, 0);
    add_pcap(&maker, false, 0xa1b2c3d4, 101, 1);
    add_pcap(&maker, false, 0xa1b2c3d4, 1, 0);
    struct outcome outcome = read_both(&maker);
    expect_frames(&outcome, "1 101 1\n");
    assert_int_equal(count_lines(notes_of(&outcome)), 2);
    outcome_free(&outcome);
    for (size_t cut = 1; cut < 24; cut++) {
        maker.out.len--;
        outcome = read_both(&maker);
        expect_frames(&outcome, "1 101 1\n");
        assert_int_equal(count_lines(notes_of(&outcome)), 2);
        assert_non_null(strstr(notes_of(&outcome), ".cut "));
        outcome_free(&outcome);
    }
    maker_free(&maker);
}

/* The first file ends inside a record, which so swallows the second one's beginning. (Where it
 * swallows the header and not a byte more, nothing shows.) */
static void test_behind_a_cut_file(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 76; cut++) {
        if (cut == 24)
            continue;
        struct maker maker = maker_new(false);
        add_pcap(&maker, false, 0xa1b2c3d4, 1, 4);
        pcap_record(&maker, MOMENT + 4, 1, 60, 60);
        maker.out.len -= cut;
        add_pcap(&maker, false, 0xa1b2c3d4, 101, 8);
        struct outcome outcome = read_both(&maker);
        const char *frames = frames_of(&outcome);
        bool piece = cut < 60; /* of the last packet; at 60, an empty one */
        assert_in_range(outcome.summary.frames, 12 + piece, 13);
        assert_non_null(strstr(notes_of(&outcome), "capture.concatenated "));
        size_t raw = 0;
        for (const char *at = frames; (at = strstr(at, " 101 1 ")) != NULL; at++)
            raw++;
        assert_int_equal(raw, 8);
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

/* A magic number alone is no header: a packet of the year 2055 may begin so. */
static void test_magic_in_a_time(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    add_pcap(&maker, false, 0xa1b2c3d4, 1, 1);
    pcap_record(&maker, 0xa1b2c3d4, 5, 60, 60);
    struct outcome outcome = read_both(&maker);
    expect_frames(&outcome, "1 1 0\n2 1 0\n");
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_behind_the_other),
        cmocka_unit_test(test_without_packets),
        cmocka_unit_test(test_behind_a_cut_file),
        cmocka_unit_test(test_magic_in_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
