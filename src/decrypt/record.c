#include "decrypt/record.h"

#include "base/secret.h"
#include "model/limits.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { SEQUENCE_LEN = 8, EXPLICIT_NONCE = 8, SSL3_PAD_MAX = 48, DRAFT_WITH_HEADER_AAD = 25 };

struct tt_protection {
    const struct tt_suite *suite;
    const struct tt_tls_cipher_facts *facts;
    struct tt_crypto *crypto;    /* borrowed */
    EVP_CIPHER_CTX *cipher;      /* NULL: null cipher, or not warm */
    EVP_MAC_CTX *hmac;           /* NULL: AEAD, SSL 3.0, no keys, or not warm */
    struct tt_protection *older; /* of those that are warm: have their contexts */
    struct tt_protection *newer;
    struct tt_direction_keys keys;
    uint16_t version;
    uint16_t tls; /* the version of TLS that `version` builds upon */
    uint8_t draft;
    bool encrypt_then_mac;
    bool chained; /* CBC whose IV is the end of the record before */
    bool broken;  /* the chain: a stream cipher has lost its place */
    bool iv_known;
    bool keyed; /* else of a null cipher, and its MAC is not looked at */
    bool warm;
    uint8_t mac_len;
    uint8_t iv[TT_TLS_CIPHER_BLOCK_MAX]; /* of the next record, where they are chained */
};

static enum tt_err set_cipher(struct tt_protection *protection)
{
    const struct tt_direction_keys *keys = &protection->keys;
    const EVP_CIPHER *cipher =
        tt_crypto_cipher(protection->crypto, (enum tt_tls_cipher)protection->suite->cipher);
    if (cipher == NULL)
        return TT_ERR_UNSUPPORTED;
    protection->cipher = EVP_CIPHER_CTX_new();
    if (protection->cipher == NULL)
        return TT_ERR_MEMORY;
    EVP_CIPHER_CTX *context = protection->cipher;
    bool ok = EVP_DecryptInit_ex2(context, cipher, NULL, NULL, NULL) == 1;
    enum tt_tls_mode mode = protection->facts->mode;
    if (mode == TT_TLS_MODE_GCM || mode == TT_TLS_MODE_CCM || mode == TT_TLS_MODE_CHACHA)
        ok = ok && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, TT_AEAD_NONCE, NULL) == 1;
    if (mode == TT_TLS_MODE_CCM)
        ok = ok &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, protection->facts->tag, NULL) == 1;
    ok = ok && EVP_DecryptInit_ex2(context, NULL, keys->key, NULL, NULL) == 1;
    if (mode == TT_TLS_MODE_CBC)
        ok = ok && EVP_CIPHER_CTX_set_padding(context, 0) == 1;
    return ok ? TT_OK : TT_ERR_UNSUPPORTED;
}

static enum tt_err set_mac(struct tt_protection *protection)
{
    if (!protection->keyed || protection->mac_len == 0 || protection->version == TT_SSL_3_0)
        return TT_OK;
    protection->hmac =
        tt_crypto_hmac_new(protection->crypto, (enum tt_hash)protection->suite->hash,
                           tt_span_of(protection->keys.mac, protection->keys.mac_len));
    return protection->hmac == NULL ? TT_ERR_UNSUPPORTED : TT_OK;
}

/* ---- contexts, while they are needed ---- */

static void free_contexts(struct tt_protection *protection)
{
    EVP_CIPHER_CTX_free(protection->cipher);
    EVP_MAC_CTX_free(protection->hmac);
    protection->cipher = NULL;
    protection->hmac = NULL;
}

static void unlink_warm(struct tt_protection *protection)
{
    struct tt_warm *warm = tt_crypto_warm(protection->crypto);
    *(protection->older != NULL ? &protection->older->newer : &warm->oldest) = protection->newer;
    *(protection->newer != NULL ? &protection->newer->older : &warm->newest) = protection->older;
    warm->count--;
}

static void link_warm(struct tt_protection *protection)
{
    struct tt_warm *warm = tt_crypto_warm(protection->crypto);
    protection->older = warm->newest;
    protection->newer = NULL;
    *(warm->newest != NULL ? &warm->newest->newer : &warm->oldest) = protection;
    warm->newest = protection;
    warm->count++;
}

