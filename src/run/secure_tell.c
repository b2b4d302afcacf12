#include "run/secure_tell.h"

#include "base/buf.h"
#include "decrypt/certificate.h"
#include "decrypt/ja4.h"
#include "model/limits.h"
#include "run/keyring.h"

#include <string.h>

/* ---- what stayed closed ---- */

void tt_closed_add(struct tt_closed_tally *tally, const struct tt_place *place,
                   enum tt_closed reason)
{
    if (tally->bytes[reason] == 0)
        tally->frame[reason] = place->origin.first_frame;
    tally->bytes[reason] += place->len;
}

/* Codes are static texts. */
static const char *code_of(const char *protocol, enum tt_closed reason)
{
    enum { TLS, DTLS, QUIC, PROTOCOLS };
    static const char *const codes[TT_CLOSED_COUNT][PROTOCOLS] = {
#define TT_CLOSED_CODES(id, name) [id] = {"tls." name, "dtls." name, "quic." name},
        TT_CLOSED_REASONS(TT_CLOSED_CODES)
#undef TT_CLOSED_CODES
    };
    return codes[reason][protocol[0] == 't' ? TLS : protocol[0] == 'd' ? DTLS : QUIC];
}

void tt_closed_tell(const struct tt_closed_tally *tally, const struct channel *channel,
                    const char *protocol)
{
    static const char *const texts[TT_CLOSED_COUNT] = {
        [TT_CLOSED_NO_KEY] = "no key fits this encrypted connection",
        [TT_CLOSED_BAD_KEY] =
            "a key is present for this encrypted connection, but does not open it",
        [TT_CLOSED_NO_HELLO] = "the handshake of this encrypted connection was not seen whole: "
                               "which key opens it cannot be told",
        [TT_CLOSED_NO_SUITE] = "a cipher suite that cannot be opened",
        [TT_CLOSED_DAMAGED] = "encrypted records or packets that are not whole, or cannot be "
                              "opened for want of those before them",
        [TT_CLOSED_LIMIT] = "encrypted records that were not opened because too much would have "
                            "had to be held",
        [TT_CLOSED_NO_VERSION] = "a version of QUIC that cannot be opened"};
    for (size_t i = 0; i < TT_CLOSED_COUNT; i++) {
        const struct tt_note note = {.layer = "decrypt",
                                     .code = code_of(protocol, (enum tt_closed)i),
                                     .flow = channel->flow,
                                     .frame = tally->frame[i],
                                     .length = tally->bytes[i],
                                     .text = texts[i]};
        bool meant = i == TT_CLOSED_NO_VERSION || tt_keyring_any(channel->flows->keys);
        if (tally->bytes[i] > 0 && meant)
            tt_note_put(&channel->sink.notes, &note);
    }
}

/* ---- names ---- */

static void tell_name(const struct channel *channel, const struct tt_place *place,
                      enum tt_name_source source, const char *name)
{
    const struct tt_name_record record = {.source = source,
                                          .frame = place->origin.first_frame,
                                          .time = place->origin.time,
                                          .flow = channel->flow->id,
                                          .name = name};
    channel->sink.calls->name(channel->sink.context, &record);
}

/* ---- what handshakes say ---- */

/* Both to the list of messages and to whoever judges: there the version that a client offers is
 * none that was agreed upon. */
static void tell_facts(const struct tt_telling *telling, const struct tt_msg *msg)
{
    struct tt_flows *flows = telling->channel->flows;
    const struct tt_flows_sink *sink = flows->sink;
    struct tt_tls_facts facts = *msg->tls;
    if (strcmp(msg->kind, "client_hello") == 0) {
        facts.server_name = msg->name;
        facts.version = NULL;
    }
    if (sink->tls != NULL)
        *telling->told =
            sink->tls(sink->context, msg->flow, telling->protocol, *telling->told, &facts);
    flows->handshake_seal = telling->seal;
    telling->channel->sink.calls->message(telling->channel->sink.context, msg);
    flows->handshake_seal = NULL;
}

