/* What opens sealed traffic in proofs: keys, ciphers, TLS, QUIC, HPACK and QPACK. Whole
 * conversations are verified in tests/cli/verify.py, from captures of real peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "verify/head.h"
#include "verify/quic.h"
#include "verify/stream.h"

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)

static void unhex(const char *text, uint8_t *out)
{
    for (size_t i = 0; text[2 * i] != '\0'; i++) {
        const char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void assert_hex(const uint8_t *bytes, const char *text)
{
    uint8_t want[256];
    unhex(text, want);
    assert_memory_equal(bytes, want, strlen(text) / 2);
}

/* ---- keys ---- */

static void test_key_log(void **state)
{
    (void)state;
    static const char random[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    char text[512];
    uint8_t name[TT_VERIFY_RANDOM];
    struct tt_span secret;
    struct tt_verify_secrets *keys = tt_verify_secrets_new();
    assert_non_null(keys);
    (void)snprintf(text, sizeof(text),
                   "# a comment\r\nCLIENT_RANDOM %s 0a0b\r\nCLIENT_TRAFFIC_SECRET_0 %s abcd\\\n"
                   "SERVER_TRAFFIC_SECRET_0 %s abc\nEXPORTER_SECRET %s aa\nnonsense",
                   random, random, random, random);
    assert_int_equal(tt_verify_secrets_add(keys, tt_span_str(text)), TT_OK);
    unhex(random, name);
    struct tt_span asked = tt_span_of(name, sizeof(name));
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_MASTER, asked, 0, &secret));
    assert_true(tt_span_eq(secret, BYTES("\x0a\x0b")));
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_TRAFFIC_CLIENT, asked, 0, &secret));
    assert_true(tt_span_eq(secret, BYTES("\xab\xcd")));
    assert_false(tt_verify_secrets_find(keys, TT_VERIFY_TRAFFIC_SERVER, asked, 0, &secret));
    assert_false(tt_verify_secrets_find(keys, TT_VERIFY_EARLY, asked, 0, &secret));
    /* Another log says otherwise: both stay, and the last ones where they are too many. */
    for (unsigned i = 0; i <= TT_KEY_RIVALS_MAX; i++) {
        assert_false(
            tt_verify_secrets_find(keys, TT_VERIFY_MASTER, asked, i < 4 ? i + 1 : 4, &secret));
        (void)snprintf(text, sizeof(text), "CLIENT_RANDOM %s 0c%02x\n", random, i);
        assert_int_equal(tt_verify_secrets_add(keys, tt_span_str(text)), TT_OK);
        assert_int_equal(tt_verify_secrets_add(keys, tt_span_str(text)), TT_OK);
    }
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_MASTER, asked, 0, &secret));
    assert_true(tt_span_eq(secret, BYTES("\x0a\x0b")));
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_MASTER, asked, 3, &secret));
    assert_true(tt_span_eq(secret, BYTES("\x0c\x04")));
    tt_verify_secrets_free(keys);
    tt_verify_secrets_free(NULL);
}

