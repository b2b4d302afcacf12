/* One TCP connection of the phone, step by step: handshake, exchanges, end. Connections take turns,
 * so their frames are interleaved as in a real trace. */
#ifndef BENCH_GEN_CONN_H
#define BENCH_GEN_CONN_H

#include "gen_talk.h"

enum gen_conn_state {
    GEN_CONN_FREE, /* may be opened */
    GEN_CONN_SYN,
    GEN_CONN_SYN_ACK,
    GEN_CONN_ACK,
    GEN_CONN_READY, /* the next exchange may be put in place, or the end begun */
    GEN_CONN_REQUEST,
    GEN_CONN_RESPONSE,
    GEN_CONN_FIN,
    GEN_CONN_FIN_ACK,
    GEN_CONN_LAST_ACK
};

struct gen_conn {
    enum gen_conn_state state;
    struct gen_path path;
    struct gen_stream streams[2]; /* by enum gen_side: what this side has sent */
    struct gen_talk talk;
    struct gen_exchange exchange;
    struct gen_leak leak; /* of the request */
    unsigned left;        /* exchanges */
    uint64_t sent;        /* bytes of the message on its way */
    uint64_t cut;         /* where a segment of the request must end; 0: anywhere */
    bool swap;            /* hold back the segment before the cut */
    unsigned unacked;     /* segments since the last ACK */
};

/* How often segments change places or are sent twice, in permille; more often where a leak is. */
enum { GEN_REORDER = 10, GEN_REPEAT = 5, GEN_REORDER_LEAK = 100, GEN_REPEAT_LEAK = 100 };

/* Opens a free connection: the next step sends the SYN. */
void gen_conn_open(struct gen_conn *conn, const struct gen_host *host, const uint8_t *mac,
                   uint16_t port, struct gen_rng *rng);

/* Puts the exchange that talk has filled on its way; `leak` is of its request, or NULL. */
void gen_conn_begin(struct gen_conn *conn, const struct gen_leak *leak, struct gen_rng *rng);

/* Ends a connection that is ready. */
void gen_conn_end(struct gen_conn *conn);

/* Sends the next few frames. False: it must wait for frames that are held back, or is ready or
 * free.
 */
bool gen_conn_step(struct gen_conn *conn, struct gen_wire *wire, struct gen_rng *rng);

void gen_conn_free(struct gen_conn *conn);

#endif
