/* Inside run/: what TLS, DTLS and QUIC have to say in the same words: who talks to whom, and why
 * bytes stayed closed. */
#ifndef TT_RUN_SECURE_TELL_H
#define TT_RUN_SECURE_TELL_H

#include "decrypt/opener.h"
#include "run/channel.h"

/* Bytes that stayed closed, by the reason. */
struct tt_closed_tally {
    uint64_t bytes[TT_CLOSED_COUNT];
    uint64_t frame[TT_CLOSED_COUNT]; /* the first one */
};

void tt_closed_add(struct tt_closed_tally *tally, const struct tt_place *place,
                   enum tt_closed reason);

/* A note for each reason, where somebody meant to open the bytes. `protocol`: "tls", "dtls",
 * "quic". */
void tt_closed_tell(const struct tt_closed_tally *tally, const struct channel *channel,
                    const char *protocol);

/* A handshake message as it is told: where it stands, and for whom. */
struct tt_telling {
    const struct channel *channel;
    const char *protocol; /* "tls", "dtls", "quic" */
    const struct tt_place *place;
    const struct tt_seal *seal; /* of the message itself; NULL: not beyond what the channel is */
    void **told;                /* of the connection: tt_flows_sink.tls; NULL before its first */
};

/* A hello becomes a message of the channel's flow, the server name that it asks for a name. */
void tt_secure_tell_hello(const struct tt_telling *telling, const struct tt_hello *hello,
                          struct tt_span message);

/* The application protocol that a server chose in EncryptedExtensions (RFC 8446, section 4.3.1);
 * before TLS 1.3 its hello says it. */
void tt_secure_tell_protocol(const struct tt_telling *telling, struct tt_span name);

/* The server's own certificate: a message, and its DNS names; false when it cannot be read. */
bool tt_secure_tell_certificate(const struct tt_telling *telling, struct tt_span der);

/* A body of handshake messages as `protocol` carries them; NULL when nobody wants it. `seal`: how
 * they were sealed themselves; NULL: not beyond what the channel is. */
void *tt_secure_open_handshake(const struct channel *channel, const char *protocol,
                               enum tt_direction direction, enum tt_step_kind kind, uint64_t at,
                               const struct tt_origin *origin, const struct tt_seal *seal);

#endif
