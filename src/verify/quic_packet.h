/* Inside verify/: one packet of QUIC, and the keys that open it.
 *
 * RFC 9000, section 17; RFC 9001, sections 5 and 6; RFC 9369 (version 2); drafts 22 to 34. */
#ifndef TT_VERIFY_QUIC_PACKET_H
#define TT_VERIFY_QUIC_PACKET_H

#include "verify/cipher.h"

enum { TT_VERIFY_QUIC_PACKET_MAX = 65536 };

/* Of packets with a long header. */
enum tt_verify_quic_type {
    TT_VERIFY_QUIC_TYPE_INITIAL,
    TT_VERIFY_QUIC_TYPE_EARLY,
    TT_VERIFY_QUIC_TYPE_HANDSHAKE,
    TT_VERIFY_QUIC_TYPE_RETRY
};

/* What the versions differ in. */
struct tt_verify_quic_version {
    uint32_t first; /* numbers [first, last] */
    uint32_t last;
    uint8_t salt[20];
    uint8_t turn; /* number of the type of Initial packets */
    const char *labels[4];
};

struct tt_verify_quic_keys {
    const struct tt_verify_suite *suite; /* NULL: none */
    struct tt_verify_opener opener;
    uint8_t mask[32];
    uint8_t secret[TT_VERIFY_HASH_MAX];
    size_t secret_len;
};

/* From a secret; false for a suite that is not known (NULL). */
bool tt_verify_quic_keys_set(struct tt_verify_quic_keys *keys,
                             const struct tt_verify_quic_version *version,
                             const struct tt_verify_suite *suite, struct tt_span secret);

/* The next generation; the header's protection stays (RFC 9001, section 6). */
bool tt_verify_quic_keys_update(const struct tt_verify_quic_version *version,
                                struct tt_verify_quic_keys *keys);

struct tt_verify_quic_packet {
    bool is_long;
    enum tt_verify_quic_type type;
    const struct tt_verify_quic_version *version;
    struct tt_span cids[2]; /* of the receiver, of the sender */
    struct tt_span bytes;   /* all of it, */
    size_t number_at;       /* with its number here */
};

/* Takes a packet with a long header off the front: RFC 9000, section 17.2. False for another
 * version, for Retry, and where it is not whole. */
bool tt_verify_quic_packet_next(struct tt_span *rest, struct tt_verify_quic_packet *ret_packet);

/* Appends what the packet holds: RFC 9001, sections 5.3 and 5.4. `largest`: the largest number so
 * far of its space and sender. */
bool tt_verify_quic_packet_open(const struct tt_verify_quic_keys *keys,
                                const struct tt_verify_quic_packet *packet, uint64_t *largest,
                                struct tt_buf *out);

#endif
