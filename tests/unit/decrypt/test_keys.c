/* The key store: its caps, pre-shared keys, private keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt/keys.h"
#include "model/limits.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdio.h>
#include <string.h>

static struct tt_keys *make_keys(void)
{
    struct tt_keys *keys = NULL;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    return keys;
}

static void test_sizes(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    static const uint8_t bytes[100] = {1};
    struct tt_span id = tt_span_of(bytes, 32);
    struct tt_span secret = tt_span_of(bytes, 48);
    assert_int_equal(
        tt_keys_add(keys, TT_KEY_MASTER, 0, tt_span_of(bytes, 0), secret, TT_KEY_FROM_PSK),
        TT_ERR_FORMAT);
    assert_int_equal(
        tt_keys_add(keys, TT_KEY_MASTER, 0, tt_span_of(bytes, 65), secret, TT_KEY_FROM_PSK),
        TT_ERR_FORMAT);
    assert_int_equal(
        tt_keys_add(keys, TT_KEY_MASTER, 0, id, tt_span_of(bytes, 65), TT_KEY_FROM_PSK),
        TT_ERR_FORMAT);
    assert_int_equal(tt_keys_add(keys, TT_KEY_MASTER, 65536, id, secret, TT_KEY_FROM_PSK),
                     TT_ERR_FORMAT);
    assert_int_equal(tt_keys_add(keys, TT_KEY_MASTER, 0, id, secret, TT_KEY_FROM_PSK), TT_OK);
    /* The same place again. */
    assert_int_equal(
        tt_keys_add(keys, TT_KEY_MASTER, 0, id, tt_span_of(bytes + 1, 48), TT_KEY_FROM_KEYLOG),
        TT_OK);
    assert_int_equal(tt_keys_count(keys), 1);
    const struct tt_key *key = tt_keys_find(keys, TT_KEY_MASTER, 0, id);
    assert_int_equal(key->source, TT_KEY_FROM_KEYLOG);
    assert_int_equal(key->secret[0], 0);
    assert_string_equal(tt_key_source_name(TT_KEY_FROM_PRIVATE_KEY), "private_key");
    assert_int_equal(tt_keys_add(keys, TT_KEY_CLIENT_TRAFFIC, 258, id, tt_span_of(bytes, 32),
                                 TT_KEY_FROM_KEYLOG),
                     TT_OK);
    /* All of them, one after the other. */
    enum tt_key_label label;
    unsigned generation;
    struct tt_span of;
    assert_ptr_equal(tt_keys_at(keys, 0, &label, &generation, &of), key);
    assert_int_equal(label, TT_KEY_MASTER);
    assert_int_equal(tt_keys_at(keys, 1, &label, &generation, &of)->len, 32);
    assert_int_equal(label, TT_KEY_CLIENT_TRAFFIC);
    assert_int_equal(generation, 258);
    assert_true(tt_span_eq(of, id));
    assert_null(tt_keys_at(keys, 2, &label, &generation, &of));
    tt_keys_free(keys);
    tt_keys_free(NULL);
}

/* Secrets of one place that contradict: the last one first, none twice, the oldest goes. */
static void test_rivals(void **state)
{
    (void)state;
    static const uint8_t told[] = {1, 2, 3, 2, 4, 5};
    static const uint8_t kept[][TT_KEY_RIVALS_MAX] = {{1},       {2, 1},       {3, 2, 1},
                                                      {2, 3, 1}, {4, 2, 3, 1}, {5, 4, 2, 3}};
    struct tt_keys *keys = make_keys();
    struct tt_span id = tt_span_of("0123456789", 10);
    for (size_t i = 0; i < sizeof(told); i++) {
        assert_int_equal(
            tt_keys_add(keys, TT_KEY_MASTER, 0, id, tt_span_of(&told[i], 1), TT_KEY_FROM_KEYLOG),
            TT_OK);
        const struct tt_key *key = tt_keys_find(keys, TT_KEY_MASTER, 0, id);
        for (size_t j = 0; j < TT_KEY_RIVALS_MAX && kept[i][j] != 0; j++, key = key->rival) {
            assert_non_null(key);
            assert_int_equal(key->secret[0], kept[i][j]);
        }
        assert_null(key);
        assert_int_equal(tt_keys_count(keys), 1);
    }
    tt_keys_free(keys);
}

