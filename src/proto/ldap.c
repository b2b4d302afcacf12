/* LDAP: RFC 4511 (messages, and StartTLS in section 4.14), in the BER of X.690, and the buffers of
 * a security layer of SASL (RFC 4422, section 3.7). */
#include "proto/list.h"

#include "base/compiler.h"
#include "base/reader.h"
#include "model/limits.h"
#include "proto/fields.h"
#include "proto/line.h"

#include <stdlib.h>

enum {
    BER_INTEGER = 0x02,
    BER_OCTETS = 0x04,
    BER_SEQUENCE = 0x30,
    BER_CONSTRUCTED = 0x20,
    OP_BIND = 0x60,
    OP_BIND_ANSWER = 0x61,
    OP_SEARCH = 0x63,
    OP_EXTENDED = 0x77,
    OP_EXTENDED_ANSWER = 0x78,
    TLS_HANDSHAKE = 0x16, /* the type of a record (RFC 8446, section 5.1) */
    BIND_SIMPLE = 0x80,   /* the password of a bind request; the name of an extended one */
    BIND_SASL = 0xa3,     /* mechanism and credentials of a bind request */
    SASL_HEAD = 4         /* the length in front of a buffer of a security layer */
};

static const char OTHER[] = "ldap.message";

static const uint16_t ports[] = {389, 636, 3268, 3269};

struct side {
    struct tt_stream stream;
    struct tt_gather gather;
    uint64_t skip; /* bytes left of a message that is not read */
    bool lost;     /* where the next message begins is not known */
};

struct ldap {
    struct side sides[2];
    bool starttls;
    bool sasl; /* a bind by SASL was asked for: a security layer may follow */
};

/* ---- BER ---- */

struct element {
    uint8_t tag;
    size_t head; /* bytes of tag and length */
    uint64_t len;
};

/* Tags of one byte, definite lengths of at most four: RFC 4511, section 5.1. */
static enum tt_probe read_element(struct tt_span in, struct element *ret_element)
{
    struct tt_reader reader = tt_reader_of(in);
    uint8_t tag = tt_read_u8(&reader);
    uint8_t first = tt_read_u8(&reader);
    uint64_t len = first;
    if (!reader.failed && first >= 0x80) {
        unsigned count = first & 0x7fU;
        if (count == 0 || count > 4)
            return TT_PROBE_NO;
        len = 0;
        for (unsigned i = 0; i < count; i++)
            len = len << 8 | tt_read_u8(&reader);
    }
    if (reader.failed)
        return TT_PROBE_MORE;
    *ret_element =
        (struct element){.tag = tag, .head = in.len - tt_reader_left(&reader), .len = len};
    return TT_PROBE_YES;
}

/* ---- recognition ---- */

static bool known_operation(uint8_t tag)
{
    return tag == OP_BIND || tag == OP_BIND_ANSWER || tag == OP_SEARCH || tag == OP_EXTENDED ||
           tag == OP_EXTENDED_ANSWER;
}

/* A sequence of a small number and an operation; elsewhere than at its ports, a bind request. At
 * them, lengths may lie: it is LDAP, and a note tells of them. */
static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    struct element message = {0};
    struct element number = {0};
    struct element operation = {0};
    if (head.len > 0 && head.data[0] != BER_SEQUENCE)
        return TT_PROBE_NO;
    enum tt_probe answer = read_element(head, &message);
    if (answer != TT_PROBE_YES)
        return answer;
    struct tt_span rest = tt_span_from(head, message.head);
    answer = read_element(rest, &number);
    if (answer != TT_PROBE_YES)
        return answer;
    if (number.tag != BER_INTEGER || number.len == 0 || number.len > 4)
        return TT_PROBE_NO;
    rest = tt_span_from(rest, number.head + (size_t)number.len);
    answer = read_element(rest, &operation);
    if (answer != TT_PROBE_YES)
        return answer;
    if (tt_line_port(flow, ports, TT_ARRAY_LEN(ports)))
        return known_operation(operation.tag) || message.len > TT_STANZA_MAX ? TT_PROBE_YES
                                                                             : TT_PROBE_NO;
    if (number.head + number.len + operation.head + operation.len > message.len)
        return TT_PROBE_NO;
    static const uint8_t version[] = {BER_INTEGER, 1, 3, BER_OCTETS};
    struct tt_span bind = tt_span_from(rest, operation.head);
    if (operation.tag != OP_BIND || bind.len < sizeof(version))
        return TT_PROBE_NO;
    return tt_span_starts(bind, tt_span_of(version, sizeof(version))) ? TT_PROBE_YES : TT_PROBE_NO;
}

/* ---- messages ---- */

static const char *kind_of(uint8_t operation)
{
    switch (operation) {
    case OP_BIND:
        return "bind";
    case OP_SEARCH:
        return "search";
    case OP_EXTENDED:
        return "extended";
    case OP_BIND_ANSWER:
    case OP_EXTENDED_ANSWER:
        return "response";
    default:
        return "message";
    }
}

