#include "run/channel.h"

#include "decrypt/probe.h"
#include "model/frame.h"
#include "model/limits.h"
#include "run/secure.h"

#include <stdlib.h>

/* A chunk that waits until a protocol is recognised; its bytes are copied. */
struct held {
    struct held *next;
    struct tt_chunk chunk;
    uint8_t bytes[];
};

/* ---- recognising protocols ---- */

static unsigned transport_bit(const struct channel *channel)
{
    if (channel->inner != NULL)
        return channel->inner->datagrams ? TT_PROTO_UDP : TT_PROTO_TCP;
    if (channel->flow->transport == TT_TRANSPORT_TCP)
        return TT_PROTO_TCP;
    if (channel->flow->transport == TT_TRANSPORT_LINK)
        return TT_PROTO_LINK;
    return channel->flow->transport == TT_TRANSPORT_UDP ? TT_PROTO_UDP | TT_PROTO_UDP_OUTER : 0;
}

/* What opens sealed bytes is asked before what reads open ones. */
static const struct tt_proto *proto_at(size_t at)
{
    size_t openers = 0;
    while (tt_secure_at(openers) != NULL)
        openers++;
    return at < openers ? tt_secure_at(at) : tt_proto_at(at - openers);
}

/* The first protocol of the lists that says yes; `*ret_more` when one could still say so. */
static const struct tt_proto *recognise(const struct channel *channel, enum tt_direction direction,
                                        struct tt_span head, bool *ret_more)
{
    unsigned transport = transport_bit(channel);
    bool more = false;
    const struct tt_proto *proto = NULL;
    for (size_t i = 0; (proto = proto_at(i)) != NULL; i++) {
        if ((proto->transports & transport) == 0)
            continue;
        enum tt_probe answer = proto->probe(channel->flow, direction, head);
        if (answer == TT_PROBE_YES && !more)
            break;
        more = more || answer != TT_PROBE_NO;
    }
    *ret_more = more;
    return proto;
}

static void take_chunk(struct channel *channel, const struct tt_chunk *chunk);

/* Replays what was held, and goes on without holding. */
static void release_held(struct channel *channel)
{
    struct held *held = channel->held;
    channel->held = NULL;
    if (held == NULL)
        return;
    uint32_t capture = channel->flows->capture;
    while (held != NULL) {
        struct held *next = held->next;
        channel->flows->capture = tt_frame_capture(held->chunk.first_frame);
        take_chunk(channel, &held->chunk);
        free(held);
        held = next;
    }
    channel->flows->capture = capture;
}

static void stop_proto(struct channel *channel)
{
    if (channel->proto_state == NULL)
        return;
    channel->proto->close(channel->proto_state);
    channel->proto_state = NULL;
    while (channel->children != NULL)
        tt_channel_close(channel->children, NULL);
}

static void start_proto(struct channel *channel, const struct tt_proto *proto)
{
    channel->proto_state = proto->open(channel->flow, &channel->sink);
    if (channel->proto_state == NULL) {
        tt_flows_fail(channel->flows, TT_ERR_MEMORY);
        channel->refused[0] = true;
        channel->refused[1] = true;
        return;
    }
    channel->proto = proto;
    channel->probes++;
    /* Earlier unclaimed bytes were of another protocol. */
    tt_unclaimed_end(channel, TT_FROM_INITIATOR, TT_BODY_CUT);
    tt_unclaimed_end(channel, TT_FROM_RESPONDER, TT_BODY_CUT);
}

/* Keeps a chunk for later; false when it is too much to keep. */
static bool hold(struct channel *channel, const struct tt_chunk *chunk)
{
    size_t count = 0;
    struct held **last = &channel->held;
    for (; *last != NULL; last = &(*last)->next)
        count++;
    if (count == TT_PROBE_CHUNKS_MAX) {
        const struct tt_note note = {
            .layer = "run",
            .code = "run.probe_chunks",
            .flow = channel->flow,
            .frame = chunk->first_frame,
            .offset = chunk->offset,
            .text = "a conversation begins in very many small pieces: what waited for a protocol "
                    "to be recognised may be searched raw"};
        tt_note_put(&channel->sink.notes, &note);
        return false;
    }
    if (chunk->bytes.len > TT_PROBE_MAX)
        return false;
    struct held *held = malloc(sizeof(*held) + chunk->bytes.len);
    if (held == NULL) {
        tt_flows_fail(channel->flows, TT_ERR_MEMORY);
        return false;
    }
    held->next = NULL;
    held->chunk = *chunk;
    held->chunk.bytes.data = held->bytes;
    if (chunk->bytes.len > 0)
        memcpy(held->bytes, chunk->bytes.data, chunk->bytes.len);
    *last = held;
    return true;
}

