/* TLS, recognised but not opened: RFC 8446 and RFC 5246.
 *
 * A record is
 *
 *     type (1) | version (2) | length (2) | payload (length)
 *
 * Handshake messages in clear text go out as a body, so that they are searched; encrypted records
 * are counted as such. */
#include "proto/list.h"

#include "base/reader.h"
#include "model/limits.h"
#include "proto/stream.h"
#include "proto/tls_hello.h"

#include <stdlib.h>

enum {
    HEADER_LEN = 5,
    RECORD_MAX = 16640, /* 2^14 + 256: RFC 8446, section 5.2 */
    SEALED_MIN = 16,    /* every cipher adds at least a tag or a digest */
    TYPE_CHANGE_CIPHER_SPEC = 20,
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_APPLICATION_DATA = 23,
    TYPE_HEARTBEAT = 24
};

enum state {
    STATE_HEADER, /* before a record, or in its header */
    STATE_RECORD, /* in its payload */
    STATE_LOST    /* looking for a record */
};

/* What becomes of a payload. */
enum fate {
    FATE_HANDSHAKE, /* a part of the handshake body */
    FATE_FRAMING,   /* short, and fully understood */
    FATE_ENCRYPTED,
    FATE_RAW /* in clear text, but not understood: unclaimed */
};

struct side {
    struct tt_stream stream;
    struct tt_gather header; /* a header that spans chunks */
    size_t remaining;        /* bytes of the payload */
    enum state state;
    enum fate fate;

    struct tt_gather hello; /* the first handshake message */
    void *body;
    uint64_t body_at;
    bool body_open;
    bool hello_done; /* it was read, or is none */
    bool cipher_on;  /* a ChangeCipherSpec was sent */
};

struct tls {
    struct side sides[2];
    uint16_t version; /* chosen by the server; 0: not known */
    bool null_cipher;
};

struct header {
    uint8_t type;
    uint16_t version;
    size_t len;
};

static struct header read_header(struct tt_span bytes)
{
    struct tt_reader reader = tt_reader_of(bytes);
    struct header header = {.type = tt_read_u8(&reader), .version = tt_read_u16(&reader)};
    header.len = tt_read_u16(&reader);
    return header;
}

static inline bool is_type(uint8_t byte)
{
    return byte >= TYPE_CHANGE_CIPHER_SPEC && byte <= TYPE_HEARTBEAT;
}

/* Can these bytes (perhaps fewer than a header) begin a record? */
static bool is_record_start(struct tt_span bytes)
{
    if (bytes.len > 0 && !is_type(bytes.data[0]))
        return false;
    if (bytes.len > 1 && bytes.data[1] != 3)
        return false;
    if (bytes.len > 2 && bytes.data[2] > (TT_TLS_1_3 & 0xff))
        return false;
    if (bytes.len < HEADER_LEN)
        return true;
    size_t len = read_header(bytes).len;
    return len > 0 && len <= RECORD_MAX;
}

/* The first record of a direction, by its type. */
static enum tt_probe probe_record(const struct tt_flow *flow, struct tt_span head)
{
    struct header header = read_header(head);
    uint8_t first = head.data[HEADER_LEN];
    struct tt_span next = tt_span_from(head, HEADER_LEN + header.len);
    bool yes = false;
    switch (header.type) {
    case TYPE_HANDSHAKE:
        /* Where the opening was seen, one side begins with one hello, the other with the other. */
        yes = first == TT_TLS_CLIENT_HELLO || first == TT_TLS_SERVER_HELLO;
        if (!flow->initiator_known)
            yes = yes || (first > 0 && first <= 24);
        break;
    case TYPE_ALERT:
        yes = header.len == 2 && (first == 1 || first == 2);
        break;
    case TYPE_CHANGE_CIPHER_SPEC:
        yes = !flow->initiator_known && header.len == 1 && first == 1;
        break;
    case TYPE_APPLICATION_DATA:
        yes = !flow->initiator_known && header.len >= SEALED_MIN;
        break;
    default:
        break;
    }
    return yes && is_record_start(next) ? TT_PROBE_YES : TT_PROBE_NO;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    if (!is_record_start(head))
        return TT_PROBE_NO;
    return head.len <= HEADER_LEN ? TT_PROBE_MORE : probe_record(flow, head);
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &tls->sides[i];
        side->stream = tt_stream_make(sink, flow, (enum tt_direction)i);
        side->state = flow->initiator_known ? STATE_HEADER : STATE_LOST;
    }
    return tls;
}

