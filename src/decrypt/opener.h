/* What the openers of a thread share, and how they say what they found.
 *
 * run/ makes one opener for each worker, and one connection (tls.h, dtls.h) for each flow that
 * looks like TLS. The key store may grow meanwhile: records that come later are tried with it;
 * records that are over are not opened again (the caller may feed them to a new connection). */
#ifndef TT_DECRYPT_OPENER_H
#define TT_DECRYPT_OPENER_H

#include "decrypt/hello.h"
#include "decrypt/keys.h"
#include "model/body.h"
#include "model/note.h"

/* Why a record stays closed. X(enum, name) */
#define TT_CLOSED_REASONS(X)                                                                       \
    X(TT_CLOSED_NO_KEY, "no_key")     /* nothing in the key store fits the connection */           \
    X(TT_CLOSED_BAD_KEY, "bad_key")   /* a key fits it by its names, but does not open it */       \
    X(TT_CLOSED_NO_HELLO, "no_hello") /* the handshake was not seen, or not whole */               \
    X(TT_CLOSED_NO_SUITE, "no_suite") /* a cipher suite that cannot be opened here */              \
    X(TT_CLOSED_DAMAGED, "damaged")   /* bytes of the record, or needed to open it, are missing */ \
    X(TT_CLOSED_LIMIT, "limit")       /* too much would have to be held */                         \
    X(TT_CLOSED_NO_VERSION, "no_version") /* a version of QUIC that cannot be opened here */

enum tt_closed {
#define TT_CLOSED_ENUM(id, name) id,
    TT_CLOSED_REASONS(TT_CLOSED_ENUM)
#undef TT_CLOSED_ENUM
        TT_CLOSED_COUNT
};

const char *tt_closed_name(enum tt_closed reason);

/* Where something lies in a stream: a record, or a handshake message. Of datagrams `at` and `len`
 * count in the datagram. */
struct tt_place {
    enum tt_direction direction;
    uint64_t at; /* offset in the stream, header included */
    uint64_t len;
    struct tt_origin origin; /* the frames that carried it */
};

/* How a record was protected, and what opened it. */
struct tt_security {
    uint16_t version;             /* of TLS or DTLS: tt_version_text */
    const struct tt_suite *suite; /* with its name */
    enum tt_key_source source;    /* only where `keyed` */
    bool keyed;                   /* false: a null cipher that was read without a key */
};

/* The content of one opened record. */
struct tt_plain {
    struct tt_place place;
    struct tt_security security;
    bool cut;     /* the end of the record is missing: these are its first bytes, decrypted but not
                     authenticated; place.len counts those bytes of it that were seen */
    uint8_t type; /* TT_TYPE_APPLICATION_DATA, TT_TYPE_HANDSHAKE ... (record.h) */
    struct tt_span bytes; /* borrowed for the call; may be empty */
    /* Application data: offset among all of this direction, and how many bytes are missing right
     * before it (records that stayed closed; an estimate). `at` counts them. */
    uint64_t at;
    uint64_t gap;
};

/* Where an opener says what it found; everything is borrowed for the call, every function may be
 * NULL. Each byte of the stream goes out exactly once: through `clear`, `raw` or `account`. */
struct tt_opener_sink {
    void *context;
    /* Handshake messages and alerts in clear text as they stand in the stream; piece->at is the
     * offset in the stream. Framing is accounted. */
    void (*clear)(void *context, enum tt_direction direction, const struct tt_piece *piece);
    /* Bytes that are no records. */
    void (*raw)(void *context, enum tt_direction direction, const struct tt_piece *piece);
    /* TT_BUCKET_DECODED: framing; OPENED: a record that was opened; ENCRYPTED: one that was not. */
    void (*account)(void *context, enum tt_direction direction, enum tt_bucket bucket,
                    uint64_t bytes);
    void (*plain)(void *context, const struct tt_plain *plain);
    /* A record of application data, or one that may be, stays closed, or all of it but its
     * beginning; it is accounted, too. */
    void (*closed)(void *context, const struct tt_place *place, enum tt_closed reason);
    void (*hello)(void *context, const struct tt_place *place, const struct tt_hello *hello,
                  struct tt_span message);
    /* The application protocol that the server chose (ALPN): "h2", "http/1.1". */
    void (*protocol)(void *context, const struct tt_place *place, struct tt_span name);
    /* Certificate number `at` (0: of the sender itself) of a handshake, in DER. */
    void (*certificate)(void *context, const struct tt_place *place, size_t at, struct tt_span der);
    struct tt_note_sink notes;
};

struct tt_opener;

/* `keys` is borrowed until tt_opener_free. TT_ERR_MEMORY, TT_ERR_UNSUPPORTED. */
TT_MUST_USE enum tt_err tt_opener_new(const struct tt_keys *keys, struct tt_opener **ret_opener);
/* All its connections must be gone. Wipes what it learned. Takes NULL. */
void tt_opener_free(struct tt_opener *opener);

#endif
