#include "verify/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/compiler.h"
#include "base/secret.h"

/* ---- suites ---- */

static const struct tt_verify_suite suites[] = {
    {TT_VERIFY_MODE_GCM,
     "AES-128-GCM",
     16,
     0,
     NULL,
     "SHA256",
     {0x1301, 0x009c, 0x009e, 0x00a0, 0x00a2, 0x00a4, 0x00a6, 0x00a8, 0x00aa, 0x00ac, 0xc02b,
      0xc02d, 0xc02f, 0xc031, 0xd001}},
    {TT_VERIFY_MODE_GCM,
     "AES-256-GCM",
     32,
     0,
     NULL,
     "SHA384",
     {0x1302, 0x009d, 0x009f, 0x00a1, 0x00a3, 0x00a5, 0x00a7, 0x00a9, 0x00ab, 0x00ad, 0xc02c,
      0xc02e, 0xc030, 0xc032, 0xd002}},
    {TT_VERIFY_MODE_CHACHA,
     "ChaCha20-Poly1305",
     32,
     0,
     NULL,
     "SHA256",
     {0x1303, 0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac, 0xccad, 0xccae}},
    {TT_VERIFY_MODE_CCM,
     "AES-128-CCM",
     16,
     0,
     NULL,
     "SHA256",
     {0x1304, 0xc09c, 0xc09e, 0xc0a4, 0xc0a6, 0xc0ac, 0xd005}},
    {TT_VERIFY_MODE_CCM,
     "AES-256-CCM",
     32,
     0,
     NULL,
     "SHA256",
     {0xc09d, 0xc09f, 0xc0a5, 0xc0a7, 0xc0ad}},
    {TT_VERIFY_MODE_CCM_8,
     "AES-128-CCM",
     16,
     0,
     NULL,
     "SHA256",
     {0x1305, 0xc0a0, 0xc0a2, 0xc0a8, 0xc0aa, 0xc0ae, 0xd003}},
    {TT_VERIFY_MODE_CCM_8,
     "AES-256-CCM",
     32,
     0,
     NULL,
     "SHA256",
     {0xc0a1, 0xc0a3, 0xc0a9, 0xc0ab, 0xc0af}},
    {TT_VERIFY_MODE_CBC,
     "AES-128-CBC",
     16,
     16,
     "SHA1",
     "SHA256",
     {0x002f, 0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x008c, 0x0090, 0x0094, 0xc004, 0xc009,
      0xc00e, 0xc013, 0xc018, 0xc01d, 0xc01e, 0xc01f, 0xc035}},
    {TT_VERIFY_MODE_CBC,
     "AES-256-CBC",
     32,
     16,
     "SHA1",
     "SHA256",
     {0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003a, 0x008d, 0x0091, 0x0095, 0xc005, 0xc00a,
      0xc00f, 0xc014, 0xc019, 0xc020, 0xc021, 0xc022, 0xc036}},
    {TT_VERIFY_MODE_CBC,
     "AES-128-CBC",
     16,
     16,
     "SHA256",
     "SHA256",
     {0x003c, 0x003e, 0x003f, 0x0040, 0x0067, 0x006c, 0x00ae, 0x00b2, 0x00b6, 0xc023, 0xc025,
      0xc027, 0xc029, 0xc037}},
    {TT_VERIFY_MODE_CBC,
     "AES-256-CBC",
     32,
     16,
     "SHA256",
     "SHA256",
     {0x003d, 0x0068, 0x0069, 0x006a, 0x006b, 0x006d}},
    {TT_VERIFY_MODE_CBC,
     "AES-256-CBC",
     32,
     16,
     "SHA384",
     "SHA384",
     {0x00af, 0x00b3, 0x00b7, 0xc024, 0xc026, 0xc028, 0xc02a, 0xc038}},
    {TT_VERIFY_MODE_CBC,
     "DES-EDE3-CBC",
     24,
     8,
     "SHA1",
     "SHA256",
     {0x000a, 0x000d, 0x0010, 0x0013, 0x0016, 0x001b, 0x008b, 0xc003, 0xc008, 0xc00d, 0xc012,
      0xc017, 0x001f, 0x008f, 0x0093, 0xc01a, 0xc01b, 0xc01c, 0xc034}},
    {TT_VERIFY_MODE_CBC,
     "CAMELLIA-128-CBC",
     16,
     16,
     "SHA1",
     "SHA256",
     {0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046}},
    {TT_VERIFY_MODE_CBC,
     "CAMELLIA-256-CBC",
     32,
     16,
     "SHA1",
     "SHA256",
     {0x0084, 0x0085, 0x0086, 0x0087, 0x0088, 0x0089}},
    {TT_VERIFY_MODE_CBC,
     "CAMELLIA-128-CBC",
     16,
     16,
     "SHA256",
     "SHA256",
     {0x00ba, 0x00bb, 0x00bc, 0x00bd, 0x00be, 0x00bf, 0xc072, 0xc074, 0xc076, 0xc078, 0xc094,
      0xc096, 0xc098, 0xc09a}},
    {TT_VERIFY_MODE_CBC,
     "CAMELLIA-256-CBC",
     32,
     16,
     "SHA256",
     "SHA256",
     {0x00c0, 0x00c1, 0x00c2, 0x00c3, 0x00c4, 0x00c5}},
    {TT_VERIFY_MODE_CBC,
     "CAMELLIA-256-CBC",
     32,
     16,
     "SHA384",
     "SHA384",
     {0xc073, 0xc075, 0xc077, 0xc079, 0xc095, 0xc097, 0xc099, 0xc09b}},
    {TT_VERIFY_MODE_GCM,
     "ARIA-128-GCM",
     16,
     0,
     NULL,
     "SHA256",
     {0xc050, 0xc052, 0xc054, 0xc056, 0xc058, 0xc05a, 0xc05c, 0xc05e, 0xc060, 0xc062, 0xc06a,
      0xc06c, 0xc06e}},
    {TT_VERIFY_MODE_GCM,
     "ARIA-256-GCM",
     32,
     0,
     NULL,
     "SHA384",
     {0xc051, 0xc053, 0xc055, 0xc057, 0xc059, 0xc05b, 0xc05d, 0xc05f, 0xc061, 0xc063, 0xc06b,
      0xc06d, 0xc06f}},
    {TT_VERIFY_MODE_CBC,
     "ARIA-128-CBC",
     16,
     16,
     "SHA256",
     "SHA256",
     {0xc03c, 0xc03e, 0xc040, 0xc042, 0xc044, 0xc046, 0xc048, 0xc04a, 0xc04c, 0xc04e, 0xc064,
      0xc066, 0xc068, 0xc070}},
    {TT_VERIFY_MODE_CBC,
     "ARIA-256-CBC",
     32,
     16,
     "SHA384",
     "SHA384",
     {0xc03d, 0xc03f, 0xc041, 0xc043, 0xc045, 0xc047, 0xc049, 0xc04b, 0xc04d, 0xc04f, 0xc065,
      0xc067, 0xc069, 0xc071}},
    {TT_VERIFY_MODE_RC4, "RC4", 16, 0, "MD5", "SHA256", {0x0004, 0x0018}},
    {TT_VERIFY_MODE_RC4,
     "RC4",
     16,
     0,
     "SHA1",
     "SHA256",
     {0x0005, 0x0020, 0x0066, 0x008a, 0x008e, 0x0092, 0xc002, 0xc007, 0xc00c, 0xc011, 0xc016,
      0xc033}},
    {TT_VERIFY_MODE_NULL, "NULL", 0, 0, "MD5", "SHA256", {0x0001}},
    {TT_VERIFY_MODE_NULL,
     "NULL",
     0,
     0,
     "SHA1",
     "SHA256",
     {0x0002, 0x002c, 0x002d, 0x002e, 0xc001, 0xc006, 0xc00b, 0xc010, 0xc015, 0xc039}},
    {TT_VERIFY_MODE_NULL, "NULL", 0, 0, "SHA256", "SHA256", {0x003b}},
};