/* ---- hello messages ---- */

/* `len`: of the message, which is the first thing in the gather. */
static void tell_hello(struct tls *tls, struct side *side, const struct tt_tls_hello *hello,
                       size_t len)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    struct tt_extent extent = tt_gather_extent(&side->hello);
    struct tt_origin origin = tt_extent_origin(&extent, 0, len);
    struct tt_msg msg = {.flow = side->stream.flow,
                         .direction = side->stream.direction,
                         .protocol = "tls",
                         .kind = hello->server ? "server_hello" : "client_hello",
                         .name = hello->name,
                         .body_bytes = len,
                         .origin = origin,
                         .complete = true};
    msg.origin.time = extent.parts[0].origin.time;
    if (hello->server) {
        msg.name = tt_tls_version_name(hello->version);
        tls->version = hello->version;
        tls->null_cipher = tt_tls_suite_is_null(hello->suite);
    } else if (hello->name[0] == '\0') {
        msg.name = NULL;
    } else {
        struct tt_name_record record = {.source = TT_NAME_SNI,
                                        .frame = origin.first_frame,
                                        .time = msg.origin.time,
                                        .flow = side->stream.flow->id,
                                        .name = hello->name};
        sink->name(sink->context, &record);
    }
    sink->message(sink->context, &msg);
}

static void end_hello(struct side *side)
{
    side->hello_done = true;
    tt_gather_clear(&side->hello);
}

static void hello_note(struct side *side, const char *code, const char *text)
{
    uint64_t at =
        tt_gather_len(&side->hello) > 0 ? tt_gather_offset(&side->hello) : side->stream.end;
    tt_stream_note(&side->stream, code, at, 0, text);
}

/* Its bytes are in the handshake body already. */
static void give_up_hello(void *owner)
{
    struct side *side = owner;
    hello_note(side, "tls.hello_limit", "too many unfinished TLS hellos at once: one was not read");
    end_hello(side);
}

/* The next `len` bytes of the rest are of a handshake record: of the first message, as long as it
 * lasts. */
static void gather_hello(struct tls *tls, struct side *side, size_t len)
{
    struct tt_gather *hello = &side->hello;
    if (tt_stream_gather(&side->stream, hello, TT_TLS_HANDSHAKE_MAX, len, give_up_hello, side) !=
        TT_OK) {
        hello_note(side, "tls.hello_limit", "a TLS hello is longer than the limit: not read");
        end_hello(side);
        return;
    }
    struct tt_span bytes = tt_gather_bytes(hello);
    if (bytes.len < TT_TLS_HANDSHAKE_HEADER)
        return;
    struct tt_reader reader = tt_reader_of(bytes);
    uint8_t type = tt_read_u8(&reader);
    size_t want = TT_TLS_HANDSHAKE_HEADER + tt_read_u24(&reader);
    if (type != TT_TLS_CLIENT_HELLO && type != TT_TLS_SERVER_HELLO) {
        end_hello(side);
        return;
    }
    if (want > TT_TLS_HANDSHAKE_MAX) {
        hello_note(side, "tls.hello_limit", "a TLS hello is longer than the limit: not read");
        end_hello(side);
    } else if (bytes.len >= want) {
        struct tt_tls_hello parsed;
        if (tt_tls_hello_read(tt_span_sub(bytes, 0, want), &parsed))
            tell_hello(tls, side, &parsed, want);
        else
            hello_note(side, "tls.malformed", "a TLS hello is malformed: searched as it stands");
        end_hello(side);
    }
}

/* ---- the handshake body ---- */

static void close_body(struct side *side, enum tt_body_end end, uint64_t stream_end)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    if (side->body_open && side->body != NULL)
        sink->body_close(sink->context, side->body, end, stream_end);
    side->body_open = false;
    side->body = NULL;
}

