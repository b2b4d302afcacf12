#include "decrypt/private_key.h"

#include "base/secret.h"
#include "model/limits.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <stdlib.h>

enum { RSA_BYTES_MAX = 2048 }; /* keys of 16384 bits */

struct tt_private_keys {
    OSSL_LIB_CTX *library; /* made for the first key */
    OSSL_PROVIDER *provider;
    EVP_PKEY *items[TT_PRIVATE_KEYS_MAX];
    size_t count;
};

enum tt_err tt_private_keys_new(struct tt_private_keys **ret_keys)
{
    struct tt_private_keys *keys = calloc(1, sizeof(*keys));
    if (keys == NULL)
        return TT_ERR_MEMORY;
    *ret_keys = keys;
    return TT_OK;
}

static bool open_library(struct tt_private_keys *keys)
{
    if (keys->library == NULL)
        keys->library = OSSL_LIB_CTX_new();
    if (keys->library != NULL && keys->provider == NULL)
        keys->provider = OSSL_PROVIDER_load(keys->library, "default");
    return keys->provider != NULL;
}

void tt_private_keys_free(struct tt_private_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->count; i++)
        EVP_PKEY_free(keys->items[i]);
    if (keys->provider != NULL)
        OSSL_PROVIDER_unload(keys->provider);
    OSSL_LIB_CTX_free(keys->library);
    free(keys);
}

size_t tt_private_keys_count(const struct tt_private_keys *keys)
{
    return keys->count;
}

bool tt_private_key_looks(struct tt_span bytes)
{
    /* DER: a sequence with a length in two bytes, which begins with a version of 0 or 1. */
    if (bytes.len > 7 && bytes.data[0] == 0x30 && bytes.data[1] == 0x82 && bytes.data[4] == 2 &&
        bytes.data[5] == 1 && bytes.data[6] <= 1)
        return true;
    return tt_span_search(bytes, tt_span_str("-----BEGIN ")) != SIZE_MAX;
}

/* Takes `key` in any case. */
static enum tt_err keep(struct tt_private_keys *keys, EVP_PKEY *key, struct tt_error *error)
{
    enum tt_err err = TT_OK;
    if (EVP_PKEY_is_a(key, "RSA") != 1)
        err = tt_error_set(error, TT_ERR_FORMAT,
                           "a private key that is not for RSA: only RSA key exchange can be opened "
                           "with a private key; for everything else log the session keys "
                           "(SSLKEYLOGFILE)");
    else if (keys->count == TT_PRIVATE_KEYS_MAX)
        err = tt_error_set(error, TT_ERR_LIMIT, "at most %d private keys can be used",
                           TT_PRIVATE_KEYS_MAX);
    if (err != TT_OK)
        EVP_PKEY_free(key);
    else
        keys->items[keys->count++] = key;
    return err;
}

/* NULL when it is none. */
static EVP_PKEY *decode(const struct tt_private_keys *keys, const unsigned char *der, size_t len)
{
    EVP_PKEY *key = NULL;
    OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
        &key, "DER", NULL, NULL, OSSL_KEYMGMT_SELECT_PRIVATE_KEY, keys->library, NULL);
    if (decoder == NULL)
        return NULL;
    const unsigned char *at = der;
    size_t left = len;
    if (OSSL_DECODER_from_data(decoder, &at, &left) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    OSSL_DECODER_CTX_free(decoder);
    return key;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* One block of a PEM file; blocks that are no private key are passed over. */
static enum tt_err add_block(struct tt_private_keys *keys, const char *name, const char *header,
                             struct tt_span der, struct tt_error *error)
{
    if (!ends_with(name, "PRIVATE KEY"))
        return TT_OK;
    if (strstr(name, "ENCRYPTED") != NULL || strstr(header, "ENCRYPTED") != NULL)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "a private key that is encrypted: decrypt it first (openssl pkey -in "
                            "KEY -out PLAIN)");
    EVP_PKEY *key = decode(keys, der.data, der.len);
    if (key == NULL)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "a private key that cannot be read: damaged, or "
                            "of an unknown kind");
    return keep(keys, key, error);
}