static void cool(struct tt_protection *protection)
{
    if (!protection->warm)
        return;
    unlink_warm(protection);
    free_contexts(protection);
    protection->warm = false;
}

/* Makes the contexts if they are not there. Stream ciphers never give theirs back. */
static enum tt_err warm_up(struct tt_protection *protection)
{
    struct tt_warm *warm = tt_crypto_warm(protection->crypto);
    if (protection->warm) {
        if (warm->newest != protection) {
            unlink_warm(protection);
            link_warm(protection);
        }
        return TT_OK;
    }
    if (protection->cipher != NULL)
        return TT_OK;
    enum tt_tls_mode mode = protection->facts->mode;
    enum tt_err err = mode == TT_TLS_MODE_NULL ? TT_OK : set_cipher(protection);
    if (err == TT_OK)
        err = set_mac(protection);
    if (err != TT_OK) {
        free_contexts(protection);
        return err;
    }
    if (mode == TT_TLS_MODE_STREAM)
        return TT_OK;
    protection->warm = true;
    link_warm(protection);
    if (warm->count > TT_TLS_CONTEXTS_MAX)
        cool(warm->oldest);
    return TT_OK;
}

enum tt_err tt_protection_new(struct tt_crypto *crypto, const struct tt_protection_setup *setup,
                              struct tt_protection **ret_protection)
{
    const struct tt_tls_cipher_facts *facts = tt_suite_cipher(setup->suite);
    if (setup->keys == NULL && facts->mode != TT_TLS_MODE_NULL)
        return TT_ERR_USAGE;
    struct tt_protection *protection = calloc(1, sizeof(*protection));
    if (protection == NULL)
        return TT_ERR_MEMORY;
    protection->suite = setup->suite;
    protection->facts = facts;
    protection->crypto = crypto;
    protection->version = setup->version;
    protection->tls = tt_tls_version(setup->version);
    protection->draft = (uint8_t)setup->draft;
    protection->encrypt_then_mac = setup->encrypt_then_mac && facts->mode == TT_TLS_MODE_CBC;
    protection->chained = facts->mode == TT_TLS_MODE_CBC && protection->tls <= TT_TLS_1_0;
    protection->iv_known = true;
    protection->keyed = setup->keys != NULL;
    if (setup->keys != NULL) {
        protection->keys = *setup->keys;
        memcpy(protection->iv, setup->keys->iv, sizeof(protection->iv));
    }
    if (facts->tag == 0)
        protection->mac_len = (uint8_t)tt_hash_len((enum tt_hash)setup->suite->hash);
    enum tt_err err = warm_up(protection);
    if (err == TT_OK)
        *ret_protection = protection;
    else
        tt_protection_free(protection);
    return err;
}

void tt_protection_free(struct tt_protection *protection)
{
    if (protection == NULL)
        return;
    cool(protection);
    free_contexts(protection);
    tt_wipe(protection, sizeof(*protection));
    free(protection);
}

size_t tt_protection_size(void)
{
    return sizeof(struct tt_protection);
}

bool tt_protection_usable(const struct tt_protection *protection)
{
    return !protection->broken;
}

static void put_be(uint8_t *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
}

/* Sequence number, type, version and length: what MACs and AEAD ciphers before TLS 1.3 cover. */
enum { COVERED_LEN = 13 };

static void put_covered(uint8_t out[COVERED_LEN], const struct tt_record *record, uint64_t sequence,
                        size_t len)
{
    put_be(out, sequence, 8);
    out[8] = record->type;
    put_be(out + 9, record->version, 2);
    put_be(out + 11, len, 2);
}

/* ---- AEAD ---- */

