/* Parts of DNS messages: header, names, records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns_maker.h"
#include "model/limits.h"
#include "proto/dns_message.h"
#include "support/flush.h"

static bool read_name(const void *bytes, size_t len, size_t at, struct tt_dns_name *ret_name)
{
    struct flush flush = flush_make(tt_span_of(bytes, len));
    bool read = tt_dns_name_read(flush.span, at, ret_name);
    flush_free(&flush);
    return read;
}

static void assert_text(const struct tt_dns_name *name, const char *expected)
{
    char text[TT_DNS_TEXT_MAX];
    tt_dns_name_text(name, text);
    assert_string_equal(text, expected);
}

#define NAME(bytes, at) read_name((bytes), sizeof(bytes) - 1, (at), &name)

static void test_names(void **state)
{
    (void)state;
    struct tt_dns_name name;
    uint8_t plain[TT_DNS_WIRE_MAX];
    assert_true(NAME("\x03www\x07"
                     "Example\x00",
                     0));
    assert_text(&name, "www.Example");
    assert_int_equal(name.end, 13);
    assert_int_equal(tt_dns_name_plain(&name, plain), 11);
    assert_memory_equal(plain, "www.Example", 11);

    /* Compressed: the end is behind the first pointer, and all bytes read lie in [low, high). */
    assert_true(NAME("..\x03"
                     "com\x00\x01"
                     "a\xc0\x02\x01"
                     "b\xc0\x07.",
                     11));
    assert_text(&name, "b.a.com");
    assert_int_equal(name.end, 15);
    assert_int_equal(name.start, 11);
    assert_int_equal(name.low, 2);
    assert_int_equal(name.high, 15);

    /* A pointer alone begins where it points. */
    assert_true(NAME("\x01"
                     "a\x00\xc0\x00\xc0\x03",
                     5));
    assert_int_equal(name.start, 0);
    assert_int_equal(name.end, 7);

    assert_true(NAME("\x00", 0));
    assert_text(&name, "");
    assert_int_equal(tt_dns_name_plain(&name, plain), 0);
    assert_int_equal(name.end, 1);
}

/* `expected`: what may be meant, with a space between. */
static void assert_joined(const char *text, const char *expected)
{
    struct tt_dns_name name;
    uint8_t joined[TT_DNS_WIRE_MAX];
    size_t ends[TT_DNS_ENDS_MAX];
    char found[TT_DNS_ENDS_MAX * TT_DNS_WIRE_MAX] = "";
    struct tt_buf buf = tt_buf_make(TT_DNS_WIRE_MAX);
    dns_name(&buf, text);
    assert_true(tt_dns_name_read(tt_buf_span(&buf), 0, &name));
    size_t count = tt_dns_name_joined(&name, joined, ends);
    assert_true(count <= TT_DNS_ENDS_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(found);
        (void)snprintf(found + len, sizeof(found) - len, "%s%.*s", i > 0 ? " " : "", (int)ends[i],
                       (const char *)joined);
    }
    assert_string_equal(found, expected);
    tt_buf_free(&buf);
}

