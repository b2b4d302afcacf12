/* Inside decrypt/: libcrypto's algorithms, each fetched once, in a library context of its own, so
 * that nothing global is touched.
 *
 * One for a thread. The legacy provider (RC4, DES, IDEA, SEED, RC2) is used where it is installed.
 */
#ifndef TT_DECRYPT_CRYPTO_H
#define TT_DECRYPT_CRYPTO_H

#include "base/err.h"
#include "decrypt/suite.h"

#include <openssl/types.h>

struct tt_crypto;

/* TT_ERR_MEMORY, TT_ERR_UNSUPPORTED when libcrypto lacks its default provider. */
TT_MUST_USE enum tt_err tt_crypto_new(struct tt_crypto **ret_crypto);
/* Takes NULL. */
void tt_crypto_free(struct tt_crypto *crypto);

/* Borrowed; NULL where libcrypto has no such thing. */
const EVP_CIPHER *tt_crypto_cipher(struct tt_crypto *crypto, enum tt_tls_cipher cipher);
const EVP_MD *tt_crypto_digest(const struct tt_crypto *crypto, enum tt_hash hash);
OSSL_LIB_CTX *tt_crypto_library(const struct tt_crypto *crypto);

/* The protections whose contexts are made, see record.c. */
struct tt_warm {
    struct tt_protection *oldest; /* used longest ago */
    struct tt_protection *newest;
    size_t count;
};
struct tt_warm *tt_crypto_warm(struct tt_crypto *crypto);

/* A context that is ready for HMAC under `key`; NULL without memory. The caller frees it
 * (EVP_MAC_CTX_free). */
EVP_MAC_CTX *tt_crypto_hmac_new(const struct tt_crypto *crypto, enum tt_hash hash,
                                struct tt_span key);

/* HMAC over the parts, one behind the other; the context is ready for the next one then. `out` has
 * room for the hash. */
TT_MUST_USE bool tt_crypto_hmac(EVP_MAC_CTX *context, const struct tt_span *parts, size_t count,
                                uint8_t *out);

/* The digest of the parts; not TT_HASH_MD5_SHA1. */
TT_MUST_USE bool tt_crypto_hash(const struct tt_crypto *crypto, enum tt_hash hash,
                                const struct tt_span *parts, size_t count, uint8_t *out);

#endif
