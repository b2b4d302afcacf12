/* MQTT 3.1 (IBM, 2010), MQTT 3.1.1 and 5.0 (OASIS), over TCP or inside whatever carries streams.
 * A packet is read as a whole, but for the payload of a PUBLISH: that is a body, which may be
 * long. */
#include "proto/list.h"

#include "model/limits.h"
#include "proto/mqtt_packet.h"

#include <stdlib.h>

enum { PORT_MQTT = 1883, PORT_MQTT_TLS = 8883, MEDIA_TYPE_MAX = 128 };

static const char OTHER[] = "mqtt.data";

/* A PUBLISH whose payload goes on. */
struct publish {
    struct tt_msg msg; /* its name points to `name` */
    struct tt_body body;
    void *handle;
    bool open;
    uint64_t at; /* bytes of the open body so far */
    char media_type[MEDIA_TYPE_MAX];
    char name[];
};

/* What a sender agreed to call a topic (5.0, section 3.3.2.3.4). */
struct alias {
    struct alias *next;
    size_t cost; /* counted in the pool */
    uint16_t number;
    char name[];
};

struct mqtt;

struct side {
    struct mqtt *mqtt;
    struct tt_stream stream;
    struct tt_gather gather; /* of a packet, what is read together */
    struct publish *publish; /* its payload comes */
    struct alias *aliases;
    size_t alias_count;
    uint64_t left; /* of the payload, or of a packet that is searched raw */
    bool lost;     /* where the next packet begins is not known */
};

struct mqtt {
    struct side sides[2];
    unsigned version; /* 0: not known */
};

static bool has_port(const struct tt_flow *flow, uint16_t port)
{
    return flow->ends[0].port == port || flow->ends[1].port == port;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    enum tt_probe answer = tt_mqtt_probe_connect(head);
    if (answer != TT_PROBE_NO || flow->initiator_known ||
        !(has_port(flow, PORT_MQTT) || has_port(flow, PORT_MQTT_TLS)))
        return answer;
    return tt_mqtt_is_plausible(head) ? TT_PROBE_YES : TT_PROBE_NO;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct mqtt *mqtt = calloc(1, sizeof(*mqtt));
    if (mqtt == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        mqtt->sides[i].mqtt = mqtt;
        mqtt->sides[i].stream = tt_stream_make(sink, flow, (enum tt_direction)i);
    }
    return mqtt;
}

/* ---- the pool ---- */

static bool pool_has_room(const struct side *side, size_t cost)
{
    const struct tt_proto_pool *pool = side->stream.sink->pool;
    return pool == NULL || cost <= pool->max - (pool->used < pool->max ? pool->used : pool->max);
}

static void pool_take(const struct side *side, size_t cost)
{
    if (side->stream.sink->pool != NULL)
        side->stream.sink->pool->used += cost;
}

static void pool_give(const struct side *side, size_t cost)
{
    if (side->stream.sink->pool != NULL)
        side->stream.sink->pool->used -= cost;
}

/* ---- topics ---- */

static struct alias *find_alias(const struct side *side, uint16_t number)
{
    struct alias *alias = side->aliases;
    while (alias != NULL && alias->number != number)
        alias = alias->next;
    return alias;
}

static void drop_alias(struct side *side, struct alias *alias)
{
    struct alias **link = &side->aliases;
    while (*link != alias)
        link = &(*link)->next;
    *link = alias->next;
    side->alias_count--;
    pool_give(side, alias->cost);
    free(alias);
}

static void keep_alias(struct side *side, uint16_t number, const char *name)
{
    struct alias *old = find_alias(side, number);
    if (old != NULL)
        drop_alias(side, old);
    size_t cost = sizeof(struct alias) + strlen(name) + 1;
    if (side->alias_count == TT_MQTT_ALIASES_MAX || !pool_has_room(side, cost)) {
        tt_stream_note(&side->stream, "mqtt.alias_limit", side->stream.end, 0,
                       "too many topic aliases of MQTT: some messages lack their topic");
        return;
    }
    struct alias *alias = malloc(cost);
    if (alias == NULL)
        return;
    *alias = (struct alias){.next = side->aliases, .cost = cost, .number = number};
    memcpy(alias->name, name, strlen(name) + 1);
    side->aliases = alias;
    side->alias_count++;
    pool_take(side, cost);
}

