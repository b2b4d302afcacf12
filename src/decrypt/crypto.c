#include "decrypt/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>

struct tt_crypto {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *base;
    OSSL_PROVIDER *legacy; /* loaded when first needed; or NULL */
    bool legacy_tried;
    EVP_MAC *hmac;
    EVP_MD *digests[TT_HASH_COUNT];
    EVP_CIPHER *ciphers[TT_TLS_CIPHER_COUNT]; /* fetched when first asked for */
    EVP_MD_CTX *digest;
    struct tt_warm warm;
};

/* The names of libcrypto. */
static const char *const hash_names[TT_HASH_COUNT] = {
    [TT_HASH_MD5] = "MD5",       [TT_HASH_SHA1] = "SHA1",         [TT_HASH_SHA256] = "SHA256",
    [TT_HASH_SHA384] = "SHA384", [TT_HASH_MD5_SHA1] = "MD5-SHA1",
};

enum tt_err tt_crypto_new(struct tt_crypto **ret_crypto)
{
    struct tt_crypto *crypto = calloc(1, sizeof(*crypto));
    if (crypto == NULL)
        return TT_ERR_MEMORY;
    enum tt_err err = TT_ERR_MEMORY;
    crypto->library = OSSL_LIB_CTX_new();
    crypto->digest = EVP_MD_CTX_new();
    if (crypto->library == NULL || crypto->digest == NULL)
        goto out;
    err = TT_ERR_UNSUPPORTED;
    crypto->base = OSSL_PROVIDER_load(crypto->library, "default");
    crypto->hmac = EVP_MAC_fetch(crypto->library, "HMAC", NULL);
    for (size_t i = 0; i < TT_HASH_COUNT; i++)
        crypto->digests[i] = EVP_MD_fetch(crypto->library, hash_names[i], NULL);
    if (crypto->base == NULL || crypto->hmac == NULL || crypto->digests[TT_HASH_SHA256] == NULL)
        goto out;
    *ret_crypto = crypto;
    crypto = NULL;
    err = TT_OK;
out:
    tt_crypto_free(crypto);
    return err;
}

void tt_crypto_free(struct tt_crypto *crypto)
{
    if (crypto == NULL)
        return;
    for (size_t i = 0; i < TT_TLS_CIPHER_COUNT; i++)
        EVP_CIPHER_free(crypto->ciphers[i]);
    for (size_t i = 0; i < TT_HASH_COUNT; i++)
        EVP_MD_free(crypto->digests[i]);
    EVP_MD_CTX_free(crypto->digest);
    EVP_MAC_free(crypto->hmac);
    if (crypto->legacy != NULL)
        OSSL_PROVIDER_unload(crypto->legacy);
    if (crypto->base != NULL)
        OSSL_PROVIDER_unload(crypto->base);
    OSSL_LIB_CTX_free(crypto->library);
    free(crypto);
}

const EVP_CIPHER *tt_crypto_cipher(struct tt_crypto *crypto, enum tt_tls_cipher cipher)
{
    if (cipher == TT_TLS_CIPHER_NULL)
        return NULL;
    const char *name = tt_tls_cipher_facts(cipher)->evp;
    EVP_CIPHER **place = &crypto->ciphers[cipher];
    if (*place == NULL)
        *place = EVP_CIPHER_fetch(crypto->library, name, NULL);
    if (*place == NULL && !crypto->legacy_tried) {
        crypto->legacy_tried = true;
        crypto->legacy = OSSL_PROVIDER_load(crypto->library, "legacy");
        *place = EVP_CIPHER_fetch(crypto->library, name, NULL);
    }
    return *place;
}

const EVP_MD *tt_crypto_digest(const struct tt_crypto *crypto, enum tt_hash hash)
{
    return crypto->digests[hash];
}

OSSL_LIB_CTX *tt_crypto_library(const struct tt_crypto *crypto)
{
    return crypto->library;
}

struct tt_warm *tt_crypto_warm(struct tt_crypto *crypto)
{
    return &crypto->warm;
}

EVP_MAC_CTX *tt_crypto_hmac_new(const struct tt_crypto *crypto, enum tt_hash hash,
                                struct tt_span key)
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(crypto->hmac);
    if (context == NULL)
        return NULL;
    char name[sizeof("MD5-SHA1")];
    memcpy(name, hash_names[hash], strlen(hash_names[hash]) + 1);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                           OSSL_PARAM_construct_end()};
    static const uint8_t none[1] = {0};
    if (EVP_MAC_init(context, key.len > 0 ? key.data : none, key.len, params) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

bool tt_crypto_hmac(EVP_MAC_CTX *context, const struct tt_span *parts, size_t count, uint8_t *out)
{
    size_t len = 0;
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok = ok && EVP_MAC_update(context, parts[i].data, parts[i].len) == 1;
    ok = ok && EVP_MAC_final(context, out, &len, TT_HASH_LEN_MAX) == 1;
    return EVP_MAC_init(context, NULL, 0, NULL) == 1 && ok;
}

bool tt_crypto_hash(const struct tt_crypto *crypto, enum tt_hash hash, const struct tt_span *parts,
                    size_t count, uint8_t *out)
{
    if (crypto->digests[hash] == NULL ||
        EVP_DigestInit_ex2(crypto->digest, crypto->digests[hash], NULL) != 1)
        return false;
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok = ok && EVP_DigestUpdate(crypto->digest, parts[i].data, parts[i].len) == 1;
    return ok && EVP_DigestFinal_ex(crypto->digest, out, NULL) == 1;
}
