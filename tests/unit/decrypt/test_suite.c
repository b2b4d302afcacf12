/* The table of cipher suites, and the names of versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt/crypto.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>

static void expect(uint16_t number, const char *name, enum tt_exchange exchange,
                   enum tt_tls_cipher cipher, enum tt_hash hash)
{
    const struct tt_suite *suite = tt_suite_find(number);
    assert_non_null(suite);
    assert_string_equal(suite->name, name);
    assert_int_equal(suite->exchange, exchange);
    assert_int_equal(suite->cipher, cipher);
    assert_int_equal(suite->hash, hash);
}

static void test_entries(void **state)
{
    (void)state;
    expect(0x0001, "TLS_RSA_WITH_NULL_MD5", TT_EXCHANGE_RSA, TT_TLS_CIPHER_NULL, TT_HASH_MD5);
    expect(0x0005, "TLS_RSA_WITH_RC4_128_SHA", TT_EXCHANGE_RSA, TT_TLS_CIPHER_RC4_128,
           TT_HASH_SHA1);
    expect(0x008c, "TLS_PSK_WITH_AES_128_CBC_SHA", TT_EXCHANGE_PSK, TT_TLS_CIPHER_AES_128_CBC,
           TT_HASH_SHA1);
    expect(0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", TT_EXCHANGE_RSA, TT_TLS_CIPHER_AES_256_GCM,
           TT_HASH_SHA384);
    expect(0x1303, "TLS_CHACHA20_POLY1305_SHA256", TT_EXCHANGE_TLS13,
           TT_TLS_CIPHER_CHACHA20_POLY1305, TT_HASH_SHA256);
    expect(0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", TT_EXCHANGE_OTHER, TT_TLS_CIPHER_AES_128_CCM,
           TT_HASH_SHA256);
    expect(0xccae, "TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256", TT_EXCHANGE_RSA_PSK,
           TT_TLS_CIPHER_CHACHA20_POLY1305, TT_HASH_SHA256);
    assert_null(tt_suite_find(0x0000)); /* nothing is negotiated yet */
    assert_null(tt_suite_find(0x00ff)); /* a signal, no suite */
    assert_null(tt_suite_find(0x1a1a));
    assert_null(tt_suite_find(0xffff));
}

/* Ascending, so that the search finds each; the name says what the entry says. */
static void test_table(void **state)
{
    (void)state;
    uint16_t before = 0;
    size_t count = 0;
    for (const struct tt_suite *suite = tt_suite_at(0); suite != NULL;
         suite = tt_suite_at(++count)) {
        assert_true(suite->number > before);
        before = suite->number;
        assert_ptr_equal(tt_suite_find(suite->number), suite);
        assert_int_equal(strncmp(suite->name, "TLS_", 4), 0);
        const struct tt_tls_cipher_facts *facts = tt_suite_cipher(suite);
        assert_true((strstr(suite->name, "_CBC_") != NULL) == (facts->mode == TT_TLS_MODE_CBC));
        assert_true((strstr(suite->name, "_GCM_") != NULL) == (facts->mode == TT_TLS_MODE_GCM));
        assert_true((strstr(suite->name, "_CCM") != NULL) == (facts->mode == TT_TLS_MODE_CCM));
        assert_true((strstr(suite->name, "_CCM_8") != NULL) == (facts->tag == 8));
        assert_true((strstr(suite->name, "_NULL_") != NULL) == (facts->mode == TT_TLS_MODE_NULL));
        assert_true((strstr(suite->name, "_SHA384") != NULL) == (suite->hash == TT_HASH_SHA384));
        assert_true((strstr(suite->name, "_MD5") != NULL) == (suite->hash == TT_HASH_MD5));
        assert_true(facts->key <= TT_TLS_CIPHER_KEY_MAX && facts->block <= TT_TLS_CIPHER_BLOCK_MAX);
        assert_true((strstr(suite->name, "_EXPORT") != NULL) <= (facts->material < facts->key));
    }
    assert_true(count > 300);
}

/* libcrypto has every cipher of the table, with the sizes that the table says. */
static void test_ciphers(void **state)
{
    (void)state;
    struct tt_crypto *crypto = NULL;
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    for (int i = 0; i < TT_TLS_CIPHER_COUNT; i++) {
        enum tt_tls_cipher cipher = (enum tt_tls_cipher)i;
        const struct tt_tls_cipher_facts *facts = tt_tls_cipher_facts(cipher);
        const EVP_CIPHER *evp = tt_crypto_cipher(crypto, cipher);
        if (facts->mode == TT_TLS_MODE_NULL) {
            assert_null(evp);
            continue;
        }
        if (evp == NULL && (cipher == TT_TLS_CIPHER_IDEA_CBC || cipher == TT_TLS_CIPHER_SEED_CBC))
            continue; /* distributions leave them out */
        assert_non_null(evp);
        assert_int_equal(EVP_CIPHER_get_key_length(evp), facts->key);
        if (facts->mode == TT_TLS_MODE_CBC)
            assert_int_equal(EVP_CIPHER_get_block_size(evp), facts->block);
    }
    tt_crypto_free(crypto);
    tt_crypto_free(NULL);
}

static void test_hashes(void **state)
{
    (void)state;
    const struct tt_suite *sha = tt_suite_find(0x002f);
    const struct tt_suite *sha384 = tt_suite_find(0x009d);
    assert_int_equal(tt_suite_schedule_hash(sha, TT_TLS_1_0), TT_HASH_MD5_SHA1);
    assert_int_equal(tt_suite_schedule_hash(sha, TT_DTLS_1_0), TT_HASH_MD5_SHA1);
    assert_int_equal(tt_suite_schedule_hash(sha, TT_TLS_1_2), TT_HASH_SHA256);
    assert_int_equal(tt_suite_schedule_hash(sha384, TT_DTLS_1_2), TT_HASH_SHA384);
    assert_int_equal(tt_hash_len(TT_HASH_MD5_SHA1), 36);
    assert_int_equal(tt_hash_len(TT_HASH_COUNT), 0);
}

static void test_texts(void **state)
{
    (void)state;
    char text[TT_SUITE_TEXT_MAX];
    tt_suite_text(0xc02f, text);
    assert_string_equal(text, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    tt_suite_text(0x1a2b, text);
    assert_string_equal(text, "0x1a2b");
    for (size_t at = 0; tt_suite_at(at) != NULL; at++)
        assert_true(strlen(tt_suite_at(at)->name) < TT_SUITE_TEXT_MAX);
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        const char *text;
    } rows[] = {{0x0300, "ssl3"},    {0x0301, "tls1.0"},  {0x0302, "tls1.1"},
                {0x0303, "tls1.2"},  {0x0304, "tls1.3"},  {0xfeff, "dtls1.0"},
                {0xfefd, "dtls1.2"}, {0xfefc, "dtls1.3"}, {0x0305, "tls"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(tt_version_text(rows[i].version), rows[i].text);
    assert_int_equal(tt_tls_version(TT_DTLS_1_0), TT_TLS_1_1);
    assert_int_equal(tt_tls_version(TT_DTLS_1_2), TT_TLS_1_2);
    assert_int_equal(tt_tls_version(TT_TLS_1_0), TT_TLS_1_0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries), cmocka_unit_test(test_table),
        cmocka_unit_test(test_ciphers), cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_texts),   cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