/* What a text is called: of a bind request the first one is the name, then comes the password or
 * SASL's mechanism and credentials (section 4.2). */
static const char *step_of(uint8_t operation, uint8_t tag, size_t *texts)
{
    *texts += 1;
    if (operation != OP_BIND)
        return "ldap.value";
    if (*texts == 1)
        return "ldap.bind.name";
    if (tag == BIND_SIMPLE)
        return "ldap.bind.password";
    return *texts == 3 ? "ldap.bind.credentials" : "ldap.value";
}

static bool is_text(uint8_t tag)
{
    /* Octet strings, and what stands in their place under a tag of the context. */
    return tag == BER_OCTETS || (tag >= 0x80 && tag < 0xa0) || (tag >= 0x40 && tag < 0x60);
}

struct reading {
    uint8_t operation;
    size_t texts;
    bool start_tls; /* an extended request for it */
    bool sasl;      /* a bind request by it */
    bool refused;   /* a result that is not success */
};

/* One element: its head, and its content where it is none of elements. False: malformed. */
static bool read_part(struct tt_fields *fields, struct reading *reading)
{
    struct element part = {0};
    struct tt_span rest = tt_fields_rest(fields);
    if (read_element(rest, &part) != TT_PROBE_YES || part.len > rest.len - part.head)
        return false;
    struct tt_span content = tt_span_sub(rest, part.head, (size_t)part.len);
    bool constructed = (part.tag & BER_CONSTRUCTED) != 0;
    if (reading->operation == 0 && part.tag >= 0x40) {
        reading->operation = part.tag;
        fields->msg.kind = kind_of(part.tag);
    }
    tt_fields_skip(fields, part.head);
    if (reading->operation == OP_BIND && part.tag == BIND_SASL)
        reading->sasl = true;
    if (constructed)
        return true;
    if (!is_text(part.tag)) {
        if (part.tag == 0x0a && content.len == 1 && content.data[0] != 0)
            reading->refused = true;
        tt_fields_skip(fields, content.len);
        return true;
    }
    const char *step = step_of(reading->operation, part.tag, &reading->texts);
    if (reading->operation == OP_EXTENDED && part.tag == BIND_SIMPLE)
        reading->start_tls = tt_span_is(content, "1.3.6.1.4.1.1466.20037");
    if (reading->operation == OP_BIND && reading->texts == 1)
        tt_fields_name(fields, content);
    tt_fields_put(fields, step, content.len);
    return true;
}

static enum tt_next take_message(struct ldap *ldap, const struct side *side,
                                 const struct tt_extent *extent)
{
    struct tt_fields fields;
    struct reading reading = {0};
    tt_fields_over(&fields, &side->stream, extent, tt_proto_ldap.name, "message", OTHER);
    while (tt_fields_rest(&fields).len > 0)
        if (!read_part(&fields, &reading)) {
            tt_fields_spoil(&fields, "ldap.malformed", "an LDAP message is malformed");
            break;
        }
    tt_fields_end(&fields);
    tt_fields_tell(&fields);
    if (reading.start_tls)
        ldap->starttls = true;
    if (reading.sasl)
        ldap->sasl = true;
    if (reading.operation != OP_EXTENDED_ANSWER || !ldap->starttls)
        return TT_NEXT_STAY;
    ldap->starttls = false;
    return reading.refused ? TT_NEXT_STAY : TT_NEXT_PROBE;
}

/* ---- the stream ---- */

static void lose(struct side *side, const char *code, const char *text)
{
    tt_stream_note(&side->stream, code, side->stream.end, 0, text);
    tt_stream_give_up_gather(&side->stream, &side->gather);
    side->lost = true;
}

/* All flows together have gathered too much. */
static void give_up(void *owner)
{
    lose(owner, "ldap.limit",
         "too many unfinished LDAP messages at once: the rest of a stream is searched raw");
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
    if (tt_stream_gather(stream, &side->gather, TT_STANZA_MAX, len, give_up, side) != TT_OK) {
        lose(side, "ldap.limit", "no room for an LDAP message: the rest is searched raw");
        return false;
    }
    tt_stream_take(stream, len);
    return enough;
}

/* The head of the next message, which `head` may cut. False: not all there, or none. */
static bool read_head(struct side *side, struct tt_span head, struct element *ret_element)
{
    enum tt_probe answer = read_element(head, ret_element);
    if (answer == TT_PROBE_NO || (head.len > 0 && head.data[0] != BER_SEQUENCE)) {
        lose(side, "ldap.malformed", "no LDAP message: the rest of the stream is searched raw");
        return false;
    }
    return answer == TT_PROBE_YES;
}

/* A message that is too long is searched raw. */
static void pass_message(struct side *side, uint64_t len)
{
    tt_stream_note(&side->stream, "ldap.limit", side->stream.end, len,
                   "an LDAP message is too long to be read: it is searched raw");
    side->skip = len - tt_gather_len(&side->gather);
    tt_stream_give_up_gather(&side->stream, &side->gather);
}

