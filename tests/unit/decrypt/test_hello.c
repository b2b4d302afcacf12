/* The messages of a handshake, and the JA4 of a client hello. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "decrypt/hello.h"
#include "decrypt/ja4.h"
#include "support/flush.h"

#include <stdlib.h>

/* ---- making messages ---- */

static void put(struct tt_buf *buf, uint64_t value, size_t len)
{
    while (len-- > 0)
        assert_int_equal(tt_buf_append_u8(buf, (uint8_t)(value >> (8 * len))), TT_OK);
}

static void put_text(struct tt_buf *buf, const void *text, size_t len)
{
    assert_int_equal(tt_buf_append(buf, tt_span_of(text, len)), TT_OK);
}

/* `inner` behind its length; frees it. */
static void put_vector(struct tt_buf *buf, struct tt_buf *inner, size_t len)
{
    put(buf, inner->len, len);
    put_text(buf, inner->data, inner->len);
    tt_buf_free(inner);
}

static struct tt_buf make_buf(void)
{
    return tt_buf_make(1U << 20);
}

static void put_extension(struct tt_buf *buf, unsigned type, const void *data, size_t len)
{
    put(buf, type, 2);
    put(buf, len, 2);
    put_text(buf, data, len);
}

static struct tt_buf finish(unsigned type, struct tt_buf *content)
{
    struct tt_buf message = make_buf();
    put(&message, type, 1);
    put_vector(&message, content, 3);
    return message;
}

struct client {
    unsigned version;
    bool dtls;
    const uint16_t *suites;
    size_t suite_count;
    struct tt_buf *extensions; /* NULL: none at all */
};

static struct tt_buf make_client(const struct client *client)
{
    struct tt_buf hello = make_buf();
    put(&hello, client->version, 2);
    for (unsigned i = 0; i < 32; i++)
        put(&hello, 0xc0 + i, 1);
    put_text(&hello,
             "\x04"
             "sess",
             5);
    if (client->dtls)
        put_text(&hello,
                 "\x02"
                 "ck",
                 3);
    put(&hello, client->suite_count * 2, 2);
    for (size_t i = 0; i < client->suite_count; i++)
        put(&hello, client->suites[i], 2);
    put_text(&hello, "\x01\x00", 2);
    if (client->extensions != NULL)
        put_vector(&hello, client->extensions, 2);
    return finish(TT_CLIENT_HELLO, &hello);
}

static const uint16_t few_suites[] = {0x1301, 0x002f};

static void test_client(void **state)
{
    (void)state;
    struct tt_buf extensions = make_buf();
    put_extension(&extensions, 0,
                  "\x00\x0f\x00\x00\x0c"
                  "API.Example.",
                  17);
    put_extension(&extensions, 16, "\x00\x0c\x02h2\x08http/1.1", 14);
    put_extension(&extensions, 43, "\x08\x7a\x7a\x7f\x17\x03\x04\x03\x03", 9);
    put_extension(&extensions, 22, "", 0);
    put_extension(&extensions, 23, "", 0);
    put_extension(&extensions, 28, "\x40\x01", 2);
    put_extension(&extensions, 35, "ticket", 6);
    put_extension(&extensions, 42, "", 0);
    put_extension(&extensions, 0xfe0d, "x", 1);
    put_extension(&extensions, 41, "y", 1);
    struct tt_buf made = make_client(&(struct client){
        .version = 0x0303, .suites = few_suites, .suite_count = 2, .extensions = &extensions});
    struct flush flush = flush_make(tt_buf_span(&made));
    struct tt_hello hello;
    assert_true(tt_hello_read(flush.span, false, &hello));
    assert_false(hello.server);
    assert_int_equal(hello.legacy, 0x0303);
    assert_int_equal(hello.version, TT_TLS_1_3);
    assert_int_equal(hello.draft, 0); /* the RFC goes before a draft */
    assert_string_equal(hello.name, "api.example");
    assert_int_equal(hello.random.len, 32);
    assert_int_equal(hello.random.data[31], 0xdf);
    assert_true(tt_span_eq(hello.session_id, tt_span_str("sess")));
    assert_int_equal(hello.suites.len, 4);
    assert_int_equal(hello.record_size_limit, 0x4001);
    assert_true(tt_span_eq(hello.ticket, tt_span_str("ticket")));
    assert_true(hello.encrypt_then_mac && hello.extended_master_secret && hello.early_data);
    assert_true(hello.pre_shared_key && hello.encrypted_client_hello);
    struct tt_span list = hello.alpn;
    struct tt_span name;
    assert_true(tt_hello_alpn(&list, &name));
    assert_true(tt_span_eq(name, tt_span_str("h2")));
    assert_true(tt_hello_alpn(&list, &name));
    assert_true(tt_span_eq(name, tt_span_str("http/1.1")));
    assert_false(tt_hello_alpn(&list, &name));
    for (size_t cut = 0; cut < flush.span.len; cut++) {
        struct flush part = flush_make(tt_span_sub(flush.span, 0, cut));
        assert_false(tt_hello_read(part.span, false, &hello));
        flush_free(&part);
    }
    flush_free(&flush);
    tt_buf_free(&made);
}