static void open_body(struct side *side, uint64_t at)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    struct tt_body body = {.flow = side->stream.flow,
                           .direction = side->stream.direction,
                           .kind = TT_STEP_SLICE,
                           .format = TT_FORMAT_OPAQUE,
                           .step = "tls.handshake",
                           .at = at};
    struct tt_msg msg = {.flow = side->stream.flow,
                         .direction = side->stream.direction,
                         .protocol = "tls",
                         .kind = "handshake",
                         .origin = tt_stream_origin(&side->stream)};
    side->body = sink->body_open(sink->context, &body, "tls.record", &msg);
    side->body_open = true;
    side->body_at = 0;
}

static void take_handshake(struct tls *tls, struct side *side, size_t len)
{
    const struct tt_proto_sink *sink = side->stream.sink;
    struct tt_piece piece = {.bytes = tt_span_sub(tt_stream_rest(&side->stream), 0, len),
                             .at = side->body_at,
                             .origin = tt_stream_origin(&side->stream)};
    if (side->body != NULL)
        sink->body_data(sink->context, side->body, &piece);
    side->body_at += len;
    if (!side->hello_done)
        gather_hello(tls, side, len);
    tt_stream_take(&side->stream, len);
}

/* ---- records ---- */

static enum fate sealed(const struct tls *tls)
{
    return tls->null_cipher ? FATE_RAW : FATE_ENCRYPTED;
}

static enum fate fate_of(const struct tls *tls, const struct side *side,
                         const struct header *header)
{
    /* In TLS 1.3 everything that is encrypted looks like application data, and ChangeCipherSpec
     * means nothing (RFC 8446, appendix D.4). */
    bool on = side->cipher_on && tls->version != TT_TLS_1_3;
    switch (header->type) {
    case TYPE_CHANGE_CIPHER_SPEC:
        return header->len == 1 ? FATE_FRAMING : FATE_RAW;
    case TYPE_ALERT:
        if (on)
            return sealed(tls);
        return header->len == 2 ? FATE_FRAMING : FATE_RAW;
    case TYPE_HANDSHAKE:
        return on ? sealed(tls) : FATE_HANDSHAKE;
    case TYPE_APPLICATION_DATA:
        return sealed(tls);
    default:
        return on ? sealed(tls) : FATE_RAW;
    }
}

static void begin_record(struct tls *tls, struct side *side, struct tt_span bytes)
{
    struct header header = read_header(bytes);
    uint64_t at = side->stream.end - HEADER_LEN;
    side->fate = fate_of(tls, side, &header);
    side->remaining = header.len;
    side->state = STATE_RECORD;
    if (header.type == TYPE_CHANGE_CIPHER_SPEC)
        side->cipher_on = true;
    if (side->fate != FATE_HANDSHAKE)
        close_body(side, TT_BODY_COMPLETE, at);
    else if (!side->body_open)
        open_body(side, at);
    tt_stream_account(&side->stream,
                      side->fate == FATE_ENCRYPTED ? TT_BUCKET_ENCRYPTED : TT_BUCKET_DECODED,
                      HEADER_LEN);
}

static void lose(struct side *side)
{
    close_body(side, TT_BODY_CUT, side->stream.end);
    if (!side->hello_done)
        end_hello(side);
    side->state = STATE_LOST;
}

static void refuse_header(struct side *side, uint64_t offset)
{
    tt_stream_note(&side->stream, "tls.malformed", offset, 0,
                   "bytes that are no TLS record: searched raw up to the next record");
    lose(side);
}

/* In the middle of a header that began in an earlier chunk. */
static void step_split_header(struct tls *tls, struct side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_gather *gather = &side->header;
    size_t left = tt_stream_rest(stream).len;
    size_t len = HEADER_LEN - tt_gather_len(gather);
    if (len > left)
        len = left;
    bool added = tt_stream_gather(stream, gather, HEADER_LEN, len, NULL, NULL) == TT_OK;
    if (added)
        tt_stream_take(stream, len);
    if (!added || !is_record_start(tt_gather_bytes(gather))) {
        if (side->state == STATE_HEADER)
            refuse_header(side, tt_gather_len(gather) > 0 ? tt_gather_offset(gather) : stream->end);
        tt_stream_give_up_gather(stream, gather);
    } else if (tt_gather_len(gather) == HEADER_LEN) {
        begin_record(tls, side, tt_gather_bytes(gather));
        tt_gather_clear(gather);
    }
}

