/* Inside decrypt/: what is in a table of QUIC connections. */
#ifndef TT_DECRYPT_QUIC_STATE_H
#define TT_DECRYPT_QUIC_STATE_H

#include "base/buf.h"
#include "base/slab.h"
#include "decrypt/quic.h"
#include "decrypt/quic_frame.h"
#include "decrypt/quic_seal.h"
#include "model/limits.h"

enum { TT_QUIC_CLIENT = 0, TT_QUIC_SERVER = 1, TT_QUIC_SPACES = 3 };

enum { TT_QUIC_DATAGRAM_MAX = 65535 };

/* ---- a hash of things that hold their own link ---- */

struct tt_quic_link {
    struct tt_quic_link *next;
    uint64_t hash;
};

/* All zero is empty. */
struct tt_quic_index {
    struct tt_quic_link **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
    uint64_t seed;
};

uint64_t tt_quic_hash(const struct tt_quic_index *index, const void *bytes, size_t len);
/* In front of all others with that hash. */
TT_MUST_USE enum tt_err tt_quic_index_add(struct tt_quic_index *index, struct tt_quic_link *link,
                                          uint64_t hash);
void tt_quic_index_remove(struct tt_quic_index *index, const struct tt_quic_link *link);
/* The first link with that hash, and the next one after `link`; NULL: no more. The newest first. */
struct tt_quic_link *tt_quic_index_first(const struct tt_quic_index *index, uint64_t hash);
struct tt_quic_link *tt_quic_index_next(const struct tt_quic_link *link);
void tt_quic_index_free(struct tt_quic_index *index);

/* ---- streams ---- */

struct tt_quic_piece {
    struct tt_quic_piece *next;
    struct tt_quic_piece *before;
    uint64_t at;
    size_t len;
    struct tt_origin origin;
    uint8_t bytes[];
};

/* One direction of a stream. */
struct tt_quic_way {
    struct tt_quic_stream *stream;
    uint64_t at;                 /* everything before it was handed out */
    uint64_t gap;                /* bytes missing before it that are still to be told */
    uint64_t end;                /* final size; UINT64_MAX: not known */
    struct tt_quic_piece *first; /* what came before what precedes it */
    struct tt_quic_piece *last;
    uint32_t held;
    uint32_t pieces;
    uint64_t since; /* capture time from which on it waits, in ns */
    struct tt_quic_way *older;
    struct tt_quic_way *newer;
    bool done;
};

struct tt_quic_stream {
    struct tt_quic_link link;
    struct tt_quic *quic;
    uint64_t id;                   /* of handshake bytes: TT_QUIC_CRYPTO_STREAM + level */
    struct tt_quic_stream *before; /* of the same connection */
    struct tt_quic_stream *next;
    struct tt_quic_stream *older; /* of all connections */
    struct tt_quic_stream *newer;
    struct tt_quic_way ways[2]; /* by sender */
};

#define TT_QUIC_CRYPTO_STREAM ((uint64_t)1 << 62)

/* ---- connections ---- */

/* A connection ID, chosen by `owner`, who receives what is sent to it. */
struct tt_quic_cid {
    struct tt_quic_link link;
    struct tt_quic *quic;
    struct tt_quic_cid *next; /* of the same connection, the newest first */
    uint8_t owner;
    uint8_t len;
    bool linked;
    bool has_token;
    uint8_t bytes[TT_QUIC_CID_MAX];
    uint8_t token[TT_QUIC_RESET_TOKEN_LEN];
};

/* A flow that a connection used. */
struct tt_quic_path {
    struct tt_quic_link link;
    struct tt_quic *quic;
    struct tt_quic_path *next; /* of the same connection, the one used last first */
    struct tt_flow *flow;
    uint8_t client; /* direction of the client */
};

/* Packet numbers of one sender in one space (RFC 9000, section 12.3). */
struct tt_quic_numbers {
    uint64_t next; /* above the highest that was opened */
    uint64_t seen; /* bit n: next - 1 - n was */
};

/* Handshake messages being put together. */
struct tt_quic_gather {
    struct tt_buf buf;
    struct tt_origin origin;
    bool lost;
};

struct tt_quic_handshake {
    struct tt_quic_gather gathers[2][2]; /* level INITIAL or HANDSHAKE; sender */
};

