/* Cipher suites: what each number means. Pure tables.
 *
 * RFC 5246, appendix A.5, RFC 8446, appendix B.4, and the registry of IANA, "TLS Cipher Suites". */
#ifndef TT_DECRYPT_SUITE_H
#define TT_DECRYPT_SUITE_H

#include "base/span.h"

enum {
    TT_SSL_3_0 = 0x0300,
    TT_TLS_1_0 = 0x0301,
    TT_TLS_1_1 = 0x0302,
    TT_TLS_1_2 = 0x0303,
    TT_TLS_1_3 = 0x0304,
    TT_DTLS_1_0 = 0xfeff,
    TT_DTLS_1_2 = 0xfefd,
    TT_DTLS_1_3 = 0xfefc /* known by name only */
};

/* How the premaster secret is agreed upon, as far as it matters to who holds a key. */
enum tt_exchange {
    TT_EXCHANGE_RSA, /* encrypted to the server's certificate */
    TT_EXCHANGE_PSK,
    TT_EXCHANGE_RSA_PSK,
    TT_EXCHANGE_DHE_PSK,
    TT_EXCHANGE_ECDHE_PSK,
    TT_EXCHANGE_TLS13, /* agreed upon apart from the suite */
    TT_EXCHANGE_OTHER  /* ephemeral, anonymous, Kerberos, SRP: nobody else can know it */
};

enum tt_tls_mode {
    TT_TLS_MODE_NULL,
    TT_TLS_MODE_STREAM,
    TT_TLS_MODE_CBC,
    TT_TLS_MODE_GCM,
    TT_TLS_MODE_CCM, /* tags of 16 or 8 bytes: `tag` tells */
    TT_TLS_MODE_CHACHA
};

/* X(enum, name in libcrypto, mode, key, key material, block, tag). `key material` is what the key
 * block holds of the key: less than the key where export rules had it so (RFC 2246, section 6.3.1).
 */
#define TT_TLS_CIPHERS(X)                                                                          \
    X(TT_TLS_CIPHER_NULL, "", NULL, 0, 0, 0, 0)                                                    \
    X(TT_TLS_CIPHER_RC4_128, "RC4", STREAM, 16, 16, 0, 0)                                          \
    X(TT_TLS_CIPHER_RC4_56, "RC4", STREAM, 16, 7, 0, 0)                                            \
    X(TT_TLS_CIPHER_RC4_40, "RC4", STREAM, 16, 5, 0, 0)                                            \
    X(TT_TLS_CIPHER_RC2_CBC_40, "RC2-CBC", CBC, 16, 5, 8, 0)                                       \
    X(TT_TLS_CIPHER_DES40_CBC, "DES-CBC", CBC, 8, 5, 8, 0)                                         \
    X(TT_TLS_CIPHER_DES_CBC, "DES-CBC", CBC, 8, 8, 8, 0)                                           \
    X(TT_TLS_CIPHER_3DES_EDE_CBC, "DES-EDE3-CBC", CBC, 24, 24, 8, 0)                               \
    X(TT_TLS_CIPHER_IDEA_CBC, "IDEA-CBC", CBC, 16, 16, 8, 0)                                       \
    X(TT_TLS_CIPHER_SEED_CBC, "SEED-CBC", CBC, 16, 16, 16, 0)                                      \
    X(TT_TLS_CIPHER_AES_128_CBC, "AES-128-CBC", CBC, 16, 16, 16, 0)                                \
    X(TT_TLS_CIPHER_AES_256_CBC, "AES-256-CBC", CBC, 32, 32, 16, 0)                                \
    X(TT_TLS_CIPHER_CAMELLIA_128_CBC, "CAMELLIA-128-CBC", CBC, 16, 16, 16, 0)                      \
    X(TT_TLS_CIPHER_CAMELLIA_256_CBC, "CAMELLIA-256-CBC", CBC, 32, 32, 16, 0)                      \
    X(TT_TLS_CIPHER_ARIA_128_CBC, "ARIA-128-CBC", CBC, 16, 16, 16, 0)                              \
    X(TT_TLS_CIPHER_ARIA_256_CBC, "ARIA-256-CBC", CBC, 32, 32, 16, 0)                              \
    X(TT_TLS_CIPHER_AES_128_GCM, "AES-128-GCM", GCM, 16, 16, 0, 16)                                \
    X(TT_TLS_CIPHER_AES_256_GCM, "AES-256-GCM", GCM, 32, 32, 0, 16)                                \
    X(TT_TLS_CIPHER_ARIA_128_GCM, "ARIA-128-GCM", GCM, 16, 16, 0, 16)                              \
    X(TT_TLS_CIPHER_ARIA_256_GCM, "ARIA-256-GCM", GCM, 32, 32, 0, 16)                              \
    X(TT_TLS_CIPHER_AES_128_CCM, "AES-128-CCM", CCM, 16, 16, 0, 16)                                \
    X(TT_TLS_CIPHER_AES_256_CCM, "AES-256-CCM", CCM, 32, 32, 0, 16)                                \
    X(TT_TLS_CIPHER_AES_128_CCM_8, "AES-128-CCM", CCM, 16, 16, 0, 8)                               \
    X(TT_TLS_CIPHER_AES_256_CCM_8, "AES-256-CCM", CCM, 32, 32, 0, 8)                               \
    X(TT_TLS_CIPHER_CHACHA20_POLY1305, "ChaCha20-Poly1305", CHACHA, 32, 32, 0, 16)