/* One try. Gives the plaintext at the start of `out`. */
static bool open_aead_once(struct tt_protection *protection, struct tt_span nonce,
                           struct tt_span aad, struct tt_span sealed, uint8_t *out)
{
    EVP_CIPHER_CTX *context = protection->cipher;
    int tag_len = protection->facts->tag;
    size_t len = sealed.len - protection->facts->tag;
    /* libcrypto takes the tag to compare with through a pointer to writable memory. */
    uint8_t tag[TT_TLS_CIPHER_BLOCK_MAX];
    memcpy(tag, sealed.data + len, protection->facts->tag);
    bool ccm = protection->facts->mode == TT_TLS_MODE_CCM;
    int n = 0;
    if (ccm && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_len, tag) != 1)
        return false;
    if (EVP_DecryptInit_ex2(context, NULL, NULL, nonce.data, NULL) != 1)
        return false;
    if (ccm && EVP_DecryptUpdate(context, NULL, &n, NULL, (int)len) != 1)
        return false;
    if (aad.len > 0 && EVP_DecryptUpdate(context, NULL, &n, aad.data, (int)aad.len) != 1)
        return false;
    /* CCM checks the tag here; it must be called for an empty text, too. */
    if ((ccm || len > 0) && EVP_DecryptUpdate(context, out, &n, sealed.data, (int)len) != 1)
        return false;
    if (ccm)
        return true;
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_len, tag) == 1 &&
           EVP_DecryptFinal_ex(context, out + len, &n) == 1;
}

/* The type behind the text and before the padding of zeros: RFC 8446, section 5.4. */
static bool strip_inner(struct tt_opened *opened)
{
    size_t len = opened->bytes.len;
    while (len > 0 && opened->bytes.data[len - 1] == 0)
        len--;
    if (len == 0)
        return false;
    opened->type = opened->bytes.data[len - 1];
    opened->bytes.len = len - 1;
    return true;
}

static bool open_aead(struct tt_protection *protection, const struct tt_record *record,
                      uint64_t first, uint64_t tries, uint8_t *out, struct tt_opened *ret_opened)
{
    bool tls13 = protection->tls == TT_TLS_1_3;
    bool given = !tls13 && protection->facts->mode != TT_TLS_MODE_CHACHA;
    struct tt_span sealed = record->bytes;
    uint8_t nonce[TT_AEAD_NONCE];
    memcpy(nonce, protection->iv, sizeof(nonce));
    if (given) {
        if (sealed.len < EXPLICIT_NONCE)
            return false;
        memcpy(nonce + sizeof(nonce) - EXPLICIT_NONCE, sealed.data, EXPLICIT_NONCE);
        sealed = tt_span_from(sealed, EXPLICIT_NONCE);
    }
    if (sealed.len < protection->facts->tag)
        return false;
    size_t len = sealed.len - protection->facts->tag;
    for (uint64_t i = 0; i < tries; i++) {
        uint64_t sequence = first + i;
        uint8_t aad[COVERED_LEN];
        struct tt_span covered = tt_span_of(aad, COVERED_LEN);
        if (tls13) {
            aad[0] = record->type;
            put_be(aad + 1, record->version, 2);
            put_be(aad + 3, record->bytes.len, 2);
            bool none = protection->draft != 0 && protection->draft < DRAFT_WITH_HEADER_AAD;
            covered.len = none ? 0 : TT_RECORD_HEADER;
        } else {
            put_covered(aad, record, sequence, len);
        }
        for (size_t k = 0; k < SEQUENCE_LEN && !given; k++)
            nonce[4 + k] = protection->iv[4 + k] ^ (uint8_t)(sequence >> (8 * (7 - k)));
        if (!open_aead_once(protection, tt_span_of(nonce, sizeof(nonce)), covered, sealed, out))
            continue;
        struct tt_opened opened = {
            .type = record->type, .bytes = tt_span_of(out, len), .sequence = sequence};
        if (tls13 && !strip_inner(&opened))
            return false;
        *ret_opened = opened;
        return true;
    }
    return false;
}

/* ---- MAC ---- */

