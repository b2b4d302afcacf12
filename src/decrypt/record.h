/* Inside decrypt/: the protection of records of one direction under one set of keys, opened.
 *
 * RFC 6101, section 5.2.3 (SSL 3.0); RFC 2246, 4346 and 5246, section 6.2.3 (TLS 1.0 to 1.2); RFC
 * 7366 (encrypt-then-MAC); RFC 5288 (GCM), 6655 (CCM), 7905 (ChaCha20-Poly1305); RFC 8446, section
 * 5.2 (TLS 1.3); RFC 6347, section 4.1.2 (DTLS).
 *
 * One libcrypto context per direction: no memory is asked for by record. At most
 * TT_TLS_CONTEXTS_MAX directions of an opener have theirs at a time; whoever was used longest ago
 * makes it anew from its keys when its next record comes (but stream ciphers, which would lose
 * their place). */
#ifndef TT_DECRYPT_RECORD_H
#define TT_DECRYPT_RECORD_H

#include "decrypt/schedule.h"

enum {
    TT_RECORD_HEADER = 5,
    TT_RECORD_PLAIN_MAX = 16384,                       /* 2^14 */
    TT_RECORD_SEALED_MAX = TT_RECORD_PLAIN_MAX + 2048, /* RFC 5246, section 6.2.3 */
    TT_RECORD_OUT_MAX = TT_RECORD_SEALED_MAX + 256,    /* room that an opener of records needs */

    TT_TYPE_CHANGE_CIPHER_SPEC = 20,
    TT_TYPE_ALERT = 21,
    TT_TYPE_HANDSHAKE = 22,
    TT_TYPE_APPLICATION_DATA = 23,
    TT_TYPE_HEARTBEAT = 24
};

/* A record as it stands on the wire. */
struct tt_record {
    uint8_t type;
    uint16_t version;
    struct tt_span bytes; /* behind the header */
};

struct tt_protection_setup {
    const struct tt_suite *suite;
    uint16_t version;
    unsigned draft; /* of TLS 1.3, else 0 */
    bool encrypt_then_mac;
    /* NULL with TT_TLS_CIPHER_NULL when there is no key: then the MAC is not looked at. */
    const struct tt_direction_keys *keys;
};

struct tt_protection;

/* The setup is copied. TT_ERR_UNSUPPORTED when libcrypto lacks a part of it. */
TT_MUST_USE enum tt_err tt_protection_new(struct tt_crypto *crypto,
                                          const struct tt_protection_setup *setup,
                                          struct tt_protection **ret_protection);
/* Wipes the keys. Takes NULL. */
void tt_protection_free(struct tt_protection *protection);

/* The bytes that one takes without its contexts. */
size_t tt_protection_size(void);

/* What a record holds. */
struct tt_opened {
    uint8_t type;         /* TLS 1.3: the inner one */
    struct tt_span bytes; /* in `out`, or with a null cipher in the record */
    uint64_t sequence;
    bool cut; /* the beginning of a record whose end is missing: nothing vouches for it */
};

/* Opens one record, trying the sequence numbers `first` to `first` + `tries` - 1 (of DTLS: epoch
 * and number together, one try). `out` has room for TT_RECORD_OUT_MAX bytes; record->bytes are at
 * most TT_RECORD_SEALED_MAX. False when it authenticates under none. Records must come in their
 * order, since ciphers may chain: also those that are not opened. */
TT_MUST_USE bool tt_protection_open(struct tt_protection *protection,
                                    const struct tt_record *record, uint64_t first, uint64_t tries,
                                    uint8_t *out, struct tt_opened *ret_opened);

/* Decrypts the beginning of a record of `len` bytes whose end is missing; `record` holds what there
 * is. False where the cipher does not allow it (CCM, stream ciphers) or too little is there.
 * Changes nothing: the record has still to be skipped. */
TT_MUST_USE bool tt_protection_peek(struct tt_protection *protection,
                                    const struct tt_record *record, size_t len, uint64_t sequence,
                                    uint8_t *out, struct tt_opened *ret_opened);

/* A record of `len` bytes cannot be seen as a whole; `tail` holds its last bytes where those were
 * seen (at least a cipher block), or nothing. Keeps chained ciphers in step. */
void tt_protection_skip(struct tt_protection *protection, size_t len, struct tt_span tail);

/* Can records still be opened? Not when a chain is broken for good. */
bool tt_protection_usable(const struct tt_protection *protection);

#endif
