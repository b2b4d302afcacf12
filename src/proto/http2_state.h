/* Inside the HTTP/2 reader: the state of a connection, its two sides and its streams.
 *
 * http2.c reads frames, http2_block.c header blocks; http_exchange.h says what a stream says. */
#ifndef TT_PROTO_HTTP2_STATE_H
#define TT_PROTO_HTTP2_STATE_H

#include "proto/hpack.h"
#include "proto/http2_frame.h"
#include "proto/http_streams.h"

enum tt_http2_state {
    TT_HTTP2_BEGIN,      /* before the first byte of the side: perhaps the preface */
    TT_HTTP2_HEADER,     /* before or in a frame header */
    TT_HTTP2_PAD_LENGTH, /* of DATA */
    TT_HTTP2_IN_DATA,
    TT_HTTP2_PADDING,
    TT_HTTP2_BLOCK,       /* in HEADERS, PUSH_PROMISE and the CONTINUATIONs behind them */
    TT_HTTP2_IN_SETTINGS, /* gathered */
    TT_HTTP2_IN_GOAWAY,   /* before its debug data */
    TT_HTTP2_SKIP,        /* framing */
    TT_HTTP2_LEAVE,       /* searched as it stands */
    TT_HTTP2_LOST,        /* nobody knows where the next frame begins */
    TT_HTTP2_DONE
};

struct tt_http2_side {
    uint64_t end;            /* stream offset behind the last byte read */
    struct tt_gather gather; /* a preface, frame header, header block or SETTINGS */
    struct tt_hpack *hpack;  /* NULL: no header block yet */
    struct tt_http2_frame frame;
    uint64_t frame_at; /* its offset in the stream */
    uint32_t
        remaining;     /* of its payload, without what follows; of BLOCK: of all, still to gather */
    uint8_t pad;       /* bytes of padding behind DATA */
    uint8_t state;     /* enum tt_http2_state */
    uint8_t direction; /* enum tt_direction */
    bool begun;        /* a frame was read */
    bool blocks_lost;  /* a header block may be missing before the first one */
    bool continuing;   /* BLOCK: in the header of a CONTINUATION */
    bool last_fragment;  /* BLOCK: no CONTINUATION follows the frame */
    uint32_t table;      /* SETTINGS_HEADER_TABLE_SIZE of the peer, for this side's encoder */
    uint64_t wire_bytes; /* of header blocks */
    uint64_t text_bytes; /* that came of them */
};

struct tt_http2 {
    struct tt_http2_side sides[2]; /* first: a side leads to its connection */
    const struct tt_proto_sink *sink;
    const struct tt_flow *flow;
    struct tt_http_streams streams;
    uint8_t client; /* enum tt_direction */
    bool client_known;
};

extern const struct tt_http_wire tt_http2_wire;

/* What a side says: requests of the client. */
static inline enum tt_http_role tt_http2_role(const struct tt_http2 *http,
                                              const struct tt_http2_side *side)
{
    return side->direction == http->client ? TT_HTTP_REQUEST : TT_HTTP_RESPONSE;
}

/* ---- http2_block.c ---- */

/* All frames of a header block, from the payload of the first one on; they have been taken. */
void tt_http2_take_block(struct tt_http2 *http, struct tt_http2_side *side,
                         const struct tt_stream *stream, const struct tt_extent *extent);

/* A header block of the side was not read. */
void tt_http2_block_lost(struct tt_http2_side *side);

#endif
