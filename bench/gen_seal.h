/* The keys of TLS 1.3 and QUIC version 1, and records and packets under them: AES-128-GCM with
 * SHA-256 throughout. RFC 8446, section 7, and RFC 9001, section 5. */
#ifndef BENCH_GEN_SEAL_H
#define BENCH_GEN_SEAL_H

#include "gen_util.h"

#include <openssl/evp.h>

enum { GEN_SECRET = 32, GEN_SEAL_TAG = 16, GEN_CID = 8 };

/* One direction under one secret. */
struct gen_seal {
    EVP_CIPHER_CTX *cipher;
    EVP_CIPHER_CTX *header; /* QUIC's */
    uint8_t nonce[12];
};

/* `quic`: for packets, else for records. */
void gen_seal_make(struct gen_seal *seal, const uint8_t secret[GEN_SECRET], bool quic);
void gen_seal_free(struct gen_seal *seal);

/* The secret of Initial packets, by the client's first destination ID. */
void gen_seal_initial(const uint8_t cid[GEN_CID], bool server, uint8_t secret[GEN_SECRET]);

/* Adds a record of TLS 1.3 with `type` inside. */
void gen_seal_record(const struct gen_seal *seal, uint64_t number, uint8_t type,
                     const struct gen_text *content, struct gen_text *out);

/* Adds a QUIC packet: `header` is everything up to the packet number, which takes 4 bytes; the
 * first byte is already right. At least 4 bytes of frames. */
void gen_seal_packet(const struct gen_seal *seal, const struct gen_text *header, uint32_t number,
                     const struct gen_text *frames, struct gen_text *out);

#endif
