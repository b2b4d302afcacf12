#include "run/channel.h"

#include "model/frame.h"
#include "model/limits.h"
#include "run/secure.h"

#include <stdlib.h>

void tt_flows_fail(struct tt_flows *flows, enum tt_err err)
{
    if (flows->failure == TT_OK)
        flows->failure = err;
}

/* ---- the sink that protocols talk to ---- */

static void *on_body_open(void *context, const struct tt_body *body, const char *framing,
                          const struct tt_msg *msg)
{
    struct channel *channel = context;
    struct tt_searcher *searcher = channel->flows->searcher;
    if (msg != NULL && msg->relay == TT_RELAY_CONNECTION)
        channel->relayed = true;
    bool relayed = tt_channel_relayed(channel);
    const struct tt_flows_sink *sink = channel->flows->sink;
    const struct tt_seal *told = channel->flows->handshake_seal;
    struct tt_seal seal = told != NULL ? *told : tt_channel_seal(channel);
    if (searcher == NULL)
        return sink->body_open == NULL || msg == NULL
                   ? NULL
                   : sink->body_open(sink->context, body, msg, &seal);
    const struct tt_proto_handshake *handshake = channel->sink.handshake;
    const char *host = msg != NULL ? msg->host : NULL;
    if (host == NULL && handshake != NULL)
        host = handshake->host;
    struct tt_search_context search = {.protocol = msg != NULL ? msg->protocol : "tcp",
                                       .host = host,
                                       .host_source = host != NULL ? "http" : NULL,
                                       .encryption = seal.encryption,
                                       .cipher = seal.cipher,
                                       .opened_with = seal.opened_with,
                                       .framing = framing,
                                       .relays_all = relayed,
                                       .relayed = relayed ||
                                                  (msg != NULL && msg->relay == TT_RELAY_MESSAGE),
                                       .uncounted = !tt_channel_counts(channel)};
    if (channel->inner != NULL && channel->inner->container != NULL) {
        search.container = channel->inner->container;
        search.container_len = channel->inner->container_len;
        search.uncounted = true;
    }
    return tt_search_open(searcher, body, &search);
}

static void on_body_data(void *context, void *body, const struct tt_piece *piece)
{
    const struct tt_flows *flows = ((const struct channel *)context)->flows;
    if (body != NULL && flows->searcher == NULL)
        flows->sink->body_data(flows->sink->context, body, piece);
    else if (body != NULL)
        tt_search_feed(body, piece);
}

static void on_body_close(void *context, void *body, enum tt_body_end end, uint64_t stream_end)
{
    const struct tt_flows *flows = ((const struct channel *)context)->flows;
    if (body != NULL && flows->searcher == NULL)
        flows->sink->body_close(flows->sink->context, body, end);
    else if (body != NULL)
        tt_search_close(body, end, stream_end);
}

static void on_message(void *context, const struct tt_msg *msg)
{
    const struct channel *channel = context;
    const struct tt_flows *flows = channel->flows;
    struct tt_seal seal =
        flows->handshake_seal != NULL ? *flows->handshake_seal : tt_channel_seal(channel);
    if (flows->sink->message != NULL)
        flows->sink->message(flows->sink->context, msg, &seal);
}

static void on_name(void *context, const struct tt_name_record *record)
{
    const struct channel *channel = context;
    const struct tt_flows *flows = channel->flows;
    if (flows->sink->name != NULL)
        flows->sink->name(flows->sink->context, record);
}

static void on_unclaimed(void *context, const struct tt_flow *flow, enum tt_direction direction,
                         const struct tt_piece *piece)
{
    (void)flow;
    tt_unclaimed(context, direction, piece);
}

static void on_account(void *context, const struct tt_flow *flow, enum tt_direction direction,
                       enum tt_bucket bucket, uint64_t bytes)
{
    (void)flow;
    tt_tell_account(context, direction, bucket, bytes);
}

static void *on_channel_open(void *context, const char *protocol, const char *step, bool datagrams)
{
    struct channel *parent = context;
    const struct inner inner = {.parent = parent,
                                .name = {.protocol = protocol, .step = step},
                                .seal = tt_channel_seal(parent),
                                .host = parent->sink.host,
                                .datagrams = datagrams,
                                .uncounted = !tt_channel_counts(parent)};
    return tt_channel_new(parent->flows, parent->flow, &inner);
}

static void on_channel_chunk(void *context, void *channel, const struct tt_chunk *chunk)
{
    (void)context;
    if (channel != NULL)
        tt_channel_chunk(channel, chunk);
}

static void on_channel_close(void *context, void *channel)
{
    (void)context;
    if (channel != NULL)
        tt_channel_close(channel, NULL);
}

static void on_expect(void *context, void *inside, const struct tt_proto *proto,
                      const struct tt_proto_handshake *handshake)
{
    tt_channel_expect(inside != NULL ? inside : context, proto, handshake);
}

