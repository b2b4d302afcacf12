/* DNS over UDP and TCP, and its relatives on the local link: RFC 1035 (section 4.2 for the
 * transports), RFC 6762 (mDNS), RFC 4795 (LLMNR); over TLS and QUIC (RFC 7858, RFC 9250). */
#include "proto/list.h"

#include "base/reader.h"
#include "model/limits.h"
#include "proto/dns_message.h"
#include "proto/dns_walk.h"

#include <stdlib.h>

enum {
    PORT_DNS = 53,
    PORT_DNS_SECURE = 853,   /* over TLS (RFC 7858) and QUIC (RFC 9250): framed as over TCP */
    PORT_NETBIOS_NAME = 137, /* looks like DNS, but its names are written in another way */
    PORT_MDNS = 5353,
    PORT_LLMNR = 5355,
    PREFIX_LEN = 2, /* the length before a message on TCP */
    MESSAGE_MAX = 65535
};

struct side {
    struct tt_stream stream;
    struct tt_gather gather; /* prefix and message */
    uint64_t skip;           /* bytes left of a message of which some are missing */
    bool lost;               /* where the next message begins is not known any more */
};

struct dns {
    const char *protocol;
    struct side sides[2];
};

static bool has_port(const struct tt_flow *flow, uint16_t port)
{
    return flow->ends[0].port == port || flow->ends[1].port == port;
}

static const char *protocol_of(const struct tt_flow *flow)
{
    if (has_port(flow, PORT_DNS))
        return "dns";
    if (has_port(flow, PORT_MDNS))
        return "mdns";
    return has_port(flow, PORT_LLMNR) ? "llmnr" : "dns";
}

static enum tt_probe probe_stream(const struct tt_flow *flow, struct tt_span head)
{
    if (!has_port(flow, PORT_DNS) && !has_port(flow, PORT_DNS_SECURE) &&
        !has_port(flow, PORT_LLMNR))
        return TT_PROBE_NO;
    struct tt_reader reader = tt_reader_of(head);
    uint16_t len = tt_read_u16(&reader);
    if (!reader.failed && len < TT_DNS_HEADER_LEN)
        return TT_PROBE_NO;
    if (head.len < PREFIX_LEN + TT_DNS_HEADER_LEN)
        return TT_PROBE_MORE;
    struct tt_dns_header header = {0};
    if (!tt_dns_header_read(tt_span_from(head, PREFIX_LEN), &header))
        return TT_PROBE_NO;
    return tt_dns_least_len(&header) <= len ? TT_PROBE_YES : TT_PROBE_NO;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    /* A stream of QUIC belongs to a flow of datagrams. */
    if (flow->transport == TT_TRANSPORT_TCP || has_port(flow, PORT_DNS_SECURE))
        return probe_stream(flow, head);
    struct tt_dns_header header = {0};
    bool known =
        has_port(flow, PORT_DNS) || has_port(flow, PORT_MDNS) || has_port(flow, PORT_LLMNR);
    bool yes = known ? tt_dns_header_read(head, &header)
                     : !has_port(flow, PORT_NETBIOS_NAME) && tt_dns_is_perfect(head);
    return yes ? TT_PROBE_YES : TT_PROBE_NO;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct dns *dns = calloc(1, sizeof(*dns));
    if (dns == NULL)
        return NULL;
    dns->protocol = protocol_of(flow);
    for (size_t i = 0; i < 2; i++) {
        dns->sides[i].stream = tt_stream_make(sink, flow, (enum tt_direction)i);
    }
    return dns;
}

static void feed_datagram(const struct dns *dns, struct tt_stream *stream)
{
    const struct tt_chunk *chunk = stream->chunk;
    struct tt_part part;
    struct tt_extent extent = tt_extent_of_chunk(chunk, 0, chunk->bytes.len, &part);
    tt_stream_take(stream, chunk->bytes.len);
    if (chunk->bytes.len > 0)
        tt_dns_walk(stream, &extent, 0, dns->protocol, (chunk->flags & TT_CHUNK_CUT) != 0);
}

/* ---- TCP ---- */

static void lose(struct side *side, uint64_t offset, const char *code, const char *text)
{
    tt_stream_note(&side->stream, code, offset, 0, text);
    side->lost = true;
}

static size_t prefixed_len(struct tt_span bytes)
{
    return PREFIX_LEN + ((size_t)bytes.data[0] << 8 | bytes.data[1]);
}

/* All flows together have gathered too much. */
static void give_up(void *owner)
{
    struct side *side = owner;
    lose(side, tt_gather_offset(&side->gather), "dns.limit",
         "too many unfinished DNS messages at once: the rest of a stream is searched raw");
    tt_stream_give_up_gather(&side->stream, &side->gather);
}

