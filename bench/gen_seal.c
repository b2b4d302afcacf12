#include "gen_seal.h"

#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER = 4 };

static void check(int ok)
{
    if (ok != 1)
        gen_die("libcrypto refuses");
}

static void expand_label(const uint8_t secret[GEN_SECRET], const char *label, uint8_t *out,
                         size_t len)
{
    uint8_t info[64] = {0,   (uint8_t)len, (uint8_t)(6 + strlen(label)), 't', 'l', 's', '1',
                        '3', ' '};
    uint8_t block[EVP_MAX_MD_SIZE];
    unsigned block_len = 0;
    size_t at = 9;
    memcpy(info + at, label, strlen(label));
    at += strlen(label);
    info[at++] = 0; /* no context */
    info[at++] = 1; /* the first block is enough */
    if (HMAC(EVP_sha256(), secret, GEN_SECRET, info, at, block, &block_len) == NULL)
        gen_die("libcrypto refuses");
    memcpy(out, block, len);
}

void gen_seal_make(struct gen_seal *seal, const uint8_t secret[GEN_SECRET], bool quic)
{
    uint8_t key[16];
    expand_label(secret, quic ? "quic key" : "key", key, sizeof(key));
    expand_label(secret, quic ? "quic iv" : "iv", seal->nonce, sizeof(seal->nonce));
    seal->cipher = EVP_CIPHER_CTX_new();
    check(EVP_EncryptInit_ex(seal->cipher, EVP_aes_128_gcm(), NULL, key, NULL));
    seal->header = NULL;
    if (!quic)
        return;
    expand_label(secret, "quic hp", key, sizeof(key));
    seal->header = EVP_CIPHER_CTX_new();
    check(EVP_EncryptInit_ex(seal->header, EVP_aes_128_ecb(), NULL, key, NULL));
}

void gen_seal_free(struct gen_seal *seal)
{
    EVP_CIPHER_CTX_free(seal->cipher);
    EVP_CIPHER_CTX_free(seal->header);
}

void gen_seal_initial(const uint8_t cid[GEN_CID], bool server, uint8_t secret[GEN_SECRET])
{
    static const uint8_t salt[] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                   0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
    uint8_t initial[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (HMAC(EVP_sha256(), salt, sizeof(salt), cid, GEN_CID, initial, &len) == NULL)
        gen_die("libcrypto refuses");
    expand_label(initial, server ? "server in" : "client in", secret, GEN_SECRET);
}

static void encrypt(const struct gen_seal *seal, uint64_t number, const uint8_t *aad,
                    size_t aad_len, const struct gen_text *text, uint8_t *out)
{
    uint8_t nonce[12];
    int n = 0;
    memcpy(nonce, seal->nonce, sizeof(nonce));
    for (size_t i = 0; i < 8; i++)
        nonce[11 - i] ^= (uint8_t)(number >> (8 * i));
    check(EVP_EncryptInit_ex(seal->cipher, NULL, NULL, NULL, nonce));
    check(EVP_EncryptUpdate(seal->cipher, NULL, &n, aad, (int)aad_len));
    check(EVP_EncryptUpdate(seal->cipher, out, &n, text->data, (int)text->len));
    check(EVP_EncryptFinal_ex(seal->cipher, out + text->len, &n));
    check(EVP_CIPHER_CTX_ctrl(seal->cipher, EVP_CTRL_AEAD_GET_TAG, GEN_SEAL_TAG, out + text->len));
}

void gen_seal_record(const struct gen_seal *seal, uint64_t number, uint8_t type,
                     const struct gen_text *content, struct gen_text *out)
{
    struct gen_text inner = {0};
    gen_text_put(&inner, content->data, content->len);
    gen_text_put(&inner, &type, 1);
    size_t len = inner.len + GEN_SEAL_TAG;
    const uint8_t header[] = {23, 3, 3, (uint8_t)(len >> 8), (uint8_t)len};
    uint8_t *sealed = gen_resize(NULL, len);
    encrypt(seal, number, header, sizeof(header), &inner, sealed);
    gen_text_put(out, header, sizeof(header));
    gen_text_put(out, sealed, len);
    free(sealed);
    gen_text_free(&inner);
}

void gen_seal_packet(const struct gen_seal *seal, const struct gen_text *header, uint32_t number,
                     const struct gen_text *frames, struct gen_text *out)
{
    const uint8_t counted[NUMBER] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                                     (uint8_t)(number >> 8), (uint8_t)number};
    size_t at = out->len;
    uint8_t mask[16];
    int n = 0;
    gen_text_put(out, header->data, header->len);
    gen_text_put(out, counted, sizeof(counted));
    size_t len = frames->len + GEN_SEAL_TAG;
    uint8_t *sealed = gen_resize(NULL, len);
    encrypt(seal, number, out->data + at, out->len - at, frames, sealed);
    gen_text_put(out, sealed, len);
    free(sealed);
    /* The sample begins 4 bytes behind the beginning of the number, however long that is. */
    uint8_t *packet = out->data + at;
    check(EVP_EncryptUpdate(seal->header, mask, &n, packet + header->len + NUMBER, 16));
    packet[0] ^= mask[0] & ((packet[0] & 0x80) != 0 ? 0x0f : 0x1f);
    for (size_t i = 0; i < NUMBER; i++)
        packet[header->len + i] ^= mask[1 + i];
}
