#include "identify/likeness.h"

#include "base/buf.h"
#include "base/secret.h"
#include "base/span.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST = 32, COST = 16384, BLOCK = 8, LANES = 1, MEMORY_MAX = 64 << 20 };

static const char salt[] = "telltale: values of a sheet, 1";

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST);
}

/* A 0 cannot stand in any of the three. */
static bool digest_of(EVP_MD_CTX *sum, const struct tt_identifier *identifier, uint8_t *ret_digest)
{
    const char *kind = tt_kind_name(identifier->kind);
    const char *owner = tt_owner_name(identifier->owner);
    return EVP_DigestInit_ex(sum, EVP_sha256(), NULL) == 1 &&
           EVP_DigestUpdate(sum, kind, strlen(kind) + 1) == 1 &&
           EVP_DigestUpdate(sum, owner, strlen(owner) + 1) == 1 &&
           EVP_DigestUpdate(sum, identifier->value, strlen(identifier->value)) == 1 &&
           EVP_DigestFinal_ex(sum, ret_digest, NULL) == 1;
}

static bool digests_of(const struct tt_subject *subject, uint8_t *digests)
{
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    bool ok = sum != NULL;
    for (size_t i = 0; i < subject->identifier_count && ok; i++)
        ok = digest_of(sum, &subject->identifiers[i], digests + i * DIGEST);
    EVP_MD_CTX_free(sum);
    return ok;
}

enum tt_err tt_likeness_make(const struct tt_subject *subject, struct tt_likeness *ret_likeness)
{
    size_t len = subject->identifier_count * DIGEST;
    uint8_t *digests = malloc(len + 1);
    struct tt_likeness made;
    if (digests == NULL)
        return TT_ERR_MEMORY;
    bool ok = digests_of(subject, digests);
    if (ok && subject->identifier_count > 1)
        qsort(digests, subject->identifier_count, DIGEST, by_bytes);
    ok = ok &&
         EVP_PBE_scrypt((const char *)digests, len, (const unsigned char *)salt, sizeof(salt) - 1,
                        COST, BLOCK, LANES, MEMORY_MAX, made.key, sizeof(made.key)) == 1;
    tt_wipe(digests, len);
    free(digests);
    if (ok)
        *ret_likeness = made;
    tt_wipe(&made, sizeof(made));
    return ok ? TT_OK : TT_ERR_MEMORY;
}

enum tt_err tt_likeness_of(const struct tt_likeness *likeness,
                           const struct tt_identifier *identifier, char ret_text[TT_LIKENESS_TEXT])
{
    uint8_t digest[DIGEST];
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    bool ok = sum != NULL && digest_of(sum, identifier, digest) &&
              HMAC(EVP_sha256(), likeness->key, sizeof(likeness->key), digest, sizeof(digest), mac,
                   &mac_len) != NULL;
    EVP_MD_CTX_free(sum);
    for (size_t i = 0; i < TT_LIKENESS_TEXT / 2 && ok; i++)
        (void)snprintf(ret_text + i * 2, 3, "%02x", (unsigned)mac[i]);
    tt_wipe(digest, sizeof(digest));
    return ok ? TT_OK : TT_ERR_MEMORY;
}
