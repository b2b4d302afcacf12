#include "capture/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct tt_digest {
    EVP_MD_CTX *context;
    uint64_t bytes;
    bool failed;
    bool counting; /* and nothing more */
};

struct tt_digest *tt_digest_new(void)
{
    struct tt_digest *digest = calloc(1, sizeof(*digest));
    if (digest == NULL)
        return NULL;
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1) {
        tt_digest_free(digest);
        return NULL;
    }
    return digest;
}

void tt_digest_add(struct tt_digest *digest, struct tt_span bytes)
{
    digest->bytes += bytes.len;
    if (bytes.len > 0 && !digest->counting &&
        EVP_DigestUpdate(digest->context, bytes.data, bytes.len) != 1)
        digest->failed = true;
}

void tt_digest_count_only(struct tt_digest *digest)
{
    digest->counting = true;
}

uint64_t tt_digest_bytes(const struct tt_digest *digest)
{
    return digest->bytes;
}

enum tt_err tt_digest_finish(const struct tt_digest *digest, char ret_text[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t value[EVP_MAX_MD_SIZE] = {0};
    unsigned len = 0;
    if (digest->counting) {
        ret_text[0] = '\0';
        return TT_OK;
    }
    /* On a copy: finishing would end the context. */
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    bool done = copy != NULL && !digest->failed && EVP_MD_CTX_copy_ex(copy, digest->context) == 1 &&
                EVP_DigestFinal_ex(copy, value, &len) == 1 && len == 32;
    EVP_MD_CTX_free(copy);
    if (!done)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < 32; i++) {
        ret_text[2 * i] = digits[value[i] >> 4];
        ret_text[2 * i + 1] = digits[value[i] & 15U];
    }
    ret_text[64] = '\0';
    return TT_OK;
}

void tt_digest_free(struct tt_digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}
