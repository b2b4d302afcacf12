/* Seals records of one direction with libcrypto, step by step as the specifications say: also with
 * ciphers that no implementation at hand speaks any more. */
#ifndef TEST_DECRYPT_SEALER_H
#define TEST_DECRYPT_SEALER_H

#include "decrypt/record.h"

#include <openssl/evp.h>

#include <string.h>

enum { SEALED_ROOM = 2048 };

/* Seals records of one direction. */
struct sealer {
    struct tt_crypto *crypto;
    const struct tt_suite *suite;
    uint16_t version;
    bool encrypt_then_mac;
    struct tt_direction_keys keys;
    EVP_CIPHER_CTX *context;
    uint8_t iv[16];
    uint64_t sequence;
    uint8_t type; /* of the record that is being sealed */
};

struct sealed {
    uint8_t bytes[SEALED_ROOM];
    size_t len;
};

static inline const struct tt_tls_cipher_facts *facts_of(const struct sealer *sealer)
{
    return tt_suite_cipher(sealer->suite);
}

/* `side`: 0 the client's keys, 1 the server's. */
static inline struct sealer make_sealer_of(const struct tt_schedule *schedule,
                                           const uint8_t master[TT_MASTER_LEN], size_t side,
                                           bool encrypt_then_mac)
{
    struct sealer sealer = {.crypto = schedule->crypto,
                            .suite = schedule->suite,
                            .version = schedule->version,
                            .encrypt_then_mac = encrypt_then_mac};
    struct tt_direction_keys keys[2];
    assert_true(tt_schedule_keys(schedule, master, keys));
    assert_int_not_equal(memcmp(&keys[0], &keys[1], sizeof(keys[0])), 0);
    sealer.keys = keys[side];
    memcpy(sealer.iv, sealer.keys.iv, sizeof(sealer.iv));
    if (facts_of(&sealer)->mode == TT_TLS_MODE_NULL)
        return sealer;
    sealer.context = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex2(
                         sealer.context,
                         tt_crypto_cipher(sealer.crypto, (enum tt_tls_cipher)sealer.suite->cipher),
                         sealer.keys.key, sealer.iv, NULL),
                     1);
    return sealer;
}

static inline void sealer_put_be(uint8_t *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
}

static inline size_t put_mac(const struct sealer *sealer, struct tt_span text, uint8_t *out)
{
    enum tt_hash hash = (enum tt_hash)sealer->suite->hash;
    size_t len = tt_hash_len(hash);
    uint8_t head[13];
    sealer_put_be(head, sealer->sequence, 8);
    head[8] = sealer->type;
    struct tt_span key = tt_span_of(sealer->keys.mac, sealer->keys.mac_len);
    if (sealer->version == TT_SSL_3_0) {
        uint8_t pads[2][48];
        size_t pad = hash == TT_HASH_MD5 ? 48 : 40;
        memset(pads[0], 0x36, 48);
        memset(pads[1], 0x5c, 48);
        sealer_put_be(head + 9, text.len, 2);
        const struct tt_span inner[4] = {key, tt_span_of(pads[0], pad), tt_span_of(head, 11), text};
        uint8_t digest[48];
        assert_true(tt_crypto_hash(sealer->crypto, hash, inner, 4, digest));
        const struct tt_span outer[3] = {key, tt_span_of(pads[1], pad), tt_span_of(digest, len)};
        assert_true(tt_crypto_hash(sealer->crypto, hash, outer, 3, out));
        return len;
    }
    sealer_put_be(head + 9, sealer->version, 2);
    sealer_put_be(head + 11, text.len, 2);
    const struct tt_span parts[2] = {tt_span_of(head, 13), text};
    EVP_MAC_CTX *hmac = tt_crypto_hmac_new(sealer->crypto, hash, key);
    assert_true(tt_crypto_hmac(hmac, parts, 2, out));
    EVP_MAC_CTX_free(hmac);
    return len;
}

