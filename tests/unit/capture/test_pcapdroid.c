#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "capture/pcapdroid.h"
#include "model/limits.h"
#include "support/flush.h"

#include <stdio.h>

enum { ETHERNET = 14, TRAILER = 32 };

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

/* One record of a capture with trailers; by default a whole one. */
struct packet {
    unsigned type;    /* EtherType */
    size_t ip_len;    /* as its header says */
    size_t bytes;     /* of it that are there */
    size_t padding;   /* behind it */
    uint32_t magic;   /* 0: the right one */
    uint32_t uid;     /* 0: 10123 */
    const char *name; /* of the app */
    uint8_t mac;      /* last byte of the sender's address */
};

static void put_network(struct maker *maker, uint64_t value, size_t len)
{
    bool big = maker->big;
    maker->big = true;
    put_uint(maker, value, len);
    maker->big = big;
}

static void record(struct maker *maker, const struct packet *packet)
{
    char name[20] = "";
    memcpy(name, packet->name, strnlen(packet->name, sizeof(name)));
    size_t len = ETHERNET + packet->bytes + packet->padding + TRAILER;
    put32(maker, 1);
    put32(maker, 0);
    put32(maker, len);
    put32(maker, len + (packet->ip_len > packet->bytes ? packet->ip_len - packet->bytes : 0));
    size_t at = maker->out.len;
    put_pattern(maker, len, 1);
    struct maker frame = maker_new(maker->big);
    put_network(&frame, 0, 8);
    put_network(&frame, packet->mac, 4);
    put_network(&frame, packet->type, 2);
    put_network(&frame, packet->type == 0x86dd ? 0x60000000 : 0x45000000 | packet->ip_len, 4);
    if (packet->type == 0x86dd)
        put_network(&frame, packet->ip_len - 40, 2);
    memcpy(maker->out.data + at, frame.out.data, frame.out.len);
    frame.out.len = 0;
    put_network(&frame, packet->magic == 0 ? 0x01072021 : packet->magic, 4);
    put_network(&frame, packet->uid == 0 ? 10123 : packet->uid, 4);
    put_bytes(&frame, name, sizeof(name));
    memcpy(maker->out.data + at + len - TRAILER, frame.out.data, frame.out.len);
    maker_free(&frame);
}

static struct maker begin(void)
{
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    return maker;
}

static void test_trailers(void **state)
{
    (void)state;
    struct maker maker = begin();
    record(&maker, &(struct packet){.type = 0x0800, .ip_len = 60, .bytes = 60, .name = "Browser"});
    record(&maker, &(struct packet){
                       .type = 0x0800, .ip_len = 61, .bytes = 61, .padding = 1, .name = "Browser"});
    record(&maker, &(struct packet){.type = 0x86dd,
                                    .ip_len = 63,
                                    .bytes = 63,
                                    .padding = 3,
                                    .name = "A name of 20 bytes!!"});
    /* Nineteen bytes and half a letter. */
    record(&maker,
           &(struct packet){
               .type = 0x0800, .ip_len = 60, .bytes = 60, .name = "nineteen bytes long\xc3"});
    record(&maker, &(struct packet){
                       .type = 0x0800, .ip_len = 60, .bytes = 60, .uid = UINT32_MAX, .name = "?"});
    record(&maker, &(struct packet){.type = 0x0800, .ip_len = 60, .bytes = 60, .name = ""});
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(marks_of(&outcome), "1 1 0 32 Browser\n2 1 0 32 Browser\n"
                                            "3 1 0 32 A name of 20 bytes!!\n"
                                            "4 1 0 32 nineteen bytes long\n"
                                            "5 1 0 32 -\n6 1 0 32 -\n");
    assert_string_equal(notes_of(&outcome), "capture.made_up 1 0 0\n");
    assert_false(outcome.summary.damaged);
    outcome_free(&outcome);
    maker_free(&maker);
}

