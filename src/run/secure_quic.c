/* QUIC: one table finds the connections of all flows; each connection has a channel of its own,
 * inside that of the flow which it was first seen on, for HTTP/3 or for the channels of its
 * streams. */
#include "decrypt/quic.h"
#include "model/frame.h"
#include "model/limits.h"
#include "proto/http3.h"
#include "run/channel.h"
#include "run/secure.h"
#include "run/secure_tell.h"

#include <stdlib.h>
#include <string.h>

enum { ONE_WAY = 2, BY_SERVER = 1 }; /* bits of a stream's number: RFC 9000, section 2.1 */

/* What a connection's streams carry. */
enum carried { CARRIES_UNKNOWN, CARRIES_HTTP3, CARRIES_OTHER };

struct tt_quic_join {
    struct tt_flows *flows;
    struct tt_quic_sink sink;
    struct tt_quic_table *table;
    struct channel *feeding; /* of the flow whose datagram is being fed */
    size_t ahead;            /* bytes held by all flows: TT_QUIC_AHEAD_MAX */
};

/* A datagram that waits for the hello of its client; its bytes are copied. */
struct ahead {
    struct ahead *next;
    struct tt_chunk chunk;
    uint8_t bytes[];
};

/* A stream that is a channel. */
struct stream {
    struct stream *next; /* the one used last first */
    struct channel *channel;
    uint64_t id;
    bool ended[2];
};

/* Handshake messages of one side: one body while they follow each other. */
struct crypto {
    void *body;
    const struct channel *via; /* NULL: not open */
    uint64_t len;
    uint64_t end; /* offset behind its last byte */
    enum tt_quic_level level;
};

struct connection {
    struct tt_quic_join *join;
    struct connection *before; /* of the same flow */
    struct connection *next;
    struct quic_flow *of;    /* the flow that its channels belong to */
    struct channel *home;    /* of what was sealed; NULL: nothing was opened yet */
    struct tt_http3 *http3;  /* NULL: not made, or not what it carries */
    struct channel *packets; /* of DATAGRAM frames that are not HTTP/3's */
    struct stream *streams;
    size_t stream_count;
    struct crypto crypto[2]; /* of the client, of the server */
    struct tt_closed_tally closed;
    struct tt_seal handshake_seal; /* of the CRYPTO frames told last; no encryption: anyone can
                                      open them */
    void *told;                    /* tt_flows_sink.tls */
    char *host;                    /* that the client asked for, or NULL */
    enum carried carries;
    enum tt_direction client; /* direction of what the client sends, in that flow */
    bool chosen;              /* the server said what is carried */
    bool server_speaks;       /* it sent those CRYPTO frames */
    bool named;               /* its certificate was read */
    bool moved;               /* the flow that it was first seen on is over */
};

/* What a flow holds as the state of its protocol. */
struct quic_flow {
    struct channel *outer;
    struct connection *connections;
    struct ahead *ahead; /* in the order of the capture */
    uint8_t ahead_count;
    bool settled; /* a hello of a client was seen, or nothing waits for one */
};

/* ---- handshake messages ---- */

static void end_crypto(struct connection *connection, bool server, enum tt_body_end end)
{
    struct crypto *crypto = &connection->crypto[server];
    if (crypto->via != NULL && crypto->body != NULL)
        crypto->via->sink.calls->body_close(crypto->via->sink.context, crypto->body, end,
                                            crypto->end);
    *crypto = (struct crypto){0};
}

static struct tt_seal seal_of(const struct tt_security *security)
{
    return (struct tt_seal){.encryption = "quic",
                            .cipher = security->suite != NULL ? security->suite->name : NULL,
                            .opened_with =
                                security->keyed ? tt_key_source_name(security->source) : NULL};
}

/* ---- where a connection belongs ---- */

/* What a flow knows of QUIC, or NULL. */
static struct quic_flow *state_of(const struct tt_flow *flow)
{
    const struct channel *channel = flow == NULL ? NULL : flow->user;
    return channel != NULL && channel->proto == &tt_secure_quic ? channel->proto_state : NULL;
}

static void attach(struct connection *connection, struct quic_flow *of)
{
    connection->of = of;
    connection->before = NULL;
    connection->next = of->connections;
    if (of->connections != NULL)
        of->connections->before = connection;
    of->connections = connection;
}

