#include "run/handshake.h"

#include "model/frame.h"

enum {
    RECORD_HANDSHAKE = 22,
    TLS_MAJOR = 3,
    QUIC_LONG = 0xc0,
    QUIC_TYPE = 0x30,
    QUIC_V2_FIRST = 0x6b,
    QUIC_VERSION = 1,
    QUIC_INITIAL_MIN = 21
};

static void take_tls(struct tt_handshakes *handshakes, const struct tt_flows_sink *sink,
                     const struct tt_chunk *chunk)
{
    const struct tt_flow *flow = chunk->flow;
    size_t slot = flow->id % TT_HANDSHAKE_SLOTS;
    if (chunk->offset != 0 || chunk->gap != 0 || chunk->bytes.len < 2 || !flow->initiator_known)
        return;
    if (chunk->bytes.data[0] != RECORD_HANDSHAKE || chunk->bytes.data[1] != TLS_MAJOR)
        return;
    if (chunk->direction == TT_FROM_INITIATOR) {
        handshakes->slots[slot].flow = flow->id;
        handshakes->slots[slot].time = chunk->time;
        return;
    }
    uint64_t asked = handshakes->slots[slot].time;
    if (handshakes->slots[slot].flow == flow->id && chunk->time > asked)
        sink->handshake(sink->context, flow, TT_HANDSHAKE_TLS, chunk->time - asked);
}

/* Versions 1 and 2 (RFC 9000, RFC 9369) and their drafts; a version negotiation (0) is an answer
 * too. */
static bool is_quic(struct tt_span bytes)
{
    static const uint8_t versions[][4] = {{0, 0, 0, 1}, {0x6b, 0x33, 0x43, 0xcf}, {0, 0, 0, 0}};
    static const uint8_t draft[] = {0xff, 0, 0};
    if (bytes.len < QUIC_INITIAL_MIN || (bytes.data[0] & QUIC_LONG) != QUIC_LONG)
        return false;
    for (size_t i = 0; i < TT_ARRAY_LEN(versions); i++)
        if (memcmp(bytes.data + QUIC_VERSION, versions[i], sizeof(versions[i])) == 0)
            return true;
    return memcmp(bytes.data + QUIC_VERSION, draft, sizeof(draft)) == 0;
}

/* The client's first word is an Initial, whose type stands in two bits of the first byte: 0, and 1
 * in version 2 (RFC 9369, section 3.2). */
static bool is_initial(struct tt_span bytes)
{
    uint8_t type = (bytes.data[0] & QUIC_TYPE) >> 4;
    return type == (bytes.data[QUIC_VERSION] == QUIC_V2_FIRST ? 1 : 0);
}

static void take_quic(struct tt_handshakes *handshakes, const struct tt_flows_sink *sink,
                      const struct tt_chunk *chunk)
{
    const struct tt_flow *flow = chunk->flow;
    size_t slot = flow->id % TT_HANDSHAKE_SLOTS;
    if (chunk->direction == TT_FROM_INITIATOR) {
        if (flow->packets[TT_FROM_INITIATOR] != 1 || flow->packets[TT_FROM_RESPONDER] != 0 ||
            !is_quic(chunk->bytes) || !is_initial(chunk->bytes) ||
            !handshakes->is_begin(handshakes->context, chunk->bytes))
            return;
        handshakes->slots[slot].flow = flow->id;
        handshakes->slots[slot].time = chunk->time;
        return;
    }
    uint64_t asked = handshakes->slots[slot].time;
    if (handshakes->slots[slot].flow != flow->id || flow->packets[TT_FROM_RESPONDER] != 1 ||
        !is_quic(chunk->bytes) || chunk->time <= asked)
        return;
    sink->handshake(sink->context, flow, TT_HANDSHAKE_QUIC, chunk->time - asked);
}

void tt_handshake_chunk(struct tt_handshakes *handshakes, const struct tt_flows_sink *sink,
                        const struct tt_chunk *chunk)
{
    /* Between the clocks of two captures nothing is measured. */
    if (chunk->flow->made_up || tt_frame_capture(chunk->first_frame) != chunk->flow->capture)
        return;
    if (chunk->flow->transport == TT_TRANSPORT_TCP)
        take_tls(handshakes, sink, chunk);
    else if (chunk->flow->transport == TT_TRANSPORT_UDP)
        take_quic(handshakes, sink, chunk);
}