static struct tt_msg message_of(const struct tt_telling *telling, const char *kind, uint64_t len,
                                const struct tt_tls_facts *facts)
{
    return (struct tt_msg){.flow = telling->channel->flow,
                           .direction = telling->place->direction,
                           .protocol = telling->protocol,
                           .kind = kind,
                           .body_bytes = len,
                           .tls = facts,
                           .origin = telling->place->origin,
                           .complete = true};
}

/* Names of protocols are bytes (RFC 7301): what is no plain character is written as \x1b. */
static enum tt_err put_alpn(struct tt_buf *out, struct tt_span name)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < name.len && err == TT_OK; i++) {
        uint8_t byte = name.data[i];
        bool plain = byte > ' ' && byte < 0x7f && byte != '\\';
        err = plain ? tt_buf_append_u8(out, byte) : tt_buf_printf(out, "\\x%02x", byte);
    }
    return err;
}

/* One a line; what does not fit is left out. NULL when there is none. */
static const char *alpn_text(struct tt_span list, struct tt_buf *out)
{
    struct tt_span name;
    while (tt_hello_alpn(&list, &name)) {
        size_t before = out->len;
        bool grease = name.len == 2 && tt_is_grease((uint16_t)(name.data[0] << 8 | name.data[1]));
        if (name.len == 0 || grease)
            continue;
        enum tt_err err = before > 0 ? tt_buf_append_u8(out, '\n') : TT_OK;
        if (err == TT_OK)
            err = put_alpn(out, name);
        if (err == TT_OK)
            continue;
        out->len = before;
        break;
    }
    out->max++; /* for the terminator */
    return out->len > 0 && tt_buf_append_u8(out, 0) == TT_OK ? (const char *)out->data : NULL;
}

static bool name_client(const struct tt_telling *telling, const struct tt_hello *hello,
                        char ja4[TT_JA4_LEN + 1])
{
    static const enum tt_ja4_transport transports[] = {TT_JA4_TCP, TT_JA4_DTLS, TT_JA4_QUIC};
    char first = telling->protocol[0];
    size_t at = first == 't' ? 0 : first == 'd' ? 1 : 2;
    return tt_opener_ja4(telling->channel->flows->opener, hello, transports[at], ja4);
}

static bool is_listened_to(const struct tt_telling *telling)
{
    const struct tt_flows_sink *sink = telling->channel->flows->sink;
    return sink->tls != NULL || sink->message != NULL;
}

void tt_secure_tell_hello(const struct tt_telling *telling, const struct tt_hello *hello,
                          struct tt_span message)
{
    struct tt_buf alpn = tt_buf_make(TT_ALPN_TEXT_MAX);
    char ja4[TT_JA4_LEN + 1];
    char suite[TT_SUITE_TEXT_MAX];
    struct tt_tls_facts facts = {.version = tt_version_text(hello->version)};
    struct tt_msg msg =
        message_of(telling, hello->server ? "server_hello" : "client_hello", message.len, &facts);
    if (hello->name[0] != '\0')
        tell_name(telling->channel, telling->place, TT_NAME_SNI, hello->name);
    if (!is_listened_to(telling))
        return;
    if (hello->server) {
        msg.name = facts.version;
        tt_suite_text(hello->suite, suite);
        facts.cipher = suite;
        facts.alpn = alpn_text(hello->alpn, &alpn);
    } else {
        msg.name = hello->name[0] != '\0' ? hello->name : NULL;
        facts.ja4 = name_client(telling, hello, ja4) ? ja4 : NULL;
        facts.alpn_offered = alpn_text(hello->alpn, &alpn);
        facts.encrypted_client_hello = hello->encrypted_client_hello;
    }
    tell_facts(telling, &msg);
    tt_buf_free(&alpn);
}

void tt_secure_tell_protocol(const struct tt_telling *telling, struct tt_span name)
{
    struct tt_buf text = tt_buf_make(TT_ALPN_TEXT_MAX);
    if (put_alpn(&text, name) == TT_OK && tt_buf_append_u8(&text, 0) == TT_OK &&
        is_listened_to(telling)) {
        const struct tt_tls_facts facts = {.alpn = (const char *)text.data};
        struct tt_msg msg =
            message_of(telling, "encrypted_extensions", telling->place->len, &facts);
        msg.name = facts.alpn;
        tell_facts(telling, &msg);
    }
    tt_buf_free(&text);
}

