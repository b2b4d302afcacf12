#include "identify/recipe_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum { AES_BLOCK = 16, DES_BLOCK = 8, DES_KEY = 8, DES3_KEY = 24, RC4_STATE = 256 };

struct tt_cipher {
    enum tt_cipher_algorithm algorithm;
    enum tt_cipher_mode mode;
    EVP_CIPHER_CTX *context; /* of whole blocks, which the modes are made of here */
    size_t key_len;
    uint8_t key[TT_CIPHER_KEY_MAX];
    uint8_t state[RC4_STATE]; /* RC4 after its key */
};

struct tt_cipher *tt_cipher_new(enum tt_cipher_algorithm algorithm, enum tt_cipher_mode mode)
{
    struct tt_cipher *cipher = calloc(1, sizeof(*cipher));
    if (cipher == NULL)
        return NULL;
    cipher->algorithm = algorithm;
    cipher->mode = mode;
    if (algorithm == TT_CIPHER_XOR || algorithm == TT_CIPHER_RC4)
        return cipher;
    cipher->context = EVP_CIPHER_CTX_new();
    if (cipher->context == NULL) {
        tt_cipher_free(cipher);
        return NULL;
    }
    return cipher;
}

void tt_cipher_free(struct tt_cipher *cipher)
{
    if (cipher == NULL)
        return;
    EVP_CIPHER_CTX_free(cipher->context);
    OPENSSL_cleanse(cipher, sizeof(*cipher));
    free(cipher);
}

bool tt_cipher_takes(enum tt_cipher_algorithm algorithm, size_t key_len)
{
    switch (algorithm) {
    case TT_CIPHER_XOR:
    case TT_CIPHER_RC4:
        return key_len > 0 && key_len <= TT_CIPHER_KEY_MAX;
    case TT_CIPHER_AES:
        return key_len == 16 || key_len == 24 || key_len == 32;
    case TT_CIPHER_DES:
        return key_len == DES_KEY || key_len == 2 * DES_KEY || key_len == DES3_KEY;
    }
    return false;
}

size_t tt_cipher_iv(const struct tt_cipher *cipher)
{
    switch (cipher->algorithm) {
    case TT_CIPHER_AES:
        return AES_BLOCK;
    case TT_CIPHER_DES:
        return DES_BLOCK;
    case TT_CIPHER_XOR:
    case TT_CIPHER_RC4:
        break;
    }
    return 1;
}

size_t tt_cipher_block(const struct tt_cipher *cipher)
{
    return cipher->mode == TT_MODE_CTR ? 1 : tt_cipher_iv(cipher);
}

/* ---- keys ---- */

static void schedule_rc4(struct tt_cipher *cipher)
{
    uint8_t *state = cipher->state;
    for (unsigned i = 0; i < RC4_STATE; i++)
        state[i] = (uint8_t)i;
    for (unsigned i = 0, j = 0; i < RC4_STATE; i++) {
        j = (j + state[i] + cipher->key[i % cipher->key_len]) & 0xff;
        uint8_t swapped = state[i];
        state[i] = state[j];
        state[j] = swapped;
    }
}

static bool set_context(struct tt_cipher *cipher, const EVP_CIPHER *type, const uint8_t *key)
{
    /* CTR encrypts its counter, in both directions. */
    int encrypt = cipher->mode == TT_MODE_CTR;
    return EVP_CipherInit_ex(cipher->context, type, NULL, key, NULL, encrypt) == 1 &&
           EVP_CIPHER_CTX_set_padding(cipher->context, 0) == 1;
}

static bool set_des(struct tt_cipher *cipher)
{
    uint8_t key[DES3_KEY];
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = cipher->key[i % cipher->key_len];
    bool done = set_context(cipher, EVP_des_ede3_ecb(), key);
    OPENSSL_cleanse(key, sizeof(key));
    return done;
}

