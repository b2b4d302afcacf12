#include "run/secure.h"

#include "decrypt/certificate.h"
#include "decrypt/probe.h"
#include "decrypt/record.h"
#include "decrypt/tls.h"
#include "run/channel.h"
#include "run/keyring.h"

#include <stdlib.h>

/* Handshake messages in clear text that follow each other: one body. */
struct clear {
    void *body;
    uint64_t len;
    uint64_t end; /* stream offset behind its last byte */
    bool open;
};

struct secure {
    struct tt_opener_sink opener_sink;
    struct channel *outer;
    struct channel *inner; /* of application data; NULL: none yet */
    struct tt_tls *tls;
    struct clear clear[2];
    uint64_t next[2]; /* offset in the inner channel behind what it got */
    bool packed;      /* what is opened is longer than what was sent (compression) */
    bool whole_names; /* the certificate of the server was read */
    uint64_t closed_bytes[TT_CLOSED_COUNT];
    uint64_t closed_frame[TT_CLOSED_COUNT];
};

static const struct tt_proto_sink *sink_of(const struct secure *secure)
{
    return &secure->outer->sink;
}

static struct tt_seal seal_of(const struct tt_security *security)
{
    return (struct tt_seal){.encryption = tt_version_text(security->version),
                            .cipher = security->suite->name,
                            .opened_with =
                                security->keyed ? tt_key_source_name(security->source) : NULL};
}

/* ---- handshake messages in clear text ---- */

static void end_clear(struct secure *secure, enum tt_direction direction, enum tt_body_end end)
{
    struct clear *clear = &secure->clear[direction];
    const struct tt_proto_sink *sink = sink_of(secure);
    if (clear->open && clear->body != NULL)
        sink->calls->body_close(sink->context, clear->body, end, clear->end);
    *clear = (struct clear){0};
}

static struct tt_msg handshake_message(const struct secure *secure, enum tt_direction direction,
                                       const struct tt_origin *origin)
{
    return (struct tt_msg){.flow = secure->outer->flow,
                           .direction = direction,
                           .protocol = "tls",
                           .kind = "handshake",
                           .origin = *origin};
}

static void *open_handshake(const struct secure *secure, enum tt_direction direction,
                            enum tt_step_kind kind, uint64_t at, const struct tt_origin *origin)
{
    const struct tt_proto_sink *sink = sink_of(secure);
    struct tt_body body = {.flow = secure->outer->flow,
                           .direction = direction,
                           .kind = kind,
                           .format = TT_FORMAT_OPAQUE,
                           .step = "tls.handshake",
                           .at = at};
    struct tt_msg msg = handshake_message(secure, direction, origin);
    return sink->calls->body_open(sink->context, &body, "tls.record", &msg);
}

static void on_clear(void *context, enum tt_direction direction, const struct tt_piece *piece)
{
    struct secure *secure = context;
    struct clear *clear = &secure->clear[direction];
    const struct tt_proto_sink *sink = sink_of(secure);
    if (!clear->open) {
        clear->body = open_handshake(secure, direction, TT_STEP_SLICE, piece->at, &piece->origin);
        clear->open = true;
    }
    struct tt_piece inside = *piece;
    inside.at = clear->len;
    if (clear->body != NULL)
        sink->calls->body_data(sink->context, clear->body, &inside);
    clear->len += piece->bytes.len;
    clear->end = piece->at + piece->bytes.len;
}

/* Handshake messages that were sealed: certificates of TLS 1.3 among them. */
static void search_opened_handshake(const struct secure *secure, const struct tt_plain *plain)
{
    const struct tt_proto_sink *sink = sink_of(secure);
    enum tt_direction direction = plain->place.direction;
    void *body =
        open_handshake(secure, direction, TT_STEP_CODING, plain->place.at, &plain->place.origin);
    const struct tt_piece piece = {.bytes = plain->bytes, .origin = plain->place.origin};
    if (body == NULL)
        return;
    sink->calls->body_data(sink->context, body, &piece);
    sink->calls->body_close(sink->context, body, TT_BODY_COMPLETE,
                            plain->place.at + plain->place.len);
}

/* ---- what the opener says ---- */

static void on_raw(void *context, enum tt_direction direction, const struct tt_piece *piece)
{
    struct secure *secure = context;
    const struct tt_proto_sink *sink = sink_of(secure);
    end_clear(secure, direction, TT_BODY_CUT);
    sink->calls->unclaimed(sink->context, secure->outer->flow, direction, piece);
}

static void account(const struct secure *secure, enum tt_direction direction, enum tt_bucket bucket,
                    uint64_t bytes)
{
    const struct tt_proto_sink *sink = sink_of(secure);
    if (bytes > 0)
        sink->calls->account(sink->context, secure->outer->flow, direction, bucket, bytes);
}

