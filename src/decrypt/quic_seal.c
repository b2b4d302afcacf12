#include "decrypt/quic_seal.h"

#include "base/secret.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLE_LEN = 16, MASK_LEN = 5, LABEL_ROOM = 16 };

struct tt_quic_crypto {
    struct tt_crypto *crypto;
    EVP_CIPHER *aes_128; /* ECB, for headers */
    EVP_CIPHER *aes_256;
    EVP_CIPHER *chacha;
};

struct text_key {
    EVP_CIPHER_CTX *context;
    uint8_t iv[TT_AEAD_NONCE];
};

struct tt_quic_seal {
    struct tt_quic_crypto *crypto;
    const struct tt_suite *suite;
    const struct tt_quic_version *version;
    EVP_CIPHER_CTX *header;
    struct text_key now;
    struct text_key before; /* the generation before, or no context */
    unsigned generation;
    uint8_t secret_len;
    uint8_t secret[TT_HASH_LEN_MAX]; /* of the current generation */
};

enum tt_err tt_quic_crypto_new(struct tt_crypto *crypto, struct tt_quic_crypto **ret_crypto)
{
    struct tt_quic_crypto *quic = calloc(1, sizeof(*quic));
    if (quic == NULL)
        return TT_ERR_MEMORY;
    OSSL_LIB_CTX *library = tt_crypto_library(crypto);
    quic->crypto = crypto;
    quic->aes_128 = EVP_CIPHER_fetch(library, "AES-128-ECB", NULL);
    quic->aes_256 = EVP_CIPHER_fetch(library, "AES-256-ECB", NULL);
    quic->chacha = EVP_CIPHER_fetch(library, "ChaCha20", NULL);
    if (quic->aes_128 == NULL || quic->aes_256 == NULL) {
        tt_quic_crypto_free(quic);
        return TT_ERR_UNSUPPORTED;
    }
    *ret_crypto = quic;
    return TT_OK;
}

void tt_quic_crypto_free(struct tt_quic_crypto *crypto)
{
    if (crypto == NULL)
        return;
    EVP_CIPHER_free(crypto->aes_128);
    EVP_CIPHER_free(crypto->aes_256);
    EVP_CIPHER_free(crypto->chacha);
    free(crypto);
}

static enum tt_hash hash_of(const struct tt_suite *suite)
{
    return tt_suite_schedule_hash(suite, TT_TLS_1_3);
}

bool tt_quic_initial_secret(struct tt_quic_crypto *crypto, const struct tt_quic_version *version,
                            struct tt_span dcid, bool server,
                            uint8_t ret_secret[TT_QUIC_INITIAL_SECRET])
{
    uint8_t initial[TT_HASH_LEN_MAX];
    EVP_MAC_CTX *hmac = tt_crypto_hmac_new(crypto->crypto, TT_HASH_SHA256,
                                           tt_span_of(version->salt, sizeof(version->salt)));
    if (hmac == NULL)
        return false;
    bool ok = tt_crypto_hmac(hmac, &dcid, 1, initial) &&
              tt_expand_label(
                  crypto->crypto, TT_HASH_SHA256, 0, tt_span_of(initial, TT_QUIC_INITIAL_SECRET),
                  server ? "server in" : "client in", ret_secret, TT_QUIC_INITIAL_SECRET);
    EVP_MAC_CTX_free(hmac);
    return ok;
}

/* ---- keys ---- */

static bool expand(const struct tt_quic_seal *seal, const char *what, uint8_t *out, size_t len)
{
    char label[LABEL_ROOM];
    (void)snprintf(label, sizeof(label), "%s%s", seal->version->prefix, what);
    return tt_expand_label(seal->crypto->crypto, hash_of(seal->suite), 0,
                           tt_span_of(seal->secret, seal->secret_len), label, out, len);
}

