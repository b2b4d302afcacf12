/* NetBIOS. The first byte of the input says where the rest stands: on UDP port 137 or 138 or behind
 * IEEE 802.2 (payloads, each with its length in 2 bytes), or in a conversation on TCP port 139. */
#include "proto_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play_payloads(struct tt_flow *flow, struct tt_span input)
{
    struct check check;
    check_init(&check);
    (void)tt_proto_netbios.probe(flow, TT_FROM_INITIATOR, input);
    void *state = tt_proto_netbios.open(flow, &check.sink);
    must(state != NULL);
    uint64_t fed[2] = {0};
    struct tt_reader reader = tt_reader_of(input);
    for (uint64_t frame = 1; tt_reader_left(&reader) > 0; frame++) {
        size_t len = tt_read_u16(&reader);
        size_t left = tt_reader_left(&reader);
        struct tt_chunk chunk = {.flow = flow,
                                 .direction = (enum tt_direction)(frame & 1),
                                 .flags = TT_CHUNK_DATAGRAM | (len > left ? TT_CHUNK_CUT : 0),
                                 .bytes = tt_read_span(&reader, len < left ? len : left),
                                 .first_frame = frame,
                                 .last_frame = frame,
                                 .time = frame};
        (void)tt_proto_netbios.probe(flow, chunk.direction, chunk.bytes);
        enum tt_next next = TT_NEXT_STAY;
        fed[chunk.direction] += feed_exact(&tt_proto_netbios, state, &chunk, &next);
        must(next == TT_NEXT_STAY);
    }
    tt_proto_netbios.close(state);
    check_end(&check, fed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_reader reader = tt_reader_of(tt_span_of(data, size));
    unsigned where = tt_read_u8(&reader) % 4U;
    struct tt_span rest = tt_read_rest(&reader);
    struct tt_flow flow = {.id = 1, .transport = where == 2 ? TT_TRANSPORT_LINK : TT_TRANSPORT_UDP};
    flow.ends[1].port = where == 0 ? 137 : 138;
    if (where == 3)
        play_conversation(&tt_proto_netbios, rest, 139);
    else
        play_payloads(&flow, rest);
    return 0;
}
