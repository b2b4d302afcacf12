#include "run/secure.h"

#include "decrypt/dtls.h"
#include "decrypt/probe.h"
#include "decrypt/record.h"
#include "decrypt/tls.h"
#include "run/channel.h"
#include "run/secure_tell.h"

#include <stdlib.h>
#include <string.h>

/* Handshake messages in clear text that follow each other: one body. */
struct clear {
    void *body;
    uint64_t len;
    uint64_t end; /* stream offset behind its last byte */
    bool open;
};

/* What differs between TLS and DTLS. */
struct kind {
    struct raw_name inner; /* what nobody recognises inside */
    const char *protocol;
    bool datagrams;
};

struct secure {
    struct tt_opener_sink opener_sink;
    const struct kind *kind;
    struct channel *outer;
    struct channel *inner; /* of application data; NULL: none yet */
    struct tt_tls *tls;    /* the one or the other */
    struct tt_dtls *dtls;
    const struct tt_chunk *fed; /* the chunk being read, or NULL */
    struct clear clear[2];
    char *host;                    /* that the client asked for, or NULL */
    uint64_t next[2];              /* offset in the inner channel behind what it got */
    void *told;                    /* tt_flows_sink.tls */
    struct tt_seal handshake_seal; /* of the last handshake messages, where they are `sealed` */
    uint16_t sealed_version;
    bool sealed[2];
    bool packed;      /* what is opened is longer than what was sent (compression) */
    bool whole_names; /* the certificate of the server was read */
    struct tt_closed_tally closed;
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

static void on_clear(void *context, enum tt_direction direction, const struct tt_piece *piece)
{
    struct secure *secure = context;
    struct clear *clear = &secure->clear[direction];
    const struct tt_proto_sink *sink = sink_of(secure);
    secure->sealed[direction] = false;
    if (!clear->open) {
        clear->body = tt_secure_open_handshake(secure->outer, secure->kind->protocol, direction,
                                               TT_STEP_SLICE, piece->at, &piece->origin, NULL);
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
        tt_secure_open_handshake(secure->outer, secure->kind->protocol, direction, TT_STEP_CODING,
                                 plain->place.at, &plain->place.origin, &secure->handshake_seal);
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
                                .name = secure->kind->inner,
                                .seal = seal,
                                .host = secure->host,
                                .datagrams = secure->kind->datagrams,
                                .uncounted = secure->packed || !tt_channel_counts(secure->outer)};
    if (secure->inner == NULL)
        secure->inner = tt_channel_new(secure->outer->flows, secure->outer->flow, &inner);
    else
        secure->inner->inner->seal = seal;
    return secure->inner != NULL;
}

/* Where in TCP a record stands that ends in the chunk being read; one that waited, or that lies in
 * another channel, has no such place. */
static void place_in_tcp(const struct secure *secure, const struct tt_place *place,
                         struct tt_chunk *chunk)
{
    const struct tt_chunk *fed = secure->fed;
    uint64_t end = place->at + place->len;
    if (fed == NULL || fed->heard == 0 || fed->direction != place->direction ||
        fed->sent_at != fed->offset || end <= fed->sent_at || end > fed->sent_end)
        return;
    chunk->sent_at = place->at;
    chunk->sent_end = end;
    chunk->heard = fed->heard;
}

static void feed_inner(struct secure *secure, const struct tt_plain *plain)
{
    const struct tt_place *place = &plain->place;
    struct tt_chunk chunk = {.flow = secure->outer->flow,
                             .direction = place->direction,
                             .flags = secure->kind->datagrams ? TT_CHUNK_DATAGRAM : 0U,
                             .offset = secure->kind->datagrams ? 0 : plain->at,
                             .gap = secure->kind->datagrams ? 0 : plain->gap,
                             .bytes = plain->bytes,
                             .first_frame = place->origin.first_frame,
                             .last_frame = place->origin.last_frame,
                             .time = place->origin.time};
    if (!secure->kind->datagrams)
        place_in_tcp(secure, place, &chunk);
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
    if (plain->type != TT_TYPE_HANDSHAKE || plain->bytes.len == 0)
        return;
    secure->handshake_seal = seal_of(&plain->security);
    secure->sealed_version = plain->security.version;
    secure->sealed[direction] = true;
    search_opened_handshake(secure, plain);
}

static void on_closed(void *context, const struct tt_place *place, enum tt_closed reason)
{
    struct secure *secure = context;
    end_clear(secure, place->direction, TT_BODY_COMPLETE);
    tt_closed_add(&secure->closed, place, reason);
}

/* Records are told before the messages in them. */
static struct tt_telling telling_of(struct secure *secure, const struct tt_place *place)
{
    bool sealed = secure->sealed[place->direction];
    return (struct tt_telling){.channel = secure->outer,
                               .protocol = secure->kind->protocol,
                               .place = place,
                               .seal = sealed ? &secure->handshake_seal : NULL,
                               .told = &secure->told};
}

static void on_hello(void *context, const struct tt_place *place, const struct tt_hello *hello,
                     struct tt_span message)
{
    struct secure *secure = context;
    if (hello->server)
        secure->packed = hello->compression != 0;
    if (hello->name[0] != '\0' && secure->host == NULL)
        secure->host = strdup(hello->name);
    const struct tt_telling telling = telling_of(secure, place);
    tt_secure_tell_hello(&telling, hello, message);
}

/* In a hello it was told already. */
static void on_protocol(void *context, const struct tt_place *place, struct tt_span name)
{
    struct secure *secure = context;
    const struct tt_telling telling = telling_of(secure, place);
    if (secure->sealed[place->direction] && secure->sealed_version == TT_TLS_1_3)
        tt_secure_tell_protocol(&telling, name);
}

/* The server's own certificate names it, once. */
static void on_certificate(void *context, const struct tt_place *place, size_t at,
                           struct tt_span der)
{
    struct secure *secure = context;
    const struct tt_telling telling = telling_of(secure, place);
    if (at == 0 && !secure->whole_names && place->direction == TT_FROM_RESPONDER)
        secure->whole_names = tt_secure_tell_certificate(&telling, der);
}

static void on_note(void *context, const struct tt_note *note)
{
    const struct secure *secure = context;
    struct tt_note full = *note;
    full.flow = secure->outer->flow;
    tt_note_put(&sink_of(secure)->notes, &full);
}

/* ---- the table's calls ---- */

static struct secure *open_secure(const struct tt_proto_sink *sink, const struct kind *kind)
{
    struct secure *secure = calloc(1, sizeof(*secure));
    if (secure == NULL)
        return NULL;
    secure->outer = sink->context;
    secure->kind = kind;
    secure->opener_sink = (struct tt_opener_sink){.context = secure,
                                                  .clear = on_clear,
                                                  .raw = on_raw,
                                                  .account = on_account,
                                                  .plain = on_plain,
                                                  .closed = on_closed,
                                                  .hello = on_hello,
                                                  .protocol = on_protocol,
                                                  .certificate = on_certificate,
                                                  .notes = {.context = secure, .note = on_note}};
    return secure;
}

static void close_channel(void *state)
{
    struct secure *secure = state;
    tt_tls_free(secure->tls);
    tt_dtls_free(secure->dtls);
    end_clear(secure, TT_FROM_INITIATOR, TT_BODY_CUT);
    end_clear(secure, TT_FROM_RESPONDER, TT_BODY_CUT);
    if (secure->inner != NULL)
        tt_channel_close(secure->inner, NULL);
    tt_closed_tell(&secure->closed, secure->outer, secure->kind->protocol);
    free(secure->host);
    free(secure);
}

/* ---- TLS ---- */

static enum tt_probe probe_tls(const struct tt_flow *flow, enum tt_direction direction,
                               struct tt_span head)
{
    (void)direction;
    static const enum tt_probe answers[] = {[TT_LOOKS_NO] = TT_PROBE_NO,
                                            [TT_LOOKS_MORE] = TT_PROBE_MORE,
                                            [TT_LOOKS_YES] = TT_PROBE_YES};
    return answers[tt_tls_looks(head, flow->initiator_known)];
}

static void *open_tls(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    static const struct kind kind = {.inner = {.protocol = "tls", .step = "tls.payload"},
                                     .protocol = "tls"};
    struct secure *secure = open_secure(sink, &kind);
    if (secure == NULL)
        return NULL;
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

static enum tt_next feed_tls(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct secure *secure = state;
    secure->fed = chunk;
    tt_tls_feed(secure->tls, chunk);
    secure->fed = NULL;
    if ((chunk->flags & TT_CHUNK_END) != 0) {
        end_clear(secure, chunk->direction, TT_BODY_COMPLETE);
        end_inner(secure, chunk);
    }
    *ret_used = chunk->bytes.len;
    return TT_NEXT_STAY;
}

/* ---- DTLS ---- */

static enum tt_probe probe_dtls(const struct tt_flow *flow, enum tt_direction direction,
                                struct tt_span head)
{
    (void)flow;
    (void)direction;
    return tt_dtls_is(head) ? TT_PROBE_YES : TT_PROBE_NO;
}

static void *open_dtls(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    static const struct kind kind = {.inner = {.protocol = "dtls", .step = "dtls.payload"},
                                     .protocol = "dtls",
                                     .datagrams = true};
    (void)flow;
    struct secure *secure = open_secure(sink, &kind);
    if (secure == NULL)
        return NULL;
    secure->dtls = tt_dtls_new(secure->outer->flows->opener, &secure->opener_sink);
    if (secure->dtls == NULL) {
        free(secure);
        return NULL;
    }
    return secure;
}

/* Each datagram stands for itself. */
static enum tt_next feed_dtls(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct secure *secure = state;
    tt_dtls_feed(secure->dtls, chunk);
    end_clear(secure, chunk->direction, TT_BODY_COMPLETE);
    *ret_used = chunk->bytes.len;
    return TT_NEXT_STAY;
}

/* ---- the list ---- */

static const struct tt_proto tls = {.name = "tls",
                                    .title = "TLS and SSL 3.0",
                                    .spec = "RFC 8446, RFC 5246",
                                    .transports = TT_PROTO_TCP,
                                    .probe = probe_tls,
                                    .open = open_tls,
                                    .feed = feed_tls,
                                    .close = close_channel};

static const struct tt_proto dtls = {.name = "dtls",
                                     .title = "DTLS",
                                     .spec = "RFC 6347, RFC 4347",
                                     .transports = TT_PROTO_UDP,
                                     .probe = probe_dtls,
                                     .open = open_dtls,
                                     .feed = feed_dtls,
                                     .close = close_channel};

const struct tt_proto *tt_secure_at(size_t at)
{
    /* A datagram that is the one cannot be the other: their first bytes differ. */
    static const struct tt_proto *const openers[] = {&tls, &dtls, &tt_secure_quic};
    return at < TT_ARRAY_LEN(openers) ? openers[at] : NULL;
}
