/* A request and its response on one stream of HTTP/2 or HTTP/3: heads, bodies and trailers as the
 * search and the listing get them. What the versions differ in, struct tt_http_wire tells.
 *
 * RFC 9110; RFC 9113, section 8; RFC 9114, section 4. A request by CONNECT makes of the stream a
 * channel, in which protocols are recognised anew (RFC 9113, section 8.5; RFC 8441). */
#ifndef TT_PROTO_HTTP_EXCHANGE_H
#define TT_PROTO_HTTP_EXCHANGE_H

#include "proto/http_block.h"
#include "proto/http_message.h"
#include "proto/stream.h"

struct tt_http_wire {
    const char *version;      /* "HTTP/2" */
    const char *head_framing; /* how a header block is written: "hpack" */
    const char *data_framing; /* what interrupts a body: "http2" */
    const char *fields_note;  /* code of the note about fields whose names or values are lost */
    const char *limit_note;   /* about header blocks that are too long */
};

enum tt_http_role { TT_HTTP_REQUEST, TT_HTTP_RESPONSE };

struct tt_http_said;

/* One side of the exchange. All zero: nothing came yet. */
struct tt_http_half {
    struct tt_http_said *said; /* what its head said; NULL: no head was read */
    void *body;                /* what the sink gave for the open body */
    struct tt_origin origin;   /* of all of it */
    uint64_t body_bytes;
    uint64_t body_at;    /* bytes of the open body so far, or of the channel */
    uint64_t body_start; /* offset in the stream of what frames the body */
    uint64_t body_end;   /* behind its last byte */
    uint64_t gap;        /* bytes missing before the next ones of a channel */
    uint8_t direction;   /* enum tt_direction */
    bool begun;          /* a head or a byte of a body came */
    bool body_open;
    bool continued; /* bytes of the body are missing: it cannot be unwrapped, it is not whole */
    bool ended;
};

struct tt_http_exchange {
    struct tt_http_half halves[2]; /* enum tt_http_role */
    void *channel;
    int16_t status; /* of the response, once its head came: a request may go on behind it */
    const char *subprotocol; /* of a WebSocket: tt_proto_handshake */
    bool tunnel;             /* data goes to the channel */
    bool websocket;          /* which carries the messages of a WebSocket */
};

/* Where a header block stands in the stream. */
struct tt_http_range {
    uint64_t at;
    uint64_t end;
    struct tt_origin origin;
};

/* The request was read elsewhere, and told: what comes here is its response. `direction` is that of
 * the request. Without memory the response does not know its request. */
void tt_http_exchange_asked(struct tt_http_exchange *exchange, const struct tt_proto_sink *sink,
                            enum tt_direction direction, const struct tt_http_request *request);

/* A header block came. False when it could not be told (without memory): its bytes are still to be
 * handed out; else they are to be accounted. */
bool tt_http_exchange_block(struct tt_http_exchange *exchange, const struct tt_http_wire *wire,
                            const struct tt_stream *stream, enum tt_http_role role,
                            struct tt_http_block *block, const struct tt_http_range *range);

/* Takes `len` bytes of the rest of the chunk into the body. `frame_at`: offset in the stream of
 * what frames them. */
void tt_http_exchange_data(struct tt_http_exchange *exchange, const struct tt_http_wire *wire,
                           struct tt_stream *stream, enum tt_http_role role, size_t len,
                           uint64_t frame_at);

/* Bytes of the body are missing, or may be; `gap` of them where that is known. */
void tt_http_exchange_gap(struct tt_http_exchange *exchange, const struct tt_stream *stream,
                          enum tt_http_role role, uint64_t gap);

/* The half is over: `complete` as its framing says. Does nothing when it was over before. */
void tt_http_exchange_end(struct tt_http_exchange *exchange, const struct tt_stream *stream,
                          enum tt_http_role role, bool complete);

/* The half says no more, whatever it misses: nor does it begin. */
void tt_http_exchange_reset(struct tt_http_exchange *exchange, const struct tt_stream *stream,
                            enum tt_http_role role);

/* Ends what is not over and frees what the exchange holds. */
void tt_http_exchange_free(struct tt_http_exchange *exchange, const struct tt_proto_sink *sink,
                           const struct tt_flow *flow);

#endif