/* What is no trailer stays part of its packet. */
static void test_no_trailers(void **state)
{
    (void)state;
    struct maker maker = begin();
    static const struct packet packets[] = {
        {.type = 0x0800, .ip_len = 60, .bytes = 60, .magic = 0x21200701, .name = "x"},
        {.type = 0x0800, .ip_len = 92, .bytes = 60, .name = "payload"}, /* inside the packet */
        {.type = 0x0800, .ip_len = 61, .bytes = 60, .name = "payload"}, /* by one byte */
        {.type = 0x0800, .ip_len = 60, .bytes = 60, .padding = 4, .name = "x"}, /* too far behind */
        {.type = 0x0806, .ip_len = 60, .bytes = 60, .name = "x"},
        {.type = 0x0800, .ip_len = 200, .bytes = 60, .name = "cut"}, /* none was met before */
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(packets); i++)
        record(&maker, &packets[i]);
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(marks_of(&outcome), "");
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    maker_free(&maker);
}

/* Once a trailer was met, one behind a packet that the capture cut is one, too. */
static void test_cut_packets(void **state)
{
    (void)state;
    struct maker maker = begin();
    static const struct packet packets[] = {
        {.type = 0x0800, .ip_len = 60, .bytes = 60, .name = "Browser"},
        {.type = 0x0800, .ip_len = 1500, .bytes = 60, .name = "Cut"},
        {.type = 0x0800, .ip_len = 1500, .bytes = 60, .name = "Cut", .mac = 1}, /* a real link */
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(packets); i++)
        record(&maker, &packets[i]);
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(marks_of(&outcome), "1 1 0 32 Browser\n2 1 0 32 Cut\n");
    outcome_free(&outcome);
    maker_free(&maker);
}

static void test_frames_cut_everywhere(void **state)
{
    (void)state;
    struct maker maker = begin();
    record(&maker, &(struct packet){.type = 0x86dd, .ip_len = 60, .bytes = 60, .name = "Browser"});
    struct tt_span whole = tt_span_from(maker_span(&maker), 24 + 16);
    for (size_t len = 0; len < whole.len; len++) {
        struct flush flush = flush_make(tt_span_sub(whole, 0, len));
        struct tt_pcapdroid droid = {.trailers = true};
        struct tt_apps *apps = tt_apps_new();
        assert_non_null(apps);
        struct tt_frame frame = {.link = 1, .bytes = flush.span};
        assert_int_equal(tt_pcapdroid_trailer(&droid, apps, &frame), TT_OK);
        assert_int_equal(frame.flags, 0);
        tt_apps_free(apps);
        flush_free(&flush);
    }
    maker_free(&maker);
}

/* ---- pcapng ---- */

static void section_of(struct maker *maker, bool big, const char *program)
{
    maker->big = big;
    block_open(maker, 0x0a0d0d0a);
    put32(maker, 0x1a2b3c4d);
    put16(maker, 1);
    put16(maker, 0);
    put64(maker, UINT64_MAX);
    option_text(maker, 4, program);
    block_close(maker);
    interface_block(maker, 101, 0, 6, 0);
}

static void uid_block(struct maker *maker, uint32_t uid, const char *package, const char *name)
{
    block_open(maker, 0xbad);
    put32(maker, TT_PCAPDROID_ENTERPRISE);
    put16(maker, 1);
    put_bytes(maker, "\1\0", 2);
    put32(maker, uid);
    put_uint(maker, strlen(package), 1);
    put_uint(maker, strlen(name), 1);
    put_bytes(maker, package, strlen(package));
    put_bytes(maker, name, strlen(name));
    block_close(maker);
}

static void packet_of(struct maker *maker, const char *comment, uint32_t flags)
{
    enhanced_open(maker, 0, 1);
    if (flags != 0)
        option(maker, 2, flags, 4);
    option_text(maker, 1, comment);
    option(maker, 0, 0, 0);
    block_close(maker);
}

static void test_blocks(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct maker maker = maker_new(false);
        section_of(&maker, big == 1, "PCAPdroid 1.8.0");
        uid_block(&maker, 10123, "com.example.game", "Example Game");
        uid_block(&maker, 10124, "com.example.mail", "");
        uid_block(&maker, 10123, "com.example.other", "Other"); /* the first one counts */
        packet_of(&maker, "u-10123", 0);
        packet_of(&maker, "u-10124", 0);
        packet_of(&maker, "u-10125", 0); /* nobody told */
        packet_of(&maker, "u--1", 0);
        packet_of(&maker, "u-10123", 2); /* with root: a real packet */
        packet_of(&maker, "u-10123x", 0);
        packet_of(&maker, "u-4294977419", 0); /* 10123 + 2^32 */
        struct outcome outcome = read_whole(&maker);
        assert_string_equal(marks_of(&outcome),
                            "4 1 0 0 Example Game\n5 1 0 0 com.example.mail\n6 1 0 0 -\n"
                            "7 1 0 0 -\n8 4 0 0 Example Game\n9 1 0 0 -\n10 1 0 0 -\n");
        assert_string_equal(events_of(&outcome),
                            "comment 9 1000 u-10123x\ncomment 10 1000 u-4294977419\n");
        assert_string_equal(notes_of(&outcome), "capture.made_up 4 0 0\n");
        outcome_free(&outcome);
        maker_free(&maker);
    }
}