/* The first bytes of the direction: what is held of it, and the chunk's. */
static struct tt_span head_of(struct channel *channel, const struct tt_chunk *chunk,
                              uint8_t room[TT_PROBE_MAX])
{
    size_t len = 0;
    for (const struct held *held = channel->held; held != NULL; held = held->next) {
        if (held->chunk.direction != chunk->direction)
            continue;
        struct tt_span part = tt_span_sub(held->chunk.bytes, 0, TT_PROBE_MAX - len);
        memcpy(room + len, part.data, part.len);
        len += part.len;
    }
    if (len == 0)
        return tt_span_sub(chunk->bytes, 0, TT_PROBE_MAX);
    struct tt_span part = tt_span_sub(chunk->bytes, 0, TT_PROBE_MAX - len);
    if (part.len > 0)
        memcpy(room + len, part.data, part.len);
    return tt_span_of(room, len + part.len);
}

/* A chunk of a stream of which nobody knows yet what it is. */
static void probe_chunk(struct channel *channel, const struct tt_chunk *chunk)
{
    uint8_t room[TT_PROBE_MAX];
    struct tt_span head = head_of(channel, chunk, room);
    bool ended = (chunk->flags & TT_CHUNK_END) != 0;
    bool more = false;
    const struct tt_proto *proto =
        head.len > 0 ? recognise(channel, chunk->direction, head, &more) : NULL;
    if (proto != NULL) {
        start_proto(channel, proto);
    } else if (!ended && (more || head.len == 0) && head.len < TT_PROBE_MAX &&
               hold(channel, chunk)) {
        return;
    } else if (head.len > 0 || ended) {
        channel->refused[chunk->direction] = true;
    }
    release_held(channel);
    take_chunk(channel, chunk);
}

/* ---- chunks ---- */

static void note_nesting(const struct channel *channel, uint64_t frame, uint64_t offset)
{
    const struct tt_note note = {
        .layer = "run",
        .code = "run.nesting",
        .flow = channel->flow,
        .frame = frame,
        .offset = offset,
        .text = "too many protocols one inside the other: the rest is searched as it stands"};
    tt_note_put(&channel->sink.notes, &note);
}

static void feed_proto(struct channel *channel, const struct tt_chunk *chunk)
{
    size_t used = chunk->bytes.len;
    enum tt_next next = channel->proto->feed(channel->proto_state, chunk, &used);
    if (next == TT_NEXT_STAY)
        return;
    stop_proto(channel);
    bool again = next == TT_NEXT_PROBE && channel->probes < TT_PROBES_MAX;
    channel->refused[0] = !again;
    channel->refused[1] = !again;
    if (next == TT_NEXT_PROBE && !again)
        note_nesting(channel, chunk->last_frame, chunk->offset + used);
    if (used == chunk->bytes.len && (chunk->flags & TT_CHUNK_END) == 0)
        return;
    struct tt_chunk rest = *chunk;
    rest.bytes = tt_span_from(chunk->bytes, used);
    rest.offset += used;
    rest.gap = 0;
    take_chunk(channel, &rest);
}

/* What a chunk begins with, whatever came before it. */
static const struct tt_proto *recognise_chunk(const struct channel *channel,
                                              const struct tt_chunk *chunk)
{
    bool more = false;
    return recognise(channel, chunk->direction, tt_span_sub(chunk->bytes, 0, TT_PROBE_MAX), &more);
}

/* Where a capture begins inside a connection, or has lost the start of it, the first bytes tell
 * nothing: any later chunk may be the first one that begins with a message. */
