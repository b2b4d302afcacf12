/* For the fuzz targets of proto/: a sink that checks what every protocol owes (each byte goes out
 * exactly once, pieces follow each other, bodies are closed), and a player for inputs that are
 * conversations.
 *
 * A conversation is a row of segments: flags (1: of the responder, 2: the direction ends; of the
 * first one also 4: the opening was not seen, 8: nobody lists messages, 16: the pool is large, 32:
 * a handshake agreed upon MQTT), gap, length (2 bytes, network order), and the bytes. */
#ifndef FUZZ_PROTO_CHECK_H
#define FUZZ_PROTO_CHECK_H

#include "base/reader.h"
#include "model/limits.h"
#include "proto/extent.h"
#include "proto/list.h"

#include <stdlib.h>

enum { CHECK_BODIES_MAX = 2200 };

struct check_body {
    bool open;
    bool slice;
    enum tt_direction direction;
    uint64_t len;
};

struct check {
    struct check_body bodies[CHECK_BODIES_MAX];
    uint64_t out[2];
    size_t channels;           /* open ones */
    struct tt_proto_pool pool; /* a small one: the two sides take it from each other */
    struct tt_proto_sink sink;
};

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

/* Texts must end inside their memory: the sanitizer sees to it. */
static void touch(const char *text)
{
    if (text != NULL)
        must(strlen(text) < (size_t)1 << 24);
}

static void touch_bytes(struct tt_span bytes)
{
    unsigned sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum += bytes.data[i];
    must(sum <= bytes.len * 255);
}

static void touch_message(const struct tt_msg *msg)
{
    must(msg->protocol != NULL && msg->kind != NULL);
    touch(msg->method);
    touch(msg->host);
    touch(msg->url);
    touch(msg->name);
    touch(msg->content_type);
}

static void *check_open(void *context, const struct tt_body *body, const char *framing,
                        const struct tt_msg *msg)
{
    struct check *check = context;
    size_t i = 0;
    while (i < CHECK_BODIES_MAX && check->bodies[i].open)
        i++;
    must(i < CHECK_BODIES_MAX);
    touch(body->step);
    touch(body->media_type);
    touch(body->codings);
    touch(body->boundary);
    touch(framing);
    touch_message(msg);
    check->bodies[i] = (struct check_body){
        .open = true, .slice = body->kind == TT_STEP_SLICE, .direction = body->direction};
    return &check->bodies[i];
}

static void check_data(void *context, void *handle, const struct tt_piece *piece)
{
    struct check *check = context;
    struct check_body *body = handle;
    must(body->open && piece->at == body->len && piece->bytes.len > 0);
    must(piece->origin.first_frame > 0 && piece->origin.first_frame <= piece->origin.last_frame);
    touch_bytes(piece->bytes);
    body->len += piece->bytes.len;
    if (body->slice)
        check->out[body->direction] += piece->bytes.len;
}

static void check_close(void *context, void *handle, enum tt_body_end end, uint64_t stream_end)
{
    struct check_body *body = handle;
    (void)context;
    (void)end;
    (void)stream_end;
    must(body->open);
    body->open = false;
}

static void check_message(void *context, const struct tt_msg *msg)
{
    (void)context;
    touch_message(msg);
}

static void check_name(void *context, const struct tt_name_record *record)
{
    (void)context;
    must(record->name[0] != '\0');
    touch(record->name);
}

static void check_unclaimed(void *context, const struct tt_flow *flow, enum tt_direction direction,
                            const struct tt_piece *piece)
{
    struct check *check = context;
    must(flow != NULL && piece->bytes.len > 0 && piece->origin.first_frame > 0);
    touch_bytes(piece->bytes);
    check->out[direction] += piece->bytes.len;
}

static void check_account(void *context, const struct tt_flow *flow, enum tt_direction direction,
                          enum tt_bucket bucket, uint64_t bytes)
{
    struct check *check = context;
    must(flow != NULL && bucket < TT_BUCKET_COUNT && bytes > 0);
    check->out[direction] += bytes;
}

static void *check_channel_open(void *context, const char *protocol, const char *step,
                                bool datagrams)
{
    struct check *check = context;
    (void)datagrams;
    touch(protocol);
    touch(step);
    check->channels++;
    return check;
}

static void check_channel_chunk(void *context, void *channel, const struct tt_chunk *chunk)
{
    struct check *check = context;
    must(channel == check && chunk->flow != NULL && chunk->first_frame > 0);
    touch_bytes(chunk->bytes);
    check->out[chunk->direction] += chunk->bytes.len;
}

static void check_channel_close(void *context, void *channel)
{
    struct check *check = context;
    must(channel == check && check->channels > 0);
    check->channels--;
}