static void test_cap(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    enum tt_err err = TT_OK;
    uint32_t count = 0;
    for (; err == TT_OK; count++)
        err = tt_keys_add(keys, TT_KEY_MASTER, 0, tt_span_of(&count, sizeof(count)),
                          tt_span_of("0123456789", 10), TT_KEY_FROM_KEYLOG);
    assert_int_equal(err, TT_ERR_LIMIT);
    assert_int_equal(count - 1, TT_KEYS_MAX);
    assert_int_equal(tt_keys_count(keys), TT_KEYS_MAX);
    tt_keys_free(keys);
}

static void test_psks(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    struct tt_error error = {0};
    assert_int_equal(tt_keys_add_psk(keys, " 00fF10 ", &error), TT_OK);
    assert_true(tt_span_eq(tt_keys_psk(keys, 0), tt_span_of("\x00\xff\x10", 3)));
    assert_int_equal(tt_keys_psk(keys, 1).len, 0);
    assert_int_equal(tt_keys_add_psk(keys, "", &error), TT_ERR_FORMAT);
    assert_int_equal(tt_keys_add_psk(keys, "123", NULL), TT_ERR_FORMAT);
    error = (struct tt_error){0};
    assert_int_equal(tt_keys_add_psk(keys, "12x4", &error), TT_ERR_FORMAT);
    assert_non_null(strstr(error.text, "character 3"));
    assert_null(strstr(error.text, "12x4"));
    char longest[2 * TT_PSK_MAX + 3];
    memset(longest, 'a', sizeof(longest));
    longest[2 * TT_PSK_MAX + 2] = '\0';
    assert_int_equal(tt_keys_add_psk(keys, longest, NULL), TT_ERR_FORMAT);
    longest[2 * TT_PSK_MAX] = '\0';
    assert_int_equal(tt_keys_add_psk(keys, longest, NULL), TT_OK);
    for (size_t i = 2; i < TT_PSKS_MAX; i++)
        assert_int_equal(tt_keys_add_psk(keys, "00", NULL), TT_OK);
    assert_int_equal(tt_keys_add_psk(keys, "00", NULL), TT_ERR_LIMIT);
    tt_keys_free(keys);
}

/* ---- private keys ---- */

static EVP_PKEY *make_rsa(void)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    assert_non_null(key);
    return key;
}

enum form { PKCS1_PEM, PKCS8_PEM, ENCRYPTED_PEM, PKCS8_DER, PKCS1_DER };

static size_t write_key(EVP_PKEY *key, enum form form, uint8_t *out, size_t room)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int done = 0;
    switch (form) {
    case PKCS1_PEM:
        done = PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
        break;
    case PKCS8_PEM:
        done = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
        break;
    case ENCRYPTED_PEM:
        done = PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "word", 4, NULL, NULL);
        break;
    case PKCS8_DER:
        done = i2d_PKCS8PrivateKey_bio(bio, key, NULL, NULL, 0, NULL, NULL);
        break;
    case PKCS1_DER:
        done = i2d_PrivateKey_bio(bio, key);
        break;
    }
    assert_int_equal(done, 1);
    int len = BIO_read(bio, out, (int)room);
    assert_true(len > 0);
    BIO_free(bio);
    return (size_t)len;
}

/* A premaster secret for `version`, encrypted as a client does. */
static size_t encrypt(EVP_PKEY *key, uint16_t version, size_t len, uint8_t *out, size_t room)
{
    uint8_t premaster[64];
    memset(premaster, 0x5a, sizeof(premaster));
    premaster[0] = (uint8_t)(version >> 8);
    premaster[1] = (uint8_t)version;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    size_t encrypted = room;
    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_encrypt(context, out, &encrypted, premaster, len), 1);
    EVP_PKEY_CTX_free(context);
    return encrypted;
}