/* RFC 6101, section 5.2.3.1. */
static bool mac_ssl3(const struct tt_protection *protection, const struct tt_record *record,
                     uint64_t sequence, struct tt_span text, uint8_t *out)
{
    enum tt_hash hash = (enum tt_hash)protection->suite->hash;
    size_t pad_len = hash == TT_HASH_MD5 ? 48 : 40;
    uint8_t pad[SSL3_PAD_MAX];
    uint8_t covered[11];
    put_be(covered, sequence, 8);
    covered[8] = record->type;
    put_be(covered + 9, text.len, 2);
    struct tt_span secret = tt_span_of(protection->keys.mac, protection->mac_len);
    memset(pad, 0x36, sizeof(pad));
    const struct tt_span inner[4] = {secret, tt_span_of(pad, pad_len),
                                     tt_span_of(covered, sizeof(covered)), text};
    uint8_t digest[TT_HASH_LEN_MAX];
    if (!tt_crypto_hash(protection->crypto, hash, inner, 4, digest))
        return false;
    memset(pad, 0x5c, sizeof(pad));
    const struct tt_span outer[3] = {secret, tt_span_of(pad, pad_len),
                                     tt_span_of(digest, protection->mac_len)};
    return tt_crypto_hash(protection->crypto, hash, outer, 3, out);
}

/* Is `mac` that of the text under one of the sequence numbers? */
static bool find_mac(struct tt_protection *protection, const struct tt_record *record,
                     uint64_t first, uint64_t tries, struct tt_span text, struct tt_span mac,
                     uint64_t *ret_sequence)
{
    for (uint64_t i = 0; i < tries; i++) {
        uint8_t want[TT_HASH_LEN_MAX];
        bool made;
        if (protection->hmac == NULL) {
            made = mac_ssl3(protection, record, first + i, text, want);
        } else {
            uint8_t covered[COVERED_LEN];
            put_covered(covered, record, first + i, text.len);
            const struct tt_span parts[2] = {tt_span_of(covered, sizeof(covered)), text};
            made = tt_crypto_hmac(protection->hmac, parts, 2, want);
        }
        if (made && tt_span_eq(tt_span_of(want, protection->mac_len), mac)) {
            *ret_sequence = first + i;
            return true;
        }
    }
    return false;
}

/* Splits the MAC off the end of `text` and checks it. */
static bool open_mac(struct tt_protection *protection, const struct tt_record *record,
                     uint64_t first, uint64_t tries, struct tt_span text,
                     struct tt_opened *ret_opened)
{
    if (text.len < protection->mac_len)
        return false;
    size_t len = text.len - protection->mac_len;
    uint64_t sequence = first;
    if (protection->keyed && !find_mac(protection, record, first, tries, tt_span_sub(text, 0, len),
                                       tt_span_from(text, len), &sequence))
        return false;
    *ret_opened = (struct tt_opened){
        .type = record->type, .bytes = tt_span_sub(text, 0, len), .sequence = sequence};
    return true;
}

/* ---- stream and block ciphers ---- */

static bool open_stream(struct tt_protection *protection, const struct tt_record *record,
                        uint64_t first, uint64_t tries, uint8_t *out, struct tt_opened *ret_opened)
{
    int n = 0;
    if (protection->broken || EVP_DecryptUpdate(protection->cipher, out, &n, record->bytes.data,
                                                (int)record->bytes.len) != 1)
        return false;
    return open_mac(protection, record, first, tries, tt_span_of(out, record->bytes.len),
                    ret_opened);
}

/* The length of the text without its padding; SIZE_MAX when that is malformed. */
static size_t unpadded(const struct tt_protection *protection, struct tt_span text)
{
    size_t pad = text.data[text.len - 1];
    if (pad + 1 > text.len)
        return SIZE_MAX;
    if (protection->version == TT_SSL_3_0)
        return pad < protection->facts->block ? text.len - pad - 1 : SIZE_MAX;
    for (size_t i = 0; i < pad; i++)
        if (text.data[text.len - 2 - i] != pad)
            return SIZE_MAX;
    return text.len - pad - 1;
}

/* Decrypts whole blocks; `sealed` begins with the IV unless that is chained. */
static bool decrypt_cbc(struct tt_protection *protection, struct tt_span sealed, uint8_t *out,
                        struct tt_span *ret_text)
{
    size_t block = protection->facts->block;
    uint8_t iv[TT_TLS_CIPHER_BLOCK_MAX];
    bool known = protection->iv_known;
    memcpy(iv, protection->iv, block);
    if (sealed.len < block || sealed.len % block != 0)
        return false;
    if (protection->chained) {
        memcpy(protection->iv, sealed.data + sealed.len - block, block);
        protection->iv_known = true;
    } else {
        memcpy(iv, sealed.data, block);
        sealed = tt_span_from(sealed, block);
    }
    int n = 0;
    if (!known || sealed.len == 0 ||
        EVP_DecryptInit_ex2(protection->cipher, NULL, NULL, iv, NULL) != 1 ||
        EVP_DecryptUpdate(protection->cipher, out, &n, sealed.data, (int)sealed.len) != 1)
        return false;
    *ret_text = tt_span_of(out, sealed.len);
    return true;
}

