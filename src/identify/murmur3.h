/* MurmurHash3 by Austin Appleby, which its author put into the public domain: a fast hash without
 * a secret. Advertising and analytics libraries name devices by it. Seed 0, as they use it. */
#ifndef TT_IDENTIFY_MURMUR3_H
#define TT_IDENTIFY_MURMUR3_H

#include "base/span.h"

enum { TT_MURMUR3_32_LEN = 4, TT_MURMUR3_128_LEN = 16 };

/* MurmurHash3_x86_32. */
uint32_t tt_murmur3_32(struct tt_span bytes);

/* MurmurHash3_x64_128: two words, each written with its most significant byte first (as most
 * programs show it) or last (as they lie in memory: so Guava shows it). */
void tt_murmur3_128(struct tt_span bytes, bool big_endian, uint8_t ret_hash[TT_MURMUR3_128_LEN]);

#endif
