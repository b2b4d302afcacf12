/* Inside the HTTP/3 reader: the state of a connection and of the two ways of each stream.
 *
 * http3.c reads streams and frames, http3_block.c header blocks and what waits for them. */
#ifndef TT_PROTO_HTTP3_STATE_H
#define TT_PROTO_HTTP3_STATE_H

#include "proto/http3.h"
#include "proto/http_streams.h"
#include "proto/qpack.h"

enum tt_http3_state {
    TT_HTTP3_BEGIN,       /* nothing came yet */
    TT_HTTP3_STREAM_TYPE, /* of a stream with one way */
    TT_HTTP3_PUSH_ID,     /* behind the type of a push stream */
    TT_HTTP3_FRAME,       /* before or in the type and length of a frame */
    TT_HTTP3_IN_DATA,
    TT_HTTP3_BLOCK,   /* in HEADERS or PUSH_PROMISE */
    TT_HTTP3_WAITING, /* such a block is whole, but needs entries that have not come */
    TT_HTTP3_IN_SETTINGS,
    TT_HTTP3_SKIP,         /* framing */
    TT_HTTP3_LEAVE,        /* a frame that is searched as it stands */
    TT_HTTP3_IN_EXTENSION, /* in one that belongs to no message: a body of its own */
    TT_HTTP3_INSTRUCTIONS, /* the encoder stream */
    TT_HTTP3_ACCOUNT,      /* the decoder stream */
    TT_HTTP3_REST,         /* all that follows is searched as it stands */
    TT_HTTP3_DONE
};

/* Numbers of streams are below it (RFC 9000, section 16): behind it stand pushes, by their own. */
#define TT_HTTP3_PUSHES ((uint64_t)1 << 62)

enum { TT_HTTP3_HEAD_MAX = 16 /* two integers */ };

/* A chunk behind a block that waits; its bytes are copied. */
struct tt_http3_held {
    struct tt_http3_held *next;
    struct tt_chunk chunk;
    uint8_t bytes[];
};

/* One direction of a stream. */
struct tt_http3_way {
    struct tt_gather gather; /* a header block or SETTINGS */
    struct tt_http3_held *held;
    void *extension;       /* its body, if anybody wants it */
    uint64_t extension_at; /* bytes that it got */
    uint64_t frame_at;     /* offset of the frame in the stream */
    uint64_t frame_type;
    uint64_t remaining; /* of its payload */
    uint64_t exchange;  /* id of the stream whose exchange it speaks for */
    uint64_t end;       /* stream offset behind the last byte read */
    uint8_t head[TT_HTTP3_HEAD_MAX];
    uint8_t head_len;
    uint8_t state;     /* enum tt_http3_state */
    uint8_t direction; /* enum tt_direction, of the last chunk */
    bool control;
    bool from_server;
    bool extends; /* the body of the extension was opened */
};

struct tt_http3_stream {
    struct tt_http_stream base;  /* first */
    struct tt_http3_way ways[2]; /* of the client, of the server */
    bool critical;               /* it stays as long as the connection */
};

struct tt_http3 {
    const struct tt_proto_sink *sink;
    const struct tt_flow *flow;
    struct tt_http_streams streams;
    struct tt_qpack *qpacks[2]; /* by the side that encodes */
    uint64_t critical[2];       /* streams of each side that are kept: one bit for each type */
    uint64_t wire_bytes[2];     /* of header blocks */
    uint64_t text_bytes[2];     /* that came of them */
    size_t held;                /* bytes */
    size_t waiting;             /* ways */
    bool progress;              /* some of them need not wait any more, perhaps */
};

extern const struct tt_http_wire tt_http3_wire;

/* ---- http3_extension.c ---- */

/* Is it of a frame that an extension brings and that is part of no message: PRIORITY_UPDATE (RFC
 * 9218, section 7.2), or reserved to be ignored (RFC 9114, section 7.2.8)? */
bool tt_http3_is_extension(uint64_t frame_type);
/* Types of streams that are reserved likewise: section 6.2.3. */
bool tt_http3_is_reserved(uint64_t stream_type);

/* The next `len` bytes of the rest are of the extension that the way is in: they are taken. */
void tt_http3_extension(struct tt_http3_way *way, struct tt_stream *stream, size_t len);

/* It is over, at that offset of the stream; nothing happens where none is open. */
void tt_http3_end_extension(struct tt_http3_way *way, const struct tt_stream *stream,
                            uint64_t offset, enum tt_body_end end);

/* ---- http3_block.c ---- */

/* A header block is whole: reads it, or, when it must wait and `may_wait`, returns false. The bytes
 * of the extent have been taken; they are told. */
bool tt_http3_take_block(struct tt_http3 *http, struct tt_http3_way *way,
                         const struct tt_stream *stream, const struct tt_extent *extent,
                         bool may_wait);

/* The chunk comes behind a block that waits. False when there is no room for it. */
bool tt_http3_hold(struct tt_http3 *http, struct tt_http3_way *way, const struct tt_chunk *chunk);

/* Puts back what was taken of it, behind the others. */
void tt_http3_hold_on(struct tt_http3_way *way, struct tt_http3_held *held);

/* Takes the first of what is held, or NULL; to be given back with tt_http3_release. */
struct tt_http3_held *tt_http3_next_held(struct tt_http3_way *way);
void tt_http3_release(struct tt_http3 *http, struct tt_http3_held *held);

/* Must the block that waits still do so? */
bool tt_http3_must_wait(const struct tt_http3 *http, const struct tt_http3_way *way);

#endif
