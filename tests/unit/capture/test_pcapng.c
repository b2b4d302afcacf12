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

/* Reads and frees `maker`; "number time link interface original captured" a line, and the notes. */
static void expect(struct maker *maker, const char *frames, const char *notes)
{
    struct outcome outcome = read_whole(maker);
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

static void test_packet_kinds(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct maker maker = begin(big == 1);
        interface_block(&maker, 1, 0, 6, 0);
        enhanced(&maker, 0, moment, 61, 1514);
        obsolete(&maker, 0, moment + 1, 62, 62);
        simple(&maker, 63, 63);
        enhanced(&maker, 0, moment + 2, 0, 0);
        expect(&maker,
               "1 1407402602123456000 1 0 1514 61\n"
               "2 1407402602123457000 1 0 62 62\n"
               "3 0 1 0 63 63\n"
               "4 1407402602123458000 1 0 0 0\n",
               "");
    }
}

static void test_packet_bytes(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    size_t at = maker.out.len;
    enhanced(&maker, 0, 0, 61, 61);
    struct outcome outcome = read_whole(&maker);
    char expected[100];
    (void)snprintf(expected, sizeof(expected), "1 0 1 0 61 61 %016" PRIx64 "\n",
                   hash(tt_span_sub(maker_span(&maker), at + 28, 61)));
    assert_string_equal(frames_of(&outcome), expected);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_many_interfaces(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 9, 0);
    interface_block(&maker, 113, 0, 0x8a, 0);
    interface_block(&maker, 101, 0, 3, 1407402000);
    enhanced(&maker, 1, 1536, 60, 60);
    enhanced(&maker, 0, 1407402602123456789, 60, 60);
    enhanced(&maker, 2, 602123, 60, 60);
    interface_block(&maker, 276, 0, 6, 0);
    enhanced(&maker, 3, moment, 60, 60);
    expect(&maker,
           "1 1500000000 113 1 60 60\n"
           "2 1407402602123456789 1 0 60 60\n"
           "3 1407402602123000000 101 2 60 60\n"
           "4 1407402602123456000 276 3 60 60\n",
           "");
}

static void test_sections(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    interface_block(&maker, 101, 0, 6, 0);
    enhanced(&maker, 1, 1, 60, 60);
    section(&maker, true);
    interface_block(&maker, 113, 0, 9, 0);
    enhanced(&maker, 0, 2, 60, 60);
    section(&maker, false);
    enhanced(&maker, 0, 3, 60, 60);
    expect(&maker,
           "1 1000 101 1 60 60\n"
           "2 2 113 2 60 60\n"
           "3 3000 4294967295 4294967295 60 60\n",
           "pcapng.interface 3 364 0\n");
}

static void test_simple_packet_lengths(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 50, 6, 0);
    interface_block(&maker, 101, 10, 6, 0);
    simple(&maker, 50, 1514);
    simple(&maker, 49, 49);
    simple(&maker, 20, 1514); /* holds less than the snaplen */
    expect(&maker,
           "1 0 1 0 1514 50\n"
           "2 0 1 0 49 49\n"
           "3 0 1 0 1514 20\n",
           "pcapng.packet 3 204 30\n");
}

/* Frame numbers are those of Wireshark, which counts some blocks that hold no packet. */
static void test_blocks_without_packets(void **state)
{
    (void)state;
    static const uint32_t types[] = {0, 7, 8, 11, 0x201, 0x12345, 0x80000002, 0xffffffff};
    static const uint32_t numbered[] = {9, 0x204, 0x216, 0x221, 0xbad, 0x40000bad};
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    for (size_t i = 0; i < TT_ARRAY_LEN(types); i++) {
        block_open(&maker, types[i]);
        put_pattern(&maker, 4 * i, 1);
        block_close(&maker);
    }
    enhanced(&maker, 0, 1, 60, 60);
    for (size_t i = 0; i < TT_ARRAY_LEN(numbered); i++) {
        block_open(&maker, numbered[i]);
        put_pattern(&maker, 32, 1);
        block_close(&maker);
    }
    enhanced(&maker, 0, 2, 60, 60);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.summary.frames, 2);
    outcome_free(&outcome);
    expect(&maker, "1 1000 1 0 60 60\n8 2000 1 0 60 60\n",
           "pcapng.custom 0 536 32\npcapng.custom 0 580 32\n");
}

