/* QPACK: the examples of RFC 9204, appendix B, and what a loss does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/limits.h"
#include "proto/qpack.h"
#include "support/flush.h"

enum { BLOCK_MAX = 256 };

static struct tt_origin origin_of(uint64_t frame)
{
    return (struct tt_origin){.first_frame = frame, .last_frame = frame, .time = frame};
}

static size_t from_hex(const char *hex, uint8_t out[BLOCK_MAX])
{
    size_t len = 0;
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        assert_true(len < BLOCK_MAX);
        out[len++] = (uint8_t)(tt_hex_value((uint8_t)hex[0]) << 4 | tt_hex_value((uint8_t)hex[1]));
        hex++;
    }
    return len;
}

static void instruct(struct tt_qpack *qpack, uint64_t frame, const char *hex, bool good)
{
    uint8_t bytes[BLOCK_MAX];
    struct flush flush = flush_make(tt_span_of(bytes, from_hex(hex, bytes)));
    const struct tt_origin origin = origin_of(frame);
    assert_int_equal(tt_qpack_instructions(qpack, flush.span, &origin), good);
    flush_free(&flush);
}

static bool is_blocked(const struct tt_qpack *qpack, const char *hex)
{
    uint8_t bytes[BLOCK_MAX];
    return tt_qpack_is_blocked(qpack, tt_span_of(bytes, from_hex(hex, bytes)));
}

/* Reads a block of frame 9; the head that it makes must be `expected`. Gives the first frame of the
 * first byte of `of` in it. */
static uint64_t expect(struct tt_qpack *qpack, const char *hex, bool good, const char *expected,
                       const char *of)
{
    uint8_t bytes[BLOCK_MAX];
    struct flush flush = flush_make(tt_span_of(bytes, from_hex(hex, bytes)));
    struct tt_http_block block;
    struct tt_http1_head head;
    const struct tt_origin origin = origin_of(9);
    tt_http_block_init(&block);
    assert_int_equal(tt_qpack_read(qpack, flush.span, &origin, &block), good);
    assert_true(tt_http_block_finish(&block, TT_HTTP_BLOCK_REQUEST, "HTTP/3", &origin, &head));
    struct tt_extent extent = tt_http_block_extent(&block);
    assert_int_equal(extent.bytes.len, strlen(expected));
    assert_memory_equal(extent.bytes.data, expected, extent.bytes.len);
    size_t at = tt_span_search(extent.bytes, tt_span_str(of));
    uint64_t frame = tt_extent_origin(&extent, at, strlen(of)).first_frame;
    tt_http_block_free(&block);
    flush_free(&flush);
    return frame;
}

#define CAPACITY "3fbd01"
#define AUTHORITY "c00f 7777 772e 6578 616d 706c 652e 636f 6d"
#define PATH "c10c 2f73 616d 706c 652f 7061 7468"
#define CUSTOM "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565"

static void test_examples(void **state)
{
    (void)state;
    struct tt_qpack *qpack = tt_qpack_new();
    expect(qpack, "0000 510b 2f69 6e64 6578 2e68 746d 6c", true, "? /index.html HTTP/3\r\n\r\n",
           "?");
    tt_qpack_settle(qpack, 220);
    instruct(qpack, 3, CAPACITY AUTHORITY, true);
    assert_true(is_blocked(qpack, "0381 10 11"));
    instruct(qpack, 4, PATH, true);
    assert_false(is_blocked(qpack, "0381 10 11"));
    assert_int_equal(expect(qpack, "0381 10 11", true,
                            "? /sample/path HTTP/3\r\nhost: www.example.com\r\n\r\n", "www"),
                     3);
    instruct(qpack, 5, CUSTOM, true);
    instruct(qpack, 6, "02", true);
    assert_int_equal(expect(qpack, "0500 80 c1 81", true,
                            "? / HTTP/3\r\nhost: www.example.com\r\ncustom-key: custom-value\r\n"
                            "\r\n",
                            "custom-key"),
                     5);
    instruct(qpack, 7, "810d 6375 7374 6f6d 2d76 616c 7565 32", true);
    assert_int_equal(expect(qpack, "0600 80", true,
                            "? ? HTTP/3\r\ncustom-key: custom-value2\r\n\r\n", "custom-key"),
                     7);
    tt_qpack_free(qpack);
}