bool tt_cipher_key(struct tt_cipher *cipher, struct tt_span key)
{
    if (!tt_cipher_takes(cipher->algorithm, key.len))
        return false;
    memcpy(cipher->key, key.data, key.len);
    cipher->key_len = key.len;
    switch (cipher->algorithm) {
    case TT_CIPHER_XOR:
        return true;
    case TT_CIPHER_RC4:
        schedule_rc4(cipher);
        return true;
    case TT_CIPHER_AES:
        return set_context(cipher,
                           key.len == 16   ? EVP_aes_128_ecb()
                           : key.len == 24 ? EVP_aes_192_ecb()
                                           : EVP_aes_256_ecb(),
                           cipher->key);
    case TT_CIPHER_DES:
        return set_des(cipher);
    }
    return false;
}

/* ---- running ---- */

static void run_rc4(const struct tt_cipher *cipher, struct tt_span in, uint8_t *out)
{
    uint8_t state[RC4_STATE];
    memcpy(state, cipher->state, sizeof(state));
    uint8_t i = 0;
    uint8_t j = 0;
    for (size_t at = 0; at < in.len; at++) {
        i++;
        j = (uint8_t)(j + state[i]);
        uint8_t swapped = state[i];
        state[i] = state[j];
        state[j] = swapped;
        out[at] = in.data[at] ^ state[(uint8_t)(state[i] + state[j])];
    }
}

static bool run_blocks(struct tt_cipher *cipher, struct tt_span in, uint8_t *out)
{
    enum { AT_ONCE = 1 << 20 };
    for (size_t at = 0; at < in.len; at += AT_ONCE) {
        struct tt_span part = tt_span_sub(in, at, AT_ONCE);
        int len = 0;
        if (EVP_CipherUpdate(cipher->context, out + at, &len, part.data, (int)part.len) != 1 ||
            (size_t)len != part.len)
            return false;
    }
    return true;
}

static bool run_counter(struct tt_cipher *cipher, const uint8_t *iv, struct tt_span in,
                        uint8_t *out)
{
    uint8_t counter[TT_CIPHER_BLOCK_MAX];
    uint8_t stream[TT_CIPHER_BLOCK_MAX];
    size_t block = tt_cipher_iv(cipher);
    memcpy(counter, iv, block);
    for (size_t at = 0; at < in.len; at++) {
        if (at % block == 0) {
            if (!run_blocks(cipher, tt_span_of(counter, block), stream))
                return false;
            for (size_t i = block; i > 0 && ++counter[i - 1] == 0;)
                i--;
        }
        out[at] = in.data[at] ^ stream[at % block];
    }
    return true;
}

static bool run_chained(struct tt_cipher *cipher, const uint8_t *iv, struct tt_span in,
                        uint8_t *out)
{
    size_t block = tt_cipher_iv(cipher);
    if (!run_blocks(cipher, in, out))
        return false;
    for (size_t at = 0; at < in.len; at++)
        out[at] ^= at < block ? iv[at] : in.data[at - block];
    return true;
}

bool tt_cipher_run(struct tt_cipher *cipher, const uint8_t *iv, struct tt_span in, uint8_t *out)
{
    if (in.len % tt_cipher_block(cipher) != 0 || cipher->key_len == 0)
        return false;
    if (cipher->algorithm == TT_CIPHER_RC4) {
        run_rc4(cipher, in, out);
        return true;
    }
    if (cipher->algorithm == TT_CIPHER_XOR) {
        for (size_t at = 0; at < in.len; at++)
            out[at] = in.data[at] ^ cipher->key[at % cipher->key_len];
        return true;
    }
    switch (cipher->mode) {
    case TT_MODE_ECB:
        return run_blocks(cipher, in, out);
    case TT_MODE_CBC:
        return run_chained(cipher, iv, in, out);
    case TT_MODE_CTR:
        return run_counter(cipher, iv, in, out);
    }
    return false;
}

size_t tt_cipher_unpad(struct tt_span plain, size_t block)
{
    size_t none = plain.len + 1;
    if (plain.len == 0 || plain.len % block != 0)
        return none;
    uint8_t pad = plain.data[plain.len - 1];
    if (pad == 0 || pad > block)
        return none;
    for (size_t i = 0; i < pad; i++) {
        if (plain.data[plain.len - 1 - i] != pad)
            return none;
    }
    return plain.len - pad;
}