/* By the session, by how the premaster secret begins, by the names of drafts of QUIC. */
static void test_other_labels(void **state)
{
    (void)state;
    char text[1024];
    char digits[2 * TT_VERIFY_MASTER_LEN + 1];
    static const char random[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    uint8_t name[TT_VERIFY_RANDOM];
    struct tt_span secret;
    struct tt_verify_secrets *keys = tt_verify_secrets_new();
    memset(digits, '7', sizeof(digits) - 1);
    digits[sizeof(digits) - 1] = '\0';
    (void)snprintf(text, sizeof(text),
                   "RSA Session-ID:0a0b Master-Key:%s\nRSA 1112131415161718 %s\n"
                   "RSA 2122232425262728aabb %s\nRSA 11 aa\nPMS_CLIENT_RANDOM %s 0102\n"
                   "QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET %s 0304\nRSA Session-ID: Master-Key:%s\n",
                   digits, digits, digits, random, random, digits);
    assert_int_equal(tt_verify_secrets_add(keys, tt_span_str(text)), TT_OK);
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_SESSION, BYTES("\x0a\x0b"), 0, &secret));
    assert_int_equal(secret.len, TT_VERIFY_MASTER_LEN);
    assert_int_equal(secret.data[47], 0x77);
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_SEALED_PREMASTER,
                                       BYTES("\x11\x12\x13\x14\x15\x16\x17\x18"), 0, &secret));
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_SEALED_PREMASTER,
                                       BYTES("\x21\x22\x23\x24\x25\x26\x27\x28"), 0, &secret));
    assert_false(
        tt_verify_secrets_find(keys, TT_VERIFY_SEALED_PREMASTER, BYTES("\x11"), 0, &secret));
    unhex(random, name);
    struct tt_span asked = tt_span_of(name, sizeof(name));
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_PREMASTER, asked, 0, &secret));
    assert_true(tt_verify_secrets_find(keys, TT_VERIFY_HANDSHAKE_SERVER, asked, 0, &secret));
    assert_true(tt_span_eq(secret, BYTES("\x03\x04")));
    tt_verify_secrets_free(keys);
}

/* Each once, and no more than there is room for. */
static void test_learned(void **state)
{
    (void)state;
    uint8_t master[TT_VERIFY_MASTER_LEN] = {0};
    struct tt_verify_secrets *keys = tt_verify_secrets_new();
    assert_false(tt_verify_secrets_learned_at(keys, 0, master));
    for (size_t i = 0; i < TT_VERIFY_SESSIONS_MAX + 2; i++) {
        memcpy(master, &i, sizeof(i));
        tt_verify_secrets_learn(keys, master);
        tt_verify_secrets_learn(keys, master);
    }
    assert_int_equal(tt_verify_secrets_learned(keys), TT_VERIFY_SESSIONS_MAX);
    assert_true(tt_verify_secrets_learned_at(keys, 7, master));
    assert_int_equal(master[0], 7);
    tt_verify_secrets_free(keys);
}

static void test_psks(void **state)
{
    (void)state;
    struct tt_verify_secrets *keys = tt_verify_secrets_new();
    assert_int_equal(tt_verify_secrets_add_psk(keys, "zz"), TT_OK);
    assert_null(tt_verify_secrets_psk(keys, 0).data);
    for (size_t i = 0; i < TT_PRIVATE_KEYS_MAX; i++)
        assert_int_equal(tt_verify_secrets_add_psk(keys, "0102"), TT_OK);
    assert_int_equal(tt_verify_secrets_add_psk(keys, "0102"), TT_ERR_LIMIT);
    assert_true(tt_span_eq(tt_verify_secrets_psk(keys, 63), BYTES("\x01\x02")));
    assert_null(tt_verify_secrets_private(keys, 0));
    tt_verify_secrets_free(keys);
}

/* ---- ciphers ---- */

static void test_suites(void **state)
{
    (void)state;
    size_t count = 0;
    for (unsigned number = 1; number < 0x10000; number++) {
        const struct tt_verify_suite *suite = tt_verify_suite_find((uint16_t)number);
        if (suite == NULL)
            continue;
        count++;
        assert_true(tt_verify_hash_len(suite->hash) > 0);
        assert_true(suite->mac == NULL || tt_verify_hash_len(suite->mac) > 0);
        if (suite->mode == TT_VERIFY_MODE_NULL || suite->mode == TT_VERIFY_MODE_RC4)
            continue;
        const EVP_CIPHER *cipher = EVP_get_cipherbyname(suite->cipher);
        assert_non_null(cipher);
        assert_int_equal(EVP_CIPHER_get_key_length(cipher), suite->key);
    }
    assert_true(count > 150);
    assert_null(tt_verify_suite_find(0x00ff));
}

