#include "verify/keys.h"

#include "base/compiler.h"
#include "verify/decode.h"

enum { FIELD_MAX = 64, FIELDS_MAX = 65536, KEY_MIN = 3, BYTES_MAX = 1 << 20 };

/* Offers the word, and the seconds of a time in milliseconds. */
static bool offer(struct tt_span word, tt_verify_field_fn *take, void *context)
{
    while (word.len > 0 && !tt_is_alnum(word.data[0]) && word.data[0] < 0x80)
        word = tt_span_from(word, 1);
    while (word.len > 0 && !tt_is_alnum(word.data[word.len - 1]) && word.data[word.len - 1] < 0x80)
        word.len--;
    if (word.len == 0 || word.len > FIELD_MAX)
        return false;
    bool milliseconds = word.len == 13 && word.data[0] == '1';
    return take(context, word) || (milliseconds && take(context, tt_span_sub(word, 0, 10)));
}

/* The words of a message, cut at the signs that are not in `signs`. */
static bool any_word(struct tt_span text, const char *signs, tt_verify_field_fn *take,
                     void *context)
{
    size_t at = 0;
    for (size_t count = 0; at < text.len && count < FIELDS_MAX; count++) {
        size_t end = at;
        while (end < text.len && (tt_is_alnum(text.data[end]) || text.data[end] >= 0x80 ||
                                  (text.data[end] != 0 && strchr(signs, text.data[end]) != NULL)))
            end++;
        if (offer(tt_span_sub(text, at, end - at), take, context))
            return true;
        at = end + 1;
    }
    return false;
}

bool tt_verify_any_field(struct tt_span beside, tt_verify_field_fn *take, void *context)
{
    static const char *const signs[] = {"._:@+-/", "_.-", ""};
    for (size_t i = 0; i < TT_ARRAY_LEN(signs); i++) {
        if (any_word(beside, signs[i], take, context))
            return true;
    }
    return false;
}

void tt_verify_keys_init(struct tt_verify_keys *keys)
{
    keys->bytes = tt_buf_make(BYTES_MAX);
    keys->count = 0;
}

void tt_verify_keys_wipe(struct tt_verify_keys *keys)
{
    tt_buf_wipe(&keys->bytes);
    keys->count = 0;
}

void tt_verify_keys_put(struct tt_verify_keys *keys, struct tt_span key)
{
    if (key.len == 0 || keys->count == TT_VERIFY_KEYS_MAX ||
        tt_buf_append(&keys->bytes, key) != TT_OK)
        return;
    keys->ends[keys->count++] = keys->bytes.len;
}

static bool put_readings(void *context, struct tt_span field)
{
    static const char *const codings[] = {"hex", "base64"};
    struct tt_verify_keys *keys = context;
    if (field.len < KEY_MIN)
        return false;
    tt_verify_keys_put(keys, field);
    for (size_t i = 0; i < TT_ARRAY_LEN(codings); i++) {
        struct tt_buf bytes = tt_buf_make(BYTES_MAX);
        enum tt_err err = TT_OK;
        if (tt_verify_decode(codings[i], field, &bytes, &err) && err == TT_OK)
            tt_verify_keys_put(keys, tt_buf_span(&bytes));
        tt_buf_wipe(&bytes);
    }
    return keys->count == TT_VERIFY_KEYS_MAX;
}

void tt_verify_keys_add(struct tt_verify_keys *keys, struct tt_span beside)
{
    (void)tt_verify_any_field(beside, put_readings, keys);
}

struct tt_span tt_verify_keys_at(const struct tt_verify_keys *keys, size_t at)
{
    size_t from = at == 0 ? 0 : keys->ends[at - 1];
    return tt_span_sub(tt_buf_span(&keys->bytes), from, keys->ends[at] - from);
}

enum tt_err tt_verify_unxor(struct tt_span bytes, struct tt_span key, struct tt_buf *out)
{
    enum tt_err err = key.len == 0 ? TT_ERR_FORMAT : tt_buf_reserve(out, bytes.len);
    for (size_t i = 0; i < bytes.len && err == TT_OK; i++)
        err = tt_buf_append_u8(out, bytes.data[i] ^ key.data[i % key.len]);
    return err;
}
