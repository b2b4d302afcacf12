/* Frames of any link type through net/. The input: link type (2 bytes), then frames, each with its
 * captured length (2), seconds since the last one (1), bytes that the snaplen cut off (1), and its
 * bytes. Checks the contract of the sink and of the totals, besides memory. */
#include "net/net.h"

#include "base/reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t next[2];
    bool ended[2];
};

struct check {
    uint64_t flows;
    uint64_t open;
    uint64_t bytes;
    uint64_t frames;
    uint64_t overhead; /* of the flows */
    uint64_t repeated;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void on_open(void *context, struct tt_flow *flow)
{
    struct check *check = context;
    check->flows++;
    check->open++;
    require(flow->id == check->flows);
    flow->user = calloc(1, sizeof(struct seen));
    require(flow->user != NULL);
}

static void on_chunk(void *context, const struct tt_chunk *chunk)
{
    struct check *check = context;
    struct seen *seen = chunk->flow->user;
    size_t side = chunk->direction;
    require(seen != NULL && chunk->bytes.data != NULL);
    require(chunk->first_frame >= 1 && chunk->first_frame <= chunk->last_frame);
    require(chunk->last_frame <= check->frames);
    check->bytes += chunk->bytes.len;
    /* Reads every byte, for the sanitizer. */
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < chunk->bytes.len; i++)
        sum = (uint8_t)(sum + chunk->bytes.data[i]);
    const uint8_t *next = chunk->bytes.data;
    const uint8_t *end = next + chunk->bytes.len;
    for (size_t i = 0; i < chunk->part_count && next != end; i++) {
        const struct tt_span part = chunk->parts[i].bytes;
        if (part.data + part.len <= next)
            continue;
        require(part.data <= next);
        next = part.data + part.len < end ? part.data + part.len : end;
    }
    require(chunk->part_count == 0 || next == end);
    bool datagram = (chunk->flags & TT_CHUNK_DATAGRAM) != 0;
    require(datagram == (chunk->flow->transport != TT_TRANSPORT_TCP));
    if (datagram)
        return;
    require(!seen->ended[side]);
    require(chunk->offset == seen->next[side] + chunk->gap);
    seen->next[side] = chunk->offset + chunk->bytes.len;
    seen->ended[side] = (chunk->flags & TT_CHUNK_END) != 0;
}

static void on_close(void *context, struct tt_flow *flow)
{
    struct check *check = context;
    struct seen *seen = flow->user;
    bool tcp = flow->transport == TT_TRANSPORT_TCP;
    check->overhead += (uint64_t)flow->overhead[0] + flow->overhead[1];
    check->repeated += flow->repeated[0] + flow->repeated[1];
    require(seen->ended[0] == tcp && seen->ended[1] == tcp);
    if (tcp)
        for (size_t i = 0; i < 2; i++)
            require(seen->next[i] == flow->bytes[i] + flow->lost[i]);
    free(seen);
    flow->user = NULL;
    check->open--;
}

static void on_note(void *context, const struct tt_note *note)
{
    (void)context;
    require(note->code != NULL && note->text != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct check check = {.flows = 0};
    const struct tt_net_sink sink = {
        .context = &check, .flow_open = on_open, .chunk = on_chunk, .flow_close = on_close};
    const struct tt_note_sink notes = {.context = &check, .note = on_note};
    struct tt_net *net = NULL;
    if (tt_net_new(&sink, &notes, &net) != TT_OK)
        return 0;
    struct tt_reader reader = tt_reader_of(tt_span_of(data, size));
    struct tt_frame frame = {.link = tt_read_u16(&reader), .time = UINT64_C(1400000000000000000)};
    while (tt_reader_left(&reader) > 0) {
        size_t len = tt_read_u16(&reader);
        frame.time += tt_read_u8(&reader) * UINT64_C(1000000000) + 1000;
        size_t missing = tt_read_u8(&reader);
        size_t left = tt_reader_left(&reader);
        struct tt_span bytes = tt_read_span(&reader, len < left ? len : left);
        /* A copy, so that the sanitizer sees a read behind the frame. */
        uint8_t *copy = malloc(bytes.len == 0 ? 1 : bytes.len);
        require(copy != NULL);
        if (bytes.len > 0)
            memcpy(copy, bytes.data, bytes.len);
        frame.number = ++check.frames;
        frame.bytes = tt_span_of(copy, bytes.len);
        frame.original_len = (uint32_t)(bytes.len + missing);
        require(tt_net_frame(net, &frame) == TT_OK);
        free(copy);
    }
    require(tt_net_flush(net) == TT_OK);
    struct tt_net_totals totals;
    tt_net_totals(net, &totals);
    require(check.open == 0 && totals.flows == check.flows);
    require(totals.payload_bytes == check.bytes);
    require(totals.frame_bytes == totals.link_bytes + totals.payload_bytes + totals.repeated_bytes);
    require(check.overhead <= totals.link_bytes && check.repeated <= totals.repeated_bytes);
    tt_net_free(net);
    return 0;
}