static void step_header(struct tls *tls, struct side *side)
{
    struct tt_stream *stream = &side->stream;
    struct tt_span rest = tt_stream_rest(stream);
    if (tt_gather_len(&side->header) > 0 || rest.len < HEADER_LEN) {
        step_split_header(tls, side);
    } else if (is_record_start(rest)) {
        tt_stream_take(stream, HEADER_LEN);
        begin_record(tls, side, rest);
    } else {
        refuse_header(side, stream->end);
    }
}

static void step_record(struct tls *tls, struct side *side)
{
    struct tt_stream *stream = &side->stream;
    size_t len = tt_stream_rest(stream).len;
    if (len > side->remaining)
        len = side->remaining;
    side->remaining -= len;
    switch (side->fate) {
    case FATE_HANDSHAKE:
        take_handshake(tls, side, len);
        break;
    case FATE_FRAMING:
        tt_stream_take_framing(stream, len);
        break;
    case FATE_ENCRYPTED:
        tt_stream_account(stream, TT_BUCKET_ENCRYPTED, len);
        tt_stream_take(stream, len);
        break;
    case FATE_RAW:
        tt_stream_take_unclaimed(stream, len);
        break;
    }
    if (side->remaining == 0)
        side->state = STATE_HEADER;
}

/* A header inside other bytes is believed when another one follows it, as far as that can be seen.
 */
static bool is_believed(struct tt_span bytes)
{
    if (!is_record_start(bytes))
        return false;
    return bytes.len < HEADER_LEN ||
           is_record_start(tt_span_from(bytes, HEADER_LEN + read_header(bytes).len));
}

static void step_lost(struct tls *tls, struct side *side)
{
    struct tt_stream *stream = &side->stream;
    if (tt_gather_len(&side->header) > 0) {
        step_split_header(tls, side);
        return;
    }
    struct tt_span rest = tt_stream_rest(stream);
    size_t at = 0;
    while (at < rest.len && !(is_type(rest.data[at]) && is_believed(tt_span_from(rest, at))))
        at++;
    tt_stream_take_unclaimed(stream, at);
    if (at < rest.len)
        step_header(tls, side);
}

static void step(struct tls *tls, struct side *side)
{
    switch (side->state) {
    case STATE_HEADER:
        step_header(tls, side);
        break;
    case STATE_RECORD:
        step_record(tls, side);
        break;
    case STATE_LOST:
        step_lost(tls, side);
        break;
    }
}

static void take_gap(struct side *side, uint64_t gap)
{
    tt_stream_note(&side->stream, "tls.gap", side->stream.end - gap, gap,
                   "bytes are missing in a TLS stream: records may be cut or missed");
    tt_stream_give_up_gather(&side->stream, &side->header);
    close_body(side, TT_BODY_CUT, side->stream.end - gap);
    if (!side->hello_done)
        end_hello(side);
    if (side->state != STATE_RECORD || gap > side->remaining) {
        side->state = STATE_LOST;
        return;
    }
    side->remaining -= (size_t)gap;
    if (side->fate == FATE_HANDSHAKE)
        side->fate = FATE_RAW;
    if (side->remaining == 0)
        side->state = STATE_HEADER;
}

static void end_side(struct side *side)
{
    tt_stream_give_up_gather(&side->stream, &side->header);
    bool whole = side->state == STATE_HEADER;
    close_body(side, whole ? TT_BODY_COMPLETE : TT_BODY_CUT, side->stream.end);
    /* Nothing should follow; if it does, it has no body to go to. */
    if (side->fate == FATE_HANDSHAKE)
        side->fate = FATE_RAW;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct tls *tls = state;
    struct side *side = &tls->sides[chunk->direction];
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0)
        take_gap(side, chunk->gap);
    while (tt_stream_rest(&side->stream).len > 0)
        step(tls, side);
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_side(side);
    *ret_used = tt_stream_leave(&side->stream);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    struct tls *tls = state;
    if (tls == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        end_side(&tls->sides[i]);
        tt_gather_clear(&tls->sides[i].header);
        tt_gather_clear(&tls->sides[i].hello);
    }
    free(tls);
}

const struct tt_proto tt_proto_tls = {.name = "tls",
                                      .title = "TLS, recognised (not opened)",
                                      .spec = "RFC 8446",
                                      .transports = TT_PROTO_TCP,
                                      .probe = probe,
                                      .open = open_flow,
                                      .feed = feed,
                                      .close = close_flow};
