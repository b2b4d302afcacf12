/* Inside proto/: a side of a WebSocket. RFC 6455; RFC 7692 (permessage-deflate).
 *
 * websocket.c walks over frames, websocket_message.c makes messages of what stands in them,
 * websocket_inflate.c opens those that are compressed. */
#ifndef TT_PROTO_WEBSOCKET_H
#define TT_PROTO_WEBSOCKET_H

#include "proto/stream.h"

enum { TT_WEBSOCKET_HEAD_MAX = 14 };

/* RFC 6455, section 5.2. */
enum tt_websocket_opcode {
    TT_WEBSOCKET_CONTINUATION = 0,
    TT_WEBSOCKET_TEXT = 1,
    TT_WEBSOCKET_BINARY = 2,
    TT_WEBSOCKET_CLOSE = 8,
    TT_WEBSOCKET_PING = 9,
    TT_WEBSOCKET_PONG = 10
};

struct tt_websocket_inflate;

/* A message under way, or a control frame. */
struct tt_websocket_message {
    struct tt_msg msg;
    void *handle;   /* what the sink gave for its body */
    uint64_t begin; /* offset of the header of its first frame */
    uint64_t at;    /* bytes of the open body so far */
    bool begun;
    bool open;       /* body_open was called */
    bool compressed; /* by permessage-deflate */
    bool broken;     /* it cannot be unpacked from here on */
    bool continued;  /* bytes of it are missing */
};

struct tt_websocket_side {
    struct tt_stream stream;
    struct tt_gather gather; /* a frame header that spans chunks */
    struct tt_websocket_message data;
    struct tt_websocket_message control;
    struct tt_websocket_inflate *inflate; /* made with the first compressed message */
    struct tt_websocket *websocket;
    uint64_t channel_at;  /* bytes given to the channel so far */
    uint64_t channel_gap; /* bytes missing before the next ones */

    /* The frame. */
    uint64_t left;
    uint64_t frame_at; /* offset of its header */
    uint8_t mask[4];   /* zeros: not masked */
    uint8_t mask_at;
    uint8_t opcode;
    bool fin;
    bool in_frame;
    bool lost; /* where the next frame begins is not known */
};

struct tt_websocket {
    struct tt_websocket_side sides[2];
    void *channel; /* of a subprotocol that is a stream */
    bool wants_channel;
};

/* The subprotocol of a Sec-WebSocket-Protocol as tt_proto_handshake has it: static; NULL when its
 * messages stand for themselves. */
const char *tt_websocket_subprotocol(struct tt_span field);

/* ---- websocket_message.c ---- */

/* A data frame that is no continuation begins a message; so does a control frame. */
void tt_websocket_begin(struct tt_websocket_side *side, bool control, bool compressed);

/* The next `len` bytes of the chunk's rest are of the frame under way: takes them. */
void tt_websocket_take(struct tt_websocket_side *side, size_t len);

/* The message is over. */
void tt_websocket_end(struct tt_websocket_side *side, bool control, bool whole);

/* `gap` bytes of the frame under way are missing. */
void tt_websocket_miss(struct tt_websocket_side *side, uint64_t gap);

/* ---- websocket_inflate.c ---- */

enum tt_inflated {
    TT_INFLATED_MORE, /* `ret_out` has bytes; call again with what is left of the input */
    TT_INFLATED_DONE, /* all of the input was read; `ret_out` may have bytes */
    TT_INFLATED_BAD,  /* malformed, or it refers to what is missing */
    TT_INFLATED_LIMIT /* it grows beyond TT_WEBSOCKET_RATIO_MAX */
};

/* NULL without memory, also where the pool (may be NULL) has no room. It counts there. */
struct tt_websocket_inflate *tt_websocket_inflate_new(struct tt_proto_pool *pool);
void tt_websocket_inflate_free(struct tt_websocket_inflate *inflate);

/* Reads on in the messages of one direction, each without the four bytes that its sender left out;
 * the window is kept from one to the next, whatever was agreed: where a sender begins anew, it does
 * not refer to it (RFC 7692, section 7.2.3). `*in` is shortened by what was read. `*ret_out` is
 * borrowed until the next call. */
enum tt_inflated tt_websocket_inflate_feed(struct tt_websocket_inflate *inflate, struct tt_span *in,
                                           struct tt_span *ret_out);

/* A message was lost or could not be read: what refers to it will be BAD, all else goes on. */
void tt_websocket_inflate_lose(struct tt_websocket_inflate *inflate);

#endif
