/* What run/ does with a flow: recognises its protocol, feeds it, and searches what nobody claims.
 *
 * The chunks of a flow come in from net/; bodies go to the search,
 * messages and names to the listener. */
#ifndef TT_RUN_FLOWS_H
#define TT_RUN_FLOWS_H

#include "decrypt/keys.h"
#include "model/chunk.h"
#include "model/msg.h"
#include "model/name.h"
#include "model/residency.h"
#include "model/seal.h"
#include "run/search.h"

/* Bytes of one direction that no protocol claims, from one turn of the conversation. */
struct tt_data_run {
    const struct tt_flow *flow;
    enum tt_direction direction;
    const char *protocol; /* "tcp", "udp", "tls" */
    struct tt_seal seal;
    uint64_t offset;
    uint64_t bytes;
    struct tt_origin origin;
    struct tt_span head; /* the first bytes, at most 64 */
};

/* Implemented by pipeline.c. Any but flow may be NULL. */
struct tt_flows_sink {
    void *context;
    void (*message)(void *context, const struct tt_msg *msg, const struct tt_seal *seal);
    void (*data)(void *context, const struct tt_data_run *run);
    void (*name)(void *context, const struct tt_name_record *record);
    void (*account)(void *context, const struct tt_account *account);
    /* The server's first message came `time` ns after the client's: handshake.h. */
    void (*handshake)(void *context, const struct tt_flow *flow, enum tt_handshake handshake,
                      uint64_t time);
    /* A handshake of TLS, DTLS or QUIC said something; `protocol` is which. `told` is the answer to
     * the call before for the same connection, NULL for the first; each call has what is new. */
    void *(*tls)(void *context, const struct tt_flow *flow, const char *protocol, void *told,
                 const struct tt_tls_facts *facts);
    /* The flow is over; `protocol` is what it was recognised as. */
    void (*flow)(void *context, const struct tt_flow *flow, const char *protocol);
    /* Without a searcher: the bodies as they are read, to which each handle that is not NULL
     * belongs until its close. Any may be NULL, then all are. */
    void *(*body_open)(void *context, const struct tt_body *body, const struct tt_msg *msg,
                       const struct tt_seal *seal);
    void (*body_data)(void *context, void *body, const struct tt_piece *piece);
    void (*body_close)(void *context, void *body, enum tt_body_end end);
    struct tt_note_sink notes;
};

struct tt_flows;

/* `searcher` may be NULL: then nothing is searched (message listings). All is borrowed. */
TT_MUST_USE enum tt_err tt_flows_new(struct tt_searcher *searcher, const struct tt_keys *keys,
                                     const struct tt_flows_sink *sink, struct tt_flows **ret_flows);
void tt_flows_free(struct tt_flows *flows);

/* TT_ERR_MEMORY after memory ran out. */
enum tt_err tt_flows_failure(const struct tt_flows *flows);

/* The three calls of tt_net_sink; `context` is the tt_flows. */
void tt_flows_open(void *context, struct tt_flow *flow);
void tt_flows_chunk(void *context, const struct tt_chunk *chunk);
void tt_flows_close(void *context, struct tt_flow *flow);

#endif