static void test_dtls_client(void **state)
{
    (void)state;
    struct tt_buf made = make_client(
        &(struct client){.version = 0xfefd, .dtls = true, .suites = few_suites, .suite_count = 2});
    struct tt_hello hello;
    assert_true(tt_hello_read(tt_buf_span(&made), true, &hello));
    assert_int_equal(hello.version, TT_DTLS_1_2);
    assert_int_equal(hello.suites.len, 4);
    assert_int_equal(hello.extensions.len, 0);
    tt_buf_free(&made);
}

static struct tt_buf make_server(unsigned version, bool old, const uint8_t *random, unsigned chosen)
{
    struct tt_buf hello = make_buf();
    put(&hello, version, 2);
    for (unsigned i = 0; i < 32; i++)
        put(&hello, random == NULL ? i : random[i], 1);
    if (!old)
        put_text(&hello, "\x02id", 3);
    put(&hello, 0x1302, 2);
    if (!old)
        put(&hello, 1, 1);
    struct tt_buf extensions = make_buf();
    uint8_t data[2] = {(uint8_t)(chosen >> 8), (uint8_t)chosen};
    if (chosen != 0)
        put_extension(&extensions, 43, data, 2);
    put_extension(&extensions, 23, "", 0);
    put_vector(&hello, &extensions, 2);
    return finish(TT_SERVER_HELLO, &hello);
}

static void test_server(void **state)
{
    (void)state;
    struct tt_hello hello;
    struct tt_buf made = make_server(0x0303, false, NULL, 0x0304);
    assert_true(tt_hello_read(tt_buf_span(&made), false, &hello));
    assert_true(hello.server && !hello.retry && hello.extended_master_secret);
    assert_int_equal(hello.version, TT_TLS_1_3);
    assert_int_equal(hello.suite, 0x1302);
    assert_int_equal(hello.compression, 1);
    assert_true(tt_span_eq(hello.session_id, tt_span_str("id")));
    tt_buf_free(&made);
    made = make_server(0x0303, false, NULL, 0x7f1c);
    assert_true(tt_hello_read(tt_buf_span(&made), false, &hello));
    assert_int_equal(hello.version, TT_TLS_1_3);
    assert_int_equal(hello.draft, 28);
    tt_buf_free(&made);
    /* Drafts up to 21 had neither session id nor compression. */
    made = make_server(0x7f14, true, NULL, 0);
    assert_true(tt_hello_read(tt_buf_span(&made), false, &hello));
    assert_int_equal(hello.version, TT_TLS_1_3);
    assert_int_equal(hello.draft, 20);
    assert_int_equal(hello.suite, 0x1302);
    tt_buf_free(&made);
}

static void test_others(void **state)
{
    (void)state;
    struct tt_hello hello;
    assert_false(tt_hello_read(tt_span_of("\x0b\x00\x00\x00", 4), false, &hello));
    assert_false(tt_hello_read((struct tt_span){0}, false, &hello));
    assert_true(tt_is_grease(0x0a0a) && tt_is_grease(0xfafa));
    assert_false(tt_is_grease(0x0a1a) || tt_is_grease(0x1301));
}