/* A message without a topic has that of its alias. */
static void settle_topic(struct side *side, struct tt_fields *fields,
                         const struct tt_mqtt_said *said)
{
    if (said->alias == 0)
        return;
    if (fields->msg.name != NULL) {
        keep_alias(side, said->alias, fields->msg.name);
        return;
    }
    const struct alias *alias = find_alias(side, said->alias);
    if (alias != NULL)
        tt_fields_name(fields, tt_span_str(alias->name));
}

/* ---- payloads ---- */

/* "type/subtype" in lower case (5.0, section 3.3.2.3.9); empty: not told. */
static void write_media_type(struct tt_span value, char room[MEDIA_TYPE_MAX])
{
    size_t len = 0;
    while (len < value.len && len < MEDIA_TYPE_MAX - 1 && value.data[len] > ' ' &&
           value.data[len] < 0x7f && value.data[len] != ';') {
        room[len] = (char)tt_lower(value.data[len]);
        len++;
    }
    room[len] = '\0';
}

static struct tt_body payload_of(const struct tt_stream *stream, const char *media_type)
{
    return (struct tt_body){.flow = stream->flow,
                            .direction = stream->direction,
                            .kind = TT_STEP_SLICE,
                            .step = "mqtt.payload",
                            .media_type = media_type[0] != '\0' ? media_type : NULL};
}

static void tell(const struct side *side, const struct tt_msg *msg)
{
    side->stream.sink->calls->message(side->stream.sink->context, msg);
}

static size_t cost_of(const struct publish *publish)
{
    return sizeof(*publish) + (publish->msg.name == NULL ? 0 : strlen(publish->msg.name));
}

static void close_payload(struct side *side, enum tt_body_end end)
{
    struct publish *publish = side->publish;
    const struct tt_proto_sink *sink = side->stream.sink;
    if (publish->open && publish->handle != NULL)
        sink->calls->body_close(sink->context, publish->handle, end, side->stream.end);
    publish->open = false;
}

static void end_publish(struct side *side, bool whole)
{
    struct publish *publish = side->publish;
    if (publish == NULL)
        return;
    publish->msg.complete = publish->msg.complete && whole;
    if (side->stream.chunk != NULL && tt_stream_at(&side->stream) > 0)
        publish->msg.origin.last_frame = side->stream.frame;
    close_payload(side, publish->msg.complete ? TT_BODY_COMPLETE : TT_BODY_CUT);
    tell(side, &publish->msg);
    pool_give(side, cost_of(publish));
    free(publish);
    side->publish = NULL;
}

/* The payload goes on behind the chunk. False without memory. */
static bool begin_publish(struct side *side, const struct tt_fields *fields, const char *media_type)
{
    size_t len = fields->msg.name == NULL ? 0 : strlen(fields->msg.name);
    struct publish *publish = malloc(sizeof(*publish) + len + 1);
    if (publish == NULL)
        return false;
    *publish = (struct publish){.msg = fields->msg};
    if (len > 0)
        memcpy(publish->name, fields->msg.name, len);
    publish->name[len] = '\0';
    publish->msg.name = fields->msg.name == NULL ? NULL : publish->name;
    memcpy(publish->media_type, media_type, MEDIA_TYPE_MAX);
    publish->body = payload_of(&side->stream, publish->media_type);
    pool_take(side, cost_of(publish));
    side->publish = publish;
    return true;
}

static void step_payload(struct side *side)
{
    struct tt_stream *stream = &side->stream;
    struct publish *publish = side->publish;
    size_t left = tt_stream_rest(stream).len;
    size_t len = side->left < left ? (size_t)side->left : left;
    if (!publish->open) {
        publish->body.at = stream->end;
        publish->handle = stream->sink->calls->body_open(stream->sink->context, &publish->body,
                                                         NULL, &publish->msg);
        publish->open = true;
        publish->at = 0;
    }
    const struct tt_piece piece = {.bytes = tt_span_sub(tt_stream_rest(stream), 0, len),
                                   .at = publish->at,
                                   .origin = tt_stream_origin(stream)};
    if (publish->handle != NULL && len > 0)
        stream->sink->calls->body_data(stream->sink->context, publish->handle, &piece);
    publish->at += len;
    tt_stream_take(stream, len);
    side->left -= len;
    if (side->left == 0)
        end_publish(side, true);
}

