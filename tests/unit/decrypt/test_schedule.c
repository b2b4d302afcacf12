/* The key schedules, held against those of libcrypto, and against the published values of RFC 8448.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt/schedule.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <string.h>

static struct tt_crypto *make_crypto(void)
{
    struct tt_crypto *crypto = NULL;
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    return crypto;
}

/* TLS1-PRF of libcrypto. */
static void prf_of_libcrypto(const char *digest, struct tt_span secret, struct tt_span seed,
                             uint8_t *out, size_t len)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    char name[16];
    uint8_t secret_copy[128];
    uint8_t seed_copy[256];
    strcpy(name, digest);
    memcpy(secret_copy, secret.data, secret.len);
    memcpy(seed_copy, seed.data, seed.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret_copy, secret.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed_copy, seed.len),
        OSSL_PARAM_construct_end()};
    assert_int_equal(EVP_KDF_derive(context, out, len, params), 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

static void test_prf(void **state)
{
    (void)state;
    struct tt_crypto *crypto = make_crypto();
    static const struct {
        enum tt_hash hash;
        const char *name;
    } hashes[] = {
        {TT_HASH_MD5_SHA1, "MD5-SHA1"}, {TT_HASH_SHA256, "SHA256"}, {TT_HASH_SHA384, "SHA384"}};
    uint8_t secret[100];
    for (size_t i = 0; i < sizeof(secret); i++)
        secret[i] = (uint8_t)(i * 7);
    static const char text[] = "key expansionabcdefghijkl";
    const struct tt_span seed[3] = {tt_span_str("abc"), tt_span_str("defghi"), tt_span_str("jkl")};
    for (size_t h = 0; h < 3; h++)
        for (size_t secret_len = 1; secret_len <= sizeof(secret); secret_len += 11)
            for (size_t len = 1; len < 200; len += 13) {
                uint8_t mine[200];
                uint8_t theirs[200];
                assert_true(tt_prf(crypto, hashes[h].hash, tt_span_of(secret, secret_len),
                                   "key expansion", seed, 3, mine, len));
                prf_of_libcrypto(hashes[h].name, tt_span_of(secret, secret_len), tt_span_str(text),
                                 theirs, len);
                assert_memory_equal(mine, theirs, len);
            }
    tt_crypto_free(crypto);
}

/* The digest as a plain function of libcrypto. */
static void digest(const EVP_MD *md, const void *bytes, size_t len, uint8_t *out)
{
    assert_int_equal(EVP_Digest(bytes, len, out, NULL, md, NULL), 1);
}

/* SSL 3.0: MD5(secret + SHA("A" + secret + client + server)), then "BB", "CCC". */
static void test_ssl3(void **state)
{
    (void)state;
    struct tt_crypto *crypto = make_crypto();
    uint8_t randoms[2][32];
    uint8_t premaster[48];
    memset(randoms[0], 0x11, 32);
    memset(randoms[1], 0x22, 32);
    memset(premaster, 0x33, 48);
    const struct tt_schedule schedule = {.crypto = crypto,
                                         .suite = tt_suite_find(0x0005),
                                         .version = TT_SSL_3_0,
                                         .client = randoms[0],
                                         .server = randoms[1]};
    uint8_t master[48];
    assert_true(
        tt_schedule_master(&schedule, tt_span_of(premaster, 48), (struct tt_span){0}, master));
    for (size_t i = 0; i < 3; i++) {
        uint8_t inner[256];
        uint8_t outer[48 + 20];
        uint8_t want[16];
        memset(inner, 'A' + (int)i, i + 1);
        memcpy(inner + i + 1, premaster, 48);
        memcpy(inner + i + 49, randoms, 64);
        memcpy(outer, premaster, 48);
        digest(EVP_sha1(), inner, i + 1 + 48 + 64, outer + 48);
        digest(EVP_md5(), outer, sizeof(outer), want);
        assert_memory_equal(master + 16 * i, want, 16);
    }
    struct tt_direction_keys keys[2];
    assert_true(tt_schedule_keys(&schedule, master, keys));
    assert_int_equal(keys[0].mac_len, 20);
    assert_int_equal(keys[0].key_len, 16);
    assert_int_equal(keys[0].iv_len, 0);
    tt_crypto_free(crypto);
}

/* The key block is cut in the right places: RFC 5246, section 6.3. */
static void test_key_block(void **state)
{
    (void)state;
    struct tt_crypto *crypto = make_crypto();
    uint8_t randoms[2][32];
    uint8_t master[48];
    memset(randoms[0], 0x44, 32);
    memset(randoms[1], 0x55, 32);
    memset(master, 0x66, 48);
    static const struct {
        uint16_t suite;
        uint16_t version;
        size_t mac, key, iv;
        const char *digest;
    } rows[] = {
        {0x002f, TT_TLS_1_0, 20, 16, 16, "MD5-SHA1"}, {0x000a, TT_TLS_1_0, 20, 24, 8, "MD5-SHA1"},
        {0x0035, TT_TLS_1_1, 20, 32, 0, "MD5-SHA1"},  {0x003c, TT_TLS_1_2, 32, 16, 0, "SHA256"},
        {0x009d, TT_TLS_1_2, 0, 32, 4, "SHA384"},     {0xcca8, TT_DTLS_1_2, 0, 32, 12, "SHA256"},
        {0xc09c, TT_TLS_1_2, 0, 16, 4, "SHA256"},     {0x0004, TT_DTLS_1_0, 16, 16, 0, "MD5-SHA1"}};
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        const struct tt_schedule schedule = {.crypto = crypto,
                                             .suite = tt_suite_find(rows[r].suite),
                                             .version = rows[r].version,
                                             .client = randoms[0],
                                             .server = randoms[1]};
        struct tt_direction_keys keys[2];
        assert_true(tt_schedule_keys(&schedule, master, keys));
        uint8_t seed[13 + 64];
        uint8_t block[256];
        memcpy(seed, "key expansion", 13);
        memcpy(seed + 13, randoms[1], 32);
        memcpy(seed + 45, randoms[0], 32);
        size_t mac = rows[r].mac;
        size_t key = rows[r].key;
        size_t iv = rows[r].iv;
        prf_of_libcrypto(rows[r].digest, tt_span_of(master, 48), tt_span_of(seed, sizeof(seed)),
                         block, 2 * (mac + key + iv));
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(keys[i].mac_len, mac);
            assert_int_equal(keys[i].key_len, key);
            assert_int_equal(keys[i].iv_len, iv);
            assert_memory_equal(keys[i].mac, block + i * mac, mac);
            assert_memory_equal(keys[i].key, block + 2 * mac + i * key, key);
            assert_memory_equal(keys[i].iv, block + 2 * (mac + key) + i * iv, iv);
        }
    }
    tt_crypto_free(crypto);
}