const struct tt_verify_suite *tt_verify_suite_find(uint16_t number)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(suites); i++)
        for (size_t j = 0; j < TT_ARRAY_LEN(suites[i].numbers) && suites[i].numbers[j] != 0; j++)
            if (suites[i].numbers[j] == number)
                return &suites[i];
    return NULL;
}

/* ---- key derivation ---- */

size_t tt_verify_hash_len(const char *hash)
{
    const EVP_MD *md = EVP_get_digestbyname(hash);
    return md == NULL ? 0 : (size_t)EVP_MD_get_size(md);
}

size_t tt_verify_hmac(const char *hash, struct tt_span key, struct tt_span text,
                      uint8_t ret_mac[TT_VERIFY_HASH_MAX])
{
    unsigned len = 0;
    const EVP_MD *md = EVP_get_digestbyname(hash);
    if (md == NULL || HMAC(md, key.len > 0 ? key.data : (const uint8_t *)"", (int)key.len,
                           text.data, text.len, ret_mac, &len) == NULL)
        return 0;
    return len;
}

size_t tt_verify_extract(const char *hash, struct tt_span salt, struct tt_span secret,
                         uint8_t ret_key[TT_VERIFY_HASH_MAX])
{
    return tt_verify_hmac(hash, salt, secret, ret_key);
}