/* Ends what is in the connection's channels, and leaves the flow. */
static void detach(struct connection *connection)
{
    if (connection->of == NULL)
        return;
    end_crypto(connection, false, TT_BODY_CUT);
    end_crypto(connection, true, TT_BODY_CUT);
    tt_http3_free(connection->http3);
    connection->http3 = NULL;
    connection->packets = NULL;
    while (connection->streams != NULL) {
        struct stream *stream = connection->streams;
        connection->streams = stream->next;
        free(stream);
    }
    connection->stream_count = 0;
    while (connection->home != NULL && connection->home->children != NULL)
        tt_channel_close(connection->home->children, NULL);
    if (connection->home != NULL)
        tt_channel_close(connection->home, NULL);
    connection->home = NULL;
    if (connection->before != NULL)
        connection->before->next = connection->next;
    else
        connection->of->connections = connection->next;
    if (connection->next != NULL)
        connection->next->before = connection->before;
    connection->of = NULL;
}

/* Finds a flow for a connection whose first one is over. False: there is none. */
static bool is_at_home(struct connection *connection, const struct tt_flow *flow)
{
    if (connection->of == NULL) {
        struct quic_flow *of = state_of(flow);
        if (of == NULL)
            return false;
        connection->moved = true;
        attach(connection, of);
        const struct tt_note note = {
            .layer = "run",
            .code = "quic.moved",
            .flow = flow,
            .text =
                "the addresses that a QUIC connection began on are over: streams that were under "
                "way are searched as they stand since, header fields may be left out"};
        tt_note_put(&connection->join->flows->sink->notes, &note);
    }
    return true;
}

/* Directions are those of the flow that the connection belongs to, whatever it goes on over. */
static enum tt_direction direction_of(struct connection *connection,
                                      const struct tt_quic_data *data)
{
    enum tt_direction other =
        data->direction == TT_FROM_INITIATOR ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
    if (data->flow == connection->of->outer->flow)
        connection->client = data->from_server ? other : data->direction;
    other = connection->client == TT_FROM_INITIATOR ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
    return data->from_server ? other : connection->client;
}

static bool has_home(struct connection *connection, const struct tt_quic_data *data)
{
    if (!is_at_home(connection, data->flow))
        return false;
    struct channel *outer = connection->of->outer;
    const struct inner inner = {.parent = outer,
                                .name = {.protocol = "quic", .step = "quic.payload"},
                                .seal = seal_of(&data->security),
                                .host = connection->host,
                                .uncounted = true};
    if (connection->home == NULL)
        connection->home = tt_channel_new(outer->flows, outer->flow, &inner);
    else
        connection->home->inner->seal = inner.seal;
    return connection->home != NULL;
}

static struct tt_chunk chunk_of(struct connection *connection, const struct tt_quic_data *data)
{
    return (struct tt_chunk){.flow = connection->of->outer->flow,
                             .direction = direction_of(connection, data),
                             .flags =
                                 (data->end ? TT_CHUNK_END : 0U) | (data->cut ? TT_CHUNK_CUT : 0U),
                             .offset = data->at,
                             .gap = data->gap,
                             .bytes = data->bytes,
                             .first_frame = data->origin.first_frame,
                             .last_frame = data->origin.last_frame,
                             .time = data->origin.time};
}

/* ---- connections ---- */

static void *on_open(void *context, struct tt_quic *quic, struct tt_flow *flow)
{
    struct tt_quic_join *join = context;
    struct quic_flow *of = state_of(flow);
    struct connection *connection = calloc(1, sizeof(*connection));
    (void)quic;
    if (connection == NULL || of == NULL) {
        free(connection);
        tt_flows_fail(join->flows, TT_ERR_MEMORY);
        return NULL;
    }
    connection->join = join;
    attach(connection, of);
    return connection;
}

static void on_close(void *context, void *state)
{
    struct connection *connection = state;
    (void)context;
    if (connection == NULL)
        return;
    if (connection->of != NULL)
        tt_closed_tell(&connection->closed, connection->of->outer, "quic");
    detach(connection);
    free(connection->host);
    free(connection);
}

/* ---- the handshake ---- */

/* CRYPTO frames are told before the messages in them. */
static struct tt_telling telling_of(struct connection *connection, const struct tt_place *place)
{
    const struct tt_seal *seal = &connection->handshake_seal;
    return (struct tt_telling){.channel = connection->of->outer,
                               .protocol = "quic",
                               .place = place,
                               .seal = seal->encryption != NULL ? seal : NULL,
                               .told = &connection->told};
}

