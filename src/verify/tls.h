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
    uint16_t version; /* DTLS 1.0 as TLS 1.1, 1.2 as that */
    unsigned draft;   /* of TLS 1.3; 0: none */
    uint16_t suite;
    uint8_t session[32]; /* ID that the server gave; zeros behind it */
    bool mac_last;       /* encrypt-then-MAC */
    bool extended;       /* master secret */
    uint8_t packed;      /* how records are compressed; 0: they are not */
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

/* What was opened of one direction; the records are struct tt_verify_record, in order. */
struct tt_verify_plain {
    struct tt_buf bytes; /* application data */
    struct tt_buf records;
    struct tt_buf messages; /* handshake messages that were sealed */
    struct tt_buf message_records;
};

void tt_verify_plain_init(struct tt_verify_plain *plain);
void tt_verify_plain_wipe(struct tt_verify_plain *plain);

/* Does a connection begin in what a client said? */
bool tt_verify_tls_begins(struct tt_span stream);

/* Opens the connection that begins in `streams` (of the initiator, of the responder; either may be
 * the client), at the first hello. `ret_plain` is the caller's, initialised. Master secrets that a
 * key exchange gave are learned. NULL, or why it cannot be walked, as a static text. Where a record
 * is not authentic the plaintext of its direction ends (before TLS 1.3) or goes on behind it. */
const char *tt_verify_tls(const struct tt_span streams[2], struct tt_verify_secrets *keys,
                          struct tt_verify_plain ret_plain[2]);

/* One datagram, and which of two directions it went. */
struct tt_verify_packet {
    uint64_t frame;
    unsigned from;
    struct tt_span bytes;
};

/* What one record of DTLS was found to hold. */
struct tt_verify_opened {
    bool handshake; /* or else application data */
    size_t at;      /* of the record in its datagram, */
    size_t len;     /* with its header */
    struct tt_span plain;
};

/* Calls `take` with each sealed record in the packet number `at` of a connection, until it answers
 * true. Master secrets are learned, as above. NULL, or why they cannot be walked. */
const char *tt_verify_dtls(const struct tt_verify_packet *packets, size_t count, size_t at,
                           struct tt_verify_secrets *keys,
                           bool (*take)(void *context, const struct tt_verify_opened *opened),
                           void *context);

#endif