enum { SEED_MAX = 160 };

/* P_hash of RFC 5246, section 5, combined with what is in `out` by exclusive or. */
/* Of the parts, one behind the other. */
static bool digest(const char *hash, const struct tt_span *parts, size_t count,
                   uint8_t ret_digest[EVP_MAX_MD_SIZE])
{
    const EVP_MD *md = EVP_get_digestbyname(hash);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c != NULL && md != NULL && EVP_DigestInit_ex(c, md, NULL) == 1;
    for (size_t i = 0; i < count && ok; i++)
        ok = EVP_DigestUpdate(c, parts[i].data, parts[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(c, ret_digest, NULL) == 1;
    EVP_MD_CTX_free(c);
    return ok;
}

static bool p_hash(const char *hash, struct tt_span secret, struct tt_span seed, uint8_t *out,
                   size_t len)
{
    uint8_t text[TT_VERIFY_HASH_MAX + SEED_MAX];
    uint8_t block[TT_VERIFY_HASH_MAX];
    size_t size = tt_verify_hmac(hash, secret, seed, block); /* A(1) */
    if (size == 0 || seed.len > SEED_MAX)
        return false;
    for (size_t done = 0; done < len;) {
        memcpy(text, block, size);
        memcpy(text + size, seed.data, seed.len);
        (void)tt_verify_hmac(hash, secret, tt_span_of(text, size + seed.len), block);
        for (size_t i = 0; i < size && done < len; i++)
            out[done++] ^= block[i];
        (void)tt_verify_hmac(hash, secret, tt_span_of(text, size), block);
    }
    tt_wipe(text, sizeof(text));
    tt_wipe(block, sizeof(block));
    return true;
}

/* MD5(secret + SHA1("A" + secret + seed)), the same with "BB", and so on. */
static bool expand_ssl3(struct tt_span secret, struct tt_span seed, uint8_t *out, size_t len)
{
    uint8_t letters[26];
    uint8_t inner[EVP_MAX_MD_SIZE];
    uint8_t block[EVP_MAX_MD_SIZE];
    bool ok = len <= 16 * sizeof(letters);
    for (size_t i = 0; i * 16 < len && ok; i++) {
        memset(letters, (int)('A' + i), i + 1);
        const struct tt_span first[] = {tt_span_of(letters, i + 1), secret, seed};
        ok = digest("SHA1", first, TT_ARRAY_LEN(first), inner);
        const struct tt_span second[] = {secret, tt_span_of(inner, 20)};
        ok = ok && digest("MD5", second, TT_ARRAY_LEN(second), block);
        if (ok)
            memcpy(out + i * 16, block, len - i * 16 < 16 ? len - i * 16 : 16);
    }
    tt_wipe(inner, sizeof(inner));
    tt_wipe(block, sizeof(block));
    return ok;
}

bool tt_verify_prf(uint16_t version, const struct tt_verify_suite *suite, struct tt_span secret,
                   const char *label, struct tt_span seed, uint8_t *out, size_t len)
{
    uint8_t text[SEED_MAX];
    size_t label_len = strlen(label);
    if (label_len + seed.len > sizeof(text))
        return false;
    memcpy(text, label, label_len);
    memcpy(text + label_len, seed.data, seed.len);
    struct tt_span all = tt_span_of(text, label_len + seed.len);
    if (version == 0x0300)
        return expand_ssl3(secret, seed, out, len);
    memset(out, 0, len);
    if (version >= 0x0303)
        return p_hash(suite->hash, secret, all, out, len);
    size_t half = (secret.len + 1) / 2; /* RFC 2246, section 5 */
    return p_hash("MD5", tt_span_sub(secret, 0, half), all, out, len) &&
           p_hash("SHA1", tt_span_from(secret, secret.len - half), all, out, len);
}

/* `prefix`: "tls13 ", or what drafts of TLS 1.3 had there. */
static bool expand_label(const char *hash, struct tt_span secret, const char *prefix,
                         const char *label, uint8_t *out, size_t len)
{
    uint8_t text[TT_VERIFY_HASH_MAX + 64];
    uint8_t block[TT_VERIFY_HASH_MAX];
    size_t label_len = strlen(prefix) + strlen(label);
    size_t size = 0;
    for (size_t done = 0, round = 1; done < len; round++) {
        struct tt_buf info = {.data = text, .cap = sizeof(text), .max = sizeof(text)};
        info.len = size;
        memcpy(text, block, size);
        enum tt_err err = tt_buf_append_u8(&info, (uint8_t)(len >> 8));
        if (err == TT_OK)
            err = tt_buf_append_u8(&info, (uint8_t)len);
        if (err == TT_OK)
            err = tt_buf_append_u8(&info, (uint8_t)label_len);
        if (err == TT_OK)
            err = tt_buf_append_str(&info, prefix);
        if (err == TT_OK)
            err = tt_buf_append_str(&info, label);
        if (err == TT_OK)
            err = tt_buf_append_u8(&info, 0);
        if (err == TT_OK)
            err = tt_buf_append_u8(&info, (uint8_t)round);
        size = err == TT_OK ? tt_verify_hmac(hash, secret, tt_buf_span(&info), block) : 0;
        if (size == 0)
            return false;
        for (size_t i = 0; i < size && done < len; i++)
            out[done++] = block[i];
    }
    return true;
}

bool tt_verify_expand(const char *hash, struct tt_span secret, const char *label, uint8_t *out,
                      size_t len)
{
    return expand_label(hash, secret, "tls13 ", label, out, len);
}

bool tt_verify_opener_expand(const struct tt_verify_opener *o, struct tt_span secret,
                             const char *label, uint8_t *out, size_t len)
{
    enum { LAST_WITH_OLD_LABELS = 19 };
    bool old = o->draft != 0 && o->draft <= LAST_WITH_OLD_LABELS;
    return expand_label(o->suite->hash, secret, old ? "TLS 1.3, " : "tls13 ", label, out, len);
}

/* ---- openers ---- */

static void start_rc4(struct tt_verify_opener *o)
{
    uint8_t j = 0;
    for (unsigned i = 0; i < 256; i++)
        o->rc4[i] = (uint8_t)i;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t kept = o->rc4[i];
        j = (uint8_t)(j + kept + o->key[i % o->suite->key]);
        o->rc4[i] = o->rc4[j];
        o->rc4[j] = kept;
    }
    o->rc4_at[0] = 0;
    o->rc4_at[1] = 0;
}

static size_t iv_len(const struct tt_verify_suite *suite)
{
    switch (suite->mode) {
    case TT_VERIFY_MODE_NULL:
    case TT_VERIFY_MODE_RC4:
        return 0;
    case TT_VERIFY_MODE_CBC:
        return suite->block;
    case TT_VERIFY_MODE_GCM:
    case TT_VERIFY_MODE_CCM:
    case TT_VERIFY_MODE_CCM_8:
        return 4;
    case TT_VERIFY_MODE_CHACHA:
        return 12;
    }
    return 0;
}

bool tt_verify_opener_keys(struct tt_verify_opener *o, struct tt_span master,
                           struct tt_span client_random, struct tt_span server_random, bool server)
{
    uint8_t block[2 * (TT_VERIFY_HASH_MAX + 32 + 16)];
    uint8_t seed[64];
    size_t mac = o->suite->mac == NULL ? 0 : tt_verify_hash_len(o->suite->mac);
    size_t key = o->suite->key;
    size_t iv = iv_len(o->suite);
    memcpy(seed, server_random.data, 32);
    memcpy(seed + 32, client_random.data, 32);
    if (!tt_verify_prf(o->version, o->suite, master, "key expansion",
                       tt_span_of(seed, sizeof(seed)), block, 2 * (mac + key + iv)))
        return false;
    size_t side = server ? 1 : 0;
    memcpy(o->mac, block + side * mac, mac);
    memcpy(o->key, block + 2 * mac + side * key, key);
    memcpy(o->iv, block + 2 * (mac + key) + side * iv, iv);
    o->seq = 0;
    if (o->suite->mode == TT_VERIFY_MODE_RC4)
        start_rc4(o);
    tt_wipe(block, sizeof(block));
    return true;
}

bool tt_verify_opener_secret(struct tt_verify_opener *o, struct tt_span secret,
                             const char *key_label, const char *iv_label)
{
    o->seq = 0;
    return tt_verify_opener_expand(o, secret, key_label, o->key, o->suite->key) &&
           tt_verify_opener_expand(o, secret, iv_label, o->iv, 12);
}

/* ---- opening ---- */

bool tt_verify_aead(const struct tt_verify_suite *suite, const uint8_t *key,
                    const uint8_t nonce[12], struct tt_span aad, struct tt_span sealed,
                    struct tt_buf *out)
{
    size_t tag = suite->mode == TT_VERIFY_MODE_CCM_8 ? 8 : 16;
    bool ccm = suite->mode == TT_VERIFY_MODE_CCM || suite->mode == TT_VERIFY_MODE_CCM_8;
    if (sealed.len < tag || sealed.len > INT32_MAX || tt_buf_reserve(out, sealed.len) != TT_OK)
        return false;
    int body = (int)(sealed.len - tag);
    uint8_t tail[16];
    int len = 0;
    memcpy(tail, sealed.data + body, tag);
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(suite->cipher);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok = c != NULL && cipher != NULL && EVP_DecryptInit_ex(c, cipher, NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)tag, tail) == 1 &&
              EVP_DecryptInit_ex(c, NULL, NULL, key, nonce) == 1 &&
              (!ccm || EVP_DecryptUpdate(c, NULL, &len, NULL, body) == 1) &&
              (aad.len == 0 || EVP_DecryptUpdate(c, NULL, &len, aad.data, (int)aad.len) == 1) &&
              EVP_DecryptUpdate(c, out->data + out->len, &len, sealed.data, body) == 1;
    ok = ok && (ccm || EVP_DecryptFinal_ex(c, tail, &len) == 1);
    EVP_CIPHER_CTX_free(c);
    if (ok)
        out->len += (size_t)body;
    return ok;
}