/* Of another version or type, or cut at any byte. */
static void test_blocks_that_lie(void **state)
{
    (void)state;
    static const uint8_t block[] = "\0\1\1\0\0\0\x27\x8b\3\4pkgname";
    struct tt_apps *apps = tt_apps_new();
    assert_non_null(apps);
    bool known = true;
    for (size_t len = 0; len < sizeof(block) - 1; len++) {
        struct flush flush = flush_make(tt_span_of(block, len));
        assert_int_equal(tt_pcapdroid_block(apps, flush.span, true, &known), TT_OK);
        assert_false(known);
        flush_free(&flush);
    }
    struct tt_span whole = tt_span_of(block, sizeof(block) - 1);
    assert_int_equal(tt_pcapdroid_block(apps, whole, false, &known), TT_OK); /* version 256 */
    assert_false(known);
    assert_null(tt_apps_of_number(apps, 10123));
    assert_int_equal(tt_pcapdroid_block(apps, whole, true, &known), TT_OK);
    assert_true(known);
    assert_string_equal(tt_apps_of_number(apps, 10123), "name");
    tt_apps_free(apps);
}

static void test_too_many_apps(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    section_of(&maker, false, "PCAPdroid");
    char name[20];
    for (uint32_t i = 0; i < TT_CAPTURE_APPS_MAX + 2; i++) {
        (void)snprintf(name, sizeof(name), "app %u", (unsigned)i);
        uid_block(&maker, i, "", name);
    }
    packet_of(&maker, "u-4095", 0);
    packet_of(&maker, "u-4096", 0);
    struct outcome outcome = read_whole(&maker);
    assert_string_equal(marks_of(&outcome), "4099 1 0 0 app 4095\n4100 1 0 0 -\n");
    assert_int_equal(count_lines(notes_of(&outcome)), 3);
    assert_non_null(strstr(notes_of(&outcome), "pcapng.apps 0 "));
    outcome_free(&outcome);
    maker_free(&maker);
}

/* Plain files of it: no trailer, no link layer, its VPN's address. */
static void its_address_gives_it_away(void **state)
{
    (void)state;
    static const struct {
        uint32_t link;
        uint8_t version;
        uint8_t from[4];
        uint8_t to[4];
        size_t len;
        bool made_up;
    } cases[] = {{101, 0x45, {10, 215, 173, 1}, {198, 51, 100, 7}, 20, true},
                 {101, 0x45, {198, 51, 100, 7}, {10, 215, 173, 1}, 20, true},
                 {101, 0x45, {10, 215, 173, 3}, {198, 51, 100, 7}, 20, false},
                 {101, 0x65, {10, 215, 173, 1}, {198, 51, 100, 7}, 20, false},
                 {1, 0x45, {10, 215, 173, 1}, {198, 51, 100, 7}, 20, false},
                 {101, 0x45, {198, 51, 100, 7}, {10, 215, 173, 1}, 19, false}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        uint8_t bytes[20] = {cases[i].version};
        memcpy(bytes + 12, cases[i].from, 4);
        memcpy(bytes + 16, cases[i].to, 4);
        struct flush flush = flush_make(tt_span_of(bytes, cases[i].len));
        const struct tt_frame frame = {.link = cases[i].link, .bytes = flush.span};
        assert_int_equal(tt_pcapdroid_address(&frame), cases[i].made_up);
        flush_free(&flush);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_address_gives_it_away),  cmocka_unit_test(test_trailers),
        cmocka_unit_test(test_no_trailers),           cmocka_unit_test(test_cut_packets),
        cmocka_unit_test(test_frames_cut_everywhere), cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_blocks_that_lie),       cmocka_unit_test(test_too_many_apps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
