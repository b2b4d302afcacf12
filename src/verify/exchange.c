#include "verify/exchange.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/secret.h"

enum {
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    NEW_SESSION_TICKET = 4,
    SERVER_HELLO_DONE = 14,
    CLIENT_KEY_EXCHANGE = 16,
    FINISHED = 20,
    TRANSCRIPT_MAX = 1 << 20, /* certificates make the most of it */
    PREMASTER_MAX = 2 * TT_VERIFY_PSK_MAX + 4
};

/* The order of the candidates. */
enum {
    BY_RANDOM = 0,
    BY_SESSION = BY_RANDOM + TT_KEY_RIVALS_MAX,
    BY_PREMASTER = BY_SESSION + TT_KEY_RIVALS_MAX,
    BY_SEALED_PREMASTER = BY_PREMASTER + TT_KEY_RIVALS_MAX,
    BY_PRIVATE = BY_SEALED_PREMASTER + TT_KEY_RIVALS_MAX,
    BY_PSK = BY_PRIVATE + TT_PRIVATE_KEYS_MAX,
    BY_BOTH = BY_PSK + TT_PSKS_MAX, /* each pre-shared key with each private key */
    BY_LEARNED = BY_BOTH + TT_PSKS_MAX * TT_PRIVATE_KEYS_MAX
};

void tt_verify_exchange_init(struct tt_verify_exchange *exchange)
{
    *exchange = (struct tt_verify_exchange){.transcript = tt_buf_make(TRANSCRIPT_MAX)};
}

void tt_verify_exchange_free(struct tt_verify_exchange *exchange)
{
    tt_buf_wipe(&exchange->transcript);
    exchange->len = 0;
}

enum tt_err tt_verify_exchange_add(struct tt_verify_exchange *exchange, struct tt_span message,
                                   size_t header)
{
    uint8_t type = message.data[0];
    if (type == CLIENT_HELLO) {
        tt_buf_clear(&exchange->transcript);
        exchange->done = false;
        exchange->full = false;
        exchange->len = 0;
    }
    exchange->full = exchange->full || type == SERVER_HELLO_DONE;
    /* The server's end of the handshake before may be read behind the hello of this one. */
    if (exchange->done || type == HELLO_REQUEST || type == NEW_SESSION_TICKET || type == FINISHED)
        return TT_OK;
    enum tt_err err = tt_buf_append(&exchange->transcript, message);
    if (err == TT_OK && type == CLIENT_KEY_EXCHANGE) {
        exchange->done = true;
        exchange->len = message.len - header;
        exchange->at = exchange->transcript.len - exchange->len;
    }
    return err;
}

/* ---- premaster secrets ---- */

/* No key is refused: what the secret opens tells (RFC 5246, section 7.4.7.1). */
static bool decrypt(EVP_PKEY *key, struct tt_span sealed,
                    uint8_t ret_premaster[TT_VERIFY_MASTER_LEN])
{
    uint8_t room[1024];
    size_t len = sizeof(room);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    bool ok = c != NULL && EVP_PKEY_decrypt_init(c) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_decrypt(c, room, &len, sealed.data, sealed.len) == 1 &&
              len == TT_VERIFY_MASTER_LEN;
    if (ok)
        memcpy(ret_premaster, room, TT_VERIFY_MASTER_LEN);
    EVP_PKEY_CTX_free(c);
    tt_wipe(room, sizeof(room));
    return ok;
}

/* The premaster secret under the server's key; SSL 3 writes no length in front of it. `both`: the
 * identity of a pre-shared key stands there first. */
static struct tt_span sealed_secret(const struct tt_verify_exchange *exchange, bool ssl3, bool both)
{
    struct tt_span body =
        tt_span_sub(tt_buf_span(&exchange->transcript), exchange->at, exchange->len);
    size_t len = both && body.len >= 2 ? (size_t)body.data[0] << 8 | body.data[1] : 0;
    if (both)
        body = tt_span_from(body, 2 + len);
    return ssl3 ? body : tt_span_from(body, 2);
}

