/* What a pcapng file tells beside its packets: names, comments, journals, custom blocks, flags. */
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

static struct outcome read_whole(const struct maker *maker)
{
    struct outcome outcome;
    struct outcome by_stream;
    struct flush flush = flush_make(maker_span(maker));
    outcome_of_bytes(&outcome, flush.span, 0);
    outcome_of_bytes(&by_stream, flush.span, 11);
    flush_free(&flush);
    assert_int_equal(outcome.opened, TT_OK);
    assert_int_equal(outcome.read, TT_OK);
    assert_string_equal(names_of(&outcome), names_of(&by_stream));
    assert_string_equal(events_of(&outcome), events_of(&by_stream));
    assert_string_equal(marks_of(&outcome), marks_of(&by_stream));
    assert_string_equal(notes_of(&outcome), notes_of(&by_stream));
    outcome_free(&by_stream);
    return outcome;
}

/* Reads and frees `maker`. Any of the texts may be NULL: not looked at. */
static void expect(struct maker *maker, const char *names, const char *events, const char *marks,
                   const char *notes)
{
    struct outcome outcome = read_whole(maker);
    if (names != NULL)
        assert_string_equal(names_of(&outcome), names);
    if (events != NULL)
        assert_string_equal(events_of(&outcome), events);
    if (marks != NULL)
        assert_string_equal(marks_of(&outcome), marks);
    if (notes != NULL)
        assert_string_equal(notes_of(&outcome), notes);
    outcome_free(&outcome);
    maker_free(maker);
}

static struct maker begin(bool big)
{
    struct maker maker = maker_new(big);
    section(&maker, big);
    interface_block(&maker, 1, 0, 6, 0);
    return maker;
}

/* ---- names ---- */

static void name_record(struct maker *maker, unsigned type, const char *addr, size_t addr_len,
                        const char *names, size_t names_len)
{
    put16(maker, type);
    put16(maker, addr_len + names_len);
    put_bytes(maker, addr, addr_len);
    put_bytes(maker, names, names_len);
    pad4(maker);
}

static void test_names(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct maker maker = begin(big == 1);
        enhanced_open(&maker, 0, 1);
        block_close(&maker);
        block_open(&maker, 4);
        name_record(&maker, 1, "\xc6\x33\x64\x07", 4, "API.Cloud.example.\0www.example", 31);
        name_record(&maker, 2, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16, "six.example", 12);
        name_record(&maker, 3, "\x02\0\0\0\0\x17", 6, "router", 7);
        name_record(&maker, 4, "\x02\0\0\xff\xfe\0\0\x17", 8, "eight", 6);
        name_record(&maker, 77, "abcd", 4, "later.example", 14);
        put32(&maker, 0);
        option_text(&maker, 1, "who made them");
        option_text(&maker, 2, "dns.example");
        option_text(&maker, 3, "\xc0\xc1\x02\x35");
        option_text(&maker, 4, "\x20\x01\x0d\xb8\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x53");
        block_close(&maker);
        expect(&maker,
               "198.51.100.7 api.cloud.example 2\n198.51.100.7 www.example 2\n"
               "2001:db8::1 six.example 2\n02:00:00:00:00:17 router 2\n"
               "192.193.2.53 dns.example 2\n"
               "2001:db8:1111:1111:1111:1111:1111:1153 dns.example 2\n",
               "comment 0 0 who made them\n", "", "");
    }
}

static void test_names_that_lie(void **state)
{
    (void)state;
    char longest[TT_NAME_TEXT_MAX + 3];
    memset(longest, 'n', sizeof(longest));
    struct maker maker = begin(false);
    block_open(&maker, 4);
    name_record(&maker, 1, "\xc6\x33\x64\x07", 4, "", 0);           /* no name */
    name_record(&maker, 1, "\xc6\x33", 2, "", 0);                   /* half an address */
    name_record(&maker, 1, "\xc6\x33\x64\x07", 4, "\0\0no nul", 8); /* and a space */
    name_record(&maker, 1, "\xc6\x33\x64\x07", 4, longest, TT_NAME_TEXT_MAX);
    name_record(&maker, 1, "\xc6\x33\x64\x07", 4, longest, TT_NAME_TEXT_MAX + 1);
    put16(&maker, 1);
    put16(&maker, 1000); /* more than there is */
    put32(&maker, 0);
    block_close(&maker);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(count_lines(names_of(&outcome)), 1);
    assert_int_equal(strlen(names_of(&outcome)), strlen("198.51.100.7  1\n") + TT_NAME_TEXT_MAX);
    assert_int_equal(count_lines(notes_of(&outcome)), 5);
    assert_true(outcome.summary.damaged);
    outcome_free(&outcome);
    maker_free(&maker);
}