static EVP_CIPHER_CTX *text_context(const struct tt_quic_seal *seal, const uint8_t *key)
{
    const struct tt_tls_cipher_facts *facts = tt_suite_cipher(seal->suite);
    const EVP_CIPHER *cipher =
        tt_crypto_cipher(seal->crypto->crypto, (enum tt_tls_cipher)seal->suite->cipher);
    EVP_CIPHER_CTX *context = cipher == NULL ? NULL : EVP_CIPHER_CTX_new();
    if (context == NULL)
        return NULL;
    bool ok = EVP_DecryptInit_ex2(context, cipher, NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, TT_AEAD_NONCE, NULL) == 1;
    if (facts->mode == TT_TLS_MODE_CCM)
        ok = ok && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, facts->tag, NULL) == 1;
    ok = ok && EVP_DecryptInit_ex2(context, NULL, key, NULL, NULL) == 1;
    if (ok)
        return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

static bool make_text_key(const struct tt_quic_seal *seal, struct text_key *ret_key)
{
    uint8_t key[TT_TLS_CIPHER_KEY_MAX];
    struct text_key made = {.context = NULL};
    if (expand(seal, "key", key, tt_suite_cipher(seal->suite)->key) &&
        expand(seal, "iv", made.iv, sizeof(made.iv)))
        made.context = text_context(seal, key);
    tt_wipe(key, sizeof(key));
    if (made.context == NULL)
        return false;
    *ret_key = made;
    return true;
}

static const EVP_CIPHER *header_cipher(const struct tt_quic_seal *seal)
{
    const struct tt_tls_cipher_facts *facts = tt_suite_cipher(seal->suite);
    if (facts->mode == TT_TLS_MODE_CHACHA)
        return seal->crypto->chacha;
    return facts->key == 16 ? seal->crypto->aes_128 : seal->crypto->aes_256;
}

static bool make_header_key(struct tt_quic_seal *seal)
{
    uint8_t key[TT_TLS_CIPHER_KEY_MAX];
    const EVP_CIPHER *cipher = header_cipher(seal);
    bool ok = cipher != NULL && expand(seal, "hp", key, tt_suite_cipher(seal->suite)->key);
    seal->header = ok ? EVP_CIPHER_CTX_new() : NULL;
    ok = seal->header != NULL && EVP_EncryptInit_ex2(seal->header, cipher, NULL, NULL, NULL) == 1;
    if (ok && tt_suite_cipher(seal->suite)->mode == TT_TLS_MODE_CHACHA)
        ok = EVP_EncryptInit_ex2(seal->header, NULL, key, NULL, NULL) == 1;
    else if (ok)
        ok = EVP_EncryptInit_ex2(seal->header, NULL, key, NULL, NULL) == 1 &&
             EVP_CIPHER_CTX_set_padding(seal->header, 0) == 1;
    tt_wipe(key, sizeof(key));
    return ok;
}

struct tt_quic_seal *tt_quic_seal_new(struct tt_quic_crypto *crypto, const struct tt_suite *suite,
                                      const struct tt_quic_version *version, struct tt_span secret)
{
    enum tt_tls_mode mode = tt_suite_cipher(suite)->mode;
    bool aead = mode == TT_TLS_MODE_GCM || mode == TT_TLS_MODE_CCM || mode == TT_TLS_MODE_CHACHA;
    if (!aead || secret.len != tt_hash_len(hash_of(suite)))
        return NULL;
    struct tt_quic_seal *seal = calloc(1, sizeof(*seal));
    if (seal == NULL)
        return NULL;
    seal->crypto = crypto;
    seal->suite = suite;
    seal->version = version;
    seal->secret_len = (uint8_t)secret.len;
    memcpy(seal->secret, secret.data, secret.len);
    if (make_text_key(seal, &seal->now) && make_header_key(seal))
        return seal;
    tt_quic_seal_free(seal);
    return NULL;
}