static void test_secrets(void **state)
{
    (void)state;
    struct maker maker = begin(true);
    secrets(&maker, 0x544c534b, "CLIENT_RANDOM 01 02");
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    secrets(&maker, 0x57474b4c, "odd");
    size_t at = maker.out.len;
    secrets(&maker, 0x544c534b, "lying");
    patch32(&maker, at + 12, 9); /* one more than is there, padding included */
    block_open(&maker, 10);
    put32(&maker, 1);
    block_close(&maker);
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(secrets_of(&outcome),
                        "544c534b CLIENT_RANDOM 01 02\n57474b4c odd\n544c534b lying\n");
    assert_string_equal(notes_of(&outcome), "pcapng.block 0 216 16\n"
                                            "pcapng.block 0 244 4\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_statistics(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    interface_block(&maker, 1, 0, 6, 0);
    statistics(&maker, 0, 10);
    statistics(&maker, 1, 5);
    statistics(&maker, 0, 12); /* counts from the start: replaces the 10 */
    block_open(&maker, 5);     /* dropped by the system, by the interface and the filter */
    put32(&maker, 1);
    put64(&maker, 0);
    option(&maker, 7, 3, 8);
    option(&maker, 5, 6, 8);
    option(&maker, 6, 1000000, 8);
    block_close(&maker);
    statistics(&maker, 7, 1);
    section(&maker, false);
    interface_block(&maker, 1, 0, 6, 0);
    statistics(&maker, 0, 100);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.summary.dropped, 12 + 9 + 100);
    /* Each interface that dropped any is told once. */
    assert_int_equal(count_lines(notes_of(&outcome)), 4);
    assert_non_null(strstr(notes_of(&outcome), "pcapng.drops 0 68 "));
    assert_non_null(strstr(notes_of(&outcome), "pcapng.interface 0 "));
    outcome_free(&outcome);
    maker_free(&maker);
}

/* Drops told packet by packet, and by statistics of the same interface: the greater counts. */
static void test_drops_by_packets(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    interface_block(&maker, 1, 0, 6, 0);
    for (uint64_t i = 0; i < 3; i++) {
        enhanced_open(&maker, 0, 1);
        option(&maker, 4, 5, 8);
        block_close(&maker);
    }
    enhanced_open(&maker, 1, 1);
    option(&maker, 4, 7, 8);
    block_close(&maker);
    statistics(&maker, 0, 12);
    statistics(&maker, 0, 20);
    statistics(&maker, 0, 20);
    statistics(&maker, 1, UINT64_MAX); /* was not kept */
    block_open(&maker, 2);             /* obsolete packet: 16 bits of drops */
    put16(&maker, 1);
    put16(&maker, 3);
    put64(&maker, 0);
    put64(&maker, 0);
    block_close(&maker);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.summary.dropped, 20 + 7 + 3);
    assert_int_equal(count_lines(notes_of(&outcome)), 2);
    assert_false(outcome.summary.damaged);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_absurd_drops(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    block_open(&maker, 5);
    put32(&maker, 0);
    put64(&maker, 0);
    option(&maker, 5, UINT64_MAX - 1, 8);
    option(&maker, 7, UINT64_MAX - 1, 8);
    block_close(&maker);
    enhanced_open(&maker, 0, 1);
    option(&maker, 4, UINT64_MAX - 1, 8);
    block_close(&maker);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(outcome.summary.dropped, UINT64_C(1) << 40);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_interface_that_is_not_there(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    enhanced(&maker, 0, 1, 60, 60); /* none at all */
    simple(&maker, 60, 60);
    interface_block(&maker, 113, 40, 9, 0);
    interface_block(&maker, 113, 0, 6, 0);
    enhanced(&maker, 2, 1, 60, 60); /* all have one link type */
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, UINT32_MAX, 1, 60, 60);
    obsolete(&maker, 3, 1, 60, 60);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(count_lines(notes_of(&outcome)), 5);
    outcome_free(&outcome);
    expect(&maker,
           "1 1000 4294967295 4294967295 60 60\n"
           "2 0 4294967295 4294967295 60 60\n"
           "3 1 113 4294967295 60 60\n"
           "4 1000 4294967295 4294967295 60 60\n"
           "5 1000 4294967295 4294967295 60 60\n",
           "pcapng.interface 1 28 0\n"
           "pcapng.interface 2 132 0\n"
           "pcapng.interface 3 260 0\n"
           "pcapng.interface 4 384 0\n"
           "pcapng.interface 5 488 0\n");
}

static void test_options_that_lie(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    block_open(&maker, 1); /* longer than the block */
    put16(&maker, 1);
    put16(&maker, 0);
    put32(&maker, 0);
    option(&maker, 9, 9, 1);
    put16(&maker, 2);
    put16(&maker, 0xffff);
    block_close(&maker);
    block_open(&maker, 1); /* of a wrong length */
    put16(&maker, 1);
    put16(&maker, 0);
    put32(&maker, 0);
    option(&maker, 9, 9, 2);
    option(&maker, 14, 1, 4);
    option(&maker, 9, 3, 1);
    block_close(&maker);
    block_open(&maker, 1); /* half an option behind the last */
    put16(&maker, 1);
    put16(&maker, 0);
    put32(&maker, 0);
    option(&maker, 9, 3, 1);
    put16(&maker, 14);
    block_close(&maker);
    block_open(&maker, 1); /* behind the end mark nothing counts */
    put16(&maker, 1);
    put16(&maker, 0);
    put32(&maker, 0);
    option(&maker, 0, 0, 0);
    option(&maker, 9, 3, 1);
    block_close(&maker);
    for (uint32_t i = 0; i < 4; i++)
        enhanced(&maker, i, 1000, 8, 8);
    expect(&maker,
           "1 1000 1 0 8 8\n"
           "2 1000000000 1 1 8 8\n"
           "3 1000000000 1 2 8 8\n"
           "4 1000000 1 3 8 8\n",
           "pcapng.option 0 28 20\n"
           "pcapng.option 0 60 32\n"
           "pcapng.option 0 60 32\n"
           "pcapng.option 0 104 20\n");
}