/* Both, each behind its length; without another secret as many zeros stand for it. */
static size_t join(struct tt_span other, struct tt_span psk, uint8_t ret_premaster[PREMASTER_MAX])
{
    size_t len = other.len > 0 ? other.len : psk.len;
    memset(ret_premaster, 0, PREMASTER_MAX);
    ret_premaster[0] = (uint8_t)(len >> 8);
    ret_premaster[1] = (uint8_t)len;
    if (other.len > 0)
        memcpy(ret_premaster + 2, other.data, other.len);
    ret_premaster[2 + len] = (uint8_t)(psk.len >> 8);
    ret_premaster[2 + len + 1] = (uint8_t)psk.len;
    memcpy(ret_premaster + 2 + len + 2, psk.data, psk.len);
    return 4 + len + psk.len;
}

static bool derive(const struct tt_verify_exchange *exchange, const struct tt_verify_suite *suite,
                   const struct tt_verify_hello *hello, struct tt_span premaster,
                   uint8_t ret_master[TT_VERIFY_MASTER_LEN])
{
    uint8_t seed[EVP_MAX_MD_SIZE * 2];
    unsigned len = 2 * TT_VERIFY_RANDOM;
    struct tt_span all = tt_buf_span(&exchange->transcript);
    if (!hello->extended) {
        memcpy(seed, hello->random[0], TT_VERIFY_RANDOM);
        memcpy(seed + TT_VERIFY_RANDOM, hello->random[1], TT_VERIFY_RANDOM);
    } else {
        const EVP_MD *md =
            EVP_get_digestbyname(hello->version >= 0x0303 ? suite->hash : "MD5-SHA1");
        if (md == NULL || EVP_Digest(all.data, all.len, seed, &len, md, NULL) != 1)
            return false;
    }
    return tt_verify_prf(hello->version, suite, premaster,
                         hello->extended ? "extended master secret" : "master secret",
                         tt_span_of(seed, len), ret_master, TT_VERIFY_MASTER_LEN);
}

/* ---- candidates ---- */

/* Of a key log; its length. */
static size_t logged(const struct tt_verify_secrets *keys, enum tt_verify_secret which,
                     struct tt_span name, size_t at, uint8_t *ret_secret)
{
    struct tt_span secret = {0};
    if (!tt_verify_secrets_find(keys, which, name, at, &secret))
        return 0;
    memcpy(ret_secret, secret.data, secret.len);
    return secret.len;
}

/* The secret behind which an RSA key stands; its length. */
static size_t by_private(const struct tt_verify_secrets *keys, size_t at, struct tt_span sealed,
                         uint8_t ret_premaster[TT_VERIFY_MASTER_LEN])
{
    EVP_PKEY *key = tt_verify_secrets_private(keys, at);
    bool ok = key != NULL && sealed.len > 0 && decrypt(key, sealed, ret_premaster);
    return ok ? TT_VERIFY_MASTER_LEN : 0;
}

static size_t by_both(const struct tt_verify_secrets *keys, size_t at, struct tt_span sealed,
                      uint8_t ret_premaster[PREMASTER_MAX])
{
    uint8_t other[TT_VERIFY_MASTER_LEN];
    struct tt_span psk = tt_verify_secrets_psk(keys, at / TT_PRIVATE_KEYS_MAX);
    size_t len = psk.len == 0 ? 0 : by_private(keys, at % TT_PRIVATE_KEYS_MAX, sealed, other);
    if (len > 0)
        len = join(tt_span_of(other, len), psk, ret_premaster);
    tt_wipe(other, sizeof(other));
    return len;
}

/* Candidate number `at` of the premaster secrets; its length. */
static size_t premaster_at(const struct tt_verify_secrets *keys,
                           const struct tt_verify_hello *hello,
                           const struct tt_verify_exchange *exchange, size_t at,
                           uint8_t ret_premaster[PREMASTER_MAX])
{
    bool ssl3 = hello->version == 0x0300;
    struct tt_span sealed = sealed_secret(exchange, ssl3, false);
    struct tt_span client = tt_span_of(hello->random[0], TT_VERIFY_RANDOM);
    if (at < BY_SEALED_PREMASTER)
        return logged(keys, TT_VERIFY_PREMASTER, client, at - BY_PREMASTER, ret_premaster);
    if (at < BY_PRIVATE)
        return logged(keys, TT_VERIFY_SEALED_PREMASTER, tt_span_sub(sealed, 0, TT_VERIFY_RSA_ID),
                      at - BY_SEALED_PREMASTER, ret_premaster);
    if (at < BY_PSK)
        return by_private(keys, at - BY_PRIVATE, sealed, ret_premaster);
    if (at >= BY_BOTH)
        return by_both(keys, at - BY_BOTH, sealed_secret(exchange, ssl3, true), ret_premaster);
    struct tt_span psk = tt_verify_secrets_psk(keys, at - BY_PSK);
    return psk.len > 0 ? join(tt_span_str(""), psk, ret_premaster) : 0;
}

