#include "decrypt/schedule.h"

#include "base/secret.h"

#include <openssl/evp.h>
#include <stdio.h>

enum { BLOCK_MAX = 256, LABEL_MAX = 64 };

/* ---- TLS 1.0 to 1.2 ---- */

/* P_hash, XORed onto `out` (RFC 5246, section 5). */
static bool expand(const struct tt_crypto *crypto, enum tt_hash hash, struct tt_span secret,
                   const struct tt_span *seed, size_t seed_parts, uint8_t *out, size_t len)
{
    EVP_MAC_CTX *hmac = tt_crypto_hmac_new(crypto, hash, secret);
    if (hmac == NULL)
        return false;
    size_t size = tt_hash_len(hash);
    uint8_t a[TT_HASH_LEN_MAX];
    uint8_t block[TT_HASH_LEN_MAX];
    struct tt_span parts[5];
    parts[0] = tt_span_of(a, size);
    for (size_t i = 0; i < seed_parts; i++)
        parts[i + 1] = seed[i];
    bool ok = tt_crypto_hmac(hmac, seed, seed_parts, a);
    for (size_t at = 0; at < len && ok; at += size) {
        ok = tt_crypto_hmac(hmac, parts, seed_parts + 1, block);
        for (size_t i = 0; i < size && at + i < len; i++)
            out[at + i] ^= block[i];
        ok = ok && tt_crypto_hmac(hmac, parts, 1, a);
    }
    tt_wipe(a, sizeof(a));
    tt_wipe(block, sizeof(block));
    EVP_MAC_CTX_free(hmac);
    return ok;
}

bool tt_prf(const struct tt_crypto *crypto, enum tt_hash hash, struct tt_span secret,
            const char *label, const struct tt_span *seed, size_t seed_parts, uint8_t *out,
            size_t len)
{
    struct tt_span parts[4] = {tt_span_str(label)};
    for (size_t i = 0; i < seed_parts; i++)
        parts[i + 1] = seed[i];
    memset(out, 0, len);
    if (hash != TT_HASH_MD5_SHA1)
        return expand(crypto, hash, secret, parts, seed_parts + 1, out, len);
    /* The halves overlap by a byte when the length is odd. */
    size_t half = secret.len - secret.len / 2;
    return expand(crypto, TT_HASH_MD5, tt_span_sub(secret, 0, half), parts, seed_parts + 1, out,
                  len) &&
           expand(crypto, TT_HASH_SHA1, tt_span_from(secret, secret.len - half), parts,
                  seed_parts + 1, out, len);
}

/* ---- SSL 3.0 ---- */

/* MD5(secret + SHA("A" + secret + first + second)) + the same with "BB" ...: RFC 6101, section 6.1.
 */
static bool expand_ssl3(const struct tt_crypto *crypto, struct tt_span secret, struct tt_span first,
                        struct tt_span second, uint8_t *out, size_t len)
{
    uint8_t salt[BLOCK_MAX / 16];
    uint8_t inner[20];
    uint8_t block[16];
    bool ok = true;
    for (size_t i = 0; i * 16 < len && ok; i++) {
        memset(salt, 'A' + (int)i, i + 1);
        const struct tt_span sha[4] = {tt_span_of(salt, i + 1), secret, first, second};
        const struct tt_span md5[2] = {secret, tt_span_of(inner, sizeof(inner))};
        ok = tt_crypto_hash(crypto, TT_HASH_SHA1, sha, 4, inner) &&
             tt_crypto_hash(crypto, TT_HASH_MD5, md5, 2, block);
        size_t left = len - i * 16;
        memcpy(out + i * 16, block, left < 16 ? left : 16);
    }
    tt_wipe(inner, sizeof(inner));
    tt_wipe(block, sizeof(block));
    return ok;
}

/* ---- the two together ---- */

static struct tt_span random_span(const uint8_t *random)
{
    return tt_span_of(random, TT_RANDOM_LEN);
}

bool tt_schedule_master(const struct tt_schedule *schedule, struct tt_span premaster,
                        struct tt_span session_hash, uint8_t ret_master[TT_MASTER_LEN])
{
    const struct tt_span randoms[2] = {random_span(schedule->client),
                                       random_span(schedule->server)};
    if (schedule->version == TT_SSL_3_0)
        return expand_ssl3(schedule->crypto, premaster, randoms[0], randoms[1], ret_master,
                           TT_MASTER_LEN);
    enum tt_hash hash = tt_suite_schedule_hash(schedule->suite, schedule->version);
    if (session_hash.len > 0)
        return tt_prf(schedule->crypto, hash, premaster, "extended master secret", &session_hash, 1,
                      ret_master, TT_MASTER_LEN);
    return tt_prf(schedule->crypto, hash, premaster, "master secret", randoms, 2, ret_master,
                  TT_MASTER_LEN);
}