/* Cut anywhere, and before the settings came. */
static void test_cuts(void **state)
{
    uint8_t bytes[BLOCK_MAX];
    size_t len = from_hex(CAPACITY AUTHORITY PATH, bytes);
    (void)state;
    for (size_t cut = 0; cut <= len; cut++) {
        struct tt_qpack *qpack = tt_qpack_new();
        const struct tt_origin origin = origin_of(2);
        assert_true(tt_qpack_instructions(qpack, tt_span_of(bytes, cut), &origin));
        assert_true(is_blocked(qpack, "0381 10 11"));
        tt_qpack_settle(qpack, 220);
        assert_true(tt_qpack_instructions(qpack, tt_span_of(bytes + cut, len - cut), &origin));
        expect(qpack, "0381 10 11", true, "? /sample/path HTTP/3\r\nhost: www.example.com\r\n\r\n",
               "?");
        tt_qpack_free(qpack);
    }
}

/* What refers to the table is left out, all else is read. */
static void test_loss(void **state)
{
    (void)state;
    struct tt_qpack *qpack = tt_qpack_new();
    tt_qpack_settle(qpack, 220);
    instruct(qpack, 3, CAPACITY AUTHORITY, true);
    tt_qpack_lose(qpack);
    instruct(qpack, 4, PATH, false);
    assert_false(is_blocked(qpack, "0381 10 11"));
    expect(qpack, "0381 d1 10 11 00 0161", true, "GET ? HTTP/3\r\n?: a\r\n\r\n", "GET");
    tt_qpack_free(qpack);
    qpack = tt_qpack_new();
    tt_qpack_settle_unknown(qpack);
    expect(qpack, "0381 d1 10", true, "GET ? HTTP/3\r\n\r\n", "GET");
    tt_qpack_free(qpack);
}

static void test_malformed(void **state)
{
    static const char *const cases[] = {"00", "0000 d1 5f", "0000 d1 510b 2f", "0000 d1 21",
                                        "0000 d1 ffffffffffffff7f"};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_qpack *qpack = tt_qpack_new();
        tt_qpack_settle(qpack, 0);
        expect(qpack, cases[i], false, i == 0 ? "? ? HTTP/3\r\n\r\n" : "GET ? HTTP/3\r\n\r\n",
               "HTTP");
        tt_qpack_free(qpack);
    }
    struct tt_qpack *qpack = tt_qpack_new();
    tt_qpack_settle(qpack, 100);
    instruct(qpack, 1, CAPACITY, false); /* more than the settings allow */
    expect(qpack, "0000 d1", true, "GET ? HTTP/3\r\n\r\n", "GET");
    tt_qpack_free(qpack);
}

/* TT_HPACK_TABLE_MAX: no larger table is kept. */
static void test_limit(void **state)
{
    (void)state;
    struct tt_qpack *qpack = tt_qpack_new();
    tt_qpack_settle(qpack, TT_HPACK_TABLE_MAX);
    instruct(qpack, 1, CAPACITY, true);
    tt_qpack_free(qpack);
    qpack = tt_qpack_new();
    tt_qpack_settle(qpack, TT_HPACK_TABLE_MAX + 1);
    instruct(qpack, 1, CAPACITY, false);
    tt_qpack_free(qpack);
    /* Nor too many instructions before the settings. */
    static const uint8_t many[TT_HTTP_HEADER_MAX + 1];
    const struct tt_origin origin = origin_of(1);
    qpack = tt_qpack_new();
    assert_false(tt_qpack_instructions(qpack, tt_span_of(many, sizeof(many)), &origin));
    tt_qpack_free(qpack);
}

/* Entries that were driven out, in a table that is filled again and again. */
static void test_many_entries(void **state)
{
    (void)state;
    struct tt_qpack *qpack = tt_qpack_new();
    tt_qpack_settle(qpack, 4096);
    instruct(qpack, 1, "3fe11f", true);
    for (uint64_t i = 0; i < 20000; i++)
        instruct(qpack, 2 + i / 10000, "41 61 01 62", true);
    /* 20000 inserts, 128 entries at most: 20000 mod 256 + 1. */
    assert_int_equal(expect(qpack, "2100 80", true, "? ? HTTP/3\r\na: b\r\n\r\n", "a: b"), 3);
    tt_qpack_free(qpack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples), cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_loss),     cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_limit),    cmocka_unit_test(test_many_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
