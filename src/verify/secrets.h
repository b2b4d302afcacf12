/* Inside verify/: the secrets that open TLS, DTLS and QUIC.
 *
 * Key logs (draft-ietf-tls-keylogfile: a label, the client's random, a secret, in hexadecimal), RSA
 * private keys in PEM, and pre-shared keys. Secrets are wiped. */
#ifndef TT_VERIFY_SECRETS_H
#define TT_VERIFY_SECRETS_H

#include <openssl/evp.h>

#include "base/err.h"
#include "base/span.h"
#include "model/limits.h"

enum tt_verify_secret {
    TT_VERIFY_MASTER,           /* CLIENT_RANDOM: before TLS 1.3 */
    TT_VERIFY_SESSION,          /* the same, by the session ID */
    TT_VERIFY_PREMASTER,        /* by the client's random, */
    TT_VERIFY_SEALED_PREMASTER, /* or how it begins under the server's RSA key */
    TT_VERIFY_EARLY,
    TT_VERIFY_HANDSHAKE_CLIENT,
    TT_VERIFY_HANDSHAKE_SERVER,
    TT_VERIFY_TRAFFIC_CLIENT,
    TT_VERIFY_TRAFFIC_SERVER
};

enum {
    TT_VERIFY_RANDOM = 32,
    TT_VERIFY_RSA_ID = 8, /* bytes of a sealed premaster secret that name it */
    TT_VERIFY_SECRET_MAX = 64,
    TT_VERIFY_PSK_MAX = 256,
    TT_VERIFY_MASTER_LEN = 48
};

struct tt_verify_secrets;

/* NULL without memory. */
struct tt_verify_secrets *tt_verify_secrets_new(void);
void tt_verify_secrets_free(struct tt_verify_secrets *keys);

/* Adds what a file of keys says; lines that are none are left out. */
TT_MUST_USE enum tt_err tt_verify_secrets_add(struct tt_verify_secrets *keys, struct tt_span text);

/* Adds a pre-shared key in hexadecimal; what is none is left out. */
TT_MUST_USE enum tt_err tt_verify_secrets_add_psk(struct tt_verify_secrets *keys, const char *hex);

/* Secret number `at`, from 0, of the connection with that client's random (session ID, sealed
 * premaster secret), at most TT_VERIFY_RANDOM bytes; borrowed. Where key logs contradict there are
 * several, at most TT_KEY_RIVALS_MAX. False: no more are known. */
bool tt_verify_secrets_find(const struct tt_verify_secrets *keys, enum tt_verify_secret which,
                            struct tt_span name, size_t at, struct tt_span *ret_secret);

/* Private key and pre-shared key number `at`; NULL, and no data, past the last. */
EVP_PKEY *tt_verify_secrets_private(const struct tt_verify_secrets *keys, size_t at);
struct tt_span tt_verify_secrets_psk(const struct tt_verify_secrets *keys, size_t at);

/* Master secrets of connections that were opened by other means than a key log: others may resume
 * them. Kept up to TT_VERIFY_SESSIONS_MAX. */
void tt_verify_secrets_learn(struct tt_verify_secrets *keys,
                             const uint8_t master[TT_VERIFY_MASTER_LEN]);
size_t tt_verify_secrets_learned(const struct tt_verify_secrets *keys);
bool tt_verify_secrets_learned_at(const struct tt_verify_secrets *keys, size_t at,
                                  uint8_t ret_master[TT_VERIFY_MASTER_LEN]);

/* Can a master secret come about without a key log? */
bool tt_verify_secrets_exchange(const struct tt_verify_secrets *keys);

#endif