/* RFC 5246, appendix E.2. */
static void test_ssl2(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 3, 1, 0, 6, 0, 0, 0, 16, 0,  0,  4,  0,  0,  0x2f, 1,
                                    2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct flush flush = flush_make(tt_span_of(bytes, sizeof(bytes)));
    struct tt_hello hello;
    assert_true(tt_hello_read_ssl2(flush.span, &hello));
    assert_int_equal(hello.version, TT_TLS_1_0);
    assert_int_equal(hello.suites.len, 6);
    assert_int_equal(hello.random.len, 16);
    for (size_t cut = 0; cut < sizeof(bytes); cut++)
        assert_false(tt_hello_read_ssl2(tt_span_sub(flush.span, 0, cut), &hello));
    flush_free(&flush);
    uint8_t bad[sizeof(bytes)];
    memcpy(bad, bytes, sizeof(bad));
    bad[1] = 0; /* SSL 2.0 itself */
    assert_false(tt_hello_read_ssl2(tt_span_of(bad, sizeof(bad)), &hello));
}

static void test_certificates(void **state)
{
    (void)state;
    static const uint8_t old[] = "\x0b\x00\x00\x0b\x00\x00\x08\x00\x00\x02"
                                 "ab\x00\x00\x01"
                                 "c";
    static const uint8_t new[] = "\x0b\x00\x00\x10\x00\x00\x00\x0c\x00\x00\x02"
                                 "ab\x00\x05"
                                 "xxxxx";
    struct tt_span list;
    struct tt_span der;
    struct flush flush = flush_make(tt_span_of(old, sizeof(old) - 1));
    assert_true(tt_hello_certificates(flush.span, TT_TLS_1_2, &list));
    /* The second one is cut off by the length of the list. */
    assert_true(tt_hello_next_certificate(&list, TT_TLS_1_2, &der));
    assert_true(tt_span_eq(der, tt_span_str("ab")));
    assert_false(tt_hello_next_certificate(&list, TT_TLS_1_2, &der));
    for (size_t cut = 0; cut < flush.span.len - 1; cut++)
        assert_false(tt_hello_certificates(tt_span_sub(flush.span, 0, cut), TT_TLS_1_2, &list));
    flush_free(&flush);
    assert_true(tt_hello_certificates(tt_span_of(new, sizeof(new) - 1), TT_TLS_1_3, &list));
    assert_true(tt_hello_next_certificate(&list, TT_TLS_1_3, &der));
    assert_true(tt_span_eq(der, tt_span_str("ab")));
    assert_false(tt_hello_next_certificate(&list, TT_TLS_1_3, &der));
}

static void test_encrypted_alpn(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "\x08\x00\x00\x0f\x00\x0d\x00\x0a\x00\x00\x00\x10\x00\x05"
                                   "\x00\x03\x02h2";
    struct flush flush = flush_make(tt_span_of(bytes, sizeof(bytes) - 1));
    struct tt_span alpn;
    struct tt_span name;
    assert_true(tt_hello_encrypted_alpn(flush.span, &alpn));
    assert_true(tt_hello_alpn(&alpn, &name));
    assert_true(tt_span_eq(name, tt_span_str("h2")));
    for (size_t cut = 0; cut < flush.span.len; cut++)
        assert_false(tt_hello_encrypted_alpn(tt_span_sub(flush.span, 0, cut), &alpn));
    flush_free(&flush);
    assert_false(tt_hello_encrypted_alpn(tt_span_of("\x08\x00\x00\x02\x00\x00", 6), &alpn));
}

/* ---- JA4 ---- */