/* Its head was read; the payload has `len` bytes. */
static void take_payload(struct side *side, struct tt_fields *fields,
                         const struct tt_mqtt_said *said, uint64_t len)
{
    struct tt_stream *stream = &side->stream;
    char media_type[MEDIA_TYPE_MAX];
    write_media_type(said->content_type, media_type);
    fields->msg.body_bytes = len;
    if (len > tt_stream_rest(stream).len && begin_publish(side, fields, media_type)) {
        side->left = len;
        return;
    }
    if (len > tt_stream_rest(stream).len) {
        side->left = len; /* without memory: searched raw */
        fields->msg.complete = false;
    } else if (len > 0) {
        struct tt_part part;
        struct tt_extent extent =
            tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), (size_t)len, &part);
        struct tt_body body = payload_of(stream, media_type);
        tt_stream_take(stream, (size_t)len);
        fields->msg.origin.last_frame = stream->frame;
        tt_stream_body(stream, &body, &fields->msg, &extent, 0, (size_t)len);
    }
    tell(side, &fields->msg);
}

/* ---- packets ---- */

/* A packet, or the head of a PUBLISH, whose bytes have been taken. */
static void take_packet(struct side *side, const struct tt_extent *extent,
                        const struct tt_mqtt_size *size)
{
    struct mqtt *mqtt = side->mqtt;
    enum tt_mqtt_type type = (enum tt_mqtt_type)(extent->bytes.data[0] >> 4);
    struct tt_mqtt_said said;
    struct tt_fields fields;
    tt_fields_over(&fields, &side->stream, extent, tt_proto_mqtt.name, tt_mqtt_type_name(type),
                   OTHER);
    tt_mqtt_read(&fields, size->version, &said);
    if (type == TT_MQTT_CONNECT)
        mqtt->version = said.version;
    if (type == TT_MQTT_PUBLISH) {
        settle_topic(side, &fields, &said);
        take_payload(side, &fields, &said, size->total - extent->bytes.len);
    } else {
        tt_fields_tell(&fields);
    }
}

static void lose(struct side *side, uint64_t offset, const char *code, const char *text)
{
    tt_stream_note(&side->stream, code, offset, 0, text);
    tt_stream_give_up_gather(&side->stream, &side->gather);
    side->lost = true;
}

static void lose_malformed(struct side *side, uint64_t offset)
{
    lose(side, offset, "mqtt.malformed",
         "bytes that begin no MQTT packet: searched raw up to the next one that is sure");
}

/* All flows together have gathered too much. */
static void give_up(void *owner)
{
    struct side *side = owner;
    lose(side, tt_gather_offset(&side->gather), "mqtt.limit",
         "too many unfinished MQTT packets at once: one is searched raw");
}

/* Too long to be read together. */
static void pass_over(struct side *side, const struct tt_mqtt_size *size, uint64_t offset)
{
    tt_stream_note(&side->stream, "mqtt.packet_limit", offset, size->total,
                   "an MQTT packet is longer than the limit: it is searched raw");
    side->left = size->total - tt_gather_len(&side->gather);
    tt_stream_give_up_gather(&side->stream, &side->gather);
}