static void on_hello(void *context, void *state, const struct tt_place *place,
                     const struct tt_hello *hello, struct tt_span message)
{
    struct connection *connection = state;
    (void)context;
    if (connection == NULL || connection->of == NULL)
        return;
    end_crypto(connection, hello->server, TT_BODY_COMPLETE);
    connection->of->settled = connection->of->settled || !hello->server;
    const struct tt_telling telling = telling_of(connection, place);
    tt_secure_tell_hello(&telling, hello, message);
    if (hello->name[0] != '\0' && connection->host == NULL)
        connection->host = strdup(hello->name);
    struct tt_span offers = hello->alpn;
    struct tt_span name;
    bool http3 = false;
    bool other = false;
    while (!hello->server && tt_hello_alpn(&offers, &name)) {
        bool is_http3 = tt_span_starts(name, tt_span_str("h3"));
        http3 = http3 || is_http3;
        other = other ||
                (!is_http3 &&
                 !(name.len == 2 && tt_is_grease((uint16_t)(name.data[0] << 8 | name.data[1]))));
    }
    if (!connection->chosen && http3 != other)
        connection->carries = http3 ? CARRIES_HTTP3 : CARRIES_OTHER;
}

static void on_protocol(void *context, void *state, const struct tt_place *place,
                        struct tt_span name)
{
    struct connection *connection = state;
    (void)context;
    if (connection == NULL)
        return;
    connection->chosen = true;
    connection->carries = tt_span_starts(name, tt_span_str("h3")) ? CARRIES_HTTP3 : CARRIES_OTHER;
    if (connection->of == NULL || !connection->server_speaks)
        return;
    const struct tt_telling telling = telling_of(connection, place);
    tt_secure_tell_protocol(&telling, name);
}

static void on_certificate(void *context, void *state, const struct tt_place *place, size_t at,
                           struct tt_span der)
{
    struct connection *connection = state;
    (void)context;
    if (connection == NULL || connection->of == NULL || at > 0 || connection->named ||
        !connection->server_speaks)
        return;
    const struct tt_telling telling = telling_of(connection, place);
    connection->named = tt_secure_tell_certificate(&telling, der);
}

/* Anyone can open Initial packets: what they say is said in the clear. */
static const struct channel *speaker(struct connection *connection, const struct tt_quic_data *data)
{
    if (!data->security.keyed)
        return is_at_home(connection, data->flow) ? connection->of->outer : NULL;
    return has_home(connection, data) ? connection->home : NULL;
}

static void on_crypto(void *context, void *state, const struct tt_quic_data *data)
{
    struct connection *connection = state;
    (void)context;
    if (connection == NULL)
        return;
    const struct tt_seal seal = seal_of(&data->security);
    connection->server_speaks = data->from_server;
    connection->handshake_seal = data->security.keyed ? seal : (struct tt_seal){0};
    struct crypto *crypto = &connection->crypto[data->from_server];
    if (crypto->via != NULL && (data->gap > 0 || crypto->level != data->level))
        end_crypto(connection, data->from_server, data->gap > 0 ? TT_BODY_CUT : TT_BODY_COMPLETE);
    const struct channel *via = crypto->via != NULL ? crypto->via : speaker(connection, data);
    if (via == NULL)
        return;
    if (crypto->via == NULL)
        *crypto =
            (struct crypto){.via = via,
                            .level = data->level,
                            .body = tt_secure_open_handshake(
                                via, "quic", direction_of(connection, data), TT_STEP_CODING,
                                data->at, &data->origin, data->security.keyed ? &seal : NULL)};
    const struct tt_piece piece = {.bytes = data->bytes, .at = crypto->len, .origin = data->origin};
    if (crypto->body != NULL)
        via->sink.calls->body_data(via->sink.context, crypto->body, &piece);
    crypto->len += data->bytes.len;
    crypto->end = data->at + data->bytes.len;
    /* Tickets: each stands for itself. */
    if (data->level == TT_QUIC_TRAFFIC)
        end_crypto(connection, data->from_server, TT_BODY_COMPLETE);
}

/* ---- streams ---- */