/* Adds the next bytes, up to `want` in all; false when there are not that many yet. */
static bool gather_to(struct side *side, size_t want)
{
    struct tt_stream *stream = &side->stream;
    size_t len = want - tt_gather_len(&side->gather);
    size_t left = tt_stream_rest(stream).len;
    bool enough = len <= left;
    if (!enough)
        len = left;
    if (tt_stream_gather(stream, &side->gather, PREFIX_LEN + MESSAGE_MAX, len, give_up, side) !=
        TT_OK) {
        lose(side, stream->end - tt_gather_len(&side->gather), "dns.memory",
             "no memory for a DNS message: the rest of the stream is searched raw");
        tt_stream_give_up_gather(stream, &side->gather);
        return false;
    }
    tt_stream_take(stream, len);
    return enough;
}

static void take_message(const struct dns *dns, struct side *side, const struct tt_extent *extent)
{
    if (extent->bytes.len >= PREFIX_LEN + TT_DNS_HEADER_LEN) {
        tt_dns_walk(&side->stream, extent, PREFIX_LEN, dns->protocol, false);
        return;
    }
    tt_stream_unclaimed(&side->stream, extent, 0, extent->bytes.len);
    lose(side, extent->offset, "dns.malformed",
         "a length that no DNS message has: the rest of the stream is searched raw");
}

static void step_message(const struct dns *dns, struct side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    if (tt_gather_len(&side->gather) == 0 && rest.len >= PREFIX_LEN &&
        rest.len >= prefixed_len(rest)) {
        struct tt_part part;
        struct tt_extent extent =
            tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), prefixed_len(rest), &part);
        tt_stream_take(stream, extent.bytes.len);
        take_message(dns, side, &extent);
        return;
    }
    if (tt_gather_len(&side->gather) < PREFIX_LEN && !gather_to(side, PREFIX_LEN))
        return;
    if (!gather_to(side, prefixed_len(tt_gather_bytes(&side->gather))))
        return;
    struct tt_extent extent = tt_gather_extent(&side->gather);
    take_message(dns, side, &extent);
    tt_gather_clear(&side->gather);
}

static void step(const struct dns *dns, struct side *side)
{
    size_t left = tt_stream_rest(&side->stream).len;
    if (side->lost) {
        tt_stream_take_unclaimed(&side->stream, left);
    } else if (side->skip > 0) {
        size_t len = side->skip < left ? (size_t)side->skip : left;
        side->skip -= len;
        tt_stream_take_unclaimed(&side->stream, len);
    } else {
        step_message(dns, side);
    }
}

/* The length of the message tells where the next one begins, unless the length itself is missing.
 */
static void take_gap(struct side *side, uint64_t gap)
{
    static const char text[] = "bytes are missing in a DNS stream: messages may be cut or missed";
    uint64_t held = tt_gather_len(&side->gather);
    uint64_t left = side->skip;
    if (held >= PREFIX_LEN)
        left = prefixed_len(tt_gather_bytes(&side->gather)) - held;
    uint64_t offset = side->stream.end - gap;
    tt_stream_give_up_gather(&side->stream, &side->gather);
    tt_stream_note(&side->stream, "dns.gap", offset, gap, text);
    side->lost = side->lost || gap > left;
    side->skip = side->lost ? 0 : left - gap;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct dns *dns = state;
    struct side *side = &dns->sides[chunk->direction];
    tt_stream_enter(&side->stream, chunk);
    if ((chunk->flags & TT_CHUNK_DATAGRAM) != 0) {
        feed_datagram(dns, &side->stream);
    } else {
        if (chunk->gap > 0)
            take_gap(side, chunk->gap);
        while (tt_stream_rest(&side->stream).len > 0)
            step(dns, side);
        if ((chunk->flags & TT_CHUNK_END) != 0)
            tt_stream_give_up_gather(&side->stream, &side->gather);
    }
    *ret_used = tt_stream_leave(&side->stream);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    struct dns *dns = state;
    if (dns == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        tt_stream_give_up_gather(&dns->sides[i].stream, &dns->sides[i].gather);
    free(dns);
}

const struct tt_proto tt_proto_dns = {.name = "dns",
                                      .title = "DNS, mDNS and LLMNR",
                                      .spec = "RFC 1035",
                                      .transports = TT_PROTO_TCP | TT_PROTO_UDP,
                                      .probe = probe,
                                      .open = open_flow,
                                      .feed = feed,
                                      .close = close_flow};
