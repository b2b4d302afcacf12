/* XMPP: RFC 6120 (streams, SASL, STARTTLS), and compression as XEP-0138 has it. Each element below
 * the stream's root is read as a text of its own. */
#include "proto/list.h"

#include "base/compiler.h"
#include "model/limits.h"
#include "proto/fields.h"
#include "proto/line.h"

#include <stdlib.h>

static const char OTHER[] = "xmpp.stanza";

static const uint16_t ports[] = {5222, 5223, 5269};

/* Where in the text. */
enum where { IN_TEXT, AT_TAG, IN_TAG, IN_SINGLE, IN_DOUBLE };

struct side {
    struct tt_stream stream;
    struct tt_gather gather;
    void *body; /* of what is compressed */
    uint64_t body_at;
    enum where where;
    unsigned depth; /* of open elements, the stream's root left out */
    bool closing;   /* the tag is an end tag */
    bool slash;     /* the byte before is "/" */
    bool question;  /* the tag is an instruction ("<?xml ...?>") */
    bool long_unit; /* the element is too long: it is searched raw to its end */
    bool lost;      /* bytes are missing: where elements begin is not known */
    bool packed;
    bool open;
};

struct xmpp {
    struct side sides[2];
    bool starttls;
    bool offers_tls[2]; /* by direction; and nobody asked for it */
};

/* ---- recognition ---- */

static bool begins_stanza(struct tt_span head)
{
    static const char *const stanzas[] = {"<iq", "<message", "<presence", NULL};
    return tt_line_begins_any(head, stanzas) == TT_PROBE_YES;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    static const char *const words[] = {"<?xml", "<stream:stream", NULL};
    bool known = tt_line_port(flow, ports, TT_ARRAY_LEN(ports));
    if (known && !flow->initiator_known && begins_stanza(head))
        return TT_PROBE_YES; /* the stream's root was not seen */
    enum tt_probe answer = tt_line_begins_any(head, words);
    if (answer != TT_PROBE_YES || known)
        return answer;
    if (tt_span_search(head, tt_span_str("<stream:stream")) != SIZE_MAX)
        return TT_PROBE_YES;
    return head.len < TT_PROBE_MAX ? TT_PROBE_MORE : TT_PROBE_NO;
}

/* ---- elements ---- */

/* The root's tags stand for themselves. */
static bool is_root(struct tt_span unit)
{
    return tt_span_starts(unit, tt_span_str("<stream:stream")) ||
           tt_span_starts(unit, tt_span_str("</stream:stream"));
}

static bool begins(struct tt_span unit, const char *name)
{
    size_t len = strlen(name);
    return unit.len > len + 1 && unit.data[0] == '<' &&
           tt_span_eq(tt_span_sub(unit, 1, len), tt_span_str(name)) &&
           !tt_is_alnum(unit.data[len + 1]) && unit.data[len + 1] != '-';
}

/* An element of SASL (RFC 6120, section 6): its text is base64. */
static bool is_sasl(struct tt_span unit)
{
    return begins(unit, "auth") || begins(unit, "response") || begins(unit, "challenge") ||
           begins(unit, "success");
}

/* "<auth mechanism='PLAIN'>AGFzaGEAc2VjcmV0</auth>" */
static void put_sasl(struct tt_fields *fields, struct tt_span unit)
{
    size_t from = tt_span_find(unit, '>');
    size_t to = from < unit.len ? from + 1 + tt_span_find(tt_span_from(unit, from + 1), '<') : from;
    if (to > from + 1 && to < unit.len) {
        tt_fields_leave(fields, from + 1);
        tt_fields_put_coded(fields, "xmpp.auth", "base64", to - from - 1);
    }
}

static const char *kind_of(struct tt_span unit)
{
    static const char *const kinds[] = {"message", "presence", "iq"};
    for (size_t i = 0; i < TT_ARRAY_LEN(kinds); i++)
        if (begins(unit, kinds[i]))
            return kinds[i];
    return is_root(unit) ? "stream" : "element";
}

static const char *step_of(struct tt_span unit)
{
    bool instruction = tt_span_starts(unit, tt_span_str("<?"));
    return is_root(unit) || instruction ? "xmpp.stream" : "xmpp.stanza";
}

static void pack(struct xmpp *xmpp)
{
    xmpp->sides[0].packed = true;
    xmpp->sides[1].packed = true;
}

/* RFC 6120, sections 5.4.1 and 6.4.2: the server offers TLS, and the client begins SASL. */
static void watch_tls(struct xmpp *xmpp, const struct side *side, struct tt_span unit)
{
    unsigned from = side->stream.direction;
    bool features = begins(unit, "stream:features") || begins(unit, "features");
    if (features)
        xmpp->offers_tls[from] = tt_span_search(unit, tt_span_str("<starttls")) != SIZE_MAX;
    if (begins(unit, "starttls"))
        xmpp->offers_tls[1 - from] = false;
    if (!begins(unit, "auth") && tt_span_search(unit, tt_span_str("jabber:iq:auth")) == SIZE_MAX)
        return;
    if (xmpp->offers_tls[1 - from] && !side->stream.sink->secured)
        tt_stream_note(&side->stream, "xmpp.starttls_unused", side->stream.end, 0,
                       "the server offers TLS, and the client goes on in clear text");
    xmpp->offers_tls[1 - from] = false;
}

