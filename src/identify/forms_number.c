/* Numbers, whatever they stand for: as text, in half bytes, as integers. */
#include "identify/forms_number.h"

#include "identify/bcd.h"
#include "identify/integer.h"
#include "identify/transform.h"

#define BITS_OF_32 32.0
#define BITS_OF_64 64.0

struct tt_number tt_forms_number(struct tt_forms *forms, struct tt_span value, size_t shared)
{
    struct tt_span digits = tt_write_digits(&forms->arena, value);
    return (struct tt_number){.digits = digits,
                              .bits = tt_bits_of_digits(digits, shared, TT_BITS_DIGIT_SHARED)};
}

static struct tt_writing writing_of(const char *name, struct tt_span bytes, double bits,
                                    enum tt_edge edge)
{
    return (struct tt_writing){
        .name = name, .bytes = bytes, .bits = bits, .caseless = true, .left = edge, .right = edge};
}

struct tt_writing tt_forms_number_writing(const char *name, struct tt_span bytes, double bits)
{
    size_t digits = 0;
    for (size_t i = 0; i < bytes.len; i++)
        digits += tt_is_digit(bytes.data[i]) ? 1 : 0;
    return writing_of(name, bytes, bits, digits < TT_NUMBER_LONG ? TT_EDGE_DIGIT : TT_EDGE_ANY);
}

void tt_forms_number_text(struct tt_forms *forms, const char *name, struct tt_span bytes,
                          double bits)
{
    struct tt_writing writing = tt_forms_number_writing(name, bytes, bits);
    tt_forms_add(forms, &writing);
}

void tt_forms_number_alone(struct tt_forms *forms, const char *name, struct tt_span bytes,
                           double bits)
{
    struct tt_writing writing = writing_of(name, bytes, bits, TT_EDGE_DIGIT);
    tt_forms_add(forms, &writing);
}

struct tt_span tt_forms_join(struct tt_forms *forms, const struct tt_span *parts, size_t count,
                             const char *between)
{
    size_t between_len = strlen(between);
    size_t room = 1;
    for (size_t i = 0; i < count; i++)
        room += parts[i].len + between_len;
    uint8_t *out = tt_arena_bytes(&forms->arena, room);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && between_len > 0)
            memcpy(out + len, between, between_len);
        len += i > 0 ? between_len : 0;
        if (parts[i].len > 0)
            memcpy(out + len, parts[i].data, parts[i].len);
        len += parts[i].len;
    }
    return tt_span_of(out, len);
}

void tt_forms_number_grouped(struct tt_forms *forms, const char *name,
                             const struct tt_number *number, const unsigned char *groups,
                             char separator)
{
    enum { GROUPS_MAX = 8 };
    struct tt_span parts[GROUPS_MAX];
    const char between[2] = {separator, 0};
    size_t count = 0;
    size_t at = 0;
    for (; count < GROUPS_MAX && groups[count] != 0; count++) {
        parts[count] = tt_span_sub(number->digits, at, groups[count]);
        at += groups[count];
    }
    if (at == number->digits.len)
        tt_forms_number_text(forms, name, tt_forms_join(forms, parts, count, between),
                             number->bits);
}

void tt_forms_number_bcd(struct tt_forms *forms, const struct tt_number *number)
{
    struct tt_arena *arena = &forms->arena;
    tt_forms_raw(forms, "tbcd", tt_write_bcd(arena, number->digits, true, 15), number->bits);
    tt_forms_raw(forms, "bcd", tt_write_bcd(arena, number->digits, false, 15), number->bits);
    if (number->digits.len % 2 == 0)
        return;
    tt_forms_raw(forms, "tbcd", tt_write_bcd(arena, number->digits, true, 0), number->bits);
    tt_forms_raw(forms, "bcd", tt_write_bcd(arena, number->digits, false, 0), number->bits);
    tt_forms_raw(forms, "bcd", tt_write_bcd_right(arena, number->digits), number->bits);
}

static double at_most(double bits, double most)
{
    return bits < most ? bits : most;
}

static void add_32(struct tt_forms *forms, uint64_t value, double bits)
{
    struct tt_arena *arena = &forms->arena;
    bits = at_most(bits, BITS_OF_32);
    tt_forms_raw(forms, "uint32be", tt_write_integer(arena, value, 4, TT_ORDER_BIG), bits);
    tt_forms_raw(forms, "uint32le", tt_write_integer(arena, value, 4, TT_ORDER_LITTLE), bits);
}

