#include "identify/recipe_card.h"

#include "base/utf.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { LIKELY_LOOK = 64 };

/* ---- where it applies ---- */

bool tt_card_is_for(const struct tt_card *card, const char *host)
{
    if (card->host_count == 0)
        return true;
    struct tt_span name = host == NULL ? tt_span_of(NULL, 0) : tt_span_str(host);
    for (size_t i = 0; i < card->host_count; i++) {
        struct tt_span pattern = tt_span_str(card->hosts[i]);
        if (pattern.data[0] == '*') {
            struct tt_span suffix = tt_span_from(pattern, 1);
            if (name.len > suffix.len &&
                tt_span_ieq(tt_span_from(name, name.len - suffix.len), suffix))
                return true;
        } else if (tt_span_ieq(name, pattern)) {
            return true;
        }
    }
    return false;
}

bool tt_card_takes_text(const struct tt_card *card)
{
    return card->step_count > 0 && card->steps[0].op == TT_CARD_ALPHABET;
}

int tt_card_value(const struct tt_card *card, uint8_t c)
{
    return card->steps[0].values[c];
}

/* ---- keys ---- */

static size_t read_hex(struct tt_span digits, uint8_t *out)
{
    if (digits.len % 2 != 0)
        return 0;
    for (size_t i = 0; i < digits.len; i += 2) {
        int high = tt_hex_value(digits.data[i]);
        int low = tt_hex_value(digits.data[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return digits.len / 2;
}

static size_t run_digest(const struct tt_card_key *key, struct tt_span in, uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD *method = EVP_MD_fetch(NULL, key->digest, NULL);
    if (method == NULL || EVP_Digest(in.data, in.len, digest, &len, method, NULL) != 1)
        len = 0;
    EVP_MD_free(method);
    for (unsigned i = 0; i < len && i < TT_CIPHER_KEY_MAX; i++) {
        if (!key->digest_hex) {
            out[i] = digest[i];
        } else if (i < TT_CIPHER_KEY_MAX / 2) {
            out[2 * i] = (uint8_t)digits[digest[i] >> 4];
            out[2 * i + 1] = (uint8_t)digits[digest[i] & 15];
        }
    }
    size_t made = key->digest_hex ? 2 * (size_t)len : len;
    return made < TT_CIPHER_KEY_MAX ? made : TT_CIPHER_KEY_MAX;
}

size_t tt_card_key_make(const struct tt_card_key *key, struct tt_span field,
                        uint8_t out[TT_CIPHER_KEY_MAX])
{
    struct tt_span text = key->from == TT_FROM_FIELD ? field : tt_span_of(key->bytes, key->len);
    uint8_t bytes[TT_CIPHER_KEY_MAX];
    if (key->from == TT_FROM_FIELD && key->hex) {
        if (text.len > 2 * sizeof(bytes))
            return 0;
        text = tt_span_of(bytes, read_hex(text, bytes));
    }
    size_t len = text.len;
    if (key->digest != NULL)
        len = run_digest(key, text, out);
    else if (len <= TT_CIPHER_KEY_MAX)
        memcpy(out, text.data, len);
    else
        return 0;
    return key->take > 0 ? (len >= key->take ? key->take : 0) : len;
}

/* ---- steps ---- */

static bool undo_alphabet(const struct tt_card_step *step, struct tt_span in, bool whole,
                          uint8_t *out, size_t *ret_len)
{
    uint32_t bits = 0;
    size_t len = 0;
    size_t count = 0;
    size_t end = in.len;
    /* Padding is one character, often "=", once or twice. */
    while (whole && end > 0 && in.len - end < 2 && step->values[in.data[end - 1]] < 0)
        end--;
    for (size_t i = 0; i < end; i++) {
        int value = step->values[in.data[i]];
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        if (++count % 4 == 0) {
            out[len++] = (uint8_t)(bits >> 16);
            out[len++] = (uint8_t)(bits >> 8);
            out[len++] = (uint8_t)bits;
        }
    }
    size_t left = count % 4;
    if (whole && left == 1)
        return false;
    if (whole && left > 1)
        out[len++] = (uint8_t)(bits >> (left == 2 ? 4 : 10));
    if (whole && left == 3)
        out[len++] = (uint8_t)(bits >> 2);
    *ret_len = len;
    return len > 0;
}

/* Sets *iv, and takes it from the front of *in where it stands there. */
static bool take_iv(const struct tt_card_step *step, struct tt_span field, const uint8_t *key,
                    size_t key_len, struct tt_span *in, uint8_t iv[TT_CIPHER_BLOCK_MAX])
{
    uint8_t bytes[TT_CIPHER_KEY_MAX];
    size_t len = 0;
    size_t need = tt_cipher_iv(step->cipher);
    memset(iv, 0, TT_CIPHER_BLOCK_MAX);
    switch (step->iv.from) {
    case TT_FROM_NOTHING:
        return true;
    case TT_FROM_CARD:
    case TT_FROM_FIELD:
        len = tt_card_key_make(&step->iv, field, bytes);
        break;
    case TT_FROM_KEY:
        len = key_len;
        memcpy(bytes, key, key_len);
        break;
    case TT_FROM_INPUT:
        len = in->len;
        memcpy(bytes, in->data, in->len < need ? in->len : need);
        *in = tt_span_from(*in, need);
        break;
    }
    if (len < need)
        return false;
    memcpy(iv, bytes, need);
    return true;
}

static bool undo_cipher(struct tt_card_step *step, struct tt_span in, struct tt_span field,
                        bool whole, uint8_t *out, struct tt_card_result *result)
{
    uint8_t key[TT_CIPHER_KEY_MAX];
    uint8_t iv[TT_CIPHER_BLOCK_MAX];
    size_t key_len = 0;
    size_t block = tt_cipher_block(step->cipher);
    if (step->key.from == TT_FROM_FIELD || step->iv.from == TT_FROM_KEY)
        key_len = tt_card_key_make(&step->key, field, key);
    if (step->key.from == TT_FROM_FIELD && !tt_cipher_key(step->cipher, tt_span_of(key, key_len)))
        return false;
    if (!take_iv(step, field, key, key_len, &in, iv))
        return false;
    if (!whole)
        in.len -= in.len % block;
    if (in.len == 0 || !tt_cipher_run(step->cipher, iv, in, out))
        return false;
    result->bytes = tt_span_of(out, in.len);
    if (!whole || !step->padded)
        return true;
    result->bytes.len = tt_cipher_unpad(result->bytes, block);
    result->padded = true;
    return result->bytes.len <= in.len;
}

static bool undo_step(struct tt_card_step *step, struct tt_span field, bool whole, uint8_t *out,
                      struct tt_card_result *result)
{
    struct tt_span in = result->bytes;
    size_t len = 0;
    switch (step->op) {
    case TT_CARD_ALPHABET:
        if (!undo_alphabet(step, in, whole, out, &len))
            return false;
        result->bytes = tt_span_of(out, len);
        return true;
    case TT_CARD_CIPHER:
        return undo_cipher(step, in, field, whole, out, result);
    case TT_CARD_REVERSE:
        /* The first bytes of something are the last of what it was made of. */
        for (size_t i = 0; i < in.len; i++)
            out[i] = in.data[in.len - 1 - i];
        result->bytes = tt_span_of(out, in.len);
        return true;
    case TT_CARD_SKIP:
        result->bytes = tt_span_from(in, step->count);
        return result->bytes.len > 0;
    }
    return false;
}

bool tt_card_undo(struct tt_card *card, struct tt_span in, struct tt_span field, bool whole,
                  struct tt_card_room *room, struct tt_card_result *ret_result)
{
    struct tt_card_result result = {.bytes = in};
    unsigned next = 0;
    for (size_t i = 0; i < card->step_count; i++) {
        if (!undo_step(&card->steps[i], field, whole, room->buffers[next], &result))
            return false;
        if (card->steps[i].op != TT_CARD_SKIP)
            next = 1 - next;
    }
    *ret_result = result;
    return card->step_count > 0;
}

/* ---- what came out ---- */

static bool is_text(struct tt_span bytes, size_t distinct_min)
{
    bool seen[256] = {false};
    size_t distinct = 0;
    size_t words = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint8_t c = bytes.data[at];
        size_t len = 1;
        uint32_t code = 0;
        if (c >= 0x80 && !tt_utf8_read(tt_span_from(bytes, at), &code, &len)) {
            if (bytes.len - at >= 4)
                return false;
            break; /* the end cuts it */
        }
        if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\r' && c != '\n'))
            return false;
        words += c >= 0x80 || tt_is_alnum(c) ? len : 0;
        distinct += !seen[c];
        seen[c] = true;
        at += len;
    }
    return distinct >= distinct_min && words * 3 > bytes.len;
}

static bool starts_gzip(struct tt_span bytes)
{
    static const uint8_t magic[] = {0x1f, 0x8b, 8};
    return tt_span_starts(bytes, tt_span_of(magic, sizeof(magic)));
}

static bool starts_zlib(struct tt_span bytes)
{
    return bytes.len > 2 && bytes.data[0] == 0x78 && (0x7800 | bytes.data[1]) % 31 == 0 &&
           (bytes.data[1] & 0x20) == 0;
}

/* At the front, or behind a length of 4 bytes. */
static bool is_packed(struct tt_span bytes, bool (*starts)(struct tt_span))
{
    return starts(bytes) || starts(tt_span_from(bytes, 4));
}

bool tt_card_is_likely(const struct tt_card *card, const struct tt_card_result *result)
{
    enum { DISTINCT = 6, DISTINCT_PADDED = 2 };
    struct tt_span head = tt_span_sub(result->bytes, 0, LIKELY_LOOK);
    bool text = is_text(head, result->padded ? DISTINCT_PADDED : DISTINCT);
    switch (card->gives) {
    case TT_GIVES_TEXT:
        return text;
    case TT_GIVES_GZIP:
        return is_packed(head, starts_gzip);
    case TT_GIVES_ZLIB:
        return is_packed(head, starts_zlib);
    case TT_GIVES_ANYTHING:
        return text || is_packed(head, starts_gzip) || starts_zlib(head) ||
               (result->padded && head.len > 0);
    }
    return false;
}

void tt_card_clear(struct tt_card *card)
{
    for (size_t i = 0; card->steps != NULL && i < card->step_count; i++)
        tt_cipher_free(card->steps[i].cipher);
}