/* Something between the root's tags, or one of those; `extent` was taken. */
static enum tt_next take_unit(struct xmpp *xmpp, const struct side *side,
                              const struct tt_extent *extent)
{
    struct tt_fields fields;
    struct tt_span unit = tt_span_trim(extent->bytes);
    size_t space = extent->bytes.len;
    tt_fields_over(&fields, &side->stream, extent, tt_proto_xmpp.name, kind_of(unit), OTHER);
    if (unit.len == 0) { /* a space keeps the connection open */
        tt_fields_skip(&fields, space);
        return TT_NEXT_STAY;
    }
    tt_fields_skip(&fields, (size_t)(unit.data - extent->bytes.data));
    if (is_sasl(unit))
        put_sasl(&fields, unit);
    else
        tt_fields_put(&fields, step_of(unit), unit.len);
    tt_fields_end(&fields);
    tt_fields_tell(&fields);
    watch_tls(xmpp, side, unit);
    if (begins(unit, "starttls"))
        xmpp->starttls = true;
    if (begins(unit, "compressed"))
        pack(xmpp);
    return xmpp->starttls && begins(unit, "proceed") ? TT_NEXT_PROBE : TT_NEXT_STAY;
}

/* A tag has ended. */
static void end_tag(struct side *side)
{
    if (side->question)
        return;
    if (side->closing)
        side->depth -= side->depth > 0;
    else if (!side->slash)
        side->depth++;
}

static void scan_tag(struct side *side, uint8_t c)
{
    if (c == '\'')
        side->where = IN_SINGLE;
    else if (c == '"')
        side->where = IN_DOUBLE;
    else if (c == '>')
        side->where = IN_TEXT;
    if (side->where == IN_TEXT)
        end_tag(side);
    side->slash = c == '/';
}

/* One byte; true when a tag ends with it. */
static bool scan(struct side *side, uint8_t c)
{
    switch (side->where) {
    case IN_TEXT:
        if (c == '<')
            side->where = AT_TAG;
        return false;
    case AT_TAG:
        side->closing = c == '/';
        side->question = c == '?' || c == '!';
        side->slash = false;
        side->where = c == '>' ? IN_TEXT : IN_TAG;
        return false;
    case IN_TAG:
        scan_tag(side, c);
        return side->where == IN_TEXT;
    case IN_SINGLE:
    case IN_DOUBLE:
        if (c == (side->where == IN_SINGLE ? '\'' : '"'))
            side->where = IN_TAG;
        return false;
    }
    return false;
}

/* The end of the unit in `rest`, whose first bytes were gathered: behind an instruction, a tag of
 * the root, or the end of an element below it. `*ret_ends`: it is there. */
static size_t find_end(struct side *side, struct tt_span rest, bool *ret_ends)
{
    *ret_ends = false;
    for (size_t at = 0; at < rest.len; at++) {
        if (!scan(side, rest.data[at]))
            continue;
        struct tt_span begun = tt_gather_len(&side->gather) > 0 ? tt_gather_bytes(&side->gather)
                                                                : tt_span_sub(rest, 0, at + 1);
        uint8_t room[32];
        if (begun.len < sizeof(room) && tt_gather_len(&side->gather) > 0) {
            struct tt_span more = tt_span_sub(rest, 0, sizeof(room) - begun.len);
            memcpy(room, begun.data, begun.len);
            memcpy(room + begun.len, more.data, more.len);
            begun = tt_span_of(room, begun.len + more.len);
        }
        bool root = is_root(tt_span_trim(begun));
        if (root)
            side->depth = 0;
        *ret_ends = root || side->depth == 0;
        if (*ret_ends)
            return at + 1;
    }
    return rest.len;
}

/* ---- the stream ---- */

/* All flows together have gathered too much; or the element is too long. */
static void give_up(void *owner)
{
    struct side *side = owner;
    tt_stream_note(&side->stream, "xmpp.limit", side->stream.end - tt_gather_len(&side->gather), 0,
                   "an element of an XMPP stream is too long to be read: it is searched raw");
    tt_stream_give_up_gather(&side->stream, &side->gather);
    side->long_unit = true;
}

static enum tt_next step_unit(struct xmpp *xmpp, struct side *side)
{
    struct tt_stream *stream = &side->stream;
    bool ends = false;
    size_t len = find_end(side, tt_stream_rest(stream), &ends);
    if (side->long_unit) {
        tt_stream_take_unclaimed(stream, len);
        side->long_unit = !ends;
        return TT_NEXT_STAY;
    }
    if (ends && tt_gather_len(&side->gather) == 0) {
        struct tt_part part;
        struct tt_extent unit = tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), len, &part);
        tt_stream_take(stream, len);
        return take_unit(xmpp, side, &unit);
    }
    if (tt_stream_gather(stream, &side->gather, TT_STANZA_MAX, len, give_up, side) != TT_OK) {
        give_up(side);
        tt_stream_take_unclaimed(stream, len);
        side->long_unit = !ends;
        return TT_NEXT_STAY;
    }
    tt_stream_take(stream, len);
    if (!ends)
        return TT_NEXT_STAY;
    struct tt_extent unit = tt_gather_extent(&side->gather);
    enum tt_next next = take_unit(xmpp, side, &unit);
    tt_gather_clear(&side->gather);
    return next;
}

