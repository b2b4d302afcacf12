/* Inside decrypt/: one TLS or DTLS connection, apart from how its records travel.
 *
 * Who reads the records (tls.c, dtls.c) asks of each whether it is sealed and whether it is worth
 * gathering, has it opened, and feeds back the handshake messages, in clear text or opened. */
#ifndef TT_DECRYPT_CONNECTION_H
#define TT_DECRYPT_CONNECTION_H

#include "decrypt/handshake.h"

/* How far TLS 1.3 has come in one direction (RFC 8446, section 7.1). */
enum tt_epoch { TT_EPOCH_CLEAR, TT_EPOCH_EARLY, TT_EPOCH_HANDSHAKE, TT_EPOCH_TRAFFIC };

struct tt_unpacker; /* unpack.h */
struct tt_traffic_secret;

/* One direction. */
struct tt_half {
    struct tt_protection *protection;  /* NULL: none, or not yet */
    struct tt_traffic_secret *traffic; /* TLS 1.3: what the protection was made from, or NULL */
    struct tt_unpacker *unpacker;      /* compression, or NULL */
    uint64_t sequence;                 /* of the next record */
    uint64_t tried;                    /* bytes decrypted in vain: TT_TLS_TRIES_BYTES_MAX */
    uint64_t plain_at;                 /* application data, gaps included */
    uint64_t plain_gap;                /* bytes missing before the next of them */
    uint32_t window;                   /* records that may have been missed */
    uint16_t plain_cut;                /* bytes told of the record that stays closed now */
    uint8_t epoch;                     /* enum tt_epoch */
    uint8_t reason;                    /* enum tt_closed, while `hopeless` */
    bool sealed;                       /* TLS 1.2 and before: its ChangeCipherSpec was seen */
    bool done;                         /* the keys of the current handshake are in use */
    bool hopeless;                     /* nothing more can be opened until the next handshake */
    bool opened_data;
};

struct tt_connection {
    struct tt_opener *opener;
    const struct tt_opener_sink *sink;
    struct tt_handshake *handshake; /* while it is needed, else NULL */
    struct tt_half halves[2];       /* by direction */
    struct tt_security security;    /* of the records opened last */
    uint16_t version;               /* agreed upon; 0: not known */
    uint8_t client;                 /* direction of the client */
    bool roles_known;
    bool dtls;
};

void tt_connection_init(struct tt_connection *connection, struct tt_opener *opener,
                        const struct tt_opener_sink *sink, bool dtls);
void tt_connection_clear(struct tt_connection *connection);

/* Is a record of this type encrypted (or: would be, but for a null cipher)? */
bool tt_connection_is_sealed(const struct tt_connection *connection, enum tt_direction direction,
                             uint8_t type);

/* Should a sealed record be gathered whole? If not, `*ret_reason` says why it stays closed. */
TT_MUST_USE bool tt_connection_wants(struct tt_connection *connection, enum tt_direction direction,
                                     enum tt_closed *ret_reason);

/* Opens the next record of the direction; the content is borrowed until the next call. On false
 * `*ret_reason` says why not. */
TT_MUST_USE bool tt_connection_open(struct tt_connection *connection, enum tt_direction direction,
                                    const struct tt_record *record, struct tt_opened *ret_opened,
                                    enum tt_closed *ret_reason);

/* The same for DTLS, where the record names its epoch and number (8 bytes together). */
TT_MUST_USE bool tt_connection_open_at(struct tt_connection *connection,
                                       enum tt_direction direction, const struct tt_record *record,
                                       uint64_t number, struct tt_opened *ret_opened,
                                       enum tt_closed *ret_reason);

/* Decrypts the beginning of a record of `len` bytes that is cut. False when that cannot be done, or
 * it may not be application data, or its number is not sure. */
TT_MUST_USE bool tt_connection_peek(struct tt_connection *connection, enum tt_direction direction,
                                    const struct tt_record *record, size_t len,
                                    struct tt_opened *ret_opened);

/* How many sequence numbers may be tried for a record of this length. */
uint64_t tt_half_tries(const struct tt_half *half, size_t len);

/* A sealed record passed by that was not opened; `tail`: its last bytes, as far as seen. */
void tt_connection_pass(struct tt_connection *connection, enum tt_direction direction, uint8_t type,
                        size_t len, struct tt_span tail);

/* At most `records` records were missed, in `bytes` bytes, and where they ended is not known. */
void tt_connection_miss(struct tt_connection *connection, enum tt_direction direction,
                        uint64_t records, uint64_t bytes);

/* Handshake messages are missing: what is computed from all of them cannot be known. */
void tt_connection_miss_message(struct tt_connection *connection);

/* ChangeCipherSpec, in clear text or opened. */
void tt_connection_change_cipher(struct tt_connection *connection, enum tt_direction direction);

/* One whole handshake message; see tt_handshake_take for `raw`. Tells hellos and certificates. */
void tt_connection_message(struct tt_connection *connection, struct tt_span message,
                           struct tt_span raw, const struct tt_place *place);

/* A client hello in the form of SSL 2.0; `message` begins with its type. False when it is none. */
TT_MUST_USE bool tt_connection_ssl2(struct tt_connection *connection, struct tt_span message,
                                    const struct tt_place *place);

/* Tells the content of an opened record. */
void tt_connection_tell(struct tt_connection *connection, const struct tt_place *place,
                        const struct tt_opened *opened);

/* Tells that a record stays closed. */
void tt_connection_tell_closed(struct tt_connection *connection, const struct tt_place *place,
                               uint8_t type, enum tt_closed reason);

#endif