/* ---- events ---- */

static void test_comments(void **state)
{
    (void)state;
    struct maker maker = maker_new(true);
    block_open(&maker, 0x0a0d0d0a);
    maker.big = true;
    put32(&maker, 0x1a2b3c4d);
    put16(&maker, 1);
    put16(&maker, 0);
    put64(&maker, UINT64_MAX);
    option_text(&maker, 1, "of the section");
    option_text(&maker, 1, "a second\none");
    block_close(&maker);
    block_open(&maker, 1);
    put16(&maker, 1);
    put16(&maker, 0);
    put32(&maker, 0);
    option_text(&maker, 1, "of the interface");
    block_close(&maker);
    enhanced_open(&maker, 0, 7);
    option_text(&maker, 1, "of a packet \xe2\x82\xac \xff\x1b[2J");
    option_text(&maker, 1, "");
    option_text(&maker, 1, "u-10007"); /* nothing but a comment: not written by PCAPdroid */
    block_close(&maker);
    block_open(&maker, 5);
    put32(&maker, 0);
    put64(&maker, 9);
    option_text(&maker, 1, "of statistics");
    block_close(&maker);
    block_open(&maker, 10);
    put32(&maker, 1);
    put32(&maker, 1);
    put32(&maker, 0);
    option_text(&maker, 1, "of secrets");
    block_close(&maker);
    expect(&maker, "",
           "comment 0 0 of the section\ncomment 0 0 a second one\n"
           "comment 0 0 of the interface\n"
           "comment 1 7000 of a packet \xe2\x82\xac   [2J\ncomment 1 7000 u-10007\n"
           "comment 0 9000 of statistics\ncomment 0 0 of secrets\n",
           "", "");
}