void tt_quic_seal_free(struct tt_quic_seal *seal)
{
    if (seal == NULL)
        return;
    EVP_CIPHER_CTX_free(seal->header);
    EVP_CIPHER_CTX_free(seal->now.context);
    EVP_CIPHER_CTX_free(seal->before.context);
    tt_wipe(seal, sizeof(*seal));
    free(seal);
}

unsigned tt_quic_seal_generation(const struct tt_quic_seal *seal)
{
    return seal->generation;
}

const struct tt_suite *tt_quic_seal_suite(const struct tt_quic_seal *seal)
{
    return seal->suite;
}

/* ---- packets ---- */

/* RFC 9001, sections 5.4.3 and 5.4.4. */
static bool make_mask(struct tt_quic_seal *seal, const uint8_t *sample, uint8_t *ret_mask)
{
    static const uint8_t zeros[MASK_LEN] = {0};
    int n = 0;
    if (tt_suite_cipher(seal->suite)->mode == TT_TLS_MODE_CHACHA)
        return EVP_EncryptInit_ex2(seal->header, NULL, NULL, sample, NULL) == 1 &&
               EVP_EncryptUpdate(seal->header, ret_mask, &n, zeros, MASK_LEN) == 1;
    return EVP_EncryptUpdate(seal->header, ret_mask, &n, sample, SAMPLE_LEN) == 1;
}

bool tt_quic_seal_unmask(struct tt_quic_seal *seal, const struct tt_quic_packet *packet,
                         uint8_t *room, struct tt_quic_header *ret_header)
{
    size_t at = packet->number_at;
    uint8_t mask[SAMPLE_LEN];
    if (packet->bytes.len < at + TT_QUIC_NUMBER_MAX + SAMPLE_LEN ||
        !make_mask(seal, packet->bytes.data + at + TT_QUIC_NUMBER_MAX, mask))
        return false;
    bool is_long = (packet->bytes.data[0] & TT_QUIC_LONG_BIT) != 0;
    struct tt_quic_header header = {.truncated = 0};
    memcpy(room, packet->bytes.data, at + TT_QUIC_NUMBER_MAX);
    room[0] ^= mask[0] & (is_long ? 0x0fU : 0x1fU);
    header.number_len = (uint8_t)((room[0] & 3U) + 1);
    header.phase = !is_long && (room[0] & 4U) != 0;
    header.reserved = (room[0] & (is_long ? 0x0cU : 0x18U)) != 0;
    for (size_t i = 0; i < header.number_len; i++) {
        room[at + i] ^= mask[1 + i];
        header.truncated = header.truncated << 8 | room[at + i];
    }
    header.bytes = tt_span_of(room, at + header.number_len);
    *ret_header = header;
    return true;
}

static bool open_with(const struct tt_quic_seal *seal, const struct text_key *key,
                      const struct tt_quic_packet *packet, const struct tt_quic_header *header,
                      uint64_t number, uint8_t *out, struct tt_span *ret_text)
{
    struct tt_span sealed = tt_span_from(packet->bytes, header->bytes.len);
    if (sealed.len < TT_QUIC_TAG_LEN || key->context == NULL)
        return false;
    size_t len = sealed.len - TT_QUIC_TAG_LEN;
    EVP_CIPHER_CTX *context = key->context;
    bool ccm = tt_suite_cipher(seal->suite)->mode == TT_TLS_MODE_CCM;
    uint8_t tag[TT_QUIC_TAG_LEN];
    uint8_t nonce[TT_AEAD_NONCE];
    int n = 0;
    memcpy(tag, sealed.data + len, sizeof(tag));
    memcpy(nonce, key->iv, sizeof(nonce));
    for (size_t i = 0; i < 8; i++)
        nonce[sizeof(nonce) - 1 - i] ^= (uint8_t)(number >> (8 * i));
    if (ccm && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TT_QUIC_TAG_LEN, tag) != 1)
        return false;
    if (EVP_DecryptInit_ex2(context, NULL, NULL, nonce, NULL) != 1)
        return false;
    if (ccm && EVP_DecryptUpdate(context, NULL, &n, NULL, (int)len) != 1)
        return false;
    if (EVP_DecryptUpdate(context, NULL, &n, header->bytes.data, (int)header->bytes.len) != 1)
        return false;
    if ((ccm || len > 0) && EVP_DecryptUpdate(context, out, &n, sealed.data, (int)len) != 1)
        return false;
    if (!ccm && (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TT_QUIC_TAG_LEN, tag) != 1 ||
                 EVP_DecryptFinal_ex(context, out + len, &n) != 1))
        return false;
    *ret_text = tt_span_of(out, len);
    return true;
}