static void on_announce(void *context, enum tt_direction by,
                        const struct tt_proto_announced *announced)
{
    struct channel *channel = context;
    const struct tt_note note = {
        .layer = "run",
        .code = "run.announced",
        .flow = channel->flow,
        .text =
            "too many announced connections are expected: one of them, should it come, is named "
            "by its transport"};
    if (!tt_announced_add(&channel->flows->announced, channel->flow, by, announced))
        tt_note_put(&channel->sink.notes, &note);
}

struct tt_proto_sink tt_flows_sink_of(struct channel *channel)
{
    static const struct tt_proto_calls calls = {.body_open = on_body_open,
                                                .body_data = on_body_data,
                                                .body_close = on_body_close,
                                                .message = on_message,
                                                .name = on_name,
                                                .unclaimed = on_unclaimed,
                                                .account = on_account,
                                                .channel_open = on_channel_open,
                                                .channel_chunk = on_channel_chunk,
                                                .channel_close = on_channel_close,
                                                .expect = on_expect,
                                                .announce = on_announce};
    struct tt_flows *flows = channel->flows;
    const struct channel *parent = channel->inner != NULL ? channel->inner->parent : NULL;
    return (struct tt_proto_sink){.context = channel,
                                  .calls = &calls,
                                  .notes = flows->sink->notes,
                                  .host = channel->inner != NULL ? channel->inner->host : NULL,
                                  .handshake = parent != NULL ? parent->sink.handshake : NULL,
                                  .pool = &flows->pool,
                                  .no_listing = flows->sink->message == NULL,
                                  .secured =
                                      strcmp(tt_channel_seal(channel).encryption, "none") != 0};
}

/* ---- what net/ says ---- */

static struct channel *new_outermost(struct tt_flows *flows, struct tt_flow *flow)
{
    struct inner inner = {.seal = {.encryption = "none"}};
    bool announced =
        flow->transport == TT_TRANSPORT_TCP &&
        tt_announced_take(&flows->announced, flow, &inner.name.protocol, &inner.name.step);
    return tt_channel_new(flows, flow, announced ? &inner : NULL);
}

void tt_flows_chunk(void *context, const struct tt_chunk *chunk)
{
    struct tt_flows *flows = context;
    struct channel *channel = chunk->flow->user;
    /* Half-open connections and scans carry nothing, and there may be very many. */
    if (channel == NULL && chunk->bytes.len == 0)
        return;
    if (channel == NULL) {
        channel = new_outermost(flows, chunk->flow);
        chunk->flow->user = channel;
    }
    if (channel == NULL)
        return;
    flows->capture = tt_frame_capture(chunk->first_frame);
    if (flows->sink->handshake != NULL && chunk->offset == 0)
        tt_handshake_chunk(&flows->handshakes, flows->sink, chunk);
    tt_channel_chunk(channel, chunk);
}

void tt_flows_open(void *context, struct tt_flow *flow)
{
    (void)context;
    flow->user = NULL;
}

void tt_flows_close(void *context, struct tt_flow *flow)
{
    struct tt_flows *flows = context;
    struct channel *channel = flow->user;
    const struct channel none = {.flow = flow};
    const char *protocol = tt_raw_name(channel != NULL ? channel : &none).protocol;
    if (channel != NULL)
        tt_channel_close(channel, &protocol);
    flows->sink->flow(flows->sink->context, flow, protocol);
    flow->user = NULL;
}

enum tt_err tt_flows_new(struct tt_searcher *searcher, const struct tt_keys *keys,
                         const struct tt_flows_sink *sink, struct tt_flows **ret_flows)
{
    struct tt_flows *flows = calloc(1, sizeof(*flows));
    if (flows == NULL)
        return TT_ERR_MEMORY;
    enum tt_err err = tt_opener_new(keys, &flows->opener);
    flows->keys = keys;
    if (err == TT_OK)
        err = tt_quic_join_new(flows, &flows->quic);
    if (err != TT_OK) {
        tt_opener_free(flows->opener);
        free(flows);
        return err;
    }
    flows->searcher = searcher;
    flows->sink = sink;
    flows->handshakes.is_begin = tt_quic_join_is_begin;
    flows->handshakes.context = flows->quic;
    flows->pool = (struct tt_proto_pool){.max = TT_HEADERS_ALL_MAX};
    flows->channels = tt_slab_make(sizeof(struct channel));
    *ret_flows = flows;
    return TT_OK;
}

void tt_flows_free(struct tt_flows *flows)
{
    if (flows == NULL)
        return;
    tt_quic_join_free(flows->quic);
    tt_opener_free(flows->opener);
    tt_slab_free(&flows->channels);
    free(flows);
}

enum tt_err tt_flows_failure(const struct tt_flows *flows)
{
    if (flows->failure == TT_OK && flows->searcher != NULL)
        return tt_searcher_failure(flows->searcher);
    return flows->failure;
}