/* Export ciphers: the key on the wire is derived once more (RFC 2246, section 6.3.1). */
static void test_export(void **state)
{
    (void)state;
    struct tt_crypto *crypto = make_crypto();
    uint8_t randoms[2][32] = {{1}, {2}};
    uint8_t master[48] = {3};
    static const uint16_t versions[] = {TT_SSL_3_0, TT_TLS_1_0};
    for (size_t i = 0; i < 2; i++) {
        const struct tt_schedule schedule = {.crypto = crypto,
                                             .suite = tt_suite_find(0x0008),
                                             .version = versions[i],
                                             .client = randoms[0],
                                             .server = randoms[1]};
        struct tt_direction_keys keys[2];
        assert_true(tt_schedule_keys(&schedule, master, keys));
        assert_int_equal(keys[0].key_len, 8);
        assert_int_equal(keys[0].iv_len, 8);
        assert_memory_not_equal(keys[0].key, keys[1].key, 8);
        assert_memory_not_equal(keys[0].iv, keys[1].iv, 8);
    }
    tt_crypto_free(crypto);
}

static void test_psk_premaster(void **state)
{
    (void)state;
    uint8_t out[TT_PSK_PREMASTER_MAX];
    assert_int_equal(tt_psk_premaster(tt_span_str("abc"), (struct tt_span){0}, out), 10);
    assert_memory_equal(out, "\0\3\0\0\0\0\3abc", 10);
    assert_int_equal(tt_psk_premaster(tt_span_str("ab"), tt_span_str("xyz"), out), 9);
    assert_memory_equal(out, "\0\3xyz\0\2ab", 9);
    uint8_t longest[TT_PSK_MAX + 1] = {0};
    assert_int_equal(tt_psk_premaster(tt_span_of(longest, TT_PSK_MAX), (struct tt_span){0}, out),
                     TT_PSK_PREMASTER_MAX);
    assert_int_equal(
        tt_psk_premaster(tt_span_of(longest, sizeof(longest)), (struct tt_span){0}, out), 0);
}

