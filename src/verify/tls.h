/* Inside verify/: TLS opened anew, from both directions of a connection and its keys.
 *
 * RFC 2246, RFC 4346, RFC 5246 (TLS 1.0 to 1.2), RFC 8446 (1.3), RFC 7627 (extended master secret),
 * RFC 6347 (DTLS 1.2). Whole streams, nothing is kept between calls. */
#ifndef TT_VERIFY_TLS_H
#define TT_VERIFY_TLS_H

#include "base/buf.h"
#include "verify/cipher.h"
#include "verify/secrets.h"

/* What the hellos of a connection say. */
struct tt_verify_hello {
    bool seen[2]; /* of the client, of the server */
    uint8_t random[2][TT_VERIFY_RANDOM];
    uint16_t version;
    uint16_t suite;
    bool mac_last; /* encrypt-then-MAC */
    bool extended; /* master secret */
    bool packed;   /* records are compressed */
};

/* Reads one handshake message with its header of 4 bytes (DTLS: without the rest of its header),
 * if it is a hello; the random of a HelloRetryRequest counts for nothing. */
void tt_verify_hello_read(struct tt_verify_hello *hello, struct tt_span message);

/* A stretch of plaintext and where its record stands. */
struct tt_verify_record {
    size_t plain; /* offset of its first byte in the plaintext */
    size_t at;    /* in the stream */
    size_t len;
};

struct tt_verify_plain {
    struct tt_buf bytes;   /* application data of one direction */
    struct tt_buf records; /* struct tt_verify_record, in order */
};

/* Opens the connection that begins in `streams` (of the initiator, of the responder; either may be
 * the client), at the first hello. `ret_plain` is the caller's to free, made with caps. NULL, or
 * why it cannot be walked, as a static text. Where a record is not authentic the plaintext of its
 * direction ends (before TLS 1.3) or goes on behind it. */
const char *tt_verify_tls(const struct tt_span streams[2], const struct tt_verify_secrets *keys,
                          struct tt_verify_plain ret_plain[2]);

/* Master secret number `at`, from 0, that key logs have for a connection before TLS 1.3. */
bool tt_verify_master(const struct tt_verify_secrets *keys, const struct tt_verify_hello *hello,
                      size_t at, struct tt_span *ret_master);

/* One datagram, and which of two directions it went. */
struct tt_verify_packet {
    uint64_t frame;
    unsigned from;
    struct tt_span bytes;
};

/* Calls `take` with the application data of each DTLS record in the packet number `at` of a
 * connection, until it answers true. NULL, or why they cannot be walked. */
const char *tt_verify_dtls(const struct tt_verify_packet *packets, size_t count, size_t at,
                           const struct tt_verify_secrets *keys,
                           bool (*take)(void *context, struct tt_span plain), void *context);

#endif