/* The example of the specification, with GREASE in its places. */
static struct tt_buf make_ja4_extensions(void)
{
    struct tt_buf extensions = make_buf();
    static const uint16_t plain[] = {0x001b, 0x0033, 0x4469, 0x0017, 0x002d, 0x0005, 0x0023,
                                     0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015};
    put_extension(&extensions, 0x1a1a, "", 0);
    put_extension(&extensions, 0,
                  "\x00\x0e\x00\x00\x0b"
                  "app.example",
                  16);
    put_extension(&extensions, 16, "\x00\x0c\x02h2\x08http/1.1", 14);
    put_extension(&extensions, 13,
                  "\x00\x10\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01", 18);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (plain[i] == 0x002b)
            put_extension(&extensions, 43, "\x06\x0a\x0a\x03\x04\x03\x03", 7);
        else
            put_extension(&extensions, plain[i], "", 0);
    }
    return extensions;
}

static const uint16_t ja4_suites[] = {0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                      0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                                      0x009c, 0x009d, 0x002f, 0x0035};

static void expect_ja4(struct tt_buf made, enum tt_ja4_transport transport, const char *want)
{
    struct tt_crypto *crypto = NULL;
    struct tt_hello hello;
    char ja4[TT_JA4_LEN + 1];
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    assert_true(tt_hello_read(tt_buf_span(&made), false, &hello));
    assert_true(tt_ja4(crypto, &hello, transport, ja4));
    assert_string_equal(ja4, want);
    tt_crypto_free(crypto);
    tt_buf_free(&made);
}

static void test_ja4(void **state)
{
    (void)state;
    struct tt_buf extensions = make_ja4_extensions();
    expect_ja4(make_client(&(struct client){.version = 0x0303,
                                            .suites = ja4_suites,
                                            .suite_count = sizeof(ja4_suites) / 2,
                                            .extensions = &extensions}),
               TT_JA4_TCP, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    /* No extensions, no suites. */
    expect_ja4(make_client(&(struct client){.version = 0x0301}), TT_JA4_QUIC,
               "q10i000000_000000000000_000000000000");
    /* A protocol name that is no word. */
    extensions = make_buf();
    put_extension(&extensions, 16, "\x00\x03\x02\xab\x31", 5);
    struct tt_buf made =
        make_client(&(struct client){.version = 0x0300, .extensions = &extensions});
    struct tt_crypto *crypto = NULL;
    struct tt_hello hello;
    char ja4[TT_JA4_LEN + 1];
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    assert_true(tt_hello_read(tt_buf_span(&made), false, &hello));
    assert_true(tt_ja4(crypto, &hello, TT_JA4_TCP, ja4));
    assert_memory_equal(ja4, "ts3i0001a1_", 11);
    tt_buf_free(&made);
    made = make_server(0x0303, false, NULL, 0);
    assert_true(tt_hello_read(tt_buf_span(&made), false, &hello));
    assert_false(tt_ja4(crypto, &hello, TT_JA4_TCP, ja4));
    tt_buf_free(&made);
    tt_crypto_free(crypto);
}

/* More suites and extensions than are counted. */
static void test_ja4_cap(void **state)
{
    (void)state;
    static uint16_t suites[3000];
    for (size_t i = 0; i < 3000; i++)
        suites[i] = (uint16_t)i;
    struct tt_buf extensions = make_buf();
    for (unsigned i = 0; i < 2000; i++)
        put_extension(&extensions, 100 + i, "", 0);
    struct tt_buf made = make_client(&(struct client){
        .version = 0x0303, .suites = suites, .suite_count = 3000, .extensions = &extensions});
    struct tt_crypto *crypto = NULL;
    struct tt_hello hello;
    char ja4[TT_JA4_LEN + 1];
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    assert_true(tt_hello_read(tt_buf_span(&made), false, &hello));
    assert_true(tt_ja4(crypto, &hello, TT_JA4_TCP, ja4));
    assert_memory_equal(ja4, "t12i999900_", 11);
    tt_crypto_free(crypto);
    tt_buf_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client),         cmocka_unit_test(test_dtls_client),
        cmocka_unit_test(test_server),         cmocka_unit_test(test_others),
        cmocka_unit_test(test_ssl2),           cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_encrypted_alpn), cmocka_unit_test(test_ja4),
        cmocka_unit_test(test_ja4_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
