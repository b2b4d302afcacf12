/* Inside net/: TCP (RFC 9293) as somebody sees it who only looks on.
 *
 * tcp.c reads headers and follows connections; tcp_stream.c puts each direction in its order.
 *
 * Overlaps: the first copy of a byte wins, whatever receivers do. Bytes that are still held are
 * compared with later copies, and "tcp.overlap_conflict" tells when they differ; bytes that were
 * handed on are gone, and their later copies are only counted as repeated.
 *
 * Holes: bytes behind a hole are held until the hole is filled or given up. It is given up when the
 * receiver acknowledges what lies behind it (so it was on the wire, and the capture lost it) and
 * some more segments have passed, because the capture may hold the two directions out of step; when
 * a cap of limits.h is reached; and when the flow ends.
 *
 * Beginnings: a direction begins behind its SYN. Without one it begins with the first segment seen;
 * that one is held until the other side acknowledges, or a few more segments have come, so that a
 * slightly disordered beginning comes out whole.
 *
 * Urgent data stay in the stream where they were sent, as RFC 6093 has it; the urgent pointer is
 * not looked at. Nor are options: window scale and SACK say nothing that the segments do not, and
 * by time stamps old segments would be told from new ones that the capture, not the network, put
 * out of order. A keep-alive repeats the last byte, a probe of a closed window brings the next one;
 * both are segments like any other.
 *
 * Strays: segments far away from what was sent so far, in front of the first byte, behind the FIN
 * or in a RST do not touch the stream. Their bytes go out as a datagram of an IP flow of kind 6,
 * with a note. Two far segments of which the second continues the first are believed: the capture
 * lost much. */
#ifndef TT_NET_TCP_H
#define TT_NET_TCP_H

#include "net/core.h"

/* One direction. Places are sequence numbers unrolled to 64 bits: their low half is the sequence
 * number. They begin above 0, so that what lies a little before the first byte has one, too. */
struct tt_half {
    uint64_t start; /* place of the first byte of the stream */
    uint64_t next;  /* place of the byte that is handed on next */
    uint64_t gap;   /* bytes given up right before `next` that no chunk has told yet */
    uint64_t acked; /* place that the other side expects next: the highest one that it told */
    struct tt_reorder *held; /* or NULL */
    uint32_t fin;            /* sequence number of the FIN */
    uint32_t stray;          /* sequence number that would continue the last far segment */
    uint32_t suspect;        /* `acked` when patience began: holes below it may be given up */
    unsigned sent : 1;       /* a segment was seen */
    unsigned syn : 1;        /* `start` is known from a SYN */
    unsigned started : 1;    /* `start` and `next` are set */
    unsigned waiting : 1;    /* not started; the first segments are held */
    unsigned has_acked : 1;
    unsigned has_fin : 1;
    unsigned has_stray : 1;
    unsigned ended : 1; /* TT_CHUNK_END was handed on */
    uint8_t patience;   /* segments seen since the hole (or the beginning) could be given up */
};

/* A TCP flow. */
struct tt_tcp {
    struct tt_conn conn;    /* first: a struct tt_conn of TCP is one of these */
    struct tt_half half[2]; /* by direction */
    uint64_t last_frame;
    uint64_t synack_time; /* 0: not seen, or seen twice */
    unsigned opened_by_syn : 1;
    unsigned syn_repeated : 1;
    unsigned synack_seen : 1;
    unsigned ack_seen : 1;
    uint32_t told_time; /* TSval of the last step of the handshake (RFC 7323); 0: none */
};

/* What a segment says. */
struct tt_segment {
    const struct tt_packet *packet; /* `bytes` is the payload */
    enum tt_direction direction;
    uint32_t seq; /* of the first byte of the payload */
    uint32_t ack;
    uint8_t flags; /* enum tt_tcp_flag */
    /* The timestamps option (RFC 7323, section 3.2); 0 where there is none. */
    uint32_t time;
    uint32_t echo;
};

enum tt_tcp_flag { TT_TCP_FIN = 1, TT_TCP_SYN = 2, TT_TCP_RST = 4, TT_TCP_ACK = 16 };

/* Part of a segment that is not of the stream: goes out when the segment is done, because its flow
 * may push another one out of the table. */
struct tt_stray {
    size_t at; /* in the payload */
    size_t len;
    const char *code;
    const char *text;
};

struct tt_strays {
    struct tt_stray list[2]; /* at most: before the start, and behind the end */
    size_t count;
};

/* The place of a sequence number that is nearest to another place. */
static inline uint64_t tt_place_near(uint64_t place, uint32_t seq)
{
    return place + (uint64_t)(int64_t)(int32_t)(seq - (uint32_t)place);
}

static inline uint64_t tt_half_place(const struct tt_half *half, uint32_t seq)
{
    return tt_place_near(half->next, seq);
}

/* tcp_stream.c. `side` is the direction of the half that is meant. */

/* The first byte of the direction has `seq`. Hands on what was waiting for it. */
void tt_half_start(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side, uint32_t seq);

/* Takes the payload of a segment. `strays` (empty before) gets the parts that are not of the
 * stream. */
void tt_half_data(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment,
                  struct tt_strays *strays);

/* Takes the FIN of a segment, which stands behind its payload. */
void tt_half_fin(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment);

/* The other side of `side` acknowledges up to `ack`. */
void tt_half_ack(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side, uint32_t ack);

/* A segment of the connection has passed: gives a hole up when its time has come. */
void tt_half_pass(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side);

/* Hands on everything that is held, and the end. */
void tt_half_finish(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side);

/* tcp.c. */

/* Ends both directions of a flow. */
void tt_tcp_finish(struct tt_net *net, struct tt_conn *conn);

/* Frees what a flow holds, without a word to the sink. */
void tt_tcp_free(struct tt_conn *conn);

#endif