static bool begins_late(struct channel *channel, const struct tt_chunk *chunk)
{
    if ((channel->flow->initiator_known && chunk->gap == 0) || channel->probes >= TT_PROBES_MAX ||
        chunk->bytes.len == 0)
        return false;
    const struct tt_proto *proto = recognise_chunk(channel, chunk);
    if (proto == NULL)
        return false;
    start_proto(channel, proto);
    release_held(channel);
    return channel->proto_state != NULL;
}

/* A conversation that nobody reads goes over to TLS, as databases, remote desktops and proxies do
 * when both sides have agreed on it: a hello stands where one of them begins to speak. */
static bool becomes_tls(struct channel *channel, const struct tt_chunk *chunk)
{
    if (channel->probes >= TT_PROBES_MAX || (transport_bit(channel) & TT_PROTO_TCP) == 0 ||
        !tt_tls_is_hello(chunk->bytes))
        return false;
    const struct tt_proto *proto = recognise_chunk(channel, chunk);
    if (proto == NULL)
        return false;
    /* What was held came before it. */
    channel->refused[0] = true;
    channel->refused[1] = true;
    release_held(channel);
    if (channel->proto_state == NULL)
        start_proto(channel, proto);
    return channel->proto_state != NULL;
}

static char *copy_text(char **at, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t len = strlen(text) + 1;
    char *copy = memcpy(*at, text, len);
    *at += len;
    return copy;
}

void tt_channel_expect(struct channel *channel, const struct tt_proto *proto,
                       const struct tt_proto_handshake *handshake)
{
    size_t host = handshake->host != NULL ? strlen(handshake->host) + 1 : 0;
    size_t url = handshake->url != NULL ? strlen(handshake->url) + 1 : 0;
    size_t method = handshake->method != NULL ? strlen(handshake->method) + 1 : 0;
    struct channel_expected *expected = malloc(sizeof(*expected) + host + url + method);
    if (expected == NULL) {
        tt_flows_fail(channel->flows, TT_ERR_MEMORY);
        return;
    }
    char *at = expected->texts;
    expected->proto = proto;
    expected->handshake = (struct tt_proto_handshake){.subprotocol = handshake->subprotocol,
                                                      .host = copy_text(&at, handshake->host),
                                                      .url = copy_text(&at, handshake->url),
                                                      .method = copy_text(&at, handshake->method),
                                                      .request_frame = handshake->request_frame,
                                                      .header_table = handshake->header_table};
    free(channel->expected);
    channel->expected = expected;
}

/* What is to come was told. */
static void start_expected(struct channel *channel)
{
    const struct tt_proto *proto = channel->expected->proto;
    channel->expected->proto = NULL;
    channel->sink.handshake = &channel->expected->handshake;
    start_proto(channel, proto);
}

static void take_chunk(struct channel *channel, const struct tt_chunk *chunk)
{
    if (channel->proto_state == NULL && channel->expected != NULL &&
        channel->expected->proto != NULL && channel->probes < TT_PROBES_MAX)
        start_expected(channel);
    if (channel->proto_state != NULL)
        feed_proto(channel, chunk);
    else if (channel->refused[chunk->direction] &&
             (begins_late(channel, chunk) || becomes_tls(channel, chunk)))
        feed_proto(channel, chunk);
    else if (channel->refused[chunk->direction])
        tt_unclaimed_chunk(channel, chunk, 0);
    else
        probe_chunk(channel, chunk);
}

/* A QUIC connection may go on over a flow that looks like nothing. */
static bool takes_migrated(struct channel *channel, const struct tt_chunk *chunk)
{
    if ((transport_bit(channel) & TT_PROTO_UDP_OUTER) == 0 ||
        !tt_quic_join_asks(channel->flows->quic, chunk->bytes))
        return false;
    const struct tt_proto *before = channel->proto;
    uint8_t probes = channel->probes;
    size_t used = 0;
    start_proto(channel, &tt_secure_quic);
    if (channel->proto_state != NULL)
        (void)channel->proto->feed(channel->proto_state, chunk, &used);
    if (used > 0) {
        tt_unclaimed_end(channel, chunk->direction, TT_BODY_COMPLETE);
        return true;
    }
    stop_proto(channel);
    channel->proto = before;
    channel->probes = probes;
    return false;
}