static void put_be(uint8_t *at, uint64_t value, size_t len)
{
    for (size_t i = len; i > 0; i--, value >>= 8)
        at[i - 1] = (uint8_t)value;
}

enum { HEADER = 13 };

/* Sequence number, type, version, length: what MACs and AEADs cover before TLS 1.3. */
static void cover(const struct tt_verify_opener *o, struct tt_span header, size_t len,
                  uint8_t ret_aad[HEADER])
{
    put_be(ret_aad, o->seq, 8);
    memcpy(ret_aad + 8, header.data, 3);
    put_be(ret_aad + 11, len, 2);
}

static bool open_aead(const struct tt_verify_opener *o, struct tt_span header,
                      struct tt_span sealed, struct tt_buf *out)
{
    uint8_t nonce[12];
    uint8_t aad[HEADER];
    size_t tag = o->suite->mode == TT_VERIFY_MODE_CCM_8 ? 8 : 16;
    memcpy(nonce, o->iv, sizeof(nonce));
    if (o->version < 0x0304 && o->suite->mode != TT_VERIFY_MODE_CHACHA) {
        if (sealed.len < 8 + tag)
            return false;
        memcpy(nonce + 4, sealed.data, 8);
        sealed = tt_span_from(sealed, 8);
    } else {
        uint8_t number[8];
        put_be(number, o->seq, sizeof(number));
        for (size_t i = 0; i < sizeof(number); i++)
            nonce[4 + i] ^= number[i];
    }
    if (sealed.len < tag)
        return false;
    enum { FIRST_WITH_HEADER = 25 };
    if (o->version >= 0x0304 && o->draft != 0 && o->draft < FIRST_WITH_HEADER)
        header.len = 0;
    if (o->version >= 0x0304)
        return tt_verify_aead(o->suite, o->key, nonce, header, sealed, out);
    cover(o, header, sealed.len - tag, aad);
    return tt_verify_aead(o->suite, o->key, nonce, tt_span_of(aad, sizeof(aad)), sealed, out);
}