static bool open_cbc(struct tt_protection *protection, const struct tt_record *record,
                     uint64_t first, uint64_t tries, uint8_t *out, struct tt_opened *ret_opened)
{
    struct tt_span text;
    if (protection->encrypt_then_mac) {
        struct tt_opened sealed;
        bool ok = open_mac(protection, record, first, tries, record->bytes, &sealed);
        if (!ok)
            tt_protection_skip(protection, record->bytes.len, record->bytes);
        if (!ok || !decrypt_cbc(protection, sealed.bytes, out, &text))
            return false;
        size_t len = unpadded(protection, text);
        if (len > text.len)
            return false;
        *ret_opened = (struct tt_opened){
            .type = record->type, .bytes = tt_span_sub(text, 0, len), .sequence = sealed.sequence};
        return true;
    }
    if (!decrypt_cbc(protection, record->bytes, out, &text))
        return false;
    size_t len = unpadded(protection, text);
    return len <= text.len &&
           open_mac(protection, record, first, tries, tt_span_sub(text, 0, len), ret_opened);
}

bool tt_protection_open(struct tt_protection *protection, const struct tt_record *record,
                        uint64_t first, uint64_t tries, uint8_t *out, struct tt_opened *ret_opened)
{
    if (record->bytes.len > TT_RECORD_SEALED_MAX || warm_up(protection) != TT_OK)
        return false;
    switch (protection->facts->mode) {
    case TT_TLS_MODE_NULL:
        return open_mac(protection, record, first, tries, record->bytes, ret_opened);
    case TT_TLS_MODE_STREAM:
        return open_stream(protection, record, first, tries, out, ret_opened);
    case TT_TLS_MODE_CBC:
        return open_cbc(protection, record, first, tries, out, ret_opened);
    case TT_TLS_MODE_GCM:
    case TT_TLS_MODE_CCM:
    case TT_TLS_MODE_CHACHA:
        return open_aead(protection, record, first, tries, out, ret_opened);
    }
    return false;
}

/* ---- records that are cut ---- */

/* The beginning without looking at the tag. */
static bool peek_aead(struct tt_protection *protection, struct tt_span sealed, uint64_t sequence,
                      uint8_t *out)
{
    bool given = protection->tls != TT_TLS_1_3 && protection->facts->mode != TT_TLS_MODE_CHACHA;
    uint8_t nonce[TT_AEAD_NONCE];
    memcpy(nonce, protection->iv, sizeof(nonce));
    if (given) {
        memcpy(nonce + sizeof(nonce) - EXPLICIT_NONCE, sealed.data, EXPLICIT_NONCE);
        sealed = tt_span_from(sealed, EXPLICIT_NONCE);
    }
    for (size_t k = 0; k < SEQUENCE_LEN && !given; k++)
        nonce[4 + k] ^= (uint8_t)(sequence >> (8 * (7 - k)));
    int n = 0;
    return EVP_DecryptInit_ex2(protection->cipher, NULL, NULL, nonce, NULL) == 1 &&
           EVP_DecryptUpdate(protection->cipher, out, &n, sealed.data, (int)sealed.len) == 1;
}

/* Bytes in front of the ciphertext, and behind the text at least. */
static size_t front_of(const struct tt_protection *protection)
{
    switch (protection->facts->mode) {
    case TT_TLS_MODE_CBC:
        return protection->chained ? 0 : protection->facts->block;
    case TT_TLS_MODE_GCM:
    case TT_TLS_MODE_CCM:
        return protection->tls == TT_TLS_1_3 ? 0 : EXPLICIT_NONCE;
    case TT_TLS_MODE_NULL:
    case TT_TLS_MODE_STREAM:
    case TT_TLS_MODE_CHACHA:
        break;
    }
    return 0;
}