/* HTTP/3, where nobody said what is carried: RFC 9114, sections 4.1 and 6.2. */
static enum carried look(uint64_t id, const struct tt_quic_data *data)
{
    enum { HEADERS = 1, CONTROL = 0, ENCODER = 2, DECODER = 3, SETTINGS = 4 };
    if (data->at > 0 || data->bytes.len == 0)
        return CARRIES_UNKNOWN;
    uint8_t first = data->bytes.data[0];
    if ((id & ONE_WAY) != 0 && first == CONTROL)
        return data->bytes.len > 1 && data->bytes.data[1] == SETTINGS ? CARRIES_HTTP3
                                                                      : CARRIES_OTHER;
    if ((id & ONE_WAY) != 0)
        return first == ENCODER || first == DECODER ? CARRIES_HTTP3 : CARRIES_OTHER;
    return first == HEADERS ? CARRIES_HTTP3 : CARRIES_OTHER;
}

/* Puts the stream in front; NULL: it is no channel. */
static struct stream *find_stream(struct connection *connection, uint64_t id)
{
    struct stream **at = &connection->streams;
    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    struct stream *stream = *at;
    if (stream == NULL)
        return NULL;
    *at = stream->next;
    stream->next = connection->streams;
    connection->streams = stream;
    return stream;
}

static void end_stream(struct connection *connection, uint64_t id)
{
    struct stream *stream = find_stream(connection, id);
    if (stream == NULL)
        return;
    connection->streams = stream->next;
    connection->stream_count--;
    if (stream->channel != NULL)
        tt_channel_close(stream->channel, NULL);
    free(stream);
}

static void end_oldest_stream(struct connection *connection)
{
    const struct stream *oldest = connection->streams;
    while (oldest->next != NULL)
        oldest = oldest->next;
    const struct tt_note note = {
        .layer = "run",
        .code = "quic.channels",
        .flow = connection->of->outer->flow,
        .text = "too many streams of a QUIC connection at once: one is not read on as one text"};
    tt_note_put(&connection->home->sink.notes, &note);
    end_stream(connection, oldest->id);
}

static struct stream *add_stream(struct connection *connection, uint64_t id)
{
    if (connection->stream_count == TT_QUIC_CHANNELS_MAX)
        end_oldest_stream(connection);
    struct stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        tt_flows_fail(connection->join->flows, TT_ERR_MEMORY);
        return NULL;
    }
    const struct inner inner = {.parent = connection->home,
                                .name = {.protocol = "quic", .step = "quic.stream"},
                                .seal = connection->home->inner->seal,
                                .host = connection->host,
                                .uncounted = true};
    stream->id = id;
    stream->channel = tt_channel_new(connection->join->flows, connection->of->outer->flow, &inner);
    if ((id & ONE_WAY) != 0)
        stream->ended[(id & BY_SERVER) == 0] = true;
    stream->next = connection->streams;
    connection->streams = stream;
    connection->stream_count++;
    return stream;
}

static void feed_stream(struct connection *connection, const struct tt_quic_data *data)
{
    struct stream *stream = find_stream(connection, data->stream);
    if (stream == NULL)
        stream = add_stream(connection, data->stream);
    if (stream == NULL || stream->channel == NULL)
        return;
    const struct tt_chunk chunk = chunk_of(connection, data);
    tt_channel_chunk(stream->channel, &chunk);
    if (data->end)
        stream->ended[data->from_server] = true;
    if (stream->ended[0] && stream->ended[1])
        end_stream(connection, data->stream);
}

static bool is_http3(struct connection *connection, const struct tt_quic_data *data)
{
    if (connection->carries == CARRIES_UNKNOWN)
        connection->carries = look(data->stream, data);
    return connection->carries == CARRIES_HTTP3 && find_stream(connection, data->stream) == NULL;
}

static void on_stream(void *context, void *state, const struct tt_quic_data *data)
{
    struct connection *connection = state;
    (void)context;
    if (connection == NULL || !has_home(connection, data))
        return;
    if (data->level == TT_QUIC_TRAFFIC) {
        end_crypto(connection, false, TT_BODY_COMPLETE);
        end_crypto(connection, true, TT_BODY_COMPLETE);
    }
    if (!is_http3(connection, data)) {
        feed_stream(connection, data);
        return;
    }
    const struct tt_chunk chunk = chunk_of(connection, data);
    if (connection->http3 == NULL) {
        connection->http3 = tt_http3_new(chunk.flow, &connection->home->sink);
        if (connection->http3 != NULL && connection->moved)
            tt_http3_begin_late(connection->http3);
    }
    if (connection->http3 == NULL)
        tt_flows_fail(connection->join->flows, TT_ERR_MEMORY);
    else
        tt_http3_feed(connection->http3, data->stream, data->from_server, &chunk);
}

