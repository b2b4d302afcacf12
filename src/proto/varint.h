/* Integers of QUIC and HTTP/3: RFC 9000, section 16. */
#ifndef TT_PROTO_VARINT_H
#define TT_PROTO_VARINT_H

#include "base/span.h"

/* Reads the integer at `*at` and moves `*at` behind it. False when it is cut. */
static inline bool tt_varint_read(struct tt_span bytes, size_t *at, uint64_t *ret_value)
{
    if (*at >= bytes.len)
        return false;
    size_t len = (size_t)1 << (bytes.data[*at] >> 6);
    if (len > bytes.len - *at)
        return false;
    uint64_t value = bytes.data[*at] & 0x3fU;
    for (size_t i = 1; i < len; i++)
        value = value << 8 | bytes.data[*at + i];
    *at += len;
    *ret_value = value;
    return true;
}

#endif
