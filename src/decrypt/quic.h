/* QUIC connections, opened: versions 1 and 2 and the drafts 22 to 34 (RFC 9000, 9001, 9369; 9221
 * for DATAGRAM frames).
 *
 *     tt_quic_table_new -> tt_quic_feed (each datagram, in the order of the capture) ...
 *         -> tt_quic_flow_end (each flow that is over) ... -> tt_quic_table_free
 *
 * One table for a thread. It finds the connection of a datagram by the connection IDs in it, and by
 * its flow where those tell nothing; a connection lives as long as one of its flows. Initial
 * packets are opened without keys; the others with the secrets that the key store holds for the
 * client random of the handshake. The store may grow meanwhile: packets that come later are tried
 * with it.
 *
 * Calls of the sink must not call back into the table. Streams of other connections may go on, too,
 * while a datagram is fed: time passes for all. */
#ifndef TT_DECRYPT_QUIC_H
#define TT_DECRYPT_QUIC_H

#include "decrypt/opener.h"
#include "decrypt/quic_wire.h"
#include "model/chunk.h"

struct tt_quic;
struct tt_quic_table;

/* Bytes of a stream (or of a handshake, or one DATAGRAM frame), in their order. */
struct tt_quic_data {
    struct tt_flow *flow;        /* the path that was used last */
    enum tt_direction direction; /* in that flow */
    bool from_server;
    enum tt_quic_level level;    /* of a stream: EARLY or TRAFFIC, as the last packet was */
    struct tt_security security; /* version: of TLS; not keyed in Initial packets */
    uint64_t stream;             /* its number; the low two bits tell who opened it and whether it
                                  * has two directions (RFC 9000, section 2.1) */
    uint64_t at;                 /* offset in the stream */
    uint64_t gap;                /* bytes that are missing right before `at` (which counts them) */
    struct tt_span bytes;        /* may be empty when it ends */
    bool end;                    /* nothing follows in this direction of the stream */
    bool cut;                    /* with `end`: it was reset, or given up for want of room */
    struct tt_origin origin;     /* the frames that carried the bytes */
};

/* Where a table says what it found; everything is borrowed for the call, every function may be
 * NULL. `connection` is what `open` gave. Each byte of a datagram goes out exactly once, while it
 * is fed: through `raw` or `account`. */
struct tt_quic_sink {
    void *context;
    /* A connection begins; the answer stands for it below (NULL is fine). */
    void *(*open)(void *context, struct tt_quic *quic, struct tt_flow *flow);
    /* It is over, with all its streams. */
    void (*close)(void *context, void *connection);
    /* The three below come right behind the `crypto` that brought their last byte. Their place->at
     * means nothing, place->len counts the message. */
    void (*hello)(void *context, void *connection, const struct tt_place *place,
                  const struct tt_hello *hello, struct tt_span message);
    /* The application protocol that the server chose (ALPN): "h3", "doq". */
    void (*protocol)(void *context, void *connection, const struct tt_place *place,
                     struct tt_span name);
    /* Certificate number `at` (0: of the sender itself) in DER. */
    void (*certificate)(void *context, void *connection, const struct tt_place *place, size_t at,
                        struct tt_span der);
    /* Handshake messages of TLS as they stand in CRYPTO frames, in their order. */
    void (*crypto)(void *context, void *connection, const struct tt_quic_data *data);
    void (*stream)(void *context, void *connection, const struct tt_quic_data *data);
    /* One DATAGRAM frame; `stream` and `at` mean nothing. */
    void (*datagram)(void *context, void *connection, const struct tt_quic_data *data);
    /* Opened, but of no known meaning: unknown frames, tokens, the reason for a close. */
    void (*other)(void *context, void *connection, const struct tt_quic_data *data);
    /* Bytes that are no QUIC, or that stand in clear text (a token in front of a packet);
     * piece->at is the offset in the datagram. */
    void (*raw)(void *context, void *connection, enum tt_direction direction,
                const struct tt_piece *piece);
    /* TT_BUCKET_DECODED: framing; OPENED: what went to crypto, stream, datagram and other, or will;
     * DUPLICATE: the same again; ENCRYPTED: packets that stay closed. */
    void (*account)(void *context, void *connection, enum tt_direction direction,
                    enum tt_bucket bucket, uint64_t bytes);
    /* A packet stays closed; it is accounted, too. */
    void (*closed)(void *context, void *connection, const struct tt_place *place,
                   enum tt_closed reason);
    struct tt_note_sink notes;
};

/* `keys` and `sink` are borrowed until tt_quic_table_free. TT_ERR_MEMORY, TT_ERR_UNSUPPORTED. */
TT_MUST_USE enum tt_err tt_quic_table_new(const struct tt_keys *keys,
                                          const struct tt_quic_sink *sink,
                                          struct tt_quic_table **ret_table);
/* Ends all connections. Takes NULL. */
void tt_quic_table_free(struct tt_quic_table *table);

/* Could a conversation begin with this datagram: a packet with a long header of a known version? */
bool tt_quic_is(struct tt_span datagram);

/* Is it the first of a client: does it open with keys that only its first ID gives? */
bool tt_quic_is_first(struct tt_quic_table *table, struct tt_span datagram);

/* Likewise, and is its packet number 0, so that it was sent before any other (RFC 9000, section
 * 12.3)? One that was sent again has another number. */
bool tt_quic_is_begin(struct tt_quic_table *table, struct tt_span datagram);

/* Takes all of one datagram when it is of a connection, or begins one. False when it is not: then
 * nothing was told. Cheap where a flow and its first bytes are not QUIC. */
TT_MUST_USE bool tt_quic_feed(struct tt_quic_table *table, const struct tt_chunk *chunk);

/* The flow is over (it will be freed): connections without another one end. */
void tt_quic_flow_end(struct tt_quic_table *table, const struct tt_flow *flow);

size_t tt_quic_count(const struct tt_quic_table *table);

/* ---- of one connection ---- */

/* The version of its packets, 0 while none is known to be right. */
uint32_t tt_quic_agreed_version(const struct tt_quic *quic);

/* Bytes that a connection holds while nothing is under way, its keys in use included, as near as
 * can be told; `keyed`: with keys for 1-RTT packets of both sides. */
size_t tt_quic_size(bool keyed);

#endif
