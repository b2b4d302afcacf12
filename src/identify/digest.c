#include "identify/digest.h"

#include "base/compiler.h"
#include "identify/murmur3.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* The names that stand in findings. */
#define MD5 "md5"
#define SHA1 "sha1"
#define SHA224 "sha224"
#define SHA256 "sha256"
#define SHA384 "sha384"
#define SHA512 "sha512"
#define SHA3_224 "sha3-224"
#define SHA3_256 "sha3-256"
#define SHA3_384 "sha3-384"
#define SHA3_512 "sha3-512"
#define RIPEMD160 "ripemd160"
#define MURMUR3 "murmur3-128"
#define MURMUR3_LITTLE "murmur3-128-le"
#define HEX "hex"
#define HEX_UPPER "hex-upper"
#define UUID "uuid"     /* version and variant written into the bytes */
#define MIDDLE "middle" /* bytes 4 to 11: the "16-character MD5" */

static const struct tt_digest_method methods[] = {
    {{MD5}, 16, TT_DIGEST_FOR_ALL},
    {{SHA1}, 20, TT_DIGEST_FOR_ALL},
    {{SHA256}, 32, TT_DIGEST_FOR_ALL},
    {{MD5, UUID}, 16, TT_DIGEST_FOR_FIRST},
    {{MD5, MIDDLE}, 8, TT_DIGEST_FOR_FIRST},
    {{SHA224}, 28, TT_DIGEST_FOR_FIRST},
    {{SHA384}, 48, TT_DIGEST_FOR_FIRST},
    {{SHA512}, 64, TT_DIGEST_FOR_FIRST},
    {{SHA3_224}, 28, TT_DIGEST_FOR_FIRST},
    {{SHA3_256}, 32, TT_DIGEST_FOR_FIRST},
    {{SHA3_384}, 48, TT_DIGEST_FOR_FIRST},
    {{SHA3_512}, 64, TT_DIGEST_FOR_FIRST},
    {{RIPEMD160}, 20, TT_DIGEST_FOR_FIRST},
    {{MURMUR3}, 16, TT_DIGEST_FOR_FIRST},
    {{MURMUR3_LITTLE}, 16, TT_DIGEST_FOR_FIRST},
    {{MD5, HEX, MD5}, 16, TT_DIGEST_FOR_FIRST},
    {{SHA1, HEX, SHA1}, 20, TT_DIGEST_FOR_FIRST},
    {{SHA256, HEX, SHA256}, 32, TT_DIGEST_FOR_FIRST},
    {{MD5, HEX_UPPER, MD5}, 16, TT_DIGEST_FOR_OWNER},
    {{SHA1, HEX_UPPER, SHA1}, 20, TT_DIGEST_FOR_OWNER},
    {{SHA256, HEX_UPPER, SHA256}, 32, TT_DIGEST_FOR_OWNER},
    {{MD5, MD5}, 16, TT_DIGEST_FOR_OWNER},
    {{SHA1, SHA1}, 20, TT_DIGEST_FOR_OWNER},
    {{SHA256, SHA256}, 32, TT_DIGEST_FOR_OWNER},
    {{SHA224, SHA224}, 28, TT_DIGEST_FOR_OWNER},
    {{SHA384, SHA384}, 48, TT_DIGEST_FOR_OWNER},
    {{SHA512, SHA512}, 64, TT_DIGEST_FOR_OWNER},
    {{SHA3_224, SHA3_224}, 28, TT_DIGEST_FOR_OWNER},
    {{SHA3_256, SHA3_256}, 32, TT_DIGEST_FOR_OWNER},
    {{SHA3_384, SHA3_384}, 48, TT_DIGEST_FOR_OWNER},
    {{SHA3_512, SHA3_512}, 64, TT_DIGEST_FOR_OWNER},
    {{RIPEMD160, RIPEMD160}, 20, TT_DIGEST_FOR_OWNER},
    {{MD5, HEX_UPPER, SHA1}, 20, TT_DIGEST_FOR_OWNER},
    {{MD5, HEX_UPPER, SHA256}, 32, TT_DIGEST_FOR_OWNER},
    {{SHA1, HEX_UPPER, MD5}, 16, TT_DIGEST_FOR_OWNER},
    {{SHA1, HEX_UPPER, SHA256}, 32, TT_DIGEST_FOR_OWNER},
    {{SHA256, HEX_UPPER, MD5}, 16, TT_DIGEST_FOR_OWNER},
    {{SHA256, HEX_UPPER, SHA1}, 20, TT_DIGEST_FOR_OWNER},
    {{MD5, HEX, SHA1}, 20, TT_DIGEST_FOR_OWNER},
    {{MD5, HEX, SHA256}, 32, TT_DIGEST_FOR_OWNER},
    {{SHA1, HEX, MD5}, 16, TT_DIGEST_FOR_OWNER},
    {{SHA1, HEX, SHA256}, 32, TT_DIGEST_FOR_OWNER},
    {{SHA256, HEX, MD5}, 16, TT_DIGEST_FOR_OWNER},
    {{SHA256, HEX, SHA1}, 20, TT_DIGEST_FOR_OWNER},
    {{SHA224, HEX, SHA224}, 28, TT_DIGEST_FOR_OWNER},
    {{SHA384, HEX, SHA384}, 48, TT_DIGEST_FOR_OWNER},
    {{SHA512, HEX, SHA512}, 64, TT_DIGEST_FOR_OWNER},
    {{SHA3_224, HEX, SHA3_224}, 28, TT_DIGEST_FOR_OWNER},
    {{SHA3_256, HEX, SHA3_256}, 32, TT_DIGEST_FOR_OWNER},
    {{SHA3_384, HEX, SHA3_384}, 48, TT_DIGEST_FOR_OWNER},
    {{SHA3_512, HEX, SHA3_512}, 64, TT_DIGEST_FOR_OWNER},
    {{RIPEMD160, HEX, RIPEMD160}, 20, TT_DIGEST_FOR_OWNER},
    {{SHA256, RIPEMD160}, 20, TT_DIGEST_FOR_OWNER},
    {{MURMUR3, HEX, MURMUR3}, 16, TT_DIGEST_FOR_OWNER},
};

