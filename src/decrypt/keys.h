/* The key store: what may open encrypted traffic, by what a handshake shows of itself.
 *
 * Made once for a run, filled from key logs, captures, private keys and pre-shared keys, and asked
 * by the openers of TLS, DTLS and QUIC. Look-up takes constant time on average. Holds at most
 * TT_KEYS_MAX secrets; all of it is wiped when it is freed.
 *
 * Key log: the format of NSS, https://nss-crypto.org/reference/security/nss/legacy/key_log_format/,
 * and draft-ietf-tls-keylogfile. */
#ifndef TT_DECRYPT_KEYS_H
#define TT_DECRYPT_KEYS_H

#include "decrypt/schedule.h"

enum tt_key_source {
    TT_KEY_FROM_KEYLOG,
    TT_KEY_FROM_CAPTURE,
    TT_KEY_FROM_PRIVATE_KEY,
    TT_KEY_FROM_PSK
};

/* "keylog", "capture", "private_key", "psk". */
const char *tt_key_source_name(enum tt_key_source source);

/* What a secret is, and by which bytes it is found. */
enum tt_key_label {
    TT_KEY_MASTER,           /* CLIENT_RANDOM: by the client random */
    TT_KEY_PREMASTER,        /* PMS_CLIENT_RANDOM: the same */
    TT_KEY_RSA_PREMASTER,    /* RSA: by the first 8 bytes of the encrypted premaster secret */
    TT_KEY_SESSION_MASTER,   /* RSA Session-ID: by the session id */
    TT_KEY_CLIENT_EARLY,     /* CLIENT_EARLY_TRAFFIC_SECRET: by the client random; the rest, too */
    TT_KEY_CLIENT_HANDSHAKE, /* CLIENT_HANDSHAKE_TRAFFIC_SECRET */
    TT_KEY_SERVER_HANDSHAKE,
    TT_KEY_CLIENT_TRAFFIC, /* CLIENT_TRAFFIC_SECRET_n, found with the generation n */
    TT_KEY_SERVER_TRAFFIC,
    TT_KEY_LABEL_COUNT
};

enum { TT_KEY_ID_MAX = 64, TT_KEY_SECRET_MAX = 64, TT_RSA_ID_LEN = 8 };

struct tt_key {
    const struct tt_key *rival; /* another one of the same place, to be tried next; or NULL */
    enum tt_key_source source;
    uint8_t len;
    uint8_t secret[TT_KEY_SECRET_MAX];
};

struct tt_keys;

TT_MUST_USE enum tt_err tt_keys_new(struct tt_keys **ret_keys);
/* Takes NULL. */
void tt_keys_free(struct tt_keys *keys);

/* Keeps a copy. A later secret of the same place comes first, and those before it are its rivals,
 * since nobody knows yet which one is wrong: the last TT_KEY_RIVALS_MAX of them stay. `generation`:
 * of traffic secrets, else 0. TT_ERR_LIMIT over TT_KEYS_MAX, TT_ERR_FORMAT for sizes that cannot
 * be. */
TT_MUST_USE enum tt_err tt_keys_add(struct tt_keys *keys, enum tt_key_label label,
                                    unsigned generation, struct tt_span id, struct tt_span secret,
                                    enum tt_key_source source);

/* Borrowed until the next tt_keys_add; NULL when there is none. */
const struct tt_key *tt_keys_find(const struct tt_keys *keys, enum tt_key_label label,
                                  unsigned generation, struct tt_span id);

/* Place number `at` of all, in the order in which they first came, with the secrets of it; NULL
 * past the last one. All it gives is borrowed until the next tt_keys_add. */
const struct tt_key *tt_keys_at(const struct tt_keys *keys, size_t at, enum tt_key_label *ret_label,
                                unsigned *ret_generation, struct tt_span *ret_id);

/* Are there any premaster secrets? Who uses them may need the hash of the whole handshake. */
bool tt_keys_has_premasters(const struct tt_keys *keys);

/* Of places; rivals are not counted. */
size_t tt_keys_count(const struct tt_keys *keys);

/* Grows with everything that is added: whoever found nothing need not look again while it stays. */
uint64_t tt_keys_news(const struct tt_keys *keys);

/* A pre-shared key in hexadecimal, blanks around it allowed; at most TT_PSKS_MAX of TT_PSK_MAX
 * bytes. TT_ERR_FORMAT, TT_ERR_LIMIT; `error` (may be NULL) says why, without the key. */
TT_MUST_USE enum tt_err tt_keys_add_psk(struct tt_keys *keys, const char *hex,
                                        struct tt_error *error);

/* Pre-shared key number `at`; an empty span past the last one. */
struct tt_span tt_keys_psk(const struct tt_keys *keys, size_t at);

/* Every RSA private key in PEM (PKCS#1, PKCS#8; other blocks are passed over) or one in DER. Only
 * RSA keys open anything, and only where RSA key exchange was agreed upon. TT_ERR_FORMAT: no key, a
 * key of another kind, or one that is encrypted; TT_ERR_LIMIT over TT_PRIVATE_KEYS_MAX. */
TT_MUST_USE enum tt_err tt_keys_add_private(struct tt_keys *keys, struct tt_span bytes,
                                            struct tt_error *error);

/* Does it look like such a file? (Else it may be a key log.) */
bool tt_keys_is_private(struct tt_span bytes);

size_t tt_keys_private_count(const struct tt_keys *keys);

/* Decrypts the premaster secret of RSA key exchange (RFC 5246, section 7.4.7.1) with each private
 * key of its size. False unless one gives a well-formed secret of 48 bytes that begins with the
 * version `offered` in the client hello, or `agreed` (some clients of old). */
TT_MUST_USE bool tt_keys_decrypt(const struct tt_keys *keys, struct tt_span encrypted,
                                 uint16_t offered, uint16_t agreed,
                                 uint8_t ret_premaster[TT_PREMASTER_LEN]);

#endif