enum tt_tls_cipher {
#define TT_TLS_CIPHER_ENUM(id, evp, mode, key, material, block, tag) id,
    TT_TLS_CIPHERS(TT_TLS_CIPHER_ENUM)
#undef TT_TLS_CIPHER_ENUM
        TT_TLS_CIPHER_COUNT
};

/* All sizes in bytes. */
struct tt_tls_cipher_facts {
    const char *evp;
    enum tt_tls_mode mode;
    uint8_t key;
    uint8_t material;
    uint8_t block; /* 0 for other modes than CBC */
    uint8_t tag;   /* 0 where there is a MAC instead */
};

enum tt_hash {
    TT_HASH_MD5,
    TT_HASH_SHA1,
    TT_HASH_SHA256,
    TT_HASH_SHA384,
    TT_HASH_MD5_SHA1, /* both, one behind the other: RFC 2246, section 5 */
    TT_HASH_COUNT
};

enum { TT_HASH_LEN_MAX = 48, TT_TLS_CIPHER_KEY_MAX = 32, TT_TLS_CIPHER_BLOCK_MAX = 16 };

struct tt_suite {
    const char *name; /* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
    uint16_t number;
    uint8_t exchange; /* enum tt_exchange */
    uint8_t cipher;   /* enum tt_tls_cipher */
    uint8_t hash;     /* enum tt_hash: of the MAC; with an AEAD cipher, of the key schedule */
};

/* NULL: unknown, or nothing here can open it. */
const struct tt_suite *tt_suite_find(uint16_t number);

/* Entry number `at` in the order of the numbers; NULL past the end. */
const struct tt_suite *tt_suite_at(size_t at);

enum { TT_SUITE_TEXT_MAX = 64 };

/* Its name, or its number ("0x1a2b") where it has none here; terminated. */
void tt_suite_text(uint16_t number, char ret_text[TT_SUITE_TEXT_MAX]);

const struct tt_tls_cipher_facts *tt_tls_cipher_facts(enum tt_tls_cipher cipher);

static inline const struct tt_tls_cipher_facts *tt_suite_cipher(const struct tt_suite *suite)
{
    return tt_tls_cipher_facts((enum tt_tls_cipher)suite->cipher);
}

/* The hash of the key schedule under `version` (a TLS or DTLS number). */
enum tt_hash tt_suite_schedule_hash(const struct tt_suite *suite, uint16_t version);

size_t tt_hash_len(enum tt_hash hash);

static inline bool tt_is_dtls(uint16_t version)
{
    return version >> 8 == 0xfe;
}

/* The TLS version that a version of DTLS builds upon (RFC 4347, RFC 6347); others stay. */
uint16_t tt_tls_version(uint16_t version);

/* "ssl3", "tls1.0" ... "tls1.3", "dtls1.0", "dtls1.2", "dtls1.3"; "tls" for one that does not
 * exist. */
const char *tt_version_text(uint16_t version);

#endif