static void test_packets_that_lie(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    size_t at = maker.out.len;
    enhanced(&maker, 0, 1, 60, 60);
    patch32(&maker, at + 20, 1000); /* the block holds 60 and 12 of options */
    at = maker.out.len;
    enhanced(&maker, 0, 2, 60, 60);
    patch32(&maker, at + 20, UINT32_MAX);
    block_open(&maker, 6); /* no room for its fields */
    put_pattern(&maker, 16, 1);
    block_close(&maker);
    block_open(&maker, 3);
    block_close(&maker);
    block_open(&maker, 1);
    put32(&maker, 1);
    block_close(&maker);
    enhanced(&maker, 0, 3, 60, 61);
    enhanced(&maker, 0, 4, 60, 59);
    expect(&maker,
           "1 1000 1 0 72 72\n"
           "2 2000 1 0 72 72\n"
           "5 3000 1 0 61 60\n"
           "6 4000 1 0 60 60\n",
           "pcapng.packet 1 48 928\n"
           "capture.length 1 0 0\n"
           "pcapng.packet 2 152 4294967223\n"
           "capture.length 2 0 0\n"
           "pcapng.block 3 256 16\n"
           "pcapng.block 4 284 0\n"
           "pcapng.block 0 296 4\n"
           "capture.length 6 0 0\n");
}

static void test_times_that_lie(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    interface_block(&maker, 1, 0, 6, -10);
    interface_block(&maker, 1, 0, 127, 0);
    enhanced(&maker, 0, UINT64_MAX, 8, 8);
    enhanced(&maker, 1, 9, 8, 8);
    enhanced(&maker, 2, UINT64_MAX, 8, 8);
    expect(&maker,
           "1 18446744073709551615 1 0 8 8\n"
           "2 0 1 1 8 8\n"
           "3 0 1 2 8 8\n",
           "pcapng.time 1 116 0\n"
           "pcapng.time 2 168 0\n");
}

/* Some writers leave the padding out of both lengths. */
static void test_length_without_padding(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    size_t at = maker.out.len;
    simple(&maker, 61, 61);
    patch32(&maker, at + 4, 77);
    patch32(&maker, maker.out.len - 4, 77);
    enhanced(&maker, 0, 1, 60, 60);
    expect(&maker, "1 0 1 0 61 61\n2 1000 1 0 60 60\n", "");
}

static void test_too_many_interfaces(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    for (size_t i = 0; i < TT_SECTION_INTERFACES_MAX; i++)
        interface_block(&maker, 1, 0, 6, 0);
    size_t at = maker.out.len;
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, TT_SECTION_INTERFACES_MAX - 1, 1, 8, 8);
    enhanced(&maker, TT_SECTION_INTERFACES_MAX, 1, 8, 8);
    char notes[200];
    (void)snprintf(notes, sizeof(notes), "pcapng.interfaces 0 %zu 8\npcapng.interface 2 %zu 0\n",
                   at, at + 20 + 52);
    expect(&maker, "1 1000 1 65535 8 8\n2 1000 1 4294967295 8 8\n", notes);
}

/* One packet of the largest size that is read. */
static void test_largest_packet(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, TT_FRAME_MAX, TT_FRAME_MAX);
    enhanced(&maker, 0, 2, 8, 8);
    struct outcome whole = read_whole(&maker);
    struct outcome by_stream;
    outcome_of_bytes(&by_stream, maker_span(&maker), 65536);
    assert_int_equal(count_lines(frames_of(&whole)), 2);
    assert_string_equal(frames_of(&whole), frames_of(&by_stream));
    assert_string_equal(notes_of(&whole), "");
    outcome_free(&whole);
    outcome_free(&by_stream);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packet_kinds),
        cmocka_unit_test(test_packet_bytes),
        cmocka_unit_test(test_many_interfaces),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_simple_packet_lengths),
        cmocka_unit_test(test_blocks_without_packets),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_drops_by_packets),
        cmocka_unit_test(test_absurd_drops),
        cmocka_unit_test(test_interface_that_is_not_there),
        cmocka_unit_test(test_options_that_lie),
        cmocka_unit_test(test_packets_that_lie),
        cmocka_unit_test(test_times_that_lie),
        cmocka_unit_test(test_length_without_padding),
        cmocka_unit_test(test_too_many_interfaces),
        cmocka_unit_test(test_largest_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