static inline void seal_cbc(struct sealer *sealer, struct tt_span text, struct sealed *sealed)
{
    size_t block = facts_of(sealer)->block;
    bool explicit_iv = tt_tls_version(sealer->version) > TT_TLS_1_0;
    uint8_t plain[SEALED_ROOM];
    memcpy(plain, text.data, text.len);
    size_t len = text.len;
    if (!sealer->encrypt_then_mac)
        len += put_mac(sealer, text, plain + len);
    size_t pad = block - 1 - len % block;
    /* More padding than needed, where that is allowed. */
    if (sealer->version != TT_SSL_3_0)
        pad += 3 * block;
    memset(plain + len, (int)pad, pad + 1);
    len += pad + 1;
    if (explicit_iv) {
        memset(sealer->iv, (int)sealer->sequence + 7, block);
        memcpy(sealed->bytes, sealer->iv, block);
        sealed->len = block;
    }
    int n = 0;
    assert_int_equal(EVP_EncryptInit_ex2(sealer->context, NULL, NULL, sealer->iv, NULL), 1);
    assert_int_equal(EVP_CIPHER_CTX_set_padding(sealer->context, 0), 1);
    assert_int_equal(
        EVP_EncryptUpdate(sealer->context, sealed->bytes + sealed->len, &n, plain, (int)len), 1);
    sealed->len += len;
    memcpy(sealer->iv, sealed->bytes + sealed->len - block, block);
    if (sealer->encrypt_then_mac)
        sealed->len +=
            put_mac(sealer, tt_span_of(sealed->bytes, sealed->len), sealed->bytes + sealed->len);
}

static inline void seal_aead(struct sealer *sealer, struct tt_span text, struct sealed *sealed)
{
    const struct tt_tls_cipher_facts *facts = facts_of(sealer);
    uint8_t nonce[12];
    uint8_t aad[13];
    uint8_t tag[16] = {0};
    sealer_put_be(aad, sealer->sequence, 8);
    aad[8] = sealer->type;
    sealer_put_be(aad + 9, sealer->version, 2);
    sealer_put_be(aad + 11, text.len, 2);
    memcpy(nonce, sealer->keys.iv, 12);
    if (facts->mode == TT_TLS_MODE_CHACHA) {
        for (size_t i = 0; i < 8; i++)
            nonce[4 + i] ^= aad[i];
    } else {
        sealer_put_be(nonce + 4, 0x1122334455667788U + sealer->sequence, 8);
        memcpy(sealed->bytes, nonce + 4, 8);
        sealed->len = 8;
    }
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int n = 0;
    bool ccm = facts->mode == TT_TLS_MODE_CCM;
    assert_int_equal(
        EVP_EncryptInit_ex2(
            context, tt_crypto_cipher(sealer->crypto, (enum tt_tls_cipher)sealer->suite->cipher),
            NULL, NULL, NULL),
        1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL), 1);
    if (ccm)
        assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, facts->tag, NULL), 1);
    assert_int_equal(EVP_EncryptInit_ex2(context, NULL, sealer->keys.key, nonce, NULL), 1);
    if (ccm)
        assert_int_equal(EVP_EncryptUpdate(context, NULL, &n, NULL, (int)text.len), 1);
    assert_int_equal(EVP_EncryptUpdate(context, NULL, &n, aad, 13), 1);
    assert_int_equal(
        EVP_EncryptUpdate(context, sealed->bytes + sealed->len, &n, text.data, (int)text.len), 1);
    sealed->len += text.len;
    assert_int_equal(EVP_EncryptFinal_ex(context, tag, &n), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, facts->tag, tag), 1);
    memcpy(sealed->bytes + sealed->len, tag, facts->tag);
    sealed->len += facts->tag;
    EVP_CIPHER_CTX_free(context);
}

static inline void seal_stream(struct sealer *sealer, struct tt_span text, struct sealed *sealed)
{
    uint8_t plain[SEALED_ROOM];
    memcpy(plain, text.data, text.len);
    size_t len = text.len + put_mac(sealer, text, plain + text.len);
    int n = 0;
    if (sealer->context == NULL)
        memcpy(sealed->bytes, plain, len);
    else
        assert_int_equal(EVP_EncryptUpdate(sealer->context, sealed->bytes, &n, plain, (int)len), 1);
    sealed->len = len;
}

static inline struct sealed seal_as(struct sealer *sealer, uint8_t type, struct tt_span span)
{
    struct sealed sealed = {.len = 0};
    sealer->type = type;
    switch (facts_of(sealer)->mode) {
    case TT_TLS_MODE_NULL:
    case TT_TLS_MODE_STREAM:
        seal_stream(sealer, span, &sealed);
        break;
    case TT_TLS_MODE_CBC:
        seal_cbc(sealer, span, &sealed);
        break;
    case TT_TLS_MODE_GCM:
    case TT_TLS_MODE_CCM:
    case TT_TLS_MODE_CHACHA:
        seal_aead(sealer, span, &sealed);
        break;
    }
    sealer->sequence++;
    return sealed;
}

static inline struct sealed seal(struct sealer *sealer, const char *text)
{
    return seal_as(sealer, TT_TYPE_APPLICATION_DATA, tt_span_str(text));
}

#endif
