/* Inside verify/: cipher suites, key derivation and the opening of one record or packet.
 *
 * RFC 5246 (TLS 1.2), RFC 4346, RFC 2246 (1.1, 1.0), RFC 8446 (1.3), RFC 7366 (encrypt-then-MAC),
 * RFC 5288, RFC 6655, RFC 7905 (AEAD ciphers); numbers by the registry of IANA. */
#ifndef TT_VERIFY_CIPHER_H
#define TT_VERIFY_CIPHER_H

#include "base/buf.h"

enum tt_verify_mode {
    TT_VERIFY_MODE_NULL,
    TT_VERIFY_MODE_RC4,
    TT_VERIFY_MODE_CBC,
    TT_VERIFY_MODE_GCM,
    TT_VERIFY_MODE_CCM,
    TT_VERIFY_MODE_CCM_8, /* tags of 8 bytes */
    TT_VERIFY_MODE_CHACHA
};

/* A family of suites that are opened alike. Sizes in bytes. */
struct tt_verify_suite {
    enum tt_verify_mode mode;
    const char *cipher; /* libcrypto's name */
    uint8_t key;
    uint8_t block;        /* of CBC */
    const char *mac;      /* hash of the MAC; NULL with AEAD */
    const char *hash;     /* of the key schedule, TLS 1.2 and later */
    uint16_t numbers[24]; /* 0 ends */
};

/* NULL: cannot be opened here. */
const struct tt_verify_suite *tt_verify_suite_find(uint16_t number);

enum { TT_VERIFY_HASH_MAX = 64 };

/* Both give `len` bytes; false when libcrypto has no such hash. The first is the PRF of `version`
 * (0x0300 to 0x0303; SSL 3 has no labels: RFC 6101, sections 6.1 and 6.2.2); the second
 * HKDF-Expand-Label without context: RFC 8446, section 7.1. */
bool tt_verify_prf(uint16_t version, const struct tt_verify_suite *suite, struct tt_span secret,
                   const char *label, struct tt_span seed, uint8_t *out, size_t len);
bool tt_verify_expand(const char *hash, struct tt_span secret, const char *label, uint8_t *out,
                      size_t len);
/* HKDF-Extract: RFC 5869, section 2.2. 0: no such hash. */
size_t tt_verify_extract(const char *hash, struct tt_span salt, struct tt_span secret,
                         uint8_t ret_key[TT_VERIFY_HASH_MAX]);
/* HMAC; its length, 0 when there is no such hash. */
size_t tt_verify_hmac(const char *hash, struct tt_span key, struct tt_span text,
                      uint8_t ret_mac[TT_VERIFY_HASH_MAX]);
size_t tt_verify_hash_len(const char *hash);

/* What opens one direction from one change of keys to the next. */
struct tt_verify_opener {
    const struct tt_verify_suite *suite;
    uint16_t version; /* of TLS, SSL 3 among them; DTLS 1.2 as 0x0303 */
    unsigned draft;   /* of TLS 1.3; 0: none */
    bool mac_last;    /* encrypt-then-MAC */
    uint8_t key[32];
    uint8_t mac[TT_VERIFY_HASH_MAX];
    uint8_t iv[16]; /* of TLS 1.0's next record; the fixed part of a nonce */
    uint64_t seq;
    uint8_t rc4[256];
    uint8_t rc4_at[2];
};

/* Keys of an opener from the key block of TLS 1.0 to 1.2, for the client's or server's direction.
 */
bool tt_verify_opener_keys(struct tt_verify_opener *opener, struct tt_span master,
                           struct tt_span client_random, struct tt_span server_random, bool server);

/* The same as tt_verify_expand, as the opener's draft of TLS 1.3 has it. */
bool tt_verify_opener_expand(const struct tt_verify_opener *opener, struct tt_span secret,
                             const char *label, uint8_t *out, size_t len);

/* Keys from a traffic secret, TLS 1.3 ("key", "iv") and QUIC ("quic key", "quic iv"). */
bool tt_verify_opener_secret(struct tt_verify_opener *opener, struct tt_span secret,
                             const char *key_label, const char *iv_label);

/* Opens a record of TLS: appends its plaintext (1.3: with type and padding). False: not authentic.
 * `opener->seq` is that of this record, and one more then. `header`: the 5 bytes of the record's
 * header; DTLS: type, version and length. */
bool tt_verify_open(struct tt_verify_opener *opener, struct tt_span header, struct tt_span sealed,
                    struct tt_buf *out);

/* Opens an AEAD with all it needs; appends. */
bool tt_verify_aead(const struct tt_verify_suite *suite, const uint8_t *key,
                    const uint8_t nonce[12], struct tt_span aad, struct tt_span sealed,
                    struct tt_buf *out);

/* One block (16 bytes) of the mask that protects QUIC headers: RFC 9001, section 5.4. */
bool tt_verify_mask(const struct tt_verify_suite *suite, const uint8_t *key,
                    const uint8_t sample[16], uint8_t ret_mask[16]);

#endif