/* What is compressed goes on to the end of the stream: one body. */
static void step_packed(struct side *side)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    struct tt_span rest = tt_stream_rest(&side->stream);
    if (!side->open) {
        const struct tt_body body = {.flow = side->stream.flow,
                                     .direction = side->stream.direction,
                                     .kind = TT_STEP_SLICE,
                                     .step = "xmpp.compressed",
                                     .at = side->stream.end};
        const struct tt_msg msg = {.flow = side->stream.flow,
                                   .direction = side->stream.direction,
                                   .protocol = tt_proto_xmpp.name,
                                   .kind = "compressed",
                                   .origin = tt_stream_origin(&side->stream)};
        side->body = sink->calls->body_open(sink->context, &body, NULL, &msg);
        side->open = true;
    }
    const struct tt_piece piece = {
        .bytes = rest, .at = side->body_at, .origin = tt_stream_origin(&side->stream)};
    if (side->body != NULL)
        sink->calls->body_data(sink->context, side->body, &piece);
    side->body_at += rest.len;
    tt_stream_take(&side->stream, rest.len);
}

static void end_packed(struct side *side, enum tt_body_end end)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    if (side->open && side->body != NULL)
        sink->calls->body_close(sink->context, side->body, end, side->stream.end);
    side->open = false;
    side->body = NULL;
}

/* Behind a hole, texts and compressed bytes are searched as they stand. */
static void take_gap(struct side *side, uint64_t gap, uint64_t end)
{
    uint64_t now = side->stream.end;
    side->stream.end = end;
    end_packed(side, TT_BODY_CUT);
    side->stream.end = now;
    tt_stream_note(&side->stream, "xmpp.gap", now - gap, gap,
                   "bytes are missing in an XMPP stream: it is searched raw up to the next stanza");
    tt_stream_give_up_gather(&side->stream, &side->gather);
    side->lost = true;
}

/* Who writes a stanza mostly sends it at once: a chunk that begins with one ends the loss. */
static void resume(struct side *side)
{
    if (!side->lost || side->packed || !begins_stanza(tt_stream_rest(&side->stream)))
        return;
    side->lost = false;
    side->long_unit = false;
    side->where = IN_TEXT;
    side->depth = 0;
    side->closing = false;
    side->slash = false;
    side->question = false;
}

/* A handshake record of TLS, although the answer to <starttls/> was not seen. */
static bool is_tls(const struct xmpp *xmpp, const struct side *side)
{
    return xmpp->starttls && tt_gather_len(&side->gather) == 0 &&
           tt_stream_rest(&side->stream).data[0] == 0x16;
}

static enum tt_next step(struct xmpp *xmpp, struct side *side)
{
    if (is_tls(xmpp, side))
        return TT_NEXT_PROBE;
    if (side->lost)
        tt_stream_take_unclaimed(&side->stream, tt_stream_rest(&side->stream).len);
    else if (side->packed)
        step_packed(side);
    else
        return step_unit(xmpp, side);
    return TT_NEXT_STAY;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct xmpp *xmpp = calloc(1, sizeof(*xmpp));
    if (xmpp == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++)
        xmpp->sides[i].stream = tt_stream_make(sink, flow, (enum tt_direction)i);
    return xmpp;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct xmpp *xmpp = state;
    struct side *side = &xmpp->sides[chunk->direction];
    uint64_t end = side->stream.end;
    enum tt_next next = TT_NEXT_STAY;
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0)
        take_gap(side, chunk->gap, end);
    resume(side);
    while (next == TT_NEXT_STAY && tt_stream_rest(&side->stream).len > 0)
        next = step(xmpp, side);
    if ((chunk->flags & TT_CHUNK_END) != 0) {
        tt_stream_give_up_gather(&side->stream, &side->gather);
        end_packed(side, TT_BODY_CUT);
    }
    *ret_used = tt_stream_leave(&side->stream);
    return next;
}

static void close_flow(void *state)
{
    struct xmpp *xmpp = state;
    if (xmpp == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        tt_stream_give_up_gather(&xmpp->sides[i].stream, &xmpp->sides[i].gather);
        end_packed(&xmpp->sides[i], TT_BODY_CUT);
    }
    free(xmpp);
}

const struct tt_proto tt_proto_xmpp = {.name = "xmpp",
                                       .title = "XMPP, with SASL, STARTTLS and compression",
                                       .spec = "RFC 6120",
                                       .transports = TT_PROTO_TCP,
                                       .probe = probe,
                                       .open = open_flow,
                                       .feed = feed,
                                       .close = close_flow};