/* RFC 2246, section 6.3.1; RFC 6101, section 6.2.2. `i`: 0 the client's keys, 1 the server's. */
static bool export_keys(const struct tt_schedule *schedule, size_t i, size_t block_len,
                        struct tt_direction_keys *keys)
{
    const struct tt_tls_cipher_facts *facts = tt_suite_cipher(schedule->suite);
    struct tt_span client = random_span(schedule->client);
    struct tt_span server = random_span(schedule->server);
    uint8_t material[TT_TLS_CIPHER_KEY_MAX];
    memcpy(material, keys->key, facts->material);
    struct tt_span weak = tt_span_of(material, facts->material);
    keys->key_len = facts->key;
    keys->iv_len = (uint8_t)block_len;
    if (schedule->version == TT_SSL_3_0) {
        uint8_t iv[16];
        const struct tt_span parts[3] = {weak, i == 0 ? client : server, i == 0 ? server : client};
        /* Every such cipher has a key of at most 16 bytes. */
        uint8_t key[16];
        bool made = tt_crypto_hash(schedule->crypto, TT_HASH_MD5, parts, 3, key) &&
                    tt_crypto_hash(schedule->crypto, TT_HASH_MD5, parts + 1, 2, iv);
        memcpy(keys->key, key, facts->key);
        memcpy(keys->iv, iv, block_len);
        tt_wipe(key, sizeof(key));
        return made;
    }
    const struct tt_span seed[2] = {client, server};
    uint8_t ivs[2 * TT_TLS_CIPHER_BLOCK_MAX];
    bool made =
        tt_prf(schedule->crypto, TT_HASH_MD5_SHA1, weak,
               i == 0 ? "client write key" : "server write key", seed, 2, keys->key, facts->key) &&
        tt_prf(schedule->crypto, TT_HASH_MD5_SHA1, (struct tt_span){0}, "IV block", seed, 2, ivs,
               2 * block_len);
    memcpy(keys->iv, ivs + i * block_len, block_len);
    tt_wipe(material, sizeof(material));
    return made;
}

static size_t key_block_iv(const struct tt_tls_cipher_facts *facts, uint16_t version)
{
    switch (facts->mode) {
    case TT_TLS_MODE_GCM:
    case TT_TLS_MODE_CCM:
        return 4; /* RFC 5288, section 3; RFC 6655, section 3 */
    case TT_TLS_MODE_CHACHA:
        return TT_AEAD_NONCE; /* RFC 7905, section 2 */
    case TT_TLS_MODE_CBC:
        return tt_tls_version(version) <= TT_TLS_1_0 ? facts->block : 0;
    case TT_TLS_MODE_NULL:
    case TT_TLS_MODE_STREAM:
        break;
    }
    return 0;
}

/* Takes the next `len` bytes of the key block for both sides. */
static const uint8_t *cut_block(const uint8_t *block, size_t len, uint8_t *client, uint8_t *server)
{
    memcpy(client, block, len);
    memcpy(server, block + len, len);
    return block + 2 * len;
}

bool tt_schedule_keys(const struct tt_schedule *schedule, const uint8_t master[TT_MASTER_LEN],
                      struct tt_direction_keys ret_keys[2])
{
    const struct tt_tls_cipher_facts *facts = tt_suite_cipher(schedule->suite);
    size_t mac = facts->tag > 0 ? 0 : tt_hash_len((enum tt_hash)schedule->suite->hash);
    size_t iv = key_block_iv(facts, schedule->version);
    size_t len = 2 * (mac + facts->material + iv);
    const struct tt_span seed[2] = {random_span(schedule->server), random_span(schedule->client)};
    struct tt_span secret = tt_span_of(master, TT_MASTER_LEN);
    uint8_t block[BLOCK_MAX];
    bool ok =
        schedule->version == TT_SSL_3_0
            ? expand_ssl3(schedule->crypto, secret, seed[0], seed[1], block, len)
            : tt_prf(schedule->crypto, tt_suite_schedule_hash(schedule->suite, schedule->version),
                     secret, "key expansion", seed, 2, block, len);
    struct tt_direction_keys keys[2] = {
        {.mac_len = (uint8_t)mac, .key_len = facts->material, .iv_len = (uint8_t)iv}};
    keys[1] = keys[0];
    const uint8_t *at = cut_block(block, mac, keys[0].mac, keys[1].mac);
    at = cut_block(at, facts->material, keys[0].key, keys[1].key);
    (void)cut_block(at, iv, keys[0].iv, keys[1].iv);
    for (size_t i = 0; i < 2 && ok && facts->material < facts->key; i++)
        ok = export_keys(schedule, i, iv, &keys[i]);
    if (ok)
        memcpy(ret_keys, keys, sizeof(keys));
    tt_wipe(block, sizeof(block));
    tt_wipe(keys, sizeof(keys));
    return ok;
}

