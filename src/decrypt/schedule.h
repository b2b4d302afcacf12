/* From secrets to keys: the key schedules of SSL 3.0, TLS and DTLS. Pure functions.
 *
 * RFC 6101, section 6 (SSL 3.0); RFC 2246, 4346 and 5246, sections 5, 6.3 and 8.1 (TLS 1.0 to 1.2);
 * RFC 7627 (extended master secret); RFC 4279 and 5489 (PSK); RFC 8446, section 7 (TLS 1.3).
 *
 * All return false only when libcrypto refuses (no memory, a hash it lacks). Outputs are secrets:
 * the caller wipes them. */
#ifndef TT_DECRYPT_SCHEDULE_H
#define TT_DECRYPT_SCHEDULE_H

#include "decrypt/crypto.h"

enum {
    TT_RANDOM_LEN = 32,
    TT_MASTER_LEN = 48,
    TT_PREMASTER_LEN = 48, /* of RSA key exchange */
    TT_PSK_MAX = 256,
    TT_PSK_PREMASTER_MAX = 4 + 2 * TT_PSK_MAX,
    TT_AEAD_NONCE = 12
};

/* What the record protection of one direction needs. */
struct tt_direction_keys {
    uint8_t mac[TT_HASH_LEN_MAX];
    uint8_t key[TT_TLS_CIPHER_KEY_MAX];
    uint8_t iv[TT_TLS_CIPHER_BLOCK_MAX];
    uint8_t mac_len; /* 0 with AEAD ciphers */
    uint8_t key_len;
    uint8_t iv_len; /* what the key block gives of it: 0, 4, 8, 12 or 16 bytes */
};

/* Of one handshake; `client` and `server` are the randoms, borrowed. */
struct tt_schedule {
    struct tt_crypto *crypto;
    const struct tt_suite *suite;
    uint16_t version; /* of TLS or DTLS */
    const uint8_t *client;
    const uint8_t *server;
};

/* The PRF of `version`, TLS 1.0 and later (also DTLS). `seed`: of at most three parts. */
TT_MUST_USE bool tt_prf(const struct tt_crypto *crypto, enum tt_hash hash, struct tt_span secret,
                        const char *label, const struct tt_span *seed, size_t seed_parts,
                        uint8_t *out, size_t len);

/* `session_hash` is empty unless the extended master secret was agreed upon. */
TT_MUST_USE bool tt_schedule_master(const struct tt_schedule *schedule, struct tt_span premaster,
                                    struct tt_span session_hash, uint8_t ret_master[TT_MASTER_LEN]);

/* Keys for what the client ([0]) and the server ([1]) send. */
TT_MUST_USE bool tt_schedule_keys(const struct tt_schedule *schedule,
                                  const uint8_t master[TT_MASTER_LEN],
                                  struct tt_direction_keys ret_keys[2]);

/* The premaster of a pre-shared key: `other` is the RSA-encrypted secret of RSA_PSK, empty with
 * plain PSK. Returns its length; 0 when the key is too long. */
size_t tt_psk_premaster(struct tt_span psk, struct tt_span other,
                        uint8_t ret_premaster[TT_PSK_PREMASTER_MAX]);

/* HKDF-Expand-Label without a context (RFC 8446, section 7.1). `draft`: of TLS 1.3, 0 for the RFC;
 * up to 19 the labels began otherwise. */
TT_MUST_USE bool tt_expand_label(const struct tt_crypto *crypto, enum tt_hash hash, unsigned draft,
                                 struct tt_span secret, const char *label, uint8_t *out,
                                 size_t len);

/* Key and IV of TLS 1.3 from a traffic secret (section 7.3). */
TT_MUST_USE bool tt_traffic_keys(const struct tt_crypto *crypto, const struct tt_suite *suite,
                                 unsigned draft, struct tt_span secret,
                                 struct tt_direction_keys *ret_keys);

/* The next generation of an application traffic secret (section 7.2), in place. */
TT_MUST_USE bool tt_traffic_update(const struct tt_crypto *crypto, enum tt_hash hash,
                                   unsigned draft, uint8_t *secret, size_t len);

#endif