/* Opened records are accounted by what is in them. */
static void on_account(void *context, enum tt_direction direction, enum tt_bucket bucket,
                       uint64_t bytes)
{
    const struct secure *secure = context;
    if (bucket != TT_BUCKET_OPENED)
        account(secure, direction, bucket, bytes);
}

/* Is there an inner channel for this data? Makes it. */
static bool has_inner(struct secure *secure, const struct tt_plain *plain)
{
    struct tt_seal seal = seal_of(&plain->security);
    const struct inner inner = {.parent = secure->outer,
                                .name = {.protocol = "tls", .step = "tls.payload"},
                                .seal = seal,
                                .uncounted = secure->packed};
    if (secure->inner == NULL)
        secure->inner = tt_channel_new(secure->outer->flows, secure->outer->flow, &inner);
    else
        secure->inner->inner->seal = seal;
    return secure->inner != NULL;
}

static void feed_inner(struct secure *secure, const struct tt_plain *plain)
{
    const struct tt_place *place = &plain->place;
    struct tt_chunk chunk = {.flow = secure->outer->flow,
                             .direction = place->direction,
                             .offset = plain->at,
                             .gap = plain->gap,
                             .bytes = plain->bytes,
                             .first_frame = place->origin.first_frame,
                             .last_frame = place->origin.last_frame,
                             .time = place->origin.time};
    secure->next[place->direction] = plain->at + plain->bytes.len;
    tt_channel_chunk(secure->inner, &chunk);
}

static void on_plain(void *context, const struct tt_plain *plain)
{
    struct secure *secure = context;
    enum tt_direction direction = plain->place.direction;
    bool data = plain->type == TT_TYPE_APPLICATION_DATA && plain->bytes.len > 0;
    bool counted = data && !secure->packed && plain->bytes.len <= plain->place.len;
    end_clear(secure, direction, TT_BODY_COMPLETE);
    account(secure, direction, data && !counted ? TT_BUCKET_OPENED : TT_BUCKET_DECODED,
            plain->place.len - (counted ? plain->bytes.len : 0));
    if (data && has_inner(secure, plain))
        feed_inner(secure, plain);
    else if (plain->type == TT_TYPE_HANDSHAKE && plain->bytes.len > 0)
        search_opened_handshake(secure, plain);
}

static void on_closed(void *context, const struct tt_place *place, enum tt_closed reason)
{
    struct secure *secure = context;
    end_clear(secure, place->direction, TT_BODY_COMPLETE);
    if (secure->closed_bytes[reason] == 0)
        secure->closed_frame[reason] = place->origin.first_frame;
    secure->closed_bytes[reason] += place->len;
}

static void on_hello(void *context, const struct tt_place *place, const struct tt_hello *hello,
                     struct tt_span message)
{
    struct secure *secure = context;
    const struct tt_proto_sink *sink = sink_of(secure);
    struct tt_msg msg = {.flow = secure->outer->flow,
                         .direction = place->direction,
                         .protocol = "tls",
                         .kind = hello->server ? "server_hello" : "client_hello",
                         .body_bytes = message.len,
                         .origin = place->origin,
                         .complete = true};
    if (hello->server) {
        msg.name = tt_version_text(hello->version);
        secure->packed = hello->compression != 0;
    } else if (hello->name[0] != '\0') {
        const struct tt_name_record record = {.source = TT_NAME_SNI,
                                              .frame = place->origin.first_frame,
                                              .time = place->origin.time,
                                              .flow = secure->outer->flow->id,
                                              .name = hello->name};
        msg.name = hello->name;
        sink->calls->name(sink->context, &record);
    }
    sink->calls->message(sink->context, &msg);
}

/* The server's own certificate names it, once. */
static void on_certificate(void *context, const struct tt_place *place, size_t at,
                           struct tt_span der)
{
    struct secure *secure = context;
    const struct tt_proto_sink *sink = sink_of(secure);
    struct tt_certificate certificate;
    if (at > 0 || secure->whole_names || place->direction != TT_FROM_RESPONDER ||
        !tt_certificate_read(der, &certificate))
        return;
    secure->whole_names = true;
    for (size_t i = 0; i < certificate.name_count; i++) {
        const struct tt_name_record record = {.source = TT_NAME_CERTIFICATE,
                                              .frame = place->origin.first_frame,
                                              .time = place->origin.time,
                                              .flow = secure->outer->flow->id,
                                              .name = certificate.names[i]};
        sink->calls->name(sink->context, &record);
    }
}

static void on_note(void *context, const struct tt_note *note)
{
    const struct secure *secure = context;
    struct tt_note full = *note;
    full.flow = secure->outer->flow;
    tt_note_put(&sink_of(secure)->notes, &full);
}