static size_t put_vector(uint8_t *out, struct tt_span bytes)
{
    out[0] = (uint8_t)(bytes.len >> 8);
    out[1] = (uint8_t)bytes.len;
    if (bytes.len > 0)
        memcpy(out + 2, bytes.data, bytes.len);
    return 2 + bytes.len;
}

size_t tt_psk_premaster(struct tt_span psk, struct tt_span other,
                        uint8_t ret_premaster[TT_PSK_PREMASTER_MAX])
{
    static const uint8_t zeros[TT_PSK_MAX] = {0};
    if (psk.len > TT_PSK_MAX || other.len > TT_PSK_MAX)
        return 0;
    if (other.len == 0)
        other = tt_span_of(zeros, psk.len);
    size_t len = put_vector(ret_premaster, other);
    return len + put_vector(ret_premaster + len, psk);
}

/* ---- TLS 1.3 ---- */

enum { LAST_DRAFT_OF_OLD_LABELS = 19 };

bool tt_expand_label(const struct tt_crypto *crypto, enum tt_hash hash, unsigned draft,
                     struct tt_span secret, const char *label, uint8_t *out, size_t len)
{
    const char *prefix = draft != 0 && draft <= LAST_DRAFT_OF_OLD_LABELS ? "TLS 1.3, " : "tls13 ";
    uint8_t info[4 + LABEL_MAX];
    char text[LABEL_MAX];
    int n = snprintf(text, sizeof(text), "%s%s", prefix, label);
    size_t text_len = n > 0 && (size_t)n < sizeof(text) ? (size_t)n : 0;
    info[0] = (uint8_t)(len >> 8);
    info[1] = (uint8_t)len;
    info[2] = (uint8_t)text_len;
    memcpy(info + 3, text, text_len);
    info[3 + text_len] = 0; /* no context */
    EVP_MAC_CTX *hmac = tt_crypto_hmac_new(crypto, hash, secret);
    if (hmac == NULL)
        return false;
    /* HKDF-Expand (RFC 5869, section 2.3). */
    size_t size = tt_hash_len(hash);
    uint8_t block[TT_HASH_LEN_MAX];
    uint8_t count = 1;
    bool ok = true;
    for (size_t at = 0; at < len && ok; at += size, count++) {
        const struct tt_span parts[3] = {tt_span_of(block, at == 0 ? 0 : size),
                                         tt_span_of(info, 4 + text_len), tt_span_of(&count, 1)};
        ok = tt_crypto_hmac(hmac, parts, 3, block);
        memcpy(out + at, block, len - at < size ? len - at : size);
    }
    tt_wipe(block, sizeof(block));
    EVP_MAC_CTX_free(hmac);
    return ok;
}

bool tt_traffic_keys(const struct tt_crypto *crypto, const struct tt_suite *suite, unsigned draft,
                     struct tt_span secret, struct tt_direction_keys *ret_keys)
{
    enum tt_hash hash = tt_suite_schedule_hash(suite, TT_TLS_1_3);
    struct tt_direction_keys keys = {.key_len = tt_suite_cipher(suite)->key,
                                     .iv_len = TT_AEAD_NONCE};
    bool ok = tt_expand_label(crypto, hash, draft, secret, "key", keys.key, keys.key_len) &&
              tt_expand_label(crypto, hash, draft, secret, "iv", keys.iv, keys.iv_len);
    if (ok)
        *ret_keys = keys;
    tt_wipe(&keys, sizeof(keys));
    return ok;
}

bool tt_traffic_update(const struct tt_crypto *crypto, enum tt_hash hash, unsigned draft,
                       uint8_t *secret, size_t len)
{
    uint8_t next[TT_HASH_LEN_MAX];
    const char *label = draft != 0 && draft <= LAST_DRAFT_OF_OLD_LABELS
                            ? "application traffic secret"
                            : "traffic upd";
    if (len > sizeof(next) ||
        !tt_expand_label(crypto, hash, draft, tt_span_of(secret, len), label, next, len))
        return false;
    memcpy(secret, next, len);
    tt_wipe(next, sizeof(next));
    return true;
}
