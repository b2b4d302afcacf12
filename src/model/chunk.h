/* tt_chunk: bytes of one direction of a flow in their order. Made by net/ and decrypt/, used by
 * proto/.
 *
 * For TCP the offsets count from the first byte of the direction; a chunk whose `gap` is not 0
 * stands behind that many missing bytes (its offset counts them). For every other transport each
 * chunk is one whole packet payload and has TT_CHUNK_DATAGRAM; offsets are 0. */
#ifndef TT_MODEL_CHUNK_H
#define TT_MODEL_CHUNK_H

#include "model/flow.h"

enum tt_chunk_flag {
    TT_CHUNK_END = 1,      /* nothing follows in this direction (bytes may be empty) */
    TT_CHUNK_DATAGRAM = 2, /* a whole packet */
    TT_CHUNK_CUT = 4,      /* the capture holds less of the packet than was on the wire (snaplen) */
    TT_CHUNK_ENCRYPTED = 8 /* ciphertext of a layer below the transports: ESP, WireGuard, protected
                              802.11 frames; only of datagrams */
};

/* Bytes of a datagram that came in fragments, and what brought them. */
struct tt_chunk_part {
    struct tt_span bytes; /* lies in the same memory as the chunk's, which may begin behind it */
    uint64_t first_frame;
    uint64_t last_frame;
    uint64_t time;
};

struct tt_chunk {
    struct tt_flow *flow;
    enum tt_direction direction;
    unsigned flags; /* enum tt_chunk_flag */
    uint64_t offset;
    uint64_t gap;         /* missing bytes right before `offset`; 0 for none */
    struct tt_span bytes; /* borrowed until the sink returns */
    uint64_t first_frame; /* frames that carried the bytes */
    uint64_t last_frame;
    uint64_t time; /* ns, of last_frame */
    /* Of a datagram put together: which frame carried what, ascending. None: all came at once. */
    const struct tt_chunk_part *parts;
    size_t part_count;
    /* Of a stream over TCP, where it is known: the bytes came in [sent_at, sent_end) of the TCP
     * stream (a segment, or a record of TLS), from somebody who had acknowledged heard - 1 bytes of
     * the other direction by then. `heard` 0: not known. */
    uint64_t sent_at;
    uint64_t sent_end;
    uint64_t heard;
};

#endif
