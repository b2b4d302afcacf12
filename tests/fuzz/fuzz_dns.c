/* The input is one DNS message: as a datagram on three ports, and on TCP in two chunks. */
#include "proto_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play_datagram(struct tt_span message, uint16_t port)
{
    struct check check;
    check_init(&check);
    struct tt_flow flow = {.id = 1, .transport = TT_TRANSPORT_UDP};
    flow.ends[1].port = port;
    (void)tt_proto_dns.probe(&flow, TT_FROM_RESPONDER, message);
    void *state = tt_proto_dns.open(&flow, &check.sink);
    must(state != NULL);
    struct tt_chunk chunk = {.flow = &flow,
                             .direction = TT_FROM_RESPONDER,
                             .flags = TT_CHUNK_DATAGRAM,
                             .bytes = message,
                             .first_frame = 1,
                             .last_frame = 1};
    enum tt_next next = TT_NEXT_STAY;
    uint64_t fed[2] = {0, feed_exact(&tt_proto_dns, state, &chunk, &next)};
    tt_proto_dns.close(state);
    check_end(&check, fed);
}

static void play_stream(struct tt_span message)
{
    struct check check;
    check_init(&check);
    struct tt_flow flow = {.id = 1, .transport = TT_TRANSPORT_TCP};
    flow.ends[1].port = 53;
    void *state = tt_proto_dns.open(&flow, &check.sink);
    must(state != NULL);
    uint8_t prefix[2] = {(uint8_t)(message.len >> 8), (uint8_t)message.len};
    size_t cut = message.len / 2;
    struct tt_span parts[] = {tt_span_of(prefix, sizeof(prefix)), tt_span_sub(message, 0, cut),
                              tt_span_from(message, cut)};
    uint64_t fed[2] = {0};
    for (size_t i = 0; i < 3; i++) {
        enum tt_next next = TT_NEXT_STAY;
        struct tt_chunk chunk = {.flow = &flow,
                                 .offset = fed[0],
                                 .bytes = parts[i],
                                 .first_frame = i + 1,
                                 .last_frame = i + 1};
        fed[0] += feed_exact(&tt_proto_dns, state, &chunk, &next);
    }
    tt_proto_dns.close(state);
    check_end(&check, fed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_span message = tt_span_of(data, size < 65535 ? size : 65535);
    play_datagram(message, 53);
    play_datagram(message, 5353);
    play_datagram(message, 4242);
    play_stream(message);
    return 0;
}