static size_t back_of(const struct tt_protection *protection)
{
    /* As much padding as senders add; who adds more has some of it taken for text. */
    size_t padding = protection->tls == TT_TLS_1_3 ? 1 : protection->facts->block;
    return (size_t)protection->facts->tag + protection->mac_len + padding;
}

static bool peek_cbc(struct tt_protection *protection, struct tt_span sealed, uint8_t *out)
{
    size_t block = protection->facts->block;
    bool known = protection->iv_known;
    uint8_t iv[TT_TLS_CIPHER_BLOCK_MAX];
    memcpy(iv, protection->chained ? protection->iv : sealed.data, block);
    sealed = tt_span_from(sealed, front_of(protection));
    int n = 0;
    return known && EVP_DecryptInit_ex2(protection->cipher, NULL, NULL, iv, NULL) == 1 &&
           EVP_DecryptUpdate(protection->cipher, out, &n, sealed.data,
                             (int)(sealed.len - sealed.len % block)) == 1;
}

bool tt_protection_peek(struct tt_protection *protection, const struct tt_record *record,
                        size_t len, uint64_t sequence, uint8_t *out, struct tt_opened *ret_opened)
{
    size_t front = front_of(protection);
    size_t back = back_of(protection);
    struct tt_span sealed = record->bytes;
    if (len > TT_RECORD_SEALED_MAX || len < front + back || warm_up(protection) != TT_OK)
        return false;
    sealed = tt_span_sub(sealed, 0, len - back);
    if (protection->facts->mode == TT_TLS_MODE_CBC)
        sealed.len -=
            (sealed.len - (sealed.len < front ? sealed.len : front)) % protection->facts->block;
    if (sealed.len <= front)
        return false;
    bool opened = false;
    switch (protection->facts->mode) {
    case TT_TLS_MODE_NULL:
        memcpy(out, sealed.data, sealed.len);
        opened = true;
        break;
    case TT_TLS_MODE_CBC:
        opened = peek_cbc(protection, sealed, out);
        break;
    case TT_TLS_MODE_GCM:
    case TT_TLS_MODE_CHACHA:
        opened = peek_aead(protection, sealed, sequence, out);
        break;
    case TT_TLS_MODE_STREAM:
    case TT_TLS_MODE_CCM:
        break;
    }
    if (opened)
        *ret_opened = (struct tt_opened){.type = record->type,
                                         .bytes = tt_span_of(out, sealed.len - front),
                                         .sequence = sequence,
                                         .cut = true};
    return opened;
}

static void skip_stream(struct tt_protection *protection, size_t len)
{
    static const uint8_t zeros[1024] = {0};
    uint8_t sink[sizeof(zeros)];
    int n = 0;
    for (size_t at = 0; at < len && !protection->broken; at += sizeof(zeros)) {
        size_t part = len - at < sizeof(zeros) ? len - at : sizeof(zeros);
        if (EVP_DecryptUpdate(protection->cipher, sink, &n, zeros, (int)part) != 1)
            protection->broken = true;
    }
}

void tt_protection_skip(struct tt_protection *protection, size_t len, struct tt_span tail)
{
    size_t block = protection->facts->block;
    switch (protection->facts->mode) {
    case TT_TLS_MODE_STREAM:
        if (len > TT_RECORD_SEALED_MAX)
            protection->broken = true;
        else
            skip_stream(protection, len);
        break;
    case TT_TLS_MODE_CBC:
        protection->iv_known = !protection->chained || tail.len >= block;
        if (protection->chained && tail.len >= block) {
            /* With encrypt-then-MAC the chain ends before the MAC. */
            size_t mac = protection->encrypt_then_mac ? protection->mac_len : 0;
            protection->iv_known = tail.len >= block + mac;
            if (protection->iv_known)
                memcpy(protection->iv, tail.data + tail.len - mac - block, block);
        }
        break;
    case TT_TLS_MODE_NULL:
    case TT_TLS_MODE_GCM:
    case TT_TLS_MODE_CCM:
    case TT_TLS_MODE_CHACHA:
        break;
    }
}