/* RFC 6101, section 5.2.3.1; the version is not covered. */
static bool fits_mac_ssl3(const struct tt_verify_opener *o, struct tt_span header,
                          struct tt_span text, struct tt_span told)
{
    uint8_t pads[2][48];
    uint8_t number[8];
    uint8_t inner[EVP_MAX_MD_SIZE];
    uint8_t mac[EVP_MAX_MD_SIZE];
    const uint8_t cover[3] = {header.data[0], (uint8_t)(text.len >> 8), (uint8_t)text.len};
    size_t len = tt_verify_hash_len(o->suite->mac);
    size_t pad = strcmp(o->suite->mac, "MD5") == 0 ? 48 : 40;
    struct tt_span key = tt_span_of(o->mac, len);
    memset(pads[0], 0x36, sizeof(pads[0]));
    memset(pads[1], 0x5c, sizeof(pads[1]));
    put_be(number, o->seq, sizeof(number));
    const struct tt_span first[] = {key, tt_span_of(pads[0], pad),
                                    tt_span_of(number, sizeof(number)),
                                    tt_span_of(cover, sizeof(cover)), text};
    const struct tt_span second[] = {key, tt_span_of(pads[1], pad), tt_span_of(inner, len)};
    return digest(o->suite->mac, first, TT_ARRAY_LEN(first), inner) &&
           digest(o->suite->mac, second, TT_ARRAY_LEN(second), mac) &&
           tt_span_eq(tt_span_of(mac, len), told);
}

