/* Makes QUIC packets of version 1 with known keys, for unit tests and fuzzing. The client's
 * first destination ID, its own and the server's are QUIC_ID_FIRST and so on in all 8 bytes, with
 * the number of the connection in the last 4; AES-128-GCM throughout. */
#ifndef TEST_DECRYPT_QUIC_MAKER_H
#define TEST_DECRYPT_QUIC_MAKER_H

#include "decrypt/quic.h"
#include "decrypt/quic_seal.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUIC_ID_LEN = 8, QUIC_MAKER_ROOM = 65536 };

enum quic_maker_id { QUIC_ID_FIRST = 1, QUIC_ID_CLIENT = 2, QUIC_ID_SERVER = 3 };

struct quic_maker {
    struct tt_crypto *crypto;
    struct tt_quic_crypto *quic;
    uint32_t connection;
    unsigned updates;   /* of the 1-RTT keys */
    uint8_t number_len; /* 1 to 4 */
    const uint8_t *to;  /* destination of short headers in place of the usual one, or NULL */
    uint8_t packet[QUIC_MAKER_ROOM];
};

static inline void quic_maker_id(const struct quic_maker *maker, enum quic_maker_id kind,
                                 uint8_t out[QUIC_ID_LEN])
{
    memset(out, (int)kind, QUIC_ID_LEN);
    for (unsigned i = 0; i < 4; i++)
        out[QUIC_ID_LEN - 1 - i] ^= (uint8_t)(maker->connection >> (8 * i));
}

/* What opens its Handshake, 0-RTT and 1-RTT packets: the random of quic_maker_hello is all 0xaa. */
static inline void quic_maker_keylog(char *out, size_t room)
{
    static const char *const labels[][2] = {{"CLIENT_EARLY_TRAFFIC_SECRET", "10"},
                                            {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "20"},
                                            {"SERVER_HANDSHAKE_TRAFFIC_SECRET", "21"},
                                            {"CLIENT_TRAFFIC_SECRET_0", "30"},
                                            {"SERVER_TRAFFIC_SECRET_0", "31"}};
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        len += (size_t)snprintf(out + len, room - len, "%s ", labels[i][0]);
        for (size_t b = 0; b < 32; b++)
            len += (size_t)snprintf(out + len, room - len, "aa");
        len += (size_t)snprintf(out + len, room - len, " ");
        for (size_t b = 0; b < 32; b++)
            len += (size_t)snprintf(out + len, room - len, "%s", labels[i][1]);
        len += (size_t)snprintf(out + len, room - len, "\n");
    }
}

/* A CRYPTO frame at offset 0 with a client hello; its length. */
static inline size_t quic_maker_hello(uint8_t *out)
{
    static const uint8_t head[] = {0x06, 0x00, 0x40, 0x2d, /* frame: 45 bytes */
                                   0x01, 0x00, 0x00, 0x29, 0x03, 0x03};
    static const uint8_t tail[] = {0x00, 0x00, 0x02, 0x13, 0x01, 0x01, 0x00};
    memcpy(out, head, sizeof(head));
    memset(out + sizeof(head), 0xaa, 32);
    memcpy(out + sizeof(head) + 32, tail, sizeof(tail));
    return sizeof(head) + 32 + sizeof(tail);
}

static inline bool quic_maker_secret(struct quic_maker *maker, enum tt_quic_level level,
                                     bool server, uint8_t secret[32])
{
    const struct tt_quic_version *version = tt_quic_version_find(1);
    if (level == TT_QUIC_INITIAL) {
        uint8_t first[QUIC_ID_LEN];
        quic_maker_id(maker, QUIC_ID_FIRST, first);
        return tt_quic_initial_secret(maker->quic, version, tt_span_of(first, QUIC_ID_LEN), server,
                                      secret);
    }
    memset(secret, (int)level << 4 | (server ? 1 : 0), 32);
    for (unsigned i = 0; level == TT_QUIC_TRAFFIC && i < maker->updates; i++) {
        uint8_t next[32];
        if (!tt_expand_label(maker->crypto, TT_HASH_SHA256, 0, tt_span_of(secret, 32), "quic ku",
                             next, 32))
            return false;
        memcpy(secret, next, 32);
    }
    return true;
}

static inline bool quic_maker_expand(struct quic_maker *maker, const uint8_t secret[32],
                                     const char *label, uint8_t *out, size_t len)
{
    return tt_expand_label(maker->crypto, TT_HASH_SHA256, 0, tt_span_of(secret, 32), label, out,
                           len);
}