/* RFC 9001, appendix A.1. */
static void test_expand(void **state)
{
    (void)state;
    uint8_t salt[20];
    uint8_t cid[8];
    uint8_t secret[TT_VERIFY_HASH_MAX];
    uint8_t side[32];
    uint8_t out[16];
    unhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", salt);
    unhex("8394c8f03e515708", cid);
    assert_int_equal(tt_verify_extract("SHA256", tt_span_of(salt, 20), tt_span_of(cid, 8), secret),
                     32);
    assert_true(tt_verify_expand("SHA256", tt_span_of(secret, 32), "client in", side, 32));
    assert_hex(side, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
    assert_true(tt_verify_expand("SHA256", tt_span_of(side, 32), "quic key", out, 16));
    assert_hex(out, "1f369613dd76d5467730efcbe3b1a22d");
    assert_true(tt_verify_expand("SHA256", tt_span_of(side, 32), "quic hp", out, 16));
    assert_hex(out, "9f50449e04a0e810283a1e9933adedd2");
    assert_false(tt_verify_expand("no hash", tt_span_of(side, 32), "key", out, 16));
}

/* The key stream is that of RFC 6229, section 2 (128 bits); the record is empty but for its MAC. */
static void test_rc4(void **state)
{
    (void)state;
    static const uint8_t header[5] = {23, 3, 3, 0, 16};
    uint8_t stream[16];
    uint8_t sealed[TT_VERIFY_HASH_MAX];
    uint8_t cover[13] = {0};
    struct tt_verify_opener opener = {.suite = tt_verify_suite_find(0x0004), .version = 0x0303};
    uint8_t master[48] = {0};
    uint8_t random[32] = {0};
    struct tt_buf out = tt_buf_make(100);
    /* The keys of an opener come from a master secret: these are put in their place. */
    assert_true(tt_verify_opener_keys(&opener, tt_span_of(master, 48), tt_span_of(random, 32),
                                      tt_span_of(random, 32), false));
    for (unsigned i = 0; i < 256; i++)
        opener.rc4[i] = (uint8_t)i;
    for (unsigned i = 0, j = 0; i < 256; i++) {
        uint8_t kept = opener.rc4[i];
        j = (j + kept + i % 16 + 1) & 255U;
        opener.rc4[i] = opener.rc4[j];
        opener.rc4[j] = kept;
    }
    cover[8] = 23;
    cover[9] = 3;
    cover[10] = 3;
    assert_int_equal(
        tt_verify_hmac("MD5", tt_span_of(opener.mac, 16), tt_span_of(cover, 13), sealed), 16);
    unhex("9ac7cc9a609d1ef7b2932899cde41b97", stream);
    for (unsigned i = 0; i < 16; i++)
        sealed[i] ^= stream[i];
    struct tt_verify_opener again = opener;
    assert_true(tt_verify_open(&opener, tt_span_of(header, 5), tt_span_of(sealed, 16), &out));
    assert_int_equal(out.len, 0);
    assert_int_equal(opener.seq, 1);
    sealed[0] ^= 1;
    assert_false(tt_verify_open(&again, tt_span_of(header, 5), tt_span_of(sealed, 16), &out));
    tt_buf_free(&out);
}

/* ---- TLS and QUIC ---- */

static bool never(void *context, const struct tt_verify_window *window)
{
    (void)context;
    (void)window;
    return false;
}

static const char client_hello[] = "\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03"
                                   "0123456789abcdef0123456789abcdef"
                                   "\x00\x00\x02\x13\x01\x01\x00";
static const char server_hello[] = "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"
                                   "fedcba9876543210fedcba9876543210"
                                   "\x00\x00\x9c\x00"
                                   "\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x02xx";

static void test_hellos(void **state)
{
    (void)state;
    struct tt_verify_hello hello = {0};
    tt_verify_hello_read(&hello, tt_span_from(BYTES(client_hello), 5));
    assert_true(hello.seen[0] && !hello.seen[1]);
    tt_verify_hello_read(&hello, tt_span_from(BYTES(server_hello), 5));
    assert_true(hello.seen[1]);
    assert_int_equal(hello.version, 0x0303);
    assert_int_equal(hello.suite, 0x009c);
    assert_false(hello.packed || hello.mac_last || hello.extended);
}

/* Cut anywhere, with either side first: nothing is opened, and why is told. */
static void test_cuts(void **state)
{
    (void)state;
    struct tt_verify_secrets *keys = tt_verify_secrets_new();
    for (size_t len = 0; len <= sizeof(server_hello); len++) {
        for (unsigned client = 0; client < 2; client++) {
            struct tt_verify_plain plain[2];
            struct tt_span streams[2];
            for (unsigned i = 0; i < 2; i++)
                tt_verify_plain_init(&plain[i]);
            streams[client] = tt_span_sub(BYTES(client_hello), 0, len);
            streams[1 - client] = tt_span_sub(BYTES(server_hello), 0, len);
            const char *why = tt_verify_tls(streams, keys, plain);
            if (len >= sizeof(server_hello) - 1)
                assert_non_null(strstr(why, "--keys"));
            for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(plain[i].bytes.len, 0);
                tt_verify_plain_wipe(&plain[i]);
            }
        }
    }
    tt_verify_secrets_free(keys);
}

