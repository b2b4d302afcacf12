/* Inside the HTTP/1.x reader: the state of a flow and of its two sides.
 *
 * http1.c finds messages, http1_describe.c says what they are, http1_body.c follows their bodies.
 * A side is one direction; it may carry requests or responses, whichever is seen.
 *
 * Very many flows may be open at the same time and silent. So what is needed only while bytes are
 * read stands on the stack (the stream), what belongs to a message goes with it, and what a flow
 * that waits for its next message holds is struct tt_http1 alone: about 100 bytes. Messages that
 * go on over chunks, heads that are gathered and requests that wait are counted in the pool of the
 * sink. */
#ifndef TT_PROTO_HTTP1_STATE_H
#define TT_PROTO_HTTP1_STATE_H

#include "proto/http1_head.h"
#include "proto/http1_queue.h"
#include "proto/stream.h"

enum tt_http1_state {
    TT_HTTP1_FIND,        /* before a message */
    TT_HTTP1_HEAD,        /* behind a start line */
    TT_HTTP1_BODY_LENGTH, /* `remaining` bytes of body */
    TT_HTTP1_BODY_CLOSE,  /* body until the stream ends */
    TT_HTTP1_CHUNK_SIZE,  /* in the line before a chunk, up to an extension */
    TT_HTTP1_CHUNK_EXT,   /* in its extension */
    TT_HTTP1_CHUNK_DATA,  /* `remaining` bytes of chunk */
    TT_HTTP1_CHUNK_END,   /* the line end behind a chunk */
    TT_HTTP1_TRAILER,     /* behind the last chunk */
    TT_HTTP1_DONE         /* the direction has ended */
};

enum tt_http1_role { TT_HTTP1_ROLE_UNKNOWN, TT_HTTP1_ROLE_CLIENT, TT_HTTP1_ROLE_SERVER };

/* A message, from its head to its end: one block with its texts. */
struct tt_http1_message {
    struct tt_origin origin;
    uint64_t request_frame;
    uint64_t body_bytes;
    int16_t status;
    bool response;
    bool counted; /* its size is, in the pool */

    /* Its body. */
    bool body_open;      /* body_open was called, body_close was not */
    bool body_continued; /* bytes before it are missing: it cannot be unwrapped */
    bool chunk_digit;    /* there was one */
    bool chunk_pad;      /* something that is not a digit followed the size */
    void *body;          /* what the sink gave for the open body */
    uint64_t body_start; /* stream offset */
    uint64_t body_at;    /* bytes of the open body so far */
    uint64_t remaining;
    uint64_t chunk_size;
    uint32_t chunk_line; /* bytes of the chunk-size line */

    uint32_t texts_len;
    uint32_t texts_room;
    uint32_t at[TT_HTTP_TEXT_COUNT]; /* of each text: its offset plus one; 0 for none */
    char texts[];
};

/* NULL for none. */
static inline const char *tt_http1_text(const struct tt_http1_message *message,
                                        enum tt_http_text text)
{
    return message->at[text] == 0 ? NULL : message->texts + message->at[text] - 1;
}

struct tt_http1_side {
    union {
        struct tt_stream *stream; /* while a chunk is read */
        uint64_t end;             /* else: stream offset behind the last byte read */
    };
    struct tt_gather gather;          /* a start line, head or trailer that spans chunks */
    struct tt_http1_message *message; /* from its head to its end; else NULL */
    uint8_t state;                    /* enum tt_http1_state */
    uint8_t role;                     /* enum tt_http1_role */
    uint8_t scan;                     /* enum tt_http1_scan */
    uint8_t direction;                /* enum tt_direction */

    /* Finding. `aligned`: a message must begin here; else one is looked for. `candidate`: one may
     * begin right here. */
    bool aligned;
    bool candidate;
    bool awaits_tunnel; /* a CONNECT was sent here and not answered yet */
};

struct tt_http1 {
    struct tt_http1_side sides[2];   /* first: a side leads to its flow */
    struct tt_http1_queue queues[2]; /* requests by the direction that sent them */
    const struct tt_proto_sink *sink;
    const struct tt_flow *flow;
    uint32_t header_table; /* of the last request that would have HTTP/2; see tt_proto_handshake */
    bool tunnel;           /* what follows is another protocol */
};

/* Is a response the answer to its request? The only such 1xx is 101 (RFC 9110, section 15.2),
 * unless it leads to HTTP/2, which brings the answer (RFC 7540, section 3.2). */
static inline bool tt_http1_is_answer(const struct tt_http1_head *head)
{
    return head->status / 100 != 1 || (head->status == 101 && !tt_span_is(head->upgrade, "h2c"));
}

/* ---- http1_describe.c ---- */

/* Makes the message of `side` from a head, and for a response from its request. `request` is NULL
 * when it is not known. False without memory. */
bool tt_http1_describe(struct tt_http1_side *side, const struct tt_http1_head *head,
                       const struct tt_http_request *request, struct tt_origin origin);

/* The chunk is over and the message is not: gives back what its texts do not need. When the pool is
 * full, all of them but the host are dropped, with a note. */
void tt_http1_message_rest(struct tt_http1_side *side);

void tt_http1_message_free(struct tt_http1_side *side, struct tt_proto_pool *pool);

/* The message as others see it; borrowed until it is freed or rests. */
struct tt_msg tt_http1_message_tell(const struct tt_http1_side *side);

/* ---- http1_body.c ---- */

/* Decides how the body of the message just described is framed, and begins it; a message without a
 * body is over at once. `method` is that of the request, or NULL. */
void tt_http1_body_begin(struct tt_http1 *http, struct tt_http1_side *side,
                         const struct tt_http1_head *head, const char *method);

/* Reads on in any of the states from BODY_LENGTH to TRAILER. */
void tt_http1_body_step(struct tt_http1 *http, struct tt_http1_side *side);

/* `gap` bytes are missing before the rest of the chunk, inside a body. */
void tt_http1_body_gap(struct tt_http1 *http, struct tt_http1_side *side, uint64_t gap);

/* What was gathered of a trailer will not become one: it is searched raw, and the body ends before
 * it, at the latest at `stream_end`. */
void tt_http1_trailer_lost(struct tt_http1_side *side, uint64_t stream_end);

/* The direction has ended, or the flow is closed, inside a body. */
void tt_http1_body_end(struct tt_http1_side *side, bool stream_ended);

/* ---- http1.c ---- */

/* The message is over; the side is ready for the next one. */
void tt_http1_message_end(struct tt_http1_side *side, bool complete);

/* Nobody knows where the next message begins: look for it. Unfinished messages are told. */
void tt_http1_lose_sync(struct tt_http1 *http, struct tt_http1_side *side);

/* A head (start line to blank line) was read; its bytes have been taken. */
void tt_http1_take_head(struct tt_http1 *http, struct tt_http1_side *side,
                        const struct tt_http1_head *head, const struct tt_extent *extent);

/* Gathers up to the blank line behind a head or trailer. True when it was reached: then `*ret_head`
 * is the whole, whose bytes have been taken, and the gather is to be cleared after use. False when
 * more is needed, or when it is longer than TT_HTTP_HEADER_MAX: then it went out unclaimed, and
 * `*ret_over` is true. */
bool tt_http1_gather_head(struct tt_http1_side *side, struct tt_extent *ret_head,
                          struct tt_part *part, bool *ret_over);

#endif