static inline size_t quic_maker_header(struct quic_maker *maker, enum tt_quic_level level,
                                       bool server, uint64_t number, size_t text_len)
{
    uint8_t *out = maker->packet;
    size_t len = 0;
    uint8_t to[QUIC_ID_LEN];
    uint8_t from[QUIC_ID_LEN];
    enum quic_maker_id receiver = level == TT_QUIC_INITIAL ? QUIC_ID_FIRST : QUIC_ID_SERVER;
    quic_maker_id(maker, server ? QUIC_ID_CLIENT : receiver, to);
    quic_maker_id(maker, server ? QUIC_ID_SERVER : QUIC_ID_CLIENT, from);
    out[len++] = level == TT_QUIC_TRAFFIC
                     ? (uint8_t)(0x40 | (maker->updates & 1U) << 2 | (maker->number_len - 1U))
                     : (uint8_t)(0xc0 | (unsigned)level << 4 | (maker->number_len - 1U));
    if (level == TT_QUIC_TRAFFIC) {
        memcpy(out + len, maker->to != NULL ? maker->to : to, QUIC_ID_LEN);
        len += QUIC_ID_LEN;
    } else {
        static const uint8_t version[4] = {0, 0, 0, 1};
        memcpy(out + len, version, 4);
        out[len + 4] = QUIC_ID_LEN;
        memcpy(out + len + 5, to, QUIC_ID_LEN);
        out[len + 13] = QUIC_ID_LEN;
        memcpy(out + len + 14, from, QUIC_ID_LEN);
        len += 22;
        if (level == TT_QUIC_INITIAL)
            out[len++] = 0; /* no token */
        size_t rest = maker->number_len + text_len + TT_QUIC_TAG_LEN;
        out[len++] = (uint8_t)(0x80 | rest >> 24);
        out[len++] = (uint8_t)(rest >> 16);
        out[len++] = (uint8_t)(rest >> 8);
        out[len++] = (uint8_t)rest;
    }
    for (unsigned i = maker->number_len; i > 0; i--)
        out[len++] = (uint8_t)(number >> (8 * (i - 1)));
    return len;
}

static inline bool quic_maker_encrypt(const uint8_t *key, const uint8_t *nonce, struct tt_span aad,
                                      struct tt_span text, uint8_t *out)
{
    int n = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok =
        context != NULL && EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, key, nonce) == 1 &&
        EVP_EncryptUpdate(context, NULL, &n, aad.data, (int)aad.len) == 1 &&
        EVP_EncryptUpdate(context, out, &n, text.data, (int)text.len) == 1 &&
        EVP_EncryptFinal_ex(context, out + text.len, &n) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TT_QUIC_TAG_LEN, out + text.len) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}

static inline bool quic_maker_mask(const uint8_t *key, const uint8_t *sample, uint8_t mask[16])
{
    int n = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = context != NULL &&
              EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
              EVP_EncryptUpdate(context, mask, &n, sample, 16) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}

/* A packet with these frames, borrowed until the next one; empty when libcrypto refuses. Frames of
 * less than 4 bytes are padded. */
static inline struct tt_span quic_make(struct quic_maker *maker, enum tt_quic_level level,
                                       bool server, uint64_t number, struct tt_span frames)
{
    static const struct tt_span none = {0};
    uint8_t padded[4] = {0};
    if (frames.len < sizeof(padded)) {
        if (frames.len > 0)
            memcpy(padded, frames.data, frames.len);
        frames = tt_span_of(padded, sizeof(padded));
    }
    uint8_t secret[32];
    uint8_t header_secret[32];
    uint8_t key[16];
    uint8_t nonce[12];
    uint8_t header_key[16];
    unsigned updates = maker->updates;
    bool ok = quic_maker_secret(maker, level, server, secret);
    maker->updates = 0; /* the header's key stays */
    ok = ok && quic_maker_secret(maker, level, server, header_secret);
    maker->updates = updates;
    ok = ok && quic_maker_expand(maker, secret, "quic key", key, sizeof(key)) &&
         quic_maker_expand(maker, secret, "quic iv", nonce, sizeof(nonce)) &&
         quic_maker_expand(maker, header_secret, "quic hp", header_key, sizeof(header_key));
    size_t len = quic_maker_header(maker, level, server, number, frames.len);
    for (size_t i = 0; i < 8; i++)
        nonce[11 - i] ^= (uint8_t)(number >> (8 * i));
    uint8_t mask[16];
    uint8_t *out = maker->packet;
    if (!ok || !quic_maker_encrypt(key, nonce, tt_span_of(out, len), frames, out + len) ||
        !quic_maker_mask(header_key, out + len - maker->number_len + TT_QUIC_NUMBER_MAX, mask))
        return none;
    out[0] ^= mask[0] & (level == TT_QUIC_TRAFFIC ? 0x1f : 0x0f);
    for (size_t i = 0; i < maker->number_len; i++)
        out[len - maker->number_len + i] ^= mask[1 + i];
    return tt_span_of(out, len + frames.len + TT_QUIC_TAG_LEN);
}

static inline struct quic_maker *quic_maker_new(void)
{
    struct quic_maker *maker = calloc(1, sizeof(*maker));
    if (maker == NULL || tt_crypto_new(&maker->crypto) != TT_OK ||
        tt_quic_crypto_new(maker->crypto, &maker->quic) != TT_OK)
        abort();
    maker->number_len = 4;
    return maker;
}

static inline void quic_maker_free(struct quic_maker *maker)
{
    tt_quic_crypto_free(maker->quic);
    tt_crypto_free(maker->crypto);
    free(maker);
}

#endif
