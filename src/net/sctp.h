/* Inside net/: SCTP (RFC 9260) with interleaved messages (RFC 8260), as somebody sees it who only
 * looks on.
 *
 * sctp.c reads packets and their chunks; sctp_message.c puts user messages together.
 *
 * A flow is what two addresses and two ports exchange: an association that changes its path
 * (multi-homing) is another flow there. Each user message is one datagram of the flow, handed on as
 * soon as its last fragment has come; messages of one stream may so overtake each other, which
 * tells no reader anything wrong. Fragments of DATA chunks belong together by their transmission
 * sequence numbers (TSN), those of I-DATA chunks by stream, order and message identifier.
 *
 * What belongs to no user message (parameters, cookies, errors, gap reports, chunks of unknown
 * types) goes out as datagrams of an IP flow of kind 132, without the fixed part of its chunk.
 *
 * Copies: the TSNs of the last chunks are remembered with a digest. The same chunk again is counted
 * as repeated; another chunk with a TSN that was used goes out on its own, with the note
 * "sctp.conflict". A change of the verification tag begins a new association.
 *
 * Losses: SCTP tells no sizes of what is missing. Fragments whose message stays incomplete go out
 * as they stand, each run of them a datagram with TT_CHUNK_CUT ("sctp.incomplete"); "sctp.gap"
 * tells that TSNs never came. Checksums are not looked at, as in TCP. */
#ifndef TT_NET_SCTP_H
#define TT_NET_SCTP_H

#include "net/core.h"

/* A chunk that was seen: its TSN and a digest (never 0) of what it held. */
struct tt_sctp_seen {
    uint32_t tsn;
    uint32_t digest;
};

/* Fragments of messages on their way; see sctp_message.c. */
struct tt_sctp_parts;

/* One direction. Places are TSNs unrolled to 64 bits. */
struct tt_sctp_half {
    struct tt_sctp_parts *parts; /* a list, the newest first */
    struct tt_sctp_seen *seen;   /* slot: TSN modulo `seen_room`, a power of two */
    uint64_t lowest;
    uint64_t highest;
    uint64_t distinct;  /* chunks counted once */
    uint32_t tag;       /* verification tag of the packets with the user data */
    uint32_t seen_room; /* 0: nothing was seen, or there was no room */
    uint32_t parts_count;
    bool started; /* the TSNs and `tag` are set */
};

/* An SCTP flow. */
struct tt_sctp {
    struct tt_conn conn;         /* first: a struct tt_conn of SCTP is one of these */
    struct tt_sctp_half half[2]; /* by direction */
};

enum tt_sctp_flag { TT_SCTP_END = 1, TT_SCTP_BEGIN = 2, TT_SCTP_UNORDERED = 4 };

/* A chunk of user data. */
struct tt_sctp_data {
    const struct tt_packet *packet; /* `bytes` is the user data */
    struct tt_span chunk;           /* with its header */
    enum tt_direction direction;
    bool cut;         /* the user data ends before the length of the chunk does */
    bool interleaved; /* I-DATA */
    uint8_t flags;    /* enum tt_sctp_flag */
    uint16_t stream;  /* with I-DATA: the message is named by `stream`, the order and `message` */
    uint32_t message;
    uint64_t
        fragment; /* what its neighbours are told by: unrolled TSN, or number within the message
                   */
};

/* The bytes before the user data. */
static inline size_t tt_sctp_data_header(bool interleaved)
{
    return interleaved ? 20 : 16;
}

/* sctp_message.c. */

/* Hands the message on, or holds the fragment until its message is whole. */
void tt_sctp_message_take(struct tt_net *net, struct tt_sctp *sctp,
                          const struct tt_sctp_data *data);

/* Hands on as they stand the fragments that a direction holds. */
void tt_sctp_message_release(struct tt_net *net, struct tt_sctp *sctp, enum tt_direction side);

/* Frees the fragments that a direction holds. */
void tt_sctp_message_free(struct tt_sctp_half *half);

/* sctp.c. */

/* Hands on what a flow holds. */
void tt_sctp_finish(struct tt_net *net, struct tt_conn *conn);

/* Frees what a flow holds, without a word to the sink. */
void tt_sctp_free(struct tt_net *net, struct tt_conn *conn);

#endif
