/* The ciphers that recipes undo: RC4, AES, DES and Triple DES with a key that is known, XOR with a
 * repeated key. For opening what was hidden with a published key; nothing is encrypted here for
 * secrecy.
 *
 * AES: FIPS 197; DES and Triple DES: FIPS 46-3 (DES is Triple DES with one key three times, so no
 * legacy part of the library is needed); modes ECB, CBC, CTR: NIST SP 800-38A; padding: RFC 5652
 * section 6.3. RC4: as published in RFC 6229, whose vectors test it. */
#ifndef TT_IDENTIFY_RECIPE_CIPHER_H
#define TT_IDENTIFY_RECIPE_CIPHER_H

#include "base/err.h"
#include "base/span.h"

enum { TT_CIPHER_BLOCK_MAX = 16, TT_CIPHER_KEY_MAX = 64 };

enum tt_cipher_algorithm { TT_CIPHER_XOR, TT_CIPHER_RC4, TT_CIPHER_AES, TT_CIPHER_DES };
enum tt_cipher_mode { TT_MODE_ECB, TT_MODE_CBC, TT_MODE_CTR };

struct tt_cipher;

/* NULL without memory, or when the system has no such cipher. It has no key yet. */
struct tt_cipher *tt_cipher_new(enum tt_cipher_algorithm algorithm, enum tt_cipher_mode mode);
void tt_cipher_free(struct tt_cipher *cipher); /* wipes the key */

/* Is a key of that length one of the algorithm? AES: 16, 24, 32; DES: 8, and 16 or 24 for Triple
 * DES; XOR and RC4: 1 to TT_CIPHER_KEY_MAX. */
bool tt_cipher_takes(enum tt_cipher_algorithm algorithm, size_t key_len);

/* Bytes of a block; 1 for XOR, RC4 and CTR. */
size_t tt_cipher_block(const struct tt_cipher *cipher);

/* Bytes of an initialization vector: a block of the algorithm. */
size_t tt_cipher_iv(const struct tt_cipher *cipher);

/* Sets the key. False when it does not fit. */
bool tt_cipher_key(struct tt_cipher *cipher, struct tt_span key);

/* Decrypts `in` (whole blocks) to `out`, which has as much room and is not `in`. `iv`: as long as a
 * block, for CBC and CTR; else not looked at. Each call begins anew. Not before there is a key. */
bool tt_cipher_run(struct tt_cipher *cipher, const uint8_t *iv, struct tt_span in, uint8_t *out);

/* The length of `plain` (whole blocks of `block` bytes) without its padding; plain.len + 1 when it
 * does not end in one. */
size_t tt_cipher_unpad(struct tt_span plain, size_t block);

#endif