static void from_hex(const char *hex, uint8_t *out)
{
    for (size_t i = 0; hex[2 * i] != '\0'; i++)
        out[i] = (uint8_t)(tt_hex_value((uint8_t)hex[2 * i]) << 4 |
                           tt_hex_value((uint8_t)hex[2 * i + 1]));
}

/* RFC 8448, section 3: the server's write keys for handshake messages. */
static void test_traffic_keys(void **state)
{
    (void)state;
    struct tt_crypto *crypto = make_crypto();
    uint8_t secret[32];
    uint8_t key[16];
    uint8_t iv[12];
    from_hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38", secret);
    from_hex("3fce516009c21727d0f2e4e86ee403bc", key);
    from_hex("5d313eb2671276ee13000b30", iv);
    struct tt_direction_keys keys;
    assert_true(tt_traffic_keys(crypto, tt_suite_find(0x1301), 0, tt_span_of(secret, 32), &keys));
    assert_int_equal(keys.key_len, 16);
    assert_int_equal(keys.iv_len, 12);
    assert_memory_equal(keys.key, key, 16);
    assert_memory_equal(keys.iv, iv, 12);
    /* The labels of the drafts up to 19 were others. */
    struct tt_direction_keys old;
    assert_true(tt_traffic_keys(crypto, tt_suite_find(0x1301), 19, tt_span_of(secret, 32), &old));
    assert_memory_not_equal(old.key, key, 16);
    assert_true(tt_traffic_keys(crypto, tt_suite_find(0x1301), 20, tt_span_of(secret, 32), &old));
    assert_memory_equal(old.key, key, 16);
    tt_crypto_free(crypto);
}

/* HKDF of libcrypto gives the same, over more than one block, and for the next generation. */
static void test_expand_label(void **state)
{
    (void)state;
    struct tt_crypto *crypto = make_crypto();
    uint8_t secret[48];
    memset(secret, 0x77, sizeof(secret));
    uint8_t mine[100];
    uint8_t theirs[100];
    assert_true(tt_expand_label(crypto, TT_HASH_SHA384, 0, tt_span_of(secret, 48), "traffic upd",
                                mine, sizeof(mine)));
    uint8_t info[] = "\0\x64\x11"
                     "tls13 traffic upd";
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    char name[] = "SHA384";
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, 48),
        /* with the empty context behind the label */
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof(info)),
        OSSL_PARAM_construct_end()};
    assert_int_equal(EVP_KDF_derive(context, theirs, sizeof(theirs), params), 1);
    assert_memory_equal(mine, theirs, sizeof(mine));
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    assert_true(tt_expand_label(crypto, TT_HASH_SHA384, 0, tt_span_of(secret, 48), "traffic upd",
                                mine, 48));
    assert_true(tt_traffic_update(crypto, TT_HASH_SHA384, 0, secret, 48));
    assert_memory_equal(secret, mine, 48);
    assert_false(tt_traffic_update(crypto, TT_HASH_SHA384, 0, mine, 64));
    tt_crypto_free(crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prf),           cmocka_unit_test(test_ssl3),
        cmocka_unit_test(test_key_block),     cmocka_unit_test(test_export),
        cmocka_unit_test(test_psk_premaster), cmocka_unit_test(test_traffic_keys),
        cmocka_unit_test(test_expand_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