static void on_datagram(void *context, void *state, const struct tt_quic_data *data)
{
    struct connection *connection = state;
    (void)context;
    if (connection == NULL || !has_home(connection, data))
        return;
    struct tt_chunk chunk = chunk_of(connection, data);
    chunk.offset = 0;
    chunk.gap = 0;
    chunk.flags = TT_CHUNK_DATAGRAM;
    if (connection->http3 != NULL) {
        tt_http3_datagram(connection->http3, &chunk);
        return;
    }
    const struct inner inner = {.parent = connection->home,
                                .name = {.protocol = "quic", .step = "quic.datagram"},
                                .seal = connection->home->inner->seal,
                                .host = connection->host,
                                .datagrams = true,
                                .uncounted = true};
    if (connection->packets == NULL)
        connection->packets = tt_channel_new(connection->join->flows, chunk.flow, &inner);
    if (connection->packets != NULL)
        tt_channel_chunk(connection->packets, &chunk);
}

/* Texts that stand for themselves: a token, the reason for an end, an unknown frame. */
static void on_other(void *context, void *state, const struct tt_quic_data *data)
{
    struct connection *connection = state;
    (void)context;
    const struct channel *via = connection == NULL ? NULL : speaker(connection, data);
    if (via == NULL)
        return;
    const struct tt_body body = {.flow = via->flow,
                                 .direction = direction_of(connection, data),
                                 .kind = TT_STEP_CODING,
                                 .format = TT_FORMAT_OPAQUE,
                                 .step = "quic.frame",
                                 .at = data->at};
    const struct tt_msg msg = {.flow = via->flow,
                               .direction = body.direction,
                               .protocol = "quic",
                               .kind = "frame",
                               .origin = data->origin};
    const struct tt_piece piece = {.bytes = data->bytes, .origin = data->origin};
    void *opened = via->sink.calls->body_open(via->sink.context, &body, "quic.packet", &msg);
    if (opened == NULL)
        return;
    via->sink.calls->body_data(via->sink.context, opened, &piece);
    via->sink.calls->body_close(via->sink.context, opened, TT_BODY_COMPLETE,
                                data->at + data->bytes.len);
}

/* ---- bytes of the datagram being fed ---- */

static void on_raw(void *context, void *state, enum tt_direction direction,
                   const struct tt_piece *piece)
{
    const struct tt_quic_join *join = context;
    (void)state;
    tt_unclaimed(join->feeding, direction, piece);
}

/* What is opened is counted here, and not again in the channels inside. */
static void on_account(void *context, void *state, enum tt_direction direction,
                       enum tt_bucket bucket, uint64_t bytes)
{
    const struct tt_quic_join *join = context;
    (void)state;
    tt_tell_account(join->feeding, direction, bucket, bytes);
}

static void on_closed(void *context, void *state, const struct tt_place *place,
                      enum tt_closed reason)
{
    struct connection *connection = state;
    (void)context;
    if (connection != NULL)
        tt_closed_add(&connection->closed, place, reason);
}

static void on_note(void *context, const struct tt_note *note)
{
    const struct tt_quic_join *join = context;
    tt_note_put(&join->flows->sink->notes, note);
}

/* ---- what the flows share ---- */

enum tt_err tt_quic_join_new(struct tt_flows *flows, struct tt_quic_join **ret_join)
{
    struct tt_quic_join *join = calloc(1, sizeof(*join));
    if (join == NULL)
        return TT_ERR_MEMORY;
    join->flows = flows;
    join->sink = (struct tt_quic_sink){.context = join,
                                       .open = on_open,
                                       .close = on_close,
                                       .hello = on_hello,
                                       .protocol = on_protocol,
                                       .certificate = on_certificate,
                                       .crypto = on_crypto,
                                       .stream = on_stream,
                                       .datagram = on_datagram,
                                       .other = on_other,
                                       .raw = on_raw,
                                       .account = on_account,
                                       .closed = on_closed,
                                       .notes = {.context = join, .note = on_note}};
    enum tt_err err = tt_quic_table_new(flows->keys, &join->sink, &join->table);
    if (err == TT_OK)
        *ret_join = join;
    else
        free(join);
    return err;
}

void tt_quic_join_free(struct tt_quic_join *join)
{
    if (join == NULL)
        return;
    tt_quic_table_free(join->table);
    free(join);
}

