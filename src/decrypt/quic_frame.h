/* Inside decrypt/: the frames in an opened QUIC packet. Pure functions; spans are borrowed.
 *
 * RFC 9000, section 19; RFC 9221 (DATAGRAM), draft-ietf-quic-ack-frequency,
 * draft-ietf-quic-reliable- stream-reset, draft-huitema-quic-ts (TIMESTAMP). */
#ifndef TT_DECRYPT_QUIC_FRAME_H
#define TT_DECRYPT_QUIC_FRAME_H

#include "base/err.h"
#include "base/reader.h"

enum {
    TT_QUIC_PADDING = 0x00,
    TT_QUIC_PING = 0x01,
    TT_QUIC_ACK = 0x02, /* and 0x03 with ECN counts */
    TT_QUIC_RESET_STREAM = 0x04,
    TT_QUIC_STOP_SENDING = 0x05,
    TT_QUIC_CRYPTO = 0x06,
    TT_QUIC_NEW_TOKEN = 0x07,
    TT_QUIC_STREAM = 0x08, /* to 0x0f */
    TT_QUIC_STREAM_LAST = 0x0f,
    TT_QUIC_MAX_DATA = 0x10,
    TT_QUIC_MAX_STREAM_DATA = 0x11,
    TT_QUIC_MAX_STREAMS = 0x12, /* and 0x13 */
    TT_QUIC_DATA_BLOCKED = 0x14,
    TT_QUIC_STREAM_DATA_BLOCKED = 0x15,
    TT_QUIC_STREAMS_BLOCKED = 0x16, /* and 0x17 */
    TT_QUIC_NEW_CONNECTION_ID = 0x18,
    TT_QUIC_RETIRE_CONNECTION_ID = 0x19,
    TT_QUIC_PATH_CHALLENGE = 0x1a,
    TT_QUIC_PATH_RESPONSE = 0x1b,
    TT_QUIC_CONNECTION_CLOSE = 0x1c, /* and 0x1d: of the application */
    TT_QUIC_HANDSHAKE_DONE = 0x1e,
    TT_QUIC_IMMEDIATE_ACK = 0x1f,
    TT_QUIC_RESET_STREAM_AT = 0x24,
    TT_QUIC_DATAGRAM = 0x30,          /* and 0x31 with a length */
    TT_QUIC_IMMEDIATE_ACK_OLD = 0xac, /* drafts of ack-frequency up to 4 */
    TT_QUIC_ACK_FREQUENCY = 0xaf,
    TT_QUIC_TIMESTAMP = 0x02f5,
    TT_QUIC_RESET_TOKEN_LEN = 16
};

struct tt_quic_frame {
    uint64_t type;   /* the first of its types */
    uint64_t stream; /* of frames about a stream */
    uint64_t at;     /* STREAM, CRYPTO: offset; RESET_STREAM: final size */
    struct tt_span
        bytes;       /* STREAM, CRYPTO, DATAGRAM: data; NEW_TOKEN: the token; NEW_CONNECTION_ID:
                      * the id; CONNECTION_CLOSE: the reason; ACK: its ranges as they stand */
    uint64_t number; /* NEW_CONNECTION_ID: sequence number; ACK: largest acknowledged;
                      * CONNECTION_CLOSE: error code */
    uint64_t count;  /* ACK: ranges after the first */
    uint64_t first_range; /* ACK */
    struct tt_span token; /* NEW_CONNECTION_ID: stateless reset token */
    bool fin;             /* STREAM */
    bool application;     /* CONNECTION_CLOSE */
};

/* The next frame; a run of PADDING is one frame. False at the end (reader->failed is not set), and
 * where a frame is malformed or of an unknown type (reader->failed is set, and reader->at tells
 * nothing: the caller keeps the place before). */
TT_MUST_USE bool tt_quic_frame_next(struct tt_reader *reader, struct tt_quic_frame *ret_frame);

/* Walks over the packet numbers that an ACK frame acknowledges, from the highest range down; both
 * ends are included. Begin with an iterator of all zeros. False when there are no more, or where
 * they are malformed. */
struct tt_quic_ack_walk {
    struct tt_reader reader;
    uint64_t smallest;
    uint64_t left;
    bool begun;
};
TT_MUST_USE bool tt_quic_ack_next(struct tt_quic_ack_walk *walk, const struct tt_quic_frame *ack,
                                  uint64_t *ret_smallest, uint64_t *ret_largest);

#endif