/* Streams that are older than one that was seen, but were not seen themselves. */
struct tt_quic_skipped {
    uint16_t count[4];
    uint64_t ids[4][TT_QUIC_SKIPPED_MAX];
};

/* What opens the packets of one sender at one level. */
struct tt_quic_opening {
    struct tt_quic_seal *seal; /* NULL: not made (yet) */
    uint64_t news;             /* of the key store, when no secret was found or none opened it */
    bool failed;               /* there was a secret, but it did not open it */
    struct tt_security security;
};

struct tt_quic {
    struct tt_quic_table *table;
    struct tt_quic *older; /* by the time of their last datagram */
    struct tt_quic *newer;
    void *user; /* of the sink */
    struct tt_quic_path *paths;
    struct tt_quic_cid *cids;
    struct tt_quic_stream *streams;
    struct tt_quic_handshake *handshake; /* while it goes on, or NULL */
    struct tt_quic_skipped *skipped;     /* NULL: none */
    const struct tt_suite *suite;        /* of the server hello, or NULL */
    const struct tt_quic_version *version;
    const struct tt_quic_version *initial_version; /* that the Initial keys are of */
    struct tt_quic_opening openings[TT_QUIC_LEVEL_COUNT][2];
    struct tt_quic_numbers numbers[TT_QUIC_SPACES][2];
    uint64_t next_ids[4];        /* streams that were never seen begin here, by the low two bits */
    uint64_t tried;              /* bytes decrypted in vain beyond the first try of a packet */
    struct tt_security security; /* of the last 0-RTT or 1-RTT packet */
    uint32_t version_number;
    uint8_t dcid[TT_QUIC_CID_MAX]; /* of the client's first Initial: its keys come from it */
    uint8_t dcid_len;
    uint8_t cid_lens[2]; /* of the IDs that each side chose; 0xff: not known */
    uint8_t random[TT_RANDOM_LEN];
    uint8_t path_count;
    uint8_t guessed; /* packets that secrets were guessed for */
    uint8_t cid_count;
    bool has_random;
    uint8_t level;    /* enum tt_quic_level: of the last 0-RTT or 1-RTT packet */
    bool server_seen; /* a packet of the server was opened */
    bool confirmed;   /* the handshake is over (RFC 9001, section 4.1.2) */
};

struct tt_quic_table {
    const struct tt_keys *keys;
    const struct tt_quic_sink *sink;
    struct tt_crypto *crypto;
    struct tt_quic_crypto *quic_crypto;
    struct tt_quic_index cids;
    struct tt_quic_index paths;
    struct tt_quic_index streams;
    struct tt_slab cid_slab;
    struct tt_slab path_slab;
    struct tt_slab stream_slab;
    struct tt_slab quic_slab;
    struct tt_quic *oldest;
    struct tt_quic *newest;
    struct tt_quic_stream *oldest_stream;
    struct tt_quic_stream *newest_stream;
    struct tt_quic_way *oldest_wait; /* who waits longest for missing bytes */
    struct tt_quic_way *newest_wait;
    struct tt_origin now; /* of the datagram that was fed last */
    size_t count;
    size_t stream_count;
    size_t guesses; /* secrets tried on connections without a client hello */
    size_t held;    /* bytes in pieces and gathers, with the memory around them */
    size_t cid_lens[TT_QUIC_CID_MAX + 1]; /* how many IDs have which length */
    uint8_t header[TT_QUIC_DATAGRAM_MAX + 1];
    uint8_t text[TT_QUIC_DATAGRAM_MAX + 64];
};

/* One datagram being read. */
struct tt_quic_turn {
    struct tt_quic *quic;
    const struct tt_chunk *chunk;
    struct tt_origin origin;
    uint8_t sender;           /* TT_QUIC_CLIENT or TT_QUIC_SERVER */
    bool tentative;           /* it is of this connection only if it opens */
    size_t cid_len;           /* of the destination in a short header */
    uint64_t at;              /* of the packet, in the datagram */
    enum tt_quic_level level; /* of the packet being read */
    uint64_t opened;          /* bytes of the packet that were handed out, or are held */
    uint64_t repeated;
};

void tt_quic_note(const struct tt_quic *quic, const struct tt_flow *flow, const char *code,
                  uint64_t frame, uint64_t length, const char *text);

/* ---- quic_stream.c ---- */