static void test_quic_noise(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct tt_verify_secrets *keys = tt_verify_secrets_new();
    for (unsigned seed = 0; seed < 512; seed++) {
        struct tt_verify_quic *quic = NULL;
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)(seed * 37 + i * (seed | 1));
        bytes[0] = (uint8_t)seed;
        memcpy(bytes + 1, "\0\0\0\1", 4);
        struct tt_verify_packet packet = {.frame = 1, .bytes = tt_span_of(bytes, seed % 65)};
        assert_int_equal(tt_verify_quic_open(&packet, 1, keys, &quic), TT_OK);
        for (unsigned part = TT_VERIFY_QUIC_STREAMS; part <= TT_VERIFY_QUIC_DATAGRAMS; part++)
            assert_non_null(
                strstr(tt_verify_quic_try(quic, (enum tt_verify_quic_part)part, 0, 1, never, NULL),
                       "not walked"));
        tt_verify_quic_free(quic);
    }
    tt_verify_secrets_free(keys);
}

/* ---- connections that may be resumed ---- */

/* Handshakes with as many servers as there is room for are gathered, and no others. */
static void test_servers(void **state)
{
    (void)state;
    struct tt_addr addr[2];
    assert_true(tt_addr_parse("192.0.2.1", &addr[0]) && tt_addr_parse("192.0.2.2", &addr[1]));
    struct tt_verify_streams *streams = tt_verify_streams_new();
    for (unsigned i = 0; i <= TT_VERIFY_SERVERS_MAX; i++) {
        assert_int_equal(tt_verify_streams_want_server(streams, addr[1], (uint16_t)(i + 1)), TT_OK);
        assert_int_equal(tt_verify_streams_want_server(streams, addr[1], (uint16_t)(i + 1)), TT_OK);
    }
    for (unsigned i = 0; i <= TT_VERIFY_SERVERS_MAX; i++) {
        const struct tt_verify_place place = {.sort = TT_VERIFY_TCP,
                                              .addr = {addr[0], addr[1]},
                                              .port = {40000, (uint16_t)(i + 1)},
                                              .bytes = BYTES("hello"),
                                              .frame = 1};
        struct tt_verify_place peer;
        bool more = false;
        assert_int_equal(tt_verify_streams_add(streams, &place), TT_OK);
        assert_int_equal(tt_verify_streams_peer(streams, i, &place, &peer, &more),
                         i < TT_VERIFY_SERVERS_MAX);
        assert_int_equal(more, i < TT_VERIFY_SERVERS_MAX);
    }
    tt_verify_streams_free(streams);
}

/* ---- HTTP/2 and HTTP/3 ---- */

