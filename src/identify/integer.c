#include "identify/integer.h"

#include <inttypes.h>
#include <stdio.h>

enum { VARINT_MAX = 10, TEXT_MAX = 24 };

static const struct tt_span nothing = {.data = (const uint8_t *)"", .len = 0};
static const struct tt_span no_memory = {.data = NULL, .len = 0};

bool tt_integer_of_digits(struct tt_span digits, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!tt_is_digit(digits.data[i]))
            return false;
        unsigned digit = (unsigned)(digits.data[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return digits.len > 0;
}

bool tt_integer_of_hex(struct tt_span digits, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = tt_hex_value(digits.data[i]);
        if (digit < 0 || value >> 60 != 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    *ret_value = value;
    return digits.len > 0;
}

/* The byte of the number (0: the lowest) that stands at `at`. */
static size_t place(size_t at, size_t width, enum tt_byte_order order)
{
    switch (order) {
    case TT_ORDER_BIG:
        return width - 1 - at;
    case TT_ORDER_LITTLE:
        return at;
    case TT_ORDER_BIG_LOW_HALF:
        return (width - 1 - at) ^ 4U;
    case TT_ORDER_LITTLE_HIGH_HALF:
        return at ^ 4U;
    }
    return at;
}

struct tt_span tt_write_integer(struct tt_arena *arena, uint64_t value, size_t width,
                                enum tt_byte_order order)
{
    bool halves = order == TT_ORDER_BIG_LOW_HALF || order == TT_ORDER_LITTLE_HIGH_HALF;
    if (width == 0 || width > 8 || (halves && width != 8) ||
        (width < 8 && value >> (width * 8) != 0))
        return nothing;
    uint8_t *out = tt_arena_alloc(arena, width);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < width; i++)
        out[i] = (uint8_t)(value >> (place(i, width, order) * 8));
    return tt_span_of(out, width);
}

struct tt_span tt_write_varint(struct tt_arena *arena, uint64_t value)
{
    uint8_t *out = tt_arena_alloc(arena, VARINT_MAX);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    while (value >= 0x80) {
        out[len++] = (uint8_t)(0x80 | (value & 0x7f));
        value >>= 7;
    }
    out[len++] = (uint8_t)value;
    return tt_span_of(out, len);
}

uint64_t tt_zigzag(int64_t value)
{
    return value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1;
}

struct tt_span tt_write_decimal(struct tt_arena *arena, uint64_t value)
{
    char *out = tt_arena_alloc(arena, TEXT_MAX);
    if (out == NULL)
        return no_memory;
    int len = snprintf(out, TEXT_MAX, "%" PRIu64, value);
    return tt_span_of(out, (size_t)len);
}

struct tt_span tt_write_hexadecimal(struct tt_arena *arena, uint64_t value)
{
    char *out = tt_arena_alloc(arena, TEXT_MAX);
    if (out == NULL)
        return no_memory;
    int len = snprintf(out, TEXT_MAX, "%" PRIx64, value);
    return tt_span_of(out, (size_t)len);
}

struct tt_span tt_write_double(struct tt_arena *arena, double value, bool big_endian)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return tt_write_integer(arena, bits, sizeof(bits), big_endian ? TT_ORDER_BIG : TT_ORDER_LITTLE);
}

struct tt_span tt_write_float(struct tt_arena *arena, float value, bool big_endian)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return tt_write_integer(arena, bits, sizeof(bits), big_endian ? TT_ORDER_BIG : TT_ORDER_LITTLE);
}