static const struct {
    const char *name;
    const char *library_name;
} algorithms[] = {
    {MD5, "MD5"},           {SHA1, "SHA1"},           {SHA224, "SHA2-224"},
    {SHA256, "SHA2-256"},   {SHA384, "SHA2-384"},     {SHA512, "SHA2-512"},
    {SHA3_224, "SHA3-224"}, {SHA3_256, "SHA3-256"},   {SHA3_384, "SHA3-384"},
    {SHA3_512, "SHA3-512"}, {RIPEMD160, "RIPEMD160"},
};

enum { ALGORITHMS = TT_ARRAY_LEN(algorithms), METHODS = TT_ARRAY_LEN(methods) };

/* What a step does: the number of an algorithm, or one of these. */
enum {
    DO_MURMUR3 = ALGORITHMS,
    DO_MURMUR3_LITTLE,
    DO_HEX,
    DO_HEX_UPPER,
    DO_UUID,
    DO_MIDDLE,
    DO_NOTHING
};

struct tt_hasher {
    /* One for each algorithm: making one ready for another costs more than a digest. NULL where the
     * system forbids it. */
    EVP_MD_CTX *contexts[ALGORITHMS];
    uint8_t steps[METHODS][TT_DIGEST_STEPS_MAX];
};

const struct tt_digest_method *tt_digest_method_at(size_t at)
{
    return at < METHODS ? &methods[at] : NULL;
}

static uint8_t step_of(const char *name)
{
    static const struct {
        const char *name;
        uint8_t step;
    } others[] = {{MURMUR3, DO_MURMUR3},
                  {HEX, DO_HEX},
                  {HEX_UPPER, DO_HEX_UPPER},
                  {UUID, DO_UUID},
                  {MIDDLE, DO_MIDDLE}};
    for (size_t i = 0; name != NULL && i < ALGORITHMS; i++) {
        if (strcmp(algorithms[i].name, name) == 0)
            return (uint8_t)i;
    }
    for (size_t i = 0; name != NULL && i < TT_ARRAY_LEN(others); i++) {
        if (strcmp(others[i].name, name) == 0)
            return others[i].step;
    }
    return DO_NOTHING;
}

static EVP_MD_CTX *make_context(const char *name)
{
    EVP_MD *algorithm = EVP_MD_fetch(NULL, name, NULL);
    EVP_MD_CTX *context = algorithm == NULL ? NULL : EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestInit_ex2(context, algorithm, NULL) != 1) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    EVP_MD_free(algorithm);
    return context;
}

struct tt_hasher *tt_hasher_new(void)
{
    struct tt_hasher *hasher = calloc(1, sizeof(*hasher));
    if (hasher == NULL)
        return NULL;
    for (size_t i = 0; i < ALGORITHMS; i++)
        hasher->contexts[i] = make_context(algorithms[i].library_name);
    for (size_t i = 0; i < METHODS; i++) {
        for (size_t j = 0; j < TT_DIGEST_STEPS_MAX; j++)
            hasher->steps[i][j] = step_of(methods[i].steps[j]);
    }
    return hasher;
}

