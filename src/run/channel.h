/* Inside run/: a channel is the bytes of two directions between the same two ends in one layer.
 * What a flow carries is its outermost channel; what is opened inside it (the records of TLS, a
 * QUIC stream, a WebSocket) is a channel in a channel, read in the same way.
 *
 * channel.c recognises protocols and feeds them, unclaimed.c searches what nobody claims, flows.c
 * joins both to net/ and to the listener. */
#ifndef TT_RUN_CHANNEL_H
#define TT_RUN_CHANNEL_H

#include "base/slab.h"
#include "decrypt/opener.h"
#include "model/seal.h"
#include "proto/extent.h"
#include "proto/proto.h"
#include "run/announced.h"
#include "run/flows.h"
#include "run/handshake.h"

/* What unclaimed bytes are called: the protocol in findings, the step in paths. */
struct raw_name {
    const char *protocol;
    const char *step;
};

/* What a channel inside another one knows besides. */
struct inner {
    struct channel *parent; /* NULL: the outermost of its flow */
    struct channel *next;   /* of the same parent */
    struct raw_name name;
    struct tt_seal seal;
    const char *host;      /* the server that it is sealed or recorded for; NULL: nobody said */
    const char *container; /* tt_search_context; its bytes are accounted there */
    uint64_t container_len;
    bool datagrams;
    bool uncounted; /* its bytes are accounted where they came from */
};

struct held;
struct data_turn;

/* What the conversation around a channel told of it: one block with its texts. */
struct channel_expected {
    const struct tt_proto *proto; /* NULL: begun */
    struct tt_proto_handshake handshake;
    char texts[];
};

/* Very many may be open at the same time: what only some need is made when they do. */
struct channel {
    struct tt_flows *flows;
    struct tt_flow *flow;
    struct inner *inner;               /* NULL: the outermost of its flow, and nothing else */
    struct channel *children;          /* channels inside this one */
    struct tt_proto_sink sink;         /* of its protocol: `context` is the channel */
    const struct tt_proto *proto;      /* the last one recognised, or NULL */
    void *proto_state;                 /* NULL: no protocol reads the channel now */
    struct channel_expected *expected; /* what it is known to carry, and whereto; or NULL */
    struct held *held;                 /* chunks that wait until a protocol is recognised */
    struct tt_search *raw[2];          /* of bytes that no protocol claims, by direction; or NULL */
    struct data_turn *turn;
    bool relayed;    /* it passes on what it is told (TT_RELAY_CONNECTION) */
    bool refused[2]; /* nothing recognised in this direction */
    uint8_t probes;
};

struct tt_flows {
    struct tt_searcher *searcher;
    const struct tt_flows_sink *sink;
    const struct tt_keys *keys;
    struct tt_opener *opener;
    struct tt_quic_join *quic; /* secure.h */
    struct tt_proto_pool pool;
    struct tt_slab channels;
    uint32_t capture;                     /* that the chunk being fed stands in */
    const struct tt_seal *handshake_seal; /* of the handshake messages being opened; else NULL */
    enum tt_err failure;
    struct tt_handshakes handshakes;
    struct tt_announced_list announced;
};

void tt_flows_fail(struct tt_flows *flows, enum tt_err err);

/* ---- flows.c ---- */

/* The sink for the protocol of a channel. */
struct tt_proto_sink tt_flows_sink_of(struct channel *channel);

/* ---- channel.c ---- */

/* `inner` is copied; NULL for the outermost of a flow. NULL without memory. */
struct channel *tt_channel_new(struct tt_flows *flows, struct tt_flow *flow,
                               const struct inner *inner);
/* tt_proto_calls.expect */
void tt_channel_expect(struct channel *channel, const struct tt_proto *proto,
                       const struct tt_proto_handshake *handshake);
void tt_channel_chunk(struct channel *channel, const struct tt_chunk *chunk);

/* Ends it and all inside it, and gives it back. `*ret_protocol` (may be NULL) becomes the protocol
 * that it was recognised as, if there was one. */
void tt_channel_close(struct channel *channel, const char **ret_protocol);

/* Is it, or one around it, a conversation with a proxy? */
bool tt_channel_relayed(const struct channel *channel);

/* "none" and nothing else where nothing was sealed. */
struct tt_seal tt_channel_seal(const struct channel *channel);

/* ---- unclaimed.c ---- */

struct raw_name tt_raw_name(const struct channel *channel);

/* Bytes that no protocol claims, at `piece->at` of the channel. */
void tt_unclaimed(struct channel *channel, enum tt_direction direction,
                  const struct tt_piece *piece);

/* The bytes of a chunk from `from` on. */
void tt_unclaimed_chunk(struct channel *channel, const struct tt_chunk *chunk, size_t from);

/* A datagram that is taken for ciphertext: it is searched all the same, for text must not hide
 * behind a port. */
void tt_unclaimed_ciphertext(struct channel *channel, const struct tt_chunk *chunk);

/* What follows in this direction is another text. */
void tt_unclaimed_end(struct channel *channel, enum tt_direction direction, enum tt_body_end end);

/* Nothing follows in either direction. */
void tt_unclaimed_close(struct channel *channel);

/* Bytes of the chunk being fed that are searched nowhere. */
void tt_tell_account(const struct channel *channel, enum tt_direction direction,
                     enum tt_bucket bucket, uint64_t bytes);

/* Are the bytes of the channel counted? Not where a channel around it did. */
bool tt_channel_counts(const struct channel *channel);

#endif