static bool fits_mac(const struct tt_verify_opener *o, struct tt_span header, struct tt_span text,
                     struct tt_span told)
{
    if (o->version == 0x0300)
        return fits_mac_ssl3(o, header, text, told);
    uint8_t mac[TT_VERIFY_HASH_MAX];
    struct tt_buf all = tt_buf_make(text.len + HEADER);
    uint8_t aad[HEADER];
    cover(o, header, text.len, aad);
    size_t len = 0;
    if (tt_buf_append(&all, tt_span_of(aad, sizeof(aad))) == TT_OK &&
        tt_buf_append(&all, text) == TT_OK)
        len = tt_verify_hmac(o->suite->mac, tt_span_of(o->mac, tt_verify_hash_len(o->suite->mac)),
                             tt_buf_span(&all), mac);
    tt_buf_wipe(&all);
    return len > 0 && tt_span_eq(tt_span_of(mac, len), told);
}

static bool decrypt_cbc(struct tt_verify_opener *o, struct tt_span sealed, struct tt_buf *out)
{
    size_t block = o->suite->block;
    uint8_t iv[16];
    memcpy(iv, o->iv, sizeof(iv));
    if (o->version >= 0x0302) {
        if (sealed.len < block)
            return false;
        memcpy(iv, sealed.data, block);
        sealed = tt_span_from(sealed, block);
    }
    if (sealed.len == 0 || sealed.len % block != 0 || sealed.len > INT32_MAX ||
        tt_buf_reserve(out, sealed.len + block) != TT_OK)
        return false;
    memcpy(o->iv, sealed.data + sealed.len - block, block);
    int len = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(o->suite->cipher);
    bool ok = c != NULL && cipher != NULL && EVP_DecryptInit_ex(c, cipher, NULL, o->key, iv) == 1 &&
              EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
              EVP_DecryptUpdate(c, out->data + out->len, &len, sealed.data, (int)sealed.len) == 1;
    EVP_CIPHER_CTX_free(c);
    if (ok)
        out->len += (size_t)len;
    return ok;
}