static void test_joined(void **state)
{
    (void)state;
    /* base32, with the end of the data in front of a word, behind a short label, or either */
    assert_joined("mfzwqyjoojqw6qdn.mfuwyltf.cdn.example.org", "mfzwqyjoojqw6qdnmfuwyltf");
    assert_joined("mfzwqyjoojqw6qdn.mfuwyltf.t2.example.org",
                  "mfzwqyjoojqw6qdnmfuwyltf mfzwqyjoojqw6qdnmfuwyltft2");
    assert_joined("MFZWQYJOOJQW6QDN.MFUWYLTFM.HOST-1.EXAMPLE.ORG", "MFZWQYJOOJQW6QDNMFUWYLTFM");
    assert_joined("mfzwqyjoojq.w6qdnmfuwyltf.host-18.example.org",
                  "mfzwqyjoojqw6qdnmfuwyltf mfzwqyjoojqw6qdnmfuwyltfhost-18");
    /* hexadecimal digits end where other letters begin, and in whole bytes */
    assert_joined("33353832.34303035.31313131.t.example.org", "333538323430303531313131");
    assert_joined("3335383a.3430303a.313.t.example.org", "3335383a3430303a");
    /* a number ends anywhere, text too */
    assert_joined("33353832.3430303.t.example.org", "333538323430303");
    assert_joined("33353832.34303033.5.example.org", "3335383234303033 33353832343030335");
    assert_joined("asharao.lunchatnoon.t.example.org", "asharaolunchatnoon");
    assert_joined("3335383a.2d2d2d2d.tracker-1.example.org",
                  "3335383a2d2d2d2d 3335383a2d2d2d2dtracker-1");
    /* any others: as far as it may go */
    assert_joined("eyJpbWVpI.joiMzU4MjQw.MDUxMQ.example.org", "eyJpbWVpIjoiMzU4MjQwMDUxMQ");
    assert_joined("abcdefghijklmnopqrstuvwx.01234567.a89.example",
                  "abcdefghijklmnopqrstuvwx01234567a89");
    /* one label, too little, or words */
    assert_joined("mfzwqyjoojqw6qdnmfuwyl-.t.example.org", "mfzwqyjoojqw6qdnmfuwyl-t");
    assert_joined("clients.mail.example.test", "");
    assert_joined("www.mfzwqyjoojqw6qdn.mfuwyltf.example.org", "");
    assert_joined("mfzwqyjoojqw6qdn.mfuwyltf", "");
    assert_joined("abcdefghijklmnopqrstuvwx", "");
    assert_joined("", "");
    /* no more ends than there is room for */
    assert_joined("3335383a.33353832.a3.mfuwylt.t2.tracker-1.example.org",
                  "3335383a33353832 3335383a33353832a3");
}

static void test_odd_bytes(void **state)
{
    (void)state;
    struct tt_dns_name name;
    uint8_t plain[TT_DNS_WIRE_MAX];
    assert_true(NAME("\x05"
                     "a.b\\c\x03\x00\x1f\x7f\x01\xff\x02\xc3\xa9\x02 x\x00",
                     0));
    assert_text(&name, "a\\.b\\\\c.\\000\\031\\127.\\255.\xc3\xa9. x");
    assert_int_equal(tt_dns_name_plain(&name, plain), 17);
    assert_memory_equal(plain, "a.b\\c.\x00\x1f\x7f.\xff.\xc3\xa9. x", 17);
}

static void test_bad_names(void **state)
{
    (void)state;
    struct tt_dns_name name;
    assert_false(NAME("", 0));
    assert_false(NAME("\x03ww", 0));
    assert_false(NAME("\x03www", 0));      /* no root */
    assert_false(NAME("\xc0", 0));         /* half a pointer */
    assert_false(NAME("\xc0\x00", 0));     /* to itself */
    assert_false(NAME("\xc0\x02\x00", 0)); /* forwards */
    assert_false(NAME("\x01"
                      "a\xc0\x03\x00",
                      0));
    assert_false(NAME("\x40"
                      "a\x00",
                      0)); /* label types that do not exist */
    assert_false(NAME("\x80"
                      "a\x00",
                      0));
    assert_false(NAME("\x01"
                      "a\x00",
                      3));
    assert_false(NAME("\x01"
                      "a\x00",
                      100));
    /* A loop through a label. */
    assert_false(NAME("\x01"
                      "a\xc0\x00",
                      2));
}

static void test_longest_name(void **state)
{
    (void)state;
    struct tt_dns_name name;
    struct tt_buf buf = tt_buf_make(1024);
    for (unsigned i = 0; i < 127; i++)
        dns_bytes(&buf, "\x01\xff", 2);
    dns_bytes(&buf, "\x00", 1);
    assert_true(read_name(buf.data, buf.len, 0, &name));
    char text[TT_DNS_TEXT_MAX];
    tt_dns_name_text(&name, text);
    assert_int_equal(strlen(text), 127 * 4 + 126);
    /* 255 bytes with the root are the most; one label more is too long. */
    buf.len = 0;
    for (unsigned i = 0; i < 128; i++)
        dns_bytes(&buf,
                  "\x01"
                  "a",
                  2);
    dns_bytes(&buf, "\x00", 1);
    assert_false(read_name(buf.data, buf.len, 0, &name));
    assert_true(read_name(buf.data, buf.len, 2, &name));
    /* Every byte escaped takes the most room. */
    buf.len = 0;
    for (unsigned i = 0; i < 4; i++) {
        size_t len = i < 3 ? 63 : 61;
        assert_int_equal(tt_buf_append_u8(&buf, (uint8_t)len), TT_OK);
        for (size_t k = 0; k < len; k++)
            dns_bytes(&buf, "\x01", 1);
    }
    dns_bytes(&buf, "\x00", 1);
    assert_true(read_name(buf.data, buf.len, 0, &name));
    tt_dns_name_text(&name, text);
    assert_int_equal(strlen(text), 250 * 4 + 3);
    tt_buf_free(&buf);
}