static void add_64(struct tt_forms *forms, uint64_t value, double bits)
{
    static const struct {
        const char *name;
        enum tt_byte_order order;
    } orders[] = {{"uint64be", TT_ORDER_BIG},
                  {"uint64le", TT_ORDER_LITTLE},
                  {"uint32be pair", TT_ORDER_BIG_LOW_HALF},
                  {"uint32le pair", TT_ORDER_LITTLE_HIGH_HALF}};
    for (size_t i = 0; i < TT_ARRAY_LEN(orders); i++)
        tt_forms_raw(forms, orders[i].name,
                     tt_write_integer(&forms->arena, value, 8, orders[i].order), bits);
}

/* Not as a part of a longer string of hexadecimal digits; behind 0x it begins for sure. */
static void add_hexadecimal(struct tt_forms *forms, uint64_t value, double bits)
{
    struct tt_span digits = tt_write_hexadecimal(&forms->arena, value);
    struct tt_span parts[2] = {tt_span_str("0x"), digits};
    struct tt_writing alone = writing_of("hexadecimal", digits, bits, TT_EDGE_WORD);
    tt_forms_add(forms, &alone);
    struct tt_writing prefixed = {.name = "hexadecimal",
                                  .bytes = tt_forms_join(forms, parts, 2, ""),
                                  .bits = bits,
                                  .caseless = true,
                                  .right = TT_EDGE_WORD};
    tt_forms_add(forms, &prefixed);
}

void tt_forms_integer(struct tt_forms *forms, uint64_t value, double bits)
{
    static const uint64_t exact_double = (uint64_t)1 << 53;
    struct tt_arena *arena = &forms->arena;
    if (bits < TT_WEAK_BITS)
        return;
    bits = at_most(bits, BITS_OF_64);
    /* Before the bytes, whose hexadecimal digits it may be. */
    add_hexadecimal(forms, value, bits);
    add_64(forms, value, bits);
    if (value <= UINT32_MAX)
        add_32(forms, value, bits);
    tt_forms_raw(forms, "varint", tt_write_varint(arena, value), bits);
    if (value <= INT64_MAX)
        tt_forms_raw(forms, "varint, zigzag", tt_write_varint(arena, tt_zigzag((int64_t)value)),
                     bits);
    if (value <= exact_double) {
        tt_forms_raw(forms, "double", tt_write_double(arena, (double)value, true), bits);
        tt_forms_raw(forms, "double", tt_write_double(arena, (double)value, false), bits);
    }
}

void tt_forms_number_binary(struct tt_forms *forms, const struct tt_number *number)
{
    uint64_t value = 0;
    if (tt_integer_of_digits(number->digits, &value))
        tt_forms_integer(forms, value, number->bits);
}

void tt_forms_number_wire(struct tt_forms *forms, const struct tt_number *number)
{
    struct tt_arena *arena = &forms->arena;
    uint64_t value = 0;
    if (!tt_integer_of_digits(number->digits, &value))
        return;
    double bits = at_most(number->bits, BITS_OF_64);
    tt_forms_raw(forms, "uint64be", tt_write_integer(arena, value, 8, TT_ORDER_BIG), bits);
    tt_forms_raw(forms, "uint64le", tt_write_integer(arena, value, 8, TT_ORDER_LITTLE), bits);
    tt_forms_raw(forms, "varint", tt_write_varint(arena, value), bits);
}

void tt_forms_number_common(struct tt_forms *forms, const struct tt_number *number,
                            struct tt_span value)
{
    struct tt_writing plain = {.bytes = number->digits, .bits = number->bits};
    struct tt_writing digits = tt_forms_number_writing("digits", number->digits, number->bits);
    tt_forms_add(forms, &digits);
    tt_forms_number_text(forms, "as written", value, number->bits);
    tt_forms_utf16(forms, &plain, "utf-16le", "utf-16be");
    tt_forms_transforms(forms, &digits);
    tt_forms_mirrored(forms, number->digits, number->bits);
    tt_forms_number_bcd(forms, number);
    tt_forms_number_binary(forms, number);
}