static bool open_cbc(struct tt_verify_opener *o, struct tt_span header, struct tt_span sealed,
                     struct tt_buf *out)
{
    size_t from = out->len;
    size_t mac = tt_verify_hash_len(o->suite->mac);
    if (sealed.len < mac)
        return false;
    struct tt_span told = tt_span_from(sealed, sealed.len - mac);
    if (o->mac_last)
        sealed = tt_span_sub(sealed, 0, sealed.len - mac);
    bool authentic = o->mac_last && fits_mac(o, header, sealed, told);
    if (!decrypt_cbc(o, sealed, out))
        return false;
    size_t len = out->len - from;
    size_t padding = (size_t)out->data[out->len - 1] + 1;
    bool fits = len >= padding + (o->mac_last ? 0 : mac);
    if (fits) {
        struct tt_span text = tt_span_of(out->data + from, len - padding);
        if (!o->mac_last) {
            told = tt_span_from(text, text.len - mac);
            text = tt_span_sub(text, 0, text.len - mac);
            authentic = fits_mac(o, header, text, told);
        }
        len = text.len;
    }
    out->len = fits && authentic ? from + len : from;
    return fits && authentic;
}

static bool open_stream(struct tt_verify_opener *o, struct tt_span header, struct tt_span sealed,
                        struct tt_buf *out)
{
    size_t from = out->len;
    size_t mac = tt_verify_hash_len(o->suite->mac);
    if (sealed.len < mac || tt_buf_append(out, sealed) != TT_OK)
        return false;
    for (size_t k = from; k < out->len && o->suite->mode == TT_VERIFY_MODE_RC4; k++) {
        uint8_t *i = &o->rc4_at[0];
        uint8_t *j = &o->rc4_at[1];
        (*i)++;
        *j = (uint8_t)(*j + o->rc4[*i]);
        uint8_t kept = o->rc4[*i];
        o->rc4[*i] = o->rc4[*j];
        o->rc4[*j] = kept;
        out->data[k] ^= o->rc4[(uint8_t)(o->rc4[*i] + o->rc4[*j])];
    }
    struct tt_span text = tt_span_of(out->data + from, sealed.len - mac);
    bool ok = fits_mac(o, header, text, tt_span_of(text.data + text.len, mac));
    out->len = ok ? from + text.len : from;
    return ok;
}

bool tt_verify_open(struct tt_verify_opener *o, struct tt_span header, struct tt_span sealed,
                    struct tt_buf *out)
{
    bool ok = false;
    switch (o->suite->mode) {
    case TT_VERIFY_MODE_NULL:
    case TT_VERIFY_MODE_RC4:
        ok = open_stream(o, header, sealed, out);
        break;
    case TT_VERIFY_MODE_CBC:
        ok = open_cbc(o, header, sealed, out);
        break;
    case TT_VERIFY_MODE_GCM:
    case TT_VERIFY_MODE_CCM:
    case TT_VERIFY_MODE_CCM_8:
    case TT_VERIFY_MODE_CHACHA:
        ok = open_aead(o, header, sealed, out);
        break;
    }
    o->seq += ok ? 1 : 0;
    return ok;
}

bool tt_verify_mask(const struct tt_verify_suite *suite, const uint8_t *key,
                    const uint8_t sample[16], uint8_t ret_mask[16])
{
    static const uint8_t zeros[16] = {0};
    bool chacha = suite->mode == TT_VERIFY_MODE_CHACHA;
    const EVP_CIPHER *cipher = chacha             ? EVP_chacha20()
                               : suite->key == 16 ? EVP_aes_128_ecb()
                                                  : EVP_aes_256_ecb();
    int len = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok = c != NULL && EVP_EncryptInit_ex(c, cipher, NULL, key, chacha ? sample : NULL) == 1 &&
              EVP_EncryptUpdate(c, ret_mask, &len, chacha ? zeros : sample, 16) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}
