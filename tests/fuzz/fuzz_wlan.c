/* Management frames of 802.11, and EAP over LANs. The input: the kind of the flow (2 bytes, any),
 * then payloads, each with its length (2 bytes). */
#include "proto_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play_payloads(const struct tt_proto *proto, uint16_t kind, struct tt_span input)
{
    struct check check;
    check_init(&check);
    struct tt_flow flow = {.id = 1, .transport = TT_TRANSPORT_LINK, .kind = kind};
    must(proto->probe(&flow, TT_FROM_INITIATOR, input) == TT_PROBE_YES);
    void *state = proto->open(&flow, &check.sink);
    must(state != NULL);
    uint64_t fed[2] = {0};
    struct tt_reader reader = tt_reader_of(input);
    for (uint64_t frame = 1; tt_reader_left(&reader) > 0; frame++) {
        size_t len = tt_read_u16(&reader);
        size_t left = tt_reader_left(&reader);
        struct tt_chunk chunk = {.flow = &flow,
                                 .direction = (enum tt_direction)(frame & 1),
                                 .flags = TT_CHUNK_DATAGRAM | (len > left ? TT_CHUNK_CUT : 0),
                                 .bytes = tt_read_span(&reader, len < left ? len : left),
                                 .first_frame = frame,
                                 .last_frame = frame,
                                 .time = frame};
        enum tt_next next = TT_NEXT_STAY;
        fed[chunk.direction] += feed_exact(proto, state, &chunk, &next);
        must(next == TT_NEXT_STAY);
    }
    proto->close(state);
    check_end(&check, fed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_reader reader = tt_reader_of(tt_span_of(data, size));
    unsigned subtype = tt_read_u16(&reader) & 0x0fU;
    struct tt_span payloads = tt_read_rest(&reader);
    play_payloads(&tt_proto_wlan, (uint16_t)(TT_LINK_WLAN_MANAGEMENT | subtype), payloads);
    play_payloads(&tt_proto_eap, 0x888e, payloads);
    return 0;
}
