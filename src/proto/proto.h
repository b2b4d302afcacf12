/* The room for protocols: what a protocol is, and what it may say.
 *
 * A protocol is one file (or folder) with one const struct, and one line in list.c whose place is
 * its priority. It gets the chunks of a flow and says what they hold: messages, bodies, names;
 * bytes that it does not understand it hands back with `unclaimed`, so that they are searched raw.
 */
#ifndef TT_PROTO_PROTO_H
#define TT_PROTO_PROTO_H

#include "model/body.h"
#include "model/chunk.h"
#include "model/msg.h"
#include "model/name.h"
#include "model/note.h"

struct tt_proto_pool; /* extent.h */

struct tt_proto;

/* What led to a conversation: of a WebSocket or of HTTP/2 ("h2c"), the HTTP request that asked for
 * it. */
struct tt_proto_handshake {
    const char *subprotocol; /* static ("mqtt"); or NULL */
    const char *host;        /* or NULL */
    const char *url;         /* or NULL */
    const char *method;      /* of a request whose response comes in the conversation; or NULL */
    uint64_t request_frame;  /* in which that began */
    uint32_t header_table; /* what the request's HTTP2-Settings (RFC 7540, section 3.2.1) allow the
                              server's encoder: SETTINGS_HEADER_TABLE_SIZE; 0: nothing was said */
};

/* Another connection that a conversation makes: who said so, or the address here, is where it goes
 * to. */
struct tt_proto_announced {
    struct tt_addr addr;
    uint16_t port;
    const char *protocol; /* of what nobody recognises on it ("ftp-data"); static */
    const char *step;     /* likewise, in paths ("ftp-data.payload"); static */
};

/* What a protocol may say. Everything handed over is borrowed for the call. Implemented by run/
 * (and by the unit tests); `context` is the sink's. */
struct tt_proto_calls {
    /* A body begins; `msg` says what is known of its message by now. The answer stands for the body
     * in the calls below; NULL means that nobody wants it (data and close need not be called then,
     * but may). body->at is its offset in the stream; `framing` ("chunked") is NULL, or names the
     * way in which its bytes are interrupted in the stream. */
    void *(*body_open)(void *context, const struct tt_body *body, const char *framing,
                       const struct tt_msg *msg);
    void (*body_data)(void *context, void *body, const struct tt_piece *piece);
    /* `stream_end`: offset in the stream behind the last byte of the body, its framing included. */
    void (*body_close)(void *context, void *body, enum tt_body_end end, uint64_t stream_end);
    /* A message is over (complete or not): for the message listing. */
    void (*message)(void *context, const struct tt_msg *msg);
    void (*name)(void *context, const struct tt_name_record *record);
    /* Bytes of the stream that the protocol does not claim: searched raw. `at` of the piece is the
     * offset in the stream. */
    void (*unclaimed)(void *context, const struct tt_flow *flow, enum tt_direction direction,
                      const struct tt_piece *piece);
    /* Bytes that belong to no body: framing, encrypted records. Body and unclaimed bytes are
     * counted by run/, but for bodies of kind CODING: those are made from bytes that are accounted
     * here (a DNS name, its compression undone). */
    void (*account)(void *context, const struct tt_flow *flow, enum tt_direction direction,
                    enum tt_bucket bucket, uint64_t bytes);
    /* Bytes inside the conversation are a conversation of their own (the messages of a WebSocket, a
     * stream of HTTP/2 that CONNECT made): a channel, in which protocols are recognised anew.
     * `protocol` and `step` name what nobody recognises there ("websocket",
     * "websocket.payload"); both static. The answer stands for it below; it ends with the state of
     * the protocol at the latest. Its chunks have the flow and the directions of the conversation;
     * offsets count in the channel. */
    void *(*channel_open)(void *context, const char *protocol, const char *step, bool datagrams);
    void (*channel_chunk)(void *context, void *channel, const struct tt_chunk *chunk);
    void (*channel_close)(void *context, void *channel);
    /* It is known what a channel carries, of which nothing was told yet; with NULL as channel: what
     * this conversation itself carries behind TT_NEXT_PROBE. `proto` reads it, and nothing is
     * recognised. The handshake is copied, but for what is static; what `proto` says goes to its
     * host unless it names another one. */
    void (*expect)(void *context, void *channel, const struct tt_proto *proto,
                   const struct tt_proto_handshake *handshake);
    /* The side `by` has announced another connection. */
    void (*announce)(void *context, enum tt_direction by,
                     const struct tt_proto_announced *announced);
};

/* To whom a protocol says it: one for each conversation. */
struct tt_proto_sink {
    void *context;
    const struct tt_proto_calls *calls;
    struct tt_note_sink notes;
    const struct tt_proto_handshake *handshake; /* that led to the conversation, or NULL */
    /* What protocols hold is counted here (TT_HEADERS_ALL_MAX); NULL: nowhere. */
    struct tt_proto_pool *pool;
    /* Nobody lists messages: their URLs need not be kept. */
    bool no_listing;
    /* The server that the conversation was sealed for (the name in TLS's hello), in lower case;
     * NULL: nobody said. */
    const char *host;
    bool secured; /* the conversation is what TLS or QUIC carried: its URLs begin with "https" */
};

enum tt_probe { TT_PROBE_NO, TT_PROBE_MORE, TT_PROBE_YES };

/* What is to become of the direction after a chunk. */
enum tt_next {
    TT_NEXT_STAY, /* all bytes taken; go on */
    TT_NEXT_RAW,  /* the rest, and all that follows in both directions, is searched raw */
    TT_NEXT_PROBE /* the rest belongs to another protocol (CONNECT, Upgrade): recognise it anew */
};

enum tt_proto_transport {
    TT_PROTO_TCP = 1, /* streams, also inside other protocols */
    TT_PROTO_UDP = 2, /* datagrams, the same */
    TT_PROTO_LINK = 4,
    TT_PROTO_UDP_OUTER = 8 /* only UDP itself */
};

struct tt_proto {
    const char *name;    /* "http": in findings and paths */
    const char *title;   /* "HTTP/1.0 and HTTP/1.1" */
    const char *spec;    /* "RFC 9112" */
    unsigned transports; /* enum tt_proto_transport */

    /* Is it this? `head`: the first bytes of that direction, at most TT_PROBE_MAX (TCP) or the
     * whole datagram (the others). MORE is taken as NO once there are TT_PROBE_MAX bytes or the
     * direction has ended. */
    enum tt_probe (*probe)(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head);

    /* State for one flow; NULL without memory. `sink` is borrowed until close. */
    void *(*open)(const struct tt_flow *flow, const struct tt_proto_sink *sink);

    /* Takes a chunk: any cut, gaps told by chunk->gap. `*ret_used` is the number of its bytes
     * taken; with TT_NEXT_STAY it is all of them. */
    enum tt_next (*feed)(void *state, const struct tt_chunk *chunk, size_t *ret_used);

    /* The flow is over: closes open bodies as cut, tells unfinished messages, frees the state. */
    void (*close)(void *state);
};

/* Protocol number `at` in the order of priority; NULL past the end. */
const struct tt_proto *tt_proto_at(size_t at);

#endif