/* NULL for streams that are over, and without memory. */
struct tt_quic_stream *tt_quic_stream_find(struct tt_quic *quic, uint64_t id);

/* Takes bytes [at, at + bytes.len) of what `sender` sends on the stream; returns how many of them
 * are new. The stream may be gone afterwards. */
size_t tt_quic_stream_take(struct tt_quic_turn *turn, struct tt_quic_stream *stream, uint64_t at,
                           struct tt_span bytes, bool fin);

/* The sender gave it up: what is held is handed out. */
void tt_quic_stream_reset(struct tt_quic_turn *turn, struct tt_quic_stream *stream);

/* Ways that have waited too long at `time` go on without what is missing. */
void tt_quic_stream_expire(struct tt_quic_table *table, uint64_t time);

/* Hands out what handshake bytes of a level are held, and forgets them. */
void tt_quic_stream_end_crypto(struct tt_quic *quic, enum tt_quic_level level);

/* Hands out what all streams of a connection hold, and forgets them. */
void tt_quic_stream_end_all(struct tt_quic *quic);

/* ---- quic_keys.c ---- */

/* What came of trying to open a packet. */
struct tt_quic_opened {
    struct tt_span text;
    uint64_t number;
    bool repeated; /* a packet with that number was opened before */
};

/* Opens a packet of the turn's sender. False: `*ret_reason` says why it stays closed. */
TT_MUST_USE bool tt_quic_keys_open(struct tt_quic_turn *turn, const struct tt_quic_packet *packet,
                                   struct tt_quic_opened *ret_opened, enum tt_closed *ret_reason);

/* The Initial keys come from another connection ID or version from now on. */
void tt_quic_keys_set_initial(struct tt_quic *quic, const struct tt_quic_version *version,
                              struct tt_span dcid);

/* Does it open as the first packet of a client? `*ret_number`: its packet number. */
bool tt_quic_keys_is_first(struct tt_quic_table *table, const struct tt_quic_packet *packet,
                           uint64_t *ret_number);

/* Forgets the keys of a level, to be made again if they are needed. */
void tt_quic_keys_drop(struct tt_quic *quic, enum tt_quic_level level);

/* ---- quic_guess.c ---- */

/* What opens a packet of a connection whose beginning was not seen. */
struct tt_quic_late {
    const struct tt_quic_version *version;
    uint8_t random[TT_RANDOM_LEN];
    size_t cid_len; /* of its destination */
};

/* Does one of all secrets open this datagram with a short header? All such tries of a run together
 * are bounded by TT_QUIC_GUESSES_MAX. */
bool tt_quic_guess_late(struct tt_quic_table *table, uint8_t sender, struct tt_span datagram,
                        struct tt_quic_late *ret_late);

/* How long is the ID that the receiver chose, where no packet with it was seen? Only of the first
 * TT_QUIC_GUESSED_PACKETS_MAX packets of a connection, and by its own secrets. */
bool tt_quic_guess_length(struct tt_quic *quic, uint8_t sender, struct tt_span datagram,
                          size_t *ret_cid_len);

/* ---- quic_crypto.c ---- */

/* Handshake bytes in their order; `gap`: some are missing before them. */
void tt_quic_crypto_take(struct tt_quic *quic, const struct tt_quic_data *data);
void tt_quic_crypto_drop(struct tt_quic *quic);

/* ---- quic_table.c ---- */

/* Who gets what a datagram carries. False: no connection. */
TT_MUST_USE bool tt_quic_route(struct tt_quic_table *table, const struct tt_chunk *chunk,
                               struct tt_quic_turn *ret_turn);
/* The turn's connection uses the turn's flow. */
void tt_quic_route_settle(struct tt_quic_turn *turn);
/* Ends a connection. */
void tt_quic_close(struct tt_quic *quic);

/* `owner` chose this ID. `token` may be empty. */
void tt_quic_cid_add(struct tt_quic *quic, uint8_t owner, struct tt_span bytes,
                     struct tt_span token);
/* Is it the stateless reset token of one of the sender's IDs? */
bool tt_quic_is_reset(const struct tt_quic *quic, uint8_t sender, struct tt_span datagram);

/* The direction of `sender` in the path that was used last, and that flow. */
enum tt_direction tt_quic_direction(const struct tt_quic *quic, uint8_t sender);
struct tt_flow *tt_quic_flow(const struct tt_quic *quic);

#endif