/* Datagrams are recognised by their first one; each stands for itself. */
static void take_datagram(struct channel *channel, const struct tt_chunk *chunk)
{
    if (channel->proto_state == NULL && channel->probes < TT_PROBES_MAX &&
        transport_bit(channel) != 0) {
        bool more = false;
        const struct tt_proto *proto = recognise(channel, chunk->direction, chunk->bytes, &more);
        if (proto != NULL)
            start_proto(channel, proto);
        else if (takes_migrated(channel, chunk))
            return;
        else
            channel->probes++;
    }
    if (channel->proto_state == NULL) {
        tt_unclaimed_chunk(channel, chunk, 0);
        return;
    }
    size_t used = chunk->bytes.len;
    (void)channel->proto->feed(channel->proto_state, chunk, &used);
    if (used < chunk->bytes.len)
        tt_unclaimed_chunk(channel, chunk, used);
    tt_unclaimed_end(channel, chunk->direction, TT_BODY_COMPLETE);
}

void tt_channel_chunk(struct channel *channel, const struct tt_chunk *chunk)
{
    if ((chunk->flags & TT_CHUNK_ENCRYPTED) != 0)
        tt_unclaimed_ciphertext(channel, chunk);
    else if ((chunk->flags & TT_CHUNK_DATAGRAM) != 0)
        take_datagram(channel, chunk);
    else
        take_chunk(channel, chunk);
}

/* ---- the channel itself ---- */

bool tt_channel_counts(const struct channel *channel)
{
    return channel->inner == NULL || !channel->inner->uncounted;
}

bool tt_channel_relayed(const struct channel *channel)
{
    while (channel != NULL && !channel->relayed)
        channel = channel->inner != NULL ? channel->inner->parent : NULL;
    return channel != NULL;
}

struct tt_seal tt_channel_seal(const struct channel *channel)
{
    return channel->inner != NULL ? channel->inner->seal : (struct tt_seal){.encryption = "none"};
}

/* Is there a channel too many around a new one? */
static bool is_too_deep(const struct inner *inner)
{
    size_t depth = 0;
    for (; inner != NULL && depth < TT_CHANNELS_DEPTH_MAX; depth++)
        inner = inner->parent != NULL ? inner->parent->inner : NULL;
    return inner != NULL;
}

struct channel *tt_channel_new(struct tt_flows *flows, struct tt_flow *flow,
                               const struct inner *inner)
{
    struct channel *channel = tt_slab_take(&flows->channels);
    if (channel == NULL)
        goto out;
    channel->flows = flows;
    channel->flow = flow;
    if (inner != NULL) {
        channel->inner = malloc(sizeof(*inner));
        if (channel->inner == NULL)
            goto out;
        *channel->inner = *inner;
        if (inner->parent != NULL) {
            channel->inner->next = inner->parent->children;
            inner->parent->children = channel;
        }
    }
    channel->sink = tt_flows_sink_of(channel);
    if (is_too_deep(inner)) {
        channel->probes = TT_PROBES_MAX;
        channel->refused[0] = true;
        channel->refused[1] = true;
        note_nesting(channel, 0, 0);
    }
    return channel;
out:
    tt_slab_give(&flows->channels, channel);
    tt_flows_fail(flows, TT_ERR_MEMORY);
    return NULL;
}

static void leave_parent(const struct channel *channel)
{
    struct channel **link = &channel->inner->parent->children;
    while (*link != channel)
        link = &(*link)->inner->next;
    *link = channel->inner->next;
}

void tt_channel_close(struct channel *channel, const char **ret_protocol)
{
    if (channel->held != NULL) {
        channel->refused[0] = true;
        channel->refused[1] = true;
        release_held(channel);
    }
    stop_proto(channel);
    tt_unclaimed_close(channel);
    if (ret_protocol != NULL && channel->proto != NULL)
        *ret_protocol = channel->proto->name;
    if (channel->inner != NULL && channel->inner->parent != NULL)
        leave_parent(channel);
    free(channel->inner);
    free(channel->expected);
    tt_slab_give(&channel->flows->channels, channel);
}
