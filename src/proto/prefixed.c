#include "proto/prefixed.h"

enum { FURTHER_MAX = 5 }; /* bytes behind the prefix */

bool tt_prefixed_read(struct tt_span bytes, size_t *at, unsigned bits, uint64_t *ret_value)
{
    if (*at >= bytes.len)
        return false;
    uint64_t mask = (1U << bits) - 1;
    uint64_t value = bytes.data[(*at)++] & mask;
    bool more = value == mask;
    for (unsigned shift = 0; more && shift < 7 * FURTHER_MAX; shift += 7) {
        if (*at >= bytes.len)
            return false;
        uint8_t c = bytes.data[(*at)++];
        value += (uint64_t)(c & 127U) << shift;
        more = (c & 128U) != 0;
    }
    *ret_value = value;
    return !more && value <= UINT32_MAX;
}

bool tt_prefixed_skip(struct tt_span bytes, size_t *at, unsigned bits)
{
    uint64_t len = 0;
    if (!tt_prefixed_read(bytes, at, bits, &len) || len > bytes.len - *at)
        return false;
    *at += (size_t)len;
    return true;
}
