#include "run/secure_tell.h"

#include "decrypt/certificate.h"
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

void tt_secure_tell_hello(const struct channel *channel, const char *protocol,
                          const struct tt_place *place, const struct tt_hello *hello,
                          struct tt_span message)
{
    struct tt_msg msg = {.flow = channel->flow,
                         .direction = place->direction,
                         .protocol = protocol,
                         .kind = hello->server ? "server_hello" : "client_hello",
                         .body_bytes = message.len,
                         .origin = place->origin,
                         .complete = true};
    if (hello->server) {
        msg.name = tt_version_text(hello->version);
    } else if (hello->name[0] != '\0') {
        msg.name = hello->name;
        tell_name(channel, place, TT_NAME_SNI, hello->name);
    }
    channel->sink.calls->message(channel->sink.context, &msg);
}

/* Whom the certificate was made for, and where they are. */
static void tell_holder(const struct channel *channel, const struct tt_place *place,
                        const struct tt_certificate *certificate)
{
    const struct tt_name_record record = {
        .source = TT_NAME_HOLDER,
        .frame = place->origin.first_frame,
        .time = place->origin.time,
        .addr = channel->flow->ends[TT_FROM_RESPONDER].addr,
        .name = certificate->organisation[0] == '\0' ? NULL : certificate->organisation,
        .place = certificate->country[0] == '\0' ? NULL : certificate->country};
    if (record.name != NULL || record.place != NULL)
        channel->sink.calls->name(channel->sink.context, &record);
}

bool tt_secure_tell_certificate(const struct channel *channel, const struct tt_place *place,
                                struct tt_span der)
{
    struct tt_certificate certificate;
    if (!tt_certificate_read(der, &certificate))
        return false;
    for (size_t i = 0; i < certificate.name_count; i++)
        tell_name(channel, place, TT_NAME_CERTIFICATE, certificate.names[i]);
    tell_holder(channel, place, &certificate);
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
