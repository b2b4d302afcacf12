#include "decrypt/suite.h"

#include "base/compiler.h"
#include "decrypt/suite_table.h"

#include <stdio.h>

static const struct tt_suite suites[] = {
#define SUITE(number_, name_, exchange_, cipher_, hash_)                                           \
    {.name = (name_),                                                                              \
     .number = (number_),                                                                          \
     .exchange = TT_EXCHANGE_##exchange_,                                                          \
     .cipher = TT_TLS_CIPHER_##cipher_,                                                            \
     .hash = TT_HASH_##hash_},
    TT_SUITES(SUITE)
#undef SUITE
};

static const struct tt_tls_cipher_facts ciphers[] = {
#define CIPHER(id, evp_, mode_, key_, material_, block_, tag_)                                     \
    [id] = {.evp = (evp_),                                                                         \
            .mode = TT_TLS_MODE_##mode_,                                                           \
            .key = (key_),                                                                         \
            .material = (material_),                                                               \
            .block = (block_),                                                                     \
            .tag = (tag_)},
    TT_TLS_CIPHERS(CIPHER)
#undef CIPHER
};

const struct tt_suite *tt_suite_at(size_t at)
{
    return at < TT_ARRAY_LEN(suites) ? &suites[at] : NULL;
}

const struct tt_suite *tt_suite_find(uint16_t number)
{
    size_t from = 0;
    size_t to = TT_ARRAY_LEN(suites);
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (suites[middle].number == number)
            return &suites[middle];
        if (suites[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

void tt_suite_text(uint16_t number, char ret_text[TT_SUITE_TEXT_MAX])
{
    const struct tt_suite *suite = tt_suite_find(number);
    if (suite != NULL)
        (void)snprintf(ret_text, TT_SUITE_TEXT_MAX, "%s", suite->name);
    else
        (void)snprintf(ret_text, TT_SUITE_TEXT_MAX, "0x%04x", number);
}

const struct tt_tls_cipher_facts *tt_tls_cipher_facts(enum tt_tls_cipher cipher)
{
    return &ciphers[cipher];
}

enum tt_hash tt_suite_schedule_hash(const struct tt_suite *suite, uint16_t version)
{
    uint16_t tls = tt_tls_version(version);
    if (tls < TT_TLS_1_2)
        return TT_HASH_MD5_SHA1;
    return suite->hash == TT_HASH_SHA384 ? TT_HASH_SHA384 : TT_HASH_SHA256;
}

size_t tt_hash_len(enum tt_hash hash)
{
    static const uint8_t lens[] = {[TT_HASH_MD5] = 16,
                                   [TT_HASH_SHA1] = 20,
                                   [TT_HASH_SHA256] = 32,
                                   [TT_HASH_SHA384] = 48,
                                   [TT_HASH_MD5_SHA1] = 36};
    return hash < TT_ARRAY_LEN(lens) ? lens[hash] : 0;
}

uint16_t tt_tls_version(uint16_t version)
{
    if (version == TT_DTLS_1_2)
        return TT_TLS_1_2;
    /* 0x0100: an early OpenSSL's own number for DTLS 1.0. */
    return version == TT_DTLS_1_0 || version == 0x0100 ? TT_TLS_1_1 : version;
}

const char *tt_version_text(uint16_t version)
{
    switch (version) {
    case TT_SSL_3_0:
        return "ssl3";
    case TT_TLS_1_0:
        return "tls1.0";
    case TT_TLS_1_1:
        return "tls1.1";
    case TT_TLS_1_2:
        return "tls1.2";
    case TT_TLS_1_3:
        return "tls1.3";
    case TT_DTLS_1_0:
        return "dtls1.0";
    case TT_DTLS_1_2:
        return "dtls1.2";
    case TT_DTLS_1_3:
        return "dtls1.3";
    default:
        return "tls";
    }
}
