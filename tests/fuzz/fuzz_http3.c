/* Streams of an HTTP/3 connection. The input is a row of segments: flags (1: of the server, 2: the
 * stream ends, 4: it was reset, 8: a datagram; of the first one also 16: the pool is large), number
 * of the stream, gap, length (2 bytes, network order), and the bytes. */
#include "proto/http3.h"
#include "proto_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed_stream(struct tt_http3 *http, uint8_t id, bool from_server, bool datagram,
                        const struct tt_chunk *chunk)
{
    uint8_t *exact = malloc(chunk->bytes.len + 1);
    must(exact != NULL);
    if (chunk->bytes.len > 0)
        memcpy(exact + 1, chunk->bytes.data, chunk->bytes.len);
    struct tt_chunk copy = *chunk;
    copy.bytes.data = exact + 1;
    if (datagram)
        tt_http3_datagram(http, &copy);
    else
        tt_http3_feed(http, id, from_server, &copy);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct check check;
    check_init(&check);
    check.pool.max = size > 0 && (data[0] & 16) != 0 ? (size_t)1 << 20 : 4000;
    struct tt_flow flow = {.id = 1, .transport = TT_TRANSPORT_UDP, .initiator_known = true};
    struct tt_http3 *http = tt_http3_new(&flow, &check.sink);
    must(http != NULL);
    uint64_t fed[2] = {0};
    uint64_t offset[2][256] = {{0}};
    struct tt_reader reader = tt_reader_of(tt_span_of(data, size));
    for (uint64_t frame = 1; tt_reader_left(&reader) > 0; frame++) {
        uint8_t flags = tt_read_u8(&reader);
        uint8_t id = tt_read_u8(&reader);
        uint8_t gap = tt_read_u8(&reader);
        size_t len = tt_read_u16(&reader);
        size_t left = tt_reader_left(&reader);
        struct tt_span bytes = tt_read_span(&reader, len < left ? len : left);
        size_t side = flags & 1U;
        bool datagram = (flags & 8U) != 0;
        offset[side][id] += gap;
        struct tt_chunk chunk = {.flow = &flow,
                                 .direction = (enum tt_direction)side,
                                 .flags = ((flags & 2U) != 0 ? TT_CHUNK_END : 0U) |
                                          ((flags & 4U) != 0 ? TT_CHUNK_CUT : 0U),
                                 .offset = datagram ? 0 : offset[side][id],
                                 .gap = datagram ? 0 : gap,
                                 .bytes = bytes,
                                 .first_frame = frame,
                                 .last_frame = frame,
                                 .time = frame};
        feed_stream(http, id, side == 1, datagram, &chunk);
        fed[side] += bytes.len;
        offset[side][id] += bytes.len;
    }
    tt_http3_free(http);
    check_end(&check, fed);
    return 0;
}