void tt_hasher_free(struct tt_hasher *hasher)
{
    if (hasher == NULL)
        return;
    for (size_t i = 0; i < ALGORITHMS; i++)
        EVP_MD_CTX_free(hasher->contexts[i]);
    free(hasher);
}

/* What lies between two steps: a digest, or its hexadecimal digits. */
struct between {
    uint8_t bytes[2 * TT_DIGEST_LEN_MAX];
    size_t len;
};

static bool run_library(struct tt_hasher *hasher, size_t at, struct tt_span first,
                        struct tt_span second, struct between *out)
{
    unsigned len = 0;
    EVP_MD_CTX *context = hasher->contexts[at];
    if (context == NULL || EVP_DigestInit_ex2(context, NULL, NULL) != 1 ||
        EVP_DigestUpdate(context, first.data, first.len) != 1 ||
        (second.len > 0 && EVP_DigestUpdate(context, second.data, second.len) != 1) ||
        EVP_DigestFinal_ex(context, out->bytes, &len) != 1)
        return false;
    out->len = len;
    return true;
}

static void run_murmur3(uint8_t step, struct tt_span value, struct between *out)
{
    uint8_t hash[TT_MURMUR3_128_LEN];
    tt_murmur3_128(value, step == DO_MURMUR3, hash);
    memcpy(out->bytes, hash, sizeof(hash));
    out->len = sizeof(hash);
}

static void write_hex(struct between *bytes, const char *digits)
{
    for (size_t i = bytes->len; i > 0; i--) {
        uint8_t byte = bytes->bytes[i - 1];
        bytes->bytes[2 * i - 1] = (uint8_t)digits[byte & 15];
        bytes->bytes[2 * i - 2] = (uint8_t)digits[byte >> 4];
    }
    bytes->len *= 2;
}

static bool run_step(struct tt_hasher *hasher, uint8_t step, struct between *bytes)
{
    struct tt_span all = tt_span_of(bytes->bytes, bytes->len);
    switch (step) {
    case DO_MURMUR3:
    case DO_MURMUR3_LITTLE:
        run_murmur3(step, all, bytes);
        return true;
    case DO_HEX:
        write_hex(bytes, "0123456789abcdef");
        return true;
    case DO_HEX_UPPER:
        write_hex(bytes, "0123456789ABCDEF");
        return true;
    case DO_UUID:
        bytes->bytes[6] = (uint8_t)((bytes->bytes[6] & 0x0f) | 0x30);
        bytes->bytes[8] = (uint8_t)((bytes->bytes[8] & 0x3f) | 0x80);
        return true;
    case DO_MIDDLE:
        memmove(bytes->bytes, bytes->bytes + 4, 8);
        bytes->len = 8;
        return true;
    case DO_NOTHING:
        return true;
    default:
        return run_library(hasher, step, all, tt_span_of(NULL, 0), bytes);
    }
}

bool tt_hasher_run(struct tt_hasher *hasher, size_t method, struct tt_span value,
                   uint8_t ret_digest[TT_DIGEST_LEN_MAX])
{
    const uint8_t *steps = hasher->steps[method];
    struct between bytes = {.len = 0};
    if (steps[0] >= ALGORITHMS) {
        run_murmur3(steps[0], value, &bytes);
    } else if (!run_library(hasher, steps[0], value, tt_span_of(NULL, 0), &bytes)) {
        return false;
    }
    for (size_t i = 1; i < TT_DIGEST_STEPS_MAX; i++) {
        if (!run_step(hasher, steps[i], &bytes))
            return false;
    }
    memcpy(ret_digest, bytes.bytes, methods[method].len);
    return true;
}

bool tt_hasher_run_pair(struct tt_hasher *hasher, size_t method, struct tt_span first,
                        struct tt_span second, uint8_t ret_digest[TT_DIGEST_LEN_MAX])
{
    struct between bytes = {.len = 0};
    if (hasher->steps[method][0] >= ALGORITHMS ||
        !run_library(hasher, hasher->steps[method][0], first, second, &bytes))
        return false;
    memcpy(ret_digest, bytes.bytes, methods[method].len);
    return true;
}

uint32_t tt_crc32(struct tt_span bytes)
{
    uint32_t crc = 0xffffffffU;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320U & (0U - (crc & 1U)));
    }
    return ~crc;
}