bool tt_quic_join_asks(const struct tt_quic_join *join, struct tt_span datagram)
{
    bool may = tt_quic_count(join->table) > 0 || tt_keys_count(join->flows->keys) > 0;
    return may && datagram.len > 0 && (datagram.data[0] & TT_QUIC_LONG_BIT) == 0;
}

bool tt_quic_join_is_begin(void *join, struct tt_span datagram)
{
    const struct tt_quic_join *of = join;
    return tt_quic_is_begin(of->table, datagram);
}

/* ---- the table's calls ---- */

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)flow;
    (void)direction;
    return tt_quic_is(head) ? TT_PROBE_YES : TT_PROBE_NO;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct quic_flow *of = calloc(1, sizeof(*of));
    (void)flow;
    if (of != NULL)
        of->outer = sink->context;
    return of;
}

static void note_ahead(const struct quic_flow *of, const struct tt_chunk *chunk)
{
    const struct tt_note note = {
        .layer = "run",
        .code = "quic.ahead_limit",
        .flow = chunk->flow,
        .frame = chunk->first_frame,
        .text = "too many QUIC datagrams stand before the hello of their client: they are read "
                "without it"};
    tt_note_put(&of->outer->sink.notes, &note);
}

/* Where a capture has datagrams out of order, the answer may stand before the client's hello, which
 * alone gives its keys. Holds it back; false when it is to be fed. */
static bool hold_ahead(struct quic_flow *of, const struct tt_chunk *chunk)
{
    struct tt_quic_join *join = of->outer->flows->quic;
    if (of->settled || tt_quic_is_first(join->table, chunk->bytes))
        return false;
    size_t len = sizeof(struct ahead) + chunk->bytes.len;
    struct ahead *ahead = NULL;
    bool waits = of->ahead != NULL || tt_quic_is(chunk->bytes);
    bool room =
        of->ahead_count < TT_QUIC_AHEAD_DATAGRAMS_MAX && join->ahead + len <= TT_QUIC_AHEAD_MAX;
    if (waits && room)
        ahead = malloc(len);
    if (waits && !room)
        note_ahead(of, chunk);
    if (ahead == NULL) {
        of->settled = true;
        return false;
    }
    ahead->next = NULL;
    ahead->chunk = *chunk;
    ahead->chunk.bytes.data = ahead->bytes;
    if (chunk->bytes.len > 0)
        memcpy(ahead->bytes, chunk->bytes.data, chunk->bytes.len);
    struct ahead **last = &of->ahead;
    while (*last != NULL)
        last = &(*last)->next;
    *last = ahead;
    of->ahead_count++;
    join->ahead += len;
    return true;
}

static void release_ahead(struct quic_flow *of)
{
    struct tt_flows *flows = of->outer->flows;
    uint32_t capture = flows->capture;
    while (of->ahead != NULL) {
        struct ahead *ahead = of->ahead;
        of->ahead = ahead->next;
        flows->quic->ahead -= sizeof(*ahead) + ahead->chunk.bytes.len;
        flows->capture = tt_frame_capture(ahead->chunk.first_frame);
        if (!tt_quic_feed(flows->quic->table, &ahead->chunk))
            tt_unclaimed_chunk(of->outer, &ahead->chunk, 0);
        free(ahead);
    }
    flows->capture = capture;
    of->ahead_count = 0;
}

/* What is of no connection is left to whoever asks. */
static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct quic_flow *of = state;
    struct tt_quic_join *join = of->outer->flows->quic;
    join->feeding = of->outer;
    *ret_used = chunk->bytes.len;
    if (hold_ahead(of, chunk))
        return TT_NEXT_STAY;
    bool first = !of->settled;
    if (!first)
        release_ahead(of);
    *ret_used = tt_quic_feed(join->table, chunk) ? chunk->bytes.len : 0;
    if (first && of->settled)
        release_ahead(of);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    struct quic_flow *of = state;
    struct tt_quic_join *join = of->outer->flows->quic;
    join->feeding = of->outer;
    release_ahead(of);
    tt_quic_flow_end(join->table, of->outer->flow);
    while (of->connections != NULL)
        detach(of->connections);
    free(of);
}

const struct tt_proto tt_secure_quic = {.name = "quic",
                                        .title = "QUIC, versions 1 and 2",
                                        .spec = "RFC 9000, RFC 9001, RFC 9369",
                                        .transports = TT_PROTO_UDP_OUTER,
                                        .probe = probe,
                                        .open = open_flow,
                                        .feed = feed,
                                        .close = close_flow};
