/* HPACK: the examples of RFC 7541, appendix C, and what a lost block does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/limits.h"
#include "proto/hpack.h"
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

/* Reads a block that came in `frame`; the head that it makes must be `expected`. */
static void expect(struct tt_hpack *hpack, uint64_t frame, const char *hex, bool good,
                   enum tt_http_block_kind kind, const char *expected)
{
    uint8_t bytes[BLOCK_MAX];
    struct flush flush = flush_make(tt_span_of(bytes, from_hex(hex, bytes)));
    struct tt_http_block block;
    struct tt_http1_head head;
    const struct tt_origin origin = origin_of(frame);
    tt_http_block_init(&block);
    assert_int_equal(tt_hpack_read(hpack, flush.span, &origin, &block), good);
    assert_true(tt_http_block_finish(&block, kind, "HTTP/2", &origin, &head));
    struct tt_span text = tt_http_block_extent(&block).bytes;
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
    tt_http_block_free(&block);
    flush_free(&flush);
}

static void test_representations(void **state)
{
    static const char *const cases[][2] = {
        /* C.2.1 to C.2.4 */
        {"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
         "custom-key: custom-header\r\n\r\n"},
        {"1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret\r\n\r\n"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tt_hpack *hpack = tt_hpack_new();
        expect(hpack, 1, cases[i][0], true, TT_HTTP_BLOCK_TRAILER, cases[i][1]);
        tt_hpack_free(hpack);
    }
    struct tt_hpack *hpack = tt_hpack_new();
    expect(hpack, 1, "040c 2f73 616d 706c 652f 7061 7468", true, TT_HTTP_BLOCK_REQUEST,
           "? /sample/path HTTP/2\r\n\r\n");
    expect(hpack, 1, "82", true, TT_HTTP_BLOCK_REQUEST, "GET ? HTTP/2\r\n\r\n");
    tt_hpack_free(hpack);
}

/* C.3 without and C.4 with Huffman codes. */
static void test_requests(void **state)
{
    static const char *const blocks[][3] = {
        {"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", "8286 84be 5808 6e6f 2d63 6163 6865",
         "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65"},
        {"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "8286 84be 5886 a8eb 1064 9cbf",
         "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tt_hpack *hpack = tt_hpack_new();
        expect(hpack, 1, blocks[i][0], true, TT_HTTP_BLOCK_REQUEST,
               "GET / HTTP/2\r\nhost: www.example.com\r\n\r\n");
        expect(hpack, 2, blocks[i][1], true, TT_HTTP_BLOCK_REQUEST,
               "GET / HTTP/2\r\nhost: www.example.com\r\ncache-control: no-cache\r\n\r\n");
        expect(hpack, 3, blocks[i][2], true, TT_HTTP_BLOCK_REQUEST,
               "GET /index.html HTTP/2\r\nhost: www.example.com\r\n"
               "custom-key: custom-value\r\n\r\n");
        tt_hpack_free(hpack);
    }
}

#define DATE_1 "Mon, 21 Oct 2013 20:13:21 GMT"
#define DATE_2 "Mon, 21 Oct 2013 20:13:22 GMT"
#define LOCATION "location: https://www.example.com\r\n"

/* C.6: entries are driven out of a table of 256 bytes. */
static void test_responses(void **state)
{
    (void)state;
    struct tt_hpack *hpack = tt_hpack_new();
    expect(hpack, 1,
           "3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6"
           "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
           true, TT_HTTP_BLOCK_RESPONSE,
           "HTTP/2 302\r\ncache-control: private\r\ndate: " DATE_1 "\r\n" LOCATION "\r\n");
    expect(hpack, 2, "4883 640e ffc1 c0bf", true, TT_HTTP_BLOCK_RESPONSE,
           "HTTP/2 307\r\ncache-control: private\r\ndate: " DATE_1 "\r\n" LOCATION "\r\n");
    expect(hpack, 3,
           "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad"
           "94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160"
           "65c0 03ed 4ee5 b106 3d50 07",
           true, TT_HTTP_BLOCK_RESPONSE,
           "HTTP/2 200\r\ncache-control: private\r\ndate: " DATE_2 "\r\n" LOCATION
           "content-encoding: gzip\r\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; "
           "version=1\r\n\r\n");
    tt_hpack_free(hpack);
}

/* A field from the table has the frames of the block that inserted it, too. */
static void test_frames(void **state)
{
    (void)state;
    struct tt_hpack *hpack = tt_hpack_new();
    uint8_t bytes[BLOCK_MAX];
    struct tt_http_block block;
    struct tt_http1_head head;
    struct tt_origin origin = origin_of(5);
    expect(hpack, 5, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", true, TT_HTTP_BLOCK_REQUEST,
           "GET / HTTP/2\r\nhost: www.example.com\r\n\r\n");
    origin = origin_of(9);
    tt_http_block_init(&block);
    size_t len = from_hex("8286 84be 5886 a8eb 1064 9cbf", bytes);
    assert_true(tt_hpack_read(hpack, tt_span_of(bytes, len), &origin, &block));
    assert_true(tt_http_block_finish(&block, TT_HTTP_BLOCK_REQUEST, "HTTP/2", &origin, &head));
    struct tt_extent extent = tt_http_block_extent(&block);
    size_t host = tt_span_search(extent.bytes, tt_span_str("host: www"));
    struct tt_origin found = tt_extent_origin(&extent, host, 21);
    assert_int_equal(found.first_frame, 5);
    assert_int_equal(found.last_frame, 9);
    found = tt_extent_origin(&extent, tt_span_search(extent.bytes, tt_span_str("cache")), 13);
    assert_int_equal(found.first_frame, 9);
    tt_http_block_free(&block);
    tt_hpack_free(hpack);
}

/* What was inserted before the loss is left out, what came later is right. */
static void test_loss(void **state)
{
    (void)state;
    struct tt_hpack *hpack = tt_hpack_new();
    expect(hpack, 1, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", true, TT_HTTP_BLOCK_REQUEST,
           "GET / HTTP/2\r\nhost: www.example.com\r\n\r\n");
    tt_hpack_lose(hpack);
    /* The second block of C.4: the authority is an old entry, cache-control a new one. */
    expect(hpack, 2, "8286 84be 5886 a8eb 1064 9cbf", true, TT_HTTP_BLOCK_REQUEST,
           "GET / HTTP/2\r\ncache-control: no-cache\r\n\r\n");
    expect(hpack, 3, "8287 85bf be", true, TT_HTTP_BLOCK_REQUEST,
           "GET /index.html HTTP/2\r\ncache-control: no-cache\r\n\r\n");
    /* A new value with the name of an old entry: only the value is known, also when referred to. */
    expect(hpack, 4, "82 84 7f01 0161 be", true, TT_HTTP_BLOCK_REQUEST,
           "GET / HTTP/2\r\n?: a\r\n?: a\r\n\r\n");
    tt_hpack_free(hpack);
}

/* References behind the end of the table are left out, and what follows is read. */
static void test_unknown_entries(void **state)
{
    (void)state;
    struct tt_hpack *hpack = tt_hpack_new();
    expect(hpack, 1, "82 fe 84", true, TT_HTTP_BLOCK_REQUEST, "GET / HTTP/2\r\n\r\n");
    expect(hpack, 2, "82 7f10 0162 84 be", true, TT_HTTP_BLOCK_REQUEST,
           "GET / HTTP/2\r\n?: b\r\n?: b\r\n\r\n");
    tt_hpack_free(hpack);
}

/* A table larger than the usual one, allowed by SETTINGS, is there again after a loss. */
static void test_allowed_table(void **state)
{
    (void)state;
    struct tt_hpack *hpack = tt_hpack_new();
    tt_hpack_allow(hpack, 65536);
    tt_hpack_lose(hpack);
    /* Entry number 1000 of the dynamic table: 0xff, then 1061 - 127. */
    expect(hpack, 1, "82 ff a607 84", true, TT_HTTP_BLOCK_REQUEST, "GET / HTTP/2\r\n\r\n");
    tt_hpack_allow(hpack, UINT32_MAX);
    tt_hpack_lose(hpack);
    expect(hpack, 2, "82 84", true, TT_HTTP_BLOCK_REQUEST, "GET / HTTP/2\r\n\r\n");
    tt_hpack_free(hpack);
}

/* TT_HPACK_TABLE_MAX: a size update over it breaks the block. */
static void test_table_limit(void **state)
{
    (void)state;
    struct tt_hpack *hpack = tt_hpack_new();
    assert_int_equal(TT_HPACK_TABLE_MAX, 262144);
    expect(hpack, 1, "3fe1ff0f 82 84", true, TT_HTTP_BLOCK_REQUEST, "GET / HTTP/2\r\n\r\n");
    expect(hpack, 2, "3fe2ff0f 82 84", false, TT_HTTP_BLOCK_REQUEST, "? ? HTTP/2\r\n\r\n");
    /* The next block is read again. */
    expect(hpack, 3, "82 84", true, TT_HTTP_BLOCK_REQUEST, "GET / HTTP/2\r\n\r\n");
    tt_hpack_free(hpack);
}

static void test_malformed(void **state)
{
    static const char *const cases[] = {
        "82 80",                /* index 0 */
        "82 ff ffffffffff",     /* an integer without end */
        "82 ff ffffffff7f",     /* and a very large one */
        "82 40 8161",           /* a name that is cut */
        "82 40 0161",           /* no value */
        "82 40 0161 0262",      /* a value that is cut */
        "82 40 0161 81ff",      /* Huffman padding of eight bits */
        "82 40 0161 84ffffffff" /* the code that ends a string */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_hpack *hpack = tt_hpack_new();
        expect(hpack, 1, cases[i], false, TT_HTTP_BLOCK_REQUEST, "GET ? HTTP/2\r\n\r\n");
        expect(hpack, 2, "82 84", true, TT_HTTP_BLOCK_REQUEST, "GET / HTTP/2\r\n\r\n");
        tt_hpack_free(hpack);
    }
}

/* A line end inside a value makes no line of its own; pseudo-header fields that are unknown or sent
 * again are still there to be searched. */
static void test_odd_fields(void **state)
{
    (void)state;
    struct tt_hpack *hpack = tt_hpack_new();
    expect(hpack, 1, "82 00 0178 0561 0d0a 623a 00 023a 7a 0131 04 022f 61 04 022f 62", true,
           TT_HTTP_BLOCK_REQUEST, "GET /a HTTP/2\r\nx: a  b:\r\nz: 1\r\npath: /b\r\n\r\n");
    expect(hpack, 2, "00 073a 7363 6865 6d65 0378 2d79", true, TT_HTTP_BLOCK_REQUEST,
           "? ? HTTP/2\r\nscheme: x-y\r\n\r\n");
    tt_hpack_free(hpack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_representations),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_unknown_entries),
        cmocka_unit_test(test_allowed_table),
        cmocka_unit_test(test_table_limit),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_odd_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