/* A chain of pointers as long as allowed, and one longer. */
static void test_jumps(void **state)
{
    (void)state;
    struct tt_dns_name name;
    struct tt_buf buf = tt_buf_make(1024);
    dns_bytes(&buf,
              "\x01"
              "a\x00",
              3);
    size_t at = 0;
    for (unsigned i = 0; i < TT_DNS_NAME_JUMPS_MAX + 1; i++) {
        size_t here = buf.len;
        dns_u16(&buf, 0xc000U | (unsigned)at);
        at = here;
    }
    assert_true(read_name(buf.data, buf.len, at - 2, &name));
    assert_false(read_name(buf.data, buf.len, at, &name));
    tt_buf_free(&buf);
}

static void test_equal_names(void **state)
{
    (void)state;
    struct tt_dns_name a;
    struct tt_dns_name b;
    assert_true(read_name("\x01"
                          "A\x01"
                          "b\x00",
                          5, 0, &a));
    assert_true(read_name("\x01"
                          "a\x01"
                          "B\x00",
                          5, 0, &b));
    assert_true(tt_dns_name_eq(&a, &b));
    assert_true(read_name("\x03"
                          "a.b\x00",
                          5, 0, &b));
    assert_false(tt_dns_name_eq(&a, &b));
}

static void test_header(void **state)
{
    (void)state;
    struct tt_dns_header header;
    struct tt_buf buf = dns_message(0x8583, 1, 2, 3, 4);
    assert_true(tt_dns_header_read(tt_buf_span(&buf), &header));
    assert_true(header.response);
    assert_int_equal(header.rcode, 3);
    assert_int_equal(header.counts[TT_DNS_ADDITIONAL], 4);
    assert_int_equal(tt_dns_least_len(&header), 12 + 5 + 9 * 11);
    assert_false(tt_dns_header_read(tt_span_of(buf.data, 11), &header));
    tt_buf_free(&buf);
    static const unsigned refused[] = {0x1800, 0x3800, 0x7800, 0x0040};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        buf = dns_message(refused[i], 1, 0, 0, 0);
        assert_false(tt_dns_header_read(tt_buf_span(&buf), &header));
        tt_buf_free(&buf);
    }
}

static void test_perfect(void **state)
{
    (void)state;
    struct tt_buf buf = dns_message(0x8180, 1, 2, 0, 1);
    dns_question(&buf, "www.a.example", 1);
    dns_record_name(&buf, "@12", 5, "", 0, "b.example");
    dns_record(&buf, "b.example", 1, "\xc6\x33\x64\x07", 4);
    dns_bytes(&buf, "\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00", 11); /* OPT */
    assert_true(tt_dns_is_perfect(tt_buf_span(&buf)));
    for (size_t len = 0; len < buf.len; len++) {
        struct flush flush = flush_make(tt_span_of(buf.data, len));
        assert_false(tt_dns_is_perfect(flush.span));
        flush_free(&flush);
    }
    dns_bytes(&buf, "x", 1);
    assert_false(tt_dns_is_perfect(tt_buf_span(&buf)));
    tt_buf_free(&buf);
    /* A class that does not exist; no question; an rdata name that leaves its record. */
    buf = dns_message(0x0100, 1, 0, 0, 0);
    dns_question(&buf, "a", 1);
    assert_true(tt_dns_is_perfect(tt_buf_span(&buf)));
    buf.data[buf.len - 1] = 9;
    assert_false(tt_dns_is_perfect(tt_buf_span(&buf)));
    tt_buf_free(&buf);
    buf = dns_message(0x0100, 0, 0, 0, 0);
    assert_false(tt_dns_is_perfect(tt_buf_span(&buf)));
    tt_buf_free(&buf);
    buf = dns_message(0x8100, 0, 2, 0, 0);
    dns_record(&buf, "a", 5, "\x01", 1);
    dns_record(&buf, "a", 1, "\x01\x02\x03\x04", 4);
    assert_false(tt_dns_is_perfect(tt_buf_span(&buf)));
    tt_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_odd_bytes),    cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_longest_name), cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_equal_names),  cmocka_unit_test(test_header),
        cmocka_unit_test(test_perfect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
