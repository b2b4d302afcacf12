/* NetBIOS, which tells the names of a computer and of who uses it: its name and datagram services
 * over UDP and its sessions over TCP (RFC 1001, RFC 1002), and its frames behind IEEE 802.2 (NBF).
 * What the datagrams and sessions carry (SMB) is searched as it stands. */
#include "proto/list.h"

#include "proto/netbios_message.h"

#include <stdlib.h>

enum { PORT_NAME = 137, PORT_DATAGRAM = 138, PORT_SESSION = 139 };

static const char OTHER[] = "netbios.data";

struct netbios {
    struct tt_stream sides[2];
    struct tt_gather gather;  /* of the session request */
    enum tt_direction caller; /* who sends it */
    bool called;              /* the caller is known */
    bool over;                /* it was read, or cannot be: all that follows is raw */
};

static bool has_port(const struct tt_flow *flow, uint16_t port)
{
    return flow->ends[0].port == port || flow->ends[1].port == port;
}

static enum tt_probe probe_stream(const struct tt_flow *flow, struct tt_span head)
{
    if (!has_port(flow, PORT_SESSION) ||
        (head.len > 0 && head.data[0] != TT_NETBIOS_SESSION_REQUEST))
        return TT_PROBE_NO;
    if (head.len < TT_NETBIOS_SESSION_HEADER)
        return TT_PROBE_MORE;
    return tt_netbios_is_request(head) ? TT_PROBE_YES : TT_PROBE_NO;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    bool yes = false;
    if (flow->transport == TT_TRANSPORT_TCP)
        return probe_stream(flow, head);
    if (flow->transport == TT_TRANSPORT_LINK)
        yes = flow->kind == TT_LINK_FRAME && tt_netbios_is_frame(head);
    else if (has_port(flow, PORT_NAME))
        yes = tt_netbios_is_name_service(head);
    else if (has_port(flow, PORT_DATAGRAM))
        yes = tt_netbios_is_datagram(head);
    return yes ? TT_PROBE_YES : TT_PROBE_NO;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct netbios *netbios = calloc(1, sizeof(*netbios));
    if (netbios == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++)
        netbios->sides[i] = tt_stream_make(sink, flow, (enum tt_direction)i);
    return netbios;
}

/* ---- datagrams and frames ---- */

static void read_datagram(struct tt_fields *fields)
{
    const struct tt_flow *flow = fields->stream->flow;
    if (flow->transport == TT_TRANSPORT_LINK)
        tt_netbios_read_frame(fields);
    else if (has_port(flow, PORT_NAME))
        tt_netbios_read_name_service(fields);
    else
        tt_netbios_read_datagram(fields);
}

/* Behind IEEE 802.2 there are frames of all sorts. */
static bool is_other_frame(const struct tt_stream *stream)
{
    return stream->flow->transport == TT_TRANSPORT_LINK &&
           !tt_netbios_is_frame(stream->chunk->bytes);
}

static void feed_datagram(struct tt_stream *stream)
{
    size_t len = stream->chunk->bytes.len;
    if (len == 0 || is_other_frame(stream)) {
        tt_stream_take_unclaimed(stream, len);
        return;
    }
    struct tt_fields fields;
    tt_fields_begin(&fields, stream, tt_proto_netbios.name, "other", OTHER);
    read_datagram(&fields);
    tt_fields_end(&fields);
    tt_fields_tell(&fields);
}

/* ---- sessions ---- */

/* What was gathered cannot become a request. */
static void lose(struct netbios *netbios)
{
    tt_stream_give_up_gather(&netbios->sides[netbios->caller], &netbios->gather);
    netbios->over = true;
}

/* All flows together have gathered too much. */
static void give_up(void *owner)
{
    lose(owner);
}

/* Adds the next bytes, up to `want` in all; false when there are not that many yet. */
static bool gather_to(struct netbios *netbios, size_t want)
{
    struct tt_stream *stream = &netbios->sides[netbios->caller];
    size_t len = want - tt_gather_len(&netbios->gather);
    size_t left = tt_stream_rest(stream).len;
    bool enough = len <= left;
    if (!enough)
        len = left;
    if (len > 0 && tt_stream_gather(stream, &netbios->gather,
                                    TT_NETBIOS_SESSION_HEADER + TT_NETBIOS_REQUEST_MAX, len,
                                    give_up, netbios) != TT_OK) {
        lose(netbios);
        return false;
    }
    tt_stream_take(stream, len);
    return enough;
}

static size_t told_len(struct tt_span header)
{
    return TT_NETBIOS_SESSION_HEADER + ((size_t)header.data[2] << 8 | header.data[3]);
}

/* The request is the first thing that the caller says. */
static void step_request(struct netbios *netbios)
{
    if (tt_gather_len(&netbios->gather) < TT_NETBIOS_SESSION_HEADER &&
        !gather_to(netbios, TT_NETBIOS_SESSION_HEADER))
        return;
    struct tt_span head = tt_gather_bytes(&netbios->gather);
    if (!tt_netbios_is_request(head)) {
        lose(netbios);
        return;
    }
    if (!gather_to(netbios, told_len(head)))
        return;
    struct tt_extent extent = tt_gather_extent(&netbios->gather);
    struct tt_fields fields;
    tt_fields_over(&fields, &netbios->sides[netbios->caller], &extent, tt_proto_netbios.name,
                   "session_request", OTHER);
    tt_netbios_read_request(&fields);
    tt_fields_end(&fields);
    tt_fields_tell(&fields);
    tt_gather_clear(&netbios->gather);
    netbios->over = true;
}

static enum tt_next feed_stream(struct netbios *netbios, struct tt_stream *stream)
{
    const struct tt_chunk *chunk = stream->chunk;
    size_t len = chunk->bytes.len;
    if (chunk->gap > 0 && !netbios->over)
        tt_stream_note(stream, "netbios.gap", chunk->offset - chunk->gap, chunk->gap,
                       "bytes are missing at the start of a NetBIOS session: it is searched raw");
    if (!netbios->called && len > 0 && chunk->bytes.data[0] == TT_NETBIOS_SESSION_REQUEST) {
        netbios->called = true;
        netbios->caller = chunk->direction;
    }
    if (!netbios->called || chunk->direction != netbios->caller) {
        tt_stream_take_unclaimed(stream, len);
        return TT_NEXT_STAY;
    }
    if (chunk->gap > 0)
        lose(netbios);
    if (!netbios->over)
        step_request(netbios);
    if ((chunk->flags & TT_CHUNK_END) != 0)
        lose(netbios);
    return netbios->over ? TT_NEXT_RAW : TT_NEXT_STAY;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct netbios *netbios = state;
    struct tt_stream *stream = &netbios->sides[chunk->direction];
    enum tt_next next = TT_NEXT_STAY;
    tt_stream_enter(stream, chunk);
    if ((chunk->flags & TT_CHUNK_DATAGRAM) != 0)
        feed_datagram(stream);
    else
        next = feed_stream(netbios, stream);
    *ret_used = tt_stream_leave(stream);
    return next;
}

static void close_flow(void *state)
{
    struct netbios *netbios = state;
    if (netbios == NULL)
        return;
    lose(netbios);
    free(netbios);
}

const struct tt_proto tt_proto_netbios = {.name = "netbios",
                                          .title = "NetBIOS names, datagrams and sessions",
                                          .spec = "RFC 1002",
                                          .transports = TT_PROTO_TCP | TT_PROTO_UDP | TT_PROTO_LINK,
                                          .probe = probe,
                                          .open = open_flow,
                                          .feed = feed,
                                          .close = close_flow};