static void check_expect(void *context, void *channel, const struct tt_proto *proto,
                         const struct tt_proto_handshake *handshake)
{
    must((channel == NULL || channel == context) && proto != NULL);
    touch(handshake->subprotocol);
    touch(handshake->host);
    touch(handshake->url);
}

static void check_announce(void *context, enum tt_direction by,
                           const struct tt_proto_announced *announced)
{
    must(context != NULL && (by == TT_FROM_INITIATOR || by == TT_FROM_RESPONDER));
    must(announced->port > 0 && announced->protocol != NULL && announced->step != NULL);
}

static void check_init(struct check *check)
{
    static const struct tt_proto_calls calls = {.body_open = check_open,
                                                .body_data = check_data,
                                                .body_close = check_close,
                                                .message = check_message,
                                                .name = check_name,
                                                .unclaimed = check_unclaimed,
                                                .account = check_account,
                                                .channel_open = check_channel_open,
                                                .channel_chunk = check_channel_chunk,
                                                .channel_close = check_channel_close,
                                                .expect = check_expect,
                                                .announce = check_announce};
    *check = (struct check){.sink = {.context = check, .calls = &calls, .pool = &check->pool},
                            .pool = {.max = 600}};
}

/* After the protocol was closed: `fed` bytes went in. */
static void check_end(const struct check *check, const uint64_t fed[2])
{
    for (size_t i = 0; i < CHECK_BODIES_MAX; i++)
        must(!check->bodies[i].open);
    must(check->channels == 0);
    must(check->out[0] == fed[0] && check->out[1] == fed[1]);
    must(check->pool.used == 0 && check->pool.oldest == NULL);
}

/* Feeds bytes from memory of their exact size; gives the number taken. */
static size_t feed_exact(const struct tt_proto *proto, void *state, struct tt_chunk *chunk,
                         enum tt_next *ret_next)
{
    uint8_t *exact = malloc(chunk->bytes.len + 1);
    must(exact != NULL);
    /* Flush against the end of the block. */
    if (chunk->bytes.len > 0)
        memcpy(exact + 1, chunk->bytes.data, chunk->bytes.len);
    struct tt_chunk copy = *chunk;
    copy.bytes.data = exact + 1;
    size_t used = SIZE_MAX;
    *ret_next = proto->feed(state, &copy, &used);
    must(used <= copy.bytes.len && (*ret_next != TT_NEXT_STAY || used == copy.bytes.len));
    free(exact);
    return used;
}

static inline void play_conversation(const struct tt_proto *proto, struct tt_span input,
                                     uint16_t port)
{
    struct check check;
    check_init(&check);
    struct tt_flow flow = {.id = 1, .transport = TT_TRANSPORT_TCP, .initiator_known = true};
    flow.ends[0].port = 40000;
    flow.ends[1].port = port;
    flow.ends[1].addr.family = TT_ADDR_IPV4;
    if (input.len > 0 && (input.data[0] & 4) != 0)
        flow.initiator_known = false;
    if (input.len > 0 && (input.data[0] & 16) != 0)
        check.pool.max = (size_t)1 << 20;
    static const struct tt_proto_handshake handshake = {.subprotocol = "mqtt", .host = "h.example"};
    if (input.len > 0 && (input.data[0] & 32) != 0)
        check.sink.handshake = &handshake;
    check.sink.no_listing = input.len > 0 && (input.data[0] & 8) != 0;
    void *state = proto->open(&flow, &check.sink);
    must(state != NULL);
    uint64_t fed[2] = {0};
    uint64_t offset[2] = {0};
    struct tt_reader reader = tt_reader_of(input);
    enum tt_next next = TT_NEXT_STAY;
    for (uint64_t frame = 1; tt_reader_left(&reader) > 0 && next == TT_NEXT_STAY; frame++) {
        uint8_t flags = tt_read_u8(&reader);
        uint8_t gap = tt_read_u8(&reader);
        size_t len = tt_read_u16(&reader);
        size_t left = tt_reader_left(&reader);
        struct tt_span bytes = tt_read_span(&reader, len < left ? len : left);
        size_t side = flags & 1U;
        offset[side] += gap;
        struct tt_chunk chunk = {.flow = &flow,
                                 .direction = (enum tt_direction)side,
                                 .flags = (flags & 2U) != 0 ? TT_CHUNK_END : 0,
                                 .offset = offset[side],
                                 .gap = gap,
                                 .bytes = bytes,
                                 .first_frame = frame,
                                 .last_frame = frame,
                                 .time = frame};
        (void)proto->probe(&flow, chunk.direction, tt_span_sub(bytes, 0, TT_PROBE_MAX));
        fed[side] += feed_exact(proto, state, &chunk, &next);
        offset[side] += bytes.len;
    }
    proto->close(state);
    check_end(&check, fed);
}

#endif
