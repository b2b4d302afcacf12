#include "identify/letters.h"

static const struct tt_span nothing = {.data = (const uint8_t *)"", .len = 0};
static const struct tt_span no_memory = {.data = NULL, .len = 0};

struct tt_span tt_write_base32(struct tt_arena *arena, struct tt_span bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    if (bytes.len > TT_LETTERS_OF)
        return nothing;
    uint8_t *out = tt_arena_bytes(arena, bytes.len * 2 + 1);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    for (size_t bit = 0; bit < bytes.len * 8; bit += 5) {
        unsigned pair = (unsigned)bytes.data[bit / 8] << 8;
        pair |= bit / 8 + 1 < bytes.len ? bytes.data[bit / 8 + 1] : 0;
        out[len++] = (uint8_t)digits[pair >> (11 - bit % 8) & 31U];
    }
    return tt_span_of(out, len);
}

/* Digits of base 58, the lowest first: multiplied by 256 and added to, byte by byte. */
static size_t count_base58(struct tt_span bytes, uint8_t *digits)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned carry = bytes.data[i];
        for (size_t j = 0; j < count; j++) {
            carry += (unsigned)digits[j] << 8;
            digits[j] = (uint8_t)(carry % 58);
            carry /= 58;
        }
        for (; carry > 0; carry /= 58)
            digits[count++] = (uint8_t)(carry % 58);
    }
    return count;
}

struct tt_span tt_write_base58(struct tt_arena *arena, struct tt_span bytes)
{
    static const char letters[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t digits[TT_LETTERS_OF * 2];
    if (bytes.len > TT_LETTERS_OF)
        return nothing;
    uint8_t *out = tt_arena_bytes(arena, bytes.len * 2 + 1);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    size_t count = count_base58(bytes, digits);
    while (len < bytes.len && bytes.data[len] == 0)
        out[len++] = '1';
    while (count > 0)
        out[len++] = (uint8_t)letters[digits[--count]];
    return tt_span_of(out, len);
}

/* One group of up to four bytes: one letter more than bytes. */
static size_t put_group(const char *letters, struct tt_span group, uint8_t *out)
{
    uint32_t number = 0;
    for (size_t i = 0; i < 4; i++)
        number = number << 8 | (i < group.len ? group.data[i] : 0U);
    for (size_t i = 5; i > 0; i--) {
        if (i <= group.len + 1)
            out[i - 1] = (uint8_t)letters[number % 85];
        number /= 85;
    }
    return group.len + 1;
}

struct tt_span tt_write_base85(struct tt_arena *arena, struct tt_span bytes, enum tt_base85 variant)
{
    static const char *const letters[] = {
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
    };
    static const uint8_t zeros[4] = {0};
    if (bytes.len > TT_LETTERS_OF || (variant == TT_BASE85_Z && bytes.len % 4 != 0))
        return nothing;
    uint8_t *out = tt_arena_bytes(arena, bytes.len * 2 + 1);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    for (size_t at = 0; at < bytes.len; at += 4) {
        struct tt_span group = tt_span_sub(bytes, at, 4);
        if (variant == TT_BASE85_ASCII && group.len == 4 && memcmp(group.data, zeros, 4) == 0)
            out[len++] = 'z';
        else
            len += put_group(letters[variant], group, out + len);
    }
    return tt_span_of(out, len);
}