/* RFC 7541, appendix C.3: requests whose fields refer to the blocks before. */
static void test_hpack(void **state)
{
    (void)state;
    static const char stream[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                 "\0\0\x14\1\4\0\0\0\1"
                                 "\x82\x86\x84\x41\x0fwww.example.com"
                                 "\0\0\x0e\1\4\0\0\0\3"
                                 "\x82\x86\x84\xbe\x58\x08no-cache";
    struct tt_span all = BYTES(stream);
    for (size_t at = 0; at < all.len; at++) {
        struct tt_buf out = tt_buf_make(1000);
        enum tt_err err = tt_verify_hpack(all, at, &out);
        if (at >= all.len - 14) {
            assert_int_equal(err, TT_OK);
            assert_true(tt_span_eq(tt_buf_span(&out),
                                   tt_span_str("GET / HTTP/2\r\nhost: www.example.com\r\n"
                                               "cache-control: no-cache\r\n\r\n")));
        }
        tt_buf_free(&out);
        /* Cut there. */
        out = tt_buf_make(1000);
        assert_int_not_equal(tt_verify_hpack(tt_span_sub(all, 0, at), all.len, &out), TT_OK);
        tt_buf_free(&out);
    }
}

static void test_data_frames(void **state)
{
    (void)state;
    struct tt_buf out = tt_buf_make(100);
    assert_int_equal(tt_verify_http2(BYTES("\0\0\3\0\0\0\0\0\1one"
                                           "\0\0\2\0\0\0\0\0\3no"
                                           "\0\0\6\0\x08\0\0\0\1\2two\0\0"),
                                     &out),
                     TT_OK);
    assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("onetwo")));
    tt_buf_clear(&out);
    /* A range ends where the data end: behind it there is padding, or some of it. */
    for (size_t cut = 0; cut <= 2; cut++) {
        struct tt_span padded = BYTES("\0\0\6\0\x08\0\0\0\1\2two\0\0");
        assert_int_equal(tt_verify_http2(tt_span_sub(padded, 0, padded.len - cut), &out), TT_OK);
        assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("two")));
        tt_buf_clear(&out);
    }
    assert_int_equal(tt_verify_http3(BYTES("\0\3one\x21\1x\0\x40\3two\0\5cut"), &out), TT_OK);
    assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("onetwocut")));
    out.max = 9;
    assert_int_equal(tt_verify_http3(BYTES("\0\1x"), &out), TT_ERR_LIMIT);
    tt_buf_free(&out);
}

/* RFC 9204, appendices B.1 and B.2. */
static void test_qpack(void **state)
{
    (void)state;
    static const char block[] = "\x03\x81\x10\x11";
    static const char encoder[] = "\x3f\xbd\x01\xc0\x0fwww.example.com\xc1\x0c/sample/path";
    struct tt_buf out = tt_buf_make(1000);
    assert_int_equal(tt_verify_qpack(BYTES("\0\0\x51\x0b/index.html"), tt_span_str(""), 0, &out),
                     TT_OK);
    assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("? /index.html HTTP/3\r\n\r\n")));
    tt_buf_clear(&out);
    assert_int_equal(tt_verify_qpack(BYTES(block), BYTES(encoder), 220, &out), TT_OK);
    assert_true(tt_span_eq(tt_buf_span(&out),
                           tt_span_str("? /sample/path HTTP/3\r\nhost: www.example.com\r\n\r\n")));
    tt_buf_clear(&out);
    for (size_t len = 0; len + 1 < sizeof(encoder); len++)
        assert_int_equal(
            tt_verify_qpack(BYTES(block), tt_span_sub(BYTES(encoder), 0, len), 220, &out),
            TT_ERR_FORMAT);
    tt_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_log),      cmocka_unit_test(test_psks),
        cmocka_unit_test(test_other_labels), cmocka_unit_test(test_learned),
        cmocka_unit_test(test_servers),      cmocka_unit_test(test_suites),
        cmocka_unit_test(test_expand),       cmocka_unit_test(test_rc4),
        cmocka_unit_test(test_hellos),       cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_quic_noise),   cmocka_unit_test(test_hpack),
        cmocka_unit_test(test_data_frames),  cmocka_unit_test(test_qpack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