bool tt_quic_seal_open(struct tt_quic_seal *seal, const struct tt_quic_packet *packet,
                       const struct tt_quic_header *header, uint64_t number, uint8_t *out,
                       struct tt_span *ret_text)
{
    return open_with(seal, &seal->now, packet, header, number, out, ret_text);
}

bool tt_quic_seal_open_before(struct tt_quic_seal *seal, const struct tt_quic_packet *packet,
                              const struct tt_quic_header *header, uint64_t number, uint8_t *out,
                              struct tt_span *ret_text)
{
    return open_with(seal, &seal->before, packet, header, number, out, ret_text);
}

bool tt_quic_seal_open_next(struct tt_quic_seal *seal, unsigned ahead,
                            const struct tt_quic_packet *packet,
                            const struct tt_quic_header *header, uint64_t number, uint8_t *out,
                            struct tt_span *ret_text)
{
    struct tt_quic_seal next = *seal;
    uint8_t secret[TT_HASH_LEN_MAX];
    bool ok = true;
    for (unsigned i = 0; i < ahead && ok; i++) {
        ok = expand(&next, "ku", secret, next.secret_len);
        if (ok)
            memcpy(next.secret, secret, next.secret_len);
    }
    ok = ok && make_text_key(&next, &next.now);
    if (ok && open_with(seal, &next.now, packet, header, number, out, ret_text)) {
        EVP_CIPHER_CTX_free(seal->before.context);
        next.before = seal->now;
        next.generation += ahead;
        *seal = next;
    } else if (ok) {
        EVP_CIPHER_CTX_free(next.now.context);
        ok = false;
    }
    tt_wipe(&next, sizeof(next));
    tt_wipe(secret, sizeof(secret));
    return ok;
}

/* ---- Retry ---- */

bool tt_quic_retry_ok(struct tt_quic_crypto *crypto, const struct tt_quic_version *version,
                      struct tt_span dcid, struct tt_span retry)
{
    const EVP_CIPHER *cipher = tt_crypto_cipher(crypto->crypto, TT_TLS_CIPHER_AES_128_GCM);
    if (cipher == NULL || !version->retry_sealed || retry.len < TT_QUIC_TAG_LEN ||
        dcid.len > TT_QUIC_CID_MAX)
        return false;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL)
        return false;
    size_t len = retry.len - TT_QUIC_TAG_LEN;
    uint8_t tag[TT_QUIC_TAG_LEN];
    uint8_t id[1 + TT_QUIC_CID_MAX] = {(uint8_t)dcid.len};
    uint8_t none[1];
    int n = 0;
    memcpy(tag, retry.data + len, sizeof(tag));
    if (dcid.len > 0)
        memcpy(id + 1, dcid.data, dcid.len);
    bool ok =
        EVP_DecryptInit_ex2(context, cipher, version->retry_key, version->retry_nonce, NULL) == 1 &&
        EVP_DecryptUpdate(context, NULL, &n, id, (int)(1 + dcid.len)) == 1 &&
        EVP_DecryptUpdate(context, NULL, &n, retry.data, (int)len) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TT_QUIC_TAG_LEN, tag) == 1 &&
        EVP_DecryptFinal_ex(context, none, &n) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}