static void test_private_forms(void **state)
{
    (void)state;
    EVP_PKEY *rsa = make_rsa();
    uint8_t file[4096];
    uint8_t encrypted[512];
    static const enum form forms[] = {PKCS1_PEM, PKCS8_PEM, PKCS8_DER, PKCS1_DER};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tt_keys *keys = make_keys();
        size_t len = write_key(rsa, forms[i], file, sizeof(file));
        assert_true(tt_keys_is_private(tt_span_of(file, len)));
        assert_int_equal(tt_keys_add_private(keys, tt_span_of(file, len), NULL), TT_OK);
        assert_int_equal(tt_keys_private_count(keys), 1);
        uint8_t premaster[TT_PREMASTER_LEN];
        size_t n = encrypt(rsa, 0x0303, 48, encrypted, sizeof(encrypted));
        assert_true(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0303, 0x0301, premaster));
        assert_int_equal(premaster[0], 3);
        assert_int_equal(premaster[47], 0x5a);
        /* Some clients of old put the version that was agreed upon. */
        assert_true(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0304, 0x0303, premaster));
        /* Another version, another length, something else encrypted. */
        assert_false(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0302, 0x0301, premaster));
        assert_false(tt_keys_decrypt(keys, tt_span_of(encrypted, n - 1), 0x0303, 0, premaster));
        encrypted[n - 1] ^= 1;
        assert_false(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0303, 0, premaster));
        n = encrypt(rsa, 0x0303, 47, encrypted, sizeof(encrypted));
        assert_false(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0303, 0, premaster));
        n = encrypt(rsa, 0x0303, 49, encrypted, sizeof(encrypted));
        assert_false(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0303, 0, premaster));
        tt_keys_free(keys);
    }
    EVP_PKEY_free(rsa);
}

/* A key that does not fit is told from one that does, whatever libcrypto answers. */
static void test_other_private_key(void **state)
{
    (void)state;
    EVP_PKEY *mine = make_rsa();
    EVP_PKEY *other = make_rsa();
    struct tt_keys *keys = make_keys();
    uint8_t file[4096];
    uint8_t encrypted[512];
    uint8_t premaster[TT_PREMASTER_LEN];
    size_t len = write_key(other, PKCS8_PEM, file, sizeof(file));
    assert_int_equal(tt_keys_add_private(keys, tt_span_of(file, len), NULL), TT_OK);
    size_t n = encrypt(mine, 0x0303, 48, encrypted, sizeof(encrypted));
    assert_false(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0303, 0x0303, premaster));
    /* Both keys: the one that fits is found. */
    len = write_key(mine, PKCS8_PEM, file, sizeof(file));
    assert_int_equal(tt_keys_add_private(keys, tt_span_of(file, len), NULL), TT_OK);
    assert_true(tt_keys_decrypt(keys, tt_span_of(encrypted, n), 0x0303, 0x0303, premaster));
    for (size_t i = 2; i < TT_PRIVATE_KEYS_MAX; i++)
        assert_int_equal(tt_keys_add_private(keys, tt_span_of(file, len), NULL), TT_OK);
    assert_int_equal(tt_keys_add_private(keys, tt_span_of(file, len), NULL), TT_ERR_LIMIT);
    tt_keys_free(keys);
    EVP_PKEY_free(mine);
    EVP_PKEY_free(other);
}

static void expect_refusal(struct tt_span file, const char *why)
{
    struct tt_keys *keys = make_keys();
    struct tt_error error = {0};
    assert_int_equal(tt_keys_add_private(keys, file, &error), TT_ERR_FORMAT);
    assert_non_null(strstr(error.text, why));
    assert_int_equal(tt_keys_private_count(keys), 0);
    tt_keys_free(keys);
}

static void test_refusals(void **state)
{
    (void)state;
    uint8_t file[4096];
    EVP_PKEY *ec = EVP_EC_gen("P-256");
    size_t len = write_key(ec, PKCS8_PEM, file, sizeof(file));
    expect_refusal(tt_span_of(file, len), "only RSA key exchange can be opened");
    len = write_key(ec, PKCS1_DER, file, sizeof(file));
    expect_refusal(tt_span_of(file, len), "only RSA key exchange can be opened");
    EVP_PKEY_free(ec);
    EVP_PKEY *rsa = make_rsa();
    len = write_key(rsa, ENCRYPTED_PEM, file, sizeof(file));
    expect_refusal(tt_span_of(file, len), "encrypted");
    EVP_PKEY_free(rsa);
    expect_refusal(tt_span_str("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                   "no private key");
    expect_refusal(tt_span_str("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
                   "cannot be");
    expect_refusal(tt_span_of("\x30\x82\x00\x01\x02\x01\x00\x00", 8), "not a private key");
    expect_refusal((struct tt_span){0}, "not a private key");
    assert_false(tt_keys_is_private(tt_span_str("CLIENT_RANDOM 00 00")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_rivals),
        cmocka_unit_test(test_cap),           cmocka_unit_test(test_psks),
        cmocka_unit_test(test_private_forms), cmocka_unit_test(test_other_private_key),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
