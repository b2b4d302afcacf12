/* Numbers as the integers that programs and protocols make of them. As in transform.h: results live
 * in the arena, an empty span means that there is nothing to write, data is NULL without memory. */
#ifndef TT_IDENTIFY_INTEGER_H
#define TT_IDENTIFY_INTEGER_H

#include "base/arena.h"
#include "base/span.h"

/* Decimal or hexadecimal digits (nothing else) as a number; false when they are none, or more than
 * 64 bits hold. */
bool tt_integer_of_digits(struct tt_span digits, uint64_t *ret_value);
bool tt_integer_of_hex(struct tt_span digits, uint64_t *ret_value);

enum tt_byte_order {
    TT_ORDER_BIG,             /* most significant byte first */
    TT_ORDER_LITTLE,          /* least significant byte first */
    TT_ORDER_BIG_LOW_HALF,    /* two big-endian 32-bit halves, the low one first */
    TT_ORDER_LITTLE_HIGH_HALF /* two little-endian 32-bit halves, the high one first */
};

/* `width` bytes, 8 for the orders of halves; empty when the value needs more. */
struct tt_span tt_write_integer(struct tt_arena *arena, uint64_t value, size_t width,
                                enum tt_byte_order order);

/* Base 128, least significant group first (protobuf's varint, LEB128): 1 to 10 bytes. */
struct tt_span tt_write_varint(struct tt_arena *arena, uint64_t value);

/* protobuf's sint64: the sign in the lowest bit. */
uint64_t tt_zigzag(int64_t value);

/* Digits without leading zeros. */
struct tt_span tt_write_decimal(struct tt_arena *arena, uint64_t value);
struct tt_span tt_write_hexadecimal(struct tt_arena *arena, uint64_t value);

/* IEEE 754 binary64 and binary32. */
struct tt_span tt_write_double(struct tt_arena *arena, double value, bool big_endian);
struct tt_span tt_write_float(struct tt_arena *arena, float value, bool big_endian);

#endif