static void gather_packet(struct side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_mqtt_size size;
    while (tt_stream_rest(stream).len > 0) {
        struct tt_span held = tt_gather_bytes(&side->gather);
        uint64_t offset = held.len > 0 ? tt_gather_offset(&side->gather) : stream->end;
        if (!tt_mqtt_measure(held, side->mqtt->version, &size)) {
            lose_malformed(side, offset);
            return;
        }
        if (size.head > TT_MQTT_PACKET_MAX) {
            pass_over(side, &size, offset);
            return;
        }
        size_t want = size.head - held.len;
        size_t left = tt_stream_rest(stream).len;
        size_t len = want < left ? want : left;
        if (tt_stream_gather(stream, &side->gather, TT_MQTT_PACKET_MAX, len, give_up, side) !=
            TT_OK) {
            lose(side, offset, "mqtt.memory",
                 "no memory for an MQTT packet: searched raw up to the next one that is sure");
            return;
        }
        tt_stream_take(stream, len);
        struct tt_extent extent = tt_gather_extent(&side->gather);
        if (!tt_mqtt_measure(extent.bytes, side->mqtt->version, &size)) {
            lose_malformed(side, offset);
            return;
        }
        if (size.head <= extent.bytes.len) {
            take_packet(side, &extent, &size);
            tt_gather_clear(&side->gather);
            return;
        }
    }
}

static void step_packet(struct side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    struct tt_mqtt_size size;
    if (tt_gather_len(&side->gather) > 0) {
        gather_packet(side);
        return;
    }
    if (!tt_mqtt_measure(rest, side->mqtt->version, &size)) {
        lose_malformed(side, stream->end);
        return;
    }
    if (size.head > rest.len || size.head > TT_MQTT_PACKET_MAX) {
        gather_packet(side);
        return;
    }
    struct tt_part part;
    struct tt_extent extent =
        tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), size.head, &part);
    tt_stream_take(stream, size.head);
    take_packet(side, &extent, &size);
}

static void step(struct side *side)
{
    struct tt_stream *stream = &side->stream;
    size_t left = tt_stream_rest(stream).len;
    if (side->lost) {
        tt_stream_take_unclaimed(stream, left);
    } else if (side->publish != NULL) {
        step_payload(side);
    } else if (side->left > 0) {
        size_t len = side->left < left ? (size_t)side->left : left;
        tt_stream_take_unclaimed(stream, len);
        side->left -= len;
    } else {
        step_packet(side);
    }
}

/* ---- losses and ends ---- */

/* The length of a packet tells where the next one begins, unless the length itself is missing. */
static void take_gap(struct side *side, uint64_t gap)
{
    struct tt_mqtt_size size = {0};
    struct tt_span held = tt_gather_bytes(&side->gather);
    tt_stream_note(&side->stream, "mqtt.gap", side->stream.end - gap, gap,
                   "bytes are missing in an MQTT stream: packets may be cut or missed");
    if (side->lost)
        return;
    if (held.len > 0 && tt_mqtt_measure(held, side->mqtt->version, &size) && size.total > 0)
        side->left = size.total - held.len;
    tt_stream_give_up_gather(&side->stream, &side->gather);
    side->lost = gap > side->left;
    side->left = side->lost ? 0 : side->left - gap;
    if (side->publish == NULL)
        return;
    side->publish->msg.complete = false;
    close_payload(side, TT_BODY_CUT);
    side->publish->body.format = TT_FORMAT_REST;
    side->publish->body.media_type = NULL;
    if (side->left == 0)
        end_publish(side, false);
}

static void end_side(struct side *side)
{
    tt_stream_give_up_gather(&side->stream, &side->gather);
    end_publish(side, false);
    side->left = 0;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct mqtt *mqtt = state;
    struct side *side = &mqtt->sides[chunk->direction];
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0)
        take_gap(side, chunk->gap);
    /* Devices write a packet at once, so it mostly begins with a segment. */
    if (side->lost && tt_mqtt_is_plausible(chunk->bytes))
        side->lost = false;
    while (tt_stream_rest(&side->stream).len > 0)
        step(side);
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_side(side);
    *ret_used = tt_stream_leave(&side->stream);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    struct mqtt *mqtt = state;
    if (mqtt == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &mqtt->sides[i];
        end_side(side);
        while (side->aliases != NULL)
            drop_alias(side, side->aliases);
    }
    free(mqtt);
}

const struct tt_proto tt_proto_mqtt = {.name = "mqtt",
                                       .title = "MQTT 3.1, 3.1.1 and 5",
                                       .spec = "MQTT Version 5.0, OASIS Standard",
                                       .transports = TT_PROTO_TCP,
                                       .probe = probe,
                                       .open = open_flow,
                                       .feed = feed,
                                       .close = close_flow};