static enum tt_err add_pem(struct tt_private_keys *keys, struct tt_span bytes,
                           struct tt_error *error)
{
    BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.len);
    if (bio == NULL)
        return TT_ERR_MEMORY;
    enum tt_err err = TT_OK;
    size_t before = keys->count;
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    while (err == TT_OK && PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
        err = add_block(keys, name, header, tt_span_of(der, (size_t)len), error);
        tt_wipe(der, (size_t)len);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    BIO_free(bio);
    if (err == TT_OK && keys->count == before)
        err = tt_error_set(error, TT_ERR_FORMAT, "no private key in this PEM file");
    return err;
}

enum tt_err tt_private_keys_add(struct tt_private_keys *keys, struct tt_span bytes,
                                struct tt_error *error)
{
    if (bytes.len > INT_MAX)
        return tt_error_set(error, TT_ERR_FORMAT, "too large for a private key");
    if (!open_library(keys))
        return tt_error_set(error, TT_ERR_UNSUPPORTED, "libcrypto lacks its default provider");
    if (bytes.len > 0 && bytes.data[0] != 0x30)
        return add_pem(keys, bytes, error);
    EVP_PKEY *key = bytes.len == 0 ? NULL : decode(keys, bytes.data, bytes.len);
    if (key == NULL)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "not a private key: expected PEM or DER, PKCS#1 or PKCS#8");
    return keep(keys, key, error);
}

/* The padding of PKCS #1 v1.5 (RFC 8017, section 7.2.2), read by ourselves: libcrypto may answer a
 * wrong key with a made-up secret. */
static bool read_padded(struct tt_span block, uint16_t offered, uint16_t agreed,
                        uint8_t ret_premaster[TT_PREMASTER_LEN])
{
    if (block.len < 2 + 8 + 1 + TT_PREMASTER_LEN || block.data[0] != 0 || block.data[1] != 2)
        return false;
    struct tt_span filler = tt_span_sub(block, 2, block.len - 2 - TT_PREMASTER_LEN);
    const uint8_t *secret = block.data + block.len - TT_PREMASTER_LEN;
    uint16_t version = (uint16_t)(secret[0] << 8 | secret[1]);
    if (tt_span_find(filler, 0) != filler.len - 1 || (version != offered && version != agreed))
        return false;
    memcpy(ret_premaster, secret, TT_PREMASTER_LEN);
    return true;
}

static bool decrypt_with(const struct tt_private_keys *keys, EVP_PKEY *key,
                         struct tt_span encrypted, uint8_t *out, size_t *ret_len)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(keys->library, key, NULL);
    if (context == NULL)
        return false;
    size_t len = RSA_BYTES_MAX;
    bool ok = EVP_PKEY_decrypt_init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
              EVP_PKEY_decrypt(context, out, &len, encrypted.data, encrypted.len) == 1;
    EVP_PKEY_CTX_free(context);
    if (ok)
        *ret_len = len;
    return ok;
}

bool tt_private_keys_decrypt(const struct tt_private_keys *keys, struct tt_span encrypted,
                             uint16_t offered, uint16_t agreed,
                             uint8_t ret_premaster[TT_PREMASTER_LEN])
{
    uint8_t block[RSA_BYTES_MAX];
    bool found = false;
    for (size_t i = 0; i < keys->count && !found; i++) {
        size_t len = 0;
        int size = EVP_PKEY_get_size(keys->items[i]);
        if (size > 0 && size <= RSA_BYTES_MAX && encrypted.len == (size_t)size &&
            decrypt_with(keys, keys->items[i], encrypted, block, &len))
            found = read_padded(tt_span_of(block, len), offered, agreed, ret_premaster);
    }
    tt_wipe(block, sizeof(block));
    return found;
}
