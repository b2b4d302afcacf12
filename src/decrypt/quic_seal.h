/* Inside decrypt/: the protection of QUIC packets in one direction at one level, opened: RFC 9001,
 * section 5, and RFC 9369, section 3.3.
 *
 * One libcrypto context for the text and one for the header: no memory is asked for by packet. */
#ifndef TT_DECRYPT_QUIC_SEAL_H
#define TT_DECRYPT_QUIC_SEAL_H

#include "decrypt/keys.h"
#include "decrypt/quic_wire.h"

/* libcrypto's algorithms beside those of crypto.h. One for a thread; `crypto` is borrowed. */
struct tt_quic_crypto;

TT_MUST_USE enum tt_err tt_quic_crypto_new(struct tt_crypto *crypto,
                                           struct tt_quic_crypto **ret_crypto);
/* Takes NULL. */
void tt_quic_crypto_free(struct tt_quic_crypto *crypto);

/* The secret of `server` in Initial packets that began with connection id `dcid`: RFC 9001, section
 * 5.2. 32 bytes. */
enum { TT_QUIC_INITIAL_SECRET = 32 };
TT_MUST_USE bool tt_quic_initial_secret(struct tt_quic_crypto *crypto,
                                        const struct tt_quic_version *version, struct tt_span dcid,
                                        bool server, uint8_t ret_secret[TT_QUIC_INITIAL_SECRET]);

/* Is the tag at the end of a Retry right for the client's first destination `dcid`? RFC 9001,
 * section 5.8. Only of versions whose Retry is sealed. */
TT_MUST_USE bool tt_quic_retry_ok(struct tt_quic_crypto *crypto,
                                  const struct tt_quic_version *version, struct tt_span dcid,
                                  struct tt_span retry);

struct tt_quic_seal;

/* `secret` is copied. NULL without memory, or where libcrypto lacks the cipher. */
struct tt_quic_seal *tt_quic_seal_new(struct tt_quic_crypto *crypto, const struct tt_suite *suite,
                                      const struct tt_quic_version *version, struct tt_span secret);
/* Wipes it. Takes NULL. */
void tt_quic_seal_free(struct tt_quic_seal *seal);

/* A packet without the protection of its header. */
struct tt_quic_header {
    struct tt_span bytes; /* of the caller's `room`: what the seal covers */
    uint64_t truncated;   /* packet number */
    uint8_t number_len;   /* 1 to 4 */
    bool phase;           /* key phase of a short header */
    bool reserved;        /* bits that must be 0 are not */
};

/* Takes the protection off the header, into `room`, which is as long as the packet. False when the
 * packet is too short. */
TT_MUST_USE bool tt_quic_seal_unmask(struct tt_quic_seal *seal, const struct tt_quic_packet *packet,
                                     uint8_t *room, struct tt_quic_header *ret_header);

/* Opens the packet under packet number `number`, into `out`, which is as long as the packet. False
 * when it does not authenticate. */
TT_MUST_USE bool tt_quic_seal_open(struct tt_quic_seal *seal, const struct tt_quic_packet *packet,
                                   const struct tt_quic_header *header, uint64_t number,
                                   uint8_t *out, struct tt_span *ret_text);

/* The same with the keys of the generation before, if there were any. */
TT_MUST_USE bool tt_quic_seal_open_before(struct tt_quic_seal *seal,
                                          const struct tt_quic_packet *packet,
                                          const struct tt_quic_header *header, uint64_t number,
                                          uint8_t *out, struct tt_span *ret_text);

/* The same with keys `ahead` generations later (RFC 9001, section 6); where they open the packet,
 * they are the current ones from then on. */
TT_MUST_USE bool tt_quic_seal_open_next(struct tt_quic_seal *seal, unsigned ahead,
                                        const struct tt_quic_packet *packet,
                                        const struct tt_quic_header *header, uint64_t number,
                                        uint8_t *out, struct tt_span *ret_text);

/* The number of key updates. */
unsigned tt_quic_seal_generation(const struct tt_quic_seal *seal);

const struct tt_suite *tt_quic_seal_suite(const struct tt_quic_seal *seal);

#endif