static void test_event_limits(void **state)
{
    (void)state;
    char text[TT_EVENT_TEXT_MAX + 2];
    memset(text, 'c', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    memcpy(text + TT_EVENT_TEXT_MAX - 1, "\xc3\xa9", 2); /* must not be cut in two */
    struct maker maker = begin(false);
    enhanced_open(&maker, 0, 1);
    option_text(&maker, 1, text);
    text[TT_EVENT_TEXT_MAX - 1] = 'c';
    text[TT_EVENT_TEXT_MAX] = '\0';
    option_text(&maker, 1, text);
    block_close(&maker);
    for (size_t i = 2; i < TT_EVENTS_MAX + 3; i++) {
        enhanced_open(&maker, 0, 1);
        option_text(&maker, 1, "again");
        block_close(&maker);
    }
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(count_lines(events_of(&outcome)), TT_EVENTS_MAX);
    size_t lines[2] = {strcspn(events_of(&outcome), "\n"), 0};
    lines[1] = strcspn(events_of(&outcome) + lines[0] + 1, "\n");
    assert_int_equal(lines[0], strlen("comment 1 1000 ") + TT_EVENT_TEXT_MAX - 1);
    assert_int_equal(lines[1], strlen("comment 1 1000 ") + TT_EVENT_TEXT_MAX);
    assert_int_equal(count_lines(notes_of(&outcome)), 1 + 3);
    assert_non_null(strstr(notes_of(&outcome), "pcapng.event_text 1 "));
    assert_non_null(strstr(notes_of(&outcome), "pcapng.events 4096 "));
    assert_false(outcome.summary.damaged);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_journal(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    static const char entry[] = "__REALTIME_TIMESTAMP=1407402602123456\nPRIORITY=6\n"
                                "MESSAGE=link is up\n_HOSTNAME=lab\n\n";
    block_open(&maker, 9);
    put_bytes(&maker, entry, sizeof(entry) - 1);
    block_close(&maker);
    block_open(&maker, 9);
    put_bytes(&maker, "__REALTIME_TIMESTAMP=x\nA=1\n", 27);
    block_close(&maker);
    block_open(&maker, 9);
    block_close(&maker);
    expect(&maker, "",
           "journal 1 1407402602123456000 link is up\n"
           "journal 2 0 __REALTIME_TIMESTAMP=x A=1\n",
           "", "");
}

static void custom(struct maker *maker, uint32_t enterprise)
{
    block_open(maker, 0xbad);
    put32(maker, enterprise);
    put_pattern(maker, 8, 1);
    block_close(maker);
}

static void test_custom(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    custom(&maker, 32473);
    custom(&maker, 32473);
    for (uint32_t i = 0; i < TT_ENTERPRISES_MAX + 3; i++)
        custom(&maker, 70000 + i);
    block_open(&maker, 0x40000bad); /* too short */
    block_close(&maker);
    enhanced_open(&maker, 0, 1);
    put16(&maker, 2988); /* custom text */
    put16(&maker, 9);
    put32(&maker, 32473);
    put_bytes(&maker, "hello\0\0\0", 8);
    put16(&maker, 2989); /* custom bytes: not told */
    put16(&maker, 6);
    put32(&maker, 32473);
    put_bytes(&maker, "\1\2\0\0", 4);
    put16(&maker, 19372); /* half a number */
    put16(&maker, 2);
    put32(&maker, 0);
    block_close(&maker);
    struct outcome outcome = read_whole(&maker);
    assert_int_equal(count_lines(events_of(&outcome)), TT_ENTERPRISES_MAX + 1);
    assert_non_null(strstr(events_of(&outcome),
                           "custom 1 0 custom blocks that are not read (private enterprise number "
                           "32473)\n"));
    assert_non_null(strstr(events_of(&outcome), "custom 23 1000 32473: hello\n"));
    assert_int_equal(count_lines(notes_of(&outcome)), 2 + TT_ENTERPRISES_MAX + 3 + 1);
    assert_non_null(strstr(notes_of(&outcome), "pcapng.block 0 "));
    outcome_free(&outcome);
    maker_free(&maker);
}

/* ---- packets ---- */

static void put_flags(struct maker *maker, uint32_t flags)
{
    enhanced_open(maker, 0, 1);
    option(maker, 2, flags, 4);
    option(maker, 5, 77, 8); /* packet id, queue, verdict: nothing to be done about */
    option(maker, 6, 3, 4);
    option(maker, 7, 2, 1);
    option(maker, 0, 0, 0);
    block_close(maker);
}

static void test_flags(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    put_flags(&maker, 0);
    put_flags(&maker, 1);
    put_flags(&maker, 2);
    put_flags(&maker, 3);
    put_flags(&maker, 2 | 4 << 5);
    put_flags(&maker, 1U << 24);
    put_flags(&maker, 1U << 31);
    enhanced_open(&maker, 0, 1);
    option(&maker, 2, 1, 2); /* of a wrong length */
    option(&maker, 2, 2, 4); /* again: the last one counts */
    block_close(&maker);
    expect(&maker, "", "", "2 2 0 0 -\n3 4 0 0 -\n5 4 4 0 -\n8 4 0 0 -\n",
           "pcapng.link_error 6 428 1\npcapng.link_error 7 504 1\npcapng.option 0 580 40\n");
}

static void interface_with_fcs(struct maker *maker, uint8_t fcs)
{
    block_open(maker, 1);
    put16(maker, 1);
    put16(maker, 0);
    put32(maker, 0);
    option(maker, 13, fcs, 1);
    option_text(maker, 11, ""); /* an empty filter is none */
    block_close(maker);
}

static void test_fcs_and_filter(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    static const uint8_t lengths[] = {0, 2, 4, 16, 32, 64, 255};
    for (size_t i = 0; i < sizeof(lengths); i++)
        interface_with_fcs(&maker, lengths[i]);
    block_open(&maker, 1);
    put16(&maker, 1);
    put16(&maker, 0);
    put32(&maker, 0);
    put16(&maker, 11);
    put16(&maker, 7);
    put_bytes(&maker, "\0tcp 80\0", 8);
    block_close(&maker);
    for (uint32_t i = 0; i < 9; i++) {
        enhanced_open(&maker, i, 1);
        block_close(&maker);
    }
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(marks_of(&outcome),
                        "3 0 2 0 -\n4 0 4 0 -\n5 0 2 0 -\n6 0 4 0 -\n7 0 8 0 -\n");
    assert_int_equal(count_lines(notes_of(&outcome)), 1);
    assert_non_null(strstr(notes_of(&outcome), "pcapng.filter 0 "));
    assert_false(outcome.summary.damaged);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_secrets_behind_the_packets(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    enhanced_open(&maker, 0, 1);
    block_close(&maker);
    secrets(&maker, 0x544c534b, "tls");
    secrets(&maker, 0x57474b4c, "wireguard");
    secrets(&maker, 0x5353484b, "ssh");
    secrets(&maker, 0x5a4e574b, "zigbee");
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(secrets_of(&outcome),
                        "544c534b tls\n57474b4c wireguard\n5353484b ssh\n5a4e574b zigbee\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_secrets_in_a_comment(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    enhanced_open(&maker, 0, 1);
    option_text(&maker, 1, "CLIENT_RANDOM 01 02\nCLIENT_RANDOM 03 04");
    option_text(&maker, 1, "CLIENT_RANDOMLY chosen");
    block_close(&maker);
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(secrets_of(&outcome),
                        "544c534b CLIENT_RANDOM 01 02\nCLIENT_RANDOM 03 04\n");
    assert_string_equal(events_of(&outcome), "comment 1 1000 (a TLS key log)\n"
                                             "comment 1 1000 CLIENT_RANDOMLY chosen\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

/* ---- Apple's processes ---- */

static void process(struct maker *maker, const char *name)
{
    block_open(maker, 0x80000001);
    put32(maker, 4711);
    if (name != NULL)
        option_text(maker, 2, name);
    option_text(maker, 4, "sixteen bytes id");
    block_close(maker);
}

static void put_process(struct maker *maker, unsigned code, uint32_t number)
{
    enhanced_open(maker, 0, 1);
    option(maker, code, number, 4);
    block_close(maker);
}

static void test_processes(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    process(&maker, "Mail");
    process(&maker, "nsurlsessiond");
    process(&maker, NULL);
    block_open(&maker, 0x80000001); /* too short: it counts all the same */
    block_close(&maker);
    process(&maker, "Maps");
    put_process(&maker, 0x8001, 0);
    put_process(&maker, 0x8003, 4);
    put_process(&maker, 0x8001, 2);
    put_process(&maker, 0x8001, 5);
    enhanced_open(&maker, 0, 1); /* on behalf of another one */
    option(&maker, 0x8003, 0, 4);
    option(&maker, 0x8001, 1, 4);
    block_close(&maker);
    section(&maker, false); /* numbers begin again */
    interface_block(&maker, 1, 0, 6, 0);
    process(&maker, "Music");
    put_process(&maker, 0x8001, 0);
    put_process(&maker, 0x8001, 1);
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(marks_of(&outcome),
                        "1 0 0 0 Mail\n2 0 0 0 Maps\n5 0 0 0 Mail\n6 0 0 0 Music\n");
    assert_int_equal(count_lines(notes_of(&outcome)), 1);
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_too_many_processes(void **state)
{
    (void)state;
    struct maker maker = begin(false);
    char name[20];
    for (unsigned i = 0; i < TT_PROCESSES_MAX + 2; i++) {
        (void)snprintf(name, sizeof(name), "p%u", i);
        process(&maker, name);
    }
    put_process(&maker, 0x8001, TT_CAPTURE_APPS_MAX - 1);
    put_process(&maker, 0x8001, TT_CAPTURE_APPS_MAX);
    put_process(&maker, 0x8001, TT_PROCESSES_MAX);
    struct outcome outcome;
    outcome_of_bytes(&outcome, maker_span(&maker), 0);
    assert_string_equal(marks_of(&outcome), "1 0 0 0 p4095\n");
    assert_int_equal(count_lines(notes_of(&outcome)), TT_PROCESSES_MAX - TT_CAPTURE_APPS_MAX + 2);
    assert_null(strstr(notes_of(&outcome), "pcapng.block"));
    outcome_free(&outcome);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_that_lie),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_event_limits),
        cmocka_unit_test(test_journal),
        cmocka_unit_test(test_custom),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_fcs_and_filter),
        cmocka_unit_test(test_secrets_behind_the_packets),
        cmocka_unit_test(test_secrets_in_a_comment),
        cmocka_unit_test(test_processes),
        cmocka_unit_test(test_too_many_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