/* Candidate number `at` of the master secrets. */
static bool master_at(const struct tt_verify_secrets *keys, const struct tt_verify_suite *suite,
                      const struct tt_verify_hello *hello,
                      const struct tt_verify_exchange *exchange, size_t at,
                      uint8_t ret_master[TT_VERIFY_MASTER_LEN])
{
    uint8_t secret[PREMASTER_MAX];
    size_t len = 0;
    bool ok = false;
    if (at >= BY_LEARNED) /* what is exchanged now is no old secret */
        return !exchange->done && !exchange->full &&
               tt_verify_secrets_learned_at(keys, at - BY_LEARNED, ret_master);
    if (at >= BY_PREMASTER) {
        len = exchange->done ? premaster_at(keys, hello, exchange, at, secret) : 0;
        ok = len > 0 && derive(exchange, suite, hello, tt_span_of(secret, len), ret_master);
        tt_wipe(secret, sizeof(secret));
        return ok;
    }
    if (at < BY_SESSION)
        len = logged(keys, TT_VERIFY_MASTER, tt_span_of(hello->random[0], TT_VERIFY_RANDOM), at,
                     secret);
    else
        len = logged(keys, TT_VERIFY_SESSION, tt_span_of(hello->session, sizeof(hello->session)),
                     at - BY_SESSION, secret);
    ok = len == TT_VERIFY_MASTER_LEN;
    if (ok)
        memcpy(ret_master, secret, len);
    tt_wipe(secret, sizeof(secret));
    return ok;
}

/* The opener stays as it is. */
static bool fits(const struct tt_verify_opener *opener, const struct tt_verify_sample *sample)
{
    struct tt_verify_opener copy = *opener;
    struct tt_buf plain = tt_buf_make(sample->sealed.len + 64);
    copy.seq = sample->number;
    bool ok =
        sample->sealed.len > 0 && tt_verify_open(&copy, sample->header, sample->sealed, &plain);
    tt_buf_wipe(&plain);
    tt_wipe(&copy, sizeof(copy));
    return ok;
}

bool tt_verify_exchange_open(const struct tt_verify_exchange *exchange,
                             struct tt_verify_secrets *keys, const struct tt_verify_hello *hello,
                             bool server, const struct tt_verify_sample *sample,
                             struct tt_verify_opener *ret_opener)
{
    const struct tt_verify_suite *suite = tt_verify_suite_find(hello->suite);
    size_t count = BY_LEARNED + tt_verify_secrets_learned(keys);
    bool any = false;
    bool right = false;
    for (size_t at = 0; at < count && suite != NULL && !right; at++) {
        uint8_t master[TT_VERIFY_MASTER_LEN];
        struct tt_verify_opener opener = {
            .suite = suite, .version = hello->version, .mac_last = hello->mac_last};
        if (!master_at(keys, suite, hello, exchange, at, master) ||
            !tt_verify_opener_keys(&opener, tt_span_of(master, sizeof(master)),
                                   tt_span_of(hello->random[0], TT_VERIFY_RANDOM),
                                   tt_span_of(hello->random[1], TT_VERIFY_RANDOM), server))
            continue;
        right = fits(&opener, sample);
        if (right || (!any && at < BY_PREMASTER)) {
            *ret_opener = opener;
            any = true;
        }
        if (right && at >= BY_PREMASTER)
            tt_verify_secrets_learn(keys, master);
        tt_wipe(master, sizeof(master));
        tt_wipe(&opener, sizeof(opener));
    }
    return any;
}