/* A buffer of a security layer, which begins with its length: of at most 2^24 bytes with GSS-API
 * (RFC 4752, section 3.3), so that the first byte is none of a message. It may be sealed, or signed
 * alone: it is searched raw. */
static void pass_buffer(struct side *side, struct tt_span head)
{
    if (head.len < SASL_HEAD) {
        (void)gather_to(side, tt_gather_len(&side->gather) + 1);
        return;
    }
    struct tt_reader reader = tt_reader_of(head);
    size_t held = tt_gather_len(&side->gather);
    uint64_t len = SASL_HEAD + (uint64_t)tt_read_u32(&reader);
    tt_stream_note(&side->stream, "ldap.sasl", side->stream.end - held, len,
                   "a SASL security layer signs or encrypts what LDAP says: it is not opened, and "
                   "searched raw");
    side->skip = len - held;
    tt_stream_give_up_gather(&side->stream, &side->gather);
}

static enum tt_next step_message(struct ldap *ldap, struct side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    struct element message = {0};
    bool fresh = tt_gather_len(&side->gather) == 0;
    if (fresh && ldap->starttls && rest.data[0] == TLS_HANDSHAKE)
        return TT_NEXT_PROBE; /* the answer was not seen */
    struct tt_span head = fresh ? rest : tt_gather_bytes(&side->gather);
    if (ldap->sasl && head.data[0] == 0) {
        pass_buffer(side, head);
        return TT_NEXT_STAY;
    }
    if (!read_head(side, head, &message)) {
        if (!side->lost) /* a byte at a time: the head is short */
            (void)gather_to(side, tt_gather_len(&side->gather) + 1);
        return TT_NEXT_STAY;
    }
    uint64_t len = message.head + message.len;
    if (len > TT_STANZA_MAX) {
        pass_message(side, len);
        return TT_NEXT_STAY;
    }
    if (fresh && rest.len >= len) {
        struct tt_part part;
        struct tt_extent extent =
            tt_extent_of_chunk(stream->chunk, tt_stream_at(stream), (size_t)len, &part);
        tt_stream_take(stream, (size_t)len);
        return take_message(ldap, side, &extent);
    }
    if (!gather_to(side, (size_t)len))
        return TT_NEXT_STAY;
    struct tt_extent extent = tt_gather_extent(&side->gather);
    enum tt_next next = take_message(ldap, side, &extent);
    tt_gather_clear(&side->gather);
    return next;
}

static enum tt_next step(struct ldap *ldap, struct side *side)
{
    size_t left = tt_stream_rest(&side->stream).len;
    if (!side->lost && side->skip == 0)
        return step_message(ldap, side);
    size_t len = side->lost || side->skip > left ? left : (size_t)side->skip;
    side->skip -= side->lost ? 0 : len;
    tt_stream_take_unclaimed(&side->stream, len);
    return TT_NEXT_STAY;
}

/* The stream is over. */
static void end_stream(struct side *side)
{
    size_t held = tt_gather_len(&side->gather);
    if (held > 0 || side->skip > 0)
        tt_stream_note(&side->stream, "ldap.cut", side->stream.end - held, held,
                       "a stream ends inside an LDAP message: it is searched raw");
    tt_stream_give_up_gather(&side->stream, &side->gather);
    side->skip = 0;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct ldap *ldap = calloc(1, sizeof(*ldap));
    if (ldap == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++)
        ldap->sides[i].stream = tt_stream_make(sink, flow, (enum tt_direction)i);
    return ldap;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct ldap *ldap = state;
    struct side *side = &ldap->sides[chunk->direction];
    enum tt_next next = TT_NEXT_STAY;
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0 && !side->lost) {
        if (chunk->gap <= side->skip) {
            side->skip -= chunk->gap;
            tt_stream_note(&side->stream, "ldap.gap", chunk->offset - chunk->gap, chunk->gap,
                           "bytes are missing in an LDAP message");
        } else {
            lose(side, "ldap.gap",
                 "bytes are missing between LDAP messages: the rest is searched raw");
        }
    }
    while (next == TT_NEXT_STAY && tt_stream_rest(&side->stream).len > 0)
        next = step(ldap, side);
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_stream(side);
    *ret_used = tt_stream_leave(&side->stream);
    return next;
}

static void close_flow(void *state)
{
    struct ldap *ldap = state;
    if (ldap == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        end_stream(&ldap->sides[i]);
    free(ldap);
}

const struct tt_proto tt_proto_ldap = {.name = "ldap",
                                       .title = "LDAP, with StartTLS",
                                       .spec = "RFC 4511",
                                       .transports = TT_PROTO_TCP,
                                       .probe = probe,
                                       .open = open_flow,
                                       .feed = feed,
                                       .close = close_flow};