static const char *unless_empty(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* DNS names, one a line. */
static const char *names_text(const struct tt_certificate *certificate, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < certificate->name_count && err == TT_OK; i++)
        err = tt_buf_printf(out, "%s%s", i == 0 ? "" : "\n", certificate->names[i]);
    if (err == TT_OK)
        err = tt_buf_append_u8(out, 0);
    return err == TT_OK ? (const char *)out->data : "";
}

static void tell_certificate(const struct tt_telling *telling,
                             const struct tt_certificate *certificate, size_t len)
{
    enum { NAMES_MAX = TT_CERTIFICATE_NAMES_MAX * (TT_CERTIFICATE_NAME_MAX + 2) };
    struct tt_buf names = tt_buf_make(NAMES_MAX);
    const struct tt_tls_facts facts = {
        .has_certificate = true,
        .certificate = {.subject = certificate->subject,
                        .issuer = certificate->issuer,
                        .organisation = unless_empty(certificate->organisation),
                        .country = unless_empty(certificate->country),
                        .state = unless_empty(certificate->state),
                        .locality = unless_empty(certificate->locality),
                        .names = names_text(certificate, &names),
                        .names_left_out = certificate->name_total - certificate->name_count,
                        .not_before = certificate->not_before,
                        .not_after = certificate->not_after}};
    struct tt_msg msg = message_of(telling, "certificate", len, &facts);
    msg.name = certificate->name_count > 0 ? certificate->names[0]
                                           : unless_empty(certificate->common_name);
    tell_facts(telling, &msg);
    tt_buf_free(&names);
}

/* Whom the certificate was made for, and where they are. */
static void tell_holder(const struct tt_telling *telling, const struct tt_certificate *certificate)
{
    const struct channel *channel = telling->channel;
    const struct tt_name_record record = {
        .source = TT_NAME_HOLDER,
        .frame = telling->place->origin.first_frame,
        .time = telling->place->origin.time,
        .addr = channel->flow->ends[TT_FROM_RESPONDER].addr,
        .name = certificate->organisation[0] == '\0' ? NULL : certificate->organisation,
        .place = unless_empty(certificate->country),
        .state = unless_empty(certificate->state)};
    if (record.name != NULL || record.place != NULL)
        channel->sink.calls->name(channel->sink.context, &record);
}

bool tt_secure_tell_certificate(const struct tt_telling *telling, struct tt_span der)
{
    struct tt_certificate certificate;
    if (!tt_certificate_read(der, &certificate))
        return false;
    for (size_t i = 0; i < certificate.name_count; i++)
        tell_name(telling->channel, telling->place, TT_NAME_CERTIFICATE, certificate.names[i]);
    tell_holder(telling, &certificate);
    if (is_listened_to(telling))
        tell_certificate(telling, &certificate, der.len);
    return true;
}

/* ---- handshake messages ---- */

void *tt_secure_open_handshake(const struct channel *channel, const char *protocol,
                               enum tt_direction direction, enum tt_step_kind kind, uint64_t at,
                               const struct tt_origin *origin, const struct tt_seal *seal)
{
    static const char *const framings[] = {"tls.record", "dtls.record", "quic.packet"};
    const char *framing = framings[protocol[0] == 't' ? 0 : protocol[0] == 'd' ? 1 : 2];
    const struct tt_body body = {.flow = channel->flow,
                                 .direction = direction,
                                 .kind = kind,
                                 .format = TT_FORMAT_OPAQUE,
                                 .step = "tls.handshake",
                                 .at = at};
    const struct tt_msg msg = {.flow = channel->flow,
                               .direction = direction,
                               .protocol = protocol,
                               .kind = "handshake",
                               .origin = *origin};
    channel->flows->handshake_seal = seal;
    void *opened = channel->sink.calls->body_open(channel->sink.context, &body, framing, &msg);
    channel->flows->handshake_seal = NULL;
    return opened;
}
