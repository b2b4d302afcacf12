/* Digests and the ways in which they are put together: "md5", "md5 of the hexadecimal md5".
 *
 * MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4), SHA-3 (FIPS 202), RIPEMD-160 (ISO/IEC 10118-3),
 * MurmurHash3, CRC-32 (ISO/IEC 8802-3); UUIDs made of a digest: RFC 4122 section 4.3 without a name
 * space, as Java's UUID.nameUUIDFromBytes makes them. */
#ifndef TT_IDENTIFY_DIGEST_H
#define TT_IDENTIFY_DIGEST_H

#include "base/span.h"

enum {
    TT_DIGEST_LEN_MAX = 64, /* SHA-512 */
    TT_DIGEST_LEN_MIN = 8,  /* a digest cut to less proves nothing and is not looked for */
    TT_DIGEST_STEPS_MAX = 3
};

/* For whom a method is tried: each includes the ones before it. */
enum tt_digest_reach {
    TT_DIGEST_FOR_ALL,   /* the address book of any size */
    TT_DIGEST_FOR_FIRST, /* the first contacts and messages too */
    TT_DIGEST_FOR_OWNER
};

/* One way from a value to 8 bytes and more. */
struct tt_digest_method {
    const char *steps[TT_DIGEST_STEPS_MAX]; /* innermost first: {"md5", "hex", "md5"} */
    size_t len;
    enum tt_digest_reach reach;
};

/* Method number `at`; NULL past the end. In the order of their reach: those for all come first. */
const struct tt_digest_method *tt_digest_method_at(size_t at);

/* What computes them. One thread at a time. */
struct tt_hasher;

/* NULL without memory. */
struct tt_hasher *tt_hasher_new(void);
void tt_hasher_free(struct tt_hasher *hasher);

/* Writes the digest by method number `method`. False when the system forbids it. */
bool tt_hasher_run(struct tt_hasher *hasher, size_t method, struct tt_span value,
                   uint8_t ret_digest[TT_DIGEST_LEN_MAX]);

/* Of two spans one behind the other: for salts. `method` has one step. */
bool tt_hasher_run_pair(struct tt_hasher *hasher, size_t method, struct tt_span first,
                        struct tt_span second, uint8_t ret_digest[TT_DIGEST_LEN_MAX]);

/* The checksum of ISO/IEC 8802-3 (zlib's). */
uint32_t tt_crc32(struct tt_span bytes);

#endif