/* ---- the table's calls ---- */

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    static const enum tt_probe answers[] = {[TT_LOOKS_NO] = TT_PROBE_NO,
                                            [TT_LOOKS_MORE] = TT_PROBE_MORE,
                                            [TT_LOOKS_YES] = TT_PROBE_YES};
    return answers[tt_tls_looks(head, flow->initiator_known)];
}

static void *open_channel(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct secure *secure = calloc(1, sizeof(*secure));
    if (secure == NULL)
        return NULL;
    secure->outer = sink->context;
    secure->opener_sink = (struct tt_opener_sink){.context = secure,
                                                  .clear = on_clear,
                                                  .raw = on_raw,
                                                  .account = on_account,
                                                  .plain = on_plain,
                                                  .closed = on_closed,
                                                  .hello = on_hello,
                                                  .certificate = on_certificate,
                                                  .notes = {.context = secure, .note = on_note}};
    secure->tls =
        tt_tls_new(secure->outer->flows->opener, &secure->opener_sink, flow->initiator_known);
    if (secure->tls == NULL) {
        free(secure);
        return NULL;
    }
    return secure;
}

static void end_inner(struct secure *secure, const struct tt_chunk *chunk)
{
    struct tt_chunk last = *chunk;
    last.offset = secure->next[chunk->direction];
    last.gap = 0;
    last.bytes = tt_span_of(NULL, 0);
    last.flags = TT_CHUNK_END;
    if (secure->inner != NULL)
        tt_channel_chunk(secure->inner, &last);
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct secure *secure = state;
    tt_tls_feed(secure->tls, chunk);
    if ((chunk->flags & TT_CHUNK_END) != 0) {
        end_clear(secure, chunk->direction, TT_BODY_COMPLETE);
        end_inner(secure, chunk);
    }
    *ret_used = chunk->bytes.len;
    return TT_NEXT_STAY;
}

/* Why bytes stayed closed, where somebody meant to open them. */
static void tell_closed(const struct secure *secure)
{
    static const char *const texts[TT_CLOSED_COUNT] = {
        [TT_CLOSED_NO_KEY] = "no key fits this TLS connection",
        [TT_CLOSED_BAD_KEY] = "a key is present for this TLS connection, but does not open it",
        [TT_CLOSED_NO_HELLO] = "the handshake of this TLS connection was not seen whole: which key "
                               "opens it cannot be told",
        [TT_CLOSED_NO_SUITE] = "a cipher suite that cannot be opened",
        [TT_CLOSED_DAMAGED] = "TLS records that are not whole, or cannot be opened for want of "
                              "those before them",
        [TT_CLOSED_LIMIT] = "TLS records that were not opened because too much would have had to "
                            "be held"};
    static const char *const codes[TT_CLOSED_COUNT] = {
        [TT_CLOSED_NO_KEY] = "tls.no_key",     [TT_CLOSED_BAD_KEY] = "tls.bad_key",
        [TT_CLOSED_NO_HELLO] = "tls.no_hello", [TT_CLOSED_NO_SUITE] = "tls.no_suite",
        [TT_CLOSED_DAMAGED] = "tls.damaged",   [TT_CLOSED_LIMIT] = "tls.limit"};
    for (size_t i = 0; i < TT_CLOSED_COUNT; i++) {
        const struct tt_note note = {.layer = "decrypt",
                                     .code = codes[i],
                                     .flow = secure->outer->flow,
                                     .frame = secure->closed_frame[i],
                                     .length = secure->closed_bytes[i],
                                     .text = texts[i]};
        if (secure->closed_bytes[i] > 0 && tt_keyring_any(secure->outer->flows->keys))
            tt_note_put(&sink_of(secure)->notes, &note);
    }
}

static void close_channel(void *state)
{
    struct secure *secure = state;
    tt_tls_free(secure->tls);
    end_clear(secure, TT_FROM_INITIATOR, TT_BODY_CUT);
    end_clear(secure, TT_FROM_RESPONDER, TT_BODY_CUT);
    if (secure->inner != NULL)
        tt_channel_close(secure->inner, NULL);
    tell_closed(secure);
    free(secure);
}

static const struct tt_proto tls = {.name = "tls",
                                    .title = "TLS and SSL 3.0",
                                    .spec = "RFC 8446, RFC 5246",
                                    .transports = TT_PROTO_TCP,
                                    .probe = probe,
                                    .open = open_channel,
                                    .feed = feed,
                                    .close = close_channel};

const struct tt_proto *tt_secure_at(size_t at)
{
    static const struct tt_proto *const openers[] = {&tls};
    return at < TT_ARRAY_LEN(openers) ? openers[at] : NULL;
}
